/*
 * generate KIND ROWS FILE: makes a database for the benchmarks; ROWS are those of each table.
 *
 * The same arguments always give the same content: every value comes from one generator with a
 * fixed seed, none from a clock or from the order of bytes in memory. Short texts are letters at
 * random, long ones are words, so that they compress about as well as real ones do.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sqlite3.h>

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

enum kind { KEY, WHOLE, FLAG, REAL, CENTS, MOMENT, WORD, PROSE, BYTES };

/* low and high: bits of a WHOLE, bytes of a text or blob (a date is a shorter MOMENT). */
struct column {
	const char *name, *type;
	enum kind kind;
	unsigned low, high, percent_null;
};

/* The columns of a shape end with one that has no name. */
static const struct shape {
	const char *name;
	unsigned tables;
	struct column columns[21];
} shapes[] = {
	{ "narrow", 1, {
		{ "id", "INTEGER PRIMARY KEY", KEY, 0, 0, 0 },
		{ "quantity", "INTEGER", WHOLE, 1, 31, 0 },
		{ "price", "REAL", REAL, 0, 0, 0 },
		{ "created", "TIMESTAMP", MOMENT, 19, 19, 0 },
		{ "code", "TEXT", WORD, 4, 10, 0 },
	} },
	{ "wide", 1, {
		{ "id", "INTEGER PRIMARY KEY", KEY, 0, 0, 0 },
		{ "account", "BIGINT", WHOLE, 33, 62, 0 },
		{ "quantity", "INTEGER", WHOLE, 1, 31, 0 },
		{ "level", "SMALLINT", WHOLE, 1, 15, 10 },
		{ "active", "BOOLEAN", FLAG, 0, 0, 0 },
		{ "weight", "REAL", REAL, 0, 0, 0 },
		{ "height", "DOUBLE PRECISION", REAL, 0, 0, 50 },
		{ "amount", "NUMERIC(12,2)", CENTS, 0, 0, 0 },
		{ "tax", "NUMERIC(12,2)", CENTS, 0, 0, 30 },
		{ "created", "TIMESTAMP", MOMENT, 19, 19, 0 },
		{ "changed", "TIMESTAMP", MOMENT, 19, 19, 40 },
		{ "birthday", "DATE", MOMENT, 10, 10, 20 },
		{ "country", "CHAR(2)", WORD, 2, 2, 0 },
		{ "name", "VARCHAR(40)", WORD, 6, 30, 0 },
		{ "city", "VARCHAR(40)", WORD, 4, 20, 25 },
		{ "code", "TEXT", WORD, 8, 12, 0 },
		{ "address", "TEXT", PROSE, 30, 90, 10 },
		{ "description", "TEXT", PROSE, 280, 380, 0 },
		{ "remark", "TEXT", PROSE, 280, 380, 30 },
		{ "token", "BLOB", BYTES, 16, 32, 50 },
	} },
	{ "blobs", 1, {
		{ "id", "INTEGER PRIMARY KEY", KEY, 0, 0, 0 },
		{ "content", "BLOB", BYTES, 19000, 21000, 0 },
	} },
	{ "many", 200, {
		{ "id", "INTEGER PRIMARY KEY", KEY, 0, 0, 0 },
		{ "parent", "INTEGER", WHOLE, 1, 12, 10 },
		{ "amount", "NUMERIC(12,2)", CENTS, 0, 0, 0 },
		{ "created", "TIMESTAMP", MOMENT, 19, 19, 0 },
		{ "code", "TEXT", WORD, 4, 12, 0 },
		{ "remark", "TEXT", PROSE, 10, 40, 50 },
	} },
};

/* The last FOREIGN ones are not ASCII; seven of eight texts do without them. */
static const char *const words[] = {
	"after", "all", "and", "at", "because", "between", "by", "customer", "day", "delivery",
	"each", "first", "for", "from", "have", "in", "invoice", "is", "it", "later", "made",
	"more", "never", "new", "of", "on", "one", "order", "over", "people", "since", "than",
	"that", "the", "to", "with", "year", "größer", "naïve", "Žižkov", "東京",
};
#define FOREIGN 4

static sqlite3 *db;

/* The texts and blobs of one row: SQLite reads them where they lie until the row is written. */
static char row[32768];
static size_t used;

static void check(int code, int wanted)
{
	if (code != wanted) {
		fprintf(stderr, "generate: %s\n", sqlite3_errmsg(db));
		exit(1);
	}
}

/* xorshift64*: its low bits are the weak ones, so who needs few bits takes the high ones. */
static uint64_t draw(void)
{
	static uint64_t state = UINT64_C(0x9e3779b97f4a7c15);

	state ^= state >> 12;
	state ^= state << 25;
	state ^= state >> 27;
	return state * UINT64_C(0x2545f4914f6cdd1d);
}

static unsigned below(unsigned limit)
{
	return (unsigned)((draw() >> 32) * limit >> 32);
}

static unsigned between(unsigned low, unsigned high)
{
	return low + below(high - low + 1);
}

static void put(const char *bytes, size_t size)
{
	memcpy(row + used, bytes, size);
	used += size;
}

static void put_number(char *end, unsigned number)
{
	for (; number > 0; number /= 10)
		*--end = (char)('0' + number % 10);
}

static void put_moment(unsigned size)
{
	char *text = row + used;

	put("0000-00-00 00:00:00", size);
	put_number(text + 4, between(1990, 2025));
	put_number(text + 7, between(1, 12));
	put_number(text + 10, between(1, 28));
	for (unsigned end = 13; end <= size; end += 3)
		put_number(text + end, below(end == 13 ? 24 : 60));
}

static void put_word(unsigned size)
{
	while (size-- > 0)
		row[used++] = "abcdefghijklmnopqrstuvwxyz012345"[draw() >> 59];
}

static void put_prose(unsigned size)
{
	unsigned known = (unsigned)LENGTH(words) - (below(8) > 0 ? FOREIGN : 0);

	for (size_t end = used + size; used < end; put(" ", 1)) {
		const char *word = words[below(known)];

		put(word, strlen(word));
	}
	used--;
}

static void put_bytes(unsigned size)
{
	while (size-- > 0)
		row[used++] = (char)(draw() >> 56);
}

static int bind(sqlite3_stmt *insert, int at, const struct column *column, int64_t key)
{
	static void (*const puts[])(unsigned) = {
		[MOMENT] = put_moment, [WORD] = put_word, [PROSE] = put_prose, [BYTES] = put_bytes,
	};
	unsigned size = between(column->low, column->high);
	size_t start = used;

	if (below(100) < column->percent_null)
		return sqlite3_bind_null(insert, at);
	switch (column->kind) {
	case KEY:
		return sqlite3_bind_int64(insert, at, key);
	case WHOLE:
		key = (int64_t)(draw() >> (64 - size));
		return sqlite3_bind_int64(insert, at, below(2) > 0 ? -key : key);
	case FLAG:
		return sqlite3_bind_int(insert, at, (int)below(2));
	case REAL:
		return sqlite3_bind_double(insert, at, (double)(draw() >> 11) * 0x1p-33);
	case CENTS:
		return sqlite3_bind_double(insert, at, below(10000000) / 100.0);
	default:
		puts[column->kind](size);
		size = (unsigned)(used - start);
	}
	if (column->kind == BYTES)
		return sqlite3_bind_blob(insert, at, row + start, (int)size, SQLITE_STATIC);
	return sqlite3_bind_text(insert, at, row + start, (int)size, SQLITE_STATIC);
}

static void fill(const char *table, const struct column *columns, int64_t rows)
{
	static const char marks[] = "?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?";
	sqlite3_str *list = sqlite3_str_new(db);
	sqlite3_stmt *insert;
	int count = 0;
	char *sql;

	for (; columns[count].name != NULL; count++)
		sqlite3_str_appendf(list, "%s%s %s", count > 0 ? ", " : "", columns[count].name,
			columns[count].type);
	sql = sqlite3_mprintf("CREATE TABLE %s (%z)", table, sqlite3_str_finish(list));
	check(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
	sqlite3_free(sql);
	sql = sqlite3_mprintf("INSERT INTO %s VALUES (%.*s)", table, 2 * count - 1, marks);
	check(sqlite3_prepare_v2(db, sql, -1, &insert, NULL), SQLITE_OK);
	sqlite3_free(sql);
	for (int64_t key = 1; key <= rows; key++, used = 0) {
		for (int i = 0; i < count; i++)
			check(bind(insert, i + 1, &columns[i], key), SQLITE_OK);
		check(sqlite3_step(insert), SQLITE_DONE);
		sqlite3_reset(insert);
	}
	sqlite3_finalize(insert);
}

int main(int argc, char **argv)
{
	const struct shape *shape = shapes, *end = shapes + LENGTH(shapes);
	int64_t rows = argc == 4 ? strtoll(argv[2], NULL, 10) : 0;
	char table[16];

	while (rows > 0 && shape < end && strcmp(shape->name, argv[1]) != 0)
		shape++;
	if (rows <= 0 || shape == end) {
		fputs("usage: generate narrow|wide|blobs|many ROWS FILE\n", stderr);
		return 64;
	}
	remove(argv[3]);
	check(sqlite3_open(argv[3], &db), SQLITE_OK);
	check(sqlite3_exec(db, "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; BEGIN",
		NULL, NULL, NULL), SQLITE_OK);
	for (unsigned i = 1; i <= shape->tables; i++) {
		snprintf(table, sizeof(table), "%s", shape->name);
		if (shape->tables > 1)
			snprintf(table + strlen(table), 5, "_%03u", i);
		fill(table, shape->columns, rows);
	}
	check(sqlite3_exec(db, "COMMIT", NULL, NULL, NULL), SQLITE_OK);
	return sqlite3_close(db);
}
