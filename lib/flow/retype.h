/*
 * What rows-retype knows of a stream's tables: which of their columns go on, and which type each is
 * given.  All are decided behind the last definition, so that no row can surprise one.
 */
#ifndef FLOW_RETYPE_H
#define FLOW_RETYPE_H

#include "flow/flow.h"
#include "flow/like.h"
#include "flow/plans.h"
#include "row/choose.h"
#include "row/convert.h"
#include "row/plan.h"

/* Kinds of values that pass as they are, beside those of enum value_kind. */
enum { PASS_NONE = 0xff, PASS_ALL = 0xfe };

/* A table on its way; the account's `own`. */
struct work {
	const struct table *from;
	struct table *table;    /* with the new types, and without what is skipped */
	uint32_t *places;       /* of its columns among those of `from` */
	uint32_t count;
	const struct plan_line **lines; /* that give the types; NULL: none */
	const struct column **targets;  /* with --like: where they go; NULL: a finding tells */
	struct adapt *adapts;
	struct decision *decisions;
	bool *fixed;            /* choose_foreign leaves it alone */
	bool converts;
	uint8_t *passes;
	uint64_t (*changes)[CHANGES];
	struct bytes *scratch;
	struct value *cells;
	struct value *row;
};

struct retype {
	struct flow flow;
	struct plan plan;
	struct like like;
	struct definitions definitions;
	const char *like_file;     /* NULL: no tables of a target are asked */
	const char *target_schema; /* of those; NULL: any */
	const char *timezone;      /* as it was given; NULL: it was not */
	int32_t zone;
	bool times;                /* what is likely a time becomes one */
	bool strict;               /* no column may need a decision */
	struct work **works;
	size_t count;
	size_t room;
	bool decided;
};

/* --- tables on their way (retype_work.c) ------------------------------------------------------ */

/* Zeroed, for the run; NULL with a fault. */
void *retype_array(struct retype *retype, size_t count, size_t size);
struct work *retype_make(struct retype *retype, const struct table *from);
void retype_add(struct retype *retype, struct work *work);
/* Which columns stay, and who types them. */
void retype_read_columns(struct retype *retype, struct work *work);
/* The table without what is skipped, its columns free to be changed. */
struct table *retype_copy_table(struct retype *retype, const struct work *work);

/* --- decisions (retype_decide.c) -------------------------------------------------------------- */

void retype_decide(struct retype *retype, struct work *work, size_t place);
/* A foreign key's columns get the types of those that they lead to. */
void retype_unify_keys(struct retype *retype);
/* A fault that names the columns which do not fit the types that they would have. */
void retype_check(struct retype *retype);
/* Two conversions that a plan would write alike. */
bool retype_same_words(struct retype *retype, const struct conversion *a,
	const struct conversion *b);
/* table.column, as a plan writes it. */
void retype_add_place(struct bytes *text, const struct work *work, size_t place);

/* --- tables that exist (retype_like.c) -------------------------------------------------------- */

/* Where each column goes; what the target computes is left out. */
void retype_find_targets(struct retype *retype);
void retype_check_targets(struct retype *retype, const struct work *work);

/* --- what comes of it ------------------------------------------------------------------------- */

/* A column's definition, as it was decided (retype_column.c). */
void retype_set_column(struct retype *retype, struct work *work, size_t place);
/* A fault that says which value does not fit, and what takes it (retype_misfit.c). */
void retype_refuse(struct retype *retype, const struct work *work, size_t place, const char *why);

#endif
