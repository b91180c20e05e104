/*
 * A large load in segments, each a transaction of its own that holds some frames' rows and the word
 * that it holds them (control.h): whatever dies, and when, the same stream again goes on behind the
 * last segment.
 *
 * Until the stream's END is verified the tables wait where nobody looks for them: bare, in a schema
 * of their own, or in schema rowpipe where the role may make none.  Then one transaction moves them
 * to where they belong, makes all that stands behind rows, and says that the run is complete:
 * readers see nothing, then all.
 *
 *	staging_begin    whether it is such a load; takes it from who had it before, and looks what
 *	                 is there; the first transaction, with the tables
 *	staging_has      a frame is committed already: its rows are passed (load_pass_row)
 *	staging_meet     behind such a frame: the stream is the same one so far
 *	staging_ready    before the rows of any other: a transaction is open
 *	staging_frame    behind its rows; ends the segment when it is large enough
 *	staging_publish  behind END: the last segment, the wait for old readers, the move; load_end
 *	                 ends it
 *
 * What is there is never believed: a table that was changed, emptied or dropped by others between
 * two tries is refused, and so is a stream with other rows.
 */
#ifndef DB_STAGING_H
#define DB_STAGING_H

#include "db/control.h"
#include "db/load.h"
#include "wire/ledger.h"

/* Of one table. */
struct staging_part {
	uint64_t first, last, rows; /* frames and rows of the segment that is open */
	char chain[33];             /* behind its last frame */
	uint64_t oid;               /* of the table that they are in; 0: of none */
};

struct staging {
	struct load *load;
	struct arena scratch;
	uint64_t every;         /* bytes of a segment */
	bool on;
	const char *why;        /* it is large, and yet one transaction; NULL: it is not */
	bool own;               /* the schema was made for this stream, and goes with it */
	const char *name;       /* of that schema, or what the names of its tables begin with */
	const char *schema;
	const char *address;    /* " -d env:DB", for commands */
	const char *way_out;    /* the command that gives up what is staged */
	struct load_place *places;
	struct staging_part *parts;
	bool open;              /* a transaction is */
	bool committed;         /* a segment is: by this load or by one before */
	uint64_t mark;          /* load->sent when the segment began */
	uint64_t reach;         /* the last frame that is committed */
	const char *chain;      /* ... behind it, */
	bool met;               /* ... which the stream has, too */
	uint64_t there;         /* rows that were committed before this load, */
	uint64_t rows;          /* ... that it has committed, */
	uint64_t now;           /* ... that it is about to */
	uint64_t segments;      /* that it has committed */
};

/*
 * In the transaction that load_lock has begun: where it sets staging->on that one is over, else it
 * goes on.  Sets load->complete when another loader was the first.  every is 0 for one transaction;
 * load->run has mode and source.
 */
int staging_begin(struct staging *staging, struct load *load, uint64_t every, struct fault *fault);
bool staging_has(const struct staging *staging, uint64_t frame);
int staging_meet(struct staging *staging, const struct ledger *ledger, struct fault *fault);
int staging_ready(struct staging *staging, struct fault *fault);
/* A frame of a table, by its place; the ledger stands behind it. */
int staging_frame(struct staging *staging, size_t place, uint64_t rows, const struct ledger *ledger,
	struct fault *fault);
/* Waits at most so many seconds for readers, and for locks. */
int staging_publish(struct staging *staging, unsigned seconds, struct fault *fault);
/* Without segments, in the transaction that is open: temporary tables for the rows. */
int staging_begin_temporary(struct staging *staging, struct fault *fault);
/* Instead of staging_publish: the last segment, and a transaction in which all rows are read. */
int staging_gather(struct staging *staging, struct fault *fault);
/* The tables, when their rows are somewhere else; temporary ones go by themselves. */
int staging_drop(struct staging *staging, struct fault *fault);
void staging_close(struct staging *staging);

/* Takes over what earlier tries have committed (staging_resume.c). */
int staging_resume(struct staging *staging, struct fault *fault);
/* Refuses where another stream's staged rows are for these tables. */
int staging_look_at_others(struct staging *staging, struct fault *fault);
int staging_begin_transaction(struct staging *staging, struct fault *fault);
/* Ends the segment that is open, unless it is the only one; the stream is that which was begun. */
int staging_end_segments(struct staging *staging, struct fault *fault);

#endif
