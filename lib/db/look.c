#include "db/look.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>

#include "base/print.h"
#include "db/handover.h"
#include "row/describe.h"
#include "row/history.h"
#include "row/identifier.h"
#include "row/migrations.h"

enum { OLDEST = 120000 };

static void find(struct load *load, struct findings *findings, enum look_verdict verdict,
	int status, const char *text)
{
	findings_add(findings, load->arena, verdict, status, text);
}

static char *settle(struct load *load, struct bytes *text, struct fault *fault)
{
	char *copy = bytes_settle(text, load->arena);

	if (copy == NULL)
		fault_memory(fault);
	return copy;
}

/* --- the server ------------------------------------------------------------------------------- */

void look_at_server(struct load *load, struct findings *findings)
{
	const struct libpq_facts *facts = libpq_facts(load->libpq);

	find(load, findings, facts->version >= OLDEST ? LOOK_OK : LOOK_STOP, STATUS_SERVER,
		arena_format(load->arena, "server: PostgreSQL %s%s%s%s", facts->version_text,
		facts->pooler ? ", through a pooler" : "",
		facts->socket ? "" : facts->tls ? ", encrypted" : ", not encrypted: "
			"sslmode=verify-full does that, and proves who the server is",
		facts->version >= OLDEST ? "" : "; version 12 or newer is needed"));
	if (strcmp(facts->encoding, "UTF8") == 0)
		find(load, findings, LOOK_OK, 0, "encoding: UTF8");
	else
		find(load, findings, LOOK_TODO, 0, arena_format(load->arena, "encoding: %s; a text "
			"that it does not have stops the load", facts->encoding));
	if (facts->read_only || facts->standby)
		find(load, findings, LOOK_STOP, STATUS_MISFIT,
			"the server is read-only: load into its primary");
}

/* --- rights ----------------------------------------------------------------------------------- */

/* Each schema once: is it there, and may this role make tables in it? */
static int look_at_schema(struct load *load, struct findings *findings, const char *schema,
	struct fault *fault)
{
	static const char sql[] = "SELECT pg_catalog.has_schema_privilege(oid, 'CREATE') AND "
		"pg_catalog.has_schema_privilege(oid, 'USAGE'), "
		"pg_catalog.quote_ident(nspname), pg_catalog.quote_ident(current_user) "
		"FROM pg_catalog.pg_namespace WHERE nspname = $1";
	static const char may[] = "SELECT pg_catalog.has_database_privilege("
		"pg_catalog.current_database(), 'CREATE'), "
		"pg_catalog.quote_ident(pg_catalog.current_database()), "
		"pg_catalog.quote_ident(current_user)";
	struct libpq_rows rows;
	int status = load_ask(load, sql, &schema, 1, &rows, fault);

	if (status == 0 && rows.count == 0) {
		status = load_ask(load, may, NULL, 0, &rows, fault);
		if (status == 0 && strcmp(libpq_cell(&rows, 0, 0), "t") != 0)
			find(load, findings, LOOK_STOP, STATUS_RIGHTS, arena_format(load->arena,
				"schema %s is not there and may not be made; its owner can help: "
				"GRANT CREATE ON DATABASE %s TO %s", schema,
				libpq_cell(&rows, 0, 1), libpq_cell(&rows, 0, 2)));
	} else if (status == 0 && strcmp(libpq_cell(&rows, 0, 0), "t") != 0) {
		find(load, findings, LOOK_STOP, STATUS_RIGHTS, arena_format(load->arena,
			"no right to make tables; its owner can help: GRANT USAGE, CREATE ON "
			"SCHEMA %s TO %s", libpq_cell(&rows, 0, 1), libpq_cell(&rows, 0, 2)));
	}
	return status;
}

static int look_at_schemas(struct load *load, struct findings *findings, struct fault *fault)
{
	size_t stops = findings->stops;
	int status = 0;

	for (size_t i = 0; i < load->target->table_count && status == 0; i++) {
		size_t j = 0;

		while (strcmp(load_schema(load, j), load_schema(load, i)) != 0)
			j++;
		if (j == i)
			status = look_at_schema(load, findings, load_schema(load, i), fault);
	}
	if (status == 0 && findings->stops == stops)
		find(load, findings, LOOK_OK, 0, "rights: tables can be made");
	return status;
}

/* --- limits ----------------------------------------------------------------------------------- */

static void look_at_widths(struct load *load, struct findings *findings)
{
	for (size_t i = 0; i < load->target->table_count; i++) {
		const struct target_table *table = &load->target->tables[i];
		const size_t size = target_row_size(table);

		if (table->table->column_count > TARGET_COLUMNS_MOST)
			find(load, findings, LOOK_STOP, STATUS_MISFIT, arena_format(load->arena,
				"table %s has %zu columns, PostgreSQL's have at most %d: leave "
				"some out (rows-select --drop), or load it in parts", table->shown,
				table->table->column_count, TARGET_COLUMNS_MOST));
		else if (size > TARGET_ROW_MOST && table->table->counted &&
			table->table->expected > 0)
			find(load, findings, LOOK_STOP, STATUS_MISFIT, arena_format(load->arena,
				"a row of table %s takes at least %zu bytes, PostgreSQL's have at "
				"most %d: leave columns out (rows-select --drop), or load it in "
				"parts", table->shown, size, TARGET_ROW_MOST));
	}
}

/* The server's locks that the load holds at its end: one for each thing that it made. */
static uint64_t count_locks(const struct load *load)
{
	uint64_t locks = 0;

	for (size_t i = 0; i < load->target->table_count; i++)
		locks += 4; /* the table, its type, its TOAST table, that one's index */
	for (size_t i = 0; i < load->target->step_count; i++) {
		const enum target_phase phase = load->target->steps[i].phase;

		locks += phase == TARGET_IDENTITY || phase == TARGET_KEY || phase == TARGET_INDEX ||
			phase == TARGET_FOREIGN;
		locks += phase == TARGET_VIEW ? 2 : 0; /* the view and its type */
	}
	return locks;
}

/* The server has room for somewhat more than it promises. */
static int look_at_locks(struct load *load, struct findings *findings, struct fault *fault)
{
	static const char sql[] = "SELECT sum(setting::bigint) FILTER (WHERE name = "
		"'max_locks_per_transaction'), 1 + sum(setting::bigint) FILTER (WHERE name <> "
		"'max_locks_per_transaction') FROM pg_catalog.pg_settings WHERE name IN ("
		"'max_locks_per_transaction', 'max_connections', 'max_prepared_transactions', "
		"'autovacuum_max_workers', 'max_worker_processes', 'max_wal_senders')";
	const uint64_t locks = count_locks(load);
	uint64_t most, slots, wanted;
	struct libpq_rows rows;
	const char *text;

	if (load_ask(load, sql, NULL, 0, &rows, fault) != 0)
		return fault->status;
	if (libpq_cell(&rows, 0, 0) == NULL || libpq_cell(&rows, 0, 1) == NULL)
		return 0;
	most = strtoull(libpq_cell(&rows, 0, 0), NULL, 10);
	slots = strtoull(libpq_cell(&rows, 0, 1), NULL, 10);
	if (locks < most * slots * 3 / 4)
		return 0;
	for (wanted = 64; wanted * slots * 3 / 4 <= locks;)
		wanted *= 2;
	text = arena_format(load->arena, "%zu tables in one transaction take %llu locks, and the "
		"server has room for about %llu: ALTER SYSTEM SET max_locks_per_transaction = "
		"%llu; then restart it", load->target->table_count, (unsigned long long)locks,
		(unsigned long long)(most * slots), (unsigned long long)wanted);
	find(load, findings, locks > most * slots * 6 / 5 ? LOOK_STOP : LOOK_TODO, STATUS_SERVER,
		text);
	return 0;
}

/* --- names that are taken --------------------------------------------------------------------- */

/* What is in the way, and who may have made it. */
struct taken {
	size_t tables, full, others, views;
	const char *first;       /* of the others: an index, a type */
	const char *comment;     /* on the first table of the load */
	bool made[MIGRATIONS];
	struct bytes names;      /* public.a, public.b */
	struct bytes oids;       /* {1,2 */
	size_t ours;             /* loads of this tool made so many of them, */
	const char *source;      /* ... all from this one; NULL: not known */
	struct bytes view_names; /* as names */
};

/* [["public","users","table"],["public","users_pkey","index"],["public","knex_..","ledger"]] */
static const char *list_names(struct load *load, struct fault *fault)
{
	const struct target *target = load->target;
	struct bytes json = { 0 };

	bytes_add_byte(&json, '[');
	for (size_t i = 0; i < target->table_count; i++) {
		load_add_name(&json, load_schema(load, i), target->tables[i].table->name);
		bytes_format(&json, ",\"table\",%zu],", i);
	}
	for (size_t i = 0; i < target->step_count; i++) {
		const struct target_step *step = &target->steps[i];

		if ((step->phase != TARGET_KEY && step->phase != TARGET_INDEX &&
			step->phase != TARGET_VIEW) || step->name == NULL)
			continue;
		load_add_name(&json, load_step_schema(load, step), step->name);
		bytes_format(&json, ",\"%s\",%zu],",
			step->phase == TARGET_VIEW ? "view" : "index", i);
	}
	for (size_t i = 0; i < MIGRATIONS && target->table_count > 0; i++) {
		load_add_name(&json, load_schema(load, 0), migrations[i].table);
		bytes_format(&json, ",\"ledger\",%zu],", i);
	}
	if (json.size > 1)
		json.size--;
	bytes_add_byte(&json, ']');
	return settle(load, &json, fault);
}

/* A view of the name that one of ours will have: the tables below it cannot go before it. */
static void take_view(struct load *load, struct taken *taken, size_t place)
{
	const struct target_step *step = &load->target->steps[place];

	bytes_add_text(&taken->view_names, taken->views++ == 0 ? "" : ", ");
	identifier_add_both(&taken->view_names, load_step_schema(load, step), step->name);
}

static void take_name(struct load *load, struct taken *taken, const struct libpq_rows *rows,
	size_t row)
{
	const char *kind = libpq_cell(rows, row, 0), *oid = libpq_cell(rows, row, 3);
	const size_t place = (size_t)strtoull(libpq_cell(rows, row, 1), NULL, 10);

	if (strcmp(kind, "view") == 0 && libpq_cell(rows, row, 6) != NULL &&
		strcmp(libpq_cell(rows, row, 6), "t") == 0)
		take_view(load, taken, place);
	if (strcmp(kind, "ledger") == 0) {
		taken->made[place] = true;
	} else if (strcmp(kind, "table") == 0 && oid != NULL) {
		bytes_format(&taken->names, "%s%s", taken->tables == 0 ? "" : ", ",
			load->target->tables[place].shown);
		bytes_format(&taken->oids, "%s%s", taken->tables == 0 ? "{" : ",", oid);
		taken->tables++;
		taken->full += strcmp(libpq_cell(rows, row, 4), "t") == 0;
		if (place == 0)
			taken->comment = libpq_cell(rows, row, 5);
	} else if (taken->others++ == 0) {
		taken->first = libpq_cell(rows, row, 2);
	}
}

static int ask_names(struct load *load, struct taken *taken, struct fault *fault)
{
	static const char sql[] = "SELECT w.kind, w.place, w.name, c.oid, c.relkind IN ('r', 'p', "
		"'m') AND pg_catalog.pg_relation_size(c.oid) > 0, "
		"pg_catalog.obj_description(c.oid, 'pg_class'), c.relkind = 'v' "
		"FROM (SELECT v->>0 AS schema, v->>1 AS name, v->>2 AS kind, v->>3 AS place "
		"FROM pg_catalog.json_array_elements($1::pg_catalog.json) v) w "
		"JOIN pg_catalog.pg_namespace n ON n.nspname = w.schema "
		"LEFT JOIN pg_catalog.pg_class c ON c.relnamespace = n.oid AND c.relname = w.name "
		"LEFT JOIN pg_catalog.pg_type t ON w.kind IN ('table', 'view') "
		"AND t.typnamespace = n.oid AND t.typname = w.name AND t.typrelid = 0 "
		"AND t.typcategory <> 'A' "
		"WHERE c.oid IS NOT NULL OR t.oid IS NOT NULL";
	const char *names = list_names(load, fault);
	struct libpq_rows rows;

	if (names == NULL || load_ask(load, sql, &names, 1, &rows, fault) != 0)
		return fault->status;
	for (size_t i = 0; i < rows.count; i++)
		take_name(load, taken, &rows, i);
	if (taken->tables == 0)
		return 0;
	bytes_add(&taken->oids, "}", 2);
	if (taken->oids.failed || taken->names.failed)
		return fault_memory(fault);
	return control_made(&load->control, (const char *)taken->oids.data, &taken->ours,
		&taken->source, fault);
}

static void add_makers(const struct load *load, const struct taken *taken, struct bytes *text)
{
	for (size_t i = 0; i < MIGRATIONS; i++) {
		bool made = taken->made[i];

		for (size_t j = 0; j < load->target->table_count; j++)
			made |= strcmp(load->target->tables[j].table->source,
				migrations[i].table) == 0;
		if (made) {
			bytes_format(text, ", made by %s", migrations[i].maker);
			return;
		}
	}
}

/* The statement that makes room is only told for tables that a load of ours has made. */
static void add_choices(const struct taken *taken, struct bytes *text)
{
	enum { SHOWN = 300 };
	const bool all = taken->names.size <= SHOWN;
	const char *names = (const char *)taken->names.data;

	if (taken->ours == taken->tables && taken->source != NULL)
		bytes_format(text, ", made by an earlier load of %.100s", taken->source);
	else if (taken->ours == taken->tables)
		bytes_add_text(text, ", made by earlier loads");
	bytes_format(text, ": %.*s%s; %s, or load into another schema (--target-schema NAME)",
		(int)(all ? taken->names.size : SHOWN), names, all ? "" : " ...",
		taken->ours == taken->tables ? "make room with the DROP TABLE below" : "drop them");
}

static void add_drop(struct load *load, struct findings *findings, const struct taken *taken)
{
	if (taken->tables > 0 && taken->ours == taken->tables && findings->count > 0)
		findings->items[findings->count - 1].sql = arena_format(load->arena,
			"%s%.*s%sDROP TABLE %.*s;", taken->views > 0 ? "DROP VIEW " : "",
			(int)taken->view_names.size, taken->views > 0 ?
			(const char *)taken->view_names.data : "",
			taken->views > 0 ? "; " : "", (int)taken->names.size,
			(const char *)taken->names.data);
}

static int stop_at_names(struct load *load, struct findings *findings, const struct taken *taken,
	struct fault *fault)
{
	struct bytes text = { 0 };
	const char *copy;

	if (taken->tables > 0) {
		bytes_format(&text, "%zu of %zu table%s exist%s (%zu hold%s rows)", taken->tables,
			load->target->table_count, load->target->table_count == 1 ? "" : "s",
			taken->tables == 1 ? "s" : "", taken->full, taken->full == 1 ? "s" : "");
		if (taken->ours < taken->tables)
			add_makers(load, taken, &text);
		add_choices(taken, &text);
	} else {
		bytes_format(&text,
			"%zu name%s of keys, indexes, views or types %s taken, the first is "
			"%s: load into another schema (--target-schema NAME)",
			taken->others, taken->others == 1 ? "" : "s",
			taken->others == 1 ? "is" : "are", taken->first);
	}
	copy = settle(load, &text, fault);
	find(load, findings, LOOK_STOP, STATUS_MISFIT, copy);
	add_drop(load, findings, taken);
	return fault->status;
}

int look_at_names(struct load *load, struct findings *findings, struct fault *fault)
{
	struct taken taken = { 0 };
	int status = ask_names(load, &taken, fault);

	if (status == 0 && taken.tables == load->target->table_count && taken.comment != NULL) {
		load->chain = control_read_comment(load->arena, taken.comment, load->stream);
		load->complete = load->chain != NULL;
	}
	if (status == 0 && taken.tables + taken.others == 0)
		find(load, findings, LOOK_OK, 0, arena_format(load->arena,
			"tables: %zu to make, no name is taken", load->target->table_count));
	else if (status == 0 && !load->complete)
		status = stop_at_names(load, findings, &taken, fault);
	bytes_close(&taken.names);
	bytes_close(&taken.oids);
	bytes_close(&taken.view_names);
	return status;
}

/* Whose migrations a source's tables were made by; NULL: nobody's that is known. */
static const char *find_maker(const struct load *load, const char **command)
{
	for (size_t i = 0; i < MIGRATIONS; i++)
		for (size_t j = 0; j < load->target->table_count; j++) {
			const struct table *table = load->target->tables[j].table;
			const char *maker = migrations_maker(table);
			const struct history_place *place = history_of(table);

			if (maker == NULL || strcmp(maker, migrations[i].maker) != 0)
				continue;
			*command = place == NULL ? "as it does" : place->command;
			return maker;
		}
	return NULL;
}

/* A framework reads what it has written only from the types that it gives its columns itself. */
static void look_at_maker(struct load *load, struct findings *findings)
{
	const char *command, *maker = load->target->native ? NULL : find_maker(load, &command);

	if (maker != NULL)
		find(load, findings, LOOK_TODO, 0, arena_format(load->arena, "made by %s: it may "
			"expect other types than these (times with a zone, uuid, jsonb); let it "
			"make the tables first (%s), and load with --mode refill", maker, command));
}

int look_at_all(struct load *load, struct findings *findings, struct fault *fault)
{
	look_at_server(load, findings);
	load->control = (struct control){ .arena = load->arena, .libpq = load->libpq };
	if (control_look(&load->control, fault) != 0 ||
		control_find(&load->control, load->stream, &load->chain, fault) != 0)
		return fault->status;
	load->complete = load->chain != NULL;
	if (!load->complete && look_at_names(load, findings, fault) != 0)
		return fault->status;
	if (load->complete) {
		find(load, findings, LOOK_OK, 0, "this stream was loaded already");
		return 0;
	}
	look_at_maker(load, findings);
	if (handover_look(load->target, findings, fault) != 0)
		return fault->status;
	if (look_at_schemas(load, findings, fault) != 0)
		return fault->status;
	look_at_widths(load, findings);
	return look_at_locks(load, findings, fault);
}

/* --- room and time ---------------------------------------------------------------------------- */

/*
 * Measured on many databases: a row takes up to 30 bytes more than SQLite's, and an index of it 20;
 * the rest is about as large.
 */
static uint64_t guess_bytes(const struct load *load, uint64_t bytes, uint64_t *rows)
{
	uint64_t keys = 0;

	*rows = 0;
	for (size_t i = 0; i < load->target->table_count; i++) {
		const struct table *table = load->target->tables[i].table;

		*rows += table->counted ? table->expected : 0;
	}
	for (size_t i = 0; i < load->target->step_count; i++) {
		const struct target_step *step = &load->target->steps[i];

		if (step->phase == TARGET_KEY || step->phase == TARGET_INDEX)
			keys += load->target->tables[step->place].table->expected;
	}
	return bytes + *rows * 30 + keys * 20;
}

/* Where the server keeps its data: told to few roles, and of use on its own machine only. */
static const char *data_folder(struct load *load)
{
	static const char sql[] = "SELECT setting FROM pg_catalog.pg_settings "
		"WHERE name = 'data_directory'";
	const struct libpq_facts *facts = libpq_facts(load->libpq);
	struct fault ignored = { 0 };
	struct libpq_rows rows;

	if (!facts->socket || facts->pooler ||
		load_ask(load, sql, NULL, 0, &rows, &ignored) != 0 || rows.count == 0)
		return NULL;
	return libpq_cell(&rows, 0, 0);
}

static void look_at_space(struct load *load, struct findings *findings, uint64_t needed)
{
	const char *folder = data_folder(load);
	struct statvfs facts;
	struct bytes text = { 0 };
	struct fault ignored = { 0 };
	uint64_t there;

	if (folder == NULL || statvfs(folder, &facts) != 0) {
		find(load, findings, LOOK_OK, 0, "space: what is free at the server cannot be seen "
			"from here");
		return;
	}
	there = (uint64_t)facts.f_bavail * facts.f_frsize;
	bytes_add_text(&text, "space: ");
	describe_size(&text, there);
	bytes_format(&text, " free in %s", folder);
	if (there < needed)
		bytes_add_text(&text, ", which may be too little");
	find(load, findings, there < needed ? LOOK_TODO : LOOK_OK, 0,
		settle(load, &text, &ignored));
}

/* Loading takes about four times as long as looking at every value once, its keys included. */
static void look_at_time(struct load *load, struct findings *findings, double seconds)
{
	enum { AS_LONG = 4 };
	const double all = seconds * AS_LONG;

	find(load, findings, LOOK_OK, 0, all < 10 ?
		"time: some seconds (a guess)" : arena_format(load->arena, "time: about %.0f %s (a "
		"guess, from the %.0f s that reading it once took; a server that is far away needs "
		"longer)", all < 600 ? all : all / 60, all < 600 ? "seconds" : "minutes", seconds));
}

int look_at_room(struct load *load, struct findings *findings, uint64_t bytes, double seconds,
	struct fault *fault)
{
	struct bytes text = { 0 };
	uint64_t rows, needed;

	if (load->complete || bytes == 0)
		return 0;
	needed = guess_bytes(load, bytes, &rows);
	bytes_add_text(&text, "size: ");
	describe_number(&text, rows);
	bytes_format(&text, " row%s, ", rows == 1 ? "" : "s");
	describe_size(&text, bytes);
	bytes_add_text(&text, " in SQLite; about ");
	describe_size(&text, needed);
	bytes_add_text(&text, " in PostgreSQL, with its indexes (a guess)");
	find(load, findings, LOOK_OK, 0, settle(load, &text, fault));
	look_at_space(load, findings, needed);
	look_at_time(load, findings, seconds);
	return fault->status;
}
