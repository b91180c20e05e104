#include "db/relatives.h"

#include <string.h>

static bool refers(const struct libpq_rows *rows, const char *child, const char *parent)
{
	for (size_t i = 0; i < rows->count; i++)
		if (strcmp(libpq_cell(rows, i, 0), child) == 0 &&
			strcmp(libpq_cell(rows, i, 1), parent) == 0)
			return true;
	return false;
}

static bool is_free(const struct libpq_rows *rows, const char *const *oids, size_t count,
	const bool *placed, size_t place)
{
	for (size_t i = 0; i < count; i++)
		if (i != place && !placed[i] && refers(rows, oids[place], oids[i]))
			return false;
	return true;
}

int relatives_sort(struct libpq *libpq, struct arena *arena, const char *const *oids, size_t count,
	size_t *order, struct fault *fault)
{
	static const char sql[] = "SELECT DISTINCT conrelid, confrelid FROM pg_constraint"
		" WHERE contype = 'f' AND conrelid <> confrelid";
	bool *placed = arena_array(arena, count, sizeof(*placed)), circle = false;
	struct libpq_rows rows;
	size_t done = 0;

	if (placed == NULL)
		return fault_memory(fault);
	if (libpq_query(libpq, arena, sql, NULL, 0, &rows, fault) != 0)
		return fault->status;
	while (done < count) {
		const size_t before = done;

		for (size_t i = 0; i < count; i++) {
			if (placed[i] || (!circle && !is_free(&rows, oids, count, placed, i)))
				continue;
			placed[i] = true;
			order[done++] = i;
			circle = false;
		}
		circle = done == before;
	}
	return 0;
}

static int advance(struct libpq *libpq, struct arena *arena, const struct libpq_rows *rows,
	size_t row, const char *from, struct fault *fault)
{
	const char *name = libpq_cell(rows, row, 0);
	struct libpq_rows ignored;
	struct bytes text = { 0 };

	bytes_add_text(&text, "SELECT pg_catalog.setval(");
	libpq_literal(&text, name, strlen(name), fault);
	bytes_format(&text, ", m) FROM (SELECT max(%s) AS m FROM %s) v, %s s WHERE "
		"(m > s.last_value OR (m = s.last_value AND NOT s.is_called)) AND m <= %s%c",
		libpq_cell(rows, row, 1), from, name, libpq_cell(rows, row, 2), '\0');
	if (text.failed)
		fault_memory(fault);
	else if (fault->status == 0)
		libpq_query(libpq, arena, (const char *)text.data, NULL, 0, &ignored, fault);
	bytes_close(&text);
	return fault->status;
}

int relatives_advance(struct libpq *libpq, struct arena *arena, const char *oid, const char *from,
	struct fault *fault)
{
	static const char sql[] = "SELECT d.objid::regclass, quote_ident(a.attname), s.seqmax"
		" FROM pg_depend d JOIN pg_class c ON c.oid = d.objid"
		" JOIN pg_sequence s ON s.seqrelid = d.objid"
		" JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid"
		" WHERE d.classid = 'pg_class'::regclass AND d.refclassid = 'pg_class'::regclass"
		" AND d.deptype IN ('a', 'i') AND d.refobjid = $1::oid AND s.seqincrement > 0"
		" AND CASE c.relkind WHEN 'S' THEN has_sequence_privilege(c.oid, 'SELECT')"
		" AND has_sequence_privilege(c.oid, 'UPDATE') END";
	struct libpq_rows rows;

	if (libpq_query(libpq, arena, sql, &oid, 1, &rows, fault) != 0)
		return fault->status;
	for (size_t i = 0; i < rows.count && fault->status == 0; i++)
		advance(libpq, arena, &rows, i, from, fault);
	return fault->status;
}
