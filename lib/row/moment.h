/*
 * "Now", as date(), time(), datetime(), strftime() and unixepoch() spell it, for defaults.  Only
 * what is not up to the machine's zone, and only modifiers that both sides compute alike.
 */
#ifndef ROW_MOMENT_H
#define ROW_MOMENT_H

#include <stdbool.h>
#include <stddef.h>

#include "row/piece.h"

/* One of the functions with constant arguments, or CURRENT_TIMESTAMP and its like with none. */
bool moment_call(struct translation *t, const char *name, const struct piece *items, size_t count,
	struct piece *to);
/* Is the name one of theirs? */
bool moment_is(const char *name);

/* Seconds since 1970, as an integer: false when it says something else. */
bool moment_to_integer(struct translation *t, struct piece *piece);
bool moment_to_text(struct translation *t, struct piece *piece);
/* A value of the type, which is a time's. */
bool moment_typed(struct translation *t, const struct type *type, struct piece *piece);

#endif
