/*
 * Rows from a PostgreSQL server as cells, for who extracts them and for who verifies them: one
 * COPY ... TO STDOUT, in binary, decoded.
 *
 *	harvest_begin    asks, and holds the server's types against the wanted ones
 *	harvest_next     a row
 *	harvest_end      all rows came that the server counts
 *	harvest_close    also where it was not read to its end; then the transaction has failed
 *
 * Columns are asked for as they are; those of TYPE_OTHER as the text that their type prints.
 */
#ifndef DB_HARVEST_H
#define DB_HARVEST_H

#include "base/arena.h"
#include "base/bytes.h"
#include "base/fault.h"
#include "db/libpq.h"
#include "row/type.h"
#include "row/value.h"
#include "wire/uncopy.h"

/* What is wanted.  All texts but `name` are SQL; names in it are qualified and quoted. */
struct harvest_wish {
	const char *name;           /* of the table, for messages */
	const char *from;           /* "public"."users", or what else may stand behind FROM */
	const char **columns;       /* "id" */
	struct type *types;
	uint32_t count;
	const char *where;          /* NULL: all rows */
	const char *order;          /* "id", "at"; NULL: as they come */
	const char *table;          /* what COPY itself can read; NULL: it is to SELECT */
	uint64_t pages;             /* about so many; 0: its rows are not found by ctid */
};

struct harvest {
	struct libpq *libpq;
	const struct harvest_wish *wish; /* kept by the caller */
	struct uncopy uncopy;
	struct bytes sql;
	uint64_t rows;
	uint64_t told;  /* rows, as the server counts them */
	bool open;
	bool all;
};

/*
 * STATUS_MISFIT when a column is there no more, or has another type than the wish says: what the
 * server said last (libpq_error) has no state then.
 */
int harvest_begin(struct harvest *harvest, struct libpq *libpq, const struct harvest_wish *wish,
	struct fault *fault);
/* Cells live until the next call; false behind the last row, and when a fault is set. */
bool harvest_next(struct harvest *harvest, struct value *cells, struct fault *fault);
int harvest_end(struct harvest *harvest, struct fault *fault);
void harvest_close(struct harvest *harvest);

#endif
