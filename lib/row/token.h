/*
 * SQL as SQLite's tokenizer sees it: a cursor that goes from token to token over text of a known
 * size, which needs no NUL behind it.  Blanks and comments are passed over.  Nothing is copied: a
 * token points into the text.
 */
#ifndef ROW_TOKEN_H
#define ROW_TOKEN_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"

enum token_kind {
	TOKEN_END,
	TOKEN_NAME,     /* a bare word, keyword or not */
	TOKEN_QUOTED,   /* "name" [name] `name` */
	TOKEN_STRING,   /* 'text', which SQLite takes as a name, too, where only a name can stand */
	TOKEN_NUMBER,   /* without a sign: 1 1.5 .5e-3 0xff 1_000 */
	TOKEN_BLOB,     /* x'00ff' */
	TOKEN_VARIABLE, /* ? ?1 :name @name $name */
	TOKEN_OPERATOR, /* and punctuation: || ->> ( , */
	TOKEN_ILL       /* a byte that starts nothing, an open quote, 12ab */
};

struct token {
	enum token_kind kind;
	const char *text; /* at the end: where the text ends */
	size_t size;
};

struct cursor {
	const char *next;
	const char *end;
};

struct cursor cursor_open(const char *text, size_t size);
struct token cursor_next(struct cursor *cursor);

/* Is it this operator, or this word, bare and in any case? */
bool token_is(const struct token *token, const char *word);
/* A keyword that SQLite never takes for a name. */
bool token_is_reserved(const struct token *token);
/* Can it stand where SQLite wants a name? */
bool token_is_name(const struct token *token);

/* A name or string without its quotes, anything else as it is; NULL when there is no memory. */
char *token_unquote(struct arena *arena, const struct token *token);

/* Compares names as SQLite does: A to Z equal a to z, all other bytes only themselves. */
int name_compare(const char *a, const char *b);

#endif
