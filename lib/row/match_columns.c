#include "row/match.h"

static void find(struct seeker *seeker, const struct match *match, size_t place, const char *text)
{
	match_find(seeker->matching, match->source->source, match->source->columns[place].source,
		seeker->fault, "%s", text == NULL ? "" : text);
	if (text == NULL)
		fault_memory(seeker->fault);
}

static const char *spell(struct seeker *seeker, const struct match *match, size_t place)
{
	return seek_source(seeker, match->source->source, match->source->columns[place].source);
}

static void tell_both(struct seeker *seeker, const struct match *match, size_t place,
	const struct column *first, const struct column *second)
{
	const char *name = seek_quote(seeker, first->name);

	find(seeker, match, place, arena_format(seeker->arena, "%s and %s are both called like "
		"it; say which one it is: --set '%s -> %s'", name, seek_quote(seeker, second->name),
		spell(seeker, match, place), name));
}

static void tell_taken(struct seeker *seeker, const struct match *match, size_t place,
	const struct column *target)
{
	const char *name = spell(seeker, match, place);
	size_t other = 0;

	while (match->columns[other].target != target)
		other++;
	find(seeker, match, place, arena_format(seeker->arena, "%s takes the values of %s "
		"already; name another column (--set '%s -> NAME'), or leave one of them out "
		"(--set '%s -> skip')", seek_quote(seeker, target->name),
		spell(seeker, match, other), name, name));
}

static void tell_missing(struct seeker *seeker, const struct match *match, size_t place)
{
	const char *name = spell(seeker, match, place);

	find(seeker, match, place, arena_format(seeker->arena, "%s has no column for it; name one "
		"(--set '%s -> NAME'), or leave its values out (--set '%s -> skip')",
		seek_target(seeker, match->target), name, name));
}

static void seek_column(struct seeker *seeker, struct match *match, size_t place,
	enum match_level level, const struct seek_name *name)
{
	const struct column *columns = match->target->columns;
	size_t found = seeker->targets.count;

	for (size_t i = 0; i < seeker->targets.count; i++) {
		if (seeker->targets.taken[i] || !seek_is_same(level, &seeker->targets.items[i],
			name))
			continue;
		seeker->done[place] = true;
		if (found < seeker->targets.count) {
			tell_both(seeker, match, place, &columns[found], &columns[i]);
			return;
		}
		found = i;
	}
	if (found == seeker->targets.count)
		return;
	if (seeker->targets.meant[found]) {
		tell_taken(seeker, match, place, &columns[found]);
		return;
	}
	seeker->targets.meant[found] = true;
	match->columns[place] = (struct match_column){ &columns[found],
		seek_relation(&seeker->sources[place], &seeker->targets.items[found]) };
}

static void ask_plan(struct seeker *seeker, struct match *match, size_t place)
{
	struct plan_orders orders;
	struct seek_name name;

	if (plan_column(seeker->matching->plan, match->source->source,
		match->source->columns[place].source, &orders, seeker->fault) != 0 ||
		orders.column == NULL || !seek_set_name(seeker, &name, orders.column->to_column))
		return;
	seek_column(seeker, match, place, MATCH_PLAN, &name);
	if (seeker->done[place])
		return;
	seeker->done[place] = true;
	find(seeker, match, place, arena_format(seeker->arena, "%s has no column %s (%s: %.300s)",
		seek_target(seeker, match->target), seek_quote(seeker, name.text),
		orders.column->origin, orders.column->text));
}

static bool fills_itself(const struct column *column)
{
	return !column->not_null || column->fallback != NULL || column->identity != NULL ||
		column->generated != NULL;
}

static void tell_needed(struct seeker *seeker, const struct match *match,
	const struct column *column)
{
	const char *name = seek_quote(seeker, column->name);

	match_find(seeker->matching, match->source->source, NULL, seeker->fault, "%s of %s is NOT "
		"NULL and has no default, and the source has nothing for it; name what goes there "
		"(--set '%s.COLUMN -> %s'), or ALTER TABLE %s ALTER COLUMN %s SET DEFAULT ...",
		name, seek_target(seeker, match->target),
		seek_source(seeker, match->source->source, NULL), name,
		seek_target(seeker, match->target), name);
}

static void check_left(struct seeker *seeker, struct match *match)
{
	const size_t count = match->target->column_count;

	match->left = seek_array(seeker->arena, count, sizeof(*match->left), seeker->fault);
	for (size_t i = 0; i < count && match->left != NULL; i++) {
		if (seeker->targets.meant[i])
			continue;
		match->left[match->left_count++] = &match->target->columns[i];
		if (!fills_itself(&match->target->columns[i]))
			tell_needed(seeker, match, &match->target->columns[i]);
	}
}

void match_columns(struct matching *matching, struct match *match, struct fault *fault)
{
	const struct table *source = match->source, *target = match->target;
	struct seeker seeker = { .matching = matching, .arena = matching->arena, .fault = fault };

	match->columns = seek_array(matching->arena, source->column_count,
		sizeof(*match->columns), fault);
	if (match->columns == NULL || !seek_begin_targets(&seeker, target->column_count) ||
		!seek_begin_sources(&seeker, source->column_count))
		return;
	for (size_t i = 0; i < target->column_count; i++)
		seek_set_name(&seeker, &seeker.targets.items[i], target->columns[i].name);
	for (size_t i = 0; i < source->column_count && fault->status == 0; i++)
		if (seek_set_name(&seeker, &seeker.sources[i], source->columns[i].source))
			ask_plan(&seeker, match, i);
	for (enum match_level level = MATCH_EXACT; level <= MATCH_SNAKE; level++) {
		seek_end_level(&seeker);
		for (size_t i = 0; i < source->column_count && fault->status == 0; i++)
			if (!seeker.done[i])
				seek_column(&seeker, match, i, level, &seeker.sources[i]);
	}
	for (size_t i = 0; i < source->column_count && fault->status == 0; i++)
		if (!seeker.done[i])
			tell_missing(&seeker, match, i);
	if (fault->status == 0)
		check_left(&seeker, match);
}
