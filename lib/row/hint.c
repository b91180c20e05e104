#include "row/hint.h"

#include <string.h>

static enum reading_of_time find_reading(const struct profile *profile)
{
	static const struct {
		enum shape shape;
		enum reading_of_time reading;
	} shapes[] = {
		{ SHAPE_INTEGER_EPOCH_S, TIME_EPOCH_S }, { SHAPE_INTEGER_EPOCH_MS, TIME_EPOCH_MS },
		{ SHAPE_INTEGER_EPOCH_US, TIME_EPOCH_US },
		{ SHAPE_INTEGER_EPOCH_NS, TIME_EPOCH_NS },
		{ SHAPE_INTEGER_WEBKIT_US, TIME_WEBKIT_US },
		{ SHAPE_INTEGER_COCOA_S, TIME_COCOA_S },
		{ SHAPE_INTEGER_COMPACT8, TIME_COMPACT },
		{ SHAPE_INTEGER_COMPACT14, TIME_COMPACT }, { SHAPE_REAL_EPOCH_S, TIME_EPOCH_S },
		{ SHAPE_REAL_EPOCH_MS, TIME_EPOCH_MS }, { SHAPE_REAL_COCOA_S, TIME_COCOA_S },
		{ SHAPE_REAL_JULIAN, TIME_JULIAN }
	};
	enum reading_of_time reading = TIME_PLAIN;
	uint64_t most = 0;

	for (size_t i = 0; profile != NULL && i < sizeof(shapes) / sizeof(shapes[0]); i++)
		if (profile->shapes[shapes[i].shape] > most) {
			most = profile->shapes[shapes[i].shape];
			reading = shapes[i].reading;
		}
	return reading;
}

const struct canonical_hint *hint_table(struct arena *arena, const struct table *table, bool zoned,
	int32_t zone, struct fault *fault)
{
	struct canonical_hint *hints = arena_array(arena, table->column_count, sizeof(*hints));

	if (hints == NULL)
		fault_memory(fault);
	for (size_t i = 0; hints != NULL && i < table->column_count; i++) {
		const bool raw = strcmp(table->columns[i].type, "raw") == 0;

		hints[i].zoned = zoned || raw;
		hints[i].zone = zone;
		if (raw)
			hints[i].reading = find_reading(table->columns[i].profile);
	}
	return hints;
}
