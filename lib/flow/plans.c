#include "flow/plans.h"

#include "base/descriptor.h"
#include "base/print.h"

/* A plan is written by hand, or made from definitions: 16 MiB are 200,000 columns. */
enum { FILE_MOST = 16 << 20 };

static int load_file(const char *path, struct bytes *content, struct fault *fault)
{
	struct fault trouble = { 0 };

	if (descriptor_load(path, content, FILE_MOST, &trouble) == STATUS_MISFIT)
		return fault_set(fault, STATUS_MISFIT, "%s: is no plan: it has more than 16 MiB",
			path);
	return trouble.status == 0 ? 0 : fault_set(fault, trouble.status, "%s", trouble.text);
}

static void read_plan(struct flow *flow, struct plan *plan, const char **file)
{
	struct bytes content = { 0 }, hex = { 0 };
	uint8_t hash[16];

	if (load_file(*file, &content, &flow->fault) == 0)
		plan_parse(plan, *file, content.data, content.size, &flow->fault);
	hash_put(hash, hash_128(content.data, content.size));
	print_hex(&hex, hash, sizeof(hash));
	*file = hex.failed ? NULL : arena_copy(&flow->arena, hex.data, hex.size);
	if (*file == NULL)
		fault_memory(&flow->fault);
	bytes_close(&content);
	bytes_close(&hex);
}

/* A line of the command line that is none is wrong usage. */
static void read_line(struct flow *flow, struct plan *plan, const char *line)
{
	struct fault fault = { 0 };
	size_t count = plan->count;

	if (strchr(line, '\n') != NULL) {
		flow_fail(flow, STATUS_USAGE, "--set takes one line");
	} else if (plan_add(plan, "--set", line, &fault) != 0) {
		flow_fail(flow, fault.status == STATUS_MISFIT ? STATUS_USAGE : fault.status, "%s",
			fault.text);
	} else if (plan->count == count) {
		flow_fail(flow, STATUS_USAGE, "--set: no line of a plan: \"%s\"", line);
	}
}

void plans_read(struct flow *flow, struct plan *plan, const char **file, const struct texts *lines)
{
	*plan = (struct plan){ .arena = &flow->arena };
	if (flow->fault.status == 0 && *file != NULL)
		read_plan(flow, plan, file);
	for (size_t i = 0; i < lines->count && flow->fault.status == 0; i++)
		read_line(flow, plan, lines->items[i]);
}

void plans_idle(struct flow *flow, const struct plan_line *line)
{
	flow_fail(flow, STATUS_MISFIT, "%s: matches nothing in the stream: %.300s (rows-peek "
		"--definitions lists what is there)", line->origin, line->text);
}

static const char *keep(struct flow *flow, const char *text)
{
	const char *copy = text == NULL ? NULL : arena_text(&flow->arena, text);

	if (text != NULL && copy == NULL)
		fault_memory(&flow->fault);
	return copy;
}

/* What an OBJECT frame says dies with the next frame. */
static struct object *keep_object(struct flow *flow)
{
	const struct object *from = &flow->in.object;
	struct object *object = arena_alloc(&flow->arena, sizeof(*object));

	if (object == NULL) {
		fault_memory(&flow->fault);
		return NULL;
	}
	object->kind = keep(flow, from->kind);
	object->name = keep(flow, from->name);
	object->schema = keep(flow, from->schema);
	object->table = keep(flow, from->table);
	object->sql = keep(flow, from->sql);
	object->remark = keep(flow, from->remark);
	object->columns.count = from->columns.count;
	object->columns.items = arena_array(&flow->arena, from->columns.count + 1,
		sizeof(*object->columns.items));
	if (object->columns.items == NULL)
		fault_memory(&flow->fault);
	for (size_t i = 0; i < from->columns.count && object->columns.items != NULL; i++)
		object->columns.items[i] = keep(flow, from->columns.items[i]);
	return object;
}

void definitions_keep(struct definitions *definitions, struct flow *flow)
{
	struct definition *definition;

	if (definitions->count == definitions->room) {
		size_t room = definitions->room == 0 ? 64 : definitions->room * 2;
		struct definition *items = arena_array(&flow->arena, room, sizeof(*items));

		if (items == NULL) {
			fault_memory(&flow->fault);
			return;
		}
		if (definitions->count > 0)
			memcpy(items, definitions->items, definitions->count * sizeof(*items));
		definitions->items = items;
		definitions->room = room;
	}
	definition = &definitions->items[definitions->count++];
	if (flow->in.frame.kind == FRAME_TABLE)
		definition->table = reader_table(&flow->in);
	else
		definition->object = keep_object(flow);
}

void definitions_write(const struct definitions *definitions, struct flow *flow)
{
	for (size_t i = 0; i < definitions->count && flow->fault.status == 0; i++) {
		const struct definition *definition = &definitions->items[i];

		if (definition->table != NULL)
			writer_table(&flow->out, definition->table, &flow->fault);
		else
			writer_object(&flow->out, definition->object, &flow->fault);
	}
}
