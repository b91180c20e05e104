/*
 * The memory of loads, in the target database itself: schema rowpipe.
 *
 *	version      which layout this is; one row
 *	runs         one row a stream that was loaded: when, by whom, how it went
 *	run_tables   the tables of a run, with oid, rows and what tells whether they were changed
 *	run_views    the views that a run has made
 *	progress     segments of a staged load that are committed, each with its rows
 *	watermarks   how far a pipeline has come in a table
 *	run_stats, last_watermark(pipeline, table): for people, dashboards and dbt
 *
 * A row that says "complete" is written in the same transaction as the rows it speaks of.
 *
 *	control_look        what is there; writes nothing
 *	control_open        ... and makes it, or brings an older one up, in a transaction of its own
 *	control_need        the fault where it did not come to CONTROL_OPEN
 *
 * A load of one transaction remembers itself with control_remember, which is never a reason to lose
 * the rows: where nothing can be written a comment on the first table tells the same.
 *
 * A staged load needs CONTROL_OPEN.  Lock, then look:
 *
 *	control_begin_run      waits for what another loader of this stream has open, takes the
 *	                       attempt away from it, and finds a run that is complete
 *	control_read_progress  what is committed already
 *	control_attempt_holds  first in each of its transactions; then nobody can take the attempt
 *	                       away until that one ends
 *	control_write_progress in the transaction of the segment's rows
 *	control_end_run        in the transaction that makes the rows visible
 *	control_fail_run       when it comes to nothing, in a transaction of its own
 *
 * Nothing here needs the session to stay the same between transactions: a pooler may stand between.
 * Tables that would run somebody else's code (triggers, rules, checks) are not ours.
 */
#ifndef DB_CONTROL_H
#define DB_CONTROL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/fault.h"
#include "db/libpq.h"

enum { CONTROL_VERSION = 2 }; /* 1: runs and run_tables alone, without a version */

enum control_state {
	CONTROL_ABSENT,  /* it is not there, and can be made */
	CONTROL_BARRED,  /* it is not there, and this role may not make it */
	CONTROL_FOREIGN, /* schema rowpipe is another program's, or was changed by hand */
	CONTROL_OLD,     /* of an older version, which can be brought up */
	CONTROL_STUCK,   /* of an older version, and another role's */
	CONTROL_CLOSED,  /* this role may not write to it */
	CONTROL_OPEN
};

struct control {
	struct arena *arena;
	struct libpq *libpq;
	enum control_state state;
	bool readable;      /* runs and run_tables may be read */
	bool forgotten;     /* by control_remember: it could be written nowhere */
	const char *role;   /* quoted: this one, */
	const char *owner;  /* ... and the schema's */
	const char *grants; /* what the owner can run so that this role may; NULL: it may */
};

/* A table of a run; what a target's rows are told by when they are to be removed. */
struct control_table {
	const char *source;
	const char *name; /* qualified and quoted */
	uint64_t oid;
	uint64_t rows;
	bool blurred; /* its rows cannot be told by the transaction that wrote them */
};

struct control_run {
	const char *stream;       /* the id, in hexadecimal */
	const char *chain;        /* known at the end */
	const char *mode;         /* "create", "append", "upsert" ... */
	bool foreign;             /* its tables are somebody else's: no comment is put on them */
	const char *source;       /* as the stream names it, or NULL */
	const char *source_id;    /* a fingerprint of what was read, or NULL */
	const char *pipeline;     /* whose watermarks it moves, or NULL */
	const char *triggered_by; /* who or what ran it, or NULL */
	const char *folder;       /* of the run, on the machine that ran it, or NULL */
	uint64_t rejects;
	const struct control_table *tables;
	size_t table_count;
	const char *const *views; /* qualified and quoted, that the run has made */
	size_t view_count;
	uint64_t attempt;         /* from control_begin_run; 0: there was none */
	const char *begun;        /* ... the other mode that a part of it is staged in, or NULL */
};

/* Frames first to last of a stream, as they went into one table. */
struct control_segment {
	const char *schema, *name; /* of the target, as they are */
	uint64_t oid;
	uint64_t first, last;      /* frames */
	const char *chain;         /* behind the last one, in hexadecimal */
	uint64_t rows, rejects;
};

/* Of a stream: its loaders wait for each other here; and l of pg_locks is such a lock. */
#define CONTROL_LOCK(stream) "pg_catalog.hashtextextended(" stream ", 8245935277855761735)"
#define CONTROL_HOLDS(l, key) l ".locktype = 'advisory' AND " l ".objsubid = 1 AND " l ".granted " \
	"AND " l ".database = (SELECT d.oid FROM pg_catalog.pg_database d WHERE d.datname = " \
	"pg_catalog.current_database()) AND " l ".classid::bigint = (" key " >> 32) & 4294967295 " \
	"AND " l ".objid::bigint = " key " & 4294967295"

/* What a table is made of, and a view: a hash, in SQL. */
#define CONTROL_TABLE_SHAPE(oid) "(SELECT pg_catalog.hashtextextended(pg_catalog.string_agg(" \
	"a.attname || ' ' || pg_catalog.format_type(a.atttypid, a.atttypmod), ',' " \
	"ORDER BY a.attnum), 0) FROM pg_catalog.pg_attribute a WHERE a.attrelid = " oid \
	" AND a.attnum > 0 AND NOT a.attisdropped)"
#define CONTROL_VIEW_SHAPE(oid) \
	"pg_catalog.hashtextextended(pg_catalog.pg_get_viewdef(" oid "), 0)"

/*
 * Where the rows of a stream wait: "rowpipe_stage_" and the first 8 digits of its id; of one that
 * goes to a schema of its own, 8 digits that are of both.  NULL: there is no memory for it.
 */
const char *control_stage(struct arena *arena, const char *stream);

/* The schema as it is now.  A newer version is STATUS_MISFIT. */
int control_look(struct control *control, struct fault *fault);
/* No transaction may be open.  What it cannot make is left in control->state. */
int control_open(struct control *control, struct fault *fault);
/* The same within the open transaction, which holds a lock on it from then on. */
int control_make(struct control *control, struct fault *fault);
/* STATUS_RIGHTS with the GRANT, or STATUS_MISFIT, unless the state is CONTROL_OPEN. */
int control_need(const struct control *control, struct fault *fault);
/* The same, but what this role can make need not be there. */
int control_need_room(const struct control *control, struct fault *fault);

/*
 * The chain of a complete load of the stream whose tables are all there, and were not loaded anew
 * since; NULL: there is none.
 */
int control_find(struct control *control, const char *stream, const char **chain,
	struct fault *fault);
/* The same from the comment of a table. */
const char *control_read_comment(struct arena *arena, const char *comment, const char *stream);
/* How many of these tables ("{1,2,3}") loads of ours have made; *source: all from this one. */
int control_made(struct control *control, const char *oids, size_t *count, const char **source,
	struct fault *fault);

/* In the open transaction of a load that has no other: makes the schema, or writes a comment. */
int control_remember(struct control *control, const struct control_run *run,
	struct fault *fault);

/* The same where the load must not be repeated: what cannot be written is a fault. */
int control_insist(struct control *control, const struct control_run *run, struct fault *fault);

/*
 * In the open transaction, until it ends: an advisory lock, by its key in SQL, in which $1 is the
 * name.  Waits at most so many seconds: then STATUS_AGAIN with the words and who has it, and the
 * transaction is over.
 */
int control_take(struct control *control, const char *key, const char *name, const char *words,
	unsigned seconds, struct fault *fault);
/*
 * In the open transaction: no loader of the stream is at work until it ends.  Waits at most so many
 * seconds for one: then STATUS_AGAIN, with who it is, and the transaction is over.
 */
int control_lock(struct control *control, const char *stream, unsigned seconds,
	struct fault *fault);
/* The mode in which a part of the stream is staged; NULL: none is. */
int control_staged(struct control *control, const char *stream, const char **mode,
	struct fault *fault);
/*
 * Sets run->attempt and *chain: NULL, or that of a complete run, which is left as it is; so is one
 * that was begun in another mode.  Waits as control_lock does.  Until the session ends its
 * application_name says which stream it is at, so that others see it; behind a pooler, where
 * sessions are lent, only its locks do.
 */
int control_begin_run(struct control *control, struct control_run *run, unsigned seconds,
	const char **chain, struct fault *fault);
/* STATUS_AGAIN when another loader has taken the stream over. */
int control_attempt_holds(struct control *control, const struct control_run *run,
	struct fault *fault);
/* In the order of tables and frames. */
int control_read_progress(struct control *control, const char *stream,
	struct control_segment **segments, size_t *count, struct fault *fault);
int control_write_progress(struct control *control, const char *stream,
	const struct control_segment *segment, struct fault *fault);
/* In the open transaction: complete, with its tables and views. */
int control_end_run(struct control *control, const struct control_run *run,
	struct fault *fault);
/* The report of a run that is complete; does what can be done. */
void control_keep_report(struct control *control, const char *stream, const char *report);
/* In the open transaction: a complete run is undone; remark is what is left of it, or NULL. */
int control_undo_run(struct control *control, const char *stream, const char *remark,
	struct fault *fault);
/*
 * "partial" where progress is committed, else "failed", with the words; never takes an attempt that
 * is another's, nor makes the schema.  Without an attempt it adds a run that failed.  Does what can
 * be done, so it sets no fault; rolls back what is open.
 */
void control_fail_run(struct control *control, const struct control_run *run, const char *error);

#endif
