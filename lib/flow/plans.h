/*
 * The plan that --use-plan and --set make, in the tools that obey it; and the definitions of a
 * whole stream, which such a tool must see before it can write the first.
 */
#ifndef FLOW_PLANS_H
#define FLOW_PLANS_H

#include "flow/flow.h"
#include "row/plan.h"

/* One is NULL. */
struct definition {
	struct table *table;
	struct object *object;
};

struct definitions {
	struct definition *items;
	size_t count;
	size_t room;
};

/*
 * Reads the file, if *file is not NULL, and lays the lines of --set over it.  *file then is the
 * hash of what the file holds, as it goes into the stream's provenance and id.
 */
void plans_read(struct flow *flow, struct plan *plan, const char **file, const struct texts *lines);
/* Fails the flow for a line that matched nothing (STATUS_MISFIT). */
void plans_idle(struct flow *flow, const struct plan_line *line);

/* Keeps the current TABLE or OBJECT for the whole run; objects are copied. */
void definitions_keep(struct definitions *definitions, struct flow *flow);
/* Writes them in their order. */
void definitions_write(const struct definitions *definitions, struct flow *flow);

#endif
