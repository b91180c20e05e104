#include "row/bound.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/date.h"
#include "base/number.h"
#include "row/convert.h"

bool bound_number(struct arena *arena, const char *text, size_t size, struct bound *bound)
{
	struct bytes plain = { 0 };

	*bound = (struct bound){ .kind = BOUND_NUMBER, .text = "" };
	if (!number_add_canonical(&plain, text, size)) {
		bytes_close(&plain);
		return false;
	}
	bound->text = plain.failed ? NULL : arena_copy(arena, plain.data, plain.size);
	bound->size = plain.size;
	bytes_close(&plain);
	if (bound->text == NULL)
		return false;
	bound->real = strtod(bound->text, NULL);
	bound->whole = number_parse_integer(bound->text, bound->size, &bound->integer);
	return true;
}

/* --- words ------------------------------------------------------------------------------------ */

/* A sign may stand in front, and blanks behind it. */
static bool read_number(struct arena *arena, struct cursor *cursor, struct token *token,
	struct bound *bound, const char **why)
{
	const bool minus = token_is(token, "-");
	const char *text;

	if (minus || token_is(token, "+"))
		*token = cursor_next(cursor);
	*why = "a constant is missing: 5, 'text', x'00ff', true, false";
	if (token->kind != TOKEN_NUMBER)
		return false;
	*why = NULL;
	text = arena_format(arena, "%s%.*s", minus ? "-" : "", (int)token->size, token->text);
	if (text == NULL)
		return false;
	if (bound_number(arena, text, strlen(text), bound))
		return true;
	if (bound->text != NULL)
		*why = "it is no number: digits with at most one point, and e";
	return false;
}

static uint8_t hex(char c)
{
	return (uint8_t)(c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
}

static bool read_bytes(struct arena *arena, const struct token *token, struct bound *bound)
{
	const char *digits = token->text + 2; /* behind x' */
	char *data;

	bound->kind = BOUND_BYTES;
	bound->size = (token->size - 3) / 2;
	bound->text = data = arena_alloc(arena, bound->size + 1);
	for (size_t i = 0; data != NULL && i < bound->size; i++)
		data[i] = (char)(hex(digits[2 * i]) << 4 | hex(digits[2 * i + 1]));
	return data != NULL;
}

static bool read_text(struct arena *arena, const struct token *token, struct bound *bound)
{
	bound->kind = BOUND_TEXT;
	bound->text = token_unquote(arena, token);
	bound->size = bound->text == NULL ? 0 : strlen(bound->text);
	return bound->text != NULL;
}

bool bound_read(struct arena *arena, struct cursor *cursor, struct token *token,
	struct bound *bound, const char **why)
{
	*bound = (struct bound){ .kind = BOUND_TRUTH };
	*why = NULL;
	if (token_is(token, "true") || token_is(token, "false")) {
		bound->integer = token_is(token, "true");
		bound->text = bound->integer != 0 ? "true" : "false";
		bound->size = strlen(bound->text);
	} else if (token->kind == TOKEN_STRING) {
		if (!read_text(arena, token, bound))
			return false;
	} else if (token->kind == TOKEN_BLOB) {
		if (!read_bytes(arena, token, bound))
			return false;
	} else if (!read_number(arena, cursor, token, bound, why)) {
		return false;
	}
	*token = cursor_next(cursor);
	return true;
}

/* --- types ------------------------------------------------------------------------------------ */

/* As the cells of a type of times have it; a day is its midnight. */
static bool read_time(const struct type *type, struct bound *bound)
{
	int32_t days;

	bound->kind = BOUND_TIME;
	if (type->kind == TYPE_TIME)
		return date_parse_time(bound->text, bound->size, &bound->integer);
	if (date_parse_day(bound->text, bound->size, &days)) {
		bound->integer = type->kind == TYPE_DATE ? days : days * DATE_DAY;
		return true;
	}
	return type->kind != TYPE_DATE &&
		date_parse_stamp(bound->text, bound->size, &bound->integer) != DATE_NOT;
}

static bool read_uuid(const struct type *type, struct bound *bound)
{
	const struct conversion conversion = { .type = *type };
	struct value text = { .kind = VALUE_TEXT, .size = (uint32_t)bound->size }, uuid;
	struct bytes scratch = { 0 };
	enum change change;
	const char *why;
	bool is;

	text.data = (const uint8_t *)bound->text;
	is = convert_value(&conversion, &text, &uuid, &scratch, &change, &why) &&
		uuid.size == sizeof(bound->uuid);
	if (is)
		memcpy(bound->uuid, uuid.data, sizeof(bound->uuid));
	bytes_close(&scratch);
	bound->kind = BOUND_UUID;
	return is;
}

/* The source knows no truths: they are numbers there. */
static bool fit_raw(struct bound *bound)
{
	if (bound->kind == BOUND_TRUTH) {
		bound->kind = BOUND_NUMBER;
		bound->text = bound->integer != 0 ? "1" : "0";
		bound->size = 1;
		bound->real = (double)bound->integer;
		bound->whole = true;
	}
	return true;
}

bool bound_fit(struct bound *bound, const struct type *type)
{
	switch (type->kind) {
	case TYPE_RAW:
		return fit_raw(bound);
	case TYPE_BOOL:
		return bound->kind == BOUND_TRUTH;
	case TYPE_NUMERIC:
		bound->decimal = true;
		return bound->kind == BOUND_NUMBER;
	case TYPE_INT2:
	case TYPE_INT4:
	case TYPE_INT8:
	case TYPE_FLOAT4:
	case TYPE_FLOAT8:
		return bound->kind == BOUND_NUMBER;
	case TYPE_BYTEA:
		return bound->kind == BOUND_BYTES;
	case TYPE_UUID:
		return bound->kind == BOUND_TEXT && read_uuid(type, bound);
	case TYPE_DATE:
	case TYPE_TIME:
	case TYPE_TIMESTAMP:
	case TYPE_TIMESTAMPTZ:
		return bound->kind == BOUND_TEXT && read_time(type, bound);
	default:
		return bound->kind == BOUND_TEXT;
	}
}

/* --- cells ------------------------------------------------------------------------------------ */

/* Numbers as numeric spells them. */
static int compare_magnitudes(const char *a, size_t a_size, const char *b, size_t b_size)
{
	const char *a_point = memchr(a, '.', a_size), *b_point = memchr(b, '.', b_size);
	const size_t a_whole = a_point == NULL ? a_size : (size_t)(a_point - a);
	const size_t b_whole = b_point == NULL ? b_size : (size_t)(b_point - b);
	int order;

	if (a_whole != b_whole)
		return a_whole < b_whole ? -1 : 1;
	order = memcmp(a, b, a_whole);
	for (size_t i = a_whole + 1; order == 0 && (i < a_size || i < b_size); i++)
		order = (i < a_size ? a[i] : '0') - (i < b_size ? b[i] : '0');
	return order;
}

static int compare_decimals(const char *a, size_t a_size, const char *b, size_t b_size)
{
	if ((*a == '-') != (*b == '-'))
		return *a == '-' ? -1 : 1;
	if (*a == '-')
		return compare_magnitudes(b + 1, b_size - 1, a + 1, a_size - 1);
	return compare_magnitudes(a, a_size, b, b_size);
}

static int compare_integer(int64_t integer, const struct bound *bound)
{
	char text[32];
	int size;

	if (bound->whole)
		return (integer > bound->integer) - (integer < bound->integer);
	size = snprintf(text, sizeof(text), "%" PRId64, integer);
	return compare_decimals(text, (size_t)size, bound->text, bound->size);
}

static int compare_bytes(const struct value *cell, const void *data, size_t size)
{
	const size_t common = cell->size < size ? cell->size : size;
	const int order = common == 0 ? 0 : memcmp(cell->data, data, common);

	return order != 0 ? order : (cell->size > size) - (cell->size < size);
}

/* NaN is no number; infinity is one, above all others. */
static bool compare_numeric(const struct value *cell, const struct bound *bound, int *order)
{
	const char *text = (const char *)cell->data;
	struct digits digits;
	enum number_form form;

	if (cell->size == 8 && memcmp(text, "Infinity", 8) == 0)
		return (*order = 1) == 1;
	if (cell->size == 9 && memcmp(text, "-Infinity", 9) == 0)
		return (*order = -1) == -1;
	form = number_look(text, cell->size, &digits);
	if (form != NUMBER_INTEGER && form != NUMBER_DECIMAL)
		return false;
	*order = compare_decimals(text, cell->size, bound->text, bound->size);
	return true;
}

static bool compare_number(const struct value *cell, const struct bound *bound, int *order)
{
	switch (cell->kind) {
	case VALUE_INTEGER:
		*order = compare_integer(cell->integer, bound);
		return true;
	case VALUE_REAL:
		*order = (cell->real > bound->real) - (cell->real < bound->real);
		return cell->real == cell->real;
	case VALUE_TEXT:
		return bound->decimal && compare_numeric(cell, bound, order);
	default:
		return false;
	}
}

bool bound_compare(const struct bound *bound, const struct value *cell, int *order)
{
	switch (bound->kind) {
	case BOUND_NUMBER:
		return compare_number(cell, bound, order);
	case BOUND_TIME:
		if (cell->kind != VALUE_INTEGER)
			return false;
		*order = (cell->integer > bound->integer) - (cell->integer < bound->integer);
		return true;
	case BOUND_TRUTH:
		if (cell->kind != VALUE_BOOL)
			return false;
		*order = cell->truth - (int)bound->integer;
		return true;
	case BOUND_UUID:
		if (cell->kind != VALUE_BYTES)
			return false;
		*order = compare_bytes(cell, bound->uuid, sizeof(bound->uuid));
		return true;
	default:
		if (cell->kind != (bound->kind == BOUND_TEXT ? VALUE_TEXT : VALUE_BYTES))
			return false;
		*order = compare_bytes(cell, bound->text, bound->size);
		return true;
	}
}
