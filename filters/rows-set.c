/*
 * rows-set: sets columns to one value in every row, and adds columns.
 */
#include "base/print.h"
#include "flow/flow.h"
#include "row/assign.h"
#include "row/cell.h"
#include "row/choose.h"
#include "row/couple.h"

static const char *const examples[] = {
	"rows-replay app.rows | rows-set users.password=null | rows-peek --rows=users",
	"rows-replay app.rows | rows-set '*.store:text=@source' | rows-peek --rows",
	"rows-replay app.rows | rows-set \"users.email='a@x'\" | rows-peek --rows",
	NULL
};

static const struct tool tool = {
	.name = "rows-set",
	.brief = "Sets columns of a row stream to one value in every row, or adds columns.",
	.operands = "'TABLE.COLUMN[:TYPE]=VALUE' ...",
	.operands_least = 1,
	.operands_most = SIZE_MAX,
	.about = "VALUE is null, true, false, a number as 5 or -1.5, a text in single quotes, "
		"bytes as x'00ff', or\n\n"
		"@source   the name of the source that the table comes from\n\n"
		"@run      the id of the stream that comes in; as a uuid, too\n\n"
		"The same stream and values give the same stream, so there is no time of day; "
		"give one that you choose: at:timestamptz='2026-01-31 12:00Z'.\n\n"
		"TABLE and COLUMN may be patterns with * and ?; names that are no words stand in "
		"double quotes. Where several speak of a column, the last one counts. With a type "
		"(one that PostgreSQL has), a column that is not there is added at the end.\n\n"
		"In a typed stream the value must be one of the column's type. In a raw one the "
		"column gets its type here: the one behind the colon, else the one that "
		"rows-retype would give it. What the source held says nothing about the column "
		"any more, so its profile is dropped; a NOT NULL goes, with a remark, where null "
		"is set. How many values became other ones is counted in the stream's END, and "
		"shown in reports.\n\n"
		"Exit status: 64 a value is wrong, or is for nothing in the stream; 78 a column is "
		"not there, or the value is none of its type.",
	.examples = examples,
};

/* A column that is set, at its place in the rows that go out. */
struct set {
	const struct assign *assign; /* the last that speaks of it */
	uint32_t place;
	struct value value;
	struct cell_room room;
	uint64_t changed;
	struct set *next;
};

/* A table with such columns; the account's `own`. */
struct work {
	struct table *table;
	struct set *sets;
	struct set **of;      /* by place; NULL: it is not set */
	struct value *cells;
};

struct setter {
	struct flow flow;
	struct assign *assigns;
	bool *used;
	const char *run;      /* @run, as text */
	struct cell_room scratch;
	bool checked;
};

static void *take(struct setter *setter, size_t count, size_t size)
{
	void *items = arena_array(&setter->flow.arena, count, size);

	if (items == NULL)
		fault_memory(&setter->flow.fault);
	return items;
}

static void begin(struct setter *setter, int argc, char **argv)
{
	struct flow *flow = &setter->flow;

	flow_begin_filter(flow, &tool, argc, argv);
	setter->assigns = take(setter, flow->operands.count + 1, sizeof(*setter->assigns));
	setter->used = take(setter, flow->operands.count + 1, sizeof(*setter->used));
	for (size_t i = 0; i < flow->operands.count && flow->fault.status == 0; i++) {
		assign_parse(&flow->arena, flow->operands.items[i], &setter->assigns[i],
			&flow->fault);
		flow_setting(flow, "set", flow->operands.items[i]);
	}
}

/* --- types ------------------------------------------------------------------------------------ */

static void misfit(struct setter *setter, const struct assign *assign, const char *what)
{
	flow_fail(&setter->flow, STATUS_MISFIT, "\"%.200s\": %s", assign->text, what);
}

static bool same_type(struct setter *setter, const struct type *a, const struct type *b)
{
	const char *left = type_target(&setter->flow.arena, a),
		*right = type_target(&setter->flow.arena, b);

	if (left == NULL || right == NULL)
		fault_memory(&setter->flow.fault);
	return left != NULL && right != NULL && strcmp(left, right) == 0;
}

/* What rows-retype would make of the column; without a profile, what the value is by itself. */
static void choose(struct setter *setter, const struct assign *assign, const struct table *table,
	const struct column *column, struct type *type)
{
	struct flow *flow = &setter->flow;
	struct decision decision = { 0 };

	if (column->profile == NULL) {
		if (!assign_own_type(assign, type))
			misfit(setter, assign, "neither a profile nor a type says what the column "
				"is: TABLE.COLUMN:TYPE=null");
	} else if (choose_type(&flow->arena, table, column, &decision, &flow->fault) == 0) {
		*type = decision.conversion.type;
	}
}

static void find_type(struct setter *setter, const struct assign *assign, const struct table *table,
	const struct column *column, struct type *type)
{
	struct flow *flow = &setter->flow;

	if (couple_read_type(&flow->arena, column, type, &flow->fault) != 0)
		return;
	if (type->kind != TYPE_RAW) {
		if (assign->typed && !same_type(setter, type, &assign->type))
			flow_fail(flow, STATUS_MISFIT, "\"%.200s\": the column is of type %s "
				"already", assign->text, couple_type(column));
	} else if (assign->typed) {
		*type = assign->type;
	} else {
		choose(setter, assign, table, column, type);
	}
}

/* --- values ----------------------------------------------------------------------------------- */

static struct given text_given(const char *text)
{
	struct given given = { .value = { .kind = VALUE_TEXT, .size = (uint32_t)strlen(text) } };

	given.value.data = (const uint8_t *)text;
	return given;
}

static const char *run_text(struct setter *setter)
{
	struct bytes text = { 0 };

	print_hex(&text, setter->flow.in.hello.stream, 16);
	setter->run = bytes_settle(&text, &setter->flow.arena);
	if (setter->run == NULL)
		fault_memory(&setter->flow.fault);
	return setter->run != NULL ? setter->run : "";
}

static struct given read_given(struct setter *setter, const struct assign *assign,
	const struct table *table, const struct type *type)
{
	const struct hello *hello = &setter->flow.in.hello;
	struct given given = { .value = { .kind = VALUE_NULL } };

	switch (assign->kind) {
	case ASSIGN_CONSTANT:
		return given_bound(&assign->constant);
	case ASSIGN_SOURCE:
		if (table->origin < hello->source_count)
			return text_given(hello->sources[table->origin].name);
		misfit(setter, assign, "the stream does not say what its source is");
		return given;
	case ASSIGN_RUN:
		if (type->kind != TYPE_UUID)
			return text_given(run_text(setter));
		given.value = (struct value){ .kind = VALUE_BYTES, .size = 16 };
		given.value.data = hello->stream;
		return given;
	default:
		return given;
	}
}

static void make_value(struct setter *setter, const struct assign *assign,
	const struct column *column, const struct type *type, const struct given *given,
	struct set *set)
{
	struct flow *flow = &setter->flow;
	const char *why;

	if (cell_make(type, given, &set->value, &set->room, &why))
		return;
	if (why == NULL)
		fault_memory(&flow->fault);
	else
		flow_fail(flow, STATUS_MISFIT, "\"%.200s\": it is %s, and %s is %s%s", assign->text,
			why, column->name, type_target(&flow->arena, type),
			assign->typed || strcmp(column->type, "raw") != 0 ? "" :
			" by what the source held; give it a type: TABLE.COLUMN:TYPE=VALUE");
}

/* --- definitions ------------------------------------------------------------------------------ */

static void remark(struct setter *setter, struct table *table, const char *what,
	const struct column *column)
{
	const char **items = take(setter, table->remarks.count + 1, sizeof(*items));
	const char *text = arena_format(&setter->flow.arena, "column \"%s\" is no longer %s: "
		"rows-set has set it", column->source, what);

	if (items == NULL || text == NULL) {
		fault_memory(&setter->flow.fault);
		return;
	}
	for (size_t i = 0; i < table->remarks.count; i++)
		items[i] = table->remarks.items[i];
	items[table->remarks.count] = text;
	table->remarks = (struct texts){ items, table->remarks.count + 1 };
}

static void change_column(struct setter *setter, struct table *table, struct column *column,
	const struct type *type, bool null)
{
	if (column->not_null && null) {
		column->not_null = false;
		remark(setter, table, "NOT NULL", column);
	}
	if (column->generated != NULL) {
		column->generated = NULL;
		column->stored = false;
		remark(setter, table, "generated", column);
	}
	column->profile = NULL;
	column->note = NULL;
	if (strcmp(column->type, "raw") != 0)
		return;
	column->type = type_stream(type);
	column->target = type_target(&setter->flow.arena, type);
	if (column->target == NULL)
		fault_memory(&setter->flow.fault);
}

static void set_column(struct setter *setter, struct work *work, struct set *set)
{
	struct column *column = &work->table->columns[set->place];
	struct type type = { 0 };
	struct given given;

	find_type(setter, set->assign, work->table, column, &type);
	if (setter->flow.fault.status != 0)
		return;
	given = read_given(setter, set->assign, work->table, &type);
	make_value(setter, set->assign, column, &type, &given, set);
	if (setter->flow.fault.status == 0)
		change_column(setter, work->table, column, &type, set->value.kind == VALUE_NULL);
}

static void mark_column(struct setter *setter, const struct assign *assign, struct work *work,
	uint32_t place)
{
	struct set *set = work->of[place];

	if (set == NULL) {
		set = take(setter, 1, sizeof(*set));
		if (set == NULL)
			return;
		*set = (struct set){ .place = place, .next = work->sets };
		work->sets = work->of[place] = set;
	}
	set->assign = assign;
}

static void add_column(struct setter *setter, const struct assign *assign, struct work *work)
{
	struct table *table = work->table;
	struct column *column = &table->columns[table->column_count];

	*column = (struct column){ .source = assign->column.text, .name = assign->column.text,
		.quoted = assign->column.quoted, .type = "raw",
		.declared = type_target(&setter->flow.arena, &assign->type) };
	if (column->declared == NULL)
		fault_memory(&setter->flow.fault);
	mark_column(setter, assign, work, (uint32_t)table->column_count++);
}

static void apply(struct setter *setter, size_t number, struct work *work)
{
	const struct assign *assign = &setter->assigns[number];
	bool found = false;

	if (!aim_matches(&assign->aim, work->table))
		return;
	for (uint32_t i = 0; i < work->table->column_count; i++)
		if (aim_name_matches(&assign->column, work->table->columns[i].name)) {
			mark_column(setter, assign, work, i);
			found = true;
		}
	if (!found && assign->typed)
		add_column(setter, assign, work);
	else if (!found && assign_is_exact(assign))
		misfit(setter, assign, "there is no such column (rows-peek --definitions lists "
			"them); with a type it is added: TABLE.COLUMN:TYPE=VALUE");
	setter->used[number] |= found || assign->typed;
}

/* A copy with room for columns that are added. */
static struct work *make_work(struct setter *setter, const struct table *from)
{
	const size_t most = from->column_count + setter->flow.operands.count;
	struct work *work = take(setter, 1, sizeof(*work));
	struct column *columns = take(setter, most, sizeof(*columns));

	if (work == NULL || columns == NULL)
		return NULL;
	work->table = take(setter, 1, sizeof(*work->table));
	work->of = take(setter, most, sizeof(struct set *));
	work->cells = take(setter, most, sizeof(*work->cells));
	if (setter->flow.fault.status != 0)
		return NULL;
	*work->table = *from;
	if (from->column_count > 0)
		memcpy(columns, from->columns, from->column_count * sizeof(*columns));
	work->table->columns = columns;
	return work;
}

static void take_table(struct setter *setter)
{
	struct flow *flow = &setter->flow;
	struct account *account = ledger_find(&flow->in.ledger, flow->in.frame.table);
	struct work *work = make_work(setter, account->definition);

	for (size_t i = 0; i < flow->operands.count && flow->fault.status == 0; i++)
		apply(setter, i, work);
	for (struct set *set = flow->fault.status == 0 ? work->sets : NULL;
		set != NULL && flow->fault.status == 0; set = set->next)
		set_column(setter, work, set);
	if (flow->fault.status != 0)
		return;
	if (work->sets != NULL)
		account->own = work;
	writer_table(&flow->out, work->table, &flow->fault);
}

/* Behind the last definition. */
static void check_assigns(struct setter *setter)
{
	struct flow *flow = &setter->flow;

	setter->checked = true;
	for (size_t i = 0; i < flow->operands.count; i++)
		if (!setter->used[i])
			flow_fail(flow, STATUS_USAGE, "\"%.300s\" sets nothing in the stream "
				"(rows-peek --definitions lists what is there)",
				flow->operands.items[i]);
}

/* --- rows ------------------------------------------------------------------------------------- */

static bool same(const struct value *a, const struct value *b)
{
	if (a->kind != b->kind)
		return false;
	switch (a->kind) {
	case VALUE_NULL:
		return true;
	case VALUE_BOOL:
		return a->truth == b->truth;
	case VALUE_INTEGER:
	case VALUE_REAL:
		return memcmp(&a->integer, &b->integer, sizeof(a->integer)) == 0;
	default:
		return a->size == b->size &&
			(a->size == 0 || memcmp(a->data, b->data, a->size) == 0);
	}
}

static void set_rows(struct flow *flow, const struct work *work, uint32_t had)
{
	while (reader_row(&flow->in, work->cells, &flow->fault)) {
		for (struct set *set = work->sets; set != NULL; set = set->next) {
			struct value *cell = &work->cells[set->place];

			set->changed += set->place >= had || !same(cell, &set->value);
			*cell = set->value;
		}
		if (writer_row(&flow->out, flow->in.frame.table, work->cells,
			(uint32_t)work->table->column_count, &flow->fault) != 0)
			return;
	}
}

/* Where a set column stands in a key of a row to delete, it is set there, too. */
static void set_deletes(struct flow *flow, const struct work *work)
{
	const struct table *to = work->table;
	const uint32_t count = (uint32_t)table_key_count(to);

	while (reader_delete(&flow->in, work->cells, &flow->fault)) {
		for (uint32_t i = 0; i < count; i++) {
			const struct column *column = table_key_column(to, i);
			const struct set *set = column == NULL ? NULL :
				work->of[column - to->columns];

			if (set != NULL)
				work->cells[i] = set->value;
		}
		if (writer_delete(&flow->out, flow->in.frame.table, work->cells, count,
			&flow->fault) != 0)
			return;
	}
}

static void take_data(struct flow *flow)
{
	const struct account *account = ledger_find(&flow->in.ledger, flow->in.frame.table);

	if (account->own == NULL)
		flow_pass(flow);
	else if (flow->in.frame.kind == FRAME_ROWS)
		set_rows(flow, account->own, (uint32_t)account->definition->column_count);
	else if (flow->in.frame.kind == FRAME_DELETE)
		set_deletes(flow, account->own);
	else
		flow_pass(flow);
}

static void take_frame(struct setter *setter)
{
	struct flow *flow = &setter->flow;

	if (flow->in.frame.kind == FRAME_TABLE) {
		take_table(setter);
	} else if (flow->in.frame.kind == FRAME_OBJECT) {
		flow_pass(flow);
	} else {
		if (!setter->checked)
			check_assigns(setter);
		if (flow->fault.status == 0)
			take_data(flow);
	}
}

/* --- the end ---------------------------------------------------------------------------------- */

static void end_work(struct flow *flow, const struct work *work)
{
	for (uint32_t i = 0; i < work->table->column_count; i++) {
		struct set *set = work->of[i];

		if (set == NULL)
			continue;
		if (set->changed > 0)
			flow_count(flow, work->table->source, work->table->columns[i].source, "set",
				set->changed);
		cell_close(&set->room);
	}
}

int main(int argc, char **argv)
{
	struct setter setter = { 0 };
	struct flow *flow = &setter.flow;

	begin(&setter, argc, argv);
	while (flow_next(flow))
		take_frame(&setter);
	if (!setter.checked && flow->fault.status == 0)
		check_assigns(&setter);
	for (size_t i = 0; i < flow->in.ledger.count; i++)
		if (flow->in.ledger.accounts[i].own != NULL)
			end_work(flow, flow->in.ledger.accounts[i].own);
	return flow_end(flow);
}
