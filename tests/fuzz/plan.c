/*
 * Any bytes as a plan, and as a name.  Nothing may crash; and whatever is understood must be the
 * same after it was printed and read again.
 */
#include "row/plan.h"

#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "row/print_plan.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds)
{
	if (!holds)
		abort();
}

static bool same(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

static const char *settle(struct arena *arena, struct bytes *bytes)
{
	const char *text = arena_copy(arena, bytes->data, bytes->size);

	check(!bytes->failed && text != NULL);
	bytes_close(bytes);
	return text;
}

static void check_words(struct arena *arena, const struct plan_line *line)
{
	struct conversion conversion;
	struct fault fault = { 0 };
	struct bytes once = { 0 }, twice = { 0 };
	const char *words;
	bool zoned;

	plan_add_words(&once, &line->conversion);
	words = settle(arena, &once);
	check(plan_words(arena, words, &conversion, &zoned, &fault) == 0);
	plan_add_words(&twice, &conversion);
	check(same(words, settle(arena, &twice)));
	check(conversion.nullify.count == line->conversion.nullify.count);
	for (size_t i = 0; i < conversion.nullify.count; i++)
		check(same(conversion.nullify.items[i], line->conversion.nullify.items[i]));
}

/* As the line of a table that has this column, and is called as the line says. */
static void check_line(struct arena *arena, const struct plan_line *line)
{
	struct column column = { .source = line->column.text, .name = line->to_column };
	struct table table = { .source = line->table.text, .schema = line->to_schema,
		.name = line->to_table, .columns = &column, .column_count = 1 };
	struct plan plan = { .arena = arena };
	struct plan_orders orders;
	struct fault fault = { 0 };
	struct bytes text = { 0 };

	if (column.source == NULL || column.name == NULL || table.name == NULL)
		return;
	plan_print(&text, &table);
	check(plan_parse(&plan, "again", text.data, text.size, &fault) == 0 && plan.count == 1);
	bytes_close(&text);
	check(plan_column(&plan, table.source, column.source, &orders, &fault) == 0);
	check(orders.column == plan.lines && same(orders.column->to_column, column.name));
	check(same(orders.column->to_table, table.name) &&
		same(orders.column->to_schema, table.schema));
}

static void check_name(struct arena *arena, const char *name)
{
	struct plan plan = { .arena = arena };
	struct plan_orders orders;
	struct fault fault = { 0 };
	struct bytes text = { 0 };

	plan_print_skip(&text, name, name);
	check(plan_parse(&plan, "skip", text.data, text.size, &fault) == 0 && plan.count == 1);
	check(plan_column(&plan, name, name, &orders, &fault) == 0 && orders.skip);
	bytes_close(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena arena = { 0 };
	struct plan plan = { .arena = &arena };
	struct fault fault = { 0 };

	plan_parse(&plan, "plan", data, size, &fault);
	for (size_t i = 0; i < plan.count; i++) {
		if (plan.lines[i].typed)
			check_words(&arena, &plan.lines[i]);
		check_line(&arena, &plan.lines[i]);
	}
	if (utf8_valid(data, size) && (size == 0 || memchr(data, 0, size) == NULL))
		check_name(&arena, arena_copy(&arena, data, size));
	arena_close(&arena);
	return 0;
}
