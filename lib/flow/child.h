/*
 * Other programs: started as they should be, waited for, stopped together.
 *
 * A child has the three standard descriptors and no other; signals are for it as for any program.
 */
#ifndef FLOW_CHILD_H
#define FLOW_CHILD_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/bytes.h"
#include "base/fault.h"

struct child {
	const char *const *words; /* the program, found in PATH, and its arguments, to a NULL */
	int standard[3];       /* its descriptors 0, 1, 2; -1: /dev/null */
	const char *user;      /* who it is; NULL: who this process is */
	const char *folder;    /* where it works; NULL: here */
	bool group;            /* it leads a process group of its own */
	pid_t process;
};

int child_begin(struct child *child, struct fault *fault);
/*
 * Waits; an exit status, or 128 and the signal's number, as shells have it.  Signals that stop this
 * process do not end the waiting.
 */
int child_end(struct child *child);
/* Both, with nothing to read and nothing shown. */
int child_run(struct child *child, struct fault *fault);
/* The same with what it prints, of which `most` bytes are kept. */
int child_read(struct child *child, struct bytes *said, size_t most, struct fault *fault);

/*
 * Waits for a child that leads a group.  A signal that stops this process goes to all of the group,
 * which has `patience` milliseconds to end by itself before it is killed; a second one kills at
 * once.  Whoever is left of the group when its leader ends is killed.  So is the terminal's stop.
 */
int child_end_group(struct child *child, unsigned patience);
/* The same for a group that nobody wants any more: it is told to end at once. */
int child_stop_group(struct child *child, unsigned patience);

#endif
