#include "flow/select.h"

static void add_name(struct selection *selection, struct flow *flow, const char *name)
{
	struct texts *names = &selection->names;

	if (names->count == selection->room) {
		size_t room = selection->room == 0 ? 64 : selection->room * 2;
		const char **items = arena_array(&flow->arena, room, sizeof(*items));

		if (items == NULL) {
			fault_memory(&flow->fault);
			return;
		}
		for (size_t i = 0; i < names->count; i++)
			items[i] = names->items[i];
		names->items = items;
		selection->room = room;
	}
	names->items[names->count] = arena_text(&flow->arena, name);
	if (names->items[names->count++] == NULL)
		fault_memory(&flow->fault);
}

static void check(struct selection *selection, struct flow *flow)
{
	const char *idle = NULL;

	if (selection->checked || flow->fault.status != 0)
		return;
	selection->checked = true;
	idle = choice_idle(&selection->choice, &selection->names);
	if (idle != NULL)
		flow_fail(flow, STATUS_USAGE,
			"\"%s\" matches no table of the stream (rows-peek lists them)", idle);
}

static bool wants_table(struct selection *selection, struct flow *flow)
{
	const struct table *table = reader_table(&flow->in);

	add_name(selection, flow, table->name);
	if (choice_wants(&selection->choice, table->name))
		return true;
	reader_skip(&flow->in);
	return false;
}

static bool wants_object(struct selection *selection, struct flow *flow)
{
	const struct object *object = &flow->in.object;

	add_name(selection, flow, object->name);
	if (object->table != NULL && pattern_any(&selection->choice.except, object->table))
		return false;
	if (object->table != NULL && choice_wants(&selection->choice, object->table))
		return !pattern_any(&selection->choice.except, object->name);
	return choice_wants(&selection->choice, object->name);
}

bool select_frame(struct selection *selection, struct flow *flow)
{
	if (flow->in.frame.kind == FRAME_TABLE)
		return wants_table(selection, flow);
	if (flow->in.frame.kind == FRAME_OBJECT)
		return wants_object(selection, flow);
	check(selection, flow);
	return flow->fault.status == 0;
}

void select_end(struct selection *selection, struct flow *flow)
{
	check(selection, flow);
}
