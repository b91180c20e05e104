/* Types as the tables of a target have them. */
#include "flow/retype.h"

#include <string.h>

/* What the target computes is left out. */
static void keep_targets(struct retype *retype, struct work *work, const struct match *match)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < work->count && match->target != NULL; i++) {
		const struct column *target = match->columns[i].target;

		if (target != NULL && target->generated != NULL)
			continue;
		work->targets[count] = target;
		work->lines[count] = work->lines[i];
		work->places[count++] = work->places[i];
	}
	if (match->target == NULL || count == work->count)
		return;
	work->count = count;
	retype_copy_table(retype, work);
}

void retype_find_targets(struct retype *retype)
{
	const struct table **sources = retype_array(retype, retype->count,
		sizeof(const struct table *));

	for (size_t i = 0; i < retype->count && sources != NULL; i++)
		sources[i] = retype->works[i]->table;
	if (retype->flow.fault.status == 0)
		like_match(&retype->flow, &retype->like, &retype->plan, retype->target_schema,
			sources, retype->count);
	for (size_t i = 0; i < retype->count && retype->flow.fault.status == 0; i++)
		keep_targets(retype, retype->works[i], &retype->like.matching.matches[i]);
}

static void find(struct retype *retype, const struct work *work, size_t place, const char *text)
{
	match_find(&retype->like.matching, work->from->source, work->table->columns[place].source,
		&retype->flow.fault, "%s", text);
}

/* A type that another tool gave must be the target's own. */
static void check_typed(struct retype *retype, const struct work *work, size_t place)
{
	const struct column *column = &work->table->columns[place];
	const struct column *target = work->targets[place];

	if (target != NULL && work->lines[place] == NULL &&
		(column->target == NULL || strcmp(column->target, target->target) != 0))
		find(retype, work, place, arena_format(&retype->flow.arena, "it is of type %s "
			"already, and the target's column of type %s; retype it from the raw "
			"stream", column->target == NULL ? column->type : column->target,
			target->target));
}

void retype_check_targets(struct retype *retype, const struct work *work)
{
	struct flow *flow = &retype->flow;

	for (size_t i = 0; i < work->count && flow->fault.status == 0; i++) {
		const struct column *column = &work->table->columns[i];
		struct texts troubles = { 0 };

		if (strcmp(column->type, "raw") != 0)
			check_typed(retype, work, i);
		else if (work->targets[i] != NULL)
			adapt_check(&flow->arena, work->table, column, &work->adapts[i],
				&work->decisions[i].conversion, &troubles, &flow->fault);
		for (size_t j = 0; j < troubles.count; j++)
			find(retype, work, i, troubles.items[j]);
	}
}
