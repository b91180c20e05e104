/*
 * CASE, and iif(), which is one.
 */
#ifndef ROW_CHOICE_H
#define ROW_CHOICE_H

#include <stdbool.h>
#include <stddef.h>

#include "row/piece.h"

/* Conditions and results in turn, and the ELSE, if there is one.  The items may be changed. */
bool choice_case(struct translation *t, struct piece *items, size_t count, struct piece *to);

#endif
