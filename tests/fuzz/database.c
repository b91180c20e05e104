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

static void read_table(struct sqlite *sqlite, const struct reading *reading, struct fault *fault)
{
	struct scan *scan = scan_begin(sqlite, reading, fault);
	struct profile profile = { 0 };
	struct bytes scratch = { 0 }, row = { 0 };
	struct value cells[COLUMNS];
	int rows = 0;

	while (scan != NULL && rows++ < ROWS && scan_next(scan, cells, fault)) {
		for (size_t i = 0; i < reading->columns; i++)
			profile_add(&profile, &cells[i], &scratch);
		bytes_clear(&row);
		pack_row(&row, cells, (uint32_t)reading->columns);
		expect_row(&row, (uint32_t)reading->columns);
	}
	scan_end(scan);
	bytes_close(&scratch);
	bytes_close(&row);
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
