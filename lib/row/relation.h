/*
 * What a view's FROM may name: tables and other views, with their columns; and how SQLite resolves
 * names among those that one SELECT reads.
 */
#ifndef ROW_RELATION_H
#define ROW_RELATION_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "row/parse_view.h"
#include "row/piece.h"
#include "row/schema.h"

struct relation_column {
	const char *source;
	bool quoted;                 /* where it got that name */
	const char *target;          /* its name in PostgreSQL, not yet quoted */
	const struct column *origin; /* it is this very column of a table; NULL: it is not */
	struct piece piece;          /* what is known of its values, without SQL */
	bool changed;                /* the plan puts other values there */
};

struct relation {
	const char *source;
	const char *target;          /* qualified and quoted */
	const char *why;             /* it cannot be read: the reason */
	bool lacks;                  /* columns that the source has: * would not be all */
	struct relation_column *columns;
	size_t count;
	const size_t *keys;          /* columns that are unique together and never NULL */
	size_t key_count;
	double rows;                 /* no more than this */
};

struct relations {
	const struct relation *items;
	size_t count;
};

/* One of those that a SELECT reads. */
struct view_from_item {
	const struct view_source *source;
	const struct relation *relation;
	const char *name;            /* that the SELECT gives it */
	const char *as;              /* that it has in the translation, quoted */
	bool nullable;               /* LEFT JOIN may add it as NULLs */
};

struct view_from {
	struct view_from_item *items;
	size_t count;
};

struct view_place {
	size_t item;
	size_t column;
};

static inline bool view_same_place(struct view_place a, struct view_place b)
{
	return a.item == b.item && a.column == b.column;
}

/* A column of a SELECT's result. */
struct view_column {
	const struct view_result *result;
	bool placed;                 /* it is a column as it stands, at this place */
	struct view_place place;
	const char *name;            /* as SQLite calls it */
	bool quoted;
	const struct column *origin; /* whose name it has; NULL: of no table's column */
};

/* A table's columns by name alone: pieces, target and rows are the caller's. */
bool relation_of_table(struct arena *arena, const struct table *table, struct relation *relation);
/* What a profile proves of a column's values goes into its piece. */
void relation_prove(struct piece *piece, const struct profile *profile);

/* False in both: *why says why. */
bool view_open(struct arena *arena, const struct relations *relations,
	const struct view_select *select, struct view_from *from, const char **why);
/* The result's columns, stars taken apart; not yet named. */
bool view_expand(struct arena *arena, const struct view_from *from,
	const struct view_select *select, struct view_column **columns, size_t *count,
	const char **why);
/* Names them as SQLite does; those of the first SELECT count. */
bool view_name_columns(struct arena *arena, const struct view *view, const struct view_from *from,
	struct view_column *columns, size_t count, const char **why);

/* How many columns have this name, 0, 1 or more; table may be NULL. */
size_t view_find(const struct view_from *from, const char *table, const char *name,
	struct view_place *place);
const struct relation_column *view_column_at(const struct view_from *from,
	struct view_place place);

#endif
