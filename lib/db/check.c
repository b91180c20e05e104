#include "db/check.h"

#include <stdio.h>
#include <string.h>

#include "base/bytes.h"

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
