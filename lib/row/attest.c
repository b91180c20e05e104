#include "row/attest.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "row/attest_form.h"

/* A cell of the source's that passes as it is, and need not be looked at but for its bytes. */
static enum value_kind same_kind(const struct type *type)
{
	switch (type->kind) {
	case TYPE_INT2:
	case TYPE_INT4:
	case TYPE_INT8:
		return VALUE_INTEGER;
	case TYPE_FLOAT8:
		return VALUE_REAL;
	case TYPE_TEXT:
	case TYPE_VARCHAR:
		return VALUE_TEXT;
	case TYPE_BYTEA:
		return VALUE_BYTES;
	default:
		return VALUE_NULL;
	}
}

/* What the last digit is that the type keeps: of interval(3) a millisecond. */
static int64_t unit_of(const struct type *type, bool interval)
{
	const char *open = interval ? strchr(type->name, '(') : NULL;
	int digits = interval ? open == NULL ? 6 : open[1] - '0' : type->fraction;
	int64_t unit = 1;

	for (digits = digits < 0 ? 6 : digits; digits < 6; digits++)
		unit *= 10;
	return unit;
}

void attest_begin(struct attest *attest, const struct conversion *conversion,
	const struct type *type, struct canonical *source, struct canonical *typed)
{
	const bool interval = type_is_interval(type);
	const bool time = type->kind >= TYPE_TIME && type->kind <= TYPE_TIMESTAMPTZ;

	*attest = (struct attest){ .conversion = *conversion, .source = source, .typed = typed,
		.kind = type->kind, .same = same_kind(type), .interval = interval,
		.array = type_is_array(type), .rounds = conversion->round && type_rounds(type),
		.unit = interval || time ? unit_of(type, interval) : 1,
		.scale = type->kind == TYPE_NUMERIC && type->precision > 0 ? type->scale : -1 };
}

/* --- cells that a policy has changed ---------------------------------------------------------- */

/* 0, -7, 12.50; how else a number may be spelled in a plan is not for us to say. */
static bool is_simple(const char *word)
{
	size_t whole, rest;

	word += *word == '-';
	whole = strspn(word, "0123456789");
	rest = word[whole] != '.' ? 0 : 1 + strspn(word + whole + 1, "0123456789");
	return whole > 0 && rest != 1 && word[whole + rest] == '\0';
}

enum nullity { NULL_NO, NULL_MAY, NULL_MUST };

static enum nullity meant_by(const struct value *cell, const char *word)
{
	char *end, print[24];
	double real;

	if (cell->kind == VALUE_TEXT)
		return cell->size == strlen(word) && memcmp(cell->data, word, cell->size) == 0 ?
			NULL_MUST : NULL_NO;
	if (cell->kind != VALUE_INTEGER && cell->kind != VALUE_REAL)
		return NULL_NO;
	real = strtod(word, &end);
	if (end == word || *end != '\0')
		return NULL_NO;
	if (cell->kind == VALUE_REAL)
		return real == cell->real ? is_simple(word) ? NULL_MUST : NULL_MAY :
			real != real && cell->real != cell->real ? NULL_MAY : NULL_NO;
	snprintf(print, sizeof(print), "%lld", (long long)cell->integer);
	return strcmp(print, word) == 0 ? NULL_MUST : real == (double)cell->integer ? NULL_MAY :
		NULL_NO;
}

static enum nullity means_null(const struct texts *words, const struct value *cell)
{
	enum nullity most = cell->kind == VALUE_NULL ? NULL_MUST : NULL_NO;

	for (size_t i = 0; i < words->count && most != NULL_MUST; i++) {
		const enum nullity one = meant_by(cell, words->items[i]);

		most = one > most ? one : most;
	}
	return most;
}

static bool is_plain(uint8_t byte)
{
	return byte != '\0' && byte < 0x80;
}

bool attest_keeps_plain(const struct value *text, const struct value *to)
{
	size_t at = 0;

	for (size_t i = 0; i < text->size; i++) {
		if (!is_plain(text->data[i]))
			continue;
		while (at < to->size && to->data[at] != text->data[i])
			at++;
		if (at++ == to->size)
			return false;
	}
	return true;
}

static bool is_escaped(const struct conversion *conversion, const struct value *cell)
{
	return (conversion->nul == NUL_ESCAPE || conversion->ill == ILL_ESCAPE) &&
		memchr(cell->data, '\\', cell->size) != NULL;
}

/* Is the difference one that the plan's words for the column ask for? */
static bool is_wanted(const struct conversion *conversion, const struct value *from,
	const struct value *to)
{
	if (to->kind != VALUE_TEXT)
		return false;
	if (from->kind == VALUE_BAD_UTF16)
		return conversion->ill != ILL_REFUSE && (from->size > 0 || to->size == 0);
	if (from->kind == VALUE_BAD_UTF8)
		return conversion->ill != ILL_REFUSE && attest_keeps_plain(from, to);
	if (from->kind != VALUE_TEXT || from->size == 0)
		return false;
	return ((conversion->nul != NUL_REFUSE && memchr(from->data, 0, from->size) != NULL) ||
		is_escaped(conversion, from)) && attest_keeps_plain(from, to);
}

/* --- cells ------------------------------------------------------------------------------------ */

static bool same_cell(const struct value *a, const struct value *b)
{
	if (a->kind != b->kind)
		return false;
	if (a->kind >= VALUE_TEXT)
		return a->size == b->size && (a->size == 0 || memcmp(a->data, b->data,
			a->size) == 0);
	return a->kind == VALUE_NULL || (a->kind == VALUE_BOOL ? a->truth == b->truth :
		a->integer == b->integer);
}

/*
 * Most reals that are decimals in the source: a text of at most 15 digits that is read as the very
 * same real is its shortest decimal, for no two of them are one real.  Both m and 10^n are exact
 * here, so that m / 10^n is rounded once, as reading is.
 */
static bool is_short_decimal(double real, const struct value *text)
{
	static const double powers[] = { 1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10,
		1e11, 1e12, 1e13, 1e14, 1e15 };
	const bool minus = text->size > 0 && text->data[0] == '-';
	size_t point = text->size;
	int64_t digits = 0;

	if (text->size > 16 || real == 0)
		return false;
	for (size_t i = minus; i < text->size; i++) {
		if (text->data[i] == '.' && point == text->size)
			point = i + 1;
		else if (text->data[i] >= '0' && text->data[i] <= '9')
			digits = digits * 10 + (text->data[i] - '0');
		else
			return false;
	}
	return digits < 1000000000000000 &&
		(double)(minus ? -digits : digits) / powers[text->size - point] == real;
}

static bool same_meaning(struct attest *attest, const struct value *from, const struct value *to)
{
	struct value form[2];
	const struct value *a = canonical_cell(attest->source, from, &form[0]) ? &form[0] : from;
	const struct value *b = canonical_cell(attest->typed, to, &form[1]) ? &form[1] : to;

	return same_cell(a, b);
}

/* What the forms do not tell. */
static enum attested by_other_form(struct attest *attest, const struct value *from,
	const struct value *to)
{
	if (attest->interval)
		return attest_interval(attest, from, to);
	return attest->array ? attest_array(attest, from, to) : ATTEST_UNSAID;
}

bool attest_cell(struct attest *attest, const struct value *from, const struct value *to)
{
	const struct conversion *conversion = &attest->conversion;
	const enum nullity nullity = means_null(&conversion->nullify, from);
	enum attested attested;

	if (nullity == NULL_MUST || to->kind == VALUE_NULL)
		return nullity != NULL_NO && to->kind == VALUE_NULL;
	if (from->kind == to->kind && from->kind == attest->same && same_cell(from, to))
		return true;
	attested = by_other_form(attest, from, to);
	if (attested != ATTEST_UNSAID)
		return attested == ATTEST_YES;
	/* What kept all of its digits is not what the type has. */
	if (attest->rounds && !attest->interval)
		return attest_rounded(attest, from, to);
	return (attest->kind == TYPE_NUMERIC && from->kind == VALUE_REAL &&
		to->kind == VALUE_TEXT && is_short_decimal(from->real, to)) ||
		same_meaning(attest, from, to) || attest_rounded(attest, from, to) ||
		is_wanted(conversion, from, to);
}
