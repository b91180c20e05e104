#include "wire/unpack.h"

#include <string.h>

#include "base/bytes.h"
#include "base/utf8.h"
#include "wire/pack.h"

static const char ends[] = "it ends in the middle of a value";
static const char longer[] = "a number is not in its shortest form";

static bool refuse(struct unpacker *cursor, const char *why)
{
	cursor->why = why;
	return false;
}

static size_t left(const struct unpacker *cursor)
{
	return (size_t)(cursor->end - cursor->next);
}

/* A big-endian number of 1, 2, 4 or 8 bytes. */
static bool number(struct unpacker *cursor, size_t width, uint64_t *value)
{
	uint64_t result = 0;

	if (left(cursor) < width)
		return refuse(cursor, ends);
	for (size_t i = 0; i < width; i++)
		result = result << 8 | cursor->next[i];
	cursor->next += width;
	*value = result;
	return true;
}

/* A length in `width` bytes that did not fit a form below `least`. */
static bool length(struct unpacker *cursor, size_t width, uint32_t least, uint32_t *size)
{
	uint64_t value = 0;

	if (!number(cursor, width, &value))
		return false;
	if (value < least)
		return refuse(cursor, longer);
	*size = (uint32_t)value;
	return true;
}

static bool unsigned_integer(struct unpacker *cursor, size_t width, struct value *value)
{
	static const uint64_t least[] = { 0, 0x80, 0x100, 0, 0x10000, 0, 0, 0, 0x100000000 };
	uint64_t integer = 0;

	if (!number(cursor, width, &integer))
		return false;
	if (integer < least[width])
		return refuse(cursor, longer);
	if (integer > INT64_MAX)
		return refuse(cursor, "an integer is above 2^63-1");
	value->kind = VALUE_INTEGER;
	value->integer = (int64_t)integer;
	return true;
}

static bool signed_integer(struct unpacker *cursor, size_t width, struct value *value)
{
	static const int64_t most[] = { 0, -33, -129, 0, -32769, 0, 0, 0, -2147483649 };
	uint64_t bits = 0;
	int64_t integer;

	if (!number(cursor, width, &bits))
		return false;
	integer = (int64_t)(bits << (64 - 8 * width)) >> (64 - 8 * width);
	if (integer > most[width])
		return refuse(cursor, longer);
	value->kind = VALUE_INTEGER;
	value->integer = integer;
	return true;
}

static bool real(struct unpacker *cursor, struct value *value)
{
	uint64_t bits = 0;

	if (!number(cursor, 8, &bits))
		return false;
	value->kind = VALUE_REAL;
	memcpy(&value->real, &bits, sizeof(bits));
	if (value->real != value->real && bits != 0x7ff8000000000000)
		return refuse(cursor, "a NaN is not in its one form");
	return true;
}

static bool data(struct unpacker *cursor, enum value_kind kind, uint32_t size, struct value *value)
{
	if (left(cursor) < size)
		return refuse(cursor, ends);
	value->kind = kind;
	value->size = size;
	value->data = cursor->next;
	cursor->next += size;
	return true;
}

static bool text(struct unpacker *cursor, uint32_t size, struct value *value)
{
	if (!data(cursor, VALUE_TEXT, size, value))
		return false;
	if (!utf8_valid(value->data, size))
		return refuse(cursor, "a text is not UTF-8");
	return true;
}

static bool ext(struct unpacker *cursor, uint32_t size, struct value *value)
{
	uint64_t type = 0;

	if (!number(cursor, 1, &type))
		return false;
	if (type == EXT_BAD_UTF8)
		return data(cursor, VALUE_BAD_UTF8, size, value);
	if (type == EXT_BAD_UTF16)
		return data(cursor, VALUE_BAD_UTF16, size, value);
	return refuse(cursor, "an extension type is unknown");
}

/* str8..32, bin8..32: c4..c6 and d9..db.  Short texts have a form of their own. */
static bool sized(struct unpacker *cursor, uint8_t lead, struct value *value)
{
	static const uint32_t least[] = { 0, 0x100, 0x10000 };
	bool is_text = lead >= 0xd9;
	uint32_t step = lead - (is_text ? 0xd9u : 0xc4u);
	uint32_t size = 0;

	if (!length(cursor, (size_t)1 << step, is_text && step == 0 ? 32 : least[step], &size))
		return false;
	return is_text ? text(cursor, size, value) : data(cursor, VALUE_BYTES, size, value);
}

/* ext8..32: c7..c9.  Sizes 1, 2, 4, 8, 16 have forms of their own. */
static bool sized_ext(struct unpacker *cursor, uint8_t lead, struct value *value)
{
	static const uint32_t least[] = { 0, 0x100, 0x10000 };
	uint32_t step = lead - 0xc7u;
	uint32_t size = 0;

	if (!length(cursor, (size_t)1 << step, least[step], &size))
		return false;
	if (size == 1 || size == 2 || size == 4 || size == 8 || size == 16)
		return refuse(cursor, longer);
	return ext(cursor, size, value);
}

static bool other(struct unpacker *cursor, uint8_t lead, struct value *value)
{
	switch (lead) {
	case 0xc0:
		value->kind = VALUE_NULL;
		return true;
	case 0xc2:
	case 0xc3:
		value->kind = VALUE_BOOL;
		value->truth = lead == 0xc3;
		return true;
	case 0xc7: case 0xc8: case 0xc9:
		return sized_ext(cursor, lead, value);
	case 0xcb:
		return real(cursor, value);
	case 0xcc: case 0xcd: case 0xce: case 0xcf:
		return unsigned_integer(cursor, (size_t)1 << (lead - 0xcc), value);
	case 0xd0: case 0xd1: case 0xd2: case 0xd3:
		return signed_integer(cursor, (size_t)1 << (lead - 0xd0), value);
	case 0xd4: case 0xd5: case 0xd6: case 0xd7: case 0xd8:
		return ext(cursor, 1u << (lead - 0xd4), value);
	case 0xc4: case 0xc5: case 0xc6: case 0xd9: case 0xda: case 0xdb:
		return sized(cursor, lead, value);
	default:
		return refuse(cursor, "a value is of a kind that no cell has");
	}
}

bool unpack_value(struct unpacker *cursor, struct value *value)
{
	uint8_t lead;

	if (cursor->next == cursor->end)
		return refuse(cursor, ends);
	lead = *cursor->next++;
	if (lead >= 0xa0 && lead <= 0xbf)
		return text(cursor, lead & 0x1f, value);
	if (lead > 0x7f && lead < 0xe0)
		return other(cursor, lead, value);
	value->kind = VALUE_INTEGER;
	value->integer = (int8_t)lead;
	return true;
}

/* Arrays 9x, dc, dd and maps 8x, de, df: forms with 4, 16 and 32 bits of count. */
static bool counted(struct unpacker *cursor, uint8_t fix, uint8_t wide, uint32_t bytes_each,
	uint32_t *count)
{
	uint8_t lead;

	if (cursor->next == cursor->end)
		return refuse(cursor, ends);
	lead = *cursor->next++;
	if ((lead & 0xf0) == fix)
		*count = lead & 0x0f;
	else if (lead != wide && lead != wide + 1)
		return refuse(cursor, "an array or a map is missing where one must stand");
	else if (!length(cursor, lead == wide ? 2 : 4, lead == wide ? 0x10 : 0x10000, count))
		return false;
	if (*count > left(cursor) / bytes_each)
		return refuse(cursor, "it claims more items than it has bytes");
	return true;
}

bool unpack_array(struct unpacker *cursor, uint32_t *count)
{
	return counted(cursor, 0x90, 0xdc, 1, count);
}

bool unpack_map(struct unpacker *cursor, uint32_t *count)
{
	return counted(cursor, 0x80, 0xde, 2, count);
}

bool unpack_offset(struct unpacker *cursor, uint64_t *offset)
{
	if (left(cursor) < 9 || *cursor->next != 0xcf)
		return refuse(cursor, "the offset of the index is not in its one form");
	*offset = get_u64(cursor->next + 1);
	cursor->next += 9;
	return true;
}

bool unpack_row(struct unpacker *cursor, struct value *cells, uint32_t count)
{
	uint32_t found = 0;

	if (!unpack_array(cursor, &found))
		return false;
	if (found != count)
		return refuse(cursor, "a row has not as many cells as its table has columns");
	for (uint32_t i = 0; i < count; i++)
		if (!unpack_value(cursor, &cells[i]))
			return false;
	return true;
}

bool unpack_end(struct unpacker *cursor)
{
	if (cursor->next != cursor->end)
		return refuse(cursor, "bytes are left over behind its last value");
	return true;
}
