/*
 * One run of `rowpipe migrate` or `rowpipe replay`: its folder, its database, the pipe of tools,
 * and the words at its end.  The pipe itself is a script, pipelines/migrate or pipelines/replay,
 * which is given each tool's words.
 */
#ifndef FLOW_RUN_H
#define FLOW_RUN_H

#include "flow/running.h"

/*
 * Does all of it, and says what went wrong; the exit status.  128 and a signal's number is a signal
 * that stopped it.
 */
int run_all(struct arena *arena, const struct run_order *order);
/*
 * The script of `rowpipe runs`, `undo` or `forget` and its words, to a NULL: it asks, so it takes
 * this process's place.  NULL when a fault is set.
 */
const char *const *run_control_words(struct arena *arena, const struct run_order *order,
	struct fault *fault);

#endif
