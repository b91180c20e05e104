#include "db/foreign.h"

#include <string.h>

#include "db/keys.h"
#include "row/token.h"

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
	const bool primary = index == making->table->table->primary;
	size_t found = 0;

	if (index->term_count != count || index->where != NULL ||
		!(keys_fit(making, index, false) || (primary && keys_fit(making, index, true))))
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
		return "no key is unique on just the columns that it points to";
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

static void make_one(struct making *making, const struct foreign *foreign)
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

void foreign_make(struct making *making)
{
	const struct table *table = making->table->table;

	for (size_t i = 0; i < table->foreign_count; i++)
		make_one(making, &table->foreigns[i]);
}
