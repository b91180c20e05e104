#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include "row/convert_family.h"

bool misfit_kind(const struct value *value, const char *text, const char **why)
{
	switch (value->kind) {
	case VALUE_NULL:
		return misfit(why, "NULL");
	case VALUE_BOOL:
		return misfit(why, "a boolean");
	case VALUE_INTEGER:
		return misfit(why, "an integer");
	case VALUE_REAL:
		return misfit(why, "a real");
	case VALUE_TEXT:
		return misfit(why, text);
	case VALUE_BYTES:
		return misfit(why, "bytes");
	case VALUE_BAD_UTF8:
		return misfit(why, "text that is not UTF-8");
	case VALUE_BAD_UTF16:
		return misfit(why, "text that is not well-formed UTF-16");
	}
	return misfit(why, "a value of no known kind");
}

static size_t print_integer(char out[NUMBER_SIZE], int64_t integer)
{
	uint64_t rest = integer < 0 ? 0 - (uint64_t)integer : (uint64_t)integer;
	char digits[NUMBER_SIZE];
	size_t size = 0, count = 0;

	do {
		digits[count++] = (char)('0' + rest % 10);
		rest /= 10;
	} while (rest > 0);
	if (integer < 0)
		out[size++] = '-';
	while (count > 0)
		out[size++] = digits[--count];
	out[size] = '\0';
	return size;
}

/* One more in the last digit of d.ddde-14; no digit more when all are nines. */
static void raise_last(char *text)
{
	char *at = strchr(text, 'e');

	while (at > text && (*--at == '9' || *at == '.'))
		if (*at == '9')
			*at = '0';
	if (*at >= '0' && *at < '9')
		++*at;
}

/*
 * Fewer digits than number_format_real has are enough where neighbours are far apart: below the
 * normal numbers, and below powers of two, of which the nearest 16 digits may miss.
 */
static size_t print_sparse(char out[NUMBER_SIZE], double real, size_t size)
{
	char text[NUMBER_SIZE];

	for (int digits = 0; digits < 16; digits++) {
		snprintf(text, sizeof(text), "%.*e", digits, real);
		if (strtod(text, NULL) != real && digits == 15)
			raise_last(text);
		if (strtod(text, NULL) == real && strlen(text) < size)
			return (size_t)snprintf(out, NUMBER_SIZE, "%s", text);
	}
	return size;
}

static bool is_sparse(double real, size_t size)
{
	int exponent;

	if (fabs(real) < DBL_MIN)
		return real != 0;
	return size > 18 && fabs(frexp(real, &exponent)) == 0.5;
}

size_t real_print(char out[NUMBER_SIZE], double real)
{
	size_t size;

	if (!isfinite(real))
		return (size_t)snprintf(out, NUMBER_SIZE, isnan(real) ? "nan" :
			real < 0 ? "-inf" : "inf");
	size = number_format_real(out, real);
	if (fabs(real) >= 1e15 && fabs(real) < 1e16 && strchr(out, 'e') != NULL)
		return (size_t)snprintf(out, NUMBER_SIZE, "%.1f", real);
	if (fabs(real) >= 1e16 && fabs(real) < 1e17 && strchr(out, 'e') == NULL)
		size = (size_t)snprintf(out, NUMBER_SIZE, "%.16e", real);
	if (is_sparse(real, size))
		return print_sparse(out, real, size);
	return size;
}

size_t number_print(char out[NUMBER_SIZE], const struct value *number)
{
	return number->kind == VALUE_REAL ? real_print(out, number->real) :
		print_integer(out, number->integer);
}

static inline bool blank(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

struct trimmed trim_blanks(const struct value *text)
{
	struct trimmed trimmed = { (const char *)text->data, text->size };

	while (trimmed.size > 0 && blank(trimmed.text[trimmed.size - 1]))
		trimmed.size--;
	while (trimmed.size > 0 && blank(*trimmed.text)) {
		trimmed.text++;
		trimmed.size--;
	}
	return trimmed;
}

bool whole_number(double real, int64_t *integer)
{
	if (!(real >= -0x1p63 && real < 0x1p63))
		return false;
	*integer = (int64_t)real;
	return (double)*integer == real && !(real == 0 && signbit(real));
}

bool settle(struct value *to, enum value_kind kind, struct bytes *scratch, const char **why)
{
	static const uint8_t none[1];

	if (scratch->failed)
		return misfit(why, "no memory for it");
	if (scratch->size > INT32_MAX)
		return misfit(why, "text of more than 2 GiB");
	*to = (struct value){
		.kind = kind, .size = (uint32_t)scratch->size,
		.data = scratch->size > 0 ? scratch->data : none
	};
	return true;
}

bool convert_to_raw(const struct conversion *conversion, const struct value *from,
	struct value *to, struct bytes *scratch, enum change *change, const char **why)
{
	(void)conversion;
	(void)scratch;
	(void)change;
	(void)why;
	*to = *from;
	return true;
}

static inline char lower(uint8_t c)
{
	return (char)(c >= 'A' && c <= 'Z' ? c | 0x20 : c);
}

static inline bool is_word(const struct value *text, const char *word)
{
	size_t i = 0;

	while (i < text->size && word[i] != '\0' && lower(text->data[i]) == word[i])
		i++;
	return i == text->size && word[i] == '\0';
}

static bool read_word(const struct value *text, bool *truth)
{
	static const char *const words[2][6] = {
		{ "0", "false", "f", "no", "n", "off" }, { "1", "true", "t", "yes", "y", "on" }
	};

	for (int i = 0; i < 12; i++)
		if (is_word(text, words[i % 2][i / 2])) {
			*truth = i % 2;
			return true;
		}
	return false;
}

bool convert_to_bool(const struct conversion *conversion, const struct value *from,
	struct value *to, struct bytes *scratch, enum change *change, const char **why)
{
	bool truth;

	(void)conversion;
	(void)scratch;
	switch (from->kind) {
	case VALUE_BOOL:
		truth = from->truth;
		break;
	case VALUE_INTEGER:
		if (from->integer != 0 && from->integer != 1)
			return misfit(why, "an integer other than 0 and 1");
		truth = from->integer == 1;
		*change = CHANGE_INTEGER_TO_BOOLEAN;
		break;
	case VALUE_TEXT:
		if (!read_word(from, &truth))
			return misfit(why, "text that is no boolean");
		*change = CHANGE_TEXT_TO_BOOLEAN;
		break;
	default:
		return misfit_kind(from, "text", why);
	}
	*to = (struct value){ .kind = VALUE_BOOL, .truth = truth };
	return true;
}

static int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)(c | 0x20);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* 32 digits; dashes only where the form of 36 characters has them, all or none. */
static bool read_uuid(const char *text, size_t size, uint8_t uuid[16])
{
	const char *end = text + size;
	const bool dashes = size == 36;

	if (size != 36 && size != 32)
		return false;
	for (size_t i = 0; i < 16; i++) {
		int high, low;

		if (dashes && (i == 4 || i == 6 || i == 8 || i == 10) && *text++ != '-')
			return false;
		high = hex_value(text[0]);
		low = hex_value(text[1]);
		if (high < 0 || low < 0)
			return false;
		uuid[i] = (uint8_t)(high << 4 | low);
		text += 2;
	}
	return text == end;
}

/* Also {…}, urn:uuid:…, and without dashes. */
static bool read_loose_uuid(const struct value *from, uint8_t uuid[16])
{
	struct trimmed t = trim_blanks(from);

	if (t.size > 9 && strncasecmp(t.text, "urn:uuid:", 9) == 0) {
		t.text += 9;
		t.size -= 9;
	}
	if (t.size > 2 && t.text[0] == '{' && t.text[t.size - 1] == '}') {
		t.text++;
		t.size -= 2;
	}
	return read_uuid(t.text, t.size, uuid);
}

static bool uuid_of_text(const struct conversion *conversion, const struct value *from,
	uint8_t uuid[16])
{
	if (from->size == 36 && read_uuid((const char *)from->data, 36, uuid))
		return true;
	return conversion->loose && read_loose_uuid(from, uuid);
}

bool convert_to_uuid(const struct conversion *conversion, const struct value *from,
	struct value *to, struct bytes *scratch, enum change *change, const char **why)
{
	uint8_t uuid[16];

	if (from->kind == VALUE_BYTES) {
		if (from->size != sizeof(uuid))
			return misfit(why, "bytes, but not 16 of them");
		*change = CHANGE_BYTES_TO_UUID;
		*to = *from;
		return true;
	}
	if (from->kind != VALUE_TEXT || !uuid_of_text(conversion, from, uuid))
		return misfit_kind(from, "text that is no uuid", why);
	*change = CHANGE_TEXT_TO_UUID;
	bytes_clear(scratch);
	bytes_add(scratch, uuid, sizeof(uuid));
	return settle(to, VALUE_BYTES, scratch, why);
}
