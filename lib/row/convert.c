#include "row/convert.h"

#include <math.h>
#include <stdlib.h>

#include "base/number.h"
#include "row/convert_family.h"

static convert_function *const families[] = {
	[TYPE_RAW] = convert_to_raw,
	[TYPE_BOOL] = convert_to_bool,
	[TYPE_INT2] = convert_to_integer,
	[TYPE_INT4] = convert_to_integer,
	[TYPE_INT8] = convert_to_integer,
	[TYPE_FLOAT4] = convert_to_float,
	[TYPE_FLOAT8] = convert_to_float,
	[TYPE_NUMERIC] = convert_to_numeric,
	[TYPE_TEXT] = convert_to_text,
	[TYPE_VARCHAR] = convert_to_text,
	[TYPE_CHAR] = convert_to_text,
	[TYPE_JSON] = convert_to_json,
	[TYPE_JSONB] = convert_to_json,
	[TYPE_BYTEA] = convert_to_bytes,
	[TYPE_UUID] = convert_to_uuid,
	[TYPE_DATE] = convert_to_date,
	[TYPE_TIME] = convert_to_time,
	[TYPE_TIMESTAMP] = convert_to_stamp,
	[TYPE_TIMESTAMPTZ] = convert_to_stamp,
	[TYPE_OTHER] = convert_to_named,
};

/* 0 is also 0.0, but no text is a number here. */
static bool same_real(const char *word, double real)
{
	struct digits digits;
	char text[NUMBER_SIZE];

	if (number_look(word, strlen(word), &digits) != NUMBER_NOT)
		return strtod(word, NULL) == real;
	number_format_real(text, real);
	return strcmp(text, word) == 0;
}

static bool is_word(const struct value *value, const char *word)
{
	int64_t integer;

	switch (value->kind) {
	case VALUE_INTEGER:
		return number_parse_integer(word, strlen(word), &integer) &&
			integer == value->integer;
	case VALUE_REAL:
		return same_real(word, value->real);
	case VALUE_TEXT:
		return strlen(word) == value->size &&
			(value->size == 0 || memcmp(word, value->data, value->size) == 0);
	default:
		return false;
	}
}

static bool means_null(const struct texts *words, const struct value *value)
{
	for (size_t i = 0; i < words->count; i++)
		if (is_word(value, words->items[i]))
			return true;
	return false;
}

/* A boolean of the source is the integer that SQL takes it for. */
static bool convert_boolean(const struct conversion *conversion, const struct value *from,
	struct value *to, struct bytes *scratch, enum change *change, const char **why)
{
	const struct value integer = { .kind = VALUE_INTEGER, .integer = from->truth };

	return families[conversion->type.kind](conversion, &integer, to, scratch, change, why);
}

bool convert_value(const struct conversion *conversion, const struct value *from, struct value *to,
	struct bytes *scratch, enum change *change, const char **why)
{
	const enum type_kind kind = conversion->type.kind;

	*change = CHANGE_NONE;
	if (from->kind == VALUE_NULL) {
		*to = *from;
		return true;
	}
	if (conversion->nullify.count > 0 && means_null(&conversion->nullify, from)) {
		*to = (struct value){ .kind = VALUE_NULL };
		*change = CHANGE_NULLIFIED;
		return true;
	}
	if (from->kind == VALUE_BOOL && kind != TYPE_BOOL && kind != TYPE_RAW)
		return convert_boolean(conversion, from, to, scratch, change, why);
	return families[kind](conversion, from, to, scratch, change, why);
}
