/*
 * pg-load: loads a typed row stream into PostgreSQL, of which nothing is there until the stream's
 * END is verified.
 */
#include <limits.h>
#include <time.h>
#include <unistd.h>

#include "base/descriptor.h"
#include "base/print.h"
#include "db/address.h"
#include "db/handover.h"
#include "db/loader.h"
#include "db/look.h"
#include "flow/flow.h"
#include "flow/progress.h"
#include "flow/report.h"
#include "flow/report_check.h"
#include "flow/shell.h"
#include "flow/trigger.h"
#include "row/describe.h"

static const char *database, *env_file, *todo_file, *report_file, *mode, *triggers;
static const char *owner;
static struct texts grants;
static long long commit_every = 256LL << 20, publish_wait = 600, retry_time = 180;
static bool schema_only, only_ddl, only_check, dry_run, quiet, delete_listed, other_migrations;
static bool again, data_only, upserts, appends, fills;
static enum loader_mode loader_mode = LOADER_CREATE;

static const struct option options[] = {
	{ "dbname", 'd', OPTION_TEXT, "WHERE",
		"env:NAME (a URL in that variable), a postgres:// URL, keywords and values, or a "
		"database; without it libpq's own environment decides",
		&database, false, 0, 0 },
	{ "env-file", 0, OPTION_TEXT, "FILE",
		"look up env:NAME in this .env file, too; without -d its DATABASE_URL, or its "
		"DB_HOST, DB_PORT and so on", &env_file, false, 0, 0 },
	{ "mode", 0, OPTION_TEXT, "MODE",
		"create: the tables must not exist (the default); fill: they exist and hold no "
		"rows; refill: what they hold is deleted first; append: rows are added to theirs; "
		"upsert: rows are written over those of the same primary key", &mode, false, 0, 0 },
	{ "triggers", 0, OPTION_TEXT, "WHAT",
		"with --mode fill and refill: off (the default), or fire: triggers of the target "
		"stay on", &triggers, false, 0, 0 },
	{ "other-migrations", 0, OPTION_FLAG, NULL,
		"with --mode fill and refill: go on where source and target are not at the same "
		"migrations of their framework", &other_migrations, false, 0, 0 },
	{ "again", 0, OPTION_FLAG, NULL,
		"with --mode append: add the rows although others of the same source were loaded "
		"into these tables before", &again, false, 0, 0 },
	{ "delete-listed", 0, OPTION_FLAG, NULL,
		"with --mode upsert: delete the rows whose keys the stream lists, too",
		&delete_listed, false, 0, 0 },
	{ "owner", 0, OPTION_TEXT, "ROLE",
		"what is made belongs to ROLE in the end, of which this one must be a member",
		&owner, false, 0, 0 },
	{ "grant", 0, OPTION_LIST, "RIGHTS TO ROLES",
		"rights to all tables and views that are made, as 'SELECT, INSERT TO app'; may be "
		"given again", &grants, false, 0, 0 },
	{ "commit-every", 0, OPTION_NUMBER, "BYTES",
		"a larger load is staged in parts of so many bytes, and goes on behind the last "
		"one when it broke off (268435456); 0: always one transaction", &commit_every,
		false, 0, LLONG_MAX },
	{ "publish-wait", 0, OPTION_NUMBER, "SECONDS",
		"wait so long for transactions that would see a part of a staged load (600)",
		&publish_wait, false, 0, 1000000 },
	{ "retry-time", 0, OPTION_NUMBER, "SECONDS",
		"when the connection is lost and the stream comes from a file, try again for so "
		"long (180); wait so long for a server that starts or is full", &retry_time,
		false, 0, 1000000 },
	{ "schema-only", 's', OPTION_FLAG, NULL, "make the tables, load no row",
		&schema_only, false, 0, 0 },
	{ "data-only", 0, OPTION_FLAG, NULL,
		"make no table, load the rows: what --schema-only has made is filled (--mode fill)",
		&data_only, false, 0, 0 },
	{ "ddl", 0, OPTION_FLAG, NULL, "print the SQL that would make the tables; run nothing",
		&only_ddl, false, 0, 0 },
	{ "check", 0, OPTION_FLAG, NULL, "look what stands in the way; write nothing", &only_check,
		false, 0, 0 },
	{ "dry-run", 0, OPTION_FLAG, NULL,
		"do everything on the server, then roll it back: it writes and locks as a real "
		"load does, until it ends", &dry_run, false, 0, 0 },
	{ "todo", 0, OPTION_TEXT, "FILE",
		"write what was not carried over to FILE, as SQL comments", &todo_file, false, 0,
		0 },
	{ "report", 0, OPTION_TEXT, "FILE", "write the report to FILE, as one JSON document",
		&report_file, false, 0, 0 },
	{ "quiet", 'q', OPTION_FLAG, NULL, "print no report", &quiet, false, 0, 0 },
};

static const char *const examples[] = {
	"sqlite-extract app.db | rows-retype | rows-rename | pg-load -d env:DB",
	"rows-replay app.rows | rows-retype | rows-rename | pg-load --ddl",
	"rows-replay app.rows | rows-retype | rows-rename | pg-load --check",
	"pg-load -d env:DB --mode refill app.rows",
	"pg-load -d env:DB --mode append today.rows",
	"pg-load -d env:DB --mode upsert --delete-listed fix.rows",
	NULL
};

static const struct tool tool = {
	.name = "pg-load",
	.brief = "Loads a typed row stream into PostgreSQL: tables, rows, keys, indexes and "
		"constraints, all or nothing.",
	.operands = "[FILE]",
	.operands_most = 1,
	.options = options,
	.option_count = sizeof(options) / sizeof(options[0]),
	.about = "All of a load is visible or nothing, and only when the end of the stream is "
		"verified and the server has taken as many rows as the stream has. The same "
		"stream again finds that it is complete, and exits with 0.\n\n"
		"A large load is staged: its tables wait in schema rowpipe_stage_..., and parts of "
		"their rows are committed with the word of them in schema rowpipe. Whatever dies, "
		"the same stream again goes on behind the last part; from a file that happens by "
		"itself. Then one transaction moves the tables to where they belong and makes "
		"the rest. What somebody has touched meanwhile is refused, with the command that "
		"gives it up. A small load is one transaction.\n\n"
		"An append adds rows to tables that are there, in one transaction; while it runs "
		"they take room twice. What a column would round or cut stops it.\n\n"
		"What PostgreSQL cannot "
		"take over (triggers, views and expressions that are not understood, constraints "
		"that the data breaks) is a to-do, never a silent loss. A stream from PostgreSQL "
		"brings its own SQL, functions and triggers too, and that runs as it is: load "
		"only what you trust, and see it first with --ddl.\n\n"
		"A fill or refill takes tables as they are: keys, indexes, checks and defaults "
		"stay, columns that the stream has not get their default, and what would be "
		"rounded or cut there stops the load. Triggers are off meanwhile, foreign keys "
		"are away, and both are back as they were before anybody sees a row; for that the "
		"role must own the tables. Other roles need INSERT, SELECT and, for a refill, "
		"DELETE, and load parents before children. Nothing is truncated. Sequences go on "
		"behind the largest value. Others cannot write meanwhile, and where foreign keys "
		"are away not read either: they wait.\n\n"
		"An upsert takes what pg-verify and rows-diff write with --repair, or any stream "
		"whose tables have primary keys. It changes rows alone, all of them or none, and "
		"moves sequences on; a repair is applied once.\n\n"
		"Exit status: 0 loaded, or loaded before; 64 wrong usage; 65 the stream is "
		"incomplete; 69 the server said no for good; 73 a file cannot be made; 75 "
		"temporary: the same command may be repeated; 76 the outcome of the commit is "
		"unknown, repeating is safe; 77 a right is missing; 78 tables, types and data do "
		"not fit; nothing is visible then.",
	.examples = examples,
};

struct loading {
	struct flow flow;
	struct address address;
	struct loader loader;
	const struct table **tables;
	size_t table_count;
	struct value *cells;
	struct progress progress;
	uint64_t offset;  /* where the stream begins in its file */
	struct report_parts parts;
	double started;
	double reading; /* seconds until the definitions were complete */
	bool begun;  /* the definitions are complete, and were acted upon */
	bool partial; /* some table's coverage is not whole */
	bool done;    /* what was to be written is visible */
	struct descriptor_file todo, report;
};

static struct fault *fault_of(struct loading *loading)
{
	return &loading->flow.fault;
}

static void gather_tables(struct loading *loading)
{
	const struct ledger *ledger = &loading->flow.in.ledger;
	size_t most = 1;

	loading->tables = arena_array(&loading->flow.arena, ledger->count,
		sizeof(*loading->tables));
	for (size_t i = 0; i < ledger->count && loading->tables != NULL; i++) {
		const struct table *table = ledger->accounts[i].definition;

		loading->tables[i] = table;
		if (table->column_count > most)
			most = table->column_count;
		if (strcmp(table->coverage, "definitions") == 0)
			loading->partial = true;
		if (table->counted)
			loading->progress.all_expected += table->expected;
	}
	loading->table_count = ledger->count;
	loading->cells = arena_array(&loading->flow.arena, most, sizeof(*loading->cells));
	if (loading->tables == NULL || loading->cells == NULL)
		fault_memory(fault_of(loading));
	else if (loading->partial && !schema_only && !only_ddl && !only_check)
		flow_fail(&loading->flow, STATUS_MISFIT, "the stream holds definitions only: load "
			"it with --schema-only, or extract it without -s");
}

/* At once, so that a password stands in no `ps`, and a mistake is told before the first row. */
static void read_address(struct loading *loading)
{
	struct address *address = &loading->address;
	struct fault ignored = { 0 };

	/* --ddl needs no server; it shows the schema that an address names, if it is one. */
	if (fault_of(loading)->status == 0)
		address_read(&loading->flow.arena, database, env_file, address,
			only_ddl ? &ignored : fault_of(loading));
	address_wipe(database);
	if (fault_of(loading)->status == 0)
		process_say_all(address->notes, address->note_count);
}

/* An address that was wiped cannot be told: it held a password, perhaps. */
static bool tells_address(void)
{
	return database == NULL || *database != '*';
}

/* " -d env:DB --env-file .env", for other commands. */
static const char *tell_address(struct loading *loading)
{
	struct bytes text = { 0 };
	const char *copy;

	if (database != NULL) {
		bytes_add_text(&text, " -d ");
		shell_quote(&text, tells_address() ? database : "WHERE");
	}
	if (env_file != NULL) {
		bytes_add_text(&text, " --env-file ");
		shell_quote(&text, env_file);
	}
	bytes_add_byte(&text, '\0');
	copy = text.failed ? NULL : arena_text(&loading->flow.arena, (const char *)text.data);
	bytes_close(&text);
	if (copy == NULL)
		fault_memory(fault_of(loading));
	return copy;
}

static struct report_todo report_todo_of(const struct target_todo *todo)
{
	return (struct report_todo){ todo->kind, todo->name, todo->table, todo->sql,
		todo->reason };
}

static void print_findings(struct loading *loading, struct bytes *text)
{
	const struct findings *findings = &loading->loader.findings;
	const struct target *target = &loading->loader.target;
	static const enum report_word words[] = { [LOOK_OK] = REPORT_OK,
		[LOOK_TODO] = REPORT_TODO, [LOOK_STOP] = REPORT_STOP };
	struct arena *arena = &loading->flow.arena;
	struct report_todo todo;

	for (size_t i = 0; i < findings->count; i++)
		report_check_line(text, words[findings->items[i].verdict],
			findings->items[i].text);
	for (size_t i = 0; i < loading->table_count; i++)
		report_check_table(text, arena, loading->tables[i]);
	for (size_t i = 0; i < target->todo_count; i++) {
		todo = report_todo_of(&target->todos[i]);
		report_check_todo(text, arena, &todo);
	}
}

/* The statements that make room, as they are to be typed. */
static void gather_sql(const struct loading *loading, struct bytes *text)
{
	const struct findings *findings = &loading->loader.findings;

	for (size_t i = 0; i < findings->count; i++)
		if (findings->items[i].sql != NULL) {
			print_visible(text, findings->items[i].sql,
				strlen(findings->items[i].sql));
			bytes_add_byte(text, '\n');
		}
}

/* ... which stand behind the message. */
static int end_load(struct loading *loading)
{
	struct fault ignored = { 0 };
	struct bytes sql = { 0 };
	int status;

	gather_sql(loading, &sql);
	status = flow_end(&loading->flow);
	if (!sql.failed)
		descriptor_write(STDERR_FILENO, sql.data, sql.size, &ignored);
	bytes_close(&sql);
	return status;
}

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void tell_step(void *context, const char *what, const char *table, size_t step, size_t all)
{
	struct loading *loading = context;
	struct progress *progress = &loading->progress;

	*progress = (struct progress){ .doing = "building", .things = "steps", .rows = step,
		.expected = all, .begun = progress->begun, .shown = progress->shown };
	progress->table = arena_format(&loading->flow.arena, "%s of %s", what,
		table == NULL ? "" : table);
	progress_now(progress);
}

static void enter_part(void *context, const char *part)
{
	struct loading *loading = context;

	report_enter(&loading->parts, part, now() - loading->started);
}

static void begin_load(struct loading *loading)
{
	struct flow *flow = &loading->flow;

	loading->begun = true;
	loading->reading = now() - loading->started;
	progress_begin(&loading->progress, "loading");
	gather_tables(loading);
	if (flow->fault.status == 0)
		loader_begin(&loading->loader, loading->tables, loading->table_count, &flow->fault);
}

static void load_frame(struct loading *loading)
{
	struct flow *flow = &loading->flow;
	struct loader *loader = &loading->loader;
	const struct table *table = reader_table(&flow->in);

	if (loader_frame(loader, flow->in.frame.seq, &flow->fault) != 0)
		return;
	loading->progress.table = table->name;
	loading->progress.expected = table->expected;
	while (flow->fault.status == 0 && reader_row(&flow->in, loading->cells, &flow->fault)) {
		loader_row(loader, loading->cells, &flow->fault);
		loading->progress.rows += loader_takes_rows(loader);
	}
	if (flow->fault.status == 0)
		loader_frame_end(loader, flow->in.frame.rows, &flow->fault);
	loading->progress.bytes = flow->in.offset;
	progress_show(&loading->progress);
}

static void take_deletes(struct loading *loading)
{
	struct flow *flow = &loading->flow;
	const struct table *table = reader_table(&flow->in);

	if (!delete_listed)
		flow_fail(flow, STATUS_MISFIT, "table \"%s\" holds keys of rows to delete: only "
			"--mode upsert --delete-listed takes them", table->name);
	while (flow->fault.status == 0 && reader_delete(&flow->in, loading->cells, &flow->fault))
		loader_delete(&loading->loader, loading->cells, &flow->fault);
}

static void end_table(struct loading *loading)
{
	struct flow *flow = &loading->flow;

	ledger_find(&flow->in.ledger, flow->in.frame.table);
	loader_table_end(&loading->loader, flow->in.total.rows, &flow->fault);
	loading->progress.all_rows += loading->progress.rows;
	loading->progress.rows = 0;
}

static void take_frame(struct loading *loading)
{
	enum frame_kind kind = loading->flow.in.frame.kind;

	if (kind == FRAME_OBJECT)
		loader_keep(&loading->loader, &loading->flow.in.object, fault_of(loading));
	if (kind == FRAME_OBJECT || kind == FRAME_TABLE)
		return;
	if (!loading->begun)
		begin_load(loading);
	if (fault_of(loading)->status != 0)
		return;
	if (kind == FRAME_ROWS)
		load_frame(loading);
	else if (kind == FRAME_DELETE)
		take_deletes(loading);
	else if (kind == FRAME_TABLE_END)
		end_table(loading);
}

/* --- the report ------------------------------------------------------------------------------- */

static bool is_made_view(const struct target_step *step)
{
	return step->phase == TARGET_VIEW && step->made;
}

static void report_tables(struct loading *loading, struct report_load *report)
{
	const struct loader *loader = &loading->loader;
	const struct load *load = &loader->load;

	for (size_t i = 0; i < loading->table_count; i++) {
		struct report_table *table = &report->tables[i];

		table->definition = loading->tables[i];
		table->name = loader->target.tables[i].shown;
		if (load->tables != NULL) {
			table->loaded = load->tables[i].rows;
			table->bytes = load->tables[i].bytes;
			table->seconds = load->tables[i].seconds;
			if (load->tables[i].begun)
				table->began = load->tables[i].began - loading->started;
			table->binary = load->tables[i].binary;
		}
		if (fills)
			table->deleted = loader->fill.tables[i].deleted;
	}
	report_load_count(report);
}

static void make_report(struct loading *loading, struct report_load *report)
{
	struct arena *arena = &loading->flow.arena;
	const struct loader *loader = &loading->loader;
	const struct target *target = &loader->target;
	const struct libpq_facts *facts = libpq_facts(loader->load.libpq);

	report_enter(&loading->parts, NULL, now() - loading->started);
	*report = (struct report_load){ .parts = loading->parts, .hello = &loading->flow.in.hello,
		.ending = &loading->flow.in.ending, .table_count = loading->table_count,
		.todo_count = target->todo_count, .seconds = now() - loading->started,
		.staged = loader->staging.on, .there = loader->staging.there,
		.retries = loader->outage.tries };
	if (loader->load.sent >= (uint64_t)commit_every)
		report->whole = loader->staging.why;
	report->verdict = loader->load.complete ? "already complete" :
		only_check ? "checked" : dry_run ? "rolled back" : "loaded";
	report->target = (struct report_target){ facts->version_text, facts->where,
		facts->database, facts->user };
	report->tables = arena_array(arena, report->table_count + 1, sizeof(*report->tables));
	report->todos = arena_array(arena, report->todo_count + 1, sizeof(*report->todos));
	report->views = arena_array(arena, target->step_count + 1, sizeof(*report->views));
	if (report->tables == NULL || report->todos == NULL || report->views == NULL) {
		fault_memory(fault_of(loading));
		return;
	}
	for (size_t i = 0; i < target->todo_count; i++)
		report->todos[i] = report_todo_of(&target->todos[i]);
	for (size_t i = 0; i < target->step_count; i++)
		if (is_made_view(&target->steps[i]))
			report->views[report->view_count++] = (struct report_view){
				target->steps[i].schema, target->steps[i].name,
				target->steps[i].remark };
	report_tables(loading, report);
}

static void look_at_size(struct loading *loading)
{
	struct loader *loader = &loading->loader;

	look_at_room(&loader->load, &loader->findings,
		report_source_bytes(&loading->flow.in.ending), loading->reading, fault_of(loading));
}

static void print_upsert(struct loading *loading)
{
	const struct upsert *upsert = &loading->loader.upsert;
	struct report_upsert report = { .there = upsert->chain != NULL, .dry = dry_run };
	struct bytes text = { 0 };

	for (size_t i = 0; i < upsert->count; i++) {
		report.written += upsert->tables[i].written;
		report.deleted += upsert->tables[i].deleted;
	}
	report_upsert_print(&text, &report);
	if (!quiet)
		process_print_all(&text, fault_of(loading));
	bytes_close(&text);
}

static void print_result(struct loading *loading, const struct report_load *report)
{
	const struct findings *findings = &loading->loader.findings;
	struct bytes text = { 0 };

	if (only_check)
		look_at_size(loading);
	if (only_ddl)
		target_script(&loading->loader.target, &text);
	else if (only_check)
		print_findings(loading, &text);
	else if (!quiet)
		report_load_print(&text, report);
	process_print_all(&text, fault_of(loading));
	bytes_close(&text);
	if (only_check && findings->stops > 0 && fault_of(loading)->status == 0)
		flow_fail(&loading->flow, findings->status, "%zu finding%s stop%s the load",
			findings->stops, findings->stops == 1 ? "" : "s",
			findings->stops == 1 ? "s" : "");
}

/* Made before the first row: it would be late to learn behind the last one that it cannot be. */
static void open_files(struct loading *loading)
{
	loading->todo.fd = loading->report.fd = -1;
	if (todo_file != NULL && fault_of(loading)->status == 0)
		descriptor_create(&loading->todo, todo_file, fault_of(loading));
	if (report_file != NULL && fault_of(loading)->status == 0)
		descriptor_create(&loading->report, report_file, fault_of(loading));
}

static void write_file(struct bytes *text, struct descriptor_file *file, struct fault *fault)
{
	struct fault trouble = { 0 };

	if (text->failed)
		fault_memory(fault);
	else if (descriptor_write(file->fd, text->data, text->size, &trouble) == 0)
		descriptor_publish(file, fault);
	else
		fault_set(fault, trouble.status, "%s: %s", file->path, trouble.text);
}

static void write_files(struct loading *loading, const struct report_load *report)
{
	struct fault trouble = { 0 };
	struct bytes text = { 0 };

	if (todo_file != NULL) {
		target_todo_script(&loading->loader.target, &text);
		write_file(&text, &loading->todo, &trouble);
	}
	bytes_clear(&text);
	if (report_file != NULL) {
		report_load_json(&text, report);
		bytes_add_byte(&text, '\n');
		write_file(&text, &loading->report, &trouble);
	}
	bytes_close(&text);
	if (trouble.status != 0)
		flow_fail(&loading->flow, trouble.status, "%s", trouble.text);
}

static void remember_report(struct loading *loading, const struct report_load *report)
{
	struct bytes text = { 0 };

	report_load_json(&text, report);
	bytes_add_byte(&text, '\0');
	if (!text.failed)
		control_keep_report(&loading->loader.load.control, loading->loader.load.stream,
			(const char *)text.data);
	bytes_close(&text);
}

static void add_words(struct fault *fault, const char *words)
{
	const size_t size = strlen(fault->text);

	if (size + strlen(words) < sizeof(fault->text))
		memcpy(fault->text + size, words, strlen(words) + 1);
}

/* All is committed, whatever becomes of the words about it. */
static void tell_results(struct loading *loading)
{
	struct fault *fault = fault_of(loading);
	struct report_load report = { 0 };

	loading->done = !dry_run && !only_check && !only_ddl;
	if (upserts)
		print_upsert(loading);
	if (!only_ddl && !upserts)
		make_report(loading, &report);
	if (fault->status == 0 && loading->loader.writes && !dry_run && !schema_only && !upserts)
		remember_report(loading, &report);
	if (fault->status == 0 && !upserts)
		print_result(loading, &report);
	if (fault->status == 0 && !upserts)
		write_files(loading, &report);
	if (fault->status != 0 && loading->done)
		add_words(fault, "; the load itself is complete");
}

static void check_handover(struct flow *flow)
{
	if ((owner != NULL || grants.count > 0) && (upserts || appends || fills))
		flow_fail(flow, STATUS_USAGE, "--owner and --grant are for tables that are made: "
			"they go with --mode create");
	for (size_t i = 0; i < grants.count; i++)
		handover_check(grants.items[i], &flow->fault);
}

static void check_mode(struct loading *loading)
{
	struct flow *flow = &loading->flow;

	if (data_only && mode != NULL && strcmp(mode, "fill") != 0)
		flow_fail(flow, STATUS_USAGE, "--data-only is --mode fill, not --mode %s", mode);
	if (data_only)
		mode = "fill";
	if (mode != NULL && !loader_find_mode(mode, &loader_mode))
		flow_fail(flow, STATUS_USAGE, "mode \"%s\" is unknown: there are create, fill, "
			"refill, append and upsert", mode);
	upserts = loader_mode == LOADER_UPSERT;
	appends = loader_mode == LOADER_APPEND;
	fills = loader_mode == LOADER_FILL || loader_mode == LOADER_REFILL;
	if (again && !appends)
		flow_fail(flow, STATUS_USAGE, "--again goes with --mode append");
	if (appends && (schema_only || only_ddl || only_check))
		flow_fail(flow, STATUS_USAGE, "--mode append makes no tables: "
			"--schema-only, --ddl and --check are for --mode create");
	if (delete_listed && !upserts)
		flow_fail(flow, STATUS_USAGE, "--delete-listed goes with --mode upsert");
	if (upserts && (schema_only || only_ddl || only_check || todo_file != NULL ||
		report_file != NULL))
		flow_fail(flow, STATUS_USAGE, "an upsert makes no tables: of the other "
			"options it takes --dry-run and --quiet");
	if (fills && (schema_only || only_ddl))
		flow_fail(flow, STATUS_USAGE, "--mode %s makes no tables: --schema-only and --ddl "
			"are for --mode create", mode);
	if (!fills && (triggers != NULL || other_migrations))
		flow_fail(flow, STATUS_USAGE, "--triggers and --other-migrations go with --mode "
			"fill and refill");
	if (triggers != NULL && strcmp(triggers, "off") != 0 && strcmp(triggers, "fire") != 0)
		flow_fail(flow, STATUS_USAGE, "--triggers takes off or fire, not \"%s\"",
			triggers);
	check_handover(flow);
	if (only_ddl && report_file != NULL)
		flow_fail(flow, STATUS_USAGE, "--ddl runs nothing that a --report could "
			"tell of");
}

/* What is staged cannot be gone on with: the message has the command that gives it up. */
static bool gives_up(const struct loading *loading)
{
	const char *way_out = loading->loader.staging.way_out;

	return way_out != NULL && strstr(loading->flow.fault.text, way_out) != NULL;
}

/* What a failure leaves behind, and the command that goes on, where that is known. */
static void tell_rest(struct loading *loading, int argc, char **argv)
{
	struct fault *fault = fault_of(loading);
	struct texts words = { 0 };
	struct bytes text = { 0 };

	if (!loader_leaves(&loading->loader) || fault->status == 0 || loading->done ||
		(fault->status == STATUS_MISFIT && (!appends || gives_up(loading))))
		return;
	bytes_add_text(&text, "; ");
	describe_count(&text, loading->loader.staged, "row");
	bytes_format(&text, " stay staged: the same %s again goes on behind them%c",
		loading->loader.how.rereads ? "command" : "stream", '\0');
	if (!text.failed)
		add_words(fault, (const char *)text.data);
	bytes_clear(&text);
	for (int i = 0; i < argc; i++)
		shell_add(&loading->flow.arena, &words, argv[i], fault);
	shell_line(&text, &words);
	if (flow_operand(&loading->flow, 0) != NULL && tells_address() && !text.failed)
		process_leave(arena_copy(&loading->flow.arena, text.data, text.size));
	bytes_close(&text);
}

static void say_pause(const char *why, unsigned milliseconds)
{
	if (why != NULL)
		process_say("%s", why);
	process_say("trying again in %.1f s", milliseconds / 1000.0);
}

/* What the options say, and who reads the stream. */
static void open_loader(struct loading *loading)
{
	struct flow *flow = &loading->flow;
	const struct loader_settings how = { .tool = tool.name, .address = &loading->address,
		.told = tell_address(loading), .mode = loader_mode, .owner = owner,
		.grants = grants, .commit_every = (uint64_t)commit_every,
		.publish_wait = (unsigned)publish_wait, .retry_time = (unsigned)retry_time,
		.rereads = descriptor_tell(flow->in.fd, &loading->offset), .scripts = only_ddl,
		.looks = only_check, .dry = dry_run, .definitions = schema_only, .again = again,
		.fires = triggers != NULL && strcmp(triggers, "fire") == 0,
		.other_migrations = other_migrations, .pipeline = trigger_pipeline(),
		.triggered_by = trigger_name(&flow->arena), .folder = trigger_folder(&flow->arena),
		.tell = tell_step, .enter = enter_part, .context = loading,
		.pause = say_pause };

	loader_open(&loading->loader, &flow->arena, &how, &flow->in.hello, &flow->in.ledger);
}

static void load_stream(struct loading *loading)
{
	struct flow *flow = &loading->flow;

	while (flow_next(flow))
		take_frame(loading);
	if (flow->fault.status == 0 && !loading->begun)
		begin_load(loading);
	if (flow->fault.status == 0)
		loader_end(&loading->loader, &flow->in.ending, &flow->fault);
}

/* Whether the stream was rewound, and all begins anew. */
static bool begin_again(struct loading *loading)
{
	struct flow *flow = &loading->flow;
	const char *name = flow->in.name;
	const int fd = flow->in.fd;

	if (!loader_again(&loading->loader, flow->in.ended ? &flow->in.ending : NULL,
		&flow->fault))
		return false;
	reader_close(&flow->in);
	descriptor_seek(fd, loading->offset, &flow->fault);
	reader_begin(&flow->in, fd, name, &flow->arena);
	loading->progress = (struct progress){ 0 };
	loading->begun = loading->partial = false;
	return true;
}

int main(int argc, char **argv)
{
	struct loading loading = { .started = now() };
	struct flow *flow = &loading.flow;

	flow_begin_reader(flow, &tool, argc, argv);
	enter_part(&loading, "profile");
	check_mode(&loading);
	read_address(&loading);
	open_files(&loading);
	open_loader(&loading);
	do
		load_stream(&loading);
	while (begin_again(&loading));
	progress_end(&loading.progress);
	loader_fail(&loading.loader, &flow->fault);
	if (flow->fault.status == 0)
		tell_results(&loading);
	descriptor_abandon(&loading.todo);
	descriptor_abandon(&loading.report);
	tell_rest(&loading, argc, argv);
	loader_close(&loading.loader);
	return end_load(&loading);
}
