#include "flow/profiler.h"

#include <signal.h>

#include "base/utf8.h"

static inline bool has_data(const struct value *cell)
{
	return cell->kind >= VALUE_TEXT;
}

static inline void count_cell(struct profiler *profiler, size_t column, struct value *cell)
{
	if (cell->kind == VALUE_TEXT && !utf8_valid(cell->data, cell->size))
		cell->kind = VALUE_BAD_UTF8;
	profile_add(&profiler->profiles[column], cell, &profiler->scratch);
}

static void count_batch(struct profiler *profiler, struct batch *batch)
{
	const size_t columns = profiler->columns;

	for (size_t row = 0; row < batch->cell_count; row += columns)
		for (size_t i = 0; i < columns; i++) {
			struct value *cell = &batch->cells[row + i];

			if (has_data(cell))
				cell->data = batch->bytes.data + cell->integer;
			count_cell(profiler, i, cell);
		}
	batch->cell_count = 0;
	bytes_clear(&batch->bytes);
}

/* --- the thread ------------------------------------------------------------------------------- */

static void *count_batches(void *context)
{
	struct profiler *profiler = context;

	pthread_mutex_lock(&profiler->lock);
	for (;;) {
		struct batch *batch = profiler->handed;

		if (batch == NULL && profiler->closing)
			break;
		if (batch == NULL) {
			pthread_cond_wait(&profiler->changed, &profiler->lock);
			continue;
		}
		pthread_mutex_unlock(&profiler->lock);
		count_batch(profiler, batch);
		pthread_mutex_lock(&profiler->lock);
		profiler->handed = NULL;
		pthread_cond_signal(&profiler->changed);
	}
	pthread_mutex_unlock(&profiler->lock);
	return NULL;
}

/* Signals are the first thread's. */
static bool start(struct profiler *profiler)
{
	sigset_t all, before;

	pthread_mutex_init(&profiler->lock, NULL);
	pthread_cond_init(&profiler->changed, NULL);
	sigfillset(&all);
	pthread_sigmask(SIG_BLOCK, &all, &before);
	profiler->threaded =
		pthread_create(&profiler->thread, NULL, count_batches, profiler) == 0;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	profiler->alone = !profiler->threaded;
	return profiler->threaded;
}

/* Waits until the batch before was counted, and hands on this one, if any. */
static void hand(struct profiler *profiler, struct batch *batch)
{
	pthread_mutex_lock(&profiler->lock);
	while (profiler->handed != NULL)
		pthread_cond_wait(&profiler->changed, &profiler->lock);
	profiler->handed = batch;
	if (batch != NULL)
		pthread_cond_signal(&profiler->changed);
	pthread_mutex_unlock(&profiler->lock);
}

/* --- rows ------------------------------------------------------------------------------------- */

/* All that was added is counted, and the thread waits. */
static void drain(struct profiler *profiler)
{
	if (profiler->threaded)
		hand(profiler, NULL);
	count_batch(profiler, &profiler->batches[profiler->filling]);
}

static void pass_batch(struct profiler *profiler)
{
	if (profiler->alone || (!profiler->threaded && !start(profiler))) {
		drain(profiler);
		return;
	}
	hand(profiler, &profiler->batches[profiler->filling]);
	profiler->filling ^= 1;
}

/* A row that is larger than a batch is counted where it is: nobody copies 1 GB to look at it. */
static void count_row(struct profiler *profiler, const struct value *cells)
{
	drain(profiler);
	for (size_t i = 0; i < profiler->columns; i++) {
		struct value cell = cells[i];

		count_cell(profiler, i, &cell);
	}
}

static bool fits(const struct profiler *profiler, const struct batch *batch, size_t size)
{
	return batch->cell_count + profiler->columns <= PROFILER_CELLS &&
		batch->bytes.size + size <= PROFILER_BYTES;
}

static size_t data_size(const struct profiler *profiler, const struct value *cells)
{
	size_t size = 0;

	for (size_t i = 0; i < profiler->columns; i++)
		if (has_data(&cells[i]))
			size += cells[i].size;
	return size;
}

static void copy_row(struct profiler *profiler, struct batch *batch, const struct value *cells)
{
	struct value *to = batch->cells + batch->cell_count;
	uint8_t *data = batch->bytes.data;
	size_t place = batch->bytes.size;

	for (size_t i = 0; i < profiler->columns; i++) {
		to[i] = cells[i];
		if (!has_data(&cells[i]))
			continue;
		memcpy(data + place, cells[i].data, cells[i].size);
		to[i].integer = (int64_t)place;
		place += cells[i].size;
	}
	batch->bytes.size = place;
	batch->cell_count += profiler->columns;
}

void profiler_begin(struct profiler *profiler, struct profile *profiles, size_t columns)
{
	profiler->profiles = profiles;
	profiler->columns = columns;
}

void profiler_add(struct profiler *profiler, const struct value *cells)
{
	size_t size = data_size(profiler, cells);
	struct batch *batch = &profiler->batches[profiler->filling];

	if (!fits(profiler, batch, size)) {
		pass_batch(profiler);
		batch = &profiler->batches[profiler->filling];
	}
	if (!fits(profiler, batch, size) ||
		!bytes_reserve(&batch->bytes, PROFILER_BYTES - batch->bytes.size))
		count_row(profiler, cells);
	else
		copy_row(profiler, batch, cells);
}

int profiler_end(struct profiler *profiler, struct fault *fault)
{
	drain(profiler);
	return profiler->scratch.failed ? fault_memory(fault) : 0;
}

void profiler_close(struct profiler *profiler)
{
	if (profiler->threaded) {
		pthread_mutex_lock(&profiler->lock);
		profiler->closing = true;
		pthread_cond_signal(&profiler->changed);
		pthread_mutex_unlock(&profiler->lock);
		pthread_join(profiler->thread, NULL);
	}
	bytes_close(&profiler->batches[0].bytes);
	bytes_close(&profiler->batches[1].bytes);
	bytes_close(&profiler->scratch);
}
