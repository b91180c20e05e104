/*
 * What hangs together with tables that are there: those that they refer to, and the sequences that
 * number their rows.
 */
#ifndef DB_RELATIVES_H
#define DB_RELATIVES_H

#include <stddef.h>

#include "base/arena.h"
#include "base/fault.h"
#include "db/libpq.h"

/*
 * The places of the tables, parents first; a circle, which only deferred constraints allow, begins
 * with its first table.
 */
int relatives_sort(struct libpq *libpq, struct arena *arena, const char *const *oids, size_t count,
	size_t *order, struct fault *fault);
/*
 * A table's sequences go on behind the largest value, never backwards; those of others are left
 * alone.  from is the table as SQL reads it.
 */
int relatives_advance(struct libpq *libpq, struct arena *arena, const char *oid, const char *from,
	struct fault *fault);

#endif
