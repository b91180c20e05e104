#include "row/ddl_work.h"

/* --- pieces that stand in several places ------------------------------------------------------ */

static bool take_order(struct ddl *p)
{
	bool descending = ddl_take(p, "DESC");

	if (!descending)
		ddl_take(p, "ASC");
	return descending;
}

static bool take_conflict(struct ddl *p)
{
	static const char *const ways[] = { "ROLLBACK", "ABORT", "FAIL", "IGNORE", "REPLACE" };

	if (!ddl_take(p, "ON"))
		return true;
	if (!ddl_need(p, "CONFLICT"))
		return false;
	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++)
		if (ddl_take(p, ways[i]))
			return true;
	return ddl_fail(p, "what to do on a conflict");
}

/* The name of the constraint that is read, NULL when it has none. */
static bool constraint_name(struct ddl *p, const char **name)
{
	if (p->name.kind == TOKEN_END)
		return true;
	*name = ddl_made(p, token_unquote(p->arena, &p->name));
	return *name != NULL;
}

static bool own_name(struct ddl *p, const char **name)
{
	struct column *column = *name == NULL ? NULL : ddl_find(p, *name);

	if (column == NULL)
		return ddl_fail(p, "columns of this table");
	*name = column->source;
	return true;
}

static bool add_text(struct ddl *p, struct texts *texts, const char *text)
{
	const char **items = ddl_grow(p, texts->items, texts->count, sizeof(*items));

	if (items == NULL)
		return false;
	texts->items = items;
	items[texts->count++] = text;
	return true;
}

/* Old versions let COLLATE, ASC and DESC stand in it, and ignored them. */
static bool take_names(struct ddl *p, struct texts *names)
{
	const char *name, *ignored;

	if (!ddl_need(p, "("))
		return false;
	do {
		if (!ddl_take_name(p, &name) || !add_text(p, names, name))
			return false;
		if (ddl_take(p, "COLLATE") && !ddl_take_name(p, &ignored))
			return false;
		take_order(p);
	} while (ddl_take(p, ","));
	return ddl_need(p, ")");
}

/* --- constraints; those of the table are given no column -------------------------------------- */

static bool read_name(struct ddl *p, struct column *column)
{
	(void)column;
	if (!token_is_name(&p->token))
		return ddl_fail(p, "a name");
	p->name = p->token;
	ddl_next(p);
	return true;
}

static bool read_literal(struct ddl *p)
{
	if (p->token.kind != TOKEN_NUMBER && p->token.kind != TOKEN_BLOB && !ddl_is(p, "NULL") &&
	    !token_is_name(&p->token))
		return ddl_fail(p, "a value");
	ddl_next(p);
	return true;
}

static bool read_fallback(struct ddl *p, struct column *column)
{
	struct span span = { p->token.text, NULL };
	struct group group;

	if (ddl_is(p, "(")) {
		if (!ddl_take_group(p, &group))
			return false;
		return ddl_copy(p, ddl_trim(group.whole), &column->fallback);
	}
	if (!ddl_take(p, "-"))
		ddl_take(p, "+");
	if (!read_literal(p))
		return false;
	span.end = p->past;
	return ddl_copy(p, span, &column->fallback);
}

static bool read_null(struct ddl *p, struct column *column)
{
	(void)column;
	return take_conflict(p);
}

/* SQLite lets it stand anywhere, and gives it to the foreign key before it. */
static bool defer(struct ddl *p, bool deferrable)
{
	struct table *table = p->table;
	const char *when = "immediate";

	if (ddl_take(p, "INITIALLY")) {
		if (ddl_take(p, "DEFERRED"))
			when = "deferred";
		else if (!ddl_need(p, "IMMEDIATE"))
			return false;
	}
	if (table->foreign_count > 0)
		table->foreigns[table->foreign_count - 1].deferrable = deferrable ? when : NULL;
	return true;
}

static bool read_not(struct ddl *p, struct column *column)
{
	if (ddl_take(p, "DEFERRABLE"))
		return defer(p, false);
	if (!ddl_need(p, "NULL"))
		return false;
	column->not_null = true;
	return take_conflict(p);
}

static bool read_deferrable(struct ddl *p, struct column *column)
{
	(void)column;
	return defer(p, true);
}

static bool begin_key(struct ddl *p, struct index *index, struct column *column)
{
	struct term *term;

	index->unique = true;
	index->quoted = ddl_is_quoted(&p->name);
	if (!constraint_name(p, &index->name))
		return false;
	if (column == NULL)
		return ddl_need(p, "(") && ddl_take_terms(p, index);
	term = ddl_add_term(p, index);
	if (term == NULL)
		return false;
	term->column = column->source;
	return true;
}

static bool end_key(struct ddl *p, struct index *index, struct column *column)
{
	if (column == NULL) {
		if (!ddl_need(p, ")"))
			return false;
		for (size_t i = 0; i < index->term_count; i++)
			if (!own_name(p, &index->terms[i].column))
				return false;
	}
	return take_conflict(p);
}

static bool read_primary(struct ddl *p, struct column *column)
{
	struct index *index = ddl_made(p, arena_alloc(p->arena, sizeof(*index)));

	if (index == NULL || !ddl_need(p, "KEY"))
		return false;
	if (p->table->primary != NULL)
		return ddl_fail(p, "one primary key");
	p->table->primary = index;
	p->key_with_column = column != NULL;
	if (!begin_key(p, index, column))
		return false;
	if (column != NULL)
		index->terms[0].descending = take_order(p);
	else
		p->key_counts = ddl_take(p, "AUTOINCREMENT");
	if (!end_key(p, index, column))
		return false;
	if (column != NULL)
		p->key_counts = ddl_take(p, "AUTOINCREMENT");
	return true;
}

static bool read_unique(struct ddl *p, struct column *column)
{
	struct table *table = p->table;
	struct index *index;

	table->uniques = ddl_grow(p, table->uniques, table->unique_count, sizeof(*index));
	if (table->uniques == NULL)
		return false;
	index = &table->uniques[table->unique_count++];
	return begin_key(p, index, column) && end_key(p, index, column);
}

static bool read_check(struct ddl *p, struct column *column)
{
	struct table *table = p->table;
	struct check *check;
	struct group group;

	table->checks = ddl_grow(p, table->checks, table->check_count, sizeof(*check));
	if (table->checks == NULL)
		return false;
	check = &table->checks[table->check_count++];
	if (!constraint_name(p, &check->name) || !ddl_take_group(p, &group) ||
	    !ddl_copy(p, group.tokens, &check->expression))
		return false;
	return column != NULL || take_conflict(p);
}

static bool take_action(struct ddl *p, const char **action)
{
	if (ddl_take(p, "CASCADE"))
		*action = "CASCADE";
	else if (ddl_take(p, "RESTRICT"))
		*action = "RESTRICT";
	else if (ddl_take(p, "NO"))
		*action = ddl_need(p, "ACTION") ? "NO ACTION" : NULL;
	else if (!ddl_need(p, "SET"))
		*action = NULL;
	else if (ddl_take(p, "NULL"))
		*action = "SET NULL";
	else
		*action = ddl_need(p, "DEFAULT") ? "SET DEFAULT" : NULL;
	return *action != NULL;
}

/* MATCH and ON INSERT are read by SQLite and have no effect. */
static bool take_reference(struct ddl *p, struct foreign *foreign)
{
	const char *ignored;

	if (ddl_take(p, "MATCH"))
		return ddl_take_name(p, &ignored);
	if (!ddl_need(p, "ON"))
		return false;
	if (ddl_take(p, "DELETE"))
		return take_action(p, &foreign->on_delete);
	if (ddl_take(p, "UPDATE"))
		return take_action(p, &foreign->on_update);
	return ddl_need(p, "INSERT") && take_action(p, &ignored);
}

static struct foreign *add_foreign(struct ddl *p)
{
	struct table *table = p->table;
	struct foreign *foreign;

	table->foreigns = ddl_grow(p, table->foreigns, table->foreign_count, sizeof(*foreign));
	if (table->foreigns == NULL)
		return NULL;
	foreign = &table->foreigns[table->foreign_count++];
	foreign->on_update = foreign->on_delete = "NO ACTION";
	foreign->match = "NONE";
	return constraint_name(p, &foreign->name) ? foreign : NULL;
}

static bool take_references(struct ddl *p, struct foreign *foreign)
{
	if (!ddl_take_name(p, &foreign->table))
		return false;
	if (ddl_is(p, "(") && !take_names(p, &foreign->targets))
		return false;
	if (foreign->targets.count > 0 && foreign->targets.count != foreign->columns.count)
		return ddl_fail(p, "as many columns as the foreign key has");
	while (ddl_is(p, "MATCH") || ddl_is(p, "ON"))
		if (!take_reference(p, foreign))
			return false;
	return true;
}

static bool read_references(struct ddl *p, struct column *column)
{
	struct foreign *foreign = add_foreign(p);

	return foreign != NULL && add_text(p, &foreign->columns, column->source) &&
		take_references(p, foreign);
}

static bool read_foreign(struct ddl *p, struct column *column)
{
	struct foreign *foreign = add_foreign(p);

	(void)column;
	if (foreign == NULL || !ddl_need(p, "KEY") || !take_names(p, &foreign->columns))
		return false;
	for (size_t i = 0; i < foreign->columns.count; i++)
		if (!own_name(p, &foreign->columns.items[i]))
			return false;
	if (!ddl_need(p, "REFERENCES") || !take_references(p, foreign))
		return false;
	if (ddl_take(p, "NOT"))
		return ddl_need(p, "DEFERRABLE") && defer(p, false);
	return !ddl_take(p, "DEFERRABLE") || defer(p, true);
}

static bool read_collation(struct ddl *p, struct column *column)
{
	if (!ddl_take_name(p, &column->collation))
		return false;
	if (name_compare(column->collation, "BINARY") == 0)
		column->collation = NULL;
	return true;
}

static bool read_as(struct ddl *p, struct column *column)
{
	struct group group;

	if (!ddl_take_group(p, &group) || !ddl_copy(p, group.tokens, &column->generated))
		return false;
	column->stored = ddl_take(p, "STORED");
	if (!column->stored)
		ddl_take(p, "VIRTUAL");
	return true;
}

static bool read_generated(struct ddl *p, struct column *column)
{
	return ddl_need(p, "ALWAYS") && ddl_need(p, "AS") && read_as(p, column);
}

/* --- which word begins which ------------------------------------------------------------------ */

struct rule {
	const char *word;
	bool (*read_rest)(struct ddl *p, struct column *column);
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

static const struct rule *find_rule(const struct ddl *p, const struct rule *rules)
{
	while (rules->word != NULL && !ddl_is(p, rules->word))
		rules++;
	return rules->word == NULL ? NULL : rules;
}

static void forget_name(struct ddl *p)
{
	p->name = (struct token){ TOKEN_END, NULL, 0 };
}

/* A name belongs to the constraint behind it, whatever that is; it may also belong to nothing. */
static bool take_rules(struct ddl *p, const struct rule *rules, struct column *column)
{
	const struct rule *rule;

	forget_name(p);
	while ((rule = find_rule(p, rules)) != NULL) {
		ddl_next(p);
		if (!rule->read_rest(p, column))
			return false;
		if (rule->read_rest != read_name)
			forget_name(p);
	}
	return true;
}

bool ddl_take_column_constraints(struct ddl *p, struct column *column)
{
	return take_rules(p, column_rules, column);
}

bool ddl_is_constraint(const struct ddl *p)
{
	return find_rule(p, table_rules) != NULL;
}

bool ddl_take_constraints(struct ddl *p)
{
	do {
		if (!ddl_is_constraint(p))
			return ddl_fail(p, "a constraint");
		if (!take_rules(p, table_rules, NULL))
			return false;
	} while (ddl_take(p, ","));
	return true;
}
