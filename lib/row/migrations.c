#include "row/migrations.h"

#include <string.h>

/* The first that is there tells who made a schema. */
const struct migrations migrations[MIGRATIONS] = {
	{ "django_migrations", "Django" },
	{ "alembic_version", "Alembic (SQLAlchemy)" },
	{ "_prisma_migrations", "Prisma" },
	{ "ar_internal_metadata", "Rails" },
	{ "schema_migrations", "a migration tool (schema_migrations)" },
	{ "__EFMigrationsHistory", "Entity Framework" },
	{ "__EFMigrationsLock", "Entity Framework" },
	{ "SequelizeMeta", "Sequelize" },
	{ "knex_migrations", "Knex" },
	{ "knex_migrations_lock", "Knex" },
	{ "__drizzle_migrations", "Drizzle" },
	{ "flyway_schema_history", "Flyway" },
	{ "migrations", "Laravel or TypeORM (migrations)" },
};

static bool has(const struct table *table, const char *column)
{
	return table_find(table, column) != NULL;
}

static bool is_common(const char *name)
{
	return strcmp(name, "migrations") == 0;
}

/* Laravel: id, migration, batch; TypeORM: id, timestamp, name. */
static bool is_theirs(const struct table *table)
{
	return table->column_count == 3 && has(table, "id") &&
		((has(table, "migration") && has(table, "batch")) ||
		(has(table, "timestamp") && has(table, "name")));
}

const char *migrations_maker(const struct table *table)
{
	const char *name = table->source_table != NULL ? table->source_table : table->source;

	for (size_t i = 0; i < MIGRATIONS; i++)
		if (strcmp(migrations[i].table, name) == 0)
			return is_common(name) && !is_theirs(table) ? NULL : migrations[i].maker;
	return NULL;
}
