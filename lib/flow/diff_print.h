/*
 * What differs, told to people or, a JSON object a line, to programs.
 *
 *	--- users (a.rows): 3 rows
 *	+++ users (b.rows): 3 rows
 *	- {"id":1,"email":"a@x"}
 *	+ {"id":7,"email":"g@x"}
 *	~ {"id":2}: "email": "b@x" -> "c@x"
 *	users: 1 missing, 1 extra, 1 changed ("email" 1)
 *
 * Row values are shown: only who asked for them calls this.
 */
#ifndef FLOW_DIFF_PRINT_H
#define FLOW_DIFF_PRINT_H

#include "flow/diff.h"
#include "row/couple.h"

enum diff_print_what {
	DIFF_PRINT_ROWS,
	DIFF_PRINT_KEYS, /* of rows, and the names of columns */
	DIFF_PRINT_STAT  /* only how many */
};

struct diff_print {
	const char *names[2]; /* of the sides */
	enum diff_print_what what;
	uint64_t limit;       /* rows of a table that are told; 0: all */
	bool json;
	struct bytes text;    /* to be printed, see process_print */
	const struct couple *couple; /* the table at hand */
	uint64_t told;        /* of its rows */
	struct bytes tables;  /* of the summary */
	uint64_t remarks;     /* findings that are not of rows */
	uint64_t different;   /* tables whose rows differ */
	uint64_t tables_seen;
	uint64_t rows;        /* of the left */
};

/* In front of a table's findings. */
void diff_print_table(struct diff_print *print, const struct couple *couple,
	const struct diff *diff);
/* For diff->found. */
int diff_print_finding(struct diff_print *print, const struct diff_finding *finding,
	struct fault *fault);
/* Behind them, also of a table that is equal. */
void diff_print_total(struct diff_print *print, const struct diff *diff);
/*
 * A finding that is not of rows: of a table, or of a column of it, told by kind ("type", "column",
 * "table", "definition").  What a side says is NULL where the thing is not there.
 */
void diff_print_remark(struct diff_print *print, const char *table, const char *kind,
	const char *name, const char *left, const char *right);
/* The last line of JSON; nothing for people. */
void diff_print_summary(struct diff_print *print);
void diff_print_close(struct diff_print *print);

#endif
