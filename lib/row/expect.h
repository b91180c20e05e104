/*
 * Expectations: what must hold of rows, one rule a line; # begins a comment.
 *
 *	rows(news) = 300000 ± 5%            so many rows; also +- 5%, ± 100
 *	notnull(news.theme) >= 95%          values that are not NULL, of all rows
 *	in(news.agency, agencies.id) = 100% values that are there, too; here and in what follows
 *	                                    of those that are not NULL
 *	unique(news.id)                     different values; several columns are one value
 *	range(news.stars, 0, 5) >= 99%      from the one to the other; texts and times in '...'
 *	matches(news.slug, '[a-z]*-[0-9]?') the whole text; * any characters, ? any one, [a-z] one
 *	                                    of these, [^a-z] none of these; case matters
 *	newest(news.at) <= 2 days           how old the latest time is: seconds to weeks
 *
 * Operators are = != < <= > >=, for a number or, with %, a share; where there is none, = 100% is
 * meant.  A share of no values is 100%.  Names are bare, or in double quotes as in SQL.
 */
#ifndef ROW_EXPECT_H
#define ROW_EXPECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/bytes.h"
#include "base/fault.h"
#include "row/bound.h"
#include "row/type.h"
#include "row/value.h"

enum expect_kind {
	EXPECT_ROWS,
	EXPECT_NOTNULL,
	EXPECT_IN,
	EXPECT_UNIQUE,
	EXPECT_RANGE,
	EXPECT_MATCHES,
	EXPECT_NEWEST,
	EXPECT_KINDS
};

enum expect_operator {
	EXPECT_EQUAL,
	EXPECT_OTHER,
	EXPECT_BELOW,
	EXPECT_AT_MOST,
	EXPECT_ABOVE,
	EXPECT_AT_LEAST
};

enum { EXPECT_COLUMNS = 8 };

struct expect_column {
	const char *table;
	const char *column; /* NULL for rows() */
};

/* 95% is 95 of 100, 2 days are micros. */
struct expect_rule {
	enum expect_kind kind;
	unsigned line;
	const char *text;   /* as it stands in the file */
	struct expect_column columns[EXPECT_COLUMNS];
	uint32_t column_count;
	struct bound limits[2]; /* texts stand in quotes */
	const char *pattern;
	size_t pattern_size;
	enum expect_operator operator;
	bool percent;
	long double bound;
	long double tolerance; /* either side of the bound */
};

struct expect_rules {
	struct expect_rule *items;
	size_t count;
};

/* The fault tells line and column: STATUS_USAGE.  name is that of the file. */
int expect_parse(struct arena *arena, const char *name, const void *text, size_t size,
	struct expect_rules *rules, struct fault *fault);

/* What was counted: of `all`, `good` are as the rule wants them; or the newest time. */
struct expect_measured {
	uint64_t all;
	uint64_t good;
	bool timed;   /* there is a time: */
	int64_t age;  /* micros before now */
};

bool expect_holds(const struct expect_rule *rule, const struct expect_measured *measured);
/* "93.21% (9,321 of 10,000)", "3.5 days" */
void expect_show(struct bytes *to, const struct expect_rule *rule,
	const struct expect_measured *measured);

/* What stands in range() and matches() can be asked of a column of this type. */
bool expect_fits(const struct expect_rule *rule, const struct type *type);
/* Is the cell, not NULL, within the limits; does it match? */
bool expect_in_range(const struct expect_rule *rule, const struct type *type,
	const struct value *cell);
bool expect_matches(const struct expect_rule *rule, const struct value *cell);

#endif
