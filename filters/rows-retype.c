/*
 * rows-retype: gives every column a type.  All definitions are held until the first row is there;
 * then each column is decided, from a plan or from its profile, and no row can surprise it.
 */
#include "base/print.h"
#include "flow/like.h"
#include "flow/plans.h"
#include "row/choose.h"
#include "row/convert.h"
#include "row/migrations.h"
#include "row/narrow.h"
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

/* Kinds of values that pass as they are, beside those of enum value_kind. */
enum { PASS_NONE = 0xff, PASS_ALL = 0xfe };

/* A table on its way; the account's `own`. */
struct work {
	const struct table *from;
	struct table *table;    /* with the new types, and without what is skipped */
	uint32_t *places;       /* of its columns among those of `from` */
	uint32_t count;
	const struct plan_line **lines; /* that give the types; NULL: none */
	const struct column **targets;  /* with --like: where they go; NULL: a finding tells */
	struct adapt *adapts;
	struct decision *decisions;
	bool *fixed;            /* choose_foreign leaves it alone */
	bool converts;
	uint8_t *passes;
	uint64_t (*changes)[CHANGES];
	struct bytes *scratch;
	struct value *cells;
	struct value *row;
};

struct retype {
	struct flow flow;
	struct plan plan;
	struct like like;
	struct definitions definitions;
	struct work **works;
	size_t count;
	size_t room;
	int32_t zone;
	bool decided;
};

/* --- what the plan leaves over ---------------------------------------------------------------- */

static void *take_array(struct retype *retype, size_t count, size_t size)
{
	void *items = arena_array(&retype->flow.arena, count, size);

	if (items == NULL)
		fault_memory(&retype->flow.fault);
	return items;
}

static struct work *make_work(struct retype *retype, const struct table *from)
{
	const size_t count = from->column_count;
	struct work *work = take_array(retype, 1, sizeof(*work));

	if (work == NULL)
		return NULL;
	work->from = from;
	work->table = take_array(retype, 1, sizeof(*work->table));
	work->places = take_array(retype, count, sizeof(*work->places));
	work->lines = take_array(retype, count, sizeof(const struct plan_line *));
	work->targets = take_array(retype, count, sizeof(const struct column *));
	work->adapts = take_array(retype, count, sizeof(*work->adapts));
	work->decisions = take_array(retype, count, sizeof(*work->decisions));
	work->fixed = take_array(retype, count, sizeof(*work->fixed));
	work->passes = take_array(retype, count, sizeof(*work->passes));
	work->changes = take_array(retype, count, sizeof(*work->changes));
	work->scratch = take_array(retype, count, sizeof(*work->scratch));
	work->cells = take_array(retype, count * 2, sizeof(*work->cells));
	if (retype->flow.fault.status != 0)
		return NULL;
	work->row = work->cells + count;
	return work;
}

static void add_work(struct retype *retype, struct work *work)
{
	if (retype->count == retype->room) {
		size_t room = retype->room == 0 ? 64 : retype->room * 2;
		struct work **works = take_array(retype, room, sizeof(struct work *));

		if (works == NULL)
			return;
		if (retype->count > 0)
			memcpy(works, retype->works, retype->count * sizeof(struct work *));
		retype->works = works;
		retype->room = room;
	}
	retype->works[retype->count++] = work;
}

/* Which columns stay, and who types them. */
static void read_columns(struct retype *retype, struct work *work)
{
	struct flow *flow = &retype->flow;

	for (size_t i = 0; i < work->from->column_count; i++) {
		struct plan_orders orders;

		if (plan_column(&retype->plan, work->from->source, work->from->columns[i].source,
			&orders, &flow->fault) != 0)
			return;
		if (orders.skip)
			continue;
		work->lines[work->count] = orders.type;
		work->places[work->count++] = (uint32_t)i;
	}
}

static struct table *copy_table(struct retype *retype, const struct work *work)
{
	struct flow *flow = &retype->flow;
	struct table *table = work->table;

	*table = *work->from;
	if (work->count < work->from->column_count) {
		narrow_table(&flow->arena, table, work->places, work->count, &flow->fault);
		return table;
	}
	table->columns = take_array(retype, work->count, sizeof(*table->columns));
	if (table->columns != NULL && work->count > 0)
		memcpy(table->columns, work->from->columns, work->count * sizeof(*table->columns));
	return table;
}

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
	struct work *work = make_work(retype, account->definition);
	struct plan_orders orders;

	if (work == NULL ||
		plan_table(&retype->plan, work->from->source, &orders, &flow->fault) != 0)
		return;
	read_columns(retype, work);
	if (orders.skip || is_ledger(work->from)) {
		reader_skip(&flow->in);
		return;
	}
	if (work->count == 0 && work->from->column_count > 0)
		flow_fail(flow, STATUS_MISFIT, "no column of table \"%s\" would be left; skip the "
			"table itself", work->from->source);
	account->own = work;
	definitions_keep(&retype->definitions, flow);
	add_work(retype, work);
	if (flow->fault.status == 0)
		retype->definitions.items[retype->definitions.count - 1].table =
			copy_table(retype, work);
}

/* --- tables that exist ------------------------------------------------------------------------ */

/* What the target computes is left out. */
static void keep_targets(struct retype *retype, struct work *work, const struct match *match)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < work->count && match->target != NULL; i++) {
		const struct column *target = match->columns[i].target;

		if (target != NULL && target->generated != NULL)
			continue;
		work->targets[count] = target;
		work->lines[count] = work->lines[i];
		work->places[count++] = work->places[i];
	}
	if (match->target == NULL || count == work->count)
		return;
	work->count = count;
	copy_table(retype, work);
}

static void find_targets(struct retype *retype)
{
	const struct table **sources = take_array(retype, retype->count,
		sizeof(const struct table *));

	for (size_t i = 0; i < retype->count && sources != NULL; i++)
		sources[i] = retype->works[i]->table;
	if (retype->flow.fault.status == 0)
		like_match(&retype->flow, &retype->like, &retype->plan, target_schema, sources,
			retype->count);
	for (size_t i = 0; i < retype->count && retype->flow.fault.status == 0; i++)
		keep_targets(retype, retype->works[i], &retype->like.matching.matches[i]);
}

static void find(struct retype *retype, const struct work *work, size_t place, const char *text)
{
	match_find(&retype->like.matching, work->from->source, work->table->columns[place].source,
		&retype->flow.fault, "%s", text);
}

/* A type that another tool gave must be the target's own. */
static void check_typed(struct retype *retype, const struct work *work, size_t place)
{
	const struct column *column = &work->table->columns[place];
	const struct column *target = work->targets[place];

	if (target != NULL && work->lines[place] == NULL &&
		(column->target == NULL || strcmp(column->target, target->target) != 0))
		find(retype, work, place, arena_format(&retype->flow.arena, "it is of type %s "
			"already, and the target's column of type %s; retype it from the raw "
			"stream", column->target == NULL ? column->type : column->target,
			target->target));
}

static void check_targets(struct retype *retype, const struct work *work)
{
	struct flow *flow = &retype->flow;

	for (size_t i = 0; i < work->count && flow->fault.status == 0; i++) {
		const struct column *column = &work->table->columns[i];
		struct texts troubles = { 0 };

		if (strcmp(column->type, "raw") != 0)
			check_typed(retype, work, i);
		else if (work->targets[i] != NULL)
			adapt_check(&flow->arena, work->table, column, &work->adapts[i],
				&work->decisions[i].conversion, &troubles, &flow->fault);
		for (size_t j = 0; j < troubles.count; j++)
			find(retype, work, i, troubles.items[j]);
	}
}

/* --- decisions -------------------------------------------------------------------------------- */

static bool same_words(struct retype *retype, const struct conversion *a,
	const struct conversion *b)
{
	struct bytes first = { 0 }, second = { 0 };
	bool same;

	plan_add_words(&first, a);
	plan_add_words(&second, b);
	same = first.size == second.size && first.size > 0 &&
		memcmp(first.data, second.data, first.size) == 0;
	if (first.failed || second.failed)
		fault_memory(&retype->flow.fault);
	bytes_close(&first);
	bytes_close(&second);
	return same;
}

/* Typed upstream: the plan can only agree. */
static void take_type(struct retype *retype, struct work *work, size_t place)
{
	const struct column *column = &work->table->columns[place];
	const struct plan_line *line = work->lines[place];
	struct type *type = &work->decisions[place].conversion.type;

	work->fixed[place] = true;
	if (!type_parse(&retype->flow.arena, column->target != NULL ? column->target : column->type,
		type))
		*type = (struct type){ .kind = TYPE_OTHER, .name = column->type };
	if (line != NULL && strcmp(type_stream(&line->conversion.type), column->type) != 0)
		flow_fail(&retype->flow, STATUS_MISFIT, "%s: %s.%s is of type %s already: %.300s",
			line->origin, work->from->source, column->source, column->type, line->text);
}

/* The plan decides; where it says the same as the profile, it says the same about it. */
static void take_line(struct retype *retype, struct decision *decision,
	const struct plan_line *line)
{
	const bool exact = !line->table.pattern && !line->column.pattern;
	struct conversion conversion = line->conversion;

	if (!line->zoned)
		conversion.zone = retype->zone;
	conversion.big_endian = decision->conversion.big_endian;
	if (decision->remark != NULL &&
		!same_words(retype, &decision->conversion, &conversion)) {
		decision->decide = false;
		decision->likely = decision->better = NULL;
	}
	decision->conversion = conversion;
	if (exact && line->comment != NULL) {
		decision->decide = false;
		decision->remark = line->comment;
	}
}

static void take_likely(struct retype *retype, struct decision *decision)
{
	struct conversion conversion = { 0 };
	bool zoned;

	if (plan_words(&retype->flow.arena, decision->likely, &conversion, &zoned,
		&retype->flow.fault) != 0)
		return;
	conversion.zone = retype->zone;
	conversion.big_endian = decision->conversion.big_endian;
	decision->conversion = conversion;
	decision->decide = false;
	decision->likely = decision->better = NULL;
}

static bool is_big_endian(const struct flow *flow, const struct table *table)
{
	const struct hello *hello = &flow->in.hello;
	const char *encoding = table->origin < hello->source_count ?
		hello->sources[table->origin].encoding : NULL;

	return encoding != NULL && strcmp(encoding, "UTF-16be") == 0;
}

/* The profile's words know of no --timezone. */
static void tell_zone(struct retype *retype, struct decision *decision)
{
	static const char utc[] = "taken as UTC";
	const char *found = retype->zone == 0 || decision->remark == NULL ? NULL :
		strstr(decision->remark, utc);

	if (found == NULL)
		return;
	decision->remark = arena_format(&retype->flow.arena, "%.*staken as %s%s",
		(int)(found - decision->remark), decision->remark, timezone_name,
		found + strlen(utc));
	if (decision->remark == NULL)
		fault_memory(&retype->flow.fault);
}

/* As the column that exists is; or as a plan says, which must know what it does. */
static void decide_target(struct retype *retype, struct work *work, size_t place)
{
	struct decision *decision = &work->decisions[place];
	struct adapt *adapt = &work->adapts[place];
	const struct plan_line *line = work->lines[place];

	if (work->targets[place] == NULL)
		return;
	like_adapt(&retype->flow, &retype->like, work->targets[place], adapt);
	adapt->planned = line != NULL;
	adapt->zoned = timezone_name != NULL;
	adapt->zone = retype->zone;
	if (retype->flow.fault.status != 0 || adapt_choose(&retype->flow.arena, work->table,
		&work->table->columns[place], adapt, decision, &retype->flow.fault) != 0)
		return;
	tell_zone(retype, decision);
	decision->conversion.big_endian = is_big_endian(&retype->flow, work->table);
	if (line != NULL)
		take_line(retype, decision, line);
}

static void decide_column(struct retype *retype, struct work *work, size_t place)
{
	struct flow *flow = &retype->flow;
	const struct column *column = &work->table->columns[place];
	const struct plan_line *line = work->lines[place];
	struct decision *decision = &work->decisions[place];

	if (strcmp(column->type, "raw") != 0) {
		take_type(retype, work, place);
		return;
	}
	work->converts = true;
	if (like_file != NULL) {
		decide_target(retype, work, place);
		return;
	}
	if (column->profile == NULL && line == NULL) {
		flow_fail(flow, STATUS_MISFIT, "%s.%s: neither a profile nor a plan says what it "
			"is; extract without --no-profile, or give every column a type with "
			"--use-plan or --set", work->from->source, column->source);
		return;
	}
	if (column->profile != NULL && choose_type(&flow->arena, work->table, column, decision,
		&flow->fault) != 0)
		return;
	tell_zone(retype, decision);
	decision->conversion.zone = retype->zone;
	decision->conversion.big_endian = is_big_endian(flow, work->table);
	work->fixed[place] = line != NULL || (times && decision->likely != NULL);
	if (line != NULL)
		take_line(retype, decision, line);
	else if (work->fixed[place])
		take_likely(retype, decision);
}

static void unify_keys(struct retype *retype)
{
	const struct table **tables = take_array(retype, retype->count,
		sizeof(const struct table *));
	struct decision **decisions = take_array(retype, retype->count, sizeof(struct decision *));
	const bool **fixed = take_array(retype, retype->count, sizeof(const bool *));

	if (retype->flow.fault.status != 0)
		return;
	for (size_t i = 0; i < retype->count; i++) {
		tables[i] = retype->works[i]->table;
		decisions[i] = retype->works[i]->decisions;
		fixed[i] = retype->works[i]->fixed;
	}
	choose_foreign(&retype->flow.arena, tables, retype->count, decisions, fixed,
		&retype->flow.fault);
}

/* --- what may not be -------------------------------------------------------------------------- */

/* What the profile knows not to fit is told with its row, unless there will be none. */
static bool must_fit(const struct work *work, size_t place, struct fault *fault)
{
	const bool early = strict_types || strcmp(work->table->coverage, "definitions") == 0;

	return !early || work->lines[place] == NULL || choose_check(&work->table->columns[place],
		&work->decisions[place].conversion, fault) == 0;
}

static void add_place(struct bytes *text, const struct work *work, size_t place)
{
	plan_add_name(text, work->from->source);
	bytes_add_byte(text, '.');
	plan_add_name(text, work->table->columns[place].source);
}

/* One more column that stops the stream; the message has room for some of them. */
static void add_trouble(struct bytes *text, size_t count, const struct work *work, size_t place,
	const char *why)
{
	const struct decision *decision = &work->decisions[place];

	if (text->size > 600)
		return;
	bytes_add_text(text, count == 0 ? "" : "; ");
	add_place(text, work, place);
	bytes_format(text, " (%.150s)", why != NULL ? why : "it would need a decision");
	if (decision->better != NULL)
		bytes_format(text, ", or: -> … %.60s", decision->better);
}

static void check_work(const struct work *work, struct bytes *text, size_t *count)
{
	for (size_t i = 0; i < work->count; i++) {
		const struct decision *decision = &work->decisions[i];
		struct fault misfit = { 0 };

		if (strcmp(work->table->columns[i].type, "raw") != 0)
			continue;
		if (!must_fit(work, i, &misfit))
			add_trouble(text, (*count)++, work, i, misfit.text);
		else if (strict_types && decision->decide && work->lines[i] == NULL)
			add_trouble(text, (*count)++, work, i, decision->remark);
	}
}

static void check_types(struct retype *retype)
{
	struct bytes text = { 0 };
	size_t count = 0;

	for (size_t i = 0; i < retype->count; i++)
		check_work(retype->works[i], &text, &count);
	bytes_add_byte(&text, '\0');
	if (text.failed)
		fault_memory(&retype->flow.fault);
	else if (count > 0)
		flow_fail(&retype->flow, STATUS_MISFIT, "%zu %s not fit the type that is %s: %s",
			count, count == 1 ? "column does" : "columns do",
			strict_types ? "declared or planned" : "planned",
			(const char *)text.data);
	bytes_close(&text);
}

/* --- definitions ------------------------------------------------------------------------------ */

static void add_other(struct retype *retype, struct bytes *note, const char *words, const char *why)
{
	struct conversion conversion = { 0 };
	struct bytes text = { 0 };
	bool zoned;

	if (words == NULL || plan_words(&retype->flow.arena, words, &conversion, &zoned,
		&retype->flow.fault) != 0)
		return;
	conversion.zone = retype->zone;
	plan_add_words(&text, &conversion);
	bytes_add_byte(&text, '\0');
	if (text.failed)
		note->failed = true;
	else
		plan_add_other(note, (const char *)text.data, why);
	bytes_close(&text);
}

static const char *make_note(struct retype *retype, const struct decision *decision)
{
	struct bytes note = { 0 };
	const char *text;

	plan_add_note(&note, &decision->conversion, decision->decide, decision->remark);
	add_other(retype, &note, decision->likely, "likely");
	add_other(retype, &note, decision->better, "better, perhaps");
	text = note.failed ? NULL : arena_copy(&retype->flow.arena, note.data, note.size);
	bytes_close(&note);
	return text;
}

/* What passes as it is, without a call. */
static uint8_t passing(const struct conversion *conversion)
{
	if (conversion->nullify.count > 0)
		return PASS_NONE;
	switch (conversion->type.kind) {
	case TYPE_INT8:
		return VALUE_INTEGER;
	case TYPE_FLOAT8:
		return VALUE_REAL;
	case TYPE_BYTEA:
		return VALUE_BYTES;
	default:
		return PASS_NONE;
	}
}

static void drop_not_null(struct retype *retype, struct table *table, struct column *column)
{
	struct texts *remarks = &table->remarks;
	const char **items = take_array(retype, remarks->count + 1, sizeof(*items));

	if (items == NULL)
		return;
	for (size_t i = 0; i < remarks->count; i++)
		items[i] = remarks->items[i];
	items[remarks->count] = arena_format(&retype->flow.arena,
		"column \"%s\" is no longer NOT NULL: the plan has a value that means NULL",
		column->source);
	if (items[remarks->count] == NULL)
		fault_memory(&retype->flow.fault);
	remarks->items = items;
	remarks->count++;
	column->not_null = false;
}

static void set_column(struct retype *retype, struct work *work, size_t place)
{
	struct column *column = &work->table->columns[place];
	const struct decision *decision = &work->decisions[place];

	if (strcmp(column->type, "raw") != 0) {
		work->passes[place] = PASS_ALL;
		return;
	}
	if (column->not_null && decision->conversion.nullify.count > 0)
		drop_not_null(retype, work->table, column);
	work->passes[place] = passing(&decision->conversion);
	column->type = type_stream(&decision->conversion.type);
	column->target = type_target(&retype->flow.arena, &decision->conversion.type);
	column->note = make_note(retype, decision);
	if (column->target == NULL || column->note == NULL)
		fault_memory(&retype->flow.fault);
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
		find_targets(retype);
	for (size_t i = 0; i < retype->count; i++)
		for (size_t j = 0; j < retype->works[i]->count && flow->fault.status == 0; j++)
			decide_column(retype, retype->works[i], j);
	if (like_file == NULL && flow->fault.status == 0)
		unify_keys(retype);
	for (size_t i = 0; i < retype->count && like_file != NULL; i++)
		check_targets(retype, retype->works[i]);
	like_tell(flow, &retype->like);
	if (flow->fault.status == 0)
		check_types(retype);
	for (size_t i = 0; i < retype->count; i++)
		for (size_t j = 0; j < retype->works[i]->count && flow->fault.status == 0; j++)
			set_column(retype, retype->works[i], j);
	definitions_write(&retype->definitions, flow);
}

/* --- rows ------------------------------------------------------------------------------------- */

static void add_cell(struct bytes *text, const char *name, const struct value *value)
{
	enum { MOST = 48 };
	struct bytes shown = { 0 };

	plan_add_name(text, name);
	value_json(&shown, value);
	bytes_format(text, " %.*s%s", shown.size > MOST ? MOST : (int)shown.size,
		shown.size > 0 ? (const char *)shown.data : "", shown.size > MOST ? "…" : "");
	text->failed |= shown.failed;
	bytes_close(&shown);
}

/* The cells of the primary key, as they came. */
static void add_key(struct bytes *text, const struct work *work)
{
	const struct index *key = work->from->primary;

	for (size_t i = 0; key != NULL && i < key->term_count; i++) {
		const struct column *column = key->terms[i].column == NULL ? NULL :
			table_find(work->from, key->terms[i].column);

		if (column == NULL)
			continue;
		bytes_add_text(text, i == 0 ? " (key: " : ", ");
		add_cell(text, column->source, &work->cells[column - work->from->columns]);
	}
	if (key != NULL && key->term_count > 0)
		bytes_add_byte(text, ')');
}

/* What takes the value: what the profile says, or what takes all of its kind. */
static void add_taker(struct retype *retype, struct bytes *text, const struct work *work,
	size_t place)
{
	const struct value *value = &work->cells[work->places[place]];
	const struct conversion *tried = &work->decisions[place].conversion;
	struct column column = work->from->columns[work->places[place]];
	struct decision chosen = { 0 };
	struct fault ignored = { 0 };
	const bool text_fits = tried->type.kind != TYPE_TEXT && value->kind != VALUE_BYTES &&
		value->kind != VALUE_BAD_UTF8 && value->kind != VALUE_BAD_UTF16 &&
		(value->kind != VALUE_TEXT || memchr(value->data, 0, value->size) == NULL);

	add_place(text, work, place);
	bytes_add_text(text, " -> … ");
	if (column.profile != NULL && choose_type(&retype->flow.arena, work->from, &column, &chosen,
		&ignored) == 0 && !same_words(retype, &chosen.conversion, tried))
		plan_add_words(text, &chosen.conversion);
	else
		bytes_add_text(text, text_fits ? "text" : "bytea");
}

/* The target's type stands: no value for an empty text, fewer digits, or another spelling. */
static bool find_remedy(const struct work *work, size_t place, struct conversion *other)
{
	static const char *empty[] = { "" };
	const struct value *value = &work->cells[work->places[place]];
	const bool nullify = value->kind == VALUE_TEXT && value->size == 0;
	bool found = false;

	for (int i = nullify ? 0 : 1; i < 4 && !found && value->kind != VALUE_NULL; i++) {
		struct bytes scratch = { 0 };
		struct value cell;
		enum change change;
		const char *why;

		*other = work->decisions[place].conversion;
		other->round |= (i & 1) != 0 && type_rounds(&other->type);
		other->loose |= (i & 2) != 0;
		if (nullify)
			other->nullify = (struct texts){ empty, 1 };
		found = convert_value(other, value, &cell, &scratch, &change, &why) &&
			(cell.kind != VALUE_NULL || !work->adapts[place].not_null);
		bytes_close(&scratch);
	}
	return found;
}

static void add_remedy(struct retype *retype, struct bytes *text, const struct work *work,
	size_t place)
{
	struct conversion other;
	const char *line = !find_remedy(work, place, &other) ? NULL :
		adapt_line(&retype->flow.arena, work->from, &work->table->columns[place], &other);

	if (line != NULL)
		bytes_format(text, "; the plan line that takes it: %s", line);
	else
		bytes_add_text(text, "; change it in the source, or the column in the target");
}

static void fail_cell(struct retype *retype, const struct work *work, size_t place, const char *why)
{
	struct flow *flow = &retype->flow;
	const struct account *account = ledger_find(&flow->in.ledger, flow->in.frame.table);
	struct fault misfit = { 0 };
	struct bytes text = { 0 };

	if (work->scratch[place].failed) {
		fault_memory(&flow->fault);
		return;
	}
	add_place(&text, work, place);
	bytes_format(&text, " as %s, ", work->table->columns[place].target);
	if (flow->in.frame.kind == FRAME_DELETE)
		bytes_add_text(&text, "of a row to delete");
	else
		bytes_format(&text, "row %llu",
			(unsigned long long)(account->rows - flow->in.rows_left));
	add_key(&text, work);
	bytes_format(&text, ": %s", why);
	if (choose_check(&work->from->columns[work->places[place]],
		&work->decisions[place].conversion, &misfit) != 0)
		bytes_format(&text, " (%.200s)", misfit.text);
	if (work->targets[place] == NULL) {
		bytes_add_text(&text, "; the plan line that takes it: ");
		add_taker(retype, &text, work, place);
	} else {
		add_remedy(retype, &text, work, place);
	}
	bytes_add_byte(&text, '\0');
	if (text.failed)
		fault_memory(&flow->fault);
	else
		flow_fail(flow, STATUS_MISFIT, "%s", (const char *)text.data);
	bytes_close(&text);
}

static bool may_be_null(struct retype *retype, const struct work *work, uint32_t place)
{
	if (!work->adapts[place].not_null)
		return true;
	fail_cell(retype, work, place, "NULL, and the target's column is NOT NULL");
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
		fail_cell(retype, work, i, why);
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
	places = take_array(retype, count, sizeof(*places));
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
	while (flow_next(flow))
		retype_frame(&retype);
	if (!retype.decided && flow->fault.status == 0)
		decide(&retype);
	if (flow->fault.status == 0)
		count_all(&retype);
	close_works(&retype);
	return flow_end(flow);
}
