#include "wire/unite.h"

#include <string.h>

#include "wire/payload.h"

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
