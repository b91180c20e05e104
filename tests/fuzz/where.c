/*
 * Any bytes as a condition.  What is refused says where; what is understood is a truth of any row,
 * its contrary is the contrary, and no comparison holds of NULL.
 */
#include "check.h"

#include "base/utf8.h"
#include "row/where.h"

static struct column columns[] = {
	{ .name = "a", .type = "raw" }, { .name = "b", .type = "int8" },
	{ .name = "c", .type = "text" }, { .name = "d", .type = "numeric" },
	{ .name = "e", .type = "timestamptz" }, { .name = "f", .type = "bool" },
	{ .name = "g", .type = "uuid" }, { .name = "h", .type = "bytea" },
};
enum { COLUMNS = sizeof(columns) / sizeof(columns[0]) };

static const struct table table = { .name = "t", .schema = "s", .columns = columns,
	.column_count = COLUMNS };

static bool asks_for_null(const struct where *where)
{
	for (const struct where *item = where->items; item != NULL; item = item->next)
		if (asks_for_null(item))
			return true;
	return where->kind == WHERE_NULL;
}

static void check_row(struct where *where, struct where *contrary, const struct value *cells)
{
	const enum where_truth truth = where_holds(where, cells);
	const enum where_truth other = where_holds(contrary, cells);

	EXPECT(truth == WHERE_TRUE || truth == WHERE_FALSE || truth == WHERE_UNKNOWN);
	EXPECT((truth == WHERE_UNKNOWN) == (other == WHERE_UNKNOWN));
	EXPECT(truth == WHERE_UNKNOWN || truth != other);
}

static void check_rows(struct where *where, const uint8_t *data, size_t size)
{
	struct where contrary = { .kind = WHERE_NOT, .items = where };
	const struct value text = { .kind = VALUE_TEXT, .size = (uint32_t)size, .data = data };
	const struct value bytes = { .kind = VALUE_BYTES, .size = 16,
		.data = (const uint8_t *)"0123456789abcdef" };
	const struct value digits = { .kind = VALUE_TEXT, .size = 4,
		.data = (const uint8_t *)"1.50" };
	const struct value row[COLUMNS] = { text, { .kind = VALUE_INTEGER, .integer = 5 }, text,
		digits, { .kind = VALUE_INTEGER, .integer = -7 }, { .kind = VALUE_BOOL }, bytes,
		bytes };
	const struct value nulls[COLUMNS] = { { .kind = VALUE_NULL } };
	struct value any[COLUMNS];

	check_row(where, &contrary, row);
	check_row(where, &contrary, nulls);
	EXPECT(asks_for_null(where) || where_holds(where, nulls) == WHERE_UNKNOWN);
	/* What a stream says is no promise: cells of any kind in any column. */
	for (size_t i = 0; i < COLUMNS; i++) {
		for (size_t j = 0; j < COLUMNS; j++)
			any[j] = row[i];
		check_row(where, &contrary, any);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena arena = { 0 };
	char *text = arena_copy(&arena, data, size);
	struct where_rule rule;
	struct fault fault = { 0 };
	struct where *where = NULL;

	where_parse(&arena, text, &rule, &fault);
	EXPECT(fault.status == 0 || fault.status == STATUS_USAGE);
	EXPECT((fault.status != 0) == (*fault.text != '\0'));
	EXPECT(utf8_valid((const uint8_t *)text, strlen(text)) || fault.status != 0);
	if (fault.status == 0) {
		aim_matches(&rule.aim, &table);
		where_bind(&arena, &rule, &table, &where, &fault);
		EXPECT(fault.status == 0 || fault.status == STATUS_MISFIT);
	}
	if (fault.status == 0)
		check_rows(where, (const uint8_t *)text, strlen(text));
	arena_close(&arena);
	return 0;
}
