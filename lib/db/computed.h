/*
 * Columns that the server computes: whether it computed what the source held.
 *
 * Their cells are left out of COPY and only summed; before COMMIT the server's own values are read
 * back and summed the same way.
 */
#ifndef DB_COMPUTED_H
#define DB_COMPUTED_H

#include <stdbool.h>

#include "base/bytes.h"
#include "base/fault.h"
#include "base/hash.h"
#include "db/libpq.h"
#include "row/type.h"
#include "row/value.h"

/* Types whose values can be compared so: integers and texts. */
bool computed_type(const struct type *type);
/* Adds the carried cell of one row. */
void computed_add(struct hash128 *sum, struct bytes *scratch, const struct value *cell);
/*
 * Reads the column of a table (qualified and quoted), in an open transaction; STATUS_MISFIT when it
 * is another one.
 */
int computed_check(struct libpq *libpq, const char *table, const char *column,
	const struct type *type, struct hash128 sum, struct fault *fault);

#endif
