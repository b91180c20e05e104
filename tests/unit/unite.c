/*
 * Definitions and profiles of several streams as one: what counts as the same, and what is added
 * up.
 */
#include "wire/unite.h"

#include "sample.h"

static struct arena arena;
static struct fault fault;

static bool same_profile(const struct profile *a, const struct profile *b)
{
	return memcmp(a->shapes, b->shapes, sizeof(a->shapes)) == 0 && a->nulls == b->nulls &&
		a->integers == b->integers && a->reals == b->reals && a->texts == b->texts &&
		a->blobs == b->blobs && a->ill == b->ill &&
		a->least_integer == b->least_integer && a->most_integer == b->most_integer &&
		memcmp(&a->least_real, &b->least_real, sizeof(double)) == 0 &&
		memcmp(&a->most_real, &b->most_real, sizeof(double)) == 0 &&
		a->longest_text == b->longest_text && a->longest_blob == b->longest_blob &&
		a->longest_characters == b->longest_characters &&
		a->whole_digits == b->whole_digits && a->fraction_digits == b->fraction_digits;
}

/* Of both halves united, what one look at all values counts. */
static void test_profiles(void)
{
	struct bytes scratch = { 0 };
	unsigned wrong = 0;

	for (int round = 0; round < 2000; round++) {
		struct profile all = { 0 }, parts[2] = { { 0 }, { 0 } };
		const uint64_t count = sample_below(12), first = sample_below(count + 1);
		uint8_t data[64];

		for (uint64_t i = 0; i < count; i++) {
			struct value value = sample_value(data, sizeof(data));

			if (value.kind == VALUE_REAL && sample_below(2))
				value.real = sample_below(2) ? 0.5 : __builtin_nan("");
			profile_add(&all, &value, &scratch);
			profile_add(&parts[i >= first], &value, &scratch);
		}
		profile_unite(&parts[0], &parts[1]);
		wrong += !same_profile(&all, &parts[0]);
	}
	CHECK(wrong == 0);
	bytes_close(&scratch);
}

static void test_most(void)
{
	struct profile one = { .nulls = INT64_MAX }, more = { .nulls = INT64_MAX };

	profile_unite(&one, &more);
	CHECK(one.nulls == INT64_MAX);
}

static struct profile counted = { .integers = 3, .least_integer = 1, .most_integer = 5 };
static struct sequence sequence = { .schema = "s", .name = "q", .type = "bigint", .increment = 1,
	.known = true, .last = 7 };

static struct table make(struct column columns[2])
{
	columns[0] = (struct column){ .source = "id", .name = "id", .type = "raw",
		.profile = &counted, .last_identity = 3, .sequence = &sequence, .note = "n" };
	columns[1] = (struct column){ .source = "x", .name = "x", .type = "raw",
		.profile = &counted };
	return (struct table){ .number = 1, .source = "t", .name = "t", .coverage = "whole",
		.sql = "CREATE TABLE t(id, x)", .columns = columns, .column_count = 2,
		.counted = true, .expected = 3 };
}

static bool differs(const struct table *a, const struct table *b, const char *what)
{
	const char *found = unite_differ(&arena, a, b, &fault);

	return found == NULL ? what == NULL : what != NULL && strcmp(found, what) == 0;
}

static void test_same(void)
{
	struct column left[2], right[2];
	const struct table a = make(left);
	struct table b = make(right);
	struct profile other = { .texts = 1 };
	struct index key = { .unique = true };

	b.number = 4;
	b.origin = 2;
	b.sql = "create table t (id, x)";
	b.counted = false;
	right[0].profile = &other;
	right[0].last_identity = 9;
	right[0].note = NULL;
	right[1].profile = NULL;
	CHECK(differs(&a, &b, NULL));
	right[1].not_null = true;
	CHECK(differs(&a, &b, "column \"x\""));
	right[1].not_null = false;
	right[1].type = "int8";
	CHECK(differs(&a, &b, "column \"x\""));
	right[1].type = "raw";
	b.column_count = 1;
	CHECK(differs(&a, &b, "column \"x\"") && differs(&b, &a, "column \"x\""));
	b.column_count = 2;
	b.primary = &key;
	CHECK(differs(&a, &b, "a name, a key, an index or a check"));
	b.primary = NULL;
	b.schema = "s";
	CHECK(differs(&a, &b, "a name, a key, an index or a check"));
}

static void test_united(void)
{
	struct column left[2], right[2];
	struct table a = make(left), b = make(right);
	struct sequence further = sequence;

	further.last = 9;
	right[0].sequence = &further;
	right[0].last_identity = 8;
	right[1].profile = NULL;
	b.expected = 4;
	CHECK(unite_tables(&arena, &a, &b, &fault) == 0);
	CHECK(a.counted && a.expected == 7 && a.columns != left);
	CHECK(a.columns[0].profile->integers == 6 && counted.integers == 3);
	CHECK(a.columns[0].last_identity == 8 && a.columns[0].sequence->last == 9);
	CHECK(sequence.last == 7 && a.columns[1].profile == NULL);
	CHECK(strcmp(a.coverage, "whole") == 0);
	b.coverage = "where";
	b.counted = false;
	CHECK(unite_tables(&arena, &a, &b, &fault) == 0);
	CHECK(!a.counted && a.expected == 0 && strcmp(a.coverage, "where") == 0);
	b.coverage = "whole";
	CHECK(unite_tables(&arena, &a, &b, &fault) == 0 && strcmp(a.coverage, "where") == 0);
}

static void test_ends(void)
{
	struct count first[] = { { NULL, NULL, "data version", 1 }, { "t", "a", "set", 2 },
		{ "t", "b", "set", 5 } };
	struct count second[] = { { NULL, NULL, "data version", 7 }, { "t", "a", "set", 3 },
		{ "t", NULL, "set", 1 }, { "t", "b", "set", INT64_MAX } };
	struct tally tallies[] = { { "rows-set", first, 3 } };
	struct tally others[] = { { "rows-set", second, 4 }, { "rows-each", NULL, 0 } };
	struct left_out out = { "x", 4 };
	struct ending all = { 0 }, one = { .tallies = tallies, .tally_count = 1 };
	struct ending more = { .tallies = others, .tally_count = 2, .left_out = &out,
		.left_out_count = 1 };

	CHECK(unite_endings(&arena, &all, &one, &fault) == 0 && all.tally_count == 1);
	CHECK(unite_endings(&arena, &all, &more, &fault) == 0 && all.tally_count == 3);
	CHECK(all.left_out_count == 1 && all.left_out[0].extracted == 4);
	CHECK(all.tallies[0].count_count == 3 && all.tallies[0].counts[1].count == 5);
	CHECK(all.tallies[0].counts[2].count == INT64_MAX);
	CHECK(all.tallies[1].count_count == 2 && all.tallies[1].counts[0].count == 7);
	CHECK(all.tallies[1].counts[1].column == NULL && all.tallies[2].count_count == 0);
}

int main(void)
{
	static const struct test tests[] = {
		{ "profiles add up", test_profiles },
		{ "no count is more than a stream carries", test_most },
		{ "what is the same", test_same },
		{ "what becomes of two", test_united },
		{ "what their ends say", test_ends },
	};

	return test_run(tests, COUNT(tests));
}
