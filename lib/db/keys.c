#include "db/keys.h"

#include <string.h>

#include "row/token.h"

enum {
	KEY_MOST = 2600, /* bytes of a key that surely fit: btree takes 2,704 with its header */
	TERMS_MOST = 32
};

/* Longest value of the term's column, if it is one of texts or bytes. */
static uint64_t longest(const struct making *making, const struct term *term)
{
	const struct column *column = term->column == NULL ? NULL :
		steps_find(making->table->table, term->column);

	if (column == NULL || column->profile == NULL)
		return 0;
	return column->profile->longest_text > column->profile->longest_blob ?
		column->profile->longest_text : column->profile->longest_blob;
}

/* Longest key that the index may meet, by the profiles of its text and byte columns. */
static bool may_be_long(const struct making *making, const struct index *index)
{
	uint64_t size = 0;

	for (size_t i = 0; i < index->term_count; i++)
		size += longest(making, &index->terms[i]);
	return size > KEY_MOST;
}

/* How a term on a column of texts compares; NULL: by bytes, whatever its column does. */
static const char *collation_of(const struct making *making, const struct term *term)
{
	const struct column *column = term->column == NULL ? NULL :
		steps_find(making->table->table, term->column);

	return column != NULL && steps_is_text(steps_type(making, column)) ? term->collation : NULL;
}

/* What makes texts of one key from texts that a collation of SQLite's own takes for equal. */
static const char *fold_of(const struct making *making, const struct term *term)
{
	const char *collation = collation_of(making, term);

	if (collation == NULL)
		return NULL;
	if (name_compare(collation, "NOCASE") == 0)
		return "lower";
	return name_compare(collation, "RTRIM") == 0 ? "rtrim" : NULL;
}

/* --- indexes ---------------------------------------------------------------------------------- */

/* lower(... COLLATE "C") folds ASCII only, as SQLite does; rtrim() takes away blanks only. */
static void add_folded(struct making *making, const struct term *term, const struct column *column)
{
	const char *fold = fold_of(making, term);

	if (fold != NULL)
		bytes_format(&making->sql, "%s(", fold);
	steps_add_name(making, &making->sql, column->name);
	if (fold != NULL)
		bytes_add_text(&making->sql, " COLLATE \"C\")");
}

/*
 * The bytes of a text, immutably: convert_to and textsend are not, for they know of encodings that
 * may change.
 */
static void add_hash(struct making *making, const struct term *term, const struct column *column)
{
	const bool text = steps_is_text(steps_type(making, column));

	bytes_add_text(&making->sql, text ? "sha256(decode(replace(" : "sha256(");
	add_folded(making, term, column);
	bytes_add_text(&making->sql, text ? ", '\\', '\\\\'), 'escape'))" : ")");
}

/* NULL, or why the column cannot be there. */
static const char *add_column_term(struct making *making, const struct term *term, bool hashed)
{
	const struct column *column = steps_find(making->table->table, term->column);
	const struct type *type;

	if (column == NULL)
		return "it names a column that is not there";
	type = steps_type(making, column);
	if (type->kind == TYPE_JSON)
		return "a column of it cannot be in an index of PostgreSQL";
	if (hashed && (steps_is_text(type) || type->kind == TYPE_BYTEA))
		add_hash(making, term, column);
	else
		add_folded(making, term, column);
	return NULL;
}

static bool add_term(struct making *making, const struct index *index, const struct term *term,
	bool hashed)
{
	if (term->column != NULL) {
		const char *trouble = add_column_term(making, term, hashed);

		if (trouble != NULL) {
			steps_todo(making, "index", index->name, index->sql, trouble);
			return false;
		}
	} else {
		bytes_add_byte(&making->sql, '(');
		if (!steps_translate(making, term->expression,
			index->unique ? USE_UNIQUE : USE_INDEX, &making->sql, "index", index->name))
			return false;
		bytes_add_byte(&making->sql, ')');
	}
	return true;
}

/* "(terms) [WHERE ...]" behind sql; false when it became a to-do.  A hash index has no order. */
static bool add_terms(struct making *making, const struct index *index, bool hashed, bool ordered)
{
	bytes_add_text(&making->sql, " (");
	for (size_t i = 0; i < index->term_count; i++) {
		bytes_add_text(&making->sql, i == 0 ? "" : ", ");
		if (!add_term(making, index, &index->terms[i], hashed))
			return false;
		if (ordered)
			bytes_add_text(&making->sql, index->terms[i].descending ?
				" DESC NULLS LAST" : " NULLS FIRST");
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
static const char *index_trouble(const struct index *index)
{
	if (index->term_count == 0)
		return "its SQL was not understood";
	if (index->term_count > TERMS_MOST)
		return "an index of PostgreSQL has at most 32 columns";
	return NULL;
}

/* Texts that the application alone can compare. */
static void tell_collations(struct making *making, const struct index *index, const char *what)
{
	for (size_t i = 0; i < index->term_count; i++) {
		const char *collation = collation_of(making, &index->terms[i]);
		const char *reason;

		if (collation == NULL || fold_of(making, &index->terms[i]) != NULL)
			continue;
		reason = arena_format(making->target->arena, "%s compares with %s, a collation of "
			"the application's own; here it compares bytes", index->terms[i].column,
			collation);
		if (reason == NULL)
			fault_memory(making->fault);
		else
			steps_todo(making, what, index->name, index->sql != NULL ? index->sql :
				making->table->table->sql, reason);
	}
}

/* SQLite keeps 1 and '1' apart; columns that hold both may hold one value twice here. */
static const char *weaker_unique(const struct making *making, const struct index *index)
{
	for (size_t i = 0; i < index->term_count; i++) {
		const struct column *column = index->terms[i].column == NULL ? NULL :
			steps_find(making->table->table, index->terms[i].column);
		const struct profile *profile = column == NULL ? NULL : column->profile;

		if (profile != NULL && (profile->integers + profile->reals > 0) +
			(profile->texts > 0) + (profile->blobs + profile->ill > 0) > 1)
			return "values that SQLite keeps apart, as 1 and '1', are equal here; an "
				"index that is not unique stands in its place";
	}
	return "an index that is not unique stands in its place";
}

/*
 * A plain index with values that are too long for a btree: on the columns that fit, else a hash of
 * the first one.  It keeps finding what it found; what it lacks is a to-do.
 */
static void make_short_index(struct making *making, const struct index *index)
{
	struct term *terms = arena_array(making->target->arena, index->term_count, sizeof(*terms));
	struct index left = *index;
	uint64_t size = 0;
	bool hash;

	if (terms == NULL) {
		fault_memory(making->fault);
		return;
	}
	left.terms = terms;
	left.term_count = 0;
	for (size_t i = 0; i < index->term_count; i++)
		if (size + longest(making, &index->terms[i]) <= KEY_MOST) {
			size += longest(making, &index->terms[i]);
			terms[left.term_count++] = index->terms[i];
		}
	hash = left.term_count == 0;
	if (hash)
		terms[left.term_count++] = index->terms[0];
	add_index_head(making, &making->sql, index, false);
	if (hash)
		bytes_add_text(&making->sql, " USING hash");
	if (!add_terms(making, &left, false, !hash)) {
		bytes_clear(&making->sql);
		return;
	}
	steps_add(making, (struct target_step){ .phase = TARGET_INDEX, .what = "index",
		.name = index->name });
	steps_todo(making, "index", index->name, index->sql, hash ?
		"values are longer than a btree index takes (2,704 bytes): it is a hash index of "
		"its first column, for = but not for < or ORDER BY" :
		"values are longer than a btree index takes (2,704 bytes): it leaves out the "
		"columns that hold them");
}

/* Foreign keys need unique indexes; a name that the server chooses comes when all are taken. */
static enum target_phase phase_of(const struct index *index)
{
	if (!index->unique)
		return TARGET_INDEX;
	return index->name == NULL ? TARGET_CHECK : TARGET_KEY;
}

/* CREATE [UNIQUE] INDEX; a unique one that the data breaks becomes a plain one. */
static void make_index(struct making *making, const struct index *index, const char *what)
{
	struct target_step step = { .phase = phase_of(index), .what = what, .name = index->name };
	const char *trouble = index_trouble(index);
	const bool long_values = may_be_long(making, index);
	size_t head;

	if (trouble != NULL) {
		steps_todo(making, what, index->name, index->sql, trouble);
		return;
	}
	if (long_values && !index->unique) {
		make_short_index(making, index);
		return;
	}
	add_index_head(making, &making->sql, index, index->unique);
	head = making->sql.size;
	if (!add_terms(making, index, long_values, true)) {
		bytes_clear(&making->sql);
		return;
	}
	if (index->unique) {
		add_index_head(making, &making->other, index, false);
		bytes_add(&making->other, making->sql.data + head, making->sql.size - head);
		step.weaker = weaker_unique(making, index);
	}
	steps_add(making, step);
	tell_collations(making, index, what);
}

/* --- keys ------------------------------------------------------------------------------------- */

bool keys_fit(const struct making *making, const struct index *index, bool primary)
{
	if (may_be_long(making, index))
		return false;
	for (size_t i = 0; i < index->term_count; i++) {
		const struct term *term = &index->terms[i];
		const struct column *column = term->column == NULL ? NULL :
			steps_find(making->table->table, term->column);

		if (column == NULL || steps_type(making, column)->kind == TYPE_JSON ||
			(primary ? steps_nulls(column) > 0 : fold_of(making, term) != NULL))
			return false;
		for (size_t j = 0; j < i; j++)
			if (name_compare(index->terms[j].column, term->column) == 0)
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

static void make_constraint(struct making *making, const struct index *key, bool primary)
{
	struct target_step step = { .phase = TARGET_KEY, .name = key->name,
		.what = primary ? "primary key" : "unique key",
		.weaker = weaker_unique(making, key) };

	steps_add_alter(making, &making->sql, key->name);
	bytes_add_text(&making->sql, primary ? "PRIMARY KEY" : "UNIQUE");
	add_columns(making, &making->sql, key);
	add_index_head(making, &making->other, key, false);
	add_columns(making, &making->other, key);
	steps_add(making, step);
	tell_collations(making, key, step.what);
}

/* Why a primary key cannot be one. */
static const char *primary_trouble(const struct making *making, const struct index *key)
{
	if (may_be_long(making, key))
		return "values are longer than a btree index takes (2,704 bytes): it became a "
			"unique index of their hashes";
	for (size_t i = 0; i < key->term_count; i++) {
		const struct column *column = key->terms[i].column == NULL ? NULL :
			steps_find(making->table->table, key->terms[i].column);

		if (column != NULL && steps_nulls(column) > 0)
			return "it holds NULLs: it became a unique index";
	}
	return "it became a unique index";
}

/* What compares without case is unique by its bytes, and by what it compares, too. */
static void make_primary(struct making *making, const struct index *key)
{
	struct index unique = *key;
	bool folds = false;

	unique.unique = true;
	if (!keys_fit(making, key, true)) {
		make_index(making, &unique, "primary key");
		if (index_trouble(&unique) == NULL)
			steps_todo(making, "primary key", key->name, making->table->table->sql,
				primary_trouble(making, key));
		return;
	}
	make_constraint(making, key, true);
	for (size_t i = 0; i < key->term_count; i++)
		folds |= fold_of(making, &key->terms[i]) != NULL;
	unique.name = NULL;
	if (folds)
		make_index(making, &unique, "primary key");
}

static void make_unique(struct making *making, const struct index *key)
{
	struct index unique = *key;

	unique.unique = true;
	if (keys_fit(making, key, false))
		make_constraint(making, key, false);
	else
		make_index(making, &unique, "unique key");
}

void keys_make(struct making *making)
{
	const struct table *table = making->table->table;

	if (table->primary != NULL)
		make_primary(making, table->primary);
	for (size_t i = 0; i < table->unique_count; i++)
		make_unique(making, &table->uniques[i]);
	for (size_t i = 0; i < table->index_count; i++)
		make_index(making, &table->indexes[i], "index");
}
