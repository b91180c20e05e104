#include <stdio.h>
#include <string.h>

#include "base/print.h"
#include "flow/past.h"
#include "flow/report_print.h"
#include "flow/shell.h"
#include "flow/verdict.h"
#include "row/describe.h"

static struct report_line make_line(const void *from, size_t place)
{
	const struct past_load *load = from;
	const struct past_table *table = &load->tables[place];

	return (struct report_line){ .name = table->name, .rows = table->loaded,
		.deleted = table->deleted, .bytes = table->bytes, .seconds = table->seconds,
		.widened = table->widened_count, .changed = table->changed,
		.todos = table->todos };
}

static void print_load(struct bytes *to, const struct past_load *load)
{
	report_print_load(to, &(struct report_lines){ .verdict = load->verdict, .from = load,
		.line = make_line, .count = load->table_count, .views = load->view_count,
		.todos = load->todo_count });
}

static void sum(const struct past_verification *verification, struct verdict *verdict)
{
	const size_t missing = past_findings(verification, true);

	*verdict = (struct verdict){ .part = verification->subset, .rows = verification->rows,
		.missing = verification->missing, .extra = verification->extra,
		.changed = verification->changed, .others = past_findings(verification, false),
		.tables = verification->proof_count + missing, .tables_different = missing,
		.allowed = strncmp(verification->status, "loaded", strlen("loaded")) == 0 };
	for (size_t i = 0; i < verification->proof_count; i++) {
		const struct past_proof *proof = &verification->proofs[i];

		verdict->tables_different += proof->missing + proof->extra + proof->changed > 0;
	}
	verdict->print.different = verification->missing + verification->extra +
		verification->changed;
	verdict->print.remarks = verdict->others;
}

static void print_last(struct bytes *to, const struct past_run *run, const char *folder)
{
	static const char *const words[] = { "equal", "loaded, not verified", "rolled back",
		"loaded, different", "loaded, but not under its name",
		"loaded, not proved", "failed", "stopped" };
	const enum past_verdict verdict = past_judge(run);

	bytes_add_text(to, words[verdict]);
	if (verdict >= PAST_UNNAMED) {
		bytes_format(to, ", status %llu", (unsigned long long)run->status);
		bytes_add_text(to, run->error != NULL ? ": " : "");
		if (run->error != NULL)
			print_visible(to, run->error, strlen(run->error));
	} else if (run->load == NULL || run->load->todo_count == 0) {
		bytes_add_text(to, "; no to-dos");
	} else {
		bytes_add_text(to, "; ");
		describe_count(to, run->load->todo_count, "to-do");
		bytes_add_text(to, " in ");
		shell_quote(to, folder);
		bytes_add_text(to, "/todo.sql");
	}
	bytes_add_byte(to, '\n');
}

void past_print(struct bytes *to, const struct past_run *run, const char *folder)
{
	struct verdict verdict;

	bytes_add_text(to, "run: ");
	shell_quote(to, folder);
	bytes_add_byte(to, '\n');
	if (run->load != NULL)
		print_load(to, run->load);
	if (run->verification != NULL) {
		sum(run->verification, &verdict);
		verdict_line(&verdict, to);
	}
	if (run->written_to)
		bytes_add_text(to, "the source was or may have been written to meanwhile; those "
			"rows are not in the target\n");
	print_last(to, run, folder);
	if (run->next != NULL && strstr(run->next, "env:ROWPIPE_DATABASE") != NULL)
		bytes_add_text(to, "the address held a password, which is kept nowhere: put it "
			"into ROWPIPE_DATABASE\n");
	if (run->next != NULL) {
		print_visible(to, run->next, strlen(run->next));
		bytes_add_byte(to, '\n');
	}
}
