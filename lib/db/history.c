#include "db/history.h"

#include <stdlib.h>
#include <string.h>

#define UTC(time) "pg_catalog.to_char(" time ", 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')"

static int ask(struct control *control, const char *sql, const char *const *parameters,
	size_t count, struct libpq_rows *rows, struct fault *fault)
{
	return libpq_query(control->libpq, control->arena, sql, parameters, count, rows, fault);
}

/* The stages that sessions of this database work on, in their application_name. */
static int find_sessions(struct control *control, struct libpq_rows *names, struct fault *fault)
{
	static const char sql[] = "SELECT pg_catalog.split_part(a.application_name, ' ', 2) FROM "
		"pg_catalog.pg_stat_activity a WHERE a.datname = pg_catalog.current_database() "
		"AND pg_catalog.starts_with(a.application_name, 'rowpipe/')";

	return ask(control, sql, NULL, 0, names, fault);
}

static bool has_session(struct control *control, const char *stream, const struct libpq_rows *names,
	struct fault *fault)
{
	const char *stage = control_stage(control->arena, stream);

	if (stage == NULL)
		fault_memory(fault);
	for (size_t i = 0; i < names->count && stage != NULL; i++)
		if (strcmp(libpq_cell(names, i, 0), stage) == 0)
			return true;
	return false;
}

enum { RUN_HELD = 14, RUN_STAGED };

/* Its row says that it is running. */
static void judge_run(struct control *control, struct history_run *run, const char *held,
	const char *staged, const struct libpq_rows *names, struct fault *fault)
{
	run->rows = staged == NULL ? 0 : strtoull(staged, NULL, 10);
	if (*held == 't' || has_session(control, run->stream, names, fault))
		return;
	run->status = staged == NULL ? "failed" : "partial";
	run->error = staged == NULL ? "the loader was lost without a word, and nothing of it is "
		"staged" : "the loader was lost without a word; the same stream goes on behind "
		"what is staged";
}

int history_list(struct control *control, struct history_run **items, size_t *count,
	struct fault *fault)
{
	static const char sql[] = "SELECT r.stream, r.status, r.mode, r.role, " UTC("r.started")
		", " UTC("r.ended") ", r.pipeline, r.source, r.triggered_by, r.error, r.folder, "
		"r.attempt, r.rows, r.rejects, r.status = 'running' AND EXISTS (SELECT FROM "
		"pg_catalog.pg_locks l WHERE " CONTROL_HOLDS("l", CONTROL_LOCK("r.stream")) "), "
		"CASE r.status WHEN 'running' THEN (SELECT sum(p.rows) FROM rowpipe.progress p "
		"WHERE p.stream = r.stream) END FROM rowpipe.runs r ORDER BY r.started DESC, "
		"r.stream";
	struct libpq_rows rows, names;

	*count = 0;
	if (find_sessions(control, &names, fault) != 0 ||
		ask(control, sql, NULL, 0, &rows, fault) != 0)
		return fault->status;
	*items = arena_array(control->arena, rows.count + 1, sizeof(**items));
	if (*items == NULL)
		return fault_memory(fault);
	for (size_t i = 0; i < rows.count && fault->status == 0; i++) {
		struct history_run *run = &(*items)[(*count)++];

		*run = (struct history_run){ libpq_cell(&rows, i, 0), libpq_cell(&rows, i, 1),
			libpq_cell(&rows, i, 2), libpq_cell(&rows, i, 3), libpq_cell(&rows, i, 4),
			libpq_cell(&rows, i, 5), libpq_cell(&rows, i, 6), libpq_cell(&rows, i, 7),
			libpq_cell(&rows, i, 8), libpq_cell(&rows, i, 9), libpq_cell(&rows, i, 10),
			libpq_number(&rows, i, 11), libpq_number(&rows, i, 12),
			libpq_number(&rows, i, 13) };
		if (strcmp(run->status, "running") == 0)
			judge_run(control, run, libpq_cell(&rows, i, RUN_HELD),
				libpq_cell(&rows, i, RUN_STAGED), &names, fault);
	}
	return fault->status;
}

int history_tables(struct control *control, const char *stream, struct history_table **items,
	size_t *count, struct fault *fault)
{
	static const char sql[] = "SELECT t.source, t.name, t.rows, c.oid IS NOT NULL "
		"FROM rowpipe.run_tables t LEFT JOIN pg_catalog.pg_class c ON c.oid = t.oid "
		"WHERE t.stream = $1 ORDER BY t.source";
	struct libpq_rows rows;

	*count = 0;
	if (ask(control, sql, &stream, 1, &rows, fault) != 0)
		return fault->status;
	*items = arena_array(control->arena, rows.count + 1, sizeof(**items));
	if (*items == NULL)
		return fault_memory(fault);
	for (size_t i = 0; i < rows.count; i++)
		(*items)[(*count)++] = (struct history_table){ libpq_cell(&rows, i, 0),
			libpq_cell(&rows, i, 1), libpq_number(&rows, i, 2),
			*libpq_cell(&rows, i, 3) == 't' };
	return 0;
}

/* --- forgetting ------------------------------------------------------------------------------- */

/* Tables in a schema of the stream's own, or in schema rowpipe where none could be made. */
static int drop_staged(struct control *control, const char *stream, uint64_t *freed,
	struct fault *fault)
{
	static const char sql[] = "SELECT pg_catalog.string_agg(c.oid::regclass::text, ', '), "
		"COALESCE(pg_catalog.sum(pg_catalog.pg_total_relation_size(c.oid)), 0)::bigint "
		"FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = "
		"c.relnamespace WHERE c.relkind = 'r' AND (n.nspname = $1 OR n.nspname = 'rowpipe' "
		"AND pg_catalog.starts_with(c.relname, $1 || '_'))";
	static const char schema[] = "SELECT FROM pg_catalog.pg_namespace WHERE nspname = $1";
	const char *name = control_stage(control->arena, stream);
	const char *text;
	struct libpq_rows rows;

	if (name == NULL)
		return fault_memory(fault);
	if (ask(control, sql, &name, 1, &rows, fault) != 0)
		return fault->status;
	*freed += libpq_number(&rows, 0, 1);
	text = libpq_cell(&rows, 0, 0) == NULL ? NULL : arena_format(control->arena,
		"DROP TABLE %s", libpq_cell(&rows, 0, 0));
	if (libpq_cell(&rows, 0, 0) != NULL && text == NULL)
		return fault_memory(fault);
	if ((text != NULL && libpq_run(control->libpq, text, fault) != 0) ||
		ask(control, schema, &name, 1, &rows, fault) != 0 || rows.count == 0)
		return fault->status;
	/* Hexadecimal digits need no quotes; and what else stands in it, stops it. */
	text = arena_format(control->arena, "DROP SCHEMA %s", name);
	return text == NULL ? fault_memory(fault) : libpq_run(control->libpq, text, fault);
}

static int forget(struct control *control, const char *stream, uint64_t *freed,
	struct fault *fault)
{
	static const char progress[] = "DELETE FROM rowpipe.progress WHERE stream = $1";
	static const char run[] = "UPDATE rowpipe.runs SET status = 'failed', rows = 0, "
		"rejects = 0, ended = pg_catalog.clock_timestamp(), error = COALESCE(error || "
		"'; ', '') || 'what was staged of it was forgotten' WHERE stream = $1 "
		"AND status IN ('running', 'partial')";
	struct libpq_rows rows;

	if (drop_staged(control, stream, freed, fault) == 0 &&
		ask(control, progress, &stream, 1, &rows, fault) == 0)
		ask(control, run, &stream, 1, &rows, fault);
	return fault->status;
}

int history_forget(struct control *control, const char *stream, unsigned seconds, uint64_t *freed,
	struct fault *fault)
{
	static const char sql[] = "SELECT r.status FROM rowpipe.runs r WHERE r.stream = $1";
	struct libpq_rows rows;

	if (libpq_begin(control->libpq, fault) == 0 &&
		control_lock(control, stream, seconds, fault) == 0 &&
		ask(control, sql, &stream, 1, &rows, fault) == 0 && rows.count > 0 &&
		strcmp(libpq_cell(&rows, 0, 0), "complete") != 0)
		forget(control, stream, freed, fault);
	if (fault->status == 0)
		libpq_commit(control->libpq, fault);
	else
		libpq_rollback(control->libpq);
	return fault->status;
}
