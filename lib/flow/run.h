/*
 * One run of `rowpipe migrate` or `rowpipe replay`: its folder, its database, the pipe of tools,
 * and the words at its end.  The pipe itself is a script, pipelines/migrate or pipelines/replay,
 * which is given each tool's words.
 */
#ifndef FLOW_RUN_H
#define FLOW_RUN_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/fault.h"
#include "wire/payload.h"

/* What the command line asks for. */
struct run_order {
	const char *command; /* "migrate", "replay" */
	const char *home;    /* the folder of the tools and scripts */
	const char *operand; /* DB, or RUN */
	const char *database; /* NULL: one in the server of one's own */
	const char *run_dir;
	const struct setting *settings; /* all options that were given, in their order */
	size_t setting_count;
	bool check, no_archive, json, dry_run;
};

/*
 * Does all of it, and says what went wrong; the exit status.  128 and a signal's number is a signal
 * that stopped it.
 */
int run_all(struct arena *arena, const struct run_order *order);

#endif
