/*
 * The definition of one ordinary table: the pragmas are believed for what there is, its SQL for
 * what no pragma tells (quoting, names of constraints, checks, expressions, deferrable keys).
 * Where the SQL is not understood or contradicts the pragmas, they alone count, and a remark says
 * so.
 */
#ifndef DB_DEFINITION_H
#define DB_DEFINITION_H

#include "db/sqlite.h"

struct definer;

/* A table as sqlite_schema and the pragma table_list have it; texts are the database's bytes. */
struct listed {
	const char *type; /* table, view, trigger */
	const char *kind; /* table_list's: table, virtual, shadow, view; NULL: not listed there */
	const char *name;
	const char *table;
	const char *sql;
	bool without_rowid;
	bool strict;
};

/* A generated column that cannot be read here. */
struct lost {
	const char *column;
	const char *expression;
	const char *why;
};

struct definition {
	struct table table;
	struct reading reading;
	struct lost *lost;
	size_t lost_count;
};

struct definer *definer_open(struct sqlite *sqlite, struct arena *arena, struct fault *fault);
/* condition is SQL that chooses rows, or NULL. */
int definer_read(struct definer *definer, const struct listed *listed, const char *condition,
	struct definition *definition, struct fault *fault);
void definer_close(struct definer *definer);

#endif
