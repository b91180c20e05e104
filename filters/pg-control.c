/*
 * pg-control: the runs that a database remembers and that are kept in folders here: listed, undone,
 * forgotten.
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/descriptor.h"
#include "base/print.h"
#include "db/address.h"
#include "db/retract.h"
#include "db/undo.h"
#include "flow/process.h"
#include "flow/run_list.h"
#include "flow/shell.h"
#include "row/describe.h"

enum { LOCK_WAIT = 10 }; /* seconds */

static const char *database, *env_file, *run_dir;
static bool json, yes, force, folders_only;

static const struct option options[] = {
	{ "dbname", 'd', OPTION_TEXT, "WHERE",
		"env:NAME (a URL in that variable), a postgres:// URL, keywords and values, or a "
		"database; without it libpq's own environment decides", &database, false, 0, 0 },
	{ "env-file", 0, OPTION_TEXT, "FILE",
		"look up env:NAME in this .env file, too; without -d its DATABASE_URL, or its "
		"DB_HOST, DB_PORT and so on", &env_file, false, 0, 0 },
	{ "run-dir", 0, OPTION_TEXT, "DIR",
		"the runs are kept below DIR instead of here, or instead of $ROWPIPE_RUNS",
		&run_dir, false, 0, 0 },
	{ "folders-only", 0, OPTION_FLAG, NULL, "ask no database", &folders_only, false, 0, 0 },
	{ "json", 0, OPTION_FLAG, NULL, "with runs: print JSON", &json, false, 0, 0 },
	{ "yes", 'y', OPTION_FLAG, NULL, "do not ask", &yes, false, 0, 0 },
	{ "force", 0, OPTION_FLAG, NULL,
		"with undo: also drop what others have changed since the run; of rows that were "
		"appended, remove those that nobody has changed", &force, false, 0, 0 },
};

static const char *const examples[] = {
	"pg-control runs -d env:DB",
	"pg-control undo -d env:DB app.db.rowpipe/RUN",
	"pg-control forget -d env:DB 3f2a9c10",
	NULL
};

static const struct tool tool = {
	.name = "pg-control",
	.brief = "The runs that a database remembers in its schema rowpipe, and that are kept in "
		"folders: lists, undoes and forgets them. `rowpipe runs`, `rowpipe undo` and "
		"`rowpipe forget` are the same.",
	.operands = "COMMAND [RUN]",
	.operands_least = 1,
	.operands_most = 2,
	.options = options,
	.option_count = sizeof(options) / sizeof(options[0]),
	.about = "RUN is its folder, its stream's id, or what the id begins with; or the database "
		"that was migrated, of which it is the newest run that can be undone or freed.\n\n"
		"runs [RUN]: list them, or tell all of one\n"
		"undo RUN: drop the tables and views that the run has made, or remove the rows "
		"that it has appended, all of them or none; what others have changed since, made "
		"on top of it, or let refer to it, stops it\n"
		"forget RUN: remove the run's archive, and what is staged of it when it is not "
		"complete; what is loaded stays, and so do plan, to-dos and report",
	.examples = examples,
};

struct asking {
	struct arena arena;
	struct control control;
	struct libpq *libpq;
	const char *command, *operand; /* operand may be NULL */
	struct run_list list;
	const char *given; /* -d, as it may be typed again; NULL: it was not */
	const char *next;  /* the command that goes on, but for its operand; NULL: there is none */
	struct fault fault;
};

/* --- the command that goes on ----------------------------------------------------------------- */

/* `rowpipe` knows where the database is, or that none is asked. */
static bool is_through_rowpipe(const struct asking *asking)
{
	return folders_only || asking->given != NULL || env_file != NULL;
}

/* A verb with the options that were given, and one more; NULL where there is no memory for it. */
static const char *write_command(struct asking *asking, const char *verb, const char *more,
	const char *operand)
{
	struct texts words = { 0 };
	struct bytes line = { 0 };
	struct fault ignored = { 0 };
	struct arena *arena = &asking->arena;
	const bool changes = strcmp(verb, "undo") == 0 || strcmp(verb, "forget") == 0;
	const char *copy;

	shell_add(arena, &words, is_through_rowpipe(asking) ? "rowpipe" : "pg-control", &ignored);
	shell_add(arena, &words, verb, &ignored);
	if (force && changes)
		shell_add(arena, &words, "--force", &ignored);
	if (yes && changes)
		shell_add(arena, &words, "--yes", &ignored);
	if (more != NULL)
		shell_add(arena, &words, more, &ignored);
	if (run_dir != NULL && strcmp(verb, "replay") != 0) {
		shell_add(arena, &words, "--run-dir", &ignored);
		shell_add(arena, &words, run_dir, &ignored);
	}
	if (asking->given != NULL) {
		shell_add(arena, &words, "-d", &ignored);
		shell_add(arena, &words, asking->given, &ignored);
	}
	if (env_file != NULL) {
		shell_add(arena, &words, "--env-file", &ignored);
		shell_add(arena, &words, env_file, &ignored);
	}
	if (operand != NULL)
		shell_add(arena, &words, operand, &ignored);
	shell_line(&line, &words);
	copy = line.failed || ignored.status != 0 ? NULL : arena_copy(arena, line.data, line.size);
	bytes_close(&line);
	return copy;
}

static void suggest(struct asking *asking, const char *verb, const char *more, const char *operand)
{
	const char *line = write_command(asking, verb, more, operand);

	asking->next = line == NULL ? NULL : arena_format(&asking->arena, "%s\n", line);
}

static int end(struct asking *asking)
{
	const bool secret = asking->given != NULL &&
		strcmp(asking->given, "env:ROWPIPE_DATABASE") == 0;
	const int status = process_end(&asking->fault, false);
	struct fault ignored = { 0 };

	if (status == 0 || asking->next == NULL)
		return status;
	if (secret)
		process_say("the address held a password, which is kept nowhere: put it into "
			"ROWPIPE_DATABASE");
	descriptor_write(STDERR_FILENO, asking->next, strlen(asking->next), &ignored);
	return status;
}

/* --- what there is ---------------------------------------------------------------------------- */

static bool is_listing(const struct asking *asking)
{
	return strcmp(asking->command, "runs") == 0;
}

static void connect_server(struct asking *asking)
{
	struct libpq_options how = { .tool = tool.name, .writes = !is_listing(asking),
		.lock_timeout = LOCK_WAIT * 1000, .connect_timeout = 20 };
	struct address address;

	if (database != NULL)
		asking->given = arena_text(&asking->arena, database);
	address_read(&asking->arena, database, env_file, &address, &asking->fault);
	address_wipe(database);
	if (asking->given != NULL && strncmp(asking->given, "env:", 4) != 0 &&
		(asking->fault.status != 0 || address_is_secret(&address)))
		asking->given = "env:ROWPIPE_DATABASE";
	if (asking->fault.status != 0)
		return;
	process_say_all(address.notes, address.note_count);
	asking->libpq = libpq_open(&asking->arena, &address, &how, &asking->fault);
	asking->control = (struct control){ .arena = &asking->arena, .libpq = asking->libpq };
}

static void take_runs(struct asking *asking, const struct history_run *runs, size_t count)
{
	struct run_line *lines = arena_array(&asking->arena, count + 1, sizeof(*lines));

	for (size_t i = 0; i < count && lines != NULL; i++)
		lines[i] = (struct run_line){ NULL, runs[i].status, runs[i].started,
			runs[i].stream, runs[i].mode, runs[i].pipeline, runs[i].source,
			runs[i].triggered_by, runs[i].role, runs[i].ended, runs[i].error, NULL,
			runs[i].folder, runs[i].attempt, runs[i].rows, runs[i].rejects, NULL,
			NULL, 0 };
	if (lines == NULL)
		fault_memory(&asking->fault);
	asking->list.lines = lines;
	asking->list.count = count;
}

/* What an older version has left is brought up; nothing is made by a question. */
static void read_runs(struct asking *asking)
{
	struct control *control = &asking->control;
	struct fault *fault = &asking->fault;
	struct history_run *runs = NULL;
	size_t count = 0;
	bool none;

	connect_server(asking);
	if (fault->status != 0 || control_look(control, fault) != 0)
		return;
	if (control->state == CONTROL_OLD && control_open(control, fault) != 0)
		return;
	none = control->state == CONTROL_ABSENT || control->state == CONTROL_BARRED;
	if (is_listing(asking) && none)
		return;
	if (!is_listing(asking) || !control->readable || control->state == CONTROL_STUCK)
		control_need(control, fault);
	if (fault->status == 0 && history_list(control, &runs, &count, fault) == 0)
		take_runs(asking, runs, count);
}

static void gather(struct asking *asking)
{
	const char *place = run_dir != NULL ? run_dir : getenv("ROWPIPE_RUNS");

	asking->list.arena = &asking->arena;
	if (!folders_only)
		read_runs(asking);
	if (asking->fault.status == 0)
		run_list_gather(&asking->list, place != NULL && *place == '\0' ? NULL : place,
			&asking->fault);
}

/*
 * Of the runs of a database that are kept here: what can be undone, or was, so that the same
 * command again does not go on with the one before; and what can be freed.
 */
static bool fits_undoing(const struct run_line *line)
{
	return strcmp(line->status, "complete") == 0 || strcmp(line->status, "undone") == 0;
}

static bool fits_freeing(const struct run_line *line)
{
	return line->kept->archive;
}

static struct run_line *choose(struct asking *asking)
{
	const char *given = asking->operand;
	struct run_line *line = run_list_find(&asking->list, &asking->operand,
		is_listing(asking) ? NULL : strcmp(asking->command, "undo") == 0 ? fits_undoing :
		fits_freeing, &asking->fault);

	if (line == NULL)
		suggest(asking, "runs", NULL, NULL);
	else if (asking->operand != given && !is_listing(asking))
		process_say("the run is %s", asking->operand);
	return line;
}

/* One that was lost goes on from its archive; of one that ended its report says how. */
static bool is_lost(const struct run_line *line)
{
	if (line->kept == NULL || !line->kept->archive)
		return false;
	return strcmp(line->status, "partial") == 0 || strcmp(line->status, "lost") == 0 ||
		(strcmp(line->status, "failed") == 0 && strcmp(line->kept->verdict, "lost") == 0);
}

static void find_next(struct asking *asking, struct run_line *line)
{
	if (is_through_rowpipe(asking) && is_lost(line))
		line->next = write_command(asking, "replay", NULL, line->kept->folder);
}

/* --- runs ------------------------------------------------------------------------------------- */

static void add_tables(struct asking *asking, struct run_line *line)
{
	struct history_table *tables = NULL;
	struct run_line_table *copy;
	size_t count = 0;

	if (line->stream == NULL || history_tables(&asking->control, line->stream, &tables, &count,
		&asking->fault) != 0)
		return;
	copy = arena_array(&asking->arena, count + 1, sizeof(*copy));
	for (size_t i = 0; i < count && copy != NULL; i++)
		copy[i] = (struct run_line_table){ tables[i].source, tables[i].name,
			tables[i].rows, tables[i].there };
	if (copy == NULL)
		fault_memory(&asking->fault);
	line->tables = copy;
	line->table_count = count;
}

static void list(struct asking *asking)
{
	struct run_line *line = asking->operand == NULL ? NULL : choose(asking);
	struct bytes text = { 0 };

	for (size_t i = 0; i < asking->list.count; i++)
		find_next(asking, &asking->list.lines[i]);
	if (line != NULL)
		find_next(asking, line);
	if (line != NULL)
		add_tables(asking, line);
	if (json)
		run_list_json(&text, line != NULL ? line : asking->list.lines,
			line != NULL ? 1 : asking->list.count);
	else if (line != NULL)
		run_list_show(&text, line);
	else
		run_list_print(&text, &asking->list);
	if (asking->fault.status == 0)
		process_print_all(&text, &asking->fault);
	bytes_close(&text);
}

/* --- asking ----------------------------------------------------------------------------------- */

/* True when the answer is yes; else the fault is set. */
static bool is_confirmed(struct asking *asking, const char *verb)
{
	struct fault ignored = { 0 };
	char said[8];
	size_t got = 0;

	if (yes)
		return true;
	if (!isatty(STDIN_FILENO)) {
		suggest(asking, verb, "--yes", asking->operand);
		fault_set(&asking->fault, STATUS_USAGE, "nothing was done, for nobody can be "
			"asked: --yes says yes");
		return false;
	}
	descriptor_write(STDERR_FILENO, "yes? ", 5, &ignored);
	if (descriptor_read(STDIN_FILENO, said, sizeof(said), &got, &asking->fault) == 0 &&
		(got != 4 || memcmp(said, "yes\n", 4) != 0))
		fault_set(&asking->fault, STATUS_NO, "nothing was done");
	return asking->fault.status == 0;
}

/* --- undo ------------------------------------------------------------------------------------- */

static void print_item(struct bytes *text, const struct undo_item *item)
{
	bytes_add_text(text, item->gone ? "gone  " : item->view ? "view  " : "table ");
	print_visible(text, item->name, strlen(item->name));
	if (!item->gone && !item->view) {
		bytes_add_text(text, ", ");
		describe_count(text, item->rows, "row");
	}
	if (item->change != NULL)
		bytes_format(text, ": %s", item->change);
	bytes_add_byte(text, '\n');
}

static void print_plan(struct asking *asking, const struct undo *undo)
{
	struct bytes text = { 0 };

	for (size_t i = 0; i < undo->count; i++)
		print_item(&text, &undo->items[i]);
	for (size_t i = 0; i < undo->dependents.count; i++)
		bytes_format(&text, "stays %s, which others made on top\n",
			undo->dependents.items[i]);
	process_print_all(&text, &asking->fault);
	bytes_close(&text);
}

/* What cannot be undone, and why. */
static int refuse_line(struct asking *asking, const struct run_line *line)
{
	if (line->stream == NULL)
		return fault_set(&asking->fault, STATUS_SOURCE, "the database does not know of "
			"run %s", line->word);
	if (strcmp(line->status, "complete") != 0) {
		suggest(asking, "forget", NULL, asking->operand);
		return fault_set(&asking->fault, STATUS_MISFIT, "the run is %s, so that nothing "
			"of it is visible: what is kept of it can be forgotten", line->status);
	}
	if (strcmp(line->mode, "fill") == 0)
		return fault_set(&asking->fault, STATUS_MISFIT, "the run has filled tables that "
			"were there, and empty (fill): what empties them again is a DELETE of "
			"yours");
	if (strcmp(line->mode, "create") != 0 && strcmp(line->mode, "append") != 0)
		return fault_set(&asking->fault, STATUS_MISFIT, "the run has put its rows in the "
			"place of others (%s), which are kept nowhere: only what a run has made or "
			"appended can be undone", line->mode);
	return 0;
}

static void refuse_changes(struct asking *asking, const struct undo *undo)
{
	if (undo->dependents.count > 0) {
		fault_set(&asking->fault, STATUS_MISFIT, "others made %s on top of what the run "
			"has made%s: drop that first, nothing was dropped",
			undo->dependents.items[0],
			undo->dependents.count == 1 ? "" : ", and more");
	} else if (undo->changed > 0 && !force) {
		suggest(asking, "undo", "--force", asking->operand);
		fault_set(&asking->fault, STATUS_MISFIT, "%zu of what the run has made %s changed "
			"since, and would be lost: --force drops it all the same; nothing was "
			"dropped", undo->changed, undo->changed == 1 ? "was" : "were");
	}
}

static void print_undone(struct asking *asking, const struct undo *undo)
{
	struct bytes text = { 0 };
	size_t views = 0;

	for (size_t i = 0; i < undo->count; i++)
		views += undo->items[i].view && !undo->items[i].gone;
	bytes_add_text(&text, "undone: ");
	describe_count(&text, undo->there - views, "table");
	bytes_add_text(&text, " with ");
	describe_count(&text, undo->rows, "row");
	if (views > 0) {
		bytes_add_text(&text, " and ");
		describe_count(&text, views, "view");
	}
	bytes_add_text(&text, " dropped\n");
	process_print_all(&text, &asking->fault);
	bytes_close(&text);
}

static void drop(struct asking *asking, const struct run_line *line)
{
	struct undo undo = { .control = &asking->control, .stream = line->stream };

	if (undo_look(&undo, &asking->fault) != 0)
		return;
	print_plan(asking, &undo);
	refuse_changes(asking, &undo);
	if (asking->fault.status != 0 || !is_confirmed(asking, "undo"))
		return;
	if (undo_run(&undo, force, LOCK_WAIT, &asking->fault) == 0)
		print_undone(asking, &undo);
}

static void print_removed(struct asking *asking, const struct retract *retract)
{
	struct bytes text = { 0 };

	bytes_add_text(&text, "undone: ");
	describe_count(&text, retract->rows, "row");
	bytes_add_text(&text, " removed");
	if (retract->changed > 0) {
		bytes_add_text(&text, "; ");
		describe_count(&text, retract->changed, "row");
		bytes_format(&text, " that %s changed or deleted since %s, where %s there",
			retract->changed == 1 ? "was" : "were",
			retract->changed == 1 ? "stays" : "stay",
			retract->changed == 1 ? "it is" : "they are");
	}
	bytes_add_byte(&text, '\n');
	process_print_all(&text, &asking->fault);
	bytes_close(&text);
}

static void take_back(struct asking *asking, const struct run_line *line)
{
	struct retract retract = { .control = &asking->control, .stream = line->stream };
	struct bytes text = { 0 };
	bool forcible = false;

	if (retract_look(&retract, &asking->fault) != 0)
		return;
	retract_print(&text, &retract);
	process_print_all(&text, &asking->fault);
	bytes_close(&text);
	retract_judge(&retract, force, &forcible, &asking->fault);
	if (forcible)
		suggest(asking, "undo", "--force", asking->operand);
	else if (asking->fault.status != 0 && retract.rows == 0)
		suggest(asking, "runs", NULL, asking->operand);
	if (asking->fault.status != 0 || !is_confirmed(asking, "undo"))
		return;
	if (retract_run(&retract, force, LOCK_WAIT, &asking->fault) == 0)
		print_removed(asking, &retract);
}

static void undo(struct asking *asking)
{
	struct run_line *line = choose(asking);

	if (line == NULL)
		return;
	if (strcmp(line->status, "undone") == 0)
		process_say("the run was undone already: %s", strcmp(line->mode, "append") == 0 ?
			"0 rows to remove" : "0 tables to drop");
	else if (refuse_line(asking, line) == 0)
		(strcmp(line->mode, "append") == 0 ? take_back : drop)(asking, line);
}

/* --- forget ----------------------------------------------------------------------------------- */

static bool is_done(const struct run_line *line)
{
	return strcmp(line->status, "complete") == 0 || strcmp(line->status, "different") == 0 ||
		strcmp(line->status, "undone") == 0;
}

/* Before it is loaded the archive may be all that there is of its rows. */
static bool may_forget(struct asking *asking, const struct run_line *line)
{
	if (line->kept != NULL && strcmp(line->kept->verdict, "running") == 0) {
		fault_set(&asking->fault, STATUS_AGAIN, "the run is at work: wait until it is "
			"done");
		return false;
	}
	if (is_done(line))
		return true;
	if (!yes)
		process_say("the run is %s, and without its archive it cannot be gone on with",
			line->status);
	return is_confirmed(asking, "forget");
}

static void print_forgotten(struct asking *asking, uint64_t freed)
{
	struct bytes text = { 0 };

	bytes_format(&text, "forgotten: ");
	describe_size(&text, freed);
	bytes_format(&text, " freed (%llu)\n", (unsigned long long)freed);
	process_print_all(&text, &asking->fault);
	bytes_close(&text);
}

static void forget(struct asking *asking)
{
	struct run_line *line = choose(asking);
	uint64_t freed = 0;

	if (line == NULL || !may_forget(asking, line))
		return;
	if (line->stream != NULL && history_forget(&asking->control, line->stream, LOCK_WAIT,
		&freed, &asking->fault) != 0)
		return;
	if (line->kept != NULL)
		kept_free(&asking->arena, line->kept, &freed, &asking->fault);
	if (asking->fault.status == 0)
		print_forgotten(asking, freed);
}

/* --- all -------------------------------------------------------------------------------------- */

static const struct command {
	const char *name;
	void (*run)(struct asking *asking);
} commands[] = { { "runs", list }, { "undo", undo }, { "forget", forget } };

static const struct command *find_command(struct asking *asking)
{
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		if (strcmp(commands[i].name, asking->command) == 0)
			return &commands[i];
	fault_set(&asking->fault, STATUS_USAGE, "there is no command \"%s\" (pg-control --help)",
		asking->command);
	return NULL;
}

static void check_words(struct asking *asking)
{
	if (asking->operand == NULL && !is_listing(asking))
		fault_set(&asking->fault, STATUS_USAGE, "%s needs a RUN: pg-control runs lists "
			"them", asking->command);
	else if (json && !is_listing(asking))
		fault_set(&asking->fault, STATUS_USAGE, "--json goes with runs");
	else if (force && strcmp(asking->command, "undo") != 0)
		fault_set(&asking->fault, STATUS_USAGE, "--force goes with undo");
	else if (folders_only && strcmp(asking->command, "undo") == 0)
		fault_set(&asking->fault, STATUS_USAGE, "undo needs the database");
}

int main(int argc, char **argv)
{
	static struct asking asking; /* for as long as the process is */
	const struct command *command = NULL;
	struct texts operands = { 0 };

	process_begin(&tool, &asking.arena, argc, argv, &operands, &asking.fault);
	if (asking.fault.status == 0) {
		asking.command = operands.items[0];
		asking.operand = operands.count > 1 ? operands.items[1] : NULL;
		command = find_command(&asking);
	}
	if (command != NULL)
		check_words(&asking);
	if (asking.fault.status == 0) {
		gather(&asking);
		if (asking.fault.status == 0)
			command->run(&asking);
		if (asking.fault.status != 0 && asking.next == NULL &&
			asking.fault.status != STATUS_USAGE)
			suggest(&asking, asking.command, NULL, asking.operand);
	}
	if (asking.libpq != NULL)
		libpq_close(asking.libpq);
	process_close_output(&asking.fault);
	return end(&asking);
}
