/*
 * rowpipe: runs a pipeline by its name, with the tools beside it first in PATH and no secret in its
 * arguments.  Of migrate and replay it reads the options, and sees to the run that they are.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/descriptor.h"
#include "db/address.h"
#include "flow/manual.h"
#include "flow/process.h"
#include "flow/run.h"
#include "flow/shell.h"

static const char usage[] =
	"Usage: rowpipe COMMAND [...]\n\n"
	"  migrate DB    a SQLite database into PostgreSQL: extract, archive, types,\n"
	"                names, load, verify\n"
	"  replay RUN    types, names and load again, from a run's archive\n"
	"  verify WHAT   a DB, a RUN or an archive against what PostgreSQL holds\n"
	"  runs [RUN]    what was loaded, and which runs are kept\n"
	"  undo RUN      drop what a run has made in PostgreSQL, or added to it\n"
	"  forget RUN    free the archive of a run, and what is staged of it\n"
	"  db WHAT       the PostgreSQL of your own that is used without -d:\n"
	"                start, stop, psql, url, list, drop, destroy\n"
	"  report RUN    what a run has done: as text, as a page, as JSON\n"
	"  demo [DB]     migrate a small shop, or DB, and look at it\n\n"
	"Each tells more with --help. The tools that they are made of are filters of\n"
	"their own: see rowpipe(7).\n";

static struct texts tables, excluded, wheres, queries, keys, views, lines;
static struct texts only_tables, no_tables, row_keys, grants;
static const char *snapshot, *run_dir, *database, *env_file, *plan_file, *zone, *names, *schema;
static const char *allowance, *rules_file, *repair_file, *newer_column, *spool;
static const char *mode, *triggers, *owner;
static long long limit, jobs;
static bool check, no_check, no_archive, no_verify, times, strict, dry_run, json;
static bool tables_only, count_only, subset, keys_only, quiet, yes, force;
static bool data_only, other_migrations;

#define FLAG(name, help, to) { name, 0, OPTION_FLAG, NULL, help, &to, true, 0, 0 }
#define TEXT(name, value, help, to) { name, 0, OPTION_TEXT, value, help, &to, true, 0, 0 }
#define LIST(name, value, help, to) { name, 0, OPTION_LIST, value, help, &to, true, 0, 0 }

/* Those of migrate; replay takes the ones from --dry-run on, verify from --dbname to the end. */
enum { OF_MIGRATE = 11, OF_LOADS = 8, OF_VERIFY = 15 };
static const struct option options[] = {
	FLAG("check", "look what stands in the way; move no row, leave nothing behind", check),
	{ "table", 't', OPTION_LIST, "PATTERN",
	"only tables whose name matches; may be given again",
		&tables, true, 0, 0 },
	{ "exclude-table", 'T', OPTION_LIST, "PATTERN", "no table whose name matches", &excluded,
		true, 0, 0 },
	LIST("where", "TABLE=SQL", "only the rows of TABLE for which SQL is true", wheres),
	LIST("query", "NAME=SQL", "the rows of a SELECT, as a table called NAME", queries),
	LIST("key", "NAME=COLUMN,...", "the primary key of a --query", keys),
	LIST("materialize", "VIEW", "the rows of a view, as if it were a table", views),
	{ "snapshot", 0, OPTION_MAYBE, "DIR",
		"copy DB first (to DIR, or $TMPDIR, or /var/tmp), so that programs that write "
		"to it "
		"do not wait; done by itself where they would wait and there is room", &snapshot,
		true, 0, 0 },
	FLAG("no-check", "do not look for damage in DB first", no_check),
	TEXT("run-dir", "DIR", "keep runs below DIR instead of here, or instead of $ROWPIPE_RUNS",
		run_dir),
	FLAG("no-archive", "keep no archive: a wrong plan then costs a second extract", no_archive),
	FLAG("dry-run", "do everything on the server, then roll it back", dry_run),
	FLAG("no-verify", "do not compare every value behind the load: only counts are known then",
		no_verify),
	TEXT("mode", "MODE",
		"create: tables that are not there yet (the default); fill: tables that are there, "
		"without rows; refill: the rows that they hold go", mode),
	FLAG("data-only", "make no table: --mode fill", data_only),
	TEXT("owner", "ROLE", "what is made belongs to ROLE in the end", owner),
	LIST("grant", "RIGHTS TO ROLES", "to what is made, as in 'SELECT TO app'", grants),
	TEXT("triggers", "WHAT", "of tables that are there: off (the default), or fire", triggers),
	FLAG("other-migrations", "go on where source and target are not at the same migrations",
		other_migrations),
	{ "dbname", 'd', OPTION_TEXT, "WHERE",
		"env:NAME (a URL in that variable), postgres://..., or libpq's keywords and "
		"values; "
		"without it a PostgreSQL of your own is made: rowpipe db", &database, true, 0, 0 },
	TEXT("env-file", "FILE",
		"look up env:NAME in this .env file, too; without -d its DATABASE_URL, or its "
		"DB_HOST, DB_PORT and so on", env_file),
	TEXT("use-plan", "FILE", "types, policies, names and skip as the plan has them: plan(5)",
		plan_file),
	LIST("set", "LINE", "one more line of a plan, laid over it; may be given again", lines),
	FLAG("times", "numbers and texts that are likely times become times", times),
	FLAG("strict-types", "stop before the first row where a column would need a decision",
	strict),
	TEXT("timezone", "ZONE",
		"times without an offset beside others that have one are in this zone: +02:00, UTC",
		zone),
	TEXT("names", "RULE", "sql, keep, lower or snake, as in rows-rename", names),
	TEXT("target-schema", "NAME", "put all tables into this schema", schema),
	FLAG("json", "print JSON, and nothing else; all other words go to stderr", json),
	{ "table", 't', OPTION_LIST, "PATTERN", "only tables whose name matches", &only_tables,
		true, 0, 0 },
	{ "exclude-table", 'T', OPTION_LIST, "PATTERN", "no table whose name matches", &no_tables,
		true, 0, 0 },
	LIST("key", "TABLE=COLUMN,...", "what tells the rows of a table apart", row_keys),
	FLAG("tables-only", "are all tables and columns there? no more", tables_only),
	FLAG("count-only", "the same, and how many rows; no values", count_only),
	FLAG("subset", "other rows may be there, too", subset),
	TEXT("allow-differences", "N|P%", "exit with 0 also where so many rows differ", allowance),
	TEXT("expect", "RULES", "hold the rules in this file against the rows", rules_file),
	TEXT("repair", "FILE", "write the stream that makes the target right", repair_file),
	{ "limit", 0, OPTION_NUMBER, "N", "show at most N rows of a table (100; 0 is all)", &limit,
		true, 0, INT64_MAX },
	FLAG("keys-only", "show keys and names of columns, no other values", keys_only),
	{ "quiet", 'q', OPTION_FLAG, NULL, "print nothing: the exit status is the answer", &quiet,
		true, 0, 0 },
	TEXT("newer", "COLUMN", "a row with more in COLUMN than before is newer, not different",
		newer_column),
	{ "jobs", 'j', OPTION_NUMBER, "N", "read large tables by N sessions at once (1)", &jobs,
		true, 1, INT64_MAX },
	TEXT("spool", "DIR", "folder for temporary files", spool),
};

/* runs takes the first four, forget four from the second on, undo the last five. */
static const struct option control_options[] = {
	FLAG("json", "print JSON", json),
	{ "dbname", 'd', OPTION_TEXT, "WHERE",
		"the database that remembers the run, as with migrate; without it undo looks into "
		"the PostgreSQL of your own, and the others only at the folders here", &database,
		true, 0, 0 },
	TEXT("env-file", "FILE",
		"look up env:NAME in this .env file, too; without -d its DATABASE_URL, or its "
		"DB_HOST, DB_PORT and so on", env_file),
	TEXT("run-dir", "DIR", "runs are kept below DIR instead of here, or of $ROWPIPE_RUNS",
		run_dir),
	{ "yes", 'y', OPTION_FLAG, NULL, "do not ask", &yes, true, 0, 0 },
	FLAG("force", "drop also what others have changed since; of rows that were appended, "
		"remove those that nobody has changed", force),
};

static const char *const migrate_examples[] = {
	"rowpipe migrate app.db",
	"rowpipe migrate --check app.db",
	"rowpipe migrate app.db -d env:DATABASE_URL --set 'logs.at -> * timestamptz epoch_ms'",
	"rowpipe migrate app.db -d env:DATABASE_URL --mode refill --timezone UTC",
	NULL
};
static const char *const replay_examples[] = {
	"rowpipe replay app.db.rowpipe/RUN -d env:DATABASE_URL",
	"rowpipe replay app.db.rowpipe/RUN --set 'logs.at -> * text'",
	NULL
};

static const char *const verify_examples[] = {
	"rowpipe verify app.db.rowpipe/RUN -d env:DATABASE_URL",
	"rowpipe verify app.db --count-only",
	"rowpipe verify app.rows -d env:DATABASE_URL --repair fix.rows",
	NULL
};

static const char *const runs_examples[] = {
	"rowpipe runs",
	"rowpipe runs -d env:DATABASE_URL --json",
	NULL
};

static const char *const undo_examples[] = {
	"rowpipe undo app.db -d env:DATABASE_URL",
	"rowpipe undo app.db.rowpipe/RUN -d env:DATABASE_URL",
	NULL
};

static const char *const forget_examples[] = {
	"rowpipe forget app.db",
	"rowpipe forget app.db.rowpipe/RUN",
	"rowpipe forget 3f2a9c10 -d env:DATABASE_URL",
	NULL
};

enum { ALL = sizeof(options) / sizeof(options[0]) };

static const struct tool commands[] = {
	{
		.name = "rowpipe migrate",
		.brief = "Migrates a SQLite database into PostgreSQL, and keeps what it did in "
		"a folder "
			"of its own.",
		.operands = "DB",
		.operands_least = 1,
		.operands_most = 1,
		.options = options,
		.option_count = ALL - OF_VERIFY,
		.about = "It is sqlite-extract | rows-archive | rows-retype | rows-rename | "
		"pg-load, then "
			"pg-verify on what the archive holds. The folder is "
			"DB.rowpipe/RUN and holds the archive of the source, the "
			"plan, the "
			"to-dos, the report and the log. Nothing is visible in the target "
			"before all of "
			"it is. When it fails, the last line says the command that goes on.\n\n"
			"The exit status is that of pg-load, which knows of every other tool; "
			"behind a load that is complete, that of pg-verify: 0 every value is "
			"equal, 1 one is not, or is not there.",
		.examples = migrate_examples,
	},
	{
		.name = "rowpipe replay",
		.brief = "Loads the archive of a run again; the source is not needed.",
		.operands = "RUN",
		.operands_least = 1,
		.operands_most = 1,
		.options = options + OF_MIGRATE,
		.option_count = ALL - OF_MIGRATE - OF_VERIFY,
		.about = "It is rows-replay | rows-retype | rows-rename | pg-load, with the "
		"plan that the "
			"run has left, or with the options that it was given where it came to "
			"no plan. "
			"What is given here is laid over that.",
		.examples = replay_examples,
	},
	{
		.name = "rowpipe verify",
		.brief = "Compares every value of a SQLite database, of a run's archive, or of "
			"another archive, with what PostgreSQL holds.",
		.operands = "WHAT",
		.operands_least = 1,
		.operands_most = 1,
		.options = options + OF_MIGRATE + OF_LOADS,
		.option_count = ALL - OF_MIGRATE - OF_LOADS,
		.about = "It is rows-replay (or sqlite-extract) | rows-retype | rows-rename | "
			"pg-verify, with the plan of the run; for a database, that of its last "
			"run. Nothing is written.\n\n"
			"The exit status is that of pg-verify: 0 equal, 1 different, 64 and up: "
			"it could not be told.",
		.examples = verify_examples,
	},
	{
		.name = "rowpipe runs",
		.brief = "Lists the runs that a database remembers, and those that are kept here; "
			"or tells all of one.",
		.operands = "[RUN]",
		.operands_most = 1,
		.options = control_options,
		.option_count = 4,
		.about = "RUN is its folder, its stream's id, or what the id begins with.",
		.examples = runs_examples,
	},
	{
		.name = "rowpipe undo",
		.brief = "Drops the tables and views that a run has made in PostgreSQL, or removes "
			"the rows that it has appended: all of them or none.",
		.operands = "RUN",
		.operands_least = 1,
		.operands_most = 1,
		.options = control_options + 1,
		.option_count = 5,
		.about = "RUN may be the database that was migrated: then it is its newest run "
			"that is complete.\n\n"
			"It shows what it would drop, and asks. Rows that others have added or "
			"changed since, columns that were altered, and whatever was made on top "
			"or refers to the rows stop it. The archive stays: rowpipe replay loads "
			"it again.",
		.examples = undo_examples,
	},
	{
		.name = "rowpipe forget",
		.brief = "Frees the disk of what is kept of a run: its archive here, and what is "
			"staged of it in PostgreSQL.",
		.operands = "RUN",
		.operands_least = 1,
		.operands_most = 1,
		.options = control_options + 1,
		.option_count = 4,
		.about = "RUN may be the database that was migrated: then it is its newest run "
			"that has an archive.\n\n"
			"What is loaded stays, and so do plan, to-dos, report and log. A run that "
			"is not complete cannot be gone on with then, so it asks.",
		.examples = forget_examples,
	},
};

/* The folder that this program is in, where its tools are, too. */
static int find_home(char home[4096])
{
	ssize_t size = readlink("/proc/self/exe", home, 4095);
	char *slash;

	if (size < 0)
		return -1;
	home[size] = '\0';
	slash = strrchr(home, '/');
	if (slash == NULL)
		return -1;
	*slash = '\0';
	return 0;
}

static int set_path(struct arena *arena, const char *home)
{
	const char *path = getenv("PATH");
	char *text = arena_format(arena, "%s%s%s", home, path == NULL ? "" : ":",
		path == NULL ? "" : path);

	return text == NULL ? -1 : setenv("PATH", text, 1);
}

static int fail(const char *text, int status)
{
	struct fault fault = { 0 };

	fault_set(&fault, status, "%s", text);
	return process_end(&fault, false);
}

/* The text stays for as long as the process. */
static const char *keep(struct arena *arena, struct bytes *text, struct fault *fault)
{
	const char *copy = bytes_settle(text, arena);

	if (copy == NULL)
		fault_memory(fault);
	return copy;
}

/*
 * The address is read here, once, and before the first row; the tools are given what it says in
 * their environment, which only its owner can read.
 */
static int resolve(struct arena *arena, struct run_order *order, struct fault *fault)
{
	static const char variable[] = "ROWPIPE_DATABASE";
	struct address address;
	struct bytes words = { 0 }, public_words = { 0 };
	const char *text;

	if (database != NULL && *database == '\0')
		return fault_set(fault, STATUS_USAGE, "-d is empty: is a variable not set?");
	if (address_read(arena, database, env_file, &address, fault) != 0 || !address.given)
		return fault->status;
	process_say_all(address.notes, address.note_count);
	address_words(&address, &words);
	text = keep(arena, &words, fault);
	if (text != NULL && setenv(variable, text, 1) != 0)
		fault_memory(fault);
	order->address = "env:ROWPIPE_DATABASE";
	if (address.keywords.foreign || env_file != NULL) {
		address_public_words(&address, &public_words);
		order->look = keep(arena, &public_words, fault);
	}
	if (database != NULL && address_is_secret(&address) && strncmp(database, "env:", 4) != 0) {
		address_wipe(database);
		database = order->address;
	}
	return fault->status;
}

static int run(const char *command, char **words)
{
	words[0] = (char *)(uintptr_t)command;
	signal(SIGPIPE, SIG_DFL);
	signal(SIGXFSZ, SIG_DFL);
	execv(command, words);
	return fail("the command cannot be run", STATUS_IO);
}

static const struct tool *find_tool(const char *name)
{
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		if (strcmp(commands[i].name + strlen("rowpipe "), name) == 0)
			return &commands[i];
	return NULL;
}

/* The exit status; a signal that stopped the run is what ends this process, too. */
static int end_run(int status)
{
	const int stopped = descriptor_stop;
	struct fault fault = { 0 };

	descriptor_stop = 0;
	if (process_close_output(&fault) != 0 && status == 0)
		status = process_end(&fault, false);
	if (stopped != 0) {
		signal(stopped, SIG_DFL);
		raise(stopped);
	}
	return status;
}

static int run_parsed(struct arena *arena, const struct tool *tool, const char *home, int argc,
	char **argv)
{
	struct run_order order = { .command = tool->name + strlen("rowpipe "), .home = home };
	struct fault fault = { 0 };
	const char *const *words;
	struct texts operands;

	process_begin(tool, arena, argc, argv, &operands, &fault);
	if (fault.status != 0)
		return process_end(&fault, false);
	if (check && json)
		return fail("--check prints lines, not JSON", STATUS_USAGE);
	if (data_only && mode != NULL && strcmp(mode, "fill") != 0)
		return fail("--data-only is --mode fill, not another one", STATUS_USAGE);
	if (data_only)
		mode = "fill";
	if (mode != NULL && strcmp(mode, "create") != 0 && strcmp(mode, "fill") != 0 &&
		strcmp(mode, "refill") != 0)
		return fail("--mode takes create, fill or refill", STATUS_USAGE);
	if (resolve(arena, &order, &fault) != 0)
		return process_end(&fault, false);
	order.settings = options_settings(tool, arena, &order.setting_count);
	if (order.settings == NULL)
		return fail("out of memory", STATUS_IO);
	order.operand = operands.count == 0 ? NULL : operands.items[0];
	order.database = database;
	order.env_file = env_file;
	order.run_dir = run_dir;
	order.mode = mode;
	order.check = check;
	order.no_archive = no_archive;
	order.no_verify = no_verify;
	order.json = json;
	order.dry_run = dry_run;
	if (tool->options != control_options && tool->options != control_options + 1)
		return end_run(run_all(arena, &order));
	words = run_control_words(arena, &order, &fault);
	return words == NULL ? process_end(&fault, false) :
		run(words[0], (char **)(uintptr_t)words);
}

/* rowpipe COMMAND --manual=page: of rowpipe-COMMAND(1), for the build. */
static int write_page(const struct tool *tool, const char *file)
{
	struct tool page = *tool;
	struct bytes text = { 0 };
	struct fault fault = { 0 };

	page.name = file;
	manual_page(&text, &page);
	process_print_all(&text, &fault);
	bytes_close(&text);
	return process_end(&fault, false);
}

#define WORDS "migrate replay verify runs undo forget db report demo"

/* rowpipe --manual=bash, or zsh: the commands, and the options of all of them. */
static int write_completion(bool zsh)
{
	static const struct tool all = { .name = "rowpipe", .options = options,
		.option_count = sizeof(options) / sizeof(options[0]) };
	struct bytes text = { 0 };
	struct fault fault = { 0 };

	if (zsh)
		bytes_add_text(&text, "#compdef rowpipe\n_arguments \\\n\t'1:command:("
			WORDS ")' \\\n\t'*:file:_files'\n");
	else
		bytes_add_text(&text, "complete -o default -o bashdefault -W '" WORDS
			" --yes --force");
	for (size_t i = 0; i < options_count(&all) && !zsh; i++)
		bytes_format(&text, " --%s", options_at(&all, i)->name);
	bytes_add_text(&text, zsh ? "" : "' rowpipe\n");
	process_print_all(&text, &fault);
	bytes_close(&text);
	return process_end(&fault, false);
}

static int answer(int argc, const char *text)
{
	struct fault fault = { 0 };

	descriptor_write(argc < 2 ? STDERR_FILENO : STDOUT_FILENO, text, strlen(text), &fault);
	return argc < 2 ? STATUS_USAGE : process_end(&fault, false);
}

int main(int argc, char **argv)
{
	static struct arena arena; /* for as long as the process is */
	char home[4096], command[8192];
	const struct tool *tool;

	if (!descriptor_hold() || find_home(home) != 0 || set_path(&arena, home) != 0)
		return fail("the folder of the tools is not to be found", STATUS_IO);
	if (argc < 2 || strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)
		return answer(argc, usage);
	if (strcmp(argv[1], "--version") == 0 || strcmp(argv[1], "-V") == 0)
		return answer(argc, "rowpipe " ROWPIPE_VERSION "\n");
	if (strncmp(argv[1], "--manual=", 9) == 0)
		return write_completion(strcmp(argv[1], "--manual=zsh") == 0);
	snprintf(command, sizeof(command), "%s/rowpipe-%s", home, argv[1]);
	if (strchr(argv[1], '/') != NULL || access(command, X_OK) != 0)
		return fail("there is no such command (rowpipe --help lists them)", STATUS_USAGE);
	tool = find_tool(argv[1]);
	if (tool == NULL)
		return run(command, argv + 1);
	if (argc == 3 && strcmp(argv[2], "--manual=page") == 0)
		return write_page(tool, strrchr(command, '/') + 1);
	return run_parsed(&arena, tool, home, argc - 1, argv + 1);
}
