/*
 * Whether a typed cell is what the source's cell means, as the plan's words for its column have it.
 * A second opinion on rows-retype, cell by cell: like row/canonical, it shares nothing with
 * row/convert*.
 *
 * A value that is NULL by the plan is NULL, and no other is.  Where a policy changes a text (NUL
 * bytes, ill-formed text) it is held against what every such policy leaves alone: its characters
 * of ASCII, in their order.  An interval is as long as the number, the time since 1970 or .NET's
 * text says; an array has the items of the JSON, in their order; what is rounded is the nearest
 * value that the type has.  Of all else the forms of canonical.h are equal.
 */
#ifndef ROW_ATTEST_H
#define ROW_ATTEST_H

#include <stdbool.h>

#include "row/canonical.h"
#include "row/conversion.h"

struct attest {
	struct conversion conversion; /* policies and nullify count */
	struct canonical *source;     /* the forms of both sides, which canonical_pair made */
	struct canonical *typed;
	enum type_kind kind;          /* what it is to be */
	enum value_kind same;         /* cells of this kind are the same thing; VALUE_NULL: none */
	bool interval;
	bool array;
	bool rounds;                  /* to the digits that its type keeps: */
	int64_t unit;                 /* times: microseconds of the last digit that is kept */
	int32_t scale;                /* numeric: digits behind the point; -1: all */
};

void attest_begin(struct attest *attest, const struct conversion *conversion,
	const struct type *type, struct canonical *source, struct canonical *typed);
/* Without memory a form's scratch.failed. */
bool attest_cell(struct attest *attest, const struct value *from, const struct value *to);

#endif
