#include "db/fill.h"

#include <string.h>

static const char own_path[] = "SELECT pg_catalog.set_config('search_path', (SELECT s.reset_val "
	"FROM pg_catalog.pg_settings s WHERE s.name OPERATOR(pg_catalog.=) 'search_path'), true)";

/* --- beginning -------------------------------------------------------------------------------- */

/* A rule or a trigger may keep what was to go. */
static int check_empty(struct fill *fill, size_t place, struct fault *fault)
{
	const char *sql = arena_format(fill->load->arena, "SELECT EXISTS (SELECT FROM %s)",
		fill->tables[place].from);
	struct libpq_rows rows;

	if (sql == NULL)
		return fault_memory(fault);
	if (load_ask(fill->load, sql, NULL, 0, &rows, fault) == 0 &&
		inventory_truth(libpq_cell(&rows, 0, 0)))
		fault_set(fault, STATUS_MISFIT, "%s: not all of its rows could be deleted: a "
			"trigger or rule of the table keeps them",
			fill->load->target->tables[place].shown);
	return fault->status;
}

/* Children before parents. */
static int delete_rows(struct fill *fill, struct fault *fault)
{
	for (size_t i = fill->count; i > 0 && fault->status == 0; i--) {
		const size_t place = fill->order[i - 1];
		struct fill_table *own = &fill->tables[place];
		const char *sql = arena_format(fill->load->arena, "DELETE FROM %s", own->from);
		struct libpq_rows rows;

		if (!own->full)
			continue;
		if (sql == NULL)
			return fault_memory(fault);
		if (load_ask(fill->load, sql, NULL, 0, &rows, fault) == 0)
			own->deleted = rows.affected;
		check_empty(fill, place, fault);
	}
	return fault->status;
}

/*
 * From here on it is the role's own search_path: functions of triggers, defaults and checks may
 * count on it, and all of our names are qualified.
 */
int fill_begin(struct fill *fill, struct fault *fault)
{
	struct libpq *libpq = fill->load->libpq;

	load_enter(fill->load, "tables");
	if (fill_set_triggers(fill, false, fault) != 0 || fill_lift_keys(fill, fault) != 0 ||
		libpq_run(libpq, own_path, fault) != 0 ||
		(fill->refill && delete_rows(fill, fault) != 0))
		return fault->status;
	load_enter(fill->load, "rows");
	return 0;
}

/* --- rows ------------------------------------------------------------------------------------- */

/* The target's own types, so that what waits is cast to nothing else. */
static int make_stage(struct fill *fill, size_t place, struct fault *fault)
{
	struct target_table *target = &fill->load->target->tables[place];
	struct fill_table *own = &fill->tables[place];
	struct arena *arena = fill->load->arena;
	const char *sql;

	own->stage = arena_format(arena, "pg_temp.rowpipe_fill_%zu", place);
	sql = arena_format(arena, "CREATE TEMPORARY TABLE rowpipe_fill_%zu ON COMMIT DROP AS "
		"SELECT %s FROM %s WITH NO DATA", place, own->columns, target->name);
	target->copy = arena_format(arena, "COPY pg_temp.rowpipe_fill_%zu (%s) FROM STDIN", place,
		own->columns);
	fill->load->tables[place].sql = target->copy;
	if (own->stage == NULL || sql == NULL || target->copy == NULL)
		return fault_memory(fault);
	return load_close_copy(fill->load, fault) != 0 ? fault->status :
		libpq_run(fill->load->libpq, sql, fault);
}

int fill_row(struct fill *fill, size_t place, const struct value *cells, struct fault *fault)
{
	const struct load_table *table = &fill->load->tables[place];

	if (!table->begun && fill->tables[place].stage == NULL && fill_is_early(fill, place) &&
		make_stage(fill, place, fault) != 0)
		return fault->status;
	return load_row(fill->load, place, cells, fault);
}

/* Fewer rows than were sent: who may have kept them out is known by name. */
int fill_table_end(struct fill *fill, size_t place, uint64_t rows, struct fault *fault)
{
	struct fault trouble = { 0 };
	const char *names;

	fill->tables[place].ended = true;
	if (load_table_end(fill->load, place, rows, &trouble) == 0)
		return 0;
	names = strstr(trouble.text, "swallows rows") == NULL ? NULL :
		fill_name_swallowers(fill, place, fault);
	return fault_set(fault, trouble.status, "%s%s%s%s", trouble.text,
		names == NULL ? "" : " (triggers before each row: ", names == NULL ? "" : names,
		names == NULL ? "" : ")");
}

/* --- the end ---------------------------------------------------------------------------------- */

static int insert_stage(struct fill *fill, size_t place, struct fault *fault)
{
	const struct fill_table *own = &fill->tables[place];
	const struct target_table *target = &fill->load->target->tables[place];
	const uint64_t rows = fill->load->tables[place].rows;
	const char *sql = arena_format(fill->load->arena, "INSERT INTO %s (%s) OVERRIDING SYSTEM "
		"VALUE SELECT %s FROM %s", target->name, own->columns, own->columns, own->stage);
	struct libpq_rows answer;
	struct fault trouble = { 0 };

	if (sql == NULL)
		return fault_memory(fault);
	if (load_ask(fill->load, sql, NULL, 0, &answer, &trouble) != 0)
		return fault_set(fault, trouble.status, "%s: %s", target->shown, trouble.text);
	if (answer.affected != rows)
		return fault_set(fault, STATUS_MISFIT, "%s: %llu rows were sent and %llu arrived: "
			"a trigger or rule of the table swallows rows (triggers before each row: "
			"%s)", target->shown, (unsigned long long)rows,
			(unsigned long long)answer.affected,
			fill_name_swallowers(fill, place, fault));
	return 0;
}

/* Parents first. */
static int insert_stages(struct fill *fill, struct fault *fault)
{
	for (size_t i = 0; i < fill->count && fault->status == 0; i++)
		if (fill->tables[fill->order[i]].stage != NULL)
			insert_stage(fill, fill->order[i], fault);
	return fault->status;
}

/* Tables that are altered may have no check waiting. */
static int put_back(struct fill *fill, struct fault *fault)
{
	struct libpq *libpq = fill->load->libpq;

	if (libpq_run(libpq, "SET CONSTRAINTS ALL IMMEDIATE", fault) != 0 ||
		libpq_run(libpq, "SELECT pg_catalog.set_config('search_path', '', true)",
		fault) != 0)
		return fault->status;
	load_enter(fill->load, "foreign keys");
	if (fill_set_triggers(fill, true, fault) != 0 || fill_add_keys(fill, fault) != 0)
		return fault->status;
	load_enter(fill->load, "commit");
	return 0;
}

static int remember(struct fill *fill, const char *chain, const char *source, struct fault *fault)
{
	struct load *load = fill->load;
	bool forgotten = false;

	if (load_remember(load, chain, source, fill->refill ? "refill" : "fill", &forgotten,
		fault) != 0 || !forgotten)
		return fault->status;
	return target_add_todo(load->target, &(struct target_todo){ .kind = "run",
		.reason = "this load is not remembered, so that the same stream would be loaded "
		"again: the role may not make or write the schema rowpipe" }, fault);
}

int fill_end(struct fill *fill, const char *chain, const char *source, struct fault *fault)
{
	struct load *load = fill->load;

	if (load_close_copy(load, fault) != 0 || insert_stages(fill, fault) != 0 ||
		put_back(fill, fault) != 0 || fill_advance_sequences(fill, fault) != 0 ||
		load_analyze(load, fault) != 0 || remember(fill, chain, source, fault) != 0)
		return fault->status;
	if (!load->dry)
		return libpq_commit(load->libpq, fault);
	libpq_rollback(load->libpq);
	return 0;
}
