/*
 * Where a plan puts a whole table: its own lines say it, and those of its columns, which stay
 * together.
 */
#ifndef ROW_ORDERS_H
#define ROW_ORDERS_H

#include "base/fault.h"
#include "row/plan.h"
#include "row/schema.h"

/* NULL: none says it. */
struct table_orders {
	const struct plan_line *name;
	const struct plan_line *schema;
};

/* STATUS_MISFIT when lines of its columns contradict one another. */
int orders_find(struct plan *plan, const struct table *table, struct table_orders *orders,
	struct fault *fault);
/*
 * The schema that is chosen: what is set on the command line goes before the option for all tables
 * (NULL: not given), and that before a line of a file.  NULL: none is.
 */
const char *orders_schema(const struct table_orders *orders, const char *option);

#endif
