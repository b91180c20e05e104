#include "db/runs.h"

#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/print.h"

/* rowpipe.runs as this role sees it. */
enum sight {
	RUNS_NONE,   /* it is not there */
	RUNS_CLOSED, /* it is there, and not for this role */
	RUNS_OPEN
};

static int look(struct libpq *libpq, struct arena *arena, enum sight *sight, struct fault *fault)
{
	static const char sql[] = "SELECT count(*), bool_and("
		"pg_catalog.has_schema_privilege(n.oid, 'USAGE') AND "
		"pg_catalog.has_table_privilege(c.oid, 'SELECT') AND "
		"pg_catalog.has_table_privilege(c.oid, 'INSERT') AND "
		"pg_catalog.has_table_privilege(c.oid, 'DELETE')) "
		"FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n "
		"ON n.oid = c.relnamespace WHERE n.nspname = 'rowpipe' "
		"AND c.relname IN ('runs', 'run_tables')";
	struct libpq_rows rows;
	const char *may;

	*sight = RUNS_NONE;
	if (libpq_query(libpq, arena, sql, NULL, 0, &rows, fault) != 0)
		return fault->status;
	may = libpq_cell(&rows, 0, 1);
	if (strcmp(libpq_cell(&rows, 0, 0), "2") == 0)
		*sight = may != NULL && strcmp(may, "t") == 0 ? RUNS_OPEN : RUNS_CLOSED;
	else if (strcmp(libpq_cell(&rows, 0, 0), "0") != 0)
		*sight = RUNS_CLOSED;
	return 0;
}

/* What the tables of another program of this name would cause; and a missing right. */
static bool is_foreign(const struct libpq *libpq)
{
	const char *state = libpq_error(libpq)->state;

	return strncmp(state, "42", 2) == 0 || strncmp(state, "22", 2) == 0 ||
		strncmp(state, "23", 2) == 0;
}

int runs_find(struct libpq *libpq, struct arena *arena, const char *stream, const char **chain,
	struct fault *fault)
{
	static const char sql[] = "SELECT r.chain FROM rowpipe.runs r WHERE r.stream = $1 "
		"AND r.status = 'complete' AND NOT EXISTS (SELECT FROM rowpipe.run_tables t "
		"LEFT JOIN pg_catalog.pg_class c ON c.oid = t.oid WHERE t.stream = r.stream "
		"AND c.oid IS NULL) AND NOT EXISTS (SELECT FROM rowpipe.run_tables t "
		"JOIN rowpipe.run_tables u ON u.oid = t.oid AND u.stream <> t.stream "
		"JOIN rowpipe.runs s ON s.stream = u.stream WHERE t.stream = r.stream "
		"AND s.loaded > r.loaded)";
	struct fault trouble = { 0 };
	struct libpq_rows rows;
	enum sight sight;

	*chain = NULL;
	if (look(libpq, arena, &sight, fault) != 0 || sight != RUNS_OPEN)
		return fault->status;
	if (libpq_query(libpq, arena, sql, &stream, 1, &rows, &trouble) == 0)
		*chain = rows.count == 0 ? NULL : libpq_cell(&rows, 0, 0);
	else if (!is_foreign(libpq))
		return fault_set(fault, trouble.status, "%s", trouble.text);
	return 0;
}

int runs_made(struct libpq *libpq, struct arena *arena, const char *oids, size_t *count,
	const char **source, struct fault *fault)
{
	static const char sql[] = "SELECT count(DISTINCT t.oid), CASE count(DISTINCT r.source) "
		"WHEN 1 THEN min(r.source) END FROM rowpipe.run_tables t JOIN rowpipe.runs r "
		"USING (stream) WHERE t.oid = ANY ($1::pg_catalog.oid[]) AND r.mode = 'create'";
	struct fault trouble = { 0 };
	struct libpq_rows rows;
	enum sight sight;

	*count = 0;
	*source = NULL;
	if (look(libpq, arena, &sight, fault) != 0 || sight != RUNS_OPEN)
		return fault->status;
	if (libpq_query(libpq, arena, sql, &oids, 1, &rows, &trouble) == 0) {
		*count = (size_t)strtoull(libpq_cell(&rows, 0, 0), NULL, 10);
		*source = libpq_cell(&rows, 0, 1);
	} else if (!is_foreign(libpq)) {
		return fault_set(fault, trouble.status, "%s", trouble.text);
	}
	return 0;
}

/* --- the comment, in front of the table's own ------------------------------------------------- */

static const char comment_stream[] = "rowpipe stream ", comment_chain[] = " chain ";

const char *runs_read_comment(struct arena *arena, const char *comment, const char *stream)
{
	const size_t size = strlen(stream);

	if (comment == NULL || strncmp(comment, comment_stream, strlen(comment_stream)) != 0)
		return NULL;
	comment += strlen(comment_stream);
	if (strncmp(comment, stream, size) != 0 ||
		strncmp(comment + size, comment_chain, strlen(comment_chain)) != 0)
		return NULL;
	comment += size + strlen(comment_chain);
	return arena_copy(arena, comment, strcspn(comment, "\n"));
}

static int write_comment(struct libpq *libpq, struct arena *arena, struct run *run,
	struct fault *fault)
{
	const char *name = run->table_count == 0 ? NULL : run->tables[0].name, *own;
	struct bytes sql = { 0 }, text = { 0 };
	struct libpq_rows rows;

	run->forgotten = name == NULL || run->foreign;
	if (run->forgotten)
		return 0;
	if (libpq_query(libpq, arena, "SELECT pg_catalog.obj_description($1::regclass, 'pg_class')",
		&name, 1, &rows, fault) != 0)
		return fault->status;
	own = libpq_cell(&rows, 0, 0);
	bytes_format(&text, "%s%s%s%s%s%s", comment_stream, run->stream, comment_chain, run->chain,
		own == NULL ? "" : "\n", own == NULL ? "" : own);
	bytes_format(&sql, "COMMENT ON TABLE %s IS ", name);
	if (!text.failed)
		libpq_literal(&sql, text.data, text.size, fault);
	bytes_add_byte(&sql, '\0');
	if (text.failed || sql.failed)
		fault_memory(fault);
	else if (fault->status == 0)
		libpq_run(libpq, (const char *)sql.data, fault);
	bytes_close(&text);
	bytes_close(&sql);
	return fault->status;
}

/* --- the tables ------------------------------------------------------------------------------- */

/* Who makes them at the same time waits here, and then finds them. */
static int make(struct libpq *libpq, struct fault *fault)
{
	return libpq_run(libpq, "SELECT pg_catalog.pg_advisory_xact_lock(8245935277855761735);"
		"CREATE SCHEMA IF NOT EXISTS rowpipe;"
		"CREATE TABLE IF NOT EXISTS rowpipe.runs (stream text PRIMARY KEY, chain text NOT "
		"NULL, source text, mode text NOT NULL, role text NOT NULL DEFAULT current_user, "
		"loaded timestamptz NOT NULL DEFAULT now(), rows bigint NOT NULL, status text NOT "
		"NULL);"
		"CREATE TABLE IF NOT EXISTS rowpipe.run_tables (stream text NOT NULL REFERENCES "
		"rowpipe.runs ON DELETE CASCADE, source text NOT NULL, name text NOT NULL, oid oid "
		"NOT NULL, rows bigint NOT NULL, PRIMARY KEY (stream, source))", fault);
}

/* [["users", "\"public\".\"users\"", 16400, 12], ...] */
static const char *list_tables(struct arena *arena, const struct run *run)
{
	struct bytes json = { 0 };
	char *copy;

	bytes_add_byte(&json, '[');
	for (size_t i = 0; i < run->table_count; i++) {
		const struct run_table *table = &run->tables[i];

		bytes_add_text(&json, i == 0 ? "[" : ",[");
		print_json(&json, table->source, strlen(table->source));
		bytes_add_byte(&json, ',');
		print_json(&json, table->name, strlen(table->name));
		bytes_format(&json, ",%llu,%llu]", (unsigned long long)table->oid,
			(unsigned long long)table->rows);
	}
	bytes_add_byte(&json, ']');
	copy = json.failed ? NULL : arena_copy(arena, json.data, json.size);
	bytes_close(&json);
	return copy;
}

static int insert(struct libpq *libpq, struct arena *arena, const struct run *run,
	struct fault *fault)
{
	const char *parameters[5] = { run->stream, run->chain, run->source, NULL, run->mode };
	const char *tables[2] = { run->stream, list_tables(arena, run) };
	struct libpq_rows rows;
	uint64_t total = 0;

	for (size_t i = 0; i < run->table_count; i++)
		total += run->tables[i].rows;
	parameters[3] = arena_format(arena, "%llu", (unsigned long long)total);
	if (parameters[3] == NULL || tables[1] == NULL)
		return fault_memory(fault);
	if (libpq_query(libpq, arena, "DELETE FROM rowpipe.runs WHERE stream = $1", parameters, 1,
		&rows, fault) == 0)
		libpq_query(libpq, arena, "INSERT INTO rowpipe.runs (stream, chain, source, mode, "
			"rows, status, loaded) VALUES ($1, $2, $3, $5, $4::bigint, 'complete', "
			"pg_catalog.clock_timestamp())",
			parameters, 5, &rows, fault);
	if (fault->status == 0)
		libpq_query(libpq, arena, "INSERT INTO rowpipe.run_tables (stream, source, name, "
			"oid, rows) SELECT $1, t->>0, t->>1, (t->>2)::oid, (t->>3)::bigint "
			"FROM pg_catalog.json_array_elements($2::json) t", tables, 2, &rows, fault);
	return fault->status;
}

/* In a savepoint: whatever is not to be had, the load itself is not lost for it. */
int runs_write(struct libpq *libpq, struct arena *arena, struct run *run,
	struct fault *fault)
{
	struct fault trouble = { 0 };
	enum sight sight;

	if (look(libpq, arena, &sight, fault) != 0)
		return fault->status;
	if (sight == RUNS_CLOSED)
		return write_comment(libpq, arena, run, fault);
	if (libpq_run(libpq, "SAVEPOINT rowpipe_runs", fault) != 0)
		return fault->status;
	if ((sight == RUNS_OPEN || make(libpq, &trouble) == 0) &&
		insert(libpq, arena, run, &trouble) == 0)
		return libpq_run(libpq, "RELEASE SAVEPOINT rowpipe_runs", fault);
	if (!is_foreign(libpq))
		return fault_set(fault, trouble.status, "%s", trouble.text);
	if (libpq_run(libpq, "ROLLBACK TO SAVEPOINT rowpipe_runs", fault) != 0)
		return fault->status;
	return write_comment(libpq, arena, run, fault);
}
