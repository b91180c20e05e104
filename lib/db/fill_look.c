/*
 * What stands in the way of a fill, and the locks under which it is looked at.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "db/fill.h"
#include "db/keeper.h"
#include "db/look.h"
#include "row/identifier.h"
#include "row/migrations.h"

void fill_find(struct fill *fill, enum look_verdict verdict, int status, const char *format, ...)
{
	char text[1024];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	findings_add(fill->findings, fill->load->arena, verdict, status,
		arena_text(fill->load->arena, text));
}

void fill_add_listed(struct bytes *to, size_t *count, const char *name)
{
	enum { SHOWN = 200 };

	if (to->size < SHOWN)
		bytes_format(to, "%s%s", *count == 0 ? "" : ", ", name);
	else if (to->data[to->size - 1] != '.')
		bytes_add_text(to, " ...");
	++*count;
}

const char *fill_settle(struct fill *fill, struct bytes *text, struct fault *fault)
{
	const char *copy = bytes_settle(text, fill->load->arena);

	if (copy == NULL)
		fault_memory(fault);
	return copy == NULL ? "" : copy;
}

int fill_run(struct fill *fill, struct bytes *sql, struct fault *fault)
{
	bytes_add_byte(sql, '\0');
	if (sql->failed)
		fault_memory(fault);
	else if (sql->size > 1 && fault->status == 0)
		libpq_run(fill->load->libpq, (const char *)sql->data, fault);
	bytes_close(sql);
	return fault->status;
}

/* --- which tables ----------------------------------------------------------------------------- */

static const char *schema_of(const struct fill *fill, const struct table *table)
{
	return table->schema == NULL ? fill->load->target->schema : table->schema;
}

static bool is_wanted(const void *own, const char *schema, const char *table)
{
	const struct fill *fill = own;

	for (size_t i = 0; i < fill->count; i++)
		if (strcmp(fill->tables[i].table->name, table) == 0 &&
			strcmp(schema_of(fill, fill->tables[i].table), schema) == 0)
			return true;
	return false;
}

/* The report names them, whatever becomes of them. */
static int take_tables(struct fill *fill, const struct table *const *tables, struct fault *fault)
{
	struct target *target = fill->load->target;
	struct arena *arena = fill->load->arena;

	target->tables = arena_array(arena, fill->count, sizeof(*target->tables));
	fill->tables = arena_array(arena, fill->count, sizeof(*fill->tables));
	if (target->tables == NULL || fill->tables == NULL)
		return fault_memory(fault);
	target->table_count = fill->count;
	for (size_t i = 0; i < fill->count && fault->status == 0; i++) {
		struct target_table *own = &target->tables[i];
		struct bytes name = { 0 }, shown = { 0 };

		fill->tables[i].table = own->table = tables[i];
		libpq_name(fill->load->libpq, &name, schema_of(fill, tables[i]), fault);
		bytes_add_byte(&name, '.');
		libpq_name(fill->load->libpq, &name, tables[i]->name, fault);
		identifier_add_both(&shown, schema_of(fill, tables[i]), tables[i]->name);
		own->name = fill_settle(fill, &name, fault);
		own->shown = fill_settle(fill, &shown, fault);
		fill->tables[i].from = arena_format(arena, "ONLY %s", own->name);
		if (fill->tables[i].from == NULL)
			fault_memory(fault);
	}
	return fault->status;
}

static int match_tables(struct fill *fill, struct fault *fault)
{
	const struct inventory *inventory = &fill->inventory;
	struct bytes text = { 0 };
	size_t missing = 0;
	const char *why;

	for (size_t i = 0; i < fill->count; i++) {
		struct fill_table *own = &fill->tables[i];

		for (size_t j = 0; j < inventory->listed && own->found == NULL; j++)
			if (strcmp(inventory->tables[j].name, own->table->name) == 0 &&
				strcmp(inventory->tables[j].schema,
				schema_of(fill, own->table)) == 0) {
				own->found = &inventory->tables[j];
				own->place = j;
				own->oid = inventory->oids[j];
			}
		why = own->found != NULL ? NULL : keeper_stranger(fill->load->libpq,
			fill->load->arena, schema_of(fill, own->table), own->table->name, fault);
		if (why != NULL)
			fill_find(fill, LOOK_STOP, STATUS_MISFIT, "%s", why);
		else if (own->found == NULL)
			fill_add_listed(&text, &missing, fill->load->target->tables[i].shown);
	}
	if (missing > 0)
		fill_find(fill, LOOK_STOP, STATUS_MISFIT, "%zu of %zu table%s %s not there: %s; "
			"make %s first (with the framework's own migrations), or leave %s out "
			"(rows-select -T)", missing, fill->count, fill->count == 1 ? "" : "s",
			missing == 1 ? "is" : "are",
			fill_settle(fill, &text, fault), missing == 1 ? "it" : "them",
			missing == 1 ? "it" : "them");
	return fault->status;
}

static void look_at_stream(struct fill *fill)
{
	for (size_t i = 0; i < fill->count; i++) {
		const struct table *table = fill->tables[i].table;
		const char *shown = fill->load->target->tables[i].shown;
		const char *maker = migrations_maker(table);

		if (strcmp(table->coverage, "repair") == 0)
			fill_find(fill, LOOK_STOP, STATUS_MISFIT, "%s: the stream says what to "
				"change, not what is to be there: --mode upsert takes it", shown);
		if (maker != NULL)
			fill_find(fill, LOOK_STOP, STATUS_MISFIT, "%s: %s keeps there which of its "
				"migrations have run, and nobody else writes it: leave it out, as "
				"rows-retype --like does, or rows-select -T", shown, maker);
	}
}

/* --- rights, rows, locks ---------------------------------------------------------------------- */

static const char read_facts[] =
	"SELECT c.oid, c.relkind = 'p', pg_has_role(c.relowner, 'USAGE'),"
	" has_table_privilege(c.oid, 'UPDATE, DELETE, TRUNCATE'),"
	" has_table_privilege(c.oid, 'DELETE'), quote_ident(current_user)"
	" FROM pg_class c WHERE c.oid = ANY ($1::oid[])";

enum { FACT_OID, FACT_PARTED, FACT_OWNED, FACT_LOCKS, FACT_DELETES, FACT_USER };

static int look_at_rights(struct fill *fill, struct fault *fault)
{
	struct libpq_rows rows;

	if (inventory_ask(&fill->inventory, read_facts, &rows, fault) != 0)
		return fault->status;
	for (size_t i = 0; i < fill->count; i++) {
		struct fill_table *own = &fill->tables[i];
		const char *shown = fill->load->target->tables[i].shown;
		size_t row = 0;

		while (row < rows.count && strcmp(libpq_cell(&rows, row, FACT_OID), own->oid) != 0)
			row++;
		if (row == rows.count)
			return fault_set(fault, STATUS_AGAIN, "%s was dropped while it was looked "
				"at: repeat the command", shown);
		own->owned = inventory_truth(libpq_cell(&rows, row, FACT_OWNED));
		own->locks = inventory_truth(libpq_cell(&rows, row, FACT_LOCKS));
		if (inventory_truth(libpq_cell(&rows, row, FACT_PARTED)))
			own->from = fill->load->target->tables[i].name;
		if (fill->refill && !inventory_truth(libpq_cell(&rows, row, FACT_DELETES)))
			fill_find(fill, LOOK_STOP, STATUS_RIGHTS, "no right to delete the rows of "
				"%s; its owner can help: GRANT DELETE ON %s TO %s", shown, shown,
				libpq_cell(&rows, row, FACT_USER));
		if (!own->locks)
			fill_find(fill, LOOK_TODO, 0, "%s: others can write to it meanwhile, and "
				"this role may not keep them from it (GRANT DELETE lets it)",
				shown);
	}
	return 0;
}

struct lock {
	const char *table;
	const char *mode;
};

static int by_table(const void *a, const void *b)
{
	return strcmp(((const struct lock *)a)->table, ((const struct lock *)b)->table);
}

/*
 * Taking a foreign key away keeps readers out, too, of both its tables; a lock that is raised later
 * waits for who waits for it.  All of them in one order, so that two loads do not.
 */
static const char *mode_of(const struct fill *fill, size_t place)
{
	for (size_t i = 0; i < fill->key_count; i++)
		if (fill->keys[i].lifted && (fill->keys[i].from == place ||
			fill->keys[i].to == place) && fill->tables[place].owned)
			return "ACCESS EXCLUSIVE";
	return fill->tables[place].locks ? "SHARE ROW EXCLUSIVE" : "ROW EXCLUSIVE";
}

static size_t list_locks(struct fill *fill, struct lock *locks)
{
	size_t count = 0;

	for (size_t i = 0; i < fill->count; i++)
		locks[count++] = (struct lock){ fill->load->target->tables[i].name,
			mode_of(fill, i) };
	for (size_t i = 0; i < fill->key_count; i++)
		if (fill->keys[i].lifted && fill->keys[i].from == fill->count)
			locks[count++] = (struct lock){ fill->keys[i].child, "ACCESS EXCLUSIVE" };
	qsort(locks, count, sizeof(*locks), by_table);
	return count;
}

static int lock_tables(struct fill *fill, struct fault *fault)
{
	struct lock *locks = arena_array(fill->load->arena, fill->count + fill->key_count,
		sizeof(*locks));
	struct bytes sql = { 0 };
	size_t count;

	if (locks == NULL)
		return fault_memory(fault);
	count = list_locks(fill, locks);
	bytes_add_text(&sql, "SET LOCAL lock_timeout = '10s'");
	for (size_t i = 0; i < count; i++)
		bytes_format(&sql, ";LOCK TABLE %s IN %s MODE", locks[i].table, locks[i].mode);
	return fill_run(fill, &sql, fault);
}

static int compare_keys(const struct fill *fill, const struct fill_key *keys, size_t count,
	struct fault *fault)
{
	bool same = fill->key_count == count;

	for (size_t i = 0; i < count && same; i++)
		same = strcmp(keys[i].oid, fill->keys[i].oid) == 0 &&
			keys[i].lifted == fill->keys[i].lifted;
	return same ? 0 : fault_set(fault, STATUS_AGAIN, "foreign keys were altered while they "
		"were looked at: repeat the command");
}

static int find_complete(struct fill *fill, struct fault *fault)
{
	struct load *load = fill->load;
	const char *mode;

	load->control = (struct control){ .arena = load->arena, .libpq = load->libpq };
	if (control_look(&load->control, fault) != 0 ||
		control_find(&load->control, load->stream, &load->chain, fault) != 0)
		return fault->status;
	load->complete = load->chain != NULL;
	if (load->complete)
		fill_find(fill, LOOK_OK, 0, "this stream was loaded already");
	else if (control_staged(&load->control, load->stream, &mode, fault) == 0 && mode != NULL)
		fault_set(fault, STATUS_MISFIT, "a part of this stream is staged in mode %s: go on "
			"in that one, or give up what is staged (pg-control forget '%s')", mode,
			load->stream);
	return fault->status;
}

/*
 * What is read under the locks is as it was when they were chosen.  A session that was lost may
 * still commit; only behind the lock of the stream it is over.
 */
static int lock_and_read(struct fill *fill, struct fault *fault)
{
	const struct fill_key *keys;
	size_t count;

	if ((fill->looks ? libpq_begin(fill->load->libpq, fault) :
		load_lock(fill->load, fault)) != 0 || find_complete(fill, fault) != 0 ||
		fill->load->complete || look_at_rights(fill, fault) != 0 ||
		fill_read_keys(fill, fault) != 0)
		return fault->status;
	keys = fill->keys;
	count = fill->key_count;
	if (!fill->looks && fill->findings->stops == 0 && lock_tables(fill, fault) == 0 &&
		fill_read_keys(fill, fault) == 0)
		compare_keys(fill, keys, count, fault);
	return fault->status != 0 ? fault->status :
		inventory_read_tables(&fill->inventory, fault);
}

static int look_at_rows(struct fill *fill, struct fault *fault)
{
	struct bytes text = { 0 };
	size_t full = 0;
	const char *names;

	for (size_t i = 0; i < fill->count; i++) {
		const char *sql = arena_format(fill->load->arena, "SELECT EXISTS (SELECT FROM %s)",
			fill->tables[i].from);
		struct libpq_rows rows;

		if (sql == NULL)
			return fault_memory(fault);
		if (load_ask(fill->load, sql, NULL, 0, &rows, fault) != 0)
			return fault->status;
		fill->tables[i].full = inventory_truth(libpq_cell(&rows, 0, 0));
		if (fill->tables[i].full)
			fill_add_listed(&text, &full, fill->load->target->tables[i].shown);
	}
	if (full == 0) {
		fill_find(fill, LOOK_OK, 0, "tables: %zu %s there, without rows", fill->count,
			fill->count == 1 ? "is" : "are");
		return 0;
	}
	names = fill_settle(fill, &text, fault);
	if (fill->refill)
		fill_find(fill, LOOK_OK, 0, "tables: %zu of %zu hold%s rows, which go: %s", full,
			fill->count, full == 1 ? "s" : "", names);
	else
		fill_find(fill, LOOK_STOP, STATUS_MISFIT, "%zu of %zu table%s hold%s rows: %s; "
			"--mode refill deletes them in the same transaction", full, fill->count,
			fill->count == 1 ? "" : "s", full == 1 ? "s" : "", names);
	return fault->status;
}

/* --- all of it -------------------------------------------------------------------------------- */

int fill_look(struct fill *fill, const struct table *const *tables, size_t count,
	struct fault *fault)
{
	struct load *load = fill->load;

	load->filling = true;
	fill->count = count;
	fill->request = (struct inventory_request){ .wants = is_wanted, .own = fill };
	fill->inventory = (struct inventory){ .libpq = load->libpq, .arena = load->arena,
		.request = &fill->request };
	look_at_server(load, fill->findings);
	if (take_tables(fill, tables, fault) != 0 || find_complete(fill, fault) != 0 ||
		load->complete)
		return fault->status;
	look_at_stream(fill);
	if (inventory_list(&fill->inventory, fault) != 0 || match_tables(fill, fault) != 0 ||
		fill->findings->stops > 0)
		return fault->status;
	if (lock_and_read(fill, fault) != 0 || load->complete ||
		keeper_look(load->libpq, load->arena, fill->inventory.oid_list, KEEPER_INSERT,
		fill->findings, fault) != 0 || look_at_rows(fill, fault) != 0 ||
		fill_look_at_columns(fill, fault) != 0 || fill_look_at_keys(fill, fault) != 0 ||
		fill_look_at_triggers(fill, fault) != 0)
		return fault->status;
	return fill_look_at_migrations(fill, fault);
}
