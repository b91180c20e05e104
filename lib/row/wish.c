#include "row/wish.h"

#include <string.h>

/* Up to here a real holds every integer. */
#define EXACT (INT64_C(1) << 53)
/*
 * Seconds that are 2000 since 1970, and 2031 since 2001: below, a Cocoa time of today looks like a
 * Unix time of the nineties.
 */
#define COCOA_MOST INT64_C(946684800)

/* Decides by the counts alone; false when not all values fit what was declared. */
typedef bool wish_function(const struct wish_scope *scope, const struct profile *profile,
	struct conversion *conversion);

static inline bool exact_integers(const struct profile *profile)
{
	return profile->integers == 0 ||
		(profile->least_integer >= -EXACT && profile->most_integer <= EXACT);
}

/* Texts that numeric takes as they are. */
static inline bool texts_are_numbers(const struct profile *profile)
{
	return profile->texts ==
		profile->shapes[SHAPE_TEXT_INTEGER] + profile->shapes[SHAPE_TEXT_DECIMAL];
}

static bool wish_integer(const struct wish_scope *scope, const struct profile *profile,
	struct conversion *conversion)
{
	enum type_kind kind = scope->declared.natural;

	if (profile->integers < count_values(profile))
		return false;
	if (profile->integers > 0) {
		if (kind == TYPE_INT2 && (profile->least_integer < INT16_MIN ||
		    profile->most_integer > INT16_MAX))
			kind = TYPE_INT4;
		if (kind == TYPE_INT4 && (profile->least_integer < INT32_MIN ||
		    profile->most_integer > INT32_MAX))
			kind = TYPE_INT8;
	}
	*conversion = wish_plain(kind);
	return true;
}

static bool wish_bool(const struct wish_scope *scope, const struct profile *profile,
	struct conversion *conversion)
{
	(void)scope;
	*conversion = wish_plain(TYPE_BOOL);
	return profile->shapes[SHAPE_INTEGER_BOOLEAN] + profile->shapes[SHAPE_TEXT_BOOLEAN] ==
		count_values(profile);
}

static bool wish_real(const struct wish_scope *scope, const struct profile *profile,
	struct conversion *conversion)
{
	(void)scope;
	*conversion = wish_plain(TYPE_FLOAT8);
	return count_numbers(profile) == count_values(profile) && exact_integers(profile);
}

static bool digits_fit(const struct wish_scope *scope, const struct profile *profile)
{
	const struct declared *declared = &scope->declared;

	return declared->precision > 0 && profile->shapes[SHAPE_REAL_INFINITE] == 0 &&
		profile->whole_digits <= (uint64_t)(declared->precision - declared->scale) &&
		profile->fraction_digits <= (uint64_t)declared->scale;
}

/* numeric has no -0.0, and infinities only on newer servers. */
static bool wish_numeric(const struct wish_scope *scope, const struct profile *profile,
	struct conversion *conversion)
{
	const uint64_t minus = profile->shapes[SHAPE_REAL_MINUS_ZERO];

	if (holds_bytes(profile) || !texts_are_numbers(profile))
		return false;
	if (minus + profile->shapes[SHAPE_REAL_INFINITE] > 0 && profile->texts == 0 &&
	    exact_integers(profile)) {
		*conversion = wish_plain(TYPE_FLOAT8);
		return true;
	}
	*conversion = wish_plain(TYPE_NUMERIC);
	if (digits_fit(scope, profile)) {
		conversion->type.precision = scope->declared.precision;
		conversion->type.scale = scope->declared.scale;
	}
	return minus == 0;
}

static bool wish_text(const struct wish_scope *scope, const struct profile *profile,
	struct conversion *conversion)
{
	(void)scope;
	*conversion = wish_plain(TYPE_TEXT);
	return !holds_bytes(profile) && count_numbers(profile) == 0;
}

/* One class alone is its own type. */
static bool wish_stored(const struct wish_scope *scope, const struct profile *profile,
	struct conversion *conversion)
{
	const uint64_t all = count_values(profile);

	*conversion = wish_plain(all == 0 ? scope->declared.natural :
		profile->integers == all ? TYPE_INT8 : profile->reals == all ? TYPE_FLOAT8 :
		profile->texts == all ? TYPE_TEXT : profile->blobs == all ? TYPE_BYTEA :
		TYPE_NUMERIC);
	if (conversion->type.kind == TYPE_TEXT)
		return !holds_bytes(profile);
	return conversion->type.kind != TYPE_NUMERIC || all == 0 ||
		(profile->texts == 0 && wish_numeric(scope, profile, conversion));
}

/* By jsonb's rules; json where a key stands twice.  A number in the column is JSON's, too. */
static bool wish_json(const struct wish_scope *scope, const struct profile *profile,
	struct conversion *conversion)
{
	const uint64_t *shapes = profile->shapes, doubled = shapes[SHAPE_TEXT_JSON_DOUBLED];

	(void)scope;
	*conversion = wish_plain(doubled > 0 ? TYPE_JSON : TYPE_JSONB);
	if (shapes[SHAPE_REAL_INFINITE] + shapes[SHAPE_REAL_MINUS_ZERO] > 0)
		return false;
	return count_numbers(profile) + shapes[SHAPE_TEXT_JSON] + doubled +
		shapes[SHAPE_BYTES_JSON] == count_values(profile);
}

/* 16 bytes under one of Microsoft's names have their first half in another order. */
static bool wish_uuid(const struct wish_scope *scope, const struct profile *profile,
	struct conversion *conversion)
{
	const uint64_t bytes = profile->shapes[SHAPE_BYTES_UUID];

	*conversion = wish_plain(TYPE_UUID);
	if (scope->declared.mixed_endian && bytes > 0)
		return false;
	return profile->shapes[SHAPE_TEXT_UUID] + bytes == count_values(profile);
}

/* Core Data counts from 2001, and says TIMESTAMP. */
bool wish_core_data(const struct table *table)
{
	for (size_t i = 0; i < table->column_count; i++)
		if (strcmp(table->columns[i].source, "Z_PK") == 0)
			return true;
	return false;
}

/* The one unit that puts every integer into our time; TIME_PLAIN when none or two do. */
static enum reading_of_time integer_unit(const struct wish_scope *scope,
	const struct profile *profile)
{
	static const struct {
		enum shape shape;
		enum reading_of_time reading;
	} units[] = {
		{ SHAPE_INTEGER_EPOCH_S, TIME_EPOCH_S },
		{ SHAPE_INTEGER_EPOCH_MS, TIME_EPOCH_MS },
		{ SHAPE_INTEGER_EPOCH_US, TIME_EPOCH_US },
		{ SHAPE_INTEGER_EPOCH_NS, TIME_EPOCH_NS },
		{ SHAPE_INTEGER_WEBKIT_US, TIME_WEBKIT_US },
	};
	enum reading_of_time found = TIME_PLAIN;
	size_t count = 0;

	if (profile->integers == 0 || profile->shapes[SHAPE_INTEGER_ZERO] == profile->integers)
		return TIME_PLAIN;
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (profile->shapes[units[i].shape] == profile->integers) {
			found = units[i].reading;
			count++;
		}
	if (found == TIME_EPOCH_S && (profile->most_integer < COCOA_MOST ||
	    wish_core_data(scope->table)))
		return TIME_PLAIN;
	return count == 1 ? found : TIME_PLAIN;
}

static enum reading_of_time real_unit(const struct wish_scope *scope,
	const struct profile *profile)
{
	const uint64_t *shapes = profile->shapes;

	if (profile->reals == 0 || shapes[SHAPE_REAL_ZERO] == profile->reals)
		return TIME_PLAIN;
	if (shapes[SHAPE_REAL_EPOCH_MS] == profile->reals)
		return TIME_EPOCH_MS;
	if (shapes[SHAPE_REAL_EPOCH_S] < profile->reals || wish_core_data(scope->table))
		return TIME_PLAIN;
	return profile->most_real < (double)COCOA_MOST ? TIME_PLAIN : TIME_EPOCH_S;
}

/* Integers and reals of one unit, where only zeros have any; TIME_PLAIN also without numbers. */
enum reading_of_time wish_unit(const struct wish_scope *scope,
	const struct profile *profile)
{
	const enum reading_of_time whole = integer_unit(scope, profile);
	const enum reading_of_time real = real_unit(scope, profile);

	if (profile->reals == 0 || (whole == real && whole != TIME_PLAIN))
		return whole;
	return profile->shapes[SHAPE_INTEGER_ZERO] == profile->integers ? real : TIME_PLAIN;
}

/* YYYYMMDD and YYYYMMDDhhmmss, beside texts of the same kind. */
bool wish_compact(const struct profile *profile, struct conversion *conversion)
{
	const uint64_t *shapes = profile->shapes;
	const uint64_t days = shapes[SHAPE_INTEGER_COMPACT8] + shapes[SHAPE_TEXT_COMPACT8];
	const uint64_t seconds = shapes[SHAPE_INTEGER_COMPACT14] + shapes[SHAPE_TEXT_COMPACT14];
	const uint64_t all = count_values(profile);

	*conversion = wish_plain(seconds > 0 ? TYPE_TIMESTAMP : TYPE_DATE);
	conversion->reading = TIME_COMPACT;
	if (seconds > 0)
		return seconds + shapes[SHAPE_TEXT_TIMESTAMP] == all;
	return days > 0 && days + shapes[SHAPE_TEXT_DATE] == all;
}

bool wish_text_time(const struct profile *profile, struct conversion *conversion)
{
	const uint64_t *shapes = profile->shapes, all = profile->texts;

	*conversion = wish_plain(TYPE_TIMESTAMPTZ);
	if (shapes[SHAPE_TEXT_TIME] == all)
		*conversion = wish_plain(TYPE_TIME);
	else if (shapes[SHAPE_TEXT_DATE] == all)
		*conversion = wish_plain(TYPE_DATE);
	else if (shapes[SHAPE_TEXT_DATE] + shapes[SHAPE_TEXT_TIMESTAMP] == all)
		*conversion = wish_plain(TYPE_TIMESTAMP);
	return conversion->type.kind != TYPE_TIMESTAMPTZ || count_stamps(profile) == all;
}

static bool wish_time(const struct wish_scope *scope, const struct profile *profile,
	struct conversion *conversion)
{
	if (count_values(profile) == 0) {
		*conversion = wish_plain(scope->declared.natural);
		return true;
	}
	if (profile->blobs + profile->ill > 0)
		return false;
	if (wish_compact(profile, conversion))
		return true;
	if (count_numbers(profile) == 0)
		return wish_text_time(profile, conversion);
	*conversion = wish_plain(TYPE_TIMESTAMPTZ);
	conversion->reading = wish_unit(scope, profile);
	return conversion->reading != TIME_PLAIN && count_stamps(profile) == profile->texts;
}

static wish_function *const wishes[] = {
	[WISH_NONE] = wish_stored,
	[WISH_BOOL] = wish_bool,
	[WISH_INTEGER] = wish_integer,
	[WISH_REAL] = wish_real,
	[WISH_NUMERIC] = wish_numeric,
	[WISH_TEXT] = wish_text,
	[WISH_BLOB] = wish_stored,
	[WISH_TIME] = wish_time,
	[WISH_JSON] = wish_json,
	[WISH_UUID] = wish_uuid,
};

/* The narrowest type that holds all: an integer type, numeric, text; bytes force bytea. */
struct conversion wish_widest(const struct wish_scope *scope, const struct profile *profile)
{
	const enum wish wish = scope->declared.wish;
	const bool number = wish == WISH_INTEGER || wish == WISH_REAL || wish == WISH_NUMERIC;
	struct conversion conversion;

	if (holds_bytes(profile))
		return wish_plain(TYPE_BYTEA);
	if (profile->integers == count_values(profile))
		return wish_plain(TYPE_INT8);
	if (profile->reals == count_values(profile) && wish != WISH_INTEGER &&
	    wish != WISH_NUMERIC && wish != WISH_TEXT)
		return wish_plain(TYPE_FLOAT8);
	if (wish != WISH_TEXT && (profile->texts == 0 || number) &&
	    wish_numeric(scope, profile, &conversion))
		return conversion;
	return wish_plain(TYPE_TEXT);
}

bool wish_fits(const struct wish_scope *scope, const struct profile *profile,
	struct conversion *conversion)
{
	return wishes[scope->declared.wish](scope, profile, conversion);
}
