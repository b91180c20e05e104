#include "flow/witness.h"

#include <stdlib.h>
#include <string.h>

#include "row/show.h"

struct witness_column {
	struct conversion conversion; /* the plan's words, as the stream notes them */
	enum value_kind same;         /* cells of this kind are the same thing; VALUE_NULL: none */
	bool decimal;                 /* it is a numeric */
	uint64_t times;
	const char *expected, *found;
};

/* --- a table ---------------------------------------------------------------------------------- */

int witness_open(struct witness *witness, const char *path, const char *spool, struct arena *arena,
	struct fault *fault)
{
	*witness = (struct witness){ .arena = arena };
	/* By the index where there is one: the rows are read once, beside the typed ones. */
	return shelf_open(&witness->shelf, path, true, spool, arena, fault);
}

/* A cell of the source's that passes as it is, and need not be looked at but for its bytes. */
static enum value_kind same_kind(const struct type *type)
{
	switch (type->kind) {
	case TYPE_INT2:
	case TYPE_INT4:
	case TYPE_INT8:
		return VALUE_INTEGER;
	case TYPE_FLOAT8:
		return VALUE_REAL;
	case TYPE_TEXT:
	case TYPE_VARCHAR:
		return VALUE_TEXT;
	case TYPE_BYTEA:
		return VALUE_BYTES;
	default:
		return VALUE_NULL;
	}
}

static int read_columns(struct witness *witness, struct fault *fault)
{
	const struct couple *couple = &witness->couple;

	witness->columns = arena_array(witness->arena, couple->all, sizeof(*witness->columns));
	if (witness->columns == NULL)
		return fault_memory(fault);
	for (uint32_t i = 0; i < couple->all && fault->status == 0; i++) {
		bool zoned;

		witness->columns[i].same = same_kind(&couple->columns[i].types[1]);
		witness->columns[i].decimal = couple->columns[i].types[1].kind == TYPE_NUMERIC;
		couple_read_note(witness->arena, couple->columns[i].columns[1],
			&witness->columns[i].conversion, &zoned, fault);
	}
	return fault->status;
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

/* --- cells that a policy has changed ---------------------------------------------------------- */

static bool prints_as(const struct value *cell, const char *word)
{
	struct bytes text = { 0 };
	char *end;
	bool same;

	if (cell->kind == VALUE_TEXT)
		return cell->size == strlen(word) && memcmp(cell->data, word, cell->size) == 0;
	if (cell->kind == VALUE_INTEGER)
		return strtoll(word, &end, 10) == cell->integer && *word != '\0' && *end == '\0';
	if (cell->kind != VALUE_REAL)
		return false;
	value_json(&text, cell);
	bytes_add_byte(&text, '\0');
	same = !text.failed && (strcmp((const char *)text.data, word) == 0 ||
		(strtod(word, &end) == cell->real && *word != '\0' && *end == '\0'));
	bytes_close(&text);
	return same;
}

static bool means_null(const struct texts *words, const struct value *cell)
{
	for (size_t i = 0; i < words->count; i++)
		if (prints_as(cell, words->items[i]))
			return true;
	return false;
}

static bool is_plain(uint8_t byte)
{
	return byte != '\0' && byte < 0x80;
}

/* Every ASCII character of the text but NUL, in its order. */
static bool keeps_plain(const struct value *text, const struct value *to)
{
	size_t at = 0;

	for (size_t i = 0; i < text->size; i++) {
		if (!is_plain(text->data[i]))
			continue;
		while (at < to->size && to->data[at] != text->data[i])
			at++;
		if (at++ == to->size)
			return false;
	}
	return true;
}

static bool is_escaped(const struct conversion *conversion, const struct value *cell)
{
	return (conversion->nul == NUL_ESCAPE || conversion->ill == ILL_ESCAPE) &&
		memchr(cell->data, '\\', cell->size) != NULL;
}

/* Is the difference one that the plan's words for the column ask for? */
static bool is_wanted(const struct conversion *conversion, const struct value *from,
	const struct value *to)
{
	if (to->kind != VALUE_TEXT)
		return false;
	if (from->kind == VALUE_BAD_UTF16)
		return conversion->ill != ILL_REFUSE;
	if (from->kind == VALUE_BAD_UTF8)
		return conversion->ill != ILL_REFUSE && keeps_plain(from, to);
	if (from->kind != VALUE_TEXT || from->size == 0)
		return false;
	return ((conversion->nul != NUL_REFUSE && memchr(from->data, 0, from->size) != NULL) ||
		is_escaped(conversion, from)) && keeps_plain(from, to);
}

/* --- rows ------------------------------------------------------------------------------------- */

static bool same_cell(const struct value *a, const struct value *b)
{
	if (a->kind != b->kind)
		return false;
	if (a->kind >= VALUE_TEXT)
		return a->size == b->size && (a->size == 0 || memcmp(a->data, b->data,
			a->size) == 0);
	return a->kind == VALUE_NULL || (a->kind == VALUE_BOOL ? a->truth == b->truth :
		a->integer == b->integer);
}

/*
 * Most reals that are decimals in the source: a text of at most 15 digits that is read as the very
 * same real is its shortest decimal, for no two of them are one real.  Both m and 10^n are exact
 * here, so that m / 10^n is rounded once, as reading is.
 */
static bool is_short_decimal(double real, const struct value *text)
{
	static const double powers[] = { 1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11,
		1e12, 1e13, 1e14, 1e15 };
	const bool minus = text->size > 0 && text->data[0] == '-';
	size_t point = text->size;
	int64_t digits = 0;

	if (text->size > 16 || real == 0)
		return false;
	for (size_t i = minus; i < text->size; i++) {
		if (text->data[i] == '.' && point == text->size)
			point = i + 1;
		else if (text->data[i] >= '0' && text->data[i] <= '9')
			digits = digits * 10 + (text->data[i] - '0');
		else
			return false;
	}
	return digits < 1000000000000000 &&
		(double)(minus ? -digits : digits) / powers[text->size - point] == real;
}

static bool same_meaning(struct witness *witness, uint32_t place, const struct value *from,
	const struct value *to, struct fault *fault)
{
	struct canonical *left = &witness->couple.forms[0][place],
		*right = &witness->couple.forms[1][place];
	struct value form[2];
	const struct value *a = canonical_cell(left, from, &form[0]) ? &form[0] : from;
	const struct value *b = canonical_cell(right, to, &form[1]) ? &form[1] : to;

	if (left->scratch.failed || right->scratch.failed)
		fault_memory(fault);
	return same_cell(a, b);
}

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
	const char *copy = text->failed ? NULL : arena_copy(witness->arena, text->data, text->size);

	if (copy == NULL)
		fault_memory(fault);
	bytes_close(text);
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
	const struct value *left = &from[both->places[0]], *right = &cells[both->places[1]];
	struct witness_column *column = &witness->columns[place];
	bool null;

	if (left->kind == right->kind && (left->kind == VALUE_NULL || left->kind == column->same) &&
		column->conversion.nullify.count == 0 && same_cell(left, right))
		return;
	if (left->kind == VALUE_REAL && column->decimal && right->kind == VALUE_TEXT &&
		is_short_decimal(left->real, right))
		return;
	null = left->kind == VALUE_NULL || means_null(&column->conversion.nullify, left);
	if (null ? right->kind == VALUE_NULL : right->kind != VALUE_NULL &&
		(same_meaning(witness, place, left, right, fault) ||
		is_wanted(&column->conversion, left, right)))
		return;
	if (column->times++ == 0)
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

bool witness_next(const struct witness *witness, uint32_t *place, struct witness_finding *finding)
{
	for (; *place < witness->couple.count; ++*place) {
		const struct witness_column *column = &witness->columns[*place];

		if (column->times == 0)
			continue;
		*finding = (struct witness_finding){ .times = column->times,
			.column = witness->couple.columns[*place].columns[1],
			.expected = column->expected, .found = column->found };
		++*place;
		return true;
	}
	return false;
}

void witness_close(struct witness *witness)
{
	couple_close(&witness->couple);
	shelf_close(&witness->shelf);
}
