#include "row/call.h"

#include <inttypes.h>
#include <string.h>
#include <strings.h>

#include "row/choice.h"
#include "row/compare.h"
#include "row/constant_call.h"
#include "row/glob.h"
#include "row/member.h"
#include "row/moment.h"
#include "row/random.h"

struct call {
	const struct node *node;
	const char *name;
	struct piece *items;
	size_t count;
};

typedef bool (*function)(struct translation *t, const struct call *call, struct piece *to);

static bool is(const struct call *call, const char *name)
{
	return strcasecmp(call->name, name) == 0;
}

static bool not_of(struct translation *t, const struct call *call, const struct piece *piece)
{
	return piece_refuse(t, "has %s() of %s", call->name, piece_noun(piece));
}

/* It is NULL only where one of the arguments is. */
static bool note(const struct call *call, struct piece *to)
{
	to->not_null = true;
	for (size_t i = 0; i < call->count; i++) {
		to->not_null &= call->items[i].not_null;
		to->rounds |= call->items[i].rounds;
	}
	return true;
}

static bool all_texts(struct translation *t, const struct call *call)
{
	for (size_t i = 0; i < call->count; i++)
		if (!piece_to_text(t, &call->items[i]))
			return false;
	return true;
}

static bool lower(struct translation *t, const struct call *call, struct piece *to)
{
	const struct piece *of = call->items;
	bool small = is(call, "lower");

	if (of->kind == PIECE_MOMENT || !all_texts(t, call))
		return not_of(t, call, of);
	if (of->hex != NULL && small)
		return random_digits(t, of, to);
	return piece_make(t, to, PIECE_TEXT, LEVEL_ATOM, "%s(%s COLLATE \"C\")",
		small ? "lower" : "upper", piece_at(t, of, LEVEL_ATOM)) && note(call, to);
}

static bool length(struct translation *t, const struct call *call, struct piece *to)
{
	const char *name = call->items->kind == PIECE_BYTES ? "octet_length" : "length";

	if (call->items->kind == PIECE_BYTES)
		name = "octet_length";
	else if (!all_texts(t, call))
		return false;
	if (!piece_make(t, to, PIECE_INTEGER, LEVEL_ATOM, "%s(%s)", name,
		piece_at(t, call->items, LEVEL_OR)))
		return false;
	to->width = 4;
	to->bound = 1 << 30;
	return note(call, to);
}

static bool trim(struct translation *t, const struct call *call, struct piece *to)
{
	const char *name = is(call, "trim") ? "btrim" : is(call, "ltrim") ? "ltrim" : "rtrim";

	if (!all_texts(t, call))
		return false;
	return piece_make(t, to, PIECE_TEXT, LEVEL_ATOM, "%s(%s, %s)", name,
		piece_at(t, &call->items[0], LEVEL_OR),
		call->count == 2 ? piece_at(t, &call->items[1], LEVEL_OR) : "' '") &&
		note(call, to);
}

static bool instr(struct translation *t, const struct call *call, struct piece *to)
{
	if (!all_texts(t, call) || !piece_make(t, to, PIECE_INTEGER, LEVEL_ATOM, "strpos(%s, %s)",
		piece_at(t, &call->items[0], LEVEL_OR), piece_at(t, &call->items[1], LEVEL_OR)))
		return false;
	to->width = 4;
	to->bound = 1 << 30;
	return note(call, to);
}

/* SQLite gives the text back where there is nothing to look for, even if NULL shall replace it. */
static bool replace(struct translation *t, const struct call *call, struct piece *to)
{
	const struct piece *items = call->items;

	if (!items[2].not_null && (items[1].kind != PIECE_CONSTANT || items[1].value.size == 0))
		return piece_refuse(t, "has replace() by what may be NULL");
	return all_texts(t, call) && piece_make(t, to, PIECE_TEXT, LEVEL_ATOM,
		"replace(%s, %s, %s)", piece_at(t, &call->items[0], LEVEL_OR),
		piece_at(t, &call->items[1], LEVEL_OR), piece_at(t, &call->items[2], LEVEL_OR)) &&
		note(call, to);
}

static bool is_small(const struct piece *piece)
{
	return piece->kind == PIECE_CONSTANT && piece->value.kind == CONSTANT_INTEGER &&
		piece->bound <= 1000000;
}

/* Counted from 1, or with one argument from behind; what else SQLite allows is refused. */
static bool substr(struct translation *t, const struct call *call, struct piece *to)
{
	const struct piece *items = call->items;
	int64_t start = items[1].value.integer;

	if (random_variant(call->node))
		return random_letter(t, items, to);
	if (!is_small(&items[1]) || (call->count == 3 && !is_small(&items[2])))
		return piece_refuse(t, "has %s() with places that are not constant", call->name);
	if (start == 0 || (start < 0 && call->count == 3) ||
		(call->count == 3 && items[2].value.integer < 0))
		return piece_refuse(t, "has %s() with places before the start", call->name);
	if (!piece_to_text(t, &call->items[0]))
		return false;
	if (start < 0)
		return piece_make(t, to, PIECE_TEXT, LEVEL_ATOM, "right(%s, %" PRId64 ")",
			piece_at(t, items, LEVEL_OR), -start) && note(call, to);
	if (call->count == 2)
		return piece_make(t, to, PIECE_TEXT, LEVEL_ATOM, "substr(%s, %" PRId64 ")",
			piece_at(t, items, LEVEL_OR), start) && note(call, to) &&
			random_cut(t, items, start, EXPRESSION_SIZE, to);
	return piece_make(t, to, PIECE_TEXT, LEVEL_ATOM, "substr(%s, %" PRId64 ", %" PRId64 ")",
		piece_at(t, items, LEVEL_OR), start, items[2].value.integer) && note(call, to) &&
		random_cut(t, items, start, items[2].value.integer, to);
}

static bool absolute(struct translation *t, const struct call *call, struct piece *to)
{
	const struct piece *of = call->items;
	const char *cast = of->kind == PIECE_INTEGER && of->width == 2 ? "::int" : "";

	if (of->kind == PIECE_TRUTH && !piece_to_integer(t, call->items))
		return false;
	if (of->kind < PIECE_INTEGER || of->kind > PIECE_NUMERIC)
		return not_of(t, call, of);
	if (t->use == USE_VIEW && of->kind == PIECE_INTEGER && of->bound >= 9223372036854775807.0)
		return piece_refuse(t, "computes what may go beyond a bigint");
	if (of->width == 4 && of->bound > INT32_MAX)
		cast = "::bigint";
	if (!piece_make(t, to, of->kind, LEVEL_ATOM, "abs(%s%s)",
		piece_at(t, of, *cast ? LEVEL_ATOM : LEVEL_OR), cast))
		return false;
	to->width = cast[0] == '\0' ? of->width : cast[2] == 'b' ? 8 : 4;
	to->bound = of->bound;
	return note(call, to);
}

/* The pieces as "a, b, c"; NULL: out of memory, or one was refused. */
static const char *list(struct translation *t, const struct call *call)
{
	struct bytes made = { 0 };
	const char *text = NULL;

	for (size_t i = 0; i < call->count; i++) {
		const char *item = piece_at(t, &call->items[i], LEVEL_OR);

		if (item == NULL)
			break;
		bytes_add_text(&made, i > 0 ? ", " : "");
		bytes_add_text(&made, item);
	}
	if (!made.failed && made.size > 0)
		text = arena_copy(t->arena, made.data, made.size);
	bytes_close(&made);
	if (text == NULL)
		piece_refuse(t, "out of memory");
	return text;
}

static bool write_list(struct translation *t, const struct call *call, const char *name,
	const struct piece *like, struct piece *to)
{
	if (!piece_make(t, to, like->kind, LEVEL_ATOM, "%s(%s)", name, list(t, call)))
		return false;
	to->width = like->width;
	to->bound = like->bound;
	to->mixed = like->mixed;
	to->rounds = like->rounds;
	to->not_null = like->not_null;
	return true;
}

static bool coalesce(struct translation *t, const struct call *call, struct piece *to)
{
	struct piece like;
	bool not_null = false;

	for (size_t i = 0; i < call->count; i++)
		not_null |= call->items[i].not_null;
	if (!piece_unify(t, call->items, call->count, &like) ||
		!write_list(t, call, "coalesce", &like, to))
		return false;
	to->not_null = not_null;
	return true;
}

static bool is_collated(const struct piece *piece)
{
	return piece->collation != COLLATION_BINARY || piece->collated || piece->tangled;
}

/* The first, unless it equals the second; compared as both stand, without a fold. */
static bool nullif(struct translation *t, const struct call *call, struct piece *to)
{
	struct piece like, equal;

	if (is_collated(&call->items[0]) || is_collated(&call->items[1]))
		return piece_refuse(t, "has nullif() of a text with a collation");
	if (call->items[0].kind == PIECE_CONSTANT)
		return not_of(t, call, call->items);
	if (!piece_unify(t, call->items, 2, &like) ||
		!compare_pieces(t, OP_EQUAL, &call->items[0], &call->items[1], &equal) ||
		!write_list(t, call, "nullif", &like, to))
		return false;
	to->not_null = false;
	return true;
}

/* SQLite: NULL when one is; PostgreSQL: only when all are. */
static bool extreme(struct translation *t, const struct call *call, struct piece *to)
{
	struct piece like;

	for (size_t i = 0; i < call->count; i++)
		if (!call->items[i].not_null)
			return piece_refuse(t, "has %s() of what may be NULL", call->name);
	if (!piece_unify(t, call->items, call->count, &like))
		return false;
	if (like.kind < PIECE_INTEGER || like.kind > PIECE_NUMERIC)
		return not_of(t, call, &like);
	return write_list(t, call, is(call, "min") ? "least" : "greatest", &like, to);
}

static bool choose(struct translation *t, const struct call *call, struct piece *to)
{
	return choice_case(t, call->items, call->count, to);
}

/* What typeof() says of all values but NULL, where the column's type decides it. */
static const char *type_name(const struct translation *t, const struct piece *piece)
{
	bool check = t->use == USE_CHECK;

	switch (piece->kind) {
	case PIECE_TRUTH:
	case PIECE_INTEGER:
		return check || piece->column == NULL || piece->affinity >= AFFINITY_NUMERIC ?
			"integer" : NULL;
	case PIECE_REAL:
		return piece->column != NULL && piece->affinity == AFFINITY_REAL ? "real" : NULL;
	case PIECE_TEXT:
		return piece->mixed ? NULL : "text";
	case PIECE_DATE:
	case PIECE_STAMP:
		return "text";
	case PIECE_BYTES:
		return "blob";
	default:
		return NULL;
	}
}

static bool type_of(struct translation *t, const struct call *call, struct piece *to)
{
	const struct piece *of = call->items;
	const char *name = type_name(t, of), *text = piece_at(t, of, LEVEL_OTHER);

	if (name == NULL)
		return piece_refuse(t, "has typeof() of %s", piece_noun(of));
	if (!piece_make(t, to, PIECE_TEXT, LEVEL_ATOM,
		"CASE WHEN %s IS NULL THEN 'null' ELSE '%s' END", text, name))
		return false;
	to->type_name = name;
	to->of = text;
	to->not_null = of->not_null;
	return true;
}

/* Newer versions say NULL of NULL, older ones false: a check that newer ones pass is kept. */
static bool json_valid(struct translation *t, const struct call *call, struct piece *to)
{
	const struct piece *of = call->items;

	if (of->kind != PIECE_JSON)
		return not_of(t, call, of);
	if (of->not_null)
		return *to = piece_constant(constant_integer(1)), true;
	return piece_make(t, to, PIECE_TRUTH, LEVEL_OR, "%s IS NOT NULL OR NULL::boolean",
		piece_at(t, of, LEVEL_ATOM));
}

static bool json_empty(struct translation *t, const struct call *call, struct piece *to)
{
	(void)t;
	*to = piece_constant(constant_text(is(call, "json_array") ? "[]" : "{}", 2));
	return true;
}

static bool json_extract(struct translation *t, const struct call *call, struct piece *to)
{
	return member_take(t, &call->items[0], &call->items[1], false, to);
}

static bool hex(struct translation *t, const struct call *call, struct piece *to)
{
	const struct piece *of = call->items;

	if (of->hex != NULL)
		return random_hex(t, of, to);
	if (of->kind != PIECE_BYTES)
		return not_of(t, call, of);
	if (!piece_make(t, to, PIECE_TEXT, LEVEL_ATOM,
		of->not_null ? "upper(encode(%s, 'hex'))" :
		"coalesce(upper(encode(%s, 'hex')), '')",
		piece_at(t, of, LEVEL_OR)))
		return false;
	to->not_null = true;
	return true;
}

/* like(pattern, text), glob(pattern, text) */
static bool like(struct translation *t, const struct call *call, struct piece *to)
{
	struct piece items[3] = { call->items[1], call->items[0] };

	if (call->count == 3)
		items[2] = call->items[2];
	return call_like(t, is(call, "like") ? OP_LIKE : OP_GLOB, items, call->count, to);
}

static bool likely(struct translation *t, const struct call *call, struct piece *to)
{
	(void)t;
	*to = call->items[0];
	to->column = NULL;
	to->affinity = AFFINITY_NONE;
	to->collation = COLLATION_BINARY;
	to->from_column = false;
	return true;
}

static bool random_value(struct translation *t, const struct call *call, struct piece *to)
{
	if (t->use != USE_DEFAULT)
		return piece_refuse(t, "has %s()", call->name);
	if (call->count == 0)
		return random_integer(t, to);
	return random_bytes(t, &call->items[0], to);
}

static const struct {
	const char *name;
	size_t least;
	size_t most;
	function function;
} functions[] = {
	{ "lower", 1, 1, lower },
	{ "upper", 1, 1, lower },
	{ "length", 1, 1, length },
	{ "trim", 1, 2, trim },
	{ "ltrim", 1, 2, trim },
	{ "rtrim", 1, 2, trim },
	{ "instr", 2, 2, instr },
	{ "replace", 3, 3, replace },
	{ "substr", 2, 3, substr },
	{ "substring", 2, 3, substr },
	{ "abs", 1, 1, absolute },
	{ "coalesce", 2, 100, coalesce },
	{ "ifnull", 2, 2, coalesce },
	{ "nullif", 2, 2, nullif },
	{ "min", 2, 100, extreme },
	{ "max", 2, 100, extreme },
	{ "iif", 2, 3, choose },
	{ "if", 2, 3, choose },
	{ "typeof", 1, 1, type_of },
	{ "json_valid", 1, 1, json_valid },
	{ "json_extract", 2, 2, json_extract },
	{ "json_array", 0, 0, json_empty },
	{ "json_object", 0, 0, json_empty },
	{ "hex", 1, 1, hex },
	{ "like", 2, 3, like },
	{ "glob", 2, 2, like },
	{ "likely", 1, 1, likely },
	{ "unlikely", 1, 1, likely },
	{ "likelihood", 2, 2, likely },
	{ "random", 0, 0, random_value },
	{ "randomblob", 1, 1, random_value },
};

static bool find_and_call(struct translation *t, const struct call *call, struct piece *to)
{
	for (size_t i = 0; i < sizeof(functions) / sizeof(functions[0]); i++)
		if (is(call, functions[i].name)) {
			if (call->count < functions[i].least || call->count > functions[i].most)
				return piece_refuse(t, "has %s() with %zu arguments", call->name,
					call->count);
			return functions[i].function(t, call, to);
		}
	return piece_refuse(t, "has the function %.60s(), which is not known", call->name);
}

static bool fold(struct translation *t, const struct call *call, struct piece *to)
{
	struct constant *values = arena_array(t->arena, call->count + 1, sizeof(*values));
	struct constant value;

	for (size_t i = 0; values != NULL && i < call->count; i++) {
		if (call->items[i].kind != PIECE_CONSTANT || call->items[i].collated)
			return false;
		values[i] = call->items[i].value;
	}
	if (values == NULL || !constant_call(t->arena, call->name, values, call->count, &value))
		return false;
	*to = piece_constant(value);
	return true;
}

/* date() of a column that holds dates is that date. */
static bool is_date_itself(const struct call *call)
{
	return is(call, "date") && call->count == 1 && call->items[0].kind == PIECE_DATE;
}

bool call_function(struct translation *t, const struct node *node, struct piece *items,
	size_t count, struct piece *to)
{
	struct call call = { node, node->name, items, count };

	if (fold(t, &call, to))
		return true;
	if (is_date_itself(&call)) {
		*to = items[0];
		to->column = NULL;
		to->affinity = AFFINITY_NONE;
		return true;
	}
	if (moment_is(node->name))
		return moment_call(t, node->name, items, count, to);
	for (size_t i = 0; i < count; i++)
		if (items[i].kind == PIECE_MOMENT && !moment_to_text(t, &items[i]))
			return false;
	return find_and_call(t, &call, to);
}

static bool read_escape(struct translation *t, const struct piece *piece, int *escape)
{
	const struct constant *value = &piece->value;

	if (piece->kind != PIECE_CONSTANT || value->kind != CONSTANT_TEXT || value->size != 1 ||
		(unsigned char)*value->data >= 0x80 || strchr("%_", *value->data) != NULL ||
		((*value->data | 0x20) >= 'a' && (*value->data | 0x20) <= 'z'))
		return piece_refuse(t, "has a LIKE with an escape character that is not plain");
	*escape = *value->data;
	return true;
}

bool call_like(struct translation *t, enum operation operation, struct piece *items, size_t count,
	struct piece *to)
{
	struct constant pattern;
	int escape = -1;

	if (piece_is_null(&items[0]) || piece_is_null(&items[1]))
		return *to = piece_constant((struct constant){ 0 }), true;
	if (items[1].kind != PIECE_CONSTANT ||
		!constant_as_text(t->arena, &items[1].value, &pattern))
		return piece_refuse(t, "has a pattern that is not constant");
	if (count == 3 && !read_escape(t, &items[2], &escape))
		return false;
	if (!piece_to_text(t, &items[0]))
		return false;
	if (operation == OP_GLOB)
		return glob_match(t, &items[0], &pattern, to);
	return glob_like(t, &items[0], &pattern, escape, to);
}
