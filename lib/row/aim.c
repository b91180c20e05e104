#include "row/aim.h"

#include <string.h>

#include "row/pattern.h"
#include "row/token.h"

static const char *skip_blanks(const char *at)
{
	return at + strspn(at, " \t\r\n");
}

static bool refuse(const char **why, const char *what)
{
	*why = what;
	return false;
}

/* A quote in the name is written twice. */
static bool read_quoted(struct arena *arena, const char **next, struct aim_name *name,
	const char **why)
{
	const char *at = *next + 1;
	char *to = arena_text(arena, at);

	name->text = to;
	name->quoted = true;
	if (to == NULL)
		return refuse(why, NULL);
	for (; *at != '\0' && (*at != '"' || *++at == '"'); at++)
		*to++ = *at;
	if (at[-1] != '"' || to == name->text)
		return refuse(why, "a name in double quotes is empty, or stays open");
	*to = '\0';
	*next = at;
	return true;
}

static bool read_bare(struct arena *arena, const char **next, const char *stops,
	struct aim_name *name, const char **why)
{
	const char *at = *next;

	while (*at != '\0' && strchr(". \t\r\n\"'", *at) == NULL && strchr(stops, *at) == NULL)
		at++;
	if (at == *next)
		return refuse(why, "a name is missing; one that is no word stands in double "
			"quotes");
	name->text = arena_copy(arena, *next, (size_t)(at - *next));
	*next = at;
	return name->text != NULL || refuse(why, NULL);
}

bool aim_read(struct arena *arena, const char **next, const char *stops,
	struct aim_name names[AIM_NAMES], size_t *count, const char **why)
{
	const char *at = *next;

	*count = 0;
	do {
		struct aim_name name = { 0 };

		if (*count == AIM_NAMES)
			return refuse(why, "more names are joined by points than there can be");
		at = skip_blanks(at + (*count > 0));
		*next = at;
		if (!(*at == '"' ? read_quoted(arena, &at, &name, why) :
			read_bare(arena, &at, stops, &name, why)))
			return false;
		names[(*count)++] = name;
		at = skip_blanks(at);
	} while (*at == '.');
	*next = at;
	return *at == '\0' || strchr(stops, *at) != NULL ||
		refuse(why, "a name that is no word stands in double quotes");
}

bool aim_name_matches(const struct aim_name *aim, const char *name)
{
	return aim->quoted ? name_compare(aim->text, name) == 0 : pattern_match(aim->text, name);
}

bool aim_matches(const struct aim *aim, const struct table *table)
{
	if (aim->schema.text != NULL && (table->schema == NULL ||
		!aim_name_matches(&aim->schema, table->schema)))
		return false;
	return aim_name_matches(&aim->table, table->name);
}
