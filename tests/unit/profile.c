/* Shapes: a table of texts with all shapes that each of them has, and the edges of the numbers. */
#include "row/profile.h"

#include <math.h>

#include "test.h"

static struct bytes scratch;

static void add_text(struct profile *profile, const char *text, size_t size)
{
	struct value value = {
		.kind = VALUE_TEXT, .size = (uint32_t)size, .data = (const uint8_t *)text
	};

	profile_add(profile, &value, &scratch);
}

static void add_bytes(struct profile *profile, const char *data, size_t size)
{
	struct value value = {
		.kind = VALUE_BYTES, .size = (uint32_t)size, .data = (const uint8_t *)data
	};

	profile_add(profile, &value, &scratch);
}

static void add_integer(struct profile *profile, int64_t integer)
{
	struct value value = { .kind = VALUE_INTEGER, .integer = integer };

	profile_add(profile, &value, &scratch);
}

static void add_real(struct profile *profile, double real)
{
	struct value value = { .kind = VALUE_REAL, .real = real };

	profile_add(profile, &value, &scratch);
}

/* Exactly these shapes, given as bits, were counted once. */
static bool has(const struct profile *profile, uint64_t shapes)
{
	bool same = true;

	for (int i = 0; i < SHAPES; i++)
		if (profile->shapes[i] != (shapes >> i & 1)) {
			printf("# %s: %d\n", shape_names[i], (int)profile->shapes[i]);
			same = false;
		}
	return same;
}

#define BIT(shape) (UINT64_C(1) << SHAPE_##shape)

static const struct text_case {
	const char *text;
	uint64_t shapes;
} texts[] = {
	{ "", BIT(TEXT_EMPTY) },
	{ "a", 0 },
	{ "plain prose of some length, which begins with a letter", 0 },
	{ "12 angry men", 0 },
	{ "true story", 0 },
	{ "1", BIT(TEXT_INTEGER) | BIT(TEXT_JSON) },
	{ "-17", BIT(TEXT_INTEGER) | BIT(TEXT_JSON) },
	{ "99999999999999999999", BIT(TEXT_DECIMAL) | BIT(TEXT_JSON) },
	{ "1.50", BIT(TEXT_DECIMAL) | BIT(TEXT_JSON) },
	{ "1e5", BIT(TEXT_REAL) | BIT(TEXT_JSON) },
	{ "-0", BIT(TEXT_REAL) | BIT(TEXT_JSON) },
	{ "007", BIT(TEXT_REAL) },
	{ "+1", BIT(TEXT_REAL) },
	{ ".5", BIT(TEXT_REAL) },
	{ "-.5", BIT(TEXT_REAL) },
	{ "5.", BIT(TEXT_REAL) },
	{ "1e200000", 0 },
	{ "5 ", BIT(TEXT_JSON) },
	{ " 5", BIT(TEXT_JSON) },
	{ "true", BIT(TEXT_BOOLEAN) | BIT(TEXT_JSON) },
	{ "false", BIT(TEXT_BOOLEAN) | BIT(TEXT_JSON) },
	{ "True", BIT(TEXT_BOOLEAN) },
	{ "T", BIT(TEXT_BOOLEAN) },
	{ "f", BIT(TEXT_BOOLEAN) },
	{ "YES", BIT(TEXT_BOOLEAN) },
	{ "y", BIT(TEXT_BOOLEAN) },
	{ "No", BIT(TEXT_BOOLEAN) },
	{ "n", BIT(TEXT_BOOLEAN) },
	{ "on", BIT(TEXT_BOOLEAN) },
	{ "OFF", BIT(TEXT_BOOLEAN) },
	{ "yess", 0 },
	{ "tr", 0 },
	{ "null", BIT(TEXT_JSON) },
	{ "null\n", BIT(TEXT_JSON) },
	{ "falsehood", 0 },
	{ "2024-02-29", BIT(TEXT_DATE) },
	{ "2023-02-29", 0 },
	{ "2024-02-29 ", 0 },
	{ "0000-00-00", 0 },
	{ "12:30", BIT(TEXT_TIME) },
	{ "24:00:00", BIT(TEXT_TIME) },
	{ "12:30:15.123456", BIT(TEXT_TIME) },
	{ "12:30:15.1234567", 0 },
	{ "23:59:60", 0 },
	{ "2024-02-29 12:30", BIT(TEXT_TIMESTAMP) },
	{ "2024-02-29T12:30:15", BIT(TEXT_TIMESTAMP) },
	{ "2024-02-29 12:30:15.5", BIT(TEXT_TIMESTAMP) },
	{ "2024-02-29 24:00:00", 0 },
	{ "2024-02-29 00:00:00.1234567", 0 },
	{ "2024-02-29T12:30:15Z", BIT(TEXT_TIMESTAMP_ZULU) },
	{ "2024-02-29T12:30:15.250z", BIT(TEXT_TIMESTAMP_ZULU) },
	{ "2024-02-29 12:30:15+02:00", BIT(TEXT_TIMESTAMP_OFFSET) },
	{ "2024-02-29 12:30:15.5-0230", BIT(TEXT_TIMESTAMP_OFFSET) },
	{ "2024-02-29 12:30:15+00", BIT(TEXT_TIMESTAMP_OFFSET) },
	{ "20240229", BIT(TEXT_COMPACT8) | BIT(TEXT_INTEGER) | BIT(TEXT_JSON) },
	{ "20230229", BIT(TEXT_INTEGER) | BIT(TEXT_JSON) },
	{ "00010101", BIT(TEXT_COMPACT8) | BIT(TEXT_REAL) },
	{ "20240229123015", BIT(TEXT_COMPACT14) | BIT(TEXT_INTEGER) | BIT(TEXT_JSON) },
	{ "20240229240000", BIT(TEXT_INTEGER) | BIT(TEXT_JSON) },
	{ "123e4567-e89b-12d3-a456-426614174000", BIT(TEXT_UUID) },
	{ "A23E4567-E89B-12D3-A456-42661417400F", BIT(TEXT_UUID) },
	{ "f23e4567-e89b-12d3-a456-42661417400g", 0 },
	{ "f23e45678e89b-12d3-a456-42661417400a", 0 },
	{ "f23e4567-e89b-12d3-a456-4266-417400a", 0 },
	{ "{f23e4567-e89b-12d3-a456-42661417400}", 0 },
	{ "{}", BIT(TEXT_JSON) },
	{ "[1,2]", BIT(TEXT_JSON) },
	{ "\"x\"", BIT(TEXT_JSON) },
	{ "\n {\"a\":[]}\n", BIT(TEXT_JSON) },
	{ "{\"a\":1,\"a\":2}", BIT(TEXT_JSON_DOUBLED) },
	{ "{\"a\":\"\\u0000\"}", 0 },
	{ "[1,2", 0 },
	{ "\xc3\xa4", 0 },
};

static void test_texts(void)
{
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct profile profile = { 0 };

		add_text(&profile, texts[i].text, strlen(texts[i].text));
		if (!CHECK(has(&profile, texts[i].shapes)))
			printf("# this one: %s\n", texts[i].text);
		CHECK(profile.texts == 1 && profile.longest_text == strlen(texts[i].text));
	}
}

static void test_nul(void)
{
	struct profile profile = { 0 };

	add_text(&profile, "a\0", 2);
	CHECK(has(&profile, BIT(TEXT_NUL)));
	memset(&profile, 0, sizeof(profile));
	add_text(&profile, "1\0", 2);
	CHECK(has(&profile, BIT(TEXT_NUL)));
	memset(&profile, 0, sizeof(profile));
	add_text(&profile, "\0", 1);
	CHECK(has(&profile, BIT(TEXT_NUL)));
}

static void test_lengths(void)
{
	struct profile profile = { 0 };
	struct value value = {
		.kind = VALUE_BAD_UTF8, .size = 40, .data = (const uint8_t *)"\xff"
	};

	add_text(&profile, "abcd", 4);
	CHECK(profile.longest_text == 4 && profile.longest_characters == 4);
	add_text(&profile, "\xc3\xa4\xc3\xa4\xc3\xa4", 6);
	CHECK(profile.longest_text == 6 && profile.longest_characters == 4);
	add_text(&profile, "\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4", 10);
	CHECK(profile.longest_text == 10 && profile.longest_characters == 5);
	profile_add(&profile, &value, &scratch);
	value.kind = VALUE_BAD_UTF16;
	profile_add(&profile, &value, &scratch);
	CHECK(profile.ill == 2 && profile.longest_text == 40 && profile.longest_characters == 5);
	CHECK(profile.texts == 3);
	add_bytes(&profile, "\xff\xff", 2);
	CHECK(profile.longest_blob == 2 && profile.blobs == 1);
}

static void test_digits(void)
{
	struct profile profile = { 0 };

	add_integer(&profile, 0);
	CHECK(profile.whole_digits == 0 && profile.fraction_digits == 0);
	add_integer(&profile, -99);
	CHECK(profile.whole_digits == 2);
	add_real(&profile, 0.125);
	CHECK(profile.whole_digits == 2 && profile.fraction_digits == 3);
	add_real(&profile, 100.5);
	CHECK(profile.whole_digits == 3 && profile.fraction_digits == 3);
	add_text(&profile, "1.2300", 6);
	CHECK(profile.fraction_digits == 4);
	add_text(&profile, "1e9", 3);
	CHECK(profile.whole_digits == 10);
	add_real(&profile, 0.1 + 0.2);
	CHECK(profile.fraction_digits == 17);
	add_real(&profile, 1e300);
	CHECK(profile.whole_digits == 301 && profile.fraction_digits == 17);
	add_real(&profile, 1e-300);
	CHECK(profile.fraction_digits == 300);
}

static uint64_t state = 88172645463325252;

static uint64_t random_bits(void)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state;
}

static double random_real(int kind)
{
	const uint64_t bits = random_bits();
	double real;

	memcpy(&real, &bits, sizeof(real));
	if (kind == 1 || !isfinite(real))
		real = (double)(bits % 100000000) / pow(10, (double)(bits >> 60));
	else if (kind == 2)
		real = (double)(bits >> 11) / pow(2, (double)(random_bits() % 60));
	return real;
}

/* What was seen before must never hide digits. */
static void test_real_digits(void)
{
	unsigned wrong = 0;

	for (int round = 0; round < 6000; round++) {
		struct profile all = { 0 };
		uint64_t whole = 0, fraction = 0;

		for (int i = 0; i < 30; i++) {
			struct profile one = { 0 };
			const double real = random_real(round % 3);

			add_real(&all, real);
			add_real(&one, real);
			whole = one.whole_digits > whole ? one.whole_digits : whole;
			fraction = one.fraction_digits > fraction ? one.fraction_digits : fraction;
			wrong += all.whole_digits != whole || all.fraction_digits != fraction;
		}
	}
	CHECK(wrong == 0);
}

static bool integer_has(int64_t integer, uint64_t shapes)
{
	struct profile profile = { 0 };

	add_integer(&profile, integer);
	return has(&profile, shapes) && profile.integers == 1;
}

static void test_integers(void)
{
	const uint64_t cocoa = BIT(INTEGER_COCOA_S), both = cocoa | BIT(INTEGER_EPOCH_S);

	CHECK(integer_has(0, BIT(INTEGER_BOOLEAN) | BIT(INTEGER_ZERO) | both |
		BIT(INTEGER_EPOCH_MS) | BIT(INTEGER_EPOCH_US) | BIT(INTEGER_EPOCH_NS) |
		BIT(INTEGER_WEBKIT_US)));
	CHECK(integer_has(1, BIT(INTEGER_BOOLEAN) | cocoa));
	CHECK(integer_has(2, cocoa) && integer_has(-1, cocoa));
	CHECK(integer_has(-347155200, cocoa) && integer_has(-347155201, 0));
	CHECK(integer_has(631151999, cocoa) && integer_has(631152000, both));
	CHECK(integer_has(3155673599, both));
	CHECK(integer_has(3155673600, BIT(INTEGER_EPOCH_S)));
	CHECK(integer_has(4133980799, BIT(INTEGER_EPOCH_S)) && integer_has(4133980800, 0));
	CHECK(integer_has(631152000000, BIT(INTEGER_EPOCH_MS)));
	CHECK(integer_has(631151999999, 0) && integer_has(4133980800000, 0));
	CHECK(integer_has(4133980799999, BIT(INTEGER_EPOCH_MS)));
	CHECK(integer_has(631152000000000, BIT(INTEGER_EPOCH_US)));
	CHECK(integer_has(631151999999999, 0) && integer_has(4133980800000000, 0));
	CHECK(integer_has(631152000000000000, BIT(INTEGER_EPOCH_NS)));
	CHECK(integer_has(631152000000000001, 0) && integer_has(4133980800000000000, 0));
	CHECK(integer_has(12275625600000000, BIT(INTEGER_WEBKIT_US)));
	CHECK(integer_has(12275625599999999, 0) && integer_has(15778454400000000, 0));
	CHECK(integer_has(INT64_MAX, 0) && integer_has(INT64_MIN, 0));
}

static void test_compact(void)
{
	const uint64_t cocoa = BIT(INTEGER_COCOA_S);

	CHECK(integer_has(19000101, BIT(INTEGER_COMPACT8) | cocoa));
	CHECK(integer_has(21991231, BIT(INTEGER_COMPACT8) | cocoa));
	CHECK(integer_has(18991231, cocoa) && integer_has(22000101, cocoa));
	CHECK(integer_has(20230229, cocoa) && integer_has(20240229, BIT(INTEGER_COMPACT8) | cocoa));
	CHECK(integer_has(19000101000000, BIT(INTEGER_COMPACT14)));
	CHECK(integer_has(21991231235959, BIT(INTEGER_COMPACT14)));
	CHECK(integer_has(20240229240000, 0) && integer_has(22000101000000, 0));
	CHECK(integer_has(18991231235959, 0));
}

static bool real_has(double real, uint64_t shapes)
{
	struct profile profile = { 0 };

	add_real(&profile, real);
	return has(&profile, shapes) && profile.reals == 1;
}

static void test_reals(void)
{
	const uint64_t whole = BIT(REAL_INTEGRAL), cocoa = BIT(REAL_COCOA_S);

	CHECK(real_has(0.0, whole | BIT(REAL_ZERO) | BIT(REAL_EPOCH_S) | BIT(REAL_EPOCH_MS) |
		cocoa | BIT(REAL_JULIAN)));
	CHECK(real_has(-0.0, BIT(REAL_MINUS_ZERO)));
	CHECK(real_has(INFINITY, BIT(REAL_INFINITE)) && real_has(-INFINITY, BIT(REAL_INFINITE)));
	CHECK(real_has(NAN, 0));
	CHECK(real_has(1.5, cocoa) && real_has(0.1 + 0.2, 0) && real_has(1e-300, 0));
	CHECK(real_has(1700000000.123456, BIT(REAL_EPOCH_S) | cocoa));
	CHECK(real_has(nextafter(1700000000.123456, 0), 0));
	CHECK(real_has(1700000000123.25, BIT(REAL_EPOCH_MS)));
	CHECK(real_has(1700000000123, BIT(REAL_EPOCH_MS) | whole));
	CHECK(real_has(4133980800, whole));
	CHECK(real_has(2460000.5, BIT(REAL_JULIAN) | cocoa));
	CHECK(real_has(2447892.4, cocoa) && real_has(2488434.5, cocoa));
	CHECK(real_has(9223372036854774784.0, whole) && real_has(9223372036854775808.0, 0));
	CHECK(real_has(-9223372036854775808.0, whole) && real_has(-1e300, 0));
}

static void test_bytes(void)
{
	static const struct {
		const char *data;
		size_t size;
		uint64_t shapes;
	} cases[] = {
		{ "", 0, BIT(BYTES_TEXT) },
		{ "0123456789abcdef", 16, BIT(BYTES_UUID) | BIT(BYTES_TEXT) },
		{ "0123456789abcde\xff", 16, BIT(BYTES_UUID) },
		{ "a\0b", 3, 0 },
		{ "{\"a\":1}", 7, BIT(BYTES_TEXT) | BIT(BYTES_JSON) },
		{ "{\"a\":1,\"a\":1}", 13, BIT(BYTES_TEXT) },
		{ "\xff\xd8\xff\xe0", 4, 0 },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct profile profile = { 0 };

		add_bytes(&profile, cases[i].data, cases[i].size);
		CHECK(has(&profile, cases[i].shapes));
		CHECK(profile.blobs == 1 && profile.longest_blob == cases[i].size);
	}
}

static void test_ranges(void)
{
	struct profile profile = { 0 };
	struct value null = { .kind = VALUE_NULL }, truth = { .kind = VALUE_BOOL, .truth = true };

	add_integer(&profile, 5);
	CHECK(profile.least_integer == 5 && profile.most_integer == 5);
	add_integer(&profile, INT64_MIN);
	add_integer(&profile, INT64_MAX);
	CHECK(profile.least_integer == INT64_MIN && profile.most_integer == INT64_MAX);
	CHECK(profile.whole_digits == 19);
	profile_add(&profile, &truth, &scratch);
	profile_add(&profile, &null, &scratch);
	CHECK(profile.integers == 4 && profile.nulls == 1);
	CHECK(profile.shapes[SHAPE_INTEGER_BOOLEAN] == 1);
	add_real(&profile, NAN);
	CHECK(isnan(profile.least_real) && isnan(profile.most_real));
	add_real(&profile, -1.5);
	add_real(&profile, NAN);
	add_real(&profile, 2.5);
	CHECK(profile.least_real == -1.5 && profile.most_real == 2.5 && profile.reals == 4);
}

static void test_names(void)
{
	for (int i = 0; i < SHAPES; i++) {
		if (!CHECK(shape_names[i] != NULL))
			continue;
		for (int k = 0; k < i; k++)
			CHECK(strcmp(shape_names[i], shape_names[k]) != 0);
	}
}

int main(void)
{
	static const struct test tests[] = {
		{"texts", test_texts},
		{"NUL", test_nul},
		{"lengths", test_lengths},
		{"digits", test_digits},
		{"digits of any reals", test_real_digits},
		{"integers", test_integers},
		{"compact dates", test_compact},
		{"reals", test_reals},
		{"bytes", test_bytes},
		{"ranges", test_ranges},
		{"names", test_names},
	};
	int code = test_run(tests, sizeof(tests) / sizeof(tests[0]));

	bytes_close(&scratch);
	return code;
}
