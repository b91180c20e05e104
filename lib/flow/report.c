#include "flow/report.h"

#include <string.h>
#include <time.h>

#include "base/print.h"
#include "flow/report_print.h"
#include "row/describe.h"
#include "row/print_plan.h"

void report_enter(struct report_parts *parts, const char *name, double now)
{
	if (parts->count > 0 && parts->count <= REPORT_PARTS)
		parts->items[parts->count - 1].ended = now;
	if (name != NULL && parts->count < REPORT_PARTS)
		parts->items[parts->count++] = (struct report_part){ name, now, now };
}

/* --- what was done ---------------------------------------------------------------------------- */

/* What rows-retype and rows-set changed in a table's columns, but for what a plan skipped. */
static const struct count *next_change(const struct report_load *load, const char *table,
	size_t *tally, size_t *place)
{
	for (; *tally < load->ending->tally_count; ++*tally, *place = 0) {
		const struct tally *from = &load->ending->tallies[*tally];

		if (strcmp(from->tool, "rows-retype") != 0 && strcmp(from->tool, "rows-set") != 0)
			continue;
		while (*place < from->count_count) {
			const struct count *count = &from->counts[(*place)++];

			if (count->table != NULL && count->column != NULL &&
				strcmp(count->table, table) == 0 &&
				strcmp(count->kind, plan_skipped) != 0)
				return count;
		}
	}
	return NULL;
}

static uint64_t count_changes(const struct report_load *load, const char *table)
{
	const struct count *count;
	size_t tally = 0, place = 0;
	uint64_t sum = 0;

	while ((count = next_change(load, table, &tally, &place)) != NULL)
		sum += count->count;
	return sum;
}

static uint64_t count_widened(const struct table *table)
{
	uint64_t count = 0;

	for (size_t i = 0; i < table->column_count; i++)
		count += plan_note_decides(table->columns[i].note) != NULL;
	return count;
}

void report_load_count(struct report_load *load)
{
	for (size_t i = 0; i < load->table_count; i++) {
		struct report_table *table = &load->tables[i];

		table->extracted = load->ending->totals[i].extracted;
		table->filtered = load->ending->totals[i].filtered;
		table->rejected = load->ending->totals[i].rejected;
		for (size_t j = 0; j < load->todo_count; j++)
			table->todos += load->todos[j].table != NULL &&
				strcmp(load->todos[j].table, table->definition->source) == 0;
	}
}

uint64_t report_source_bytes(const struct ending *ending)
{
	for (size_t i = 0; i < ending->tally_count; i++)
		for (size_t j = 0; j < ending->tallies[i].count_count; j++)
			if (strcmp(ending->tallies[i].counts[j].kind, "bytes of the source") == 0)
				return ending->tallies[i].counts[j].count;
	return 0;
}

/* --- for people ------------------------------------------------------------------------------- */

static struct report_line make_line(const void *from, size_t place)
{
	const struct report_load *load = from;
	const struct report_table *table = &load->tables[place];

	return (struct report_line){ .name = table->name, .rows = table->loaded,
		.deleted = table->deleted, .bytes = table->bytes, .seconds = table->seconds,
		.widened = count_widened(table->definition),
		.changed = count_changes(load, table->definition->source),
		.todos = table->todos };
}

void report_load_print(struct bytes *to, const struct report_load *load)
{
	report_print_load(to, &(struct report_lines){ .verdict = load->verdict, .from = load,
		.line = make_line, .count = load->table_count, .there = load->there,
		.views = load->view_count, .todos = load->todo_count });
	if (load->whole != NULL)
		bytes_format(to, "one transaction, which could not have been gone on with: %s\n",
			load->whole);
	if (load->retries > 0)
		bytes_format(to, "it was tried again %llu time%s\n",
			(unsigned long long)load->retries, load->retries == 1 ? "" : "s");
}

void report_upsert_print(struct bytes *to, const struct report_upsert *upsert)
{
	bytes_add_text(to, upsert->there ? "already applied, 0 rows to do" :
		upsert->dry ? "rolled back: " : "applied: ");
	if (!upsert->there) {
		describe_count(to, upsert->written, "row");
		bytes_add_text(to, " written, ");
		describe_number(to, upsert->deleted);
		bytes_add_text(to, " deleted");
	}
	bytes_add_byte(to, '\n');
}

/* --- JSON ------------------------------------------------------------------------------------- */

/* A member: what stands before it tells whether a comma is needed. */
static void key(struct bytes *to, const char *name)
{
	const uint8_t last = to->size == 0 ? '{' : to->data[to->size - 1];

	if (last != '{' && last != '[')
		bytes_add_byte(to, ',');
	if (name != NULL)
		bytes_format(to, "\"%s\":", name);
}

static void add_text(struct bytes *to, const char *name, const char *value)
{
	key(to, name);
	if (value == NULL)
		bytes_add_text(to, "null");
	else
		print_json(to, value, strlen(value));
}

static void add_number(struct bytes *to, const char *name, uint64_t value)
{
	key(to, name);
	bytes_format(to, "%llu", (unsigned long long)value);
}

static void add_real(struct bytes *to, const char *name, double value)
{
	key(to, name);
	bytes_format(to, "%.3f", value);
}

static void enter(struct bytes *to, const char *name, char bracket)
{
	key(to, name);
	bytes_add_byte(to, (uint8_t)bracket);
}

static void leave(struct bytes *to, char bracket)
{
	bytes_add_byte(to, (uint8_t)bracket);
}

static void add_parts(struct bytes *to, const struct report_parts *parts)
{
	enter(to, "timeline", '[');
	for (size_t i = 0; i < parts->count; i++) {
		enter(to, NULL, '{');
		add_text(to, "part", parts->items[i].name);
		add_real(to, "began", parts->items[i].began);
		add_real(to, "seconds", parts->items[i].ended - parts->items[i].began);
		leave(to, '}');
	}
	leave(to, ']');
}

static void add_flag(struct bytes *to, const char *name, bool value)
{
	key(to, name);
	bytes_add_text(to, value ? "true" : "false");
}

static void add_hash(struct bytes *to, const char *name, const uint8_t hash[16])
{
	key(to, name);
	bytes_add_byte(to, '"');
	print_hex(to, hash, 16);
	bytes_add_byte(to, '"');
}

static void add_sources(struct bytes *to, const struct hello *hello)
{
	enter(to, "sources", '[');
	for (size_t i = 0; i < hello->source_count; i++) {
		enter(to, NULL, '{');
		add_text(to, "kind", hello->sources[i].kind);
		add_text(to, "name", hello->sources[i].name);
		add_text(to, "encoding", hello->sources[i].encoding);
		add_hash(to, "fingerprint", hello->sources[i].fingerprint);
		leave(to, '}');
	}
	leave(to, ']');
}

static void add_stages(struct bytes *to, const struct hello *hello)
{
	enter(to, "stages", '[');
	for (size_t i = 0; i < hello->stage_count; i++) {
		const struct stage *stage = &hello->stages[i];

		enter(to, NULL, '{');
		add_text(to, "tool", stage->tool);
		add_text(to, "version", stage->version);
		enter(to, "options", '[');
		for (size_t j = 0; j < stage->setting_count; j++) {
			enter(to, NULL, '[');
			add_text(to, NULL, stage->settings[j].option);
			add_text(to, NULL, stage->settings[j].value);
			leave(to, ']');
		}
		leave(to, ']');
		leave(to, '}');
	}
	enter(to, NULL, '{');
	add_text(to, "tool", "pg-load");
	add_text(to, "version", ROWPIPE_VERSION);
	enter(to, "options", '[');
	bytes_add_text(to, "]}]");
}

static void add_changes(struct bytes *to, const struct report_load *load, const char *table)
{
	const struct count *count;
	size_t tally = 0, place = 0;

	enter(to, "changed", '[');
	while ((count = next_change(load, table, &tally, &place)) != NULL) {
		enter(to, NULL, '{');
		add_text(to, "column", count->column);
		add_text(to, "kind", count->kind);
		add_number(to, "count", count->count);
		leave(to, '}');
	}
	leave(to, ']');
}

static void add_widened(struct bytes *to, const struct table *table)
{
	enter(to, "widened", '[');
	for (size_t i = 0; i < table->column_count; i++) {
		const struct column *column = &table->columns[i];
		const char *why = plan_note_decides(column->note);

		if (why == NULL)
			continue;
		enter(to, NULL, '{');
		add_text(to, "column", column->source);
		add_text(to, "type", column->target);
		key(to, "why");
		print_json(to, why, strcspn(why, "\n"));
		leave(to, '}');
	}
	leave(to, ']');
}

static void add_table(struct bytes *to, const struct report_load *load,
	const struct report_table *table)
{
	enter(to, NULL, '{');
	add_text(to, "source", table->definition->source);
	add_text(to, "table", table->name);
	add_number(to, "extracted", table->extracted);
	add_number(to, "filtered", table->filtered);
	add_number(to, "rejected", table->rejected);
	add_number(to, "loaded", table->loaded);
	add_number(to, "deleted", table->deleted);
	add_number(to, "bytes", table->bytes);
	add_real(to, "began", table->began);
	add_real(to, "seconds", table->seconds);
	add_number(to, "rows_per_second",
		table->seconds > 0 ? (uint64_t)((double)table->loaded / table->seconds) : 0);
	add_flag(to, "binary", table->binary);
	add_changes(to, load, table->definition->source);
	add_widened(to, table->definition);
	enter(to, "remarks", '[');
	for (size_t i = 0; i < table->definition->remarks.count; i++)
		add_text(to, NULL, table->definition->remarks.items[i]);
	leave(to, ']');
	add_number(to, "todos", table->todos);
	leave(to, '}');
}

static void add_views(struct bytes *to, const struct report_load *load)
{
	enter(to, "views", '[');
	for (size_t i = 0; i < load->view_count; i++) {
		enter(to, NULL, '{');
		add_text(to, "schema", load->views[i].schema);
		add_text(to, "view", load->views[i].name);
		add_text(to, "remark", load->views[i].remark);
		leave(to, '}');
	}
	leave(to, ']');
}

static void add_left_out(struct bytes *to, const struct ending *ending)
{
	enter(to, "left_out", '[');
	for (size_t i = 0; i < ending->left_out_count; i++) {
		enter(to, NULL, '{');
		add_text(to, "source", ending->left_out[i].name);
		add_number(to, "extracted", ending->left_out[i].extracted);
		leave(to, '}');
	}
	leave(to, ']');
}

static void add_todos(struct bytes *to, const struct report_load *load)
{
	enter(to, "todo", '[');
	for (size_t i = 0; i < load->todo_count; i++) {
		const struct report_todo *todo = &load->todos[i];

		enter(to, NULL, '{');
		add_text(to, "kind", todo->kind);
		add_text(to, "name", todo->name);
		add_text(to, "table", todo->table);
		add_text(to, "reason", todo->reason);
		add_text(to, "sql", todo->sql);
		leave(to, '}');
	}
	leave(to, ']');
}

void report_load_json(struct bytes *to, const struct report_load *load)
{
	enter(to, NULL, '{');
	add_number(to, "version", REPORT_VERSION);
	add_text(to, "verdict", load->verdict);
	add_hash(to, "stream", load->hello->stream);
	add_hash(to, "chain", load->ending->chain);
	add_real(to, "seconds", load->seconds);
	add_flag(to, "staged", load->staged);
	add_number(to, "already_there", load->there);
	add_number(to, "retries", load->retries);
	add_text(to, "one_transaction", load->whole);
	add_parts(to, &load->parts);
	add_sources(to, load->hello);
	add_stages(to, load->hello);
	enter(to, "target", '{');
	add_text(to, "server", load->target.server);
	add_text(to, "where", load->target.where);
	add_text(to, "database", load->target.database);
	add_text(to, "user", load->target.user);
	leave(to, '}');
	enter(to, "tables", '[');
	for (size_t i = 0; i < load->table_count; i++)
		add_table(to, load, &load->tables[i]);
	leave(to, ']');
	add_views(to, load);
	add_left_out(to, load->ending);
	add_todos(to, load);
	leave(to, '}');
}

/* --- a run ------------------------------------------------------------------------------------ */

static const char *verdict_of(const struct report_run *run)
{
	if (run->status == 0)
		return "complete";
	if (run->status == STATUS_NO)
		return "different";
	return run->status > 128 && run->status < 128 + 64 ? "stopped" : "failed";
}

static void add_time(struct bytes *to, const char *name, int64_t seconds)
{
	char text[32] = "";
	struct tm parts;
	time_t when = (time_t)seconds;

	if (gmtime_r(&when, &parts) != NULL)
		strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &parts);
	add_text(to, name, text);
}

static void add_source(struct bytes *to, const struct report_run *run)
{
	if (run->source == NULL) {
		add_text(to, "source", NULL);
		return;
	}
	enter(to, "source", '{');
	add_text(to, "path", run->source);
	add_number(to, "bytes", run->source_bytes);
	add_flag(to, "snapshot", run->snapshot);
	add_flag(to, "written_to", run->written_to);
	leave(to, '}');
}

void report_run_json(struct bytes *to, const struct report_run *run)
{
	enter(to, NULL, '{');
	add_number(to, "version", REPORT_VERSION);
	add_text(to, "rowpipe", ROWPIPE_VERSION);
	add_text(to, "command", run->command);
	add_text(to, "verdict", verdict_of(run));
	add_number(to, "status", (uint64_t)run->status);
	add_text(to, "error", run->error);
	add_text(to, "next", run->next);
	add_time(to, "started", run->started);
	add_time(to, "ended", run->ended);
	add_real(to, "seconds", run->seconds);
	add_parts(to, &run->parts);
	add_text(to, "folder", run->folder);
	add_text(to, "database", run->database);
	add_number(to, "archive_bytes", run->archive_bytes);
	add_number(to, "kept_bytes", run->kept_bytes);
	add_source(to, run);
	key(to, "load");
	bytes_add_text(to, run->load == NULL ? "null" : run->load);
	key(to, "verification");
	bytes_add_text(to, run->verification == NULL ? "null" : run->verification);
	bytes_add_text(to, "}\n");
}
