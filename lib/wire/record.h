/*
 * Structs to msgpack maps and back, both from one table of fields, so that what is written and what
 * is taken cannot drift apart.
 *
 * A field that is zero (NULL, false, an empty list) is left out of the map, unless it must be
 * there; keys stand in the table's order.  The reader refuses every other form, so that equal
 * structs are equal bytes, and it refuses keys that it does not know: they are from a newer
 * rowpipe.
 */
#ifndef WIRE_RECORD_H
#define WIRE_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/bytes.h"
#include "base/fault.h"
#include "wire/unpack.h"

enum field_kind {
	FIELD_FLAG,    /* bool */
	FIELD_U32,     /* uint32_t */
	FIELD_COUNT,   /* uint64_t, at most 2^63-1 */
	FIELD_INTEGER, /* int64_t */
	FIELD_REAL,    /* double */
	FIELD_TEXT,    /* const char * */
	FIELD_TEXTS,   /* struct texts */
	FIELD_HASH,    /* 16 bytes, in place */
	FIELD_ONE,     /* pointer to a struct of `record` */
	FIELD_MANY,    /* pointer to an array of them, a size_t count right behind the pointer */
	FIELD_NAMED,   /* uint64_t[`limit`]: a map of those that are not zero, by `names` */
	FIELD_OFFSET   /* uint64_t in 9 bytes, whatever its value; always there */
};

enum { FIELD_MUST = 1 };

struct field {
	const char *key;
	enum field_kind kind;
	unsigned flags;
	size_t offset;
	const struct record *record;
	const char *const *names;
	uint32_t limit;
};

struct record {
	const char *name; /* for messages: "TABLE", "column" */
	size_t size;
	const struct field *fields;
	uint32_t count;
};

/* No list in a record is longer, and all of them together take no more memory. */
enum { RECORD_ITEMS = 1 << 17, RECORD_MEMORY = 24 << 20 };

void record_pack(struct bytes *to, const struct record *record, const void *from);

/* Reads one map into *to, which is set whole; what it points to is allocated in the arena. */
int record_unpack(struct arena *arena, const struct record *record, struct unpacker *cursor,
	void *to, struct fault *fault);

/* For people and programs: the same as JSON, every field that is not zero, in order. */
void record_json(struct bytes *to, const struct record *record, const void *from);

#endif
