/*
 * libpq [ADDRESS]: a session with a server, made of the lines on stdin; stops at the first fault,
 * as a tool does.  The address is wiped from the arguments; $ENV_FILE is a file for it.
 *
 *	facts             encoding, database, user and the like
 *	run SQL | query SQL | ask TEXT SQL     ask: with TEXT as $1
 *	begin | commit | rollback
 *	copy TABLE SQL | put TEXT | fill COUNT | end ROWS | abort
 *	                  put and fill write text rows: TEXT with \n at its end, the numbers from 1
 *	name NAME | literal TEXT
 *	notices
 *	try               the next line's fault is said, and forgotten
 *	say TEXT | sleep MILLISECONDS | exec COMMAND
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "db/libpq.h"
#include "flow/process.h"

static const struct tool tool = {
	.name = "libpq", .brief = "a session", .operands = "[ADDRESS]", .operands_most = 1
};

static struct arena arena;
static struct libpq *session;
static bool forgiving;

static void show_facts(void)
{
	const struct libpq_facts *facts = libpq_facts(session);

	printf("%s %s %s %s %s %s %s %u\n", facts->encoding, facts->database, facts->user,
		facts->superuser ? "superuser" : "user", facts->standby ? "standby" : "primary",
		facts->read_only ? "read-only" : "writable", facts->pooler ? "pooler" : "direct",
		facts->name_most);
}

static void query(const char *sql, const char *parameter, struct fault *fault)
{
	const char *parameters[] = { parameter };
	struct libpq_rows rows;
	const size_t count = parameter == NULL ? 0 : 1;

	if (libpq_query(session, &arena, sql, parameters, count, &rows, fault) != 0)
		return;
	for (size_t i = 0; i < rows.count * rows.columns; i++)
		printf("%s%c", rows.cells[i] == NULL ? "NULL" : rows.cells[i],
			(i + 1) % rows.columns == 0 ? '\n' : '|');
}

/* The first word of *rest, which then is what stands behind it. */
static char *word(char **rest)
{
	return strsep(rest, " ");
}

static void ask(char *rest, struct fault *fault)
{
	const char *parameter = word(&rest);

	query(rest, parameter, fault);
}

static void begin_copy(char *rest, struct fault *fault)
{
	const char *table = word(&rest);

	libpq_copy_begin(session, rest, arena_text(&arena, table), fault);
}

static void fill(unsigned long long count, struct fault *fault)
{
	struct bytes text = { 0 };

	for (unsigned long long i = 1; i <= count && fault->status == 0; i++) {
		bytes_format(&text, "%llu\n", i);
		if (text.size > 100000 || i == count) {
			libpq_copy_put(session, text.data, text.size, fault);
			bytes_clear(&text);
		}
	}
	bytes_close(&text);
}

static void put(char *text, struct fault *fault)
{
	const size_t size = strlen(text);

	text[size] = '\n';
	libpq_copy_put(session, text, size + 1, fault);
}

static void quote(const char *text, bool name, struct fault *fault)
{
	struct bytes to = { 0 };

	if (name ? libpq_name(session, &to, text, fault) == 0
		 : libpq_literal(&to, text, strlen(text), fault) == 0)
		printf("%.*s\n", (int)to.size, (const char *)to.data);
	bytes_close(&to);
}

static void show_notices(void)
{
	struct texts notices = libpq_notices(session);

	for (size_t i = 0; i < notices.count; i++)
		printf("%s\n", notices.items[i]);
}

static void nap(long milliseconds)
{
	struct timespec time = { milliseconds / 1000, milliseconds % 1000 * 1000000 };

	nanosleep(&time, NULL);
}

static void obey(const char *verb, char *rest, struct fault *fault)
{
	static char nothing[2];

	if (rest == NULL)
		rest = nothing;
	if (strcmp(verb, "facts") == 0)
		show_facts();
	else if (strcmp(verb, "run") == 0)
		libpq_run(session, rest, fault);
	else if (strcmp(verb, "query") == 0)
		query(rest, NULL, fault);
	else if (strcmp(verb, "ask") == 0)
		ask(rest, fault);
	else if (strcmp(verb, "begin") == 0)
		libpq_begin(session, fault);
	else if (strcmp(verb, "commit") == 0)
		libpq_commit(session, fault);
	else if (strcmp(verb, "rollback") == 0)
		libpq_rollback(session);
	else if (strcmp(verb, "copy") == 0)
		begin_copy(rest, fault);
	else if (strcmp(verb, "put") == 0)
		put(rest, fault);
	else if (strcmp(verb, "fill") == 0)
		fill(strtoull(rest, NULL, 10), fault);
	else if (strcmp(verb, "end") == 0)
		libpq_copy_end(session, strtoull(rest, NULL, 10), fault);
	else if (strcmp(verb, "abort") == 0)
		libpq_copy_abort(session);
	else if (strcmp(verb, "name") == 0 || strcmp(verb, "literal") == 0)
		quote(rest, *verb == 'n', fault);
	else if (strcmp(verb, "notices") == 0)
		show_notices();
	else if (strcmp(verb, "say") == 0)
		printf("%s\n", rest);
	else if (strcmp(verb, "sleep") == 0)
		nap(atol(rest));
	else if (strcmp(verb, "exec") != 0 || system(rest) != 0)
		fault_set(fault, STATUS_USAGE, "%s %s: what is this?", verb, rest);
}

static void play(struct fault *fault)
{
	struct fault passing = { 0 };
	char line[4096];

	while (fault->status == 0 && fgets(line, sizeof(line) - 1, stdin) != NULL) {
		char *rest = line;
		const char *verb;

		line[strcspn(line, "\n")] = '\0';
		verb = word(&rest);
		if (strcmp(verb, "try") == 0) {
			forgiving = true;
			continue;
		}
		obey(verb, rest, forgiving ? &passing : fault);
		if (passing.status != 0)
			printf("%d %s\n", passing.status, passing.text);
		forgiving = false;
		passing = (struct fault){ 0 };
		fflush(stdout);
	}
}

int main(int argc, char **argv)
{
	struct libpq_options options = { .tool = "test", .writes = true };
	struct fault fault = { 0 };
	struct texts operands = { 0 };
	struct address address;
	const char *timeout = getenv("LOCK_TIMEOUT"), *given = NULL;

	process_begin(&tool, &arena, argc, argv, &operands, &fault);
	if (operands.count > 0)
		given = operands.items[0];
	if (timeout != NULL)
		options.lock_timeout = (unsigned)atoi(timeout);
	if (getenv("READS") != NULL)
		options.writes = false;
	if (fault.status == 0)
		address_read(&arena, given, getenv("ENV_FILE"), &address, &fault);
	address_wipe(given);
	if (fault.status == 0)
		session = libpq_open(&arena, &address, &options, &fault);
	if (session != NULL)
		play(&fault);
	libpq_close(session);
	arena_close(&arena);
	return process_end(&fault, false);
}
