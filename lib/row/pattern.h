/*
 * Names chosen on a command line: a name itself, or a pattern with * (any characters) and ? (any
 * one character).  The case of ASCII letters does not matter, as in SQLite.
 */
#ifndef ROW_PATTERN_H
#define ROW_PATTERN_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/fault.h"
#include "row/schema.h"

bool pattern_match(const char *pattern, const char *name);
/* One of them matches. */
bool pattern_any(const struct texts *patterns, const char *name);

/* What is wanted: one of `only` matches, if there are any, and none of `except`. */
struct choice {
	struct texts only;
	struct texts except;
};

bool choice_wants(const struct choice *choice, const char *name);
/* The first pattern that matches none of the names; NULL when each matches one. */
const char *choice_idle(const struct choice *choice, const struct texts *names);
/* ... as a fault (STATUS_USAGE), the names being those of `where`: "the stream". */
int choice_check(const struct choice *choice, const struct texts *names, const char *where,
	struct fault *fault);

/*
 * Takes the next name off "TABLE=A,B,...": up to a comma or an equals sign, or in double quotes as
 * in SQL.  *end is the delimiter that was taken with it, or NUL.  False at the end of the list, and
 * when there is no memory: then *name is NULL.
 */
bool names_next(const char **list, struct arena *arena, char **name, char *end);

#endif
