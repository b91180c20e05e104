/* The damage table of rows-select: see damage.h. */
#include "damage.h"

#define main tool_main
#include "../../filters/rows-select.c"
#undef main

const struct damage_mode damage_modes[] = {
	{ .name = "rows-select", .words = { "rows-select" }, .output = OUTPUT_STREAM },
	{ .name = "rows-select -C", .words = { "rows-select", "-C", "people=note",
		"-C", "files=data" }, .output = OUTPUT_STREAM, .finds = NEEDS_ROWS },
};
const size_t damage_mode_count = COUNT(damage_modes);
