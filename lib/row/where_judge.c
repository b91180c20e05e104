#include "row/where.h"

#include "row/couple.h"
#include "row/wildcard.h"
#include "row/token.h"

/* What a pattern is for: texts, and integers as they print. */
static bool takes_pattern(const struct type *type)
{
	return type->kind == TYPE_RAW || (type->kind >= TYPE_INT2 && type->kind <= TYPE_INT8) ||
		(type->kind >= TYPE_TEXT && type->kind <= TYPE_CHAR) ||
		type->kind == TYPE_NUMERIC || type->kind == TYPE_OTHER;
}

static const char *describe(struct arena *arena, const struct bound *bound)
{
	static const char *const kinds[] = { [BOUND_NUMBER] = "a number", [BOUND_BYTES] = "bytes",
		[BOUND_TRUTH] = "true or false" };

	return bound->kind != BOUND_TEXT ? kinds[bound->kind] :
		arena_format(arena, "'%.60s'", bound->text);
}

static int fit_column(struct arena *arena, const struct table *table, struct where *where,
	struct fault *fault)
{
	const struct column *column = &table->columns[where->place];
	struct type type;

	if (couple_read_type(arena, column, &type, fault) != 0)
		return fault->status;
	for (size_t i = 0; i < where->bound_count; i++) {
		struct bound *bound = &where->bounds[i];
		const char *what = describe(arena, bound);

		if (where->kind == WHERE_MATCHES ? takes_pattern(&type) : bound_fit(bound, &type))
			continue;
		return what == NULL ? fault_memory(fault) : fault_set(fault, STATUS_MISFIT,
			"%s.%s is %s: it is never %s%s", table->name, column->name,
			couple_type(column), where->kind == WHERE_MATCHES ? "a text such as " :
			"compared with ", what);
	}
	return 0;
}

static int bind_column(struct arena *arena, const struct table *table, struct where *where,
	struct fault *fault)
{
	struct bound *bounds = arena_array(arena, where->bound_count, sizeof(*bounds));

	if (bounds == NULL)
		return fault_memory(fault);
	for (size_t i = 0; i < where->bound_count; i++)
		bounds[i] = where->bounds[i];
	where->bounds = bounds;
	for (where->place = 0; where->place < table->column_count; where->place++)
		if (name_compare(table->columns[where->place].name, where->column) == 0)
			return fit_column(arena, table, where, fault);
	return fault_set(fault, STATUS_MISFIT, "table \"%s\" has no column \"%s\" (rows-peek "
		"--definitions lists them)", table->name, where->column);
}

static struct where *bind(struct arena *arena, const struct table *table, const struct where *from,
	struct fault *fault)
{
	struct where *where = arena_alloc(arena, sizeof(*where)), **to;

	if (where == NULL) {
		fault_memory(fault);
		return NULL;
	}
	*where = *from;
	to = &where->items;
	for (const struct where *item = from->items; item != NULL; item = item->next) {
		*to = bind(arena, table, item, fault);
		if (*to == NULL)
			return NULL;
		to = &(*to)->next;
	}
	*to = NULL;
	if (where->column != NULL && bind_column(arena, table, where, fault) != 0)
		return NULL;
	return where;
}

int where_bind(struct arena *arena, const struct where_rule *rule, const struct table *table,
	struct where **bound, struct fault *fault)
{
	*bound = bind(arena, table, rule->root, fault);
	return fault->status;
}

/* --- rows ------------------------------------------------------------------------------------- */

static bool compare(struct where *where, const struct value *cell)
{
	int order;

	if (!bound_compare(where->bounds, cell, &order)) {
		where->others++;
		return (where->holds & WHERE_OTHER) != 0;
	}
	return (where->holds & (order < 0 ? WHERE_BELOW : order > 0 ? WHERE_ABOVE :
		WHERE_SAME)) != 0;
}

static bool is_in(struct where *where, const struct value *cell)
{
	bool other = true;
	int order;

	for (size_t i = 0; i < where->bound_count; i++) {
		if (!bound_compare(&where->bounds[i], cell, &order))
			continue;
		other = false;
		if (order == 0)
			return true;
	}
	where->others += other;
	return false;
}

static bool matches(struct where *where, const struct value *cell)
{
	where->others += cell->kind != VALUE_TEXT && cell->kind != VALUE_INTEGER;
	return wildcard_cell(where->bounds->text, where->bounds->size, cell);
}

/* False ends an AND, true an OR; what is unknown stays so unless one of them does. */
static enum where_truth join(struct where *where, const struct value *cells,
	enum where_truth ends)
{
	enum where_truth all = ends == WHERE_FALSE ? WHERE_TRUE : WHERE_FALSE;

	for (struct where *item = where->items; item != NULL; item = item->next) {
		const enum where_truth one = where_holds(item, cells);

		if (one == ends)
			return ends;
		if (one == WHERE_UNKNOWN)
			all = WHERE_UNKNOWN;
	}
	return all;
}

enum where_truth where_holds(struct where *where, const struct value *cells)
{
	const struct value *cell = &cells[where->place];
	enum where_truth inner;
	bool holds;

	switch (where->kind) {
	case WHERE_AND:
		return join(where, cells, WHERE_FALSE);
	case WHERE_OR:
		return join(where, cells, WHERE_TRUE);
	case WHERE_NOT:
		inner = where_holds(where->items, cells);
		return inner == WHERE_UNKNOWN ? inner :
			inner == WHERE_TRUE ? WHERE_FALSE : WHERE_TRUE;
	case WHERE_NULL:
		return cell->kind == VALUE_NULL ? WHERE_TRUE : WHERE_FALSE;
	default:
		break;
	}
	if (cell->kind == VALUE_NULL)
		return WHERE_UNKNOWN;
	holds = where->kind == WHERE_COMPARE ? compare(where, cell) :
		where->kind == WHERE_IN ? is_in(where, cell) : matches(where, cell);
	return holds ? WHERE_TRUE : WHERE_FALSE;
}
