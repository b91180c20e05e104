/*
 * A stream in a file, whose tables are read one by one, in any order and as often as wanted.
 *
 * What cannot be read twice is kept in a file without a name first.  When it is opened, the stream
 * is read to its end and checked, but for the rows themselves; of an archive that is read in part,
 * only what is asked for is read, by the index.
 *
 * Or nothing is kept: then tables are read once, in their order, as they pass, and what their ends
 * and the stream's say is known behind them.
 */
#ifndef FLOW_SHELF_H
#define FLOW_SHELF_H

#include "flow/reader.h"

struct shelf_table {
	const struct table *definition;
	struct total total;
	uint64_t *frames; /* where its ROWS stand; read in part, its TABLE_END, too */
	size_t count;
	size_t room;
	bool checked;     /* the rows were read once, and have the digest that its end tells of */
};

struct shelf {
	struct reader reader;  /* of the definitions and the end */
	struct arena *arena;
	bool part;             /* by the index */
	bool passing;          /* nothing is kept */
	struct shelf_table *tables;
	size_t count;
	struct object *objects;
	size_t object_count;
	struct value *cells;   /* of a row */
	/* The pass: */
	struct shelf_table *table;
	size_t next;           /* of its frames */
	struct frame frame;
	struct bytes wire;
	struct bytes opened;
	struct unpacker rows;
	uint32_t left;         /* rows in the frame */
	uint64_t seen;
	struct hash128 digest;
};

/* A row as it stands in the stream. */
struct shelf_row {
	const struct value *cells;
	const uint8_t *packed;
	size_t size;
};

/* "-" is standard input; spool NULL: see descriptor_temporary. */
int shelf_open(struct shelf *shelf, const char *path, bool part, const char *spool,
	struct arena *arena, struct fault *fault);
/*
 * Reads no more than the definitions, and keeps nothing of a pipe; a file is opened as shelf_open
 * does.
 */
int shelf_open_passing(struct shelf *shelf, const char *path, struct arena *arena,
	struct fault *fault);
/* Of one that is passing: goes on to the end, over what is not read yet. */
int shelf_finish(struct shelf *shelf, struct fault *fault);
/* From the table's first row on. */
void shelf_begin(struct shelf *shelf, size_t table);
/*
 * The next row, good until the next call; false behind the last one, and when a fault is set: also
 * when the rows are not those that the table's end tells of.
 */
bool shelf_next(struct shelf *shelf, struct shelf_row *row, struct fault *fault);
void shelf_close(struct shelf *shelf);

#endif
