#include "flow/report_print.h"

#include <stdio.h>

#include "base/print.h"
#include "base/utf8.h"
#include "row/describe.h"

enum { CELLS = 6 };

static const char *const heads[CELLS] = { "rows", "bytes", "seconds", "widened", "changed",
	"to-dos" };

/* Numbers as texts. */
struct cells {
	char texts[CELLS][32];
};

static void set_number(char cell[32], uint64_t number)
{
	struct bytes text = { 0 };

	describe_number(&text, number);
	snprintf(cell, 32, "%.*s", (int)(text.size < 31 ? text.size : 31),
		text.data == NULL ? "" : (const char *)text.data);
	bytes_close(&text);
}

static struct cells make_cells(const struct report_line *line)
{
	struct cells cells;

	set_number(cells.texts[0], line->rows);
	set_number(cells.texts[1], line->bytes);
	snprintf(cells.texts[2], sizeof(cells.texts[2]), "%.2f", line->seconds);
	set_number(cells.texts[3], line->widened);
	set_number(cells.texts[4], line->changed);
	set_number(cells.texts[5], line->todos);
	return cells;
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

static void measure(const struct report_lines *lines, size_t *name, size_t widths[CELLS])
{
	*name = strlen("table");
	for (size_t j = 0; j < CELLS; j++)
		widths[j] = strlen(heads[j]);
	for (size_t i = 0; i < lines->count; i++) {
		const struct report_line line = lines->line(lines->from, i);
		const struct cells cells = make_cells(&line);
		const size_t own = width_of(line.name);

		if (own > *name)
			*name = own;
		for (size_t j = 0; j < CELLS; j++)
			if (strlen(cells.texts[j]) > widths[j])
				widths[j] = strlen(cells.texts[j]);
	}
}

/* How many rows they have, and had before. */
static uint64_t print_tables(struct bytes *to, const struct report_lines *lines, uint64_t *deleted)
{
	size_t name, widths[CELLS];
	uint64_t rows = 0;

	measure(lines, &name, widths);
	add_name(to, "table", name);
	for (size_t j = 0; j < CELLS; j++)
		bytes_format(to, "  %*s", (int)widths[j], heads[j]);
	bytes_add_byte(to, '\n');
	for (size_t i = 0; i < lines->count; i++) {
		const struct report_line line = lines->line(lines->from, i);
		const struct cells cells = make_cells(&line);

		add_name(to, line.name, name);
		for (size_t j = 0; j < CELLS; j++)
			bytes_format(to, "  %*s", (int)widths[j], cells.texts[j]);
		bytes_add_byte(to, '\n');
		rows += line.rows;
		*deleted += line.deleted;
	}
	return rows;
}

void report_print_load(struct bytes *to, const struct report_lines *lines)
{
	uint64_t rows, deleted = 0;

	if (strcmp(lines->verdict, "already complete") == 0) {
		bytes_add_text(to, "already complete, 0 rows to do\n");
		return;
	}
	rows = print_tables(to, lines, &deleted);
	print_visible(to, lines->verdict, strlen(lines->verdict));
	bytes_add_text(to, ": ");
	describe_count(to, lines->count, "table");
	bytes_add_text(to, ", ");
	describe_count(to, rows, "row");
	if (lines->there > 0) {
		bytes_add_text(to, " (");
		describe_number(to, lines->there);
		bytes_add_text(to, " were there already, ");
		describe_number(to, rows - lines->there);
		bytes_add_text(to, " now)");
	}
	if (lines->views > 0) {
		bytes_add_text(to, ", ");
		describe_count(to, lines->views, "view");
	}
	if (deleted > 0) {
		bytes_add_text(to, ", in place of ");
		describe_count(to, deleted, "row");
	}
	bytes_add_text(to, "; ");
	describe_count(to, lines->todos, "to-do");
	bytes_add_byte(to, '\n');
}
