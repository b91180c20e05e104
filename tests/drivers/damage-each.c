/* The damage table of rows-each: see damage.h. */
#include "damage.h"

#define main tool_main
#include "../../filters/rows-each.c"
#undef main

const struct damage_mode damage_modes[] = {
	{ .name = "rows-each", .words = { "rows-each", "people", "cat" }, .output = OUTPUT_STREAM,
		.may_find = NEEDS_ROWS },
};
const size_t damage_mode_count = COUNT(damage_modes);
