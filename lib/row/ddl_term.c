/*
 * A key's terms.  SQLite's grammar gives parentheses no meaning of their own: ((x)) is the column
 * x, and COLLATE may stand at every level.
 */
#include "row/ddl_work.h"

enum { WRAPPINGS = 20 }; /* COLLATE around parentheses around COLLATE ... around a term */

/* What has been seen of an expression, as far as it decides what its end means. */
struct walk {
	size_t depth;    /* of parentheses, and CASE to END */
	bool follows;    /* an operand has ended: an operator may come, or COLLATE, ASC, DESC */
	bool compound;   /* an operator that binds less than COLLATE stands at depth 0 */
	bool trailing;   /* `last` came where an operator may come */
	bool collates;   /* a COLLATE stands in front of `last` */
	size_t count;
	size_t opened;   /* parentheses in front */
	size_t closed;   /* parentheses at the end */
	size_t lowest;   /* depth of what stands between those */
	struct token last;
	const char *past[2]; /* ends of the tokens before `last`, the nearest first */
};

static bool is_operator(const struct token *token)
{
	static const char *const words[] = {
		"AND", "OR", "NOT", "IS", "IN", "LIKE", "GLOB", "REGEXP", "MATCH", "BETWEEN",
		"ESCAPE", "COLLATE", "DISTINCT", "FROM", "WHEN", "THEN", "ELSE", "AS",
	};

	if (token->kind == TOKEN_OPERATOR)
		return true;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (token_is(token, words[i]))
			return true;
	return false;
}

static void walk_operator(struct walk *walk, const struct token *token)
{
	if (token_is(token, "END"))
		walk->depth -= walk->depth > 0;
	if (!is_operator(token))
		return;
	walk->follows = false;
	walk->compound |= walk->depth == 0 && !token_is(token, "COLLATE");
}

static void walk_operand(struct walk *walk, const struct token *token)
{
	if (token->kind == TOKEN_OPERATOR)
		return;
	if (token_is(token, "CASE"))
		walk->depth++;
	else if (!token_is_reserved(token) || token_is(token, "NULL"))
		walk->follows = true;
	else
		walk->compound |= walk->depth == 0;
}

static void walk_parenthesis(struct walk *walk, bool opens)
{
	if (!opens) {
		walk->depth -= walk->depth > 0;
		walk->closed++;
	} else {
		walk->opened += walk->opened == walk->count;
		walk->depth++;
		walk->closed = 0;
	}
	walk->follows = !opens;
}

static void walk_token(struct walk *walk, const struct token *token)
{
	bool opens = token_is(token, "("), closes = token_is(token, ")");

	walk->collates = walk->trailing && token_is(&walk->last, "COLLATE");
	walk->trailing = walk->follows && walk->depth == 0;
	walk->past[1] = walk->past[0];
	walk->past[0] = walk->last.text + walk->last.size;
	walk->last = *token;
	if (!closes && !(opens && walk->opened == walk->count) && walk->depth < walk->lowest)
		walk->lowest = walk->depth;
	if (opens || closes) {
		walk_parenthesis(walk, opens);
	} else {
		walk->closed = 0;
		if (walk->follows)
			walk_operator(walk, token);
		else
			walk_operand(walk, token);
	}
	walk->count++;
}

static struct walk walk_span(struct span span)
{
	struct cursor cursor = cursor_open(span.start, (size_t)(span.end - span.start));
	struct token token = cursor_next(&cursor);
	struct walk walk = { .lowest = SIZE_MAX, .last = token };

	for (; token.kind != TOKEN_END; token = cursor_next(&cursor))
		walk_token(&walk, &token);
	return walk;
}

/* ASC and DESC are names, too: they are an order where the expression could have ended. */
static void unwrap_order(struct span *span, bool *descending)
{
	struct walk walk = walk_span(*span);

	if (!walk.trailing || (!token_is(&walk.last, "ASC") && !token_is(&walk.last, "DESC")))
		return;
	*descending = token_is(&walk.last, "DESC");
	span->end = walk.past[0];
}

/* How many pairs of parentheses enclose the whole. */
static size_t count_pairs(const struct walk *walk)
{
	size_t pairs = walk->opened < walk->closed ? walk->opened : walk->closed;

	if (walk->lowest == SIZE_MAX)
		return 0;
	return pairs < walk->lowest ? pairs : walk->lowest;
}

/* Leaves as many tokens away in front as at the end. */
static void unwrap_pairs(struct span *span, size_t pairs, size_t count)
{
	struct cursor cursor = cursor_open(span->start, (size_t)(span->end - span->start));

	for (size_t i = 0; i < count - pairs; i++) {
		struct token token = cursor_next(&cursor);

		if (i == pairs)
			span->start = token.text;
	}
	span->end = cursor.next;
}

/* Takes parentheses or one COLLATE off; the outermost COLLATE is the one that counts. */
static bool unwrap(struct ddl *p, struct span *span, const char **collation)
{
	struct walk walk = walk_span(*span);
	size_t pairs = count_pairs(&walk);

	if (pairs > 0) {
		unwrap_pairs(span, pairs, walk.count);
		return true;
	}
	if (!walk.collates || walk.compound || !token_is_name(&walk.last))
		return false;
	span->end = walk.past[1];
	if (*collation == NULL)
		*collation = ddl_made(p, token_unquote(p->arena, &walk.last));
	return *collation != NULL;
}

static bool read_term(struct ddl *p, struct span span, struct term *term)
{
	struct cursor cursor;
	struct token token;

	unwrap_order(&span, &term->descending);
	for (int i = 0; i < WRAPPINGS && unwrap(p, &span, &term->collation); i++)
		;
	if (p->fault->status != STATUS_OK)
		return false;
	cursor = cursor_open(span.start, (size_t)(span.end - span.start));
	token = cursor_next(&cursor);
	if (token.text + token.size < span.end || !token_is_name(&token))
		return ddl_copy(p, span, &term->expression);
	term->column = ddl_made(p, token_unquote(p->arena, &token));
	return term->column != NULL;
}

struct term *ddl_add_term(struct ddl *p, struct index *index)
{
	index->terms = ddl_grow(p, index->terms, index->term_count, sizeof(*index->terms));
	return index->terms == NULL ? NULL : &index->terms[index->term_count++];
}

static bool ends_term(const struct ddl *p)
{
	return ddl_is(p, ",") || ddl_is(p, ")") || ddl_is(p, "AUTOINCREMENT");
}

bool ddl_take_terms(struct ddl *p, struct index *index)
{
	do {
		struct term *term = ddl_add_term(p, index);
		struct span span = { p->token.text, NULL };
		size_t depth = 0;

		if (term == NULL)
			return false;
		while (depth > 0 || !ends_term(p))
			if (!ddl_step(p, &depth))
				return false;
		span.end = p->past;
		if (span.end <= span.start)
			return ddl_fail(p, "a column");
		if (!read_term(p, span, term))
			return false;
	} while (ddl_take(p, ","));
	return true;
}
