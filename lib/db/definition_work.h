/*
 * A table while it is defined: definition_table.c begins with what the pragmas tell of its columns,
 * definition_keys.c goes on with its keys and indexes, definition_sql.c lays over both what only
 * the table's SQL tells, and definition_reading.c decides how its rows are read.
 */
#ifndef DB_DEFINITION_WORK_H
#define DB_DEFINITION_WORK_H

#include "db/definition.h"

struct definer {
	struct sqlite *sqlite;
	struct arena *arena;
	struct statement *columns, *indexes, *terms, *index_sql, *foreigns, *sequence;
	/* of the table that is being defined */
	const struct listed *listed;
	struct table *table;
	struct table parsed; /* what its SQL tells; no columns if it was not understood */
	const char **names;  /* of its columns, the database's bytes */
	bool *computed;      /* generated and not stored */
	bool escaped;
	struct fault *fault;
};

/* --- small change (definition_table.c) -------------------------------------------------------- */

/* Room for one more item. */
void *definer_grow(struct definer *definer, const void *items, size_t count, size_t size);
/* A copy that may travel; NULL of NULL. */
const char *definer_keep(struct definer *definer, const char *text);
/* ... NULL also of what is usual. */
const char *definer_keep_other(struct definer *definer, const char *text, const char *usual);
/* why may be NULL. */
void definer_remark(struct definer *definer, const char *what, const char *why);
/* The next row of a statement of ours, unless a fault is set. */
bool definer_next(struct definer *definer, struct statement *statement);
/* As SQLite compares names; NULL is none. */
bool definer_same_name(const char *a, const char *b);

/* --- the parts of it -------------------------------------------------------------------------- */

int definer_read_keys(struct definer *definer);
int definer_overlay(struct definer *definer);
int definer_plan_reading(
	struct definer *definer, const char *condition, struct definition *definition);

#endif
