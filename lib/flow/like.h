/*
 * The tables that exist in a target, as --like FILE tells them: the definitions that pg-extract -s
 * writes.  Read once, before the first frame of the stream; then matched with the stream's own.
 */
#ifndef FLOW_LIKE_H
#define FLOW_LIKE_H

#include "flow/flow.h"
#include "row/adapt.h"
#include "row/match.h"

/* An enum of the target. */
struct like_type {
	const char *name; /* as columns spell it */
	struct texts labels;
};

struct like {
	const struct table **tables;
	size_t count, room;
	struct like_type *types;
	size_t type_count, type_room;
	struct matching matching; /* its findings are for like_tell */
};

/*
 * Reads the file, if *file is not NULL.  *file then is the hash of what it says of tables, columns
 * and types, as it goes into the stream's provenance and id: the same tables, the same stream.
 */
void like_read(struct flow *flow, struct like *like, const char **file);
/* Matches the tables of the stream, for whose options --target-schema and plan are. */
void like_match(struct flow *flow, struct like *like, struct plan *plan, const char *schema,
	const struct table *const *sources, size_t count);
/* What is known of a column of the target. */
void like_adapt(struct flow *flow, const struct like *like, const struct column *target,
	struct adapt *adapt);
/* Says every finding, and fails the flow (STATUS_MISFIT) when there is one. */
void like_tell(struct flow *flow, const struct like *like);

#endif
