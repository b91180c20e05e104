/* Compressed payloads: exactly one zstd frame of exactly the claimed size, or a fault. */
#include "wire/compress.h"

#include <stdlib.h>
#include <zstd.h>

#include "sample.h"

enum { SIZE = 3 << 20 };

static uint8_t *text;
static struct bytes packed, opened;
static struct fault fault;

static void make_text(void)
{
	text = malloc(SIZE);
	for (size_t i = 0; i < SIZE; i++)
		text[i] = (uint8_t)(i % 1000 < 900 ? i / 7 : sample_random());
}

static int open_packed(size_t raw)
{
	bytes_clear(&opened);
	bytes_add_text(&opened, "kept");
	return compress_open(&opened, packed.data, packed.size, raw, &fault);
}

static bool opens(size_t size)
{
	bool same = open_packed(size) == 0 && opened.size == size + 4 &&
		memcmp(opened.data, "kept", 4) == 0 && memcmp(opened.data + 4, text, size) == 0;

	fault = (struct fault){ 0 };
	return same;
}

static bool refuses(size_t raw, const char *why)
{
	CHECK(open_packed(raw) == STATUS_STREAM);
	return says(&fault, STATUS_STREAM, why);
}

static void pack(const void *data, size_t size, int level)
{
	bytes_clear(&packed);
	CHECK(compress_pack(&packed, data, size, level, &fault) == 0);
}

static void test_round(void)
{
	static const size_t sizes[] = { 0, 1, 100, 131072, 262143, 262144, 262145, 1 << 20, SIZE };

	for (int level = COMPRESS_LEAST; level <= COMPRESS_MOST; level += 6)
		for (size_t i = 0; i < COUNT(sizes); i++) {
			pack(text, sizes[i], level);
			CHECK(opens(sizes[i]));
		}
}

/* Packing adds to what is there, and the same data are the same bytes. */
static void test_adds(void)
{
	struct bytes twice = { 0 };

	pack(text, 5000, 3);
	bytes_add_text(&twice, "xy");
	CHECK(compress_pack(&twice, text, 5000, 3, &fault) == 0);
	CHECK(twice.size == packed.size + 2 && memcmp(twice.data, "xy", 2) == 0);
	CHECK(memcmp(twice.data + 2, packed.data, packed.size) == 0);
	bytes_close(&twice);
}

#define UNEQUAL "the payload is not as long as it claims"
#define BEYOND "the payload is longer than it claims"
#define NO_FRAME "the compressed payload is no zstd frame"
#define EARLY "the compressed payload ends early"
#define BEHIND "bytes follow the compressed payload"

static void test_claims(void)
{
	static const size_t sizes[] = { 1, 300, 262144, 600000 };

	for (size_t i = 0; i < COUNT(sizes); i++) {
		pack(text, sizes[i], 1);
		CHECK(refuses(sizes[i] + 1, UNEQUAL));
		CHECK(refuses(SIZE, UNEQUAL));
		CHECK(open_packed(sizes[i] - 1) == STATUS_STREAM);
		CHECK(speaks_of(&fault, STATUS_STREAM, sizes[i] == 1 ? "" : "claims"));
		CHECK(open_packed(0) == STATUS_STREAM);
		CHECK(speaks_of(&fault, STATUS_STREAM, "claims"));
		CHECK(opens(sizes[i]));
	}
}

static void test_truncated(void)
{
	size_t whole;

	pack(text, 3000, 3);
	whole = packed.size;
	for (packed.size = 0; packed.size < whole; packed.size++) {
		CHECK(open_packed(3000) == STATUS_STREAM);
		CHECK(says(&fault, STATUS_STREAM, packed.size < 4 ? NO_FRAME : EARLY));
	}
	CHECK(opens(3000));
}

static void test_behind(void)
{
	pack(text, 3000, 3);
	bytes_add_byte(&packed, 0);
	CHECK(refuses(3000, BEHIND));
	packed.size--;
	CHECK(compress_pack(&packed, text + 3000, 3000, 3, &fault) == 0); /* a second frame */
	CHECK(refuses(3000, BEHIND) && refuses(6000, BEHIND));
	pack(text, 3000, 3);
	bytes_add(&packed, "\x50\x2a\x4d\x18\0\0\0\0", 8); /* one that is to be skipped */
	CHECK(refuses(3000, BEHIND));
}

/* zstd would take them: frames to be skipped, of old versions, without their mark, dictionaries. */
static void test_other_frames(void)
{
	static const uint8_t skipped[] = { 0x50, 0x2a, 0x4d, 0x18, 2, 0, 0, 0, 'a', 'b' };
	static const uint8_t old[] = { 0x27, 0xb5, 0x2f, 0xfd, 0, 0, 0, 0, 0, 0, 0, 0 };
	static const uint8_t named[] = { 0x28, 0xb5, 0x2f, 0xfd, 0x21, 7, 1, 9, 0, 0, 'x' };

	bytes_clear(&packed);
	bytes_add(&packed, skipped, sizeof(skipped));
	CHECK(refuses(0, NO_FRAME));
	pack(text, 100, 3);
	bytes_clear(&opened);
	memmove(packed.data + 10, packed.data, packed.size);
	memcpy(packed.data, skipped, sizeof(skipped));
	packed.size += 10;
	CHECK(refuses(100, NO_FRAME));
	bytes_clear(&packed);
	bytes_add(&packed, old, sizeof(old));
	CHECK(refuses(0, NO_FRAME));
	bytes_clear(&packed);
	bytes_add(&packed, named, sizeof(named));
	CHECK(refuses(1, NO_FRAME));
}

/* A dictionary without an id: the frame does not tell of it, but cannot be opened either. */
static void test_dictionary(void)
{
	ZSTD_CCtx *context = ZSTD_createCCtx();
	uint8_t noise[4000];
	size_t size;

	for (size_t i = 0; i < sizeof(noise); i++)
		noise[i] = (uint8_t)sample_random();

	bytes_clear(&packed);
	bytes_reserve(&packed, 10000);
	ZSTD_CCtx_loadDictionary(context, noise, sizeof(noise));
	size = ZSTD_compress2(context, packed.data, 10000, noise + 1000, 3000);
	packed.size = size;
	CHECK(!ZSTD_isError(size) && size < 100 && open_packed(3000) != 0);
	CHECK(speaks_of(&fault, STATUS_STREAM, "payload"));
	ZSTD_freeCCtx(context);
}

static void test_damaged(void)
{
	pack(text, 2000, 3);
	for (size_t i = 0; i < packed.size * 8; i++) {
		packed.data[i / 8] ^= (uint8_t)(1 << i % 8);
		if (open_packed(2000) != 0)
			CHECK(fault.status == STATUS_STREAM && *fault.text != '\0');
		fault = (struct fault){ 0 };
		packed.data[i / 8] ^= (uint8_t)(1 << i % 8);
	}
	CHECK(opens(2000)); /* no damage is remembered */
}

/* A frame with a window of 2^log bytes, and its content not told, of one raw byte. */
static void make_window(unsigned log)
{
	bytes_clear(&packed);
	bytes_add(&packed, "\x28\xb5\x2f\xfd\0", 5);
	bytes_add_byte(&packed, (uint8_t)((log - 10) << 3));
	bytes_add(&packed, "\x09\0\0x", 4);
}

static void test_window(void)
{
	make_window(10);
	text[0] = 'x';
	CHECK(opens(1));
	make_window(23);
	CHECK(opens(1));
	for (unsigned log = 24; log <= 41; log++) {
		make_window(log);
		CHECK(open_packed(1) == STATUS_STREAM);
		CHECK(speaks_of(&fault, STATUS_STREAM, "the compressed payload is damaged: "));
	}
}

/* 64 MiB of zeros are a few kilobytes: what they claim to be is the most that is ever held. */
static void test_bomb(void)
{
	uint8_t *zeros = calloc(1, 64 << 20);

	pack(zeros, 64 << 20, 3);
	CHECK(packed.size < 10000);
	bytes_close(&opened);
	CHECK(refuses(100, BEYOND));
	CHECK(opened.room < 1000);
	CHECK(refuses(1 << 20, BEYOND));
	CHECK(opened.room < 2 << 20);
	free(zeros);
}

/* The other way round: little that claims to be much takes no more memory than it has. */
static void test_claimed_much(void)
{
	pack(text, 1000, 3);
	bytes_close(&opened);
	CHECK(refuses(1 << 30, UNEQUAL));
	CHECK(opened.room < 1 << 20);
}

int main(void)
{
	static const struct test tests[] = {
		{ "what is packed opens again", test_round },
		{ "packing adds", test_adds },
		{ "claims that are wrong", test_claims },
		{ "cut anywhere", test_truncated },
		{ "bytes and frames behind it", test_behind },
		{ "frames that are none of ours", test_other_frames },
		{ "a dictionary", test_dictionary },
		{ "every bit", test_damaged },
		{ "windows", test_window },
		{ "much that claims to be little", test_bomb },
		{ "little that claims to be much", test_claimed_much },
	};
	int code;

	make_text();
	code = test_run(tests, COUNT(tests));
	bytes_close(&packed);
	bytes_close(&opened);
	compress_close();
	free(text);
	return code;
}
