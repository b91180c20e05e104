/*
 * A PostgreSQL database held against the definitions of a stream: which of its tables are there,
 * what is asked of them, and what SQL alone can tell.
 *
 *	verify_open      finds and locks the tables, and begins a transaction that sees one instant
 *	verify_couple    makes ready to read the columns that a table has in common with the stream
 *	verify_count     counts rows
 *	verify_probe     holds profiles, NULLs and sequences against what the server computes
 *	verify_keys      (behind all rows) primary keys, foreign keys and checks
 *
 * Tables and columns are found by the names that the stream has now, exactly.  Nothing is written.
 */
#ifndef DB_VERIFY_H
#define DB_VERIFY_H

#include "db/inventory.h"
#include "row/couple.h"
#include "wire/payload.h"

struct verify_table {
	const struct table *expected; /* the stream's */
	const struct table *found;    /* as the server describes it; NULL: it is not there */
	const struct table *like;     /* the same, with the stream's source names of columns, and
				       * their base where they are of domains */
	const char *name;             /* "schema"."table" */
	const char *from;             /* what stands behind FROM */
	const char *plain;            /* what COPY can read by itself; NULL: nothing */
	uint64_t pages;
	bool whole;       /* all rows of the source, and the target is to have no other */
	bool equal;       /* its rows are proved to be those of the stream */
	struct harvest_wish wish;     /* the columns of a couple, in its order */
};

/* What SQL found; texts are for people, and hold no value of a row but in a profile's. */
struct verify_finding {
	const struct verify_table *table;
	const char *kind;     /* "profile", "not null", "sequence", "primary key" ... */
	const char *name;     /* a column, columns, or a constraint */
	const char *expected; /* NULL: nothing of the kind */
	const char *found;
	bool same;            /* in the source it is the same */
};

struct verify {
	struct arena *arena;
	struct libpq *libpq;
	const char *schema;           /* of tables that name none; NULL: public */
	struct inventory_request request;
	struct inventory inventory;
	struct verify_table *tables;
	size_t count;
	struct verify_finding *findings;
	size_t finding_count, finding_room;
};

/* arena and libpq are set; expected and whole of every table, too. */
int verify_open(struct verify *verify, struct fault *fault);
int verify_couple(struct verify *verify, struct verify_table *table, const struct couple *couple,
	struct fault *fault);
int verify_count(struct verify *verify, const struct verify_table *table, uint64_t *rows,
	struct fault *fault);
/* ending tells what the stream's tools changed on the way. */
int verify_probe(struct verify *verify, const struct verify_table *table,
	const struct ending *ending, struct fault *fault);
int verify_keys(struct verify *verify, const struct verify_table *table, struct fault *fault);

/* --- for the other files of it ---------------------------------------------------------------- */

void verify_add(struct verify *verify, const struct verify_finding *finding, struct fault *fault);
/* The column of the server's that one of the stream's became; NULL: it is not there. */
const struct column *verify_column(const struct verify_table *table, const char *source);
struct verify_table *verify_find(const struct verify *verify, const char *source);
/*
 * Asks what the server may not be able to tell (an operator that a type has not): *rows is empty
 * then, and why is what it says.
 */
int verify_ask(struct verify *verify, struct bytes *sql, struct libpq_rows *rows, const char **why,
	struct fault *fault);

#endif
