/*
 * Writer and reader, over temporary files and pipes: what goes in comes out, in the frames that it
 * ought to be in; and what was damaged, cut, doubled or lied about is refused where it is.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/descriptor.h"
#include "flow/reader.h"
#include "flow/writer.h"
#include "sample.h"
#include "wire/compress.h"
#include "wire/pack.h"

static const uint64_t seed = 0x0707070707070707; /* of every stream here */

static struct fault fault;
static struct arena arena;
static struct writer writer;
static struct index_builder builder;
static struct bytes wire; /* the stream that was written last */

/* --- writing ---------------------------------------------------------------------------------- */

static void begin(int level, bool index)
{
	struct hello hello = sample_hello(7);

	writer_begin(&writer, memfd_create("stream", MFD_CLOEXEC), &arena);
	writer.level = level;
	if (index)
		writer.index = &builder;
	CHECK(writer_hello(&writer, &hello, &fault) == 0);
}

static void begin_table(uint32_t number)
{
	struct table table = sample_table(number, 2);

	CHECK(writer_table(&writer, &table, &fault) == 0);
}

/* A row of a number and of bytes of this size. */
static void add_row(uint32_t table, int64_t number, const uint8_t *data, uint32_t size)
{
	struct value cells[2] = { integer_value(number), { .kind = VALUE_BYTES, .size = size } };

	cells[1].data = data;
	CHECK(writer_row(&writer, table, cells, 2, &fault) == 0);
}

static void end_table(uint32_t number)
{
	struct total total = { 0 };

	CHECK(writer_table_end(&writer, number, &total, &fault) == 0);
}

/* Everything that was written is in `wire` then. */
static void keep(void)
{
	off_t size = lseek(writer.fd, 0, SEEK_END);

	CHECK(size == (off_t)writer.offset);
	bytes_clear(&wire);
	if (bytes_reserve(&wire, (size_t)size))
		wire.size = (size_t)pread(writer.fd, wire.data, (size_t)size, 0);
	CHECK((off_t)wire.size == size);
	close(writer.fd);
	writer_close(&writer);
	index_close(&builder);
	builder = (struct index_builder){ 0 };
}

static void end(void)
{
	struct ending ending = { 0 };

	CHECK(writer_end(&writer, &ending, &fault) == 0);
	keep();
}

/* Two tables with a few rows each. */
static void write_small(int level, bool index)
{
	uint8_t data[100] = { 0 };

	begin(level, index);
	begin_table(1);
	begin_table(3);
	for (int i = 0; i < 5; i++)
		add_row(1, i, data, (uint32_t)i);
	end_table(1);
	for (int i = 0; i < 3; i++)
		add_row(3, i, data, 100);
	end_table(3);
	end();
}

/* --- reading ---------------------------------------------------------------------------------- */

struct seen {
	unsigned frames;
	uint64_t rows;
	uint64_t largest; /* raw payload of a ROWS frame */
	uint64_t next;    /* the number that the next row has */
	bool ended;
	bool partial;
};

enum { BY_INDEX = 1, SKIP_FIRST = 2, NO_ROWS = 4 };

static int file_of(const struct bytes *bytes)
{
	int fd = memfd_create("copy", MFD_CLOEXEC);

	CHECK(write(fd, bytes->data, bytes->size) == (ssize_t)bytes->size);
	lseek(fd, 0, SEEK_SET);
	return fd;
}

static void read_rows(struct reader *reader, struct seen *seen)
{
	struct value cells[2];

	while (reader_row(reader, cells, &fault)) {
		CHECK(cells[0].kind == VALUE_INTEGER || cells[0].kind == VALUE_NULL);
		seen->rows++;
	}
}

static int read_fd(int fd, int how, struct seen *seen)
{
	struct arena own = { 0 };
	struct reader reader;

	*seen = (struct seen){ 0 };
	reader_begin(&reader, fd, "the test", &own);
	while (fault.status == 0 && !reader_ended(&reader) && reader_next(&reader, &fault) == 0) {
		const struct frame *frame = &reader.frame;

		seen->frames++;
		if (frame->kind == FRAME_HELLO && (how & BY_INDEX))
			reader_use_index(&reader, &fault);
		if (fault.status != 0)
			break;
		if (frame->kind == FRAME_TABLE && frame->table == 1 && (how & SKIP_FIRST))
			reader_skip(&reader);
		if (frame->kind != FRAME_ROWS)
			continue;
		if (frame->raw_length > seen->largest)
			seen->largest = frame->raw_length;
		if (!(how & NO_ROWS))
			read_rows(&reader, seen);
	}
	seen->ended = reader_ended(&reader);
	CHECK(seen->ended == (fault.status == 0)); /* an END that is wrong is no end */
	seen->partial = reader_partial(&reader);
	reader_close(&reader);
	arena_close(&own);
	return fault.status;
}

static int read_wire(const struct bytes *bytes, int how, struct seen *seen)
{
	int fd = file_of(bytes), status = read_fd(fd, how, seen);

	close(fd);
	return status;
}

/* --- what is whole ---------------------------------------------------------------------------- */

static void test_small(void)
{
	struct seen seen;

	for (int level = 0; level < 20; level += 6)
		for (int index = 0; index < 2; index++) {
			write_small(level, index);
			CHECK(read_wire(&wire, 0, &seen) == 0 && seen.ended && !seen.partial);
			CHECK(seen.rows == 8 && seen.frames == 8u + (unsigned)index);
			CHECK(read_wire(&wire, NO_ROWS, &seen) == 0 && seen.ended);
			CHECK(seen.rows == 0);
			CHECK(read_wire(&wire, BY_INDEX, &seen) == 0 && seen.ended);
			CHECK(!seen.partial);
			CHECK(seen.rows == 8);
			CHECK(read_wire(&wire, SKIP_FIRST, &seen) == 0 && seen.ended);
			CHECK(seen.rows == 3);
			CHECK(read_wire(&wire, BY_INDEX | SKIP_FIRST, &seen) == 0 && seen.ended);
			CHECK(seen.rows == 3 && seen.partial == index);
		}
}

static void test_empty(void)
{
	struct seen seen;

	begin(0, true);
	end();
	CHECK(read_wire(&wire, 0, &seen) == 0 && seen.ended && seen.frames == 3);
	CHECK(read_wire(&wire, BY_INDEX, &seen) == 0 && seen.ended);
	begin(3, false);
	begin_table(1);
	end_table(1);
	end();
	CHECK(read_wire(&wire, 0, &seen) == 0 && seen.ended && seen.rows == 0);
}

/* The chain is the same with compression and an index, and nothing else of END but the offset. */
static void test_chain(void)
{
	uint8_t chain[16];

	write_small(0, false);
	ledger_chain(&writer.ledger, chain);
	for (int way = 1; way < 4; way++) {
		uint8_t other[16];

		write_small(way & 1 ? 3 : 0, way & 2);
		ledger_chain(&writer.ledger, other);
		CHECK(memcmp(chain, other, sizeof(chain)) == 0);
	}
}

/* The last 8 bytes of an archive lead to its INDEX. */
static void test_tail(void)
{
	uint64_t offset;

	write_small(3, true);
	offset = get_u64(wire.data + wire.size - 8);
	CHECK(offset < wire.size && wire.data[offset + 3] == FRAME_INDEX);
	CHECK(get_u32(wire.data + offset + 9) == 0); /* seq */
	write_small(3, false);
	CHECK(get_u64(wire.data + wire.size - 8) == 0);
}

static uint8_t *large_data(size_t size)
{
	uint8_t *data = malloc(size);

	for (size_t i = 0; i < size; i++)
		data[i] = (uint8_t)(i % 100 < 50 ? sample_random() : 'x');
	return data;
}

/* A payload of n rows is `head` of each and its data. */
static void test_frames_close(void)
{
	struct seen seen;
	uint8_t *data = large_data(1 << 20);

	begin(0, false);
	begin_table(1);
	for (int i = 0; i < 3000; i++)
		add_row(1, i, data, 997); /* 1 + 1..3 + 3 + 997 */
	end_table(1);
	end();
	CHECK(read_wire(&wire, 0, &seen) == 0 && seen.rows == 3000 && seen.frames == 16);
	CHECK(seen.largest >= FRAME_ROWS_TARGET - FRAME_HEADER);
	CHECK(seen.largest < FRAME_ROWS_TARGET + 1010);
	free(data);
}

/* Rows around 256 KiB: alone once they are larger, together with others just below. */
static void test_large_rows(void)
{
	static const struct {
		uint32_t size;
		unsigned frames;
	} cases[] = {
		{ FRAME_ROWS_TARGET - 7, 1 }, { FRAME_ROWS_TARGET - 6, 3 }, { 1 << 20, 3 },
		{ 5 << 20, 3 },
	};
	uint8_t *data = large_data(5 << 20);
	struct seen seen;

	for (size_t i = 0; i < COUNT(cases); i++)
		for (int level = 0; level < 2; level++) {
			begin(level, true);
			begin_table(1);
			add_row(1, 1, data, 10);
			add_row(1, 2, data, 20);
			add_row(1, 3, data, cases[i].size); /* 1 + 1 + 5 more */
			add_row(1, 4, data, 30);
			end_table(1);
			end();
			CHECK(read_wire(&wire, 0, &seen) == 0 && seen.ended && seen.rows == 4);
			CHECK(seen.frames == 5 + (cases[i].frames == 1 ? 2 : 3));
			CHECK(seen.largest >= cases[i].size);
		}
	free(data);
}

/* Through a pipe, a piece at a time: nothing depends on how the bytes arrive. */
static void test_pipe(void)
{
	uint8_t *data = large_data(3 << 20);
	struct seen seen;
	int pipes[2];
	pid_t child;

	begin(1, true);
	begin_table(1);
	for (int i = 0; i < 100; i++)
		add_row(1, i, data, (uint32_t)(i * 300));
	add_row(1, 100, data, 3 << 20);
	end_table(1);
	end();
	CHECK(pipe(pipes) == 0);
	fflush(stdout);
	child = fork();
	if (child == 0) {
		for (size_t done = 0, step; done < wire.size; done += step) {
			step = done < 2000 ? 1 : 1 + sample_below(200000);
			step = step < wire.size - done ? step : wire.size - done;
			if (write(pipes[1], wire.data + done, step) != (ssize_t)step)
				_exit(1);
		}
		_exit(0);
	}
	close(pipes[1]);
	CHECK(read_fd(pipes[0], BY_INDEX, &seen) == 0 && seen.ended && seen.rows == 101);
	CHECK(!seen.partial);
	close(pipes[0]);
	waitpid(child, NULL, 0);
	free(data);
}

/* Random rows of every kind come out as they went in. */
static void test_values(void)
{
	enum { ROWS = 2000, CELLS = 4, ROOM = 3000 };
	uint8_t *data = malloc((size_t)ROWS * CELLS * ROOM);
	static struct value values[ROWS][CELLS];
	struct table table = sample_table(1, CELLS);
	struct arena own = { 0 };
	struct reader reader;
	unsigned row = 0;

	begin(2, false);
	CHECK(writer_table(&writer, &table, &fault) == 0);
	for (unsigned i = 0; i < ROWS; i++) {
		for (unsigned j = 0; j < CELLS; j++)
			values[i][j] = sample_value(data + ((size_t)i * CELLS + j) * ROOM, ROOM);
		CHECK(writer_row(&writer, 1, values[i], CELLS, &fault) == 0);
	}
	end_table(1);
	end();
	reader_begin(&reader, file_of(&wire), "the test", &own);
	while (fault.status == 0 && !reader_ended(&reader) && reader_next(&reader, &fault) == 0) {
		struct value cells[CELLS];

		while (reader.frame.kind == FRAME_ROWS && reader_row(&reader, cells, &fault)) {
			for (unsigned j = 0; j < CELLS; j++)
				if (!same_value(&cells[j], &values[row][j]))
					CHECK(false);
			row++;
		}
	}
	CHECK(reader_ended(&reader) && row == ROWS && fault.status == 0);
	close(reader.fd);
	reader_close(&reader);
	arena_close(&own);
	free(data);
}

/* Read, passed on and written again it is the same stream, byte for byte. */
static void test_pass(void)
{
	struct bytes first = { 0 };
	struct arena own = { 0 };
	struct reader reader;
	struct ending ending = { 0 };

	write_small(0, false);
	bytes_add(&first, wire.data, wire.size);
	reader_begin(&reader, file_of(&first), "the test", &own);
	writer_begin(&writer, memfd_create("stream", MFD_CLOEXEC), &arena);
	while (fault.status == 0 && !reader_ended(&reader) && reader_next(&reader, &fault) == 0)
		if (reader.frame.kind == FRAME_HELLO)
			writer_hello(&writer, &reader.hello, &fault);
		else if (reader.frame.kind == FRAME_TABLE_END)
			writer_table_end(&writer, reader.frame.table, &reader.total, &fault);
		else if (reader.frame.kind != FRAME_END)
			writer_pass(&writer, &reader.frame, &fault);
	CHECK(fault.status == 0 && writer_end(&writer, &ending, &fault) == 0);
	keep();
	CHECK(wire.size == first.size && memcmp(wire.data, first.data, wire.size) == 0);
	close(reader.fd);
	reader_close(&reader);
	bytes_close(&first);
	arena_close(&own);
}

/* --- what is not whole ------------------------------------------------------------------------ */

static void test_cut(void)
{
	struct bytes copy = { 0 };
	struct seen seen;

	write_small(0, true);
	copy = wire;
	for (copy.size = 1; copy.size < wire.size; copy.size++) {
		CHECK(read_wire(&copy, 0, &seen) == STATUS_STREAM && !seen.ended);
		CHECK(speaks_of(&fault, STATUS_STREAM, copy.size < 3 ? "ends" : "it ends "));
		CHECK(read_wire(&copy, BY_INDEX | SKIP_FIRST, &seen) == STATUS_STREAM);
		CHECK(!seen.ended);
		fault = (struct fault){ 0 };
	}
	copy.size = 0;
	CHECK(read_wire(&copy, 0, &seen) == STATUS_STREAM);
	CHECK(says(&fault, STATUS_STREAM,
		"the test is empty: the program before it wrote nothing"));
	copy.size = 38 + 5;
	CHECK(read_wire(&copy, 0, &seen) == STATUS_STREAM);
	CHECK(says(&fault, STATUS_STREAM,
		"the test: it ends in the middle of a frame (at byte 0, good up to frame 0)"));
}

static void test_flips(void)
{
	struct seen seen;

	for (int level = 0; level < 2; level++) {
		write_small(level, true);
		for (size_t i = 0; i < wire.size * 8; i++) {
			wire.data[i / 8] ^= (uint8_t)(1 << i % 8);
			CHECK(read_wire(&wire, 0, &seen) == STATUS_STREAM && !seen.ended);
			fault = (struct fault){ 0 };
			wire.data[i / 8] ^= (uint8_t)(1 << i % 8);
		}
	}
}

/* The frames of `wire`: where each begins, and at last where it ends. */
static size_t find_frames(size_t *places)
{
	size_t count = 0, offset = 0;

	while (offset < wire.size) {
		places[count++] = offset;
		offset += FRAME_HEADER + get_u32(wire.data + offset + 17);
	}
	places[count] = offset;
	return count;
}

/* The frames of `wire` with one of them, or a copy of it, in front of another one. */
static void move_frame(struct bytes *copy, const size_t *places, size_t moved, size_t to,
	bool twice)
{
	size_t size = places[moved + 1] - places[moved];

	bytes_clear(copy);
	for (size_t i = 0; places[i] < wire.size || i == to; i++) {
		if (i == to)
			bytes_add(copy, wire.data + places[moved], size);
		if (places[i] == wire.size)
			break;
		if (i != moved || twice)
			bytes_add(copy, wire.data + places[i], places[i + 1] - places[i]);
	}
}

/* Every frame left out, doubled, and put at any other place. */
static void test_moved(void)
{
	struct bytes copy = { 0 };
	size_t places[20], count;
	struct seen seen;

	write_small(0, true);
	count = find_frames(places);
	CHECK(count == 9);
	for (size_t moved = 0; moved < count; moved++)
		for (size_t to = 0; to <= count + 1; to++)
			for (int twice = 0; twice < 2; twice++) {
				move_frame(&copy, places, moved, to, twice);
				if (copy.size == wire.size &&
					memcmp(copy.data, wire.data, wire.size) == 0)
					continue; /* as it was */
				CHECK(read_wire(&copy, 0, &seen) == STATUS_STREAM && !seen.ended);
				fault = (struct fault){ 0 };
			}
	bytes_close(&copy);
}

static void test_behind(void)
{
	struct bytes copy = { 0 };
	struct seen seen;

	write_small(0, false);
	bytes_add(&copy, wire.data, wire.size);
	bytes_add_byte(&copy, 0);
	CHECK(read_wire(&copy, 0, &seen) == STATUS_STREAM);
	CHECK(speaks_of(&fault, STATUS_STREAM, "the test: bytes follow END (at byte "));
	bytes_clear(&copy);
	bytes_add(&copy, wire.data, wire.size);
	bytes_add(&copy, wire.data, wire.size);
	CHECK(read_wire(&copy, 0, &seen) == STATUS_STREAM);
	CHECK(speaks_of(&fault, STATUS_STREAM, "bytes follow END"));
	bytes_close(&copy);
}

static void test_no_stream(void)
{
	struct bytes copy = { 0 };
	struct seen seen;

	bytes_add_text(&copy, "SQLite format 3 and a lot of other bytes that are no stream");
	CHECK(read_wire(&copy, 0, &seen) == STATUS_STREAM);
	CHECK(says(&fault, STATUS_STREAM, "the test is no row stream"));
	copy.size = 2;
	CHECK(read_wire(&copy, 0, &seen) == STATUS_STREAM);
	CHECK(says(&fault, STATUS_STREAM, "the test is no row stream"));
	bytes_close(&copy);
}

/* --- what is well-formed, and wrong ----------------------------------------------------------- */

/* Frames with right checks, whatever they say. */
static void forge(enum frame_kind kind, uint32_t table, uint32_t seq, uint32_t rows,
	const void *payload, size_t size)
{
	struct frame frame = { .kind = kind, .table = table, .seq = seq, .rows = rows,
		.length = (uint32_t)size, .hash = hash_64(payload, size, 0) };
	uint8_t header[FRAME_HEADER];

	frame_write_header(header, &frame, seed);
	bytes_add(&wire, header, sizeof(header));
	bytes_add(&wire, payload, size);
}

/* HELLO and a table of two columns are in `wire`, and nothing else. */
static void forge_begin(void)
{
	size_t places[20];

	write_small(0, false);
	find_frames(places);
	wire.size = places[2];
}

static void forge_record(enum frame_kind kind, uint32_t table, uint32_t seq,
	const struct record *record, const void *from)
{
	struct bytes payload = { 0 };

	record_pack(&payload, record, from);
	forge(kind, table, seq, 0, payload.data, payload.size);
	bytes_close(&payload);
}

static bool forged_says(const char *text)
{
	struct seen seen;

	return read_wire(&wire, 0, &seen) == STATUS_STREAM && says(&fault, STATUS_STREAM, text);
}

static void test_wrong_rows(void)
{
	static const struct {
		const char *payload;
		size_t size;
		unsigned row;
		const char *why;
	} cases[] = {
		{ "\x92\1\2\x92\1\xc1", 6, 2, "a value is of a kind that no cell has" },
		{ "\x92\1\2\x91\1", 5, 2, "a row has not as many cells as its table has columns" },
		{ "\x92\1\2", 3, 2, "it ends in the middle of a value" },
		{ "\x92\1\2\x92\1\2\0", 7, 3, "bytes are left over behind its last value" },
		{ "\x92\1\xcc\1\x92\1\2", 7, 1, "a number is not in its shortest form" },
	};
	char text[300];

	for (size_t i = 0; i < COUNT(cases); i++) {
		size_t place;

		forge_begin();
		place = wire.size;
		forge(FRAME_ROWS, 1, 3, 2, cases[i].payload, cases[i].size);
		snprintf(text, sizeof(text), "the test: table \"t\", row %u is not well-formed: %s "
			"(at byte %zu, good up to frame 2)", cases[i].row, cases[i].why, place);
		CHECK(forged_says(text));
	}
}

/* The place is where the frame stands that is wrong, and the good ones end before it. */
static void test_wrong_ends(void)
{
	struct total total = { .extracted = 1, .rows = 1, .frames = 1, .bytes = 3 };
	struct ending ending = { .frames = 4 };
	char text[300];
	size_t place;

	forge_begin();
	forge(FRAME_ROWS, 1, 3, 1, "\x92\1\2", 3);
	place = wire.size;
	forge_record(FRAME_TABLE_END, 1, 4, &record_total, &total);
	snprintf(text, sizeof(text), "the test: the rows of table 1 are not those of its end: "
		"the digests differ (at byte %zu, good up to frame 3)", place);
	CHECK(forged_says(text));
	wire.size = place;
	hash_put(total.digest, hash_128("\x92\1\2", 3));
	forge_record(FRAME_TABLE_END, 1, 4, &record_total, &total);
	place = wire.size;
	forge_record(FRAME_END, 0, 5, &record_ending, &ending);
	snprintf(text, sizeof(text),
		"the test: END is of another stream (at byte %zu, good up to frame 4)", place);
	CHECK(forged_says(text));
}

static void test_abort(void)
{
	struct abortion abortion = { "someone", "the disk is full", 74 };
	struct seen seen;

	begin(0, false);
	begin_table(1);
	CHECK(writer_row(&writer, 1, (struct value[2]){ { 0 }, { 0 } }, 2, &fault) == 0);
	CHECK(writer_abort(&writer, &abortion, &fault) == 0);
	keep();
	CHECK(read_wire(&wire, 0, &seen) == 74 && !seen.ended && seen.frames == 2);
	CHECK(says(&fault, 74, "someone stopped: the disk is full"));
}

/* A signal stops the writer between two frames; the ABORT that follows is where a frame must be. */
static void test_stopped(void)
{
	struct abortion abortion = { "someone", "stopped by signal 15", 75 };
	struct value row[2] = { { 0 }, { 0 } };
	struct seen seen;

	for (int level = 0; level < 2; level++) {
		begin(level, true);
		begin_table(1);
		CHECK(writer_row(&writer, 1, row, 2, &fault) == 0);
		descriptor_stop = SIGTERM;
		CHECK(writer_table_end(&writer, 1, &(struct total){ 0 }, &fault) == STATUS_AGAIN);
		fault = (struct fault){ 0 };
		descriptor_stop = 0;
		CHECK(writer_abort(&writer, &abortion, &fault) == 0);
		writer.offset = (uint64_t)lseek(writer.fd, 0, SEEK_CUR);
		keep();
		CHECK(read_wire(&wire, 0, &seen) == 75 && !seen.ended);
		CHECK(says(&fault, 75, "someone stopped: stopped by signal 15"));
	}
}

/* 0 would be success, 1 an answer, 141 would be silent: an ABORT is a failure that is told. */
static void test_abort_status(void)
{
	static const uint64_t wrong[] = { 0, 1, 63, 79, 141, 255, 256, 320, INT64_MAX };
	struct abortion abortion = { "someone", "why", 0 };

	for (size_t i = 0; i < COUNT(wrong); i++) {
		struct seen seen;

		abortion.status = wrong[i];
		forge_begin();
		forge_record(FRAME_ABORT, 0, 3, &record_abort, &abortion);
		CHECK(read_wire(&wire, 0, &seen) == STATUS_STREAM);
		CHECK(speaks_of(&fault, STATUS_STREAM, "ABORT carries no exit status"));
	}
}

/* --- indexes that lie ------------------------------------------------------------------------- */

static bool index_says(const char *words)
{
	struct seen seen;

	return read_wire(&wire, BY_INDEX | SKIP_FIRST, &seen) == STATUS_STREAM &&
		speaks_of(&fault, STATUS_STREAM, words);
}

static void add_tail(uint64_t offset)
{
	uint8_t tail[8];

	put_u64(tail, offset);
	bytes_add(&wire, tail, sizeof(tail));
}

/* The last bytes may lead anywhere: to rows whose compressed claim is larger than they are, too. */
static void test_index_elsewhere(void)
{
	uint8_t bomb[FRAME_PACKED + 4] = { 0 };
	struct frame frame = { .kind = FRAME_ROWS, .flags = FRAME_COMPRESSED, .table = 1, .seq = 3,
		.rows = 1, .length = sizeof(bomb) };
	uint8_t header[FRAME_HEADER];
	size_t place;

	forge_begin();
	place = wire.size;
	put_u32(bomb, 1 << 30);
	frame.hash = hash_64(bomb, sizeof(bomb), 0);
	frame_write_header(header, &frame, seed);
	bytes_add(&wire, header, sizeof(header));
	bytes_add(&wire, bomb, sizeof(bomb));
	add_tail(place);
	CHECK(index_says("the compressed payload is no zstd frame (at byte "));
	forge_begin();
	place = wire.size - 3;
	bytes_add(&wire, header, sizeof(header));
	add_tail(place);
	CHECK(index_says("no frame begins here (at byte "));
	forge_begin();
	place = wire.size;
	forge(FRAME_ROWS, 1, 3, 1, "\x92\1\2", 3);
	add_tail(place);
	CHECK(index_says("END does not point to the index"));
	forge_begin();
	add_tail(UINT64_MAX); /* is none, and is seen where it stands */
	CHECK(index_says("it ends in the middle of a frame (at byte "));
}

/* An index in front of the right END, which is made by `change` from the right frames. */
static void write_lying(void (*change)(struct frame *))
{
	struct index_builder lie = { 0 };
	struct bytes payload = { 0 };
	size_t places[20], count, index, size;
	struct bytes rest = { 0 };

	write_small(0, true);
	count = find_frames(places);
	index = places[count - 2];
	bytes_add(&rest, wire.data + places[count - 1], places[count] - places[count - 1]);
	for (size_t i = 0; i + 2 < count; i++) {
		struct frame frame;

		CHECK(frame_read_header(wire.data + places[i], seed, &frame, &fault) == 0);
		frame.offset = places[i];
		frame.payload = wire.data + places[i] + FRAME_HEADER;
		frame.raw_length = frame.length;
		change(&frame);
		index_add(&lie, &frame);
	}
	index_pack(&payload, &lie);
	wire.size = index;
	forge(FRAME_INDEX, 0, 0, 0, payload.data, payload.size);
	size = rest.size;
	bytes_add(&wire, rest.data, size);
	index_close(&lie);
	bytes_close(&payload);
	bytes_close(&rest);
}

static void lie_nothing(struct frame *frame)
{
	(void)frame;
}

static void lie_kind(struct frame *frame)
{
	if (frame->kind == FRAME_TABLE_END)
		frame->kind = FRAME_ROWS;
}

static void lie_table(struct frame *frame)
{
	if (frame->kind == FRAME_ROWS && frame->table == 3)
		frame->table = 1; /* which is skipped: rows of 3 would be missing */
}

static void lie_rows(struct frame *frame)
{
	frame->rows += frame->kind == FRAME_ROWS;
}

static void lie_offset(struct frame *frame)
{
	frame->offset += frame->seq == 7;
}

static void test_index_lies(void)
{
	struct seen seen;
	size_t place;

	forge_begin();
	place = wire.size;
	forge(FRAME_INDEX, 0, 0, 0, "", 0);
	add_tail(place);
	CHECK(index_says("INDEX is not well-formed: it ends in the middle of a value"));
	forge_begin();
	place = wire.size;
	forge(FRAME_INDEX, 0, 0, 0, "\x82\xa6" "frames\x90\xab" "definitions\x90", 22);
	add_tail(place);
	CHECK(index_says("the test: the index does not lead to frame 2 (at byte "));

	write_lying(lie_nothing);
	CHECK(read_wire(&wire, BY_INDEX | SKIP_FIRST, &seen) == 0 && seen.ended && seen.rows == 3);
	write_lying(lie_kind);
	CHECK(index_says("the index does not agree with frame "));
	write_lying(lie_table);
	CHECK(index_says("the end of table 3 says 3 rows, but there are 0"));
	write_lying(lie_rows);
	CHECK(index_says("the index does not agree with frame "));
	write_lying(lie_offset);
	CHECK(index_says("the test: the index does not lead to frame 7 (at byte "));
}

/* --- writing that fails ----------------------------------------------------------------------- */

static void test_full(void)
{
	struct hello hello = sample_hello(1);
	int fd = open("/dev/full", O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		return;
	writer_begin(&writer, fd, &arena);
	CHECK(writer_hello(&writer, &hello, &fault) == STATUS_IO);
	CHECK(speaks_of(&fault, STATUS_IO, "standard output: "));
	writer_close(&writer);
	close(fd);
}

/* A definition larger than a frame of its kind may be is refused where it is written. */
static void test_too_large(void)
{
	struct table table = sample_table(1, 2);
	char *sql = malloc(FRAME_OTHER_MOST + 1);

	memset(sql, 'x', FRAME_OTHER_MOST);
	sql[FRAME_OTHER_MOST] = '\0';
	table.sql = sql;
	begin(0, false);
	CHECK(writer_table(&writer, &table, &fault) == STATUS_MISFIT);
	CHECK(speaks_of(&fault, STATUS_MISFIT, "is larger than the stream can carry"));
	begin_table(2); /* what was refused was not counted */
	end_table(2);
	end();
	free(sql);
}

/* A frame of rows of several tables, in turns; and what is not passed through the grammar. */
static void test_interleaved(void)
{
	struct seen seen;
	uint8_t data[10] = { 0 };

	begin(0, false);
	begin_table(1);
	begin_table(2);
	for (int i = 0; i < 6; i++)
		add_row(1 + (uint32_t)i % 2, i, data, 10);
	end_table(2);
	add_row(1, 9, data, 10);
	end_table(1);
	end();
	CHECK(read_wire(&wire, 0, &seen) == 0 && seen.ended && seen.rows == 7);
}

/* --- keys of rows to delete ------------------------------------------------------------------- */

/* Rows and keys in turns: what is open goes out before the other begins. */
static void write_deletes(uint32_t keys, uint32_t size)
{
	uint8_t data[300] = { 0 };
	struct value cells[2] = { { .kind = VALUE_INTEGER }, { .kind = VALUE_BYTES } };

	begin(0, false);
	begin_table(1);
	begin_table(2);
	add_row(1, 1, data, 1);
	cells[1].size = size;
	cells[1].data = data;
	for (uint32_t i = 0; i < keys; i++) {
		cells[0].integer = i;
		CHECK(writer_delete(&writer, 1, cells, 2, &fault) == 0);
	}
	CHECK(keys == 0 || writer_delete(&writer, 2, cells, 2, &fault) == 0);
	add_row(1, 2, data, 1);
	end_table(1);
	end_table(2);
	end();
}

/* Every key comes back, in frames of about 256 KiB, whichever head their array has. */
static void test_deletes(void)
{
	static const struct { uint32_t keys, size; unsigned frames; } cases[] = {
		{ 0, 0, 0 }, { 1, 0, 2 }, { 15, 9, 2 }, { 16, 9, 2 }, { 20000, 1, 2 },
		{ 70000, 0, 3 }, { 5000, 300, 7 }
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct arena own = { 0 };
		struct reader reader;
		struct value cells[2];
		unsigned frames = 0;
		int64_t next = 0, others = 0;

		write_deletes(cases[i].keys, cases[i].size);
		reader_begin(&reader, file_of(&wire), "the test", &own);
		while (!reader_ended(&reader) && CHECK(reader_next(&reader, &fault) == 0)) {
			if (reader.frame.kind != FRAME_DELETE)
				continue;
			frames++;
			CHECK(reader.frame.rows == 0 && reader.frame.raw_length <= 300 * 1024);
			while (reader_delete(&reader, cells, &fault)) {
				CHECK(reader.frame.table == 2 || cells[0].integer == next++);
				CHECK(cells[1].size == cases[i].size);
				others += reader.frame.table == 2;
			}
		}
		CHECK(fault.status == 0 && next == cases[i].keys && others == (next > 0));
		if (!CHECK(frames == cases[i].frames))
			printf("# %u frames of %u keys\n", frames, cases[i].keys);
		CHECK(reader.ending.totals[0].deletes == cases[i].keys &&
			reader.ending.totals[0].rows == 2 && reader.ending.totals[0].frames ==
			(cases[i].keys > 0 ? 2 : 1));
		close(reader.fd);
		reader_close(&reader);
		arena_close(&own);
	}
}

int main(void)
{
	static const struct test tests[] = {
		{ "a few rows, compressed and not, with an index and without", test_small },
		{ "no rows, no tables", test_empty },
		{ "one chain", test_chain },
		{ "the last bytes", test_tail },
		{ "frames close at 256 KiB", test_frames_close },
		{ "large rows are alone", test_large_rows },
		{ "a pipe that trickles", test_pipe },
		{ "random rows", test_values },
		{ "passed on unchanged", test_pass },
		{ "tables in turns", test_interleaved },
		{ "cut at every byte", test_cut },
		{ "every bit", test_flips },
		{ "frames left out, doubled, moved", test_moved },
		{ "bytes behind END", test_behind },
		{ "no stream at all", test_no_stream },
		{ "rows that are wrong", test_wrong_rows },
		{ "ends that are wrong", test_wrong_ends },
		{ "ABORT", test_abort },
		{ "ABORT of a writer that was stopped", test_stopped },
		{ "ABORT carries a failure", test_abort_status },
		{ "an index that stands elsewhere", test_index_elsewhere },
		{ "an index that lies", test_index_lies },
		{ "a full disk", test_full },
		{ "a definition that is too large", test_too_large },
		{ "keys of rows to delete", test_deletes },
	};
	int code = test_run(tests, COUNT(tests));

	bytes_close(&wire);
	compress_close();
	arena_close(&arena);
	return code;
}
