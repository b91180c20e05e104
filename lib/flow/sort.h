/*
 * Sorts more records than memory holds: what does not fit goes, sorted, into files without a name,
 * which are merged as they are read.
 *
 * A record is two strings of bytes; records come out in the order of the first, then the second, as
 * memcmp has it.  Equal ones all come out.
 */
#ifndef FLOW_SORT_H
#define FLOW_SORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/fault.h"

struct sort_record {
	const uint8_t *key;
	const uint8_t *rest;
	uint32_t key_size;
	uint32_t rest_size;
};

enum { SORT_LEVELS = 8, SORT_RUNS = 32 };

/* Sorted records in a file. */
struct sort_run {
	int fd;
	uint64_t size;
	uint64_t offset;     /* of what is not in the buffer yet */
	struct bytes buffer;
	size_t next;         /* in the buffer: behind the head */
	struct sort_record head;
};

struct sorter {
	size_t memory;       /* about what it takes: at least one record fits */
	const char *folder;  /* of the files; NULL: see descriptor_temporary */
	struct bytes data;   /* records that are in memory */
	struct bytes items;  /* and where they begin */
	struct bytes out;    /* what is written next */
	size_t place;        /* of the next item, once all are sorted */
	struct sort_run runs[SORT_LEVELS][SORT_RUNS];
	uint32_t counts[SORT_LEVELS];
	struct sort_run **heap; /* by the heads; NULL: nothing was spilled */
	struct bytes heap_room;
	size_t heap_count;
	struct sort_run *last;  /* whose head was given out */
};

void sort_begin(struct sorter *sorter, size_t memory, const char *folder);
int sort_add(struct sorter *sorter, const struct sort_record *record, struct fault *fault);
/* Behind the last record. */
int sort_end(struct sorter *sorter, struct fault *fault);
/*
 * The next record, good until the next call; false behind the last one, and when a fault is set.
 */
bool sort_next(struct sorter *sorter, struct sort_record *record, struct fault *fault);
/* Did not all of it fit into memory? */
bool sort_spilled(const struct sorter *sorter);
void sort_close(struct sorter *sorter);

/* The order of two records, and of their keys alone: below, equal to, above 0. */
int sort_compare(const struct sort_record *a, const struct sort_record *b);
int sort_compare_keys(const struct sort_record *a, const struct sort_record *b);

#endif
