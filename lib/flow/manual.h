/*
 * The manual page and the shell completions of a tool, from its option table.
 */
#ifndef FLOW_MANUAL_H
#define FLOW_MANUAL_H

#include "base/bytes.h"
#include "flow/options.h"

/* roff, with the man macros. */
void manual_page(struct bytes *to, const struct tool *tool);
void manual_bash(struct bytes *to, const struct tool *tool);
void manual_zsh(struct bytes *to, const struct tool *tool);

#endif
