/*
 * Rows into tables that are there already: a framework's migrations have made them, mostly.  All is
 * one transaction, behind which every table, key, trigger and right is as it was before.
 *
 *	fill_look        what stands in the way: rights, names, types, rows, keys, triggers;
 *	                 unless it is only looked, the tables are locked from then on
 *	fill_begin       triggers off, foreign keys away, rows deleted
 *	fill_row         a row
 *	fill_table_end   the server took what was sent
 *	fill_end         triggers and foreign keys are back, sequences go on, the run's own row,
 *	                 COMMIT
 *
 * Tables and columns are found by the names that the stream has now, exactly.  A column's type is
 * the target's: what would be rounded, cut or converted there is refused.
 *
 * Rows are deleted by DELETE: behind a TRUNCATE a reader whose snapshot is older sees an empty
 * table.  Foreign keys are taken away, and added as they were, by the owner of their table.  Those
 * that stay make the order: children are deleted before parents, parents loaded before children;
 * rows that come before their parents wait in temporary tables.
 */
#ifndef DB_FILL_H
#define DB_FILL_H

#include "db/findings.h"
#include "db/inventory.h"
#include "db/load.h"

struct fill_table {
	const struct table *table; /* the stream's */
	const struct table *found; /* the server's; NULL: it is not there */
	size_t place;              /* ... in the inventory */
	const char *oid;
	const char *from;          /* ONLY "schema"."table" */
	bool owned;
	bool locks;                /* the role may keep others from writing */
	bool full;                 /* rows were there */
	bool ended;                /* all rows of the stream's are there */
	const char *stage;         /* the temporary table that its rows wait in; NULL: none */
	const char *columns;       /* that COPY fills: "a", "b" */
	uint64_t deleted;
};

/* A foreign key from or to one of the tables; fill->count: the other end is none of them. */
struct fill_key {
	const char *oid;
	const char *name;    /* quoted */
	const char *full;    /* ... behind its schema */
	const char *sql;     /* FOREIGN KEY ... */
	const char *comment;
	const char *child, *parent; /* qualified */
	const char *child_columns, *parent_columns; /* ... of c and p: c.a, c.b */
	size_t from, to;
	bool owned;          /* the role may take it away and add it */
	bool readable;       /* ... and read the child's rows */
	bool inert;          /* nobody enforces it */
	bool deferrable;
	bool waits;          /* NO ACTION: a delete is held against it at the end, where deferred */
	bool lifted;         /* to be away during the load */
};

struct fill_trigger {
	const char *table;   /* qualified: a partition's stands for itself */
	const char *name;    /* quoted */
	bool owned;
	bool always;         /* ENABLE ALWAYS */
	bool swallows;       /* before each row: it may keep the row out */
	size_t place;
};

struct fill {
	struct load *load;
	struct findings *findings;
	const struct object *objects;
	size_t object_count;
	bool refill;             /* rows that are there go */
	bool fires;              /* triggers stay on */
	bool looks;              /* only: nothing is locked */
	bool other_migrations;   /* they may differ */
	struct inventory_request request;
	struct inventory inventory;
	struct fill_table *tables; /* as load->target->tables */
	size_t count;
	struct fill_key *keys;
	size_t key_count;
	struct fill_trigger *triggers;
	size_t trigger_count;
	size_t *order;           /* parents first */
};

/* load, findings, objects and what is wanted are set.  Sets load->complete as look_at_all does. */
int fill_look(struct fill *fill, const struct table *const *tables, size_t count,
	struct fault *fault);
int fill_begin(struct fill *fill, struct fault *fault);
int fill_row(struct fill *fill, size_t place, const struct value *cells, struct fault *fault);
int fill_table_end(struct fill *fill, size_t place, uint64_t rows, struct fault *fault);
int fill_end(struct fill *fill, const char *chain, const char *source, struct fault *fault);

/* --- for the other files of it ---------------------------------------------------------------- */

void fill_find(struct fill *fill, enum look_verdict verdict, int status, const char *format, ...)
	__attribute__((format(printf, 4, 5)));
/* "a, b and 3 more", of so many names one behind the other. */
void fill_add_listed(struct bytes *to, size_t *count, const char *name);
const char *fill_settle(struct fill *fill, struct bytes *text, struct fault *fault);
/* Runs what was gathered, which is emptied. */
int fill_run(struct fill *fill, struct bytes *sql, struct fault *fault);

/* Columns and types (fill_columns.c): makes load->target ready for COPY. */
int fill_look_at_columns(struct fill *fill, struct fault *fault);

/* Foreign keys (fill_keys.c). */
int fill_read_keys(struct fill *fill, struct fault *fault);
int fill_look_at_keys(struct fill *fill, struct fault *fault);
/* Those that stay wait for the end, where they can. */
int fill_lift_keys(struct fill *fill, struct fault *fault);
int fill_add_keys(struct fill *fill, struct fault *fault);
/* A parent whose rows are not all there yet, and that a foreign key asks for at once. */
bool fill_is_early(const struct fill *fill, size_t place);

/* Triggers (fill_triggers.c). */
int fill_look_at_triggers(struct fill *fill, struct fault *fault);
int fill_set_triggers(struct fill *fill, bool on, struct fault *fault);
/* Who may have kept rows out of a table, behind a fault that says so. */
const char *fill_name_swallowers(struct fill *fill, size_t place, struct fault *fault);

/* Sequences (fill_sequences.c): behind the largest value, never backwards. */
int fill_advance_sequences(struct fill *fill, struct fault *fault);

/* Migrations that have run (fill_migrations.c): the source's against the target's. */
int fill_look_at_migrations(struct fill *fill, struct fault *fault);

#endif
