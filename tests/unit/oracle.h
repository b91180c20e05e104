/* msgpack-c reads and writes cells: the other opinion about lib/wire/pack.c and unpack.c. */
#ifndef ROWPIPE_ORACLE_H
#define ROWPIPE_ORACLE_H

#include <math.h>
#include <msgpack.h>
#include <string.h>

#include "base/utf8.h"
#include "row/value.h"
#include "wire/pack.h"

/* Arrays and maps are no cells, and what they claim msgpack-c allocates. */
static inline bool oracle_is_container(uint8_t lead)
{
	return (lead >= 0x80 && lead <= 0x9f) || (lead >= 0xdc && lead <= 0xdf);
}

static inline bool oracle_borrow(struct value *value, enum value_kind kind, const void *data,
	uint32_t size)
{
	value->kind = kind;
	value->data = data;
	value->size = size;
	return kind != VALUE_TEXT || utf8_valid(value->data, size);
}

static inline bool oracle_ext(const msgpack_object *object, struct value *value)
{
	if (object->via.ext.type != EXT_BAD_UTF8 && object->via.ext.type != EXT_BAD_UTF16)
		return false;
	return oracle_borrow(value, object->via.ext.type == EXT_BAD_UTF8 ? VALUE_BAD_UTF8 :
		VALUE_BAD_UTF16, object->via.ext.ptr, object->via.ext.size);
}

/* False when the object is of a kind that no cell has. */
static inline bool oracle_cell(const msgpack_object *object, struct value *value)
{
	switch (object->type) {
	case MSGPACK_OBJECT_NIL:
		value->kind = VALUE_NULL;
		return true;
	case MSGPACK_OBJECT_BOOLEAN:
		value->kind = VALUE_BOOL;
		value->truth = object->via.boolean;
		return true;
	case MSGPACK_OBJECT_POSITIVE_INTEGER:
		value->kind = VALUE_INTEGER;
		value->integer = (int64_t)object->via.u64;
		return object->via.u64 <= INT64_MAX;
	case MSGPACK_OBJECT_NEGATIVE_INTEGER:
		value->kind = VALUE_INTEGER;
		value->integer = object->via.i64;
		return true;
	case MSGPACK_OBJECT_FLOAT64:
		value->kind = VALUE_REAL;
		value->real = object->via.f64;
		return true;
	case MSGPACK_OBJECT_STR:
		return oracle_borrow(value, VALUE_TEXT, object->via.str.ptr, object->via.str.size);
	case MSGPACK_OBJECT_BIN:
		return oracle_borrow(value, VALUE_BYTES, object->via.bin.ptr, object->via.bin.size);
	case MSGPACK_OBJECT_EXT:
		return oracle_ext(object, value);
	default:
		return false;
	}
}

/* One cell at the beginning of the data, which msgpack-c's value borrows from the zone. */
static inline bool oracle_read(msgpack_zone *zone, const uint8_t *data, size_t size, size_t *used,
	struct value *value)
{
	msgpack_object object;

	*used = 0;
	if (size == 0 || oracle_is_container(*data))
		return false;
	msgpack_zone_clear(zone);
	if (msgpack_unpack((const char *)data, size, used, zone, &object) <= 0)
		return false; /* 0: it ends early */
	return oracle_cell(&object, value);
}

static inline void oracle_write(msgpack_sbuffer *to, const struct value *value)
{
	static const double nan = __builtin_nan("");
	msgpack_packer packer;

	msgpack_packer_init(&packer, to, msgpack_sbuffer_write);
	switch (value->kind) {
	case VALUE_NULL:
		msgpack_pack_nil(&packer);
		break;
	case VALUE_BOOL:
		value->truth ? msgpack_pack_true(&packer) : msgpack_pack_false(&packer);
		break;
	case VALUE_INTEGER:
		msgpack_pack_int64(&packer, value->integer);
		break;
	case VALUE_REAL:
		msgpack_pack_double(&packer, isnan(value->real) ? nan : value->real);
		break;
	case VALUE_TEXT:
		msgpack_pack_str_with_body(&packer, value->data, value->size);
		break;
	case VALUE_BYTES:
		msgpack_pack_bin_with_body(&packer, value->data, value->size);
		break;
	default:
		msgpack_pack_ext_with_body(&packer, value->data, value->size,
			value->kind == VALUE_BAD_UTF8 ? EXT_BAD_UTF8 : EXT_BAD_UTF16);
	}
}

/* The bytes are a cell, whole, and in the form that msgpack-c gives it. */
static inline bool oracle_takes(msgpack_zone *zone, msgpack_sbuffer *scratch, const uint8_t *data,
	size_t size, struct value *value)
{
	size_t used;

	if (!oracle_read(zone, data, size, &used, value) || used != size)
		return false;
	msgpack_sbuffer_clear(scratch);
	oracle_write(scratch, value);
	return scratch->size == size && memcmp(scratch->data, data, size) == 0;
}

#endif
