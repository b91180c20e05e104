/*
 * What tables, columns, keys, indexes, constraints and views are called in PostgreSQL: by a rule,
 * by a plan, at most 63 bytes long, and each name once where only one can be.
 */
#ifndef ROW_NAMES_H
#define ROW_NAMES_H

#include "base/arena.h"
#include "base/fault.h"
#include "row/plan.h"
#include "row/schema.h"

enum { NAMES_MOST = 63 }; /* bytes of a name */

enum naming_style {
	NAMES_SQL,   /* as PostgreSQL would read the source's SQL: what is not quoted folds */
	NAMES_KEEP,  /* as they are */
	NAMES_LOWER, /* A to Z as a to z */
	NAMES_SNAKE  /* OrderItem as order_item */
};

struct naming {
	struct arena *arena;
	enum naming_style style;
	const char *schema; /* for all tables; NULL: where they are put by the plan, or none */
	struct plan *plan;  /* its names are taken as they are */
};

/*
 * Names all tables of a stream, and its views, in place.  What a rule had to change for more than
 * its own sake (a name that is taken, too long, empty, or a system column's) gets a suffix that
 * depends on the source's name alone, and a remark on the table.  Keys, indexes and constraints
 * that have no name get the one that PostgreSQL would give.  STATUS_MISFIT when the plan
 * contradicts itself.
 */
int names_give(const struct naming *naming, struct table *const *tables, size_t table_count,
	struct object *const *objects, size_t object_count, struct fault *fault);

#endif
