/*
 * What a server might send as binary COPY.  Whatever it is, in pieces of any size it gives the same
 * rows; what is taken and can be written by copy.c comes back as it was.
 *
 * Input: number of columns, a byte for each one's type, the size of the pieces, then the COPY; a
 * header is put in front unless the number's high bit is set.
 */
#include "wire/copy.h"
#include "wire/pack.h"
#include "wire/uncopy.h"

#include "check.h"

enum { COLUMNS_MOST = 8, ROWS_MOST = 64 };

struct input {
	struct type types[COLUMNS_MOST];
	uint32_t count;
	const uint8_t *data;
	size_t size;
};

/* Rows as msgpack, and how it ended. */
struct outcome {
	struct bytes rows;
	enum uncopy_result end;
};

static void come_back(const struct input *input, const struct value *cells)
{
	struct copy copy = { .form = COPY_BINARY, .types = input->types, .count = input->count };
	struct uncopy uncopy = { .types = input->types, .count = input->count };
	struct value again[COLUMNS_MOST];
	struct bytes bytes = { 0 }, left = { 0 }, right = { 0 };

	copy_begin(&copy, &bytes);
	if (copy_row(&copy, &bytes, cells)) {
		copy_end(&copy, &bytes);
		uncopy_feed(&uncopy, bytes.data, bytes.size);
		EXPECT(uncopy_row(&uncopy, again) == UNCOPY_ROW);
		pack_row(&left, cells, input->count);
		pack_row(&right, again, input->count);
		EXPECT(left.size == right.size);
		EXPECT(memcmp(left.data, right.data, left.size) == 0);
		EXPECT(uncopy_row(&uncopy, again) == UNCOPY_END && uncopy_complete(&uncopy));
	}
	uncopy_close(&uncopy);
	bytes_close(&bytes);
	bytes_close(&left);
	bytes_close(&right);
}

static struct outcome run(const struct input *input, bool head, size_t piece)
{
	struct uncopy uncopy = { .types = input->types, .count = input->count };
	struct outcome outcome = { .end = UNCOPY_MORE };
	struct value cells[COLUMNS_MOST];
	size_t at = 0, rows = 0;

	if (head) {
		uncopy_feed(&uncopy, "PGCOPY\n\377\r\n\0\0\0\0\0\0\0\0\0", 19);
		EXPECT(uncopy_row(&uncopy, cells) == UNCOPY_MORE);
	}
	while (rows < ROWS_MOST) {
		size_t size = input->size - at < piece ? input->size - at : piece;

		outcome.end = uncopy_row(&uncopy, cells);
		if (outcome.end == UNCOPY_MORE && size > 0) {
			uncopy_feed(&uncopy, input->data + at, size);
			at += size;
			continue;
		}
		if (outcome.end == UNCOPY_END && size > 0) {
			uncopy_feed(&uncopy, input->data + at, size);
			at += size;
			continue;
		}
		if (outcome.end != UNCOPY_ROW)
			break;
		rows++;
		pack_row(&outcome.rows, cells, input->count);
		come_back(input, cells);
	}
	if (outcome.end == UNCOPY_ILL)
		EXPECT(uncopy.why != NULL && uncopy.column <= uncopy.count);
	EXPECT(outcome.end != UNCOPY_MEMORY);
	uncopy_close(&uncopy);
	return outcome;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input input = { .size = size };
	struct outcome whole, parts;
	size_t piece;
	bool head;

	if (size < 2 + COLUMNS_MOST)
		return 0;
	head = (data[0] & 0x80) == 0;
	input.count = data[0] % (COLUMNS_MOST + 1);
	for (uint32_t i = 0; i < COLUMNS_MOST; i++)
		input.types[i] = (struct type){ .kind = (enum type_kind)(data[i + 1] %
			(TYPE_OTHER + 1)), .fraction = -1, .name = "inet" };
	piece = (size_t)data[1 + COLUMNS_MOST] + 1;
	input.data = data + 2 + COLUMNS_MOST;
	input.size = size - 2 - COLUMNS_MOST;
	whole = run(&input, head, SIZE_MAX);
	parts = run(&input, head, piece);
	EXPECT(whole.end == parts.end && whole.rows.size == parts.rows.size);
	EXPECT(whole.rows.size == 0 ||
		memcmp(whole.rows.data, parts.rows.data, whole.rows.size) == 0);
	bytes_close(&whole.rows);
	bytes_close(&parts.rows);
	return 0;
}
