/*
 * Canonical cells: what is equal and what is not, within a type and between two; numbers and JSON
 * spelled at random; and whatever rows-retype's conversions make of a raw cell, the raw cell means.
 */
#include "row/canonical.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "row/convert.h"
#include "sample.h"
#include "wire/pack.h"

static struct arena arena;

static uint64_t state = 88172645463325252;

static uint64_t random_bits(void)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state;
}

static struct value text(const char *from)
{
	struct value value = { .kind = VALUE_TEXT, .size = (uint32_t)strlen(from) };

	value.data = (const uint8_t *)from;
	return value;
}

static struct value bytes_of(const char *from, uint32_t size)
{
	struct value value = { .kind = VALUE_BYTES, .size = size };

	value.data = (const uint8_t *)from;
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

static struct value truth(bool is)
{
	return (struct value){ .kind = VALUE_BOOL, .truth = is };
}

/* The cells' canonical bytes are the same; -1 when the types have none in common. */
static int same(const char *left, struct value a, const char *right, struct value b,
	const struct canonical_hint *hint)
{
	struct canonical forms[2] = { { 0 } };
	struct bytes packed[2] = { { 0 } };
	struct value cells[2] = { a, b };
	struct type types[2];
	const char *why = NULL;
	int result = -1;

	CHECK(type_parse(&arena, left, &types[0]) && type_parse(&arena, right, &types[1]));
	if (canonical_pair(&types[0], &types[1], hint, &forms[0], &forms[1], &why)) {
		for (int i = 0; i < 2; i++) {
			struct value to;

			pack_value(&packed[i], canonical_cell(&forms[i], &cells[i], &to) ? &to :
				&cells[i]);
			CHECK(!packed[i].failed && !forms[i].scratch.failed);
		}
		result = packed[0].size == packed[1].size &&
			memcmp(packed[0].data, packed[1].data, packed[0].size) == 0;
	} else {
		CHECK(why != NULL);
	}
	for (int i = 0; i < 2; i++) {
		bytes_close(&packed[i]);
		canonical_close(&forms[i]);
	}
	return result;
}

static void test_one_type(void)
{
	CHECK(same("numeric", text("1.50"), "numeric(10,2)", text("1.5"), NULL) == 1);
	CHECK(same("numeric", text("1.500"), "numeric", text("1.5"), NULL) == 1);
	CHECK(same("numeric", text("100"), "numeric", text("100.00"), NULL) == 1);
	CHECK(same("numeric", text("100"), "numeric", text("1"), NULL) == 0);
	CHECK(same("numeric", text("0.00"), "numeric", text("0"), NULL) == 1);
	CHECK(same("numeric", text("-0.10"), "numeric", text("-0.1"), NULL) == 1);
	CHECK(same("numeric", text("-0.1"), "numeric", text("0.1"), NULL) == 0);
	CHECK(same("numeric", text("1.0000000000000001"), "numeric", text("1"), NULL) == 0);
	CHECK(same("numeric", text("NaN"), "numeric", text("NaN"), NULL) == 1);
	CHECK(same("numeric", text("Infinity"), "numeric", text("-Infinity"), NULL) == 0);
	CHECK(same("char(4)", text("ab"), "char(4)", text("ab  "), NULL) == 1);
	CHECK(same("char(4)", text(" ab"), "char(4)", text("ab"), NULL) == 0);
	CHECK(same("text", text("ab"), "text", text("ab "), NULL) == 0);
	CHECK(same("text", text("\xc3\xa9"), "text", text("e\xcc\x81"), NULL) == 0);
	CHECK(same("float8", real(0.0), "float8", real(-0.0), NULL) == 0);
	CHECK(same("float8", real(__builtin_nan("")), "float8", real(-__builtin_nan("7")),
		NULL) == 1);
	CHECK(same("float4", real((double)0.1f), "float8", real(0.1), NULL) == 0);
	CHECK(same("float4", real((double)0.1f), "float8", real((double)0.1f), NULL) == 1);
	CHECK(same("json", text("{\"a\":1}"), "json", text("{\"a\": 1}"), NULL) == 0);
	CHECK(same("timestamp", integer(1), "timestamp", integer(2), NULL) == 0);
	CHECK(same("bytea", bytes_of("\0", 1), "bytea", bytes_of("\1", 1), NULL) == 0);
	CHECK(same("raw", integer(1), "raw", real(1), NULL) == 0);
	CHECK(same("raw", integer(1), "raw", text("1"), NULL) == 0);
	CHECK(same("raw", text(""), "raw", (struct value){ 0 }, NULL) == 0);
	CHECK(same("int8", integer(0), "int8", (struct value){ 0 }, NULL) == 0);
}

static void test_jsonb(void)
{
	static const struct { const char *a, *b; int equal; } pairs[] = {
		{ "{\"a\":1,\"b\":2}", " { \"b\" : 2.0 , \"a\" : 1 } ", 1 },
		{ "{\"a\":1,\"a\":2}", "{\"a\":2}", 1 },
		{ "{\"a\":1,\"a\":2}", "{\"a\":1}", 0 },
		{ "{\"a\":2,\"\\u0061\":1}", "{\"a\":1}", 1 },
		{ "{\"b\":{\"y\":1,\"x\":2},\"a\":[]}", "{\"a\":[],\"b\":{\"x\":2,\"y\":1}}", 1 },
		{ "[1,2]", "[2,1]", 0 },
		{ "1e2", "100", 1 }, { "100.0", "100", 1 }, { "1E+2", "1e2", 1 },
		{ "-0", "0", 1 }, { "0e4544542", "0", 1 }, { "-0.0e5", "0", 1 },
		{ "0.1", "1e-1", 1 }, { "10", "1", 0 },
		{ "1e30", "1000000000000000000000000000000", 1 }, { "1e30", "1e31", 0 },
		{ "1e-40", "0.1e-39", 1 }, { "12e-30", "1.2e-29", 1 }, { "1e-25", "1e-26", 0 },
		{ "\"\\u00e9\"", "\"\xc3\xa9\"", 1 }, { "\"\\ud83d\\ude00\"",
			"\"\xf0\x9f\x98\x80\"", 1 },
		{ "\"\\/\"", "\"/\"", 1 }, { "\"\\n\"", "\"\\u000a\"", 1 },
		{ "\"a\"", "\"b\"", 0 }, { "\"1\"", "1", 0 }, { "null", "\"null\"", 0 },
		{ "[[],{}]", "[ [ ] , { } ]", 1 }, { "{}", "[]", 0 }, { "true", "false", 0 },
		{ "\"\\\\\"", "\"\\u005c\"", 1 }, { "\"\\\"\"", "\"\\u0022\"", 1 },
		{ "{\"a,b\":1}", "{\"a\":1,\"b\":1}", 0 },
		{ "{\"ab\":1,\"b\":1,\"\":1}", "{\"\":1,\"b\":1,\"ab\":1}", 1 },
		/* no JSON: as they are */
		{ "{", "{", 1 }, { "{", "{ ", 0 }, { "[1,]", "[1]", 0 }, { "01", "1", 0 },
		{ "", "", 1 }, { "nul", "null", 0 }, { "{\"a\":1", "{\"a\":1}", 0 },
		{ "1e9999999", "1e9999998", 0 },
	};

	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++)
		if (!CHECK(same("jsonb", text(pairs[i].a), "jsonb", text(pairs[i].b), NULL) ==
			pairs[i].equal))
			printf("# %s and %s\n", pairs[i].a, pairs[i].b);
	CHECK(same("json", text("{\"a\": 1}"), "jsonb", text("{\"a\":1}"), NULL) == 1);
}

static void test_two_types(void)
{
	static const char uuid[] = "\x12\x34\x56\x78\x9a\xbc\xde\xf0"
		"\x12\x34\x56\x78\x9a\xbc\xde\xf0";

	CHECK(same("raw", integer(1), "boolean", truth(true), NULL) == 1);
	CHECK(same("raw", text("No"), "boolean", truth(false), NULL) == 1);
	CHECK(same("raw", integer(2), "boolean", truth(true), NULL) == 0);
	CHECK(same("int4", integer(0), "boolean", truth(false), NULL) == 1);
	CHECK(same("raw", integer(0), "boolean", truth(true), NULL) == 0);
	CHECK(same("int2", integer(7), "int8", integer(7), NULL) == 1);
	CHECK(same("int8", integer(7), "numeric", text("7.00"), NULL) == 1);
	CHECK(same("int8", integer(7), "float8", real(7), NULL) == 1);
	CHECK(same("float8", real(0.1), "numeric", text("0.10"), NULL) == 1);
	CHECK(same("float8", real(-0.0), "numeric", text("0"), NULL) == 0);
	CHECK(same("float8", real(5e-324), "numeric", text("0"), NULL) == 0);
	CHECK(same("int8", integer(9007199254740993), "float8", real(9007199254740992.0),
		NULL) == 0);
	CHECK(same("raw", text(" 007.50 "), "numeric", text("7.5"), NULL) == 1);
	CHECK(same("raw", text("0.1"), "float8", real(0.1), NULL) == 1);
	CHECK(same("raw", text("0.10000000000000001"), "float8", real(0.1), NULL) == 0);
	CHECK(same("raw", text("-0.0"), "float8", real(-0.0), NULL) == 1);
	CHECK(same("raw", text("-0.0"), "float8", real(0.0), NULL) == 0);
	CHECK(same("raw", text("-2.5"), "float8", real(-2.5), NULL) == 1);
	CHECK(same("raw", real(1.5), "text", text("1.5"), NULL) == 1);
	CHECK(same("raw", real(1e15), "text", text("1000000000000000.0"), NULL) == 1);
	CHECK(same("raw", real(1e16), "text", text("1e+16"), NULL) == 1);
	CHECK(same("raw", real(-1), "text", text("-1"), NULL) == 0);
	CHECK(same("raw", integer(1), "int8", integer(1), NULL) == 1);
	CHECK(same("raw", real(1), "int8", integer(1), NULL) == 1);
	CHECK(same("raw", real(-0.0), "int8", integer(0), NULL) == 0);
	CHECK(same("raw", text("1"), "int8", integer(1), NULL) == 1);
	CHECK(same("raw", text("x"), "int8", integer(1), NULL) == 0);
	CHECK(same("raw", text("ab "), "char(5)", text("ab"), NULL) == 1);
	CHECK(same("text", text("ab "), "varchar(5)", text("ab"), NULL) == 0);
	CHECK(same("raw", bytes_of("abc", 3), "text", text("abc"), NULL) == 1);
	CHECK(same("raw", bytes_of("\xff", 1), "text", text("\xc3\xbf"), NULL) == 0);
	CHECK(same("raw", text("abc"), "bytea", bytes_of("abc", 3), NULL) == 1);
	CHECK(same("raw", integer(12), "bytea", bytes_of("12", 2), NULL) == 1);
	CHECK(same("raw", text("{12345678-9ABC-DEF0-1234-56789ABCDEF0}"), "uuid",
		bytes_of(uuid, 16), NULL) == 1);
	CHECK(same("raw", text("12345678-9abc-def0-1234-56789abcdef1"), "uuid",
		bytes_of(uuid, 16), NULL) == 0);
	CHECK(same("raw", bytes_of(uuid, 16), "uuid", bytes_of(uuid, 16), NULL) == 1);
	CHECK(same("raw", integer(5), "jsonb", text("5.0"), NULL) == 1);
	CHECK(same("uuid", bytes_of(uuid, 16), "jsonb", text("5"), NULL) == -1);
	CHECK(same("date", integer(1), "int8", integer(1), NULL) == -1);
}

static void test_times(void)
{
	const struct canonical_hint seconds = { .reading = TIME_EPOCH_S };
	const struct canonical_hint millis = { .reading = TIME_EPOCH_MS };
	const struct canonical_hint east = { .zoned = true, .zone = 7200 };
	const int64_t day = INT64_C(86400000000);

	CHECK(same("raw", text("2000-01-02"), "date", integer(1), NULL) == 1);
	CHECK(same("raw", text("2000-01-02 00:00:00"), "date", integer(1), NULL) == 1);
	CHECK(same("raw", text("2000-02-30"), "date", integer(59), NULL) == 0);
	CHECK(same("raw", text("2000-02-29"), "date", integer(59), NULL) == 1);
	CHECK(same("raw", text("1900-03-01"), "date", integer(-36465), NULL) == 1);
	CHECK(same("raw", text("1900-02-29"), "date", integer(-36466), NULL) == 0);
	CHECK(same("raw", text("0001-01-01"), "date", integer(-730119), NULL) == 1);
	CHECK(same("raw", integer(1), "date", integer(1), NULL) == 0);
	CHECK(same("raw", text("2000-01-01T00:00:00.000001"), "timestamp", integer(1), NULL) == 1);
	CHECK(same("raw", text("2000-01-01 00:00:00.0000019"), "timestamp", integer(1),
		NULL) == 0);
	CHECK(same("raw", text("2000-01-01 02:00:00+02:00"), "timestamptz", integer(0),
		NULL) == 1);
	CHECK(same("raw", text("1999-12-31 18:30:00-0530"), "timestamptz", integer(0), NULL) == 1);
	CHECK(same("raw", text("2000-01-01 24:00"), "timestamp", integer(day), NULL) == 0);
	CHECK(same("raw", text("24:00:00"), "time", integer(day), NULL) == 1);
	CHECK(same("raw", text("24:00:01"), "time", integer(day + 1000000), NULL) == 0);
	CHECK(same("raw", text("12:30"), "time", integer(day / 48 * 25), NULL) == 1);
	CHECK(same("raw", text("2000-01-01 02:00"), "timestamptz", integer(0), &east) == 1);
	CHECK(same("raw", text("2000-01-01 02:00Z"), "timestamptz", integer(0), &east) == 0);
	CHECK(same("timestamp", integer(7200000000), "timestamptz", integer(0), &east) == 1);
	CHECK(same("timestamp", integer(0), "timestamptz", integer(0), NULL) == -1);
	CHECK(same("date", integer(1), "timestamp", integer(day), NULL) == 1);
	CHECK(same("date", integer(INT32_MAX), "timestamp", integer(INT64_MAX), NULL) == 1);
	CHECK(same("raw", text("-infinity"), "date", integer(INT32_MIN), NULL) == 1);
	CHECK(same("raw", integer(946684800), "timestamptz", integer(0), &seconds) == 1);
	CHECK(same("raw", real(946684800.5), "timestamptz", integer(500000), &seconds) == 1);
	CHECK(same("raw", integer(946684800001), "timestamptz", integer(1000), &millis) == 1);
	CHECK(same("int8", integer(946684800), "timestamptz", integer(0), &seconds) == 1);
	CHECK(same("raw", integer(946684800), "timestamptz", integer(946684800), NULL) == 0);
	CHECK(same("int8", integer(946684800), "timestamptz", integer(0), NULL) == -1);
}

/* A number of up to 17 digits, spelled in two ways. */
static void test_numbers_at_random(void)
{
	char plain[64], other[80], next[64];

	for (int i = 0; i < 20000; i++) {
		const uint64_t digits = random_bits() % 100000000000000000u;
		const int scale = (int)(random_bits() % 12), zeros = (int)(random_bits() % 5);
		uint64_t power = 1;

		for (int j = 0; j < scale; j++)
			power *= 10;
		snprintf(plain, sizeof(plain), "%" PRIu64 ".%0*" PRIu64, digits / power,
			scale + 1, digits % power * 10);
		snprintf(other, sizeof(other), "%s%.*s", plain, zeros, "00000");
		snprintf(next, sizeof(next), "%" PRIu64 ".%0*" PRIu64, digits / power,
			scale + 1, digits % power * 10 + 1);
		if (!CHECK(same("numeric", text(plain), "numeric", text(other), NULL) == 1 &&
			same("numeric", text(next), "numeric", text(other), NULL) == 0))
			printf("# %s %s\n", plain, other);
		snprintf(other, sizeof(other), "%" PRIu64 "e-%d", digits, scale);
		if (!CHECK(same("jsonb", text(plain), "jsonb", text(other), NULL) == 1 &&
			same("jsonb", text(next), "jsonb", text(other), NULL) == 0))
			printf("# %s %s\n", plain, other);
	}
}

/* The same tree twice, with members and blanks in another order. */
static void add_tree(struct bytes *one, struct bytes *other, int depth)
{
	const uint64_t kind = depth == 0 ? 2 : random_bits() % 3;
	const int count = (int)(random_bits() % 4);
	struct bytes parts[4] = { { 0 } };

	if (kind == 2) {
		const int number = (int)(random_bits() % 1000);

		bytes_format(one, "%d", number);
		bytes_format(other, " %d.0 ", number);
		return;
	}
	bytes_add_byte(one, kind == 0 ? '{' : '[');
	for (int i = 0; i < count; i++) {
		if (kind == 0) {
			bytes_format(one, "%s\"k%d\":", i > 0 ? "," : "", i);
			bytes_format(&parts[i], "\"\\u006b%d\" :", i);
		} else {
			bytes_add_text(one, i > 0 ? "," : "");
		}
		add_tree(one, &parts[i], depth - 1);
	}
	bytes_add_byte(one, kind == 0 ? '}' : ']');
	bytes_add_byte(other, kind == 0 ? '{' : '[');
	for (int i = 0; i < count; i++) {
		const struct bytes *part = &parts[kind == 0 ? count - 1 - i : i];

		bytes_add_text(other, i > 0 ? " , " : "");
		bytes_add(other, part->data, part->size);
	}
	bytes_add_byte(other, kind == 0 ? '}' : ']');
	for (int i = 0; i < count; i++)
		bytes_close(&parts[i]);
}

static void test_json_at_random(void)
{
	for (int i = 0; i < 3000; i++) {
		struct bytes one = { 0 }, other = { 0 };

		add_tree(&one, &other, 5);
		bytes_add_byte(&one, '\0');
		bytes_add_byte(&other, '\0');
		if (!CHECK(same("jsonb", text((char *)one.data), "jsonb",
			text((char *)other.data), NULL) == 1))
			printf("# %s and %s\n", one.data, other.data);
		bytes_close(&one);
		bytes_close(&other);
	}
}

/* --- against the conversions ------------------------------------------------------------------ */

static struct value random_cell(char room[64])
{
	static const char *const texts[] = { "", "0", "1", "true", "OFF", "y", "7", "-7", "007",
		"1.50", "1e5", "-0", "0.1", "NaN", "Infinity", "-Infinity", "inf", "nan", "x",
		"2026-02-29", "2024-02-29", "2026-01-31 10:11:12", "2026-01-31T10:11:12.5Z",
		"2026-01-31 10:11:12.123456+05:30", "2026-01-31 23:59:60", "10:11", "24:00:00",
		"25:00", "infinity", "{\"a\": 1}", "[1, 2.0]", "\"a\"", "null", "20260131",
		"20260131101112", "12345678-9abc-def0-1234-56789abcdef0", " 5 ",
		"9223372036854775808",
		"5e-324", "9007199254740993", "ab  ", "0.30000000000000004" };
	static const double reals[] = { 0, -0.0, 1, -1, 1.5, 0.1, 1e15, 1e16, 123456789012345680,
		1e17, 1e300, 5e-324, 2.2250738585072014e-308, 9007199254740992.0, 1e-5, 1e-4,
		0.30000000000000004, 946684800.5, 2460000.5, 1700000000, 4503599627370496.5 };
	uint64_t bits;
	double number;

	switch (random_bits() % 7) {
	case 6:
		return real(2451544.5 + (double)(random_bits() % 100000000000) / 8640000);
	case 0:
		return text(texts[random_bits() % (sizeof(texts) / sizeof(texts[0]))]);
	case 1:
		return real(reals[random_bits() % (sizeof(reals) / sizeof(reals[0]))]);
	case 2:
		bits = random_bits();
		memcpy(&number, &bits, sizeof(number));
		return real(number);
	case 3:
		return integer((int64_t)random_bits() >> random_bits() % 64);
	case 4:
		number = (double)(int64_t)random_bits();
		number /= (double)(1 + (random_bits() >> random_bits() % 64));
		snprintf(room, 64, "%.*g", (int)(random_bits() % 18), number);
		return random_bits() % 2 == 0 ? text(room) : real(strtod(room, NULL));
	default:
		return bytes_of("0123456789abcdef", (uint32_t)(random_bits() % 2 == 0 ? 16 : 3));
	}
}

/* What a raw cell was converted to, it means; and another value of the type, it does not. */
static void test_conversions(void)
{
	static const char *const types[] = { "boolean", "int2", "int8", "float4", "float8",
		"numeric", "numeric(20,4)", "text", "varchar", "char(40)", "json", "jsonb", "bytea",
		"uuid", "date", "time", "timestamp", "timestamptz" };
	struct bytes scratch = { 0 };
	unsigned converted = 0;

	for (int i = 0; i < 300000; i++) {
		const char *name = types[random_bits() % (sizeof(types) / sizeof(types[0]))];
		struct conversion conversion = { .loose = random_bits() % 2 == 0,
			.reading = random_bits() % TIMES,
			.zone = (int32_t)(random_bits() % 3) * 3600 };
		const struct canonical_hint hint = { .reading = conversion.reading, .zoned = true,
			.zone = conversion.zone };
		enum change change;
		const char *why;
		char room[64];
		struct value from = random_cell(room), to;

		CHECK(type_parse(&arena, name, &conversion.type));
		if (!convert_value(&conversion, &from, &to, &scratch, &change, &why))
			continue;
		converted++;
		if (!CHECK(same("raw", from, name, to, &hint) == 1)) {
			struct bytes shown = { 0 };

			value_json(&shown, &from);
			bytes_add_text(&shown, " as ");
			value_json(&shown, &to);
			printf("# %.*s %s, reading %d, zone %d\n", (int)shown.size,
				(char *)shown.data, name, conversion.reading, conversion.zone);
			bytes_close(&shown);
		}
		arena_reset(&arena);
	}
	CHECK(converted > 30000);
	bytes_close(&scratch);
}

int main(void)
{
	static const struct test tests[] = {
		{ "equal and not, of one type", test_one_type },
		{ "jsonb by value", test_jsonb },
		{ "equal and not, of two types", test_two_types },
		{ "times", test_times },
		{ "numbers spelled at random", test_numbers_at_random },
		{ "JSON in another order", test_json_at_random },
		{ "what conversions make of a raw cell, the raw cell means", test_conversions },
	};

	return test_run(tests, sizeof(tests) / sizeof(tests[0]));
}
