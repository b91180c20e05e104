/*
 * Two definitions of a table, part by part: columns without their profiles, keys, indexes, foreign
 * keys, checks.  What stands on one side alone is a remark.
 */
#ifndef FLOW_DIFF_DEFINITIONS_H
#define FLOW_DIFF_DEFINITIONS_H

#include "flow/diff_print.h"

int diff_print_definitions(struct diff_print *print, const struct table *const tables[2],
	struct arena *arena, struct fault *fault);

/* Views, triggers and the like that are on one side alone, or differ. */
void diff_print_objects(struct diff_print *print, const struct object *left, size_t left_count,
	const struct object *right, size_t right_count);

#endif
