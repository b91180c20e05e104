/*
 * What a comparison with a target has found, beside its rows (diff_print.h): remarks, sums, and the
 * answer, for people in a line, for programs as one document.  The manual page report(5) has every
 * key of that.
 *
 * The document holds no value of any row.
 */
#ifndef FLOW_VERDICT_H
#define FLOW_VERDICT_H

#include "flow/diff_print.h"

enum verdict_scope {
	VERDICT_VALUES,
	VERDICT_COUNTS, /* tables, columns, numbers of rows */
	VERDICT_TABLES  /* tables and columns */
};

struct verdict {
	struct diff_print print;     /* rows, and lines for remarks */
	enum verdict_scope scope;
	const char *allowance;       /* "5", "0.1%": so many rows may differ; NULL: none */
	bool part;                   /* the target may have other rows, too */
	double started;
	/* What was found: */
	uint64_t rows;               /* of the stream */
	uint64_t missing, extra, changed;
	uint64_t others;             /* remarks that are not of rows: no allowance covers them */
	size_t tables;               /* all of them, and those whose rows differ: */
	size_t tables_different;
	bool allowed;                /* it is different, and may be */
	struct bytes remarks;        /* of the document */
	struct bytes table_list;
};

/* Monotonic seconds. */
double verdict_now(void);

/* "5", "0.1%" */
bool verdict_may_allow(const char *allowance);

/*
 * A difference; kind "rows" is one of numbers of rows, "profile" and "conversion" have values in
 * their words.
 */
void verdict_remark(struct verdict *verdict, const char *table, const char *kind, const char *name,
	const char *expected, const char *found);
/* What is so in the source, too; expected NULL: it is but a note. */
void verdict_same(struct verdict *verdict, const char *table, const char *kind, const char *name,
	const char *expected, const char *found);
/* The rows of a table, which were compared since `started`. */
void verdict_table(struct verdict *verdict, const struct couple *couple, const struct diff *diff,
	double started);
/* Only their numbers were, which are these. */
void verdict_count(struct verdict *verdict, uint64_t expected, uint64_t found);
/* They differ, but went by: nobody can look for them (verdict_tables.c). */
int verdict_unfound(struct verdict *verdict, const struct couple *couple, const struct diff *diff,
	struct fault *fault);
/* A table that is not there, and so many rows with it (verdict_tables.c). */
int verdict_absent(struct verdict *verdict, const char *table, uint64_t rows, struct fault *fault);
/*
 * Columns that are on one side only, or are not compared.  More of them in the target are no
 * difference where it may have other rows, and but a note where it was there before (`like`)
 * (verdict_tables.c).
 */
void verdict_columns(struct verdict *verdict, const struct couple *couple, bool whole, bool like,
	struct arena *arena);

bool verdict_different(const struct verdict *verdict);
/* Behind everything: sets allowed. */
void verdict_end(struct verdict *verdict);
/* "equal: 12 tables, 1,234,567 rows" */
void verdict_line(const struct verdict *verdict, struct bytes *to);
/* With a newline behind it. */
void verdict_document(const struct verdict *verdict, struct bytes *to);
/* ... into a file that is there when it is whole. */
int verdict_write(const struct verdict *verdict, const char *path, struct fault *fault);
void verdict_close(struct verdict *verdict);

#endif
