#include "flow/page.h"

#include <stdio.h>
#include <string.h>

#include "base/print.h"
#include "flow/paging.h"
#include "row/describe.h"

/* --- pieces ----------------------------------------------------------------------------------- */

void page_text(struct bytes *to, const char *text)
{
	print_markup(to, text, strlen(text), false);
}

void page_name(struct bytes *to, const char *name)
{
	bytes_add_text(to, "<bdi>");
	page_text(to, name);
	bytes_add_text(to, "</bdi>");
}

void page_block(struct bytes *to, const char *kind, const char *text)
{
	size_t size = strlen(text);

	while (size > 0 && text[size - 1] == '\n')
		size--;
	bytes_format(to, "<pre class=\"%s\"><code>", kind);
	print_markup(to, text, size, true);
	bytes_add_text(to, "</code></pre>\n");
}

void page_number_cell(struct bytes *to, uint64_t number)
{
	bytes_add_text(to, "<td class=\"n\">");
	describe_number(to, number);
	bytes_add_text(to, "</td>");
}

void page_duration(char text[PAGE_DURATION], double seconds)
{
	const unsigned long long whole = seconds < 1e12 ? (unsigned long long)(seconds + 0.5) : 0;

	if (seconds < 59.95)
		snprintf(text, PAGE_DURATION, "%.*f s", seconds < 9.995 ? 2 : 1, seconds);
	else if (whole < 3600)
		snprintf(text, PAGE_DURATION, "%llu min %02llu s", whole / 60, whole % 60);
	else
		snprintf(text, PAGE_DURATION, "%llu h %02llu min", whole / 3600, whole / 60 % 60);
}

void page_begin_section(struct bytes *to, const char *id, const char *title)
{
	bytes_format(to, "<section id=\"%s\" aria-labelledby=\"%s-title\">\n<h2 id=\"%s-title\">"
		"%s</h2>\n", id, id, id, title);
}

void page_end_section(struct bytes *to)
{
	bytes_add_text(to, "</section>\n");
}

/* The box can be scrolled by keys, too: so it takes the focus, and has a name. */
void page_begin_table(struct bytes *to, const char *label)
{
	bytes_format(to, "<div class=\"box\" role=\"region\" tabindex=\"0\" aria-label=\"%s\">\n"
		"<table>\n", label);
}

void page_end_table(struct bytes *to)
{
	bytes_add_text(to, "</table>\n</div>\n");
}

/* --- facts ------------------------------------------------------------------------------------ */

static void begin_fact(struct bytes *to, const char *name)
{
	bytes_format(to, "<dt>%s</dt><dd>", name);
}

static void end_fact(struct bytes *to)
{
	bytes_add_text(to, "</dd>\n");
}

static void add_target(struct bytes *to, const struct past_run *run)
{
	const struct past_load *load = run->load;

	begin_fact(to, "Target");
	bytes_add_text(to, "PostgreSQL ");
	page_name(to, load->server == NULL ? "" : load->server);
	bytes_add_text(to, ", database ");
	page_name(to, run->database != NULL ? run->database : load->database == NULL ? "" :
		load->database);
	if (run->database != NULL) {
		bytes_add_text(to, ", in the server of your own: <code>rowpipe db psql ");
		page_text(to, run->database);
		bytes_add_text(to, "</code>");
	} else {
		bytes_add_text(to, " at ");
		page_name(to, load->where == NULL ? "" : load->where);
		bytes_add_text(to, ", user ");
		page_name(to, load->user == NULL ? "" : load->user);
	}
	end_fact(to);
}

static void add_source(struct bytes *to, const struct past_run *run)
{
	begin_fact(to, "Source");
	if (run->source == NULL)
		bytes_add_text(to, "the archive of the run");
	else
		page_name(to, run->source);
	if (run->source_bytes > 0) {
		bytes_add_text(to, ", ");
		describe_size(to, run->source_bytes);
	}
	bytes_add_text(to, run->snapshot ? ", a copy of it was read" : "");
	end_fact(to);
}

/* 2026-11-21T15:15:02Z, as people write it. */
static void add_moment(struct bytes *to, const char *moment)
{
	enum { DAY = 10, WHOLE = 20 };
	struct bytes text = { 0 };

	if (strlen(moment) == WHOLE && moment[DAY] == 'T' && moment[WHOLE - 1] == 'Z') {
		bytes_add(&text, moment, DAY);
		bytes_add_byte(&text, ' ');
		bytes_add(&text, moment + DAY + 1, WHOLE - DAY - 2);
		bytes_add_text(&text, " UTC");
	} else {
		bytes_add_text(&text, moment);
	}
	print_markup(to, text.data, text.failed ? 0 : text.size, false);
	bytes_close(&text);
}

static void add_facts(struct bytes *to, const struct past_run *run, const char *folder)
{
	char duration[PAGE_DURATION];

	bytes_add_text(to, "<dl>\n");
	add_source(to, run);
	if (run->load != NULL)
		add_target(to, run);
	page_duration(duration, run->seconds);
	begin_fact(to, "When");
	add_moment(to, run->started);
	bytes_format(to, ", took %s", duration);
	end_fact(to);
	begin_fact(to, "Run");
	page_name(to, folder);
	bytes_add_text(to, ", ");
	describe_size(to, run->kept_bytes);
	bytes_add_text(to, run->archive_bytes > 0 ? "" : ", without an archive");
	end_fact(to);
	bytes_add_text(to, "</dl>\n");
}

/* --- the page --------------------------------------------------------------------------------- */

static void add_contents(struct bytes *to, const struct bytes *sections)
{
	static const char *const parts[][2] = { { "tables", "Tables" },
		{ "widened", "Widened columns" }, { "changed", "Changed values" },
		{ "todos", "To-dos" }, { "differences", "Differences" }, { "remarks", "Remarks" },
		{ "views", "Views" }, { "left-out", "Left out" }, { "time", "Time" } };
	char mark[64];

	bytes_add_text(to, "<nav aria-label=\"Contents\"><ul>\n");
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		const int size = snprintf(mark, sizeof(mark), "<section id=\"%s\"", parts[i][0]);

		if (sections->size > 0 &&
			memmem(sections->data, sections->size, mark, (size_t)size) != NULL)
			bytes_format(to, "<li><a href=\"#%s\">%s</a></li>\n", parts[i][0],
				parts[i][1]);
	}
	bytes_add_text(to, "</ul></nav>\n");
}

static void add_sections(struct bytes *to, const struct past_run *run)
{
	page_tables(to, run);
	page_widened(to, run);
	page_changed(to, run);
	page_todos(to, run);
	page_differences(to, run);
	page_remarks(to, run);
	page_views(to, run);
	page_left_out(to, run);
	page_time(to, run);
}

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash == NULL ? path : slash + 1;
}

static void add_head(struct bytes *to, const struct past_run *run, enum past_verdict verdict)
{
	bytes_add_text(to, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n"
		"<meta charset=\"utf-8\"/>\n<meta name=\"viewport\" "
		"content=\"width=device-width, initial-scale=1\"/>\n"
		"<meta name=\"color-scheme\" content=\"light dark\"/>\n"
		"<meta http-equiv=\"Content-Security-Policy\" content=\"default-src "
		"&#39;none&#39;; style-src &#39;unsafe-inline&#39;\"/>\n");
	bytes_format(to, "<title>%s: ", page_verdict_word(verdict));
	page_text(to, base_name(run->source != NULL ? run->source : run->folder));
	bytes_add_text(to, "</title>\n<style>\n");
	page_style(to);
	bytes_add_text(to, "</style>\n</head>\n");
}

void page_print(struct bytes *to, const struct past_run *run, const char *folder)
{
	const enum past_verdict verdict = past_judge(run);
	struct bytes sections = { 0 };

	add_sections(&sections, run);
	add_head(to, run, verdict);
	bytes_add_text(to, "<body>\n<main>\n<header>\n");
	page_verdict(to, run, folder);
	add_facts(to, run, folder);
	add_contents(to, &sections);
	bytes_add_text(to, "</header>\n");
	bytes_add(to, sections.data, sections.size);
	to->failed |= sections.failed;
	bytes_add_text(to, "</main>\n<footer>rowpipe ");
	page_text(to, run->rowpipe);
	bytes_add_text(to, " ");
	page_text(to, run->command);
	bytes_add_text(to, "; made from <code>report.json</code>, which programs read.</footer>\n"
		"</body>\n</html>\n");
	bytes_close(&sections);
}
