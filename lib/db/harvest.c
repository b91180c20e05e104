#include "db/harvest.h"

#include <stdlib.h>

#include "wire/copy.h"

enum { OID_TEXT = 25 };

/*
 * What a type prints is not always its cast to text: an inet's adds the mask, a char's loses its
 * blanks.  concat prints; NULL it does not tell from nothing.
 */
static void add_column(struct bytes *sql, const char *column, const struct type *type)
{
	if (type->kind == TYPE_OTHER)
		bytes_format(sql, "CASE WHEN pg_catalog.num_nulls(%s) OPERATOR(pg_catalog.=) 0 "
			"THEN pg_catalog.concat(%s) END", column, column);
	else
		bytes_add_text(sql, column);
}

static void add_select(struct bytes *sql, const struct harvest_wish *wish)
{
	bytes_add_text(sql, "SELECT ");
	for (uint32_t i = 0; i < wish->count; i++) {
		bytes_add_text(sql, i == 0 ? "" : ", ");
		add_column(sql, wish->columns[i], &wish->types[i]);
	}
	bytes_format(sql, " FROM %s", wish->from);
	if (wish->where != NULL)
		bytes_format(sql, " WHERE (\n%s\n)", wish->where);
	if (wish->order != NULL)
		bytes_format(sql, " ORDER BY %s", wish->order);
}

static bool is_plain(const struct harvest_wish *wish)
{
	if (wish->table == NULL || wish->where != NULL || wish->order != NULL || wish->count == 0)
		return false;
	for (uint32_t i = 0; i < wish->count; i++)
		if (wish->types[i].kind == TYPE_OTHER)
			return false;
	return true;
}

static void add_copy(struct bytes *sql, const struct harvest_wish *wish)
{
	bytes_add_text(sql, "COPY ");
	if (is_plain(wish)) {
		bytes_add_text(sql, wish->table);
		for (uint32_t i = 0; i < wish->count; i++)
			bytes_format(sql, "%s%s", i == 0 ? " (" : ", ", wish->columns[i]);
		bytes_add_byte(sql, ')');
	} else {
		bytes_add_byte(sql, '(');
		add_select(sql, wish);
		bytes_add_byte(sql, ')');
	}
	bytes_add(sql, " TO STDOUT (FORMAT binary)", sizeof(" TO STDOUT (FORMAT binary)"));
}

/* Nothing in COPY tells a type, so it is asked before. */
static int check_types(struct harvest *harvest, struct fault *fault)
{
	const struct harvest_wish *wish = harvest->wish;
	struct arena arena = { 0 };
	struct bytes sql = { 0 };
	struct libpq_rows columns = { 0 };

	add_select(&sql, wish);
	bytes_add_byte(&sql, '\0');
	if (sql.failed)
		fault_memory(fault);
	else
		libpq_describe(harvest->libpq, &arena, (const char *)sql.data, &columns, fault);
	for (uint32_t i = 0; i < wish->count && fault->status == 0; i++) {
		const uint32_t oid = wish->types[i].kind == TYPE_OTHER ? OID_TEXT :
			copy_oid(&wish->types[i]);

		if (i >= columns.count ||
		    strtoul(libpq_cell(&columns, i, 1), NULL, 10) != oid)
			fault_set(fault, STATUS_MISFIT, "%s: column %s has another type now than "
				"when the table was looked at", wish->name, wish->columns[i]);
	}
	bytes_close(&sql);
	arena_close(&arena);
	return fault->status;
}

int harvest_begin(struct harvest *harvest, struct libpq *libpq, const struct harvest_wish *wish,
	struct fault *fault)
{
	*harvest = (struct harvest){ .libpq = libpq, .wish = wish,
		.uncopy = { .types = wish->types, .count = wish->count } };
	if (check_types(harvest, fault) != 0)
		return fault->status;
	add_copy(&harvest->sql, wish);
	if (harvest->sql.failed)
		return fault_memory(fault);
	if (libpq_copy_out(libpq, (const char *)harvest->sql.data, wish->name, fault) == 0)
		harvest->open = true;
	return fault->status;
}

static bool refuse(struct harvest *harvest, struct fault *fault)
{
	const struct uncopy *uncopy = &harvest->uncopy;

	if (uncopy->column < uncopy->count)
		fault_set(fault, STATUS_SOURCE, "%s.%s, row %llu: the server sent %s",
			harvest->wish->name, harvest->wish->columns[uncopy->column],
			(unsigned long long)harvest->rows + 1, uncopy->why);
	else
		fault_set(fault, STATUS_SOURCE, "%s, row %llu: the server sent what is no COPY: %s",
			harvest->wish->name, (unsigned long long)harvest->rows + 1, uncopy->why);
	return false;
}

bool harvest_next(struct harvest *harvest, struct value *cells, struct fault *fault)
{
	const void *data;
	size_t size;

	while (fault->status == 0) {
		switch (uncopy_row(&harvest->uncopy, cells)) {
		case UNCOPY_ROW:
			harvest->rows++;
			return true;
		case UNCOPY_ILL:
			return refuse(harvest, fault);
		case UNCOPY_MEMORY:
			fault_memory(fault);
			return false;
		default:
			break;
		}
		if (harvest->all)
			return false;
		if (libpq_copy_get(harvest->libpq, &data, &size, &harvest->told, fault)) {
			uncopy_feed(&harvest->uncopy, data, size);
			continue;
		}
		harvest->open = false;
		harvest->all = fault->status == 0;
	}
	return false;
}

int harvest_end(struct harvest *harvest, struct fault *fault)
{
	if (fault->status != 0)
		return fault->status;
	if (!harvest->all || !uncopy_complete(&harvest->uncopy))
		return fault_set(fault, STATUS_SOURCE, "%s: the server sent no end behind row %llu",
			harvest->wish->name, (unsigned long long)harvest->rows);
	if (harvest->told != harvest->rows)
		return fault_set(fault, STATUS_SOURCE, "%s: %llu rows came, and the server counts "
			"%llu", harvest->wish->name, (unsigned long long)harvest->rows,
			(unsigned long long)harvest->told);
	return 0;
}

void harvest_close(struct harvest *harvest)
{
	if (harvest->open)
		libpq_copy_abort(harvest->libpq);
	harvest->open = false;
	bytes_close(&harvest->sql);
	uncopy_close(&harvest->uncopy);
}
