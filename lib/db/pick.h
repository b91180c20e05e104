/*
 * Some rows of a table, chosen by their keys: only keys are read from all rows, and whole rows only
 * of those that were picked.  In one transaction that sees one instant a row stays where it is.
 */
#ifndef DB_PICK_H
#define DB_PICK_H

#include "db/fan.h"

enum { PICK_MOST = 50000 };

struct pick {
	struct fan *fan;
	const struct harvest_wish *wish; /* the whole rows */
	const uint32_t *key;             /* places of the key's columns in it */
	uint32_t key_count;
	struct harvest_wish keys;
	struct harvest_wish chosen;
	struct value *cells;
	struct bytes places;             /* of the rows, six bytes each */
	struct bytes where;
	size_t count;
	bool full;                       /* more were picked than it takes: read all rows instead */
};

/* False: the table's rows cannot be picked. */
bool pick_may(const struct harvest_wish *wish, uint32_t key_count);
int pick_begin(struct pick *pick, struct arena *arena, struct fault *fault);
/* The next row's key, at its places; false as fan_next has it. */
bool pick_next(struct pick *pick, struct value *cells, struct fault *fault);
/* The row whose key came last is one. */
int pick_take(struct pick *pick, struct fault *fault);
/* Behind the last key: fan_next gives the rows that were picked; false when they are too many. */
bool pick_rows(struct pick *pick, struct fault *fault);
void pick_close(struct pick *pick);

#endif
