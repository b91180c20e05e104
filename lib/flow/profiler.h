/*
 * Profiles of a table's columns, made beside the reading of its rows: rows are gathered in batches,
 * and a second thread counts one batch while the next one is filled.  It is started by the first
 * batch that is full, so small tables have none; where there can be none, nothing else changes.
 *
 *	profiler_begin     ... profiler_add, once for each row ... profiler_end, for each table
 *	profiler_close     ends the thread
 *
 * A struct profiler that is all zero is one that has not begun.
 */
#ifndef FLOW_PROFILER_H
#define FLOW_PROFILER_H

#include <pthread.h>

#include "base/bytes.h"
#include "base/fault.h"
#include "row/profile.h"
#include "row/value.h"

enum { PROFILER_CELLS = 8192, PROFILER_BYTES = 256 << 10 };

/* Rows, the data of their cells behind one another; data is a place in bytes until counted. */
struct batch {
	struct value cells[PROFILER_CELLS];
	size_t cell_count;
	struct bytes bytes;
};

struct profiler {
	struct profile *profiles;
	size_t columns;
	struct bytes scratch;
	struct batch batches[2];
	int filling;
	/* The thread, and what it and the other one see under the lock. */
	bool threaded, alone; /* there is one; there can be none */
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	struct batch *handed; /* to be counted; NULL: all is */
	bool closing;
};

/* Counts from now on into these profiles, one for each column, which are all zero. */
void profiler_begin(struct profiler *profiler, struct profile *profiles, size_t columns);
/*
 * One row; the cells are copied.  Whether VALUE_TEXT is UTF-8 need not be known: what is not,
 * counts as ill.
 */
void profiler_add(struct profiler *profiler, const struct value *cells);
/* Behind it the profiles are whole, unless there was no memory. */
int profiler_end(struct profiler *profiler, struct fault *fault);
void profiler_close(struct profiler *profiler);

#endif
