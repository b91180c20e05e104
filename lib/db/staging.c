#include "db/staging.h"

#include <stdio.h>
#include <string.h>

#include "db/look.h"
#include "db/text.h"

enum { WAIT = 10 }; /* seconds, for another loader of the stream */

/* --- is it one -------------------------------------------------------------------------------- */

/* What the values of a column take at most, as far as its profile knows. */
static double most_bytes(const struct profile *profile)
{
	return 8.0 * (double)(profile->integers + profile->reals) +
		(double)(profile->texts + profile->ill) * (double)profile->longest_text +
		(double)profile->blobs * (double)profile->longest_blob;
}

/* What is not known counts as large. */
static bool is_large(const struct load *load, uint64_t every)
{
	double bytes = 0;

	for (size_t i = 0; i < load->target->table_count; i++) {
		const struct table *table = load->target->tables[i].table;

		if (!table->counted)
			return true;
		bytes += 4.0 * (double)table->expected * (double)table->column_count;
		for (size_t j = 0; j < table->column_count && table->expected > 0; j++) {
			if (table->columns[j].profile == NULL)
				return true;
			bytes += most_bytes(table->columns[j].profile);
		}
	}
	return bytes > (double)every;
}

static bool brings_types(const struct target *target)
{
	for (size_t i = 0; i < target->step_count; i++)
		if (target->steps[i].phase == TARGET_BEFORE)
			return true;
	return false;
}

/* Where an earlier try, by whatever role, has made the tables; NULL: there was none. */
static const char *find_schema(struct staging *staging, struct fault *fault)
{
	static const char sql[] = "SELECT n.nspname FROM rowpipe.progress p JOIN "
		"pg_catalog.pg_class c ON c.oid = p.table_oid JOIN pg_catalog.pg_namespace n "
		"ON n.oid = c.relnamespace WHERE p.stream = $1 AND pg_catalog.starts_with("
		"n.nspname::text, 'rowpipe') LIMIT 1";
	struct libpq_rows rows;

	if (load_ask(staging->load, sql, &staging->load->stream, 1, &rows, fault) != 0 ||
		rows.count == 0)
		return NULL;
	return libpq_cell(&rows, 0, 0);
}

/* A schema of the load's own; tables in schema rowpipe; or nothing. */
static int choose_schema(struct staging *staging, struct fault *fault)
{
	static const char sql[] = "SELECT EXISTS (SELECT FROM pg_catalog.pg_namespace n WHERE "
		"n.nspname = $1 AND pg_catalog.has_schema_privilege(n.oid, 'CREATE')), "
		"pg_catalog.has_database_privilege(pg_catalog.current_database(), 'CREATE'), "
		"pg_catalog.has_schema_privilege('rowpipe', 'CREATE'), "
		"pg_catalog.quote_ident(current_user)";
	struct load *load = staging->load;
	const char *own = control_stage(load->arena, load->stream);
	const char *found = find_schema(staging, fault);
	struct libpq_rows rows;

	if (own == NULL)
		return fault_memory(fault);
	staging->name = own;
	if (found != NULL) {
		staging->own = strcmp(found, "rowpipe") != 0;
		staging->schema = found;
	}
	if (found != NULL || fault->status != 0 || load_ask(load, sql, &own, 1, &rows, fault) != 0)
		return fault->status;
	staging->own = *libpq_cell(&rows, 0, 0) == 't' || *libpq_cell(&rows, 0, 1) == 't';
	staging->schema = staging->own ? own : "rowpipe";
	if (staging->own || *libpq_cell(&rows, 0, 2) == 't')
		return 0;
	staging->schema = NULL;
	staging->why = arena_format(load->arena, "the role may make no schema for what is half "
		"loaded (GRANT CREATE ON SCHEMA rowpipe TO %s)", libpq_cell(&rows, 0, 3));
	return staging->why == NULL ? fault_memory(fault) : 0;
}

/* --- places ----------------------------------------------------------------------------------- */

/* Two tables of one name, in two schemas, and tables among rowpipe's own have a name of ours. */
static bool keeps_name(const struct staging *staging, size_t place)
{
	const struct target *target = staging->load->target;

	for (size_t i = 0; i < place && staging->own; i++)
		if (strcmp(target->tables[i].table->name, target->tables[place].table->name) == 0)
			return false;
	return staging->own;
}

static int make_places(struct staging *staging, struct fault *fault)
{
	struct load *load = staging->load;
	const size_t count = load->target->table_count;
	const char *schema = text_quote(load->arena, staging->schema), *name;

	staging->places = arena_array(load->arena, count, sizeof(*staging->places));
	staging->parts = arena_array(load->arena, count, sizeof(*staging->parts));
	if (staging->places == NULL || staging->parts == NULL || schema == NULL)
		return fault_memory(fault);
	for (size_t i = 0; i < count; i++) {
		struct load_place *place = &staging->places[i];

		place->schema = staging->schema;
		place->name = keeps_name(staging, i) ? load->target->tables[i].table->name :
			arena_format(load->arena, "%s_%zu", staging->name, i);
		name = place->name == NULL ? NULL : text_quote(load->arena, place->name);
		place->quoted = name == NULL ? NULL :
			arena_format(load->arena, "%s.%s", schema, name);
		if (place->quoted == NULL)
			return fault_memory(fault);
	}
	load->places = staging->places;
	return 0;
}

static int make_way_out(struct staging *staging, struct fault *fault)
{
	staging->way_out = arena_format(staging->load->arena, "pg-control forget --yes%s '%s'",
		staging->address, staging->load->stream);
	return staging->way_out == NULL ? fault_memory(fault) : 0;
}

/* --- the first transaction -------------------------------------------------------------------- */

int staging_begin_transaction(struct staging *staging, struct fault *fault)
{
	struct load *load = staging->load;

	if (libpq_begin(load->libpq, fault) != 0)
		return fault->status;
	staging->open = true;
	staging->mark = load->sent;
	arena_reset(&staging->scratch);
	load->control.arena = &staging->scratch;
	control_attempt_holds(&load->control, &load->run, fault);
	load->control.arena = load->arena;
	return fault->status == 0 ? load_set_compression(load, fault) : fault->status;
}

/* What the server refused of a table stands in its comment until it is published. */
static int note_trouble(struct staging *staging, size_t place, struct fault *fault)
{
	const char *trouble = staging->load->tables[place].trouble;
	struct bytes sql = { 0 };

	if (trouble == NULL)
		return 0;
	bytes_format(&sql, "COMMENT ON TABLE %s IS ", staging->places[place].quoted);
	libpq_literal(&sql, trouble, strlen(trouble), fault);
	bytes_add_byte(&sql, '\0');
	if (sql.failed)
		fault_memory(fault);
	else if (fault->status == 0)
		libpq_run(staging->load->libpq, (const char *)sql.data, fault);
	bytes_close(&sql);
	return fault->status;
}

static int make_schema(struct staging *staging, struct fault *fault)
{
	const char *sql = arena_format(&staging->scratch, "CREATE SCHEMA %s", staging->schema);
	struct fault trouble = { 0 };

	if (sql == NULL)
		return fault_memory(fault);
	if (!staging->own || libpq_run(staging->load->libpq, sql, &trouble) == 0)
		return 0;
	if (strcmp(libpq_error(staging->load->libpq)->state, "42P06") != 0)
		return fault_set(fault, trouble.status, "%s", trouble.text);
	return fault_set(fault, STATUS_MISFIT, "schema %s is there, and is not this load's: if "
		"no other load of this stream is staged in it, make room with DROP SCHEMA %s "
		"CASCADE;", staging->schema, staging->schema);
}

static int make_tables(struct staging *staging, struct fault *fault)
{
	struct load *load = staging->load;

	if (staging_begin_transaction(staging, fault) != 0 || make_schema(staging, fault) != 0 ||
		load_make_tables(load, fault) != 0 || load_begin_tables(load, fault) != 0)
		return fault->status;
	load->freezes = true;
	for (size_t i = 0; i < load->target->table_count && fault->status == 0; i++) {
		staging->parts[i].oid = load->tables[i].oid;
		note_trouble(staging, i, fault);
	}
	return fault->status;
}

/* --- beginning -------------------------------------------------------------------------------- */

static int take_over(struct staging *staging, struct fault *fault)
{
	struct load *load = staging->load;
	const char *chain;

	if (make_way_out(staging, fault) != 0 ||
		control_begin_run(&load->control, &load->run, WAIT, &chain, fault) != 0)
		return fault->status;
	if (load->run.begun != NULL)
		return fault_set(fault, STATUS_MISFIT, "a part of this stream is staged in mode "
			"%s: go on in that one, or give up what is staged: %s", load->run.begun,
			staging->way_out);
	if (chain != NULL) {
		load->complete = true;
		load->chain = chain;
		return 0;
	}
	staging->on = true;
	if (make_places(staging, fault) != 0 ||
		staging_look_at_others(staging, fault) != 0 || load_open(load, fault) != 0 ||
		staging_resume(staging, fault) != 0)
		return fault->status;
	return staging->committed ? 0 : make_tables(staging, fault);
}

/* A part of it is there: however large it is, and whatever is asked for now, it is gone on with. */
static bool was_begun(struct load *load, struct fault *fault)
{
	struct control_segment *segments;
	size_t count = 0;

	if (load->control.state == CONTROL_OPEN)
		control_read_progress(&load->control, load->stream, &segments, &count, fault);
	return count > 0;
}

/*
 * In one transaction all the same: under the lock once more, since another loader may have been at
 * it meanwhile.
 */
static int be_whole(struct load *load, struct fault *fault)
{
	struct findings findings = { 0 };

	if (load_lock(load, fault) != 0 || control_look(&load->control, fault) != 0 ||
		control_find(&load->control, load->stream, &load->chain, fault) != 0)
		return fault->status;
	load->complete = load->chain != NULL;
	if (load->complete || strcmp(load->run.mode, "create") != 0 ||
		look_at_names(load, &findings, fault) != 0 || findings.stops == 0)
		return fault->status;
	return fault_set(fault, findings.status, "%s", findings.items[0].text);
}

int staging_begin(struct staging *staging, struct load *load, uint64_t every, struct fault *fault)
{
	staging->load = load;
	staging->every = every == 0 ? UINT64_MAX : every;
	load->run.stream = load->stream;
	if (load->dry || load->definitions || ((every == 0 || !is_large(load, every)) &&
		!was_begun(load, fault)))
		return fault->status;
	if (brings_types(load->target)) {
		staging->why = "the stream brings types or functions that tables may need";
		return 0;
	}
	libpq_rollback(load->libpq);
	if (control_open(&load->control, fault) != 0)
		return fault->status;
	if (load->control.state != CONTROL_OPEN) {
		staging->why = "nothing can be written to schema rowpipe, where it would be "
			"remembered how far it came";
		return be_whole(load, fault);
	}
	if (choose_schema(staging, fault) != 0)
		return fault->status;
	return staging->schema == NULL ? be_whole(load, fault) : take_over(staging, fault);
}

/* Only a temporary table makes the schema of such; then it has a name. */
static int find_temporary_schema(struct staging *staging, struct fault *fault)
{
	static const char make[] = "CREATE TEMPORARY TABLE rowpipe_first () ON COMMIT DROP";
	static const char sql[] = "SELECT nspname FROM pg_catalog.pg_namespace WHERE "
		"oid = pg_catalog.pg_my_temp_schema()";
	struct libpq_rows rows;

	if (libpq_run(staging->load->libpq, make, fault) != 0 ||
		load_ask(staging->load, sql, NULL, 0, &rows, fault) != 0)
		return fault->status;
	staging->schema = libpq_cell(&rows, 0, 0);
	return 0;
}

int staging_begin_temporary(struct staging *staging, struct fault *fault)
{
	struct load *load = staging->load;

	staging->own = false;
	staging->name = control_stage(load->arena, load->stream);
	if (staging->name == NULL)
		return fault_memory(fault);
	if (find_temporary_schema(staging, fault) != 0 || make_places(staging, fault) != 0 ||
		load_open(load, fault) != 0 || load_set_compression(load, fault) != 0 ||
		load_make_tables(load, fault) != 0)
		return fault->status;
	return load_begin_tables(load, fault);
}

/* --- segments --------------------------------------------------------------------------------- */

bool staging_has(const struct staging *staging, uint64_t frame)
{
	return staging->on && frame <= staging->reach;
}

static const char *chain_text(const struct ledger *ledger, char chain[33])
{
	uint8_t raw[16];

	ledger_chain(ledger, raw);
	for (size_t i = 0; i < sizeof(raw); i++)
		snprintf(chain + 2 * i, 3, "%02x", raw[i]);
	return chain;
}

static int refuse_stream(const struct staging *staging, const char *chain, struct fault *fault)
{
	return fault_set(fault, STATUS_MISFIT, "a stream of this id was loaded up to frame %llu, "
		"and its chain there was %s; this one's is %s: they hold other rows. Feed it the "
		"stream that it began with, or give up what is staged: %s",
		(unsigned long long)staging->reach, staging->chain, chain, staging->way_out);
}

int staging_meet(struct staging *staging, const struct ledger *ledger, struct fault *fault)
{
	char chain[33];

	if (ledger->seq != staging->reach)
		return 0;
	staging->met = strcmp(chain_text(ledger, chain), staging->chain) == 0;
	return staging->met ? 0 : refuse_stream(staging, chain, fault);
}

/* The last frame that is committed held rows; in another stream that place may hold none. */
static int check_met(const struct staging *staging, struct fault *fault)
{
	return staging->reach == 0 || staging->met ? 0 :
		refuse_stream(staging, "another one", fault);
}

int staging_ready(struct staging *staging, struct fault *fault)
{
	if (check_met(staging, fault) != 0)
		return fault->status;
	return staging->open ? 0 : staging_begin_transaction(staging, fault);
}

static int write_part(struct staging *staging, size_t place, struct fault *fault)
{
	struct staging_part *part = &staging->parts[place];
	struct load *load = staging->load;
	const struct control_segment segment = { .schema = load_schema(load, place),
		.name = load->target->tables[place].table->name, .oid = load->tables[place].oid,
		.first = part->first, .last = part->last, .chain = part->chain,
		.rows = part->rows };

	if (part->rows == 0)
		return 0;
	part->rows = 0;
	return control_write_progress(&load->control, load->stream, &segment, fault);
}

/* The rows and the word of them, or neither. */
static int end_segment(struct staging *staging, struct fault *fault)
{
	struct load *load = staging->load;

	load_close_copy(load, fault);
	load->control.arena = &staging->scratch;
	for (size_t i = 0; i < load->target->table_count && fault->status == 0; i++)
		write_part(staging, i, fault);
	load->control.arena = load->arena;
	if (fault->status != 0 || libpq_commit(load->libpq, fault) != 0)
		return fault->status;
	staging->open = false;
	staging->committed = true;
	staging->segments++;
	staging->rows += staging->now;
	staging->now = 0;
	load->freezes = false;
	return 0;
}

int staging_frame(struct staging *staging, size_t place, uint64_t rows, const struct ledger *ledger,
	struct fault *fault)
{
	struct staging_part *part = &staging->parts[place];

	if (rows == 0)
		return 0;
	if (part->rows == 0)
		part->first = ledger->seq;
	part->last = ledger->seq;
	part->rows += rows;
	staging->now += rows;
	chain_text(ledger, part->chain);
	return staging->load->sent - staging->mark < staging->every ? 0 :
		end_segment(staging, fault);
}

int staging_end_segments(struct staging *staging, struct fault *fault)
{
	if (check_met(staging, fault) != 0)
		return fault->status;
	return staging->open && staging->committed ? end_segment(staging, fault) : 0;
}

void staging_close(struct staging *staging)
{
	arena_close(&staging->scratch);
}
