/*
 * Rows as lines of JSON, and back: exactly the cells that went out.
 *
 *	{"id":1,"name":"Ann","photo":{"bytes":"00ff"}}
 *
 * Keys are the columns' names.  Out go values as value_json has them: big integers with all their
 * digits, {"real":"Infinity"}, {"bytes":"hex"}, {"utf8":"hex"}, {"utf16":"hex"}; times as the
 * numbers that the cells are, numerics as texts.  In come the same, in any order of the keys, each
 * once; what else is taken for a cell of a type is in row/cell.h.
 */
#ifndef WIRE_LINES_H
#define WIRE_LINES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/fault.h"
#include "row/cell.h"
#include "row/schema.h"

enum lines_result {
	LINES_ROW,
	LINES_ILL,    /* no JSON object of these columns */
	LINES_MISFIT, /* a value is none of its column's type */
	LINES_MEMORY
};

struct lines {
	const struct table *table;
	struct type *types;
	struct cell_room *rooms;
	struct bytes *keys;     /* "name": as they go out */
	uint32_t *slots;        /* columns by the hashes of their names, from 1; 0: none */
	size_t slot_count;
	uint32_t *seen;         /* the line that had the column last */
	uint32_t line;
	/* Why the last line was not taken, in words that live for ever, and where. */
	const char *why;
	const uint8_t *name;    /* of the column or key, in the line; NULL: none in particular */
	size_t name_size;
};

/* STATUS_MISFIT where two columns have one name. */
int lines_begin(struct lines *lines, struct arena *arena, const struct table *table,
	struct fault *fault);
/* Adds one line, its newline, too. */
void lines_add(const struct lines *lines, struct bytes *to, const struct value *cells);
/* Cells borrow from the line, which is changed, and from `lines` until the next one. */
enum lines_result lines_read(struct lines *lines, uint8_t *line, size_t size, struct value *cells);
void lines_close(struct lines *lines);

#endif
