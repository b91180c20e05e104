#include "base/arena.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK = 64 * 1024, ALIGN = 16 };

struct arena_block {
	struct arena_block *older;
	size_t size;
	max_align_t start[];
};

static void *open_block(struct arena *arena, size_t size)
{
	size_t room = size > BLOCK ? size : BLOCK;
	struct arena_block *block;

	if (room > SIZE_MAX - sizeof(*block))
		return NULL;
	block = malloc(sizeof(*block) + room);
	if (block == NULL)
		return NULL;
	block->older = arena->block;
	block->size = room;
	arena->block = block;
	arena->next = (char *)block->start;
	arena->left = room;
	return block;
}

static void *take(struct arena *arena, size_t gap, size_t size)
{
	if (arena->block == NULL || gap > arena->left || size > arena->left - gap) {
		if (open_block(arena, size) == NULL)
			return NULL;
		gap = 0;
	}
	arena->left -= gap + size;
	arena->next += gap + size;
	return arena->next - size;
}

void *arena_alloc(struct arena *arena, size_t size)
{
	size_t gap = (ALIGN - (uintptr_t)arena->next % ALIGN) % ALIGN;
	void *result = take(arena, gap, size);

	return result == NULL ? NULL : memset(result, 0, size);
}

void *arena_array(struct arena *arena, size_t count, size_t size)
{
	if (size != 0 && count > SIZE_MAX / size)
		return NULL;
	return arena_alloc(arena, count * size);
}

char *arena_copy(struct arena *arena, const void *data, size_t size)
{
	char *copy = size < SIZE_MAX ? take(arena, 0, size + 1) : NULL;

	if (copy == NULL)
		return NULL;
	if (size > 0)
		memcpy(copy, data, size);
	copy[size] = '\0';
	return copy;
}

char *arena_text(struct arena *arena, const char *text)
{
	return arena_copy(arena, text, strlen(text));
}

char *arena_format(struct arena *arena, const char *format, ...)
{
	va_list arguments;
	char *text;
	int size;

	va_start(arguments, format);
	size = vsnprintf(NULL, 0, format, arguments);
	va_end(arguments);
	text = size < 0 ? NULL : take(arena, 0, (size_t)size + 1);
	if (text == NULL)
		return NULL;
	va_start(arguments, format);
	vsnprintf(text, (size_t)size + 1, format, arguments);
	va_end(arguments);
	return text;
}

static void free_blocks(struct arena_block *block)
{
	while (block != NULL) {
		struct arena_block *older = block->older;

		free(block);
		block = older;
	}
}

void arena_reset(struct arena *arena)
{
	struct arena_block *kept = arena->block;

	if (kept == NULL)
		return;
	free_blocks(kept->older);
	kept->older = NULL;
	arena->next = (char *)kept->start;
	arena->left = kept->size;
}

void arena_close(struct arena *arena)
{
	free_blocks(arena->block);
	*arena = (struct arena){ 0 };
}

void *block_resize(void *block, size_t size)
{
	if (size == 0) {
		free(block);
		return NULL;
	}
	return realloc(block, size);
}
