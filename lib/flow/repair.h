/*
 * A repair stream: the rows to write and the keys of rows to delete that make the right side of a
 * comparison what the left side is.  It stands in a file, which gets its name when it is whole.
 *
 * Its tables have the coverage "repair", and as their primary key what told their rows apart; in a
 * table without such a key, each key of a row to delete is the whole row, and stands for one.
 */
#ifndef FLOW_REPAIR_H
#define FLOW_REPAIR_H

#include "base/descriptor.h"
#include "flow/diff.h"
#include "flow/writer.h"
#include "row/couple.h"

struct repair {
	struct writer writer;
	struct descriptor_file file;
	struct arena *arena;
	const struct couple *couple; /* the table at hand */
	struct value *cells;
	size_t room;
};

/* All of left's origin; the id comes from both and from the tool. */
int repair_open(struct repair *repair, const char *path, const struct hello *left,
	const struct hello *right, const char *tool, struct arena *arena, struct fault *fault);
/*
 * Before the first finding, for every table that is compared.  STATUS_MISFIT where rows of the left
 * are not rows of the right: a column or its type differs.
 */
int repair_define(struct repair *repair, const struct couple *couple, struct fault *fault);
/* The table's findings, then its end. */
void repair_begin(struct repair *repair, const struct couple *couple);
int repair_finding(struct repair *repair, const struct diff_finding *finding, struct fault *fault);
int repair_table_end(struct repair *repair, const struct diff *diff, struct fault *fault);
/* Ends it, or removes it when there is a fault. */
int repair_close(struct repair *repair, struct fault *fault);

#endif
