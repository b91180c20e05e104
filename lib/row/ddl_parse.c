#include "row/ddl_work.h"

#include <string.h>

enum { SHOWN = 40 }; /* bytes of SQL in a fault */

void ddl_next(struct ddl *p)
{
	p->past = p->token.text + p->token.size;
	p->token = cursor_next(&p->cursor);
}

struct ddl ddl_begin(struct arena *arena, const char *sql, struct fault *fault)
{
	struct ddl p = {
		.arena = arena, .fault = fault, .sql = sql, .past = sql,
		.cursor = cursor_open(sql, strlen(sql)),
	};

	p.token = cursor_next(&p.cursor);
	return p;
}

bool ddl_fail(struct ddl *p, const char *what)
{
	int size = (int)(p->token.size < SHOWN ? p->token.size : SHOWN);

	fault_set(p->fault, STATUS_MISFIT,
		"SQL not understood at byte %zu: wanted %s, found %s%.*s",
		(size_t)(p->token.text - p->sql) + 1, what,
		p->token.kind == TOKEN_END ? "the end" : "", size, p->token.text);
	return false;
}

bool ddl_is(const struct ddl *p, const char *word)
{
	return token_is(&p->token, word);
}

bool ddl_take(struct ddl *p, const char *word)
{
	if (!ddl_is(p, word))
		return false;
	ddl_next(p);
	return true;
}

bool ddl_need(struct ddl *p, const char *word)
{
	return ddl_take(p, word) || ddl_fail(p, word);
}

void *ddl_made(struct ddl *p, void *memory)
{
	if (memory == NULL)
		fault_memory(p->fault);
	return memory;
}

bool ddl_copy(struct ddl *p, struct span span, const char **text)
{
	*text = ddl_made(p, arena_copy(p->arena, span.start, (size_t)(span.end - span.start)));
	return *text != NULL;
}

/* An array has room for the next power of two, so that its count says when it is full. */
void *ddl_grow(struct ddl *p, void *items, size_t count, size_t size)
{
	void *grown;

	if ((count & (count - 1)) != 0)
		return items;
	grown = ddl_made(p, arena_array(p->arena, count == 0 ? 1 : 2 * count, size));
	if (grown != NULL && count > 0)
		memcpy(grown, items, count * size);
	return grown;
}

bool ddl_take_name(struct ddl *p, const char **name)
{
	if (!token_is_name(&p->token))
		return ddl_fail(p, "a name");
	*name = ddl_made(p, token_unquote(p->arena, &p->token));
	ddl_next(p);
	return *name != NULL;
}

bool ddl_is_quoted(const struct token *token)
{
	return token->kind == TOKEN_QUOTED || token->kind == TOKEN_STRING;
}

bool ddl_step(struct ddl *p, size_t *depth)
{
	if (p->token.kind == TOKEN_END || p->token.kind == TOKEN_ILL || ddl_is(p, ";"))
		return ddl_fail(p, "an expression");
	if (ddl_is(p, "("))
		++*depth;
	else if (ddl_is(p, ")"))
		--*depth;
	ddl_next(p);
	return true;
}

bool ddl_take_group(struct ddl *p, struct group *group)
{
	size_t depth = 1;

	if (!ddl_need(p, "("))
		return false;
	group->whole.start = p->past;
	group->tokens.start = p->token.text;
	if (ddl_is(p, ")"))
		return ddl_fail(p, "an expression");
	while (depth > 1 || !ddl_is(p, ")"))
		if (!ddl_step(p, &depth))
			return false;
	group->tokens.end = p->past;
	group->whole.end = p->token.text;
	ddl_next(p);
	return true;
}

static bool is_blank(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

struct span ddl_trim(struct span span)
{
	while (span.start < span.end && is_blank(span.start[0]))
		span.start++;
	while (span.start < span.end && is_blank(span.end[-1]))
		span.end--;
	return span;
}
