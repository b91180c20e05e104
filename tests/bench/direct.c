/*
 * direct FILE DDL: the limit for a load: one program that takes the rows of a SQLite file straight
 * to binary COPY, with the types that are known to be right, and checks nothing. DDL is what
 * `pg-load --ddl` prints; the rows go in front of its first ALTER TABLE, and ANALYZE behind it, so
 * that the same is there in the end. The server is libpq's default one.
 */
#define _DEFAULT_SOURCE
#include <endian.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libpq-fe.h>
#include <sqlite3.h>

enum { PIECE = 32 << 10, ROOM = 4 << 20 };

static const char tables[] =
	"SELECT name FROM sqlite_master WHERE type = 'table' AND substr(name, 1, 7) <> 'sqlite_'"
	" ORDER BY rootpage";

static sqlite3 *db;
static PGconn *server;
static char buffer[ROOM];
static size_t used;
static Oid types[32];

static void stop(const char *why)
{
	fprintf(stderr, "direct: %s\n", why);
	exit(1);
}

static void run(const char *sql, ExecStatusType wanted)
{
	PGresult *result = PQexec(server, sql);

	if (PQresultStatus(result) != wanted)
		stop(PQerrorMessage(server));
	PQclear(result);
}

static void put16(uint16_t value)
{
	value = htobe16(value);
	memcpy(buffer + used, &value, 2);
	used += 2;
}

static void put32(uint32_t value)
{
	value = htobe32(value);
	memcpy(buffer + used, &value, 4);
	used += 4;
}

static void put64(uint64_t value)
{
	value = htobe64(value);
	memcpy(buffer + used, &value, 8);
	used += 8;
}

static void put_data(const void *data, int size)
{
	put32((uint32_t)size);
	memcpy(buffer + used, data, (size_t)size);
	used += (size_t)size;
}

static int64_t digits(const unsigned char *text, int count)
{
	int64_t number = 0;

	while (count-- > 0)
		number = number * 10 + *text++ - '0';
	return number;
}

/* YYYY-MM-DD as days since 2000-01-01. */
static int64_t days(const unsigned char *text)
{
	int64_t year = digits(text, 4), month = digits(text + 5, 2), day = digits(text + 8, 2);

	year -= month <= 2;
	month += month <= 2 ? 9 : -3;
	return year * 365 + year / 4 - year / 100 + year / 400 + (153 * month + 2) / 5 + day -
		730426 + 305;
}

/* numeric(12,2) of a number of cents, below 10^12. */
static void put_cents(int64_t cents)
{
	uint64_t left = (uint64_t)llabs(cents);
	uint16_t groups[4] = { (uint16_t)(left / UINT64_C(10000000000)),
		(uint16_t)(left / 1000000 % 10000), (uint16_t)(left / 100 % 10000),
		(uint16_t)(left % 100 * 100) };
	int first = 0, last = 4;

	while (first < 4 && groups[first] == 0)
		first++;
	while (last > first && groups[last - 1] == 0)
		last--;
	put32((uint32_t)(8 + 2 * (last - first)));
	put16((uint16_t)(last - first));
	put16((uint16_t)(last > first ? 2 - first : 0));
	put16(cents < 0 ? 0x4000 : 0);
	put16(2);
	while (first < last)
		put16(groups[first++]);
}

static void put_moment(const unsigned char *text)
{
	int64_t seconds = digits(text + 11, 2) * 3600 + digits(text + 14, 2) * 60 +
		digits(text + 17, 2);

	put64((uint64_t)((days(text) * 86400 + seconds) * 1000000));
}

static void put_value(Oid type, sqlite3_value *value)
{
	double real;

	if (sqlite3_value_type(value) == SQLITE_NULL) {
		put32(UINT32_MAX);
		return;
	}
	switch (type) {
	case 16:
		put32(1);
		buffer[used++] = (char)sqlite3_value_int64(value);
		break;
	case 20:
		put32(8), put64((uint64_t)sqlite3_value_int64(value));
		break;
	case 21:
		put32(2), put16((uint16_t)sqlite3_value_int64(value));
		break;
	case 23:
		put32(4), put32((uint32_t)sqlite3_value_int64(value));
		break;
	case 701: {
		uint64_t bits;

		real = sqlite3_value_double(value);
		memcpy(&bits, &real, 8);
		put32(8), put64(bits);
		break;
	}
	case 1082:
		put32(4), put32((uint32_t)days(sqlite3_value_text(value)));
		break;
	case 1114:
		put32(8), put_moment(sqlite3_value_text(value));
		break;
	case 1700:
		put_cents(llround(sqlite3_value_double(value) * 100));
		break;
	case 17: {
		const void *data = sqlite3_value_blob(value);

		put_data(data, sqlite3_value_bytes(value));
		break;
	}
	case 25: {
		const unsigned char *text = sqlite3_value_text(value);

		put_data(text, sqlite3_value_bytes(value));
		break;
	}
	default:
		stop("a type that is not known here");
	}
}

static void send(void)
{
	for (size_t at = 0; at < used; at += PIECE)
		if (PQputCopyData(server, buffer + at,
			    (int)(used - at < PIECE ? used - at : PIECE)) != 1)
			stop(PQerrorMessage(server));
	used = 0;
}

static int read_types(const char *table)
{
	char sql[300];
	PGresult *result;
	int count;

	snprintf(sql, sizeof(sql), "SELECT atttypid FROM pg_catalog.pg_attribute WHERE attrelid = "
		"'public.%s'::pg_catalog.regclass AND attnum > 0 ORDER BY attnum", table);
	result = PQexec(server, sql);
	count = PQntuples(result);
	for (int i = 0; i < count; i++)
		types[i] = (Oid)strtoul(PQgetvalue(result, i, 0), NULL, 10);
	PQclear(result);
	return count;
}

static void copy_table(const char *table)
{
	char sql[300];
	sqlite3_stmt *select;
	int count = read_types(table);

	snprintf(sql, sizeof(sql), "COPY public.%s FROM STDIN WITH (FORMAT binary, FREEZE)", table);
	run(sql, PGRES_COPY_IN);
	memcpy(buffer, "PGCOPY\n\377\r\n\0\0\0\0\0\0\0\0\0", used = 19);
	snprintf(sql, sizeof(sql), "SELECT * FROM %s NOT INDEXED", table);
	if (sqlite3_prepare_v2(db, sql, -1, &select, NULL) != SQLITE_OK)
		stop(sqlite3_errmsg(db));
	while (sqlite3_step(select) == SQLITE_ROW) {
		put16((uint16_t)count);
		for (int i = 0; i < count; i++)
			put_value(types[i], sqlite3_column_value(select, i));
		if (used >= PIECE)
			send();
	}
	sqlite3_finalize(select);
	put16(UINT16_MAX);
	send();
	if (PQputCopyEnd(server, NULL) != 1)
		stop(PQerrorMessage(server));
	for (PGresult *result; (result = PQgetResult(server)) != NULL; PQclear(result))
		if (PQresultStatus(result) != PGRES_COMMAND_OK)
			stop(PQerrorMessage(server));
}

int main(int argc, char **argv)
{
	static char ddl[1 << 20];
	FILE *file = argc == 3 ? fopen(argv[2], "r") : NULL;
	char *behind;
	sqlite3_stmt *list;

	if (file == NULL || fread(ddl, 1, sizeof(ddl) - 1, file) == 0 ||
		(behind = strstr(ddl, "\nALTER TABLE")) == NULL)
		stop("usage: direct FILE DDL");
	fclose(file);
	*behind++ = '\0';
	server = PQconnectdb("");
	if (PQstatus(server) != CONNECTION_OK)
		stop(PQerrorMessage(server));
	if (sqlite3_open_v2(argv[1], &db, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX, NULL) !=
			SQLITE_OK ||
		sqlite3_prepare_v2(db, tables, -1, &list, NULL) != SQLITE_OK)
		stop(sqlite3_errmsg(db));
	run("SET default_toast_compression = 'lz4'", PGRES_COMMAND_OK);
	run(ddl, PGRES_COMMAND_OK);
	while (sqlite3_step(list) == SQLITE_ROW)
		copy_table((const char *)sqlite3_column_text(list, 0));
	sqlite3_finalize(list);
	run(behind, PGRES_COMMAND_OK);
	run("ANALYZE", PGRES_COMMAND_OK);
	sqlite3_close(db);
	PQfinish(server);
	return 0;
}
