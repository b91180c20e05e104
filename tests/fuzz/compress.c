/*
 * Any bytes as a compressed payload: the first three are the size that it claims to have, the
 * fourth is a level.  What opens has that size, and memory grows with what appears.  The same bytes
 * packed at that level open again.
 */
#include "check.h"

#include "wire/compress.h"

static void check_open(const uint8_t *data, size_t size, size_t claim)
{
	struct bytes opened = { 0 };
	struct fault fault = { 0 };
	int status;

	bytes_add_text(&opened, "kept");
	allocated_most = 0;
	status = compress_open(&opened, data, size, claim, &fault);
	EXPECT(memcmp(opened.data, "kept", 4) == 0);
	EXPECT(status == fault.status && (status == 0 || status == STATUS_STREAM));
	EXPECT((status == 0) == (*fault.text == '\0'));
	EXPECT(status != 0 || opened.size == claim + 4);
	EXPECT(opened.size <= claim + 5);
	EXPECT(allocated_most <= (opened.size + (256 << 10)) * 3 / 2 + 64);
	bytes_close(&opened);
}

static void check_round(const uint8_t *data, size_t size, int level)
{
	struct bytes packed = { 0 }, opened = { 0 };
	struct fault fault = { 0 };

	EXPECT(compress_pack(&packed, data, size, level, &fault) == 0);
	EXPECT(compress_open(&opened, packed.data, packed.size, size, &fault) == 0);
	EXPECT(opened.size == size && (size == 0 || memcmp(opened.data, data, size) == 0));
	EXPECT(compress_open(&opened, packed.data, packed.size, size + 1, &fault) != 0);
	bytes_close(&packed);
	bytes_close(&opened);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size < 4)
		return 0;
	check_open(data + 4, size - 4, (size_t)(data[0] << 16 | data[1] << 8 | data[2]));
	check_round(data + 4, size - 4, 1 + data[3] % 4);
	if (data[3] > 127) /* one is kept between calls: it remembers nothing */
		compress_close();
	return 0;
}
