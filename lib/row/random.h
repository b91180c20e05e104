/*
 * Chance: random() and randomblob(), made of the bits of gen_random_uuid() that are random, all of
 * them: of its digits the first eight and the last twelve.
 */
#ifndef ROW_RANDOM_H
#define ROW_RANDOM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "row/parse_expression.h"
#include "row/piece.h"

enum { RANDOM_MOST = 64 /* bytes */ };

bool random_integer(struct translation *t, struct piece *to);
bool random_bytes(struct translation *t, const struct piece *size, struct piece *to);
/* hex() of random bytes, and lower() of that. */
bool random_hex(struct translation *t, const struct piece *of, struct piece *to);
bool random_digits(struct translation *t, const struct piece *of, struct piece *to);
/* What substr() leaves of a text's shape; true. */
bool random_cut(struct translation *t, const struct piece *of, int64_t start, int64_t size,
	struct piece *to);

/* substr('89ab', abs(random()) % 4 + 1, 1): how a version 4 UUID gets its variant. */
bool random_variant(const struct node *node);
bool random_letter(struct translation *t, const struct piece *items, struct piece *to);

/* Has the text the shape of a UUID; of one as gen_random_uuid() makes it? */
bool random_is_uuid(const char *shape);
bool random_is_version4(const char *shape);

#endif
