/*
 * The functions that are known to mean the same on both sides, and for which values.
 */
#ifndef ROW_CALL_H
#define ROW_CALL_H

#include <stdbool.h>
#include <stddef.h>

#include "row/parse_expression.h"
#include "row/piece.h"

/* node is the call that the items were translated from. */
bool call_function(struct translation *t, const struct node *node, struct piece *items,
	size_t count, struct piece *to);

/* x LIKE y [ESCAPE z], x GLOB y; not negated. */
bool call_like(struct translation *t, enum operation operation, struct piece *items, size_t count,
	struct piece *to);

#endif
