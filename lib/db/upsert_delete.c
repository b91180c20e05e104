/* Rows that go, and what their going would do to others. */
#include "db/upsert.h"

#include <stdlib.h>

#include "db/upsert_work.h"

/*
 * One copy for each row that is listed.  Rows are compared as they print, not by =, to which -0.0
 * is 0.0 and which json has not.
 */
static int delete_copies(struct upsert *upsert, struct upsert_table *own, struct fault *fault)
{
	const struct upsert_stage *stage = &own->stages[UPSERT_KEYS];
	struct bytes sql = { 0 };

	bytes_format(&sql, "WITH k AS (SELECT pg_catalog.concat(ROW(%s)) AS r, "
		"pg_catalog.count(*) AS n FROM pg_temp.%s GROUP BY 1), "
		"d AS (SELECT o, c, r, pg_catalog.row_number() OVER (PARTITION BY r) AS i FROM "
		"(SELECT tableoid AS o, ctid AS c, pg_catalog.concat(ROW(%s)) AS r FROM %s) a "
		"WHERE r IN (SELECT r FROM k)) "
		"DELETE FROM %s t USING d JOIN k ON d.r = k.r WHERE d.i <= k.n "
		"AND t.ctid = d.c AND t.tableoid = d.o", stage->columns, stage->name,
		stage->columns, own->from, own->from);
	return upsert_run(upsert, &sql, &own->deleted, fault);
}

static int delete_keys(struct upsert *upsert, struct upsert_table *own, struct fault *fault)
{
	struct bytes sql = { 0 };

	bytes_format(&sql, "DELETE FROM %s t USING pg_temp.%s s WHERE ", own->from,
		own->stages[UPSERT_KEYS].name);
	upsert_add_match(own, &sql);
	return upsert_run(upsert, &sql, &own->deleted, fault);
}

static int delete_rows(struct upsert *upsert, struct upsert_table *own, struct fault *fault)
{
	const struct upsert_stage *stage = &own->stages[UPSERT_KEYS];

	if (stage->rows == 0)
		return 0;
	if ((own->key == NULL ? delete_copies(upsert, own, fault) :
		delete_keys(upsert, own, fault)) != 0)
		return fault->status;
	if (own->deleted != stage->rows)
		return fault_set(fault, STATUS_MISFIT, "table %s: of %llu row%s to delete %llu "
			"%s there: it has changed since; verify it again", own->table->name,
			(unsigned long long)stage->rows, stage->rows == 1 ? "" : "s",
			(unsigned long long)own->deleted, own->deleted == 1 ? "is" : "are");
	return 0;
}

/* --- what deletes do elsewhere ---------------------------------------------------------------- */

struct bystander {
	const char *name;
	const char *columns;
	uint64_t rows;
};

/* Foreign keys that delete or change rows of tables which the stream does not speak of. */
static int find_bystanders(struct upsert *upsert, struct bystander **list, size_t *count,
	struct fault *fault)
{
	static const char sql[] = "SELECT conrelid::regclass, (SELECT string_agg(quote_ident("
		"attname), ', ') FROM pg_attribute WHERE attrelid = conrelid"
		" AND attnum = ANY (conkey))"
		" FROM pg_constraint WHERE contype = 'f' AND confrelid = ANY ($1::oid[])"
		" AND NOT conrelid = ANY ($1::oid[]) AND confdeltype IN ('c', 'n', 'd')"
		" AND conparentid = 0 ORDER BY oid";
	const char *oids = upsert_list_oids(upsert, fault);
	struct libpq_rows rows;

	if (fault->status != 0 || upsert_ask(upsert, sql, &oids, 1, &rows, fault) != 0)
		return fault->status;
	*list = arena_array(upsert->arena, rows.count, sizeof(**list));
	if (*list == NULL)
		return fault_memory(fault);
	for (*count = 0; *count < rows.count; ++*count)
		(*list)[*count] = (struct bystander){ libpq_cell(&rows, *count, 0),
			libpq_cell(&rows, *count, 1), 0 };
	return 0;
}

static int count_bystander(struct upsert *upsert, const struct bystander *bystander,
	uint64_t *number, struct fault *fault)
{
	const char *sql = arena_format(upsert->arena, "SELECT pg_catalog.count(*) FROM %s WHERE "
		"pg_catalog.num_nulls(%s) = 0", bystander->name, bystander->columns);
	struct libpq_rows rows;

	if (sql == NULL)
		return fault_memory(fault);
	if (upsert_ask(upsert, sql, NULL, 0, &rows, fault) == 0)
		*number = strtoull(libpq_cell(&rows, 0, 0), NULL, 10);
	return fault->status;
}

int upsert_delete_all(struct upsert *upsert, struct fault *fault)
{
	struct bystander *list = NULL;
	size_t count = 0;
	uint64_t listed = 0, rows = 0;

	for (size_t i = 0; i < upsert->count; i++)
		listed += upsert->tables[i].stages[UPSERT_KEYS].rows;
	if (listed == 0 || find_bystanders(upsert, &list, &count, fault) != 0)
		return fault->status;
	for (size_t i = 0; i < count && fault->status == 0; i++)
		count_bystander(upsert, &list[i], &list[i].rows, fault);
	for (size_t i = upsert->count; i > 0 && fault->status == 0; i--)
		delete_rows(upsert, &upsert->tables[upsert->order[i - 1]], fault);
	for (size_t i = 0; i < count && fault->status == 0; i++)
		if (count_bystander(upsert, &list[i], &rows, fault) == 0 && rows != list[i].rows)
			fault_set(fault, STATUS_MISFIT, "rows of table %s, which the stream does "
				"not speak of, would be deleted or changed, too (foreign key %s)",
				list[i].name, list[i].columns);
	return fault->status;
}
