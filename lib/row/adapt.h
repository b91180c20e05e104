/*
 * How what a column holds becomes a type that somebody else has chosen: a column that exists.  The
 * type stands; how numbers are read as times, and which other spellings will do, follows from the
 * column's profile.
 */
#ifndef ROW_ADAPT_H
#define ROW_ADAPT_H

#include "row/choose.h"

/* What is known of the target's column. */
struct adapt {
	struct type type;
	struct texts labels; /* of an enum; none: it is no enum, or they are not known */
	bool not_null;
	bool planned;        /* a plan gives the conversion */
	bool zoned;          /* times without an offset are in `zone` */
	int32_t zone;
};

/*
 * Decides the conversion.  uuid takes 32 digits, date midnight, time a time on the first of 2000;
 * integers of one epoch are times, and microseconds where the type is an interval; a time without
 * an offset fits timestamptz only when somebody says in which zone it is.  Also without a profile;
 * then it has no remark.
 */
int adapt_choose(struct arena *arena, const struct table *table, const struct column *column,
	const struct adapt *adapt, struct decision *decision, struct fault *fault);

/*
 * What the profile knows not to fit, with what to do about it: one text each, to stand behind the
 * column's name.  Nothing without a profile.
 */
int adapt_check(struct arena *arena, const struct table *table, const struct column *column,
	const struct adapt *adapt, const struct conversion *conversion, struct texts *troubles,
	struct fault *fault);

/* "users.at -> … timestamptz zone +02:00", for who is told to write it; NULL: no memory. */
const char *adapt_line(struct arena *arena, const struct table *table, const struct column *column,
	const struct conversion *conversion);

#endif
