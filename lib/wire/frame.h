/*
 * A frame on the wire:
 *
 *	c7 1e 52   ext8, 30 bytes, type 0x52 ('R')
 *	  kind     u8    enum frame_kind
 *	  flags    u8    bit 0: the payload is compressed
 *	  table    u32   table number from 1, 0 when none
 *	  seq      u32   1, 2, 3 ... (INDEX: 0)
 *	  rows     u32   rows in the payload, 0 when none
 *	  length   u32   bytes of the payload as they follow
 *	  payload  u64   XXH3-64 of these bytes
 *	  check    u32   low half of XXH3-64 of the 26 bytes above, seeded with the low 64 bits of
 *	                 the stream id (HELLO: 0)
 *	c6 <u32>   bin32 of exactly `length` bytes: the payload, inside again msgpack
 *
 * Integers are big-endian.  The length is believed only after the header's check, and a payload is
 * used only after its own.
 *
 * A compressed payload is: raw length u32, XXH3-64 of the raw payload u64, and one zstd frame of
 * exactly that raw size.
 */
#ifndef WIRE_FRAME_H
#define WIRE_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/fault.h"

enum frame_kind {
	FRAME_HELLO = 1,
	FRAME_TABLE,
	FRAME_OBJECT,
	FRAME_ROWS,
	FRAME_REJECT, /* reserved, as is STATE */
	FRAME_DELETE,
	FRAME_TABLE_END,
	FRAME_STATE,
	FRAME_INDEX,
	FRAME_ABORT,
	FRAME_END
};

enum {
	FRAME_COMPRESSED = 1,
	FRAME_HEADER = 38,           /* with the payload's own length in front of it */
	FRAME_PACKED = 12,           /* what stands before the zstd frame */
	FRAME_ROWS_TARGET = 256 * 1024, /* a ROWS frame closes when it is this large */
	FRAME_ROWS_MOST = 1 << 20,   /* larger ones hold one row */
	FRAME_OTHER_MOST = 16 << 20, /* kinds that do not grow with the data */
	FRAME_MOST = (1 << 30) + (64 << 10)
};

struct frame {
	enum frame_kind kind;
	unsigned flags;
	uint32_t table;
	uint32_t seq;
	uint32_t rows;
	uint32_t length;     /* of the payload as it follows */
	uint64_t hash;       /* of the payload as it follows */
	uint32_t raw_length; /* of the payload itself: the same unless compressed */
	uint64_t raw_hash;
	uint8_t *payload;    /* raw; FRAME_HEADER bytes are free in front of it */
	uint64_t offset;     /* where its header stands in the input */
};

/* "HELLO", "TABLE", ...; "frame" for what is unknown. */
const char *frame_name(enum frame_kind kind);

/* What seeds the checks of a stream's headers: the low 64 bits of its id. */
uint64_t frame_seed(const uint8_t stream[16]);

/* Whether these first bytes of something can be a frame's. */
bool frame_begins(const uint8_t *data, size_t size);
void frame_write_header(uint8_t to[FRAME_HEADER], const struct frame *frame, uint64_t seed);
/*
 * Checks everything that a header alone can tell, and sets the fields up to hash; raw_length is the
 * most that the raw payload may be long.
 */
int frame_read_header(const uint8_t from[FRAME_HEADER], uint64_t seed, struct frame *frame,
	struct fault *fault);
/*
 * Checks the payload's hash, opens it when it is compressed (into `opened`, whose memory grows as
 * output appears), and sets raw_length, raw_hash and payload.
 */
int frame_read_payload(struct frame *frame, uint8_t *payload, struct bytes *opened,
	struct fault *fault);
/*
 * Compresses the raw payload into `to`, where FRAME_HEADER bytes stay free in front, and sets
 * flags, length and hash.  What does not get smaller stays as it is: *done is then false.
 */
int frame_compress(struct frame *frame, int level, struct bytes *to, bool *done,
	struct fault *fault);

#endif
