#include "db/inventory.h"

#include <string.h>

#include "db/text.h"

/*
 * All of our queries run with an empty search_path, so names without a schema are the system's, and
 * the server writes all others with theirs.
 */
static const char list_tables[] =
	"SELECT c.oid, n.nspname, c.relname, CASE"
	" WHEN NOT has_schema_privilege(n.oid, 'USAGE') THEN format('%s is in a schema that role %s"
	" may not use; its owner can help: GRANT USAGE ON SCHEMA %s TO %s', c.oid::regclass,"
	" current_user, quote_ident(n.nspname), quote_ident(current_user))"
	" WHEN NOT has_table_privilege(c.oid, 'SELECT') THEN format('%s may not be read by role %s;"
	" its owner can help: GRANT SELECT ON %s TO %s', c.oid::regclass, current_user,"
	" c.oid::regclass, quote_ident(current_user))"
	" WHEN row_security_active(c.oid) THEN format('%s has row security, which may hide rows"
	" from"
	" role %s; a superuser can help: ALTER ROLE %s BYPASSRLS', c.oid::regclass, current_user,"
	" quote_ident(current_user)) END"
	" FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
	" WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition"
	" AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'"
	" AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass"
	" AND d.objid = c.oid AND d.deptype = 'e')"
	" ORDER BY n.nspname COLLATE \"C\", c.relname COLLATE \"C\"";

int inventory_ask(struct inventory *inventory, const char *sql, struct libpq_rows *rows,
	struct fault *fault)
{
	return libpq_query(inventory->libpq, inventory->arena, sql, &inventory->oid_list, 1, rows,
		fault);
}

size_t inventory_find(const struct inventory *inventory, const char *oid)
{
	size_t place = 0;

	while (place < inventory->listed &&
	       (oid == NULL || strcmp(inventory->oids[place], oid) != 0))
		place++;
	return place;
}

bool inventory_wants_schema(const struct inventory *inventory, const char *schema)
{
	const struct choice *choice = &inventory->request->schemas;

	/* What loads have left behind is no data; who asks for it by name gets it. */
	if (strcmp(schema, "rowpipe") == 0 && choice->only.count == 0)
		return false;
	return choice_wants(choice, schema);
}

/* --- names ------------------------------------------------------------------------------------ */

/* A part of a source's name, quoted only where a dot or quote in it would be misread. */
static const char *part(struct arena *arena, const char *name)
{
	return strpbrk(name, ".\"") == NULL ? name : text_quote(arena, name);
}

static const char *source_name(struct arena *arena, const char *schema, const char *table)
{
	const char *last = part(arena, table), *first;

	if (strcmp(schema, "public") == 0 || last == NULL)
		return last;
	first = part(arena, schema);
	return first == NULL ? NULL : arena_format(arena, "%s.%s", first, last);
}

const char *inventory_qualify(struct inventory *inventory, const char *schema, const char *name)
{
	const char *first = text_quote(inventory->arena, schema);
	const char *last = text_quote(inventory->arena, name);

	return first == NULL || last == NULL ? NULL :
		arena_format(inventory->arena, "%s.%s", first, last);
}

/* --- which tables ----------------------------------------------------------------------------- */

enum { LIST_OID, LIST_SCHEMA, LIST_NAME, LIST_HINDRANCE };

/* All that patterns and --where may speak of. */
struct listing {
	struct texts names;
	struct texts schemas;
	struct bytes hindrances;
	size_t hindered;
};

/* The table as patterns may call it: users, app.users, and as the stream does. */
static int name_table(struct inventory *inventory, const struct libpq_rows *rows, size_t row,
	const char *names[3])
{
	struct arena *arena = inventory->arena;
	const char *schema = libpq_cell(rows, row, LIST_SCHEMA);

	names[0] = source_name(arena, schema, libpq_cell(rows, row, LIST_NAME));
	names[1] = libpq_cell(rows, row, LIST_NAME);
	names[2] = arena_format(arena, "%s.%s", schema, names[1]);
	return names[0] == NULL || names[2] == NULL ? STATUS_IO : 0;
}

static bool wants_table(const struct choice *choice, const char *const names[3])
{
	bool wanted = choice->only.count == 0;

	for (size_t i = 0; i < 3; i++) {
		if (pattern_any(&choice->except, names[i]))
			return false;
		wanted |= pattern_any(&choice->only, names[i]);
	}
	return wanted;
}

static void hinder(struct listing *listing, const char *hindrance)
{
	enum { SHOWN = 600 };

	if (listing->hindered++ == 0 || listing->hindrances.size < SHOWN)
		bytes_format(&listing->hindrances, "%s%s", listing->hindered > 1 ? "; " : "",
			hindrance);
}

static void add_table(struct inventory *inventory, const char *oid, const char *schema,
	const char *const names[3])
{
	const size_t place = inventory->listed++;
	struct table *table = &inventory->tables[place];
	struct harvest_wish *wish = &inventory->wishes[place];

	inventory->oids[place] = oid;
	*table = (struct table){ .number = (uint32_t)place + 1, .source = names[0], .quoted = true,
		.source_schema = schema, .source_table = names[1], .schema = schema,
		.name = names[1], .coverage = "whole" };
	wish->name = names[0];
}

static int list_row(struct inventory *inventory, struct listing *listing,
	const struct libpq_rows *rows, size_t row)
{
	const char *schema = libpq_cell(rows, row, LIST_SCHEMA), *names[3];

	if (name_table(inventory, rows, row, names) != 0 ||
		texts_add(inventory->arena, &listing->schemas, schema) != 0)
		return STATUS_IO;
	if (!inventory_wants_schema(inventory, schema))
		return 0;
	for (size_t i = 0; i < 3; i++)
		if (texts_add(inventory->arena, &listing->names, names[i]) != 0)
			return STATUS_IO;
	if (!wants_table(&inventory->request->tables, names) ||
	    (inventory->request->wants != NULL &&
	     !inventory->request->wants(inventory->request->own, schema, names[1])))
		return 0;
	if (libpq_cell(rows, row, LIST_HINDRANCE) != NULL)
		hinder(listing, libpq_cell(rows, row, LIST_HINDRANCE));
	add_table(inventory, libpq_cell(rows, row, LIST_OID), schema, names);
	return 0;
}

static int make_room(struct inventory *inventory, size_t count, struct fault *fault)
{
	const size_t room = count + inventory->request->query_count;

	inventory->tables = arena_array(inventory->arena, room, sizeof(*inventory->tables));
	inventory->wishes = arena_array(inventory->arena, room, sizeof(*inventory->wishes));
	inventory->asked = arena_array(inventory->arena, room, sizeof(*inventory->asked));
	inventory->oids = arena_array(inventory->arena, room, sizeof(*inventory->oids));
	if (inventory->tables == NULL || inventory->wishes == NULL || inventory->asked == NULL ||
		inventory->oids == NULL)
		return fault_memory(fault);
	return 0;
}

static int list_oids(struct inventory *inventory, struct fault *fault)
{
	struct bytes list = { 0 };

	for (size_t i = 0; i < inventory->listed; i++)
		text_add_number(&list, strtoull(inventory->oids[i], NULL, 10));
	inventory->oid_list = text_end_list(&list, inventory->arena, fault);
	return fault->status;
}

static int list_all(struct inventory *inventory, struct listing *listing, struct fault *fault)
{
	struct libpq_rows rows;

	if (libpq_query(inventory->libpq, inventory->arena, list_tables, NULL, 0, &rows,
		fault) != 0 || make_room(inventory, rows.count, fault) != 0)
		return fault->status;
	inventory->listed = 0;
	for (size_t i = 0; i < rows.count; i++)
		if (list_row(inventory, listing, &rows, i) != 0)
			return fault_memory(fault);
	inventory->count = inventory->listed;
	return list_oids(inventory, fault);
}

static int refuse_pattern(const char *what, const char *pattern, const struct texts *names,
	struct fault *fault)
{
	const char *near = pattern == NULL ? NULL : text_near(pattern, names);

	if (pattern == NULL)
		return 0;
	return fault_set(fault, STATUS_USAGE, "no %s matches \"%s\"%s%s%s", what, pattern,
		near == NULL ? "" : "; did you mean ", near == NULL ? "" : near,
		near == NULL ? "" : "?");
}

static size_t find_named(const struct inventory *inventory, const char *name)
{
	size_t place = 0;

	while (place < inventory->listed &&
	       strcmp(inventory->tables[place].source, name) != 0 &&
	       (strcmp(inventory->tables[place].source_schema, "public") != 0 ||
		strncmp(name, "public.", 7) != 0 ||
		strcmp(inventory->tables[place].source, name + 7) != 0))
		place++;
	return place;
}

static int check_request(struct inventory *inventory, const struct listing *listing,
	struct fault *fault)
{
	const struct inventory_request *request = inventory->request;

	refuse_pattern("schema", choice_idle(&request->schemas, &listing->schemas),
		&listing->schemas, fault);
	if (fault->status == 0)
		refuse_pattern("table", choice_idle(&request->tables, &listing->names),
			&listing->names, fault);
	for (size_t i = 0; i < request->where_count && fault->status == 0; i++)
		if (find_named(inventory, request->wheres[i].table) == inventory->listed)
			fault_set(fault, STATUS_USAGE, "--where %s: no table of that name is read "
				"(a name as rows-peek shows it: users, app.users)",
				request->wheres[i].table);
	for (size_t i = 0; i < request->query_count && fault->status == 0; i++)
		if (find_named(inventory, request->queries[i].name) < inventory->listed)
			fault_set(fault, STATUS_USAGE, "--query %s: there is a table of that name",
				request->queries[i].name);
	return fault->status;
}

int inventory_list(struct inventory *inventory, struct fault *fault)
{
	struct listing listing = { 0 };

	if (libpq_begin(inventory->libpq, fault) == 0 &&
		list_all(inventory, &listing, fault) == 0)
		check_request(inventory, &listing, fault);
	if (fault->status == 0 && listing.hindered > 0) {
		bytes_add_byte(&listing.hindrances, '\0');
		if (listing.hindrances.failed)
			fault_memory(fault);
		else
			fault_set(fault, STATUS_RIGHTS, "%zu of %zu tables cannot be read: %s",
				listing.hindered, inventory->listed,
				(const char *)listing.hindrances.data);
	}
	bytes_close(&listing.hindrances);
	libpq_rollback(inventory->libpq);
	return fault->status;
}

const char *inventory_locks(struct inventory *inventory, struct fault *fault)
{
	struct bytes sql = { 0 };
	const char *copy;

	if (inventory->listed == 0)
		return NULL;
	bytes_add_text(&sql, "LOCK TABLE ");
	for (size_t i = 0; i < inventory->listed; i++) {
		const char *name = inventory_qualify(inventory,
			inventory->tables[i].source_schema, inventory->tables[i].source_table);

		sql.failed |= name == NULL;
		bytes_format(&sql, "%s%s", i == 0 ? "" : ", ", name == NULL ? "" : name);
	}
	bytes_add_text(&sql, " IN ACCESS SHARE MODE");
	copy = bytes_settle(&sql, inventory->arena);
	if (copy == NULL)
		fault_memory(fault);
	return copy;
}

/* --- SQL of the user's ------------------------------------------------------------------------ */

int inventory_path(struct inventory *inventory, size_t place, struct fault *fault)
{
	return libpq_run(inventory->libpq, inventory->asked[place] ?
		"SELECT pg_catalog.set_config('search_path', (SELECT s.reset_val FROM "
		"pg_catalog.pg_settings s WHERE s.name OPERATOR(pg_catalog.=) 'search_path'),"
		" true)" :
		"SELECT pg_catalog.set_config('search_path', '', true)", fault);
}

/* Says what the server has against it, as an error of the command line. */
static int try_sql(struct inventory *inventory, size_t place, const char *option, const char *sql,
	struct libpq_rows *columns, struct fault *fault)
{
	struct fault trouble = { 0 };

	if (sql == NULL)
		return fault_memory(fault);
	inventory->asked[place] = true;
	if (inventory_path(inventory, place, fault) != 0)
		return fault->status;
	if (libpq_describe(inventory->libpq, inventory->arena, sql, columns, &trouble) != 0) {
		const char *state = libpq_error(inventory->libpq)->state;
		const bool wrong = strncmp(state, "42", 2) == 0 || strncmp(state, "22", 2) == 0;

		return fault_set(fault, !wrong || strcmp(state, "42501") == 0 ? trouble.status :
			STATUS_USAGE, "--%s %s: %s", option, inventory->wishes[place].name,
			trouble.text);
	}
	return libpq_run(inventory->libpq, "SELECT pg_catalog.set_config('search_path', '', true)",
		fault);
}

static int read_where(struct inventory *inventory, const struct wanted_rows *where,
	struct fault *fault)
{
	const size_t place = find_named(inventory, where->table);
	struct harvest_wish *wish = &inventory->wishes[place];
	struct libpq_rows columns;

	wish->where = where->condition;
	wish->table = NULL;
	inventory->tables[place].coverage = "where";
	return try_sql(inventory, place, "where", arena_format(inventory->arena,
		"SELECT FROM %s WHERE (\n%s\n)", wish->from, where->condition), &columns, fault);
}

static int name_types(struct inventory *inventory, const struct libpq_rows *columns,
	struct libpq_rows *types, struct fault *fault)
{
	struct bytes oids = { 0 }, mods = { 0 };
	const char *lists[2] = { NULL, NULL };

	for (size_t i = 0; i < columns->count; i++) {
		bytes_format(&oids, "%s%s", i == 0 ? "{" : ",", libpq_cell(columns, i, 1));
		bytes_format(&mods, "%s%s", i == 0 ? "{" : ",", libpq_cell(columns, i, 2));
	}
	bytes_add_text(&oids, columns->count == 0 ? "{}" : "}");
	bytes_add_text(&mods, columns->count == 0 ? "{}" : "}");
	lists[0] = bytes_settle(&oids, inventory->arena);
	lists[1] = bytes_settle(&mods, inventory->arena);
	if (lists[0] == NULL || lists[1] == NULL)
		return fault_memory(fault);
	return libpq_query(inventory->libpq, inventory->arena, "SELECT format_type(t, m) FROM "
		"unnest($1::oid[], $2::integer[]) WITH ORDINALITY u (t, m, p) ORDER BY p", lists, 2,
		types, fault);
}

static int set_key(struct inventory *inventory, struct table *table,
	const struct wanted_query *query, struct fault *fault)
{
	struct index *key;

	if (query->key.count == 0)
		return 0;
	key = arena_alloc(inventory->arena, sizeof(*key));
	if (key == NULL)
		return fault_memory(fault);
	key->unique = true;
	key->terms = arena_array(inventory->arena, query->key.count, sizeof(*key->terms));
	if (key->terms == NULL)
		return fault_memory(fault);
	for (; key->term_count < query->key.count; key->term_count++) {
		key->terms[key->term_count].column = query->key.items[key->term_count];
		if (table_find(table, query->key.items[key->term_count]) == NULL)
			return fault_set(fault, STATUS_USAGE, "--key %s: the query has no column "
				"\"%s\"", query->name, query->key.items[key->term_count]);
	}
	table->primary = key;
	return 0;
}

/* The columns of what a query gives, under their own names. */
static int set_columns(struct inventory *inventory, size_t place, const struct libpq_rows *columns,
	const struct libpq_rows *types, struct fault *fault)
{
	struct table *table = &inventory->tables[place];
	struct harvest_wish *wish = &inventory->wishes[place];
	struct bytes from = { 0 };

	bytes_format(&from, "%s AS q", wish->from);
	for (size_t i = 0; i < columns->count && fault->status == 0; i++) {
		const char *name = libpq_cell(columns, i, 0);

		if (table_find(table, name) != NULL)
			fault_set(fault, STATUS_USAGE, "--query %s: two of its columns are called "
				"\"%s\": give one another name (AS)", wish->name, name);
		inventory_set_column(inventory, place, name, libpq_cell(types, i, 0), fault);
		if (fault->status == 0)
			bytes_format(&from, "%s%s", i == 0 ? " (" : ", ",
				wish->columns[i]);
	}
	if (columns->count > 0)
		bytes_add_byte(&from, ')');
	wish->from = bytes_settle(&from, inventory->arena);
	return wish->from == NULL ? fault_memory(fault) : fault->status;
}

static int read_query(struct inventory *inventory, const struct wanted_query *query,
	struct fault *fault)
{
	const size_t place = inventory->count++;
	struct table *table = &inventory->tables[place];
	struct harvest_wish *wish = &inventory->wishes[place];
	struct libpq_rows columns, types;

	*table = (struct table){ .number = (uint32_t)place + 1, .source = query->name,
		.quoted = true, .source_schema = "public", .source_table = query->name,
		.schema = "public", .name = query->name, .coverage = "query", .sql = query->sql };
	wish->name = query->name;
	wish->from = arena_format(inventory->arena, "(\n%s\n)", query->sql);
	if (try_sql(inventory, place, "query", arena_format(inventory->arena,
		"SELECT * FROM %s AS q", wish->from), &columns, fault) != 0 ||
		name_types(inventory, &columns, &types, fault) != 0 ||
		inventory_make_columns(inventory, place, columns.count, fault) != 0 ||
		set_columns(inventory, place, &columns, &types, fault) != 0)
		return fault->status;
	return set_key(inventory, table, query, fault);
}

/* --- all of it -------------------------------------------------------------------------------- */

/* What is there now is what was listed and locked. */
static int compare_list(struct inventory *inventory, struct fault *fault)
{
	struct inventory now = *inventory;
	struct listing listing = { 0 };
	int status = list_all(&now, &listing, fault);

	bytes_close(&listing.hindrances);
	if (status != 0)
		return status;
	if (strcmp(now.oid_list, inventory->oid_list) != 0)
		return fault_set(fault, STATUS_AGAIN, "tables were made or dropped while they were "
			"looked at: repeat the command");
	return 0;
}

int inventory_read(struct inventory *inventory, struct fault *fault)
{
	const struct inventory_request *request = inventory->request;

	if (compare_list(inventory, fault) != 0 || inventory_read_tables(inventory, fault) != 0)
		return fault->status;
	for (size_t i = 0; i < request->where_count && fault->status == 0; i++)
		read_where(inventory, &request->wheres[i], fault);
	for (size_t i = 0; i < request->query_count && fault->status == 0; i++)
		read_query(inventory, &request->queries[i], fault);
	return fault->status == 0 ? inventory_read_objects(inventory, fault) : fault->status;
}
