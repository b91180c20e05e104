#include "flow/writer.h"

#include <stdio.h>

#include "base/descriptor.h"
#include "base/hash.h"
#include "wire/pack.h"

void writer_begin(struct writer *writer, int fd, struct arena *arena)
{
	*writer = (struct writer){ .fd = fd };
	ledger_begin(&writer->ledger, arena);
	descriptor_widen(fd);
}

static bool may_compress(const struct writer *writer, enum frame_kind kind)
{
	return writer->level > 0 && kind != FRAME_HELLO && kind < FRAME_INDEX;
}

/* In front of keys: the frame's header, and what an array's head takes at most. */
enum { KEYS_FRONT = FRAME_HEADER + 5 };

/* A full disk has a name. */
static int name_fault(const struct writer *writer, struct fault *fault)
{
	struct fault reason = *fault;

	snprintf(fault->text, sizeof(fault->text), "%s: %.700s",
		writer->name == NULL ? "standard output" : writer->name, reason.text);
	return reason.status;
}

/* A frame whose payload is there, with its raw hash and a header's room before it. */
static int write_frame(struct writer *writer, struct frame *frame, struct fault *fault)
{
	uint8_t *start = frame->payload - FRAME_HEADER;
	enum ledger_state state = writer->ledger.state;
	uint32_t seq = writer->ledger.seq;
	bool packed = false;
	int status = 0;

	frame->seq = frame->kind == FRAME_INDEX ? 0 : seq + 1;
	frame->flags = 0;
	frame->length = frame->raw_length;
	frame->hash = frame->raw_hash;
	frame->offset = writer->offset;
	/* What is counted goes out, or ABORT would have a wrong number. */
	if (may_compress(writer, frame->kind))
		status = frame_compress(frame, writer->level, &writer->packed, &packed, fault);
	if (status == 0)
		status = ledger_add(&writer->ledger, frame, fault);
	if (status != 0)
		return status;
	if (packed)
		start = writer->packed.data;
	frame_write_header(start, frame, writer->ledger.seed);
	writer->offset += FRAME_HEADER + frame->length;
	if (writer->index != NULL && frame->kind != FRAME_INDEX && frame->kind != FRAME_END)
		index_add(writer->index, frame);
	status = descriptor_write(writer->fd, start, FRAME_HEADER + frame->length, fault);
	/* Stopped, nothing of it went out: what is said last takes its place. */
	if (status == STATUS_AGAIN) {
		writer->ledger.state = state;
		writer->ledger.seq = seq;
	}
	return status == STATUS_IO ? name_fault(writer, fault) : status;
}

/* The bytes behind a header's room, as a frame. */
static int write_bytes(struct writer *writer, struct bytes *bytes, struct frame frame,
	struct fault *fault)
{
	if (bytes->failed)
		return fault_memory(fault);
	if (bytes->size - FRAME_HEADER > FRAME_MOST ||
		(bytes->size - FRAME_HEADER > FRAME_OTHER_MOST && frame.kind != FRAME_ROWS &&
		frame.kind != FRAME_INDEX))
		return fault_set(fault, STATUS_MISFIT, "one %s of %zu bytes is larger than the "
			"stream can carry", frame_name(frame.kind), bytes->size - FRAME_HEADER);
	frame.payload = bytes->data + FRAME_HEADER;
	frame.raw_length = (uint32_t)(bytes->size - FRAME_HEADER);
	frame.raw_hash = hash_64(frame.payload, frame.raw_length, 0);
	return write_frame(writer, &frame, fault);
}

static void make_room(struct bytes *bytes)
{
	bytes_clear(bytes);
	if (bytes_reserve(bytes, FRAME_HEADER))
		bytes->size = FRAME_HEADER;
}

/* An array's head has 1, 3 or 5 bytes: it goes directly before the first key. */
static int flush_keys(struct writer *writer, struct fault *fault)
{
	struct frame frame = { .kind = FRAME_DELETE, .table = writer->key_table };
	struct bytes *keys = &writer->keys, head = { 0 };
	struct bytes part;
	int status;

	if (writer->key_count == 0)
		return 0;
	pack_array(&head, writer->key_count);
	writer->key_count = 0;
	if (head.failed || keys->failed) {
		bytes_close(&head);
		return fault_memory(fault);
	}
	memcpy(keys->data + KEYS_FRONT - head.size, head.data, head.size);
	part = (struct bytes){ .data = keys->data + KEYS_FRONT - head.size - FRAME_HEADER,
		.size = keys->size - KEYS_FRONT + head.size + FRAME_HEADER };
	status = write_bytes(writer, &part, frame, fault);
	bytes_close(&head);
	return status;
}

/* Of rows and keys, one is open at most. */
static int flush_rows(struct writer *writer, struct fault *fault)
{
	struct frame frame = { .kind = FRAME_ROWS, .table = writer->table,
		.rows = writer->row_count };

	if (writer->row_count == 0)
		return flush_keys(writer, fault);
	writer->row_count = 0;
	return write_bytes(writer, &writer->rows, frame, fault);
}

int writer_pass(struct writer *writer, const struct frame *frame, struct fault *fault)
{
	struct account *account = ledger_find(&writer->ledger, frame->table);
	struct frame copy = *frame;
	int status = flush_rows(writer, fault);

	if (frame->kind == FRAME_ROWS && account != NULL && account->decoded)
		return fault_set(fault, STATUS_BUG, "%s:%d: rows of a table are passed on behind "
			"others that were made here", __FILE__, __LINE__);
	return status != 0 ? status : write_frame(writer, &copy, fault);
}

static int write_record(struct writer *writer, enum frame_kind kind, uint32_t table,
	const struct record *record, const void *from, struct fault *fault)
{
	struct frame frame = { .kind = kind, .table = table };
	int status = flush_rows(writer, fault);

	if (status != 0)
		return status;
	make_room(&writer->payload);
	record_pack(&writer->payload, record, from);
	return write_bytes(writer, &writer->payload, frame, fault);
}

int writer_hello(struct writer *writer, const struct hello *hello, struct fault *fault)
{
	int status = ledger_hello(&writer->ledger, hello, fault);

	return status != 0 ? status :
		write_record(writer, FRAME_HELLO, 0, &record_hello, hello, fault);
}

int writer_table(struct writer *writer, const struct table *table, struct fault *fault)
{
	return write_record(writer, FRAME_TABLE, table->number, &record_table, table, fault);
}

int writer_object(struct writer *writer, const struct object *object, struct fault *fault)
{
	return write_record(writer, FRAME_OBJECT, 0, &record_object, object, fault);
}

/* A row too large to share a frame: those before it go first, and it moves to the front. */
static int split_rows(struct writer *writer, size_t row, struct fault *fault)
{
	size_t size = writer->rows.size - row;
	int status;

	if (writer->row_count > 1) {
		writer->rows.size = row;
		writer->row_count--;
		status = flush_rows(writer, fault);
		if (status != 0)
			return status;
		memmove(writer->rows.data + FRAME_HEADER, writer->rows.data + row, size);
		writer->rows.size = FRAME_HEADER + size;
		writer->row_count = 1;
	}
	return flush_rows(writer, fault);
}

int writer_row(struct writer *writer, uint32_t table, const struct value *cells, uint32_t count,
	struct fault *fault)
{
	size_t row, size;
	int status = table == writer->table && writer->key_count == 0 ? 0 :
		flush_rows(writer, fault);

	if (status != 0)
		return status;
	if (writer->row_count == 0) {
		make_room(&writer->rows);
		writer->table = table;
		writer->account = ledger_find(&writer->ledger, table);
	}
	row = writer->rows.size;
	pack_row(&writer->rows, cells, count);
	if (writer->rows.failed)
		return fault_memory(fault);
	size = writer->rows.size - row;
	hash_sum(&writer->account->digest, hash_128(writer->rows.data + row, size));
	writer->account->decoded = true;
	writer->row_count++;
	if (size > FRAME_ROWS_TARGET)
		return split_rows(writer, row, fault);
	return writer->rows.size >= FRAME_ROWS_TARGET ? flush_rows(writer, fault) : 0;
}

int writer_delete(struct writer *writer, uint32_t table, const struct value *cells, uint32_t count,
	struct fault *fault)
{
	struct bytes *keys = &writer->keys;
	int status = writer->key_count > 0 && table == writer->key_table ? 0 :
		flush_rows(writer, fault);

	if (status != 0)
		return status;
	if (writer->key_count == 0) {
		bytes_clear(keys);
		if (!bytes_reserve(keys, KEYS_FRONT))
			return fault_memory(fault);
		keys->size = KEYS_FRONT;
		writer->key_table = table;
	}
	pack_row(keys, cells, count);
	writer->key_count++;
	return keys->size >= FRAME_ROWS_TARGET ? flush_keys(writer, fault) : 0;
}

int writer_table_end(struct writer *writer, uint32_t table, const struct total *given,
	struct fault *fault)
{
	struct account *account = ledger_find(&writer->ledger, table);
	struct total total = *given;
	int status = flush_rows(writer, fault);

	if (status != 0)
		return status;
	total.table = 0;
	total.rows = account->rows;
	total.deletes = account->deletes;
	total.frames = account->frames;
	total.bytes = account->bytes;
	total.extracted = total.rows + total.filtered + total.rejected;
	if (account->decoded || account->rows == 0)
		hash_put(total.digest, account->digest);
	status = ledger_total(&writer->ledger, table, &total, fault);
	return status != 0 ? status :
		write_record(writer, FRAME_TABLE_END, table, &record_total, &total, fault);
}

static int write_index(struct writer *writer, struct fault *fault)
{
	struct frame frame = { .kind = FRAME_INDEX };

	make_room(&writer->payload);
	index_pack(&writer->payload, writer->index);
	return write_bytes(writer, &writer->payload, frame, fault);
}

int writer_end(struct writer *writer, const struct ending *given, struct fault *fault)
{
	struct ledger *ledger = &writer->ledger;
	struct ending ending = *given;
	int status = writer->index == NULL ? 0 : write_index(writer, fault);

	if (status != 0)
		return status;
	memcpy(ending.stream, ledger->stream, sizeof(ending.stream));
	ending.totals = arena_array(ledger->arena, ledger->count, sizeof(*ending.totals));
	if (ending.totals == NULL)
		return fault_memory(fault);
	for (size_t i = 0; i < ledger->count; i++)
		ending.totals[i] = ledger->accounts[i].total;
	ending.total_count = ledger->count;
	ending.frames = ledger->frames;
	ledger_chain(ledger, ending.chain);
	ending.index = ledger->index;
	return write_record(writer, FRAME_END, 0, &record_ending, &ending, fault);
}

int writer_abort(struct writer *writer, const struct abortion *abortion, struct fault *fault)
{
	writer->row_count = writer->key_count = 0;
	return write_record(writer, FRAME_ABORT, 0, &record_abort, abortion, fault);
}

void writer_close(struct writer *writer)
{
	bytes_close(&writer->rows);
	bytes_close(&writer->keys);
	bytes_close(&writer->payload);
	bytes_close(&writer->packed);
}
