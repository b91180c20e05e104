/* Each value has its one form; msgpack-c is the other opinion. */
#include "wire/pack.h"

#include <stdlib.h>

#include "oracle.h"
#include "sample.h"
#include "wire/unpack.h"

enum { ROOM = 70000 };

static uint8_t data[ROOM];

/* The value's bytes are these, and no others. */
static bool packs(const struct value *value, const char *wire, size_t size)
{
	struct bytes to = { 0 };
	bool same;

	pack_value(&to, value);
	same = !to.failed && to.size == size && memcmp(to.data, wire, size) == 0;
	bytes_close(&to);
	return same;
}

#define PACKS(value, wire) packs(&(value), wire, sizeof(wire) - 1)

struct integer_case {
	int64_t integer;
	const char *wire;
	size_t size;
};

#define INTEGER(integer, wire) { integer, wire, sizeof(wire) - 1 }

static const struct integer_case integers[] = {
	INTEGER(0, "\x00"),
	INTEGER(1, "\x01"),
	INTEGER(127, "\x7f"),
	INTEGER(128, "\xcc\x80"),
	INTEGER(255, "\xcc\xff"),
	INTEGER(256, "\xcd\x01\x00"),
	INTEGER(65535, "\xcd\xff\xff"),
	INTEGER(65536, "\xce\x00\x01\x00\x00"),
	INTEGER(4294967295, "\xce\xff\xff\xff\xff"),
	INTEGER(4294967296, "\xcf\x00\x00\x00\x01\x00\x00\x00\x00"),
	INTEGER(INT64_MAX, "\xcf\x7f\xff\xff\xff\xff\xff\xff\xff"),
	INTEGER(-1, "\xff"),
	INTEGER(-32, "\xe0"),
	INTEGER(-33, "\xd0\xdf"),
	INTEGER(-128, "\xd0\x80"),
	INTEGER(-129, "\xd1\xff\x7f"),
	INTEGER(-32768, "\xd1\x80\x00"),
	INTEGER(-32769, "\xd2\xff\xff\x7f\xff"),
	INTEGER(-2147483648, "\xd2\x80\x00\x00\x00"),
	INTEGER(-2147483649, "\xd3\xff\xff\xff\xff\x7f\xff\xff\xff"),
	INTEGER(INT64_MIN, "\xd3\x80\x00\x00\x00\x00\x00\x00\x00"),
};

static void test_integers(void)
{
	for (size_t i = 0; i < COUNT(integers); i++) {
		struct value value = integer_value(integers[i].integer), back;
		struct unpacker cursor = unpack_begin(integers[i].wire, integers[i].size);
		struct bytes to = { 0 };

		CHECK(packs(&value, integers[i].wire, integers[i].size));
		CHECK(unpack_value(&cursor, &back) && unpack_end(&cursor));
		CHECK(same_value(&value, &back));
		pack_integer(&to, integers[i].integer);
		CHECK(to.size == integers[i].size);
		CHECK(memcmp(to.data, integers[i].wire, to.size) == 0);
		bytes_close(&to);
	}
}

static void test_plain(void)
{
	static const uint8_t signals[] = { 0x7f, 0xf0, 0, 0, 0, 0, 0, 1 };
	uint64_t bits = get_u64(signals);
	struct value null = { .kind = VALUE_NULL };
	struct value yes = { .kind = VALUE_BOOL, .truth = true };
	struct value no = { .kind = VALUE_BOOL };
	struct value real = { .kind = VALUE_REAL, .real = 1.5 };

	CHECK(PACKS(null, "\xc0") && PACKS(yes, "\xc3") && PACKS(no, "\xc2"));
	CHECK(PACKS(real, "\xcb\x3f\xf8\x00\x00\x00\x00\x00\x00"));
	real.real = -0.0;
	CHECK(PACKS(real, "\xcb\x80\x00\x00\x00\x00\x00\x00\x00"));
	real.real = HUGE_VAL;
	CHECK(PACKS(real, "\xcb\x7f\xf0\x00\x00\x00\x00\x00\x00"));
	real.real = -HUGE_VAL;
	CHECK(PACKS(real, "\xcb\xff\xf0\x00\x00\x00\x00\x00\x00"));
	memcpy(&real.real, &bits, sizeof(bits)); /* a NaN that signals, and all others, are one */
	CHECK(PACKS(real, "\xcb\x7f\xf8\x00\x00\x00\x00\x00\x00"));
	real.real = -__builtin_nan("0x123");
	CHECK(PACKS(real, "\xcb\x7f\xf8\x00\x00\x00\x00\x00\x00"));
}

struct size_case {
	enum value_kind kind;
	uint32_t size;
	const char *head; /* what stands before the data */
	size_t head_size;
};

#define SIZE(kind, size, head) { VALUE_ ## kind, size, head, sizeof(head) - 1 }

static const struct size_case sizes[] = {
	SIZE(TEXT, 0, "\xa0"), SIZE(TEXT, 31, "\xbf"), SIZE(TEXT, 32, "\xd9\x20"),
	SIZE(TEXT, 33, "\xd9\x21"), SIZE(TEXT, 255, "\xd9\xff"), SIZE(TEXT, 256, "\xda\x01\x00"),
	SIZE(TEXT, 65535, "\xda\xff\xff"), SIZE(TEXT, 65536, "\xdb\x00\x01\x00\x00"),
	SIZE(BYTES, 0, "\xc4\x00"), SIZE(BYTES, 1, "\xc4\x01"), SIZE(BYTES, 255, "\xc4\xff"),
	SIZE(BYTES, 256, "\xc5\x01\x00"), SIZE(BYTES, 65535, "\xc5\xff\xff"),
	SIZE(BYTES, 65536, "\xc6\x00\x01\x00\x00"),
	SIZE(BAD_UTF8, 0, "\xc7\x00\x01"), SIZE(BAD_UTF8, 1, "\xd4\x01"),
	SIZE(BAD_UTF8, 2, "\xd5\x01"), SIZE(BAD_UTF8, 3, "\xc7\x03\x01"),
	SIZE(BAD_UTF8, 4, "\xd6\x01"), SIZE(BAD_UTF8, 5, "\xc7\x05\x01"),
	SIZE(BAD_UTF8, 7, "\xc7\x07\x01"), SIZE(BAD_UTF8, 8, "\xd7\x01"),
	SIZE(BAD_UTF8, 9, "\xc7\x09\x01"), SIZE(BAD_UTF8, 15, "\xc7\x0f\x01"),
	SIZE(BAD_UTF8, 16, "\xd8\x01"), SIZE(BAD_UTF8, 17, "\xc7\x11\x01"),
	SIZE(BAD_UTF16, 255, "\xc7\xff\x02"), SIZE(BAD_UTF16, 256, "\xc8\x01\x00\x02"),
	SIZE(BAD_UTF16, 65535, "\xc8\xff\xff\x02"),
	SIZE(BAD_UTF16, 65536, "\xc9\x00\x01\x00\x00\x02"),
};

/* At limit - 1, limit and limit + 1 of every form of length; cut short, each is refused. */
static void test_sizes(void)
{
	memset(data, 'x', sizeof(data));
	for (size_t i = 0; i < COUNT(sizes); i++) {
		struct value value = { .kind = sizes[i].kind, .size = sizes[i].size }, back;
		struct bytes to = { 0 };
		struct unpacker cursor;

		value.data = data;
		pack_value(&to, &value);
		CHECK(to.size == sizes[i].head_size + sizes[i].size);
		CHECK(memcmp(to.data, sizes[i].head, sizes[i].head_size) == 0);
		CHECK(memcmp(to.data + sizes[i].head_size, data, sizes[i].size) == 0);
		cursor = unpack_begin(to.data, to.size);
		CHECK(unpack_value(&cursor, &back) && unpack_end(&cursor));
		CHECK(same_value(&value, &back));
		for (size_t cut = 1; cut < 12 && cut <= to.size; cut++) {
			cursor = unpack_begin(to.data, to.size - cut);
			CHECK(!unpack_value(&cursor, &back));
			CHECK(strcmp(cursor.why, "it ends in the middle of a value") == 0);
		}
		bytes_close(&to);
	}
}

static void check_counted(void (*pack)(struct bytes *, uint32_t),
	bool (*unpack)(struct unpacker *, uint32_t *), uint8_t fix, uint8_t wide, uint32_t each)
{
	static const uint32_t counts[] = { 0, 1, 14, 15, 16, 17, 65534, 65535, 65536, 65537 };
	static uint8_t wire[5 + 2 * 65537];

	for (size_t i = 0; i < COUNT(counts); i++) {
		uint32_t count = counts[i], back = 0;
		size_t head = count < 16 ? 1 : count < 65536 ? 3 : 5;
		uint32_t lead = head == 1 ? fix + count : wide + (head == 5 ? 1u : 0u);
		struct bytes to = { 0 };
		struct unpacker cursor = unpack_begin(wire, head + (size_t)count * each);

		pack(&to, count);
		CHECK(to.size == head);
		CHECK(to.data[0] == lead);
		memcpy(wire, to.data, to.size);
		CHECK(unpack(&cursor, &back) && back == count);
		cursor = unpack_begin(wire, head + (size_t)count * each + 1);
		CHECK(unpack(&cursor, &back) && back == count);
		cursor = unpack_begin(wire, head + (size_t)count * each - 1);
		CHECK(!unpack(&cursor, &back)); /* one byte too few for what it claims */
		bytes_close(&to);
	}
}

static void test_counts(void)
{
	check_counted(pack_array, unpack_array, 0x90, 0xdc, 1);
	check_counted(pack_map, unpack_map, 0x80, 0xde, 2);
}

/* Whatever is packed is what msgpack-c packs, and both read it as it was. */
static void test_identity(void)
{
	msgpack_sbuffer theirs;
	msgpack_zone zone;

	msgpack_sbuffer_init(&theirs);
	msgpack_zone_init(&zone, 8192);
	for (int i = 0; i < 200000; i++) {
		struct value value = sample_value(data, i % 1000 == 0 ? ROOM : 300), back, other;
		struct bytes to = { 0 };
		struct unpacker cursor;
		size_t used = 0;
		bool same;

		msgpack_sbuffer_clear(&theirs);
		oracle_write(&theirs, &value);
		pack_value(&to, &value);
		same = to.size == theirs.size && memcmp(to.data, theirs.data, to.size) == 0;
		cursor = unpack_begin(to.data, to.size);
		same &= unpack_value(&cursor, &back) && unpack_end(&cursor);
		same = same && same_value(&value, &back);
		same = same && oracle_read(&zone, to.data, to.size, &used, &other);
		same = same && used == to.size && same_value(&value, &other);
		bytes_close(&to);
		if (!CHECK(same))
			break;
	}
	msgpack_zone_destroy(&zone);
	msgpack_sbuffer_destroy(&theirs);
}

/* A row is what its cells are one by one, whatever the buffer held before. */
static void test_rows(void)
{
	static uint8_t texts[64][400];
	struct bytes row = { 0 }, single = { 0 };

	for (int i = 0; i < 20000; i++) {
		struct value cells[64], back[64];
		uint32_t count = (uint32_t)sample_below(64);
		struct unpacker cursor;
		bool same;

		for (uint32_t j = 0; j < count; j++)
			cells[j] = sample_value(texts[j], sizeof(texts[j]));
		if (i % 8 == 0)
			bytes_close(&row); /* so that it grows within a row, too */
		bytes_clear(&row);
		bytes_clear(&single);
		pack_row(&row, cells, count);
		pack_array(&single, count);
		for (uint32_t j = 0; j < count; j++)
			pack_value(&single, &cells[j]);
		same = row.size == single.size && memcmp(row.data, single.data, row.size) == 0;
		cursor = unpack_begin(row.data, row.size);
		same &= unpack_row(&cursor, back, count) && unpack_end(&cursor);
		for (uint32_t j = 0; j < count && same; j++)
			same = same_value(&cells[j], &back[j]);
		if (!CHECK(same))
			break;
	}
	bytes_close(&row);
	bytes_close(&single);
}

static void test_helpers(void)
{
	struct bytes to = { 0 };

	pack_text(&to, "a\xc3\xb6");
	pack_bytes(&to, "\0\1", 2);
	pack_offset(&to, 5);
	pack_offset(&to, UINT64_MAX);
	CHECK(to.size == 26 && memcmp(to.data, "\xa3" "a\xc3\xb6" "\xc4\x02\0\1"
		"\xcf\0\0\0\0\0\0\0\5" "\xcf\xff\xff\xff\xff\xff\xff\xff\xff", 26) == 0);
	bytes_close(&to);
}

int main(void)
{
	static const struct test tests[] = {
		{ "integers at the ends of every form", test_integers },
		{ "null, booleans, reals", test_plain },
		{ "lengths at the ends of every form", test_sizes },
		{ "counts at the ends of every form", test_counts },
		{ "random values are the same to us and to msgpack-c", test_identity },
		{ "rows are their cells", test_rows },
		{ "texts, bytes, offsets", test_helpers },
	};

	return test_run(tests, COUNT(tests));
}
