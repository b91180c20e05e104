/*
 * A program that lines go through: into its standard input, and back from its standard output.
 *
 * Both pipes are served at once, so the program may read all before it writes a byte, or write much
 * before it reads; what it keeps is its own memory.  Its messages go where ours go.  It leads a
 * process group: who stops this process stops all of it.
 *
 * It has done its work when it has read all, closed its output and ended with 0.
 */
#ifndef FLOW_THROUGH_H
#define FLOW_THROUGH_H

#include "base/bytes.h"
#include "base/fault.h"
#include "flow/child.h"

struct through {
	/* By the caller: */
	int (*line)(void *context, uint8_t *line, size_t size, struct fault *fault);
	void *context;
	/* Its own: */
	struct child child;
	int to, from;        /* our ends of its pipes; -1: closed */
	int rest;            /* the other end of `to`: what it has not read is still there */
	struct bytes out;    /* lines that are added, and sent by through_send */
	struct bytes in;     /* a line that has not come whole */
	bool begun;
};

/* words: the program, found in PATH, and its arguments, to a NULL. */
int through_begin(struct through *through, const char *const *words, struct fault *fault);
/* Sends what is in `out`; lines that come meanwhile are given to `line`. */
int through_send(struct through *through, struct fault *fault);
/*
 * Behind the last line: sends what is left, takes what still comes, and waits.  STATUS_STREAM when
 * the program did not do its work, STATUS_USAGE when there is no such program.
 */
int through_end(struct through *through, struct fault *fault);
/* Ends the program, if it still runs, and gives back all that it took. */
void through_close(struct through *through);

#endif
