/*
 * INDEX: where every frame of an archive stands, and what HELLO and the TABLE frames said.
 *
 *	{"frames": [[kind, table, seq, offset, rows], ...], "definitions": [payload, ...]}
 *
 * `frames` has all frames before INDEX, seq 1, 2, 3 ...; `definitions` are the raw payloads of
 * HELLO and all TABLE frames, so that one bad block does not cost the archive.
 */
#ifndef WIRE_INDEX_H
#define WIRE_INDEX_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/fault.h"
#include "wire/frame.h"
#include "wire/unpack.h"

struct index_builder {
	struct bytes frames;
	struct bytes definitions;
	uint32_t frame_count;
	uint32_t definition_count;
};

/* The frame as it was written, at frame->offset. */
void index_add(struct index_builder *builder, const struct frame *frame);
/* Appends the payload; failed memory shows in to->failed. */
void index_pack(struct bytes *to, const struct index_builder *builder);
void index_close(struct index_builder *builder);

struct index_entry {
	enum frame_kind kind;
	uint32_t table;
	uint32_t seq;
	uint32_t rows;
	uint64_t offset;
};

/* Walks an INDEX payload, which stays where it is. */
struct index_walk {
	struct unpacker cursor;
	uint32_t left;     /* entries, then definitions */
	uint32_t seq;
	uint64_t offset;
};

int index_begin(struct index_walk *walk, const void *data, size_t size, struct fault *fault);
/* The next entry; false behind the last one, and when a fault is set. */
bool index_next(struct index_walk *walk, struct index_entry *entry, struct fault *fault);
/*
 * Behind the last entry: the next definition; false behind the last one, and when a fault is set.
 */
int index_definitions(struct index_walk *walk, struct fault *fault);
bool index_definition(struct index_walk *walk, struct value *definition, struct fault *fault);

#endif
