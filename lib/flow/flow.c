#include "flow/flow.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/descriptor.h"
#include "base/print.h"
#include "wire/compress.h"
#include "wire/pack.h"

void flow_begin(struct flow *flow, const struct tool *tool, int argc, char **argv)
{
	*flow = (struct flow){ .tool = tool };
	process_begin(tool, &flow->arena, argc, argv, &flow->operands, &flow->fault);
}

const char *flow_operand(const struct flow *flow, size_t place)
{
	return place < flow->operands.count ? flow->operands.items[place] : NULL;
}

void flow_open_input(struct flow *flow, const char *path)
{
	int fd = STDIN_FILENO;

	if (path == NULL || strcmp(path, "-") == 0) {
		path = "the stream";
		process_refuse_terminal(fd, &flow->fault);
	} else {
		descriptor_open(path, &fd, &flow->fault);
	}
	reader_begin(&flow->in, fd, path, &flow->arena);
	flow->reads = true;
}

void flow_open_output(struct flow *flow)
{
	writer_begin(&flow->out, STDOUT_FILENO, &flow->arena);
	flow->writes = process_refuse_terminal(STDOUT_FILENO, &flow->fault) == 0;
}

void flow_begin_source(struct flow *flow, const struct tool *tool, int argc, char **argv)
{
	flow_begin(flow, tool, argc, argv);
	flow_open_output(flow);
}

void flow_begin_reader(struct flow *flow, const struct tool *tool, int argc, char **argv)
{
	flow_begin(flow, tool, argc, argv);
	flow_open_input(flow, flow_operand(flow, 0));
}

void flow_begin_filter(struct flow *flow, const struct tool *tool, int argc, char **argv)
{
	flow_begin(flow, tool, argc, argv);
	flow_open_output(flow);
	flow_open_input(flow, NULL);
}

void flow_fail(struct flow *flow, int status, const char *format, ...)
{
	va_list arguments;
	char text[sizeof(flow->fault.text)];

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	fault_set(&flow->fault, status, "%s", text);
}

/* Appends to a list of the header in a copy: the list that was read stays as it is. */
static void *append(struct arena *arena, const void *items, size_t count, const void *item,
	size_t size)
{
	char *list = arena_array(arena, count + 1, size);

	if (list == NULL)
		return NULL;
	if (count > 0)
		memcpy(list, items, count * size);
	memcpy(list + count * size, item, size);
	return list;
}

/* The id of a stream that this tool makes from another: the same input and options, the same id. */
static void derive_id(struct flow *flow, const struct stage *stage, uint8_t id[16])
{
	struct bytes seed = { 0 };

	pack_array(&seed, 4);
	pack_bytes(&seed, id, 16);
	pack_text(&seed, stage->tool);
	pack_integer(&seed, STREAM_VERSION);
	pack_array(&seed, (uint32_t)stage->setting_count);
	for (size_t i = 0; i < stage->setting_count; i++) {
		pack_array(&seed, 2);
		pack_text(&seed, stage->settings[i].option);
		pack_text(&seed, stage->settings[i].value);
	}
	if (seed.failed)
		fault_memory(&flow->fault);
	hash_put(id, hash_128(seed.data, seed.size));
	bytes_close(&seed);
}

void flow_setting(struct flow *flow, const char *option, const char *value)
{
	const struct setting setting = { option, value };
	struct setting *settings = append(&flow->arena, flow->settings, flow->setting_count,
		&setting, sizeof(setting));

	if (settings == NULL) {
		fault_memory(&flow->fault);
		return;
	}
	flow->settings = settings;
	flow->setting_count++;
}

static bool add_settings(struct flow *flow, struct stage *stage)
{
	stage->settings = options_settings(flow->tool, &flow->arena, &stage->setting_count);
	for (size_t i = 0; i < flow->setting_count && stage->settings != NULL; i++)
		stage->settings = append(&flow->arena, stage->settings, stage->setting_count++,
			&flow->settings[i], sizeof(flow->settings[i]));
	return stage->settings != NULL;
}

void flow_hello(struct flow *flow, struct hello hello)
{
	struct stage stage = { .tool = flow->tool->name, .version = ROWPIPE_VERSION };

	if (add_settings(flow, &stage))
		hello.stages = append(&flow->arena, hello.stages, hello.stage_count, &stage,
			sizeof(stage));
	hello.stage_count++;
	if (stage.settings == NULL || hello.stages == NULL) {
		fault_memory(&flow->fault);
		return;
	}
	derive_id(flow, &stage, hello.stream);
	if (flow->fault.status == 0)
		writer_hello(&flow->out, &hello, &flow->fault);
}

static void write_hello(struct flow *flow)
{
	if (flow->transparent)
		writer_hello(&flow->out, &flow->in.hello, &flow->fault);
	else
		flow_hello(flow, flow->in.hello);
}

void flow_count(struct flow *flow, const char *table, const char *column, const char *kind,
	uint64_t count)
{
	struct tally *tally = &flow->tally;
	struct count *counts = tally->counts;

	/* Powers of two are when it grows. */
	if ((tally->count_count & (tally->count_count - 1)) == 0) {
		counts = arena_array(&flow->arena,
			tally->count_count == 0 ? 1 : tally->count_count * 2, sizeof(*counts));
		if (counts == NULL) {
			fault_memory(&flow->fault);
			return;
		}
		if (tally->count_count > 0)
			memcpy(counts, tally->counts, tally->count_count * sizeof(*counts));
		tally->counts = counts;
	}
	counts[tally->count_count++] = (struct count){ table, column, kind, count };
}

/* After a write: who outlives its reader writes no more, and goes on. */
static void check_reader(struct flow *flow)
{
	if (flow->fault.status != STATUS_PIPE || !flow->outlives)
		return;
	flow->deaf = true;
	flow->fault = (struct fault){ 0 };
}

static void meet_hello(struct flow *flow)
{
	if (flow->writes)
		write_hello(flow);
	check_reader(flow);
	if (flow->by_index && flow->fault.status == 0)
		reader_use_index(&flow->in, &flow->fault);
}

bool flow_next(struct flow *flow)
{
	while (flow->fault.status == 0 && !reader_ended(&flow->in)) {
		enum frame_kind kind;

		if (reader_next(&flow->in, &flow->fault) != 0)
			break;
		kind = flow->in.frame.kind;
		if (kind == FRAME_HELLO)
			meet_hello(flow);
		if (flow->all_frames ||
			(kind != FRAME_HELLO && kind != FRAME_INDEX && kind != FRAME_END))
			return flow->fault.status == 0;
	}
	return false;
}

void flow_pass(struct flow *flow)
{
	const struct frame *frame = &flow->in.frame;

	if (flow->fault.status != 0 || flow->deaf)
		return;
	if (frame->kind == FRAME_TABLE_END)
		writer_table_end(&flow->out, frame->table, &flow->in.total, &flow->fault);
	else
		writer_pass(&flow->out, frame, &flow->fault);
	check_reader(flow);
}

static void leave_out(struct flow *flow, struct ending *ending, size_t place)
{
	struct left_out item = { 0 };

	item.name = flow->in.ledger.accounts[place].definition->source;
	item.extracted = flow->in.ending.totals[place].extracted;
	ending->left_out = append(&flow->arena, ending->left_out, ending->left_out_count, &item,
		sizeof(item));
	ending->left_out_count++;
	if (ending->left_out == NULL)
		fault_memory(&flow->fault);
}

/* What came from upstream, the tables that were skipped here, and this tool's own counts. */
static void write_end(struct flow *flow)
{
	struct ending ending = flow->in.ending;

	if (flow->reads)
		for (size_t i = 0; i < flow->in.ledger.count && flow->fault.status == 0; i++)
			if (flow->in.ledger.accounts[i].skipped)
				leave_out(flow, &ending, i);
	if (flow->tally.count_count > 0) {
		flow->tally.tool = flow->tool->name;
		ending.tallies = append(&flow->arena, ending.tallies, ending.tally_count,
			&flow->tally, sizeof(flow->tally));
		ending.tally_count++;
		if (ending.tallies == NULL)
			fault_memory(&flow->fault);
	}
	if (flow->fault.status == 0)
		writer_end(&flow->out, &ending, &flow->fault);
}

/* ABORT needs a HELLO in front of it, also where there was no input to make one from. */
static void write_bare_hello(struct flow *flow)
{
	struct stage stage = { .tool = flow->tool->name, .version = ROWPIPE_VERSION };
	struct hello hello = { .version = STREAM_VERSION, .stages = &stage, .stage_count = 1 };
	struct fault ignored = { 0 };

	writer_hello(&flow->out, &hello, &ignored);
}

/* Says downstream that there is no more, and why. */
static void write_abort(struct flow *flow)
{
	struct abortion abortion = { .who = flow->tool->name };
	struct fault ignored = { 0 };
	struct bytes why = { 0 };

	if (flow->out.ledger.state == LEDGER_DONE)
		return;
	print_visible(&why, flow->fault.text, strlen(flow->fault.text));
	bytes_add_byte(&why, '\0');
	abortion.why = why.failed ? "out of memory" : (const char *)why.data;
	abortion.status = (uint64_t)flow->fault.status;
	if (flow->out.ledger.state == LEDGER_HELLO)
		write_bare_hello(flow);
	writer_abort(&flow->out, flow->in.aborted ? &flow->in.abortion : &abortion, &ignored);
	bytes_close(&why);
}

int flow_end(struct flow *flow)
{
	/* Who aborted upstream has spoken, unless it is a file that tells of it. */
	bool spoken = flow->writes && flow->in.aborted && flow->in.fd == STDIN_FILENO;
	int status;

	if (flow->deaf)
		flow_fail(flow, STATUS_PIPE, "the reader went away");
	if (flow->writes && flow->fault.status == 0)
		write_end(flow);
	if (flow->writes && flow->fault.status != 0 && flow->fault.status != STATUS_PIPE) {
		descriptor_stop = 0;
		/* First, or those behind it would speak of the consequences before the cause. */
		if (!spoken)
			process_say("%s", flow->fault.text);
		spoken = true;
		write_abort(flow);
	}
	process_close_output(&flow->fault);
	status = process_end(&flow->fault, spoken);
	if (flow->reads)
		reader_close(&flow->in);
	if (flow->writes)
		writer_close(&flow->out);
	compress_close();
	arena_close(&flow->arena);
	return status;
}
