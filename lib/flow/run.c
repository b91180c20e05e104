#include "flow/run.h"

#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/descriptor.h"
#include "flow/folder.h"
#include "flow/hold.h"
#include "flow/own.h"
#include "flow/process.h"
#include "flow/report.h"
#include "flow/shell.h"
#include "row/describe.h"

enum {
	PATIENCE = 1500,     /* milliseconds that the tools have to end when they are stopped */
	PLAN_MOST = 16 << 20,
	LOG_MOST = 64 << 20
};

/* The tools that options are for. */
enum { FOR_EXTRACT = 1, FOR_RETYPE = 2, FOR_RENAME = 4, FOR_LOAD = 8, FOR_RUN = 16 };

static const struct taker {
	const char *option;
	unsigned who;
	bool flag;
} takers[] = {
	{ "table", FOR_EXTRACT, false }, { "exclude-table", FOR_EXTRACT, false },
	{ "where", FOR_EXTRACT, false }, { "query", FOR_EXTRACT, false },
	{ "key", FOR_EXTRACT, false }, { "materialize", FOR_EXTRACT, false },
	{ "snapshot", FOR_EXTRACT, false }, { "no-check", FOR_EXTRACT, true },
	{ "use-plan", FOR_RETYPE | FOR_RENAME, false }, { "set", FOR_RETYPE | FOR_RENAME, false },
	{ "timezone", FOR_RETYPE, false }, { "times", FOR_RETYPE, true },
	{ "strict-types", FOR_RETYPE, true }, { "names", FOR_RENAME, false },
	{ "target-schema", FOR_RENAME, false }, { "dry-run", FOR_LOAD, true },
	{ "check", FOR_RUN, true }, { "no-archive", FOR_RUN, true }, { "json", FOR_RUN, true },
	{ "run-dir", FOR_RUN, false }, { "dbname", FOR_RUN, false }
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
	struct texts given;     /* what was typed, but for -d */
	bool fresh;             /* the run has no plan yet */
	bool snapshot, written_to;
	struct folder_state before;
	uint64_t logged;        /* bytes of the log that are older */
	time_t started;
	double began;
};

static const char *keep(struct run *run, const char *text)
{
	if (text == NULL)
		fault_memory(run->fault);
	return text == NULL ? "" : text;
}

static const char *inside(struct run *run, const char *name)
{
	return keep(run, arena_format(run->arena, "%s/%s", run->folder, name));
}

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

/* --- lines for people ------------------------------------------------------------------------- */

static void tell(struct run *run, int fd, struct bytes *line)
{
	struct fault ignored = { 0 };

	bytes_add_byte(line, '\n');
	if (line->failed)
		fault_memory(run->fault);
	else
		descriptor_write(fd, line->data, line->size,
			fd == STDERR_FILENO ? &ignored : run->fault);
	bytes_close(line);
}

static void tell_quoted(struct run *run, const char *before, const char *path, const char *behind)
{
	struct bytes line = { 0 };

	bytes_add_text(&line, before);
	shell_quote(&line, path);
	bytes_add_text(&line, behind);
	tell(run, run->people, &line);
}

static const char *quoted(struct run *run, const char *path)
{
	struct bytes text = { 0 };
	const char *copy;

	shell_quote(&text, path);
	copy = text.failed ? NULL : arena_copy(run->arena, text.data, text.size);
	bytes_close(&text);
	return keep(run, copy);
}

/* --- words ------------------------------------------------------------------------------------ */

static const struct taker *find_taker(const char *option)
{
	for (size_t i = 0; i < sizeof(takers) / sizeof(takers[0]); i++)
		if (strcmp(takers[i].option, option) == 0)
			return &takers[i];
	return NULL;
}

static void add(struct run *run, struct texts *words, const char *word)
{
	shell_add(run->arena, words, word, run->fault);
}

/* The script reads them in pairs: who it is for, and the word. */
static void give(struct run *run, const char *tool, const char *word)
{
	add(run, &run->words, tool);
	add(run, &run->words, word);
}

static void give_option(struct run *run, const char *tool, const struct taker *taker,
	const char *value)
{
	const char *option = keep(run, arena_format(run->arena, "--%s", taker->option));

	/* Its value is optional, and so never a word of its own. */
	if (strcmp(taker->option, "snapshot") == 0 && *value != '\0')
		option = keep(run, arena_format(run->arena, "--snapshot=%s", value));
	give(run, tool, option);
	if (!taker->flag && strcmp(taker->option, "snapshot") != 0)
		give(run, tool, value);
}

/* One option to all that it is for. */
static void take(struct run *run, const char *option, const char *value)
{
	const struct taker *taker = find_taker(option);

	if (taker == NULL) {
		fault_set(run->fault, STATUS_MISFIT, "%s/options: holds no option --%s",
			run->folder, option);
		return;
	}
	if (taker->who & FOR_EXTRACT)
		give_option(run, "extract", taker, value);
	if (taker->who & FOR_RETYPE)
		give_option(run, "retype", taker, value);
	if (taker->who & FOR_RENAME)
		give_option(run, "rename", taker, value);
	if (taker->who & FOR_LOAD)
		give_option(run, "load", taker, value);
	if (taker->who & (FOR_RETYPE | FOR_RENAME)) {
		add(run, &run->kept, taker->option);
		add(run, &run->kept, value);
	}
}

/* As it was typed, for the command that goes on. */
static void remember(struct run *run, const struct setting *setting)
{
	const struct taker *taker = find_taker(setting->option);
	const bool snapshot = strcmp(setting->option, "snapshot") == 0;

	if (strcmp(setting->option, "dbname") == 0)
		return;
	add(run, &run->given, keep(run, arena_format(run->arena, "--%s%s%s", setting->option,
		snapshot && *setting->value != '\0' ? "=" : "", snapshot ? setting->value : "")));
	if (taker != NULL && !taker->flag && !snapshot)
		add(run, &run->given, setting->value);
}

/* A plan is kept by what it says: the file may change, or be a pipe. */
static const char *keep_plan(struct run *run, const char *path)
{
	const char *copy = inside(run, "given.plan");
	struct bytes content = { 0 };

	if (descriptor_load(path, &content, PLAN_MOST, run->fault) == 0)
		folder_write(run->arena, copy, &content, run->fault);
	bytes_close(&content);
	return copy;
}

static void take_all(struct run *run)
{
	const struct run_order *order = run->order;

	for (size_t i = 0; i < order->setting_count && run->fault->status == 0; i++) {
		struct setting setting = order->settings[i];

		if (strcmp(setting.option, "use-plan") == 0 && run->fresh && run->folder != NULL)
			setting.value = keep_plan(run, setting.value);
		if (strcmp(setting.option, "snapshot") == 0)
			run->snapshot = true;
		remember(run, &setting);
		take(run, setting.option, setting.value);
	}
}

/* --- the database ----------------------------------------------------------------------------- */

/* Other servers that the environment names are not meant: but people may think so. */
static void tell_unused(void)
{
	if (getenv("DATABASE_URL") != NULL && *getenv("DATABASE_URL") != '\0')
		process_say("DATABASE_URL is set but not used: add -d env:DATABASE_URL");
	if (getenv("PGHOST") != NULL && *getenv("PGHOST") != '\0')
		process_say("PGHOST is set but not used: add -d and the name of a database");
}

static int open_database(struct run *run)
{
	const char *tool = keep(run, arena_format(run->arena, "%s/pg-own", run->order->home));

	run->database = run->order->database;
	if (run->database != NULL || run->fault->status != 0)
		return run->fault->status;
	tell_unused();
	own_forget_environment();
	if (hold_begin(&run->hold, run->arena, tool, run->source, run->fault) != 0)
		return run->fault->status;
	run->holds = true;
	run->database = run->hold.url;
	return 0;
}

/* It takes the place of the one before when all is well, and goes when it is not. */
static int close_database(struct run *run, int status)
{
	if (!run->holds)
		return status;
	run->holds = false;
	if (status != 0 || run->order->dry_run || run->order->check) {
		hold_drop(&run->hold);
		return status;
	}
	/* When it fails this is its new name still. */
	status = hold_keep(&run->hold, run->arena);
	run->name = run->hold.name;
	return status;
}

/* --- the pipe --------------------------------------------------------------------------------- */

static void begin_words(struct run *run)
{
	add(run, &run->words, keep(run, arena_format(run->arena, "%s/rowpipe-%s",
		run->order->home, run->order->command)));
	add(run, &run->words, "--parsed");
}

/* Signals go to all of it, and it is waited for: the exit status, or 128 and the signal. */
static int run_pipe(struct run *run)
{
	struct child pipe = { .standard = { -1, run->people, STDERR_FILENO }, .group = true };
	int status;

	add(run, &run->words, "");
	if (run->fault->status != 0)
		return run->fault->status;
	run->words.items[run->words.count - 1] = NULL;
	pipe.words = run->words.items;
	setenv("ROWPIPE_PROGRESS", "last", 1);
	if (run->folder != NULL)
		setenv("ROWPIPE_LOG", inside(run, "log"), 1);
	if (descriptor_stop != 0)
		return 128 + descriptor_stop;
	if (child_begin(&pipe, run->fault) != 0)
		return run->fault->status;
	status = child_end_group(&pipe, PATIENCE);
	return descriptor_stop != 0 ? 128 + descriptor_stop : status;
}

/* What the load is to leave in the folder, under other names until all is well. */
static void give_files(struct run *run)
{
	run->fresh = access(inside(run, "plan"), F_OK) != 0;
	run->logged = folder_file_size(inside(run, "log"));
	unlink(inside(run, "todo.new"));
	unlink(inside(run, "load.new"));
	if (run->fresh) {
		give(run, "rename", "--save-plan");
		give(run, "rename", inside(run, "plan"));
	}
	give(run, "load", "--dbname");
	give(run, "load", run->database);
	give(run, "load", "--todo");
	give(run, "load", inside(run, "todo.new"));
	give(run, "load", "--report");
	give(run, "load", inside(run, "load.new"));
}

/* The plan is what the options have given: it is as old as they are, until it is edited. */
static void keep_options(struct run *run)
{
	if (!run->fresh || folder_write_words(run->arena, inside(run, "options"), &run->kept,
		run->fault) != 0)
		return;
	folder_same_time(inside(run, "plan"), inside(run, "options"));
}

/* --- the end ---------------------------------------------------------------------------------- */

/* What this run has added to the log. */
static const char *read_log(struct run *run)
{
	struct fault ignored = { 0 };
	struct bytes content = { 0 };
	const char *text = "";

	if (descriptor_load(inside(run, "log"), &content, LOG_MOST, &ignored) == 0 &&
		content.size > run->logged)
		text = arena_copy(run->arena, content.data + run->logged,
			content.size - (size_t)run->logged);
	bytes_close(&content);
	return text == NULL ? "" : text;
}

static const char *last_line(struct run *run, const char *text)
{
	const char *line = NULL;

	while (*text != '\0') {
		const size_t size = strcspn(text, "\n");

		if (size > 0)
			line = keep(run, arena_copy(run->arena, text, size));
		text += size + (text[size] == '\n');
	}
	return line;
}

/* The plan line that a tool has told to be what takes the value that it stopped at. */
static const char *find_line(struct run *run)
{
	static const char mark[] = "; the plan line that takes it: ";
	const char *at = read_log(run), *found = NULL;

	for (; (at = strstr(at, mark)) != NULL; found = at)
		at += strlen(mark);
	return found == NULL ? NULL : keep(run, arena_copy(run->arena, found,
		strcspn(found, "\n")));
}

static bool has_archive(struct run *run)
{
	return run->folder != NULL && access(inside(run, "archive.rows"), F_OK) == 0;
}

/* Of migrate only what is not in the run's options. */
static void add_going_on(struct run *run, struct texts *words)
{
	const char *line = find_line(run);

	add(run, words, "replay");
	if (strcmp(run->order->command, "replay") == 0)
		shell_add_all(run->arena, words, &run->given, run->fault);
	else if (run->order->dry_run)
		add(run, words, "--dry-run");
	if (strcmp(run->order->command, "migrate") == 0 && run->order->json)
		add(run, words, "--json");
	if (line != NULL) {
		add(run, words, "--set");
		add(run, words, line);
	}
}

/* The command that goes on after a failure. */
static const char *next_command(struct run *run)
{
	const bool again = !has_archive(run);
	const char *operand = again ? run->order->operand : run->folder;
	struct texts words = { 0 };
	struct bytes line = { 0 };
	const char *copy;

	add(run, &words, "rowpipe");
	if (again) {
		add(run, &words, run->order->command);
		shell_add_all(run->arena, &words, &run->given, run->fault);
	} else {
		add_going_on(run, &words);
	}
	if (run->order->database != NULL) {
		add(run, &words, "-d");
		add(run, &words, run->order->database);
	}
	if (operand[0] == '-')
		operand = keep(run, arena_format(run->arena, "./%s", operand));
	add(run, &words, operand);
	shell_line(&line, &words);
	copy = line.failed ? NULL : arena_copy(run->arena, line.data, line.size);
	bytes_close(&line);
	return keep(run, copy);
}

/* The front has put an address that holds a password into this variable. */
static bool has_password(const struct run *run)
{
	return run->order->database != NULL &&
		strcmp(run->order->database, "env:ROWPIPE_DATABASE") == 0;
}

static void tell_next(struct run *run, const char *next)
{
	struct bytes line = { 0 };

	if (has_password(run))
		process_say("the address held a password, which is kept nowhere: put it into "
			"ROWPIPE_DATABASE");
	bytes_add_text(&line, next);
	tell(run, STDERR_FILENO, &line);
}

/* Where to look: an address with a password is not shown. */
static void tell_look(struct run *run)
{
	const char *where = run->order->database;
	struct bytes line = { 0 };

	if (has_password(run))
		return;
	bytes_add_text(&line, "look: ");
	if (where == NULL)
		bytes_format(&line, "rowpipe db psql %s", run->name);
	else if (strncmp(where, "env:", 4) == 0)
		bytes_format(&line, "psql \"$%s\"", where + 4);
	else
		bytes_format(&line, "psql %s", quoted(run, where));
	tell(run, run->people, &line);
}

static void tell_kept(struct run *run)
{
	struct bytes line = { 0 };

	bytes_add_text(&line, "counts of all tables are equal; not verified cell by cell");
	tell(run, run->people, &line);
	if (folder_file_size(inside(run, "todo.sql")) > 0)
		tell_quoted(run, "to-dos, with their reasons and SQL: ", inside(run, "todo.sql"),
			"");
	line = (struct bytes){ 0 };
	bytes_format(&line, "kept: %s, ", quoted(run, run->folder));
	describe_size(&line, folder_size(run->folder));
	bytes_format(&line, "; to free it: rm -r %s", quoted(run, run->folder));
	tell(run, run->people, &line);
	tell_look(run);
}

/* The document that pg-load has left; NULL: it did not come so far. */
static const char *read_load(struct run *run)
{
	struct fault ignored = { 0 };
	struct bytes content = { 0 };
	const char *text = NULL;

	if (descriptor_load(inside(run, "load.new"), &content, LOG_MOST, &ignored) == 0 &&
		content.size > 0)
		text = arena_copy(run->arena, content.data, content.size -
			(content.data[content.size - 1] == '\n'));
	bytes_close(&content);
	return text;
}

static void write_report(struct run *run, int status, const char *next)
{
	struct report_run report = { .command = run->order->command, .folder = run->folder,
		.source = run->source, .snapshot = run->snapshot, .written_to = run->written_to,
		.status = status, .started = run->started, .ended = time(NULL),
		.seconds = now() - run->began, .database = run->name, .next = next };
	struct bytes text = { 0 };

	report.error = status == 0 ? NULL : last_line(run, read_log(run));
	report.source_bytes = folder_file_size(run->source);
	report.archive_bytes = folder_file_size(inside(run, "archive.rows"));
	report.kept_bytes = folder_size(run->folder);
	report.load = read_load(run);
	report_run_json(&text, &report);
	folder_write(run->arena, inside(run, "report.json"), &text, run->fault);
	unlink(inside(run, "load.new"));
	if (run->order->json && !text.failed)
		descriptor_write(STDOUT_FILENO, text.data, text.size, run->fault);
	bytes_close(&text);
}

/* A source that others wrote to while it was read. */
static void look_again(struct run *run)
{
	const struct folder_state after = folder_look(run->arena, run->source);

	if (strcmp(run->order->command, "migrate") == 0)
		run->written_to = folder_changed(&run->before, &after) ||
			strstr(read_log(run), "was written to meanwhile") != NULL;
}

static void tell_written(struct run *run)
{
	struct bytes line = { 0 };

	if (!run->written_to)
		return;
	bytes_format(&line, "%s was or may have been written to after %s; those rows are not in "
		"the target: stop the application and run again", quoted(run, run->order->operand),
		run->snapshot ? "the snapshot" : "it was opened");
	tell(run, STDERR_FILENO, &line);
}

/* What is done by now is told, and what is left is short. */
static void finish_in_peace(void)
{
	signal(SIGINT, SIG_IGN);
	signal(SIGTERM, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	descriptor_stop = 0;
}

static int finish(struct run *run, int status)
{
	const int stopped = descriptor_stop;
	const char *next = NULL;

	finish_in_peace();
	status = close_database(run, status);
	keep_options(run);
	look_again(run);
	if (status == 0 && !run->order->dry_run)
		descriptor_rename(inside(run, "todo.new"), inside(run, "todo.sql"), run->fault);
	else
		unlink(inside(run, "todo.new"));
	if (status == STATUS_AGAIN && run->name != NULL)
		next = keep(run, arena_format(run->arena, "rowpipe db keep %s", run->name));
	else if (status != 0)
		next = next_command(run);
	write_report(run, status, next);
	if (status == 0 && !run->order->dry_run)
		tell_kept(run);
	if (status == 0)
		tell_written(run);
	else if (next != NULL)
		tell_next(run, next);
	descriptor_stop = stopped;
	return status;
}

/* --- migrate ---------------------------------------------------------------------------------- */

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash == NULL ? path : slash + 1;
}

/* A path that no tool takes for an option. */
static const char *as_path(struct run *run, const char *path)
{
	return path[0] == '-' ? keep(run, arena_format(run->arena, "./%s", path)) : path;
}

static int find_source(struct run *run)
{
	char real[4096]; /* PATH_MAX */

	if (access(run->order->operand, F_OK) != 0)
		return fault_set(run->fault, STATUS_SOURCE, "%s is not there",
			quoted(run, run->order->operand));
	run->source = keep(run, arena_text(run->arena, realpath(run->order->operand, real) == NULL ?
		run->order->operand : real));
	return run->fault->status;
}

/* DB.rowpipe, with room for the archive; it goes again if it is new and there is none. */
static const char *make_place(struct run *run)
{
	const char *runs = run->order->run_dir != NULL ? run->order->run_dir :
		getenv("ROWPIPE_RUNS");
	const char *name = base_name(run->order->operand);
	const uint64_t needed = folder_file_size(run->source);
	struct bytes text = { 0 };
	const char *place;
	uint64_t there;

	if (runs == NULL || *runs == '\0' || strcmp(runs, ".") == 0)
		place = as_path(run, keep(run, arena_format(run->arena, "%s.rowpipe", name)));
	else
		place = keep(run, arena_format(run->arena, "%s%s%s.rowpipe", as_path(run, runs),
			runs[strlen(runs) - 1] == '/' ? "" : "/", name));
	if (run->fault->status != 0 || folder_make(place, run->fault) != 0)
		return place;
	there = folder_free(place);
	if (run->order->no_archive || there > needed)
		return place;
	rmdir(place);
	bytes_format(&text, "%s has ", quoted(run, place));
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
	run->folder = keep(run, arena_format(run->arena, "%s/%s-%ld", place, moment,
		(long)getpid()));
	if (run->fault->status == 0 && mkdir(run->folder, 0700) != 0)
		fault_errno(run->fault, STATUS_CREATE, run->folder);
	else if (run->fault->status == 0 && symlink(run->source, inside(run, "source")) != 0)
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

	if (where == NULL || *where == '\0')
		where = "/var/tmp";
	if (run->snapshot || !folder_blocks(run->source) ||
		folder_file_size(run->source) * COPIES >= folder_free(where))
		return;
	run->snapshot = true;
	give(run, "extract", "--snapshot");
	bytes_format(&line, "snapshot: %s is copied to %s first, so that its writers need not wait",
		quoted(run, run->order->operand), quoted(run, where));
	tell(run, run->people, &line);
}

/* Nothing has run in it: it is as if it had never been. */
static int forget_folder(struct run *run)
{
	static const char *const names[] = { "source", "given.plan", "options" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]) && run->folder != NULL; i++)
		unlink(inside(run, names[i]));
	if (run->folder != NULL)
		rmdir(run->folder);
	run->folder = NULL;
	return close_database(run, run->fault->status);
}

static int migrate(struct run *run)
{
	const char *place;

	if (find_source(run) != 0)
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
		take_all(run);
	if (run->fault->status == 0)
		folder_write_words(run->arena, inside(run, "options"), &run->kept, run->fault);
	if (run->fault->status == 0) {
		tell_quoted(run, "run: ", run->folder, "");
		choose_snapshot(run);
	}
	give(run, "extract", as_path(run, run->order->operand));
	if (!run->order->no_archive)
		give(run, "archive", inside(run, "archive.rows"));
	give_files(run);
	run->before = folder_look(run->arena, run->source);
	if (run->fault->status != 0) {
		forget_folder(run);
		rmdir(place);
		return run->fault->status;
	}
	return finish(run, run_pipe(run));
}

/* --- check ------------------------------------------------------------------------------------ */

/* A server of one's own would be new, so a new one is asked, which goes again. */
static const char *make_server(struct run *run)
{
	const char *where = getenv("TMPDIR");
	char *home = arena_format(run->arena, "%s/rowpipe.XXXXXX",
		where == NULL || *where == '\0' ? "/tmp" : where);

	if (home == NULL || mkdtemp(home) == NULL) {
		fault_errno(run->fault, STATUS_CREATE, home == NULL ? "TMPDIR" : home);
		return NULL;
	}
	setenv("ROWPIPE_HOME", home, 1);
	return home;
}

static void remove_server(struct run *run, const char *home)
{
	const char *const words[] = { keep(run, arena_format(run->arena, "%s/pg-own",
		run->order->home)), "destroy", NULL };
	struct child child = { .words = words };
	struct fault ignored = { 0 };

	child_run(&child, &ignored);
	rmdir(home);
}

static int check(struct run *run)
{
	const char *home = NULL;
	int status;

	if (find_source(run) != 0)
		return run->fault->status;
	if (run->order->database == NULL)
		home = make_server(run);
	give(run, "mode", "check");
	take_all(run);
	give(run, "extract", as_path(run, run->order->operand));
	if (run->fault->status == 0 && open_database(run) == 0) {
		give(run, "load", "--dbname");
		give(run, "load", run->database);
	}
	status = run->fault->status == 0 ? run_pipe(run) : run->fault->status;
	status = close_database(run, status);
	if (home != NULL)
		remove_server(run, home);
	return status;
}

/* --- replay ----------------------------------------------------------------------------------- */

/* The run that was named, and the source that it is of. */
static int find_run(struct run *run)
{
	const char *given = as_path(run, run->order->operand);
	size_t size = strlen(given);
	char real[4096]; /* PATH_MAX */
	ssize_t length;

	while (size > 1 && given[size - 1] == '/')
		size--;
	run->folder = keep(run, arena_copy(run->arena, given, size));
	if (run->fault->status != 0 || !has_archive(run))
		return fault_set(run->fault, STATUS_SOURCE, "%s holds no archive.rows: it is no "
			"run, or was made with --no-archive", quoted(run, run->folder));
	length = readlink(inside(run, "source"), real, sizeof(real) - 1);
	if (length > 0)
		real[length] = '\0';
	else if (realpath(run->folder, real) == NULL)
		return fault_errno(run->fault, STATUS_SOURCE, run->folder);
	run->source = keep(run, arena_text(run->arena, real));
	return run->fault->status;
}

/*
 * A plan that was edited decides; else the options that the run was given, so that its stream is
 * the same again.
 */
static void take_kept(struct run *run)
{
	struct texts pairs = { 0 };

	if (folder_newer(inside(run, "plan"), inside(run, "options"))) {
		take(run, "use-plan", inside(run, "plan"));
		return;
	}
	folder_read_words(run->arena, inside(run, "options"), &pairs, run->fault);
	for (size_t i = 0; i + 1 < pairs.count && run->fault->status == 0; i += 2)
		take(run, pairs.items[i], strcmp(pairs.items[i], "use-plan") == 0 ?
			inside(run, "given.plan") : pairs.items[i + 1]);
}

static int replay(struct run *run)
{
	if (find_run(run) != 0)
		return run->fault->status;
	run->fresh = access(inside(run, "plan"), F_OK) != 0;
	take_kept(run);
	if (run->fault->status == 0)
		take_all(run);
	if (run->fault->status != 0 || open_database(run) != 0)
		return run->fault->status;
	give(run, "replay", inside(run, "archive.rows"));
	give_files(run);
	if (run->fault->status != 0)
		return close_database(run, run->fault->status);
	return finish(run, run_pipe(run));
}

/* What pg-own has said need not be said again; what is temporary may be tried again. */
static int tell_fault(struct run *run, int status)
{
	const int stopped = descriptor_stop;

	descriptor_stop = 0;
	if (run->fault->status != 0 && run->fault->status != STATUS_PIPE &&
		*run->fault->text != '\0')
		process_say("%s", run->fault->text);
	if (run->fault->status == STATUS_AGAIN && run->folder == NULL && !run->order->check)
		tell_next(run, next_command(run));
	descriptor_stop = stopped;
	if (stopped != 0 && status == STATUS_AGAIN)
		return 128 + stopped;
	return status != 0 ? status : run->fault->status;
}

int run_all(struct arena *arena, const struct run_order *order)
{
	struct fault fault = { 0 };
	struct run run = { .arena = arena, .order = order, .fault = &fault,
		.people = order->json ? STDERR_FILENO : STDOUT_FILENO, .started = time(NULL),
		.began = now() };
	int status;

	umask(077);
	begin_words(&run);
	if (order->check)
		status = check(&run);
	else
		status = strcmp(order->command, "migrate") == 0 ? migrate(&run) : replay(&run);
	return tell_fault(&run, status);
}
