/*
 * msgpack back to values, in place and without allocation.  Only the one form that pack.h writes is
 * taken, so that equal values are equal bytes; every claim of a length is held against the bytes
 * that are left before anything is done with it.
 *
 * Functions return false and set `why` when the bytes are not what they should be; the cursor is
 * then of no more use.  Values borrow from the bytes.
 */
#ifndef WIRE_UNPACK_H
#define WIRE_UNPACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "row/value.h"

struct unpacker {
	const uint8_t *next;
	const uint8_t *end;
	const char *why;
};

static inline struct unpacker unpack_begin(const void *data, size_t size)
{
	const uint8_t *next = data;

	return (struct unpacker){ .next = next, .end = size == 0 ? next : next + size };
}

bool unpack_value(struct unpacker *cursor, struct value *value);
/* An array of exactly count cells. */
bool unpack_row(struct unpacker *cursor, struct value *cells, uint32_t count);

/* n items need at least n bytes, n pairs at least 2n. */
bool unpack_array(struct unpacker *cursor, uint32_t *count);
bool unpack_map(struct unpacker *cursor, uint32_t *count);
bool unpack_offset(struct unpacker *cursor, uint64_t *offset);
/* False and `why` unless everything was read. */
bool unpack_end(struct unpacker *cursor);

#endif
