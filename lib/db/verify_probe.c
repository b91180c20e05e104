/*
 * What one SELECT of aggregates can tell of a table: does it agree with the profile, which the
 * source made of its own values, before anybody converted them?  And with what columns promise:
 * NOT NULL, and a sequence that goes on behind the largest value.
 */
#include "db/verify.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/number.h"
#include "db/text.h"
#include "row/conversion.h"
#include "row/describe.h"

enum { COLUMNS_MOST = 300 }; /* of a SELECT, each with a few expressions: it takes 1,664 */

struct probing {
	struct verify *verify;
	const struct verify_table *table;
	struct fault *fault;
	struct bytes sql;
	size_t count;   /* of expressions */
	/* Behind the answer: */
	struct libpq_rows rows;
	size_t next;
};

/* A column of the stream's and of the server's, quoted. */
struct pair {
	const struct column *column;
	const struct column *found;
	const char *name;
	struct type type;
	uint64_t nullified;
	bool changed;       /* texts and numbers are not what they were */
};

/* What retype changed in the column's values so that they look other. */
static void read_changes(struct pair *pair, const struct table *table, const struct ending *ending)
{
	for (size_t i = 0; i < ending->tally_count; i++)
		for (size_t j = 0; j < ending->tallies[i].count_count; j++) {
			const struct count *count = &ending->tallies[i].counts[j];

			if (count->table == NULL || count->column == NULL || count->kind == NULL ||
				strcmp(count->table, table->source) != 0 ||
				strcmp(count->column, pair->column->source) != 0)
				continue;
			if (strcmp(count->kind, change_names[CHANGE_NULLIFIED]) == 0)
				pair->nullified += count->count;
			pair->changed |= strcmp(count->kind, change_names[CHANGE_ROUNDED]) == 0;
			for (int change = CHANGE_NUL_STRIPPED; change <= CHANGE_ESCAPED; change++)
				pair->changed |= strcmp(count->kind, change_names[change]) == 0;
		}
}

static bool make_pair(struct probing *probing, size_t place, const struct ending *ending,
	struct pair *pair)
{
	const struct table *table = probing->table->expected;
	struct arena *arena = probing->verify->arena;

	*pair = (struct pair){ .column = &table->columns[place] };
	pair->found = verify_column(probing->table, pair->column->source);
	if (pair->found == NULL)
		return false;
	pair->name = text_quote(arena, pair->found->name);
	if (pair->name == NULL)
		fault_memory(probing->fault);
	if (!type_parse(arena, probing->table->like->columns[pair->found -
		probing->table->found->columns].target, &pair->type))
		pair->type = (struct type){ .kind = TYPE_OTHER };
	read_changes(pair, table, ending);
	return pair->name != NULL;
}

/* --- what is expected ------------------------------------------------------------------------- */

static bool is_integer(const struct type *type)
{
	return type->kind == TYPE_INT2 || type->kind == TYPE_INT4 || type->kind == TYPE_INT8;
}

static bool is_number(const struct type *type)
{
	return is_integer(type) || type->kind == TYPE_NUMERIC || type->kind == TYPE_FLOAT8;
}

static bool is_text(const struct type *type)
{
	return type->kind == TYPE_TEXT || type->kind == TYPE_VARCHAR;
}

static bool only_numbers(const struct profile *profile)
{
	return profile->texts == 0 && profile->blobs == 0 && profile->ill == 0 &&
		profile->integers + profile->reals > 0;
}

static bool only_texts(const struct profile *profile)
{
	return profile->integers + profile->reals + profile->blobs + profile->ill == 0 &&
		profile->texts > 0;
}

static bool only_bytes(const struct profile *profile)
{
	return profile->integers + profile->reals + profile->texts + profile->ill == 0 &&
		profile->blobs > 0;
}

/* least or most of the numbers: exact where all are integers, else as a double. */
static const char *show_number(struct probing *probing, const struct profile *profile, bool least)
{
	const int64_t whole = least ? profile->least_integer : profile->most_integer;
	double real = least ? profile->least_real : profile->most_real;
	char text[NUMBER_REAL_SIZE];

	if (profile->reals == 0)
		return arena_format(probing->verify->arena, "%lld", (long long)whole);
	if (profile->integers > 0 && (least ? (double)whole < real : (double)whole > real))
		real = (double)whole;
	number_format_real(text, real);
	return arena_text(probing->verify->arena, text);
}

/* --- expressions, and their answers in the same order ----------------------------------------- */

/* Two passes go the same way: the first writes the question, the second reads the answer. */
static const char *probe(struct probing *probing, const char *format, const char *name)
{
	if (probing->rows.count > 0)
		return probing->next < probing->rows.columns ?
			libpq_cell(&probing->rows, 0, probing->next++) : NULL;
	bytes_add_text(&probing->sql, probing->count++ == 0 ? "SELECT " : ", ");
	for (; *format != '\0'; format++)
		if (*format == '$')
			bytes_add_text(&probing->sql, name);
		else
			bytes_add_byte(&probing->sql, (uint8_t)*format);
	return NULL;
}

static void find(struct probing *probing, const struct pair *pair, const char *kind,
	const char *expected, const char *found, bool same)
{
	/* Rows that the stream does not speak of may be what it is about; but not of a sequence. */
	const bool whole = probing->table->whole || strcmp(kind, "sequence") == 0;
	const struct verify_finding finding = { .table = probing->table, .kind = kind,
		.name = pair->column->name, .expected = whole ? expected : NULL, .found = found,
		.same = same || !whole };

	verify_add(probing->verify, &finding, probing->fault);
}

static void check(struct probing *probing, const struct pair *pair, const char *what,
	const char *expected, const char *format)
{
	struct arena *arena = probing->verify->arena;
	const char *found = probe(probing, format, pair->name);

	if (probing->rows.count == 0 || expected == NULL ||
		(found != NULL && strcmp(found, expected) == 0))
		return;
	find(probing, pair, "profile", arena_format(arena, "%s %s", what, expected),
		arena_format(arena, "%s %s", what, found == NULL ? "none" : found), false);
}

static const char *count_text(struct probing *probing, uint64_t count)
{
	return arena_format(probing->verify->arena, "%llu", (unsigned long long)count);
}

/* The double that a text is: numeric and real have many spellings. */
static void check_real(struct probing *probing, const struct pair *pair, const char *what,
	const char *expected, const char *format)
{
	struct arena *arena = probing->verify->arena;
	const char *found = probe(probing, format, pair->name);

	if (probing->rows.count == 0 || expected == NULL ||
		(found != NULL && strtod(found, NULL) == strtod(expected, NULL)))
		return;
	find(probing, pair, "profile", arena_format(arena, "%s %s", what, expected),
		arena_format(arena, "%s %s", what, found == NULL ? "none" : found), false);
}

static void probe_numbers(struct probing *probing, const struct pair *pair)
{
	const struct profile *profile = pair->column->profile;
	const char *least = show_number(probing, profile, true),
		*most = show_number(probing, profile, false);

	if (profile->reals > 0) {
		check_real(probing, pair, "least", least, "min($)::pg_catalog.float8");
		check_real(probing, pair, "most", most, "max($)::pg_catalog.float8");
	} else if (pair->type.kind == TYPE_NUMERIC) {
		check(probing, pair, "least", least, "pg_catalog.trim_scale(min($))");
		check(probing, pair, "most", most, "pg_catalog.trim_scale(max($))");
	} else if (is_integer(&pair->type)) {
		check(probing, pair, "least", least, "min($)");
		check(probing, pair, "most", most, "max($)");
	} else {
		check_real(probing, pair, "least", least, "min($)");
		check_real(probing, pair, "most", most, "max($)");
	}
}

static void probe_profile(struct probing *probing, const struct pair *pair, bool trims)
{
	const struct profile *profile = pair->column->profile;

	check(probing, pair, "NULLs", count_text(probing, profile->nulls + pair->nullified),
		"pg_catalog.count(*) - pg_catalog.count($)");
	if (pair->nullified > 0 || pair->changed)
		return;
	if (only_numbers(profile) && is_number(&pair->type) &&
		(trims || pair->type.kind != TYPE_NUMERIC))
		probe_numbers(probing, pair);
	else if (only_texts(profile) && is_text(&pair->type))
		check(probing, pair, "longest text", count_text(probing, profile->longest_text),
			"max(pg_catalog.octet_length($))");
	else if (only_bytes(profile) && pair->type.kind == TYPE_BYTEA)
		check(probing, pair, "longest value", count_text(probing, profile->longest_blob),
			"max(pg_catalog.octet_length($))");
}

/* --- NOT NULL --------------------------------------------------------------------------------- */

static bool is_key(const struct table *table, const struct column *column)
{
	for (size_t i = 0; table->primary != NULL && i < table->primary->term_count; i++)
		if (table->primary->terms[i].column != NULL &&
			strcmp(table->primary->terms[i].column, column->source) == 0)
			return true;
	return false;
}

/* A column that was to have no NULL, in a server that lets it. */
static void probe_not_null(struct probing *probing, const struct pair *pair)
{
	const bool key = is_key(probing->table->expected, pair->column);
	const char *found;
	uint64_t nulls;

	if (pair->found->not_null || (!pair->column->not_null && !key))
		return;
	found = probe(probing, "pg_catalog.count(*) - pg_catalog.count($)", pair->name);
	if (probing->rows.count == 0)
		return;
	nulls = found == NULL ? 0 : strtoull(found, NULL, 10);
	if (nulls > 0)
		find(probing, pair, key ? "primary key" : "not null", "no NULL",
			arena_format(probing->verify->arena, "%llu NULL%s",
			(unsigned long long)nulls, nulls == 1 ? "" : "s"), probing->table->equal);
	else if (pair->column->not_null)
		find(probing, pair, "not null", "NOT NULL", "it may be NULL", false);
}

/* --- sequences -------------------------------------------------------------------------------- */

/* What the next row gets; false when there is no next one. */
static bool next_number(const struct sequence *sequence, int64_t *next)
{
	if (!sequence->called) {
		*next = sequence->last;
		return true;
	}
	return !__builtin_add_overflow(sequence->last, sequence->increment, next) &&
		*next <= sequence->most && *next >= sequence->least;
}

/* The largest that is there or, in the source, was there. */
static bool largest(const struct pair *pair, const char *most, int64_t *value)
{
	*value = most == NULL ? 0 : strtoll(most, NULL, 10);
	if (pair->column->identity != NULL && pair->column->last_identity > *value) {
		*value = pair->column->last_identity;
		return true;
	}
	return most != NULL;
}

/* In a PostgreSQL source the same sequence may be behind as well. */
static bool source_is_behind(const struct pair *pair, int64_t most)
{
	int64_t next;

	return pair->column->sequence != NULL && pair->column->sequence->known &&
		next_number(pair->column->sequence, &next) && next <= most;
}

static void probe_sequence(struct probing *probing, const struct pair *pair)
{
	const struct sequence *sequence = pair->found->sequence;
	struct arena *arena = probing->verify->arena;
	const char *found;
	int64_t most, next;

	if (sequence == NULL || !is_integer(&pair->type) || sequence->increment <= 0)
		return;
	if (!sequence->known) {
		if (probing->rows.count > 0)
			find(probing, pair, "sequence", NULL, arena_format(arena, "%s.%s may not "
				"be read by this role", sequence->schema, sequence->name), true);
		return;
	}
	found = probe(probing, "max($)", pair->name);
	if (probing->rows.count == 0 || !largest(pair, found, &most))
		return;
	/* Behind the last number of all there is none: nothing can be put right. */
	if (!next_number(sequence, &next) || most >= sequence->most || next > most)
		return;
	find(probing, pair, "sequence", arena_format(arena, "next beyond %lld", (long long)most),
		arena_format(arena, "next %lld", (long long)next), source_is_behind(pair, most));
}

/* --- all of it -------------------------------------------------------------------------------- */

static void probe_columns(struct probing *probing, size_t first, const struct ending *ending)
{
	const struct table *table = probing->table->expected;
	const bool trims = libpq_facts(probing->verify->libpq)->version >= 130000;
	struct pair pair;

	for (size_t i = first; i < table->column_count && i < first + COLUMNS_MOST &&
		probing->fault->status == 0; i++) {
		if (!make_pair(probing, i, ending, &pair))
			continue;
		probe_not_null(probing, &pair);
		probe_sequence(probing, &pair);
		if (probing->table->whole && pair.column->profile != NULL)
			probe_profile(probing, &pair, trims);
	}
}

static int probe_part(struct verify *verify, const struct verify_table *table, size_t first,
	const struct ending *ending, struct fault *fault)
{
	struct probing probing = { .verify = verify, .table = table, .fault = fault };
	const char *why = NULL;

	probe_columns(&probing, first, ending);
	if (fault->status == 0 && probing.count > 0) {
		bytes_format(&probing.sql, " FROM %s", table->from);
		verify_ask(verify, &probing.sql, &probing.rows, &why, fault);
	}
	bytes_close(&probing.sql);
	if (fault->status == 0 && why != NULL)
		return fault_set(fault, STATUS_SERVER, "%s: %s", table->expected->name, why);
	if (fault->status == 0 && probing.rows.count > 0)
		probe_columns(&probing, first, ending);
	return fault->status;
}

int verify_probe(struct verify *verify, const struct verify_table *table,
	const struct ending *ending, struct fault *fault)
{
	for (size_t first = 0; first < table->expected->column_count && fault->status == 0;
		first += COLUMNS_MOST)
		probe_part(verify, table, first, ending, fault);
	return fault->status;
}
