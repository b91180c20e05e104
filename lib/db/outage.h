/*
 * What passes: connections that are lost, servers that restart, locks and deadlocks.  A load whose
 * input can be read again goes on by itself, after a while that grows; what it did before is not
 * remembered but looked up, under the lock that its own transaction held, too.
 */
#ifndef DB_OUTAGE_H
#define DB_OUTAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/fault.h"
#include "db/libpq.h"

struct outage {
	unsigned most;       /* seconds to try, from when it began */
	uint64_t until;      /* when they are over; 0: there is no outage */
	unsigned pause;      /* milliseconds */
	uint64_t tries;      /* that were made again */
	char process[16];    /* of the session before, at the server; "": there was none */
	char started[64];
};

/* Whether what the session met last may be gone when it is tried again. */
bool outage_passes(const struct libpq *libpq);
/* The same of a server that refuses a session with this SQLSTATE: it starts, or is full. */
bool outage_refusal_passes(const char *state);
/* This session is the one to end, should it be lost. */
int outage_note(struct outage *outage, struct libpq *libpq, struct arena *arena,
	struct fault *fault);
/*
 * Ends the session that was noted, where the server still has it: its client is gone, and what it
 * has locked would stay so until the server finds out.
 */
void outage_end_session(const struct outage *outage, struct libpq *libpq, struct arena *arena);
/* Work was done: what comes is another outage. */
void outage_over(struct outage *outage);
/*
 * Sleeps before the next try; false when there was time enough, or a signal stops the process.
 * Only where it sleeps says is told why, which may be NULL, and how many milliseconds it will be,
 * at least.  They vary, so that two who are in each other's way do not meet again.
 */
bool outage_wait(struct outage *outage, const char *why,
	void (*says)(const char *why, unsigned milliseconds));

#endif
