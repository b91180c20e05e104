/*
 * What ->> and json_extract() take out of JSON.  SQLite gives numbers as numbers, PostgreSQL all as
 * text: so it may be indexed, and asked for being NULL, but not compared.
 */
#ifndef ROW_MEMBER_H
#define ROW_MEMBER_H

#include <stdbool.h>

#include "row/piece.h"

/* With label, as for ->>, a name alone is a path. */
bool member_take(struct translation *t, const struct piece *json, const struct piece *from,
	bool label, struct piece *to);

#endif
