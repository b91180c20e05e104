/* The damage table of rows-replay: see damage.h. */
#include "damage.h"

#define main tool_main
#include "../../filters/rows-replay.c"
#undef main

const struct damage_mode damage_modes[] = {
	{ .name = "rows-replay", .words = { "rows-replay", "in.rows" }, .output = OUTPUT_STREAM },
	{ .name = "rows-replay -t", .words = { "rows-replay", "-t", "people", "in.rows" },
		.output = OUTPUT_STREAM, .partial = true, .table = SAMPLE_PEOPLE,
		.finds = NEEDS_INDEX },
};
const size_t damage_mode_count = COUNT(damage_modes);
