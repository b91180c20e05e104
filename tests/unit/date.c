/* Dates against a calendar that counts day by day. */
#include "base/date.h"

#include <string.h>

#include "test.h"

static uint64_t state = 88172645463325252;

static uint64_t random_bits(void)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state;
}

static int month_length(int year, int month)
{
	if (month == 2)
		return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0 ? 29 : 28;
	return month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;
}

/* A day in all its spellings, and that none of them is taken for a day that does not exist. */
static unsigned check_day(int year, int month, int day, int32_t expected)
{
	char text[48], back[DATE_SIZE];
	const bool real = day <= month_length(year, month);
	const int number = year * 10000 + month * 100 + day;
	int32_t days = 0, compact = 0;
	unsigned wrong = 0;

	snprintf(text, sizeof(text), "%04d-%02d-%02d", year, month, day);
	wrong += date_parse_day(text, 10, &days) != real;
	wrong += date_from_compact8(number, &compact) != real;
	if (real) {
		wrong += days != expected || compact != expected;
		wrong += date_format_day(back, expected) != 10 || strcmp(text, back) != 0;
	}
	snprintf(text, sizeof(text), "%08d", number);
	wrong += date_parse_compact8(text, 8, &days) != real || (real && days != expected);
	return wrong;
}

static void test_calendar(void)
{
	int32_t days = -730119; /* 0001-01-01, as PostgreSQL says */
	unsigned wrong = 0;

	for (int year = 1; year <= 9999; year++)
		for (int month = 1; month <= 12; month++)
			for (int day = 1; day <= 31; day++) {
				wrong += check_day(year, month, day, days);
				days += day <= month_length(year, month);
			}
	CHECK(wrong == 0);
	CHECK(days == 2921940); /* 10000-01-01 */
}

static bool is_day(const char *text, int32_t expected)
{
	int32_t days;

	return date_parse_day(text, strlen(text), &days) && days == expected;
}

static void test_days(void)
{
	static const char *const bad[] = {
		"", "2000-01-0", "2000-01-011", "0000-01-01", "2000-00-01", "2000-13-01",
		"2000-01-00", "2000-01-32", "2001-02-29", "1900-02-29", "2000/01/01", "2000-1-001",
		" 000-01-01", "2000-01-0a", "20000-1-01", "+200-01-01", "2000-01\xad-1"
	};
	char out[DATE_SIZE];
	int32_t days;

	CHECK(is_day("2000-01-01", 0));
	CHECK(is_day("1970-01-01", -10957));
	CHECK(is_day("2000-02-29", 59));
	CHECK(is_day("2024-02-29", 8825));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		CHECK(!date_parse_day(bad[i], strlen(bad[i]), &days));
	CHECK(date_format_day(out, 2921940) == 0 && out[0] == '\0');
	CHECK(date_format_day(out, -730120) == 0);
}

static bool is_time(const char *text, int64_t expected)
{
	int64_t micros;

	return date_parse_time(text, strlen(text), &micros) && micros == expected;
}

static void test_times(void)
{
	static const char *const bad[] = {
		"", "1", "1:00", "24:01", "24:00:01", "24:00:00.000001", "12:60", "12:00:60",
		"12:00:00.", "12:00:00.1234567", "12:00:00,1", "12:00:0", "12:00:", "12-00-00",
		"12:00:00 ", " 12:00", "25:00", "12:00.5", "12:00:00.00000010", "12:00:00.a",
		"99:59:59"
	};
	int64_t micros;

	CHECK(is_time("00:00", 0));
	CHECK(is_time("12:34", 45240000000));
	CHECK(is_time("12:34:56", 45296000000));
	CHECK(is_time("12:34:56.7", 45296700000));
	CHECK(is_time("12:34:56.000001", 45296000001));
	CHECK(is_time("12:34:56.789012000", 45296789012));
	CHECK(is_time("24:00", DATE_DAY));
	CHECK(is_time("24:00:00", DATE_DAY));
	CHECK(is_time("24:00:00.000", DATE_DAY));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		CHECK(!date_parse_time(bad[i], strlen(bad[i]), &micros));
}

static bool is_stamp(const char *text, enum date_form form, int64_t expected)
{
	int64_t micros;

	return date_parse_stamp(text, strlen(text), &micros) == form && micros == expected;
}

static void test_stamps(void)
{
	static const char *const bad[] = {
		"2000-01-01", "2000-01-01 ", "2000-01-01 0:00", "2000-01-01t00:00",
		"2000-01-01  00:00", "2000-01-01 24:00", "2000-01-01 23:59:60", "2000-02-30 00:00",
		"2000-01-01 00:00:00  Z", "2000-01-01 00:00:00ZZ", "2000-01-01 00:00:00 ",
		"2000-01-01 00:00UTC", "2000-01-01 00:00  UTC", "2000-01-01 00:00 Z UTC",
		"2000-01-01 01:00 +0100 UTC", "2000-01-01 00:00 utc", "2000-01-01 0 UTC",
		"2000-01-01  0000 UTC", "2000-01-01 00:00:00 UTCZ", "2000-01-01 00:00 + UTC",
		"2000-01-01 00:00 +0000 UTC", "2000-01-01 00:00:00+",
		"2000-01-01 00:00:00+1", "2000-01-01 00:00:00+01:0", "2000-01-01 00:00:00+01:60",
		"2000-01-01 00:00:00+16", "2000-01-01 00:00:00+01:00Z", "2000-01-01 00:00:00.+01",
		"2000-01-01 00:00:00+010", "0001-01-01 00:00:00+00:01",
		"9999-12-31 23:59:59.999999-00:01", "2000-01-01 00+01:00", "2000-01-01Z00:00",
		"2000-01-01T0000", "2000-01-01 00:0z", "2000-01-01 00:00:00+-1:00"
	};
	int64_t micros;

	CHECK(is_stamp("2000-01-01 00:00", DATE_LOCAL, 0));
	CHECK(is_stamp("2000-01-01T00:00:01", DATE_LOCAL, 1000000));
	CHECK(is_stamp("1999-12-31 23:59:59.999999", DATE_LOCAL, -1));
	CHECK(is_stamp("2024-05-06 07:08:09.123", DATE_LOCAL, 768294489123000));
	CHECK(is_stamp("2000-01-01T00:00Z", DATE_ZULU, 0));
	CHECK(is_stamp("2000-01-01 00:00:00.5z", DATE_ZULU, 500000));
	CHECK(is_stamp("2000-01-01 01:00:00+01:00", DATE_OFFSET, 0));
	CHECK(is_stamp("2000-01-01T01:30+0130", DATE_OFFSET, 0));
	CHECK(is_stamp("1999-12-31 19:00:00-05", DATE_OFFSET, 0));
	CHECK(is_stamp("2000-01-01 01:00:00.000 +01:00", DATE_OFFSET, 0));
	CHECK(is_stamp("2000-01-01 00:00:00 +0000", DATE_OFFSET, 0));
	CHECK(is_stamp("2000-01-01 00:00:00 Z", DATE_ZULU, 0));
	CHECK(is_stamp("2000-01-01 00:00:00 UTC", DATE_ZULU, 0));
	CHECK(is_stamp("2000-01-01 00:00:00.5 UTC", DATE_ZULU, 500000));
	CHECK(is_stamp("2000-01-01 00:00:00.000001-00", DATE_OFFSET, 1));
	CHECK(is_stamp("2000-01-01 15:59+15:59", DATE_OFFSET, 0));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		CHECK(date_parse_stamp(bad[i], strlen(bad[i]), &micros) == DATE_NOT);
}

static void test_compact(void)
{
	int64_t micros;
	int32_t days;

	CHECK(date_parse_compact14("20240506070809", 14, &micros) && micros == 768294489000000);
	CHECK(date_from_compact14(20240506070809, &micros) && micros == 768294489000000);
	CHECK(!date_parse_compact14("20240506240000", 14, &micros));
	CHECK(!date_parse_compact14("20240506236000", 14, &micros));
	CHECK(!date_parse_compact14("2024050607080a", 14, &micros));
	CHECK(!date_parse_compact14("2024050607080", 13, &micros));
	CHECK(!date_from_compact14(20240506000060, &micros));
	CHECK(!date_from_compact14(-20240506000000, &micros));
	CHECK(!date_from_compact14(INT64_MAX, &micros) && !date_from_compact14(INT64_MIN, &micros));
	CHECK(!date_from_compact8(INT64_MAX, &days) && !date_from_compact8(INT64_MIN, &days));
	CHECK(!date_from_compact8(20240230, &days) && !date_from_compact8(0, &days));
	CHECK(!date_parse_compact8("2024050", 7, &days));
}

/* Every stamp is written so that it is read again, with and without offset. */
static void test_round_trip(void)
{
	unsigned wrong = 0;

	for (int round = 0; round < 1000000; round++) {
		static const uint64_t grains[] = { 1, 1000, 1000000 };
		const uint64_t span = (uint64_t)(2921940 + 730119) * (uint64_t)DATE_DAY;
		const uint64_t grain = grains[random_bits() % 3];
		const uint64_t since = random_bits() % (span / grain) * grain;
		int64_t micros = (int64_t)since - 730119 * DATE_DAY;
		int64_t back;
		char text[DATE_SIZE + 8];
		size_t size = date_format_stamp(text, micros);

		wrong += date_parse_stamp(text, size, &back) != DATE_LOCAL || back != micros;
		text[10] = 'T';
		memcpy(text + size, "-0130", 6);
		wrong += date_parse_stamp(text, size + 5, &back) != DATE_OFFSET &&
			micros < 2921939 * DATE_DAY;
		wrong += back != micros + 5400 * DATE_SECOND && micros < 2921939 * DATE_DAY;
		micros = (int64_t)(random_bits() % (uint64_t)(DATE_DAY + 1));
		size = date_format_time(text, micros);
		wrong += !date_parse_time(text, size, &back) || back != micros;
	}
	CHECK(wrong == 0);
}

static void test_formats(void)
{
	char text[DATE_SIZE];

	CHECK(date_format_stamp(text, -1) == 26 && strcmp(text, "1999-12-31 23:59:59.999999") == 0);
	CHECK(date_format_stamp(text, 0) == 19 && strcmp(text, "2000-01-01 00:00:00") == 0);
	CHECK(date_format_stamp(text, INT64_MAX) == 0 && text[0] == '\0');
	CHECK(date_format_stamp(text, INT64_MIN) == 0);
	CHECK(date_format_time(text, DATE_DAY) == 8 && strcmp(text, "24:00:00") == 0);
	CHECK(date_format_time(text, 1200000) == 10 && strcmp(text, "00:00:01.2") == 0);
	CHECK(date_format_time(text, -1) == 0 && date_format_time(text, DATE_DAY + 1) == 0);
}

/* What came from microseconds goes back to them, over all that the profile takes for a time. */
static void test_reals(void)
{
	unsigned wrong = 0;
	int64_t micros;

	for (int round = 0; round < 1000000; round++) {
		const int64_t unix = (int64_t)(random_bits() % 4133980800000000);
		const double day = (double)DATE_DAY, julian = (double)unix / day + 2440587.5;

		wrong += !date_from_real((double)unix / 1e6, 1e6, &micros) || micros != unix;
		wrong += !date_from_real((double)-unix / 1e6, 1e6, &micros) || micros != -unix;
		wrong += !date_from_real((double)unix / 1e3, 1e3, &micros) || micros != unix;
		wrong += !date_from_julian(julian, &micros) ||
			(double)micros / day + 2451544.5 != julian;
	}
	CHECK(wrong == 0);
	CHECK(!date_from_real(0.1234567, 1e6, &micros));
	CHECK(!date_from_real(-0.0, 1e6, &micros) && date_from_real(0.0, 1e6, &micros));
	CHECK(!date_from_real(1e300, 1e6, &micros) && !date_from_real(-1e300, 1e6, &micros));
	CHECK(date_from_julian(2451544.5, &micros) && micros == 0);
}

int main(void)
{
	static const struct test tests[] = {
		{"every day of the years 1 to 9999", test_calendar},
		{"days", test_days},
		{"times", test_times},
		{"timestamps", test_stamps},
		{"compact forms", test_compact},
		{"round trips", test_round_trip},
		{"formats", test_formats},
		{"reals", test_reals},
	};

	return test_run(tests, sizeof(tests) / sizeof(tests[0]));
}
