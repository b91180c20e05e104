#include <string.h>

#include "flow/paging.h"
#include "row/describe.h"

/* --- differences ------------------------------------------------------------------------------ */

static void add_columns(struct bytes *to, const struct past_proof *proof)
{
	bytes_add_text(to, "<td class=\"words\">");
	for (size_t i = 0; i < proof->column_count; i++) {
		bytes_add_text(to, i > 0 ? ", " : "");
		page_name(to, proof->columns[i].name);
		bytes_add_text(to, " (");
		describe_number(to, proof->columns[i].changed);
		bytes_add_byte(to, ')');
	}
	bytes_add_text(to, "</td>");
}

static void add_proofs(struct bytes *to, const struct past_verification *verification)
{
	bool begun = false;

	for (size_t i = 0; i < verification->proof_count; i++) {
		const struct past_proof *proof = &verification->proofs[i];

		if (proof->equal)
			continue;
		if (!begun) {
			page_begin_table(to, "Tables that differ");
			bytes_add_text(to, "<thead><tr><th scope=\"col\">Table</th>"
				"<th scope=\"col\" class=\"n\">Rows expected</th>"
				"<th scope=\"col\" class=\"n\">Rows found</th>"
				"<th scope=\"col\" class=\"n\">Missing</th>"
				"<th scope=\"col\" class=\"n\">Extra</th>"
				"<th scope=\"col\" class=\"n\">Changed</th>"
				"<th scope=\"col\">Columns that differ</th></tr></thead>\n"
				"<tbody>\n");
		}
		begun = true;
		bytes_add_text(to, "<tr><th scope=\"row\">");
		page_name(to, proof->table);
		bytes_add_text(to, "</th>");
		page_number_cell(to, proof->expected);
		page_number_cell(to, proof->found);
		page_number_cell(to, proof->missing);
		page_number_cell(to, proof->extra);
		page_number_cell(to, proof->changed);
		add_columns(to, proof);
		bytes_add_text(to, "</tr>\n");
	}
	if (begun) {
		bytes_add_text(to, "</tbody>\n");
		page_end_table(to);
	}
}

static void add_cell(struct bytes *to, const char *text)
{
	bytes_add_text(to, "<td>");
	if (text == NULL)
		bytes_add_text(to, "<span class=\"soft\">nothing</span>");
	else
		page_name(to, text);
	bytes_add_text(to, "</td>");
}

static void add_finding(struct bytes *to, const struct past_finding *finding)
{
	bytes_add_text(to, "<tr><th scope=\"row\">");
	page_name(to, finding->table);
	bytes_add_text(to, "</th><td>");
	page_name(to, finding->kind);
	if (finding->name != NULL) {
		bytes_add_byte(to, ' ');
		page_name(to, finding->name);
	}
	bytes_add_text(to, "</td>");
	add_cell(to, finding->expected);
	add_cell(to, finding->found);
	bytes_add_text(to, "</tr>\n");
}

static void add_findings(struct bytes *to, const struct past_verification *verification,
	bool same, const char *title)
{
	bool begun = false;

	for (size_t i = 0; i < verification->finding_count; i++) {
		if (verification->findings[i].same_in_source != same)
			continue;
		if (!begun) {
			bytes_format(to, "<h3>%s</h3>\n", title);
			page_begin_table(to, title);
			bytes_add_text(to, "<thead><tr><th scope=\"col\">Table</th>"
				"<th scope=\"col\">What</th><th scope=\"col\">Expected</th>"
				"<th scope=\"col\">Found</th></tr></thead>\n<tbody>\n");
		}
		begun = true;
		add_finding(to, &verification->findings[i]);
	}
	if (begun) {
		bytes_add_text(to, "</tbody>\n");
		page_end_table(to);
	}
}

void page_differences(struct bytes *to, const struct past_run *run)
{
	const struct past_verification *verification = run->verification;

	if (verification == NULL || (verification->equal && verification->finding_count == 0))
		return;
	page_begin_section(to, "differences", "Differences");
	add_proofs(to, verification);
	add_findings(to, verification, false, "Beside rows");
	add_findings(to, verification, true, "So in the source, too: no differences");
	page_end_section(to);
}

/* --- what is left to do ----------------------------------------------------------------------- */

static void add_todo(struct bytes *to, const struct past_todo *todo)
{
	bytes_add_text(to, "<article class=\"todo\">\n<h4>");
	page_name(to, todo->name != NULL ? todo->name : todo->kind);
	if (todo->table != NULL) {
		bytes_add_text(to, " of ");
		page_name(to, todo->table);
	}
	bytes_add_text(to, "</h4>\n<p>");
	page_name(to, todo->reason);
	bytes_add_text(to, "</p>\n");
	if (todo->sql != NULL && *todo->sql != '\0')
		page_block(to, "sql", todo->sql);
	bytes_add_text(to, "</article>\n");
}

/* Those of one kind, from its first one on. */
static void add_kind(struct bytes *to, const struct past_load *load, size_t first)
{
	const char *kind = load->todos[first].kind;
	size_t count = 0;

	for (size_t i = first; i < load->todo_count; i++)
		count += strcmp(load->todos[i].kind, kind) == 0;
	bytes_add_text(to, "<h3>");
	page_name(to, kind);
	bytes_format(to, " <small>%zu</small></h3>\n", count);
	for (size_t i = first; i < load->todo_count; i++)
		if (strcmp(load->todos[i].kind, kind) == 0)
			add_todo(to, &load->todos[i]);
}

static bool is_first_of_kind(const struct past_load *load, size_t place)
{
	for (size_t i = 0; i < place; i++)
		if (strcmp(load->todos[i].kind, load->todos[place].kind) == 0)
			return false;
	return true;
}

void page_todos(struct bytes *to, const struct past_run *run)
{
	if (run->load == NULL || run->load->todo_count == 0)
		return;
	page_begin_section(to, "todos", "To-dos");
	bytes_add_text(to, "<p>What was not carried over, or not as it was: the source's SQL, and "
		"why. The same stands in <code>todo.sql</code> of the run.</p>\n");
	for (size_t i = 0; i < run->load->todo_count; i++)
		if (is_first_of_kind(run->load, i))
			add_kind(to, run->load, i);
	page_end_section(to);
}

/* --- views, and tables that were left out ----------------------------------------------------- */

void page_views(struct bytes *to, const struct past_run *run)
{
	if (run->load == NULL || run->load->view_count == 0)
		return;
	page_begin_section(to, "views", "Views carried over");
	bytes_add_text(to, "<ul>\n");
	for (size_t i = 0; i < run->load->view_count; i++) {
		const struct past_view *view = &run->load->views[i];

		bytes_add_text(to, "<li>");
		if (view->schema != NULL) {
			page_name(to, view->schema);
			bytes_add_byte(to, '.');
		}
		page_name(to, view->name);
		bytes_add_text(to, view->remark != NULL ? ": " : "");
		if (view->remark != NULL)
			page_name(to, view->remark);
		bytes_add_text(to, "</li>\n");
	}
	bytes_add_text(to, "</ul>\n");
	page_end_section(to);
}

void page_left_out(struct bytes *to, const struct past_run *run)
{
	if (run->load == NULL || run->load->left_out_count == 0)
		return;
	page_begin_section(to, "left-out", "Tables that were left out");
	bytes_add_text(to, "<ul>\n");
	for (size_t i = 0; i < run->load->left_out_count; i++) {
		bytes_add_text(to, "<li>");
		page_name(to, run->load->left_out[i].source);
		bytes_add_text(to, ", ");
		describe_count(to, run->load->left_out[i].extracted, "row");
		bytes_add_text(to, "</li>\n");
	}
	bytes_add_text(to, "</ul>\n");
	page_end_section(to);
}
