/*
 * Compares the rows of a table on two sides, wherever they come from, and finds those that differ.
 *
 * The first pass makes a digest of each side: the sum modulo 2^128 of XXH3-128 over the msgpack
 * bytes of each canonical row, so that the order of rows does not matter and doubled ones count;
 * and the same sums for 65,536 buckets, by the hash of the key.  Where sums differ, a second pass
 * keeps the rows of those buckets alone (and, of a side that can, reads no other ones), sorts them
 * by key, in files when they are many, and holds one side against the other.
 *
 * Memory is bounded, whatever differs: DIFF_BUCKETS twice, and what `memory` says for sorting.
 */
#ifndef FLOW_DIFF_H
#define FLOW_DIFF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/bytes.h"
#include "base/fault.h"
#include "base/hash.h"
#include "flow/sort.h"
#include "row/canonical.h"
#include "row/value.h"

/* FEW: about so many rows are taken one by one. */
enum { DIFF_BUCKETS = 65536, DIFF_MEMORY = 40 << 20, DIFF_FEW = 20000 };

/* A row, good until the next is asked for. */
struct diff_row {
	const struct value *cells; /* in the order of the table's columns here */
	const uint8_t *packed;     /* the same as a msgpack array, if that is at hand; else NULL */
	size_t size;
};

/*
 * Where rows come from.  A pass is begin, next until it is false, end; there can be a second one,
 * which must tell of the same rows.
 */
struct diff_side {
	void *own;
	int (*begin)(void *own, struct fault *fault);
	bool (*next)(void *own, struct diff_row *row, struct fault *fault);
	int (*end)(void *own, struct fault *fault); /* may be NULL */
	/*
	 * A second pass that is cheaper where few rows are wanted; begin_keys NULL: there is none.
	 * Behind begin_keys rows have but the cells of their key, and take says that the last one
	 * is wanted; behind end, begin_taken, and next gives the rows that are.  begin_taken is
	 * false also when they were too many: then begin follows.
	 */
	int (*begin_keys)(void *own, struct fault *fault);
	int (*take)(void *own, struct fault *fault);
	bool (*begin_taken)(void *own, struct fault *fault);
	struct canonical *forms; /* of each column */
	/* What was counted: */
	uint64_t rows;
	struct hash128 digest;
};

enum { DIFF_LEFT, DIFF_RIGHT };

enum diff_kind {
	DIFF_MISSING, /* only on the left */
	DIFF_EXTRA,   /* only on the right */
	DIFF_CHANGED  /* the key is on both, other columns differ */
};

struct diff_finding {
	enum diff_kind kind;
	const struct value *cells[2]; /* as the sides had them; NULL where there is none */
	const bool *columns;          /* CHANGED: which differ */
	uint64_t times;               /* so many rows like this one */
};

/* Of the rows in buckets that differ, each cell with its key: equal when no cell differs. */
struct diff_column {
	struct hash128 digest[2];
	uint64_t changed;
};

struct diff {
	struct diff_side sides[2];
	uint32_t columns;
	const uint32_t *key;     /* places of its columns */
	uint32_t key_count;      /* 0: a row as a whole is its key */
	size_t memory;           /* for sorting; 0: DIFF_MEMORY */
	const char *spool;       /* folder of temporary files; NULL: see descriptor_temporary */
	int (*found)(void *own, const struct diff_finding *finding, struct fault *fault);
	void *own;
	/* What was found: */
	bool equal;
	uint64_t buckets;        /* that differ */
	uint64_t missing, extra, changed;
	bool doubled;            /* among them is a key that stands more than once on a side */
	struct diff_column *found_in;
	/* Working memory, kept from table to table: */
	struct hash128 *sums[2];
	bool *bad;
	struct bytes room, key_bytes, packed, sort_key, rest;
	struct sorter sorters[2];
	struct value *line;
	struct value *cells;     /* four rows of them */
	bool *differ;
	uint32_t line_room;
};

/* The first pass; sets rows, digests, buckets and equal. */
int diff_count(struct diff *diff, struct arena *arena, struct fault *fault);
/* Counts a side once more, which has another way to tell of its rows by now. */
int diff_recount(struct diff *diff, int place, struct fault *fault);
/* The second, behind one that did not say equal; calls found, in the order of keys. */
int diff_find(struct diff *diff, struct fault *fault);
void diff_close(struct diff *diff);

#endif
