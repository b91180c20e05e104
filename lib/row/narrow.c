#include "row/narrow.h"

#include <string.h>

#include "row/token.h"

struct narrowing {
	struct arena *arena;
	const struct table *old;
	const bool *kept; /* for each old column */
	struct texts remarks;
	size_t room;
	bool failed;
};

static bool is_gone(const struct narrowing *narrowing, const char *name)
{
	for (size_t i = 0; i < narrowing->old->column_count; i++)
		if (!narrowing->kept[i] &&
			name_compare(narrowing->old->columns[i].source, name) == 0)
			return true;
	return false;
}

/* Any name in the expression may be a column: rather one key too few than one that is wrong. */
static bool mentions_gone(struct narrowing *narrowing, const char *sql)
{
	struct cursor cursor;
	struct token token;

	if (sql == NULL)
		return false;
	cursor = cursor_open(sql, strlen(sql));
	for (token = cursor_next(&cursor); token.kind != TOKEN_END; token = cursor_next(&cursor)) {
		const char *name;

		if (!token_is_name(&token))
			continue;
		name = token_unquote(narrowing->arena, &token);
		narrowing->failed |= name == NULL;
		if (name != NULL && is_gone(narrowing, name))
			return true;
	}
	return false;
}

static void remark(struct narrowing *narrowing, const char *what, const char *name)
{
	struct texts *remarks = &narrowing->remarks;

	if (remarks->count == narrowing->room) {
		narrowing->failed = true;
		return;
	}
	remarks->items[remarks->count] = arena_format(narrowing->arena,
		"%s%s%s left out with a column that it needs", what, name == NULL ? "" : " ",
		name == NULL ? "" : name);
	narrowing->failed |= remarks->items[remarks->count++] == NULL;
}

static bool index_stays(struct narrowing *narrowing, const struct index *index, const char *what)
{
	bool stays = !mentions_gone(narrowing, index->where);

	for (size_t i = 0; i < index->term_count && stays; i++)
		stays = index->terms[i].column != NULL ?
			!is_gone(narrowing, index->terms[i].column) :
			!mentions_gone(narrowing, index->terms[i].expression);
	if (!stays)
		remark(narrowing, what, index->name);
	return stays;
}

static void keep_indexes(struct narrowing *narrowing, struct index **indexes, size_t *count,
	const char *what)
{
	struct index *kept = arena_array(narrowing->arena, *count, sizeof(*kept));
	size_t total = *count;

	narrowing->failed |= kept == NULL;
	*count = 0;
	for (size_t i = 0; i < total && kept != NULL; i++)
		if (index_stays(narrowing, &(*indexes)[i], what))
			kept[(*count)++] = (*indexes)[i];
	*indexes = kept;
}

static bool foreign_stays(struct narrowing *narrowing, const struct foreign *foreign)
{
	for (size_t i = 0; i < foreign->columns.count; i++)
		if (is_gone(narrowing, foreign->columns.items[i])) {
			remark(narrowing, "foreign key to", foreign->table);
			return false;
		}
	return true;
}

static void keep_foreigns(struct narrowing *narrowing, struct table *table)
{
	struct foreign *kept = arena_array(narrowing->arena, table->foreign_count, sizeof(*kept));
	size_t total = table->foreign_count;

	narrowing->failed |= kept == NULL;
	table->foreign_count = 0;
	for (size_t i = 0; i < total && kept != NULL; i++)
		if (foreign_stays(narrowing, &table->foreigns[i]))
			kept[table->foreign_count++] = table->foreigns[i];
	table->foreigns = kept;
}

static void keep_checks(struct narrowing *narrowing, struct table *table)
{
	struct check *kept = arena_array(narrowing->arena, table->check_count, sizeof(*kept));
	size_t total = table->check_count;

	narrowing->failed |= kept == NULL;
	table->check_count = 0;
	for (size_t i = 0; i < total && kept != NULL; i++) {
		if (mentions_gone(narrowing, table->checks[i].expression))
			remark(narrowing, "check", table->checks[i].expression);
		else
			kept[table->check_count++] = table->checks[i];
	}
	table->checks = kept;
}

/* A generated column that can no longer be computed is one with values like any other. */
static void keep_columns(struct narrowing *narrowing, struct table *table, const uint32_t *places,
	size_t count)
{
	struct column *kept = arena_array(narrowing->arena, count, sizeof(*kept));

	narrowing->failed |= kept == NULL;
	for (size_t i = 0; i < count && kept != NULL; i++) {
		kept[i] = table->columns[places[i]];
		if (!mentions_gone(narrowing, kept[i].generated))
			continue;
		remark(narrowing, "generated expression of", kept[i].source);
		kept[i].generated = NULL;
		kept[i].stored = false;
	}
	table->columns = kept;
	table->column_count = count;
}

static bool begin(struct narrowing *narrowing, const uint32_t *places, size_t count)
{
	const struct table *old = narrowing->old;
	bool *kept = arena_array(narrowing->arena, old->column_count, sizeof(*kept));

	narrowing->room = old->remarks.count + old->column_count + 1 + old->unique_count +
		old->index_count + old->foreign_count + old->check_count;
	narrowing->remarks.items = arena_array(narrowing->arena, narrowing->room,
		sizeof(*narrowing->remarks.items));
	if (kept == NULL || narrowing->remarks.items == NULL)
		return false;
	for (size_t i = 0; i < old->remarks.count; i++)
		narrowing->remarks.items[i] = old->remarks.items[i];
	narrowing->remarks.count = old->remarks.count;
	for (size_t i = 0; i < count; i++)
		kept[places[i]] = true;
	narrowing->kept = kept;
	return true;
}

int narrow_table(struct arena *arena, struct table *table, const uint32_t *places, size_t count,
	struct fault *fault)
{
	struct table old = *table;
	struct narrowing narrowing = { .arena = arena, .old = &old };

	if (!begin(&narrowing, places, count))
		return fault_memory(fault);
	keep_columns(&narrowing, table, places, count);
	if (table->primary != NULL && !index_stays(&narrowing, table->primary, "primary key"))
		table->primary = NULL;
	keep_indexes(&narrowing, &table->uniques, &table->unique_count, "unique key");
	keep_indexes(&narrowing, &table->indexes, &table->index_count, "index");
	keep_foreigns(&narrowing, table);
	keep_checks(&narrowing, table);
	table->remarks = narrowing.remarks;
	return narrowing.failed ? fault_memory(fault) : 0;
}
