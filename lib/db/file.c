#include "db/file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/descriptor.h"

enum { HEADER = 20, WRITE_VERSION = 18, READ_VERSION = 19 };

static int refuse_errno(const struct file *file, struct fault *fault)
{
	if (errno == ENOENT || errno == ENOTDIR)
		return fault_set(fault, STATUS_SOURCE, "%s: there is no such file", file->name);
	if (errno == EACCES || errno == EPERM)
		return fault_set(fault, STATUS_SOURCE,
			"%s: no permission to read it; run this as its owner, or read a copy",
			file->name);
	return fault_errno(fault, STATUS_SOURCE, file->name);
}

/* An empty -wal says no more than none: the first reader makes it. */
static bool beside(const struct file *file, const char *suffix)
{
	char path[PATH_MAX + 16];
	struct stat facts;

	snprintf(path, sizeof(path), "%s%s", file->path, suffix);
	return stat(path, &facts) == 0 && facts.st_size > 0;
}

static int look_inside(struct file *file, struct fault *fault)
{
	uint8_t header[HEADER] = { 0 };
	struct fault trouble = { 0 }, ignored = { 0 };
	size_t got = 0;
	int fd;

	if (access(file->path, R_OK) != 0)
		return refuse_errno(file, fault);
	if (descriptor_open(file->path, &fd, fault) != 0)
		return fault->status;
	descriptor_read_full(fd, header, sizeof(header), &got, &trouble);
	descriptor_close(fd, file->name, &ignored);
	if (trouble.status == STATUS_AGAIN)
		return fault_set(fault, STATUS_AGAIN, "%s", trouble.text);
	if (trouble.status != 0)
		return fault_set(fault, STATUS_SOURCE, "%s: %s", file->name, trouble.text);
	if (got < sizeof(header) || memcmp(header, "SQLite format 3", 16) != 0)
		return fault_set(fault, STATUS_SOURCE,
			"%s: not a SQLite database; an encrypted one looks like this, too:"
			" decrypt it with the program that made it",
			file->name);
	file->wal_mode = header[WRITE_VERSION] == 2 || header[READ_VERSION] == 2;
	return 0;
}

int file_look(struct file *file, const char *name, struct fault *fault)
{
	struct stat facts;

	*file = (struct file){ .name = name };
	if (realpath(name, file->path) == NULL || stat(file->path, &facts) != 0)
		return refuse_errno(file, fault);
	if (S_ISDIR(facts.st_mode))
		return fault_set(
			fault, STATUS_SOURCE, "%s: is a folder; name the database in it", name);
	if (!S_ISREG(facts.st_mode))
		return fault_set(fault, STATUS_SOURCE,
			"%s: is a pipe or device; copy the database into a file", name);
	if (facts.st_size == 0)
		return fault_set(
			fault, STATUS_SOURCE, "%s: is empty (0 bytes), not a database", name);
	file->device = facts.st_dev;
	file->inode = facts.st_ino;
	file->size = (uint64_t)facts.st_size;
	file->wal = beside(file, "-wal");
	return look_inside(file, fault);
}

int file_compare(const struct file *file, uint64_t size, struct fault *fault)
{
	struct stat facts;

	if (stat(file->path, &facts) != 0 || facts.st_dev != file->device ||
		facts.st_ino != file->inode)
		return fault_set(fault, STATUS_SOURCE,
			"%s: was replaced or removed while it was read; read it again", file->name);
	if ((uint64_t)facts.st_size < size)
		return fault_set(fault, STATUS_SOURCE,
			"%s: was truncated while it was read (%llu of %llu bytes are left);"
			" restore it and read it again",
			file->name, (unsigned long long)facts.st_size, (unsigned long long)size);
	return 0;
}

int file_room(const struct file *file, const char *folder, uint64_t size, struct fault *fault)
{
	struct statvfs facts;
	uint64_t room;

	if (statvfs(folder, &facts) != 0 || access(folder, W_OK | X_OK) != 0)
		return fault_set(fault, STATUS_CREATE,
			"%s: a snapshot cannot be made in %s (%s); name another folder with"
			" --snapshot=DIR",
			file->name, folder, strerror(errno));
	room = (uint64_t)facts.f_bavail * facts.f_frsize;
	if (room < size)
		return fault_set(fault, STATUS_CREATE,
			"%s: no room for a snapshot in %s (%llu kB free, %llu kB needed);"
			" name another folder with --snapshot=DIR",
			file->name, folder, (unsigned long long)room >> 10,
			((unsigned long long)size + 1023) >> 10);
	return 0;
}
