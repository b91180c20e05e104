/*
 * SQLite's patterns as PostgreSQL's.  LIKE folds A to Z and nothing else, GLOB nothing; both work
 * on characters.
 */
#ifndef ROW_GLOB_H
#define ROW_GLOB_H

#include <stdbool.h>

#include "row/piece.h"

/* A LIKE pattern whose escape character is the backslash; escape is SQLite's, or -1. */
bool glob_like(struct translation *t, const struct piece *text, const struct constant *pattern,
	int escape, struct piece *to);
/* GLOB: LIKE again where it has no [...], else a regular expression. */
bool glob_match(struct translation *t, const struct piece *text, const struct constant *pattern,
	struct piece *to);

#endif
