/*
 * Definitions and profiles in words, for people.  Everything from outside is made visible.
 */
#ifndef ROW_DESCRIBE_H
#define ROW_DESCRIBE_H

#include "base/bytes.h"
#include "row/schema.h"

/* A table with its columns, keys, indexes, checks and remarks; several lines. */
void describe_table(struct bytes *to, const struct table *table);
void describe_object(struct bytes *to, const struct object *object);
/* "12,345 integers 1..99, 3 nulls; 12,345 epoch s", in one line. */
void describe_profile(struct bytes *to, const struct profile *profile);
/* 12345 as 12,345 */
void describe_number(struct bytes *to, uint64_t number);
/* "1 table", "2 tables", "12,345 rows" */
void describe_count(struct bytes *to, uint64_t count, const char *thing);
/* "12 bytes", "3.4 kB", "12 MB" */
void describe_size(struct bytes *to, uint64_t bytes);

#endif
