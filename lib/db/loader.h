/*
 * A load in its mode, from its session to the last COMMIT, and once more where what went wrong
 * passes.  Who reads the stream tells what comes of it:
 *
 *	loader_open       nothing is asked of the server yet
 *	loader_keep       an object
 *	loader_begin      all definitions have come: the session, what stands in the way, and what
 *	                  is to be there before the rows
 *	loader_frame      before rows of a table: they may be committed already
 *	loader_row        a row; loader_delete: a key
 *	loader_frame_end  behind the rows
 *	loader_table_end  behind the table
 *	loader_end        behind the stream's verified END: all is visible
 *	loader_again      behind a fault: whether the stream is to be read from its beginning
 *	loader_fail       the control tables remember the fault
 *	loader_close
 *
 * A table is the one that the stream's ledger stands at.  What it says of itself it says in the
 * functions that it is given, and it never prints.
 */
#ifndef DB_LOADER_H
#define DB_LOADER_H

#include "db/address.h"
#include "db/append.h"
#include "db/fill.h"
#include "db/outage.h"
#include "db/staging.h"
#include "db/upsert.h"
#include "wire/ledger.h"

enum loader_mode { LOADER_CREATE, LOADER_FILL, LOADER_REFILL, LOADER_APPEND, LOADER_UPSERT };

struct loader_settings {
	const char *tool;          /* how the session is called */
	const struct address *address;
	const char *told;          /* " -d env:DB": the address, for commands; may be NULL */
	enum loader_mode mode;
	const char *owner;         /* of what is made; NULL: the role */
	struct texts grants;
	uint64_t commit_every;     /* bytes of a segment (staging.h); 0: one transaction */
	unsigned publish_wait;     /* seconds for older transactions */
	unsigned retry_time;       /* seconds for what passes */
	bool rereads;              /* the stream can be read again */
	bool scripts;              /* no server is asked: the target's SQL is all that is made */
	bool looks;                /* for what stands in the way, and writes nothing */
	bool dry;                  /* rolls back at the end */
	bool definitions;          /* no rows */
	bool again;                /* an append may come behind another one of the same source */
	bool fires;                /* a fill leaves triggers on */
	bool other_migrations;     /* ... and takes a target that is at others */
	const char *pipeline, *triggered_by, *folder; /* to be remembered; may be NULL */
	/* As load.h has them. */
	void (*tell)(void *context, const char *what, const char *table, size_t step, size_t all);
	void (*enter)(void *context, const char *part);
	void *context;
	/* Told of a fault that may pass, or NULL, and of the wait before the next try. */
	void (*pause)(const char *why, unsigned milliseconds);
};

struct loader {
	struct loader_settings how;
	struct arena *arena;
	const struct hello *hello;
	const struct ledger *ledger;
	const struct table *const *tables;
	size_t table_count;
	struct object *objects;
	size_t object_count, object_room;
	struct target target;
	struct load load;
	struct staging staging;
	struct append append;
	struct upsert upsert;
	struct fill fill;
	struct findings findings;
	struct outage outage;
	bool connected; /* once */
	bool writes;    /* the transaction is open */
	bool passes;    /* the frame's rows are committed already */
	bool stays;     /* rows were staged when a try ended: so many */
	uint64_t staged;
};

/* By its name; false: there is no such. */
bool loader_find_mode(const char *name, enum loader_mode *mode);

/* Of a loader that is all zero.  hello and ledger are the stream's, and filled by who reads it. */
void loader_open(struct loader *loader, struct arena *arena, const struct loader_settings *how,
	const struct hello *hello, const struct ledger *ledger);
/* Copies it. */
int loader_keep(struct loader *loader, const struct object *object, struct fault *fault);
/*
 * The tables are as in the ledger, and stay.  Where loader->writes is not set then, nothing is to
 * be written: load.complete, or findings, tell why.
 */
int loader_begin(struct loader *loader, const struct table *const *tables, size_t count,
	struct fault *fault);
/* Rows go somewhere; else they are read for their END alone. */
bool loader_takes_rows(const struct loader *loader);
int loader_frame(struct loader *loader, uint64_t frame, struct fault *fault);
int loader_row(struct loader *loader, const struct value *cells, struct fault *fault);
int loader_delete(struct loader *loader, const struct value *cells, struct fault *fault);
int loader_frame_end(struct loader *loader, uint64_t rows, struct fault *fault);
int loader_table_end(struct loader *loader, uint64_t rows, struct fault *fault);
int loader_end(struct loader *loader, const struct ending *ending, struct fault *fault);

/* Retries, and what stays behind a failure (loader_again.c). */

/*
 * True: all is as behind loader_open, and the fault is gone.  False: it stays, or is gone where a
 * COMMIT whose answer was lost has taken place.  ending is NULL where the stream's END is missing.
 */
bool loader_again(struct loader *loader, const struct ending *ending, struct fault *fault);
/* Where there is something to remember, and time and a session for it. */
void loader_fail(struct loader *loader, const struct fault *fault);
/* Whether a load that ends here leaves rows that are staged: loader->staged of them. */
bool loader_leaves(struct loader *loader);
void loader_close(struct loader *loader);

/* --- for the other file of it ----------------------------------------------------------------- */

/* 16 bytes in hexadecimal, with a schema behind them if it is not NULL. */
const char *loader_hex(struct loader *loader, const uint8_t *data, const char *schema,
	struct fault *fault);
/* What is to be remembered of the load, beside what it writes. */
struct control_run loader_run(struct loader *loader, struct fault *fault);
/* The schema that the address puts tables into which name none; NULL: there is no such. */
const char *loader_own_schema(const struct loader *loader);
int loader_connect(struct loader *loader, struct fault *fault);

#endif
