/* The other part of native.h is in native.c. */
#include "db/native.h"

#include <string.h>

static void add_literal(struct making *making, struct bytes *to, const char *text)
{
	libpq_literal(to, text, strlen(text), making->fault);
}

/* --- comments and row security ---------------------------------------------------------------- */

void native_make_comments(struct making *making)
{
	const struct table *table = making->table->table;
	const struct target_step step = { .phase = TARGET_AFTER, .what = "comment" };

	if (table->comment != NULL) {
		bytes_format(&making->sql, "COMMENT ON TABLE %s IS ", making->table->name);
		add_literal(making, &making->sql, table->comment);
		steps_add(making, step);
	}
	for (size_t i = 0; i < table->column_count; i++) {
		if (table->columns[i].comment == NULL)
			continue;
		bytes_format(&making->sql, "COMMENT ON COLUMN %s.", making->table->name);
		steps_add_name(making, &making->sql, table->columns[i].name);
		bytes_add_text(&making->sql, " IS ");
		add_literal(making, &making->sql, table->columns[i].comment);
		steps_add(making, step);
	}
}

/* On under whatever name: without its policies it hides too much, never too little. */
void native_make_row_security(struct making *making)
{
	const char *security = making->table->table->row_security;

	if (security == NULL)
		return;
	bytes_format(&making->sql, "ALTER TABLE %s ENABLE ROW LEVEL SECURITY",
		making->table->name);
	if (strcmp(security, "forced") == 0)
		bytes_format(&making->sql, ";ALTER TABLE %s FORCE ROW LEVEL SECURITY",
			making->table->name);
	steps_add(making, (struct target_step){ .phase = TARGET_AFTER, .what = "row security" });
}

/* --- what is no table ------------------------------------------------------------------------- */

static bool is_one_of(const char *kind, const char *const *kinds)
{
	while (*kinds != NULL && strcmp(*kinds, kind) != 0)
		kinds++;
	return *kinds != NULL;
}

/* What tables may need. */
static const char *const early[] = {
	"extension", "type", "sequence", "function", "procedure", NULL
};
/* What may take away the right to do the rest, or hides what the rest needs. */
static const char *const late[] = { "owner", "grant", "policy", NULL };
/* What speaks of another object, by kind and name. */
static const char *const about[] = { "owner", "grant", "comment", NULL };

/* Why its SQL must not run here; NULL: it may. */
static const char *object_trouble(struct making *making, const struct object *object, bool same)
{
	if (object->remark != NULL)
		return object->remark;
	if (object->sql == NULL)
		return "it is to be made by hand";
	if (is_one_of(object->kind, early) || strcmp(object->kind, "schema") == 0)
		return NULL;
	if (!same)
		return "tables have other names now, and it speaks of them by those of the source";
	if (object->table != NULL && native_find(making->target, object->table) == NULL)
		return "its table is not there";
	return NULL;
}

/* Schemas of types and functions that no table is in. */
void native_make_schema(struct making *making, const char *schema, const char *key)
{
	if (schema == NULL || strcmp(schema, making->target->schema) == 0)
		return;
	bytes_add_text(&making->sql, "CREATE SCHEMA IF NOT EXISTS ");
	steps_add_name(making, &making->sql, schema);
	steps_add(making, (struct target_step){ .phase = TARGET_SCHEMA, .what = "schema",
		.name = schema, .key = key });
}

static void make_object(struct making *making, const struct object *object, bool same)
{
	const char *trouble = object_trouble(making, object, same);
	struct target_step step = { .phase = is_one_of(object->kind, early) ? TARGET_BEFORE :
		strcmp(object->kind, "owner") == 0 ? TARGET_OWNER : TARGET_AFTER,
		.what = object->kind, .name = object->name, .table = object->table };

	making->table = NULL;
	if (trouble != NULL) {
		target_add_todo(making->target, &(struct target_todo){ object->kind, object->name,
			object->table, object->sql, trouble }, making->fault);
		return;
	}
	step.key = arena_format(making->target->arena, "%s %s", object->kind, object->name);
	if (step.key == NULL)
		fault_memory(making->fault);
	if (strcmp(object->kind, "schema") == 0) {
		native_make_schema(making, object->schema, step.key);
		return;
	}
	if (step.phase == TARGET_BEFORE && strcmp(object->kind, "extension") != 0)
		native_make_schema(making, object->schema, NULL);
	if (is_one_of(object->kind, about) && object->table == NULL)
		step.needs = object->name;
	bytes_add_text(&making->sql, object->sql);
	steps_add(making, step);
}

void native_make_objects(struct making *making, const struct object *objects, size_t count,
	bool last)
{
	const bool same = native_is_same(making->target);

	for (size_t i = 0; i < count && making->fault->status == 0; i++)
		if (is_one_of(objects[i].kind, late) == last)
			make_object(making, &objects[i], same);
}
