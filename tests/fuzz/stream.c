/*
 * A whole stream.  The first byte chooses how it is read; then either raw bytes follow, or a list
 * of frames, each an op byte and what it wants, that are wrapped here with right numbers and
 * checks, so that what is behind the hashes is reached:
 *
 *	op    bits 0-3: kind   bits 4-5: enum payload   bit 6: compressed   bit 7: bend the header
 *	TABLE, ROWS, DELETE, TABLE_END: the table's number in a byte
 *	GIVEN and BENT: see make_payload
 *
 * Whatever the reader takes to its end is checked again here, with sums of its own, and is the same
 * after it was written once more.
 */
#include "check.h"

#include <sys/mman.h>
#include <unistd.h>

#include "base/hash.h"
#include "flow/reader.h"
#include "flow/writer.h"
#include "wire/compress.h"
#include "wire/index.h"
#include "wire/pack.h"

enum how { RAW = 1, BY_INDEX = 2, SKIP = 4, NO_ROWS = 8 };
enum payload { RIGHT, GIVEN, BENT, BENT_TWICE };
enum { TABLES = 256, CELLS = 8 };

/* What was counted of a stream, apart from lib/wire/ledger.c. */
struct sums {
	uint32_t seq;
	uint64_t frames;
	uint64_t index; /* its offset */
	struct bytes links; /* the chain is their hash */
	struct index_builder builder;
	uint32_t tables[TABLES]; /* columns + 1, of those that were defined */
	struct total totals[TABLES];
	struct hash128 digests[TABLES];
};

struct feed {
	const uint8_t *next;
	const uint8_t *end;
};

static struct bytes wire, payload, packed;
static struct sums sums;
static const uint64_t seed = 0x0707070707070707;
static int input, output; /* files in memory */

static unsigned byte_of(struct feed *from)
{
	return from->next == from->end ? 0 : *from->next++;
}

/* --- making --------------------------------------------------------------------------------- */

static void make_hello(void)
{
	struct hello hello = { .version = STREAM_VERSION };

	memset(hello.stream, 7, sizeof(hello.stream));
	record_pack(&payload, &record_hello, &hello);
}

static void make_table(uint32_t number)
{
	static struct column columns[CELLS];
	struct table table = { .source = "t", .name = "t", .coverage = "whole" };

	table.columns = columns;
	table.column_count = number % CELLS;
	for (size_t i = 0; i < CELLS; i++)
		columns[i] = (struct column){ .source = "c", .name = "c", .type = "raw" };
	sums.tables[number] = number % CELLS + 1;
	record_pack(&payload, &record_table, &table);
}

/* Up to 16 rows of integers, texts and nulls; how many. */
static uint32_t make_rows(struct feed *from, uint32_t number)
{
	uint32_t count = 1 + byte_of(from) % 16;

	for (uint32_t i = 0; i < count; i++) {
		struct value cells[CELLS];

		for (uint32_t j = 0; j < number % CELLS; j++) {
			unsigned byte = byte_of(from);

			cells[j] = (struct value){ .kind = VALUE_INTEGER, .integer = byte };
			if (byte > 200) {
				cells[j] = (struct value){ .kind = VALUE_TEXT, .size = byte };
				cells[j].data = (const uint8_t *)memset(malloc(byte), 'x', byte);
			}
		}
		pack_row(&payload, cells, number % CELLS);
		for (uint32_t j = 0; j < number % CELLS; j++)
			if (cells[j].kind == VALUE_TEXT)
				free((void *)(uintptr_t)cells[j].data);
	}
	return count;
}

/* Up to 16 keys; the tables here have no primary key, so that each is a row. */
static void make_deletes(struct feed *from, uint32_t number)
{
	uint32_t count = 1 + byte_of(from) % 16;

	pack_array(&payload, count);
	for (uint32_t i = 0; i < count; i++) {
		pack_array(&payload, number % CELLS);
		for (uint32_t j = 0; j < number % CELLS; j++)
			pack_integer(&payload, byte_of(from));
	}
}

static struct total total_of(uint32_t number)
{
	struct total total = sums.totals[number];

	hash_put(total.digest, sums.digests[number]);
	total.extracted = total.rows;
	return total;
}

static void make_end(void)
{
	struct total totals[TABLES];
	struct ending ending = { .totals = totals, .frames = sums.frames, .index = sums.index };

	memset(ending.stream, 7, sizeof(ending.stream));
	for (uint32_t i = 0; i < TABLES; i++)
		if (sums.tables[i] != 0) {
			totals[ending.total_count] = total_of(i);
			totals[ending.total_count++].table = i;
		}
	hash_put(ending.chain, hash_128(sums.links.data, sums.links.size));
	record_pack(&payload, &record_ending, &ending);
}

/* What a frame of its kind would say here; it returns how many rows that are. */
static uint32_t make_right(struct feed *from, enum frame_kind kind, uint32_t table)
{
	static const struct object object = { .kind = "view", .name = "v" };
	struct abortion abortion = { "tool", "why", 64 + byte_of(from) % 20 };
	struct total total = total_of(table);

	if (kind == FRAME_HELLO)
		make_hello();
	else if (kind == FRAME_TABLE)
		make_table(table);
	else if (kind == FRAME_OBJECT)
		record_pack(&payload, &record_object, &object);
	else if (kind == FRAME_DELETE)
		make_deletes(from, table);
	else if (kind == FRAME_TABLE_END)
		record_pack(&payload, &record_total, &total);
	else if (kind == FRAME_INDEX)
		index_pack(&payload, &sums.builder);
	else if (kind == FRAME_ABORT)
		record_pack(&payload, &record_abort, &abortion);
	else if (kind == FRAME_END)
		make_end();
	return kind == FRAME_ROWS ? make_rows(from, table) : 0;
}

/* GIVEN: rows, length, that many bytes.  BENT: a place, and what is turned there; TWICE: two. */
static uint32_t make_payload(struct feed *from, enum frame_kind kind, uint32_t table,
	enum payload how)
{
	uint32_t rows;

	bytes_clear(&payload);
	bytes_reserve(&payload, FRAME_HEADER);
	payload.size = FRAME_HEADER;
	if (how == GIVEN) {
		rows = byte_of(from);
		for (unsigned left = byte_of(from); left > 0 && from->next != from->end; left--)
			bytes_add_byte(&payload, (uint8_t)byte_of(from));
		return kind == FRAME_ROWS ? rows : 0;
	}
	rows = make_right(from, kind, table);
	for (int i = 0; i < (int)how - 1; i++) {
		size_t place = byte_of(from);

		if (payload.size > FRAME_HEADER)
			payload.data[FRAME_HEADER + place % (payload.size - FRAME_HEADER)] ^=
				(uint8_t)byte_of(from);
	}
	return rows;
}

static void bend(struct feed *from, struct frame *frame)
{
	unsigned field = byte_of(from), by = byte_of(from);

	switch (field % 4) {
	case 0:
		frame->table += by;
		break;
	case 1:
		frame->seq += by;
		break;
	case 2:
		frame->rows += by;
		break;
	default:
		frame->kind += by;
	}
}

static void add_link(const struct frame *frame)
{
	uint8_t link[25] = { (uint8_t)frame->kind };

	put_u32(link + 1, frame->table);
	put_u32(link + 5, frame->seq);
	put_u32(link + 9, frame->rows);
	put_u32(link + 13, frame->raw_length);
	put_u64(link + 17, frame->raw_hash);
	bytes_add(&sums.links, link, sizeof(link));
}

/* The rows as they stand in the payload, while they are rows. */
static void sum_rows(const struct frame *frame)
{
	struct unpacker cursor = unpack_begin(frame->payload, frame->raw_length);
	struct total *total = &sums.totals[frame->table % TABLES];
	uint32_t columns = sums.tables[frame->table % TABLES];
	struct value cells[CELLS];

	total->rows += frame->rows;
	total->frames++;
	total->bytes += frame->raw_length;
	for (uint32_t i = 0; i < frame->rows && columns > 0; i++) {
		const uint8_t *start = cursor.next;

		if (!unpack_row(&cursor, cells, columns - 1))
			break;
		hash_sum(&sums.digests[frame->table % TABLES],
			hash_128(start, (size_t)(cursor.next - start)));
	}
}

/* A frame that is counted, as it goes out. */
static void sum_frame(struct frame *frame)
{
	frame->offset = wire.size;
	if (frame->kind == FRAME_INDEX) {
		sums.index = frame->offset;
		return;
	}
	sums.seq = frame->seq;
	if (frame->kind == FRAME_END)
		return;
	sums.frames++;
	add_link(frame);
	index_add(&sums.builder, frame);
	if (frame->kind == FRAME_ROWS)
		sum_rows(frame);
	if (frame->kind == FRAME_DELETE) {
		struct unpacker cursor = unpack_begin(frame->payload, frame->raw_length);
		uint32_t count = 0;

		unpack_array(&cursor, &count);
		sums.totals[frame->table % TABLES].deletes += count;
	}
}

static void make_frame(struct feed *from)
{
	unsigned op = byte_of(from);
	struct frame frame = { .kind = op & 15, .seq = sums.seq + 1 };
	struct fault fault = { 0 };
	uint8_t header[FRAME_HEADER];
	const uint8_t *body;
	bool done = false;

	if (frame.kind == FRAME_TABLE || frame.kind == FRAME_ROWS || frame.kind == FRAME_DELETE ||
		frame.kind == FRAME_TABLE_END)
		frame.table = byte_of(from);
	if (frame.kind == FRAME_INDEX)
		frame.seq = 0;
	frame.rows = make_payload(from, frame.kind, frame.table, op >> 4 & 3);
	frame.payload = payload.data + FRAME_HEADER;
	frame.length = frame.raw_length = (uint32_t)(payload.size - FRAME_HEADER);
	frame.hash = frame.raw_hash = hash_64(frame.payload, frame.raw_length, 0);
	body = frame.payload;
	if (op & 0x80)
		bend(from, &frame);
	sum_frame(&frame);
	if ((op & 0x40) && frame_compress(&frame, 1, &packed, &done, &fault) == 0 && done)
		body = packed.data + FRAME_HEADER;
	frame_write_header(header, &frame, seed);
	bytes_add(&wire, header, sizeof(header));
	bytes_add(&wire, body, frame.length);
}

static void begin_sums(void)
{
	bytes_close(&sums.links);
	index_close(&sums.builder);
	sums = (struct sums){ 0 };
}

static void make_stream(struct feed *from, unsigned how)
{
	begin_sums();
	bytes_clear(&wire);
	if (how & RAW)
		bytes_add(&wire, from->next, (size_t)(from->end - from->next));
	else
		while (from->next != from->end)
			make_frame(from);
}

/* --- reading -------------------------------------------------------------------------------- */

static void fill_input(void)
{
	EXPECT(ftruncate(input, 0) == 0 && lseek(input, 0, SEEK_SET) == 0);
	EXPECT(write(input, wire.data, wire.size) == (ssize_t)wire.size);
	EXPECT(lseek(input, 0, SEEK_SET) == 0);
}

static void read_rows(struct reader *reader, struct fault *fault)
{
	static struct value cells[RECORD_ITEMS];
	uint32_t rows = 0;

	while (reader_row(reader, cells, fault))
		rows++;
	EXPECT(fault->status != 0 || rows == reader->frame.rows);
}

static void read_deletes(struct reader *reader, struct fault *fault)
{
	static struct value cells[RECORD_ITEMS];
	uint32_t left = reader->rows_left;

	EXPECT(left > 0);
	while (reader_delete(reader, cells, fault))
		left--;
	EXPECT(fault->status != 0 || left == 0);
}

/* One frame on, as a filter that passes everything. */
static void copy_frame(struct writer *writer, struct reader *reader, struct fault *fault)
{
	struct fault trouble = { 0 };

	if (reader->frame.kind == FRAME_HELLO)
		writer_hello(writer, &reader->hello, &trouble);
	else if (reader->frame.kind == FRAME_TABLE_END)
		writer_table_end(writer, reader->frame.table, &reader->total, &trouble);
	else if (reader->frame.kind < FRAME_INDEX)
		writer_pass(writer, &reader->frame, &trouble);
	else if (reader->frame.kind == FRAME_END)
		writer_end(writer, &reader->ending, &trouble);
	if (fault->status == 0)
		EXPECT(trouble.status == 0); /* what may be read may be written */
}

static void check_fault(const struct fault *fault, const struct reader *reader)
{
	EXPECT(fault->status >= STATUS_USAGE && fault->status <= STATUS_MISFIT);
	EXPECT(fault->status == STATUS_STREAM || reader->aborted);
	EXPECT(*fault->text != '\0' && !reader_ended(reader));
}

/* Each frame once more, by its own header. */
static void sum_again(void)
{
	struct bytes opened = { 0 };
	struct fault fault = { 0 };
	uint64_t stream = 0;

	begin_sums();
	for (size_t offset = 0; offset < wire.size;) {
		struct frame frame;

		EXPECT(wire.size - offset >= FRAME_HEADER);
		EXPECT(frame_read_header(wire.data + offset, stream, &frame, &fault) == 0);
		bytes_clear(&opened);
		EXPECT(frame_read_payload(&frame, wire.data + offset + FRAME_HEADER, &opened,
			&fault) == 0);
		EXPECT(frame.kind == FRAME_INDEX || frame.seq == sums.seq + 1);
		frame.offset = offset;
		if (frame.kind == FRAME_TABLE)
			sums.tables[frame.table % TABLES] = 1;
		if (frame.kind == FRAME_HELLO) { /* its second key */
			const uint8_t *id = memmem(frame.payload, frame.raw_length,
				"\xa6stream\xc4\x10", 9);

			stream = get_u64(id + 9 + 8);
		}
		if (frame.kind == FRAME_INDEX)
			sums.index = offset;
		if (frame.kind != FRAME_INDEX && frame.kind != FRAME_END) {
			sums.frames++;
			add_link(&frame);
		}
		if (frame.kind == FRAME_ROWS) {
			sums.totals[frame.table % TABLES].rows += frame.rows;
			sums.totals[frame.table % TABLES].bytes += frame.raw_length;
		}
		sums.seq += frame.kind != FRAME_INDEX;
		offset += FRAME_HEADER + frame.length;
	}
	bytes_close(&opened);
}

/* Of a stream that was read to its END: it is what END says. */
static void check_whole(struct reader *reader)
{
	uint8_t chain[16];
	uint64_t rows[2] = { 0 }, bytes[2] = { 0 };

	sum_again();
	hash_put(chain, hash_128(sums.links.data, sums.links.size));
	EXPECT(memcmp(chain, reader->ending.chain, sizeof(chain)) == 0);
	EXPECT(reader->ending.frames == sums.frames && reader->ending.index == sums.index);
	EXPECT(reader->offset == wire.size);
	for (size_t i = 0; i < reader->ending.total_count; i++) {
		rows[0] += reader->ending.totals[i].rows;
		bytes[0] += reader->ending.totals[i].bytes;
	}
	for (size_t i = 0; i < TABLES; i++) {
		rows[1] += sums.totals[i].rows;
		bytes[1] += sums.totals[i].bytes;
	}
	EXPECT(rows[0] == rows[1] && bytes[0] == bytes[1]);
}

/* Written again it has the same chain; and the same bytes, if nothing was compressed or indexed. */
static void check_copy(struct writer *writer, const struct reader *reader, bool compressed)
{
	uint8_t chain[16];
	uint8_t *copy;

	ledger_chain(&writer->ledger, chain);
	EXPECT(memcmp(chain, reader->ending.chain, sizeof(chain)) == 0);
	EXPECT(writer->ledger.state == LEDGER_DONE);
	if (compressed || reader->ledger.index != 0)
		return;
	EXPECT(writer->offset == wire.size);
	copy = malloc(wire.size);
	EXPECT(pread(output, copy, wire.size, 0) == (ssize_t)wire.size);
	EXPECT(memcmp(copy, wire.data, wire.size) == 0);
	free(copy);
}

static void read_stream(unsigned how)
{
	struct arena arenas[2] = { { 0 } };
	struct fault fault = { 0 };
	struct reader reader;
	struct writer writer;
	bool compressed = false, copies = !(how & SKIP);

	EXPECT(lseek(output, 0, SEEK_SET) == 0);
	reader_begin(&reader, input, "the stream", &arenas[0]);
	writer_begin(&writer, output, &arenas[1]);
	while (!reader_ended(&reader) && reader_next(&reader, &fault) == 0) {
		compressed |= reader.frame.flags != 0;
		if (reader.frame.kind == FRAME_ROWS && !(how & NO_ROWS))
			read_rows(&reader, &fault);
		if (reader.frame.kind == FRAME_DELETE && !(how & NO_ROWS))
			read_deletes(&reader, &fault);
		if (copies)
			copy_frame(&writer, &reader, &fault);
		if (reader.frame.kind == FRAME_HELLO && (how & BY_INDEX))
			reader_use_index(&reader, &fault);
		if (reader.frame.kind == FRAME_TABLE && reader.frame.table % 2 && (how & SKIP))
			reader_skip(&reader);
		if (fault.status != 0)
			break;
	}
	EXPECT(!reader_partial(&reader) || (how & SKIP));
	if (fault.status != 0)
		check_fault(&fault, &reader);
	else if (!reader_partial(&reader))
		check_whole(&reader);
	if (fault.status == 0 && copies)
		check_copy(&writer, &reader, compressed);
	reader_close(&reader);
	writer_close(&writer);
	arena_close(&arenas[0]);
	arena_close(&arenas[1]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct feed from = { data + 1, data + size };

	if (size == 0)
		return 0;
	if (input == 0) {
		input = memfd_create("input", MFD_CLOEXEC);
		output = memfd_create("output", MFD_CLOEXEC);
	}
	make_stream(&from, data[0]);
	fill_input();
	allocated_most = 0;
	read_stream(data[0]);
	/* A MiB of a frame may be reserved before it is there, and be opened, but no more. */
	EXPECT(allocated_most <= (3 << 20) + 200 * size);
	return 0;
}
