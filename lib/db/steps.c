#include "db/steps.h"

#include <string.h>

#include "row/plan.h"
#include "row/token.h"

static void *grow(struct making *making, void *items, size_t count, size_t *room, size_t size)
{
	size_t more = *room == 0 ? 32 : *room * 2;
	void *grown;

	if (count < *room)
		return items;
	grown = arena_array(making->target->arena, more, size);
	if (grown == NULL) {
		fault_memory(making->fault);
		return NULL;
	}
	if (count > 0)
		memcpy(grown, items, count * size);
	*room = more;
	return grown;
}

int target_add_todo(struct target *target, const struct target_todo *todo, struct fault *fault)
{
	struct making making = { .target = target, .fault = fault };

	target->todos = grow(&making, target->todos, target->todo_count, &target->todo_room,
		sizeof(*target->todos));
	if (target->todos != NULL)
		target->todos[target->todo_count++] = *todo;
	return fault->status;
}

void steps_todo(struct making *making, const char *kind, const char *name, const char *sql,
	const char *reason)
{
	struct target_todo todo = { kind, name, NULL, sql, reason };

	if (making->table != NULL)
		todo.table = making->table->table->source;
	target_add_todo(making->target, &todo, making->fault);
}

const char *steps_take(struct making *making, struct bytes *text)
{
	char *copy = text->failed ? NULL :
		arena_copy(making->target->arena, text->data, text->size);

	bytes_clear(text);
	if (copy == NULL)
		fault_memory(making->fault);
	return copy;
}

void steps_add(struct making *making, struct target_step step)
{
	struct target *target = making->target;

	if (making->table != NULL) {
		step.place = (size_t)(making->table - target->tables);
		step.table = making->table->table->source;
	}
	step.sql = steps_take(making, &making->sql);
	if (making->other.size > 0)
		step.otherwise = steps_take(making, &making->other);
	if (making->fault->status != 0)
		return;
	target->steps = grow(making, target->steps, target->step_count, &target->step_room,
		sizeof(*target->steps));
	if (target->steps != NULL)
		target->steps[target->step_count++] = step;
}

void steps_add_name(struct making *making, struct bytes *to, const char *name)
{
	libpq_name(making->target->libpq, to, name, making->fault);
}

void steps_add_table(struct making *making, struct bytes *to, const struct table *table)
{
	const char *schema = table->schema != NULL ? table->schema : making->target->schema;

	steps_add_name(making, to, schema);
	bytes_add_byte(to, '.');
	steps_add_name(making, to, table->name);
}

void steps_add_alter(struct making *making, struct bytes *to, const char *name)
{
	bytes_format(to, "ALTER TABLE %s ADD ", making->table->name);
	if (name == NULL)
		return;
	bytes_add_text(to, "CONSTRAINT ");
	steps_add_name(making, to, name);
	bytes_add_byte(to, ' ');
}

bool steps_translate(struct making *making, const char *sql, enum expression_use use,
	struct bytes *to, const char *kind, const char *name)
{
	const char *why = NULL;

	if (expression_translate(making->target->arena, sql, use, &making->scope, NULL, to, &why))
		return true;
	steps_todo(making, kind, name, sql, why);
	return false;
}

struct conversion steps_conversion(struct making *making, const struct column *column)
{
	struct conversion conversion = { 0 };
	struct fault ignored = { 0 };
	const char *end = column->note == NULL ? NULL : strpbrk(column->note, "#\n");
	char *words;
	bool zoned;

	if (column->note == NULL)
		return conversion;
	words = arena_copy(making->target->arena, column->note,
		end == NULL ? strlen(column->note) : (size_t)(end - column->note));
	if (words == NULL)
		fault_memory(making->fault);
	else if (plan_words(making->target->arena, words, &conversion, &zoned, &ignored) != 0)
		conversion = (struct conversion){ 0 };
	return conversion;
}

static struct expression_column describe_column(struct making *making, const struct column *column)
{
	const bool nocase = column->collation != NULL &&
		name_compare(column->collation, "NOCASE") == 0;
	const struct type *type = steps_type(making, column);

	return (struct expression_column){ .source = column->source, .target = column->name,
		.type = *type, .not_null = column->not_null && steps_nulls(column) == 0,
		.nocase = nocase, .declared = column->declared == NULL ? "" : column->declared,
		.collation = nocase ? NULL : column->collation,
		.words = type->kind == TYPE_BOOL && column->profile != NULL &&
			column->profile->shapes[SHAPE_TEXT_BOOLEAN] > 0,
		.reading = steps_conversion(making, column).reading };
}

void steps_set_scope(struct making *making)
{
	const struct table *table = making->table->table;
	struct expression_column *columns = arena_array(making->target->arena,
		table->column_count, sizeof(*columns));

	if (columns == NULL) {
		fault_memory(making->fault);
		return;
	}
	for (size_t i = 0; i < table->column_count; i++)
		columns[i] = describe_column(making, &table->columns[i]);
	making->scope = (struct expression_scope){ .columns = columns,
		.count = table->column_count };
}

const struct column *steps_find(const struct table *table, const char *name)
{
	for (size_t i = 0; i < table->column_count; i++)
		if (name_compare(table->columns[i].source, name) == 0)
			return &table->columns[i];
	return NULL;
}

const struct type *steps_type(const struct making *making, const struct column *column)
{
	return &making->table->types[column - making->table->table->columns];
}

uint64_t steps_nulls(const struct column *column)
{
	return column->profile == NULL ? 0 : column->profile->nulls;
}

bool steps_is_integer(const struct type *type)
{
	return type->kind == TYPE_INT2 || type->kind == TYPE_INT4 || type->kind == TYPE_INT8;
}

bool steps_is_text(const struct type *type)
{
	return type->kind == TYPE_TEXT || type->kind == TYPE_VARCHAR || type->kind == TYPE_CHAR;
}
