/*
 * Rows that somebody has changed since the stream was made: a column of theirs, a time or a number
 * that only grows, says so.
 */
#ifndef FLOW_NEWER_H
#define FLOW_NEWER_H

#include "flow/verdict.h"
#include "row/couple.h"

struct newer {
	const struct couple *couple; /* NULL: the table has no such column */
	uint32_t place;
	uint64_t rows;               /* counted by newer_take */
};

/*
 * Finds the column in a table; STATUS_USAGE when it is of a type whose values have no order here.
 */
int newer_begin(struct newer *newer, const struct couple *couple, const char *name,
	struct fault *fault);
/* If the right side's row of a CHANGED finding is newer, it counts as that and not as changed. */
bool newer_take(struct newer *newer, const struct diff_finding *finding, struct diff *diff,
	struct fault *fault);
/* How many they were, if there were any. */
void newer_tell(const struct newer *newer, struct verdict *verdict);

#endif
