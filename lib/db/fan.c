#include "db/fan.h"

/* A part has at least so many pages; a turn is about what a socket holds. */
enum { PAGES_LEAST = 512, TURN = 1024 };

int fan_open(struct fan *fan, struct libpq *libpq, size_t count, const struct address *address,
	const struct libpq_options *options, struct arena *arena, struct fault *fault)
{
	const char *snapshot;

	*fan = (struct fan){ .sessions = { libpq }, .count = 1 };
	if (count == 1)
		return 0;
	snapshot = libpq_export_snapshot(libpq, arena, fault);
	while (fan->count < count && fault->status == 0) {
		struct libpq *session = libpq_open(arena, address, options, fault);

		if (session == NULL)
			break;
		fan->sessions[fan->count++] = session;
		libpq_begin_snapshot(session, snapshot, NULL, fault);
	}
	return fault->status;
}

/* --- ranges of pages -------------------------------------------------------------------------- */

static size_t count_parts(const struct fan *fan, const struct harvest_wish *wish)
{
	const uint64_t most = wish->pages / PAGES_LEAST;

	if (libpq_facts(fan->sessions[0])->version < 140000 || wish->order != NULL || most < 2)
		return 1;
	return most < fan->count ? (size_t)most : fan->count;
}

/* The first range has no beginning and the last no end: the table may have grown. */
static int make_part(struct fan *fan, const struct harvest_wish *wish, size_t part,
	struct fault *fault)
{
	const unsigned long long from = wish->pages * part / fan->parts,
		to = wish->pages * (part + 1) / fan->parts;
	struct bytes *where = &fan->where[part];
	const char *and = "";

	fan->wishes[part] = *wish;
	if (fan->parts == 1)
		return 0;
	bytes_clear(where);
	if (wish->where != NULL) {
		bytes_format(where, "(\n%s\n)", wish->where);
		and = " AND ";
	}
	if (part > 0) {
		bytes_format(where, "%sctid OPERATOR(pg_catalog.>=) '(%llu,0)'::pg_catalog.tid",
			and, from);
		and = " AND ";
	}
	if (part + 1 < fan->parts)
		bytes_format(where, "%sctid OPERATOR(pg_catalog.<) '(%llu,0)'::pg_catalog.tid", and,
			to);
	bytes_add_byte(where, '\0');
	fan->wishes[part].where = (const char *)where->data;
	return where->failed ? fault_memory(fault) : 0;
}

/* --- a table ---------------------------------------------------------------------------------- */

int fan_begin(struct fan *fan, const struct harvest_wish *wish, struct fault *fault)
{
	fan->parts = count_parts(fan, wish);
	fan->turn = fan->ended = 0;
	fan->given = 0;
	fan->rows = 0;
	for (size_t i = 0; i < fan->parts; i++)
		fan->harvests[i] = (struct harvest){ .libpq = NULL };
	for (size_t i = 0; i < fan->parts; i++) {
		fan->turn = i;
		if (make_part(fan, wish, i, fault) != 0 || harvest_begin(&fan->harvests[i],
			fan->sessions[i], &fan->wishes[i], fault) != 0)
			return fault->status;
	}
	fan->turn = 0;
	return 0;
}

static void pass_turn(struct fan *fan)
{
	fan->given = 0;
	do
		fan->turn = (fan->turn + 1) % fan->parts;
	while (fan->harvests[fan->turn].all);
}

bool fan_next(struct fan *fan, struct value *cells, struct fault *fault)
{
	if (fan->ended == fan->parts)
		return false;
	if (fan->given == TURN && fan->parts > 1)
		pass_turn(fan);
	while (!harvest_next(&fan->harvests[fan->turn], cells, fault)) {
		if (fault->status != 0 || ++fan->ended == fan->parts)
			return false;
		pass_turn(fan);
	}
	fan->given++;
	fan->rows++;
	return true;
}

int fan_end(struct fan *fan, struct fault *fault)
{
	for (size_t i = 0; i < fan->parts; i++)
		harvest_end(&fan->harvests[i], fault);
	return fault->status;
}

const struct libpq_error *fan_error(const struct fan *fan)
{
	return libpq_error(fan->sessions[fan->turn]);
}

void fan_stop(struct fan *fan)
{
	for (size_t i = 0; i < fan->parts; i++)
		harvest_close(&fan->harvests[i]);
	fan->parts = fan->ended = 0;
}

void fan_close(struct fan *fan)
{
	for (size_t i = 1; i < fan->count; i++)
		libpq_close(fan->sessions[i]);
	for (size_t i = 0; i < FAN_MOST; i++)
		bytes_close(&fan->where[i]);
	fan->count = 0;
}
