/*
 * rows-rename: gives everything its name in PostgreSQL.  Rows pass untouched; all definitions are
 * held until the first row is there, for a name can collide with any other.
 */
#include "base/descriptor.h"
#include "base/print.h"
#include "flow/like.h"
#include "flow/plans.h"
#include "row/names.h"
#include "row/print_plan.h"

static const char *style_name, *target_schema, *plan_file, *save_file, *like_file;
static struct texts lines;
static bool print_only;

static const struct option options[] = {
	{ "names", 0, OPTION_TEXT, "RULE",
		"sql (the default): as PostgreSQL would read the source's SQL, where names "
		"without quotes fold to lower case; keep: as they are; lower; snake: OrderItem as "
		"order_item",
		&style_name, true, 0, 0 },
	{ "target-schema", 0, OPTION_TEXT, "NAME", "put all tables into this schema",
		&target_schema, true, 0, 0 },
	{ "use-plan", 0, OPTION_TEXT, "FILE", "names as the plan has them: plan(5)", &plan_file,
		true, 0, 0 },
	{ "set", 0, OPTION_LIST, "LINE",
		"one more line of a plan, laid over it; may be given again", &lines, true, 0, 0 },
	{ "like", 0, OPTION_TEXT, "FILE",
		"names as the tables of a target have them, which exist: pg-extract -s tells them",
		&like_file, true, 0, 0 },
	{ "plan", 0, OPTION_FLAG, NULL, "print the plan, and no stream", &print_only, false, 0, 0 },
	{ "save-plan", 0, OPTION_TEXT, "FILE", "write the plan to a new file, too", &save_file,
		false, 0, 0 },
};

static const char *const examples[] = {
	"sqlite-extract -s app.db | rows-retype | rows-rename --plan",
	"rows-replay app.rows | rows-rename --save-plan my.plan | rows-peek",
	"rows-replay app.rows | rows-rename --names snake | rows-peek --definitions",
	"rows-replay app.rows | rows-rename --set 'users -> people' | rows-peek",
	"rows-replay app.rows | rows-rename --like there.rows --plan",
	NULL
};

static const struct tool tool = {
	.name = "rows-rename",
	.brief = "Gives tables, columns, keys and indexes of a row stream their PostgreSQL names.",
	.operands = "",
	.options = options,
	.option_count = sizeof(options) / sizeof(options[0]),
	.about = "PostgreSQL's names have at most 63 bytes. A name that is taken, too long, empty, "
		"or a system column's gets another one, always the same for the same source, and a "
		"remark in its table's definition. Of a plan only the names count here; its types "
		"are for rows-retype, which stands before. With --plan the input is read to its "
		"end, too.\n\n"
		"With --like tables and columns are called as those that exist in the target: of "
		"the same name, but for case, but for snake_case, or as a plan says; a plan that "
		"is printed says which. --target-schema then tells in which schema they are. What "
		"has no place there stops the stream.",
	.examples = examples,
};

struct rename {
	struct flow flow;
	struct plan plan;
	struct definitions definitions;
	struct naming naming;
	struct like like;
	struct table **tables;
	struct object **objects;
	size_t table_count, object_count;
	struct bytes text; /* the plan that is printed or saved */
	struct descriptor_file file;
	bool named;
};

/* --- names ------------------------------------------------------------------------------------ */

static void read_style(struct rename *rename)
{
	static const char *const styles[] = {
		[NAMES_SQL] = "sql", [NAMES_KEEP] = "keep", [NAMES_LOWER] = "lower",
		[NAMES_SNAKE] = "snake",
	};

	for (size_t i = 0; i < sizeof(styles) / sizeof(styles[0]); i++)
		if (style_name == NULL || strcmp(style_name, styles[i]) == 0) {
			rename->naming.style = (enum naming_style)i;
			return;
		}
	flow_fail(&rename->flow, STATUS_USAGE,
		"--names takes sql, keep, lower or snake, not \"%s\"", style_name);
}

static void read_schema(struct rename *rename)
{
	struct flow *flow = &rename->flow;

	if (target_schema == NULL)
		return;
	if (like_file == NULL)
		rename->naming.schema = target_schema;
	if (*target_schema == '\0' || strlen(target_schema) > NAMES_MOST)
		flow_fail(flow, STATUS_USAGE, "--target-schema takes a name of 1 to %d bytes",
			NAMES_MOST);
	else if (strncmp(target_schema, "pg_", 3) == 0)
		flow_fail(flow, STATUS_USAGE, "--target-schema: PostgreSQL keeps names that begin "
			"with pg_ for itself");
}

/* A line for rows-retype alone, or about what rows-retype has left out on its account. */
static bool may_be_idle(struct rename *rename, const struct plan_line *line)
{
	struct plan_orders orders = { 0 };

	if (line->to_schema == NULL && line->to_table == NULL && line->to_column == NULL)
		return true;
	if (plan_table(&rename->plan, line->table.text, &orders, &rename->flow.fault) != 0 ||
		orders.skip || line->column.text == NULL)
		return orders.skip;
	plan_column(&rename->plan, line->table.text, line->column.text, &orders,
		&rename->flow.fault);
	return orders.skip;
}

/* Asking for what is skipped uses lines, so those that are idle are found first. */
static void check_plan(struct rename *rename)
{
	struct plan *plan = &rename->plan;
	bool *idle = arena_array(&rename->flow.arena, plan->count, sizeof(*idle));

	if (idle == NULL) {
		fault_memory(&rename->flow.fault);
		return;
	}
	for (size_t i = 0; i < plan->count; i++)
		idle[i] = !plan->lines[i].used;
	for (size_t i = 0; i < plan->count && rename->flow.fault.status == 0; i++)
		if (idle[i] && !may_be_idle(rename, &plan->lines[i]))
			plans_idle(&rename->flow, &plan->lines[i]);
}

static void sort_definitions(struct rename *rename)
{
	struct flow *flow = &rename->flow;
	const size_t total = rename->definitions.count;

	rename->tables = arena_array(&flow->arena, total, sizeof(struct table *));
	rename->objects = arena_array(&flow->arena, total, sizeof(struct object *));
	if (rename->tables == NULL || rename->objects == NULL) {
		fault_memory(&flow->fault);
		return;
	}
	for (size_t i = 0; i < total; i++) {
		const struct definition *definition = &rename->definitions.items[i];

		if (definition->table != NULL)
			rename->tables[rename->table_count++] = definition->table;
		else
			rename->objects[rename->object_count++] = definition->object;
	}
}

/* The rows pass as they are, so that no column can be left out here. */
static void check_computed(struct rename *rename, const struct match *match)
{
	struct matching *matching = &rename->like.matching;

	for (size_t i = 0; i < match->source->column_count && match->target != NULL; i++) {
		const struct column *target = match->columns[i].target;

		if (target != NULL && target->generated != NULL)
			match_find(matching, match->source->source,
				match->source->columns[i].source, &rename->flow.fault,
				"the target computes %s; rows-retype --like leaves it out",
				target->name);
	}
}

/* What was found counts as the last lines of the plan. */
static void add_names(struct rename *rename, const struct match *match)
{
	struct plan_target target = { match->target->schema, match->target->name, NULL };

	plan_add_names(&rename->plan, "--like", match->source->source, NULL, &target,
		&rename->flow.fault);
	for (size_t i = 0; i < match->source->column_count; i++) {
		target = (struct plan_target){ .column = match->columns[i].target->name };
		plan_add_names(&rename->plan, "--like", match->source->source,
			match->source->columns[i].source, &target, &rename->flow.fault);
	}
}

static void find_targets(struct rename *rename)
{
	const struct matching *matching = &rename->like.matching;
	struct flow *flow = &rename->flow;

	like_match(flow, &rename->like, &rename->plan, target_schema,
		(const struct table *const *)rename->tables, rename->table_count);
	for (size_t i = 0; i < rename->table_count && flow->fault.status == 0; i++)
		check_computed(rename, &matching->matches[i]);
	like_tell(flow, &rename->like);
	for (size_t i = 0; i < rename->table_count && flow->fault.status == 0; i++)
		add_names(rename, &matching->matches[i]);
}

/* Calls them what they will be called: in place, for nobody else holds the definitions. */
static void give_names(struct rename *rename)
{
	struct flow *flow = &rename->flow;

	sort_definitions(rename);
	if (like_file != NULL && flow->fault.status == 0)
		find_targets(rename);
	if (flow->fault.status == 0)
		names_give(&rename->naming, rename->tables, rename->table_count, rename->objects,
			rename->object_count, &flow->fault);
}

/* --- the plan --------------------------------------------------------------------------------- */

/* Which table that exists takes the rows, and what was no match to the letter. */
static void print_match(struct rename *rename, const struct match *match)
{
	const char *words = match_describe(&rename->flow.arena, match);

	bytes_add_text(&rename->text, "# matched ");
	if (words == NULL)
		rename->text.failed = true;
	else
		print_visible(&rename->text, words, strlen(words));
	bytes_add_byte(&rename->text, '\n');
}

static void print_tables(struct rename *rename)
{
	struct bytes *text = &rename->text;

	bytes_add_text(text, "# SOURCE -> TARGET TYPE POLICIES   # why: see plan(5)\n");
	for (size_t i = 0; i < rename->table_count; i++) {
		bytes_add_byte(text, '\n');
		if (like_file != NULL)
			print_match(rename, &rename->like.matching.matches[i]);
		plan_print(text, rename->tables[i]);
	}
}

/* What rows-retype left out is in nobody's definition, but in END. */
static void print_skipped(struct rename *rename)
{
	const struct ending *ending = &rename->flow.in.ending;
	bool first = true;

	for (size_t i = 0; i < ending->tally_count; i++)
		for (size_t j = 0; j < ending->tallies[i].count_count; j++) {
			const struct count *count = &ending->tallies[i].counts[j];

			if (strcmp(ending->tallies[i].tool, "rows-retype") != 0 ||
				strcmp(count->kind, plan_skipped) != 0 || count->table == NULL)
				continue;
			bytes_add_text(&rename->text, first ? "\n" : "");
			plan_print_skip(&rename->text, count->table, count->column);
			first = false;
		}
}

static void save_plan(struct rename *rename)
{
	struct flow *flow = &rename->flow;
	struct fault fault = { 0 };

	if (descriptor_write(rename->file.fd, rename->text.data, rename->text.size, &fault) != 0)
		flow_fail(flow, fault.status, "%s: %s", save_file, fault.text);
	else
		descriptor_publish(&rename->file, &flow->fault);
}

/* Behind END: a plan of half a stream would look like a whole one. */
static void write_plan(struct rename *rename)
{
	struct flow *flow = &rename->flow;

	print_skipped(rename);
	if (rename->text.failed)
		fault_memory(&flow->fault);
	else if (save_file != NULL)
		save_plan(rename);
	if (print_only && flow->fault.status == 0)
		process_print_all(&rename->text, &flow->fault);
}

/* --- frames ----------------------------------------------------------------------------------- */

/* Behind the last definition, in front of the first row. */
static void name_all(struct rename *rename)
{
	struct flow *flow = &rename->flow;

	rename->named = true;
	give_names(rename);
	if (flow->fault.status == 0)
		check_plan(rename);
	if (flow->fault.status == 0 && (print_only || save_file != NULL))
		print_tables(rename);
	if (!print_only)
		definitions_write(&rename->definitions, flow);
}

static void rename_frame(struct rename *rename)
{
	struct flow *flow = &rename->flow;

	if (flow->in.frame.kind == FRAME_TABLE || flow->in.frame.kind == FRAME_OBJECT) {
		definitions_keep(&rename->definitions, flow);
		return;
	}
	if (!rename->named)
		name_all(rename);
	if (!print_only)
		flow_pass(flow);
}

static void begin(struct rename *rename, int argc, char **argv)
{
	struct flow *flow = &rename->flow;

	flow_begin(flow, &tool, argc, argv);
	if (!print_only)
		flow_open_output(flow);
	flow_open_input(flow, NULL);
	plans_read(flow, &rename->plan, &plan_file, &lines);
	like_read(flow, &rename->like, &like_file);
	rename->naming.arena = &flow->arena;
	rename->naming.plan = &rename->plan;
	read_style(rename);
	read_schema(rename);
	rename->file.fd = -1;
	if (save_file != NULL && flow->fault.status == 0)
		descriptor_create(&rename->file, save_file, &flow->fault);
}

int main(int argc, char **argv)
{
	struct rename rename = { 0 };
	struct flow *flow = &rename.flow;

	begin(&rename, argc, argv);
	while (flow_next(flow))
		rename_frame(&rename);
	if (!rename.named && flow->fault.status == 0)
		name_all(&rename);
	if (flow->fault.status == 0)
		write_plan(&rename);
	descriptor_abandon(&rename.file);
	bytes_close(&rename.text);
	return flow_end(flow);
}
