/*
 * rows-archive: passes a stream on and keeps it in a file.
 *
 * END goes on only when the file has its name: who reads END may rely on the archive.
 */
#include "base/descriptor.h"
#include "flow/flow.h"
#include "wire/compress.h"

static long long level;

static const struct option options[] = {
	{ "compress", 'Z', OPTION_NUMBER, "LEVEL",
		"compress payloads with zstd, 1 (fast) to 19 (small); the stream that is passed on "
		"is not compressed", &level, false, COMPRESS_LEAST, COMPRESS_MOST },
};

static const char *const examples[] = {
	"sqlite-extract app.db | rows-archive app.rows > /dev/null",
	"sqlite-extract app.db | rows-archive -Z 3 small.rows | rows-peek",
	NULL
};

static const struct tool tool = {
	.name = "rows-archive",
	.brief = "Passes a row stream from standard input to standard output, and keeps it in FILE "
		"with an index, for audit and replay.",
	.operands = "FILE",
	.operands_least = 1,
	.operands_most = 1,
	.options = options,
	.option_count = sizeof(options) / sizeof(options[0]),
	.about = "FILE must not exist; it gets its name only when it is whole and on disk, and "
		"only then the end of the stream is passed on. Until then it is "
		".FILE.partial-XXXXXX in the same folder. When the reader of standard output goes "
		"away, the archive is completed all the same, and the exit status is 141.",
	.examples = examples,
};

struct keeping {
	struct flow flow;
	struct descriptor_file file;
	struct index_builder index;
	uint64_t started; /* so many bytes are on their way to the disk */
	struct writer writer;
};

static void keep(struct keeping *keeping)
{
	struct flow *flow = &keeping->flow;
	const struct frame *frame = &flow->in.frame;

	if (flow->fault.status != 0)
		return;
	if (frame->kind == FRAME_TABLE_END)
		writer_table_end(&keeping->writer, frame->table, &flow->in.total, &flow->fault);
	else
		writer_pass(&keeping->writer, frame, &flow->fault);
}

static void start_sync(struct keeping *keeping)
{
	enum { STEP = 16 << 20 };
	const uint64_t size = keeping->writer.offset - keeping->started;

	if (size < STEP)
		return;
	descriptor_start_sync(keeping->file.fd, keeping->started, size);
	keeping->started += size;
}

static void open_archive(struct keeping *keeping)
{
	struct flow *flow = &keeping->flow;

	if (flow->fault.status != 0 ||
		descriptor_create(&keeping->file, flow_operand(flow, 0), &flow->fault) != 0)
		return;
	writer_begin(&keeping->writer, keeping->file.fd, &flow->arena);
	keeping->writer.name = flow_operand(flow, 0);
	keeping->writer.level = (int)level;
	keeping->writer.index = &keeping->index;
}

/* HELLO went out already: flow_next saw to it. */
static void keep_hello(struct keeping *keeping)
{
	if (keeping->writer.ledger.state == LEDGER_HELLO)
		writer_hello(&keeping->writer, &keeping->flow.in.hello, &keeping->flow.fault);
}

static void close_archive(struct keeping *keeping)
{
	struct flow *flow = &keeping->flow;

	if (flow->fault.status == 0)
		writer_end(&keeping->writer, &flow->in.ending, &flow->fault);
	if (flow->fault.status == 0)
		descriptor_publish(&keeping->file, &flow->fault);
	if (flow->fault.status != 0)
		descriptor_abandon(&keeping->file);
	writer_close(&keeping->writer);
	index_close(&keeping->index);
}

int main(int argc, char **argv)
{
	struct keeping keeping = { .file.fd = -1 };
	struct flow *flow = &keeping.flow;

	flow_begin(flow, &tool, argc, argv);
	flow_open_output(flow);
	flow_open_input(flow, NULL);
	flow->transparent = true;
	flow->outlives = true;
	open_archive(&keeping);
	while (flow_next(flow)) {
		keep_hello(&keeping);
		keep(&keeping);
		start_sync(&keeping);
		flow_pass(flow);
	}
	close_archive(&keeping);
	return flow_end(flow);
}
