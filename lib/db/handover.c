#include "db/handover.h"

#include <string.h>
#include <strings.h>

enum { ROLES_MOST = 16 };

/* A grant taken apart: words that are known, and names. */
struct grant {
	const char *rights;
	size_t rights_size;
	const char *roles[ROLES_MOST];
	size_t sizes[ROLES_MOST];
	size_t count;
};

/* --- reading ---------------------------------------------------------------------------------- */

static bool is_right(const char *word, size_t size)
{
	static const char *const rights[] = { "ALL", "ALL PRIVILEGES", "SELECT", "INSERT", "UPDATE",
		"DELETE", "TRUNCATE", "REFERENCES", "TRIGGER" };

	for (size_t i = 0; i < sizeof(rights) / sizeof(rights[0]); i++)
		if (strlen(rights[i]) == size && strncasecmp(rights[i], word, size) == 0)
			return true;
	return false;
}

/* The next of a list that commas part, without the blanks around it; NULL behind the last. */
static const char *next_item(const char **at, const char *end, size_t *size)
{
	const char *first = *at, *last;

	if (first > end)
		return NULL;
	last = memchr(first, ',', (size_t)(end - first));
	last = last == NULL ? end : last;
	*at = last + 1;
	while (first < last && *first == ' ')
		first++;
	while (last > first && last[-1] == ' ')
		last--;
	*size = (size_t)(last - first);
	return first;
}

static bool read_grant(const char *text, struct grant *grant)
{
	const char *to = strcasestr(text, " TO "), *at = text, *item, *end;
	size_t size;

	*grant = (struct grant){ .rights = text };
	if (to == NULL)
		return false;
	grant->rights_size = (size_t)(to - text);
	while ((item = next_item(&at, to, &size)) != NULL)
		if (!is_right(item, size))
			return false;
	at = to + 4;
	end = at + strlen(at);
	while ((item = next_item(&at, end, &size)) != NULL) {
		if (size == 0 || grant->count == ROLES_MOST)
			return false;
		grant->roles[grant->count] = item;
		grant->sizes[grant->count++] = size;
	}
	return true;
}

int handover_check(const char *grant, struct fault *fault)
{
	struct grant parts;

	return read_grant(grant, &parts) ? 0 : fault_set(fault, STATUS_USAGE, "--grant takes "
		"rights and roles as in 'SELECT, INSERT TO app', not \"%s\"", grant);
}

static const char *copy_role(struct arena *arena, const struct grant *grant, size_t place)
{
	return arena_copy(arena, grant->roles[place], grant->sizes[place]);
}

/* --- steps ------------------------------------------------------------------------------------ */

/* A thing that is handed over: "TABLE public.users". */
struct thing {
	const char *kind;
	const char *schema; /* NULL: it is none that stands in one */
	const char *name;
	const char *needs;
};

static void add_thing(struct making *making, const struct thing *thing, const char *kind)
{
	bytes_format(&making->sql, "%s ", kind);
	if (thing->schema != NULL) {
		steps_add_name(making, &making->sql, thing->schema);
		bytes_add_byte(&making->sql, '.');
	}
	steps_add_name(making, &making->sql, thing->name);
}

static void add_step(struct making *making, const struct thing *thing, const char *what)
{
	steps_add(making, (struct target_step){ .phase = TARGET_OWNER, .what = what,
		.name = thing->name, .needs = thing->needs, .must = true });
}

static void make_grant(struct making *making, const struct thing *thing, const char *text)
{
	struct grant grant;

	if (!read_grant(text, &grant))
		return;
	for (size_t i = 0; i < grant.count; i++) {
		const char *role = copy_role(making->target->arena, &grant, i);
		const bool schema = thing->schema == NULL;

		if (role == NULL) {
			fault_memory(making->fault);
			return;
		}
		bytes_format(&making->sql, "GRANT %.*s ON ", schema ? 5 : (int)grant.rights_size,
			schema ? "USAGE" : grant.rights);
		add_thing(making, thing, schema ? "SCHEMA" : "TABLE"); /* as a view is to it */
		bytes_add_text(&making->sql, " TO ");
		if (strcasecmp(role, "PUBLIC") == 0) /* it is no role */
			bytes_add_text(&making->sql, "PUBLIC");
		else
			steps_add_name(making, &making->sql, role);
		add_step(making, thing, "grant");
	}
}

/* Rights first: who has given a thing away may give no rights to it. */
static void hand_over(struct making *making, const struct thing *thing)
{
	const struct target *target = making->target;

	for (size_t i = 0; i < target->grants.count; i++)
		make_grant(making, thing, target->grants.items[i]);
	if (target->owner == NULL)
		return;
	bytes_add_text(&making->sql, "ALTER ");
	add_thing(making, thing, thing->kind);
	bytes_add_text(&making->sql, " OWNER TO ");
	steps_add_name(making, &making->sql, target->owner);
	add_step(making, thing, "owner");
}

static const char *schema_of(const struct target *target, const struct table *table)
{
	return table->schema != NULL ? table->schema : target->schema;
}

static void hand_over_steps(struct making *making, enum target_phase phase, const char *kind)
{
	const size_t count = making->target->step_count;

	for (size_t i = 0; i < count; i++) {
		const struct target_step step = making->target->steps[i];

		if (step.phase == phase)
			hand_over(making, &(struct thing){ kind, step.schema, step.name,
				step.key });
	}
}

/* Schemas first: who is to own a table needs the right to make some there. */
void handover_make(struct making *making)
{
	const struct target *target = making->target;

	making->table = NULL;
	if (target->owner == NULL && target->grants.count == 0)
		return;
	hand_over_steps(making, TARGET_SCHEMA, "SCHEMA");
	for (size_t i = 0; i < target->table_count; i++)
		hand_over(making, &(struct thing){ "TABLE", schema_of(target,
			target->tables[i].table), target->tables[i].table->name, NULL });
	hand_over_steps(making, TARGET_VIEW, "VIEW");
}

/* --- looking ---------------------------------------------------------------------------------- */

static int look_at_role(const struct target *target, struct findings *findings, const char *role,
	bool owner, struct fault *fault)
{
	static const char sql[] = "SELECT pg_catalog.pg_has_role(oid, 'MEMBER'), "
		"pg_catalog.quote_ident(rolname), pg_catalog.quote_ident(current_user) "
		"FROM pg_catalog.pg_roles WHERE rolname = $1";
	struct libpq_rows rows;

	if (libpq_query(target->libpq, target->arena, sql, &role, 1, &rows, fault) != 0)
		return fault->status;
	if (rows.count == 0)
		findings_add(findings, target->arena, LOOK_STOP, STATUS_MISFIT,
			arena_format(target->arena, "there is no role %s", role));
	else if (owner && strcmp(libpq_cell(&rows, 0, 0), "t") != 0)
		findings_add(findings, target->arena, LOOK_STOP, STATUS_RIGHTS,
			arena_format(target->arena, "what is made here cannot be given to %s; a "
			"superuser can help: GRANT %s TO %s", role, libpq_cell(&rows, 0, 1),
			libpq_cell(&rows, 0, 2)));
	return 0;
}

/* Of schemas that are there. */
static int look_at_schemas(const struct target *target, struct findings *findings,
	struct fault *fault)
{
	static const char sql[] = "SELECT pg_catalog.quote_ident(nspname), "
		"pg_catalog.quote_ident($1) FROM pg_catalog.pg_namespace WHERE nspname = $2 "
		"AND NOT pg_catalog.has_schema_privilege($1, oid, 'CREATE')";
	const char *parameters[2] = { target->owner, "" };

	for (size_t i = 0; i < target->table_count && fault->status == 0; i++) {
		const char *schema = schema_of(target, target->tables[i].table);
		struct libpq_rows rows;

		if (strcmp(parameters[1], schema) == 0)
			continue;
		parameters[1] = schema;
		if (libpq_query(target->libpq, target->arena, sql, parameters, 2, &rows,
			fault) == 0 && rows.count > 0)
			findings_add(findings, target->arena, LOOK_STOP, STATUS_RIGHTS,
				arena_format(target->arena, "%s may own nothing in schema %s; its "
				"owner can help: GRANT CREATE ON SCHEMA %s TO %s", target->owner,
				schema, libpq_cell(&rows, 0, 0), libpq_cell(&rows, 0, 1)));
	}
	return fault->status;
}

int handover_look(const struct target *target, struct findings *findings, struct fault *fault)
{
	if (target->owner != NULL &&
		look_at_role(target, findings, target->owner, true, fault) == 0 &&
		findings->stops == 0)
		look_at_schemas(target, findings, fault);
	for (size_t i = 0; i < target->grants.count && fault->status == 0; i++) {
		struct grant grant;

		if (!read_grant(target->grants.items[i], &grant))
			continue;
		for (size_t j = 0; j < grant.count && fault->status == 0; j++) {
			const char *role = copy_role(target->arena, &grant, j);

			if (role == NULL)
				fault_memory(fault);
			else if (strcasecmp(role, "PUBLIC") != 0)
				look_at_role(target, findings, role, false, fault);
		}
	}
	return fault->status;
}
