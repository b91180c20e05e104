/*
 * Definitions of one table from several streams, as one.
 *
 * They are the same when a table made from either would be: columns, types, keys, indexes, checks.
 * What only tells of the rows (profiles, counts, where an identity stands) is added up; notes,
 * remarks and the source's SQL are those of the first.
 */
#ifndef WIRE_UNITE_H
#define WIRE_UNITE_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/fault.h"
#include "row/schema.h"
#include "wire/payload.h"

/* NULL where they are the same; else what is not, for people: column "x". */
const char *unite_differ(struct arena *arena, const struct table *a, const struct table *b,
	struct fault *fault);
/* The rows of `more` are *to's as well.  *to's lists are replaced, not changed. */
int unite_tables(struct arena *arena, struct table *to, const struct table *more,
	struct fault *fault);

/*
 * What was left out and counted before is true of both: counts of the same tool, table and column
 * are added up in place, all else is appended.
 */
int unite_endings(struct arena *arena, struct ending *to, const struct ending *more,
	struct fault *fault);

#endif
