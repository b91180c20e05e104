#include "db/retract.h"

#include <stdlib.h>
#include <string.h>

#include "base/print.h"
#include "db/text.h"
#include "row/describe.h"
#include "row/texts.h"

/* The role's own, for triggers may count on it; all of our names are qualified. */
static const char own_path[] = "SELECT pg_catalog.set_config('search_path', (SELECT s.reset_val "
	"FROM pg_catalog.pg_settings s WHERE s.name OPERATOR(pg_catalog.=) 'search_path'), true)";

/* Ours and their partitions, of which r is what the run wrote to. */
#define OWN "own AS (SELECT o.oid, o.oid AS r FROM pg_catalog.unnest($1::oid[]) AS o (oid) " \
	"UNION SELECT p.relid, o.oid FROM pg_catalog.unnest($1::oid[]) AS o (oid), " \
	"pg_catalog.pg_partition_tree(o.oid) p) "

static int ask(struct retract *retract, const char *sql, const char *const *parameters,
	size_t count, struct libpq_rows *rows, struct fault *fault)
{
	return libpq_query(retract->control->libpq, retract->control->arena, sql, parameters, count,
		rows, fault);
}

/* A copy of what was gathered, which is closed. */
static const char *settle(struct retract *retract, struct bytes *text, struct fault *fault)
{
	const char *copy = bytes_settle(text, retract->control->arena);

	if (copy == NULL)
		fault_memory(fault);
	return copy;
}

static int stop(struct retract *retract, const char *text, struct fault *fault)
{
	return text != NULL && texts_note(retract->control->arena, &retract->stops, "%s",
		text) == 0 ? 0 : fault_memory(fault);
}

/* There is something to remove from it. */
static bool counts(const struct retract_table *table)
{
	return !table->gone && table->added > 0;
}

static const char *list_oids(struct retract *retract, struct fault *fault)
{
	struct bytes list = { 0 };

	for (size_t i = 0; i < retract->count; i++)
		if (counts(&retract->tables[i]))
			text_add_number(&list, retract->tables[i].oid);
	return text_end_list(&list, retract->control->arena, fault);
}

/* --- the rows --------------------------------------------------------------------------------- */

enum { TABLE_NAME, TABLE_OID, TABLE_NOW, TABLE_WHOLE, TABLE_ADDED, TABLE_XID, TABLE_LOST };

/*
 * The transaction that has added the rows wrote this row of run_tables, too, unless that was
 * restored from a dump.  A number of 32 bits comes again after 2^32 transactions.
 */
static int find_tables(struct retract *retract, struct libpq_rows *rows, struct fault *fault)
{
	static const char sql[] = "SELECT t.name, t.oid, c.oid::regclass::text, c.relkind = 'p', "
		"t.rows, t.xid & 4294967295, CASE WHEN t.xid IS NULL THEN 'triggers or rules wrote "
		"beside the rows of the run, in the same transaction: which are its own is not "
		"known' WHEN s.next NOT BETWEEN t.xid AND t.xid + 2147483647 THEN 'more than 2 "
		"billion transactions have begun since: the number of the one that was the run "
		"may be another''s' WHEN t.xmin::text <> (t.xid & 4294967295)::text THEN 'schema "
		"rowpipe was restored from a dump, or written to by others: the transaction that "
		"was the run is not known here' END FROM rowpipe.run_tables t "
		"LEFT JOIN pg_catalog.pg_class c ON c.oid = t.oid AND c.relkind IN ('r', 'p'), "
		"(SELECT pg_catalog.txid_snapshot_xmax(pg_catalog.txid_current_snapshot()) AS "
		"next) s WHERE t.stream = $1 ORDER BY 3, 1";

	return ask(retract, sql, &retract->stream, 1, rows, fault);
}

static int count_rows(struct retract *retract, struct retract_table *table, struct fault *fault)
{
	struct arena *arena = retract->control->arena;
	const char *sql = arena_format(arena, "SELECT count(*) FROM %s%s t WHERE t.xmin = "
		"'%s'::xid", table->only, table->name, table->xid);
	struct libpq_rows rows;

	if (sql == NULL)
		return fault_memory(fault);
	if (ask(retract, sql, NULL, 0, &rows, fault) != 0)
		return fault->status;
	table->rows = libpq_number(&rows, 0, 0);
	retract->rows += table->rows;
	if (table->rows <= table->added) {
		retract->changed += table->added - table->rows;
		return 0;
	}
	return stop(retract, arena_format(arena, "%llu rows of table %s bear the mark of the run, "
		"which has added %llu", (unsigned long long)table->rows, table->name,
		(unsigned long long)table->added), fault);
}

static int take_table(struct retract *retract, const struct libpq_rows *rows, size_t row,
	struct fault *fault)
{
	struct retract_table *table = &retract->tables[retract->count++];
	const char *now = libpq_cell(rows, row, TABLE_NOW);
	const char *lost = libpq_cell(rows, row, TABLE_LOST);

	*table = (struct retract_table){ .name = now == NULL ? libpq_cell(rows, row, TABLE_NAME) :
		now, .only = libpq_truth(rows, row, TABLE_WHOLE) ? "" : "ONLY ",
		.xid = libpq_cell(rows, row, TABLE_XID), .oid = libpq_number(rows, row, TABLE_OID),
		.gone = now == NULL, .added = libpq_number(rows, row, TABLE_ADDED) };
	if (!counts(table))
		return 0;
	table->lost = lost != NULL;
	if (table->lost)
		return stop(retract, arena_format(retract->control->arena, "table %s: %s",
			table->name, lost), fault);
	return count_rows(retract, table, fault);
}

/* --- what would happen to others -------------------------------------------------------------- */

enum { KEY_NAME, KEY_CHILD, KEY_CHILD_ONLY, KEY_PARENT, KEY_PARENT_ONLY, KEY_ACTION, KEY_OWN,
	KEY_MATCH };

/*
 * Keys that point at our tables, whatever they do then; those that do nothing and cannot be read
 * are left to the server, which stops at them itself.  A key of partitions is told by its whole.
 */
static int find_keys(struct retract *retract, struct libpq_rows *rows, struct fault *fault)
{
	static const char sql[] = "WITH " OWN ", k AS (SELECT k.* FROM pg_catalog.pg_constraint k "
		"WHERE k.contype = 'f' AND k.confrelid IN (SELECT oid FROM own)) "
		"SELECT pg_catalog.quote_ident(k.conname), k.conrelid::regclass::text, "
		"CASE c.relkind WHEN 'p' THEN '' ELSE 'ONLY ' END, k.confrelid::regclass, "
		"CASE f.relkind WHEN 'p' THEN '' ELSE 'ONLY ' END, CASE k.confdeltype "
		"WHEN 'c' THEN ', ON DELETE CASCADE' WHEN 'n' THEN ', ON DELETE SET NULL' "
		"WHEN 'd' THEN ', ON DELETE SET DEFAULT' ELSE '' END, "
		"k.conrelid IN (SELECT oid FROM own), "
		"(SELECT pg_catalog.string_agg(pg_catalog.format('p.%I OPERATOR(%I.%s) c.%I%s', "
		"b.attname, n.nspname, o.oprname, a.attname, (SELECT pg_catalog.format("
		"' COLLATE %I.%I', m.nspname, l.collname) FROM pg_catalog.pg_collation l "
		"JOIN pg_catalog.pg_namespace m ON m.oid = l.collnamespace WHERE "
		"l.oid = b.attcollation AND a.attcollation <> b.attcollation)), ' AND ') "
		"FROM ROWS FROM (pg_catalog.unnest(k.conkey), pg_catalog.unnest(k.confkey), "
		"pg_catalog.unnest(k.conpfeqop)) AS u (child, parent, equal) "
		"JOIN pg_catalog.pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = u.child "
		"JOIN pg_catalog.pg_attribute b ON b.attrelid = k.confrelid AND "
		"b.attnum = u.parent JOIN pg_catalog.pg_operator o ON o.oid = u.equal "
		"JOIN pg_catalog.pg_namespace n ON n.oid = o.oprnamespace) FROM k "
		"JOIN pg_catalog.pg_class c ON c.oid = k.conrelid "
		"JOIN pg_catalog.pg_class f ON f.oid = k.confrelid "
		"WHERE NOT EXISTS (SELECT FROM k u WHERE u.oid = k.conparentid) AND "
		"(k.confdeltype IN ('c', 'n', 'd') OR "
		"pg_catalog.has_table_privilege(k.conrelid, 'SELECT')) ORDER BY 2, 1";
	const char *oids = list_oids(retract, fault);

	return fault->status == 0 ? ask(retract, sql, &oids, 1, rows, fault) : fault->status;
}

/* A row that the run has added, too, goes with it. */
static int look_at_key(struct retract *retract, const struct libpq_rows *keys, size_t key,
	const char *xid, struct fault *fault)
{
	struct arena *arena = retract->control->arena;
	const bool own = libpq_truth(keys, key, KEY_OWN);
	const char *sql = arena_format(arena, "SELECT count(*) FROM %s%s c WHERE EXISTS (SELECT "
		"FROM %s%s p WHERE p.xmin = '%s'::xid AND %s)%s%s%s",
		libpq_cell(keys, key, KEY_CHILD_ONLY), libpq_cell(keys, key, KEY_CHILD),
		libpq_cell(keys, key, KEY_PARENT_ONLY), libpq_cell(keys, key, KEY_PARENT), xid,
		libpq_cell(keys, key, KEY_MATCH), own ? " AND NOT c.xmin = '" : "",
		own ? xid : "", own ? "'::xid" : "");
	struct libpq_rows rows;
	uint64_t count;

	if (sql == NULL)
		return fault_memory(fault);
	if (ask(retract, sql, NULL, 0, &rows, fault) != 0)
		return fault->status;
	count = libpq_number(&rows, 0, 0);
	return count == 0 ? 0 : stop(retract, arena_format(arena, "%llu row%s of table %s, which "
		"%s the run's, refer%s to its rows of %s (%s%s)", (unsigned long long)count,
		count == 1 ? "" : "s", libpq_cell(keys, key, KEY_CHILD), count == 1 ? "is not" :
		"are not", count == 1 ? "s" : "", libpq_cell(keys, key, KEY_PARENT),
		libpq_cell(keys, key, KEY_NAME), libpq_cell(keys, key, KEY_ACTION)), fault);
}

static int look_at_keys(struct retract *retract, struct fault *fault)
{
	const char *xid = NULL;
	struct libpq_rows keys;

	for (size_t i = 0; i < retract->count; i++)
		if (counts(&retract->tables[i]))
			xid = retract->tables[i].xid;
	if (xid == NULL || retract->stops.count > 0 || find_keys(retract, &keys, fault) != 0)
		return fault->status;
	for (size_t i = 0; i < keys.count && fault->status == 0; i++)
		look_at_key(retract, &keys, i, xid, fault);
	return fault->status;
}

/* Triggers of the table itself and of its partitions, which have copies of its own. */
static int look_for_code(struct retract *retract, struct fault *fault)
{
	static const char rules[] = "WITH " OWN "SELECT DISTINCT pg_catalog.format('rule %I of "
		"table %s makes something else of DELETE', w.rulename, w.ev_class::regclass) "
		"FROM pg_catalog.pg_rewrite w JOIN own ON own.oid = w.ev_class "
		"WHERE w.ev_type = '4' AND w.ev_enabled <> 'D' ORDER BY 1";
	static const char triggers[] = "WITH " OWN "SELECT DISTINCT pg_catalog.format("
		"'%I of %s', t.tgname, own.r::regclass) FROM pg_catalog.pg_trigger t "
		"JOIN own ON own.oid = t.tgrelid WHERE " TEXT_OF_USER("t") " AND "
		"t.tgenabled <> 'D' AND (t.tgtype & 8) <> 0 ORDER BY 1";
	const char *oids = list_oids(retract, fault);
	struct libpq_rows rows;

	if (fault->status != 0 || ask(retract, rules, &oids, 1, &rows, fault) != 0)
		return fault->status;
	for (size_t i = 0; i < rows.count && fault->status == 0; i++)
		stop(retract, libpq_cell(&rows, i, 0), fault);
	if (fault->status != 0 || ask(retract, triggers, &oids, 1, &rows, fault) != 0)
		return fault->status;
	for (size_t i = 0; i < rows.count && fault->status == 0; i++)
		if (texts_note(retract->control->arena, &retract->triggers, "%s",
			libpq_cell(&rows, i, 0)) != 0)
			fault_memory(fault);
	return fault->status;
}

/* --- looking ---------------------------------------------------------------------------------- */

static int look(struct retract *retract, struct fault *fault)
{
	struct libpq_rows rows;

	retract->count = 0;
	retract->rows = retract->changed = 0;
	retract->triggers = retract->stops = (struct texts){ 0 };
	if (find_tables(retract, &rows, fault) != 0)
		return fault->status;
	retract->tables = arena_array(retract->control->arena, rows.count + 1,
		sizeof(*retract->tables));
	if (retract->tables == NULL)
		return fault_memory(fault);
	for (size_t i = 0; i < rows.count && fault->status == 0; i++)
		take_table(retract, &rows, i, fault);
	if (fault->status != 0 || look_at_keys(retract, fault) != 0)
		return fault->status;
	return look_for_code(retract, fault);
}

/* In a transaction, for names depend on what is pinned there. */
int retract_look(struct retract *retract, struct fault *fault)
{
	if (libpq_begin(retract->control->libpq, fault) == 0)
		look(retract, fault);
	libpq_rollback(retract->control->libpq);
	return fault->status;
}

static void print_rows(struct bytes *to, const struct retract_table *table)
{
	bytes_add_text(to, ", ");
	describe_count(to, table->lost ? table->added : table->rows, "row");
	if (table->lost) {
		bytes_add_text(to, ": which they are is not known");
	} else if (table->rows < table->added) {
		bytes_add_text(to, " of ");
		describe_number(to, table->added);
		bytes_add_text(to, ": the others were changed or deleted since");
	}
}

void retract_print(struct bytes *to, const struct retract *retract)
{
	for (size_t i = 0; i < retract->count; i++) {
		const struct retract_table *table = &retract->tables[i];

		bytes_add_text(to, table->gone ? "gone  " : "rows  ");
		print_visible(to, table->name, strlen(table->name));
		if (!table->gone)
			print_rows(to, table);
		bytes_add_byte(to, '\n');
	}
	for (size_t i = 0; i < retract->triggers.count; i++) {
		bytes_add_text(to, "fires trigger ");
		print_visible(to, retract->triggers.items[i], strlen(retract->triggers.items[i]));
		bytes_add_byte(to, '\n');
	}
	for (size_t i = 0; i < retract->stops.count; i++) {
		bytes_add_text(to, "stop  ");
		print_visible(to, retract->stops.items[i], strlen(retract->stops.items[i]));
		bytes_add_byte(to, '\n');
	}
}

static const struct retract_table *find_changed(const struct retract *retract)
{
	size_t i = 0;

	while (!counts(&retract->tables[i]) || retract->tables[i].rows == retract->tables[i].added)
		i++;
	return &retract->tables[i];
}

int retract_judge(const struct retract *retract, bool force, bool *forcible, struct fault *fault)
{
	const struct retract_table *table;

	*forcible = false;
	if (retract->stops.count > 0)
		return fault_set(fault, STATUS_MISFIT, "%s%s; nothing was removed",
			retract->stops.items[0], retract->stops.count == 1 ? "" : ", and more");
	if (retract->changed == 0)
		return 0;
	if (retract->rows == 0)
		return fault_set(fault, STATUS_MISFIT, "every row that the run has added was "
			"changed or deleted since, or its table was written anew: none of them "
			"can be told, and nothing was removed");
	if (force)
		return 0;
	*forcible = true;
	table = find_changed(retract);
	return fault_set(fault, STATUS_MISFIT, "%llu of the %llu rows that the run has added to "
		"table %s%s %s changed or deleted since: --force removes the others, and leaves "
		"what is there of them; nothing was removed",
		(unsigned long long)(table->added - table->rows),
		(unsigned long long)table->added, table->name,
		table->added - table->rows == retract->changed ? "" : ", and of others,",
		table->added - table->rows == 1 ? "was" : "were");
}

/* --- removing --------------------------------------------------------------------------------- */

/*
 * Who inserts a row that refers to one of ours locks that row, for which ROW SHARE is enough: only
 * EXCLUSIVE keeps it away, and waits for those that have done so.  Others read on.
 */
static int lock_all(struct retract *retract, struct fault *fault)
{
	struct bytes sql = { 0 };
	const char *text;

	for (size_t i = 0; i < retract->count; i++)
		if (counts(&retract->tables[i]))
			bytes_format(&sql, "%s%s%s", sql.size == 0 ? "LOCK TABLE " : ", ",
				retract->tables[i].only, retract->tables[i].name);
	if (sql.size == 0)
		return 0;
	bytes_add_text(&sql, " IN EXCLUSIVE MODE");
	text = settle(retract, &sql, fault);
	return text == NULL ? fault->status : libpq_run(retract->control->libpq, text, fault);
}

static int look_again(struct retract *retract, bool force, struct fault *fault)
{
	const struct retract before = *retract;
	bool forcible;

	if (look(retract, fault) != 0 || retract_judge(retract, force, &forcible, fault) != 0)
		return fault->status;
	if (retract->rows != before.rows || retract->changed != before.changed ||
		retract->triggers.count != before.triggers.count)
		return fault_set(fault, STATUS_AGAIN, "somebody has written to it meanwhile: look "
			"again");
	return 0;
}

/*
 * One statement: keys among the rows, in whatever circle and whatever they do, are looked at when
 * all of them are gone.
 */
static const char *write_delete(struct retract *retract, struct fault *fault)
{
	struct bytes sql = { 0 };

	for (size_t i = 0; i < retract->count; i++)
		if (retract->tables[i].rows > 0)
			bytes_format(&sql, "%s d%zu AS (DELETE FROM %s%s t WHERE t.xmin "
				"OPERATOR(pg_catalog.=) '%s'::pg_catalog.xid RETURNING 1)",
				sql.size == 0 ? "WITH" : ",", i, retract->tables[i].only,
				retract->tables[i].name, retract->tables[i].xid);
	for (size_t i = 0, nth = 0; i < retract->count; i++)
		if (retract->tables[i].rows > 0)
			bytes_format(&sql, "%sSELECT %zu, pg_catalog.count(*) FROM d%zu",
				nth++ == 0 ? " " : " UNION ALL ", i, i);
	return settle(retract, &sql, fault);
}

static int check_deleted(const struct retract *retract, const struct libpq_rows *rows,
	struct fault *fault)
{
	for (size_t i = 0; i < rows->count; i++) {
		const struct retract_table *table = &retract->tables[libpq_number(rows, i, 0)];
		const uint64_t deleted = libpq_number(rows, i, 1);

		if (deleted != table->rows)
			return fault_set(fault, STATUS_MISFIT, "table %s: of %llu rows %llu were "
				"removed: a trigger keeps rows; nothing was removed", table->name,
				(unsigned long long)table->rows, (unsigned long long)deleted);
	}
	return 0;
}

static int delete_all(struct retract *retract, struct fault *fault)
{
	struct libpq *libpq = retract->control->libpq;
	struct libpq_rows rows = { 0 };
	const char *sql;

	if (retract->rows == 0)
		return 0;
	sql = write_delete(retract, fault);
	if (fault->status != 0 || libpq_run(libpq, own_path, fault) != 0 ||
		ask(retract, sql, NULL, 0, &rows, fault) != 0 ||
		libpq_run(libpq, "SET CONSTRAINTS ALL IMMEDIATE", fault) != 0 ||
		libpq_run(libpq, "SELECT pg_catalog.set_config('search_path', '', true)",
		fault) != 0)
		return fault->status;
	return check_deleted(retract, &rows, fault);
}

/* What stays is remembered, too. */
static int tell(struct retract *retract, struct fault *fault)
{
	const char *remark = retract->changed == 0 ? NULL : arena_format(retract->control->arena,
		"undone but for %llu row%s that %s changed or deleted since",
		(unsigned long long)retract->changed, retract->changed == 1 ? "" : "s",
		retract->changed == 1 ? "was" : "were");

	if (remark == NULL && retract->changed > 0)
		return fault_memory(fault);
	return control_undo_run(retract->control, retract->stream, remark, fault);
}

int retract_run(struct retract *retract, bool force, unsigned seconds, struct fault *fault)
{
	struct control *control = retract->control;

	if (libpq_begin(control->libpq, fault) == 0 &&
		control_lock(control, retract->stream, seconds, fault) == 0 &&
		lock_all(retract, fault) == 0 && look_again(retract, force, fault) == 0 &&
		delete_all(retract, fault) == 0)
		tell(retract, fault);
	if (fault->status == 0)
		libpq_commit(control->libpq, fault);
	else
		libpq_rollback(control->libpq);
	return fault->status;
}
