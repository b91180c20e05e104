/*
 * The type that a column gets, from what it was declared as and what it holds: decided before the
 * first row passes, by the profile's counts, so that no row can surprise it.
 */
#ifndef ROW_CHOOSE_H
#define ROW_CHOOSE_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/fault.h"
#include "row/conversion.h"
#include "row/schema.h"

struct decision {
	struct conversion conversion;
	bool decide;        /* a person should look: something widened, or values became equal */
	const char *remark; /* why: "INTEGER; 12,345 integers, 1..347"; never NULL */
	const char *better; /* the plan's words that would do better: "date nullify ''"; or NULL */
	const char *likely; /* the same for what is only likely: "timestamptz epoch_ms" */
};

/*
 * Decides one column from its declaration and profile.  STATUS_MISFIT without a profile: then only
 * a plan can tell.
 */
int choose_type(struct arena *arena, const struct table *table, const struct column *column,
	struct decision *decision, struct fault *fault);

/*
 * A type that someone else asks for (a plan, a target): whether all values fit, by the profile.  0
 * when they do or may; STATUS_MISFIT with what does not ("3 of 30,000 texts do not fit date").
 * Without a profile they may.
 */
int choose_check(const struct column *column, const struct conversion *conversion,
	struct fault *fault);

/*
 * Foreign keys: columns that reference one another need one type.  Called with all tables and their
 * decisions, decisions[table][column]; widens both sides when one holds more, and marks them.
 * fixed[table][column] are not to be changed, for a plan has spoken; NULL: none is.
 */
int choose_foreign(struct arena *arena, const struct table *const *tables, size_t count,
	struct decision *const *decisions, const bool *const *fixed, struct fault *fault);

#endif
