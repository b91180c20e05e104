#include "db/definition_work.h"

#include <string.h>

#include "base/bytes.h"
#include "db/text.h"

static char *text_of(struct definer *definer, struct bytes *bytes)
{
	char *text = bytes_settle(bytes, definer->arena);

	if (text == NULL)
		fault_memory(definer->fault);
	return text;
}

static void add_name(struct definer *definer, struct bytes *sql, const char *name)
{
	const char *quoted = text_quote(definer->arena, name);

	if (quoted == NULL)
		sql->failed = true;
	else
		bytes_add_text(sql, quoted);
}

/* NOT INDEXED: rows come in the order of the rowid or the key, always the same. */
static const char *finish_select(struct definer *definer, struct bytes *sql, const char *condition)
{
	bytes_add_text(sql, " FROM main.");
	add_name(definer, sql, definer->listed->name);
	bytes_add_text(sql, " NOT INDEXED");
	if (condition != NULL)
		bytes_format(sql, " WHERE (\n%s\n)", condition); /* it may end in a comment */
	return text_of(definer, sql);
}

/* The columns between two words of SQL. */
static const char *select_columns(
	struct definer *definer, const char *before, const char *behind, const char *condition)
{
	struct bytes sql = { 0 };

	bytes_add_text(&sql, before);
	for (size_t i = 0; i < definer->table->column_count; i++) {
		bytes_add_text(&sql, i == 0 ? "" : ", ");
		add_name(definer, &sql, definer->names[i]);
	}
	bytes_add_text(&sql, behind);
	return finish_select(definer, &sql, condition);
}

static const char *select_one(struct definer *definer, const char *name, const char *condition)
{
	struct bytes sql = { 0 };

	bytes_add_text(&sql, "SELECT ");
	add_name(definer, &sql, name);
	return finish_select(definer, &sql, condition);
}

/* A column may have taken one of the rowid's three names. */
static const char *select_rowids(struct definer *definer, const char *condition)
{
	static const char *const rowids[] = { "rowid", "_rowid_", "oid" };

	if (definer->listed->without_rowid)
		return NULL;
	for (size_t i = 0; i < sizeof(rowids) / sizeof(rowids[0]); i++) {
		size_t k = 0;

		while (k < definer->table->column_count &&
			!definer_same_name(definer->names[k], rowids[i]))
			k++;
		if (k == definer->table->column_count)
			return select_one(definer, rowids[i], condition);
	}
	return NULL;
}

static void lose_column(
	struct definer *definer, struct definition *definition, size_t place, const char *why)
{
	struct table *table = definer->table;
	struct lost *lost = definer_grow(
		definer, definition->lost, definition->lost_count, sizeof(*lost));
	size_t behind = table->column_count - place - 1;

	if (lost == NULL)
		return;
	definition->lost = lost;
	lost[definition->lost_count++] = (struct lost){ .column = table->columns[place].source,
		.expression = table->columns[place].generated,
		.why = arena_format(definer->arena, "it cannot be computed without the application "
			"(%s): the table goes without it", definer_keep(definer, why)) };
	if (lost[definition->lost_count - 1].why == NULL)
		fault_memory(definer->fault);
	memmove(table->columns + place, table->columns + place + 1,
		behind * sizeof(*table->columns));
	memmove(definer->names + place, definer->names + place + 1,
		behind * sizeof(*definer->names));
	memmove(definer->computed + place, definer->computed + place + 1, behind);
	table->column_count--;
}

/* Generated columns may need functions and collations that only the application has. */
static void lose_unreadable(struct definer *definer, struct definition *definition)
{
	struct reading probe = { .table = definition->reading.table };

	for (size_t i = definer->table->column_count; i-- > 0 && definer->fault->status == 0;) {
		const char *why;

		if (!definer->computed[i])
			continue;
		probe.select = select_one(definer, definer->names[i], NULL);
		why = probe.select == NULL ? NULL
					   : scan_refused(definer->sqlite, &probe, definer->fault);
		if (why != NULL)
			lose_column(definer, definition, i, why);
	}
}

static bool computes(const struct definer *definer)
{
	for (size_t i = 0; i < definer->table->column_count; i++)
		if (definer->computed[i])
			return true;
	return false;
}

static const char *try_reading(
	struct definer *definer, const char *condition, struct reading *reading)
{
	reading->columns = definer->table->column_count;
	reading->plain = condition == NULL && !computes(definer);
	reading->select = select_columns(definer, "SELECT ", "", condition);
	return reading->select == NULL ? NULL
				       : scan_refused(definer->sqlite, reading, definer->fault);
}

int definer_plan_reading(
	struct definer *definer, const char *condition, struct definition *definition)
{
	struct reading *reading = &definition->reading;
	const char *name = sqlite_name(definer->sqlite);

	reading->table = definer->table->source;
	if (try_reading(definer, NULL, reading) != NULL) {
		lose_unreadable(definer, definition);
		if (definer->fault->status == 0 && try_reading(definer, NULL, reading) != NULL)
			return fault_set(definer->fault, STATUS_SOURCE,
				"%s: table %s cannot be read (%s); leave it out with -T", name,
				reading->table, sqlite_refused(definer->sqlite));
	}
	if (condition != NULL && try_reading(definer, condition, reading) != NULL)
		return fault_set(definer->fault, STATUS_USAGE, "%s: --where %s: %s", name,
			reading->table, sqlite_refused(definer->sqlite));
	reading->rowids = select_rowids(definer, condition);
	reading->hand = select_columns(definer, "SELECT " SCAN_HAND "(", ")", condition);
	return definer->fault->status;
}
