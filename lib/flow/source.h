/*
 * What all sources have in common: the options --where, --query, --key and --stream-id, whose
 * faults are STATUS_USAGE, and the beginning of a stream.
 */
#ifndef FLOW_SOURCE_H
#define FLOW_SOURCE_H

#include <stdint.h>

#include "base/arena.h"
#include "base/fault.h"
#include "flow/flow.h"
#include "row/wanted.h"

/* TABLE=CONDITION, as many as were given. */
const struct wanted_rows *source_wheres(const struct texts *wheres, struct arena *arena,
	struct fault *fault);
/* NAME=SELECT, as many as were given, and NAME=COLUMN,... for some of them. */
const struct wanted_query *source_queries(const struct texts *queries, const struct texts *keys,
	struct arena *arena, struct fault *fault);
/* A random id; or the one that is given, so that a stream can be made again to the byte. */
int source_id(const char *given, uint8_t id[16], struct fault *fault);
/*
 * HELLO of one source, read by this tool with these options; behind a fault, too, so that an ABORT
 * can follow it.  Control characters of the name are made visible.
 */
void source_hello(struct flow *flow, const struct tool *tool, const uint8_t id[16],
	const struct source *facts, const char *name);

#endif
