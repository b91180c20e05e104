/*
 * Streams taken apart into frames, changed, and put together again with checks that are right: what
 * damage by accident cannot do, and what a reader must see by its own counting.
 *
 * Also the sample that is damaged: a stream and its archives, small enough for every bit of them.
 */
#ifndef ROWPIPE_FORGE_H
#define ROWPIPE_FORGE_H

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/hash.h"
#include "flow/writer.h"
#include "wire/compress.h"
#include "wire/pack.h"

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

enum { FORGE_PIECES = 64, FORGE_LEVEL = 9 };

static inline _Noreturn void forge_die(const char *what)
{
	printf("not possible: %s\n", what);
	fflush(stdout);
	_exit(70);
}

static inline void forge_want(int status, const struct fault *fault)
{
	if (status != 0)
		forge_die(fault->text);
}

/* One frame: what its header says, and its payload as it is behind any compression. */
struct piece {
	struct frame frame;  /* kind, flags, table, seq, rows; offset where it stood */
	struct bytes raw;
	bool as_it_is;       /* the payload is written so, whatever the flags say */
	bool claims;         /* the frame's own length stays, true or not */
};

struct forgery {
	struct piece pieces[FORGE_PIECES];
	size_t count;
	uint8_t stream[16];  /* whose checks the headers get */
};

/* Adds a copy of the payload as the last frame. */
static inline struct piece *forge_add(struct forgery *forgery, const struct frame *frame,
	const void *payload, size_t size)
{
	struct piece *piece = &forgery->pieces[forgery->count++];

	if (forgery->count == FORGE_PIECES)
		forge_die("more frames than a forgery has room for");
	*piece = (struct piece){ .frame = *frame };
	bytes_add(&piece->raw, payload, size);
	return piece;
}

static inline void forge_close(struct forgery *forgery)
{
	for (size_t i = 0; i < forgery->count; i++)
		bytes_close(&forgery->pieces[i].raw);
	forgery->count = 0;
}

/* Takes an undamaged stream apart. */
static inline void forge_split(struct forgery *forgery, const struct bytes *from,
	const uint8_t stream[16])
{
	struct bytes opened = { 0 };
	struct fault fault = { 0 };

	*forgery = (struct forgery){ 0 };
	memcpy(forgery->stream, stream, 16);
	for (size_t at = 0; at < from->size; ) {
		struct frame frame;

		forge_want(frame_read_header(from->data + at, frame_seed(stream), &frame, &fault),
			&fault);
		frame.offset = at;
		bytes_clear(&opened);
		forge_want(frame_read_payload(&frame, from->data + at + FRAME_HEADER, &opened,
			&fault), &fault);
		forge_add(forgery, &frame, frame.payload, frame.raw_length);
		at += FRAME_HEADER + frame.length;
	}
	bytes_close(&opened);
}

static inline void forge_copy(struct forgery *to, const struct forgery *from)
{
	*to = (struct forgery){ 0 };
	memcpy(to->stream, from->stream, 16);
	for (size_t i = 0; i < from->count; i++)
		forge_add(to, &from->pieces[i].frame, from->pieces[i].raw.data,
			from->pieces[i].raw.size);
}

/* The payload with a header's room in front, compressed if the flags say so. */
static inline void forge_payload(const struct piece *piece, struct frame *frame,
	struct bytes *room)
{
	struct bytes packed = { 0 };
	struct fault fault = { 0 };
	bool done = false;

	frame->raw_length = (uint32_t)piece->raw.size;
	frame->raw_hash = hash_64(piece->raw.data, piece->raw.size, 0);
	frame->payload = piece->raw.data;
	bytes_clear(room);
	if (frame->flags == FRAME_COMPRESSED && !piece->as_it_is) {
		frame->flags = 0;
		forge_want(frame_compress(frame, FORGE_LEVEL, &packed, &done, &fault), &fault);
	}
	if (done) {
		bytes_add(room, packed.data, packed.size);
	} else {
		bytes_reserve(room, FRAME_HEADER);
		room->size = FRAME_HEADER;
		bytes_add(room, piece->raw.data, piece->raw.size);
	}
	bytes_close(&packed);
}

/* One frame in its bytes, with a hash that is right. */
static inline void forge_write(struct bytes *to, const struct piece *piece,
	const uint8_t stream[16])
{
	struct frame frame = piece->frame;
	struct bytes room = { 0 };

	forge_payload(piece, &frame, &room);
	if (!piece->claims)
		frame.length = (uint32_t)(room.size - FRAME_HEADER);
	frame.hash = hash_64(room.data + FRAME_HEADER, room.size - FRAME_HEADER, 0);
	frame_write_header(room.data, &frame, frame_seed(stream));
	bytes_add(to, room.data, room.size);
	bytes_close(&room);
}

static inline void forge_join(const struct forgery *forgery, struct bytes *to)
{
	bytes_clear(to);
	for (size_t i = 0; i < forgery->count; i++)
		forge_write(to, &forgery->pieces[i], forgery->stream);
}

/* The nth frame of a kind, from 0, or the one of a table (0: any); its place. */
static inline size_t forge_find(const struct forgery *forgery, enum frame_kind kind,
	uint32_t table, size_t nth)
{
	for (size_t i = 0; i < forgery->count; i++) {
		const struct frame *frame = &forgery->pieces[i].frame;

		if (frame->kind == kind && (table == 0 || frame->table == table) && nth-- == 0)
			return i;
	}
	forge_die("a frame that the sample has not");
}

static inline bool forge_has(const struct forgery *forgery, enum frame_kind kind)
{
	for (size_t i = 0; i < forgery->count; i++)
		if (forgery->pieces[i].frame.kind == kind)
			return true;
	return false;
}

static inline void forge_remove(struct forgery *forgery, size_t place)
{
	bytes_close(&forgery->pieces[place].raw);
	forgery->count--;
	memmove(&forgery->pieces[place], &forgery->pieces[place + 1],
		(forgery->count - place) * sizeof(forgery->pieces[0]));
}

/* Moves the frame so that it stands at `to`. */
static inline void forge_move(struct forgery *forgery, size_t from, size_t to)
{
	struct piece piece = forgery->pieces[from];

	memmove(&forgery->pieces[from], &forgery->pieces[from + 1],
		(forgery->count - from - 1) * sizeof(piece));
	memmove(&forgery->pieces[to + 1], &forgery->pieces[to],
		(forgery->count - 1 - to) * sizeof(piece));
	forgery->pieces[to] = piece;
}

/* A copy of the frame right behind it. */
static inline void forge_double(struct forgery *forgery, size_t place)
{
	forge_add(forgery, &forgery->pieces[place].frame, forgery->pieces[place].raw.data,
		forgery->pieces[place].raw.size);
	forge_move(forgery, forgery->count - 1, place + 1);
}

static inline void forge_set(struct piece *piece, const void *payload, size_t size)
{
	bytes_clear(&piece->raw);
	bytes_add(&piece->raw, payload, size);
}

/* What a payload says, and the payload made of it again. */
static inline void forge_read(const struct piece *piece, struct arena *arena,
	const struct record *record, void *to)
{
	struct fault fault = { 0 };

	forge_want(payload_read(arena, record, piece->raw.data, piece->raw.size, to, &fault),
		&fault);
}

static inline void forge_say(struct piece *piece, const struct record *record, const void *from)
{
	bytes_clear(&piece->raw);
	record_pack(&piece->raw, record, from);
}

/* Numbers the frames anew. */
static inline void forge_number(struct forgery *forgery)
{
	uint32_t seq = 0;

	for (size_t i = 0; i < forgery->count; i++)
		forgery->pieces[i].frame.seq =
			forgery->pieces[i].frame.kind == FRAME_INDEX ? 0 : ++seq;
}

/* END's frame count and chain as the frames have them now: after stream(5), not ledger.c. */
static inline void forge_chain(const struct forgery *forgery, struct ending *ending)
{
	struct hash_stream chain;

	hash_begin(&chain);
	ending->frames = 0;
	for (size_t i = 0; i < forgery->count; i++) {
		const struct piece *piece = &forgery->pieces[i];
		uint8_t link[25];

		if (piece->frame.kind == FRAME_INDEX || piece->frame.kind == FRAME_END)
			continue;
		link[0] = (uint8_t)piece->frame.kind;
		put_u32(link + 1, piece->frame.table);
		put_u32(link + 5, piece->frame.seq);
		put_u32(link + 9, piece->frame.rows);
		put_u32(link + 13, (uint32_t)piece->raw.size);
		put_u64(link + 17, hash_64(piece->raw.data, piece->raw.size, 0));
		hash_add(&chain, link, sizeof(link));
		ending->frames++;
	}
	hash_put(ending->chain, hash_result(&chain));
}

/* Offsets as they will be, INDEX made anew of them, and END pointing to it. */
static inline void forge_index(struct forgery *forgery)
{
	struct index_builder builder = { 0 };
	struct bytes written = { 0 };
	struct arena arena = { 0 };
	struct ending ending;

	for (size_t i = 0; i < forgery->count; i++) {
		struct piece *piece = &forgery->pieces[i];
		struct frame frame = piece->frame;

		piece->frame.offset = frame.offset = written.size;
		frame.payload = piece->raw.data;
		frame.raw_length = (uint32_t)piece->raw.size;
		if (frame.kind == FRAME_INDEX) {
			bytes_clear(&piece->raw);
			index_pack(&piece->raw, &builder);
		} else if (frame.kind == FRAME_END) {
			forge_read(piece, &arena, &record_ending, &ending);
			ending.index = forge_has(forgery, FRAME_INDEX) ? forgery->pieces[
				forge_find(forgery, FRAME_INDEX, 0, 0)].frame.offset : 0;
			forge_say(piece, &record_ending, &ending);
		} else {
			index_add(&builder, &frame);
		}
		forge_write(&written, piece, forgery->stream);
	}
	index_close(&builder);
	bytes_close(&written);
	arena_close(&arena);
}

/* What the table's TABLE_END says, if it says anything. */
static inline void forge_total(const struct forgery *forgery, struct arena *arena,
	struct total *total)
{
	for (size_t i = 0; i < forgery->count; i++) {
		const struct piece *piece = &forgery->pieces[i];
		struct fault fault = { 0 };
		struct total said;

		if (piece->frame.kind != FRAME_TABLE_END || piece->frame.table != total->table ||
			payload_read(arena, &record_total, piece->raw.data, piece->raw.size,
			&said, &fault) != 0)
			continue;
		said.table = total->table;
		*total = said;
	}
}

/* Whatever END and INDEX say of the frames is made true; the totals of TABLE_ENDs are believed. */
static inline void forge_seal(struct forgery *forgery)
{
	struct piece *end = &forgery->pieces[forge_find(forgery, FRAME_END, 0, 0)];
	struct arena arena = { 0 };
	struct ending ending;

	forge_read(end, &arena, &record_ending, &ending);
	for (size_t i = 0; i < ending.total_count; i++)
		forge_total(forgery, &arena, &ending.totals[i]);
	forge_chain(forgery, &ending);
	forge_say(end, &record_ending, &ending);
	forge_index(forgery);
	arena_close(&arena);
}

/* What a memory file holds. */
static inline void forge_slurp(int fd, struct bytes *to)
{
	off_t size = lseek(fd, 0, SEEK_END);

	bytes_clear(to);
	if (size < 0 || !bytes_reserve(to, (size_t)size + 1) ||
		pread(fd, to->data, (size_t)size, 0) != size)
		forge_die("reading a memory file");
	to->size = (size_t)size;
}

/*
 * The sample.
 *
 *	1 HELLO  2 TABLE 1 people  3 TABLE 2 nobody  4 TABLE 4 files  5 OBJECT
 *	6 ROWS people, 2  7 ROWS files, 2  8 ROWS people, 1  9 ROWS files, 1  10 ROWS people, 2
 *	11 TABLE_END people  12 TABLE_END nobody  13 TABLE_END files  [INDEX]  14 END
 *
 * The tables are interleaved, which closes their frames of rows; one of the files is a whole stream
 * with the very id of the stream that it is in.
 */
struct sample {
	uint8_t stream[16];
	const char *word; /* stands in every frame: another word, another frame everywhere */
	uint64_t others;  /* rows filtered, so that no TABLE_END is like another sample's */
	bool index;
	int level;
};

static const uint8_t sample_id[16] = { 0x52, 0x6f, 0x77, 0x73, 0x61, 0x6d, 0x70, 0x6c, 0x65, 0x2d,
	0x73, 0x74, 0x72, 0x65, 0x61, 0x6d };

enum { SAMPLE_PEOPLE = 1, SAMPLE_NOBODY = 2, SAMPLE_FILES = 4, SAMPLE_FRAMES = 14 };

static inline struct value sample_text(const char *text)
{
	return (struct value){ .kind = VALUE_TEXT, .size = (uint32_t)strlen(text),
		.data = (const uint8_t *)text };
}

static inline struct value sample_bytes(const struct bytes *bytes)
{
	return (struct value){ .kind = VALUE_BYTES, .size = (uint32_t)bytes->size,
		.data = bytes->data };
}

static inline struct value sample_integer(int64_t integer)
{
	return (struct value){ .kind = VALUE_INTEGER, .integer = integer };
}

static inline void sample_hello(struct writer *writer, const struct sample *sample)
{
	struct source source = { .kind = "sqlite", .name = sample->word, .encoding = "UTF-8" };
	struct hello hello = { .sources = &source, .source_count = 1 };
	struct fault fault = { 0 };

	memcpy(hello.stream, sample->stream, 16);
	forge_want(writer_hello(writer, &hello, &fault), &fault);
}

static inline void sample_end(struct writer *writer)
{
	struct ending ending = { 0 };
	struct fault fault = { 0 };

	forge_want(writer_end(writer, &ending, &fault), &fault);
	writer_close(writer);
}

/* A whole stream without tables. */
static inline void sample_inner(struct bytes *to, const struct sample *sample)
{
	int fd = memfd_create("inner", MFD_CLOEXEC);
	struct arena arena = { 0 };
	struct writer writer;

	writer_begin(&writer, fd, &arena);
	sample_hello(&writer, sample);
	sample_end(&writer);
	forge_slurp(fd, to);
	close(fd);
	arena_close(&arena);
}

static inline void sample_table(struct writer *writer, uint32_t number, const char *name,
	const char *first, const char *second, const char *word)
{
	struct column columns[2] = {
		{ .source = first, .name = first, .type = "raw" },
		{ .source = second, .name = second, .type = "raw", .declared = word },
	};
	struct table table = { .number = number, .source = name, .name = name, .coverage = "whole",
		.columns = columns, .column_count = 2 };
	struct fault fault = { 0 };

	forge_want(writer_table(writer, &table, &fault), &fault);
}

static inline void sample_row(struct writer *writer, uint32_t table, struct value first,
	struct value second)
{
	struct value cells[2] = { first, second };
	struct fault fault = { 0 };

	forge_want(writer_row(writer, table, cells, 2, &fault), &fault);
}

static inline void sample_rows(struct writer *writer, const struct sample *sample)
{
	static const char note[] = "one note, one note, one note, one note, one note, one note";
	struct bytes inner = { 0 };

	sample_inner(&inner, sample);
	sample_row(writer, SAMPLE_PEOPLE, sample_integer(1), sample_text(note));
	sample_row(writer, SAMPLE_PEOPLE, sample_integer(-70000), sample_text(sample->word));
	sample_row(writer, SAMPLE_FILES, sample_text("empty"),
		(struct value){ .kind = VALUE_NULL });
	sample_row(writer, SAMPLE_FILES, sample_text(sample->word), sample_bytes(&inner));
	sample_row(writer, SAMPLE_PEOPLE, (struct value){ .kind = VALUE_REAL, .real = -0.5 },
		sample_text(sample->word));
	sample_row(writer, SAMPLE_FILES, sample_text(sample->word), (struct value){
		.kind = VALUE_BAD_UTF8, .size = 3, .data = (const uint8_t *)"\xff" "ab" });
	sample_row(writer, SAMPLE_PEOPLE, sample_integer(INT64_MAX), sample_text(sample->word));
	sample_row(writer, SAMPLE_PEOPLE, sample_integer(2), sample_text("gr\xc3\xbc\xc3\x9f"));
	bytes_close(&inner);
}

static inline void sample_make(struct bytes *to, const struct sample *sample)
{
	static const uint32_t tables[] = { SAMPLE_PEOPLE, SAMPLE_NOBODY, SAMPLE_FILES };
	struct object object = { .kind = "view", .name = "seen", .sql = sample->word };
	struct total total = { .filtered = sample->others };
	struct index_builder index = { 0 };
	struct arena arena = { 0 };
	struct fault fault = { 0 };
	struct writer writer;
	int fd = memfd_create("sample", MFD_CLOEXEC);

	writer_begin(&writer, fd, &arena);
	writer.level = sample->level;
	writer.index = sample->index ? &index : NULL;
	sample_hello(&writer, sample);
	sample_table(&writer, SAMPLE_PEOPLE, "people", "id", "note", sample->word);
	sample_table(&writer, SAMPLE_NOBODY, "nobody", "a", "b", sample->word);
	sample_table(&writer, SAMPLE_FILES, "files", "name", "data", sample->word);
	forge_want(writer_object(&writer, &object, &fault), &fault);
	sample_rows(&writer, sample);
	for (size_t i = 0; i < COUNT(tables); i++)
		forge_want(writer_table_end(&writer, tables[i], &total, &fault), &fault);
	sample_end(&writer);
	forge_slurp(fd, to);
	close(fd);
	index_close(&index);
	arena_close(&arena);
}

#endif
