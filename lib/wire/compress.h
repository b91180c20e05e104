/*
 * zstd, one frame at a time.
 */
#ifndef WIRE_COMPRESS_H
#define WIRE_COMPRESS_H

#include <stddef.h>

#include "base/bytes.h"
#include "base/fault.h"

enum { COMPRESS_LEAST = 1, COMPRESS_MOST = 19 };

/* Adds one zstd frame of the data to `to`. */
int compress_pack(struct bytes *to, const void *data, size_t size, int level, struct fault *fault);
/*
 * Adds what exactly one zstd frame holds: exactly `raw` bytes, or it is a fault.  Memory grows with
 * the output, but for the window of at most 8 MiB, never with what a header claims.
 */
int compress_open(struct bytes *to, const void *data, size_t size, size_t raw, struct fault *fault);
/* Frees what the two keep between calls. */
void compress_close(void);

#endif
