#include "db/control.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/print.h"

#define STREAM_LOCK CONTROL_LOCK("$1")
#define AT_WORK "another loader of this stream is at work"

enum { LOCK_WAIT = 10 }; /* seconds */

/* What the segments of a stream sum up to. */
#define STAGED(column) "(SELECT COALESCE(sum(p." column "), 0)::bigint FROM rowpipe.progress p " \
	"WHERE p.stream = $1)"

/* Of a run, also in version 1, which calls it otherwise. */
#define ENDED(run) "COALESCE(pg_catalog.to_jsonb(" run ")->>'ended', pg_catalog.to_jsonb(" run \
	")->>'loaded')::timestamptz"

static int ask(struct control *control, const char *sql, const char *const *parameters,
	size_t count, struct libpq_rows *rows, struct fault *fault)
{
	return libpq_query(control->libpq, control->arena, sql, parameters, count, rows, fault);
}

static const char *number(struct control *control, uint64_t value, struct fault *fault)
{
	const char *text = arena_format(control->arena, "%llu", (unsigned long long)value);

	if (text == NULL)
		fault_memory(fault);
	return text;
}

const char *control_stage(struct arena *arena, const char *stream)
{
	const size_t digits = strspn(stream, "0123456789abcdef");

	if (stream[digits] == '\0')
		return arena_format(arena, "rowpipe_stage_%.8s", stream);
	return arena_format(arena, "rowpipe_stage_%08lx",
		(unsigned long)(hash_64(stream, strlen(stream), 0) & 0xffffffff));
}

/* --- finding ---------------------------------------------------------------------------------- */

/* Of all modes these alone find a table empty, or empty it; an append leaves what was there. */
int control_find(struct control *control, const char *stream, const char **chain,
	struct fault *fault)
{
	static const char sql[] = "SELECT r.chain FROM rowpipe.runs r WHERE r.stream = $1 "
		"AND r.status = 'complete' AND NOT EXISTS (SELECT FROM rowpipe.run_tables t "
		"LEFT JOIN pg_catalog.pg_class c ON c.oid = t.oid WHERE t.stream = r.stream "
		"AND c.oid IS NULL) AND NOT EXISTS (SELECT FROM rowpipe.run_tables t "
		"JOIN rowpipe.run_tables u ON u.oid = t.oid AND u.stream <> t.stream "
		"JOIN rowpipe.runs s ON s.stream = u.stream AND s.status = 'complete' "
		"AND s.mode IN ('fill', 'refill') "
		"WHERE t.stream = r.stream AND " ENDED("s") " > " ENDED("r") ")";
	struct libpq_rows rows;

	*chain = NULL;
	if (control->readable && ask(control, sql, &stream, 1, &rows, fault) == 0)
		*chain = rows.count == 0 ? NULL : libpq_cell(&rows, 0, 0);
	return fault->status;
}

int control_made(struct control *control, const char *oids, size_t *count, const char **source,
	struct fault *fault)
{
	static const char sql[] = "SELECT count(DISTINCT t.oid), CASE count(DISTINCT r.source) "
		"WHEN 1 THEN min(r.source) END FROM rowpipe.run_tables t JOIN rowpipe.runs r "
		"USING (stream) WHERE t.oid = ANY ($1::pg_catalog.oid[]) "
		"AND r.mode NOT IN ('fill', 'refill')";
	struct libpq_rows rows;

	*count = 0;
	*source = NULL;
	if (!control->readable || ask(control, sql, &oids, 1, &rows, fault) != 0)
		return fault->status;
	*count = (size_t)libpq_number(&rows, 0, 0);
	*source = libpq_cell(&rows, 0, 1);
	return 0;
}

/* --- the comment, in front of the table's own ------------------------------------------------- */

static const char comment_stream[] = "rowpipe stream ", comment_chain[] = " chain ";

const char *control_read_comment(struct arena *arena, const char *comment, const char *stream)
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

static int write_comment(struct control *control, const struct control_run *run,
	struct fault *fault)
{
	static const char own_sql[] = "SELECT pg_catalog.obj_description($1::regclass, 'pg_class')";
	const char *name = run->table_count == 0 ? NULL : run->tables[0].name, *own;
	struct bytes sql = { 0 }, text = { 0 };
	struct libpq_rows rows;

	control->forgotten = name == NULL || run->foreign;
	if (control->forgotten || ask(control, own_sql, &name, 1, &rows, fault) != 0)
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
		libpq_run(control->libpq, (const char *)sql.data, fault);
	bytes_close(&text);
	bytes_close(&sql);
	return fault->status;
}

/* --- complete --------------------------------------------------------------------------------- */

static const char *settle(struct control *control, struct bytes *text, struct fault *fault)
{
	const char *copy = bytes_settle(text, control->arena);

	if (copy == NULL)
		fault_memory(fault);
	return copy;
}

/* [["users", "\"public\".\"users\"", 16400, 12, true], ...] */
static const char *list_tables(struct control *control, const struct control_run *run,
	struct fault *fault)
{
	struct bytes json = { 0 };

	bytes_add_byte(&json, '[');
	for (size_t i = 0; i < run->table_count; i++) {
		const struct control_table *table = &run->tables[i];

		bytes_add_text(&json, i == 0 ? "[" : ",[");
		print_json(&json, table->source, strlen(table->source));
		bytes_add_byte(&json, ',');
		print_json(&json, table->name, strlen(table->name));
		bytes_format(&json, ",%llu,%llu,%s]", (unsigned long long)table->oid,
			(unsigned long long)table->rows, table->blurred ? "false" : "true");
	}
	bytes_add_byte(&json, ']');
	return settle(control, &json, fault);
}

static const char *list_views(struct control *control, const struct control_run *run,
	struct fault *fault)
{
	struct bytes json = { 0 };

	bytes_add_byte(&json, '[');
	for (size_t i = 0; i < run->view_count; i++) {
		bytes_add_text(&json, i == 0 ? "" : ",");
		print_json(&json, run->views[i], strlen(run->views[i]));
	}
	bytes_add_byte(&json, ']');
	return settle(control, &json, fault);
}

static int write_tables(struct control *control, const struct control_run *run,
	struct fault *fault)
{
	static const char forget[] = "WITH v AS (DELETE FROM rowpipe.run_views WHERE stream = $1) "
		"DELETE FROM rowpipe.run_tables WHERE stream = $1";
	static const char tables[] = "INSERT INTO rowpipe.run_tables (stream, source, name, oid, "
		"rows, shape, xid) SELECT $1, t->>0, t->>1, (t->>2)::oid, (t->>3)::bigint, "
		CONTROL_TABLE_SHAPE("(t->>2)::oid") ", CASE WHEN (t->>4)::boolean THEN "
		"pg_catalog.txid_current() END "
		"FROM pg_catalog.json_array_elements($2::json) t";
	static const char views[] = "INSERT INTO rowpipe.run_views (stream, name, oid, shape) "
		"SELECT $1, v, v::regclass, " CONTROL_VIEW_SHAPE("v::regclass") " "
		"FROM pg_catalog.json_array_elements_text($2::json) v";
	const char *parameters[2] = { run->stream, list_tables(control, run, fault) };
	struct libpq_rows rows;

	if (fault->status != 0 || ask(control, forget, parameters, 1, &rows, fault) != 0 ||
		ask(control, tables, parameters, 2, &rows, fault) != 0)
		return fault->status;
	parameters[1] = list_views(control, run, fault);
	return fault->status == 0 ? ask(control, views, parameters, 2, &rows, fault) :
		fault->status;
}

/* The columns that a run has from its beginning on. */
#define BEGINNING "stream, pipeline, mode, source, source_id, triggered_by, folder, role, started"

static void fill_beginning(const struct control_run *run, const char *parameters[7])
{
	parameters[0] = run->stream;
	parameters[1] = run->pipeline;
	parameters[2] = run->mode;
	parameters[3] = run->source;
	parameters[4] = run->source_id;
	parameters[5] = run->triggered_by;
	parameters[6] = run->folder;
}

int control_end_run(struct control *control, const struct control_run *run,
	struct fault *fault)
{
	static const char sql[] = "INSERT INTO rowpipe.runs AS r (" BEGINNING ", ended, status, "
		"attempt, rows, rejects, chain, error, report) VALUES ($1, $2, $3, $4, $5, $6, $7, "
		"current_user, now(), pg_catalog.clock_timestamp(), 'complete', 1, $8::bigint, "
		"$9::bigint, $10, NULL, NULL) ON CONFLICT (stream) DO UPDATE SET "
		"pipeline = EXCLUDED.pipeline, mode = EXCLUDED.mode, source = EXCLUDED.source, "
		"source_id = EXCLUDED.source_id, triggered_by = EXCLUDED.triggered_by, "
		"folder = EXCLUDED.folder, role = EXCLUDED.role, started = CASE $11 WHEN '0' THEN "
		"EXCLUDED.started ELSE r.started END, ended = EXCLUDED.ended, "
		"status = EXCLUDED.status, attempt = CASE $11 WHEN '0' THEN r.attempt + 1 ELSE "
		"r.attempt END, rows = EXCLUDED.rows, rejects = EXCLUDED.rejects, "
		"chain = EXCLUDED.chain, error = NULL, report = NULL";
	const char *parameters[11];
	struct libpq_rows rows;
	uint64_t total = 0;

	for (size_t i = 0; i < run->table_count; i++)
		total += run->tables[i].rows;
	fill_beginning(run, parameters);
	parameters[7] = number(control, total, fault);
	parameters[8] = number(control, run->rejects, fault);
	parameters[9] = run->chain;
	parameters[10] = number(control, run->attempt, fault);
	if (fault->status == 0 && ask(control, sql, parameters, 11, &rows, fault) == 0)
		write_tables(control, run, fault);
	return fault->status;
}

/* What a schema that was changed meanwhile would cause; and a missing right. */
static bool may_do_without(const struct control *control)
{
	const char *state = libpq_error(control->libpq)->state;

	return strncmp(state, "42", 2) == 0 || strncmp(state, "22", 2) == 0 ||
		strncmp(state, "23", 2) == 0;
}

/* In a savepoint: whatever is not to be had, the load itself is not lost for it. */
int control_remember(struct control *control, const struct control_run *run,
	struct fault *fault)
{
	struct fault trouble = { 0 };

	if (control_look(control, fault) != 0)
		return fault->status;
	if (control->state != CONTROL_OPEN && control->state != CONTROL_ABSENT &&
		control->state != CONTROL_OLD)
		return write_comment(control, run, fault);
	if (libpq_run(control->libpq, "SAVEPOINT rowpipe_control", fault) != 0)
		return fault->status;
	if (control_make(control, &trouble) == 0 && control_end_run(control, run, &trouble) == 0)
		return libpq_run(control->libpq, "RELEASE SAVEPOINT rowpipe_control", fault);
	if (!may_do_without(control))
		return fault_set(fault, trouble.status, "%s", trouble.text);
	if (libpq_run(control->libpq, "ROLLBACK TO SAVEPOINT rowpipe_control", fault) != 0)
		return fault->status;
	return write_comment(control, run, fault);
}

int control_insist(struct control *control, const struct control_run *run, struct fault *fault)
{
	if (control_look(control, fault) != 0 || control_make(control, fault) != 0 ||
		control_need(control, fault) != 0)
		return fault->status;
	return control_end_run(control, run, fault);
}

/* --- attempts --------------------------------------------------------------------------------- */

/* Who has the lock; its client may be long gone. */
static int tell_holder(struct control *control, const char *key, const char *name,
	const char *what, struct fault *fault)
{
	const char *sql = arena_format(control->arena, "SELECT a.pid, COALESCE(a.usename, '?'), "
		"pg_catalog.split_part(a.application_name, ' ', 1), "
		"COALESCE(pg_catalog.host(a.client_addr), 'the server itself'), "
		"pg_catalog.floor(EXTRACT(epoch FROM pg_catalog.clock_timestamp() - "
		"a.xact_start))::bigint FROM (SELECT %s AS key WHERE $1::text IS NOT NULL) k "
		"JOIN pg_catalog.pg_locks l ON " CONTROL_HOLDS("l", "k.key") " "
		"JOIN pg_catalog.pg_stat_activity a ON a.pid = l.pid LIMIT 1", key);
	struct fault ignored = { 0 };
	struct libpq_rows rows;

	if (sql == NULL)
		return fault_memory(fault);
	if (ask(control, sql, &name, 1, &rows, &ignored) != 0 || rows.count == 0)
		return fault_set(fault, STATUS_AGAIN, "%s; wait until it is done", what);
	return fault_set(fault, STATUS_AGAIN, "%s: server process %s of role %s (%s), from %s, for "
		"%s s; wait until it is done, or end it: SELECT pg_terminate_backend(%s)", what,
		libpq_cell(&rows, 0, 0), libpq_cell(&rows, 0, 1), libpq_cell(&rows, 0, 2),
		libpq_cell(&rows, 0, 3),
		libpq_cell(&rows, 0, 4) == NULL ? "0" : libpq_cell(&rows, 0, 4),
		libpq_cell(&rows, 0, 0));
}

static int take(struct control *control, const char *verb, const char *key, const char *name,
	const char *what, unsigned seconds, struct fault *fault)
{
	const char *sql = arena_format(control->arena, "SELECT pg_catalog.%s(%s) "
		"WHERE $1::text IS NOT NULL", verb, key);
	struct fault trouble = { 0 };
	struct libpq_rows rows;
	char wait[64];

	if (sql == NULL)
		return fault_memory(fault);
	snprintf(wait, sizeof(wait), "SET LOCAL lock_timeout = '%us'", seconds);
	if (libpq_run(control->libpq, wait, fault) != 0 ||
		ask(control, sql, &name, 1, &rows, &trouble) == 0)
		return fault->status;
	if (strcmp(libpq_error(control->libpq)->state, "55P03") != 0)
		return fault_set(fault, trouble.status, "%s", trouble.text);
	libpq_rollback(control->libpq);
	return tell_holder(control, key, name, what, fault);
}

int control_take(struct control *control, const char *key, const char *name, const char *what,
	unsigned seconds, struct fault *fault)
{
	return take(control, "pg_advisory_xact_lock", key, name, what, seconds, fault);
}

int control_lock(struct control *control, const char *stream, unsigned seconds,
	struct fault *fault)
{
	return take(control, "pg_advisory_xact_lock", STREAM_LOCK, stream, AT_WORK, seconds,
		fault);
}

/* What is left of a run that is over has nothing to say to this one. */
static int raise_attempt(struct control *control, struct control_run *run, struct fault *fault)
{
	static const char forget[] = "DELETE FROM rowpipe.progress p USING rowpipe.runs r "
		"WHERE p.stream = $1 AND r.stream = $1 AND r.status IN ('complete', 'undone')";
	static const char sql[] = "INSERT INTO rowpipe.runs AS r (" BEGINNING ", ended, status, "
		"attempt, rows, rejects, chain, error, report) VALUES ($1, $2, $3, $4, $5, $6, $7, "
		"current_user, now(), NULL, 'running', 1, 0, 0, NULL, NULL, NULL) "
		"ON CONFLICT (stream) DO UPDATE SET pipeline = EXCLUDED.pipeline, "
		"mode = EXCLUDED.mode, source = EXCLUDED.source, source_id = EXCLUDED.source_id, "
		"triggered_by = EXCLUDED.triggered_by, folder = EXCLUDED.folder, "
		"role = EXCLUDED.role, started = CASE WHEN EXISTS (SELECT FROM rowpipe.progress p "
		"WHERE p.stream = $1) THEN r.started ELSE EXCLUDED.started END, ended = NULL, "
		"status = 'running', attempt = r.attempt + 1, rows = " STAGED("rows") ", "
		"rejects = " STAGED("rejects") ", chain = NULL, error = NULL, report = NULL "
		"RETURNING attempt";
	const char *parameters[7];
	struct libpq_rows rows;

	fill_beginning(run, parameters);
	if (ask(control, forget, parameters, 1, &rows, fault) == 0 &&
		ask(control, sql, parameters, 7, &rows, fault) == 0)
		run->attempt = libpq_number(&rows, 0, 0);
	return fault->status;
}

/* history.c looks for it. */
static int name_session(struct control *control, const char *stream, struct fault *fault)
{
	static const char sql[] = "SELECT pg_catalog.set_config('application_name', "
		"pg_catalog.split_part(pg_catalog.current_setting('application_name'), ' ', 1) || "
		"' ' || $1, false)";
	const char *stage = control_stage(control->arena, stream);
	struct libpq_rows rows;

	if (stage == NULL)
		return fault_memory(fault);
	return libpq_facts(control->libpq)->pooler ? 0 : ask(control, sql, &stage, 1, &rows, fault);
}

int control_staged(struct control *control, const char *stream, const char **mode,
	struct fault *fault)
{
	static const char sql[] = "SELECT r.mode FROM rowpipe.runs r WHERE r.stream = $1 "
		"AND r.status NOT IN ('complete', 'undone') AND EXISTS (SELECT FROM "
		"rowpipe.progress p WHERE p.stream = r.stream)";
	struct libpq_rows rows;

	*mode = NULL;
	if (control->state == CONTROL_OPEN && ask(control, sql, &stream, 1, &rows, fault) == 0 &&
		rows.count > 0)
		*mode = libpq_cell(&rows, 0, 0);
	return fault->status;
}

int control_begin_run(struct control *control, struct control_run *run, unsigned seconds,
	const char **chain, struct fault *fault)
{
	*chain = NULL;
	if (libpq_begin(control->libpq, fault) == 0 &&
		control_lock(control, run->stream, seconds, fault) == 0 &&
		control_find(control, run->stream, chain, fault) == 0 && *chain == NULL)
		control_staged(control, run->stream, &run->begun, fault);
	if (run->begun != NULL && strcmp(run->begun, run->mode) == 0)
		run->begun = NULL;
	if (fault->status == 0 && *chain == NULL && run->begun == NULL)
		raise_attempt(control, run, fault);
	if (run->attempt != 0 && fault->status == 0)
		libpq_commit(control->libpq, fault);
	else
		libpq_rollback(control->libpq);
	return fault->status == 0 && *chain == NULL && run->begun == NULL ?
		name_session(control, run->stream, fault) : fault->status;
}

int control_attempt_holds(struct control *control, const struct control_run *run,
	struct fault *fault)
{
	static const char sql[] = "SELECT r.attempt FROM rowpipe.runs r WHERE r.stream = $1 "
		"AND r.status = 'running'";
	struct libpq_rows rows;

	if (take(control, "pg_advisory_xact_lock_shared", STREAM_LOCK, run->stream, AT_WORK,
		LOCK_WAIT, fault) != 0 || ask(control, sql, &run->stream, 1, &rows, fault) != 0)
		return fault->status;
	if (rows.count == 0 || libpq_number(&rows, 0, 0) != run->attempt)
		return fault_set(fault, STATUS_AGAIN, "another loader has taken this stream over, "
			"or it was forgotten meanwhile");
	return 0;
}

void control_keep_report(struct control *control, const char *stream, const char *report)
{
	const char *parameters[] = { stream, report };
	struct fault ignored = { 0 };
	struct libpq_rows rows;

	if (control->state == CONTROL_OPEN)
		ask(control, "UPDATE rowpipe.runs SET report = $2::jsonb WHERE stream = $1 "
			"AND status = 'complete'", parameters, 2, &rows, &ignored);
}

int control_undo_run(struct control *control, const char *stream, const char *remark,
	struct fault *fault)
{
	static const char sql[] = "WITH p AS (DELETE FROM rowpipe.progress WHERE stream = $1) "
		"UPDATE rowpipe.runs SET status = 'undone', ended = pg_catalog.clock_timestamp(), "
		"error = $2 WHERE stream = $1 AND status = 'complete'";
	const char *parameters[2] = { stream, remark };
	struct libpq_rows rows;

	if (ask(control, sql, parameters, 2, &rows, fault) != 0 || rows.affected == 1)
		return fault->status;
	return fault_set(fault, STATUS_AGAIN, "the run is not complete any more: look again");
}

/* A load of one transaction leaves nothing of its own behind. */
static void add_failure(struct control *control, const struct control_run *run,
	const char *error, struct fault *ignored)
{
	static const char sql[] = "INSERT INTO rowpipe.runs AS r (" BEGINNING ", ended, status, "
		"attempt, rows, rejects, chain, error, report) VALUES ($1, $2, $3, $4, $5, $6, $7, "
		"current_user, now(), now(), 'failed', 1, 0, 0, NULL, $8, NULL) "
		"ON CONFLICT (stream) DO UPDATE SET pipeline = EXCLUDED.pipeline, "
		"triggered_by = EXCLUDED.triggered_by, folder = EXCLUDED.folder, "
		"role = EXCLUDED.role, started = EXCLUDED.started, ended = EXCLUDED.ended, "
		"status = EXCLUDED.status, attempt = r.attempt + 1, error = EXCLUDED.error "
		"WHERE r.status IN ('failed', 'undone')";
	const char *parameters[8];
	struct libpq_rows rows;

	fill_beginning(run, parameters);
	parameters[7] = error;
	ask(control, sql, parameters, 8, &rows, ignored);
}

void control_fail_run(struct control *control, const struct control_run *run, const char *error)
{
	static const char sql[] = "UPDATE rowpipe.runs r SET status = CASE WHEN EXISTS (SELECT "
		"FROM rowpipe.progress p WHERE p.stream = $1) THEN 'partial' ELSE 'failed' END, "
		"rows = " STAGED("rows") ", rejects = " STAGED("rejects") ", ended = now(), "
		"error = $3 WHERE r.stream = $1 AND r.attempt = $2::integer "
		"AND r.status = 'running'";
	struct fault ignored = { 0 };
	struct libpq_rows rows;
	const char *parameters[3] = { run->stream, number(control, run->attempt, &ignored),
		error };

	libpq_rollback(control->libpq);
	if (control->state != CONTROL_OPEN || ignored.status != 0)
		return;
	if (run->attempt == 0)
		add_failure(control, run, error, &ignored);
	else
		ask(control, sql, parameters, 3, &rows, &ignored);
}

/* --- progress --------------------------------------------------------------------------------- */

int control_read_progress(struct control *control, const char *stream,
	struct control_segment **segments, size_t *count, struct fault *fault)
{
	static const char sql[] = "SELECT p.schema_name, p.table_name, p.table_oid, p.first_frame, "
		"p.last_frame, p.chain, p.rows, p.rejects FROM rowpipe.progress p "
		"WHERE p.stream = $1 ORDER BY 1, 2, 4";
	struct libpq_rows rows;

	*count = 0;
	if (ask(control, sql, &stream, 1, &rows, fault) != 0)
		return fault->status;
	*segments = arena_array(control->arena, rows.count + 1, sizeof(**segments));
	if (*segments == NULL)
		return fault_memory(fault);
	for (; *count < rows.count; ++*count)
		(*segments)[*count] = (struct control_segment){
			libpq_cell(&rows, *count, 0), libpq_cell(&rows, *count, 1),
			libpq_number(&rows, *count, 2), libpq_number(&rows, *count, 3),
			libpq_number(&rows, *count, 4), libpq_cell(&rows, *count, 5),
			libpq_number(&rows, *count, 6), libpq_number(&rows, *count, 7) };
	return 0;
}

int control_write_progress(struct control *control, const char *stream,
	const struct control_segment *segment, struct fault *fault)
{
	static const char sql[] = "INSERT INTO rowpipe.progress (stream, schema_name, table_name, "
		"table_oid, first_frame, last_frame, chain, rows, rejects, xid) VALUES ($1, $2, "
		"$3, $4::oid, $5::bigint, $6::bigint, $7, $8::bigint, $9::bigint, "
		"pg_catalog.txid_current())";
	const char *parameters[] = { stream, segment->schema, segment->name,
		number(control, segment->oid, fault), number(control, segment->first, fault),
		number(control, segment->last, fault), segment->chain,
		number(control, segment->rows, fault), number(control, segment->rejects, fault) };
	struct libpq_rows rows;

	return fault->status != 0 ? fault->status : ask(control, sql, parameters, 9, &rows, fault);
}
