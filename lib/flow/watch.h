/*
 * Expectations held against rows as they pass: tables are told once, rows one by one, then each
 * rule has what it measured.
 *
 * in() and unique() keep a hash of 16 bytes of every value (two of 2^128 values of a column are
 * taken for one), sorted, in files when they are many: WATCH_MEMORY for all rules together.
 */
#ifndef FLOW_WATCH_H
#define FLOW_WATCH_H

#include "base/arena.h"
#include "flow/sort.h"
#include "flow/verdict.h"
#include "row/canonical.h"
#include "row/expect.h"
#include "row/schema.h"

enum { WATCH_MEMORY = 48 << 20 };

/* A table that a rule looks at. */
struct watch_place {
	const struct table *table;  /* NULL: it has not come */
	uint32_t columns[EXPECT_COLUMNS];
	struct type types[EXPECT_COLUMNS];
	struct canonical forms[EXPECT_COLUMNS];
	struct sorter *values;
};

struct watch_rule {
	const struct expect_rule *rule;
	struct watch_place places[2]; /* the second is that of in() alone */
	struct expect_measured measured;
	int64_t newest;
};

struct watch {
	struct arena *arena;
	const char *spool;
	int64_t now;               /* micros since 2000-01-01, UTC */
	struct watch_rule *rules;
	size_t count;
	struct bytes packed;
};

/* The rules of a file, of 1 MiB at the most. */
int watch_read(const char *path, struct expect_rules *rules, struct arena *arena,
	struct fault *fault);

int watch_begin(struct watch *watch, const struct expect_rules *rules, struct arena *arena,
	struct fault *fault);
int watch_table(struct watch *watch, const struct table *table, struct fault *fault);
/* Behind the last table: a table or column that is not there is STATUS_MISFIT. */
int watch_check(struct watch *watch, struct fault *fault);
int watch_row(struct watch *watch, const struct table *table, const struct value *cells,
	struct fault *fault);
/* Behind the last row. */
int watch_end(struct watch *watch, struct fault *fault);
/* The rules that do not hold, as differences. */
void watch_tell(const struct watch *watch, struct verdict *verdict);
void watch_close(struct watch *watch);

#endif
