#include "flow/select.h"

#include <stdio.h>
#include <string.h>

enum { QUALIFIED_SIZE = 256 };

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
	if (selection->checked || flow->fault.status != 0)
		return;
	selection->checked = true;
	choice_check(&selection->choice, &selection->names, "the stream", &flow->fault);
}

/* "app.users"; NULL where there is no schema, or it is too long for one. */
static const char *qualify(const struct table *table, char text[QUALIFIED_SIZE])
{
	int size;

	if (table->schema == NULL)
		return NULL;
	size = snprintf(text, QUALIFIED_SIZE, "%s.%s", table->schema, table->name);
	return size < 0 || size >= QUALIFIED_SIZE ? NULL : text;
}

bool select_wants(const struct selection *selection, const struct table *table)
{
	const struct choice *choice = &selection->choice;
	char text[QUALIFIED_SIZE];
	const char *qualified = qualify(table, text);

	if (qualified == NULL)
		return choice_wants(choice, table->name);
	if (pattern_any(&choice->except, table->name) || pattern_any(&choice->except, qualified))
		return false;
	return choice->only.count == 0 || pattern_any(&choice->only, table->name) ||
		pattern_any(&choice->only, qualified);
}

static bool wants_table(struct selection *selection, struct flow *flow)
{
	const struct table *table = reader_table(&flow->in);
	char text[QUALIFIED_SIZE];

	add_name(selection, flow, table->name);
	if (qualify(table, text) != NULL)
		add_name(selection, flow, text);
	if (select_wants(selection, table))
		return true;
	reader_skip(&flow->in);
	return false;
}

/* The table that an object belongs to; NULL: none that came before it. */
static const struct table *table_of(const struct flow *flow, const struct object *object)
{
	const struct ledger *ledger = &flow->in.ledger;

	for (size_t i = 0; object->table != NULL && i < ledger->count; i++)
		if (strcmp(ledger->accounts[i].definition->source, object->table) == 0)
			return ledger->accounts[i].definition;
	return NULL;
}

static bool wants_object(struct selection *selection, struct flow *flow)
{
	const struct object *object = &flow->in.object;
	const struct table *table = table_of(flow, object);

	add_name(selection, flow, object->name);
	if (table != NULL && table->source_table != NULL)
		return select_wants(selection, table);
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
