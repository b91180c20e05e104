/*
 * Keys that nobody enforces on the target: values that stand there twice, rows without a parent,
 * checks that rows break.  Where the rows are proved equal the source has the very same.
 */
#include <stdlib.h>
#include <string.h>

#include "db/text.h"
#include "db/verify.h"
#include "row/token.h"

struct asking {
	struct verify *verify;
	const struct verify_table *table;
	struct fault *fault;
	struct bytes sql;
};

static void find(struct asking *asking, const char *kind, const char *name, const char *expected,
	const char *found, bool same)
{
	/* Rows that the stream does not speak of may be what it is about. */
	const bool whole = asking->table->whole;
	const struct verify_finding finding = { .table = asking->table, .kind = kind, .name = name,
		.expected = whole ? expected : NULL, .found = found, .same = same || !whole };

	verify_add(asking->verify, &finding, asking->fault);
}

/* The one number of the answer; false when the server could not tell, which is a finding. */
static bool ask_number(struct asking *asking, const char *kind, const char *name, uint64_t *number)
{
	struct libpq_rows rows;
	const char *why;

	if (asking->fault->status == 0)
		verify_ask(asking->verify, &asking->sql, &rows, &why, asking->fault);
	bytes_clear(&asking->sql);
	if (asking->fault->status != 0)
		return false;
	if (why != NULL)
		find(asking, kind, name, NULL, arena_format(asking->verify->arena,
			"it could not be looked at: %s", why), true);
	else
		*number = strtoull(libpq_cell(&rows, 0, 0), NULL, 10);
	return why == NULL;
}

static const char *counted(struct asking *asking, uint64_t count, const char *one,
	const char *many)
{
	return arena_format(asking->verify->arena, "%llu %s", (unsigned long long)count,
		count == 1 ? one : many);
}

/* --- primary keys ----------------------------------------------------------------------------- */

static bool has_term(const struct index *index, const char *name)
{
	for (size_t i = 0; i < index->term_count; i++)
		if (index->terms[i].column != NULL && strcmp(index->terms[i].column, name) == 0)
			return true;
	return false;
}

/* Unique over these columns or fewer of them, so that nothing stands there twice. */
static bool enforces(const struct index *index, const struct verify_table *table,
	const struct index *key)
{
	size_t hits = 0;

	if (!index->unique || index->where != NULL)
		return false;
	for (size_t i = 0; i < key->term_count; i++) {
		const struct column *column = verify_column(table, key->terms[i].column);

		hits += column != NULL && has_term(index, column->name);
	}
	return hits == index->term_count;
}

static bool is_enforced(const struct verify_table *table, const struct index *key)
{
	const struct table *found = table->found;

	if (found->primary != NULL && enforces(found->primary, table, key))
		return true;
	for (size_t i = 0; i < found->unique_count; i++)
		if (enforces(&found->uniques[i], table, key))
			return true;
	for (size_t i = 0; i < found->index_count; i++)
		if (enforces(&found->indexes[i], table, key))
			return true;
	return false;
}

/* "a", "b"; false when one of them is not there. */
static bool add_names(struct asking *asking, struct bytes *to, const struct verify_table *table,
	const char *prefix, const char *const *sources, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const struct column *column = verify_column(table, sources[i]);
		const char *name = column == NULL ? NULL :
			text_quote(asking->verify->arena, column->name);

		if (name == NULL)
			return false;
		bytes_format(to, "%s%s%s", i == 0 ? "" : ", ", prefix, name);
	}
	return count > 0;
}

static const char *list_names(struct asking *asking, const char *const *sources, size_t count)
{
	struct bytes text = { 0 };
	const char *copy;

	for (size_t i = 0; i < count; i++) {
		const struct column *column = verify_column(asking->table, sources[i]);

		bytes_format(&text, "%s%s", i == 0 ? "" : ", ",
			column == NULL ? sources[i] : column->name);
	}
	copy = bytes_settle(&text, asking->verify->arena);
	if (copy == NULL)
		fault_memory(asking->fault);
	return copy;
}

static void look_at_primary(struct asking *asking)
{
	const struct verify_table *table = asking->table;
	const struct index *key = table->expected->primary;
	const char **names;
	uint64_t doubled = 0;

	if (key == NULL || key->where != NULL || is_enforced(table, key))
		return;
	names = arena_array(asking->verify->arena, key->term_count, sizeof(*names));
	if (names == NULL) {
		fault_memory(asking->fault);
		return;
	}
	for (size_t i = 0; i < key->term_count; i++)
		if ((names[i] = key->terms[i].column) == NULL)
			return;
	bytes_add_text(&asking->sql, "SELECT pg_catalog.count(*) FROM (SELECT FROM ");
	bytes_format(&asking->sql, "%s GROUP BY ", table->from);
	if (!add_names(asking, &asking->sql, table, "", names, key->term_count)) {
		bytes_clear(&asking->sql);
		return;
	}
	bytes_add_text(&asking->sql, " HAVING pg_catalog.count(*) > 1) d");
	if (ask_number(asking, "primary key", list_names(asking, names, key->term_count),
		&doubled) && doubled > 0)
		find(asking, "primary key", list_names(asking, names, key->term_count),
			"each value once", counted(asking, doubled, "value stands more than once",
			"values stand more than once"), table->equal);
}

/* --- foreign keys ----------------------------------------------------------------------------- */

static const struct verify_table *find_parent(const struct asking *asking, const char *name)
{
	const struct verify *verify = asking->verify;

	for (size_t i = 0; i < verify->count; i++)
		if (name_compare(verify->tables[i].expected->source, name) == 0)
			return verify->tables[i].found == NULL ? NULL : &verify->tables[i];
	return NULL;
}

/* The server's own, over the same columns; NULL: there is none. */
static const struct foreign *find_found(const struct asking *asking, const struct foreign *foreign)
{
	const struct verify_table *table = asking->table;

	for (size_t i = 0; i < table->found->foreign_count; i++) {
		const struct foreign *found = &table->found->foreigns[i];
		size_t hits = 0;

		for (size_t j = 0; j < foreign->columns.count; j++) {
			const struct column *column = verify_column(table,
				foreign->columns.items[j]);

			hits += j < found->columns.count && column != NULL &&
				strcmp(found->columns.items[j], column->name) == 0;
		}
		if (hits == foreign->columns.count && hits == found->columns.count)
			return found;
	}
	return NULL;
}

/* The columns of the parent that are meant: its primary key where none are named. */
static bool find_targets(struct asking *asking, const struct foreign *foreign,
	const struct verify_table *parent, const char **targets)
{
	const struct index *key = parent->expected->primary;

	if (foreign->targets.count == foreign->columns.count) {
		memcpy(targets, foreign->targets.items, foreign->columns.count * sizeof(*targets));
		return true;
	}
	if (foreign->targets.count > 0 || key == NULL ||
		key->term_count != foreign->columns.count)
		return false;
	for (size_t i = 0; i < key->term_count; i++)
		if ((targets[i] = key->terms[i].column) == NULL)
			return false;
	return asking->fault->status == 0;
}

static bool add_orphans(struct asking *asking, const struct foreign *foreign,
	const struct verify_table *parent, const char *const *targets)
{
	struct bytes *sql = &asking->sql;
	const size_t count = foreign->columns.count;

	bytes_format(sql, "SELECT pg_catalog.count(*) FROM %s c WHERE pg_catalog.num_nulls(",
		asking->table->from);
	if (!add_names(asking, sql, asking->table, "c.", foreign->columns.items, count))
		return false;
	bytes_format(sql, ") = 0 AND NOT EXISTS (SELECT FROM %s p WHERE ", parent->from);
	for (size_t i = 0; i < count; i++) {
		bytes_add_text(sql, i == 0 ? "" : " AND ");
		if (!add_names(asking, sql, parent, "p.", &targets[i], 1))
			return false;
		bytes_add_text(sql, " = ");
		if (!add_names(asking, sql, asking->table, "c.", &foreign->columns.items[i], 1))
			return false;
	}
	bytes_add_byte(sql, ')');
	return true;
}

static void look_at_foreign(struct asking *asking, const struct foreign *foreign)
{
	const struct verify_table *parent = find_parent(asking, foreign->table);
	const struct foreign *found = find_found(asking, foreign);
	const char **targets = arena_array(asking->verify->arena, foreign->columns.count,
		sizeof(*targets));
	const char *name = list_names(asking, foreign->columns.items, foreign->columns.count);
	uint64_t orphans = 0;

	if (targets == NULL || name == NULL) {
		fault_memory(asking->fault);
		return;
	}
	if ((found != NULL && !found->not_valid) || parent == NULL ||
		!find_targets(asking, foreign, parent, targets))
		return;
	if (!add_orphans(asking, foreign, parent, targets)) {
		bytes_clear(&asking->sql);
		return;
	}
	if (!ask_number(asking, "foreign key", name, &orphans))
		return;
	if (orphans > 0)
		find(asking, "foreign key", name, arena_format(asking->verify->arena,
			"a parent in %s", parent->expected->name), counted(asking, orphans,
			"row without one", "rows without one"),
			asking->table->equal && parent->equal);
	else if (found != NULL && asking->table->equal && parent->equal)
		find(asking, "foreign key", name, "validated", "NOT VALID", foreign->not_valid);
}

/* --- checks ----------------------------------------------------------------------------------- */

static bool source_has_it_so(const struct verify_table *table, const char *name)
{
	for (size_t i = 0; i < table->expected->check_count; i++) {
		const struct check *check = &table->expected->checks[i];

		if (check->not_valid && check->name != NULL && strcmp(check->name, name) == 0)
			return true;
	}
	return false;
}

/* Rows that break a check which the server did not hold against them. */
static void look_at_check(struct asking *asking, const struct check *check)
{
	uint64_t broken = 0;

	if (!check->not_valid)
		return;
	bytes_format(&asking->sql, "SELECT pg_catalog.count(*) FROM %s WHERE NOT (%s)",
		asking->table->from, check->expression);
	if (!ask_number(asking, "check", check->name, &broken))
		return;
	if (broken > 0)
		find(asking, "check", check->name, "no row that breaks it", counted(asking, broken,
			"row breaks it", "rows break it"), asking->table->equal);
	else if (asking->table->equal)
		find(asking, "check", check->name, "validated", "NOT VALID",
			source_has_it_so(asking->table, check->name));
}

int verify_keys(struct verify *verify, const struct verify_table *table, struct fault *fault)
{
	struct asking asking = { .verify = verify, .table = table, .fault = fault };

	look_at_primary(&asking);
	for (size_t i = 0; i < table->expected->foreign_count && fault->status == 0; i++)
		look_at_foreign(&asking, &table->expected->foreigns[i]);
	for (size_t i = 0; i < table->found->check_count && fault->status == 0; i++)
		look_at_check(&asking, &table->found->checks[i]);
	bytes_close(&asking.sql);
	return fault->status;
}
