/*
 * A part of an expression, translated: its SQL for PostgreSQL, and what is known of its value.
 */
#ifndef ROW_PIECE_H
#define ROW_PIECE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "row/constant.h"
#include "row/parse_expression.h"
#include "row/scope.h"

/* The longest SQL that is made, and all that is made on the way. */
enum { PIECE_SIZE = 128 * 1024, PIECES_SIZE = 16 * 1024 * 1024 };

/* How tightly PostgreSQL binds what stands outermost. */
enum level { LEVEL_OR, LEVEL_AND, LEVEL_NOT, LEVEL_COMPARE, LEVEL_OTHER, LEVEL_SUM, LEVEL_PRODUCT,
	LEVEL_SIGN, LEVEL_ATOM };

enum piece_kind {
	PIECE_CONSTANT,
	PIECE_TRUTH,   /* a boolean, which SQLite has as 0 or 1 */
	PIECE_INTEGER,
	PIECE_REAL,
	PIECE_NUMERIC,
	PIECE_TEXT,
	PIECE_BYTES,
	PIECE_DATE,    /* SQLite has its text */
	PIECE_STAMP,   /* a timestamp, of which SQLite has some text */
	PIECE_JSON,
	PIECE_MEMBER,  /* what ->> takes out of JSON */
	PIECE_MOMENT,  /* now, as date() and its like spell it */
	PIECE_OTHER    /* nothing is known but whether it is NULL */
};

enum collation { COLLATION_BINARY, COLLATION_NOCASE, COLLATION_RTRIM, COLLATION_OTHER };

struct moment;

struct piece {
	enum piece_kind kind;
	enum level level;
	const char *text;       /* the SQL; NULL for a constant */
	struct constant value;  /* a constant's */
	enum affinity affinity; /* what a comparison does to the other side */
	enum collation collation;
	bool collated;          /* by COLLATE, not by a column's definition */
	bool from_column;       /* it is a column as far as collations go: CAST(x), +x */
	bool tangled;           /* by a COLLATE within it, which SQLite finds even there */
	const struct expression_column *column; /* it is this column, unchanged */
	bool not_null;
	bool mixed;             /* text here, but there perhaps a number */
	bool faithful;          /* a time: equal and ordered as what the source holds */
	bool rounds;            /* a result may differ, or be an error, where reals get large */
	int width;              /* of an integer: 2, 4 or 8 bytes */
	double bound;           /* of an integer: no more than this, without sign */
	const char *type_name;  /* of typeof(): what it says of all but NULL */
	const char *of;         /* and of what */
	const char *hex;        /* of random bytes: SQL for their digits, in small letters */
	const char *shape;      /* of a random text: SHAPE_ and other characters */
	const struct moment *moment;
};

enum { SHAPE_SMALL_HEX = 1, SHAPE_LARGE_HEX, SHAPE_VARIANT /* one of 8 9 a b */ };

/*
 * `own` is asked first for each node, and sets *mine when it has translated it: a view resolves
 * names and aggregates itself.  False: refused.
 */
struct translation {
	struct arena *arena;
	const struct expression_scope *scope;
	enum expression_use use;
	const char *why;
	size_t spent; /* bytes of SQL */
	bool (*own)(struct translation *t, const struct node *node, struct piece *to, bool *mine);
	void *owner;  /* what it belongs to */
};

/* Refuses, with a reason unless there is one; always false. */
bool piece_refuse(struct translation *t, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* A piece from SQL with arguments; false without memory, or when it gets too long. */
bool piece_make(struct translation *t, struct piece *piece, enum piece_kind kind,
	enum level level, const char *format, ...) __attribute__((format(printf, 5, 6)));
struct piece piece_constant(struct constant value);
bool piece_is_null(const struct piece *piece);

/* Its SQL, in parentheses unless it binds at least so tightly; NULL: refused. */
const char *piece_at(struct translation *t, const struct piece *piece, enum level level);

/* What it is for a person: "an integer", "a text". */
const char *piece_noun(const struct piece *piece);

/* Makes it a boolean, an integer, a text; in place, and only where that is exact. */
bool piece_to_truth(struct translation *t, struct piece *piece);
bool piece_to_integer(struct translation *t, struct piece *piece);
bool piece_to_text(struct translation *t, struct piece *piece);

/* Makes pieces one type, for CASE and coalesce(); *like is of that type, without SQL. */
bool piece_unify(struct translation *t, struct piece *pieces, size_t count, struct piece *like);

/* AND or OR of pieces, and NOT. */
bool piece_join(struct translation *t, enum operation operation, struct piece *items, size_t count,
	struct piece *to);
bool piece_not(struct translation *t, struct piece *piece);

#endif
