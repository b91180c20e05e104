#include "row/cell.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/number.h"
#include "base/utf8.h"
#include "row/convert.h"

/* Enough digits for an integer that a double can be. */
enum { WHOLE_SIZE = 320, REAL_SIZE = 64 };

/* Behind the digits stands something else than a NUL: they are copied, all that decide. */
static double read_real(const char *text, size_t size)
{
	struct bytes copy = { 0 };
	char small[REAL_SIZE];
	double real;

	if (size < sizeof(small)) {
		memcpy(small, text, size);
		small[size] = '\0';
		return strtod(small, NULL);
	}
	bytes_add(&copy, text, size);
	bytes_add_byte(&copy, '\0');
	real = copy.failed ? HUGE_VAL : strtod((const char *)copy.data, NULL);
	bytes_close(&copy);
	return real;
}

struct given given_number(const char *text, size_t size)
{
	struct given given = { .digits = text, .size = size };

	given.value.kind = VALUE_INTEGER;
	if (!number_parse_integer(text, size, &given.value.integer)) {
		given.value.kind = VALUE_REAL;
		given.value.real = read_real(text, size);
	}
	return given;
}

struct given given_bound(const struct bound *bound)
{
	struct given given = { .value = { .kind = VALUE_TEXT, .size = (uint32_t)bound->size } };

	given.value.data = (const uint8_t *)bound->text;
	switch (bound->kind) {
	case BOUND_NUMBER:
		return given_number(bound->text, bound->size);
	case BOUND_BYTES:
		given.value.kind = VALUE_BYTES;
		break;
	case BOUND_TRUTH:
		given.value = (struct value){ .kind = VALUE_BOOL, .truth = bound->integer != 0 };
		break;
	default:
		break;
	}
	return given;
}

/* --- kinds ------------------------------------------------------------------------------------ */

static bool refuse(const char **why, const char *what)
{
	*why = what;
	return false;
}

static bool convert(const struct type *type, const struct value *from, struct value *to,
	struct cell_room *room, const char **why)
{
	const struct conversion conversion = { .type = *type };
	enum change change;

	if (convert_value(&conversion, from, to, &room->scratch, &change, why))
		return true;
	return room->scratch.failed ? refuse(why, NULL) : false;
}

/* --- numbers ---------------------------------------------------------------------------------- */

static bool has_point(const struct given *given)
{
	for (size_t i = 0; i < given->size; i++)
		if (given->digits[i] == '.' || (given->digits[i] | 0x20) == 'e')
			return true;
	return false;
}

static bool is_endless(const struct given *given)
{
	return given->value.kind == VALUE_REAL && given->digits != NULL &&
		!isfinite(given->value.real);
}

/* Digits alone that no int64 holds: a real, if it is that very number. */
static bool is_whole(const struct given *given)
{
	char text[WHOLE_SIZE];
	const int size = snprintf(text, sizeof(text), "%.0f", given->value.real);

	return (size_t)size == given->size && memcmp(text, given->digits, given->size) == 0;
}

static bool make_raw(const struct given *given, struct value *to, const char **why)
{
	*to = given->value;
	if (is_endless(given))
		return refuse(why, "a number too large for a real");
	if (to->kind == VALUE_BOOL)
		*to = (struct value){ .kind = VALUE_INTEGER, .integer = given->value.truth };
	if (to->kind == VALUE_REAL && given->digits != NULL && !has_point(given) &&
		!is_whole(given))
		return refuse(why, "an integer of more than 64 bits");
	return true;
}

static bool make_integer(const struct type *type, const struct given *given, struct value *to,
	struct cell_room *room, const char **why)
{
	if (given->value.kind == VALUE_INTEGER)
		return convert(type, &given->value, to, room, why);
	if (given->value.kind != VALUE_REAL)
		return refuse(why, "no number");
	if (given->digits == NULL || has_point(given))
		return refuse(why, "a number with a fraction or an exponent");
	if (given->value.real != 0)
		return refuse(why, "an integer of more than 64 bits");
	*to = (struct value){ .kind = VALUE_INTEGER }; /* -0 */
	return true;
}

static bool make_float(const struct type *type, const struct given *given, struct value *to,
	struct cell_room *room, const char **why)
{
	if (given->value.kind != VALUE_INTEGER && given->value.kind != VALUE_REAL)
		return refuse(why, "no number");
	if (is_endless(given))
		return refuse(why, "a number too large for a real");
	return convert(type, &given->value, to, room, why);
}

/* Every digit counts, so it is never a real in between. */
static bool make_numeric(const struct type *type, const struct given *given, struct value *to,
	struct cell_room *room, const char **why)
{
	struct value text = { .kind = VALUE_TEXT };

	if (given->value.kind == VALUE_TEXT)
		return convert(type, &given->value, to, room, why);
	if (given->digits == NULL)
		return refuse(why, "no number");
	bytes_clear(&room->digits);
	if (!number_add_canonical(&room->digits, given->digits, given->size))
		return refuse(why, "a number with more digits than numeric takes");
	if (room->digits.failed)
		return refuse(why, NULL);
	text.data = room->digits.data;
	text.size = (uint32_t)room->digits.size;
	return convert(type, &text, to, room, why);
}

/* --- texts ------------------------------------------------------------------------------------ */

/*
 * What a server has sent comes back as it was: blanks at the end of a char, and a json that only
 * jsonb would refuse.
 */
static bool make_text(const struct type *type, const struct given *given, struct value *to,
	struct cell_room *room, const char **why)
{
	const struct value *text = &given->value;
	const bool plain = text->size == 0 || memchr(text->data, '\0', text->size) == NULL;

	*to = *text;
	if (type->kind == TYPE_JSON && plain)
		return true;
	if (type->kind == TYPE_CHAR && plain && utf8_characters(text->data, text->size) <=
		(size_t)(type->length > 0 ? type->length : 1))
		return true;
	return convert(type, text, to, room, why);
}

/* --- a cell ----------------------------------------------------------------------------------- */

bool cell_make(const struct type *type, const struct given *given, struct value *to,
	struct cell_room *room, const char **why)
{
	const enum value_kind kind = given->value.kind;

	*why = NULL;
	if (kind == VALUE_NULL) {
		*to = given->value;
		return true;
	}
	switch (type->kind) {
	case TYPE_RAW:
		return make_raw(given, to, why);
	case TYPE_BOOL:
		*to = given->value;
		return kind == VALUE_BOOL || refuse(why, "neither true nor false");
	case TYPE_INT2:
	case TYPE_INT4:
	case TYPE_INT8:
		return make_integer(type, given, to, room, why);
	case TYPE_FLOAT4:
	case TYPE_FLOAT8:
		return make_float(type, given, to, room, why);
	case TYPE_NUMERIC:
		return make_numeric(type, given, to, room, why);
	case TYPE_BYTEA:
		*to = given->value;
		return kind == VALUE_BYTES || refuse(why, "no bytes");
	case TYPE_UUID:
		if (kind == VALUE_BYTES)
			return convert(type, &given->value, to, room, why);
		break;
	default:
		break;
	}
	return kind == VALUE_TEXT ? make_text(type, given, to, room, why) : refuse(why, "no text");
}

void cell_close(struct cell_room *room)
{
	bytes_close(&room->digits);
	bytes_close(&room->scratch);
}
