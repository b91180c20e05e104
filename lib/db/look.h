/*
 * What stands in the way of a load, before anything is written: version, encoding, rights, names
 * that are taken and by whom, and limits of the server.
 */
#ifndef DB_LOOK_H
#define DB_LOOK_H

#include <stddef.h>

#include "base/fault.h"
#include "db/load.h"

enum look_verdict { LOOK_OK, LOOK_TODO, LOOK_STOP };

struct finding {
	enum look_verdict verdict;
	const char *text;
	const char *sql; /* that makes room; NULL: none does */
};

struct findings {
	struct finding *items;
	size_t count, room;
	size_t stops;
	int status; /* of the first stop */
};

/*
 * Adds what it finds; a fault only where it could not look.  Sets load->complete when this stream
 * was loaded already.
 */
int look_at_all(struct load *load, struct findings *findings, struct fault *fault);
/* The names alone, once more. */
int look_at_names(struct load *load, struct findings *findings, struct fault *fault);
/*
 * What the rows will take of the server's disk and of time, guessed from the size of their source
 * in bytes and from how long it took to read it once; 0: not known.
 */
int look_at_room(struct load *load, struct findings *findings, uint64_t bytes, double seconds,
	struct fault *fault);

#endif
