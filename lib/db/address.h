/*
 * Where a PostgreSQL server is, as people say it: what stands behind -d.
 *
 *	(nothing)               libpq's own environment, service and password files
 *	env:NAME                what the environment variable NAME holds: one of the following
 *	postgres://...          a URL; postgresql:// is the same
 *	host=... dbname=...     libpq's keywords and values
 *	shop                    the name of a database
 *
 * Any other scheme is refused and never handed on, since libpq takes it for the name of a database.
 * What is given may hold a password: faults do not quote it.
 */
#ifndef DB_ADDRESS_H
#define DB_ADDRESS_H

#include "base/arena.h"
#include "base/fault.h"

enum address_kind {
	ADDRESS_NONE,   /* text is NULL */
	ADDRESS_URL,    /* text is for libpq to parse */
	ADDRESS_WORDS,  /* the same, keywords and values */
	ADDRESS_NAME    /* text is a database's name */
};

struct address {
	enum address_kind kind;
	const char *text;
	const char *variable; /* where it came from, NULL: not from the environment */
};

/* Copies what it keeps; given may be NULL.  Faults are STATUS_USAGE. */
int address_read(struct arena *arena, const char *given, struct address *address,
	struct fault *fault);

/*
 * Overwrites an argument of the command line, after address_read, so that no `ps` shows a password:
 * URLs and keywords as a whole, a plain name or env:NAME not at all.  Only for writable memory, as
 * argv is.
 */
void address_wipe(const char *given);

#endif
