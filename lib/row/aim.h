/*
 * Tables that a command line names: users, app.users, "odd.name", log*.  Bare names may be patterns
 * (* and ?) and ignore the case of ASCII letters, as quoted ones do.
 */
#ifndef ROW_AIM_H
#define ROW_AIM_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "row/schema.h"

enum { AIM_NAMES = 3 };

struct aim_name {
	const char *text; /* NULL: none was given */
	bool quoted;      /* no pattern */
};

struct aim {
	struct aim_name schema; /* none: any */
	struct aim_name table;
};

/*
 * Takes names that points join off *next: up to a character of `stops`, which stays, or the end.
 * False: *why says what is missing, in words that live for ever; NULL: there is no memory.
 */
bool aim_read(struct arena *arena, const char **next, const char *stops,
	struct aim_name names[AIM_NAMES], size_t *count, const char **why);

bool aim_name_matches(const struct aim_name *aim, const char *name);
/* By the names that the table has now. */
bool aim_matches(const struct aim *aim, const struct table *table);

#endif
