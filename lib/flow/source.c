#include "flow/source.h"

#include <string.h>

#include "base/descriptor.h"
#include "base/print.h"
#include "row/pattern.h"

/* "NAME=rest" as name and rest; the rest is not touched.  NULL: it is none. */
static const char *split(const char *text, const char *option, const char **name,
	struct arena *arena, struct fault *fault)
{
	const char *rest = text;
	char *found = NULL, end = '\0';

	if (!names_next(&rest, arena, &found, &end) || end != '=' || *rest == '\0') {
		fault_set(fault, STATUS_USAGE, "--%s takes NAME=..., not \"%s\"", option, text);
		return NULL;
	}
	*name = found;
	return rest;
}

const struct wanted_rows *source_wheres(const struct texts *wheres, struct arena *arena,
	struct fault *fault)
{
	struct wanted_rows *list = arena_array(arena, wheres->count + 1, sizeof(*list));

	if (list == NULL)
		fault_memory(fault);
	for (size_t i = 0; i < wheres->count && fault->status == 0; i++)
		list[i].condition = split(wheres->items[i], "where", &list[i].table, arena, fault);
	return list;
}

static void read_key(struct wanted_query *query, const char *list, struct arena *arena,
	struct fault *fault)
{
	const char **items = arena_array(arena, strlen(list) + 1, sizeof(*items));
	char *name, end;

	query->key = (struct texts){ .items = items };
	while (items != NULL && names_next(&list, arena, &name, &end))
		items[query->key.count++] = name;
	if (items == NULL || *list != '\0')
		fault_memory(fault);
}

static size_t find(const struct wanted_query *list, size_t count, const char *name)
{
	size_t place = 0;

	while (place < count && strcmp(list[place].name, name) != 0)
		place++;
	return place;
}

static void read_keys(struct wanted_query *list, size_t count, const struct texts *keys,
	struct arena *arena, struct fault *fault)
{
	for (size_t i = 0; i < keys->count && fault->status == 0; i++) {
		const char *name, *rest = split(keys->items[i], "key", &name, arena, fault);
		size_t place = rest == NULL ? count : find(list, count, name);

		if (place < count)
			read_key(&list[place], rest, arena, fault);
		else if (rest != NULL)
			fault_set(fault, STATUS_USAGE, "--key %s: there is no --query of that name",
				keys->items[i]);
	}
}

const struct wanted_query *source_queries(const struct texts *queries, const struct texts *keys,
	struct arena *arena, struct fault *fault)
{
	struct wanted_query *list = arena_array(arena, queries->count + 1, sizeof(*list));

	if (list == NULL)
		fault_memory(fault);
	for (size_t i = 0; i < queries->count && fault->status == 0; i++) {
		list[i].sql = split(queries->items[i], "query", &list[i].name, arena, fault);
		if (fault->status == 0 && find(list, i, list[i].name) < i)
			fault_set(fault, STATUS_USAGE, "--query %s is given twice", list[i].name);
	}
	if (fault->status == 0)
		read_keys(list, queries->count, keys, arena, fault);
	return list;
}

static int digit(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 :
		c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

int source_id(const char *given, uint8_t id[16], struct fault *fault)
{
	if (given == NULL)
		return descriptor_random(id, fault);
	for (size_t i = 0; i < 32; i++) {
		int value = digit(given[i]);

		if (value < 0 || (i == 31 && given[32] != '\0'))
			return fault_set(fault, STATUS_USAGE,
				"--stream-id takes 32 hexadecimal digits, not \"%s\"", given);
		id[i / 2] = (uint8_t)(id[i / 2] << 4 | value);
	}
	return 0;
}

void source_hello(struct flow *flow, const struct tool *tool, const uint8_t id[16],
	const struct source *facts, const char *name)
{
	struct source source = *facts;
	struct stage stage = { .tool = tool->name, .version = ROWPIPE_VERSION };
	struct hello hello = { .version = STREAM_VERSION, .sources = &source, .source_count = 1,
		.stages = &stage, .stage_count = 1 };
	struct fault fault = { 0 };
	struct bytes shown = { 0 };

	memcpy(hello.stream, id, sizeof(hello.stream));
	print_visible(&shown, name, strlen(name));
	bytes_add_byte(&shown, '\0');
	source.name = (const char *)shown.data;
	stage.settings = options_settings(tool, &flow->arena, &stage.setting_count);
	if (shown.failed || stage.settings == NULL)
		fault_memory(&fault);
	else
		writer_hello(&flow->out, &hello, &fault);
	if (fault.status != 0 && flow->fault.status == 0)
		flow->fault = fault;
	bytes_close(&shown);
}
