/*
 * Bears witness that a conversion is right: the stream of the source, as it was before rows-retype,
 * is read beside the typed one, and each cell of the one must mean what that of the other does.
 *
 * Rows are the same ones in the same order in both.  How the plan reads a column stands in the
 * typed stream's notes; what its cells mean then is row/attest's business.
 */
#ifndef FLOW_WITNESS_H
#define FLOW_WITNESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "flow/shelf.h"
#include "flow/verdict.h"
#include "row/couple.h"

struct witness_column;

struct witness {
	struct shelf shelf;   /* of the source's stream */
	struct arena *arena;
	/* The table at hand: */
	struct couple couple; /* left is the source's */
	struct witness_column *columns;
	uint64_t expected;    /* rows of the source's, and of the typed stream: */
	uint64_t found;
	uint64_t rows;        /* seen */
};

/* path and spool as shelf_open has them. */
int witness_open(struct witness *witness, const char *path, const char *spool, struct arena *arena,
	struct fault *fault);
/* A pass over a table of the typed stream, of so many rows, begins. */
int witness_begin(struct witness *witness, const struct table *typed, uint64_t rows,
	struct fault *fault);
/* Its next row, with all cells that the stream has; not looked at where numbers of rows differ. */
int witness_row(struct witness *witness, const struct value *cells, struct fault *fault);
/* Behind the last one. */
int witness_end(struct witness *witness, struct fault *fault);
/* What was found, as remarks of the kind "conversion": one for each column at most. */
void witness_tell(const struct witness *witness, struct verdict *verdict, const char *table,
	struct arena *arena);
void witness_close(struct witness *witness);

#endif
