/* What fuzz targets share: a property that must hold, and a count of what arena.c allocates. */
#ifndef ROWPIPE_CHECK_H
#define ROWPIPE_CHECK_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define EXPECT(condition) expect((condition), #condition, __LINE__)

static inline void expect(bool holds, const char *condition, int line)
{
	if (holds)
		return;
	fprintf(stderr, "line %d, not true: %s\n", line, condition);
	abort();
}

/* The largest block since it was set to 0, and the sum of all that were asked for. */
static size_t allocated_most, allocated_sum;

static inline size_t count_allocation(size_t size)
{
	allocated_most = size > allocated_most ? size : allocated_most;
	allocated_sum += size;
	return size;
}

#define malloc(size) malloc(count_allocation(size))
#define realloc(block, size) realloc(block, count_allocation(size))
#include "base/arena.c"
#undef malloc
#undef realloc

#endif
