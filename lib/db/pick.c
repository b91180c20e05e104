#include "db/pick.h"

#include <string.h>

enum { PLACE = 6 }; /* bytes of a ctid: page and number on it, big-endian */

bool pick_may(const struct harvest_wish *wish, uint32_t key_count)
{
	return wish->pages > 0 && key_count > 0 && key_count < wish->count;
}

int pick_begin(struct pick *pick, struct arena *arena, struct fault *fault)
{
	static const char place[] = "pg_catalog.tidsend(ctid)";
	const uint32_t count = pick->key_count + 1;

	bytes_clear(&pick->places);
	pick->count = 0;
	pick->full = false;
	pick->keys = *pick->wish;
	pick->keys.table = NULL;
	pick->keys.count = count;
	pick->keys.columns = arena_array(arena, count, sizeof(const char *));
	pick->keys.types = arena_array(arena, count, sizeof(*pick->keys.types));
	pick->cells = arena_array(arena, count, sizeof(*pick->cells));
	if (pick->keys.columns == NULL || pick->keys.types == NULL || pick->cells == NULL)
		return fault_memory(fault);
	pick->keys.columns[0] = place;
	pick->keys.types[0] = (struct type){ .kind = TYPE_BYTEA };
	for (uint32_t i = 1; i < count; i++) {
		pick->keys.columns[i] = pick->wish->columns[pick->key[i - 1]];
		pick->keys.types[i] = pick->wish->types[pick->key[i - 1]];
	}
	return fan_begin(pick->fan, &pick->keys, fault);
}

bool pick_next(struct pick *pick, struct value *cells, struct fault *fault)
{
	if (!fan_next(pick->fan, pick->cells, fault))
		return false;
	for (uint32_t i = 0; i < pick->key_count; i++)
		cells[pick->key[i]] = pick->cells[i + 1];
	return true;
}

int pick_take(struct pick *pick, struct fault *fault)
{
	const struct value *place = &pick->cells[0];

	if (pick->count == PICK_MOST)
		pick->full = true;
	if (pick->full)
		return 0;
	if (place->kind != VALUE_BYTES || place->size != PLACE)
		return fault_set(fault, STATUS_SOURCE, "%s: the server tells no place of a row",
			pick->wish->name);
	bytes_add(&pick->places, place->data, PLACE);
	pick->count++;
	return pick->places.failed ? fault_memory(fault) : 0;
}

bool pick_rows(struct pick *pick, struct fault *fault)
{
	struct bytes *where = &pick->where;

	if (pick->full)
		return false;
	if (pick->count == 0)
		return true;
	bytes_clear(where);
	bytes_add_text(where, "ctid OPERATOR(pg_catalog.=) ANY ('{");
	for (size_t i = 0; i < pick->count; i++) {
		const uint8_t *place = pick->places.data + i * PLACE;

		bytes_format(where, "%s\"(%lu,%u)\"", i == 0 ? "" : ",",
			(unsigned long)get_u32(place), (unsigned)place[4] << 8 | place[5]);
	}
	bytes_add_text(where, "}'::pg_catalog.tid[])");
	bytes_add_byte(where, '\0');
	if (where->failed) {
		fault_memory(fault);
		return false;
	}
	pick->chosen = *pick->wish;
	pick->chosen.where = (const char *)where->data;
	pick->chosen.pages = 0;
	return fan_begin(pick->fan, &pick->chosen, fault) == 0;
}

void pick_close(struct pick *pick)
{
	bytes_close(&pick->places);
	bytes_close(&pick->where);
}
