#include "wire/pack.h"

#include <math.h>

#include <msgpack/pack.h>

/* The packer calls this once or twice a value: it must not cost a call when there is room. */
static int append(void *data, const char *from, size_t size)
{
	struct bytes *to = data;

	if (to->room - to->size < size && !bytes_reserve(to, size))
		return -1;
	memcpy(to->data + to->size, from, size);
	to->size += size;
	return 0;
}

static msgpack_packer packer(struct bytes *to)
{
	return (msgpack_packer){ .data = to, .callback = append };
}

static inline void pack_sized(msgpack_packer *pack, const struct value *value)
{
	switch (value->kind) {
	case VALUE_TEXT:
		msgpack_pack_str(pack, value->size);
		break;
	case VALUE_BYTES:
		msgpack_pack_bin(pack, value->size);
		break;
	default:
		msgpack_pack_ext(pack, value->size,
			value->kind == VALUE_BAD_UTF8 ? EXT_BAD_UTF8 : EXT_BAD_UTF16);
	}
	bytes_add(pack->data, value->data, value->size);
}

static inline void pack_one(msgpack_packer *pack, const struct value *value)
{
	switch (value->kind) {
	case VALUE_NULL:
		msgpack_pack_nil(pack);
		break;
	case VALUE_BOOL:
		value->truth ? msgpack_pack_true(pack) : msgpack_pack_false(pack);
		break;
	case VALUE_INTEGER:
		msgpack_pack_int64(pack, value->integer);
		break;
	case VALUE_REAL:
		msgpack_pack_double(pack, isnan(value->real) ? __builtin_nan("") : value->real);
		break;
	default:
		pack_sized(pack, value);
	}
}

void pack_value(struct bytes *to, const struct value *value)
{
	msgpack_packer pack = packer(to);

	pack_one(&pack, value);
}

void pack_row(struct bytes *to, const struct value *cells, uint32_t count)
{
	msgpack_packer pack = packer(to);

	msgpack_pack_array(&pack, count);
	for (uint32_t i = 0; i < count; i++)
		pack_one(&pack, &cells[i]);
}

void pack_array(struct bytes *to, uint32_t count)
{
	msgpack_packer pack = packer(to);

	msgpack_pack_array(&pack, count);
}

void pack_map(struct bytes *to, uint32_t count)
{
	msgpack_packer pack = packer(to);

	msgpack_pack_map(&pack, count);
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
	msgpack_packer pack = packer(to);

	msgpack_pack_int64(&pack, integer);
}

void pack_offset(struct bytes *to, uint64_t offset)
{
	uint8_t wire[9] = { 0xcf };

	put_u64(wire + 1, offset);
	bytes_add(to, wire, sizeof(wire));
}
