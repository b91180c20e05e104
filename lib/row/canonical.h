/*
 * A cell in the one form in which equal meaning is equal bytes:
 *
 *	numeric          zeros behind the last digit of the fraction are gone: 1.50 is 1.5
 *	char(n)          without the blanks at its end; beside a char(n) any text
 *	jsonb            the value: keys in order, the last of equal ones, numbers by value
 *	json, all else   as the cell is: byte for byte, -0.0 is not 0.0, NaN is NaN
 *
 * Columns of two types are compared in the richer one, into which the cells of the other are read
 * by their meaning: 0 and 1 as booleans, 7, 7.0 and '7' as a numeric, text as a date, and integers
 * as times if it is said how.  A cell that has no such meaning becomes one that is equal to nothing
 * but itself.  This is a second opinion on what rows-retype does: it shares nothing with
 * row/convert*.
 */
#ifndef ROW_CANONICAL_H
#define ROW_CANONICAL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "row/conversion.h"
#include "row/type.h"
#include "row/value.h"

/* What the types alone do not say. */
struct canonical_hint {
	enum reading_of_time reading; /* of numbers beside a time */
	bool zoned;                   /* `zone` is known: */
	int32_t zone;                 /* seconds east of UTC of times without offset */
};

/* One side's column; all zero: cells as they are. */
struct canonical {
	bool changes;          /* else canonical_cell has nothing to do */
	struct type from;
	enum type_kind to;
	struct canonical_hint hint;
	struct bytes scratch;  /* what the last cell became */
	struct bytes work;
};

/*
 * How cells of two types become comparable; hint may be NULL.  False: not at all, and *why says
 * what is missing, in words that live for ever.
 */
bool canonical_pair(const struct type *left, const struct type *right,
	const struct canonical_hint *hint, struct canonical *to_left, struct canonical *to_right,
	const char **why);

bool canonical_change(struct canonical *canonical, const struct value *from, struct value *to);

/*
 * True if the cell is not in its form: then *to is, and borrows from *from or from the scratch,
 * until the next cell of the column.  Without memory scratch.failed.
 */
static inline bool canonical_cell(struct canonical *canonical, const struct value *from,
	struct value *to)
{
	return canonical->changes && from->kind != VALUE_NULL &&
		canonical_change(canonical, from, to);
}

void canonical_close(struct canonical *canonical);

#endif
