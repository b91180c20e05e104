/* Rows that are written, over those of the same key. */
#include "db/upsert.h"

#include <string.h>

#include "db/text.h"
#include "db/upsert_work.h"

static bool is_key(const struct upsert_table *own, const char *name)
{
	for (size_t i = 0; i < own->key_count; i++)
		if (strcmp(own->key[i], name) == 0)
			return true;
	return false;
}

static void add_conflict(struct upsert *upsert, const struct upsert_table *own, struct bytes *sql,
	struct fault *fault)
{
	const struct upsert_stage *stage = &own->stages[UPSERT_ROWS];
	bool any = false;

	bytes_add_text(sql, " ON CONFLICT (");
	for (size_t i = 0; i < own->key_count; i++)
		bytes_format(sql, "%s%s", i == 0 ? "" : ", ", own->key[i]);
	bytes_add_byte(sql, ')');
	for (uint32_t i = 0; i < stage->count; i++) {
		const char *name = text_quote(upsert->arena,
			own->table->columns[stage->places[i]].name);

		if (name == NULL)
			fault_memory(fault);
		else if (!is_key(own, name)) {
			bytes_format(sql, "%s%s = EXCLUDED.%s", any ? ", " : " DO UPDATE SET ",
				name, name);
			any = true;
		}
	}
	/* So that each row counts, whether it was there or not. */
	if (!any)
		bytes_format(sql, " DO UPDATE SET %s = EXCLUDED.%s", own->key[0], own->key[0]);
}

/* NULLs conflict with nothing, not even in a unique index. */
static bool has_nulls(const struct upsert_table *own)
{
	for (size_t i = 0; i < own->key_count; i++)
		if (!upsert_is_true(own, upsert_find_column(own, table_key_column(own->table, i)),
			COLUMN_NOT_NULL))
			return true;
	return false;
}

/*
 * Where nothing makes a key stand once, no foreign key can lead to it, so that its rows may go; nor
 * to one that is NULL.
 */
static int make_place(struct upsert *upsert, const struct upsert_table *own, struct fault *fault)
{
	struct bytes sql = { 0 };

	bytes_format(&sql, "DELETE FROM %s t USING pg_temp.%s s WHERE ", own->from,
		own->stages[UPSERT_ROWS].name);
	upsert_add_match(own, &sql);
	for (size_t i = 0; i < own->key_count && own->unique; i++)
		bytes_format(&sql, "%ss.%s IS NULL%s", i == 0 ? " AND (" : " OR ", own->key[i],
			i + 1 == own->key_count ? ")" : "");
	return upsert_run(upsert, &sql, NULL, fault);
}

static int write_rows(struct upsert *upsert, struct upsert_table *own, struct fault *fault)
{
	const struct upsert_stage *stage = &own->stages[UPSERT_ROWS];
	struct bytes sql = { 0 };

	if (stage->rows == 0 ||
		(own->key != NULL && (!own->unique || has_nulls(own)) &&
		make_place(upsert, own, fault) != 0))
		return fault->status;
	bytes_format(&sql, "INSERT INTO %s (%s) OVERRIDING SYSTEM VALUE SELECT %s FROM pg_temp.%s",
		own->name, stage->columns, stage->columns, stage->name);
	if (own->key != NULL && own->unique)
		add_conflict(upsert, own, &sql, fault);
	if (upsert_run(upsert, &sql, &own->written, fault) != 0)
		return fault->status;
	if (own->written != stage->rows)
		return fault_set(fault, STATUS_MISFIT, "table %s: of %llu row%s %llu %s written: a "
			"trigger or rule swallows rows", own->table->name,
			(unsigned long long)stage->rows, stage->rows == 1 ? "" : "s",
			(unsigned long long)own->written, own->written == 1 ? "was" : "were");
	return 0;
}

/* --- constraints that hold for new rows only -------------------------------------------------- */

static int lift_constraint(struct upsert *upsert, const struct upsert_table *own,
	const struct libpq_rows *rows, size_t row, struct bytes *again, struct fault *fault)
{
	const char *name = libpq_cell(rows, row, 0), *comment = libpq_cell(rows, row, 2);
	struct bytes sql = { 0 };

	bytes_format(again, "ALTER TABLE %s ADD CONSTRAINT %s %s;", own->name, name,
		libpq_cell(rows, row, 1));
	if (comment != NULL) {
		bytes_format(again, "COMMENT ON CONSTRAINT %s ON %s IS ", name, own->name);
		libpq_literal(again, comment, strlen(comment), fault);
		bytes_add_byte(again, ';');
	}
	bytes_format(&sql, "ALTER TABLE %s DROP CONSTRAINT %s", own->name, name);
	return upsert_run(upsert, &sql, NULL, fault);
}

/*
 * What the source's own rows break stands NOT VALID, and would keep them out now: its owner takes
 * it away for this transaction.
 */
static int lift_constraints(struct upsert *upsert, const struct upsert_table *own,
	struct bytes *again, struct fault *fault)
{
	static const char sql[] = "SELECT quote_ident(conname), pg_get_constraintdef(k.oid),"
		" obj_description(k.oid, 'pg_constraint')"
		" FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid"
		" WHERE k.conrelid = $1::oid AND k.contype IN ('c', 'f') AND NOT k.convalidated"
		" AND k.coninhcount = 0 AND pg_has_role(c.relowner, 'USAGE')";
	struct libpq_rows rows;

	if (own->stages[UPSERT_ROWS].rows == 0 ||
		upsert_ask(upsert, sql, &own->oid, 1, &rows, fault) != 0)
		return fault->status;
	for (size_t i = 0; i < rows.count && fault->status == 0; i++)
		lift_constraint(upsert, own, &rows, i, again, fault);
	return fault->status;
}

int upsert_write_all(struct upsert *upsert, struct fault *fault)
{
	struct bytes again = { 0 };

	for (size_t i = 0; i < upsert->count && fault->status == 0; i++)
		lift_constraints(upsert, &upsert->tables[i], &again, fault);
	for (size_t i = 0; i < upsert->count && fault->status == 0; i++)
		write_rows(upsert, &upsert->tables[upsert->order[i]], fault);
	bytes_add_byte(&again, '\0');
	if (again.failed)
		fault_memory(fault);
	if (fault->status == 0 && again.size > 1 &&
		libpq_run(upsert->libpq, "SET CONSTRAINTS ALL IMMEDIATE", fault) == 0)
		libpq_run(upsert->libpq, (const char *)again.data, fault);
	bytes_close(&again);
	return fault->status;
}
