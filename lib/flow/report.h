/*
 * The report of a load, and of a run that a load is part of: tables and lines for people, JSON for
 * programs.  The manual page report(5) has every key.
 *
 * What is in it is plain data, gathered by whoever did the work.  No row's values are, beyond what
 * a plan says of columns.
 */
#ifndef FLOW_REPORT_H
#define FLOW_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "wire/payload.h"

enum { REPORT_VERSION = 1, REPORT_PARTS = 16 };

/* The work in its parts, one behind the other: seconds since it began. */
struct report_part {
	const char *name;
	double began, ended;
};

struct report_parts {
	struct report_part items[REPORT_PARTS];
	size_t count;
};

/* The next part begins, and the one before ends; names are not copied. */
void report_enter(struct report_parts *parts, const char *name, double now);

/* What a load did with one table. */
struct report_table {
	const struct table *definition;
	const char *name;   /* in the target, as people write it: public.users */
	uint64_t extracted, filtered, rejected, loaded;
	uint64_t deleted;   /* that were there before */
	uint64_t bytes;     /* that went to the server */
	double began;       /* in seconds since the load began */
	double seconds;
	bool binary;
	size_t todos;
};

/* What was not carried over, or must be decided. */
struct report_todo {
	const char *kind, *name, *table, *sql, *reason;
};

/* A view that was carried over. */
struct report_view {
	const char *schema, *name;
	const char *remark; /* NULL: there is nothing to say */
};

struct report_target {
	const char *server; /* its version */
	const char *where, *database, *user;
};

struct report_load {
	const char *verdict; /* "loaded", "already complete", "rolled back", "checked" */
	const struct hello *hello;
	const struct ending *ending;
	struct report_target target;
	struct report_table *tables;
	size_t table_count;
	struct report_todo *todos;
	size_t todo_count;
	struct report_view *views;
	size_t view_count;
	double seconds;
	bool staged;         /* in segments, each a transaction */
	uint64_t there;      /* rows that earlier tries had committed */
	uint64_t retries;    /* of this load, behind outages, locks and deadlocks */
	const char *whole;   /* why it was one transaction, though it is large; NULL: it was not */
	struct report_parts parts;
};

/* The tables' rows that the stream's END tells, and their to-dos; all else is set. */
void report_load_count(struct report_load *load);
/* What sqlite-extract says of its source; 0: nothing. */
uint64_t report_source_bytes(const struct ending *ending);

/* For people: a table with its totals, and the verdict. */
void report_load_print(struct bytes *to, const struct report_load *load);
/* One document, without the newline behind it. */
void report_load_json(struct bytes *to, const struct report_load *load);

/* What an upsert did. */
struct report_upsert {
	bool there;        /* it was applied before */
	bool dry;          /* rolled back */
	uint64_t written, deleted;
};

/* For people: one line. */
void report_upsert_print(struct bytes *to, const struct report_upsert *upsert);

/* A whole run. */
struct report_run {
	const char *command; /* "migrate", "replay" */
	const char *folder;
	const char *source;  /* its path; NULL: the archive alone was read */
	uint64_t source_bytes;
	bool snapshot, written_to; /* the source, while it was read */
	int status;
	int64_t started, ended;    /* seconds since 1970 */
	double seconds;
	const char *error;   /* the last words of a run that failed; NULL: none */
	const char *database; /* in the server of one's own; NULL: another one */
	const char *next;    /* the command that goes on; NULL: nothing is to be done */
	uint64_t archive_bytes, kept_bytes;
	const char *load;    /* report_load_json's document; NULL: it did not come so far */
	const char *verification; /* pg-verify's document; NULL: it did not come so far */
	struct report_parts parts;
};

void report_run_json(struct bytes *to, const struct report_run *run);

#endif
