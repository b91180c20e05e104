/* Names by every rule, and what happens to those that cannot be. */
#include "row/names.h"

#include <string.h>

#include "test.h"

static struct arena arena;

static bool same(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

static struct table make_table(uint32_t number, const char *source, bool quoted)
{
	struct table table = { .number = number, .source = source, .name = source,
		.quoted = quoted, .coverage = "whole", .column_count = 1 };

	table.columns = arena_array(&arena, 8, sizeof(*table.columns));
	table.columns[0] = (struct column){ .source = "id", .name = "id", .quoted = quoted };
	return table;
}

static void add_column(struct table *table, const char *source, bool quoted)
{
	table->columns[table->column_count++] =
		(struct column){ .source = source, .name = source, .quoted = quoted };
}

/* Names the tables; how many remarks there are. */
static int name_tables(struct table *tables, size_t count, enum naming_style style,
	struct plan *plan, struct fault *fault)
{
	struct plan none = { .arena = &arena };
	struct naming naming = { &arena, style, NULL, plan == NULL ? &none : plan };
	struct table *list[16];
	int remarks = 0;

	for (size_t i = 0; i < count; i++)
		list[i] = &tables[i];
	if (names_give(&naming, list, count, NULL, 0, fault) != 0)
		return -1;
	for (size_t i = 0; i < count; i++)
		remarks += (int)tables[i].remarks.count;
	return remarks;
}

static void check_name(const char *source, bool quoted, enum naming_style style, const char *name)
{
	struct table table = make_table(1, "t", true);
	struct fault fault = { 0 };

	add_column(&table, source, quoted);
	CHECK(name_tables(&table, 1, style, NULL, &fault) == 0);
	if (!CHECK(same(table.columns[1].name, name)))
		printf("# %s became %s, not %s\n", source, table.columns[1].name, name);
}

static void test_rules(void)
{
	static const char *const snakes[][2] = {
		{ "userId", "user_id" }, { "UserID", "user_id" }, { "HTMLPage", "html_page" },
		{ "already_snake", "already_snake" }, { "With Blank", "with_blank" },
		{ "Price ($)", "price" }, { "a-b", "a_b" }, { "__x", "__x" }, { "X", "x" },
		{ "SHA256Sum", "sha256_sum" }, { "naïveName", "naïve_name" },
		{ "_Private", "_private" },
		{ "a__b", "a__b" }, { "ABC", "abc" }, { "end_", "end_" },
	};

	check_name("UserId", false, NAMES_SQL, "userid");
	check_name("UserId", true, NAMES_SQL, "UserId");
	check_name("ÄÖ", false, NAMES_SQL, "ÄÖ");
	check_name("UserId", false, NAMES_KEEP, "UserId");
	check_name("UserId", true, NAMES_LOWER, "userid");
	for (size_t i = 0; i < sizeof(snakes) / sizeof(snakes[0]); i++)
		check_name(snakes[i][0], true, NAMES_SNAKE, snakes[i][1]);
}

static void test_renamed_table(void)
{
	struct table tables[] = { make_table(1, "Renamed", true), make_table(2, "Quoted", true) };
	struct fault fault = { 0 };

	tables[0].columns[0].quoted = false;
	CHECK(name_tables(tables, 2, NAMES_SQL, NULL, &fault) == 1);
	CHECK(same(tables[0].name, "renamed") && same(tables[1].name, "Quoted"));
}

#define X62 "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"

static void test_long(void)
{
	struct table table = make_table(1, "t", true);
	struct fault fault = { 0 };

	add_column(&table, X62 "ab", true);
	add_column(&table, X62 "ac", true);
	add_column(&table, X62 "ü", true);
	add_column(&table, X62 "a", true);
	CHECK(name_tables(&table, 1, NAMES_SQL, NULL, &fault) == 3);
	CHECK(same(table.columns[4].name, X62 "a"));
	CHECK(same(table.columns[3].name, X62));
	for (int i = 1; i <= 2; i++)
		CHECK(strlen(table.columns[i].name) == 63 && table.columns[i].name[56] == '_');
	CHECK(!same(table.columns[1].name, table.columns[2].name));
}

/* The suffix does not depend on what else is there. */
static void test_stable(void)
{
	struct table one = make_table(1, "t", true), other = make_table(7, "t", true);
	struct fault fault = { 0 };

	add_column(&one, "user_name", true);
	add_column(&one, "userName", true);
	add_column(&other, "UserName", true);
	add_column(&other, "userName", true);
	add_column(&other, "user_name", true);
	CHECK(name_tables(&one, 1, NAMES_SNAKE, NULL, &fault) == 1);
	CHECK(name_tables(&other, 1, NAMES_SNAKE, NULL, &fault) == 2);
	CHECK(same(one.columns[1].name, "user_name") && same(other.columns[3].name, "user_name"));
	CHECK(same(one.columns[2].name, other.columns[2].name));
}

static void test_impossible(void)
{
	static const char *const system[] = { "tableoid", "xmin", "cmin", "xmax", "cmax", "ctid" };
	struct table table = make_table(3, "", true);
	struct fault fault = { 0 };

	add_column(&table, "", true);
	CHECK(name_tables(&table, 1, NAMES_SQL, NULL, &fault) == 2);
	CHECK(same(table.name, "table_3") && same(table.columns[1].name, "column_2"));
	table = make_table(1, "xmin", true);
	for (size_t i = 0; i < 6; i++)
		add_column(&table, system[i], true);
	CHECK(name_tables(&table, 1, NAMES_SQL, NULL, &fault) == 6);
	CHECK(same(table.name, "xmin") && same(table.columns[2].name, "xmin_"));
	table = make_table(1, "t", true);
	add_column(&table, "oid", true);
	add_column(&table, "XMIN", true);
	CHECK(name_tables(&table, 1, NAMES_KEEP, NULL, &fault) == 0);
}

static void test_keys(void)
{
	struct table tables[] = { make_table(1, "a", false), make_table(2, "a_pkey", false) };
	struct term id = { .column = "id" };
	struct index primary = { .terms = &id, .term_count = 1 };
	struct index uniques[] = { primary, primary };
	struct index indexes[] = {
		{ .name = "A", .quoted = false, .terms = &id, .term_count = 1, .sql = "" },
		{ .name = "A_Index", .quoted = true, .terms = &id, .term_count = 1, .sql = "" },
		{ .name = "a_id_seq", .quoted = true, .terms = &id, .term_count = 1, .sql = "" },
	};
	struct check checks[] = { { .expression = "x" },
		{ .name = "c", .expression = "x" }, { .name = "c", .expression = "x" } };
	struct fault fault = { 0 };

	tables[0].primary = &primary;
	tables[0].uniques = uniques;
	tables[0].unique_count = 2;
	tables[0].indexes = indexes;
	tables[0].index_count = 3;
	tables[0].checks = checks;
	tables[0].check_count = 3;
	tables[0].columns[0].identity = "rowid";
	CHECK(name_tables(tables, 2, NAMES_SQL, NULL, &fault) == 3);
	CHECK(same(primary.name, "a_pkey1"));
	CHECK(same(uniques[0].name, "a_id_key") && same(uniques[1].name, "a_id_key1"));
	CHECK(strncmp(indexes[0].name, "a_", 2) == 0 && strlen(indexes[0].name) == 8);
	CHECK(same(indexes[1].name, "A_Index"));
	CHECK(strlen(indexes[2].name) == strlen("a_id_seq_123456"));
	CHECK(same(checks[0].name, "a_check") && same(checks[1].name, "c"));
	CHECK(strncmp(checks[2].name, "c_", 2) == 0);
}

/* PostgreSQL cuts the longer of both parts. */
static void test_long_keys(void)
{
	struct table table = make_table(1, X62, true);
	struct term id = { .column = "id" };
	struct index unique = { .terms = &id, .term_count = 1 };
	struct fault fault = { 0 };

	table.uniques = &unique;
	table.unique_count = 1;
	CHECK(name_tables(&table, 1, NAMES_SQL, NULL, &fault) == 0);
	CHECK(strlen(unique.name) == 63 && same(unique.name + 55, "x_id_key"));
}

static void test_views(void)
{
	struct table table = make_table(1, "Totals", false);
	struct object views[] = {
		{ .kind = "view", .name = "Sums", .sql = "CREATE VIEW Sums AS SELECT 1" },
		{ .kind = "view", .name = "Kept", .sql = "CREATE TEMP VIEW \"Kept\" AS SELECT 1" },
		{ .kind = "view", .name = "totals", .sql = "CREATE VIEW totals AS SELECT 1" },
		{ .kind = "trigger", .name = "Fired", .table = "Totals" },
	};
	struct plan plan = { .arena = &arena };
	struct naming naming = { &arena, NAMES_SQL, "app", &plan };
	struct table *tables[] = { &table };
	struct object *objects[] = { &views[0], &views[1], &views[2], &views[3] };
	struct fault fault = { 0 };

	CHECK(names_give(&naming, tables, 1, objects, 4, &fault) == 0);
	CHECK(same(table.schema, "app") && same(table.name, "totals"));
	CHECK(same(views[0].name, "sums") && same(views[1].name, "Kept"));
	CHECK(strncmp(views[2].name, "totals_", 7) == 0 && views[2].remark != NULL);
	CHECK(same(views[3].name, "Fired") && same(views[3].table, "Totals"));
}

/* SQLite takes FROM totals for the table, whatever it is called afterwards. */
static void test_view_columns(void)
{
	struct table table = make_table(1, "Totals", false);
	struct object view = { .kind = "view", .name = "Sums",
		.sql = "CREATE VIEW Sums AS SELECT Aa, aa AS Bb, 1 \"Cc\", 2 BB FROM totals" };
	struct plan plan = { .arena = &arena };
	struct naming naming = { &arena, NAMES_SQL, "app", &plan };
	struct table *tables[] = { &table };
	struct object *objects[] = { &view };
	struct fault fault = { 0 };

	add_column(&table, "aA", true);
	CHECK(names_give(&naming, tables, 1, objects, 1, &fault) == 0);
	CHECK(same(view.name, "sums") && same(view.schema, "app"));
	if (!CHECK(view.columns.count == 4))
		return;
	CHECK(same(view.columns.items[0], "aA") && same(view.columns.items[1], "bb"));
	CHECK(same(view.columns.items[2], "Cc") && same(view.columns.items[3], "bb:1"));
}

static int with_plan(struct table *tables, size_t count, const char *text, struct fault *fault)
{
	struct plan plan = { .arena = &arena };

	*fault = (struct fault){ 0 };
	CHECK(plan_parse(&plan, "f", text, strlen(text), fault) == 0);
	return name_tables(tables, count, NAMES_SQL, &plan, fault);
}

static void test_plan(void)
{
	struct table table = make_table(1, "T", true);
	struct fault fault;

	add_column(&table, "a", true);
	CHECK(with_plan(&table, 1, "\"T\".id -> s.new.\"Id\"", &fault) == 0);
	CHECK(same(table.schema, "s") && same(table.name, "new") &&
		same(table.columns[0].name, "Id") && same(table.columns[1].name, "a"));
	/* whoever was given a name keeps it */
	CHECK(with_plan(&table, 1, "t.id -> a", &fault) == 1);
	CHECK(same(table.columns[0].name, "a") && strlen(table.columns[1].name) == 8);
	CHECK(with_plan(&table, 1, "t.id -> x\nt.a -> x", &fault) == -1);
	CHECK(fault.status == STATUS_MISFIT && strncmp(fault.text, "f, line 2: ", 11) == 0);
	CHECK(with_plan(&table, 1, "t.id -> x.b\nt.a -> y.c", &fault) == -1);
	CHECK(with_plan(&table, 1, "t.id -> x.b\nt.a -> y.c\nt -> z", &fault) >= 0);
	CHECK(same(table.name, "z"));
	CHECK(with_plan(&table, 1, "t.id -> xmax", &fault) == -1);
	CHECK(with_plan(&table, 1, "t -> pg_x.t", &fault) == -1);
}

/* Names that the rules give, too, keep what the rules say about them. */
static void test_read_back(void)
{
	struct table table = make_table(1, "t", true);
	struct fault fault = { 0 };

	add_column(&table, "xmin", true);
	CHECK(with_plan(&table, 1, "t.xmin -> xmin_", &fault) == 1);
	table.remarks.count = 0;
	CHECK(with_plan(&table, 1, "t.xmin -> other", &fault) == 0);
}

int main(void)
{
	static const struct test tests[] = {
		{ "rules", test_rules },
		{ "a table that was renamed", test_renamed_table },
		{ "long names", test_long },
		{ "stable suffixes", test_stable },
		{ "names that cannot be", test_impossible },
		{ "keys, indexes, constraints", test_keys },
		{ "long names of keys", test_long_keys },
		{ "views", test_views },
		{ "columns of views", test_view_columns },
		{ "names of a plan", test_plan },
		{ "a plan read back", test_read_back },
	};
	int code = test_run(tests, sizeof(tests) / sizeof(tests[0]));

	arena_close(&arena);
	return code;
}
