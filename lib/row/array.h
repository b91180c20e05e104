/*
 * JSON arrays as PostgreSQL writes its own:
 *
 *	["a", "b\"c", null, 1.50, true]   {"a","b\"c",NULL,1.50,true}
 *	[[1, 2], [3, 4]]                  {{1,2},{3,4}}
 */
#ifndef ROW_ARRAY_H
#define ROW_ARRAY_H

#include <stdbool.h>

#include "base/bytes.h"

enum { ARRAY_DEPTH_MOST = 6 };

/*
 * Adds a text that is JSON as an array.  False when PostgreSQL has none such, and out as it was: it
 * is no array, holds an object, or arrays of unequal sizes or too deep, or an empty one inside.
 * Without memory it is true, and out has failed.
 */
bool array_from_json(struct bytes *out, const uint8_t *text, size_t size);

#endif
