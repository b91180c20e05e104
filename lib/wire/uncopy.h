/*
 * PostgreSQL's binary COPY, as a server sends it, to cells: what copy.h writes, the other way.
 *
 *	header   "PGCOPY\n\377\r\n\0"  flags u32  extension u32 = 0
 *	a row    number of fields u16, then for each: size i32 (-1: NULL), its bytes
 *	end      u16 = ffff, and nothing behind it
 *
 * Nothing in it tells a type: who asks the server makes sure that each column has the one that
 * `types` says (copy_matches); TYPE_OTHER is for what the server was asked for as text.
 *
 * Every claim is held against the bytes that are there.  Nothing is allocated for a row but the
 * digits of its numerics, in a buffer that is kept, and what is left of a row that came in parts.
 */
#ifndef WIRE_UNCOPY_H
#define WIRE_UNCOPY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "row/type.h"
#include "row/value.h"

enum uncopy_result {
	UNCOPY_ROW,    /* cells are set, and live until the next call of either function */
	UNCOPY_MORE,   /* all that was fed is taken */
	UNCOPY_END,    /* the end was read; there is nothing behind it */
	UNCOPY_ILL,    /* column and why tell what it is */
	UNCOPY_MEMORY
};

/* types and count are set by the caller, all else is zero. */
struct uncopy {
	const struct type *types;
	uint32_t count;
	uint32_t column; /* where a row was ill, from 0; count: at none */
	const char *why; /* "a date of 3 bytes": no names, no values */
	const uint8_t *next, *end;
	struct bytes rest;   /* of a row that did not come whole */
	struct bytes digits;
	bool begun, ended;
};

/* More of what the server sent, in pieces of any size; only when all before it was taken. */
void uncopy_feed(struct uncopy *uncopy, const void *data, size_t size);
enum uncopy_result uncopy_row(struct uncopy *uncopy, struct value *cells);
/* The server may send no more: was it all? */
bool uncopy_complete(const struct uncopy *uncopy);
void uncopy_close(struct uncopy *uncopy);

#endif
