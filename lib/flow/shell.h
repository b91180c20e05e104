/*
 * Command lines: lists of words that grow, and words as people type them and a shell reads them
 * back, with nothing invisible in them.
 */
#ifndef FLOW_SHELL_H
#define FLOW_SHELL_H

#include "base/arena.h"
#include "base/bytes.h"
#include "base/fault.h"
#include "row/schema.h"

/* The word is not copied; a NULL, which stands behind the last one, is memory that was not had. */
int shell_add(struct arena *arena, struct texts *words, const char *word, struct fault *fault);
int shell_add_all(struct arena *arena, struct texts *words, const struct texts *more,
	struct fault *fault);

/* plain, 'with blanks', $'with\x07bell' */
void shell_quote(struct bytes *to, const char *word);
/* All of them, a blank between. */
void shell_line(struct bytes *to, const struct texts *words);

#endif
