/*
 * rows-expect: holds rules against the rows of a stream.
 */
#include <time.h>

#include "base/date.h"
#include "base/descriptor.h"
#include "base/print.h"
#include "flow/flow.h"
#include "flow/watch.h"

static const char *now, *spool;
static bool json, quiet;

static const struct option options[] = {
	{ "json", 0, OPTION_FLAG, NULL, "print one JSON document", &json, false, 0, 0 },
	{ "quiet", 'q', OPTION_FLAG, NULL, "print only the rules that do not hold", &quiet, false,
		0, 0 },
	{ "now", 0, OPTION_TEXT, "TIME", "what newest() takes for now: 2026-01-31T12:00:00Z", &now,
		false, 0, 0 },
	{ "spool", 0, OPTION_TEXT, "DIR",
		"folder for temporary files (else $TMPDIR, else /var/tmp)", &spool, false, 0, 0 },
};

static const char *const examples[] = {
	"echo 'rows(users) > 0' > rules; rows-expect rules < app.rows",
	"echo 'in(orders.user, users.id)' > rules; rows-expect --json rules app.rows",
	NULL
};

static const struct tool tool = {
	.name = "rows-expect",
	.brief = "Holds the rules in the file RULES against an archive, or a stream on standard "
		"input.",
	.operands = "RULES [FILE]",
	.operands_least = 1,
	.operands_most = 2,
	.options = options,
	.option_count = sizeof(options) / sizeof(options[0]),
	.about = "A rule a line, # begins a comment:\n\n"
		"rows(news) = 300000 +- 5%\n\n"
		"notnull(news.theme) >= 95%\n\n"
		"in(news.agency, agencies.id) = 100%\n\n"
		"unique(news.id)\n\n"
		"range(news.stars, 0, 5) >= 99%\n\n"
		"matches(news.slug, '[a-z]*-[0-9]?')\n\n"
		"newest(news.at) <= 2 days\n\n"
		"Operators are = != < <= > >=; with % a share is meant, without it a number of "
		"values; no operator is = 100%. A share is one of all rows for notnull(), else of "
		"the values that are not NULL; of no values it is 100%. unique() counts different "
		"values; several columns are one value. Limits of range() that are texts or times "
		"stand in single quotes. A pattern is for the whole text: * any characters, ? any "
		"one, [a-z] one of these, [^a-z] none of these; case matters. newest() wants a "
		"column of times, or texts that are times; without a zone they are UTC. Units are "
		"seconds, minutes, hours, days, weeks. Names that are no words stand in double "
		"quotes.\n\n"
		"in() and unique() keep 16 bytes of every value: 48 MiB of them, the rest in "
		"temporary files.\n\n"
		"Exit status: 0 every rule holds; 1 one does not; 64 a rule is wrong, or the "
		"command line; 65 the stream is incomplete; 78 a rule speaks of a table or column "
		"that is not there.",
	.examples = examples,
};

struct expecting {
	struct flow flow;
	struct expect_rules rules;
	struct watch watch;
	bool checked;
	struct value *cells;
	size_t room;
};

static void read_now(struct expecting *expecting)
{
	int64_t *to = &expecting->watch.now;
	int32_t days;

	if (now == NULL) {
		*to = ((int64_t)time(NULL) - DATE_UNIX) * DATE_SECOND;
	} else if (date_parse_day(now, strlen(now), &days)) {
		*to = days * DATE_DAY;
	} else if (date_parse_stamp(now, strlen(now), to) == DATE_NOT) {
		flow_fail(&expecting->flow, STATUS_USAGE, "--now takes a time such as "
			"2026-01-31T12:00:00Z, not \"%s\"", now);
	}
}

static void begin(struct expecting *expecting, int argc, char **argv)
{
	struct flow *flow = &expecting->flow;

	flow_begin(flow, &tool, argc, argv);
	read_now(expecting);
	if (flow->fault.status == 0)
		watch_read(flow_operand(flow, 0), &expecting->rules, &flow->arena, &flow->fault);
	flow_open_input(flow, flow_operand(flow, 1));
	expecting->watch.spool = spool;
	if (flow->fault.status == 0)
		watch_begin(&expecting->watch, &expecting->rules, &flow->arena, &flow->fault);
}

/* --- frames ----------------------------------------------------------------------------------- */

static void take_table(struct expecting *expecting)
{
	struct flow *flow = &expecting->flow;
	const struct table *table = reader_table(&flow->in);

	if (strcmp(table->coverage, "definitions") == 0) {
		flow_fail(flow, STATUS_MISFIT, "table \"%s\" is a definition without rows: extract "
			"it without -s", table->name);
		return;
	}
	if (watch_table(&expecting->watch, table, &flow->fault) != 0 ||
		table->column_count <= expecting->room)
		return;
	expecting->room = table->column_count;
	expecting->cells = arena_array(&flow->arena, expecting->room, sizeof(*expecting->cells));
	if (expecting->cells == NULL)
		fault_memory(&flow->fault);
}

static void take_rows(struct expecting *expecting)
{
	struct flow *flow = &expecting->flow;
	const struct table *table = reader_table(&flow->in);

	while (reader_row(&flow->in, expecting->cells, &flow->fault))
		if (watch_row(&expecting->watch, table, expecting->cells, &flow->fault) != 0)
			return;
}

static void take_frame(struct expecting *expecting)
{
	struct flow *flow = &expecting->flow;
	const enum frame_kind kind = flow->in.frame.kind;

	if (kind == FRAME_TABLE) {
		take_table(expecting);
		return;
	}
	if (kind == FRAME_OBJECT)
		return;
	if (!expecting->checked && watch_check(&expecting->watch, &flow->fault) != 0)
		return;
	expecting->checked = true;
	if (kind == FRAME_ROWS)
		take_rows(expecting);
	else if (kind == FRAME_DELETE)
		flow_fail(flow, STATUS_MISFIT, "%s says what to change: it holds keys of rows to "
			"delete", flow->in.name);
}

/* --- the answer ------------------------------------------------------------------------------- */

static void add_line(struct bytes *text, const struct watch_rule *own, bool holds)
{
	bytes_add_text(text, holds ? "ok      " : "broken  ");
	print_visible(text, own->rule->text, strlen(own->rule->text));
	bytes_add_text(text, ": ");
	expect_show(text, own->rule, &own->measured);
	bytes_add_byte(text, '\n');
}

static void add_json(struct bytes *text, const struct watch_rule *own, bool holds, bool first)
{
	const struct expect_measured *measured = &own->measured;

	bytes_format(text, "%s{\"line\":%u,\"rule\":", first ? "" : ",", own->rule->line);
	print_json(text, own->rule->text, strlen(own->rule->text));
	bytes_format(text, ",\"holds\":%s,\"measured\":", holds ? "true" : "false");
	if (own->rule->kind != EXPECT_NEWEST)
		bytes_format(text, "{\"count\":%llu,\"of\":%llu}}",
			(unsigned long long)measured->good, (unsigned long long)measured->all);
	else if (measured->timed)
		bytes_format(text, "{\"age seconds\":%.6f}}", (double)measured->age / 1e6);
	else
		bytes_add_text(text, "null}");
}

static bool answer(struct expecting *expecting)
{
	const struct watch *watch = &expecting->watch;
	struct bytes text = { 0 };
	size_t broken = 0, shown = 0;

	if (json)
		bytes_add_text(&text, "{\"rules\":[");
	for (size_t i = 0; i < watch->count; i++) {
		const struct watch_rule *own = &watch->rules[i];
		const bool holds = expect_holds(own->rule, &own->measured);

		broken += !holds;
		if (holds && quiet)
			continue;
		if (json)
			add_json(&text, own, holds, shown == 0);
		else
			add_line(&text, own, holds);
		shown++;
	}
	if (json)
		bytes_format(&text, "],\"holds\":%s}\n", broken == 0 ? "true" : "false");
	process_print_all(&text, &expecting->flow.fault);
	bytes_close(&text);
	return broken == 0;
}

int main(int argc, char **argv)
{
	struct expecting expecting = { 0 };
	struct flow *flow = &expecting.flow;
	bool holds = true;
	int status;

	begin(&expecting, argc, argv);
	while (flow_next(flow))
		take_frame(&expecting);
	if (flow->fault.status == 0 && !expecting.checked)
		watch_check(&expecting.watch, &flow->fault);
	if (flow->fault.status == 0)
		watch_end(&expecting.watch, &flow->fault);
	if (flow->fault.status == 0)
		holds = answer(&expecting);
	watch_close(&expecting.watch);
	status = flow_end(flow);
	return status == 0 && !holds ? STATUS_NO : status;
}
