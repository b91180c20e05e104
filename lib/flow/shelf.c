#include "flow/shelf.h"

#include <string.h>
#include <unistd.h>

#include "base/descriptor.h"
#include "flow/process.h"

enum { STEP = 256 * 1024 };

/* --- opening ---------------------------------------------------------------------------------- */

/* Pipes and the like can be read only once. */
static int keep(int from, const char *spool, int *to, struct fault *fault)
{
	struct bytes buffer = { 0 };
	size_t got = 0;

	if (!bytes_reserve(&buffer, STEP))
		fault_memory(fault);
	else if (descriptor_temporary(spool, to, fault) == 0)
		while (descriptor_read(from, buffer.data, STEP, &got, fault) == 0 && got > 0)
			if (descriptor_write(*to, buffer.data, got, fault) != 0)
				break;
	bytes_close(&buffer);
	return fault->status != 0 ? fault->status : descriptor_seek(*to, 0, fault);
}

static int open_input(const char *path, int *fd, struct fault *fault)
{
	*fd = STDIN_FILENO;
	return strcmp(path, "-") == 0 ? process_refuse_terminal(*fd, fault) :
		descriptor_open(path, fd, fault);
}

static bool stays(int fd)
{
	uint64_t size, offset;

	return descriptor_size(fd, &size) && descriptor_tell(fd, &offset) && offset == 0;
}

static int open_file(const char *path, const char *spool, int *fd, struct fault *fault)
{
	int from, status = open_input(path, &from, fault);

	*fd = from;
	if (status != 0 || stays(from))
		return status;
	status = keep(from, spool, fd, fault);
	return from == STDIN_FILENO ? status : descriptor_close(from, path, fault);
}

static int add_table(struct shelf *shelf, struct fault *fault)
{
	struct shelf_table *tables = shelf->tables;

	/* Powers of two are when it grows. */
	if ((shelf->count & (shelf->count - 1)) == 0) {
		tables = arena_array(shelf->arena, shelf->count == 0 ? 1 : shelf->count * 2,
			sizeof(*tables));
		if (tables == NULL)
			return fault_memory(fault);
		if (shelf->count > 0)
			memcpy(tables, shelf->tables, shelf->count * sizeof(*tables));
		shelf->tables = tables;
	}
	tables[shelf->count++].definition = reader_table(&shelf->reader);
	return 0;
}

static const char *keep_text(struct shelf *shelf, const char *text, struct fault *fault)
{
	const char *copy = text == NULL ? NULL : arena_text(shelf->arena, text);

	if (text != NULL && copy == NULL)
		fault_memory(fault);
	return copy;
}

/* What an OBJECT frame says dies with the next frame. */
static int add_object(struct shelf *shelf, struct fault *fault)
{
	const struct object *from = &shelf->reader.object;
	struct object *objects = shelf->objects;

	if ((shelf->object_count & (shelf->object_count - 1)) == 0) {
		objects = arena_array(shelf->arena, shelf->object_count == 0 ? 1 :
			shelf->object_count * 2, sizeof(*objects));
		if (objects == NULL)
			return fault_memory(fault);
		if (shelf->object_count > 0)
			memcpy(objects, shelf->objects, shelf->object_count * sizeof(*objects));
		shelf->objects = objects;
	}
	objects[shelf->object_count++] = (struct object){
		.kind = keep_text(shelf, from->kind, fault),
		.name = keep_text(shelf, from->name, fault),
		.table = keep_text(shelf, from->table, fault),
		.sql = keep_text(shelf, from->sql, fault),
		.remark = keep_text(shelf, from->remark, fault),
	};
	return fault->status;
}

static struct shelf_table *find_table(struct shelf *shelf, uint32_t number)
{
	size_t low = 0, high = shelf->count;

	while (low + 1 < high) {
		const size_t middle = low + (high - low) / 2;

		if (shelf->tables[middle].definition->number <= number)
			low = middle;
		else
			high = middle;
	}
	return low < shelf->count && shelf->tables[low].definition->number == number ?
		&shelf->tables[low] : NULL;
}

static int add_frame(struct shelf *shelf, uint32_t number, uint64_t offset, struct fault *fault)
{
	struct shelf_table *table = find_table(shelf, number);

	if (table == NULL)
		return fault_set(fault, STATUS_STREAM, "%s: the index tells of rows of table %u, "
			"which is not there", shelf->reader.name, number);
	if (table->count == table->room) {
		const size_t room = table->room == 0 ? 16 : table->room * 2;
		uint64_t *frames = arena_array(shelf->arena, room, sizeof(*frames));

		if (frames == NULL)
			return fault_memory(fault);
		if (table->count > 0)
			memcpy(frames, table->frames, table->count * sizeof(*frames));
		table->frames = frames;
		table->room = room;
	}
	table->frames[table->count++] = offset;
	return 0;
}

static int read_stream(struct shelf *shelf, struct fault *fault)
{
	struct reader *reader = &shelf->reader;

	while (!reader_ended(reader) && reader_next(reader, fault) == 0) {
		if (reader->frame.kind == FRAME_HELLO)
			reader_use_index(reader, fault);
		else if (reader->frame.kind == FRAME_TABLE && add_table(shelf, fault) == 0 &&
			shelf->part && reader->indexed)
			reader_skip(reader);
		else if (reader->frame.kind == FRAME_OBJECT)
			add_object(shelf, fault);
		else if (reader->frame.kind == FRAME_ROWS)
			add_frame(shelf, reader->frame.table, reader->frame.offset, fault);
		if (fault->status != 0)
			break;
	}
	return fault->status;
}

static int read_index(struct shelf *shelf, struct fault *fault)
{
	struct reader *reader = &shelf->reader;
	struct index_walk walk;
	struct index_entry entry;

	if (index_begin(&walk, reader->index.data, reader->index.size, fault) != 0)
		return fault->status;
	while (index_next(&walk, &entry, fault))
		if ((entry.kind == FRAME_ROWS || entry.kind == FRAME_TABLE_END) &&
			add_frame(shelf, entry.table, entry.offset, fault) != 0)
			break;
	return fault->status;
}

static int make_cells(struct shelf *shelf, struct fault *fault)
{
	size_t most = 1;

	for (size_t i = 0; i < shelf->count; i++)
		if (shelf->tables[i].definition->column_count > most)
			most = shelf->tables[i].definition->column_count;
	shelf->cells = arena_array(shelf->arena, most, sizeof(*shelf->cells));
	return shelf->cells == NULL ? fault_memory(fault) : 0;
}

static const char *name_of(const char *path)
{
	return strcmp(path, "-") == 0 ? "the stream" : path;
}

static void take_totals(struct shelf *shelf)
{
	for (size_t i = 0; i < shelf->count; i++)
		shelf->tables[i].total = shelf->reader.ending.totals[i];
}

/* From the beginning of what can be read again. */
static int open_kept(struct shelf *shelf, int fd, const char *path, struct fault *fault)
{
	reader_begin(&shelf->reader, fd, name_of(path), shelf->arena);
	if (read_stream(shelf, fault) != 0)
		return fault->status;
	take_totals(shelf);
	if (make_cells(shelf, fault) != 0)
		return fault->status;
	return shelf->part && shelf->reader.indexed ? read_index(shelf, fault) : 0;
}

int shelf_open(struct shelf *shelf, const char *path, bool part, const char *spool,
	struct arena *arena, struct fault *fault)
{
	int fd = -1;

	*shelf = (struct shelf){ .arena = arena, .part = part };
	return open_file(path, spool, &fd, fault) != 0 ? fault->status :
		open_kept(shelf, fd, path, fault);
}

/* --- as it passes ----------------------------------------------------------------------------- */

int shelf_open_passing(struct shelf *shelf, const char *path, struct arena *arena,
	struct fault *fault)
{
	struct reader *reader = &shelf->reader;
	int fd;

	*shelf = (struct shelf){ .arena = arena };
	if (open_input(path, &fd, fault) != 0)
		return fault->status;
	if (stays(fd))
		return open_kept(shelf, fd, path, fault);
	shelf->passing = true;
	reader_begin(reader, fd, name_of(path), arena);
	while (reader_next(reader, fault) == 0) {
		if (reader->frame.kind == FRAME_TABLE)
			add_table(shelf, fault);
		else if (reader->frame.kind == FRAME_OBJECT)
			add_object(shelf, fault);
		else if (reader->frame.kind != FRAME_HELLO)
			break;
	}
	return fault->status != 0 ? fault->status : make_cells(shelf, fault);
}

int shelf_finish(struct shelf *shelf, struct fault *fault)
{
	while (!reader_ended(&shelf->reader) && reader_next(&shelf->reader, fault) == 0)
		continue;
	if (fault->status == 0)
		take_totals(shelf);
	return fault->status;
}

/*
 * The frame that was read last is the first that nobody has asked for.  Tables before this one are
 * not asked for any more; one behind it is too early.
 */
static bool find_passing(struct shelf *shelf, struct fault *fault)
{
	const struct table *wanted = shelf->table->definition;
	struct reader *reader = &shelf->reader;

	while (!reader_ended(reader) && reader->frame.table < wanted->number)
		if (reader_next(reader, fault) != 0)
			return false;
	if (reader->frame.kind == FRAME_ROWS && reader->frame.table == wanted->number)
		return true;
	if (reader->frame.kind == FRAME_TABLE_END && reader->frame.table == wanted->number) {
		shelf->table->total = reader->total;
		return false;
	}
	fault_set(fault, STATUS_MISFIT, "%s: the rows of table \"%.200s\" are not together, or "
		"are keys to delete: they cannot be compared as they pass", reader->name,
		wanted->source);
	return false;
}

static bool next_passing(struct shelf *shelf, struct shelf_row *row, struct fault *fault)
{
	struct reader *reader = &shelf->reader;

	while (find_passing(shelf, fault)) {
		row->packed = reader->rows.next;
		if (reader_row(reader, shelf->cells, fault)) {
			row->cells = shelf->cells;
			row->size = (size_t)(reader->rows.next - row->packed);
			return true;
		}
		if (fault->status != 0 || reader_next(reader, fault) != 0)
			return false;
	}
	return false;
}

/* --- a pass ----------------------------------------------------------------------------------- */

void shelf_begin(struct shelf *shelf, size_t table)
{
	shelf->table = &shelf->tables[table];
	shelf->next = 0;
	shelf->left = 0;
	shelf->rows = unpack_begin(NULL, 0);
	shelf->seen = 0;
	shelf->digest = (struct hash128){ 0 };
}

static int damaged(struct shelf *shelf, uint64_t offset, const char *why, struct fault *fault)
{
	*fault = (struct fault){ 0 };
	return fault_set(fault, STATUS_STREAM, "%s: %.700s (at byte %llu)", shelf->reader.name, why,
		(unsigned long long)offset);
}

static int read_bytes(struct shelf *shelf, uint64_t offset, size_t size, struct fault *fault)
{
	struct bytes *wire = &shelf->wire;
	size_t got = 0, most;

	bytes_clear(wire);
	/* Memory grows as bytes arrive. */
	while (wire->size < size) {
		most = size - wire->size < STEP + wire->size ? size - wire->size :
			STEP + wire->size;
		if (!bytes_reserve(wire, most))
			return fault_memory(fault);
		if (descriptor_read_at(shelf->reader.fd, offset + wire->size,
			wire->data + wire->size, most, &got, fault) != 0)
			return fault->status;
		wire->size += got;
		if (got < most)
			return damaged(shelf, offset, "it ends in the middle of a frame", fault);
	}
	return 0;
}

/* What the reader has stepped over must say what END says of it. */
static int check_end(struct shelf *shelf, uint64_t offset, struct fault *fault)
{
	const struct total *right = &shelf->table->total;
	struct total total = { 0 };
	struct arena arena = { 0 };
	struct fault trouble = { 0 };
	bool same;

	if (payload_read(&arena, &record_total, shelf->frame.payload, shelf->frame.raw_length,
		&total, &trouble) != 0)
		damaged(shelf, offset, trouble.text, fault);
	total.table = right->table;
	same = ledger_same_total(&total, right);
	arena_close(&arena);
	if (fault->status == 0 && !same)
		damaged(shelf, offset, "END's totals are not those of a table's TABLE_END", fault);
	return fault->status;
}

static int read_frame(struct shelf *shelf, struct fault *fault)
{
	const uint64_t offset = shelf->table->frames[shelf->next];
	struct frame *frame = &shelf->frame;
	struct fault trouble = { 0 };

	if (read_bytes(shelf, offset, FRAME_HEADER, fault) != 0)
		return fault->status;
	if (frame_read_header(shelf->wire.data, shelf->reader.ledger.seed, frame, &trouble) != 0)
		return damaged(shelf, offset, trouble.text, fault);
	if ((frame->kind != FRAME_ROWS && (frame->kind != FRAME_TABLE_END || !shelf->part)) ||
		frame->table != shelf->table->definition->number)
		return damaged(shelf, offset, "the index does not lead to rows of the table",
			fault);
	if (read_bytes(shelf, offset + FRAME_HEADER, frame->length, fault) != 0)
		return fault->status;
	bytes_clear(&shelf->opened);
	if (frame_read_payload(frame, shelf->wire.data, &shelf->opened, &trouble) != 0)
		return trouble.status != STATUS_STREAM ? fault_set(fault, trouble.status, "%s",
			trouble.text) : damaged(shelf, offset, trouble.text, fault);
	shelf->next++;
	if (frame->kind == FRAME_TABLE_END)
		return check_end(shelf, offset, fault);
	shelf->rows = unpack_begin(frame->payload, frame->raw_length);
	shelf->left = frame->rows;
	return 0;
}

static uint64_t last_frame(const struct shelf *shelf)
{
	return shelf->next == 0 ? 0 : shelf->table->frames[shelf->next - 1];
}

/* The place of a row is its table and its number in the stream. */
static bool ill_row(struct shelf *shelf, struct fault *fault)
{
	struct fault line = { 0 };

	fault_set(&line, STATUS_STREAM, "table \"%.200s\", row %llu is not well-formed: %s",
		shelf->table->definition->source, (unsigned long long)shelf->seen + 1,
		shelf->rows.why);
	damaged(shelf, last_frame(shelf), line.text, fault);
	return false;
}

static void check_total(struct shelf *shelf, struct fault *fault)
{
	const struct total *total = &shelf->table->total;
	const char *name = shelf->table->definition->source;
	struct fault line = { 0 };
	uint8_t digest[16];

	hash_put(digest, shelf->digest);
	if (shelf->seen != total->rows)
		fault_set(&line, STATUS_STREAM, "the end of table \"%.200s\" says %llu rows, but "
			"there are %llu", name, (unsigned long long)total->rows,
			(unsigned long long)shelf->seen);
	else if (!shelf->table->checked && memcmp(digest, total->digest, sizeof(digest)) != 0)
		fault_set(&line, STATUS_STREAM, "the rows of table \"%.200s\" are not those of its "
			"end: the digests differ", name);
	if (line.status != 0)
		damaged(shelf, last_frame(shelf), line.text, fault);
	shelf->table->checked = line.status == 0;
}

bool shelf_next(struct shelf *shelf, struct shelf_row *row, struct fault *fault)
{
	const uint8_t *start;

	if (shelf->passing)
		return next_passing(shelf, row, fault);
	while (shelf->left == 0) {
		if (!unpack_end(&shelf->rows))
			return ill_row(shelf, fault);
		if (shelf->next == shelf->table->count) {
			check_total(shelf, fault);
			return false;
		}
		if (read_frame(shelf, fault) != 0)
			return false;
	}
	start = shelf->rows.next;
	if (!unpack_row(&shelf->rows, shelf->cells,
		(uint32_t)shelf->table->definition->column_count))
		return ill_row(shelf, fault);
	shelf->left--;
	shelf->seen++;
	row->cells = shelf->cells;
	row->packed = start;
	row->size = (size_t)(shelf->rows.next - start);
	if (!shelf->table->checked)
		hash_sum(&shelf->digest, hash_128(start, row->size));
	return true;
}

void shelf_close(struct shelf *shelf)
{
	struct fault ignored = { 0 };

	if (shelf->reader.fd > STDERR_FILENO)
		descriptor_close(shelf->reader.fd, shelf->reader.name, &ignored);
	reader_close(&shelf->reader);
	bytes_close(&shelf->wire);
	bytes_close(&shelf->opened);
}
