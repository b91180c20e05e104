/*
 * Exactly the forms that pack.c writes are taken.  msgpack-c says what bytes mean and how it would
 * write that: every encoding of up to three bytes is compared, and many mutated longer ones.
 */
#include "wire/unpack.h"

#include "oracle.h"
#include "sample.h"

static msgpack_zone zone;
static msgpack_sbuffer scratch;

/* Ours takes the bytes as one value, whole. */
static bool takes(const uint8_t *data, size_t size, struct value *value)
{
	struct unpacker cursor = unpack_begin(data, size);

	return unpack_value(&cursor, value) && unpack_end(&cursor);
}

/* Both take it, as the same value, or both refuse it. */
static bool agree(const uint8_t *data, size_t size)
{
	struct value ours, theirs;
	bool taken = takes(data, size, &ours);

	if (taken != oracle_takes(&zone, &scratch, data, size, &theirs) ||
		(taken && !same_value(&ours, &theirs))) {
		printf("# %s:", taken ? "taken" : "refused");
		for (size_t i = 0; i < size && i < 32; i++)
			printf(" %02x", data[i]);
		printf("\n");
		return false;
	}
	return true;
}

static void test_short(void)
{
	uint8_t data[3] = { 0 };

	CHECK(agree(data, 0));
	for (unsigned i = 0; i < 1 << 8; i++) {
		data[0] = (uint8_t)i;
		CHECK(agree(data, 1));
	}
	for (unsigned i = 0; i < 1 << 16; i++) {
		data[0] = (uint8_t)(i >> 8);
		data[1] = (uint8_t)i;
		if (!agree(data, 2) && !CHECK(false))
			return;
	}
	for (unsigned i = 0; i < 1 << 24; i++) {
		data[0] = (uint8_t)(i >> 16);
		data[1] = (uint8_t)(i >> 8);
		data[2] = (uint8_t)i;
		if (!agree(data, 3) && !CHECK(false))
			return;
	}
}

/* For every first byte: lengths and numbers that are just, too small, and too large. */
static void test_leads(void)
{
	static const uint8_t fills[] = { 0x00, 0x01, 0x02, 0x1f, 0x20, 0x7f, 0x80, 0xff };
	uint8_t data[300];

	for (unsigned lead = 0; lead < 256; lead++)
		for (size_t fill = 0; fill < sizeof(fills); fill++)
			for (size_t at = 0; at < 10; at++)
				for (size_t size = 1; size < 280; size++) {
					memset(data, 0, sizeof(data));
					data[0] = (uint8_t)lead;
					data[1 + at] = fills[fill];
					if (!agree(data, size) && !CHECK(false))
						return;
				}
}

/* A well-formed value, then a few bytes of it changed, added, or taken away. */
static void test_mutated(void)
{
	static uint8_t data[70000];
	struct bytes wire = { 0 };
	unsigned taken = 0;

	for (int i = 0; i < 500000; i++) {
		struct value value = sample_value(data, i % 2000 == 0 ? sizeof(data) : 300);
		size_t head;

		bytes_clear(&wire);
		pack_value(&wire, &value);
		head = wire.size < 9 ? wire.size : 9;
		for (uint64_t n = sample_below(3); n > 0; n--)
			wire.data[sample_below(sample_below(3) ? head : wire.size)] ^=
				(uint8_t)(1u << sample_below(8));
		if (sample_below(4) == 0)
			wire.size -= sample_below(wire.size);
		else if (sample_below(4) == 0)
			bytes_add_byte(&wire, (uint8_t)sample_random());
		taken += takes(wire.data, wire.size, &value);
		if (!agree(wire.data, wire.size) && !CHECK(false))
			break;
	}
	CHECK(taken > 50000 && taken < 450000); /* both answers were put to the test */
	bytes_close(&wire);
}

struct refusal {
	const char *wire;
	size_t size;
	const char *why;
};

#define REFUSAL(wire, why) { wire, sizeof(wire) - 1, why }
#define ENDS "it ends in the middle of a value"
#define LONGER "a number is not in its shortest form"
#define KIND "a value is of a kind that no cell has"
#define MAXIMUM "an integer is above 2^63-1"
#define NOT_A_NUMBER "a NaN is not in its one form"

static const struct refusal refusals[] = {
	REFUSAL("", ENDS),
	REFUSAL("\xcc", ENDS), REFUSAL("\xcc\x7f", LONGER),
	REFUSAL("\xcd\x00\xff", LONGER), REFUSAL("\xce\x00\x00\xff\xff", LONGER),
	REFUSAL("\xcf\x00\x00\x00\x00\xff\xff\xff\xff", LONGER),
	REFUSAL("\xcf\x80\x00\x00\x00\x00\x00\x00\x00", MAXIMUM),
	REFUSAL("\xcf\xff\xff\xff\xff\xff\xff\xff\xff", MAXIMUM),
	REFUSAL("\xd0\xe0", LONGER), REFUSAL("\xd0\x00", LONGER), REFUSAL("\xd0\x7f", LONGER),
	REFUSAL("\xd1\xff\x80", LONGER), REFUSAL("\xd1\x01\x00", LONGER),
	REFUSAL("\xd2\xff\xff\x80\x00", LONGER), REFUSAL("\xd2\x7f\xff\xff\xff", LONGER),
	REFUSAL("\xd3\xff\xff\xff\xff\x80\x00\x00\x00", LONGER),
	REFUSAL("\xd3\x7f\xff\xff\xff\xff\xff\xff\xff", LONGER),
	REFUSAL("\xcb\x7f\xf8\x00\x00\x00\x00\x00\x01", NOT_A_NUMBER),
	REFUSAL("\xcb\xff\xf8\x00\x00\x00\x00\x00\x00", NOT_A_NUMBER),
	REFUSAL("\xcb\x7f\xf0\x00\x00\x00\x00\x00\x01", NOT_A_NUMBER),
	REFUSAL("\xcb\xff\xff\xff\xff\xff\xff\xff\xff", NOT_A_NUMBER),
	REFUSAL("\xcb\x7f\xf8\x00\x00\x00\x00\x00", ENDS),
	REFUSAL("\xca\x3f\x80\x00\x00", KIND), REFUSAL("\xc1", KIND),
	REFUSAL("\x80", KIND), REFUSAL("\x90", KIND), REFUSAL("\x91\xc0", KIND),
	REFUSAL("\xdc\x00\x00", KIND), REFUSAL("\xdd\xff\xff\xff\xff", KIND),
	REFUSAL("\xde\x00\x00", KIND), REFUSAL("\xdf\xff\xff\xff\xff", KIND),
	REFUSAL("\xa1", ENDS), REFUSAL("\xa1\xff", "a text is not UTF-8"),
	REFUSAL("\xa2\xc0\xaf", "a text is not UTF-8"),
	REFUSAL("\xa3\xed\xa0\x80", "a text is not UTF-8"),
	REFUSAL("\xa2\xe2\x82", "a text is not UTF-8"),
	REFUSAL("\xd9\x1f" "0123456789012345678901234567890", LONGER),
	REFUSAL("\xdb\xff\xff\xff\xff", ENDS), REFUSAL("\xc6\xff\xff\xff\xff" "x", ENDS),
	REFUSAL("\xc5\x00\xff", LONGER), REFUSAL("\xc6\x00\x00\xff\xff", LONGER),
	REFUSAL("\xd4\x00\x00", "an extension type is unknown"),
	REFUSAL("\xd4\x03\x00", "an extension type is unknown"),
	REFUSAL("\xd6\xff\x00\x00\x00\x00", "an extension type is unknown"), /* a timestamp */
	REFUSAL("\xc7\x01\x01\x00", LONGER), REFUSAL("\xc7\x10\x01", LONGER),
	REFUSAL("\xc8\x00\x00\x01", LONGER), REFUSAL("\xc9\x00\x00\x00\x00\x01", LONGER),
	REFUSAL("\xc9\xff\xff\xff\xff\x01", ENDS), REFUSAL("\xd4\x01", ENDS), REFUSAL("\xd4", ENDS),
};

static void test_refusals(void)
{
	for (size_t i = 0; i < COUNT(refusals); i++) {
		struct unpacker cursor = unpack_begin(refusals[i].wire, refusals[i].size);
		struct value value;

		if (!CHECK(!unpack_value(&cursor, &value)) || !CHECK(cursor.why != NULL) ||
			!CHECK(strcmp(cursor.why, refusals[i].why) == 0))
			printf("# refusal %zu: %s\n", i, cursor.why == NULL ? "" : cursor.why);
	}
}

static const char items[] = "it claims more items than it has bytes";
static const char missing[] = "an array or a map is missing where one must stand";

/* Claims are held against the bytes that are there, before anything is done with them. */
static void test_claims(void)
{
	static const struct refusal arrays[] = {
		REFUSAL("\xdd\xff\xff\xff\xff", items), REFUSAL("\x91", items),
		REFUSAL("\xdc\x00\x10" "0123456789abcde", items), REFUSAL("\xdc\x00\x0f", LONGER),
		REFUSAL("\xdd\x00\x00\xff\xff", LONGER), REFUSAL("\xdc\x00", ENDS),
		REFUSAL("", ENDS),
		REFUSAL("\x80", missing), REFUSAL("\xc0", missing),
		REFUSAL("\xde\x00\x10", missing),
	};
	static const struct refusal maps[] = {
		REFUSAL("\xdf\xff\xff\xff\xff", items), REFUSAL("\x81" "a", items),
		REFUSAL("\xde\x00\x10" "0123456789abcdef0123456789abcde", items),
		REFUSAL("\xdf\x80\x00\x00\x00" "ab", items), /* twice of it is 0 in 32 bits */
		REFUSAL("\xde\x00\x0f", LONGER), REFUSAL("\xdf\x00\x00\xff\xff", LONGER),
		REFUSAL("\x90", missing), REFUSAL("\xdc\x00\x10", missing), REFUSAL("", ENDS),
	};
	struct unpacker cursor;
	uint32_t count;

	for (size_t i = 0; i < COUNT(arrays); i++) {
		cursor = unpack_begin(arrays[i].wire, arrays[i].size);
		CHECK(!unpack_array(&cursor, &count) && strcmp(cursor.why, arrays[i].why) == 0);
	}
	for (size_t i = 0; i < COUNT(maps); i++) {
		cursor = unpack_begin(maps[i].wire, maps[i].size);
		CHECK(!unpack_map(&cursor, &count) && strcmp(cursor.why, maps[i].why) == 0);
	}
}

static bool row_fails(const char *wire, size_t size, uint32_t count, const char *why)
{
	struct unpacker cursor = unpack_begin(wire, size);
	struct value cells[4];

	return !unpack_row(&cursor, cells, count) && strcmp(cursor.why, why) == 0;
}

static void test_rows(void)
{
	static const char cells[] = "a row has not as many cells as its table has columns";
	struct unpacker cursor = unpack_begin("\x90", 1);

	CHECK(unpack_row(&cursor, NULL, 0) && unpack_end(&cursor));
	CHECK(row_fails("\x92\xc0\xc0", 3, 3, cells) && row_fails("\x92\xc0\xc0", 3, 1, cells));
	CHECK(row_fails("\x92\xc0\xc0", 3, 0, cells));
	CHECK(row_fails("\x92\xc0", 2, 2, items) && row_fails("\x92\xc0\xa1", 3, 2, ENDS));
	CHECK(row_fails("\x91\x91\xc0", 3, 1, KIND)); /* rows have depth one */
	CHECK(row_fails("\x91\x80", 2, 1, KIND) && row_fails("\xc0", 1, 1, missing));
	CHECK(row_fails("\xdd\x1f\xff\xff\xff", 5, 4, items));
}

static void test_ends(void)
{
	struct unpacker cursor = unpack_begin("\xc0\xc0", 2);
	struct value value;
	uint64_t offset = 0;

	CHECK(unpack_value(&cursor, &value) && !unpack_end(&cursor));
	CHECK(strcmp(cursor.why, "bytes are left over behind its last value") == 0);
	cursor = unpack_begin("\xcf\0\0\0\0\0\0\0\7", 9);
	CHECK(unpack_offset(&cursor, &offset) && offset == 7 && unpack_end(&cursor));
	cursor = unpack_begin("\xcf\0\0\0\0\0\0\0\7", 8);
	CHECK(!unpack_offset(&cursor, &offset));
	cursor = unpack_begin("\x07\0\0\0\0\0\0\0\7", 9);
	CHECK(!unpack_offset(&cursor, &offset));
	CHECK(strcmp(cursor.why, "the offset of the index is not in its one form") == 0);
}

int main(void)
{
	static const struct test tests[] = {
		{ "all encodings of up to three bytes", test_short },
		{ "every first byte with lengths of all sizes", test_leads },
		{ "values that were changed a little", test_mutated },
		{ "each refusal has its reason", test_refusals },
		{ "claims of more items than bytes", test_claims },
		{ "rows", test_rows },
		{ "ends and offsets", test_ends },
	};
	int code;

	msgpack_zone_init(&zone, 8192);
	msgpack_sbuffer_init(&scratch);
	code = test_run(tests, COUNT(tests));
	msgpack_sbuffer_destroy(&scratch);
	msgpack_zone_destroy(&zone);
	return code;
}
