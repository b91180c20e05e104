/*
 * For the files of match.h: what is looked for, among what, and how both are told to people.
 */
#ifndef ROW_MATCH_SEEK_H
#define ROW_MATCH_SEEK_H

#include "row/match.h"

/* A name, and how it is in snake_case. */
struct name {
	const char *text;
	const char *snake;
};

/* What is sought among: tables, or the columns of one. */
struct names {
	struct name *items;
	size_t count;
	bool *taken; /* by a level before */
	bool *meant; /* by this one, too */
};

struct seeker {
	struct matching *matching;
	struct arena *arena;
	struct names targets;
	struct name *sources;
	const char **schemas; /* that a source's table goes to; NULL: any */
	bool *done;           /* found, or a finding tells why not */
	size_t *places;       /* room for the places of all targets */
	struct fault *fault;
};

/* One item more than count, so that there is always one; NULL, and a fault, without memory. */
void *seek_array(struct arena *arena, size_t count, size_t size, struct fault *fault);
bool seek_begin_targets(struct seeker *seeker, size_t count);
bool seek_begin_sources(struct seeker *seeker, size_t count);
bool seek_name(struct seeker *seeker, struct name *name, const char *text);
bool seek_is_same(enum match_level level, const struct name *a, const struct name *b);
/* How the names of two are related: the plan alone knows, or one of the levels below it. */
enum match_level seek_relation(const struct name *a, const struct name *b);
/* What a level has found is no candidate for the next. */
void seek_end_level(struct seeker *seeker);

/* users, users.nick: as a plan spells them; never NULL, nor are the next two */
const char *seek_source(struct seeker *seeker, const char *table, const char *column);
/* public.users: as SQL spells them, which a plan reads as well */
const char *seek_target(struct seeker *seeker, const struct table *table);
const char *seek_quote(struct seeker *seeker, const char *name);

/* The columns of a table whose target is found. */
void match_columns(struct matching *matching, struct match *match, struct fault *fault);

#endif
