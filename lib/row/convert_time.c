#include "base/date.h"
#include "row/convert_family.h"

/* The years 0001 to 9999, in microseconds since 2000. */
#define FIRST_MICRO (INT64_C(-730119) * DATE_DAY)
#define LAST_MICRO  (INT64_C(2921940) * DATE_DAY - 1)

static const char *const far = "a time outside of the years 0001 to 9999";

static inline bool in_years(int64_t micros)
{
	return micros >= FIRST_MICRO && micros <= LAST_MICRO;
}

/* How many microseconds one unit has, and what lies between the epoch and 2000. */
static const struct scale {
	int64_t micros;
	int64_t epoch; /* in seconds */
} scales[] = {
	[TIME_EPOCH_S] = { DATE_SECOND, DATE_UNIX },
	[TIME_EPOCH_MS] = { 1000, DATE_UNIX },
	[TIME_EPOCH_US] = { 1, DATE_UNIX },
	[TIME_WEBKIT_US] = { 1, DATE_WEBKIT },
	[TIME_COCOA_S] = { DATE_SECOND, DATE_COCOA },
};

static bool scale_integer(enum reading_of_time reading, int64_t value, int64_t *micros)
{
	const struct scale *scale = &scales[reading];

	return !__builtin_mul_overflow(value, scale->micros, micros) &&
		!__builtin_sub_overflow(*micros, scale->epoch * DATE_SECOND, micros) &&
		in_years(*micros);
}

static bool compact_integer(int64_t value, int64_t *micros)
{
	int32_t days;

	if (date_from_compact14(value, micros))
		return true;
	if (!date_from_compact8(value, &days))
		return false;
	*micros = days * DATE_DAY;
	return true;
}

/* SQLite counts Julian days in milliseconds: those first, if they give the real back. */
static bool julian_real(double real, int64_t *micros)
{
	const double day = 86400000.0;
	const int64_t milli = real > 0 && real < 6e6 ? (int64_t)(real * day + 0.5) : 0;

	if (milli > 0 && (double)milli / day == real)
		*micros = (milli - INT64_C(211813444800000)) * 1000;
	else if (!date_from_julian(real, micros))
		return false;
	return in_years(*micros);
}

static bool integer_stamp(enum reading_of_time reading, int64_t value, int64_t *micros,
	const char **why)
{
	switch (reading) {
	case TIME_PLAIN:
	case TIMES:
		return misfit(why, "an integer, and nothing says which time it is");
	case TIME_COMPACT:
		return compact_integer(value, micros) ||
			misfit(why, "an integer that is no YYYYMMDD or YYYYMMDDhhmmss");
	case TIME_JULIAN:
		return (value > 0 && value < 6000000 && julian_real((double)value, micros)) ||
			misfit(why, far);
	case TIME_EPOCH_NS:
		if (value % 1000 != 0)
			return misfit(why, "a time with nanoseconds");
		return scale_integer(TIME_EPOCH_US, value / 1000, micros) || misfit(why, far);
	default:
		return scale_integer(reading, value, micros) || misfit(why, far);
	}
}

/* Fractions of seconds and milliseconds; of all else only whole numbers are times. */
static bool real_stamp(enum reading_of_time reading, double real, int64_t *micros,
	const char **why)
{
	int64_t whole;

	if (reading == TIME_PLAIN)
		return misfit(why, "a real, and nothing says which time it is");
	if (whole_number(real, &whole))
		return integer_stamp(reading, whole, micros, why);
	if (reading == TIME_JULIAN && julian_real(real, micros))
		return true;
	if (reading == TIME_EPOCH_S || reading == TIME_EPOCH_MS || reading == TIME_COCOA_S) {
		const int64_t epoch = scales[reading].epoch * DATE_SECOND;

		if (date_from_real(real, 1e6 / (reading == TIME_EPOCH_MS ? 1e3 : 1), micros)) {
			*micros -= epoch;
			return in_years(*micros) || misfit(why, far);
		}
	}
	return misfit(why, "a real that microseconds do not give back");
}

static inline bool is_text(const struct value *value, const char *text)
{
	return strlen(text) == value->size && memcmp(text, value->data, value->size) == 0;
}

static inline bool infinity(const struct value *text, int64_t least, int64_t most, int64_t *value)
{
	*value = is_text(text, "-infinity") ? least : most;
	return *value == least || is_text(text, "infinity");
}

static enum date_form compact_text(const char *text, size_t size, int64_t *micros)
{
	int32_t days;

	if (date_parse_compact14(text, size, micros))
		return DATE_LOCAL;
	if (!date_parse_compact8(text, size, &days))
		return DATE_NOT;
	*micros = days * DATE_DAY;
	return DATE_LOCAL;
}

static enum date_form text_stamp(const struct conversion *conversion, const char *text, size_t size,
	int64_t *micros)
{
	enum date_form form = DATE_NOT;
	int32_t days;

	if (size > 10)
		form = date_parse_stamp(text, size, micros);
	else if (date_parse_day(text, size, &days)) {
		*micros = days * DATE_DAY;
		form = DATE_LOCAL;
	}
	if (form == DATE_NOT && conversion->reading == TIME_COMPACT)
		form = compact_text(text, size, micros);
	return form;
}

/* Digits of seconds that time(p) would round. */
static bool fit_fraction(const struct conversion *conversion, int64_t *micros, enum change *change,
	const char **why)
{
	static const int32_t units[] = { 1000000, 100000, 10000, 1000, 100, 10 };
	const int32_t fraction = conversion->type.fraction;
	const int64_t unit = fraction < 0 || fraction > 5 ? 1 : units[fraction];
	const int64_t rest = (*micros % unit + unit) % unit;

	if (rest == 0)
		return true;
	if (!conversion->round)
		return misfit(why, "a time with more digits of seconds than the type");
	*change = CHANGE_ROUNDED;
	*micros += rest * 2 >= unit ? unit - rest : -rest;
	return true;
}

/* A text that may have more digits of seconds than six, and what they add. */
struct shortened {
	char text[64];
	struct trimmed t;
	bool cut;   /* one of them was no zero */
	int64_t up; /* microseconds */
};

/* Where the type has fewer than six digits, those behind the sixth decide nothing. */
static struct trimmed shorten(const struct conversion *conversion, struct trimmed t,
	struct shortened *to)
{
	const char *point = conversion->round && t.size < sizeof(to->text) ?
		memchr(t.text, '.', t.size) : NULL;
	const size_t keep = point == NULL ? t.size : (size_t)(point - t.text) + 7;
	size_t end = point == NULL ? t.size : (size_t)(point - t.text) + 1;

	to->cut = false;
	to->up = 0;
	for (; end < t.size && t.text[end] >= '0' && t.text[end] <= '9'; end++)
		to->cut |= end >= keep && t.text[end] != '0';
	if (end <= keep)
		return t;
	to->up = t.text[keep] >= '5' && (conversion->type.fraction < 0 ||
		conversion->type.fraction > 5);
	memcpy(to->text, t.text, keep);
	memcpy(to->text + keep, t.text + end, t.size - end);
	return (struct trimmed){ to->text, keep + t.size - end };
}

/* With blanks around it only when that does not matter; digits are cut where they are rounded. */
static enum date_form any_stamp(const struct conversion *conversion, const struct value *from,
	int64_t *micros, bool *cut)
{
	struct trimmed t = { (const char *)from->data, from->size };
	enum date_form form = text_stamp(conversion, t.text, t.size, micros);
	struct shortened shortened;

	*cut = false;
	if (form != DATE_NOT || (!conversion->loose && !conversion->round))
		return form;
	if (conversion->loose)
		t = trim_blanks(from);
	t = shorten(conversion, t, &shortened);
	form = text_stamp(conversion, t.text, t.size, micros);
	if (form != DATE_NOT)
		*micros += shortened.up;
	*cut = shortened.cut;
	return form;
}

static bool local_to_utc(const struct conversion *conversion, int64_t *micros, const char **why)
{
	if (conversion->needs_offset && conversion->type.kind == TYPE_TIMESTAMPTZ)
		return misfit(why, "a time without an offset, and nothing says its zone");
	if (conversion->type.kind == TYPE_TIMESTAMPTZ)
		*micros -= conversion->zone * DATE_SECOND;
	return in_years(*micros) || misfit(why, far);
}

static bool stamp_of_text(const struct conversion *conversion, const struct value *from,
	int64_t *micros, enum change *change, const char **why)
{
	bool cut;
	const enum date_form form = any_stamp(conversion, from, micros, &cut);

	*change = cut ? CHANGE_ROUNDED : CHANGE_TEXT_TO_TIME;
	if (form == DATE_LOCAL)
		return local_to_utc(conversion, micros, why);
	if (!cut && (form == DATE_OFFSET ||
		(form == DATE_ZULU && conversion->type.kind == TYPE_TIMESTAMP)))
		*change = CHANGE_OFFSET_TO_UTC;
	return form != DATE_NOT || infinity(from, INT64_MIN, INT64_MAX, micros) ||
		misfit(why, "text that is no date and time");
}

static bool stamp_of_number(const struct conversion *conversion, const struct value *from,
	int64_t *micros, enum change *change, const char **why)
{
	*change = CHANGE_NUMBER_TO_TIME;
	if (from->kind == VALUE_REAL) {
		if (!real_stamp(conversion->reading, from->real, micros, why))
			return false;
	} else if (!integer_stamp(conversion->reading, from->integer, micros, why)) {
		return false;
	}
	return conversion->reading != TIME_COMPACT || local_to_utc(conversion, micros, why);
}

static bool is_number(const struct value *value)
{
	return value->kind == VALUE_INTEGER || value->kind == VALUE_REAL;
}

/* YYYY-MM-DD hh:mm:ss, which most are. */
static inline bool usual_stamp(const struct conversion *conversion, const struct value *from,
	int64_t *micros)
{
	return from->kind == VALUE_TEXT && from->size == 19 && conversion->zone == 0 &&
		!conversion->needs_offset &&
		date_parse_stamp((const char *)from->data, 19, micros) == DATE_LOCAL;
}

bool convert_to_stamp(const struct conversion *conversion, const struct value *from,
	struct value *to, struct bytes *scratch, enum change *change, const char **why)
{
	int64_t micros;

	(void)scratch;
	if (usual_stamp(conversion, from, &micros)) {
		*change = CHANGE_TEXT_TO_TIME;
		*to = (struct value){ .kind = VALUE_INTEGER, .integer = micros };
		return true;
	}
	if (from->kind == VALUE_TEXT) {
		if (!stamp_of_text(conversion, from, &micros, change, why))
			return false;
	} else if (!is_number(from)) {
		return misfit_kind(from, NULL, why);
	} else if (!stamp_of_number(conversion, from, &micros, change, why)) {
		return false;
	}
	if (in_years(micros)) {
		if (!fit_fraction(conversion, &micros, change, why))
			return false;
		if (!in_years(micros))
			return misfit(why, far);
	}
	*to = (struct value){ .kind = VALUE_INTEGER, .integer = micros };
	return true;
}

/* A date with a time is none, but for midnight where that does not matter. */
static bool day_of_text(const struct conversion *conversion, const struct value *from,
	int64_t *days, const char **why)
{
	static const char *const no_date = "text that is no date";
	int64_t micros;
	int32_t day;
	bool cut;

	if (date_parse_day((const char *)from->data, from->size, &day) ||
	    (conversion->reading == TIME_COMPACT &&
	     date_parse_compact8((const char *)from->data, from->size, &day))) {
		*days = day;
		return true;
	}
	if (infinity(from, INT32_MIN, INT32_MAX, days))
		return true;
	if (!conversion->loose || any_stamp(conversion, from, &micros, &cut) == DATE_NOT)
		return misfit(why, no_date);
	*days = micros / DATE_DAY;
	return micros % DATE_DAY == 0 || misfit(why, "a date with a time");
}

bool convert_to_date(const struct conversion *conversion, const struct value *from,
	struct value *to, struct bytes *scratch, enum change *change, const char **why)
{
	int64_t days;

	(void)scratch;
	if (from->kind == VALUE_TEXT) {
		if (!day_of_text(conversion, from, &days, why))
			return false;
		*change = CHANGE_TEXT_TO_TIME;
	} else if (is_number(from)) {
		if (!stamp_of_number(conversion, from, &days, change, why))
			return false;
		if (days % DATE_DAY != 0)
			return misfit(why, "a date with a time");
		days /= DATE_DAY;
	} else {
		return misfit_kind(from, NULL, why);
	}
	*to = (struct value){ .kind = VALUE_INTEGER, .integer = days };
	return true;
}

/* Rails keeps times of day as those of 2000-01-01. */
static bool dummy_time(struct trimmed t, int64_t *micros)
{
	return t.size > 11 && date_parse_stamp(t.text, t.size, micros) == DATE_LOCAL &&
		*micros >= 0 && *micros < DATE_DAY;
}

bool convert_to_time(const struct conversion *conversion, const struct value *from,
	struct value *to, struct bytes *scratch, enum change *change, const char **why)
{
	static const char *const no_time = "text that is no time of day";
	struct shortened shortened;
	struct trimmed t;
	int64_t micros;

	(void)scratch;
	if (from->kind != VALUE_TEXT)
		return misfit_kind(from, no_time, why);
	t = (struct trimmed){ (const char *)from->data, from->size };
	if (conversion->loose)
		t = trim_blanks(from);
	t = shorten(conversion, t, &shortened);
	if (!date_parse_time(t.text, t.size, &micros) &&
		!(conversion->loose && dummy_time(t, &micros)))
		return misfit(why, no_time);
	micros += shortened.up;
	*change = shortened.cut ? CHANGE_ROUNDED : CHANGE_TEXT_TO_TIME;
	if (!fit_fraction(conversion, &micros, change, why))
		return false;
	*to = (struct value){ .kind = VALUE_INTEGER, .integer = micros };
	return true;
}
