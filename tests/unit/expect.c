/*
 * Rules: what is read, what holds at the very edge of a bound, ranges to the last digit, patterns.
 */
#include "row/expect.h"

#include "sample.h"

static struct arena arena;
static struct fault fault;

static struct expect_rule rule_of(const char *text)
{
	struct expect_rules rules;

	fault = (struct fault){ 0 };
	if (!CHECK(expect_parse(&arena, "rules", text, strlen(text), &rules, &fault) == 0) ||
		!CHECK(rules.count == 1)) {
		printf("# %s: %s\n", text, fault.text);
		return (struct expect_rule){ 0 };
	}
	return rules.items[0];
}

static bool holds(const char *text, uint64_t good, uint64_t all)
{
	const struct expect_rule rule = rule_of(text);
	const struct expect_measured measured = { .good = good, .all = all };

	return expect_holds(&rule, &measured);
}

static void test_reading(void)
{
	struct expect_rule rule = rule_of("  unique( a.\"b \"\"c\" ,a.d)!=1.5%  # x");
	struct expect_rules rules;

	CHECK(rule.kind == EXPECT_UNIQUE && rule.column_count == 2 && rule.percent);
	CHECK(strcmp(rule.columns[0].column, "b \"c") == 0 && rule.bound == 1.5L);
	CHECK(rule.operator == EXPECT_OTHER);
	CHECK(strcmp(rule.text, "unique( a.\"b \"\"c\" ,a.d)!=1.5%") == 0);
	rule = rule_of("range(t.c, '', 'it''s')");
	CHECK(rule.limits[0].kind == BOUND_TEXT && rule.limits[0].size == 0);
	CHECK(rule.limits[1].size == 4);
	CHECK(rule.percent && rule.bound == 100 && rule.operator == EXPECT_EQUAL);
	rule = rule_of("rows(\xc3\xa4rger)=300\xc2\xb1" "5%");
	CHECK(rule.bound == 300 && rule.tolerance == 15);
	CHECK(strcmp(rule.columns[0].table, "\xc3\xa4rger") == 0);
	CHECK(expect_parse(&arena, "r", "\n# no\n\nrows(a) = 1\r\nrows(b) = 2", 31, &rules,
		&fault) == 0 && rules.count == 2 && rules.items[0].line == 4);
	CHECK(strcmp(rules.items[0].text, "rows(a) = 1") == 0);
	CHECK(expect_parse(&arena, "r", "", 0, &rules, &fault) == 0 && rules.count == 0);
}

static void test_bounds(void)
{
	CHECK(holds("rows(t) = 3", 3, 3) && !holds("rows(t) = 3", 4, 4));
	CHECK(holds("rows(t) = 100 +- 5%", 95, 95) && !holds("rows(t) = 100 +- 5%", 94, 94));
	CHECK(holds("rows(t) = 100 +- 5", 105, 105) && !holds("rows(t) != 100 +- 5", 105, 105));
	CHECK(holds("rows(t) < 3", 2, 2) && !holds("rows(t) < 3", 3, 3));
	CHECK(holds("rows(t) <= 3", 3, 3) && !holds("rows(t) > 3", 3, 3));
	CHECK(holds("notnull(t.c) >= 95%", 95, 100) && !holds("notnull(t.c) >= 95%", 949, 1000));
	CHECK(holds("notnull(t.c) >= 33.3%", 333, 1000) && !holds("notnull(t.c)", 999999, 1000000));
	CHECK(holds("notnull(t.c) = 50% +- 1", 51, 100) && !holds("notnull(t.c) = 50% +- 1", 52,
		100));
	CHECK(holds("unique(t.c)", 0, 0) && holds("notnull(t.c) < 5", 4, 1000));
	/* a quotient would round it to 1 */
	CHECK(!holds("unique(t.c)", 9007199254740992, 9007199254740993));
}

static void test_showing(void)
{
	static const struct { uint64_t good, all; const char *text; } cases[] = {
		{ 1, 1, "100% (1 of 1)" }, { 0, 0, "100% (0 of 0)" }, { 1, 3, "33.33% (1 of 3)" },
		{ 1, 2, "50% (1 of 2)" }, { 999999, 1000000, "99.99% (999,999 of 1,000,000)" },
		{ 1, 100000, "0% (1 of 100,000)" }, { 5, 1000, "0.5% (5 of 1,000)" },
	};
	const struct expect_rule rule = rule_of("notnull(t.c)"), newest = rule_of(
		"newest(t.c) < 1 day");
	struct expect_measured age = { .timed = true, .age = 90000000 };
	struct bytes text = { 0 };

	for (size_t i = 0; i < COUNT(cases); i++) {
		const struct expect_measured measured = { .good = cases[i].good,
			.all = cases[i].all };

		bytes_clear(&text);
		expect_show(&text, &rule, &measured);
		if (!CHECK(text.size == strlen(cases[i].text) && memcmp(text.data, cases[i].text,
			text.size) == 0))
			printf("# %s: %.*s\n", cases[i].text, (int)text.size, text.data);
	}
	bytes_clear(&text);
	expect_show(&text, &newest, &age);
	CHECK(text.size == 11 && memcmp(text.data, "1.5 minutes", 11) == 0);
	CHECK(expect_holds(&newest, &age));
	age.age = INT64_C(86400000000);
	CHECK(!expect_holds(&newest, &age));
	age.timed = false;
	CHECK(!expect_holds(&newest, &age));
	bytes_close(&text);
}

static bool ranges(const char *text, enum type_kind kind, struct value cell)
{
	const struct expect_rule rule = rule_of(text);
	const struct type type = { .kind = kind, .fraction = -1 };

	return expect_fits(&rule, &type) && expect_in_range(&rule, &type, &cell);
}

static void test_ranges(void)
{
	const struct value real = { .kind = VALUE_REAL, .real = 0.1 };
	const struct value nan = { .kind = VALUE_REAL, .real = __builtin_nan("") };

	CHECK(ranges("range(t.c,1,3)", TYPE_INT8, integer_value(3)));
	CHECK(!ranges("range(t.c,1,3)", TYPE_INT8, integer_value(4)));
	CHECK(ranges("range(t.c,-1.5,9223372036854775807)", TYPE_INT8, integer_value(-1)));
	CHECK(!ranges("range(t.c,-1.5,3)", TYPE_INT8, integer_value(-2)));
	CHECK(ranges("range(t.c,0,9223372036854775808)", TYPE_INT8, integer_value(INT64_MAX)));
	CHECK(!ranges("range(t.c,0,9223372036854775806)", TYPE_INT8, integer_value(INT64_MAX)));
	CHECK(ranges("range(t.c,0.1,0.1)", TYPE_FLOAT8, real));
	CHECK(!ranges("range(t.c,-1,1)", TYPE_FLOAT8, nan));
	CHECK(ranges("range(t.c,-10,10)", TYPE_NUMERIC, text_value("-10.000")));
	CHECK(!ranges("range(t.c,-10,10)", TYPE_NUMERIC, text_value("-10.001")));
	CHECK(ranges("range(t.c,0.9,1.05)", TYPE_NUMERIC, text_value("1.049999999999999999999")));
	CHECK(!ranges("range(t.c,0.9,1.05)", TYPE_NUMERIC, text_value("1.050000000000000000001")));
	CHECK(!ranges("range(t.c,0,9)", TYPE_NUMERIC, text_value("10")));
	CHECK(!ranges("range(t.c,0,9)", TYPE_NUMERIC, text_value("NaN")));
	CHECK(ranges("range(t.c,'a','c')", TYPE_TEXT, text_value("bzz")));
	CHECK(!ranges("range(t.c,'a','c')", TYPE_TEXT, text_value("ca")));
	CHECK(!ranges("range(t.c,'0','9')", TYPE_RAW, integer_value(5)));
	CHECK(!ranges("range(t.c,0,9)", TYPE_RAW, text_value("5")));
	CHECK(ranges("range(t.c,'2000-01-01','2000-01-03')", TYPE_DATE, integer_value(2)));
	CHECK(!ranges("range(t.c,'2000-01-01','2000-01-03')", TYPE_DATE, integer_value(3)));
	CHECK(!ranges("range(t.c,'2000-01-01','x')", TYPE_DATE, integer_value(1)));
	CHECK(!ranges("range(t.c,1,2)", TYPE_DATE, integer_value(1)));
}

static void test_patterns(void)
{
	static const struct { const char *pattern, *text; bool matches; } cases[] = {
		{ "", "", true }, { "", "a", false }, { "*", "", true }, { "*", "abc", true },
		{ "a*c", "abbbc", true }, { "a*c", "abbb", false }, { "?", "\xc3\xa9", true },
		{ "?", "", false }, { "??", "\xc3\xa9", false }, { "[a-c]x", "bx", true },
		{ "[a-c]", "d", false }, { "[^a-c]", "d", true }, { "[^a-c]", "", false },
		{ "[]x]", "]", true }, { "[^]]", "]", false }, { "[", "[", true },
		{ "[a", "[a", true },
		{ "[a-]", "-", true }, { "[\xc3\xa0-\xc3\xbf]", "\xc3\xa9", true },
		{ "A", "a", false }, { "*.*@*", "a.b@c", true }, { "*a*b*c", "xaybzc", true },
		{ "*a*b*c", "xaybz", false }, { "a**b", "ab", true }, { "*[0-9]", "x7", true },
		{ "[*]", "*", true }, { "[*]", "a", false },
	};
	struct bytes text = { 0 };

	for (size_t i = 0; i < COUNT(cases); i++) {
		const struct value cell = text_value(cases[i].text);
		struct expect_rule rule = { .pattern = cases[i].pattern,
			.pattern_size = strlen(cases[i].pattern) };

		if (!CHECK(expect_matches(&rule, &cell) == cases[i].matches))
			printf("# %s of %s\n", cases[i].pattern, cases[i].text);
	}
	/* no pattern takes long */
	for (int i = 0; i < 30000; i++)
		bytes_add_byte(&text, 'a');
	struct value cell = { .kind = VALUE_TEXT, .size = (uint32_t)text.size };
	struct expect_rule slow = { .pattern = "*a*a*a*a*a*a*a*a*b", .pattern_size = 18 };

	cell.data = text.data;
	CHECK(!expect_matches(&slow, &cell));
	bytes_close(&text);
	cell = integer_value(-120);
	slow = (struct expect_rule){ .pattern = "-1[0-9]0", .pattern_size = 8 };
	CHECK(expect_matches(&slow, &cell));
}

int main(void)
{
	static const struct test tests[] = {
		{ "what is read", test_reading },
		{ "bounds, at their edge", test_bounds },
		{ "shares and ages as people read them", test_showing },
		{ "ranges", test_ranges },
		{ "patterns", test_patterns },
	};
	const int status = test_run(tests, COUNT(tests));

	arena_close(&arena);
	return status;
}
