/*
 * What is asked of a conversion, and what it may say that it did.
 */
#ifndef ROW_CONVERSION_H
#define ROW_CONVERSION_H

#include <stdbool.h>
#include <stdint.h>

#include "row/schema.h"
#include "row/type.h"

/* How numbers become times; the names are the plan's words. */
enum reading_of_time {
	TIME_PLAIN, /* not at all */
	TIME_EPOCH_S,
	TIME_EPOCH_MS,
	TIME_EPOCH_US,
	TIME_EPOCH_NS,
	TIME_WEBKIT_US,
	TIME_COCOA_S,
	TIME_JULIAN,
	TIME_COMPACT, /* YYYYMMDD, YYYYMMDDhhmmss, as number or text */
	TIMES
};

/* NUL bytes in text. */
enum nul_policy { NUL_REFUSE, NUL_STRIP, NUL_ESCAPE, NULS };
/* Text that is ill-formed. */
enum ill_policy { ILL_REFUSE, ILL_LATIN1, ILL_REPLACE, ILL_ESCAPE, ILLS };

/* "epoch_ms"; "strip"; "latin1".  The first of each is NULL. */
extern const char *const reading_names[TIMES];
extern const char *const nul_names[NULS];
extern const char *const ill_names[ILLS];

struct conversion {
	struct type type;
	enum reading_of_time reading;
	enum nul_policy nul;
	enum ill_policy ill;
	/*
	 * Another spelling of the same value will do: 007, +1, 1e5 and blanks around them as
	 * numbers, 1.0 as an integer, {…} as a uuid, midnight as a date, a time on the first
	 * of 2000 as a time of day.
	 */
	bool loose;
	bool round;           /* digits behind those that the type has; to the nearest, halves up */
	bool big_endian;      /* of ill-formed UTF-16 */
	int32_t zone;         /* seconds east of UTC that times without offset are in */
	bool needs_offset;    /* timestamptz: nobody knows in which zone a time without one is */
	struct texts nullify; /* texts and numbers, as they print, that mean NULL */
	struct texts labels;  /* TYPE_OTHER: no other texts fit; none: all do */
};

/*
 * What happened to a cell beyond its own type's form; counted by column.  CHANGE_NONE: the value is
 * the same thing (an integer that stays one, a text that stays one).
 */
enum change {
	CHANGE_NONE,
	CHANGE_NULLIFIED,
	CHANGE_NUL_STRIPPED,
	CHANGE_NUL_ESCAPED,
	CHANGE_LATIN1,
	CHANGE_REPLACED,
	CHANGE_ESCAPED,
	CHANGE_INTEGER_TO_BOOLEAN,
	CHANGE_TEXT_TO_BOOLEAN,
	CHANGE_INTEGER_TO_REAL,
	CHANGE_REAL_TO_INTEGER,
	CHANGE_TEXT_TO_NUMBER,
	CHANGE_NUMBER_TO_TEXT,
	CHANGE_REAL_TO_NUMERIC,
	CHANGE_NUMBER_TO_TIME,
	CHANGE_TEXT_TO_TIME,
	CHANGE_OFFSET_TO_UTC,
	CHANGE_TEXT_TO_UUID,
	CHANGE_BYTES_TO_UUID,
	CHANGE_NUMBER_TO_BYTES,
	CHANGE_TEXT_TO_BYTES,
	CHANGE_BYTES_TO_TEXT,
	CHANGE_NUMBER_TO_INTERVAL,
	CHANGE_TEXT_TO_INTERVAL,
	CHANGE_JSON_TO_ARRAY,
	CHANGE_ROUNDED,
	CHANGES
};

extern const char *const change_names[CHANGES]; /* "integer to boolean" ...; the first is NULL */

#endif
