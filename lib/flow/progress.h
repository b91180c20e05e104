/*
 * Progress of a long run, on one line of a terminal, redrawn a few times a second; nothing where
 * stderr is no terminal.  SIGUSR1 prints the line anywhere.
 *
 * In a pipe whose last tool knows how far all of it is ($ROWPIPE_PROGRESS is "last") a tool before
 * it hands the line on with its first row.
 */
#ifndef FLOW_PROGRESS_H
#define FLOW_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

struct progress {
	const char *doing;  /* "profiling", "reading" */
	const char *table;
	const char *things; /* that are counted; NULL: rows */
	uint64_t rows;      /* of the table so far, and all of them if expected is not 0 */
	uint64_t expected;
	uint64_t all_rows;  /* of tables that are done */
	uint64_t all_expected;
	uint64_t bytes;
	bool handed_on;     /* nothing is drawn any more */
	bool shown;         /* a line stands on the terminal */
	double begun, drawn;
};

/* Of a progress that is all zero, or of another one, whose line goes. */
void progress_begin(struct progress *progress, const char *doing);
/* Shows what has changed, if it is time. */
void progress_show(struct progress *progress);
/* The same, whatever the time: something begins that may take long. */
void progress_now(struct progress *progress);
/* From here on the last tool of the pipe shows how far all is, if it does. */
void progress_hand_on(struct progress *progress);
/* Clears the line, so that messages do not stand behind it. */
void progress_end(struct progress *progress);

#endif
