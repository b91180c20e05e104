/*
 * A buffer that grows.  A failed allocation is remembered and makes all later additions no-ops, so
 * an encoder asks once, at its end, whether everything fitted.
 *
 * A struct bytes that is all zero is an empty one.
 */
#ifndef BASE_BYTES_H
#define BASE_BYTES_H

#include <endian.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct arena;

struct bytes {
	uint8_t *data;
	size_t size;
	size_t room;
	bool failed;
};

bool bytes_grow(struct bytes *bytes, size_t more);

/* Makes room for more bytes behind size; false when there is no memory. */
static inline bool bytes_reserve(struct bytes *bytes, size_t more)
{
	return bytes->room - bytes->size >= more ? !bytes->failed : bytes_grow(bytes, more);
}

void bytes_add(struct bytes *bytes, const void *data, size_t size);
void bytes_add_text(struct bytes *bytes, const char *text);
void bytes_add_byte(struct bytes *bytes, uint8_t byte);
void bytes_format(struct bytes *bytes, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* Empties it and keeps the memory. */
void bytes_clear(struct bytes *bytes);
void bytes_close(struct bytes *bytes);
/* What it held, as a text in the arena; NULL when there was no memory.  It is closed. */
char *bytes_settle(struct bytes *bytes, struct arena *arena);

/* Big-endian integers, where the wire has them. */
static inline void put_u32(uint8_t *to, uint32_t value)
{
	value = htobe32(value);
	memcpy(to, &value, sizeof(value));
}

static inline void put_u64(uint8_t *to, uint64_t value)
{
	value = htobe64(value);
	memcpy(to, &value, sizeof(value));
}

static inline uint32_t get_u32(const uint8_t *from)
{
	uint32_t value;

	memcpy(&value, from, sizeof(value));
	return be32toh(value);
}

static inline uint64_t get_u64(const uint8_t *from)
{
	uint64_t value;

	memcpy(&value, from, sizeof(value));
	return be64toh(value);
}

#endif
