/*
 * Any file as a database: opened, checked, listed, profiled, read and packed as sqlite-extract does
 * it.  Nothing may crash or hang, and every row that comes out is one that the decoder takes.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/bytes.h"
#include "db/catalogue.h"
#include "db/check.h"
#include "row/profile.h"
#include "wire/pack.h"
#include "wire/payload.h"
#include "wire/unpack.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { TICKS = 2000, ROWS = 2000, COLUMNS = 64 };

static char path[64];

static void remove_file(void)
{
	unlink(path);
}

static void write_file(const uint8_t *data, size_t size)
{
	FILE *file;

	if (path[0] == '\0') {
		snprintf(path, sizeof(path), "/dev/shm/rowpipe-fuzz-%ld", (long)getpid());
		atexit(remove_file);
	}
	file = fopen(path, "wb");
	if (file == NULL || fwrite(data, 1, size, file) != size || fclose(file) != 0)
		abort();
}

/* A hostile schema may ask for work without end. */
static bool tick(void *context, const char *doing, uint64_t done, uint64_t total)
{
	(void)doing;
	(void)done;
	(void)total;
	return ++*(int *)context > TICKS;
}

static void expect_row(const struct bytes *row, uint32_t count)
{
	struct unpacker unpacker = unpack_begin(row->data, row->size);
	struct value cells[COLUMNS];

	if (!unpack_row(&unpacker, cells, count) || !unpack_end(&unpacker))
		abort();
}

struct use {
	size_t columns;
	int rows;
	struct profile profile;
	struct bytes scratch, row;
};

static bool use_row(void *context, const struct value *cells)
{
	struct use *use = context;

	for (size_t i = 0; i < use->columns; i++)
		profile_add(&use->profile, &cells[i], &use->scratch);
	bytes_clear(&use->row);
	pack_row(&use->row, cells, (uint32_t)use->columns);
	expect_row(&use->row, (uint32_t)use->columns);
	return ++use->rows < ROWS;
}

/* Rows come in two ways, of which one does not know all tables. */
static void read_table(struct sqlite *sqlite, const struct reading *reading, struct fault *fault)
{
	struct reading other = *reading;
	struct use use = { .columns = reading->columns };
	struct fault other_fault = { 0 };

	other.hand = NULL;
	scan_rows(sqlite, &other, use_row, &use, &other_fault);
	use.rows = 0;
	scan_rows(sqlite, reading, use_row, &use, fault);
	bytes_close(&use.scratch);
	bytes_close(&use.row);
}

/* Whatever the schema says, its definition can be written and read again. */
static void expect_definition(const struct table *table)
{
	struct bytes packed = { 0 };
	struct arena arena = { 0 };
	struct fault fault = { 0 };
	struct table again;

	record_pack(&packed, &record_table, table);
	if (payload_read(&arena, &record_table, packed.data, packed.size, &again, &fault) != 0)
		abort();
	arena_close(&arena);
	bytes_close(&packed);
}

static void read_all(struct sqlite *sqlite, struct arena *arena, struct fault *fault)
{
	static const struct request all;
	struct catalogue catalogue;

	if (catalogue_read(sqlite, arena, &all, &catalogue, fault) != 0)
		return;
	for (size_t i = 0; i < catalogue.table_count && fault->status == 0; i++) {
		expect_definition(&catalogue.tables[i]);
		if (catalogue.readings[i].columns <= COLUMNS)
			read_table(sqlite, &catalogue.readings[i], fault);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena arena = { 0 };
	struct fault fault = { 0 };
	int ticks = 0;
	struct sqlite_options options = { .patience = 1, .tick = tick, .context = &ticks };
	struct sqlite *sqlite;

	write_file(data, size);
	sqlite = sqlite_open(&arena, path, &options, &fault);
	if (sqlite != NULL && fault.status == 0 && check_database(sqlite, &fault) != 0)
		fault = (struct fault){ 0 };
	if (sqlite != NULL && fault.status == 0)
		read_all(sqlite, &arena, &fault);
	if (sqlite != NULL && fault.status == 0)
		sqlite_end(sqlite, &fault);
	sqlite_close(sqlite);
	arena_close(&arena);
	return 0;
}
