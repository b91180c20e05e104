/* Headers and payloads: no bit of either may be another one, and each kind has its limits. */
#include "wire/frame.h"

#include <stdlib.h>

#include "base/hash.h"
#include "sample.h"
#include "wire/compress.h"

static struct fault fault;
static const uint64_t seed = 0x0123456789abcdef;

static struct frame make_frame(enum frame_kind kind)
{
	struct frame frame = { .kind = kind, .table = 0x01020304, .seq = 0x05060708,
		.rows = 0x090a0b0c, .length = 0x1112, .hash = 0x1314151617181920 };

	return frame;
}

static int read_header(const struct frame *frame, struct frame *back)
{
	uint8_t header[FRAME_HEADER];

	frame_write_header(header, frame, seed);
	return frame_read_header(header, seed, back, &fault);
}

/* The bytes as frame.h draws them. */
static void test_bytes(void)
{
	static const char drawn[] = "\xc7\x1e\x52\x04\x00\x01\x02\x03\x04\x05\x06\x07\x08"
		"\x09\x0a\x0b\x0c\x00\x00\x11\x12\x13\x14\x15\x16\x17\x18\x19\x20";
	struct frame frame = make_frame(FRAME_ROWS), back;
	uint8_t header[FRAME_HEADER];
	uint32_t check;

	frame_write_header(header, &frame, seed);
	check = (uint32_t)hash_64(header + 3, 26, seed);
	CHECK(memcmp(header, drawn, sizeof(drawn) - 1) == 0);
	CHECK(get_u32(header + 29) == check && memcmp(header + 33, "\xc6\0\0\x11\x12", 5) == 0);
	CHECK(frame_read_header(header, seed, &back, &fault) == 0);
	CHECK(back.kind == FRAME_ROWS && back.flags == 0 && back.table == frame.table);
	CHECK(back.seq == frame.seq && back.rows == frame.rows && back.length == frame.length);
	CHECK(back.hash == frame.hash);
}

static void test_seed(void)
{
	struct frame frame = make_frame(FRAME_HELLO), back;
	uint8_t header[FRAME_HEADER], id[16];

	for (uint8_t i = 0; i < 16; i++)
		id[i] = i + 1;
	CHECK(frame_seed(id) == 0x090a0b0c0d0e0f10);
	frame_write_header(header, &frame, seed); /* HELLO is read before the id is known */
	CHECK(frame_read_header(header, 0, &back, &fault) == 0);
	CHECK(frame_read_header(header, seed + 1, &back, &fault) == 0);
	frame.kind = FRAME_TABLE;
	frame_write_header(header, &frame, seed);
	CHECK(frame_read_header(header, seed + 1, &back, &fault) == STATUS_STREAM);
	CHECK(says(&fault, STATUS_STREAM, "a frame header is damaged, or of another stream"));
}

/* Each bit, each pair of bits, each byte of a header. */
static void test_flips(void)
{
	struct frame frame = make_frame(FRAME_TABLE), back;
	uint8_t header[FRAME_HEADER], wrong[FRAME_HEADER];
	unsigned taken = 0;

	frame_write_header(header, &frame, seed);
	for (unsigned i = 0; i < FRAME_HEADER * 8; i++)
		for (unsigned j = 0; j <= i; j++) {
			memcpy(wrong, header, sizeof(wrong));
			wrong[i / 8] ^= (uint8_t)(1 << i % 8);
			if (j < i)
				wrong[j / 8] ^= (uint8_t)(1 << j % 8);
			taken += frame_read_header(wrong, seed, &back, &fault) == 0;
			fault = (struct fault){ 0 };
		}
	for (unsigned i = 0; i < FRAME_HEADER * 256; i++) {
		memcpy(wrong, header, sizeof(wrong));
		wrong[i / 256] = (uint8_t)i;
		if (wrong[i / 256] != header[i / 256])
			taken += frame_read_header(wrong, seed, &back, &fault) == 0;
		fault = (struct fault){ 0 };
	}
	CHECK(taken == 0);
}

static void test_messages(void)
{
	struct frame frame = make_frame(FRAME_TABLE), back;
	uint8_t header[FRAME_HEADER];

	frame_write_header(header, &frame, seed);
	header[0] = 0xc8;
	CHECK(frame_read_header(header, seed, &back, &fault) == STATUS_STREAM);
	CHECK(says(&fault, STATUS_STREAM, "no frame begins here"));
	header[0] = 0xc7;
	header[33] = 0xc5;
	CHECK(frame_read_header(header, seed, &back, &fault) == STATUS_STREAM);
	CHECK(says(&fault, STATUS_STREAM, "the length before a payload is not its header's"));
	frame.kind = 0;
	CHECK(read_header(&frame, &back) == STATUS_STREAM);
	CHECK(says(&fault, STATUS_STREAM, "frame kind 0 is unknown: written by a newer rowpipe"));
	frame.kind = FRAME_END + 1;
	CHECK(read_header(&frame, &back) == STATUS_STREAM);
	CHECK(says(&fault, STATUS_STREAM, "frame kind 12 is unknown: written by a newer rowpipe"));
	frame.kind = FRAME_TABLE;
	frame.flags = 2;
	CHECK(read_header(&frame, &back) == STATUS_STREAM);
	CHECK(says(&fault, STATUS_STREAM, "frame flags are unknown: written by a newer rowpipe"));
	frame.flags = 1;
	frame.length = FRAME_PACKED - 1;
	CHECK(read_header(&frame, &back) == STATUS_STREAM);
	CHECK(says(&fault, STATUS_STREAM, "a compressed frame is too short"));
	frame.length = FRAME_PACKED;
	CHECK(read_header(&frame, &back) == 0);
}

struct limit {
	enum frame_kind kind;
	uint32_t rows;
	uint32_t most;
	bool packs; /* it may be compressed */
};

static const struct limit limits[] = {
	{ FRAME_HELLO, 0, FRAME_OTHER_MOST, false }, { FRAME_TABLE, 0, FRAME_OTHER_MOST, true },
	{ FRAME_OBJECT, 0, FRAME_OTHER_MOST, true }, { FRAME_ROWS, 1, FRAME_MOST, true },
	{ FRAME_ROWS, 2, FRAME_ROWS_MOST, true }, { FRAME_ROWS, 0, FRAME_ROWS_MOST, true },
	{ FRAME_ROWS, UINT32_MAX, FRAME_ROWS_MOST, true },
	{ FRAME_REJECT, 1, FRAME_OTHER_MOST, true }, { FRAME_DELETE, 0, FRAME_OTHER_MOST, true },
	{ FRAME_TABLE_END, 0, FRAME_OTHER_MOST, true }, { FRAME_STATE, 0, FRAME_OTHER_MOST, true },
	{ FRAME_INDEX, 0, FRAME_MOST, false }, { FRAME_ABORT, 0, FRAME_OTHER_MOST, false },
	{ FRAME_END, 0, FRAME_OTHER_MOST, false },
};

static void test_limits(void)
{
	for (size_t i = 0; i < COUNT(limits); i++) {
		struct frame frame = make_frame(limits[i].kind), back;

		frame.rows = limits[i].rows;
		for (uint32_t length = limits[i].most - 1; length <= limits[i].most; length++) {
			frame.length = length;
			CHECK(read_header(&frame, &back) == 0);
		}
		frame.length = limits[i].most + 1;
		CHECK(read_header(&frame, &back) == STATUS_STREAM);
		CHECK(says(&fault, STATUS_STREAM, "a frame is longer than its kind may be"));
		frame.length = UINT32_MAX;
		CHECK(read_header(&frame, &back) == STATUS_STREAM);
		CHECK(says(&fault, STATUS_STREAM, "a frame is longer than its kind may be"));
		frame.length = 100;
		frame.flags = FRAME_COMPRESSED;
		CHECK((read_header(&frame, &back) == 0) == limits[i].packs);
		CHECK(limits[i].packs || says(&fault, STATUS_STREAM,
			"a frame is compressed that must not be"));
	}
}

static void test_payload(void)
{
	uint8_t data[FRAME_HEADER + 50];
	struct frame frame = { .kind = FRAME_ROWS, .length = 50, .rows = 1 };
	struct bytes opened = { 0 };

	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (uint8_t)sample_random();
	frame.hash = hash_64(data + FRAME_HEADER, 50, 0);
	CHECK(frame_read_payload(&frame, data + FRAME_HEADER, &opened, &fault) == 0);
	CHECK(frame.payload == data + FRAME_HEADER && frame.raw_length == 50);
	CHECK(frame.raw_hash == frame.hash && opened.size == 0);
	for (unsigned i = 0; i < 400; i++) {
		data[FRAME_HEADER + i / 8] ^= (uint8_t)(1 << i % 8);
		CHECK(frame_read_payload(&frame, data + FRAME_HEADER, &opened, &fault) != 0);
		CHECK(says(&fault, STATUS_STREAM, "a payload is damaged"));
		data[FRAME_HEADER + i / 8] ^= (uint8_t)(1 << i % 8);
	}
	bytes_close(&opened);
}

/* A compressed frame of this text, with its payload in packed behind the header's room. */
static struct frame pack_frame(struct bytes *packed, uint8_t *text, size_t size, bool *done)
{
	struct frame frame = { .kind = FRAME_ROWS, .rows = 2, .payload = text };

	frame.length = frame.raw_length = (uint32_t)size;
	frame.hash = frame.raw_hash = hash_64(text, size, 0);
	CHECK(frame_compress(&frame, 3, packed, done, &fault) == 0);
	return frame;
}

static void test_compressed(void)
{
	static uint8_t text[300000];
	struct bytes packed = { 0 }, opened = { 0 };
	struct frame frame, back;
	bool done;

	for (size_t i = 0; i < sizeof(text); i++)
		text[i] = (uint8_t)(i * i / 1000);
	frame = pack_frame(&packed, text, sizeof(text), &done);
	CHECK(done && frame.flags == FRAME_COMPRESSED && frame.length < 300000);
	CHECK(frame.length == packed.size - FRAME_HEADER && frame.payload == text);
	CHECK(read_header(&frame, &back) == 0);
	CHECK(bytes_reserve(&opened, FRAME_HEADER));
	opened.size = FRAME_HEADER;
	CHECK(frame_read_payload(&back, packed.data + FRAME_HEADER, &opened, &fault) == 0);
	CHECK(back.raw_length == sizeof(text) && back.raw_hash == hash_64(text, sizeof(text), 0));
	CHECK(back.payload == opened.data + FRAME_HEADER);
	CHECK(memcmp(back.payload, text, sizeof(text)) == 0);
	bytes_close(&packed);
	bytes_close(&opened);
}

/* What does not get smaller stays as it is. */
static void test_incompressible(void)
{
	uint8_t text[1000];
	struct bytes packed = { 0 };
	struct frame frame;
	bool done;

	for (size_t i = 0; i < sizeof(text); i++)
		text[i] = (uint8_t)sample_random();
	for (size_t size = 0; size <= sizeof(text); size += 250) {
		frame = pack_frame(&packed, text, size, &done);
		CHECK(!done && frame.flags == 0 && frame.length == size);
	}
	bytes_close(&packed);
}

/* The outer hash is made right again after each damage: what is behind it must tell. */
static int open_damaged(const struct frame *frame, struct bytes *packed, struct bytes *opened)
{
	struct frame damaged = *frame;

	bytes_clear(opened);
	damaged.hash = hash_64(packed->data + FRAME_HEADER, damaged.length, 0);
	return frame_read_payload(&damaged, packed->data + FRAME_HEADER, opened, &fault);
}

static void test_damaged(void)
{
	static uint8_t text[2000];
	struct bytes packed = { 0 }, opened = { 0 };
	struct frame frame;
	uint8_t *wire;
	bool done;

	memset(text, 'x', sizeof(text));
	memcpy(text + 1000, "some other text", 15);
	frame = pack_frame(&packed, text, sizeof(text), &done);
	wire = packed.data + FRAME_HEADER;
	put_u32(wire, sizeof(text) - 1);
	CHECK(open_damaged(&frame, &packed, &opened) != 0);
	CHECK(says(&fault, STATUS_STREAM, "the payload is not as long as it claims"));
	put_u32(wire, sizeof(text) + 1);
	CHECK(open_damaged(&frame, &packed, &opened) != 0);
	CHECK(says(&fault, STATUS_STREAM, "the payload is not as long as it claims"));
	put_u32(wire, FRAME_ROWS_MOST + 1);
	CHECK(open_damaged(&frame, &packed, &opened) != 0);
	CHECK(says(&fault, STATUS_STREAM, "a compressed frame claims more than its kind may hold"));
	put_u32(wire, sizeof(text));
	wire[4] ^= 1;
	CHECK(open_damaged(&frame, &packed, &opened) != 0);
	CHECK(says(&fault, STATUS_STREAM, "a payload is damaged behind its compression"));
	wire[4] ^= 1;
	for (unsigned i = 0; i < frame.length * 8; i++) {
		wire[i / 8] ^= (uint8_t)(1 << i % 8);
		if (open_damaged(&frame, &packed, &opened) == 0) /* a bit without meaning */
			CHECK(memcmp(opened.data, text, sizeof(text)) == 0);
		else
			CHECK(fault.status == STATUS_STREAM);
		fault = (struct fault){ 0 };
		wire[i / 8] ^= (uint8_t)(1 << i % 8);
	}
	bytes_close(&packed);
	bytes_close(&opened);
}

static void test_names(void)
{
	CHECK(strcmp(frame_name(FRAME_HELLO), "HELLO") == 0);
	CHECK(strcmp(frame_name(FRAME_TABLE_END), "TABLE_END") == 0);
	CHECK(strcmp(frame_name(FRAME_END), "END") == 0);
	CHECK(strcmp(frame_name(FRAME_END + 1), "frame") == 0);
	CHECK(strcmp(frame_name(0), "frame") == 0);
	CHECK(frame_begins((const uint8_t *)"\xc7\x1e\x52", 3));
	CHECK(frame_begins((const uint8_t *)"\xc7\x1e", 2));
	CHECK(!frame_begins((const uint8_t *)"\xc7\x1f\x52", 3));
}

int main(void)
{
	static const struct test tests[] = {
		{ "the bytes of a header", test_bytes },
		{ "the seed is the stream's", test_seed },
		{ "every bit, pair of bits and byte", test_flips },
		{ "each refusal of a header has its message", test_messages },
		{ "limits of each kind", test_limits },
		{ "every bit of a payload", test_payload },
		{ "compressed and opened", test_compressed },
		{ "what does not get smaller", test_incompressible },
		{ "damage behind the hash", test_damaged },
		{ "names", test_names },
	};
	int code = test_run(tests, COUNT(tests));

	compress_close();
	return code;
}
