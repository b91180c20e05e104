/*
 * Conditions: what is read and what is refused, where; and what holds of which cell, in a raw table
 * and in a typed one.
 */
#include "row/where.h"

#include "sample.h"

static struct arena arena;
static struct fault fault;

enum { PLACE_ID, PLACE_NAME, PLACE_DATA, PLACES };

static struct column raw_columns[] = {
	{ .source = "id", .name = "id", .type = "raw" },
	{ .source = "name", .name = "Name", .type = "raw" },
	{ .source = "data", .name = "odd \"x", .type = "raw" },
};
static struct table raw = { .source = "t", .name = "t", .columns = raw_columns,
	.column_count = PLACES };

static bool parses(const char *text)
{
	struct where_rule rule;

	fault = (struct fault){ 0 };
	return where_parse(&arena, text, &rule, &fault) == 0;
}

static bool refuses(const char *text, const char *why)
{
	if (parses(text) || fault.status != STATUS_USAGE)
		return false;
	if (strstr(fault.text, why) != NULL)
		return true;
	printf("# %s\n", fault.text);
	return false;
}

static struct where *bind(const struct table *table, const char *condition)
{
	struct where_rule rule;
	struct where *where = NULL;
	char text[512];

	fault = (struct fault){ 0 };
	snprintf(text, sizeof(text), "t: %s", condition);
	if (where_parse(&arena, arena_text(&arena, text), &rule, &fault) == 0)
		where_bind(&arena, &rule, table, &where, &fault);
	if (fault.status != 0)
		printf("# %s: %s\n", text, fault.text);
	return where;
}

/* Of a row (id, name, NULL). */
static enum where_truth of(struct value id, struct value name, const char *condition)
{
	const struct value cells[PLACES] = { id, name, { .kind = VALUE_NULL } };
	struct where *where = bind(&raw, condition);

	return where == NULL ? WHERE_UNKNOWN : where_holds(where, cells);
}

static enum where_truth holds(const char *condition)
{
	return of(integer_value(5), text_value("Ann"), condition);
}

static void test_reading(void)
{
	struct where_rule rule;

	CHECK(where_parse(&arena, "\"a\"\"b\" . u* : x = 1", &rule, &fault) == 0);
	CHECK(strcmp(rule.aim.schema.text, "a\"b") == 0 && rule.aim.schema.quoted);
	CHECK(strcmp(rule.aim.table.text, "u*") == 0 && !rule.aim.table.quoted);
	CHECK(rule.root->kind == WHERE_COMPARE && rule.root->holds == WHERE_SAME);
	CHECK(parses("t:id=1") && parses("t: NOT a IS NULL AND b NOT IN (1,'x',x'00')"));
	CHECK(parses("t: (((a = -1.5e3)))") && parses("t: not not a = + 5"));
	CHECK(parses("t: a /* why */ > 1 -- so"));
	CHECK(parses("t: \"and\" = 1 or matches matches 'x'"));
}

static void test_refusing(void)
{
	char deep[400] = "t: ";

	CHECK(refuses("", "character 1: a name is missing"));
	CHECK(refuses("t", "character 2: it is no TABLE: CONDITION"));
	CHECK(refuses("t:", "character 3: a column is missing"));
	CHECK(refuses("a.b.c: x = 1", "no TABLE: CONDITION"));
	CHECK(refuses("\"t: x = 1", "stays open"));
	CHECK(refuses("a b: x = 1", "character 3"));
	CHECK(refuses("t: x", "an operator is missing"));
	CHECK(refuses("t: x like 'a'", "an operator is missing"));
	CHECK(refuses("t: x = y", "a constant is missing"));
	CHECK(refuses("t: x = NULL", "is null, or is not null"));
	CHECK(refuses("t: x is 5", "behind is stands null"));
	CHECK(refuses("t: x in 5", "( is missing") && refuses("t: x in (5", ") is missing"));
	CHECK(refuses("t: x in ()", "a constant is missing"));
	CHECK(refuses("t: (x = 1", ") is missing"));
	CHECK(refuses("t: x = 1 y = 2", "too much for a condition"));
	CHECK(refuses("t: x = 0x10", "it is no number") && refuses("t: x = 5x", "missing"));
	CHECK(refuses("t: x matches 5", "a pattern in single quotes"));
	CHECK(refuses("t: 'x' = 1", "a column is missing"));
	CHECK(refuses("t: \xc3\xa4 = ?", "character 8"));
	CHECK(refuses("t: x = '\xff'", "no text in UTF-8"));
	memset(deep + 3, '(', 200);
	memcpy(deep + 203, "x = 1", 6);
	CHECK(refuses(deep, "too deep"));
	CHECK(refuses("t: not not not not not not not not not not not not not not not not not not "
		"not not not not not not not not not not not not not not not not not not not not "
		"not not not not not not not not not not not not not not not not not not not not "
		"not not not not not not not not x = 1", "too deep"));
}

static void test_logic(void)
{
	CHECK(holds("id = 5") == WHERE_TRUE && holds("ID = 6") == WHERE_FALSE);
	CHECK(holds("id = 5 and name = 'Ann'") == WHERE_TRUE);
	CHECK(holds("id = 5 and name = 'ann'") == WHERE_FALSE);
	CHECK(holds("id = 6 or name = 'Ann' or id = 7") == WHERE_TRUE);
	/* and binds more than or, not more than and */
	CHECK(holds("id = 5 or id = 6 and id = 7") == WHERE_TRUE);
	CHECK(holds("(id = 5 or id = 6) and id = 7") == WHERE_FALSE);
	CHECK(holds("not id = 6 and id = 5") == WHERE_TRUE);
	CHECK(holds("not (id = 6 or id = 5)") == WHERE_FALSE);
	/* NULL */
	CHECK(holds("\"odd \"\"x\" = 1") == WHERE_UNKNOWN);
	CHECK(holds("not \"odd \"\"x\" != 1") == WHERE_UNKNOWN);
	CHECK(holds("\"odd \"\"x\" in (1)") == WHERE_UNKNOWN);
	CHECK(holds("\"odd \"\"x\" not matches 'x'") == WHERE_UNKNOWN);
	CHECK(holds("\"odd \"\"x\" is null") == WHERE_TRUE);
	CHECK(holds("\"odd \"\"x\" is not null") == WHERE_FALSE);
	CHECK(holds("\"odd \"\"x\" = 1 or id = 5") == WHERE_TRUE);
	CHECK(holds("\"odd \"\"x\" = 1 or id = 6") == WHERE_UNKNOWN);
	CHECK(holds("\"odd \"\"x\" = 1 and id = 6") == WHERE_FALSE);
	CHECK(holds("\"odd \"\"x\" = 1 and id = 5") == WHERE_UNKNOWN);
}

static void test_kinds(void)
{
	const struct value text = text_value("5"), name = text_value("b");
	const struct value half = { .kind = VALUE_REAL, .real = 5.5 };
	const struct value nan = { .kind = VALUE_REAL, .real = __builtin_nan("") };
	const struct value endless = { .kind = VALUE_REAL, .real = -__builtin_inf() };
	struct value bytes = { .kind = VALUE_BYTES, .size = 2 };
	struct where *where;

	bytes.data = (const uint8_t *)"\x00\xff";
	/* Another kind: not equal, neither below nor above. */
	CHECK(of(text, name, "id = 5") == WHERE_FALSE && of(text, name, "id != 5") == WHERE_TRUE);
	CHECK(of(text, name, "id < 6") == WHERE_FALSE && of(text, name, "id > 4") == WHERE_FALSE);
	CHECK(of(text, name, "id in (5, '5')") == WHERE_TRUE);
	CHECK(of(text, name, "id not in (5)") == WHERE_TRUE);
	CHECK(of(nan, name, "id != 5") == WHERE_TRUE && of(nan, name, "id > 5") == WHERE_FALSE);
	CHECK(of(endless, name, "id < -1e300") == WHERE_TRUE);
	CHECK(of(half, name, "id > 5") == WHERE_TRUE && of(half, name, "id = 5.50") == WHERE_TRUE);
	CHECK(of(integer_value(INT64_MAX), name, "id > 9223372036854775806.5") == WHERE_TRUE);
	CHECK(of(integer_value(INT64_MAX), name, "id < 9223372036854775808") == WHERE_TRUE);
	CHECK(of(integer_value(1), name, "id = true") == WHERE_TRUE);
	CHECK(of(bytes, name, "id = x'00FF'") == WHERE_TRUE);
	CHECK(of(bytes, name, "id < x'0100' and id > x'00'") == WHERE_TRUE);
	CHECK(of(bytes, name, "id matches '*'") == WHERE_FALSE);
	CHECK(of(integer_value(-12), name, "id matches '-1?'") == WHERE_TRUE);
	CHECK(of(text, name, "name >= 'b' and name < 'ba'") == WHERE_TRUE);
	where = bind(&raw, "id = 5");
	where_holds(where, &text);
	where_holds(where, &half);
	CHECK(where->others == 1);
}

static enum where_truth typed(const char *type, struct value cell, const char *condition)
{
	struct column column = { .source = "c", .name = "c", .type = type, .target = type };
	const struct table table = { .name = "t", .columns = &column, .column_count = 1 };
	struct where *where = bind(&table, condition);

	return where == NULL ? WHERE_UNKNOWN : where_holds(where, &cell);
}

static bool misfits(const char *type, const char *condition)
{
	return typed(type, integer_value(0), condition) == WHERE_UNKNOWN &&
		fault.status == STATUS_MISFIT;
}

static void test_types(void)
{
	const struct value truth = { .kind = VALUE_BOOL, .truth = true };
	struct value uuid = { .kind = VALUE_BYTES, .size = 16 };

	uuid.data = (const uint8_t *)"\x01\x23\x45\x67\x89\xab\xcd\xef\x01\x23\x45\x67\x89\xab\xcd"
		"\xef";
	CHECK(typed("numeric", text_value("1.50"), "c = 1.5") == WHERE_TRUE);
	CHECK(typed("numeric", text_value("-10"), "c < -9.99") == WHERE_TRUE);
	CHECK(typed("numeric", text_value("Infinity"), "c > 1e9") == WHERE_TRUE);
	CHECK(typed("numeric", text_value("-Infinity"), "c < 1") == WHERE_TRUE);
	CHECK(typed("numeric", text_value("NaN"), "c > 1 or c <= 1") == WHERE_FALSE);
	CHECK(typed("date", integer_value(0), "c = '2000-01-01'") == WHERE_TRUE);
	CHECK(typed("timestamp", integer_value(1), "c > '2000-01-01'") == WHERE_TRUE);
	CHECK(typed("timestamptz", integer_value(0), "c = '2000-01-01 01:00:00+01'") == WHERE_TRUE);
	CHECK(typed("time", integer_value(60000000), "c = '00:01'") == WHERE_TRUE);
	CHECK(typed("bool", truth, "c = true") == WHERE_TRUE);
	CHECK(typed("bool", truth, "c > false and c != false") == WHERE_TRUE);
	CHECK(typed("uuid", uuid, "c = '01234567-89ab-cdef-0123-456789ABCDEF'") == WHERE_TRUE);
	CHECK(typed("text", text_value("x"), "c is not null") == WHERE_TRUE);
	CHECK(misfits("int8", "c = 'x'") && misfits("text", "c = 5") && misfits("bool", "c = 1"));
	CHECK(misfits("date", "c = '2000-13-01'") && misfits("date", "c = 5"));
	CHECK(misfits("uuid", "c = 'x'") && misfits("bytea", "c = 'x'"));
	CHECK(misfits("timestamp", "c matches '2*'") && misfits("int8", "d = 5"));
	CHECK(misfits("float8", "c in (1, 'x')"));
}

int main(void)
{
	static const struct test tests[] = {
		{ "what is read", test_reading },
		{ "what is refused, and where", test_refusing },
		{ "and, or, not, NULL", test_logic },
		{ "cells of all kinds in a raw table", test_kinds },
		{ "typed columns", test_types },
	};

	return test_run(tests, COUNT(tests));
}
