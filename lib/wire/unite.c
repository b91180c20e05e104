#include "wire/unite.h"

#include <string.h>

/* --- the same? -------------------------------------------------------------------------------- */

/* What stands in a table that says nothing. */
static const struct table nothing = { .source = "", .name = "", .coverage = "" };

static bool same_records(const struct table *a, const struct table *b, struct fault *fault)
{
	struct bytes left = { 0 }, right = { 0 };
	bool same;

	record_pack(&left, &record_table, a);
	record_pack(&right, &record_table, b);
	same = left.size == right.size && (left.size == 0 ||
		memcmp(left.data, right.data, left.size) == 0);
	if (left.failed || right.failed)
		fault_memory(fault);
	bytes_close(&left);
	bytes_close(&right);
	return same;
}

/* A column without what tells of its rows; `sequence` is where it has its own. */
static struct column bare(const struct column *column, struct sequence *sequence)
{
	struct column copy = *column;

	copy.profile = NULL;
	copy.note = NULL;
	copy.last_identity = 0;
	if (column->sequence != NULL) {
		*sequence = *column->sequence;
		sequence->known = sequence->called = false;
		sequence->last = 0;
		copy.sequence = sequence;
	}
	return copy;
}

static bool same_column(const struct column *a, const struct column *b, struct fault *fault)
{
	struct sequence sequences[2];
	struct column columns[2] = { bare(a, &sequences[0]), bare(b, &sequences[1]) };
	struct table left = nothing, right = nothing;

	left.columns = &columns[0];
	right.columns = &columns[1];
	left.column_count = right.column_count = 1;
	return same_records(&left, &right, fault);
}

static struct table without_rows(const struct table *table)
{
	struct table copy = *table;

	copy.columns = NULL;
	copy.column_count = 0;
	copy.coverage = "";
	copy.sql = NULL;
	copy.origin = 0;
	copy.counted = false;
	copy.expected = 0;
	copy.remarks = (struct texts){ 0 };
	return copy;
}

const char *unite_differ(struct arena *arena, const struct table *a, const struct table *b,
	struct fault *fault)
{
	const struct table left = without_rows(a), right = without_rows(b);
	const size_t count = a->column_count > b->column_count ? a->column_count : b->column_count;

	for (size_t i = 0; i < count; i++) {
		const struct column *column = i < a->column_count ? &a->columns[i] : &b->columns[i];
		const char *text;

		if (i < a->column_count && i < b->column_count &&
			same_column(column, &b->columns[i], fault))
			continue;
		text = arena_format(arena, "column \"%s\"", column->name);
		if (text == NULL)
			fault_memory(fault);
		return text != NULL ? text : "a column";
	}
	return same_records(&left, &right, fault) ? NULL : "a name, a key, an index or a check";
}

/* --- one -------------------------------------------------------------------------------------- */

static void unite_sequence(struct sequence *to, const struct sequence *more)
{
	const bool further = to->increment < 0 ? more->last < to->last : more->last > to->last;

	if (more->known && (!to->known || further || (more->last == to->last && more->called))) {
		to->known = true;
		to->last = more->last;
		to->called = more->called;
	}
}

static bool unite_column(struct arena *arena, struct column *to, const struct column *more)
{
	if (more->last_identity > to->last_identity)
		to->last_identity = more->last_identity;
	if (to->sequence != NULL) {
		struct sequence *sequence = arena_alloc(arena, sizeof(*sequence));

		if (sequence == NULL)
			return false;
		*sequence = *to->sequence;
		unite_sequence(sequence, more->sequence);
		to->sequence = sequence;
	}
	if (to->profile == NULL || more->profile == NULL) {
		to->profile = NULL;
	} else {
		struct profile *profile = arena_alloc(arena, sizeof(*profile));

		if (profile == NULL)
			return false;
		*profile = *to->profile;
		profile_unite(profile, more->profile);
		to->profile = profile;
	}
	return true;
}

int unite_tables(struct arena *arena, struct table *to, const struct table *more,
	struct fault *fault)
{
	struct column *columns = arena_array(arena, to->column_count, sizeof(*columns));

	if (columns == NULL)
		return fault_memory(fault);
	for (size_t i = 0; i < to->column_count; i++) {
		columns[i] = to->columns[i];
		if (!unite_column(arena, &columns[i], &more->columns[i]))
			return fault_memory(fault);
	}
	to->columns = columns;
	if (strcmp(to->coverage, "whole") == 0)
		to->coverage = more->coverage;
	to->counted = to->counted && more->counted &&
		to->expected <= (uint64_t)INT64_MAX - more->expected;
	to->expected = to->counted ? to->expected + more->expected : 0;
	return 0;
}

/* --- ends ------------------------------------------------------------------------------------- */

static bool same_text(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

static bool same_count(const struct count *a, const struct count *b)
{
	return a->table != NULL && same_text(a->table, b->table) &&
		same_text(a->column, b->column) && same_text(a->kind, b->kind);
}

/* Stores that came the same way count in the same order: the next one is looked at first. */
static struct count *find_count(const struct tally *tally, const struct count *like, size_t *next)
{
	for (size_t i = 0; i < tally->count_count; i++) {
		const size_t place = (*next + i) % tally->count_count;

		if (!same_count(&tally->counts[place], like))
			continue;
		*next = place + 1;
		return &tally->counts[place];
	}
	return NULL;
}

static struct tally *find_tally(const struct ending *ending, const char *tool)
{
	for (size_t i = 0; i < ending->tally_count; i++)
		if (strcmp(ending->tallies[i].tool, tool) == 0)
			return &ending->tallies[i];
	return NULL;
}

/* Adds what has its like there; the rest stays in `more`. */
static void add_counts(struct tally *to, struct tally *more)
{
	size_t left = 0, next = 0;

	for (size_t i = 0; i < more->count_count; i++) {
		struct count *count = find_count(to, &more->counts[i], &next);

		if (count == NULL)
			more->counts[left++] = more->counts[i];
		else if (more->counts[i].count > INT64_MAX - count->count)
			count->count = INT64_MAX;
		else
			count->count += more->counts[i].count;
	}
	more->count_count = left;
}

int unite_endings(struct arena *arena, struct ending *to, const struct ending *more,
	struct fault *fault)
{
	const size_t left_outs = to->left_out_count + more->left_out_count;
	struct left_out *left_out = arena_array(arena, left_outs, sizeof(*left_out));
	struct tally *tallies = arena_array(arena, to->tally_count + more->tally_count,
		sizeof(*tallies));
	struct ending all = { .left_out = left_out, .tallies = tallies };

	if (left_out == NULL || tallies == NULL)
		return fault_memory(fault);
	for (; all.left_out_count < to->left_out_count; all.left_out_count++)
		left_out[all.left_out_count] = to->left_out[all.left_out_count];
	for (size_t i = 0; i < more->left_out_count; i++)
		left_out[all.left_out_count++] = more->left_out[i];
	for (; all.tally_count < to->tally_count; all.tally_count++)
		tallies[all.tally_count] = to->tallies[all.tally_count];
	for (size_t i = 0; i < more->tally_count; i++) {
		struct tally tally = more->tallies[i], *same = find_tally(&all, tally.tool);

		if (same != NULL)
			add_counts(same, &tally);
		if (same == NULL || tally.count_count > 0)
			tallies[all.tally_count++] = tally;
	}
	to->left_out = all.left_out;
	to->left_out_count = all.left_out_count;
	to->tallies = all.tallies;
	to->tally_count = all.tally_count;
	return 0;
}
