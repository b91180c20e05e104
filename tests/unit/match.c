/* Tables and columns of a source beside those of a target: who goes where, and what is told. */
#include "row/match.h"

#include <string.h>

#include "row/migrations.h"
#include "test.h"

static struct arena arena;

/*
 * A schema in short: "app.users: id!, nick, role!=; posts: id" has two tables; ! is NOT NULL,
 * = a default, @ an identity, # generated.
 */
static const char *next_word(const char *at, const char *ends, const char **word)
{
	size_t size;

	at += strspn(at, " ");
	size = strcspn(at, ends);
	*word = arena_copy(&arena, at, size);
	return at + size;
}

static void set_flags(struct column *column, char *name)
{
	char *flags = name + strcspn(name, "!=@#");

	column->not_null = strchr(flags, '!') != NULL;
	column->fallback = strchr(flags, '=') != NULL ? "0" : NULL;
	column->identity = strchr(flags, '@') != NULL ? "always" : NULL;
	column->generated = strchr(flags, '#') != NULL ? "1" : NULL;
	*flags = '\0';
}

static const char *read_columns(const char *at, struct table *table)
{
	table->columns = arena_array(&arena, 16, sizeof(*table->columns));
	do {
		struct column *column = &table->columns[table->column_count++];
		const char *name;

		at = next_word(*at == ',' ? at + 1 : at, ",;", &name);
		set_flags(column, (char *)(uintptr_t)name);
		column->source = column->name = name;
	} while (*at == ',');
	return at;
}

static size_t read_schema(const char *text, const struct table **list)
{
	size_t count = 0;

	for (const char *at = text; *at != '\0'; at += *at == ';') {
		struct table *table = arena_alloc(&arena, sizeof(*table));
		const char *name, *dot;

		at = next_word(at, ":", &name);
		dot = strchr(name, '.');
		table->number = (uint32_t)count + 1;
		table->source = name;
		table->name = dot == NULL ? name : dot + 1;
		table->schema = dot == NULL ? "public" :
			arena_copy(&arena, name, (size_t)(dot - name));
		if (dot != NULL) {
			table->source_schema = table->schema;
			table->source_table = table->name;
		}
		at = read_columns(at + 1, table);
		list[count++] = table;
	}
	return count;
}

struct scenario {
	const char *source, *target;
	const char *schema; /* --target-schema */
	const char *plan;   /* one line, or two with | between them */
	const char *result; /* "users=public.users(id=id,n=-); ..."; findings from ! on */
};

static void add_result(struct bytes *to, const struct match *match)
{
	static const char marks[] = "-p.cs";

	bytes_format(to, "%s=", match->source->source);
	if (match->target == NULL) {
		bytes_add_text(to, "-;");
		return;
	}
	bytes_format(to, "%s.%s%c(", match->target->schema, match->target->name,
		marks[match->level]);
	for (size_t i = 0; i < match->source->column_count; i++)
		bytes_format(to, "%s%s%c", i == 0 ? "" : " ", match->columns[i].target == NULL ?
			"" : match->columns[i].target->name, marks[match->columns[i].level]);
	bytes_add_text(to, ")");
	for (size_t i = 0; i < match->left_count; i++)
		bytes_format(to, "+%s", match->left[i]->name);
	bytes_add_text(to, ";");
}

static void read_plan(struct plan *plan, const char *lines)
{
	struct fault fault = { 0 };

	*plan = (struct plan){ .arena = &arena };
	for (const char *at = lines; at != NULL; at = *at == '|' ? at + 1 : NULL) {
		const char *line;

		at = next_word(at, "|", &line);
		CHECK(plan_add(plan, "--set", line, &fault) == 0);
	}
}

static void run(const struct scenario *scenario)
{
	const struct table *sources[16], *targets[16];
	struct plan plan;
	struct matching matching = { .arena = &arena, .targets = targets, .plan = &plan,
		.schema = scenario->schema };
	struct fault fault = { 0 };
	struct bytes text = { 0 };
	size_t count = read_schema(scenario->source, sources);

	matching.target_count = read_schema(scenario->target, targets);
	read_plan(&plan, scenario->plan);
	match_tables(&matching, sources, count, &fault);
	for (size_t i = 0; i < matching.count && fault.status == 0; i++)
		add_result(&text, &matching.matches[i]);
	for (size_t i = 0; i < matching.findings.count; i++)
		bytes_format(&text, "! %s", matching.findings.items[i]);
	if (fault.status != 0)
		bytes_format(&text, "? %s", fault.text);
	bytes_add_byte(&text, '\0');
	if (!CHECK(strncmp((const char *)text.data, scenario->result,
		strlen(scenario->result)) == 0))
		printf("# %s | %s: %s\n#   is not %s\n", scenario->source, scenario->target,
			(const char *)text.data, scenario->result);
	/* What is not said by the scenario is no finding. */
	CHECK((strchr(scenario->result, '!') != NULL) == (matching.findings.count > 0));
	bytes_close(&text);
}

/* marks: p by the plan, . by name, c but for case, s but for snake_case, - not; + left over */
#define GONE "; name one (--set 't -> NAME'), or leave it out (--set 't -> skip')"

static const struct scenario scenarios[] = {
	/* tables by name */
	{ "t: a", "t: a", 0, 0, "t=public.t.(a.);" },
	{ "T: a", "t: a", 0, 0, "T=public.tc(a.);" },
	{ "t: a", "T: a", 0, 0, "t=public.Tc(a.);" },
	{ "OrderItem: a", "order_item: a", 0, 0, "OrderItem=public.order_items(a.);" },
	{ "orderItem: a", "order_item: a", 0, 0, "orderItem=public.order_items(a.);" },
	{ "order_item: a", "OrderItem: a", 0, 0, "order_item=public.OrderItems(a.);" },
	{ "HTMLPage: a", "html_page: a", 0, 0, "HTMLPage=public.html_pages(a.);" },
	{ "order item: a", "order_item: a", 0, 0, "order item=public.order_items(a.);" },
	{ "orderitem: a", "OrderItem: a", 0, 0, "orderitem=public.OrderItemc(a.);" },
	{ "_a: a", "_a: a", 0, 0, "_a=public._a.(a.);" },
	{ "Ä: a", "ä: a", 0, 0, "Ä=-;! \"Ä\": the target has no table for it; name one "
		"(--set '\"Ä\" -> NAME')" },
	{ "t: a", "ts: a", 0, 0, "t=-;! t: the target has no table for it" GONE },
	{ "t: a", "", 0, 0, "t=-;! t: the target has no table for it" GONE },
	{ "", "t: a!", 0, 0, "" },
	/* the better level wins, and takes its target out of the others' way */
	{ "t: a", "t: a; T: a", 0, 0, "t=public.t.(a.);" },
	{ "T: a", "t: a; T: a", 0, 0, "T=public.T.(a.);" },
	{ "order_item: a; OrderItem: a", "order_item: a", 0, 0,
		"order_item=public.order_item.(a.);OrderItem=-;! \"OrderItem\": the target has no "
		"table" },
	{ "order_item: a; OrderItem: a", "OrderItem: a; order_item: a", 0, 0,
		"order_item=public.order_item.(a.);OrderItem=public.OrderItem.(a.);" },
	{ "OrderItem: a; orderitem: a", "ORDERITEM: a; order_item: a", 0, 0,
		"OrderItem=public.ORDERITEMc(a.);orderitem=-;! orderitem: public.\"ORDERITEM\" "
		"takes the rows of" },
	/* two of one level */
	{ "TT: a", "tt: a; Tt: a", 0, 0, "TT=-;! \"TT\": public.tt and public.\"Tt\" are "
		"both called like it; say which one it is: --set '\"TT\" -> public.tt'" },
	{ "orderItem: a", "order_item: a; Order_Item: a", 0, 0,
		"orderItem=-;! \"orderItem\": public.order_item and public.\"Order_Item\" are "
		"both" },
	{ "OrderItem: a; orderItem: a", "order_item: a", 0, 0, "OrderItem=public.order_items(a.);"
		"orderItem=-;! \"orderItem\": public.order_item takes the rows of \"OrderItem\" "
		"already; name another table (--set '\"orderItem\" -> NAME'), or leave one of them "
		"out (--set '\"orderItem\" -> skip')" },
	/* schemas */
	{ "t: a", "app.t: a", 0, 0, "t=app.t.(a.);" },
	{ "t: a", "app.t: a; t: a", 0, 0, "t=public.t.(a.);" },
	{ "t: a", "app.t: a; shop.t: a", 0, 0, "t=-;! t: app.t and shop.t are both called like it; "
		"say which one it is: --set 't -> app.t'" },
	{ "t: a", "app.t: a; shop.t: a", "shop", 0, "t=shop.t.(a.);" },
	{ "t: a", "app.t: a; t: a", "app", 0, "t=app.t.(a.);" },
	{ "t: a", "t: a", "app", 0, "t=-;! t: the target has no table for it in schema app" GONE },
	{ "t: a", "app.T: a; t: a", "app", 0, "t=app.Tc(a.);" },
	{ "t: a", "app.t: a; shop.T: a", 0, 0, "t=app.t.(a.);" },
	{ "T: a", "app.t: a; tt: a; t: a", 0, 0, "T=public.tc(a.);" },
	{ "T: a", "app.t: a; App.t: a", 0, 0, "T=-;! \"T\": app.t and \"App\".t are both" },
	{ "app.t: a", "app.t: a; t: a", 0, 0, "app.t=app.t.(a.);" },
	{ "app.t: a", "shop.t: a", 0, 0, "app.t=shop.t.(a.);" },
	{ "app.t: a", "app.t: a; shop.t: a", "shop", 0, "app.t=shop.t.(a.);" },
	{ "t: a", "app.t: a; shop.t: a", "app", "t -> shop.t", "t=shop.t.(a.);" },
	{ "t: a", "app.t: a; shop.t: a", 0, "t -> shop.*", "t=shop.t.(a.);" },
	{ "t: a", "app.t: a; shop.t: a", 0, "t.a -> shop.*.*", "t=shop.t.(a.);" },
	/* a plan */
	{ "t: a", "u: a", 0, "t -> u", "t=public.up(a.);" },
	{ "t: a", "t: a; u: a", 0, "t -> u", "t=public.up(a.);" },
	{ "t: a", "U: a", 0, "t -> \"U\"", "t=public.Up(a.);" },
	{ "t: a", "U: a", 0, "t -> u", "t=-;! t: the target has no table u (--set: t -> u)" },
	{ "t: a", "u: a", 0, "t -> app.u", "t=-;! t: the target has no table u in schema app "
		"(--set: t -> app.u)" },
	{ "t: a; v: a", "u: a", 0, "t -> u|v -> u", "t=public.up(a.);v=-;! v: public.u takes the "
		"rows of t already" },
	{ "t: a; u: a", "u: a", 0, "t -> u", "t=public.up(a.);u=-;! u: the target has no table" },
	{ "t: a", "u: b", 0, "t.a -> u.b", "t=public.up(bp);" },
	{ "t: a, b", "u: a; v: a", 0, "t.a -> u.a|t.b -> v.b", "? --set: t.a -> u.a: a table's "
		"columns stay together" },
	{ "t: a", "app.u: a; shop.u: a", 0, "t -> u", "t=-;! t: app.u and shop.u are both" },
	/* columns */
	{ "t: a, b", "t: b, a", 0, 0, "t=public.t.(a. b.);" },
	{ "t: A", "t: a", 0, 0, "t=public.t.(ac);" },
	{ "t: createdAt", "t: created_at", 0, 0, "t=public.t.(created_ats);" },
	{ "t: created_at", "t: createdAt", 0, 0, "t=public.t.(createdAts);" },
	{ "t: createdat", "t: createdAt", 0, 0, "t=public.t.(createdAtc);" },
	{ "t: userID", "t: user_id", 0, 0, "t=public.t.(user_ids);" },
	{ "t: a", "t: b", 0, "t.a -> b", "t=public.t.(bp);" },
	{ "t: a, b", "t: a, b", 0, "t.a -> b|t.b -> a", "t=public.t.(bp ap);" },
	{ "t: a, b", "t: b, c", 0, "t.a -> b|t.b -> c", "t=public.t.(bp cp);" },
	{ "t: a", "t: a, x", 0, "*.* -> … text", "t=public.t.(a.)+x;" },
	{ "t: a", "t: a", 0, "t.a -> b", "t=public.t.(-)+a;! t.a: public.t has no column b "
		"(--set: t.a -> b)" },
	{ "t: a, x", "t: a", 0, 0, "t=public.t.(a. -);! t.x: public.t has no column for it; name "
		"one (--set 't.x -> NAME'), or leave its values out (--set 't.x -> skip')" },
	{ "t: A", "t: a, \xc3\xa4", 0, 0, "t=public.t.(ac)+\xc3\xa4;" },
	{ "t: aB", "t: ab, AB", 0, 0, "t=public.t.(-)+ab+AB;! t.\"aB\": ab and \"AB\" are "
		"both called like it; say which one it is: --set 't.\"aB\" -> ab'" },
	{ "t: userId, UserId", "t: user_id", 0, 0, "t=public.t.(user_ids -);! t.\"UserId\": "
		"user_id takes the values of t.\"userId\" already; name another column" },
	{ "t: user_id, userId", "t: user_id", 0, 0, "t=public.t.(user_id. -);! t.\"userId\": "
		"public.t has no column for it" },
	{ "t: a, b", "t: x", 0, "t.* -> x", "t=public.t.(xp -);! t.b: x takes the values of t.a" },
	/* what the source lacks */
	{ "t: a", "t: a, b", 0, 0, "t=public.t.(a.)+b;" },
	{ "t: a", "t: a, b!=", 0, 0, "t=public.t.(a.)+b;" },
	{ "t: a", "t: a, b!@", 0, 0, "t=public.t.(a.)+b;" },
	{ "t: a", "t: a, b!#", 0, 0, "t=public.t.(a.)+b;" },
	{ "t: a", "t: a, b!", 0, 0, "t=public.t.(a.)+b;! t: b of public.t is NOT NULL and has no "
		"default, and the source has nothing for it; name what goes there (--set "
		"'t.COLUMN -> b'), or ALTER TABLE public.t ALTER COLUMN b SET DEFAULT ..." },
	{ "t: a, b", "t: a, b#", 0, 0, "t=public.t.(a. b.);" },
	/* migrations, and more findings than one */
	{ "django_migrations: id", "django_migrations: id", 0, 0, "django_migrations=-;! "
		"django_migrations: it is where Django keeps which migrations have run" },
	{ "t: a; u: b", "t: b!", 0, 0, "t=public.t.(-)+b;u=-;! u: the target has no table for it; "
		"name one (--set 'u -> NAME'), or leave it out (--set 'u -> skip')! t.a: public.t "
		"has no column for it; name one (--set 't.a -> NAME'), or leave its values out "
		"(--set 't.a -> skip')! t: b of public.t" },
};

static void test_scenarios(void)
{
	for (size_t i = 0; i < sizeof(scenarios) / sizeof(scenarios[0]); i++)
		run(&scenarios[i]);
}

static void test_description(void)
{
	const struct table *sources[16], *targets[16];
	struct plan plan;
	struct matching matching = { .arena = &arena, .targets = targets, .plan = &plan };
	struct fault fault = { 0 };
	size_t count = read_schema("OrderItem: id, Qty, createdAt, n", sources);

	matching.target_count = read_schema(
		"order_item: id!, qty, created_at, note, role!=, total#", targets);
	read_plan(&plan, "*.n -> note");
	CHECK(match_tables(&matching, sources, count, &fault) == 0);
	CHECK(matching.findings.count == 0);
	CHECK(strcmp(match_describe(&arena, &matching.matches[0]), "public.order_item but for "
		"snake_case; by the plan: n as note; but for case: \"Qty\" as qty; but for "
		"snake_case: \"createdAt\" as created_at; not in the source: role; computed by "
		"the target: total") == 0);
}

static const char *maker(const char *text)
{
	const struct table *tables[16];

	read_schema(text, tables);
	return migrations_maker(tables[0]);
}

static void test_migrations(void)
{
	CHECK(strcmp(maker("django_migrations: id, app"), "Django") == 0);
	CHECK(strcmp(maker("__EFMigrationsHistory: MigrationId"), "Entity Framework") == 0);
	CHECK(maker("Django_Migrations: id") == NULL);
	CHECK(maker("migrations: id, what") == NULL);
	CHECK(maker("migrations: id, migration, batch, mine") == NULL);
	CHECK(maker("migrations: id, migration, batch") != NULL);
	CHECK(maker("migrations: id, timestamp, name") != NULL);
	CHECK(strcmp(maker("app.alembic_version: version_num"), "Alembic (SQLAlchemy)") == 0);
}

int main(void)
{
	static const struct test tests[] = {
		{ "scenarios", test_scenarios },
		{ "description", test_description },
		{ "migrations", test_migrations },
	};
	int code = test_run(tests, sizeof(tests) / sizeof(tests[0]));

	arena_close(&arena);
	return code;
}
