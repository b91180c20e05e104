/*
 * The plan: types, policies and names of columns, one line a column, that people read and edit.
 * The manual page plan(5) has its grammar.
 *
 *	"Album"."AlbumId" -> album.album_id bigint        # INTEGER; 347 integers, 1..347
 *	logs.at           -> … timestamptz epoch_ms       # all are milliseconds
 *	logs.secret       -> skip
 *	tmp_*             -> skip
 *
 * Every matching line is obeyed in what it says, and the last one that says something wins.
 */
#ifndef ROW_PLAN_H
#define ROW_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/fault.h"
#include "row/conversion.h"

struct plan_name {
	const char *text; /* without its quotes */
	uint32_t hash;    /* the same for all cases of its letters */
	bool quoted;      /* exactly this one; else the case of ASCII letters does not matter */
	bool pattern;
};

struct plan_target {
	const char *schema, *table, *column;
};

struct plan_line {
	const char *origin;     /* "app.plan, line 3", "--set" */
	const char *text;       /* as it was written */
	struct plan_name table;
	struct plan_name column; /* no text: the line is about the whole table */
	bool skip;
	const char *to_schema, *to_table, *to_column; /* NULL: the line does not say */
	bool typed;             /* conversion holds */
	bool zoned;             /* ... and its zone was given */
	struct conversion conversion;
	const char *comment;    /* NULL: none */
	bool used;              /* it matches something in the stream */
};

struct plan {
	struct arena *arena;
	struct plan_line *lines;
	size_t count;
	size_t room;
	/* The lines about the table that was asked for last. */
	struct plan_line **near;
	size_t near_count;
	const char *near_table;
};

/* The lines that decide; NULL where none does.  A later line stands at a higher address. */
struct plan_orders {
	bool skip;
	struct plan_line *type, *schema, *table, *column;
};

/* Adds one line, which may be blank or a comment; STATUS_MISFIT when it is no line of a plan. */
int plan_add(struct plan *plan, const char *origin, const char *line, struct fault *fault);
/*
 * Adds what a line TABLE.COLUMN -> SCHEMA.TABLE.COLUMN says, of exactly these names; of the whole
 * table where column is NULL.
 */
int plan_add_names(struct plan *plan, const char *origin, const char *table, const char *column,
	const struct plan_target *target, struct fault *fault);
/* All lines of a file; `name` is told with the line's number. */
int plan_parse(struct plan *plan, const char *name, const void *data, size_t size,
	struct fault *fault);

/*
 * What the lines about whole tables say of a table, and those about columns of a column; both by
 * source names.  The lines that match are used.
 */
int plan_table(struct plan *plan, const char *table, struct plan_orders *orders,
	struct fault *fault);
int plan_column(struct plan *plan, const char *table, const char *column,
	struct plan_orders *orders, struct fault *fault);

/* "timestamptz epoch_ms nullify ''" */
int plan_words(struct arena *arena, const char *words, struct conversion *conversion, bool *zoned,
	struct fault *fault);
/* UTC, Z, +02:00, -0330, +1: seconds east of UTC, less than 16 hours. */
bool plan_zone(const char *text, size_t size, int32_t *seconds);

#endif
