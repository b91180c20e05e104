/*
 * Values to msgpack, each in its one form: integers in the shortest, unsigned from 0 on; str, bin,
 * arrays and maps with the shortest length; every real a float64, every NaN 7ff8000000000000.
 */
#ifndef WIRE_PACK_H
#define WIRE_PACK_H

#include "base/bytes.h"
#include "row/value.h"

enum { EXT_BAD_UTF8 = 1, EXT_BAD_UTF16 = 2 };

void pack_value(struct bytes *to, const struct value *value);
/* An array of count cells. */
void pack_row(struct bytes *to, const struct value *cells, uint32_t count);

void pack_array(struct bytes *to, uint32_t count);
void pack_map(struct bytes *to, uint32_t count);
void pack_text(struct bytes *to, const char *text);
void pack_bytes(struct bytes *to, const void *data, uint32_t size);
void pack_integer(struct bytes *to, int64_t integer);
/* The one exception to the shortest form: always 9 bytes, for END's last value. */
void pack_offset(struct bytes *to, uint64_t offset);

#endif
