/*
 * pg-extract: a PostgreSQL database as a row stream.
 *
 * Tables are listed, locked against changes of their definitions, and read in one transaction that
 * sees one instant; cells have the types that the server gives them, so no profile is made.
 */
#include "base/descriptor.h"
#include "base/hash.h"
#include "db/fan.h"
#include "db/inventory.h"
#include "db/text.h"
#include "flow/flow.h"
#include "flow/progress.h"
#include "flow/source.h"

static struct inventory_request request;
static struct texts wheres, queries, keys;
static bool schema_only;
static const char *database, *env_file, *stream_id;
static long long patience = 10, jobs = 1;

static const struct option options[] = {
	{ "dbname", 'd', OPTION_TEXT, "WHERE",
		"env:NAME (a URL in that variable), a postgres:// URL, keywords and values, or a "
		"database; without it libpq's own environment decides",
		&database, false, 0, 0 },
	{ "env-file", 0, OPTION_TEXT, "FILE",
		"look up env:NAME in this .env file, too; without -d its DATABASE_URL, or its "
		"DB_HOST, DB_PORT and so on", &env_file, false, 0, 0 },
	{ "schema", 'n', OPTION_LIST, "PATTERN",
		"only tables in schemas whose name matches; may be given again",
		&request.schemas.only, true, 0, 0 },
	{ "exclude-schema", 'N', OPTION_LIST, "PATTERN", "no schema whose name matches",
		&request.schemas.except, true, 0, 0 },
	{ "table", 't', OPTION_LIST, "PATTERN",
		"only tables whose name matches, alone or with its schema; may be given again",
		&request.tables.only, true, 0, 0 },
	{ "exclude-table", 'T', OPTION_LIST, "PATTERN", "no table whose name matches",
		&request.tables.except, true, 0, 0 },
	{ "where", 0, OPTION_LIST, "TABLE=SQL", "only the rows of TABLE for which SQL is true",
		&wheres, true, 0, 0 },
	{ "query", 0, OPTION_LIST, "NAME=SQL", "the rows of a SELECT, as a table called NAME",
		&queries, true, 0, 0 },
	{ "key", 0, OPTION_LIST, "NAME=COLUMN,...", "the primary key of a --query", &keys, true,
		0, 0 },
	{ "schema-only", 's', OPTION_FLAG, NULL, "definitions, no rows", &schema_only, true, 0, 0 },
	{ "wait", 0, OPTION_NUMBER, "SECONDS", "wait so long for other programs' locks (10)",
		&patience, false, 0, 86400 },
	{ "jobs", 'j', OPTION_NUMBER, "N",
		"read large tables by N sessions at once (1); rows come in another order", &jobs,
		true, 1, FAN_MOST },
	{ "stream-id", 0, OPTION_TEXT, "HEX", "32 hexadecimal digits instead of a random id",
		&stream_id, false, 0, 0 },
};

static const char *const examples[] = {
	"pg-extract -d env:DB | rows-archive db.rows > /dev/null",
	"pg-extract -d env:DB | pg-load -d env:OTHER_DB",
	"pg-extract -d env:DB -n app -t 'order*' | rows-peek --rows",
	"pg-extract -d env:DB --where 'app.users=id > 5' | rows-check",
	"pg-extract -d env:DB --query 'u=SELECT * FROM users' --key u=id | rows-peek",
	"pg-extract -d env:DB -s | rows-peek --definitions",
	NULL
};

static const struct tool tool = {
	.name = "pg-extract",
	.brief = "Writes the tables of a PostgreSQL database to standard output, as a row stream.",
	.operands = "",
	.options = options,
	.option_count = sizeof(options) / sizeof(options[0]),
	.about = "All tables are of one instant, also while somebody writes; whoever wants to "
		"change or drop one of them waits until the end. Columns keep PostgreSQL's types, "
		"so that pg-load makes the same tables again, with keys, indexes, constraints, "
		"identities, sequences, comments, and, where they can be made, types, functions, "
		"views, triggers, policies, owners and rights. Tables of the system, of extensions "
		"and of schema rowpipe are left out. A partitioned table is read as one. A pattern "
		"may hold * and ?, and ignores the case of ASCII letters. A role that may not see "
		"every row of a table does not get some of them: it is told.\n\n"
		"Exit status: 0 all is out; 64 wrong usage; 66 the source cannot be read; 69 the "
		"server said no for good; 74 output failed; 75 temporary: a lock, a lost "
		"connection; 77 a right is missing; 78 a definition changed meanwhile.",
	.examples = examples,
};

struct extract {
	struct flow flow;
	struct address address;
	struct libpq *libpq;
	struct fan fan;
	struct inventory inventory;
	struct progress progress;
	struct value *cells;
	uint8_t stream[16]; /* its id */
};

/* --- the command line ------------------------------------------------------------------------- */

static void read_request(struct extract *extract)
{
	struct flow *flow = &extract->flow;

	request.wheres = source_wheres(&wheres, &flow->arena, &flow->fault);
	request.where_count = wheres.count;
	request.queries = source_queries(&queries, &keys, &flow->arena, &flow->fault);
	request.query_count = queries.count;
}

/* --- the source ------------------------------------------------------------------------------- */

/* The schema that the address names is the one that is read, unless options say otherwise. */
static void take_schema(struct extract *extract, const char *schema)
{
	struct flow *flow = &extract->flow;

	if (schema == NULL || request.schemas.only.count > 0)
		return;
	if (texts_add(&flow->arena, &request.schemas.only, schema) != 0) {
		fault_memory(&flow->fault);
		return;
	}
	process_say("only schema %s is read, as the address names it; -n says otherwise", schema);
}

static struct libpq_options session_options(void)
{
	return (struct libpq_options){ .tool = tool.name,
		.lock_timeout = patience == 0 ? 1 : (unsigned)patience * 1000 };
}

static void connect_server(struct extract *extract)
{
	const struct libpq_options how = session_options();
	struct flow *flow = &extract->flow;

	address_read(&flow->arena, database, env_file, &extract->address, &flow->fault);
	address_wipe(database);
	if (flow->fault.status != 0)
		return;
	process_say_all(extract->address.notes, extract->address.note_count);
	take_schema(extract, extract->address.keywords.schema);
	extract->libpq = libpq_open(&flow->arena, &extract->address, &how, &flow->fault);
	if (flow->fault.status == STATUS_MISFIT) /* there is no such database */
		flow->fault.status = STATUS_SOURCE;
	if (extract->libpq != NULL && libpq_facts(extract->libpq)->version < 120000)
		flow_fail(flow, STATUS_SERVER, "the server is PostgreSQL %s; version 12 or newer "
			"is needed", libpq_facts(extract->libpq)->version_text);
}

/* A table that is locked by somebody, or gone before it could be. */
static void explain_lock(struct extract *extract)
{
	const char *state = libpq_error(extract->libpq)->state;
	struct fault *fault = &extract->flow.fault;
	struct fault told = *fault;

	if (strcmp(state, "42P01") != 0 && strcmp(state, "55P03") != 0)
		return;
	*fault = (struct fault){ 0 };
	if (*state == '4')
		flow_fail(&extract->flow, STATUS_AGAIN, "a table was dropped while it was looked "
			"at: repeat the command (%.300s)", told.text);
	else
		flow_fail(&extract->flow, STATUS_AGAIN, "somebody changes a table and holds a lock "
			"on it (%.300s): repeat the command, or wait longer (--wait)", told.text);
}

/* The locks come first, so that what is read of the definitions stays true to the last row. */
static void open_source(struct extract *extract)
{
	const struct libpq_options how = session_options();
	struct inventory *inventory = &extract->inventory;
	struct fault *fault = &extract->flow.fault;
	const char *locks;

	connect_server(extract);
	if (fault->status != 0)
		return;
	*inventory = (struct inventory){ .libpq = extract->libpq, .request = &request,
		.arena = &extract->flow.arena };
	if (inventory_list(inventory, fault) != 0)
		return;
	locks = inventory_locks(inventory, fault);
	if (fault->status != 0)
		return;
	if (libpq_begin_snapshot(extract->libpq, NULL, locks, fault) != 0)
		explain_lock(extract);
	else if (inventory_read(inventory, fault) == 0)
		fan_open(&extract->fan, extract->libpq, schema_only ? 1 : (size_t)jobs,
			&extract->address, &how, &extract->flow.arena, fault);
}

static void make_cells(struct extract *extract)
{
	size_t most = 1;

	for (size_t i = 0; i < extract->inventory.count; i++)
		if (extract->inventory.tables[i].column_count > most)
			most = extract->inventory.tables[i].column_count;
	extract->cells = arena_array(&extract->flow.arena, most, sizeof(*extract->cells));
	if (extract->cells == NULL)
		fault_memory(&extract->flow.fault);
}

/* --- the stream ------------------------------------------------------------------------------- */

/* Of all definitions. */
static void take_fingerprint(struct extract *extract, uint8_t fingerprint[16])
{
	const struct inventory *inventory = &extract->inventory;
	struct bytes payload = { 0 };
	struct hash_stream hash;

	hash_begin(&hash);
	for (size_t i = 0; i < inventory->count + inventory->object_count; i++) {
		bytes_clear(&payload);
		if (i < inventory->count)
			record_pack(&payload, &record_table, &inventory->tables[i]);
		else
			record_pack(&payload, &record_object,
				&inventory->objects[i - inventory->count]);
		hash_add(&hash, payload.data, payload.size);
	}
	hash_put(fingerprint, hash_result(&hash));
	if (payload.failed)
		fault_memory(&extract->flow.fault);
	bytes_close(&payload);
}

/* Opened or not: HELLO goes out, so that a failure can follow it as an ABORT. */
static void write_hello(struct extract *extract)
{
	struct flow *flow = &extract->flow;
	struct source source = { .kind = "postgresql" };
	const char *name = "";

	if (extract->libpq != NULL) {
		name = libpq_facts(extract->libpq)->database;
		source.encoding = "UTF-8";
		if (flow->fault.status == 0)
			take_fingerprint(extract, source.fingerprint);
	}
	source_hello(flow, &tool, extract->stream, &source, name);
}

static void write_definitions(struct extract *extract)
{
	const struct inventory *inventory = &extract->inventory;
	struct flow *flow = &extract->flow;

	for (size_t i = 0; i < inventory->count && flow->fault.status == 0; i++) {
		if (schema_only)
			inventory->tables[i].coverage = "definitions";
		writer_table(&flow->out, &inventory->tables[i], &flow->fault);
	}
	for (size_t i = 0; i < inventory->object_count && flow->fault.status == 0; i++)
		writer_object(&flow->out, &inventory->objects[i], &flow->fault);
}

/* Every 1,024 rows a look at the clock; signals end the COPY by themselves. */
static void show(struct extract *extract, uint64_t rows)
{
	extract->progress.bytes = extract->flow.out.offset;
	if ((rows & 1023) != 0)
		return;
	extract->progress.rows = rows;
	progress_show(&extract->progress);
}

/* A value that the server cannot give: it is no text, or the user's SQL breaks on it. */
static void explain_value(struct extract *extract, bool asked)
{
	struct fault *fault = &extract->flow.fault;

	if (fault->status == STATUS_MISFIT &&
		strncmp(fan_error(&extract->fan)->state, "22", 2) == 0)
		fault->status = asked ? STATUS_USAGE : STATUS_SOURCE;
}

static void write_rows(struct extract *extract, size_t place)
{
	const struct table *table = &extract->inventory.tables[place];
	struct harvest_wish *wish = &extract->inventory.wishes[place];
	struct flow *flow = &extract->flow;
	struct fan *fan = &extract->fan;
	bool asked = extract->inventory.asked[place];

	extract->progress.table = table->source;
	extract->progress.rows = 0;
	if (asked) {
		inventory_path(&extract->inventory, place, &flow->fault);
		wish->pages = 0; /* the other sessions have not his search_path */
	}
	if (flow->fault.status == 0)
		fan_begin(fan, wish, &flow->fault);
	while (flow->fault.status == 0 && fan_next(fan, extract->cells, &flow->fault)) {
		if (writer_row(&flow->out, table->number, extract->cells,
			(uint32_t)table->column_count, &flow->fault) != 0)
			break;
		show(extract, fan->rows);
	}
	if (flow->fault.status == 0)
		fan_end(fan, &flow->fault);
	else
		explain_value(extract, asked);
	extract->progress.all_rows += fan->rows;
	fan_stop(fan);
	extract->inventory.asked[place] = false;
	if (asked && flow->fault.status == 0)
		inventory_path(&extract->inventory, place, &flow->fault);
}

static void write_stream(struct extract *extract)
{
	const struct inventory *inventory = &extract->inventory;
	struct flow *flow = &extract->flow;
	struct total total = { 0 };

	write_definitions(extract);
	progress_begin(&extract->progress, "reading");
	for (size_t i = 0; i < inventory->count && flow->fault.status == 0; i++) {
		if (!schema_only)
			write_rows(extract, i);
		if (flow->fault.status == 0)
			writer_table_end(&flow->out, inventory->tables[i].number, &total,
				&flow->fault);
	}
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
		make_cells(&extract);
	write_hello(&extract);
	if (flow->fault.status == 0)
		write_stream(&extract);
	progress_end(&extract.progress);
	fan_close(&extract.fan);
	if (extract.libpq != NULL)
		libpq_close(extract.libpq);
	return flow_end(flow);
}
