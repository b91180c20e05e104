/* From where the tables wait to where they belong: the last part of staging.h's promise. */
#include <stdio.h>
#include <string.h>

#include "db/look.h"
#include "db/readers.h"
#include "db/staging.h"
#include "db/text.h"

enum { LOCK_WAIT = 2000, PAUSE = 500 }; /* milliseconds */

static void tell_waiting(void *context)
{
	const struct load *load = context;

	if (load->tell != NULL)
		load->tell(load->context, "waiting for the end", "older transactions", 1, 1);
}

static int run_text(struct staging *staging, struct bytes *sql, struct fault *fault)
{
	bytes_add_byte(sql, '\0');
	if (sql->failed)
		fault_memory(fault);
	else if (fault->status == 0)
		libpq_run(staging->load->libpq, (const char *)sql->data, fault);
	bytes_close(sql);
	return fault->status;
}

/* The schema first, then the name: nobody there has one like it. */
static void add_move(struct staging *staging, size_t place, struct bytes *sql, struct fault *fault)
{
	const struct load *load = staging->load;
	const struct load_place *from = &staging->places[place];
	const struct target_table *to = &load->target->tables[place];

	bytes_format(sql, "ALTER TABLE %s SET SCHEMA ", from->quoted);
	libpq_name(load->libpq, sql, load_schema(load, place), fault);
	bytes_add_byte(sql, ';');
	if (strcmp(from->name, to->table->name) == 0)
		return;
	bytes_add_text(sql, "ALTER TABLE ");
	libpq_name(load->libpq, sql, load_schema(load, place), fault);
	bytes_add_byte(sql, '.');
	libpq_name(load->libpq, sql, from->name, fault);
	bytes_add_text(sql, " RENAME TO ");
	libpq_name(load->libpq, sql, to->table->name, fault);
	bytes_add_byte(sql, ';');
}

/* What only held while they waited. */
static void add_settling(const struct staging *staging, size_t place, struct bytes *sql)
{
	const struct target_table *table = &staging->load->target->tables[place];

	if (staging->load->tables[place].trouble != NULL)
		bytes_format(sql, "COMMENT ON TABLE %s IS NULL;", table->name);
	if (table->table->unlogged)
		bytes_format(sql, "ALTER TABLE %s SET UNLOGGED;", table->name);
}

/*
 * Others can hold a lock on what waits here, too: a dump of the whole database does, or the server
 * when it looks after the tables.  So it is not waited for long, while nobody can begin to.
 */
static int move_tables(struct staging *staging, struct fault *fault)
{
	struct load *load = staging->load;
	struct bytes sql = { 0 };

	bytes_format(&sql, "SET LOCAL lock_timeout = %d;", LOCK_WAIT);
	for (size_t i = 0; i < load->target->table_count; i++)
		add_move(staging, i, &sql, fault);
	for (size_t i = 0; i < load->target->table_count; i++)
		add_settling(staging, i, &sql);
	if (staging->own)
		bytes_format(&sql, "DROP SCHEMA %s;", staging->schema);
	bytes_add_text(&sql, "SET LOCAL lock_timeout = 0");
	return run_text(staging, &sql, fault);
}

/*
 * What ALTER DEFAULT PRIVILEGES IN SCHEMA says holds for what is made there; these were made
 * somewhere else.
 */
static int grant_defaults(struct staging *staging, struct fault *fault)
{
	static const char sql[] = "SELECT pg_catalog.string_agg(pg_catalog.format('GRANT %s ON "
		"TABLE %s TO %s%s', x.privilege_type, c.oid::regclass, CASE x.grantee WHEN 0 THEN "
		"'PUBLIC' ELSE pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(x.grantee)) END, "
		"CASE WHEN x.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END), ';') "
		"FROM pg_catalog.pg_class c JOIN pg_catalog.pg_default_acl d ON "
		"d.defaclnamespace = c.relnamespace AND d.defaclrole = c.relowner "
		"AND d.defaclobjtype = 'r' CROSS JOIN LATERAL pg_catalog.aclexplode(d.defaclacl) x "
		"WHERE c.oid = ANY ($1::oid[])";
	struct load *load = staging->load;
	struct bytes oids = { 0 };
	struct libpq_rows rows;
	const char *list, *grants;

	for (size_t i = 0; i < load->target->table_count; i++)
		text_add_number(&oids, load->tables[i].oid);
	list = text_end_list(&oids, load->arena, fault);
	if (list == NULL || load_ask(load, sql, &list, 1, &rows, fault) != 0)
		return fault->status;
	grants = libpq_cell(&rows, 0, 0);
	return grants == NULL ? 0 : libpq_run(load->libpq, grants, fault);
}

/* In the open transaction. */
static int move_all(struct staging *staging, struct fault *fault)
{
	struct load *load = staging->load;

	if (load_make_schemas(load, fault) != 0 || move_tables(staging, fault) != 0 ||
		grant_defaults(staging, fault) != 0)
		return fault->status;
	load->places = NULL;
	return load_make_identities(load, fault);
}

/* What came to stand there since the load began. */
static int look_again(struct staging *staging, struct fault *fault)
{
	struct findings findings = { 0 };

	if (look_at_names(staging->load, &findings, fault) != 0 || findings.stops == 0)
		return fault->status;
	return fault_set(fault, findings.status, "since the load began names were taken: %s. The "
		"rows stay staged: the same command goes on when there is room, or give them up: "
		"%s", findings.items[0].text, staging->way_out);
}

static bool was_locked(const struct staging *staging)
{
	return strcmp(libpq_error(staging->load->libpq)->state, "55P03") == 0;
}

/* Somebody's lock is no reason to give up before the time is over. */
static int move_patiently(struct staging *staging, unsigned seconds, struct fault *fault)
{
	const unsigned tries = 1 + seconds * 1000 / (LOCK_WAIT + PAUSE);
	struct fault trouble = { 0 };

	for (unsigned i = 0; i < tries; i++) {
		trouble = (struct fault){ 0 };
		if (staging_begin_transaction(staging, &trouble) == 0)
			move_all(staging, &trouble);
		if (trouble.status == 0 || !was_locked(staging))
			break;
		libpq_rollback(staging->load->libpq);
		staging->open = false;
		tell_waiting(staging->load);
		if (readers_sleep(PAUSE, &trouble) != 0)
			break;
	}
	if (trouble.status != 0)
		fault_set(fault, trouble.status, "%s", trouble.text);
	return fault->status;
}

static int add_waiting(struct staging *staging, const struct fault *trouble, struct fault *fault)
{
	if (trouble->status != STATUS_AGAIN || !libpq_alive(staging->load->libpq))
		return fault_set(fault, trouble->status, "%s", trouble->text);
	return fault_set(fault, trouble->status, "%s. All rows are staged: the same command "
		"publishes them", trouble->text);
}

/* Its own tables are of no use to anybody: a session that is over leaves none. */
int staging_drop(struct staging *staging, struct fault *fault)
{
	struct bytes sql = { 0 };

	bytes_add_text(&sql, "SET LOCAL lock_timeout = 0;");
	for (size_t i = 0; i < staging->load->target->table_count; i++)
		bytes_format(&sql, "DROP TABLE %s;", staging->places[i].quoted);
	if (staging->own)
		bytes_format(&sql, "DROP SCHEMA %s", staging->schema);
	return run_text(staging, &sql, fault);
}

int staging_gather(struct staging *staging, struct fault *fault)
{
	if (load_close_copy(staging->load, fault) != 0 ||
		staging_end_segments(staging, fault) != 0)
		return fault->status;
	return staging->open ? 0 : staging_begin_transaction(staging, fault);
}

/* One segment alone has made the tables itself: nobody ever saw them, whatever snapshot he has. */
int staging_publish(struct staging *staging, unsigned seconds, struct fault *fault)
{
	struct load *load = staging->load;
	struct fault trouble = { 0 };

	if (!staging->committed)
		return load_close_copy(load, fault) == 0 ? move_all(staging, fault) : fault->status;
	if (staging_end_segments(staging, fault) != 0 || look_again(staging, fault) != 0)
		return fault->status;
	if (readers_wait(load->libpq, load->arena, seconds, tell_waiting, load, &trouble) == 0)
		move_patiently(staging, seconds, &trouble);
	return trouble.status == 0 ? 0 : add_waiting(staging, &trouble, fault);
}
