/*
 * What the passes of diff.h have in common: diff.c counts, diff_keep.c keeps the rows of buckets
 * that differ, diff_find.c holds one side's against the other's.
 */
#ifndef FLOW_DIFF_WORK_H
#define FLOW_DIFF_WORK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/fault.h"
#include "row/value.h"

struct diff;
struct diff_side;
struct diff_row;

/* Some cells of this side may come in another form than the canonical one. */
bool diff_changes(const struct diff *diff, const struct diff_side *side);
/*
 * The canonical row and its bytes, which are those that it came in where that is so already; false
 * when there is no memory.
 */
bool diff_pack(struct diff *diff, struct diff_side *side, const struct diff_row *row,
	bool changes, struct diff_row *to, struct fault *fault);
/* The hash of a row's key, before the row is made canonical as a whole. */
uint64_t diff_hash_key(struct diff *diff, struct diff_side *side, const struct value *cells,
	struct fault *fault);
/* Ends a pass that went well. */
int diff_end_pass(struct diff_side *side, struct fault *fault);

static inline uint32_t diff_bucket(uint64_t hash)
{
	return (uint32_t)(hash >> 48);
}

/* The rows of a side that are in buckets which differ, sorted. */
int diff_keep(struct diff *diff, int place, struct fault *fault);

#endif
