/*
 * HELLO (TABLE | OBJECT)* (ROWS | DELETE | TABLE_END)* [INDEX] (END | ABORT): each rule of it is
 * broken once, and nothing else.  A stream is written as letters, one a frame: H T O R d e I E A,
 * with the table's number behind T, R, d and e; R has 2 rows of 10 bytes in all, d 3 keys.
 */
#include "wire/ledger.h"

#include "sample.h"

static struct arena arena;
static struct fault fault;
static struct ledger ledger;

static enum frame_kind kind_of(char letter)
{
	switch (letter) {
	case 'H': return FRAME_HELLO;
	case 'T': return FRAME_TABLE;
	case 'O': return FRAME_OBJECT;
	case 'R': return FRAME_ROWS;
	case 'e': return FRAME_TABLE_END;
	case 'I': return FRAME_INDEX;
	case 'E': return FRAME_END;
	case 'A': return FRAME_ABORT;
	case 'j': return FRAME_REJECT;
	case 'd': return FRAME_DELETE;
	default: return FRAME_STATE;
	}
}

static uint8_t keys[10] = { 0x93 };

static struct frame next_frame(const char **stream)
{
	enum frame_kind kind = kind_of(*(*stream)++);
	struct frame frame = { .kind = kind, .seq = kind == FRAME_INDEX ? 0 : ledger.seq + 1,
		.raw_length = 10, .raw_hash = 77, .offset = 1000 + ledger.frames };

	if (**stream >= '0' && **stream <= '9')
		frame.table = (uint32_t)(*(*stream)++ - '0');
	frame.rows = kind == FRAME_ROWS ? 2 : 0;
	if (kind == FRAME_DELETE)
		frame.payload = keys;
	return frame;
}

static void begin(void)
{
	struct hello hello = sample_hello(9);

	arena_reset(&arena);
	ledger_begin(&ledger, &arena);
	CHECK(ledger_hello(&ledger, &hello, &fault) == 0);
}

/* Adds the frames; the status of the first one that is refused. */
static int add(const char *stream)
{
	int status = 0;

	while (*stream != '\0' && status == 0) {
		struct frame frame = next_frame(&stream);

		status = ledger_add(&ledger, &frame, &fault);
	}
	CHECK(*stream == '\0' || status == 0); /* only the last one may be refused */
	return status;
}

static const char *const streams[] = {
	"HE", "HA", "HT1e1E", "HT1A", "HOE", "HT1OT3OT7e3e7e1E", "HT1R1R1e1E", "HT1R1A",
	"HT1T2R1R2R1e1R2e2E",
	"HT1d1e1E", "HT1R1d1d1R1e1E", "HT1T2d2R1d1e1e2IE", "HT1d1A",
	"HIE", "HIA", "HT1R1e1IE", "HT1T2e2e1IA",
};

static void test_good(void)
{
	for (size_t i = 0; i < COUNT(streams); i++) {
		begin();
		CHECK(add(streams[i]) == 0 && ledger.state == LEDGER_DONE);
		CHECK(add("E") == STATUS_STREAM); /* nothing follows */
		CHECK(speaks_of(&fault, STATUS_STREAM, "follows the end of the stream"));
	}
}

struct refusal {
	const char *stream;
	const char *text;
};

#define UNUSED "a kind that is not in use yet: written by a newer rowpipe"

static const struct refusal refusals[] = {
	{ "T1", "frame 1 (TABLE) stands where HELLO must" },
	{ "E", "frame 1 (END) stands where HELLO must" },
	{ "A", "frame 1 (ABORT) stands where HELLO must" },
	{ "I", "frame 0 (INDEX) stands where HELLO must" },
	{ "HH", "frame 2 (HELLO) begins a second stream" },
	{ "HT1R1H", "frame 4 (HELLO) begins a second stream" },
	{ "HT1R1T2", "frame 4 (TABLE) stands behind the first rows" },
	{ "HT1e1T2", "frame 4 (TABLE) stands behind the first rows" },
	{ "HT1e1O", "frame 4 (OBJECT) stands behind the first rows" },
	{ "HT1T1", "frame 3 (TABLE) has a table number that does not ascend" },
	{ "HT5T4", "frame 3 (TABLE) has a table number that does not ascend" },
	{ "HT2R1", "frame 3 (ROWS) is of a table that no TABLE frame defines" },
	{ "HT1T3e2", "frame 4 (TABLE_END) is of a table that no TABLE frame defines" },
	{ "HT1e1R1", "frame 4 (ROWS) stands behind its table's end" },
	{ "HT1e1e1", "frame 4 (TABLE_END) stands behind its table's end" },
	{ "HT1E", "frame 3 (END) stands before the end of every table" },
	{ "HT1T2R1e1E", "frame 6 (END) stands before the end of every table" },
	{ "HT1R1I", "frame 0 (INDEX) stands before the end of every table" },
	{ "HT1e1II", "frame 0 (INDEX) is a second index" },
	{ "HII", "frame 0 (INDEX) is a second index" },
	{ "HT1e1IR1", "frame 4 (ROWS) stands behind the index" },
	{ "HT1e1Ie1", "frame 4 (TABLE_END) stands behind the index" },
	{ "HIT1", "frame 2 (TABLE) stands behind the first rows" },
	{ "HIO", "frame 2 (OBJECT) stands behind the first rows" },
	{ "HT", "frame 2 (TABLE) names no table" },
	{ "HT0", "frame 2 (TABLE) names no table" },
	{ "HT1R", "frame 3 (ROWS) names no table" },
	{ "HT1e", "frame 3 (TABLE_END) names no table" },
	{ "H1", "frame 1 (HELLO) names a table" },
	{ "HO1", "frame 2 (OBJECT) names a table" },
	{ "HI1", "frame 0 (INDEX) names a table" },
	{ "HE1", "frame 2 (END) names a table" },
	{ "HA1", "frame 2 (ABORT) names a table" },
	{ "Hj", "frame 2 (REJECT) is of " UNUSED },
	{ "HT1d", "frame 3 (DELETE) names no table" },
	{ "HT2d1", "frame 3 (DELETE) is of a table that no TABLE frame defines" },
	{ "HT1e1d1", "frame 4 (DELETE) stands behind its table's end" },
	{ "HT1e1Id1", "frame 4 (DELETE) stands behind the index" },
	{ "HT1d1T2", "frame 4 (TABLE) stands behind the first rows" },
	{ "Hs", "frame 2 (STATE) is of " UNUSED },
};

static void test_refusals(void)
{
	for (size_t i = 0; i < COUNT(refusals); i++) {
		begin();
		if (!CHECK(add(refusals[i].stream) == STATUS_STREAM) ||
			!CHECK(says(&fault, STATUS_STREAM, refusals[i].text)))
			printf("# %s\n", refusals[i].stream);
	}
}

/* Counted by the array that they are, and held against the table's end. */
static void test_deletes(void)
{
	static const uint8_t none[] = { 0x90 }, map[] = { 0x81, 0xc0, 0xc0 },
		claim[] = { 0xdd, 0xff, 0xff, 0xff, 0xff, 0xc0 };
	static const struct { const uint8_t *data; uint32_t size; } bad[] = { { none, 1 },
		{ map, 3 }, { claim, 6 }, { keys, 0 }, { keys, 3 } };
	struct total total = { .deletes = 6 };
	struct frame frame = { .kind = FRAME_DELETE, .table = 1, .seq = 3 };

	begin();
	CHECK(add("HT1d1d1e1") == 0 && ledger.accounts[0].deletes == 6);
	CHECK(ledger.accounts[0].rows == 0 && ledger.accounts[0].frames == 0);
	CHECK(ledger_total(&ledger, 1, &total, &fault) == 0);
	total.deletes = 5;
	CHECK(ledger_total(&ledger, 1, &total, &fault) != 0);
	CHECK(says(&fault, STATUS_STREAM,
		"the end of table 1 says 5 deletes, but there are 6"));
	for (size_t i = 0; i < COUNT(bad); i++) {
		begin();
		CHECK(add("HT1") == 0);
		frame.payload = (uint8_t *)(uintptr_t)bad[i].data;
		frame.raw_length = bad[i].size;
		CHECK(ledger_add(&ledger, &frame, &fault) != 0);
		CHECK(says(&fault, STATUS_STREAM, "frame 3 (DELETE) holds no keys"));
	}
}

static void test_rows(void)
{
	static const char kinds[] = "TOdeIEA";
	struct frame frame = { .kind = FRAME_ROWS, .table = 1, .seq = 3 };

	begin();
	CHECK(add("HT1") == 0 && ledger_add(&ledger, &frame, &fault) != 0);
	CHECK(says(&fault, STATUS_STREAM,
		"frame 3 (ROWS) has a count of rows that its kind cannot have"));
	for (const char *kind = kinds; *kind != '\0'; kind++) {
		bool of_table = *kind == 'T' || *kind == 'd' || *kind == 'e';

		begin();
		CHECK(add("HT1") == 0);
		frame = (struct frame){ .kind = kind_of(*kind), .seq = 3, .rows = 1 };
		if (frame.kind == FRAME_INDEX)
			frame.seq = 0;
		frame.table = of_table ? 2 : 0;
		CHECK(ledger_add(&ledger, &frame, &fault) != 0);
		CHECK(speaks_of(&fault, STATUS_STREAM,
			"has a count of rows that its kind cannot have"));
	}
}

static int add_numbered(enum frame_kind kind, uint32_t seq)
{
	struct frame frame = { .kind = kind, .seq = seq };

	return ledger_add(&ledger, &frame, &fault);
}

static void test_numbers(void)
{
	static const uint32_t wrong[] = { 0, 1, 3, 4, UINT32_MAX };

	for (size_t i = 0; i < COUNT(wrong); i++) {
		begin();
		CHECK(add("H") == 0 && add_numbered(FRAME_OBJECT, wrong[i]) != 0);
		CHECK(speaks_of(&fault, STATUS_STREAM, "(OBJECT) stands where frame 2 must: "
			"frames are missing, doubled or out of order"));
	}
	begin();
	CHECK(add_numbered(FRAME_HELLO, 2) != 0);
	CHECK(says(&fault, STATUS_STREAM, "frame 2 (HELLO) stands where frame 1 must: "
		"frames are missing, doubled or out of order"));
	begin();
	CHECK(add("H") == 0 && add_numbered(FRAME_INDEX, 2) != 0);
	CHECK(says(&fault, STATUS_STREAM, "frame 2 (INDEX) stands where frame 0 must: "
		"frames are missing, doubled or out of order"));
	begin();
	CHECK(add("HI") == 0 && add_numbered(FRAME_END, 2) == 0); /* INDEX takes no number */
}

/* By the index frames may be stepped over, but never backwards, and no wanted table's end. */
static void test_gaps(void)
{
	begin();
	CHECK(add("HT1T2") == 0);
	ledger.gaps = true;
	CHECK(add_numbered(FRAME_END, 9) != 0);
	CHECK(says(&fault, STATUS_STREAM, "frame 9 (END) stands before the end of every table"));
	ledger_find(&ledger, 1)->skipped = true;
	CHECK(add("e2") == 0);
	CHECK(add_numbered(FRAME_END, 4) != 0);
	CHECK(speaks_of(&fault, STATUS_STREAM, "frames are missing, doubled or out of order"));
	CHECK(add_numbered(FRAME_END, 9) == 0);
}

static void test_find(void)
{
	begin();
	CHECK(ledger_find(&ledger, 1) == NULL && add("HT2T4T6T8") == 0);
	for (uint32_t table = 0; table < 10; table++) {
		struct account *account = ledger_find(&ledger, table);

		CHECK((account != NULL) == (table % 2 == 0 && table > 0));
		CHECK(account == NULL || account->table == table);
		CHECK(ledger_find(&ledger, table) == account);
	}
	begin();
	CHECK(add("H") == 0);
	for (uint32_t i = 1; i <= 1000; i++) {
		struct frame frame = { .kind = FRAME_TABLE, .seq = i + 1, .table = i * 3 };

		CHECK(ledger_add(&ledger, &frame, &fault) == 0);
	}
	for (uint32_t i = 1; i <= 1000; i++)
		CHECK(ledger_find(&ledger, i * 3)->table == i * 3);
	CHECK(ledger_find(&ledger, 4) == NULL && ledger_find(&ledger, 3001) == NULL);
}

static void test_tables(void)
{
	begin();
	CHECK(add("H") == 0);
	for (uint32_t i = 1; i <= RECORD_ITEMS + 1; i++) {
		struct frame frame = { .kind = FRAME_TABLE, .seq = i + 1, .table = i };
		int status = ledger_add(&ledger, &frame, &fault);

		if ((status == 0) != (i <= RECORD_ITEMS) && !CHECK(false))
			break;
	}
	CHECK(speaks_of(&fault, STATUS_STREAM, "(TABLE) is one table too many"));
}

/* --- what HELLO, TABLE_END and END say -------------------------------------------------------- */

static void test_versions(void)
{
	struct hello hello = sample_hello(1);

	ledger_begin(&ledger, &arena);
	hello.version = STREAM_VERSION + 1;
	CHECK(ledger_hello(&ledger, &hello, &fault) == STATUS_STREAM);
	CHECK(says(&fault, STATUS_STREAM, "the stream has format version 1, this program reads "
		"version 0: written by a newer rowpipe"));
	hello.version = UINT64_MAX;
	CHECK(ledger_hello(&ledger, &hello, &fault) == STATUS_STREAM);
	CHECK(speaks_of(&fault, STATUS_STREAM, "written by a newer rowpipe"));
	hello.version = STREAM_VERSION;
	CHECK(ledger_hello(&ledger, &hello, &fault) == 0);
	CHECK(ledger.seed == 0x0101010101010101);
}

/* Of "HT1R1R1": 4 rows in 2 frames of 20 bytes. */
static const struct total good_total = { .extracted = 9, .filtered = 3, .rejected = 2, .rows = 4,
	.frames = 2, .bytes = 20, .part = true };

static int end_table(const struct total *total)
{
	begin();
	CHECK(add("HT1R1R1e1") == 0);
	return ledger_total(&ledger, 1, total, &fault);
}

#define SAYS "the end of table 1 says "

static void test_totals(void)
{
	struct total total = good_total;

	CHECK(end_table(&total) == 0);
	total.table = 1;
	CHECK(end_table(&total) != 0);
	CHECK(says(&fault, STATUS_STREAM, "TABLE_END names a table by itself"));
	total = good_total;
	total.rows = 5;
	CHECK(end_table(&total) != 0);
	CHECK(says(&fault, STATUS_STREAM, SAYS "5 rows, but there are 4"));
	total = good_total;
	total.frames = 1;
	CHECK(end_table(&total) != 0);
	CHECK(says(&fault, STATUS_STREAM, SAYS "1 frames of rows, but there are 2"));
	total = good_total;
	total.bytes = 21;
	CHECK(end_table(&total) != 0);
	CHECK(says(&fault, STATUS_STREAM, SAYS "21 bytes of rows, but there are 20"));
	total = good_total;
	total.deletes = 1;
	CHECK(end_table(&total) != 0);
	CHECK(says(&fault, STATUS_STREAM, SAYS "1 deletes, but there are 0"));
}

static void test_extracted(void)
{
	struct total total = good_total;

	for (total.extracted = 0; total.extracted < 20; total.extracted++) {
		int status = end_table(&total);

		CHECK((status == 0) == (total.extracted == 9));
		CHECK(status == 0 || speaks_of(&fault, STATUS_STREAM,
			" rows extracted, but there are 9"));
	}
	total = good_total;
	total.filtered = INT64_MAX; /* a sum that goes round is no sum */
	total.rejected = INT64_MAX;
	total.extracted = 2;
	CHECK(end_table(&total) != 0);
	CHECK(speaks_of(&fault, STATUS_STREAM, SAYS "2 rows extracted"));
}

/* The digest counts once rows were decoded, and where there are none. */
static void test_digests(void)
{
	struct total total = good_total;

	total.digest[3] = 1;
	CHECK(end_table(&total) == 0);
	begin();
	CHECK(add("HT1R1R1e1") == 0);
	ledger_find(&ledger, 1)->decoded = true;
	CHECK(ledger_total(&ledger, 1, &total, &fault) != 0);
	CHECK(says(&fault, STATUS_STREAM,
		"the rows of table 1 are not those of its end: the digests differ"));
	ledger_find(&ledger, 1)->digest.high = (uint64_t)1 << 32;
	CHECK(ledger_total(&ledger, 1, &total, &fault) == 0);
	begin();
	CHECK(add("HT1e1") == 0);
	total = (struct total){ .digest = { 1 } };
	CHECK(ledger_total(&ledger, 1, &total, &fault) != 0);
	CHECK(speaks_of(&fault, STATUS_STREAM, "the digests differ"));
}

/* The END of "HT1R1R1e1T…E", right in everything. */
static struct ending good_ending(struct total totals[1])
{
	struct ending ending = { .totals = totals, .total_count = 1, .frames = 5 };

	CHECK(end_table(&good_total) == 0);
	totals[0] = good_total;
	totals[0].table = 1;
	memset(ending.stream, 9, sizeof(ending.stream));
	ledger_chain(&ledger, ending.chain);
	CHECK(add("E") == 0);
	return ending;
}

static bool ending_fails(const struct ending *ending, const char *why)
{
	return ledger_ending(&ledger, ending, &fault) == STATUS_STREAM &&
		says(&fault, STATUS_STREAM, why);
}

static void test_endings(void)
{
	struct total totals[1];
	struct ending ending = good_ending(totals);

	CHECK(ledger_ending(&ledger, &ending, &fault) == 0);
	ending.stream[0] = 8;
	CHECK(ending_fails(&ending, "END is of another stream"));
	ending.stream[0] = 9;
	ending.total_count = 0;
	CHECK(ending_fails(&ending, "END counts 0 tables, but there are 1"));
	ending.total_count = 1;
	ending.frames = 6;
	CHECK(ending_fails(&ending, "END counts 6 frames, but there are 5"));
	ending.frames = 5;
	ending.chain[15] ^= 1;
	CHECK(ending_fails(&ending, "END's chain is not that of the frames before it"));
	ending.chain[15] ^= 1;
	ending.index = 1000;
	CHECK(ending_fails(&ending, "END does not point to the index"));
	ending.index = 0;
	CHECK(ledger_ending(&ledger, &ending, &fault) == 0);
	ledger.index = 5;
	CHECK(ending_fails(&ending, "END does not point to the index"));
	ending.index = 5;
	CHECK(ledger_ending(&ledger, &ending, &fault) == 0);
}

/* Each member of a total is compared. */
static void test_ending_totals(void)
{
	static const size_t places[] = { offsetof(struct total, table),
		offsetof(struct total, extracted), offsetof(struct total, filtered),
		offsetof(struct total, rejected), offsetof(struct total, rows),
		offsetof(struct total, deletes), offsetof(struct total, frames),
		offsetof(struct total, bytes), offsetof(struct total, digest) + 15,
		offsetof(struct total, part) };
	struct total totals[1];
	struct ending ending = good_ending(totals);

	for (size_t i = 0; i < COUNT(places); i++) {
		((char *)totals)[places[i]] ^= 1;
		CHECK(ending_fails(&ending,
			"END's totals of table 1 are not those of its TABLE_END"));
		((char *)totals)[places[i]] ^= 1;
	}
	CHECK(ledger_ending(&ledger, &ending, &fault) == 0);
}

/* --- the chain -------------------------------------------------------------------------------- */

static void chain_of(const struct frame *changed, uint8_t chain[16])
{
	struct frame frame = { .kind = FRAME_HELLO, .seq = 1, .raw_length = 3, .raw_hash = 4 };

	begin();
	CHECK(ledger_add(&ledger, &frame, &fault) == 0);
	CHECK(ledger_add(&ledger, changed, &fault) == 0);
	frame = (struct frame){ .kind = FRAME_ROWS, .table = 513, .seq = 3, .rows = 0x0a0b0c0d };
	CHECK(ledger_add(&ledger, &frame, &fault) == 0);
	ledger_chain(&ledger, chain);
}

/* Over 25 big-endian bytes of each frame; flags, length and hash on the wire are not in it. */
static void test_chain(void)
{
	static const uint8_t links[] = {
		1, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0, 4,
		2, 0, 0, 2, 1, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 7, 1, 2, 3, 4, 5, 6, 7, 8,
		4, 0, 0, 2, 1, 0, 0, 0, 3, 10, 11, 12, 13, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 };
	struct frame frame = { .kind = FRAME_TABLE, .table = 513, .seq = 2, .raw_length = 7,
		.raw_hash = 0x0102030405060708 };
	uint8_t chain[16], other[16];

	chain_of(&frame, chain);
	hash_put(other, hash_128(links, sizeof(links)));
	CHECK(memcmp(chain, other, 16) == 0);
	frame.flags = 1;
	frame.length = 5;
	frame.hash = 6;
	frame.offset = 99;
	chain_of(&frame, other);
	CHECK(memcmp(chain, other, 16) == 0 && ledger.frames == 3);
	frame.raw_length = 8;
	chain_of(&frame, other);
	CHECK(memcmp(chain, other, 16) != 0);
	frame.raw_length = 7;
	frame.raw_hash++;
	chain_of(&frame, other);
	CHECK(memcmp(chain, other, 16) != 0);
}

static void test_chain_index(void)
{
	uint8_t chain[16], other[16];

	begin();
	CHECK(add("HT1e1") == 0);
	ledger_chain(&ledger, chain);
	CHECK(add("I") == 0 && ledger.index == 1003);
	ledger_chain(&ledger, other);
	CHECK(memcmp(chain, other, 16) == 0 && ledger.frames == 3 && add("E") == 0);
	ledger_chain(&ledger, other);
	CHECK(memcmp(chain, other, 16) == 0 && ledger.frames == 3);
}

int main(void)
{
	static const struct test tests[] = {
		{ "streams that are right", test_good },
		{ "each frame where it may not stand", test_refusals },
		{ "counts of rows", test_rows },
		{"keys of rows to delete are counted by their array", test_deletes},
		{ "numbers of frames", test_numbers },
		{ "gaps", test_gaps },
		{ "accounts are found", test_find },
		{ "as many tables as may be", test_tables },
		{ "versions", test_versions },
		{ "TABLE_END against what was counted", test_totals },
		{ "rows extracted", test_extracted },
		{ "digests", test_digests },
		{ "END against what was counted", test_endings },
		{ "END against each TABLE_END", test_ending_totals },
		{ "the chain's bytes", test_chain },
		{ "INDEX and END are not in the chain", test_chain_index },
	};
	int code = test_run(tests, COUNT(tests));

	arena_close(&arena);
	return code;
}
