/*
 * A plan's lines as text, such that plan.h reads them back as the same.  Names and words are quoted
 * where they must be, and nothing invisible comes out.
 */
#ifndef ROW_PRINT_PLAN_H
#define ROW_PRINT_PLAN_H

#include <stdbool.h>

#include "base/bytes.h"
#include "row/conversion.h"
#include "row/schema.h"

void plan_add_name(struct bytes *to, const char *name);
/* "timestamptz epoch_ms nullify ''" */
void plan_add_words(struct bytes *to, const struct conversion *conversion);

/*
 * What rows-retype decided, in the column's note, for who prints the plan:
 *
 *	bigint # INTEGER; 12,345 integers ...
 *	timestamptz epoch_ms # likely
 *
 * The first line is what stands behind the column's target; each further line is the same for
 * another type that would do, and is commented out in the plan.
 */
void plan_add_note(struct bytes *note, const struct conversion *conversion, bool decide,
	const char *remark);
void plan_add_other(struct bytes *note, const char *words, const char *why);

/*
 * Why a person should look at what was decided (a column became wider than it was declared, or
 * values became equal), up to the end of the line; NULL: nobody need to.
 */
const char *plan_note_decides(const char *note);

/* The lines of a table with its columns, by their names and notes. */
void plan_print(struct bytes *to, const struct table *table);
/* "logs.secret -> skip"; of a whole table without column. */
void plan_print_skip(struct bytes *to, const char *table, const char *column);
/* The kind under which rows-retype counts, in END, what it left out. */
extern const char plan_skipped[];

#endif
