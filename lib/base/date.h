/*
 * Dates and times as PostgreSQL counts them: days since 2000-01-01, microseconds since midnight or
 * since 2000-01-01 00:00, in the Gregorian calendar without beginning.  Years are 0001 to 9999,
 * also after an offset was applied.
 *
 *	date       YYYY-MM-DD
 *	time       hh:mm[:ss[.f...]]          up to 24:00:00
 *	timestamp  date, blank or T, time     up to 23:59:59.999999
 *	offset     Z z +hh:mm +hhmm +hh       either sign, up to 15:59; a blank may stand before it
 *	           blank UTC
 *
 * Seconds end at 59.  A fraction has at least one digit; those after the sixth must be zeros.
 * Whatever is parsed is in the text as a whole: no blanks around it, nothing behind it.
 */
#ifndef BASE_DATE_H
#define BASE_DATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DATE_SECOND INT64_C(1000000)
#define DATE_DAY    (86400 * DATE_SECOND)

/* What lies between other epochs and 2000-01-01, in seconds. */
#define DATE_UNIX   INT64_C(946684800)   /* 1970-01-01 */
#define DATE_WEBKIT INT64_C(12591158400) /* 1601-01-01 */
#define DATE_COCOA  INT64_C(-31622400)   /* 2001-01-01 */

enum date_form {
	DATE_NOT,
	DATE_LOCAL,  /* without offset */
	DATE_ZULU,   /* Z, z or UTC */
	DATE_OFFSET  /* +hh:mm ...; the result is UTC */
};

bool date_parse_day(const char *text, size_t size, int32_t *days);
bool date_parse_time(const char *text, size_t size, int64_t *micros);
enum date_form date_parse_stamp(const char *text, size_t size, int64_t *micros);

/* YYYYMMDD and YYYYMMDDhhmmss, as digits and as the number that these digits are. */
bool date_parse_compact8(const char *text, size_t size, int32_t *days);
bool date_parse_compact14(const char *text, size_t size, int64_t *micros);
bool date_from_compact8(int64_t number, int32_t *days);
bool date_from_compact14(int64_t number, int64_t *micros);

/*
 * A time as a real, in units of so many microseconds since whatever epoch; true if microseconds
 * give the real back to the bit: (double)micros / unit == real.  Not for -0.0, and not where a
 * double does not hold all microseconds (2^52).
 */
bool date_from_real(double real, double unit, int64_t *micros);
/* A Julian day, the result since 2000-01-01: micros / 86400e6 + 2451544.5 == real. */
bool date_from_julian(double real, int64_t *micros);

/*
 * Fractions without trailing zeros, none when it is zero; a blank before the time.  The size
 * without the NUL behind it; 0, and out is empty, when the value is out of range.
 */
enum { DATE_SIZE = 32 };
size_t date_format_day(char out[DATE_SIZE], int32_t days);
size_t date_format_time(char out[DATE_SIZE], int64_t micros);
size_t date_format_stamp(char out[DATE_SIZE], int64_t micros);

#endif
