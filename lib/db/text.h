/*
 * Texts from and for a database: names quoted for its SQL, and names made fit to travel.  All of it
 * lives in an arena; NULL, or STATUS_IO, when there is no memory.
 */
#ifndef DB_TEXT_H
#define DB_TEXT_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/fault.h"
#include "row/texts.h"

/* "name", its quotes doubled. */
char *text_quote(struct arena *arena, const char *name);
/* A copy that is UTF-8: each byte that belongs to no character becomes \xNN, and *changed true. */
char *text_travel(struct arena *arena, const char *text, bool *changed);

/* The one of the names that a person may have meant by word; NULL when none is near. */
const char *text_near(const char *word, const struct texts *names);

#endif
