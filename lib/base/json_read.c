#include "base/json_read.h"

#include <string.h>

#include "base/json.h"
#include "base/utf8.h"

static const char early[] = "it ends early";

struct json_reader json_read_begin(uint8_t *data, size_t size)
{
	return (struct json_reader){ .next = data, .end = size == 0 ? data : data + size };
}

static bool refuse(struct json_reader *reader, const char *why)
{
	if (reader->why == NULL)
		reader->why = why;
	return false;
}

/* The next byte that is no blank; NUL, which is no JSON anywhere, at the end. */
static uint8_t look(struct json_reader *reader)
{
	while (reader->next < reader->end && (*reader->next == ' ' || *reader->next == '\t' ||
		*reader->next == '\n' || *reader->next == '\r'))
		reader->next++;
	return reader->next < reader->end ? *reader->next : '\0';
}

/* --- texts ------------------------------------------------------------------------------------ */

/* From the digits on; what it is made into is never longer than what stood there. */
static bool read_unicode(struct json_reader *reader, uint8_t **to)
{
	int32_t code = json_code(reader->next, reader->end), low = -1;

	if (code < 0)
		return refuse(reader, "\\u stands without four digits");
	reader->next += 4;
	if (code >= 0xd800 && code <= 0xdbff && reader->end - reader->next >= 6 &&
		reader->next[0] == '\\' && reader->next[1] == 'u')
		low = json_code(reader->next + 2, reader->end);
	if (low >= 0xdc00 && low <= 0xdfff) {
		code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
		reader->next += 6;
	}
	if (code >= 0xd800 && code <= 0xdfff)
		return refuse(reader, "half of a character stands alone");
	*to = utf8_put(*to, (uint32_t)code);
	return true;
}

static bool read_escape(struct json_reader *reader, uint8_t **to)
{
	static const char from[] = "\"\\/bfnrt", into[] = "\"\\/\b\f\n\r\t";
	const char *found;
	uint8_t c;

	if (reader->end - reader->next < 2)
		return refuse(reader, early);
	c = reader->next[1];
	reader->next += 2;
	if (c == 'u')
		return read_unicode(reader, to);
	found = c == '\0' ? NULL : strchr(from, c);
	if (found == NULL)
		return refuse(reader, "a backslash stands before what it does not go with");
	*(*to)++ = (uint8_t)into[found - from];
	return true;
}

/* From behind the opening quote to behind the closing one. */
static bool read_text(struct json_reader *reader, struct json_read_value *value)
{
	uint8_t *to = ++reader->next, *start = to;

	while (reader->next < reader->end && *reader->next != '"') {
		const uint8_t c = *reader->next;

		if (c < 0x20)
			return refuse(reader, "a control character stands in a text");
		if (c != '\\')
			*to++ = *reader->next++;
		else if (!read_escape(reader, &to))
			return false;
	}
	if (reader->next == reader->end)
		return refuse(reader, early);
	reader->next++;
	*value = (struct json_read_value){ JSON_READ_TEXT, start, (size_t)(to - start) };
	return utf8_valid(value->data, value->size) || refuse(reader, "a text is no UTF-8");
}

/* --- numbers and words ------------------------------------------------------------------------ */

static bool skip_digits(struct json_reader *reader)
{
	const uint8_t *from = reader->next;

	while (reader->next < reader->end && *reader->next >= '0' && *reader->next <= '9')
		reader->next++;
	return reader->next > from;
}

static bool skip_byte(struct json_reader *reader, uint8_t a, uint8_t b)
{
	if (reader->next == reader->end || (*reader->next != a && *reader->next != b))
		return false;
	reader->next++;
	return true;
}

static bool skip_number(struct json_reader *reader)
{
	skip_byte(reader, '-', '-');
	if (!skip_byte(reader, '0', '0') && !skip_digits(reader))
		return false;
	if (skip_byte(reader, '.', '.') && !skip_digits(reader))
		return false;
	if (!skip_byte(reader, 'e', 'E'))
		return true;
	skip_byte(reader, '+', '-');
	return skip_digits(reader);
}

static bool read_number(struct json_reader *reader, struct json_read_value *value)
{
	uint8_t *start = reader->next;

	if (!skip_number(reader))
		return refuse(reader, "a number is none of JSON's");
	*value = (struct json_read_value){ JSON_READ_NUMBER, start,
		(size_t)(reader->next - start) };
	return true;
}

static bool read_word(struct json_reader *reader, const char *word, enum json_read_kind kind,
	struct json_read_value *value)
{
	const size_t size = strlen(word);

	if ((size_t)(reader->end - reader->next) < size || memcmp(reader->next, word, size) != 0)
		return refuse(reader, "a value is missing, or a text has no quotes");
	*value = (struct json_read_value){ kind, reader->next, size };
	reader->next += size;
	return true;
}

/* --- values ----------------------------------------------------------------------------------- */

bool json_read_value(struct json_reader *reader, struct json_read_value *value)
{
	const uint8_t c = look(reader);

	if (reader->why != NULL)
		return false;
	reader->opened = c == '{' || c == '[';
	switch (c) {
	case '"':
		return read_text(reader, value);
	case '{':
	case '[':
		*value = (struct json_read_value){ c == '{' ? JSON_READ_OBJECT : JSON_READ_ARRAY,
			reader->next++, 1 };
		return true;
	case 't':
		return read_word(reader, "true", JSON_READ_TRUE, value);
	case 'f':
		return read_word(reader, "false", JSON_READ_FALSE, value);
	case 'n':
		return read_word(reader, "null", JSON_READ_NULL, value);
	default:
		if (c == '-' || (c >= '0' && c <= '9'))
			return read_number(reader, value);
		return refuse(reader, reader->next == reader->end ? early :
			"a value is missing, or a text has no quotes");
	}
}

/* Behind an opening bracket or a value: the closing one, or a comma. */
static bool goes_on(struct json_reader *reader, uint8_t close)
{
	const bool first = reader->opened;
	const uint8_t c = look(reader);

	reader->opened = false;
	if (reader->why != NULL)
		return false;
	if (c == close) {
		reader->next++;
		return false;
	}
	if (first)
		return reader->next < reader->end || refuse(reader, early);
	if (c != ',')
		return refuse(reader, reader->next == reader->end ? early : "a comma is missing");
	reader->next++;
	return true;
}

bool json_read_member(struct json_reader *reader, struct json_read_value *key)
{
	if (!goes_on(reader, '}'))
		return false;
	if (look(reader) != '"')
		return refuse(reader, reader->next == reader->end ? early :
			"a key in double quotes is missing");
	if (!read_text(reader, key))
		return false;
	if (look(reader) != ':')
		return refuse(reader, reader->next == reader->end ? early :
			"a colon is missing behind a key");
	reader->next++;
	return true;
}

bool json_read_item(struct json_reader *reader)
{
	return goes_on(reader, ']');
}

bool json_read_end(struct json_reader *reader)
{
	if (reader->why != NULL)
		return false;
	look(reader);
	return reader->next == reader->end || refuse(reader, "something stands behind it");
}
