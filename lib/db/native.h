/*
 * The tables of a stream that comes from PostgreSQL, and all around them: its SQL is the server's
 * own, so nothing is translated.  What has another name now than in the source is named in the SQL
 * that is put together here; SQL that speaks of it by its old name is a to-do, for it might mean
 * somebody else's table.
 */
#ifndef DB_NATIVE_H
#define DB_NATIVE_H

#include "db/steps.h"

/* Schemas, types, functions, sequences, tables, keys, constraints, views ... as steps. */
void native_make(struct making *making, const struct object *objects, size_t count);
/* Adds the statements that set the sequences to where they are in the source. */
void native_add_positions(const struct target *target, struct bytes *sql, struct fault *fault);

#endif
