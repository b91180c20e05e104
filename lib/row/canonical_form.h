/*
 * The forms of canonical.h, one by one.  Each returns false when the cell has no meaning there, or
 * there is no memory; what it makes is in the scratch.
 */
#ifndef ROW_CANONICAL_FORM_H
#define ROW_CANONICAL_FORM_H

#include <stdbool.h>

#include "base/bytes.h"
#include "row/value.h"

struct canonical;

/* The scratch as a cell. */
bool canonical_settle(struct canonical *canonical, enum value_kind kind, struct value *to);

bool canonical_integer(struct canonical *canonical, const struct value *from, struct value *to);
bool canonical_float(struct canonical *canonical, const struct value *from, struct value *to);
bool canonical_numeric(struct canonical *canonical, const struct value *from, struct value *to);
/* A number as it prints where it becomes text. */
void canonical_print(struct bytes *to, const struct value *number);

bool canonical_date(struct canonical *canonical, const struct value *from, struct value *to);
bool canonical_time(struct canonical *canonical, const struct value *from, struct value *to);
bool canonical_stamp(struct canonical *canonical, const struct value *from, struct value *to);

/*
 * Adds the jsonb value of a text: no blanks, keys in the order of their bytes, the last of equal
 * ones, strings with the least escapes, numbers without needless digits (1e2 and 100.0 are 100).
 * False, and `to` as it was, when it is no JSON, or nested deeper than JSON_DEPTH_MOST.
 */
bool canonical_json(struct bytes *to, struct bytes *work, const uint8_t *text, size_t size);

#endif
