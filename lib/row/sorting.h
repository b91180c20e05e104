/*
 * What is told apart, and what stands in front of what: whether PostgreSQL and SQLite agree on it
 * for a translated piece.
 */
#ifndef ROW_SORTING_H
#define ROW_SORTING_H

#include <stdbool.h>

#include "row/piece.h"

/* Its values are equal here where they are equal there; doing: "groups by", for people. */
bool sorting_equal(struct translation *t, const struct piece *piece, const char *doing);
/* Makes a sort key of it, by its collation; refused where the order may be another one. */
bool sorting_key(struct translation *t, struct piece *piece, const char *doing);

#endif
