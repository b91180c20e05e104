/*
 * One load: everything in one transaction, which is nothing until the stream's END is verified; or
 * the rows in several, where nobody sees them (staging.h).
 *
 *	load_lock        BEGIN; nobody else is at it
 *	look_at_all      (look.h) what stands in the way, before anything is written
 *	load_begin       schemas and tables
 *	load_row         a row
 *	load_table_end   the table's COPY is complete, and the server took what was sent
 *	load_end         keys, indexes, constraints, identities, ANALYZE, the run's own row, COMMIT
 *
 * What the server refuses for its own sake (a limit, an expression that it does not take) or for
 * the data's is left out or made weaker, and is a to-do; the rows are never at stake for it.
 */
#ifndef DB_LOAD_H
#define DB_LOAD_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/fault.h"
#include "db/computed.h"
#include "db/control.h"
#include "db/libpq.h"
#include "db/target.h"
#include "row/value.h"
#include "wire/copy.h"

/* What became of one table. */
struct load_table {
	const struct target_table *target;
	const char *sql; /* of its COPY, without options */
	uint64_t oid;
	uint64_t rows;
	uint64_t copied; /* ... in the COPY that is open */
	uint64_t bytes;  /* of COPY */
	bool binary;
	bool begun;
	bool altered;    /* its columns are not those that it is made with */
	const char *trouble; /* why the server computes nothing of it; NULL: it does */
	struct type *types;      /* of the columns that COPY fills */
	uint32_t *places;        /* ... and where they are in a row of the stream */
	uint32_t count;
	struct value *cells;
	struct hash128 *computed; /* sums of the columns that the server computes */
	double began;            /* monotonic seconds */
	double seconds;
};

/* Where a table is until it is published. */
struct load_place {
	const char *schema, *name;
	const char *quoted; /* both, for SQL */
};

struct load {
	struct arena *arena;
	struct libpq *libpq;
	struct target *target;
	struct load_table *tables; /* as target->tables */
	struct load_table *open;   /* whose COPY is open, */
	struct copy copy;
	struct bytes buffer;
	struct bytes scratch;
	struct bytes command;      /* of the COPY that is open */
	const char *stream;        /* the id, in hexadecimal */
	struct control control;
	struct control_run run;    /* what is to be remembered of it, beside its tables */
	const struct load_place *places; /* as target->tables; NULL: they are where they belong */
	bool freezes;              /* the open transaction has made the tables */
	uint64_t sent;             /* bytes of all tables */
	bool complete;             /* this stream was loaded, and its tables are there */
	const char *chain;         /* ... with this chain */
	bool dry;                  /* rolls back at the end */
	bool definitions;          /* no rows, and so no run that is complete */
	bool filling;              /* the tables were there, and fill.h has begun and ends it */
	/* Told of each step behind the rows, which is the first, second ... of all; may be NULL. */
	void (*tell)(void *context, const char *what, const char *table, size_t step, size_t all);
	/* Told of each part of the work when it begins ("rows", "keys"); may be NULL. */
	void (*enter)(void *context, const char *part);
	void *context;
};

/* The schema that a table goes to, and what a step makes. */
const char *load_schema(const struct load *load, size_t place);
const char *load_step_schema(const struct load *load, const struct target_step *step);
/* A query whose answer lives as long as the load. */
int load_ask(struct load *load, const char *sql, const char *const *parameters, size_t count,
	struct libpq_rows *rows, struct fault *fault);
/* Adds ["schema", "table" to a JSON array. */
void load_add_name(struct bytes *json, const char *schema, const char *name);

/* Tells load->enter, if that is set. */
void load_enter(const struct load *load, const char *part);
/* A statement of the table's, with the name that it has where it is now. */
const char *load_place_sql(const struct load *load, size_t place, const char *sql,
	struct fault *fault);

/*
 * Begins a transaction that is the only one of this stream, so that what is looked at then holds
 * until it ends; STATUS_AGAIN tells who has another one.
 */
int load_lock(struct load *load, struct fault *fault);
/* In that transaction. */
int load_begin(struct load *load, struct fault *fault);
/* The parts of it: room; the tables; what COPY fills of them; what is for behind the rows, too. */
int load_open(struct load *load, struct fault *fault);
int load_set_compression(struct load *load, struct fault *fault);
int load_make_tables(struct load *load, struct fault *fault);
int load_begin_tables(struct load *load, struct fault *fault);
int load_make_schemas(struct load *load, struct fault *fault);
int load_make_identities(struct load *load, struct fault *fault);
/* The server refused what it was to compute in a table: a to-do, and it goes without. */
int load_make_bare(struct load *load, size_t place, const char *trouble, struct fault *fault);

/* One row of a table, by its place in target->tables. */
int load_row(struct load *load, size_t place, const struct value *cells, struct fault *fault);
/* One that is in the table already. */
void load_pass_row(struct load *load, size_t place, const struct value *cells);
/* Ends the COPY that is open, if one is. */
int load_close_copy(struct load *load, struct fault *fault);
int load_table_end(struct load *load, size_t place, uint64_t rows, struct fault *fault);
/* Fresh statistics, where the role may; and the run's own row. */
int load_analyze(struct load *load, struct fault *fault);
int load_remember(struct load *load, const char *chain, const char *source, const char *mode,
	bool *forgotten, struct fault *fault);
int load_end(struct load *load, const char *chain, const char *source, struct fault *fault);
/* Frees what it keeps; whatever was not committed is gone. */
void load_close(struct load *load);

#endif
