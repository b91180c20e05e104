/*
 * pg-verify: is what PostgreSQL holds what the stream says?  Both are read whole, and compared by
 * what values mean.
 */
#include <time.h>

#include "base/date.h"
#include "base/descriptor.h"
#include "db/pick.h"
#include "db/respell.h"
#include "db/verify.h"
#include "flow/flow.h"
#include "flow/key_lists.h"
#include "flow/newer.h"
#include "flow/progress.h"
#include "flow/repair.h"
#include "flow/shelf.h"
#include "flow/verdict.h"
#include "flow/watch.h"
#include "flow/witness.h"
#include "row/hint.h"
#include "row/pattern.h"
#include "row/plan.h"

enum { SHOWN = 100 };

static struct choice choice;
static struct texts key_lists;
static const char *database, *env_file, *spool, *repair_file, *rules_file, *allowance, *report_file;
static const char *source_file, *newer_column;
static const char *timezone_name;
static int32_t zone;
static long long limit = SHOWN, jobs = 1;
static bool only_tables, only_counts, subset, raw, json, keys_only, quiet, no_spool;

static const struct option options[] = {
	{ "dbname", 'd', OPTION_TEXT, "WHERE",
		"env:NAME (a URL in that variable), a postgres:// URL, keywords and values, or a "
		"database; without it libpq's own environment decides",
		&database, false, 0, 0 },
	{ "env-file", 0, OPTION_TEXT, "FILE",
		"look up env:NAME in this .env file, too; without -d its DATABASE_URL, or its "
		"DB_HOST, DB_PORT and so on", &env_file, false, 0, 0 },
	{ "table", 't', OPTION_LIST, "PATTERN",
		"only tables whose name matches; may be given again", &choice.only, false, 0, 0 },
	{ "exclude-table", 'T', OPTION_LIST, "PATTERN", "no table whose name matches",
		&choice.except, false, 0, 0 },
	{ "key", 0, OPTION_LIST, "TABLE=COLUMN,...",
		"what tells the rows of a table apart, where the definitions do not say, or say "
		"something else", &key_lists, false, 0, 0 },
	{ "tables-only", 0, OPTION_FLAG, NULL, "are all tables and columns there? no more",
		&only_tables, false, 0, 0 },
	{ "count-only", 0, OPTION_FLAG, NULL, "the same, and how many rows; no values",
		&only_counts, false, 0, 0 },
	{ "subset", 0, OPTION_FLAG, NULL,
		"other rows may be there, too; goes without saying where the stream does not hold "
		"all of its source's", &subset, false, 0, 0 },
	{ "newer", 0, OPTION_TEXT, "COLUMN",
		"a row that differs, and has more in COLUMN than the stream's, is newer: told, and "
		"no difference", &newer_column, false, 0, 0 },
	{ "raw", 0, OPTION_FLAG, NULL,
		"the stream may be that of the source, before rows-retype: values are compared by "
		"what they mean, 1 and true, '2026-01-31' and a date", &raw, false, 0, 0 },
	{ "source", 0, OPTION_TEXT, "FILE",
		"the stream of the source, before rows-retype: what became of each of its values "
		"is proved, too", &source_file, false, 0, 0 },
	{ "timezone", 0, OPTION_TEXT, "ZONE",
		"times without an offset beside a timestamptz are in this zone: +02:00, UTC",
		&timezone_name, false, 0, 0 },
	{ "allow-differences", 0, OPTION_TEXT, "N|P%",
		"exit with 0 also where so many rows differ, or such a share; never called equal",
		&allowance, false, 0, 0 },
	{ "expect", 0, OPTION_TEXT, "RULES",
		"hold the rules in this file against the target's rows: see rows-expect",
		&rules_file, false, 0, 0 },
	{ "repair", 0, OPTION_TEXT, "FILE",
		"write the stream with which pg-load --mode upsert --delete-listed makes the "
		"target right", &repair_file, false, 0, 0 },
	{ "limit", 0, OPTION_NUMBER, "N",
		"show at most N rows of a table (100; 0 is all); all are counted", &limit, false, 0,
		INT64_MAX },
	{ "keys-only", 0, OPTION_FLAG, NULL, "show keys and names of columns, no other values",
		&keys_only, false, 0, 0 },
	{ "json", 0, OPTION_FLAG, NULL,
		"one JSON object for each finding, and one behind them all", &json, false, 0, 0 },
	{ "report", 0, OPTION_TEXT, "FILE",
		"write the answer to FILE as one JSON document, without any row's values",
		&report_file, false, 0, 0 },
	{ "jobs", 'j', OPTION_NUMBER, "N", "read large tables by N sessions at once (1)", &jobs,
		false, 1, FAN_MOST },
	{ "quiet", 'q', OPTION_FLAG, NULL, "print nothing: the exit status is the answer", &quiet,
		false, 0, 0 },
	{ "spool", 0, OPTION_TEXT, "DIR",
		"folder for temporary files (else $TMPDIR, else /var/tmp)", &spool, false, 0, 0 },
	{ "no-spool", 0, OPTION_FLAG, NULL,
		"keep nothing of a stream that comes through a pipe: tables that differ are told, "
		"not their rows", &no_spool, false, 0, 0 },
};

static const char *const examples[] = {
	"rows-replay app.rows | rows-retype | rows-rename | pg-verify -d env:DB",
	"rows-replay app.rows | rows-rename | pg-verify --raw -d env:DB",
	"rows-retype < app.rows | rows-rename | pg-verify -d env:DB --source app.rows",
	"pg-extract -d env:OTHER_DB | pg-verify -d env:DB --json",
	NULL
};

static const struct tool tool = {
	.name = "pg-verify",
	.brief = "Compares every value of a typed row stream with what is in PostgreSQL.",
	.operands = "[FILE]",
	.operands_most = 1,
	.options = options,
	.option_count = sizeof(options) / sizeof(options[0]),
	.about = "The stream is what pg-load was given, or the same made again from its archive. "
		"The target is read in one transaction that sees one instant and writes nothing. "
		"Values are equal when they mean the same in the column's type there: the numeric "
		"1.50 is 1.5, jsonb has no order of keys, but -0.0 is not 0.0, and no text is "
		"another. The order of rows does not matter; doubled ones count. Beside the rows, "
		"what the source counted of its own values before any conversion is held against "
		"what the server counts, and so are NOT NULL, keys without a constraint, and "
		"sequences. What the source has, too, is told and is no difference. What "
		"rows-retype made of the source's values is taken as it is, but with --source, "
		"which proves it, or --raw, which does without.\n\n"
		"- is a row only in the stream, + one only in the target, ~ one whose key is in "
		"both, = what is the same in the source.\n\n"
		"Exit status: 0 equal; 1 different, or a rule does not hold; 64 wrong usage; 65 "
		"the stream is incomplete; 69 the server said no for good; 74 a temporary file; 75 "
		"temporary; 77 a right is missing; 78 it is no stream that can be compared.",
	.examples = examples,
};

struct verifying {
	struct flow flow;
	struct shelf shelf;
	struct address address;
	struct libpq *libpq;
	struct fan fan;
	struct verify verify;
	size_t *places;              /* of the tables, on the shelf */
	struct couple *couples;
	struct diff diff;
	struct verdict verdict;
	struct repair repair;
	struct expect_rules rules;
	struct watch watch;
	struct witness witness;      /* of --source */
	struct newer newer;          /* in the table at hand */
	bool has_newer;              /* a table has that column */
	struct progress progress;
};

/* The table at hand, both sides of it. */
struct side {
	struct verifying *verifying;
	struct verify_table *table;
	const struct couple *couple;
	size_t place;                /* on the shelf */
	bool straight;
	struct value *cells;
	struct respell respell;
	bool ended;                  /* no row is left on the shelf */
	bool attested;               /* --source has no more to say of the rows */
	struct pick pick;
	bool keys;                   /* only they are read */
	struct table *watched;       /* NULL: rules are not asked, or have seen the rows */
	bool headed;                 /* the table's lines have begun */
};

static struct fault *fault_of(struct verifying *verifying)
{
	return &verifying->flow.fault;
}

/* --- the stream's side ------------------------------------------------------------------------ */

static int stream_begin(void *own, struct fault *fault)
{
	struct side *side = own;

	shelf_begin(&side->verifying->shelf, side->place);
	respell_clear(&side->respell);
	side->ended = false;
	if (!side->attested)
		witness_begin(&side->verifying->witness, side->table->expected,
			side->verifying->shelf.tables[side->place].total.rows, fault);
	return fault->status;
}

static int stream_end(void *own, struct fault *fault)
{
	struct side *side = own;

	if (!side->attested)
		witness_end(&side->verifying->witness, fault);
	side->attested = true;
	return fault->status;
}

static bool next_plain(struct side *side, struct diff_row *row, struct fault *fault)
{
	struct shelf_row came;

	if (!shelf_next(&side->verifying->shelf, &came, fault))
		return false;
	if (!side->attested && witness_row(&side->verifying->witness, came.cells, fault) != 0)
		return false;
	if (side->straight) {
		*row = (struct diff_row){ came.cells, came.packed, came.size };
		return true;
	}
	for (uint32_t i = 0; i < side->couple->count; i++)
		side->cells[i] = came.cells[side->couple->columns[i].places[0]];
	*row = (struct diff_row){ .cells = side->cells };
	return true;
}

static bool next_respelled(struct side *side, struct diff_row *row, struct fault *fault)
{
	const struct value *cells = respell_next(&side->respell);

	if (cells == NULL && !side->ended && respell_idle(&side->respell))
		return next_plain(side, row, fault);
	if (cells == NULL && !side->ended) {
		respell_clear(&side->respell);
		while ((side->ended = !next_plain(side, row, fault)) == false &&
			respell_add(&side->respell, row->cells, fault))
			continue;
		if (fault->status != 0 || respell_ask(&side->respell, fault) != 0)
			return false;
		cells = respell_next(&side->respell);
	}
	*row = (struct diff_row){ .cells = cells };
	return cells != NULL;
}

static bool stream_next(void *own, struct diff_row *row, struct fault *fault)
{
	struct side *side = own;

	return side->respell.count > 0 ? next_respelled(side, row, fault) :
		next_plain(side, row, fault);
}

/* --- the target's side ------------------------------------------------------------------------ */

static int target_begin(void *own, struct fault *fault)
{
	struct side *side = own;

	side->verifying->progress.rows = 0;
	return fan_begin(&side->verifying->fan, &side->table->wish, fault);
}

static bool target_next(void *own, struct diff_row *row, struct fault *fault)
{
	struct side *side = own;
	struct verifying *verifying = side->verifying;

	if (!(side->keys ? pick_next(&side->pick, side->cells, fault) :
		fan_next(&verifying->fan, side->cells, fault)))
		return false;
	if (side->watched != NULL &&
		watch_row(&verifying->watch, side->watched, side->cells, fault) != 0)
		return false;
	if ((++verifying->progress.rows & 1023) == 0)
		progress_show(&verifying->progress);
	*row = (struct diff_row){ .cells = side->cells };
	return true;
}

static int target_end(void *own, struct fault *fault)
{
	struct side *side = own;

	fan_end(&side->verifying->fan, fault);
	fan_stop(&side->verifying->fan);
	side->watched = NULL;
	side->keys = false;
	return fault->status;
}

static int target_begin_keys(void *own, struct fault *fault)
{
	struct side *side = own;

	side->verifying->progress.rows = 0;
	side->keys = true;
	return pick_begin(&side->pick, &side->verifying->flow.arena, fault);
}

static int target_take(void *own, struct fault *fault)
{
	struct side *side = own;

	return pick_take(&side->pick, fault);
}

static bool target_begin_taken(void *own, struct fault *fault)
{
	struct side *side = own;

	return pick_rows(&side->pick, fault);
}

/* --- findings --------------------------------------------------------------------------------- */

static void print_findings(struct verifying *verifying)
{
	struct verify *verify = &verifying->verify;

	for (size_t i = 0; i < verify->finding_count; i++) {
		const struct verify_finding *finding = &verify->findings[i];
		const char *table = finding->table->expected->name;

		/* Where rows differ, it is they who tell. */
		if (strcmp(finding->kind, "profile") == 0 && !finding->table->equal)
			continue;
		(finding->same ? verdict_same : verdict_remark)(&verifying->verdict, table,
			finding->kind, finding->name, finding->expected, finding->found);
	}
	verify->finding_count = 0;
}

static void flush(struct verifying *verifying)
{
	if (quiet)
		bytes_clear(&verifying->verdict.print.text);
	else if (fault_of(verifying)->status == 0)
		process_print(&verifying->verdict.print.text, fault_of(verifying));
}

/* --- the rows of a table ---------------------------------------------------------------------- */

static int take_finding(void *own, const struct diff_finding *finding, struct fault *fault)
{
	struct side *side = own;
	struct verifying *verifying = side->verifying;
	int status;

	if (!side->table->whole && finding->kind == DIFF_EXTRA)
		return 0;
	if (newer_take(&verifying->newer, finding, &verifying->diff, fault))
		return 0;
	if (!side->headed) {
		verifying->diff.equal = false;
		diff_print_table(&verifying->verdict.print, side->couple, &verifying->diff);
		side->headed = true;
	}
	if (repair_file != NULL && repair_finding(&verifying->repair, finding, fault) != 0)
		return fault->status;
	status = diff_print_finding(&verifying->verdict.print, finding, fault);
	if (quiet)
		bytes_clear(&verifying->verdict.print.text);
	return status;
}

static void sum_up(struct verifying *verifying, struct side *side, double started)
{
	struct diff *diff = &verifying->diff;

	if (!side->table->whole)
		diff->extra = 0;
	diff->equal = diff->missing + diff->extra + diff->changed == 0;
	if (!side->headed)
		diff_print_table(&verifying->verdict.print, side->couple, diff);
	diff_print_total(&verifying->verdict.print, diff);
	side->table->equal = diff->equal && side->couple->count == side->couple->all &&
		side->couple->only_count[0] == 0 && verifying->newer.rows == 0;
	verdict_table(&verifying->verdict, side->couple, diff, started);
	newer_tell(&verifying->newer, &verifying->verdict);
}

/* The columns as rules may call them, in the order of the couple. */
static void make_watched(struct verifying *verifying, struct side *side, struct table *watched)
{
	const struct couple *couple = side->couple;

	*watched = *side->table->like;
	watched->source = side->table->expected->source;
	watched->columns = arena_array(&verifying->flow.arena, couple->count,
		sizeof(*watched->columns));
	watched->column_count = couple->count;
	if (watched->columns == NULL) {
		fault_memory(fault_of(verifying));
		return;
	}
	for (uint32_t i = 0; i < couple->count; i++)
		watched->columns[i] = *couple->columns[i].columns[1];
}

static void open_sides(struct verifying *verifying, struct side sides[2], size_t place)
{
	struct verify_table *table = &verifying->verify.tables[place];
	const struct couple *couple = &verifying->couples[place];
	struct diff *diff = &verifying->diff;

	for (int i = 0; i < 2; i++) {
		sides[i] = (struct side){ .verifying = verifying, .table = table, .couple = couple,
			.place = verifying->places[place] };
		sides[i].cells = arena_array(&verifying->flow.arena, couple->count,
			sizeof(*sides[i].cells));
		if (sides[i].cells == NULL)
			fault_memory(fault_of(verifying));
	}
	sides[0].attested = source_file == NULL;
	sides[0].straight = couple->count == table->expected->column_count;
	for (uint32_t i = 0; i < couple->count && sides[0].straight; i++)
		sides[0].straight = couple->columns[i].places[0] == i;
	diff->sides[0] = (struct diff_side){ .own = &sides[0], .begin = stream_begin,
		.next = stream_next, .end = stream_end, .forms = couple->forms[0] };
	diff->sides[1] = (struct diff_side){ .own = &sides[1], .begin = target_begin,
		.next = target_next, .end = target_end, .forms = couple->forms[1] };
	if (pick_may(&table->wish, couple->key_count)) {
		sides[1].pick = (struct pick){ .fan = &verifying->fan, .wish = &table->wish,
			.key = couple->key, .key_count = couple->key_count };
		diff->sides[1].begin_keys = target_begin_keys;
		diff->sides[1].take = target_take;
		diff->sides[1].begin_taken = target_begin_taken;
	}
	diff->columns = couple->count;
	diff->key = couple->key;
	diff->key_count = couple->key_count;
	diff->own = &sides[1];
	if (fault_of(verifying)->status == 0)
		respell_begin(&sides[0].respell, verifying->libpq, &table->wish, table->name,
			&verifying->flow.arena, fault_of(verifying));
}

static int count_rows(struct verifying *verifying, struct side *side)
{
	struct fault *fault = fault_of(verifying);
	struct diff *diff = &verifying->diff;

	if (diff_count(diff, &verifying->flow.arena, fault) != 0 || diff->equal ||
		!respell_trusts(&side->respell))
		return fault->status;
	respell_doubt(&side->respell);
	return diff_recount(diff, DIFF_LEFT, fault);
}

/* Rows that are not there may be those that the target has beside them. */
static void refuse_part(struct verifying *verifying, const struct table *table)
{
	flow_fail(&verifying->flow, STATUS_MISFIT, "--no-spool: the stream holds but some of the "
		"rows of table \"%s\", which can only be found among others when they are kept",
		table->name);
}

/* Nobody can look for rows that went by. */
static void tell_unfound(struct verifying *verifying, size_t place)
{
	const struct shelf_table *table = &verifying->shelf.tables[verifying->places[place]];

	if (table->total.part)
		refuse_part(verifying, table->definition);
	else
		verdict_unfound(&verifying->verdict, &verifying->couples[place], &verifying->diff,
			fault_of(verifying));
}

static void compare_rows(struct verifying *verifying, size_t place, struct table *watched)
{
	struct fault *fault = fault_of(verifying);
	struct diff *diff = &verifying->diff;
	const double started = verdict_now();
	struct side sides[2];

	verifying->progress.table = verifying->verify.tables[place].expected->name;
	verifying->progress.expected =
		verifying->shelf.tables[verifying->places[place]].total.rows;
	open_sides(verifying, sides, place);
	sides[1].watched = watched;
	if (fault->status == 0 && newer_column != NULL)
		newer_begin(&verifying->newer, &verifying->couples[place], newer_column, fault);
	if (fault->status == 0 && repair_file != NULL)
		repair_begin(&verifying->repair, &verifying->couples[place]);
	if (fault->status == 0 && verifying->shelf.passing)
		respell_doubt(&sides[0].respell);
	if (fault->status == 0)
		count_rows(verifying, &sides[0]);
	/* Of rows that pass this is known only now. */
	if (verifying->shelf.tables[verifying->places[place]].total.part) {
		verifying->verify.tables[place].whole = false;
		verifying->verdict.part = true;
	}
	if (fault->status == 0 && !diff->equal && verifying->shelf.passing)
		tell_unfound(verifying, place);
	else if (fault->status == 0 && (diff->equal || diff_find(diff, fault) == 0))
		sum_up(verifying, &sides[1], started);
	if (fault->status == 0 && source_file != NULL)
		witness_tell(&verifying->witness, &verifying->verdict,
			sides[0].table->expected->name, &verifying->flow.arena);
	if (fault->status == 0 && repair_file != NULL)
		repair_table_end(&verifying->repair, diff, fault);
	fan_stop(&verifying->fan);
	pick_close(&sides[1].pick);
	respell_close(&sides[0].respell);
}

/* --- tables and columns ----------------------------------------------------------------------- */

/* Rows that were made for tables which were there: what else those have is not their business. */
static bool is_like(const struct verifying *verifying)
{
	const struct hello *hello = &verifying->shelf.reader.hello;

	for (size_t i = 0; i < hello->stage_count; i++)
		for (size_t j = 0; j < hello->stages[i].setting_count; j++)
			if (strcmp(hello->stages[i].settings[j].option, "like") == 0)
				return true;
	return false;
}

/* Types are the target's business: what the values mean there is compared. */
static void couple_table(struct verifying *verifying, size_t place)
{
	struct verify_table *table = &verifying->verify.tables[place];
	struct couple *couple = &verifying->couples[place];
	struct flow *flow = &verifying->flow;
	const struct canonical_hint *hints = hint_table(&flow->arena, table->expected,
		timezone_name != NULL, zone, &flow->fault);

	if (hints == NULL || couple_tables(&flow->arena, table->expected, table->like, hints,
		couple, &flow->fault) != 0 ||
		key_lists_choose(&key_lists, couple, &flow->arena, &flow->fault) != 0)
		return;
	for (uint32_t i = 0; i < couple->count; i++)
		couple->columns[i].retyped = false;
	if (newer_column != NULL)
		newer_begin(&verifying->newer, couple, newer_column, &flow->fault);
	verifying->has_newer |= verifying->newer.couple == couple;
	verify_couple(&verifying->verify, table, couple, &flow->fault);
	verdict_columns(&verifying->verdict, couple, table->whole, is_like(verifying),
		&flow->arena);
}

static void couple_tables_all(struct verifying *verifying)
{
	struct verify *verify = &verifying->verify;

	verifying->couples = arena_array(&verifying->flow.arena, verify->count,
		sizeof(*verifying->couples));
	if (verifying->couples == NULL)
		fault_memory(fault_of(verifying));
	for (size_t i = 0; i < verify->count && fault_of(verifying)->status == 0; i++) {
		if (verify->tables[i].found != NULL)
			couple_table(verifying, i);
		else
			verdict_absent(&verifying->verdict, verify->tables[i].expected->name,
				verifying->shelf.tables[verifying->places[i]].total.rows,
				fault_of(verifying));
	}
	if (newer_column != NULL && !verifying->has_newer && fault_of(verifying)->status == 0)
		flow_fail(&verifying->flow, STATUS_USAGE, "--newer: no table has a column \"%s\"",
			newer_column);
	flush(verifying);
}

/* --- the command line, and what can be compared ----------------------------------------------- */

static void check_options(struct verifying *verifying)
{
	struct flow *flow = &verifying->flow;
	const char *path = flow_operand(flow, 0);

	if (only_tables + only_counts > 1)
		flow_fail(flow, STATUS_USAGE, "--tables-only and --count-only do not go together");
	if ((only_tables || only_counts) && (repair_file != NULL || rules_file != NULL))
		flow_fail(flow, STATUS_USAGE, "--repair and --expect need the rows, which "
			"--tables-only and --count-only do not read");
	if (raw && repair_file != NULL)
		flow_fail(flow, STATUS_USAGE, "--repair writes rows as pg-load takes them: it "
			"needs a stream with types, not --raw");
	if (no_spool && (subset || repair_file != NULL || source_file != NULL ||
		newer_column != NULL))
		flow_fail(flow, STATUS_USAGE, "--subset, --repair, --source and --newer need rows "
			"of the stream a second time, which --no-spool does not keep");
	if (source_file != NULL && strcmp(source_file, "-") == 0 &&
		(path == NULL || strcmp(path, "-") == 0))
		flow_fail(flow, STATUS_USAGE, "both streams cannot come through standard input");
	if (raw && source_file != NULL)
		flow_fail(flow, STATUS_USAGE, "--source is for a stream with types; --raw takes "
			"that of the source itself");
	if (timezone_name != NULL && !plan_zone(timezone_name, strlen(timezone_name), &zone))
		flow_fail(flow, STATUS_USAGE, "--timezone takes UTC or an offset such as +02:00, "
			"not \"%s\"", timezone_name);
	if (allowance != NULL && !verdict_may_allow(allowance))
		flow_fail(flow, STATUS_USAGE, "--allow-differences takes a number of rows, or a "
			"share such as 0.5%%, not \"%s\"", allowance);
}

/* At once, so that a password stands in no `ps`, and a mistake is told before all work. */
static void read_address(struct verifying *verifying)
{
	struct address *address = &verifying->address;
	struct flow *flow = &verifying->flow;

	if (flow->fault.status == 0)
		address_read(&flow->arena, database, env_file, address, &flow->fault);
	address_wipe(database);
	if (flow->fault.status == 0)
		process_say_all(address->notes, address->note_count);
	verifying->verify.schema = address->keywords.schema;
}

static const struct libpq_options how = { .tool = "pg-verify", .lock_timeout = 10000 };

static void connect_server(struct verifying *verifying)
{
	struct flow *flow = &verifying->flow;

	verifying->libpq = libpq_open(&flow->arena, &verifying->address, &how, &flow->fault);
	if (verifying->libpq != NULL && libpq_facts(verifying->libpq)->version < 120000)
		flow_fail(flow, STATUS_SERVER, "the server is PostgreSQL %s; version 12 or newer "
			"is needed", libpq_facts(verifying->libpq)->version_text);
}

static void check_table(struct verifying *verifying, const struct shelf_table *table)
{
	const struct table *definition = table->definition;
	struct flow *flow = &verifying->flow;

	if (strcmp(definition->coverage, "definitions") == 0)
		flow_fail(flow, STATUS_MISFIT, "table \"%s\" is a definition without rows: extract "
			"it without -s", definition->name);
	if (strcmp(definition->coverage, "repair") == 0 || table->total.deletes > 0)
		flow_fail(flow, STATUS_MISFIT, "%s says what to change, not what is to be there",
			verifying->shelf.reader.name);
	for (size_t i = 0; i < definition->column_count; i++)
		if (!raw && strcmp(definition->columns[i].type, "raw") == 0)
			flow_fail(flow, STATUS_MISFIT, "%s.%s has no type yet: verify what "
				"pg-load would be given (rows-replay FILE | rows-retype | "
				"rows-rename | pg-verify), or compare by meaning (--raw)",
				definition->name, definition->columns[i].name);
}

static void check_patterns(struct verifying *verifying)
{
	struct flow *flow = &verifying->flow;
	struct texts names = { arena_array(&flow->arena, verifying->shelf.count,
		sizeof(*names.items)), 0 };

	if (names.items == NULL) {
		fault_memory(&flow->fault);
		return;
	}
	for (size_t i = 0; i < verifying->shelf.count; i++)
		names.items[names.count++] = verifying->shelf.tables[i].definition->name;
	choice_check(&choice, &names, "the stream", &flow->fault);
}

static void take_tables(struct verifying *verifying)
{
	struct flow *flow = &verifying->flow;
	const size_t most = verifying->shelf.count;
	struct verify *verify = &verifying->verify;
	const struct table **tables = arena_array(&flow->arena, most, sizeof(*tables));

	verify->tables = arena_array(&flow->arena, most, sizeof(*verify->tables));
	verifying->places = arena_array(&flow->arena, most, sizeof(*verifying->places));
	if (tables == NULL || verify->tables == NULL || verifying->places == NULL) {
		fault_memory(&flow->fault);
		return;
	}
	for (size_t i = 0; i < most; i++) {
		const struct shelf_table *table = &verifying->shelf.tables[i];
		const bool part = subset || table->total.part ||
			strcmp(table->definition->coverage, "whole") != 0;

		if (!choice_wants(&choice, table->definition->name))
			continue;
		check_table(verifying, table);
		if (part && no_spool && verifying->shelf.passing)
			refuse_part(verifying, table->definition);
		tables[verify->count] = table->definition;
		verifying->places[verify->count] = i;
		verifying->verdict.part |= part;
		verify->tables[verify->count++] = (struct verify_table){
			.expected = table->definition, .whole = !part };
	}
	if (flow->fault.status == 0)
		key_lists_check(&key_lists, tables, verify->count, &flow->arena, &flow->fault);
}

static void read_rules(struct verifying *verifying)
{
	struct flow *flow = &verifying->flow;
	struct watch *watch = &verifying->watch;

	if (rules_file == NULL || flow->fault.status != 0)
		return;
	if (watch_read(rules_file, &verifying->rules, &flow->arena, &flow->fault) == 0)
		watch_begin(watch, &verifying->rules, &flow->arena, &flow->fault);
	watch->spool = spool;
	watch->now = ((int64_t)time(NULL) - DATE_UNIX) * DATE_SECOND;
}

/* Who asks for no row needs none of them kept. */
static void open_stream(struct verifying *verifying, const char *path)
{
	const bool counts = only_tables || only_counts;
	struct shelf *shelf = &verifying->shelf;
	struct flow *flow = &verifying->flow;

	if (!no_spool && !counts) {
		shelf_open(shelf, path, choice.only.count > 0, spool, &flow->arena, &flow->fault);
		return;
	}
	if (shelf_open_passing(shelf, path, &flow->arena, &flow->fault) == 0 && counts &&
		shelf->passing)
		shelf_finish(shelf, &flow->fault);
}

static void begin(struct verifying *verifying, int argc, char **argv)
{
	struct flow *flow = &verifying->flow;
	const char *path;

	flow_begin(flow, &tool, argc, argv);
	if (flow->fault.status != 0)
		return;
	check_options(verifying);
	read_rules(verifying);
	read_address(verifying);
	if (flow->fault.status == 0)
		connect_server(verifying);
	if (flow->fault.status != 0)
		return;
	path = flow_operand(flow, 0);
	progress_begin(&verifying->progress, "reading the stream");
	open_stream(verifying, path == NULL ? "-" : path);
	if (flow->fault.status == 0 && source_file != NULL && !only_tables && !only_counts)
		witness_open(&verifying->witness, source_file, spool, &flow->arena, &flow->fault);
	if (flow->fault.status == 0)
		check_patterns(verifying);
	if (flow->fault.status == 0)
		take_tables(verifying);
	verifying->verdict.print.names[0] = verifying->shelf.reader.name;
	verifying->verdict.print.names[1] = "the target";
	verifying->verdict.print.json = json;
	verifying->verdict.print.what = keys_only ? DIFF_PRINT_KEYS : DIFF_PRINT_ROWS;
	verifying->verdict.print.limit = (uint64_t)limit;
	verifying->verdict.tables = verifying->verify.count;
	verifying->verdict.allowance = allowance;
	verifying->verdict.scope = only_tables ? VERDICT_TABLES : only_counts ? VERDICT_COUNTS :
		VERDICT_VALUES;
	verifying->diff.spool = spool;
	verifying->diff.found = take_finding;
	verifying->verify.arena = &flow->arena;
	verifying->verify.libpq = verifying->libpq;
}

/* --- repair ----------------------------------------------------------------------------------- */

/* All definitions stand in front of the first row.  No two states of a target are the same. */
static void define_repair(struct verifying *verifying)
{
	struct flow *flow = &verifying->flow;
	struct hello target = { .version = STREAM_VERSION };

	if (descriptor_random(target.stream, &flow->fault) != 0 ||
		repair_open(&verifying->repair, repair_file, &verifying->shelf.reader.hello,
		&target, tool.name, &flow->arena, &flow->fault) != 0)
		return;
	for (size_t i = 0; i < verifying->verify.count && flow->fault.status == 0; i++) {
		if (verifying->verify.tables[i].found == NULL)
			flow_fail(flow, STATUS_MISFIT, "--repair: table \"%s\" is not in the "
				"target: load it, or leave it out with -T",
				verifying->verify.tables[i].expected->name);
		else
			repair_define(&verifying->repair, &verifying->couples[i], &flow->fault);
	}
}

/* --- all tables ------------------------------------------------------------------------------- */

static void count_table(struct verifying *verifying, size_t place)
{
	const struct verify_table *table = &verifying->verify.tables[place];
	const uint64_t expected = verifying->shelf.tables[verifying->places[place]].total.rows;
	uint64_t found = 0;

	if (verify_count(&verifying->verify, table, &found, fault_of(verifying)) != 0)
		return;
	if (!table->whole && found > expected)
		found = expected;
	verdict_count(&verifying->verdict, expected, found);
	if (found != expected)
		verdict_remark(&verifying->verdict, table->expected->name, "rows", NULL,
			arena_format(&verifying->flow.arena, "%llu", (unsigned long long)expected),
			arena_format(&verifying->flow.arena, "%llu", (unsigned long long)found));
}

static void probe_table(struct verifying *verifying, const struct verify_table *table)
{
	struct fault *fault = fault_of(verifying);

	if (fault->status == 0)
		verify_probe(&verifying->verify, table, &verifying->shelf.reader.ending, fault);
	if (fault->status == 0)
		print_findings(verifying);
}

/* What the stream's tools have changed stands at its end, and probes must know it. */
static void probe_passed(struct verifying *verifying)
{
	struct verify *verify = &verifying->verify;

	if (!verifying->shelf.passing || only_counts ||
		shelf_finish(&verifying->shelf, fault_of(verifying)) != 0)
		return;
	for (size_t i = 0; i < verify->count; i++)
		if (verify->tables[i].found != NULL)
			probe_table(verifying, &verify->tables[i]);
}

static void compare_table(struct verifying *verifying, size_t place)
{
	struct verify_table *table = &verifying->verify.tables[place];
	struct fault *fault = fault_of(verifying);
	struct side side = { .table = table, .couple = &verifying->couples[place] };
	struct table *watched = NULL;

	if (rules_file != NULL) {
		watched = arena_alloc(&verifying->flow.arena, sizeof(*watched));
		if (watched == NULL)
			fault_memory(fault);
		else
			make_watched(verifying, &side, watched);
		if (fault->status == 0)
			watch_table(&verifying->watch, watched, fault);
	}
	if (fault->status == 0)
		compare_rows(verifying, place, watched);
	if (!verifying->shelf.passing)
		probe_table(verifying, table);
	flush(verifying);
}

static void compare_tables(struct verifying *verifying)
{
	struct fault *fault = fault_of(verifying);
	struct verify *verify = &verifying->verify;

	progress_begin(&verifying->progress, "comparing");
	for (size_t i = 0; i < verify->count && fault->status == 0; i++) {
		if (verify->tables[i].found == NULL)
			continue;
		if (only_counts)
			count_table(verifying, i);
		else
			compare_table(verifying, i);
	}
	if (fault->status == 0)
		probe_passed(verifying);
	for (size_t i = 0; i < verify->count && fault->status == 0 && !only_counts; i++)
		if (verify->tables[i].found != NULL)
			verify_keys(verify, &verify->tables[i], fault);
	if (fault->status == 0)
		print_findings(verifying);
}

/* --- the answer ------------------------------------------------------------------------------- */

static void hold_rules(struct verifying *verifying)
{
	struct fault *fault = fault_of(verifying);
	struct watch *watch = &verifying->watch;

	if (rules_file != NULL && watch_check(watch, fault) == 0 && watch_end(watch, fault) == 0)
		watch_tell(watch, &verifying->verdict);
}

static void answer(struct verifying *verifying)
{
	struct bytes *to = &verifying->verdict.print.text;

	verdict_end(&verifying->verdict);
	if (report_file != NULL)
		verdict_write(&verifying->verdict, report_file, fault_of(verifying));
	if (quiet) {
		bytes_clear(to);
		return;
	}
	if (json)
		verdict_document(&verifying->verdict, to);
	else
		verdict_line(&verifying->verdict, to);
	process_print_all(to, fault_of(verifying));
}

static void run(struct verifying *verifying)
{
	struct fault *fault = fault_of(verifying);

	if (verify_open(&verifying->verify, fault) != 0)
		return;
	couple_tables_all(verifying);
	if (fault->status == 0)
		fan_open(&verifying->fan, verifying->libpq, only_tables || only_counts ? 1 :
			(size_t)jobs, &verifying->address, &how, &verifying->flow.arena, fault);
	if (fault->status == 0 && repair_file != NULL)
		define_repair(verifying);
	if (fault->status == 0 && only_tables) {
		for (size_t i = 0; i < verifying->verify.count; i++)
			if (verifying->verify.tables[i].found != NULL)
				verifying->verdict.rows += verifying->shelf.tables[
					verifying->places[i]].total.rows;
	} else if (fault->status == 0) {
		compare_tables(verifying);
	}
	if (fault->status == 0)
		hold_rules(verifying);
	progress_end(&verifying->progress);
	if (fault->status == 0)
		answer(verifying);
}

int main(int argc, char **argv)
{
	struct verifying verifying = { .verdict.started = verdict_now() };
	struct flow *flow = &verifying.flow;
	int status;

	begin(&verifying, argc, argv);
	if (flow->fault.status == 0)
		run(&verifying);
	progress_end(&verifying.progress);
	if (verifying.repair.arena != NULL)
		repair_close(&verifying.repair, &flow->fault);
	for (size_t i = 0; verifying.couples != NULL && i < verifying.verify.count; i++)
		couple_close(&verifying.couples[i]);
	diff_close(&verifying.diff);
	verdict_close(&verifying.verdict);
	if (rules_file != NULL)
		watch_close(&verifying.watch);
	fan_close(&verifying.fan);
	if (verifying.libpq != NULL)
		libpq_close(verifying.libpq);
	if (source_file != NULL)
		witness_close(&verifying.witness);
	shelf_close(&verifying.shelf);
	status = flow_end(flow);
	return status == 0 && verdict_different(&verifying.verdict) &&
		!verifying.verdict.allowed ? STATUS_NO : status;
}
