#include "flow/diff_definitions.h"

#include <string.h>

#include "wire/payload.h"

/* What a definition is made of, each part as a text. */
struct parts {
	struct arena *arena;
	struct fault *fault;
	struct texts texts;
};

/* One part of a definition as JSON; what stands around it is cut off. */
static const char *part_text(struct parts *parts, const struct table *part)
{
	static const char around[] = "{\"source\":\"\",\"name\":\"\",\"coverage\":\"\",";
	struct bytes text = { 0 };
	const char *copy = NULL;

	record_json(&text, &record_table, part);
	if (!text.failed && text.size > sizeof(around))
		copy = arena_copy(parts->arena, text.data + sizeof(around) - 1,
			text.size - sizeof(around));
	if (copy == NULL)
		fault_memory(parts->fault);
	bytes_close(&text);
	return copy;
}

static void add_part(struct parts *parts, const struct table *part)
{
	parts->texts.items[parts->texts.count++] = part_text(parts, part);
}

static void add_column(struct parts *parts, struct column column)
{
	struct table part = { .source = "", .name = "", .coverage = "", .columns = &column,
		.column_count = 1 };

	column.profile = NULL;
	column.note = NULL;
	column.last_identity = 0; /* of its rows */
	add_part(parts, &part);
}

/* The parts of a table: columns without profile, keys, indexes, checks. */
static void list_parts(struct parts *parts, const struct table *table)
{
	const struct table none = { .source = "", .name = "", .coverage = "" };
	struct table part = none;

	parts->texts.items = arena_array(parts->arena, table->column_count +
		table->unique_count + table->index_count + table->foreign_count +
		table->check_count + 2, sizeof(*parts->texts.items));
	if (parts->texts.items == NULL) {
		fault_memory(parts->fault);
		return;
	}
	for (size_t i = 0; i < table->column_count; i++)
		add_column(parts, table->columns[i]);
	part.unique_count = 1;
	for (size_t i = 0; i < table->unique_count; i++) {
		part.uniques = &table->uniques[i];
		add_part(parts, &part);
	}
	part = none;
	part.index_count = 1;
	for (size_t i = 0; i < table->index_count; i++) {
		part.indexes = &table->indexes[i];
		add_part(parts, &part);
	}
	part = none;
	part.foreign_count = 1;
	for (size_t i = 0; i < table->foreign_count; i++) {
		part.foreigns = &table->foreigns[i];
		add_part(parts, &part);
	}
	part = none;
	part.check_count = 1;
	for (size_t i = 0; i < table->check_count; i++) {
		part.checks = &table->checks[i];
		add_part(parts, &part);
	}
	part = none;
	part.primary = table->primary;
	if (table->primary != NULL)
		add_part(parts, &part);
	part = none;
	part.without_rowid = table->without_rowid;
	part.strict = table->strict;
	if (table->strict || table->without_rowid)
		add_part(parts, &part);
}

static bool has_part(const struct texts *parts, const char *part)
{
	for (size_t i = 0; i < parts->count; i++)
		if (strcmp(parts->items[i], part) == 0)
			return true;
	return false;
}

int diff_print_definitions(struct diff_print *print, const struct table *const tables[2],
	struct arena *arena, struct fault *fault)
{
	struct parts parts[2] = { { arena, fault, { 0 } }, { arena, fault, { 0 } } };

	for (int i = 0; i < 2; i++)
		list_parts(&parts[i], tables[i]);
	if (fault->status != 0)
		return fault->status;
	print->tables_seen++;
	for (size_t i = 0; i < parts[0].texts.count; i++)
		if (!has_part(&parts[1].texts, parts[0].texts.items[i]))
			diff_print_remark(print, tables[0]->name, "definition", NULL,
				parts[0].texts.items[i], NULL);
	for (size_t i = 0; i < parts[1].texts.count; i++)
		if (!has_part(&parts[0].texts, parts[1].texts.items[i]))
			diff_print_remark(print, tables[0]->name, "definition", NULL, NULL,
				parts[1].texts.items[i]);
	return 0;
}

static bool same_text(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

static bool has_object(const struct object *objects, size_t count, const struct object *object)
{
	for (size_t i = 0; i < count; i++)
		if (same_text(objects[i].name, object->name) &&
			same_text(objects[i].kind, object->kind) &&
			same_text(objects[i].table, object->table) &&
			same_text(objects[i].sql, object->sql))
			return true;
	return false;
}

static const char *object_text(const struct object *object)
{
	return object->sql == NULL ? "" : object->sql;
}

void diff_print_objects(struct diff_print *print, const struct object *left, size_t left_count,
	const struct object *right, size_t right_count)
{
	for (size_t i = 0; i < left_count; i++)
		if (!has_object(right, right_count, &left[i]))
			diff_print_remark(print, left[i].name, left[i].kind, NULL,
				object_text(&left[i]), NULL);
	for (size_t i = 0; i < right_count; i++)
		if (!has_object(left, left_count, &right[i]))
			diff_print_remark(print, right[i].name, right[i].kind, NULL, NULL,
				object_text(&right[i]));
}
