/*
 * Which table and column that exist in a target take which of a source's: for rows that go into
 * tables that somebody else has made, a framework's migrations mostly.
 *
 *	by a plan's line    users -> app.people, users.nick -> nickname
 *	by its name         users, users
 *	but for case        Users, users; users, "Users"
 *	but for snake_case  orderItem, order_item; order_item, "OrderItem"
 *
 * The first of these that finds one decides; who is found is no candidate for what comes later.
 * Where two are found at once nothing is guessed: both are named, and so is the line of a plan that
 * decides.  A table that stands in several schemas is the one in the source's own schema, or in
 * public.
 *
 * What stands in the way is found as a whole, so that one look tells all of it.
 */
#ifndef ROW_MATCH_H
#define ROW_MATCH_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/fault.h"
#include "row/plan.h"
#include "row/schema.h"

/* MATCH_PLAN: only the plan knows; a line that says what the names say is none of it. */
enum match_level { MATCH_NONE, MATCH_PLAN, MATCH_EXACT, MATCH_CASE, MATCH_SNAKE };

struct match_column {
	const struct column *target; /* NULL: none was found, and a finding says so */
	enum match_level level;
};

struct match {
	const struct table *source;
	const struct table *target;   /* NULL: none was found, and a finding says so */
	enum match_level level;
	struct match_column *columns; /* one for each of the source's; NULL without target */
	/* Of the target: those that no column of the source goes to; they fill themselves. */
	const struct column **left;
	size_t left_count;
};

struct matching {
	struct arena *arena;
	const struct table *const *targets; /* as pg-extract -s tells them */
	size_t target_count;
	struct plan *plan;
	const char *schema;     /* --target-schema: no other counts; NULL: not given */
	struct match *matches;  /* the result, as many as there are sources */
	size_t count;
	struct texts findings;  /* why the rows cannot go there, each with the line that helps */
};

/*
 * Matches all tables of a source, which have no columns and tables any more that a plan skips.  0
 * also when there are findings; STATUS_MISFIT only when the plan contradicts itself.
 */
int match_tables(struct matching *matching, const struct table *const *sources, size_t count,
	struct fault *fault);

/* One sentence more, which stands behind "table.column: ". */
void match_find(struct matching *matching, const char *table, const char *column,
	struct fault *fault, const char *format, ...) __attribute__((format(printf, 5, 6)));

/*
 * What was matched other than by its name, and what the source has nothing for, in one line for
 * people: "public.users; but for case: nick as \"Nick\"; not in the source: role".  NULL: no
 * memory.  Only where a target was found, for it and for all columns.
 */
const char *match_describe(struct arena *arena, const struct match *match);

/* --- for the other files of it ---------------------------------------------------------------- */

/* A name, and how it is in snake_case. */
struct seek_name {
	const char *text;
	const char *snake;
};

/* What is sought among: tables, or the columns of one. */
struct seek_names {
	struct seek_name *items;
	size_t count;
	bool *taken; /* by a level before */
	bool *meant; /* by this one, too */
};

struct seeker {
	struct matching *matching;
	struct arena *arena;
	struct seek_names targets;
	struct seek_name *sources;
	const char **schemas; /* that a source's table goes to; NULL: any */
	bool *done;           /* found, or a finding tells why not */
	size_t *places;       /* room for the places of all targets */
	struct fault *fault;
};

/* One item more than count, so that there is always one; NULL, and a fault, without memory. */
void *seek_array(struct arena *arena, size_t count, size_t size, struct fault *fault);
bool seek_begin_targets(struct seeker *seeker, size_t count);
bool seek_begin_sources(struct seeker *seeker, size_t count);
bool seek_set_name(struct seeker *seeker, struct seek_name *name, const char *text);
bool seek_is_same(enum match_level level, const struct seek_name *a, const struct seek_name *b);
/* How the names of two are related: the plan alone knows, or one of the levels below it. */
enum match_level seek_relation(const struct seek_name *a, const struct seek_name *b);
/* What a level has found is no candidate for the next. */
void seek_end_level(struct seeker *seeker);

/* users, users.nick: as a plan spells them; never NULL, nor are the next two */
const char *seek_source(struct seeker *seeker, const char *table, const char *column);
/* public.users: as SQL spells them, which a plan reads as well */
const char *seek_target(struct seeker *seeker, const struct table *table);
const char *seek_quote(struct seeker *seeker, const char *name);

/* The columns of a table whose target is found. */
void match_columns(struct matching *matching, struct match *match, struct fault *fault);

#endif
