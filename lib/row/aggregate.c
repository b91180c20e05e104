#include "row/aggregate.h"

#include <math.h>
#include <strings.h>

#include "row/sorting.h"

/* Doubles hold all integers up to this. */
#define EXACT 9007199254740992.0

typedef bool (*aggregate)(struct translation *t, const struct node *node, struct piece *item,
	double rows, struct piece *to);

static const char *distinct(const struct node *node)
{
	return node->distinct ? "DISTINCT " : "";
}

static bool make_integer(struct piece *to, double bound)
{
	to->width = 8;
	to->bound = fmin(bound, 1e19);
	return true;
}

static bool count(struct translation *t, const struct node *node, struct piece *item, double rows,
	struct piece *to)
{
	if (node->distinct && !sorting_equal(t, item, "counts different values of"))
		return false;
	if (!piece_make(t, to, PIECE_INTEGER, LEVEL_ATOM, "count(%s%s)", distinct(node),
		node->count == 0 ? "*" : piece_at(t, item, LEVEL_OR)))
		return false;
	to->not_null = true;
	return make_integer(to, rows);
}

/* What is added up must be integers: with reals the last digits depend on the order. */
static bool to_integers(struct translation *t, const struct node *node, struct piece *item)
{
	if (item->kind == PIECE_REAL || item->kind == PIECE_NUMERIC)
		return piece_refuse(t, "has %.20s() of reals, whose last digits depend on the "
			"order", node->name);
	if (item->kind != PIECE_INTEGER && item->kind != PIECE_TRUTH &&
		(item->kind != PIECE_CONSTANT || item->value.kind != CONSTANT_INTEGER))
		return piece_refuse(t, "has %.20s() of %s", node->name, piece_noun(item));
	return piece_to_integer(t, item);
}

/* SQLite's sum is an integer of eight bytes or an error, and so it is here. */
static bool sum(struct translation *t, const struct node *node, struct piece *item, double rows,
	struct piece *to)
{
	return to_integers(t, node, item) && piece_make(t, to, PIECE_INTEGER, LEVEL_ATOM,
		item->width < 8 ? "sum(%s%s)" : "sum(%s%s)::bigint", distinct(node),
		piece_at(t, item, LEVEL_OR)) && make_integer(to, rows * item->bound);
}

/* Older versions of SQLite add up doubles. */
static bool adds_exactly(struct translation *t, const struct node *node, struct piece *item,
	double rows)
{
	if (!to_integers(t, node, item))
		return false;
	return rows * item->bound <= EXACT || piece_refuse(t, "has %.20s() of integers that may "
		"add up to more than 9007199254740992", node->name);
}

static bool average(struct translation *t, const struct node *node, struct piece *item, double rows,
	struct piece *to)
{
	const char *text;

	if (!adds_exactly(t, node, item, rows))
		return false;
	text = piece_at(t, item, LEVEL_OR);
	return piece_make(t, to, PIECE_REAL, LEVEL_PRODUCT, "sum(%s%s)::float8 / count(%s%s)",
		distinct(node), text, distinct(node), text);
}

static bool total(struct translation *t, const struct node *node, struct piece *item, double rows,
	struct piece *to)
{
	if (!adds_exactly(t, node, item, rows) || !piece_make(t, to, PIECE_REAL, LEVEL_ATOM,
		"coalesce(sum(%s%s)::float8, 0)", distinct(node), piece_at(t, item, LEVEL_OR)))
		return false;
	to->not_null = true;
	return true;
}

static bool extreme(struct translation *t, const struct node *node, struct piece *item, double rows,
	struct piece *to)
{
	struct piece of;

	(void)rows;
	if (item->kind == PIECE_TRUTH && !piece_to_integer(t, item))
		return false;
	of = *item;
	if (!sorting_equal(t, item, "has the least or largest of") ||
		!sorting_key(t, item, "has the least or largest of"))
		return false;
	if (!piece_make(t, to, item->kind, LEVEL_ATOM, "%s(%s)",
		strcasecmp(node->name, "min") == 0 ? "min" : "max", piece_at(t, item, LEVEL_OR)))
		return false;
	to->width = of.width;
	to->bound = of.bound;
	to->faithful = of.faithful;
	if (of.kind == PIECE_OTHER || of.kind == PIECE_STAMP)
		to->column = of.column;
	return true;
}

static bool refuse(struct translation *t, const struct node *node, struct piece *item, double rows,
	struct piece *to)
{
	(void)item;
	(void)rows;
	(void)to;
	return piece_refuse(t, "has %.30s(), whose order is not fixed", node->name);
}

static const struct {
	const char *name;
	size_t least, most;
	aggregate aggregate;
} aggregates[] = {
	{ "count", 0, 1, count },
	{ "sum", 1, 1, sum },
	{ "total", 1, 1, total },
	{ "avg", 1, 1, average },
	{ "min", 1, 1, extreme },
	{ "max", 1, 1, extreme },
	{ "group_concat", 1, 2, refuse },
	{ "string_agg", 2, 2, refuse },
	{ "json_group_array", 1, 1, refuse },
	{ "json_group_object", 2, 2, refuse },
};

static aggregate find(const struct node *node)
{
	for (size_t i = 0; i < sizeof(aggregates) / sizeof(aggregates[0]); i++)
		if (strcasecmp(node->name, aggregates[i].name) == 0 &&
			node->count >= aggregates[i].least && node->count <= aggregates[i].most)
			return aggregates[i].aggregate;
	return NULL;
}

bool aggregate_is(const struct node *node)
{
	return node->kind == NODE_CALL && find(node) != NULL;
}

bool aggregate_call(struct translation *t, const struct node *node, struct piece *items,
	double rows, struct piece *to)
{
	if ((node->star || node->count == 0) && strcasecmp(node->name, "count") != 0)
		return piece_refuse(t, "has %.30s(*)", node->name);
	if (node->distinct && node->count != 1)
		return piece_refuse(t, "has DISTINCT of several values");
	return find(node)(t, node, items, rows, to);
}
