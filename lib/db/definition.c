#include "db/definition.h"

#include <string.h>

#include "base/bytes.h"
#include "db/text.h"
#include "row/ddl.h"
#include "row/token.h"

/* PRAGMA table_xinfo's hidden */
enum { VIRTUAL = 2, STORED = 3 };

struct definer {
	struct sqlite *sqlite;
	struct arena *arena;
	struct statement *columns, *indexes, *terms, *index_sql, *foreigns, *sequence;
	/* of the table that is being defined */
	const struct listed *listed;
	struct table *table;
	struct table parsed; /* what its SQL tells; no columns if it was not understood */
	const char **names;  /* of its columns, the database's bytes */
	bool *computed;      /* generated and not stored */
	bool escaped;
	struct fault *fault;
};

/* --- small change ----------------------------------------------------------------------------- */

static void *grow(struct definer *definer, const void *items, size_t count, size_t size)
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

/* A copy that may travel. */
static const char *keep(struct definer *definer, const char *text)
{
	const char *copy;

	if (text == NULL)
		return NULL;
	copy = text_travel(definer->arena, text, &definer->escaped);
	if (copy == NULL)
		fault_memory(definer->fault);
	return copy;
}

static const char *keep_other(struct definer *definer, const char *text, const char *usual)
{
	return text == NULL || name_compare(text, usual) == 0 ? NULL : keep(definer, text);
}

static void remark(struct definer *definer, const char *what, const char *why)
{
	if (texts_note(definer->arena, &definer->table->remarks, "%s%s%s%s", what,
		    why == NULL ? "" : " (", why == NULL ? "" : why, why == NULL ? "" : ")") != 0)
		fault_memory(definer->fault);
}

static bool next(struct definer *definer, struct statement *statement)
{
	return definer->fault->status == 0 && statement_next(statement, definer->fault);
}

static bool same_name(const char *a, const char *b)
{
	return a != NULL && b != NULL && name_compare(a, b) == 0;
}

/* --- columns ---------------------------------------------------------------------------------- */

static void fill_column(struct definer *definer, struct column *column, const char *raw)
{
	const char *collation = NULL;
	bool increments = false;

	column->source = keep(definer, raw);
	column->name = column->source;
	column->declared = keep_other(definer, statement_text(definer->columns, 2), "");
	column->type = "raw";
	column->not_null = statement_integer(definer->columns, 3) != 0;
	column->fallback = keep(definer, statement_text(definer->columns, 4));
	column->stored = statement_integer(definer->columns, 6) == STORED;
	if (!sqlite_column(definer->sqlite, definer->listed->name, raw, &collation, &increments))
		return;
	column->collation = keep_other(definer, collation, "BINARY");
	if (increments)
		column->identity = "autoincrement";
}

static int read_columns(struct definer *definer)
{
	struct table *table = definer->table;
	struct statement *columns = definer->columns;

	statement_bind(columns, 1, definer->listed->name);
	while (next(definer, columns)) {
		size_t count = table->column_count;
		const char *raw = statement_text(columns, 1);

		table->columns = grow(definer, table->columns, count, sizeof(*table->columns));
		definer->names = grow(definer, definer->names, count, sizeof(*definer->names));
		definer->computed =
			grow(definer, definer->computed, count, sizeof(*definer->computed));
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
		while (next(definer, definer->sequence))
			table->columns[i].last_identity = statement_integer(definer->sequence, 0);
	}
}

/* --- keys and indexes ------------------------------------------------------------------------- */

static struct term *add_term(struct definer *definer, struct index *index)
{
	index->terms = grow(definer, index->terms, index->term_count, sizeof(*index->terms));
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
	while (next(definer, terms) && (term = add_term(definer, index)) != NULL) {
		term->column = keep(definer, statement_text(terms, 0));
		term->descending = statement_integer(terms, 1) != 0;
		term->collation = keep_other(definer, statement_text(terms, 2), "BINARY");
	}
}

/* A rowid's alias has no index of its own. */
static void read_alias(struct definer *definer)
{
	struct table *table = definer->table;
	struct term *term;

	statement_bind(definer->columns, 1, definer->listed->name);
	for (size_t i = 0; next(definer, definer->columns) && i < table->column_count; i++) {
		if (statement_integer(definer->columns, 5) == 0)
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
			index->terms[i].column = keep(definer, parsed.terms[i].column);
			index->terms[i].expression = keep(definer, parsed.terms[i].expression);
		}
	if (agrees) {
		index->quoted = parsed.quoted;
		index->where = keep(definer, parsed.where);
		return;
	}
	remark(definer, "the SQL of an index was not understood; it stands in the index",
		index->name);
	index->term_count = 0;
}

static void read_created(struct definer *definer, const char *name, bool unique, bool partial)
{
	struct table *table = definer->table;
	struct index *index;

	table->indexes = grow(definer, table->indexes, table->index_count, sizeof(*index));
	if (table->indexes == NULL)
		return;
	index = &table->indexes[table->index_count++];
	*index = (struct index){ .name = keep(definer, name), .unique = unique };
	read_terms(definer, name, index);
	statement_bind(definer->index_sql, 1, name);
	while (next(definer, definer->index_sql)) {
		const char *sql = statement_text(definer->index_sql, 0);

		index->sql = keep(definer, sql);
		overlay_index(definer, index, sql == NULL ? "" : sql, partial);
	}
}

static void read_unique(struct definer *definer, const char *name)
{
	struct table *table = definer->table;
	struct index *index;

	table->uniques = grow(definer, table->uniques, table->unique_count, sizeof(*index));
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
	while (next(definer, indexes)) {
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

	table->foreigns = grow(definer, table->foreigns, table->foreign_count, sizeof(*foreign));
	if (table->foreigns == NULL)
		return NULL;
	foreign = &table->foreigns[table->foreign_count++];
	*foreign = (struct foreign){ .table = keep(definer, statement_text(from, 2)),
		.on_update = keep(definer, statement_text(from, 5)),
		.on_delete = keep(definer, statement_text(from, 6)),
		.match = keep_other(definer, statement_text(from, 7), "NONE") };
	return foreign;
}

static void add_pair(struct definer *definer, struct foreign *foreign, struct statement *from)
{
	const char *column = keep(definer, statement_text(from, 3));
	const char *target = keep(definer, statement_text(from, 4));

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
	while (next(definer, foreigns)) {
		if (statement_integer(foreigns, 1) == 0)
			foreign = add_foreign(definer, foreigns);
		if (foreign != NULL)
			add_pair(definer, foreign, foreigns);
	}
	return definer->fault->status;
}

/* --- what only the SQL tells ------------------------------------------------------------------ */

static bool same_columns(const struct index *a, const struct index *b)
{
	if (a->term_count != b->term_count)
		return false;
	for (size_t i = 0; i < a->term_count; i++)
		if (!same_name(a->terms[i].column, b->terms[i].column))
			return false;
	return true;
}

static const char *disagreement(const struct definer *definer)
{
	const struct table *table = definer->table, *parsed = &definer->parsed;

	if (parsed->column_count != table->column_count)
		return "another number of columns";
	for (size_t i = 0; i < table->column_count; i++)
		if (!same_name(parsed->columns[i].source, definer->names[i]))
			return "other columns";
	if ((parsed->primary == NULL) != (table->primary == NULL))
		return "another primary key";
	if (parsed->foreign_count != table->foreign_count)
		return "other foreign keys";
	return NULL;
}

static void overlay_columns(struct definer *definer)
{
	struct column *column = definer->table->columns;
	const struct column *parsed = definer->parsed.columns;

	for (size_t i = 0; i < definer->table->column_count; i++) {
		column[i].quoted = parsed[i].quoted;
		column[i].not_null = column[i].not_null || parsed[i].not_null;
		if (same_name(column[i].declared, parsed[i].declared)) /* as it was written */
			column[i].declared = keep(definer, parsed[i].declared);
		column[i].generated = keep(definer, parsed[i].generated);
	}
}

static void overlay_keys(struct definer *definer)
{
	const struct table *parsed = &definer->parsed;
	struct table *table = definer->table;

	if (table->primary != NULL) {
		table->primary->name = keep(definer, parsed->primary->name);
		table->primary->quoted = parsed->primary->quoted;
	}
	for (size_t i = 0; i < table->unique_count; i++)
		for (size_t k = 0; k < parsed->unique_count; k++)
			if (same_columns(&table->uniques[i], &parsed->uniques[k])) {
				table->uniques[i].name = keep(definer, parsed->uniques[k].name);
				table->uniques[i].quoted = parsed->uniques[k].quoted;
				break;
			}
	for (size_t i = 0; i < table->foreign_count; i++) {
		table->foreigns[i].name = keep(definer, parsed->foreigns[i].name);
		table->foreigns[i].deferrable = parsed->foreigns[i].deferrable;
	}
}

static void overlay_checks(struct definer *definer)
{
	const struct table *parsed = &definer->parsed;
	struct table *table = definer->table;

	if (parsed->check_count == 0)
		return;
	table->checks = arena_array(definer->arena, parsed->check_count, sizeof(*table->checks));
	if (table->checks == NULL) {
		fault_memory(definer->fault);
		return;
	}
	for (size_t i = 0; i < parsed->check_count; i++) {
		table->checks[i].name = keep(definer, parsed->checks[i].name);
		table->checks[i].expression = keep(definer, parsed->checks[i].expression);
	}
	table->check_count = parsed->check_count;
}

static int overlay(struct definer *definer)
{
	const char *sql = definer->listed->sql, *why;
	struct fault trouble = { 0 };

	definer->parsed = (struct table){ 0 };
	if (ddl_table(definer->arena, sql == NULL ? "" : sql, &definer->parsed, &trouble) ==
		STATUS_IO)
		return fault_memory(definer->fault);
	why = trouble.status != 0 ? trouble.text : disagreement(definer);
	if (why == NULL) {
		definer->table->quoted = definer->parsed.quoted;
		overlay_columns(definer);
		overlay_keys(definer);
		overlay_checks(definer);
	} else {
		remark(definer,
			"its SQL was not understood: checks, generated expressions and names of"
			" keys are missing",
			why);
	}
	return definer->fault->status;
}

/* --- how its rows are read -------------------------------------------------------------------- */

static char *text_of(struct definer *definer, struct bytes *bytes)
{
	char *text = bytes->failed ? NULL : arena_copy(definer->arena, bytes->data, bytes->size);

	if (text == NULL)
		fault_memory(definer->fault);
	bytes_close(bytes);
	return text;
}

static void add_name(struct definer *definer, struct bytes *sql, const char *name)
{
	const char *quoted = text_quote(definer->arena, name);

	if (quoted == NULL)
		sql->failed = true;
	else
		bytes_add_text(sql, quoted);
}

/* NOT INDEXED: rows come in the order of the rowid or the key, always the same. */
static const char *finish_select(struct definer *definer, struct bytes *sql, const char *condition)
{
	bytes_add_text(sql, " FROM main.");
	add_name(definer, sql, definer->listed->name);
	bytes_add_text(sql, " NOT INDEXED");
	if (condition != NULL)
		bytes_format(sql, " WHERE (\n%s\n)", condition); /* it may end in a comment */
	return text_of(definer, sql);
}

/* The columns between two words of SQL. */
static const char *select_columns(
	struct definer *definer, const char *before, const char *behind, const char *condition)
{
	struct bytes sql = { 0 };

	bytes_add_text(&sql, before);
	for (size_t i = 0; i < definer->table->column_count; i++) {
		bytes_add_text(&sql, i == 0 ? "" : ", ");
		add_name(definer, &sql, definer->names[i]);
	}
	bytes_add_text(&sql, behind);
	return finish_select(definer, &sql, condition);
}

static const char *select_one(struct definer *definer, const char *name, const char *condition)
{
	struct bytes sql = { 0 };

	bytes_add_text(&sql, "SELECT ");
	add_name(definer, &sql, name);
	return finish_select(definer, &sql, condition);
}

/* A column may have taken one of the rowid's three names. */
static const char *select_rowids(struct definer *definer, const char *condition)
{
	static const char *const rowids[] = { "rowid", "_rowid_", "oid" };

	if (definer->listed->without_rowid)
		return NULL;
	for (size_t i = 0; i < sizeof(rowids) / sizeof(rowids[0]); i++) {
		size_t k = 0;

		while (k < definer->table->column_count && !same_name(definer->names[k], rowids[i]))
			k++;
		if (k == definer->table->column_count)
			return select_one(definer, rowids[i], condition);
	}
	return NULL;
}

static void lose_column(
	struct definer *definer, struct definition *definition, size_t place, const char *why)
{
	struct table *table = definer->table;
	struct lost *lost = grow(definer, definition->lost, definition->lost_count, sizeof(*lost));
	size_t behind = table->column_count - place - 1;

	if (lost == NULL)
		return;
	definition->lost = lost;
	lost[definition->lost_count++] = (struct lost){ .column = table->columns[place].source,
		.expression = table->columns[place].generated,
		.why = arena_format(definer->arena, "it cannot be computed without the application "
			"(%s): the table goes without it", keep(definer, why)) };
	if (lost[definition->lost_count - 1].why == NULL)
		fault_memory(definer->fault);
	memmove(table->columns + place, table->columns + place + 1,
		behind * sizeof(*table->columns));
	memmove(definer->names + place, definer->names + place + 1,
		behind * sizeof(*definer->names));
	memmove(definer->computed + place, definer->computed + place + 1, behind);
	table->column_count--;
}

/* Generated columns may need functions and collations that only the application has. */
static void lose_unreadable(struct definer *definer, struct definition *definition)
{
	struct reading probe = { .table = definition->reading.table };

	for (size_t i = definer->table->column_count; i-- > 0 && definer->fault->status == 0;) {
		const char *why;

		if (!definer->computed[i])
			continue;
		probe.select = select_one(definer, definer->names[i], NULL);
		why = probe.select == NULL ? NULL
					   : scan_refused(definer->sqlite, &probe, definer->fault);
		if (why != NULL)
			lose_column(definer, definition, i, why);
	}
}

static bool computes(const struct definer *definer)
{
	for (size_t i = 0; i < definer->table->column_count; i++)
		if (definer->computed[i])
			return true;
	return false;
}

static const char *try_reading(
	struct definer *definer, const char *condition, struct reading *reading)
{
	reading->columns = definer->table->column_count;
	reading->plain = condition == NULL && !computes(definer);
	reading->select = select_columns(definer, "SELECT ", "", condition);
	return reading->select == NULL ? NULL
				       : scan_refused(definer->sqlite, reading, definer->fault);
}

static int plan_reading(
	struct definer *definer, const char *condition, struct definition *definition)
{
	struct reading *reading = &definition->reading;
	const char *name = sqlite_name(definer->sqlite);

	reading->table = definer->table->source;
	if (try_reading(definer, NULL, reading) != NULL) {
		lose_unreadable(definer, definition);
		if (definer->fault->status == 0 && try_reading(definer, NULL, reading) != NULL)
			return fault_set(definer->fault, STATUS_SOURCE,
				"%s: table %s cannot be read (%s); leave it out with -T", name,
				reading->table, sqlite_refused(definer->sqlite));
	}
	if (condition != NULL && try_reading(definer, condition, reading) != NULL)
		return fault_set(definer->fault, STATUS_USAGE, "%s: --where %s: %s", name,
			reading->table, sqlite_refused(definer->sqlite));
	reading->rowids = select_rowids(definer, condition);
	reading->hand = select_columns(definer, "SELECT " SCAN_HAND "(", ")", condition);
	return definer->fault->status;
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

	table->source = table->name = keep(definer, definer->listed->name);
	table->sql = keep(definer, definer->listed->sql);
	table->coverage = condition == NULL ? "whole" : "where";
	table->without_rowid = definer->listed->without_rowid;
	table->strict = definer->listed->strict;
	if (read_columns(definer) != 0 || read_indexes(definer) != 0 ||
		read_foreigns(definer) != 0 || overlay(definer) != 0)
		return definer->fault->status;
	read_sequence(definer);
	plan_reading(definer, condition, definition);
	if (definer->escaped)
		remark(definer, "names or SQL that are not UTF-8 stand with \\xNN for their bytes",
			NULL);
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
