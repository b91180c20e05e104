/*
 * profile: a stream whose first table has a profile that is not its rows': as if a tool on the way
 * had made other values of them.  Argument: nulls, least, text.
 */
#include <string.h>

#include "flow/flow.h"

static const struct tool tool = { .name = "profile", .brief = "", .operands = "WHAT",
	.operands_least = 1, .operands_most = 1 };

static void change(struct table *table, const char *what)
{
	for (size_t i = 0; i < table->column_count; i++) {
		struct profile *profile = table->columns[i].profile;

		if (profile == NULL)
			continue;
		profile->nulls += strcmp(what, "nulls") == 0;
		profile->least_integer -= strcmp(what, "least") == 0 &&
			profile->least_integer > INT64_MIN;
		profile->longest_text += strcmp(what, "text") == 0;
	}
}

int main(int argc, char **argv)
{
	struct flow flow = { 0 };
	bool done = false;

	flow_begin_filter(&flow, &tool, argc, argv);
	while (flow_next(&flow)) {
		struct table *table = flow.in.frame.kind == FRAME_TABLE ? reader_table(&flow.in) :
			NULL;

		if (table == NULL || done) {
			flow_pass(&flow);
			continue;
		}
		change(table, flow_operand(&flow, 0));
		writer_table(&flow.out, table, &flow.fault);
		done = true;
	}
	return flow_end(&flow);
}
