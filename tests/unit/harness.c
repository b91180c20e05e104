/* The harness, tested with itself: a check that fails must be seen, or no other test means much. */
#include "test.h"

#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static void holds(void)
{
	CHECK(1 + 1 == 2);
}

static void fails_twice(void)
{
	CHECK(1 + 1 == 3);
	CHECK("100%"[0] == 0);
}

/* Runs the tests in a child; returns its exit code and what it printed, or -1. */
static int run_apart(const struct test *tests, size_t n, char *text, size_t size)
{
	int pipes[2], status = 0;
	size_t used = 0;
	ssize_t got;
	pid_t child;

	fflush(stdout);
	if (pipe(pipes) < 0 || (child = fork()) < 0)
		return -1;
	if (child == 0) {
		dup2(pipes[1], STDOUT_FILENO);
		status = test_run(tests, n);
		fflush(stdout);
		_exit(status);
	}
	close(pipes[1]);
	while (used < size - 1 && (got = read(pipes[0], text + used, size - 1 - used)) > 0)
		used += (size_t)got;
	text[used] = '\0';
	close(pipes[0]);
	if (waitpid(child, &status, 0) != child || !WIFEXITED(status))
		return -1;
	return WEXITSTATUS(status);
}

static void test_passing(void)
{
	static const struct test tests[] = {{"holds", holds}};
	char text[1000];

	CHECK(run_apart(tests, 1, text, sizeof(text)) == 0);
	CHECK(strcmp(text, "1..1\nok 1 - holds\n") == 0);
}

static void test_failing(void)
{
	static const struct test tests[] = {{"fails", fails_twice}, {"holds", holds}};
	char text[1000];

	CHECK(run_apart(tests, 2, text, sizeof(text)) == 1);
	CHECK(strstr(text, "harness.c:15: not true: 1 + 1 == 3\n") != NULL);
	CHECK(strstr(text, "harness.c:16: not true: \"100%\"[0] == 0\n") != NULL);
	CHECK(strstr(text, "\nnot ok 1 - fails\nok 2 - holds\n") != NULL);
}

int main(void)
{
	static const struct test tests[] = {
		{"what holds passes", test_passing},
		{"what does not hold is counted and named", test_failing},
	};

	return test_run(tests, sizeof(tests) / sizeof(tests[0]));
}
