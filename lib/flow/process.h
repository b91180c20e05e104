/*
 * A process from its first to its last act: options, signals, the three standard descriptors,
 * messages to people, and an exit status that tells the truth.
 */
#ifndef FLOW_PROCESS_H
#define FLOW_PROCESS_H

#include "flow/options.h"

/*
 * Parses the command line, and answers --help and --version, with which the process ends.  From
 * here on SIGPIPE is an error of write, and SIGINT, SIGTERM and SIGHUP stop reads and writes (a
 * second one kills).
 */
void process_begin(const struct tool *tool, struct arena *arena, int argc, char **argv,
	struct texts *operands, struct fault *fault);

/* Called when a signal stops the process, in its handler: for what does not ask descriptor_stop. */
void process_on_stop(void (*call)(void));

/* One line to stderr, "tool: ...", whole, with nothing invisible in it. */
void process_say(const char *format, ...) __attribute__((format(printf, 1, 2)));

void process_say_all(const char *const *texts, size_t count);

/* Writes text to stdout when there is enough of it, or all of it, and empties it. */
int process_print(struct bytes *text, struct fault *fault);
int process_print_all(struct bytes *text, struct fault *fault);
/* The last act of a tool that writes to stdout: did all of it arrive? */
int process_close_output(struct fault *fault);

/* A stream must not go to a terminal, nor come from one. */
int process_refuse_terminal(int fd, struct fault *fault);

/* A line for behind the last message: the command that goes on.  The text is kept by the caller. */
void process_leave(const char *line);

/*
 * The exit status for a fault.  Says the fault unless `quiet`; a reader that went away is never
 * spoken of.  Does not return where a signal stopped the process: it dies of that signal.
 */
int process_end(const struct fault *fault, bool quiet);

#endif
