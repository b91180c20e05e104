#include "row/history.h"

#include <stdlib.h>
#include <string.h>

static const struct history_place places[] = {
	{ "django_migrations", { "app", "name", NULL }, "app || ' ' || name", NULL,
		"manage.py migrate", false },
	{ "schema_migrations", { "version", NULL, NULL }, "CAST(version AS text)", NULL,
		"bin/rails db:migrate", false },
	{ "alembic_version", { "version_num", NULL, NULL }, "version_num", NULL,
		"alembic upgrade head", false },
	{ "_prisma_migrations", { "migration_name", "finished_at", "rolled_back_at" },
		"migration_name", "finished_at IS NOT NULL AND rolled_back_at IS NULL",
		"prisma migrate deploy", true },
	{ "__EFMigrationsHistory", { "MigrationId", NULL, NULL }, "\"MigrationId\"", NULL,
		"dotnet ef database update", true },
	{ "SequelizeMeta", { "name", NULL, NULL }, "name", NULL, "sequelize db:migrate", false },
	{ "knex_migrations", { "name", NULL, NULL }, "name", NULL, "knex migrate:latest", false }
};

const struct history_place *history_find(const char *table)
{
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++)
		if (strcmp(places[i].table, table) == 0)
			return &places[i];
	return NULL;
}

const struct history_place *history_of(const struct table *table)
{
	const struct history_place *place = history_find(table->source);

	for (size_t i = 0; place != NULL && i < 3 && place->columns[i] != NULL; i++)
		if (table_find(table, place->columns[i]) == NULL)
			return NULL;
	return place;
}

const char *history_sql(struct arena *arena, const struct history_place *place, const char *name)
{
	return arena_format(arena, "SELECT %s FROM %s%s%s", place->select, name,
		place->where == NULL ? "" : " WHERE ", place->where == NULL ? "" : place->where);
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int split(struct arena *arena, const char *text, struct texts *lines, struct fault *fault)
{
	size_t most = 1;

	for (const char *at = text; *at != '\0'; at++)
		most += *at == '\n';
	lines->items = arena_array(arena, most, sizeof(*lines->items));
	while (lines->items != NULL && *text != '\0') {
		const size_t size = strcspn(text, "\n");

		lines->items[lines->count] = arena_copy(arena, text, size);
		if (size > 0 && lines->items[lines->count++] == NULL)
			return fault_memory(fault);
		text += size + (text[size] == '\n');
	}
	if (lines->items == NULL)
		return fault_memory(fault);
	qsort(lines->items, lines->count, sizeof(*lines->items), by_name);
	return 0;
}

static void note(struct history *history, int side, const char *name)
{
	if (history->only[side]++ == 0)
		history->first[side] = name;
}

static enum history_verdict judge(const struct history *history)
{
	if (history->only[0] + history->only[1] == 0)
		return HISTORY_SAME;
	if (history->shared == 0 && history->only[0] > 0 && history->only[1] > 0)
		return HISTORY_STRANGE;
	if (history->only[0] > 0 && history->only[1] > 0)
		return HISTORY_SPLIT;
	return history->only[1] > 0 ? HISTORY_AHEAD : HISTORY_BEHIND;
}

int history_compare(struct arena *arena, const char *source, const char *target,
	struct history *history, struct fault *fault)
{
	struct texts lines[2] = { { 0 }, { 0 } };
	size_t i = 0, j = 0;

	*history = (struct history){ 0 };
	if (split(arena, source, &lines[0], fault) != 0 ||
		split(arena, target, &lines[1], fault) != 0)
		return fault->status;
	for (int side = 0; side < 2; side++)
		if (lines[side].count > 0)
			history->last[side] = lines[side].items[lines[side].count - 1];
	while (i < lines[0].count || j < lines[1].count) {
		const int order = i == lines[0].count ? 1 : j == lines[1].count ? -1 :
			strcmp(lines[0].items[i], lines[1].items[j]);

		if (order == 0)
			history->shared++;
		else
			note(history, order > 0, lines[order > 0].items[order > 0 ? j : i]);
		i += order <= 0;
		j += order >= 0;
	}
	history->verdict = judge(history);
	return 0;
}
