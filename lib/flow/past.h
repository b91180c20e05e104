/*
 * A run that has ended, as its report.json tells of it; report(5) has every key.
 *
 * Texts and lists live in an arena.  A text that may be null is NULL then; what was not yet written
 * by an older rowpipe is NULL, 0 or empty.
 */
#ifndef FLOW_PAST_H
#define FLOW_PAST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/bytes.h"
#include "base/fault.h"
#include "row/schema.h"

struct past_part {
	const char *name;
	double began, seconds;
};

struct past_parts {
	struct past_part *items;
	size_t count;
};

/* Values of a column that are something else now. */
struct past_change {
	const char *column, *kind;
	uint64_t count;
};

/* A column that holds what was not declared. */
struct past_widened {
	const char *column, *type, *why;
};

struct past_table {
	const char *source, *name;
	uint64_t extracted, filtered, rejected, loaded, deleted, bytes, per_second, todos;
	uint64_t changed;   /* of all changes */
	double began, seconds;
	struct past_change *changes;
	size_t change_count;
	struct past_widened *widened;
	size_t widened_count;
	struct texts remarks;
};

struct past_todo {
	const char *kind, *name, *table, *reason, *sql;
};

struct past_view {
	const char *schema, *name, *remark;
};

struct past_left_out {
	const char *source;
	uint64_t extracted;
};

struct past_load {
	const char *verdict;
	const char *server, *where, *database, *user;
	double seconds;
	struct past_parts parts;
	struct past_table *tables;
	size_t table_count;
	struct past_view *views;
	size_t view_count;
	struct past_left_out *left_out;
	size_t left_out_count;
	struct past_todo *todos;
	size_t todo_count;
};

struct past_column {
	const char *name;
	uint64_t changed;
};

/* What the proof has found in a table. */
struct past_proof {
	const char *source; /* NULL: not known */
	const char *table;
	bool equal;
	uint64_t expected, found, missing, extra, changed;
	double began, seconds;
	struct past_column *columns; /* that differ */
	size_t column_count;
};

/* ... and what is not of rows. */
struct past_finding {
	const char *table, *kind, *name, *expected, *found;
	bool same_in_source;
};

struct past_verification {
	const char *status;
	bool equal, subset;
	uint64_t rows, missing, extra, changed;
	double seconds;
	struct past_finding *findings;
	size_t finding_count;
	struct past_proof *proofs;
	size_t proof_count;
};

struct past_run {
	const char *rowpipe, *command, *verdict, *error, *next, *started, *ended, *folder;
	const char *database; /* in the server of one's own; NULL: another one */
	const char *source;   /* NULL: the archive alone was read */
	uint64_t source_bytes, status, archive_bytes, kept_bytes;
	bool snapshot, written_to;
	double seconds;
	struct past_parts parts;
	const struct past_load *load;                 /* NULL: it did not come so far */
	const struct past_verification *verification; /* NULL: there was none */
};

/* The document; STATUS_STREAM when it is damaged, or of a newer rowpipe. */
int past_read(struct arena *arena, const uint8_t *data, size_t size, struct past_run *run,
	struct fault *fault);

/* Of a table that was loaded; NULL: it was not compared. */
const struct past_proof *past_proof_of(const struct past_run *run, const struct past_table *table);
/* The rows of a table that differ, and what else does. */
uint64_t past_differences(const struct past_run *run, const struct past_proof *proof);
/* What differs beside rows; `missing`: only tables that are not there. */
size_t past_findings(const struct past_verification *verification, bool missing);

/* "equal", "loaded, not verified", "failed" ...: what it comes to. */
enum past_verdict {
	PAST_EQUAL,
	PAST_NOT_VERIFIED,
	PAST_ROLLED_BACK, /* as was asked for */
	PAST_DIFFERENT,
	PAST_UNNAMED,     /* loaded, into a database that could not take its name */
	PAST_NOT_PROVED,  /* loaded, and the proof itself failed or was stopped */
	PAST_FAILED,
	PAST_STOPPED      /* by a signal */
};

enum past_verdict past_judge(const struct past_run *run);

/* For people, what the run itself has printed; the folder is where it is now. */
void past_print(struct bytes *to, const struct past_run *run, const char *folder);

#endif
