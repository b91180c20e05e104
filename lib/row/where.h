/*
 * Conditions on the rows of a table.
 *
 *	users: id >= 100 and (state in ('new', 'open') or paid is not null)
 *	"app".log*: not (at < '2026-01-01' or line matches 'debug*')
 *
 *	= == != <> < <= > >= CONSTANT     is [not] null     [not] in (CONSTANT, ...)
 *	[not] matches 'PATTERN'           row/wildcard.h has what a pattern is
 *
 * Constants are 5, -1.5, 'text', x'00ff', true, false; how they are compared is in row/bound.h.  A
 * cell of another kind than the constant is not equal to it, so only != and not in hold of it.
 * NULL is neither equal nor unequal to anything: as in SQL, a comparison with it is neither true
 * nor false, nor is its contrary; rows are kept where the whole is true.
 */
#ifndef ROW_WHERE_H
#define ROW_WHERE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/fault.h"
#include "row/aim.h"
#include "row/bound.h"
#include "row/schema.h"

enum where_kind {
	WHERE_AND,     /* of the items */
	WHERE_OR,
	WHERE_NOT,     /* of the one item */
	WHERE_NULL,
	WHERE_COMPARE,
	WHERE_IN,      /* one of the bounds */
	WHERE_MATCHES  /* the first one */
};

/* Where a cell may stand that is compared. */
enum { WHERE_BELOW = 1, WHERE_SAME = 2, WHERE_ABOVE = 4, WHERE_OTHER = 8 };

enum where_truth { WHERE_FALSE, WHERE_TRUE, WHERE_UNKNOWN };

struct where {
	enum where_kind kind;
	struct where *items; /* the first; others follow by next */
	struct where *next;
	const char *column;
	uint32_t place;      /* of the column, once it was bound */
	unsigned holds;      /* WHERE_BELOW and so on */
	struct bound *bounds;
	size_t bound_count;
	uint64_t others;     /* cells of another kind than what they were compared with */
};

struct where_rule {
	const char *text; /* as it was written */
	struct aim aim;
	struct where *root;
};

/* STATUS_USAGE tells the character where it is wrong. */
int where_parse(struct arena *arena, const char *text, struct where_rule *rule,
	struct fault *fault);
/*
 * The condition for one table: a copy that knows its columns and their types.  STATUS_MISFIT where
 * the table has no such column, or the column never holds what it is compared with.
 */
int where_bind(struct arena *arena, const struct where_rule *rule, const struct table *table,
	struct where **bound, struct fault *fault);
enum where_truth where_holds(struct where *where, const struct value *cells);

#endif
