/*
 * What went wrong, and with which exit status the process will say so.
 *
 * Functions of floors 0 to 2 return 0, or the status that they also leave in a struct fault.  They
 * never print and never exit.  The first fault stays: what is set later is a consequence of it.
 */
#ifndef BASE_FAULT_H
#define BASE_FAULT_H

enum status {
	STATUS_OK = 0,
	STATUS_NO = 1,        /* complete, but the answer is no */
	STATUS_USAGE = 64,    /* the command line is wrong */
	STATUS_STREAM = 65,   /* the stream is incomplete, damaged or was aborted upstream */
	STATUS_SOURCE = 66,   /* the source cannot be read */
	STATUS_SERVER = 69,   /* the server said no for good */
	STATUS_BUG = 70,      /* ours */
	STATUS_CREATE = 73,   /* an output cannot be created */
	STATUS_IO = 74,       /* input, output or memory failed on this machine */
	STATUS_AGAIN = 75,    /* temporary: the same command may be repeated */
	STATUS_UNKNOWN = 76,  /* the outcome of a commit is unknown */
	STATUS_RIGHTS = 77,   /* permission */
	STATUS_MISFIT = 78,   /* plan, target and data do not fit */
	STATUS_PIPE = 141     /* the reader went away */
};

struct fault {
	int status;
	char text[1024];
};

/* Sets a fault unless one is set already, and returns the status that stands in it. */
int fault_set(struct fault *fault, int status, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* The same for "out of memory" and for errno: "<what>: No space left on device". */
int fault_memory(struct fault *fault);
int fault_errno(struct fault *fault, int status, const char *what);

#endif
