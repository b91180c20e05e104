#include "row/parse_view.h"

#include <string.h>

enum { SELECTS = 100, DIGITS = 18 };

static void *make(struct parser *p, size_t size)
{
	void *made = arena_alloc(p->arena, size);

	if (made == NULL)
		parser_fail(p, NULL);
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
		parser_unexpected(p, "a name");
		return NULL;
	}
	name = token_unquote(p->arena, &p->token);
	if (name == NULL)
		parser_fail(p, NULL);
	parser_next(p);
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
	} while (parser_take(p, ","));
	return parser_need(p, ")") ? first : NULL;
}

/* Words that end a table in FROM, though SQLite takes them for names elsewhere. */
static bool is_join_word(const struct parser *p)
{
	static const char *const words[] = {
		"LEFT", "RIGHT", "FULL", "INNER", "CROSS", "NATURAL", "OUTER", "INDEXED", "WINDOW",
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (parser_is(p, words[i]))
			return true;
	return false;
}

/* [AS] name; *alias stays NULL where there is none. */
static bool take_alias(struct parser *p, const char **alias, bool *quoted)
{
	const bool as = parser_take(p, "AS");

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
		parser_next(p);
		parser_next(p);
		return result->table != NULL;
	}
	result->star = parser_take(p, "*");
	if (result->star)
		return true;
	result->node = expression_parse_part(p);
	if (result->node == NULL)
		return false;
	result->text = text_from(p, start);
	if (result->text == NULL)
		return parser_fail(p, NULL);
	return take_alias(p, &result->alias, &result->quoted);
}

static bool take_results(struct parser *p, struct view_result **to)
{
	do {
		*to = make(p, sizeof(**to));
		if (*to == NULL || !take_result(p, *to))
			return false;
		to = &(*to)->next;
	} while (parser_take(p, ","));
	return true;
}

/* --- FROM ------------------------------------------------------------------------------------- */

/* INDEXED BY and NOT INDEXED choose no rows. */
static bool take_hint(struct parser *p)
{
	if (parser_take(p, "INDEXED"))
		return parser_need(p, "BY") && take_name(p) != NULL;
	return !parser_take(p, "NOT") || parser_need(p, "INDEXED");
}

static bool take_source(struct parser *p, struct view_source *source)
{
	bool quoted;

	if (parser_take(p, "("))
		return parser_fail(p, parser_is(p, "SELECT") || parser_is(p, "WITH") ||
			parser_is(p, "VALUES") ? "has a subquery in FROM" :
			"has parentheses in FROM");
	source->name = take_name(p);
	if (source->name != NULL && parser_take(p, ".")) {
		source->schema = source->name;
		source->name = take_name(p);
	}
	if (source->name == NULL)
		return false;
	if (parser_is(p, "("))
		return parser_fail(p, arena_format(p->arena, "reads the function %.60s()",
			source->name));
	if (!take_alias(p, &source->alias, &quoted) || !take_hint(p))
		return false;
	if (parser_take(p, "ON")) {
		source->on = expression_parse_part(p);
		return source->on != NULL;
	}
	if (!parser_take(p, "USING"))
		return true;
	if (!parser_need(p, "("))
		return false;
	source->using = take_names(p);
	return source->using != NULL;
}

/* A comma or some JOIN; *found is false where FROM ends. */
static bool take_join(struct parser *p, enum view_join *join, bool *found)
{
	*join = JOIN_INNER;
	*found = true;
	if (parser_take(p, ",") || parser_take(p, "JOIN"))
		return true;
	if (parser_is(p, "NATURAL"))
		return parser_fail(p, "has a NATURAL JOIN");
	if (parser_is(p, "RIGHT") || parser_is(p, "FULL"))
		return parser_fail(p, "has a RIGHT or FULL JOIN");
	if (parser_take(p, "INNER") || parser_take(p, "CROSS"))
		return parser_need(p, "JOIN");
	*found = parser_take(p, "LEFT");
	if (!*found)
		return true;
	*join = JOIN_LEFT;
	parser_take(p, "OUTER");
	return parser_need(p, "JOIN");
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
	if (!parser_take(p, "ASC"))
		term->descending = parser_take(p, "DESC");
	if (!parser_take(p, "NULLS"))
		return true;
	term->nulls = parser_is(p, "FIRST") ? NULLS_FIRST : NULLS_LAST;
	return parser_take(p, "FIRST") || parser_need(p, "LAST");
}

static bool take_terms(struct parser *p, struct view_term **to, bool ordered)
{
	if (!parser_need(p, "BY"))
		return false;
	do {
		*to = make(p, sizeof(**to));
		if (*to == NULL)
			return false;
		(*to)->node = expression_parse_part(p);
		if ((*to)->node == NULL || (ordered && !take_direction(p, *to)))
			return false;
		to = &(*to)->next;
	} while (parser_take(p, ","));
	return true;
}

static bool take_select(struct parser *p, struct view_select *select)
{
	if (parser_is(p, "WITH") || parser_is(p, "VALUES"))
		return parser_fail(p, parser_is(p, "WITH") ? "has WITH" : "has VALUES");
	if (!parser_need(p, "SELECT"))
		return false;
	select->distinct = parser_take(p, "DISTINCT");
	if (!select->distinct)
		parser_take(p, "ALL");
	if (!take_results(p, &select->results) ||
		(parser_take(p, "FROM") && !take_sources(p, &select->sources)))
		return false;
	if (parser_take(p, "WHERE") && (select->where = expression_parse_part(p)) == NULL)
		return false;
	if (parser_take(p, "GROUP") && !take_terms(p, &select->groups, false))
		return false;
	if (parser_take(p, "HAVING") && (select->having = expression_parse_part(p)) == NULL)
		return false;
	return !parser_is(p, "WINDOW") || parser_fail(p, "has a window function");
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
		if (parser_is(p, "EXCEPT") || parser_is(p, "INTERSECT"))
			return parser_fail(p, parser_is(p, "EXCEPT") ? "has EXCEPT" :
				"has INTERSECT");
		if (!parser_take(p, "UNION"))
			return true;
		all = parser_take(p, "ALL");
	}
	return parser_fail(p, "has too many SELECTs");
}

/* A number that is no expression; a negative one means none, which is `none`. */
static bool take_count(struct parser *p, int64_t none, int64_t *count)
{
	const bool negative = parser_take(p, "-");

	if (p->token.kind != TOKEN_NUMBER || p->token.size > DIGITS)
		return parser_fail(p, "has a LIMIT that is no plain number");
	*count = 0;
	for (size_t i = 0; i < p->token.size; i++) {
		if (p->token.text[i] < '0' || p->token.text[i] > '9')
			return parser_fail(p, "has a LIMIT that is no plain number");
		*count = *count * 10 + (p->token.text[i] - '0');
	}
	if (negative && *count > 0)
		*count = none;
	parser_next(p);
	return true;
}

static bool take_limit(struct parser *p, struct view *view)
{
	if (!take_count(p, -1, &view->limit))
		return false;
	if (parser_take(p, "OFFSET"))
		return take_count(p, 0, &view->offset);
	if (!parser_take(p, ","))
		return true;
	view->offset = view->limit < 0 ? 0 : view->limit;
	return take_count(p, -1, &view->limit);
}

static bool take_head(struct parser *p, struct view *view)
{
	if (!parser_need(p, "CREATE"))
		return false;
	view->temporary = parser_take(p, "TEMP") || parser_take(p, "TEMPORARY");
	if (!parser_need(p, "VIEW"))
		return false;
	if (parser_take(p, "IF") && (!parser_need(p, "NOT") || !parser_need(p, "EXISTS")))
		return false;
	do {
		view->quoted = is_quoted(&p->token);
		view->name = take_name(p);
	} while (view->name != NULL && parser_take(p, "."));
	if (view->name == NULL)
		return false;
	if (parser_take(p, "(")) {
		view->columns = take_names(p);
		if (view->columns == NULL)
			return false;
	}
	return parser_need(p, "AS");
}

static bool take_view(struct parser *p, struct view *view)
{
	if (!take_head(p, view) || !take_selects(p, &view->selects))
		return false;
	if (parser_take(p, "ORDER") && !take_terms(p, &view->orders, true))
		return false;
	if (parser_take(p, "LIMIT") && !take_limit(p, view))
		return false;
	parser_take(p, ";");
	return p->token.kind == TOKEN_END || parser_unexpected(p, "the end");
}

bool view_parse(struct arena *arena, const char *sql, struct view *view, const char **why)
{
	struct parser p;

	*view = (struct view){ .limit = -1 };
	if (strlen(sql) > EXPRESSION_SIZE) {
		*why = "is longer than 64 KiB";
		return false;
	}
	p = parser_open(arena, sql);
	p.aggregates = true;
	if (take_view(&p, view))
		return true;
	*why = p.why != NULL ? p.why : "out of memory";
	return false;
}
