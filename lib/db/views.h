/*
 * The views of a stream: what is understood of them is a step behind all tables, everything else a
 * to-do with its reason.
 */
#ifndef DB_VIEWS_H
#define DB_VIEWS_H

#include <stddef.h>

#include "db/steps.h"

/* All tables must be there, with their types and names. */
void views_make(struct making *making, const struct object *objects, size_t count);

#endif
