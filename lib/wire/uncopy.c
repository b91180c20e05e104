#include "wire/uncopy.h"

#include <string.h>

#include "base/utf8.h"

enum {
	HEAD_SIZE = 19,
	END_MARK = 0xffff,
	JSONB_VERSION = 1,
	SCALE_MOST = 16383
};

enum {
	SIGN_PLUS = 0x0000,
	SIGN_MINUS = 0x4000,
	SIGN_NAN = 0xc000,
	SIGN_INFINITY = 0xd000,
	SIGN_MINUS_INFINITY = 0xf000
};

static inline uint16_t get_u16(const uint8_t *from)
{
	return (uint16_t)(from[0] << 8 | from[1]);
}

void uncopy_feed(struct uncopy *uncopy, const void *data, size_t size)
{
	if (uncopy->rest.size > 0) {
		bytes_add(&uncopy->rest, data, size);
		uncopy->next = uncopy->rest.data;
		uncopy->end = uncopy->next + uncopy->rest.size;
	} else {
		uncopy->next = data;
		uncopy->end = uncopy->next + size;
	}
}

/* Keeps what is not a whole row, since what was fed is only borrowed. */
static enum uncopy_result keep_rest(struct uncopy *uncopy)
{
	const size_t left = (size_t)(uncopy->end - uncopy->next);

	if (uncopy->rest.size > 0) {
		memmove(uncopy->rest.data, uncopy->next, left);
		uncopy->rest.size = left;
	} else {
		bytes_add(&uncopy->rest, uncopy->next, left);
	}
	uncopy->next = uncopy->end = NULL;
	return uncopy->rest.failed ? UNCOPY_MEMORY : UNCOPY_MORE;
}

static enum uncopy_result ill(struct uncopy *uncopy, const char *why)
{
	uncopy->column = uncopy->count;
	uncopy->why = why;
	return UNCOPY_ILL;
}

/* --- numeric ---------------------------------------------------------------------------------- */

/* groups u16, weight of the first i16, sign u16, decimals u16, then groups of four digits. */
struct numeric {
	const uint8_t *groups;
	int32_t count;
	int32_t weight;
	uint16_t sign;
	uint32_t scale;
};

static int32_t group_at(const struct numeric *numeric, int32_t place)
{
	return place < 0 || place >= numeric->count ? 0 : get_u16(numeric->groups + 2 * place);
}

static uint8_t *put_group(uint8_t *to, int32_t group)
{
	to[0] = (uint8_t)('0' + group / 1000);
	to[1] = (uint8_t)('0' + group / 100 % 10);
	to[2] = (uint8_t)('0' + group / 10 % 10);
	to[3] = (uint8_t)('0' + group % 10);
	return to + 4;
}

/* Digits before the point, without zeros in front; one zero where there are none. */
static uint8_t *put_whole(uint8_t *to, const struct numeric *numeric)
{
	uint8_t *first = to, *at = to;
	size_t zeros = 0, size;

	for (int32_t place = 0; place <= numeric->weight; place++)
		at = put_group(at, group_at(numeric, place));
	size = (size_t)(at - first);
	while (zeros < size && first[zeros] == '0')
		zeros++;
	if (zeros == size) {
		*first = '0';
		return first + 1;
	}
	memmove(first, first + zeros, size - zeros);
	return at - zeros;
}

/* Digits behind the point; NULL when there are some that the scale does not show. */
static uint8_t *put_fraction(uint8_t *to, const struct numeric *numeric)
{
	const uint8_t *end = to + numeric->scale;
	int32_t place = numeric->weight + 1;

	while (to < end) {
		uint8_t group[4];
		const size_t left = (size_t)(end - to), size = left < 4 ? left : 4;

		put_group(group, group_at(numeric, place++));
		memcpy(to, group, size);
		to += size;
		for (size_t i = size; i < 4; i++)
			if (group[i] != '0')
				return NULL;
	}
	for (; place < numeric->count; place++)
		if (group_at(numeric, place) != 0)
			return NULL;
	return to;
}

static const char *read_numeric(const uint8_t *data, uint32_t size, struct numeric *numeric)
{
	if (size < 8)
		return "a numeric that is too short";
	numeric->count = get_u16(data);
	numeric->weight = (int16_t)get_u16(data + 2);
	numeric->sign = get_u16(data + 4);
	numeric->scale = get_u16(data + 6);
	numeric->groups = data + 8;
	if (size - 8 != 2 * (uint32_t)numeric->count)
		return "a numeric of another size than it says";
	if (numeric->scale > SCALE_MOST)
		return "a numeric with too many decimals";
	for (int32_t i = 0; i < numeric->count; i++)
		if (group_at(numeric, i) > 9999)
			return "a numeric with a digit that is none";
	return NULL;
}

static const char *special(uint16_t sign)
{
	return sign == SIGN_NAN ? "NaN" : sign == SIGN_INFINITY ? "Infinity" :
		sign == SIGN_MINUS_INFINITY ? "-Infinity" : NULL;
}

/* Writes the digits of a finite one; NULL as put_fraction. */
static uint8_t *put_numeric(uint8_t *to, const struct numeric *numeric)
{
	bool zero = true;

	for (int32_t i = 0; i < numeric->count && zero; i++)
		zero = group_at(numeric, i) == 0;
	if (numeric->sign == SIGN_MINUS && !zero)
		*to++ = '-';
	to = put_whole(to, numeric);
	if (numeric->scale > 0)
		*to++ = '.';
	return put_fraction(to, numeric);
}

/* The buffer has moved: the digits of the cells before are found again. */
static void move_digits(struct uncopy *uncopy, struct value *cells, uint32_t count,
	uintptr_t before)
{
	for (uint32_t i = 0; i < count; i++)
		if (uncopy->types[i].kind == TYPE_NUMERIC && cells[i].kind == VALUE_TEXT)
			cells[i].data = uncopy->digits.data +
				((uintptr_t)cells[i].data - before);
}

static const char *decode_numeric(struct uncopy *uncopy, const uint8_t *data, uint32_t size,
	struct value *cells, uint32_t place)
{
	struct bytes *digits = &uncopy->digits;
	const uintptr_t before = (uintptr_t)digits->data;
	struct value *cell = &cells[place];
	struct numeric numeric;
	const char *why = read_numeric(data, size, &numeric), *word;
	size_t room, start = digits->size;
	uint8_t *end;

	if (why != NULL)
		return why;
	word = special(numeric.sign);
	if (word == NULL && numeric.sign != SIGN_PLUS && numeric.sign != SIGN_MINUS)
		return "a numeric with an unknown sign";
	room = numeric.weight < 0 ? 0 : 4 * ((size_t)numeric.weight + 1);
	if (!bytes_reserve(digits, room + numeric.scale + 16))
		return NULL;
	if ((uintptr_t)digits->data != before)
		move_digits(uncopy, cells, place, before);
	if (word != NULL)
		bytes_add_text(digits, word);
	else {
		end = put_numeric(digits->data + start, &numeric);
		if (end == NULL)
			return "a numeric with digits behind its scale";
		digits->size = (size_t)(end - digits->data);
	}
	cell->kind = VALUE_TEXT;
	cell->data = digits->data + start;
	cell->size = (uint32_t)(digits->size - start);
	return NULL;
}

/* --- the other types -------------------------------------------------------------------------- */

static inline const char *decode_text(const uint8_t *data, uint32_t size, struct value *cell)
{
	bool nul = false;

	if (!utf8_valid_nul(data, size, &nul))
		return "a text that is not UTF-8";
	if (nul)
		return "a text with a NUL byte";
	*cell = (struct value){ .kind = VALUE_TEXT, .size = size, .data = data };
	return NULL;
}

static inline const char *decode_integer(const uint8_t *data, uint32_t size, uint32_t wanted,
	struct value *cell)
{
	if (size != wanted)
		return "an integer or time of another size";
	cell->kind = VALUE_INTEGER;
	cell->size = 0;
	cell->integer = size == 8 ? (int64_t)get_u64(data) : size == 4 ? (int32_t)get_u32(data) :
		(int16_t)get_u16(data);
	return NULL;
}

static inline const char *decode_real(const uint8_t *data, uint32_t size, uint32_t wanted,
	struct value *cell)
{
	uint64_t bits;
	uint32_t narrow;
	float real;

	if (size != wanted)
		return "a real of another size";
	cell->kind = VALUE_REAL;
	cell->size = 0;
	if (size == 8) {
		bits = get_u64(data);
		memcpy(&cell->real, &bits, sizeof(bits));
	} else {
		narrow = get_u32(data);
		memcpy(&real, &narrow, sizeof(narrow));
		cell->real = (double)real;
	}
	return NULL;
}

static const char *decode_bytes(const uint8_t *data, uint32_t size, struct value *cell)
{
	*cell = (struct value){ .kind = VALUE_BYTES, .size = size, .data = data };
	return NULL;
}

static inline const char *decode(struct uncopy *uncopy, uint32_t place, const uint8_t *data,
	uint32_t size, struct value *cells)
{
	struct value *cell = &cells[place];

	switch (uncopy->types[place].kind) {
	case TYPE_BOOL:
		if (size != 1 || *data > 1)
			return "a boolean that is none";
		*cell = (struct value){ .kind = VALUE_BOOL, .truth = *data == 1 };
		return NULL;
	case TYPE_INT2:
		return decode_integer(data, size, 2, cell);
	case TYPE_INT4:
	case TYPE_DATE:
		return decode_integer(data, size, 4, cell);
	case TYPE_INT8:
	case TYPE_TIME:
	case TYPE_TIMESTAMP:
	case TYPE_TIMESTAMPTZ:
		return decode_integer(data, size, 8, cell);
	case TYPE_FLOAT4:
		return decode_real(data, size, 4, cell);
	case TYPE_FLOAT8:
		return decode_real(data, size, 8, cell);
	case TYPE_NUMERIC:
		return decode_numeric(uncopy, data, size, cells, place);
	case TYPE_JSONB:
		if (size < 1 || *data != JSONB_VERSION)
			return "a jsonb of an unknown version";
		return decode_text(data + 1, size - 1, cell);
	case TYPE_BYTEA:
		return decode_bytes(data, size, cell);
	case TYPE_UUID:
		return size != 16 ? "a uuid of another size" : decode_bytes(data, size, cell);
	case TYPE_RAW:
		return "a column without a type";
	default:
		return decode_text(data, size, cell);
	}
}

/* --- rows ------------------------------------------------------------------------------------- */

static enum uncopy_result read_head(struct uncopy *uncopy)
{
	static const char magic[] = "PGCOPY\n\377\r\n"; /* its NUL is part of it */
	const size_t left = (size_t)(uncopy->end - uncopy->next);

	if (memcmp(uncopy->next, magic, left < sizeof(magic) ? left : sizeof(magic)) != 0)
		return ill(uncopy, "what comes is no binary COPY");
	if (left < HEAD_SIZE)
		return keep_rest(uncopy);
	if (get_u32(uncopy->next + 11) != 0 || get_u32(uncopy->next + 15) != 0)
		return ill(uncopy, "a binary COPY of a newer kind");
	uncopy->next += HEAD_SIZE;
	uncopy->begun = true;
	return UNCOPY_ROW;
}

static enum uncopy_result read_fields(struct uncopy *uncopy, struct value *cells)
{
	const uint8_t *at = uncopy->next + 2, *const end = uncopy->end;

	bytes_clear(&uncopy->digits);
	for (uint32_t i = 0; i < uncopy->count; i++) {
		uint32_t size;

		if (end - at < 4)
			return keep_rest(uncopy);
		size = get_u32(at);
		at += 4;
		if (size == UINT32_MAX) {
			cells[i] = (struct value){ .kind = VALUE_NULL };
			continue;
		}
		uncopy->column = i;
		uncopy->why = "a field of an impossible size";
		if (size > INT32_MAX)
			return UNCOPY_ILL;
		if ((size_t)(end - at) < size)
			return keep_rest(uncopy);
		uncopy->why = decode(uncopy, i, at, size, cells);
		if (uncopy->why != NULL)
			return UNCOPY_ILL;
		at += size;
	}
	uncopy->next = at;
	return uncopy->digits.failed ? UNCOPY_MEMORY : UNCOPY_ROW;
}

enum uncopy_result uncopy_row(struct uncopy *uncopy, struct value *cells)
{
	uint16_t fields;

	if (uncopy->rest.failed)
		return UNCOPY_MEMORY;
	if (uncopy->next == uncopy->end) {
		bytes_clear(&uncopy->rest);
		return uncopy->ended ? UNCOPY_END : UNCOPY_MORE;
	}
	if (uncopy->ended)
		return ill(uncopy, "something follows its end");
	if (!uncopy->begun) {
		enum uncopy_result result = read_head(uncopy);

		if (result != UNCOPY_ROW)
			return result;
		return uncopy_row(uncopy, cells);
	}
	if (uncopy->end - uncopy->next < 2)
		return keep_rest(uncopy);
	fields = get_u16(uncopy->next);
	if (fields == END_MARK) {
		uncopy->next += 2;
		uncopy->ended = true;
		return uncopy_row(uncopy, cells);
	}
	if (fields != uncopy->count)
		return ill(uncopy, "a row with another number of fields");
	return read_fields(uncopy, cells);
}

bool uncopy_complete(const struct uncopy *uncopy)
{
	return uncopy->ended && uncopy->next == uncopy->end;
}

void uncopy_close(struct uncopy *uncopy)
{
	bytes_close(&uncopy->rest);
	bytes_close(&uncopy->digits);
}
