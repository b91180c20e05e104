#include "flow/folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/descriptor.h"
#include "flow/shell.h"

enum { WORDS_MOST = 1 << 20, BLOCK = 512 };

int folder_make(const char *path, struct fault *fault)
{
	char part[4096];
	size_t size = strlen(path);

	if (size >= sizeof(part))
		return fault_set(fault, STATUS_CREATE, "%.200s…: the name is too long", path);
	for (size_t i = 1; i <= size; i++) {
		if (path[i] != '/' && path[i] != '\0')
			continue;
		memcpy(part, path, i);
		part[i] = '\0';
		if (mkdir(part, 0700) != 0 && errno != EEXIST)
			return fault_errno(fault, STATUS_CREATE, part);
	}
	return 0;
}

uint64_t folder_free(const char *path)
{
	struct statvfs facts;

	return statvfs(path, &facts) == 0 ? (uint64_t)facts.f_bavail * facts.f_frsize : UINT64_MAX;
}

uint64_t folder_size(const char *path)
{
	DIR *folder = opendir(path);
	const struct dirent *entry;
	uint64_t sum = 0;

	while (folder != NULL && (entry = readdir(folder)) != NULL) {
		struct stat facts;

		if (fstatat(dirfd(folder), entry->d_name, &facts, AT_SYMLINK_NOFOLLOW) == 0)
			sum += (uint64_t)facts.st_blocks * BLOCK;
	}
	if (folder != NULL)
		closedir(folder);
	return sum;
}

uint64_t folder_file_size(const char *path)
{
	struct stat facts;

	return stat(path, &facts) == 0 ? (uint64_t)facts.st_size : 0;
}

int folder_write(struct arena *arena, const char *path, const struct bytes *content,
	struct fault *fault)
{
	const char *fresh = arena_format(arena, "%s.new", path);
	struct descriptor_file file;

	if (fresh == NULL || content->failed)
		return fault_memory(fault);
	unlink(fresh);
	if (descriptor_create(&file, fresh, fault) != 0)
		return fault->status;
	if (descriptor_write(file.fd, content->data, content->size, fault) == 0)
		descriptor_publish(&file, fault);
	descriptor_abandon(&file);
	return fault->status != 0 ? fault->status : descriptor_rename(fresh, path, fault);
}

int folder_write_words(struct arena *arena, const char *path, const struct texts *words,
	struct fault *fault)
{
	struct bytes content = { 0 };

	for (size_t i = 0; i < words->count; i++)
		bytes_add(&content, words->items[i], strlen(words->items[i]) + 1);
	folder_write(arena, path, &content, fault);
	bytes_close(&content);
	return fault->status;
}

int folder_read_words(struct arena *arena, const char *path, struct texts *words,
	struct fault *fault)
{
	struct bytes content = { 0 };
	const char *all = NULL;
	size_t size = 0;

	if (descriptor_load(path, &content, WORDS_MOST, fault) == 0) {
		size = content.size;
		all = arena_copy(arena, content.data, size);
	}
	bytes_close(&content);
	if (fault->status == 0 && all == NULL)
		fault_memory(fault);
	for (size_t at = 0; at < size && fault->status == 0; at += strlen(all + at) + 1)
		shell_add(arena, words, all + at, fault);
	return fault->status;
}

bool folder_newer(const char *path, const char *than)
{
	struct stat a, b;

	if (stat(path, &a) != 0)
		return false;
	if (stat(than, &b) != 0)
		return true;
	return a.st_mtim.tv_sec > b.st_mtim.tv_sec || (a.st_mtim.tv_sec == b.st_mtim.tv_sec &&
		a.st_mtim.tv_nsec > b.st_mtim.tv_nsec);
}

void folder_same_time(const char *path, const char *to)
{
	struct stat facts;

	if (stat(path, &facts) == 0)
		utimensat(AT_FDCWD, to, (struct timespec[2]){ facts.st_mtim, facts.st_mtim }, 0);
}

struct folder_state folder_look(struct arena *arena, const char *source)
{
	const char *log = arena_format(arena, "%s-wal", source);
	struct folder_state state = { 0 };
	struct stat facts;

	if (stat(source, &facts) == 0) {
		state.size = facts.st_size;
		state.time = facts.st_mtim;
	}
	if (log != NULL && stat(log, &facts) == 0 && facts.st_size > 0) {
		state.log_size = facts.st_size;
		state.log_time = facts.st_mtim;
	}
	return state;
}

static bool same_time(struct timespec a, struct timespec b)
{
	return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
}

bool folder_changed(const struct folder_state *a, const struct folder_state *b)
{
	return a->size != b->size || a->log_size != b->log_size || !same_time(a->time, b->time) ||
		!same_time(a->log_time, b->log_time);
}

bool folder_blocks(const char *source)
{
	enum { WRITE_VERSION = 18 }; /* in the file's header: 1, or 2 for a WAL */
	struct fault ignored = { 0 };
	uint8_t version = 0;
	size_t got = 0;
	int fd;

	if (descriptor_open(source, &fd, &ignored) != 0)
		return false;
	descriptor_read_at(fd, WRITE_VERSION, &version, 1, &got, &ignored);
	descriptor_close(fd, source, &ignored);
	return got == 1 && version == 1;
}

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash == NULL ? path : slash + 1;
}

/* No tool takes it for an option. */
const char *folder_place(struct arena *arena, const char *runs, const char *database)
{
	const char *name = base_name(database);

	if (runs == NULL || *runs == '\0' || strcmp(runs, ".") == 0)
		return arena_format(arena, "%s%s.rowpipe", name[0] == '-' ? "./" : "", name);
	return arena_format(arena, "%s%s%s%s.rowpipe", runs[0] == '-' ? "./" : "", runs,
		runs[strlen(runs) - 1] == '/' ? "" : "/", name);
}

const char *folder_newest(struct arena *arena, const char *path)
{
	DIR *folder = opendir(path);
	const char *newest = NULL;
	struct dirent *entry;

	while (folder != NULL && (entry = readdir(folder)) != NULL)
		if (entry->d_name[0] != '.' &&
			(newest == NULL || strcmp(entry->d_name, newest) > 0)) {
			newest = arena_text(arena, entry->d_name);
			if (newest == NULL)
				break;
		}
	if (folder != NULL)
		closedir(folder);
	return newest == NULL ? NULL : arena_format(arena, "%s/%s", path, newest);
}
