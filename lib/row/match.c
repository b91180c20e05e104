#include "row/match.h"

#include <string.h>

#include "base/bytes.h"
#include "row/identifier.h"
#include "row/migrations.h"
#include "row/orders.h"
#include "row/print_plan.h"

static const struct table *target_at(const struct seeker *seeker, size_t place)
{
	return seeker->matching->targets[place];
}

static bool is_in(const struct table *target, const char *schema)
{
	return schema == NULL || strcmp(target->schema, schema) == 0;
}

/* The candidates of one level, by their places. */
struct candidates {
	size_t *places;
	size_t count;
};

static struct candidates find_tables(struct seeker *seeker, enum match_level level,
	const struct seek_name *name, const char *schema)
{
	struct candidates found = { .places = seeker->places };

	for (size_t i = 0; i < seeker->targets.count; i++)
		if (!seeker->targets.taken[i] && is_in(target_at(seeker, i), schema) &&
			seek_is_same(level, &seeker->targets.items[i], name))
			found.places[found.count++] = i;
	return found;
}

/* Of several schemas the source's own, then public. */
static void prefer_schema(struct seeker *seeker, struct candidates *found, const char *schema)
{
	size_t count = 0, first = 0;

	for (size_t i = 0; i < found->count && schema != NULL; i++)
		if (strcmp(target_at(seeker, found->places[i])->schema, schema) == 0) {
			first = count == 0 ? i : first;
			count++;
		}
	if (count != 1)
		return;
	found->places[0] = found->places[first];
	found->count = 1;
}

static void tell_both(struct seeker *seeker, const struct table *source,
	const struct candidates *found)
{
	const char *first = seek_target(seeker, target_at(seeker, found->places[0]));

	match_find(seeker->matching, source->source, NULL, seeker->fault, "%s and %s are both "
		"called like it; say which one it is: --set '%s -> %s'", first,
		seek_target(seeker, target_at(seeker, found->places[1])),
		seek_source(seeker, source->source, NULL), first);
}

static void tell_taken(struct seeker *seeker, const struct table *source,
	const struct table *target)
{
	const struct match *other = seeker->matching->matches;
	const char *name = seek_source(seeker, source->source, NULL);

	while (other->target != target)
		other++;
	match_find(seeker->matching, source->source, NULL, seeker->fault, "%s takes the rows of %s "
		"already; name another table (--set '%s -> NAME'), or leave one of them out "
		"(--set '%s -> skip')", seek_target(seeker, target),
		seek_source(seeker, other->source->source, NULL), name, name);
}

/* Two tables of the source cannot go into one. */
static void take_table(struct seeker *seeker, size_t place, size_t target)
{
	struct match *match = &seeker->matching->matches[place];

	seeker->done[place] = true;
	if (seeker->targets.meant[target]) {
		tell_taken(seeker, match->source, target_at(seeker, target));
		return;
	}
	seeker->targets.meant[target] = true;
	match->target = target_at(seeker, target);
	match->level = seek_relation(&seeker->sources[place], &seeker->targets.items[target]);
}

static void seek_table(struct seeker *seeker, size_t place, enum match_level level,
	const struct seek_name *name)
{
	const struct table *source = seeker->matching->matches[place].source;
	struct candidates found = find_tables(seeker, level, name, seeker->schemas[place]);

	if (found.count > 1)
		prefer_schema(seeker, &found, source->source_schema);
	if (found.count > 1)
		prefer_schema(seeker, &found, "public");
	if (found.count > 1) {
		seeker->done[place] = true;
		tell_both(seeker, source, &found);
	} else if (found.count == 1) {
		take_table(seeker, place, found.places[0]);
	}
}

static const char *in_schema(struct seeker *seeker, size_t place)
{
	const char *schema = seeker->schemas[place];
	const char *text = schema == NULL ? "" : arena_format(seeker->arena, " in schema %s",
		seek_quote(seeker, schema));

	if (text == NULL)
		fault_memory(seeker->fault);
	return text == NULL ? "" : text;
}

/* What the plan says of a table comes first. */
static void ask_plan(struct seeker *seeker, size_t place)
{
	struct matching *matching = seeker->matching;
	const struct table *source = matching->matches[place].source;
	const char *maker = migrations_maker(source);
	struct table_orders orders;
	struct seek_name name;

	if (maker != NULL) {
		seeker->done[place] = true;
		match_find(matching, source->source, NULL, seeker->fault, "it is where %s keeps "
			"which migrations have run, and is never written: rows-retype --like "
			"leaves it out", maker);
		return;
	}
	if (orders_find(matching->plan, source, &orders, seeker->fault) != 0)
		return;
	seeker->schemas[place] = orders_schema(&orders, matching->schema);
	if (orders.name == NULL || !seek_set_name(seeker, &name, orders.name->to_table))
		return;
	seek_table(seeker, place, MATCH_PLAN, &name);
	if (seeker->done[place])
		return;
	seeker->done[place] = true;
	match_find(matching, source->source, NULL, seeker->fault, "the target has no table %s%s "
		"(%s: %.300s)", seek_quote(seeker, name.text),
		in_schema(seeker, place), orders.name->origin, orders.name->text);
}

static void tell_missing(struct seeker *seeker, size_t place)
{
	const char *source = seeker->matching->matches[place].source->source;
	const char *name = seek_source(seeker, source, NULL);

	match_find(seeker->matching, source, NULL, seeker->fault, "the target has no table for "
		"it%s; name one (--set '%s -> NAME'), or leave it out (--set '%s -> skip')",
		in_schema(seeker, place), name, name);
}

static void seek_tables(struct seeker *seeker)
{
	struct matching *matching = seeker->matching;

	for (size_t i = 0; i < matching->count; i++)
		ask_plan(seeker, i);
	seek_end_level(seeker);
	for (enum match_level level = MATCH_EXACT; level <= MATCH_SNAKE; level++) {
		for (size_t i = 0; i < matching->count && seeker->fault->status == 0; i++)
			if (!seeker->done[i])
				seek_table(seeker, i, level, &seeker->sources[i]);
		seek_end_level(seeker);
	}
	for (size_t i = 0; i < matching->count && seeker->fault->status == 0; i++)
		if (!seeker->done[i])
			tell_missing(seeker, i);
}

int match_tables(struct matching *matching, const struct table *const *sources, size_t count,
	struct fault *fault)
{
	struct seeker seeker = { .matching = matching, .arena = matching->arena, .fault = fault };

	matching->count = count;
	matching->matches = seek_array(matching->arena, count, sizeof(*matching->matches), fault);
	if (matching->matches == NULL || !seek_begin_targets(&seeker, matching->target_count) ||
		!seek_begin_sources(&seeker, count))
		return fault->status;
	for (size_t i = 0; i < matching->target_count; i++)
		seek_set_name(&seeker, &seeker.targets.items[i], matching->targets[i]->name);
	for (size_t i = 0; i < count; i++) {
		matching->matches[i].source = sources[i];
		seek_set_name(&seeker, &seeker.sources[i], sources[i]->source_table != NULL ?
			sources[i]->source_table : sources[i]->source);
	}
	seeker.places = seek_array(matching->arena, matching->target_count, sizeof(*seeker.places),
		fault);
	if (fault->status == 0)
		seek_tables(&seeker);
	for (size_t i = 0; i < count && fault->status == 0; i++)
		if (matching->matches[i].target != NULL)
			match_columns(matching, &matching->matches[i], fault);
	return fault->status;
}

/* --- words ------------------------------------------------------------------------------------ */

/* "; by case: nick as \"Nick\", id as \"ID\"" */
static void describe_level(struct bytes *text, const struct match *match, enum match_level level,
	const char *words)
{
	const char *between = words;

	for (size_t i = 0; i < match->source->column_count; i++) {
		if (match->columns[i].level != level)
			continue;
		bytes_add_text(text, between);
		plan_add_name(text, match->source->columns[i].source);
		bytes_add_text(text, " as ");
		identifier_add(text, match->columns[i].target->name);
		between = ", ";
	}
}

static void describe_left(struct bytes *text, const struct match *match, bool generated,
	const char *words)
{
	const char *between = words;

	for (size_t i = 0; i < match->left_count; i++) {
		if ((match->left[i]->generated != NULL) != generated)
			continue;
		bytes_add_text(text, between);
		identifier_add(text, match->left[i]->name);
		between = ", ";
	}
}

const char *match_describe(struct arena *arena, const struct match *match)
{
	static const char *const levels[] = {
		[MATCH_PLAN] = " by the plan", [MATCH_CASE] = " but for case",
		[MATCH_SNAKE] = " but for snake_case", [MATCH_EXACT] = "",
	};
	struct bytes text = { 0 };

	identifier_add_both(&text, match->target->schema, match->target->name);
	bytes_add_text(&text, levels[match->level]);
	describe_level(&text, match, MATCH_PLAN, "; by the plan: ");
	describe_level(&text, match, MATCH_CASE, "; but for case: ");
	describe_level(&text, match, MATCH_SNAKE, "; but for snake_case: ");
	describe_left(&text, match, false, "; not in the source: ");
	describe_left(&text, match, true, "; computed by the target: ");
	return bytes_settle(&text, arena);
}
