#include "flow/past.h"

#include <string.h>

#include "base/tree.h"
#include "flow/report.h"

struct reading {
	struct arena *arena;
	struct fault *fault;
};

/* --- members ---------------------------------------------------------------------------------- */

static void complain(struct reading *reading, const struct tree *above, const char *name,
	const char *what)
{
	struct bytes place = { 0 };

	tree_place(&place, above);
	if (name != NULL)
		bytes_format(&place, "%s%s", place.size > 0 ? "." : "", name);
	fault_set(reading->fault, STATUS_STREAM, "it is damaged: %.*s %s", (int)place.size,
		place.data == NULL ? "" : (const char *)place.data, what);
	bytes_close(&place);
}

/* NULL, and a fault, when it is not there; NULL alone when it is null and may be. */
static const struct tree *member(struct reading *reading, const struct tree *from,
	const char *name, bool may_be_null)
{
	const struct tree *found = tree_find(from, name);

	if (found == NULL)
		complain(reading, from, name, "is missing");
	else if (found->kind == TREE_NULL && !may_be_null)
		complain(reading, from, name, "is null");
	return found == NULL || found->kind == TREE_NULL ? NULL : found;
}

static const char *text_of(struct reading *reading, const struct tree *tree)
{
	if (tree->kind == TREE_TEXT)
		return tree->text;
	complain(reading, tree, NULL, "is no text");
	return "";
}

static const char *get_text(struct reading *reading, const struct tree *from, const char *name)
{
	const struct tree *found = member(reading, from, name, false);

	return found == NULL ? "" : text_of(reading, found);
}

static const char *get_maybe(struct reading *reading, const struct tree *from, const char *name)
{
	const struct tree *found = member(reading, from, name, true);

	return found == NULL ? NULL : text_of(reading, found);
}

static uint64_t get_number(struct reading *reading, const struct tree *from, const char *name)
{
	const struct tree *found = member(reading, from, name, false);
	uint64_t value = 0;

	if (found != NULL && !tree_whole(found, &value))
		complain(reading, found, NULL, "is no whole number from 0 on");
	return value;
}

static double get_seconds(struct reading *reading, const struct tree *from, const char *name)
{
	const struct tree *found = member(reading, from, name, false);
	double value = 0;

	if (found != NULL && (!tree_real(found, &value) || value < 0))
		complain(reading, found, NULL, "is no number of seconds");
	return value;
}

static bool get_flag(struct reading *reading, const struct tree *from, const char *name)
{
	const struct tree *found = member(reading, from, name, false);

	if (found != NULL && found->kind != TREE_TRUE && found->kind != TREE_FALSE)
		complain(reading, found, NULL, "is neither true nor false");
	return found != NULL && found->kind == TREE_TRUE;
}

/* What older reports do not have is not missed. */
static bool has(const struct tree *from, const char *name)
{
	return tree_find(from, name) != NULL;
}

/* NULL: it is null, or a fault. */
static const struct tree *get_object(struct reading *reading, const struct tree *from,
	const char *name)
{
	const struct tree *found = member(reading, from, name, true);

	if (found != NULL && found->kind != TREE_OBJECT)
		complain(reading, found, NULL, "is no object");
	return found != NULL && found->kind == TREE_OBJECT ? found : NULL;
}

/*
 * Room for what a list holds, and its first item; NULL, and no room, when it is empty or a fault.
 * An empty list is a list, too: count says how many there are.
 */
static const struct tree *get_list(struct reading *reading, const struct tree *from,
	const char *name, size_t item, void **items, size_t *count)
{
	const struct tree *found = member(reading, from, name, false);

	*items = NULL;
	*count = 0;
	if (found != NULL && found->kind != TREE_LIST)
		complain(reading, found, NULL, "is no list");
	if (reading->fault->status != 0 || found == NULL || found->count == 0)
		return NULL;
	*items = arena_array(reading->arena, found->count, item);
	if (*items == NULL) {
		fault_memory(reading->fault);
		return NULL;
	}
	*count = found->count;
	return found->first;
}

/* --- the load --------------------------------------------------------------------------------- */

static void get_parts(struct reading *reading, const struct tree *from, struct past_parts *parts)
{
	const struct tree *item;
	void *room;

	if (!has(from, "timeline"))
		return;
	item = get_list(reading, from, "timeline", sizeof(*parts->items), &room, &parts->count);
	parts->items = room;
	for (size_t i = 0; item != NULL; item = item->next, i++)
		parts->items[i] = (struct past_part){ get_text(reading, item, "part"),
			get_seconds(reading, item, "began"),
			get_seconds(reading, item, "seconds") };
}

static void get_changes(struct reading *reading, const struct tree *from, struct past_table *table)
{
	const struct tree *item;
	void *room;

	item = get_list(reading, from, "changed", sizeof(*table->changes), &room,
		&table->change_count);
	table->changes = room;
	for (size_t i = 0; item != NULL; item = item->next, i++) {
		table->changes[i] = (struct past_change){ get_text(reading, item, "column"),
			get_text(reading, item, "kind"), get_number(reading, item, "count") };
		table->changed += table->changes[i].count;
	}
}

static void get_widened(struct reading *reading, const struct tree *from, struct past_table *table)
{
	const struct tree *item;
	void *room;

	item = get_list(reading, from, "widened", sizeof(*table->widened), &room,
		&table->widened_count);
	table->widened = room;
	for (size_t i = 0; item != NULL; item = item->next, i++)
		table->widened[i] = (struct past_widened){ get_text(reading, item, "column"),
			get_text(reading, item, "type"), get_text(reading, item, "why") };
}

static void get_remarks(struct reading *reading, const struct tree *from,
	struct past_table *table)
{
	const struct tree *item;
	void *room;

	item = get_list(reading, from, "remarks", sizeof(*table->remarks.items), &room,
		&table->remarks.count);
	table->remarks.items = room;
	for (size_t i = 0; item != NULL; item = item->next, i++)
		table->remarks.items[i] = text_of(reading, item);
}

static void get_table(struct reading *reading, const struct tree *from, struct past_table *table)
{
	table->source = get_text(reading, from, "source");
	table->name = get_text(reading, from, "table");
	table->extracted = get_number(reading, from, "extracted");
	table->filtered = get_number(reading, from, "filtered");
	table->rejected = get_number(reading, from, "rejected");
	table->loaded = get_number(reading, from, "loaded");
	table->deleted = has(from, "deleted") ? get_number(reading, from, "deleted") : 0;
	table->bytes = get_number(reading, from, "bytes");
	table->began = has(from, "began") ? get_seconds(reading, from, "began") : 0;
	table->seconds = get_seconds(reading, from, "seconds");
	table->per_second = get_number(reading, from, "rows_per_second");
	table->todos = get_number(reading, from, "todos");
	get_changes(reading, from, table);
	get_widened(reading, from, table);
	get_remarks(reading, from, table);
}

static void get_views(struct reading *reading, const struct tree *from, struct past_load *load)
{
	const struct tree *item;
	void *room;

	item = get_list(reading, from, "views", sizeof(*load->views), &room, &load->view_count);
	load->views = room;
	for (size_t i = 0; item != NULL; item = item->next, i++)
		load->views[i] = (struct past_view){ get_maybe(reading, item, "schema"),
			get_text(reading, item, "view"), get_maybe(reading, item, "remark") };
}

static void get_left_out(struct reading *reading, const struct tree *from,
	struct past_load *load)
{
	const struct tree *item;
	void *room;

	item = get_list(reading, from, "left_out", sizeof(*load->left_out), &room,
		&load->left_out_count);
	load->left_out = room;
	for (size_t i = 0; item != NULL; item = item->next, i++)
		load->left_out[i] = (struct past_left_out){ get_text(reading, item, "source"),
			get_number(reading, item, "extracted") };
}

static void get_todos(struct reading *reading, const struct tree *from, struct past_load *load)
{
	const struct tree *item;
	void *room;

	item = get_list(reading, from, "todo", sizeof(*load->todos), &room, &load->todo_count);
	load->todos = room;
	for (size_t i = 0; item != NULL; item = item->next, i++)
		load->todos[i] = (struct past_todo){ get_text(reading, item, "kind"),
			get_maybe(reading, item, "name"), get_maybe(reading, item, "table"),
			get_text(reading, item, "reason"), get_maybe(reading, item, "sql") };
}

static void check_version(struct reading *reading, const struct tree *from)
{
	const uint64_t version = get_number(reading, from, "version");

	if (version != REPORT_VERSION)
		fault_set(reading->fault, STATUS_STREAM, "it has version %llu, this program reads "
			"version %d: written by a%s rowpipe", (unsigned long long)version,
			REPORT_VERSION, version > REPORT_VERSION ? " newer" : "n older");
}

static void get_load(struct reading *reading, const struct tree *from, struct past_load *load)
{
	const struct tree *target, *item;
	void *room;

	check_version(reading, from);
	load->verdict = get_text(reading, from, "verdict");
	load->seconds = get_seconds(reading, from, "seconds");
	get_parts(reading, from, &load->parts);
	target = get_object(reading, from, "target");
	if (target != NULL) {
		load->server = get_maybe(reading, target, "server");
		load->where = get_maybe(reading, target, "where");
		load->database = get_maybe(reading, target, "database");
		load->user = get_maybe(reading, target, "user");
	}
	item = get_list(reading, from, "tables", sizeof(*load->tables), &room, &load->table_count);
	load->tables = room;
	for (size_t i = 0; item != NULL; item = item->next, i++)
		get_table(reading, item, &load->tables[i]);
	get_views(reading, from, load);
	get_left_out(reading, from, load);
	get_todos(reading, from, load);
}

/* --- the verification ------------------------------------------------------------------------- */

static void get_proof(struct reading *reading, const struct tree *from, struct past_proof *proof)
{
	const struct tree *item;
	void *room;

	proof->source = has(from, "source") ? get_text(reading, from, "source") : NULL;
	proof->table = get_text(reading, from, "table");
	proof->equal = get_flag(reading, from, "equal");
	proof->expected = get_number(reading, from, "expected");
	proof->found = get_number(reading, from, "found");
	proof->missing = get_number(reading, from, "missing");
	proof->extra = get_number(reading, from, "extra");
	proof->changed = get_number(reading, from, "changed");
	proof->began = has(from, "began") ? get_seconds(reading, from, "began") : 0;
	proof->seconds = get_seconds(reading, from, "seconds");
	item = get_list(reading, from, "columns", sizeof(*proof->columns), &room,
		&proof->column_count);
	proof->columns = room;
	for (size_t i = 0; item != NULL; item = item->next, i++)
		proof->columns[i] = (struct past_column){ get_text(reading, item, "column"),
			get_number(reading, item, "changed") };
}

static void get_findings(struct reading *reading, const struct tree *from,
	struct past_verification *verification)
{
	const struct tree *item;
	void *room;

	item = get_list(reading, from, "findings", sizeof(*verification->findings), &room,
		&verification->finding_count);
	verification->findings = room;
	for (size_t i = 0; item != NULL; item = item->next, i++)
		verification->findings[i] = (struct past_finding){
			get_text(reading, item, "table"), get_text(reading, item, "kind"),
			get_maybe(reading, item, "name"), get_maybe(reading, item, "expected"),
			get_maybe(reading, item, "found"),
			get_flag(reading, item, "same_in_source") };
}

static void get_verification(struct reading *reading, const struct tree *from,
	struct past_verification *verification)
{
	const struct tree *item;
	void *room;

	verification->status = get_text(reading, from, "status");
	verification->equal = get_flag(reading, from, "equal");
	verification->subset = get_flag(reading, from, "subset");
	verification->rows = get_number(reading, from, "rows");
	verification->missing = get_number(reading, from, "missing");
	verification->extra = get_number(reading, from, "extra");
	verification->changed = get_number(reading, from, "changed");
	verification->seconds = get_seconds(reading, from, "seconds");
	get_findings(reading, from, verification);
	item = get_list(reading, from, "tables", sizeof(*verification->proofs), &room,
		&verification->proof_count);
	verification->proofs = room;
	for (size_t i = 0; item != NULL; item = item->next, i++)
		get_proof(reading, item, &verification->proofs[i]);
}

/* --- the run ---------------------------------------------------------------------------------- */

static void get_source(struct reading *reading, const struct tree *from, struct past_run *run)
{
	const struct tree *source = get_object(reading, from, "source");

	if (source == NULL)
		return;
	run->source = get_text(reading, source, "path");
	run->source_bytes = get_number(reading, source, "bytes");
	run->snapshot = get_flag(reading, source, "snapshot");
	run->written_to = get_flag(reading, source, "written_to");
}

/* Room for a member's own structure, which the run points to from then on. */
static void *make(struct reading *reading, size_t size)
{
	void *room = arena_alloc(reading->arena, size);

	if (room == NULL)
		fault_memory(reading->fault);
	return room;
}

static void get_run(struct reading *reading, const struct tree *from, struct past_run *run)
{
	const struct tree *load = get_object(reading, from, "load");
	const struct tree *verification = get_object(reading, from, "verification");
	struct past_load *loaded = load == NULL ? NULL : make(reading, sizeof(*loaded));
	struct past_verification *verified = verification == NULL ? NULL :
		make(reading, sizeof(*verified));

	run->rowpipe = get_text(reading, from, "rowpipe");
	run->command = get_text(reading, from, "command");
	run->verdict = get_text(reading, from, "verdict");
	run->status = get_number(reading, from, "status");
	run->error = get_maybe(reading, from, "error");
	run->next = get_maybe(reading, from, "next");
	run->started = get_text(reading, from, "started");
	run->ended = get_text(reading, from, "ended");
	run->seconds = get_seconds(reading, from, "seconds");
	get_parts(reading, from, &run->parts);
	run->folder = get_text(reading, from, "folder");
	run->database = get_maybe(reading, from, "database");
	run->archive_bytes = get_number(reading, from, "archive_bytes");
	run->kept_bytes = get_number(reading, from, "kept_bytes");
	get_source(reading, from, run);
	if (loaded != NULL)
		get_load(reading, load, loaded);
	if (verified != NULL)
		get_verification(reading, verification, verified);
	run->load = loaded;
	run->verification = verified;
}

int past_read(struct arena *arena, const uint8_t *data, size_t size, struct past_run *run,
	struct fault *fault)
{
	struct reading reading = { arena, fault };
	const struct tree *root = tree_read(arena, data, size, fault);

	if (root == NULL)
		return fault->status;
	*run = (struct past_run){ 0 };
	if (root->kind != TREE_OBJECT)
		return fault_set(fault, STATUS_STREAM, "it is no report of a run");
	check_version(&reading, root);
	if (fault->status == 0)
		get_run(&reading, root, run);
	return fault->status;
}

/* --- what follows from it --------------------------------------------------------------------- */

const struct past_proof *past_proof_of(const struct past_run *run, const struct past_table *table)
{
	const struct past_verification *verification = run->verification;
	const size_t count = verification == NULL ? 0 : verification->proof_count;
	const size_t place = (size_t)(table - run->load->tables);

	/* It mostly stands where the table stands. */
	for (size_t i = 0; i < count; i++) {
		const struct past_proof *proof = &verification->proofs[(place + i) % count];

		if (proof->source != NULL && strcmp(proof->source, table->source) == 0)
			return proof;
	}
	return NULL;
}

static bool differs(const struct past_finding *finding)
{
	return !finding->same_in_source && strcmp(finding->kind, "rows") != 0;
}

uint64_t past_differences(const struct past_run *run, const struct past_proof *proof)
{
	const struct past_verification *verification = run->verification;
	uint64_t count = proof->missing + proof->extra + proof->changed;

	for (size_t i = 0; i < verification->finding_count; i++)
		count += differs(&verification->findings[i]) &&
			strcmp(verification->findings[i].table, proof->table) == 0;
	return count;
}

size_t past_findings(const struct past_verification *verification, bool missing)
{
	size_t count = 0;

	for (size_t i = 0; i < verification->finding_count; i++)
		count += differs(&verification->findings[i]) && (!missing ||
			strcmp(verification->findings[i].kind, "table") == 0);
	return count;
}

/* NAME.new, in the server of one's own: NAME was in use. */
static bool is_unnamed(const struct past_run *run)
{
	static const char end[] = ".new";
	const size_t size = run->database == NULL ? 0 : strlen(run->database);

	return size > strlen(end) && strcmp(run->database + size - strlen(end), end) == 0;
}

enum past_verdict past_judge(const struct past_run *run)
{
	const char *load = run->load == NULL ? "" : run->load->verdict;
	const bool there = strcmp(load, "loaded") == 0 || strcmp(load, "already complete") == 0;

	if (strcmp(run->verdict, "different") == 0)
		return PAST_DIFFERENT;
	if (run->status != 0 && there)
		return is_unnamed(run) ? PAST_UNNAMED : PAST_NOT_PROVED;
	if (run->status != 0)
		return strcmp(run->verdict, "stopped") == 0 ? PAST_STOPPED : PAST_FAILED;
	if (strcmp(load, "rolled back") == 0)
		return PAST_ROLLED_BACK;
	if (run->verification == NULL)
		return PAST_NOT_VERIFIED;
	return run->verification->equal ? PAST_EQUAL : PAST_DIFFERENT;
}
