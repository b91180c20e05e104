/*
 * Rows added to tables that are there.  They wait beside them, in tables of the stream's own types,
 * in segments when they are many (staging.h); then one INSERT ... SELECT for each table, parents
 * first, all in one transaction, in which each number is what the stream says and no value becomes
 * another one.
 *
 *	append_look     (in the transaction of load_lock) the tables and columns are there, and no
 *	                run of the same source has filled them
 *	append_begin    where the rows wait
 *	append_end      INSERT, sequences, the run's own row, COMMIT
 *
 * run_tables.xid is the transaction that has inserted: xmin of its rows, also when they are frozen,
 * and of that row of run_tables.  It is NULL where triggers or rules wrote beside them in it, so
 * that it does not tell them (retract.h).
 */
#ifndef DB_APPEND_H
#define DB_APPEND_H

#include "db/load.h"
#include "db/staging.h"

struct append_table {
	const char *oid;
	bool partitioned;
	const char *columns;  /* "a", "b": those of the stream that the server does not compute */
	const char *values;   /* "a"::integer, "b"::text */
	bool blurred;         /* not all that the transaction wrote in it are the stream's rows */
};

struct append {
	struct load *load;
	struct staging *staging;
	bool again;           /* a run of the same source before is none's concern */
	struct append_table *tables;
	size_t *order;
};

int append_look(struct append *append, struct fault *fault);
int append_begin(struct append *append, uint64_t every, struct fault *fault);
int append_end(struct append *append, const char *chain, struct fault *fault);

#endif
