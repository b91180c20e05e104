/*
 * Writes a stream to a descriptor: numbers the frames, gathers rows into frames of about 256 KiB,
 * and keeps the ledger that END is made from.
 */
#ifndef FLOW_WRITER_H
#define FLOW_WRITER_H

#include "base/arena.h"
#include "base/bytes.h"
#include "base/fault.h"
#include "row/value.h"
#include "wire/index.h"
#include "wire/ledger.h"
#include "wire/payload.h"

struct writer {
	int fd;
	const char *name; /* for messages; NULL: standard output */
	int level;       /* of compression; 0: none */
	uint64_t offset; /* bytes written */
	struct ledger ledger;
	struct bytes rows; /* the open frame of rows, with a header's room in front */
	uint32_t row_count;
	uint32_t table;  /* whose rows they are */
	struct bytes keys; /* the open frame of keys, with room in front for an array's head, too */
	uint32_t key_count;
	uint32_t key_table;
	struct account *account;
	struct bytes payload; /* any other kind's */
	struct bytes packed;
	struct index_builder *index; /* kept of all frames, when it is not NULL */
};

void writer_begin(struct writer *writer, int fd, struct arena *arena);
/* The frame's payload as it is, under this writer's own number; its header's room is used. */
int writer_pass(struct writer *writer, const struct frame *frame, struct fault *fault);

int writer_hello(struct writer *writer, const struct hello *hello, struct fault *fault);
int writer_table(struct writer *writer, const struct table *table, struct fault *fault);
int writer_object(struct writer *writer, const struct object *object, struct fault *fault);
/* One row of the table, which has an account already. */
int writer_row(struct writer *writer, uint32_t table, const struct value *cells, uint32_t count,
	struct fault *fault);
/* The key of a row to delete: as many cells as table_key_count says. */
int writer_delete(struct writer *writer, uint32_t table, const struct value *cells, uint32_t count,
	struct fault *fault);
/*
 * The end of a table: rows, deletes, frames, bytes and digest are those that were written, the
 * rest is given; extracted is made from rows, filtered and rejected.
 */
int writer_table_end(struct writer *writer, uint32_t table, const struct total *given,
	struct fault *fault);
/* INDEX if there is one, and END: totals, frames and chain are those that were written. */
int writer_end(struct writer *writer, const struct ending *given, struct fault *fault);
int writer_abort(struct writer *writer, const struct abortion *abortion, struct fault *fault);
void writer_close(struct writer *writer);

#endif
