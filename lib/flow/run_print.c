#include "flow/run_list.h"

#include <stdio.h>
#include <string.h>

#include "base/print.h"
#include "flow/shell.h"
#include "row/describe.h"

/* --- for people ------------------------------------------------------------------------------- */

static void add_visible(struct bytes *to, const char *text)
{
	print_visible(to, text, strlen(text));
}

/* 2026-01-02T03:04:05Z as 2026-01-02 03:04 */
static void add_moment(struct bytes *to, const char *moment)
{
	if (moment == NULL || strlen(moment) < 16)
		bytes_format(to, "%-16s", "-");
	else
		bytes_format(to, "%.10s %.5s", moment, moment + 11);
}

static void add_right(struct bytes *to, int width, const struct bytes *cell)
{
	bytes_format(to, "  %*.*s", width, (int)cell->size, (const char *)cell->data);
}

static void print_line(struct bytes *to, const struct run_line *line)
{
	struct bytes cell = { 0 };

	add_moment(to, line->started);
	bytes_format(to, "  %-9s", line->status);
	describe_number(&cell, line->rows);
	add_right(to, 13, &cell);
	bytes_clear(&cell);
	if (line->kept == NULL)
		bytes_add_byte(&cell, '-');
	else
		describe_size(&cell, line->kept->bytes);
	add_right(to, 8, &cell);
	bytes_add_text(to, "  ");
	shell_quote(to, line->word);
	if (line->source != NULL) {
		bytes_add_text(to, "  ");
		add_visible(to, line->source);
	}
	bytes_add_byte(to, '\n');
	to->failed |= cell.failed;
	bytes_close(&cell);
}

void run_list_print(struct bytes *to, const struct run_list *list)
{
	if (list->count > 0)
		bytes_format(to, "%-16s  %-9s  %13s  %8s  %s\n", "STARTED", "STATUS", "ROWS",
			"KEPT", "RUN, AND ITS SOURCE");
	for (size_t i = 0; i < list->count; i++)
		print_line(to, &list->lines[i]);
}

static void show_text(struct bytes *to, const char *name, const char *text)
{
	if (text == NULL)
		return;
	bytes_format(to, "%-13s ", name);
	add_visible(to, text);
	bytes_add_byte(to, '\n');
}

static void show_number(struct bytes *to, const char *name, uint64_t value)
{
	bytes_format(to, "%-13s ", name);
	describe_number(to, value);
	bytes_add_byte(to, '\n');
}

static void show_table(struct bytes *to, const struct run_line_table *table)
{
	bytes_format(to, "%-13s ", "table");
	add_visible(to, table->name);
	bytes_add_text(to, ", ");
	describe_count(to, table->rows, "row");
	bytes_add_text(to, table->there ? "\n" : ", is not there any more\n");
}

void run_list_show(struct bytes *to, const struct run_line *line)
{
	show_text(to, "status", line->status);
	show_text(to, "source", line->source);
	show_text(to, "stream", line->stream);
	show_text(to, "mode", line->mode);
	show_text(to, "pipeline", line->pipeline);
	show_text(to, "triggered by", line->triggered_by);
	show_text(to, "role", line->role);
	show_text(to, "started", line->started);
	show_text(to, "ended", line->ended);
	if (line->stream != NULL)
		show_number(to, "attempts", line->attempt);
	show_number(to, "rows", line->rows);
	if (line->stream != NULL)
		show_number(to, "rejects", line->rejects);
	for (size_t i = 0; i < line->table_count; i++)
		show_table(to, &line->tables[i]);
	show_text(to, "error", line->error);
	show_text(to, "goes on by", line->next);
	show_text(to, "folder", line->folder);
	if (line->kept == NULL)
		return;
	bytes_format(to, "%-13s ", "kept");
	describe_size(to, line->kept->bytes);
	bytes_add_text(to, line->kept->archive ? ", can be replayed\n" : ", without an archive\n");
}

/* --- for programs ----------------------------------------------------------------------------- */

static void json_text(struct bytes *to, const char *name, const char *text)
{
	bytes_format(to, "\"%s\":", name);
	if (text == NULL)
		bytes_add_text(to, "null");
	else
		print_json(to, text, strlen(text));
	bytes_add_byte(to, ',');
}

static void json_number(struct bytes *to, const char *name, uint64_t value)
{
	bytes_format(to, "\"%s\":%llu,", name, (unsigned long long)value);
}

static void json_tables(struct bytes *to, const struct run_line *line)
{
	bytes_add_text(to, "\"tables\":[");
	for (size_t i = 0; i < line->table_count; i++) {
		const struct run_line_table *table = &line->tables[i];

		bytes_add_text(to, i == 0 ? "{" : ",{");
		json_text(to, "source", table->source);
		json_text(to, "table", table->name);
		json_number(to, "rows", table->rows);
		bytes_format(to, "\"there\":%s}", table->there ? "true" : "false");
	}
	bytes_add_text(to, "],");
}

static void json_line(struct bytes *to, const struct run_line *line)
{
	bytes_add_byte(to, '{');
	json_text(to, "run", line->word);
	json_text(to, "status", line->status);
	json_text(to, "stream", line->stream);
	json_text(to, "mode", line->mode);
	json_text(to, "pipeline", line->pipeline);
	json_text(to, "source", line->source);
	json_text(to, "triggered_by", line->triggered_by);
	json_text(to, "role", line->role);
	json_text(to, "started", line->started);
	json_text(to, "ended", line->ended);
	json_number(to, "attempt", line->attempt);
	json_number(to, "rows", line->rows);
	json_number(to, "rejects", line->rejects);
	json_text(to, "error", line->error);
	json_text(to, "next", line->next);
	json_text(to, "folder", line->folder);
	json_number(to, "kept_bytes", line->kept == NULL ? 0 : line->kept->bytes);
	if (line->tables != NULL)
		json_tables(to, line);
	bytes_format(to, "\"archive\":%s}",
		line->kept != NULL && line->kept->archive ? "true" : "false");
}

void run_list_json(struct bytes *to, const struct run_line *lines, size_t count)
{
	bytes_add_text(to, "{\"version\":1,\"runs\":[");
	for (size_t i = 0; i < count; i++) {
		bytes_add_text(to, i == 0 ? "" : ",");
		json_line(to, &lines[i]);
	}
	bytes_add_text(to, "]}\n");
}
