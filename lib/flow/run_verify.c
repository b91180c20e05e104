/*
 * The proof at the end of a run, and `rowpipe verify`: source or archive again, through the same
 * types and names, against what the database holds now.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/descriptor.h"
#include "flow/own.h"
#include "flow/process.h"
#include "flow/run.h"
#include "flow/running.h"

/* --- at the end of a run ---------------------------------------------------------------------- */

static bool is_for(const char *tool, bool archive)
{
	return strcmp(tool, "retype") == 0 || strcmp(tool, "rename") == 0 ||
		(strcmp(tool, "extract") == 0 && !archive);
}

/* The rows, and again what they were before they were typed, so that nobody is believed. */
static void give_archived(struct run *run, const char *path)
{
	run_give(run, "replay", path);
	run_give(run, "verify", "--source");
	run_give(run, "verify", path);
}

/* What the tools of the load were told, but for files that they were to leave. */
static void give_again(struct run *run, const struct texts *told)
{
	const bool archive = run_has_archive(run);

	for (size_t i = 2; i + 1 < told->count; i += 2) {
		if (!is_for(told->items[i], archive))
			continue;
		if (strcmp(told->items[i + 1], "--save-plan") == 0)
			i += 2;
		else
			run_give(run, told->items[i], told->items[i + 1]);
	}
	if (archive)
		give_archived(run, run_inside(run, "archive.rows"));
}

int run_prove(struct run *run)
{
	const struct texts told = run->words;

	run->words = (struct texts){ 0 };
	run_begin_words(run, "verify");
	give_again(run, &told);
	unlink(run_inside(run, "verify.new"));
	run_give(run, "verify", "--dbname");
	run_give(run, "verify", run->database);
	run_give(run, "verify", "--report");
	run_give(run, "verify", run_inside(run, "verify.new"));
	run_enter(run, "verify");
	return run_pipe(run);
}

/* --- rowpipe verify --------------------------------------------------------------------------- */

static bool is_sqlite(const char *path)
{
	static const char magic[] = "SQLite format 3";
	char head[sizeof(magic)] = "";
	struct fault ignored = { 0 };
	size_t got = 0;
	int fd = -1;

	if (descriptor_open(path, &fd, &ignored) != 0)
		return false;
	descriptor_read_full(fd, head, sizeof(head), &got, &ignored);
	descriptor_close(fd, path, &ignored);
	return got == sizeof(head) && memcmp(head, magic, sizeof(magic)) == 0;
}

/* A run's archive is as good as the run, whose plan it then has. */
static const char *folder_of(struct run *run, const char *path)
{
	static const char name[] = "archive.rows";
	const size_t size = strlen(path), most = sizeof(name) - 1;
	const char *folder;

	if (size < most || strcmp(path + size - most, name) != 0 ||
		(size > most && path[size - most - 1] != '/'))
		return NULL;
	folder = size == most ? "." : run_keep(run, arena_copy(run->arena, path, size - most));
	return access(run_keep(run, arena_format(run->arena, "%s/options", folder)), F_OK) == 0 ?
		folder : NULL;
}

static void give_source(struct run *run)
{
	const char *newest;

	if (run_find_source(run) != 0)
		return;
	newest = folder_newest(run->arena, run_place(run));
	if (newest != NULL) {
		run->folder = newest;
		run_take_kept(run);
		run_tell_quoted(run, "types and names are those of ", newest);
	}
	run_give(run, "extract", run_as_path(run, run->order->operand));
}

static void give_archive(struct run *run)
{
	const char *path = run_as_path(run, run->order->operand);

	if (access(path, R_OK) != 0) {
		fault_errno(run->fault, STATUS_SOURCE, path);
		return;
	}
	if (run->order->address == NULL)
		fault_set(run->fault, STATUS_USAGE, "an archive of its own does not say which "
			"database it went to: -d does");
	give_archived(run, path);
}

static void give_run(struct run *run, const char *folder)
{
	if (run_find_run(run, folder) != 0)
		return;
	run_take_kept(run);
	give_archived(run, run_inside(run, "archive.rows"));
}

/* The server of one's own holds one database for each source. */
void run_find_database(struct run *run)
{
	const char *words[] = { run_keep(run, arena_format(run->arena, "%s/pg-own",
		run->order->home)), "url", "--", run->source, NULL };
	struct child child = { .words = words, .standard = { -1, -1, STDERR_FILENO } };
	struct bytes said = { 0 };
	int status;

	run->database = run->order->address;
	if (run->database != NULL || run->fault->status != 0)
		return;
	run_tell_unused();
	own_forget_environment();
	status = child_read(&child, &said, 4096, run->fault);
	while (said.size > 0 && said.data[said.size - 1] == '\n')
		said.size--;
	if (status != 0 || said.size == 0)
		fault_set(run->fault, status == 0 ? STATUS_SOURCE : status, "there is no database "
			"of %s in the server of your own: rowpipe migrate makes it, -d names "
			"another", run_quoted(run, run->source));
	else
		run->database = run_keep(run, arena_copy(run->arena, said.data, said.size));
	bytes_close(&said);
}

int run_verify(struct run *run)
{
	const char *path = run->order->operand, *folder = folder_of(run, path);
	struct stat facts;

	if (folder != NULL || (stat(path, &facts) == 0 && S_ISDIR(facts.st_mode)))
		give_run(run, folder != NULL ? folder : path);
	else if (is_sqlite(path))
		give_source(run);
	else
		give_archive(run);
	if (run->folder != NULL)
		run->like = run_inside(run, "target.rows");
	/* The run itself is only read. */
	run->folder = NULL;
	if (run->fault->status == 0)
		run_take_all(run);
	run_give_like(run, false);
	run_find_database(run);
	run_give(run, "verify", "--dbname");
	run_give(run, "verify", run->database);
	return run->fault->status == 0 ? run_pipe(run) : run->fault->status;
}
