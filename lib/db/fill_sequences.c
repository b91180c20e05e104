/*
 * A sequence goes on behind the largest value that its column holds or has held.  ALTER SEQUENCE
 * belongs to the transaction, as setval does not, and is for the sequence's owner alone.
 */
#include <stdlib.h>
#include <string.h>

#include "db/fill.h"

/* Those that belong to a column, and those that its default asks without that. */
static const char read_sequences[] =
	"WITH d AS (SELECT d.objid AS sequence, d.refobjid AS tabl, d.refobjsubid AS number"
	" FROM pg_depend d WHERE d.classid = 'pg_class'::regclass"
	" AND d.refclassid = 'pg_class'::regclass AND d.deptype IN ('a', 'i')"
	" AND d.refobjid = ANY ($1::oid[])"
	" UNION SELECT d.refobjid, f.adrelid, f.adnum FROM pg_attrdef f"
	" JOIN pg_depend d ON d.classid = 'pg_attrdef'::regclass AND d.objid = f.oid"
	" AND d.refclassid = 'pg_class'::regclass WHERE f.adrelid = ANY ($1::oid[]))"
	" SELECT d.tabl, a.attname, quote_ident(a.attname), c.oid::regclass, s.seqincrement,"
	" s.seqmax, pg_has_role(c.relowner, 'USAGE'), has_sequence_privilege(c.oid, 'SELECT')"
	" AND has_schema_privilege(c.relnamespace, 'USAGE'), a.atttypid IN (20, 21, 23)"
	" FROM d JOIN pg_class c ON c.oid = d.sequence AND c.relkind = 'S'"
	" JOIN pg_sequence s ON s.seqrelid = c.oid"
	" JOIN pg_attribute a ON a.attrelid = d.tabl AND a.attnum = d.number"
	" ORDER BY c.oid, d.tabl, a.attnum";

enum { SEQUENCE_TABLE, SEQUENCE_COLUMN, SEQUENCE_QUOTED, SEQUENCE_NAME, SEQUENCE_INCREMENT,
	SEQUENCE_MOST, SEQUENCE_OWNED, SEQUENCE_READABLE, SEQUENCE_INTEGER };

struct step {
	struct fill *fill;
	const struct fill_table *table;
	const struct libpq_rows *rows;
	size_t row;
};

static const char *cell(const struct step *step, size_t column)
{
	return libpq_cell(step->rows, step->row, column);
}

static int note(struct step *step, const char *sql, const char *reason, struct fault *fault)
{
	struct fill *fill = step->fill;
	const struct target_todo todo = { .kind = "sequence", .name = cell(step, SEQUENCE_NAME),
		.table = step->table->table->source, .sql = sql, .reason = reason };

	return reason == NULL ? fault_memory(fault) :
		target_add_todo(fill->load->target, &todo, fault);
}

/* What AUTOINCREMENT has given out counts, too. */
static int64_t source_last(const struct step *step)
{
	const struct table *table = step->table->table;

	for (size_t i = 0; i < table->column_count; i++)
		if (strcmp(table->columns[i].name, cell(step, SEQUENCE_COLUMN)) == 0)
			return table->columns[i].last_identity;
	return 0;
}

/* The first value of the sequence's own, from next on, that is larger; false: there is none. */
static bool find_next(int64_t next, int64_t increment, int64_t most, int64_t largest,
	int64_t *found)
{
	const uint64_t gap = (uint64_t)largest - (uint64_t)next;
	const uint64_t steps = gap / (uint64_t)increment + 1;

	if (steps > ((uint64_t)most - (uint64_t)next) / (uint64_t)increment)
		return false;
	*found = (int64_t)((uint64_t)next + steps * (uint64_t)increment);
	return true;
}

static int restart(struct step *step, int64_t next, int64_t largest, struct fault *fault)
{
	struct arena *arena = step->fill->load->arena;
	const int64_t increment = strtoll(cell(step, SEQUENCE_INCREMENT), NULL, 10);
	const int64_t most = strtoll(cell(step, SEQUENCE_MOST), NULL, 10);
	const char *sql;

	if (next > largest)
		return 0;
	if (next > most || !find_next(next, increment, most, largest, &next))
		return note(step, NULL, arena_format(arena, "it has no value behind the largest "
			"of %s, and was left alone", cell(step, SEQUENCE_COLUMN)), fault);
	sql = arena_format(arena, "ALTER SEQUENCE %s RESTART WITH %lld", cell(step, SEQUENCE_NAME),
		(long long)next);
	if (sql == NULL)
		return fault_memory(fault);
	if (!inventory_truth(cell(step, SEQUENCE_OWNED)))
		return note(step, sql, arena_format(arena, "it stands behind the largest of %s, "
			"and only its owner can move it on", cell(step, SEQUENCE_COLUMN)), fault);
	return libpq_run(step->fill->load->libpq, sql, fault);
}

/* Where it stands, and the largest value: behind a NULL there is nothing to do. */
static int ask(struct step *step, struct libpq_rows *rows, struct fault *fault)
{
	const char *sql = arena_format(step->fill->load->arena, "SELECT m.v, s.last_value, "
		"s.is_called FROM (SELECT pg_catalog.max(%s) AS v FROM %s) m, %s s",
		cell(step, SEQUENCE_QUOTED), step->table->from, cell(step, SEQUENCE_NAME));

	return sql == NULL ? fault_memory(fault) :
		load_ask(step->fill->load, sql, NULL, 0, rows, fault);
}

static int advance(struct step *step, struct fault *fault)
{
	const int64_t increment = strtoll(cell(step, SEQUENCE_INCREMENT), NULL, 10);
	int64_t largest = source_last(step), last;
	const char *most;
	struct libpq_rows rows;

	if (!inventory_truth(cell(step, SEQUENCE_READABLE)))
		return note(step, NULL, "it may not be read, and was left alone: its owner is to "
			"see that it stands behind its column's values", fault);
	if (increment < 0 || !inventory_truth(cell(step, SEQUENCE_INTEGER)))
		return note(step, NULL, "it counts down, or numbers that are no integers, and was "
			"left alone", fault);
	if (ask(step, &rows, fault) != 0)
		return fault->status;
	most = libpq_cell(&rows, 0, 0);
	if (most == NULL && largest <= 0)
		return 0;
	if (most != NULL && strtoll(most, NULL, 10) > largest)
		largest = strtoll(most, NULL, 10);
	last = strtoll(libpq_cell(&rows, 0, 1), NULL, 10);
	if (inventory_truth(libpq_cell(&rows, 0, 2))) {
		if (last >= largest)
			return 0;
		last = last > INT64_MAX - increment ? INT64_MAX : last + increment;
	}
	return restart(step, last, largest, fault);
}

int fill_advance_sequences(struct fill *fill, struct fault *fault)
{
	struct libpq_rows rows;

	if (inventory_ask(&fill->inventory, read_sequences, &rows, fault) != 0)
		return fault->status;
	for (size_t i = 0; i < rows.count && fault->status == 0; i++) {
		struct step step = { .fill = fill, .table = fill->tables, .rows = &rows, .row = i };

		while (strcmp(step.table->oid, libpq_cell(&rows, i, SEQUENCE_TABLE)) != 0)
			step.table++;
		advance(&step, fault);
	}
	return fault->status;
}
