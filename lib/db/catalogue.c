#include "db/catalogue.h"

#include <string.h>

#include "base/bytes.h"
#include "db/definition.h"
#include "db/text.h"
#include "db/virtual.h"
#include "row/history.h"
#include "row/pattern.h"
#include "row/token.h"

enum { HISTORY_MOST = 1 << 20 }; /* of any framework's; a frame takes more */

struct maker {
	struct sqlite *sqlite;
	struct arena *arena;
	const struct request *request;
	struct catalogue *catalogue;
	struct listed *listed; /* all of sqlite_schema but indexes and SQLite's own tables */
	size_t listed_count;
	struct texts names; /* of tables, virtual tables and views, for hints */
	struct fault *fault;
};

static const char *copy(struct maker *maker, const char *text)
{
	const char *made = text == NULL ? NULL : arena_text(maker->arena, text);

	if (text != NULL && made == NULL)
		fault_memory(maker->fault);
	return made;
}

static const char *travel(struct maker *maker, const char *text)
{
	bool changed = false;
	const char *made = text == NULL ? NULL : text_travel(maker->arena, text, &changed);

	if (text != NULL && made == NULL)
		fault_memory(maker->fault);
	return made;
}

static bool is_kind(const struct listed *listed, const char *kind)
{
	return strcmp(listed->kind, kind) == 0;
}

static bool is_table(const struct listed *listed)
{
	return is_kind(listed, "table");
}

/* --- what there is ---------------------------------------------------------------------------- */

/*
 * What table_list does not know, though the schema has it, is left to the attempt to read it: that
 * gives SQLite's own words.
 */
static const char *kind_of(const char *type, const char *told)
{
	if (strcmp(type, "table") != 0 || told == NULL)
		return type;
	return told;
}

static int list_all(struct maker *maker)
{
	struct statement *schema = statement_begin(maker->sqlite,
		"WITH told AS MATERIALIZED (SELECT name, type, wr, strict FROM pragma_table_list"
		" WHERE schema = 'main')"
		" SELECT s.type, told.type, s.name, coalesce(s.tbl_name, ''), s.sql, told.wr,"
		" told.strict"
		" FROM sqlite_schema s LEFT JOIN told ON told.name = s.name AND s.type <> 'trigger'"
		" WHERE s.type IN ('table', 'view', 'trigger') AND s.name NOT LIKE"
		" 'sqlite\\_%' ESCAPE '\\'"
		" ORDER BY s.rowid",
		maker->fault);
	size_t room = 0;

	while (schema != NULL && maker->fault->status == 0 &&
		statement_next(schema, maker->fault)) {
		struct listed *grown = maker->listed, *listed;

		if (maker->listed_count == room) {
			room = 2 * room + 16;
			grown = arena_array(maker->arena, room, sizeof(*grown));
			if (grown == NULL)
				return fault_memory(maker->fault);
			if (maker->listed_count > 0)
				memcpy(grown, maker->listed, maker->listed_count * sizeof(*grown));
			maker->listed = grown;
		}
		listed = &maker->listed[maker->listed_count++];
		*listed = (struct listed){ .type = copy(maker, statement_text(schema, 0)),
			.name = copy(maker, statement_text(schema, 2)),
			.table = copy(maker, statement_text(schema, 3)),
			.sql = copy(maker, statement_text(schema, 4)),
			.without_rowid = statement_integer(schema, 5) != 0,
			.strict = statement_integer(schema, 6) != 0 };
		listed->kind =
			copy(maker, kind_of(statement_text(schema, 0), statement_text(schema, 1)));
	}
	statement_end(schema);
	return maker->fault->status;
}

static int collect_names(struct maker *maker)
{
	for (size_t i = 0; i < maker->listed_count; i++)
		if (strcmp(maker->listed[i].type, "trigger") != 0 &&
			texts_add(maker->arena, &maker->names, maker->listed[i].name) != 0)
			return fault_memory(maker->fault);
	return 0;
}

/* --- what is wanted --------------------------------------------------------------------------- */

static int refuse_name(struct maker *maker, const char *option, const char *name)
{
	bool plain = strpbrk(name, "*?") == NULL;
	const char *near = plain ? text_near(name, &maker->names) : NULL;

	return fault_set(maker->fault, STATUS_USAGE, "%s: %s %s: no table %s%s%s%s",
		sqlite_name(maker->sqlite), option, name, plain ? "of this name" : "matches",
		near == NULL ? "" : "; did you mean ", near == NULL ? "" : near,
		near == NULL ? "" : "?");
}

static int refuse_kind(struct maker *maker, const char *option, const struct listed *listed)
{
	return fault_set(maker->fault, STATUS_USAGE,
		is_kind(listed, "view")
			? "%s: %s %s: is a view; it is read with --materialize"
			: "%s: %s %s: is a virtual table or part of one; --query can read it"
			  " as far as SQLite can",
		sqlite_name(maker->sqlite), option, listed->name);
}

/* A pattern must match a table; to leave out, it may match anything that there is. */
static int check_pattern(struct maker *maker, const char *option, const char *pattern, bool tables)
{
	const struct listed *other = NULL;

	for (size_t i = 0; i < maker->listed_count; i++) {
		const struct listed *listed = &maker->listed[i];

		if (strcmp(listed->type, "trigger") == 0 || !pattern_match(pattern, listed->name))
			continue;
		if (!tables || is_table(listed))
			return 0;
		other = listed;
	}
	if (other != NULL)
		return refuse_kind(maker, option, other);
	return refuse_name(maker, option, pattern);
}

static int check_where(struct maker *maker, const char *name)
{
	for (size_t i = 0; i < maker->listed_count; i++) {
		const struct listed *listed = &maker->listed[i];

		if (strcmp(listed->type, "trigger") == 0 || name_compare(listed->name, name) != 0)
			continue;
		if (!is_table(listed))
			return refuse_kind(maker, "--where", listed);
		if (!choice_wants(&maker->request->choice, listed->name))
			return fault_set(maker->fault, STATUS_USAGE,
				"%s: --where %s: -t or -T leaves it out",
				sqlite_name(maker->sqlite), name);
		return 0;
	}
	return refuse_name(maker, "--where", name);
}

static int check_request(struct maker *maker)
{
	const struct request *request = maker->request;

	for (size_t i = 0; i < request->choice.only.count && maker->fault->status == 0; i++)
		check_pattern(maker, "-t", request->choice.only.items[i], true);
	for (size_t i = 0; i < request->choice.except.count && maker->fault->status == 0; i++)
		check_pattern(maker, "-T", request->choice.except.items[i], false);
	for (size_t i = 0; i < request->where_count && maker->fault->status == 0; i++)
		check_where(maker, request->wheres[i].table);
	return maker->fault->status;
}

static const char *condition_of(const struct maker *maker, const char *table)
{
	for (size_t i = 0; i < maker->request->where_count; i++)
		if (name_compare(maker->request->wheres[i].table, table) == 0)
			return maker->request->wheres[i].condition;
	return NULL;
}

/* --- tables and objects ----------------------------------------------------------------------- */

static int make_room(struct maker *maker)
{
	struct catalogue *catalogue = maker->catalogue;
	size_t tables =
		maker->listed_count + maker->request->query_count + maker->request->views.count;

	catalogue->tables = arena_array(maker->arena, tables, sizeof(struct table));
	catalogue->readings = arena_array(maker->arena, tables, sizeof(struct reading));
	catalogue->objects = arena_array(maker->arena, maker->listed_count, sizeof(struct object));
	if (catalogue->tables == NULL || catalogue->readings == NULL || catalogue->objects == NULL)
		return fault_memory(maker->fault);
	return 0;
}

static void add_table(struct maker *maker, const struct table *table, const struct reading *reading)
{
	struct catalogue *catalogue = maker->catalogue;
	size_t place = catalogue->table_count++;

	catalogue->tables[place] = *table;
	catalogue->tables[place].number = (uint32_t)place + 1;
	catalogue->readings[place] = *reading;
}

/* Room was made for one object a line of the schema; lost columns come on top. */
static int add_lost(struct maker *maker, const struct definition *definition)
{
	struct catalogue *catalogue = maker->catalogue;
	size_t room = maker->listed_count + definition->lost_count + catalogue->object_count;
	struct object *objects = catalogue->objects;

	if (definition->lost_count == 0)
		return 0;
	objects = arena_array(maker->arena, room, sizeof(*objects));
	if (objects == NULL)
		return fault_memory(maker->fault);
	memcpy(objects, catalogue->objects, catalogue->object_count * sizeof(*objects));
	catalogue->objects = objects;
	for (size_t i = definition->lost_count; i-- > 0;)
		objects[catalogue->object_count++] = (struct object){ .kind = "generated column",
			.name = definition->lost[i].column,
			.table = definition->table.source,
			.sql = definition->lost[i].expression,
			.remark = definition->lost[i].why };
	return 0;
}

/* Which migrations have run: a table is no object, so that there is room for one. */
static int add_history(struct maker *maker, const struct table *table)
{
	const struct history_place *place = history_of(table);
	const char *sql = place == NULL ? NULL : history_sql(maker->arena, place, place->table);
	struct statement *statement;
	struct bytes lines = { 0 };
	struct object *object;

	if (sql == NULL)
		return place == NULL ? 0 : fault_memory(maker->fault);
	statement = statement_begin(maker->sqlite, sql, maker->fault);
	while (statement != NULL && lines.size < HISTORY_MOST &&
		statement_next(statement, maker->fault))
		if (statement_text(statement, 0) != NULL)
			bytes_format(&lines, "%s\n", statement_text(statement, 0));
	statement_end(statement);
	bytes_add_byte(&lines, '\0');
	object = &maker->catalogue->objects[maker->catalogue->object_count++];
	*object = (struct object){ .kind = HISTORY_KIND, .name = table->source,
		.remark = "which of them have run; for who loads into tables that are there" };
	if (lines.size < HISTORY_MOST)
		object->sql = lines.failed ? NULL : travel(maker, (const char *)lines.data);
	else
		object->remark = "they are too long to be told";
	if (lines.failed)
		fault_memory(maker->fault);
	bytes_close(&lines);
	return maker->fault->status;
}

static int make_table(struct maker *maker, struct definer *definer, const struct listed *listed)
{
	struct definition definition;

	if (definer_read(definer, listed, condition_of(maker, listed->name), &definition,
		    maker->fault) != 0)
		return maker->fault->status;
	add_table(maker, &definition.table, &definition.reading);
	return add_lost(maker, &definition) != 0 ? maker->fault->status :
		add_history(maker, &definition.table);
}

static void make_object(struct maker *maker, const struct listed *listed)
{
	struct catalogue *catalogue = maker->catalogue;
	struct object *object = &catalogue->objects[catalogue->object_count++];

	object->kind = is_kind(listed, "virtual")  ? "virtual table"
		       : is_kind(listed, "shadow") ? "shadow table"
						   : listed->kind;
	object->name = travel(maker, listed->name);
	if (strcmp(listed->type, "trigger") == 0)
		object->table = travel(maker, listed->table);
	object->sql = travel(maker, listed->sql);
	if (is_kind(listed, "shadow"))
		object->remark = "holds the data of a virtual table; it is no table of its own";
	if (is_kind(listed, "virtual") && object->name != NULL &&
		(object->remark = virtual_remark(maker->arena, object->name, object->sql)) == NULL)
		fault_memory(maker->fault);
}

static int make_all(struct maker *maker, struct definer *definer)
{
	for (size_t i = 0; i < maker->listed_count && maker->fault->status == 0; i++) {
		const struct listed *listed = &maker->listed[i];
		bool trigger = strcmp(listed->type, "trigger") == 0;

		if (!choice_wants(&maker->request->choice, trigger ? listed->table : listed->name))
			continue;
		if (is_table(listed))
			make_table(maker, definer, listed);
		else
			make_object(maker, listed);
	}
	return maker->fault->status;
}

/* --- queries and views as tables -------------------------------------------------------------- */

static bool has_name(const struct catalogue *catalogue, const char *name)
{
	for (size_t i = 0; i < catalogue->table_count; i++)
		if (name_compare(catalogue->tables[i].source, name) == 0)
			return true;
	return false;
}

static int name_columns(struct maker *maker, const struct result *result, struct table *table)
{
	table->columns = arena_array(maker->arena, result->count, sizeof(*table->columns));
	if (table->columns == NULL)
		return fault_memory(maker->fault);
	for (size_t i = 0; i < result->count && maker->fault->status == 0; i++) {
		struct column *column = &table->columns[i];

		column->source = column->name = travel(maker, result->names[i]);
		column->declared = travel(maker, result->declared[i]);
		column->type = "raw";
		column->quoted = true;
		if (maker->fault->status == 0 && table_find(table, column->source) != NULL)
			return fault_set(maker->fault, STATUS_USAGE,
				"%s: query %s: two columns are called %s; name them with AS",
				sqlite_name(maker->sqlite), table->source, column->source);
		table->column_count++;
	}
	return maker->fault->status;
}

static int name_key(struct maker *maker, const struct texts *key, struct table *table)
{
	if (key->count == 0)
		return 0;
	table->primary = arena_alloc(maker->arena, sizeof(*table->primary));
	if (table->primary == NULL)
		return fault_memory(maker->fault);
	table->primary->terms = arena_array(maker->arena, key->count, sizeof(struct term));
	if (table->primary->terms == NULL)
		return fault_memory(maker->fault);
	for (size_t i = 0; i < key->count; i++) {
		const struct column *column = table_find(table, key->items[i]);

		if (column == NULL)
			return fault_set(maker->fault, STATUS_USAGE,
				"%s: --key %s: no column of query %s has this name",
				sqlite_name(maker->sqlite), key->items[i], table->source);
		table->primary->terms[table->primary->term_count++].column = column->source;
	}
	return 0;
}

static int make_query(struct maker *maker, const struct wanted_query *query, const char *sql)
{
	struct table table = { .source = travel(maker, query->name),
		.quoted = true,
		.sql = travel(maker, query->sql),
		.coverage = "query" };
	struct reading reading = { .table = table.source, .select = copy(maker, sql) };
	struct result result;

	if (maker->fault->status != 0)
		return maker->fault->status;
	table.name = table.source;
	if (has_name(maker->catalogue, query->name))
		return fault_set(maker->fault, STATUS_USAGE,
			"%s: query %s: a table of this name is read, too; leave that out with"
			" -T or choose"
			" another name",
			sqlite_name(maker->sqlite), query->name);
	if (sqlite_results(maker->sqlite, query->name, sql, &result, maker->fault) != 0 ||
		name_columns(maker, &result, &table) != 0 ||
		name_key(maker, &query->key, &table) != 0)
		return maker->fault->status;
	reading.columns = result.count;
	add_table(maker, &table, &reading);
	return 0;
}

static int make_view(struct maker *maker, const char *name)
{
	for (size_t i = 0; i < maker->listed_count; i++) {
		const struct listed *listed = &maker->listed[i];
		struct wanted_query query = { .name = listed->name, .sql = listed->sql };
		const char *quoted, *sql;

		if (!is_kind(listed, "view") || name_compare(listed->name, name) != 0)
			continue;
		quoted = text_quote(maker->arena, listed->name);
		sql = quoted == NULL ? NULL
				     : arena_format(maker->arena, "SELECT * FROM main.%s", quoted);
		return sql == NULL ? fault_memory(maker->fault) : make_query(maker, &query, sql);
	}
	return fault_set(maker->fault, STATUS_USAGE, "%s: --materialize %s: no view of this name",
		sqlite_name(maker->sqlite), name);
}

static int make_queries(struct maker *maker)
{
	const struct request *request = maker->request;

	if (request->views.count + request->query_count == 0)
		return 0;
	sqlite_allow_views(maker->sqlite, maker->fault);
	for (size_t i = 0; i < request->views.count && maker->fault->status == 0; i++)
		make_view(maker, request->views.items[i]);
	for (size_t i = 0; i < request->query_count && maker->fault->status == 0; i++)
		make_query(maker, &request->queries[i], request->queries[i].sql);
	return maker->fault->status;
}

int catalogue_read(struct sqlite *sqlite, struct arena *arena, const struct request *request,
	struct catalogue *catalogue, struct fault *fault)
{
	struct maker maker = { .sqlite = sqlite,
		.arena = arena,
		.request = request,
		.catalogue = catalogue,
		.fault = fault };
	struct definer *definer;

	*catalogue = (struct catalogue){ 0 };
	sqlite_tell(sqlite, "reading the schema");
	if (list_all(&maker) != 0 || collect_names(&maker) != 0 || check_request(&maker) != 0 ||
		make_room(&maker) != 0)
		return fault->status;
	definer = definer_open(sqlite, arena, fault);
	if (definer == NULL)
		return fault->status;
	make_all(&maker, definer);
	definer_close(definer);
	return fault->status != 0 ? fault->status : make_queries(&maker);
}
