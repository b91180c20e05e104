/*
 * A typed cell as people read it, in JSON: times as they are written, numerics as numbers, a uuid
 * with its dashes; all else as value_json has it.
 */
#ifndef ROW_SHOW_H
#define ROW_SHOW_H

#include "base/bytes.h"
#include "row/type.h"
#include "row/value.h"

void show_cell(struct bytes *to, const struct type *type, const struct value *cell);

#endif
