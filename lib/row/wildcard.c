#include "row/wildcard.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* Where the character after this one begins. */
static const char *next_character(const char *at, const char *end)
{
	at++;
	while (at < end && (*at & 0xc0) == 0x80)
		at++;
	return at;
}

static int compare_characters(const char *a, const char *a_end, const char *b, const char *b_end)
{
	const size_t a_size = (size_t)(next_character(a, a_end) - a);
	const size_t b_size = (size_t)(next_character(b, b_end) - b);
	const int order = memcmp(a, b, a_size < b_size ? a_size : b_size);

	return order != 0 ? order : (a_size > b_size) - (a_size < b_size);
}

/*
 * [a-z_], [^...]: a ] that comes first is itself.  *end is behind the closing one; NULL when there
 * is none, and the [ is itself.
 */
static bool in_set(const char *at, const char *stop, const char *text, const char *text_stop,
	const char **end)
{
	const bool negated = at < stop && *at == '^';
	bool found = false, first = true;

	for (at += negated; at < stop && (first || *at != ']'); first = false) {
		const char *low = at, *high = at;

		at = next_character(at, stop);
		if (at + 1 < stop && *at == '-' && at[1] != ']') {
			high = at + 1;
			at = next_character(high, stop);
		}
		found |= compare_characters(low, stop, text, text_stop) <= 0 &&
			compare_characters(text, text_stop, high, stop) <= 0;
	}
	*end = at < stop ? at + 1 : NULL;
	return found != negated;
}

/* One character of the text against what the pattern has for it; NULL: it does not match. */
static const char *match_one(const char *pattern, const char *stop, const char *text,
	const char *text_stop)
{
	const char *end;

	if (*pattern == '?')
		return pattern + 1;
	if (*pattern == '[') {
		const bool found = in_set(pattern + 1, stop, text, text_stop, &end);

		if (end != NULL)
			return found ? end : NULL;
	}
	return compare_characters(pattern, stop, text, text_stop) == 0 ?
		next_character(pattern, stop) : NULL;
}

/* After a mismatch only the last * can take one character more: no pattern takes long. */
static bool matches(const char *pattern, const char *stop, const char *text, const char *text_stop)
{
	const char *star = NULL, *again = NULL;

	while (text < text_stop) {
		const char *next = NULL;

		if (pattern < stop && *pattern == '*') {
			star = ++pattern;
			again = text;
			continue;
		}
		if (pattern < stop)
			next = match_one(pattern, stop, text, text_stop);
		if (next != NULL) {
			pattern = next;
			text = next_character(text, text_stop);
		} else if (star != NULL) {
			pattern = star;
			text = again = next_character(again, text_stop);
		} else {
			return false;
		}
	}
	while (pattern < stop && *pattern == '*')
		pattern++;
	return pattern == stop;
}

bool wildcard_cell(const char *pattern, size_t size, const struct value *cell)
{
	const char *stop = pattern + size, *text;
	char print[32];

	if (cell->kind == VALUE_INTEGER) {
		const int printed = snprintf(print, sizeof(print), "%" PRId64, cell->integer);

		return matches(pattern, stop, print, print + printed);
	}
	if (cell->kind != VALUE_TEXT)
		return false;
	text = (const char *)cell->data;
	return matches(pattern, stop, text, text + cell->size);
}
