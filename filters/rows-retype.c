/*
 * rows-retype: gives every column a type.  All definitions are held until the first row is there;
 * then each column is decided, from a plan or from its profile, and no row can surprise it.
 */
#include <string.h>

#include "flow/plans.h"
#include "flow/retype.h"
#include "row/migrations.h"
#include "row/print_plan.h"

static const char *plan_file, *timezone_name, *like_file, *target_schema;
static struct texts lines;
static bool times, strict_types;

static const struct option options[] = {
	{ "use-plan", 0, OPTION_TEXT, "FILE",
		"types, policies and skip as the plan has them: plan(5)", &plan_file, true, 0, 0 },
	{ "set", 0, OPTION_LIST, "LINE",
		"one more line of a plan, laid over it; may be given again", &lines, true, 0, 0 },
	{ "times", 0, OPTION_FLAG, NULL, "numbers and texts that are likely times become times",
		&times, true, 0, 0 },
	{ "strict-types", 0, OPTION_FLAG, NULL,
		"stop before the first row where a column would need a decision", &strict_types,
		false, 0, 0 },
	{ "timezone", 0, OPTION_TEXT, "ZONE",
		"times without an offset beside others that have one, and all that go into a "
		"timestamptz of --like, are in this zone: +02:00, UTC",
		&timezone_name, true, 0, 0 },
	{ "like", 0, OPTION_TEXT, "FILE",
		"types as the tables of a target have them, which exist: pg-extract -s tells them",
		&like_file, true, 0, 0 },
	{ "target-schema", 0, OPTION_TEXT, "NAME", "of --like: the tables of this schema",
		&target_schema, true, 0, 0 },
};

static const char *const examples[] = {
	"sqlite-extract app.db | rows-retype | rows-peek --definitions",
	"rows-replay app.rows | rows-retype --times | rows-peek --rows",
	"rows-replay app.rows | rows-retype --set 'users.id -> * text' | rows-peek",
	"rows-replay app.rows | rows-retype --set 'logs -> skip' | rows-peek",
	"rows-replay app.rows | rows-retype --like there.rows | rows-peek",
	NULL
};

static const struct tool tool = {
	.name = "rows-retype",
	.brief = "Gives the columns of a row stream PostgreSQL's types, and converts all cells.",
	.operands = "",
	.options = options,
	.option_count = sizeof(options) / sizeof(options[0]),
	.about = "Without a plan the types come from what the source declares and from the profile "
		"of what it holds: no value is lost, and a column that holds what was not declared "
		"becomes wider. rows-rename --plan shows what was decided. A value that does not "
		"fit the type that a plan gives stops the stream.\n\n"
		"With --like the types are those of the tables that exist, whatever the source "
		"declares: a table and a column go to the one of the same name, but for case, but "
		"for snake_case, or to the one that a plan names. What has no place there, and "
		"what the profile knows not to fit, stops the stream before the first row, all of "
		"it named. Tables in which a framework keeps its migrations are left out, and so "
		"are columns that the target computes.",
	.examples = examples,
};

/* --- definitions ------------------------------------------------------------------------------ */

/* Which of its migrations a framework has run in the target, that one knows best. */
static bool is_ledger(const struct table *table)
{
	const char *maker = like_file == NULL ? NULL : migrations_maker(table);

	if (maker != NULL)
		process_say("%s is left out: %s keeps there which migrations have run",
			table->source, maker);
	return maker != NULL;
}

static void keep_table(struct retype *retype)
{
	struct flow *flow = &retype->flow;
	struct account *account = ledger_find(&flow->in.ledger, flow->in.frame.table);
	struct work *work = retype_make(retype, account->definition);
	struct plan_orders orders;

	if (work == NULL ||
		plan_table(&retype->plan, work->from->source, &orders, &flow->fault) != 0)
		return;
	retype_read_columns(retype, work);
	if (orders.skip || is_ledger(work->from)) {
		reader_skip(&flow->in);
		return;
	}
	if (work->count == 0 && work->from->column_count > 0)
		flow_fail(flow, STATUS_MISFIT, "no column of table \"%s\" would be left; skip the "
			"table itself", work->from->source);
	account->own = work;
	definitions_keep(&retype->definitions, flow);
	retype_add(retype, work);
	if (flow->fault.status == 0)
		retype->definitions.items[retype->definitions.count - 1].table =
			retype_copy_table(retype, work);
}

/* Behind the last definition, in front of the first row. */
static void decide(struct retype *retype)
{
	struct flow *flow = &retype->flow;

	retype->decided = true;
	for (size_t i = 0; i < retype->plan.count; i++)
		if (!retype->plan.lines[i].used)
			plans_idle(flow, &retype->plan.lines[i]);
	if (like_file != NULL && flow->fault.status == 0)
		retype_find_targets(retype);
	for (size_t i = 0; i < retype->count; i++)
		for (size_t j = 0; j < retype->works[i]->count && flow->fault.status == 0; j++)
			retype_decide(retype, retype->works[i], j);
	if (like_file == NULL && flow->fault.status == 0)
		retype_unify_keys(retype);
	for (size_t i = 0; i < retype->count && like_file != NULL; i++)
		retype_check_targets(retype, retype->works[i]);
	like_tell(flow, &retype->like);
	if (flow->fault.status == 0)
		retype_check(retype);
	for (size_t i = 0; i < retype->count; i++)
		for (size_t j = 0; j < retype->works[i]->count && flow->fault.status == 0; j++)
			retype_set_column(retype, retype->works[i], j);
	definitions_write(&retype->definitions, flow);
}

/* --- rows ------------------------------------------------------------------------------------- */

static bool may_be_null(struct retype *retype, const struct work *work, uint32_t place)
{
	if (!work->adapts[place].not_null)
		return true;
	retype_refuse(retype, work, place, "NULL, and the target's column is NOT NULL");
	return false;
}

static inline bool convert_cell(struct retype *retype, struct work *work, uint32_t i)
{
	const struct value *from = &work->cells[work->places[i]];
	enum change change;
	const char *why = NULL;

	if (from->kind == VALUE_NULL || from->kind == work->passes[i] ||
		work->passes[i] == PASS_ALL) {
		work->row[i] = *from;
		return from->kind != VALUE_NULL || may_be_null(retype, work, i);
	}
	if (!convert_value(&work->decisions[i].conversion, from, &work->row[i],
		&work->scratch[i], &change, &why)) {
		retype_refuse(retype, work, i, why);
		return false;
	}
	work->changes[i][change]++;
	return change != CHANGE_NULLIFIED || may_be_null(retype, work, i);
}

static bool convert_row(struct retype *retype, struct work *work)
{
	for (uint32_t i = 0; i < work->count; i++)
		if (!convert_cell(retype, work, i))
			return false;
	return true;
}

static void retype_rows(struct retype *retype)
{
	struct flow *flow = &retype->flow;
	struct work *work = ledger_find(&flow->in.ledger, flow->in.frame.table)->own;

	if (!work->converts && work->count == work->from->column_count) {
		flow_pass(flow);
		return;
	}
	while (reader_row(&flow->in, work->cells, &flow->fault)) {
		if (!convert_row(retype, work))
			return;
		if (writer_row(&flow->out, flow->in.frame.table, work->row, work->count,
			&flow->fault) != 0)
			return;
	}
}

/* Where the key's columns stand among those that are left; false when one is not there. */
static bool find_key(const struct work *work, uint32_t *places)
{
	const struct table *from = work->from;

	for (size_t i = 0; i < table_key_count(from); i++) {
		const struct column *column = table_key_column(from, i);
		uint32_t j = 0;

		while (j < work->count && &from->columns[work->places[j]] != column)
			j++;
		if (j == work->count)
			return false;
		places[i] = j;
	}
	return true;
}

/* A key of a row to delete is converted as the cells of its columns are. */
static void retype_deletes(struct retype *retype)
{
	struct flow *flow = &retype->flow;
	struct work *work = ledger_find(&flow->in.ledger, flow->in.frame.table)->own;
	const uint32_t count = (uint32_t)table_key_count(work->from);
	uint32_t *places;

	if (!work->converts && work->count == work->from->column_count) {
		flow_pass(flow);
		return;
	}
	places = retype_array(retype, count, sizeof(*places));
	if (places == NULL)
		return;
	if (!find_key(work, places)) {
		flow_fail(flow, STATUS_MISFIT, "table \"%s\" holds keys of rows to delete, and a "
			"column that they need is skipped", work->from->source);
		return;
	}
	while (reader_delete(&flow->in, work->row, &flow->fault)) {
		for (uint32_t i = 0; i < count; i++)
			work->cells[work->places[places[i]]] = work->row[i];
		for (uint32_t i = 0; i < count; i++)
			if (!convert_cell(retype, work, places[i]))
				return;
		for (uint32_t i = 0; i < count; i++)
			work->cells[i] = work->row[places[i]];
		if (writer_delete(&flow->out, flow->in.frame.table, work->cells, count,
			&flow->fault) != 0)
			return;
	}
}

/* --- what END says ---------------------------------------------------------------------------- */

static void count_changes(struct retype *retype, const struct work *work)
{
	for (uint32_t i = 0; i < work->count; i++)
		for (int change = CHANGE_NONE + 1; change < CHANGES; change++)
			if (work->changes[i][change] > 0)
				flow_count(&retype->flow, work->from->source,
					work->table->columns[i].source, change_names[change],
					work->changes[i][change]);
}

static void count_skipped(struct retype *retype, const struct work *work, uint64_t rows)
{
	for (uint32_t i = 0, next = 0; i < work->from->column_count; i++) {
		if (next < work->count && work->places[next] == i)
			next++;
		else
			flow_count(&retype->flow, work->from->source,
				work->from->columns[i].source, plan_skipped, rows);
	}
}

static void count_all(struct retype *retype)
{
	const struct reader *in = &retype->flow.in;

	for (size_t i = 0; i < in->ledger.count && retype->flow.fault.status == 0; i++) {
		const struct account *account = &in->ledger.accounts[i];

		if (account->skipped) {
			flow_count(&retype->flow, account->definition->source, NULL, plan_skipped,
				in->ending.totals[i].extracted);
			continue;
		}
		count_changes(retype, account->own);
		count_skipped(retype, account->own, account->rows);
	}
}

static void retype_frame(struct retype *retype)
{
	struct flow *flow = &retype->flow;

	switch (flow->in.frame.kind) {
	case FRAME_TABLE:
		keep_table(retype);
		return;
	case FRAME_OBJECT:
		definitions_keep(&retype->definitions, flow);
		return;
	default:
		break;
	}
	if (!retype->decided)
		decide(retype);
	if (flow->fault.status != 0)
		return;
	if (flow->in.frame.kind == FRAME_ROWS)
		retype_rows(retype);
	else if (flow->in.frame.kind == FRAME_DELETE)
		retype_deletes(retype);
	else
		flow_pass(flow);
}

static void read_timezone(struct retype *retype)
{
	retype->timezone = timezone_name;
	if (timezone_name != NULL &&
		!plan_zone(timezone_name, strlen(timezone_name), &retype->zone))
		flow_fail(&retype->flow, STATUS_USAGE, "--timezone takes UTC or an offset such as "
			"+02:00, not \"%s\" (zones by name, with their summer times, are not built "
			"yet)", timezone_name);
}

static void read_schema(struct flow *flow)
{
	if (target_schema != NULL && like_file == NULL)
		flow_fail(flow, STATUS_USAGE, "--target-schema is for --like; rows-rename puts "
			"tables into a schema");
}

static void close_works(struct retype *retype)
{
	for (size_t i = 0; i < retype->count; i++)
		for (uint32_t j = 0; j < retype->works[i]->count; j++)
			bytes_close(&retype->works[i]->scratch[j]);
}

int main(int argc, char **argv)
{
	struct retype retype = { 0 };
	struct flow *flow = &retype.flow;

	flow_begin_filter(flow, &tool, argc, argv);
	plans_read(flow, &retype.plan, &plan_file, &lines);
	like_read(flow, &retype.like, &like_file);
	read_timezone(&retype);
	read_schema(flow);
	retype.like_file = like_file;
	retype.target_schema = target_schema;
	retype.times = times;
	retype.strict = strict_types;
	while (flow_next(flow))
		retype_frame(&retype);
	if (!retype.decided && flow->fault.status == 0)
		decide(&retype);
	if (flow->fault.status == 0)
		count_all(&retype);
	close_works(&retype);
	return flow_end(flow);
}
