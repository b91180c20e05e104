/*
 * What shim.c does to a tool, and what came of it: one struct in a file that the test maps as well.
 * Being shared memory, it tells the truth about a tool that was killed, too.
 */
#ifndef FAULT_PLAN_H
#define FAULT_PLAN_H

#include <stdint.h>

/* Calls are told apart by what they mean, so that each class has one right exit status. */
enum call {
	CALL_NONE,
	CALL_READ,     /* read, pread */
	CALL_WRITE,    /* write, pwrite */
	CALL_COPY,     /* copy_file_range */
	CALL_SYNC,     /* fsync, fdatasync */
	CALL_RENAME,   /* rename, renameat2 */
	CALL_LINK,
	CALL_UNLINK,
	CALL_OPEN,     /* open of what is there */
	CALL_CREATE,   /* mkostemp, open with O_CREAT */
	CALL_FOLDER,   /* open with O_DIRECTORY */
	CALL_DEVICE,   /* open of a device, and its reads */
	CALL_CLOSE,    /* close of what can be written */
	CALL_LEAVE,    /* close of what can only be read */
	CALL_TRUNCATE,
	CALL_SEEK,     /* lseek to a place */
	CALL_TELL,     /* lseek that only asks for it */
	CALL_LOOK,     /* stat, lstat, fstat, access */
	CALL_ROOM,     /* statvfs */
	CALL_CONTROL,  /* fcntl */
	CALL_MODE,     /* fchmod */
	CALL_RANDOM,   /* getrandom */
	CALL_MEMORY,   /* malloc, calloc, realloc */
	CALLS
};

struct injection {
	uint32_t call;
	uint32_t nth;  /* from 1 */
	uint32_t ever; /* and all later ones */
	int32_t error;
	uint32_t kills; /* SIGKILL instead of an error */
};

struct plan {
	struct injection injections[2];
	uint32_t piece; /* read and write take at most so many bytes; 0: all */
	uint32_t every; /* of the calls that may say so, each so-manieth says `says`; 0: none */
	int32_t says;   /* EINTR; EAGAIN on stdin and stdout only */
	/* What came of it. */
	uint32_t calls[CALLS];
	uint32_t fired;       /* faults of the first injection */
	uint32_t disturbed;   /* calls that were cut short or said `says` */
	uint32_t hit_stdout;  /* a write to stdout was among those that failed */
	uint32_t closed_stdout; /* or its close */
	uint32_t askable;
};

#endif
