/*
 * The tables that -t and -T choose, in tools that read a stream.  The names are those that the
 * stream's tables have now.
 */
#ifndef FLOW_SELECT_H
#define FLOW_SELECT_H

#include "flow/flow.h"
#include "row/pattern.h"

struct selection {
	struct choice choice;
	struct texts names; /* of all tables and objects that were seen */
	size_t room;
	bool checked;
};

/* A table is chosen by its name, alone or behind its schema: users, app.users. */
bool select_wants(const struct selection *selection, const struct table *table);

/*
 * Whether the current frame is wanted; tables that are not are skipped from here on.  An object is
 * wanted by its own name, or by that of its table, and left out with that.  Before the first row, a
 * pattern that matches nothing fails the flow (STATUS_USAGE).
 */
bool select_frame(struct selection *selection, struct flow *flow);
/* Behind the last frame: the same check, for a stream without rows. */
void select_end(struct selection *selection, struct flow *flow);

#endif
