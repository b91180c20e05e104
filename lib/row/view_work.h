/*
 * A view while it is translated: what view.c has read of it, and its ORDER BY and LIMIT.
 */
#ifndef ROW_VIEW_WORK_H
#define ROW_VIEW_WORK_H

#include <stdbool.h>
#include <stddef.h>

#include "base/bytes.h"
#include "row/parse_view.h"
#include "row/query.h"

/* Its SELECTs, and what the whole has for each column. */
struct view_work {
	struct translation t; /* what it refuses and spends as a whole */
	const struct view *view;
	struct query *queries;
	size_t query_count;
	size_t count;         /* of columns */
	struct piece *values; /* without SQL */
	bool *unsure;         /* SQLite's versions compare it in several ways */
	bool distinct;        /* some rows of the result are dropped for being equal */
	bool wrapped;         /* ORDER BY stands around it all */
};

/* Refuses for the reason that a SELECT has; always false. */
bool view_take_reason(struct view_work *w, const struct query *q);
/* The plan puts other values into a column of the result than the source has. */
bool view_is_changed(const struct view_work *w, size_t place);
/* " ORDER BY ... LIMIT ...", or nothing; what leaves it open which rows come is refused. */
bool view_write_order(struct view_work *w, struct bytes *to);

#endif
