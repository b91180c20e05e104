/* Rows in buckets that differ, as records that are sorted by the key. */
#include "flow/diff_work.h"

#include <string.h>

#include "flow/diff.h"
#include "wire/pack.h"
#include "wire/unpack.h"

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
	const bool changes = diff_changes(diff, side);
	struct diff_row row, canonical;
	uint64_t rows = 0, key = 0;

	while (side->next(side->own, &row, fault)) {
		rows++;
		if (diff->key_count > 0) {
			key = diff_hash_key(diff, side, row.cells, fault);
			if (fault->status != 0)
				break;
			if (!diff->bad[diff_bucket(key)])
				continue;
		}
		if (!diff_pack(diff, side, &row, changes, &canonical, fault))
			break;
		if (diff->key_count == 0) {
			key = hash_128(canonical.packed, canonical.size).high;
			if (!diff->bad[diff_bucket(key)])
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
		const uint64_t key = diff_hash_key(diff, side, row.cells, fault);

		rows++;
		if (fault->status != 0 ||
			(diff->bad[diff_bucket(key)] && side->take(side->own, fault) != 0))
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

int diff_keep(struct diff *diff, int place, struct fault *fault)
{
	struct diff_side *side = &diff->sides[place];
	const bool few = are_few(diff, side);
	uint64_t rows = 0;

	if (few && side->begin_keys(side->own, fault) == 0) {
		rows = take_rows(diff, side, fault);
		diff_end_pass(side, fault);
	}
	if (fault->status == 0 && few && side->begin_taken(side->own, fault))
		keep_rows(diff, place, fault);
	else if (fault->status == 0 && side->begin(side->own, fault) == 0)
		rows = keep_rows(diff, place, fault);
	if (fault->status == 0 && rows != side->rows)
		return fault_set(fault, STATUS_AGAIN, "a table had %llu rows, and %llu when it was "
			"read again: it changed meanwhile", (unsigned long long)side->rows,
			(unsigned long long)rows);
	return diff_end_pass(side, fault) != 0 ? fault->status :
		sort_end(&diff->sorters[place], fault);
}
