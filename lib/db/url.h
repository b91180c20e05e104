/*
 * A PostgreSQL URL, as libpq, Python, Ruby, Node, Prisma and Java write it:
 *
 *	postgres://user:password@host:port,host:port/database?key=value&...
 *	postgresql+psycopg2://...      pgsql: psql: postgis: timescale: mean the same
 *	jdbc:postgresql://host/database?user=...&password=...
 *
 * Each part is percent-encoded where it holds what divides parts; [::1] is a host.  Where another
 * program might divide it otherwise (an @, # or ? that is not encoded) it is refused.
 */
#ifndef DB_URL_H
#define DB_URL_H

#include "db/keyword.h"

/* How long a scheme of PostgreSQL's is, with its ://, or "jdbc:postgresql:"; 0: it is none. */
size_t url_scheme(const char *text);
/* text has such a scheme.  Faults are STATUS_USAGE and quote nothing of it. */
int url_read(struct keywords *keywords, const char *text, struct fault *fault);

#endif
