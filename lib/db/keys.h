/*
 * Primary and unique keys, indexes and foreign keys, as steps for behind the rows.
 */
#ifndef DB_KEYS_H
#define DB_KEYS_H

#include "db/steps.h"

/* All of the table at work; its scope is set. */
void keys_make(struct making *making);
void keys_make_foreigns(struct making *making);

#endif
