#include <stdio.h>
#include <string.h>

#include "flow/paging.h"
#include "row/describe.h"

/* --- tables ----------------------------------------------------------------------------------- */

struct sums {
	uint64_t loaded, left, bytes, widened, changed, todos, differences;
	double seconds;
};

/* Rows that a tool or the server did not take. */
static uint64_t left_of(const struct past_table *table)
{
	return table->filtered + table->rejected;
}

static struct sums sum_up(const struct past_run *run)
{
	struct sums sums = { 0 };

	for (size_t i = 0; i < run->load->table_count; i++) {
		const struct past_table *table = &run->load->tables[i];
		const struct past_proof *proof = past_proof_of(run, table);

		sums.loaded += table->loaded;
		sums.left += left_of(table);
		sums.bytes += table->bytes;
		sums.seconds += table->seconds;
		sums.widened += table->widened_count;
		sums.changed += table->changed;
		sums.todos += table->todos;
		sums.differences += proof == NULL ? 0 : past_differences(run, proof);
	}
	return sums;
}

/* A number that leads to where the table's are explained, unless it is 0. */
static void add_link(struct bytes *to, uint64_t number, const char *section, size_t place)
{
	bytes_add_text(to, "<td class=\"n\">");
	if (number > 0)
		bytes_format(to, "<a href=\"#%s-%zu\">", section, place);
	describe_number(to, number);
	bytes_add_text(to, number > 0 ? "</a></td>" : "</td>");
}

static void add_differences(struct bytes *to, const struct past_run *run,
	const struct past_table *table)
{
	const struct past_proof *proof = past_proof_of(run, table);
	const uint64_t count = proof == NULL ? 0 : past_differences(run, proof);

	if (run->verification == NULL)
		return;
	bytes_add_text(to, count > 0 ? "<td class=\"n bad\">" : "<td class=\"n\">");
	if (proof == NULL && !run->verification->equal)
		bytes_add_text(to, "not there");
	else if (proof != NULL && count == 0 && !proof->equal)
		bytes_add_text(to, "columns");
	else
		describe_number(to, count);
	bytes_add_text(to, "</td>");
}

static void add_row(struct bytes *to, const struct past_run *run, size_t place,
	const struct sums *sums)
{
	const struct past_table *table = &run->load->tables[place];

	bytes_add_text(to, "<tr><th scope=\"row\">");
	page_name(to, table->name);
	bytes_add_text(to, "</th>");
	page_number_cell(to, table->loaded);
	if (sums->left > 0)
		page_number_cell(to, left_of(table));
	page_number_cell(to, table->bytes);
	page_number_cell(to, table->per_second);
	bytes_format(to, "<td class=\"n\">%.2f</td>", table->seconds);
	add_link(to, table->widened_count, "widened", place);
	add_link(to, table->changed, "changed", place);
	page_number_cell(to, table->todos);
	add_differences(to, run, table);
	bytes_add_text(to, "</tr>\n");
}

static void add_foot(struct bytes *to, const struct past_run *run, const struct sums *sums)
{
	bytes_add_text(to, "<tfoot><tr><th scope=\"row\">");
	describe_count(to, run->load->table_count, "table");
	bytes_add_text(to, "</th>");
	page_number_cell(to, sums->loaded);
	if (sums->left > 0)
		page_number_cell(to, sums->left);
	page_number_cell(to, sums->bytes);
	if (sums->seconds > 0)
		page_number_cell(to, (uint64_t)((double)sums->loaded / sums->seconds));
	else
		bytes_add_text(to, "<td></td>"); /* too short to be known */
	bytes_format(to, "<td class=\"n\">%.2f</td>", sums->seconds);
	page_number_cell(to, sums->widened);
	page_number_cell(to, sums->changed);
	page_number_cell(to, sums->todos);
	if (run->verification != NULL)
		page_number_cell(to, sums->differences);
	bytes_add_text(to, "</tr></tfoot>\n");
}

static void add_heads(struct bytes *to, const struct past_run *run, const struct sums *sums)
{
	static const char *const heads[] = { "Rows", "Left out", "Bytes", "Rows/s", "Seconds",
		"Widened", "Changed", "To-dos", "Differences" };

	bytes_add_text(to, "<thead><tr><th scope=\"col\">Table</th>");
	for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++) {
		if ((i == 1 && sums->left == 0) || (i == 8 && run->verification == NULL))
			continue;
		bytes_format(to, "<th scope=\"col\" class=\"n\">%s</th>", heads[i]);
	}
	bytes_add_text(to, "</tr></thead>\n");
}

void page_tables(struct bytes *to, const struct past_run *run)
{
	struct sums sums;

	if (run->load == NULL || run->load->table_count == 0)
		return;
	sums = sum_up(run);
	page_begin_section(to, "tables", "Tables");
	page_begin_table(to, "Tables");
	add_heads(to, run, &sums);
	bytes_add_text(to, "<tbody>\n");
	for (size_t i = 0; i < run->load->table_count; i++)
		add_row(to, run, i, &sums);
	bytes_add_text(to, "</tbody>\n");
	if (run->load->table_count > 1)
		add_foot(to, run, &sums);
	page_end_table(to);
	if (strcmp(run->load->verdict, "already complete") == 0)
		bytes_add_text(to, "<p>All rows had been loaded before: this run sent none.</p>\n");
	bytes_add_text(to, "<p class=\"soft\">Seconds are those of sending the rows.</p>\n");
	page_end_section(to);
}

/* --- what became of their values -------------------------------------------------------------- */

static void add_group(struct bytes *to, const char *section, const struct past_load *load,
	size_t place)
{
	bytes_format(to, "<tbody id=\"%s-%zu\"><tr><th class=\"group\" colspan=\"3\" "
		"scope=\"rowgroup\">", section, place);
	page_name(to, load->tables[place].name);
	bytes_add_text(to, "</th></tr>\n");
}

static void add_words(struct bytes *to, const char *text)
{
	bytes_add_text(to, "<td class=\"words\">");
	page_name(to, text);
	bytes_add_text(to, "</td>");
}

static void begin_row(struct bytes *to, const char *column)
{
	bytes_add_text(to, "<tr><th scope=\"row\">");
	page_name(to, column);
	bytes_add_text(to, "</th>");
}

static void add_widened(struct bytes *to, const struct past_load *load, size_t place)
{
	const struct past_table *table = &load->tables[place];

	if (table->widened_count == 0)
		return;
	add_group(to, "widened", load, place);
	for (size_t i = 0; i < table->widened_count; i++) {
		begin_row(to, table->widened[i].column);
		bytes_add_text(to, "<td><code>");
		page_text(to, table->widened[i].type);
		bytes_add_text(to, "</code></td>");
		add_words(to, table->widened[i].why);
		bytes_add_text(to, "</tr>\n");
	}
	bytes_add_text(to, "</tbody>\n");
}

void page_widened(struct bytes *to, const struct past_run *run)
{
	if (run->load == NULL || sum_up(run).widened == 0)
		return;
	page_begin_section(to, "widened", "Widened columns");
	bytes_add_text(to, "<p>They hold what was not declared, or a person should decide: look "
		"whether this is the type that you want. A line of the plan says otherwise.</p>\n");
	page_begin_table(to, "Widened columns");
	bytes_add_text(to, "<thead><tr><th scope=\"col\">Column</th><th scope=\"col\">Type now</th>"
		"<th scope=\"col\">Why</th></tr></thead>\n");
	for (size_t i = 0; i < run->load->table_count; i++)
		add_widened(to, run->load, i);
	page_end_table(to);
	page_end_section(to);
}

static void add_changed(struct bytes *to, const struct past_load *load, size_t place)
{
	const struct past_table *table = &load->tables[place];

	if (table->change_count == 0)
		return;
	add_group(to, "changed", load, place);
	for (size_t i = 0; i < table->change_count; i++) {
		begin_row(to, table->changes[i].column);
		add_words(to, table->changes[i].kind);
		page_number_cell(to, table->changes[i].count);
		bytes_add_text(to, "</tr>\n");
	}
	bytes_add_text(to, "</tbody>\n");
}

/* Of all columns whose values changed in the same way. */
struct kind {
	const char *name;
	uint64_t columns, values;
};

/* There are few kinds; if there were more than that, the rest stands only with the tables. */
enum { KINDS = 64 };

static size_t sum_kinds(const struct past_load *load, struct kind kinds[KINDS])
{
	size_t count = 0;

	for (size_t i = 0; i < load->table_count; i++)
		for (size_t j = 0; j < load->tables[i].change_count; j++) {
			const struct past_change *change = &load->tables[i].changes[j];
			size_t at = 0;

			while (at < count && strcmp(kinds[at].name, change->kind) != 0)
				at++;
			if (at == KINDS)
				continue;
			if (at == count)
				kinds[count++] = (struct kind){ change->kind, 0, 0 };
			kinds[at].columns++;
			kinds[at].values += change->count;
		}
	return count;
}

static void add_kinds(struct bytes *to, const struct past_load *load)
{
	struct kind kinds[KINDS];
	const size_t count = sum_kinds(load, kinds);

	page_begin_table(to, "Changed values by kind");
	bytes_add_text(to, "<thead><tr><th scope=\"col\">What became of them</th><th scope=\"col\" "
		"class=\"n\">Columns</th><th scope=\"col\" class=\"n\">Values</th></tr></thead>\n"
		"<tbody>\n");
	for (size_t i = 0; i < count; i++) {
		begin_row(to, kinds[i].name);
		page_number_cell(to, kinds[i].columns);
		page_number_cell(to, kinds[i].values);
		bytes_add_text(to, "</tr>\n");
	}
	bytes_add_text(to, "</tbody>\n");
	page_end_table(to);
	bytes_add_text(to, "<h3>By table and column</h3>\n");
}

void page_changed(struct bytes *to, const struct past_run *run)
{
	if (run->load == NULL || sum_up(run).changed == 0)
		return;
	page_begin_section(to, "changed", "Changed values");
	bytes_add_text(to, "<p>PostgreSQL holds them in another form than the source, as their "
		"types ask for; the proof compares what they mean.</p>\n");
	add_kinds(to, run->load);
	page_begin_table(to, "Changed values");
	bytes_add_text(to, "<thead><tr><th scope=\"col\">Column</th><th scope=\"col\">What became "
		"of them</th><th scope=\"col\" class=\"n\">Values</th></tr></thead>\n");
	for (size_t i = 0; i < run->load->table_count; i++)
		add_changed(to, run->load, i);
	page_end_table(to);
	page_end_section(to);
}

void page_remarks(struct bytes *to, const struct past_run *run)
{
	size_t count = 0;

	for (size_t i = 0; run->load != NULL && i < run->load->table_count; i++)
		count += run->load->tables[i].remarks.count;
	if (count == 0)
		return;
	page_begin_section(to, "remarks", "Remarks");
	bytes_add_text(to, "<ul>\n");
	for (size_t i = 0; i < run->load->table_count; i++)
		for (size_t j = 0; j < run->load->tables[i].remarks.count; j++) {
			bytes_add_text(to, "<li><b>");
			page_name(to, run->load->tables[i].name);
			bytes_add_text(to, "</b>: ");
			page_name(to, run->load->tables[i].remarks.items[j]);
			bytes_add_text(to, "</li>\n");
		}
	bytes_add_text(to, "</ul>\n");
	page_end_section(to);
}
