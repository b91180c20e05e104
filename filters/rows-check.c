/*
 * rows-check: walks every frame and every row of an archive or a stream.
 */
#include <stdio.h>

#include "base/print.h"
#include "flow/flow.h"

static bool quiet;

static const struct option options[] = {
	{ "quiet", 'q', OPTION_FLAG, NULL, "say nothing when all is well", &quiet, false, 0, 0 },
};

static const char *const examples[] = {
	"rows-check app.rows",
	"sqlite-extract app.db | rows-check",
	NULL
};

static const struct tool tool = {
	.name = "rows-check",
	.brief = "Checks an archive, or a stream on standard input: every frame, every row, every "
		"total, and that the index leads to all of them.",
	.operands = "[FILE]",
	.operands_most = 1,
	.options = options,
	.option_count = sizeof(options) / sizeof(options[0]),
	.about = "Exit status 0: complete. 65: incomplete, damaged or aborted; the message tells "
		"up to which frame, table and row it is good.",
	.examples = examples,
};

struct checking {
	struct flow flow;
	struct index_builder seen; /* the index as it ought to be */
	struct value *cells;
	size_t room;
	const char *table; /* of the last rows that were good */
	uint64_t rows;
};

static void make_cells(struct checking *checking, size_t count)
{
	if (count <= checking->room)
		return;
	checking->cells = arena_array(&checking->flow.arena, count, sizeof(*checking->cells));
	checking->room = checking->cells == NULL ? 0 : count;
	if (checking->cells == NULL)
		fault_memory(&checking->flow.fault);
}

static void check_rows(struct checking *checking)
{
	struct flow *flow = &checking->flow;
	const struct account *account = ledger_find(&flow->in.ledger, flow->in.frame.table);
	uint64_t good;

	make_cells(checking, account->definition->column_count);
	while (flow->fault.status == 0 && reader_row(&flow->in, checking->cells, &flow->fault))
		;
	good = account->rows - flow->in.rows_left;
	if (good == 0)
		return;
	checking->table = account->definition->name;
	checking->rows = good;
}

static void check_deletes(struct checking *checking)
{
	struct flow *flow = &checking->flow;

	make_cells(checking, reader_table(&flow->in)->column_count);
	while (flow->fault.status == 0 && reader_delete(&flow->in, checking->cells, &flow->fault))
		;
}

/* INDEX was read behind all frames: byte for byte what they make. */
static void check_index(struct checking *checking)
{
	struct flow *flow = &checking->flow;
	struct bytes right = { 0 };

	index_pack(&right, &checking->seen);
	if (right.failed)
		fault_memory(&flow->fault);
	else if (right.size != flow->in.frame.raw_length ||
		memcmp(right.data, flow->in.frame.payload, right.size) != 0)
		flow_fail(flow, STATUS_STREAM,
			"%s: the index does not agree with the frames before it", flow->in.name);
	bytes_close(&right);
}

/* All frames are seen here, HELLO and INDEX too: the index has an entry of each. */
static void check_frame(struct checking *checking)
{
	switch (checking->flow.in.frame.kind) {
	case FRAME_INDEX:
		check_index(checking);
		return;
	case FRAME_ROWS:
		check_rows(checking);
		break;
	case FRAME_DELETE:
		check_deletes(checking);
		break;
	default:
		break;
	}
	if (checking->flow.in.frame.kind != FRAME_END)
		index_add(&checking->seen, &checking->flow.in.frame);
}

static void report(struct checking *checking)
{
	struct flow *flow = &checking->flow;
	const struct ledger *ledger = &flow->in.ledger;
	struct bytes text = { 0 };
	uint64_t rows = 0, deletes = 0;

	for (size_t i = 0; i < ledger->count; i++) {
		rows += ledger->accounts[i].rows;
		deletes += ledger->accounts[i].deletes;
	}
	print_visible(&text, flow->in.name, strlen(flow->in.name));
	bytes_format(&text, ": complete: %zu tables, %llu rows, ", ledger->count,
		(unsigned long long)rows);
	if (deletes > 0)
		bytes_format(&text, "%llu deletes, ", (unsigned long long)deletes);
	bytes_format(&text, "%llu frames, %llu bytes%s\nstream ",
		(unsigned long long)ledger->frames,
		(unsigned long long)flow->in.offset,
		ledger->index != 0 ? ", index right" : "; no index: a stream, not an archive");
	print_hex(&text, ledger->stream, 16);
	bytes_add_text(&text, ", chain ");
	print_hex(&text, flow->in.ending.chain, 16);
	bytes_add_byte(&text, '\n');
	process_print_all(&text, &flow->fault);
	bytes_close(&text);
}

/* The fault itself tells up to which frame it is good. */
static void report_place(struct checking *checking)
{
	struct fault *fault = &checking->flow.fault;
	size_t size = strlen(fault->text);

	if (fault->status != STATUS_STREAM)
		return;
	if (checking->table == NULL)
		snprintf(fault->text + size, sizeof(fault->text) - size, "; no row is good");
	else
		snprintf(fault->text + size, sizeof(fault->text) - size,
			"; the last good row is row %llu of table \"%s\"",
			(unsigned long long)checking->rows, checking->table);
}

int main(int argc, char **argv)
{
	struct checking checking = { 0 };
	struct flow *flow = &checking.flow;

	flow_begin_reader(flow, &tool, argc, argv);
	flow->all_frames = true;
	while (flow_next(flow))
		check_frame(&checking);
	if (flow->fault.status != 0)
		report_place(&checking);
	else if (!quiet)
		report(&checking);
	index_close(&checking.seen);
	return flow_end(flow);
}
