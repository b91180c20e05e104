#include "db/upsert.h"

#include <stdlib.h>
#include <string.h>

#include "db/keeper.h"
#include "db/relatives.h"
#include "db/text.h"
#include "db/upsert_work.h"

enum { LOCK_WAIT = 10 }; /* seconds */

int upsert_ask(struct upsert *upsert, const char *sql, const char *const *parameters, size_t count,
	struct libpq_rows *rows, struct fault *fault)
{
	return libpq_query(upsert->libpq, upsert->arena, sql, parameters, count, rows, fault);
}

int upsert_run(struct upsert *upsert, struct bytes *sql, uint64_t *affected, struct fault *fault)
{
	struct libpq_rows rows = { 0 };

	bytes_add_byte(sql, '\0');
	if (sql->failed)
		fault_memory(fault);
	else if (fault->status == 0)
		upsert_ask(upsert, (const char *)sql->data, NULL, 0, &rows, fault);
	bytes_close(sql);
	if (affected != NULL)
		*affected = rows.affected;
	return fault->status;
}

const char *upsert_settle(struct upsert *upsert, struct bytes *text, struct fault *fault)
{
	const char *copy = bytes_settle(text, upsert->arena);

	if (copy == NULL)
		fault_memory(fault);
	return copy;
}

/* --- tables and columns ----------------------------------------------------------------------- */

static int refuse_table(struct upsert *upsert, const char *const *names, struct fault *fault)
{
	const char *why = keeper_stranger(upsert->libpq, upsert->arena, names[0], names[1], fault);

	return why != NULL ? fault_set(fault, STATUS_MISFIT, "%s", why) :
		fault_set(fault, STATUS_MISFIT, "table %s.%s is not in the target", names[0],
		names[1]);
}

static int find_table(struct upsert *upsert, struct upsert_table *own, struct fault *fault)
{
	static const char sql[] = "SELECT a.attname, a.attnum, a.atttypid, a.atttypmod,"
		" a.attnotnull, a.attgenerated <> '', c.oid, c.relkind FROM pg_class c"
		" JOIN pg_namespace n ON n.oid = c.relnamespace"
		" LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0"
		" AND NOT a.attisdropped"
		" WHERE n.nspname = $1 AND c.relname = $2 AND c.relkind IN ('r', 'p')";
	const struct table *table = own->table;
	const char *schema = table->schema != NULL ? table->schema : upsert->schema;
	const char *names[2] = { schema == NULL ? "public" : schema, table->name };
	const char *first = text_quote(upsert->arena, names[0]),
		*last = text_quote(upsert->arena, names[1]);

	if (first == NULL || last == NULL ||
		(own->name = arena_format(upsert->arena, "%s.%s", first, last)) == NULL)
		return fault_memory(fault);
	if (upsert_ask(upsert, sql, names, 2, &own->columns, fault) != 0)
		return fault->status;
	if (own->columns.count == 0)
		return refuse_table(upsert, names, fault);
	own->oid = libpq_cell(&own->columns, 0, COLUMN_TABLE);
	own->parted = *libpq_cell(&own->columns, 0, COLUMN_KIND) == 'p';
	own->from = own->parted ? own->name : arena_format(upsert->arena, "ONLY %s", own->name);
	return own->from == NULL ? fault_memory(fault) : 0;
}

size_t upsert_find_column(const struct upsert_table *own, const struct column *column)
{
	size_t row = 0;

	while (row < own->columns.count && (libpq_cell(&own->columns, row, COLUMN_NAME) == NULL ||
		strcmp(libpq_cell(&own->columns, row, COLUMN_NAME), column->name) != 0))
		row++;
	return row;
}

bool upsert_is_true(const struct upsert_table *own, size_t row, size_t what)
{
	const char *text = libpq_cell(&own->columns, row, what);

	return text != NULL && *text == 't';
}

int upsert_refuse_column(const struct upsert_table *own, const struct column *column,
	struct fault *fault)
{
	return fault_set(fault, STATUS_MISFIT, "table %s has no column \"%s\" in the target",
		own->table->name, column->name);
}

/* An index that makes a key stand once, at once, so that ON CONFLICT may speak of it. */
static int find_unique(struct upsert *upsert, struct upsert_table *own, const char *numbers,
	struct fault *fault)
{
	static const char sql[] = "SELECT count(*) > 0 FROM pg_index WHERE indrelid = $1::oid"
		" AND indisunique AND indimmediate AND indisvalid AND indpred IS NULL"
		" AND indexprs IS NULL AND"
		" (SELECT array_agg(k ORDER BY k)"
		" FROM unnest((indkey::int2[])[0:indnkeyatts - 1]) k)"
		" = (SELECT array_agg(k ORDER BY k) FROM unnest($2::int2[]) k)";
	const char *parameters[2] = { own->oid, numbers };
	struct libpq_rows rows;

	if (upsert_ask(upsert, sql, parameters, 2, &rows, fault) == 0)
		own->unique = *libpq_cell(&rows, 0, 0) == 't';
	return fault->status;
}

/* One column of the key, and its number among those that the index has. */
static int add_key(struct upsert *upsert, struct upsert_table *own, const struct column *column,
	struct bytes *numbers, struct fault *fault)
{
	const size_t row = column == NULL ? 0 : upsert_find_column(own, column);
	const char *name;

	if (column == NULL)
		return fault_set(fault, STATUS_MISFIT, "the key of table %s is no column",
			own->table->name);
	if (row == own->columns.count)
		return upsert_refuse_column(own, column, fault);
	name = text_quote(upsert->arena, column->name);
	if (name == NULL)
		return fault_memory(fault);
	bytes_format(numbers, "%s%s", own->key_count == 0 ? "{" : ",",
		libpq_cell(&own->columns, row, COLUMN_NUMBER));
	own->key[own->key_count++] = name;
	return 0;
}

static int find_key(struct upsert *upsert, struct upsert_table *own, struct fault *fault)
{
	const struct table *table = own->table;
	struct bytes numbers = { 0 };
	const char *list;

	if (table->primary == NULL || table->primary->term_count == 0)
		return 0;
	own->key = arena_array(upsert->arena, table->primary->term_count, sizeof(*own->key));
	if (own->key == NULL)
		return fault_memory(fault);
	for (size_t i = 0; i < table->primary->term_count && fault->status == 0; i++)
		add_key(upsert, own, table_key_column(table, i), &numbers, fault);
	bytes_add_byte(&numbers, '}');
	list = upsert_settle(upsert, &numbers, fault);
	return fault->status != 0 ? fault->status : find_unique(upsert, own, list, fault);
}

void upsert_add_match(const struct upsert_table *own, struct bytes *sql)
{
	for (size_t i = 0; i < own->key_count; i++) {
		const size_t row = upsert_find_column(own, table_key_column(own->table, i));

		bytes_format(sql, "%st.%s %s s.%s", i == 0 ? "" : " AND ", own->key[i],
			upsert_is_true(own, row, COLUMN_NOT_NULL) ? "=" : "IS NOT DISTINCT FROM",
			own->key[i]);
	}
}

/* --- order ------------------------------------------------------------------------------------ */

const char *upsert_list_oids(struct upsert *upsert, struct fault *fault)
{
	struct bytes list = { 0 };

	for (size_t i = 0; i < upsert->count; i++)
		text_add_number(&list, strtoull(upsert->tables[i].oid, NULL, 10));
	return text_end_list(&list, upsert->arena, fault);
}

static int sort_tables(struct upsert *upsert, struct fault *fault)
{
	const char **oids = arena_array(upsert->arena, upsert->count, sizeof(*oids));

	upsert->order = arena_array(upsert->arena, upsert->count, sizeof(*upsert->order));
	if (oids == NULL || upsert->order == NULL)
		return fault_memory(fault);
	for (size_t i = 0; i < upsert->count; i++)
		oids[i] = upsert->tables[i].oid;
	return relatives_sort(upsert->libpq, upsert->arena, oids, upsert->count, upsert->order,
		fault);
}

/* A session that was lost may still commit; only behind the lock it is over. */
static int look_for_run(struct upsert *upsert, struct fault *fault)
{
	upsert->control = (struct control){ .arena = upsert->arena, .libpq = upsert->libpq };
	if (control_lock(&upsert->control, upsert->stream, LOCK_WAIT, fault) != 0 ||
		libpq_run(upsert->libpq, "SET LOCAL lock_timeout = 0", fault) != 0 ||
		control_look(&upsert->control, fault) != 0)
		return fault->status;
	return control_find(&upsert->control, upsert->stream, &upsert->chain, fault);
}

int upsert_begin(struct upsert *upsert, const struct table *const *tables, size_t count,
	struct fault *fault)
{
	size_t most = 1;

	upsert->tables = arena_array(upsert->arena, count, sizeof(*upsert->tables));
	upsert->count = count;
	if (upsert->tables == NULL)
		return fault_memory(fault);
	for (size_t i = 0; i < count; i++) {
		upsert->tables[i].table = tables[i];
		upsert->repairs |= strcmp(tables[i]->coverage, "repair") == 0;
		if (tables[i]->column_count > most)
			most = tables[i]->column_count;
	}
	upsert->cells = arena_array(upsert->arena, most, sizeof(*upsert->cells));
	if (upsert->cells == NULL)
		return fault_memory(fault);
	if (libpq_begin(upsert->libpq, fault) == 0 && upsert->repairs)
		look_for_run(upsert, fault);
	for (size_t i = 0; i < count && fault->status == 0 && upsert->chain == NULL; i++)
		if (find_table(upsert, &upsert->tables[i], fault) == 0)
			find_key(upsert, &upsert->tables[i], fault);
	if (fault->status != 0 || upsert->chain != NULL ||
		keeper_need(upsert->libpq, upsert->arena, upsert_list_oids(upsert, fault),
		KEEPER_UPSERT, fault) != 0)
		return fault->status;
	return sort_tables(upsert, fault);
}

/* --- all of it -------------------------------------------------------------------------------- */

static int lock_tables(struct upsert *upsert, struct fault *fault)
{
	struct bytes sql = { 0 };

	if (upsert->count == 0)
		return 0;
	bytes_add_text(&sql, "SET LOCAL lock_timeout = '10s';LOCK TABLE ");
	for (size_t i = 0; i < upsert->count; i++)
		bytes_format(&sql, "%s%s", i == 0 ? "" : ", ", upsert->tables[i].name);
	bytes_format(&sql, " IN SHARE ROW EXCLUSIVE MODE%c", '\0');
	if (sql.failed)
		fault_memory(fault);
	else
		libpq_run(upsert->libpq, (const char *)sql.data, fault);
	bytes_close(&sql);
	return fault->status;
}

static int remember(struct upsert *upsert, const char *chain, const char *source,
	struct fault *fault)
{
	struct control_run *run = &upsert->run;

	run->stream = upsert->stream;
	run->chain = chain;
	run->source = source;
	run->mode = "upsert";
	if (!upsert->repairs)
		return 0;
	return upsert->insists ? control_insist(&upsert->control, run, fault) :
		control_remember(&upsert->control, run, fault);
}

int upsert_end(struct upsert *upsert, const char *chain, const char *source, struct fault *fault)
{
	if (upsert->chain != NULL)
		return strcmp(upsert->chain, chain) == 0 ? 0 : fault_set(fault, STATUS_MISFIT,
			"a stream of this id was applied before, and held other rows");
	if (upsert_close_copy(upsert, fault) != 0 || lock_tables(upsert, fault) != 0 ||
		libpq_run(upsert->libpq, "SET CONSTRAINTS ALL DEFERRED", fault) != 0 ||
		upsert_delete_all(upsert, fault) != 0 || upsert_write_all(upsert, fault) != 0)
		return fault->status;
	for (size_t i = 0; i < upsert->count && fault->status == 0 && !upsert->dry; i++)
		relatives_advance(upsert->libpq, upsert->arena, upsert->tables[i].oid,
			upsert->tables[i].from, fault);
	if (fault->status == 0)
		remember(upsert, chain, source, fault);
	if (fault->status != 0 ||
		libpq_run(upsert->libpq, "SET CONSTRAINTS ALL IMMEDIATE", fault) != 0)
		return fault->status;
	if (!upsert->dry)
		return libpq_commit(upsert->libpq, fault);
	libpq_rollback(upsert->libpq);
	return 0;
}

void upsert_close(struct upsert *upsert)
{
	if (upsert->stage != NULL)
		libpq_copy_abort(upsert->libpq);
	bytes_close(&upsert->buffer);
}
