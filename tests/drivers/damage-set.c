/* The damage table of rows-set: see damage.h. */
#include "damage.h"

#define main tool_main
#include "../../filters/rows-set.c"
#undef main

const struct damage_mode damage_modes[] = {
	{ .name = "rows-set", .words = { "rows-set", "*.store:text=@source",
		"people.note:text=null" }, .output = OUTPUT_STREAM, .finds = NEEDS_ROWS },
};
const size_t damage_mode_count = COUNT(damage_modes);
