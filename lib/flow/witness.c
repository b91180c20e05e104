#include "flow/witness.h"

#include <string.h>

#include "row/attest.h"
#include "row/show.h"

struct witness_column {
	struct attest attest;
	uint64_t times;              /* so often what it holds is not what the source does */
	const char *expected, *found; /* the first time, with its row */
};

/* --- a table ---------------------------------------------------------------------------------- */

int witness_open(struct witness *witness, const char *path, const char *spool, struct arena *arena,
	struct fault *fault)
{
	*witness = (struct witness){ .arena = arena };
	/* By the index where there is one: the rows are read once, beside the typed ones. */
	return shelf_open(&witness->shelf, path, true, spool, arena, fault);
}

static int read_columns(struct witness *witness, struct fault *fault)
{
	const struct couple *couple = &witness->couple;

	witness->columns = arena_array(witness->arena, couple->count, sizeof(*witness->columns));
	if (witness->columns == NULL)
		return fault_memory(fault);
	for (uint32_t i = 0; i < couple->count; i++) {
		struct conversion conversion;
		bool zoned;

		if (couple_read_note(witness->arena, couple->columns[i].columns[1], &conversion,
			&zoned, fault) != 0)
			return fault->status;
		attest_begin(&witness->columns[i].attest, &conversion, &couple->columns[i].types[1],
			&couple->forms[0][i], &couple->forms[1][i]);
	}
	return 0;
}

/* Source names never change, so a table without its like in the source is of another stream. */
static size_t find_table(const struct witness *witness, const struct table *typed)
{
	size_t i = 0;

	while (i < witness->shelf.count &&
		strcmp(witness->shelf.tables[i].definition->source, typed->source) != 0)
		i++;
	return i;
}

int witness_begin(struct witness *witness, const struct table *typed, uint64_t rows,
	struct fault *fault)
{
	const size_t place = find_table(witness, typed);

	couple_close(&witness->couple);
	witness->couple = (struct couple){ .count = 0 };
	witness->found = rows;
	witness->rows = 0;
	if (place == witness->shelf.count)
		return fault_set(fault, STATUS_MISFIT, "%s: table \"%.200s\" is not there: it is "
			"not the source of the rows that are compared", witness->shelf.reader.name,
			typed->source);
	if (couple_tables(witness->arena, witness->shelf.tables[place].definition, typed, NULL,
		&witness->couple, fault) != 0 || read_columns(witness, fault) != 0)
		return fault->status;
	if (witness->couple.count < typed->column_count)
		return fault_set(fault, STATUS_MISFIT, "%s: table \"%.200s\" has not all columns "
			"of the rows that are compared", witness->shelf.reader.name, typed->source);
	witness->expected = witness->shelf.tables[place].total.rows;
	shelf_begin(&witness->shelf, place);
	return 0;
}

/* --- rows ---------------------------------------------------------------------------------- */

/* {"id":7}, as far as the key is among the columns. */
static void add_key(struct bytes *text, const struct table *table, const struct value *cells)
{
	const struct index *key = table->primary;
	size_t count = 0;

	for (size_t i = 0; key != NULL && i < key->term_count; i++) {
		const struct column *column = key->terms[i].column == NULL ? NULL :
			table_find(table, key->terms[i].column);
		const struct type any = { .kind = TYPE_RAW };

		if (column == NULL)
			continue;
		bytes_format(text, "%s\"%s\":", count++ == 0 ? ", {" : ",", column->name);
		show_cell(text, &any, &cells[column - table->columns]);
	}
	bytes_add_text(text, count > 0 ? "}" : "");
}

static const char *keep_text(struct witness *witness, struct bytes *text, struct fault *fault)
{
	const char *copy = bytes_settle(text, witness->arena);

	if (copy == NULL)
		fault_memory(fault);
	return copy;
}

static void tell_first(struct witness *witness, uint32_t place, const struct value *from,
	const struct value *cells, struct fault *fault)
{
	enum { MOST = 200 };
	const struct couple_column *both = &witness->couple.columns[place];
	const struct value *sides[2] = { &from[both->places[0]], &cells[both->places[1]] };
	struct witness_column *column = &witness->columns[place];
	struct bytes text = { 0 }, shown[2] = { { 0 } };

	for (int i = 0; i < 2; i++) {
		show_cell(&shown[i], &both->types[i], sides[i]);
		if (shown[i].size > MOST)
			shown[i].size = MOST;
	}
	bytes_format(&text, "row %llu", (unsigned long long)witness->rows);
	add_key(&text, witness->couple.tables[0], from);
	bytes_add_text(&text, ": ");
	bytes_add(&text, shown[0].data, shown[0].size);
	text.failed |= shown[0].failed | shown[1].failed;
	column->expected = keep_text(witness, &text, fault);
	column->found = keep_text(witness, &shown[1], fault);
	bytes_close(&shown[0]);
}

static void judge_cell(struct witness *witness, uint32_t place, const struct value *from,
	const struct value *cells, struct fault *fault)
{
	const struct couple_column *both = &witness->couple.columns[place];
	struct witness_column *column = &witness->columns[place];
	struct attest *attest = &column->attest;

	if (attest_cell(attest, &from[both->places[0]], &cells[both->places[1]]))
		return;
	if (attest->source->scratch.failed || attest->typed->scratch.failed)
		fault_memory(fault);
	else if (column->times++ == 0)
		tell_first(witness, place, from, cells, fault);
}

int witness_row(struct witness *witness, const struct value *cells, struct fault *fault)
{
	struct shelf_row row;

	if (witness->expected != witness->found)
		return 0;
	witness->rows++;
	if (!shelf_next(&witness->shelf, &row, fault))
		return fault->status;
	for (uint32_t i = 0; i < witness->couple.count; i++)
		judge_cell(witness, i, row.cells, cells, fault);
	return fault->status;
}

/* Behind its last row the source's stream is held against its own digest. */
int witness_end(struct witness *witness, struct fault *fault)
{
	struct shelf_row row;

	if (witness->expected == witness->found && shelf_next(&witness->shelf, &row, fault))
		fault_set(fault, STATUS_BUG, "%s: more rows than its end tells of",
			witness->shelf.reader.name);
	return fault->status;
}

void witness_tell(const struct witness *witness, struct verdict *verdict, const char *table,
	struct arena *arena)
{
	const struct couple *couple = &witness->couple;

	if (witness->expected != witness->found)
		verdict_remark(verdict, table, "conversion", NULL,
			arena_format(arena, "%llu rows", (unsigned long long)witness->expected),
			arena_format(arena, "%llu rows", (unsigned long long)witness->found));
	for (uint32_t i = 0; i < couple->count; i++) {
		const struct witness_column *column = &witness->columns[i];

		if (column->times > 0)
			verdict_remark(verdict, table, "conversion",
				couple->columns[i].columns[1]->name, column->expected,
				column->times == 1 ? column->found : arena_format(arena,
				"%s; so %llu times", column->found,
				(unsigned long long)column->times));
	}
}

void witness_close(struct witness *witness)
{
	couple_close(&witness->couple);
	shelf_close(&witness->shelf);
}
