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
/* NULLs in the primary key, which SQLite takes: by the profile, as a remark of the table. */
int check_key(struct arena *arena, struct table *table, struct fault *fault);
/*
 * How many rows of a table refer to none, for each of its foreign keys, as a remark of the table.
 * It looks up every row, which takes longer than reading it: so *rows, which all tables share, says
 * how many may be, and a table that has more is left out, with a remark.
 */
int check_foreign_keys(struct sqlite *sqlite, struct arena *arena, struct table *table,
	uint64_t *rows, struct fault *fault);

#endif
