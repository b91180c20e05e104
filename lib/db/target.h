/*
 * The SQL that makes a stream's tables in PostgreSQL, with everything that their definitions say
 * and that can be said there; what cannot is a to-do, with the source's SQL and a reason.
 *
 * Tables come first, bare; keys, indexes, checks and foreign keys are steps for behind the data,
 * when they cost least, and each may have another way for data that breaks it.
 */
#ifndef DB_TARGET_H
#define DB_TARGET_H

#include "base/bytes.h"
#include "db/steps.h"

/* Bytes of a row in a page, and columns of a table: what PostgreSQL takes at most. */
enum { TARGET_ROW_MOST = 8160, TARGET_COLUMNS_MOST = 1600 };

/* arena, libpq and schema are set.  Faults are names that no server takes, and memory. */
int target_make(struct target *target, const struct table *const *tables, size_t table_count,
	const struct object *objects, size_t object_count, struct fault *fault);

/* The server refused what it was to compute in a table, or its defaults: it goes without, told. */
int target_make_bare(struct target *target, size_t place, struct fault *fault);

/* All steps as a script for psql, in one transaction, and the to-dos' SQL behind as comments. */
void target_script(const struct target *target, struct bytes *to);
/* The to-dos alone: what todo.sql holds. */
void target_todo_script(const struct target *target, struct bytes *to);

/* The column that a stepping identity is on; NULL: the table has none. */
const struct column *target_identity(const struct target_table *table);
/* What a row takes at least, as far as is known: none of its columns that hold no NULL is free. */
size_t target_row_size(const struct target_table *table);

#endif
