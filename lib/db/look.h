/*
 * What stands in the way of a load, before anything is written: version, encoding, rights, names
 * that are taken and by whom, and limits of the server.
 */
#ifndef DB_LOOK_H
#define DB_LOOK_H

#include <stddef.h>

#include "base/fault.h"
#include "db/findings.h"
#include "db/load.h"

/*
 * Adds what it finds; a fault only where it could not look.  Sets load->complete when this stream
 * was loaded already.
 */
int look_at_all(struct load *load, struct findings *findings, struct fault *fault);
/* The server alone: its version, its encoding, and whether it may be written to. */
void look_at_server(struct load *load, struct findings *findings);
/* The names alone, once more. */
int look_at_names(struct load *load, struct findings *findings, struct fault *fault);
/*
 * What the rows will take of the server's disk and of time, guessed from the size of their source
 * in bytes and from how long it took to read it once; 0: not known.
 */
int look_at_room(struct load *load, struct findings *findings, uint64_t bytes, double seconds,
	struct fault *fault);

#endif
