/*
 * A record with a field of every kind: it comes back as it went, and whatever is not what would be
 * written is refused, each with its message.
 */
#include "wire/record.h"

#include <stdlib.h>

#include "row/schema.h"
#include "sample.h"
#include "wire/pack.h"

struct inner {
	const char *word;
	uint64_t number;
};

struct outer {
	bool flag;
	uint32_t narrow;
	uint64_t count;
	int64_t integer;
	double real;
	const char *text;
	struct texts texts;
	uint8_t hash[16];
	struct inner *one;
	struct inner *many;
	size_t many_count;
	uint64_t named[3];
	uint64_t offset;
};

#define FIELD(text, what, type, member) \
	.key = text, .kind = what, .offset = offsetof(struct type, member)

static const char *const names[] = { "x", "y", "z" };

static const struct field inner_fields[] = {
	{ FIELD("word", FIELD_TEXT, inner, word), .flags = FIELD_MUST },
	{ FIELD("number", FIELD_COUNT, inner, number) },
};
static const struct record inner_record = { "INNER", sizeof(struct inner), inner_fields, 2 };

static const struct field outer_fields[] = {
	{ FIELD("flag", FIELD_FLAG, outer, flag) },
	{ FIELD("narrow", FIELD_U32, outer, narrow) },
	{ FIELD("count", FIELD_COUNT, outer, count) },
	{ FIELD("integer", FIELD_INTEGER, outer, integer) },
	{ FIELD("real", FIELD_REAL, outer, real) },
	{ FIELD("text", FIELD_TEXT, outer, text) },
	{ FIELD("texts", FIELD_TEXTS, outer, texts) },
	{ FIELD("hash", FIELD_HASH, outer, hash) },
	{ FIELD("one", FIELD_ONE, outer, one), .record = &inner_record },
	{ FIELD("many", FIELD_MANY, outer, many), .record = &inner_record },
	{ FIELD("named", FIELD_NAMED, outer, named), .names = names, .limit = 3 },
	{ FIELD("offset", FIELD_OFFSET, outer, offset), .flags = FIELD_MUST },
};
static const struct record outer_record = { "OUTER", sizeof(struct outer), outer_fields,
	COUNT(outer_fields) };

static struct arena arena;
static struct fault fault;
static struct outer outer;

static int read_wire(const void *data, size_t size)
{
	struct unpacker cursor = unpack_begin(data, size);
	int status;

	arena_reset(&arena);
	memset(&outer, 0xee, sizeof(outer)); /* it is set whole */
	status = record_unpack(&arena, &outer_record, &cursor, &outer, &fault);
	CHECK(status == fault.status && (status == 0) == (*fault.text == '\0'));
	return status;
}

#define OFFSET "\xa6offset\xcf\0\0\0\0\0\0\0\0"

static void test_none(void)
{
	static const struct outer zero;
	struct bytes to = { 0 };

	record_pack(&to, &outer_record, &zero);
	CHECK(to.size == 17 && memcmp(to.data, "\x81" OFFSET, 17) == 0);
	CHECK(read_wire(to.data, to.size) == 0 && !outer.flag && outer.text == NULL);
	CHECK(outer.texts.items == NULL && outer.many == NULL && outer.one == NULL);
	CHECK(outer.real == 0 && outer.named[2] == 0 && outer.hash[15] == 0);
	CHECK(outer.many_count == 0);
	bytes_clear(&to);
	record_json(&to, &outer_record, &zero);
	CHECK(to.size == 12 && memcmp(to.data, "{\"offset\":0}", 12) == 0);
	bytes_close(&to);
}

static const char json[] = "{\"flag\":true,\"narrow\":4294967295,"
	"\"count\":9223372036854775807,\"integer\":-9223372036854775808,\"real\":-0.0,"
	"\"text\":\"\",\"texts\":[\"a\",\"\xc3\xb6\"],"
	"\"hash\":\"000000000000000000000000000000ff\",\"one\":{\"word\":\"w\"},"
	"\"many\":[{\"word\":\"1\",\"number\":1},{\"word\":\"\"}],\"named\":{\"x\":1,\"z\":3},"
	"\"offset\":9223372036854775807}";

static void test_all(void)
{
	static const char *texts[] = { "a", "\xc3\xb6" };
	struct inner one = { "w", 0 }, many[] = { { "1", 1 }, { "", 0 } };
	struct outer all = { true, UINT32_MAX, INT64_MAX, INT64_MIN, -0.0, "", { texts, 2 }, { 0 },
		&one, many, 2, { 1, 0, 3 }, INT64_MAX };
	struct bytes to = { 0 }, again = { 0 };

	all.hash[15] = 0xff;
	record_pack(&to, &outer_record, &all);
	if (CHECK(read_wire(to.data, to.size) == 0)) {
		record_pack(&again, &outer_record, &outer);
		CHECK(again.size == to.size && memcmp(again.data, to.data, to.size) == 0);
	}
	CHECK(outer.integer == INT64_MIN && signbit(outer.real) && *outer.text == '\0');
	CHECK(strcmp(outer.many[0].word, "1") == 0 && outer.many[1].number == 0);
	CHECK(outer.named[2] == 3 && outer.offset == INT64_MAX && outer.hash[15] == 0xff);
	bytes_clear(&to);
	record_json(&to, &outer_record, &outer);
	CHECK(to.size == sizeof(json) - 1 && memcmp(to.data, json, to.size) == 0);
	bytes_close(&to);
	bytes_close(&again);
}

static void test_random(void)
{
	struct bytes to = { 0 }, again = { 0 };
	struct arena own = { 0 };

	for (int i = 0; i < 20000; i++) {
		struct outer random;
		bool same;

		arena_reset(&own);
		bytes_clear(&to);
		bytes_clear(&again);
		sample_record(&own, &outer_record, &random, (unsigned)sample_below(9));
		record_pack(&to, &outer_record, &random);
		same = read_wire(to.data, to.size) == 0;
		if (same)
			record_pack(&again, &outer_record, &outer);
		same = same && again.size == to.size && memcmp(again.data, to.data, to.size) == 0;
		for (size_t cut = 0; cut < to.size && same; cut++) {
			same = read_wire(to.data, cut) == STATUS_STREAM;
			fault = (struct fault){ 0 };
		}
		if (!CHECK(same))
			break;
	}
	arena_close(&own);
	bytes_close(&to);
	bytes_close(&again);
}

struct refusal {
	const char *wire;
	size_t size;
	const char *text;
};

#define REFUSAL(wire, text) { wire, sizeof(wire) - 1, text }
#define ILL "OUTER is not well-formed: "
#define NEWER " that is unknown or out of order: written by a newer rowpipe"
#define TYPE "a value is of another type than its key has"
#define NOTHING "a value that says nothing is not left out"
#define RANGE "a number is out of its range"
#define SIXTEEN "0123456789abcdef"
#define WORD "\xa4word"

static const struct refusal refusals[] = {
	REFUSAL("", ILL "it ends in the middle of a value"),
	REFUSAL("\x90", ILL "an array or a map is missing where one must stand"),
	REFUSAL("\xdf\xff\xff\xff\xff", ILL "it claims more items than it has bytes"),
	REFUSAL("\x80", "OUTER has no key \"offset\" where it must stand"),
	REFUSAL("\x81\xa4" "flag\xc3", "OUTER has no key \"offset\" where it must stand"),
	REFUSAL("\x81\xa3new\x01", "OUTER has a key \"new\"" NEWER),
	REFUSAL("\x82\xa3new\x01" OFFSET, "OUTER has a key \"new\"" NEWER),
	REFUSAL("\x82" OFFSET "\xa4" "flag\xc3", "OUTER has a key \"flag\"" NEWER),
	REFUSAL("\x83\xa4" "flag\xc3\xa4" "flag\xc3" OFFSET, "OUTER has a key \"flag\"" NEWER),
	REFUSAL("\x82" OFFSET OFFSET, "OUTER has a key \"offset\"" NEWER),
	REFUSAL("\x83\xa5" "count\x01\xa6narrow\x01" OFFSET, "OUTER has a key \"narrow\"" NEWER),
	REFUSAL("\x82\x01\xc3" OFFSET, ILL TYPE), /* a key that is no text */
	REFUSAL("\x82\xc4\x04" "flag\xc3" OFFSET, ILL TYPE),
	REFUSAL("\x82\xd9\x41"
		"01234567890123456789012345678901234567890123456789012345678901234\xc3"
		OFFSET, ILL "a key is longer than any may be"),
	REFUSAL("\x82\xa4" "flag\x01" OFFSET, ILL TYPE),
	REFUSAL("\x82\xa4" "flag\xc2" OFFSET, ILL NOTHING),
	REFUSAL("\x82\xa6narrow\xc3" OFFSET, ILL TYPE),
	REFUSAL("\x82\xa6narrow\xff" OFFSET, ILL RANGE),
	REFUSAL("\x82\xa6narrow\xcf\0\0\0\1\0\0\0\0" OFFSET, ILL RANGE),
	REFUSAL("\x82\xa6narrow\0" OFFSET, ILL NOTHING),
	REFUSAL("\x82\xa5" "count\xff" OFFSET, ILL RANGE),
	REFUSAL("\x82\xa5" "count\0" OFFSET, ILL NOTHING),
	REFUSAL("\x82\xa5" "count\xcb\0\0\0\0\0\0\0\1" OFFSET, ILL TYPE),
	REFUSAL("\x82\xa5" "count\xcf\x80\0\0\0\0\0\0\0" OFFSET, ILL "an integer is above 2^63-1"),
	REFUSAL("\x82\xa5" "count\xcc\x01" OFFSET, ILL "a number is not in its shortest form"),
	REFUSAL("\x82\xa7integer\0" OFFSET, ILL NOTHING),
	REFUSAL("\x82\xa7integer\xa1" "1" OFFSET, ILL TYPE),
	REFUSAL("\x82\xa4real\xcb\0\0\0\0\0\0\0\0" OFFSET, ILL NOTHING),
	REFUSAL("\x82\xa4real\x01" OFFSET, ILL TYPE),
	REFUSAL("\x82\xa4real\xcb\xff\xf8\0\0\0\0\0\0" OFFSET, ILL "a NaN is not in its one form"),
	REFUSAL("\x82\xa4text\xc0" OFFSET, ILL TYPE),
	REFUSAL("\x82\xa4text\xc4\x01" "a" OFFSET, ILL TYPE),
	REFUSAL("\x82\xa4text\xa3" "a\0b" OFFSET, ILL "a text holds a NUL byte"),
	REFUSAL("\x82\xa4text\xa1\xff" OFFSET, ILL "a text is not UTF-8"),
	REFUSAL("\x82\xa5texts\x90" OFFSET, ILL NOTHING),
	REFUSAL("\x82\xa5texts\x92\xa1" "a\x01" OFFSET, ILL TYPE),
	REFUSAL("\x82\xa5texts\xa1" "a" OFFSET,
		ILL "an array or a map is missing where one must stand"),
	REFUSAL("\x82\xa4hash\xc4\x0f" "0123456789abcde" OFFSET, ILL "a hash is not of 16 bytes"),
	REFUSAL("\x82\xa4hash\xc4\x11" "0" SIXTEEN OFFSET, ILL "a hash is not of 16 bytes"),
	REFUSAL("\x82\xa4hash\xb0" SIXTEEN OFFSET, ILL TYPE),
	REFUSAL("\x82\xa4hash\xc4\x10\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0" OFFSET, ILL NOTHING),
	REFUSAL("\x82\xa3one\x80" OFFSET, "INNER has no key \"word\" where it must stand"),
	REFUSAL("\x82\xa3one\xc0" OFFSET,
		"INNER is not well-formed: an array or a map is missing where one must stand"),
	REFUSAL("\x82\xa3one\x81" WORD "\xa2" "a\0" OFFSET,
		"INNER is not well-formed: a text holds a NUL byte"),
	REFUSAL("\x82\xa3one\x82\xa3odd\x01" WORD "\xa1" "a" OFFSET,
		"INNER has a key \"odd\"" NEWER),
	REFUSAL("\x82\xa4many\x90" OFFSET, ILL NOTHING),
	REFUSAL("\x82\xa4many\x92\x81" WORD "\xa0\x81\xa6number\1" OFFSET,
		"INNER has no key \"word\" where it must stand"),
	REFUSAL("\x82\xa4many\x92\x81" WORD "\xa0\x80" OFFSET,
		"INNER has no key \"word\" where it must stand"),
	REFUSAL("\x82\xa5named\x80" OFFSET, ILL NOTHING),
	REFUSAL("\x82\xa5named\x81\xa1x\x00" OFFSET, ILL NOTHING),
	REFUSAL("\x82\xa5named\x81\xa1x\xff" OFFSET, ILL RANGE),
	REFUSAL("\x82\xa5named\x81\xa1w\x01" OFFSET, "OUTER has a key \"w\"" NEWER),
	REFUSAL("\x82\xa5named\x82\xa1y\x01\xa1x\x01" OFFSET, "OUTER has a key \"x\"" NEWER),
	REFUSAL("\x82\xa5named\x82\xa1y\x01\xa1y\x01" OFFSET, "OUTER has a key \"y\"" NEWER),
	REFUSAL("\x81\xa6offset\x01", ILL "the offset of the index is not in its one form"),
	REFUSAL("\x81\xa6offset\xcf\0\0\0", ILL "the offset of the index is not in its one form"),
};

static void test_refusals(void)
{
	for (size_t i = 0; i < COUNT(refusals); i++) {
		CHECK(read_wire(refusals[i].wire, refusals[i].size) == STATUS_STREAM);
		if (!CHECK(says(&fault, STATUS_STREAM, refusals[i].text)))
			printf("# refusal %zu\n", i);
	}
}

/* Keys from a newer program come out visible in the end; here they are told, at most 64 bytes. */
static void test_long_key(void)
{
	struct bytes to = { 0 };
	char key[80];

	for (size_t size = 63; size <= 65; size++) {
		memset(key, 'k', sizeof(key));
		key[size] = '\0';
		bytes_clear(&to);
		pack_map(&to, 1);
		pack_text(&to, key);
		pack_integer(&to, 1);
		CHECK(read_wire(to.data, to.size) == STATUS_STREAM);
		CHECK(speaks_of(&fault, STATUS_STREAM, size > 64 ? "a key is longer" : key));
	}
	bytes_close(&to);
}

/* Lists at RECORD_ITEMS - 1, RECORD_ITEMS and one more. */
static void check_items(const char *key, const char *item, const size_t *count)
{
	struct bytes to = { 0 };

	for (uint32_t items = RECORD_ITEMS - 1; items <= RECORD_ITEMS + 1; items++) {
		bytes_clear(&to);
		pack_map(&to, 2);
		pack_text(&to, key);
		pack_array(&to, items);
		for (uint32_t i = 0; i < items; i++)
			bytes_add_text(&to, item);
		bytes_add(&to, OFFSET, 16);
		if (items <= RECORD_ITEMS) {
			CHECK(read_wire(to.data, to.size) == 0 && *count == items);
			continue;
		}
		CHECK(read_wire(to.data, to.size) == STATUS_STREAM);
		CHECK(says(&fault, STATUS_STREAM, ILL "a list is longer than any may be"));
	}
	bytes_close(&to);
}

static void test_items(void)
{
	check_items("texts", "\xa0", &outer.texts.count);
	check_items("many", "\x81" WORD "\xa0", &outer.many_count);
}

int main(void)
{
	static const struct test tests[] = {
		{ "nothing set", test_none },
		{ "everything set", test_all },
		{ "random records come back, cut ones do not", test_random },
		{ "each refusal has its message", test_refusals },
		{ "keys that are long", test_long_key },
		{ "lists that are long", test_items },
	};
	int code = test_run(tests, COUNT(tests));

	arena_close(&arena);
	return code;
}
