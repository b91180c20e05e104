/*
 * count, sum, total, avg, min and max, where the same rows give the same value on both sides.
 */
#ifndef ROW_AGGREGATE_H
#define ROW_AGGREGATE_H

#include <stdbool.h>
#include <stddef.h>

#include "row/parse_expression.h"
#include "row/piece.h"

/* min() and max() of several values are none. */
bool aggregate_is(const struct node *node);
/* items are what the call's arguments were translated to; rows: at most so many are aggregated. */
bool aggregate_call(struct translation *t, const struct node *node, struct piece *items,
	double rows, struct piece *to);

#endif
