/*
 * Reads a stream from a descriptor: whole frames only, each checked before one byte of it is given
 * out, each where it may stand, and the end held against what was counted.
 *
 * What a frame's payload points to lives until the next frame is read; what HELLO and TABLE frames
 * say lives as long as the run.
 */
#ifndef FLOW_READER_H
#define FLOW_READER_H

#include "base/arena.h"
#include "base/bytes.h"
#include "base/fault.h"
#include "row/value.h"
#include "wire/index.h"
#include "wire/ledger.h"
#include "wire/payload.h"
#include "wire/unpack.h"

struct reader {
	int fd;
	const char *name;   /* for messages */
	uint64_t offset;    /* of the next byte */
	struct bytes wire;  /* a frame as it came */
	struct bytes opened;/* its payload, when it was compressed */
	struct frame frame;
	struct ledger ledger;
	struct arena *arena;
	struct arena batch; /* what one frame says */
	struct unpacker rows;
	uint32_t rows_left; /* or keys, of a DELETE frame */
	/* What the last frame of the kind said. */
	struct hello hello;
	struct object object;
	struct total total;
	struct ending ending;
	struct abortion abortion;
	bool aborted;
	bool ended;
	/* Of an archive that is read by its index. */
	bool indexed;
	struct bytes index;
	struct index_walk walk;
};

void reader_begin(struct reader *reader, int fd, const char *name, struct arena *arena);
/*
 * Reads the next frame into reader->frame.  A fault's text tells up to where the stream is good.
 * After END nothing may follow; an ABORT is a fault with the status that it carries.
 */
int reader_next(struct reader *reader, struct fault *fault);
/* The stream's END was read and is right. */
bool reader_ended(const struct reader *reader);
/* The table of the frame. */
struct table *reader_table(struct reader *reader);
/*
 * The next row of a ROWS frame, as many cells as its table has columns; false behind the last one,
 * and when a fault is set.  Who reads one row of a table reads all of them: then its digest is
 * checked at its end.
 */
bool reader_row(struct reader *reader, struct value *cells, struct fault *fault);
/*
 * The next key of a DELETE frame, of table_key_count cells, which are no more than the table has
 * columns; false behind the last one, and when a fault is set.
 */
bool reader_delete(struct reader *reader, struct value *cells, struct fault *fault);
/*
 * The rest of the frame's table is not wanted, and is not given out.  It is read and checked all
 * the same; but by the index, where it is stepped over.
 */
void reader_skip(struct reader *reader);
/*
 * Behind HELLO: goes on by the index, if the input is a file that has one; else nothing changes.
 * Then the skipped tables, and so the whole, are not checked.
 */
int reader_use_index(struct reader *reader, struct fault *fault);
/* Whether parts of the input were not even read. */
bool reader_partial(const struct reader *reader);
void reader_close(struct reader *reader);

#endif
