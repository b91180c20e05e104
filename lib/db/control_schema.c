#include <stdlib.h>
#include <string.h>

#include "db/control.h"

/* Whoever makes the schema, or brings it up, holds this until its transaction ends. */
#define MAKING "8245935277855761735"

enum { MAKING_WAIT = 10 }; /* seconds */

#define RIGHTS "SELECT, INSERT, UPDATE, DELETE"

/* --- the layout ------------------------------------------------------------------------------- */

static const char make_schema[] =
	"CREATE SCHEMA rowpipe;"
	"COMMENT ON SCHEMA rowpipe IS 'The memory of rowpipe: what was loaded into this database, "
		"when, by whom and how it went. Read it freely; only rowpipe writes to it.';";

static const char make_runs[] =
	"CREATE TABLE rowpipe.runs ("
		"stream text PRIMARY KEY, pipeline text, mode text NOT NULL, source text, "
		"source_id text, triggered_by text, role text NOT NULL, "
		"started timestamptz NOT NULL, ended timestamptz, status text NOT NULL, "
		"attempt integer NOT NULL, rows bigint NOT NULL, rejects bigint NOT NULL, "
		"chain text, error text, folder text, report jsonb);"
	"CREATE TABLE rowpipe.run_tables ("
		"stream text NOT NULL REFERENCES rowpipe.runs ON DELETE CASCADE, "
		"source text NOT NULL, name text NOT NULL, oid oid NOT NULL, rows bigint NOT NULL, "
		"shape bigint, xid bigint, PRIMARY KEY (stream, source));";

/* What version 1 has, becomes the same. */
static const char raise_runs[] =
	"ALTER TABLE rowpipe.runs RENAME COLUMN loaded TO ended;"
	"ALTER TABLE rowpipe.runs ALTER COLUMN ended DROP DEFAULT, "
		"ALTER COLUMN ended DROP NOT NULL, ALTER COLUMN role DROP DEFAULT, "
		"ALTER COLUMN chain DROP NOT NULL, ADD COLUMN pipeline text, "
		"ADD COLUMN source_id text, ADD COLUMN triggered_by text, "
		"ADD COLUMN started timestamptz, ADD COLUMN attempt integer NOT NULL DEFAULT 1, "
		"ADD COLUMN rejects bigint NOT NULL DEFAULT 0, ADD COLUMN error text, "
		"ADD COLUMN folder text, ADD COLUMN report jsonb;"
	"UPDATE rowpipe.runs SET started = ended;"
	"ALTER TABLE rowpipe.runs ALTER COLUMN started SET NOT NULL, "
		"ALTER COLUMN attempt DROP DEFAULT, ALTER COLUMN rejects DROP DEFAULT;"
	"ALTER TABLE rowpipe.run_tables ADD COLUMN shape bigint, ADD COLUMN xid bigint;";

static const char make_others[] =
	"CREATE TABLE rowpipe.version (version integer NOT NULL);"
	"INSERT INTO rowpipe.version (version) VALUES (2);"
	"CREATE TABLE rowpipe.run_views ("
		"stream text NOT NULL REFERENCES rowpipe.runs ON DELETE CASCADE, "
		"name text NOT NULL, oid oid NOT NULL, shape bigint, PRIMARY KEY (stream, name));"
	"CREATE TABLE rowpipe.progress ("
		"stream text NOT NULL REFERENCES rowpipe.runs ON DELETE CASCADE, "
		"schema_name text NOT NULL, table_name text NOT NULL, table_oid oid NOT NULL, "
		"first_frame bigint NOT NULL, last_frame bigint NOT NULL, chain text NOT NULL, "
		"rows bigint NOT NULL, rejects bigint NOT NULL, xid bigint NOT NULL, "
		"PRIMARY KEY (stream, schema_name, table_name, first_frame));"
	"CREATE TABLE rowpipe.watermarks ("
		"pipeline text NOT NULL, table_name text NOT NULL, column_name text NOT NULL, "
		"value text NOT NULL, stream text NOT NULL, moved timestamptz NOT NULL, "
		"PRIMARY KEY (pipeline, table_name, column_name));"
	"CREATE VIEW rowpipe.run_stats AS SELECT r.stream, r.pipeline, r.mode, r.source, r.status, "
		"r.attempt, r.started, r.ended, "
		"EXTRACT(epoch FROM r.ended - r.started)::double precision AS seconds, "
		"(SELECT count(*) FROM rowpipe.run_tables t WHERE t.stream = r.stream) AS tables, "
		"r.rows, r.rejects, (r.rows / NULLIF(EXTRACT(epoch FROM r.ended - r.started), 0))"
		"::double precision AS rows_per_second, r.role, r.triggered_by, r.error "
		"FROM rowpipe.runs r;"
	"CREATE FUNCTION rowpipe.last_watermark(pipeline text, \"table\" text) RETURNS text "
		"LANGUAGE sql STABLE AS 'SELECT w.value FROM rowpipe.watermarks w WHERE "
		"w.pipeline = $1 AND w.table_name = $2 ORDER BY w.moved DESC LIMIT 1';";

#define ON_COLUMN(column, text) "COMMENT ON COLUMN rowpipe." column " IS '" text "';"
#define ON_TABLE(table, text) "COMMENT ON TABLE rowpipe." table " IS '" text "';"

static const char comment_runs[] =
	ON_TABLE("version", "Which layout this schema has; one row.")
	ON_COLUMN("version.version", "A newer rowpipe brings an older layout up by itself.")
	ON_TABLE("runs", "One row for each stream that was loaded, or was to be.")
	ON_COLUMN("runs.stream", "The id of the stream, in hexadecimal; behind it the schema, "
		"where the address has named one.")
	ON_COLUMN("runs.pipeline", "The name given in ROWPIPE_PIPELINE; NULL: none was.")
	ON_COLUMN("runs.mode", "How rows were written: create, append, upsert ...")
	ON_COLUMN("runs.source", "What was read, as the stream names it.")
	ON_COLUMN("runs.source_id", "A fingerprint of what was read; NULL: not known.")
	ON_COLUMN("runs.triggered_by", "Who or what ran it: ROWPIPE_TRIGGERED_BY, or user@host.")
	ON_COLUMN("runs.role", "The role that wrote.")
	ON_COLUMN("runs.started", "When its first attempt began, or the one that started over.")
	ON_COLUMN("runs.ended", "When it was complete, or failed, or was undone; NULL: it runs, or "
		"was lost without a word.")
	ON_COLUMN("runs.status", "running, partial (a part is staged and can be gone on with), "
		"complete, failed (nothing of it is there) or undone. A loader that was killed "
		"leaves it running: rowpipe runs tells whether it is.")
	ON_COLUMN("runs.attempt", "How often it was begun.")
	ON_COLUMN("runs.rows", "Rows that were loaded.")
	ON_COLUMN("runs.rejects", "Rows that were rejected and written to a file instead.")
	ON_COLUMN("runs.chain", "The checksum of the whole stream, in hexadecimal; NULL: its end "
		"never came.")
	ON_COLUMN("runs.error", "What stopped it; NULL: nothing did.")
	ON_COLUMN("runs.folder", "The folder of the run on the machine that ran it.")
	ON_COLUMN("runs.report", "The report of the load: report(5).")
	"COMMENT ON VIEW rowpipe.run_stats IS 'The runs with their durations, for dashboards.';"
	ON_COLUMN("run_stats.seconds", "From started to ended.")
	ON_COLUMN("run_stats.tables", "How many tables the run wrote to.")
	ON_COLUMN("run_stats.rows_per_second", "Rows by seconds.");

static const char comment_others[] =
	ON_TABLE("run_tables", "The tables that a run wrote to.")
	ON_COLUMN("run_tables.stream", "Of runs.")
	ON_COLUMN("run_tables.source", "The name of the table in the source.")
	ON_COLUMN("run_tables.name", "The name of the table here, as SQL has it.")
	ON_COLUMN("run_tables.oid", "Its oid: another table of the same name is another table.")
	ON_COLUMN("run_tables.rows", "Rows that the run wrote.")
	ON_COLUMN("run_tables.shape", "A hash of its columns when the run was complete.")
	ON_COLUMN("run_tables.xid", "The transaction that made the rows visible; NULL: not all "
		"that it wrote in the table are rows of the run.")
	ON_TABLE("run_views", "The views that a run has made.")
	ON_COLUMN("run_views.stream", "Of runs.")
	ON_COLUMN("run_views.name", "The name of the view, as SQL has it.")
	ON_COLUMN("run_views.oid", "Its oid.")
	ON_COLUMN("run_views.shape", "A hash of its definition when the run was complete.")
	ON_TABLE("progress", "Segments of loads that were committed before the load as a whole.")
	ON_COLUMN("progress.stream", "Of runs.")
	ON_COLUMN("progress.schema_name", "The schema of the table that the rows are for.")
	ON_COLUMN("progress.table_name", "The table that the rows are for.")
	ON_COLUMN("progress.table_oid", "The oid of the table that the rows are in.")
	ON_COLUMN("progress.first_frame", "The first frame of the stream in this segment.")
	ON_COLUMN("progress.last_frame", "The last one.")
	ON_COLUMN("progress.chain", "The checksum of the stream behind that frame.")
	ON_COLUMN("progress.rows", "Rows of the segment that are loaded.")
	ON_COLUMN("progress.rejects", "Rows of the segment that were rejected.")
	ON_COLUMN("progress.xid", "The transaction that wrote the segment.")
	ON_TABLE("watermarks", "How far each pipeline has come.")
	ON_COLUMN("watermarks.pipeline", "The name of the pipeline.")
	ON_COLUMN("watermarks.table_name", "The table, as the source names it.")
	ON_COLUMN("watermarks.column_name", "The column whose values grow.")
	ON_COLUMN("watermarks.value", "The largest value that is loaded.")
	ON_COLUMN("watermarks.stream", "The run that brought it.")
	ON_COLUMN("watermarks.moved", "When it did.")
	"COMMENT ON FUNCTION rowpipe.last_watermark(text, text) IS 'How far a pipeline has come in "
		"a table; NULL: it has not begun.'";

/* By name, with the columns of each in the order of their names. */
static const struct layout {
	const char *name, *columns;
} layout[] = {
	{ "progress", "chain text, first_frame bigint, last_frame bigint, rejects bigint, "
		"rows bigint, schema_name text, stream text, table_name text, table_oid oid, "
		"xid bigint" },
	{ "run_tables", "name text, oid oid, rows bigint, shape bigint, source text, stream text, "
		"xid bigint" },
	{ "run_views", "name text, oid oid, shape bigint, stream text" },
	{ "runs", "attempt integer, chain text, ended timestamp with time zone, error text, "
		"folder text, mode text, pipeline text, rejects bigint, report jsonb, role text, "
		"rows bigint, source text, source_id text, started timestamp with time zone, "
		"status text, stream text, triggered_by text" },
	{ "version", "version integer" },
	{ "watermarks", "column_name text, moved timestamp with time zone, pipeline text, "
		"stream text, table_name text, value text" }
};

/* Version 1. */
static const struct layout old_layout[] = {
	{ "run_tables", "name text, oid oid, rows bigint, source text, stream text" },
	{ "runs", "chain text, loaded timestamp with time zone, mode text, role text, rows bigint, "
		"source text, status text, stream text" }
};

enum { TABLES = sizeof(layout) / sizeof(layout[0]),
	OLD_TABLES = sizeof(old_layout) / sizeof(old_layout[0]) };

/* --- looking ---------------------------------------------------------------------------------- */

/* What the schema holds, as far as it matters here. */
struct sight {
	struct libpq_rows tables;
	bool may_make; /* schemas in this database, or tables in this schema */
	bool may_use;
	bool empty;
};

enum { TABLE_NAME, TABLE_COLUMNS, TABLE_PLAIN, TABLE_READ, TABLE_WRITE, TABLE_OWN };

static int look_at_schema(struct control *control, struct sight *sight, bool *there,
	struct fault *fault)
{
	static const char sql[] = "SELECT s.oid IS NOT NULL, CASE WHEN s.oid IS NULL THEN "
		"pg_catalog.has_database_privilege(pg_catalog.current_database(), 'CREATE') ELSE "
		"pg_catalog.has_schema_privilege(s.oid, 'CREATE') AND "
		"pg_catalog.has_schema_privilege(s.oid, 'USAGE') END, "
		"pg_catalog.has_schema_privilege(s.oid, 'USAGE'), "
		"EXISTS (SELECT FROM pg_catalog.pg_class WHERE relnamespace = s.oid) OR "
		"EXISTS (SELECT FROM pg_catalog.pg_proc WHERE pronamespace = s.oid) OR "
		"EXISTS (SELECT FROM pg_catalog.pg_type WHERE typnamespace = s.oid), "
		"pg_catalog.quote_ident(current_user), "
		"pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(s.nspowner)), "
		"pg_catalog.quote_ident(pg_catalog.current_database()) "
		"FROM (VALUES (1)) one LEFT JOIN pg_catalog.pg_namespace s "
		"ON s.nspname = 'rowpipe'";
	struct libpq_rows rows;

	if (libpq_query(control->libpq, control->arena, sql, NULL, 0, &rows, fault) != 0)
		return fault->status;
	*there = libpq_truth(&rows, 0, 0);
	sight->may_make = libpq_truth(&rows, 0, 1);
	sight->may_use = libpq_truth(&rows, 0, 2);
	sight->empty = !libpq_truth(&rows, 0, 3);
	control->role = libpq_cell(&rows, 0, 4);
	control->owner = libpq_cell(&rows, 0, 5);
	if (!*there)
		control->grants = arena_format(control->arena, "GRANT CREATE ON DATABASE %s TO %s",
			libpq_cell(&rows, 0, 6), control->role);
	else if (sight->empty)
		control->grants = arena_format(control->arena, "GRANT USAGE, CREATE ON SCHEMA "
			"rowpipe TO %s", control->role);
	else
		control->grants = arena_format(control->arena, "GRANT USAGE ON SCHEMA rowpipe TO "
			"%s; GRANT " RIGHTS " ON ALL TABLES IN SCHEMA rowpipe TO %s",
			control->role, control->role);
	return control->grants == NULL ? fault_memory(fault) : 0;
}

static int look_at_tables(struct control *control, struct sight *sight, struct fault *fault)
{
	static const char sql[] = "SELECT c.relname, (SELECT pg_catalog.string_agg(a.attname || "
		"' ' || pg_catalog.format_type(a.atttypid, NULL), ', ' ORDER BY a.attname::text "
		"COLLATE \"C\") FROM pg_catalog.pg_attribute a WHERE a.attrelid = c.oid AND "
		"a.attnum > 0 AND NOT a.attisdropped), "
		"c.relkind = 'r' AND c.relpersistence = 'p' AND c.relchecks = 0 AND "
		"NOT c.relhasrules AND NOT c.relrowsecurity AND NOT EXISTS (SELECT FROM "
		"pg_catalog.pg_trigger t WHERE t.tgrelid = c.oid AND NOT t.tgisinternal) AND "
		"NOT EXISTS (SELECT FROM pg_catalog.pg_index i WHERE i.indrelid = c.oid AND "
		"(i.indexprs IS NOT NULL OR i.indpred IS NOT NULL)), "
		"pg_catalog.has_table_privilege(c.oid, 'SELECT'), "
		"pg_catalog.has_table_privilege(c.oid, 'INSERT') AND "
		"pg_catalog.has_table_privilege(c.oid, 'UPDATE') AND "
		"pg_catalog.has_table_privilege(c.oid, 'DELETE'), "
		"pg_catalog.pg_has_role(c.relowner, 'USAGE') "
		"FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n "
		"ON n.oid = c.relnamespace WHERE n.nspname = 'rowpipe' AND c.relname IN "
		"('progress', 'run_tables', 'run_views', 'runs', 'version', 'watermarks') "
		"ORDER BY c.relname::text COLLATE \"C\"";

	return libpq_query(control->libpq, control->arena, sql, NULL, 0, &sight->tables, fault);
}

static bool matches(const struct libpq_rows *tables, const struct layout *expected, size_t count)
{
	if (tables->count != count)
		return false;
	for (size_t i = 0; i < count; i++) {
		const char *columns = libpq_cell(tables, i, TABLE_COLUMNS);

		if (strcmp(libpq_cell(tables, i, TABLE_NAME), expected[i].name) != 0 ||
			columns == NULL || strcmp(columns, expected[i].columns) != 0 ||
			!libpq_truth(tables, i, TABLE_PLAIN))
			return false;
	}
	return true;
}

static bool may_all(const struct libpq_rows *tables, size_t column)
{
	for (size_t i = 0; i < tables->count; i++)
		if (!libpq_truth(tables, i, column))
			return false;
	return true;
}

/* A newer layout has any tables, but says so in the one that every layout has. */
static int look_at_version(struct control *control, const struct sight *sight, bool *known,
	struct fault *fault)
{
	const struct libpq_rows *tables = &sight->tables;
	struct libpq_rows rows;
	size_t i = 0;

	*known = false;
	while (i < tables->count && strcmp(libpq_cell(tables, i, TABLE_NAME), "version") != 0)
		i++;
	if (i == tables->count || libpq_cell(tables, i, TABLE_COLUMNS) == NULL ||
		strcmp(libpq_cell(tables, i, TABLE_COLUMNS), "version integer") != 0 ||
		!libpq_truth(tables, i, TABLE_PLAIN))
		return 0;
	*known = true;
	if (!sight->may_use || !libpq_truth(tables, i, TABLE_READ))
		return 0;
	if (libpq_query(control->libpq, control->arena,
		"SELECT max(v.version) FROM rowpipe.version v", NULL, 0, &rows, fault) != 0)
		return fault->status;
	*known = libpq_cell(&rows, 0, 0) != NULL;
	if (*known && atoi(libpq_cell(&rows, 0, 0)) > CONTROL_VERSION)
		return fault_set(fault, STATUS_MISFIT, "schema rowpipe has layout %s, which a "
			"newer rowpipe has made, and this one knows %d: use that one",
			libpq_cell(&rows, 0, 0), CONTROL_VERSION);
	return 0;
}

static void judge(struct control *control, const struct sight *sight, bool versioned)
{
	const struct libpq_rows *tables = &sight->tables;

	control->readable = sight->may_use && may_all(tables, TABLE_READ);
	if (!versioned && matches(tables, old_layout, OLD_TABLES))
		control->state = sight->may_make && may_all(tables, TABLE_OWN) ? CONTROL_OLD :
			CONTROL_STUCK;
	else if (!versioned || !matches(tables, layout, TABLES))
		control->state = CONTROL_FOREIGN;
	else
		control->state = control->readable && may_all(tables, TABLE_WRITE) ? CONTROL_OPEN :
			CONTROL_CLOSED;
	control->readable &= control->state != CONTROL_FOREIGN;
	if (control->state == CONTROL_OPEN || control->state == CONTROL_OLD)
		control->grants = NULL;
}

int control_look(struct control *control, struct fault *fault)
{
	struct sight sight = { 0 };
	bool there = false, versioned = false;

	control->readable = false;
	if (look_at_schema(control, &sight, &there, fault) != 0)
		return fault->status;
	if (!there || sight.empty) {
		control->state = sight.may_make ? CONTROL_ABSENT : CONTROL_BARRED;
		control->grants = sight.may_make ? NULL : control->grants;
		return 0;
	}
	if (look_at_tables(control, &sight, fault) == 0 &&
		look_at_version(control, &sight, &versioned, fault) == 0)
		judge(control, &sight, versioned);
	return fault->status;
}

/* --- making ----------------------------------------------------------------------------------- */

static int run_all(struct control *control, const char *schema, const char *tables,
	struct fault *fault)
{
	const char *sql = arena_format(control->arena, "%s%s%s%s%s", schema, tables, make_others,
		comment_runs, comment_others);

	if (sql == NULL)
		return fault_memory(fault);
	if (libpq_run(control->libpq, sql, fault) != 0)
		return fault->status;
	control->state = CONTROL_OPEN;
	control->readable = true;
	return 0;
}

/* Who makes it at the same time waits here, and then finds it. */
int control_make(struct control *control, struct fault *fault)
{
	static const char there[] = "SELECT 1 FROM pg_catalog.pg_namespace "
		"WHERE nspname = 'rowpipe'";
	struct libpq_rows rows;

	if (control->state != CONTROL_ABSENT && control->state != CONTROL_OLD)
		return 0;
	if (control_take(control, MAKING, "rowpipe", "another session makes schema rowpipe, or "
		"brings it up", MAKING_WAIT, fault) != 0 || control_look(control, fault) != 0)
		return fault->status;
	if (control->state == CONTROL_OLD)
		return run_all(control, "", raise_runs, fault);
	if (control->state != CONTROL_ABSENT)
		return 0;
	if (libpq_query(control->libpq, control->arena, there, NULL, 0, &rows, fault) != 0)
		return fault->status;
	return run_all(control, rows.count == 0 ? make_schema : "", make_runs, fault);
}

int control_open(struct control *control, struct fault *fault)
{
	if (control_look(control, fault) != 0 ||
		(control->state != CONTROL_ABSENT && control->state != CONTROL_OLD))
		return fault->status;
	if (libpq_begin(control->libpq, fault) == 0 && control_make(control, fault) == 0)
		libpq_commit(control->libpq, fault);
	if (fault->status != 0)
		libpq_rollback(control->libpq);
	return fault->status;
}

int control_need(const struct control *control, struct fault *fault)
{
	switch (control->state) {
	case CONTROL_OPEN:
		return 0;
	case CONTROL_ABSENT:
		return fault_set(fault, STATUS_MISFIT, "there is no schema rowpipe in this "
			"database: no run is remembered in it");
	case CONTROL_BARRED:
		return fault_set(fault, STATUS_RIGHTS, "there is no schema rowpipe, and role %s "
			"may not make it; its owner can help: %s", control->role, control->grants);
	case CONTROL_FOREIGN:
		return fault_set(fault, STATUS_MISFIT, "schema rowpipe, which role %s owns, is not "
			"as rowpipe makes it: it is another program's, or was changed by hand, "
			"and is left alone", control->owner);
	case CONTROL_OLD:
	case CONTROL_STUCK:
		return fault_set(fault, STATUS_RIGHTS, "schema rowpipe has the layout of an older "
			"version, and only its owner can bring it up: run pg-control runs as role "
			"%s", control->owner);
	case CONTROL_CLOSED:
		break;
	}
	return fault_set(fault, STATUS_RIGHTS, "role %s may not write to schema rowpipe; its owner "
		"can help: %s", control->role, control->grants);
}

int control_need_room(const struct control *control, struct fault *fault)
{
	if (control->state == CONTROL_ABSENT || control->state == CONTROL_OLD)
		return 0;
	return control_need(control, fault);
}
