/*
 * What an expression stands in: what it is for, and the columns that it may speak of.
 */
#ifndef ROW_SCOPE_H
#define ROW_SCOPE_H

#include <stdbool.h>
#include <stddef.h>

#include "row/conversion.h"
#include "row/type.h"

enum expression_use {
	USE_DEFAULT,
	USE_CHECK,
	USE_GENERATED,
	USE_INDEX,
	USE_WHERE,
	USE_UNIQUE, /* a term of a unique index: what is told apart must stay apart */
	USE_VIEW
};

/* A column as expressions may speak of it. */
struct expression_column {
	const char *source;    /* its name in the source's SQL */
	const char *target;    /* its name in PostgreSQL, not yet quoted */
	struct type type;      /* that it has there */
	bool not_null;
	bool nocase;           /* the source compares it without regard to case */
	const char *declared;  /* its type in the source, as written; NULL: none */
	const char *collation; /* RTRIM, or one that the application made */
	bool words;            /* a boolean that the source holds as words, not as 0 and 1 */
	enum reading_of_time reading; /* a time that the source holds as numbers, too */
};

/*
 * Without `declared` a column has no affinity, and the fewest comparisons are exact.  `reading` is
 * that of the column whose default is translated: with it numbers can stand for times.
 */
struct expression_scope {
	const struct expression_column *columns;
	size_t count;
	enum reading_of_time reading;
};

#endif
