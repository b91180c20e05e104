#include "row/query.h"

#include <math.h>
#include <string.h>

#include "row/aggregate.h"
#include "row/compare.h"
#include "row/literal.h"
#include "row/sorting.h"

/* --- names ------------------------------------------------------------------------------------ */

static bool has_key(const struct query *q, struct view_place place)
{
	for (size_t i = 0; i < q->group_count; i++)
		if (q->groups[i].placed && view_same_place(q->groups[i].place, place))
			return true;
	return false;
}

/* One value for each group: it is grouped by, or the whole key of its table is. */
static bool is_settled(const struct query *q, struct view_place place)
{
	const struct relation *relation = q->from.items[place.item].relation;

	if (!q->grouped || q->inside || has_key(q, place))
		return true;
	for (size_t i = 0; i < relation->key_count; i++)
		if (!has_key(q, (struct view_place){ place.item, relation->keys[i] }))
			return false;
	return relation->key_count > 0;
}

static bool make_column(struct query *q, struct view_place place, struct piece *to)
{
	const struct view_from_item *item = &q->from.items[place.item];
	const struct relation_column *column = view_column_at(&q->from, place);
	struct piece piece = column->piece;

	if (!is_settled(q, place))
		return piece_refuse(&q->t, "has %.60s, which is neither grouped by nor aggregated",
			column->source);
	if (!piece_make(&q->t, to, piece.kind, LEVEL_ATOM, "%s.%s", item->as,
		literal_name(q->t.arena, column->target)))
		return false;
	piece.text = to->text;
	piece.not_null &= !item->nullable;
	*to = piece;
	return true;
}

static bool is_rowid(const char *name)
{
	return name_compare(name, "rowid") == 0 || name_compare(name, "oid") == 0 ||
		name_compare(name, "_rowid_") == 0;
}

static const struct view_result *find_alias(const struct query *q, const struct node *node)
{
	if (!node->plain)
		return NULL;
	for (const struct view_result *result = q->select->results; result != NULL;
		result = result->next)
		if (result->alias != NULL && name_compare(result->alias, node->name) == 0)
			return result;
	return NULL;
}

/* An alias is its expression again, in which aliases do not count. */
static bool read_alias(struct query *q, const struct view_result *result, struct piece *to)
{
	bool done;

	q->aliases = false;
	done = expression_piece(&q->t, result->node, to);
	q->aliases = true;
	return done;
}

static bool read_column(struct query *q, const struct node *node, struct view_place place,
	struct piece *to)
{
	const struct relation_column *column = view_column_at(&q->from, place);

	if (place.item >= q->visible)
		return piece_refuse(&q->t, "joins on %.60s, which stands further to the right",
			node->name);
	if (token_is(&node->token, "TRUE") || token_is(&node->token, "FALSE"))
		return piece_refuse(&q->t, "has a column that is called %.60s", node->name);
	if (column->changed)
		return piece_refuse(&q->t, "reads %.60s, whose values the plan changes",
			node->name);
	return make_column(q, place, to);
}

/*
 * A name that is no column here may be one in the source, of those that were left out: it is no
 * alias then, nor a text.
 */
static bool may_be_left_out(const struct query *q, const struct node *node)
{
	bool lacks = false;

	for (size_t i = 0; i < q->from.count; i++)
		lacks |= q->from.items[i].relation->lacks;
	return lacks && !token_is(&node->token, "TRUE") && !token_is(&node->token, "FALSE");
}

static bool read_name(struct query *q, const struct node *node, struct piece *to, bool *mine)
{
	struct view_place place = { 0 };
	const struct view_result *alias;
	size_t found;

	if (node->schema != NULL && name_compare(node->schema, "main") != 0)
		return piece_refuse(&q->t, "has a name of another database");
	found = view_find(&q->from, node->table, node->name, &place);
	if (found == 1)
		return read_column(q, node, place, to);
	if (found > 1)
		return piece_refuse(&q->t, "has the name %.60s, which several tables have",
			node->name);
	if (node->table != NULL)
		return piece_refuse(&q->t, "has the name %.60s.%.60s, which is no column here",
			node->table, node->name);
	if (is_rowid(node->name))
		return piece_refuse(&q->t, "has %.20s, which PostgreSQL does not", node->name);
	if (may_be_left_out(q, node))
		return piece_refuse(&q->t, "has the name %.60s, which is no column here: not all "
			"columns are carried over", node->name);
	alias = find_alias(q, node);
	if (alias != NULL && !q->aliases)
		return piece_refuse(&q->t, "has the name %.60s, which is no column here",
			node->name);
	if (alias != NULL)
		return read_alias(q, alias, to);
	*mine = false;
	return true;
}

/* --- aggregates and groups -------------------------------------------------------------------- */

static bool read_aggregate(struct query *q, const struct node *node, struct piece *to)
{
	struct piece *items = arena_array(q->t.arena, node->count + 1, sizeof(*items));
	size_t count = 0;
	bool done = true;

	if (items == NULL)
		return piece_refuse(&q->t, "out of memory");
	if (q->inside || !q->aggregates)
		return piece_refuse(&q->t, "has %.30s() where no aggregate can stand", node->name);
	q->inside = true;
	for (const struct node *item = node->items; item != NULL && done; item = item->next)
		done = expression_piece(&q->t, item, &items[count++]);
	q->inside = false;
	return done && aggregate_call(&q->t, node, items, q->rows, to);
}

static bool is_grouped(const struct query *q, const struct node *node)
{
	if (!q->grouped || q->inside || node->kind == NODE_NAME || node->kind == NODE_LITERAL)
		return false;
	for (size_t i = 0; i < q->group_count; i++)
		if (!q->groups[i].placed && query_same(q, q->groups[i].node, node))
			return true;
	return false;
}

static bool read_own(struct translation *t, const struct node *node, struct piece *to, bool *mine)
{
	struct query *q = t->owner;

	*mine = true;
	if (is_grouped(q, node)) {
		bool done;

		q->inside = true;
		done = expression_piece(t, node, to);
		q->inside = false;
		return done;
	}
	if (node->kind == NODE_NAME)
		return read_name(q, node, to, mine);
	if (aggregate_is(node))
		return read_aggregate(q, node, to);
	if (node->star || node->distinct)
		return piece_refuse(t, "has the function %.60s(), which is not known", node->name);
	*mine = false;
	return true;
}

static bool has_aggregate(const struct node *node)
{
	if (aggregate_is(node))
		return true;
	for (const struct node *item = node->items; item != NULL; item = item->next)
		if (has_aggregate(item))
			return true;
	return false;
}

/* --- clauses ---------------------------------------------------------------------------------- */

static const char *condition_text(struct query *q, const struct node *node)
{
	struct piece piece;

	if (!expression_piece(&q->t, node, &piece) || !piece_to_truth(&q->t, &piece))
		return NULL;
	return piece_at(&q->t, &piece, LEVEL_OR);
}

/* The column to the left that USING means; there must be one. */
static bool find_left(struct query *q, size_t item, const char *name, struct view_place *place)
{
	struct view_from left = { q->from.items, item };

	switch (view_find(&left, NULL, name, place)) {
	case 0:
		return piece_refuse(&q->t, "joins USING (%.60s), which is no column", name);
	case 1:
		return true;
	default:
		return piece_refuse(&q->t, "joins USING (%.60s), which several tables have", name);
	}
}

static const char *using_text(struct query *q, size_t item)
{
	const struct relation *relation = q->from.items[item].relation;
	struct piece pieces[20], all;
	size_t count = 0;

	for (const struct view_name *name = q->from.items[item].source->using; name != NULL;
		name = name->next) {
		struct view_place left, right = { item, relation->count };
		struct piece a, b;

		for (size_t i = 0; i < relation->count; i++)
			if (name_compare(relation->columns[i].source, name->name) == 0)
				right.column = i;
		if (count == sizeof(pieces) / sizeof(pieces[0]) ||
			right.column == relation->count)
			piece_refuse(&q->t, "joins USING (%.60s), which is no column", name->name);
		if (q->t.why != NULL || !find_left(q, item, name->name, &left) ||
			!make_column(q, left, &a) || !make_column(q, right, &b) ||
			!compare_pieces(&q->t, OP_EQUAL, &a, &b, &pieces[count++]))
			return NULL;
	}
	if (!piece_join(&q->t, OP_AND, pieces, count, &all) || !piece_to_truth(&q->t, &all))
		return NULL;
	return piece_at(&q->t, &all, LEVEL_OR);
}

static bool write_source(struct query *q, size_t place, struct bytes *to)
{
	const struct view_from_item *item = &q->from.items[place];
	const struct view_source *source = item->source;
	const char *condition = NULL;

	q->visible = place + 1;
	if (source->on != NULL)
		condition = condition_text(q, source->on);
	else if (source->using != NULL)
		condition = using_text(q, place);
	else if (source->join == JOIN_LEFT)
		condition = "true";
	if (condition == NULL && q->t.why != NULL)
		return false;
	if (place == 0 && condition != NULL)
		return piece_refuse(&q->t, "joins its first table on something");
	if (place > 0)
		bytes_add_text(to, source->join == JOIN_LEFT ? " LEFT JOIN " :
			condition != NULL ? " JOIN " : " CROSS JOIN ");
	bytes_format(to, "%s AS %s", item->relation->target, item->as);
	if (condition != NULL)
		bytes_format(to, " ON %s", condition);
	q->rows *= fmax(item->relation->rows, 1);
	return true;
}

static bool read_from(struct query *q)
{
	struct bytes made = { 0 };
	bool done = true;

	q->rows = 1;
	for (size_t i = 0; i < q->from.count && done; i++)
		done = write_source(q, i, &made);
	q->visible = q->from.count;
	if (done && q->from.count > 0) {
		q->from_text = made.failed ? NULL :
			arena_copy(q->t.arena, made.data, made.size);
		if (q->from_text == NULL)
			done = piece_refuse(&q->t, "out of memory");
	}
	bytes_close(&made);
	return done;
}

static bool read_where(struct query *q)
{
	if (q->select->where == NULL)
		return true;
	q->aliases = true;
	q->where_text = condition_text(q, q->select->where);
	q->aliases = false;
	return q->where_text != NULL;
}

/* A number or an alias is the column that it stands for. */
static void settle_group(const struct query *q, struct query_group *group)
{
	size_t place = q->count;

	if (group->node->kind == NODE_LITERAL)
		place = query_column(q, group->node, false);
	else if (group->node->kind == NODE_NAME && !may_be_left_out(q, group->node) &&
		view_find(&q->from, group->node->table, group->node->name,
			&group->place) == 0)
		place = query_column(q, group->node, true);
	if (place < q->count) {
		group->node = q->columns[place].result->node;
		group->placed = q->columns[place].placed;
		group->place = q->columns[place].place;
	} else {
		group->placed = group->node->kind == NODE_NAME && view_find(&q->from,
			group->node->table, group->node->name, &group->place) == 1;
	}
}

static bool read_group(struct query *q, struct query_group *group)
{
	struct piece piece;

	settle_group(q, group);
	if (group->placed ? view_column_at(&q->from, group->place)->changed : false)
		return piece_refuse(&q->t, "groups by a column whose values the plan changes");
	q->inside = true;
	if (!(group->placed ? make_column(q, group->place, &piece) :
		expression_piece(&q->t, group->node, &piece)))
		return false;
	q->inside = false;
	if (piece.kind == PIECE_CONSTANT)
		return piece_refuse(&q->t, "groups by a constant");
	if (!sorting_equal(&q->t, &piece, "groups by"))
		return false;
	group->text = piece_at(&q->t, &piece, LEVEL_OR);
	return group->text != NULL;
}

static bool read_groups(struct query *q)
{
	size_t count = 0;

	for (const struct view_term *term = q->select->groups; term != NULL; term = term->next)
		count++;
	q->groups = arena_array(q->t.arena, count + 1, sizeof(*q->groups));
	if (q->groups == NULL)
		return piece_refuse(&q->t, "out of memory");
	for (const struct view_term *term = q->select->groups; term != NULL; term = term->next) {
		struct query_group *group = &q->groups[q->group_count];

		group->node = term->node;
		q->aliases = true;
		if (!read_group(q, group))
			return false;
		q->aliases = false;
		q->group_count++;
	}
	return true;
}

static bool read_having(struct query *q)
{
	if (q->select->having == NULL)
		return true;
	if (q->group_count == 0)
		return piece_refuse(&q->t, "has HAVING without GROUP BY");
	q->aliases = true;
	q->having_text = condition_text(q, q->select->having);
	q->aliases = false;
	return q->having_text != NULL;
}

static bool read_values(struct query *q)
{
	q->values = arena_array(q->t.arena, q->count + 1, sizeof(*q->values));
	if (q->values == NULL)
		return piece_refuse(&q->t, "out of memory");
	for (size_t i = 0; i < q->count; i++) {
		const struct view_column *column = &q->columns[i];

		if (!(column->placed ? make_column(q, column->place, &q->values[i]) :
			expression_piece(&q->t, column->result->node, &q->values[i])))
			return false;
	}
	return true;
}

/* ORDER BY alone makes no aggregation: there SQLite refuses aggregates. */
static bool is_aggregating(const struct query *q)
{
	bool found = q->select->groups != NULL;

	for (size_t i = 0; i < q->count; i++)
		found |= !q->columns[i].placed && has_aggregate(q->columns[i].result->node);
	return found;
}

/*
 * Aggregates make one row of none, even where they stand in what is never computed and so is not
 * written: PostgreSQL is told then.
 */
static void keep_grouped(struct query *q)
{
	bool written = q->group_count > 0;

	for (size_t i = 0; i < q->count; i++)
		written |= !q->columns[i].placed && aggregate_is(q->columns[i].result->node);
	if (q->grouped && !written)
		q->having_text = "true";
}

bool query_read(struct query *q)
{
	q->t.use = USE_VIEW;
	q->t.own = read_own;
	q->t.owner = q;
	if (!view_open(q->t.arena, q->relations, q->select, &q->from, &q->t.why) ||
		!view_expand(q->t.arena, &q->from, q->select, &q->columns, &q->count, &q->t.why))
		return false;
	if (!read_from(q) || !read_where(q))
		return false;
	if (!read_groups(q))
		return false;
	q->grouped = is_aggregating(q);
	q->aggregates = true;
	if (!read_having(q) || !read_values(q))
		return false;
	keep_grouped(q);
	q->aggregates = q->grouped;
	return true;
}

bool query_order(struct query *q, const struct node *node, struct piece *to)
{
	bool done;

	q->aliases = true;
	done = expression_piece(&q->t, node, to);
	q->aliases = false;
	return done;
}
