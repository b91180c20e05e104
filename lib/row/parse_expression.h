/*
 * The text of one SQLite expression into a tree, with SQLite's precedences:
 *
 *	OR  AND  NOT  = == != <> IS IN LIKE GLOB BETWEEN ISNULL  < <= > >=  & | << >>
 *	+ -  * / %  || -> ->>  COLLATE  ~ + - in front
 *
 * Nothing is known here of columns or functions.  A tree is at most EXPRESSION_DEPTH nodes deep, so
 * whoever walks it may recurse; chains of AND, OR and || are one node however long.
 */
#ifndef ROW_PARSE_EXPRESSION_H
#define ROW_PARSE_EXPRESSION_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "row/parser.h"

enum { EXPRESSION_DEPTH = 100, EXPRESSION_SIZE = 64 * 1024 };

enum node_kind {
	NODE_LITERAL, /* token: number, string, blob, NULL */
	NODE_NAME,    /* name, and what stands in front of its last point */
	NODE_UNARY,   /* operation, one item */
	NODE_BINARY,  /* operation, two items; AND, OR and ||: two or more */
	NODE_CALL,    /* name, any items; CURRENT_DATE and its like, too */
	NODE_CASE,    /* [base] when then when then ... [else] */
	NODE_CAST,    /* name: the type; one item */
	NODE_COLLATE, /* name; one item */
	NODE_IN,      /* item IN (items) */
	NODE_BETWEEN, /* item BETWEEN item AND item */
	NODE_LIKE     /* item LIKE item [ESCAPE item]; GLOB */
};

enum operation {
	OP_NONE,
	OP_OR,
	OP_AND,
	OP_NOT,
	OP_EQUAL,
	OP_UNEQUAL,
	OP_LESS,
	OP_LESS_EQUAL,
	OP_MORE,
	OP_MORE_EQUAL,
	OP_IS,
	OP_IS_NOT,
	OP_LIKE,
	OP_GLOB,
	OP_BIT_AND,
	OP_BIT_OR,
	OP_SHIFT_LEFT,
	OP_SHIFT_RIGHT,
	OP_PLUS,
	OP_MINUS,
	OP_TIMES,
	OP_DIVIDE,
	OP_MODULO,
	OP_CONCAT,
	OP_ARROW,
	OP_ARROW_TEXT,
	OP_KEEP,   /* + in front */
	OP_NEGATE, /* - in front */
	OP_INVERT  /* ~ */
};

struct node {
	enum node_kind kind;
	enum operation operation;
	bool negated;       /* NOT IN, NOT BETWEEN, NOT LIKE */
	bool based;         /* CASE with a base */
	bool otherwise;     /* CASE with ELSE */
	bool plain;         /* the name stands alone, nothing in front of it */
	bool star;          /* f(*) */
	bool distinct;      /* f(DISTINCT x) */
	struct token token; /* the literal; the last token of a name; where it starts otherwise */
	const char *name;   /* unquoted */
	const char *table;  /* of schema.table.name; NULL: it is not written */
	const char *schema;
	struct node *items;
	struct node *last;  /* of them */
	struct node *next;  /* its sibling */
	size_t count;       /* of items */
	unsigned int depth;
	bool collates;      /* COLLATE stands in it, somewhere */
};

/* NULL: it was not understood, and *why says what and where. */
struct node *expression_parse(struct arena *arena, const char *sql, const char **why);

/*
 * The same for an expression within a statement: it begins with the parser's token and ends where
 * no operator follows.  NULL: the parser has a reason.
 */
struct node *expression_parse_part(struct parser *p);

/* The item with this number, from 0; there must be one. */
const struct node *node_item(const struct node *node, size_t number);

#endif
