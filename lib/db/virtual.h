/*
 * Virtual tables: what becomes of them in PostgreSQL, by their module.
 */
#ifndef DB_VIRTUAL_H
#define DB_VIRTUAL_H

#include "base/arena.h"

/* For people: what is to be done with it, and how its rows come along.  NULL: no memory. */
const char *virtual_remark(struct arena *arena, const char *name, const char *sql);

#endif
