/* The damage table of rows-diff: see damage.h.  Both sides are the input: alike, they are equal. */
#include "damage.h"

#define main tool_main
#include "../../filters/rows-diff.c"
#undef main

const struct damage_mode damage_modes[] = {
	{ .name = "rows-diff", .words = { "rows-diff", "in.rows", "in.rows" },
		.output = OUTPUT_TEXT, .finds = NEEDS_ROWS | NEEDS_INDEX },
	{ .name = "rows-diff -t", .words = { "rows-diff", "-t", "*", "in.rows", "in.rows" },
		.output = OUTPUT_TEXT, .partial = true, .table = SAMPLE_PEOPLE,
		.finds = NEEDS_ROWS | NEEDS_INDEX },
};
const size_t damage_mode_count = COUNT(damage_modes);
