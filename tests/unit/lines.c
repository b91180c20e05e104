/*
 * Rows as lines of JSON: any row comes back as it went out, and what is no such row is refused with
 * its place.  JSON itself, taken apart in place.
 */
#include "wire/lines.h"

#include <stdlib.h>

#include "base/json_read.h"
#include "sample.h"
#include "wire/pack.h"

static struct arena arena;
static struct fault fault;

/* --- JSON ------------------------------------------------------------------------------------- */

/* Everything that is in the text, in a form of its own; NULL: it is ill. */
static const char *walk(const char *text)
{
	const size_t size = strlen(text);
	uint8_t *copy = malloc(size > 0 ? size : 1);
	struct json_reader reader;
	struct json_read_value value = { 0 };
	struct bytes all = { 0 };
	char open[16];
	int depth = 0;
	bool more = true;

	memcpy(copy, text, size);
	reader = json_read_begin(copy, size);
	while (reader.why == NULL) {
		if (more && json_read_value(&reader, &value)) {
			if (value.kind == JSON_READ_OBJECT || value.kind == JSON_READ_ARRAY)
				open[depth++] = value.kind == JSON_READ_OBJECT ? '}' : ']';
			bytes_format(&all, "%.*s|", (int)value.size, (const char *)value.data);
		}
		if (depth == 0)
			break;
		more = open[depth - 1] == '}' ? json_read_member(&reader, &value) :
			json_read_item(&reader);
		if (more && open[depth - 1] == '}')
			bytes_format(&all, "%.*s:", (int)value.size, (const char *)value.data);
		if (!more && reader.why == NULL)
			bytes_format(&all, "%c|", open[--depth]);
	}
	json_read_end(&reader);
	bytes_add_byte(&all, '\0');
	text = reader.why != NULL ? NULL : arena_text(&arena, (const char *)all.data);
	bytes_close(&all);
	free(copy);
	return text;
}

static bool is(const char *text, const char *wanted)
{
	const char *found = walk(text);

	if (found != NULL && strcmp(found, wanted) == 0)
		return true;
	printf("# %s: %s\n", text, found == NULL ? "(ill)" : found);
	return false;
}

static void test_json(void)
{
	static const char *const ill[] = { "", " ", "{", "[", "[1", "[1,", "[1,]", "[,1]",
		"{\"a\"}", "{\"a\":}", "{\"a\":1,}", "{a:1}", "{1:1}", "[1 2]", "1 2", "[1]]",
		"nul", "tru",
		"01", "-", "+1", "1.", ".5", "1e", "1e+", "NaN", "\"", "\"\\\"", "\"\\x\"",
		"\"\\u12\"", "\"\\ud800\"", "\"\\udc00\"", "\"\\ud800\\u0041\"", "\"\t\"",
		"\"\xff\"", "\"\xed\xa0\x80\"", "'a'", "[1}", "{\"a\":1]", "\"\\",
		"{\"a\" 1}", "{\"a", "{\"a\":\"" };

	CHECK(is("5", "5|") && is(" -0.5e+3 ", "-0.5e+3|") && is("null", "null|"));
	CHECK(is("[]", "[|]|") && is("{}", "{|}|") && is("[[],{}]", "[|[|]|{|}|]|"));
	CHECK(is("{\"a\": 1, \"b\": [2, 3], \"\": true}", "{|a:1|b:[|2|3|]|:true|}|"));
	CHECK(is("\"\\u0041\\n\\\"\\\\\\/\\u00e4\\ud83d\\ude00\"", "A\n\"\\/\xc3\xa4"
		"\xf0\x9f\x98\x80|"));
	for (size_t i = 0; i < COUNT(ill); i++)
		if (!CHECK(walk(ill[i]) == NULL))
			printf("# %s\n", ill[i]);
}

/* --- rows ------------------------------------------------------------------------------------- */

static struct column columns[] = {
	{ .source = "a", .name = "a", .type = "raw" },
	{ .source = "b", .name = "b\"\\\n", .type = "raw" },
	{ .source = "c", .name = "\xc3\xa4", .type = "raw" },
};
static struct table raw = { .source = "t", .name = "t", .columns = columns, .column_count = 3 };

static bool same_row(const struct value *a, const struct value *b, uint32_t count)
{
	struct bytes left = { 0 }, right = { 0 };
	bool same;

	pack_row(&left, a, count);
	pack_row(&right, b, count);
	same = left.size == right.size && memcmp(left.data, right.data, left.size) == 0;
	bytes_close(&left);
	bytes_close(&right);
	return same;
}

static bool comes_back(struct lines *lines, const struct value *cells)
{
	struct value back[16];
	struct bytes line = { 0 };
	bool same;

	lines_add(lines, &line, cells);
	same = lines_read(lines, line.data, line.size - 1, back) == LINES_ROW &&
		same_row(cells, back, (uint32_t)lines->table->column_count);
	if (!same)
		printf("# %s: %.*s\n", lines->why, (int)line.size, (const char *)line.data);
	bytes_close(&line);
	return same;
}

static void test_round(void)
{
	struct lines lines;
	uint8_t data[3][80];
	struct value cells[3];
	unsigned lost = 0;

	CHECK(lines_begin(&lines, &arena, &raw, &fault) == 0);
	for (int i = 0; i < 20000; i++) {
		for (int j = 0; j < 3; j++) {
			cells[j] = sample_value(data[j], sizeof(data[j]));
			if (cells[j].kind == VALUE_BOOL) /* the source has none */
				cells[j] = integer_value(cells[j].truth);
		}
		lost += !comes_back(&lines, cells);
	}
	CHECK(lost == 0);
	cells[0] = (struct value){ .kind = VALUE_REAL, .real = -0.0 };
	cells[1] = (struct value){ .kind = VALUE_REAL, .real = 5e-324 };
	cells[2] = (struct value){ .kind = VALUE_REAL, .real = 1e15 };
	CHECK(comes_back(&lines, cells));
	lines_close(&lines);
}

/* One cell of a type, there and back. */
static bool typed(const char *type, struct value cell)
{
	struct column column = { .source = "c", .name = "c", .type = "x", .target = type };
	const struct table table = { .name = "t", .columns = &column, .column_count = 1 };
	struct lines lines;
	bool same = CHECK(lines_begin(&lines, &arena, &table, &fault) == 0) &&
		comes_back(&lines, &cell);

	lines_close(&lines);
	return same;
}

static void test_types(void)
{
	struct value bytes = { .kind = VALUE_BYTES, .size = 16 };

	bytes.data = (const uint8_t *)"\0\1\2\3\4\5\6\7\0\1\2\3\4\5\6\7";
	CHECK(typed("bool", (struct value){ .kind = VALUE_BOOL, .truth = true }));
	CHECK(typed("smallint", integer_value(-32768)));
	CHECK(typed("bigint", integer_value(INT64_MIN)));
	CHECK(typed("real", (struct value){ .kind = VALUE_REAL, .real = (double)0.1f }));
	CHECK(typed("float8", (struct value){ .kind = VALUE_REAL, .real = 1 }));
	CHECK(typed("float8", (struct value){ .kind = VALUE_REAL, .real = __builtin_nan("") }));
	CHECK(typed("float8", (struct value){ .kind = VALUE_REAL, .real = -__builtin_inf() }));
	CHECK(typed("numeric", text_value("1.50")) && typed("numeric", text_value("NaN")));
	CHECK(typed("numeric(5,2)", text_value("1.50")) && typed("numeric", text_value("-0.0001")));
	CHECK(typed("varchar(3)", text_value("\xc3\xa4\"\\")));
	CHECK(typed("char(3)", text_value("a  ")));
	CHECK(typed("json", text_value("\"\\u0000\"")) && typed("char", text_value(" ")));
	CHECK(typed("json", text_value("{ \"a\": 1}")) && typed("jsonb", text_value("[1.0]")));
	CHECK(typed("bytea", bytes) && typed("uuid", bytes) && typed("inet", text_value("::1")));
	CHECK(typed("date", integer_value(INT32_MIN)) && typed("date", integer_value(-1)));
	CHECK(typed("time", integer_value(INT64_C(86400000000))));
	CHECK(typed("time", integer_value(0)));
	CHECK(typed("timestamp", integer_value(INT64_MAX)));
	CHECK(typed("timestamptz(3)", integer_value(INT64_MIN)));
	CHECK(typed("int4", (struct value){ .kind = VALUE_NULL }));
}

static enum lines_result read_line(const struct table *table, const char *text, const char *why)
{
	struct value cells[16];
	struct lines lines;
	const size_t size = strlen(text);
	uint8_t *copy = malloc(size + 1);
	enum lines_result result;

	memcpy(copy, text, size);
	CHECK(lines_begin(&lines, &arena, table, &fault) == 0);
	result = lines_read(&lines, copy, size, cells);
	if (result != LINES_ROW && !CHECK(strstr(lines.why, why) != NULL))
		printf("# %s: %s\n", text, lines.why);
	lines_close(&lines);
	free(copy);
	return result;
}

static void test_refusing(void)
{
	static struct column one[] = { { .name = "n", .type = "int4", .target = "integer" },
		{ .name = "d", .type = "date", .target = "date" } };
	const struct table typed_table = { .name = "t", .columns = one, .column_count = 2 };
	static struct column twice[] = { { .name = "n", .type = "raw" },
		{ .name = "n", .type = "raw" } };
	const struct table doubled = { .name = "t", .columns = twice, .column_count = 2 };
	struct lines lines;

	CHECK(read_line(&raw, "{\"\\u00e4\":1,\"a\":2,\"b\\\"\\\\\\n\":3}", "") == LINES_ROW);
	CHECK(read_line(&raw, "{\"a\":2,\"b\\\"\\\\\\n\":3}", "is missing") == LINES_ILL);
	CHECK(read_line(&raw, "{\"a\":2,\"a\":3}", "twice") == LINES_ILL);
	CHECK(read_line(&raw, "{\"A\":2}", "no such column") == LINES_ILL);
	CHECK(read_line(&raw, "[1]", "no object") == LINES_ILL);
	CHECK(read_line(&raw, "", "ends early") == LINES_ILL);
	CHECK(read_line(&raw, "{", "ends early") == LINES_ILL);
	CHECK(read_line(&raw, "{\"a\":[1]}", "an array") == LINES_ILL);
	CHECK(read_line(&raw, "{\"a\":{}}", "an object") == LINES_ILL);
	CHECK(read_line(&raw, "{\"a\":{\"bytes\":\"0\"}}", "an object") == LINES_ILL);
	CHECK(read_line(&raw, "{\"a\":{\"bytes\":\"0g\"}}", "an object") == LINES_ILL);
	CHECK(read_line(&raw, "{\"a\":{\"bytes\":\"00\",\"x\":1}}", "an object") == LINES_ILL);
	CHECK(read_line(&raw, "{\"a\":{\"real\":\"inf\"}}", "an object") == LINES_ILL);
	CHECK(read_line(&raw, "{\"a\":18446744073709551615}", "64 bits") == LINES_MISFIT);
	CHECK(read_line(&raw, "{\"a\":1e999}", "too large") == LINES_MISFIT);
	CHECK(read_line(&typed_table, "{\"n\":5,\"d\":\"2000-01-01\"} ", "") == LINES_ROW);
	CHECK(read_line(&typed_table, "{\"n\":5,\"d\":1}{}", "behind it") == LINES_ILL);
	CHECK(read_line(&typed_table, "{\"n\":2147483648", "beyond") == LINES_MISFIT);
	CHECK(read_line(&typed_table, "{\"n\":5.0", "fraction") == LINES_MISFIT);
	CHECK(read_line(&typed_table, "{\"n\":\"5\"", "no number") == LINES_MISFIT);
	CHECK(read_line(&typed_table, "{\"d\":2147483648", "no text") == LINES_MISFIT);
	CHECK(read_line(&typed_table, "{\"d\":\"2000-02-30\"", "") == LINES_MISFIT);
	CHECK(lines_begin(&lines, &arena, &doubled, &fault) == STATUS_MISFIT);
	lines_close(&lines);
}

int main(void)
{
	static const struct test tests[] = {
		{ "JSON, taken apart", test_json },
		{ "any row comes back", test_round },
		{ "cells of all types come back", test_types },
		{ "what is refused", test_refusing },
	};

	return test_run(tests, COUNT(tests));
}
