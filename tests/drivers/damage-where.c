/* The damage table of rows-where: see damage.h. */
#include "damage.h"

#define main tool_main
#include "../../filters/rows-where.c"
#undef main

const struct damage_mode damage_modes[] = {
	{ .name = "rows-where", .words = { "rows-where", "people: id >= 2",
		"files: name is null" }, .output = OUTPUT_STREAM, .finds = NEEDS_ROWS },
};
const size_t damage_mode_count = COUNT(damage_modes);
