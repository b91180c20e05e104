#include "db/verify.h"

#include <stdlib.h>
#include <string.h>

#include "db/text.h"

static const char *schema_of(const struct verify *verify, const struct table *table)
{
	if (table->schema != NULL)
		return table->schema;
	return verify->schema == NULL ? "public" : verify->schema;
}

/* --- which tables ----------------------------------------------------------------------------- */

static bool is_expected(const void *own, const char *schema, const char *table)
{
	const struct verify *verify = own;

	for (size_t i = 0; i < verify->count; i++) {
		const struct table *expected = verify->tables[i].expected;

		if (strcmp(expected->name, table) == 0 &&
			strcmp(schema_of(verify, expected), schema) == 0)
			return true;
	}
	return false;
}

/* A source name that no column of the stream's has. */
static const char *free_name(struct arena *arena, const struct table *expected, const char *name)
{
	char *text = arena_format(arena, "\n%s", name);

	while (text != NULL && table_find(expected, text) != NULL)
		text = arena_format(arena, "\n%s", text);
	return text;
}

static const struct column *by_name(const struct table *table, const char *name)
{
	for (size_t i = 0; i < table->column_count; i++)
		if (strcmp(table->columns[i].name, name) == 0)
			return &table->columns[i];
	return NULL;
}

/* --- domains ---------------------------------------------------------------------------------- */

/* A domain's values are those of the type that it is made of in the end. */
static const char read_bases[] =
	"WITH RECURSIVE b (oid, name, base, typmod) AS ("
	"SELECT a.attrelid, a.attname, t.typbasetype, t.typtypmod"
	" FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid AND t.typtype = 'd'"
	" WHERE a.attrelid = ANY ($1::oid[]) AND a.attnum > 0 AND NOT a.attisdropped"
	" UNION ALL SELECT b.oid, b.name, t.typbasetype,"
	" CASE WHEN b.typmod >= 0 THEN b.typmod ELSE t.typtypmod END"
	" FROM b JOIN pg_type t ON t.oid = b.base AND t.typtype = 'd')"
	" SELECT b.oid, b.name, format_type(b.base, b.typmod)"
	" FROM b JOIN pg_type t ON t.oid = b.base AND t.typtype <> 'd'";

/*
 * The stream's column may be of the same domain, whose values are texts there; or of a type of
 * ours, and then the base is compared with it.
 */
static int take_base(struct verify *verify, const struct table *expected, struct column *like,
	const char *base, struct fault *fault)
{
	const struct column *same = by_name(expected, like->name);
	struct type type;

	if (same == NULL || couple_read_type(verify->arena, same, &type, fault) != 0 ||
		type.kind == TYPE_OTHER)
		return fault->status;
	if (!type_parse(verify->arena, base, &type))
		return fault_memory(fault);
	like->type = type_stream(&type);
	like->target = type_target(verify->arena, &type);
	return like->target == NULL ? fault_memory(fault) : 0;
}

static int take_bases(struct verify *verify, struct fault *fault)
{
	struct libpq_rows rows;

	if (inventory_ask(&verify->inventory, read_bases, &rows, fault) != 0)
		return fault->status;
	for (size_t row = 0; row < rows.count && fault->status == 0; row++) {
		const size_t place = inventory_find(&verify->inventory, libpq_cell(&rows, row, 0));
		const struct table *found = &verify->inventory.tables[place];

		for (size_t i = 0; i < verify->count; i++) {
			const struct verify_table *table = &verify->tables[i];
			const struct column *column = table->found != found ? NULL :
				by_name(found, libpq_cell(&rows, row, 1));

			if (column != NULL)
				take_base(verify, table->expected,
					&table->like->columns[column - found->columns],
					libpq_cell(&rows, row, 2), fault);
		}
	}
	return fault->status;
}

/* --- tables ----------------------------------------------------------------------------------- */

/* So that columns are coupled by the names of today alone. */
static int make_like(struct verify *verify, struct verify_table *table, struct fault *fault)
{
	const size_t count = table->found->column_count;
	struct table *like = arena_alloc(verify->arena, sizeof(*like));
	struct column *columns = arena_array(verify->arena, count, sizeof(*columns));

	if (like == NULL || columns == NULL)
		return fault_memory(fault);
	*like = *table->found;
	like->columns = columns;
	like->primary = NULL;
	like->unique_count = 0;
	for (size_t i = 0; i < count; i++) {
		const struct column *same;

		columns[i] = table->found->columns[i];
		same = by_name(table->expected, columns[i].name);
		columns[i].source = same != NULL ? same->source :
			free_name(verify->arena, table->expected, columns[i].name);
		if (columns[i].source == NULL)
			return fault_memory(fault);
	}
	table->like = like;
	return 0;
}

static int find_table(struct verify *verify, struct verify_table *table, struct fault *fault)
{
	const struct inventory *inventory = &verify->inventory;

	for (size_t i = 0; i < inventory->listed; i++) {
		const struct table *found = &inventory->tables[i];

		if (strcmp(found->name, table->expected->name) != 0 ||
			strcmp(found->schema, schema_of(verify, table->expected)) != 0)
			continue;
		table->found = found;
		table->from = inventory->wishes[i].from;
		table->plain = inventory->wishes[i].table;
		table->pages = inventory->wishes[i].pages;
		table->name = inventory_qualify(&verify->inventory, found->schema, found->name);
		return table->name == NULL ? fault_memory(fault) :
			make_like(verify, table, fault);
	}
	return 0;
}

int verify_open(struct verify *verify, struct fault *fault)
{
	const char *locks;

	verify->request = (struct inventory_request){ .wants = is_expected, .own = verify };
	verify->inventory = (struct inventory){ .libpq = verify->libpq, .arena = verify->arena,
		.request = &verify->request };
	if (inventory_list(&verify->inventory, fault) != 0)
		return fault->status;
	locks = inventory_locks(&verify->inventory, fault);
	if (fault->status != 0 ||
		libpq_begin_snapshot(verify->libpq, NULL, locks, fault) != 0 ||
		inventory_read_tables(&verify->inventory, fault) != 0)
		return fault->status;
	for (size_t i = 0; i < verify->count && fault->status == 0; i++)
		find_table(verify, &verify->tables[i], fault);
	return fault->status != 0 ? fault->status : take_bases(verify, fault);
}

int verify_couple(struct verify *verify, struct verify_table *table, const struct couple *couple,
	struct fault *fault)
{
	struct harvest_wish *wish = &table->wish;

	*wish = (struct harvest_wish){ .name = table->expected->name, .from = table->from,
		.table = table->plain, .pages = table->pages, .count = couple->count };
	wish->columns = arena_array(verify->arena, couple->count, sizeof(*wish->columns));
	wish->types = arena_array(verify->arena, couple->count, sizeof(*wish->types));
	if (wish->columns == NULL || wish->types == NULL)
		return fault_memory(fault);
	for (uint32_t i = 0; i < couple->count; i++) {
		wish->columns[i] = text_quote(verify->arena, couple->columns[i].columns[1]->name);
		wish->types[i] = couple->columns[i].types[1];
		if (wish->columns[i] == NULL)
			return fault_memory(fault);
	}
	return 0;
}

/* --- asking ----------------------------------------------------------------------------------- */

int verify_count(struct verify *verify, const struct verify_table *table, uint64_t *rows,
	struct fault *fault)
{
	const char *sql = arena_format(verify->arena, "SELECT pg_catalog.count(*) FROM %s",
		table->from);
	struct libpq_rows answer;

	if (sql == NULL)
		return fault_memory(fault);
	if (libpq_query(verify->libpq, verify->arena, sql, NULL, 0, &answer, fault) == 0)
		*rows = strtoull(libpq_cell(&answer, 0, 0), NULL, 10);
	return fault->status;
}

/* What is wrong with the question, not with the server. */
static bool is_refused(const struct verify *verify)
{
	static const char *const classes[] = { "0A", "22", "42", "54" };
	const char *state = libpq_error(verify->libpq)->state;

	for (size_t i = 0; i < sizeof(classes) / sizeof(classes[0]); i++)
		if (strncmp(state, classes[i], 2) == 0)
			return strcmp(state, "42501") != 0;
	return false;
}

int verify_ask(struct verify *verify, struct bytes *sql, struct libpq_rows *rows, const char **why,
	struct fault *fault)
{
	struct fault trouble = { 0 };

	*rows = (struct libpq_rows){ 0 };
	*why = NULL;
	bytes_add_byte(sql, '\0');
	if (sql->failed)
		return fault_memory(fault);
	if (libpq_run(verify->libpq, "SAVEPOINT rowpipe_ask", fault) != 0)
		return fault->status;
	if (libpq_query(verify->libpq, verify->arena, (const char *)sql->data, NULL, 0, rows,
		&trouble) != 0) {
		if (!is_refused(verify))
			return fault_set(fault, trouble.status, "%s", trouble.text);
		*rows = (struct libpq_rows){ 0 };
		*why = arena_text(verify->arena, trouble.text);
		if (*why == NULL)
			return fault_memory(fault);
		libpq_run(verify->libpq, "ROLLBACK TO SAVEPOINT rowpipe_ask", fault);
	}
	return libpq_run(verify->libpq, "RELEASE SAVEPOINT rowpipe_ask", fault);
}

/* --- findings --------------------------------------------------------------------------------- */

void verify_add(struct verify *verify, const struct verify_finding *finding, struct fault *fault)
{
	struct verify_finding *findings = verify->findings;

	if (finding->found == NULL) {
		fault_memory(fault);
		return;
	}
	if (verify->finding_count == verify->finding_room) {
		const size_t room = verify->finding_room == 0 ? 16 : verify->finding_room * 2;

		findings = arena_array(verify->arena, room, sizeof(*findings));
		if (findings == NULL) {
			fault_memory(fault);
			return;
		}
		if (verify->finding_count > 0)
			memcpy(findings, verify->findings,
				verify->finding_count * sizeof(*findings));
		verify->findings = findings;
		verify->finding_room = room;
	}
	findings[verify->finding_count++] = *finding;
}

const struct column *verify_column(const struct verify_table *table, const char *source)
{
	const struct column *column = source == NULL ? NULL : table_find(table->expected, source);

	return column == NULL || table->found == NULL ? NULL : by_name(table->found, column->name);
}

struct verify_table *verify_find(const struct verify *verify, const char *source)
{
	for (size_t i = 0; i < verify->count; i++)
		if (strcmp(verify->tables[i].expected->source, source) == 0)
			return &verify->tables[i];
	return NULL;
}
