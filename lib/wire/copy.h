/*
 * Rows as PostgreSQL's COPY takes them, in one of two forms:
 *
 *	binary   "PGCOPY\n\377\r\n\0"  flags u32 = 0  extension u32 = 0
 *	         a row: number of fields u16, then for each: size i32 (-1: NULL), its bytes
 *	         end: u16 = ffff
 *	text     a row: its fields, a tab between them, a newline behind; \N is NULL
 *
 * Numbers are big-endian.  The server believes the binary form: 8 bytes that are an int8 are a
 * float8 where a float8 is expected.  So it is for columns only whose type is to the letter the one
 * that was encoded (copy_matches); for all others there is the text form, which the server parses.
 *
 * A value is never rounded, cut or converted: a cell that is not of its column's type, or that the
 * server would not keep as it is, is refused.
 */
#ifndef WIRE_COPY_H
#define WIRE_COPY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "row/type.h"
#include "row/value.h"

enum copy_form { COPY_TEXT, COPY_BINARY };

struct copy {
	enum copy_form form;
	const struct type *types; /* of the columns */
	uint32_t count;
	uint32_t column; /* where the last row was refused, from 0 */
	const char *why; /* "integer out of int4's range": no names, no values */
};

/* A column of this type, in a server that has its type under this OID and typmod, may be binary. */
bool copy_matches(const struct type *type, uint32_t oid, int32_t typmod);
/* The OID of the type, and the typmod that belongs to it; 0 where there is no binary form. */
uint32_t copy_oid(const struct type *type);
int32_t copy_typmod(const struct type *type);

/* What stands before all rows, and behind them; nothing in the text form. */
void copy_begin(const struct copy *copy, struct bytes *to);
void copy_end(const struct copy *copy, struct bytes *to);
/*
 * Adds a row.  False when a cell is refused: column and why tell, and to is as it was.  Without
 * memory it is true, and to has failed.
 */
bool copy_row(struct copy *copy, struct bytes *to, const struct value *cells);

#endif
