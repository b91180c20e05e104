#include "row/view_work.h"

#include <inttypes.h>

#include "row/sorting.h"

bool view_take_reason(struct view_work *w, const struct query *q)
{
	return piece_refuse(&w->t, "%s", q->t.why != NULL ? q->t.why : "is not understood");
}

bool view_is_changed(const struct view_work *w, size_t place)
{
	for (size_t i = 0; i < w->query_count; i++) {
		const struct query *q = &w->queries[i];
		const struct view_column *column = &q->columns[place];

		if (column->placed && view_column_at(&q->from, column->place)->changed)
			return true;
	}
	return false;
}

/* An expression of ORDER BY, settled: a column of the result, or one of its own. */
struct order {
	const struct node *node; /* without COLLATE around it */
	size_t column;           /* w->count: none */
	struct piece piece;
	bool exact;              /* it keeps apart what differs */
};

static bool set_collation(struct view_work *w, const struct node *node, struct piece *piece)
{
	if (node->kind != NODE_COLLATE)
		return true;
	if (name_compare(node->name, "BINARY") == 0)
		piece->collation = COLLATION_BINARY;
	else if (name_compare(node->name, "NOCASE") == 0)
		piece->collation = COLLATION_NOCASE;
	else if (name_compare(node->name, "RTRIM") == 0)
		piece->collation = COLLATION_RTRIM;
	else
		return piece_refuse(&w->t, "orders by a collation that is not known");
	return true;
}

static bool find_order(struct view_work *w, struct query *q, struct order *order)
{
	struct piece piece;

	order->column = query_column(q, order->node, true);
	if (order->column < w->count && view_is_changed(w, order->column))
		return piece_refuse(&w->t, "orders by a column whose values the plan changes");
	if (order->column < w->count) {
		piece = q->values[order->column];
		if (w->wrapped) {
			piece = w->values[order->column];
			piece.level = LEVEL_ATOM;
			piece.text = arena_format(w->t.arena, "q.c%zu", order->column + 1);
		}
		order->piece = piece;
		return piece.kind == PIECE_CONSTANT || piece.text != NULL ||
			piece_refuse(&w->t, "out of memory");
	}
	if (w->wrapped)
		return piece_refuse(&w->t, w->query_count > 1 ?
			"orders what UNION gives by what is none of its columns" :
			"orders DISTINCT rows by what is none of their columns");
	return query_order(q, order->node, &order->piece) || view_take_reason(w, q);
}

static bool read_order(struct view_work *w, const struct view_term *term, struct order *order)
{
	struct query *q = &w->queries[0];

	order->node = term->node;
	while (order->node->kind == NODE_COLLATE)
		order->node = order->node->items;
	if (!find_order(w, q, order) || !set_collation(w, term->node, &order->piece))
		return false;
	order->exact = order->piece.kind != PIECE_TEXT ||
		(order->piece.collation == COLLATION_BINARY && !order->piece.tangled);
	return true;
}

static bool write_order(struct view_work *w, const struct view_term *term, struct order *order,
	struct bytes *to)
{
	const bool not_null = order->piece.not_null;
	bool first = !term->descending;
	const char *text;

	if (!sorting_key(&w->t, &order->piece, "orders by"))
		return false;
	text = piece_at(&w->t, &order->piece, LEVEL_ATOM);
	if (text == NULL)
		return false;
	if (term->nulls != NULLS_USUAL)
		first = term->nulls == NULLS_FIRST;
	bytes_format(to, "%s%s%s", text, term->descending ? " DESC" : "",
		not_null ? "" : first ? " NULLS FIRST" : " NULLS LAST");
	return true;
}

static bool has_order(const struct query *q, const struct order *orders, size_t count,
	const struct node *node, bool placed, struct view_place place)
{
	struct view_place at;

	for (size_t i = 0; i < count; i++) {
		const struct node *own = orders[i].node;

		if (orders[i].column < q->count)
			own = q->columns[orders[i].column].result->node;
		if (!orders[i].exact)
			continue;
		if (orders[i].column < q->count && q->columns[orders[i].column].placed) {
			at = q->columns[orders[i].column].place;
			if (placed && view_same_place(at, place))
				return true;
		} else if (placed) {
			if (own->kind == NODE_NAME && view_find(&q->from, own->table, own->name,
				&at) == 1 && view_same_place(at, place))
				return true;
		} else if (query_same(q, own, node)) {
			return true;
		}
	}
	return false;
}

/* No two rows of the result are equal in ORDER BY unless they are equal in all. */
static bool has_all_columns(const struct view_work *w, const struct order *orders, size_t count)
{
	for (size_t i = 0; i < w->count; i++) {
		bool found = false;

		for (size_t j = 0; j < count && !found; j++)
			found = orders[j].exact && orders[j].column == i;
		if (!found)
			return false;
	}
	return true;
}

static bool has_all_groups(const struct query *q, const struct order *orders, size_t count)
{
	for (size_t i = 0; i < q->group_count; i++)
		if (!has_order(q, orders, count, q->groups[i].node, q->groups[i].placed,
			q->groups[i].place))
			return false;
	return true;
}

static bool has_all_keys(const struct query *q, const struct order *orders, size_t count)
{
	for (size_t i = 0; i < q->from.count; i++) {
		const struct relation *relation = q->from.items[i].relation;

		for (size_t j = 0; j < relation->key_count; j++)
			if (!has_order(q, orders, count, NULL, true,
				(struct view_place){ i, relation->keys[j] }))
				return false;
		if (relation->key_count == 0)
			return false;
	}
	return true;
}

/* LIMIT takes the same rows on both sides only where the order leaves nothing open. */
static bool is_total(const struct view_work *w, const struct order *orders, size_t count)
{
	const struct query *q = &w->queries[0];

	if (has_all_columns(w, orders, count))
		return true;
	if (w->wrapped)
		return false;
	return q->grouped ? has_all_groups(q, orders, count) : has_all_keys(q, orders, count);
}

bool view_write_order(struct view_work *w, struct bytes *to)
{
	const struct view *view = w->view;
	struct order *orders;
	size_t count = 0;

	for (const struct view_term *term = view->orders; term != NULL; term = term->next)
		count++;
	orders = arena_array(w->t.arena, count + 1, sizeof(*orders));
	if (orders == NULL)
		return piece_refuse(&w->t, "out of memory");
	count = 0;
	for (const struct view_term *term = view->orders; term != NULL; term = term->next) {
		bytes_add_text(to, count == 0 ? " ORDER BY " : ", ");
		if (!read_order(w, term, &orders[count]) ||
			!write_order(w, term, &orders[count], to))
			return false;
		count++;
	}
	if (view->limit < 0 && view->offset == 0)
		return true;
	if (!is_total(w, orders, count))
		return piece_refuse(&w->t, "has a LIMIT, and its ORDER BY leaves it open which "
			"rows come first");
	if (view->limit >= 0)
		bytes_format(to, " LIMIT %" PRId64, view->limit);
	if (view->offset > 0)
		bytes_format(to, " OFFSET %" PRId64, view->offset);
	return true;
}
