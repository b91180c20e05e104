/*
 * No memory: every allocation of every encoder and decoder fails once, and fails from then on.
 * Nothing crashes, nothing leaks, and what is said is STATUS_IO.
 */
#include <stdlib.h>

static void *count_malloc(size_t size);
static void *count_realloc(void *block, size_t size);

/* arena.c is the one place that allocates; here it is compiled with these. */
#define malloc count_malloc
#define realloc count_realloc
#include "base/arena.c"
#undef malloc
#undef realloc

#include <sys/mman.h>
#include <unistd.h>

#include "flow/options.h"
#include "flow/reader.h"
#include "flow/writer.h"
#include "row/narrow.h"
#include "sample.h"
#include "wire/compress.h"
#include "wire/pack.h"

static unsigned calls;   /* since the path was begun */
static unsigned failing; /* the call that fails; 0: none */
static bool for_ever;    /* all calls behind it, too */
static bool failed;      /* one did */

static bool fails(void)
{
	calls++;
	if (failing == 0 || !(calls == failing || (for_ever && calls > failing)))
		return false;
	failed = true;
	return true;
}

static void *count_malloc(size_t size)
{
	return fails() ? NULL : malloc(size);
}

static void *count_realloc(void *block, size_t size)
{
	return fails() ? NULL : realloc(block, size);
}

/*
 * Runs the path with the first allocation failing, the second, … until it gets through without one
 * that failed.  The path returns its fault's status and frees what it took.
 */
static void fail_each(int (*path)(struct fault *))
{
	struct fault fault;
	unsigned least = 0;

	for (int way = 0; way < 2; way++) {
		for_ever = way;
		for (failing = 1;; failing++) {
			int status;

			fault = (struct fault){ 0 };
			calls = 0;
			failed = false;
			status = path(&fault);
			if (!failed)
				break;
			if (!CHECK(status == STATUS_IO))
				printf("# allocation %u: %d %s\n", failing, status, fault.text);
			CHECK(status == fault.status);
			CHECK(strstr(fault.text, "out of memory") != NULL);
		}
		CHECK(fault.status == 0 && failing > 1); /* there were some, and none now */
		least = failing;
	}
	failing = 0;
	CHECK(least > 1);
}

/* Values, and a row that makes the buffer grow in its middle. */
static int pack_values(struct fault *fault)
{
	static uint8_t data[5000];
	struct value cells[40];
	struct bytes to = { 0 };
	int status;

	for (size_t i = 0; i < COUNT(cells); i++) {
		cells[i] = (struct value){ .kind = VALUE_BYTES, .size = (uint32_t)(i * 100) };
		cells[i].data = data;
	}
	pack_array(&to, 3);
	pack_text(&to, "text");
	pack_row(&to, cells, COUNT(cells));
	pack_map(&to, 0);
	pack_integer(&to, INT64_MAX);
	pack_offset(&to, 1);
	status = to.failed ? fault_memory(fault) : 0;
	bytes_close(&to);
	return status;
}

/* The same random structs in every run. */
static int unpack_records(struct fault *fault)
{
	static const struct record *const records[] = { &record_hello, &record_table,
		&record_object, &record_total, &record_ending, &record_abort };
	unsigned fails_at = failing;
	struct arena own = { 0 };
	struct bytes wire = { 0 };
	uint8_t from[1000], back[1000];
	uint64_t state = sample_state;
	unsigned done;

	for (size_t i = 0; i < COUNT(records) && fault->status == 0; i++) {
		struct arena arena = { 0 };

		done = calls;
		failing = 0;
		CHECK(records[i]->size <= sizeof(from));
		sample_record(&own, records[i], from, 8);
		failing = fails_at;
		calls = done; /* only those of record.c count */
		bytes_clear(&wire);
		record_pack(&wire, records[i], from);
		if (wire.failed)
			fault_memory(fault);
		else
			payload_read(&arena, records[i], wire.data, wire.size, back, fault);
		arena_close(&arena);
	}
	sample_state = state;
	bytes_close(&wire);
	arena_close(&own);
	return fault->status;
}

/* A stream with an index, compressed, with tables and rows. */
static int write_stream(int fd, struct fault *fault)
{
	static const uint8_t data[300000];
	struct hello hello = sample_hello(3);
	struct table table = sample_table(1, 2);
	struct index_builder index = { 0 };
	struct arena arena = { 0 };
	struct total total = { 0 };
	struct ending ending = { 0 };
	struct writer writer;
	struct value cells[2] = { { 0 }, { .kind = VALUE_BYTES } };

	cells[1].data = data;
	writer_begin(&writer, fd, &arena);
	writer.level = 1;
	writer.index = &index;
	writer_hello(&writer, &hello, fault);
	for (table.number = 1; table.number < 20 && fault->status == 0; table.number++)
		writer_table(&writer, &table, fault);
	for (uint32_t i = 0; i < 8 && fault->status == 0; i++) {
		cells[1].size = i * 40000;
		writer_row(&writer, 1, cells, 2, fault);
	}
	for (table.number = 1; table.number < 20 && fault->status == 0; table.number++)
		writer_table_end(&writer, table.number, &total, fault);
	if (fault->status == 0)
		writer_end(&writer, &ending, fault);
	writer_close(&writer);
	index_close(&index);
	arena_close(&arena);
	return fault->status;
}

static int stream;

static int write_whole(struct fault *fault)
{
	int status;

	if (ftruncate(stream, 0) < 0)
		return -1;
	lseek(stream, 0, SEEK_SET);
	status = write_stream(stream, fault);
	return status;
}

static int read_how(bool by_index, struct fault *fault)
{
	struct arena arena = { 0 };
	struct value cells[4];
	struct reader reader;

	lseek(stream, 0, SEEK_SET);
	reader_begin(&reader, stream, "the test", &arena);
	while (fault->status == 0 && !reader_ended(&reader) && reader_next(&reader, fault) == 0) {
		if (reader.frame.kind == FRAME_HELLO && by_index)
			reader_use_index(&reader, fault);
		if (fault->status != 0)
			break;
		if (reader.frame.kind == FRAME_TABLE && reader.frame.table == 2)
			reader_skip(&reader);
		while (reader.frame.kind == FRAME_ROWS && reader_row(&reader, cells, fault))
			;
	}
	CHECK(reader_ended(&reader) == (fault->status == 0));
	reader_close(&reader);
	arena_close(&arena);
	return fault->status;
}

static int read_whole(struct fault *fault)
{
	return read_how(false, fault);
}

static int read_by_index(struct fault *fault)
{
	return read_how(true, fault);
}

static int narrow(struct fault *fault)
{
	static const uint32_t places[] = { 2, 0 };
	static const char *names[] = { "b" };
	struct term term = { .column = "a" };
	struct index index = { .name = "i", .terms = &term, .term_count = 1 };
	struct foreign foreign = { .table = "p", .columns = { names, 1 } };
	struct check check = { .expression = "b > 0 AND \"c\" < 1" };
	struct table table = sample_table(1, 3);
	struct arena arena = { 0 };
	int status;

	table.primary = table.uniques = table.indexes = &index;
	table.foreigns = &foreign;
	table.checks = &check;
	table.unique_count = table.index_count = table.foreign_count = table.check_count = 1;
	status = narrow_table(&arena, &table, places, 2, fault);
	arena_close(&arena);
	return status;
}

static int parse(struct fault *fault)
{
	struct texts list = { 0 }, operands;
	const struct option options[] = { { .name = "list", .letter = 'l', .kind = OPTION_LIST,
		.argument = "X", .help = "a list", .to = &list, .changes = true } };
	const struct tool tool = { .name = "tool", .operands = "A", .operands_most = 9,
		.options = options, .option_count = 1 };
	static char text[][9] = { "tool", "--list=a", "-lb", "x", "--list", "c", "y", "z" };
	char *words[COUNT(text) + 1] = { NULL };
	struct arena arena = { 0 };
	size_t count;

	for (size_t i = 0; i < COUNT(text); i++)
		words[i] = text[i];
	if (options_parse(&tool, &arena, (int)COUNT(text), words, &operands, fault) == 0 &&
		options_settings(&tool, &arena, &count) == NULL)
		fault_memory(fault);
	arena_close(&arena);
	return fault->status;
}

static void test_pack(void)
{
	fail_each(pack_values);
}

static void test_records(void)
{
	fail_each(unpack_records);
}

static void test_write(void)
{
	fail_each(write_whole);
}

static void test_read(void)
{
	struct fault fault = { 0 };

	CHECK(write_whole(&fault) == 0);
	fail_each(read_whole);
}

static void test_index(void)
{
	fail_each(read_by_index);
}

static void test_narrow(void)
{
	fail_each(narrow);
}

static void test_options(void)
{
	fail_each(parse);
}

/* What failed can be gone on with: bytes that were cleared, an arena that has room again. */
static void test_again(void)
{
	struct arena arena = { 0 };
	struct bytes bytes = { 0 };
	char *text;

	calls = 0;
	for_ever = false;
	failing = 1;
	CHECK(arena_text(&arena, "a") == NULL && arena.block == NULL);
	text = arena_text(&arena, "a");
	CHECK(text != NULL && *text == 'a');
	calls = 0;
	bytes_add_text(&bytes, "lost");
	CHECK(bytes.failed && bytes.size == 0);
	bytes_clear(&bytes);
	bytes_add_text(&bytes, "kept");
	CHECK(!bytes.failed && bytes.size == 4);
	failing = 0;
	arena_close(&arena);
	bytes_close(&bytes);
}

int main(void)
{
	static const struct test tests[] = {
		{ "packing", test_pack },
		{ "records", test_records },
		{ "writing a stream", test_write },
		{ "reading a stream", test_read },
		{ "reading by the index", test_index },
		{ "fewer columns", test_narrow },
		{ "options", test_options },
		{ "going on", test_again },
	};
	int code;

	stream = memfd_create("stream", MFD_CLOEXEC);
	code = test_run(tests, COUNT(tests));
	compress_close();
	close(stream);
	return code;
}
