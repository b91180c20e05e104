#include "row/schema.h"

#include <string.h>

struct column *table_find(const struct table *table, const char *source)
{
	for (size_t i = 0; i < table->column_count; i++)
		if (strcmp(table->columns[i].source, source) == 0)
			return &table->columns[i];
	return NULL;
}
