/*
 * Foreign keys of tables that are filled: taken away and added as they were, by who owns their
 * table; the others say in which order rows go and come.
 */
#include <string.h>

#include "db/fill.h"

/*
 * Also those of and to single partitions.  A key whose own triggers somebody has switched cannot be
 * made so again, and stays.
 */
static const char read_keys[] =
	"WITH s AS (SELECT r.oid, r.oid AS root FROM unnest($1::oid[]) r (oid)"
	" UNION SELECT p.relid, r.oid FROM unnest($1::oid[]) r (oid)"
	" CROSS JOIN LATERAL pg_partition_tree(r.oid) p)"
	" SELECT k.oid, quote_ident(k.conname), pg_get_constraintdef(k.oid),"
	" obj_description(k.oid, 'pg_constraint'), k.conrelid::regclass, k.confrelid::regclass,"
	" (SELECT string_agg(format('c.%I', a.attname), ', ' ORDER BY u.p)"
	" FROM unnest(k.conkey) WITH ORDINALITY u (n, p) JOIN pg_attribute a"
	" ON a.attrelid = k.conrelid AND a.attnum = u.n),"
	" (SELECT string_agg(format('p.%I', a.attname), ', ' ORDER BY u.p)"
	" FROM unnest(k.confkey) WITH ORDINALITY u (n, p) JOIN pg_attribute a"
	" ON a.attrelid = k.confrelid AND a.attnum = u.n),"
	" f.root, t.root, pg_has_role(c.relowner, 'USAGE') AND"
	" has_table_privilege(k.confrelid, 'REFERENCES'),"
	" has_table_privilege(k.conrelid, 'SELECT') AND NOT row_security_active(k.conrelid),"
	" EXISTS (SELECT FROM pg_trigger g WHERE g.tgconstraint = k.oid AND g.tgenabled <> 'O'),"
	" NOT EXISTS (SELECT FROM pg_trigger g WHERE g.tgconstraint = k.oid"
	" AND g.tgenabled IN ('O', 'A')),"
	" k.condeferrable, k.confdeltype = 'a', format('%I.%I', n.nspname, k.conname)"
	" FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid"
	" JOIN pg_namespace n ON n.oid = k.connamespace"
	" LEFT JOIN s f ON f.oid = k.conrelid LEFT JOIN s t ON t.oid = k.confrelid"
	" WHERE k.contype = 'f' AND k.conparentid = 0 AND (f.oid IS NOT NULL OR t.oid IS NOT NULL)"
	" ORDER BY k.oid";

enum { KEY_OID, KEY_NAME, KEY_SQL, KEY_COMMENT, KEY_CHILD, KEY_PARENT, KEY_CHILD_COLUMNS,
	KEY_PARENT_COLUMNS, KEY_FROM, KEY_TO, KEY_OWNED, KEY_READABLE, KEY_SWITCHED, KEY_INERT,
	KEY_DEFERRABLE, KEY_WAITS, KEY_FULL };

static size_t find_place(const struct fill *fill, const char *oid)
{
	size_t place = 0;

	while (place < fill->count && (oid == NULL || strcmp(fill->tables[place].oid, oid) != 0))
		place++;
	return place;
}

int fill_read_keys(struct fill *fill, struct fault *fault)
{
	struct libpq_rows rows;

	if (inventory_ask(&fill->inventory, read_keys, &rows, fault) != 0)
		return fault->status;
	fill->keys = arena_array(fill->load->arena, rows.count, sizeof(*fill->keys));
	if (fill->keys == NULL)
		return fault_memory(fault);
	fill->key_count = rows.count;
	for (size_t i = 0; i < rows.count; i++) {
		struct fill_key *key = &fill->keys[i];

		*key = (struct fill_key){ .oid = libpq_cell(&rows, i, KEY_OID),
			.name = libpq_cell(&rows, i, KEY_NAME),
			.full = libpq_cell(&rows, i, KEY_FULL),
			.sql = libpq_cell(&rows, i, KEY_SQL),
			.comment = libpq_cell(&rows, i, KEY_COMMENT),
			.child = libpq_cell(&rows, i, KEY_CHILD),
			.parent = libpq_cell(&rows, i, KEY_PARENT),
			.child_columns = libpq_cell(&rows, i, KEY_CHILD_COLUMNS),
			.parent_columns = libpq_cell(&rows, i, KEY_PARENT_COLUMNS),
			.from = find_place(fill, libpq_cell(&rows, i, KEY_FROM)),
			.to = find_place(fill, libpq_cell(&rows, i, KEY_TO)),
			.owned = inventory_truth(libpq_cell(&rows, i, KEY_OWNED)),
			.readable = inventory_truth(libpq_cell(&rows, i, KEY_READABLE)),
			.inert = inventory_truth(libpq_cell(&rows, i, KEY_INERT)),
			.deferrable = inventory_truth(libpq_cell(&rows, i, KEY_DEFERRABLE)),
			.waits = inventory_truth(libpq_cell(&rows, i, KEY_WAITS)) };
		/* Nothing is deleted by a fill, so that no key to its tables is in the way. */
		key->lifted = key->owned && (key->from < fill->count || fill->refill) &&
			!inventory_truth(libpq_cell(&rows, i, KEY_SWITCHED));
	}
	return 0;
}

/* --- order ------------------------------------------------------------------------------------ */

/* A parent's rows are to be there before its child's; and to go behind them. */
static bool orders(const struct fill *fill, const struct fill_key *key)
{
	return !key->lifted && !key->inert && key->from < fill->count && key->to < fill->count &&
		key->from != key->to;
}

static bool holds_up(const struct fill *fill, const struct fill_key *key)
{
	return orders(fill, key) && !key->deferrable;
}

bool fill_is_early(const struct fill *fill, size_t place)
{
	for (size_t i = 0; i < fill->key_count; i++) {
		const struct fill_key *key = &fill->keys[i];

		if (key->from == place && holds_up(fill, key) &&
			(!fill->tables[key->to].ended || fill->tables[key->to].stage != NULL))
			return true;
	}
	return false;
}

/* Mostly none does: the owner has taken all of them away. */
static bool is_ordered(const struct fill *fill)
{
	for (size_t i = 0; i < fill->key_count; i++)
		if (orders(fill, &fill->keys[i]))
			return true;
	return false;
}

static bool has_parent(const struct fill *fill, size_t place, const bool *placed, bool all)
{
	for (size_t i = 0; i < fill->key_count; i++) {
		const struct fill_key *key = &fill->keys[i];

		if (key->from == place && !placed[key->to] &&
			(all ? orders(fill, key) : holds_up(fill, key)))
			return true;
	}
	return false;
}

static bool place_next(struct fill *fill, bool *placed, size_t count, bool all)
{
	for (size_t i = 0; i < fill->count; i++)
		if (!placed[i] && !has_parent(fill, i, placed, all)) {
			placed[i] = true;
			fill->order[count] = i;
			return true;
		}
	return false;
}

/* Parents first; a circle that can be deferred begins anywhere, another one stops. */
static int sort_tables(struct fill *fill, struct fault *fault)
{
	bool *placed = arena_array(fill->load->arena, fill->count, sizeof(*placed));
	struct bytes text = { 0 };
	size_t count = 0, listed = 0;

	fill->order = arena_array(fill->load->arena, fill->count, sizeof(*fill->order));
	if (placed == NULL || fill->order == NULL)
		return fault_memory(fault);
	if (!is_ordered(fill))
		for (; count < fill->count; count++)
			fill->order[count] = count;
	while (count < fill->count && (place_next(fill, placed, count, true) ||
		place_next(fill, placed, count, false)))
		count++;
	if (count == fill->count)
		return 0;
	for (size_t i = 0; i < fill->count; i++)
		if (!placed[i])
			fill_add_listed(&text, &listed, fill->load->target->tables[i].shown);
	fill_find(fill, LOOK_STOP, STATUS_RIGHTS, "foreign keys that cannot be deferred lead in a "
		"circle (%s): only the owner of the tables can load them",
		fill_settle(fill, &text, fault));
	return fault->status;
}

/* --- what stands in the way ------------------------------------------------------------------- */

/* Rows of tables that the stream does not speak of, which a delete would take along or stop at. */
static int look_at_bystander(struct fill *fill, const struct fill_key *key, struct fault *fault)
{
	const char *sql;
	struct libpq_rows rows;

	if (key->lifted || key->inert || key->from < fill->count || key->to == fill->count ||
		!fill->tables[key->to].full || (key->waits && key->deferrable))
		return 0;
	sql = arena_format(fill->load->arena, "SELECT EXISTS (SELECT FROM %s c WHERE "
		"pg_catalog.num_nulls(%s) = 0)", key->child, key->child_columns);
	if (sql == NULL)
		return fault_memory(fault);
	if (key->readable && load_ask(fill->load, sql, NULL, 0, &rows, fault) != 0)
		return fault->status;
	if (!key->readable || inventory_truth(libpq_cell(&rows, 0, 0)))
		fill_find(fill, LOOK_STOP, STATUS_RIGHTS, "rows of %s, which the stream does not "
			"hold, refer to %s (foreign key %s), whose rows are to be deleted: only "
			"the owner of %s can load that", key->child, key->parent, key->name,
			key->child);
	return 0;
}

static int look_at_early(struct fill *fill, struct fault *fault)
{
	static const char may[] = "SELECT pg_catalog.has_database_privilege("
		"pg_catalog.current_database(), 'TEMPORARY'), pg_catalog.quote_ident("
		"pg_catalog.current_database()), pg_catalog.quote_ident(current_user)";
	struct bytes text = { 0 };
	struct libpq_rows rows;
	const char *names;
	size_t count = 0;

	for (size_t i = 0; i < fill->count; i++)
		for (size_t j = 0; j < fill->key_count; j++)
			if (fill->keys[j].from == i && fill->keys[j].to > i &&
				holds_up(fill, &fill->keys[j])) {
				fill_add_listed(&text, &count,
					fill->load->target->tables[i].shown);
				break;
			}
	if (count == 0)
		return 0;
	names = fill_settle(fill, &text, fault);
	if (load_ask(fill->load, may, NULL, 0, &rows, fault) != 0)
		return fault->status;
	if (inventory_truth(libpq_cell(&rows, 0, 0)))
		fill_find(fill, LOOK_OK, 0, "order: rows come before those that they refer to, and "
			"wait in temporary tables: %s", names);
	else
		fill_find(fill, LOOK_STOP, STATUS_RIGHTS, "rows come before those that they refer "
			"to (%s), and no temporary table may be made for them; a superuser can "
			"help: GRANT TEMPORARY ON DATABASE %s TO %s", names,
			libpq_cell(&rows, 0, 1), libpq_cell(&rows, 0, 2));
	return 0;
}

int fill_look_at_keys(struct fill *fill, struct fault *fault)
{
	size_t lifted = 0;

	for (size_t i = 0; i < fill->key_count && fault->status == 0; i++) {
		lifted += fill->keys[i].lifted;
		if (fill->refill)
			look_at_bystander(fill, &fill->keys[i], fault);
	}
	if (lifted > 0)
		fill_find(fill, LOOK_OK, 0, "foreign keys: %zu away during the load, and back "
			"before anybody sees its rows", lifted);
	if (fault->status == 0 && sort_tables(fill, fault) == 0)
		look_at_early(fill, fault);
	return fault->status;
}

/* --- away, and back --------------------------------------------------------------------------- */

int fill_lift_keys(struct fill *fill, struct fault *fault)
{
	struct bytes sql = { 0 };

	for (size_t i = 0; i < fill->key_count; i++)
		if (fill->keys[i].lifted)
			bytes_format(&sql, "ALTER TABLE %s DROP CONSTRAINT %s;",
				fill->keys[i].child, fill->keys[i].name);
	for (size_t i = 0; i < fill->key_count; i++)
		if (!fill->keys[i].lifted && fill->keys[i].deferrable)
			bytes_format(&sql, "SET CONSTRAINTS %s DEFERRED;", fill->keys[i].full);
	return fill_run(fill, &sql, fault);
}

/* c.a, c.b against p.x, p.y as rows, which NULLs never are. */
static int count_orphans(struct fill *fill, const struct fill_key *key, const char **number,
	struct fault *fault)
{
	const char *sql = arena_format(fill->load->arena, "SELECT pg_catalog.count(*) FROM %s c "
		"WHERE pg_catalog.num_nulls(%s) = 0 AND NOT EXISTS (SELECT FROM %s p WHERE "
		"ROW(%s) = ROW(%s))", key->child, key->child_columns, key->parent,
		key->parent_columns, key->child_columns);
	struct libpq_rows rows;

	if (sql == NULL)
		return fault_memory(fault);
	if (load_ask(fill->load, sql, NULL, 0, &rows, fault) == 0)
		*number = libpq_cell(&rows, 0, 0);
	return fault->status;
}

/* What broke it is counted, where that is possible: a message of one row helps little. */
static int refuse_key(struct fill *fill, const struct fill_key *key, const struct fault *trouble,
	struct fault *fault)
{
	const char *number = NULL;
	struct fault ignored = { 0 };

	if (strcmp(libpq_error(fill->load->libpq)->state, "23503") == 0 &&
		libpq_run(fill->load->libpq, "ROLLBACK TO SAVEPOINT rowpipe_step", &ignored) == 0)
		count_orphans(fill, key, &number, &ignored);
	if (number == NULL || strcmp(number, "0") == 0)
		return fault_set(fault, trouble->status, "foreign key %s of %s: %s", key->name,
			key->child, trouble->text);
	return fault_set(fault, STATUS_MISFIT, "%s: %s row%s no parent in %s (foreign key "
		"%s): mend the source, or load the parents, too", key->child, number,
		strcmp(number, "1") == 0 ? " has" : "s have", key->parent, key->name);
}

static int add_key(struct fill *fill, const struct fill_key *key, struct fault *fault)
{
	struct fault trouble = { 0 };
	struct bytes sql = { 0 };

	bytes_format(&sql, "SAVEPOINT rowpipe_step;ALTER TABLE %s ADD CONSTRAINT %s %s;",
		key->child, key->name, key->sql);
	if (key->comment != NULL) {
		bytes_format(&sql, "COMMENT ON CONSTRAINT %s ON %s IS ", key->name, key->child);
		libpq_literal(&sql, key->comment, strlen(key->comment), fault);
		bytes_add_byte(&sql, ';');
	}
	bytes_add_text(&sql, "RELEASE SAVEPOINT rowpipe_step");
	if (fill_run(fill, &sql, fault->status == 0 ? &trouble : fault) != 0 &&
		trouble.status != 0)
		refuse_key(fill, key, &trouble, fault);
	return fault->status;
}

int fill_add_keys(struct fill *fill, struct fault *fault)
{
	for (size_t i = 0; i < fill->key_count && fault->status == 0; i++)
		if (fill->keys[i].lifted)
			add_key(fill, &fill->keys[i], fault);
	return fault->status;
}
