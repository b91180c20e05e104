/*
 * A SQLite database, opened so that nothing in it can write, run or hide anything, and read in one
 * read transaction: all tables are of one instant.
 *
 *     sqlite_open          the file is looked at, opened, hardened; the transaction begins
 *     check_database       (check.h) quick_check, unless it is not wanted
 *     catalogue_read       (catalogue.h) what there is to read
 *     scan_rows            the rows of one table
 *     sqlite_end           the file is looked at again; the transaction ends
 *     sqlite_close
 *
 * The file is opened read-only and never as immutable; a journal is never rolled back.  A database
 * in WAL mode gets its -wal and -shm files beside it, as with every reader, if they are not there.
 *
 * Faults are STATUS_SOURCE for what is wrong with the database; STATUS_AGAIN when another program
 * holds it and when the reading was stopped (sqlite_stopped tells); STATUS_CREATE for the snapshot.
 * Their texts name the file and may hold SQLite's own words with names from the database: to be
 * printed through the printer only.
 */
#ifndef DB_SQLITE_H
#define DB_SQLITE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/fault.h"
#include "row/schema.h"
#include "row/value.h"

struct sqlite;

struct sqlite_options {
	/*
	 * Reads an online backup in this folder instead of the file; "" stands for $TMPDIR, or
	 * /var/tmp.  It is private, has no name and vanishes with the process.  NULL: the file
	 * itself is read, and writers of a database that is not in WAL mode wait until sqlite_end.
	 */
	const char *snapshot;
	/* How long a lock of another program is waited for, in milliseconds; 0: five seconds. */
	unsigned patience;
	/*
	 * Called now and then while SQLite works by itself; true stops it.  total is 0 where it is
	 * not known.  May be NULL.
	 */
	bool (*tick)(void *context, const char *doing, uint64_t done, uint64_t total);
	void *context;
};

/* What is to be said of the source.  Nothing here depends on a clock, a path or the machine. */
struct sqlite_facts {
	const char *encoding; /* UTF-8, UTF-16le, UTF-16be */
	const char *journal;  /* delete, wal, ... */
	bool wal;             /* there was a -wal beside it that was not empty */
	bool snapshot;
	bool checked; /* quick_check went through all of it and found nothing */
	uint32_t page_size;
	uint64_t page_count;
	int64_t schema_version, user_version, application_id;
	/*
	 * PRAGMA data_version before the transaction, after its first read, and after its end
	 * (a snapshot: before the copy, and twice after it): where they differ, somebody wrote
	 * meanwhile, and -1 is somebody who writes right now.  What is read is of one instant.
	 */
	int64_t versions[3];
	uint8_t fingerprint[16]; /* of page count, versions and all schema texts */
	struct texts warnings;   /* grows until sqlite_end */
};

/* NULL when a fault is set.  Everything it gives lives in the arena. */
struct sqlite *sqlite_open(struct arena *arena, const char *path,
	const struct sqlite_options *options, struct fault *fault);

const struct sqlite_facts *sqlite_facts(const struct sqlite *sqlite);

/*
 * Stops whatever SQLite does now, with a fault; may be called in a signal handler.  A stop that
 * comes between two calls may get lost: tick is asked as well, and the caller has its own flag.
 */
void sqlite_stop(struct sqlite *sqlite);
/* A fault came from sqlite_stop or tick, not from the database. */
bool sqlite_stopped(const struct sqlite *sqlite);

/*
 * Ends the transaction and fills versions[2].  A file that was truncated, replaced or removed while
 * it was read is a fault.
 */
int sqlite_end(struct sqlite *sqlite, struct fault *fault);
void sqlite_close(struct sqlite *sqlite);

/* How the rows of one table are got; made by catalogue_read. */
struct reading {
	const char *table;  /* for messages */
	const char *select; /* one result column for each column of the table */
	const char *hand;   /* the same rows, each handed to SCAN_HAND; NULL: no such way */
	const char *rowids; /* the same rows' rowids; NULL: the rows have none */
	size_t columns;
	bool sound; /* every text of it was seen in this transaction, and is well-formed UTF-8 */
	bool plain; /* no expression is evaluated: a collation that is not known does not matter */
};

/* What `hand` selects: an aggregate function of ours, over all columns. */
#define SCAN_HAND "rowpipe_hand"

/*
 * Gives each row to take, as reading->columns cells; what they point to lives until it returns.
 * False from it ends the scan, which is no fault of the scan's.  A fault names the table and the
 * last row that was good.
 */
int scan_rows(struct sqlite *sqlite, const struct reading *reading,
	bool (*take)(void *context, const struct value *cells), void *context, struct fault *fault);

/* --- for the other files of this folder ------------------------------------------------------- */

/* A statement of ours, perhaps with texts bound. */
struct statement;

struct statement *statement_begin(struct sqlite *sqlite, const char *sql, struct fault *fault);
/* Places count from 1. */
void statement_bind(struct statement *statement, int place, const char *text);
/* False behind the last row, and when a fault is set; then the statement may be bound anew. */
bool statement_next(struct statement *statement, struct fault *fault);
/* Cells of the row, counted from 0, until the next call; text is NULL for NULL. */
const char *statement_text(struct statement *statement, int column);
int64_t statement_integer(struct statement *statement, int column);
void statement_end(struct statement *statement);

/* What SQLite has against the SQL of this scan; NULL: nothing, or a fault is set. */
const char *scan_refused(struct sqlite *sqlite, const struct reading *reading, struct fault *fault);

/* The result columns of one statement that only reads; a fault (STATUS_USAGE) if it is none. */
struct result {
	const char **names;
	const char **declared; /* NULL where a column is none of a table's */
	size_t count;
};

int sqlite_results(struct sqlite *sqlite, const char *name, const char *sql, struct result *result,
	struct fault *fault);

/* What pragmas do not tell of a column; false where SQLite does not know it. */
bool sqlite_column(struct sqlite *sqlite, const char *table, const char *column,
	const char **collation, bool *autoincrement);
/* Views are closed until a query or view is asked for. */
int sqlite_allow_views(struct sqlite *sqlite, struct fault *fault);
int sqlite_warn(struct sqlite *sqlite, const char *what, struct fault *fault);

/*
 * Another session with the same database, or the same snapshot, for a thread of its own; what it
 * gives lives in the arena, and it asks no tick.  NULL, without a fault, where there can be none.
 */
struct sqlite *sqlite_twin(struct sqlite *sqlite, struct arena *arena);

const char *sqlite_name(const struct sqlite *sqlite);
/* What tick is told from now on. */
void sqlite_tell(struct sqlite *sqlite, const char *doing);
void sqlite_set_checked(struct sqlite *sqlite);
/* What the SQL of the last fault was refused for, until the next; NULL: it was no such fault. */
const char *sqlite_refused(struct sqlite *sqlite);

#endif
