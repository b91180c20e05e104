/*
 * What a column holds, counted over all of its values: storage classes, ranges, lengths, and for
 * integers, reals, texts and bytes which shapes they have.  A shape counts a value only if that
 * very value can be made again from what the shape stands for, so a count equal to the class's
 * count is a proof.
 *
 * A profile that is all zero is one of no values.
 */
#ifndef ROW_PROFILE_H
#define ROW_PROFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "row/value.h"

enum shape {
	/* integers; an epoch counts zero and whatever falls into the years 1990 to 2100 */
	SHAPE_INTEGER_BOOLEAN, /* 0 or 1 */
	SHAPE_INTEGER_ZERO,
	SHAPE_INTEGER_EPOCH_S,
	SHAPE_INTEGER_EPOCH_MS,
	SHAPE_INTEGER_EPOCH_US,
	SHAPE_INTEGER_EPOCH_NS, /* divisible by 1,000 */
	SHAPE_INTEGER_WEBKIT_US,
	SHAPE_INTEGER_COCOA_S,
	SHAPE_INTEGER_COMPACT8,  /* YYYYMMDD, a real date in 1900 to 2199 */
	SHAPE_INTEGER_COMPACT14, /* YYYYMMDDhhmmss, the same */
	/*
	 * reals; a time counts 0.0 and whatever falls into 1990 to 2100, and must be given back to
	 * the bit by its microseconds: date_from_real, date_from_julian
	 */
	SHAPE_REAL_INTEGRAL, /* a whole number that an int64 holds; not -0.0 */
	SHAPE_REAL_ZERO,     /* 0.0; not -0.0 */
	SHAPE_REAL_EPOCH_S,
	SHAPE_REAL_EPOCH_MS,
	SHAPE_REAL_COCOA_S,
	SHAPE_REAL_JULIAN,
	SHAPE_REAL_INFINITE,
	SHAPE_REAL_MINUS_ZERO,
	/* texts, exactly as written; a number has one of the three shapes for numbers */
	SHAPE_TEXT_EMPTY,
	SHAPE_TEXT_INTEGER, /* canonical: no +, no leading zero, fits int64 */
	SHAPE_TEXT_DECIMAL, /* canonical numeric otherwise: digits, at most one point */
	SHAPE_TEXT_REAL,    /* any other spelling of a number: 1e5, +1, 007, .5, -0 */
	SHAPE_TEXT_BOOLEAN, /* true false t f yes y no n on off, any case */
	SHAPE_TEXT_DATE,    /* YYYY-MM-DD, as in the next four the years 0001 to 9999 */
	SHAPE_TEXT_TIME,    /* hh:mm[:ss[.ffffff]] up to 24:00:00 */
	SHAPE_TEXT_TIMESTAMP,        /* date and time, blank or T between, no offset */
	SHAPE_TEXT_TIMESTAMP_ZULU,   /* ... Z, UTC */
	SHAPE_TEXT_TIMESTAMP_OFFSET, /* ... +hh:mm +hhmm +hh -hh:mm ... */
	SHAPE_TEXT_COMPACT8,         /* 8 digits, a real date; a number as well */
	SHAPE_TEXT_COMPACT14,
	SHAPE_TEXT_UUID,         /* 36 characters, any case, no braces */
	SHAPE_TEXT_JSON,         /* parses by jsonb's rules, and no key stands twice in an object */
	SHAPE_TEXT_JSON_DOUBLED, /* parses by jsonb's rules, but a key does: json, not jsonb */
	SHAPE_TEXT_NUL,          /* holds a NUL byte */
	/* bytes */
	SHAPE_BYTES_UUID, /* 16 bytes */
	SHAPE_BYTES_TEXT, /* valid UTF-8 without NUL */
	SHAPE_BYTES_JSON, /* as SHAPE_TEXT_JSON */
	SHAPES
};

/* Short names, as they stand in the stream; shape_names[SHAPES] does not exist. */
extern const char *const shape_names[SHAPES];

struct profile {
	uint64_t nulls, integers, reals, texts, blobs, ill; /* ill: text not UTF-8 or UTF-16 */
	int64_t least_integer, most_integer;                /* valid when integers > 0 */
	double least_real, most_real;    /* valid when reals > 0; NaN only if all of them are */
	uint64_t longest_text;           /* bytes, of texts and ill ones */
	uint64_t longest_blob;
	uint64_t longest_characters;     /* of texts */
	/*
	 * Most digits before and behind the point, as numeric counts them (0.05 has 0 and 2), over
	 * integers, texts that are numbers, and the shortest decimals of reals.
	 */
	uint64_t whole_digits, fraction_digits;
	uint64_t shapes[SHAPES];
};

/*
 * Counts one value; a boolean counts as the integer 0 or 1.  scratch is working memory that the
 * caller keeps for all calls, empty at first; when it has failed at the end there was no memory,
 * and the shapes for JSON are too low.
 */
void profile_add(struct profile *profile, const struct value *value, struct bytes *scratch);

/* Becomes the profile of all that both have counted. */
void profile_unite(struct profile *profile, const struct profile *more);

#endif
