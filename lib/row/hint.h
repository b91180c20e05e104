/*
 * What of a table's times only the columns beside the values know, for a comparison by meaning.
 */
#ifndef ROW_HINT_H
#define ROW_HINT_H

#include "base/arena.h"
#include "base/fault.h"
#include "row/canonical.h"
#include "row/schema.h"

/*
 * A hint for each column.  Numbers of a raw column are the times that most of them are, as the
 * source has counted; of typed columns there is nothing to guess.  zoned: times without an offset
 * are in this zone, which else is taken for UTC in raw columns alone.  NULL when a fault is set.
 */
const struct canonical_hint *hint_table(struct arena *arena, const struct table *table, bool zoned,
	int32_t zone, struct fault *fault);

#endif
