/*
 * What SQL may use that reads a database nobody knows: pragmas that only tell, functions that stay
 * within SQLite, and the tables in which virtual tables of SQLite's own keep what they have.
 */
#ifndef DB_PERMIT_H
#define DB_PERMIT_H

#include <stdbool.h>

/* argument is NULL where nothing stands behind the pragma's name. */
bool permit_pragma(const char *name, const char *argument);
bool permit_function(const char *name);
/* The name of a part of a virtual table, by its end: SQLite compiles writes to it to open it. */
bool permit_part(const char *table);

#endif
