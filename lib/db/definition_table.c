#include "db/definition_work.h"

#include <string.h>

#include "db/text.h"
#include "row/texts.h"
#include "row/token.h"

/* PRAGMA table_xinfo's hidden */
enum { VIRTUAL = 2, STORED = 3 };

/* --- small change ----------------------------------------------------------------------------- */

void *definer_grow(struct definer *definer, const void *items, size_t count, size_t size)
{
	enum { STEP = 8 };
	void *grown;

	if (count % STEP != 0) {
		memcpy(&grown, &items, sizeof(grown));
		return grown;
	}
	grown = arena_array(definer->arena, count + STEP, size);
	if (grown == NULL)
		fault_memory(definer->fault);
	else if (count > 0)
		memcpy(grown, items, count * size);
	return grown;
}

const char *definer_keep(struct definer *definer, const char *text)
{
	const char *copy;

	if (text == NULL)
		return NULL;
	copy = text_travel(definer->arena, text, &definer->escaped);
	if (copy == NULL)
		fault_memory(definer->fault);
	return copy;
}

const char *definer_keep_other(struct definer *definer, const char *text, const char *usual)
{
	return text == NULL || name_compare(text, usual) == 0 ? NULL : definer_keep(definer, text);
}

void definer_remark(struct definer *definer, const char *what, const char *why)
{
	if (texts_note(definer->arena, &definer->table->remarks, "%s%s%s%s", what,
		    why == NULL ? "" : " (", why == NULL ? "" : why, why == NULL ? "" : ")") != 0)
		fault_memory(definer->fault);
}

bool definer_next(struct definer *definer, struct statement *statement)
{
	return definer->fault->status == 0 && statement_next(statement, definer->fault);
}

bool definer_same_name(const char *a, const char *b)
{
	return a != NULL && b != NULL && name_compare(a, b) == 0;
}

/* --- columns ---------------------------------------------------------------------------------- */

static void fill_column(struct definer *definer, struct column *column, const char *raw)
{
	const char *collation = NULL;
	bool increments = false;

	column->source = definer_keep(definer, raw);
	column->name = column->source;
	column->declared = definer_keep_other(definer, statement_text(definer->columns, 2), "");
	column->type = "raw";
	column->not_null = statement_integer(definer->columns, 3) != 0;
	column->fallback = definer_keep(definer, statement_text(definer->columns, 4));
	column->stored = statement_integer(definer->columns, 6) == STORED;
	if (!sqlite_column(definer->sqlite, definer->listed->name, raw, &collation, &increments))
		return;
	column->collation = definer_keep_other(definer, collation, "BINARY");
	if (increments)
		column->identity = "autoincrement";
}

static int read_columns(struct definer *definer)
{
	struct table *table = definer->table;
	struct statement *columns = definer->columns;

	statement_bind(columns, 1, definer->listed->name);
	while (definer_next(definer, columns)) {
		size_t count = table->column_count;
		const char *raw = statement_text(columns, 1);

		table->columns = definer_grow(
			definer, table->columns, count, sizeof(*table->columns));
		definer->names = definer_grow(
			definer, definer->names, count, sizeof(*definer->names));
		definer->computed = definer_grow(
			definer, definer->computed, count, sizeof(*definer->computed));
		if (definer->fault->status != 0)
			break;
		definer->names[count] = arena_text(definer->arena, raw == NULL ? "" : raw);
		if (definer->names[count] == NULL)
			return fault_memory(definer->fault);
		definer->computed[count] = statement_integer(columns, 6) == VIRTUAL;
		table->columns[count] = (struct column){ 0 };
		fill_column(definer, &table->columns[count], definer->names[count]);
		table->column_count++;
	}
	return definer->fault->status;
}

static void read_sequence(struct definer *definer)
{
	struct table *table = definer->table;

	for (size_t i = 0; i < table->column_count; i++) {
		if (table->columns[i].identity == NULL ||
			strcmp(table->columns[i].identity, "autoincrement") != 0)
			continue;
		if (definer->sequence == NULL)
			definer->sequence = statement_begin(definer->sqlite,
				"SELECT seq FROM sqlite_sequence WHERE name = ?1", definer->fault);
		if (definer->sequence == NULL)
			return;
		statement_bind(definer->sequence, 1, definer->listed->name);
		while (definer_next(definer, definer->sequence))
			table->columns[i].last_identity = statement_integer(definer->sequence, 0);
	}
}

/* --- one table -------------------------------------------------------------------------------- */

struct definer *definer_open(struct sqlite *sqlite, struct arena *arena, struct fault *fault)
{
	struct definer *definer = arena_alloc(arena, sizeof(*definer));

	if (definer == NULL) {
		fault_memory(fault);
		return NULL;
	}
	definer->sqlite = sqlite;
	definer->arena = arena;
	definer->columns = statement_begin(sqlite,
		"SELECT cid, name, type, \"notnull\", dflt_value, pk,"
		" hidden FROM pragma_table_xinfo(?1, 'main') WHERE hidden <> 1 ORDER BY cid",
		fault);
	definer->indexes = statement_begin(sqlite,
		"SELECT name, \"unique\", origin, partial"
		" FROM pragma_index_list(?1, 'main') ORDER BY seq DESC",
		fault);
	definer->terms = statement_begin(sqlite,
		"SELECT name, \"desc\", coll"
		" FROM pragma_index_xinfo(?1, 'main') WHERE key ORDER BY seqno",
		fault);
	definer->index_sql = statement_begin(
		sqlite, "SELECT sql FROM sqlite_schema WHERE type = 'index' AND name = ?1", fault);
	definer->foreigns = statement_begin(sqlite,
		"SELECT id, seq, \"table\", \"from\", \"to\","
		" on_update, on_delete, \"match\" FROM pragma_foreign_key_list(?1, 'main')"
		" ORDER BY id DESC, seq",
		fault);
	if (fault->status == 0)
		return definer;
	definer_close(definer);
	return NULL;
}

static int define(struct definer *definer, const char *condition, struct definition *definition)
{
	struct table *table = definer->table;

	table->source = table->name = definer_keep(definer, definer->listed->name);
	table->sql = definer_keep(definer, definer->listed->sql);
	table->coverage = condition == NULL ? "whole" : "where";
	table->without_rowid = definer->listed->without_rowid;
	table->strict = definer->listed->strict;
	if (read_columns(definer) != 0 || definer_read_keys(definer) != 0 ||
		definer_overlay(definer) != 0)
		return definer->fault->status;
	read_sequence(definer);
	definer_plan_reading(definer, condition, definition);
	if (definer->escaped)
		definer_remark(definer,
			"names or SQL that are not UTF-8 stand with \\xNN for their bytes", NULL);
	return definer->fault->status;
}

int definer_read(struct definer *definer, const struct listed *listed, const char *condition,
	struct definition *definition, struct fault *fault)
{
	*definition = (struct definition){ 0 };
	definer->listed = listed;
	definer->table = &definition->table;
	definer->names = NULL;
	definer->computed = NULL;
	definer->escaped = false;
	definer->fault = fault;
	return define(definer, condition, definition);
}

void definer_close(struct definer *definer)
{
	if (definer == NULL)
		return;
	statement_end(definer->columns);
	statement_end(definer->indexes);
	statement_end(definer->terms);
	statement_end(definer->index_sql);
	statement_end(definer->foreigns);
	statement_end(definer->sequence);
}
