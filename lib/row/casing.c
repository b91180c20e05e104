#include "row/casing.h"

#include <stdbool.h>
#include <string.h>

static bool is_upper(char c)
{
	return c >= 'A' && c <= 'Z';
}

static bool is_small(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || (unsigned char)c >= 0x80;
}

char *casing_fold(struct arena *arena, const char *name)
{
	char *text = arena_text(arena, name);

	for (char *at = text; at != NULL && *at != '\0'; at++)
		if (is_upper(*at))
			*at = (char)(*at | 0x20);
	return text;
}

char *casing_snake(struct arena *arena, const char *name)
{
	char *text = arena_array(arena, 2, strlen(name) + 1), *to = text;

	if (text == NULL)
		return NULL;
	for (const char *at = name; *at != '\0'; at++) {
		const bool new_word = is_upper(*at) && at > name && (is_small(at[-1]) ||
			(is_upper(at[-1]) && at[1] >= 'a' && at[1] <= 'z'));

		if (is_upper(*at) || is_small(*at) || *at == '_') {
			if (new_word)
				*to++ = '_';
			*to++ = (char)(is_upper(*at) ? *at | 0x20 : *at);
		} else if (to > text && to[-1] != '_') {
			*to++ = '_';
		}
	}
	if (to > text && to[-1] == '_' && to != text + 1 && name[strlen(name) - 1] != '_')
		to--;
	*to = '\0';
	return text;
}
