/*
 * A PostgreSQL server of one's own: in a folder that only its owner opens, on a Unix socket,
 * without network.  It stays when the process ends.
 *
 *	$ROWPIPE_HOME            else /var/lib/rowpipe for root, $XDG_DATA_HOME/rowpipe,
 *	                         ~/.local/share/rowpipe
 *	        lock             held while the server is made, started or stopped
 *	        postgres         its data; postgres.new while initdb makes them
 *	        postgres/log     what it says
 *	        socket           the folder of its socket
 *
 * PostgreSQL refuses to run as root: root's server is the user postgres's, and so is the folder.
 */
#ifndef FLOW_OWN_H
#define FLOW_OWN_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/fault.h"

struct own {
	struct arena *arena;
	const char *home, *data, *socket;
	const char *user;  /* the server's; NULL: who this process is */
	unsigned number;   /* ... as the system knows it */
	const char *tools; /* the folder of initdb, pg_ctl, psql, once it was looked for */
};

/* Whatever leads libpq to other servers leaves the environment. */
void own_forget_environment(void);
/* Where it is.  Folders of somebody else are STATUS_RIGHTS. */
int own_find(struct own *own, struct arena *arena, struct fault *fault);
/* It was made. */
bool own_exists(const struct own *own);
/* The newest server of this machine, or of the data's major version where there are data. */
int own_find_tools(struct own *own, struct fault *fault);
/* Makes it, if it is not there, and starts it, if it does not run. */
int own_start(struct own *own, struct fault *fault);
int own_stop(struct own *own, struct fault *fault);
/* Stops it and removes all that is here. */
int own_destroy(struct own *own, struct fault *fault);
/* Where a database of it is, for libpq; NULL: no memory. */
const char *own_url(const struct own *own, const char *database);

#endif
