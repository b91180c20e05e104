#include "row/schema.h"

#include <string.h>

struct column *table_find(const struct table *table, const char *source)
{
	for (size_t i = 0; i < table->column_count; i++)
		if (strcmp(table->columns[i].source, source) == 0)
			return &table->columns[i];
	return NULL;
}

static bool has_key(const struct table *table)
{
	return table->primary != NULL && table->primary->term_count > 0;
}

size_t table_key_count(const struct table *table)
{
	return has_key(table) ? table->primary->term_count : table->column_count;
}

struct column *table_key_column(const struct table *table, size_t place)
{
	if (!has_key(table))
		return &table->columns[place];
	if (table->primary->terms[place].column == NULL)
		return NULL;
	return table_find(table, table->primary->terms[place].column);
}
