/*
 * Any bytes as what a frame says; the first byte chooses which.  What is taken is written as the
 * same bytes; what is refused has a reason; and memory is in proportion to the bytes.
 */
#include "check.h"

#include "base/utf8.h"
#include "wire/payload.h"

static const struct record *const records[] = { &record_hello, &record_table, &record_object,
	&record_total, &record_ending, &record_abort };

/* JSON is UTF-8 in one line. */
static void check_json(const struct record *record, const void *from)
{
	struct bytes text = { 0 };

	record_json(&text, record, from);
	EXPECT(!text.failed && text.size >= 2 && text.data[0] == '{');
	EXPECT(text.data[text.size - 1] == '}' && utf8_valid(text.data, text.size));
	for (size_t i = 0; i < text.size; i++)
		EXPECT(text.data[i] >= 0x20);
	bytes_close(&text);
}

static void check_record(const struct record *record, const uint8_t *data, size_t size)
{
	static uint8_t back[1000];
	struct arena arena = { 0 };
	struct fault fault = { 0 };
	struct bytes packed = { 0 };
	int status;

	EXPECT(record->size <= sizeof(back));
	allocated_most = allocated_sum = 0;
	status = payload_read(&arena, record, data, size, back, &fault);
	/* A byte is at most an item of a list, a key and a small map at most a profile. */
	EXPECT(allocated_sum <= 65536 + 1000 * size && allocated_most <= 65536 + 200 * size);
	EXPECT(status == fault.status && (status == 0 || status == STATUS_STREAM));
	EXPECT((status == 0) == (*fault.text == '\0'));
	if (status == 0) {
		record_pack(&packed, record, back);
		EXPECT(packed.size == size && memcmp(packed.data, data, size) == 0);
		check_json(record, back);
	}
	bytes_close(&packed);
	arena_close(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size > 0)
		check_record(records[data[0] % 6], data + 1, size - 1);
	return 0;
}
