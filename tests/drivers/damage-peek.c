/* The damage table of rows-peek: see damage.h. */
#include "damage.h"

#define main tool_main
#include "../../filters/rows-peek.c"
#undef main

const struct damage_mode damage_modes[] = {
	{ .name = "rows-peek --rows", .words = { "rows-peek", "--rows", "in.rows" },
		.output = OUTPUT_TEXT, .finds = NEEDS_ROWS | NEEDS_INDEX },
	{ .name = "rows-peek --toc", .words = { "rows-peek", "--toc", "in.rows" },
		.output = OUTPUT_TEXT, .partial = true, .finds = NEEDS_INDEX },
};
const size_t damage_mode_count = COUNT(damage_modes);
