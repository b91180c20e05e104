/* What is left of both sides, sorted by the key: one held against the other. */
#include "flow/diff_work.h"

#include <string.h>

#include "flow/diff.h"
#include "wire/pack.h"
#include "wire/unpack.h"

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
static void pair(struct diff *diff, struct lane lanes[2], struct fault *fault)
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
			pair(diff, lanes, fault);
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
	if (diff_keep(diff, DIFF_LEFT, fault) == 0 && diff_keep(diff, DIFF_RIGHT, fault) == 0) {
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
