/*
 * A view into PostgreSQL's SQL, where every part of it is understood and gives the very rows that
 * SQLite gives.
 */
#ifndef ROW_VIEW_H
#define ROW_VIEW_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "row/parse_view.h"
#include "row/relation.h"

/*
 * Fills in the columns and rows of *made, for views on this one; their names in PostgreSQL are
 * SQLite's.  NULL: it was not understood, and *why says what and where.  The SQL is the SELECT
 * alone, for an empty search_path and standard_conforming_strings.
 */
const char *view_translate(struct arena *arena, const struct view *view,
	const struct relations *relations, struct relation *made, const char **why);

/* Its columns by name alone, as relation_of_table does for a table; false: not understood. */
bool view_columns(struct arena *arena, const struct view *view, const struct relations *relations,
	struct relation *made, const char **why);

#endif
