#include "db/outage.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/descriptor.h"
#include "db/readers.h"

enum { FIRST = 200, MOST = 15000 }; /* milliseconds */

static uint64_t now(void)
{
	struct timespec time = { 0 };

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (uint64_t)time.tv_sec * 1000 + (uint64_t)time.tv_nsec / 1000000;
}

bool outage_passes(const struct libpq *libpq)
{
	static const char *const states[] = { "08", "40001", "40P01", "53300", "55P03", "57P01",
		"57P02", "57P03" };
	const char *state = libpq_error(libpq)->state;

	if (strncmp(state, "08P", 3) == 0)
		return false;
	for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++)
		if (strncmp(state, states[i], strlen(states[i])) == 0)
			return true;
	return *state == '\0' && !libpq_alive(libpq);
}

bool outage_refusal_passes(const char *state)
{
	return strcmp(state, "53300") == 0 || strcmp(state, "57P03") == 0;
}

/* Behind a pooler the session is nobody's own. */
int outage_note(struct outage *outage, struct libpq *libpq, struct arena *arena,
	struct fault *fault)
{
	static const char sql[] = "SELECT a.pid, a.backend_start FROM "
		"pg_catalog.pg_stat_activity a WHERE a.pid = pg_catalog.pg_backend_pid()";
	struct libpq_rows rows;

	outage->process[0] = '\0';
	if (libpq_facts(libpq)->pooler ||
		libpq_query(libpq, arena, sql, NULL, 0, &rows, fault) != 0 || rows.count == 0)
		return fault->status;
	snprintf(outage->process, sizeof(outage->process), "%s", libpq_cell(&rows, 0, 0));
	snprintf(outage->started, sizeof(outage->started), "%s", libpq_cell(&rows, 0, 1));
	return 0;
}

void outage_end_session(const struct outage *outage, struct libpq *libpq, struct arena *arena)
{
	static const char sql[] = "SELECT pg_catalog.pg_terminate_backend(a.pid) FROM "
		"pg_catalog.pg_stat_activity a WHERE a.pid = $1::pg_catalog.int4 "
		"AND a.backend_start = $2::pg_catalog.timestamptz AND a.usename = current_user "
		"AND a.pid <> pg_catalog.pg_backend_pid()";
	const char *parameters[2] = { outage->process, outage->started };
	struct fault ignored = { 0 };
	struct libpq_rows rows;

	if (outage->process[0] != '\0')
		libpq_query(libpq, arena, sql, parameters, 2, &rows, &ignored);
}

void outage_over(struct outage *outage)
{
	outage->until = 0;
}

/* From half of it to all of it. */
static unsigned vary(unsigned pause)
{
	struct fault ignored = { 0 };
	uint8_t random[16] = { 0 };

	descriptor_random(random, &ignored);
	return pause / 2 + (random[0] + 256U * random[1]) % (pause / 2 + 1);
}

bool outage_wait(struct outage *outage, const char *why,
	void (*says)(const char *why, unsigned milliseconds))
{
	struct fault stopped = { 0 };
	unsigned pause;

	if (outage->until == 0) {
		outage->until = now() + (uint64_t)outage->most * 1000;
		outage->pause = FIRST;
	}
	if (now() + outage->pause > outage->until)
		return false;
	pause = vary(outage->pause);
	says(why, pause);
	if (readers_sleep(pause, &stopped) != 0)
		return false;
	outage->tries++;
	outage->pause = outage->pause * 2 < MOST ? outage->pause * 2 : MOST;
	return true;
}
