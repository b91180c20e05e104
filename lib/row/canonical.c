#include "row/canonical.h"

#include <string.h>

#include "base/utf8.h"
#include "row/canonical_form.h"

/* --- which form ------------------------------------------------------------------------------- */

static bool is_integer(enum type_kind kind)
{
	return kind == TYPE_INT2 || kind == TYPE_INT4 || kind == TYPE_INT8;
}

static bool is_float(enum type_kind kind)
{
	return kind == TYPE_FLOAT4 || kind == TYPE_FLOAT8;
}

static bool is_number(enum type_kind kind)
{
	return is_integer(kind) || is_float(kind) || kind == TYPE_NUMERIC;
}

static bool is_text(enum type_kind kind)
{
	return kind == TYPE_TEXT || kind == TYPE_VARCHAR || kind == TYPE_CHAR;
}

static bool is_stamp(enum type_kind kind)
{
	return kind == TYPE_TIMESTAMP || kind == TYPE_TIMESTAMPTZ;
}

static bool is_time(enum type_kind kind)
{
	return is_stamp(kind) || kind == TYPE_DATE || kind == TYPE_TIME;
}

/* Types whose cells are the same thing: the widest of them, or TYPE_RAW when they are not. */
static enum type_kind same_family(enum type_kind a, enum type_kind b)
{
	if (a == b)
		return a;
	if (is_integer(a) && is_integer(b))
		return TYPE_INT8;
	if (is_float(a) && is_float(b))
		return TYPE_FLOAT8;
	if (is_number(a) && is_number(b))
		return TYPE_NUMERIC;
	if (is_text(a) && is_text(b))
		return a == TYPE_CHAR || b == TYPE_CHAR ? TYPE_CHAR : TYPE_TEXT;
	return TYPE_RAW;
}

/* The more of these a type says about its cells, the higher it stands. */
static int richness(enum type_kind kind)
{
	if (kind == TYPE_RAW)
		return 0;
	if (is_text(kind))
		return 1;
	if (kind == TYPE_JSON || kind == TYPE_BYTEA)
		return 2;
	if (is_number(kind))
		return 3;
	return 4;
}

/* What reads the cells of `from` as `to`, both being different things. */
static bool reads(enum type_kind from, enum type_kind to, const struct canonical_hint *hint,
	const char **why)
{
	*why = "their values have no common meaning";
	if (from == TYPE_RAW || is_text(from))
		return true;
	if (from == TYPE_JSON)
		return to == TYPE_JSONB;
	if (from == TYPE_BYTEA)
		return to == TYPE_UUID;
	if (from == TYPE_DATE)
		return is_stamp(to);
	if (from == TYPE_TIMESTAMP && to == TYPE_TIMESTAMPTZ) {
		*why = "one has a time zone, and nothing says which zone the other is in";
		return hint->zoned;
	}
	if (is_number(from) && is_time(to)) {
		*why = "one holds numbers, and nothing says which times they are";
		return hint->reading != TIME_PLAIN && to != TYPE_TIME;
	}
	return is_number(from) && to == TYPE_BOOL;
}

/* Between types of one richness the order is this one. */
static bool second_is_richer(enum type_kind a, enum type_kind b)
{
	if (richness(a) != richness(b))
		return richness(a) < richness(b);
	return a == TYPE_DATE || (a == TYPE_TIMESTAMP && b == TYPE_TIMESTAMPTZ);
}

static bool needs_change(enum type_kind from, enum type_kind to)
{
	if (to == TYPE_NUMERIC || to == TYPE_CHAR || to == TYPE_JSONB)
		return true;
	return from != TYPE_RAW ? same_family(from, to) == TYPE_RAW : to != TYPE_RAW;
}

static void set(struct canonical *canonical, const struct type *from, enum type_kind to,
	const struct canonical_hint *hint)
{
	*canonical = (struct canonical){ .changes = needs_change(from->kind, to), .from = *from,
		.to = to, .hint = *hint };
}

bool canonical_pair(const struct type *left, const struct type *right,
	const struct canonical_hint *hint, struct canonical *to_left, struct canonical *to_right,
	const char **why)
{
	static const struct canonical_hint none;
	enum type_kind to = same_family(left->kind, right->kind);

	if (hint == NULL)
		hint = &none;
	if (left->kind != right->kind && to == TYPE_RAW) {
		const bool second = second_is_richer(left->kind, right->kind);

		to = second ? right->kind : left->kind;
		if (!reads(second ? left->kind : right->kind, to, hint, why))
			return false;
	}
	set(to_left, left, to, hint);
	set(to_right, right, to, hint);
	return true;
}

void canonical_close(struct canonical *canonical)
{
	bytes_close(&canonical->scratch);
	bytes_close(&canonical->work);
}

/* --- the forms that take few lines ------------------------------------------------------------ */

bool canonical_settle(struct canonical *canonical, enum value_kind kind, struct value *to)
{
	static const uint8_t none[1];
	const struct bytes *scratch = &canonical->scratch;

	if (scratch->failed || scratch->size > INT32_MAX)
		return false;
	*to = (struct value){ .kind = kind, .size = (uint32_t)scratch->size };
	to->data = scratch->size > 0 ? scratch->data : none;
	return true;
}

static bool same_word(const struct value *text, const char *word)
{
	for (size_t i = 0; i < text->size; i++) {
		const uint8_t c = text->data[i];

		if (word[i] == '\0' || (c >= 'A' && c <= 'Z' ? c + 0x20 : c) != (uint8_t)word[i])
			return false;
	}
	return word[text->size] == '\0';
}

static bool form_bool(const struct value *from, struct value *to)
{
	static const char *const no[] = { "0", "false", "f", "no", "n", "off" };
	static const char *const yes[] = { "1", "true", "t", "yes", "y", "on" };
	bool truth = false, known = false;

	if (from->kind == VALUE_BOOL)
		truth = from->truth, known = true;
	else if (from->kind == VALUE_INTEGER)
		truth = from->integer == 1, known = truth || from->integer == 0;
	else if (from->kind == VALUE_REAL)
		truth = from->real == 1, known = truth || from->real == 0;
	else if (from->kind == VALUE_TEXT)
		for (size_t i = 0; i < 6 && !known; i++) {
			truth = same_word(from, yes[i]);
			known = truth || same_word(from, no[i]);
		}
	*to = (struct value){ .kind = VALUE_BOOL, .truth = truth };
	return known;
}

static bool form_text(struct canonical *canonical, const struct value *from, struct value *to)
{
	*to = *from;
	to->kind = VALUE_TEXT;
	if (from->kind == VALUE_TEXT)
		return true;
	if (from->kind == VALUE_BYTES || from->kind == VALUE_BAD_UTF8)
		return utf8_valid(from->data, from->size);
	if (from->kind != VALUE_INTEGER && from->kind != VALUE_REAL)
		return false;
	canonical_print(&canonical->scratch, from);
	return canonical_settle(canonical, VALUE_TEXT, to);
}

static bool form_char(struct canonical *canonical, const struct value *from, struct value *to)
{
	if (!form_text(canonical, from, to))
		return false;
	while (to->size > 0 && to->data[to->size - 1] == ' ')
		to->size--;
	return true;
}

static bool form_bytes(struct canonical *canonical, const struct value *from, struct value *to)
{
	*to = *from;
	to->kind = VALUE_BYTES;
	if (from->kind >= VALUE_TEXT)
		return true;
	if (from->kind != VALUE_INTEGER && from->kind != VALUE_REAL)
		return false;
	canonical_print(&canonical->scratch, from);
	return canonical_settle(canonical, VALUE_BYTES, to);
}

static bool form_uuid(struct canonical *canonical, const struct value *from, struct value *to)
{
	static const char digits[] = "0123456789abcdef";
	uint8_t half = 0;
	size_t count = 0;

	*to = *from;
	if (from->kind == VALUE_BYTES)
		return from->size == 16;
	if (from->kind != VALUE_TEXT)
		return false;
	for (size_t i = 0; i < from->size; i++) {
		const uint8_t c = from->data[i];
		const int low = c >= 'A' && c <= 'F' ? c | 0x20 : c;
		const char *at = c == '\0' ? NULL : strchr(digits, low);

		if (at == NULL) {
			/* Dashes and braces say nothing. */
			if (c != '-' && c != '{' && c != '}')
				return false;
			continue;
		}
		if (count++ % 2 == 0)
			half = (uint8_t)((at - digits) << 4);
		else
			bytes_add_byte(&canonical->scratch, (uint8_t)(half | (at - digits)));
	}
	return count == 32 && canonical_settle(canonical, VALUE_BYTES, to);
}

static bool form_jsonb(struct canonical *canonical, const struct value *from, struct value *to)
{
	struct bytes *scratch = &canonical->scratch;
	uint8_t print[64];
	struct value text;

	if (!form_text(canonical, from, &text))
		return false;
	/* A number's print stands in the scratch, where its value shall be. */
	if (from->kind == VALUE_INTEGER || from->kind == VALUE_REAL) {
		if (text.size > sizeof(print))
			return false;
		memcpy(print, text.data, text.size);
		text.data = print;
		bytes_clear(scratch);
	}
	return canonical_json(scratch, &canonical->work, text.data, text.size) &&
		canonical_settle(canonical, VALUE_TEXT, to);
}

/* --- all of them ------------------------------------------------------------------------------ */

static bool form(struct canonical *canonical, const struct value *from, struct value *to)
{
	switch (canonical->to) {
	case TYPE_BOOL:
		return form_bool(from, to);
	case TYPE_INT2:
	case TYPE_INT4:
	case TYPE_INT8:
		return canonical_integer(canonical, from, to);
	case TYPE_FLOAT4:
	case TYPE_FLOAT8:
		return canonical_float(canonical, from, to);
	case TYPE_NUMERIC:
		return canonical_numeric(canonical, from, to);
	case TYPE_CHAR:
		return form_char(canonical, from, to);
	case TYPE_BYTEA:
		return form_bytes(canonical, from, to);
	case TYPE_UUID:
		return form_uuid(canonical, from, to);
	case TYPE_JSONB:
		return form_jsonb(canonical, from, to);
	case TYPE_DATE:
		return canonical_date(canonical, from, to);
	case TYPE_TIME:
		return canonical_time(canonical, from, to);
	case TYPE_TIMESTAMP:
	case TYPE_TIMESTAMPTZ:
		return canonical_stamp(canonical, from, to);
	default:
		return form_text(canonical, from, to);
	}
}

/* Equal to nothing but itself: no form makes text that is not well-formed. */
static bool no_meaning(struct canonical *canonical, const struct value *from, struct value *to)
{
	struct bytes *scratch = &canonical->scratch;

	bytes_clear(scratch);
	bytes_add_byte(scratch, (uint8_t)from->kind);
	if (from->kind >= VALUE_TEXT)
		bytes_add(scratch, from->data, from->size);
	else if (from->kind == VALUE_BOOL)
		bytes_add_byte(scratch, from->truth);
	else
		bytes_add(scratch, &from->integer, sizeof(from->integer));
	return canonical_settle(canonical, VALUE_BAD_UTF8, to);
}

static bool equal_cells(const struct value *a, const struct value *b)
{
	if (a->kind != b->kind)
		return false;
	if (a->kind >= VALUE_TEXT)
		return a->size == b->size && memcmp(a->data, b->data, a->size) == 0;
	return a->kind == VALUE_BOOL ? a->truth == b->truth : a->integer == b->integer;
}

bool canonical_change(struct canonical *canonical, const struct value *from, struct value *to)
{
	bool known;

	bytes_clear(&canonical->scratch);
	bytes_clear(&canonical->work);
	known = form(canonical, from, to);
	/* What could not be made for want of memory is not without a meaning. */
	canonical->scratch.failed |= canonical->work.failed;
	if (canonical->scratch.failed || (!known && !no_meaning(canonical, from, to)))
		return false;
	return !equal_cells(from, to);
}
