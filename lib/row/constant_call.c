#include "row/constant_call.h"

#include <math.h>
#include <string.h>
#include <strings.h>

#include "base/utf8.h"

typedef bool (*function)(struct arena *arena, const struct constant *items, size_t count,
	struct constant *value);

static bool is_text(const struct constant *value)
{
	return value->kind == CONSTANT_TEXT;
}

static bool put_text(const char *text, size_t size, struct constant *value)
{
	*value = constant_text(text, size);
	return text != NULL;
}

static bool fold(struct arena *arena, const struct constant *of, bool upper,
	struct constant *value)
{
	struct constant text;

	return constant_as_text(arena, of, &text) &&
		put_text(constant_fold(arena, text.data, text.size, upper), text.size, value);
}

static bool lower(struct arena *arena, const struct constant *items, size_t count,
	struct constant *value)
{
	return count == 1 && fold(arena, items, false, value);
}

static bool upper(struct arena *arena, const struct constant *items, size_t count,
	struct constant *value)
{
	return count == 1 && fold(arena, items, true, value);
}

static size_t characters(const char *text, size_t size)
{
	return utf8_characters((const uint8_t *)text, size);
}

static bool is_sound(const struct constant *text)
{
	return strlen(text->data) == text->size &&
		utf8_valid((const uint8_t *)text->data, text->size);
}

static bool length(struct arena *arena, const struct constant *items, size_t count,
	struct constant *value)
{
	struct constant text;

	if (count != 1)
		return false;
	if (items->kind == CONSTANT_BLOB) {
		*value = constant_integer((int64_t)items->size);
		return true;
	}
	if (!constant_as_text(arena, items, &text) || !is_sound(&text))
		return false;
	*value = constant_integer((int64_t)characters(text.data, text.size));
	return true;
}

static bool absolute(struct arena *arena, const struct constant *items, size_t count,
	struct constant *value)
{
	(void)arena;
	*value = *items;
	if (count != 1 || (items->kind == CONSTANT_INTEGER && items->integer == INT64_MIN))
		return false;
	value->integer = items->integer < 0 ? -items->integer : items->integer;
	value->real = fabs(items->real);
	return items->kind == CONSTANT_INTEGER || items->kind == CONSTANT_REAL;
}

static bool to_hex(struct arena *arena, const struct constant *items, size_t count,
	struct constant *value)
{
	static const char digits[] = "0123456789ABCDEF";
	struct constant of = *items;
	char *text;

	if (count != 1 || (of.kind != CONSTANT_BLOB && !constant_as_text(arena, items, &of)) ||
		of.size > EXPRESSION_SIZE)
		return false;
	text = arena_alloc(arena, 2 * of.size + 1);
	for (size_t i = 0; text != NULL && i < of.size; i++) {
		text[2 * i] = digits[(unsigned char)of.data[i] >> 4];
		text[2 * i + 1] = digits[of.data[i] & 15];
	}
	return put_text(text, 2 * of.size, value);
}

/* Blanks are all that one argument takes away; a second one gives the characters. */
static bool strip(struct arena *arena, const struct constant *items, size_t count, bool left,
	bool right, struct constant *value)
{
	const char *start, *end;

	if (count != 1 || !is_text(items) || !is_sound(items))
		return false;
	start = items->data;
	end = start + items->size;
	while (left && *start == ' ')
		start++;
	while (right && end > start && end[-1] == ' ')
		end--;
	return put_text(arena_copy(arena, start, (size_t)(end - start)), (size_t)(end - start),
		value);
}

static bool trim(struct arena *arena, const struct constant *items, size_t count,
	struct constant *value)
{
	return strip(arena, items, count, true, true, value);
}

static bool ltrim(struct arena *arena, const struct constant *items, size_t count,
	struct constant *value)
{
	return strip(arena, items, count, true, false, value);
}

static bool rtrim(struct arena *arena, const struct constant *items, size_t count,
	struct constant *value)
{
	return strip(arena, items, count, false, true, value);
}

static bool is_small(const struct constant *value)
{
	return value->kind == CONSTANT_INTEGER && value->integer > -EXPRESSION_SIZE &&
		value->integer < EXPRESSION_SIZE;
}

static const char *skip_characters(const char *at, int64_t count)
{
	for (; count > 0 && *at != '\0'; count--)
		for (at++; ((unsigned char)*at & 0xc0) == 0x80; at++)
			;
	return at;
}

/* From behind where start is negative, backwards where the length is. */
static bool substr(struct arena *arena, const struct constant *items, size_t count,
	struct constant *value)
{
	int64_t start, size = EXPRESSION_SIZE, all;
	const char *from, *end;

	if (count < 2 || count > 3 || !is_text(items) || !is_sound(items) || !is_small(&items[1]) ||
		(count == 3 && !is_small(&items[2])))
		return false;
	start = items[1].integer;
	all = (int64_t)characters(items->data, items->size);
	if (count == 3)
		size = items[2].integer;
	if (size < 0 || start == 0)
		return false;
	start += start < 0 ? all : -1;
	if (start < 0) {
		size = size + start < 0 ? 0 : size + start;
		start = 0;
	}
	from = skip_characters(items->data, start);
	end = skip_characters(from, size);
	return put_text(arena_copy(arena, from, (size_t)(end - from)), (size_t)(end - from), value);
}

static bool replace(struct arena *arena, const struct constant *items, size_t count,
	struct constant *value)
{
	struct bytes made = { 0 };
	const char *at, *found;

	if (count != 3 || !is_text(items) || !is_text(items + 1) || !is_text(items + 2) ||
		!is_sound(items) || !is_sound(items + 1) || items[1].size == 0)
		return false;
	for (at = items->data; (found = strstr(at, items[1].data)) != NULL;
		at = found + items[1].size) {
		bytes_add(&made, at, (size_t)(found - at));
		bytes_add(&made, items[2].data, items[2].size);
		if (made.size > EXPRESSION_SIZE)
			break;
	}
	bytes_add_text(&made, at);
	count = made.failed || made.size > EXPRESSION_SIZE ? 0 : 3;
	if (count == 3)
		put_text(arena_copy(arena, made.data, made.size), made.size, value);
	bytes_close(&made);
	return count == 3 && value->data != NULL;
}

static bool instr(struct arena *arena, const struct constant *items, size_t count,
	struct constant *value)
{
	const char *found;

	(void)arena;
	if (count != 2 || !is_text(items) || !is_text(items + 1) || !is_sound(items) ||
		!is_sound(items + 1))
		return false;
	found = strstr(items->data, items[1].data);
	*value = constant_integer(found == NULL ? 0 :
		(int64_t)characters(items->data, (size_t)(found - items->data)) + 1);
	return true;
}

static bool round_half(struct arena *arena, const struct constant *items, size_t count,
	struct constant *value)
{
	double real = items->kind == CONSTANT_REAL ? items->real : (double)items->integer;

	(void)arena;
	if (count != 1 || (items->kind != CONSTANT_REAL && items->kind != CONSTANT_INTEGER) ||
		fabs(real) > 1e15)
		return false;
	value->kind = CONSTANT_REAL;
	value->real = trunc(real + copysign(0.5, real));
	return true;
}

/* Of equal ones, as 1 and 1.0, the last is the least and the first the greatest. */
static bool extreme(const struct constant *items, size_t count, bool least, struct constant *value)
{
	if (count < 2)
		return false;
	*value = items[0];
	for (size_t i = 1; i < count; i++) {
		int order = constant_compare(&items[i], value);

		if (least ? order <= 0 : order > 0)
			*value = items[i];
	}
	return true;
}

static bool minimum(struct arena *arena, const struct constant *items, size_t count,
	struct constant *value)
{
	(void)arena;
	return extreme(items, count, true, value);
}

static bool maximum(struct arena *arena, const struct constant *items, size_t count,
	struct constant *value)
{
	(void)arena;
	return extreme(items, count, false, value);
}

static bool type_of(struct arena *arena, const struct constant *items, size_t count,
	struct constant *value)
{
	static const char *const names[] = { "null", "integer", "real", "text", "blob" };

	(void)arena;
	return count == 1 && put_text(names[items->kind], strlen(names[items->kind]), value);
}

static bool coalesce(struct arena *arena, const struct constant *items, size_t count,
	struct constant *value)
{
	(void)arena;
	*value = (struct constant){ 0 };
	for (size_t i = 0; i < count && value->kind == CONSTANT_NULL; i++)
		*value = items[i];
	return count >= 2;
}

static bool nullif(struct arena *arena, const struct constant *items, size_t count,
	struct constant *value)
{
	(void)arena;
	if (count != 2)
		return false;
	*value = items[0];
	if (items[0].kind != CONSTANT_NULL && items[1].kind != CONSTANT_NULL &&
		constant_compare(&items[0], &items[1]) == 0)
		*value = (struct constant){ 0 };
	return true;
}

static bool zeroblob(struct arena *arena, const struct constant *items, size_t count,
	struct constant *value)
{
	if (count != 1 || !is_small(items) || items->integer < 0)
		return false;
	*value = (struct constant){ .kind = CONSTANT_BLOB, .size = (size_t)items->integer };
	value->data = arena_alloc(arena, value->size + 1);
	return value->data != NULL;
}

/* strict: NULL when one of the arguments is. */
static const struct {
	const char *name;
	function function;
	bool strict;
} functions[] = {
	{ "lower", lower, true },
	{ "upper", upper, true },
	{ "length", length, true },
	{ "abs", absolute, true },
	{ "hex", to_hex, false },
	{ "trim", trim, true },
	{ "ltrim", ltrim, true },
	{ "rtrim", rtrim, true },
	{ "substr", substr, true },
	{ "substring", substr, true },
	{ "replace", replace, false },
	{ "instr", instr, true },
	{ "round", round_half, true },
	{ "min", minimum, true },
	{ "max", maximum, true },
	{ "typeof", type_of, false },
	{ "coalesce", coalesce, false },
	{ "ifnull", coalesce, false },
	{ "nullif", nullif, false },
	{ "zeroblob", zeroblob, false },
};

static bool has_null(const struct constant *items, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (items[i].kind == CONSTANT_NULL)
			return true;
	return false;
}

bool constant_call(struct arena *arena, const char *name, const struct constant *items,
	size_t count, struct constant *value)
{
	for (size_t i = 0; count > 0 && i < sizeof(functions) / sizeof(functions[0]); i++) {
		if (strcasecmp(name, functions[i].name) != 0)
			continue;
		*value = (struct constant){ 0 };
		if (functions[i].strict && has_null(items, count))
			return true;
		return functions[i].function(arena, items, count, value);
	}
	return false;
}
