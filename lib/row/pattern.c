#include "row/pattern.h"

#include <string.h>

#include "row/token.h"

static bool same_letter(char a, char b)
{
	if (a >= 'A' && a <= 'Z')
		a = (char)(a + ('a' - 'A'));
	if (b >= 'A' && b <= 'Z')
		b = (char)(b + ('a' - 'A'));
	return a == b;
}

/* Steps over one UTF-8 character. */
static const char *step(const char *name)
{
	name++;
	while ((*name & 0xc0) == 0x80)
		name++;
	return name;
}

/* A mismatch goes back to the last * only: it may take one character more. */
static bool glob(const char *pattern, const char *name)
{
	const char *star = NULL, *back = name;

	while (*name != '\0') {
		if (*pattern == '*') {
			star = ++pattern;
			back = name;
		} else if (*pattern == '?') {
			pattern++;
			name = step(name);
		} else if (*pattern != '\0' && same_letter(*pattern, *name)) {
			pattern++;
			name++;
		} else if (star != NULL) {
			pattern = star;
			back = step(back);
			name = back;
		} else {
			return false;
		}
	}
	while (*pattern == '*')
		pattern++;
	return *pattern == '\0';
}

bool pattern_match(const char *pattern, const char *name)
{
	return name_compare(pattern, name) == 0 || glob(pattern, name);
}

bool pattern_any(const struct texts *patterns, const char *name)
{
	for (size_t i = 0; i < patterns->count; i++)
		if (pattern_match(patterns->items[i], name))
			return true;
	return false;
}

bool choice_wants(const struct choice *choice, const char *name)
{
	return (choice->only.count == 0 || pattern_any(&choice->only, name)) &&
		!pattern_any(&choice->except, name);
}

static const char *idle(const struct texts *patterns, const struct texts *names)
{
	for (size_t i = 0; i < patterns->count; i++) {
		size_t j = 0;

		while (j < names->count && !pattern_match(patterns->items[i], names->items[j]))
			j++;
		if (j == names->count)
			return patterns->items[i];
	}
	return NULL;
}

const char *choice_idle(const struct choice *choice, const struct texts *names)
{
	const char *found = idle(&choice->only, names);

	return found != NULL ? found : idle(&choice->except, names);
}

int choice_check(const struct choice *choice, const struct texts *names, const char *where,
	struct fault *fault)
{
	const char *found = choice_idle(choice, names);

	return found == NULL ? 0 : fault_set(fault, STATUS_USAGE,
		"\"%s\" matches no table of %s (rows-peek lists them)", found, where);
}

bool names_next(const char **list, struct arena *arena, char **name, char *end)
{
	const char *next = *list;
	char *to;

	*name = to = NULL;
	if (*next == '\0')
		return false;
	*name = to = arena_copy(arena, next, strlen(next));
	if (to == NULL)
		return false;
	if (*next != '"') {
		next += strcspn(next, ",=");
		to += next - *list;
	} else {
		for (next++; *next != '\0' && (*next != '"' || *++next == '"'); next++)
			*to++ = *next;
	}
	*to = '\0';
	*end = *next;
	*list = next + (*next != '\0');
	return true;
}
