/*
 * The views of a stream, parsed, each behind those that it reads.
 */
#ifndef ROW_VIEW_ORDER_H
#define ROW_VIEW_ORDER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "row/parse_view.h"
#include "row/schema.h"

struct view_entry {
	size_t place;    /* its object's, in objects */
	struct view view;
	const char *why; /* it is not understood; NULL: its text is */
};

/* False: no memory. */
bool view_order(struct arena *arena, const struct object *const *objects, size_t count,
	struct view_entry **entries, size_t *entry_count);

#endif
