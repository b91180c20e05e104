/*
 * A page in its parts, for the files that it is made of: page_style.c (how it looks),
 * page_verdict.c (what it came to, and what to do next), page_tables.c (tables, and what became of
 * their values), page_lists.c (differences, to-dos, views), page_time.c (when), page.c (all else).
 *
 * Each section is left out where there is nothing to say.
 */
#ifndef FLOW_PAGING_H
#define FLOW_PAGING_H

#include "base/bytes.h"
#include "flow/past.h"

enum { PAGE_DURATION = 48 };

void page_style(struct bytes *to);

/* Text from outside; name: set apart, so that its direction stays its own. */
void page_text(struct bytes *to, const char *text);
void page_name(struct bytes *to, const char *name);
/* With its lines, in a box of its own; `kind` is a class. */
void page_block(struct bytes *to, const char *kind, const char *text);
void page_number_cell(struct bytes *to, uint64_t number);
/* "0.02 s", "4 min 05 s", "2 h 03 min" */
void page_duration(char text[PAGE_DURATION], double seconds);
/* The section's heading; a box that scrolls by itself, with a table in it. */
void page_begin_section(struct bytes *to, const char *id, const char *title);
void page_end_section(struct bytes *to);
void page_begin_table(struct bytes *to, const char *label);
void page_end_table(struct bytes *to);

const char *page_verdict_word(enum past_verdict verdict);
void page_verdict(struct bytes *to, const struct past_run *run, const char *folder);
void page_tables(struct bytes *to, const struct past_run *run);
void page_widened(struct bytes *to, const struct past_run *run);
void page_changed(struct bytes *to, const struct past_run *run);
void page_remarks(struct bytes *to, const struct past_run *run);
void page_todos(struct bytes *to, const struct past_run *run);
void page_differences(struct bytes *to, const struct past_run *run);
void page_views(struct bytes *to, const struct past_run *run);
void page_left_out(struct bytes *to, const struct past_run *run);
void page_time(struct bytes *to, const struct past_run *run);

#endif
