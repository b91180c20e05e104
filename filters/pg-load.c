/*
 * pg-load: loads a typed row stream into PostgreSQL, in one transaction that is nothing until the
 * stream's END is verified.
 */
#include "base/descriptor.h"
#include "base/print.h"
#include "db/address.h"
#include "db/load.h"
#include "db/look.h"
#include "flow/flow.h"
#include "flow/progress.h"
#include "row/describe.h"

static const char *database, *todo_file, *report_file, *mode;
static bool schema_only, only_ddl, only_check, dry_run, quiet;

static const struct option options[] = {
	{ "dbname", 'd', OPTION_TEXT, "WHERE",
		"env:NAME (a URL in that variable), a postgres:// URL, keywords and values, or a "
		"database; without it libpq's own environment decides",
		&database, false, 0, 0 },
	{ "mode", 0, OPTION_TEXT, "MODE", "create: the tables must not exist (the default)",
		&mode, false, 0, 0 },
	{ "schema-only", 's', OPTION_FLAG, NULL, "make the tables, load no row",
		&schema_only, false, 0, 0 },
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
	.about = "Everything is one transaction, committed only when the end of the stream is "
		"verified and the server has taken as many rows as the stream has. The same "
		"stream again finds that it is complete, and exits with 0. What PostgreSQL cannot "
		"take over (triggers, views and expressions that are not understood, constraints "
		"that the data breaks) is a to-do, never a silent loss.\n\n"
		"Exit status: 0 loaded, or loaded before; 64 wrong usage; 65 the stream is "
		"incomplete; 69 the server said no for good; 73 a file cannot be made; 75 "
		"temporary: the same command may be repeated; 76 the outcome of the commit is "
		"unknown, repeating is safe; 77 a right is missing; 78 tables, types and data do "
		"not fit; nothing is visible then.",
	.examples = examples,
};

struct loading {
	struct flow flow;
	struct target target;
	struct load load;
	struct findings findings;
	const struct table **tables;
	size_t table_count;
	struct object *objects;
	size_t object_count, object_room;
	struct value *cells;
	struct progress progress;
	bool begun;  /* the definitions are complete, and were acted upon */
	bool writes; /* the transaction is open */
	bool partial; /* some table's coverage is not whole */
	struct descriptor_file todo, report;
};

static struct fault *fault_of(struct loading *loading)
{
	return &loading->flow.fault;
}

static struct texts keep_texts(struct loading *loading, const struct texts *texts)
{
	struct arena *arena = &loading->flow.arena;
	struct texts copy = { arena_array(arena, texts->count + 1, sizeof(*copy.items)), 0 };

	while (copy.items != NULL && copy.count < texts->count) {
		copy.items[copy.count] = arena_text(arena, texts->items[copy.count]);
		if (copy.items[copy.count++] == NULL)
			copy.items = NULL;
	}
	if (copy.items == NULL)
		fault_memory(fault_of(loading));
	return copy.items != NULL ? copy : (struct texts){ 0 };
}

/* OBJECT frames live with their batch; they are needed until the end. */
static void keep_object(struct loading *loading)
{
	struct arena *arena = &loading->flow.arena;
	struct object copy = loading->flow.in.object;

	if (loading->object_count == loading->object_room) {
		size_t room = loading->object_room == 0 ? 16 : loading->object_room * 2;
		struct object *objects = arena_array(arena, room, sizeof(*objects));

		if (objects == NULL) {
			fault_memory(fault_of(loading));
			return;
		}
		for (size_t i = 0; i < loading->object_count; i++)
			objects[i] = loading->objects[i];
		loading->objects = objects;
		loading->object_room = room;
	}
	copy.kind = arena_text(arena, copy.kind);
	copy.name = arena_text(arena, copy.name);
	copy.table = copy.table == NULL ? NULL : arena_text(arena, copy.table);
	copy.sql = copy.sql == NULL ? NULL : arena_text(arena, copy.sql);
	copy.remark = copy.remark == NULL ? NULL : arena_text(arena, copy.remark);
	copy.schema = copy.schema == NULL ? NULL : arena_text(arena, copy.schema);
	copy.columns = keep_texts(loading, &copy.columns);
	loading->objects[loading->object_count++] = copy;
	if (copy.kind == NULL || copy.name == NULL)
		fault_memory(fault_of(loading));
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

static void make_target(struct loading *loading, struct libpq *libpq)
{
	struct target *target = &loading->target;

	target->arena = &loading->flow.arena;
	target->libpq = libpq;
	target->schema = "public";
	target_make(target, loading->tables, loading->table_count, loading->objects,
		loading->object_count, fault_of(loading));
}

static const char *stream_text(struct loading *loading)
{
	struct bytes text = { 0 };
	char *copy;

	print_hex(&text, loading->flow.in.hello.stream, 16);
	copy = text.failed ? NULL : arena_copy(&loading->flow.arena, text.data, text.size);
	bytes_close(&text);
	if (copy == NULL)
		fault_memory(fault_of(loading));
	return copy;
}

static void connect_server(struct loading *loading)
{
	struct libpq_options how = { .tool = tool.name, .writes = !only_check };
	struct load *load = &loading->load;
	struct address address;

	if (address_read(&loading->flow.arena, database, &address, fault_of(loading)) != 0)
		return;
	if (database != NULL)
		address_wipe(database);
	load->arena = &loading->flow.arena;
	load->target = &loading->target;
	load->stream = stream_text(loading);
	load->dry = dry_run;
	load->definitions = schema_only;
	if (fault_of(loading)->status == 0)
		load->libpq = libpq_open(load->arena, &address, &how, fault_of(loading));
}

static void print_findings(struct loading *loading, struct bytes *text)
{
	static const char *const words[] = { "ok   ", "to-do", "stop " };

	for (size_t i = 0; i < loading->findings.count; i++) {
		const struct finding *finding = &loading->findings.items[i];

		bytes_format(text, "%s  ", words[finding->verdict]);
		print_visible(text, finding->text, strlen(finding->text));
		bytes_add_byte(text, '\n');
	}
	for (size_t i = 0; i < loading->target.todo_count; i++) {
		const struct target_todo *todo = &loading->target.todos[i];
		const char *line = arena_format(&loading->flow.arena, "%s %s%s%s: %s", todo->kind,
			todo->name == NULL ? "" : todo->name, todo->table == NULL ? "" : " of ",
			todo->table == NULL ? "" : todo->table, todo->reason);

		bytes_add_text(text, "to-do  ");
		print_visible(text, line == NULL ? "" : line, line == NULL ? 0 : strlen(line));
		bytes_add_byte(text, '\n');
	}
}

/* The first reason to stop is the message; --check shows all of them. */
static void stop_at_findings(struct loading *loading)
{
	if (loading->findings.stops == 0 || only_check)
		return;
	for (size_t i = 0; i < loading->findings.count; i++)
		if (loading->findings.items[i].verdict == LOOK_STOP)
			flow_fail(&loading->flow, loading->findings.status, "%s",
				loading->findings.items[i].text);
}

static void begin_load(struct loading *loading)
{
	loading->begun = true;
	progress_begin(&loading->progress, "loading");
	gather_tables(loading);
	if (fault_of(loading)->status == 0 && !only_ddl)
		connect_server(loading);
	if (fault_of(loading)->status == 0)
		make_target(loading, loading->load.libpq);
	if (fault_of(loading)->status != 0 || only_ddl)
		return;
	look_at_all(&loading->load, &loading->findings, fault_of(loading));
	stop_at_findings(loading);
	if (fault_of(loading)->status != 0 || only_check || loading->load.complete)
		return;
	loading->writes = load_begin(&loading->load, fault_of(loading)) == 0;
}

static size_t place_of(const struct loading *loading)
{
	const struct ledger *ledger = &loading->flow.in.ledger;

	return ledger->last;
}

static void load_frame(struct loading *loading)
{
	struct flow *flow = &loading->flow;
	const struct table *table = reader_table(&flow->in);
	size_t place = place_of(loading);

	loading->progress.table = table->name;
	loading->progress.expected = table->expected;
	while (reader_row(&flow->in, loading->cells, &flow->fault)) {
		if (!loading->writes || schema_only)
			continue;
		if (load_row(&loading->load, place, loading->cells, &flow->fault) != 0)
			return;
		loading->progress.rows++;
	}
	loading->progress.bytes = flow->in.offset;
	progress_show(&loading->progress);
}

static void end_table(struct loading *loading)
{
	struct flow *flow = &loading->flow;

	ledger_find(&flow->in.ledger, flow->in.frame.table);
	if (loading->writes && !schema_only)
		load_table_end(&loading->load, place_of(loading), flow->in.total.rows,
			&flow->fault);
	loading->progress.all_rows += loading->progress.rows;
	loading->progress.rows = 0;
}

static void take_frame(struct loading *loading)
{
	enum frame_kind kind = loading->flow.in.frame.kind;

	if (kind == FRAME_OBJECT)
		keep_object(loading);
	if (kind == FRAME_OBJECT || kind == FRAME_TABLE)
		return;
	if (!loading->begun)
		begin_load(loading);
	if (fault_of(loading)->status != 0)
		return;
	if (kind == FRAME_ROWS)
		load_frame(loading);
	else if (kind == FRAME_TABLE_END)
		end_table(loading);
}

static const char *chain_text(struct loading *loading)
{
	struct bytes text = { 0 };
	char *copy;

	print_hex(&text, loading->flow.in.ending.chain, 16);
	copy = text.failed ? NULL : arena_copy(&loading->flow.arena, text.data, text.size);
	bytes_close(&text);
	if (copy == NULL)
		fault_memory(fault_of(loading));
	return copy;
}

static void finish_load(struct loading *loading)
{
	const struct hello *hello = &loading->flow.in.hello;
	const char *chain = chain_text(loading);

	if (fault_of(loading)->status != 0)
		return;
	loading->progress.doing = "building keys and indexes of";
	if (loading->writes)
		load_end(&loading->load, chain,
			hello->source_count > 0 ? hello->sources[0].name : NULL, fault_of(loading));
	else if (loading->load.complete && strcmp(loading->load.chain, chain) != 0)
		flow_fail(&loading->flow, STATUS_MISFIT, "a stream of this id was loaded before, "
			"but its chain was %s and this one's is %s: they hold other rows",
			loading->load.chain, chain);
}

static void add_table_line(struct bytes *text, const struct load_table *table)
{
	bytes_format(text, "%12llu %14llu %9.2f  ", (unsigned long long)table->rows,
		(unsigned long long)table->bytes, table->seconds);
	print_visible(text, table->target->name, strlen(table->target->name));
	bytes_add_byte(text, '\n');
}

static bool is_made_view(const struct target_step *step)
{
	return step->phase == TARGET_VIEW && step->made;
}

static size_t count_views(const struct loading *loading)
{
	size_t count = 0;

	for (size_t i = 0; i < loading->target.step_count; i++)
		count += is_made_view(&loading->target.steps[i]);
	return count;
}

static void add_report(struct loading *loading, struct bytes *text)
{
	const struct load *load = &loading->load;
	const size_t views = count_views(loading);
	uint64_t rows = 0;

	bytes_format(text, "%12s %14s %9s  %s\n", "rows", "bytes", "seconds", "table");
	for (size_t i = 0; i < loading->table_count; i++) {
		add_table_line(text, &load->tables[i]);
		rows += load->tables[i].rows;
	}
	bytes_add_text(text, dry_run ? "rolled back: " : "loaded: ");
	bytes_format(text, "%zu tables, ", loading->table_count);
	describe_number(text, rows);
	bytes_add_text(text, " rows");
	if (views > 0)
		bytes_format(text, ", %zu views", views);
	bytes_format(text, "; %zu to-dos\n", loading->target.todo_count);
}

static void add_json_tables(struct loading *loading, struct bytes *text)
{
	for (size_t i = 0; i < loading->table_count && loading->load.tables != NULL; i++) {
		const struct load_table *table = &loading->load.tables[i];

		bytes_add_text(text, i == 0 ? "{\"source\":" : ",{\"source\":");
		print_json(text, table->target->table->source,
			strlen(table->target->table->source));
		bytes_add_text(text, ",\"table\":");
		print_json(text, table->target->name, strlen(table->target->name));
		bytes_format(text, ",\"rows\":%llu,\"bytes\":%llu,\"seconds\":%.3f,\"binary\":%s}",
			(unsigned long long)table->rows, (unsigned long long)table->bytes,
			table->seconds, table->binary ? "true" : "false");
	}
}

static void add_json_text(struct bytes *text, const char *key, const char *value)
{
	bytes_format(text, "\"%s\":", key);
	if (value == NULL)
		bytes_add_text(text, "null");
	else
		print_json(text, value, strlen(value));
}

static void add_json_views(struct loading *loading, struct bytes *text)
{
	const char *comma = "";

	for (size_t i = 0; i < loading->target.step_count; i++) {
		const struct target_step *step = &loading->target.steps[i];

		if (!is_made_view(step))
			continue;
		bytes_format(text, "%s{", comma);
		comma = ",";
		add_json_text(text, "schema", step->schema);
		bytes_add_byte(text, ',');
		add_json_text(text, "view", step->name);
		bytes_add_byte(text, ',');
		add_json_text(text, "remark", step->remark);
		bytes_add_byte(text, '}');
	}
}

static void add_json_report(struct loading *loading, struct bytes *text)
{
	bytes_add_text(text, "{\"version\":0,\"status\":");
	bytes_add_text(text, loading->load.complete ? "\"already complete\"" :
		dry_run ? "\"rolled back\"" : "\"loaded\"");
	bytes_format(text, ",\"stream\":\"%s\",\"tables\":[", loading->load.stream);
	add_json_tables(loading, text);
	bytes_add_text(text, "],\"views\":[");
	add_json_views(loading, text);
	bytes_add_text(text, "],\"todo\":[");
	for (size_t i = 0; i < loading->target.todo_count; i++) {
		const struct target_todo *todo = &loading->target.todos[i];

		bytes_add_text(text, i == 0 ? "{" : ",{");
		add_json_text(text, "kind", todo->kind);
		bytes_add_byte(text, ',');
		add_json_text(text, "name", todo->name);
		bytes_add_byte(text, ',');
		add_json_text(text, "table", todo->table);
		bytes_add_byte(text, ',');
		add_json_text(text, "reason", todo->reason);
		bytes_add_byte(text, ',');
		add_json_text(text, "sql", todo->sql);
		bytes_add_byte(text, '}');
	}
	bytes_add_text(text, "]}\n");
}

static void print_result(struct loading *loading)
{
	struct bytes text = { 0 };

	if (only_ddl)
		target_script(&loading->target, &text);
	else if (only_check)
		print_findings(loading, &text);
	else if (loading->load.complete && !quiet)
		bytes_add_text(&text, "already complete, 0 rows to do\n");
	else if (!quiet)
		add_report(loading, &text);
	process_print_all(&text, fault_of(loading));
	bytes_close(&text);
	if (only_check && loading->findings.stops > 0 && fault_of(loading)->status == 0)
		flow_fail(&loading->flow, loading->findings.status, "%zu of the findings stop the "
			"load", loading->findings.stops);
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
	if (text->failed)
		fault_memory(fault);
	else if (descriptor_write(file->fd, text->data, text->size, fault) == 0)
		descriptor_publish(file, fault);
}

static void write_files(struct loading *loading)
{
	struct fault trouble = { 0 };
	struct bytes text = { 0 };

	if (todo_file != NULL) {
		target_todo_script(&loading->target, &text);
		write_file(&text, &loading->todo, &trouble);
	}
	bytes_clear(&text);
	if (report_file != NULL) {
		add_json_report(loading, &text);
		write_file(&text, &loading->report, &trouble);
	}
	bytes_close(&text);
	if (trouble.status != 0)
		flow_fail(&loading->flow, trouble.status, "%s%s", trouble.text,
			loading->writes && !dry_run ? "; the load itself is complete" : "");
}

static void check_mode(struct loading *loading)
{
	if (mode != NULL && strcmp(mode, "create") != 0)
		flow_fail(&loading->flow, STATUS_USAGE, "mode \"%s\" is unknown: there is create",
			mode);
}

int main(int argc, char **argv)
{
	struct loading loading = { 0 };
	struct flow *flow = &loading.flow;

	flow_begin_reader(flow, &tool, argc, argv);
	check_mode(&loading);
	open_files(&loading);
	while (flow_next(flow))
		take_frame(&loading);
	if (flow->fault.status == 0 && !loading.begun)
		begin_load(&loading);
	if (flow->fault.status == 0)
		finish_load(&loading);
	progress_end(&loading.progress);
	if (flow->fault.status == 0)
		print_result(&loading);
	if (flow->fault.status == 0)
		write_files(&loading);
	descriptor_abandon(&loading.todo);
	descriptor_abandon(&loading.report);
	load_close(&loading.load);
	if (loading.load.libpq != NULL)
		libpq_close(loading.load.libpq);
	return flow_end(flow);
}
