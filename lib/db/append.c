#include "db/append.h"

#include <stdlib.h>
#include <string.h>

#include "db/keeper.h"
#include "db/relatives.h"
#include "db/text.h"

enum { SOURCE_WAIT = 600 }; /* seconds: another load inserts its rows meanwhile */

static int ask(struct append *append, const char *sql, const char *const *parameters, size_t count,
	struct libpq_rows *rows, struct fault *fault)
{
	return load_ask(append->load, sql, parameters, count, rows, fault);
}

/* Runs what was gathered, which is closed; how many rows it was, and what it gave. */
static int run(struct append *append, struct bytes *sql, struct libpq_rows *rows,
	struct fault *fault)
{
	bytes_add_byte(sql, '\0');
	if (sql->failed)
		fault_memory(fault);
	else if (fault->status == 0)
		ask(append, (const char *)sql->data, NULL, 0, rows, fault);
	bytes_close(sql);
	return fault->status;
}

/* A copy of what was gathered, which is closed. */
static const char *settle(struct append *append, struct bytes *text, struct fault *fault)
{
	const char *copy = bytes_settle(text, append->load->arena);

	if (copy == NULL)
		fault_memory(fault);
	return copy;
}

/* --- looking ---------------------------------------------------------------------------------- */

enum { COLUMN_NAME, COLUMN_GENERATED, COLUMN_TYPE, COLUMN_TABLE, COLUMN_PARTITIONED };

/* The server's row for a column; rows->count: it is not there. */
static size_t find_column(const struct libpq_rows *rows, const char *name)
{
	size_t i = 0;

	for (; i < rows->count; i++)
		if (libpq_cell(rows, i, COLUMN_NAME) != NULL &&
			strcmp(libpq_cell(rows, i, COLUMN_NAME), name) == 0)
			break;
	return i;
}

static int look_at_columns(struct append *append, size_t place, const struct libpq_rows *rows,
	struct fault *fault)
{
	const struct target_table *target = &append->load->target->tables[place];
	struct bytes columns = { 0 }, values = { 0 };

	for (size_t i = 0; i < target->table->column_count && fault->status == 0; i++) {
		const char *name = target->table->columns[i].name;
		const size_t row = find_column(rows, name);
		const char *quoted = text_quote(append->load->arena, name);

		if (quoted == NULL)
			fault_memory(fault);
		else if (row == rows->count)
			fault_set(fault, STATUS_MISFIT, "table %s has no column \"%s\" in the "
				"target: leave it out (rows-select --drop), or add it",
				target->shown, name);
		if (fault->status != 0 || *libpq_cell(rows, row, COLUMN_GENERATED) == 't')
			continue;
		bytes_format(&columns, "%s%s", columns.size == 0 ? "" : ", ", quoted);
		bytes_format(&values, "%s%s::%s", values.size == 0 ? "" : ", ", quoted,
			libpq_cell(rows, row, COLUMN_TYPE));
	}
	append->tables[place].columns = settle(append, &columns, fault);
	append->tables[place].values = settle(append, &values, fault);
	return fault->status;
}

static int look_at_table(struct append *append, size_t place, struct fault *fault)
{
	static const char sql[] = "SELECT a.attname, a.attgenerated <> '', "
		"pg_catalog.format_type(a.atttypid, a.atttypmod), c.oid, c.relkind = 'p' FROM "
		"pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace "
		"LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 "
		"AND NOT a.attisdropped WHERE n.nspname = $1 AND c.relname = $2 "
		"AND c.relkind IN ('r', 'p')";
	const struct target_table *target = &append->load->target->tables[place];
	const char *names[2] = { load_schema(append->load, place), target->table->name };
	struct libpq *libpq = append->load->libpq;
	struct libpq_rows rows;
	const char *why;

	if (ask(append, sql, names, 2, &rows, fault) != 0)
		return fault->status;
	why = rows.count > 0 ? NULL : keeper_stranger(libpq, append->load->arena, names[0],
		names[1], fault);
	if (rows.count == 0)
		return why != NULL ? fault_set(fault, STATUS_MISFIT, "%s", why) :
			fault_set(fault, STATUS_MISFIT, "table %s is not in the target: --mode "
			"create makes it", target->shown);
	append->tables[place].oid = libpq_cell(&rows, 0, COLUMN_TABLE);
	append->tables[place].partitioned = libpq_truth(&rows, 0, COLUMN_PARTITIONED);
	return look_at_columns(append, place, &rows, fault);
}

static const char *list_oids(struct append *append, struct fault *fault)
{
	struct bytes list = { 0 };

	for (size_t i = 0; i < append->load->target->table_count; i++)
		text_add_number(&list, strtoull(append->tables[i].oid, NULL, 10));
	return text_end_list(&list, append->load->arena, fault);
}

/* A new extract of the same source is another stream, and would bring the same rows again. */
static int look_at_runs(struct append *append, struct fault *fault)
{
	static const char sql[] = "SELECT r.stream, r.ended::timestamptz(0), r.mode "
		"FROM rowpipe.runs r JOIN rowpipe.run_tables t USING (stream) WHERE "
		"r.status = 'complete' AND r.source = $1 AND r.stream <> $2 AND t.rows > 0 AND "
		"t.oid = ANY ($3::oid[]) ORDER BY r.ended DESC LIMIT 1";
	struct load *load = append->load;
	const char *parameters[3] = { load->run.source, load->stream, list_oids(append, fault) };
	struct libpq_rows rows;

	if (append->again || !load->control.readable || load->run.source == NULL ||
		fault->status != 0 || ask(append, sql, parameters, 3, &rows, fault) != 0 ||
		rows.count == 0)
		return fault->status;
	return fault_set(fault, STATUS_MISFIT, "rows of %s were loaded into these tables before "
		"(stream %s, mode %s, %s): a new extract of it may bring the same rows again; "
		"--again appends it all the same", load->run.source, libpq_cell(&rows, 0, 0),
		libpq_cell(&rows, 0, 2), libpq_cell(&rows, 0, 1));
}

/*
 * This very stream, which is not found: its tables are others now, as in a database that was
 * restored, or were filled anew.  Whether they hold its rows nobody knows.
 */
static int look_at_run(struct append *append, struct fault *fault)
{
	static const char sql[] = "SELECT r.ended::timestamptz(0) FROM rowpipe.runs r WHERE "
		"r.stream = $1 AND r.status = 'complete'";
	struct load *load = append->load;
	struct libpq_rows rows;

	if (append->again || !load->control.readable ||
		ask(append, sql, &load->stream, 1, &rows, fault) != 0 || rows.count == 0)
		return fault->status;
	return fault_set(fault, STATUS_MISFIT, "this stream was loaded before (%s), into tables "
		"that were made or filled anew since: they may hold its rows already; --again "
		"appends it all the same", libpq_cell(&rows, 0, 0));
}

/*
 * Another extract of the source may have come in since: behind the lock it is seen, or it waits
 * until this one is.
 */
static int look_again(struct append *append, struct fault *fault)
{
	static const char key[] = "pg_catalog.hashtextextended($1, 8245935277855761736)";
	struct load *load = append->load;

	if (load->run.source != NULL && control_take(&load->control, key, load->run.source,
		"another load adds rows of the same source", SOURCE_WAIT, fault) != 0)
		return fault->status;
	if (control_look(&load->control, fault) != 0)
		return fault->status;
	return look_at_runs(append, fault);
}

int append_look(struct append *append, struct fault *fault)
{
	struct load *load = append->load;
	const size_t count = load->target->table_count;

	append->tables = arena_array(load->arena, count, sizeof(*append->tables));
	append->order = arena_array(load->arena, count, sizeof(*append->order));
	if (append->tables == NULL || append->order == NULL)
		return fault_memory(fault);
	/* What is not remembered would be appended again by the same command. */
	if (control_look(&load->control, fault) != 0 ||
		control_need_room(&load->control, fault) != 0 ||
		control_find(&load->control, load->stream, &load->chain, fault) != 0)
		return fault->status;
	load->complete = load->chain != NULL;
	for (size_t i = 0; i < count && fault->status == 0 && !load->complete; i++)
		look_at_table(append, i, fault);
	if (fault->status != 0 || load->complete)
		return fault->status;
	if (keeper_need(load->libpq, load->arena, list_oids(append, fault), KEEPER_INSERT,
		fault) != 0 || look_at_run(append, fault) != 0)
		return fault->status;
	return look_at_runs(append, fault);
}

/* --- where the rows wait ---------------------------------------------------------------------- */

/* The stream's values are wanted, not what this server would make of its definitions. */
static void strip_tables(struct target *target)
{
	for (size_t i = 0; i < target->step_count; i++)
		if (target->steps[i].phase == TARGET_TABLE)
			target->steps[i].sql = target->steps[i].otherwise;
	for (size_t i = 0; i < target->table_count; i++) {
		target->tables[i].copy = target->tables[i].bare_copy;
		for (size_t j = 0; j < target->tables[i].table->column_count; j++)
			target->tables[i].generated[j] = false;
	}
	target->todo_count = 0;
}

int append_begin(struct append *append, uint64_t every, struct fault *fault)
{
	struct load *load = append->load;

	strip_tables(load->target);
	if (staging_begin(append->staging, load, every, fault) != 0 || load->complete ||
		append->staging->on)
		return fault->status;
	return staging_begin_temporary(append->staging, fault);
}

/* --- publishing ------------------------------------------------------------------------------- */

/*
 * A column that is of another type here takes a value only if the way back leads to the same one:
 * nothing is rounded, cut or padded.
 */
static int check_values(struct append *append, size_t place, struct fault *fault)
{
	static const char sql[] = "SELECT pg_catalog.quote_ident(s.attname), "
		"pg_catalog.format_type(t.atttypid, t.atttypmod), "
		"pg_catalog.format_type(s.atttypid, s.atttypmod) FROM pg_catalog.pg_attribute t "
		"JOIN pg_catalog.pg_attribute s ON s.attname = t.attname WHERE "
		"t.attrelid = $1::oid AND t.attnum > 0 AND t.attgenerated = '' AND "
		"s.attrelid = $2::oid AND s.attnum > 0 AND "
		"(s.atttypid, s.atttypmod) <> (t.atttypid, t.atttypmod) ORDER BY s.attnum";
	struct load *load = append->load;
	const char *parameters[2] = { append->tables[place].oid, NULL };
	struct libpq_rows rows, lost;

	parameters[1] = arena_format(load->arena, "%llu",
		(unsigned long long)load->tables[place].oid);
	if (parameters[1] == NULL)
		return fault_memory(fault);
	if (ask(append, sql, parameters, 2, &rows, fault) != 0)
		return fault->status;
	for (size_t i = 0; i < rows.count && fault->status == 0; i++) {
		const char *name = libpq_cell(&rows, i, 0), *to = libpq_cell(&rows, i, 1);
		struct bytes text = { 0 };

		bytes_format(&text, "SELECT count(*) FROM %s WHERE %s::%s::%s IS DISTINCT FROM %s",
			load->places[place].quoted, name, to, libpq_cell(&rows, i, 2), name);
		if (run(append, &text, &lost, fault) == 0 &&
			strcmp(libpq_cell(&lost, 0, 0), "0") != 0)
			fault_set(fault, STATUS_MISFIT, "column %s of table %s is %s in the "
				"target, where %s values would become others: give it that type "
				"in the plan (rows-retype --set), or widen the column", name,
				load->target->tables[place].shown, to, libpq_cell(&lost, 0, 0));
	}
	return fault->status;
}

static int insert_rows(struct append *append, size_t place, struct fault *fault)
{
	struct load *load = append->load;
	const struct append_table *own = &append->tables[place];
	const struct target_table *target = &load->target->tables[place];
	const uint64_t sent = load->tables[place].rows;
	struct fault trouble = { 0 };
	struct bytes sql = { 0 };
	struct libpq_rows rows;

	if (sent == 0 || check_values(append, place, fault) != 0)
		return fault->status;
	bytes_format(&sql, "INSERT INTO %s (%s) OVERRIDING SYSTEM VALUE SELECT %s FROM %s",
		target->name, own->columns, own->values, load->places[place].quoted);
	if (run(append, &sql, &rows, &trouble) != 0)
		return fault_set(fault, trouble.status, "table %s: %s", target->shown,
			trouble.text);
	if (rows.affected != sent)
		return fault_set(fault, STATUS_MISFIT, "table %s: of %llu rows %llu were written: "
			"a trigger or rule swallows rows", target->shown, (unsigned long long)sent,
			(unsigned long long)rows.affected);
	return 0;
}

static int insert_all(struct append *append, struct fault *fault)
{
	struct load *load = append->load;
	const size_t count = load->target->table_count;
	const char **oids = arena_array(load->arena, count, sizeof(*oids));

	if (oids == NULL)
		return fault_memory(fault);
	for (size_t i = 0; i < count; i++)
		oids[i] = append->tables[i].oid;
	if (relatives_sort(load->libpq, load->arena, oids, count, append->order, fault) != 0 ||
		libpq_run(load->libpq, "SET LOCAL lock_timeout = '10s';"
		"SET CONSTRAINTS ALL DEFERRED", fault) != 0)
		return fault->status;
	for (size_t i = 0; i < count && fault->status == 0; i++)
		insert_rows(append, append->order[i], fault);
	for (size_t i = 0; i < count && fault->status == 0 && !load->dry; i++)
		relatives_advance(load->libpq, load->arena, oids[i],
			load->target->tables[i].name, fault);
	return fault->status;
}

/*
 * Triggers and rules may write in these tables, too.  The stream's rows of one are told by the
 * transaction as long as it wrote just as many there, all by one command.
 */
static int look_for_code(struct append *append, bool *found, struct fault *fault)
{
	static const char sql[] = "WITH own AS (SELECT o.oid FROM pg_catalog.unnest($1::oid[]) "
		"AS o (oid) UNION SELECT p.relid FROM pg_catalog.unnest($1::oid[]) AS o (oid), "
		"pg_catalog.pg_partition_tree(o.oid) p) "
		"SELECT EXISTS (SELECT FROM pg_catalog.pg_trigger t JOIN own ON "
		"own.oid = t.tgrelid WHERE " TEXT_OF_USER("t") " AND t.tgenabled <> 'D' AND "
		"(t.tgtype & 4) <> 0) OR "
		"EXISTS (SELECT FROM pg_catalog.pg_rewrite w JOIN own ON own.oid = w.ev_class "
		"WHERE w.ev_type = '3' AND w.ev_enabled <> 'D')";
	const char *oids = list_oids(append, fault);
	struct libpq_rows rows;

	*found = false;
	if (fault->status == 0 && ask(append, sql, &oids, 1, &rows, fault) == 0)
		*found = libpq_truth(&rows, 0, 0);
	return fault->status;
}

static int count_written(struct append *append, size_t place, struct fault *fault)
{
	struct load *load = append->load;
	struct append_table *own = &append->tables[place];
	struct bytes sql = { 0 };
	struct libpq_rows rows;

	bytes_format(&sql, "SELECT count(*), count(DISTINCT t.cmin::text) FROM %s%s t WHERE "
		"t.xmin::text = (pg_catalog.txid_current() & 4294967295)::text",
		own->partitioned ? "" : "ONLY ", load->target->tables[place].name);
	if (run(append, &sql, &rows, fault) == 0)
		own->blurred = libpq_number(&rows, 0, 1) > 1 ||
			libpq_number(&rows, 0, 0) != load->tables[place].rows;
	return fault->status;
}

static int tell_rows(struct append *append, struct fault *fault)
{
	bool found;

	if (append->load->dry || look_for_code(append, &found, fault) != 0 || !found)
		return fault->status;
	for (size_t i = 0; i < append->load->target->table_count && fault->status == 0; i++)
		count_written(append, i, fault);
	return fault->status;
}

/* What is remembered are the tables that were there, not those that the rows waited in. */
static int remember(struct append *append, const char *chain, struct fault *fault)
{
	struct load *load = append->load;
	const size_t count = load->target->table_count;
	struct control_table *tables = arena_array(load->arena, count, sizeof(*tables));

	if (tables == NULL)
		return fault_memory(fault);
	for (size_t i = 0; i < count; i++)
		tables[i] = (struct control_table){ load->target->tables[i].table->source,
			load->target->tables[i].name, strtoull(append->tables[i].oid, NULL, 10),
			load->tables[i].rows, append->tables[i].blurred };
	load->run.stream = load->stream;
	load->run.chain = chain;
	load->run.tables = tables;
	load->run.table_count = count;
	return control_insist(&load->control, &load->run, fault);
}

int append_end(struct append *append, const char *chain, struct fault *fault)
{
	struct load *load = append->load;

	if (append->staging->on ? staging_gather(append->staging, fault) != 0 :
		load_close_copy(load, fault) != 0)
		return fault->status;
	if (look_again(append, fault) != 0 || insert_all(append, fault) != 0 ||
		staging_drop(append->staging, fault) != 0 ||
		libpq_run(load->libpq, "SET CONSTRAINTS ALL IMMEDIATE", fault) != 0 ||
		tell_rows(append, fault) != 0 || remember(append, chain, fault) != 0)
		return fault->status;
	if (!load->dry)
		return libpq_commit(load->libpq, fault);
	libpq_rollback(load->libpq);
	return 0;
}
