#include "db/definition_work.h"

#include "row/ddl.h"

static bool same_columns(const struct index *a, const struct index *b)
{
	if (a->term_count != b->term_count)
		return false;
	for (size_t i = 0; i < a->term_count; i++)
		if (!definer_same_name(a->terms[i].column, b->terms[i].column))
			return false;
	return true;
}

static const char *disagreement(const struct definer *definer)
{
	const struct table *table = definer->table, *parsed = &definer->parsed;

	if (parsed->column_count != table->column_count)
		return "another number of columns";
	for (size_t i = 0; i < table->column_count; i++)
		if (!definer_same_name(parsed->columns[i].source, definer->names[i]))
			return "other columns";
	if ((parsed->primary == NULL) != (table->primary == NULL))
		return "another primary key";
	if (parsed->foreign_count != table->foreign_count)
		return "other foreign keys";
	return NULL;
}

static void overlay_columns(struct definer *definer)
{
	struct column *column = definer->table->columns;
	const struct column *parsed = definer->parsed.columns;

	for (size_t i = 0; i < definer->table->column_count; i++) {
		column[i].quoted = parsed[i].quoted;
		column[i].not_null = column[i].not_null || parsed[i].not_null;
		/* As it was written. */
		if (definer_same_name(column[i].declared, parsed[i].declared))
			column[i].declared = definer_keep(definer, parsed[i].declared);
		column[i].generated = definer_keep(definer, parsed[i].generated);
	}
}

static void overlay_keys(struct definer *definer)
{
	const struct table *parsed = &definer->parsed;
	struct table *table = definer->table;

	if (table->primary != NULL) {
		table->primary->name = definer_keep(definer, parsed->primary->name);
		table->primary->quoted = parsed->primary->quoted;
	}
	for (size_t i = 0; i < table->unique_count; i++)
		for (size_t k = 0; k < parsed->unique_count; k++)
			if (same_columns(&table->uniques[i], &parsed->uniques[k])) {
				table->uniques[i].name =
					definer_keep(definer, parsed->uniques[k].name);
				table->uniques[i].quoted = parsed->uniques[k].quoted;
				break;
			}
	for (size_t i = 0; i < table->foreign_count; i++) {
		table->foreigns[i].name = definer_keep(definer, parsed->foreigns[i].name);
		table->foreigns[i].deferrable = parsed->foreigns[i].deferrable;
	}
}

static void overlay_checks(struct definer *definer)
{
	const struct table *parsed = &definer->parsed;
	struct table *table = definer->table;

	if (parsed->check_count == 0)
		return;
	table->checks = arena_array(definer->arena, parsed->check_count, sizeof(*table->checks));
	if (table->checks == NULL) {
		fault_memory(definer->fault);
		return;
	}
	for (size_t i = 0; i < parsed->check_count; i++) {
		table->checks[i].name = definer_keep(definer, parsed->checks[i].name);
		table->checks[i].expression = definer_keep(definer, parsed->checks[i].expression);
	}
	table->check_count = parsed->check_count;
}

int definer_overlay(struct definer *definer)
{
	const char *sql = definer->listed->sql, *why;
	struct fault trouble = { 0 };

	definer->parsed = (struct table){ 0 };
	if (ddl_table(definer->arena, sql == NULL ? "" : sql, &definer->parsed, &trouble) ==
		STATUS_IO)
		return fault_memory(definer->fault);
	why = trouble.status != 0 ? trouble.text : disagreement(definer);
	if (why == NULL) {
		definer->table->quoted = definer->parsed.quoted;
		overlay_columns(definer);
		overlay_keys(definer);
		overlay_checks(definer);
	} else {
		definer_remark(definer,
			"its SQL was not understood: checks, generated expressions and names of"
			" keys are missing",
			why);
	}
	return definer->fault->status;
}
