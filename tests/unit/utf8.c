/* UTF-8 against a decoder that is slow and plain. */
#include "base/utf8.h"

#include "test.h"

static uint64_t state = 88172645463325252;

static uint64_t random_bits(void)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state;
}

/* One character at a time, by the definition; -1 when it is ill-formed. */
static int32_t decode(const uint8_t *at, size_t left, size_t *size)
{
	static const int32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	int32_t code = at[0];

	*size = code < 0x80 ? 1 : code < 0xc0 ? 0 : code < 0xe0 ? 2 : code < 0xf0 ? 3 : 4;
	if (*size == 0 || *size > left || code > 0xf7)
		return -1;
	if (*size > 1)
		code &= 0x7f >> *size;
	for (size_t i = 1; i < *size; i++) {
		if (at[i] >> 6 != 2)
			return -1;
		code = code * 64 + (at[i] & 0x3f);
	}
	if (code < least[*size] || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff))
		return -1;
	return code;
}

static bool naive(const uint8_t *data, size_t size, size_t *characters)
{
	size_t step;

	*characters = 0;
	for (size_t i = 0; i < size; i += step) {
		if (decode(data + i, size - i, &step) < 0)
			return false;
		++*characters;
	}
	return true;
}

static bool agrees(const uint8_t *data, size_t size)
{
	size_t characters;

	if (naive(data, size, &characters))
		return utf8_valid(data, size) && utf8_characters(data, size) == characters;
	return !utf8_valid(data, size);
}

static void test_three_bytes(void)
{
	uint32_t wrong = 0;

	for (uint32_t word = 0; word < 1 << 24; word++) {
		uint8_t data[] = { (uint8_t)(word >> 16), (uint8_t)(word >> 8), (uint8_t)word };

		wrong += !agrees(data, 1 + word % 3);
		wrong += !agrees(data, 3);
	}
	CHECK(wrong == 0);
}

static void test_four_bytes(void)
{
	uint32_t wrong = 0;

	for (uint32_t lead = 0xf0; lead < 0x100; lead++)
		for (uint32_t low = 0; low < 1 << 16; low++) {
			uint8_t data[] = { (uint8_t)lead, (uint8_t)(low >> 8), (uint8_t)low, 0x80 };

			data[3] = (uint8_t)(random_bits() % 8 == 0 ? random_bits() : 0xbf);
			wrong += !agrees(data, 4);
		}
	CHECK(wrong == 0);
}

/* Texts of any length with few faults, so that every path is left at every place. */
static void test_mixed(void)
{
	static const char *const parts[] = {
		"a", "bc", "plain text", "\xc3\xa4", "\xe2\x82\xac", "\xf0\x9f\x98\x80",
		"0123456789012345678901234567890123456789", "\xef\xbf\xbf", "\xf4\x8f\xbf\xbf"
	};
	uint32_t wrong = 0;

	for (int round = 0; round < 100000; round++) {
		uint8_t data[256];
		size_t size = 0;

		for (uint64_t count = random_bits() % 6; count > 0; count--) {
			const char *part = parts[random_bits() % 9];

			memcpy(data + size, part, strlen(part));
			size += strlen(part);
		}
		wrong += !agrees(data, size);
		if (size > 0)
			data[random_bits() % size] ^= (uint8_t)(1 << random_bits() % 8);
		wrong += !agrees(data, size);
		wrong += size > 0 && !agrees(data, size - 1);
	}
	CHECK(wrong == 0);
}

static void test_nul(void)
{
	bool nul = true;

	CHECK(utf8_valid_nul((const uint8_t *)"abc", 3, &nul) && !nul);
	CHECK(utf8_valid_nul((const uint8_t *)"ab\0c", 4, &nul) && nul);
	CHECK(utf8_valid_nul((const uint8_t *)"", 0, &nul) && !nul);
	CHECK(!utf8_valid_nul((const uint8_t *)"\0\xff", 2, &nul));
	CHECK(utf8_valid(NULL, 0) && utf8_characters(NULL, 0) == 0);
}

static size_t encode(uint8_t *to, uint32_t code, bool big_endian)
{
	uint32_t units[2] = { code, 0 };
	size_t count = 1;

	if (code >= 0x10000) {
		units[0] = 0xd800 + ((code - 0x10000) >> 10);
		units[1] = 0xdc00 + (code & 0x3ff);
		count = 2;
	}
	for (size_t i = 0; i < count; i++) {
		to[2 * i + !big_endian] = (uint8_t)(units[i] >> 8);
		to[2 * i + big_endian] = (uint8_t)units[i];
	}
	return 2 * count;
}

/* Every character, between ASCII that comes in runs of changing length. */
static void test_utf16(void)
{
	struct bytes out = { 0 };
	uint32_t wrong = 0;
	uint8_t data[64], text[64];

	for (uint32_t code = 0; code < 0x110000; code++) {
		size_t size = 0, expected = 0;
		bool big = code % 2 != 0;

		if (code >= 0xd800 && code < 0xe000)
			continue;
		for (uint32_t i = 0; i < 1 + code % 11; i++) {
			uint32_t next = i == code % 5 ? code : 'a' + i;

			size += encode(data + size, next, big);
			expected = (size_t)(utf8_put(text + expected, next) - text);
		}
		out.size = 0;
		wrong += !utf8_from_utf16(&out, data, size, big) || out.size != expected ||
			memcmp(out.data, text, expected) != 0 || !agrees(text, expected);
	}
	CHECK(wrong == 0);
	bytes_close(&out);
}

static void test_utf16_ill(void)
{
	struct bytes out = { 0 };

	bytes_add_text(&out, "kept");
	CHECK(!utf8_from_utf16(&out, (const uint8_t *)"\0A\xd8\0\0B", 6, true));
	CHECK(!utf8_from_utf16(&out, (const uint8_t *)"\0A\xd8\0", 4, true));
	CHECK(!utf8_from_utf16(&out, (const uint8_t *)"\xdc\0\xd8\0", 4, true));
	CHECK(!utf8_from_utf16(&out, (const uint8_t *)"A\0B", 3, false));
	CHECK(!utf8_from_utf16(&out, (const uint8_t *)"\0\xd8\0\xd8\0\xdc", 6, false));
	CHECK(out.size == 4 && memcmp(out.data, "kept", 4) == 0);
	CHECK(utf8_from_utf16(&out, (const uint8_t *)"", 0, true) && out.size == 4);
	CHECK(utf8_from_utf16(&out, (const uint8_t *)"\x3d\xd8\0\xde", 4, false));
	CHECK(out.size == 8 && memcmp(out.data + 4, "\xf0\x9f\x98\x80", 4) == 0);
	bytes_close(&out);
}

/* Pairs and runs across the places where the conversion takes new room. */
static void test_utf16_long(void)
{
	enum { UNITS = 100001 };
	static uint8_t data[UNITS * 2];
	struct bytes out = { 0 };

	for (size_t shift = 0; shift < 2; shift++) {
		size_t size = 0;

		if (shift > 0)
			size += encode(data, 'x', false);
		while (size + 4 <= sizeof(data))
			size += encode(data + size, 0x1f600, false);
		out.size = 0;
		CHECK(utf8_from_utf16(&out, data, size, false));
		CHECK(out.size == shift + (size - 2 * shift));
		CHECK(utf8_valid(out.data, out.size));
		CHECK(utf8_characters(out.data, out.size) == shift + size / 4);
	}
	bytes_close(&out);
}

int main(void)
{
	static const struct test tests[] = {
		{"all sequences of three bytes", test_three_bytes},
		{"sequences of four bytes", test_four_bytes},
		{"texts with a fault somewhere", test_mixed},
		{"NUL and nothing", test_nul},
		{"every character from UTF-16", test_utf16},
		{"ill-formed UTF-16", test_utf16_ill},
		{"long UTF-16", test_utf16_long},
	};

	return test_run(tests, sizeof(tests) / sizeof(tests[0]));
}
