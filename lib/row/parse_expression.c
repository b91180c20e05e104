#include "row/parse_expression.h"

#include <string.h>

enum {
	WORDS = 20  /* of a type */
};

/* How tightly operators bind; what binds tighter has the higher number. */
enum binding {
	BIND_ANY,
	BIND_OR,
	BIND_AND,
	BIND_NOT,
	BIND_EQUAL,
	BIND_COMPARE,
	BIND_BITS,
	BIND_SUM,
	BIND_PRODUCT,
	BIND_CONCAT,
	BIND_COLLATE,
	BIND_SIGN
};

struct binary {
	const char *text;
	enum operation operation;
	enum binding binding;
};

static const struct binary binaries[] = {
	{ "OR", OP_OR, BIND_OR },
	{ "AND", OP_AND, BIND_AND },
	{ "=", OP_EQUAL, BIND_EQUAL },
	{ "==", OP_EQUAL, BIND_EQUAL },
	{ "<>", OP_UNEQUAL, BIND_EQUAL },
	{ "!=", OP_UNEQUAL, BIND_EQUAL },
	{ "<", OP_LESS, BIND_COMPARE },
	{ "<=", OP_LESS_EQUAL, BIND_COMPARE },
	{ ">", OP_MORE, BIND_COMPARE },
	{ ">=", OP_MORE_EQUAL, BIND_COMPARE },
	{ "&", OP_BIT_AND, BIND_BITS },
	{ "|", OP_BIT_OR, BIND_BITS },
	{ "<<", OP_SHIFT_LEFT, BIND_BITS },
	{ ">>", OP_SHIFT_RIGHT, BIND_BITS },
	{ "+", OP_PLUS, BIND_SUM },
	{ "-", OP_MINUS, BIND_SUM },
	{ "*", OP_TIMES, BIND_PRODUCT },
	{ "/", OP_DIVIDE, BIND_PRODUCT },
	{ "%", OP_MODULO, BIND_PRODUCT },
	{ "||", OP_CONCAT, BIND_CONCAT },
	{ "->", OP_ARROW, BIND_CONCAT },
	{ "->>", OP_ARROW_TEXT, BIND_CONCAT },
};

static struct node *parse(struct parser *p, enum binding least);

static void *fail(struct parser *p, const char *why)
{
	parser_fail(p, why);
	return NULL;
}

static void *unexpected(struct parser *p, const char *wanted)
{
	parser_unexpected(p, wanted);
	return NULL;
}

static struct node *make(struct parser *p, enum node_kind kind)
{
	struct node *node = arena_alloc(p->arena, sizeof(*node));

	if (node == NULL)
		return fail(p, NULL);
	node->kind = kind;
	node->token = p->token;
	node->depth = 1;
	return node;
}

/* Adds an item, which is NULL after a fault; false then, and when the tree gets too deep. */
static bool add(struct parser *p, struct node *node, struct node *item)
{
	if (item == NULL)
		return false;
	if (node->last != NULL)
		node->last->next = item;
	else
		node->items = item;
	node->last = item;
	node->count++;
	node->collates |= item->collates || node->kind == NODE_COLLATE;
	if (item->depth >= node->depth)
		node->depth = item->depth + 1;
	if (node->depth > EXPRESSION_DEPTH)
		return parser_fail(p, "is nested more than 100 levels deep");
	return true;
}

static bool add_parsed(struct parser *p, struct node *node, enum binding least)
{
	return add(p, node, parse(p, least));
}

static const char *take_name(struct parser *p)
{
	const char *name;

	if (!token_is_name(&p->token))
		return unexpected(p, "a name");
	name = token_unquote(p->arena, &p->token);
	if (name == NULL)
		return fail(p, NULL);
	parser_next(p);
	return name;
}

/* Takes "item, item)". */
static bool take_items(struct parser *p, struct node *node)
{
	if (parser_take(p, ")"))
		return true;
	do {
		if (parser_is(p, "SELECT") || parser_is(p, "WITH") || parser_is(p, "VALUES"))
			return parser_fail(p, "has a subquery");
		if (!add_parsed(p, node, BIND_ANY))
			return false;
	} while (parser_take(p, ","));
	return parser_need(p, ")");
}

static struct node *parse_literal(struct parser *p)
{
	struct node *node = make(p, NODE_LITERAL);

	parser_next(p);
	return node;
}

static struct node *parse_call(struct parser *p, const char *name)
{
	struct node *node = make(p, NODE_CALL);

	if (node == NULL || !parser_need(p, "("))
		return NULL;
	node->name = name;
	if (!p->aggregates && (parser_is(p, "DISTINCT") || parser_is(p, "*")))
		return fail(p, arena_format(p->arena, "has the aggregate %.40s()", name));
	node->star = parser_take(p, "*");
	node->distinct = !node->star && parser_take(p, "DISTINCT");
	if (node->star ? !parser_need(p, ")") : !take_items(p, node))
		return NULL;
	if (parser_is(p, "OVER") || parser_is(p, "FILTER"))
		return fail(p, "has a window function");
	return node;
}

/* x, t.x, main.t.x, f(...) */
static struct node *parse_name(struct parser *p)
{
	struct node *node = make(p, NODE_NAME);

	if (node == NULL)
		return NULL;
	node->name = take_name(p);
	if (node->name != NULL && parser_is(p, "(") && node->token.kind != TOKEN_STRING)
		return parse_call(p, node->name);
	node->plain = true;
	while (node->name != NULL && parser_take(p, ".")) {
		if (node->schema != NULL)
			return fail(p, "has a name of four parts");
		node->plain = false;
		node->schema = node->table;
		node->table = node->name;
		node->token = p->token;
		node->name = take_name(p);
	}
	return node->name != NULL ? node : NULL;
}

static struct node *parse_now(struct parser *p)
{
	struct node *node = make(p, NODE_CALL);

	if (node == NULL)
		return NULL;
	node->name = token_unquote(p->arena, &p->token);
	parser_next(p);
	return node->name != NULL ? node : fail(p, NULL);
}

static struct node *parse_group(struct parser *p)
{
	struct node *node;

	parser_next(p);
	if (parser_is(p, "SELECT") || parser_is(p, "WITH") || parser_is(p, "VALUES"))
		return fail(p, "has a subquery");
	node = parse(p, BIND_ANY);
	if (node == NULL)
		return NULL;
	if (parser_is(p, ","))
		return fail(p, "has a row of values");
	return parser_need(p, ")") ? node : NULL;
}

static struct node *parse_case(struct parser *p)
{
	struct node *node = make(p, NODE_CASE);

	parser_next(p);
	if (node == NULL)
		return NULL;
	node->based = !parser_is(p, "WHEN");
	if (node->based && !add_parsed(p, node, BIND_ANY))
		return NULL;
	if (!parser_is(p, "WHEN"))
		return unexpected(p, "WHEN");
	while (parser_take(p, "WHEN"))
		if (!add_parsed(p, node, BIND_ANY) || !parser_need(p, "THEN") ||
			!add_parsed(p, node, BIND_ANY))
			return NULL;
	node->otherwise = parser_take(p, "ELSE");
	if (node->otherwise && !add_parsed(p, node, BIND_ANY))
		return NULL;
	return parser_need(p, "END") ? node : NULL;
}

/* The words of a type, with its numbers; only the words are kept. */
static const char *take_type(struct parser *p)
{
	const char *type = "";

	for (int words = 0; token_is_name(&p->token); words++) {
		const char *word = take_name(p);

		if (words == WORDS)
			return fail(p, "has a type of too many words");

		if (word != NULL)
			type = arena_format(p->arena, "%s%s%s", type, *type ? " " : "", word);
		if (word == NULL || type == NULL)
			return fail(p, NULL);
	}
	if (parser_take(p, "("))
		while (!parser_take(p, ")")) {
			if (p->token.kind == TOKEN_END || p->token.kind == TOKEN_ILL)
				return unexpected(p, ")");
			parser_next(p);
		}
	return type;
}

static struct node *parse_cast(struct parser *p)
{
	struct node *node = make(p, NODE_CAST);

	parser_next(p);
	if (node == NULL || !parser_need(p, "(") || !add_parsed(p, node, BIND_ANY) ||
		!parser_need(p, "AS"))
		return NULL;
	node->name = take_type(p);
	return node->name != NULL && parser_need(p, ")") ? node : NULL;
}

static struct node *parse_unary(struct parser *p, enum operation operation, enum binding binding)
{
	struct node *node = make(p, NODE_UNARY);

	if (node == NULL)
		return NULL;
	node->operation = operation;
	parser_next(p);
	return add_parsed(p, node, binding) ? node : NULL;
}

static struct node *parse_operand(struct parser *p)
{
	switch (p->token.kind) {
	case TOKEN_NUMBER:
	case TOKEN_STRING:
	case TOKEN_BLOB:
		return parse_literal(p);
	case TOKEN_VARIABLE:
		return fail(p, "has a parameter");
	default:
		break;
	}
	if (parser_is(p, "NULL"))
		return parse_literal(p);
	if (parser_is(p, "CURRENT_TIMESTAMP") || parser_is(p, "CURRENT_DATE") ||
		parser_is(p, "CURRENT_TIME"))
		return parse_now(p);
	if (parser_is(p, "("))
		return parse_group(p);
	if (parser_is(p, "CASE"))
		return parse_case(p);
	if (parser_is(p, "EXISTS") || parser_is(p, "SELECT"))
		return fail(p, "has a subquery");
	if (parser_is(p, "NOT"))
		return parse_unary(p, OP_NOT, BIND_NOT);
	if (parser_is(p, "-"))
		return parse_unary(p, OP_NEGATE, BIND_SIGN);
	if (parser_is(p, "+"))
		return parse_unary(p, OP_KEEP, BIND_SIGN);
	if (parser_is(p, "~"))
		return parse_unary(p, OP_INVERT, BIND_SIGN);
	if (token_is_name(&p->token)) {
		struct cursor behind = p->cursor;
		struct token token = cursor_next(&behind);

		if (parser_is(p, "CAST") && token_is(&token, "("))
			return parse_cast(p);
		return parse_name(p);
	}
	return unexpected(p, "a value");
}

/* What stands behind a left operand.  It is given to the node that is made, and so is a NULL. */

static struct node *begin(struct parser *p, enum node_kind kind, struct node *left)
{
	struct node *node = make(p, kind);

	return node != NULL && add(p, node, left) ? node : NULL;
}

static bool chains(enum operation operation)
{
	return operation == OP_AND || operation == OP_OR || operation == OP_CONCAT;
}

static struct node *parse_binary(struct parser *p, struct node *left, const struct binary *binary)
{
	struct node *node = begin(p, NODE_BINARY, left);

	if (node == NULL)
		return NULL;
	node->operation = binary->operation;
	parser_next(p);
	if (!add_parsed(p, node, binary->binding + 1))
		return NULL;
	while (chains(binary->operation) && parser_take(p, binary->text))
		if (!add_parsed(p, node, binary->binding + 1))
			return NULL;
	return node;
}

static struct node *is_null(struct parser *p, struct node *left, enum operation operation)
{
	struct node *node = begin(p, NODE_BINARY, left);
	struct node *null = make(p, NODE_LITERAL);

	if (node == NULL || null == NULL)
		return NULL;
	node->operation = operation;
	null->token = (struct token){ TOKEN_NAME, "NULL", 4 };
	parser_next(p);
	return add(p, node, null) ? node : NULL;
}

/* IS [NOT] [DISTINCT FROM] */
static struct node *parse_is(struct parser *p, struct node *left)
{
	struct node *node = begin(p, NODE_BINARY, left);
	bool differs;

	parser_next(p);
	if (node == NULL)
		return NULL;
	differs = parser_take(p, "NOT");
	if (parser_take(p, "DISTINCT")) {
		differs = !differs;
		if (!parser_need(p, "FROM"))
			return NULL;
	}
	node->operation = differs ? OP_IS_NOT : OP_IS;
	return add_parsed(p, node, BIND_EQUAL + 1) ? node : NULL;
}

static struct node *parse_in(struct parser *p, struct node *left)
{
	struct node *node = begin(p, NODE_IN, left);

	parser_next(p);
	if (!parser_is(p, "("))
		return fail(p, "has a subquery");
	parser_next(p);
	return node != NULL && take_items(p, node) ? node : NULL;
}

static struct node *parse_between(struct parser *p, struct node *left)
{
	struct node *node = begin(p, NODE_BETWEEN, left);

	parser_next(p);
	if (node == NULL || !add_parsed(p, node, BIND_EQUAL) || !parser_need(p, "AND"))
		return NULL;
	return add_parsed(p, node, BIND_EQUAL + 1) ? node : NULL;
}

static struct node *parse_like(struct parser *p, struct node *left, enum operation operation)
{
	struct node *node = begin(p, NODE_LIKE, left);

	parser_next(p);
	if (node == NULL || !add_parsed(p, node, BIND_EQUAL + 1))
		return NULL;
	node->operation = operation;
	if (parser_take(p, "ESCAPE") && !add_parsed(p, node, BIND_EQUAL + 1))
		return NULL;
	return node;
}

static struct node *negate(struct node *node)
{
	if (node != NULL)
		node->negated = true;
	return node;
}

/* NOT NULL and NOT IN ..., where NOT has been taken. */
static struct node *parse_negated(struct parser *p, struct node *left)
{
	if (parser_is(p, "NULL"))
		return is_null(p, left, OP_IS_NOT);
	if (parser_is(p, "IN"))
		return negate(parse_in(p, left));
	if (parser_is(p, "BETWEEN"))
		return negate(parse_between(p, left));
	if (parser_is(p, "LIKE"))
		return negate(parse_like(p, left, OP_LIKE));
	if (parser_is(p, "GLOB"))
		return negate(parse_like(p, left, OP_GLOB));
	return unexpected(p, "IN, LIKE, GLOB or BETWEEN");
}

/* All that binds as = does, and is written in words. */
static struct node *parse_words(struct parser *p, struct node *left, bool *found)
{
	*found = true;
	if (parser_is(p, "IS"))
		return parse_is(p, left);
	if (parser_is(p, "ISNULL"))
		return is_null(p, left, OP_IS);
	if (parser_is(p, "NOTNULL"))
		return is_null(p, left, OP_IS_NOT);
	if (parser_is(p, "IN"))
		return parse_in(p, left);
	if (parser_is(p, "BETWEEN"))
		return parse_between(p, left);
	if (parser_is(p, "LIKE"))
		return parse_like(p, left, OP_LIKE);
	if (parser_is(p, "GLOB"))
		return parse_like(p, left, OP_GLOB);
	if (parser_is(p, "REGEXP") || parser_is(p, "MATCH"))
		return fail(p, "has REGEXP or MATCH, which means what the application says");
	if (parser_take(p, "NOT"))
		return parse_negated(p, left);
	*found = false;
	return left;
}

static struct node *parse_collate(struct parser *p, struct node *left)
{
	struct node *node = begin(p, NODE_COLLATE, left);

	parser_next(p);
	if (node == NULL)
		return NULL;
	node->name = take_name(p);
	return node->name != NULL ? node : NULL;
}

static const struct binary *find_binary(const struct token *token)
{
	for (size_t i = 0; i < sizeof(binaries) / sizeof(binaries[0]); i++)
		if (token_is(token, binaries[i].text))
			return &binaries[i];
	return NULL;
}

static struct node *parse_behind(struct parser *p, struct node *left, enum binding least,
	bool *found)
{
	const struct binary *binary = find_binary(&p->token);

	*found = true;
	if (binary != NULL && binary->binding >= least)
		return parse_binary(p, left, binary);
	if (binary == NULL && parser_is(p, "COLLATE") && least <= BIND_COLLATE)
		return parse_collate(p, left);
	*found = false;
	if (binary == NULL && least <= BIND_EQUAL)
		return parse_words(p, left, found);
	return left;
}

/* Everything from here on that binds at least so tightly. */
static struct node *parse(struct parser *p, enum binding least)
{
	struct node *node;
	bool found = true;

	if (++p->depth > EXPRESSION_DEPTH)
		return fail(p, "is nested more than 100 levels deep");
	node = parse_operand(p);
	while (node != NULL && found)
		node = parse_behind(p, node, least, &found);
	p->depth--;
	return node;
}

struct node *expression_parse(struct arena *arena, const char *sql, const char **why)
{
	struct parser p;
	struct node *node;

	if (strlen(sql) > EXPRESSION_SIZE) {
		*why = "is longer than 64 KiB";
		return NULL;
	}
	p = parser_open(arena, sql);
	node = parse(&p, BIND_ANY);
	if (node != NULL && p.token.kind != TOKEN_END)
		node = unexpected(&p, "an operator");
	if (node == NULL)
		*why = p.why;
	return node;
}

struct node *expression_parse_part(struct parser *p)
{
	return parse(p, BIND_ANY);
}

const struct node *node_item(const struct node *node, size_t number)
{
	const struct node *item = node->items;

	while (number-- > 0)
		item = item->next;
	return item;
}
