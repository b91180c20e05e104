/*
 * A unit test is a function in a table:
 *
 *	static void test_find(void)
 *	{
 *		CHECK(schema_find(...) == 2);
 *	}
 *
 *	int main(void)
 *	{
 *		static const struct test tests[] = {{"find", test_find}};
 *		return test_run(tests, sizeof(tests) / sizeof(tests[0]));
 *	}
 *
 * A failed CHECK says where it stands and what it wanted, is counted, and the test goes on; it is
 * false then, so `if (!CHECK(p != NULL)) return;` stops where going on makes no sense.  Output is
 * TAP: "1..n", then "ok" or "not ok" a test, with the complaints of a test above its line.
 */
#ifndef ROWPIPE_TEST_H
#define ROWPIPE_TEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct test {
	const char *name;
	void (*run)(void);
};

#define CHECK(condition) test_check((condition), #condition, __FILE__, __LINE__)

/* Failed checks of the running test. */
static unsigned test_failures;

static inline bool test_check(bool holds, const char *condition, const char *file, int line)
{
	if (!holds) {
		test_failures++;
		printf("# %s:%d: not true: %s\n", file, line, condition);
	}
	return holds;
}

/* Runs them in order; returns main's exit code: 0, or 1 if a check failed. */
static inline int test_run(const struct test *tests, size_t n)
{
	int code = 0;

	setvbuf(stdout, NULL, _IOLBF, 0); /* a crash must not swallow what was said before it */
	printf("1..%zu\n", n);
	for (size_t i = 0; i < n; i++) {
		test_failures = 0;
		tests[i].run();
		printf("%s %zu - %s\n", test_failures ? "not ok" : "ok", i + 1, tests[i].name);
		if (test_failures)
			code = 1;
	}
	return code;
}

#endif
