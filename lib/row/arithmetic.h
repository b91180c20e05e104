/*
 * Operators on numbers, || and CAST.  Integers are widened where PostgreSQL would overflow and
 * SQLite, whose integers have eight bytes, would not; what is divided by zero is NULL.
 */
#ifndef ROW_ARITHMETIC_H
#define ROW_ARITHMETIC_H

#include <stdbool.h>
#include <stddef.h>

#include "row/parse_expression.h"
#include "row/piece.h"

/* + - * / % & | << >>; the items may be changed. */
bool arithmetic_binary(struct translation *t, enum operation operation, struct piece *left,
	struct piece *right, struct piece *to);
/* -x and ~x */
bool arithmetic_unary(struct translation *t, enum operation operation, struct piece *of,
	struct piece *to);
bool arithmetic_concat(struct translation *t, struct piece *items, size_t count, struct piece *to);
bool arithmetic_cast(struct translation *t, const char *type, struct piece *of, struct piece *to);

#endif
