/*
 * A JSON document of our own, read back as a tree.
 *
 * It is JSON by the rules of json.h, no key stands twice, and nothing follows it: whatever else is
 * refused as a whole.  The tree lives in an arena, and needs nothing of the text.
 */
#ifndef BASE_TREE_H
#define BASE_TREE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/bytes.h"
#include "base/fault.h"

enum tree_kind { TREE_NULL, TREE_FALSE, TREE_TRUE, TREE_NUMBER, TREE_TEXT, TREE_LIST, TREE_OBJECT };

struct tree {
	enum tree_kind kind;
	const char *name;   /* of a member of an object; else NULL */
	const char *text;   /* what a text says, or how a number is spelt */
	size_t count;       /* of what a list or an object holds: */
	struct tree *first;
	struct tree *next;  /* beside it */
	struct tree *above; /* NULL: it is the document */
};

/* NULL is a fault: STATUS_STREAM for what is no such document. */
const struct tree *tree_read(struct arena *arena, const uint8_t *data, size_t size,
	struct fault *fault);
/* NULL: there is no member of that name, or this is no object. */
const struct tree *tree_find(const struct tree *tree, const char *name);
/* A whole number from 0 on, that an int64 takes. */
bool tree_whole(const struct tree *tree, uint64_t *value);
/* A number that is finite. */
bool tree_real(const struct tree *tree, double *value);
/* Where it stands: load.tables[3].name */
void tree_place(struct bytes *to, const struct tree *tree);

#endif
