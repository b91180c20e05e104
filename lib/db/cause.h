/*
 * Why SQLite said no, in words for people: what is wrong, and what to do about it.
 */
#ifndef DB_CAUSE_H
#define DB_CAUSE_H

enum cause {
	CAUSE_STOPPED, /* by us */
	CAUSE_HELD,    /* another program has a lock */
	CAUSE_JOURNAL, /* a hot journal, which only its own program may roll back */
	CAUSE_WAL,     /* WAL mode, but no -shm can be made beside the file */
	CAUSE_NO_DATABASE,
	CAUSE_DAMAGE,
	CAUSE_DISK, /* the system's word: error is its errno, or 0 */
	CAUSE_SCRATCH,    /* a temporary file cannot be written, */
	CAUSE_NO_SCRATCH, /* or not be made */
	CAUSE_FULL, /* no room for a temporary file */
	CAUSE_MEMORY,
	CAUSE_OTHER
};

enum { CAUSE_SIZE = 1024 };

/* Writes the words, with SQLite's own where they help, and returns the status that fits. */
int cause_describe(
	enum cause cause, const char *file, const char *words, int error, char text[CAUSE_SIZE]);

#endif
