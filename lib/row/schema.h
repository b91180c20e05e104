/*
 * The definitions that travel in front of the rows.  Everything lives in the arena that it was
 * made in; texts are UTF-8 without NUL, and NULL where there is nothing to say.
 *
 * A column's `source` name never changes; keys, indexes, checks, defaults and generated
 * expressions speak of columns by it, in the source's own SQL.
 */
#ifndef ROW_SCHEMA_H
#define ROW_SCHEMA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "row/profile.h"

struct texts {
	const char **items;
	size_t count;
};

/* Where the next number of a column comes from, in a source that has sequences. */
struct sequence {
	const char *schema;
	const char *name;
	const char *type;   /* "integer" */
	int64_t start, increment, least, most, cache;
	bool cycle;
	bool known;         /* the following two are */
	int64_t last;
	bool called;        /* last was given out: the next one follows */
};

struct column {
	const char *source;
	bool quoted;           /* the source's SQL quotes the name */
	const char *name;      /* as it is called downstream: the source name, until renamed */
	const char *declared;  /* declared type, as written */
	const char *type;      /* stream type of the cells: "raw" straight from SQLite */
	const char *target;    /* type in the target, once decided */
	bool not_null;
	const char *fallback;  /* DEFAULT, as SQL */
	const char *identity;  /* "rowid" (alias of the rowid) or "autoincrement" */
	int64_t last_identity; /* sqlite_sequence's value for an autoincrement column */
	const char *generated; /* expression of a generated column */
	bool stored;           /* generated and stored */
	const char *collation; /* other than BINARY */
	struct profile *profile;
	const char *note;
	const char *comment;
	struct sequence *sequence; /* that belongs to the column; NULL: none does */
};

/* One part of a key or index: a column, or an expression. */
struct term {
	const char *column;
	const char *expression;
	const char *collation; /* other than BINARY */
	bool descending;
};

struct index {
	const char *name; /* NULL where the source has none of its own making */
	bool quoted;
	bool unique;
	struct term *terms;
	size_t term_count;
	const char *where;
	const char *sql; /* of a CREATE INDEX; from PostgreSQL a constraint's, too */
};

struct foreign {
	const char *name;
	struct texts columns;
	const char *table;
	struct texts targets; /* empty: the primary key of table */
	const char *on_update;
	const char *on_delete;
	const char *match;
	const char *deferrable; /* "deferred", "immediate", NULL: not deferrable */
	bool not_valid;         /* rows that were there before it may break it */
};

struct check {
	const char *name;
	const char *expression;
	bool not_valid;
	bool no_inherit;
};

struct table {
	uint32_t number; /* from 1, ascending; gaps where tables were left out */
	const char *source; /* where there are schemas "app.users", "users" in public */
	bool quoted;
	const char *source_schema; /* source taken apart, in a source that has schemas */
	const char *source_table;
	const char *schema; /* in the target, once decided */
	const char *name;
	const char *sql;
	uint32_t origin; /* its source's place in the header's list, from 0 */
	const char *coverage; /* "whole", or why not */
	struct column *columns;
	size_t column_count;
	struct index *primary; /* NULL: none */
	struct index *uniques;
	size_t unique_count;
	struct index *indexes;
	size_t index_count;
	struct foreign *foreigns;
	size_t foreign_count;
	struct check *checks;
	size_t check_count;
	bool without_rowid;
	bool strict;
	bool counted; /* expected holds: the source has counted the rows */
	uint64_t expected;
	struct texts remarks;
	const char *comment;
	const char *row_security; /* "enabled", "forced" */
	bool unlogged;
	const char *settings;     /* storage parameters: "fillfactor=70" */
};

/* What is not a table: view, trigger, virtual table; for audit and the to-do list. */
struct object {
	const char *kind;
	const char *name;
	const char *schema; /* in a source that has some; of a view in the target, once decided */
	const char *table; /* that a trigger belongs to */
	const char *sql;
	const char *remark;
	struct texts columns; /* what a view's columns are called there; none: as in the source */
};

/*
 * What a key of a row to delete is made of: the columns of the primary key, in its order, or all
 * columns where there is none.  A place that is no column is NULL.
 */
size_t table_key_count(const struct table *table);
struct column *table_key_column(const struct table *table, size_t place);

/* Finds a column by its source name, exactly; NULL when there is none. */
struct column *table_find(const struct table *table, const char *source);

#endif
