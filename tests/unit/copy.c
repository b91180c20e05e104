/* Rows as COPY takes them, to the byte; what is refused.  tests/copy.bats asks a server. */
#include "wire/copy.h"

#include <math.h>

#include "base/date.h"
#include "test.h"

#define PLAIN(k)      { .kind = k, .fraction = -1 }
#define CLOCK(k, f)   { .kind = k, .fraction = f }
#define LENGTH(k, n)  { .kind = k, .length = n, .fraction = -1 }
#define DECIMAL(p, s) { .kind = TYPE_NUMERIC, .precision = p, .scale = s, .fraction = -1 }
#define INTEGER(i)    { .kind = VALUE_INTEGER, .integer = i }
#define REAL(r)       { .kind = VALUE_REAL, .real = r }
#define TRUTH(b)      { .kind = VALUE_BOOL, .truth = b }
#define TEXT(t)       { .kind = VALUE_TEXT, .size = sizeof(t) - 1, .data = (const uint8_t *)(t) }
#define BYTES(t)      { .kind = VALUE_BYTES, .size = sizeof(t) - 1, .data = (const uint8_t *)(t) }

struct example {
	struct type type;
	struct value value;
	const char *bytes;
	size_t size;
};

#define WIRE(b) b, sizeof(b) - 1

static bool encodes(enum copy_form form, const struct example *example)
{
	struct copy copy = { .form = form, .types = &example->type, .count = 1 };
	struct bytes bytes = { 0 };
	bool same;

	same = copy_row(&copy, &bytes, &example->value) && bytes.size == example->size &&
		memcmp(bytes.data, example->bytes, bytes.size) == 0;
	if (!same && bytes.size > 0) {
		printf("# type %d:", (int)example->type.kind);
		for (size_t i = 0; i < bytes.size; i++)
			printf(" %02x", bytes.data[i]);
		printf("\n");
	} else if (!same) {
		printf("# type %d: %s\n", (int)example->type.kind, copy.why);
	}
	bytes_close(&bytes);
	return same;
}

static void test_binary(void)
{
	static const struct example examples[] = {
		{ PLAIN(TYPE_BOOL), TRUTH(true), WIRE("\0\1" "\0\0\0\1" "\1") },
		{ PLAIN(TYPE_BOOL), { .kind = VALUE_NULL }, WIRE("\0\1" "\377\377\377\377") },
		{ PLAIN(TYPE_INT2), INTEGER(-2), WIRE("\0\1" "\0\0\0\2" "\377\376") },
		{ PLAIN(TYPE_INT4), INTEGER(258), WIRE("\0\1" "\0\0\0\4" "\0\0\1\2") },
		{ PLAIN(TYPE_INT8), INTEGER(INT64_MIN),
			WIRE("\0\1" "\0\0\0\10" "\200\0\0\0\0\0\0\0") },
		{ PLAIN(TYPE_FLOAT4), REAL(1.5), WIRE("\0\1" "\0\0\0\4" "\077\300\0\0") },
		{ PLAIN(TYPE_FLOAT8), REAL(-0.0),
			WIRE("\0\1" "\0\0\0\10" "\200\0\0\0\0\0\0\0") },
		{ PLAIN(TYPE_FLOAT8), REAL(-(double)NAN),
			WIRE("\0\1" "\0\0\0\10" "\177\370\0\0\0\0\0\0") },
		{ PLAIN(TYPE_TEXT), TEXT("a\tb"), WIRE("\0\1" "\0\0\0\3" "a\tb") },
		{ PLAIN(TYPE_TEXT), TEXT(""), WIRE("\0\1" "\0\0\0\0") },
		{ LENGTH(TYPE_VARCHAR, 1), TEXT("\303\244"), WIRE("\0\1" "\0\0\0\2" "\303\244") },
		{ PLAIN(TYPE_JSONB), TEXT("{}"), WIRE("\0\1" "\0\0\0\3" "\1{}") },
		{ PLAIN(TYPE_BYTEA), BYTES("\0\1"), WIRE("\0\1" "\0\0\0\2" "\0\1") },
		{ PLAIN(TYPE_DATE), INTEGER(-1), WIRE("\0\1" "\0\0\0\4" "\377\377\377\377") },
		{ PLAIN(TYPE_TIMESTAMP), INTEGER(1), WIRE("\0\1" "\0\0\0\10" "\0\0\0\0\0\0\0\1") }
	};

	for (size_t i = 0; i < sizeof(examples) / sizeof(examples[0]); i++)
		CHECK(encodes(COPY_BINARY, &examples[i]));
}

/* Groups, weight, sign, scale, then the groups. */
static void test_numeric(void)
{
	static const struct example examples[] = {
		{ DECIMAL(0, 0), TEXT("0"), WIRE("\0\1" "\0\0\0\10" "\0\0\377\377\0\0\0\0") },
		{ DECIMAL(0, 0), TEXT("1"), WIRE("\0\1" "\0\0\0\12" "\0\1\0\0\0\0\0\0" "\0\1") },
		{ DECIMAL(0, 0), TEXT("-10000.5"),
			WIRE("\0\1" "\0\0\0\16" "\0\3\0\1\100\0\0\1" "\0\1" "\0\0" "\023\210") },
		{ DECIMAL(0, 0), TEXT("0.00012"),
			WIRE("\0\1" "\0\0\0\14" "\0\2\377\377\0\0\0\5" "\0\1" "\007\320") },
		{ DECIMAL(10, 2), TEXT("1.5000"),
			WIRE("\0\1" "\0\0\0\14" "\0\2\0\0\0\0\0\2" "\0\1" "\023\210") },
		{ DECIMAL(3, -2), TEXT("12300"),
			WIRE("\0\1" "\0\0\0\14" "\0\2\0\1\0\0\0\0" "\0\1" "\010\374") },
		{ DECIMAL(3, 1), TEXT("NaN"), WIRE("\0\1" "\0\0\0\10" "\0\0\0\0\300\0\0\0") },
		{ DECIMAL(0, 0), TEXT("Infinity"),
			WIRE("\0\1" "\0\0\0\10" "\0\0\0\0\320\0\0\0") },
		{ DECIMAL(0, 0), TEXT("-Infinity"),
			WIRE("\0\1" "\0\0\0\10" "\0\0\0\0\360\0\0\0") }
	};

	for (size_t i = 0; i < sizeof(examples) / sizeof(examples[0]); i++)
		CHECK(encodes(COPY_BINARY, &examples[i]));
}

static void test_text(void)
{
	static const struct example examples[] = {
		{ PLAIN(TYPE_BOOL), TRUTH(false), WIRE("f\n") },
		{ PLAIN(TYPE_TEXT), { .kind = VALUE_NULL }, WIRE("\\N\n") },
		{ PLAIN(TYPE_INT8), INTEGER(INT64_MIN), WIRE("-9223372036854775808\n") },
		{ PLAIN(TYPE_INT8), INTEGER(0), WIRE("0\n") },
		{ PLAIN(TYPE_FLOAT8), REAL(0.1), WIRE("0.1\n") },
		{ PLAIN(TYPE_FLOAT8), REAL((double)-INFINITY), WIRE("-Infinity\n") },
		{ DECIMAL(10, 2), TEXT("1.5"), WIRE("1.5\n") },
		{ PLAIN(TYPE_TEXT), TEXT("\\N"), WIRE("\\\\N\n") },
		{ PLAIN(TYPE_TEXT), TEXT("\\."), WIRE("\\\\.\n") },
		{ PLAIN(TYPE_TEXT), TEXT("\b\f\n\r\t\v\\x"), WIRE("\\b\\f\\n\\r\\t\\v\\\\x\n") },
		{ PLAIN(TYPE_TEXT), TEXT(""), WIRE("\n") },
		{ PLAIN(TYPE_BYTEA), BYTES("\0\377"), WIRE("\\\\x00ff\n") },
		{ PLAIN(TYPE_UUID), BYTES("\1\2\3\4\5\6\7\10\11\12\13\14\15\16\17\20"),
			WIRE("01020304-0506-0708-090a-0b0c0d0e0f10\n") },
		{ PLAIN(TYPE_DATE), INTEGER(INT32_MIN), WIRE("-infinity\n") },
		{ PLAIN(TYPE_DATE), INTEGER(2921940), WIRE("10000-01-01\n") },
		{ PLAIN(TYPE_DATE), INTEGER(-730120), WIRE("0001-12-31 BC\n") },
		{ PLAIN(TYPE_TIME), INTEGER(DATE_DAY), WIRE("24:00:00\n") },
		{ PLAIN(TYPE_TIMESTAMP), INTEGER(-1), WIRE("1999-12-31 23:59:59.999999\n") },
		{ PLAIN(TYPE_TIMESTAMPTZ), INTEGER(0), WIRE("2000-01-01 00:00:00+00\n") },
		{ PLAIN(TYPE_TIMESTAMPTZ), INTEGER(-730120 * DATE_DAY),
			WIRE("0001-12-31 00:00:00+00 BC\n") },
		{ { .kind = TYPE_OTHER, .name = "inet" }, TEXT("::1"), WIRE("::1\n") }
	};

	for (size_t i = 0; i < sizeof(examples) / sizeof(examples[0]); i++)
		CHECK(encodes(COPY_TEXT, &examples[i]));
}

/* Neither form takes what the server would round, cut or not take. */
static void test_refused(void)
{
	static const struct {
		struct type type;
		struct value value;
	} refused[] = {
		{ PLAIN(TYPE_RAW), INTEGER(1) }, { PLAIN(TYPE_BOOL), INTEGER(1) },
		{ PLAIN(TYPE_INT2), INTEGER(32768) }, { PLAIN(TYPE_INT4), INTEGER(-2147483649) },
		{ PLAIN(TYPE_INT8), REAL(1) }, { PLAIN(TYPE_INT8), TEXT("1") },
		{ PLAIN(TYPE_FLOAT8), INTEGER(1) }, { PLAIN(TYPE_FLOAT4), REAL(0.1) },
		{ PLAIN(TYPE_FLOAT4), REAL(1e300) }, { DECIMAL(0, 0), INTEGER(1) },
		{ DECIMAL(0, 0), TEXT("") }, { DECIMAL(0, 0), TEXT("-") },
		{ DECIMAL(0, 0), TEXT("1.") }, { DECIMAL(0, 0), TEXT(".5") },
		{ DECIMAL(0, 0), TEXT("1e5") }, { DECIMAL(0, 0), TEXT("+1") },
		{ DECIMAL(0, 0), TEXT("1 ") }, { DECIMAL(0, 0), TEXT("1\0") },
		{ DECIMAL(0, 0), TEXT("nan") }, { DECIMAL(0, 0), TEXT("--1") },
		{ DECIMAL(4, 2), TEXT("1.555") }, { DECIMAL(4, 2), TEXT("100") },
		{ DECIMAL(4, 2), TEXT("-100.00") }, { DECIMAL(3, 3), TEXT("1") },
		{ DECIMAL(2, 4), TEXT("0.01") }, { DECIMAL(3, -2), TEXT("12310") },
		{ DECIMAL(3, -2), TEXT("100000") }, { DECIMAL(3, 1), TEXT("Infinity") },
		{ PLAIN(TYPE_TEXT), BYTES("x") }, { PLAIN(TYPE_TEXT), TEXT("a\0b") },
		{ PLAIN(TYPE_TEXT), { .kind = VALUE_BAD_UTF8, .size = 0 } },
		{ LENGTH(TYPE_VARCHAR, 2), TEXT("abc") }, { LENGTH(TYPE_CHAR, 2), TEXT("a  ") },
		{ PLAIN(TYPE_BYTEA), TEXT("x") }, { PLAIN(TYPE_UUID), BYTES("short") },
		{ PLAIN(TYPE_DATE), INTEGER(-2451546) }, { PLAIN(TYPE_DATE), INTEGER(2145031949) },
		{ PLAIN(TYPE_DATE), INTEGER(INT64_MAX) }, { PLAIN(TYPE_TIME), INTEGER(-1) },
		{ PLAIN(TYPE_TIME), INTEGER(DATE_DAY + 1) },
		{ PLAIN(TYPE_TIMESTAMP), INTEGER(INT64_MIN + 1) },
		{ PLAIN(TYPE_TIMESTAMP), INTEGER(INT64_C(9223371331200000000)) },
		{ CLOCK(TYPE_TIME, 0), INTEGER(600000) },
		{ CLOCK(TYPE_TIMESTAMP, 3), INTEGER(1001) },
		{ { .kind = TYPE_OTHER }, BYTES("x") }
	};

	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		struct copy copy = { .types = &refused[i].type, .count = 1 };
		struct bytes bytes = { 0 };

		bytes_add_text(&bytes, "before");
		for (int form = COPY_TEXT; form <= COPY_BINARY; form++) {
			copy.form = (enum copy_form)form;
			copy.why = NULL;
			if (!CHECK(!copy_row(&copy, &bytes, &refused[i].value) && copy.why != NULL))
				printf("# number %zu\n", i);
			CHECK(bytes.size == 6 && copy.column == 0);
		}
		bytes_close(&bytes);
	}
}

static void test_row(void)
{
	static const struct type types[] = { PLAIN(TYPE_INT2), PLAIN(TYPE_TEXT), PLAIN(TYPE_INT2) };
	static const struct type other = { .kind = TYPE_OTHER, .name = "inet" };
	struct value cells[] = { INTEGER(1), TEXT("ab"), INTEGER(2) };
	struct copy copy = { .form = COPY_BINARY, .types = types, .count = 3 };
	struct bytes bytes = { 0 };

	copy_begin(&copy, &bytes);
	CHECK(copy_row(&copy, &bytes, cells));
	cells[2].integer = 99999;
	CHECK(!copy_row(&copy, &bytes, cells) && copy.column == 2);
	copy_end(&copy, &bytes);
	CHECK(bytes.size == 19 + 20 + 2 && memcmp(bytes.data, "PGCOPY\n\377\r\n\0\0\0\0\0\0\0\0\0"
		"\0\3" "\0\0\0\2\0\1" "\0\0\0\2" "ab" "\0\0\0\2\0\2" "\377\377", 41) == 0);
	bytes_clear(&bytes);
	copy.form = COPY_TEXT;
	cells[2].kind = VALUE_NULL;
	copy_begin(&copy, &bytes);
	CHECK(copy_row(&copy, &bytes, cells));
	copy_end(&copy, &bytes);
	CHECK(bytes.size == 8 && memcmp(bytes.data, "1\tab\t\\N\n", 8) == 0);
	copy = (struct copy){ .form = COPY_BINARY, .types = &other, .count = 1 };
	CHECK(!copy_row(&copy, &bytes, &cells[1]));
	copy.count = 0;
	bytes_clear(&bytes);
	CHECK(copy_row(&copy, &bytes, NULL) && bytes.size == 2);
	copy.count = 32768;
	CHECK(!copy_row(&copy, &bytes, cells));
	bytes_close(&bytes);
}

static void test_matches(void)
{
	static const struct {
		struct type type;
		uint32_t oid;
		int32_t typmod;
	} types[] = {
		{ PLAIN(TYPE_BOOL), 16, -1 }, { PLAIN(TYPE_INT8), 20, -1 },
		{ DECIMAL(0, 0), 1700, -1 }, { DECIMAL(10, 2), 1700, 655366 },
		{ DECIMAL(3, -2), 1700, 198658 }, { LENGTH(TYPE_VARCHAR, 20), 1043, 24 },
		{ LENGTH(TYPE_CHAR, 3), 1042, 7 }, { PLAIN(TYPE_VARCHAR), 1043, -1 },
		{ CLOCK(TYPE_TIMESTAMPTZ, 3), 1184, 3 }, { PLAIN(TYPE_TIME), 1083, -1 }
	};
	static const struct type other = { .kind = TYPE_OTHER }, raw = { .kind = TYPE_RAW };

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		CHECK(copy_matches(&types[i].type, types[i].oid, types[i].typmod));
		CHECK(!copy_matches(&types[i].type, types[i].oid + 1, types[i].typmod));
		CHECK(!copy_matches(&types[i].type, types[i].oid, types[i].typmod + 1));
	}
	CHECK(!copy_matches(&other, 0, -1) && !copy_matches(&raw, 0, -1));
}

/* The longest numbers that there are, and one digit more. */
static void test_long(void)
{
	static const struct type type = DECIMAL(0, 0);
	struct copy copy = { .form = COPY_BINARY, .types = &type, .count = 1 };
	struct bytes text = { 0 }, bytes = { 0 };
	struct value value = { .kind = VALUE_TEXT };

	for (size_t i = 0; i < 131072; i++)
		bytes_add_byte(&text, '9');
	bytes_add_byte(&text, '.');
	for (size_t i = 0; i < 16383; i++)
		bytes_add_byte(&text, '9');
	value.data = text.data;
	value.size = (uint32_t)text.size;
	CHECK(copy_row(&copy, &bytes, &value) && bytes.size == 2 + 12 + 2 * (32768 + 4096));
	CHECK(get_u32(bytes.data + 6) == (36864u << 16 | 32767));
	bytes_add_byte(&text, '9');
	value.data = text.data;
	value.size++;
	CHECK(!copy_row(&copy, &bytes, &value));
	bytes_close(&text);
	bytes_close(&bytes);
}

int main(void)
{
	static const struct test tests[] = {
		{ "binary", test_binary }, { "numeric", test_numeric }, { "text", test_text },
		{ "refused", test_refused }, { "row", test_row }, { "matches", test_matches },
		{ "long", test_long }
	};

	return test_run(tests, sizeof(tests) / sizeof(tests[0]));
}
