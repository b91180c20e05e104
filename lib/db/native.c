#include "db/native.h"

#include <string.h>

#include "row/token.h"

/* --- names that changed ----------------------------------------------------------------------- */

static bool is_moved(const struct table *table)
{
	return table->source_schema == NULL || table->source_table == NULL ||
		table->schema == NULL || strcmp(table->schema, table->source_schema) != 0 ||
		strcmp(table->name, table->source_table) != 0;
}

static bool is_renamed(const struct column *column)
{
	return strcmp(column->source, column->name) != 0;
}

static bool has_renamed(const struct table *table)
{
	for (size_t i = 0; i < table->column_count; i++)
		if (is_renamed(&table->columns[i]))
			return true;
	return false;
}

/* A name of it may be a column that is called otherwise now. */
static bool mentions_renamed(struct making *making, const char *sql)
{
	const struct table *table = making->table->table;
	struct cursor cursor = cursor_open(sql, strlen(sql));
	struct token token;

	if (!has_renamed(table))
		return false;
	while ((token = cursor_next(&cursor)).kind != TOKEN_END) {
		const char *name;
		const struct column *column;

		if (token.kind != TOKEN_NAME && token.kind != TOKEN_QUOTED)
			continue;
		name = token_unquote(making->target->arena, &token);
		column = name == NULL ? NULL : table_find(table, name);
		if (name == NULL)
			fault_memory(making->fault);
		else if (column != NULL && is_renamed(column))
			return true;
	}
	return false;
}

static bool speaks_true(struct making *making, const char *sql, const char *kind, const char *name)
{
	if (!mentions_renamed(making, sql))
		return true;
	steps_todo(making, kind, name, sql, "it speaks of a column that has another name now");
	return false;
}

bool native_is_same(const struct target *target)
{
	for (size_t i = 0; i < target->table_count; i++)
		if (is_moved(target->tables[i].table) || has_renamed(target->tables[i].table))
			return false;
	return true;
}

const struct target_table *native_find(const struct target *target, const char *source)
{
	for (size_t i = 0; i < target->table_count; i++)
		if (strcmp(target->tables[i].table->source, source) == 0)
			return &target->tables[i];
	return NULL;
}

/* --- sequences -------------------------------------------------------------------------------- */

/* It goes where its table goes. */
static void add_sequence(const struct target *target, const struct table *table,
	const struct sequence *sequence, struct bytes *to, struct fault *fault)
{
	const bool follows = table->source_schema != NULL && table->schema != NULL &&
		strcmp(sequence->schema, table->source_schema) == 0;

	libpq_name(target->libpq, to, follows ? table->schema : sequence->schema, fault);
	bytes_add_byte(to, '.');
	libpq_name(target->libpq, to, sequence->name, fault);
}

static void add_options(struct bytes *to, const struct sequence *sequence)
{
	bytes_format(to, " INCREMENT BY %lld MINVALUE %lld MAXVALUE %lld START WITH %lld "
		"CACHE %lld%s", (long long)sequence->increment, (long long)sequence->least,
		(long long)sequence->most, (long long)sequence->start, (long long)sequence->cache,
		sequence->cycle ? " CYCLE" : " NO CYCLE");
}

static void add_column_head(struct making *making, const struct column *column)
{
	bytes_format(&making->sql, "ALTER TABLE %s ALTER COLUMN ", making->table->name);
	steps_add_name(making, &making->sql, column->name);
}

static void make_identity(struct making *making, const struct column *column)
{
	const bool always = strcmp(column->identity, "always") == 0;

	add_column_head(making, column);
	bytes_format(&making->sql, " ADD GENERATED %s AS IDENTITY", always ? "ALWAYS" :
		"BY DEFAULT");
	if (column->sequence != NULL) {
		bytes_add_text(&making->sql, " (SEQUENCE NAME ");
		add_sequence(making->target, making->table->table, column->sequence, &making->sql,
			making->fault);
		add_options(&making->sql, column->sequence);
		bytes_add_byte(&making->sql, ')');
	}
	steps_add(making, (struct target_step){ .phase = TARGET_IDENTITY, .what = "identity",
		.name = column->source });
}

static void make_owned(struct making *making, const struct column *column)
{
	const struct sequence *sequence = column->sequence;

	bytes_add_text(&making->sql, "CREATE SEQUENCE ");
	add_sequence(making->target, making->table->table, sequence, &making->sql, making->fault);
	bytes_format(&making->sql, " AS %s", sequence->type);
	add_options(&making->sql, sequence);
	bytes_add_text(&making->sql, ";ALTER SEQUENCE ");
	add_sequence(making->target, making->table->table, sequence, &making->sql, making->fault);
	bytes_format(&making->sql, " OWNED BY %s.", making->table->name);
	steps_add_name(making, &making->sql, column->name);
	steps_add(making, (struct target_step){ .phase = TARGET_IDENTITY, .what = "sequence",
		.name = column->source });
}

/* A default may need a sequence, of this table or of another. */
static bool wants_sequence(const struct column *column)
{
	return column->fallback != NULL && strncmp(column->fallback, "nextval(", 8) == 0;
}

/* It speaks of the sequence by the name that it has in the source: kept, or put together anew. */
static void make_sequence_default(struct making *making, const struct column *column)
{
	const struct sequence *own = column->sequence;
	const bool same = native_is_same(making->target);
	struct bytes name = { 0 };

	if (!same && (own == NULL || strstr(column->fallback, own->name) == NULL)) {
		steps_todo(making, "default", column->source, column->fallback,
			"it speaks of a sequence by the name that it has in the source");
		return;
	}
	add_column_head(making, column);
	bytes_format(&making->sql, " SET DEFAULT %s", same ? column->fallback : "nextval(");
	if (!same) {
		add_sequence(making->target, making->table->table, own, &name, making->fault);
		if (!name.failed)
			libpq_literal(&making->sql, name.data, name.size, making->fault);
		bytes_add_text(&making->sql, "::regclass)");
		making->sql.failed |= name.failed;
		bytes_close(&name);
	}
	steps_add(making, (struct target_step){ .phase = TARGET_IDENTITY, .what = "default",
		.name = column->source });
}

static void make_sequences(struct making *making)
{
	struct target *target = making->target;

	for (int turn = 0; turn < 2; turn++)
		for (size_t i = 0; i < target->table_count; i++) {
			const struct table *table = target->tables[i].table;

			making->table = &target->tables[i];
			for (size_t j = 0; j < table->column_count; j++) {
				const struct column *column = &table->columns[j];

				if (turn == 0 && column->identity != NULL)
					make_identity(making, column);
				else if (turn == 0 && column->sequence != NULL)
					make_owned(making, column);
				else if (turn == 1 && wants_sequence(column))
					make_sequence_default(making, column);
			}
		}
}

/* setval survives ROLLBACK, but these sequences do not. */
static void add_position(const struct target *target, const struct target_table *table,
	const struct column *column, struct bytes *sql, struct fault *fault)
{
	const struct sequence *sequence = column->sequence;
	struct bytes name = { 0 };

	add_sequence(target, table->table, sequence, &name, fault);
	bytes_add_text(sql, "SELECT pg_catalog.setval(");
	if (!name.failed)
		libpq_literal(sql, name.data, name.size, fault);
	if (sequence->known) {
		bytes_format(sql, ", %lld, %s);", (long long)sequence->last,
			sequence->called ? "true" : "false");
	} else { /* the role may not look: behind what is there */
		bytes_add_text(sql, ", v) FROM (SELECT max(");
		libpq_name(target->libpq, sql, column->name, fault);
		bytes_format(sql, ") AS v FROM %s) m WHERE v BETWEEN %lld AND %lld;", table->name,
			(long long)sequence->least, (long long)sequence->most);
	}
	sql->failed |= name.failed;
	bytes_close(&name);
}

void native_add_positions(const struct target *target, struct bytes *sql, struct fault *fault)
{
	for (size_t i = 0; i < target->table_count; i++) {
		const struct table *table = target->tables[i].table;

		for (size_t j = 0; j < table->column_count; j++)
			if (table->columns[j].sequence != NULL)
				add_position(target, &target->tables[i], &table->columns[j], sql,
					fault);
	}
}

/* --- tables ----------------------------------------------------------------------------------- */

/* In sql with what the server is to know of it, in other without expressions. */
static void add_column(struct making *making, size_t place)
{
	const struct target_table *table = making->table;
	const struct column *column = &table->table->columns[place];
	const char *type = type_target(making->target->arena, &table->types[place]);
	const size_t start = making->sql.size;

	bytes_add_text(&making->sql, place == 0 ? "\n\t" : ",\n\t");
	steps_add_name(making, &making->sql, column->name);
	bytes_format(&making->sql, " %s", type == NULL ? "" : type);
	if (column->collation != NULL)
		bytes_format(&making->sql, " COLLATE %s", column->collation);
	bytes_add(&making->other, making->sql.data + start, making->sql.size - start);
	if (column->generated != NULL &&
		speaks_true(making, column->generated, "generated column", column->source)) {
		table->generated[place] = true;
		bytes_format(&making->sql, " GENERATED ALWAYS AS (%s) %s", column->generated,
			column->stored ? "STORED" : "VIRTUAL");
	} else if (column->fallback != NULL && !wants_sequence(column)) {
		bytes_format(&making->sql, " DEFAULT %s", column->fallback);
	}
	table->not_null[place] = column->not_null;
	if (!column->not_null)
		return;
	bytes_add_text(&making->sql, " NOT NULL");
	bytes_add_text(&making->other, " NOT NULL");
}

static void make_table(struct making *making)
{
	const struct table *table = making->table->table;
	struct target_step step = { .phase = TARGET_TABLE, .what = "table",
		.weaker = "it was made without defaults and computed columns" };
	const char *unlogged = table->unlogged ? "UNLOGGED " : "";

	bytes_format(&making->sql, "CREATE %sTABLE %s (", unlogged, making->table->name);
	bytes_format(&making->other, "CREATE %sTABLE %s (", unlogged, making->table->name);
	for (size_t i = 0; i < table->column_count; i++)
		add_column(making, i);
	bytes_add_text(&making->sql, "\n)");
	bytes_add_text(&making->other, "\n)");
	if (table->settings != NULL)
		bytes_format(&making->sql, " WITH (%s)", table->settings);
	steps_add(making, step);
}

/* --- keys and indexes ------------------------------------------------------------------------- */

/* "PRIMARY KEY (a, b)", of the columns as they are called now. */
static void add_key(struct making *making, const struct index *key, bool primary)
{
	bytes_add_text(&making->sql, primary ? "PRIMARY KEY" : "UNIQUE");
	for (size_t i = 0; i < key->term_count; i++) {
		const struct column *column = key->terms[i].column == NULL ? NULL :
			table_find(making->table->table, key->terms[i].column);

		bytes_add_text(&making->sql, i == 0 ? " (" : ", ");
		if (column != NULL)
			steps_add_name(making, &making->sql, column->name);
	}
	bytes_add_byte(&making->sql, ')');
}

/* More than the columns of a key is in its SQL alone. */
static bool is_plain_key(const struct index *key)
{
	const char *close = strchr(key->sql, ')');

	return close != NULL && close[1] == '\0' && strncmp(key->sql, "UNIQUE NULLS", 12) != 0 &&
		strncmp(key->sql, "EXCLUDE", 7) != 0;
}

static void make_key(struct making *making, const struct index *key, bool primary)
{
	const char *what = primary ? "primary key" : key->unique ? "unique key" : "exclusion";

	if (key->sql != NULL && !is_plain_key(key) &&
		!speaks_true(making, key->sql, what, key->name))
		return;
	steps_add_alter(making, &making->sql, key->name);
	if (key->sql != NULL && !mentions_renamed(making, key->sql))
		bytes_add_text(&making->sql, key->sql);
	else
		add_key(making, key, primary);
	steps_add(making, (struct target_step){ .phase = TARGET_KEY, .what = what,
		.name = key->name });
}

/* What stands behind "CREATE INDEX name ON [ONLY] schema.table "; NULL: it is no such statement. */
static const char *index_tail(const char *sql)
{
	struct cursor cursor = cursor_open(sql, strlen(sql));
	struct token token;

	do
		token = cursor_next(&cursor);
	while (token.kind != TOKEN_END && !token_is(&token, "ON"));
	token = cursor_next(&cursor);
	if (token_is(&token, "ONLY"))
		token = cursor_next(&cursor);
	token = cursor_next(&cursor);
	if (token_is(&token, ".")) {
		token = cursor_next(&cursor);
		token = cursor_next(&cursor);
	}
	return token_is(&token, "USING") ? token.text : NULL;
}

static void make_index(struct making *making, const struct index *index)
{
	const char *tail = index->sql == NULL ? NULL : index_tail(index->sql);

	if (tail == NULL) {
		steps_todo(making, "index", index->name, index->sql, "its SQL was not understood");
		return;
	}
	if (!speaks_true(making, tail, "index", index->name))
		return;
	bytes_add_text(&making->sql, index->unique ? "CREATE UNIQUE INDEX " : "CREATE INDEX ");
	if (index->name != NULL) {
		steps_add_name(making, &making->sql, index->name);
		bytes_add_byte(&making->sql, ' ');
	}
	bytes_format(&making->sql, "ON %s %s", making->table->name, tail);
	steps_add(making, (struct target_step){ .what = "index", .name = index->name,
		.phase = index->unique ? TARGET_KEY : TARGET_INDEX });
}

/* --- constraints ------------------------------------------------------------------------------ */

static void make_check(struct making *making, const struct check *check)
{
	struct target_step step = { .phase = TARGET_CHECK, .what = "check", .name = check->name,
		.weaker = "it is there, NOT VALID: for new rows" };

	if (!speaks_true(making, check->expression, "check", check->name))
		return;
	steps_add_alter(making, &making->sql, check->name);
	bytes_format(&making->sql, "CHECK (%s)%s", check->expression,
		check->no_inherit ? " NO INHERIT" : "");
	bytes_add(&making->other, making->sql.data, making->sql.size);
	bytes_add_text(&making->other, " NOT VALID");
	if (check->not_valid)
		bytes_add_text(&making->sql, " NOT VALID");
	steps_add(making, step);
}

static bool add_names(struct making *making, const struct table *table, const struct texts *columns)
{
	for (size_t i = 0; i < columns->count; i++) {
		const struct column *column = table_find(table, columns->items[i]);

		if (column == NULL)
			return false;
		bytes_add_text(&making->sql, i == 0 ? " (" : ", ");
		steps_add_name(making, &making->sql, column->name);
	}
	bytes_add_byte(&making->sql, ')');
	return columns->count > 0;
}

static void add_actions(struct bytes *sql, const struct foreign *foreign)
{
	if (foreign->match != NULL)
		bytes_format(sql, " MATCH %s", foreign->match);
	if (foreign->on_update != NULL)
		bytes_format(sql, " ON UPDATE %s", foreign->on_update);
	if (foreign->on_delete != NULL)
		bytes_format(sql, " ON DELETE %s", foreign->on_delete);
	if (foreign->deferrable != NULL)
		bytes_format(sql, " DEFERRABLE INITIALLY %s",
			strcmp(foreign->deferrable, "deferred") == 0 ? "DEFERRED" : "IMMEDIATE");
}

static const char *foreign_trouble(struct making *making, const struct foreign *foreign,
	const struct target_table *to)
{
	if (to == NULL)
		return "the table that it points to is not there";
	if (foreign->on_delete != NULL && mentions_renamed(making, foreign->on_delete))
		return "it speaks of a column that has another name now";
	steps_add_alter(making, &making->sql, foreign->name);
	bytes_add_text(&making->sql, "FOREIGN KEY");
	if (!add_names(making, making->table->table, &foreign->columns))
		return "a column of it is not there";
	bytes_format(&making->sql, " REFERENCES %s", to->name);
	if (!add_names(making, to->table, &foreign->targets))
		return "the columns that it points to are not there";
	add_actions(&making->sql, foreign);
	return NULL;
}

static void make_foreign(struct making *making, const struct foreign *foreign)
{
	struct target_step step = { .phase = TARGET_FOREIGN, .what = "foreign key",
		.name = foreign->name, .weaker = "it is there, NOT VALID: for new rows" };
	const char *trouble = foreign_trouble(making, foreign,
		native_find(making->target, foreign->table));

	if (trouble != NULL) {
		bytes_clear(&making->sql);
		steps_todo(making, "foreign key", foreign->name, arena_format(making->target->arena,
			"REFERENCES %s", foreign->table), trouble);
		return;
	}
	bytes_add(&making->other, making->sql.data, making->sql.size);
	bytes_add_text(&making->other, " NOT VALID");
	if (foreign->not_valid)
		bytes_add_text(&making->sql, " NOT VALID");
	steps_add(making, step);
}

static void make_constraints(struct making *making)
{
	const struct table *table = making->table->table;

	if (table->primary != NULL)
		make_key(making, table->primary, true);
	for (size_t i = 0; i < table->unique_count; i++)
		make_key(making, &table->uniques[i], false);
	for (size_t i = 0; i < table->index_count; i++)
		make_index(making, &table->indexes[i]);
	for (size_t i = 0; i < table->check_count; i++)
		make_check(making, &table->checks[i]);
	for (size_t i = 0; i < table->foreign_count; i++)
		make_foreign(making, &table->foreigns[i]);
}

/* --- all of it -------------------------------------------------------------------------------- */

static void for_tables(struct making *making, void (*make)(struct making *making))
{
	for (size_t i = 0; i < making->target->table_count && making->fault->status == 0; i++) {
		making->table = &making->target->tables[i];
		make(making);
	}
}

void native_make(struct making *making, const struct object *objects, size_t count)
{
	for_tables(making, make_table);
	make_sequences(making);
	for_tables(making, make_constraints);
	for_tables(making, native_make_comments);
	native_make_objects(making, objects, count, false);
	for_tables(making, native_make_row_security);
	native_make_objects(making, objects, count, true);
	for (size_t i = 0; i < making->target->table_count; i++) {
		making->table = NULL;
		native_make_schema(making, making->target->tables[i].table->schema, NULL);
	}
}
