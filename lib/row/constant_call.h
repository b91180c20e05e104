/*
 * SQLite's functions of constants.
 */
#ifndef ROW_CONSTANT_CALL_H
#define ROW_CONSTANT_CALL_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "row/constant.h"

/* False: the function is not known here, or it is not computed for these. */
bool constant_call(struct arena *arena, const char *name, const struct constant *items,
	size_t count, struct constant *value);

#endif
