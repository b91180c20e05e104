#include "db/permit.h"

#include <stddef.h>
#include <string.h>

#include "row/token.h"

/* Pragmas that only tell; with a word behind them some would set what they tell. */
bool permit_pragma(const char *name, const char *argument)
{
	static const char *const bare[] = { "application_id", "data_version", "encoding",
		"journal_mode", "page_count", "page_size", "schema_version", "user_version" };
	static const char *const about[] = { "foreign_key_check", "foreign_key_list",
		"index_list", "index_xinfo",
		"quick_check", "table_list", "table_xinfo" };

	if (name_compare(name, "writable_schema") == 0) /* to read the schema anew, no more */
		return argument != NULL && name_compare(argument, "reset") == 0;
	for (size_t i = 0; i < sizeof(about) / sizeof(about[0]); i++)
		if (name_compare(name, about[i]) == 0)
			return true;
	for (size_t i = 0; i < sizeof(bare) / sizeof(bare[0]); i++)
		if (argument == NULL && name_compare(name, bare[i]) == 0)
			return true;
	return false;
}

bool permit_function(const char *name)
{
	return name_compare(name, "load_extension") != 0 &&
	       name_compare(name, "fts3_tokenizer") != 0;
}

bool permit_part(const char *table)
{
	static const char *const ends[] = { "_node", "_rowid", "_parent", "_data", "_idx",
		"_content", "_docsize", "_config", "_segments", "_segdir", "_stat" };
	size_t size = strlen(table);

	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		size_t end = strlen(ends[i]);

		if (size > end && strcmp(table + size - end, ends[i]) == 0)
			return true;
	}
	return false;
}
