/*
 * What there is to read in a PostgreSQL database, and how to read it.
 *
 *	inventory_list     which tables, and may they be read: before the transaction that reads
 *	inventory_locks    the LOCK TABLE that holds them as they are (for libpq_begin_snapshot)
 *	inventory_read     their definitions, and all that is no table, in that transaction
 *
 * Tables come in the order of their schemas and names.  A partitioned table is one table, with the
 * rows of all its partitions; one that others inherit from has its own rows alone.  Definitions are
 * in the server's own SQL with every name qualified, types as the server spells them.
 *
 * What is no table becomes a struct object: with SQL and without a remark it can be made anew from
 * it, in the order in which they stand; with a remark it is for a person.
 */
#ifndef DB_INVENTORY_H
#define DB_INVENTORY_H

#include "db/harvest.h"
#include "db/libpq.h"
#include "row/pattern.h"
#include "row/schema.h"
#include "row/wanted.h"

/* What is wanted; all zero: every table of every schema but the system's and our own control. */
struct inventory_request {
	struct choice schemas;
	struct choice tables; /* "users" in any schema, "app.users" in one */
	/* Of these only those that it says yes to; NULL: all. */
	bool (*wants)(const void *own, const char *schema, const char *table);
	const void *own;
	const struct wanted_rows *wheres;
	size_t where_count;
	const struct wanted_query *queries;
	size_t query_count;
};

struct inventory {
	struct libpq *libpq;
	struct arena *arena;
	const struct inventory_request *request;
	struct table *tables;
	struct harvest_wish *wishes; /* one for each table, at the same place */
	bool *asked;                 /* ... it holds SQL of the user's, and wants his search_path */
	size_t count;
	size_t listed;               /* tables; behind them come the queries */
	const char **oids;
	const char *oid_list;        /* "{16384,16390}" */
	struct object *objects;
	size_t object_count, object_room;
};

/*
 * STATUS_USAGE for a pattern that matches nothing; STATUS_RIGHTS for a table that may not be read,
 * or not whole because of row security.
 */
int inventory_list(struct inventory *inventory, struct fault *fault);
/* NULL: there is none to lock, or a fault is set. */
const char *inventory_locks(struct inventory *inventory, struct fault *fault);
/* STATUS_AGAIN when there are other tables now than were listed. */
int inventory_read(struct inventory *inventory, struct fault *fault);
/* Sets the search_path for a table's rows: the user's own where there is SQL of his. */
int inventory_path(struct inventory *inventory, size_t place, struct fault *fault);

/* --- for the other files of it ---------------------------------------------------------------- */

/* Rows of one of our queries, which gets the list of OIDs as $1. */
int inventory_ask(struct inventory *inventory, const char *sql, struct libpq_rows *rows,
	struct fault *fault);
/* The place of the table with an OID; inventory->listed: it is none that is wanted. */
size_t inventory_find(const struct inventory *inventory, const char *oid);
bool inventory_wants_schema(const struct inventory *inventory, const char *schema);
/* "schema"."name" */
const char *inventory_qualify(struct inventory *inventory, const char *schema, const char *name);
/* Columns, keys, indexes, constraints and sequences of all tables that are listed. */
int inventory_read_tables(struct inventory *inventory, struct fault *fault);
/* Room for so many columns of a table; then each of them, with its type as the server spells it. */
int inventory_make_columns(struct inventory *inventory, size_t place, size_t count,
	struct fault *fault);
struct column *inventory_set_column(struct inventory *inventory, size_t place, const char *name,
	const char *type, struct fault *fault);
/* All that is no table, and what of tables is no part of a struct table. */
int inventory_read_objects(struct inventory *inventory, struct fault *fault);

static inline bool inventory_truth(const char *text)
{
	return text != NULL && *text == 't';
}

#endif
