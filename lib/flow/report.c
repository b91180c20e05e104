#include "flow/report.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/print.h"
#include "base/utf8.h"
#include "row/describe.h"
#include "row/print_plan.h"

/* --- what was done ---------------------------------------------------------------------------- */

/* The counts that rows-retype has made of a table, but for what a plan skipped. */
static const struct count *next_change(const struct report_load *load, const char *table,
	size_t *tally, size_t *place)
{
	for (; *tally < load->ending->tally_count; ++*tally, *place = 0) {
		const struct tally *from = &load->ending->tallies[*tally];

		if (strcmp(from->tool, "rows-retype") != 0)
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

/* --- for people ------------------------------------------------------------------------------- */

enum { CELLS = 6 };

static const char *const heads[CELLS] = { "rows", "bytes", "seconds", "widened", "changed",
	"to-dos" };

/* A line of the table: numbers as texts. */
struct line {
	const char *name;
	char cells[CELLS][32];
};

static void set_number(char cell[32], uint64_t number)
{
	struct bytes text = { 0 };

	describe_number(&text, number);
	snprintf(cell, 32, "%.*s", (int)(text.size < 31 ? text.size : 31),
		text.data == NULL ? "" : (const char *)text.data);
	bytes_close(&text);
}

static struct line make_line(const struct report_load *load, const struct report_table *table)
{
	struct line line = { .name = table->name };

	set_number(line.cells[0], table->loaded);
	set_number(line.cells[1], table->bytes);
	snprintf(line.cells[2], sizeof(line.cells[2]), "%.2f", table->seconds);
	set_number(line.cells[3], count_widened(table->definition));
	set_number(line.cells[4], count_changes(load, table->definition->source));
	set_number(line.cells[5], table->todos);
	return line;
}

static size_t width_of(const char *name)
{
	struct bytes shown = { 0 };
	size_t width;

	print_visible(&shown, name, strlen(name));
	width = shown.failed ? 0 : utf8_characters(shown.data, shown.size);
	bytes_close(&shown);
	return width;
}

static void add_name(struct bytes *to, const char *name, size_t width)
{
	const size_t own = width_of(name);

	print_visible(to, name, strlen(name));
	for (size_t at = own; at < width; at++)
		bytes_add_byte(to, ' ');
}

static void measure(const struct report_load *load, size_t *name, size_t widths[CELLS])
{
	*name = strlen("table");
	for (size_t j = 0; j < CELLS; j++)
		widths[j] = strlen(heads[j]);
	for (size_t i = 0; i < load->table_count; i++) {
		const struct line line = make_line(load, &load->tables[i]);
		const size_t own = width_of(line.name);

		if (own > *name)
			*name = own;
		for (size_t j = 0; j < CELLS; j++)
			if (strlen(line.cells[j]) > widths[j])
				widths[j] = strlen(line.cells[j]);
	}
}

static void print_tables(struct bytes *to, const struct report_load *load)
{
	size_t name, widths[CELLS];

	measure(load, &name, widths);
	add_name(to, "table", name);
	for (size_t j = 0; j < CELLS; j++)
		bytes_format(to, "  %*s", (int)widths[j], heads[j]);
	bytes_add_byte(to, '\n');
	for (size_t i = 0; i < load->table_count; i++) {
		const struct line line = make_line(load, &load->tables[i]);

		add_name(to, line.name, name);
		for (size_t j = 0; j < CELLS; j++)
			bytes_format(to, "  %*s", (int)widths[j], line.cells[j]);
		bytes_add_byte(to, '\n');
	}
}

void report_load_print(struct bytes *to, const struct report_load *load)
{
	uint64_t rows = 0;

	if (strcmp(load->verdict, "already complete") == 0) {
		bytes_add_text(to, "already complete, 0 rows to do\n");
		return;
	}
	print_tables(to, load);
	for (size_t i = 0; i < load->table_count; i++)
		rows += load->tables[i].loaded;
	bytes_format(to, "%s: ", load->verdict);
	describe_count(to, load->table_count, "table");
	bytes_add_text(to, ", ");
	describe_count(to, rows, "row");
	if (load->there > 0) {
		bytes_add_text(to, " (");
		describe_number(to, load->there);
		bytes_add_text(to, " were there already, ");
		describe_number(to, rows - load->there);
		bytes_add_text(to, " now)");
	}
	if (load->view_count > 0) {
		bytes_add_text(to, ", ");
		describe_count(to, load->view_count, "view");
	}
	bytes_add_text(to, "; ");
	describe_count(to, load->todo_count, "to-do");
	bytes_add_byte(to, '\n');
	if (load->whole != NULL)
		bytes_format(to, "one transaction, which could not have been gone on with: %s\n",
			load->whole);
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

static void enter(struct bytes *to, const char *name, char bracket)
{
	key(to, name);
	bytes_add_byte(to, (uint8_t)bracket);
}

static void leave(struct bytes *to, char bracket)
{
	bytes_add_byte(to, (uint8_t)bracket);
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
	add_number(to, "bytes", table->bytes);
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
	add_text(to, "one_transaction", load->whole);
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
