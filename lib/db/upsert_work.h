/*
 * What the parts of upsert.h have in common: upsert.c finds tables and columns, and makes one
 * transaction of it all; upsert_stage.c takes what comes, upsert_delete.c deletes, upsert_write.c
 * writes.
 */
#ifndef DB_UPSERT_WORK_H
#define DB_UPSERT_WORK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/fault.h"
#include "row/schema.h"

struct libpq_rows;
struct upsert;
struct upsert_table;

int upsert_ask(struct upsert *upsert, const char *sql, const char *const *parameters, size_t count,
	struct libpq_rows *rows, struct fault *fault);
/* Runs what was gathered, which is closed; how many rows it was, where that is wanted. */
int upsert_run(struct upsert *upsert, struct bytes *sql, uint64_t *affected, struct fault *fault);
/* What was gathered, in the arena. */
const char *upsert_settle(struct upsert *upsert, struct bytes *text, struct fault *fault);

/* "{1,2,3}" of the tables. */
const char *upsert_list_oids(struct upsert *upsert, struct fault *fault);

/* What upsert_table's columns tell of each. */
enum { COLUMN_NAME, COLUMN_NUMBER, COLUMN_OID, COLUMN_MOD, COLUMN_NOT_NULL, COLUMN_GENERATED,
	COLUMN_TABLE, COLUMN_KIND };

/* The server's row for a column; columns.count: it is not there. */
size_t upsert_find_column(const struct upsert_table *own, const struct column *column);
bool upsert_is_true(const struct upsert_table *own, size_t row, size_t what);
/* A fault: the column is not there. */
int upsert_refuse_column(const struct upsert_table *own, const struct column *column,
	struct fault *fault);
/* t."a" = s."a" AND ..., or as NULLs have it where the column may hold them. */
void upsert_add_match(const struct upsert_table *own, struct bytes *sql);

/* Ends the COPY that is open (upsert_stage.c). */
int upsert_close_copy(struct upsert *upsert, struct fault *fault);
/* Children first; refuses what would do something to rows of other tables (upsert_delete.c). */
int upsert_delete_all(struct upsert *upsert, struct fault *fault);
/* Parents first (upsert_write.c). */
int upsert_write_all(struct upsert *upsert, struct fault *fault);

#endif
