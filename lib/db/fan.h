/*
 * The rows of a table through several sessions at once, all of which see the same instant: each
 * reads a range of its pages, and a few rows of each are given in turn, so that the order of rows
 * is the same whenever the same number of sessions reads the same table.
 *
 *	fan_open     more sessions beside the one whose transaction is open
 *	fan_begin    a table, by as many as are worth it; fan_next, fan_end as harvest.h has them
 *	fan_stop     also where it was not read to its end; then the transactions have failed
 *	fan_close    the sessions that it opened
 *
 * Small tables, what is no plain table, and servers before 14, which do not find pages by their
 * numbers, are read by the first session alone.
 */
#ifndef DB_FAN_H
#define DB_FAN_H

#include "db/address.h"
#include "db/harvest.h"

enum { FAN_MOST = 32 };

struct fan {
	struct libpq *sessions[FAN_MOST]; /* the first is the caller's */
	size_t count;
	/* The table: */
	struct harvest harvests[FAN_MOST];
	struct harvest_wish wishes[FAN_MOST];
	struct bytes where[FAN_MOST];
	size_t parts;
	size_t turn;
	uint32_t given;   /* rows of the one whose turn it is */
	size_t ended;
	uint64_t rows;
};

/* libpq is in libpq_begin_snapshot's transaction, which stays open; count is 1 to FAN_MOST. */
int fan_open(struct fan *fan, struct libpq *libpq, size_t count, const struct address *address,
	const struct libpq_options *options, struct arena *arena, struct fault *fault);
int fan_begin(struct fan *fan, const struct harvest_wish *wish, struct fault *fault);
bool fan_next(struct fan *fan, struct value *cells, struct fault *fault);
int fan_end(struct fan *fan, struct fault *fault);
/* What the server said to the session that failed. */
const struct libpq_error *fan_error(const struct fan *fan);
void fan_stop(struct fan *fan);
void fan_close(struct fan *fan);

#endif
