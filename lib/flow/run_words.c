#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/descriptor.h"
#include "flow/running.h"
#include "flow/shell.h"

enum { PLAN_MOST = 16 << 20 };

/* The tools that options are for. */
enum { FOR_EXTRACT = 1, FOR_RETYPE = 2, FOR_RENAME = 4, FOR_LOAD = 8, FOR_RUN = 16,
	FOR_VERIFY = 32, FOR_KEEPS = 64 /* beside what is for types and names */ };

static const struct taker {
	const char *option;
	unsigned who;
	bool flag;
} takers[] = {
	{ "table", FOR_EXTRACT | FOR_VERIFY, false },
	{ "exclude-table", FOR_EXTRACT | FOR_VERIFY, false },
	{ "where", FOR_EXTRACT, false }, { "query", FOR_EXTRACT, false },
	{ "key", FOR_EXTRACT | FOR_VERIFY, false }, { "materialize", FOR_EXTRACT, false },
	{ "snapshot", FOR_EXTRACT, false }, { "no-check", FOR_EXTRACT, true },
	{ "use-plan", FOR_RETYPE | FOR_RENAME, false }, { "set", FOR_RETYPE | FOR_RENAME, false },
	{ "timezone", FOR_RETYPE, false }, { "times", FOR_RETYPE, true },
	{ "strict-types", FOR_RETYPE, true }, { "names", FOR_RENAME, false },
	{ "target-schema", FOR_RENAME, false }, { "dry-run", FOR_LOAD, true },
	{ "mode", FOR_LOAD | FOR_KEEPS, false }, { "triggers", FOR_LOAD | FOR_KEEPS, false },
	{ "data-only", FOR_LOAD | FOR_KEEPS, true },
	{ "other-migrations", FOR_LOAD | FOR_KEEPS, true },
	{ "owner", FOR_LOAD | FOR_KEEPS, false }, { "grant", FOR_LOAD | FOR_KEEPS, false },
	{ "check", FOR_RUN, true }, { "no-archive", FOR_RUN, true },
	{ "no-verify", FOR_RUN, true }, { "json", FOR_VERIFY, true },
	{ "run-dir", FOR_RUN, false }, { "dbname", FOR_RUN, false },
	{ "env-file", FOR_RUN, false },
	{ "tables-only", FOR_VERIFY, true }, { "count-only", FOR_VERIFY, true },
	{ "subset", FOR_VERIFY, true }, { "allow-differences", FOR_VERIFY, false },
	{ "expect", FOR_VERIFY, false }, { "repair", FOR_VERIFY, false },
	{ "limit", FOR_VERIFY, false }, { "keys-only", FOR_VERIFY, true },
	{ "quiet", FOR_VERIFY, true }, { "newer", FOR_VERIFY, false },
	{ "jobs", FOR_VERIFY, false }, { "spool", FOR_VERIFY, false },
	{ "yes", FOR_RUN, true }, { "force", FOR_RUN, true }
};

const char *run_keep(struct run *run, const char *text)
{
	if (text == NULL)
		fault_memory(run->fault);
	return text == NULL ? "" : text;
}

const char *run_inside(struct run *run, const char *name)
{
	return run_keep(run, arena_format(run->arena, "%s/%s", run->folder, name));
}

double run_now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

/* --- lines for people ------------------------------------------------------------------------- */

void run_tell(struct run *run, int fd, struct bytes *line)
{
	struct fault ignored = { 0 };

	bytes_add_byte(line, '\n');
	if (line->failed)
		fault_memory(run->fault);
	else
		descriptor_write(fd, line->data, line->size,
			fd == STDERR_FILENO ? &ignored : run->fault);
	bytes_close(line);
}

void run_tell_quoted(struct run *run, const char *before, const char *path)
{
	struct bytes line = { 0 };

	bytes_add_text(&line, before);
	shell_quote(&line, path);
	run_tell(run, run->people, &line);
}

const char *run_quoted(struct run *run, const char *path)
{
	struct bytes text = { 0 };

	shell_quote(&text, path);
	return run_keep(run, bytes_settle(&text, run->arena));
}

/* --- words ------------------------------------------------------------------------------------ */

static const struct taker *find_taker(const char *option)
{
	for (size_t i = 0; i < sizeof(takers) / sizeof(takers[0]); i++)
		if (strcmp(takers[i].option, option) == 0)
			return &takers[i];
	return NULL;
}

void run_add(struct run *run, struct texts *words, const char *word)
{
	shell_add(run->arena, words, word, run->fault);
}

/* The script reads them in pairs: who it is for, and the word. */
void run_give(struct run *run, const char *tool, const char *word)
{
	run_add(run, &run->words, tool);
	run_add(run, &run->words, word);
}

static void give_option(struct run *run, const char *tool, const struct taker *taker,
	const char *value)
{
	const char *option = run_keep(run, arena_format(run->arena, "--%s", taker->option));

	/* Its value is optional, and so never a word of its own. */
	if (strcmp(taker->option, "snapshot") == 0 && *value != '\0')
		option = run_keep(run, arena_format(run->arena, "--snapshot=%s", value));
	run_give(run, tool, option);
	if (!taker->flag && strcmp(taker->option, "snapshot") != 0)
		run_give(run, tool, value);
}

/* One option to all that it is for. */
void run_take(struct run *run, const char *option, const char *value)
{
	const struct taker *taker = find_taker(option);
	const bool verifies = strcmp(run->order->command, "verify") == 0;

	if (taker == NULL) {
		fault_set(run->fault, STATUS_MISFIT, "%s/options: holds no option --%s",
			run->folder, option);
		return;
	}
	if ((taker->who & FOR_EXTRACT) && !verifies)
		give_option(run, "extract", taker, value);
	if (taker->who & FOR_RETYPE)
		give_option(run, "retype", taker, value);
	if (taker->who & FOR_RENAME)
		give_option(run, "rename", taker, value);
	if ((taker->who & FOR_VERIFY) && verifies)
		give_option(run, "verify", taker, value);
	if (taker->who & FOR_LOAD)
		give_option(run, "load", taker, value);
	if (strcmp(option, "mode") == 0)
		run->mode = value;
	if (strcmp(option, "data-only") == 0)
		run->mode = "fill";
	if (strcmp(option, "target-schema") == 0)
		run->schema = value;
	if (taker->who & (FOR_RETYPE | FOR_RENAME | FOR_KEEPS)) {
		run_add(run, &run->kept, taker->option);
		run_add(run, &run->kept, value);
	}
}

bool run_keeps(const char *option)
{
	const struct taker *taker = find_taker(option);

	return taker != NULL && (taker->who & FOR_KEEPS);
}

bool run_fills(const struct run *run)
{
	return run->mode != NULL && strcmp(run->mode, "create") != 0;
}

void run_give_like(struct run *run, bool fresh)
{
	if (!run_fills(run) || run->fault->status != 0)
		return;
	run_give(run, "retype", "--like");
	run_give(run, "retype", run->like);
	run_give(run, "rename", "--like");
	run_give(run, "rename", run->like);
	if (!fresh)
		return;
	run_give(run, "like", run->like);
	run_give(run, "target", "--dbname");
	run_give(run, "target", run->database);
	if (run->schema != NULL) {
		run_give(run, "target", "--schema");
		run_give(run, "target", run->schema);
	}
}

static void remember(struct run *run, const struct setting *setting)
{
	const struct taker *taker = find_taker(setting->option);
	const bool snapshot = strcmp(setting->option, "snapshot") == 0;
	const bool joined = snapshot && *setting->value != '\0';

	if (strcmp(setting->option, "dbname") == 0 || strcmp(setting->option, "env-file") == 0)
		return;
	run_add(run, &run->given, run_keep(run, arena_format(run->arena, "--%s%s%s",
		setting->option, joined ? "=" : "", joined ? setting->value : "")));
	if (taker != NULL && !taker->flag && !snapshot)
		run_add(run, &run->given, setting->value);
}

void run_remember(struct run *run)
{
	run->given = (struct texts){ 0 };
	for (size_t i = 0; i < run->order->setting_count; i++)
		remember(run, &run->order->settings[i]);
}

void run_add_database(struct run *run, struct texts *words)
{
	const struct run_order *order = run->order;

	if (order->database != NULL) {
		run_add(run, words, "-d");
		run_add(run, words, order->database);
	}
	if (order->env_file != NULL) {
		run_add(run, words, "--env-file");
		run_add(run, words, order->env_file);
	}
}

/* A plan is kept by what it says: the file may change, or be a pipe. */
static const char *keep_plan(struct run *run, const char *path)
{
	const char *copy = run_inside(run, "given.plan");
	struct bytes content = { 0 };

	if (descriptor_load(path, &content, PLAN_MOST, run->fault) == 0)
		folder_write(run->arena, copy, &content, run->fault);
	bytes_close(&content);
	for (size_t i = 1; i < run->given.count; i++)
		if (strcmp(run->given.items[i - 1], "--use-plan") == 0)
			run->given.items[i] = copy;
	return copy;
}

void run_take_all(struct run *run)
{
	const struct run_order *order = run->order;

	for (size_t i = 0; i < order->setting_count && run->fault->status == 0; i++) {
		struct setting setting = order->settings[i];

		if (strcmp(setting.option, "use-plan") == 0 && run->fresh && run->folder != NULL)
			setting.value = keep_plan(run, setting.value);
		if (strcmp(setting.option, "snapshot") == 0)
			run->snapshot = true;
		run_take(run, setting.option, setting.value);
	}
}
