#include "row/ddl.h"

#include <stdlib.h>
#include <string.h>

#include "row/ddl_work.h"

enum { COLUMNS = 32767 }; /* the most that SQLite can be built for */

/*
 * Until the primary key is known, identity marks the columns of the type INTEGER: one of them may
 * be the alias of the rowid.
 */
static const char candidate[] = "rowid";

/* --- columns ---------------------------------------------------------------------------------- */

static bool take_signed(struct ddl *p)
{
	if (!ddl_take(p, "-"))
		ddl_take(p, "+");
	if (p->token.kind != TOKEN_NUMBER)
		return ddl_fail(p, "a number");
	ddl_next(p);
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
	span.end = ddl_trim(span).end;
	if (ends_with(span, "generated"))
		span.end -= strlen("generated");
	return ddl_trim(span);
}

/* Of a type that begins with a quote SQLite keeps what is between that quote and the next. */
static bool keep_type(struct ddl *p, struct column *column, struct span span)
{
	struct cursor cursor;
	struct token token;

	span = without_generated(span);
	cursor = cursor_open(span.start, (size_t)(span.end - span.start));
	token = cursor_next(&cursor);
	if (ddl_is_quoted(&token)) {
		column->declared = ddl_made(p, token_unquote(p->arena, &token));
		if (column->declared == NULL)
			return false;
	} else if (span.start < span.end && !ddl_copy(p, span, &column->declared)) {
		return false;
	}
	if (column->declared == NULL || *column->declared == '\0')
		column->declared = NULL;
	else if (name_compare(column->declared, "INTEGER") == 0 && cursor.next == span.end)
		column->identity = candidate;
	return true;
}

static bool take_type(struct ddl *p, struct column *column)
{
	struct span span = { p->token.text, NULL };

	if (!token_is_name(&p->token))
		return true;
	while (token_is_name(&p->token))
		ddl_next(p);
	if (ddl_take(p, "(")) {
		if (!take_signed(p) || (ddl_take(p, ",") && !take_signed(p)) || !ddl_need(p, ")"))
			return false;
	}
	span.end = p->past;
	return keep_type(p, column, span);
}

static bool take_column(struct ddl *p)
{
	struct table *table = p->table;
	struct column *column;

	if (table->column_count == COLUMNS)
		return ddl_fail(p, "at most 32767 columns");
	table->columns = ddl_grow(p, table->columns, table->column_count, sizeof(*column));
	if (table->columns == NULL)
		return false;
	column = &table->columns[table->column_count++];
	column->quoted = ddl_is_quoted(&p->token);
	return ddl_take_name(p, &column->source) && take_type(p, column) &&
		ddl_take_column_constraints(p, column);
}

/* --- columns by their names ------------------------------------------------------------------- */

static int compare_columns(const void *left, const void *right)
{
	const struct column *const *a = left;
	const struct column *const *b = right;

	return name_compare((*a)->source, (*b)->source);
}

struct column *ddl_find(const struct ddl *p, const char *name)
{
	const struct column wanted = { .source = name };
	const struct column *key = &wanted;
	struct column **found = bsearch(&key, p->sorted, p->table->column_count,
		sizeof(struct column *), compare_columns);

	return found == NULL ? NULL : *found;
}

static bool sort_columns(struct ddl *p)
{
	size_t count = p->table->column_count;

	p->sorted = ddl_made(p, arena_array(p->arena, count, sizeof(struct column *)));
	if (p->sorted == NULL)
		return false;
	for (size_t i = 0; i < count; i++)
		p->sorted[i] = &p->table->columns[i];
	qsort(p->sorted, count, sizeof(struct column *), compare_columns);
	for (size_t i = 1; i < count; i++)
		if (compare_columns(&p->sorted[i - 1], &p->sorted[i]) == 0)
			return ddl_fail(p, "columns of different names");
	return true;
}

/* --- a table ---------------------------------------------------------------------------------- */

static bool take_columns(struct ddl *p)
{
	bool more;

	if (!ddl_need(p, "("))
		return false;
	do {
		if (!take_column(p))
			return false;
		more = ddl_take(p, ",");
	} while (more && !ddl_is_constraint(p));
	return sort_columns(p) && (!more || ddl_take_constraints(p)) && ddl_need(p, ")");
}

static bool take_option(struct ddl *p)
{
	if (ddl_take(p, "WITHOUT")) {
		p->table->without_rowid = true;
		return ddl_need(p, "ROWID");
	}
	p->table->strict = true;
	return ddl_need(p, "STRICT");
}

/* SQLite's grammar takes a comma in front of the first one, too. */
static bool take_options(struct ddl *p)
{
	if (p->token.kind == TOKEN_NAME && !take_option(p))
		return false;
	while (ddl_take(p, ","))
		if (!take_option(p))
			return false;
	return true;
}

static bool take_end(struct ddl *p)
{
	ddl_take(p, ";");
	return p->token.kind == TOKEN_END || ddl_fail(p, "the end");
}

/* In a column's own definition DESC makes it no alias of the rowid: an old mistake, kept. */
static struct column *find_alias(const struct ddl *p)
{
	const struct index *key = p->table->primary;
	struct column *column;

	if (key == NULL || key->term_count != 1 || p->table->without_rowid)
		return NULL;
	column = ddl_find(p, key->terms[0].column);
	if (column->identity != candidate || (p->key_with_column && key->terms[0].descending))
		return NULL;
	return column;
}

static bool set_identity(struct ddl *p)
{
	struct table *table = p->table;
	struct column *alias = find_alias(p);

	for (size_t i = 0; i < table->column_count; i++)
		table->columns[i].identity = NULL;
	if (alias != NULL)
		alias->identity = p->key_counts ? "autoincrement" : "rowid";
	return alias != NULL || !p->key_counts || ddl_fail(p, "AUTOINCREMENT with a rowid");
}

static void set_not_null(struct ddl *p)
{
	const struct index *key = p->table->primary;

	if (key == NULL || (!p->table->without_rowid && !p->table->strict))
		return;
	for (size_t i = 0; i < key->term_count; i++) {
		struct column *column = ddl_find(p, key->terms[i].column);

		column->not_null |= column->identity == NULL;
	}
}

/* Only now: COLLATE may stand behind the UNIQUE of its column.  The rowid is never text. */
static void set_collations(struct ddl *p, struct index *key)
{
	for (size_t i = 0; key != NULL && i < key->term_count; i++) {
		const struct column *column = ddl_find(p, key->terms[i].column);
		const char **collation = &key->terms[i].collation;

		if (*collation == NULL)
			*collation = column->collation;
		else if (name_compare(*collation, "BINARY") == 0)
			*collation = NULL;
		if (column->identity != NULL)
			*collation = NULL;
	}
}

static bool finish_table(struct ddl *p)
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
static bool take_created(struct ddl *p, const char **name, bool *quoted)
{
	if (ddl_take(p, "IF") && (!ddl_need(p, "NOT") || !ddl_need(p, "EXISTS")))
		return false;
	*quoted = ddl_is_quoted(&p->token);
	if (!ddl_take_name(p, name))
		return false;
	if (!ddl_take(p, "."))
		return true;
	*quoted = ddl_is_quoted(&p->token);
	return ddl_take_name(p, name);
}

static bool read_table(struct ddl *p)
{
	struct table *table = p->table;

	if (!ddl_need(p, "CREATE"))
		return false;
	if (!ddl_take(p, "TEMP"))
		ddl_take(p, "TEMPORARY");
	return ddl_need(p, "TABLE") && take_created(p, &table->source, &table->quoted) &&
		take_columns(p) && take_options(p) && take_end(p) && finish_table(p);
}

int ddl_table(struct arena *arena, const char *sql, struct table *table, struct fault *fault)
{
	struct ddl p = ddl_begin(arena, sql, fault);
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

/* --- an index --------------------------------------------------------------------------------- */

static bool take_where(struct ddl *p, const char **where)
{
	struct span span = { NULL, NULL };
	size_t depth = 1;

	if (!ddl_take(p, "WHERE"))
		return true;
	span.start = p->token.text;
	while (p->token.kind != TOKEN_END && !ddl_is(p, ";"))
		if (!ddl_step(p, &depth) || (depth == 0 && !ddl_fail(p, "an open parenthesis")))
			return false;
	span.end = p->past;
	if (span.end <= span.start)
		return ddl_fail(p, "an expression");
	return (depth == 1 || ddl_fail(p, ")")) && ddl_copy(p, span, where);
}

static bool read_index(struct ddl *p, struct index *index)
{
	const char *table;

	if (!ddl_need(p, "CREATE"))
		return false;
	index->unique = ddl_take(p, "UNIQUE");
	index->sql = ddl_made(p, arena_text(p->arena, p->sql));
	return index->sql != NULL && ddl_need(p, "INDEX") &&
		take_created(p, &index->name, &index->quoted) && ddl_need(p, "ON") &&
		ddl_take_name(p, &table) && ddl_need(p, "(") && ddl_take_terms(p, index) &&
		ddl_need(p, ")") && take_where(p, &index->where) && take_end(p);
}

int ddl_index(struct arena *arena, const char *sql, struct index *index, struct fault *fault)
{
	struct ddl p = ddl_begin(arena, sql, fault);
	struct index read = { 0 };

	if (!read_index(&p, &read))
		return fault->status;
	*index = read;
	return STATUS_OK;
}
