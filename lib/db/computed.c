#include "db/computed.h"

#include <stdlib.h>
#include <string.h>

#include "wire/pack.h"

bool computed_type(const struct type *type)
{
	return type->kind == TYPE_INT2 || type->kind == TYPE_INT4 || type->kind == TYPE_INT8 ||
		type->kind == TYPE_TEXT;
}

void computed_add(struct hash128 *sum, struct bytes *scratch, const struct value *cell)
{
	bytes_clear(scratch);
	pack_value(scratch, cell);
	hash_sum(sum, hash_128(scratch->data, scratch->size));
}

/* The server's text of a value as the cell that it is. */
static struct value cell_of(const struct type *type, const char *text)
{
	struct value value = { .kind = VALUE_NULL };

	if (text == NULL)
		return value;
	if (type->kind != TYPE_TEXT) {
		value.kind = VALUE_INTEGER;
		value.integer = strtoll(text, NULL, 10);
		return value;
	}
	value.kind = VALUE_TEXT;
	value.size = (uint32_t)strlen(text);
	value.data = (const uint8_t *)text;
	return value;
}

static int open_cursor(struct libpq *libpq, const char *table, const char *column,
	struct fault *fault)
{
	struct bytes sql = { 0 };
	int status;

	bytes_add_text(&sql, "DECLARE rowpipe_computed NO SCROLL CURSOR FOR SELECT ");
	status = libpq_name(libpq, &sql, column, fault);
	bytes_format(&sql, " FROM %s", table);
	bytes_add_byte(&sql, '\0');
	if (status == 0 && sql.failed)
		status = fault_memory(fault);
	if (status == 0)
		status = libpq_run(libpq, (const char *)sql.data, fault);
	bytes_close(&sql);
	return status;
}

static int sum_column(struct libpq *libpq, const struct type *type, struct hash128 *sum,
	struct fault *fault)
{
	struct arena arena = { 0 };
	struct bytes scratch = { 0 };
	struct libpq_rows rows = { .count = 1 };
	int status = 0;

	while (status == 0 && rows.count > 0) {
		arena_reset(&arena);
		status = libpq_query(libpq, &arena, "FETCH 5000 FROM rowpipe_computed", NULL, 0,
			&rows, fault);
		for (size_t i = 0; status == 0 && i < rows.count; i++) {
			struct value cell = cell_of(type, libpq_cell(&rows, i, 0));

			computed_add(sum, &scratch, &cell);
		}
	}
	if (status == 0 && scratch.failed)
		status = fault_memory(fault);
	bytes_close(&scratch);
	arena_close(&arena);
	return status;
}

int computed_check(struct libpq *libpq, const char *table, const char *column,
	const struct type *type, struct hash128 sum, struct fault *fault)
{
	struct hash128 found = { 0 };
	int status = open_cursor(libpq, table, column, fault);

	if (status == 0)
		status = sum_column(libpq, type, &found, fault);
	if (status == 0)
		status = libpq_run(libpq, "CLOSE rowpipe_computed", fault);
	if (status == 0 && (found.low != sum.low || found.high != sum.high))
		status = fault_set(fault, STATUS_MISFIT, "generated column %s.%s: PostgreSQL "
			"computes other values than the source holds; leave the column out with "
			"rows-select --drop", table, column);
	return status;
}
