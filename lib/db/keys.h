/*
 * Primary and unique keys and indexes, as steps for behind the rows.
 */
#ifndef DB_KEYS_H
#define DB_KEYS_H

#include "db/steps.h"

/* All of the table at work; its scope is set. */
void keys_make(struct making *making);
/*
 * Whether a key may be a constraint: of plain columns, none twice, and none too long.  A primary
 * key asks for values in all of them, and is one of plain columns, too, where it compares without
 * case: what is unique then is unique by its bytes.
 */
bool keys_fit(const struct making *making, const struct index *index, bool primary);

#endif
