/*
 * The text of a SQLite view into a tree: one SELECT or several joined by UNION, with the clauses
 * that a simple view has.  WITH, subqueries, windows and whatever else a view may have is refused
 * by name.  Nothing is known here of tables and columns.
 */
#ifndef ROW_PARSE_VIEW_H
#define ROW_PARSE_VIEW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "row/parse_expression.h"

struct view_name {
	const char *name;
	bool quoted;
	struct view_name *next;
};

/* A column of the result, or a star for many. */
struct view_result {
	bool star;
	const char *table;       /* of table.*; NULL: of all */
	const struct node *node; /* NULL for a star */
	const char *alias;       /* behind AS; NULL: none */
	bool quoted;             /* ... which is quoted */
	const char *text;        /* as written */
	struct view_result *next;
};

enum view_join { JOIN_INNER, JOIN_LEFT };

/* A table or view in FROM. */
struct view_source {
	enum view_join join; /* to all that stand in front of it */
	const char *schema;  /* NULL: none is written */
	const char *name;
	const char *alias;   /* NULL: none */
	const struct node *on;
	struct view_name *using;
	struct view_source *next;
};

enum view_nulls { NULLS_USUAL, NULLS_FIRST, NULLS_LAST };

/* An expression of ORDER BY or GROUP BY. */
struct view_term {
	const struct node *node;
	bool descending;
	enum view_nulls nulls;
	struct view_term *next;
};

struct view_select {
	bool all;      /* UNION ALL stands in front of it, not UNION */
	bool distinct;
	struct view_result *results;
	struct view_source *sources; /* NULL: no FROM */
	const struct node *where;    /* NULL: none */
	struct view_term *groups;
	const struct node *having;
	struct view_select *next;
};

struct view {
	bool temporary;
	const char *name;
	bool quoted;
	struct view_name *columns; /* NULL: it has no list of its own */
	struct view_select *selects;
	struct view_term *orders;
	int64_t limit;  /* -1: none */
	int64_t offset; /* 0: none */
};

/* False: it was not understood, and *why says what and where. */
bool view_parse(struct arena *arena, const char *sql, struct view *view, const char **why);

#endif
