/*
 * What --key TABLE=COLUMN,... says, which may be given for several tables.
 */
#ifndef FLOW_KEY_LISTS_H
#define FLOW_KEY_LISTS_H

#include "base/arena.h"
#include "base/fault.h"
#include "row/couple.h"
#include "row/schema.h"

/* Each list is well-formed, and speaks of one of the tables: else STATUS_USAGE. */
int key_lists_check(const struct texts *lists, const struct table *const *tables, size_t count,
	struct arena *arena, struct fault *fault);
/* The couple's key: as a list says, else as the definitions do. */
int key_lists_choose(const struct texts *lists, struct couple *couple, struct arena *arena,
	struct fault *fault);

#endif
