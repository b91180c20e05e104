#include "db/virtual.h"

#include <string.h>
#include <strings.h>

#include "row/token.h"

/* The token behind USING; the cursor stands behind it. */
static struct token find_module(struct cursor *cursor)
{
	struct token token;

	while ((token = cursor_next(cursor)).kind != TOKEN_END && !token_is(&token, "USING"))
		;
	return cursor_next(cursor);
}

/* fts3, fts4, fts5; not fts5vocab. */
static bool is_search(const char *module)
{
	return strncasecmp(module, "fts", 3) == 0 && module[3] != '\0' && module[4] == '\0';
}

/* content=...: the texts are another table's, or nowhere. */
static bool has_content(struct cursor cursor)
{
	struct token before = { 0 }, token;

	for (; (token = cursor_next(&cursor)).kind != TOKEN_END; before = token)
		if (token_is(&token, "=") && token_is(&before, "content"))
			return true;
	return false;
}

/* "--query 'notes=SELECT * FROM "notes"' takes its rows along" */
static const char *with_rows(struct arena *arena, const char *head, const char *name)
{
	const char *shown = strpbrk(name, "'\"\\") == NULL ? name : "NAME";

	return arena_format(arena, "%s; --query '%s=SELECT * FROM \"%s\"' takes its rows along",
		head, shown, shown);
}

const char *virtual_remark(struct arena *arena, const char *name, const char *sql)
{
	struct cursor cursor = cursor_open(sql == NULL ? "" : sql, sql == NULL ? 0 : strlen(sql));
	struct token token = find_module(&cursor);
	const char *module = token_unquote(arena, &token);

	if (module == NULL)
		return NULL;
	if (is_search(module) && has_content(cursor))
		return "it finds words in texts of other tables: a tsvector column and a GIN index "
			"do its work";
	if (is_search(module))
		return with_rows(arena, "it finds words in texts that it holds itself: a tsvector "
			"column and a GIN index do its work", name);
	if (strncasecmp(module, "rtree", 5) == 0 || strcasecmp(module, "geopoly") == 0)
		return with_rows(arena, "it finds boxes in space: a GiST index, as PostGIS has it, "
			"does its work", name);
	return arena_format(arena, "what it shows is made by %s, a module of SQLite's or of the "
		"application's", *module == '\0' ? "its module" : module);
}
