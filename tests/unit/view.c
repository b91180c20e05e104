/*
 * What becomes of views, each exactly; a "!" stands in front of a reason.  a and b are tables of
 * the columns below.
 */
#include "row/view.h"

#include <string.h>

#include "row/expression.h"
#include "row/view_order.h"
#include "test.h"

static const struct expression_column columns[] = {
	{ "id", "id", { .kind = TYPE_INT8 }, true, .declared = "INTEGER" },
	{ "n", "N", { .kind = TYPE_INT4 }, .declared = "INT" },
	{ "r", "r", { .kind = TYPE_FLOAT8 }, .declared = "REAL" },
	{ "t", "t", { .kind = TYPE_TEXT }, .declared = "TEXT" },
	{ "c", "c", { .kind = TYPE_TEXT }, .declared = "TEXT", .nocase = true },
	{ "b", "b", { .kind = TYPE_BOOL }, .declared = "BOOLEAN" },
};

enum { COLUMNS = sizeof(columns) / sizeof(columns[0]) };

static struct arena arena;

static struct relation make(struct relation_column *to, const char *source, const char *target)
{
	static const struct profile profile;
	static const size_t keys[] = { 0 };

	for (size_t i = 0; i < COLUMNS; i++) {
		to[i] = (struct relation_column){
			.source = columns[i].source,
			.target = columns[i].target,
			.piece = expression_column_piece(&columns[i]),
		};
		relation_prove(&to[i].piece, &profile);
	}
	return (struct relation){ .source = source, .target = target, .columns = to,
		.count = COLUMNS, .keys = keys, .key_count = 1, .rows = 1000 };
}

static const char *translate(const char *sql, struct relation *made)
{
	struct relation_column first[COLUMNS], second[COLUMNS];
	struct relation items[] = { make(first, "a", "s.a"), make(second, "b", "s.b") };
	struct relations relations = { items, 2 };
	const char *why = NULL, *text = NULL;
	struct view view;

	if (view_parse(&arena, sql, &view, &why))
		text = view_translate(&arena, &view, &relations, made, &why);
	return text != NULL ? text : arena_format(&arena, "! %s", why);
}

static void check(const char *select, const char *wanted)
{
	struct relation made;
	const char *sql = arena_format(&arena, "CREATE VIEW v AS SELECT %s", select);
	const char *found = translate(sql, &made);

	if (!CHECK(strcmp(found, wanted) == 0))
		printf("# %s\n# %s\n", sql, found);
}

static void test_clauses(void)
{
	check("1 AS x", "SELECT 1");
	check("ID, N x FROM A", "SELECT \"A\".\"id\", \"A\".\"N\" FROM s.a AS \"A\"");
	check("x.n FROM a x, b WHERE x.id = b.id AND b.b",
		"SELECT \"x\".\"N\" FROM s.a AS \"x\" CROSS JOIN s.b AS \"b\" "
		"WHERE \"x\".\"id\" = \"b\".\"id\" AND \"b\".\"b\"");
	check("a.id FROM a LEFT JOIN b USING (id)",
		"SELECT \"a\".\"id\" FROM s.a AS \"a\" LEFT JOIN s.b AS \"b\" "
		"ON \"a\".\"id\" = \"b\".\"id\"");
	check("t, count(*), avg(n) FROM a GROUP BY 1 HAVING max(n) > 2 ORDER BY 2 DESC, t",
		"SELECT \"a\".\"t\", count(*), sum(\"a\".\"N\")::float8 / count(\"a\".\"N\") "
		"FROM s.a AS \"a\" GROUP BY \"a\".\"t\" HAVING max(\"a\".\"N\") > 2 "
		"ORDER BY count(*) DESC, \"a\".\"t\" COLLATE \"C\" NULLS FIRST");
	check("DISTINCT min(t), b = 0 FROM a GROUP BY b",
		"SELECT DISTINCT min(\"a\".\"t\" COLLATE \"C\") COLLATE \"default\", "
		"(NOT \"a\".\"b\")::int FROM s.a AS \"a\" GROUP BY \"a\".\"b\"");
	check("n FROM a UNION SELECT 1 ORDER BY 1 LIMIT 2, 3",
		"SELECT * FROM (SELECT \"a\".\"N\" FROM s.a AS \"a\" UNION SELECT 1) AS q (c1) "
		"ORDER BY q.c1 NULLS FIRST LIMIT 3 OFFSET 2");
}

static void test_reasons(void)
{
	check("x FROM a", "! has the name x, which is no column here");
	check("id FROM a, b", "! has the name id, which several tables have");
	check("* FROM a, a", "! reads two tables as a");
	check("* FROM c", "! reads c, which is not carried over");
	check("t, max(n) FROM a", "! has t, which is neither grouped by nor aggregated");
	check("sum(r) FROM a", "! has sum() of reals, whose last digits depend on the order");
	check("id FROM a ORDER BY n LIMIT 1",
		"! has a LIMIT, and its ORDER BY leaves it open which rows come first");
	check("DISTINCT c FROM a", "! drops equal rows by c, which is compared without regard to "
		"case or blanks");
	check("1; DROP TABLE a", "! has DROP where the end is wanted");
	check("[a\x1b" "b\n] FROM a", "! has the name a\\x1bb\\n, which is no column here");
}

/* A column that is the table's stays so for views on it; the others have the names of SQLite. */
static void test_columns(void)
{
	static const char *const names[] = { "id", "id:1", "n + 1", "column4", "Last" };
	struct relation made = { 0 };

	translate("CREATE VIEW v AS SELECT id, a.id, n + 1 , t AS true, r 'Last' FROM a", &made);
	if (!CHECK(made.count == 5))
		return;
	for (size_t i = 0; i < 5; i++)
		CHECK(strcmp(made.columns[i].source, names[i]) == 0);
	CHECK(made.columns[4].quoted && !made.columns[0].quoted);
	CHECK(made.columns[2].piece.kind == PIECE_INTEGER && made.columns[2].piece.text == NULL);
	CHECK(made.rows == 1000);
}

static void test_order(void)
{
	struct object objects[] = {
		{ .kind = "view", .name = "c", .sql = "CREATE VIEW c AS SELECT * FROM B, a" },
		{ .kind = "trigger", .name = "t" },
		{ .kind = "view", .name = "b", .sql = "CREATE VIEW b AS SELECT * FROM a" },
		{ .kind = "view", .name = "a", .sql = "CREATE VIEW a AS SELECT 1" },
		{ .kind = "view", .name = "x", .sql = "CREATE VIEW x AS SELECT '\\xff'" },
		{ .kind = "view", .name = "y" },
		{ .kind = "view", .name = "z", .sql = "CREATE VIEW z AS SELECT * FROM z" },
	};
	const struct object *list[] = { &objects[0], &objects[1], &objects[2], &objects[3],
		&objects[4], &objects[5], &objects[6] };
	static const size_t places[] = { 3, 2, 0, 4, 5, 6 };
	struct view_entry *entries;
	size_t count;

	if (!CHECK(view_order(&arena, list, 7, &entries, &count)) || !CHECK(count == 6))
		return;
	for (size_t i = 0; i < count; i++)
		CHECK(entries[i].place == places[i] && (entries[i].why != NULL) == (i > 2));
}

int main(void)
{
	static const struct test tests[] = {
		{ "clauses", test_clauses },
		{ "reasons", test_reasons },
		{ "names of columns", test_columns },
		{ "views in order", test_order },
	};
	int status = test_run(tests, sizeof(tests) / sizeof(tests[0]));

	arena_close(&arena);
	return status;
}
