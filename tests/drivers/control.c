/*
 * control [ADDRESS]: what a staged load asks of the schema rowpipe, made of the lines on stdin;
 * stops at the first fault, as a tool does.
 *
 *	look | open | need             prints the state
 *	find STREAM                    prints the chain
 *	start STREAM                   control_begin_run; prints the attempt, or the chain
 *	begin | commit | rollback | run SQL
 *	holds                          control_attempt_holds
 *	segment TABLE FIRST LAST ROWS  control_write_progress, into public.TABLE
 *	segments                       prints them
 *	end CHAIN [TABLE]              control_end_run
 *	fail WORDS
 *	sleep MILLISECONDS | say TEXT
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "db/control.h"
#include "flow/process.h"

static const struct tool tool = {
	.name = "control", .brief = "the memory of loads", .operands = "[ADDRESS]",
	.operands_most = 1
};

static struct arena arena;
static struct control control;
static struct control_run current = { .mode = "create", .source = "app.db" };

static uint64_t find_oid(const char *table, struct fault *fault)
{
	struct libpq_rows rows;

	table = arena_format(&arena, "public.%s", table);
	if (libpq_query(control.libpq, &arena, "SELECT $1::regclass::oid", &table, 1, &rows,
		fault) != 0)
		return 0;
	return strtoull(libpq_cell(&rows, 0, 0), NULL, 10);
}

static void show_state(void)
{
	static const char *const states[] = { "absent", "barred", "foreign", "old", "stuck",
		"closed", "open" };

	printf("%s%s\n", states[control.state], control.readable ? " readable" : "");
}

static void start(const char *stream, struct fault *fault)
{
	const char *chain;

	current.stream = arena_text(&arena, stream);
	if (control_begin_run(&control, &current, 1, &chain, fault) != 0)
		return;
	if (chain != NULL)
		printf("complete %s\n", chain);
	else
		printf("attempt %llu\n", (unsigned long long)current.attempt);
}

static void add_segment(char *rest, struct fault *fault)
{
	char *table = strsep(&rest, " "), *first = strsep(&rest, " "), *last = strsep(&rest, " ");
	const struct control_segment segment = { .schema = "public", .name = table,
		.oid = find_oid(table, fault), .first = strtoull(first, NULL, 10),
		.last = strtoull(last, NULL, 10), .chain = "c", .rows = strtoull(rest, NULL, 10) };

	if (fault->status == 0)
		control_write_progress(&control, current.stream, &segment, fault);
}

static void show_segments(struct fault *fault)
{
	struct control_segment *segments;
	size_t count;

	if (control_read_progress(&control, current.stream, &segments, &count, fault) != 0)
		return;
	for (size_t i = 0; i < count; i++)
		printf("%s.%s %llu-%llu %s %llu\n", segments[i].schema, segments[i].name,
			(unsigned long long)segments[i].first, (unsigned long long)segments[i].last,
			segments[i].chain, (unsigned long long)segments[i].rows);
}

static void end_run(char *rest, struct fault *fault)
{
	char *chain = strsep(&rest, " ");
	struct control_table table = { .source = rest, .rows = 1 };

	current.chain = chain;
	if (rest != NULL) {
		table.name = arena_format(&arena, "public.%s", rest);
		table.oid = find_oid(rest, fault);
		current.tables = &table;
		current.table_count = 1;
	}
	if (fault->status == 0)
		control_end_run(&control, &current, fault);
}

static void nap(long milliseconds)
{
	struct timespec time = { milliseconds / 1000, milliseconds % 1000 * 1000000 };

	nanosleep(&time, NULL);
}

static void find(const char *stream, struct fault *fault)
{
	const char *chain;

	if (control_find(&control, stream, &chain, fault) == 0)
		printf("%s\n", chain == NULL ? "none" : chain);
}

static void obey(const char *verb, char *rest, struct fault *fault)
{
	if (strcmp(verb, "look") == 0 && control_look(&control, fault) == 0)
		show_state();
	else if (strcmp(verb, "open") == 0 && control_open(&control, fault) == 0)
		show_state();
	else if (strcmp(verb, "need") == 0)
		control_need(&control, fault);
	else if (strcmp(verb, "find") == 0)
		find(rest, fault);
	else if (strcmp(verb, "start") == 0)
		start(rest, fault);
	else if (strcmp(verb, "begin") == 0)
		libpq_begin(control.libpq, fault);
	else if (strcmp(verb, "commit") == 0)
		libpq_commit(control.libpq, fault);
	else if (strcmp(verb, "rollback") == 0)
		libpq_rollback(control.libpq);
	else if (strcmp(verb, "run") == 0)
		libpq_run(control.libpq, rest, fault);
	else if (strcmp(verb, "holds") == 0)
		control_attempt_holds(&control, &current, fault);
	else if (strcmp(verb, "segment") == 0)
		add_segment(rest, fault);
	else if (strcmp(verb, "segments") == 0)
		show_segments(fault);
	else if (strcmp(verb, "end") == 0)
		end_run(rest, fault);
	else if (strcmp(verb, "fail") == 0)
		control_fail_run(&control, &current, rest);
	else if (strcmp(verb, "sleep") == 0)
		nap(atol(rest));
	else if (strcmp(verb, "say") == 0)
		printf("%s\n", rest);
}

int main(int argc, char **argv)
{
	struct libpq_options options = { .tool = "test", .writes = true };
	struct fault fault = { 0 };
	struct texts operands = { 0 };
	struct address address;
	char line[4096];

	process_begin(&tool, &arena, argc, argv, &operands, &fault);
	if (fault.status == 0)
		address_read(&arena, operands.count > 0 ? operands.items[0] : NULL, NULL, &address,
			&fault);
	control.arena = &arena;
	if (fault.status == 0)
		control.libpq = libpq_open(&arena, &address, &options, &fault);
	while (fault.status == 0 && fgets(line, sizeof(line), stdin) != NULL) {
		char *rest = line;
		const char *verb;

		line[strcspn(line, "\n")] = '\0';
		verb = strsep(&rest, " ");
		obey(verb, rest, &fault);
		fflush(stdout);
	}
	libpq_close(control.libpq);
	arena_close(&arena);
	return process_end(&fault, false);
}
