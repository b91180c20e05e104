#include "db/undo.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "db/text.h"

static int ask(struct undo *undo, const char *sql, const char *const *parameters, size_t count,
	struct libpq_rows *rows, struct fault *fault)
{
	return libpq_query(undo->control->libpq, undo->control->arena, sql, parameters, count,
		rows, fault);
}

/* --- what is there ---------------------------------------------------------------------------- */

enum { ITEM_VIEW, ITEM_NAME, ITEM_OID, ITEM_NOW, ITEM_KIND, ITEM_SHAPE, ITEM_KNOWN, ITEM_ROWS };

/*
 * The shapes are hashed as control_end_run does it.  What is there under the oid but has another
 * kind is another thing: oids come again.
 */
static int find_items(struct undo *undo, struct libpq_rows *rows, struct fault *fault)
{
	static const char sql[] = "SELECT true, v.name, v.oid, c.oid::regclass::text, "
		"c.relkind = 'v', v.shape IS NOT DISTINCT FROM "
		CONTROL_VIEW_SHAPE("c.oid") ", true, 0 "
		"FROM rowpipe.run_views v LEFT JOIN pg_catalog.pg_class c ON c.oid = v.oid "
		"WHERE v.stream = $1 UNION ALL "
		"SELECT false, t.name, t.oid, c.oid::regclass::text, c.relkind IN ('r', 'p'), "
		"t.shape IS NOT DISTINCT FROM " CONTROL_TABLE_SHAPE("c.oid") ", "
		"t.xid IS NOT NULL, t.rows "
		"FROM rowpipe.run_tables t LEFT JOIN pg_catalog.pg_class c ON c.oid = t.oid "
		"WHERE t.stream = $1 ORDER BY 1 DESC, 2";

	return ask(undo, sql, &undo->stream, 1, rows, fault);
}

/* A row that no transaction of the run has written was added or changed since. */
static int count_rows(struct undo *undo, struct undo_item *item, uint64_t *strange,
	struct fault *fault)
{
	const char *sql = arena_format(undo->control->arena, "SELECT count(*), count(*) FILTER ("
		"WHERE t.xmin::text NOT IN (SELECT (x.xid & 4294967295)::text FROM (SELECT xid "
		"FROM rowpipe.run_tables WHERE stream = $1 AND xid IS NOT NULL UNION SELECT xid "
		"FROM rowpipe.progress WHERE stream = $1) x)) FROM %s t", item->name);
	struct libpq_rows rows;

	if (sql == NULL)
		return fault_memory(fault);
	if (ask(undo, sql, &undo->stream, 1, &rows, fault) != 0)
		return fault->status;
	item->rows = libpq_number(&rows, 0, 0);
	*strange = libpq_number(&rows, 0, 1);
	return 0;
}

static const char *count_text(struct undo *undo, uint64_t count, const char *what)
{
	return arena_format(undo->control->arena, "%llu row%s %s", (unsigned long long)count,
		count == 1 ? "" : "s", what);
}

/* What of the loaded rows is not there any more cannot be lost; what is new or changed can. */
static int judge_rows(struct undo *undo, struct undo_item *item, uint64_t loaded,
	struct fault *fault)
{
	uint64_t strange = 0;

	if (count_rows(undo, item, &strange, fault) != 0)
		return fault->status;
	if (strange > 0)
		item->change = count_text(undo, strange, "added or changed since");
	else if (item->rows < loaded)
		item->change = count_text(undo, loaded - item->rows, "deleted since");
	else
		return 0;
	return item->change == NULL ? fault_memory(fault) : 0;
}

static int take_item(struct undo *undo, const struct libpq_rows *rows, size_t row,
	struct fault *fault)
{
	struct undo_item *item = &undo->items[undo->count++];
	const char *now = libpq_cell(rows, row, ITEM_NOW);

	item->view = libpq_truth(rows, row, ITEM_VIEW);
	item->name = libpq_cell(rows, row, ITEM_NAME);
	item->oid = libpq_number(rows, row, ITEM_OID);
	item->gone = now == NULL || !libpq_truth(rows, row, ITEM_KIND);
	if (item->gone)
		return 0;
	undo->there++;
	item->name = now;
	if (!libpq_truth(rows, row, ITEM_KNOWN))
		item->change = "loaded by an older version, so that nobody knows what was changed "
			"since";
	else if (!libpq_truth(rows, row, ITEM_SHAPE))
		item->change = item->view ? "its definition was changed since" :
			"its columns were changed since";
	if (item->view)
		return 0;
	if (item->change == NULL)
		return judge_rows(undo, item, libpq_number(rows, row, ITEM_ROWS), fault);
	return count_rows(undo, item, &(uint64_t){ 0 }, fault);
}

/* --- what others made on top ------------------------------------------------------------------ */

static const char *list_oids(struct undo *undo, struct fault *fault)
{
	struct bytes list = { 0 };

	for (size_t i = 0; i < undo->count; i++)
		if (!undo->items[i].gone)
			text_add_number(&list, undo->items[i].oid);
	return text_end_list(&list, undo->control->arena, fault);
}

/* What DROP without CASCADE would stop at, but for what goes along anyway. */
static int find_dependents(struct undo *undo, struct fault *fault)
{
	static const char sql[] = "WITH own AS (SELECT c.oid, c.reltype, t.typarray "
		"FROM pg_catalog.pg_class c LEFT JOIN pg_catalog.pg_type t ON t.oid = c.reltype "
		"WHERE c.oid = ANY ($1::pg_catalog.oid[])), "
		"sequence AS (SELECT d.objid AS oid FROM pg_catalog.pg_depend d JOIN own "
		"ON d.refobjid = own.oid WHERE d.classid = 'pg_catalog.pg_class'::regclass "
		"AND d.refclassid = 'pg_catalog.pg_class'::regclass AND d.deptype IN ('a', 'i')) "
		"SELECT DISTINCT CASE WHEN w.ev_class IS NULL THEN "
		"pg_catalog.pg_describe_object(d.classid, d.objid, d.objsubid) ELSE "
		"pg_catalog.pg_describe_object('pg_catalog.pg_class'::regclass, w.ev_class, 0) END "
		"FROM pg_catalog.pg_depend d "
		"LEFT JOIN pg_catalog.pg_rewrite w ON d.classid = "
		"'pg_catalog.pg_rewrite'::regclass AND w.oid = d.objid "
		"LEFT JOIN pg_catalog.pg_constraint k ON d.classid = "
		"'pg_catalog.pg_constraint'::regclass AND k.oid = d.objid "
		"LEFT JOIN pg_catalog.pg_attrdef a ON d.classid = "
		"'pg_catalog.pg_attrdef'::regclass AND a.oid = d.objid "
		"LEFT JOIN pg_catalog.pg_policy p ON d.classid = "
		"'pg_catalog.pg_policy'::regclass AND p.oid = d.objid "
		"LEFT JOIN pg_catalog.pg_trigger g ON d.classid = "
		"'pg_catalog.pg_trigger'::regclass AND g.oid = d.objid "
		"WHERE d.deptype = 'n' AND (d.refclassid = 'pg_catalog.pg_class'::regclass AND "
		"(d.refobjid IN (SELECT oid FROM own) OR d.refobjid IN (SELECT oid FROM sequence)) "
		"OR d.refclassid = 'pg_catalog.pg_type'::regclass AND d.refobjid IN "
		"(SELECT reltype FROM own UNION SELECT typarray FROM own)) "
		"AND COALESCE(w.ev_class, k.conrelid, a.adrelid, p.polrelid, g.tgrelid, d.objid) "
		"NOT IN (SELECT oid FROM own) ORDER BY 1";
	const char *oids = list_oids(undo, fault);
	struct libpq_rows rows;

	undo->dependents = (struct texts){ 0 };
	if (oids == NULL || ask(undo, sql, &oids, 1, &rows, fault) != 0)
		return fault->status;
	for (size_t i = 0; i < rows.count && fault->status == 0; i++)
		if (texts_note(undo->control->arena, &undo->dependents, "%s",
			libpq_cell(&rows, i, 0)) != 0)
			fault_memory(fault);
	return fault->status;
}

/* --- all of it -------------------------------------------------------------------------------- */

static int look(struct undo *undo, struct fault *fault)
{
	struct libpq_rows rows;

	undo->count = undo->there = undo->changed = 0;
	undo->rows = 0;
	if (find_items(undo, &rows, fault) != 0)
		return fault->status;
	undo->items = arena_array(undo->control->arena, rows.count + 1, sizeof(*undo->items));
	if (undo->items == NULL)
		return fault_memory(fault);
	for (size_t i = 0; i < rows.count && take_item(undo, &rows, i, fault) == 0; i++) {
		undo->changed += undo->items[i].change != NULL;
		undo->rows += undo->items[i].rows;
	}
	return fault->status == 0 ? find_dependents(undo, fault) : fault->status;
}

/* In a transaction, for names and shapes depend on what is pinned there. */
int undo_look(struct undo *undo, struct fault *fault)
{
	if (libpq_begin(undo->control->libpq, fault) == 0)
		look(undo, fault);
	libpq_rollback(undo->control->libpq);
	return fault->status;
}

/* LOCK TABLE, or DROP TABLE, of those that are there; 0: there are none. */
static size_t add_names(const struct undo *undo, struct bytes *sql, const char *verb, bool views,
	const char *end)
{
	size_t count = 0;

	for (size_t i = 0; i < undo->count; i++)
		if (!undo->items[i].gone && undo->items[i].view == views)
			bytes_format(sql, "%s%s", count++ == 0 ? verb : ", ", undo->items[i].name);
	if (count > 0)
		bytes_add_text(sql, end);
	return count;
}

static int run_sql(struct undo *undo, struct bytes *sql, struct fault *fault)
{
	bytes_add_byte(sql, '\0');
	if (sql->failed)
		fault_memory(fault);
	else if (sql->size > 1)
		libpq_run(undo->control->libpq, (const char *)sql->data, fault);
	bytes_close(sql);
	return fault->status;
}

static int lock_all(struct undo *undo, struct fault *fault)
{
	struct bytes sql = { 0 };

	add_names(undo, &sql, "LOCK TABLE ", false, " IN ACCESS EXCLUSIVE MODE");
	return run_sql(undo, &sql, fault);
}

static int drop_all(struct undo *undo, struct fault *fault)
{
	struct bytes sql = { 0 };

	add_names(undo, &sql, "DROP VIEW ", true, ";");
	add_names(undo, &sql, "DROP TABLE ", false, ";");
	return run_sql(undo, &sql, fault);
}

static int look_again(struct undo *undo, bool force, struct fault *fault)
{
	const struct undo before = *undo;

	if (look(undo, fault) != 0)
		return fault->status;
	if (undo->dependents.count > 0)
		return fault_set(fault, STATUS_MISFIT, "%zu object%s of others %s on what the run "
			"has made, the first is %s: drop %s, or keep the run",
			undo->dependents.count, undo->dependents.count == 1 ? "" : "s",
			undo->dependents.count == 1 ? "depends" : "depend",
			undo->dependents.items[0], undo->dependents.count == 1 ? "it" : "them");
	if (undo->changed > 0 && !force)
		return fault_set(fault, STATUS_MISFIT, "%zu of what the run has made %s changed "
			"since, and would be lost with it", undo->changed,
			undo->changed == 1 ? "was" : "were");
	if (undo->there != before.there || undo->rows != before.rows ||
		undo->changed != before.changed)
		return fault_set(fault, STATUS_AGAIN, "somebody has written to it meanwhile: look "
			"again");
	return 0;
}

int undo_run(struct undo *undo, bool force, unsigned seconds, struct fault *fault)
{
	struct control *control = undo->control;

	if (libpq_begin(control->libpq, fault) == 0 &&
		control_lock(control, undo->stream, seconds, fault) == 0 &&
		lock_all(undo, fault) == 0 && look_again(undo, force, fault) == 0 &&
		drop_all(undo, fault) == 0)
		control_undo_run(control, undo->stream, NULL, fault);
	if (fault->status == 0)
		libpq_commit(control->libpq, fault);
	else
		libpq_rollback(control->libpq);
	return fault->status;
}
