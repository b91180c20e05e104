/* What is there of a load that was begun: the other part of staging.h's promise. */
#include <stdlib.h>
#include <string.h>

#include "db/staging.h"

static int ask(struct staging *staging, const char *sql, const char *const *parameters,
	size_t count, struct libpq_rows *rows, struct fault *fault)
{
	return libpq_query(staging->load->libpq, staging->load->arena, sql, parameters, count, rows,
		fault);
}

/* --- other streams ---------------------------------------------------------------------------- */

static bool is_ours(const struct load *load, const char *schema, const char *name)
{
	for (size_t i = 0; i < load->target->table_count; i++)
		if (strcmp(load->target->tables[i].table->name, name) == 0 &&
			strcmp(load_schema(load, i), schema) == 0)
			return true;
	return false;
}

/* Only those count whose tables are still there: dropping them gives them up. */
int staging_look_at_others(struct staging *staging, struct fault *fault)
{
	static const char sql[] = "SELECT p.schema_name, p.table_name, r.stream, "
		"COALESCE(r.source, 'another source') FROM rowpipe.progress p "
		"JOIN rowpipe.runs r USING (stream) JOIN pg_catalog.pg_class c ON c.oid = "
		"p.table_oid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace "
		"WHERE r.stream <> $1 AND r.status IN ('running', 'partial') "
		"AND n.nspname LIKE 'rowpipe%' GROUP BY 1, 2, 3, 4 ORDER BY 3, 1, 2";
	const char *stream = staging->load->stream;
	struct libpq_rows rows;

	if (strcmp(staging->load->run.mode, "create") != 0 ||
		ask(staging, sql, &stream, 1, &rows, fault) != 0)
		return fault->status;
	for (size_t i = 0; i < rows.count; i++) {
		const char *schema = libpq_cell(&rows, i, 0), *name = libpq_cell(&rows, i, 1);
		const char *other = libpq_cell(&rows, i, 2);

		if (is_ours(staging->load, schema, name))
			return fault_set(fault, STATUS_MISFIT, "rows of another stream, %s of %s, "
				"are staged for table %s.%s: feed it that one again, or give them "
				"up: pg-control forget --yes%s '%s'", other,
				libpq_cell(&rows, i, 3), schema, name, staging->address, other);
	}
	return 0;
}

/* --- what was committed ----------------------------------------------------------------------- */

static int refuse(const struct staging *staging, size_t place, const char *what,
	struct fault *fault)
{
	return fault_set(fault, STATUS_MISFIT, "what is staged of table %s was %s by somebody: it "
		"cannot be gone on with. Give it up, and the same command begins anew: %s",
		staging->load->target->tables[place].shown, what, staging->way_out);
}

static size_t place_of(const struct staging *staging, const struct control_segment *segment)
{
	const struct load *load = staging->load;
	size_t i = 0;

	while (i < load->target->table_count &&
		(strcmp(load->target->tables[i].table->name, segment->name) != 0 ||
		strcmp(load_schema(load, i), segment->schema) != 0))
		i++;
	return i;
}

static int take_segments(struct staging *staging, const struct control_segment *segments,
	size_t count, struct fault *fault)
{
	for (size_t i = 0; i < count; i++) {
		const size_t place = place_of(staging, &segments[i]);
		struct staging_part *part = &staging->parts[place];

		if (place == staging->load->target->table_count)
			return fault_set(fault, STATUS_MISFIT, "this stream was begun with a table "
				"%s.%s, which it has no more: give up what is staged: %s",
				segments[i].schema, segments[i].name, staging->way_out);
		if (part->oid != 0 && part->oid != segments[i].oid)
			return refuse(staging, place, "made anew", fault);
		part->oid = segments[i].oid;
		staging->there += segments[i].rows;
		if (segments[i].last <= staging->reach)
			continue;
		staging->reach = segments[i].last;
		staging->chain = segments[i].chain;
	}
	staging->committed = count > 0;
	return 0;
}

enum { THERE_OID, THERE_COMMENT };

/* The table is the one that was made, and is logged. */
static int look_at_table(struct staging *staging, size_t place, struct fault *fault)
{
	static const char sql[] = "SELECT c.oid, pg_catalog.obj_description(c.oid, 'pg_class') "
		"FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n "
		"ON n.oid = c.relnamespace WHERE n.nspname = $1 AND c.relname = $2 "
		"AND c.relkind = 'r' AND c.relpersistence = 'p'";
	const struct load_place *where = &staging->places[place];
	const char *names[2] = { where->schema, where->name }, *gone;
	struct staging_part *part = &staging->parts[place];
	struct libpq_rows rows;
	uint64_t oid;

	if (ask(staging, sql, names, 2, &rows, fault) != 0)
		return fault->status;
	if (rows.count == 0) {
		gone = arena_format(staging->load->arena, "dropped or made UNLOGGED (it is not in "
			"schema %s)", where->schema);
		return gone == NULL ? fault_memory(fault) : refuse(staging, place, gone, fault);
	}
	oid = strtoull(libpq_cell(&rows, 0, THERE_OID), NULL, 10);
	if (part->oid != 0 && part->oid != oid)
		return refuse(staging, place, "made anew", fault);
	part->oid = oid;
	if (libpq_cell(&rows, 0, THERE_COMMENT) != NULL)
		load_make_bare(staging->load, place, libpq_cell(&rows, 0, THERE_COMMENT), fault);
	return fault->status;
}

/*
 * Each segment's transaction has as many rows there as it has committed, and no other one has any:
 * a row that somebody has written over is one of his.
 */
static int look_at_rows(struct staging *staging, size_t place, struct fault *fault)
{
	struct arena *arena = staging->load->arena;
	const char *parameters[2] = { staging->load->stream, arena_format(arena, "%llu",
		(unsigned long long)staging->parts[place].oid) };
	const char *sql = arena_format(arena, "SELECT count(*) FROM (SELECT xmin AS x, "
		"count(*) AS n FROM ONLY %s GROUP BY 1) t FULL JOIN "
		"(SELECT (p.xid & 4294967295)::text::xid AS x, sum(p.rows) AS n "
		"FROM rowpipe.progress p WHERE p.stream = $1 AND p.table_oid = $2::oid "
		"GROUP BY 1) s USING (x) WHERE t.n IS DISTINCT FROM s.n",
		staging->places[place].quoted);
	struct libpq_rows rows;

	if (sql == NULL || parameters[1] == NULL)
		return fault_memory(fault);
	if (ask(staging, sql, parameters, 2, &rows, fault) != 0)
		return fault->status;
	return strcmp(libpq_cell(&rows, 0, 0), "0") == 0 ? 0 : refuse(staging, place,
		"changed (it has other rows than were committed)", fault);
}

/*
 * Whoever dropped all that was staged has given it up.  Nobody can take the stream over between the
 * look and the word that nothing is there.
 */
static int was_given_up(struct staging *staging, bool *given_up, struct fault *fault)
{
	static const char sql[] = "SELECT count(*) FROM pg_catalog.pg_class c JOIN "
		"pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE (n.nspname = $2 AND "
		"pg_catalog.starts_with(c.relname, $3)) OR c.oid IN (SELECT p.table_oid FROM "
		"rowpipe.progress p WHERE p.stream = $1)";
	static const char forget[] = "DELETE FROM rowpipe.progress WHERE stream = $1";
	struct libpq *libpq = staging->load->libpq;
	const char *stream = staging->load->stream, *parameters[3] = { stream, staging->schema };
	struct libpq_rows rows;

	*given_up = false;
	parameters[2] = staging->own ? "" : arena_format(staging->load->arena, "%s_",
		staging->name);
	if (parameters[2] == NULL)
		return fault_memory(fault);
	if (libpq_begin(libpq, fault) != 0 ||
		control_attempt_holds(&staging->load->control, &staging->load->run, fault) != 0 ||
		ask(staging, sql, parameters, 3, &rows, fault) != 0)
		return fault->status;
	*given_up = strcmp(libpq_cell(&rows, 0, 0), "0") == 0;
	if (*given_up)
		ask(staging, forget, &stream, 1, &rows, fault);
	return fault->status == 0 ? libpq_commit(libpq, fault) : fault->status;
}

int staging_resume(struct staging *staging, struct fault *fault)
{
	struct load *load = staging->load;
	struct control_segment *segments;
	size_t count;
	bool given_up;

	if (control_read_progress(&load->control, load->stream, &segments, &count,
		fault) != 0 || count == 0 || was_given_up(staging, &given_up, fault) != 0 ||
		given_up || take_segments(staging, segments, count, fault) != 0)
		return fault->status;
	for (size_t i = 0; i < load->target->table_count && fault->status == 0; i++)
		look_at_table(staging, i, fault);
	if (fault->status != 0 || load_begin_tables(load, fault) != 0)
		return fault->status;
	for (size_t i = 0; i < load->target->table_count && fault->status == 0; i++)
		if (load->tables[i].altered)
			refuse(staging, i, "altered", fault);
		else
			look_at_rows(staging, i, fault);
	return fault->status;
}
