#include "db/sqlite_work.h"

#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/bytes.h"
#include "base/descriptor.h"
#include "base/utf8.h"
#include "db/cause.h"
#include "db/permit.h"
#include "row/texts.h"

enum {
	PATIENCE = 5000, /* milliseconds */
	LOCK_NAP = 1,
	TICK = 20000, /* instructions of SQLite's machine: about a millisecond */
	PIECE = 16 << 20 /* of a backup */
};

/* A value may have 1 GB, and passes through SQLite in up to three copies. */
#define HEAP_LIMIT ((sqlite3_int64)4 << 30)

struct engine {
	sqlite3 *db;
	sqlite3 *copy;  /* of a snapshot that is being made */
	sqlite3 *spare; /* opened on a snapshot, whose name is gone, for sqlite_twin */
	int lending;
	struct texts lent;  /* collations of the application's that stand in */
	struct scan *scan;  /* that runs */
};

struct statement {
	struct sqlite *sqlite;
	sqlite3_stmt *statement;
	int trouble; /* to be told at the next step */
};

struct scan {
	struct sqlite *sqlite;
	const struct reading *reading;
	bool (*take)(void *context, const struct value *cells);
	void *context;
	struct fault *fault;
	struct value *cells;
	uint64_t rows;
	int encoding;
	bool ended; /* by take, or for want of memory */
	struct bytes converted; /* the row's texts, where the database has UTF-16 */
};

static void hand_row(sqlite3_context *context, int count, sqlite3_value **values);
static void hand_end(sqlite3_context *context);

/* --- stopping and waiting --------------------------------------------------------------------- */

bool sqlite_asks_stop(struct sqlite *sqlite, const char *doing, uint64_t done, uint64_t total)
{
	const struct sqlite_options *options = &sqlite->options;

	if (descriptor_stop != 0)
		sqlite->stopped = 1;
	else if (options->tick != NULL && options->tick(options->context, doing, done, total))
		sqlite->stopped = 1;
	return sqlite->stopped != 0;
}

static int while_running(void *context)
{
	struct sqlite *sqlite = context;

	return sqlite_asks_stop(sqlite, sqlite->doing, 0, 0);
}

static uint64_t milliseconds(void)
{
	struct timespec now = { 0 };

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

/* Naps are short, since a busy writer lets go for moments only. */
static int while_locked(void *context, int count)
{
	struct sqlite *sqlite = context;
	unsigned patience = sqlite->options.patience > 0 ? sqlite->options.patience : PATIENCE;
	uint64_t waited;

	if (count == 0)
		sqlite->waits_since = milliseconds();
	waited = milliseconds() - sqlite->waits_since;
	if (waited >= patience || sqlite_asks_stop(sqlite, "waiting for a lock", waited, patience))
		return 0;
	sqlite3_sleep(LOCK_NAP);
	return 1;
}

void sqlite_stop(struct sqlite *sqlite)
{
	sqlite->stopped = 1;
	if (sqlite->engine->db != NULL)
		sqlite3_interrupt(sqlite->engine->db);
}

bool sqlite_stopped(const struct sqlite *sqlite)
{
	return sqlite->stopped != 0;
}

/* --- what went wrong -------------------------------------------------------------------------- */

static const char *words(struct sqlite *sqlite, int code)
{
	if (sqlite3_extended_errcode(sqlite->engine->db) == code)
		return sqlite3_errmsg(sqlite->engine->db);
	return sqlite3_errstr(code);
}

static enum cause read_only_cause(int code)
{
	return code == SQLITE_READONLY_ROLLBACK ? CAUSE_JOURNAL : CAUSE_WAL;
}

static enum cause cause_of(const struct sqlite *sqlite, int code)
{
	if (sqlite->stopped)
		return CAUSE_STOPPED;
	if (code == SQLITE_IOERR_NOMEM)
		return CAUSE_MEMORY;
	switch (code & 0xff) {
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return CAUSE_HELD;
	case SQLITE_INTERRUPT:
		return CAUSE_STOPPED;
	case SQLITE_NOMEM:
		return CAUSE_MEMORY;
	case SQLITE_FULL:
		return CAUSE_FULL;
	case SQLITE_NOTADB:
		return CAUSE_NO_DATABASE;
	case SQLITE_READONLY:
		return read_only_cause(code);
	case SQLITE_CANTOPEN:
		if (sqlite->copying)
			return CAUSE_NO_SCRATCH;
		return sqlite->file.wal_mode && !sqlite->facts.snapshot ? CAUSE_WAL : CAUSE_DISK;
	case SQLITE_IOERR:
		return code == SQLITE_IOERR_WRITE || code == SQLITE_IOERR_FSYNC ||
			code == SQLITE_IOERR_TRUNCATE || code == SQLITE_IOERR_GETTEMPPATH ?
			CAUSE_SCRATCH : CAUSE_DISK;
	case SQLITE_CORRUPT:
		return CAUSE_DAMAGE;
	}
	return CAUSE_OTHER;
}

/* Puts into text what SQLite's code means here and what to do, and returns the status. */
static int describe(struct sqlite *sqlite, int code, char text[CAUSE_SIZE])
{
	return cause_describe(cause_of(sqlite, code), sqlite->file.name, words(sqlite, code),
		sqlite3_system_errno(sqlite->engine->db), text);
}

/* Damage may be that of a file which was changed meanwhile: that is the better thing to say. */
static bool moved(struct sqlite *sqlite, int code, struct fault *fault)
{
	int kind = code & 0xff;

	return (kind == SQLITE_CORRUPT || kind == SQLITE_IOERR || kind == SQLITE_NOTADB) &&
		sqlite_moved(sqlite, fault);
}

/* SQLITE_ERROR is what comes of SQL that is wrong, or asks for what this process does not have. */
static void remember_refusal(struct sqlite *sqlite, int code)
{
	bool refused = (code & 0xff) == SQLITE_ERROR && !sqlite->stopped;

	snprintf(
		sqlite->refused, sizeof(sqlite->refused), "%s", refused ? words(sqlite, code) : "");
}

static int blame(struct sqlite *sqlite, int code, struct fault *fault)
{
	char text[CAUSE_SIZE];
	int status;

	if (moved(sqlite, code, fault))
		return fault->status;
	remember_refusal(sqlite, code);
	status = describe(sqlite, code, text);
	return fault_set(fault, status, "%s: %s", sqlite->file.name, text);
}

/* --- statements ------------------------------------------------------------------------------- */

struct statement *statement_begin(struct sqlite *sqlite, const char *sql, struct fault *fault)
{
	struct statement *statement = arena_alloc(sqlite->arena, sizeof(*statement));
	int code;

	if (statement == NULL) {
		fault_memory(fault);
		return NULL;
	}
	statement->sqlite = sqlite;
	code = sqlite3_prepare_v2(sqlite->engine->db, sql, -1, &statement->statement, NULL);
	if (code == SQLITE_OK)
		return statement;
	blame(sqlite, code, fault);
	return NULL;
}

void statement_bind(struct statement *statement, int place, const char *text)
{
	int code;

	sqlite3_reset(statement->statement);
	code = sqlite3_bind_text(statement->statement, place, text, -1, SQLITE_TRANSIENT);
	if (code != SQLITE_OK)
		statement->trouble = code;
}

bool statement_next(struct statement *statement, struct fault *fault)
{
	int code = statement->trouble;

	if (code == SQLITE_OK)
		code = sqlite3_step(statement->statement);
	if (code == SQLITE_ROW)
		return true;
	if (code != SQLITE_DONE)
		blame(statement->sqlite, code, fault);
	sqlite3_reset(statement->statement);
	return false;
}

/* A text that could not be made for want of memory is a fault of the next step. */
const char *statement_text(struct statement *statement, int column)
{
	sqlite3_stmt *from = statement->statement;
	const unsigned char *text = sqlite3_column_text(from, column);

	if (text == NULL && sqlite3_column_type(from, column) != SQLITE_NULL) {
		statement->trouble = SQLITE_NOMEM;
		return "";
	}
	return (const char *)text;
}

int64_t statement_integer(struct statement *statement, int column)
{
	return sqlite3_column_int64(statement->statement, column);
}

void statement_end(struct statement *statement)
{
	if (statement != NULL)
		sqlite3_finalize(statement->statement);
}

int sqlite_run(struct sqlite *sqlite, const char *sql, struct fault *fault)
{
	struct statement *statement = statement_begin(sqlite, sql, fault);

	if (statement != NULL)
		statement_next(statement, fault);
	statement_end(statement);
	return fault->status;
}

int64_t sqlite_ask(struct sqlite *sqlite, const char *sql, struct fault *fault)
{
	struct statement *statement = statement_begin(sqlite, sql, fault);
	int64_t answer = 0;

	if (statement != NULL && statement_next(statement, fault))
		answer = statement_integer(statement, 0);
	statement_end(statement);
	return answer;
}

const char *sqlite_ask_text(struct sqlite *sqlite, const char *sql, struct fault *fault)
{
	struct statement *statement = statement_begin(sqlite, sql, fault);
	const char *answer = "";

	while (statement != NULL && answer != NULL && statement_next(statement, fault)) {
		const char *text = statement_text(statement, 0);

		answer = arena_text(sqlite->arena, text == NULL ? "" : text);
	}
	if (answer == NULL)
		fault_memory(fault);
	statement_end(statement);
	return answer;
}

/* --- opening ---------------------------------------------------------------------------------- */

/*
 * SQLite declares the columns of its own virtual tables, pragmas too, by compiling an update of the
 * schema that is never run, and opens an R-tree by compiling all that it may ever do with its
 * parts.  What was to be run would be refused: DEFENSIVE, query_only, and as read-only.
 */
static bool declares(int action, const char *table)
{
	if (table == NULL)
		return false;
	if (action == SQLITE_UPDATE && strcmp(table, "sqlite_master") == 0)
		return true;
	return (action == SQLITE_INSERT || action == SQLITE_UPDATE || action == SQLITE_DELETE) &&
		permit_part(table);
}

static int authorize(void *context, int action, const char *first, const char *second,
	const char *database, const char *inside)
{
	bool allowed = false;

	(void)context, (void)database, (void)inside;
	if (action == SQLITE_SELECT || action == SQLITE_READ || action == SQLITE_RECURSIVE ||
		action == SQLITE_TRANSACTION)
		allowed = true;
	else if (action == SQLITE_FUNCTION)
		allowed = second != NULL && permit_function(second);
	else if (action == SQLITE_PRAGMA)
		allowed = first != NULL && permit_pragma(first, second);
	else
		allowed = declares(action, first);
	return allowed ? SQLITE_OK : SQLITE_DENY;
}

/*
 * A hostile schema must not run anything but SQLite's own functions.  trusted_schema stays on: off,
 * healthy schemas with a JSON function in an index or generated column could not be read.
 */
static int throw_switches(sqlite3 *db)
{
	static const int switches[][2] = {
		{ SQLITE_DBCONFIG_DEFENSIVE, 1 },
		{ SQLITE_DBCONFIG_ENABLE_TRIGGER, 0 },
		{ SQLITE_DBCONFIG_ENABLE_VIEW, 0 },
		{ SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0 },
		{ SQLITE_DBCONFIG_ENABLE_FTS3_TOKENIZER, 0 },
		{ SQLITE_DBCONFIG_DQS_DML, 0 },
		{ SQLITE_DBCONFIG_TRUSTED_SCHEMA, 1 },
	};
	int code = SQLITE_OK;

	for (size_t i = 0; i < sizeof(switches) / sizeof(switches[0]) && code == SQLITE_OK; i++)
		code = sqlite3_db_config(db, switches[i][0], switches[i][1], NULL);
	return code;
}

static void lower_limits(sqlite3 *db)
{
	static const int limits[][2] = {
		{ SQLITE_LIMIT_LENGTH, INT32_MAX },
		{ SQLITE_LIMIT_SQL_LENGTH, 64 << 20 },
		{ SQLITE_LIMIT_VDBE_OP, 10000000 },
		{ SQLITE_LIMIT_ATTACHED, 0 },
		{ SQLITE_LIMIT_VARIABLE_NUMBER, 8 },
		{ SQLITE_LIMIT_TRIGGER_DEPTH, 1 },
		{ SQLITE_LIMIT_WORKER_THREADS, 0 },
	};

	for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++)
		sqlite3_limit(db, limits[i][0], limits[i][1]);
}

/* No view, index or generated column of the database can call it: it is for our SQL alone. */
static int make_hand(struct sqlite *sqlite, sqlite3 *db)
{
	return sqlite3_create_function_v2(db, SCAN_HAND, -1, SQLITE_UTF8 | SQLITE_DIRECTONLY,
		&sqlite->engine->scan, NULL, hand_row, hand_end, NULL);
}

/* Who is asked while SQLite works. */
static void attend(struct sqlite *sqlite, sqlite3 *db)
{
	sqlite3_busy_handler(db, while_locked, sqlite);
	sqlite3_progress_handler(db, TICK, while_running, sqlite);
}

static int harden(struct sqlite *sqlite, sqlite3 *db)
{
	int code;

	sqlite3_hard_heap_limit64(HEAP_LIMIT);
	lower_limits(db);
	sqlite3_extended_result_codes(db, 1);
	attend(sqlite, db);
	code = throw_switches(db);
	if (code == SQLITE_OK)
		code = sqlite3_exec(db,
			"PRAGMA mmap_size = 0; PRAGMA cell_size_check = on;"
			" PRAGMA query_only = on",
			NULL, NULL, NULL);
	if (code == SQLITE_OK)
		code = make_hand(sqlite, db);
	if (code == SQLITE_OK)
		code = sqlite3_set_authorizer(db, authorize, NULL);
	return code;
}

static int open_database(const char *path, int flags, sqlite3 **db)
{
	return sqlite3_open_v2(
		path, db, flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE, NULL);
}

static int connect_to(struct sqlite *sqlite, const char *path, int flags, sqlite3 **db)
{
	int code = open_database(path, flags, db);

	return code == SQLITE_OK ? harden(sqlite, *db) : code;
}

struct sqlite *sqlite_make(struct arena *arena)
{
	struct sqlite *sqlite = arena_alloc(arena, sizeof(*sqlite));

	if (sqlite == NULL)
		return NULL;
	sqlite->arena = arena;
	sqlite->engine = arena_alloc(arena, sizeof(*sqlite->engine));
	return sqlite->engine == NULL ? NULL : sqlite;
}

int sqlite_connect(struct sqlite *sqlite, struct fault *fault)
{
	int code = connect_to(
		sqlite, sqlite->file.path, SQLITE_OPEN_READONLY, &sqlite->engine->db);

	return code == SQLITE_OK ? 0 : blame(sqlite, code, fault);
}

struct sqlite *sqlite_twin(struct sqlite *sqlite, struct arena *arena)
{
	struct sqlite *twin = sqlite_make(arena);

	if (twin == NULL || (sqlite->facts.snapshot && sqlite->engine->spare == NULL))
		return NULL;
	twin->options = (struct sqlite_options){ .patience = sqlite->options.patience };
	twin->facts = sqlite->facts;
	twin->facts.warnings = (struct texts){ 0 };
	twin->file = sqlite->file;
	twin->engine->db = sqlite->engine->spare;
	sqlite->engine->spare = NULL;
	if (twin->engine->db != NULL) {
		attend(twin, twin->engine->db);
		return twin;
	}
	if (connect_to(twin, twin->file.path, SQLITE_OPEN_READONLY, &twin->engine->db) == SQLITE_OK)
		return twin;
	sqlite_close(twin);
	return NULL;
}

bool sqlite_in_transaction(const struct sqlite *sqlite)
{
	return sqlite3_get_autocommit(sqlite->engine->db) == 0;
}

const char *sqlite_refused(struct sqlite *sqlite)
{
	return sqlite->refused[0] == '\0' ? NULL : sqlite->refused;
}

int sqlite_allow_views(struct sqlite *sqlite, struct fault *fault)
{
	int code = sqlite3_db_config(sqlite->engine->db, SQLITE_DBCONFIG_ENABLE_VIEW, 1, NULL);

	return code == SQLITE_OK ? 0 : blame(sqlite, code, fault);
}

/* Statements that are still open are not ours to end: virtual tables have some of their own. */
void sqlite_close(struct sqlite *sqlite)
{
	if (sqlite == NULL)
		return;
	sqlite3_close_v2(sqlite->engine->spare);
	sqlite3_close_v2(sqlite->engine->db);
	sqlite->engine->spare = sqlite->engine->db = NULL;
	sqlite3_free(sqlite3_temp_directory);
	sqlite3_temp_directory = NULL;
}

/* --- the copy of a snapshot ------------------------------------------------------------------- */

/* In WAL mode nobody waits for a reader: the copy is made at one go. */
static int copy_pages(struct sqlite *sqlite, sqlite3_backup *backup, struct fault *fault)
{
	int piece = PIECE / (int)sqlite->facts.page_size, code;

	while ((code = sqlite3_backup_step(backup, piece)) == SQLITE_OK) {
		int total = sqlite3_backup_pagecount(backup);
		int done = total - sqlite3_backup_remaining(backup);

		if (sqlite_asks_stop(
			    sqlite, "making a snapshot", (uint64_t)done, (uint64_t)total)) {
			code = SQLITE_INTERRUPT;
			break;
		}
	}
	return code == SQLITE_DONE ? 0 : blame(sqlite, code, fault);
}

static int copy_into(struct sqlite *sqlite, sqlite3 *copy, struct fault *fault)
{
	sqlite3_backup *backup = sqlite3_backup_init(copy, "main", sqlite->engine->db, "main");
	int status;

	if (backup == NULL)
		return blame(sqlite, sqlite3_extended_errcode(copy), fault);
	sqlite->copying = true;
	status = copy_pages(sqlite, backup, fault);
	sqlite->copying = false;
	sqlite3_backup_finish(backup);
	return status;
}

/*
 * The copy goes into what SQLite opens for an empty name: a file that it creates alone, for the
 * owner alone, removes from its folder at once, and never journals or shares, whatever mode the
 * copied header tells.
 */
int sqlite_back_up(struct sqlite *sqlite, const char *folder, struct fault *fault)
{
	int code;

	sqlite3_free(sqlite3_temp_directory);
	sqlite3_temp_directory = sqlite3_mprintf("%s", folder);
	code = connect_to(
		sqlite, "", SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, &sqlite->engine->copy);
	return code == SQLITE_OK ? copy_into(sqlite, sqlite->engine->copy, fault) :
		blame(sqlite, code, fault);
}

int sqlite_open_copies(struct sqlite *sqlite, const char *path, struct fault *fault)
{
	struct engine *engine = sqlite->engine;
	int code = open_database(path, SQLITE_OPEN_READWRITE, &engine->copy);

	if (code == SQLITE_OK)
		code = open_database(path, SQLITE_OPEN_READWRITE, &engine->spare);
	sqlite->copying = true;
	if (code != SQLITE_OK)
		blame(sqlite, code, fault);
	sqlite->copying = false;
	return fault->status;
}

int sqlite_harden_copies(struct sqlite *sqlite, struct fault *fault)
{
	int code = harden(sqlite, sqlite->engine->copy);

	if (code == SQLITE_OK)
		code = harden(sqlite, sqlite->engine->spare);
	return code == SQLITE_OK ? 0 : blame(sqlite, code, fault);
}

void sqlite_take_copy(struct sqlite *sqlite)
{
	sqlite3_close_v2(sqlite->engine->db);
	sqlite->engine->db = sqlite->engine->copy;
	sqlite->engine->copy = NULL;
}

void sqlite_drop_copy(struct sqlite *sqlite)
{
	sqlite3_close_v2(sqlite->engine->copy);
	sqlite->engine->copy = NULL;
}

/* --- scan ------------------------------------------------------------------------------------- */

static int compare_bytes(
	void *context, int size, const void *data, int other_size, const void *other)
{
	int order = memcmp(data, other, (size_t)(size < other_size ? size : other_size));

	(void)context;
	return order != 0 ? order : size - other_size;
}

static void lend_collation(void *context, sqlite3 *db, int encoding, const char *name)
{
	struct sqlite *sqlite = context;
	struct engine *engine = sqlite->engine;

	engine->lending = SQLITE_NOMEM;
	if (texts_add(sqlite->arena, &engine->lent, name) == 0)
		engine->lending =
			sqlite3_create_collation(db, name, encoding, NULL, compare_bytes);
}

static int encoding_of(const struct sqlite *sqlite)
{
	if (strcmp(sqlite->facts.encoding, "UTF-8") == 0)
		return SQLITE_UTF8;
	return strcmp(sqlite->facts.encoding, "UTF-16le") == 0 ? SQLITE_UTF16LE : SQLITE_UTF16BE;
}

static void take_back_collations(struct engine *engine)
{
	for (size_t i = 0; i < engine->lent.count; i++)
		sqlite3_create_collation(
			engine->db, engine->lent.items[i], SQLITE_UTF8, NULL, NULL);
	engine->lent = (struct texts){ 0 };
}

/*
 * A table WITHOUT ROWID whose key has a collation of the application's is not even opened without
 * it, though a walk from end to end never compares anything.  So it gets one for the walk.  A key
 * whose collation was missed once stays closed until the schema is read anew.
 */
static int prepare_scan(struct sqlite *sqlite, const struct reading *reading, const char *sql,
	sqlite3_stmt **statement, const char **rest)
{
	struct engine *engine = sqlite->engine;
	int code = sqlite3_prepare_v2(engine->db, sql, -1, statement, rest);

	if ((code & 0xff) != SQLITE_ERROR || !reading->plain)
		return code;
	code = sqlite3_exec(engine->db, "PRAGMA writable_schema = reset", NULL, NULL, NULL);
	if (code != SQLITE_OK)
		return code;
	engine->lending = SQLITE_OK;
	sqlite3_collation_needed(engine->db, sqlite, lend_collation);
	code = sqlite3_prepare_v2(engine->db, sql, -1, statement, rest);
	sqlite3_collation_needed(engine->db, NULL, NULL);
	return engine->lending == SQLITE_OK ? code : engine->lending;
}

/* Why a statement will not do, though SQLite took it; rest is what stands behind it. */
static const char *objection(struct sqlite *sqlite, sqlite3_stmt *statement, const char *rest)
{
	sqlite3_stmt *more = NULL;

	if (sqlite3_column_count(statement) == 0 || !sqlite3_stmt_readonly(statement) ||
		sqlite3_stmt_isexplain(statement))
		return "it is no SELECT";
	while (more == NULL && *rest != '\0')
		if (sqlite3_prepare_v2(sqlite->engine->db, rest, -1, &more, &rest) != SQLITE_OK)
			return "it is more than one statement";
	if (more == NULL)
		return NULL;
	sqlite3_finalize(more);
	return "it is more than one statement";
}

/* A statement that the authorizer refused has no better words of its own. */
static const char *why_not(struct sqlite *sqlite)
{
	sqlite3 *db = sqlite->engine->db;
	const char *why = sqlite3_errmsg(db);

	if (sqlite3_errcode(db) == SQLITE_AUTH && strcmp(why, "not authorized") == 0)
		return "it may only read";
	return strcmp(why, "no query solution") == 0 ? "a collation of its key is not known here"
						     : why;
}

/* Whether SQLite objects to the SQL itself; for all else it is not the SQL that is to blame. */
static bool objects(int code)
{
	return (code & 0xff) == SQLITE_ERROR || (code & 0xff) == SQLITE_AUTH;
}

/* Why the SQL that was prepared with this code will not do; NULL: it does, or a fault is set. */
static const char *refusal(struct sqlite *sqlite, int code, sqlite3_stmt *statement,
	const char *rest, struct fault *fault)
{
	if (code == SQLITE_OK)
		return objection(sqlite, statement, rest);
	if (objects(code))
		return why_not(sqlite);
	blame(sqlite, code, fault);
	return NULL;
}

const char *scan_refused(struct sqlite *sqlite, const struct reading *reading, struct fault *fault)
{
	sqlite3_stmt *statement = NULL;
	const char *rest = NULL, *why;
	int code = prepare_scan(sqlite, reading, reading->select, &statement, &rest);

	why = refusal(sqlite, code, statement, rest, fault);
	snprintf(sqlite->refused, sizeof(sqlite->refused), "%s", why == NULL ? "" : why);
	sqlite3_finalize(statement);
	take_back_collations(sqlite->engine);
	return sqlite_refused(sqlite);
}

static int copy_results(struct sqlite *sqlite, sqlite3_stmt *statement, struct result *result)
{
	int count = sqlite3_column_count(statement);

	*result = (struct result){ .count = (size_t)count };
	result->names = arena_array(sqlite->arena, result->count, sizeof(char *));
	result->declared = arena_array(sqlite->arena, result->count, sizeof(char *));
	if (result->names == NULL || result->declared == NULL)
		return STATUS_IO;
	for (int i = 0; i < count; i++) {
		const char *name = sqlite3_column_name(statement, i);
		const char *declared = sqlite3_column_decltype(statement, i);

		if (name == NULL)
			return STATUS_IO;
		result->names[i] = arena_text(sqlite->arena, name);
		result->declared[i] = declared == NULL ? NULL : arena_text(sqlite->arena, declared);
		if (result->names[i] == NULL || (declared != NULL && result->declared[i] == NULL))
			return STATUS_IO;
	}
	return 0;
}

int sqlite_results(struct sqlite *sqlite, const char *name, const char *sql, struct result *result,
	struct fault *fault)
{
	sqlite3_stmt *statement = NULL;
	const char *rest = NULL, *why;
	int code = sqlite3_prepare_v2(sqlite->engine->db, sql, -1, &statement, &rest);

	why = refusal(sqlite, code, statement, rest, fault);
	if (why != NULL)
		fault_set(fault, STATUS_USAGE, "%s: query %s: %s", sqlite->file.name, name, why);
	else if (fault->status == 0 && copy_results(sqlite, statement, result) != 0)
		fault_memory(fault);
	sqlite3_finalize(statement);
	return fault->status;
}

bool sqlite_column(struct sqlite *sqlite, const char *table, const char *column,
	const char **collation, bool *autoincrement)
{
	int increments = 0;
	bool known = sqlite3_table_column_metadata(sqlite->engine->db, "main", table, column, NULL,
			     collation, NULL, NULL, &increments) == SQLITE_OK;

	*autoincrement = increments != 0;
	return known;
}

/* The rowid of the last row that came, by a walk that reads nothing else. */
static bool find_rowid(struct scan *scan, int64_t *rowid)
{
	sqlite3_stmt *walk = NULL;
	uint64_t row = 0;

	if (scan->reading->rowids == NULL || scan->rows == 0 ||
		prepare_scan(scan->sqlite, scan->reading, scan->reading->rowids, &walk, NULL) !=
			SQLITE_OK)
		return false;
	while (row < scan->rows && sqlite3_step(walk) == SQLITE_ROW) {
		*rowid = sqlite3_column_int64(walk, 0);
		row++;
	}
	sqlite3_finalize(walk);
	return row == scan->rows;
}

static void fail_scan(struct scan *scan, int code, struct fault *fault)
{
	struct sqlite *sqlite = scan->sqlite;
	char text[CAUSE_SIZE], at[40] = "";
	int status;
	int64_t rowid = 0;

	if (moved(sqlite, code, fault))
		return;
	status = describe(sqlite, code, text);
	if (status == STATUS_SOURCE && find_rowid(scan, &rowid))
		snprintf(at, sizeof(at), " (rowid %lld)", (long long)rowid);
	fault_set(fault, status, "%s: %s, behind row %llu%s: %s", sqlite->file.name,
		scan->reading->table, (unsigned long long)scan->rows, at, text);
}

/* SQLite gives NULL for nothing at all, and when there is no memory for a copy. */
static inline bool set_data(struct value *cell, enum value_kind kind, const void *data, int size)
{
	cell->kind = kind;
	cell->size = (uint32_t)size;
	cell->data = data != NULL ? data : (const uint8_t *)"";
	return data != NULL || size == 0;
}

/* Most texts: 8 to 32 bytes of ASCII, seen with four loads that may overlap. */
static inline bool short_ascii(const uint8_t *data, size_t size)
{
	uint64_t words[4];
	size_t last = size - 8;

	if (last > 24)
		return false;
	memcpy(&words[0], data, 8);
	memcpy(&words[1], data + (last < 8 ? last : 8), 8);
	memcpy(&words[2], data + (last < 16 ? last : 16), 8);
	memcpy(&words[3], data + last, 8);
	return ((words[0] | words[1] | words[2] | words[3]) & UINT64_C(0x8080808080808080)) == 0;
}

static inline bool set_text(const struct scan *scan, struct value *cell, sqlite3_value *value)
{
	const uint8_t *data = sqlite3_value_text(value);
	int size = sqlite3_value_bytes(value);

	if (data == NULL)
		return false;
	cell->kind = scan->reading->sound || short_ascii(data, (size_t)size) ||
				     utf8_valid(data, (size_t)size)
			     ? VALUE_TEXT
			     : VALUE_BAD_UTF8;
	cell->size = (uint32_t)size;
	cell->data = data;
	return true;
}

/*
 * SQLite's own conversion would turn ill-formed units silently into other characters.  The buffer
 * may move while the row is filled, so a text's place in it stands in the cell until all are there.
 * The size is asked for first: in older versions that turns the bytes to the processor's order.
 */
static bool set_wide_text(struct scan *scan, struct value *cell, sqlite3_value *value)
{
	bool big_endian = scan->encoding == SQLITE_UTF16BE;
	int size = sqlite3_value_bytes16(value);
	const void *data =
		big_endian ? sqlite3_value_text16be(value) : sqlite3_value_text16le(value);
	size_t place = scan->converted.size;

	if (data == NULL)
		return false;
	if (!utf8_from_utf16(&scan->converted, data, (size_t)size, big_endian))
		return set_data(cell, VALUE_BAD_UTF16, data, size);
	cell->kind = VALUE_TEXT;
	cell->size = (uint32_t)(scan->converted.size - place);
	cell->integer = (int64_t)place;
	return !scan->converted.failed;
}

static void place_wide_texts(struct scan *scan, struct value *cells)
{
	for (size_t i = 0; i < scan->reading->columns; i++)
		if (cells[i].kind == VALUE_TEXT)
			cells[i].data = scan->converted.data == NULL
						? (const uint8_t *)""
						: scan->converted.data + cells[i].integer;
}

static inline bool set_cell(struct scan *scan, struct value *cell, sqlite3_value *value)
{
	switch (sqlite3_value_type(value)) {
	case SQLITE_INTEGER:
		cell->kind = VALUE_INTEGER;
		cell->integer = sqlite3_value_int64(value);
		return true;
	case SQLITE_FLOAT:
		cell->kind = VALUE_REAL;
		cell->real = sqlite3_value_double(value);
		return true;
	case SQLITE_TEXT:
		if (scan->encoding == SQLITE_UTF8)
			return set_text(scan, cell, value);
		return set_wide_text(scan, cell, value);
	case SQLITE_BLOB: {
		const void *data = sqlite3_value_blob(value);

		return set_data(cell, VALUE_BYTES, data, sqlite3_value_bytes(value));
	}
	}
	cell->kind = VALUE_NULL;
	return true;
}

/* False when there are to be no more rows. */
static inline bool take_row(struct scan *scan)
{
	if (scan->encoding != SQLITE_UTF8)
		place_wide_texts(scan, scan->cells);
	scan->rows++;
	scan->ended = !scan->take(scan->context, scan->cells);
	bytes_clear(&scan->converted);
	return !scan->ended;
}

static bool lack_memory(struct scan *scan)
{
	fault_memory(scan->fault);
	scan->ended = true;
	return false;
}

static bool read_row(struct scan *scan, sqlite3_stmt *statement)
{
	for (int i = 0; i < (int)scan->reading->columns; i++)
		if (!set_cell(scan, &scan->cells[i], sqlite3_column_value(statement, i)))
			return lack_memory(scan);
	return take_row(scan);
}

/*
 * SCAN_HAND.  An aggregate gets each row's values as its arguments, with neither a step nor a call
 * for each cell between: a quarter of the time that a loop over result columns takes.
 */
static void hand_row(sqlite3_context *context, int count, sqlite3_value **values)
{
	struct scan *scan = *(struct scan **)sqlite3_user_data(context);
	bool more = scan != NULL && !scan->ended && count == (int)scan->reading->columns;

	for (int i = 0; more && i < count; i++)
		if (!set_cell(scan, &scan->cells[i], values[i]))
			more = lack_memory(scan);
	if (!more || !take_row(scan))
		sqlite3_result_error_code(context, SQLITE_ABORT);
}

static void hand_end(sqlite3_context *context)
{
	sqlite3_result_null(context);
}

/* More columns than a function may have arguments are read as results. */
static int prepare_rows(struct scan *scan, sqlite3_stmt **statement, bool *handed)
{
	const struct reading *reading = scan->reading;

	*handed = reading->hand != NULL &&
		sqlite3_prepare_v2(scan->sqlite->engine->db, reading->hand, -1, statement, NULL) ==
			SQLITE_OK;
	if (*handed)
		return SQLITE_OK;
	return prepare_scan(scan->sqlite, reading, reading->select, statement, NULL);
}

static void run_scan(struct scan *scan, sqlite3_stmt *statement, bool handed)
{
	int code;

	scan->sqlite->engine->scan = scan;
	do
		code = sqlite3_step(statement);
	while (code == SQLITE_ROW && (handed || read_row(scan, statement)));
	scan->sqlite->engine->scan = NULL;
	if (!scan->ended && code != SQLITE_DONE)
		fail_scan(scan, code, scan->fault);
}

int scan_rows(struct sqlite *sqlite, const struct reading *reading,
	bool (*take)(void *context, const struct value *cells), void *context, struct fault *fault)
{
	struct scan scan = { .sqlite = sqlite, .reading = reading, .take = take,
		.context = context, .fault = fault, .encoding = encoding_of(sqlite),
		.cells = arena_array(sqlite->arena, reading->columns, sizeof(*scan.cells)) };
	sqlite3_stmt *statement = NULL;
	char text[CAUSE_SIZE];
	bool handed;
	int code;

	if (scan.cells == NULL)
		return fault_memory(fault);
	sqlite->doing = "reading";
	code = prepare_rows(&scan, &statement, &handed);
	if (code == SQLITE_OK) {
		run_scan(&scan, statement, handed);
	} else {
		code = describe(sqlite, code, text);
		fault_set(fault, code, "%s: %s: %s", sqlite->file.name, reading->table, text);
	}
	sqlite3_finalize(statement);
	take_back_collations(sqlite->engine);
	bytes_close(&scan.converted);
	return fault->status;
}
