/*
 * A database in the server of one's own, for as long as a load takes: `pg-own hold` in a process of
 * its own, which makes it, and removes it unless it is told to keep it; also when this process
 * dies.
 */
#ifndef FLOW_HOLD_H
#define FLOW_HOLD_H

#include "base/arena.h"
#include "base/fault.h"
#include "flow/child.h"

struct hold {
	struct child child;
	const char *name, *url; /* NAME.new, while it is held */
	int ask, answer;        /* pipes to it and from it */
};

/* tool: where pg-own is.  A fault's text is empty where pg-own has said why. */
int hold_begin(struct hold *hold, struct arena *arena, const char *tool, const char *source,
	struct fault *fault);
/* It takes its place, and hold->name is how it is called then; or it goes.  The exit status. */
int hold_keep(struct hold *hold, struct arena *arena);
int hold_drop(struct hold *hold);

#endif
