/*
 * SQLite's expressions into PostgreSQL's: defaults, checks, generated columns, index terms and
 * conditions.  One parser, one table of functions that are known to mean the same on both sides;
 * everything else is refused with its reason, and becomes a to-do, never a guess.
 */
#ifndef ROW_EXPRESSION_H
#define ROW_EXPRESSION_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/bytes.h"
#include "row/piece.h"
#include "row/scope.h"
#include "row/type.h"

/*
 * Adds the translation to `to`.  wanted is the type that the value must have (a default's or a
 * generated column's); NULL for conditions, which come out as boolean, and for index terms, which
 * come out as they are.  False: it was not understood, *why says what and where, and nothing was
 * added.  Without memory it is false, too, and *why says so.
 *
 * A default can stand behind DEFAULT as it is; everything else wants parentheses around it.  It is
 * written for an empty search_path and standard_conforming_strings.
 */
bool expression_translate(struct arena *arena, const char *sql, enum expression_use use,
	const struct expression_scope *scope, const struct type *wanted, struct bytes *to,
	const char **why);

/* A part of a larger translation; false: t->why says why. */
bool expression_piece(struct translation *t, const struct node *node, struct piece *to);
/* What is known of a column's values, by its type and affinity; without SQL. */
struct piece expression_column_piece(const struct expression_column *column);
/* A reason as it may be shown: it may quote what stands in the source, or half a character. */
const char *expression_reason(struct arena *arena, const char *why);

#endif
