#include "row/parser.h"

#include <string.h>

enum { SHOWN = 40 /* bytes of SQL in a reason */ };

struct parser parser_open(struct arena *arena, const char *sql)
{
	struct parser p = { .arena = arena, .cursor = cursor_open(sql, strlen(sql)) };

	parser_next(&p);
	return p;
}

void parser_next(struct parser *p)
{
	p->token = cursor_next(&p->cursor);
}

bool parser_is(const struct parser *p, const char *word)
{
	return token_is(&p->token, word);
}

bool parser_take(struct parser *p, const char *word)
{
	if (!parser_is(p, word))
		return false;
	parser_next(p);
	return true;
}

bool parser_need(struct parser *p, const char *word)
{
	return parser_take(p, word) || parser_unexpected(p, word);
}

bool parser_fail(struct parser *p, const char *why)
{
	if (p->why == NULL)
		p->why = why != NULL ? why : "out of memory";
	return false;
}

bool parser_unexpected(struct parser *p, const char *wanted)
{
	int size = (int)(p->token.size < SHOWN ? p->token.size : SHOWN);

	if (p->token.kind == TOKEN_END)
		return parser_fail(p, arena_format(p->arena, "ends where %s is wanted", wanted));
	return parser_fail(p, arena_format(p->arena, "has %.*s where %s is wanted", size,
		p->token.text, wanted));
}
