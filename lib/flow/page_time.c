#include <stdio.h>
#include <string.h>

#include "flow/paging.h"
#include "row/describe.h"

/* Of many tables those that took longest are shown. */
enum { TABLES_MOST = 30, WIDTH = 1000 };

struct timing {
	const struct past_run *run;
	double whole;  /* all that is drawn, in seconds */
	double load;   /* when the load began, and the proof, in seconds of the run */
	double proof;
	double least;  /* a table that took less is not shown, */
	size_t ties;   /* and of those that took just that only so many are */
};

/* --- bars ------------------------------------------------------------------------------------- */

static void add_bar(struct bytes *to, const struct timing *timing, const char *kind, double began,
	double seconds)
{
	const double scale = WIDTH / timing->whole;
	double left = began * scale, width = seconds * scale;

	/* What was too short to be seen is seen all the same. */
	width = width < 2 ? 2 : width > WIDTH ? WIDTH : width;
	left = left > WIDTH - width ? WIDTH - width : left;
	bytes_format(to, "<rect class=\"%s\" x=\"%.1f\" width=\"%.1f\" height=\"10\"/>", kind, left,
		width);
}

static void begin_row(struct bytes *to, const char *name, bool inner)
{
	bytes_format(to, "<tr><th scope=\"row\"%s>", inner ? " class=\"inner\"" : "");
	page_name(to, name);
	bytes_add_text(to, "</th>");
}

/* In short runs a thousandth is worth to be told. */
static void add_seconds(struct bytes *to, const struct timing *timing, double seconds)
{
	bytes_format(to, "<td class=\"n\">%.*f</td>", timing->whole < 10 ? 3 : 2, seconds);
}

static void begin_bars(struct bytes *to, const struct timing *timing, double seconds)
{
	add_seconds(to, timing, seconds);
	bytes_format(to, "<td class=\"line\"><svg viewBox=\"0 0 %d 10\" "
		"preserveAspectRatio=\"none\" aria-hidden=\"true\"><rect class=\"track\" "
		"width=\"%d\" height=\"10\"/>", WIDTH, WIDTH);
}

static void end_row(struct bytes *to)
{
	bytes_add_text(to, "</svg></td></tr>\n");
}

/* --- tables ----------------------------------------------------------------------------------- */

static double seconds_of(const struct timing *timing, size_t place)
{
	const struct past_table *table = &timing->run->load->tables[place];
	const struct past_proof *proof = past_proof_of(timing->run, table);

	return table->seconds + (proof == NULL ? 0 : proof->seconds);
}

/* The time of the last one that is shown. */
static void find_least(struct timing *timing)
{
	double most[TABLES_MOST] = { 0 };

	for (size_t i = 0; i < timing->run->load->table_count; i++) {
		const double seconds = seconds_of(timing, i);
		size_t at = TABLES_MOST;

		for (; at > 0 && most[at - 1] < seconds; at--)
			if (at < TABLES_MOST)
				most[at] = most[at - 1];
		if (at < TABLES_MOST)
			most[at] = seconds;
	}
	timing->least = most[TABLES_MOST - 1];
	for (size_t i = 0; i < TABLES_MOST; i++)
		timing->ties += most[i] <= timing->least;
}

static bool is_shown(struct timing *timing, double seconds)
{
	if (timing->run->load->table_count <= TABLES_MOST || seconds > timing->least)
		return true;
	if (seconds < timing->least || timing->ties == 0)
		return false;
	timing->ties--;
	return true;
}

static void add_table(struct bytes *to, const struct timing *timing,
	const struct past_table *table)
{
	const struct past_proof *proof = past_proof_of(timing->run, table);

	begin_row(to, table->name, true);
	begin_bars(to, timing, table->seconds + (proof == NULL ? 0 : proof->seconds));
	if (table->seconds > 0)
		add_bar(to, timing, "bar", timing->load + table->began, table->seconds);
	if (proof != NULL)
		add_bar(to, timing, "proof", timing->proof + proof->began, proof->seconds);
	end_row(to);
}

static void add_tables(struct bytes *to, struct timing *timing)
{
	const size_t count = timing->run->load->table_count;
	double rest = 0;
	size_t shown = 0;

	bytes_add_text(to, "<tbody>\n<tr><th class=\"group\" colspan=\"3\" scope=\"rowgroup\">");
	if (count > TABLES_MOST)
		bytes_format(to, "The %d tables that took longest", TABLES_MOST);
	else
		bytes_add_text(to, "Tables");
	bytes_add_text(to, "</th></tr>\n");
	for (size_t i = 0; i < count; i++) {
		const double seconds = seconds_of(timing, i);

		if (is_shown(timing, seconds)) {
			add_table(to, timing, &timing->run->load->tables[i]);
			shown++;
		} else {
			rest += seconds;
		}
	}
	if (shown < count) {
		bytes_add_text(to, "<tr><th scope=\"row\" class=\"inner\">");
		describe_count(to, count - shown, "other table");
		bytes_add_text(to, ", none slower</th>");
		add_seconds(to, timing, rest);
		bytes_add_text(to, "<td></td></tr>\n");
	}
	bytes_add_text(to, "</tbody>\n");
}

/* --- parts ------------------------------------------------------------------------------------ */

static void add_parts(struct bytes *to, const struct timing *timing,
	const struct past_parts *parts, double offset, const char *kind, bool inner)
{
	for (size_t i = 0; i < parts->count; i++) {
		const struct past_part *part = &parts->items[i];

		begin_row(to, part->name, inner);
		begin_bars(to, timing, part->seconds);
		add_bar(to, timing, strcmp(part->name, "verify") == 0 ? "proof" : kind,
			offset + part->began, part->seconds);
		end_row(to);
		if (!inner && strcmp(part->name, "load") == 0 && timing->run->load != NULL)
			add_parts(to, timing, &timing->run->load->parts, timing->load, kind, true);
	}
}

static double began(const struct past_parts *parts, const char *name)
{
	for (size_t i = 0; i < parts->count; i++)
		if (strcmp(parts->items[i].name, name) == 0)
			return parts->items[i].began;
	return 0;
}

static void add_key(struct bytes *to)
{
	static const char *const kinds[][2] = { { "bar", "load" }, { "proof", "verify" } };

	bytes_add_text(to, "<p class=\"key soft\">");
	for (size_t i = 0; i < 2; i++)
		bytes_format(to, "<span><svg viewBox=\"0 0 10 10\" aria-hidden=\"true\"><rect "
			"class=\"%s\" width=\"10\" height=\"10\"/></svg>%s</span>", kinds[i][0],
			kinds[i][1]);
	bytes_add_text(to, "</p>\n");
}

void page_time(struct bytes *to, const struct past_run *run)
{
	struct timing timing = { .run = run, .load = began(&run->parts, "load"),
		.proof = began(&run->parts, "verify"), .whole = run->seconds };
	char whole[PAGE_DURATION];

	if (run->parts.count == 0)
		return;
	if (timing.whole < 0.001)
		timing.whole = 0.001;
	page_duration(whole, run->seconds);
	page_begin_section(to, "time", "Time");
	if (run->verification != NULL)
		add_key(to);
	page_begin_table(to, "Time");
	bytes_format(to, "<thead><tr><th scope=\"col\">Part</th><th scope=\"col\" "
		"class=\"n\">Seconds</th><th scope=\"col\" class=\"line\"><span class=\"scale\">"
		"<span>0</span><span>%s</span></span></th></tr></thead>\n<tbody>\n",
		whole);
	add_parts(to, &timing, &run->parts, 0, "bar", false);
	bytes_add_text(to, "</tbody>\n");
	if (run->load != NULL && run->load->table_count > 0 && run->load->parts.count > 0) {
		find_least(&timing);
		add_tables(to, &timing);
	}
	page_end_table(to);
	page_end_section(to);
}
