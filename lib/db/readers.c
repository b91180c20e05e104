#include "db/readers.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/descriptor.h"

enum { SLICE = 50, FIRST = 20, MOST = 500 }; /* milliseconds */

/*
 * Every role sees who runs a transaction, but only some whether it has a snapshot now, and which:
 * one that cannot be seen may be as old as its transaction.  Who has no user is a worker of the
 * server's own, and reads no table for anybody.  $1: the transactions, NULL: all; $2: the first
 * number that is no transaction's yet, when $1 was asked.
 */
static const char older[] =
	"SELECT l.pid || ' ' || l.virtualtransaction, a.application_name,"
	" EXTRACT(epoch FROM pg_catalog.clock_timestamp() - a.xact_start)::pg_catalog.int8,"
	" a.usename"
	" FROM pg_catalog.pg_locks l JOIN pg_catalog.pg_stat_activity a ON a.pid = l.pid"
	" WHERE l.locktype = 'virtualxid' AND l.mode = 'ExclusiveLock'"
	" AND a.datname = pg_catalog.current_database() AND a.usesysid IS NOT NULL"
	" AND a.pid <> pg_catalog.pg_backend_pid()"
	" AND ($1::pg_catalog.text[] IS NULL OR l.pid || ' ' || l.virtualtransaction"
	" = ANY ($1::pg_catalog.text[]))"
	" AND (a.state IS NULL OR (a.backend_xmin IS NOT NULL AND ($2::pg_catalog.xid IS NULL OR"
	" pg_catalog.age(a.backend_xmin) > pg_catalog.age($2::pg_catalog.xid))))"
	" ORDER BY a.xact_start";

static const char next_number[] = "SELECT pg_catalog.txid_snapshot_xmax("
	"pg_catalog.txid_current_snapshot()) % 4294967296";

static uint64_t now(void)
{
	struct timespec time = { 0 };

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (uint64_t)time.tv_sec * 1000 + (uint64_t)time.tv_nsec / 1000000;
}

int readers_sleep(unsigned milliseconds, struct fault *fault)
{
	const struct timespec slice = { .tv_nsec = SLICE * 1000000L };
	struct timespec time = { 0 };
	uint64_t until;

	clock_gettime(CLOCK_MONOTONIC, &time);
	until = now() + milliseconds + (uint64_t)time.tv_nsec / 1000 % (milliseconds / 2 + 1);

	while (descriptor_stop == 0 && now() < until)
		nanosleep(&slice, NULL);
	return descriptor_stop == 0 ? 0 : fault_set(fault, STATUS_AGAIN,
		"stopped by signal %d (%s)", (int)descriptor_stop,
		strsignal((int)descriptor_stop));
}

/* {"123 4/56","124 5/7"} */
static const char *list(struct arena *arena, const struct libpq_rows *rows, struct fault *fault)
{
	struct bytes text = { 0 };
	const char *copy;

	for (size_t i = 0; i < rows->count; i++)
		bytes_format(&text, "%s\"%s\"", i == 0 ? "{" : ",", libpq_cell(rows, i, 0));
	bytes_add_byte(&text, '}');
	copy = bytes_settle(&text, arena);
	if (copy == NULL)
		fault_memory(fault);
	return copy;
}

static int give_up(const struct libpq_rows *rows, unsigned seconds, struct fault *fault)
{
	const char *who = libpq_cell(rows, 0, 0), *tool = libpq_cell(rows, 0, 1);
	const char *age = libpq_cell(rows, 0, 2), *user = libpq_cell(rows, 0, 3);

	return fault_set(fault, STATUS_AGAIN, "%zu transaction%s that began before the last row "
		"came %s still open after %u s, and would see a part of the rows: the oldest is "
		"%s's, process %.*s (%s), for %s s", rows->count, rows->count == 1 ? "" : "s",
		rows->count == 1 ? "is" : "are", seconds, user == NULL ? "somebody" : user,
		(int)strcspn(who, " "), who, tool == NULL || *tool == '\0' ? "without a name" :
		tool, age == NULL ? "?" : age);
}

int readers_wait(struct libpq *libpq, struct arena *arena, unsigned seconds,
	void (*waits)(void *context), void *context, struct fault *fault)
{
	const uint64_t until = now() + (uint64_t)seconds * 1000;
	const char *parameters[2] = { NULL, NULL };
	struct libpq_rows rows;
	unsigned pause = FIRST;

	if (libpq_query(libpq, arena, next_number, NULL, 0, &rows, fault) != 0)
		return fault->status;
	parameters[1] = libpq_cell(&rows, 0, 0);
	if (libpq_query(libpq, arena, older, parameters, 2, &rows, fault) != 0)
		return fault->status;
	while (rows.count > 0) {
		if (now() > until)
			return give_up(&rows, seconds, fault);
		if (waits != NULL && pause > SLICE) {
			waits(context);
			waits = NULL;
		}
		parameters[0] = list(arena, &rows, fault);
		if (parameters[0] == NULL || readers_sleep(pause, fault) != 0 ||
			libpq_query(libpq, arena, older, parameters, 2, &rows, fault) != 0)
			return fault->status;
		pause = pause * 2 < MOST ? pause * 2 : MOST;
	}
	return 0;
}
