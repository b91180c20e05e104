#include "row/ddl.h"

#include <stdlib.h>
#include <string.h>

#include "row/token.h"

enum {
	COLUMNS = 32767, /* the most that SQLite can be built for */
	WRAPPINGS = 20,  /* COLLATE around parentheses around COLLATE ... around a term */
	SHOWN = 40       /* bytes of SQL in a fault */
};

struct parser {
	struct arena *arena;
	struct fault *fault;
	const char *sql;
	struct cursor cursor;
	struct token token; /* the one to be taken next */
	const char *past;   /* end of the one taken last */

	struct table *table;
	struct token name;        /* of the constraint that comes; an END where it has none */
	struct column **sorted;   /* by name; when all are known */
	bool key_with_column;     /* PRIMARY KEY stands in a column's definition */
	bool key_counts;          /* it says AUTOINCREMENT */
};

struct span {
	const char *start;
	const char *end;
};

/* What stands between two parentheses. */
struct group {
	struct span whole;  /* blanks and comments, too */
	struct span tokens; /* from the first to the last */
};

/*
 * Until the primary key is known, identity marks the columns of the type INTEGER: one of them may
 * be the alias of the rowid.
 */
static const char candidate[] = "rowid";

static void next(struct parser *p)
{
	p->past = p->token.text + p->token.size;
	p->token = cursor_next(&p->cursor);
}

static struct parser begin(struct arena *arena, const char *sql, struct fault *fault)
{
	struct parser p = {
		.arena = arena, .fault = fault, .sql = sql, .past = sql,
		.cursor = cursor_open(sql, strlen(sql)),
	};

	p.token = cursor_next(&p.cursor);
	return p;
}

static bool fail(struct parser *p, const char *what)
{
	int size = (int)(p->token.size < SHOWN ? p->token.size : SHOWN);

	fault_set(p->fault, STATUS_MISFIT,
		"SQL not understood at byte %zu: wanted %s, found %s%.*s",
		(size_t)(p->token.text - p->sql) + 1, what,
		p->token.kind == TOKEN_END ? "the end" : "", size, p->token.text);
	return false;
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

static bool need(struct parser *p, const char *word)
{
	return take(p, word) || fail(p, word);
}

static void *made(struct parser *p, void *memory)
{
	if (memory == NULL)
		fault_memory(p->fault);
	return memory;
}

static bool copy(struct parser *p, struct span span, const char **text)
{
	*text = made(p, arena_copy(p->arena, span.start, (size_t)(span.end - span.start)));
	return *text != NULL;
}

/*
 * Room for one more item: an array has room for the next power of two, so that its count says when
 * it is full.
 */
static void *grow(struct parser *p, void *items, size_t count, size_t size)
{
	void *grown;

	if ((count & (count - 1)) != 0)
		return items;
	grown = made(p, arena_array(p->arena, count == 0 ? 1 : 2 * count, size));
	if (grown != NULL && count > 0)
		memcpy(grown, items, count * size);
	return grown;
}

static bool take_name(struct parser *p, const char **name)
{
	if (!token_is_name(&p->token))
		return fail(p, "a name");
	*name = made(p, token_unquote(p->arena, &p->token));
	next(p);
	return *name != NULL;
}

static bool is_quoted(const struct token *token)
{
	return token->kind == TOKEN_QUOTED || token->kind == TOKEN_STRING;
}

/* Passes over one token of an expression, which may not be the last of the statement. */
static bool step(struct parser *p, size_t *depth)
{
	if (p->token.kind == TOKEN_END || p->token.kind == TOKEN_ILL || is(p, ";"))
		return fail(p, "an expression");
	if (is(p, "("))
		++*depth;
	else if (is(p, ")"))
		--*depth;
	next(p);
	return true;
}

static bool take_group(struct parser *p, struct group *group)
{
	size_t depth = 1;

	if (!need(p, "("))
		return false;
	group->whole.start = p->past;
	group->tokens.start = p->token.text;
	if (is(p, ")"))
		return fail(p, "an expression");
	while (depth > 1 || !is(p, ")"))
		if (!step(p, &depth))
			return false;
	group->tokens.end = p->past;
	group->whole.end = p->token.text;
	next(p);
	return true;
}

/*
 * A key's terms.  SQLite's grammar gives parentheses no meaning of their own: ((x)) is the column
 * x, and COLLATE may stand at every level.
 */

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
static bool unwrap(struct parser *p, struct span *span, const char **collation)
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
		*collation = made(p, token_unquote(p->arena, &walk.last));
	return *collation != NULL;
}

static bool read_term(struct parser *p, struct span span, struct term *term)
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
		return copy(p, span, &term->expression);
	term->column = made(p, token_unquote(p->arena, &token));
	return term->column != NULL;
}

static struct term *add_term(struct parser *p, struct index *index)
{
	index->terms = grow(p, index->terms, index->term_count, sizeof(*index->terms));
	return index->terms == NULL ? NULL : &index->terms[index->term_count++];
}

static bool take_terms(struct parser *p, struct index *index)
{
	do {
		struct term *term = add_term(p, index);
		struct span span = { p->token.text, NULL };
		size_t depth = 0;

		if (term == NULL)
			return false;
		while (depth > 0 || !(is(p, ",") || is(p, ")") || is(p, "AUTOINCREMENT")))
			if (!step(p, &depth))
				return false;
		span.end = p->past;
		if (span.end <= span.start)
			return fail(p, "a column");
		if (!read_term(p, span, term))
			return false;
	} while (take(p, ","));
	return true;
}

/* Pieces of the grammar that stand in several places. */

static bool take_order(struct parser *p)
{
	bool descending = take(p, "DESC");

	if (!descending)
		take(p, "ASC");
	return descending;
}

static bool take_conflict(struct parser *p)
{
	static const char *const ways[] = { "ROLLBACK", "ABORT", "FAIL", "IGNORE", "REPLACE" };

	if (!take(p, "ON"))
		return true;
	if (!need(p, "CONFLICT"))
		return false;
	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++)
		if (take(p, ways[i]))
			return true;
	return fail(p, "what to do on a conflict");
}

/* The name of the constraint that is read, NULL when it has none. */
static bool constraint_name(struct parser *p, const char **name)
{
	if (p->name.kind == TOKEN_END)
		return true;
	*name = made(p, token_unquote(p->arena, &p->name));
	return *name != NULL;
}

static int compare_columns(const void *left, const void *right)
{
	const struct column *const *a = left;
	const struct column *const *b = right;

	return name_compare((*a)->source, (*b)->source);
}

/* SQLite's own search for a column does not see case; the one of schema.h does. */
static struct column *find(const struct parser *p, const char *name)
{
	const struct column wanted = { .source = name };
	const struct column *key = &wanted;
	struct column **found = bsearch(&key, p->sorted, p->table->column_count,
		sizeof(struct column *), compare_columns);

	return found == NULL ? NULL : *found;
}

static bool sort_columns(struct parser *p)
{
	size_t count = p->table->column_count;

	p->sorted = made(p, arena_array(p->arena, count, sizeof(struct column *)));
	if (p->sorted == NULL)
		return false;
	for (size_t i = 0; i < count; i++)
		p->sorted[i] = &p->table->columns[i];
	qsort(p->sorted, count, sizeof(struct column *), compare_columns);
	for (size_t i = 1; i < count; i++)
		if (compare_columns(&p->sorted[i - 1], &p->sorted[i]) == 0)
			return fail(p, "columns of different names");
	return true;
}

static bool own_name(struct parser *p, const char **name)
{
	struct column *column = *name == NULL ? NULL : find(p, *name);

	if (column == NULL)
		return fail(p, "columns of this table");
	*name = column->source;
	return true;
}

static bool add_text(struct parser *p, struct texts *texts, const char *text)
{
	const char **items = grow(p, texts->items, texts->count, sizeof(*items));

	if (items == NULL)
		return false;
	texts->items = items;
	items[texts->count++] = text;
	return true;
}

/* Old versions let COLLATE, ASC and DESC stand in it, and ignored them. */
static bool take_names(struct parser *p, struct texts *names)
{
	const char *name, *ignored;

	if (!need(p, "("))
		return false;
	do {
		if (!take_name(p, &name) || !add_text(p, names, name))
			return false;
		if (take(p, "COLLATE") && !take_name(p, &ignored))
			return false;
		take_order(p);
	} while (take(p, ","));
	return need(p, ")");
}

/* Constraints.  Those of the table are given no column. */

static bool read_name(struct parser *p, struct column *column)
{
	(void)column;
	if (!token_is_name(&p->token))
		return fail(p, "a name");
	p->name = p->token;
	next(p);
	return true;
}

static bool read_literal(struct parser *p)
{
	if (p->token.kind != TOKEN_NUMBER && p->token.kind != TOKEN_BLOB && !is(p, "NULL") &&
	    !token_is_name(&p->token))
		return fail(p, "a value");
	next(p);
	return true;
}

static bool is_blank(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static struct span trim(struct span span)
{
	while (span.start < span.end && is_blank(span.start[0]))
		span.start++;
	while (span.start < span.end && is_blank(span.end[-1]))
		span.end--;
	return span;
}

static bool read_fallback(struct parser *p, struct column *column)
{
	struct span span = { p->token.text, NULL };
	struct group group;

	if (is(p, "(")) {
		if (!take_group(p, &group))
			return false;
		return copy(p, trim(group.whole), &column->fallback);
	}
	if (!take(p, "-"))
		take(p, "+");
	if (!read_literal(p))
		return false;
	span.end = p->past;
	return copy(p, span, &column->fallback);
}

static bool read_null(struct parser *p, struct column *column)
{
	(void)column;
	return take_conflict(p);
}

/* SQLite lets it stand anywhere, and gives it to the foreign key before it. */
static bool defer(struct parser *p, bool deferrable)
{
	struct table *table = p->table;
	const char *when = "immediate";

	if (take(p, "INITIALLY")) {
		if (take(p, "DEFERRED"))
			when = "deferred";
		else if (!need(p, "IMMEDIATE"))
			return false;
	}
	if (table->foreign_count > 0)
		table->foreigns[table->foreign_count - 1].deferrable = deferrable ? when : NULL;
	return true;
}

static bool read_not(struct parser *p, struct column *column)
{
	if (take(p, "DEFERRABLE"))
		return defer(p, false);
	if (!need(p, "NULL"))
		return false;
	column->not_null = true;
	return take_conflict(p);
}

static bool read_deferrable(struct parser *p, struct column *column)
{
	(void)column;
	return defer(p, true);
}

static bool begin_key(struct parser *p, struct index *index, struct column *column)
{
	struct term *term;

	index->unique = true;
	index->quoted = is_quoted(&p->name);
	if (!constraint_name(p, &index->name))
		return false;
	if (column == NULL)
		return need(p, "(") && take_terms(p, index);
	term = add_term(p, index);
	if (term == NULL)
		return false;
	term->column = column->source;
	return true;
}

static bool end_key(struct parser *p, struct index *index, struct column *column)
{
	if (column == NULL) {
		if (!need(p, ")"))
			return false;
		for (size_t i = 0; i < index->term_count; i++)
			if (!own_name(p, &index->terms[i].column))
				return false;
	}
	return take_conflict(p);
}

static bool read_primary(struct parser *p, struct column *column)
{
	struct index *index = made(p, arena_alloc(p->arena, sizeof(*index)));

	if (index == NULL || !need(p, "KEY"))
		return false;
	if (p->table->primary != NULL)
		return fail(p, "one primary key");
	p->table->primary = index;
	p->key_with_column = column != NULL;
	if (!begin_key(p, index, column))
		return false;
	if (column != NULL)
		index->terms[0].descending = take_order(p);
	else
		p->key_counts = take(p, "AUTOINCREMENT");
	if (!end_key(p, index, column))
		return false;
	if (column != NULL)
		p->key_counts = take(p, "AUTOINCREMENT");
	return true;
}

static bool read_unique(struct parser *p, struct column *column)
{
	struct table *table = p->table;
	struct index *index;

	table->uniques = grow(p, table->uniques, table->unique_count, sizeof(*index));
	if (table->uniques == NULL)
		return false;
	index = &table->uniques[table->unique_count++];
	return begin_key(p, index, column) && end_key(p, index, column);
}

static bool read_check(struct parser *p, struct column *column)
{
	struct table *table = p->table;
	struct check *check;
	struct group group;

	table->checks = grow(p, table->checks, table->check_count, sizeof(*check));
	if (table->checks == NULL)
		return false;
	check = &table->checks[table->check_count++];
	if (!constraint_name(p, &check->name) || !take_group(p, &group) ||
	    !copy(p, group.tokens, &check->expression))
		return false;
	return column != NULL || take_conflict(p);
}

static bool take_action(struct parser *p, const char **action)
{
	if (take(p, "CASCADE"))
		*action = "CASCADE";
	else if (take(p, "RESTRICT"))
		*action = "RESTRICT";
	else if (take(p, "NO"))
		*action = need(p, "ACTION") ? "NO ACTION" : NULL;
	else if (!need(p, "SET"))
		*action = NULL;
	else if (take(p, "NULL"))
		*action = "SET NULL";
	else
		*action = need(p, "DEFAULT") ? "SET DEFAULT" : NULL;
	return *action != NULL;
}

/* MATCH and ON INSERT are read by SQLite and have no effect. */
static bool take_reference(struct parser *p, struct foreign *foreign)
{
	const char *ignored;

	if (take(p, "MATCH"))
		return take_name(p, &ignored);
	if (!need(p, "ON"))
		return false;
	if (take(p, "DELETE"))
		return take_action(p, &foreign->on_delete);
	if (take(p, "UPDATE"))
		return take_action(p, &foreign->on_update);
	return need(p, "INSERT") && take_action(p, &ignored);
}

static struct foreign *add_foreign(struct parser *p)
{
	struct table *table = p->table;
	struct foreign *foreign;

	table->foreigns = grow(p, table->foreigns, table->foreign_count, sizeof(*foreign));
	if (table->foreigns == NULL)
		return NULL;
	foreign = &table->foreigns[table->foreign_count++];
	foreign->on_update = foreign->on_delete = "NO ACTION";
	foreign->match = "NONE";
	return constraint_name(p, &foreign->name) ? foreign : NULL;
}

static bool take_references(struct parser *p, struct foreign *foreign)
{
	if (!take_name(p, &foreign->table))
		return false;
	if (is(p, "(") && !take_names(p, &foreign->targets))
		return false;
	if (foreign->targets.count > 0 && foreign->targets.count != foreign->columns.count)
		return fail(p, "as many columns as the foreign key has");
	while (is(p, "MATCH") || is(p, "ON"))
		if (!take_reference(p, foreign))
			return false;
	return true;
}

static bool read_references(struct parser *p, struct column *column)
{
	struct foreign *foreign = add_foreign(p);

	return foreign != NULL && add_text(p, &foreign->columns, column->source) &&
		take_references(p, foreign);
}

static bool read_foreign(struct parser *p, struct column *column)
{
	struct foreign *foreign = add_foreign(p);

	(void)column;
	if (foreign == NULL || !need(p, "KEY") || !take_names(p, &foreign->columns))
		return false;
	for (size_t i = 0; i < foreign->columns.count; i++)
		if (!own_name(p, &foreign->columns.items[i]))
			return false;
	if (!need(p, "REFERENCES") || !take_references(p, foreign))
		return false;
	if (take(p, "NOT"))
		return need(p, "DEFERRABLE") && defer(p, false);
	return !take(p, "DEFERRABLE") || defer(p, true);
}

static bool read_collation(struct parser *p, struct column *column)
{
	if (!take_name(p, &column->collation))
		return false;
	if (name_compare(column->collation, "BINARY") == 0)
		column->collation = NULL;
	return true;
}

static bool read_as(struct parser *p, struct column *column)
{
	struct group group;

	if (!take_group(p, &group) || !copy(p, group.tokens, &column->generated))
		return false;
	column->stored = take(p, "STORED");
	if (!column->stored)
		take(p, "VIRTUAL");
	return true;
}

static bool read_generated(struct parser *p, struct column *column)
{
	return need(p, "ALWAYS") && need(p, "AS") && read_as(p, column);
}

struct rule {
	const char *word;
	bool (*read_rest)(struct parser *p, struct column *column);
};

/* Both end with an empty rule. */
static const struct rule column_rules[] = {
	{ "CONSTRAINT", read_name },
	{ "DEFAULT", read_fallback },
	{ "NULL", read_null },
	{ "NOT", read_not },
	{ "PRIMARY", read_primary },
	{ "UNIQUE", read_unique },
	{ "CHECK", read_check },
	{ "REFERENCES", read_references },
	{ "DEFERRABLE", read_deferrable },
	{ "COLLATE", read_collation },
	{ "GENERATED", read_generated },
	{ "AS", read_as },
	{ NULL, NULL }
};

static const struct rule table_rules[] = {
	{ "CONSTRAINT", read_name },
	{ "PRIMARY", read_primary },
	{ "UNIQUE", read_unique },
	{ "CHECK", read_check },
	{ "FOREIGN", read_foreign },
	{ NULL, NULL }
};

static const struct rule *find_rule(const struct parser *p, const struct rule *rules)
{
	while (rules->word != NULL && !is(p, rules->word))
		rules++;
	return rules->word == NULL ? NULL : rules;
}

static void forget_name(struct parser *p)
{
	p->name = (struct token){ TOKEN_END, NULL, 0 };
}

/* A name belongs to the constraint behind it, whatever that is; it may also belong to nothing. */
static bool take_rules(struct parser *p, const struct rule *rules, struct column *column)
{
	const struct rule *rule;

	forget_name(p);
	while ((rule = find_rule(p, rules)) != NULL) {
		next(p);
		if (!rule->read_rest(p, column))
			return false;
		if (rule->read_rest != read_name)
			forget_name(p);
	}
	return true;
}

static bool take_signed(struct parser *p)
{
	if (!take(p, "-"))
		take(p, "+");
	if (p->token.kind != TOKEN_NUMBER)
		return fail(p, "a number");
	next(p);
	return true;
}

static bool ends_with(struct span span, const char *word)
{
	struct token token = { TOKEN_NAME, NULL, strlen(word) };

	if ((size_t)(span.end - span.start) < token.size)
		return false;
	token.text = span.end - token.size;
	return token_is(&token, word);
}

/*
 * GENERATED and ALWAYS are no reserved words: SQLite's parser reads them as part of the type, and
 * takes them off its end later.
 */
static struct span without_generated(struct span span)
{
	if (span.end - span.start < (int)strlen("generated always") || !ends_with(span, "always"))
		return span;
	span.end -= strlen("always");
	span.end = trim(span).end;
	if (ends_with(span, "generated"))
		span.end -= strlen("generated");
	return trim(span);
}

/* Of a type that begins with a quote SQLite keeps what is between that quote and the next. */
static bool keep_type(struct parser *p, struct column *column, struct span span)
{
	struct cursor cursor;
	struct token token;

	span = without_generated(span);
	cursor = cursor_open(span.start, (size_t)(span.end - span.start));
	token = cursor_next(&cursor);
	if (is_quoted(&token)) {
		column->declared = made(p, token_unquote(p->arena, &token));
		if (column->declared == NULL)
			return false;
	} else if (span.start < span.end && !copy(p, span, &column->declared)) {
		return false;
	}
	if (column->declared == NULL || *column->declared == '\0')
		column->declared = NULL;
	else if (name_compare(column->declared, "INTEGER") == 0 && cursor.next == span.end)
		column->identity = candidate;
	return true;
}

static bool take_type(struct parser *p, struct column *column)
{
	struct span span = { p->token.text, NULL };

	if (!token_is_name(&p->token))
		return true;
	while (token_is_name(&p->token))
		next(p);
	if (take(p, "(")) {
		if (!take_signed(p) || (take(p, ",") && !take_signed(p)) || !need(p, ")"))
			return false;
	}
	span.end = p->past;
	return keep_type(p, column, span);
}

static bool take_column(struct parser *p)
{
	struct table *table = p->table;
	struct column *column;

	if (table->column_count == COLUMNS)
		return fail(p, "at most 32767 columns");
	table->columns = grow(p, table->columns, table->column_count, sizeof(*column));
	if (table->columns == NULL)
		return false;
	column = &table->columns[table->column_count++];
	column->quoted = is_quoted(&p->token);
	return take_name(p, &column->source) && take_type(p, column) &&
		take_rules(p, column_rules, column);
}

/* Constraints of the table may stand without commas between them. */
static bool take_constraints(struct parser *p)
{
	do {
		if (find_rule(p, table_rules) == NULL)
			return fail(p, "a constraint");
		if (!take_rules(p, table_rules, NULL))
			return false;
	} while (take(p, ","));
	return true;
}

static bool take_columns(struct parser *p)
{
	bool more;

	if (!need(p, "("))
		return false;
	do {
		if (!take_column(p))
			return false;
		more = take(p, ",");
	} while (more && find_rule(p, table_rules) == NULL);
	return sort_columns(p) && (!more || take_constraints(p)) && need(p, ")");
}

static bool take_option(struct parser *p)
{
	if (take(p, "WITHOUT")) {
		p->table->without_rowid = true;
		return need(p, "ROWID");
	}
	p->table->strict = true;
	return need(p, "STRICT");
}

/* SQLite's grammar takes a comma in front of the first one, too. */
static bool take_options(struct parser *p)
{
	if (p->token.kind == TOKEN_NAME && !take_option(p))
		return false;
	while (take(p, ","))
		if (!take_option(p))
			return false;
	return true;
}

static bool take_end(struct parser *p)
{
	take(p, ";");
	return p->token.kind == TOKEN_END || fail(p, "the end");
}

/* In a column's own definition DESC makes it no alias of the rowid: an old mistake, kept. */
static struct column *find_alias(const struct parser *p)
{
	const struct index *key = p->table->primary;
	struct column *column;

	if (key == NULL || key->term_count != 1 || p->table->without_rowid)
		return NULL;
	column = find(p, key->terms[0].column);
	if (column->identity != candidate || (p->key_with_column && key->terms[0].descending))
		return NULL;
	return column;
}

static bool set_identity(struct parser *p)
{
	struct table *table = p->table;
	struct column *alias = find_alias(p);

	for (size_t i = 0; i < table->column_count; i++)
		table->columns[i].identity = NULL;
	if (alias != NULL)
		alias->identity = p->key_counts ? "autoincrement" : "rowid";
	return alias != NULL || !p->key_counts || fail(p, "AUTOINCREMENT with a rowid");
}

static void set_not_null(struct parser *p)
{
	const struct index *key = p->table->primary;

	if (key == NULL || (!p->table->without_rowid && !p->table->strict))
		return;
	for (size_t i = 0; i < key->term_count; i++) {
		struct column *column = find(p, key->terms[i].column);

		column->not_null |= column->identity == NULL;
	}
}

/* Only now: COLLATE may stand behind the UNIQUE of its column.  The rowid is never text. */
static void set_collations(struct parser *p, struct index *key)
{
	for (size_t i = 0; key != NULL && i < key->term_count; i++) {
		const struct column *column = find(p, key->terms[i].column);
		const char **collation = &key->terms[i].collation;

		if (*collation == NULL)
			*collation = column->collation;
		else if (name_compare(*collation, "BINARY") == 0)
			*collation = NULL;
		if (column->identity != NULL)
			*collation = NULL;
	}
}

static bool finish_table(struct parser *p)
{
	if (!set_identity(p))
		return false;
	set_not_null(p);
	set_collations(p, p->table->primary);
	for (size_t i = 0; i < p->table->unique_count; i++)
		set_collations(p, &p->table->uniques[i]);
	return true;
}

/* The name of what is created. */
static bool take_created(struct parser *p, const char **name, bool *quoted)
{
	if (take(p, "IF") && (!need(p, "NOT") || !need(p, "EXISTS")))
		return false;
	*quoted = is_quoted(&p->token);
	if (!take_name(p, name))
		return false;
	if (!take(p, "."))
		return true;
	*quoted = is_quoted(&p->token);
	return take_name(p, name);
}

static bool read_table(struct parser *p)
{
	struct table *table = p->table;

	if (!need(p, "CREATE"))
		return false;
	if (!take(p, "TEMP"))
		take(p, "TEMPORARY");
	return need(p, "TABLE") && take_created(p, &table->source, &table->quoted) &&
		take_columns(p) && take_options(p) && take_end(p) && finish_table(p);
}

int ddl_table(struct arena *arena, const char *sql, struct table *table, struct fault *fault)
{
	struct parser p = begin(arena, sql, fault);
	struct table read = { 0 };

	p.table = &read;
	if (!read_table(&p))
		return fault->status;
	table->source = read.source;
	table->quoted = read.quoted;
	table->columns = read.columns;
	table->column_count = read.column_count;
	table->primary = read.primary;
	table->uniques = read.uniques;
	table->unique_count = read.unique_count;
	table->foreigns = read.foreigns;
	table->foreign_count = read.foreign_count;
	table->checks = read.checks;
	table->check_count = read.check_count;
	table->without_rowid = read.without_rowid;
	table->strict = read.strict;
	return STATUS_OK;
}

static bool take_where(struct parser *p, const char **where)
{
	struct span span = { NULL, NULL };
	size_t depth = 1;

	if (!take(p, "WHERE"))
		return true;
	span.start = p->token.text;
	while (p->token.kind != TOKEN_END && !is(p, ";"))
		if (!step(p, &depth) || (depth == 0 && !fail(p, "an open parenthesis")))
			return false;
	span.end = p->past;
	if (span.end <= span.start)
		return fail(p, "an expression");
	return (depth == 1 || fail(p, ")")) && copy(p, span, where);
}

static bool read_index(struct parser *p, struct index *index)
{
	const char *table;

	if (!need(p, "CREATE"))
		return false;
	index->unique = take(p, "UNIQUE");
	index->sql = made(p, arena_text(p->arena, p->sql));
	return index->sql != NULL && need(p, "INDEX") &&
		take_created(p, &index->name, &index->quoted) && need(p, "ON") &&
		take_name(p, &table) && need(p, "(") && take_terms(p, index) && need(p, ")") &&
		take_where(p, &index->where) && take_end(p);
}

int ddl_index(struct arena *arena, const char *sql, struct index *index, struct fault *fault)
{
	struct parser p = begin(arena, sql, fault);
	struct index read = { 0 };

	if (!read_index(&p, &read))
		return fault->status;
	*index = read;
	return STATUS_OK;
}
