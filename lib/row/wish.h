/*
 * What a declaration wishes for, held against what a column holds: counts only, so the same can be
 * asked of the profile without some of its values.
 */
#ifndef ROW_WISH_H
#define ROW_WISH_H

#include "row/conversion.h"
#include "row/declared.h"
#include "row/schema.h"

struct wish_scope {
	const struct table *table;
	struct declared declared;
};

/* True when every value fits what was wished for: the conversion that it then is. */
bool wish_fits(const struct wish_scope *scope, const struct profile *profile,
	struct conversion *conversion);
/* The narrowest type that holds all: an integer type, numeric, text; bytes force bytea. */
struct conversion wish_widest(const struct wish_scope *scope, const struct profile *profile);

/*
 * The one unit that puts all integers and reals into our time; TIME_PLAIN when none or two do, and
 * without numbers.
 */
enum reading_of_time wish_unit(const struct wish_scope *scope, const struct profile *profile);
/* All are YYYYMMDD, or YYYYMMDDhhmmss, beside texts of the same kind. */
bool wish_compact(const struct profile *profile, struct conversion *conversion);
/* All texts are times. */
bool wish_text_time(const struct profile *profile, struct conversion *conversion);
/* Core Data counts from 2001, and says TIMESTAMP. */
bool wish_core_data(const struct table *table);

static inline struct conversion wish_plain(enum type_kind kind)
{
	return (struct conversion){ .type = { .kind = kind, .fraction = -1 } };
}

static inline bool holds_bytes(const struct profile *profile)
{
	return profile->blobs + profile->ill + profile->shapes[SHAPE_TEXT_NUL] > 0;
}

static inline uint64_t count_numbers(const struct profile *profile)
{
	return profile->integers + profile->reals;
}

static inline uint64_t count_values(const struct profile *profile)
{
	return count_numbers(profile) + profile->texts + profile->blobs + profile->ill;
}

static inline uint64_t count_stamps(const struct profile *profile)
{
	const uint64_t *shapes = profile->shapes;

	return shapes[SHAPE_TEXT_DATE] + shapes[SHAPE_TEXT_TIMESTAMP] +
		shapes[SHAPE_TEXT_TIMESTAMP_ZULU] + shapes[SHAPE_TEXT_TIMESTAMP_OFFSET];
}

#endif
