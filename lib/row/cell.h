/*
 * A value that somebody wrote (on a command line, in JSON) as a cell of a column, without loss or
 * not at all.
 *
 *	raw          anything; true and false are 1 and 0
 *	bool         true, false
 *	int2 4 8     numbers without fraction and exponent, in range
 *	float4 8     numbers, as the nearest real; integers and float4 only where it is that number
 *	numeric      numbers, every digit kept; texts in numeric's own form
 *	text ...     text, as convert.h has it; a json any text, a char with blanks at its end
 *	bytea, uuid  bytes; a uuid also as text
 *	times        text, as convert.h has it
 */
#ifndef ROW_CELL_H
#define ROW_CELL_H

#include <stdbool.h>
#include <stddef.h>

#include "base/bytes.h"
#include "row/bound.h"
#include "row/type.h"
#include "row/value.h"

struct given {
	struct value value;
	const char *digits; /* how a number was written; NULL: it is none */
	size_t size;
};

/* A number in JSON's or numeric's form; its digits are borrowed. */
struct given given_number(const char *text, size_t size);
/* A constant that bound_fit has not seen. */
struct given given_bound(const struct bound *bound);

/* What is made of a value lives until the next one, as what was given does. */
struct cell_room {
	struct bytes digits;
	struct bytes scratch;
};

/*
 * False: *why says what it is ("text that is no date", "no number"), in words that live for ever;
 * NULL: there is no memory.
 */
bool cell_make(const struct type *type, const struct given *given, struct value *to,
	struct cell_room *room, const char **why);
void cell_close(struct cell_room *room);

#endif
