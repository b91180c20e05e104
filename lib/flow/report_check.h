/*
 * What a check of a load says, for people: a line each, of plain data.
 */
#ifndef FLOW_REPORT_CHECK_H
#define FLOW_REPORT_CHECK_H

#include "base/arena.h"
#include "flow/report.h"

enum report_word { REPORT_OK, REPORT_TODO, REPORT_STOP };

/* A NULL is an empty line. */
void report_check_line(struct bytes *to, enum report_word word, const char *line);
/* What the source's columns hold beside what they declare, and what was said of its tables. */
void report_check_table(struct bytes *to, struct arena *arena, const struct table *table);
/* What would not be carried over. */
void report_check_todo(struct bytes *to, struct arena *arena, const struct report_todo *todo);

#endif
