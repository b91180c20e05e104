/*
 * sqlite-extract: a SQLite database as a row stream.
 *
 * Each table is read twice, in one transaction: first for its profile, which stands in front of all
 * rows, then for its rows.
 */
#include "base/descriptor.h"
#include "db/beside.h"
#include "db/catalogue.h"
#include "db/check.h"
#include "flow/flow.h"
#include "flow/profiler.h"
#include "flow/progress.h"
#include "flow/source.h"
#include "row/pattern.h"

static struct request request;
static struct texts wheres, queries, keys;
static bool schema_only, no_check, no_profile;
static const char *snapshot, *stream_id;
static long long patience = 5;

static const struct option options[] = {
	{ "table", 't', OPTION_LIST, "PATTERN",
		"only tables whose name matches; may be given again",
		&request.choice.only, true, 0, 0 },
	{ "exclude-table", 'T', OPTION_LIST, "PATTERN", "no table whose name matches",
		&request.choice.except, true, 0, 0 },
	{ "where", 0, OPTION_LIST, "TABLE=SQL", "only the rows of TABLE for which SQL is true",
		&wheres, true, 0, 0 },
	{ "query", 0, OPTION_LIST, "NAME=SQL", "the rows of a SELECT, as a table called NAME",
		&queries, true, 0, 0 },
	{ "key", 0, OPTION_LIST, "NAME=COLUMN,...", "the primary key of a --query", &keys, true,
		0, 0 },
	{ "materialize", 0, OPTION_LIST, "VIEW", "the rows of a view, as if it were a table",
		&request.views, true, 0, 0 },
	{ "schema-only", 's', OPTION_FLAG, NULL, "definitions and profiles, no rows", &schema_only,
		true, 0, 0 },
	{ "snapshot", 0, OPTION_MAYBE, "DIR",
		"copy the database first (to DIR, or $TMPDIR, or /var/tmp) and read the copy, so "
		"that programs that write to it do not wait", &snapshot, false, 0, 0 },
	{ "no-check", 0, OPTION_FLAG, NULL,
		"do not look for damage first (PRAGMA quick_check); with -s not for rows that "
		"refer to none either", &no_check, false, 0, 0 },
	{ "no-profile", 0, OPTION_FLAG, NULL,
		"do not read each table once more to tell what its columns hold", &no_profile, true,
		0, 0 },
	{ "wait", 0, OPTION_NUMBER, "SECONDS", "wait so long for other programs' locks (5)",
		&patience, false, 0, 86400 },
	{ "stream-id", 0, OPTION_TEXT, "HEX", "32 hexadecimal digits instead of a random id",
		&stream_id, false, 0, 0 },
};

static const char *const examples[] = {
	"sqlite-extract app.db | rows-peek",
	"sqlite-extract app.db | rows-archive app.rows > /dev/null",
	"sqlite-extract -t users -t 'order*' app.db | rows-peek --rows",
	"sqlite-extract --where 'users=id > 5' app.db | rows-peek --rows=users",
	"sqlite-extract --query 'u=SELECT * FROM users' --key u=id app.db | rows-peek",
	"sqlite-extract -s app.db | rows-peek --definitions",
	NULL
};

static const struct tool tool = {
	.name = "sqlite-extract",
	.brief = "Writes the tables of a SQLite database to standard output, as a row stream.",
	.operands = "DB",
	.operands_least = 1,
	.operands_most = 1,
	.options = options,
	.option_count = sizeof(options) / sizeof(options[0]),
	.about = "DB is opened read-only and read in one transaction: all tables are of one "
		"instant, also while somebody writes. Rows that are only in a DB-wal beside it are "
		"read, too. Views, triggers and virtual tables travel as definitions. A pattern "
		"may hold * and ?, and ignores the case of ASCII letters. SIGUSR1 prints how far "
		"it is.\n\nExit status: 0 all is out; 64 wrong usage; 66 DB cannot be read; 74 "
		"output failed; 75 another program holds DB: try again.",
	.examples = examples,
};

struct extract {
	struct flow flow;
	struct sqlite *sqlite;
	struct beside *check;
	struct catalogue catalogue;
	struct progress progress;
	struct profiler profiler;
	uint8_t stream[16]; /* its id */
};

static struct sqlite *stoppable;

static void stop(void)
{
	sqlite_stop(stoppable);
}

static bool tick(void *context, const char *doing, uint64_t done, uint64_t total)
{
	struct extract *extract = context;

	/* Of rows that are read the progress is known better. */
	if (strcmp(doing, "reading") != 0) {
		extract->progress.doing = doing;
		extract->progress.table = NULL;
		extract->progress.things = "pages";
		extract->progress.rows = done;
		extract->progress.expected = total;
	}
	progress_show(&extract->progress);
	return descriptor_stop != 0;
}

static void read_request(struct extract *extract)
{
	struct flow *flow = &extract->flow;

	request.wheres = source_wheres(&wheres, &flow->arena, &flow->fault);
	request.where_count = wheres.count;
	request.queries = source_queries(&queries, &keys, &flow->arena, &flow->fault);
	request.query_count = queries.count;
}

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash == NULL ? path : slash + 1;
}

/* Opened or not: HELLO goes out, so that a failure can follow it as an ABORT. */
static void write_hello(struct extract *extract)
{
	struct source source = { .kind = "sqlite" };

	if (extract->sqlite != NULL) {
		const struct sqlite_facts *facts = sqlite_facts(extract->sqlite);

		source.encoding = facts->encoding;
		memcpy(source.fingerprint, facts->fingerprint, sizeof(source.fingerprint));
	}
	source_hello(&extract->flow, &tool, extract->stream, &source,
		base_name(flow_operand(&extract->flow, 0)));
}

static void open_source(struct extract *extract)
{
	struct flow *flow = &extract->flow;
	struct sqlite_options how = { .snapshot = snapshot, .tick = tick, .context = extract,
		.patience = patience == 0 ? 1 : (unsigned)patience * 1000 };

	extract->sqlite = sqlite_open(&flow->arena, flow_operand(flow, 0), &how, &flow->fault);
	stoppable = extract->sqlite;
	if (stoppable != NULL)
		process_on_stop(stop);
	if (flow->fault.status == 0 && !no_check)
		extract->check = beside_begin(extract->sqlite, &flow->arena, &flow->fault);
	if (flow->fault.status == 0)
		catalogue_read(extract->sqlite, &flow->arena, &request, &extract->catalogue,
			&flow->fault);
}

/* Every 1,024 rows, and every large one: a look at the clock and at signals. */
static bool go_on(struct extract *extract, uint64_t rows)
{
	if ((rows & 1023) != 0)
		return true;
	extract->progress.rows = rows;
	progress_show(&extract->progress);
	if (descriptor_stop == 0)
		return true;
	flow_fail(&extract->flow, STATUS_AGAIN, "stopped by a signal");
	return false;
}

/* What a scan's rows go to. */
struct reception {
	struct extract *extract;
	struct table *table;
	uint64_t rows;
};

static bool profile_row(void *context, const struct value *cells)
{
	struct reception *reception = context;

	profiler_add(&reception->extract->profiler, cells);
	return go_on(reception->extract, ++reception->rows);
}

static void keep_profiles(struct reception *reception, struct profile *profiles,
	struct reading *reading)
{
	struct table *table = reception->table;

	for (size_t i = 0; i < table->column_count; i++) {
		table->columns[i].profile = &profiles[i];
		if (profiles[i].ill > 0)
			reading->sound = false;
	}
	table->counted = true;
	table->expected = reception->rows;
	reception->extract->progress.all_rows += reception->rows;
}

/* Whether texts are well-formed is for the profile to find, and not looked at before. */
static void profile_table(struct extract *extract, size_t place)
{
	struct table *table = &extract->catalogue.tables[place];
	struct reading *reading = &extract->catalogue.readings[place];
	struct fault *fault = &extract->flow.fault;
	struct profile *profiles =
		arena_array(&extract->flow.arena, table->column_count, sizeof(*profiles));
	struct reception reception = { .extract = extract, .table = table };

	if (profiles == NULL) {
		fault_memory(fault);
		return;
	}
	extract->progress.table = table->name;
	reading->sound = true;
	profiler_begin(&extract->profiler, profiles, table->column_count);
	scan_rows(extract->sqlite, reading, profile_row, &reception, fault);
	profiler_end(&extract->profiler, fault);
	keep_profiles(&reception, profiles, reading);
}

/* Of rows that refer to none whoever loads them is told; who only looks has nobody to tell. */
static void check_keys(struct extract *extract)
{
	enum { ROWS_MOST = 4000000 }; /* some seconds */
	struct arena *arena = &extract->flow.arena;
	uint64_t rows = ROWS_MOST;

	for (size_t i = 0; i < extract->catalogue.table_count; i++) {
		struct table *table = &extract->catalogue.tables[i];

		check_key(arena, table, &extract->flow.fault);
		if (schema_only && !no_check)
			check_foreign_keys(extract->sqlite, arena, table, &rows,
				&extract->flow.fault);
	}
}

static void profile_tables(struct extract *extract)
{
	progress_begin(&extract->progress, "profiling");
	for (size_t i = 0; i < extract->catalogue.table_count; i++)
		if (extract->flow.fault.status == 0 && !no_profile)
			profile_table(extract, i);
	profiler_close(&extract->profiler);
}

static void write_definitions(struct extract *extract)
{
	const struct catalogue *catalogue = &extract->catalogue;
	struct flow *flow = &extract->flow;

	for (size_t i = 0; i < catalogue->table_count && flow->fault.status == 0; i++) {
		if (schema_only)
			catalogue->tables[i].coverage = "definitions";
		writer_table(&flow->out, &catalogue->tables[i], &flow->fault);
	}
	for (size_t i = 0; i < catalogue->object_count && flow->fault.status == 0; i++)
		writer_object(&flow->out, &catalogue->objects[i], &flow->fault);
}

static bool write_row(void *context, const struct value *cells)
{
	struct reception *reception = context;
	struct extract *extract = reception->extract;
	const struct table *table = reception->table;
	struct flow *flow = &extract->flow;

	if (writer_row(&flow->out, table->number, cells, (uint32_t)table->column_count,
		    &flow->fault) != 0)
		return false;
	extract->progress.bytes = flow->out.offset;
	return go_on(extract, ++reception->rows);
}

static void write_rows(struct extract *extract, size_t place)
{
	struct table *table = &extract->catalogue.tables[place];
	struct reception reception = { .extract = extract, .table = table };
	struct flow *flow = &extract->flow;

	extract->progress.table = table->name;
	extract->progress.expected = table->expected;
	scan_rows(extract->sqlite, &extract->catalogue.readings[place], write_row, &reception,
		&flow->fault);
	if (flow->fault.status == 0 && table->counted && reception.rows != table->expected)
		flow_fail(flow, STATUS_SOURCE, "table \"%s\" had %llu rows when it was profiled "
			"and %llu now, in one transaction: the file is damaged, or its disk",
			table->name, (unsigned long long)table->expected,
			(unsigned long long)reception.rows);
	extract->progress.all_rows += reception.rows;
}

static void write_tables(struct extract *extract)
{
	const struct catalogue *catalogue = &extract->catalogue;
	struct flow *flow = &extract->flow;
	struct total total = { 0 };
	uint64_t expected = 0;

	for (size_t i = 0; i < catalogue->table_count; i++)
		expected += catalogue->tables[i].expected;
	progress_begin(&extract->progress, "reading");
	progress_hand_on(&extract->progress);
	extract->progress.all_expected = expected;
	for (size_t i = 0; i < catalogue->table_count && flow->fault.status == 0; i++) {
		extract->progress.rows = 0;
		if (!schema_only)
			write_rows(extract, i);
		if (flow->fault.status == 0)
			writer_table_end(&flow->out, catalogue->tables[i].number, &total,
				&flow->fault);
	}
}

/* What END says of the source, beyond the rows. */
static void count_facts(struct extract *extract)
{
	static const char *const kinds[] = { "data version before the transaction",
		"data version in the transaction", "data version behind the last row",
		"bytes of the source" };
	const struct sqlite_facts *facts = sqlite_facts(extract->sqlite);
	struct tally *tally = &extract->flow.tally;

	tally->counts = arena_array(&extract->flow.arena, 4, sizeof(*tally->counts));
	if (tally->counts == NULL) {
		fault_memory(&extract->flow.fault);
		return;
	}
	for (tally->count_count = 0; tally->count_count < 3; tally->count_count++)
		tally->counts[tally->count_count] = (struct count){
			.kind = kinds[tally->count_count],
			.count = (uint64_t)facts->versions[tally->count_count] };
	tally->counts[tally->count_count] = (struct count){ .kind = kinds[tally->count_count],
		.count = facts->page_count * facts->page_size };
	tally->count_count++;
	if (facts->versions[0] != facts->versions[2])
		process_say(
			"%s was written to meanwhile: the stream holds what it was at the start",
			flow_operand(&extract->flow, 0));
}

static void close_source(struct extract *extract)
{
	if (extract->sqlite == NULL)
		return;
	progress_end(&extract->progress);
	for (size_t i = 0; i < sqlite_facts(extract->sqlite)->warnings.count; i++)
		process_say("warning: %s", sqlite_facts(extract->sqlite)->warnings.items[i]);
	if (extract->flow.fault.status == 0)
		sqlite_end(extract->sqlite, &extract->flow.fault);
	if (extract->flow.fault.status == 0)
		count_facts(extract);
	process_on_stop(NULL);
	sqlite_close(extract->sqlite);
}

static void write_stream(struct extract *extract)
{
	write_definitions(extract);
	if (extract->flow.fault.status == 0)
		write_tables(extract);
}

int main(int argc, char **argv)
{
	struct extract extract = { 0 };
	struct flow *flow = &extract.flow;

	flow_begin_source(flow, &tool, argc, argv);
	source_id(stream_id, extract.stream, &flow->fault);
	read_request(&extract);
	if (flow->fault.status != 0)
		return flow_end(flow);
	progress_begin(&extract.progress, "opening");
	open_source(&extract);
	if (flow->fault.status == 0)
		profile_tables(&extract);
	if (flow->fault.status == 0)
		check_keys(&extract);
	beside_end(extract.check, &flow->fault);
	write_hello(&extract);
	if (flow->fault.status == 0)
		write_stream(&extract);
	close_source(&extract);
	return flow_end(flow);
}
