/*
 * Whether a table that is there keeps the rows that it is given: what is written to it is to be in
 * it, as it is and for as long as it is said to be.
 *
 *	UNLOGGED          a crash of the server empties it, and its rows would count as loaded
 *	foreign           another server or a file has the rows, in no transaction of ours
 *	rules             an INSERT becomes something else, and counts as if it had not
 *	row security      rows may be hidden from the role, or refused
 *
 * A partitioned table is asked with all of its partitions.
 */
#ifndef DB_KEEPER_H
#define DB_KEEPER_H

#include "base/arena.h"
#include "base/fault.h"
#include "db/findings.h"
#include "db/libpq.h"

enum keeper_use {
	KEEPER_INSERT, /* INSERT or COPY */
	KEEPER_UPSERT  /* ... ON CONFLICT, DELETE: no rule may be in its way */
};

/* Adds what stops; oids is a list as in "{16384,16390}". */
int keeper_look(struct libpq *libpq, struct arena *arena, const char *oids, enum keeper_use use,
	struct findings *findings, struct fault *fault);
/* The same, where the first of it is a fault. */
int keeper_need(struct libpq *libpq, struct arena *arena, const char *oids, enum keeper_use use,
	struct fault *fault);

/*
 * What has the name of a table that is wanted, and is none: "public.v is a view: ...".  NULL:
 * nothing, or a fault is set.
 */
const char *keeper_stranger(struct libpq *libpq, struct arena *arena, const char *schema,
	const char *name, struct fault *fault);

#endif
