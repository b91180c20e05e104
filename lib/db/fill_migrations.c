/*
 * Rows of a schema at one migration do not fit a schema at another one, however much their names
 * agree: what the source has told of its migrations is held against the target's, before any row.
 * Neither is ever written.
 */
#include <string.h>

#include "db/fill.h"
#include "row/history.h"

/* Beside the tables that are filled. */
static const char find_places[] =
	"SELECT DISTINCT c.oid::regclass FROM pg_class c WHERE c.relname = $2"
	" AND c.relkind IN ('r', 'p', 'v') AND c.relnamespace IN (SELECT k.relnamespace"
	" FROM pg_class k WHERE k.oid = ANY ($1::oid[]))";

static int ask_target(struct fill *fill, const struct history_place *place, const char *name,
	const char **lines, struct fault *fault)
{
	const char *sql = history_sql(fill->load->arena, place, name);
	struct bytes text = { 0 };
	struct libpq_rows rows;

	if (sql == NULL)
		return fault_memory(fault);
	if (load_ask(fill->load, sql, NULL, 0, &rows, fault) != 0)
		return fault->status;
	for (size_t i = 0; i < rows.count; i++)
		if (libpq_cell(&rows, i, 0) != NULL)
			bytes_format(&text, "%s\n", libpq_cell(&rows, i, 0));
	*lines = fill_settle(fill, &text, fault);
	return fault->status;
}

static const char *or_none(const char *name)
{
	return name == NULL ? "none" : name;
}

static void tell_difference(struct fill *fill, const struct history_place *place,
	const struct history *history)
{
	const bool strange = history->verdict == HISTORY_STRANGE && place->apart;
	const enum look_verdict verdict = strange || fill->other_migrations ? LOOK_TODO : LOOK_STOP;
	const char *help = verdict == LOOK_TODO ? "" : ", or go on all the same "
		"(--other-migrations)";

	if (strange)
		fill_find(fill, verdict, 0, "%s: source and target have no migration in common "
			"(source at %s, target at %s); columns are matched one by one",
			place->table, history->last[0], history->last[1]);
	else if (history->verdict == HISTORY_AHEAD)
		fill_find(fill, verdict, STATUS_MISFIT, "%s: the target is ahead of the source by "
			"%zu migration%s, the first is %s (source at %s, target at %s): migrate "
			"the source, too (%s)%s", place->table, history->only[1],
			history->only[1] == 1 ? "" : "s", history->first[1],
			or_none(history->last[0]), or_none(history->last[1]), place->command, help);
	else if (history->verdict == HISTORY_BEHIND)
		fill_find(fill, verdict, STATUS_MISFIT, "%s: the target is behind the source by "
			"%zu migration%s, the first is %s (source at %s, target at %s): migrate "
			"the target first (%s)%s", place->table, history->only[0],
			history->only[0] == 1 ? "" : "s", history->first[0],
			or_none(history->last[0]), or_none(history->last[1]), place->command, help);
	else
		fill_find(fill, verdict, STATUS_MISFIT, "%s: source and target went different "
			"ways: %s ran only in the source, %s only in the target: bring both to the "
			"same migrations (%s)%s", place->table, history->first[0],
			history->first[1], place->command, help);
}

static int look_at_place(struct fill *fill, const struct object *object,
	const struct history_place *place, struct fault *fault)
{
	const char *parameters[2] = { fill->inventory.oid_list, place->table };
	struct history history;
	struct libpq_rows rows;
	const char *lines = "";

	if (load_ask(fill->load, find_places, parameters, 2, &rows, fault) != 0)
		return fault->status;
	if (rows.count != 1 || object->sql == NULL) {
		fill_find(fill, LOOK_TODO, 0, "%s: %s, so that nothing tells whether the tables "
			"are as old as the source's", place->table, object->sql == NULL ?
			object->remark : rows.count == 0 ? "it is not in the target" :
			"there are several in the target");
		return 0;
	}
	if (ask_target(fill, place, libpq_cell(&rows, 0, 0), &lines, fault) != 0 ||
		history_compare(fill->load->arena, object->sql, lines, &history, fault) != 0)
		return fault->status;
	if (history.verdict == HISTORY_SAME)
		fill_find(fill, LOOK_OK, 0, "%s: source and target have run the same %zu "
			"migration%s", place->table, history.shared,
			history.shared == 1 ? "" : "s");
	else
		tell_difference(fill, place, &history);
	return 0;
}

int fill_look_at_migrations(struct fill *fill, struct fault *fault)
{
	for (size_t i = 0; i < fill->object_count && fault->status == 0; i++) {
		const struct object *object = &fill->objects[i];
		const struct history_place *place = strcmp(object->kind, HISTORY_KIND) != 0 ?
			NULL : history_find(object->name);

		if (place != NULL)
			look_at_place(fill, object, place, fault);
	}
	return fault->status;
}
