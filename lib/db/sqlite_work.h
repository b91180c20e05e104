/*
 * A session with SQLite, for the files that make it up: sqlite_engine.c alone speaks to SQLite's
 * library; sqlite_session.c says what a session is, and that nothing changed meanwhile;
 * sqlite_snapshot.c makes the copy that it reads instead of the file, where that is wanted.
 */
#ifndef DB_SQLITE_WORK_H
#define DB_SQLITE_WORK_H

#include <signal.h>

#include "db/file.h"
#include "db/sqlite.h"

struct engine; /* what SQLite's library has of it */

struct sqlite {
	struct engine *engine;
	struct arena *arena;
	struct sqlite_options options;
	struct sqlite_facts facts;
	struct file file;
	const char *doing;
	bool copying; /* a snapshot: what cannot be opened is its file */
	uint64_t waits_since;
	volatile sig_atomic_t stopped;
	char refused[256]; /* what SQLite's last fault lacked */
};

/* --- SQLite's library (sqlite_engine.c) ------------------------------------------------------- */

/* An empty session, with an empty engine; NULL when there is no memory. */
struct sqlite *sqlite_make(struct arena *arena);
/* Opens the session's file for reading, hardened. */
int sqlite_connect(struct sqlite *sqlite, struct fault *fault);
bool sqlite_in_transaction(const struct sqlite *sqlite);
/* Asks whoever may stop the work, and remembers that he did. */
bool sqlite_asks_stop(struct sqlite *sqlite, const char *doing, uint64_t done, uint64_t total);

/* Runs a statement; the first cell of its last row, 0 or "" where there is none. */
int sqlite_run(struct sqlite *sqlite, const char *sql, struct fault *fault);
int64_t sqlite_ask(struct sqlite *sqlite, const char *sql, struct fault *fault);
const char *sqlite_ask_text(struct sqlite *sqlite, const char *sql, struct fault *fault);

/*
 * The copy of a snapshot: made by SQLite itself in a file that nobody sees, or opened, twice, where
 * the caller puts it, and hardened when it is whole.  Then it takes the database's place, or is
 * dropped.
 */
int sqlite_back_up(struct sqlite *sqlite, const char *folder, struct fault *fault);
int sqlite_open_copies(struct sqlite *sqlite, const char *path, struct fault *fault);
int sqlite_harden_copies(struct sqlite *sqlite, struct fault *fault);
void sqlite_take_copy(struct sqlite *sqlite);
void sqlite_drop_copy(struct sqlite *sqlite);

/* --- what a session is (sqlite_session.c) ----------------------------------------------------- */

/* With a fault: the file is another one by now, or too short. */
bool sqlite_moved(const struct sqlite *sqlite, struct fault *fault);
/* From now on nobody can write, or be seen to. */
int sqlite_pin(struct sqlite *sqlite, struct fault *fault);
/* Ends that.  The data version then; -1 where somebody writes at this moment. */
int64_t sqlite_unpin(struct sqlite *sqlite, struct fault *fault);

/* --- a snapshot (sqlite_snapshot.c) ----------------------------------------------------------- */

/* What is read from now on comes from a copy of the database. */
int sqlite_snapshot(struct sqlite *sqlite, struct fault *fault);

#endif
