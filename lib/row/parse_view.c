#include "row/parse_view.h"

#include <string.h>

enum { SHOWN = 40, SELECTS = 100, DIGITS = 18 };

struct parser {
	struct arena *arena;
	struct cursor cursor;
	struct token token; /* the one to be taken next */
	const char *why;
};

static void next(struct parser *p)
{
	p->token = cursor_next(&p->cursor);
}

static bool is(const struct parser *p, const char *word)
{
	return token_is(&p->token, word);
}

static bool take(struct parser *p, const char *word)
{
	if (!is(p, word))
		return false;
	next(p);
	return true;
}

/* The first reason stays; always false. */
static bool fail(struct parser *p, const char *why)
{
	if (p->why == NULL)
		p->why = why != NULL ? why : "out of memory";
	return false;
}

static bool unexpected(struct parser *p, const char *wanted)
{
	int size = (int)(p->token.size < SHOWN ? p->token.size : SHOWN);

	if (p->token.kind == TOKEN_END)
		return fail(p, arena_format(p->arena, "ends where %s is wanted", wanted));
	return fail(p, arena_format(p->arena, "has %.*s where %s is wanted", size, p->token.text,
		wanted));
}

static bool need(struct parser *p, const char *word)
{
	return take(p, word) || unexpected(p, word);
}

static void *make(struct parser *p, size_t size)
{
	void *made = arena_alloc(p->arena, size);

	if (made == NULL)
		fail(p, NULL);
	return made;
}

static bool is_quoted(const struct token *token)
{
	return token->kind == TOKEN_QUOTED || token->kind == TOKEN_STRING;
}

static const char *take_name(struct parser *p)
{
	const char *name;

	if (!token_is_name(&p->token)) {
		unexpected(p, "a name");
		return NULL;
	}
	name = token_unquote(p->arena, &p->token);
	if (name == NULL)
		fail(p, NULL);
	next(p);
	return name;
}

/* "(name, name)", as far as it is behind its first parenthesis. */
static struct view_name *take_names(struct parser *p)
{
	struct view_name *first = NULL, **to = &first;

	do {
		*to = make(p, sizeof(**to));
		if (*to == NULL)
			return NULL;
		(*to)->quoted = is_quoted(&p->token);
		(*to)->name = take_name(p);
		if ((*to)->name == NULL)
			return NULL;
		to = &(*to)->next;
	} while (take(p, ","));
	return need(p, ")") ? first : NULL;
}

static const struct node *take_expression(struct parser *p)
{
	const char *why = NULL;
	const struct node *node = expression_parse_part(p->arena, &p->cursor, &p->token, &why);

	if (node == NULL)
		fail(p, why);
	return node;
}

/* Words that end a table in FROM, though SQLite takes them for names elsewhere. */
static bool is_join_word(const struct parser *p)
{
	static const char *const words[] = {
		"LEFT", "RIGHT", "FULL", "INNER", "CROSS", "NATURAL", "OUTER", "INDEXED", "WINDOW",
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (is(p, words[i]))
			return true;
	return false;
}

/* [AS] name; *alias stays NULL where there is none. */
static bool take_alias(struct parser *p, const char **alias, bool *quoted)
{
	const bool as = take(p, "AS");

	if (!as && (is_join_word(p) || !token_is_name(&p->token)))
		return true;
	*quoted = is_quoted(&p->token);
	*alias = take_name(p);
	return *alias != NULL;
}

/* --- results ---------------------------------------------------------------------------------- */

/* Is it "table.*"? */
static bool is_table_star(const struct parser *p)
{
	struct cursor behind = p->cursor;
	struct token token;

	if (!token_is_name(&p->token))
		return false;
	token = cursor_next(&behind);
	if (!token_is(&token, "."))
		return false;
	token = cursor_next(&behind);
	return token_is(&token, "*");
}

/* What is written from there to the token that comes next, without blanks behind it. */
static const char *text_from(struct parser *p, const char *start)
{
	const char *end = p->token.text;

	while (end > start && strchr(" \t\n\v\f\r", end[-1]) != NULL)
		end--;
	return arena_copy(p->arena, start, (size_t)(end - start));
}

static bool take_result(struct parser *p, struct view_result *result)
{
	const char *start = p->token.text;

	if (is_table_star(p)) {
		result->star = true;
		result->table = take_name(p);
		next(p);
		next(p);
		return result->table != NULL;
	}
	result->star = take(p, "*");
	if (result->star)
		return true;
	result->node = take_expression(p);
	if (result->node == NULL)
		return false;
	result->text = text_from(p, start);
	if (result->text == NULL)
		return fail(p, NULL);
	return take_alias(p, &result->alias, &result->quoted);
}

static bool take_results(struct parser *p, struct view_result **to)
{
	do {
		*to = make(p, sizeof(**to));
		if (*to == NULL || !take_result(p, *to))
			return false;
		to = &(*to)->next;
	} while (take(p, ","));
	return true;
}

/* --- FROM ------------------------------------------------------------------------------------- */

/* INDEXED BY and NOT INDEXED choose no rows. */
static bool take_hint(struct parser *p)
{
	if (take(p, "INDEXED"))
		return need(p, "BY") && take_name(p) != NULL;
	return !take(p, "NOT") || need(p, "INDEXED");
}

static bool take_source(struct parser *p, struct view_source *source)
{
	bool quoted;

	if (take(p, "("))
		return fail(p, is(p, "SELECT") || is(p, "WITH") || is(p, "VALUES") ?
			"has a subquery in FROM" : "has parentheses in FROM");
	source->name = take_name(p);
	if (source->name != NULL && take(p, ".")) {
		source->schema = source->name;
		source->name = take_name(p);
	}
	if (source->name == NULL)
		return false;
	if (is(p, "("))
		return fail(p, arena_format(p->arena, "reads the function %.60s()", source->name));
	if (!take_alias(p, &source->alias, &quoted) || !take_hint(p))
		return false;
	if (take(p, "ON")) {
		source->on = take_expression(p);
		return source->on != NULL;
	}
	if (!take(p, "USING"))
		return true;
	if (!need(p, "("))
		return false;
	source->using = take_names(p);
	return source->using != NULL;
}

/* A comma or some JOIN; *found is false where FROM ends. */
static bool take_join(struct parser *p, enum view_join *join, bool *found)
{
	*join = JOIN_INNER;
	*found = true;
	if (take(p, ",") || take(p, "JOIN"))
		return true;
	if (is(p, "NATURAL"))
		return fail(p, "has a NATURAL JOIN");
	if (is(p, "RIGHT") || is(p, "FULL"))
		return fail(p, "has a RIGHT or FULL JOIN");
	if (take(p, "INNER") || take(p, "CROSS"))
		return need(p, "JOIN");
	*found = take(p, "LEFT");
	if (!*found)
		return true;
	*join = JOIN_LEFT;
	take(p, "OUTER");
	return need(p, "JOIN");
}

static bool take_sources(struct parser *p, struct view_source **to)
{
	enum view_join join = JOIN_INNER;
	bool found;

	do {
		*to = make(p, sizeof(**to));
		if (*to == NULL)
			return false;
		(*to)->join = join;
		if (!take_source(p, *to))
			return false;
		to = &(*to)->next;
		if (!take_join(p, &join, &found))
			return false;
	} while (found);
	return true;
}

/* --- the other clauses ------------------------------------------------------------------------ */

static bool take_direction(struct parser *p, struct view_term *term)
{
	if (!take(p, "ASC"))
		term->descending = take(p, "DESC");
	if (!take(p, "NULLS"))
		return true;
	term->nulls = is(p, "FIRST") ? NULLS_FIRST : NULLS_LAST;
	return take(p, "FIRST") || need(p, "LAST");
}

static bool take_terms(struct parser *p, struct view_term **to, bool ordered)
{
	if (!need(p, "BY"))
		return false;
	do {
		*to = make(p, sizeof(**to));
		if (*to == NULL)
			return false;
		(*to)->node = take_expression(p);
		if ((*to)->node == NULL || (ordered && !take_direction(p, *to)))
			return false;
		to = &(*to)->next;
	} while (take(p, ","));
	return true;
}

static bool take_select(struct parser *p, struct view_select *select)
{
	if (is(p, "WITH") || is(p, "VALUES"))
		return fail(p, is(p, "WITH") ? "has WITH" : "has VALUES");
	if (!need(p, "SELECT"))
		return false;
	select->distinct = take(p, "DISTINCT");
	if (!select->distinct)
		take(p, "ALL");
	if (!take_results(p, &select->results) ||
		(take(p, "FROM") && !take_sources(p, &select->sources)))
		return false;
	if (take(p, "WHERE") && (select->where = take_expression(p)) == NULL)
		return false;
	if (take(p, "GROUP") && !take_terms(p, &select->groups, false))
		return false;
	if (take(p, "HAVING") && (select->having = take_expression(p)) == NULL)
		return false;
	return !is(p, "WINDOW") || fail(p, "has a window function");
}

static bool take_selects(struct parser *p, struct view_select **to)
{
	bool all = false;

	for (int count = 0; count < SELECTS; count++) {
		*to = make(p, sizeof(**to));
		if (*to == NULL || !take_select(p, *to))
			return false;
		(*to)->all = all;
		to = &(*to)->next;
		if (is(p, "EXCEPT") || is(p, "INTERSECT"))
			return fail(p, is(p, "EXCEPT") ? "has EXCEPT" : "has INTERSECT");
		if (!take(p, "UNION"))
			return true;
		all = take(p, "ALL");
	}
	return fail(p, "has too many SELECTs");
}

/* A number that is no expression; a negative one means none, which is `none`. */
static bool take_count(struct parser *p, int64_t none, int64_t *count)
{
	const bool negative = take(p, "-");

	if (p->token.kind != TOKEN_NUMBER || p->token.size > DIGITS)
		return fail(p, "has a LIMIT that is no plain number");
	*count = 0;
	for (size_t i = 0; i < p->token.size; i++) {
		if (p->token.text[i] < '0' || p->token.text[i] > '9')
			return fail(p, "has a LIMIT that is no plain number");
		*count = *count * 10 + (p->token.text[i] - '0');
	}
	if (negative && *count > 0)
		*count = none;
	next(p);
	return true;
}

static bool take_limit(struct parser *p, struct view *view)
{
	if (!take_count(p, -1, &view->limit))
		return false;
	if (take(p, "OFFSET"))
		return take_count(p, 0, &view->offset);
	if (!take(p, ","))
		return true;
	view->offset = view->limit < 0 ? 0 : view->limit;
	return take_count(p, -1, &view->limit);
}

static bool take_head(struct parser *p, struct view *view)
{
	if (!need(p, "CREATE"))
		return false;
	view->temporary = take(p, "TEMP") || take(p, "TEMPORARY");
	if (!need(p, "VIEW"))
		return false;
	if (take(p, "IF") && (!need(p, "NOT") || !need(p, "EXISTS")))
		return false;
	do {
		view->quoted = is_quoted(&p->token);
		view->name = take_name(p);
	} while (view->name != NULL && take(p, "."));
	if (view->name == NULL)
		return false;
	if (take(p, "(")) {
		view->columns = take_names(p);
		if (view->columns == NULL)
			return false;
	}
	return need(p, "AS");
}

static bool take_view(struct parser *p, struct view *view)
{
	if (!take_head(p, view) || !take_selects(p, &view->selects))
		return false;
	if (take(p, "ORDER") && !take_terms(p, &view->orders, true))
		return false;
	if (take(p, "LIMIT") && !take_limit(p, view))
		return false;
	take(p, ";");
	return p->token.kind == TOKEN_END || unexpected(p, "the end");
}

bool view_parse(struct arena *arena, const char *sql, struct view *view, const char **why)
{
	struct parser p = { .arena = arena, .cursor = cursor_open(sql, strlen(sql)) };

	*view = (struct view){ .limit = -1 };
	if (strlen(sql) > EXPRESSION_SIZE) {
		*why = "is longer than 64 KiB";
		return false;
	}
	next(&p);
	if (take_view(&p, view))
		return true;
	*why = p.why != NULL ? p.why : "out of memory";
	return false;
}
