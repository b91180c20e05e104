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

#include "flow/diff_definitions.h"
#include "flow/options.h"
#include "flow/reader.h"
#include "flow/watch.h"
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

/* --- comparing -------------------------------------------------------------------------------- */

enum { COMPARED = 60 };

static const char *const documents[] = { "{\"b\":[1.0,{\"d\":1,\"c\":2}],\"a\":\"\\u00e4\"}",
	"{\"a\":\"x\"}" };

/* A side of rows: some only there, some with another text than on the other side. */
struct compared {
	int place;
	int64_t next;
	struct value cells[3];
};

static int compared_begin(void *own, struct fault *fault)
{
	((struct compared *)own)->next = 0;
	return fault->status;
}

static bool compared_next(void *own, struct diff_row *row, struct fault *fault)
{
	struct compared *side = own;

	(void)fault;
	if (side->next == COMPARED)
		return false;
	side->cells[0] = integer_value(side->next % 7 == 0 ? side->next + 1000 * side->place :
		side->next);
	side->cells[1] = text_value(documents[side->next % 5 == 0 && side->place == 1]);
	side->cells[2] = text_value(side->place == 1 ? "2.50" : "2.5");
	*row = (struct diff_row){ .cells = side->cells };
	side->next++;
	return true;
}

static int print_found(void *own, const struct diff_finding *finding, struct fault *fault)
{
	struct diff_print *print = own;

	diff_print_finding(print, finding, fault);
	return print->text.failed ? fault_memory(fault) : fault->status;
}

static struct column typed[] = {
	{ .source = "id", .name = "id", .type = "int8" },
	{ .source = "doc", .name = "doc", .type = "jsonb" },
	{ .source = "n", .name = "n", .type = "numeric", .target = "numeric(10,2)" },
};

/* Right counts, and every finding told, or a fault; through files, so little memory it has. */
static int compare_tables(struct arena *arena, bool json, struct fault *fault)
{
	struct term term = { .column = "id" };
	struct index key = { .terms = &term, .term_count = 1 };
	const struct table table = { .source = "t", .name = "t", .columns = typed,
		.column_count = 3, .primary = &key, .coverage = "whole" };
	struct compared sides[2] = { { .place = 0 }, { .place = 1 } };
	struct diff_print print = { .names = { "a", "b" }, .json = json };
	struct diff diff = { .memory = 2000, .found = print_found, .own = &print };
	struct couple couple = { 0 };
	const char *unknown = NULL;

	if (couple_tables(arena, &table, &table, NULL, &couple, fault) == 0)
		couple_key(arena, &couple, NULL, &unknown, fault);
	diff.columns = couple.count;
	diff.key = couple.key;
	diff.key_count = couple.key_count;
	for (int i = 0; i < 2; i++)
		diff.sides[i] = (struct diff_side){ .own = &sides[i], .begin = compared_begin,
			.next = compared_next, .forms = couple.forms[i] };
	if (fault->status == 0 && diff_count(&diff, arena, fault) == 0) {
		CHECK(!diff.equal);
		diff_print_table(&print, &couple, &diff);
		diff_find(&diff, fault);
	}
	if (fault->status == 0) {
		CHECK(diff.missing == 9 && diff.extra == 9 && diff.changed == 10);
		diff_print_total(&print, &diff);
		diff_print_summary(&print);
	}
	if (print.text.failed || print.tables.failed)
		fault_memory(fault);
	else if (fault->status == 0)
		CHECK(print.text.size > 500);
	couple_close(&couple);
	diff_close(&diff);
	diff_print_close(&print);
	return fault->status;
}

static int compare_for_people(struct fault *fault)
{
	struct arena arena = { 0 };

	compare_tables(&arena, false, fault);
	arena_close(&arena);
	return fault->status;
}

static int compare_for_programs(struct fault *fault)
{
	struct arena arena = { 0 };

	compare_tables(&arena, true, fault);
	arena_close(&arena);
	return fault->status;
}

static void test_compare(void)
{
	fail_each(compare_for_people);
	fail_each(compare_for_programs);
}

static int compare_definitions(struct fault *fault)
{
	struct check check = { .expression = "x > 0" };
	const struct table one = { .source = "t", .name = "t", .columns = typed,
		.column_count = 3, .coverage = "definitions" };
	const struct table other = { .source = "t", .name = "t", .columns = typed,
		.column_count = 2, .coverage = "definitions", .checks = &check, .check_count = 1 };
	const struct table *const both[] = { &one, &other };
	struct diff_print print = { .names = { "a", "b" } };
	struct arena arena = { 0 };

	if (diff_print_definitions(&print, both, &arena, fault) == 0)
		CHECK(print.remarks == 2);
	if (print.text.failed)
		fault_memory(fault);
	diff_print_close(&print);
	arena_close(&arena);
	return fault->status;
}

static int watch_table_rows(struct watch *watch, const struct table *table, struct fault *fault)
{
	if (watch_table(watch, table, fault) != 0 || watch_check(watch, fault) != 0)
		return fault->status;
	for (int64_t i = 0; i < 50; i++) {
		const struct value cells[] = { integer_value(i % 40), text_value(documents[i % 2]),
			text_value("2.50") };

		if (watch_row(watch, table, cells, fault) != 0)
			return fault->status;
	}
	return watch_end(watch, fault);
}

static int hold_rules(struct fault *fault)
{
	static const char text[] = "unique(t.id)\nin(t.id, t.id)\nunique(t.doc, t.n) = 2\n"
		"range(t.n, 0, 2.50)\nrows(\"t\") = 50\nmatches(t.id, '[0-9]*')";
	const struct table table = { .source = "t", .name = "t", .columns = typed,
		.column_count = 3, .coverage = "whole" };
	struct expect_rules rules = { 0 };
	struct watch watch = { 0 };
	struct bytes shown = { 0 };
	struct arena arena = { 0 };

	if (expect_parse(&arena, "rules", text, strlen(text), &rules, fault) == 0 &&
		watch_begin(&watch, &rules, &arena, fault) == 0 &&
		watch_table_rows(&watch, &table, fault) == 0)
		for (size_t i = 0; i < watch.count; i++) {
			const struct watch_rule *own = &watch.rules[i];

			if (!CHECK(expect_holds(own->rule, &own->measured) == (i != 0)))
				printf("# %s\n", own->rule->text);
			expect_show(&shown, own->rule, &own->measured);
		}
	if (shown.failed)
		fault_memory(fault);
	bytes_close(&shown);
	watch_close(&watch);
	arena_close(&arena);
	return fault->status;
}

static void test_rules(void)
{
	fail_each(compare_definitions);
	fail_each(hold_rules);
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
		{ "comparing rows", test_compare },
		{ "comparing definitions, holding rules", test_rules },
	};
	int code;

	stream = memfd_create("stream", MFD_CLOEXEC);
	code = test_run(tests, COUNT(tests));
	compress_close();
	close(stream);
	return code;
}
