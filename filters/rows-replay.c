/*
 * rows-replay: an archive as the stream that it was made from.
 */
#include "flow/select.h"

static struct selection selection;

static const struct option options[] = {
	{ "table", 't', OPTION_LIST, "PATTERN",
		"only tables whose name matches, found by the index without reading the rest; may "
		"be given again", &selection.choice.only, true, 0, 0 },
};

static const char *const examples[] = {
	"rows-replay app.rows | rows-peek",
	"rows-replay app.rows -t users -t 'order*' | rows-peek --rows",
	NULL
};

static const struct tool tool = {
	.name = "rows-replay",
	.brief = "Writes the stream that the archive FILE was made from to standard output: the "
		"very bytes that went in, uncompressed.",
	.operands = "FILE",
	.operands_least = 1,
	.operands_most = 1,
	.options = options,
	.option_count = sizeof(options) / sizeof(options[0]),
	.about = "With -t the stream is another one: it has an id of its own and names the tables "
		"that were left out, and only what is read is checked. A pattern may hold * and ?, "
		"and ignores the case of ASCII letters.",
	.examples = examples,
};

int main(int argc, char **argv)
{
	struct flow flow;

	flow_begin(&flow, &tool, argc, argv);
	flow_open_output(&flow);
	flow_open_input(&flow, flow_operand(&flow, 0));
	flow.transparent = selection.choice.only.count == 0;
	flow.by_index = !flow.transparent;
	while (flow_next(&flow))
		if (select_frame(&selection, &flow))
			flow_pass(&flow);
	select_end(&selection, &flow);
	return flow_end(&flow);
}
