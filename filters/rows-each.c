/*
 * rows-each: the rows of one table go through a program, as lines of JSON, and come back as rows.
 */
#include "base/print.h"
#include "flow/flow.h"
#include "flow/through.h"
#include "row/aim.h"
#include "wire/lines.h"

static const char *const examples[] = {
	"rows-replay app.rows | rows-each users cat | rows-peek --rows=users",
	"rows-each users jq -c '.email = null' < app.rows | rows-peek --rows=users",
	"rows-retype < app.rows | rows-each orders sort | rows-peek --rows=orders",
	NULL
};

static const struct tool tool = {
	.name = "rows-each",
	.brief = "Passes the rows of one table through a program, as lines of JSON.",
	.operands = "TABLE COMMAND [ARG ...]",
	.operands_least = 2,
	.operands_most = SIZE_MAX,
	.program = true,
	.about = "The program gets a row a line, as rows-peek --rows=TABLE prints it, and prints "
		"rows the same way: each an object in one line, with all columns, in any order. "
		"The definition stays as it is, and so do the other tables. cat gives back the "
		"very same rows. To add a column, rows-set in front of it does.\n\n"
		"Bytes are {\"bytes\":\"hex\"}. In a typed stream times are the numbers that "
		"stream(5) has, and numerics are texts; both may come back spelled out: "
		"\"2026-01-31 12:00:00\", 1.50. In a raw one 1 is an integer, and 1.0 a real. "
		"Mind programs that read numbers as reals: jq before 1.7 changes integers beyond "
		"2^53.\n\n"
		"The program may read all before it writes, as sort does; what it keeps is its own "
		"memory. If it prints fewer rows than it got, they are counted as filtered; rows "
		"in and out are counted in the stream's END, and told where they are not as many. "
		"A typed column has no profile behind it. A raw one keeps the source's, from which "
		"rows-retype decides; the table then counts as a part of its source. So "
		"rows-retype in front is better.\n\n"
		"The stream ends with ABORT where the program fails: where it is not there (64); "
		"ends with another status than 0, by a signal, or before it has read all rows; "
		"prints what is no such line (65); or a value that its column's type does not hold "
		"(78).\n\n"
		"Options stand in front of TABLE; all behind it is the program's.",
	.examples = examples,
};

enum { ENOUGH = 64 * 1024 };

struct each {
	struct flow flow;
	struct aim aim;
	const char **words;       /* the program's, to a NULL */
	uint32_t number;          /* of the table; 0: it was not seen */
	const struct table *table;
	struct lines lines;
	struct value *cells;
	struct through through;
	uint64_t in, out;
};

/* --- the command line ------------------------------------------------------------------------- */

static void read_table(struct each *each)
{
	struct flow *flow = &each->flow;
	const char *next = flow->operands.items[0], *why = NULL;
	struct aim_name names[AIM_NAMES];
	size_t count;

	if (!aim_read(&flow->arena, &next, "", names, &count, &why) && why == NULL)
		fault_memory(&flow->fault);
	else if (why != NULL || count > 2)
		flow_fail(flow, STATUS_USAGE, "\"%.200s\" is no TABLE: %s",
			flow->operands.items[0], why != NULL ? why : "too many names");
	if (flow->fault.status != 0)
		return;
	each->aim.table = names[count - 1];
	if (count == 2)
		each->aim.schema = names[0];
}

/* Words may hold paths and secrets: the stream tells the program, and a hash of all of them. */
static const char *describe(struct each *each)
{
	const char *slash = strrchr(each->words[0], '/');
	struct bytes text = { 0 }, all = { 0 };
	const char *copy;
	uint8_t hash[16];

	for (const char *const *word = each->words; *word != NULL; word++)
		bytes_add(&all, *word, strlen(*word) + 1);
	hash_put(hash, hash_128(all.data, all.size));
	print_visible(&text, slash != NULL ? slash + 1 : each->words[0],
		strlen(slash != NULL ? slash + 1 : each->words[0]));
	bytes_add_byte(&text, ' ');
	print_hex(&text, hash, sizeof(hash));
	copy = text.failed || all.failed ? NULL :
		arena_copy(&each->flow.arena, text.data, text.size);
	bytes_close(&text);
	bytes_close(&all);
	if (copy == NULL)
		fault_memory(&each->flow.fault);
	return copy;
}

static void begin(struct each *each, int argc, char **argv)
{
	struct flow *flow = &each->flow;
	const struct texts *operands = &flow->operands;

	flow_begin_filter(flow, &tool, argc, argv);
	if (flow->fault.status != 0)
		return;
	each->words = arena_array(&flow->arena, operands->count, sizeof(*each->words));
	if (each->words == NULL) {
		fault_memory(&flow->fault);
		return;
	}
	for (size_t i = 1; i < operands->count; i++)
		each->words[i - 1] = operands->items[i];
	read_table(each);
	flow_setting(flow, "table", operands->items[0]);
	flow_setting(flow, "command", describe(each));
}

/* --- the table -------------------------------------------------------------------------------- */

/* What the source held is not what a typed column holds now. */
static void write_table(struct each *each)
{
	struct flow *flow = &each->flow;
	struct table table = *each->table;
	struct column *columns = arena_array(&flow->arena, table.column_count, sizeof(*columns));

	each->cells = arena_array(&flow->arena, table.column_count, sizeof(*each->cells));
	if (columns == NULL || each->cells == NULL) {
		fault_memory(&flow->fault);
		return;
	}
	for (size_t i = 0; i < table.column_count; i++) {
		columns[i] = table.columns[i];
		if (strcmp(columns[i].type, "raw") != 0)
			columns[i].profile = NULL;
	}
	table.columns = columns;
	writer_table(&flow->out, &table, &flow->fault);
}

static void take_table(struct each *each)
{
	struct flow *flow = &each->flow;
	const struct table *table = reader_table(&flow->in);

	if (!aim_matches(&each->aim, table)) {
		flow_pass(flow);
		return;
	}
	if (each->number != 0) {
		flow_fail(flow, STATUS_USAGE, "\"%.200s\" is more than one table: %.200s, %.200s",
			flow->operands.items[0], each->table->name, table->name);
		return;
	}
	each->number = table->number;
	each->table = table;
	if (lines_begin(&each->lines, &flow->arena, table, &flow->fault) == 0)
		write_table(each);
}

/* --- rows ------------------------------------------------------------------------------------- */

static void place_fault(struct each *each, int status)
{
	struct bytes name = { 0 };
	const struct lines *lines = &each->lines;

	if (lines->name != NULL)
		bytes_add_text(&name, ": \"");
	bytes_add(&name, lines->name, lines->name == NULL ? 0 :
		lines->name_size < 100 ? lines->name_size : 100);
	bytes_add_text(&name, lines->name != NULL ? "\"" : "");
	bytes_add_byte(&name, '\0');
	flow_fail(&each->flow, status, "%s of %s, line %llu%s: %s%s", each->words[0],
		each->table->name, (unsigned long long)each->out,
		name.failed ? "" : (const char *)name.data, lines->why,
		strcmp(lines->why, "it ends early") != 0 ? "" :
		" (a row is one line: jq wants -c)");
	bytes_close(&name);
}

/* A line of the program's. */
static int take_line(void *context, uint8_t *line, size_t size, struct fault *fault)
{
	struct each *each = context;
	struct flow *flow = &each->flow;

	(void)fault; /* it is the flow's */
	each->out++;
	switch (lines_read(&each->lines, line, size, each->cells)) {
	case LINES_ROW:
		return writer_row(&flow->out, each->number, each->cells,
			(uint32_t)each->table->column_count, &flow->fault);
	case LINES_ILL:
		place_fault(each, STATUS_STREAM);
		break;
	case LINES_MISFIT:
		place_fault(each, STATUS_MISFIT);
		break;
	case LINES_MEMORY:
		fault_memory(&flow->fault);
	}
	return flow->fault.status;
}

static bool is_running(struct each *each)
{
	each->through.line = take_line;
	each->through.context = each;
	return each->through.begun ||
		through_begin(&each->through, each->words, &each->flow.fault) == 0;
}

static void give_rows(struct each *each)
{
	struct flow *flow = &each->flow;
	struct through *through = &each->through;

	if (!is_running(each))
		return;
	while (reader_row(&flow->in, each->cells, &flow->fault)) {
		lines_add(&each->lines, &through->out, each->cells);
		each->in++;
		if (through->out.size >= ENOUGH && through_send(through, &flow->fault) != 0)
			return;
	}
}

static bool is_raw(const struct table *table)
{
	for (size_t i = 0; i < table->column_count; i++)
		if (strcmp(table->columns[i].type, "raw") == 0)
			return true;
	return false;
}

static void count_rows(struct each *each)
{
	struct flow *flow = &each->flow;
	struct total *total = &flow->in.total;

	flow_count(flow, each->table->source, NULL, "rows given to the program", each->in);
	flow_count(flow, each->table->source, NULL, "rows taken from the program", each->out);
	total->part |= is_raw(each->table) || each->out < each->in;
	if (each->out < each->in)
		total->filtered += each->in - each->out;
	if (each->out != each->in && flow->fault.status == 0)
		process_say("%s got %llu rows of %s and printed %llu",
			each->words[0], (unsigned long long)each->in, each->table->name,
			(unsigned long long)each->out);
}

/* Also of a table without rows: the program may have something to say to that. */
static void end_table(struct each *each)
{
	struct flow *flow = &each->flow;

	if (strcmp(each->table->coverage, "definitions") != 0) {
		if (is_running(each))
			through_end(&each->through, &flow->fault);
		if (flow->fault.status == 0)
			count_rows(each);
	}
	flow_pass(flow);
}

static void take_data(struct each *each)
{
	struct flow *flow = &each->flow;

	if (each->number == 0)
		flow_fail(flow, STATUS_USAGE, "\"%.200s\" matches no table of the stream "
			"(rows-peek lists them)", flow->operands.items[0]);
	else if (flow->in.frame.table != each->number)
		flow_pass(flow);
	else if (flow->in.frame.kind == FRAME_ROWS)
		give_rows(each);
	else if (flow->in.frame.kind == FRAME_TABLE_END)
		end_table(each);
	else
		flow_fail(flow, STATUS_MISFIT, "table \"%s\" holds keys of rows to delete, which "
			"are no rows", each->table->name);
}

int main(int argc, char **argv)
{
	struct each each = { 0 };
	struct flow *flow = &each.flow;

	begin(&each, argc, argv);
	while (flow_next(flow))
		switch (flow->in.frame.kind) {
		case FRAME_TABLE:
			take_table(&each);
			break;
		case FRAME_OBJECT:
			flow_pass(flow);
			break;
		default:
			take_data(&each);
		}
	if (flow->fault.status == 0 && each.number == 0)
		flow_fail(flow, STATUS_USAGE, "\"%.200s\" matches no table of the stream "
			"(rows-peek lists them)", flow->operands.items[0]);
	through_close(&each.through);
	lines_close(&each.lines);
	return flow_end(flow);
}
