/*
 * Progress of a long run, on one line of a terminal, redrawn a few times a second; nothing where
 * stderr is no terminal.  SIGUSR1 prints the line anywhere.
 */
#ifndef FLOW_PROGRESS_H
#define FLOW_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

struct progress {
	const char *doing;  /* "profiling", "reading" */
	const char *table;
	uint64_t rows;      /* of the table so far, and all of them if expected is not 0 */
	uint64_t expected;
	uint64_t all_rows;  /* of tables that are done */
	uint64_t all_expected;
	uint64_t bytes;
	bool shown;         /* a line stands on the terminal */
	double begun, drawn;
};

void progress_begin(struct progress *progress, const char *doing);
/* Shows what has changed, if it is time. */
void progress_show(struct progress *progress);
/* Clears the line, so that messages do not stand behind it. */
void progress_end(struct progress *progress);

#endif
