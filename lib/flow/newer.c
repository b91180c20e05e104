#include "flow/newer.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "row/describe.h"

static bool has_order(enum type_kind kind)
{
	switch (kind) {
	case TYPE_INT2:
	case TYPE_INT4:
	case TYPE_INT8:
	case TYPE_FLOAT4:
	case TYPE_FLOAT8:
	case TYPE_NUMERIC:
	case TYPE_TEXT:
	case TYPE_VARCHAR:
	case TYPE_DATE:
	case TYPE_TIME:
	case TYPE_TIMESTAMP:
	case TYPE_TIMESTAMPTZ:
		return true;
	default:
		return false;
	}
}

int newer_begin(struct newer *newer, const struct couple *couple, const char *name,
	struct fault *fault)
{
	*newer = (struct newer){ .couple = NULL };
	for (uint32_t i = 0; i < couple->count; i++) {
		const struct couple_column *column = &couple->columns[i];

		if (strcasecmp(column->columns[1]->name, name) != 0 &&
			strcasecmp(column->columns[0]->source, name) != 0)
			continue;
		if (!has_order(column->types[1].kind))
			return fault_set(fault, STATUS_USAGE, "--newer: %s.%s is of type %s, of "
				"which nothing says what is newer: a time or a number does",
				couple->tables[0]->name, name, couple_type(column->columns[1]));
		newer->couple = couple;
		newer->place = i;
	}
	return 0;
}

/* Numerics are texts here; two that are one double are not told apart, and so not newer. */
static bool is_less(const struct newer *newer, const struct value *a, const struct value *b)
{
	const bool number = newer->couple->columns[newer->place].types[1].kind == TYPE_NUMERIC;
	const uint32_t size = a->size < b->size ? a->size : b->size;
	char texts[2][400];
	int order;

	if (a->kind != b->kind)
		return a->kind == VALUE_NULL;
	if (a->kind == VALUE_INTEGER)
		return a->integer < b->integer;
	if (a->kind == VALUE_REAL)
		return a->real < b->real;
	if (a->kind != VALUE_TEXT)
		return false;
	if (!number) {
		order = size == 0 ? 0 : memcmp(a->data, b->data, size);
		return order != 0 ? order < 0 : a->size < b->size;
	}
	if (a->size >= sizeof(texts[0]) || b->size >= sizeof(texts[1]))
		return false;
	memcpy(texts[0], a->data, a->size);
	memcpy(texts[1], b->data, b->size);
	texts[0][a->size] = texts[1][b->size] = '\0';
	return strtod(texts[0], NULL) < strtod(texts[1], NULL);
}

bool newer_take(struct newer *newer, const struct diff_finding *finding, struct diff *diff,
	struct fault *fault)
{
	struct value forms[2];
	const struct value *cells[2];

	if (newer->couple == NULL || finding->kind != DIFF_CHANGED)
		return false;
	for (int i = 0; i < 2; i++) {
		struct canonical *form = &newer->couple->forms[i][newer->place];

		cells[i] = &finding->cells[i][newer->place];
		if (canonical_cell(form, cells[i], &forms[i]))
			cells[i] = &forms[i];
		if (form->scratch.failed)
			fault_memory(fault);
	}
	if (fault->status != 0 || !is_less(newer, cells[0], cells[1]))
		return false;
	newer->rows++;
	diff->changed--;
	for (uint32_t i = 0; i < diff->columns; i++)
		diff->found_in[i].changed -= finding->columns[i];
	return true;
}

void newer_tell(const struct newer *newer, struct verdict *verdict)
{
	struct bytes text = { 0 };

	if (newer->couple == NULL || newer->rows == 0)
		return;
	describe_count(&text, newer->rows, "row");
	bytes_add_text(&text, " changed in the target since");
	bytes_add_byte(&text, '\0');
	verdict_same(verdict, newer->couple->tables[0]->name, "newer",
		newer->couple->columns[newer->place].columns[0]->name, NULL,
		text.failed ? "" : (const char *)text.data);
	bytes_close(&text);
}
