/* The ground: buffers that grow, arenas, the printers, XXH3 against its own library. */
#include <xxhash.h>

#include "base/arena.h"
#include "base/bytes.h"
#include "base/hash.h"
#include "base/print.h"
#include "sample.h"

/*
 * --- bytes --------------------------------------------------------------------------------------
 */

static void test_bytes(void)
{
	struct bytes bytes = { 0 };

	bytes_add(&bytes, NULL, 0);
	CHECK(bytes.size == 0 && bytes.data == NULL && !bytes.failed);
	bytes_add_text(&bytes, "ab");
	bytes_add_byte(&bytes, 0);
	bytes_format(&bytes, "%s%d", "c", 17);
	CHECK(bytes.size == 6 && memcmp(bytes.data, "ab\0c17", 6) == 0);
	bytes_clear(&bytes);
	CHECK(bytes.size == 0 && bytes.room >= 6);
	bytes_close(&bytes);
	CHECK(bytes.data == NULL && bytes.room == 0);
}

static void test_bytes_grow(void)
{
	struct bytes bytes = { 0 };
	size_t moves = 0, room = 0;

	for (uint32_t i = 0; i < 200000; i++) {
		bytes_add(&bytes, &i, sizeof(i));
		moves += bytes.room != room;
		room = bytes.room;
	}
	CHECK(bytes.size == 800000 && moves < 40);
	for (uint32_t i = 0; i < 200000; i++)
		if (memcmp(bytes.data + i * sizeof(i), &i, sizeof(i)) != 0 && !CHECK(false))
			break;
	CHECK(bytes_reserve(&bytes, bytes.room - bytes.size) && bytes.room == room);
	bytes_close(&bytes);
}

/* What cannot be had is remembered, costs nothing that was there, and is forgotten by clear. */
static void test_bytes_failed(void)
{
	struct bytes bytes = { 0 };

	bytes_add_text(&bytes, "kept");
	CHECK(!bytes_reserve(&bytes, SIZE_MAX) && bytes.failed);
	CHECK(!bytes_reserve(&bytes, 0) && !bytes_reserve(&bytes, 1));
	bytes_add_text(&bytes, "x");
	bytes_add_byte(&bytes, 'x');
	bytes_format(&bytes, "x");
	CHECK(bytes.size == 4 && memcmp(bytes.data, "kept", 4) == 0);
	bytes_clear(&bytes);
	CHECK(!bytes_reserve(&bytes, SIZE_MAX / 2 + 1) && bytes.failed);
	bytes_clear(&bytes);
	bytes_add_byte(&bytes, 'y');
	CHECK(!bytes.failed && bytes.size == 1);
	bytes_close(&bytes);
}

static void test_bytes_settle(void)
{
	struct arena arena = { 0 };
	struct bytes bytes = { 0 };
	char *text;

	bytes_add_text(&bytes, "ab");
	text = bytes_settle(&bytes, &arena);
	CHECK(text != NULL && strcmp(text, "ab") == 0 && bytes.data == NULL);
	CHECK((text = bytes_settle(&bytes, &arena)) != NULL && *text == '\0');
	bytes_add_text(&bytes, "cd");
	bytes.failed = true;
	CHECK(bytes_settle(&bytes, &arena) == NULL && bytes.data == NULL && !bytes.failed);
	arena_close(&arena);
}

static void test_integers(void)
{
	uint8_t wire[8];

	put_u32(wire, 0x01020304);
	CHECK(memcmp(wire, "\1\2\3\4", 4) == 0 && get_u32(wire) == 0x01020304);
	put_u64(wire, 0xfffefdfcfbfaf9f8);
	CHECK(memcmp(wire, "\xff\xfe\xfd\xfc\xfb\xfa\xf9\xf8", 8) == 0);
	CHECK(get_u64(wire) == 0xfffefdfcfbfaf9f8);
}

/*
 * --- arena --------------------------------------------------------------------------------------
 */

static void test_arena(void)
{
	struct arena arena = { 0 };

	for (size_t i = 0; i < 20000; i++) {
		size_t size = i % 100;
		uint8_t *data = arena_alloc(&arena, size);
		char *text = arena_copy(&arena, "abc", i % 4);

		if (!CHECK(data != NULL && text != NULL && (uintptr_t)data % 16 == 0))
			break;
		for (size_t j = 0; j < size; j++)
			if (data[j] != 0 && !CHECK(false))
				break;
		memset(data, 0xff, size);
		CHECK(strlen(text) == i % 4 && memcmp(text, "abc", i % 4) == 0);
	}
	arena_close(&arena);
	CHECK(arena.block == NULL && arena.next == NULL && arena.left == 0);
}

/* NULL means that there is no memory, and nothing else: not in an empty arena either. */
static void test_arena_empty(void)
{
	struct arena arena = { 0 };

	arena_reset(&arena);
	CHECK(arena_alloc(&arena, 0) != NULL);
	arena_close(&arena);
	CHECK(arena_array(&arena, 0, 24) != NULL);
	arena_close(&arena);
	CHECK(arena_array(&arena, 24, 0) != NULL);
	arena_close(&arena);
}

static void test_arena_sizes(void)
{
	static const size_t sizes[] = { 1, 65535, 65536, 65537, 1 << 20, 3 };
	struct arena arena = { 0 };

	for (size_t i = 0; i < COUNT(sizes); i++) {
		uint8_t *data = arena_alloc(&arena, sizes[i]);

		if (CHECK(data != NULL))
			memset(data, 1, sizes[i]);
	}
	CHECK(arena_alloc(&arena, SIZE_MAX) == NULL && arena_alloc(&arena, SIZE_MAX - 8) == NULL);
	CHECK(arena_copy(&arena, "", SIZE_MAX) == NULL);
	CHECK(arena_array(&arena, SIZE_MAX / 2, 3) == NULL);
	CHECK(arena_array(&arena, (size_t)1 << 33, (size_t)1 << 33) == NULL);
	arena_close(&arena);
}

static void test_arena_reset(void)
{
	struct arena arena = { 0 };
	uint8_t *first;

	for (int i = 0; i < 10; i++)
		arena_alloc(&arena, 50000);
	arena_reset(&arena);
	first = arena_alloc(&arena, 60000);
	if (CHECK(first != NULL))
		memset(first, 7, 60000);
	arena_reset(&arena);
	CHECK(arena_alloc(&arena, 60000) == first); /* no more memory, and zeroed again */
	CHECK(first[0] == 0 && first[59999] == 0);
	arena_close(&arena);
}

static void test_arena_format(void)
{
	struct arena arena = { 0 };
	const char *text = arena_format(&arena, "%s %d", "x", 5);

	CHECK(text != NULL && strcmp(text, "x 5") == 0);
	text = arena_format(&arena, "%*d", 70000, 1);
	CHECK(text != NULL && strlen(text) == 70000);
	text = arena_text(&arena, "");
	CHECK(text != NULL && *text == '\0');
	arena_close(&arena);
}

/*
 * --- print --------------------------------------------------------------------------------------
 */

struct print_case {
	const char *text;
	const char *visible;
	const char *json;
};

static const struct print_case prints[] = {
	{ "", "", "\"\"" },
	{ "a \"b\" \\", "a \"b\" \\", "\"a \\\"b\\\" \\\\\"" },
	{ "\x1b[2J\r\n\t\x7f", "\\x1b[2J\\x0d\\n\\t\\x7f", "\"\\u001b[2J\\u000d\\n\\t\\u007f\"" },
	{ "\xc3\xb6\xe2\x82\xac\xf0\x9f\x98\x80", "\xc3\xb6\xe2\x82\xac\xf0\x9f\x98\x80",
		"\"\xc3\xb6\xe2\x82\xac\xf0\x9f\x98\x80\"" },
	{ "\xc2\x9b" "31m", "\\u{9b}31m", "\"\\u009b31m\"" },              /* C1: CSI */
	{ "\xe2\x80\xae" "x", "\\u{202e}x", "\"\\u202ex\"" },              /* right to left */
	{ "\xe2\x81\xa6" "x", "\\u{2066}x", "\"\\u2066x\"" },              /* an isolate */
	{ "\xe2\x80\xa8", "\\u{2028}", "\"\\u2028\"" },                    /* a line separator */
	{ "\xef\xbb\xbf", "\\u{feff}", "\"\\ufeff\"" },
	{ "\xf3\xa0\x81\x81", "\\u{e0041}", "\"\\udb40\\udc41\"" },        /* a tag character */
	{ "a\xff" "b\xc3", "a\\xffb\\xc3", "\"a\xef\xbf\xbd" "b\xef\xbf\xbd\"" },
	{ "\xed\xa0\x80", "\\xed\\xa0\\x80", "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"" },
	{ "\xc0\xaf", "\\xc0\\xaf", "\"\xef\xbf\xbd\xef\xbf\xbd\"" },      /* overlong */
	{ "\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80",
		"\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"" },
};

static bool is_text(struct bytes *bytes, const char *text)
{
	bool same = bytes->size == strlen(text) && memcmp(bytes->data, text, bytes->size) == 0;

	if (!same)
		printf("# \"%.*s\" is not \"%s\"\n", (int)bytes->size, (char *)bytes->data, text);
	bytes_clear(bytes);
	return same;
}

static void test_print(void)
{
	struct bytes to = { 0 };

	bytes_add_byte(&to, 'x');
	bytes_clear(&to);
	for (size_t i = 0; i < COUNT(prints); i++) {
		print_visible(&to, prints[i].text, strlen(prints[i].text));
		CHECK(is_text(&to, prints[i].visible));
		print_json(&to, prints[i].text, strlen(prints[i].text));
		CHECK(is_text(&to, prints[i].json));
	}
	print_visible(&to, "a\0b", 3);
	CHECK(is_text(&to, "a\\x00b"));
	print_json(&to, "a\0b", 3);
	CHECK(is_text(&to, "\"a\\u0000b\""));
	print_hex(&to, "\x00\xff\x1a", 3);
	CHECK(is_text(&to, "00ff1a"));
	bytes_close(&to);
}

static bool is_markup(const char *text, bool lines, const char *expected)
{
	struct bytes to = { 0 };
	bool same;

	bytes_reserve(&to, 1);
	print_markup(&to, text, strlen(text), lines);
	same = is_text(&to, expected);
	bytes_close(&to);
	return same;
}

static void test_print_markup(void)
{
	CHECK(is_markup("", true, ""));
	CHECK(is_markup("</pre><script a=\"b\" c='d'>&amp;", false,
		"&lt;/pre&gt;&lt;script a=&quot;b&quot; c=&#39;d&#39;&gt;&amp;amp;"));
	CHECK(is_markup("a\n\tb\r", true, "a\n\tb\\x0d"));
	CHECK(is_markup("a\n\tb\r", false, "a\\n\\tb\\x0d"));
	CHECK(is_markup("\x1b[2J\xff", true, "\\x1b[2J\\xff"));
	CHECK(is_markup("\xe2\x80\xaex", true, "\\u{202e}x"));
	CHECK(is_markup("\xef\xbf\xbe\xef\xbf\xbf\xef\xbf\xbd", true,
		"\\u{fffe}\\u{ffff}\xef\xbf\xbd"));
	CHECK(is_markup("\xf0\x9f\xbf\xbe", true, "\\u{1fffe}"));
	CHECK(is_markup("\xd7\x90\xf0\x9f\x98\x80", true, "\xd7\x90\xf0\x9f\x98\x80"));
}

/* Nothing that moves a cursor comes out, whatever goes in. */
static void test_print_any(void)
{
	struct bytes to = { 0 };
	uint8_t text[24];

	for (int i = 0; i < 50000; i++) {
		bool clean = true;

		for (size_t j = 0; j < sizeof(text); j++)
			text[j] = (uint8_t)(sample_random() >> (8 * sample_below(8)));
		bytes_clear(&to);
		print_visible(&to, text, sizeof(text));
		print_json(&to, text, sizeof(text));
		for (size_t j = 0; j < to.size; j++)
			clean &= to.data[j] >= 0x20 && to.data[j] != 0x7f &&
				!(to.data[j] == 0xc2 && to.data[j + 1] < 0xa0);
		if (!clean && !CHECK(clean))
			break;
	}
	bytes_close(&to);
}

/*
 * --- hash ---------------------------------------------------------------------------------------
 */

static bool same_hash(struct hash128 ours, XXH128_hash_t theirs)
{
	return ours.high == theirs.high64 && ours.low == theirs.low64;
}

/* Vectors of the specification: they may never change, or old archives are lost. */
static void test_hash_vectors(void)
{
	uint8_t wire[16];

	CHECK(hash_64("", 0, 0) == 0x2d06800538d394c2);
	hash_put(wire, hash_128("", 0));
	CHECK(memcmp(wire, "\x99\xaa\x06\xd3\x01\x47\x98\xd8\x60\x01\xc3\x24\x46\x8d\x49\x7f",
		16) == 0);
}

static void test_hash_library(void)
{
	static uint8_t data[5000];

	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (uint8_t)sample_random();
	for (size_t size = 0; size < sizeof(data); size += size < 600 ? 1 : 97) {
		uint64_t seed = sample_bits();

		CHECK(hash_64(data, size, seed) == XXH3_64bits_withSeed(data, size, seed));
		CHECK(hash_64(data, size, 0) == XXH3_64bits(data, size));
		CHECK(same_hash(hash_128(data, size), XXH3_128bits(data, size)));
	}
}

static void test_hash_stream(void)
{
	static uint8_t data[3000];
	struct hash_stream stream;

	for (int i = 0; i < 300; i++) {
		size_t size = sample_below(sizeof(data)), done = 0;

		data[sample_below(sizeof(data))] ^= (uint8_t)sample_random();
		hash_begin(&stream);
		while (done < size) {
			size_t piece = 1 + sample_below(size - done);

			hash_add(&stream, data + done, piece);
			done += piece;
			CHECK(same_hash(hash_result(&stream), XXH3_128bits(data, done)));
		}
	}
}

static void test_hash_sum(void)
{
	struct hash128 sum = { 0, UINT64_MAX }, back = { 0 }, list[50];

	hash_sum(&sum, (struct hash128){ 0, 1 });
	CHECK(sum.high == 1 && sum.low == 0);
	hash_sum(&sum, (struct hash128){ UINT64_MAX, 0 });
	CHECK(sum.high == 0 && sum.low == 0);
	sum = (struct hash128){ UINT64_MAX, UINT64_MAX };
	hash_sum(&sum, (struct hash128){ UINT64_MAX, UINT64_MAX });
	CHECK(sum.high == UINT64_MAX && sum.low == UINT64_MAX - 1);
	sum = (struct hash128){ 0 };
	for (size_t i = 0; i < COUNT(list); i++) {
		list[i] = (struct hash128){ sample_random(), sample_random() };
		hash_sum(&sum, list[i]);
	}
	for (size_t i = COUNT(list); i-- > 0;)
		hash_sum(&back, list[i]);
	CHECK(sum.high == back.high && sum.low == back.low);
}

int main(void)
{
	static const struct test tests[] = {
		{ "bytes: what is added is there", test_bytes },
		{ "bytes: they grow seldom", test_bytes_grow },
		{ "bytes: a failed allocation is remembered", test_bytes_failed },
		{ "bytes: what they held is a text", test_bytes_settle },
		{ "bytes: integers are big-endian", test_integers },
		{ "arena: zeroed, aligned, apart", test_arena },
		{ "arena: nothing of an empty one", test_arena_empty },
		{ "arena: sizes around a block, and none that overflow", test_arena_sizes },
		{ "arena: reset keeps one block", test_arena_reset },
		{ "arena: texts", test_arena_format },
		{ "print: what is invisible is shown", test_print },
		{ "print: as markup", test_print_markup },
		{ "print: nothing moves the cursor", test_print_any },
		{ "hash: vectors", test_hash_vectors },
		{ "hash: the same as the library's", test_hash_library },
		{ "hash: pieces are the whole", test_hash_stream },
		{ "hash: sums carry and commute", test_hash_sum },
	};

	return test_run(tests, COUNT(tests));
}
