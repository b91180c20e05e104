/*
 * `rowpipe runs`, `undo` and `forget`: what pg-control is told.
 */
#include <unistd.h>

#include "base/descriptor.h"
#include "flow/kept.h"
#include "flow/run.h"

/* Without -d a run went to the server of one's own, to the database of its source. */
static void find_own(struct run *run)
{
	struct kept kept;

	if (kept_look(run->arena, run->order->operand, &kept, run->fault))
		run->source = kept.source == NULL ? kept.folder : kept.source;
	else if (access(run->order->operand, F_OK) == 0)
		run_find_source(run);
	else
		fault_set(run->fault, STATUS_SOURCE, "%s is no folder of a run, and no database: "
			"-d names the database that knows it by its stream",
			run_quoted(run, run->order->operand));
	run_find_database(run);
}

const char *const *run_control_words(struct arena *arena, const struct run_order *order,
	struct fault *fault)
{
	const bool undo = strcmp(order->command, "undo") == 0;
	struct run run = { .arena = arena, .order = order, .fault = fault };

	run_begin_words(&run, order->command);
	run_remember(&run);
	for (size_t i = 0; i < run.given.count; i++)
		run_add(&run, &run.words, run.given.items[i]);
	if (order->address != NULL) {
		run_add_database(&run, &run.words);
	} else if (undo) {
		find_own(&run);
		run_add(&run, &run.words, "--dbname");
		run_add(&run, &run.words, run.database);
	} else {
		run_add(&run, &run.words, "--folders-only");
	}
	if (order->operand != NULL)
		run_add(&run, &run.words, run_as_path(&run, order->operand));
	run_add(&run, &run.words, "");
	if (fault->status != 0)
		return NULL;
	run.words.items[run.words.count - 1] = NULL;
	return run.words.items;
}
