/*
 * Which migrations of a framework have run, of a source and of the target that its rows go to: the
 * rows fit only where both are at the same ones.
 *
 * A history travels as the SQL of an object of the kind HISTORY_KIND, one migration a line; the
 * object has the name of the table that it was read from.
 */
#ifndef ROW_HISTORY_H
#define ROW_HISTORY_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/fault.h"
#include "row/schema.h"

#define HISTORY_KIND "migrations"

/* Where a framework keeps it; its SQL is the same in SQLite and PostgreSQL. */
struct history_place {
	const char *table;
	const char *columns[3]; /* that the SQL speaks of; NULL behind the last */
	const char *select;     /* what a migration is called */
	const char *where;      /* which have run; NULL: all that stand there */
	const char *command;    /* that runs those which have not */
	bool apart;             /* each kind of database has migrations of its own */
};

/* NULL: it is no such table. */
const struct history_place *history_find(const char *table);
/* The same, where the table has the columns, too. */
const struct history_place *history_of(const struct table *table);
/* The query for a table, whose name is quoted, and qualified if need be; NULL: no memory. */
const char *history_sql(struct arena *arena, const struct history_place *place, const char *name);

enum history_verdict {
	HISTORY_SAME,
	HISTORY_AHEAD,    /* the target has run what the source has not */
	HISTORY_BEHIND,
	HISTORY_SPLIT,    /* each has run some that the other has not */
	HISTORY_STRANGE   /* they have none in common */
};

struct history {
	enum history_verdict verdict;
	size_t shared;
	size_t only[2];       /* how many only the source has run, only the target */
	const char *first[2]; /* of those, by name */
	const char *last[2];  /* of all, by name; NULL: there is none */
};

/* Both as lines; STATUS_IO without memory. */
int history_compare(struct arena *arena, const char *source, const char *target,
	struct history *history, struct fault *fault);

#endif
