/*
 * Foreign keys, as steps for behind the rows.
 */
#ifndef DB_FOREIGN_H
#define DB_FOREIGN_H

#include "db/steps.h"

/* All of the table at work; its scope is set. */
void foreign_make(struct making *making);

#endif
