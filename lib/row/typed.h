/*
 * The last step: what an expression yields as the value of a column, or as a term of an index.
 */
#ifndef ROW_TYPED_H
#define ROW_TYPED_H

#include <stdbool.h>

#include "row/piece.h"
#include "row/type.h"

/* A default or generated value, of the column's type. */
bool typed_value(struct translation *t, const struct type *wanted, struct piece *piece);
bool typed_term(struct translation *t, struct piece *piece);

#endif
