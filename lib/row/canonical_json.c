#include "row/canonical_form.h"

#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/number.h"
#include "base/utf8.h"

/* A member of an open object, in the output: "key":value. */
struct member {
	const uint8_t *text; /* of the key, once the output stays where it is */
	size_t key;   /* where that is, behind its first quote */
	size_t size;  /* of the key, as it is written */
	size_t end;   /* of the value */
};

struct parsing {
	const uint8_t *next;
	const uint8_t *end;
	struct bytes *to;
	struct bytes *members; /* of all open objects, the innermost last */
	unsigned depth;
};

static bool read_value(struct parsing *json);

static uint8_t skip_blanks(struct parsing *json)
{
	while (json->next < json->end && (*json->next == ' ' || *json->next == '\n' ||
		*json->next == '\r' || *json->next == '\t'))
		json->next++;
	return json->next < json->end ? *json->next : '\0';
}

static bool read_word(struct parsing *json, const char *word)
{
	const size_t size = strlen(word);

	if ((size_t)(json->end - json->next) < size || memcmp(json->next, word, size) != 0)
		return false;
	json->next += size;
	bytes_add(json->to, word, size);
	return true;
}

/* --- numbers ---------------------------------------------------------------------------------- */

static bool is_digit(uint8_t c)
{
	return c >= '0' && c <= '9';
}

/* The digits as one number, and where its point is; the exponent is added to that. */
struct decimal {
	const uint8_t *whole, *fraction;
	size_t whole_size, fraction_size;
	int64_t exponent;
	bool minus;
};

static size_t skip_digits(struct parsing *json)
{
	const uint8_t *start = json->next;

	while (json->next < json->end && is_digit(*json->next))
		json->next++;
	return (size_t)(json->next - start);
}

static bool read_exponent(struct parsing *json, int64_t *exponent)
{
	bool minus;
	size_t size;

	json->next++;
	minus = json->next < json->end && *json->next == '-';
	if (json->next < json->end && (*json->next == '-' || *json->next == '+'))
		json->next++;
	size = skip_digits(json);
	*exponent = 0;
	for (const uint8_t *at = json->next - size; at < json->next; at++) {
		*exponent = *exponent * 10 + (*at - '0');
		if (*exponent > INT32_MAX / 2)
			return false;
	}
	if (minus)
		*exponent = -*exponent;
	return size > 0;
}

static bool read_decimal(struct parsing *json, struct decimal *number)
{
	*number = (struct decimal){ .minus = *json->next == '-' };
	json->next += number->minus;
	number->whole = json->next;
	number->whole_size = skip_digits(json);
	if (number->whole_size == 0 || (number->whole_size > 1 && *number->whole == '0'))
		return false;
	if (json->next < json->end && *json->next == '.') {
		number->fraction = ++json->next;
		number->fraction_size = skip_digits(json);
		if (number->fraction_size == 0)
			return false;
	}
	if (json->next < json->end && (*json->next | 0x20) == 'e')
		return read_exponent(json, &number->exponent);
	return true;
}

static uint8_t digit_at(const struct decimal *number, size_t place)
{
	return place < number->whole_size ? number->whole[place] :
		number->fraction[place - number->whole_size];
}

/* Plain where that takes few zeros, else 15e-30: digits that do not end in a zero. */
static void add_decimal(struct bytes *to, const struct decimal *number)
{
	enum { ZEROS = 20 };
	size_t first = 0, last = number->whole_size + number->fraction_size;
	int64_t point, count;

	while (first < last && digit_at(number, first) == '0')
		first++;
	while (last > first && digit_at(number, last - 1) == '0')
		last--;
	if (first == last) {
		bytes_add_byte(to, '0');
		return;
	}
	count = (int64_t)(last - first);
	point = (int64_t)number->whole_size + number->exponent - (int64_t)first;
	if (number->minus)
		bytes_add_byte(to, '-');
	if (point > count + ZEROS || point < -ZEROS) {
		for (size_t i = first; i < last; i++)
			bytes_add_byte(to, digit_at(number, i));
		bytes_format(to, "e%lld", (long long)(point - count));
		return;
	}
	if (point <= 0)
		bytes_add_text(to, "0.");
	for (int64_t i = point; i < 0; i++)
		bytes_add_byte(to, '0');
	for (int64_t i = 0; i < count; i++) {
		if (i == point && i > 0)
			bytes_add_byte(to, '.');
		bytes_add_byte(to, digit_at(number, first + (size_t)i));
	}
	for (int64_t i = count; i < point; i++)
		bytes_add_byte(to, '0');
}

static bool read_number(struct parsing *json)
{
	struct decimal number;

	if (!read_decimal(json, &number))
		return false;
	add_decimal(json->to, &number);
	return true;
}

/* --- strings ---------------------------------------------------------------------------------- */

static bool read_hex(struct parsing *json, uint32_t *code)
{
	*code = 0;
	if (json->end - json->next < 4)
		return false;
	for (int i = 0; i < 4; i++) {
		const uint8_t c = *json->next++, low = c | 0x20;

		if (!is_digit(c) && (low < 'a' || low > 'f'))
			return false;
		*code = *code << 4 | (uint32_t)(is_digit(c) ? c - '0' : low - 'a' + 10);
	}
	return true;
}

/* Behind \u. */
static bool read_unicode(struct parsing *json, uint32_t *code)
{
	uint32_t low;

	if (!read_hex(json, code) || *code == 0 || (*code >= 0xdc00 && *code <= 0xdfff))
		return false;
	if (*code < 0xd800 || *code > 0xdfff)
		return true;
	if (json->end - json->next < 6 || json->next[0] != '\\' || json->next[1] != 'u')
		return false;
	json->next += 2;
	if (!read_hex(json, &low) || low < 0xdc00 || low > 0xdfff)
		return false;
	*code = 0x10000 + ((*code - 0xd800) << 10) + (low - 0xdc00);
	return true;
}

static void add_character(struct bytes *to, uint32_t code)
{
	uint8_t text[4];

	if (code == '"' || code == '\\')
		bytes_add_byte(to, '\\');
	if (code < 0x20)
		bytes_format(to, "\\u%04x", code);
	else
		bytes_add(to, text, (size_t)(utf8_put(text, code) - text));
}

static bool read_escape(struct parsing *json)
{
	static const char escapes[] = "\"\\/bfnrt", meanings[] = "\"\\/\b\f\n\r\t";
	const uint8_t c = json->next < json->end ? *json->next++ : '\0';
	const char *at = c == '\0' ? NULL : strchr(escapes, c);
	uint32_t code;

	if (c == 'u') {
		if (!read_unicode(json, &code))
			return false;
	} else if (at == NULL) {
		return false;
	} else {
		code = (uint8_t)meanings[at - escapes];
	}
	add_character(json->to, code);
	return true;
}

static bool read_string(struct parsing *json)
{
	bytes_add_byte(json->to, '"');
	for (json->next++; json->next < json->end; ) {
		const uint8_t *start = json->next;

		while (json->next < json->end && *json->next >= 0x20 && *json->next != '"' &&
			*json->next != '\\')
			json->next++;
		bytes_add(json->to, start, (size_t)(json->next - start));
		if (json->next == json->end || *json->next < 0x20)
			return false;
		if (*json->next++ == '"') {
			bytes_add_byte(json->to, '"');
			return true;
		}
		if (!read_escape(json))
			return false;
	}
	return false;
}

/* --- arrays and objects ----------------------------------------------------------------------- */

static bool read_array(struct parsing *json)
{
	json->next++;
	bytes_add_byte(json->to, '[');
	if (skip_blanks(json) == ']') {
		json->next++;
		bytes_add_byte(json->to, ']');
		return true;
	}
	while (read_value(json)) {
		const uint8_t c = skip_blanks(json);

		if (c != ']' && c != ',')
			return false;
		json->next++;
		bytes_add_byte(json->to, c);
		if (c == ']')
			return true;
	}
	return false;
}

static int compare_keys(const struct member *a, const struct member *b)
{
	const size_t size = a->size < b->size ? a->size : b->size;
	const int order = memcmp(a->text, b->text, size);

	return order != 0 ? order : (a->size > b->size) - (a->size < b->size);
}

/* Of equal keys the first in the text comes first. */
static int compare_members(const void *a, const void *b)
{
	const struct member *one = a, *other = b;
	const int order = compare_keys(one, other);

	return order != 0 ? order : (one->key > other->key) - (one->key < other->key);
}

static bool in_order(const struct member *members, size_t count)
{
	for (size_t i = 1; i < count; i++)
		if (compare_keys(&members[i - 1], &members[i]) >= 0)
			return false;
	return true;
}

/* Writes the members behind the output in their order, and puts that where they stand. */
static void reorder(struct parsing *json, size_t start, struct member *members, size_t count)
{
	struct bytes *to = json->to;
	const size_t old = to->size;
	bool any = false;

	qsort(members, count, sizeof(*members), compare_members);
	for (size_t i = 0; i < count; i++) {
		if (i + 1 < count && compare_keys(&members[i], &members[i + 1]) == 0)
			continue;
		if (any)
			bytes_add_byte(to, ',');
		any = true;
		bytes_add(to, to->data + members[i].key - 1, members[i].end - members[i].key + 1);
	}
	memmove(to->data + start, to->data + old, to->size - old);
	to->size = start + (to->size - old);
}

static void close_object(struct parsing *json, size_t start, size_t first)
{
	const size_t count = (json->members->size - first) / sizeof(struct member);
	struct member *members;

	if (json->to->failed || json->members->failed || count == 0)
		return;
	if (!bytes_reserve(json->to, json->to->size - start))
		return;
	members = (struct member *)(void *)(json->members->data + first);
	for (size_t i = 0; i < count; i++)
		members[i].text = json->to->data + members[i].key;
	if (!in_order(members, count))
		reorder(json, start, members, count);
	json->members->size = first;
}

static bool read_member(struct parsing *json)
{
	struct member member = { .key = json->to->size + 1 };

	if (skip_blanks(json) != '"' || !read_string(json))
		return false;
	member.size = json->to->size - 1 - member.key;
	if (skip_blanks(json) != ':')
		return false;
	json->next++;
	bytes_add_byte(json->to, ':');
	if (!read_value(json))
		return false;
	member.end = json->to->size;
	bytes_add(json->members, &member, sizeof(member));
	return !json->members->failed;
}

static bool read_object(struct parsing *json)
{
	const size_t first = json->members->size, start = json->to->size + 1;
	uint8_t c = ',';

	json->next++;
	bytes_add_byte(json->to, '{');
	if (skip_blanks(json) == '}') {
		json->next++;
		bytes_add_byte(json->to, '}');
		return true;
	}
	while (c == ',') {
		if (!read_member(json))
			return false;
		c = skip_blanks(json);
		if (c != ',' && c != '}')
			return false;
		json->next++;
		if (c == ',')
			bytes_add_byte(json->to, ',');
	}
	close_object(json, start, first);
	bytes_add_byte(json->to, '}');
	return true;
}

static bool read_value(struct parsing *json)
{
	const uint8_t c = skip_blanks(json);
	bool good;

	if (json->depth == JSON_DEPTH_MOST || json->to->failed)
		return false;
	json->depth++;
	switch (c) {
	case '{':
		good = read_object(json);
		break;
	case '[':
		good = read_array(json);
		break;
	case '"':
		good = read_string(json);
		break;
	case 't':
		good = read_word(json, "true");
		break;
	case 'f':
		good = read_word(json, "false");
		break;
	case 'n':
		good = read_word(json, "null");
		break;
	default:
		good = (c == '-' || is_digit(c)) && read_number(json);
	}
	json->depth--;
	return good;
}

bool canonical_json(struct bytes *to, struct bytes *work, const uint8_t *text, size_t size)
{
	struct parsing json = { .next = text, .end = text + size, .to = to, .members = work };
	const size_t start = to->size;
	bool good;

	bytes_clear(work);
	good = read_value(&json);
	skip_blanks(&json);
	if (good && json.next == json.end && !to->failed && !work->failed)
		return true;
	to->size = start;
	return false;
}
