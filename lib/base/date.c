#include "base/date.h"

#include <math.h>
#include <string.h>

#define DIGITS UINT64_C(0x3030303030303030)

enum {
	FIRST_DAY = -730119, /* 0001-01-01 */
	LAST_DAY = 2921939   /* 9999-12-31 */
};

static inline uint64_t load(const char *from)
{
	uint64_t word;

	memcpy(&word, from, sizeof(word));
	return word;
}

/*
 * Eight characters minus their pattern: true when digits became 0 to 9 and separators 0.  limits
 * has 0x76 where a digit stands, so that ten and more reach the high bit, and 0x7f elsewhere.
 */
static inline bool fits(uint64_t word, uint64_t limits)
{
	return (((word + limits) | word) & UINT64_C(0x8080808080808080)) == 0;
}

static inline uint32_t two(const char *from)
{
	return (uint32_t)(from[0] - '0') * 10 + (uint32_t)(from[1] - '0');
}

static inline bool digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Eight digits already freed of their '0', the first in the lowest byte. */
static inline uint32_t combine(uint64_t word)
{
	word = (word * 10 + (word >> 8)) & UINT64_C(0x00ff00ff00ff00ff);
	word = (word * 100 + (word >> 16)) & UINT64_C(0x0000ffff0000ffff);
	return (uint32_t)(word * 10000 + (word >> 32));
}

static inline bool leap(uint32_t year)
{
	return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

static inline bool days_of(uint32_t year, uint32_t month, uint32_t day, int32_t *days)
{
	static const uint16_t before[] = {
		0, 0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334
	};
	static const uint8_t length[] = { 0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	uint32_t past = year - 1, inner;

	if (year < 1 || month < 1 || month > 12 || day < 1)
		return false;
	if (day > length[month] && !(month == 2 && day == 29 && leap(year)))
		return false;
	inner = before[month] + day - 1 + (month > 2 && leap(year));
	*days = (int32_t)(past * 365 + past / 4 - past / 100 + past / 400 + inner) + FIRST_DAY;
	return true;
}

static inline int64_t micros_of(uint32_t hour, uint32_t minute, uint32_t second)
{
	return (int64_t)(hour * 3600 + minute * 60 + second) * DATE_SECOND;
}

/* The ten characters of a date. */
static inline bool read_day(const char *text, int32_t *days)
{
	uint64_t head = load(text) ^ UINT64_C(0x2d30302d30303030); /* 0000-00- */
	uint32_t year;

	if (!fits(head, UINT64_C(0x7f76767f76767676)) || !digit(text[8]) || !digit(text[9]))
		return false;
	year = two(text) * 100 + two(text + 2);
	return days_of(year, two(text + 5), two(text + 8), days);
}

/* What stands behind the point. */
static bool read_fraction(const char *text, size_t size, int64_t *micros)
{
	int64_t value = 0;

	if (size == 0)
		return false;
	for (size_t i = 0; i < 6 || i < size; i++) {
		char c = i < size ? text[i] : '0';

		if (!digit(c) || (i >= 6 && c != '0'))
			return false;
		if (i < 6)
			value = value * 10 + (c - '0');
	}
	*micros += value;
	return true;
}

/* hh:mm:ss, the eight characters. */
static inline bool read_seconds(const char *text, int64_t *micros)
{
	uint64_t word = load(text) ^ UINT64_C(0x30303a30303a3030); /* 00:00:00 */

	if (!fits(word, UINT64_C(0x76767f76767f7676)) || two(text + 3) > 59 || two(text + 6) > 59)
		return false;
	*micros = micros_of(two(text), two(text + 3), two(text + 6));
	return true;
}

static inline bool read_time(const char *text, size_t size, int64_t *micros)
{
	if (size >= 8) {
		if (!read_seconds(text, micros))
			return false;
		if (size > 8 && (text[8] != '.' || !read_fraction(text + 9, size - 9, micros)))
			return false;
	} else {
		if (size != 5 || !digit(text[0]) || !digit(text[1]) || text[2] != ':' ||
		    !digit(text[3]) || !digit(text[4]) || two(text + 3) > 59)
			return false;
		*micros = micros_of(two(text), two(text + 3), 0);
	}
	return *micros <= DATE_DAY;
}

bool date_parse_day(const char *text, size_t size, int32_t *days)
{
	return size == 10 && read_day(text, days);
}

bool date_parse_time(const char *text, size_t size, int64_t *micros)
{
	return read_time(text, size, micros);
}

/* Behind the sign: hh:mm, hhmm or hh. */
static bool read_offset(const char *text, size_t size, int64_t *micros)
{
	size_t minutes = size == 5 ? 3 : 2;

	if ((size != 5 && size != 4 && size != 2) || (size == 5 && text[2] != ':'))
		return false;
	if (!digit(text[0]) || !digit(text[1]) || two(text) > 15)
		return false;
	*micros = micros_of(two(text), 0, 0);
	if (size == 2)
		return true;
	if (!digit(text[minutes]) || !digit(text[minutes + 1]) || two(text + minutes) > 59)
		return false;
	*micros += micros_of(0, two(text + minutes), 0);
	return true;
}

/* Where the sign of an offset stands, if there is one; no time is shorter than five characters. */
static inline size_t find_sign(const char *text, size_t size)
{
	for (size_t i = 3; i <= 6 && i + 5 <= size; i++)
		if (text[size - i] == '+' || text[size - i] == '-')
			return size - i;
	return size;
}

/* The time behind a date, and its offset. */
static inline enum date_form read_clock(const char *text, size_t size, int64_t *micros)
{
	enum date_form form = DATE_LOCAL;
	int64_t offset = 0;
	size_t sign = size;

	if (text[size - 1] == 'C' && memcmp(text + size - 4, " UTC", 4) == 0) {
		form = DATE_ZULU;
		size -= 3;
	} else if ((text[size - 1] | 0x20) == 'z') {
		form = DATE_ZULU;
		size--;
	} else if (size != 8 || text[5] != ':') {
		sign = find_sign(text, size);
	}
	if (sign < size) {
		form = DATE_OFFSET;
		if (!read_offset(text + sign + 1, size - sign - 1, &offset))
			return DATE_NOT;
		offset = text[sign] == '-' ? -offset : offset;
		size = sign;
	}
	if (form != DATE_LOCAL && text[size - 1] == ' ')
		size--;
	if (!read_time(text, size, micros) || *micros == DATE_DAY)
		return DATE_NOT;
	*micros -= offset;
	return form;
}

static inline bool in_range(int64_t micros)
{
	return micros >= FIRST_DAY * DATE_DAY && micros < (LAST_DAY + 1) * DATE_DAY;
}

enum date_form date_parse_stamp(const char *text, size_t size, int64_t *micros)
{
	enum date_form form;
	int32_t days;

	if (size < 16 || (text[10] != ' ' && text[10] != 'T') || !read_day(text, &days))
		return DATE_NOT;
	form = read_clock(text + 11, size - 11, micros);
	if (form == DATE_NOT)
		return DATE_NOT;
	*micros += days * DATE_DAY;
	return form != DATE_OFFSET || in_range(*micros) ? form : DATE_NOT;
}

static inline bool eight_digits(const char *text, uint32_t *number)
{
	uint64_t word = load(text) ^ DIGITS;

	if (!fits(word, UINT64_C(0x7676767676767676)))
		return false;
	*number = combine(word);
	return true;
}

static inline bool days_of_number(uint32_t number, int32_t *days)
{
	return days_of(number / 10000, number / 100 % 100, number % 100, days);
}

static inline bool stamp_of_numbers(uint32_t day, uint32_t clock, int64_t *micros)
{
	uint32_t hour = clock / 10000, minute = clock / 100 % 100, second = clock % 100;
	int32_t days;

	if (hour > 23 || minute > 59 || second > 59 || !days_of_number(day, &days))
		return false;
	*micros = days * DATE_DAY + micros_of(hour, minute, second);
	return true;
}

bool date_parse_compact8(const char *text, size_t size, int32_t *days)
{
	uint32_t number;

	return size == 8 && eight_digits(text, &number) && days_of_number(number, days);
}

bool date_parse_compact14(const char *text, size_t size, int64_t *micros)
{
	uint32_t day, clock;

	if (size != 14 || !eight_digits(text, &day) || !eight_digits(text + 6, &clock))
		return false;
	return stamp_of_numbers(day, clock % 1000000, micros);
}

bool date_from_compact8(int64_t number, int32_t *days)
{
	return number >= 10101 && number <= 99991231 && days_of_number((uint32_t)number, days);
}

bool date_from_compact14(int64_t number, int64_t *micros)
{
	if (number < INT64_C(10101000000) || number > INT64_C(99991231235959))
		return false;
	return stamp_of_numbers((uint32_t)(number / 1000000), (uint32_t)(number % 1000000), micros);
}

/* Half a unit and then cut: whatever gives the real back is nearer than half a microsecond. */
static inline bool nearest(double micros, int64_t *result)
{
	if (!(micros > -0x1p52 && micros < 0x1p52))
		return false;
	*result = (int64_t)(micros + (micros < 0 ? -0.5 : 0.5));
	return true;
}

bool date_from_real(double real, double unit, int64_t *micros)
{
	return nearest(real * unit, micros) && (double)*micros / unit == real &&
		!(real == 0 && signbit(real));
}

bool date_from_julian(double real, int64_t *micros)
{
	const double day = (double)DATE_DAY, epoch = 2451544.5;

	return nearest((real - epoch) * day, micros) && (double)*micros / day + epoch == real;
}

static void put_two(char *out, uint32_t number)
{
	out[0] = (char)('0' + number / 10);
	out[1] = (char)('0' + number % 10);
}

/* The calendar in years from March on: the leap day is the last of its year. */
size_t date_format_day(char out[DATE_SIZE], int32_t days)
{
	uint32_t since, era, inner, years, month, year;

	out[0] = '\0';
	if (days < FIRST_DAY || days > LAST_DAY)
		return 0;
	since = (uint32_t)(days - FIRST_DAY) + 306; /* since 0000-03-01 */
	era = since / 146097;
	inner = since % 146097;
	years = (inner - inner / 1460 + inner / 36524 - inner / 146096) / 365;
	inner -= years * 365 + years / 4 - years / 100;
	month = (inner * 5 + 2) / 153;
	year = era * 400 + years + (month >= 10);
	put_two(out, year / 100);
	put_two(out + 2, year % 100);
	put_two(out + 5, month < 10 ? month + 3 : month - 9);
	put_two(out + 8, inner - (month * 153 + 2) / 5 + 1);
	out[4] = out[7] = '-';
	out[10] = '\0';
	return 10;
}

static size_t put_fraction(char *out, uint32_t micros)
{
	size_t size = 7;

	if (micros == 0)
		return 0;
	out[0] = '.';
	put_two(out + 1, micros / 10000);
	put_two(out + 3, micros / 100 % 100);
	put_two(out + 5, micros % 100);
	while (out[size - 1] == '0')
		size--;
	return size;
}

size_t date_format_time(char out[DATE_SIZE], int64_t micros)
{
	uint32_t seconds;
	size_t size = 8;

	out[0] = '\0';
	if (micros < 0 || micros > DATE_DAY)
		return 0;
	seconds = (uint32_t)(micros / DATE_SECOND);
	put_two(out, seconds / 3600);
	put_two(out + 3, seconds / 60 % 60);
	put_two(out + 6, seconds % 60);
	out[2] = out[5] = ':';
	size += put_fraction(out + 8, (uint32_t)(micros % DATE_SECOND));
	out[size] = '\0';
	return size;
}

size_t date_format_stamp(char out[DATE_SIZE], int64_t micros)
{
	int64_t days = micros / DATE_DAY - (micros % DATE_DAY < 0);
	char clock[DATE_SIZE];
	size_t size;

	out[0] = '\0';
	if (!in_range(micros))
		return 0;
	size = date_format_time(clock, micros - days * DATE_DAY);
	date_format_day(out, (int32_t)days);
	out[10] = ' ';
	memcpy(out + 11, clock, size + 1);
	return 11 + size;
}
