/*
 * Any bytes as CREATE TABLE and CREATE INDEX.  Nothing may crash; and whatever SQLite creates, the
 * parser must understand, and read the same columns, keys and terms out of it as SQLite's pragmas
 * tell.
 */
#include "row/ddl.h"

#include <sqlite3.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "row/token.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { LONGEST = 4096, PATIENCE = 1000 };

static const char *current;

#define EXPECT(condition) expect((condition), #condition)

static void expect(bool holds, const char *condition)
{
	if (holds)
		return;
	fprintf(stderr, "not true: %s\n%s\n", condition, current);
	abort();
}

static bool same(const char *ours, const unsigned char *theirs)
{
	const char *text = (const char *)theirs;

	if (ours == NULL || text == NULL)
		return ours == NULL && text == NULL;
	return strcmp(ours, text) == 0;
}

static bool same_name(const char *ours, const unsigned char *theirs)
{
	return name_compare(ours, (const char *)theirs) == 0;
}

/* Of [a] b SQLite makes "a] " and of [a](1) "a](1", which nobody should imitate. */
static bool same_type(const char *ours, const unsigned char *theirs)
{
	return same_name(ours ? ours : "", theirs) || strchr((const char *)theirs, ']') != NULL;
}

static sqlite3_stmt *ask(sqlite3 *db, const char *sql, const char *name)
{
	sqlite3_stmt *rows = NULL;

	EXPECT(sqlite3_prepare_v2(db, sql, -1, &rows, NULL) == SQLITE_OK);
	sqlite3_bind_text(rows, 1, name, -1, SQLITE_TRANSIENT);
	return rows;
}

/* Is the column in the primary key?  The key may name it twice, then its place is ambiguous. */
static bool in_key(const struct table *table, const struct column *column)
{
	for (size_t i = 0; table->primary && i < table->primary->term_count; i++)
		if (table->primary->terms[i].column == column->source)
			return true;
	return false;
}

static void compare_columns(sqlite3 *db, const struct table *table, bool has_key_index)
{
	sqlite3_stmt *rows = ask(db, "SELECT name, type, \"notnull\", dflt_value, pk, hidden"
		" FROM pragma_table_xinfo(?1) ORDER BY cid", table->source);
	size_t i = 0;

	for (; sqlite3_step(rows) == SQLITE_ROW; i++) {
		const struct column *column = &table->columns[i];
		bool key = sqlite3_column_int(rows, 4) != 0;

		EXPECT(i < table->column_count);
		EXPECT(same(column->source, sqlite3_column_text(rows, 0)));
		EXPECT(same_type(column->declared, sqlite3_column_text(rows, 1)));
		EXPECT(column->not_null == sqlite3_column_int(rows, 2));
		EXPECT(same(column->fallback, sqlite3_column_text(rows, 3)));
		EXPECT(in_key(table, column) == key);
		EXPECT((column->generated ? 2 + column->stored : 0) == sqlite3_column_int(rows, 5));
		EXPECT((column->identity != NULL) == (key && !has_key_index));
	}
	EXPECT(i == table->column_count);
	sqlite3_finalize(rows);
}

static void compare_foreigns(sqlite3 *db, const struct table *table)
{
	sqlite3_stmt *rows = ask(db, "SELECT id, seq, \"table\", \"from\", \"to\", on_update,"
		" on_delete FROM pragma_foreign_key_list(?1)", table->source);
	size_t columns = 0;

	for (size_t i = 0; i < table->foreign_count; i++)
		columns += table->foreigns[i].columns.count;
	for (; sqlite3_step(rows) == SQLITE_ROW; columns--) {
		size_t id = (size_t)sqlite3_column_int(rows, 0);
		size_t i = (size_t)sqlite3_column_int(rows, 1);
		const struct foreign *foreign = &table->foreigns[table->foreign_count - 1 - id];

		EXPECT(id < table->foreign_count && i < foreign->columns.count);
		EXPECT(same(foreign->table, sqlite3_column_text(rows, 2)));
		EXPECT(same(foreign->columns.items[i], sqlite3_column_text(rows, 3)));
		EXPECT(same(foreign->targets.count ? foreign->targets.items[i] : NULL,
			sqlite3_column_text(rows, 4)));
		EXPECT(same(foreign->on_update, sqlite3_column_text(rows, 5)));
		EXPECT(same(foreign->on_delete, sqlite3_column_text(rows, 6)));
	}
	EXPECT(columns == 0);
	sqlite3_finalize(rows);
}

static bool has_key_index(sqlite3 *db, const char *table)
{
	sqlite3_stmt *rows = ask(db, "SELECT 1 FROM pragma_index_list(?1)"
		" WHERE origin = 'pk'", table);
	bool has = sqlite3_step(rows) == SQLITE_ROW;

	sqlite3_finalize(rows);
	return has;
}

static void compare_table(sqlite3 *db, const char *name, const char *sql)
{
	struct arena arena = { 0 };
	struct table table = { 0 };
	struct fault fault = { 0 };

	EXPECT(ddl_table(&arena, sql, &table, &fault) == STATUS_OK);
	EXPECT(strcmp(table.source, name) == 0);
	compare_columns(db, &table, has_key_index(db, name));
	compare_foreigns(db, &table);
	arena_close(&arena);
}

/* COLLATE behind IN (...), ISNULL and the like, where it means nothing, stays where it is. */
static void compare_term(const struct term *term, sqlite3_stmt *rows)
{
	bool expression = sqlite3_column_int(rows, 3) == -2;

	EXPECT(term->descending == sqlite3_column_int(rows, 2));
	if (term->column == NULL)
		EXPECT(expression);
	else if (!expression) /* true and false are, where no column has the name */
		EXPECT(same_name(term->column, sqlite3_column_text(rows, 0)));
	if (term->collation)
		EXPECT(same_name(term->collation, sqlite3_column_text(rows, 1)));
}

static void compare_index(sqlite3 *db, const char *name, const char *sql)
{
	sqlite3_stmt *rows = ask(db, "SELECT name, coll, \"desc\", cid FROM pragma_index_xinfo(?1)"
		" WHERE key ORDER BY seqno", name);
	struct arena arena = { 0 };
	struct index index = { 0 };
	struct fault fault = { 0 };
	size_t i = 0;

	EXPECT(ddl_index(&arena, sql, &index, &fault) == STATUS_OK);
	EXPECT(strcmp(index.name, name) == 0);
	for (; sqlite3_step(rows) == SQLITE_ROW; i++) {
		EXPECT(i < index.term_count);
		compare_term(&index.terms[i], rows);
	}
	EXPECT(i == index.term_count);
	sqlite3_finalize(rows);
	arena_close(&arena);
}

static void compare_created(sqlite3 *db)
{
	sqlite3_stmt *rows = ask(db, "SELECT type, name, sql FROM sqlite_schema WHERE rootpage > 0"
		" AND sql IS NOT NULL", NULL);

	while (sqlite3_step(rows) == SQLITE_ROW) {
		const char *name = (const char *)sqlite3_column_text(rows, 1);

		current = (const char *)sqlite3_column_text(rows, 2);
		if (same("table", sqlite3_column_text(rows, 0)))
			compare_table(db, name, current);
		else
			compare_index(db, name, current);
	}
	sqlite3_finalize(rows);
}

/* Nothing that could touch a file; and nothing temporary, which would hide what is in main. */
static int allow(void *unused, int action, const char *a, const char *b, const char *c,
	const char *d)
{
	(void)unused, (void)a, (void)b, (void)c, (void)d;
	switch (action) {
	case SQLITE_ATTACH:
	case SQLITE_DETACH:
	case SQLITE_PRAGMA:
	case SQLITE_CREATE_TEMP_INDEX:
	case SQLITE_CREATE_TEMP_TABLE:
	case SQLITE_CREATE_VTABLE:
	case SQLITE_CREATE_TRIGGER:
	case SQLITE_CREATE_VIEW:
	case SQLITE_TRANSACTION:
	case SQLITE_SAVEPOINT:
		return SQLITE_DENY;
	default:
		return SQLITE_OK;
	}
}

static int stop(void *unused)
{
	(void)unused;
	return 1;
}

static sqlite3 *open_database(void)
{
	sqlite3 *db;

	EXPECT(sqlite3_open(":memory:", &db) == SQLITE_OK);
	sqlite3_limit(db, SQLITE_LIMIT_LENGTH, 1000000);
	sqlite3_limit(db, SQLITE_LIMIT_SQL_LENGTH, 100000);
	sqlite3_limit(db, SQLITE_LIMIT_COLUMN, 100);
	sqlite3_limit(db, SQLITE_LIMIT_EXPR_DEPTH, 100);
	sqlite3_db_config(db, SQLITE_DBCONFIG_DQS_DDL, 1, NULL);
	EXPECT(sqlite3_exec(db, "CREATE TABLE t(a, b TEXT, \"c c\" COLLATE NOCASE, desc, \"\","
		" like)", NULL, NULL, NULL) == SQLITE_OK);
	return db;
}

/* One database for all inputs: what one of them creates is rolled back. */
static void ask_sqlite(const char *sql)
{
	static sqlite3 *db;
	sqlite3_stmt *statement = NULL;
	bool created = false;

	if (db == NULL)
		db = open_database();
	EXPECT(sqlite3_exec(db, "BEGIN", NULL, NULL, NULL) == SQLITE_OK);
	sqlite3_set_authorizer(db, allow, NULL);
	sqlite3_progress_handler(db, PATIENCE, stop, NULL);
	if (sqlite3_prepare_v2(db, sql, -1, &statement, NULL) == SQLITE_OK && statement != NULL)
		created = sqlite3_step(statement) == SQLITE_DONE;
	sqlite3_finalize(statement);
	sqlite3_progress_handler(db, 0, NULL, NULL);
	sqlite3_set_authorizer(db, NULL, NULL);
	if (created)
		compare_created(db);
	sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
}

static bool creates(const char *sql)
{
	struct cursor cursor = cursor_open(sql, strlen(sql));
	struct token token = cursor_next(&cursor);

	return token_is(&token, "CREATE");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena arena = { 0 };
	struct table table = { 0 };
	struct index index = { 0 };
	struct fault fault[2] = { { 0 } };
	char *sql = malloc(size + 1);

	if (sql == NULL)
		return 0;
	if (size > 0)
		memcpy(sql, data, size);
	sql[size] = '\0';
	current = sql;
	ddl_table(&arena, sql, &table, &fault[0]);
	ddl_index(&arena, sql, &index, &fault[1]);
	arena_close(&arena);
	if (size <= LONGEST && creates(sql))
		ask_sqlite(sql);
	free(sql);
	return 0;
}
