/*
 * bare [-c | -s] FILE [TABLE...]: reads every value of the tables (of all, when none is named) and
 * does nothing else: the limit for every tool that reads a SQLite file.
 *
 * One sqlite3_column_value for each cell and then sqlite3_value_* on it is faster than three
 * sqlite3_column_* calls, each of which finds the cell anew; it is allowed because no other thread
 * uses the connection. -c takes the slower way, -s only steps. The checksum keeps the compiler from
 * leaving the reading out, and shows that both ways read the same.
 */
#define _DEFAULT_SOURCE
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include <sqlite3.h>

static const char tables[] =
	"SELECT name FROM sqlite_master WHERE type = 'table' AND substr(name, 1, 7) <> 'sqlite_'";

static sqlite3 *db;
static uint64_t rows, checksum;
static double sum;

static void check(int code, int wanted)
{
	if (code != wanted) {
		fprintf(stderr, "bare: %s\n", sqlite3_errmsg(db));
		exit(1);
	}
}

static void take_values(sqlite3_stmt *select, int count)
{
	for (int i = 0; i < count; i++) {
		sqlite3_value *value = sqlite3_column_value(select, i);
		int type = sqlite3_value_type(value);
		const unsigned char *bytes = NULL;

		if (type == SQLITE_INTEGER)
			checksum += (uint64_t)sqlite3_value_int64(value);
		else if (type == SQLITE_FLOAT)
			sum += sqlite3_value_double(value);
		else if (type == SQLITE_TEXT)
			bytes = sqlite3_value_text(value);
		else if (type == SQLITE_BLOB)
			bytes = sqlite3_value_blob(value);
		if (bytes != NULL)
			checksum += (uint64_t)sqlite3_value_bytes(value) + *bytes;
	}
}

static void take_columns(sqlite3_stmt *select, int count)
{
	for (int i = 0; i < count; i++) {
		int type = sqlite3_column_type(select, i);
		const unsigned char *bytes = NULL;

		if (type == SQLITE_INTEGER)
			checksum += (uint64_t)sqlite3_column_int64(select, i);
		else if (type == SQLITE_FLOAT)
			sum += sqlite3_column_double(select, i);
		else if (type == SQLITE_TEXT)
			bytes = sqlite3_column_text(select, i);
		else if (type == SQLITE_BLOB)
			bytes = sqlite3_column_blob(select, i);
		if (bytes != NULL)
			checksum += (uint64_t)sqlite3_column_bytes(select, i) + *bytes;
	}
}

static void read_table(const char *table, int way)
{
	char *sql = sqlite3_mprintf("SELECT * FROM \"%w\" NOT INDEXED", table);
	sqlite3_stmt *select;
	int code, count;

	check(sqlite3_prepare_v2(db, sql, -1, &select, NULL), SQLITE_OK);
	count = sqlite3_column_count(select);
	for (; (code = sqlite3_step(select)) == SQLITE_ROW; rows++) {
		if (way == 'c')
			take_columns(select, count);
		else if (way != 's')
			take_values(select, count);
	}
	check(code, SQLITE_DONE);
	sqlite3_finalize(select);
	sqlite3_free(sql);
}

int main(int argc, char **argv)
{
	int option, way = 'v', flags = SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX;
	struct timespec start, end;
	sqlite3_stmt *list;

	while ((option = getopt(argc, argv, "cs")) != -1)
		way = option;
	if (optind == argc || way == '?') {
		fputs("usage: bare [-c | -s] FILE [TABLE...]\n", stderr);
		return 64;
	}
	clock_gettime(CLOCK_MONOTONIC, &start);
	check(sqlite3_open_v2(argv[optind++], &db, flags, NULL), SQLITE_OK);
	check(sqlite3_exec(db, "PRAGMA mmap_size = 0", NULL, NULL, NULL), SQLITE_OK);
	check(sqlite3_prepare_v2(db, tables, -1, &list, NULL), SQLITE_OK);
	for (int i = optind; i < argc; i++)
		read_table(argv[i], way);
	while (optind == argc && sqlite3_step(list) == SQLITE_ROW)
		read_table((const char *)sqlite3_column_text(list, 0), way);
	sqlite3_finalize(list);
	check(sqlite3_close(db), SQLITE_OK);
	clock_gettime(CLOCK_MONOTONIC, &end);
	printf("%.3f s, %" PRIu64 " rows, sums %016" PRIx64 " %.17g\n",
		(double)(end.tv_sec - start.tv_sec) + (double)(end.tv_nsec - start.tv_nsec) / 1e9,
		rows, checksum, sum);
	return 0;
}
