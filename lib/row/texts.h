/*
 * Lists of texts that grow, in an arena.  Only a list that was empty at first may grow so.
 */
#ifndef ROW_TEXTS_H
#define ROW_TEXTS_H

#include "base/arena.h"
#include "row/schema.h"

/* Adds a copy of text.  STATUS_IO when there is no memory. */
int texts_add(struct arena *arena, struct texts *texts, const char *text);
/* The same for words to people with names from a database in them: made visible, so UTF-8. */
int texts_note(struct arena *arena, struct texts *texts, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

#endif
