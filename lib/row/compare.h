/*
 * Comparisons of translated pieces: SQLite's affinities and collations on one side, PostgreSQL's
 * operators on the other.  What would compare differently is refused.
 */
#ifndef ROW_COMPARE_H
#define ROW_COMPARE_H

#include <stdbool.h>
#include <stddef.h>

#include "row/parse_expression.h"
#include "row/piece.h"

/* OP_EQUAL to OP_IS_NOT. */
bool compare_pieces(struct translation *t, enum operation operation, const struct piece *left,
	const struct piece *right, struct piece *to);
bool compare_in(struct translation *t, const struct piece *left, struct piece *items, size_t count,
	struct piece *to);
bool compare_between(struct translation *t, const struct piece *left, const struct piece *least,
	const struct piece *most, struct piece *to);
/* IS [NOT] TRUE, IS [NOT] FALSE. */
bool compare_truth(struct translation *t, struct piece *piece, bool truth, bool negated,
	struct piece *to);

/* A text's SQL with its collation in it: lower("x" COLLATE "C"), or as it is. */
bool compare_fold(struct translation *t, enum collation collation, struct piece *piece);

#endif
