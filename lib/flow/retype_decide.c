/* Which type a column gets, and which it may not have. */
#include "flow/retype.h"

#include <string.h>

#include "row/print_plan.h"

bool retype_same_words(struct retype *retype, const struct conversion *a,
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
		!retype_same_words(retype, &decision->conversion, &conversion)) {
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
		(int)(found - decision->remark), decision->remark, retype->timezone,
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
	adapt->zoned = retype->timezone != NULL;
	adapt->zone = retype->zone;
	if (retype->flow.fault.status != 0 || adapt_choose(&retype->flow.arena, work->table,
		&work->table->columns[place], adapt, decision, &retype->flow.fault) != 0)
		return;
	tell_zone(retype, decision);
	decision->conversion.big_endian = is_big_endian(&retype->flow, work->table);
	if (line != NULL)
		take_line(retype, decision, line);
}

void retype_decide(struct retype *retype, struct work *work, size_t place)
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
	if (retype->like_file != NULL) {
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
	work->fixed[place] = line != NULL || (retype->times && decision->likely != NULL);
	if (line != NULL)
		take_line(retype, decision, line);
	else if (work->fixed[place])
		take_likely(retype, decision);
}

void retype_unify_keys(struct retype *retype)
{
	const struct table **tables = retype_array(retype, retype->count,
		sizeof(const struct table *));
	struct decision **decisions = retype_array(retype, retype->count,
		sizeof(struct decision *));
	const bool **fixed = retype_array(retype, retype->count, sizeof(const bool *));

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
static bool must_fit(const struct retype *retype, const struct work *work, size_t place,
	struct fault *fault)
{
	const bool early = retype->strict || strcmp(work->table->coverage, "definitions") == 0;

	return !early || work->lines[place] == NULL || choose_check(&work->table->columns[place],
		&work->decisions[place].conversion, fault) == 0;
}

void retype_add_place(struct bytes *text, const struct work *work, size_t place)
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
	retype_add_place(text, work, place);
	bytes_format(text, " (%.150s)", why != NULL ? why : "it would need a decision");
	if (decision->better != NULL)
		bytes_format(text, ", or: -> … %.60s", decision->better);
}

static void check_work(const struct retype *retype, const struct work *work, struct bytes *text,
	size_t *count)
{
	for (size_t i = 0; i < work->count; i++) {
		const struct decision *decision = &work->decisions[i];
		struct fault misfit = { 0 };

		if (strcmp(work->table->columns[i].type, "raw") != 0)
			continue;
		if (!must_fit(retype, work, i, &misfit))
			add_trouble(text, (*count)++, work, i, misfit.text);
		else if (retype->strict && decision->decide && work->lines[i] == NULL)
			add_trouble(text, (*count)++, work, i, decision->remark);
	}
}

void retype_check(struct retype *retype)
{
	struct bytes text = { 0 };
	size_t count = 0;

	for (size_t i = 0; i < retype->count; i++)
		check_work(retype, retype->works[i], &text, &count);
	bytes_add_byte(&text, '\0');
	if (text.failed)
		fault_memory(&retype->flow.fault);
	else if (count > 0)
		flow_fail(&retype->flow, STATUS_MISFIT, "%zu %s not fit the type that is %s: %s",
			count, count == 1 ? "column does" : "columns do",
			retype->strict ? "declared or planned" : "planned",
			(const char *)text.data);
	bytes_close(&text);
}
