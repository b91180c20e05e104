/*
 * The databases of a server of one's own, one for each source, which is known by its real path: the
 * database's comment.
 *
 *	app.db          the last migration of /home/ann/app.db
 *	app.db.new      the one that is made just now
 *	app.db_before   what was app.db until then
 *
 * A name that another source has already gets a few digits of the path behind it.
 */
#ifndef DB_DATABASES_H
#define DB_DATABASES_H

#include <stddef.h>

#include "base/arena.h"
#include "base/fault.h"
#include "db/libpq.h"

struct databases {
	struct arena *arena;
	struct libpq *libpq; /* connected to the database postgres */
};

struct database {
	const char *name;
	const char *size;   /* for people */
	const char *source; /* the path, or why it is none yet, or no more; NULL: somebody else's */
};

int databases_list(struct databases *databases, struct database **items, size_t *count,
	struct fault *fault);
/*
 * By its name, by the path of its source, or, with both empty, the only one; NULL with a fault:
 * none is (STATUS_SOURCE), or several are (STATUS_USAGE).
 */
const char *databases_find(struct databases *databases, const char *name, const char *path,
	struct fault *fault);
/*
 * Makes NAME.new for a source, empty; one that was left there goes.  Until the session ends nobody
 * else can make one for the same source: STATUS_AGAIN.
 */
const char *databases_new(struct databases *databases, const char *path, struct fault *fault);
/*
 * NAME.new becomes NAME, and what was NAME becomes *before (NULL: nothing was), all at once; one
 * that was NAME_before until then goes.  Gives NAME.
 */
const char *databases_keep(struct databases *databases, const char *fresh, const char **before,
	struct fault *fault);
/* Ends the sessions in it if `force`. */
int databases_drop(struct databases *databases, const char *name, bool force,
	struct fault *fault);

#endif
