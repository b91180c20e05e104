#include "flow/key_lists.h"

#include <string.h>

#include "row/pattern.h"
#include "row/token.h"

static bool is_named(const struct table *table, const char *name)
{
	return name_compare(table->name, name) == 0 || name_compare(table->source, name) == 0;
}

int key_lists_check(const struct texts *lists, const struct table *const *tables, size_t count,
	struct arena *arena, struct fault *fault)
{
	for (size_t i = 0; i < lists->count && fault->status == 0; i++) {
		const char *list = lists->items[i];
		char *name, end;
		size_t place = 0;

		if (!names_next(&list, arena, &name, &end) || end != '=' || *list == '\0')
			return fault_set(fault, STATUS_USAGE, "\"%s\" is not TABLE=COLUMN,...",
				lists->items[i]);
		while (place < count && !is_named(tables[place], name))
			place++;
		if (place == count)
			fault_set(fault, STATUS_USAGE, "\"%s\" speaks of a table that the stream "
				"has not (rows-peek lists them)", lists->items[i]);
	}
	return fault->status;
}

/* The columns that are named for the table; NULL: none are, or there is no memory. */
static const struct texts *find(const struct texts *lists, const struct table *table,
	struct arena *arena, struct fault *fault)
{
	for (size_t i = 0; i < lists->count; i++) {
		const char *list = lists->items[i];
		struct texts *names;
		char *name, end;

		if (!names_next(&list, arena, &name, &end) || !is_named(table, name))
			continue;
		names = arena_alloc(arena, sizeof(*names));
		if (names != NULL)
			names->items = arena_array(arena, strlen(list) + 1, sizeof(*names->items));
		if (names == NULL || names->items == NULL) {
			fault_memory(fault);
			return NULL;
		}
		while (names_next(&list, arena, &name, &end))
			names->items[names->count++] = name;
		return names;
	}
	return NULL;
}

int key_lists_choose(const struct texts *lists, struct couple *couple, struct arena *arena,
	struct fault *fault)
{
	const struct texts *names = find(lists, couple->tables[0], arena, fault);
	const char *unknown = NULL;

	if (fault->status == 0 && couple_key(arena, couple, names, &unknown, fault) == 0 &&
		unknown != NULL)
		fault_set(fault, STATUS_USAGE, "--key: table \"%s\" has no column \"%s\" on both "
			"sides", couple->tables[0]->name, unknown);
	return fault->status;
}
