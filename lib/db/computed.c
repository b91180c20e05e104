#include "db/computed.h"

#include "db/harvest.h"
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

/* Reads the column back; its cells are those of the stream, to the byte. */
static int sum_column(struct harvest *harvest, struct hash128 *sum, struct fault *fault)
{
	struct bytes scratch = { 0 };
	struct value cell;

	while (harvest_next(harvest, &cell, fault))
		computed_add(sum, &scratch, &cell);
	if (fault->status == 0 && scratch.failed)
		fault_memory(fault);
	bytes_close(&scratch);
	return harvest_end(harvest, fault);
}

int computed_check(struct libpq *libpq, const char *table, const char *column,
	const struct type *type, struct hash128 sum, struct fault *fault)
{
	struct type types[] = { *type };
	const char *columns[] = { NULL };
	struct harvest_wish wish = { .name = table, .from = table, .columns = columns,
		.types = types, .count = 1 };
	struct harvest harvest = { 0 };
	struct hash128 found = { 0 };
	struct bytes name = { 0 };
	int status = libpq_name(libpq, &name, column, fault);

	bytes_add_byte(&name, '\0');
	if (status == 0 && name.failed)
		status = fault_memory(fault);
	columns[0] = (const char *)name.data;
	if (status == 0)
		status = harvest_begin(&harvest, libpq, &wish, fault);
	if (status == 0)
		status = sum_column(&harvest, &found, fault);
	harvest_close(&harvest);
	bytes_close(&name);
	if (status == 0 && (found.low != sum.low || found.high != sum.high))
		status = fault_set(fault, STATUS_MISFIT, "generated column %s.%s: PostgreSQL "
			"computes other values than the source holds; leave the column out with "
			"rows-select --drop", table, column);
	return status;
}
