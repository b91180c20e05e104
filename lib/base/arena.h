/*
 * An arena owns whatever is allocated from it; resetting or closing it frees all of that at once.
 * What belongs to a batch dies when the next frame is read; everything else lives as long as the
 * run.
 *
 * An arena that is all zero is an empty one.
 */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include <stddef.h>

struct arena {
	struct arena_block *block;
	char *next;
	size_t left;
};

/* Zeroed memory, aligned for anything; NULL when there is none. */
void *arena_alloc(struct arena *arena, size_t size);
/* The same for count items; NULL also when their size overflows. */
void *arena_array(struct arena *arena, size_t count, size_t size);
/* A copy of size bytes with a NUL behind it, and of a C string. */
char *arena_copy(struct arena *arena, const void *data, size_t size);
char *arena_text(struct arena *arena, const char *text);
char *arena_format(struct arena *arena, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* Forgets all allocations but keeps the newest block for the next ones. */
void arena_reset(struct arena *arena);
void arena_close(struct arena *arena);

/* One block that grows, for buffers: realloc, and free when size is 0. */
void *block_resize(void *block, size_t size);

#endif
