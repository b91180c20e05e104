/*
 * A load for people: a table of its tables, and the verdict.  It is the same for a load that has
 * just ended and for one that was read from its report.
 */
#ifndef FLOW_REPORT_PRINT_H
#define FLOW_REPORT_PRINT_H

#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"

/* A table of the target. */
struct report_line {
	const char *name;
	uint64_t rows, bytes;
	uint64_t deleted; /* that were there before */
	double seconds;
	uint64_t widened, changed, todos;
};

struct report_lines {
	const char *verdict; /* report.h has the words */
	struct report_line (*line)(const void *from, size_t place);
	const void *from;
	size_t count;
	size_t views, todos;
	uint64_t there;      /* rows that earlier tries had committed */
};

void report_print_load(struct bytes *to, const struct report_lines *lines);

#endif
