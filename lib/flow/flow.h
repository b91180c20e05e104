/*
 * A tool's main:
 *
 *	flow_begin_filter(&flow, &tool, argc, argv);
 *	while (flow_next(&flow))
 *		switch (flow.in.frame.kind) { ... flow_pass(&flow) ... }
 *	return flow_end(&flow);
 *
 * flow_next says "finished" only behind an END that was verified, or with a fault set; flow_end
 * returns 0 only if there is none and all output arrived.  A tool that fails says so downstream, in
 * ABORT, and one that reads an ABORT passes it on: the last tool of a pipe tells the truth about
 * all.
 */
#ifndef FLOW_FLOW_H
#define FLOW_FLOW_H

#include "flow/process.h"
#include "flow/reader.h"
#include "flow/writer.h"

struct flow {
	const struct tool *tool;
	struct texts operands;
	struct arena arena; /* for the run */
	struct fault fault;
	struct reader in;
	struct writer out;
	bool reads;
	bool writes;
	bool transparent; /* HELLO and END go on as they came */
	bool outlives;    /* the tool goes on when the reader of stdout went away */
	bool deaf;        /* ... which it did */
	bool all_frames;  /* flow_next gives out HELLO, INDEX and END as well */
	bool by_index;    /* set behind the begin function: skipped tables need not be read */
	struct tally tally; /* what this tool counted beyond rows */
	/* What changes the stream beside the options; set before the first flow_next. */
	struct setting *settings;
	size_t setting_count;
};

/* Options only; stdin and stdout are the tool's own business. */
void flow_begin(struct flow *flow, const struct tool *tool, int argc, char **argv);
/* Writes a stream to stdout. */
void flow_begin_source(struct flow *flow, const struct tool *tool, int argc, char **argv);
/* Reads a stream from the file that is the first operand, or from stdin. */
void flow_begin_reader(struct flow *flow, const struct tool *tool, int argc, char **argv);
/* Reads a stream from stdin and writes one to stdout. */
void flow_begin_filter(struct flow *flow, const struct tool *tool, int argc, char **argv);

/* The operand at a place; NULL when there is none. */
const char *flow_operand(const struct flow *flow, size_t place);
/* Opens the input, "-" or NULL for stdin; the output, which is stdout. */
void flow_open_input(struct flow *flow, const char *path);
void flow_open_output(struct flow *flow);

/* One more setting; the texts are not copied. */
void flow_setting(struct flow *flow, const char *option, const char *value);
/* One more count of the tally; the texts are not copied. */
void flow_count(struct flow *flow, const char *table, const char *column, const char *kind,
	uint64_t count);
/* Writes HELLO for a stream made from another's, or several's: with this tool's stage and id. */
void flow_hello(struct flow *flow, struct hello hello);

/*
 * The next frame of the tables that are not skipped.  HELLO is seen to here: a filter's own goes
 * out, with its options in the provenance and in the stream's id.  INDEX and END are seen to as
 * well.
 */
bool flow_next(struct flow *flow);
/* Passes the current frame on as it is. */
void flow_pass(struct flow *flow);
/* Sets the fault, unless one is set. */
void flow_fail(struct flow *flow, int status, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* The last act: END or ABORT, the proof that stdout arrived, the message, the status. */
int flow_end(struct flow *flow);

#endif
