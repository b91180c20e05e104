#include "flow/diff.h"

#include <string.h>

#include "flow/diff_work.h"
#include "wire/pack.h"

/* --- canonical rows --------------------------------------------------------------------------- */

bool diff_changes(const struct diff *diff, const struct diff_side *side)
{
	for (uint32_t i = 0; i < diff->columns; i++)
		if (side->forms[i].changes)
			return true;
	return false;
}

/* The row itself where all its cells are canonical. */
static const struct value *canonical_line(struct diff *diff, struct diff_side *side,
	const struct value *cells, struct fault *fault)
{
	bool changed = false;

	for (uint32_t i = 0; i < diff->columns; i++) {
		struct canonical *form = &side->forms[i];

		if (canonical_cell(form, &cells[i], &diff->line[i]))
			changed = true;
		else
			diff->line[i] = cells[i];
		if (form->scratch.failed)
			fault_memory(fault);
	}
	return changed ? diff->line : cells;
}

bool diff_pack(struct diff *diff, struct diff_side *side, const struct diff_row *row,
	bool changes, struct diff_row *to, struct fault *fault)
{
	*to = *row;
	if (changes)
		to->cells = canonical_line(diff, side, row->cells, fault);
	if (to->cells != row->cells || row->packed == NULL) {
		bytes_clear(&diff->packed);
		pack_row(&diff->packed, to->cells, diff->columns);
		if (diff->packed.failed)
			fault_memory(fault);
		to->packed = diff->packed.data;
		to->size = diff->packed.size;
	}
	return fault->status == 0;
}

uint64_t diff_hash_key(struct diff *diff, struct diff_side *side, const struct value *cells,
	struct fault *fault)
{
	struct bytes *key = &diff->key_bytes;
	struct value changed;

	bytes_clear(key);
	for (uint32_t i = 0; i < diff->key_count; i++) {
		const uint32_t at = diff->key[i];

		pack_value(key, canonical_cell(&side->forms[at], &cells[at], &changed) ?
			&changed : &cells[at]);
		if (side->forms[at].scratch.failed)
			fault_memory(fault);
	}
	if (key->failed)
		fault_memory(fault);
	return hash_64(key->data, key->size, 0);
}

/* --- the first pass --------------------------------------------------------------------------- */

static int make_room(struct diff *diff, struct arena *arena, struct fault *fault)
{
	const size_t sums = DIFF_BUCKETS * sizeof(struct hash128);

	bytes_clear(&diff->room);
	if (!bytes_reserve(&diff->room, 2 * sums + DIFF_BUCKETS * sizeof(bool)))
		return fault_memory(fault);
	memset(diff->room.data, 0, 2 * sums + DIFF_BUCKETS * sizeof(bool));
	diff->sums[0] = (struct hash128 *)(void *)diff->room.data;
	diff->sums[1] = diff->sums[0] + DIFF_BUCKETS;
	diff->bad = (bool *)(diff->room.data + 2 * sums);
	if (diff->columns > diff->line_room || diff->line == NULL) {
		const size_t count = diff->columns == 0 ? 1 : diff->columns;

		diff->line = arena_array(arena, count, sizeof(*diff->line));
		diff->cells = arena_array(arena, count * 4, sizeof(*diff->cells));
		diff->differ = arena_array(arena, count, sizeof(*diff->differ));
		diff->found_in = arena_array(arena, count, sizeof(*diff->found_in));
		if (diff->line == NULL || diff->cells == NULL || diff->differ == NULL ||
			diff->found_in == NULL)
			return fault_memory(fault);
		diff->line_room = (uint32_t)count;
	}
	memset(diff->found_in, 0, diff->line_room * sizeof(*diff->found_in));
	return 0;
}

int diff_end_pass(struct diff_side *side, struct fault *fault)
{
	if (fault->status == 0 && side->end != NULL)
		side->end(side->own, fault);
	return fault->status;
}

/* What the key, or a row without one, goes by. */
static uint64_t hash_counted(struct diff *diff, const struct diff_row *canonical,
	struct hash128 hash, struct fault *fault)
{
	if (diff->key_count == 0)
		return hash.high;
	bytes_clear(&diff->key_bytes);
	for (uint32_t i = 0; i < diff->key_count; i++)
		pack_value(&diff->key_bytes, &canonical->cells[diff->key[i]]);
	if (diff->key_bytes.failed)
		fault_memory(fault);
	return hash_64(diff->key_bytes.data, diff->key_bytes.size, 0);
}

/*
 * Sums are more than a processor's nearest memory holds: each is fetched while the next rows are
 * made, and added to behind them.
 */
enum { AHEAD = 8 };

static int count_side(struct diff *diff, int place, struct fault *fault)
{
	struct diff_side *side = &diff->sides[place];
	const bool changes = diff_changes(diff, side);
	struct hash128 *sums = diff->sums[place], hashes[AHEAD] = { { 0 } };
	uint32_t buckets[AHEAD] = { 0 };
	struct diff_row row, canonical;

	side->rows = 0;
	side->digest = (struct hash128){ 0 };
	if (side->begin(side->own, fault) != 0)
		return fault->status;
	while (side->next(side->own, &row, fault)) {
		const uint32_t at = side->rows % AHEAD;

		if (!diff_pack(diff, side, &row, changes, &canonical, fault))
			break;
		hash_sum(&sums[buckets[at]], hashes[at]);
		hashes[at] = hash_128(canonical.packed, canonical.size);
		buckets[at] = diff_bucket(hash_counted(diff, &canonical, hashes[at], fault));
		__builtin_prefetch(&sums[buckets[at]], 1);
		side->rows++;
		if (fault->status != 0)
			break;
	}
	for (uint32_t i = 0; i < AHEAD; i++)
		hash_sum(&sums[buckets[i]], hashes[i]);
	for (uint32_t i = 0; i < DIFF_BUCKETS; i++)
		hash_sum(&side->digest, sums[i]);
	return diff_end_pass(side, fault);
}

static void hold_sums(struct diff *diff)
{
	diff->buckets = 0;
	for (uint32_t i = 0; i < DIFF_BUCKETS; i++) {
		diff->bad[i] = diff->sums[0][i].high != diff->sums[1][i].high ||
			diff->sums[0][i].low != diff->sums[1][i].low;
		diff->buckets += diff->bad[i];
	}
	diff->equal = diff->buckets == 0 && diff->sides[0].rows == diff->sides[1].rows;
}

int diff_count(struct diff *diff, struct arena *arena, struct fault *fault)
{
	diff->equal = true;
	diff->buckets = diff->missing = diff->extra = diff->changed = 0;
	diff->doubled = false;
	if (make_room(diff, arena, fault) != 0 || count_side(diff, DIFF_LEFT, fault) != 0 ||
		count_side(diff, DIFF_RIGHT, fault) != 0)
		return fault->status;
	hold_sums(diff);
	return 0;
}

int diff_recount(struct diff *diff, int place, struct fault *fault)
{
	memset(diff->sums[place], 0, DIFF_BUCKETS * sizeof(struct hash128));
	if (count_side(diff, place, fault) == 0)
		hold_sums(diff);
	return fault->status;
}

void diff_close(struct diff *diff)
{
	bytes_close(&diff->room);
	bytes_close(&diff->key_bytes);
	bytes_close(&diff->packed);
	bytes_close(&diff->sort_key);
	bytes_close(&diff->rest);
}
