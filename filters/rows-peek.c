/*
 * rows-peek: what is in a stream, for people and for programs.
 */
#include "base/print.h"
#include "flow/select.h"
#include "row/describe.h"

static struct selection selection;
static bool toc, definitions, json;
static const char *rows_of;
static long long head;

static const struct option options[] = {
	{ "toc", 0, OPTION_FLAG, NULL,
		"the table of contents: tables with rows, bytes and digests (what is shown when "
		"nothing else is asked for)", &toc, false, 0, 0 },
	{ "definitions", 0, OPTION_FLAG, NULL,
		"definitions and profiles of tables and objects; with --json a JSON line each",
		&definitions, false, 0, 0 },
	{ "rows", 0, OPTION_MAYBE, "TABLE",
		"rows as JSON lines: {\"table\":...,\"row\":{...}}, and of one TABLE the row alone",
		&rows_of, false, 0, 0 },
	{ "head", 0, OPTION_NUMBER, "N", "at most N rows of each table", &head, false,
		1, INT64_MAX },
	{ "table", 't', OPTION_LIST, "PATTERN",
		"only tables whose name matches; may be given again",
		&selection.choice.only, false, 0, 0 },
	{ "json", 0, OPTION_FLAG, NULL, "the table of contents as one JSON document", &json, false,
		0, 0 },
};

static const char *const examples[] = {
	"rows-peek app.rows",
	"rows-peek --definitions app.rows",
	"rows-peek --definitions --json app.rows | jq .name",
	"rows-peek --rows=users --head 3 app.rows",
	"sqlite-extract app.db | rows-peek --json | jq .tables[0].rows",
	NULL
};

static const struct tool tool = {
	.name = "rows-peek",
	.brief = "Shows what is in an archive, or in a row stream on standard input.",
	.operands = "[FILE]",
	.operands_most = 1,
	.options = options,
	.option_count = sizeof(options) / sizeof(options[0]),
	.about = "Of an archive only what is shown is read, and checked; rows-check checks all of "
		"it. Integers are printed with all their digits, reals so that they read back as "
		"the same number ({\"real\":\"Infinity\"}, too), bytes as {\"bytes\":\"hex\"}, "
		"text that is not well-formed as "
		"{\"utf8\":\"hex\"} or {\"utf16\":\"hex\"}.",
	.examples = examples,
};

struct peek {
	struct flow flow;
	struct bytes text;
	struct bytes objects; /* for --json */
	struct value *cells;
	size_t room;
};

static void peek_definition(struct peek *peek)
{
	struct flow *flow = &peek->flow;
	bool table = flow->in.frame.kind == FRAME_TABLE;

	if (!definitions) {
		return;
	} else if (json) {
		record_json(&peek->text, table ? &record_table : &record_object,
			table ? (void *)reader_table(&flow->in) : &flow->in.object);
		bytes_add_byte(&peek->text, '\n');
	} else if (table) {
		describe_table(&peek->text, reader_table(&flow->in));
	} else {
		describe_object(&peek->text, &flow->in.object);
	}
}

static void peek_object(struct peek *peek)
{
	peek_definition(peek);
	if (peek->objects.size > 0)
		bytes_add_byte(&peek->objects, ',');
	record_json(&peek->objects, &record_object, &peek->flow.in.object);
}

/* Rows that nobody wants to see are not decoded, and by the index not even read. */
static void peek_table(struct peek *peek)
{
	struct flow *flow = &peek->flow;
	const struct table *table = reader_table(&flow->in);

	peek_definition(peek);
	if (rows_of == NULL) {
		reader_skip(&flow->in);
		return;
	}
	if (table->column_count <= peek->room)
		return;
	peek->cells = arena_array(&flow->arena, table->column_count, sizeof(*peek->cells));
	peek->room = table->column_count;
	if (peek->cells == NULL)
		fault_memory(&flow->fault);
}

static void add_row(struct peek *peek, const struct table *table)
{
	struct bytes *text = &peek->text;

	if (*rows_of == '\0') {
		bytes_add_text(text, "{\"table\":");
		print_json(text, table->name, strlen(table->name));
		bytes_add_text(text, ",\"row\":");
	}
	for (size_t i = 0; i < table->column_count; i++) {
		const char *name = table->columns[i].name;

		bytes_add_byte(text, i == 0 ? '{' : ',');
		print_json(text, name, strlen(name));
		bytes_add_byte(text, ':');
		value_json(text, &peek->cells[i]);
	}
	bytes_add_text(text, *rows_of == '\0' ? "}}\n" : "}\n");
}

static void peek_rows(struct peek *peek)
{
	struct flow *flow = &peek->flow;
	const struct account *account = ledger_find(&flow->in.ledger, flow->in.frame.table);
	uint64_t row = account->rows - flow->in.frame.rows;

	while (reader_row(&flow->in, peek->cells, &flow->fault)) {
		add_row(peek, account->definition);
		if (process_print(&peek->text, &flow->fault) != 0)
			return;
		if (head != 0 && ++row == (uint64_t)head) {
			reader_skip(&flow->in);
			return;
		}
	}
}

/* {"table":...,"delete":{...}}: the key of a row to delete, by the names of its columns. */
static void add_delete(struct peek *peek, const struct table *table)
{
	struct bytes *text = &peek->text;

	bytes_add_byte(text, '{');
	if (*rows_of == '\0') {
		bytes_add_text(text, "\"table\":");
		print_json(text, table->name, strlen(table->name));
		bytes_add_byte(text, ',');
	}
	bytes_add_text(text, "\"delete\":{");
	for (size_t i = 0; i < table_key_count(table); i++) {
		const struct column *column = table_key_column(table, i);
		const char *name = column == NULL ? "" : column->name;

		bytes_add_text(text, i == 0 ? "" : ",");
		print_json(text, name, strlen(name));
		bytes_add_byte(text, ':');
		value_json(text, &peek->cells[i]);
	}
	bytes_add_text(text, "}}\n");
}

static void peek_deletes(struct peek *peek)
{
	struct flow *flow = &peek->flow;

	while (reader_delete(&flow->in, peek->cells, &flow->fault)) {
		add_delete(peek, reader_table(&flow->in));
		if (process_print(&peek->text, &flow->fault) != 0)
			return;
	}
}

static void add_hash(struct bytes *text, const char *before, const uint8_t hash[16])
{
	bytes_add_text(text, before);
	print_hex(text, hash, 16);
}

static void add_sources(struct bytes *text, const struct hello *hello)
{
	for (size_t i = 0; i < hello->source_count; i++) {
		bytes_format(text, "source: %s ", hello->sources[i].kind);
		print_visible(text, hello->sources[i].name, strlen(hello->sources[i].name));
		if (hello->sources[i].encoding != NULL)
			bytes_format(text, ", %s", hello->sources[i].encoding);
		bytes_add_byte(text, '\n');
	}
	for (size_t i = 0; i < hello->stage_count; i++) {
		const struct stage *stage = &hello->stages[i];

		bytes_format(text, "made by: %s %s", stage->tool, stage->version);
		for (size_t j = 0; j < stage->setting_count; j++) {
			bytes_format(text, " --%s=", stage->settings[j].option);
			print_visible(text, stage->settings[j].value,
				strlen(stage->settings[j].value));
		}
		bytes_add_byte(text, '\n');
	}
}

static void add_total(struct bytes *text, const struct account *account, const struct total *total)
{
	const char *schema = account->definition->schema;

	bytes_format(text, "%12llu %14llu %7zu  ", (unsigned long long)total->rows,
		(unsigned long long)total->bytes, account->definition->column_count);
	print_hex(text, total->digest, 16);
	bytes_add_text(text, "  ");
	if (schema != NULL && strcmp(schema, "public") != 0) {
		print_visible(text, schema, strlen(schema));
		bytes_add_byte(text, '.');
	}
	print_visible(text, account->definition->name, strlen(account->definition->name));
	if (strcmp(account->definition->coverage, "whole") != 0)
		bytes_format(text, " (%s)", account->definition->coverage);
	if (total->deletes > 0)
		bytes_format(text, " (%llu deletes)", (unsigned long long)total->deletes);
	bytes_add_text(text, total->part ? " (part)\n" : "\n");
}

static void print_toc(struct peek *peek)
{
	const struct reader *in = &peek->flow.in;
	struct bytes *text = &peek->text;

	add_sources(text, &in->hello);
	add_hash(text, "stream: ", in->hello.stream);
	add_hash(text, "\nchain:  ", in->ending.chain);
	bytes_format(text, "\n\n%12s %14s %7s  %-32s  %s\n", "rows", "bytes", "columns", "digest",
		"table");
	for (size_t i = 0; i < in->ledger.count; i++)
		if (select_wants(&selection, in->ledger.accounts[i].definition))
			add_total(text, &in->ledger.accounts[i], &in->ending.totals[i]);
	for (size_t i = 0; i < in->ending.left_out_count; i++) {
		bytes_format(text, "%12llu rows of a table that was left out: ",
			(unsigned long long)in->ending.left_out[i].extracted);
		print_visible(text, in->ending.left_out[i].name,
			strlen(in->ending.left_out[i].name));
		bytes_add_byte(text, '\n');
	}
	if (reader_partial(in))
		bytes_add_text(text,
			"(rows were not read; rows-check reads and checks them all)\n");
}

static void add_json_table(struct bytes *text, const struct account *account,
	const struct total *total)
{
	const struct table *table = account->definition;

	bytes_add_text(text, "{\"name\":");
	print_json(text, table->name, strlen(table->name));
	bytes_add_text(text, ",\"source\":");
	print_json(text, table->source, strlen(table->source));
	bytes_add_text(text, ",\"coverage\":");
	print_json(text, table->coverage, strlen(table->coverage));
	bytes_format(text, ",\"columns\":%zu,\"rows\":%llu,\"bytes\":%llu,\"frames\":%llu",
		table->column_count, (unsigned long long)total->rows,
		(unsigned long long)total->bytes, (unsigned long long)total->frames);
	add_hash(text, ",\"digest\":\"", total->digest);
	bytes_add_text(text, "\"}");
}

/* One document: HELLO, the tables, the objects, END, and whether all of it was read. */
static void print_json_toc(struct peek *peek)
{
	const struct reader *in = &peek->flow.in;
	struct bytes *text = &peek->text;
	const char *comma = "";

	bytes_add_text(text, "{\"hello\":");
	record_json(text, &record_hello, &in->hello);
	bytes_add_text(text, ",\"tables\":[");
	for (size_t i = 0; i < in->ledger.count; i++) {
		if (!select_wants(&selection, in->ledger.accounts[i].definition))
			continue;
		bytes_add_text(text, comma);
		add_json_table(text, &in->ledger.accounts[i], &in->ending.totals[i]);
		comma = ",";
	}
	bytes_add_text(text, "],\"objects\":[");
	bytes_add(text, peek->objects.data, peek->objects.size);
	text->failed |= peek->objects.failed;
	bytes_add_text(text, "],\"end\":");
	record_json(text, &record_ending, &in->ending);
	bytes_format(text, ",\"partial\":%s}\n", reader_partial(in) ? "true" : "false");
}

static void peek_frame(struct peek *peek)
{
	switch (peek->flow.in.frame.kind) {
	case FRAME_TABLE:
		peek_table(peek);
		break;
	case FRAME_OBJECT:
		peek_object(peek);
		break;
	case FRAME_ROWS:
		peek_rows(peek);
		break;
	case FRAME_DELETE:
		peek_deletes(peek);
		break;
	default:
		break;
	}
	if (peek->flow.fault.status == 0)
		process_print(&peek->text, &peek->flow.fault);
}

/* --rows=TABLE is --rows with one pattern more. */
static void choose_rows(struct peek *peek)
{
	const char **items;

	if (rows_of == NULL || *rows_of == '\0')
		return;
	items = arena_alloc(&peek->flow.arena, sizeof(*items));
	if (items == NULL) {
		fault_memory(&peek->flow.fault);
		return;
	}
	items[0] = rows_of;
	selection.choice.only = (struct texts){ items, 1 };
}

int main(int argc, char **argv)
{
	struct peek peek = { 0 };
	struct flow *flow = &peek.flow;

	flow_begin_reader(flow, &tool, argc, argv);
	flow->by_index = true;
	choose_rows(&peek);
	while (flow_next(flow))
		if (select_frame(&selection, flow))
			peek_frame(&peek);
	select_end(&selection, flow);
	if (flow->fault.status == 0 && (toc || (!definitions && rows_of == NULL))) {
		if (json)
			print_json_toc(&peek);
		else
			print_toc(&peek);
	}
	if (flow->fault.status == 0)
		process_print_all(&peek.text, &flow->fault);
	bytes_close(&peek.text);
	bytes_close(&peek.objects);
	return flow_end(flow);
}
