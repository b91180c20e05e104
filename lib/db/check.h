/*
 * SQLite's quick_check, and what its words mean for somebody who only wants to read.
 *
 * Damage is a fault (STATUS_SOURCE) with the first lines of what it says.  A check that cannot go
 * on for want of a collation, function or module of the application's, and values that break NOT
 * NULL, are warnings; sqlite_facts tells whether all of it was checked.  Values that break CHECK
 * are seen in a snapshot only: SQLite passes over CHECK in a file that it may not write.
 */
#ifndef DB_CHECK_H
#define DB_CHECK_H

#include "db/sqlite.h"

int check_database(struct sqlite *sqlite, struct fault *fault);

#endif
