/* The reader of SQLite databases, on databases made here for what is odd about them. */
#include "test.h"

#include <signal.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "db/beside.h"
#include "db/catalogue.h"
#include "db/check.h"

enum { CELLS = 2000, ROWS = 4 };

static char folder[] = "/tmp/rowpipe-sqlite-XXXXXX";
static struct arena arena;
static struct fault fault;
static struct sqlite *sqlite;
static struct catalogue catalogue;

/* --- making ----------------------------------------------------------------------------------- */

static sqlite3 *create(const char *sql)
{
	sqlite3 *db = NULL;

	unlink("t.db");
	unlink("t.db-wal");
	unlink("t.db-shm");
	unlink("t.db-journal");
	sqlite3_open("t.db", &db);
	if (!CHECK(sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK))
		printf("# %s\n", sqlite3_errmsg(db));
	return db;
}

static void make(const char *sql)
{
	sqlite3_close(create(sql));
}

static void put_file(const char *name, const void *data, size_t size)
{
	FILE *file = fopen(name, "wb");

	CHECK(file != NULL && fwrite(data, 1, size, file) == size);
	if (file != NULL)
		fclose(file);
}

/* Overwrites the last place where these bytes stand. */
static void patch(const char *old, size_t size, const char *new, long before, size_t new_size)
{
	FILE *file = fopen("t.db", "r+b");
	static char data[4 << 20];
	size_t all = file == NULL ? 0 : fread(data, 1, sizeof(data), file), place = all;

	while (place-- > 0)
		if (place + size <= all && memcmp(data + place, old, size) == 0)
			break;
	if (CHECK(file != NULL && place < all)) {
		fseek(file, (long)place - before, SEEK_SET);
		fwrite(new, 1, new_size, file);
	}
	if (file != NULL)
		fclose(file);
}

/* --- reading ---------------------------------------------------------------------------------- */

static void finish(void)
{
	sqlite_close(sqlite);
	sqlite = NULL;
	arena_close(&arena);
	fault = (struct fault){ 0 };
}

static int open_with(const char *path, const struct sqlite_options *options)
{
	finish();
	sqlite = sqlite_open(&arena, path, options, &fault);
	return fault.status;
}

static int open_path(const char *path)
{
	struct sqlite_options options = { .patience = 100 };

	return open_with(path, &options);
}

static int list_with(const struct request *request)
{
	return fault.status != 0 ? fault.status
				 : catalogue_read(sqlite, &arena, request, &catalogue, &fault);
}

static int list(void)
{
	struct request request = { 0 };

	return open_path("t.db") != 0 ? fault.status : list_with(&request);
}

static bool says(int status, const char *words)
{
	if (fault.status == status && strstr(fault.text, words) != NULL)
		return true;
	printf("# %d %s\n", fault.status, fault.text);
	return false;
}

/* The first rows of a scan; the last one stands in the last place that is used. */
static struct value rows[ROWS][CELLS];
static struct value *cells = rows[0];
static uint64_t row_count;
static size_t columns;

static bool keep_row(void *context, const struct value *from)
{
	bool (*behind_first)(void) = *(bool (**)(void))context;

	cells = rows[row_count < ROWS ? row_count : ROWS - 1];
	for (size_t i = 0; i < columns; i++) {
		cells[i] = from[i];
		if (cells[i].kind >= VALUE_TEXT)
			cells[i].data = (uint8_t *)arena_copy(&arena, from[i].data, from[i].size);
	}
	return ++row_count > 1 || behind_first == NULL || behind_first();
}

/* False from behind_first, which may be NULL, ends the scan there. */
static int read_table(size_t place, bool (*behind_first)(void))
{
	row_count = 0;
	columns = catalogue.readings[place].columns;
	return scan_rows(sqlite, &catalogue.readings[place], keep_row, &behind_first, &fault);
}

static int read_first(bool (*behind_first)(void))
{
	return list() != 0 ? fault.status : read_table(0, behind_first);
}

static uint64_t count_rows(size_t place)
{
	return read_table(place, NULL) != 0 ? UINT64_MAX : row_count;
}

static bool is_data(const struct value *cell, enum value_kind kind, const char *data, size_t size)
{
	return cell->kind == kind && cell->size == size && memcmp(cell->data, data, size) == 0;
}

static bool same(const char *a, const char *b)
{
	return a != NULL && strcmp(a, b) == 0;
}

static bool warns(const char *words)
{
	const struct texts *warnings = &sqlite_facts(sqlite)->warnings;

	for (size_t i = 0; i < warnings->count; i++)
		if (strstr(warnings->items[i], words) != NULL)
			return true;
	return false;
}

static const struct object *object_named(const char *name)
{
	for (size_t i = 0; i < catalogue.object_count; i++)
		if (same(catalogue.objects[i].name, name))
			return &catalogue.objects[i];
	return NULL;
}

/* --- files that are none ---------------------------------------------------------------------- */

static void test_no_database(void)
{
	mkdir("folder", 0777);
	mkfifo("fifo", 0666);
	put_file("empty", "", 0);
	put_file("text", "this is a text and no database", 30);
	CHECK(open_path("nothing") != 0 && says(66, "nothing: there is no such file"));
	CHECK(open_path("folder") != 0 && says(66, "is a folder"));
	CHECK(open_path("fifo") != 0 && says(66, "is a pipe or device"));
	CHECK(open_path("empty") != 0 && says(66, "is empty"));
	CHECK(open_path("text") != 0 && says(66, "not a SQLite database; an encrypted one"));
}

static void test_uri(void)
{
	make("CREATE TABLE t(a)");
	rename("t.db", "file:t.db?immutable=1");
	CHECK(open_path("file:t.db?immutable=1") == 0);
	unlink("file:t.db?immutable=1");
}

/* --- cells ------------------------------------------------------------------------------------ */

static void test_cells(void)
{
	make("CREATE TABLE t(a, b, c, d, e); INSERT INTO t VALUES(9223372036854775807,"
	     " -9223372036854775808, 9e999, -9e999, 9e999 - 9e999), ('', x'', zeroblob(3),"
	     " 1.5, NULL),"
	     " (CAST(x'610062' AS TEXT), CAST(x'ff41' AS TEXT), CAST(x'eda080' AS TEXT), 'ö',"
	     " x'ff')");
	if (!CHECK(read_first(NULL) == 0 && row_count == 3))
		return;
	cells = rows[0];
	CHECK(cells[0].kind == VALUE_INTEGER && cells[0].integer == INT64_MAX);
	CHECK(cells[1].kind == VALUE_INTEGER && cells[1].integer == INT64_MIN);
	CHECK(cells[2].kind == VALUE_REAL && cells[2].real > 1e308);
	CHECK(cells[3].kind == VALUE_REAL && cells[3].real < -1e308);
	CHECK(cells[4].kind == VALUE_NULL);
	cells = rows[1];
	CHECK(is_data(&cells[0], VALUE_TEXT, "", 0) && is_data(&cells[1], VALUE_BYTES, "", 0));
	CHECK(is_data(&cells[2], VALUE_BYTES, "\0\0", 3));
	CHECK(cells[3].kind == VALUE_REAL && cells[4].kind == VALUE_NULL);
	cells = rows[2];
	CHECK(is_data(&cells[0], VALUE_TEXT, "a\0b", 3));
	CHECK(is_data(&cells[1], VALUE_BAD_UTF8,
		"\xff"
		"A",
		2));
	CHECK(is_data(&cells[2], VALUE_BAD_UTF8, "\xed\xa0\x80", 3));
	CHECK(is_data(&cells[3], VALUE_TEXT, "\xc3\xb6", 2) &&
		is_data(&cells[4], VALUE_BYTES, "\xff", 1));
	CHECK(sqlite_end(sqlite, &fault) == 0);
}

/* Text of every short size, with a byte that is no ASCII at every place, is judged rightly. */
static bool count_ill(void *context, const struct value *cell)
{
	*(unsigned *)context += cell->kind == VALUE_BAD_UTF8;
	return true;
}

static void test_short_texts(void)
{
	unsigned ill = 0;

	make("CREATE TABLE t(a); WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM"
		" s WHERE"
	     " n < 40), p(n, i) AS (SELECT n, 0 FROM s UNION ALL SELECT n, i + 1 FROM p WHERE"
	     " i + 1 < n)"
	     " INSERT INTO t SELECT substr(hex(zeroblob(20)), 1, i) || CAST(x'ff' AS TEXT) ||"
	     " substr(hex(zeroblob(20)), 1, n - i - 1) FROM p");
	CHECK(list() == 0);
	CHECK(scan_rows(sqlite, catalogue.readings, count_ill, &ill, &fault) == 0 && ill == 820);
}

static void check_utf16(const char *sql, const char *lonely, const char *odd)
{
	make(sql);
	patch("\xaa\xbb\xcc", 3, "\x13", 1, 1); /* the BLOB's serial type, made a text's */
	if (!CHECK(read_first(NULL) == 0 && row_count == 3))
		return;
	cells = rows[0];
	CHECK(is_data(&cells[0], VALUE_TEXT, "\xf0\x9f\x98\x80", 4));
	CHECK(is_data(&cells[1], VALUE_TEXT, "ab", 2) && is_data(&cells[2], VALUE_TEXT, "", 0));
	cells = rows[1];
	CHECK(is_data(&cells[0], VALUE_BAD_UTF16, lonely, 6));
	CHECK(is_data(&cells[1], VALUE_TEXT, "\0b", 2) && cells[2].kind == VALUE_INTEGER);
	CHECK(is_data(&rows[2][2], VALUE_BAD_UTF16, odd, 3));
	CHECK(strlen(catalogue.tables->source) == 2);
}

static void test_utf16(void)
{
	check_utf16("PRAGMA encoding = 'UTF-16le'; CREATE TABLE ö(a, b, c);"
		    "INSERT INTO ö VALUES(CAST(x'3dd800de' AS TEXT), 'ab', ''),"
		    " (CAST(x'410000d84200' AS TEXT), char(0) || 'b', 1), (NULL, NULL, x'aabbcc')",
		"A\0\0\xd8"
		"B\0",
		"\xaa\xbb\xcc");
	check_utf16("PRAGMA encoding = 'UTF-16be'; CREATE TABLE ö(a, b, c);"
		    "INSERT INTO ö VALUES(CAST(x'd83dde00' AS TEXT), 'ab', ''),"
		    " (CAST(x'0041d8000042' AS TEXT), char(0) || 'b', 1), (NULL, NULL, x'aabbcc')",
		"\0A\xd8\0\0B", "\xaa\xbb\xcc");
}

static void test_large(void)
{
	make("CREATE TABLE t(a, b); INSERT INTO t VALUES(zeroblob(12000000),"
	     " replace(hex(zeroblob(6000000)), '00', 'ö'))");
	if (!CHECK(read_first(NULL) == 0 && row_count == 1))
		return;
	CHECK(cells[0].kind == VALUE_BYTES && cells[0].size == 12000000);
	CHECK(cells[1].kind == VALUE_TEXT && cells[1].size == 12000000);
}

/* --- definitions ------------------------------------------------------------------------------ */

static void test_columns(void)
{
	const struct column *column;

	make("CREATE TABLE t(id INTEGER PRIMARY KEY AUTOINCREMENT, \"B\" VARCHAR(7) NOT NULL"
		" DEFAULT 'x'"
	     " COLLATE NOCASE, c GENERATED ALWAYS AS (id * 2), d AS (B || '!') STORED);"
	     "INSERT INTO t(id) VALUES(41); CREATE TABLE k(a INT PRIMARY KEY) STRICT;"
	     "CREATE TABLE w(a TEXT PRIMARY KEY, b) WITHOUT ROWID; CREATE TABLE r(i INTEGER"
	     " PRIMARY KEY)");
	if (!CHECK(list() == 0 && catalogue.table_count == 4))
		return;
	column = catalogue.tables[0].columns;
	CHECK(catalogue.tables[0].number == 1 && same(catalogue.tables[0].coverage, "whole"));
	CHECK(same(column[0].identity, "autoincrement") && column[0].last_identity == 41);
	CHECK(!column[0].quoted && column[1].quoted && column[1].not_null);
	CHECK(same(column[1].declared, "VARCHAR(7)") && same(column[1].fallback, "'x'"));
	CHECK(same(column[1].collation, "NOCASE") && same(column[1].type, "raw"));
	CHECK(same(column[2].generated, "id * 2") && !column[2].stored &&
		column[2].declared == NULL);
	CHECK(same(column[3].generated, "B || '!'") && column[3].stored);
	CHECK(catalogue.tables[1].strict && catalogue.tables[1].columns[0].identity == NULL);
	CHECK(catalogue.tables[2].without_rowid && catalogue.readings[2].rowids == NULL);
	CHECK(same(catalogue.tables[3].columns[0].identity, "rowid"));
	CHECK(count_rows(0) == 1 && cells[2].integer == 82 &&
		is_data(&cells[3], VALUE_TEXT, "x!", 2));
}

static void test_keys(void)
{
	const struct table *table;

	make("CREATE TABLE p(a INT, b INT, PRIMARY KEY(b DESC, a));"
	     "CREATE TABLE c(x INT, y INT, z TEXT UNIQUE COLLATE NOCASE, s REFERENCES c, "
	     " CONSTRAINT \"Up\" FOREIGN KEY(x, y) REFERENCES p(b, a) ON DELETE CASCADE"
	     " DEFERRABLE INITIALLY DEFERRED, CONSTRAINT u UNIQUE(x, y), CONSTRAINT ck CHECK(x"
	     " <> 3));"
	     "CREATE INDEX i1 ON c(lower(z) DESC, x) WHERE y IS NOT NULL;"
	     "CREATE UNIQUE INDEX i2 ON c(json_extract(z, '$.a'), z COLLATE RTRIM)");
	if (!CHECK(list() == 0 && catalogue.table_count == 2))
		return;
	table = catalogue.tables;
	CHECK(table->primary != NULL && table->primary->term_count == 2);
	CHECK(same(table->primary->terms[0].column, "b") && table->primary->terms[0].descending);
	table++;
	CHECK(table->primary == NULL && table->unique_count == 2 && table->remarks.count == 0);
	CHECK(same(table->uniques[0].terms->collation, "NOCASE") &&
		same(table->uniques[1].name, "u"));
	CHECK(table->foreign_count == 2 && table->foreigns[0].targets.count == 0);
	CHECK(same(table->foreigns[1].name, "Up") &&
		same(table->foreigns[1].deferrable, "deferred"));
	CHECK(same(table->foreigns[1].targets.items[0], "b") &&
		table->foreigns[1].columns.count == 2);
	CHECK(same(table->foreigns[1].on_delete, "CASCADE") && table->foreigns[1].match == NULL);
	CHECK(table->check_count == 1 && same(table->checks->name, "ck"));
	CHECK(table->index_count == 2 && same(table->indexes[0].terms->expression, "lower(z)"));
	CHECK(table->indexes[0].terms->descending &&
		same(table->indexes[0].where, "y IS NOT NULL"));
	CHECK(table->indexes[1].unique && same(table->indexes[1].terms[1].collation, "RTRIM"));
}

static void test_objects(void)
{
	make("CREATE TABLE t(a); CREATE VIEW v AS SELECT absent(a) FROM t; CREATE TRIGGER g"
		" AFTER INSERT"
	     " ON t BEGIN SELECT 1; END; CREATE VIRTUAL TABLE f USING fts5(x);"
	     " CREATE VIRTUAL TABLE r USING rtree(id, a, b); CREATE TABLE f_own(a)");
	if (!CHECK(list() == 0))
		return;
	CHECK(catalogue.table_count == 2 && same(catalogue.tables[1].source, "f_own"));
	CHECK(object_named("v") != NULL && same(object_named("v")->kind, "view"));
	CHECK(object_named("g") != NULL && same(object_named("g")->table, "t"));
	CHECK(object_named("f") != NULL && same(object_named("f")->kind, "virtual table"));
	CHECK(object_named("f_data") != NULL && same(object_named("f_data")->kind, "shadow table"));
	CHECK(object_named("r_node") != NULL && same(object_named("r_node")->kind, "shadow table"));
	CHECK(check_database(sqlite, &fault) == 0 && sqlite_facts(sqlite)->checked);
}

static void test_names(void)
{
	static const char *const names[] = { "", "a\"b", "it's", "new\nline", "\x1b[31m", "select",
		"seventy-letters-seventy-letters-seventy-letters-seventy-letters-sevent",
		"\xf0\x9f\x98\x80", "[b]", "`q`", "100", "%s%n", "rowid" };
	enum { NAMES = sizeof(names) / sizeof(names[0]) };
	sqlite3 *db = create("");

	for (size_t i = 0; i < NAMES; i++) {
		char *sql =
			sqlite3_mprintf("CREATE TABLE \"%w\"(\"%w\"); INSERT INTO \"%w\" VALUES(7)",
				names[i], names[i], names[i]);

		CHECK(sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK);
		sqlite3_free(sql);
	}
	sqlite3_close(db);
	if (!CHECK(list() == 0 && catalogue.table_count == NAMES))
		return;
	for (size_t i = 0; i < NAMES; i++) {
		CHECK(same(catalogue.tables[i].source, names[i]));
		CHECK(same(catalogue.tables[i].columns->source, names[i]));
		CHECK(count_rows(i) == 1 && cells[0].integer == 7);
		CHECK(check_database(sqlite, &fault) == 0);
	}
}

static void test_ill_names(void)
{
	make("CREATE TABLE tXX(cYY INT); INSERT INTO tXX VALUES(5); CREATE INDEX iZZ ON tXX(cYY)");
	for (int i = 0; i < 2; i++)
		patch("iZZ", 3, "i\xfeZ", 0, 3);
	for (int i = 0; i < 5; i++)
		patch("tXX", 3, "t\xffX", 0, 3);
	for (int i = 0; i < 2; i++)
		patch("cYY", 3, "c\xc3Y", 0, 3);
	if (!CHECK(list() == 0 && catalogue.table_count == 1))
		return;
	CHECK(same(catalogue.tables->source, "t\\xffX"));
	CHECK(same(catalogue.tables->columns->source, "c\\xc3Y"));
	CHECK(same(catalogue.tables->indexes->name, "i\\xfeZ"));
	CHECK(catalogue.tables->remarks.count == 1);
	CHECK(count_rows(0) == 1 && cells[0].integer == 5);
}

static void test_many(void)
{
	sqlite3 *db = create("BEGIN");
	char *sql = sqlite3_mprintf("CREATE TABLE w(c0");

	for (int i = 1; i < 1200; i++)
		sql = sqlite3_mprintf("%z, c%d INT", sql, i);
	sql = sqlite3_mprintf("%z); INSERT INTO w(c1199) VALUES(8)", sql);
	CHECK(sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK);
	sqlite3_free(sql);
	for (int i = 0; i < 500; i++) {
		sql = sqlite3_mprintf("CREATE TABLE t%d(a); INSERT INTO t%d VALUES(%d)", i, i, i);
		CHECK(sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK);
		sqlite3_free(sql);
	}
	sqlite3_exec(db, "COMMIT", NULL, NULL, NULL);
	sqlite3_close(db);
	if (!CHECK(list() == 0 && catalogue.table_count == 501))
		return;
	CHECK(count_rows(0) == 1 && cells[1199].integer == 8 && cells[0].kind == VALUE_NULL);
	CHECK(count_rows(500) == 1 && cells[0].integer == 499);
}

/* --- what only the application has ------------------------------------------------------------ */

static int collate(void *context, int size, const void *a, int other, const void *b)
{
	(void)context;
	return sqlite3_strnicmp(b, a, size < other ? size : other);
}

static void secret(sqlite3_context *context, int count, sqlite3_value **values)
{
	(void)count;
	sqlite3_result_value(context, values[0]);
}

static void test_application(void)
{
	sqlite3 *db = create("");

	sqlite3_create_collation(db, "APP", SQLITE_UTF8, NULL, collate);
	sqlite3_create_function(
		db, "secret", 1, SQLITE_UTF8 | SQLITE_DETERMINISTIC, NULL, secret, NULL, NULL);
	CHECK(sqlite3_exec(db,
		      "CREATE TABLE a(x COLLATE APP, y); CREATE INDEX ax ON a(x);"
		      "CREATE TABLE b(k COLLATE APP PRIMARY KEY, v) WITHOUT ROWID;"
		      "CREATE TABLE c(a, s AS (secret(a)), t AS (secret(a)) STORED, q AS (a ="
		      " 'x' COLLATE APP));"
		      "CREATE TABLE d(a CHECK(secret(a) > 0)); CREATE INDEX da ON d(secret(a));"
		      "INSERT INTO a VALUES('p', 1); INSERT INTO b VALUES('p', 1), ('q', 2);"
		      "INSERT INTO c(a) VALUES(5); INSERT INTO d VALUES(6)",
		      NULL, NULL, NULL) == SQLITE_OK);
	sqlite3_close(db);
	CHECK(open_path("t.db") == 0 && check_database(sqlite, &fault) == 0);
	CHECK(!sqlite_facts(sqlite)->checked && warns("table b could not be checked"));
	if (!CHECK(list_with(&(struct request){ 0 }) == 0 && catalogue.table_count == 4))
		return;
	CHECK(count_rows(0) == 1 && count_rows(1) == 2 && count_rows(3) == 1);
	CHECK(catalogue.tables[2].column_count == 2 && count_rows(2) == 1 && cells[1].integer == 5);
	CHECK(object_named("s") != NULL && same(object_named("s")->kind, "generated column"));
	CHECK(object_named("q") != NULL && same(object_named("q")->table, "c"));
	finish();
	CHECK(open_path("t.db") == 0);
	CHECK(list_with(&(struct request){
		      .wheres = &(struct wanted_rows){ "b", "k = 'p'" }, .where_count = 1 }) == 64);
}

/* --- damage ----------------------------------------------------------------------------------- */

static const char *const rows_of_text =
	"CREATE TABLE t(id INTEGER PRIMARY KEY, a);"
	"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000)"
	" INSERT INTO t SELECT i * 3, 'row ' || i || ' of this table' FROM n";

static void test_damage(void)
{
	static char page[200];
	char rowid[40];

	make(rows_of_text);
	memset(page, 0xee, sizeof(page));
	patch("row 12000 of", 12, page, 100, sizeof(page));
	CHECK(open_path("t.db") == 0 && check_database(sqlite, &fault) == 66);
	CHECK(says(66, "t.db: it is damaged") && says(66, "quick_check"));
	make(rows_of_text);
	patch("row 12000 of", 12, page, 3000, 200);
	patch("row 12001 of", 12, page, 3000, 200);
	read_first(NULL);
	snprintf(rowid, sizeof(rowid), "(rowid %llu)", (unsigned long long)row_count * 3);
	if (row_count < 20000)
		CHECK(says(66, "t.db: t, behind row ") && says(66, rowid) && says(66, "damaged"));
	else
		CHECK(fault.status == 66);
}

static void test_breaches(void)
{
	sqlite3 *db = create("CREATE TABLE t(a, b); INSERT INTO t VALUES(-1, NULL);"
			     " PRAGMA writable_schema = on; UPDATE sqlite_schema SET sql ="
			     " 'CREATE TABLE t(a CHECK(a > 0), b NOT NULL)'");

	sqlite3_close(db);
	CHECK(open_path("t.db") == 0 && check_database(sqlite, &fault) == 0);
	CHECK(warns("NULL value in t.b") && !warns("CHECK constraint failed in t"));
	CHECK(open_with("t.db", &(struct sqlite_options){ .snapshot = "." }) == 0);
	CHECK(check_database(sqlite, &fault) == 0 && warns("CHECK constraint failed in t"));
}

static void test_bad_schema(void)
{
	make("CREATE TABLE a(x); CREATE TABLE b(y); PRAGMA writable_schema = on;"
	     " UPDATE sqlite_schema SET sql = 'CREATE TABBLE b(y)' WHERE name = 'b'");
	CHECK(list() == 66 && says(66, "malformed database schema (b)"));
}

static bool truncate_it(void)
{
	return CHECK(truncate("t.db", 64 * 1024) == 0);
}

static void test_truncated(void)
{
	make(rows_of_text);
	CHECK(read_first(truncate_it) != 0 && says(66, "was truncated while it was read"));
}

static void test_replaced(void)
{
	make("CREATE TABLE t(a)");
	CHECK(list() == 0);
	rename("t.db", "old.db");
	CHECK(sqlite_end(sqlite, &fault) == 66 && says(66, "was replaced or removed"));
}

/* --- others at work --------------------------------------------------------------------------- */

static void test_locked(void)
{
	sqlite3 *db = create("CREATE TABLE t(a); BEGIN EXCLUSIVE");

	CHECK(open_path("t.db") == 75 && says(75, "another program holds it; browsers do"));
	sqlite3_close(db);
	CHECK(open_path("t.db") == 0);
}

static void test_hot_journal(void)
{
	int status;
	pid_t child = fork();

	if (child == 0) {
		create("PRAGMA cache_size = 2; CREATE TABLE t(a); INSERT INTO t"
			" VALUES(zeroblob(500000));"
		       " BEGIN; UPDATE t SET a = randomblob(500000)");
		raise(SIGKILL);
	}
	waitpid(child, &status, 0);
	CHECK(access("t.db-journal", F_OK) == 0);
	CHECK(open_path("t.db") == 66 && says(66, "its program died while writing; open it once"));
	CHECK(says(66, "copy t.db and t.db-journal") && access("t.db-journal", F_OK) == 0);
}

static void test_instant(void)
{
	sqlite3 *db =
		create("PRAGMA journal_mode = wal; CREATE TABLE t(a); INSERT INTO t VALUES(1)");
	const struct sqlite_facts *facts;

	CHECK(list() == 0);
	CHECK(sqlite3_exec(db, "INSERT INTO t VALUES(2)", NULL, NULL, NULL) == SQLITE_OK);
	facts = sqlite_facts(sqlite);
	CHECK(count_rows(0) == 1 && sqlite_end(sqlite, &fault) == 0);
	CHECK(facts->versions[0] == facts->versions[1] && facts->versions[1] != facts->versions[2]);
	CHECK(facts->wal && same(facts->journal, "wal") && facts->warnings.count == 0);
	finish();
	sqlite3_close(db);
	CHECK(list() == 0 && !sqlite_facts(sqlite)->wal && warns("no -wal file with it"));
	CHECK(count_rows(0) == 2 && sqlite_end(sqlite, &fault) == 0);
}

static void test_snapshot(void)
{
	struct sqlite_options options = { .snapshot = "." };
	sqlite3 *db = create(
		"PRAGMA encoding = 'UTF-16le'; CREATE TABLE t(a); INSERT INTO t VALUES('x')");
	uint8_t fingerprint[16];

	CHECK(list() == 0);
	memcpy(fingerprint, sqlite_facts(sqlite)->fingerprint, 16);
	CHECK(open_with("t.db", &options) == 0 && list_with(&(struct request){ 0 }) == 0);
	CHECK(sqlite_facts(sqlite)->snapshot && same(sqlite_facts(sqlite)->journal, "delete"));
	CHECK(memcmp(sqlite_facts(sqlite)->fingerprint, fingerprint, 16) == 0);
	CHECK(sqlite3_exec(db, "INSERT INTO t VALUES('y')", NULL, NULL, NULL) == SQLITE_OK);
	CHECK(count_rows(0) == 1 && is_data(cells, VALUE_TEXT, "x", 1));
	CHECK(check_database(sqlite, &fault) == 0 && sqlite_end(sqlite, &fault) == 0);
	sqlite3_close(db);
	db = create("PRAGMA journal_mode = wal; CREATE TABLE t(a); INSERT INTO t VALUES('x')");
	CHECK(open_with("t.db", &options) == 0 && list_with(&(struct request){ 0 }) == 0);
	CHECK(count_rows(0) == 1 && same(sqlite_facts(sqlite)->journal, "wal"));
	sqlite3_close(db);
	options.snapshot = "nowhere";
	CHECK(open_with("t.db", &options) == 73 && says(73, "--snapshot=DIR"));
}

/* Somebody who writes whenever the lock is let go. */
struct writer {
	sqlite3 *db;
	const char *sql[8]; /* NULL: no more */
	size_t written, refused;
	uint64_t done;
	unsigned begun_anew;
};

static bool write_between(void *context, const char *doing, uint64_t done, uint64_t total)
{
	struct writer *writer = context;
	int code;

	(void)total;
	if (strcmp(doing, "making a snapshot") != 0)
		return false;
	writer->begun_anew += done <= writer->done;
	writer->done = done;
	if (writer->sql[writer->written] == NULL)
		return false;
	code = sqlite3_exec(writer->db, writer->sql[writer->written], NULL, NULL, NULL);
	writer->written += code == SQLITE_OK;
	writer->refused += code == SQLITE_BUSY;
	return CHECK(code == SQLITE_OK || code == SQLITE_BUSY) == false;
}

static const char forty_rows[] = "CREATE TABLE t(a, b);"
	"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 40)"
	" INSERT INTO t SELECT i, zeroblob(1 << 20) FROM n";

/* The size of the largest file that has no name any more. */
static off_t hidden_bytes(void)
{
	off_t largest = 0;
	struct stat about;

	for (int fd = 3; fd < 64; fd++)
		if (fstat(fd, &about) == 0 && S_ISREG(about.st_mode) && about.st_nlink == 0 &&
			about.st_size > largest)
			largest = about.st_size;
	return largest;
}

/* Between two pieces the database shrinks: the copy begins anew, and nothing is left behind it. */
static void test_snapshot_anew(void)
{
	struct writer writer = { .sql = { "", "DELETE FROM t WHERE a > 20; VACUUM" } };
	struct sqlite_options options = { .snapshot = ".", .tick = write_between,
		.context = &writer, .patience = 100 };

	writer.db = create(forty_rows);
	CHECK(open_with("t.db", &options) == 0 && list_with(&(struct request){ 0 }) == 0);
	CHECK(writer.written == 2 && writer.begun_anew == 1 && writer.refused == 0);
	CHECK(hidden_bytes() > (off_t)20 << 20 && hidden_bytes() < (off_t)22 << 20);
	CHECK(sqlite_facts(sqlite)->versions[0] != sqlite_facts(sqlite)->versions[2]);
	CHECK(count_rows(0) == 20 && cells[0].integer == 20);
	CHECK(check_database(sqlite, &fault) == 0 && sqlite_facts(sqlite)->checked);
	CHECK(sqlite_end(sqlite, &fault) == 0);
	sqlite3_close(writer.db);
}

/* Who never stops writing waits in the end; the copy is of one instant all the same. */
static void test_snapshot_pinned(void)
{
	static const char change[] = "UPDATE t SET a = a + 1000";
	struct writer writer = { .sql = { change, change, change, change, change, change } };
	struct sqlite_options options = { .snapshot = ".", .tick = write_between,
		.context = &writer, .patience = 100 };

	writer.db = create(forty_rows);
	CHECK(open_with("t.db", &options) == 0 && list_with(&(struct request){ 0 }) == 0);
	CHECK(writer.begun_anew == 2 && writer.written == 2 && writer.refused > 0);
	CHECK(count_rows(0) == 40 && rows[0][0].integer == 2001 && cells[0].integer == 2040);
	CHECK(check_database(sqlite, &fault) == 0 && sqlite_end(sqlite, &fault) == 0);
	sqlite3_close(writer.db);
}

/* A check beside the reading, of a database that is large enough for it. */
static void test_beside(void)
{
	struct sqlite_options options[] = { { .patience = 100 }, { .snapshot = "." } };
	static char page[200];

	for (size_t i = 0; i < 2; i++) {
		struct beside *beside;

		make(forty_rows);
		CHECK(open_with("t.db", &options[i]) == 0);
		beside = beside_begin(sqlite, &arena, &fault);
		CHECK(beside != NULL && beside_end(beside, &fault) == 0);
		CHECK(sqlite_facts(sqlite)->checked);
		sqlite3_close(create("CREATE TABLE t(a, b); CREATE TABLE u(c);"
			" INSERT INTO u VALUES(zeroblob(9 << 20)); INSERT INTO t VALUES(1, NULL);"
			" PRAGMA writable_schema = on; UPDATE sqlite_schema SET sql ="
			" 'CREATE TABLE t(a, b NOT NULL)' WHERE name = 't'"));
		CHECK(open_with("t.db", &options[i]) == 0);
		CHECK(beside_end(beside_begin(sqlite, &arena, &fault), &fault) == 0);
		CHECK(warns("NULL value in t.b"));
		make(forty_rows);
		memset(page, 0xee, sizeof(page));
		patch("CREATE TABLE t(a, b)", 20, page, 20 - 4096, sizeof(page));
		CHECK(open_with("t.db", &options[i]) == 0);
		beside = beside_begin(sqlite, &arena, &fault);
		CHECK(beside != NULL && beside_end(beside, &fault) == 66);
		CHECK(says(66, "t.db: it is damaged") && says(66, "quick_check"));
	}
	make(forty_rows);
	CHECK(open_with("t.db", &options[0]) == 0);
	fault_set(&fault, 75, "stopped");
	CHECK(beside_end(beside_begin(sqlite, &arena, &fault), &fault) == 75);
}

/* Root reads everything: what the folder's rights mean is seen by somebody else. */
static void test_unwritable(void)
{
	int status = 0;
	pid_t child;

	if (geteuid() != 0)
		return;
	make("PRAGMA journal_mode = wal; CREATE TABLE t(a); INSERT INTO t VALUES(1)");
	CHECK(chmod(".", 0755) == 0);
	fflush(stdout);
	child = fork();
	if (child == 0) {
		int failed = setuid(65534) != 0 || open_path("t.db") != 66 ||
			     !says(66, "its folder cannot be written to; copy t.db and t.db-wal");

		chmod("t.db", 0);
		_exit(failed);
	}
	waitpid(child, &status, 0);
	CHECK(status == 0);
	chmod("t.db", 0600);
	fflush(stdout);
	child = fork();
	if (child == 0)
		_exit(setuid(65534) != 0 || open_path("t.db") != 66 || !says(66, "no permission"));
	waitpid(child, &status, 0);
	CHECK(status == 0);
}

static bool stop_at_once(void *context, const char *doing, uint64_t done, uint64_t total)
{
	(void)doing, (void)done, (void)total;
	++*(int *)context;
	return true;
}

static void test_stop(void)
{
	int asked = 0;
	struct sqlite_options options = { .tick = stop_at_once, .context = &asked };

	make(rows_of_text);
	CHECK(open_with("t.db", &options) == 0 && list_with(&(struct request){ 0 }) == 0);
	read_table(0, NULL);
	CHECK(asked > 0 && sqlite_stopped(sqlite) && says(75, "stopped"));
}

/* A scan that is ended by whom its rows go to is no fault, and the next one begins anew. */
static bool enough(void)
{
	return false;
}

static void test_ended(void)
{
	make(rows_of_text);
	CHECK(read_first(enough) == 0 && row_count == 1 && cells[0].integer == 3);
	CHECK(count_rows(0) == 20000);
}

/*
 * Rows come as arguments of a function, or as results where there are more columns than it may
 * have: they are the same ones.
 */
static void test_both_ways(void)
{
	struct reading slow;
	struct value before;

	make(rows_of_text);
	CHECK(list() == 0 && catalogue.readings[0].hand != NULL);
	slow = catalogue.readings[0];
	slow.hand = NULL;
	CHECK(count_rows(0) == 20000);
	before = cells[1];
	catalogue.readings[0] = slow;
	CHECK(count_rows(0) == 20000 && cells[0].integer == 60000);
	CHECK(is_data(&cells[1], VALUE_TEXT, (const char *)before.data, before.size));
}

/* The function is not for the schema: not even where a view of the database names it. */
static void test_hand_is_ours(void)
{
	make("CREATE TABLE t(a); INSERT INTO t VALUES(1); CREATE VIEW v AS SELECT a FROM t;"
	     " PRAGMA writable_schema = on; UPDATE sqlite_schema SET sql ="
	     " 'CREATE VIEW v AS SELECT " SCAN_HAND "(a) FROM t' WHERE name = 'v'");
	CHECK(open_path("t.db") == 0);
	CHECK(list_with(&(struct request){ .views = {
		.items = (const char *[]){ "v" }, .count = 1 } }) == 64 &&
		says(64, "unsafe use of " SCAN_HAND));
}

/* --- requests --------------------------------------------------------------------------------- */

static int ask(const struct request *request)
{
	return open_path("t.db") != 0 ? fault.status : list_with(request);
}

static int ask_only(const char *pattern)
{
	return ask(&(struct request){ .choice.only = { &pattern, 1 } });
}

static int ask_query(const char *sql)
{
	return ask(&(struct request){
		.queries = &(struct wanted_query){ .name = "q", .sql = sql }, .query_count = 1 });
}

static int ask_where(const char *table, const char *condition)
{
	return ask(&(struct request){
		.wheres = &(struct wanted_rows){ table, condition }, .where_count = 1 });
}

static int ask_view(const char *name)
{
	return ask(&(struct request){ .views = { &name, 1 } });
}

static const char *const little_shop =
	"CREATE TABLE Customer(id INTEGER PRIMARY KEY, name);"
	"CREATE TABLE Orders(id INTEGER PRIMARY KEY, total REAL); CREATE VIEW rich AS SELECT * FROM"
	" Orders WHERE total > 10; INSERT INTO Orders VALUES(1, 5), (2, 50), (3, 500);"
	" CREATE VIRTUAL TABLE find USING fts5(x)";

static void test_choice(void)
{
	const char *none = "*";

	make(little_shop);
	CHECK(ask_only("cust*") == 0 && catalogue.table_count == 1 &&
		catalogue.tables->number == 1);
	CHECK(ask_only("orders") == 0 && same(catalogue.tables->source, "Orders"));
	CHECK(ask_only("Custommer") == 64 && says(64, "did you mean Customer?"));
	CHECK(ask_only("x*") == 64 && says(64, "no table matches"));
	CHECK(ask_only("rich") == 64 && says(64, "--materialize"));
	CHECK(ask_only("find_data") == 64 && says(64, "virtual table"));
	CHECK(ask(&(struct request){ .choice.except = { &none, 1 } }) == 0);
	CHECK(catalogue.table_count == 0);
}

static void test_where(void)
{
	make(little_shop);
	CHECK(ask_where("orders", "total > 10 -- the rich") == 0 && count_rows(1) == 2);
	CHECK(same(catalogue.tables[1].coverage, "where"));
	CHECK(ask_where("orders", "totall > 10") == 64 && says(64, "no such column: totall"));
	CHECK(ask_where("orders", "1); DROP TABLE Orders; --") == 64 && says(64, "more than one"));
	CHECK(ask_where("rich", "1") == 64 && ask_where("Order", "1") == 64 &&
		says(64, "mean Orders?"));
}

static void test_query(void)
{
	static const char *const refused[] = { "DELETE FROM Orders", "SELECT 1; SELECT 2", "",
		"COMMIT", "PRAGMA writable_schema = on", "ATTACH 'x' AS y",
		"SELECT load_extension('x')", "EXPLAIN SELECT 1", "SELECT 1 AS a, 2 AS a",
		"SELECT nothing FROM Orders" };
	const char *key = "id";
	struct wanted_query query = {
		.name = "q", .sql = "SELECT id, total * 2 AS t2 FROM rich;", .key = { &key, 1 }
	};

	make(little_shop);
	CHECK(ask(&(struct request){ .queries = &query, .query_count = 1 }) == 0);
	CHECK(catalogue.table_count == 3 && same(catalogue.tables[2].coverage, "query"));
	CHECK(same(catalogue.tables[2].columns[0].declared, "INTEGER"));
	CHECK(same(catalogue.tables[2].columns[1].source, "t2"));
	CHECK(same(catalogue.tables[2].primary->terms->column, "id"));
	CHECK(count_rows(2) == 2 && cells[1].kind == VALUE_REAL);
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
		CHECK(ask_query(refused[i]) == 64);
	query.name = "orders";
	CHECK(ask(&(struct request){ .queries = &query, .query_count = 1 }) == 64);
	CHECK(ask_view("rich") == 0 && count_rows(2) == 2 &&
		same(catalogue.tables[2].source, "rich"));
	CHECK(ask_view("Orders") == 64 && says(64, "no view of this name"));
}

int main(void)
{
	static const struct test tests[] = {
		{ "what is no database is refused", test_no_database },
		{ "a path is never a URI", test_uri },
		{ "cells of all classes", test_cells },
		{ "short texts are checked at every place", test_short_texts },
		{ "UTF-16, well-formed and not", test_utf16 },
		{ "large values", test_large },
		{ "columns", test_columns },
		{ "keys and indexes", test_keys },
		{ "what is no table", test_objects },
		{ "names of every kind", test_names },
		{ "names that are not UTF-8", test_ill_names },
		{ "1,200 columns, 500 tables", test_many },
		{ "functions and collations of the application's", test_application },
		{ "a damaged page", test_damage },
		{ "values that break the schema", test_breaches },
		{ "a schema that cannot be read", test_bad_schema },
		{ "truncated while it is read", test_truncated },
		{ "replaced while it is read", test_replaced },
		{ "held by another program", test_locked },
		{ "a hot journal", test_hot_journal },
		{ "one instant in WAL mode", test_instant },
		{ "a snapshot", test_snapshot },
		{ "a snapshot that begins anew", test_snapshot_anew },
		{ "a snapshot that others wait for", test_snapshot_pinned },
		{ "a check beside the reading", test_beside },
		{ "no rights", test_unwritable },
		{ "stopped", test_stop },
		{ "a scan that is ended", test_ended },
		{ "rows come in both ways", test_both_ways },
		{ "the function is ours alone", test_hand_is_ours },
		{ "tables chosen by name and pattern", test_choice },
		{ "rows chosen by a condition", test_where },
		{ "queries and views", test_query },
	};
	char remove[100];
	int code;

	if (mkdtemp(folder) == NULL || chdir(folder) != 0)
		return 1;
	code = test_run(tests, sizeof(tests) / sizeof(tests[0]));
	finish();
	snprintf(remove, sizeof(remove), "rm -rf %s", folder);
	return system(remove) == 0 ? code : 1;
}
