/*
 * Where a PostgreSQL server is, as people say it: what stands behind -d.
 *
 *	(nothing)               libpq's own environment, service and password files
 *	env:NAME                what the environment variable NAME holds: one of the following
 *	postgres://...          a URL, as in url.h
 *	host=... dbname=...     libpq's keywords and values
 *	Host=...;Database=...   the same, as .NET has them
 *	shop                    the name of a database
 *
 * and behind --env-file, a file as in dotenv.h: env:NAME is looked up there, too, and where nothing
 * is behind -d the file's DATABASE_URL is taken, or else its DATABASE_HOST, DB_HOST, POSTGRES_HOST
 * or PGHOST, with _PORT, _NAME and so on.  What the environment has, too, is taken from there.
 *
 * Any other scheme is refused and never handed on, since libpq takes it for the name of a database.
 * What is given may hold a password: faults do not quote it.
 */
#ifndef DB_ADDRESS_H
#define DB_ADDRESS_H

#include "base/arena.h"
#include "base/bytes.h"
#include "base/fault.h"
#include "db/keyword.h"

enum { ADDRESS_NOTES = 8 };

struct address {
	bool given;               /* there is one; else libpq's environment decides */
	struct keywords keywords;
	/* What people should know of how it was read. */
	const char *notes[ADDRESS_NOTES];
	size_t note_count;
};

/* Copies what it keeps; given and file may be NULL.  Faults are STATUS_USAGE, or the file's. */
int address_read(struct arena *arena, const char *given, const char *file,
	struct address *address, struct fault *fault);

/* It holds a password, of the role or of a key. */
bool address_is_secret(const struct address *address);
/* As libpq's keywords and values, and schema=, which address_read takes again. */
void address_words(const struct address *address, struct bytes *to);
/* As libpq's alone, and without passwords: for people. */
void address_public_words(const struct address *address, struct bytes *to);

/*
 * Overwrites an argument of the command line, after address_read, so that no `ps` shows a password:
 * URLs and keywords as a whole, a plain name or env:NAME not at all.  Only for writable memory, as
 * argv is.
 */
void address_wipe(const char *given);

#endif
