/* Numbers: a table of spellings, and every format against what it must read as. */
#include "base/number.h"

#include <inttypes.h>
#include <locale.h>
#include <math.h>
#include <stdlib.h>

#include "test.h"

static uint64_t state = 88172645463325252;

static uint64_t random_bits(void)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state;
}

static double random_real(void)
{
	const uint64_t bits = random_bits();
	double real;

	memcpy(&real, &bits, sizeof(real));
	return real;
}

struct spelling {
	const char *text;
	enum number_form form;
	uint32_t whole, fraction;
	const char *canonical;
};

static const struct spelling spellings[] = {
	{ "0", NUMBER_INTEGER, 0, 0, "0" },
	{ "7", NUMBER_INTEGER, 1, 0, "7" },
	{ "-12", NUMBER_INTEGER, 2, 0, "-12" },
	{ "9223372036854775807", NUMBER_INTEGER, 19, 0, "9223372036854775807" },
	{ "-9223372036854775808", NUMBER_INTEGER, 19, 0, "-9223372036854775808" },
	{ "9223372036854775808", NUMBER_DECIMAL, 19, 0, "9223372036854775808" },
	{ "-9223372036854775809", NUMBER_DECIMAL, 19, 0, "-9223372036854775809" },
	{ "12345678901234567890123", NUMBER_DECIMAL, 23, 0, "12345678901234567890123" },
	{ "1.50", NUMBER_DECIMAL, 1, 2, "1.50" },
	{ "-0.05", NUMBER_DECIMAL, 0, 2, "-0.05" },
	{ "0.0", NUMBER_DECIMAL, 0, 1, "0.0" },
	{ "-0", NUMBER_OTHER, 0, 0, "0" },
	{ "-0.0", NUMBER_OTHER, 0, 1, "0.0" },
	{ "+1", NUMBER_OTHER, 1, 0, "1" },
	{ "007", NUMBER_OTHER, 1, 0, "7" },
	{ "-00.70", NUMBER_OTHER, 0, 2, "-0.70" },
	{ ".5", NUMBER_OTHER, 0, 1, "0.5" },
	{ "5.", NUMBER_OTHER, 1, 0, "5" },
	{ "1e5", NUMBER_OTHER, 6, 0, "100000" },
	{ "1.25E+1", NUMBER_OTHER, 2, 1, "12.5" },
	{ "12.50e-3", NUMBER_OTHER, 0, 5, "0.01250" },
	{ "0e5", NUMBER_OTHER, 0, 0, "0" },
	{ "0.00e1", NUMBER_OTHER, 0, 1, "0.0" },
	{ "0.001e2", NUMBER_OTHER, 0, 1, "0.1" },
	{ "0.001e4", NUMBER_OTHER, 2, 0, "10" },
	{ "123e-2", NUMBER_OTHER, 1, 2, "1.23" },
	{ "1e-16383", NUMBER_OTHER, 0, 16383, NULL },
	{ "1e131071", NUMBER_OTHER, 131072, 0, NULL },
	{ "0.1e131072", NUMBER_OTHER, 131072, 0, NULL },
	{ "0e200000", NUMBER_OTHER, 0, 0, "0" },
};

static void check_spelling(const struct spelling *at)
{
	struct digits digits = { 0 };
	struct bytes out = { 0 };
	size_t size = strlen(at->text);

	CHECK(number_look(at->text, size, &digits) == at->form);
	CHECK(digits.whole == at->whole && digits.fraction == at->fraction);
	CHECK(number_add_canonical(&out, at->text, size));
	if (at->canonical != NULL)
		CHECK(out.size == strlen(at->canonical) &&
			memcmp(out.data, at->canonical, out.size) == 0);
	CHECK(number_look((char *)out.data, out.size, &digits) == (at->form == NUMBER_INTEGER ||
		(digits.fraction == 0 && digits.whole < 19) ? NUMBER_INTEGER : NUMBER_DECIMAL));
	CHECK(digits.whole == at->whole && digits.fraction == at->fraction);
	bytes_close(&out);
}

static void test_spellings(void)
{
	static const char *const bad[] = {
		"", "-", "+", ".", "-.", "e5", ".e5", "1e", "1e+", "1e5.0", "1 ", " 1", "1x", "--1",
		"0x10", "1_000", "NaN", "Infinity", "inf", "1.2.3", "1e131072", "1e-16384",
		"1e200000", "0.1e-16383", "1e99999999999999999999", "0e1073741823", "1,5"
	};
	struct digits digits;
	struct bytes out = { 0 };

	for (size_t i = 0; i < sizeof(spellings) / sizeof(spellings[0]); i++)
		check_spelling(&spellings[i]);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		CHECK(number_look(bad[i], strlen(bad[i]), &digits) == NUMBER_NOT);
		CHECK(!number_add_canonical(&out, bad[i], strlen(bad[i])) && out.size == 0);
	}
}

static void test_integers(void)
{
	unsigned wrong = 0;

	for (int round = 0; round < 1000000; round++) {
		const int64_t value = (int64_t)random_bits() >> random_bits() % 64;
		char text[32];
		size_t size = (size_t)snprintf(text, sizeof(text), "%" PRId64, value);
		struct digits digits;
		int64_t back;

		wrong += !number_parse_integer(text, size, &back) || back != value;
		wrong += number_look(text, size, &digits) != NUMBER_INTEGER;
		wrong += digits.whole != number_integer_digits(value) || digits.fraction != 0;
	}
	CHECK(wrong == 0);
	CHECK(number_integer_digits(0) == 0 && number_integer_digits(INT64_MIN) == 19);
}

static bool refuses(const char *text)
{
	int64_t value;

	return !number_parse_integer(text, strlen(text), &value);
}

static void test_no_integers(void)
{
	int64_t value;

	CHECK(number_parse_integer("-9223372036854775808", 20, &value) && value == INT64_MIN);
	CHECK(number_parse_integer("9223372036854775807", 19, &value) && value == INT64_MAX);
	CHECK(refuses("9223372036854775808") && refuses("-9223372036854775809"));
	CHECK(refuses("") && refuses("-") && refuses("-0") && refuses("+1") && refuses("01"));
	CHECK(refuses("1.0") && refuses("1e1") && refuses("99999999999999999999") && refuses("1 "));
}

/* The rule as it is written, without short cuts. */
static void plain_format(char *out, double real)
{
	for (int precision = 15; precision <= 17; precision++) {
		sprintf(out, "%.*g", precision, real);
		if (strtod(out, NULL) == real)
			break;
	}
	if (strpbrk(out, ".e") == NULL)
		strcat(out, ".0");
}

static bool same_bits(double one, double other)
{
	return memcmp(&one, &other, sizeof(one)) == 0;
}

static bool formats_well(double real)
{
	char text[NUMBER_REAL_SIZE], expected[64];
	struct digits digits, seen = number_real_digits(real);
	size_t size = number_format_real(text, real);

	plain_format(expected, real);
	if (size != strlen(text) || strcmp(text, expected) != 0)
		return false;
	if (!same_bits(strtod(text, NULL), real))
		return false;
	if (size > 2 && strcmp(text + size - 2, ".0") == 0)
		size -= 2;
	return number_look(text, size, &digits) != NUMBER_NOT && digits.whole == seen.whole &&
		digits.fraction == seen.fraction;
}

static void test_random_reals(void)
{
	unsigned wrong = 0;

	for (int round = 0; round < 300000; round++) {
		const double real = random_real();

		wrong += isfinite(real) && !formats_well(real);
	}
	CHECK(wrong == 0);
}

/* What people store: few digits, and their neighbours one bit away. */
static void test_short_reals(void)
{
	unsigned wrong = 0;

	for (int round = 0; round < 300000; round++) {
		const double scale = pow(10, (double)(random_bits() % 9));
		const int64_t units = (int64_t)random_bits() >> random_bits() % 64;
		const double real = (double)units / scale;

		wrong += !formats_well(real);
		wrong += !formats_well(nextafter(real, 1e300));
		wrong += !formats_well((double)(float)real);
	}
	CHECK(wrong == 0);
}

static bool formats_as(double real, const char *expected)
{
	char text[NUMBER_REAL_SIZE];

	return number_format_real(text, real) == strlen(expected) && strcmp(text, expected) == 0;
}

static void test_known_reals(void)
{
	CHECK(formats_as(0.0, "0.0") && formats_as(-0.0, "-0.0"));
	CHECK(formats_as(1, "1.0") && formats_as(-100, "-100.0"));
	CHECK(formats_as(0.1, "0.1") && formats_as(0.1 + 0.2, "0.30000000000000004"));
	CHECK(formats_as(1e15, "1e+15") && formats_as(999999999999999, "999999999999999.0"));
	CHECK(formats_as(1e-4, "0.0001") && formats_as(1e-5, "1e-05"));
	CHECK(formats_as(1e22, "1e+22") && formats_as(1e23, "1e+23"));
	CHECK(formats_as(9007199254740992, "9007199254740992.0"));
	CHECK(formats_as(1.7976931348623157e308, "1.7976931348623157e+308"));
	CHECK(formats_as(2.2250738585072014e-308, "2.2250738585072014e-308"));
	CHECK(formats_as(5e-324, "4.94065645841247e-324"));
	CHECK(formats_as(INFINITY, "Infinity") && formats_as(-INFINITY, "-Infinity"));
	CHECK(formats_as(NAN, "NaN"));
	CHECK(number_real_digits(NAN).whole == 0 && number_real_digits(INFINITY).fraction == 0);
}

/* Parsing must not care; formatting relies on "C", which another locale may or may not be like. */
static void test_locale(void)
{
	static const char *const names[] = { "de_DE.UTF-8", "fr_FR.UTF-8", "C.UTF-8" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (setlocale(LC_ALL, names[i]) == NULL)
			continue;
		for (size_t k = 0; k < sizeof(spellings) / sizeof(spellings[0]); k++)
			check_spelling(&spellings[k]);
		break;
	}
	setlocale(LC_ALL, "C");
}

int main(void)
{
	static const struct test tests[] = {
		{"spellings", test_spellings},
		{"integers", test_integers},
		{"what is no integer", test_no_integers},
		{"reals of any bits", test_random_reals},
		{"reals of few digits", test_short_reals},
		{"known reals", test_known_reals},
		{"another locale", test_locale},
	};

	return test_run(tests, sizeof(tests) / sizeof(tests[0]));
}
