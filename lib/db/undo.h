/*
 * The tables and views that a run has made, removed again: all of them or none, and never what
 * somebody else has written since without being told so.
 *
 *	undo_look    what is there of it, and what speaks against it; changes nothing
 *	undo_run     locks it, looks again, and drops it; the run is "undone" then
 */
#ifndef DB_UNDO_H
#define DB_UNDO_H

#include "db/history.h"

struct undo_item {
	const char *name; /* as SQL has it */
	bool view;
	bool gone;        /* it is not there any more, or another one of its name is */
	const char *change; /* what others did to it; NULL: nothing */
	uint64_t rows;    /* that are there now */
	uint64_t oid;
};

struct undo {
	struct control *control;
	const char *stream;
	struct undo_item *items; /* views first */
	size_t count;
	size_t there, changed;
	uint64_t rows;           /* of all that are there */
	struct texts dependents; /* what others made on top of them: "view public.mine" */
};

int undo_look(struct undo *undo, struct fault *fault);
/*
 * Waits at most so many seconds for locks.  What was changed is dropped only with force, and what
 * has changed since undo_look is STATUS_AGAIN; with dependents it is always STATUS_MISFIT.
 */
int undo_run(struct undo *undo, bool force, unsigned seconds, struct fault *fault);

#endif
