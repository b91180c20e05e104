/*
 * Texts from and for a database: names quoted for its SQL, names made fit to travel, and lists that
 * grow.  All of it lives in an arena; NULL, or STATUS_IO, when there is no memory.
 */
#ifndef DB_TEXT_H
#define DB_TEXT_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/fault.h"
#include "row/schema.h"

/* "name", its quotes doubled. */
char *text_quote(struct arena *arena, const char *name);
/* A copy that is UTF-8: each byte that belongs to no character becomes \xNN, and *changed true. */
char *text_travel(struct arena *arena, const char *text, bool *changed);

/* The one of the names that a person may have meant by word; NULL when none is near. */
const char *text_near(const char *word, const struct texts *names);

/* Adds a copy of text. */
int texts_add(struct arena *arena, struct texts *texts, const char *text);
/* The same for words to people with names from a database in them: made visible, so UTF-8. */
int texts_note(struct arena *arena, struct texts *texts, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

#endif
