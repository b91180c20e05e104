/*
 * The two other ways in which people write a name: in lower case, and in snake_case.
 */
#ifndef ROW_CASING_H
#define ROW_CASING_H

#include "base/arena.h"

/* A to Z as a to z, as PostgreSQL folds names without quotes.  NULL: no memory, as below. */
char *casing_fold(struct arena *arena, const char *name);
/* OrderItem as order_item, HTMLPage as html_page; what is no letter and no digit as one line. */
char *casing_snake(struct arena *arena, const char *name);

#endif
