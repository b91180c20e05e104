/* The damage table of rows-check: see damage.h. */
#include "damage.h"

#define main tool_main
#include "../../filters/rows-check.c"
#undef main

const struct damage_mode damage_modes[] = {
	{ .name = "rows-check FILE", .words = { "rows-check", "in.rows" }, .output = OUTPUT_TEXT,
		.finds = NEEDS_ROWS | NEEDS_INDEX | NEEDS_ALL_OF_INDEX },
};
const size_t damage_mode_count = COUNT(damage_modes);
