/*
 * The second opinion on conversions: whatever row/convert makes of a cell under any policy is
 * attested, and what it does not make, a cell with something else in it, is not.
 */
#include "row/attest.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/utf8.h"
#include "row/convert.h"
#include "test.h"

static struct arena arena;
static uint64_t state = 88172645463325252;

static uint64_t random_bits(void)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state;
}

static struct value text(const char *data)
{
	struct value value = { .kind = VALUE_TEXT, .size = (uint32_t)strlen(data) };

	value.data = (const uint8_t *)data;
	return value;
}

static struct value integer(int64_t number)
{
	return (struct value){ .kind = VALUE_INTEGER, .integer = number };
}

static struct value real(double number)
{
	return (struct value){ .kind = VALUE_REAL, .real = number };
}

/* Cells of all kinds, with NUL bytes and ill-formed text among them. */
static struct value random_cell(uint8_t room[64])
{
	static const char *const texts[] = { "", "0", "1", "-7", "7.5", "n/a", "x", "true", "12.25",
		"2024-02-29", "2026-01-31 10:11:12", "2026-01-31T10:11:12+05:30", "a\\b", "{}",
		"1970-01-02 00:00:00.000001", "1969-12-31 23:59:59.9", "1.02:03:04.5000000",
		"-2.00:00:01", "[]", "[[1, 2],[3,null]]", "[\"a\\\"b\", \"\\u00e9\", true, null]",
		"{a,b}", "2000-01-01 09:30:00", " 2024-02-29 01:02:03 UTC ", "12:59:59.9999996",
		"2024-02-29 23:59:59.9999995 +0100", "1999.99995", "-0.00004999", "-1234567.00005",
		"9.99995e2", "1999-12-31 23:59:59.0005" };
	static const uint8_t bytes[] = { 'a', 'b', '\\', 0, 0xc3, 0xa9, 0xff, 0xd8 };
	struct value cell = { .kind = VALUE_TEXT };
	size_t size = 0;

	switch (random_bits() % 5) {
	case 0:
		return text(texts[random_bits() % (sizeof(texts) / sizeof(texts[0]))]);
	case 1:
		return integer((int64_t)random_bits() >> random_bits() % 64);
	case 2:
		if (random_bits() % 16 == 0)
			return real(random_bits() % 2 == 0 ? NAN : INFINITY);
		return real((double)((int64_t)random_bits() >> random_bits() % 64) /
			(random_bits() % 3 == 0 ? 1000 : random_bits() % 2 == 0 ? 1 : 3));
	default:
		while (size < random_bits() % 12)
			room[size++] = bytes[random_bits() % sizeof(bytes)];
		cell.size = (uint32_t)size;
		cell.data = room;
		if (random_bits() % 8 == 0)
			cell.kind = VALUE_BYTES;
		else if (random_bits() % 8 == 0)
			cell.kind = VALUE_BAD_UTF16;
		else if (!utf8_valid(room, size))
			cell.kind = VALUE_BAD_UTF8;
		return cell;
	}
}

static const char *const words[] = { "", "0", "-7", "n/a", "7.5", "1.0", "007", "+1", "x", "-",
	"nan", "inf" };

static struct conversion random_conversion(const char **items)
{
	static const char *const types[] = { "boolean", "int8", "float8", "numeric",
		"numeric(20,4)", "text", "varchar(40)", "char(40)", "jsonb", "bytea", "date",
		"timestamp", "timestamptz", "inet", "time", "time(3)", "timestamp(3)",
		"timestamptz(0)", "numeric(20,0)", "interval", "interval(3)", "text[]",
		"integer[]" };
	struct conversion conversion = { .loose = random_bits() % 2 == 0,
		.reading = random_bits() % TIMES, .zone = (int32_t)(random_bits() % 3) * 3600,
		.nul = random_bits() % NULS, .ill = random_bits() % ILLS,
		.nullify = { .items = items } };

	while (conversion.nullify.count < random_bits() % 4)
		items[conversion.nullify.count++] =
			words[random_bits() % (sizeof(words) / sizeof(words[0]))];
	CHECK(type_parse(&arena, types[random_bits() % (sizeof(types) / sizeof(types[0]))],
		&conversion.type));
	conversion.round = type_rounds(&conversion.type) && random_bits() % 2 == 0;
	return conversion;
}

static bool attests(const struct conversion *conversion, const struct value *from,
	const struct value *to)
{
	static const struct type raw = { .kind = TYPE_RAW };
	const struct canonical_hint hint = { .reading = conversion->reading, .zoned = true,
		.zone = conversion->zone };
	struct canonical forms[2];
	struct attest attest;
	const char *why;
	bool holds;

	CHECK(canonical_pair(&raw, &conversion->type, &hint, &forms[0], &forms[1], &why));
	attest_begin(&attest, conversion, &conversion->type, &forms[0], &forms[1]);
	holds = attest_cell(&attest, from, to);
	canonical_close(&forms[0]);
	canonical_close(&forms[1]);
	return holds;
}

static void show(const char *what, const struct conversion *conversion, const struct value *from,
	const struct value *to)
{
	struct bytes shown = { 0 };

	value_json(&shown, from);
	bytes_add_text(&shown, " as ");
	value_json(&shown, to);
	printf("# %s: %.*s, kind %d, nul %d, ill %d, %zu words\n", what, (int)shown.size,
		(char *)shown.data, (int)conversion->type.kind, (int)conversion->nul,
		(int)conversion->ill, conversion->nullify.count);
	bytes_close(&shown);
}

/* Something else of the same kind, or NULL. */
static struct value other(const struct value *cell, uint8_t room[256])
{
	struct value to = *cell;

	if (cell->kind == VALUE_NULL)
		return text("x");
	if (random_bits() % 4 == 0)
		return (struct value){ .kind = VALUE_NULL };
	if (cell->kind == VALUE_BOOL)
		to.truth = !cell->truth;
	else if (cell->kind == VALUE_INTEGER)
		to.integer = (int64_t)((uint64_t)cell->integer + 1);
	else if (cell->kind == VALUE_REAL)
		to.real = isnan(cell->real) ? 0 : nextafter(cell->real, 1e300);
	else if (cell->size == 0 || cell->size > 200)
		return text("7");
	else {
		memcpy(room, cell->data, cell->size);
		room[random_bits() % cell->size] = '%';
		to.data = room;
	}
	return to;
}

static void test_conversions(void)
{
	struct bytes scratch = { 0 };
	unsigned converted = 0, changed = 0;

	for (int i = 0; i < 300000; i++) {
		const char *items[8], *why;
		const struct conversion conversion = random_conversion(items);
		uint8_t room[64], spoiled[256];
		struct value from = random_cell(room), to, wrong;
		enum change change;

		arena_reset(&arena);
		if (!convert_value(&conversion, &from, &to, &scratch, &change, &why))
			continue;
		converted++;
		if (!CHECK(attests(&conversion, &from, &to)))
			show("not attested", &conversion, &from, &to);
		wrong = other(&to, spoiled);
		if (to.kind == VALUE_TEXT && wrong.kind == VALUE_TEXT &&
			!utf8_valid(wrong.data, wrong.size))
			continue;
		changed++;
		/* What a policy puts in the place of bytes, or leaves to both, may be another. */
		if (attests(&conversion, &from, &wrong) && !CHECK((change >= CHANGE_NUL_STRIPPED &&
			change <= CHANGE_ESCAPED) || conversion.nullify.count > 0))
			show("attested", &conversion, &from, &wrong);
	}
	CHECK(converted > 50000 && changed > 50000);
	bytes_close(&scratch);
}

static bool judged(const struct conversion *conversion, struct value from, struct value to)
{
	return attests(conversion, &from, &to);
}

static void test_nullify(void)
{
	const char *items[] = { "-", "0", "1e2", "nan" };
	struct conversion conversion = { .type = { .kind = TYPE_NUMERIC },
		.nullify = { .items = items, .count = 4 } };
	const struct value null = { .kind = VALUE_NULL };

	CHECK(judged(&conversion, null, null));
	CHECK(judged(&conversion, text("-"), null) && !judged(&conversion, text("-"), text("0")));
	CHECK(judged(&conversion, integer(0), null) && !judged(&conversion, integer(0), text("0")));
	CHECK(judged(&conversion, real(0), null) && !judged(&conversion, real(0), text("0")));
	/* Whether 1e2 is 100 is not decided here. */
	CHECK(judged(&conversion, real(100), null) && judged(&conversion, real(100), text("100")));
	CHECK(!judged(&conversion, real(5), null));
	CHECK(!judged(&conversion, real(1), null) && !judged(&conversion, null, text("0")));
	conversion.nullify.count = 0;
	CHECK(!judged(&conversion, text("-"), null) && !judged(&conversion, integer(0), null));
}

/* Texts that are cut at a NUL byte, or lose what is behind ill-formed ones. */
static void test_policies(void)
{
	static const uint8_t nul[] = { 'a', 0, 'b' }, ill[] = { 'a', 0xff, 'b' };
	struct value from = { .kind = VALUE_TEXT, .size = 3 };
	struct conversion conversion = { .type = { .kind = TYPE_TEXT } };

	from.data = nul;
	CHECK(!judged(&conversion, from, text("ab")) && !judged(&conversion, from, text("a")));
	conversion.nul = NUL_STRIP;
	CHECK(judged(&conversion, from, text("ab")) && !judged(&conversion, from, text("a")) &&
		!judged(&conversion, from, text("ba")) && !judged(&conversion, from, text("")));
	conversion.nul = NUL_ESCAPE;
	CHECK(judged(&conversion, from, text("a\\000b")) && !judged(&conversion, from, text("a")));
	from.kind = VALUE_BAD_UTF8;
	from.data = ill;
	CHECK(!judged(&conversion, from, text("a\xef\xbf\xbd" "b")));
	conversion.ill = ILL_REPLACE;
	CHECK(judged(&conversion, from, text("a\xef\xbf\xbd" "b")));
	CHECK(!judged(&conversion, from, text("a")) && !judged(&conversion, from, text("")));
	CHECK(!judged(&conversion, text("ab"), text("axb")));
}

static void test_decimals(void)
{
	const struct conversion conversion = { .type = { .kind = TYPE_NUMERIC } };

	CHECK(judged(&conversion, real(0.1), text("0.1")));
	CHECK(judged(&conversion, real(-12.25), text("-12.250")));
	CHECK(judged(&conversion, real(1e15), text("1000000000000000")));
	CHECK(judged(&conversion, real(0.30000000000000004), text("0.30000000000000004")));
	CHECK(!judged(&conversion, real(0.30000000000000004), text("0.3")));
	CHECK(!judged(&conversion, real(0.1), text("0.10000000000000001")));
	CHECK(!judged(&conversion, real(12.25), text("12.2")));
	CHECK(!judged(&conversion, real(12.25), text("-12.25")));
	CHECK(!judged(&conversion, real(12.25), text("12.25.")));
	CHECK(!judged(&conversion, real(-0.0), text("0")));
}

static struct conversion conversion_to(const char *type, enum reading_of_time reading, bool rounds)
{
	struct conversion conversion = { .reading = reading, .round = rounds };

	CHECK(type_parse(&arena, type, &conversion.type));
	return conversion;
}

static void test_intervals(void)
{
	struct conversion to = conversion_to("interval", TIME_EPOCH_US, false);

	CHECK(judged(&to, integer(-172799999993), text("-2 days +00:00:00.000007")));
	CHECK(!judged(&to, integer(-172799999993), text("-2 days +00:00:00.000008")));
	CHECK(!judged(&to, integer(-172799999993), text("-2 days -00:00:00.000007")));
	CHECK(!judged(&to, integer(-172799999993), text("2 days 00:00:00.000007")));
	CHECK(!judged(&to, integer(-172799999993), text("-172799999993")));
	CHECK(judged(&to, integer(0), text("00:00:00")));
	CHECK(!judged(&to, integer(1), text("00:00:00")));
	CHECK(judged(&to, integer(86400000000), text("1 day")));
	CHECK(!judged(&to, integer(86400000), text("1 day")));
	CHECK(!judged(&to, integer(86400000000), text("1 day ")));
	to.reading = TIME_EPOCH_MS;
	CHECK(judged(&to, integer(86400000), text("1 day")) && judged(&to, real(1.5),
		text("00:00:00.0015")) && !judged(&to, real(1.5), text("00:00:00.001")));
	to.reading = TIME_EPOCH_S;
	CHECK(judged(&to, real(-0.5), text("-1 days +23:59:59.5")));
	to.reading = TIME_EPOCH_NS;
	CHECK(judged(&to, integer(7000), text("00:00:00.000007")));
	CHECK(!judged(&to, integer(7001), text("00:00:00.000007")));
	to.reading = TIME_PLAIN;
	CHECK(!judged(&to, integer(0), text("00:00:00")));
	CHECK(judged(&to, text("1970-01-02 00:00:00.000001"), text("1 day 00:00:00.000001")));
	CHECK(judged(&to, text("1969-12-31 23:00:00"), text("-1 days +23:00:00")));
	CHECK(!judged(&to, text("1969-12-31 23:00:00"), text("1 day 23:00:00")));
	CHECK(!judged(&to, text("1970-01-02 00:00:00.000001"), text("1 day 00:00:00.000002")));
	CHECK(judged(&to, text("-1.02:03:04.5000000"), text("-1 days -02:03:04.5000000")));
	CHECK(!judged(&to, text("-1.02:03:04.5"), text("-1 days 02:03:04.5")));
	CHECK(!judged(&to, text("-1.02:03:04.5"), text("1 days 02:03:04.5")));
	CHECK(!judged(&to, text("1.02:03:04"), text("1.02:03:04")));
	CHECK(!judged(&to, text("1.02:03:04"), text("1 days 02:03:05")));
	CHECK(judged(&to, text("02:03:04"), text("02:03:04")));
	CHECK(judged(&to, text("1 mon"), text("1 mon")));
	CHECK(!judged(&to, text("1 mon"), text("30 days")));
}

static void test_arrays(void)
{
	static const char *const others[] = {
		"{\"b\\\"\\\\\",\"a\",\"\xc3\xa9\",NULL,\"NULL\",1.50,true}",
		"{\"a\",\"b\\\"\\\\\",\"\xc3\xa9\",NULL,NULL,1.50,true}",
		"{\"a\",\"b\\\"\\\\\",\"\xc3\xa9\",\"NULL\",NULL,1.50,true}",
		"{\"a\",\"b\\\"\\\\\",\"\xc3\xa9\",NULL,\"NULL\",1.50}",
		"{\"a\",\"b\\\"\\\\\",\"\xc3\xa9\",NULL,\"NULL\",1.50,true,1}",
		"{\"a\",\"b\\\"\\\\\",\"\xc3\xa9\",NULL,\"NULL\",1.51,true}",
		"{\"a\",\"b\\\"\",\"\xc3\xa9\",NULL,\"NULL\",1.50,true}",
		"{\"a\",\"b\\\"\\\\\",\"\\u00e9\",NULL,\"NULL\",1.50,true}",
	};
	const struct conversion to = conversion_to("text[]", TIME_PLAIN, false);
	const struct value from = text(
		"[\"a\", \"b\\\"\\\\\", \"\\u00e9\", null, \"NULL\", 1.50, true]");

	CHECK(judged(&to, from,
		text("{\"a\",\"b\\\"\\\\\",\"\xc3\xa9\",NULL,\"NULL\",1.50,true}")));
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		CHECK(!judged(&to, from, text(others[i])));
	CHECK(!judged(&to, from, from));
	CHECK(judged(&to, text("[[1, 2], [3, 4]]"), text("{{1,2},{3,4}}")));
	CHECK(!judged(&to, text("[[1, 2], [3, 4]]"), text("{1,2,3,4}")));
	CHECK(!judged(&to, text("[[1, 2], [3, 4]]"), text("{{1,2},{4,3}}")));
	CHECK(!judged(&to, text("[[1, 2], [3, 4]]"), text("{{1,2}}")));
	CHECK(judged(&to, text(" [ ] "), text("{}")) && !judged(&to, text("[]"), text("{{}}")));
	CHECK(judged(&to, text("{a,b}"), text("{a,b}")));
	CHECK(!judged(&to, text("{a,b}"), text("{b,a}")));
	CHECK(judged(&to, text("[0:1]={1,2}"), text("[0:1]={1,2}")));
}

/* Ill-formed text and NUL bytes inside of JSON: all else of it still stands in its place. */
static void test_mended_arrays(void)
{
	struct conversion to = conversion_to("text[]", TIME_PLAIN, false);
	struct value from = text("[\"a\xff\", \"b\"]");

	from.kind = VALUE_BAD_UTF8;
	CHECK(!judged(&to, from, text("{\"a\xef\xbf\xbd\",\"b\"}")));
	to.ill = ILL_REPLACE;
	CHECK(judged(&to, from, text("{\"a\xef\xbf\xbd\",\"b\"}")));
	CHECK(!judged(&to, from, text("{\"\xef\xbf\xbd\",\"b\"}")));
	CHECK(!judged(&to, from, text("{\"b\",\"a\xef\xbf\xbd\"}")));
	from = (struct value){ .kind = VALUE_TEXT, .size = 6 };
	from.data = (const uint8_t *)"[\"a\0\"]";
	CHECK(!judged(&to, from, text("{\"a\"}")));
	to.nul = NUL_STRIP;
	CHECK(judged(&to, from, text("{\"a\"}")) && !judged(&to, from, text("{\"b\"}")));
}

static void test_rounding(void)
{
	struct conversion to = conversion_to("numeric(10,2)", TIME_PLAIN, true);

	CHECK(judged(&to, text("1.005"), text("1.01")));
	CHECK(!judged(&to, text("1.005"), text("1.00")));
	CHECK(judged(&to, real(-1.0049), text("-1.00")));
	CHECK(!judged(&to, real(-1.0049), text("-1.01")));
	CHECK(judged(&to, text("99.995"), text("100.00")));
	CHECK(!judged(&to, text("99.995"), text("99.99")));
	CHECK(judged(&to, text("-0.004"), text("0.00")));
	CHECK(!judged(&to, text("-0.004"), text("0.01")));
	CHECK(!judged(&to, text("-1.004"), text("1.00")));
	CHECK(!judged(&to, text("1.004"), text("1.0001")));
	CHECK(judged(&to, text("1e-3"), text("0")) && !judged(&to, text("1.006"), text("11.01")));
	CHECK(!judged(&to, text("1.005"), text("1.005")) && judged(&to, text("1.5"), text("1.50")));
	CHECK(judged(&to, text("NaN"), text("NaN")) && !judged(&to, text("NaN"), text("0")));
	to.round = false;
	CHECK(!judged(&to, text("1.005"), text("1.01")));

	to = conversion_to("timestamp(3)", TIME_EPOCH_US, true);
	CHECK(judged(&to, integer(946684800000500), integer(1000)));
	CHECK(!judged(&to, integer(946684800000500), integer(0)));
	CHECK(judged(&to, integer(946684800000499), integer(0)));
	CHECK(judged(&to, integer(946684799999500), integer(0)));
	CHECK(judged(&to, text("2000-01-01 00:00:00.00149999"), integer(1000)));
	CHECK(!judged(&to, text("2000-01-01 00:00:00.0015"), integer(1000)));
	CHECK(judged(&to, text("1999-12-31 23:59:59.9995"), integer(0)));
	CHECK(!judged(&to, text("2000-01-01 00:00:00.0004"), integer(400)));
	CHECK(judged(&to, text("infinity"), integer(INT64_MAX)));
	to.round = false;
	CHECK(!judged(&to, integer(946684800000499), integer(0)));
	to = conversion_to("timestamp", TIME_PLAIN, true);
	CHECK(judged(&to, text("2000-01-01 00:00:00.0000015"), integer(2)));
	CHECK(!judged(&to, text("2000-01-01 00:00:00.0000015"), integer(1)));
	to = conversion_to("interval(0)", TIME_EPOCH_MS, true);
	CHECK(judged(&to, integer(1500), text("00:00:02")));
	CHECK(!judged(&to, integer(1500), text("00:00:01")));
	CHECK(judged(&to, integer(-1500), text("-1 days +23:59:59")));
	to.round = false;
	CHECK(!judged(&to, integer(1499), text("00:00:01")));
}

static void test_loose_times(void)
{
	struct conversion to = conversion_to("time", TIME_PLAIN, false);
	const struct value from = text(" 2000-01-01 09:30:00.5 ");

	CHECK(!judged(&to, from, integer(34200500000)));
	to.loose = true;
	CHECK(judged(&to, from, integer(34200500000)) && !judged(&to, from, integer(34200500001)));
	CHECK(!judged(&to, text("2000-01-02 09:30:00.5"), integer(34200500000)));
	to = conversion_to("timestamptz", TIME_PLAIN, false);
	CHECK(judged(&to, text("2000-01-01 00:00:01 UTC"), integer(1000000)));
	CHECK(judged(&to, text("2000-01-01 01:00:01 +0100"), integer(1000000)));
	CHECK(!judged(&to, text("2000-01-01 00:00:01 UTX"), integer(1000000)));
}

int main(void)
{
	static const struct test tests[] = {
		{ "what conversions make is attested, and nothing else", test_conversions },
		{ "what is NULL by the plan, and what is not", test_nullify },
		{ "texts that a policy changes", test_policies },
		{ "decimals of reals", test_decimals },
		{ "intervals of numbers, of times since 1970 and of .NET", test_intervals },
		{ "arrays of JSON, item by item", test_arrays },
		{ "arrays of JSON that a policy changes", test_mended_arrays },
		{ "what is rounded is the nearest, and nothing else is", test_rounding },
		{ "times in a loose spelling", test_loose_times },
	};
	const int status = test_run(tests, sizeof(tests) / sizeof(tests[0]));

	arena_close(&arena);
	return status;
}
