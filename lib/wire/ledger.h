/*
 * Follows a stream frame by frame: refuses a frame that may not stand where it stands, counts what
 * passes, and holds each table's end and the stream's END against that count.  Who reads a stream
 * and who writes one keep the same ledger.
 *
 *	HELLO (TABLE | OBJECT)* (ROWS | DELETE | TABLE_END)* [INDEX] (END | ABORT)
 *
 * TABLE numbers ascend; each table has one TABLE_END, after the last of its ROWS and DELETEs.
 */
#ifndef WIRE_LEDGER_H
#define WIRE_LEDGER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/fault.h"
#include "base/hash.h"
#include "wire/frame.h"
#include "wire/payload.h"

/* One table's account. */
struct account {
	uint32_t table;
	bool ended;
	bool skipped;          /* nobody wants its rows */
	uint64_t rows;
	uint64_t frames;
	uint64_t bytes;
	uint64_t deletes;      /* keys in DELETE frames */
	bool decoded;          /* every row was decoded or encoded: digest is that of the rows */
	struct hash128 digest;
	struct total total;    /* from its TABLE_END */
	struct table *definition; /* kept by who reads the TABLE frame */
	void *own;             /* the tool's */
};

enum ledger_state { LEDGER_HELLO, LEDGER_TABLES, LEDGER_DATA, LEDGER_INDEX, LEDGER_DONE };

struct ledger {
	enum ledger_state state;
	uint8_t stream[16];
	uint64_t seed;
	uint32_t seq;    /* of the last frame */
	bool gaps;       /* skipped tables are not even read: the whole cannot be checked */
	uint64_t frames; /* INDEX not counted */
	uint64_t index;  /* offset of the INDEX frame, 0 before it */
	struct hash_stream chain;
	struct account *accounts;
	size_t count;
	size_t room;
	size_t last; /* the account that was found last */
	struct arena *arena;
};

void ledger_begin(struct ledger *ledger, struct arena *arena);
/* The frame may stand here, and is counted. */
int ledger_add(struct ledger *ledger, const struct frame *frame, struct fault *fault);
/* The account of a table; NULL when no TABLE frame had the number. */
struct account *ledger_find(struct ledger *ledger, uint32_t table);

/*
 * What the frame said, once it was decoded: HELLO sets the stream, TABLE_END and END must agree
 * with what was counted.
 */
int ledger_hello(struct ledger *ledger, const struct hello *hello, struct fault *fault);
int ledger_total(struct ledger *ledger, uint32_t table, const struct total *total,
	struct fault *fault);
int ledger_ending(struct ledger *ledger, const struct ending *ending, struct fault *fault);

/* Two accounts of a table are the same, to the digest. */
bool ledger_same_total(const struct total *a, const struct total *b);

/* The whole chain so far, as END has it. */
void ledger_chain(const struct ledger *ledger, uint8_t chain[16]);

#endif
