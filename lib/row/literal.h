/*
 * Constants as PostgreSQL reads them, with standard_conforming_strings on: as they are, or as a
 * value of a type, checked here so that the server never refuses one.
 */
#ifndef ROW_LITERAL_H
#define ROW_LITERAL_H

#include <stddef.h>

#include "base/arena.h"
#include "row/constant.h"
#include "row/conversion.h"
#include "row/type.h"

/* In all of these NULL says that it cannot be written, and *why why. */

/* 'text', quotes doubled; not with NUL, nor when it is no UTF-8. */
const char *literal_string(struct arena *arena, const char *text, size_t size, const char **why);
/* "name", quotes doubled. */
const char *literal_name(struct arena *arena, const char *name);
/* 5  1.5  'text'  '\xff'::bytea  NULL */
const char *literal_plain(struct arena *arena, const struct constant *value, const char **why);
/* What a column of this type holds when this is its default: 5 is true, 5, 5.0, '5' ... */
const char *literal_typed(struct arena *arena, const struct constant *value,
	const struct type *type, enum reading_of_time reading, const char **why);

#endif
