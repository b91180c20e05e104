#include "db/databases.h"

#include <string.h>

#define SAID "pg_catalog.shobj_description(d.oid, 'pg_database')"

/* The first of two numbers that locks of ours have. */
#define LOCK_CLASS "824593"

static int ask(struct databases *databases, const char *sql, const char *const *parameters,
	size_t count, struct libpq_rows *rows, struct fault *fault)
{
	return libpq_query(databases->libpq, databases->arena, sql, parameters, count, rows,
		fault);
}

int databases_list(struct databases *databases, struct database **items, size_t *count,
	struct fault *fault)
{
	static const char sql[] = "SELECT d.datname, pg_catalog.pg_size_pretty("
		"pg_catalog.pg_database_size(d.oid)), " SAID " FROM pg_catalog.pg_database d "
		"WHERE NOT d.datistemplate AND d.datname <> 'postgres' ORDER BY d.datname";
	struct libpq_rows rows;

	if (ask(databases, sql, NULL, 0, &rows, fault) != 0)
		return fault->status;
	*count = rows.count;
	*items = arena_array(databases->arena, rows.count + 1, sizeof(**items));
	if (*items == NULL)
		return fault_memory(fault);
	for (size_t i = 0; i < rows.count; i++)
		(*items)[i] = (struct database){ libpq_cell(&rows, i, 0), libpq_cell(&rows, i, 1),
			libpq_cell(&rows, i, 2) };
	return 0;
}

const char *databases_find(struct databases *databases, const char *name, const char *path,
	struct fault *fault)
{
	static const char sql[] = "SELECT d.datname FROM pg_catalog.pg_database d "
		"WHERE NOT d.datistemplate AND (" SAID " = $2 OR d.datname = $1 OR $1 = '' AND "
		SAID " !~ '^(new|before): ') ORDER BY " SAID " = $2 DESC NULLS LAST LIMIT 2";
	const char *const parameters[] = { name, path };
	struct libpq_rows rows;

	if (ask(databases, sql, parameters, 2, &rows, fault) != 0)
		return NULL;
	if (rows.count == 0)
		fault_set(fault, STATUS_SOURCE, "there is no database \"%s\": rowpipe db list",
			name);
	else if (rows.count > 1 && *name == '\0')
		fault_set(fault, STATUS_USAGE, "which one? rowpipe db list");
	return fault->status == 0 ? libpq_cell(&rows, 0, 0) : NULL;
}

/* --- statements with names -------------------------------------------------------------------- */

/* A statement with names for each %I, which are arguments to a NULL; runs it. */
static int run(struct databases *databases, const char *sql, const char *const *names,
	struct fault *fault)
{
	struct bytes text = { 0 };
	int status;

	for (; *sql != '\0'; sql++) {
		if (strncmp(sql, "%I", 2) == 0) {
			libpq_name(databases->libpq, &text, *names++, fault);
			sql++;
		} else if (strncmp(sql, "%L", 2) == 0) {
			libpq_literal(&text, *names, strlen(*names), fault);
			names++;
			sql++;
		} else {
			bytes_add_byte(&text, (uint8_t)*sql);
		}
	}
	bytes_add_byte(&text, '\0');
	status = text.failed ? fault_memory(fault) : fault->status;
	if (status == 0)
		status = libpq_run(databases->libpq, (const char *)text.data, fault);
	bytes_close(&text);
	return status;
}

int databases_drop(struct databases *databases, const char *name, bool force,
	struct fault *fault)
{
	const bool can = force && libpq_facts(databases->libpq)->version >= 130000;

	return run(databases, can ? "DROP DATABASE IF EXISTS %I WITH (FORCE)" :
		"DROP DATABASE IF EXISTS %I", (const char *const[]){ name }, fault);
}

/* --- a new one -------------------------------------------------------------------------------- */

/* What a file is called, as far as it makes a name that nobody has to quote in a shell. */
static const char *plain_name(struct arena *arena, const char *path)
{
	enum { MOST = 40 };
	static const char kept[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
		"._-";
	const char *slash = strrchr(path, '/');
	char *name = arena_text(arena, slash == NULL ? path : slash + 1);

	if (name == NULL)
		return NULL;
	for (char *at = name; *at != '\0'; at++)
		if (strchr(kept, *at) == NULL || (at == name && *at == '-'))
			*at = '_';
	if (strlen(name) > MOST)
		name[MOST] = '\0';
	return *name == '\0' ? "_" : name;
}

static int lock_source(struct databases *databases, const char *path, struct fault *fault)
{
	static const char sql[] = "SELECT pg_catalog.pg_try_advisory_lock(" LOCK_CLASS
		", pg_catalog.hashtext($1))";
	struct libpq_rows rows;

	if (ask(databases, sql, &path, 1, &rows, fault) != 0)
		return fault->status;
	if (strcmp(libpq_cell(&rows, 0, 0), "t") != 0)
		return fault_set(fault, STATUS_AGAIN, "%s is being migrated by another process; "
			"wait until it is done", path);
	return 0;
}

/* The first name that is free, or this source's already. */
static const char *choose_name(struct databases *databases, const char *path, struct fault *fault)
{
	static const char sql[] = "WITH names (place, name) AS (VALUES (1, $2), (2, $2 || '-' || "
		"pg_catalog.left(pg_catalog.md5($1), 6))) SELECT name FROM names WHERE NOT EXISTS "
		"(SELECT FROM pg_catalog.pg_database d WHERE d.datname IN (name, name || '.new', "
		"name || '.old', name || '_before') AND (" SAID " IN ($1, 'new: ' || $1, "
		"'before: ' || $1)) IS NOT TRUE AND NOT (" SAID " IS NULL AND d.datname = name || "
		"'.new')) ORDER BY place LIMIT 1";
	const char *const parameters[] = { path, plain_name(databases->arena, path) };
	struct libpq_rows rows;

	if (parameters[1] == NULL)
		fault_memory(fault);
	else if (ask(databases, sql, parameters, 2, &rows, fault) == 0 && rows.count == 0)
		fault_set(fault, STATUS_SERVER, "no database can be made for %s: its names are "
			"taken (rowpipe db list)", path);
	return fault->status == 0 ? libpq_cell(&rows, 0, 0) : NULL;
}

static int make_new(struct databases *databases, const char *name, const char *path,
	struct fault *fault)
{
	const char *fresh = arena_format(databases->arena, "%s.new", name);
	const char *old = arena_format(databases->arena, "%s.old", name);
	const char *said = arena_format(databases->arena, "new: %s", path);

	if (fresh == NULL || old == NULL || said == NULL)
		return fault_memory(fault);
	if (databases_drop(databases, old, true, fault) == 0 &&
		databases_drop(databases, fresh, true, fault) == 0 &&
		run(databases, "CREATE DATABASE %I TEMPLATE template0",
			(const char *const[]){ fresh }, fault) == 0)
		run(databases, "COMMENT ON DATABASE %I IS %L",
			(const char *const[]){ fresh, said }, fault);
	return fault->status;
}

/* Nobody else makes one between a name that was chosen and its comment. */
const char *databases_new(struct databases *databases, const char *path, struct fault *fault)
{
	const char *name = NULL;

	if (lock_source(databases, path, fault) != 0 || libpq_run(databases->libpq,
		"SELECT pg_catalog.pg_advisory_lock(" LOCK_CLASS ")", fault) != 0)
		return NULL;
	name = choose_name(databases, path, fault);
	if (name != NULL)
		make_new(databases, name, path, fault);
	if (fault->status == 0)
		libpq_run(databases->libpq, "SELECT pg_catalog.pg_advisory_unlock(" LOCK_CLASS ")",
			fault);
	return fault->status == 0 ? arena_format(databases->arena, "%s.new", name) : NULL;
}

/* --- it takes the name ------------------------------------------------------------------------ */

struct places {
	const char *fresh, *name, *old, *before;
	const char *path, *was; /* comments */
	bool has_name, has_before;
};

static int look(struct databases *databases, struct places *places, struct fault *fault)
{
	static const char sql[] = "SELECT substr(" SAID ", 6), EXISTS (SELECT FROM "
		"pg_catalog.pg_database WHERE datname = $2), EXISTS (SELECT FROM "
		"pg_catalog.pg_database WHERE datname = $3) FROM pg_catalog.pg_database d "
		"WHERE d.datname = $1 AND " SAID " LIKE 'new: %'";
	const char *const parameters[] = { places->fresh, places->name, places->before };
	struct libpq_rows rows;

	if (ask(databases, sql, parameters, 3, &rows, fault) != 0)
		return fault->status;
	if (rows.count == 0)
		return fault_set(fault, STATUS_SOURCE,
			"there is no new database \"%s\": rowpipe db list", places->fresh);
	places->path = libpq_cell(&rows, 0, 0);
	places->was = arena_format(databases->arena, "before: %s", places->path);
	places->has_name = strcmp(libpq_cell(&rows, 0, 1), "t") == 0;
	places->has_before = strcmp(libpq_cell(&rows, 0, 2), "t") == 0;
	return places->was == NULL ? fault_memory(fault) : 0;
}

static int rename_all(struct databases *databases, const struct places *places,
	struct fault *fault)
{
	if (places->has_name && places->has_before)
		run(databases, "ALTER DATABASE %I RENAME TO %I",
			(const char *const[]){ places->before, places->old }, fault);
	if (places->has_name && fault->status == 0)
		run(databases, "ALTER DATABASE %I RENAME TO %I; COMMENT ON DATABASE %I IS %L",
			(const char *const[]){ places->name, places->before, places->before,
			places->was }, fault);
	if (fault->status == 0)
		run(databases, "ALTER DATABASE %I RENAME TO %I; COMMENT ON DATABASE %I IS %L",
			(const char *const[]){ places->fresh, places->name, places->name,
			places->path }, fault);
	return fault->status;
}

const char *databases_keep(struct databases *databases, const char *fresh, const char **before,
	struct fault *fault)
{
	static const char ending[] = ".new";
	struct arena *arena = databases->arena;
	const size_t size = strlen(fresh);
	struct places places = { .fresh = fresh };

	if (size <= strlen(ending) || strcmp(fresh + size - strlen(ending), ending) != 0) {
		fault_set(fault, STATUS_USAGE, "\"%s\" is no new database: NAME.new", fresh);
		return NULL;
	}
	places.name = arena_copy(arena, fresh, size - strlen(ending));
	places.old = places.name == NULL ? NULL : arena_format(arena, "%s.old", places.name);
	places.before = places.old == NULL ? NULL : arena_format(arena, "%s_before", places.name);
	if (places.before == NULL)
		fault_memory(fault);
	else if (look(databases, &places, fault) == 0 &&
		libpq_begin(databases->libpq, fault) == 0 &&
		rename_all(databases, &places, fault) == 0)
		libpq_commit(databases->libpq, fault);
	if (fault->status != 0) {
		libpq_rollback(databases->libpq);
		return NULL;
	}
	databases_drop(databases, places.old, false, fault);
	*before = places.has_name ? places.before : NULL;
	return fault->status == 0 ? places.name : NULL;
}
