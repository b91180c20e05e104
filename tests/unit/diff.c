/*
 * The comparing engine over rows in memory: every pair that a digest could mistake, keys that are
 * doubled or NULL, and tables larger than the memory for sorting; what it finds is held against a
 * search without any cleverness.  And the sort alone, at the sizes where it changes its ways.
 */
#include "flow/diff.h"

#include <stdlib.h>

#include "sample.h"
#include "wire/pack.h"

enum { COLUMNS = 3 };

static struct arena arena;
static struct fault fault;

/* A side of rows in memory. */
struct rows {
	struct value *cells;
	size_t count;
	size_t next;
	bool packs; /* tells the packed row, too */
	struct bytes packed;
	unsigned passes;
	/* It can give the rows that were taken by their keys, so many at most. */
	size_t takes;
	size_t *taken;
	size_t count_taken;
	enum { ALL, KEYS, TAKEN } mode;
	struct value line[COLUMNS];
};

static int rows_begin(void *own, struct fault *trouble)
{
	struct rows *rows = own;

	rows->next = 0;
	rows->passes++;
	rows->mode = ALL;
	return trouble->status;
}

static int rows_begin_keys(void *own, struct fault *trouble)
{
	struct rows *rows = own;

	rows->next = rows->count_taken = 0;
	rows->mode = KEYS;
	return trouble->status;
}

static int rows_take(void *own, struct fault *trouble)
{
	struct rows *rows = own;

	CHECK(rows->mode == KEYS);
	if (rows->count_taken < rows->takes)
		rows->taken[rows->count_taken] = rows->next - 1;
	rows->count_taken++;
	return trouble->status;
}

static bool rows_begin_taken(void *own, struct fault *trouble)
{
	struct rows *rows = own;

	CHECK(trouble->status == 0 && rows->next == rows->count);
	rows->next = 0;
	rows->mode = TAKEN;
	return rows->count_taken <= rows->takes;
}

static bool rows_next(void *own, struct diff_row *row, struct fault *trouble)
{
	struct rows *rows = own;

	(void)trouble;
	if (rows->next == (rows->mode == TAKEN ? rows->count_taken : rows->count))
		return false;
	if (rows->mode == TAKEN) {
		*row = (struct diff_row){ .cells = rows->cells + COLUMNS *
			rows->taken[rows->next++] };
		return true;
	}
	*row = (struct diff_row){ .cells = rows->cells + COLUMNS * rows->next++ };
	if (rows->mode == KEYS) {
		rows->line[0] = row->cells[0];
		row->cells = rows->line;
		return true;
	}
	if (rows->packs) {
		bytes_clear(&rows->packed);
		pack_row(&rows->packed, row->cells, COLUMNS);
		row->packed = rows->packed.data;
		row->size = rows->packed.size;
	}
	return true;
}

/* What was found: counts, and the keys of the first column in their order. */
static struct found {
	uint64_t kinds[3], calls;
	int64_t keys[64];
	bool columns[64][COLUMNS];
} found;

static int take(void *own, const struct diff_finding *finding, struct fault *trouble)
{
	const struct value *cells = finding->cells[finding->kind == DIFF_EXTRA];

	CHECK(own == &found && trouble->status == 0 && finding->times > 0);
	CHECK((finding->cells[0] == NULL) == (finding->kind == DIFF_EXTRA));
	CHECK((finding->cells[1] == NULL) == (finding->kind == DIFF_MISSING));
	found.kinds[finding->kind] += finding->times;
	if (found.calls < COUNT(found.keys)) {
		found.keys[found.calls] = cells[0].kind == VALUE_INTEGER ? cells[0].integer : -1;
		if (finding->kind == DIFF_CHANGED)
			memcpy(found.columns[found.calls], finding->columns, COLUMNS);
	}
	found.calls++;
	return 0;
}

static struct diff diff;
static struct canonical forms[2][COLUMNS];

static bool compare(struct rows *left, struct rows *right, uint32_t key_count, size_t memory)
{
	static const uint32_t key[] = { 0, 1, 2 };
	struct rows *const both[] = { left, right };

	found = (struct found){ 0 };
	left->passes = right->passes = 0;
	for (int i = 0; i < 2; i++)
		diff.sides[i] = (struct diff_side){ .own = both[i], .begin = rows_begin,
			.next = rows_next, .forms = forms[i] };
	if (right->takes > 0) {
		diff.sides[1].begin_keys = rows_begin_keys;
		diff.sides[1].take = rows_take;
		diff.sides[1].begin_taken = rows_begin_taken;
	}
	diff.columns = COLUMNS;
	diff.key = key;
	diff.key_count = key_count;
	diff.memory = memory;
	diff.found = take;
	diff.own = &found;
	CHECK(diff_count(&diff, &arena, &fault) == 0);
	if (!diff.equal)
		CHECK(diff_find(&diff, &fault) == 0);
	CHECK(diff.missing == found.kinds[DIFF_MISSING]);
	CHECK(diff.extra == found.kinds[DIFF_EXTRA]);
	CHECK(diff.changed == found.kinds[DIFF_CHANGED]);
	CHECK(left == right || right->takes > 0 || (left->passes == (diff.equal ? 1u : 2u) &&
		right->passes == left->passes));
	return diff.equal;
}

static struct rows make(const struct value *cells, size_t count)
{
	struct rows rows = { .count = count };

	rows.cells = arena_array(&arena, count * COLUMNS + 1, sizeof(*rows.cells));
	memcpy(rows.cells, cells, count * COLUMNS * sizeof(*cells));
	return rows;
}

#define ROW(a, b, c) integer_value(a), text_value(b), text_value(c)
#define NIL { .kind = VALUE_NULL }

/* Two tables of one row with the same key, which differ. */
static void differ(struct value a, struct value b)
{
	const struct value one[] = { integer_value(1), a, text_value("") };
	const struct value other[] = { integer_value(1), b, text_value("") };
	struct rows left = make(one, 1), right = make(other, 1);

	CHECK(!compare(&left, &right, 1, 0) && diff.changed == 1 && found.columns[0][1] &&
		!found.columns[0][2]);
	CHECK(!compare(&left, &right, 0, 0) && diff.missing == 1 && diff.extra == 1);
	CHECK(compare(&left, &left, 1, 0) && compare(&left, &left, 0, 0));
}

static struct value blob(const char *data, uint32_t size)
{
	struct value value = { .kind = VALUE_BYTES, .size = size };

	value.data = (const uint8_t *)data;
	return value;
}

static void test_near_misses(void)
{
	static const struct value null = NIL, no = { .kind = VALUE_BOOL };
	const struct value zero = integer_value(0);
	const struct value plus = { .kind = VALUE_REAL, .real = 0.0 };
	const struct value minus = { .kind = VALUE_REAL, .real = -0.0 };
	const struct value nothings[] = { null, no, zero, plus, minus, text_value(""),
		text_value("0"), text_value("NULL"), blob("", 0), blob("0", 1) };

	for (size_t i = 0; i < COUNT(nothings); i++)
		for (size_t j = 0; j < i; j++)
			differ(nothings[i], nothings[j]);
	differ(blob("\x10", 1), blob("\x11", 1));
	differ(text_value("a"), text_value("a "));
	differ(text_value("\xc3\xa9"), text_value("e\xcc\x81"));
	differ(integer_value(1700000000000000), integer_value(1700000000000001));
}

/* Cells carry their lengths. */
static void test_borders(void)
{
	const struct value one[] = { ROW(1, "a3b", "c") }, other[] = { ROW(1, "a", "b3c") };
	struct rows left = make(one, 1), right = make(other, 1);

	CHECK(!compare(&left, &right, 1, 0) && found.columns[0][1] && found.columns[0][2]);
}

static void test_order_and_number(void)
{
	const struct value rows[] = { ROW(1, "a", "x"), ROW(2, "b", "y"), ROW(3, "c", "z") };
	const struct value turned[] = { ROW(3, "c", "z"), ROW(1, "a", "x"), ROW(2, "b", "y") };
	const struct value swapped[] = { ROW(1, "b", "x"), ROW(2, "a", "y"), ROW(3, "c", "z") };
	const struct value doubled[] = { ROW(1, "a", "x"), ROW(2, "b", "y"), ROW(3, "c", "z"),
		ROW(3, "c", "z"), ROW(3, "c", "z") };
	struct rows left = make(rows, 3), right = make(turned, 3);

	CHECK(compare(&left, &right, 1, 0) && compare(&left, &right, 0, 0));
	right = make(swapped, 3);
	CHECK(!compare(&left, &right, 1, 0) && diff.changed == 2 && found.keys[0] == 1 &&
		found.keys[1] == 2 && found.columns[0][1] && !found.columns[0][2]);
	CHECK(diff.found_in[1].changed == 2 && memcmp(&diff.found_in[1].digest[0],
		&diff.found_in[1].digest[1], sizeof(struct hash128)) != 0);
	CHECK(memcmp(&diff.found_in[2].digest[0], &diff.found_in[2].digest[1],
		sizeof(struct hash128)) == 0);
	right = make(rows, 2);
	CHECK(!compare(&left, &right, 1, 0) && diff.missing == 1 && found.keys[0] == 3);
	CHECK(!compare(&right, &left, 1, 0) && diff.extra == 1);
	right = make(doubled, 5);
	CHECK(!compare(&left, &right, 1, 0) && diff.extra == 2 && found.calls == 1 &&
		diff.doubled);
	CHECK(!compare(&left, &right, 0, 0) && diff.extra == 2);
	left = make(doubled, 4);
	CHECK(!compare(&left, &right, 1, 0) && diff.extra == 1);
	left = make(rows, 0);
	CHECK(compare(&left, &left, 1, 0));
	CHECK(!compare(&left, &right, 1, 0) && diff.extra == 5 && diff.missing == 0);
}

/* Rows of one key on a side cancel first; what is left is missing and extra, never paired. */
static void test_doubled_keys(void)
{
	const struct value one[] = { ROW(1, "a", ""), ROW(1, "b", ""), ROW(2, "x", "") };
	const struct value other[] = { ROW(1, "b", ""), ROW(1, "c", ""), ROW(2, "y", "") };
	struct rows left = make(one, 3), right = make(other, 3);

	CHECK(!compare(&left, &right, 1, 0));
	CHECK(diff.missing == 1 && diff.extra == 1 && diff.changed == 1 && diff.doubled);
	CHECK(found.keys[2] == 2);
}

static void test_null_keys(void)
{
	const struct value one[] = { NIL, text_value("a"), text_value(""), ROW(0, "b", "") };
	const struct value other[] = { NIL, text_value("A"), text_value(""), ROW(0, "b", "") };
	struct rows left = make(one, 2), right = make(other, 2);

	CHECK(!compare(&left, &right, 1, 0) && diff.changed == 1 && diff.missing == 0);
}

/* Numerics of another scale are equal, and told as they came. */
static int take_scale(void *own, const struct diff_finding *finding, struct fault *trouble)
{
	(void)trouble;
	*(bool *)own = finding->cells[0][1].size == 4 && memcmp(finding->cells[0][1].data, "1.50",
		4) == 0 && finding->cells[1][1].size == 5;
	return 0;
}

static void test_forms(void)
{
	const struct type numeric = { .kind = TYPE_NUMERIC };
	const struct value one[] = { ROW(1, "1.50", "x"), ROW(2, "2.0", "x") };
	const struct value same[] = { ROW(1, "1.500", "x"), ROW(2, "2", "x") };
	const struct value other[] = { ROW(1, "1.500", "y"), ROW(2, "2", "x") };
	struct rows left = make(one, 2), right = make(same, 2);
	const char *why;
	bool as_it_came = false;

	CHECK(canonical_pair(&numeric, &numeric, NULL, &forms[0][1], &forms[1][1], &why));
	left.packs = right.packs = true;
	CHECK(compare(&left, &right, 1, 0));
	bytes_close(&right.packed);
	right = make(other, 2);
	CHECK(!compare(&left, &right, 1, 0) && diff.changed == 1 && !found.columns[0][1] &&
		found.columns[0][2]);
	diff.found = take_scale;
	diff.own = &as_it_came;
	CHECK(diff_count(&diff, &arena, &fault) == 0 && diff_find(&diff, &fault) == 0);
	CHECK(as_it_came);
	for (int i = 0; i < 2; i++) {
		canonical_close(&forms[i][1]);
		forms[i][1] = (struct canonical){ 0 };
	}
	bytes_close(&left.packed);
}

/* Random tables of up to 20,000 rows with few differences or many, sorted in 64 KiB. */
static void test_at_random(void)
{
	enum { MOST = 20000 };
	static struct value one[MOST * COLUMNS], other[MOST * COLUMNS];

	for (int round = 0; round < 12; round++) {
		const size_t count = 1 + sample_below(MOST / 2);
		const uint64_t rate = round % 3 == 0 ? 2 : 200;
		uint64_t missing = 0, extra = 0, changed = 0;
		size_t counts[2] = { 0 };

		for (size_t i = 0; i < count; i++) {
			const struct value row[] = { ROW((int64_t)(i * 7919 % 1000003), "same",
				"text") };
			const struct value wrong[] = { ROW((int64_t)(i * 7919 % 1000003), "same",
				"Text") };
			const uint64_t fate = sample_below(rate) == 0 ? 1 + sample_below(3) : 0;

			missing += fate == 1;
			extra += fate == 2;
			changed += fate == 3;
			if (fate != 2)
				memcpy(&one[counts[0]++ * COLUMNS], row, sizeof(row));
			if (fate != 1)
				memcpy(&other[counts[1]++ * COLUMNS], fate == 3 ? wrong : row,
					sizeof(row));
		}
		struct rows left = { .cells = one, .count = counts[0], .packs = round % 2 == 0 };
		struct rows right = { .cells = other, .count = counts[1] };

		CHECK(compare(&left, &right, 1, 64 * 1024) == (missing + extra + changed == 0));
		CHECK(diff.missing == missing && diff.extra == extra && diff.changed == changed);
		for (size_t i = 1; i < found.calls && i < COUNT(found.keys); i++)
			CHECK(found.keys[i - 1] < found.keys[i]);
		compare(&left, &right, 0, 64 * 1024);
		CHECK(diff.missing == missing + changed && diff.extra == extra + changed);
		bytes_close(&left.packed);
	}
}

/* Rows of a few keys are read alone; of too many keys, or where there is no key, all of them. */
static void test_taken(void)
{
	enum { MOST = 3000 };
	static struct value one[MOST * COLUMNS], other[MOST * COLUMNS];
	static size_t taken[MOST];
	struct rows left = { .cells = one, .count = MOST };
	struct rows right = { .cells = other, .count = MOST - 1, .taken = taken };

	for (int64_t i = 0; i < MOST; i++) {
		const struct value row[] = { ROW(i, "same", "text") };

		memcpy(&one[i * COLUMNS], row, sizeof(row));
		memcpy(&other[i * COLUMNS], row, sizeof(row));
	}
	other[7 * COLUMNS + 1] = text_value("other");
	other[2000 * COLUMNS] = integer_value(5000);
	for (size_t takes = 1; takes <= MOST; takes *= 5) {
		right.takes = takes;
		CHECK(!compare(&left, &right, 1, 0));
		CHECK(diff.changed == 1 && diff.missing == 2 && diff.extra == 1);
		CHECK(found.calls == 4 && found.keys[0] == 7 && found.keys[1] == 2000 &&
			found.keys[2] == MOST - 1 && found.keys[3] == 5000);
		CHECK(right.passes == (takes < 2 ? 2u : 1u));
		CHECK(!compare(&left, &right, 0, 0) && diff.missing == 3 && diff.extra == 2);
		CHECK(right.passes == 2);
	}
	/* Nothing of the buckets that differ is there any more. */
	right.count = 0;
	CHECK(!compare(&left, &right, 1, 0) && diff.missing == MOST);
}

/* A table that is another one when it is read again. */
static bool shrinking_next(void *own, struct diff_row *row, struct fault *trouble)
{
	struct rows *rows = own;

	return rows->next + (rows->passes > 1) < rows->count && rows_next(own, row, trouble);
}

static void test_changing(void)
{
	const struct value rows[] = { ROW(1, "a", "x"), ROW(2, "b", "y") };
	struct rows left = make(rows, 2), right = make(rows, 1);

	compare(&left, &right, 1, 0);
	left.passes = 0;
	diff.sides[0].next = shrinking_next;
	CHECK(diff_count(&diff, &arena, &fault) == 0);
	CHECK(diff_find(&diff, &fault) == STATUS_AGAIN);
	fault = (struct fault){ 0 };
}

/* --- the sort --------------------------------------------------------------------------------- */

/* Records of random keys and rests, through so little memory that levels are merged. */
static void sort_some(size_t count, size_t memory, size_t longest, bool spills)
{
	struct sorter sorter;
	struct sort_record record, last = { 0 };
	struct hash128 in = { 0 }, out = { 0 };
	struct bytes kept = { 0 };
	static uint8_t data[8192];
	size_t seen = 0;

	sort_begin(&sorter, memory, NULL);
	for (size_t i = 0; i < count; i++) {
		record.key_size = (uint32_t)sample_below(12);
		record.rest_size = (uint32_t)sample_below(longest);
		for (uint32_t j = 0; j < record.key_size + record.rest_size; j++)
			data[j] = (uint8_t)sample_below(3);
		record.key = data;
		record.rest = data + record.key_size;
		hash_sum(&in, hash_128(data, record.key_size + record.rest_size));
		if (!CHECK(sort_add(&sorter, &record, &fault) == 0))
			return;
	}
	CHECK(sort_end(&sorter, &fault) == 0 && sort_spilled(&sorter) == spills);
	for (; sort_next(&sorter, &record, &fault); seen++) {
		if (seen > 0 && !CHECK(sort_compare(&last, &record) <= 0))
			break;
		bytes_clear(&kept);
		bytes_add(&kept, record.key, record.key_size);
		bytes_add(&kept, record.rest, record.rest_size);
		last = record;
		last.key = kept.data;
		last.rest = kept.data + record.key_size;
		hash_sum(&out, hash_128(kept.data, kept.size));
	}
	CHECK(seen == count && fault.status == 0);
	CHECK(in.high == out.high && in.low == out.low);
	bytes_close(&kept);
	sort_close(&sorter);
}

static void test_sort(void)
{
	sort_some(0, 1000, 10, false);
	sort_some(1, 10, 10, false);
	sort_some(1000, 1 << 20, 30, false);
	sort_some(2, 10, 3000, true);
	sort_some(31, 1, 100, true);
	sort_some(33, 1, 100, true);
	sort_some(34, 1, 100, true);
	sort_some(2500, 1, 50, true); /* runs of one record, on three levels */
	sort_some(20000, 20000, 50, true);
	sort_some(300, 20000, 8000, true);
}

static void test_no_folder(void)
{
	struct sorter sorter;
	struct sort_record record = { .key = (const uint8_t *)"k", .key_size = 1,
		.rest = (const uint8_t *)"" };

	sort_begin(&sorter, 1, "/nowhere/at/all");
	CHECK(sort_add(&sorter, &record, &fault) == 0);
	CHECK(sort_add(&sorter, &record, &fault) == STATUS_CREATE);
	fault = (struct fault){ 0 };
	sort_close(&sorter);
}

int main(void)
{
	static const struct test tests[] = {
		{ "values that look alike", test_near_misses },
		{ "what stands between cells", test_borders },
		{ "order, and how often", test_order_and_number },
		{ "keys that are doubled", test_doubled_keys },
		{ "keys that are NULL", test_null_keys },
		{ "canonical cells count, those that came are told", test_forms },
		{ "tables at random, with little memory", test_at_random },
		{ "rows that are taken by their keys", test_taken },
		{ "a table that changes meanwhile", test_changing },
		{ "the sort, in memory and in files", test_sort },
		{ "the sort without a folder for its files", test_no_folder },
	};
	const int status = test_run(tests, COUNT(tests));

	diff_close(&diff);
	arena_close(&arena);
	return status;
}
