/*
 * Readers that would see a part of what was committed bit by bit.
 *
 * A transaction sees what was committed before its snapshot, and a table by its name as soon as
 * that is there: one whose snapshot is older than the last rows would find the table with the first
 * ones alone.  As CREATE INDEX CONCURRENTLY does, who publishes waits until nobody has such a
 * snapshot any more.
 */
#ifndef DB_READERS_H
#define DB_READERS_H

#include "base/arena.h"
#include "base/fault.h"
#include "db/libpq.h"

/*
 * Waits until all snapshots of this database that are there when it is called are gone, at most so
 * many seconds: then STATUS_AGAIN, with who has the oldest one.  No transaction is open.  waits,
 * which may be NULL, is called once, if it takes more than a moment.
 */
int readers_wait(struct libpq *libpq, struct arena *arena, unsigned seconds,
	void (*waits)(void *context), void *context, struct fault *fault);

/*
 * Sleeps so many milliseconds and up to half as many more, so that those who wait for the same do
 * not all come back at once; a signal that stops the process is STATUS_AGAIN.
 */
int readers_sleep(unsigned milliseconds, struct fault *fault);

#endif
