/*
 * What a column's declared type asks for, in SQLite's spellings: any words in any case, numbers in
 * parentheses kept.
 */
#ifndef ROW_DECLARED_H
#define ROW_DECLARED_H

#include <stdbool.h>
#include <stdint.h>

#include "row/type.h"

enum wish {
	WISH_NONE, /* nothing, or a word that means nothing: what is stored decides */
	WISH_BOOL,
	WISH_INTEGER,
	WISH_REAL,
	WISH_NUMERIC,
	WISH_TEXT,
	WISH_BLOB,
	WISH_TIME, /* any date, time or timestamp */
	WISH_JSON,
	WISH_UUID
};

struct declared {
	enum wish wish;
	enum type_kind natural; /* what it is without any value to look at; integers: the least */
	int32_t precision;      /* WISH_NUMERIC: 0 when none is given that PostgreSQL takes */
	int32_t scale;
	bool mixed_endian;      /* WISH_UUID in Microsoft's words: bytes in an order of their own */
};

/* NULL is no declaration. */
struct declared declared_read(const char *text);

#endif
