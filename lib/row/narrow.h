/*
 * A table with fewer columns, or with its columns in another order, and what its definition then
 * still says: keys, indexes and checks that need a column that is gone go with it, each with a
 * remark.
 */
#ifndef ROW_NARROW_H
#define ROW_NARROW_H

#include "base/arena.h"
#include "base/fault.h"
#include "row/schema.h"

/*
 * Keeps the columns at these places, in this order.  The table's arrays are replaced, not changed:
 * what was read may be shared.
 */
int narrow_table(struct arena *arena, struct table *table, const uint32_t *places, size_t count,
	struct fault *fault);

#endif
