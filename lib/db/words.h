/*
 * Keywords and values in one text:
 *
 *	host=h password='it\'s'             libpq's: divided by blanks, \ before ' and \
 *	Server=h;Password="a;b";User Id=u    .NET's: quotes within quotes are doubled
 */
#ifndef DB_WORDS_H
#define DB_WORDS_H

#include "db/keyword.h"

bool words_are_libpqs(const char *text);
bool words_are_net(const char *text);

/* The text is cut where it stands.  Faults are STATUS_USAGE, and quote nothing of it. */
int words_read(struct keywords *keywords, char *text, struct fault *fault);
int words_read_net(struct keywords *keywords, char *text, struct fault *fault);

#endif
