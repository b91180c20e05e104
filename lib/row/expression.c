#include "row/expression.h"

#include <string.h>
#include <strings.h>

#include "base/print.h"
#include "row/arithmetic.h"
#include "row/call.h"
#include "row/choice.h"
#include "row/compare.h"
#include "row/constant.h"
#include "row/literal.h"
#include "row/member.h"
#include "row/parse_expression.h"
#include "row/piece.h"
#include "row/typed.h"

static bool translate(struct translation *t, const struct node *node, struct piece *to);

/*
 * A column's kind, by its type here; where the source has another thing, nothing is known.  Where
 * it may have integers among reals, they are compared but not computed with: 5 / 2 is not 5.0 / 2.
 */
static enum piece_kind column_kind(const struct expression_column *column,
	enum affinity affinity)
{
	bool numbers = affinity != AFFINITY_TEXT;

	switch (column->type.kind) {
	case TYPE_BOOL:
		return column->words || !numbers ? PIECE_OTHER : PIECE_TRUTH;
	case TYPE_INT2:
	case TYPE_INT4:
	case TYPE_INT8:
		if (affinity == AFFINITY_REAL)
			return PIECE_NUMERIC;
		return numbers ? PIECE_INTEGER : PIECE_OTHER;
	case TYPE_FLOAT8:
		if (affinity == AFFINITY_REAL)
			return PIECE_REAL;
		return numbers ? PIECE_NUMERIC : PIECE_OTHER;
	case TYPE_NUMERIC:
		return numbers ? PIECE_NUMERIC : PIECE_OTHER;
	case TYPE_TEXT:
	case TYPE_VARCHAR:
		return PIECE_TEXT;
	case TYPE_BYTEA:
		return PIECE_BYTES;
	case TYPE_JSON:
	case TYPE_JSONB:
		return PIECE_JSON;
	case TYPE_DATE:
		return column->reading == TIME_PLAIN ? PIECE_DATE : PIECE_OTHER;
	case TYPE_TIMESTAMP:
		return column->reading == TIME_PLAIN ? PIECE_STAMP : PIECE_OTHER;
	default:
		return PIECE_OTHER;
	}
}

struct piece expression_column_piece(const struct expression_column *column)
{
	enum affinity affinity = constant_affinity(column->declared);
	enum type_kind type = column->type.kind;
	struct piece piece = { .kind = column_kind(column, affinity), .level = LEVEL_ATOM,
		.column = column, .from_column = true, .affinity = affinity,
		.not_null = column->not_null };

	piece.mixed = piece.kind == PIECE_TEXT && affinity != AFFINITY_TEXT;
	piece.width = type == TYPE_INT2 ? 2 : type == TYPE_INT4 ? 4 : 8;
	piece.bound = type == TYPE_INT2 ? 32768 : type == TYPE_INT4 ? 2147483648.0 : 1e19;
	if (column->nocase)
		piece.collation = COLLATION_NOCASE;
	else if (column->collation != NULL && strcasecmp(column->collation, "RTRIM") == 0)
		piece.collation = COLLATION_RTRIM;
	else if (column->collation != NULL)
		piece.collation = COLLATION_OTHER;
	return piece;
}

static bool translate_column(struct translation *t, const struct expression_column *column,
	struct piece *to)
{
	struct piece piece = expression_column_piece(column);

	if (!piece_make(t, to, piece.kind, LEVEL_ATOM, "%s",
		literal_name(t->arena, column->target)))
		return false;
	piece.text = to->text;
	*to = piece;
	return true;
}

static const struct expression_column *find_column(const struct translation *t, const char *name)
{
	for (size_t i = 0; t->scope != NULL && i < t->scope->count; i++)
		if (name_compare(t->scope->columns[i].source, name) == 0)
			return &t->scope->columns[i];
	return NULL;
}

static bool is_word(const struct translation *t, const struct node *node, const char *word)
{
	return node->kind == NODE_NAME && node->plain && token_is(&node->token, word) &&
		find_column(t, node->name) == NULL;
}

static bool translate_name(struct translation *t, const struct node *node, struct piece *to)
{
	const struct expression_column *column = find_column(t, node->name);

	if (column != NULL && t->use == USE_DEFAULT)
		column = NULL;
	if (column != NULL)
		return translate_column(t, column, to);
	if (node->plain && token_is(&node->token, "TRUE"))
		*to = piece_constant(constant_integer(1));
	else if (node->plain && token_is(&node->token, "FALSE"))
		*to = piece_constant(constant_integer(0));
	else if (node->plain && node->token.kind == TOKEN_QUOTED && *node->token.text == '"')
		*to = piece_constant(constant_text(node->name, strlen(node->name)));
	else
		return piece_refuse(t, "has the name %.60s, which is no column here", node->name);
	return true;
}

static bool translate_literal(struct translation *t, const struct node *node, struct piece *to)
{
	struct constant value;

	if (!constant_read(t->arena, &node->token, &value))
		return piece_refuse(t, "has a number that SQLite does not take");
	*to = piece_constant(value);
	return true;
}

/* All items of a node; NULL: one was refused. */
static struct piece *translate_items(struct translation *t, const struct node *node)
{
	struct piece *items = arena_array(t->arena, node->count + 1, sizeof(*items));
	size_t i = 0;

	if (items == NULL) {
		piece_refuse(t, "out of memory");
		return NULL;
	}
	for (const struct node *item = node->items; item != NULL; item = item->next)
		if (!translate(t, item, &items[i++]))
			return NULL;
	return items;
}

/* -9223372036854775808 is an integer, though what stands behind the sign is none. */
static bool is_least(const struct node *node)
{
	static const char digits[] = "9223372036854775808";

	return node->operation == OP_NEGATE && node->items->kind == NODE_LITERAL &&
		node->items->token.size == strlen(digits) &&
		memcmp(node->items->token.text, digits, strlen(digits)) == 0;
}

static bool translate_unary(struct translation *t, const struct node *node, struct piece *to)
{
	struct piece of;

	if (is_least(node)) {
		*to = piece_constant(constant_integer(INT64_MIN));
		return true;
	}
	if (!translate(t, node->items, &of))
		return false;
	if (node->operation == OP_NOT) {
		*to = of;
		return piece_not(t, to);
	}
	if (node->operation != OP_KEEP)
		return arithmetic_unary(t, node->operation, &of, to);
	*to = of;
	to->affinity = AFFINITY_NONE;
	return true;
}

static bool is_bit(const struct piece *piece)
{
	return piece_is_null(piece) || (piece->value.kind == CONSTANT_INTEGER &&
		(piece->value.integer == 0 || piece->value.integer == 1));
}

/* In a default some versions of SQLite take TRUE for 1. */
static bool translate_is_truth(struct translation *t, const struct node *node, struct piece *items,
	struct piece *to)
{
	bool truth = is_word(t, node->items->next, "TRUE");
	int known;

	if (items[0].kind != PIECE_CONSTANT)
		return compare_truth(t, &items[0], truth, node->operation == OP_IS_NOT, to);
	known = constant_truth(&items[0].value);
	if (known == -2 || (t->use == USE_DEFAULT && !is_bit(&items[0])))
		return piece_refuse(t, "takes %s for a condition", piece_noun(&items[0]));
	*to = piece_constant(constant_integer((known == truth) == (node->operation == OP_IS)));
	return true;
}

static bool translate_binary(struct translation *t, const struct node *node, struct piece *to)
{
	struct piece *items = translate_items(t, node);
	bool is = node->operation == OP_IS || node->operation == OP_IS_NOT;

	if (items == NULL)
		return false;
	switch (node->operation) {
	case OP_AND:
	case OP_OR:
		return piece_join(t, node->operation, items, node->count, to);
	case OP_CONCAT:
		return arithmetic_concat(t, items, node->count, to);
	case OP_ARROW_TEXT:
		return member_take(t, &items[0], &items[1], true, to);
	case OP_ARROW:
		return piece_refuse(t, "has the operator ->");
	default:
		break;
	}
	if (is && (is_word(t, node->items->next, "TRUE") || is_word(t, node->items->next, "FALSE")))
		return translate_is_truth(t, node, items, to);
	if (node->operation <= OP_IS_NOT)
		return compare_pieces(t, node->operation, &items[0], &items[1], to);
	return arithmetic_binary(t, node->operation, &items[0], &items[1], to);
}

/* With a base every WHEN is a comparison. */
static bool translate_case(struct translation *t, const struct node *node, struct piece *to)
{
	struct piece *items = translate_items(t, node);
	size_t count = node->count - node->based;

	if (items == NULL)
		return false;
	for (size_t i = 1; node->based && i + 1 < node->count; i += 2) {
		struct piece equal;

		if (!compare_pieces(t, OP_EQUAL, &items[0], &items[i], &equal))
			return false;
		items[i] = equal;
	}
	return choice_case(t, items + node->based, count, to);
}

static bool translate_collate(struct translation *t, const struct node *node, struct piece *to)
{
	if (!translate(t, node->items, to))
		return false;
	to->collated = true;
	if (strcasecmp(node->name, "NOCASE") == 0)
		to->collation = COLLATION_NOCASE;
	else if (strcasecmp(node->name, "RTRIM") == 0)
		to->collation = COLLATION_RTRIM;
	else
		to->collation = strcasecmp(node->name, "BINARY") == 0 ? COLLATION_BINARY :
			COLLATION_OTHER;
	return true;
}

/* IN, BETWEEN, LIKE, and NOT in front of them. */
static bool translate_test(struct translation *t, const struct node *node, struct piece *to)
{
	struct piece *items = translate_items(t, node);
	bool done;

	if (items == NULL)
		return false;
	if (node->kind == NODE_IN)
		done = compare_in(t, &items[0], items + 1, node->count - 1, to);
	else if (node->kind == NODE_BETWEEN)
		done = compare_between(t, &items[0], &items[1], &items[2], to);
	else
		done = call_like(t, node->operation, items, node->count, to);
	return done && (!node->negated || piece_not(t, to));
}

static bool translate_cast(struct translation *t, const struct node *node, struct piece *to)
{
	struct piece of;

	return translate(t, node->items, &of) && arithmetic_cast(t, node->name, &of, to);
}

static bool translate_call(struct translation *t, const struct node *node, struct piece *to)
{
	struct piece *items = translate_items(t, node);

	return items != NULL && call_function(t, node, items, node->count, to);
}

static bool translate_kind(struct translation *t, const struct node *node, struct piece *to)
{
	switch (node->kind) {
	case NODE_LITERAL:
		return translate_literal(t, node, to);
	case NODE_NAME:
		return translate_name(t, node, to);
	case NODE_UNARY:
		return translate_unary(t, node, to);
	case NODE_BINARY:
		return translate_binary(t, node, to);
	case NODE_CALL:
		return translate_call(t, node, to);
	case NODE_CASE:
		return translate_case(t, node, to);
	case NODE_CAST:
		return translate_cast(t, node, to);
	case NODE_COLLATE:
		return translate_collate(t, node, to);
	default:
		return translate_test(t, node, to);
	}
}

static bool translate(struct translation *t, const struct node *node, struct piece *to)
{
	bool mine = false;

	if (t->own != NULL && !t->own(t, node, to, &mine))
		return false;
	if (mine)
		return true;
	if (!translate_kind(t, node, to))
		return false;
	to->tangled = node->collates && !to->collated;
	return true;
}

bool expression_piece(struct translation *t, const struct node *node, struct piece *to)
{
	return translate(t, node, to);
}

/* DEFAULT word is the text 'word', whatever its quotes. */
static bool translate_whole(struct translation *t, const struct node *node, struct piece *to)
{
	if (t->use != USE_DEFAULT || node->kind != NODE_NAME || !node->plain ||
		token_is(&node->token, "TRUE") || token_is(&node->token, "FALSE"))
		return translate(t, node, to);
	*to = piece_constant(constant_text(node->name, strlen(node->name)));
	return true;
}

static bool finish(struct translation *t, const struct type *wanted, struct piece *piece)
{
	if (t->use == USE_DEFAULT || t->use == USE_GENERATED)
		return wanted != NULL ? typed_value(t, wanted, piece) :
			piece_refuse(t, "has a type that is not known");
	if (t->use == USE_INDEX || t->use == USE_UNIQUE)
		return typed_term(t, piece);
	return piece_to_truth(t, piece);
}

const char *expression_reason(struct arena *arena, const char *why)
{
	struct bytes shown = { 0 };
	const char *text = NULL;

	print_visible(&shown, why, strlen(why));
	if (!shown.failed && shown.size > 0)
		text = arena_copy(arena, shown.data, shown.size);
	bytes_close(&shown);
	return text != NULL ? text : "out of memory";
}

bool expression_translate(struct arena *arena, const char *sql, enum expression_use use,
	const struct expression_scope *scope, const struct type *wanted, struct bytes *to,
	const char **why)
{
	struct translation t = { .arena = arena, .scope = scope, .use = use };
	const struct node *node = expression_parse(arena, sql, &t.why);
	struct piece piece = { 0 };
	const char *text = NULL;
	size_t before = to->size;

	if (node != NULL && translate_whole(&t, node, &piece) && finish(&t, wanted, &piece))
		text = piece_at(&t, &piece, use == USE_DEFAULT ? LEVEL_SIGN : LEVEL_OR);
	if (text != NULL && t.why == NULL) {
		bytes_add_text(to, text);
		if (!to->failed)
			return true;
		to->size = before;
		piece_refuse(&t, "out of memory");
	}
	*why = expression_reason(arena, t.why != NULL ? t.why : "is not understood");
	return false;
}
