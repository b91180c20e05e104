/*
 * What the options that all sources have in common say: --where, --query, --key, --stream-id.
 * Faults are STATUS_USAGE, and memory.
 */
#ifndef FLOW_SOURCE_H
#define FLOW_SOURCE_H

#include <stdint.h>

#include "base/arena.h"
#include "base/fault.h"
#include "row/wanted.h"

/* TABLE=CONDITION, as many as were given. */
const struct wanted_rows *source_wheres(const struct texts *wheres, struct arena *arena,
	struct fault *fault);
/* NAME=SELECT, as many as were given, and NAME=COLUMN,... for some of them. */
const struct wanted_query *source_queries(const struct texts *queries, const struct texts *keys,
	struct arena *arena, struct fault *fault);
/* A random id; or the one that is given, so that a stream can be made again to the byte. */
int source_id(const char *given, uint8_t id[16], struct fault *fault);

#endif
