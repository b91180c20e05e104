/*
 * Meanings that are no forms of canonical.h: texts that are intervals and arrays, and values that
 * lost digits.
 */
#ifndef ROW_ATTEST_FORM_H
#define ROW_ATTEST_FORM_H

#include <stdbool.h>
#include <stdint.h>

#include "row/value.h"

struct attest;

/* ATTEST_UNSAID: it is none of these, and equal cells are the same thing. */
enum attested { ATTEST_NO, ATTEST_YES, ATTEST_UNSAID };

/* The nearest of what the type keeps, halves up; false where there is none. */
bool attest_round_micros(const struct attest *attest, int64_t *micros);
/* As time(p), timestamp(p) or numeric(p,s) rounds it; times also in a loose spelling. */
bool attest_rounded(struct attest *attest, const struct value *from, const struct value *to);

/* A number of some unit, what a stamp is beyond 1970, .NET's d.hh:mm:ss. */
enum attested attest_interval(struct attest *attest, const struct value *from,
	const struct value *to);
/* JSON, item by item. */
enum attested attest_array(struct attest *attest, const struct value *from,
	const struct value *to);
/* Every ASCII character of the text but NUL, in its order. */
bool attest_keeps_plain(const struct value *text, const struct value *to);

#endif
