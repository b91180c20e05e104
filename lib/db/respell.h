/*
 * What a server would make of texts in columns whose types only it knows (inet, intervals, enums,
 * arrays): they pass through its own input and output, a batch of rows at a time, so that they can
 * be compared with what is in the columns.
 *
 * A column whose texts come back from the first batch as they went is trusted to be spelled as the
 * server does it, until respell_doubt: a text that is what the server prints needs no asking, and
 * one that is not will not be equal to it.
 *
 * A text that the server does not take stays as it is.  Nothing is rounded or cut on the way: a
 * type's own length or precision is left out, so that what it did to a value shows.
 */
#ifndef DB_RESPELL_H
#define DB_RESPELL_H

#include "base/arena.h"
#include "base/bytes.h"
#include "base/fault.h"
#include "db/harvest.h"
#include "wire/unpack.h"

enum { RESPELL_ROWS = 2000, RESPELL_BYTES = 1 << 20 };

struct respell_column {
	uint32_t place;
	const char *sql;            /* takes an array of texts as $1 */
	const char **texts;         /* what the batch's texts became */
	size_t count;               /* texts in the batch, NULLs left out */
	size_t next;
	bool other;                 /* a text came back as another one */
	bool trusted;
};

struct respell {
	struct libpq *libpq;
	struct arena *arena;        /* for the table */
	struct arena batch;
	uint32_t width;             /* cells of a row */
	struct respell_column *columns;
	uint32_t count;             /* 0: there is nothing to do */
	struct bytes rows;          /* of the batch, packed */
	struct bytes array;
	struct unpacker cursor;
	struct value *cells;
	uint32_t held, given;       /* rows of the batch */
	bool doubts;                /* trusts none */
};

/* Columns are those of the wish that are TYPE_OTHER. */
int respell_begin(struct respell *respell, struct libpq *libpq, const struct harvest_wish *wish,
	const char *table, struct arena *arena, struct fault *fault);
/* Before the first row of a pass. */
void respell_clear(struct respell *respell);
/* Adds a row to the batch; false when it is full behind this one. */
bool respell_add(struct respell *respell, const struct value *cells, struct fault *fault);
/* Behind the last row of a batch. */
int respell_ask(struct respell *respell, struct fault *fault);
/* The next row of the batch, good until the next; NULL behind the last one. */
const struct value *respell_next(struct respell *respell);
/* Some texts are not asked for, or (idle) none are. */
bool respell_trusts(const struct respell *respell);
bool respell_idle(const struct respell *respell);
/* From the next pass on all are. */
void respell_doubt(struct respell *respell);
void respell_close(struct respell *respell);

#endif
