/* INDEX: what is built is walked, and nothing else is taken. */
#include "wire/index.h"

#include "sample.h"
#include "wire/pack.h"

static struct fault fault;

static struct frame entry_frame(enum frame_kind kind, uint32_t table, uint32_t seq, uint64_t offset,
	uint32_t rows)
{
	static uint8_t payload[] = "payload";

	return (struct frame){ .kind = kind, .table = table, .seq = seq, .offset = offset,
		.rows = rows, .payload = payload, .raw_length = 7 };
}

/* All entries and definitions; how many there were, or the fault's status. */
static int walk_all(const void *data, size_t size, unsigned *entries, unsigned *definitions)
{
	struct index_walk walk;
	struct index_entry entry;
	struct value definition;

	*entries = *definitions = 0;
	if (index_begin(&walk, data, size, &fault) != 0)
		return fault.status;
	while (index_next(&walk, &entry, &fault))
		++*entries;
	if (fault.status != 0 || index_definitions(&walk, &fault) != 0)
		return fault.status;
	while (index_definition(&walk, &definition, &fault))
		++*definitions;
	return fault.status;
}

static void test_empty(void)
{
	struct index_builder builder = { 0 };
	unsigned entries, definitions;
	struct bytes wire = { 0 };

	index_pack(&wire, &builder);
	CHECK(wire.size == 22);
	CHECK(memcmp(wire.data, "\x82\xa6" "frames\x90\xab" "definitions\x90", 22) == 0);
	CHECK(walk_all(wire.data, wire.size, &entries, &definitions) == 0);
	CHECK(entries == 0 && definitions == 0);
	bytes_close(&wire);
	index_close(&builder);
}

static void build(struct index_builder *builder, struct bytes *wire)
{
	const struct frame frames[] = {
		entry_frame(FRAME_HELLO, 0, 1, 0, 0), entry_frame(FRAME_TABLE, 1, 2, 100, 0),
		entry_frame(FRAME_ROWS, 1, 3, 200, UINT32_MAX),
		entry_frame(FRAME_TABLE_END, 1, 4, INT64_MAX, 0),
	};

	for (size_t i = 0; i < COUNT(frames); i++)
		index_add(builder, &frames[i]);
	index_pack(wire, builder);
}

static void test_walk(void)
{
	struct index_builder builder = { 0 };
	struct index_entry entry;
	struct index_walk walk;
	struct value definition;
	struct bytes wire = { 0 };

	build(&builder, &wire);
	CHECK(index_begin(&walk, wire.data, wire.size, &fault) == 0);
	CHECK(index_next(&walk, &entry, &fault) && entry.kind == FRAME_HELLO && entry.offset == 0);
	CHECK(index_next(&walk, &entry, &fault) && entry.kind == FRAME_TABLE && entry.table == 1);
	CHECK(index_next(&walk, &entry, &fault) && entry.seq == 3 && entry.rows == UINT32_MAX);
	CHECK(index_next(&walk, &entry, &fault) && entry.offset == INT64_MAX);
	CHECK(!index_next(&walk, &entry, &fault) && !index_next(&walk, &entry, &fault));
	CHECK(index_definitions(&walk, &fault) == 0);
	CHECK(index_definition(&walk, &definition, &fault) && definition.size == 7);
	CHECK(memcmp(definition.data, "payload", 7) == 0);
	CHECK(index_definition(&walk, &definition, &fault));
	CHECK(!index_definition(&walk, &definition, &fault) && fault.status == 0);
	bytes_close(&wire);
	index_close(&builder);
}

static void test_cut(void)
{
	struct index_builder builder = { 0 };
	unsigned entries, definitions;
	struct bytes wire = { 0 };

	build(&builder, &wire);
	for (size_t size = 0; size < wire.size; size++) {
		CHECK(walk_all(wire.data, size, &entries, &definitions) == STATUS_STREAM);
		CHECK(speaks_of(&fault, STATUS_STREAM, "INDEX is not well-formed: "));
	}
	bytes_add_byte(&wire, 0xc0);
	CHECK(walk_all(wire.data, wire.size, &entries, &definitions) == STATUS_STREAM);
	CHECK(says(&fault, STATUS_STREAM,
		"INDEX is not well-formed: bytes are left over behind its last value"));
	CHECK(entries == 4 && definitions == 2);
	bytes_close(&wire);
	index_close(&builder);
}

struct refusal {
	const char *wire;
	size_t size;
	const char *why;
};

#define REFUSAL(wire, why) { wire, sizeof(wire) - 1, "INDEX is not well-formed: " why }
#define FRAMES "\x82\xa6" "frames"
#define NONE "\xab" "definitions\x90"
#define RANGE "a number is out of its range"
#define ORDER "its entries are not in the order of the frames"
#define UNKNOWN "a key is unknown: written by a newer rowpipe"

static const struct refusal refusals[] = {
	REFUSAL("\x81\xa6" "frames\x90", "it has not two keys"),
	REFUSAL("\x83\xa6" "frames\x90" NONE "\xa1x\x01", "it has not two keys"),
	REFUSAL("\x82" NONE "\xa6" "frames\x90", UNKNOWN),
	REFUSAL("\x82\xa6" "framex\x90" NONE, UNKNOWN),
	REFUSAL("\x82\x01\x90" NONE, UNKNOWN),
	REFUSAL(FRAMES "\x90\xa6" "frames\x90", UNKNOWN),
	REFUSAL(FRAMES "\xdd\xff\xff\xff\xff", "it claims more items than it has bytes"),
	REFUSAL(FRAMES "\x91\x94\1\0\1\0" NONE,
		"a row has not as many cells as its table has columns"),
	REFUSAL(FRAMES "\x91\x95\14\0\1\0\0" NONE, RANGE),
	REFUSAL(FRAMES "\x91\x95\xff\0\1\0\0" NONE, RANGE),
	REFUSAL(FRAMES "\x91\x95\1\xcf\0\0\0\1\0\0\0\0\1\0\0" NONE, RANGE),
	REFUSAL(FRAMES "\x91\x95\1\0\xc0\0\0" NONE, RANGE),
	REFUSAL(FRAMES "\x91\x95\1\0\1\xff\0" NONE, RANGE),
	REFUSAL(FRAMES "\x91\x95\1\0\1\0\xff" NONE, RANGE),
	REFUSAL(FRAMES "\x91\x95\1\0\2\0\0" NONE, ORDER),                   /* begins with 2 */
	REFUSAL(FRAMES "\x91\x95\1\0\0\0\0" NONE, ORDER),
	REFUSAL(FRAMES "\x92\x95\1\0\1\0\0\x95\2\1\3\1\0" NONE, ORDER),     /* a gap */
	REFUSAL(FRAMES "\x92\x95\1\0\1\0\0\x95\2\1\1\1\0" NONE, ORDER),     /* twice */
	REFUSAL(FRAMES "\x92\x95\1\0\1\5\0\x95\2\1\2\5\0" NONE, ORDER),     /* at the same place */
	REFUSAL(FRAMES "\x92\x95\1\0\1\5\0\x95\2\1\2\4\0" NONE, ORDER),
	REFUSAL(FRAMES "\x90\xab" "definitions\x91\xa1x", "a definition is not of bytes"),
};

static void test_refusals(void)
{
	for (size_t i = 0; i < COUNT(refusals); i++) {
		unsigned entries, definitions;

		CHECK(walk_all(refusals[i].wire, refusals[i].size, &entries, &definitions) != 0);
		if (!CHECK(says(&fault, STATUS_STREAM, refusals[i].why)))
			printf("# refusal %zu\n", i);
	}
}

int main(void)
{
	static const struct test tests[] = {
		{ "of no frames", test_empty },
		{ "what is built is walked", test_walk },
		{ "cut anywhere, and longer", test_cut },
		{ "each refusal has its message", test_refusals },
	};

	return test_run(tests, COUNT(tests));
}
