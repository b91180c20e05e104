/*
 * Triggers of the target's owner are for what its users do, and were fired for these rows in the
 * source, if at all: they are off while the rows come.  Each has its own former state afterwards.
 */
#include <string.h>

#include "db/fill.h"
#include "db/text.h"

/* Of the tables and, since each has a state of its own, of all their partitions. */
static const char read_triggers[] =
	"WITH s AS (SELECT r.oid, r.place FROM unnest($1::oid[]) WITH ORDINALITY r (oid, place)"
	" UNION SELECT p.relid, r.place FROM unnest($1::oid[]) WITH ORDINALITY r (oid, place)"
	" CROSS JOIN LATERAL pg_partition_tree(r.oid) p)"
	" SELECT r.oid, t.tgrelid::regclass, quote_ident(t.tgname),"
	" pg_has_role(c.relowner, 'USAGE'), t.tgenabled = 'A',"
	" t.tgtype & 3 = 3 AND t.tgtype & 4 > 0"
	" FROM s JOIN unnest($1::oid[]) WITH ORDINALITY r (oid, place) USING (place)"
	" JOIN pg_trigger t ON t.tgrelid = s.oid JOIN pg_class c ON c.oid = t.tgrelid"
	" WHERE " TEXT_OF_USER("t") " AND t.tgenabled IN ('O', 'A')"
	" AND t.tgtype & %d > 0 ORDER BY t.tgrelid::regclass::text COLLATE \"C\","
	" t.tgname COLLATE \"C\"";

enum { TRIGGER_OID, TRIGGER_TABLE, TRIGGER_NAME, TRIGGER_OWNED, TRIGGER_ALWAYS, TRIGGER_SWALLOWS };
enum { ON_INSERT = 4, ON_DELETE = 8 }; /* in tgtype */

static int read_all(struct fill *fill, struct fault *fault)
{
	const char *sql = arena_format(fill->load->arena, read_triggers,
		fill->refill ? ON_INSERT | ON_DELETE : ON_INSERT);
	struct libpq_rows rows;

	if (sql == NULL)
		return fault_memory(fault);
	if (inventory_ask(&fill->inventory, sql, &rows, fault) != 0)
		return fault->status;
	fill->triggers = arena_array(fill->load->arena, rows.count, sizeof(*fill->triggers));
	if (fill->triggers == NULL)
		return fault_memory(fault);
	for (size_t i = 0; i < rows.count; i++) {
		size_t place = 0;

		while (strcmp(fill->tables[place].oid, libpq_cell(&rows, i, TRIGGER_OID)) != 0)
			place++;
		fill->triggers[i] = (struct fill_trigger){
			.table = libpq_cell(&rows, i, TRIGGER_TABLE),
			.name = libpq_cell(&rows, i, TRIGGER_NAME),
			.owned = inventory_truth(libpq_cell(&rows, i, TRIGGER_OWNED)),
			.always = inventory_truth(libpq_cell(&rows, i, TRIGGER_ALWAYS)),
			.swallows = inventory_truth(libpq_cell(&rows, i, TRIGGER_SWALLOWS)),
			.place = place };
	}
	fill->trigger_count = rows.count;
	return 0;
}

static const char *list(struct fill *fill, bool foreign, struct fault *fault)
{
	struct bytes text = { 0 };
	size_t count = 0;

	for (size_t i = 0; i < fill->trigger_count; i++) {
		const struct fill_trigger *trigger = &fill->triggers[i];
		const char *name = arena_format(fill->load->arena, "%s of %s", trigger->name,
			trigger->table);

		if (!foreign || !trigger->owned)
			fill_add_listed(&text, &count, name == NULL ? "" : name);
	}
	return count == 0 ? NULL : fill_settle(fill, &text, fault);
}

int fill_look_at_triggers(struct fill *fill, struct fault *fault)
{
	const char *all, *foreign;

	if (read_all(fill, fault) != 0)
		return fault->status;
	all = list(fill, false, fault);
	foreign = list(fill, true, fault);
	if (fault->status != 0 || all == NULL)
		return fault->status;
	if (fill->fires)
		fill_find(fill, LOOK_TODO, 0, "triggers: they stay on, and may change what is "
			"loaded: %s", all);
	else if (foreign != NULL)
		fill_find(fill, LOOK_STOP, STATUS_RIGHTS, "only the owner of their tables can "
			"turn triggers off: %s; load as the owner, or leave them on (--triggers "
			"fire)", foreign);
	else
		fill_find(fill, LOOK_OK, 0, "triggers: off during the load: %s", all);
	return 0;
}

static int note_trigger(struct fill *fill, const struct fill_trigger *trigger, struct fault *fault)
{
	const struct fill_table *table = &fill->tables[trigger->place];

	return target_add_todo(fill->load->target, &(struct target_todo){ .kind = "trigger",
		.name = trigger->name, .table = table->table->source,
		.reason = "it was off during the load: what it does for a row was not done for "
		"these" }, fault);
}

int fill_set_triggers(struct fill *fill, bool on, struct fault *fault)
{
	struct bytes sql = { 0 };

	for (size_t i = 0; i < fill->trigger_count && !fill->fires && fault->status == 0; i++) {
		const struct fill_trigger *trigger = &fill->triggers[i];

		bytes_format(&sql, "ALTER TABLE ONLY %s %s TRIGGER %s;", trigger->table,
			!on ? "DISABLE" : trigger->always ? "ENABLE ALWAYS" : "ENABLE",
			trigger->name);
		if (on)
			note_trigger(fill, trigger, fault);
	}
	return fill_run(fill, &sql, fault);
}

const char *fill_name_swallowers(struct fill *fill, size_t place, struct fault *fault)
{
	struct bytes text = { 0 };
	size_t count = 0;

	for (size_t i = 0; i < fill->trigger_count; i++)
		if (fill->triggers[i].swallows && fill->triggers[i].place == place)
			fill_add_listed(&text, &count, fill->triggers[i].name);
	return count == 0 ? "none that is known" : fill_settle(fill, &text, fault);
}
