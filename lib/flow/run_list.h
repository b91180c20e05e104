/*
 * Runs as people and programs read them: those that a database remembers, those whose folders are
 * kept here, and those that are both.  The manual page report(5) has every key.
 */
#ifndef FLOW_RUN_LIST_H
#define FLOW_RUN_LIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/bytes.h"
#include "base/fault.h"
#include "flow/kept.h"

/* A table of a run. */
struct run_line_table {
	const char *source, *name;
	uint64_t rows;
	bool there; /* it is the same one still */
};

struct run_line {
	const char *word;    /* what undo and forget take: the folder, or enough of the stream */
	const char *status, *started;
	/* These may be NULL. */
	const char *stream, *mode, *pipeline, *source, *triggered_by, *role, *ended, *error;
	const char *next;    /* the command that goes on with it */
	const char *folder;  /* where it is here, or was on the machine that ran it */
	uint64_t attempt, rows, rejects;
	const struct kept *kept; /* the folder, when it is here */
	const struct run_line_table *tables;
	size_t table_count;
};

struct run_list {
	struct arena *arena;
	struct run_line *lines; /* at first those that a database remembers */
	size_t count;
};

/* Adds the folders in a place, or here when that is NULL, and what those of other runs hold. */
int run_list_gather(struct run_list *list, const char *place, struct fault *fault);
/*
 * The run that is meant by its folder, the name of that, its stream, or what that begins with:
 * STATUS_SOURCE when it is none, STATUS_USAGE when it is several.  A database means the newest of
 * its runs, or the newest that fits: *word becomes its folder.
 */
struct run_line *run_list_find(struct run_list *list, const char **word,
	bool (*fits)(const struct run_line *line), struct fault *fault);

/* One line a run. */
void run_list_print(struct bytes *to, const struct run_list *list);
/* One run, with all that is known of it. */
void run_list_show(struct bytes *to, const struct run_line *line);
/* One document. */
void run_list_json(struct bytes *to, const struct run_line *lines, size_t count);

#endif
