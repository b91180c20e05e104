#include "row/canonical.h"

#include <string.h>

#include "base/date.h"
#include "row/canonical_form.h"

/* What is left of a text. */
struct rest {
	const uint8_t *next;
	const uint8_t *end;
};

enum zone { ZONE_NONE, ZONE_GIVEN };

/* Exactly count digits. */
static bool digits(struct rest *rest, int count, int64_t *number)
{
	*number = 0;
	for (; count > 0; count--) {
		if (rest->next == rest->end || *rest->next < '0' || *rest->next > '9')
			return false;
		*number = *number * 10 + (*rest->next++ - '0');
	}
	return true;
}

static bool take(struct rest *rest, uint8_t byte)
{
	if (rest->next == rest->end || *rest->next != byte)
		return false;
	rest->next++;
	return true;
}

/* Days before a year's first of January since the year 0, which is a leap year. */
static int64_t days_before(int64_t year)
{
	const int64_t last = year - 1;

	return year * 365 + last / 4 - last / 100 + last / 400 + (year > 0);
}

static bool civil(int64_t year, int64_t month, int64_t day, int64_t *days)
{
	static const int lengths[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	if (year < 1 || year > 9999 || month < 1 || month > 12 || day < 1 ||
		day > lengths[month - 1] + (leap && month == 2))
		return false;
	*days = days_before(year) - days_before(2000) + day - 1;
	for (int64_t i = 0; i < month - 1; i++)
		*days += lengths[i] + (leap && i == 1);
	return true;
}

/* YYYY-MM-DD, or YYYYMMDD */
static bool read_day(struct rest *rest, bool dashes, int64_t *days)
{
	int64_t year, month, day;

	return digits(rest, 4, &year) && (!dashes || take(rest, '-')) &&
		digits(rest, 2, &month) && (!dashes || take(rest, '-')) &&
		digits(rest, 2, &day) && civil(year, month, day, days);
}

/* What is finer than a microsecond is none of ours. */
static bool read_fraction(struct rest *rest, int64_t *micros)
{
	int64_t unit = DATE_SECOND, digit;
	bool any = false;

	for (; rest->next < rest->end && digits(rest, 1, &digit); any = true) {
		unit /= 10;
		if (unit == 0 && digit != 0)
			return false;
		*micros += digit * unit;
	}
	return any;
}

/* hh:mm[:ss[.f]], or hhmmss */
static bool read_clock(struct rest *rest, bool colons, int64_t *micros)
{
	int64_t hour, minute, second = 0;
	bool seconds;

	if (!digits(rest, 2, &hour) || (colons && !take(rest, ':')) || !digits(rest, 2, &minute))
		return false;
	seconds = !colons || take(rest, ':');
	if (seconds && !digits(rest, 2, &second))
		return false;
	if (minute > 59 || second > 59)
		return false;
	*micros = ((hour * 60 + minute) * 60 + second) * DATE_SECOND;
	if (seconds && colons && take(rest, '.') && !read_fraction(rest, micros))
		return false;
	return *micros <= DATE_DAY;
}

/* Nothing, Z, UTC behind a blank, or an offset, which is taken off. */
static bool read_zone(struct rest *rest, enum zone *zone, int64_t *micros)
{
	int64_t hours, minutes = 0;
	bool west;

	*zone = ZONE_NONE;
	if (rest->next == rest->end)
		return true;
	*zone = ZONE_GIVEN;
	if (take(rest, ' ') && rest->end - rest->next == 3 && memcmp(rest->next, "UTC", 3) == 0)
		return true;
	if (take(rest, 'Z') || take(rest, 'z'))
		return rest->next == rest->end;
	west = rest->next < rest->end && *rest->next == '-';
	if ((!take(rest, '-') && !take(rest, '+')) || !digits(rest, 2, &hours))
		return false;
	take(rest, ':');
	if (rest->next < rest->end && !digits(rest, 2, &minutes))
		return false;
	minutes += hours * 60;
	*micros += (west ? minutes : -minutes) * 60 * DATE_SECOND;
	return rest->next == rest->end && minutes < 16 * 60;
}

static bool is_word(const struct value *text, const char *word)
{
	return text->size == strlen(word) && memcmp(text->data, word, text->size) == 0;
}

static bool read_compact(const struct value *text, int64_t *micros)
{
	struct rest rest = { text->data, text->data + text->size };
	int64_t clock = 0, days;

	if (!read_day(&rest, false, &days) ||
		(rest.next < rest.end && !read_clock(&rest, false, &clock)))
		return false;
	*micros = days * DATE_DAY + clock;
	return rest.next == rest.end && clock < DATE_DAY;
}

static bool read_stamp(const struct value *text, enum zone *zone, int64_t *micros)
{
	struct rest rest = { text->data, text->data + text->size };
	int64_t clock = 0, days;

	*zone = ZONE_NONE;
	if (!read_day(&rest, true, &days))
		return false;
	if (rest.next < rest.end && ((!take(&rest, ' ') && !take(&rest, 'T')) ||
		!read_clock(&rest, true, &clock) || clock == DATE_DAY ||
		!read_zone(&rest, zone, &clock)))
		return false;
	*micros = days * DATE_DAY + clock;
	return true;
}

/* Compact numbers are 8 or 14 digits; that of a year before 1000 begins with zeros. */
static bool number_of_compact(int64_t number, int64_t *micros)
{
	const size_t count = number < 100000000 ? 8 : 14;
	uint8_t text[20];
	size_t at = sizeof(text);
	struct value value = { .kind = VALUE_TEXT };

	for (; number > 0 || at > sizeof(text) - count; number /= 10)
		text[--at] = (uint8_t)('0' + number % 10);
	value.data = text + at;
	value.size = (uint32_t)(sizeof(text) - at);
	return read_compact(&value, micros);
}

static bool micros_of_integer(enum reading_of_time reading, int64_t number, int64_t *micros)
{
	static const struct {
		int64_t unit, since; /* micros a unit, seconds from its zero to 2000 */
	} scales[TIMES] = {
		[TIME_EPOCH_S] = { 1000000, DATE_UNIX },
		[TIME_EPOCH_MS] = { 1000, DATE_UNIX },
		[TIME_EPOCH_US] = { 1, DATE_UNIX },
		[TIME_EPOCH_NS] = { 1, DATE_UNIX },
		[TIME_WEBKIT_US] = { 1, DATE_WEBKIT },
		[TIME_COCOA_S] = { 1000000, DATE_COCOA },
	};

	if (reading == TIME_COMPACT)
		return number_of_compact(number, micros);
	/* Julian days begin at noon: 2451545 is that of 2000-01-01. */
	if (reading == TIME_JULIAN)
		return !__builtin_sub_overflow(number, INT64_C(2451545), micros) &&
			!__builtin_mul_overflow(*micros, DATE_DAY, micros) &&
			!__builtin_add_overflow(*micros, DATE_DAY / 2, micros);
	if (reading == TIME_EPOCH_NS) {
		if (number % 1000 != 0)
			return false;
		number /= 1000;
	}
	return reading != TIME_PLAIN &&
		!__builtin_mul_overflow(number, scales[reading].unit, micros) &&
		!__builtin_sub_overflow(*micros, scales[reading].since * DATE_SECOND, micros);
}

/* A real of that size holds no microseconds; SQLite makes them of milliseconds. */
static bool micros_of_julian(double real, int64_t *micros)
{
	const double millis_a_day = (double)DATE_DAY / 1000;
	int64_t millis;

	if (real > 0 && real < 6e6) {
		millis = (int64_t)(real * millis_a_day + 0.5);
		*micros = millis * 1000 - (2 * INT64_C(2451544) + 1) * (DATE_DAY / 2);
		if ((double)millis / millis_a_day == real)
			return true;
	}
	return date_from_julian(real, micros);
}

static bool micros_of_real(enum reading_of_time reading, double real, int64_t *micros)
{
	if (real >= -0x1p63 && real < 0x1p63 && (double)(int64_t)real == real)
		return micros_of_integer(reading, (int64_t)real, micros);
	if (reading == TIME_JULIAN)
		return micros_of_julian(real, micros);
	if (reading != TIME_EPOCH_S && reading != TIME_EPOCH_MS && reading != TIME_COCOA_S)
		return false;
	if (!date_from_real(real, reading == TIME_EPOCH_MS ? 1e3 : 1e6, micros))
		return false;
	return !__builtin_sub_overflow(*micros, (reading == TIME_COCOA_S ? DATE_COCOA :
		DATE_UNIX) * DATE_SECOND, micros);
}

/* A time without a zone, as one that has one. */
static bool settle_zone(const struct canonical *canonical, int64_t *micros)
{
	return canonical->to != TYPE_TIMESTAMPTZ ||
		!__builtin_sub_overflow(*micros, canonical->hint.zone * DATE_SECOND, micros);
}

/* Of a cell that is no time by its own type. */
static bool read_micros(const struct canonical *canonical, const struct value *from,
	int64_t *micros)
{
	enum reading_of_time reading = canonical->hint.reading;
	enum zone zone = ZONE_NONE;

	if (from->kind == VALUE_TEXT) {
		if (!read_stamp(from, &zone, micros) &&
			(reading != TIME_COMPACT || !read_compact(from, micros)))
			return false;
	} else if (from->kind == VALUE_INTEGER) {
		if (!micros_of_integer(reading, from->integer, micros))
			return false;
	} else if (from->kind != VALUE_REAL || !micros_of_real(reading, from->real, micros)) {
		return false;
	}
	/* Epochs are UTC. */
	return zone != ZONE_NONE || (from->kind != VALUE_TEXT && reading != TIME_COMPACT) ||
		settle_zone(canonical, micros);
}

/* Of a cell that is one. */
static bool widen(const struct canonical *canonical, const struct value *from, int64_t *micros)
{
	*micros = from->integer;
	if (canonical->from.kind == TYPE_DATE) {
		if (from->integer == INT32_MIN || from->integer == INT32_MAX) {
			*micros = from->integer < 0 ? INT64_MIN : INT64_MAX;
			return true;
		}
		if (__builtin_mul_overflow(from->integer, DATE_DAY, micros))
			return false;
	}
	return *micros == INT64_MIN || *micros == INT64_MAX || settle_zone(canonical, micros);
}

static bool settle(struct value *to, int64_t integer)
{
	*to = (struct value){ .kind = VALUE_INTEGER, .integer = integer };
	return true;
}

bool canonical_stamp(struct canonical *canonical, const struct value *from, struct value *to)
{
	const bool is_time = canonical->from.kind == TYPE_DATE ||
		canonical->from.kind == TYPE_TIMESTAMP;
	int64_t micros;

	if (from->kind == VALUE_TEXT && is_word(from, "infinity"))
		return settle(to, INT64_MAX);
	if (from->kind == VALUE_TEXT && is_word(from, "-infinity"))
		return settle(to, INT64_MIN);
	if (is_time ? from->kind != VALUE_INTEGER || !widen(canonical, from, &micros) :
		!read_micros(canonical, from, &micros))
		return false;
	return settle(to, micros);
}

bool canonical_date(struct canonical *canonical, const struct value *from, struct value *to)
{
	int64_t micros;

	if (from->kind == VALUE_TEXT && is_word(from, "infinity"))
		return settle(to, INT32_MAX);
	if (from->kind == VALUE_TEXT && is_word(from, "-infinity"))
		return settle(to, INT32_MIN);
	return read_micros(canonical, from, &micros) && micros % DATE_DAY == 0 &&
		settle(to, micros / DATE_DAY);
}

bool canonical_time(struct canonical *canonical, const struct value *from, struct value *to)
{
	struct rest rest = { from->data, from->data };
	int64_t micros;

	(void)canonical;
	if (from->kind != VALUE_TEXT)
		return false;
	rest.end += from->size;
	return read_clock(&rest, true, &micros) && rest.next == rest.end && settle(to, micros);
}
