/*
 * Conversions by families of types, each in its own file; convert_value chooses among them.  They
 * get neither NULL nor, but for raw and bool, booleans; from and to may be the same value.
 */
#ifndef ROW_CONVERT_FAMILY_H
#define ROW_CONVERT_FAMILY_H

#include "base/bytes.h"
#include "base/number.h"
#include "row/conversion.h"
#include "row/value.h"

typedef bool convert_function(const struct conversion *conversion, const struct value *from,
	struct value *to, struct bytes *scratch, enum change *change, const char **why);

/* convert_number.c */
convert_function convert_to_integer;
convert_function convert_to_float;
convert_function convert_to_numeric;
/* convert_text.c */
convert_function convert_to_text;
convert_function convert_to_json;
convert_function convert_to_bytes;
/* convert_time.c */
convert_function convert_to_date;
convert_function convert_to_time;
convert_function convert_to_stamp;
/* convert_other.c */
convert_function convert_to_raw;
convert_function convert_to_bool;
convert_function convert_to_uuid;
/* convert_named.c */
convert_function convert_to_named;

static inline bool misfit(const char **why, const char *what)
{
	*why = what;
	return false;
}

/* What is wrong with a value of this kind; texts in the caller's words. */
bool misfit_kind(const struct value *value, const char *text, const char **why);

/*
 * Numbers as text.  Reals by the fewest digits that give them back, always as reals, with an
 * exponent below 1e-4 and from 1e16 on; inf, -inf, nan.
 */
enum { NUMBER_SIZE = NUMBER_REAL_SIZE };
size_t real_print(char out[NUMBER_SIZE], double real);
size_t number_print(char out[NUMBER_SIZE], const struct value *number);

/* A text without the blanks around it. */
struct trimmed {
	const char *text;
	size_t size;
};
struct trimmed trim_blanks(const struct value *text);

/* A real that is a whole number, as an integer that is the same; not -0.0. */
bool whole_number(double real, int64_t *integer);

/* What stands in scratch becomes the cell; false when memory failed, or it is too long. */
bool settle(struct value *to, enum value_kind kind, struct bytes *scratch, const char **why);

#endif
