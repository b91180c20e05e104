/*
 * What cells are compared with: a constant that somebody wrote, in a rule or a condition.
 *
 * Cells are compared by what they mean in their column's type: numbers by value, integers and
 * decimals to the last digit, reals as the nearest real; times as instants; texts and bytes byte by
 * byte.  A cell of another kind than the constant is neither below nor above it, nor the same.
 */
#ifndef ROW_BOUND_H
#define ROW_BOUND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "row/token.h"
#include "row/type.h"
#include "row/value.h"

enum bound_kind {
	BOUND_NUMBER,
	BOUND_TEXT,
	BOUND_BYTES,
	BOUND_TRUTH,
	BOUND_TIME, /* what bound_fit makes of a text; */
	BOUND_UUID  /* so is this */
};

struct bound {
	enum bound_kind kind;
	const char *text; /* what it was written as; of a number, numeric's own form; bytes */
	size_t size;
	bool whole;       /* a number that is an int64: */
	int64_t integer;  /* also the time, as cells have it, and 0 or 1 of a truth */
	double real;
	bool decimal;     /* texts are numbers: the column is a numeric */
	uint8_t uuid[16];
};

/* Any spelling of a number that is one; false: it is none, or there is no memory: then no text. */
bool bound_number(struct arena *arena, const char *text, size_t size, struct bound *bound);
/*
 * Takes a constant, 5 -1.5 'text' x'00ff' true false, from *token on, and sets *token to the next
 * one.  False: *why says what is wrong, in words that live for ever; NULL: there is no memory.
 */
bool bound_read(struct arena *arena, struct cursor *cursor, struct token *token,
	struct bound *bound, const char **why);
/* Makes it one for cells of a type; false: they are never of its kind. */
bool bound_fit(struct bound *bound, const struct type *type);
/*
 * Below, at, above 0: where a cell, not NULL, of the type that it was made for stands.  False: it
 * is of another kind.
 */
bool bound_compare(const struct bound *bound, const struct value *cell, int *order);

#endif
