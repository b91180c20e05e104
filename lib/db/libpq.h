/*
 * One session with a PostgreSQL server: connected, pinned so that nothing depends on how the
 * server, the database or the role is configured, and with every answer read to its end.
 *
 *	address_read         (address.h) where it is
 *	libpq_open           connects and pins; then libpq_facts
 *	libpq_begin          ... libpq_run, libpq_query, libpq_copy_... ... libpq_commit
 *	libpq_close          whatever was not committed is rolled back by the server
 *
 * Pinned: UTF-8, ISO dates, UTC, all digits of reals, plain strings, no timeouts, an empty
 * search_path (so all names in SQL are qualified), synchronous_commit, no row security that hides.
 *
 * Faults carry the server's primary message and its SQLSTATE; never what a row holds, never a
 * password.  Names from the server stand in them as they are: to be printed through the printer
 * only.  What the codes mean is in complaint.h.  A signal (descriptor_stop) cancels what runs and
 * is STATUS_AGAIN within two seconds.
 */
#ifndef DB_LIBPQ_H
#define DB_LIBPQ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/bytes.h"
#include "base/fault.h"
#include "db/address.h"
#include "row/schema.h"

struct libpq;

struct libpq_options {
	const char *tool;          /* application_name is rowpipe/TOOL */
	bool writes;               /* a read-only server or session is STATUS_MISFIT */
	unsigned lock_timeout;     /* milliseconds; 0: none */
	unsigned connect_timeout;  /* seconds, unless the address has its own; 0: 15 */
	char *refused;             /* 6 bytes for the SQLSTATE of who refuses it, or NULL */
};

struct libpq_facts {
	int version;               /* 150020: 15.20 */
	const char *version_text;  /* "15.20 (Debian 15.20-0+deb12u1)" */
	const char *encoding;      /* of the database: UTF8, LATIN1, SQL_ASCII ... */
	const char *database;
	const char *user;          /* the role that rights are checked for */
	const char *where;         /* "db.example.com:5432", a socket's folder: for people */
	unsigned name_most;        /* bytes of an identifier in the database's encoding: 63 */
	bool superuser;
	bool standby;
	bool read_only;
	bool socket;               /* a Unix socket: the server or its pooler is on this machine */
	bool tls;
	/*
	 * Somebody stands between (PgBouncer and the like): the session may be another one for
	 * each transaction.  Settings are then pinned by libpq_begin, for the transaction only;
	 * what needs a session of its own is to be refused.
	 */
	bool pooler;
	int process; /* the server's process */
};

/* What the server said when it last said no. */
struct libpq_error {
	char state[6];          /* SQLSTATE; "": it was not the server who said no */
	const char *primary;    /* its message, without values */
	const char *schema, *table, *column, *constraint; /* as the server names them, or NULL */
	uint64_t line;          /* of COPY: the row, from 1; 0: not known */
};

/* NULL when a fault is set.  What it gives lives in the arena. */
struct libpq *libpq_open(struct arena *arena, const struct address *address,
	const struct libpq_options *options, struct fault *fault);
void libpq_close(struct libpq *libpq);

const struct libpq_facts *libpq_facts(const struct libpq *libpq);
const struct libpq_error *libpq_error(const struct libpq *libpq);
/* The connection is there, as far as is known. */
bool libpq_alive(const struct libpq *libpq);
/* Warnings and notices since the last call, values left out; the first hundred. */
struct texts libpq_notices(struct libpq *libpq);

/* Statements without rows, separated by semicolons; a text of them alone is one transaction. */
int libpq_run(struct libpq *libpq, const char *sql, struct fault *fault);

/* What a query gave: texts, NULL for NULL; what is not UTF-8 cannot come. */
struct libpq_rows {
	size_t count;
	size_t columns;
	const char **cells; /* row after row */
	uint64_t affected;  /* the number in the command's tag: rows of INSERT, UPDATE ... */
};

/* One statement with $1 ..., all texts (NULL: NULL); cells are in the arena. */
int libpq_query(struct libpq *libpq, struct arena *arena, const char *sql,
	const char *const *parameters, size_t count, struct libpq_rows *rows, struct fault *fault);

/* The columns that a statement would give, without running it: name, OID and typmod of each. */
int libpq_describe(struct libpq *libpq, struct arena *arena, const char *sql,
	struct libpq_rows *columns, struct fault *fault);

/* The cell, or NULL. */
static inline const char *libpq_cell(const struct libpq_rows *rows, size_t row, size_t column)
{
	return rows->cells[row * rows->columns + column];
}

/* A boolean; NULL is false. */
static inline bool libpq_truth(const struct libpq_rows *rows, size_t row, size_t column)
{
	const char *cell = libpq_cell(rows, row, column);

	return cell != NULL && *cell == 't';
}

/* A number that is not negative; NULL is 0. */
static inline uint64_t libpq_number(const struct libpq_rows *rows, size_t row, size_t column)
{
	const char *cell = libpq_cell(rows, row, column);

	return cell == NULL ? 0 : strtoull(cell, NULL, 10);
}

int libpq_begin(struct libpq *libpq, struct fault *fault);
/*
 * A transaction that only reads, and sees one instant.  first is SQL that comes before that is
 * fixed (LOCK TABLE), or NULL; snapshot is what libpq_export_snapshot gave in another session's
 * transaction, which must be open still, or NULL.  The order of rows does not depend on other
 * readers or on workers.
 */
int libpq_begin_snapshot(struct libpq *libpq, const char *snapshot, const char *first,
	struct fault *fault);
/* For other sessions to see the same instant; NULL when a fault is set. */
const char *libpq_export_snapshot(struct libpq *libpq, struct arena *arena, struct fault *fault);
/*
 * STATUS_UNKNOWN when the connection broke before the answer; a transaction that had failed before
 * is STATUS_BUG, since the server says "ROLLBACK" and no error.
 */
int libpq_commit(struct libpq *libpq, struct fault *fault);
/* Does what can be done; for the way out, so it sets no fault. */
void libpq_rollback(struct libpq *libpq);

/*
 * COPY ... FROM STDIN.  Data comes in pieces of any size.  An error of the server's ends the COPY,
 * and is told by the next call, or the next but some.  table is its name without schema, for
 * messages: "table.column, row N: ..."; it and sql are kept by the caller until it ended.
 *
 * libpq_copy_end demands that the server took exactly so many rows (STATUS_MISFIT: a trigger or
 * rule swallowed some).
 */
int libpq_copy_begin(struct libpq *libpq, const char *sql, const char *table, struct fault *fault);
/* Behind the beginning: so many rows of the table went before, and faults count on from there. */
void libpq_copy_goes_on(struct libpq *libpq, uint64_t rows);
int libpq_copy_put(struct libpq *libpq, const void *data, size_t size, struct fault *fault);
int libpq_copy_end(struct libpq *libpq, uint64_t rows, struct fault *fault);
/*
 * COPY ... TO STDOUT; sql and table are kept by the caller until it ended.  libpq_copy_get gives
 * what comes next, borrowed until the next call; false behind the last of it, when *rows is how
 * many the server counts, and when a fault is set.
 */
int libpq_copy_out(struct libpq *libpq, const char *sql, const char *table, struct fault *fault);
bool libpq_copy_get(struct libpq *libpq, const void **data, size_t *size, uint64_t *rows,
	struct fault *fault);
/* Ends a COPY that is not wanted any more, either way; its transaction has failed then. */
void libpq_copy_abort(struct libpq *libpq);

/*
 * The one way for a name into SQL: "name", quotes doubled.  STATUS_MISFIT when it is empty, no
 * UTF-8, or longer than the server's names are: it is never cut.  Without a server (libpq NULL)
 * names have at most 63 bytes of UTF-8.
 */
int libpq_name(struct libpq *libpq, struct bytes *to, const char *name, struct fault *fault);
/* The one way for a text into SQL that takes no parameter: 'text'.  NUL is STATUS_MISFIT. */
int libpq_literal(struct bytes *to, const void *text, size_t size, struct fault *fault);

#endif
