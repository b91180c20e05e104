/* The damage table of rows-archive: see damage.h. */
#include "damage.h"

#define main tool_main
#include "../../filters/rows-archive.c"
#undef main

const struct damage_mode damage_modes[] = {
	{ .name = "rows-archive", .words = { "rows-archive", "kept/new.rows" },
		.output = OUTPUT_KEPT },
};
const size_t damage_mode_count = COUNT(damage_modes);
