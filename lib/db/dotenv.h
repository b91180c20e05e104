/*
 * A .env file, as the programs that read them agree on:
 *
 *	# a comment
 *	NAME=value                 blanks around it are none of it, nor is " # a comment"
 *	export NAME="value"        \n \r \t \\ \" \$ are escapes, ${NAME} is another's value
 *	NAME='value'  NAME=`value` as it stands; quoted values may have several lines
 *
 * A variable that the environment has, too, has its value: the file only fills in.  The last of
 * several lines with one name counts.  $NAME and $(...) are what they are: nothing is ever run.
 *
 * Only what is asked for must be understood; other lines may be anything.  Faults are STATUS_USAGE,
 * name file and line, and quote no value.
 */
#ifndef DB_DOTENV_H
#define DB_DOTENV_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/fault.h"

enum { DOTENV_MOST = 1 << 20, DOTENV_VALUE_MOST = 1 << 16 };

struct dotenv_line {
	const char *name, *text; /* text is raw, and ends at size */
	size_t size;
	char quote;              /* ' " ` or NUL */
	unsigned number;
	const char *trouble;     /* why it cannot be understood; NULL: it can */
};

struct dotenv {
	struct arena *arena;
	const char *file; /* its name, for faults */
	struct dotenv_line *lines;
	size_t count, room;
	unsigned odd; /* the first line that is no NAME=value; 0: all are */
};

/* Copies what it keeps. */
int dotenv_read(struct arena *arena, const char *file, const void *text, size_t size,
	struct dotenv *dotenv, struct fault *fault);

/* The file itself has it, with a value or without. */
bool dotenv_has(const struct dotenv *dotenv, const char *name);
/* The file's own value; NULL where it is empty, the file has none, or a fault is set. */
const char *dotenv_own(const struct dotenv *dotenv, const char *name, struct fault *fault);
/* The same, but the environment goes before. */
const char *dotenv_get(const struct dotenv *dotenv, const char *name, struct fault *fault);

#endif
