/*
 * The tables in which frameworks keep which of their migrations have run: they speak of one
 * database, and are never copied into another.
 */
#ifndef ROW_MIGRATIONS_H
#define ROW_MIGRATIONS_H

#include "row/schema.h"

struct migrations {
	const char *table;
	const char *maker; /* "Django" */
};

enum { MIGRATIONS = 13 };

extern const struct migrations migrations[MIGRATIONS];

/*
 * Who keeps its migrations in this table; NULL: it is none of those.  A name that may as well be
 * somebody's own ("migrations") counts only with the columns that the framework gives it.
 */
const char *migrations_maker(const struct table *table);

#endif
