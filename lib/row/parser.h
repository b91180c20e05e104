/*
 * What the parsers of SQL's expressions and views have in common: the token that is next, and the
 * first reason why a text is not understood.
 */
#ifndef ROW_PARSER_H
#define ROW_PARSER_H

#include "row/token.h"

struct parser {
	struct arena *arena;
	struct cursor cursor;
	struct token token;   /* the one to be taken next */
	unsigned int depth;   /* of expressions in each other */
	bool aggregates;      /* they are understood */
	const char *why;      /* NULL: all was understood so far */
};

struct parser parser_open(struct arena *arena, const char *sql);

void parser_next(struct parser *p);
/* Is the next token this word or operator? */
bool parser_is(const struct parser *p, const char *word);
/* ... and then it is taken. */
bool parser_take(struct parser *p, const char *word);
/* ... and it must be. */
bool parser_need(struct parser *p, const char *word);

/* The first reason stays; NULL is want of memory.  Always false. */
bool parser_fail(struct parser *p, const char *why);
/* The next token stands where something else is wanted. */
bool parser_unexpected(struct parser *p, const char *wanted);

#endif
