#include "flow/diff.h"

#include <string.h>

#include "wire/pack.h"
#include "wire/unpack.h"

/* --- canonical rows --------------------------------------------------------------------------- */

static bool any_changes(const struct diff *diff, const struct diff_side *side)
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

/* The canonical row's bytes, which are those that it came in where that is so already. */
static bool pack_line(struct diff *diff, struct diff_side *side, const struct diff_row *row,
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

/* The hash of a row's key, before the row is made canonical as a whole. */
static uint64_t hash_row_key(struct diff *diff, struct diff_side *side, const struct value *cells,
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

static inline uint32_t bucket_of(uint64_t hash)
{
	return (uint32_t)(hash >> 48);
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

static int end_pass(struct diff_side *side, struct fault *fault)
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
	const bool changes = any_changes(diff, side);
	struct hash128 *sums = diff->sums[place], hashes[AHEAD] = { { 0 } };
	uint32_t buckets[AHEAD] = { 0 };
	struct diff_row row, canonical;

	side->rows = 0;
	side->digest = (struct hash128){ 0 };
	if (side->begin(side->own, fault) != 0)
		return fault->status;
	while (side->next(side->own, &row, fault)) {
		const uint32_t at = side->rows % AHEAD;

		if (!pack_line(diff, side, &row, changes, &canonical, fault))
			break;
		hash_sum(&sums[buckets[at]], hashes[at]);
		hashes[at] = hash_128(canonical.packed, canonical.size);
		buckets[at] = bucket_of(hash_counted(diff, &canonical, hashes[at], fault));
		__builtin_prefetch(&sums[buckets[at]], 1);
		side->rows++;
		if (fault->status != 0)
			break;
	}
	for (uint32_t i = 0; i < AHEAD; i++)
		hash_sum(&sums[buckets[i]], hashes[i]);
	for (uint32_t i = 0; i < DIFF_BUCKETS; i++)
		hash_sum(&side->digest, sums[i]);
	return end_pass(side, fault);
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

/* --- records of rows in buckets that differ --------------------------------------------------- */

/* 00 as 00 01, and 00 00 behind it all. */
static void add_escaped(struct bytes *to, const uint8_t *data, size_t size)
{
	const uint8_t *zero;

	while (size > 0 && (zero = memchr(data, 0, size)) != NULL) {
		const size_t part = (size_t)(zero + 1 - data);

		bytes_add(to, data, part);
		bytes_add_byte(to, 1);
		data += part;
		size -= part;
	}
	bytes_add(to, data, size);
	bytes_add(to, "\0", 2);
}

/* A cell so that bytes have the order of values: its kind, then numbers with the sign turned. */
static void add_sortable(struct bytes *to, const struct value *value)
{
	uint64_t bits = 0;
	uint8_t wire[8];

	bytes_add_byte(to, (uint8_t)value->kind);
	if (value->kind == VALUE_BOOL) {
		bytes_add_byte(to, value->truth);
	} else if (value->kind == VALUE_INTEGER || value->kind == VALUE_REAL) {
		const double nan = __builtin_nan("");
		const bool ill = value->kind == VALUE_REAL && value->real != value->real;

		memcpy(&bits, ill ? (const void *)&nan : &value->integer, sizeof(bits));
		if (value->kind == VALUE_REAL && bits >> 63 != 0)
			bits = ~bits;
		else
			bits ^= UINT64_C(1) << 63;
		put_u64(wire, bits);
		bytes_add(to, wire, sizeof(wire));
	} else if (value->kind != VALUE_NULL) {
		add_escaped(to, value->data, value->size);
	}
}

/* Each cell beside its key, so that two values that changed places do not go unseen. */
static int sum_columns(struct diff *diff, int place, const struct diff_row *canonical,
	uint64_t key, struct fault *fault)
{
	struct unpacker cursor = unpack_begin(canonical->packed, canonical->size);
	uint32_t count;

	unpack_array(&cursor, &count);
	for (uint32_t i = 0; i < diff->columns; i++) {
		const uint8_t *start = cursor.next;
		struct value ignored;

		unpack_value(&cursor, &ignored);
		bytes_clear(&diff->key_bytes);
		if (diff->key_count > 0)
			bytes_add(&diff->key_bytes, &key, sizeof(key));
		bytes_add(&diff->key_bytes, start, (size_t)(cursor.next - start));
		if (diff->key_bytes.failed)
			return fault_memory(fault);
		hash_sum(&diff->found_in[i].digest[place], hash_128(diff->key_bytes.data,
			diff->key_bytes.size));
	}
	return 0;
}

/*
 * A record's rest: the size of the canonical row (u32), that row, and the row as it came, where
 * that is another.
 */
static int keep_row(struct diff *diff, int place, const struct diff_row *row,
	const struct diff_row *canonical, struct fault *fault)
{
	struct bytes *key = &diff->sort_key, *rest = &diff->rest;
	struct sort_record record;
	uint8_t size[4];

	bytes_clear(key);
	for (uint32_t i = 0; i < diff->key_count; i++)
		add_sortable(key, &canonical->cells[diff->key[i]]);
	bytes_clear(rest);
	put_u32(size, (uint32_t)canonical->size);
	bytes_add(rest, size, sizeof(size));
	bytes_add(rest, canonical->packed, canonical->size);
	if (canonical->cells != row->cells)
		pack_row(rest, row->cells, diff->columns);
	if (key->failed || rest->failed)
		return fault_memory(fault);
	record = (struct sort_record){ .key = key->data, .key_size = (uint32_t)key->size,
		.rest = rest->data, .rest_size = (uint32_t)rest->size };
	return sort_add(&diff->sorters[place], &record, fault);
}

/* What next gives, as far as it is in buckets that differ. */
static uint64_t keep_rows(struct diff *diff, int place, struct fault *fault)
{
	struct diff_side *side = &diff->sides[place];
	const bool changes = any_changes(diff, side);
	struct diff_row row, canonical;
	uint64_t rows = 0, key = 0;

	while (side->next(side->own, &row, fault)) {
		rows++;
		if (diff->key_count > 0) {
			key = hash_row_key(diff, side, row.cells, fault);
			if (fault->status != 0)
				break;
			if (!diff->bad[bucket_of(key)])
				continue;
		}
		if (!pack_line(diff, side, &row, changes, &canonical, fault))
			break;
		if (diff->key_count == 0) {
			key = hash_128(canonical.packed, canonical.size).high;
			if (!diff->bad[bucket_of(key)])
				continue;
		}
		if (sum_columns(diff, place, &canonical, key, fault) != 0 ||
			keep_row(diff, place, &row, &canonical, fault) != 0)
			break;
	}
	return rows;
}

/* A pass over keys alone. */
static uint64_t take_rows(struct diff *diff, struct diff_side *side, struct fault *fault)
{
	struct diff_row row;
	uint64_t rows = 0;

	while (side->next(side->own, &row, fault)) {
		const uint64_t key = hash_row_key(diff, side, row.cells, fault);

		rows++;
		if (fault->status != 0 ||
			(diff->bad[bucket_of(key)] && side->take(side->own, fault) != 0))
			break;
	}
	return rows;
}

static bool are_few(const struct diff *diff, const struct diff_side *side)
{
	return side->begin_keys != NULL && diff->key_count > 0 &&
		diff->buckets <= DIFF_BUCKETS / 64 &&
		side->rows / DIFF_BUCKETS * diff->buckets <= DIFF_FEW;
}

static int keep_side(struct diff *diff, int place, struct fault *fault)
{
	struct diff_side *side = &diff->sides[place];
	const bool few = are_few(diff, side);
	uint64_t rows = 0;

	if (few && side->begin_keys(side->own, fault) == 0) {
		rows = take_rows(diff, side, fault);
		end_pass(side, fault);
	}
	if (fault->status == 0 && few && side->begin_taken(side->own, fault))
		keep_rows(diff, place, fault);
	else if (fault->status == 0 && side->begin(side->own, fault) == 0)
		rows = keep_rows(diff, place, fault);
	if (fault->status == 0 && rows != side->rows)
		return fault_set(fault, STATUS_AGAIN, "a table had %llu rows, and %llu when it was "
			"read again: it changed meanwhile", (unsigned long long)side->rows,
			(unsigned long long)rows);
	return end_pass(side, fault) != 0 ? fault->status :
		sort_end(&diff->sorters[place], fault);
}

/* --- one side against the other --------------------------------------------------------------- */

/* The records of a side, equal ones as one. */
struct lane {
	struct sorter *sorter;
	struct bytes text;          /* of the record */
	struct sort_record record;
	uint64_t times;
	bool more;                  /* there is a record */
	bool first, last;           /* of its key */
	struct sort_record next;
	bool has_next;
};

static uint32_t canonical_size(const struct sort_record *record)
{
	return 4 + get_u32(record->rest);
}

static int compare_rows(const struct sort_record *a, const struct sort_record *b)
{
	const uint32_t a_size = canonical_size(a), b_size = canonical_size(b);
	const int order = memcmp(a->rest, b->rest, a_size < b_size ? a_size : b_size);

	return order != 0 ? order : (a_size > b_size) - (a_size < b_size);
}

static void take_next(struct lane *lane)
{
	const struct sort_record *next = &lane->next;

	bytes_clear(&lane->text);
	bytes_add(&lane->text, next->key, next->key_size);
	bytes_add(&lane->text, next->rest, next->rest_size);
	lane->record = *next;
	lane->record.key = lane->text.data;
	lane->record.rest = lane->text.data + next->key_size;
	lane->times = 1;
}

static void lane_advance(struct lane *lane, struct fault *fault)
{
	const bool had = lane->more;

	lane->more = lane->has_next;
	if (!lane->has_next)
		return;
	lane->first = !had || sort_compare_keys(&lane->record, &lane->next) != 0;
	take_next(lane);
	if (lane->text.failed) {
		fault_memory(fault);
		lane->more = false;
		return;
	}
	while ((lane->has_next = sort_next(lane->sorter, &lane->next, fault)) &&
		sort_compare_keys(&lane->record, &lane->next) == 0 &&
		compare_rows(&lane->record, &lane->next) == 0)
		lane->times++;
	lane->last = !lane->has_next || sort_compare_keys(&lane->record, &lane->next) != 0;
}

static void lane_open(struct lane *lane, struct sorter *sorter, struct fault *fault)
{
	*lane = (struct lane){ .sorter = sorter };
	lane->has_next = sort_next(sorter, &lane->next, fault);
	lane_advance(lane, fault);
}

static bool alone(const struct lane *lane)
{
	return lane->first && lane->last && lane->times == 1;
}

/* The row as it came, and its canonical cells where they are others. */
static void read_cells(const struct diff *diff, const struct lane *lane, struct value *came,
	struct value *canonical)
{
	const struct sort_record *record = &lane->record;
	struct unpacker cursor = unpack_begin(record->rest + 4, record->rest_size - 4);

	unpack_row(&cursor, canonical, diff->columns);
	if (cursor.next == cursor.end)
		memcpy(came, canonical, diff->columns * sizeof(*came));
	else
		unpack_row(&cursor, came, diff->columns);
}

static int tell(struct diff *diff, const struct diff_finding *finding, struct fault *fault)
{
	return diff->found == NULL ? 0 : diff->found(diff->own, finding, fault);
}

static int tell_single(struct diff *diff, int place, const struct lane *lane, uint64_t times,
	struct fault *fault)
{
	struct value *came = diff->cells + (size_t)place * 2 * diff->columns;
	struct diff_finding finding = { .times = times,
		.kind = place == DIFF_LEFT ? DIFF_MISSING : DIFF_EXTRA };

	*(place == DIFF_LEFT ? &diff->missing : &diff->extra) += times;
	if (diff->key_count > 0 && !alone(lane))
		diff->doubled = true;
	read_cells(diff, lane, came, came + diff->columns);
	finding.cells[place] = came;
	return tell(diff, &finding, fault);
}

static bool same_cell(struct bytes *room, const struct value *a, const struct value *b)
{
	size_t half;

	bytes_clear(room);
	pack_value(room, a);
	half = room->size;
	pack_value(room, b);
	return room->size == 2 * half && memcmp(room->data, room->data + half, half) == 0;
}

static int tell_changed(struct diff *diff, const struct lane lanes[2], struct fault *fault)
{
	struct value *left = diff->cells, *right = left + (size_t)2 * diff->columns;
	struct diff_finding finding = { .kind = DIFF_CHANGED, .times = 1,
		.columns = diff->differ, .cells = { left, right } };

	diff->changed++;
	read_cells(diff, &lanes[0], left, left + diff->columns);
	read_cells(diff, &lanes[1], right, right + diff->columns);
	for (uint32_t i = 0; i < diff->columns; i++) {
		diff->differ[i] = !same_cell(&diff->key_bytes, &left[diff->columns + i],
			&right[diff->columns + i]);
		diff->found_in[i].changed += diff->differ[i];
		if (diff->key_bytes.failed)
			return fault_memory(fault);
	}
	return tell(diff, &finding, fault);
}

/* Two records of one key: what is equal goes, as often as it is on both sides. */
static void match(struct diff *diff, struct lane lanes[2], struct fault *fault)
{
	const int order = compare_rows(&lanes[0].record, &lanes[1].record);
	const uint64_t left = lanes[0].times, right = lanes[1].times;

	if (order == 0) {
		if (left > right)
			tell_single(diff, DIFF_LEFT, &lanes[0], left - right, fault);
		if (left < right)
			tell_single(diff, DIFF_RIGHT, &lanes[1], right - left, fault);
	} else if (diff->key_count > 0 && alone(&lanes[0]) && alone(&lanes[1])) {
		tell_changed(diff, lanes, fault);
	} else {
		const int place = order < 0 ? DIFF_LEFT : DIFF_RIGHT;

		tell_single(diff, place, &lanes[place], lanes[place].times, fault);
		lane_advance(&lanes[place], fault);
		return;
	}
	lane_advance(&lanes[0], fault);
	lane_advance(&lanes[1], fault);
}

static void merge(struct diff *diff, struct lane lanes[2], struct fault *fault)
{
	while ((lanes[0].more || lanes[1].more) && fault->status == 0) {
		int order = !lanes[0].more ? 1 : !lanes[1].more ? -1 :
			sort_compare_keys(&lanes[0].record, &lanes[1].record);
		int place = order < 0 ? DIFF_LEFT : DIFF_RIGHT;

		if (order == 0) {
			match(diff, lanes, fault);
			continue;
		}
		tell_single(diff, place, &lanes[place], lanes[place].times, fault);
		lane_advance(&lanes[place], fault);
	}
}

int diff_find(struct diff *diff, struct fault *fault)
{
	const size_t memory = diff->memory == 0 ? DIFF_MEMORY : diff->memory;
	struct lane lanes[2] = { { 0 } };

	for (int i = 0; i < 2; i++)
		sort_begin(&diff->sorters[i], memory / 2, diff->spool);
	if (keep_side(diff, DIFF_LEFT, fault) == 0 && keep_side(diff, DIFF_RIGHT, fault) == 0) {
		for (int i = 0; i < 2; i++)
			lane_open(&lanes[i], &diff->sorters[i], fault);
		merge(diff, lanes, fault);
	}
	for (int i = 0; i < 2; i++) {
		bytes_close(&lanes[i].text);
		sort_close(&diff->sorters[i]);
	}
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
