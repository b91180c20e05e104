#include "wire/copy.h"

#include <math.h>

#include "base/date.h"
#include "base/number.h"
#include "base/print.h"
#include "base/utf8.h"

enum {
	FIXED_MOST = 4 + 16,       /* what a field of fixed size takes: its size and a uuid */
	COLUMNS_MOST = INT16_MAX,
	VALUE_MOST = 0x3fffffff,   /* the server's own limit, one byte less than a gigabyte */
	TYPMOD_BASE = 4,
	JSONB_VERSION = 1,
	WHOLE_MOST = NUMBER_WHOLE_MOST,
	FRACTION_MOST = NUMBER_FRACTION_MOST
};

/* What the server takes, in its own counting: from 4714-11-24 BC up to but not with the last. */
static const int64_t day_first = -2451545, day_last = 2145031948;
static const int64_t stamp_first = INT64_C(-211813488000000000);
static const int64_t stamp_end = INT64_C(9223371331200000000);

/* --- types ------------------------------------------------------------------------------------ */

static const uint32_t oids[] = {
	[TYPE_BOOL] = 16, [TYPE_INT2] = 21, [TYPE_INT4] = 23, [TYPE_INT8] = 20, [TYPE_FLOAT4] = 700,
	[TYPE_FLOAT8] = 701, [TYPE_NUMERIC] = 1700, [TYPE_TEXT] = 25, [TYPE_VARCHAR] = 1043,
	[TYPE_CHAR] = 1042, [TYPE_JSON] = 114, [TYPE_JSONB] = 3802, [TYPE_BYTEA] = 17,
	[TYPE_UUID] = 2950, [TYPE_DATE] = 1082, [TYPE_TIME] = 1083, [TYPE_TIMESTAMP] = 1114,
	[TYPE_TIMESTAMPTZ] = 1184, [TYPE_OTHER] = 0
};

uint32_t copy_oid(const struct type *type)
{
	return oids[type->kind];
}

int32_t copy_typmod(const struct type *type)
{
	switch (type->kind) {
	case TYPE_NUMERIC:
		if (type->precision == 0)
			return -1;
		return (type->precision << 16 | (type->scale & 0x7ff)) + TYPMOD_BASE;
	case TYPE_VARCHAR:
	case TYPE_CHAR:
		return type->length == 0 ? -1 : type->length + TYPMOD_BASE;
	case TYPE_TIME:
	case TYPE_TIMESTAMP:
	case TYPE_TIMESTAMPTZ:
		return type->fraction;
	default:
		return -1;
	}
}

bool copy_matches(const struct type *type, uint32_t oid, int32_t typmod)
{
	return oid != 0 && oid == copy_oid(type) && typmod == copy_typmod(type);
}

/* --- what a column refuses -------------------------------------------------------------------- */

/* A numeric's text taken apart; whole without leading zeros. */
struct decimal {
	const uint8_t *whole, *fraction;
	uint32_t whole_size, fraction_size;
	uint16_t sign; /* as the wire has it */
};

enum {
	SIGN_MINUS = 0x4000,
	SIGN_NAN = 0xc000,
	SIGN_INFINITY = 0xd000,
	SIGN_MINUS_INFINITY = 0xf000
};

static bool same(const struct value *cell, const char *text)
{
	return cell->size == strlen(text) && memcmp(cell->data, text, cell->size) == 0;
}

static uint16_t special_sign(const struct value *cell)
{
	if (same(cell, "NaN"))
		return SIGN_NAN;
	if (same(cell, "Infinity"))
		return SIGN_INFINITY;
	return same(cell, "-Infinity") ? SIGN_MINUS_INFINITY : 0;
}

static inline const uint8_t *skip_digits(const uint8_t *at, const uint8_t *end)
{
	while (at < end && (uint8_t)(*at - '0') <= 9)
		at++;
	return at;
}

static const char *read_decimal(const struct value *cell, struct decimal *decimal)
{
	const uint8_t *at = cell->data, *end = at + cell->size, *first;

	*decimal = (struct decimal){ .sign = 0 };
	if (at < end && *at == '-') {
		decimal->sign = SIGN_MINUS;
		at++;
	}
	first = at;
	while (at < end && *at == '0')
		at++;
	decimal->whole = at;
	at = skip_digits(at, end);
	decimal->whole_size = (uint32_t)(at - decimal->whole);
	if (at > first && end - at >= 2 && *at == '.') {
		decimal->fraction = at + 1;
		at = skip_digits(at + 1, end);
		decimal->fraction_size = (uint32_t)(at - decimal->fraction);
	}
	if (at == first || at < end) {
		decimal->sign = special_sign(cell);
		return decimal->sign == 0 ? "text that is no number" : NULL;
	}
	if (decimal->whole_size > WHOLE_MOST || decimal->fraction_size > FRACTION_MOST)
		return "more digits than numeric takes";
	return NULL;
}

/* Digits at the ends that are not zero: how far they stand before and behind the point. */
static const char *refuse_scale(const struct type *type, const struct decimal *decimal)
{
	int64_t high = decimal->whole_size, low = decimal->fraction_size;

	while (low > 0 && decimal->fraction[low - 1] == '0')
		low--;
	if (low == 0)
		while (-low < high && decimal->whole[high + low - 1] == '0')
			low--;
	if (high == 0)
		while (-high < low && decimal->fraction[-high] == '0')
			high--;
	if (high + low <= 0) /* zero */
		return NULL;
	if (low > type->scale)
		return "more decimals than the column has";
	if (high > type->precision - type->scale)
		return "more digits than the column has";
	return NULL;
}

static const char *refuse_numeric(const struct type *type, const struct value *cell,
	struct decimal *decimal)
{
	const char *why;

	if (cell->kind != VALUE_TEXT)
		return "a cell that is no numeric";
	why = read_decimal(cell, decimal);
	if (why != NULL || type->precision == 0 || decimal->sign == SIGN_NAN)
		return why;
	if (decimal->sign > SIGN_MINUS)
		return "infinity, which a numeric of fixed precision does not take";
	return refuse_scale(type, decimal);
}

static const char *refuse_integer(const struct value *cell, int64_t least, int64_t most)
{
	if (cell->kind != VALUE_INTEGER)
		return "a cell that is no integer";
	return cell->integer < least || cell->integer > most ? "an integer out of range" : NULL;
}

static const char *refuse_text(const struct type *type, const struct value *cell)
{
	if (cell->kind != VALUE_TEXT)
		return "a cell that is no text";
	if (cell->size >= VALUE_MOST)
		return "a text of a gigabyte or more";
	if (memchr(cell->data, 0, cell->size) != NULL)
		return "a text with a NUL byte";
	if (type->length > 0 && cell->size > (uint32_t)type->length &&
	    utf8_characters(cell->data, cell->size) > (size_t)type->length)
		return "a text longer than the column";
	return NULL;
}

static const char *refuse_bytes(const struct value *cell)
{
	if (cell->kind != VALUE_BYTES)
		return "a cell that is no bytes";
	return cell->size >= VALUE_MOST ? "bytes of a gigabyte or more" : NULL;
}

static const char *refuse_real(const struct type *type, const struct value *cell)
{
	if (cell->kind != VALUE_REAL)
		return "a cell that is no real";
	if (type->kind == TYPE_FLOAT4 && !isnan(cell->real) &&
	    (double)(float)cell->real != cell->real)
		return "a real that 32 bits do not hold";
	return NULL;
}

static const char *refuse_day(const struct value *cell)
{
	if (cell->kind != VALUE_INTEGER)
		return "a cell that is no date";
	if (cell->integer == INT32_MIN || cell->integer == INT32_MAX)
		return NULL;
	return cell->integer < day_first || cell->integer > day_last ? "a date out of range" : NULL;
}

static const char *refuse_clock(const struct type *type, const struct value *cell)
{
	static const int32_t units[] = { 1000000, 100000, 10000, 1000, 100, 10, 1 };
	const bool stamp = type->kind != TYPE_TIME;

	if (cell->kind != VALUE_INTEGER)
		return "a cell that is no time";
	if (stamp && (cell->integer == INT64_MIN || cell->integer == INT64_MAX))
		return NULL;
	if (stamp ? cell->integer < stamp_first || cell->integer >= stamp_end
		  : cell->integer < 0 || cell->integer > DATE_DAY)
		return "a time out of range";
	if (type->fraction >= 0 && type->fraction < 6 && cell->integer % units[type->fraction] != 0)
		return "a fraction of a second finer than the column's";
	return NULL;
}

/* Why the server would not keep the cell as it is; NULL: it will. */
static inline const char *refuse(const struct type *type, const struct value *cell,
	struct decimal *decimal)
{
	switch (type->kind) {
	case TYPE_BOOL:
		return cell->kind == VALUE_BOOL ? NULL : "a cell that is no boolean";
	case TYPE_INT2:
		return refuse_integer(cell, INT16_MIN, INT16_MAX);
	case TYPE_INT4:
		return refuse_integer(cell, INT32_MIN, INT32_MAX);
	case TYPE_INT8:
		return refuse_integer(cell, INT64_MIN, INT64_MAX);
	case TYPE_FLOAT4:
	case TYPE_FLOAT8:
		return refuse_real(type, cell);
	case TYPE_NUMERIC:
		return refuse_numeric(type, cell, decimal);
	case TYPE_BYTEA:
		return refuse_bytes(cell);
	case TYPE_UUID:
		if (cell->kind != VALUE_BYTES || cell->size != 16)
			return "a cell that is no uuid";
		return NULL;
	case TYPE_DATE:
		return refuse_day(cell);
	case TYPE_TIME:
	case TYPE_TIMESTAMP:
	case TYPE_TIMESTAMPTZ:
		return refuse_clock(type, cell);
	case TYPE_RAW:
		return "a column without a type";
	default:
		return refuse_text(type, cell);
	}
}

/* --- the binary form: the room for what is fixed was made ------------------------------------- */

static inline void put_u16(uint8_t *to, uint16_t value)
{
	value = htobe16(value);
	memcpy(to, &value, sizeof(value));
}

static inline void add_field_2(struct bytes *to, uint16_t value)
{
	uint8_t *at = to->data + to->size;

	to->size += 6;
	put_u32(at, 2);
	put_u16(at + 4, value);
}

static inline void add_field_4(struct bytes *to, uint32_t value)
{
	uint8_t *at = to->data + to->size;

	to->size += 8;
	put_u32(at, 4);
	put_u32(at + 4, value);
}

static inline void add_field_8(struct bytes *to, uint64_t value)
{
	uint8_t *at = to->data + to->size;

	to->size += 12;
	put_u32(at, 8);
	put_u64(at + 4, value);
}

static inline void add_real_4(struct bytes *to, double real)
{
	float value = (float)real;
	uint32_t bits;

	memcpy(&bits, &value, sizeof(bits));
	add_field_4(to, isnan(real) ? UINT32_C(0x7fc00000) : bits);
}

static inline void add_real_8(struct bytes *to, double real)
{
	uint64_t bits;

	memcpy(&bits, &real, sizeof(bits));
	add_field_8(to, isnan(real) ? UINT64_C(0x7ff8000000000000) : bits);
}

static inline void add_sized(struct bytes *to, const struct value *cell, size_t left)
{
	uint8_t *at;

	if (!bytes_reserve(to, 4 + cell->size + left))
		return;
	at = to->data + to->size;
	put_u32(at, cell->size);
	if (cell->size > 0)
		memcpy(at + 4, cell->data, cell->size);
	to->size += 4 + cell->size;
}

static void add_jsonb(struct bytes *to, const struct value *cell, size_t left)
{
	uint8_t *at;

	if (!bytes_reserve(to, 5 + cell->size + left))
		return;
	at = to->data + to->size;
	put_u32(at, cell->size + 1);
	at[4] = JSONB_VERSION;
	if (cell->size > 0)
		memcpy(at + 5, cell->data, cell->size);
	to->size += 5 + cell->size;
}

/* Groups of four digits; the first may have fewer, the last is filled up with zeros. */
static uint8_t *put_groups(uint8_t *at, const uint8_t *digits, uint32_t size, uint32_t first)
{
	uint32_t group = 0, wanted = first;

	for (uint32_t i = 0; i < size; i++) {
		group = group * 10 + (uint32_t)(digits[i] - '0');
		if (--wanted == 0) {
			put_u16(at, (uint16_t)group);
			at += 2;
			group = 0;
			wanted = 4;
		}
	}
	if (wanted == 4 || size == 0)
		return at;
	while (wanted-- > 0)
		group *= 10;
	put_u16(at, (uint16_t)group);
	return at + 2;
}

/* size, then: groups u16, weight of the first i16, sign u16, decimals shown u16, groups of u16. */
static void add_numeric(struct bytes *to, const struct type *type, const struct decimal *decimal,
	size_t left)
{
	const uint32_t whole = (decimal->whole_size + 3) / 4;
	const uint32_t fraction = (decimal->fraction_size + 3) / 4;
	const uint32_t groups = whole + fraction;
	uint32_t scale = decimal->fraction_size, weight = whole - 1;
	uint8_t *at;

	if (type->precision > 0)
		scale = type->scale > 0 ? (uint32_t)type->scale : 0;
	if (decimal->sign > SIGN_MINUS) /* up to version 13 the server makes 0 of NaN by a weight */
		scale = weight = 0;
	if (!bytes_reserve(to, 12 + 2 * (size_t)groups + left))
		return;
	at = to->data + to->size;
	put_u32(at, 8 + 2 * groups);
	put_u16(at + 4, (uint16_t)groups);
	put_u16(at + 6, (uint16_t)weight);
	put_u16(at + 8, decimal->sign);
	put_u16(at + 10, (uint16_t)scale);
	at = put_groups(at + 12, decimal->whole, decimal->whole_size,
		(decimal->whole_size + 3) % 4 + 1);
	put_groups(at, decimal->fraction, decimal->fraction_size, 4);
	to->size += 12 + 2 * (size_t)groups;
}

/* left: the room that the cells behind this one need. */
static inline void add_binary(struct bytes *to, const struct type *type, const struct value *cell,
	const struct decimal *decimal, size_t left)
{
	switch (type->kind) {
	case TYPE_BOOL:
		put_u32(to->data + to->size, 1);
		to->data[to->size + 4] = cell->truth;
		to->size += 5;
		break;
	case TYPE_INT2:
		add_field_2(to, (uint16_t)cell->integer);
		break;
	case TYPE_INT4:
	case TYPE_DATE:
		add_field_4(to, (uint32_t)cell->integer);
		break;
	case TYPE_INT8:
	case TYPE_TIME:
	case TYPE_TIMESTAMP:
	case TYPE_TIMESTAMPTZ:
		add_field_8(to, (uint64_t)cell->integer);
		break;
	case TYPE_FLOAT4:
		add_real_4(to, cell->real);
		break;
	case TYPE_FLOAT8:
		add_real_8(to, cell->real);
		break;
	case TYPE_NUMERIC:
		add_numeric(to, type, decimal, left);
		break;
	case TYPE_JSONB:
		add_jsonb(to, cell, left);
		break;
	default:
		add_sized(to, cell, left);
	}
}

static inline const char *add_binary_cell(struct bytes *to, const struct type *type,
	const struct value *cell, size_t left)
{
	struct decimal decimal;
	const char *why;

	if (cell->kind == VALUE_NULL) {
		put_u32(to->data + to->size, UINT32_MAX);
		to->size += 4;
		return NULL;
	}
	if (type->kind == TYPE_OTHER)
		return "a type without a binary form";
	why = refuse(type, cell, &decimal);
	if (why == NULL)
		add_binary(to, type, cell, &decimal, left);
	return why;
}

static bool add_binary_row(struct copy *copy, struct bytes *to, const struct value *cells)
{
	size_t left = copy->count * (size_t)FIXED_MOST;

	if (!bytes_reserve(to, 2 + left))
		return true;
	put_u16(to->data + to->size, (uint16_t)copy->count);
	to->size += 2;
	for (uint32_t i = 0; i < copy->count; i++) {
		left -= FIXED_MOST;
		copy->why = add_binary_cell(to, &copy->types[i], &cells[i], left);
		if (copy->why != NULL) {
			copy->column = i;
			return false;
		}
		if (to->failed)
			break;
	}
	return true;
}

/* --- the text form ---------------------------------------------------------------------------- */

/* The letter behind the backslash, for what may not stand there as it is. */
static const uint8_t escapes[256] = {
	['\b'] = 'b', ['\f'] = 'f', ['\n'] = 'n', ['\r'] = 'r', ['\t'] = 't', ['\v'] = 'v',
	['\\'] = '\\'
};

static void add_escaped(struct bytes *to, const uint8_t *text, size_t size)
{
	size_t begin = 0;

	for (size_t i = 0; i < size; i++) {
		uint8_t escaped[2] = { '\\', escapes[text[i]] };

		if (escaped[1] == 0)
			continue;
		bytes_add(to, text + begin, i - begin);
		bytes_add(to, escaped, 2);
		begin = i + 1;
	}
	bytes_add(to, text + begin, size - begin);
}

static void add_integer(struct bytes *to, int64_t integer)
{
	uint64_t left = integer < 0 ? -(uint64_t)integer : (uint64_t)integer;
	char text[20];
	size_t at = sizeof(text);

	do
		text[--at] = (char)('0' + left % 10);
	while ((left /= 10) != 0);
	if (integer < 0)
		text[--at] = '-';
	bytes_add(to, text + at, sizeof(text) - at);
}

static void add_uuid(struct bytes *to, const uint8_t *data)
{
	static const uint8_t parts[] = { 4, 2, 2, 2, 6 };

	for (size_t i = 0; i < sizeof(parts); i++) {
		if (i > 0)
			bytes_add_byte(to, '-');
		print_hex(to, data, parts[i]);
		data += parts[i];
	}
}

/* Of years that base/date does not have; counted from March on.  True: it is a year BC. */
static bool add_far_day(struct bytes *to, int64_t days)
{
	int64_t year, era, inner, years, month;

	days += 730425; /* since 0000-03-01 */
	era = (days >= 0 ? days : days - 146096) / 146097;
	inner = days - era * 146097;
	years = (inner - inner / 1460 + inner / 36524 - inner / 146096) / 365;
	inner -= years * 365 + years / 4 - years / 100;
	month = (inner * 5 + 2) / 153;
	year = era * 400 + years + (month >= 10);
	bytes_format(to, "%04lld-%02d-%02d", (long long)(year > 0 ? year : 1 - year),
		(int)(month < 10 ? month + 3 : month - 9),
		(int)(inner - (month * 153 + 2) / 5 + 1));
	return year <= 0;
}

static void add_day(struct bytes *to, int64_t days)
{
	char text[DATE_SIZE];

	if (days == INT32_MIN || days == INT32_MAX)
		bytes_add_text(to, days < 0 ? "-infinity" : "infinity");
	else if (date_format_day(text, (int32_t)days) > 0)
		bytes_add_text(to, text);
	else if (add_far_day(to, days))
		bytes_add_text(to, " BC");
}

static void add_far_stamp(struct bytes *to, int64_t micros, const char *zone)
{
	const int64_t days = micros / DATE_DAY - (micros % DATE_DAY < 0);
	const bool before = add_far_day(to, days);
	char text[DATE_SIZE];

	date_format_time(text, micros - days * DATE_DAY);
	bytes_format(to, " %s%s%s", text, zone, before ? " BC" : "");
}

static void add_stamp(struct bytes *to, int64_t micros, const char *zone)
{
	char text[DATE_SIZE];

	if (micros == INT64_MIN || micros == INT64_MAX) {
		bytes_add_text(to, micros < 0 ? "-infinity" : "infinity");
	} else if (date_format_stamp(text, micros) > 0) {
		bytes_add_text(to, text);
		bytes_add_text(to, zone);
	} else {
		add_far_stamp(to, micros, zone);
	}
}

static void add_time(struct bytes *to, int64_t micros)
{
	char text[DATE_SIZE];

	date_format_time(text, micros);
	bytes_add_text(to, text);
}

static void add_real(struct bytes *to, double real)
{
	char text[NUMBER_REAL_SIZE];

	number_format_real(text, real);
	bytes_add_text(to, text);
}

static void add_text(struct bytes *to, const struct type *type, const struct value *cell)
{
	switch (type->kind) {
	case TYPE_BOOL:
		bytes_add_byte(to, cell->truth ? 't' : 'f');
		break;
	case TYPE_INT2:
	case TYPE_INT4:
	case TYPE_INT8:
		add_integer(to, cell->integer);
		break;
	case TYPE_FLOAT4:
	case TYPE_FLOAT8:
		add_real(to, cell->real);
		break;
	case TYPE_BYTEA:
		bytes_add_text(to, "\\\\x");
		print_hex(to, cell->data, cell->size);
		break;
	case TYPE_UUID:
		add_uuid(to, cell->data);
		break;
	case TYPE_DATE:
		add_day(to, cell->integer);
		break;
	case TYPE_TIME:
		add_time(to, cell->integer);
		break;
	case TYPE_TIMESTAMP:
	case TYPE_TIMESTAMPTZ:
		add_stamp(to, cell->integer, type->kind == TYPE_TIMESTAMP ? "" : "+00");
		break;
	default:
		add_escaped(to, cell->data, cell->size);
	}
}

static bool add_text_row(struct copy *copy, struct bytes *to, const struct value *cells)
{
	for (uint32_t i = 0; i < copy->count; i++) {
		const struct value *cell = &cells[i];
		struct decimal decimal;

		if (i > 0)
			bytes_add_byte(to, '\t');
		if (cell->kind == VALUE_NULL) {
			bytes_add(to, "\\N", 2);
			continue;
		}
		copy->why = refuse(&copy->types[i], cell, &decimal);
		if (copy->why != NULL) {
			copy->column = i;
			return false;
		}
		add_text(to, &copy->types[i], cell);
	}
	bytes_add_byte(to, '\n');
	return true;
}

/* --- rows ------------------------------------------------------------------------------------- */

void copy_begin(const struct copy *copy, struct bytes *to)
{
	if (copy->form == COPY_BINARY)
		bytes_add(to, "PGCOPY\n\377\r\n\0\0\0\0\0\0\0\0\0", 19);
}

void copy_end(const struct copy *copy, struct bytes *to)
{
	if (copy->form == COPY_BINARY)
		bytes_add(to, "\377\377", 2);
}

bool copy_row(struct copy *copy, struct bytes *to, const struct value *cells)
{
	const size_t start = to->size;
	bool taken;

	if (copy->count > COLUMNS_MOST) {
		copy->column = COLUMNS_MOST;
		copy->why = "more columns than COPY takes";
		return false;
	}
	taken = copy->form == COPY_BINARY ? add_binary_row(copy, to, cells)
					  : add_text_row(copy, to, cells);
	if (!taken)
		to->size = start;
	return taken;
}
