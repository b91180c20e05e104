/*
 * The types of columns behind the source: what the stream calls them, and what PostgreSQL does.
 */
#ifndef ROW_TYPE_H
#define ROW_TYPE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"

enum type_kind {
	TYPE_RAW, /* straight from the source: any kind of cell */
	TYPE_BOOL,
	TYPE_INT2,
	TYPE_INT4,
	TYPE_INT8,
	TYPE_FLOAT4,
	TYPE_FLOAT8,
	TYPE_NUMERIC,
	TYPE_TEXT,
	TYPE_VARCHAR, /* length, if it is not 0 */
	TYPE_CHAR,
	TYPE_JSON,
	TYPE_JSONB,
	TYPE_BYTEA,
	TYPE_UUID,
	TYPE_DATE,
	TYPE_TIME,
	TYPE_TIMESTAMP,
	TYPE_TIMESTAMPTZ,
	TYPE_OTHER /* by name: inet, citext, an enum ...; cells are texts */
};

struct type {
	enum type_kind kind;
	int32_t length;    /* varchar, char: characters; 0: none */
	int32_t precision; /* numeric: digits; 0: any */
	int32_t scale;     /* numeric, when precision is not 0; may be negative */
	int32_t fraction;  /* time and timestamps: digits of seconds; -1: all six */
	const char *name;  /* TYPE_OTHER: as PostgreSQL spells it */
};

/*
 * Reads a type as the stream or as PostgreSQL spells it, any alias and case: "int8", "bigint",
 * "numeric(10,2)", "character varying(20)", "timestamp with time zone".  False when it is no type
 * at all (serial is none): then the kind is TYPE_RAW; or there is no memory: then it is TYPE_OTHER.
 *
 * What is only not known here is TYPE_OTHER: timetz, interval, arrays, names with a schema or in
 * quotes.  Its name is spelled so that it is safe to stand in SQL as a type, whatever the text was.
 */
bool type_parse(struct arena *arena, const char *text, struct type *type);
bool type_is_array(const struct type *type);
/* interval(3), interval day to second ... */
bool type_is_interval(const struct type *type);
/* A number or time that may have more digits than the type takes. */
bool type_rounds(const struct type *type);
/* "int8": what the cells are. */
const char *type_stream(const struct type *type);
/* "bigint", "numeric(10,2)": for PostgreSQL's DDL; NULL for raw, and when there is no memory. */
const char *type_target(struct arena *arena, const struct type *type);

#endif
