/*
 * What is found before anything is written: what is well, what is left to do, and what stops.
 */
#ifndef DB_FINDINGS_H
#define DB_FINDINGS_H

#include <stddef.h>

#include "base/arena.h"

enum look_verdict { LOOK_OK, LOOK_TODO, LOOK_STOP };

struct finding {
	enum look_verdict verdict;
	const char *text;
	const char *sql; /* that makes room; NULL: none does */
};

struct findings {
	struct finding *items;
	size_t count, room;
	size_t stops;
	int status; /* of the first stop */
};

/* status is for who stops; without a text, or memory, nothing is added. */
void findings_add(struct findings *findings, struct arena *arena, enum look_verdict verdict,
	int status, const char *text);

#endif
