/* Profiles made by two threads are those that one makes, whatever the rows. */
#include "test.h"

#include <stdlib.h>
#include <string.h>

#include "flow/profiler.h"

enum { COLUMNS = 5 };

static struct profiler profiler;
static struct profile threaded[COLUMNS], plain[COLUMNS];
static struct bytes scratch;
static uint8_t text[PROFILER_BYTES * 2];

static void begin(void)
{
	memset(threaded, 0, sizeof(threaded));
	memset(plain, 0, sizeof(plain));
	profiler_begin(&profiler, threaded, COLUMNS);
}

static void add(const struct value *cells)
{
	profiler_add(&profiler, cells);
	for (size_t i = 0; i < COLUMNS; i++)
		profile_add(&plain[i], &cells[i], &scratch);
}

static bool end(void)
{
	struct fault fault = { 0 };

	return profiler_end(&profiler, &fault) == 0 && !scratch.failed &&
		memcmp(threaded, plain, sizeof(plain)) == 0;
}

static void add_row(unsigned row, size_t size)
{
	struct value cells[COLUMNS] = { { .kind = VALUE_INTEGER, .integer = row },
		{ .kind = VALUE_REAL, .real = row / 8.0 },
		{ .kind = row % 7 == 0 ? VALUE_NULL : VALUE_TEXT, .size = (uint32_t)(row % 40) },
		{ .kind = VALUE_BYTES, .size = (uint32_t)size },
		{ .kind = VALUE_BAD_UTF16, .size = 2 } };

	for (size_t i = 2; i < COLUMNS; i++)
		cells[i].data = text + row % 64;
	add(cells);
}

static void test_small(void)
{
	begin();
	CHECK(end() && threaded[0].integers == 0);
	begin();
	for (unsigned i = 0; i < 100; i++)
		add_row(i, 3);
	CHECK(end() && threaded[0].integers == 100 && !profiler.threaded);
}

static void test_large(void)
{
	for (unsigned table = 0; table < 3; table++) {
		begin();
		for (unsigned i = 0; i < 50000; i++)
			add_row(i, i % 100);
		CHECK(end() && threaded[0].integers == 50000);
	}
	CHECK(profiler.threaded);
}

/* Rows that no batch can hold stand among others. */
static void test_large_rows(void)
{
	begin();
	for (unsigned i = 0; i < 3000; i++)
		add_row(i, i % 500 == 499 ? PROFILER_BYTES + 1 : i % 300);
	CHECK(end() && threaded[3].longest_blob == PROFILER_BYTES + 1);
}

/* Nobody looked at the texts before: what is not UTF-8 counts as ill. */
static void test_ill(void)
{
	struct value cells[COLUMNS] = { { .kind = VALUE_TEXT, .size = 3 } };
	struct fault fault = { 0 };

	begin();
	cells[0].data = (const uint8_t *)"a\xff" "b";
	for (unsigned i = 0; i < 20000; i++)
		profiler_add(&profiler, cells);
	CHECK(profiler_end(&profiler, &fault) == 0);
	CHECK(threaded[0].ill == 20000 && threaded[0].texts == 0 && threaded[1].nulls == 20000);
}

int main(void)
{
	static const struct test tests[] = {
		{ "no rows, and few", test_small },
		{ "many rows, several tables", test_large },
		{ "rows larger than a batch", test_large_rows },
		{ "texts that are not UTF-8", test_ill },
	};

	int code;

	for (size_t i = 0; i < sizeof(text); i++)
		text[i] = (uint8_t)("2021-03-04 05:06:07 {\"a\": 1} 17 abc true "[i % 41]);
	code = test_run(tests, sizeof(tests) / sizeof(tests[0]));
	profiler_close(&profiler);
	bytes_close(&scratch);
	return code;
}
