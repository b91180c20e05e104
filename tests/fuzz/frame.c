/*
 * Any bytes as a frame: 38 of a header, and a payload behind it.  The first byte says which of the
 * checks are made right before, so that what is behind them is reached.
 */
#include "check.h"

#include "base/hash.h"
#include "wire/compress.h"
#include "wire/frame.h"

enum { RIGHT_CHECK = 1, RIGHT_LENGTH = 2, RIGHT_HASH = 4 };

static const uint64_t seed = 0x0102030405060708;

static void make_right(uint8_t *wire, size_t size, unsigned how)
{
	memcpy(wire, "\xc7\x1e\x52", 3);
	if (how & RIGHT_LENGTH)
		put_u32(wire + 17, (uint32_t)(size - FRAME_HEADER));
	if (how & RIGHT_HASH)
		put_u64(wire + 21, hash_64(wire + FRAME_HEADER, size - FRAME_HEADER, 0));
	wire[33] = 0xc6;
	memcpy(wire + 34, wire + 17, 4);
	put_u32(wire + 29, (uint32_t)hash_64(wire + 3, 26, wire[3] == FRAME_HELLO ? 0 : seed));
}

static void check_refused(const struct fault *fault)
{
	EXPECT(fault->status == STATUS_STREAM && *fault->text != '\0');
}

/* The raw payload is in its hash, is not longer than claimed, and can be packed again. */
static void check_opened(struct frame *frame)
{
	struct bytes packed = { 0 }, again = { 0 };
	struct fault fault = { 0 };
	struct frame copy = *frame;
	uint64_t hash = frame->raw_hash;
	bool done;

	EXPECT(hash_64(frame->payload, frame->raw_length, 0) == frame->raw_hash);
	EXPECT(frame->flags != 0 || frame->raw_length == frame->length);
	EXPECT(frame_compress(&copy, 1, &packed, &done, &fault) == 0);
	EXPECT(!done || copy.length < copy.raw_length);
	if (done) {
		EXPECT(frame_read_payload(&copy, packed.data + FRAME_HEADER, &again, &fault) == 0);
		EXPECT(copy.raw_hash == hash && copy.raw_length == frame->raw_length);
		EXPECT(memcmp(copy.payload, frame->payload, frame->raw_length) == 0);
	}
	bytes_close(&packed);
	bytes_close(&again);
}

static void check_payload(struct frame *frame, uint8_t *payload)
{
	struct bytes opened = { 0 };
	struct fault fault = { 0 };

	allocated_most = 0;
	if (frame_read_payload(frame, payload, &opened, &fault) != 0)
		check_refused(&fault);
	else
		check_opened(frame);
	EXPECT(opened.room <= (opened.size + (256 << 10)) * 3 / 2 + 64);
	bytes_close(&opened);
}

static void check_frame(uint8_t *wire, size_t size, unsigned how)
{
	uint8_t header[FRAME_HEADER];
	struct fault fault = { 0 };
	struct frame frame;

	if (how & RIGHT_CHECK)
		make_right(wire, size, how);
	if (frame_read_header(wire, seed, &frame, &fault) != 0) {
		check_refused(&fault);
		return;
	}
	frame_write_header(header, &frame, seed);
	EXPECT(memcmp(header, wire, FRAME_HEADER) == 0);
	EXPECT(frame.length <= FRAME_MOST && frame.kind >= FRAME_HELLO && frame.kind <= FRAME_END);
	EXPECT(strcmp(frame_name(frame.kind), "frame") != 0);
	if (frame.length == size - FRAME_HEADER)
		check_payload(&frame, wire + FRAME_HEADER);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *wire;

	if (size < 1 + FRAME_HEADER)
		return 0;
	wire = malloc(size - 1);
	memcpy(wire, data + 1, size - 1);
	check_frame(wire, size - 1, data[0]);
	free(wire);
	compress_close();
	return 0;
}
