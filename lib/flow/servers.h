/*
 * The PostgreSQL servers that are installed on this machine.  Debian keeps their programs out of
 * PATH, as do Red Hat's own packages and Homebrew.
 */
#ifndef FLOW_SERVERS_H
#define FLOW_SERVERS_H

#include "base/arena.h"
#include "base/fault.h"

/*
 * The folder with the programs of the newest one, or of the newest of a major version ("15",
 * "9.6") if that is not NULL; of $ROWPIPE_POSTGRES alone where that is set.  NULL without a fault:
 * there is none.
 */
const char *servers_find(struct arena *arena, const char *wanted, struct fault *fault);

#endif
