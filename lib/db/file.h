/*
 * What is to be known of a SQLite database's file without SQLite: before it opens the file, and
 * whether it is still the same when all is read.
 */
#ifndef DB_FILE_H
#define DB_FILE_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/fault.h"

struct file {
	const char *name;    /* as it was given, for messages; kept by the caller */
	char path[PATH_MAX]; /* resolved and absolute, so that it is never taken for a URI */
	dev_t device;
	ino_t inode;
	uint64_t size;
	bool wal_mode; /* its header says so */
	bool wal;      /* there is a -wal beside it that is not empty */
};

/* Refuses what is no database with a fault that says what it is.  Leaves no descriptor open. */
int file_look(struct file *file, const char *name, struct fault *fault);
/* A fault if it is not the same file any more, or smaller than size. */
int file_compare(const struct file *file, uint64_t size, struct fault *fault);
/* A fault (STATUS_CREATE) if a snapshot of size bytes cannot be made in folder. */
int file_room(const struct file *file, const char *folder, uint64_t size, struct fault *fault);

#endif
