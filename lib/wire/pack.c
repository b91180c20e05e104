#include "wire/pack.h"

#include <math.h>

#include <msgpack/pack.h>

/*
 * msgpack-c's packer, compiled once more with an append that is inlined: through its callback a row
 * costs several times as much.  The room for what it appends, at most 9 bytes a value, was made.
 */
static inline int append(struct bytes *to, const void *from, size_t size)
{
	memcpy(to->data + to->size, from, size);
	to->size += size;
	return 0;
}

#define msgpack_pack_inline_func(name) static inline int put ## name
#define msgpack_pack_inline_func_cint(name) static inline int put ## name
#define msgpack_pack_inline_func_fixint(name) static inline int put_fix ## name
#define msgpack_pack_user struct bytes *
#define msgpack_pack_append_buffer(user, from, size) return append(user, from, size)
/* From version 6 on the template calls one of its functions by the name that it has elsewhere. */
#define msgpack_pack_ext put_ext
#include <msgpack/pack_template.h>
#undef msgpack_pack_ext

enum { MOST = 9 }; /* bytes of a value, or of what stands before its data */

static inline void pack_sized(struct bytes *to, const struct value *value, size_t left)
{
	switch (value->kind) {
	case VALUE_TEXT:
		put_str(to, value->size);
		break;
	case VALUE_BYTES:
		put_bin(to, value->size);
		break;
	default:
		put_ext(to, value->size,
			value->kind == VALUE_BAD_UTF8 ? EXT_BAD_UTF8 : EXT_BAD_UTF16);
	}
	if (bytes_reserve(to, value->size + left))
		append(to, value->data, value->size);
}

/* left: the room that those behind this value need. */
static inline void pack_one(struct bytes *to, const struct value *value, size_t left)
{
	switch (value->kind) {
	case VALUE_NULL:
		put_nil(to);
		break;
	case VALUE_BOOL:
		value->truth ? put_true(to) : put_false(to);
		break;
	case VALUE_INTEGER:
		put_int64(to, value->integer);
		break;
	case VALUE_REAL:
		put_double(to, isnan(value->real) ? __builtin_nan("") : value->real);
		break;
	default:
		pack_sized(to, value, left);
	}
}

void pack_value(struct bytes *to, const struct value *value)
{
	if (bytes_reserve(to, MOST))
		pack_one(to, value, 0);
}

void pack_row(struct bytes *to, const struct value *cells, uint32_t count)
{
	if (!bytes_reserve(to, (count + 1) * (size_t)MOST))
		return;
	put_array(to, count);
	for (uint32_t i = 0; i < count && !to->failed; i++)
		pack_one(to, &cells[i], (count - 1 - i) * (size_t)MOST);
}

void pack_array(struct bytes *to, uint32_t count)
{
	if (bytes_reserve(to, MOST))
		put_array(to, count);
}

void pack_map(struct bytes *to, uint32_t count)
{
	if (bytes_reserve(to, MOST))
		put_map(to, count);
}

void pack_text(struct bytes *to, const char *text)
{
	struct value value = { .kind = VALUE_TEXT, .size = (uint32_t)strlen(text) };

	value.data = (const uint8_t *)text;
	pack_value(to, &value);
}

void pack_bytes(struct bytes *to, const void *data, uint32_t size)
{
	struct value value = { .kind = VALUE_BYTES, .size = size };

	value.data = data;
	pack_value(to, &value);
}

void pack_integer(struct bytes *to, int64_t integer)
{
	if (bytes_reserve(to, MOST))
		put_int64(to, integer);
}

void pack_offset(struct bytes *to, uint64_t offset)
{
	uint8_t wire[MOST] = { 0xcf };

	put_u64(wire + 1, offset);
	bytes_add(to, wire, sizeof(wire));
}
