#include "row/literal.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/bytes.h"
#include "base/date.h"
#include "base/json.h"
#include "base/number.h"
#include "base/print.h"
#include "base/utf8.h"

static const char *quote(struct arena *arena, const char *text, size_t size, char mark)
{
	char *quoted = arena_alloc(arena, 2 * size + 3), *to = quoted;

	if (quoted == NULL)
		return NULL;
	*to++ = mark;
	for (size_t i = 0; i < size; i++) {
		if (text[i] == mark)
			*to++ = mark;
		*to++ = text[i];
	}
	*to = mark;
	return quoted;
}

static const char *refuse(const char **why, const char *reason)
{
	*why = reason;
	return NULL;
}

const char *literal_name(struct arena *arena, const char *name)
{
	return quote(arena, name, strlen(name), '"');
}

const char *literal_string(struct arena *arena, const char *text, size_t size, const char **why)
{
	if (memchr(text, '\0', size) != NULL)
		return refuse(why, "has a NUL character in a text");
	if (!utf8_valid((const uint8_t *)text, size))
		return refuse(why, "has a text that is not UTF-8");
	return quote(arena, text, size, '\'');
}

static const char *bytes_literal(struct arena *arena, const char *data, size_t size,
	const char *type)
{
	struct bytes hex = { 0 };
	const char *text = NULL;

	print_hex(&hex, data, size);
	if (!hex.failed)
		text = arena_format(arena, "'%s%.*s'::%s", *type == 'b' ? "\\x" : "",
			(int)hex.size, hex.size ? (const char *)hex.data : "", type);
	bytes_close(&hex);
	return text;
}

static const char *real_literal(struct arena *arena, double real)
{
	char text[NUMBER_REAL_SIZE];
	int64_t integer;

	if (isinf(real))
		return arena_format(arena, "'%sInfinity'::float8", real < 0 ? "-" : "");
	if (constant_whole(real, &integer) && fabs(real) >= 1e15)
		return arena_format(arena, "%" PRId64 ".0", integer);
	number_format_real(text, real);
	return arena_text(arena, text);
}

const char *literal_plain(struct arena *arena, const struct constant *value, const char **why)
{
	switch (value->kind) {
	case CONSTANT_NULL:
		return "NULL";
	case CONSTANT_INTEGER:
		return arena_format(arena, "%" PRId64, value->integer);
	case CONSTANT_REAL:
		return real_literal(arena, value->real);
	case CONSTANT_TEXT:
		return literal_string(arena, value->data, value->size, why);
	default:
		return bytes_literal(arena, value->data, value->size, "bytea");
	}
}

/* Each of these knows that the value is not NULL. */

static const char *misfit(struct arena *arena, const struct constant *value,
	const struct type *type, const char **why)
{
	static const char *const kinds[] = { "NULL", "an integer", "a real", "a text", "a blob" };
	const char *target = type_target(arena, type);

	return refuse(why, arena_format(arena, "is %s that does not fit %s", kinds[value->kind],
		target != NULL ? target : "the type"));
}

static const char *as_boolean(struct arena *arena, const struct constant *value)
{
	static const char *const words[] = {
		"false", "f", "no", "n", "off", "0", "true", "t", "yes", "y", "on", "1",
	};
	struct constant text = *value;

	if (value->kind == CONSTANT_REAL && (value->real == 0 || value->real == 1))
		return value->real != 0 ? "true" : "false";
	if (!constant_as_text(arena, value, &text))
		return NULL;
	for (size_t i = 0; i < 12; i++)
		if (strlen(text.data) == text.size && strcasecmp(text.data, words[i]) == 0)
			return i < 6 ? "false" : "true";
	return NULL;
}

static const char *as_integer(struct arena *arena, struct constant *value, int64_t most)
{
	constant_store(arena, AFFINITY_INTEGER, value);
	if (value->kind != CONSTANT_INTEGER || value->integer > most || value->integer < -most - 1)
		return NULL;
	return arena_format(arena, "%" PRId64, value->integer);
}

static const char *as_float(struct arena *arena, struct constant *value, bool narrow)
{
	constant_store(arena, AFFINITY_REAL, value);
	if (value->kind != CONSTANT_REAL ||
		(narrow && isfinite(value->real) && (double)(float)value->real != value->real))
		return NULL;
	return real_literal(arena, value->real);
}

static bool fits_numeric(const struct type *type, const struct digits *digits)
{
	if (type->precision == 0)
		return true;
	return type->scale >= 0 && (int64_t)digits->fraction <= type->scale &&
		(int64_t)digits->whole <= type->precision - type->scale;
}

static const char *as_numeric(struct arena *arena, const struct constant *value,
	const struct type *type)
{
	struct bytes canonical = { 0 };
	struct digits digits;
	const char *text = value->data;
	char real[NUMBER_REAL_SIZE];

	if (value->kind == CONSTANT_INTEGER)
		text = arena_format(arena, "%" PRId64, value->integer);
	else if (value->kind == CONSTANT_REAL) {
		number_format_real(real, value->real);
		text = real;
	}
	if (text == NULL || value->kind == CONSTANT_BLOB || strlen(text) > 1000 ||
		number_look(text, strlen(text), &digits) == NUMBER_NOT || digits.whole > 1000 ||
		digits.fraction > 1000)
		return NULL;
	number_add_canonical(&canonical, text, strlen(text));
	if (value->kind == CONSTANT_REAL)
		digits = number_real_digits(value->real);
	text = NULL;
	if (!canonical.failed && fits_numeric(type, &digits))
		text = arena_copy(arena, canonical.data, canonical.size);
	bytes_close(&canonical);
	return text;
}

static const char *as_text(struct arena *arena, const struct constant *value,
	const struct type *type, const char **why)
{
	struct constant text;

	if (!constant_as_text(arena, value, &text))
		return NULL;
	if (type->length > 0 && text.size > (size_t)type->length &&
		utf8_characters((const uint8_t *)text.data, text.size) > (size_t)type->length)
		return NULL;
	return literal_string(arena, text.data, text.size, why);
}

static const char *as_json(struct arena *arena, const struct constant *value, bool binary)
{
	struct bytes scratch = { 0 };
	enum json_form form = JSON_NOT;
	const char *text = NULL, *why;

	if (value->kind == CONSTANT_TEXT)
		form = json_look((const uint8_t *)value->data, value->size, &scratch);
	bytes_close(&scratch);
	if (form == JSON_UNIQUE || (form == JSON_DOUBLED && !binary))
		text = literal_string(arena, value->data, value->size, &why);
	if (text == NULL)
		return NULL;
	return arena_format(arena, "%s::%s", text, binary ? "jsonb" : "json");
}

static bool is_uuid(const char *text, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		bool dash = i == 8 || i == 13 || i == 18 || i == 23;

		if (dash ? text[i] != '-' : !strchr("0123456789abcdefABCDEF", text[i]))
			return false;
	}
	return size == 36 && strlen(text) == 36;
}

static const char *as_uuid(struct arena *arena, const struct constant *value)
{
	if (value->kind == CONSTANT_BLOB && value->size == 16)
		return bytes_literal(arena, value->data, value->size, "uuid");
	if (value->kind != CONSTANT_TEXT || !is_uuid(value->data, value->size))
		return NULL;
	return arena_format(arena, "'%s'::uuid", value->data);
}

/* Microseconds since 2000 of a number; how much one of it is, and where its zero lies. */
static bool number_to_stamp(const struct constant *value, enum reading_of_time reading,
	int64_t *micros)
{
	double real = value->kind == CONSTANT_REAL ? value->real : 0;
	int64_t unit = reading == TIME_EPOCH_S || reading == TIME_COCOA_S ? DATE_SECOND :
		reading == TIME_EPOCH_MS ? 1000 : 1;
	int64_t zero = reading == TIME_COCOA_S ? DATE_COCOA :
		reading == TIME_WEBKIT_US ? DATE_WEBKIT : DATE_UNIX;
	int64_t number = value->integer;

	switch (reading) {
	case TIME_EPOCH_S:
	case TIME_EPOCH_MS:
	case TIME_EPOCH_US:
	case TIME_WEBKIT_US:
	case TIME_COCOA_S:
		break;
	case TIME_COMPACT:
		return value->kind == CONSTANT_INTEGER &&
			date_from_compact14(value->integer, micros);
	default:
		return false;
	}
	if (value->kind == CONSTANT_REAL && !constant_whole(real, &number))
		return false;
	return !__builtin_mul_overflow(number, unit, &number) &&
		!__builtin_sub_overflow(number, zero * DATE_SECOND, micros);
}

static bool to_stamp(const struct constant *value, enum reading_of_time reading, bool zoned,
	int64_t *micros)
{
	enum date_form form;
	int32_t days;

	if (value->kind == CONSTANT_INTEGER || value->kind == CONSTANT_REAL)
		return number_to_stamp(value, reading, micros);
	if (value->kind != CONSTANT_TEXT)
		return false;
	form = date_parse_stamp(value->data, value->size, micros);
	if (form != DATE_NOT)
		return form == DATE_LOCAL || zoned;
	if (!date_parse_day(value->data, value->size, &days))
		return false;
	*micros = days * DATE_DAY;
	return true;
}

/* Has the time no more digits of a second than the type keeps? */
static bool fits_fraction(const struct type *type, int64_t micros)
{
	int64_t unit = DATE_SECOND;

	if (type->fraction < 0)
		return true;
	for (int32_t i = 0; i < type->fraction && unit > 1; i++)
		unit /= 10;
	return micros % unit == 0;
}

static const char *as_stamp(struct arena *arena, const struct constant *value,
	const struct type *type, enum reading_of_time reading)
{
	bool zoned = type->kind == TYPE_TIMESTAMPTZ;
	char text[DATE_SIZE];
	int64_t micros;

	if (!to_stamp(value, reading, zoned, &micros) || !fits_fraction(type, micros) ||
		date_format_stamp(text, micros) == 0)
		return NULL;
	return arena_format(arena, zoned ? "'%s+00'::timestamptz" : "'%s'::timestamp", text);
}

static const char *as_day(struct arena *arena, const struct constant *value,
	enum reading_of_time reading)
{
	char text[DATE_SIZE];
	int64_t micros;
	int32_t days;
	bool is_text = value->kind == CONSTANT_TEXT, found;

	found = is_text && date_parse_day(value->data, value->size, &days);
	if (value->kind == CONSTANT_INTEGER && reading == TIME_COMPACT)
		found = date_from_compact8(value->integer, &days);
	else if (!is_text && to_stamp(value, reading, false, &micros) &&
		micros % DATE_DAY == 0) {
		days = (int32_t)(micros / DATE_DAY);
		found = true;
	}
	if (!found || date_format_day(text, days) == 0)
		return NULL;
	return arena_format(arena, "'%s'::date", text);
}

static const char *as_time(struct arena *arena, const struct constant *value,
	const struct type *type)
{
	char text[DATE_SIZE];
	int64_t micros;

	if (value->kind != CONSTANT_TEXT || !date_parse_time(value->data, value->size, &micros) ||
		!fits_fraction(type, micros) || date_format_time(text, micros) == 0)
		return NULL;
	return arena_format(arena, "'%s'::time", text);
}

static const char *as_bytes(struct arena *arena, const struct constant *value)
{
	if (value->kind != CONSTANT_BLOB && value->kind != CONSTANT_TEXT)
		return NULL;
	return bytes_literal(arena, value->data, value->size, "bytea");
}

/* NULL without a reason: it does not fit. */
static const char *spell(struct arena *arena, struct constant *value, const struct type *type,
	enum reading_of_time reading, const char **why)
{
	switch (type->kind) {
	case TYPE_BOOL:
		return as_boolean(arena, value);
	case TYPE_INT2:
		return as_integer(arena, value, INT16_MAX);
	case TYPE_INT4:
		return as_integer(arena, value, INT32_MAX);
	case TYPE_INT8:
		return as_integer(arena, value, INT64_MAX);
	case TYPE_FLOAT4:
	case TYPE_FLOAT8:
		return as_float(arena, value, type->kind == TYPE_FLOAT4);
	case TYPE_NUMERIC:
		return as_numeric(arena, value, type);
	case TYPE_TEXT:
	case TYPE_VARCHAR:
	case TYPE_CHAR:
		return as_text(arena, value, type, why);
	case TYPE_JSON:
	case TYPE_JSONB:
		return as_json(arena, value, type->kind == TYPE_JSONB);
	case TYPE_BYTEA:
		return as_bytes(arena, value);
	case TYPE_UUID:
		return as_uuid(arena, value);
	case TYPE_DATE:
		return as_day(arena, value, reading);
	case TYPE_TIME:
		return as_time(arena, value, type);
	case TYPE_TIMESTAMP:
	case TYPE_TIMESTAMPTZ:
		return as_stamp(arena, value, type, reading);
	default:
		return NULL;
	}
}

const char *literal_typed(struct arena *arena, const struct constant *value,
	const struct type *type, enum reading_of_time reading, const char **why)
{
	struct constant copy = *value;
	const char *text, *reason = NULL;

	if (value->kind == CONSTANT_NULL)
		return "NULL";
	text = spell(arena, &copy, type, reading, &reason);
	if (text == NULL && reason == NULL)
		return misfit(arena, value, type, why);
	if (text == NULL)
		*why = reason;
	return text;
}
