#include "db/load.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/print.h"
#include "db/native.h"
#include "row/identifier.h"

enum { PIECE = 64 * 1024, LOCK_WAIT = 10 /* seconds */ };

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

const char *load_schema(const struct load *load, size_t place)
{
	const char *schema = load->target->tables[place].table->schema;

	return schema != NULL ? schema : load->target->schema;
}

const char *load_step_schema(const struct load *load, const struct target_step *step)
{
	return step->schema != NULL ? step->schema : load_schema(load, step->place);
}

int load_ask(struct load *load, const char *sql, const char *const *parameters, size_t count,
	struct libpq_rows *rows, struct fault *fault)
{
	return libpq_query(load->libpq, load->arena, sql, parameters, count, rows, fault);
}

/*
 * The name is the first thing in quotes of a statement that makes a table or fills it.  An unlogged
 * one would be empty after a crash of the server, with the word of its rows beside it: it becomes
 * unlogged when it is published.
 */
const char *load_place_sql(const struct load *load, size_t place, const char *sql,
	struct fault *fault)
{
	const char *name = load->target->tables[place].name, *at = strchr(sql, '"');
	static const char unlogged[] = "CREATE UNLOGGED ";
	const bool forgets = strncmp(sql, unlogged, strlen(unlogged)) == 0;
	const char *text;

	if (load->places == NULL)
		return sql;
	if (at == NULL || strncmp(at, name, strlen(name)) != 0) {
		fault_set(fault, STATUS_BUG, "a statement without its table: %s", name);
		return NULL;
	}
	text = arena_format(load->arena, "%.*s%s%s", forgets ? 13 : (int)(at - sql),
		forgets ? "CREATE TABLE " : sql, load->places[place].quoted, at + strlen(name));
	if (text == NULL)
		fault_memory(fault);
	return text;
}

void load_add_name(struct bytes *json, const char *schema, const char *name)
{
	bytes_add_byte(json, '[');
	print_json(json, schema, strlen(schema));
	bytes_add_byte(json, ',');
	print_json(json, name, strlen(name));
}

/* Runs what was gathered, which is emptied. */
static int run_text(struct load *load, struct bytes *sql, struct fault *fault)
{
	bytes_add_byte(sql, '\0');
	if (sql->failed)
		fault_memory(fault);
	else
		libpq_run(load->libpq, (const char *)sql->data, fault);
	bytes_clear(sql);
	return fault->status;
}

/* --- steps ------------------------------------------------------------------------------------ */

/*
 * What is left out or made weaker instead of losing all rows: values that a constraint or an index
 * does not take, and what the server does not have or not so.  A missing right is none of these.
 */
static bool may_do_without(const struct load *load)
{
	static const char *const classes[] = { "0A", "22", "23", "2B", "42", "54" };
	const char *state = libpq_error(load->libpq)->state;

	for (size_t i = 0; i < sizeof(classes) / sizeof(classes[0]); i++)
		if (strncmp(state, classes[i], 2) == 0)
			return strcmp(state, "42501") != 0;
	return false;
}

/* In a savepoint, in one message. */
static int try_sql(struct load *load, const char *sql, struct fault *fault)
{
	char *text = arena_format(load->arena, "SAVEPOINT rowpipe_step;%s;"
		"RELEASE SAVEPOINT rowpipe_step", sql);

	return text == NULL ? fault_memory(fault) : libpq_run(load->libpq, text, fault);
}

static int go_back(struct load *load, struct fault *fault)
{
	return libpq_run(load->libpq, "ROLLBACK TO SAVEPOINT rowpipe_step;"
		"RELEASE SAVEPOINT rowpipe_step", fault);
}

static int note_step(struct load *load, const struct target_step *step, const char *trouble,
	bool weaker, struct fault *fault)
{
	struct target_todo todo = { .kind = step->what, .name = step->name,
		.table = step->table, .sql = step->source != NULL ? step->source : step->sql };

	todo.reason = arena_format(load->arena, "%s; %s", trouble,
		weaker ? step->weaker : "it was left out");
	return todo.reason == NULL ? fault_memory(fault) :
		target_add_todo(load->target, &todo, fault);
}

/* What the server refuses gets its other way, if that is one, and becomes a to-do. */
static int run_step(struct load *load, struct target_step *step, struct fault *fault)
{
	struct fault trouble = { 0 }, again = { 0 };
	bool weaker;

	step->made = try_sql(load, step->sql, &trouble) == 0;
	if (step->made)
		return 0;
	if (!may_do_without(load))
		return fault_set(fault, trouble.status, "%s %s%s%s: %s", step->what,
			step->name == NULL ? "" : step->name,
			step->table == NULL ? "" : " of table ",
			step->table == NULL ? "" : step->table, trouble.text);
	if (go_back(load, fault) != 0)
		return fault->status;
	weaker = step->otherwise != NULL && try_sql(load, step->otherwise, &again) == 0;
	if (step->otherwise != NULL && !weaker) {
		if (!may_do_without(load))
			return fault_set(fault, again.status, "%s of table %s: %s", step->what,
				step->table, again.text);
		if (go_back(load, fault) != 0)
			return fault->status;
	}
	return note_step(load, step, trouble.text, weaker, fault);
}

/* Of the steps behind the rows this one is at work. */
static void tell_step(const struct load *load, size_t place)
{
	const struct target *target = load->target;
	size_t first = 0;

	while (target->steps[first].phase < TARGET_NOT_NULL)
		first++;
	if (load->tell != NULL)
		load->tell(load->context, target->steps[place].what, target->steps[place].table,
			place - first + 1, target->step_count - first);
}

void load_enter(const struct load *load, const char *part)
{
	if (load->enter != NULL)
		load->enter(load->context, part);
}

/* The parts of the work behind the rows, but for the last. */
static void enter_phase(const struct load *load, enum target_phase phase)
{
	static const char *const parts[TARGET_PHASES] = { [TARGET_NOT_NULL] = "not null",
		[TARGET_KEY] = "keys", [TARGET_INDEX] = "indexes", [TARGET_CHECK] = "checks",
		[TARGET_FOREIGN] = "foreign keys", [TARGET_VIEW] = "views" };

	if (parts[phase] != NULL)
		load_enter(load, parts[phase]);
}

static int run_phase(struct load *load, enum target_phase phase, struct fault *fault)
{
	const struct target *target = load->target;
	int status = 0;
	bool entered = false;

	for (size_t i = 0; i < target->step_count && status == 0; i++) {
		if (target->steps[i].phase != phase)
			continue;
		if (!entered)
			enter_phase(load, phase);
		entered = true;
		if (phase >= TARGET_NOT_NULL)
			tell_step(load, i);
		status = run_step(load, &target->steps[i], fault);
	}
	return status;
}

/* --- what is no table ------------------------------------------------------------------------- */

/* Whatever the server has against it, but not that it is going away. */
static bool may_be_left(const struct load *load)
{
	static const char *const classes[] = { "08", "25", "40", "53", "57", "58", "XX" };
	const char *state = libpq_error(load->libpq)->state;

	for (size_t i = 0; i < sizeof(classes) / sizeof(classes[0]); i++)
		if (strncmp(state, classes[i], 2) == 0)
			return false;
	return *state != '\0';
}

/* Comments, owners and rights are for what was made here, never for what was there before. */
static bool is_made(const struct load *load, const char *key)
{
	for (size_t i = 0; i < load->target->step_count; i++)
		if (load->target->steps[i].made && load->target->steps[i].key != NULL &&
			strcmp(load->target->steps[i].key, key) == 0)
			return true;
	return false;
}

static int run_object(struct load *load, struct target_step *step, struct fault *fault)
{
	struct fault trouble = { 0 };

	if (step->needs != NULL && !is_made(load, step->needs)) {
		step->trouble = "what it is for was not made here";
		return 0;
	}
	step->made = try_sql(load, step->sql, &trouble) == 0;
	if (step->made)
		return 0;
	if (step->must || !may_be_left(load))
		return fault_set(fault, trouble.status, "%s %s: %s", step->what,
			step->name == NULL ? "" : step->name, trouble.text);
	step->trouble = arena_text(load->arena, trouble.text);
	return step->trouble == NULL ? fault_memory(fault) : go_back(load, fault);
}

/*
 * One may need another that stands behind it, or a function the tables: as long as something can be
 * made, the rest is tried again.
 */
static int run_objects(struct load *load, enum target_phase most, struct fault *fault)
{
	bool more = true;

	while (more) {
		more = false;
		for (size_t i = 0; i < load->target->step_count; i++) {
			struct target_step *step = &load->target->steps[i];

			if (step->made || step->phase > most || (step->phase != TARGET_BEFORE &&
				step->phase != TARGET_AFTER && step->phase != TARGET_OWNER))
				continue;
			if (run_object(load, step, fault) != 0)
				return fault->status;
			more |= step->made;
		}
	}
	return 0;
}

/* A function may speak of tables that are not there yet. */
static int run_early_objects(struct load *load, struct fault *fault)
{
	if (!load->target->native)
		return 0;
	if (libpq_run(load->libpq, "SET LOCAL check_function_bodies = off", fault) != 0)
		return fault->status;
	return run_objects(load, TARGET_BEFORE, fault);
}

static int note_objects(struct load *load, struct fault *fault)
{
	for (size_t i = 0; i < load->target->step_count; i++) {
		const struct target_step *step = &load->target->steps[i];
		struct target_todo todo = { .kind = step->what, .name = step->name,
			.table = step->table, .sql = step->sql, .reason = step->trouble };

		if (!step->made && step->trouble != NULL &&
			target_add_todo(load->target, &todo, fault) != 0)
			break;
	}
	return fault->status;
}

/* --- beginning -------------------------------------------------------------------------------- */

/* IF NOT EXISTS alone asks for a right that a schema which is there needs no more. */
int load_make_schemas(struct load *load, struct fault *fault)
{
	static const char sql[] = "SELECT 1 FROM pg_catalog.pg_namespace WHERE nspname = $1";
	struct libpq_rows rows;
	int status = 0;

	for (size_t i = 0; i < load->target->step_count && status == 0; i++) {
		struct target_step *step = &load->target->steps[i];

		if (step->phase != TARGET_SCHEMA)
			continue;
		status = load_ask(load, sql, &step->name, 1, &rows, fault);
		if (status == 0 && rows.count == 0) {
			status = libpq_run(load->libpq, step->sql, fault);
			step->made = status == 0;
		}
	}
	return status;
}

/* A table that the server refuses is made without what it was to compute. */
static int make_table(struct load *load, const struct target_step *step, struct fault *fault)
{
	const char *sql = load_place_sql(load, step->place, step->sql, fault);
	const char *otherwise = load_place_sql(load, step->place, step->otherwise, fault);
	struct fault trouble = { 0 };

	if (sql == NULL || otherwise == NULL || try_sql(load, sql, &trouble) == 0)
		return fault->status;
	if (!may_do_without(load) || strcmp(libpq_error(load->libpq)->state, "42P07") == 0)
		return fault_set(fault, trouble.status, "table %s: %s", step->table, trouble.text);
	if (go_back(load, fault) != 0 || libpq_run(load->libpq, otherwise, fault) != 0)
		return fault->status;
	return load_make_bare(load, step->place, trouble.text, fault);
}

int load_make_bare(struct load *load, size_t place, const char *trouble, struct fault *fault)
{
	const struct target_step *step = load->target->steps;

	while (step->phase != TARGET_TABLE || step->place != place)
		step++;
	load->tables[place].trouble = arena_text(load->arena, trouble);
	if (load->tables[place].trouble == NULL)
		return fault_memory(fault);
	if (target_make_bare(load->target, place, fault) != 0)
		return fault->status;
	return note_step(load, step, trouble, true, fault);
}

/* All tables with one message; only if that is refused, each on its own. */
int load_make_tables(struct load *load, struct fault *fault)
{
	struct bytes sql = { 0 };
	struct fault trouble = { 0 };
	int status;

	bytes_add_text(&sql, "SAVEPOINT rowpipe_step");
	for (size_t i = 0; i < load->target->step_count && fault->status == 0; i++) {
		const struct target_step *step = &load->target->steps[i];
		const char *text = step->phase != TARGET_TABLE ? NULL :
			load_place_sql(load, step->place, step->sql, fault);

		if (text != NULL)
			bytes_format(&sql, ";%s", text);
	}
	bytes_add_text(&sql, ";RELEASE SAVEPOINT rowpipe_step");
	status = fault->status != 0 ? fault->status : run_text(load, &sql, &trouble);
	bytes_close(&sql);
	if (status == 0 || fault->status != 0)
		return status;
	if (!may_do_without(load))
		return fault_set(fault, trouble.status, "%s", trouble.text);
	status = go_back(load, fault);
	for (size_t i = 0; i < load->target->step_count && status == 0; i++)
		if (load->target->steps[i].phase == TARGET_TABLE)
			status = make_table(load, &load->target->steps[i], fault);
	return status;
}

/* lz4 makes TOAST several times as fast, where the server has it. */
int load_set_compression(struct load *load, struct fault *fault)
{
	return libpq_run(load->libpq, "SELECT pg_catalog.set_config(name, 'lz4', true) "
		"FROM pg_catalog.pg_settings WHERE name = 'default_toast_compression' "
		"AND 'lz4' = ANY (enumvals)", fault);
}

static int begin_table(struct load *load, size_t place, struct fault *fault)
{
	struct load_table *table = &load->tables[place];
	const struct target_table *target = &load->target->tables[place];
	size_t count = target->table->column_count;

	table->target = target;
	table->sql = load_place_sql(load, place, target->copy, fault);
	table->types = arena_array(load->arena, count, sizeof(*table->types));
	table->places = arena_array(load->arena, count, sizeof(*table->places));
	table->cells = arena_array(load->arena, count, sizeof(*table->cells));
	table->computed = arena_array(load->arena, count, sizeof(*table->computed));
	if (table->types == NULL || table->places == NULL || table->cells == NULL ||
		table->computed == NULL)
		return fault_memory(fault);
	for (size_t i = 0; i < count; i++) {
		if (target->generated[i])
			continue;
		table->types[table->count] = target->types[i];
		table->places[table->count++] = (uint32_t)i;
	}
	return fault->status;
}

/* [["public","users"], ...]: where they are now. */
static const char *list_tables(struct load *load, struct fault *fault)
{
	struct bytes json = { 0 };
	char *copy;

	bytes_add_byte(&json, '[');
	for (size_t i = 0; i < load->target->table_count; i++) {
		bytes_add_text(&json, i == 0 ? "" : ",");
		if (load->places != NULL)
			load_add_name(&json, load->places[i].schema, load->places[i].name);
		else
			load_add_name(&json, load_schema(load, i),
				load->target->tables[i].table->name);
		bytes_add_byte(&json, ']');
	}
	bytes_add_byte(&json, ']');
	copy = bytes_settle(&json, load->arena);
	if (copy == NULL)
		fault_memory(fault);
	return copy;
}

enum { FORM_PLACE, FORM_TABLE, FORM_TYPE, FORM_MOD, FORM_NAME };

/* A column as the server has it: binary is for the very type that is encoded. */
static uint32_t match_column(struct load_table *table, uint32_t place,
	const struct libpq_rows *rows, size_t row)
{
	bool same;

	table->oid = strtoull(libpq_cell(rows, row, FORM_TABLE), NULL, 10);
	if (libpq_cell(rows, row, FORM_TYPE) == NULL) /* a table without any */
		return 0;
	if (place >= table->target->table->column_count)
		return 1;
	same = copy_matches(&table->target->types[place],
		(uint32_t)strtoul(libpq_cell(rows, row, FORM_TYPE), NULL, 10),
		(int32_t)strtol(libpq_cell(rows, row, FORM_MOD), NULL, 10));
	table->binary &= table->target->generated[place] || same;
	table->altered |= (!same && copy_oid(&table->target->types[place]) != 0) ||
		strcmp(libpq_cell(rows, row, FORM_NAME),
		table->target->table->columns[place].name) != 0;
	return 1;
}

static int choose_forms(struct load *load, struct fault *fault)
{
	static const char sql[] = "SELECT w.place - 1, c.oid, a.atttypid, a.atttypmod, a.attname "
		"FROM pg_catalog.json_array_elements($1::pg_catalog.json) WITH ORDINALITY "
		"w (v, place) "
		"JOIN pg_catalog.pg_namespace n ON n.nspname = w.v->>0 "
		"JOIN pg_catalog.pg_class c ON c.relnamespace = n.oid AND c.relname = w.v->>1 "
		"LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 "
		"ORDER BY w.place, a.attnum";
	const char *names = list_tables(load, fault);
	struct libpq_rows rows;
	size_t row = 0;

	if (names == NULL || load_ask(load, sql, &names, 1, &rows, fault) != 0)
		return fault->status;
	for (size_t i = 0; i < load->target->table_count; i++) {
		struct load_table *table = &load->tables[i];
		uint32_t columns = 0;

		table->binary = true;
		for (; row < rows.count &&
			strtoull(libpq_cell(&rows, row, FORM_PLACE), NULL, 10) == i; row++)
			columns += match_column(table, columns, &rows, row);
		table->altered |= columns != table->target->table->column_count;
	}
	return 0;
}

int load_begin_tables(struct load *load, struct fault *fault)
{
	for (size_t i = 0; i < load->target->table_count && fault->status == 0; i++)
		begin_table(load, i, fault);
	return fault->status != 0 || load->filling ? fault->status : choose_forms(load, fault);
}

int load_make_identities(struct load *load, struct fault *fault)
{
	return run_phase(load, TARGET_IDENTITY, fault);
}

int load_open(struct load *load, struct fault *fault)
{
	load->tables = arena_array(load->arena, load->target->table_count, sizeof(*load->tables));
	return load->tables == NULL ? fault_memory(fault) : 0;
}

/* A session that was lost may still commit; only behind the lock it is over. */
int load_lock(struct load *load, struct fault *fault)
{
	load->control.arena = load->arena;
	load->control.libpq = load->libpq;
	if (libpq_begin(load->libpq, fault) != 0 ||
		control_lock(&load->control, load->stream, LOCK_WAIT, fault) != 0)
		return fault->status;
	return libpq_run(load->libpq, "SET LOCAL lock_timeout = 0", fault);
}

int load_begin(struct load *load, struct fault *fault)
{
	int status = load_open(load, fault);

	load->freezes = true;
	load_enter(load, "tables");
	if (status == 0)
		status = load_set_compression(load, fault);
	if (status == 0)
		status = load_make_schemas(load, fault);
	if (status == 0)
		status = run_early_objects(load, fault);
	if (status == 0)
		status = load_make_tables(load, fault);
	if (status == 0)
		status = load_make_identities(load, fault);
	if (status == 0)
		status = load_begin_tables(load, fault);
	load_enter(load, "rows");
	return status;
}

/* --- rows ------------------------------------------------------------------------------------- */

static int put(struct load *load, struct fault *fault)
{
	int status;

	if (load->buffer.failed)
		return fault_memory(fault);
	load->open->bytes += load->buffer.size;
	load->sent += load->buffer.size;
	status = libpq_copy_put(load->libpq, load->buffer.data, load->buffer.size, fault);
	bytes_clear(&load->buffer);
	return status;
}

int load_close_copy(struct load *load, struct fault *fault)
{
	struct load_table *table = load->open;
	int status;

	if (table == NULL)
		return 0;
	copy_end(&load->copy, &load->buffer);
	status = put(load, fault);
	if (status == 0)
		status = libpq_copy_end(load->libpq, table->copied, fault);
	load->open = NULL;
	table->seconds += now();
	return status;
}

/* Where tables are interleaved, or segments end, the rows of one come in several. */
static int open_copy(struct load *load, struct load_table *table, struct fault *fault)
{
	int status = load_close_copy(load, fault);

	if (status != 0)
		return status;
	bytes_clear(&load->command);
	bytes_format(&load->command, "%s WITH (FORMAT %s%s)%c", table->sql,
		table->binary ? "binary" : "text", load->freezes ? ", FREEZE" : "", '\0');
	load->copy = (struct copy){ .form = table->binary ? COPY_BINARY : COPY_TEXT,
		.types = table->types, .count = table->count };
	if (load->command.failed)
		return fault_memory(fault);
	status = libpq_copy_begin(load->libpq, (const char *)load->command.data,
		load->places != NULL ? load->places[table - load->tables].name :
		table->target->table->name, fault);
	if (status != 0)
		return status;
	libpq_copy_goes_on(load->libpq, table->rows);
	load->open = table;
	if (!table->begun)
		table->began = now();
	table->begun = true;
	table->copied = 0;
	table->seconds -= now();
	bytes_clear(&load->buffer);
	copy_begin(&load->copy, &load->buffer);
	return 0;
}

/* A column that was there is not made for the source's values. */
static int refuse_kept(struct load *load, struct load_table *table, struct fault *fault)
{
	const uint32_t place = load->copy.column;
	const struct column *column = &table->target->table->columns[table->places[place]];
	const char *type = type_target(load->arena, &table->types[place]);

	return fault_set(fault, STATUS_MISFIT, "%s.%s, row %llu: %s, which is %s in the target; "
		"mend the value in the source, or widen the column", table->target->shown,
		column->name, (unsigned long long)table->rows + 1, load->copy.why,
		type == NULL ? "" : type);
}

static int refuse_row(struct load *load, struct load_table *table, struct fault *fault)
{
	const struct table *definition = table->target->table;

	if (load->filling)
		return refuse_kept(load, table, fault);
	return fault_set(fault, STATUS_MISFIT, "%s.%s, row %llu: %s; give the column another type "
		"in the plan (rows-retype --set '%s.%s -> … text')", definition->source,
		definition->columns[table->places[load->copy.column]].source,
		(unsigned long long)table->rows + 1, load->copy.why, definition->source,
		definition->columns[table->places[load->copy.column]].source);
}

/* The cells that COPY gets; those of computed columns are summed. */
static const struct value *without_computed(struct load *load, struct load_table *table,
	const struct value *cells)
{
	for (size_t i = 0; i < table->target->table->column_count; i++)
		if (table->target->generated[i])
			computed_add(&table->computed[i], &load->scratch, &cells[i]);
	for (uint32_t i = 0; i < table->count; i++)
		table->cells[i] = cells[table->places[i]];
	return table->cells;
}

int load_row(struct load *load, size_t place, const struct value *cells, struct fault *fault)
{
	struct load_table *table = &load->tables[place];
	int status = table == load->open ? 0 : open_copy(load, table, fault);

	if (status != 0)
		return status;
	if (table->count != table->target->table->column_count)
		cells = without_computed(load, table, cells);
	if (!copy_row(&load->copy, &load->buffer, cells))
		return refuse_row(load, table, fault);
	table->rows++;
	table->copied++;
	return load->buffer.size >= PIECE || load->buffer.failed ? put(load, fault) : 0;
}

void load_pass_row(struct load *load, size_t place, const struct value *cells)
{
	struct load_table *table = &load->tables[place];

	if (table->count != table->target->table->column_count)
		without_computed(load, table, cells);
	if (!table->begun)
		table->began = now();
	table->begun = true;
	table->rows++;
}

int load_table_end(struct load *load, size_t place, uint64_t rows, struct fault *fault)
{
	struct load_table *table = &load->tables[place];
	int status = table == load->open ? load_close_copy(load, fault) : 0;

	if (status == 0 && table->rows != rows)
		status = fault_set(fault, STATUS_BUG, "%llu rows of table \"%s\" were loaded, but "
			"the stream has %llu", (unsigned long long)table->rows,
			table->target->table->source, (unsigned long long)rows);
	return status;
}

/* --- the end ---------------------------------------------------------------------------------- */

static int run_steps(struct load *load, struct fault *fault)
{
	int status = 0;

	for (int phase = TARGET_NOT_NULL; phase <= TARGET_VIEW && status == 0; phase++)
		status = run_phase(load, (enum target_phase)phase, fault);
	return status;
}

static long long type_most(const struct type *type)
{
	return type->kind == TYPE_INT2 ? INT16_MAX :
		type->kind == TYPE_INT4 ? INT32_MAX : INT64_MAX;
}

/*
 * The identity goes on behind the largest key that is there or was there; behind the largest of all
 * it has no next one.  setval survives ROLLBACK, but this sequence does not.
 */
static int add_restart(struct load *load, const struct load_table *table, struct bytes *sql,
	struct fault *fault)
{
	const struct target_table *target = table->target;
	const struct column *column = target_identity(target);
	const long long most = type_most(&target->types[column - target->table->columns]);
	const long long last = column->last_identity > most ? most : column->last_identity;

	bytes_add_text(sql, "SELECT pg_catalog.setval(pg_catalog.pg_get_serial_sequence(");
	libpq_literal(sql, target->name, strlen(target->name), fault);
	bytes_add_byte(sql, ',');
	libpq_literal(sql, column->name, strlen(column->name), fault);
	bytes_add_text(sql, "), v) FROM (SELECT LEAST(GREATEST(max(");
	libpq_name(load->libpq, sql, column->name, fault);
	bytes_format(sql, "), %lld), %lld) AS v FROM %s) m WHERE v > 0;", last < 0 ? 0 : last, most,
		target->name);
	return fault->status;
}

static int restart_identities(struct load *load, struct fault *fault)
{
	struct bytes sql = { 0 };
	int status = 0;

	if (load->target->native && !load->definitions)
		native_add_positions(load->target, &sql, fault);
	for (size_t i = 0; i < load->target->table_count && status == 0; i++)
		if (!load->target->native && target_identity(&load->target->tables[i]) != NULL)
			status = add_restart(load, &load->tables[i], &sql, fault);
	if (status == 0 && sql.size > 0 && fault->status == 0)
		status = run_text(load, &sql, fault);
	bytes_close(&sql);
	return fault->status;
}

/* Statistics only help: a table without them is no reason to lose it. */
int load_analyze(struct load *load, struct fault *fault)
{
	struct fault trouble = { 0 };
	struct bytes sql = { 0 };
	int status;

	if (load->target->table_count == 0)
		return 0;
	bytes_add_text(&sql, "SAVEPOINT rowpipe_step");
	for (size_t i = 0; i < load->target->table_count; i++)
		bytes_format(&sql, "%s%s", i == 0 ? ";ANALYZE " : ", ",
			load->target->tables[i].name);
	bytes_add_text(&sql, ";RELEASE SAVEPOINT rowpipe_step");
	status = run_text(load, &sql, &trouble);
	bytes_close(&sql);
	if (status == 0)
		return 0;
	if (!may_do_without(load))
		return fault_set(fault, trouble.status, "%s", trouble.text);
	return go_back(load, fault);
}

/* The views that were made, as SQL has their names. */
static int gather_views(struct load *load, struct fault *fault)
{
	const char **views = arena_array(load->arena, load->target->step_count, sizeof(*views));
	size_t count = 0;

	if (views == NULL)
		return fault_memory(fault);
	for (size_t i = 0; i < load->target->step_count && fault->status == 0; i++) {
		const struct target_step *step = &load->target->steps[i];
		struct bytes name = { 0 };

		if (step->phase != TARGET_VIEW || !step->made)
			continue;
		identifier_add_both(&name, load_step_schema(load, step), step->name);
		views[count] = bytes_settle(&name, load->arena);
		if (views[count++] == NULL)
			fault_memory(fault);
	}
	load->run.views = views;
	load->run.view_count = count;
	return fault->status;
}

int load_remember(struct load *load, const char *chain, const char *source, const char *mode,
	bool *forgotten, struct fault *fault)
{
	const size_t count = load->target->table_count;
	struct control_table *tables = arena_array(load->arena, count, sizeof(*tables));
	struct control_run *run = &load->run;

	if (tables == NULL)
		return fault_memory(fault);
	for (size_t i = 0; i < count; i++)
		tables[i] = (struct control_table){ load->target->tables[i].table->source,
			load->target->tables[i].name, load->tables[i].oid, load->tables[i].rows,
			false };
	run->stream = load->stream;
	run->chain = chain;
	run->mode = mode;
	run->foreign = load->filling;
	run->source = source;
	run->tables = tables;
	run->table_count = count;
	if (gather_views(load, fault) != 0)
		return fault->status;
	if (load->run.attempt != 0)
		control_end_run(&load->control, run, fault);
	else
		control_remember(&load->control, run, fault);
	*forgotten = load->control.forgotten;
	return fault->status;
}

static int check_computed(struct load *load, struct fault *fault)
{
	int status = load->scratch.failed ? fault_memory(fault) : 0;

	for (size_t i = 0; i < load->target->table_count && status == 0; i++) {
		const struct load_table *table = &load->tables[i];

		for (size_t j = 0; j < table->target->table->column_count && status == 0; j++)
			if (table->target->generated[j] && table->begun)
				status = computed_check(load->libpq, table->target->name,
					table->target->table->columns[j].name,
					&table->target->types[j], table->computed[j],
					fault);
	}
	return status;
}

int load_end(struct load *load, const char *chain, const char *source, struct fault *fault)
{
	int status = check_computed(load, fault);
	bool forgotten;

	if (status == 0)
		status = run_steps(load, fault);
	load_enter(load, "commit");
	if (status == 0)
		status = restart_identities(load, fault);
	if (status == 0)
		status = load_analyze(load, fault);
	if (status == 0)
		status = run_objects(load, TARGET_AFTER, fault);
	if (status == 0 && !load->definitions)
		status = load_remember(load, chain, source, "create", &forgotten, fault);
	if (status == 0)
		status = run_objects(load, TARGET_OWNER, fault);
	if (status == 0)
		status = note_objects(load, fault);
	if (status == 0)
		status = libpq_run(load->libpq, "SET CONSTRAINTS ALL IMMEDIATE", fault);
	if (status != 0)
		return status;
	if (!load->dry)
		return libpq_commit(load->libpq, fault);
	libpq_rollback(load->libpq);
	return 0;
}

void load_close(struct load *load)
{
	if (load->open != NULL)
		libpq_copy_abort(load->libpq);
	bytes_close(&load->buffer);
	bytes_close(&load->scratch);
	bytes_close(&load->command);
}
