/*
 * A CREATE statement while it is read: the token that comes, and what is known of the table so far.
 * What returns bool or a pointer has set a fault when it is false or NULL, unless it only asks.
 */
#ifndef ROW_DDL_WORK_H
#define ROW_DDL_WORK_H

#include "base/arena.h"
#include "base/fault.h"
#include "row/schema.h"
#include "row/token.h"

struct ddl {
	struct arena *arena;
	struct fault *fault;
	const char *sql;
	struct cursor cursor;
	struct token token; /* the one to be taken next */
	const char *past;   /* end of the one taken last */

	struct table *table;
	struct token name;        /* of the constraint that comes; an END where it has none */
	struct column **sorted;   /* by name; when all are known */
	bool key_with_column;     /* PRIMARY KEY stands in a column's definition */
	bool key_counts;          /* it says AUTOINCREMENT */
};

struct span {
	const char *start;
	const char *end;
};

/* What stands between two parentheses. */
struct group {
	struct span whole;  /* blanks and comments, too */
	struct span tokens; /* from the first to the last */
};

/* --- from token to token (ddl_parse.c) -------------------------------------------------------- */

struct ddl ddl_begin(struct arena *arena, const char *sql, struct fault *fault);
void ddl_next(struct ddl *p);
/* Is the next token this word or operator?  ... and then it is taken.  ... and it must be. */
bool ddl_is(const struct ddl *p, const char *word);
bool ddl_take(struct ddl *p, const char *word);
bool ddl_need(struct ddl *p, const char *word);
/* The statement is not understood; always false. */
bool ddl_fail(struct ddl *p, const char *what);

bool ddl_take_name(struct ddl *p, const char **name);
bool ddl_is_quoted(const struct token *token);
/* Passes over one token of an expression, which may not be the last of the statement. */
bool ddl_step(struct ddl *p, size_t *depth);
bool ddl_take_group(struct ddl *p, struct group *group);

/* What was made of memory. */
void *ddl_made(struct ddl *p, void *memory);
bool ddl_copy(struct ddl *p, struct span span, const char **text);
/* Room for one more item. */
void *ddl_grow(struct ddl *p, void *items, size_t count, size_t size);
struct span ddl_trim(struct span span);

/* --- the terms of a key (ddl_term.c) ---------------------------------------------------------- */

struct term *ddl_add_term(struct ddl *p, struct index *index);
/* All of them, up to the parenthesis that closes. */
bool ddl_take_terms(struct ddl *p, struct index *index);

/* --- constraints (ddl_constraint.c) ----------------------------------------------------------- */

/* All that come behind a column's type. */
bool ddl_take_column_constraints(struct ddl *p, struct column *column);
/* Those of the table, which may stand without commas between them. */
bool ddl_is_constraint(const struct ddl *p);
bool ddl_take_constraints(struct ddl *p);

/* --- columns (ddl.c) -------------------------------------------------------------------------- */

/* When all are known: SQLite's own search does not see case; the one of schema.h does. */
struct column *ddl_find(const struct ddl *p, const char *name);

#endif
