#include "row/compare.h"

#include <math.h>
#include <string.h>

#include "base/date.h"
#include "base/number.h"
#include "row/literal.h"

/* Doubles hold all integers up to this. */
#define EXACT 9007199254740992.0

/* Both sides of a comparison, as SQL. */
struct pair {
	enum operation operation;
	const char *left;
	const char *right;
	bool truth; /* the right side is true or false */
};

static bool is_ordered(enum operation operation)
{
	return operation >= OP_LESS && operation <= OP_MORE_EQUAL;
}

static bool is_numeric(enum affinity affinity)
{
	return affinity >= AFFINITY_NUMERIC;
}

/* b OP a for a OP b. */
static enum operation mirror(enum operation operation)
{
	switch (operation) {
	case OP_LESS:
		return OP_MORE;
	case OP_LESS_EQUAL:
		return OP_MORE_EQUAL;
	case OP_MORE:
		return OP_LESS;
	case OP_MORE_EQUAL:
		return OP_LESS_EQUAL;
	default:
		return operation;
	}
}

static bool unlike(struct translation *t, const struct piece *left, const struct piece *right)
{
	if (left->column != NULL)
		return piece_refuse(t, "compares %s, which is %s, with %s", left->column->source,
			piece_noun(left), piece_noun(right));
	return piece_refuse(t, "compares %s with %s", piece_noun(left), piece_noun(right));
}

/* SQLite's rule: a side with affinity converts the other. */
static bool apply(struct translation *t, const struct piece *left, struct piece *right)
{
	if (right->kind != PIECE_CONSTANT || right->value.kind == CONSTANT_NULL)
		return true;
	if (is_numeric(left->affinity) && !is_numeric(right->affinity))
		constant_store(t->arena, AFFINITY_NUMERIC, &right->value);
	else if (left->affinity == AFFINITY_TEXT && right->affinity == AFFINITY_NONE &&
		!constant_store(t->arena, AFFINITY_TEXT, &right->value))
		return unlike(t, left, right);
	return true;
}

/* An explicit COLLATE counts first, then a column's; the left side before the right. */
static enum collation choose_collation(const struct piece *left, const struct piece *right)
{
	if (left->collated)
		return left->collation;
	if (right->collated)
		return right->collation;
	return left->from_column ? left->collation : right->collation;
}

static bool fold_constant(struct translation *t, struct piece *piece)
{
	struct constant *value = &piece->value;

	if (value->kind != CONSTANT_TEXT)
		return true;
	value->data = constant_fold(t->arena, value->data, value->size, false);
	return value->data != NULL || piece_refuse(t, "out of memory");
}

bool compare_fold(struct translation *t, enum collation collation, struct piece *piece)
{
	struct piece of = *piece;
	bool rtrim = collation == COLLATION_RTRIM;

	if (collation == COLLATION_OTHER)
		return piece_refuse(t, "compares with a collation that is not known");
	if (collation == COLLATION_BINARY)
		return true;
	if (piece->kind == PIECE_CONSTANT && collation == COLLATION_NOCASE)
		return fold_constant(t, piece);
	if (!piece_make(t, piece, PIECE_TEXT, LEVEL_ATOM,
		rtrim ? "rtrim(%s, ' ')" : "lower(%s COLLATE \"C\")",
		piece_at(t, &of, rtrim ? LEVEL_OR : LEVEL_ATOM)))
		return false;
	piece->mixed = of.mixed;
	piece->rounds = of.rounds;
	piece->not_null = of.not_null;
	return true;
}

static struct piece order_to_piece(enum operation operation, int order)
{
	bool result = order == 0;

	if (operation == OP_UNEQUAL || operation == OP_IS_NOT)
		result = order != 0;
	else if (operation == OP_LESS)
		result = order < 0;
	else if (operation == OP_LESS_EQUAL)
		result = order <= 0;
	else if (operation == OP_MORE)
		result = order > 0;
	else if (operation == OP_MORE_EQUAL)
		result = order >= 0;
	return piece_constant(constant_integer(result));
}

static bool compare_constants(struct translation *t, enum operation operation, struct piece *left,
	struct piece *right, struct piece *to)
{
	enum collation collation = choose_collation(left, right);
	bool is = operation == OP_IS || operation == OP_IS_NOT;

	if (piece_is_null(left) || piece_is_null(right)) {
		*to = piece_constant((struct constant){ 0 });
		if (is)
			*to = order_to_piece(operation,
				piece_is_null(left) != piece_is_null(right));
		return true;
	}
	if (left->value.kind == CONSTANT_TEXT && right->value.kind == CONSTANT_TEXT) {
		if (collation == COLLATION_RTRIM || collation == COLLATION_OTHER ||
			left->tangled || right->tangled)
			return piece_refuse(t, "compares constants with a collation");
		if (!compare_fold(t, collation, left) || !compare_fold(t, collation, right))
			return false;
	}
	*to = order_to_piece(operation, constant_compare(&left->value, &right->value));
	return true;
}

/* x against NULL. */
static bool compare_null(struct translation *t, enum operation operation, const struct piece *left,
	struct piece *to)
{
	if (operation != OP_IS && operation != OP_IS_NOT) {
		*to = piece_constant((struct constant){ 0 });
		return true;
	}
	if (left->kind == PIECE_MOMENT)
		return unlike(t, left, &(struct piece){ .kind = PIECE_CONSTANT });
	if (!piece_make(t, to, PIECE_TRUTH, LEVEL_COMPARE, "%s IS %s",
		piece_at(t, left, LEVEL_OTHER), operation == OP_IS ? "NULL" : "NOT NULL"))
		return false;
	to->not_null = true;
	to->rounds = left->rounds;
	return true;
}

/* typeof(x) against a text: what it says of NULL, and what of anything else. */
static bool compare_type(struct translation *t, enum operation operation, const struct piece *left,
	const struct piece *right, struct piece *to)
{
	bool wanted = operation == OP_EQUAL || operation == OP_IS;
	bool is_null = (strcmp(right->value.data, "null") == 0) == wanted;
	bool is_other = (strcmp(right->value.data, left->type_name) == 0) == wanted;

	if (is_null == is_other || left->not_null) {
		*to = piece_constant(constant_integer(is_other));
		return true;
	}
	if (!piece_make(t, to, PIECE_TRUTH, LEVEL_COMPARE, "%s IS %s", left->of,
		is_null ? "NULL" : "NOT NULL"))
		return false;
	to->not_null = true;
	return true;
}

/* Numbers.  A real that is whole is written as an integer, which compares alike. */

static bool number_text(struct translation *t, const struct piece *left, struct piece *right)
{
	int64_t integer;

	if (right->value.kind != CONSTANT_INTEGER && right->value.kind != CONSTANT_REAL)
		return unlike(t, left, right);
	if (left->kind == PIECE_REAL ||
		(left->column != NULL && left->column->type.kind == TYPE_FLOAT8)) {
		if (right->value.kind == CONSTANT_INTEGER && right->bound > EXACT)
			return piece_refuse(t, "compares a real with an integer that no real is");
		return true;
	}
	if (right->value.kind == CONSTANT_REAL && constant_whole(right->value.real, &integer))
		right->value = constant_integer(integer);
	if (right->value.kind == CONSTANT_REAL && fabs(right->value.real) > EXACT)
		return piece_refuse(t, "compares with a real that no integer is");
	return true;
}

static bool pair_numbers(struct translation *t, struct piece *left, struct piece *right)
{
	bool real = left->kind == PIECE_REAL || right->kind == PIECE_REAL;

	if (left->kind == PIECE_TRUTH && !piece_to_integer(t, left))
		return false;
	if (right->kind == PIECE_CONSTANT)
		return number_text(t, left, right);
	if (right->kind == PIECE_TRUTH && !piece_to_integer(t, right))
		return false;
	if (right->kind < PIECE_INTEGER || right->kind > PIECE_NUMERIC)
		return unlike(t, left, right);
	if (real && ((left->kind == PIECE_INTEGER && left->bound > EXACT) ||
		(right->kind == PIECE_INTEGER && right->bound > EXACT)))
		return piece_refuse(t, "compares a bigint with a real");
	return true;
}

static bool looks_like_number(const struct constant *text)
{
	struct digits digits;
	size_t blanks = strspn(text->data, " \t\n\v\f\r");

	return number_look(text->data + blanks, text->size - blanks, &digits) != NUMBER_NOT ||
		strpbrk(text->data, "0123456789") == text->data + blanks;
}

static bool pair_texts(struct translation *t, struct pair *pair, enum collation collation,
	struct piece *left, struct piece *right)
{
	bool constant = right->kind == PIECE_CONSTANT && right->value.kind == CONSTANT_TEXT;

	if (!constant && right->kind != PIECE_TEXT)
		return unlike(t, left, right);
	if ((left->mixed || right->mixed) && (!constant || is_ordered(pair->operation) ||
		looks_like_number(&right->value)))
		return piece_refuse(t, "compares %s, which may hold numbers in the source",
			left->column ? left->column->source : "a text");
	if (left->tangled || right->tangled)
		return piece_refuse(t, "compares a text that has COLLATE within it");
	if (!compare_fold(t, collation, left) || !compare_fold(t, collation, right))
		return false;
	if (is_ordered(pair->operation) && collation != COLLATION_NOCASE)
		return piece_make(t, left, PIECE_TEXT, LEVEL_ATOM, "%s COLLATE \"C\"",
			piece_at(t, left, LEVEL_ATOM));
	return true;
}

static bool day_text(struct translation *t, const struct constant *value, struct piece *right)
{
	const char *why, *text = literal_string(t->arena, value->data, value->size, &why);

	return text != NULL && piece_make(t, right, right->kind, LEVEL_ATOM, "%s::%s", text,
		right->kind == PIECE_DATE ? "date" : "timestamp");
}

/* A day's text stands before all times of that day, however these are written. */
static bool pair_days(struct translation *t, const struct pair *pair, const struct piece *left,
	struct piece *right)
{
	struct constant value = right->value;
	int32_t day;

	if (left->kind == PIECE_DATE && right->kind == PIECE_DATE)
		return true;
	if (right->kind != PIECE_CONSTANT || value.kind != CONSTANT_TEXT)
		return unlike(t, left, right);
	if (!date_parse_day(value.data, value.size, &day))
		return piece_refuse(t, "compares %s with a text that is no date", piece_noun(left));
	if (left->kind == PIECE_STAMP && pair->operation != OP_LESS &&
		pair->operation != OP_MORE_EQUAL)
		return piece_refuse(t, "compares a timestamp, of which the source has a text");
	right->kind = left->kind;
	return day_text(t, &value, right);
}

static bool pair_bytes(struct translation *t, const struct piece *left, const struct piece *right)
{
	if (right->kind != PIECE_BYTES &&
		!(right->kind == PIECE_CONSTANT && right->value.kind == CONSTANT_BLOB))
		return unlike(t, left, right);
	return true;
}

/* 0 and 1 beside a boolean, where that is only asked for being equal. */
static bool is_truth(const struct pair *pair, const struct piece *left, const struct piece *right)
{
	return left->kind == PIECE_TRUTH && right->kind == PIECE_CONSTANT &&
		!is_ordered(pair->operation) && right->value.kind == CONSTANT_INTEGER &&
		(right->value.integer == 0 || right->value.integer == 1);
}

static bool pair_kinds(struct translation *t, struct pair *pair, enum collation collation,
	struct piece *left, struct piece *right)
{
	switch (left->kind) {
	case PIECE_TRUTH:
		if (right->kind == PIECE_TRUTH)
			return true;
		return pair_numbers(t, left, right);
	case PIECE_INTEGER:
	case PIECE_REAL:
	case PIECE_NUMERIC:
		return pair_numbers(t, left, right);
	case PIECE_TEXT:
		return pair_texts(t, pair, collation, left, right);
	case PIECE_DATE:
	case PIECE_STAMP:
		return pair_days(t, pair, left, right);
	case PIECE_BYTES:
		return pair_bytes(t, left, right);
	default:
		return unlike(t, left, right);
	}
}

/* Neither is NULL, and one at most a constant, which is to the right afterwards. */
static bool make_pair(struct translation *t, struct pair *pair, struct piece left,
	struct piece right)
{
	enum collation collation = choose_collation(&left, &right);

	if (!apply(t, &left, &right) || !apply(t, &right, &left))
		return false;
	if (left.kind == PIECE_CONSTANT) {
		struct piece swapped = left;

		left = right;
		right = swapped;
		pair->operation = mirror(pair->operation);
	}
	pair->truth = is_truth(pair, &left, &right);
	if (pair->truth)
		right = (struct piece){ .kind = PIECE_TRUTH, .level = LEVEL_ATOM,
			.text = right.value.integer ? "true" : "false" };
	else if (!pair_kinds(t, pair, collation, &left, &right))
		return false;
	pair->left = piece_at(t, &left, pair->truth ? LEVEL_ATOM : LEVEL_OTHER);
	pair->right = piece_at(t, &right, LEVEL_OTHER);
	return pair->left != NULL && pair->right != NULL;
}

static bool write_truth(struct translation *t, const struct pair *pair, struct piece *to)
{
	bool truth = strcmp(pair->right, "true") == 0;

	if (pair->operation == OP_IS || pair->operation == OP_IS_NOT)
		return piece_make(t, to, PIECE_TRUTH, LEVEL_COMPARE, "%s IS %s%s", pair->left,
			pair->operation == OP_IS ? "" : "NOT ", truth ? "TRUE" : "FALSE");
	if (truth == (pair->operation == OP_EQUAL))
		return piece_make(t, to, PIECE_TRUTH, LEVEL_ATOM, "%s", pair->left);
	return piece_make(t, to, PIECE_TRUTH, LEVEL_NOT, "NOT %s", pair->left);
}

static bool write_pair(struct translation *t, const struct pair *pair, struct piece *to)
{
	static const char *const operators[] = {
		[OP_EQUAL] = "=", [OP_UNEQUAL] = "<>", [OP_LESS] = "<", [OP_LESS_EQUAL] = "<=",
		[OP_MORE] = ">", [OP_MORE_EQUAL] = ">=", [OP_IS] = "IS NOT DISTINCT FROM",
		[OP_IS_NOT] = "IS DISTINCT FROM",
	};

	if (pair->truth)
		return write_truth(t, pair, to);
	return piece_make(t, to, PIECE_TRUTH, LEVEL_COMPARE, "%s %s %s", pair->left,
		operators[pair->operation], pair->right);
}

static void note(const struct piece *left, const struct piece *right, struct piece *to)
{
	to->rounds |= left->rounds || right->rounds;
	to->not_null |= left->not_null && right->not_null;
}

bool compare_pieces(struct translation *t, enum operation operation, const struct piece *left,
	const struct piece *right, struct piece *to)
{
	struct pair pair = { .operation = operation };
	struct piece a = *left, b = *right;

	if (left->kind == PIECE_CONSTANT && right->kind == PIECE_CONSTANT)
		return apply(t, left, &b) && apply(t, right, &a) &&
			compare_constants(t, operation, &a, &b, to);
	if (piece_is_null(right))
		return compare_null(t, operation, left, to);
	if (piece_is_null(left))
		return compare_null(t, operation, right, to);
	if (left->type_name != NULL && b.kind == PIECE_CONSTANT && !is_ordered(operation) &&
		b.value.kind == CONSTANT_TEXT && !b.collated)
		return compare_type(t, operation, left, right, to);
	if (!make_pair(t, &pair, a, b) || !write_pair(t, &pair, to))
		return false;
	note(left, right, to);
	if (operation == OP_IS || operation == OP_IS_NOT)
		to->not_null = true;
	return true;
}

bool compare_truth(struct translation *t, struct piece *piece, bool truth, bool negated,
	struct piece *to)
{
	if (!piece_to_truth(t, piece) ||
		!piece_make(t, to, PIECE_TRUTH, LEVEL_COMPARE, "%s IS %s%s",
		piece_at(t, piece, LEVEL_OTHER), negated ? "NOT " : "", truth ? "TRUE" : "FALSE"))
		return false;
	to->not_null = true;
	to->rounds = piece->rounds;
	return true;
}

/* x = a OR x = b ... */
static bool compare_each(struct translation *t, const struct piece *left, struct piece *items,
	size_t count, struct piece *to)
{
	struct piece *equal = arena_array(t->arena, count + 1, sizeof(*equal));

	if (equal == NULL)
		return piece_refuse(t, "out of memory");
	for (size_t i = 0; i < count; i++)
		if (!compare_pieces(t, OP_EQUAL, left, &items[i], &equal[i]))
			return false;
	return piece_join(t, OP_OR, equal, count, to);
}

/* The items as "a, b, c" beside one left side; NULL: these do not make a list. */
static const char *list_items(struct translation *t, const struct piece *left,
	const struct piece *items, size_t count, const char **first)
{
	struct bytes list = { 0 };
	const char *text = NULL;

	*first = NULL;
	for (size_t i = 0; i < count && t->why == NULL; i++) {
		struct pair pair = { .operation = OP_EQUAL, .right = "NULL" };

		if (!piece_is_null(&items[i]) && !make_pair(t, &pair, *left, items[i]))
			break;
		if (*first != NULL && pair.left != NULL && strcmp(*first, pair.left) != 0)
			break;
		if (pair.left != NULL)
			*first = pair.left;
		bytes_add_text(&list, i > 0 ? ", " : "");
		bytes_add_text(&list, pair.right);
		if (i + 1 == count && *first != NULL && !list.failed)
			text = arena_copy(t->arena, list.data, list.size);
	}
	bytes_close(&list);
	return text;
}

bool compare_in(struct translation *t, const struct piece *left, struct piece *items, size_t count,
	struct piece *to)
{
	const char *list = NULL, *first = NULL;
	bool not_null = left->not_null;

	for (size_t i = 0; i < count; i++) {
		items[i].affinity = AFFINITY_NONE;
		items[i].collation = COLLATION_BINARY;
		items[i].collated = false;
		not_null &= items[i].not_null;
	}
	if (count > 1 && left->kind != PIECE_CONSTANT && left->type_name == NULL)
		list = list_items(t, left, items, count, &first);
	if (t->why != NULL)
		return false;
	if (list == NULL)
		return compare_each(t, left, items, count, to);
	if (!piece_make(t, to, PIECE_TRUTH, LEVEL_COMPARE, "%s IN (%s)", first, list))
		return false;
	to->not_null = not_null;
	to->rounds = left->rounds;
	for (size_t i = 0; i < count; i++)
		to->rounds |= items[i].rounds;
	return true;
}

static bool is_constant(const struct piece *piece)
{
	return piece->kind == PIECE_CONSTANT;
}

bool compare_between(struct translation *t, const struct piece *left, const struct piece *least,
	const struct piece *most, struct piece *to)
{
	struct pair low = { .operation = OP_MORE_EQUAL }, high = { .operation = OP_LESS_EQUAL };
	struct piece both[2];

	if (!is_constant(left) && !piece_is_null(least) && !piece_is_null(most)) {
		if (!make_pair(t, &low, *left, *least) || !make_pair(t, &high, *left, *most))
			return false;
		if (strcmp(low.left, high.left) == 0) {
			if (!piece_make(t, to, PIECE_TRUTH, LEVEL_COMPARE, "%s BETWEEN %s AND %s",
				low.left, low.right, high.right))
				return false;
			note(left, least, to);
			to->not_null &= most->not_null;
			to->rounds |= most->rounds;
			return true;
		}
	}
	if (!compare_pieces(t, OP_MORE_EQUAL, left, least, &both[0]) ||
		!compare_pieces(t, OP_LESS_EQUAL, left, most, &both[1]))
		return false;
	return piece_join(t, OP_AND, both, 2, to);
}
