/* Lines of plans: what they say, what they match, and that what is printed reads back. */
#include "row/plan.h"

#include <string.h>

#include "row/print_plan.h"
#include "test.h"

static struct arena arena;

static struct plan_line *read_line(struct plan *plan, const char *text)
{
	struct fault fault = { 0 };
	size_t count = plan->count;

	plan->arena = &arena;
	if (!CHECK(plan_add(plan, "test", text, &fault) == 0 && plan->count == count + 1)) {
		printf("# %s\n", fault.text);
		return NULL;
	}
	return &plan->lines[count];
}

static bool same(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

static void test_names(void)
{
	static const struct {
		const char *line, *table, *column, *schema, *to_table, *to_column;
	} samples[] = {
		{ "a -> b", "a", NULL, NULL, "b", NULL },
		{ "a -> s.b", "a", NULL, "s", "b", NULL },
		{ "a.b -> c", "a", "b", NULL, NULL, "c" },
		{ "a.b->c.d", "a", "b", NULL, "c", "d" },
		{ " a . b -> s . c . d ", "a", "b", "s", "c", "d" },
		{ "A.B -> C.D", "A", "B", NULL, "c", "d" },
		{ "\"A\".\"b\"\"c\" -> \"C\".\"d.e\"", "A", "b\"c", NULL, "C", "d.e" },
		{ "a.b -> …", "a", "b", NULL, NULL, NULL },
		{ "a.b -> *", "a", "b", NULL, NULL, NULL },
		{ "a.b -> x.*.…", "a", "b", "x", NULL, NULL },
		{ "* -> app.*", "*", NULL, "app", NULL, NULL },
		{ "*.*_at -> …", "*", "*_at", NULL, NULL, NULL },
		{ "U&\"\\000a\\\\\\+01F600\".u&\"\"\"\" -> c", "\n\\😀", "\"", NULL, NULL, "c" },
		{ "日本.ü -> É", "日本", "ü", NULL, NULL, "É" },
		{ "\"\".\"\" -> c", "", "", NULL, NULL, "c" },
		{ "a.b -> \"skip\"", "a", "b", NULL, NULL, "skip" },
		{ "a.b -> skip.c", "a", "b", NULL, "skip", "c" },
		{ "a.b -> \"*\" # c", "a", "b", NULL, NULL, "*" },
	};

	for (size_t i = 0; i < sizeof(samples) / sizeof(samples[0]); i++) {
		struct plan plan = { 0 };
		const struct plan_line *line = read_line(&plan, samples[i].line);

		if (line == NULL || !CHECK(same(line->table.text, samples[i].table) &&
			same(line->column.text, samples[i].column) &&
			same(line->to_schema, samples[i].schema) &&
			same(line->to_table, samples[i].to_table) &&
			same(line->to_column, samples[i].to_column) && !line->skip))
			printf("# %s\n", samples[i].line);
	}
}

/* Words behind the target, and how they are printed. */
static void test_words(void)
{
	static const char *const samples[][2] = {
		{ "bigint", NULL },
		{ "BigInt", "bigint" },
		{ "timestamp with time zone", "timestamptz" },
		{ "double precision", NULL },
		{ "numeric(10, 2)", "numeric(10,2)" },
		{ "timestamptz(3) epoch_ms", NULL },
		{ "timestamptz EPOCH_US NULLIFY 0 -1", "timestamptz epoch_us nullify 0 -1" },
		{ "date compact nullify '' 'N/A' 0", NULL },
		{ "date nullify N/A 0000-00-00", "date nullify 'N/A' 0000-00-00" },
		{ "date nullify '' nullify 'a''b' '#'", "date nullify '' 'a''b' '#'" },
		{ "date nullify U&'\\0009'", NULL },
		{ "text nul strip utf8 latin1", NULL },
		{ "text utf8 escape nul escape nullify 'nul'",
			"text nul escape utf8 escape nullify 'nul'" },
		{ "timestamptz zone +02:00", NULL },
		{ "timestamptz zone -0330 julian", "timestamptz julian zone -03:30" },
		{ "timestamptz zone UTC", "timestamptz" },
		{ "integer loose", NULL },
		{ "inet", NULL },
		{ "\"My Type\"", NULL },
		{ "text[]", NULL },
		{ "interval epoch_us", NULL },
		{ "numeric(10,2) ROUND loose", "numeric(10,2) loose round" },
		{ "timestamptz(3) zone +01:00 round nullify ''", NULL },
		{ "INTERVAL(3) epoch_s", "interval(3) epoch_s" },
	};

	for (size_t i = 0; i < sizeof(samples) / sizeof(samples[0]); i++) {
		const char *wanted = samples[i][1] != NULL ? samples[i][1] : samples[i][0];
		struct conversion conversion;
		struct fault fault = { 0 };
		struct bytes text = { 0 };
		bool zoned;

		if (!CHECK(plan_words(&arena, samples[i][0], &conversion, &zoned, &fault) == 0)) {
			printf("# %s\n", fault.text);
			continue;
		}
		plan_add_words(&text, &conversion);
		bytes_add_byte(&text, 0);
		if (!CHECK(same((char *)text.data, wanted)))
			printf("# %s became %s\n", samples[i][0], (char *)text.data);
		bytes_close(&text);
	}
}

static void test_refused(void)
{
	static const char *const samples[] = {
		"a", "a.b", "a.b ->", "-> b", "a.b.c -> d", "a.b -> c.d.e.f", "a -> b.c.d",
		".b -> c",
		"a. -> c", "a b -> c", "a-b -> c", "'a'.b -> c", "[a].b -> c", "`a` -> b",
		"\"a.b -> c", "a.b -> \"\"", "a.b -> x*", "a.b -> skip text", "a -> b text",
		"a.b -> * text text", "a.b -> * nosuch policy", "a.b -> * epoch_s",
		"a.b -> * nullify 0",
		"a.b -> * text epoch_s", "a.b -> * interval julian",
		"a.b -> * numeric round", "a.b -> * numeric(3,-1) round",
		"a.b -> * bigint round", "a.b -> * date round",
		"a.b -> * interval[] epoch_s", "a.b -> * intervals epoch_s",
		"a.b -> * date epoch_s epoch_ms", "a.b -> * date nullify",
		"a.b -> * date nullify (x)", "a.b -> * date nullify 'a",
		"a.b -> * date nullify a'b'",
		"a.b -> * date nullify \"a\"", "a.b -> * text nul", "a.b -> * text nul keep",
		"a.b -> * text utf8 cp1252", "a.b -> * text reject", "a.b -> * raw",
		"a.b -> * serial", "a.b -> * timestamp zone +02:00", "a.b -> * timestamptz zone",
		"a.b -> * timestamptz zone +16:00", "a.b -> * timestamptz zone Europe/Paris",
		"a.b -> * (INTEGER; x)", "U&\"\\d800\" -> a", "U&\"\\0000\" -> a",
		"U&\"\\00\" -> a",
		"a\x01.b -> c", "a.b -> c \x7f",
		"a.b -> aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
	};

	for (size_t i = 0; i < sizeof(samples) / sizeof(samples[0]); i++) {
		struct plan plan = { .arena = &arena };
		struct fault fault = { 0 };

		if (!CHECK(plan_add(&plan, "test", samples[i], &fault) == STATUS_MISFIT))
			printf("# %s\n", samples[i]);
		CHECK(strncmp(fault.text, "test: ", 6) == 0);
	}
}

static void test_comments(void)
{
	struct plan plan = { .arena = &arena };
	struct fault fault = { 0 };
	const struct plan_line *line;

	CHECK(plan_add(&plan, "test", "", &fault) == 0 && plan.count == 0);
	CHECK(plan_add(&plan, "test", "  # a.b -> c", &fault) == 0 && plan.count == 0);
	line = read_line(&plan, "a.b -> * text# decide: 1 of 2");
	CHECK(line != NULL && same(line->comment, "decide: 1 of 2"));
	line = read_line(&plan, "a.b -> * text #");
	CHECK(line != NULL && line->comment == NULL);
	line = read_line(&plan, "a -> skip # no");
	CHECK(line != NULL && line->skip && same(line->comment, "no"));
}

static void test_file(void)
{
	static const char text[] = "\xef\xbb\xbf# head\r\n\r\na.b -> c\r\n  a -> skip";
	static const char wrong[] = "a.b -> c\n\nnothing\n";
	struct plan plan = { .arena = &arena };
	struct fault fault = { 0 };

	CHECK(plan_parse(&plan, "f", text, sizeof(text) - 1, &fault) == 0);
	CHECK(plan.count == 2 && same(plan.lines[0].origin, "f, line 3"));
	CHECK(same(plan.lines[1].text, "a -> skip"));
	CHECK(plan_parse(&plan, "f", "", 0, &fault) == 0 && plan.count == 2);
	CHECK(plan_parse(&plan, "f", wrong, sizeof(wrong) - 1, &fault) == STATUS_MISFIT);
	CHECK(strncmp(fault.text, "f, line 3: ", 11) == 0);
	fault = (struct fault){ 0 };
	CHECK(plan_parse(&plan, "f", "a\0b", 3, &fault) == STATUS_MISFIT);
	CHECK(strstr(fault.text, "NUL") != NULL);
	fault = (struct fault){ 0 };
	CHECK(plan_parse(&plan, "f", "a\xff", 2, &fault) == STATUS_MISFIT);
	CHECK(strstr(fault.text, "UTF-8") != NULL);
}

static void test_matches(void)
{
	struct plan plan = { .arena = &arena };
	struct plan_orders orders;
	struct fault fault = { 0 };

	read_line(&plan, "*.*_at -> * timestamptz epoch_ms");
	read_line(&plan, "LOGS.made_at -> x.made");
	read_line(&plan, "\"Logs\".made_at -> wrong");
	read_line(&plan, "logs -> skip");
	read_line(&plan, "logs -> app.*");
	read_line(&plan, "logs.id -> skip");
	CHECK(plan_table(&plan, "logs", &orders, &fault) == 0);
	CHECK(!orders.skip && orders.schema == &plan.lines[4] && orders.table == NULL);
	CHECK(plan_column(&plan, "logs", "made_at", &orders, &fault) == 0);
	CHECK(orders.type == &plan.lines[0] && orders.column == &plan.lines[1]);
	CHECK(orders.table == &plan.lines[1] && !orders.skip);
	CHECK(plan_column(&plan, "logs", "ID", &orders, &fault) == 0 && orders.skip);
	CHECK(plan_column(&plan, "logs", "other", &orders, &fault) == 0 && orders.type == NULL);
	CHECK(!plan.lines[2].used && plan.lines[0].used && plan.lines[3].used);
	CHECK(plan_column(&plan, "Logs", "made_at", &orders, &fault) == 0);
	CHECK(orders.column == &plan.lines[2] && plan.lines[2].used);
}

static void test_zones(void)
{
	static const struct {
		const char *text;
		int32_t seconds; /* -1: it is none */
	} samples[] = {
		{ "UTC", 0 }, { "z", 0 }, { "+00:00", 0 }, { "+02:00", 7200 }, { "-0330", -12600 },
		{ "+1", 3600 }, { "+01", 3600 }, { "+15:59", 57540 }, { "+16", -1 },
		{ "+1:00", -1 },
		{ "+100", -1 }, { "02:00", -1 }, { "+", -1 }, { "", -1 }, { "+02:60", -1 },
		{ "+02:000", -1 }, { "+2:", -1 }, { "CET", -1 }, { "+02-00", -1 },
	};

	for (size_t i = 0; i < sizeof(samples) / sizeof(samples[0]); i++) {
		int32_t seconds = 0;
		bool known = plan_zone(samples[i].text, strlen(samples[i].text), &seconds);

		if (!CHECK(known ? seconds == samples[i].seconds : samples[i].seconds == -1))
			printf("# %s\n", samples[i].text);
	}
}

/* What is printed for a table reads back as the same names. */
static void test_print(void)
{
	static const char *const names[] = {
		"", "plain", "Case", "skip", "*", "?", "…", "a.b", "a -> b", "#", "a\"b", "a'b",
		"\\",
		"a\nb\\", "\x1b[31m", "\u202ex", "1a", "$", "日本", "\xf3\xa0\x81\x81",
	};
	enum { COUNT = sizeof(names) / sizeof(names[0]) };
	struct column columns[COUNT] = { { 0 } };
	struct table table = { .source = "T\n", .name = "t", .schema = "s", .columns = columns,
		.column_count = COUNT };
	struct plan plan = { .arena = &arena };
	struct fault fault = { 0 };
	struct bytes text = { 0 };

	for (size_t i = 0; i < COUNT; i++) {
		columns[i].source = names[i];
		columns[i].name = i == 0 ? "x" : names[i];
		columns[i].note = i % 2 ? "text nullify '#' # 1..2\ndate # likely" : "\"a#\" # b";
	}
	plan_print(&text, &table);
	if (!CHECK(plan_parse(&plan, "f", text.data, text.size, &fault) == 0))
		printf("# %s\n", fault.text);
	CHECK(plan.count == COUNT);
	for (size_t i = 0; i < plan.count; i++) {
		const struct plan_line *line = &plan.lines[i];

		CHECK(same(line->table.text, "T\n") && same(line->column.text, names[i]));
		CHECK(same(line->to_column, columns[i].name) && same(line->to_schema, "s"));
		CHECK(same(line->comment, i % 2 ? "1..2" : "b"));
	}
	bytes_close(&text);
}

int main(void)
{
	static const struct test tests[] = {
		{ "names", test_names },
		{ "types and policies", test_words },
		{ "what is no line", test_refused },
		{ "comments", test_comments },
		{ "files", test_file },
		{ "matches", test_matches },
		{ "zones", test_zones },
		{ "what is printed reads back", test_print },
	};
	int code = test_run(tests, sizeof(tests) / sizeof(tests[0]));

	arena_close(&arena);
	return code;
}
