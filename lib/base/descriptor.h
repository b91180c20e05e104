/*
 * The one place that touches descriptors: interrupted calls, short counts, non-blocking pipes of
 * other programs, readers that went away, and the errors that only close and fsync tell.
 */
#ifndef BASE_DESCRIPTOR_H
#define BASE_DESCRIPTOR_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/fault.h"

/*
 * Set by a signal handler to the signal's number: reads and writes then stop with STATUS_AGAIN.
 * Whoever still has a last word to write sets it back to 0 first.
 */
extern volatile sig_atomic_t descriptor_stop;

/*
 * A closed standard descriptor would be given to the next file that is opened, and data would go
 * there.  Held, input reads as empty; output and messages fail when they are written.
 */
bool descriptor_hold(void);

/* Reads what is there, at least 1 and at most room bytes; *got is 0 at the end. */
int descriptor_read(int fd, void *to, size_t room, size_t *got, struct fault *fault);
/* Reads until size bytes are there or the end is. */
int descriptor_read_full(int fd, void *to, size_t size, size_t *got, struct fault *fault);
/* The same at an offset, for files. */
int descriptor_read_at(int fd, uint64_t offset, void *to, size_t size, size_t *got,
	struct fault *fault);
/*
 * Writes all of it; a reader that went away is STATUS_PIPE.  A stop comes before the first byte, or
 * behind the last one.
 */
int descriptor_write(int fd, const void *from, size_t size, struct fault *fault);
int descriptor_sync(int fd, const char *path, struct fault *fault);
/* Lets what was written go to the disk meanwhile, so that a sync at the end is short. */
void descriptor_start_sync(int fd, uint64_t offset, uint64_t size);
/* Adds a line to a log that others write, too, in one write; nothing where it cannot, or NULL. */
void descriptor_log(const char *path, const void *line, size_t size);
/* Closes once, whatever close says, and tells what it says. */
int descriptor_close(int fd, const char *path, struct fault *fault);

int descriptor_open(const char *path, int *fd, struct fault *fault);
/* False when fd is a pipe or the like. */
bool descriptor_size(int fd, uint64_t *size);
/* Where the next byte is read; false when fd is a pipe or the like. */
bool descriptor_tell(int fd, uint64_t *offset);
int descriptor_seek(int fd, uint64_t offset, struct fault *fault);
/* Pipes carry frames; ask for one that holds some.  It is well if the system says no. */
void descriptor_widen(int fd);

/* A file without a name, for what need not outlive the process; folder NULL: where such go. */
int descriptor_temporary(const char *folder, int *fd, struct fault *fault);

/* 16 random bytes. */
int descriptor_random(uint8_t to[16], struct fault *fault);

/* Adds what a file holds; more than `most` bytes are STATUS_MISFIT. */
int descriptor_load(const char *path, struct bytes *content, size_t most, struct fault *fault);
/* Writes text as a file's new end, or as all of a new one that only its owner reads. */
int descriptor_append(const char *path, const void *text, size_t size, struct fault *fault);
/* A file or folder takes another's name and place. */
int descriptor_rename(const char *from, const char *to, struct fault *fault);
/*
 * Waits, at most so many seconds, until nobody else holds the lock that this file stands for, and
 * holds it until the descriptor is closed or the process ends; STATUS_AGAIN when it is too long.
 */
int descriptor_lock(const char *path, int *fd, unsigned seconds, struct fault *fault);
/* Both ends of a new pipe, for this process alone: reading in [0]. */
int descriptor_pipe(int ends[2], struct fault *fault);
/*
 * Two pipes at once, so that neither waits for the other: waits until something can be read from
 * `in`, or its end, or written to `out` (-1: it is not waited for).
 */
int descriptor_wait(int in, int out, bool *reads, bool *writes, struct fault *fault);
/* Writes what the pipe takes without waiting, perhaps nothing. */
int descriptor_offer(int fd, const void *from, size_t size, size_t *done, struct fault *fault);
/* In a new process: 0, 1, 2 become these (-1: nothing is read, nothing arrives), others close. */
void descriptor_become(const int standard[3]);

/*
 * Copies size bytes at an offset of one file to the same place of another, within the kernel where
 * it can: STATUS_SOURCE when they cannot be read, STATUS_CREATE when they cannot be written.
 */
int descriptor_copy(int from, int to, uint64_t offset, uint64_t size, struct fault *fault);

/*
 * A file for the time being, for the owner alone: empty as long as it has a name (path), by which
 * others of this process open it; then descriptor_scratch_hide takes that away.
 */
struct descriptor_scratch {
	int fd;
	char path[4096];
};

int descriptor_scratch(struct descriptor_scratch *scratch, const char *folder,
	struct fault *fault);
int descriptor_scratch_hide(struct descriptor_scratch *scratch, struct fault *fault);
/* Empties it, to be written anew. */
int descriptor_scratch_empty(struct descriptor_scratch *scratch, struct fault *fault);
void descriptor_scratch_close(struct descriptor_scratch *scratch);

/*
 * A file that gets its name only when it is whole: written as ".NAME.partial-XXXXXX" in the folder
 * of path with mode 0666 less the umask, synced, renamed without replacing anything, and the folder
 * synced.  Abandoning removes it.  The name is kept by the caller while the file is open.
 */
struct descriptor_file {
	int fd;
	const char *path;
	char partial[4096];
	char folder[4096];
};

int descriptor_create(struct descriptor_file *file, const char *path, struct fault *fault);
int descriptor_publish(struct descriptor_file *file, struct fault *fault);
void descriptor_abandon(struct descriptor_file *file);

#endif
