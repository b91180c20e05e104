#include "flow/reader.h"

#include <stdio.h>

#include "base/descriptor.h"

enum { STEP = 256 * 1024 };

void reader_begin(struct reader *reader, int fd, const char *name, struct arena *arena)
{
	*reader = (struct reader){ .fd = fd, .name = name, .arena = arena };
	ledger_begin(&reader->ledger, arena);
	descriptor_widen(fd);
}

bool reader_ended(const struct reader *reader)
{
	return reader->ended;
}

/* Says where, and up to which frame the stream is good; only damage has a place. */
static int place_fault(struct reader *reader, uint64_t offset, uint32_t good, struct fault *fault)
{
	struct fault reason = *fault;

	if (reason.status != STATUS_STREAM || reader->aborted)
		return reason.status;
	if (offset == 0 && reader->wire.size > 0 &&
		!frame_begins(reader->wire.data, reader->wire.size))
		snprintf(fault->text, sizeof(fault->text), "%s is no row stream", reader->name);
	else if (offset == 0 && reader->wire.size == 0)
		snprintf(fault->text, sizeof(fault->text),
			"%s is empty: the program before it wrote nothing", reader->name);
	else
		snprintf(fault->text, sizeof(fault->text),
			"%s: %.700s (at byte %llu, good up to frame %u)", reader->name, reason.text,
			(unsigned long long)offset, good);
	return reason.status;
}

static int ends_early(struct reader *reader, struct fault *fault)
{
	return fault_set(fault, STATUS_STREAM, reader->wire.size == 0 ?
		"it ends before END" : "it ends in the middle of a frame");
}

/* Fills wire up to size bytes; its memory grows as they arrive. */
static int fill(struct reader *reader, size_t size, struct fault *fault)
{
	while (reader->wire.size < size) {
		size_t want = size - reader->wire.size < STEP ? size - reader->wire.size : STEP;
		size_t got = 0;
		int status;

		if (want < reader->wire.size && size - reader->wire.size > reader->wire.size)
			want = reader->wire.size;
		if (!bytes_reserve(&reader->wire, want))
			return fault_memory(fault);
		status = descriptor_read_full(reader->fd, reader->wire.data + reader->wire.size,
			want, &got, fault);
		if (status != 0)
			return status;
		reader->wire.size += got;
		if (got < want)
			return ends_early(reader, fault);
	}
	return 0;
}

static int read_frame(struct reader *reader, struct fault *fault)
{
	int status;

	reader->rows_left = 0;
	bytes_clear(&reader->wire);
	status = fill(reader, FRAME_HEADER, fault);
	if (status == 0)
		status = frame_read_header(reader->wire.data, reader->ledger.seed, &reader->frame,
			fault);
	reader->frame.offset = reader->offset;
	if (status == 0)
		status = fill(reader, (size_t)FRAME_HEADER + reader->frame.length, fault);
	if (status != 0)
		return status;
	reader->offset += reader->wire.size;
	bytes_clear(&reader->opened);
	/* A header's room in front, as in wire: a frame is passed on without copying it. */
	if (reader->frame.flags != 0) {
		if (!bytes_reserve(&reader->opened, FRAME_HEADER))
			return fault_memory(fault);
		reader->opened.size = FRAME_HEADER;
	}
	return frame_read_payload(&reader->frame, reader->wire.data + FRAME_HEADER,
		&reader->opened, fault);
}

static int decode(struct reader *reader, struct arena *arena, const struct record *record, void *to,
	struct fault *fault)
{
	return payload_read(arena, record, reader->frame.payload, reader->frame.raw_length, to,
		fault);
}

static int read_hello(struct reader *reader, struct fault *fault)
{
	int status = decode(reader, reader->arena, &record_hello, &reader->hello, fault);

	return status != 0 ? status : ledger_hello(&reader->ledger, &reader->hello, fault);
}

static int read_table(struct reader *reader, struct fault *fault)
{
	struct account *account = ledger_find(&reader->ledger, reader->frame.table);
	int status;

	account->definition = arena_alloc(reader->arena, sizeof(*account->definition));
	if (account->definition == NULL)
		return fault_memory(fault);
	status = decode(reader, reader->arena, &record_table, account->definition, fault);
	account->definition->number = reader->frame.table;
	return status;
}

static int read_end(struct reader *reader, struct fault *fault)
{
	uint8_t byte;
	size_t got = 0;
	int status = decode(reader, reader->arena, &record_ending, &reader->ending, fault);

	if (status == 0)
		status = ledger_ending(&reader->ledger, &reader->ending, fault);
	if (status == 0)
		status = descriptor_read(reader->fd, &byte, 1, &got, fault);
	if (status == 0 && got != 0)
		status = fault_set(fault, STATUS_STREAM, "bytes follow END");
	reader->ended = status == 0;
	return status;
}

static int read_abort(struct reader *reader, struct fault *fault)
{
	const struct abortion *abortion = &reader->abortion;
	int status = decode(reader, reader->arena, &record_abort, &reader->abortion, fault);

	if (status != 0)
		return status;
	if (abortion->status < STATUS_USAGE || abortion->status > STATUS_MISFIT)
		return fault_set(fault, STATUS_STREAM, "ABORT carries no exit status");
	reader->aborted = true;
	return fault_set(fault, (int)abortion->status, "%s stopped: %s", abortion->who,
		abortion->why);
}

/* What the frame says, for all kinds but rows. */
static int read_meaning(struct reader *reader, struct fault *fault)
{
	int status;

	switch (reader->frame.kind) {
	case FRAME_HELLO:
		return read_hello(reader, fault);
	case FRAME_TABLE:
		return read_table(reader, fault);
	case FRAME_OBJECT:
		return decode(reader, &reader->batch, &record_object, &reader->object, fault);
	case FRAME_TABLE_END:
		status = decode(reader, &reader->batch, &record_total, &reader->total, fault);
		return status != 0 ? status : ledger_total(&reader->ledger, reader->frame.table,
			&reader->total, fault);
	case FRAME_ABORT:
		return read_abort(reader, fault);
	case FRAME_END:
		return read_end(reader, fault);
	default:
		return 0;
	}
}

static bool unwanted(struct reader *reader, uint32_t table)
{
	const struct account *account = ledger_find(&reader->ledger, table);

	return account != NULL && account->skipped;
}

/*
 * By the index: goes to the next frame that is wanted; behind the last one stands INDEX itself.  An
 * index that leaves out what nobody skipped is wrong.
 */
static int go_on(struct reader *reader, struct index_entry *entry, struct fault *fault)
{
	bool skips = false, more;

	while ((more = index_next(&reader->walk, entry, fault)) &&
		unwanted(reader, entry->table) && entry->kind != FRAME_TABLE)
		skips = true;
	if (!more) {
		entry->offset = reader->ledger.index;
		entry->kind = FRAME_INDEX;
	}
	if (fault->status != 0 || entry->offset == reader->offset)
		return fault->status;
	if (!skips)
		return fault_set(fault, STATUS_STREAM, "the index does not lead to frame %u",
			reader->ledger.seq + 1);
	reader->ledger.gaps = true;
	reader->offset = entry->offset;
	return descriptor_seek(reader->fd, entry->offset, fault);
}

static int compare_entry(const struct reader *reader, const struct index_entry *entry,
	struct fault *fault)
{
	const struct frame *frame = &reader->frame;

	if (frame->kind == entry->kind && (entry->kind == FRAME_INDEX ||
		(frame->table == entry->table && frame->seq == entry->seq &&
		frame->rows == entry->rows)))
		return 0;
	return fault_set(fault, STATUS_STREAM, "the index does not agree with frame %u (%s)",
		frame->seq, frame_name(frame->kind));
}

static int next_frame(struct reader *reader, struct fault *fault)
{
	struct index_entry entry = { 0 };
	bool indexed = reader->indexed && reader->ledger.state < LEDGER_INDEX;
	int status = indexed ? go_on(reader, &entry, fault) : 0;

	if (status == 0)
		status = read_frame(reader, fault);
	if (status == 0 && indexed)
		status = compare_entry(reader, &entry, fault);
	return status;
}

static int next_wanted(struct reader *reader, struct fault *fault)
{
	uint64_t offset = reader->offset;
	uint32_t good = reader->ledger.seq;
	int status;

	arena_reset(&reader->batch);
	status = next_frame(reader, fault);
	if (status == 0)
		status = ledger_add(&reader->ledger, &reader->frame, fault);
	if (status == 0)
		status = read_meaning(reader, fault);
	if (status != 0)
		return place_fault(reader, offset, good, fault);
	reader->rows = unpack_begin(reader->frame.payload, reader->frame.raw_length);
	reader->rows_left = reader->frame.rows;
	/* The ledger has taken it for an array. */
	if (reader->frame.kind == FRAME_DELETE)
		unpack_array(&reader->rows, &reader->rows_left);
	return 0;
}

int reader_next(struct reader *reader, struct fault *fault)
{
	int status;

	do
		status = next_wanted(reader, fault);
	while (status == 0 && unwanted(reader, reader->frame.table));
	return status;
}

void reader_skip(struct reader *reader)
{
	struct account *account = ledger_find(&reader->ledger, reader->frame.table);

	account->skipped = true;
	account->decoded = false;
}

bool reader_partial(const struct reader *reader)
{
	return reader->ledger.gaps;
}

/* Its payload is kept as long as it is walked; the input goes on where it was. */
static int read_index(struct reader *reader, uint64_t offset, struct fault *fault)
{
	uint64_t back = reader->offset;
	struct index_entry hello;
	int status = descriptor_seek(reader->fd, offset, fault);

	if (status == 0)
		status = read_frame(reader, fault);
	if (status != 0)
		return status;
	if (reader->frame.kind != FRAME_INDEX)
		return fault_set(fault, STATUS_STREAM, "END does not point to the index");
	bytes_add(&reader->index, reader->frame.payload, reader->frame.raw_length);
	if (reader->index.failed)
		return fault_memory(fault);
	status = index_begin(&reader->walk, reader->index.data, reader->index.size, fault);
	if (status == 0)
		index_next(&reader->walk, &hello, fault);
	reader->indexed = true;
	reader->offset = back;
	reader->ledger.index = offset;
	return fault->status != 0 ? fault->status : descriptor_seek(reader->fd, back, fault);
}

/* The last 8 bytes of an archive lead to its INDEX. */
int reader_use_index(struct reader *reader, struct fault *fault)
{
	uint64_t size = 0, offset = 0;
	uint8_t tail[8];
	size_t got = 0;

	if (!descriptor_size(reader->fd, &size) || !descriptor_tell(reader->fd, &offset))
		return 0;
	if (offset != reader->offset || size < offset + FRAME_HEADER)
		return 0;
	if (descriptor_read_at(reader->fd, size - sizeof(tail), tail, sizeof(tail), &got,
		fault) != 0)
		return fault->status;
	offset = get_u64(tail);
	if (got < sizeof(tail) || offset <= reader->offset || offset >= size)
		return 0;
	if (read_index(reader, offset, fault) != 0)
		return place_fault(reader, offset, reader->ledger.seq, fault);
	return 0;
}

struct table *reader_table(struct reader *reader)
{
	return ledger_find(&reader->ledger, reader->frame.table)->definition;
}

/* The place of a row is its table and its number in the stream. */
static bool ill_row(struct reader *reader, const struct account *account, struct fault *fault)
{
	fault_set(fault, STATUS_STREAM, "table \"%s\", row %llu is not well-formed: %s",
		account->definition->source,
		(unsigned long long)(account->rows - reader->rows_left + 1), reader->rows.why);
	place_fault(reader, reader->frame.offset, reader->frame.seq - 1, fault);
	return false;
}

bool reader_row(struct reader *reader, struct value *cells, struct fault *fault)
{
	struct account *account = ledger_find(&reader->ledger, reader->frame.table);
	const uint8_t *start = reader->rows.next;

	account->decoded = true;
	if (reader->rows_left == 0) {
		if (!unpack_end(&reader->rows))
			ill_row(reader, account, fault);
		return false;
	}
	if (!unpack_row(&reader->rows, cells, (uint32_t)account->definition->column_count))
		return ill_row(reader, account, fault);
	reader->rows_left--;
	hash_sum(&account->digest, hash_128(start, (size_t)(reader->rows.next - start)));
	return true;
}

static bool ill_key(struct reader *reader, const char *why, struct fault *fault)
{
	fault_set(fault, STATUS_STREAM, "table \"%s\": a key of a row to delete is not "
		"well-formed: %s", reader_table(reader)->source, why);
	place_fault(reader, reader->frame.offset, reader->frame.seq - 1, fault);
	return false;
}

bool reader_delete(struct reader *reader, struct value *cells, struct fault *fault)
{
	const struct table *table = reader_table(reader);
	const size_t count = table_key_count(table);

	if (count > table->column_count)
		return ill_key(reader, "it has more cells than the table has columns", fault);
	if (reader->rows_left == 0)
		return !unpack_end(&reader->rows) && ill_key(reader, reader->rows.why, fault);
	if (!unpack_row(&reader->rows, cells, (uint32_t)count))
		return ill_key(reader, reader->rows.why, fault);
	reader->rows_left--;
	return true;
}

void reader_close(struct reader *reader)
{
	bytes_close(&reader->wire);
	bytes_close(&reader->opened);
	bytes_close(&reader->index);
	arena_close(&reader->batch);
}
