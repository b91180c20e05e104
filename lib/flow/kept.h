/*
 * The folders of runs: listed, looked into, freed.
 *
 * What a run says of itself stands in its report.json; one without it is at work, or was killed.
 */
#ifndef FLOW_KEPT_H
#define FLOW_KEPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/fault.h"

struct kept {
	const char *folder;  /* as it is typed: app.db.rowpipe/20260102-030405-77 */
	const char *real;    /* its real path */
	const char *name;    /* the last part of it */
	const char *source;  /* NULL: not known */
	const char *verdict; /* report(5)'s; "running", or "lost" where there is no report */
	const char *started; /* 2026-01-02T03:04:05Z; NULL: not known */
	uint64_t rows;       /* that were loaded */
	uint64_t bytes;      /* of all that is in it */
	bool archive;        /* the archive is there, so that it can be replayed */
};

/* True where path is a run's folder; what it gives lives in the arena. */
bool kept_look(struct arena *arena, const char *path, struct kept *kept, struct fault *fault);
/* Of all DB.rowpipe in place, the newest first. */
int kept_list(struct arena *arena, const char *place, struct kept **items, size_t *count,
	struct fault *fault);
/* Removes the archive and what was left of one; plan, to-dos and report stay.  Adds its bytes. */
int kept_free(struct arena *arena, const struct kept *kept, uint64_t *freed, struct fault *fault);

#endif
