/*
 * Any bytes as cells and as a row.  What is taken is packed to the same bytes, by us and by
 * msgpack-c; what msgpack-c would take in that form, we take.  Nothing is allocated.
 */
#include "check.h"

#include "../unit/oracle.h"
#include "wire/unpack.h"

static msgpack_zone *zone;
static msgpack_sbuffer scratch;
static struct bytes packed;

static void prepare(void)
{
	if (zone != NULL)
		return;
	zone = msgpack_zone_new(8192);
	msgpack_sbuffer_init(&scratch);
	EXPECT(zone != NULL);
}

/* Ours, as far as cells go, and how far that is. */
static size_t check_cells(const uint8_t *data, size_t size)
{
	struct unpacker cursor = unpack_begin(data, size);
	struct value value;

	while (cursor.next != cursor.end) {
		const uint8_t *start = cursor.next;
		size_t used;

		if (!unpack_value(&cursor, &value))
			return (size_t)(start - data);
		used = (size_t)(cursor.next - start);
		EXPECT(value.kind < VALUE_TEXT || value.data + value.size == cursor.next);
		bytes_clear(&packed);
		pack_value(&packed, &value);
		EXPECT(packed.size == used && memcmp(packed.data, start, used) == 0);
		EXPECT(oracle_takes(zone, &scratch, start, used, &value));
	}
	return size;
}

/* Where ours stops, msgpack-c finds no cell in its one form either. */
static void check_stop(const uint8_t *data, size_t size)
{
	struct value value;
	size_t used;

	if (size == 0 || !oracle_read(zone, data, size, &used, &value))
		return;
	EXPECT(!oracle_takes(zone, &scratch, data, used, &value));
}

static void check_row(const uint8_t *data, size_t size)
{
	static struct value cells[2000];
	struct unpacker cursor = unpack_begin(data, size);
	uint32_t count;
	size_t used;

	if (!unpack_array(&cursor, &count) || count > 2000)
		return;
	EXPECT(count <= size);
	cursor = unpack_begin(data, size);
	if (!unpack_row(&cursor, cells, count)) {
		EXPECT(cursor.why != NULL && *cursor.why != '\0');
		return;
	}
	used = (size_t)(cursor.next - data);
	bytes_clear(&packed);
	pack_row(&packed, cells, count);
	EXPECT(packed.size == used && memcmp(packed.data, data, used) == 0);
	EXPECT(unpack_end(&cursor) == (used == size));
	cursor = unpack_begin(data, size);
	EXPECT(!unpack_row(&cursor, cells, count + 1));
}

static void check_counts(const uint8_t *data, size_t size)
{
	struct unpacker cursor = unpack_begin(data, size);
	uint64_t offset;
	uint32_t count;

	bytes_clear(&packed);
	if (unpack_map(&cursor, &count)) {
		EXPECT(count <= size / 2);
		pack_map(&packed, count);
	}
	cursor = unpack_begin(data, size);
	if (unpack_array(&cursor, &count))
		pack_array(&packed, count);
	cursor = unpack_begin(data, size);
	if (unpack_offset(&cursor, &offset))
		pack_offset(&packed, offset);
	EXPECT(packed.size <= size && memcmp(packed.data, data, packed.size) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t end;

	prepare();
	bytes_reserve(&packed, size + 64);
	allocated_sum = 0;
	end = check_cells(data, size);
	check_stop(data + end, size - end);
	check_row(data, size);
	check_counts(data, size);
	EXPECT(allocated_sum <= 2 * size + 2000 * 9 + 64); /* what pack.c may ask for, once */
	return 0;
}
