#include "db/check.h"

#include <stdio.h>
#include <string.h>

#include "base/bytes.h"
#include "db/text.h"

enum { SHOWN = 3 }; /* lines of quick_check's in a message */

struct verdict {
	uint64_t damages, breaches;  /* lines on damage; on values that break NOT NULL or CHECK */
	struct bytes damage, breach; /* the first of them */
	bool unable;
};

/* Rows may break what the schema demands without damage: written before it did, or unchecked. */
static bool tells_breach(const char *line)
{
	static const char *const starts[] = { "NULL value in ", "CHECK constraint failed in ",
		"non-", "NUMERIC value in ", "TEXT value in " };

	for (size_t i = 0; i < sizeof(starts) / sizeof(starts[0]); i++)
		if (strncmp(line, starts[i], strlen(starts[i])) == 0)
			return true;
	return false;
}

static void take_line(struct verdict *verdict, const char *line, size_t size)
{
	bool breach = tells_breach(line);
	uint64_t *count = breach ? &verdict->breaches : &verdict->damages;
	struct bytes *to = breach ? &verdict->breach : &verdict->damage;

	if (size == 0 || strncmp(line, "*** in database", 15) == 0)
		return;
	if ((*count)++ >= SHOWN)
		return;
	if (*count > 1)
		bytes_add_text(to, "; ");
	bytes_add(to, line, size);
}

static void take_lines(struct verdict *verdict, const char *text)
{
	while (text != NULL && *text != '\0') {
		size_t size = strcspn(text, "\n");

		take_line(verdict, text, size);
		text += size + (text[size] == '\n');
	}
}

/*
 * Of what can go wrong only SQLITE_ERROR means that the check lacks something: it comes for an
 * unknown collation, function or module.
 */
static int check_with(
	struct sqlite *sqlite, const char *sql, struct verdict *verdict, struct fault *fault)
{
	struct fault trouble = { 0 };
	struct statement *check = statement_begin(sqlite, sql, &trouble);

	while (check != NULL && statement_next(check, &trouble))
		if (strcmp(statement_text(check, 0), "ok") != 0)
			take_lines(verdict, statement_text(check, 0));
	statement_end(check);
	verdict->unable = trouble.status != 0 && sqlite_refused(sqlite) != NULL;
	if (trouble.status == STATUS_SOURCE && verdict->damages > 0)
		return 0; /* it gave up for the damage that it told of */
	if (trouble.status != 0 && !verdict->unable)
		*fault = trouble;
	return fault->status;
}

/* One table cannot be checked: the others still can, each by itself. */
static int check_each(struct sqlite *sqlite, struct verdict *verdict, struct fault *fault)
{
	struct statement *names = statement_begin(sqlite,
		"SELECT name, 'PRAGMA quick_check(\"' || replace(name, '\"', '\"\"') || '\")'"
		" FROM sqlite_schema WHERE type = 'table' AND rootpage > 0",
		fault);

	while (names != NULL && statement_next(names, fault)) {
		char text[1024];

		if (check_with(sqlite, statement_text(names, 1), verdict, fault) != 0)
			break;
		if (!verdict->unable)
			continue;
		snprintf(text, sizeof(text), "table %s could not be checked (%s)",
			statement_text(names, 0), sqlite_refused(sqlite));
		sqlite_warn(sqlite, text, fault);
	}
	statement_end(names);
	return fault->status;
}

static int judge(struct sqlite *sqlite, struct verdict *verdict, struct fault *fault)
{
	char text[1024];

	bytes_add_byte(&verdict->damage, '\0');
	bytes_add_byte(&verdict->breach, '\0');
	if (verdict->damage.failed || verdict->breach.failed)
		return fault_memory(fault);
	if (verdict->damages > 0)
		return fault_set(fault, STATUS_SOURCE,
			"%s: it is damaged; restore it from a backup, or"
			" save what is left with sqlite3's .recover (quick_check: %llu lines: %s)",
			sqlite_name(sqlite), (unsigned long long)verdict->damages,
			(const char *)verdict->damage.data);
	if (verdict->breaches == 0)
		return 0;
	snprintf(text, sizeof(text), "some values break the schema (quick_check: %llu lines: %s)",
		(unsigned long long)verdict->breaches, (const char *)verdict->breach.data);
	return sqlite_warn(sqlite, text, fault);
}

int check_database(struct sqlite *sqlite, struct fault *fault)
{
	struct verdict verdict = { 0 };
	bool whole;

	sqlite_tell(sqlite, "checking");
	/* a number, since the first hundred lines may all be breaches and hide a damage */
	check_with(sqlite, "PRAGMA quick_check(1000000)", &verdict, fault);
	whole = !verdict.unable;
	if (fault->status == 0 && !whole)
		check_each(sqlite, &verdict, fault);
	if (fault->status == 0)
		judge(sqlite, &verdict, fault);
	if (fault->status == 0 && whole)
		sqlite_set_checked(sqlite);
	bytes_close(&verdict.damage);
	bytes_close(&verdict.breach);
	return fault->status;
}

/* --- keys ------------------------------------------------------------------------------------- */

static int remark(struct arena *arena, struct table *table, const char *what, const char *why,
	struct fault *fault)
{
	return texts_note(arena, &table->remarks, "%s%s%s%s", what, why == NULL ? "" : " (",
		why == NULL ? "" : why, why == NULL ? "" : ")") == 0 ? 0 : fault_memory(fault);
}

int check_key(struct arena *arena, struct table *table, struct fault *fault)
{
	for (size_t i = 0; table->primary != NULL && i < table->primary->term_count; i++) {
		const char *name = table->primary->terms[i].column;
		const struct column *column = name == NULL ? NULL : table_find(table, name);
		const char *text;

		if (column == NULL || column->profile == NULL || column->profile->nulls == 0)
			continue;
		text = arena_format(arena,
			"%llu row%s of it %s NULL in column %s of the primary key",
			(unsigned long long)column->profile->nulls,
			column->profile->nulls == 1 ? "" : "s",
			column->profile->nulls == 1 ? "has" : "have", name);
		if (text == NULL)
			return fault_memory(fault);
		remark(arena, table, text, NULL, fault);
	}
	return fault->status;
}

static const char *columns_of(struct arena *arena, const struct foreign *foreign)
{
	const char *list = "";

	for (size_t i = 0; i < foreign->columns.count && list != NULL; i++)
		list = arena_format(arena, "%s%s%s", list, i == 0 ? "" : ", ",
			foreign->columns.items[i]);
	return list == NULL ? "" : list;
}

/* SQLite numbers them backwards: the last one that was declared is 0. */
static int tell_orphans(struct arena *arena, struct table *table, const uint64_t *counts,
	struct fault *fault)
{
	for (size_t i = 0; i < table->foreign_count && fault->status == 0; i++) {
		const struct foreign *foreign = &table->foreigns[i];
		const uint64_t count = counts[table->foreign_count - 1 - i];
		const char *text;

		if (count == 0)
			continue;
		text = arena_format(arena, "%llu row%s of it refer%s by %s to no row of %s",
			(unsigned long long)count, count == 1 ? "" : "s", count == 1 ? "s" : "",
			columns_of(arena, foreign), foreign->table);
		if (text == NULL)
			fault_memory(fault);
		else
			remark(arena, table, text, NULL, fault);
	}
	return fault->status;
}

static int count_orphans(struct sqlite *sqlite, struct arena *arena, struct table *table,
	uint64_t *counts, struct fault *fault)
{
	const char *quoted = text_quote(arena, table->source);
	const char *sql = quoted == NULL ? NULL :
		arena_format(arena, "PRAGMA foreign_key_check(%s)", quoted);
	struct fault trouble = { 0 };
	struct statement *check;

	if (sql == NULL)
		return fault_memory(fault);
	sqlite_tell(sqlite, "checking foreign keys");
	check = statement_begin(sqlite, sql, &trouble);
	while (check != NULL && statement_next(check, &trouble)) {
		const int64_t number = statement_integer(check, 3);

		if (number >= 0 && (uint64_t)number < table->foreign_count)
			counts[number]++;
	}
	statement_end(check);
	if (trouble.status != 0 && sqlite_refused(sqlite) != NULL)
		return remark(arena, table, "its foreign keys could not be looked at",
			sqlite_refused(sqlite), fault);
	return trouble.status == 0 ? 0 : fault_set(fault, trouble.status, "%s", trouble.text);
}

int check_foreign_keys(struct sqlite *sqlite, struct arena *arena, struct table *table,
	uint64_t *rows, struct fault *fault)
{
	const uint64_t needed = table->expected * table->foreign_count;
	uint64_t *counts;

	if (table->foreign_count == 0 || fault->status != 0)
		return fault->status;
	if (!table->counted || needed > *rows)
		return remark(arena, table, "its foreign keys were not looked at: it is large, and "
			"PostgreSQL looks at them when it is loaded", NULL, fault);
	*rows -= needed;
	counts = arena_array(arena, table->foreign_count, sizeof(*counts));
	if (counts == NULL)
		return fault_memory(fault);
	if (count_orphans(sqlite, arena, table, counts, fault) != 0)
		return fault->status;
	return tell_orphans(arena, table, counts, fault);
}
