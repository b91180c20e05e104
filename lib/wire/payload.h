/*
 * What frames say, apart from rows: each kind's payload as a struct, and its table of fields.
 * The manual page stream(5) lists the same keys.
 */
#ifndef WIRE_PAYLOAD_H
#define WIRE_PAYLOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "row/schema.h"
#include "wire/record.h"

enum { STREAM_VERSION = 0 };

/* HELLO */
struct source {
	const char *kind;     /* "sqlite" */
	const char *name;     /* without path and secrets */
	const char *encoding; /* "UTF-8", "UTF-16le", "UTF-16be" */
	uint8_t fingerprint[16];
};

struct setting {
	const char *option;
	const char *value;
};

struct stage {
	const char *tool;
	const char *version;
	struct setting *settings; /* only those that change the stream */
	size_t setting_count;
};

struct hello {
	uint64_t version;
	uint8_t stream[16];
	struct source *sources;
	size_t source_count;
	struct stage *stages;
	size_t stage_count;
};

/* TABLE_END; END repeats them with their tables' numbers. */
struct total {
	uint32_t table; /* 0 in TABLE_END, whose frame says it */
	uint64_t extracted;
	uint64_t filtered;
	uint64_t rejected;
	uint64_t rows;
	uint64_t deletes;
	uint64_t frames;
	uint64_t bytes;     /* of ROWS payloads, raw */
	uint8_t digest[16]; /* sum of the rows' hashes, modulo 2^128 */
	bool part;          /* a row was left out */
};

/* A table that a tool left out. */
struct left_out {
	const char *name;
	uint64_t extracted;
};

/* What a tool counted beyond rows. */
struct count {
	const char *table;
	const char *column;
	const char *kind;
	uint64_t count;
};

struct tally {
	const char *tool;
	struct count *counts;
	size_t count_count;
};

/* END */
struct ending {
	uint8_t stream[16];
	struct total *totals;
	size_t total_count;
	struct left_out *left_out;
	size_t left_out_count;
	uint64_t frames; /* before END, INDEX not counted */
	uint8_t chain[16];
	struct tally *tallies;
	size_t tally_count;
	uint64_t index; /* offset of the INDEX frame, 0 without one */
};

/* ABORT */
struct abortion {
	const char *who;
	const char *why;
	uint64_t status;
};

extern const struct record record_hello, record_table, record_object, record_total, record_ending,
	record_abort;

/* Reads the one map that a payload is, to its last byte. `what` names the frame in the fault. */
int payload_read(struct arena *arena, const struct record *record, const void *data, size_t size,
	void *to, struct fault *fault);

#endif
