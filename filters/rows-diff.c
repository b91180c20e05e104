/*
 * rows-diff: what differs between two streams, table by table and row by row, like diff(1).
 */
#include <string.h>

#include "base/descriptor.h"
#include "flow/diff_definitions.h"
#include "flow/diff_print.h"
#include "flow/flow.h"
#include "flow/key_lists.h"
#include "flow/repair.h"
#include "flow/shelf.h"
#include "row/pattern.h"

static struct choice choice;
static struct texts key_lists;
static const char *spool, *repair_file;
static long long limit;
static bool json, keys_only, only_stat, by_meaning;

static const struct option options[] = {
	{ "table", 't', OPTION_LIST, "PATTERN",
		"only tables whose name matches, found by the index without reading the rest; may "
		"be given again", &choice.only, false, 0, 0 },
	{ "exclude-table", 'T', OPTION_LIST, "PATTERN", "no table whose name matches",
		&choice.except, false, 0, 0 },
	{ "key", 0, OPTION_LIST, "TABLE=COLUMN,...",
		"what tells the rows of a table apart, where the definitions do not say, or say "
		"something else", &key_lists, false, 0, 0 },
	{ "by-meaning", 0, OPTION_FLAG, NULL,
		"types may differ where values mean the same: 1 and 1.0, '2026-01-31' and a date",
		&by_meaning, false, 0, 0 },
	{ "json", 0, OPTION_FLAG, NULL,
		"one JSON object for each finding, and one behind them all", &json, false, 0, 0 },
	{ "keys-only", 0, OPTION_FLAG, NULL, "keys and names of columns, no other values",
		&keys_only, false, 0, 0 },
	{ "stat", 0, OPTION_FLAG, NULL, "only how many rows differ", &only_stat, false, 0, 0 },
	{ "limit", 0, OPTION_NUMBER, "N", "show at most N rows of a table; all are counted",
		&limit, false, 1, INT64_MAX },
	{ "repair", 0, OPTION_TEXT, "FILE",
		"write the stream that makes B what A is: rows to write, keys of rows to delete",
		&repair_file, false, 0, 0 },
	{ "spool", 0, OPTION_TEXT, "DIR",
		"folder for temporary files (else $TMPDIR, else /var/tmp)", &spool, false, 0, 0 },
};

static const char *const examples[] = {
	"rows-diff app.rows app.rows",
	"sqlite-extract app.db | rows-diff app.rows -",
	"rows-replay app.rows | rows-retype | rows-diff --by-meaning app.rows -",
	NULL
};

static const struct tool tool = {
	.name = "rows-diff",
	.brief = "Compares two archives or streams, of which one may be standard input (-), and "
		"shows the rows that differ.",
	.operands = "A B",
	.operands_least = 2,
	.operands_most = 2,
	.options = options,
	.option_count = sizeof(options) / sizeof(options[0]),
	.about = "- is a row only in A, + one only in B, ~ one whose key is in both. Rows are "
		"matched by primary key, else by a unique key that is NOT NULL, else as a whole; "
		"their order does not matter. Values are compared by what they mean in their type: "
		"the numeric 1.50 is 1.5, jsonb has no order of keys, but -0.0 is not 0.0. Of "
		"streams of definitions only, the definitions are compared. With -t only what is "
		"asked for is read of an archive, and checked.\n\n"
		"Exit status: 0 nothing differs; 1 something does; 64 and up: it could not be "
		"told.",
	.examples = examples,
};

struct diffing {
	struct flow flow;
	struct shelf shelves[2];
	struct diff diff;
	struct diff_print print;
	struct repair repair;
	bool definitions; /* these alone are compared */
};

/* A side of the table at hand. */
struct side {
	struct shelf *shelf;
	size_t table;
	const struct couple *couple;
	int place;
	bool straight; /* the columns are those of the stream, in its order */
	struct value *cells;
};

/* --- where rows come from --------------------------------------------------------------------- */

static int side_begin(void *own, struct fault *fault)
{
	struct side *side = own;

	shelf_begin(side->shelf, side->table);
	return fault->status;
}

static bool side_next(void *own, struct diff_row *row, struct fault *fault)
{
	struct side *side = own;
	struct shelf_row came;

	if (!shelf_next(side->shelf, &came, fault))
		return false;
	if (side->straight) {
		*row = (struct diff_row){ came.cells, came.packed, came.size };
		return true;
	}
	for (uint32_t i = 0; i < side->couple->count; i++)
		side->cells[i] = came.cells[side->couple->columns[i].places[side->place]];
	*row = (struct diff_row){ .cells = side->cells };
	return true;
}

static void open_side(struct diffing *diffing, struct side *side, const struct couple *couple,
	int place, size_t table)
{
	struct fault *fault = &diffing->flow.fault;

	*side = (struct side){ .shelf = &diffing->shelves[place], .table = table,
		.couple = couple, .place = place };
	side->straight = couple->count == couple->tables[place]->column_count;
	for (uint32_t i = 0; i < couple->count && side->straight; i++)
		side->straight = couple->columns[i].places[place] == i;
	side->cells = arena_array(&diffing->flow.arena, couple->count, sizeof(*side->cells));
	if (side->cells == NULL)
		fault_memory(fault);
	diffing->diff.sides[place] = (struct diff_side){ .own = side, .begin = side_begin,
		.next = side_next, .forms = couple->forms[place] };
}

/* --- columns ---------------------------------------------------------------------------------- */

/* What of the columns differs, before any row is looked at. */
static void remark_columns(struct diffing *diffing, const struct couple *couple)
{
	const char *table = couple->tables[0]->name;

	for (int side = 0; side < 2; side++)
		for (uint32_t i = 0; i < couple->only_count[side]; i++) {
			const struct column *column = couple->only[side][i];
			const char *type = couple_type(column);

			diff_print_remark(&diffing->print, table, "column", column->name,
				side == 0 ? type : NULL, side == 0 ? NULL : type);
		}
	for (uint32_t i = 0; i < couple->all; i++) {
		const struct couple_column *column = &couple->columns[i];
		const char *types[2] = { couple_type(column->columns[0]),
			couple_type(column->columns[1]) };

		if (column->why != NULL)
			diff_print_remark(&diffing->print, table, "column",
				column->columns[0]->name, types[0],
				arena_format(&diffing->flow.arena, "%s, not compared: %s",
				types[1], column->why));
		else if (column->retyped && !by_meaning)
			diff_print_remark(&diffing->print, table, "type", column->columns[0]->name,
				types[0], types[1]);
	}
}

/* --- tables ----------------------------------------------------------------------------------- */

static void diff_rows(struct diffing *diffing, struct couple *couple, const size_t places[2])
{
	struct fault *fault = &diffing->flow.fault;
	struct diff *diff = &diffing->diff;
	struct side sides[2];

	for (int i = 0; i < 2; i++)
		open_side(diffing, &sides[i], couple, i, places[i]);
	diff->columns = couple->count;
	diff->key = couple->key;
	diff->key_count = couple->key_count;
	if (fault->status != 0 || diff_count(diff, &diffing->flow.arena, fault) != 0)
		return;
	diff_print_table(&diffing->print, couple, diff);
	repair_begin(&diffing->repair, couple);
	if (!diff->equal && diff_find(diff, fault) != 0)
		return;
	diff_print_total(&diffing->print, diff);
	if (repair_file != NULL)
		repair_table_end(&diffing->repair, diff, fault);
}

static int take_finding(void *own, const struct diff_finding *finding, struct fault *fault)
{
	struct diffing *diffing = own;

	if (repair_file != NULL && repair_finding(&diffing->repair, finding, fault) != 0)
		return fault->status;
	return diff_print_finding(&diffing->print, finding, fault);
}

/* Definitions are compared where there is nothing else. */
static bool only_definitions(const struct table *table)
{
	return strcmp(table->coverage, "definitions") == 0;
}

static void couple_both(struct diffing *diffing, size_t left, size_t right, struct couple *couple)
{
	struct flow *flow = &diffing->flow;

	if (couple_tables(&flow->arena, diffing->shelves[0].tables[left].definition,
		diffing->shelves[1].tables[right].definition, NULL, couple, &flow->fault) == 0)
		key_lists_choose(&key_lists, couple, &flow->arena, &flow->fault);
}

static void diff_table(struct diffing *diffing, size_t left, size_t right)
{
	struct flow *flow = &diffing->flow;
	const struct table *tables[2] = { diffing->shelves[0].tables[left].definition,
		diffing->shelves[1].tables[right].definition };
	struct couple couple = { 0 };

	if (only_definitions(tables[0]) != only_definitions(tables[1])) {
		flow_fail(flow, STATUS_MISFIT, "table \"%s\" has rows on one side, and definitions "
			"only on the other: extract both alike", tables[0]->name);
		return;
	}
	if (only_definitions(tables[0])) {
		diffing->definitions = true;
		diff_print_definitions(&diffing->print, tables, &flow->arena, &flow->fault);
		return;
	}
	couple_both(diffing, left, right, &couple);
	if (flow->fault.status == 0) {
		remark_columns(diffing, &couple);
		diff_rows(diffing, &couple, (const size_t[2]){ left, right });
	}
	couple_close(&couple);
	if (flow->fault.status == 0)
		process_print(&diffing->print.text, &flow->fault);
}

/* By the source name, else by the name where that source name is nobody's. */
static bool find_other(const struct diffing *diffing, int side, size_t place, size_t *other)
{
	const struct shelf *there = &diffing->shelves[!side], *here = &diffing->shelves[side];
	const struct table *table = here->tables[place].definition;

	for (*other = 0; *other < there->count; ++*other)
		if (strcmp(there->tables[*other].definition->source, table->source) == 0)
			return true;
	for (*other = 0; *other < there->count; ++*other) {
		const struct table *candidate = there->tables[*other].definition;
		bool free = strcmp(candidate->name, table->name) == 0;

		for (size_t i = 0; i < here->count && free; i++)
			free = strcmp(here->tables[i].definition->source, candidate->source) != 0;
		if (free)
			return true;
	}
	return false;
}

static void remark_table(struct diffing *diffing, int side, size_t place)
{
	const struct shelf_table *table = &diffing->shelves[side].tables[place];
	const char *text = arena_format(&diffing->flow.arena, "%llu rows",
		(unsigned long long)table->total.rows);

	diff_print_remark(&diffing->print, table->definition->name, "table", NULL,
		side == 0 ? text : NULL, side == 0 ? NULL : text);
}

static void define_table(struct diffing *diffing, size_t left, size_t right)
{
	struct flow *flow = &diffing->flow;
	struct couple couple;

	couple_both(diffing, left, right, &couple);
	if (flow->fault.status != 0)
		return;
	if (only_definitions(couple.tables[0]) || only_definitions(couple.tables[1]))
		flow_fail(flow, STATUS_MISFIT, "--repair needs rows, and of table \"%s\" there is "
			"the definition only", couple.tables[0]->name);
	else
		repair_define(&diffing->repair, &couple, &flow->fault);
}

/* All definitions stand in front of the first row. */
static void define_repair(struct diffing *diffing)
{
	struct flow *flow = &diffing->flow;
	size_t other;

	if (repair_open(&diffing->repair, repair_file, &diffing->shelves[0].reader.hello,
		&diffing->shelves[1].reader.hello, tool.name, &flow->arena, &flow->fault) != 0)
		return;
	for (int side = 0; side < 2; side++)
		for (size_t i = 0; i < diffing->shelves[side].count; i++) {
			const struct table *table = diffing->shelves[side].tables[i].definition;

			if (flow->fault.status != 0 || !choice_wants(&choice, table->name))
				continue;
			if (!find_other(diffing, side, i, &other))
				flow_fail(flow, STATUS_MISFIT, "--repair: table \"%s\" is on one "
					"side only; leave it out with -T", table->name);
			else if (side == 0)
				define_table(diffing, i, other);
		}
}

static void diff_tables(struct diffing *diffing)
{
	struct fault *fault = &diffing->flow.fault;
	size_t other;

	for (int side = 0; side < 2; side++)
		for (size_t i = 0; i < diffing->shelves[side].count && fault->status == 0; i++) {
			const struct shelf *shelf = &diffing->shelves[side];

			if (!choice_wants(&choice, shelf->tables[i].definition->name))
				continue;
			if (!find_other(diffing, side, i, &other))
				remark_table(diffing, side, i);
			else if (side == 0)
				diff_table(diffing, i, other);
		}
}

static void diff_objects(struct diffing *diffing)
{
	const struct shelf *left = &diffing->shelves[0], *right = &diffing->shelves[1];

	if (diffing->definitions && choice.only.count + choice.except.count == 0)
		diff_print_objects(&diffing->print, left->objects, left->object_count,
			right->objects, right->object_count);
}

/* --- before all that -------------------------------------------------------------------------- */

static void check_patterns(struct diffing *diffing)
{
	struct flow *flow = &diffing->flow;
	const size_t count = diffing->shelves[0].count + diffing->shelves[1].count;
	struct texts names = { arena_array(&flow->arena, count, sizeof(*names.items)), 0 };

	if (names.items == NULL) {
		fault_memory(&flow->fault);
		return;
	}
	for (int side = 0; side < 2; side++)
		for (size_t i = 0; i < diffing->shelves[side].count; i++)
			names.items[names.count++] =
				diffing->shelves[side].tables[i].definition->name;
	choice_check(&choice, &names, "the streams", &flow->fault);
}

static void check_keys(struct diffing *diffing)
{
	struct flow *flow = &diffing->flow;
	const struct shelf *shelf = &diffing->shelves[0];
	const struct table **tables = arena_array(&flow->arena, shelf->count + 1,
		sizeof(*tables));

	if (tables == NULL) {
		fault_memory(&flow->fault);
		return;
	}
	for (size_t i = 0; i < shelf->count; i++)
		tables[i] = shelf->tables[i].definition;
	key_lists_check(&key_lists, tables, shelf->count, &flow->arena, &flow->fault);
}

/* Rows to write and rows to delete are no state that could be compared. */
static void check_deletes(struct diffing *diffing)
{
	for (int side = 0; side < 2; side++)
		for (size_t i = 0; i < diffing->shelves[side].count; i++)
			if (diffing->shelves[side].tables[i].total.deletes > 0)
				flow_fail(&diffing->flow, STATUS_MISFIT, "%s says what to change: "
					"it holds keys of rows to delete",
					diffing->shelves[side].reader.name);
}

static void begin(struct diffing *diffing, int argc, char **argv)
{
	struct flow *flow = &diffing->flow;

	flow_begin(flow, &tool, argc, argv);
	for (size_t i = 0; i < 2 && flow->fault.status == 0; i++)
		diffing->print.names[i] = flow_operand(flow, i);
	if (flow->fault.status == 0 && strcmp(diffing->print.names[0], "-") == 0 &&
		strcmp(diffing->print.names[1], "-") == 0)
		flow_fail(flow, STATUS_USAGE, "only one of the two can be standard input");
	if (keys_only && only_stat)
		flow_fail(flow, STATUS_USAGE, "--keys-only and --stat do not go together");
	for (size_t i = 0; i < 2 && flow->fault.status == 0; i++)
		shelf_open(&diffing->shelves[i], diffing->print.names[i], choice.only.count > 0,
			spool, &flow->arena, &flow->fault);
	diffing->print.json = json;
	diffing->print.what = only_stat ? DIFF_PRINT_STAT : keys_only ? DIFF_PRINT_KEYS :
		DIFF_PRINT_ROWS;
	diffing->diff.spool = spool;
	diffing->print.limit = (uint64_t)limit;
	diffing->diff.found = take_finding;
	diffing->diff.own = diffing;
}

int main(int argc, char **argv)
{
	struct diffing diffing = { 0 };
	struct flow *flow = &diffing.flow;
	bool different;
	int status;

	begin(&diffing, argc, argv);
	if (flow->fault.status == 0) {
		check_patterns(&diffing);
		check_keys(&diffing);
		check_deletes(&diffing);
	}
	if (flow->fault.status == 0 && repair_file != NULL)
		define_repair(&diffing);
	if (flow->fault.status == 0)
		diff_tables(&diffing);
	if (flow->fault.status == 0)
		diff_objects(&diffing);
	if (flow->fault.status == 0) {
		diff_print_summary(&diffing.print);
		process_print_all(&diffing.print.text, &flow->fault);
	}
	if (repair_file != NULL && diffing.repair.arena != NULL)
		repair_close(&diffing.repair, &flow->fault);
	different = diffing.print.remarks + diffing.print.different > 0;
	diff_close(&diffing.diff);
	diff_print_close(&diffing.print);
	for (int i = 0; i < 2; i++)
		shelf_close(&diffing.shelves[i]);
	status = flow_end(flow);
	return status == 0 && different ? STATUS_NO : status;
}
