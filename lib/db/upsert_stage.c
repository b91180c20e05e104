/* What comes: rows and keys, by COPY into temporary tables. */
#include "db/upsert.h"

#include <stdlib.h>

#include "db/text.h"
#include "db/upsert_work.h"

enum { PIECE = 64 * 1024 };

static int add_column(struct upsert *upsert, struct upsert_table *own, struct upsert_stage *stage,
	const struct column *column, uint32_t place, struct fault *fault)
{
	const size_t row = upsert_find_column(own, column);
	struct type *type = &stage->types[stage->count];

	if (row == own->columns.count)
		return upsert_refuse_column(own, column, fault);
	if (upsert_is_true(own, row, COLUMN_GENERATED))
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
	return upsert_settle(upsert, &text, fault);
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
	return upsert_run(upsert, &sql, NULL, fault);
}

static int put(struct upsert *upsert, struct fault *fault)
{
	if (upsert->buffer.failed)
		return fault_memory(fault);
	libpq_copy_put(upsert->libpq, upsert->buffer.data, upsert->buffer.size, fault);
	bytes_clear(&upsert->buffer);
	return fault->status;
}

int upsert_close_copy(struct upsert *upsert, struct fault *fault)
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

	if (upsert_close_copy(upsert, fault) != 0 ||
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
