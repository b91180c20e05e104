/*
 * The runs that schema rowpipe remembers: listed, found, forgotten.
 */
#ifndef DB_HISTORY_H
#define DB_HISTORY_H

#include "db/control.h"

struct history_run {
	const char *stream;
	const char *status;
	const char *mode;
	const char *role;
	const char *started;      /* 2026-11-21T15:24:46Z */
	const char *ended;        /* these may be NULL */
	const char *pipeline, *source, *triggered_by, *error, *folder;
	uint64_t attempt, rows, rejects;
};

struct history_table {
	const char *source, *name;
	uint64_t rows;
	bool there; /* the very table that the run wrote to */
};

/*
 * The newest first.  A loader that was killed leaves its run "running": where no session works on
 * it any more it is told as "partial", or "failed" when nothing is staged.  A session says so by
 * its name, or by the lock that it holds while rows come; behind a pooler there is only the lock,
 * so that a loader which waits for its source just then is told as lost, too.
 *
 * Needs a control that is readable, and of this version.
 */
int history_list(struct control *control, struct history_run **items, size_t *count,
	struct fault *fault);
int history_tables(struct control *control, const char *stream, struct history_table **items,
	size_t *count, struct fault *fault);
/*
 * Drops what a run that is not complete has staged, which cannot be gone on with then, and adds its
 * bytes; what is visible, and that it is, stays.  In a transaction of its own.
 */
int history_forget(struct control *control, const char *stream, unsigned seconds, uint64_t *freed,
	struct fault *fault);

#endif
