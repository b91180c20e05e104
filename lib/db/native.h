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

/* --- for the two files of it ------------------------------------------------------------------ */

/* Every table stands where the source has it, so SQL that speaks of them means them. */
bool native_is_same(const struct target *target);
/* The table of that name in the source; NULL: it is not in the stream. */
const struct target_table *native_find(const struct target *target, const char *source);
/* A schema that may be there; key is what others need it by, or NULL. */
void native_make_schema(struct making *making, const char *schema, const char *key);
/* Of the table at work. */
void native_make_comments(struct making *making);
void native_make_row_security(struct making *making);
/* What is no table: either what comes last, owners, rights and policies, or all else. */
void native_make_objects(struct making *making, const struct object *objects, size_t count,
	bool last);

#endif
