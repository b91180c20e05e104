/*
 * The check of a database (check.h) by a second thread, with a session of its own, while the first
 * one reads what the tables hold.  A small database is checked at once, and so is one that cannot
 * have a second session.
 *
 *	beside_begin    ... what reads, and writes nothing out yet ... beside_end
 */
#ifndef DB_BESIDE_H
#define DB_BESIDE_H

#include "db/sqlite.h"

struct beside;

/* NULL: it was checked, or a fault is set. */
struct beside *beside_begin(struct sqlite *sqlite, struct arena *arena, struct fault *fault);
/*
 * Waits for the check, or stops it when a fault is set; of two faults damage is the better one to
 * know of.  Warnings are then the session's own.  beside may be NULL.
 */
int beside_end(struct beside *beside, struct fault *fault);

#endif
