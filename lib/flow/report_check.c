#include "flow/report_check.h"

#include <string.h>

#include "base/print.h"
#include "row/print_plan.h"

void report_check_line(struct bytes *to, enum report_word word, const char *line)
{
	static const char *const words[] = { "ok   ", "to-do", "stop " };

	bytes_format(to, "%s  ", words[word]);
	print_visible(to, line == NULL ? "" : line, line == NULL ? 0 : strlen(line));
	bytes_add_byte(to, '\n');
}

void report_check_table(struct bytes *to, struct arena *arena, const struct table *table)
{
	for (size_t i = 0; i < table->column_count; i++) {
		const struct column *column = &table->columns[i];
		const char *why = plan_note_decides(column->note);

		if (why != NULL)
			report_check_line(to, REPORT_TODO, arena_format(arena,
				"%s.%s becomes %s: %.*s", table->source, column->source,
				column->target, (int)strcspn(why, "\n"), why));
	}
	for (size_t i = 0; i < table->remarks.count; i++)
		report_check_line(to, REPORT_TODO, arena_format(arena, "%s: %s", table->source,
			table->remarks.items[i]));
}

void report_check_todo(struct bytes *to, struct arena *arena, const struct report_todo *todo)
{
	report_check_line(to, REPORT_TODO, arena_format(arena, "%s %s%s%s: %s", todo->kind,
		todo->name == NULL ? "" : todo->name, todo->table == NULL ? "" : " of ",
		todo->table == NULL ? "" : todo->table, todo->reason));
}
