#include "row/show.h"

#include "base/date.h"
#include "base/number.h"
#include "base/print.h"

static bool is_infinity(const struct type *type, int64_t integer, bool *minus)
{
	*minus = integer < 0;
	return type->kind == TYPE_DATE ? integer == INT32_MIN || integer == INT32_MAX :
		type->kind != TYPE_TIME && (integer == INT64_MIN || integer == INT64_MAX);
}

static size_t format_time(char text[DATE_SIZE], const struct type *type, int64_t integer)
{
	switch (type->kind) {
	case TYPE_DATE:
		return integer < INT32_MIN || integer > INT32_MAX ? 0 :
			date_format_day(text, (int32_t)integer);
	case TYPE_TIME:
		return date_format_time(text, integer);
	case TYPE_TIMESTAMP:
	case TYPE_TIMESTAMPTZ:
		return date_format_stamp(text, integer);
	default:
		return 0;
	}
}

static bool show_time(struct bytes *to, const struct type *type, int64_t integer)
{
	char text[DATE_SIZE];
	bool minus;

	if (type->kind < TYPE_DATE || type->kind > TYPE_TIMESTAMPTZ)
		return false;
	if (is_infinity(type, integer, &minus)) {
		bytes_add_text(to, minus ? "\"-infinity\"" : "\"infinity\"");
		return true;
	}
	if (format_time(text, type, integer) == 0)
		return false;
	bytes_format(to, "\"%s%s\"", text, type->kind == TYPE_TIMESTAMPTZ ? "Z" : "");
	return true;
}

static bool show_uuid(struct bytes *to, const struct value *cell)
{
	if (cell->size != 16)
		return false;
	bytes_add_byte(to, '"');
	for (size_t i = 0; i < 16; i++) {
		if (i == 4 || i == 6 || i == 8 || i == 10)
			bytes_add_byte(to, '-');
		print_hex(to, cell->data + i, 1);
	}
	bytes_add_byte(to, '"');
	return true;
}

static bool show_number(struct bytes *to, const struct value *cell)
{
	struct digits digits;
	const enum number_form form = number_look((const char *)cell->data, cell->size, &digits);

	if (form != NUMBER_INTEGER && form != NUMBER_DECIMAL)
		return false;
	bytes_add(to, cell->data, cell->size);
	return true;
}

void show_cell(struct bytes *to, const struct type *type, const struct value *cell)
{
	if (cell->kind == VALUE_INTEGER && show_time(to, type, cell->integer))
		return;
	if (cell->kind == VALUE_BYTES && type->kind == TYPE_UUID && show_uuid(to, cell))
		return;
	if (cell->kind == VALUE_TEXT && type->kind == TYPE_NUMERIC && show_number(to, cell))
		return;
	value_json(to, cell);
}
