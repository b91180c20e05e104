/*
 * pg-own: a PostgreSQL server of one's own, and its databases, one for each source.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/descriptor.h"
#include "base/print.h"
#include "db/databases.h"
#include "flow/own.h"
#include "flow/process.h"

static const char *const examples[] = {
	"rowpipe db list",
	"rowpipe db psql app.db -c '\\d'",
	"pg_dump \"$(rowpipe db url app.db)\" | psql \"$DATABASE_URL\"",
	NULL
};

static const struct tool tool = {
	.name = "pg-own",
	.brief = "A PostgreSQL server of your own, on a Unix socket that only you can open, with "
		"no network. rowpipe migrate uses it when no -d is given, one database a source; "
		"`rowpipe db` is the same as pg-own.",
	.operands = "COMMAND [NAME]",
	.operands_least = 1,
	.operands_most = 2,
	.about = "start: start it (it is made at the first time)\n"
		"stop: stop it; the data stays\n"
		"psql [NAME]: look at a database, by its name or its source; more arguments are "
		"for psql\n"
		"url [NAME]: print its URL, for programs\n"
		"list: list the databases, their sizes and sources\n"
		"drop NAME: remove a database, such as the NAME_before of a second run\n"
		"keep NAME.new: let a database take its name, which was in use when it was "
		"loaded\n"
		"destroy: stop it and remove all of its data\n"
		"hold SOURCE: print the name and the URL of a new database for SOURCE; when "
		"\"keep\" comes on standard input it takes its name, when that ends without it "
		"goes\n\n"
		"Environment: ROWPIPE_HOME is the folder of the server (/var/lib/rowpipe for root, "
		"else ~/.local/share/rowpipe), ROWPIPE_POSTGRES that of its programs.",
	.examples = examples,
};

struct owning {
	struct arena arena;
	struct own own;
	struct databases databases;
	const char *name; /* the second operand, or "" */
	struct fault fault;
};

/* --- its databases ---------------------------------------------------------------------------- */

static int connect_own(struct owning *owning)
{
	struct libpq_options how = { .tool = tool.name, .connect_timeout = 20 };
	struct address address;

	if (owning->databases.libpq != NULL)
		libpq_close(owning->databases.libpq);
	owning->databases = (struct databases){ .arena = &owning->arena };
	if (own_start(&owning->own, &owning->fault) == 0 &&
		address_read(&owning->arena, own_url(&owning->own, "postgres"), NULL, &address,
		&owning->fault) == 0)
		owning->databases.libpq = libpq_open(&owning->arena, &address, &how,
			&owning->fault);
	return owning->fault.status;
}

/* Without data there is nothing to ask for, and nothing is made by asking. */
static int connect_there(struct owning *owning)
{
	if (!own_exists(&owning->own))
		return fault_set(&owning->fault, STATUS_SOURCE,
			"there is no server yet: rowpipe db start");
	return connect_own(owning);
}

static const char *visible(struct owning *owning, const char *text)
{
	struct bytes shown = { 0 };
	const char *copy;

	print_visible(&shown, text, strlen(text));
	copy = bytes_settle(&shown, &owning->arena);
	if (copy == NULL)
		fault_memory(&owning->fault);
	return copy == NULL ? "" : copy;
}

/* The real path of a source, or what was given, as the comment of its database has it. */
static const char *path_of(struct owning *owning, const char *source)
{
	char real[4096]; /* PATH_MAX */

	return visible(owning, realpath(source, real) != NULL ? real : source);
}

static const char *find(struct owning *owning)
{
	if (connect_there(owning) != 0)
		return NULL;
	return databases_find(&owning->databases, visible(owning, owning->name),
		path_of(owning, owning->name), &owning->fault);
}

/* --- the commands ----------------------------------------------------------------------------- */

static void print_line(struct owning *owning, const char *text)
{
	struct bytes line = { 0 };

	bytes_format(&line, "%s\n", text);
	process_print_all(&line, &owning->fault);
	bytes_close(&line);
}

static void start(struct owning *owning)
{
	if (own_start(&owning->own, &owning->fault) == 0)
		print_line(owning, owning->own.socket);
}

static void stop(struct owning *owning)
{
	own_stop(&owning->own, &owning->fault);
}

static void destroy(struct owning *owning)
{
	own_destroy(&owning->own, &owning->fault);
}

static void print_url(struct owning *owning)
{
	const char *name = find(owning);

	if (name != NULL)
		print_line(owning, own_url(&owning->own, name));
}

static void list(struct owning *owning)
{
	struct database *items = NULL;
	struct bytes text = { 0 };
	size_t count = 0;

	if (!own_exists(&owning->own) || connect_own(owning) != 0 ||
		databases_list(&owning->databases, &items, &count, &owning->fault) != 0)
		return;
	for (size_t i = 0; i < count; i++) {
		bytes_format(&text, "%-30s %10s  ", items[i].name, items[i].size);
		if (items[i].source != NULL)
			print_visible(&text, items[i].source, strlen(items[i].source));
		bytes_add_byte(&text, '\n');
	}
	process_print_all(&text, &owning->fault);
	bytes_close(&text);
}

static void drop(struct owning *owning)
{
	const char *name = NULL;

	if (*owning->name == '\0')
		fault_set(&owning->fault, STATUS_USAGE, "drop needs a NAME: rowpipe db list");
	else
		name = find(owning);
	if (name != NULL)
		databases_drop(&owning->databases, name, false, &owning->fault);
}

static void tell_before(const char *name, const char *before)
{
	if (before != NULL)
		process_say("what was %s before is %s now; to remove it: rowpipe db drop %s", name,
			before, before);
}

static void keep(struct owning *owning)
{
	const char *before = NULL, *name;

	if (connect_there(owning) != 0)
		return;
	name = databases_keep(&owning->databases, owning->name, &before, &owning->fault);
	if (name == NULL)
		return;
	tell_before(name, before);
	print_line(owning, name);
}

/* --- hold ------------------------------------------------------------------------------------- */

/* True when all went well where it is to be used. */
static bool hear_keep(void)
{
	struct fault fault = { 0 };
	char said[8];
	size_t got = 0;

	return descriptor_read_full(STDIN_FILENO, said, sizeof(said), &got, &fault) == 0 &&
		got == 5 && memcmp(said, "keep\n", 5) == 0;
}

/* Its name may be in use; then it waits under the new one. */
static void take_name(struct owning *owning, const char *fresh)
{
	const char *before = NULL;
	const char *name = databases_keep(&owning->databases, fresh, &before, &owning->fault);

	if (name != NULL) {
		tell_before(name, before);
		print_line(owning, name);
	} else if (owning->fault.status == STATUS_AGAIN) {
		owning->fault.status = 0;
		fault_set(&owning->fault, STATUS_AGAIN, "all of it is loaded, as %s; when nobody "
			"uses %.*s any more, it takes that name with: rowpipe db keep %s", fresh,
			(int)(strlen(fresh) - strlen(".new")), fresh, fresh);
	}
}

/* The session may have been lost meanwhile; a server that was destroyed is not made anew. */
static int connect_again(struct owning *owning)
{
	struct fault lost = { 0 };

	if (libpq_run(owning->databases.libpq, "SELECT 1", &lost) == 0)
		return 0;
	return connect_there(owning);
}

/*
 * The caller, and not a signal to all, tells when it is over: so a caller that dies leaves nothing.
 */
static void hold(struct owning *owning)
{
	const char *fresh, *path = path_of(owning, owning->name);
	bool kept;

	if (*owning->name == '\0')
		fault_set(&owning->fault, STATUS_USAGE, "hold needs a SOURCE");
	if (owning->fault.status != 0 || connect_own(owning) != 0)
		return;
	fresh = databases_new(&owning->databases, path, &owning->fault);
	if (fresh == NULL)
		return;
	signal(SIGINT, SIG_IGN);
	signal(SIGTERM, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	print_line(owning, fresh);
	print_line(owning, own_url(&owning->own, fresh));
	kept = hear_keep();
	if (connect_again(owning) != 0)
		return;
	if (kept)
		take_name(owning, fresh);
	else
		databases_drop(&owning->databases, fresh, true, &owning->fault);
}

/* --- psql ------------------------------------------------------------------------------------- */

/* pg-own psql [NAME] ARGUMENT...: the arguments are psql's, whatever they look like. */
static int run_psql(struct owning *owning, int argc, char **argv)
{
	const bool named = argc > 2 && argv[2][0] != '-';
	char **words = argv + (named ? 1 : 0);
	const char *name, *program, *url;

	owning->name = named ? argv[2] : "";
	name = find(owning);
	if (name == NULL)
		return process_end(&owning->fault, false);
	url = own_url(&owning->own, name);
	program = arena_format(&owning->arena, "%s/psql", owning->own.tools);
	libpq_close(owning->databases.libpq);
	if (url == NULL || program == NULL) {
		fault_memory(&owning->fault);
		return process_end(&owning->fault, false);
	}
	words[0] = (char *)(uintptr_t)"psql";
	words[1] = (char *)(uintptr_t)url;
	setenv("PGCLIENTENCODING", "UTF8", 1);
	signal(SIGPIPE, SIG_DFL);
	signal(SIGXFSZ, SIG_DFL);
	signal(SIGINT, SIG_DFL);
	signal(SIGTERM, SIG_DFL);
	signal(SIGHUP, SIG_DFL);
	execv(program, words);
	execvp("psql", words);
	fault_errno(&owning->fault, STATUS_SERVER, "psql");
	return process_end(&owning->fault, false);
}

static const struct command {
	const char *name;
	void (*run)(struct owning *owning);
} commands[] = {
	{ "start", start }, { "stop", stop }, { "url", print_url }, { "list", list },
	{ "drop", drop }, { "keep", keep }, { "destroy", destroy }, { "hold", hold }
};

static void run(struct owning *owning, const char *word)
{
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		if (strcmp(commands[i].name, word) == 0) {
			if (own_find(&owning->own, &owning->arena, &owning->fault) == 0)
				commands[i].run(owning);
			return;
		}
	fault_set(&owning->fault, STATUS_USAGE, "there is no command \"%s\" (rowpipe db --help)",
		word);
}

int main(int argc, char **argv)
{
	static struct owning owning; /* for as long as the process is */
	struct texts operands = { 0 };
	const bool psql = argc > 1 && strcmp(argv[1], "psql") == 0;

	own_forget_environment();
	process_begin(&tool, &owning.arena, psql ? 2 : argc, psql ? (char *[]){ argv[0], argv[1],
		NULL } : argv, &operands, &owning.fault);
	umask(077);
	if (psql && owning.fault.status == 0 &&
		own_find(&owning.own, &owning.arena, &owning.fault) == 0)
		return run_psql(&owning, argc, argv);
	owning.name = operands.count > 1 ? operands.items[1] : "";
	if (owning.fault.status == 0)
		run(&owning, operands.items[0]);
	if (owning.databases.libpq != NULL)
		libpq_close(owning.databases.libpq);
	process_close_output(&owning.fault);
	return process_end(&owning.fault, false);
}
