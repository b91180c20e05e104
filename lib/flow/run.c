#include "flow/run.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/descriptor.h"
#include "flow/own.h"
#include "flow/process.h"
#include "flow/running.h"
#include "flow/shell.h"
#include "row/describe.h"

enum { PATIENCE = 1500 }; /* milliseconds that the tools have to end when they are stopped */

/* --- the database ----------------------------------------------------------------------------- */

/* Other servers that the environment names are not meant: but people may think so. */
void run_tell_unused(void)
{
	if (getenv("DATABASE_URL") != NULL && *getenv("DATABASE_URL") != '\0')
		process_say("DATABASE_URL is set but not used: add -d env:DATABASE_URL");
	if (getenv("PGHOST") != NULL && *getenv("PGHOST") != '\0')
		process_say("PGHOST is set but not used: add -d and the name of a database");
}

static int open_database(struct run *run)
{
	const char *tool = run_keep(run, arena_format(run->arena, "%s/pg-own", run->order->home));

	run->database = run->order->address;
	if (run->database != NULL || run->fault->status != 0)
		return run->fault->status;
	if (run_fills(run))
		return fault_set(run->fault, STATUS_USAGE, "--mode %s is for tables that are "
			"there, and a PostgreSQL of your own is new: -d says where they are",
			run->mode);
	run_tell_unused();
	own_forget_environment();
	if (hold_begin(&run->hold, run->arena, tool, run->source, run->fault) != 0)
		return run->fault->status;
	run->holds = true;
	run->database = run->hold.url;
	return 0;
}

/* --- the pipe --------------------------------------------------------------------------------- */

void run_begin_words(struct run *run, const char *command)
{
	run_add(run, &run->words, run_keep(run, arena_format(run->arena, "%s/rowpipe-%s",
		run->order->home, command)));
	run_add(run, &run->words, "--parsed");
}

/* A part that was ended from outside may be run again; one that broke down is ours to mend. */
static int judge_signal(int status)
{
	switch (status - 128) {
	case SIGILL:
	case SIGABRT:
	case SIGBUS:
	case SIGFPE:
	case SIGSEGV:
		return STATUS_BUG;
	case SIGHUP:
	case SIGINT:
	case SIGKILL:
	case SIGTERM:
	case SIGXCPU:
		return STATUS_AGAIN;
	default:
		return status;
	}
}

/*
 * Signals go to all of it, and it is waited for: the exit status, or 128 and the signal where one
 * came to this process, too.
 */
int run_pipe(struct run *run)
{
	/* What verify itself prints is what was asked for, JSON or not. */
	const int out = strcmp(run->order->command, "verify") == 0 ? STDOUT_FILENO : run->people;
	struct child pipe = { .standard = { -1, out, STDERR_FILENO }, .group = true };
	int status;

	run_add(run, &run->words, "");
	if (run->fault->status != 0)
		return run->fault->status;
	run->words.items[run->words.count - 1] = NULL;
	pipe.words = run->words.items;
	setenv("ROWPIPE_PROGRESS", "last", 1);
	if (run->folder != NULL) {
		setenv("ROWPIPE_LOG", run_inside(run, "log"), 1);
		setenv("ROWPIPE_RUN", run->folder, 1);
	}
	if (descriptor_stop != 0)
		return 128 + descriptor_stop;
	if (child_begin(&pipe, run->fault) != 0)
		return run->fault->status;
	status = child_end_group(&pipe, PATIENCE);
	return descriptor_stop != 0 ? 128 + descriptor_stop : judge_signal(status);
}

void run_enter(struct run *run, const char *part)
{
	report_enter(&run->parts, part, run_now() - run->began);
}

static int load_and_finish(struct run *run)
{
	int status;

	run_enter(run, "load");
	status = run_pipe(run);
	return run_finish(run, status);
}

/* What the load is to leave in the folder, under other names until all is well. */
static void give_files(struct run *run)
{
	run->fresh = access(run_inside(run, "plan"), F_OK) != 0;
	run->logged = folder_file_size(run_inside(run, "log"));
	unlink(run_inside(run, "todo.new"));
	unlink(run_inside(run, "load.new"));
	if (run->fresh) {
		run_give(run, "rename", "--save-plan");
		run_give(run, "rename", run_inside(run, "plan"));
	}
	run->like = run_inside(run, "target.rows");
	run_give_like(run, true);
	run_give(run, "load", "--dbname");
	run_give(run, "load", run->database);
	run_give(run, "load", "--todo");
	run_give(run, "load", run_inside(run, "todo.new"));
	run_give(run, "load", "--report");
	run_give(run, "load", run_inside(run, "load.new"));
}

/* --- migrate ---------------------------------------------------------------------------------- */

/* A path that no tool takes for an option. */
const char *run_as_path(struct run *run, const char *path)
{
	return path[0] == '-' ? run_keep(run, arena_format(run->arena, "./%s", path)) : path;
}

int run_find_source(struct run *run)
{
	char real[4096]; /* PATH_MAX */

	if (access(run->order->operand, F_OK) != 0)
		return fault_set(run->fault, STATUS_SOURCE, "%s is not there",
			run_quoted(run, run->order->operand));
	run->source = realpath(run->order->operand, real) == NULL ? run->order->operand : real;
	run->source = run_keep(run, arena_text(run->arena, run->source));
	return run->fault->status;
}

const char *run_place(struct run *run)
{
	const char *runs = run->order->run_dir != NULL ? run->order->run_dir :
		getenv("ROWPIPE_RUNS");

	return run_keep(run, folder_place(run->arena, runs, run->order->operand));
}

/* It gets room for the archive; it goes again if it is new and there is none. */
static const char *make_place(struct run *run)
{
	const uint64_t needed = folder_file_size(run->source);
	const char *place = run_place(run);
	struct bytes text = { 0 };
	uint64_t there;

	if (run->fault->status != 0 || folder_make(place, run->fault) != 0)
		return place;
	there = folder_free(place);
	if (run->order->no_archive || there > needed)
		return place;
	rmdir(place);
	bytes_format(&text, "%s has ", run_quoted(run, place));
	describe_size(&text, there);
	bytes_add_text(&text, " free, and the archive needs about ");
	describe_size(&text, needed);
	fault_set(run->fault, STATUS_CREATE, "%.*s: use --run-dir DIR or --no-archive",
		(int)text.size, (const char *)text.data);
	bytes_close(&text);
	return place;
}

static void make_folder(struct run *run, const char *place)
{
	struct tm parts;
	char moment[32] = "";

	if (gmtime_r(&run->started, &parts) != NULL)
		strftime(moment, sizeof(moment), "%Y%m%d-%H%M%S", &parts);
	run->folder = run_keep(run, arena_format(run->arena, "%s/%s-%ld", place, moment,
		(long)getpid()));
	if (run->fault->status == 0 && mkdir(run->folder, 0700) != 0)
		fault_errno(run->fault, STATUS_CREATE, run->folder);
	else if (run->fault->status == 0 && symlink(run->source, run_inside(run, "source")) != 0)
		fault_errno(run->fault, STATUS_CREATE, run->folder);
}

/*
 * Who writes to a database with a rollback journal waits as long as it is read: so a copy is read
 * where there is room for it, and for what SQLite may need beside it.
 */
static void choose_snapshot(struct run *run)
{
	enum { COPIES = 3 };
	const char *where = getenv("TMPDIR");
	struct bytes line = { 0 };
	uint64_t there;

	if (where == NULL || *where == '\0')
		where = "/var/tmp";
	there = folder_free(where);
	if (run->snapshot || !folder_blocks(run->source) || there == UINT64_MAX ||
		folder_file_size(run->source) * COPIES >= there)
		return;
	run->snapshot = true;
	run_give(run, "extract", "--snapshot");
	bytes_format(&line, "%ssnapshot: %s is copied to %s first, so that its writers need not "
		"wait", run->order->check ? "ok     " : "", run_quoted(run, run->order->operand),
		run_quoted(run, where));
	run_tell(run, run->people, &line);
}

/* Nothing has run in it: it is as if it had never been. */
static int forget_folder(struct run *run)
{
	static const char *const names[] = { "source", "given.plan", "options" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]) && run->folder != NULL; i++)
		unlink(run_inside(run, names[i]));
	if (run->folder != NULL)
		rmdir(run->folder);
	run->folder = NULL;
	run_remember(run);
	return run_close_database(run, run->fault->status);
}

static int migrate(struct run *run)
{
	const char *place;

	if (run_find_source(run) != 0)
		return run->fault->status;
	place = make_place(run);
	if (run->fault->status != 0)
		return run->fault->status;
	if (open_database(run) != 0) {
		rmdir(place);
		return run->fault->status;
	}
	run->fresh = true;
	make_folder(run, place);
	if (run->fault->status == 0)
		run_take_all(run);
	if (run->fault->status == 0)
		folder_write_words(run->arena, run_inside(run, "options"), &run->kept, run->fault);
	if (run->fault->status == 0) {
		run_tell_quoted(run, "run: ", run->folder);
		choose_snapshot(run);
	}
	run_give(run, "extract", run_as_path(run, run->order->operand));
	if (!run->order->no_archive)
		run_give(run, "archive", run_inside(run, "archive.rows"));
	give_files(run);
	run->before = folder_look(run->arena, run->source);
	if (run->fault->status != 0) {
		forget_folder(run);
		rmdir(place);
		return run->fault->status;
	}
	return load_and_finish(run);
}

/* --- check ------------------------------------------------------------------------------------ */

/* There is no folder of a run. */
static const char *make_temporary(struct run *run)
{
	const char *where = getenv("TMPDIR");
	char *path = arena_format(run->arena, "%s/rowpipe.XXXXXX",
		where == NULL || *where == '\0' ? "/tmp" : where);

	if (path != NULL && mkdtemp(path) != NULL)
		return path;
	fault_errno(run->fault, STATUS_CREATE, path == NULL ? "TMPDIR" : path);
	return NULL;
}

/* A server of one's own would be new, so a new one is asked, which goes again. */
static const char *make_server(struct run *run)
{
	const char *home = make_temporary(run);

	if (home != NULL)
		setenv("ROWPIPE_HOME", home, 1);
	return home;
}

static void remove_server(struct run *run, const char *home)
{
	const char *const words[] = { run_keep(run, arena_format(run->arena, "%s/pg-own",
		run->order->home)), "destroy", NULL };
	struct child child = { .words = words };
	struct fault ignored = { 0 };

	child_run(&child, &ignored);
	rmdir(home);
}

/* What the target has told is for this look alone. */
static int look(struct run *run)
{
	const char *folder = run_fills(run) ? make_temporary(run) : NULL;
	int status;

	if (folder != NULL)
		run->like = run_keep(run, arena_format(run->arena, "%s/target.rows", folder));
	run_give_like(run, true);
	status = run->fault->status == 0 ? run_pipe(run) : run->fault->status;
	if (folder != NULL) {
		unlink(run->like);
		rmdir(folder);
	}
	return status;
}

static int check(struct run *run)
{
	const char *home = NULL;
	int status;

	if (run_find_source(run) != 0)
		return run->fault->status;
	if (run->order->address == NULL && !run_fills(run))
		home = make_server(run);
	run_give(run, "mode", "check");
	run_take_all(run);
	choose_snapshot(run);
	run_give(run, "extract", run_as_path(run, run->order->operand));
	if (run->fault->status == 0 && open_database(run) == 0) {
		run_give(run, "load", "--dbname");
		run_give(run, "load", run->database);
	}
	status = run->fault->status == 0 ? look(run) : run->fault->status;
	status = run_close_database(run, status);
	if (home != NULL)
		remove_server(run, home);
	return status;
}

/* --- replay ----------------------------------------------------------------------------------- */

int run_find_run(struct run *run, const char *folder)
{
	const char *given = run_as_path(run, folder);
	size_t size = strlen(given);
	char real[4096]; /* PATH_MAX */
	ssize_t length;

	while (size > 1 && given[size - 1] == '/')
		size--;
	run->folder = run_keep(run, arena_copy(run->arena, given, size));
	if (run->fault->status != 0 || !run_has_archive(run))
		return fault_set(run->fault, STATUS_SOURCE, "%s holds no archive.rows: it is no "
			"run, or was made with --no-archive, or was forgotten",
			run_quoted(run, run->folder));
	length = readlink(run_inside(run, "source"), real, sizeof(real) - 1);
	if (length > 0)
		real[length] = '\0';
	else if (realpath(run->folder, real) == NULL)
		return fault_errno(run->fault, STATUS_SOURCE, run->folder);
	run->source = run_keep(run, arena_text(run->arena, real));
	return run->fault->status;
}

/*
 * A plan that was edited decides on types and names; else the options that the run was given, so
 * that its stream is the same again.
 */
void run_take_kept(struct run *run)
{
	struct texts pairs = { 0 };
	const bool edited = folder_newer(run_inside(run, "plan"), run_inside(run, "options"));

	if (edited)
		run_take(run, "use-plan", run_inside(run, "plan"));
	if (!edited || access(run_inside(run, "options"), F_OK) == 0)
		folder_read_words(run->arena, run_inside(run, "options"), &pairs, run->fault);
	for (size_t i = 0; i + 1 < pairs.count && run->fault->status == 0; i += 2)
		if (!edited || run_keeps(pairs.items[i]))
			run_take(run, pairs.items[i], strcmp(pairs.items[i], "use-plan") == 0 ?
				run_inside(run, "given.plan") : pairs.items[i + 1]);
}

static int replay(struct run *run)
{
	if (run_find_run(run, run->order->operand) != 0)
		return run->fault->status;
	run->fresh = access(run_inside(run, "plan"), F_OK) != 0;
	run_take_kept(run);
	if (run->fault->status == 0)
		run_take_all(run);
	if (run->fault->status != 0 || open_database(run) != 0)
		return run->fault->status;
	run_give(run, "replay", run_inside(run, "archive.rows"));
	give_files(run);
	if (run->fault->status != 0)
		return run_close_database(run, run->fault->status);
	return load_and_finish(run);
}

/* What pg-own has said need not be said again; what is temporary may be tried again. */
static int tell_fault(struct run *run, int status)
{
	const int stopped = descriptor_stop;

	descriptor_stop = 0;
	if (run->fault->status != 0 && run->fault->status != STATUS_PIPE &&
		*run->fault->text != '\0')
		process_say("%s", run->fault->text);
	if (run->fault->status != 0 && status == 0)
		process_say("the load itself is complete");
	if (run->fault->status == STATUS_AGAIN && run->folder == NULL && !run->order->check &&
		strcmp(run->order->command, "verify") != 0)
		run_tell_next(run, run_next_command(run));
	descriptor_stop = stopped;
	if (stopped != 0 && status == STATUS_AGAIN)
		return 128 + stopped;
	return status != 0 ? status : run->fault->status;
}

int run_all(struct arena *arena, const struct run_order *order)
{
	struct fault fault = { 0 };
	struct run run = { .arena = arena, .order = order, .fault = &fault,
		.mode = order->mode, .people = order->json ? STDERR_FILENO : STDOUT_FILENO,
		.started = time(NULL), .began = run_now() };
	int status;

	umask(077);
	run_remember(&run);
	run_begin_words(&run, order->command);
	run_enter(&run, "begin");
	if (order->check)
		status = check(&run);
	else if (strcmp(order->command, "verify") == 0)
		status = run_verify(&run);
	else
		status = strcmp(order->command, "migrate") == 0 ? migrate(&run) : replay(&run);
	return tell_fault(&run, status);
}
