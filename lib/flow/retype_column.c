/* What a decision makes of a column's definition. */
#include "flow/retype.h"

#include <string.h>

#include "row/print_plan.h"

static void add_other(struct retype *retype, struct bytes *note, const char *words, const char *why)
{
	struct conversion conversion = { 0 };
	struct bytes text = { 0 };
	bool zoned;

	if (words == NULL || plan_words(&retype->flow.arena, words, &conversion, &zoned,
		&retype->flow.fault) != 0)
		return;
	conversion.zone = retype->zone;
	plan_add_words(&text, &conversion);
	bytes_add_byte(&text, '\0');
	if (text.failed)
		note->failed = true;
	else
		plan_add_other(note, (const char *)text.data, why);
	bytes_close(&text);
}

static const char *make_note(struct retype *retype, const struct decision *decision)
{
	struct bytes note = { 0 };

	plan_add_note(&note, &decision->conversion, decision->decide, decision->remark);
	add_other(retype, &note, decision->likely, "likely");
	add_other(retype, &note, decision->better, "better, perhaps");
	return bytes_settle(&note, &retype->flow.arena);
}

/* What passes as it is, without a call. */
static uint8_t passing(const struct conversion *conversion)
{
	if (conversion->nullify.count > 0)
		return PASS_NONE;
	switch (conversion->type.kind) {
	case TYPE_INT8:
		return VALUE_INTEGER;
	case TYPE_FLOAT8:
		return VALUE_REAL;
	case TYPE_BYTEA:
		return VALUE_BYTES;
	default:
		return PASS_NONE;
	}
}

static void drop_not_null(struct retype *retype, struct table *table, struct column *column)
{
	struct texts *remarks = &table->remarks;
	const char **items = retype_array(retype, remarks->count + 1, sizeof(*items));

	if (items == NULL)
		return;
	for (size_t i = 0; i < remarks->count; i++)
		items[i] = remarks->items[i];
	items[remarks->count] = arena_format(&retype->flow.arena,
		"column \"%s\" is no longer NOT NULL: the plan has a value that means NULL",
		column->source);
	if (items[remarks->count] == NULL)
		fault_memory(&retype->flow.fault);
	remarks->items = items;
	remarks->count++;
	column->not_null = false;
}

void retype_set_column(struct retype *retype, struct work *work, size_t place)
{
	struct column *column = &work->table->columns[place];
	const struct decision *decision = &work->decisions[place];

	if (strcmp(column->type, "raw") != 0) {
		work->passes[place] = PASS_ALL;
		return;
	}
	if (column->not_null && decision->conversion.nullify.count > 0)
		drop_not_null(retype, work->table, column);
	work->passes[place] = passing(&decision->conversion);
	column->type = type_stream(&decision->conversion.type);
	column->target = type_target(&retype->flow.arena, &decision->conversion.type);
	column->note = make_note(retype, decision);
	if (column->target == NULL || column->note == NULL)
		fault_memory(&retype->flow.fault);
}
