/*
 * What a PostgreSQL server's or libpq's complaint means, and what of it may be told: the words
 * without values and passwords.
 */
#ifndef DB_COMPLAINT_H
#define DB_COMPLAINT_H

#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/fault.h"

/*
 * By SQLSTATE:
 *
 *	STATUS_RIGHTS   the role may not
 *	STATUS_MISFIT   a name is there or is not, a constraint broke, a value does not fit
 *	STATUS_AGAIN    connection, too many of them, shutdown, deadlock, lock, cancelled; disk or
 *	                memory full, until somebody makes room
 *	STATUS_SERVER   all else that is the server's: damage, a limit that is set, no such feature
 *	STATUS_BUG      our SQL or COPY data is wrong
 */
int complaint_status(const char *state);
/* The same where a connection failed; state is "" where no server said so, words are libpq's. */
int complaint_connect(const char *state, const char *words);

/* Takes the value out of a message about one. */
void complaint_redact(const char *state, char *text);

/*
 * The row, from 1, in the context of an error of COPY ("COPY table, line 17, column x: ..."), 0
 * when there is none; column becomes its name, or "".
 */
uint64_t complaint_row(const char *context, const char *table, char *column, size_t size);

/* "; its owner can help: GRANT ..." where a right is missing and the words tell which. */
void complaint_add_grant(struct bytes *to, const char *state, const char *text, const char *sql,
	const char *user);

/* "; ...": what helps against what may pass. */
void complaint_add_help(struct bytes *to, const char *state, const char *text);

/*
 * What PgBouncer and its like say of themselves, where SQLSTATE does not tell: the status, or
 * STATUS_OK where it is none of that.
 */
int complaint_pooler(const char *state, const char *text);

/*
 * The last of the attempts that libpq's verbose words tell of, one below the other, but for one
 * without TLS that a server refuses for that reason; state becomes its SQLSTATE, or "".
 */
const char *complaint_attempt(const char *words, char state[6]);

/* Where a connection was to go; "" where libpq did not say. */
struct complaint_place {
	const char *host, *port, *user, *database;
};

/* "; ...": what helps where a connection fails, if that is known. */
void complaint_add_advice(struct bytes *to, const char *state, const char *text,
	const struct complaint_place *place);

#endif
