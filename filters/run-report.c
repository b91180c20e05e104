/*
 * run-report: what a run has done, from the report.json that it has left.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/descriptor.h"
#include "base/print.h"
#include "flow/folder.h"
#include "flow/page.h"
#include "flow/past.h"
#include "flow/process.h"

enum { REPORT_MOST = 40 << 20 };

static const char *html;
static bool json;

static const struct option options[] = {
	{ "html", 0, OPTION_MAYBE, "FILE",
		"write it as a page for a browser, whole in itself: to FILE, or to report.html of "
		"the run, and print where; - is standard output", &html, false, 0, 0 },
	{ "json", 0, OPTION_FLAG, NULL, "print the document itself: report(5)", &json, false, 0,
		0 },
};

static const char *const examples[] = {
	"rowpipe report app.db",
	"rowpipe report app.db.rowpipe/RUN --html",
	"rowpipe report app.db --json | jq -r '.load.tables[].table'",
	NULL
};

static const struct tool tool = {
	.name = "run-report",
	.brief = "Shows what a run has done: its tables, verdict, to-dos and differences. "
		"`rowpipe report` is the same as run-report.",
	.operands = "RUN",
	.operands_least = 1,
	.operands_most = 1,
	.options = options,
	.option_count = sizeof(options) / sizeof(options[0]),
	.about = "RUN is the folder of a run, or the database that was migrated: of that it is the "
		"last run below this folder, or below $ROWPIPE_RUNS.\n\n"
		"The page needs no script and no other file, and may be sent to others: it holds "
		"names, numbers and SQL of definitions, but no value of any row.\n\n"
		"Exit status 0: it was shown, whatever the run has come to. 65: its report is "
		"damaged, or of a newer rowpipe. 66: there is none.",
	.examples = examples,
};

struct reporting {
	struct arena arena;
	struct fault fault;
	const char *folder; /* of the run */
	const char *path;   /* of its report */
	struct bytes document;
	struct past_run run;
};

/* --- the run ---------------------------------------------------------------------------------- */

static const char *visible(struct reporting *reporting, const char *text)
{
	struct bytes shown = { 0 };
	const char *copy;

	print_visible(&shown, text, strlen(text));
	copy = bytes_settle(&shown, &reporting->arena);
	return copy == NULL ? "" : copy;
}

static bool is_folder(const char *path)
{
	struct stat facts;

	return stat(path, &facts) == 0 && S_ISDIR(facts.st_mode);
}

static const char *trimmed(struct reporting *reporting, const char *path)
{
	size_t size = strlen(path);

	while (size > 1 && path[size - 1] == '/')
		size--;
	return arena_copy(&reporting->arena, path, size);
}

/* A folder is a run; of anything else it is the last one that has its name. */
static void find_folder(struct reporting *reporting, const char *operand)
{
	const char *place;

	reporting->folder = is_folder(operand) ? trimmed(reporting, operand) : NULL;
	if (reporting->folder != NULL)
		return;
	place = folder_place(&reporting->arena, getenv("ROWPIPE_RUNS"), operand);
	reporting->folder = place == NULL ? NULL : folder_newest(&reporting->arena, place);
	if (reporting->folder == NULL)
		fault_set(&reporting->fault, STATUS_SOURCE, "%s is no folder of a run, and there "
			"is no run in %s", operand, place == NULL ? "" : place);
}

static void read_report(struct reporting *reporting)
{
	struct fault fault = { 0 };

	reporting->path = arena_format(&reporting->arena, "%s/report.json", reporting->folder);
	if (reporting->path == NULL) {
		fault_memory(&reporting->fault);
		return;
	}
	if (access(reporting->path, F_OK) != 0) {
		fault_set(&reporting->fault, STATUS_SOURCE, "%s is not there: this is no run, or "
			"one that has not ended, or that was killed", reporting->path);
		return;
	}
	if (descriptor_load(reporting->path, &reporting->document, REPORT_MOST,
		&reporting->fault) != 0)
		return;
	if (past_read(&reporting->arena, reporting->document.data, reporting->document.size,
		&reporting->run, &fault) != 0)
		fault_set(&reporting->fault, fault.status, "%s: %s", reporting->path, fault.text);
}

/* --- what is shown ---------------------------------------------------------------------------- */

/* A page that was made before is made anew; no other file is written over. */
static void refuse_other(struct reporting *reporting, const char *path)
{
	static const char mark[] = "<!DOCTYPE html>";
	char head[sizeof(mark) - 1] = "";
	size_t got = 0;
	int fd;

	if (access(path, F_OK) != 0)
		return;
	if (descriptor_open(path, &fd, &reporting->fault) != 0)
		return;
	descriptor_read_full(fd, head, sizeof(head), &got, &reporting->fault);
	descriptor_close(fd, path, &reporting->fault);
	if (got != sizeof(head) || memcmp(head, mark, sizeof(head)) != 0)
		fault_set(&reporting->fault, STATUS_CREATE, "%s is there, and is no page: it is "
			"not written over", path);
}

static void write_page(struct reporting *reporting, const struct bytes *page)
{
	const char *path = *html != '\0' ? html :
		arena_format(&reporting->arena, "%s/report.html", reporting->folder);
	struct bytes line = { 0 };

	if (path == NULL) {
		fault_memory(&reporting->fault);
		return;
	}
	refuse_other(reporting, path);
	if (reporting->fault.status == 0)
		folder_write(&reporting->arena, path, page, &reporting->fault);
	bytes_format(&line, "%s\n", visible(reporting, path));
	if (reporting->fault.status == 0)
		process_print_all(&line, &reporting->fault);
	bytes_close(&line);
}

static void show(struct reporting *reporting)
{
	char real[4096]; /* PATH_MAX */
	const char *folder = realpath(reporting->folder, real) != NULL ? real : reporting->folder;
	struct bytes text = { 0 };

	if (html != NULL)
		page_print(&text, &reporting->run, folder);
	else if (json)
		bytes_add(&text, reporting->document.data, reporting->document.size);
	else
		past_print(&text, &reporting->run, reporting->folder);
	if (text.failed)
		fault_memory(&reporting->fault);
	else if (html != NULL && strcmp(html, "-") != 0)
		write_page(reporting, &text);
	else
		process_print_all(&text, &reporting->fault);
	bytes_close(&text);
}

int main(int argc, char **argv)
{
	static struct reporting reporting; /* for as long as the process is */
	struct texts operands = { 0 };

	process_begin(&tool, &reporting.arena, argc, argv, &operands, &reporting.fault);
	umask(077);
	if (reporting.fault.status == 0 && html != NULL && json)
		fault_set(&reporting.fault, STATUS_USAGE, "--html and --json are two documents: "
			"ask for one of them");
	if (reporting.fault.status == 0)
		find_folder(&reporting, operands.items[0]);
	if (reporting.fault.status == 0)
		read_report(&reporting);
	if (reporting.fault.status == 0)
		show(&reporting);
	bytes_close(&reporting.document);
	process_close_output(&reporting.fault);
	return process_end(&reporting.fault, false);
}
