/*
 * Which columns of the target the stream fills, and in which form: a cell is held to the target's
 * own type, since the server rounds and cuts what it reads without a word.
 */
#include <stdlib.h>
#include <string.h>

#include "db/fill.h"
#include "db/steps.h"
#include "db/text.h"

static const char read_columns[] =
	"SELECT a.attrelid, a.attname, a.atttypid, a.atttypmod,"
	" CASE t.typtype WHEN 'd' THEN format_type(t.typbasetype, t.typtypmod) END,"
	" t.typnotnull, t.typdefault IS NOT NULL,"
	" has_column_privilege(a.attrelid, a.attnum, 'INSERT')"
	" FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid"
	" WHERE a.attrelid = ANY ($1::oid[]) AND a.attnum > 0 AND NOT a.attisdropped"
	" ORDER BY a.attrelid, a.attnum";

enum { COLUMN_TABLE, COLUMN_NAME, COLUMN_OID, COLUMN_MOD, COLUMN_BASE, COLUMN_NOT_NULL,
	COLUMN_DEFAULT, COLUMN_MAY };

/* One table at work. */
struct looking {
	struct fill *fill;
	struct fill_table *own;
	struct target_table *target;
	const struct libpq_rows *rows;
	size_t first;        /* of its rows */
	struct bytes absent; /* names for the findings */
	struct bytes kept;
	struct bytes wanted;
	size_t absent_count, kept_count, wanted_count;
	bool may, binary;
	struct fault *fault;
};

/* The row and the place of a column; false: there is none of the name. */
static bool find_column(const struct looking *looking, const char *name, size_t *row, size_t *place)
{
	const struct table *found = looking->own->found;

	for (*place = 0; *place < found->column_count; ++*place)
		if (strcmp(found->columns[*place].name, name) == 0)
			break;
	*row = looking->first + *place;
	return *place < found->column_count;
}

static const char *cell(const struct looking *looking, size_t row, size_t column)
{
	return libpq_cell(looking->rows, row, column);
}

/* --- types ------------------------------------------------------------------------------------ */

/* Types whose cells are alike: what one of them takes, or refuses, another can. */
static enum type_kind class_of(enum type_kind kind)
{
	switch (kind) {
	case TYPE_INT2:
	case TYPE_INT4:
		return TYPE_INT8;
	case TYPE_FLOAT4:
		return TYPE_FLOAT8;
	case TYPE_VARCHAR:
	case TYPE_CHAR:
		return TYPE_TEXT;
	case TYPE_JSONB:
		return TYPE_JSON;
	default:
		return kind;
	}
}

/*
 * What holds the cells to the column.  A type that only the server knows is given texts, which it
 * reads itself; but a domain that counts characters or digits would cut them silently.
 */
static bool choose_type(const struct type *from, const struct type *to, const struct type *base,
	struct type *type)
{
	const enum type_kind class = class_of(from->kind);

	*type = *to;
	if (to->kind != TYPE_OTHER)
		return class == class_of(to->kind);
	if (base->kind != TYPE_OTHER && (class == class_of(base->kind) || (class == TYPE_OTHER &&
		(class_of(base->kind) == TYPE_TEXT || base->kind == TYPE_NUMERIC)))) {
		*type = *base;
		return true;
	}
	*type = *from;
	return class == TYPE_TEXT || (class == TYPE_OTHER && strcmp(from->name, to->name) == 0);
}

static const char *show_type(struct looking *looking, const struct type *type)
{
	const char *text = type_target(looking->fill->load->arena, type);

	return text == NULL ? "raw" : text;
}

static void set_type(struct looking *looking, size_t at, size_t row, size_t place)
{
	struct arena *arena = looking->fill->load->arena;
	const struct column *column = &looking->target->table->columns[at];
	const struct type *to = &looking->fill->inventory.wishes[looking->own->place].types[place];
	const char *base = cell(looking, row, COLUMN_BASE);
	struct type from, under = { .kind = TYPE_OTHER };

	if (!type_parse(arena, column->target != NULL ? column->target : column->type, &from) ||
		from.kind == TYPE_RAW) {
		fill_find(looking->fill, LOOK_STOP, STATUS_MISFIT, "%s.%s has no type yet: pass "
			"the stream through rows-retype --like", looking->target->shown,
			column->name);
		return;
	}
	if (base != NULL)
		type_parse(arena, base, &under);
	if (!choose_type(&from, to, &under, &looking->target->types[at]))
		fill_find(looking->fill, LOOK_STOP, STATUS_MISFIT, "%s.%s is %s in the stream and "
			"%s in the target: rows-retype --like gives it the target's type",
			looking->target->shown, column->name, show_type(looking, &from),
			show_type(looking, to));
	looking->binary &= copy_matches(&looking->target->types[at],
		(uint32_t)strtoul(cell(looking, row, COLUMN_OID), NULL, 10),
		(int32_t)strtol(cell(looking, row, COLUMN_MOD), NULL, 10));
}

/* --- columns ---------------------------------------------------------------------------------- */

static bool has_no_null(const struct looking *looking, size_t row, size_t place)
{
	return looking->own->found->columns[place].not_null ||
		inventory_truth(cell(looking, row, COLUMN_NOT_NULL));
}

static void look_at_column(struct looking *looking, size_t at)
{
	const struct column *column = &looking->target->table->columns[at];
	size_t row, place;

	if (!find_column(looking, column->name, &row, &place)) {
		fill_add_listed(&looking->absent, &looking->absent_count, column->name);
		return;
	}
	if (looking->own->found->columns[place].generated != NULL) {
		looking->target->generated[at] = true;
		return;
	}
	looking->may &= inventory_truth(cell(looking, row, COLUMN_MAY));
	set_type(looking, at, row, place);
	if (has_no_null(looking, row, place) && steps_nulls(column) > 0)
		fill_find(looking->fill, LOOK_STOP, STATUS_MISFIT, "%s.%s holds %llu NULL%s in "
			"the source, and takes none in the target: mend the source, or ALTER "
			"COLUMN DROP NOT NULL", looking->target->shown, column->name,
			(unsigned long long)steps_nulls(column),
			steps_nulls(column) == 1 ? "" : "s");
}

static bool is_in_stream(const struct looking *looking, const char *name)
{
	const struct table *table = looking->target->table;

	for (size_t i = 0; i < table->column_count; i++)
		if (strcmp(table->columns[i].name, name) == 0)
			return true;
	return false;
}

/* What the stream has nothing for gets its default, or NULL; or nothing can be loaded. */
static void look_at_rest(struct looking *looking, size_t place)
{
	const struct column *column = &looking->own->found->columns[place];
	const size_t row = looking->first + place;

	if (column->generated != NULL || is_in_stream(looking, column->name))
		return;
	if (column->fallback != NULL || column->identity != NULL ||
		inventory_truth(cell(looking, row, COLUMN_DEFAULT)) ||
		!has_no_null(looking, row, place))
		fill_add_listed(&looking->kept, &looking->kept_count, column->name);
	else
		fill_add_listed(&looking->wanted, &looking->wanted_count, column->name);
}

static void tell_columns(struct looking *looking)
{
	const char *shown = looking->target->shown;
	struct fill *fill = looking->fill;

	if (looking->absent_count > 0)
		fill_find(fill, LOOK_STOP, STATUS_MISFIT, "%s has no column %s: name the target's "
			"(rows-rename --like), or leave it out (rows-select --drop)", shown,
			fill_settle(fill, &looking->absent, looking->fault));
	if (looking->wanted_count > 0)
		fill_find(fill, LOOK_STOP, STATUS_MISFIT, "%s: the stream has nothing for %s, "
			"which takes no NULL and has no default: ALTER TABLE %s ALTER COLUMN ... "
			"SET DEFAULT ... for the load, or add it to the source", shown,
			fill_settle(fill, &looking->wanted, looking->fault), shown);
	if (looking->kept_count > 0)
		fill_find(fill, LOOK_OK, 0, "%s: left to their defaults: %s", shown,
			fill_settle(fill, &looking->kept, looking->fault));
	if (!looking->may)
		fill_find(fill, LOOK_STOP, STATUS_RIGHTS, "no right to load %s; its owner can "
			"help: GRANT INSERT ON %s TO %s", shown, shown,
			libpq_facts(fill->load->libpq)->user);
}

static const char *list_filled(struct looking *looking)
{
	const struct target_table *target = looking->target;
	struct bytes text = { 0 };

	for (size_t i = 0; i < target->table->column_count; i++) {
		if (target->generated[i])
			continue;
		bytes_add_text(&text, text.size == 0 ? "" : ", ");
		libpq_name(looking->fill->load->libpq, &text, target->table->columns[i].name,
			looking->fault);
	}
	return fill_settle(looking->fill, &text, looking->fault);
}

static void look_at_table(struct looking *looking)
{
	const struct table *table = looking->target->table;

	looking->binary = true;
	looking->may = true;
	for (size_t i = 0; i < table->column_count && looking->fault->status == 0; i++)
		look_at_column(looking, i);
	for (size_t i = 0; i < looking->own->found->column_count; i++)
		look_at_rest(looking, i);
	tell_columns(looking);
	looking->own->columns = list_filled(looking);
	if (looking->own->columns != NULL)
		looking->target->copy = arena_format(looking->fill->load->arena,
			*looking->own->columns == '\0' ? "COPY %s%s FROM STDIN" :
			"COPY %s (%s) FROM STDIN", looking->target->name, looking->own->columns);
	if (looking->target->copy == NULL)
		fault_memory(looking->fault);
}

static int make_room(struct fill *fill, size_t place, struct fault *fault)
{
	struct target_table *target = &fill->load->target->tables[place];
	const size_t count = target->table->column_count;

	target->types = arena_array(fill->load->arena, count, sizeof(*target->types));
	target->generated = arena_array(fill->load->arena, count, sizeof(*target->generated));
	target->not_null = arena_array(fill->load->arena, count, sizeof(*target->not_null));
	if (target->types == NULL || target->generated == NULL || target->not_null == NULL)
		fault_memory(fault);
	return fault->status;
}

/* What the inventory has read, in the same order. */
static int find_rows(struct looking *looking)
{
	const struct libpq_rows *rows = looking->rows;
	const struct table *found = looking->own->found;
	size_t count = 0;

	while (looking->first < rows->count && strcmp(libpq_cell(rows, looking->first,
		COLUMN_TABLE), looking->own->oid) != 0)
		looking->first++;
	while (looking->first + count < rows->count && count < found->column_count &&
		strcmp(cell(looking, looking->first + count, COLUMN_NAME),
		found->columns[count].name) == 0)
		count++;
	return count == found->column_count ? 0 : fault_set(looking->fault, STATUS_AGAIN,
		"%s was altered while it was looked at: repeat the command",
		looking->target->shown);
}

int fill_look_at_columns(struct fill *fill, struct fault *fault)
{
	bool *binary = arena_array(fill->load->arena, fill->count, sizeof(*binary));
	struct libpq_rows rows;

	if (binary == NULL)
		return fault_memory(fault);
	if (inventory_ask(&fill->inventory, read_columns, &rows, fault) != 0)
		return fault->status;
	for (size_t i = 0; i < fill->count && fault->status == 0; i++) {
		struct looking looking = { .fill = fill, .own = &fill->tables[i], .rows = &rows,
			.target = &fill->load->target->tables[i], .fault = fault };

		if (find_rows(&looking) == 0 && make_room(fill, i, fault) == 0)
			look_at_table(&looking);
		binary[i] = looking.binary;
	}
	if (fault->status != 0 || load_open(fill->load, fault) != 0 ||
		load_begin_tables(fill->load, fault) != 0)
		return fault->status;
	for (size_t i = 0; i < fill->count; i++) {
		fill->load->tables[i].binary = binary[i];
		fill->load->tables[i].oid = strtoull(fill->tables[i].oid, NULL, 10);
	}
	return 0;
}
