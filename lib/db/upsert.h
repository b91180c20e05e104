/*
 * Rows written over those of the same key, and rows deleted by their keys, in tables that are
 * there: all in one transaction, in which each number is what the stream says.
 *
 *	upsert_begin     the tables and columns are there; what comes is kept in temporary tables
 *	upsert_row       a row
 *	upsert_delete    a key of a row to delete; of a table without a key a whole row: one of its
 *	                 copies goes
 *	upsert_end       children are deleted before parents, parents written before children;
 *	                 COMMIT
 *
 * A row is written whether or not the one that is there looks equal.  What a delete would do to
 * rows of tables that the stream does not speak of is refused.
 *
 * A repair stream is remembered by its id in rowpipe.runs, without its tables, which others may
 * have made: it is applied once.  Where the role may not remember it, its rows need keys.  All
 * other streams can only write by key, which may be repeated, so that they are not remembered, and
 * stand in no load's way.
 */
#ifndef DB_UPSERT_H
#define DB_UPSERT_H

#include "db/control.h"
#include "db/libpq.h"
#include "row/type.h"
#include "row/value.h"
#include "wire/copy.h"

enum { UPSERT_ROWS, UPSERT_KEYS };

/* What comes of one kind for a table, in a temporary table of its own. */
struct upsert_stage {
	const char *name;        /* NULL: nothing has come */
	const char *columns;     /* "a", "b" */
	struct type *types;
	uint32_t *places;        /* in what comes */
	uint32_t count;
	bool binary;
	uint64_t rows;
};

struct upsert_table {
	const struct table *table;
	const char *name;        /* "schema"."table" */
	const char *from;        /* the same without tables that inherit from it */
	const char *oid;
	bool parted;
	bool unique;             /* an index sees to it that a key stands once */
	const char **key;        /* quoted; NULL: it has none */
	size_t key_count;
	struct libpq_rows columns;
	struct upsert_stage stages[2];
	uint64_t written, deleted;
};

struct upsert {
	struct arena *arena;
	struct libpq *libpq;
	const char *schema;      /* of tables that name none; NULL: public */
	const char *stream;      /* the id, in hexadecimal */
	struct control control;
	struct control_run run;  /* what is to be remembered of it */
	bool dry;                /* rolls back at the end */
	struct upsert_table *tables;
	size_t count;
	size_t *order;           /* parents first */
	bool repairs;
	bool insists;            /* it must be remembered: what it does has no key */
	const char *chain;       /* a repair of this stream was applied, with this chain */
	struct upsert_stage *stage; /* whose COPY is open */
	uint64_t copied;
	struct copy copy;
	struct bytes buffer;
	struct value *cells;
};

int upsert_begin(struct upsert *upsert, const struct table *const *tables, size_t count,
	struct fault *fault);
int upsert_row(struct upsert *upsert, size_t place, const struct value *cells,
	struct fault *fault);
int upsert_delete(struct upsert *upsert, size_t place, const struct value *cells,
	struct fault *fault);
int upsert_end(struct upsert *upsert, const char *chain, const char *source, struct fault *fault);
void upsert_close(struct upsert *upsert);

#endif
