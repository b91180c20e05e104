#include "db/upsert.h"

#include <stdlib.h>
#include <string.h>

#include "db/relatives.h"
#include "db/text.h"

enum { PIECE = 64 * 1024, LOCK_WAIT = 10 /* seconds */ };

static int ask(struct upsert *upsert, const char *sql, const char *const *parameters, size_t count,
	struct libpq_rows *rows, struct fault *fault)
{
	return libpq_query(upsert->libpq, upsert->arena, sql, parameters, count, rows, fault);
}

/* Runs what was gathered, which is closed; how many rows it was. */
static int run(struct upsert *upsert, struct bytes *sql, uint64_t *affected, struct fault *fault)
{
	struct libpq_rows rows = { 0 };

	bytes_add_byte(sql, '\0');
	if (sql->failed)
		fault_memory(fault);
	else if (fault->status == 0)
		ask(upsert, (const char *)sql->data, NULL, 0, &rows, fault);
	bytes_close(sql);
	if (affected != NULL)
		*affected = rows.affected;
	return fault->status;
}

static const char *settle(struct upsert *upsert, struct bytes *text, struct fault *fault)
{
	const char *copy = text->failed ? NULL :
		arena_copy(upsert->arena, text->data, text->size);

	bytes_close(text);
	if (copy == NULL)
		fault_memory(fault);
	return copy;
}

/* --- tables and columns ----------------------------------------------------------------------- */

enum { COLUMN_NAME, COLUMN_NUMBER, COLUMN_OID, COLUMN_MOD, COLUMN_NOT_NULL, COLUMN_GENERATED,
	COLUMN_TABLE, COLUMN_KIND };

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
	if (ask(upsert, sql, names, 2, &own->columns, fault) != 0)
		return fault->status;
	if (own->columns.count == 0)
		return fault_set(fault, STATUS_MISFIT, "table %s.%s is not in the target", names[0],
			names[1]);
	own->oid = libpq_cell(&own->columns, 0, COLUMN_TABLE);
	own->parted = *libpq_cell(&own->columns, 0, COLUMN_KIND) == 'p';
	own->from = own->parted ? own->name : arena_format(upsert->arena, "ONLY %s", own->name);
	return own->from == NULL ? fault_memory(fault) : 0;
}

/* The server's row for a column; columns.count: it is not there. */
static size_t find_column(const struct upsert_table *own, const struct column *column)
{
	size_t row = 0;

	while (row < own->columns.count && (libpq_cell(&own->columns, row, 0) == NULL ||
		strcmp(libpq_cell(&own->columns, row, COLUMN_NAME), column->name) != 0))
		row++;
	return row;
}

static bool is_true(const struct upsert_table *own, size_t row, size_t what)
{
	const char *text = libpq_cell(&own->columns, row, what);

	return text != NULL && *text == 't';
}

static int refuse_column(const struct upsert_table *own, const struct column *column,
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

	if (ask(upsert, sql, parameters, 2, &rows, fault) == 0)
		own->unique = *libpq_cell(&rows, 0, 0) == 't';
	return fault->status;
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
	for (size_t i = 0; i < table->primary->term_count && fault->status == 0; i++) {
		const struct column *column = table_key_column(table, i);
		const size_t row = column == NULL ? own->columns.count : find_column(own, column);

		if (column == NULL)
			return fault_set(fault, STATUS_MISFIT, "the key of table %s is no column",
				table->name);
		if (row == own->columns.count)
			return refuse_column(own, column, fault);
		own->key[own->key_count++] = text_quote(upsert->arena, column->name);
		if (own->key[own->key_count - 1] == NULL)
			fault_memory(fault);
		bytes_format(&numbers, "%s%s", i == 0 ? "{" : ",",
			libpq_cell(&own->columns, row, COLUMN_NUMBER));
	}
	bytes_add_byte(&numbers, '}');
	list = settle(upsert, &numbers, fault);
	return fault->status != 0 ? fault->status : find_unique(upsert, own, list, fault);
}

/* --- what comes ------------------------------------------------------------------------------- */

static int add_column(struct upsert *upsert, struct upsert_table *own, struct upsert_stage *stage,
	const struct column *column, uint32_t place, struct fault *fault)
{
	const size_t row = find_column(own, column);
	struct type *type = &stage->types[stage->count];

	if (row == own->columns.count)
		return refuse_column(own, column, fault);
	if (is_true(own, row, COLUMN_GENERATED))
		return 0;
	if (!type_parse(upsert->arena, column->target == NULL ? column->type : column->target,
		type) || type->kind == TYPE_RAW)
		return fault_set(fault, STATUS_MISFIT, "%s.%s has no type yet: rows-retype gives "
			"it one", own->table->name, column->name);
	stage->binary &= copy_matches(type,
		(uint32_t)strtoul(libpq_cell(&own->columns, row, COLUMN_OID), NULL, 10),
		(int32_t)strtol(libpq_cell(&own->columns, row, COLUMN_MOD), NULL, 10));
	stage->places[stage->count++] = place;
	return 0;
}

static const struct column *column_of(const struct upsert_table *own, int kind, uint32_t place)
{
	return kind == UPSERT_ROWS ? &own->table->columns[place] :
		table_key_column(own->table, place);
}

static const char *list_columns(struct upsert *upsert, const struct upsert_table *own,
	const struct upsert_stage *stage, int kind, struct fault *fault)
{
	struct bytes text = { 0 };

	for (uint32_t i = 0; i < stage->count; i++) {
		const char *name = text_quote(upsert->arena,
			column_of(own, kind, stage->places[i])->name);

		if (name == NULL)
			fault_memory(fault);
		bytes_format(&text, "%s%s", i == 0 ? "" : ", ", name == NULL ? "" : name);
	}
	return settle(upsert, &text, fault);
}

/* A temporary table has the target's own types, so that what comes is cast to nothing else. */
static int make_stage(struct upsert *upsert, struct upsert_table *own, int kind,
	struct fault *fault)
{
	struct upsert_stage *stage = &own->stages[kind];
	const uint32_t count = (uint32_t)(kind == UPSERT_ROWS ? own->table->column_count :
		table_key_count(own->table));
	struct bytes sql = { 0 };

	stage->types = arena_array(upsert->arena, count, sizeof(*stage->types));
	stage->places = arena_array(upsert->arena, count, sizeof(*stage->places));
	stage->name = arena_format(upsert->arena, "rowpipe_%s_%u", kind == UPSERT_ROWS ? "rows" :
		"keys", own->table->number);
	stage->binary = true;
	if (stage->types == NULL || stage->places == NULL || stage->name == NULL)
		return fault_memory(fault);
	for (uint32_t i = 0; i < count && fault->status == 0; i++)
		add_column(upsert, own, stage, column_of(own, kind, i), i, fault);
	if (fault->status == 0)
		stage->columns = list_columns(upsert, own, stage, kind, fault);
	if (fault->status != 0)
		return fault->status;
	bytes_format(&sql, "CREATE TEMPORARY TABLE %s ON COMMIT DROP AS SELECT %s FROM %s "
		"WITH NO DATA", stage->name, stage->columns, own->name);
	return run(upsert, &sql, NULL, fault);
}

static int put(struct upsert *upsert, struct fault *fault)
{
	if (upsert->buffer.failed)
		return fault_memory(fault);
	libpq_copy_put(upsert->libpq, upsert->buffer.data, upsert->buffer.size, fault);
	bytes_clear(&upsert->buffer);
	return fault->status;
}

static int close_copy(struct upsert *upsert, struct fault *fault)
{
	if (upsert->stage == NULL)
		return fault->status;
	copy_end(&upsert->copy, &upsert->buffer);
	if (put(upsert, fault) == 0)
		libpq_copy_end(upsert->libpq, upsert->copied, fault);
	upsert->stage = NULL;
	return fault->status;
}

static int open_copy(struct upsert *upsert, struct upsert_table *own, int kind,
	struct fault *fault)
{
	struct upsert_stage *stage = &own->stages[kind];
	const char *sql;

	if (close_copy(upsert, fault) != 0 ||
		(stage->name == NULL && make_stage(upsert, own, kind, fault) != 0))
		return fault->status;
	sql = arena_format(upsert->arena, "COPY pg_temp.%s FROM STDIN WITH (FORMAT %s)",
		stage->name, stage->binary ? "binary" : "text");
	if (sql == NULL)
		return fault_memory(fault);
	upsert->copy = (struct copy){ .form = stage->binary ? COPY_BINARY : COPY_TEXT,
		.types = stage->types, .count = stage->count };
	if (libpq_copy_begin(upsert->libpq, sql, own->table->name, fault) != 0)
		return fault->status;
	upsert->stage = stage;
	upsert->copied = 0;
	copy_begin(&upsert->copy, &upsert->buffer);
	return 0;
}

/* Copies that are written or deleted without a key would be so again by the same command. */
static int need_memory(struct upsert *upsert, const struct upsert_table *own, struct fault *fault)
{
	if (own->key != NULL || upsert->dry)
		return 0;
	upsert->insists = true;
	return control_need_room(&upsert->control, fault);
}

static int stage_row(struct upsert *upsert, size_t place, int kind, const struct value *cells,
	struct fault *fault)
{
	struct upsert_table *own = &upsert->tables[place];
	struct upsert_stage *stage = &own->stages[kind];

	if (upsert->chain != NULL || need_memory(upsert, own, fault) != 0)
		return fault->status;
	if (stage != upsert->stage && open_copy(upsert, own, kind, fault) != 0)
		return fault->status;
	for (uint32_t i = 0; i < stage->count; i++)
		upsert->cells[i] = cells[stage->places[i]];
	if (!copy_row(&upsert->copy, &upsert->buffer, upsert->cells))
		return fault_set(fault, STATUS_MISFIT, "%s.%s, row %llu: %s", own->table->name,
			column_of(own, kind, stage->places[upsert->copy.column])->name,
			(unsigned long long)stage->rows + 1, upsert->copy.why);
	stage->rows++;
	upsert->copied++;
	return upsert->buffer.size >= PIECE ? put(upsert, fault) : 0;
}

int upsert_row(struct upsert *upsert, size_t place, const struct value *cells, struct fault *fault)
{
	const struct upsert_table *own = &upsert->tables[place];

	if (own->key == NULL && strcmp(own->table->coverage, "repair") != 0)
		return fault_set(fault, STATUS_MISFIT, "table %s has no primary key: nothing tells "
			"which rows to write over", own->table->name);
	return stage_row(upsert, place, UPSERT_ROWS, cells, fault);
}

int upsert_delete(struct upsert *upsert, size_t place, const struct value *cells,
	struct fault *fault)
{
	return stage_row(upsert, place, UPSERT_KEYS, cells, fault);
}

/* --- order ------------------------------------------------------------------------------------ */

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
	return fault->status == 0 && upsert->chain == NULL ? sort_tables(upsert, fault) :
		fault->status;
}

/* --- deleting --------------------------------------------------------------------------------- */

/* t."a" = s."a" AND ..., or as NULLs have it where the column may hold them. */
static void add_match(const struct upsert_table *own, struct bytes *sql)
{
	for (size_t i = 0; i < own->key_count; i++) {
		const size_t row = find_column(own, table_key_column(own->table, i));

		bytes_format(sql, "%st.%s %s s.%s", i == 0 ? "" : " AND ", own->key[i],
			is_true(own, row, COLUMN_NOT_NULL) ? "=" : "IS NOT DISTINCT FROM",
			own->key[i]);
	}
}

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
	return run(upsert, &sql, &own->deleted, fault);
}

static int delete_keys(struct upsert *upsert, struct upsert_table *own, struct fault *fault)
{
	struct bytes sql = { 0 };

	bytes_format(&sql, "DELETE FROM %s t USING pg_temp.%s s WHERE ", own->from,
		own->stages[UPSERT_KEYS].name);
	add_match(own, &sql);
	return run(upsert, &sql, &own->deleted, fault);
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

static const char *list_oids(struct upsert *upsert, struct fault *fault)
{
	struct bytes text = { 0 };

	for (size_t i = 0; i < upsert->count; i++)
		bytes_format(&text, "%s%s", i == 0 ? "{" : ",", upsert->tables[i].oid);
	bytes_add_text(&text, upsert->count == 0 ? "{}" : "}");
	return settle(upsert, &text, fault);
}

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
	const char *oids = list_oids(upsert, fault);
	struct libpq_rows rows;

	if (fault->status != 0 || ask(upsert, sql, &oids, 1, &rows, fault) != 0)
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
	if (ask(upsert, sql, NULL, 0, &rows, fault) == 0)
		*number = strtoull(libpq_cell(&rows, 0, 0), NULL, 10);
	return fault->status;
}

static int delete_all(struct upsert *upsert, struct fault *fault)
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

/* --- writing ---------------------------------------------------------------------------------- */

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
	const char *comma = " DO UPDATE SET ";

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
			bytes_format(sql, "%s%s = EXCLUDED.%s", comma, name, name);
			comma = ", ";
		}
	}
	/* So that each row counts, whether it was there or not. */
	if (*comma == ' ' && comma[1] == 'D')
		bytes_format(sql, " DO UPDATE SET %s = EXCLUDED.%s", own->key[0], own->key[0]);
}

/* NULLs conflict with nothing, not even in a unique index. */
static bool has_nulls(const struct upsert_table *own)
{
	for (size_t i = 0; i < own->key_count; i++)
		if (!is_true(own, find_column(own, table_key_column(own->table, i)),
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
	add_match(own, &sql);
	for (size_t i = 0; i < own->key_count && own->unique; i++)
		bytes_format(&sql, "%ss.%s IS NULL%s", i == 0 ? " AND (" : " OR ", own->key[i],
			i + 1 == own->key_count ? ")" : "");
	return run(upsert, &sql, NULL, fault);
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
	if (run(upsert, &sql, &own->written, fault) != 0)
		return fault->status;
	if (own->written != stage->rows)
		return fault_set(fault, STATUS_MISFIT, "table %s: of %llu row%s %llu %s written: a "
			"trigger or rule swallows rows", own->table->name,
			(unsigned long long)stage->rows, stage->rows == 1 ? "" : "s",
			(unsigned long long)own->written, own->written == 1 ? "was" : "were");
	return 0;
}

/* --- constraints that hold for new rows only -------------------------------------------------- */

/*
 * What the source's own rows break stands NOT VALID, and would keep them out now: its owner takes
 * it away for this transaction.
 */
static int lift_constraints(struct upsert *upsert, const struct upsert_table *own,
	struct bytes *again, struct fault *fault)
{
	static const char sql[] = "SELECT quote_ident(conname), pg_get_constraintdef(k.oid)"
		" FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid"
		" WHERE k.conrelid = $1::oid AND k.contype IN ('c', 'f') AND NOT k.convalidated"
		" AND k.coninhcount = 0 AND pg_has_role(c.relowner, 'USAGE')";
	struct libpq_rows rows;

	if (own->stages[UPSERT_ROWS].rows == 0 ||
		ask(upsert, sql, &own->oid, 1, &rows, fault) != 0)
		return fault->status;
	for (size_t i = 0; i < rows.count && fault->status == 0; i++) {
		struct bytes text = { 0 };

		bytes_format(&text, "ALTER TABLE %s DROP CONSTRAINT %s", own->name,
			libpq_cell(&rows, i, 0));
		bytes_format(again, "ALTER TABLE %s ADD CONSTRAINT %s %s;", own->name,
			libpq_cell(&rows, i, 0), libpq_cell(&rows, i, 1));
		run(upsert, &text, NULL, fault);
	}
	return fault->status;
}

static int write_all(struct upsert *upsert, struct fault *fault)
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

/* --- all of it -------------------------------------------------------------------------------- */

static int lock_tables(struct upsert *upsert, struct fault *fault)
{
	struct bytes sql = { 0 };

	if (upsert->count == 0)
		return 0;
	for (size_t i = 0; i < upsert->count; i++)
		bytes_format(&sql, "%s%s", i == 0 ? "LOCK TABLE " : ", ", upsert->tables[i].name);
	bytes_add_text(&sql, " IN SHARE ROW EXCLUSIVE MODE");
	return run(upsert, &sql, NULL, fault);
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
	if (close_copy(upsert, fault) != 0 || lock_tables(upsert, fault) != 0 ||
		libpq_run(upsert->libpq, "SET CONSTRAINTS ALL DEFERRED", fault) != 0 ||
		delete_all(upsert, fault) != 0 || write_all(upsert, fault) != 0)
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
