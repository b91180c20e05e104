/*
 * rows-where: keeps the rows of which a condition holds, and counts the others.
 */
#include "flow/flow.h"
#include "row/where.h"

static const char *const examples[] = {
	"rows-replay app.rows | rows-where 'users: id > 1' | rows-peek --rows=users",
	"rows-where \"users: email matches '*@x'\" < app.rows | rows-peek --rows",
	"rows-where 'u*: id in (6, 7)' 'orders: id > 1' < app.rows | rows-peek",
	NULL
};

static const struct tool tool = {
	.name = "rows-where",
	.brief = "Passes on the rows of a row stream that conditions hold of.",
	.operands = "'TABLE: CONDITION' ...",
	.operands_least = 1,
	.operands_most = SIZE_MAX,
	.about = "TABLE is a table, or a pattern with * and ?; tables that none is about pass as "
		"they are. Where several are about a table, all must hold. In a condition stand\n\n"
		"id >= 100      = != < <= > >=, numbers as 5 or -1.5\n\n"
		"name = 'Ann'   texts in single quotes, bytes as x'00ff', true, false\n\n"
		"paid is null, paid is not null\n\n"
		"state in ('new', 'open'), state not in (1, 2)\n\n"
		"mail matches '*@x.org'   * any characters, ? any one, [a-z] one of these, [^a-z] "
		"none of these; case matters\n\n"
		"joined by and, or, not, and parentheses. Names that are no words stand in double "
		"quotes.\n\n"
		"As in SQL, a comparison with NULL holds never, nor does its contrary. Numbers are "
		"compared by value, texts and bytes byte by byte. In a typed stream so are times, "
		"written as '2026-01-31', '12:00:00' or '2026-01-31 12:00:00Z' (without a zone: "
		"UTC), and decimals to the last digit. In a raw one a value is what the source "
		"keeps: the text '5' is no number. A value of another kind is neither below nor "
		"above the constant, and not equal to it; how many there were stands in the "
		"stream's END.\n\n"
		"Rows that are left out are counted as filtered, in the end of their table and in "
		"every report. The table is then no longer whole: nothing behind will take a row "
		"that is missing for one that is gone.\n\n"
		"Exit status: 64 a condition is wrong, or is about no table of the stream; 78 a "
		"column is not there, or is never what it is compared with.",
	.examples = examples,
};

/* The conditions on one table, the first with what they left out; the account's `own`. */
struct condition {
	struct where *where;
	struct condition *next;
	uint64_t filtered;
};

struct filter {
	struct flow flow;
	struct where_rule *rules;
	bool *used;
	struct value *cells;
	size_t room;
	bool checked;
};

static void begin(struct filter *filter, int argc, char **argv)
{
	struct flow *flow = &filter->flow;
	size_t count;

	flow_begin_filter(flow, &tool, argc, argv);
	count = flow->operands.count;
	filter->rules = arena_array(&flow->arena, count + 1, sizeof(*filter->rules));
	filter->used = arena_array(&flow->arena, count + 1, sizeof(*filter->used));
	if (filter->rules == NULL || filter->used == NULL) {
		fault_memory(&flow->fault);
		return;
	}
	for (size_t i = 0; i < count && flow->fault.status == 0; i++) {
		where_parse(&flow->arena, flow->operands.items[i], &filter->rules[i],
			&flow->fault);
		flow_setting(flow, "where", flow->operands.items[i]);
	}
}

/* --- definitions ------------------------------------------------------------------------------ */

static void add_condition(struct filter *filter, struct account *account,
	const struct where_rule *rule)
{
	struct flow *flow = &filter->flow;
	struct condition *condition = arena_alloc(&flow->arena, sizeof(*condition));

	if (condition == NULL) {
		fault_memory(&flow->fault);
		return;
	}
	condition->next = account->own;
	account->own = condition;
	where_bind(&flow->arena, rule, account->definition, &condition->where, &flow->fault);
}

static void make_room(struct filter *filter, size_t columns)
{
	if (columns <= filter->room && filter->cells != NULL)
		return;
	filter->room = columns;
	filter->cells = arena_array(&filter->flow.arena, columns, sizeof(*filter->cells));
	if (filter->cells == NULL)
		fault_memory(&filter->flow.fault);
}

static void take_table(struct filter *filter)
{
	struct flow *flow = &filter->flow;
	struct account *account = ledger_find(&flow->in.ledger, flow->in.frame.table);
	struct table table = *account->definition;

	for (size_t i = 0; i < flow->operands.count && flow->fault.status == 0; i++)
		if (aim_matches(&filter->rules[i].aim, &table)) {
			filter->used[i] = true;
			add_condition(filter, account, &filter->rules[i]);
		}
	if (account->own != NULL) {
		make_room(filter, table.column_count);
		if (strcmp(table.coverage, "whole") == 0)
			table.coverage = "where";
	}
	if (flow->fault.status == 0)
		writer_table(&flow->out, &table, &flow->fault);
}

/* Behind the last definition. */
static void check_rules(struct filter *filter)
{
	struct flow *flow = &filter->flow;

	filter->checked = true;
	for (size_t i = 0; i < flow->operands.count; i++)
		if (!filter->used[i])
			flow_fail(flow, STATUS_USAGE, "\"%.300s\" is about no table of the stream "
				"(rows-peek lists them)", flow->operands.items[i]);
}

/* --- rows ------------------------------------------------------------------------------------- */

static bool all_hold(const struct condition *condition, const struct value *cells)
{
	for (; condition != NULL; condition = condition->next)
		if (where_holds(condition->where, cells) != WHERE_TRUE)
			return false;
	return true;
}

static void take_rows(struct filter *filter, const struct account *account)
{
	struct flow *flow = &filter->flow;
	const uint32_t count = (uint32_t)account->definition->column_count;
	struct condition *first = account->own;

	while (reader_row(&flow->in, filter->cells, &flow->fault)) {
		if (!all_hold(first, filter->cells))
			first->filtered++;
		else if (writer_row(&flow->out, flow->in.frame.table, filter->cells, count,
			&flow->fault) != 0)
			return;
	}
}

/* The rows of tables in between may still be open: what was left out is counted by itself. */
static void end_table(struct flow *flow, const struct condition *first)
{
	flow->in.total.filtered += first->filtered;
	flow->in.total.part |= first->filtered > 0;
	flow_pass(flow);
}

static void take_data(struct filter *filter)
{
	struct flow *flow = &filter->flow;
	const struct account *account = ledger_find(&flow->in.ledger, flow->in.frame.table);

	if (account->own == NULL)
		flow_pass(flow);
	else if (flow->in.frame.kind == FRAME_TABLE_END)
		end_table(flow, account->own);
	else if (flow->in.frame.kind == FRAME_ROWS)
		take_rows(filter, account);
	else
		flow_fail(flow, STATUS_MISFIT, "table \"%s\" holds keys of rows to delete: no "
			"condition can be asked of them", account->definition->name);
}

static void take_frame(struct filter *filter)
{
	struct flow *flow = &filter->flow;

	if (flow->in.frame.kind == FRAME_TABLE) {
		take_table(filter);
	} else if (flow->in.frame.kind == FRAME_OBJECT) {
		flow_pass(flow);
	} else {
		if (!filter->checked)
			check_rules(filter);
		if (flow->fault.status == 0)
			take_data(filter);
	}
}

/* --- the end ---------------------------------------------------------------------------------- */

static void count_others(struct flow *flow, const struct table *table, const struct where *where)
{
	for (const struct where *item = where->items; item != NULL; item = item->next)
		count_others(flow, table, item);
	if (where->others > 0)
		flow_count(flow, table->source, table->columns[where->place].source,
			"of another kind than compared with", where->others);
}

static void count_all(struct flow *flow)
{
	const struct ledger *ledger = &flow->in.ledger;

	for (size_t i = 0; i < ledger->count; i++)
		for (const struct condition *condition = ledger->accounts[i].own; condition != NULL;
			condition = condition->next)
			count_others(flow, ledger->accounts[i].definition, condition->where);
}

int main(int argc, char **argv)
{
	struct filter filter = { 0 };
	struct flow *flow = &filter.flow;

	begin(&filter, argc, argv);
	while (flow_next(flow))
		take_frame(&filter);
	if (!filter.checked && flow->fault.status == 0)
		check_rules(&filter);
	if (flow->fault.status == 0)
		count_all(flow);
	return flow_end(flow);
}
