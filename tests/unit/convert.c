/*
 * Conversions: a table of cells with what they become, or why not; and round trips of generated
 * values, given back by slow ways of the C library's own.
 */
#include "row/convert.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "base/number.h"
#include "test.h"

static struct bytes scratch;

static struct value text(const char *text)
{
	return (struct value){
		.kind = VALUE_TEXT, .size = (uint32_t)strlen(text), .data = (const uint8_t *)text
	};
}

static struct value of_size(enum value_kind kind, const char *data, size_t size)
{
	return (struct value){
		.kind = kind, .size = (uint32_t)size, .data = (const uint8_t *)data
	};
}

static struct value integer(int64_t integer)
{
	return (struct value){ .kind = VALUE_INTEGER, .integer = integer };
}

static struct value real(double real)
{
	return (struct value){ .kind = VALUE_REAL, .real = real };
}

/* A type of fixed words: those of a plan, without policies. */
static struct conversion to(const char *words)
{
	static struct arena arena;
	struct conversion conversion = { 0 };

	CHECK(type_parse(&arena, words, &conversion.type));
	return conversion;
}

static struct conversion reading(const char *words, enum reading_of_time reading)
{
	struct conversion conversion = to(words);

	conversion.reading = reading;
	return conversion;
}

static struct conversion loose(const char *words)
{
	struct conversion conversion = to(words);

	conversion.loose = true;
	return conversion;
}

/* Converts, and prints the cell as JSON; NULL when it does not fit. */
static const char *convert(struct conversion conversion, struct value from, enum change *change)
{
	static struct bytes json;
	struct value cell;
	const char *why = NULL;

	if (!convert_value(&conversion, &from, &cell, &scratch, change, &why)) {
		CHECK(why != NULL && *why != '\0');
		return NULL;
	}
	bytes_clear(&json);
	value_json(&json, &cell);
	bytes_add_byte(&json, '\0');
	return (const char *)json.data;
}

static bool gives(struct conversion conversion, struct value from, const char *expected,
	enum change expected_change)
{
	enum change change = CHANGES;
	const char *json = convert(conversion, from, &change);

	if (json != NULL && expected != NULL && strcmp(json, expected) == 0 &&
	    change == expected_change)
		return true;
	if (json == NULL && expected == NULL)
		return true;
	printf("# %s, change %d\n", json == NULL ? "refused" : json, (int)change);
	return false;
}

static bool refuses(struct conversion conversion, struct value from)
{
	return gives(conversion, from, NULL, CHANGE_NONE);
}

static void test_bool(void)
{
	const struct value truth = { .kind = VALUE_BOOL, .truth = true };

	CHECK(gives(to("bool"), integer(0), "false", CHANGE_INTEGER_TO_BOOLEAN));
	CHECK(gives(to("bool"), integer(1), "true", CHANGE_INTEGER_TO_BOOLEAN));
	CHECK(gives(to("bool"), text("TRUE"), "true", CHANGE_TEXT_TO_BOOLEAN));
	CHECK(gives(to("bool"), text("n"), "false", CHANGE_TEXT_TO_BOOLEAN));
	CHECK(gives(to("bool"), text("Off"), "false", CHANGE_TEXT_TO_BOOLEAN));
	CHECK(gives(to("bool"), text("1"), "true", CHANGE_TEXT_TO_BOOLEAN));
	CHECK(gives(to("bool"), truth, "true", CHANGE_NONE));
	CHECK(gives(to("bigint"), truth, "1", CHANGE_NONE));
	CHECK(gives(to("text"), truth, "\"1\"", CHANGE_NUMBER_TO_TEXT));
	CHECK(refuses(to("bool"), integer(2)));
	CHECK(refuses(to("bool"), integer(-1)));
	CHECK(refuses(to("bool"), real(1)));
	CHECK(refuses(to("bool"), text("")));
	CHECK(refuses(to("bool"), text("tru")));
	CHECK(refuses(to("bool"), text("\x10")));
	CHECK(refuses(to("bool"), text("\x4f\x0e")));
	CHECK(refuses(to("bool"), of_size(VALUE_BYTES, "t", 1)));
}

static void test_arrays(void)
{
	static const char *const arrays[][2] = {
		{ "[]", "{}" }, { " [ ] ", "{}" }, { "[1,-2.50e3]", "{1,-2.50e3}" },
		{ "[true, false, null]", "{true,false,NULL}" },
		{ "[\"a\", \"\"]", "{\"a\",\"\"}" }, { "[\"NULL\"]", "{\"NULL\"}" },
		{ "[\"a\\\"\\\\,{}\"]", "{\"a\\\"\\\\,{}\"}" },
		{ "[\"\\u0041\\ud83d\\ude00\\n\"]", "{\"A\xf0\x9f\x98\x80\n\"}" },
		{ "[[1,2],[3,4]]", "{{1,2},{3,4}}" }, { "[[[1]],[[2]]]", "{{{1}},{{2}}}" },
		{ "{a,b}", "{a,b}" }, { " {a}", " {a}" }, { "[0:1]={1,2}", "[0:1]={1,2}" },
		{ "[[[[[[1]]]]]]", "{{{{{{1}}}}}}" },
		{ "[[[[[[[1]]]]]]]", NULL }, { "[1,[2]]", NULL }, { "[[1],2]", NULL },
		{ "[[1],[2,3]]", NULL }, { "[[]]", NULL }, { "[[1],[]]", NULL },
		{ "[{}]", NULL }, { "[[{\"a\":1}]]", NULL }, { "[1", NULL }, { "[a]", NULL },
		{ "1", NULL }, { "\"a\"", NULL }, { "null", NULL }, { "", NULL }, { "a,b", NULL },
	};
	struct conversion array = to("text[]");

	for (size_t i = 0; i < sizeof(arrays) / sizeof(arrays[0]); i++) {
		struct value value = text(arrays[i][0]), cell;
		enum change change;
		const char *why = NULL;
		bool fits = convert_value(&array, &value, &cell, &scratch, &change, &why);

		if (!CHECK(fits == (arrays[i][1] != NULL)) || (fits &&
			!CHECK(cell.size == strlen(arrays[i][1]) &&
			memcmp(cell.data, arrays[i][1], cell.size) == 0)))
			printf("# %s: %s\n", arrays[i][0], fits ? (const char *)cell.data : why);
	}
	CHECK(refuses(array, integer(1)) && refuses(array, real(1)));
	CHECK(gives(array, of_size(VALUE_BYTES, "[1]", 3), "\"{1}\"", CHANGE_JSON_TO_ARRAY));
}

static void test_intervals(void)
{
	const struct conversion plain = to("interval");
	const struct conversion micros = reading("interval", TIME_EPOCH_US);

	CHECK(gives(micros, integer(0), "\"00:00:00\"", CHANGE_NUMBER_TO_INTERVAL));
	CHECK(gives(micros, integer(90061000001), "\"1 day 01:01:01.000001\"",
		CHANGE_NUMBER_TO_INTERVAL));
	CHECK(gives(micros, integer(-1), "\"-1 days +23:59:59.999999\"",
		CHANGE_NUMBER_TO_INTERVAL));
	CHECK(gives(micros, integer(-2 * INT64_C(86400000000)), "\"-2 days\"",
		CHANGE_NUMBER_TO_INTERVAL));
	CHECK(gives(micros, integer(INT64_MAX), "\"106751991 days 04:00:54.775807\"",
		CHANGE_NUMBER_TO_INTERVAL));
	CHECK(gives(micros, integer(INT64_MIN), "\"-106751992 days +19:59:05.224192\"",
		CHANGE_NUMBER_TO_INTERVAL));
	CHECK(gives(micros, real(5e6), "\"00:00:05\"", CHANGE_NUMBER_TO_INTERVAL));
	CHECK(refuses(micros, real(0.5)));
	CHECK(gives(reading("interval", TIME_EPOCH_S), real(1.5), "\"00:00:01.5\"",
		CHANGE_NUMBER_TO_INTERVAL));
	CHECK(gives(reading("interval", TIME_EPOCH_MS), integer(1500), "\"00:00:01.5\"",
		CHANGE_NUMBER_TO_INTERVAL));
	CHECK(gives(reading("interval", TIME_EPOCH_NS), integer(1500000), "\"00:00:00.0015\"",
		CHANGE_NUMBER_TO_INTERVAL));
	CHECK(refuses(reading("interval", TIME_EPOCH_NS), integer(1)));
	CHECK(refuses(reading("interval", TIME_EPOCH_S), integer(INT64_MAX)));
	CHECK(refuses(plain, integer(5)) && refuses(plain, real(0.5)));
	CHECK(gives(plain, text("1970-01-02 03:00:00.5"), "\"1 day 03:00:00.5\"",
		CHANGE_TEXT_TO_INTERVAL));
	CHECK(gives(plain, text("1969-12-31 23:00:00"), "\"-1 days +23:00:00\"",
		CHANGE_TEXT_TO_INTERVAL));
	CHECK(gives(plain, text("1.02:03:04"), "\"1 days 02:03:04\"", CHANGE_TEXT_TO_INTERVAL));
	CHECK(gives(plain, text("-10.02:03:04.5"), "\"-10 days -02:03:04.5\"",
		CHANGE_TEXT_TO_INTERVAL));
	CHECK(gives(plain, text("02:03:04"), "\"02:03:04\"", CHANGE_NONE));
	CHECK(gives(plain, text("1.5 days"), "\"1.5 days\"", CHANGE_NONE));
	CHECK(gives(plain, text("P1DT2H"), "\"P1DT2H\"", CHANGE_NONE));
	CHECK(gives(plain, text("00:00:01.1234560"), "\"00:00:01.1234560\"", CHANGE_NONE));
	CHECK(refuses(plain, text("00:00:01.1234567")));
	CHECK(refuses(plain, text("1.00:00:01.0000001")));
	CHECK(refuses(to("interval(3)"), text("00:00:01.1234")));
	CHECK(gives(to("interval(3)"), text("00:00:01.1230"), "\"00:00:01.1230\"", CHANGE_NONE));
	CHECK(refuses(reading("interval(0)", TIME_EPOCH_MS), integer(1500)));
	CHECK(gives(reading("interval(1)", TIME_EPOCH_MS), integer(1500), "\"00:00:01.5\"",
		CHANGE_NUMBER_TO_INTERVAL));
}

static void test_labels(void)
{
	static const char *labels[] = { "a", "b c" };
	struct conversion mood = to("public.mood");

	CHECK(gives(mood, text("x"), "\"x\"", CHANGE_NONE));
	CHECK(gives(to("name"), text("x"), "\"x\"", CHANGE_NONE));
	CHECK(refuses(to("name"), text("0123456789012345678901234567890123456789012345678901234567"
		"890123")));
	CHECK(gives(to("\"char\""), text("x"), "\"x\"", CHANGE_NONE));
	CHECK(refuses(to("\"char\""), text("xy")));
	mood.labels = (struct texts){ labels, 2 };
	CHECK(gives(mood, text("b c"), "\"b c\"", CHANGE_NONE));
	CHECK(gives(mood, of_size(VALUE_BYTES, "a", 1), "\"a\"", CHANGE_BYTES_TO_TEXT));
	CHECK(refuses(mood, text("A")) && refuses(mood, text("")) && refuses(mood, integer(1)));
}

static void test_zones(void)
{
	struct conversion zoned = to("timestamptz"), local = to("timestamp");

	zoned.needs_offset = local.needs_offset = true;
	CHECK(refuses(zoned, text("2024-01-02 03:04:05")) && refuses(zoned, text("2024-01-02")));
	CHECK(gives(zoned, text("2000-01-01 00:00:00Z"), "0", CHANGE_TEXT_TO_TIME));
	CHECK(gives(zoned, text("2000-01-01 01:00:00+01"), "0", CHANGE_OFFSET_TO_UTC));
	CHECK(gives(local, text("2000-01-01 00:00:00"), "0", CHANGE_TEXT_TO_TIME));
	zoned.reading = TIME_COMPACT;
	CHECK(refuses(zoned, text("20240102")) && refuses(zoned, integer(20240102)));
	zoned.reading = TIME_EPOCH_S;
	CHECK(gives(zoned, integer(946684800), "0", CHANGE_NUMBER_TO_TIME));
	CHECK(refuses(to("time"), text("2000-01-01 00:00:01")));
	CHECK(gives(loose("time"), text("2000-01-01 00:00:01"), "1000000", CHANGE_TEXT_TO_TIME));
	CHECK(refuses(loose("time"), text("2000-01-02 00:00:01")));
	CHECK(refuses(loose("time"), text("1999-12-31 23:59:59")));
	CHECK(refuses(loose("time"), text("2000-01-01")));
}

static struct conversion rounding(const char *words)
{
	struct conversion conversion = to(words);

	conversion.round = true;
	return conversion;
}

static void test_rounding(void)
{
	static const char *const numbers[][3] = {
		{ "numeric(5,2)", "1.005", "\"1.01\"" },
		{ "numeric(5,2)", "1.0049999", "\"1.00\"" },
		{ "numeric(5,2)", "-1.005", "\"-1.01\"" }, { "numeric(5,2)", "-0.004", "\"0.00\"" },
		{ "numeric(5,2)", "999.994", "\"999.99\"" }, { "numeric(5,2)", "999.995", NULL },
		{ "numeric(5,2)", "99.995", "\"100.00\"" },
		{ "numeric(5,2)", "-9.999", "\"-10.00\"" },
		{ "numeric(5,0)", "0.5", "\"1\"" }, { "numeric(5,0)", "-0.4", "\"0\"" },
		{ "numeric(5,0)", "9.5", "\"10\"" }, { "numeric(3,3)", "0.9995", NULL },
		{ "numeric(3,3)", "0.9994", "\"0.999\"" },
		{ "numeric(3,3)", "-0.0005", "\"-0.001\"" },
	};

	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		if (!CHECK(gives(rounding(numbers[i][0]), text(numbers[i][1]), numbers[i][2],
			CHANGE_ROUNDED)))
			printf("# %s as %s\n", numbers[i][1], numbers[i][0]);
	CHECK(gives(rounding("numeric(5,2)"), real(0.1 + 0.2), "\"0.30\"", CHANGE_ROUNDED));
	CHECK(gives(rounding("numeric(5,2)"), real(0.5), "\"0.5\"", CHANGE_REAL_TO_NUMERIC));
	CHECK(gives(rounding("numeric(5,2)"), real(1e-30), "\"0.00\"", CHANGE_ROUNDED));
	CHECK(gives(rounding("numeric(5,2)"), text("NaN"), "\"NaN\"", CHANGE_TEXT_TO_NUMBER));
	CHECK(refuses(to("timestamp"), text("2000-01-01 00:00:00.0000015")));
	CHECK(gives(rounding("timestamp"), text("2000-01-01 00:00:00.0000015"), "2",
		CHANGE_ROUNDED));
	CHECK(gives(rounding("timestamp"), text("2000-01-01 00:00:00.000001499"), "1",
		CHANGE_ROUNDED));
	CHECK(gives(rounding("timestamp"), text("2000-01-01 00:00:00.0000010"), "1",
		CHANGE_TEXT_TO_TIME));
	CHECK(gives(rounding("timestamp"), text("1999-12-31 23:59:59.9999995"), "0",
		CHANGE_ROUNDED));
	CHECK(gives(rounding("timestamptz"), text("2000-01-01 01:00:00.0000019+01:00"), "2",
		CHANGE_ROUNDED));
	CHECK(gives(rounding("timestamptz"), text("2000-01-01 01:00:00.5+01:00"), "500000",
		CHANGE_OFFSET_TO_UTC));
	CHECK(gives(rounding("timestamp(3)"), text("2000-01-01 00:00:00.0014999"), "1000",
		CHANGE_ROUNDED));
	CHECK(gives(rounding("timestamp(3)"), text("2000-01-01 00:00:00.0014995"), "1000",
		CHANGE_ROUNDED));
	CHECK(gives(rounding("timestamp(0)"), text("1999-12-31 23:59:59.5"), "0",
		CHANGE_ROUNDED));
	CHECK(gives(rounding("timestamp(0)"), text("1999-12-31 23:59:59.4"), "-1000000",
		CHANGE_ROUNDED));
	CHECK(gives(rounding("timestamp(0)"), text("2000-01-01 00:00:01"), "1000000",
		CHANGE_TEXT_TO_TIME));
	CHECK(refuses(rounding("timestamp(0)"), text("9999-12-31 23:59:59.5")));
	CHECK(refuses(rounding("timestamp"), text("9999-12-31 23:59:59.9999995")));
	CHECK(refuses(rounding("timestamp"), text("2000-01-01 00:00:00.5+02:00:001234567")));
	CHECK(gives(rounding("time"), text("00:00:00.0000005"), "1", CHANGE_ROUNDED));
	CHECK(gives(rounding("time"), text("23:59:59.9999999"), "86400000000", CHANGE_ROUNDED));
	CHECK(gives(rounding("time(0)"), text("00:00:00.5"), "1000000", CHANGE_ROUNDED));
	CHECK(gives(rounding("interval"), text("00:00:01.1234567"), "\"00:00:01.1234567\"",
		CHANGE_ROUNDED));
	CHECK(refuses(rounding("interval(3)"), text("00:00:01.1234")));
	for (int i = 0; i < 2; i++) {
		struct conversion whole = rounding("interval(0)");

		whole.reading = TIME_EPOCH_MS;
		CHECK(gives(whole, integer(i == 0 ? 1500 : -1501), i == 0 ? "\"00:00:02\"" :
			"\"-1 days +23:59:58\"", CHANGE_ROUNDED));
	}
	CHECK(gives(rounding("interval"), text("1.00:00:01.1234567"),
		"\"1 days 00:00:01.1234567\"", CHANGE_ROUNDED));
}

static void test_integers(void)
{
	CHECK(gives(to("bigint"), integer(INT64_MIN), "-9223372036854775808", CHANGE_NONE));
	CHECK(gives(to("smallint"), integer(-32768), "-32768", CHANGE_NONE));
	CHECK(refuses(to("smallint"), integer(32768)));
	CHECK(gives(to("integer"), integer(INT32_MAX), "2147483647", CHANGE_NONE));
	CHECK(refuses(to("integer"), integer((int64_t)INT32_MIN - 1)));
	CHECK(gives(to("bigint"), real(-3), "-3", CHANGE_REAL_TO_INTEGER));
	CHECK(gives(to("bigint"), real(-0x1p63), "-9223372036854775808", CHANGE_REAL_TO_INTEGER));
	CHECK(refuses(to("bigint"), real(0x1p63)));
	CHECK(refuses(to("bigint"), real(-0.0)));
	CHECK(refuses(to("bigint"), real(0.5)));
	CHECK(refuses(to("bigint"), real((double)NAN)));
	CHECK(refuses(to("bigint"), real((double)INFINITY)));
	CHECK(refuses(to("smallint"), real(40000)));
	CHECK(gives(to("bigint"), text("-17"), "-17", CHANGE_TEXT_TO_NUMBER));
	CHECK(refuses(to("bigint"), text("007")));
	CHECK(refuses(to("bigint"), text("+1")));
	CHECK(refuses(to("bigint"), text("-0")));
	CHECK(refuses(to("bigint"), text("1.0")));
	CHECK(refuses(to("bigint"), text(" 1")));
	CHECK(refuses(to("bigint"), text("")));
	CHECK(refuses(to("bigint"), text("9223372036854775808")));
	CHECK(gives(loose("bigint"), text(" 007\n"), "7", CHANGE_TEXT_TO_NUMBER));
	CHECK(gives(loose("bigint"), text("1e3"), "1000", CHANGE_TEXT_TO_NUMBER));
	CHECK(gives(loose("bigint"), text("-1.0"), "-1", CHANGE_TEXT_TO_NUMBER));
	CHECK(gives(loose("bigint"), text("-0"), "0", CHANGE_TEXT_TO_NUMBER));
	CHECK(refuses(loose("bigint"), text("1.5")));
	CHECK(refuses(loose("bigint"), text("1 2")));
	CHECK(refuses(loose("smallint"), text("1e5")));
	CHECK(refuses(loose("bigint"), text(" ")));
}

static void test_floats(void)
{
	CHECK(gives(to("float8"), real(0.1), "0.1", CHANGE_NONE));
	CHECK(gives(to("float8"), real(-0.0), "-0.0", CHANGE_NONE));
	CHECK(gives(to("float8"), integer(INT64_C(1) << 53), "9007199254740992.0",
		CHANGE_INTEGER_TO_REAL));
	CHECK(refuses(to("float8"), integer((INT64_C(1) << 53) + 1)));
	CHECK(refuses(to("float8"), integer(INT64_MAX)));
	CHECK(gives(to("float8"), integer(INT64_MIN), "-9.223372036854776e+18",
		CHANGE_INTEGER_TO_REAL));
	CHECK(gives(to("float8"), text("0.1"), "0.1", CHANGE_TEXT_TO_NUMBER));
	CHECK(gives(to("float8"), text("1.50"), "1.5", CHANGE_TEXT_TO_NUMBER));
	CHECK(gives(to("float8"), text("1e+20"), "1e+20", CHANGE_TEXT_TO_NUMBER));
	CHECK(gives(to("float8"), text("5e-324"), "4.94065645841247e-324", CHANGE_TEXT_TO_NUMBER));
	CHECK(gives(to("float8"), text("-Infinity"),
		"{\"real\":\"-Infinity\"}", CHANGE_TEXT_TO_NUMBER));
	CHECK(refuses(to("float8"), text("1e20")));
	CHECK(gives(loose("float8"), text("1e20"), "1e+20", CHANGE_TEXT_TO_NUMBER));
	CHECK(gives(loose("float8"), text(" .5 "), "0.5", CHANGE_TEXT_TO_NUMBER));
	CHECK(refuses(loose("float8"), text("0.1000000000000000055")));
	CHECK(refuses(to("float8"), text("0.12345678901234567890")));
	CHECK(refuses(to("float8"), text("12345678901234567890")));
	CHECK(refuses(to("float8"), text("0x10")));
	CHECK(refuses(to("float8"), text("nan")));
	CHECK(refuses(loose("float8"), text("1e400")));
	CHECK(gives(to("real"), real(0.5), "0.5", CHANGE_NONE));
	CHECK(refuses(to("real"), real(0.1)));
	CHECK(refuses(to("real"), real(1e39)));
	CHECK(gives(to("real"), real((double)INFINITY),
		"{\"real\":\"Infinity\"}", CHANGE_NONE));
	CHECK(refuses(to("real"), integer((1 << 24) + 1)));
}

static void test_numeric(void)
{
	CHECK(gives(to("numeric"), integer(INT64_MIN), "\"-9223372036854775808\"", CHANGE_NONE));
	CHECK(gives(to("numeric"), real(0.1), "\"0.1\"", CHANGE_REAL_TO_NUMERIC));
	CHECK(gives(to("numeric"), real(100), "\"100\"", CHANGE_REAL_TO_NUMERIC));
	CHECK(gives(to("numeric"), real(1e21), "\"1000000000000000000000\"",
		CHANGE_REAL_TO_NUMERIC));
	CHECK(gives(to("numeric"), real(-1.5e-7), "\"-0.00000015\"", CHANGE_REAL_TO_NUMERIC));
	CHECK(gives(to("numeric"), real(0x1p-44), "\"0.00000000000005684341886080802\"",
		CHANGE_REAL_TO_NUMERIC));
	CHECK(gives(to("numeric"), real(-(double)INFINITY), "\"-Infinity\"",
		CHANGE_REAL_TO_NUMERIC));
	CHECK(refuses(to("numeric"), real(-0.0)));
	CHECK(gives(to("numeric"), text("1.50"), "\"1.50\"", CHANGE_TEXT_TO_NUMBER));
	CHECK(gives(to("numeric"), text("NaN"), "\"NaN\"", CHANGE_TEXT_TO_NUMBER));
	CHECK(refuses(to("numeric"), text("1e5")));
	CHECK(refuses(to("numeric"), text("01")));
	CHECK(refuses(to("numeric"), text("-0.0")));
	CHECK(refuses(to("numeric"), text("")));
	CHECK(gives(loose("numeric"), text(" +01e2"), "\"100\"", CHANGE_TEXT_TO_NUMBER));
	CHECK(gives(loose("numeric"), text("-0.0"), "\"0.0\"", CHANGE_TEXT_TO_NUMBER));
	CHECK(refuses(loose("numeric"), text("1e200000")));
	CHECK(refuses(to("numeric"), of_size(VALUE_BYTES, "1", 1)));
}

static void test_precision(void)
{
	CHECK(gives(to("numeric(4,2)"), text("12.34"), "\"12.34\"", CHANGE_TEXT_TO_NUMBER));
	CHECK(gives(to("numeric(4,2)"), text("12.3400"), "\"12.34\"", CHANGE_TEXT_TO_NUMBER));
	CHECK(gives(to("numeric(4,2)"), integer(-99), "\"-99\"", CHANGE_NONE));
	CHECK(gives(to("numeric(4,2)"), integer(0), "\"0\"", CHANGE_NONE));
	CHECK(refuses(to("numeric(4,2)"), integer(100)));
	CHECK(refuses(to("numeric(4,2)"), text("12.345")));
	CHECK(refuses(to("numeric(4,2)"), real((double)INFINITY)));
	CHECK(gives(to("numeric(4,2)"), text("NaN"), "\"NaN\"", CHANGE_TEXT_TO_NUMBER));
	CHECK(gives(to("numeric(3)"), text("5.000"), "\"5\"", CHANGE_TEXT_TO_NUMBER));
	CHECK(refuses(to("numeric(3)"), text("5.1")));
	CHECK(gives(to("numeric(2,-3)"), integer(99000), "\"99000\"", CHANGE_NONE));
	CHECK(gives(to("numeric(2,-3)"), integer(0), "\"0\"", CHANGE_NONE));
	CHECK(refuses(to("numeric(2,-3)"), integer(99500)));
	CHECK(refuses(to("numeric(2,-3)"), integer(100000)));
	CHECK(gives(to("numeric(2,4)"), text("0.0099"), "\"0.0099\"", CHANGE_TEXT_TO_NUMBER));
	CHECK(refuses(to("numeric(2,4)"), text("0.01")));
	CHECK(gives(to("numeric(2,4)"), text("0.000"), "\"0.000\"", CHANGE_TEXT_TO_NUMBER));
}

static void test_texts(void)
{
	struct conversion strip = to("text"), escape = to("text");

	strip.nul = NUL_STRIP;
	escape.nul = NUL_ESCAPE;
	CHECK(gives(to("text"), text("h\xc3\xa9"), "\"h\xc3\xa9\"", CHANGE_NONE));
	CHECK(gives(to("text"), text(""), "\"\"", CHANGE_NONE));
	CHECK(gives(to("text"), integer(-5), "\"-5\"", CHANGE_NUMBER_TO_TEXT));
	CHECK(gives(to("text"), real(5), "\"5.0\"", CHANGE_NUMBER_TO_TEXT));
	CHECK(gives(to("text"), real(1e15), "\"1000000000000000.0\"", CHANGE_NUMBER_TO_TEXT));
	CHECK(gives(to("text"), real(12345678901234568), "\"1.2345678901234568e+16\"",
		CHANGE_NUMBER_TO_TEXT));
	CHECK(gives(to("text"), real(5e-324), "\"5e-324\"", CHANGE_NUMBER_TO_TEXT));
	CHECK(gives(to("text"), real(-(double)INFINITY), "\"-inf\"", CHANGE_NUMBER_TO_TEXT));
	CHECK(gives(to("text"), of_size(VALUE_BYTES, "ab", 2), "\"ab\"", CHANGE_BYTES_TO_TEXT));
	CHECK(refuses(to("text"), of_size(VALUE_BYTES, "\xff", 1)));
	CHECK(refuses(to("text"), of_size(VALUE_BYTES, "a\0", 2)));
	CHECK(refuses(to("text"), of_size(VALUE_TEXT, "a\0b", 3)));
	CHECK(gives(strip, of_size(VALUE_TEXT, "\0a\0", 3), "\"a\"", CHANGE_NUL_STRIPPED));
	CHECK(gives(strip, of_size(VALUE_TEXT, "\0", 1), "\"\"", CHANGE_NUL_STRIPPED));
	CHECK(gives(escape, of_size(VALUE_TEXT, "a\\\0", 3), "\"a\\\\\\\\\\\\000\"",
		CHANGE_NUL_ESCAPED));
	CHECK(gives(escape, text("a\\"), "\"a\\\\\"", CHANGE_NONE));
	CHECK(gives(to("inet"), text("::1"), "\"::1\"", CHANGE_NONE));
}

static void test_lengths(void)
{
	CHECK(gives(to("varchar(3)"), text("\xc3\xa9\xc3\xa9\xc3\xa9"),
		"\"\xc3\xa9\xc3\xa9\xc3\xa9\"", CHANGE_NONE));
	CHECK(refuses(to("varchar(3)"), text("abcd")));
	CHECK(refuses(to("varchar(3)"), text("abc ")));
	CHECK(refuses(to("varchar(3)"), integer(1234)));
	CHECK(gives(to("varchar(3)"), text("ab "), "\"ab \"", CHANGE_NONE));
	CHECK(gives(to("char(3)"), text("ab"), "\"ab\"", CHANGE_NONE));
	CHECK(refuses(to("char(3)"), text("ab ")));
	CHECK(refuses(to("char(3)"), text(" ")));
	CHECK(gives(to("char(3)"), text(""), "\"\"", CHANGE_NONE));
}

static void test_ill(void)
{
	const struct value utf8 = of_size(VALUE_BAD_UTF8, "a\xff\\\xc3\xa9", 5);
	const struct value nul = of_size(VALUE_BAD_UTF8, "\xff\0", 2);
	const struct value utf16 = of_size(VALUE_BAD_UTF16,
		"a\0\x00\xd8\\\0\x3d\xd8\x00\xde\x01", 11);
	struct conversion policy = to("text"), big = to("text");

	CHECK(refuses(policy, utf8));
	CHECK(refuses(policy, utf16));
	policy.ill = ILL_LATIN1;
	CHECK(gives(policy, utf8, "\"a\xc3\xbf\\\\\xc3\x83\xc2\xa9\"", CHANGE_LATIN1));
	CHECK(refuses(policy, utf16));
	CHECK(refuses(policy, nul));
	policy.nul = NUL_STRIP;
	CHECK(gives(policy, nul, "\"\xc3\xbf\"", CHANGE_LATIN1));
	policy.nul = NUL_ESCAPE;
	CHECK(gives(policy, nul, "\"\xc3\xbf\\\\000\"", CHANGE_LATIN1));
	policy.ill = ILL_REPLACE;
	CHECK(gives(policy, utf8, "\"a\xef\xbf\xbd\\\\\xc3\xa9\"", CHANGE_REPLACED));
	CHECK(gives(policy, utf16, "\"a\xef\xbf\xbd\\\\\xf0\x9f\x98\x80\xef\xbf\xbd\"",
		CHANGE_REPLACED));
	policy.ill = ILL_ESCAPE;
	CHECK(gives(policy, utf8, "\"a\\\\377\\\\\\\\\xc3\xa9\"", CHANGE_ESCAPED));
	CHECK(gives(policy, utf16, "\"a\\\\uD800\\\\\\\\\xf0\x9f\x98\x80\\\\001\"",
		CHANGE_ESCAPED));
	big.big_endian = true;
	big.ill = ILL_REPLACE;
	CHECK(gives(big, of_size(VALUE_BAD_UTF16, "\0a\xd8\x00", 4), "\"a\xef\xbf\xbd\"",
		CHANGE_REPLACED));
}

static void test_json(void)
{
	CHECK(gives(to("jsonb"), text("{\"a\": 1}"), "\"{\\\"a\\\": 1}\"", CHANGE_NONE));
	CHECK(refuses(to("jsonb"), text("{\"a\":1,\"a\":2}")));
	CHECK(gives(to("json"), text("{\"a\":1,\"a\":2}"), "\"{\\\"a\\\":1,\\\"a\\\":2}\"",
		CHANGE_NONE));
	CHECK(refuses(to("json"), text("")));
	CHECK(refuses(to("jsonb"), text("\"\\u0000\"")));
	CHECK(gives(to("jsonb"), integer(5), "\"5\"", CHANGE_NUMBER_TO_TEXT));
	CHECK(gives(to("jsonb"), real(1.5), "\"1.5\"", CHANGE_NUMBER_TO_TEXT));
	CHECK(refuses(to("jsonb"), real((double)NAN)));
	CHECK(refuses(to("jsonb"), real(-0.0)));
	CHECK(gives(to("jsonb"), of_size(VALUE_BYTES, "[]", 2), "\"[]\"", CHANGE_BYTES_TO_TEXT));
	CHECK(refuses(to("jsonb"), of_size(VALUE_BYTES, "\xff", 1)));
	CHECK(refuses(to("jsonb"), of_size(VALUE_BAD_UTF8, "\"\xff\"", 3)));
}

static void test_bytes(void)
{
	const char *const uuid = "00112233-4455-6677-8899-AABBCCDDEEFF";
	const char *const json = "{\"bytes\":\"00112233445566778899aabbccddeeff\"}";

	CHECK(gives(to("bytea"), of_size(VALUE_BYTES, "\0", 1), "{\"bytes\":\"00\"}", CHANGE_NONE));
	CHECK(gives(to("bytea"), text("a"), "{\"bytes\":\"61\"}", CHANGE_TEXT_TO_BYTES));
	CHECK(gives(to("bytea"), of_size(VALUE_BAD_UTF8, "\xff", 1), "{\"bytes\":\"ff\"}",
		CHANGE_TEXT_TO_BYTES));
	CHECK(gives(to("bytea"), integer(-1), "{\"bytes\":\"2d31\"}", CHANGE_NUMBER_TO_BYTES));
	CHECK(gives(to("uuid"), text(uuid), json, CHANGE_TEXT_TO_UUID));
	CHECK(gives(to("uuid"), of_size(VALUE_BYTES, "0123456789abcdef", 16),
		"{\"bytes\":\"30313233343536373839616263646566\"}", CHANGE_BYTES_TO_UUID));
	CHECK(refuses(to("uuid"), of_size(VALUE_BYTES, "0", 1)));
	CHECK(refuses(to("uuid"), text("00112233-4455-6677-8899-AABBCCDDEEFG")));
	CHECK(refuses(to("uuid"), text("001122334-455-6677-8899-AABBCCDDEEFF")));
	CHECK(refuses(to("uuid"), text("00112233445566778899aabbccddeeff")));
	CHECK(refuses(to("uuid"), integer(1)));
	CHECK(gives(loose("uuid"), text("00112233445566778899aabbccddeeff"), json,
		CHANGE_TEXT_TO_UUID));
	CHECK(gives(loose("uuid"), text("{00112233-4455-6677-8899-aabbccddeeff}"), json,
		CHANGE_TEXT_TO_UUID));
	CHECK(gives(loose("uuid"), text("URN:UUID:00112233-4455-6677-8899-aabbccddeeff"), json,
		CHANGE_TEXT_TO_UUID));
	CHECK(refuses(loose("uuid"), text("{}")));
}

static void test_time_texts(void)
{
	struct conversion zoned = to("timestamptz");

	zoned.zone = 3600;
	CHECK(gives(to("date"), text("2000-01-02"), "1", CHANGE_TEXT_TO_TIME));
	CHECK(gives(to("date"), text("-infinity"), "-2147483648", CHANGE_TEXT_TO_TIME));
	CHECK(refuses(to("date"), text("2000-01-02 00:00:00")));
	CHECK(gives(loose("date"), text("2000-01-02T00:00"), "1", CHANGE_TEXT_TO_TIME));
	CHECK(refuses(loose("date"), text("2000-01-02 00:00:01")));
	CHECK(refuses(to("date"), text("2001-02-29")));
	CHECK(gives(to("time"), text("24:00"), "86400000000", CHANGE_TEXT_TO_TIME));
	CHECK(gives(to("time(1)"), text("00:00:00.100"), "100000", CHANGE_TEXT_TO_TIME));
	CHECK(refuses(to("time(1)"), text("00:00:00.12")));
	CHECK(refuses(to("time"), text("1:00")));
	CHECK(refuses(to("time"), integer(0)));
	CHECK(gives(to("timestamp"), text("2000-01-01 00:00:01"), "1000000", CHANGE_TEXT_TO_TIME));
	CHECK(gives(to("timestamp"), text("2000-01-02"), "86400000000", CHANGE_TEXT_TO_TIME));
	CHECK(gives(to("timestamp"), text("2000-01-01T01:00:00Z"), "3600000000",
		CHANGE_OFFSET_TO_UTC));
	CHECK(gives(to("timestamp(3)"), text("2000-01-01 00:00:00.1230"), "123000",
		CHANGE_TEXT_TO_TIME));
	CHECK(refuses(to("timestamp(0)"), text("2000-01-01 00:00:00.5")));
	CHECK(gives(to("timestamp"), text("infinity"), "9223372036854775807", CHANGE_TEXT_TO_TIME));
	CHECK(gives(to("timestamptz"), text("2000-01-01T01:00:00Z"), "3600000000",
		CHANGE_TEXT_TO_TIME));
	CHECK(gives(to("timestamptz"), text("2000-01-01 01:00+01"), "0", CHANGE_OFFSET_TO_UTC));
	CHECK(gives(zoned, text("2000-01-01 01:00:00"), "0", CHANGE_TEXT_TO_TIME));
	CHECK(gives(zoned, text("2000-01-01T01:00:00Z"), "3600000000", CHANGE_TEXT_TO_TIME));
	CHECK(refuses(zoned, text("0001-01-01 00:30:00")));
	CHECK(refuses(to("timestamptz"), text("2000-01-01 23:59:60")));
	CHECK(refuses(to("timestamptz"), text("2000-01-01 00:00:00.1234567")));
	CHECK(refuses(to("timestamptz"), text("0000-00-00")));
	CHECK(refuses(to("timestamptz"), text("20000101")));
	CHECK(refuses(to("timestamptz"), of_size(VALUE_BYTES, "2000-01-01", 10)));
	CHECK(gives(reading("date", TIME_COMPACT), text("20000102"), "1", CHANGE_TEXT_TO_TIME));
	CHECK(gives(reading("timestamp", TIME_COMPACT), text("20000101000001"), "1000000",
		CHANGE_TEXT_TO_TIME));
	CHECK(gives(loose("timestamp"), text(" 2000-01-01 00:00 "), "0", CHANGE_TEXT_TO_TIME));
}

static void test_time_numbers(void)
{
	const enum change change = CHANGE_NUMBER_TO_TIME;
	struct conversion zoned = reading("timestamptz", TIME_EPOCH_S);

	zoned.zone = 3600;
	CHECK(refuses(to("timestamptz"), integer(0)));
	CHECK(gives(zoned, integer(946684800), "0", change));
	CHECK(gives(reading("timestamptz", TIME_EPOCH_MS), integer(946684800001), "1000", change));
	CHECK(gives(reading("timestamp", TIME_EPOCH_US), integer(946684799999999), "-1", change));
	CHECK(gives(reading("timestamptz", TIME_EPOCH_NS), integer(946684800000001000), "1",
		change));
	CHECK(refuses(reading("timestamptz", TIME_EPOCH_NS), integer(946684800000000001)));
	CHECK(gives(reading("timestamptz", TIME_WEBKIT_US), integer(12591158400000000), "0",
		change));
	CHECK(gives(reading("timestamptz", TIME_COCOA_S), integer(-31622400), "0", change));
	CHECK(gives(reading("timestamptz", TIME_COCOA_S), real(-31622399.5), "500000", change));
	CHECK(gives(reading("timestamptz", TIME_EPOCH_S), real(946684800.25), "250000", change));
	CHECK(gives(reading("timestamptz", TIME_EPOCH_MS), real(946684800000.5), "500", change));
	CHECK(refuses(reading("timestamptz", TIME_EPOCH_S), real(946684800.0000001)));
	CHECK(refuses(reading("timestamptz", TIME_EPOCH_US), real(0.5)));
	CHECK(refuses(reading("timestamptz", TIME_EPOCH_S), real((double)NAN)));
	CHECK(gives(reading("timestamptz", TIME_JULIAN), integer(2451545), "43200000000", change));
	CHECK(gives(reading("timestamptz", TIME_JULIAN), real(2451544.5), "0", change));
	CHECK(refuses(reading("timestamptz", TIME_EPOCH_S), integer(INT64_MAX)));
	CHECK(refuses(reading("timestamptz", TIME_EPOCH_S), integer(253402300800)));
	CHECK(gives(reading("timestamptz", TIME_EPOCH_S), integer(253402300799),
		"252455615999000000", change));
	CHECK(gives(reading("timestamptz", TIME_EPOCH_S), integer(-62135596800),
		"-63082281600000000", change));
	CHECK(refuses(reading("timestamptz", TIME_EPOCH_S), integer(-62135596801)));
	CHECK(gives(reading("date", TIME_EPOCH_S), integer(946771200), "1", change));
	CHECK(refuses(reading("date", TIME_EPOCH_S), integer(946771201)));
	CHECK(gives(reading("date", TIME_COMPACT), integer(20000102), "1", change));
	CHECK(refuses(reading("date", TIME_COMPACT), integer(20000230)));
	CHECK(gives(reading("timestamp", TIME_COMPACT), integer(20000101000001), "1000000",
		change));
}

static void test_nullify(void)
{
	const char *words[] = { "", "0", "N/A", "NaN" };
	struct conversion conversion = to("bigint");

	conversion.nullify = (struct texts){ words, 4 };
	CHECK(gives(conversion, text(""), "null", CHANGE_NULLIFIED));
	CHECK(gives(conversion, text("0"), "null", CHANGE_NULLIFIED));
	CHECK(gives(conversion, integer(0), "null", CHANGE_NULLIFIED));
	CHECK(gives(conversion, real(0), "null", CHANGE_NULLIFIED));
	CHECK(gives(conversion, real((double)NAN), "null", CHANGE_NULLIFIED));
	CHECK(gives(conversion, text("N/A"), "null", CHANGE_NULLIFIED));
	CHECK(gives(conversion, integer(1), "1", CHANGE_NONE));
	CHECK(refuses(conversion, text("n/a")));
	CHECK(gives(conversion, (struct value){ .kind = VALUE_NULL }, "null", CHANGE_NONE));
}

/* --- round trips ------------------------------------------------------------------------------ */

static uint64_t state = 88172645463325252;

static uint64_t random_bits(void)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state;
}

/* Of all sizes. */
static int64_t random_integer(void)
{
	return (int64_t)random_bits() >> (random_bits() % 64);
}

static double random_real(void)
{
	double value;
	uint64_t bits = random_bits();

	memcpy(&value, &bits, sizeof(value));
	switch (random_bits() % 4) {
	case 0:
		return isnan(value) ? 0.5 : value;
	case 1:
		return (double)(random_integer() % 100000000) / 100;
	case 2:
		return ldexp(1, (int)(bits % 2000) - 1060);
	default:
		return (double)random_integer();
	}
}

static bool cell_of(const struct conversion *conversion, struct value from, struct value *cell)
{
	enum change change;
	const char *why;

	return convert_value(conversion, &from, cell, &scratch, &change, &why);
}

/* The text of a cell as a C string. */
static const char *text_of(const struct value *cell)
{
	static char copy[1024];

	snprintf(copy, sizeof(copy), "%.*s", (int)cell->size, (const char *)cell->data);
	return copy;
}

static bool is_cell_text(const struct value *cell, enum value_kind kind, const char *expected)
{
	return cell->kind == kind && cell->size == strlen(expected) &&
		memcmp(cell->data, expected, cell->size) == 0;
}

static void test_integers_back(void)
{
	const struct conversion kinds[] = {
		to("bigint"), to("numeric"), to("text"), to("bytea"), to("jsonb"), to("float8"),
		to("smallint"), to("integer"), to("numeric(9,0)")
	};
	unsigned wrong = 0;

	for (int i = 0; i < 200000; i++) {
		const int64_t value = random_integer();
		char print[32];
		struct value cell;

		snprintf(print, sizeof(print), "%" PRId64, value);
		wrong += !cell_of(&kinds[0], integer(value), &cell) || cell.integer != value;
		wrong += !cell_of(&kinds[0], text(print), &cell) || cell.integer != value;
		for (int k = 1; k <= 4; k++)
			wrong += !cell_of(&kinds[k], integer(value), &cell) ||
				!is_cell_text(&cell, k == 3 ? VALUE_BYTES : VALUE_TEXT, print);
		if (cell_of(&kinds[5], integer(value), &cell))
			wrong += cell.real >= 0x1p63 || (int64_t)cell.real != value;
		else
			wrong += value % 2 == 0 && llabs(value) < INT64_C(1) << 54;
		wrong += cell_of(&kinds[6], integer(value), &cell) !=
			(value >= -32768 && value <= 32767);
		wrong += cell_of(&kinds[7], integer(value), &cell) !=
			(value >= INT32_MIN && value <= INT32_MAX);
		wrong += cell_of(&kinds[8], integer(value), &cell) !=
			(value > -1000000000 && value < 1000000000);
	}
	CHECK(wrong == 0);
}

static bool same_bits(double a, double b)
{
	return memcmp(&a, &b, sizeof(a)) == 0;
}

static void test_reals_back(void)
{
	const struct conversion floats = to("float8"), numeric = to("numeric");
	const struct conversion texts = to("text"), bigint = to("bigint"), json = to("jsonb");
	unsigned wrong = 0;

	for (int i = 0; i < 200000; i++) {
		const double value = random_real();
		const bool minus = value == 0 && signbit(value);
		struct value cell;

		wrong += !cell_of(&floats, real(value), &cell) || !same_bits(cell.real, value);
		wrong += !cell_of(&texts, real(value), &cell) ||
			!same_bits(strtod(text_of(&cell), NULL), value) ||
			strpbrk(text_of(&cell), ".en") == NULL;
		wrong += isfinite(value) && !cell_of(&floats, text(text_of(&cell)), &cell);
		wrong += isfinite(value) && !same_bits(cell.real, value);
		wrong += cell_of(&numeric, real(value), &cell) == minus;
		wrong += !minus && !same_bits(strtod(text_of(&cell), NULL), value);
		wrong += !minus && strpbrk(text_of(&cell), "eE+") != NULL;
		wrong += cell_of(&json, real(value), &cell) == (minus || !isfinite(value));
		if (cell_of(&bigint, real(value), &cell))
			wrong += !same_bits((double)cell.integer, value);
		else
			wrong += !minus && fabs(value) < 0x1p62 && floor(value) == value;
	}
	CHECK(wrong == 0);
}

/* Seconds since 1970 by the C library. */
static time_t seconds_of(const char *stamp)
{
	struct tm tm = { 0 };

	sscanf(stamp, "%d-%d-%d %d:%d:%d", &tm.tm_year, &tm.tm_mon, &tm.tm_mday, &tm.tm_hour,
		&tm.tm_min, &tm.tm_sec);
	tm.tm_year -= 1900;
	tm.tm_mon -= 1;
	return timegm(&tm);
}

/* A time of the years 0001 to 9999 in all the forms that it can be written in. */
static unsigned check_stamp(time_t seconds, int micros)
{
	const int64_t expected = (seconds - 946684800) * INT64_C(1000000) + micros;
	const int zone = (int)(random_bits() % 57600) / 60 * 60;
	struct conversion stamp = to("timestamp"), stamptz = to("timestamptz"), epoch = stamptz;
	struct value cell;
	unsigned wrong = 0;
	char print[64], zoned[100];
	struct tm tm;

	gmtime_r(&seconds, &tm);
	snprintf(print, sizeof(print), "%04d-%02d-%02d %02d:%02d:%02d.%06d", tm.tm_year + 1900,
		tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec, micros);
	wrong += seconds_of(print) != seconds;
	wrong += !cell_of(&stamp, text(print), &cell) || cell.integer != expected;
	wrong += !cell_of(&stamptz, text(print), &cell) || cell.integer != expected;
	snprintf(zoned, sizeof(zoned), "%s+%02d:%02d", print, zone / 3600, zone / 60 % 60);
	if (cell_of(&stamptz, text(zoned), &cell))
		wrong += cell.integer != expected - zone * INT64_C(1000000);
	else
		wrong += tm.tm_year > -1898;
	epoch.reading = TIME_EPOCH_US;
	wrong += !cell_of(&epoch, integer(seconds * 1000000 + micros), &cell) ||
		cell.integer != expected;
	epoch.reading = TIME_EPOCH_S;
	wrong += !cell_of(&epoch, integer(seconds), &cell) || cell.integer != expected - micros;
	epoch.reading = TIME_EPOCH_MS;
	wrong += !cell_of(&epoch, integer(seconds * 1000), &cell) ||
		cell.integer != expected - micros;
	epoch.reading = TIME_WEBKIT_US;
	wrong += !cell_of(&epoch, integer((seconds + 11644473600) * 1000000 + micros), &cell) ||
		cell.integer != expected;
	epoch.reading = TIME_COCOA_S;
	wrong += !cell_of(&epoch, integer(seconds - 978307200), &cell) ||
		cell.integer != expected - micros;
	return wrong;
}

static void test_stamps_back(void)
{
	const int64_t first = -62135596800, years = INT64_C(315537897600);
	unsigned wrong = 0;

	for (int i = 0; i < 30000; i++)
		wrong += check_stamp((time_t)(first + (int64_t)(random_bits() % (uint64_t)years)),
			(int)(random_bits() % 1000000));
	CHECK(wrong == 0);
}

/* A real becomes a time only if the time's microseconds are that very real again. */
static void test_real_times_back(void)
{
	struct conversion seconds = reading("timestamptz", TIME_EPOCH_S);
	struct conversion julian = reading("timestamptz", TIME_JULIAN);
	unsigned wrong = 0, fitting = 0;

	for (int i = 0; i < 50000; i++) {
		const uint64_t bits = random_bits();
		const double second = (double)(bits % 4000000000u) +
			(double)(random_bits() % 10000000) / (i % 2 ? 1e7 : 1e6);
		const double day = (double)(210866760000000 + bits % 4000000000000u) / 86400e3;
		struct value cell;

		if (cell_of(&seconds, real(second), &cell)) {
			fitting++;
			wrong += (double)(cell.integer + INT64_C(946684800000000)) / 1e6 != second;
		}
		wrong += !cell_of(&julian, real(day), &cell) || cell.integer % 1000 != 0 ||
			cell.integer + INT64_C(946684800000000) !=
				(int64_t)(bits % 4000000000000u) * 1000;
	}
	CHECK(wrong == 0);
	CHECK(fitting > 20000);
}

static void test_uuids_back(void)
{
	const struct conversion uuid = to("uuid");
	unsigned wrong = 0;

	for (int i = 0; i < 50000; i++) {
		const uint64_t a = random_bits(), b = random_bits();
		char print[64], back[64];
		struct value cell;
		const uint8_t *u;

		snprintf(print, sizeof(print), i % 2 ? "%08x-%04x-%04x-%04x-%012" PRIx64 :
			"%08X-%04X-%04X-%04X-%012" PRIX64, (unsigned)(a >> 32),
			(unsigned)(a >> 16 & 0xffff), (unsigned)(a & 0xffff), (unsigned)(b >> 48),
			b & 0xffffffffffff);
		if (!cell_of(&uuid, text(print), &cell) || cell.size != 16) {
			wrong++;
			continue;
		}
		u = cell.data;
		snprintf(back, sizeof(back), "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-"
			"%02x%02x%02x%02x%02x%02x", u[0], u[1], u[2], u[3], u[4], u[5], u[6], u[7],
			u[8], u[9], u[10], u[11], u[12], u[13], u[14], u[15]);
		wrong += strcasecmp(print, back) != 0;
	}
	CHECK(wrong == 0);
}

int main(void)
{
	static const struct test tests[] = {
		{ "booleans", test_bool },
		{ "arrays", test_arrays },
		{ "intervals", test_intervals },
		{ "labels", test_labels },
		{ "zones", test_zones },
		{ "rounding", test_rounding },
		{ "integers", test_integers },
		{ "floats", test_floats },
		{ "numeric", test_numeric },
		{ "precision and scale", test_precision },
		{ "texts", test_texts },
		{ "lengths", test_lengths },
		{ "text that is none", test_ill },
		{ "json", test_json },
		{ "bytes and uuids", test_bytes },
		{ "times as texts", test_time_texts },
		{ "times as numbers", test_time_numbers },
		{ "words that mean NULL", test_nullify },
		{ "integers give themselves back", test_integers_back },
		{ "reals give themselves back", test_reals_back },
		{ "timestamps give themselves back", test_stamps_back },
		{ "reals that are times give themselves back", test_real_times_back },
		{ "uuids give themselves back", test_uuids_back },
	};
	int code = test_run(tests, sizeof(tests) / sizeof(tests[0]));

	bytes_close(&scratch);
	return code;
}
