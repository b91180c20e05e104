/*
 * What a source may be asked for beside whole tables.
 */
#ifndef ROW_WANTED_H
#define ROW_WANTED_H

#include "row/schema.h"

/* The rows of a table for which a condition, in the source's own SQL, is true. */
struct wanted_rows {
	const char *table;
	const char *condition;
};

/* What one SELECT gives, as if it were a table. */
struct wanted_query {
	const char *name;
	const char *sql;
	struct texts key; /* columns of its primary key, if it has one */
};

#endif
