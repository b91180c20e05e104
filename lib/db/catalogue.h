/*
 * What there is to read in a SQLite database, and how to read it.
 *
 * Every ordinary table becomes a struct table, numbered from 1 in the order of sqlite_schema; then
 * the views and queries that were asked for.  The pragmas are believed for what there is, the SQL
 * for what no pragma tells; where the SQL is not understood, a remark says so.  All columns have
 * the type "raw".  What is not a table (views, triggers, virtual tables and their shadow tables),
 * and a generated column whose function or collation is unknown here, becomes a struct object; so
 * do the migrations that a framework has run (row/history.h).
 *
 * Names and SQL that are not UTF-8 are shown with \xNN, and remarked; they are read by their bytes.
 */
#ifndef DB_CATALOGUE_H
#define DB_CATALOGUE_H

#include "db/sqlite.h"
#include "row/pattern.h"
#include "row/wanted.h"

/* What is wanted; all zero: every table. */
struct request {
	/* Of tables; views, virtual tables and the triggers of tables are chosen by it, too. */
	struct choice choice;
	const struct wanted_rows *wheres;
	size_t where_count;
	const struct wanted_query *queries;
	size_t query_count;
	struct texts views; /* to be read as if they were tables */
};

struct catalogue {
	struct table *tables;
	struct reading *readings; /* one for each table, at the same place */
	size_t table_count;
	struct object *objects;
	size_t object_count;
};

/*
 * A name or pattern that matches nothing, a query that is not one, and two tables of one name are
 * STATUS_USAGE; a table that SQLite cannot read at all is STATUS_SOURCE.
 */
int catalogue_read(struct sqlite *sqlite, struct arena *arena, const struct request *request,
	struct catalogue *catalogue, struct fault *fault);

#endif
