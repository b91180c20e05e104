#include "row/where.h"

#include <string.h>

#include "base/utf8.h"
#include "row/token.h"

enum { DEPTH_MOST = 64 };

struct parser {
	struct arena *arena;
	const char *text;
	struct cursor cursor;
	struct token token; /* the next one */
	int depth;
	struct fault *fault;
};

static void *refuse_at(struct parser *parser, const char *at, const char *what)
{
	const size_t place = utf8_characters((const uint8_t *)parser->text,
		(size_t)(at - parser->text)) + 1;

	fault_set(parser->fault, STATUS_USAGE, "\"%.300s\", character %zu: %s", parser->text, place,
		what);
	return NULL;
}

static void *refuse(struct parser *parser, const char *what)
{
	return refuse_at(parser, parser->token.text, what);
}

static void take(struct parser *parser)
{
	parser->token = cursor_next(&parser->cursor);
}

static bool accept(struct parser *parser, const char *word)
{
	if (!token_is(&parser->token, word))
		return false;
	take(parser);
	return true;
}

static struct where *make(struct parser *parser, enum where_kind kind)
{
	struct where *where = arena_alloc(parser->arena, sizeof(*where));

	if (where == NULL)
		fault_memory(parser->fault);
	else
		where->kind = kind;
	return where;
}

/* --- constants -------------------------------------------------------------------------------- */

static bool read_constant(struct parser *parser, struct bound *bound)
{
	const char *why = NULL;

	if (bound_read(parser->arena, &parser->cursor, &parser->token, bound, &why))
		return true;
	if (why == NULL)
		fault_memory(parser->fault);
	else
		refuse(parser, why);
	return false;
}

static bool add_constant(struct parser *parser, struct where *where)
{
	struct bound *bounds = where->bounds;

	/* Powers of two are when it grows. */
	if ((where->bound_count & (where->bound_count - 1)) == 0) {
		bounds = arena_array(parser->arena,
			where->bound_count == 0 ? 1 : where->bound_count * 2, sizeof(*bounds));
		if (bounds == NULL)
			return fault_memory(parser->fault) == 0;
		for (size_t i = 0; i < where->bound_count; i++)
			bounds[i] = where->bounds[i];
		where->bounds = bounds;
	}
	return read_constant(parser, &bounds[where->bound_count++]);
}

static bool read_list(struct parser *parser, struct where *where)
{
	if (!accept(parser, "("))
		return refuse(parser, "( is missing: in (1, 2, 3)") != NULL;
	do {
		if (!add_constant(parser, where))
			return false;
	} while (accept(parser, ","));
	return accept(parser, ")") || refuse(parser, ") is missing") != NULL;
}

/* --- one comparison --------------------------------------------------------------------------- */

static bool read_operator(struct parser *parser, unsigned *holds)
{
	static const struct {
		const char *text;
		unsigned holds;
	} operators[] = {
		{ "=", WHERE_SAME }, { "==", WHERE_SAME },
		{ "!=", WHERE_BELOW | WHERE_ABOVE | WHERE_OTHER },
		{ "<>", WHERE_BELOW | WHERE_ABOVE | WHERE_OTHER },
		{ "<", WHERE_BELOW }, { "<=", WHERE_BELOW | WHERE_SAME },
		{ ">", WHERE_ABOVE }, { ">=", WHERE_ABOVE | WHERE_SAME },
	};

	for (size_t i = 0; i < sizeof(operators) / sizeof(operators[0]); i++)
		if (accept(parser, operators[i].text)) {
			*holds = operators[i].holds;
			return true;
		}
	return false;
}

static bool read_pattern(struct parser *parser, struct where *where)
{
	if (parser->token.kind != TOKEN_STRING)
		return refuse(parser, "a pattern in single quotes is missing: matches 'a*'") !=
			NULL;
	return add_constant(parser, where);
}

/* Behind the column: is [not] null. */
static bool read_is(struct parser *parser, struct where *where, bool *negated)
{
	where->kind = WHERE_NULL;
	*negated = accept(parser, "not");
	return accept(parser, "null") || refuse(parser, "behind is stands null, or not null") !=
		NULL;
}

static bool read_relation(struct parser *parser, struct where *where, bool *negated)
{
	if (read_operator(parser, &where->holds)) {
		if (token_is(&parser->token, "null"))
			return refuse(parser, "nothing is equal to null: is null, or is not null, "
				"is meant") != NULL;
		return add_constant(parser, where);
	}
	if (accept(parser, "is"))
		return read_is(parser, where, negated);
	*negated = accept(parser, "not");
	if (accept(parser, "in")) {
		where->kind = WHERE_IN;
		return read_list(parser, where);
	}
	if (accept(parser, "matches")) {
		where->kind = WHERE_MATCHES;
		return read_pattern(parser, where);
	}
	return refuse(parser, "an operator is missing: = != < <= > >= is in matches") != NULL;
}

static struct where *negate(struct parser *parser, struct where *where)
{
	struct where *not = make(parser, WHERE_NOT);

	if (not != NULL)
		not->items = where;
	return not;
}

static struct where *read_comparison(struct parser *parser)
{
	struct where *where;
	bool negated = false;

	if (!token_is_name(&parser->token) || parser->token.kind == TOKEN_STRING)
		return refuse(parser, "a column is missing; a name that is no word stands in "
			"double quotes");
	where = make(parser, WHERE_COMPARE);
	if (where == NULL)
		return NULL;
	where->column = token_unquote(parser->arena, &parser->token);
	if (where->column == NULL) {
		fault_memory(parser->fault);
		return NULL;
	}
	take(parser);
	if (!read_relation(parser, where, &negated))
		return NULL;
	return negated ? negate(parser, where) : where;
}

/* --- and, or, not ----------------------------------------------------------------------------- */

static struct where *read_or(struct parser *parser);
static struct where *read_not(struct parser *parser);

static struct where *read_inner(struct parser *parser)
{
	struct where *where;

	if (accept(parser, "not")) {
		where = read_not(parser);
		return where == NULL ? NULL : negate(parser, where);
	}
	if (!accept(parser, "("))
		return read_comparison(parser);
	where = read_or(parser);
	if (where != NULL && !accept(parser, ")"))
		return refuse(parser, ") is missing");
	return where;
}

static struct where *read_not(struct parser *parser)
{
	struct where *where;

	if (parser->depth == DEPTH_MOST)
		return refuse(parser, "parentheses and nots are too deep");
	parser->depth++;
	where = read_inner(parser);
	parser->depth--;
	return where;
}

/* One, or a list of several behind one another. */
static struct where *read_items(struct parser *parser, enum where_kind kind, const char *word,
	struct where *(*part)(struct parser *parser))
{
	struct where *first = part(parser), *last = first, *all;

	if (first == NULL || !token_is(&parser->token, word))
		return first;
	all = make(parser, kind);
	if (all == NULL)
		return NULL;
	all->items = first;
	while (accept(parser, word)) {
		last->next = part(parser);
		last = last->next;
		if (last == NULL)
			return NULL;
	}
	return all;
}

static struct where *read_and(struct parser *parser)
{
	return read_items(parser, WHERE_AND, "and", read_not);
}

static struct where *read_or(struct parser *parser)
{
	return read_items(parser, WHERE_OR, "or", read_and);
}

/* --- a rule ----------------------------------------------------------------------------------- */

static bool read_aim(struct parser *parser, struct where_rule *rule)
{
	struct aim_name names[AIM_NAMES];
	const char *next = parser->text, *why;
	size_t count;

	if (!aim_read(parser->arena, &next, ":", names, &count, &why)) {
		if (why == NULL)
			fault_memory(parser->fault);
		else
			refuse_at(parser, next, why);
		return false;
	}
	if (*next != ':' || count > 2) {
		refuse_at(parser, next, "it is no TABLE: CONDITION");
		return false;
	}
	rule->aim.table = names[count - 1];
	if (count == 2)
		rule->aim.schema = names[0];
	parser->cursor = cursor_open(next + 1, strlen(next + 1));
	take(parser);
	return true;
}

int where_parse(struct arena *arena, const char *text, struct where_rule *rule,
	struct fault *fault)
{
	struct parser parser = { .arena = arena, .text = text, .fault = fault };

	*rule = (struct where_rule){ .text = text };
	if (!utf8_valid((const uint8_t *)text, strlen(text)))
		return fault_set(fault, STATUS_USAGE, "a condition is no text in UTF-8");
	if (read_aim(&parser, rule))
		rule->root = read_or(&parser);
	if (rule->root != NULL && parser.token.kind != TOKEN_END)
		refuse(&parser, "this is too much for a condition; parts are joined by and, or");
	return fault->status;
}
