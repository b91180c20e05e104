/*
 * What it takes to make a stream's tables in PostgreSQL: statements in phases, each perhaps with
 * another one for data that breaks it; and what is left to do by hand, with the source's SQL and a
 * reason.
 */
#ifndef DB_STEPS_H
#define DB_STEPS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/bytes.h"
#include "base/fault.h"
#include "db/libpq.h"
#include "row/expression.h"
#include "row/schema.h"
#include "row/type.h"

enum target_phase {
	TARGET_SCHEMA,
	TARGET_BEFORE,   /* types and functions that tables may need */
	TARGET_TABLE,
	TARGET_IDENTITY, /* when all tables are there: a sequence takes a name that none has */
	/* here come the rows */
	TARGET_NOT_NULL, /* what only the rows can tell */
	TARGET_KEY,      /* primary and unique keys, unique indexes: foreign keys need them */
	TARGET_INDEX,
	TARGET_CHECK,
	TARGET_FOREIGN,
	TARGET_VIEW,
	TARGET_AFTER,    /* what is no table, of a PostgreSQL source: views, triggers ... */
	TARGET_OWNER,    /* when nothing is left to be done by who owns it now */
	TARGET_PHASES
};

struct target_step {
	enum target_phase phase;
	size_t place;      /* its table's, in target->tables */
	const char *table; /* its source name; NULL: it belongs to none */
	const char *what;  /* "primary key", "index": for people */
	const char *name;  /* of the key, index or constraint; NULL: it has none */
	const char *sql;
	const char *otherwise; /* when the data breaks it; NULL: nothing instead */
	const char *weaker;    /* what `otherwise` is, for people */
	const char *key;       /* "view app.rich", for steps that need it; NULL: none does */
	const char *needs;     /* only if this was made here; NULL: nothing */
	const char *trouble;   /* that it had so far, while it may still be done */
	const char *schema;    /* that a view goes to; NULL: its table's */
	const char *source;    /* what a to-do shows; NULL: sql */
	const char *remark;    /* that the report has of a view that was made; NULL: none */
	bool made;             /* as sql says */
	bool must;             /* nothing of the load is there without it */
};

struct target_todo {
	const char *kind; /* "view", "default", "index", ... */
	const char *name;
	const char *table; /* NULL: of none */
	const char *sql;   /* the source's */
	const char *reason;
};

/* A table as it is loaded: the columns that COPY fills, in the stream's order. */
struct target_table {
	const struct table *table;
	const char *name;      /* qualified and quoted */
	const char *shown;     /* the same for people: quoted only where it must be */
	const char *copy;      /* "COPY ... (columns) FROM STDIN" without its options */
	const char *bare_copy; /* the same where the server computes nothing */
	struct type *types;    /* of all columns */
	bool *generated;       /* computed by the server: COPY leaves it out */
	bool *not_null;
};

struct target {
	struct arena *arena;
	struct libpq *libpq; /* may be NULL: names are then checked as every server does */
	const char *schema;  /* for tables that name none */
	const char *owner;   /* of what is made; NULL: the role itself */
	struct texts grants; /* as handover.h takes them */
	bool native;         /* the source is PostgreSQL: its SQL is taken as it is */
	struct target_table *tables;
	size_t table_count;
	struct target_step *steps;
	size_t step_count, step_room;
	struct target_todo *todos;
	size_t todo_count, todo_room;
};

/* The making of a target: the table that is at work, and its statement as it grows. */
struct making {
	struct target *target;
	struct fault *fault;
	const struct target_table *table; /* NULL: none */
	struct expression_scope scope;    /* the table's columns */
	struct bytes sql;
	struct bytes other;
};

int target_add_todo(struct target *target, const struct target_todo *todo, struct fault *fault);

/* A to-do of the table at work. */
void steps_todo(struct making *making, const char *kind, const char *name, const char *sql,
	const char *reason);
/* Adds what sql and other hold, which are empty then. */
void steps_add(struct making *making, struct target_step step);
/* A copy of a text, which is emptied. */
const char *steps_take(struct making *making, struct bytes *text);

void steps_add_name(struct making *making, struct bytes *to, const char *name);
void steps_add_table(struct making *making, struct bytes *to, const struct table *table);
/* "ALTER TABLE t ADD [CONSTRAINT name] " */
void steps_add_alter(struct making *making, struct bytes *to, const char *name);
/* Adds the translation of an expression, or makes a to-do of it. */
bool steps_translate(struct making *making, const char *sql, enum expression_use use,
	struct bytes *to, const char *kind, const char *name);

/* The conversion that rows-retype has left in a column's note. */
struct conversion steps_conversion(struct making *making, const struct column *column);
/* Sets the scope for expressions of the table at work. */
void steps_set_scope(struct making *making);

/* A column by its source name in any case; NULL: there is none. */
const struct column *steps_find(const struct table *table, const char *name);
const struct type *steps_type(const struct making *making, const struct column *column);
uint64_t steps_nulls(const struct column *column);
bool steps_is_integer(const struct type *type);
bool steps_is_text(const struct type *type);

#endif
