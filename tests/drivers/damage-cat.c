/* The damage table of rows-cat: see damage.h. */
#include "damage.h"

#define main tool_main
#include "../../filters/rows-cat.c"
#undef main

const struct damage_mode damage_modes[] = {
	{ .name = "rows-cat", .words = { "rows-cat", "in.rows" }, .output = OUTPUT_STREAM },
};
const size_t damage_mode_count = COUNT(damage_modes);
