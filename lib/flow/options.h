/*
 * A tool's options, declared once: the parser, --help, and what goes into a stream's provenance and
 * id all come from one table.
 */
#ifndef FLOW_OPTIONS_H
#define FLOW_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/bytes.h"
#include "base/fault.h"
#include "wire/payload.h"

enum option_kind {
	OPTION_FLAG,   /* bool */
	OPTION_TEXT,   /* const char * */
	OPTION_MAYBE,  /* const char *: "" when it is given without =VALUE */
	OPTION_LIST,   /* struct texts, may be given again */
	OPTION_NUMBER  /* long long, from least to most */
};

struct option {
	const char *name;
	char letter; /* 0: it has none */
	enum option_kind kind;
	const char *argument;
	const char *help;
	void *to;
	bool changes; /* the stream is another one with it */
	long long least, most;
};

struct tool {
	const char *name;
	const char *brief;     /* one line: what it does */
	const char *operands;  /* "DB", "[FILE]" */
	size_t operands_least, operands_most;
	const struct option *options;
	size_t option_count;
	const char *about;     /* paragraphs behind the options */
	const char *const *examples; /* command lines, to a NULL */
	bool program;          /* what stands behind the first operand is another program's */
};

/* Sets what the options point to; operands are put in order into `operands`. */
int options_parse(const struct tool *tool, struct arena *arena, int argc, char **argv,
	struct texts *operands, struct fault *fault);

/* All options of a tool, those that every tool has at the end. */
size_t options_count(const struct tool *tool);
const struct option *options_at(const struct tool *tool, size_t place);

/* The text of --help, at most 80 columns wide. */
void options_help(struct bytes *to, const struct tool *tool);

/* The options that were given and change the stream, in the table's order; NULL: no memory. */
struct setting *options_settings(const struct tool *tool, struct arena *arena, size_t *count);

#endif
