#include "db/cause.h"

#include <stdio.h>
#include <string.h>

#include "base/fault.h"

static const struct {
	int status;
	const char *text; /* NULL: it needs the file's name or SQLite's words */
} causes[] = {
	[CAUSE_STOPPED] = { STATUS_AGAIN, "the reading was stopped" },
	[CAUSE_HELD] = { STATUS_AGAIN,
		"another program holds it; browsers do while they run: close it, or copy it"
		" with its"
		" -wal after closing" },
	[CAUSE_JOURNAL] = { STATUS_SOURCE, NULL },
	[CAUSE_WAL] = { STATUS_SOURCE, NULL },
	[CAUSE_NO_DATABASE] = { STATUS_SOURCE,
		"not a SQLite database; an encrypted one looks like this, too: decrypt it with the"
		" program that made it" },
	[CAUSE_DAMAGE] = { STATUS_SOURCE, NULL },
	[CAUSE_DISK] = { STATUS_SOURCE, NULL },
	[CAUSE_SCRATCH] = { STATUS_IO, NULL },
	[CAUSE_NO_SCRATCH] = { STATUS_CREATE, NULL },
	[CAUSE_FULL] = { STATUS_CREATE,
		"no room for a temporary file; name another folder with TMPDIR or --snapshot=DIR" },
	[CAUSE_MEMORY] = { STATUS_IO, "out of memory" },
	[CAUSE_OTHER] = { STATUS_SOURCE, NULL },
};

static void describe_copies(enum cause cause, const char *file, char text[CAUSE_SIZE])
{
	if (cause == CAUSE_JOURNAL)
		snprintf(text, CAUSE_SIZE,
			"its program died while writing; open it once with that program, or"
			" copy %s and"
			" %s-journal and open the copy",
			file, file);
	else
		snprintf(text, CAUSE_SIZE,
			"it is in WAL mode and its folder cannot be written to; copy %s and"
			" %s-wal (if"
			" it is there) to a folder of yours and read the copy",
			file, file);
}

static void describe_words(enum cause cause, const char *words, int error, char text[CAUSE_SIZE])
{
	if (cause == CAUSE_DAMAGE)
		snprintf(text, CAUSE_SIZE,
			"it is damaged (%s); restore it from a backup, or save what is left with"
			" sqlite3's .recover",
			words);
	else if (cause == CAUSE_SCRATCH || cause == CAUSE_NO_SCRATCH)
		snprintf(text, CAUSE_SIZE,
			"a temporary file cannot be written (%s%s%s); name another folder with"
			" TMPDIR or --snapshot=DIR", words,
			error == 0 ? "" : ": ", error == 0 ? "" : strerror(error));
	else if (cause == CAUSE_DISK)
		snprintf(text, CAUSE_SIZE,
			"it cannot be read (%s%s%s); look after the disk, or read a copy", words,
			error == 0 ? "" : ": ", error == 0 ? "" : strerror(error));
	else
		snprintf(text, CAUSE_SIZE, "SQLite says: %s", words);
}

int cause_describe(
	enum cause cause, const char *file, const char *words, int error, char text[CAUSE_SIZE])
{
	if (causes[cause].text != NULL)
		snprintf(text, CAUSE_SIZE, "%s", causes[cause].text);
	else if (cause == CAUSE_JOURNAL || cause == CAUSE_WAL)
		describe_copies(cause, file, text);
	else
		describe_words(cause, words, error, text);
	return causes[cause].status;
}
