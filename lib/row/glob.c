#include "row/glob.h"

#include <string.h>

#include "row/literal.h"

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_plain(char c)
{
	return is_letter(c) || (c >= '0' && c <= '9') || (unsigned char)c >= 0x80;
}

/* Copies a character that stands for itself. */
static char *put_like(char *to, char c)
{
	if (c == '%' || c == '_' || c == '\\')
		*to++ = '\\';
	*to++ = c;
	return to;
}

static bool write_match(struct translation *t, const struct piece *text, const char *operator,
	const char *pattern, bool folds, struct piece *to)
{
	const char *why = NULL;
	const char *literal = literal_string(t->arena, pattern, strlen(pattern), &why);

	if (literal == NULL)
		return piece_refuse(t, "%s", why != NULL ? why : "out of memory");
	if (!piece_make(t, to, PIECE_TRUTH, LEVEL_COMPARE,
		folds ? "lower(%s COLLATE \"C\") %s %s" : "%s %s %s",
		piece_at(t, text, folds ? LEVEL_ATOM : LEVEL_OTHER), operator, literal))
		return false;
	to->not_null = text->not_null;
	to->rounds = text->rounds;
	return true;
}

static char *make_room(struct translation *t, const struct constant *pattern)
{
	char *room = arena_alloc(t->arena, 2 * pattern->size + 16);

	if (room == NULL)
		piece_refuse(t, "out of memory");
	return room;
}

bool glob_like(struct translation *t, const struct piece *text, const struct constant *pattern,
	int escape, struct piece *to)
{
	const char *from = constant_fold(t->arena, pattern->data, pattern->size, false);
	char *made = make_room(t, pattern), *end = made;
	bool folds = false;

	if (from == NULL || made == NULL)
		return piece_refuse(t, "out of memory");
	for (; *from != '\0'; from++) {
		folds |= is_letter(*from);
		if (*from == escape) {
			if (*++from == '\0')
				return piece_refuse(t, "has a LIKE that ends with its escape");
			folds |= is_letter(*from);
			end = put_like(end, *from);
		} else if (*from == '%' || *from == '_') {
			*end++ = *from;
		} else {
			end = put_like(end, *from);
		}
	}
	return write_match(t, text, "LIKE", made, folds, to);
}

static bool match_as_like(struct translation *t, const struct piece *text,
	const struct constant *pattern, struct piece *to)
{
	char *made = make_room(t, pattern), *end = made;

	if (made == NULL)
		return false;
	for (const char *from = pattern->data; *from != '\0'; from++)
		if (*from == '*')
			*end++ = '%';
		else if (*from == '?')
			*end++ = '_';
		else
			end = put_like(end, *from);
	return write_match(t, text, "LIKE", made, false, to);
}

static void put_regular(struct bytes *to, char c)
{
	if (!is_plain(c))
		bytes_add_byte(to, '\\');
	bytes_add_byte(to, (uint8_t)c);
}

/* One character of a set, escaped; where the next one is. */
static const char *put_member(struct bytes *to, const char *from)
{
	put_regular(to, *from++);
	while (((unsigned char)*from & 0xc0) == 0x80)
		bytes_add_byte(to, (uint8_t)*from++);
	return from;
}

/*
 * "[...]", behind its bracket; NULL when it is one that PostgreSQL does not take, or that never
 * matches.  A set that is only one range and a bracket in front is the same in both.
 */
static const char *put_set(struct bytes *to, const char *from)
{
	const char *start, *member;

	bytes_add_byte(to, '[');
	if (*from == '^')
		bytes_add_byte(to, (uint8_t)*from++);
	start = from;
	while (*from != '\0' && (*from != ']' || from == start)) {
		member = from;
		from = put_member(to, from);
		if (*from != '-' || from[1] == ']' || from[1] == '\0')
			continue;
		if ((unsigned char)from[1] >= 0x80 || (unsigned char)*member >= 0x80 ||
			from[1] < *member || from[1] == '-')
			return NULL;
		bytes_add_byte(to, '-');
		from = put_member(to, from + 1);
		if (*from == '-' && from[1] != ']')
			return NULL;
	}
	bytes_add_byte(to, ']');
	return *from == ']' ? from + 1 : NULL;
}

/* False: it has a set that is not understood. */
static bool write_regular(struct bytes *to, const char *from)
{
	bytes_add_byte(to, '^');
	while (*from != '\0') {
		if (*from == '[') {
			from = put_set(to, from + 1);
			if (from == NULL)
				return false;
		} else if (*from == '*') {
			bytes_add_text(to, ".*");
			from++;
		} else if (*from == '?') {
			bytes_add_byte(to, '.');
			from++;
		} else {
			put_regular(to, *from++);
		}
	}
	bytes_add_text(to, "$");
	bytes_add_byte(to, '\0');
	return true;
}

bool glob_match(struct translation *t, const struct piece *text, const struct constant *pattern,
	struct piece *to)
{
	struct bytes regular = { 0 };
	struct piece collated;
	bool result;

	if (strchr(pattern->data, '[') == NULL)
		return match_as_like(t, text, pattern, to);
	if (!piece_make(t, &collated, PIECE_TEXT, LEVEL_ATOM, "%s COLLATE \"C\"",
		piece_at(t, text, LEVEL_ATOM)))
		return false;
	collated.not_null = text->not_null;
	collated.rounds = text->rounds;
	result = write_regular(&regular, pattern->data) && !regular.failed ?
		write_match(t, &collated, "~", (const char *)regular.data, false, to) :
		piece_refuse(t, "has a GLOB whose [...] is not understood");
	bytes_close(&regular);
	return result;
}
