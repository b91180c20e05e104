#include "db/target.h"

#include <stdlib.h>
#include <string.h>

#include "base/print.h"
#include "db/computed.h"
#include "db/foreign.h"
#include "db/handover.h"
#include "db/keys.h"
#include "db/native.h"
#include "db/views.h"
#include "row/constant.h"
#include "row/history.h"
#include "row/identifier.h"
#include "row/token.h"

const struct column *target_identity(const struct target_table *table)
{
	for (size_t i = 0; i < table->table->column_count; i++)
		if (table->table->columns[i].identity != NULL &&
			steps_is_integer(&table->types[i]))
			return &table->table->columns[i];
	return NULL;
}

/* --- types ------------------------------------------------------------------------------------ */

static size_t least_size(const struct type *type)
{
	switch (type->kind) {
	case TYPE_INT2:
		return 2;
	case TYPE_INT4:
	case TYPE_FLOAT4:
	case TYPE_DATE:
		return 4;
	case TYPE_INT8:
	case TYPE_FLOAT8:
	case TYPE_TIME:
	case TYPE_TIMESTAMP:
	case TYPE_TIMESTAMPTZ:
		return 8;
	case TYPE_UUID:
		return 16;
	default:
		return 1;
	}
}

size_t target_row_size(const struct target_table *table)
{
	const size_t count = table->table->column_count;
	size_t size = 24 + count / 8;

	for (size_t i = 0; i < count; i++)
		if (table->table->columns[i].profile != NULL &&
			steps_nulls(&table->table->columns[i]) == 0)
			size += least_size(&table->types[i]);
	return size;
}

static bool has_rows(const struct table *table)
{
	return !table->counted || table->expected > 0;
}

/* The narrowest type that takes the column's integers; they are all within, by its profile. */
static void narrow(struct type *type, const struct profile *profile)
{
	if (type->kind != TYPE_INT8 || profile == NULL || profile->integers == 0 ||
		profile->reals + profile->texts + profile->blobs > 0)
		return;
	if (profile->least_integer >= INT16_MIN && profile->most_integer <= INT16_MAX)
		type->kind = TYPE_INT2;
	else if (profile->least_integer >= INT32_MIN && profile->most_integer <= INT32_MAX)
		type->kind = TYPE_INT4;
}

/* A row of 1,200 bigints is too long for a page; of smallints it may be 1,600 of them. */
static void narrow_table(struct making *making, struct target_table *table)
{
	if (making->target->native || !has_rows(table->table) ||
		target_row_size(table) <= TARGET_ROW_MOST)
		return;
	for (size_t i = 0; i < table->table->column_count; i++)
		if (table->table->columns[i].identity == NULL)
			narrow(&table->types[i], table->table->columns[i].profile);
	if (target_row_size(table) > TARGET_ROW_MOST)
		return;
	making->table = table;
	steps_todo(making, "types", NULL, NULL, "with 8 bytes for each integer its rows would be "
		"too long for a page: its columns are as narrow as their values allow");
	making->table = NULL;
}

/* Types, room for what is decided, and the name: all tables have them before any step is made. */
static void begin_table(struct making *making, struct target_table *table,
	const struct table *definition)
{
	struct arena *arena = making->target->arena;
	size_t count = definition->column_count;

	table->table = definition;
	table->types = arena_array(arena, count, sizeof(*table->types));
	table->generated = arena_array(arena, count, sizeof(*table->generated));
	table->not_null = arena_array(arena, count, sizeof(*table->not_null));
	if (table->types == NULL || table->generated == NULL || table->not_null == NULL) {
		fault_memory(making->fault);
		return;
	}
	for (size_t i = 0; i < count; i++) {
		const struct column *column = &definition->columns[i];
		const char *type = column->target != NULL ? column->target : column->type;

		if (!type_parse(arena, type, &table->types[i]) ||
			table->types[i].kind == TYPE_RAW)
			fault_set(making->fault, STATUS_MISFIT, "%s.%s has no type yet: pass the "
				"stream through rows-retype", definition->source, column->source);
	}
	steps_add_table(making, &making->sql, definition);
	table->name = steps_take(making, &making->sql);
	identifier_add_both(&making->sql, definition->schema != NULL ? definition->schema :
		making->target->schema, definition->name);
	table->shown = steps_take(making, &making->sql);
	if (making->fault->status == 0)
		narrow_table(making, table);
}

/* --- tables ----------------------------------------------------------------------------------- */

static void add_default(struct making *making, size_t place)
{
	const struct column *column = &making->table->table->columns[place];
	struct expression_scope scope = making->scope;
	const char *why = NULL;
	size_t start = making->sql.size;

	scope.reading = scope.columns[place].reading;
	bytes_add_text(&making->sql, " DEFAULT ");
	if (expression_translate(making->target->arena, column->fallback, USE_DEFAULT, &scope,
		&making->table->types[place], &making->sql, &why))
		return;
	making->sql.size = start;
	steps_todo(making, "default", column->source, column->fallback, why);
}

/* What goes into an expression: the columns, and the largest number that they may bring. */
struct ingredients {
	bool computed;       /* a column of them is computed itself */
	bool bytes;          /* ... holds bytes here, of what may be texts in the source */
	double most;
	unsigned operations; /* that may make numbers larger */
};

static double most_of(const struct column *column)
{
	const struct profile *profile = column->profile;
	double most = 2;

	if (profile == NULL)
		return 1e19;
	if (profile->integers > 0 && -(double)profile->least_integer > most)
		most = -(double)profile->least_integer;
	if (profile->integers > 0 && (double)profile->most_integer > most)
		most = (double)profile->most_integer;
	return (double)profile->longest_text > most ? (double)profile->longest_text : most;
}

static struct ingredients find_ingredients(struct making *making, const char *sql)
{
	struct ingredients found = { .most = 2 };
	struct cursor cursor = cursor_open(sql, strlen(sql));
	struct token token;

	while ((token = cursor_next(&cursor)).kind != TOKEN_END) {
		const struct column *column = NULL;
		char *text = token_unquote(making->target->arena, &token);
		double value = 0;

		if (text != NULL && token_is_name(&token) && token.kind != TOKEN_STRING)
			column = steps_find(making->table->table, text);
		if (column != NULL)
			value = most_of(column);
		else if (text != NULL && token.kind == TOKEN_NUMBER)
			value = strtod(text, NULL);
		found.most = value > found.most ? value : found.most;
		found.computed |= column != NULL && column->generated != NULL;
		found.bytes |= column != NULL && steps_type(making, column)->kind == TYPE_BYTEA;
		found.operations += token.kind == TOKEN_OPERATOR && token.size <= 2 &&
			strchr("+-*<", *token.text) != NULL;
	}
	return found;
}

/* No result of so many operations is larger than the product of all that goes into them. */
static bool may_overflow(struct ingredients found)
{
	double product = found.most;

	for (; found.operations > 0 && product < 1e19; found.operations--)
		product *= found.most;
	return product > 9e18;
}

/* A column whose type asks for numbers turns '00' into 0, and 1 into 1.0. */
static bool keeps_text(const struct column *column)
{
	const enum affinity affinity = constant_affinity(column->declared);

	return affinity == AFFINITY_TEXT || affinity == AFFINITY_NONE;
}

/*
 * Why the server is not to compute it; NULL when it may.  Where SQLite's integers overflow they
 * become reals, and the server stops.
 */
static const char *computing_trouble(struct making *making, const struct column *column)
{
	const struct type *type = steps_type(making, column);
	const struct ingredients found = find_ingredients(making, column->generated);

	if (!computed_type(type))
		return "only integers and texts are surely computed alike; it holds the source's "
			"values";
	if (found.computed)
		return "PostgreSQL computes no column from a computed one; it holds the source's "
			"values";
	if (found.bytes)
		return "it is computed from bytes that may be texts in the source; it holds the "
			"source's values";
	if (type->kind == TYPE_TEXT && !keeps_text(column))
		return "SQLite makes numbers of texts in this column; it holds the source's values";
	if (may_overflow(found))
		return "it may go beyond a bigint on the way; it holds the source's values";
	return NULL;
}

/* Whether the server is to compute the column; what is to be computed is added then. */
static bool add_generated(struct making *making, size_t place)
{
	const struct column *column = &making->table->table->columns[place];
	const char *why = computing_trouble(making, column);
	size_t start = making->sql.size;

	if (why != NULL) {
		steps_todo(making, "generated column", column->source, column->generated, why);
		return false;
	}
	bytes_add_text(&making->sql, " GENERATED ALWAYS AS (");
	if (expression_translate(making->target->arena, column->generated, USE_GENERATED,
		&making->scope, &making->table->types[place], &making->sql, &why)) {
		bytes_add_text(&making->sql, ") STORED");
		return true;
	}
	making->sql.size = start;
	why = arena_format(making->target->arena, "%s; it holds the source's values", why);
	if (why == NULL)
		fault_memory(making->fault);
	else
		steps_todo(making, "generated column", column->source, column->generated, why);
	return false;
}

/* NOT NULL where the values are known; what is not known the rows will tell. */
static void add_not_null(struct making *making, size_t place)
{
	const struct target_table *table = making->table;
	const struct column *column = &table->table->columns[place];
	const bool steps = column == target_identity(table);

	if (column->not_null && steps_nulls(column) > 0)
		steps_todo(making, "not null", column->source, column->source,
			"the column holds NULLs");
	table->not_null[place] = steps || (column->not_null && steps_nulls(column) == 0);
	if (table->not_null[place] && (steps || column->profile != NULL)) {
		bytes_add_text(&making->sql, " NOT NULL");
		bytes_add_text(&making->other, " NOT NULL");
	}
}

/* In sql with what the server is to know of it, in other without expressions. */
static void add_column(struct making *making, size_t place)
{
	const struct target_table *table = making->table;
	const struct column *column = &table->table->columns[place];
	const char *type = type_target(making->target->arena, &table->types[place]);
	size_t start = making->sql.size;

	bytes_add_text(&making->sql, place == 0 ? "\n\t" : ",\n\t");
	steps_add_name(making, &making->sql, column->name);
	bytes_format(&making->sql, " %s", type == NULL ? "" : type);
	bytes_add(&making->other, making->sql.data + start, making->sql.size - start);
	if (column->generated != NULL)
		table->generated[place] = add_generated(making, place);
	if (table->generated[place])
		return;
	if (column->fallback != NULL && column->generated == NULL &&
		column != target_identity(table))
		add_default(making, place);
	add_not_null(making, place);
}

static void make_table(struct making *making)
{
	const struct table *table = making->table->table;
	struct target_step step = { .phase = TARGET_TABLE, .what = "table",
		.weaker = "it was made without defaults and computed columns" };

	bytes_format(&making->sql, "CREATE TABLE %s (", making->table->name);
	bytes_format(&making->other, "CREATE TABLE %s (", making->table->name);
	for (size_t i = 0; i < table->column_count; i++)
		add_column(making, i);
	bytes_add_text(&making->sql, "\n)");
	bytes_add_text(&making->other, "\n)");
	steps_add(making, step);
}

/* The sequence gets a name that no table has, so the tables come first. */
static void make_identity(struct making *making)
{
	const struct column *column = target_identity(making->table);

	if (column == NULL)
		return;
	bytes_format(&making->sql, "ALTER TABLE %s ALTER COLUMN ", making->table->name);
	steps_add_name(making, &making->sql, column->name);
	bytes_add_text(&making->sql, " ADD GENERATED BY DEFAULT AS IDENTITY");
	steps_add(making, (struct target_step){ .phase = TARGET_IDENTITY, .what = "identity",
		.name = column->source });
}

static void make_not_nulls(struct making *making)
{
	const struct target_table *table = making->table;

	for (size_t i = 0; i < table->table->column_count; i++) {
		const struct column *column = &table->table->columns[i];

		if (!table->not_null[i] || column->profile != NULL ||
			column == target_identity(table))
			continue;
		bytes_format(&making->sql, "ALTER TABLE %s ALTER COLUMN ", table->name);
		steps_add_name(making, &making->sql, column->name);
		bytes_add_text(&making->sql, " SET NOT NULL");
		steps_add(making, (struct target_step){ .phase = TARGET_NOT_NULL,
			.what = "not null", .name = column->source });
	}
}

/* What COPY fills, by name: in the stream's order; bare: also what the server was to compute. */
static const char *make_copy(struct making *making, bool bare)
{
	const struct table *table = making->table->table;
	const char *comma = " (";

	bytes_format(&making->sql, "COPY %s", making->table->name);
	for (size_t i = 0; i < table->column_count; i++) {
		if (making->table->generated[i] && !bare)
			continue;
		bytes_add_text(&making->sql, comma);
		steps_add_name(making, &making->sql, table->columns[i].name);
		comma = ", ";
	}
	bytes_format(&making->sql, "%s FROM STDIN", *comma == ',' ? ")" : "");
	return steps_take(making, &making->sql);
}

int target_make_bare(struct target *target, size_t place, struct fault *fault)
{
	struct target_table *table = &target->tables[place];

	table->copy = table->bare_copy;
	for (size_t i = 0; i < table->table->column_count; i++) {
		const struct column *column = &table->table->columns[i];
		struct target_todo todo = { column->generated != NULL ? "generated column" :
			"default", column->source, table->table->source,
			column->generated != NULL ? column->generated : column->fallback,
			"the server refused the table with it" };

		table->generated[i] = false;
		if (todo.sql != NULL && target_add_todo(target, &todo, fault) != 0)
			break;
	}
	return fault->status;
}

/* --- collations, checks, schemas, objects ----------------------------------------------------- */

/* Keys and indexes compare as they did; what queries compare is up to who writes them. */
static void tell_collations(struct making *making)
{
	const struct table *table = making->table->table;
	const char *comma = "";

	for (size_t i = 0; i < table->column_count; i++) {
		const struct column *column = &table->columns[i];

		if (column->collation == NULL || !steps_is_text(steps_type(making, column)))
			continue;
		bytes_format(&making->sql, "%s\"%s\" COLLATE %s", comma, column->source,
			column->collation);
		comma = ", ";
	}
	if (making->sql.size > 0)
		steps_todo(making, "collation", NULL, steps_take(making, &making->sql),
			"= and ORDER BY do not go by it here: queries that count on it are to say "
			"so themselves, as with lower(...)");
}

static void make_check(struct making *making, const struct check *check)
{
	struct target_step step = { .phase = TARGET_CHECK, .what = "check", .name = check->name,
		.weaker = "it is there, NOT VALID: for new rows" };

	steps_add_alter(making, &making->sql, check->name);
	bytes_add_text(&making->sql, "CHECK (");
	if (!steps_translate(making, check->expression, USE_CHECK, &making->sql, "check",
		check->name)) {
		bytes_clear(&making->sql);
		return;
	}
	bytes_add_byte(&making->sql, ')');
	bytes_add(&making->other, making->sql.data, making->sql.size);
	bytes_add_text(&making->other, " NOT VALID");
	steps_add(making, step);
}

/*
 * Views are made elsewhere; a shadow table is a part of its virtual table, the one to-do; what a
 * framework's migrations are called is for who fills tables of its making.
 */
static void make_objects(struct making *making, const struct object *objects, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const struct object *object = &objects[i];
		const struct target_todo todo = { object->kind, object->name, object->table,
			object->sql, object->remark != NULL ? object->remark :
			"not carried over: it is to be written for PostgreSQL" };

		if (strcmp(object->kind, "shadow table") != 0 &&
			strcmp(object->kind, "view") != 0 &&
			strcmp(object->kind, HISTORY_KIND) != 0)
			target_add_todo(making->target, &todo, making->fault);
	}
}

static const char *schema_of(const struct target *target, size_t place)
{
	const char *schema = target->tables[place].table->schema;

	return schema != NULL ? schema : target->schema;
}

static void make_schemas(struct making *making)
{
	struct target *target = making->target;

	for (size_t i = 0; i < target->table_count; i++) {
		const char *schema = schema_of(target, i);
		size_t j = 0;

		if (strcmp(schema, "public") == 0)
			continue;
		while (j < i && strcmp(schema_of(target, j), schema) != 0)
			j++;
		if (j < i)
			continue;
		making->table = NULL;
		bytes_add_text(&making->sql, "CREATE SCHEMA IF NOT EXISTS ");
		steps_add_name(making, &making->sql, schema);
		steps_add(making, (struct target_step){ .phase = TARGET_SCHEMA, .what = "schema",
			.name = schema, .key = arena_format(target->arena, "schema %s", schema) });
	}
}

/* --- all of it -------------------------------------------------------------------------------- */

static int by_phase(struct target *target, struct fault *fault)
{
	struct target_step *sorted = arena_array(target->arena, target->step_count + 1,
		sizeof(*sorted));
	size_t count = 0;

	if (sorted == NULL)
		return fault_memory(fault);
	for (int phase = 0; phase < TARGET_PHASES; phase++)
		for (size_t i = 0; i < target->step_count; i++)
			if ((int)target->steps[i].phase == phase)
				sorted[count++] = target->steps[i];
	target->steps = sorted;
	target->step_room = count;
	return 0;
}

static void make_tables(struct making *making)
{
	struct target *target = making->target;

	for (size_t i = 0; i < target->table_count && making->fault->status == 0; i++) {
		making->table = &target->tables[i];
		steps_set_scope(making);
		if (making->fault->status != 0)
			return;
		make_table(making);
		make_identity(making);
		make_not_nulls(making);
	}
}

static void make_copies(struct making *making)
{
	struct target *target = making->target;

	for (size_t i = 0; i < target->table_count && making->fault->status == 0; i++) {
		making->table = &target->tables[i];
		target->tables[i].copy = make_copy(making, false);
		target->tables[i].bare_copy = make_copy(making, true);
	}
}

/* When it is known of all tables what the server computes. */
static void make_constraints(struct making *making)
{
	struct target *target = making->target;

	for (size_t i = 0; i < target->table_count && making->fault->status == 0; i++) {
		making->table = &target->tables[i];
		steps_set_scope(making);
		if (making->fault->status != 0)
			return;
		keys_make(making);
		tell_collations(making);
		for (size_t j = 0; j < making->table->table->check_count; j++)
			make_check(making, &making->table->table->checks[j]);
		foreign_make(making);
	}
}

int target_make(struct target *target, const struct table *const *tables, size_t table_count,
	const struct object *objects, size_t object_count, struct fault *fault)
{
	struct making making = { .target = target, .fault = fault };

	target->tables = arena_array(target->arena, table_count, sizeof(*target->tables));
	target->table_count = table_count;
	if (target->tables == NULL)
		return fault_memory(fault);
	for (size_t i = 0; i < table_count && fault->status == 0; i++)
		begin_table(&making, &target->tables[i], tables[i]);
	if (fault->status == 0 && target->native)
		native_make(&making, objects, object_count);
	if (fault->status == 0 && !target->native)
		make_schemas(&making);
	if (fault->status == 0 && !target->native)
		make_tables(&making);
	if (fault->status == 0 && !target->native)
		make_constraints(&making);
	if (fault->status == 0 && !target->native)
		views_make(&making, objects, object_count);
	if (fault->status == 0 && !target->native)
		make_objects(&making, objects, object_count);
	if (fault->status == 0)
		handover_make(&making);
	if (fault->status == 0)
		make_copies(&making);
	bytes_close(&making.sql);
	bytes_close(&making.other);
	return fault->status != 0 ? fault->status : by_phase(target, fault);
}

/* --- as a script ------------------------------------------------------------------------------ */

/* Each line of it as a comment: names and SQL from outside end no comment. */
static void add_comment(struct bytes *to, const char *text)
{
	while (*text != '\0') {
		size_t line = strcspn(text, "\r\n");

		bytes_add_text(to, "-- ");
		print_visible(to, text, line);
		bytes_add_byte(to, '\n');
		text += line + (text[line] != '\0');
	}
}

void target_todo_script(const struct target *target, struct bytes *to)
{
	for (size_t i = 0; i < target->todo_count; i++) {
		const struct target_todo *todo = &target->todos[i];
		char *head = arena_format(target->arena, "%s%s%s%s%s: %s", todo->kind,
			todo->name == NULL ? "" : " ", todo->name == NULL ? "" : todo->name,
			todo->table == NULL ? "" : " of ", todo->table == NULL ? "" : todo->table,
			todo->reason);

		if (head != NULL)
			add_comment(to, head);
		if (todo->sql != NULL)
			add_comment(to, todo->sql);
		bytes_add_byte(to, '\n');
	}
}

void target_script(const struct target *target, struct bytes *to)
{
	bytes_add_text(to, "SET client_encoding = 'UTF8';\n"
		"SET standard_conforming_strings = on;\nSET search_path = '';\nBEGIN;\n");
	for (size_t i = 0; i < target->step_count; i++) {
		bytes_add_text(to, target->steps[i].sql);
		bytes_add_text(to, ";\n");
	}
	bytes_add_text(to, "COMMIT;\n");
	if (target->todo_count > 0)
		bytes_add_text(to, "\n-- to do by hand:\n\n");
	target_todo_script(target, to);
}
