/*
 * The memory of loads, in the target itself and in the same transaction as the rows: rowpipe.runs
 * (stream, chain, rows) and rowpipe.run_tables (tables with oid and rows).  Where the role may not
 * write there, nor make them, a comment on the first table tells the same, if a load of ours has
 * made it.
 */
#ifndef DB_RUNS_H
#define DB_RUNS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/fault.h"
#include "db/libpq.h"

struct run_table {
	const char *source;
	const char *name; /* qualified and quoted */
	uint64_t oid;
	uint64_t rows;
};

struct run {
	const char *stream; /* the id, in hexadecimal */
	const char *chain;
	const char *source;
	const struct run_table *tables;
	size_t table_count;
	const char *mode; /* "create", "upsert", "fill", "refill" */
	bool foreign;     /* the tables are somebody else's: no comment is put on them */
	bool forgotten;   /* by runs_write: the role can write it nowhere */
};

/*
 * The chain of a complete load of the stream whose tables are all there, and were not loaded anew
 * since; NULL: there is none.
 */
int runs_find(struct libpq *libpq, struct arena *arena, const char *stream, const char **chain,
	struct fault *fault);
/* The same from the comment of a table. */
const char *runs_read_comment(struct arena *arena, const char *comment, const char *stream);
/* How many of these tables ("{1,2,3}") loads of ours have made; *source: all from this one. */
int runs_made(struct libpq *libpq, struct arena *arena, const char *oids, size_t *count,
	const char **source, struct fault *fault);
/* Writes it, in the open transaction. */
int runs_write(struct libpq *libpq, struct arena *arena, struct run *run,
	struct fault *fault);

#endif
