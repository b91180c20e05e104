/*
 * A run in its parts, for the files that it is made of: run_words.c (what its tools are told),
 * run_verify.c (the proof), run_end.c (what is told at its end), run_control.c (what becomes of
 * it later), run.c (all else).
 *
 * What goes wrong is in run->fault; texts live in its arena.
 */
#ifndef FLOW_RUNNING_H
#define FLOW_RUNNING_H

#include <stdbool.h>
#include <time.h>

#include "base/bytes.h"
#include "flow/folder.h"
#include "flow/hold.h"
#include "flow/report.h"
#include "wire/payload.h"

/* What the command line asks for. */
struct run_order {
	const char *command; /* "migrate", "replay", "verify" */
	const char *home;    /* the folder of the tools and scripts */
	const char *operand; /* DB, or RUN, or an archive */
	const char *database; /* as it is typed again; NULL: it is not */
	const char *env_file; /* the same */
	const char *address;  /* for the tools; NULL: one in the server of one's own */
	const char *look;     /* for psql, where what was typed is not; NULL: it is */
	const char *run_dir;
	const char *mode;    /* of the load; NULL: not given */
	const struct setting *settings; /* all options that were given, in their order */
	size_t setting_count;
	bool check, no_archive, no_verify, json, dry_run;
};

struct run {
	struct arena *arena;
	const struct run_order *order;
	struct fault *fault;
	int people;             /* the descriptor that lines for people go to */
	const char *source;     /* the database's real path, or what is known of it */
	const char *folder;     /* of the run; NULL: there is none */
	const char *database;   /* for -d */
	struct hold hold;
	bool holds;
	const char *name;       /* of a database that was kept */
	struct texts words;     /* the script and its words */
	struct texts kept;      /* pairs that decide on types and names */
	struct texts given;     /* what was typed, but for -d and --env-file */
	const char *mode;       /* of the load; NULL: create */
	const char *schema;     /* --target-schema; NULL: not given */
	const char *like;       /* the target's definitions, for where tables are there */
	bool fresh;             /* the run has no plan yet */
	bool snapshot, written_to;
	struct folder_state before;
	uint64_t logged;        /* bytes of the log that are older */
	time_t started;
	double began;
	struct report_parts parts;
};

/* The text, or "" where there was no memory for it. */
const char *run_keep(struct run *run, const char *text);
/* A file of the run's folder. */
const char *run_inside(struct run *run, const char *name);
/* A path as it is typed. */
const char *run_quoted(struct run *run, const char *path);
/* Writes a line, which is closed. */
void run_tell(struct run *run, int fd, struct bytes *line);
/* The same of a path and what stands around it, for people. */
void run_tell_quoted(struct run *run, const char *before, const char *path);
/* Monotonic seconds. */
double run_now(void);

void run_add(struct run *run, struct texts *words, const char *word);
/* The script reads them in pairs: who it is for, and the word. */
void run_give(struct run *run, const char *tool, const char *word);
/* One option, to all that it is for. */
void run_take(struct run *run, const char *option, const char *value);
/* One that goes on with the run, whatever its plan says. */
bool run_keeps(const char *option);
/* All that the command line has; a plan is kept with a run that has none. */
void run_take_all(struct run *run);
/*
 * Where tables are there already, types and names are theirs: they are told in the file
 * run->like, which the script is to write first if it is to be fresh.
 */
bool run_fills(const struct run *run);
void run_give_like(struct run *run, bool fresh);
/* What was typed, for the command that goes on. */
void run_remember(struct run *run);

/* The script of a command, as the first of its words. */
void run_begin_words(struct run *run, const char *command);
/* Runs it, and waits: the exit status, or 128 and a signal's number. */
int run_pipe(struct run *run);
/* The next part of the run's work begins. */
void run_enter(struct run *run, const char *part);
/* A path that no tool takes for an option. */
const char *run_as_path(struct run *run, const char *path);
/* DB.rowpipe: where the runs of the source are. */
const char *run_place(struct run *run);
int run_find_source(struct run *run);
/* The run in a folder, and the source that it is of. */
int run_find_run(struct run *run, const char *folder);
/* The types and names that the run has. */
void run_take_kept(struct run *run);
/* Variables that name a server which is not used. */
void run_tell_unused(void);

bool run_has_archive(struct run *run);
/* Behind a load: source or archive against what is there; the exit status of pg-verify. */
int run_prove(struct run *run);
/* The database of run->source in the server of one's own, unless -d names another one. */
void run_find_database(struct run *run);
/* `rowpipe verify`. */
int run_verify(struct run *run);
/*
 * The database takes the place of the one before when all is well, and goes when it is not; the
 * status, or another one when it cannot.
 */
int run_close_database(struct run *run, int status);
/* What was typed of where the database is, once more. */
void run_add_database(struct run *run, struct texts *words);
/* The command that goes on after a failure; the last line of all. */
const char *run_next_command(struct run *run);
void run_tell_next(struct run *run, const char *next);
/* Behind the pipe: its status, or another one when the end fails. */
int run_finish(struct run *run, int status);

#endif
