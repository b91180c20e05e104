/* A table with fewer columns says no more than is still true. */
#include "row/narrow.h"

#include "sample.h"

static struct arena arena;
static struct fault fault;

static struct column columns[] = {
	{ .source = "id", .name = "id" },
	{ .source = "A", .name = "renamed" },
	{ .source = "b", .name = "b", .generated = "a + 1", .stored = true },
	{ .source = "odd name", .name = "c" },
};

static struct table narrowed(struct table table, const char *kept)
{
	uint32_t places[8];
	size_t count = strlen(kept);

	table.source = table.name = "t";
	table.columns = columns;
	table.column_count = COUNT(columns);
	for (size_t i = 0; i < count; i++)
		places[i] = (uint32_t)(kept[i] - '0');
	CHECK(narrow_table(&arena, &table, places, count, &fault) == 0);
	return table;
}

static bool remarks(const struct table *table, const char *text)
{
	for (size_t i = 0; i < table->remarks.count; i++)
		if (strcmp(table->remarks.items[i], text) == 0)
			return true;
	for (size_t i = 0; i < table->remarks.count; i++)
		printf("# %s\n", table->remarks.items[i]);
	return false;
}

#define GONE " left out with a column that it needs"

static void test_columns(void)
{
	static const char *old[] = { "an old remark" };
	struct table table = narrowed((struct table){ .remarks = { old, 1 } }, "321");

	CHECK(table.column_count == 3 && strcmp(table.columns[0].name, "c") == 0);
	CHECK(strcmp(table.columns[2].name, "renamed") == 0 && table.columns[1].stored);
	CHECK(strcmp(table.columns[1].generated, "a + 1") == 0);
	CHECK(table.remarks.count == 1 && remarks(&table, "an old remark"));
	CHECK(columns[0].source[0] == 'i' && old[0][0] == 'a');
	table = narrowed((struct table){ 0 }, "2");
	CHECK(table.columns[0].generated == NULL && !table.columns[0].stored);
	CHECK(remarks(&table, "generated expression of b" GONE) && columns[2].generated != NULL);
	table = narrowed((struct table){ 0 }, "");
	CHECK(table.column_count == 0);
}

static void test_keys(void)
{
	struct term id = { .column = "ID" }, a = { .column = "a" }, both[] = { id, a };
	struct term expression = { .expression = "lower(\"odd name\")" };
	struct index primary = { .terms = &id, .term_count = 1 };
	struct index list[] = { { .name = "one", .terms = &id, .term_count = 1 },
		{ .name = "two", .terms = both, .term_count = 2 },
		{ .name = "three", .terms = &expression, .term_count = 1 },
		{ .name = "four", .terms = &id, .term_count = 1, .where = "[A] IS NOT NULL" } };
	struct table all = { .primary = &primary, .uniques = list, .unique_count = 2,
		.indexes = list, .index_count = 4 };
	struct table table = narrowed(all, "0123");

	CHECK(table.primary != NULL && table.unique_count == 2 && table.index_count == 4);
	CHECK(table.remarks.count == 0);
	table = narrowed(all, "12");
	CHECK(table.primary == NULL && table.unique_count == 0 && table.index_count == 0);
	CHECK(remarks(&table, "primary key" GONE) && remarks(&table, "unique key one" GONE));
	CHECK(remarks(&table, "index three" GONE) && table.remarks.count == 7);
	table = narrowed(all, "03");
	CHECK(table.primary == &primary && table.unique_count == 1 && table.index_count == 2);
	CHECK(strcmp(table.indexes[1].name, "three") == 0 && table.remarks.count == 3);
	CHECK(all.index_count == 4 && strcmp(list[1].name, "two") == 0);
}

static void test_foreigns(void)
{
	static const char *one[] = { "id" }, *two[] = { "id", "a" };
	struct foreign list[] = { { .table = "p", .columns = { one, 1 } },
		{ .table = "q", .columns = { two, 2 } } };
	struct table table = narrowed((struct table){ .foreigns = list, .foreign_count = 2 }, "02");

	CHECK(table.foreign_count == 1 && strcmp(table.foreigns[0].table, "p") == 0);
	CHECK(remarks(&table, "foreign key to q" GONE));
}

/* Any word may be a column: rather a check too few than one that is wrong. */
static void test_checks(void)
{
	struct check list[] = { { .expression = "id > 0" }, { .expression = "a > 0" },
		{ .expression = "`odd name` <> ''" }, { .expression = "'a' <> 'b' || 1" },
		{ .expression = "length(x) /* a */ < 3" } };
	struct table table = narrowed((struct table){ .checks = list, .check_count = 5 }, "0");

	CHECK(table.check_count == 2 && table.remarks.count == 3);
	CHECK(strcmp(table.checks[1].expression, list[4].expression) == 0);
	CHECK(remarks(&table, "check a > 0" GONE));
}

int main(void)
{
	static const struct test tests[] = {
		{ "columns", test_columns },
		{ "keys and indexes", test_keys },
		{ "foreign keys", test_foreigns },
		{ "checks", test_checks },
	};
	int code = test_run(tests, COUNT(tests));

	arena_close(&arena);
	return code;
}
