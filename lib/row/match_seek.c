#include "row/match.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/bytes.h"
#include "row/casing.h"
#include "row/identifier.h"
#include "row/print_plan.h"
#include "row/texts.h"
#include "row/token.h"

void *seek_array(struct arena *arena, size_t count, size_t size, struct fault *fault)
{
	void *items = arena_array(arena, count + 1, size);

	if (items == NULL)
		fault_memory(fault);
	return items;
}

/* The text of what was built so far, which is closed. */
static const char *settle(struct arena *arena, struct bytes *text, struct fault *fault)
{
	const char *copy = bytes_settle(text, arena);

	if (copy == NULL)
		fault_memory(fault);
	return copy == NULL ? "" : copy;
}

const char *seek_source(struct seeker *seeker, const char *table, const char *column)
{
	struct bytes text = { 0 };

	plan_add_name(&text, table);
	if (column != NULL) {
		bytes_add_byte(&text, '.');
		plan_add_name(&text, column);
	}
	return settle(seeker->arena, &text, seeker->fault);
}

const char *seek_target(struct seeker *seeker, const struct table *table)
{
	struct bytes text = { 0 };

	identifier_add_both(&text, table->schema, table->name);
	return settle(seeker->arena, &text, seeker->fault);
}

const char *seek_quote(struct seeker *seeker, const char *name)
{
	struct bytes text = { 0 };

	identifier_add(&text, name);
	return settle(seeker->arena, &text, seeker->fault);
}

void match_find(struct matching *matching, const char *table, const char *column,
	struct fault *fault, const char *format, ...)
{
	struct seeker seeker = { .arena = matching->arena, .fault = fault };
	const char *place = seek_source(&seeker, table, column);
	char text[1024];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	if (texts_note(matching->arena, &matching->findings, "%.200s: %.800s", place, text) != 0)
		fault_memory(fault);
}

bool seek_set_name(struct seeker *seeker, struct seek_name *name, const char *text)
{
	name->text = text;
	name->snake = casing_snake(seeker->arena, text);
	if (name->snake == NULL)
		fault_memory(seeker->fault);
	return name->snake != NULL;
}

bool seek_begin_targets(struct seeker *seeker, size_t count)
{
	struct seek_names *targets = &seeker->targets;

	targets->items = seek_array(seeker->arena, count, sizeof(*targets->items), seeker->fault);
	targets->taken = seek_array(seeker->arena, count, sizeof(*targets->taken), seeker->fault);
	targets->meant = seek_array(seeker->arena, count, sizeof(*targets->meant), seeker->fault);
	targets->count = count;
	return seeker->fault->status == 0;
}

bool seek_begin_sources(struct seeker *seeker, size_t count)
{
	seeker->sources = seek_array(seeker->arena, count, sizeof(*seeker->sources), seeker->fault);
	seeker->schemas = seek_array(seeker->arena, count, sizeof(const char *), seeker->fault);
	seeker->done = seek_array(seeker->arena, count, sizeof(*seeker->done), seeker->fault);
	return seeker->fault->status == 0;
}

bool seek_is_same(enum match_level level, const struct seek_name *a, const struct seek_name *b)
{
	switch (level) {
	case MATCH_PLAN:
	case MATCH_EXACT:
		return strcmp(a->text, b->text) == 0;
	case MATCH_CASE:
		return name_compare(a->text, b->text) == 0;
	default:
		return *a->snake != '\0' && strcmp(a->snake, b->snake) == 0;
	}
}

enum match_level seek_relation(const struct seek_name *a, const struct seek_name *b)
{
	for (enum match_level level = MATCH_EXACT; level <= MATCH_SNAKE; level++)
		if (seek_is_same(level, a, b))
			return level;
	return MATCH_PLAN;
}

void seek_end_level(struct seeker *seeker)
{
	memcpy(seeker->targets.taken, seeker->targets.meant,
		seeker->targets.count * sizeof(*seeker->targets.taken));
}
