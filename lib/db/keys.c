#include "db/keys.h"

#include <string.h>

#include "row/token.h"

enum {
	KEY_MOST = 2600, /* bytes of a key that surely fit: btree takes 2,704 with its header */
	TERMS_MOST = 32
};

/* Longest key that the index may meet, by the profiles of its text and byte columns. */
static bool may_be_long(const struct making *making, const struct index *index)
{
	uint64_t size = 0;

	for (size_t i = 0; i < index->term_count; i++) {
		const struct column *column = index->terms[i].column == NULL ? NULL :
			steps_find(making->table->table, index->terms[i].column);

		if (column != NULL && column->profile != NULL)
			size += column->profile->longest_text > column->profile->longest_blob ?
				column->profile->longest_text : column->profile->longest_blob;
	}
	return size > KEY_MOST;
}

static bool is_nocase(const struct making *making, const struct term *term)
{
	const struct column *column = steps_find(making->table->table, term->column);
	const char *collation = term->collation != NULL ? term->collation :
		column == NULL ? NULL : column->collation;

	return collation != NULL && name_compare(collation, "NOCASE") == 0;
}

/* --- indexes ---------------------------------------------------------------------------------- */

/*
 * The bytes of a text, immutably: convert_to and textsend are not, for they know of encodings that
 * may change.
 */
static void add_hash(struct making *making, const struct column *column, bool text)
{
	bytes_add_text(&making->sql, text ? "sha256(decode(replace(" : "sha256(");
	steps_add_name(making, &making->sql, column->name);
	bytes_add_text(&making->sql, text ? ", '\\', '\\\\'), 'escape'))" : ")");
}

/* Without regard to case means lower(... COLLATE "C"): ASCII only, as SQLite folds. */
static bool add_column_term(struct making *making, const struct term *term, bool hashed)
{
	const struct column *column = steps_find(making->table->table, term->column);
	const struct type *type;

	if (column == NULL)
		return false;
	type = steps_type(making, column);
	if (hashed && (steps_is_text(type) || type->kind == TYPE_BYTEA)) {
		add_hash(making, column, steps_is_text(type));
	} else if (is_nocase(making, term) && steps_is_text(type)) {
		bytes_add_text(&making->sql, "lower(");
		steps_add_name(making, &making->sql, column->name);
		bytes_add_text(&making->sql, " COLLATE \"C\")");
	} else if (type->kind == TYPE_JSON) {
		return false;
	} else {
		steps_add_name(making, &making->sql, column->name);
	}
	return true;
}

static bool add_term(struct making *making, const struct index *index, const struct term *term,
	bool hashed)
{
	if (term->column != NULL) {
		if (!add_column_term(making, term, hashed)) {
			steps_todo(making, "index", index->name, index->sql,
				"a column of it cannot be in an index of PostgreSQL");
			return false;
		}
	} else {
		bytes_add_byte(&making->sql, '(');
		if (!steps_translate(making, term->expression,
			index->unique ? USE_UNIQUE : USE_INDEX, &making->sql, "index", index->name))
			return false;
		bytes_add_byte(&making->sql, ')');
	}
	bytes_add_text(&making->sql, term->descending ? " DESC NULLS LAST" : " NULLS FIRST");
	return true;
}

/* "(terms) [WHERE ...]" behind sql; false when it became a to-do. */
static bool add_terms(struct making *making, const struct index *index, bool hashed)
{
	bytes_add_text(&making->sql, " (");
	for (size_t i = 0; i < index->term_count; i++) {
		bytes_add_text(&making->sql, i == 0 ? "" : ", ");
		if (!add_term(making, index, &index->terms[i], hashed))
			return false;
	}
	bytes_add_byte(&making->sql, ')');
	if (index->where == NULL)
		return true;
	bytes_add_text(&making->sql, " WHERE ");
	return steps_translate(making, index->where, USE_WHERE, &making->sql, "index",
		index->name);
}

static void add_index_head(struct making *making, struct bytes *to, const struct index *index,
	bool unique)
{
	bytes_add_text(to, unique ? "CREATE UNIQUE INDEX " : "CREATE INDEX ");
	if (index->name != NULL) {
		steps_add_name(making, to, index->name);
		bytes_add_byte(to, ' ');
	}
	bytes_format(to, "ON %s", making->table->name);
}

/* Why PostgreSQL has no such index; NULL when it may have one. */
static const char *index_trouble(const struct making *making, const struct index *index)
{
	if (index->term_count == 0)
		return "its SQL was not understood";
	if (index->term_count > TERMS_MOST)
		return "an index of PostgreSQL has at most 32 columns";
	if (!index->unique && may_be_long(making, index))
		return "values may be longer than a btree index takes (2,704 bytes)";
	return NULL;
}

/* CREATE [UNIQUE] INDEX; a unique one that the data breaks becomes a plain one. */
static void make_index(struct making *making, const struct index *index, const char *what)
{
	struct target_step step = { .phase = index->unique ? TARGET_KEY : TARGET_INDEX,
		.what = what, .name = index->name };
	const char *trouble = index_trouble(making, index);
	size_t head;

	if (trouble != NULL) {
		steps_todo(making, what, index->name, index->sql, trouble);
		return;
	}
	add_index_head(making, &making->sql, index, index->unique);
	head = making->sql.size;
	if (!add_terms(making, index, index->unique && may_be_long(making, index))) {
		bytes_clear(&making->sql);
		return;
	}
	if (index->unique) {
		add_index_head(making, &making->other, index, false);
		bytes_add(&making->other, making->sql.data + head, making->sql.size - head);
		step.weaker = "an index that is not unique stands in its place";
	}
	steps_add(making, step);
}

/* --- keys ------------------------------------------------------------------------------------- */

static bool plain_column(const struct making *making, const struct term *term)
{
	return term->column != NULL && steps_find(making->table->table, term->column) != NULL &&
		!is_nocase(making, term);
}

/* A constraint needs plain columns, and none twice; a primary key also values in all of them. */
static bool fits_constraint(const struct making *making, const struct index *index, bool primary)
{
	if (may_be_long(making, index))
		return false;
	for (size_t i = 0; i < index->term_count; i++) {
		const struct column *column;

		if (!plain_column(making, &index->terms[i]))
			return false;
		column = steps_find(making->table->table, index->terms[i].column);
		if (primary && steps_nulls(column) > 0)
			return false;
		if (steps_type(making, column)->kind == TYPE_JSON)
			return false;
		for (size_t j = 0; j < i; j++)
			if (name_compare(index->terms[j].column, index->terms[i].column) == 0)
				return false;
	}
	return index->term_count > 0 && index->term_count <= TERMS_MOST;
}

static void add_columns(struct making *making, struct bytes *to, const struct index *index)
{
	bytes_add_text(to, " (");
	for (size_t i = 0; i < index->term_count; i++) {
		bytes_add_text(to, i == 0 ? "" : ", ");
		steps_add_name(making, to,
			steps_find(making->table->table, index->terms[i].column)->name);
	}
	bytes_add_byte(to, ')');
}

static void make_key(struct making *making, const struct index *key, bool primary)
{
	const char *what = primary ? "primary key" : "unique key";
	struct target_step step = { .phase = TARGET_KEY, .what = what, .name = key->name,
		.weaker = "an index that is not unique stands in its place" };
	struct index unique = *key;

	if (!fits_constraint(making, key, primary)) {
		unique.unique = true;
		make_index(making, &unique, what);
		if (primary && index_trouble(making, &unique) == NULL)
			steps_todo(making, what, key->name, making->table->table->sql,
				"it holds NULLs, long values or compares without case: it "
				"became a unique index");
		return;
	}
	steps_add_alter(making, &making->sql, key->name);
	bytes_add_text(&making->sql, primary ? "PRIMARY KEY" : "UNIQUE");
	add_columns(making, &making->sql, key);
	unique.unique = false;
	add_index_head(making, &making->other, &unique, false);
	add_columns(making, &making->other, key);
	steps_add(making, step);
}

void keys_make(struct making *making)
{
	const struct table *table = making->table->table;

	if (table->primary != NULL)
		make_key(making, table->primary, true);
	for (size_t i = 0; i < table->unique_count; i++)
		make_key(making, &table->uniques[i], false);
	for (size_t i = 0; i < table->index_count; i++)
		make_index(making, &table->indexes[i], "index");
}

/* --- foreign keys ----------------------------------------------------------------------------- */

static const struct target_table *find_table(const struct target *target, const char *name)
{
	for (size_t i = 0; i < target->table_count; i++)
		if (name_compare(target->tables[i].table->source, name) == 0)
			return &target->tables[i];
	return NULL;
}

/* The columns that a foreign key points to: named, or the primary key's. */
static bool find_targets(const struct foreign *foreign, const struct table *to,
	const struct column **columns)
{
	bool named = foreign->targets.count > 0;

	if (!named && (to->primary == NULL || to->primary->term_count != foreign->columns.count))
		return false;
	if (named && foreign->targets.count != foreign->columns.count)
		return false;
	for (size_t i = 0; i < foreign->columns.count; i++) {
		const char *name = named ? foreign->targets.items[i] :
			to->primary->terms[i].column;

		columns[i] = name == NULL ? NULL : steps_find(to, name);
		if (columns[i] == NULL)
			return false;
	}
	return true;
}

static bool covers(const struct making *making, const struct index *index,
	const struct column *const *columns, size_t count)
{
	size_t found = 0;

	if (index->term_count != count || index->where != NULL ||
		!fits_constraint(making, index, false))
		return false;
	for (size_t i = 0; i < count; i++)
		for (size_t j = 0; j < count; j++)
			found += name_compare(index->terms[j].column, columns[i]->source) == 0;
	return found == count;
}

/* Whether PostgreSQL will find a unique index on just these columns. */
static bool is_unique(const struct making *making, const struct target_table *to,
	const struct column *const *columns, size_t count)
{
	const struct table *table = to->table;
	struct making there = *making;

	there.table = to;
	if (table->primary != NULL && covers(&there, table->primary, columns, count))
		return true;
	for (size_t i = 0; i < table->unique_count; i++)
		if (covers(&there, &table->uniques[i], columns, count))
			return true;
	for (size_t i = 0; i < table->index_count; i++)
		if (table->indexes[i].unique && covers(&there, &table->indexes[i], columns, count))
			return true;
	return false;
}

static bool same_family(const struct type *a, const struct type *b)
{
	bool numbers = (steps_is_integer(a) || a->kind == TYPE_NUMERIC) &&
		(steps_is_integer(b) || b->kind == TYPE_NUMERIC);

	return a->kind == b->kind || numbers || (steps_is_text(a) && steps_is_text(b));
}

/* Why it cannot be a foreign key of PostgreSQL's; NULL when it can. */
static const char *foreign_trouble(const struct making *making, const struct foreign *foreign,
	const struct target_table *to, const struct column **columns)
{
	const struct table *table = making->table->table;

	if (to == NULL)
		return "the table that it points to is not there";
	if (!find_targets(foreign, to->table, columns))
		return "the columns that it points to are not there";
	if (!is_unique(making, to, columns, foreign->columns.count))
		return "the columns that it points to are not unique";
	for (size_t i = 0; i < foreign->columns.count; i++) {
		const struct column *from = steps_find(table, foreign->columns.items[i]);

		if (from == NULL)
			return "a column of it is not there";
		if (!same_family(steps_type(making, from),
			&to->types[columns[i] - to->table->columns]))
			return "its columns have other types than those that they point to";
		if (making->table->generated[from - table->columns])
			return "a column of it is generated";
	}
	return NULL;
}

static void add_actions(struct bytes *sql, const struct foreign *foreign)
{
	if (foreign->on_update != NULL && strcmp(foreign->on_update, "NO ACTION") != 0)
		bytes_format(sql, " ON UPDATE %s", foreign->on_update);
	if (foreign->on_delete != NULL && strcmp(foreign->on_delete, "NO ACTION") != 0)
		bytes_format(sql, " ON DELETE %s", foreign->on_delete);
	if (foreign->deferrable != NULL)
		bytes_format(sql, " DEFERRABLE INITIALLY %s",
			strcmp(foreign->deferrable, "deferred") == 0 ? "DEFERRED" : "IMMEDIATE");
}

static void add_foreign(struct making *making, const struct foreign *foreign,
	const struct target_table *to, const struct column *const *columns)
{
	struct bytes *sql = &making->sql;

	steps_add_alter(making, sql, foreign->name);
	bytes_add_text(sql, "FOREIGN KEY (");
	for (size_t i = 0; i < foreign->columns.count; i++) {
		bytes_add_text(sql, i == 0 ? "" : ", ");
		steps_add_name(making, sql,
			steps_find(making->table->table, foreign->columns.items[i])->name);
	}
	bytes_format(sql, ") REFERENCES %s (", to->name);
	for (size_t i = 0; i < foreign->columns.count; i++) {
		bytes_add_text(sql, i == 0 ? "" : ", ");
		steps_add_name(making, sql, columns[i]->name);
	}
	bytes_add_byte(sql, ')');
	add_actions(sql, foreign);
}

/* "FOREIGN KEY (a, b) REFERENCES t (c, d)", as the source has it: for the to-do. */
static const char *foreign_sql(struct making *making, const struct foreign *foreign)
{
	struct bytes sql = { 0 };
	const char *copy;

	bytes_add_text(&sql, "FOREIGN KEY (");
	for (size_t i = 0; i < foreign->columns.count; i++)
		bytes_format(&sql, "%s\"%s\"", i == 0 ? "" : ", ", foreign->columns.items[i]);
	bytes_format(&sql, ") REFERENCES \"%s\"", foreign->table);
	for (size_t i = 0; i < foreign->targets.count; i++)
		bytes_format(&sql, "%s\"%s\"%s", i == 0 ? " (" : ", ", foreign->targets.items[i],
			i + 1 == foreign->targets.count ? ")" : "");
	add_actions(&sql, foreign);
	copy = steps_take(making, &sql);
	bytes_close(&sql);
	return copy;
}

static void make_foreign(struct making *making, const struct foreign *foreign)
{
	const struct target_table *to = find_table(making->target, foreign->table);
	const struct column **columns = arena_array(making->target->arena,
		foreign->columns.count, sizeof(*columns));
	struct target_step step = { .phase = TARGET_FOREIGN, .what = "foreign key",
		.name = foreign->name, .weaker = "it is there, NOT VALID: for new rows" };
	const char *trouble;

	if (columns == NULL) {
		fault_memory(making->fault);
		return;
	}
	trouble = foreign_trouble(making, foreign, to, columns);
	if (trouble != NULL) {
		steps_todo(making, "foreign key", foreign->name, foreign_sql(making, foreign),
			trouble);
		return;
	}
	add_foreign(making, foreign, to, columns);
	bytes_add(&making->other, making->sql.data, making->sql.size);
	bytes_add_text(&making->other, " NOT VALID");
	steps_add(making, step);
}

void keys_make_foreigns(struct making *making)
{
	const struct table *table = making->table->table;

	for (size_t i = 0; i < table->foreign_count; i++)
		make_foreign(making, &table->foreigns[i]);
}
