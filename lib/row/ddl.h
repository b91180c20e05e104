/*
 * Reads SQLite's own CREATE statements, as sqlite_schema keeps them, for what no pragma tells:
 * quoting of names, checks, generated expressions, deferrable keys, names of constraints, the terms
 * of an expression index.
 *
 * The source names of columns, keys and indexes come out unquoted.  Expressions come out as they
 * are written, without the parentheses that the statement itself asks for and without comments at
 * their ends; comments within are kept.
 *
 * What SQLite accepts is accepted, and more than that; what is not understood is a fault
 * (STATUS_MISFIT), never a guess: the caller then goes on with what the pragmas told, and says so.
 * A table or index is left alone when a fault is returned.
 */
#ifndef ROW_DDL_H
#define ROW_DDL_H

#include "base/arena.h"
#include "base/fault.h"
#include "row/schema.h"

/*
 * Fills source, quoted, columns, primary, uniques, foreigns, checks, without_rowid, strict; and of
 * a column source, quoted, declared, not_null, fallback, identity, generated, stored, collation.
 *
 * - Keys name columns as the columns' own definitions spell them; the targets of a foreign key are
 *   spelt as its REFERENCES spells them.  Everything stands in the order of writing.
 * - A term's collation is the one that counts, its own or its column's.
 * - not_null holds also where a primary key implies it (WITHOUT ROWID, STRICT).
 * - fallback is what PRAGMA table_xinfo says in dflt_value, comments and all; declared is what it
 *   says in type, but for the case of letters.
 * - Actions and match are spelt as PRAGMA foreign_key_list does, which has no match but "NONE".
 */
int ddl_table(struct arena *arena, const char *sql, struct table *table, struct fault *fault);

/*
 * Fills name, quoted, unique, terms, where and sql.  The table and its columns are not known here:
 * a term's column is spelt as the index spells it, and its collation is the written one, "BINARY"
 * too; where none is written, it is the column's.
 */
int ddl_index(struct arena *arena, const char *sql, struct index *index, struct fault *fault);

#endif
