#include "flow/sort.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/descriptor.h"

/*
 * A record in memory and in files: size of the key, size of the rest (u32 each), key, rest.
 */
enum { SIZES = 8, WRITE = 256 * 1024, READ_LEAST = 16 * 1024, READ_MOST = 256 * 1024 };

/* The key's first bytes decide most comparisons without a look at the record. */
struct item {
	uint64_t prefix;
	uint64_t offset;
};

static int compare_bytes(const uint8_t *a, uint32_t a_size, const uint8_t *b, uint32_t b_size)
{
	const uint32_t size = a_size < b_size ? a_size : b_size;
	const int order = size == 0 ? 0 : memcmp(a, b, size);

	return order != 0 ? order : (a_size > b_size) - (a_size < b_size);
}

int sort_compare_keys(const struct sort_record *a, const struct sort_record *b)
{
	return compare_bytes(a->key, a->key_size, b->key, b->key_size);
}

int sort_compare(const struct sort_record *a, const struct sort_record *b)
{
	const int order = sort_compare_keys(a, b);

	return order != 0 ? order : compare_bytes(a->rest, a->rest_size, b->rest, b->rest_size);
}

static struct sort_record record_at(const uint8_t *at)
{
	struct sort_record record;

	memcpy(&record.key_size, at, sizeof(record.key_size));
	memcpy(&record.rest_size, at + 4, sizeof(record.rest_size));
	record.key = at + SIZES;
	record.rest = record.key + record.key_size;
	return record;
}

static void add_record(struct bytes *to, const struct sort_record *record)
{
	bytes_add(to, &record->key_size, sizeof(record->key_size));
	bytes_add(to, &record->rest_size, sizeof(record->rest_size));
	bytes_add(to, record->key, record->key_size);
	bytes_add(to, record->rest, record->rest_size);
}

void sort_begin(struct sorter *sorter, size_t memory, const char *folder)
{
	*sorter = (struct sorter){ .memory = memory, .folder = folder };
}

bool sort_spilled(const struct sorter *sorter)
{
	for (size_t level = 0; level < SORT_LEVELS; level++)
		if (sorter->counts[level] > 0)
			return true;
	return false;
}

/* --- in memory -------------------------------------------------------------------------------- */

static uint64_t prefix_of(const struct sort_record *record)
{
	uint8_t first[8] = { 0 };

	if (record->key_size >= sizeof(first))
		return get_u64(record->key);
	if (record->key_size > 0)
		memcpy(first, record->key, record->key_size);
	return get_u64(first);
}

static int compare_items(const void *a, const void *b, void *data)
{
	const struct item *one = a, *other = b;
	struct sort_record records[2];

	if (one->prefix != other->prefix)
		return one->prefix < other->prefix ? -1 : 1;
	records[0] = record_at((const uint8_t *)data + one->offset);
	records[1] = record_at((const uint8_t *)data + other->offset);
	return sort_compare(&records[0], &records[1]);
}

static struct item *item_list(struct sorter *sorter, size_t *count)
{
	*count = sorter->items.size / sizeof(struct item);
	return (struct item *)(void *)sorter->items.data;
}

static void sort_items(struct sorter *sorter)
{
	size_t count;
	struct item *items = item_list(sorter, &count);

	if (count > 1)
		qsort_r(items, count, sizeof(*items), compare_items, sorter->data.data);
}

/* --- runs ------------------------------------------------------------------------------------- */

/* A full disk has a name, and another one can be chosen. */
static int spool_fault(const struct sorter *sorter, struct fault *fault)
{
	struct fault reason = *fault;

	if (reason.status == STATUS_IO)
		snprintf(fault->text, sizeof(fault->text),
			"%s: %.500s (a temporary file; --spool chooses another folder)",
			sorter->folder == NULL ? "temporary files" : sorter->folder, reason.text);
	return reason.status;
}

static int write_out(struct sorter *sorter, struct sort_run *run, size_t least, struct fault *fault)
{
	struct bytes *out = &sorter->out;

	if (out->failed)
		return fault_memory(fault);
	if (out->size < least || out->size == 0)
		return 0;
	run->size += out->size;
	if (descriptor_write(run->fd, out->data, out->size, fault) != 0)
		return spool_fault(sorter, fault);
	bytes_clear(out);
	return 0;
}

static int open_run(struct sorter *sorter, struct sort_run *run, struct fault *fault)
{
	*run = (struct sort_run){ .fd = -1 };
	bytes_clear(&sorter->out);
	return descriptor_temporary(sorter->folder, &run->fd, fault);
}

static void close_run(struct sort_run *run)
{
	struct fault ignored = { 0 };

	bytes_close(&run->buffer);
	if (run->fd >= 0)
		descriptor_close(run->fd, "temporary file", &ignored);
	run->fd = -1;
}

/* More of the file behind what is left in the buffer, at least want bytes if there are. */
static int fill(struct sort_run *run, size_t want, size_t step, struct fault *fault)
{
	struct bytes *buffer = &run->buffer;
	size_t left = buffer->size - run->next, got = 0;

	if (left > 0)
		memmove(buffer->data, buffer->data + run->next, left);
	buffer->size = left;
	run->next = 0;
	if (want < step)
		want = step;
	want -= left;
	if (want > run->size - run->offset)
		want = (size_t)(run->size - run->offset);
	if (!bytes_reserve(buffer, want))
		return fault_memory(fault);
	if (descriptor_read_at(run->fd, run->offset, buffer->data + left, want, &got, fault) != 0)
		return fault->status;
	buffer->size += got;
	run->offset += got;
	return got == want ? 0 : fault_set(fault, STATUS_IO, "a temporary file was cut");
}

/* The next head; false at the end, and when a fault is set. */
static bool next_head(struct sort_run *run, size_t step, struct fault *fault)
{
	struct bytes *buffer = &run->buffer;
	size_t need;

	if (buffer->size - run->next < SIZES && run->offset < run->size &&
		fill(run, SIZES, step, fault) != 0)
		return false;
	if (buffer->size == run->next)
		return false;
	run->head = record_at(buffer->data + run->next);
	need = SIZES + (size_t)run->head.key_size + run->head.rest_size;
	if (buffer->size - run->next < need && fill(run, need, step, fault) != 0)
		return false;
	run->head = record_at(buffer->data + run->next);
	run->next += need;
	return true;
}

/* --- merging ---------------------------------------------------------------------------------- */

static void sink(struct sorter *sorter, size_t place)
{
	struct sort_run **heap = sorter->heap;

	for (;;) {
		size_t least = place, child = 2 * place + 1;

		for (size_t end = child + 2; child < end && child < sorter->heap_count; child++)
			if (sort_compare(&heap[child]->head, &heap[least]->head) < 0)
				least = child;
		if (least == place)
			return;
		struct sort_run *moved = heap[place];

		heap[place] = heap[least];
		heap[least] = moved;
		place = least;
	}
}

static size_t read_step(const struct sorter *sorter, size_t runs)
{
	const size_t step = sorter->memory / (runs + 1);

	return step < READ_LEAST ? READ_LEAST : step < READ_MOST ? step : READ_MOST;
}

/* All runs of the levels from the first to before the last. */
static int begin_merge(struct sorter *sorter, size_t first, size_t last, struct fault *fault)
{
	size_t runs = 0;

	for (size_t level = first; level < last; level++)
		runs += sorter->counts[level];
	bytes_clear(&sorter->heap_room);
	if (!bytes_reserve(&sorter->heap_room, runs * sizeof(struct sort_run *)))
		return fault_memory(fault);
	sorter->heap = (struct sort_run **)(void *)sorter->heap_room.data;
	sorter->heap_count = 0;
	sorter->last = NULL;
	for (size_t level = first; level < last; level++)
		for (uint32_t i = 0; i < sorter->counts[level]; i++) {
			struct sort_run *run = &sorter->runs[level][i];

			if (next_head(run, read_step(sorter, runs), fault))
				sorter->heap[sorter->heap_count++] = run;
		}
	for (size_t place = sorter->heap_count / 2; place-- > 0; )
		sink(sorter, place);
	return fault->status;
}

static bool next_merged(struct sorter *sorter, struct sort_record *record, struct fault *fault)
{
	const size_t step = read_step(sorter, sorter->heap_count);

	if (sorter->last != NULL) {
		if (!next_head(sorter->last, step, fault)) {
			if (fault->status != 0)
				return false;
			sorter->heap[0] = sorter->heap[--sorter->heap_count];
		}
		sink(sorter, 0);
	}
	sorter->last = NULL;
	if (sorter->heap_count == 0)
		return false;
	sorter->last = sorter->heap[0];
	*record = sorter->last->head;
	return true;
}

/* All runs of a level become one of the next. */
static int merge_level(struct sorter *sorter, size_t level, struct fault *fault)
{
	struct sort_run *run = &sorter->runs[level + 1][sorter->counts[level + 1]];
	struct sort_record record;
	int status = begin_merge(sorter, level, level + 1, fault);

	if (status == 0)
		status = open_run(sorter, run, fault);
	if (status != 0)
		return status;
	sorter->counts[level + 1]++;
	while (next_merged(sorter, &record, fault)) {
		add_record(&sorter->out, &record);
		if (write_out(sorter, run, WRITE, fault) != 0)
			break;
	}
	if (fault->status == 0)
		write_out(sorter, run, 1, fault);
	for (uint32_t i = 0; i < sorter->counts[level]; i++)
		close_run(&sorter->runs[level][i]);
	sorter->counts[level] = 0;
	sorter->heap = NULL;
	return fault->status;
}

static int write_items(struct sorter *sorter, struct sort_run *run, struct fault *fault)
{
	size_t count;
	const struct item *items = item_list(sorter, &count);

	for (size_t i = 0; i < count; i++) {
		const struct sort_record record = record_at(sorter->data.data + items[i].offset);

		add_record(&sorter->out, &record);
		if (write_out(sorter, run, WRITE, fault) != 0)
			return fault->status;
	}
	return write_out(sorter, run, 1, fault);
}

static int spill(struct sorter *sorter, struct fault *fault)
{
	struct sort_run *run;

	/* From above, so that the next level has room. */
	for (size_t level = SORT_LEVELS - 1; level-- > 0; )
		if (sorter->counts[level] == SORT_RUNS && merge_level(sorter, level, fault) != 0)
			return fault->status;
	if (sorter->counts[0] == SORT_RUNS)
		return fault_set(fault, STATUS_IO, "more rows than can be sorted");
	run = &sorter->runs[0][sorter->counts[0]];
	if (open_run(sorter, run, fault) != 0)
		return fault->status;
	sorter->counts[0]++;
	sort_items(sorter);
	write_items(sorter, run, fault);
	bytes_clear(&sorter->data);
	bytes_clear(&sorter->items);
	return fault->status;
}

/* --- all of it -------------------------------------------------------------------------------- */

int sort_add(struct sorter *sorter, const struct sort_record *record, struct fault *fault)
{
	const size_t size = SIZES + (size_t)record->key_size + record->rest_size;
	struct item item = { .prefix = prefix_of(record) };

	/* qsort_r takes as much again as the items. */
	if (sorter->items.size > 0 && sorter->data.size + size + 2 * (sorter->items.size +
		sizeof(item)) > sorter->memory && spill(sorter, fault) != 0)
		return fault->status;
	item.offset = sorter->data.size;
	add_record(&sorter->data, record);
	bytes_add(&sorter->items, &item, sizeof(item));
	return sorter->data.failed || sorter->items.failed ? fault_memory(fault) : 0;
}

int sort_end(struct sorter *sorter, struct fault *fault)
{
	if (!sort_spilled(sorter)) {
		sort_items(sorter);
		return 0;
	}
	if (sorter->items.size > 0 && spill(sorter, fault) != 0)
		return fault->status;
	bytes_close(&sorter->data);
	bytes_close(&sorter->items);
	bytes_close(&sorter->out);
	return begin_merge(sorter, 0, SORT_LEVELS, fault);
}

bool sort_next(struct sorter *sorter, struct sort_record *record, struct fault *fault)
{
	size_t count;
	const struct item *items = item_list(sorter, &count);

	if (sorter->heap != NULL)
		return next_merged(sorter, record, fault);
	if (sorter->place == count)
		return false;
	*record = record_at(sorter->data.data + items[sorter->place++].offset);
	return true;
}

void sort_close(struct sorter *sorter)
{
	for (size_t level = 0; level < SORT_LEVELS; level++)
		for (uint32_t i = 0; i < sorter->counts[level]; i++)
			close_run(&sorter->runs[level][i]);
	bytes_close(&sorter->data);
	bytes_close(&sorter->items);
	bytes_close(&sorter->out);
	bytes_close(&sorter->heap_room);
	*sorter = (struct sorter){ 0 };
}
