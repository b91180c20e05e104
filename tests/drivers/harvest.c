/*
 * harvest: rows of a server as JSON, by the lines on stdin; stops at the first fault.
 *
 *	begin | rollback | run SQL       of the session at work
 *	second                           from now on it is another one, at the same instant
 *	take FROM TYPES COLUMNS [|WHERE [|ORDER]]
 *	some FROM TYPES COLUMNS          one row of it, and no more
 *
 * TYPES and COLUMNS are separated by commas.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "db/harvest.h"
#include "flow/process.h"

enum { COLUMNS_MOST = 16 };

static const struct tool tool = { .name = "harvest", .brief = "rows", .operands = "" };

static struct arena arena;
static struct libpq *first, *session;

static struct libpq *open_session(struct fault *fault)
{
	const struct libpq_options options = { .tool = "harvest" };
	struct address address;

	if (address_read(&arena, NULL, NULL, &address, fault) != 0)
		return NULL;
	return libpq_open(&arena, &address, &options, fault);
}

static void open_second(struct fault *fault)
{
	const char *snapshot = libpq_export_snapshot(first, &arena, fault);

	if (snapshot != NULL)
		session = open_session(fault);
	if (fault->status == 0)
		libpq_begin_snapshot(session, snapshot, NULL, fault);
}

static void show(const struct value *cells, uint32_t count)
{
	struct bytes text = { 0 };

	for (uint32_t i = 0; i < count; i++) {
		bytes_add_text(&text, i == 0 ? "" : " ");
		value_json(&text, &cells[i]);
	}
	printf("%.*s\n", (int)text.size, (const char *)text.data);
	bytes_close(&text);
}

static void take(char *rest, bool all, struct fault *fault)
{
	struct type types[COLUMNS_MOST];
	const char *columns[COLUMNS_MOST];
	struct harvest_wish wish = { .columns = columns, .types = types };
	struct harvest harvest = { 0 };
	struct value cells[COLUMNS_MOST];
	char *text, *list, *end;

	wish.from = wish.name = strsep(&rest, " ");
	list = strsep(&rest, " ");
	while ((text = strsep(&list, ",")) != NULL)
		if (!type_parse(&arena, text, &types[wish.count++]))
			fault_set(fault, STATUS_USAGE, "%s is no type", text);
	end = strchr(rest, '|');
	if (end != NULL) {
		*end++ = '\0';
		wish.where = *end == '|' ? NULL : end;
		strsep(&end, "|");
		wish.order = end;
	}
	for (uint32_t i = 0; i < wish.count; i++)
		columns[i] = strsep(&rest, ",");
	if (fault->status == 0)
		harvest_begin(&harvest, session, &wish, fault);
	while (fault->status == 0 && harvest_next(&harvest, cells, fault)) {
		show(cells, wish.count);
		if (!all)
			break;
	}
	if (all)
		harvest_end(&harvest, fault);
	harvest_close(&harvest);
}

static void act(char *line, struct fault *fault)
{
	const char *verb = strsep(&line, " ");

	if (strcmp(verb, "begin") == 0)
		libpq_begin_snapshot(session, NULL, NULL, fault);
	else if (strcmp(verb, "rollback") == 0)
		libpq_rollback(session);
	else if (strcmp(verb, "run") == 0)
		libpq_run(session, line, fault);
	else if (strcmp(verb, "second") == 0)
		open_second(fault);
	else
		take(line, strcmp(verb, "take") == 0, fault);
}

int main(int argc, char **argv)
{
	struct texts operands = { 0 };
	struct fault fault = { 0 };
	char *line = NULL;
	size_t room = 0;

	process_begin(&tool, &arena, argc, argv, &operands, &fault);
	setvbuf(stdout, NULL, _IOLBF, 0);
	if (fault.status == 0)
		first = session = open_session(&fault);
	while (fault.status == 0 && getline(&line, &room, stdin) > 0) {
		line[strcspn(line, "\n")] = '\0';
		act(line, &fault);
	}
	free(line);
	if (session != first)
		libpq_close(session);
	libpq_close(first);
	arena_close(&arena);
	return process_end(&fault, false);
}
