/*
 * Two definitions of one table: which columns belong together, and what keys its rows.
 *
 * A column belongs to the one of the same source name, else to the one of the same name.
 */
#ifndef ROW_COUPLE_H
#define ROW_COUPLE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/fault.h"
#include "row/canonical.h"
#include "row/schema.h"

enum { COUPLE_LEFT, COUPLE_RIGHT };

/* A column of both. */
struct couple_column {
	const struct column *columns[2];
	uint32_t places[2];
	struct type types[2];
	bool retyped;    /* the types are not the same */
	const char *why; /* they cannot even be compared; NULL: they can */
};

struct couple {
	const struct table *tables[2];
	struct couple_column *columns; /* those that can be compared first */
	uint32_t count;                /* of these */
	uint32_t all;
	const struct column **only[2]; /* on one side alone */
	uint32_t only_count[2];
	struct canonical *forms[2];    /* of the columns that can be compared */
	uint32_t *key;                 /* places among them */
	uint32_t key_count;            /* 0: there is none */
};

/*
 * hints: one for each column of the left, as canonical_pair has it; may be NULL.  What rows-retype
 * noted at a column about the times that it made of numbers goes before it.
 */
int couple_tables(struct arena *arena, const struct table *left, const struct table *right,
	const struct canonical_hint *hints, struct couple *couple, struct fault *fault);
/*
 * The key by these names, or where names is NULL by the definitions: the primary key, else a unique
 * one whose columns are all NOT NULL, of the left side, else of the right.  The first name that is
 * no column of both is *unknown then; else it is NULL.
 */
int couple_key(struct arena *arena, struct couple *couple, const struct texts *names,
	const char **unknown, struct fault *fault);
/* The type of a column's cells, and of the column itself where that is decided. */
int couple_read_type(struct arena *arena, const struct column *column, struct type *type,
	struct fault *fault);
/* What the plan's words were, which rows-retype noted; all zero where it did not. */
int couple_read_note(struct arena *arena, const struct column *column,
	struct conversion *conversion, bool *zoned, struct fault *fault);
/* "numeric(10,2)", or what the source declares. */
const char *couple_type(const struct column *column);
void couple_close(struct couple *couple);

#endif
