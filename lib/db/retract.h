/*
 * Rows that a run has added to tables that are there (append.h), removed again: all of them or
 * none, and never any other.
 *
 * A row is the run's as long as its xmin is the transaction that the run was: who changes a row,
 * and what writes a table anew (another type of a column, a dump that is restored), gives it
 * another one.  So rows that are not found any more were changed or deleted, which cannot be told
 * apart.  They are none that could be removed, and stop it; with force the others go, and they
 * stay.
 *
 * What stops it always, since other rows than the run's would go or change: the number of the
 * transaction may be another's by now, or is not known; rows of others refer to the run's, whatever
 * their keys do then; a rule makes something else of DELETE.  Triggers fire, and are shown.
 *
 *	retract_look   what is there of it, and what speaks against it; changes nothing
 *	retract_run    locks it, looks again, and removes it; the run is "undone" then
 */
#ifndef DB_RETRACT_H
#define DB_RETRACT_H

#include "base/bytes.h"
#include "db/control.h"

struct retract_table {
	const char *name;  /* as SQL has it */
	const char *only;  /* "ONLY ", but for one that has partitions */
	const char *xid;   /* of its rows */
	uint64_t oid;
	bool gone;
	bool lost;         /* which rows are the run's is not known */
	uint64_t added;    /* by the run */
	uint64_t rows;     /* ... that are as it wrote them */
};

struct retract {
	struct control *control;
	const char *stream;
	struct retract_table *tables; /* in the order of their names */
	size_t count;
	uint64_t rows;         /* of all tables */
	uint64_t changed;      /* rows that are not as the run wrote them any more */
	struct texts triggers; /* that fire */
	struct texts stops;    /* what stops it, also with force */
};

int retract_look(struct retract *retract, struct fault *fault);
/* What would be done, in lines. */
void retract_print(struct bytes *to, const struct retract *retract);
/* STATUS_MISFIT when it cannot be done; *forcible: but with force it can. */
int retract_judge(const struct retract *retract, bool force, bool *forcible, struct fault *fault);
/*
 * Waits at most so many seconds for locks.  What has changed since retract_look is STATUS_AGAIN.
 */
int retract_run(struct retract *retract, bool force, unsigned seconds, struct fault *fault);

#endif
