/*
 * rows-select: the model of a filter.  Tables pass or are left out without a look at their rows;
 * columns are chosen by decoding and encoding.
 */
#include "flow/select.h"
#include "row/narrow.h"
#include "row/token.h"

static struct selection selection;
static struct texts columns;
static struct texts drops;

static const struct option options[] = {
	{ "table", 't', OPTION_LIST, "PATTERN",
		"only tables whose name matches; may be given again",
		&selection.choice.only, true, 0, 0 },
	{ "exclude-table", 'T', OPTION_LIST, "PATTERN", "no table whose name matches",
		&selection.choice.except, true, 0, 0 },
	{ "columns", 'c', OPTION_LIST, "TABLE=COLUMN,...",
		"only these columns of the table, in this order", &columns, true, 0, 0 },
	{ "drop", 'C', OPTION_LIST, "TABLE=COLUMN,...", "all columns of the table but these",
		&drops, true, 0, 0 },
};

static const char *const examples[] = {
	"rows-replay app.rows | rows-select -T 'log*' | rows-peek",
	"rows-replay app.rows | rows-select -C users=password | rows-peek --rows=users",
	"rows-replay app.rows | rows-select -c users=email,id | rows-peek --rows=users",
	NULL
};

static const struct tool tool = {
	.name = "rows-select",
	.brief = "Passes on the tables and columns of a row stream that are wanted.",
	.operands = "",
	.options = options,
	.option_count = sizeof(options) / sizeof(options[0]),
	.about = "A pattern may hold * and ?, and ignores the case of ASCII letters. In "
		"TABLE=COLUMN names that hold a comma, an equals sign or a double quote stand in "
		"double quotes, as in SQL. Keys, indexes and checks that need a column that is "
		"left out are left out, too, with a remark in the table's definition. The end of "
		"the stream names the tables that were left out, and how many rows they had.",
	.examples = examples,
};

/* A table whose columns are chosen; the account's `own`. */
struct chosen {
	uint32_t *places; /* of the new columns among the old */
	uint32_t count;
	struct value *cells; /* an old row, and the new one behind it */
};

static bool find_place(const struct table *table, const char *name, uint32_t *place)
{
	for (*place = 0; *place < table->column_count; ++*place)
		if (name_compare(table->columns[*place].name, name) == 0)
			return true;
	return false;
}

/* Reads the names of a list into the chosen places, each once. */
static void read_places(struct flow *flow, const struct table *table, const char *list,
	struct chosen *chosen)
{
	bool *taken = arena_array(&flow->arena, table->column_count, sizeof(*taken));
	uint32_t place;
	char *name, end;

	while (taken != NULL && names_next(&list, &flow->arena, &name, &end)) {
		if (!find_place(table, name, &place)) {
			flow_fail(flow, STATUS_USAGE, "table \"%s\" has no column \"%s\" "
				"(rows-peek --definitions lists them)", table->name, name);
			return;
		}
		if (taken[place]) {
			flow_fail(flow, STATUS_USAGE, "column \"%s\" of table \"%s\" is "
				"named twice", name, table->name);
			return;
		}
		taken[place] = true;
		chosen->places[chosen->count++] = place;
	}
	if (taken == NULL || *list != '\0')
		fault_memory(&flow->fault);
}

/* What a list of the options says of this table; NULL: nothing. */
static const char *find_list(struct flow *flow, const struct texts *lists, const char *table)
{
	for (size_t i = 0; i < lists->count; i++) {
		const char *list = lists->items[i];
		char *name, end;

		if (!names_next(&list, &flow->arena, &name, &end) || end != '=' || *list == '\0')
			flow_fail(flow, STATUS_USAGE, "\"%s\" is not TABLE=COLUMN,...",
				lists->items[i]);
		else if (name_compare(name, table) == 0)
			return list;
	}
	return NULL;
}

/* The places that are not chosen, in their order. */
static void invert(struct chosen *chosen, uint32_t *places, uint32_t total)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < total; i++) {
		uint32_t j = 0;

		while (j < chosen->count && chosen->places[j] != i)
			j++;
		if (j == chosen->count)
			places[count++] = i;
	}
	chosen->places = places;
	chosen->count = count;
}

static struct chosen *choose(struct flow *flow, const struct table *table)
{
	const char *keep = find_list(flow, &columns, table->name);
	const char *drop = find_list(flow, &drops, table->name);
	uint32_t total = (uint32_t)table->column_count;
	struct chosen *chosen;
	uint32_t *places;

	if (keep == NULL && drop == NULL)
		return NULL;
	if (keep != NULL && drop != NULL)
		flow_fail(flow, STATUS_USAGE, "table \"%s\" has both --columns and --drop",
			table->name);
	chosen = arena_alloc(&flow->arena, sizeof(*chosen));
	places = arena_array(&flow->arena, (size_t)total * 2, sizeof(*places));
	if (chosen != NULL)
		chosen->cells = arena_array(&flow->arena, (size_t)total * 2, sizeof(struct value));
	if (chosen == NULL || places == NULL || chosen->cells == NULL) {
		fault_memory(&flow->fault);
		return NULL;
	}
	chosen->places = places;
	read_places(flow, table, keep != NULL ? keep : drop, chosen);
	if (drop != NULL)
		invert(chosen, places + total, total);
	if (chosen->count == 0)
		flow_fail(flow, STATUS_USAGE, "no column of table \"%s\" would be left; "
			"leave out the table with -T", table->name);
	return chosen;
}

static void select_table(struct flow *flow)
{
	struct account *account = ledger_find(&flow->in.ledger, flow->in.frame.table);
	struct table table = *account->definition;

	account->own = choose(flow, &table);
	if (flow->fault.status == 0 && account->own != NULL) {
		const struct chosen *chosen = account->own;

		narrow_table(&flow->arena, &table, chosen->places, chosen->count, &flow->fault);
	}
	if (flow->fault.status == 0)
		writer_table(&flow->out, &table, &flow->fault);
}

static void select_columns(struct flow *flow, const struct chosen *chosen)
{
	struct value *row = chosen->cells + reader_table(&flow->in)->column_count;

	while (reader_row(&flow->in, chosen->cells, &flow->fault)) {
		for (uint32_t i = 0; i < chosen->count; i++)
			row[i] = chosen->cells[chosen->places[i]];
		if (writer_row(&flow->out, flow->in.frame.table, row, chosen->count,
			&flow->fault) != 0)
			return;
	}
}

static void select_rows(struct flow *flow)
{
	const struct account *account = ledger_find(&flow->in.ledger, flow->in.frame.table);

	if (account->own == NULL)
		flow_pass(flow);
	else
		select_columns(flow, account->own);
}

static bool keeps_key(const struct table *table, const struct chosen *chosen)
{
	for (size_t i = 0; i < table_key_count(table); i++) {
		const struct column *column = table_key_column(table, i);
		uint32_t j = 0;

		while (j < chosen->count && &table->columns[chosen->places[j]] != column)
			j++;
		if (j == chosen->count)
			return false;
	}
	return table->primary != NULL;
}

/* Keys stay what they are while their columns do; a row without a key is another one narrowed. */
static void select_deletes(struct flow *flow)
{
	const struct account *account = ledger_find(&flow->in.ledger, flow->in.frame.table);
	const struct chosen *chosen = account->own;
	const struct table *table = account->definition;

	if (chosen != NULL && !keeps_key(table, chosen))
		flow_fail(flow, STATUS_MISFIT, "table \"%s\" holds keys of rows to delete, and "
			"columns that they need would be left out", table->name);
	else
		flow_pass(flow);
}

static bool passes(const struct flow *flow, const char *table)
{
	for (size_t i = 0; i < flow->in.ledger.count; i++) {
		const struct account *account = &flow->in.ledger.accounts[i];

		if (!account->skipped && name_compare(account->definition->name, table) == 0)
			return true;
	}
	return false;
}

/* Behind the last TABLE: every list must speak of a table that passes. */
static void check_lists(struct flow *flow, const struct texts *lists)
{
	for (size_t i = 0; i < lists->count; i++) {
		const char *list = lists->items[i];
		char *name, end;

		if (names_next(&list, &flow->arena, &name, &end) && !passes(flow, name))
			flow_fail(flow, STATUS_USAGE, "\"%s\" speaks of a table that the stream "
				"has not (rows-peek lists them)", lists->items[i]);
	}
}

static void select_frames(struct flow *flow)
{
	switch (flow->in.frame.kind) {
	case FRAME_TABLE:
		select_table(flow);
		break;
	case FRAME_ROWS:
		select_rows(flow);
		break;
	case FRAME_DELETE:
		select_deletes(flow);
		break;
	default:
		flow_pass(flow);
	}
}

int main(int argc, char **argv)
{
	struct flow flow;
	bool checked = false;

	flow_begin_filter(&flow, &tool, argc, argv);
	while (flow_next(&flow)) {
		if (flow.in.ledger.state == LEDGER_DATA && !checked) {
			checked = true;
			check_lists(&flow, &columns);
			check_lists(&flow, &drops);
		}
		if (select_frame(&selection, &flow))
			select_frames(&flow);
	}
	select_end(&selection, &flow);
	return flow_end(&flow);
}
