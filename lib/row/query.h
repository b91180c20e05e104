/*
 * One SELECT of a view, translated clause by clause: the values of its columns as pieces, the rest
 * as SQL.
 */
#ifndef ROW_QUERY_H
#define ROW_QUERY_H

#include <stdbool.h>
#include <stddef.h>

#include "row/expression.h"
#include "row/parse_view.h"
#include "row/relation.h"

/* What GROUP BY names. */
struct query_group {
	const struct node *node;
	bool placed;             /* it is a column as it stands */
	struct view_place place;
	const char *text;
};

struct query {
	struct translation t;
	const struct relations *relations;
	const struct view_select *select;
	struct view_from from;
	struct view_column *columns;
	size_t count;
	struct piece *values;        /* of the columns */
	struct query_group *groups;
	size_t group_count;
	const char *from_text;       /* NULL in these: there is no such clause */
	const char *where_text;
	const char *having_text;
	double rows;                 /* at most so many are read */
	bool grouped;                /* it has GROUP BY, or aggregates without */
	/* where the translation is */
	bool aliases;                /* the result's names count */
	bool aggregates;             /* aggregates may stand here */
	bool inside;                 /* an aggregate, or what GROUP BY names */
	size_t visible;              /* so many tables may be spoken of */
};

/* Everything but ORDER BY; false: query->t.why says why. */
bool query_read(struct query *query);
/* An expression of ORDER BY that is none of the result's columns. */
bool query_order(struct query *query, const struct node *node, struct piece *to);

/*
 * The result's column that an expression is, by its number, its alias or because it is the same;
 * the count where it is none.
 */
size_t query_column(const struct query *query, const struct node *node, bool by_alias);
/* Do both mean the same? */
bool query_same(const struct query *query, const struct node *a, const struct node *b);

#endif
