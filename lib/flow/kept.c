#include "flow/kept.h"

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/descriptor.h"
#include "flow/folder.h"
#include "flow/shell.h"

enum { REPORT_MOST = 64 << 20, BLOCK = 512 };

/* --- a report --------------------------------------------------------------------------------- */

/*
 * The value of the first member of this name.  In a string every quote has a backslash before it,
 * so that the name with its quotes and colon is found nowhere but where it is one.
 */
static const char *member(const char *report, const char *name)
{
	const char *at = strstr(report, name);

	return at == NULL ? NULL : at + strlen(name);
}

/* A text of ours, which needs no escapes. */
static const char *text_member(struct arena *arena, const char *report, const char *name)
{
	const char *at = member(report, name);

	return at == NULL || *at != '"' ? NULL : arena_copy(arena, at + 1, strcspn(at + 1, "\""));
}

static uint64_t sum_rows(const char *report)
{
	const char *end = strstr(report, "\"verification\":");
	uint64_t rows = 0;

	while ((report = member(report, "\"loaded\":")) != NULL && (end == NULL || report < end))
		rows += strtoull(report, NULL, 10);
	return rows;
}

static void read_report(struct arena *arena, struct kept *kept, const char *path)
{
	struct fault ignored = { 0 };
	struct bytes content = { 0 };

	if (descriptor_load(path, &content, REPORT_MOST, &ignored) == 0) {
		bytes_add_byte(&content, '\0');
		if (!content.failed) {
			const char *report = (const char *)content.data;

			kept->verdict = text_member(arena, report, "\"verdict\":");
			kept->started = text_member(arena, report, "\"started\":");
			kept->rows = sum_rows(report);
		}
	}
	bytes_close(&content);
}

/* --- a folder --------------------------------------------------------------------------------- */

static const char *inside(struct arena *arena, const char *folder, const char *name)
{
	return arena_format(arena, "%s/%s", folder, name);
}

static bool is_there(const char *path)
{
	return path != NULL && access(path, F_OK) == 0;
}

/* The process that made the folder stands at the end of its name. */
static bool is_running(const char *name)
{
	const char *dash = strrchr(name, '-');
	const long process = dash == NULL ? 0 : strtol(dash + 1, NULL, 10);

	return process > 0 && (kill((pid_t)process, 0) == 0 || errno == EPERM);
}

/* Until its report says so, the name tells when it began. */
static const char *begun(struct arena *arena, const char *name)
{
	if (strspn(name, "0123456789") != 8 || name[8] != '-' ||
		strspn(name + 9, "0123456789") != 6)
		return NULL;
	return arena_format(arena, "%.4s-%.2s-%.2sT%.2s:%.2s:%.2sZ", name, name + 4, name + 6,
		name + 9, name + 11, name + 13);
}

static const char *read_link(struct arena *arena, const char *path)
{
	char target[4096]; /* PATH_MAX */
	const ssize_t size = readlink(path, target, sizeof(target));

	return size <= 0 ? NULL : arena_copy(arena, target, (size_t)size);
}

static const char *last_part(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash == NULL ? path : slash + 1;
}

bool kept_look(struct arena *arena, const char *path, struct kept *kept, struct fault *fault)
{
	char real[4096]; /* PATH_MAX */
	size_t size = strlen(path);
	const char *source;

	while (size > 1 && path[size - 1] == '/')
		size--;
	*kept = (struct kept){ .folder = arena_copy(arena, path, size) };
	if (kept->folder == NULL || realpath(kept->folder, real) == NULL)
		return false;
	kept->real = arena_text(arena, real);
	source = inside(arena, kept->folder, "source");
	if (kept->real == NULL || source == NULL) {
		fault_memory(fault);
		return false;
	}
	kept->name = last_part(kept->real);
	kept->source = read_link(arena, source);
	if (kept->source == NULL && !is_there(inside(arena, kept->folder, "options")))
		return false;
	read_report(arena, kept, inside(arena, kept->folder, "report.json"));
	if (kept->verdict == NULL)
		kept->verdict = is_running(kept->name) ? "running" : "lost";
	if (kept->started == NULL)
		kept->started = begun(arena, kept->name);
	kept->bytes = folder_size(kept->folder);
	kept->archive = is_there(inside(arena, kept->folder, "archive.rows"));
	return true;
}

/* --- all of them ------------------------------------------------------------------------------ */

static int by_time(const void *a, const void *b)
{
	const struct kept *left = a, *right = b;

	return strcmp(right->name, left->name);
}

/* The names in a folder that end like this, below it; none where it cannot be read. */
static int list_names(struct arena *arena, const char *path, const char *end, struct texts *names,
	struct fault *fault)
{
	DIR *folder = opendir(path);
	const struct dirent *entry;

	while (folder != NULL && fault->status == 0 && (entry = readdir(folder)) != NULL) {
		const size_t size = strlen(entry->d_name);

		if (entry->d_name[0] == '.' || size < strlen(end) ||
			strcmp(entry->d_name + size - strlen(end), end) != 0)
			continue;
		shell_add(arena, names, strcmp(path, ".") == 0 ?
			arena_text(arena, entry->d_name) : inside(arena, path, entry->d_name),
			fault);
	}
	if (folder != NULL)
		closedir(folder);
	return fault->status;
}

int kept_list(struct arena *arena, const char *place, struct kept **items, size_t *count,
	struct fault *fault)
{
	struct texts places = { 0 }, folders = { 0 };

	*count = 0;
	list_names(arena, place, ".rowpipe", &places, fault);
	for (size_t i = 0; i < places.count && fault->status == 0; i++)
		list_names(arena, places.items[i], "", &folders, fault);
	*items = arena_array(arena, folders.count + 1, sizeof(**items));
	if (*items == NULL)
		return fault_memory(fault);
	for (size_t i = 0; i < folders.count && fault->status == 0; i++)
		*count += kept_look(arena, folders.items[i], &(*items)[*count], fault);
	qsort(*items, *count, sizeof(**items), by_time);
	return fault->status;
}

/* --- freeing ---------------------------------------------------------------------------------- */

/* archive.rows, and what was to become one. */
static bool is_archive(const char *name)
{
	return strcmp(name, "archive.rows") == 0 ||
		strncmp(name, ".archive.rows.partial-", 22) == 0;
}

static int remove_file(const char *path, uint64_t *freed, struct fault *fault)
{
	struct stat facts;

	if (path == NULL)
		return fault_memory(fault);
	if (lstat(path, &facts) != 0 || unlink(path) != 0)
		return fault_errno(fault, STATUS_CREATE, path);
	*freed += (uint64_t)facts.st_blocks * BLOCK;
	return 0;
}

int kept_free(struct arena *arena, const struct kept *kept, uint64_t *freed, struct fault *fault)
{
	DIR *folder = opendir(kept->folder);
	const struct dirent *entry;

	if (folder == NULL)
		return fault_errno(fault, STATUS_CREATE, kept->folder);
	while (fault->status == 0 && (entry = readdir(folder)) != NULL)
		if (is_archive(entry->d_name))
			remove_file(inside(arena, kept->folder, entry->d_name), freed, fault);
	closedir(folder);
	return fault->status;
}
