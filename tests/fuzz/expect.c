/*
 * Any bytes as rules.  Nothing may crash; what is refused has a place; what is understood is the
 * same when its own text is read again, can be judged and shown, and takes any cell.
 */
#include "check.h"

#include "base/utf8.h"
#include "row/expect.h"

static void check_again(struct arena *arena, const struct expect_rule *rule)
{
	struct expect_rules again;
	struct fault fault = { 0 };
	const struct expect_rule *other;

	EXPECT(expect_parse(arena, "again", rule->text, strlen(rule->text), &again, &fault) == 0);
	EXPECT(again.count == 1);
	other = &again.items[0];
	EXPECT(other->kind == rule->kind && other->operator == rule->operator &&
		other->column_count == rule->column_count && other->percent == rule->percent);
	EXPECT(other->bound == rule->bound && other->tolerance == rule->tolerance);
	EXPECT(strcmp(other->text, rule->text) == 0 && other->line == 1);
	for (uint32_t i = 0; i < rule->column_count; i++)
		EXPECT(strcmp(other->columns[i].table, rule->columns[i].table) == 0);
}

static void check_cells(const struct expect_rule *rule, const uint8_t *data, size_t size)
{
	static const enum type_kind kinds[] = { TYPE_RAW, TYPE_NUMERIC, TYPE_TEXT, TYPE_DATE,
		TYPE_TIMESTAMP, TYPE_TIME, TYPE_INT8 };
	struct value cells[4] = { { .kind = VALUE_TEXT, .size = (uint32_t)size },
		{ .kind = VALUE_INTEGER, .integer = (int64_t)size - 3 },
		{ .kind = VALUE_REAL, .real = (double)size / 3 }, { .kind = VALUE_BOOL } };

	cells[0].data = data;
	for (size_t i = 0; i < 4; i++)
		for (size_t j = 0; j < sizeof(kinds) / sizeof(kinds[0]); j++) {
			const struct type type = { .kind = kinds[j], .fraction = -1 };

			if (!expect_fits(rule, &type))
				continue;
			if (rule->kind == EXPECT_RANGE)
				expect_in_range(rule, &type, &cells[i]);
			if (rule->kind == EXPECT_MATCHES)
				expect_matches(rule, &cells[i]);
		}
}

static void check_rule(struct arena *arena, const struct expect_rule *rule, const uint8_t *data,
	size_t size)
{
	const struct expect_measured measured = { .all = size, .good = size / 2,
		.timed = size % 2 == 0, .age = (int64_t)size * 1000000007 };
	struct bytes text = { 0 };

	EXPECT(rule->column_count >= 1 && rule->column_count <= EXPECT_COLUMNS);
	EXPECT(rule->kind == EXPECT_ROWS || rule->columns[0].column != NULL);
	check_again(arena, rule);
	expect_holds(rule, &measured);
	expect_show(&text, rule, &measured);
	EXPECT(text.size > 0 && utf8_valid(text.data, text.size));
	bytes_close(&text);
	check_cells(rule, data, size);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena arena = { 0 };
	struct expect_rules rules;
	struct fault fault = { 0 };
	const bool valid = utf8_valid(data, size);

	expect_parse(&arena, "rules", data, size, &rules, &fault);
	EXPECT(fault.status == 0 || fault.status == STATUS_USAGE);
	EXPECT((fault.status != 0) == (*fault.text != '\0'));
	EXPECT(fault.status == 0 || strncmp(fault.text, "rules", 5) == 0);
	EXPECT(valid || fault.status != 0);
	for (size_t i = 0; i < rules.count; i++)
		check_rule(&arena, &rules.items[i], data, valid ? size : 0);
	arena_close(&arena);
	return 0;
}
