#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/descriptor.h"
#include "flow/process.h"
#include "flow/report.h"
#include "flow/running.h"
#include "flow/shell.h"
#include "row/describe.h"

enum { LOG_MOST = 64 << 20 };

/* It takes the place of the one before when all is well, and goes when it is not. */
int run_close_database(struct run *run, int status)
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

/* The plan is what the options have given: it is as old as they are, until it is edited. */
static void keep_options(struct run *run)
{
	if (!run->fresh || folder_write_words(run->arena, run_inside(run, "options"), &run->kept,
		run->fault) != 0)
		return;
	folder_same_time(run_inside(run, "plan"), run_inside(run, "options"));
}

/* What this run has added to the log. */
static const char *read_log(struct run *run)
{
	struct fault ignored = { 0 };
	struct bytes content = { 0 };
	const char *text = "";

	if (descriptor_load(run_inside(run, "log"), &content, LOG_MOST, &ignored) == 0 &&
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
			line = run_keep(run, arena_copy(run->arena, text, size));
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
	return found == NULL ? NULL : run_keep(run, arena_copy(run->arena, found,
		strcspn(found, "\n")));
}

bool run_has_archive(struct run *run)
{
	return run->folder != NULL && access(run_inside(run, "archive.rows"), F_OK) == 0;
}

/* Of migrate only what is not in the run's options. */
static void add_going_on(struct run *run, struct texts *words)
{
	const char *line = find_line(run);

	run_add(run, words, "replay");
	if (strcmp(run->order->command, "replay") == 0)
		shell_add_all(run->arena, words, &run->given, run->fault);
	else if (run->order->dry_run)
		run_add(run, words, "--dry-run");
	if (strcmp(run->order->command, "migrate") == 0 && run->order->json)
		run_add(run, words, "--json");
	if (line != NULL) {
		run_add(run, words, "--set");
		run_add(run, words, line);
	}
}

/* The command that goes on after a failure. */
const char *run_next_command(struct run *run)
{
	const bool again = !run_has_archive(run);
	const char *operand = again ? run->order->operand : run->folder;
	struct texts words = { 0 };
	struct bytes line = { 0 };

	run_add(run, &words, "rowpipe");
	if (again) {
		run_add(run, &words, run->order->command);
		shell_add_all(run->arena, &words, &run->given, run->fault);
	} else {
		add_going_on(run, &words);
	}
	run_add_database(run, &words);
	if (operand[0] == '-')
		operand = run_keep(run, arena_format(run->arena, "./%s", operand));
	run_add(run, &words, operand);
	shell_line(&line, &words);
	return run_keep(run, bytes_settle(&line, run->arena));
}

/* The front has put an address that holds a password into this variable. */
static bool has_password(const struct run *run)
{
	return run->order->database != NULL &&
		strcmp(run->order->database, "env:ROWPIPE_DATABASE") == 0;
}

void run_tell_next(struct run *run, const char *next)
{
	struct bytes line = { 0 };

	if (has_password(run))
		process_say("the address held a password, which is kept nowhere: put it into "
			"ROWPIPE_DATABASE");
	bytes_add_text(&line, next);
	run_tell(run, STDERR_FILENO, &line);
}

/* Where to look: an address with a password is not shown. */
static void tell_look(struct run *run)
{
	const char *where = run->order->database;
	struct bytes line = { 0 };

	if (has_password(run))
		return;
	bytes_add_text(&line, "look: ");
	if (run->order->look != NULL)
		bytes_format(&line, "psql %s", run_quoted(run, run->order->look));
	else if (where == NULL)
		bytes_format(&line, "rowpipe db psql %s", run->name);
	else if (strncmp(where, "env:", 4) == 0)
		bytes_format(&line, "psql \"$%s\"", where + 4);
	else
		bytes_format(&line, "psql %s", run_quoted(run, where));
	run_tell(run, run->people, &line);
}

static void tell_kept(struct run *run)
{
	const char *todo = run_inside(run, "todo.sql");
	struct bytes line = { 0 };

	if (folder_file_size(todo) > 0)
		run_tell_quoted(run, "to-dos, with their reasons and SQL: ", todo);
	run_tell_quoted(run, "report: rowpipe report --html ", run->folder);
	bytes_format(&line, "kept: %s, ", run_quoted(run, run->folder));
	describe_size(&line, folder_size(run->folder));
	/* What is left behind forgetting is small, and tells what the run was. */
	bytes_add_text(&line, run_has_archive(run) ? "; to free its archive: rowpipe forget " :
		"; to free it: rm -r ");
	bytes_add_text(&line, run_quoted(run, run_as_path(run, run->folder)));
	run_tell(run, run->people, &line);
	tell_look(run);
}

/* Each to-do has an empty line behind it. */
static uint64_t count_todos(struct run *run)
{
	struct fault ignored = { 0 };
	struct bytes content = { 0 };
	uint64_t count = 0;

	if (descriptor_load(run_inside(run, "todo.sql"), &content, LOG_MOST, &ignored) == 0)
		for (size_t i = 1; i < content.size; i++)
			count += content.data[i] == '\n' && content.data[i - 1] == '\n';
	bytes_close(&content);
	return count;
}

/* The last line of all: what is proved, and what is left to be done. */
static void tell_verdict(struct run *run, int status)
{
	const uint64_t todos = count_todos(run);
	struct bytes line = { 0 };

	bytes_add_text(&line, status != 0 ? "loaded, different" :
		run->order->no_verify ? "loaded, not verified" : "equal");
	if (todos == 0) {
		bytes_add_text(&line, "; no to-dos");
	} else {
		bytes_add_text(&line, "; ");
		describe_count(&line, todos, "to-do");
		bytes_format(&line, " in %s", run_quoted(run, run_inside(run, "todo.sql")));
	}
	run_tell(run, run->people, &line);
}

/* The document that a tool has left; NULL: it did not come so far. */
static const char *read_document(struct run *run, const char *name)
{
	struct fault ignored = { 0 };
	struct bytes content = { 0 };
	const char *text = NULL;

	if (descriptor_load(run_inside(run, name), &content, LOG_MOST, &ignored) == 0 &&
		content.size > 0)
		text = arena_copy(run->arena, content.data, content.size -
			(content.data[content.size - 1] == '\n'));
	bytes_close(&content);
	return text;
}

/* What is to be done was told when it was loaded. */
static bool was_complete(struct run *run)
{
	const char *load = read_document(run, "load.new");

	return load != NULL && strstr(load, "\"verdict\":\"already complete\"") != NULL &&
		access(run_inside(run, "todo.sql"), F_OK) == 0;
}

static void write_report(struct run *run, int status, const char *next)
{
	struct report_run report = { .command = run->order->command, .folder = run->folder,
		.source = run->source, .snapshot = run->snapshot, .written_to = run->written_to,
		.status = status, .started = run->started, .ended = time(NULL),
		.seconds = run_now() - run->began, .database = run->name, .next = next };
	struct bytes text = { 0 };

	report_enter(&run->parts, NULL, report.seconds);
	report.parts = run->parts;
	report.error = status == 0 ? NULL : last_line(run, read_log(run));
	report.source_bytes = folder_file_size(run->source);
	report.archive_bytes = folder_file_size(run_inside(run, "archive.rows"));
	report.kept_bytes = folder_size(run->folder);
	report.load = read_document(run, "load.new");
	report.verification = read_document(run, "verify.new");
	report_run_json(&text, &report);
	folder_write(run->arena, run_inside(run, "report.json"), &text, run->fault);
	unlink(run_inside(run, "load.new"));
	unlink(run_inside(run, "verify.new"));
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
		"the target: stop the application and run again",
		run_quoted(run, run->order->operand),
		run->snapshot ? "the snapshot" : "it was opened");
	run_tell(run, STDERR_FILENO, &line);
}

/* What is done by now is told, and what is left is short. */
static void finish_in_peace(void)
{
	signal(SIGINT, SIG_IGN);
	signal(SIGTERM, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	descriptor_stop = 0;
}

/* A load that cannot be proved, or is proved to be wrong, is there all the same. */
static const char *verify_command(struct run *run)
{
	const char *operand = run_has_archive(run) ? run->folder : run->order->operand;
	struct texts words = { 0 };
	struct bytes line = { 0 };

	run_add(run, &words, "rowpipe");
	run_add(run, &words, "verify");
	run_add_database(run, &words);
	run_add(run, &words, run_as_path(run, operand));
	shell_line(&line, &words);
	return run_keep(run, bytes_settle(&line, run->arena));
}

int run_finish(struct run *run, int status)
{
	const bool proves = status == 0 && !run->order->dry_run && !run->order->no_verify;
	const int proof = proves ? run_prove(run) : 0;
	const int stopped = descriptor_stop;
	const char *next = NULL;
	int load;

	finish_in_peace();
	run_enter(run, "end");
	load = run_close_database(run, status);
	keep_options(run);
	look_again(run);
	if (load == 0 && !run->order->dry_run && !was_complete(run))
		descriptor_rename(run_inside(run, "todo.new"), run_inside(run, "todo.sql"),
			run->fault);
	else
		unlink(run_inside(run, "todo.new"));
	status = load != 0 ? load : proof;
	if (load == STATUS_AGAIN && run->name != NULL)
		next = run_keep(run, arena_format(run->arena, "rowpipe db keep %s", run->name));
	else if (load != 0)
		next = run_next_command(run);
	else if (proof != 0)
		next = verify_command(run);
	write_report(run, status, next);
	if (load == 0 && !run->order->dry_run)
		tell_kept(run);
	if (load == 0)
		tell_written(run);
	if (status <= STATUS_NO && !run->order->dry_run)
		tell_verdict(run, status);
	if (next != NULL)
		run_tell_next(run, next);
	descriptor_stop = stopped;
	return status;
}
