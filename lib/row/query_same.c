#include "row/query.h"

#include <string.h>

static bool same_text(const char *a, const char *b)
{
	return a == b || (a != NULL && b != NULL && name_compare(a, b) == 0);
}

static bool same_name(const struct query *q, const struct node *a, const struct node *b)
{
	struct view_place one, other;

	if (view_find(&q->from, a->table, a->name, &one) == 1)
		return view_find(&q->from, b->table, b->name, &other) == 1 &&
			view_same_place(one, other);
	return same_text(a->table, b->table) && strcmp(a->name, b->name) == 0;
}

static bool same_token(const struct token *a, const struct token *b)
{
	return a->kind == b->kind && a->size == b->size && memcmp(a->text, b->text, a->size) == 0;
}

bool query_same(const struct query *q, const struct node *a, const struct node *b)
{
	const struct node *x = a->items, *y = b->items;

	if (a->kind != b->kind || a->operation != b->operation || a->count != b->count ||
		a->negated != b->negated || a->based != b->based || a->star != b->star ||
		a->otherwise != b->otherwise || a->distinct != b->distinct)
		return false;
	if (a->kind == NODE_NAME)
		return same_name(q, a, b);
	if (a->kind == NODE_LITERAL ? !same_token(&a->token, &b->token) :
		!same_text(a->name, b->name))
		return false;
	for (; x != NULL; x = x->next, y = y->next)
		if (!query_same(q, x, y))
			return false;
	return true;
}

/* 1 is the first column, and 0 or what is too large is a fault of the view. */
static bool read_number(const struct node *node, size_t *number)
{
	*number = 0;
	if (node->kind != NODE_LITERAL || node->token.kind != TOKEN_NUMBER || node->token.size > 5)
		return false;
	for (size_t i = 0; i < node->token.size; i++) {
		if (node->token.text[i] < '0' || node->token.text[i] > '9')
			return false;
		*number = *number * 10 + (size_t)(node->token.text[i] - '0');
	}
	return true;
}

static bool is_column(const struct query *q, const struct view_column *column,
	const struct node *node)
{
	struct view_place place;

	if (column->placed)
		return node->kind == NODE_NAME && view_find(&q->from, node->table, node->name,
			&place) == 1 && view_same_place(place, column->place);
	return query_same(q, column->result->node, node);
}

size_t query_column(const struct query *q, const struct node *node, bool by_alias)
{
	size_t number;

	if (read_number(node, &number))
		return number > 0 && number <= q->count ? number - 1 : q->count;
	for (size_t i = 0; by_alias && node->kind == NODE_NAME && node->plain && i < q->count; i++)
		if (q->columns[i].result->alias != NULL &&
			name_compare(q->columns[i].result->alias, node->name) == 0)
			return i;
	for (size_t i = 0; i < q->count; i++)
		if (is_column(q, &q->columns[i], node))
			return i;
	return q->count;
}
