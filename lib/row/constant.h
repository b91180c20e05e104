/*
 * Values that SQLite computes without looking at a row, computed as it does: the literals of an
 * expression, and what operators and functions make of them.  Whatever depends on SQLite's version
 * or on the machine is not computed.
 */
#ifndef ROW_CONSTANT_H
#define ROW_CONSTANT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "row/parse_expression.h"
#include "row/token.h"

enum constant_kind { CONSTANT_NULL, CONSTANT_INTEGER, CONSTANT_REAL, CONSTANT_TEXT, CONSTANT_BLOB };

struct constant {
	enum constant_kind kind;
	int64_t integer;
	double real;
	const char *data; /* text, with a NUL behind it, and bytes */
	size_t size;
};

/* What a column's declared type, or a CAST's, does to values. */
enum affinity { AFFINITY_NONE, AFFINITY_TEXT, AFFINITY_NUMERIC, AFFINITY_INTEGER, AFFINITY_REAL };

enum affinity constant_affinity(const char *declared);

struct constant constant_integer(int64_t integer);
struct constant constant_text(const char *text, size_t size);

/* A number, string, blob or NULL. */
bool constant_read(struct arena *arena, const struct token *token, struct constant *value);

/* False in all of these: it is not computed here. */
bool constant_unary(enum operation operation, const struct constant *of, struct constant *value);
bool constant_binary(struct arena *arena, enum operation operation, const struct constant *left,
	const struct constant *right, struct constant *value);
bool constant_cast(struct arena *arena, enum affinity to, const struct constant *of,
	struct constant *value);
/* The text that a number is, and a text itself. */
bool constant_as_text(struct arena *arena, const struct constant *of, struct constant *value);

/* What a column of this affinity makes of it; for comparisons, what it is compared as. */
bool constant_store(struct arena *arena, enum affinity affinity, struct constant *value);

/* 1, 0, or -1 for NULL; -2: not computed here. */
int constant_truth(const struct constant *value);

/* Neither is NULL.  Less than, equal to, more than 0; texts by their bytes. */
int constant_compare(const struct constant *left, const struct constant *right);

/* A to Z become a to z, in memory of the arena; NULL without memory. */
char *constant_fold(struct arena *arena, const char *text, size_t size, bool upper);

/* The integer that a real is, if it is one. */
bool constant_whole(double real, int64_t *integer);

#endif
