/*
 * Numbers as texts.  Nothing here depends on the locale but number_format_real and
 * number_real_digits, which rely on LC_NUMERIC being "C": no process of ours calls setlocale.
 */
#ifndef BASE_NUMBER_H
#define BASE_NUMBER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"

/*
 * Digits before and behind the point, written out without exponent, leading zeros not counted:
 * 0.050 has 0 and 3, 1.5e3 has 4 and 0.  PostgreSQL's numeric takes no more than these.
 */
enum { NUMBER_WHOLE_MOST = 131072, NUMBER_FRACTION_MOST = 16383 };

struct digits {
	uint32_t whole;
	uint32_t fraction;
};

enum number_form {
	NUMBER_NOT,     /* no number, or none that numeric takes; also NaN and infinity */
	NUMBER_INTEGER, /* canonical, and an int64 */
	NUMBER_DECIMAL, /* canonical otherwise: [-]digits[.digits], no needless zero, no -0 */
	NUMBER_OTHER    /* any other decimal spelling: +1 007 .5 5. 1e5 -0.0 */
};

/* Digits are set when it is a number.  No blanks, and the whole text. */
enum number_form number_look(const char *text, size_t size, struct digits *digits);

/* A canonical int64: exactly what "%" PRId64 prints. */
bool number_parse_integer(const char *text, size_t size, int64_t *value);

/* Adds the canonical form of any spelling, keeping the scale; false when it is no number. */
bool number_add_canonical(struct bytes *out, const char *text, size_t size);

/*
 * The shortest of %.15g, %.16g and %.17g that reads as the same double, and always as a real:
 * with a point or an exponent.  "Infinity", "-Infinity", "NaN".  The size without the NUL.
 */
enum { NUMBER_REAL_SIZE = 32 };
size_t number_format_real(char out[NUMBER_REAL_SIZE], double real);

/* The digits of that decimal, 100.0 taken as 100; none for infinity and NaN. */
struct digits number_real_digits(double real);
/* How many digits an integer has; 0 has none. */
uint32_t number_integer_digits(int64_t value);

#endif
