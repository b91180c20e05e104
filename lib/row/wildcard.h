/*
 * Texts against patterns: * any characters, ? any one, [a-z] one of these, [^a-z] none of these.
 * The whole text, characters of UTF-8, and case matters.
 */
#ifndef ROW_WILDCARD_H
#define ROW_WILDCARD_H

#include <stdbool.h>
#include <stddef.h>

#include "row/value.h"

/* A text, or an integer as it prints; no other cell matches. */
bool wildcard_cell(const char *pattern, size_t size, const struct value *cell);

#endif
