#include "base/bytes.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/arena.h"

bool bytes_grow(struct bytes *bytes, size_t more)
{
	size_t need, room;
	uint8_t *data;

	if (bytes->failed || more > SIZE_MAX / 2 - bytes->size) {
		bytes->failed = true;
		return false;
	}
	need = bytes->size + more;
	room = bytes->room + bytes->room / 2;
	if (room < need)
		room = need < 64 ? 64 : need;
	data = block_resize(bytes->data, room);
	if (data == NULL) {
		bytes->failed = true;
		return false;
	}
	bytes->data = data;
	bytes->room = room;
	return true;
}

void bytes_add(struct bytes *bytes, const void *data, size_t size)
{
	if (size == 0 || !bytes_reserve(bytes, size))
		return;
	memcpy(bytes->data + bytes->size, data, size);
	bytes->size += size;
}

void bytes_add_text(struct bytes *bytes, const char *text)
{
	bytes_add(bytes, text, strlen(text));
}

void bytes_add_byte(struct bytes *bytes, uint8_t byte)
{
	bytes_add(bytes, &byte, 1);
}

void bytes_format(struct bytes *bytes, const char *format, ...)
{
	va_list arguments;
	int size;

	va_start(arguments, format);
	size = vsnprintf(NULL, 0, format, arguments);
	va_end(arguments);
	if (size < 0 || !bytes_reserve(bytes, (size_t)size + 1))
		return;
	va_start(arguments, format);
	vsnprintf((char *)bytes->data + bytes->size, (size_t)size + 1, format, arguments);
	va_end(arguments);
	bytes->size += (size_t)size;
}

void bytes_clear(struct bytes *bytes)
{
	bytes->size = 0;
	bytes->failed = false;
}

void bytes_close(struct bytes *bytes)
{
	block_resize(bytes->data, 0);
	*bytes = (struct bytes){ 0 };
}

char *bytes_settle(struct bytes *bytes, struct arena *arena)
{
	char *text = bytes->failed ? NULL : arena_copy(arena, bytes->data, bytes->size);

	bytes_close(bytes);
	return text;
}
