#include "db/definition_work.h"

#include <string.h>

#include "row/ddl.h"
#include "row/texts.h"

/* --- keys and indexes ------------------------------------------------------------------------- */

static struct term *add_term(struct definer *definer, struct index *index)
{
	index->terms = definer_grow(
		definer, index->terms, index->term_count, sizeof(*index->terms));
	if (index->terms == NULL)
		return NULL;
	index->terms[index->term_count] = (struct term){ 0 };
	return &index->terms[index->term_count++];
}

static void read_terms(struct definer *definer, const char *name, struct index *index)
{
	struct statement *terms = definer->terms;
	struct term *term;

	statement_bind(terms, 1, name);
	while (definer_next(definer, terms) && (term = add_term(definer, index)) != NULL) {
		term->column = definer_keep(definer, statement_text(terms, 0));
		term->descending = statement_integer(terms, 1) != 0;
		term->collation = definer_keep_other(definer, statement_text(terms, 2), "BINARY");
	}
}

/* A rowid's alias has no index of its own. */
static void read_alias(struct definer *definer)
{
	struct statement *columns = definer->columns;
	struct table *table = definer->table;
	struct term *term;

	statement_bind(columns, 1, definer->listed->name);
	for (size_t i = 0; definer_next(definer, columns) && i < table->column_count; i++) {
		if (statement_integer(columns, 5) == 0)
			continue;
		table->primary = arena_alloc(definer->arena, sizeof(*table->primary));
		if (table->primary == NULL)
			fault_memory(definer->fault);
		else if ((term = add_term(definer, table->primary)) != NULL)
			term->column = table->columns[i].source;
		if (table->columns[i].identity == NULL)
			table->columns[i].identity = "rowid";
	}
}

/* An index's terms that are expressions, and its condition, stand in its SQL only. */
static void overlay_index(
	struct definer *definer, struct index *index, const char *sql, bool partial)
{
	struct index parsed = { 0 };
	struct fault trouble = { 0 };
	bool agrees = ddl_index(definer->arena, sql, &parsed, &trouble) == 0 &&
		      parsed.term_count == index->term_count && partial == (parsed.where != NULL);

	for (size_t i = 0; agrees && i < index->term_count; i++)
		if (index->terms[i].column == NULL) {
			index->terms[i].column = definer_keep(definer, parsed.terms[i].column);
			index->terms[i].expression =
				definer_keep(definer, parsed.terms[i].expression);
		}
	if (agrees) {
		index->quoted = parsed.quoted;
		index->where = definer_keep(definer, parsed.where);
		return;
	}
	definer_remark(definer, "the SQL of an index was not understood; it stands in the index",
		index->name);
	index->term_count = 0;
}

static void read_created(struct definer *definer, const char *name, bool unique, bool partial)
{
	struct table *table = definer->table;
	struct index *index;

	table->indexes = definer_grow(definer, table->indexes, table->index_count, sizeof(*index));
	if (table->indexes == NULL)
		return;
	index = &table->indexes[table->index_count++];
	*index = (struct index){ .name = definer_keep(definer, name), .unique = unique };
	read_terms(definer, name, index);
	statement_bind(definer->index_sql, 1, name);
	while (definer_next(definer, definer->index_sql)) {
		const char *sql = statement_text(definer->index_sql, 0);

		index->sql = definer_keep(definer, sql);
		overlay_index(definer, index, sql == NULL ? "" : sql, partial);
	}
}

static void read_unique(struct definer *definer, const char *name)
{
	struct table *table = definer->table;
	struct index *index;

	table->uniques = definer_grow(definer, table->uniques, table->unique_count, sizeof(*index));
	if (table->uniques == NULL)
		return;
	index = &table->uniques[table->unique_count++];
	*index = (struct index){ .unique = true };
	read_terms(definer, name, index);
}

static void read_primary(struct definer *definer, const char *name)
{
	struct table *table = definer->table;

	table->primary = arena_alloc(definer->arena, sizeof(*table->primary));
	if (table->primary == NULL)
		fault_memory(definer->fault);
	else
		read_terms(definer, name, table->primary);
}

static int read_indexes(struct definer *definer)
{
	struct statement *indexes = definer->indexes;

	statement_bind(indexes, 1, definer->listed->name);
	while (definer_next(definer, indexes)) {
		const char *name = statement_text(indexes, 0), *origin = statement_text(indexes, 2);

		if (strcmp(origin, "pk") == 0)
			read_primary(definer, name);
		else if (strcmp(origin, "u") == 0)
			read_unique(definer, name);
		else
			read_created(definer, name, statement_integer(indexes, 1) != 0,
				statement_integer(indexes, 3) != 0);
	}
	if (definer->table->primary == NULL)
		read_alias(definer);
	return definer->fault->status;
}

/* --- foreign keys ----------------------------------------------------------------------------- */

static struct foreign *add_foreign(struct definer *definer, struct statement *from)
{
	struct table *table = definer->table;
	struct foreign *foreign;

	table->foreigns = definer_grow(
		definer, table->foreigns, table->foreign_count, sizeof(*foreign));
	if (table->foreigns == NULL)
		return NULL;
	foreign = &table->foreigns[table->foreign_count++];
	*foreign = (struct foreign){ .table = definer_keep(definer, statement_text(from, 2)),
		.on_update = definer_keep(definer, statement_text(from, 5)),
		.on_delete = definer_keep(definer, statement_text(from, 6)),
		.match = definer_keep_other(definer, statement_text(from, 7), "NONE") };
	return foreign;
}

static void add_pair(struct definer *definer, struct foreign *foreign, struct statement *from)
{
	const char *column = definer_keep(definer, statement_text(from, 3));
	const char *target = definer_keep(definer, statement_text(from, 4));

	if (column != NULL && texts_add(definer->arena, &foreign->columns, column) != 0)
		fault_memory(definer->fault);
	if (target != NULL && texts_add(definer->arena, &foreign->targets, target) != 0)
		fault_memory(definer->fault);
}

static int read_foreigns(struct definer *definer)
{
	struct statement *foreigns = definer->foreigns;
	struct foreign *foreign = NULL;

	statement_bind(foreigns, 1, definer->listed->name);
	while (definer_next(definer, foreigns)) {
		if (statement_integer(foreigns, 1) == 0)
			foreign = add_foreign(definer, foreigns);
		if (foreign != NULL)
			add_pair(definer, foreign, foreigns);
	}
	return definer->fault->status;
}

int definer_read_keys(struct definer *definer)
{
	return read_indexes(definer) != 0 ? definer->fault->status : read_foreigns(definer);
}
