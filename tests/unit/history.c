/* Which migrations ran where, told by their names alone. */
#include "row/history.h"

#include "sample.h"

static struct arena arena;
static struct fault fault;

static struct history compare(const char *source, const char *target)
{
	struct history history;

	CHECK(history_compare(&arena, source, target, &history, &fault) == 0);
	return history;
}

static void test_verdicts(void)
{
	static const struct {
		const char *source, *target;
		enum history_verdict verdict;
		size_t shared, only[2];
	} cases[] = {
		{ "", "", HISTORY_SAME, 0, { 0, 0 } },
		{ "a\nb\n", "b\na", HISTORY_SAME, 2, { 0, 0 } },
		{ "a\n", "a\nb\nc\n", HISTORY_AHEAD, 1, { 0, 2 } },
		{ "a\nb\n", "b\n", HISTORY_BEHIND, 1, { 1, 0 } },
		{ "a\nb\n", "", HISTORY_BEHIND, 0, { 2, 0 } },
		{ "", "a\n", HISTORY_AHEAD, 0, { 0, 1 } },
		{ "a\nb\n", "a\nc\n", HISTORY_SPLIT, 1, { 1, 1 } },
		{ "a\n", "b\n", HISTORY_STRANGE, 0, { 1, 1 } },
		{ "a\n\n\nb\n", "a\nb", HISTORY_SAME, 2, { 0, 0 } },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		const struct history history = compare(cases[i].source, cases[i].target);

		if (!CHECK(history.verdict == cases[i].verdict) ||
			!CHECK(history.shared == cases[i].shared) ||
			!CHECK(history.only[0] == cases[i].only[0]) ||
			!CHECK(history.only[1] == cases[i].only[1]))
			printf("# case %zu\n", i);
	}
}

static void test_names(void)
{
	const struct history history = compare("b\na\nd\n", "e\nc\na\n"), none = compare("", "x");

	CHECK(strcmp(history.first[0], "b") == 0 && strcmp(history.first[1], "c") == 0);
	CHECK(strcmp(history.last[0], "d") == 0 && strcmp(history.last[1], "e") == 0);
	CHECK(none.last[0] == NULL && strcmp(none.first[1], "x") == 0);
}

static void test_places(void)
{
	struct column columns[] = { { .source = "name" }, { .source = "app" } };
	struct table table = { .source = "django_migrations", .columns = columns,
		.column_count = 2 };
	const struct history_place *place = history_of(&table);

	if (!CHECK(place != NULL))
		return;
	CHECK(strcmp(history_sql(&arena, place, "s.t"), "SELECT app || ' ' || name FROM s.t") == 0);
	table.column_count = 1;
	CHECK(history_of(&table) == NULL);
	CHECK(history_find("migrations") == NULL);
	CHECK(strcmp(history_sql(&arena, history_find("_prisma_migrations"), "t"),
		"SELECT migration_name FROM t WHERE finished_at IS NOT NULL AND rolled_back_at IS "
		"NULL") == 0);
}

int main(void)
{
	static const struct test tests[] = {
		{ "verdicts", test_verdicts },
		{ "names", test_names },
		{ "places", test_places },
	};
	int code = test_run(tests, COUNT(tests));

	arena_close(&arena);
	return code;
}
