/*
 * Any value as any type under any policy: the first bytes choose them, the rest is the value.
 * Whatever comes out is a cell of that type, and the same comes out again; what was chosen by the
 * value's profile always fits.
 */
#include "row/convert.h"

#include <stdlib.h>

#include "base/date.h"
#include "base/json.h"
#include "base/number.h"
#include "base/utf8.h"
#include "row/choose.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { HEAD = 6 };

static void check(bool holds)
{
	if (!holds)
		abort();
}

static struct conversion conversion_of(const uint8_t *head)
{
	static const char *words[] = { "", "0", "NaN" };
	static const char *const names[] = { "inet", "text[]", "interval", "interval(3)" };

	struct conversion conversion = {
		.type = {
			.kind = (enum type_kind)(head[0] % (TYPE_OTHER + 1)),
			.name = names[head[2] / 40 % 4],
			.length = head[1] % 2 ? head[1] : 0,
			.precision = head[2] % 40,
			.scale = head[2] % 40 == 0 ? 0 : head[1] % 16 - 4,
			.fraction = head[1] % 8 - 1
		},
		.reading = (enum reading_of_time)(head[3] % TIMES),
		.nul = (enum nul_policy)(head[4] % NULS),
		.ill = (enum ill_policy)(head[4] / 4 % ILLS),
		.loose = (head[4] & 16) != 0,
		.big_endian = (head[4] & 32) != 0,
		.round = (head[1] & 128) != 0,
		.needs_offset = (head[4] & 128) != 0,
		.nullify = { words, head[4] & 64 ? 3 : 0 },
		.zone = ((int8_t)head[3]) * 450
	};

	/* What is known by its name has its arguments there. */
	if (conversion.type.kind == TYPE_OTHER)
		conversion.type.length = 0;
	return conversion;
}

/* A value of a kind that the bytes can be; numbers need eight. */
static struct value value_of(uint8_t kind, const uint8_t *data, size_t size)
{
	struct value value = { .kind = VALUE_BYTES, .size = (uint32_t)size, .data = data };

	if (kind % 6 <= 1 && size >= 8) {
		value = (struct value){ .kind = kind % 6 ? VALUE_REAL : VALUE_INTEGER };
		memcpy(&value.integer, data, 8);
	} else if (kind % 6 == 2) {
		value.kind = VALUE_BAD_UTF16;
	} else if (kind % 6 >= 3 && kind % 6 <= 4) {
		value.kind = utf8_valid(data, size) ? VALUE_TEXT : VALUE_BAD_UTF8;
	}
	return value;
}

static bool is_nul_free(const struct value *cell)
{
	bool nul;

	return cell->kind == VALUE_TEXT && utf8_valid_nul(cell->data, cell->size, &nul) && !nul;
}

static bool is_numeric(const struct value *cell)
{
	const char *text = (const char *)cell->data;
	struct digits digits;

	if (cell->kind != VALUE_TEXT)
		return false;
	if (number_look(text, cell->size, &digits) != NUMBER_NOT)
		return number_look(text, cell->size, &digits) != NUMBER_OTHER;
	return (cell->size == 3 && memcmp(text, "NaN", 3) == 0) ||
		(cell->size == 8 && memcmp(text, "Infinity", 8) == 0) ||
		(cell->size == 9 && memcmp(text, "-Infinity", 9) == 0);
}

static bool is_stamp(int64_t micros)
{
	char text[DATE_SIZE];

	return micros == INT64_MIN || micros == INT64_MAX || date_format_stamp(text, micros) > 0;
}

static bool is_day(int64_t days)
{
	char text[DATE_SIZE];

	return days == INT32_MIN || days == INT32_MAX ||
		(days == (int32_t)days && date_format_day(text, (int32_t)days) > 0);
}

static bool is_cell(const struct type *type, const struct value *cell)
{
	struct bytes own = { 0 };
	bool holds;

	switch (type->kind) {
	case TYPE_BOOL:
		return cell->kind == VALUE_BOOL;
	case TYPE_INT2:
		return cell->kind == VALUE_INTEGER && cell->integer == (int16_t)cell->integer;
	case TYPE_INT4:
		return cell->kind == VALUE_INTEGER && cell->integer == (int32_t)cell->integer;
	case TYPE_INT8:
		return cell->kind == VALUE_INTEGER;
	case TYPE_FLOAT4:
	case TYPE_FLOAT8:
		return cell->kind == VALUE_REAL;
	case TYPE_NUMERIC:
		return is_numeric(cell);
	case TYPE_JSON:
	case TYPE_JSONB:
		holds = is_nul_free(cell) && json_look(cell->data, cell->size, &own) != JSON_NOT;
		bytes_close(&own);
		return holds;
	case TYPE_BYTEA:
		return cell->kind == VALUE_BYTES;
	case TYPE_UUID:
		return cell->kind == VALUE_BYTES && cell->size == 16;
	case TYPE_DATE:
		return cell->kind == VALUE_INTEGER && is_day(cell->integer);
	case TYPE_TIME:
		return cell->kind == VALUE_INTEGER && cell->integer >= 0 &&
			cell->integer <= DATE_DAY;
	case TYPE_TIMESTAMP:
	case TYPE_TIMESTAMPTZ:
		return cell->kind == VALUE_INTEGER && is_stamp(cell->integer);
	case TYPE_RAW:
		return true;
	default:
		return is_nul_free(cell) && (type->length == 0 ||
			utf8_characters(cell->data, cell->size) <= (size_t)type->length);
	}
}

static bool same_cell(const struct value *a, const struct value *b)
{
	struct bytes texts[2] = { { 0 }, { 0 } };
	bool same;

	value_json(&texts[0], a);
	value_json(&texts[1], b);
	same = texts[0].size == texts[1].size &&
		memcmp(texts[0].data, texts[1].data, texts[0].size) == 0;
	bytes_close(&texts[0]);
	bytes_close(&texts[1]);
	return same;
}

/* Twice the same, with a scratch of its own each. */
static void check_conversion(const struct conversion *conversion, const struct value *value)
{
	struct bytes scratch[2] = { { 0 }, { 0 } };
	struct value cells[2];
	enum change changes[2];
	const char *why[2] = { NULL, NULL };
	bool fits[2];

	for (int i = 0; i < 2; i++)
		fits[i] = convert_value(conversion, value, &cells[i], &scratch[i], &changes[i],
			&why[i]);
	check(fits[0] == fits[1] && why[0] == why[1]);
	if (fits[0]) {
		check(changes[0] == changes[1] && changes[0] < CHANGES);
		check(cells[0].kind == VALUE_NULL ? changes[0] == CHANGE_NULLIFIED :
			is_cell(&conversion->type, &cells[0]));
		check(same_cell(&cells[0], &cells[1]));
	} else {
		check(why[0] != NULL);
	}
	bytes_close(&scratch[0]);
	bytes_close(&scratch[1]);
}

/* The profile of one value, under some declaration, decides for a type that takes it. */
static void check_choice(uint8_t declared, const struct value *value)
{
	static const char *const declarations[] = {
		NULL, "INTEGER", "SMALLINT", "BOOLEAN", "REAL", "NUMERIC", "DECIMAL(6,2)", "TEXT",
		"BLOB", "DATE", "TIMESTAMP", "JSON", "UUID", "FOO"
	};
	struct arena arena = { 0 };
	struct fault fault = { 0 };
	struct bytes scratch = { 0 };
	struct profile profile = { 0 };
	struct column column = {
		.source = "c", .profile = &profile,
		.declared = declarations[declared % (sizeof(declarations) / sizeof(*declarations))]
	};
	const struct table table = { .columns = &column, .column_count = 1 };
	struct decision decision;

	profile_add(&profile, value, &scratch);
	bytes_clear(&scratch);
	check(choose_type(&arena, &table, &column, &decision, &fault) == 0);
	check(choose_check(&column, &decision.conversion, &fault) == 0);
	if (value->kind != VALUE_NULL) {
		struct value cell;
		enum change change;
		const char *why;

		check(convert_value(&decision.conversion, value, &cell, &scratch, &change, &why));
		check(is_cell(&decision.conversion.type, &cell));
	}
	bytes_close(&scratch);
	arena_close(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct conversion conversion;
	struct value value;

	if (size < HEAD)
		return 0;
	conversion = conversion_of(data);
	value = value_of(data[5], data + HEAD, size - HEAD);
	check_conversion(&conversion, &value);
	if (value.kind != VALUE_REAL || value.real == value.real)
		check_choice(data[2], &value);
	return 0;
}
