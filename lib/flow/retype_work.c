/* Tables on their way, and what the plan leaves of them. */
#include "flow/retype.h"

#include <string.h>

#include "row/narrow.h"

void *retype_array(struct retype *retype, size_t count, size_t size)
{
	void *items = arena_array(&retype->flow.arena, count, size);

	if (items == NULL)
		fault_memory(&retype->flow.fault);
	return items;
}

struct work *retype_make(struct retype *retype, const struct table *from)
{
	const size_t count = from->column_count;
	struct work *work = retype_array(retype, 1, sizeof(*work));

	if (work == NULL)
		return NULL;
	work->from = from;
	work->table = retype_array(retype, 1, sizeof(*work->table));
	work->places = retype_array(retype, count, sizeof(*work->places));
	work->lines = retype_array(retype, count, sizeof(const struct plan_line *));
	work->targets = retype_array(retype, count, sizeof(const struct column *));
	work->adapts = retype_array(retype, count, sizeof(*work->adapts));
	work->decisions = retype_array(retype, count, sizeof(*work->decisions));
	work->fixed = retype_array(retype, count, sizeof(*work->fixed));
	work->passes = retype_array(retype, count, sizeof(*work->passes));
	work->changes = retype_array(retype, count, sizeof(*work->changes));
	work->scratch = retype_array(retype, count, sizeof(*work->scratch));
	work->cells = retype_array(retype, count * 2, sizeof(*work->cells));
	if (retype->flow.fault.status != 0)
		return NULL;
	work->row = work->cells + count;
	return work;
}

void retype_add(struct retype *retype, struct work *work)
{
	if (retype->count == retype->room) {
		size_t room = retype->room == 0 ? 64 : retype->room * 2;
		struct work **works = retype_array(retype, room, sizeof(struct work *));

		if (works == NULL)
			return;
		if (retype->count > 0)
			memcpy(works, retype->works, retype->count * sizeof(struct work *));
		retype->works = works;
		retype->room = room;
	}
	retype->works[retype->count++] = work;
}

void retype_read_columns(struct retype *retype, struct work *work)
{
	struct flow *flow = &retype->flow;

	for (size_t i = 0; i < work->from->column_count; i++) {
		struct plan_orders orders;

		if (plan_column(&retype->plan, work->from->source, work->from->columns[i].source,
			&orders, &flow->fault) != 0)
			return;
		if (orders.skip)
			continue;
		work->lines[work->count] = orders.type;
		work->places[work->count++] = (uint32_t)i;
	}
}

struct table *retype_copy_table(struct retype *retype, const struct work *work)
{
	struct flow *flow = &retype->flow;
	struct table *table = work->table;

	*table = *work->from;
	if (work->count < work->from->column_count) {
		narrow_table(&flow->arena, table, work->places, work->count, &flow->fault);
		return table;
	}
	table->columns = retype_array(retype, work->count, sizeof(*table->columns));
	if (table->columns != NULL && work->count > 0)
		memcpy(table->columns, work->from->columns, work->count * sizeof(*table->columns));
	return table;
}
