/*
 * The folder of a run, and what else a run has to know of files.
 *
 *	DB.rowpipe/20260102-030405-PID/
 *	        archive.rows   the source's stream, as it came
 *	        source         a link to the source
 *	        options        what decides on types and names: option NUL value NUL ...
 *	        given.plan     what --use-plan gave
 *	        plan           what became of it
 *	        todo.sql, report.json, log
 *	        report.html    only where it was asked for
 */
#ifndef FLOW_FOLDER_H
#define FLOW_FOLDER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/arena.h"
#include "base/bytes.h"
#include "base/fault.h"
#include "row/schema.h"

/* Makes a folder and those above it, for its owner alone. */
int folder_make(const char *path, struct fault *fault);
/* Where the runs of a database are: DB.rowpipe below `runs`, or here when that is NULL or "". */
const char *folder_place(struct arena *arena, const char *runs, const char *database);
/* The last one by its name of the folders in this one; NULL: there is none. */
const char *folder_newest(struct arena *arena, const char *path);
/* Bytes that are free where path is; UINT64_MAX: not known. */
uint64_t folder_free(const char *path);
/* Bytes that the files of a folder take. */
uint64_t folder_size(const char *path);
/* Bytes of a file; 0: it is not there. */
uint64_t folder_file_size(const char *path);

/* A file takes the place of the one that has its name. */
int folder_write(struct arena *arena, const char *path, const struct bytes *content,
	struct fault *fault);

/* Pairs: words with a NUL behind each. */
int folder_write_words(struct arena *arena, const char *path, const struct texts *words,
	struct fault *fault);
int folder_read_words(struct arena *arena, const char *path, struct texts *words,
	struct fault *fault);

/* The first has changed later than the second, or there is no second. */
bool folder_newer(const char *path, const char *than);
/* The second gets the time of the first. */
void folder_same_time(const char *path, const char *to);

/* Of a database: what changes when somebody writes to it. */
struct folder_state {
	off_t size, log_size;
	struct timespec time, log_time; /* of its -wal, unless that is empty */
};

struct folder_state folder_look(struct arena *arena, const char *source);
bool folder_changed(const struct folder_state *a, const struct folder_state *b);
/* Its journal is a rollback journal: who writes to it waits for who reads it. */
bool folder_blocks(const char *source);

#endif
