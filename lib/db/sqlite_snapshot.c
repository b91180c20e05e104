#include "db/sqlite_work.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/descriptor.h"
#include "db/cause.h"

enum {
	PIECE = 16 << 20,
	NAP = 2,     /* milliseconds: what writers get between two pieces */
	RESTARTS = 2 /* so often they may make it begin anew; then they wait */
};

static const char *snapshot_folder(const struct sqlite *sqlite)
{
	const char *folder = sqlite->options.snapshot;

	if (folder[0] == '\0')
		folder = getenv("TMPDIR");
	return folder == NULL || folder[0] == '\0' ? "/var/tmp" : folder;
}

/* What the words of a copy that failed are, beside those of SQLite's. */
static int blame_copy(struct sqlite *sqlite, const struct fault *trouble, int error,
	struct fault *fault)
{
	char text[CAUSE_SIZE];
	enum cause cause = CAUSE_DISK;

	if (trouble->status == 0 || trouble->status == STATUS_AGAIN)
		cause = CAUSE_STOPPED;
	else if (trouble->status == STATUS_CREATE)
		cause = error == ENOSPC || error == EDQUOT ? CAUSE_FULL : CAUSE_SCRATCH;
	if (cause == CAUSE_DISK && sqlite_moved(sqlite, fault))
		return fault->status;
	cause_describe(cause, sqlite->file.name, "copying it failed", error, text);
	return fault_set(fault, trouble->status == 0 ? STATUS_AGAIN : trouble->status, "%s: %s",
		sqlite->file.name, text);
}

/* What is copied, as it was when it began. */
struct copying {
	int from;
	struct descriptor_scratch *to;
	uint64_t place, size;
	int64_t version;
	int begins;
};

/* The first piece, or one of a database that was written to since: all begins anew. */
static int begin_copy(struct sqlite *sqlite, struct copying *copying, int64_t version,
	struct fault *fault)
{
	struct fault trouble = { 0 };

	if (copying->begins++ > 0 && descriptor_scratch_empty(copying->to, &trouble) != 0)
		return blame_copy(sqlite, &trouble, errno, fault);
	copying->version = version;
	copying->place = 0;
	copying->size = (uint64_t)sqlite_ask(sqlite, "PRAGMA page_count", fault) *
		sqlite->facts.page_size;
	return fault->status;
}

static int copy_piece(struct sqlite *sqlite, struct copying *copying, struct fault *fault)
{
	struct fault trouble = { 0 };
	uint64_t left;
	int64_t version;

	if (sqlite_pin(sqlite, fault) != 0)
		return fault->status;
	version = sqlite_ask(sqlite, "PRAGMA data_version", fault);
	if (fault->status == 0 && (copying->begins == 0 || version != copying->version))
		begin_copy(sqlite, copying, version, fault);
	if (fault->status != 0)
		return fault->status;
	left = copying->size - copying->place;
	if (left > PIECE)
		left = PIECE;
	if (descriptor_copy(copying->from, copying->to->fd, copying->place, left, &trouble) != 0)
		return blame_copy(sqlite, &trouble, errno, fault);
	copying->place += left;
	return 0;
}

/*
 * A database with a rollback journal is copied as a file, some pieces at a time, each under the
 * lock of a reader: while that is held, no byte of the file changes.  Who writes between two
 * pieces makes it begin anew, but only so often: then the lock is held until all is copied.
 */
static int copy_file(struct sqlite *sqlite, int from, struct descriptor_scratch *to,
	struct fault *fault)
{
	struct copying copying = { .from = from, .to = to };
	const struct timespec nap = { .tv_nsec = NAP * 1000000L };
	const struct fault stopped = { 0 };

	while (copy_piece(sqlite, &copying, fault) == 0 && copying.place < copying.size) {
		const bool lets = copying.begins <= RESTARTS;

		if (lets && sqlite_run(sqlite, "COMMIT", fault) != 0)
			break;
		if (sqlite_asks_stop(sqlite, "making a snapshot", copying.place, copying.size))
			return blame_copy(sqlite, &stopped, 0, fault);
		if (lets)
			nanosleep(&nap, NULL);
	}
	return fault->status;
}

/*
 * The copy's file has a name only while it is empty, and only until it is opened; nothing of it is
 * read before it is whole.
 */
static int open_copies(struct sqlite *sqlite, struct descriptor_scratch *scratch,
	struct fault *fault)
{
	struct fault trouble = { 0 };

	if (sqlite_open_copies(sqlite, scratch->path, fault) == 0 &&
		descriptor_scratch_hide(scratch, &trouble) != 0)
		blame_copy(sqlite, &trouble, errno, fault);
	return fault->status;
}

/*
 * To close a descriptor of a database lets go of all locks of this process on it: that of the copy
 * is closed before there are any, that of the source when SQLite has closed its own.
 */
static int duplicate(struct sqlite *sqlite, const char *folder, int *source, struct fault *fault)
{
	struct descriptor_scratch scratch;
	struct fault trouble = { 0 };

	if (descriptor_open(sqlite->file.path, source, fault) != 0)
		return fault->status;
	if (descriptor_scratch(&scratch, folder, &trouble) != 0)
		return blame_copy(sqlite, &trouble, errno, fault);
	if (open_copies(sqlite, &scratch, fault) == 0)
		copy_file(sqlite, *source, &scratch, fault);
	descriptor_scratch_close(&scratch);
	return fault->status != 0 ? fault->status : sqlite_harden_copies(sqlite, fault);
}

int sqlite_snapshot(struct sqlite *sqlite, struct fault *fault)
{
	const char *folder = snapshot_folder(sqlite);
	struct sqlite_facts *facts = &sqlite->facts;
	struct fault ignored = { 0 };
	const bool wal = strcmp(facts->journal, "wal") == 0;
	int source = -1;

	if (file_room(&sqlite->file, folder, facts->page_count * facts->page_size, fault) != 0)
		return fault->status;
	if (!wal)
		duplicate(sqlite, folder, &source, fault);
	else if (sqlite_pin(sqlite, fault) == 0)
		sqlite_back_up(sqlite, folder, fault);
	/* A backup counts its own up. */
	if (fault->status == 0 && wal)
		facts->schema_version = sqlite_ask(sqlite, "PRAGMA schema_version", fault);
	if (fault->status == 0)
		facts->versions[1] = facts->versions[2] = sqlite_unpin(sqlite, fault);
	if (fault->status == 0) {
		sqlite_take_copy(sqlite);
		facts->snapshot = true;
		if (!wal)
			facts->schema_version = sqlite_ask(sqlite, "PRAGMA schema_version", fault);
	} else {
		sqlite_drop_copy(sqlite);
	}
	if (source >= 0)
		descriptor_close(source, sqlite->file.name, &ignored);
	return fault->status;
}
