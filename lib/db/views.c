#include "db/views.h"

#include "row/view.h"
#include "row/view_order.h"

/* The plan puts other values there than the source has. */
static bool is_changed(struct making *making, const struct column *column)
{
	const struct conversion conversion = steps_conversion(making, column);

	return conversion.nullify.count > 0 || conversion.round || conversion.nul != NUL_REFUSE ||
		conversion.ill != ILL_REFUSE;
}

static void describe_columns(struct making *making, struct relation *relation)
{
	const struct target_table *table = making->table;

	for (size_t i = 0; i < relation->count; i++) {
		struct relation_column *column = &relation->columns[i];

		column->piece = expression_column_piece(&making->scope.columns[i]);
		relation_prove(&column->piece, table->table->columns[i].profile);
		column->piece.not_null = table->not_null[i];
		column->changed = is_changed(making, &table->table->columns[i]);
	}
}

/* A table as views may read it. */
static void add_table(struct making *making, const struct target_table *table,
	struct relation *relation)
{
	making->table = table;
	steps_set_scope(making);
	if (!relation_of_table(making->target->arena, table->table, relation))
		fault_memory(making->fault);
	if (making->fault->status != 0)
		return;
	relation->target = table->name;
	describe_columns(making, relation);
}

/* Its columns under the names that rows-rename has given them. */
static void name_columns(const struct object *object, struct relation *relation)
{
	for (size_t i = 0; i < relation->count && i < object->columns.count; i++)
		relation->columns[i].target = object->columns.items[i];
}

static void add_step(struct making *making, const struct object *object, const char *schema,
	const struct relation *relation, const char *select)
{
	bytes_format(&making->sql, "CREATE VIEW %s (", relation->target);
	for (size_t i = 0; i < relation->count; i++) {
		bytes_add_text(&making->sql, i == 0 ? "" : ", ");
		steps_add_name(making, &making->sql, relation->columns[i].target);
	}
	bytes_format(&making->sql, ") AS %s", select);
	steps_add(making, (struct target_step){ .phase = TARGET_VIEW, .what = "view",
		.name = object->name, .schema = schema, .source = object->sql,
		.remark = object->remark, .key = relation->target });
}

static const char *name_view(struct making *making, const struct object *object,
	const char *schema)
{
	steps_add_name(making, &making->sql, schema);
	bytes_add_byte(&making->sql, '.');
	steps_add_name(making, &making->sql, object->name);
	return steps_take(making, &making->sql);
}

static void add_todo(struct making *making, const struct object *object, const char *why)
{
	const char *reason = why;

	if (object->remark != NULL)
		reason = arena_format(making->target->arena, "%s; %s", why, object->remark);
	if (reason == NULL)
		fault_memory(making->fault);
	steps_todo(making, "view", object->name, object->sql, reason);
}

/* Fills in what other views may read, and makes a step or a to-do. */
static void make_view(struct making *making, const struct object *object,
	const struct view_entry *entry, const struct relations *relations,
	struct relation *relation)
{
	struct arena *arena = making->target->arena;
	const char *schema = object->schema != NULL ? object->schema : making->target->schema;
	const char *why = entry->why, *select = NULL;

	if (why == NULL)
		select = view_translate(arena, &entry->view, relations, relation, &why);
	if (select != NULL && object->columns.count > 0 &&
		object->columns.count != relation->count) {
		why = "has another number of columns than it has names";
		select = NULL;
	}
	if (select != NULL) {
		name_columns(object, relation);
		relation->target = name_view(making, object, schema);
		add_step(making, object, schema, relation, select);
		return;
	}
	add_todo(making, object, expression_reason(arena, why));
	*relation = (struct relation){ .source = entry->view.name != NULL ? entry->view.name :
		object->name };
	relation->why = arena_format(arena, "reads the view %.60s, which is not carried over",
		relation->source);
	if (relation->why == NULL)
		fault_memory(making->fault);
}

void views_make(struct making *making, const struct object *objects, size_t count)
{
	struct target *target = making->target;
	const struct object **list = arena_array(target->arena, count + 1, sizeof(*list));
	struct relation *items = arena_array(target->arena, target->table_count + count + 1,
		sizeof(*items));
	struct relations relations = { items, 0 };
	struct view_entry *entries = NULL;
	size_t entry_count = 0;

	if (list == NULL || items == NULL) {
		fault_memory(making->fault);
		return;
	}
	for (size_t i = 0; i < count; i++)
		list[i] = &objects[i];
	if (!view_order(target->arena, list, count, &entries, &entry_count))
		fault_memory(making->fault);
	for (size_t i = 0; i < target->table_count && entry_count > 0; i++)
		add_table(making, &target->tables[i], &items[relations.count++]);
	making->table = NULL;
	for (size_t i = 0; i < entry_count && making->fault->status == 0; i++) {
		make_view(making, &objects[entries[i].place], &entries[i], &relations,
			&items[relations.count]);
		relations.count++;
	}
}
