#include <string.h>

#include "base/print.h"
#include "flow/paging.h"
#include "flow/shell.h"
#include "row/describe.h"

/* --- the verdict ------------------------------------------------------------------------------ */

static const struct {
	const char *kind, *word;
	const char *next; /* what the command is for that the report names */
} verdicts[] = {
	[PAST_EQUAL] = { "good", "Equal", "Go on" },
	[PAST_NOT_VERIFIED] = { "warn", "Loaded, not verified", "Go on" },
	[PAST_ROLLED_BACK] = { "warn", "Rolled back, as was asked for", "Go on" },
	[PAST_DIFFERENT] = { "bad", "Loaded, different", "See which rows and columns differ" },
	[PAST_UNNAMED] = { "warn", "Loaded, but not under its name", "Give it its name" },
	[PAST_NOT_PROVED] = { "bad", "Loaded, not proved", "Prove it again" },
	[PAST_FAILED] = { "bad", "Failed", "Go on" },
	[PAST_STOPPED] = { "bad", "Stopped", "Go on" },
};

const char *page_verdict_word(enum past_verdict verdict)
{
	return verdicts[verdict].word;
}

/* What an exit status says, in the words of rowpipe(7). */
static const char *status_words(uint64_t status)
{
	static const struct {
		uint64_t status;
		const char *words;
	} known[] = {
		{ STATUS_USAGE, "wrong usage" },
		{ STATUS_STREAM, "the stream is incomplete, damaged, or was aborted upstream" },
		{ STATUS_SOURCE, "the source cannot be read" },
		{ STATUS_SERVER, "the server said no for good" },
		{ STATUS_BUG, "an error of rowpipe itself" },
		{ STATUS_CREATE, "an output cannot be created" },
		{ STATUS_IO, "input, output or memory failed on this machine" },
		{ STATUS_AGAIN, "temporary: the same command may be repeated" },
		{ STATUS_UNKNOWN, "the outcome of the commit is unknown: repeating is safe" },
		{ STATUS_RIGHTS, "a right is missing" },
		{ STATUS_MISFIT, "plan, target and data do not fit" },
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (known[i].status == status)
			return known[i].words;
	return status > 128 ? "a signal ended it" : "it ended otherwise";
}

static void add_loaded(struct bytes *to, const struct past_run *run)
{
	const struct past_load *load = run->load;
	uint64_t rows = 0;

	for (size_t i = 0; load != NULL && i < load->table_count; i++)
		rows += load->tables[i].loaded;
	describe_count(to, load == NULL ? 0 : load->table_count, "table");
	bytes_add_text(to, ", ");
	describe_count(to, rows, "row");
}

static void add_equal(struct bytes *to, const struct past_run *run)
{
	bytes_add_text(to, "Every value in PostgreSQL is what the source holds: ");
	describe_count(to, run->verification->proof_count, "table");
	bytes_add_text(to, ", ");
	describe_count(to, run->verification->rows, "row");
	bytes_add_text(to, run->load != NULL &&
		strcmp(run->load->verdict, "already complete") == 0 ?
		". They had been loaded before." : ".");
}

static void add_different(struct bytes *to, const struct past_verification *verification)
{
	size_t findings;

	bytes_add_text(to, "The load is complete, but what PostgreSQL holds is not what the "
		"source holds");
	if (verification == NULL) {
		bytes_add_byte(to, '.');
		return;
	}
	findings = past_findings(verification, false);
	bytes_add_text(to, ": ");
	describe_count(to, verification->missing, "row");
	bytes_add_text(to, " missing, ");
	describe_number(to, verification->extra);
	bytes_add_text(to, " extra, ");
	describe_number(to, verification->changed);
	bytes_add_text(to, " changed");
	if (findings > 0) {
		bytes_add_text(to, ", and ");
		describe_count(to, findings, "finding");
		bytes_add_text(to, " beside rows");
	}
	bytes_add_byte(to, '.');
}

/* All or nothing: but of what broke off in between, or behind COMMIT, that alone tells nothing. */
static bool is_nothing_visible(uint64_t status)
{
	return status == STATUS_USAGE || status == STATUS_STREAM || status == STATUS_SOURCE ||
		status == STATUS_SERVER || status == STATUS_RIGHTS || status == STATUS_MISFIT;
}

static void add_failed(struct bytes *to, const struct past_run *run, enum past_verdict verdict)
{
	if (verdict == PAST_NOT_PROVED || verdict == PAST_UNNAMED)
		bytes_add_text(to, "The load itself is complete. ");
	else if (is_nothing_visible(run->status))
		bytes_add_text(to, "Nothing of it is visible in the target. ");
	else
		bytes_add_text(to, "It did not come to its end, and what is in the target "
			"was not looked at. ");
	bytes_format(to, "Exit status %llu: %s.", (unsigned long long)run->status,
		status_words(run->status));
	if (run->error != NULL) {
		bytes_add_text(to, "</p>\n<p class=\"error\">");
		page_name(to, run->error);
	}
}

static void add_sentence(struct bytes *to, const struct past_run *run, enum past_verdict verdict)
{
	bytes_add_text(to, "<p>");
	switch (verdict) {
	case PAST_EQUAL:
		add_equal(to, run);
		break;
	case PAST_NOT_VERIFIED:
		add_loaded(to, run);
		bytes_add_text(to, run->load != NULL &&
			strcmp(run->load->verdict, "loaded") == 0 ?
			". As many as were sent are there; their values were not compared." :
			" to do: they had been loaded before. Their values were not compared.");
		break;
	case PAST_ROLLED_BACK:
		add_loaded(to, run);
		bytes_add_text(to, " were loaded, and then undone. Nothing of it is in the "
			"target.");
		break;
	case PAST_DIFFERENT:
		add_different(to, run->verification);
		break;
	default:
		add_failed(to, run, verdict);
	}
	bytes_add_text(to, "</p>\n");
}

/* --- what to do next -------------------------------------------------------------------------- */

static uint64_t count_widened(const struct past_run *run)
{
	uint64_t count = 0;

	for (size_t i = 0; run->load != NULL && i < run->load->table_count; i++)
		count += run->load->tables[i].widened_count;
	return count;
}

/*
 * A command whose paths may be relative: it is meant where the run was started.  That is known
 * where the folder's name, as it was typed, is the end of what it is called in full.
 */
static void add_command(struct bytes *to, const struct past_run *run, const char *folder,
	const char *command)
{
	const size_t whole = strlen(folder), typed = strlen(run->folder);
	struct bytes text = { 0 };

	if (run->folder[0] != '/' && whole > typed + 1 &&
		folder[whole - typed - 1] == '/' &&
		strcmp(folder + whole - typed, run->folder) == 0) {
		bytes_add_text(to, ", in <code>");
		print_markup(to, folder, whole - typed - 1, false);
		bytes_add_text(to, "</code>");
	}
	bytes_add_text(&text, command);
	bytes_add_byte(&text, '\0');
	bytes_add_text(to, ":\n");
	page_block(to, "command", text.failed ? "" : (const char *)text.data);
	bytes_close(&text);
}

/* An address may hold a password, and is in no report. */
static void add_proof_command(struct bytes *to, const struct past_run *run, const char *folder)
{
	struct bytes line = { 0 };

	bytes_add_text(to, "<li>Prove that every value arrived");
	if (run->database == NULL)
		bytes_add_text(to, " (WHERE is what this run was given)");
	bytes_add_text(&line, run->database == NULL ? "rowpipe verify -d WHERE " :
		"rowpipe verify ");
	shell_quote(&line, run->archive_bytes > 0 ? folder :
		run->source != NULL ? run->source : folder);
	bytes_add_byte(&line, '\0');
	bytes_add_text(to, ":\n");
	page_block(to, "command", line.failed ? "" : (const char *)line.data);
	bytes_add_text(to, "</li>\n");
	bytes_close(&line);
}

static void add_next_command(struct bytes *to, const struct past_run *run, const char *folder,
	enum past_verdict verdict)
{
	if (run->next == NULL)
		return;
	bytes_format(to, "<li>%s", verdicts[verdict].next);
	add_command(to, run, folder, run->next);
	if (strstr(run->next, "env:ROWPIPE_DATABASE") != NULL)
		bytes_add_text(to, "The address held a password, which is kept nowhere: put it "
			"into <code>ROWPIPE_DATABASE</code> first. ");
	if (verdict == PAST_DIFFERENT)
		bytes_add_text(to, "Add <code>--repair fix.rows</code>, and <code>pg-load "
			"--mode upsert --delete-listed fix.rows</code> puts it right.");
	bytes_add_text(to, "</li>\n");
}

static void add_link(struct bytes *to, uint64_t count, const char *thing, const char *id,
	const char *words)
{
	if (count == 0)
		return;
	bytes_format(to, "<li><a href=\"#%s\">", id);
	describe_count(to, count, thing);
	bytes_format(to, "</a>%s</li>\n", words);
}

static void add_next(struct bytes *to, const struct past_run *run, const char *folder,
	enum past_verdict verdict)
{
	const uint64_t widened = count_widened(run);
	const size_t todos = run->load == NULL ? 0 : run->load->todo_count;
	const bool proves = verdict == PAST_NOT_VERIFIED && run->load != NULL;

	if (run->next == NULL && widened == 0 && todos == 0 && !proves && !run->written_to) {
		bytes_add_text(to, verdict == PAST_EQUAL ? "<p>Nothing is left to be done.</p>\n" :
			"");
		return;
	}
	bytes_add_text(to, "<h2>What to do next</h2>\n<ul>\n");
	add_next_command(to, run, folder, verdict);
	if (verdict == PAST_DIFFERENT && run->verification != NULL)
		bytes_add_text(to, "<li><a href=\"#differences\">What differs</a>, by table and "
			"column.</li>\n");
	if (run->written_to)
		bytes_add_text(to, "<li>The source was or may have been written to meanwhile, and "
			"those rows are not in the target: stop the application and run again."
			"</li>\n");
	if (proves)
		add_proof_command(to, run, folder);
	add_link(to, todos, "to-do", "todos", ": what was not carried over, with its SQL.");
	add_link(to, widened, "widened column", "widened",
		": look whether that is the type you want.");
	bytes_add_text(to, "</ul>\n");
}

void page_verdict(struct bytes *to, const struct past_run *run, const char *folder)
{
	const enum past_verdict verdict = past_judge(run);

	bytes_format(to, "<div class=\"verdict %s\">\n<h1>%s</h1>\n", verdicts[verdict].kind,
		verdicts[verdict].word);
	add_sentence(to, run, verdict);
	add_next(to, run, folder, verdict);
	bytes_add_text(to, "</div>\n");
}
