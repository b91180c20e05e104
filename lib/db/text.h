/*
 * Texts from and for a database: names quoted for its SQL, and names made fit to travel.  All of it
 * lives in an arena; NULL, or STATUS_IO, when there is no memory.
 */
#ifndef DB_TEXT_H
#define DB_TEXT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/bytes.h"
#include "base/fault.h"
#include "row/texts.h"

/* "name", its quotes doubled. */
char *text_quote(struct arena *arena, const char *name);
/* A copy that is UTF-8: each byte that belongs to no character becomes \xNN, and *changed true. */
char *text_travel(struct arena *arena, const char *text, bool *changed);

/*
 * A list of numbers as PostgreSQL reads arrays, "{1,2,3}": one more; and all of it as a text in the
 * arena, the list is closed then.
 */
void text_add_number(struct bytes *list, uint64_t number);
const char *text_end_list(struct bytes *list, struct arena *arena, struct fault *fault);

/*
 * Of pg_trigger t: not one of the server's own.  Up to version 14 the server counts a partition's
 * copy of its parent's trigger among these.
 */
#define TEXT_OF_USER(t) "(NOT " t ".tgisinternal OR EXISTS (SELECT FROM " \
	"pg_catalog.pg_partition_ancestors(" t ".tgrelid) above (oid) " \
	"JOIN pg_catalog.pg_trigger model ON model.tgrelid = above.oid WHERE " \
	"NOT model.tgisinternal AND model.tgname = " t ".tgname AND model.tgfoid = " t ".tgfoid))"

/* The one of the names that a person may have meant by word; NULL when none is near. */
const char *text_near(const char *word, const struct texts *names);

#endif
