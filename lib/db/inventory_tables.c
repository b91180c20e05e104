/* The other parts of an inventory are in inventory.c and inventory_objects.c. */
#include "db/inventory.h"

#include <stdlib.h>
#include <string.h>

#include "db/text.h"

static int64_t integer(const char *text)
{
	return text == NULL ? 0 : strtoll(text, NULL, 10);
}

static bool same(const char *a, const char *b)
{
	return a != NULL && b != NULL && strcmp(a, b) == 0;
}

/* How many rows from this one on have the same text in a column. */
static size_t run_of(const struct libpq_rows *rows, size_t row, size_t column)
{
	size_t count = 1;

	while (row + count < rows->count &&
	       same(libpq_cell(rows, row, column), libpq_cell(rows, row + count, column)))
		count++;
	return count;
}

static void *take(struct inventory *inventory, size_t count, size_t size, struct fault *fault)
{
	void *items = arena_array(inventory->arena, count, size);

	if (items == NULL)
		fault_memory(fault);
	return items;
}

/* --- tables ----------------------------------------------------------------------------------- */

static const char read_tables[] =
	"SELECT c.oid, c.relkind, obj_description(c.oid, 'pg_class'),"
	" CASE WHEN c.relforcerowsecurity AND c.relrowsecurity THEN 'forced'"
	" WHEN c.relrowsecurity THEN 'enabled' END,"
	" c.relpersistence = 'u', array_to_string(c.reloptions, ', '),"
	" EXISTS (SELECT FROM pg_inherits h JOIN pg_class k ON k.oid = h.inhrelid"
	" WHERE h.inhparent = c.oid AND c.relkind = 'r'),"
	" CASE WHEN c.relkind = 'r' AND a.amname = 'heap'"
	" THEN pg_relation_size(c.oid) / current_setting('block_size')::integer END"
	" FROM pg_class c LEFT JOIN pg_am a ON a.oid = c.relam WHERE c.oid = ANY ($1::oid[])";

enum { TABLE_OID, TABLE_KIND, TABLE_COMMENT, TABLE_SECURITY, TABLE_UNLOGGED, TABLE_SETTINGS,
	TABLE_PARENT, TABLE_PAGES };

static int set_table(struct inventory *inventory, const struct libpq_rows *rows, size_t row,
	struct fault *fault)
{
	const size_t place = inventory_find(inventory, libpq_cell(rows, row, TABLE_OID));
	struct table *table = &inventory->tables[place];
	struct harvest_wish *wish = &inventory->wishes[place];
	const bool parted = *libpq_cell(rows, row, TABLE_KIND) == 'p';

	wish->from = inventory_qualify(inventory, table->source_schema, table->source_table);
	if (!parted) {
		wish->table = wish->from;
		wish->from = wish->from == NULL ? NULL :
			arena_format(inventory->arena, "ONLY %s", wish->from);
	}
	wish->pages = (uint64_t)integer(libpq_cell(rows, row, TABLE_PAGES));
	table->comment = libpq_cell(rows, row, TABLE_COMMENT);
	table->row_security = libpq_cell(rows, row, TABLE_SECURITY);
	table->unlogged = inventory_truth(libpq_cell(rows, row, TABLE_UNLOGGED));
	table->settings = libpq_cell(rows, row, TABLE_SETTINGS);
	if (parted && texts_add(inventory->arena, &table->remarks,
		"it is partitioned: all of its partitions' rows are here, as those of one"
		" table") != 0)
		return fault_memory(fault);
	if (inventory_truth(libpq_cell(rows, row, TABLE_PARENT)) &&
		texts_add(inventory->arena, &table->remarks, "other tables inherit from it: their "
		"rows are in them, not here") != 0)
		return fault_memory(fault);
	return wish->from == NULL ? fault_memory(fault) : 0;
}

/* --- columns ---------------------------------------------------------------------------------- */

static const char read_columns[] =
	"SELECT a.attrelid, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull,"
	" CASE WHEN a.attgenerated = '' THEN pg_get_expr(d.adbin, d.adrelid) END,"
	" CASE WHEN a.attgenerated <> '' THEN pg_get_expr(d.adbin, d.adrelid) END,"
	" a.attgenerated = 's',"
	" CASE a.attidentity WHEN 'a' THEN 'always' WHEN 'd' THEN 'by default' END,"
	" CASE WHEN a.attcollation <> t.typcollation THEN format('%I.%I', cn.nspname, co.collname)"
	" END, col_description(a.attrelid, a.attnum), a.attnum"
	" FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid"
	" LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum"
	" LEFT JOIN pg_collation co ON co.oid = a.attcollation"
	" LEFT JOIN pg_namespace cn ON cn.oid = co.collnamespace"
	" WHERE a.attrelid = ANY ($1::oid[]) AND a.attnum > 0 AND NOT a.attisdropped"
	" ORDER BY a.attrelid, a.attnum";

enum { COLUMN_OID, COLUMN_NAME, COLUMN_TYPE, COLUMN_NOT_NULL, COLUMN_DEFAULT, COLUMN_GENERATED,
	COLUMN_STORED, COLUMN_IDENTITY, COLUMN_COLLATION, COLUMN_COMMENT, COLUMN_NUMBER };

int inventory_make_columns(struct inventory *inventory, size_t place, size_t count,
	struct fault *fault)
{
	struct harvest_wish *wish = &inventory->wishes[place];

	inventory->tables[place].columns = take(inventory, count, sizeof(struct column), fault);
	wish->columns = take(inventory, count, sizeof(*wish->columns), fault);
	wish->types = take(inventory, count, sizeof(*wish->types), fault);
	return fault->status;
}

struct column *inventory_set_column(struct inventory *inventory, size_t place, const char *name,
	const char *type, struct fault *fault)
{
	struct table *table = &inventory->tables[place];
	struct harvest_wish *wish = &inventory->wishes[place];
	struct column *column = &table->columns[table->column_count++];
	const char *quoted = text_quote(inventory->arena, name);
	struct type parsed;

	if (!type_parse(inventory->arena, type, &parsed) || parsed.kind == TYPE_RAW)
		fault_set(fault, STATUS_SOURCE, "%s.%s: the type %s is not understood", wish->name,
			name, type);
	*column = (struct column){ .source = name, .quoted = true, .name = name, .declared = type };
	if (fault->status != 0)
		return column;
	column->type = type_stream(&parsed);
	column->target = type_target(inventory->arena, &parsed);
	wish->columns[wish->count] = quoted;
	wish->types[wish->count++] = parsed;
	if (quoted == NULL || column->target == NULL)
		fault_memory(fault);
	return column;
}

static int set_columns(struct inventory *inventory, const struct libpq_rows *rows, size_t first,
	size_t count, struct fault *fault)
{
	const size_t place = inventory_find(inventory, libpq_cell(rows, first, COLUMN_OID));

	inventory_make_columns(inventory, place, count, fault);
	for (size_t row = first; row < first + count && fault->status == 0; row++) {
		struct column *column = inventory_set_column(inventory, place,
			libpq_cell(rows, row, COLUMN_NAME), libpq_cell(rows, row, COLUMN_TYPE),
			fault);

		column->not_null = inventory_truth(libpq_cell(rows, row, COLUMN_NOT_NULL));
		column->fallback = libpq_cell(rows, row, COLUMN_DEFAULT);
		column->generated = libpq_cell(rows, row, COLUMN_GENERATED);
		column->stored = inventory_truth(libpq_cell(rows, row, COLUMN_STORED));
		column->identity = libpq_cell(rows, row, COLUMN_IDENTITY);
		column->collation = libpq_cell(rows, row, COLUMN_COLLATION);
		column->comment = libpq_cell(rows, row, COLUMN_COMMENT);
		if (column->generated != NULL) /* COPY does not read it */
			inventory->wishes[place].table = NULL;
	}
	return fault->status;
}

/* --- sequences that belong to columns --------------------------------------------------------- */

static const char read_sequences[] =
	"SELECT d.refobjid, a.attname, n.nspname, c.relname, format_type(s.seqtypid, NULL),"
	" s.seqstart, s.seqincrement, s.seqmin, s.seqmax, s.seqcache, s.seqcycle,"
	" has_schema_privilege(n.oid, 'USAGE') AND has_sequence_privilege(c.oid, 'SELECT')"
	" FROM pg_depend d JOIN pg_class c ON c.oid = d.objid AND c.relkind = 'S'"
	" JOIN pg_sequence s ON s.seqrelid = c.oid JOIN pg_namespace n ON n.oid = c.relnamespace"
	" JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid"
	" WHERE d.classid = 'pg_class'::regclass AND d.refclassid = 'pg_class'::regclass"
	" AND d.objsubid = 0 AND d.deptype IN ('a', 'i') AND d.refobjid = ANY ($1::oid[])"
	" ORDER BY d.refobjid, d.refobjsubid, d.deptype DESC, c.oid";

enum { SEQUENCE_OID, SEQUENCE_COLUMN, SEQUENCE_SCHEMA, SEQUENCE_NAME, SEQUENCE_TYPE, SEQUENCE_START,
	SEQUENCE_INCREMENT, SEQUENCE_LEAST, SEQUENCE_MOST, SEQUENCE_CACHE, SEQUENCE_CYCLE,
	SEQUENCE_MAY };

static int read_position(struct inventory *inventory, struct sequence *sequence,
	struct fault *fault)
{
	const char *name = inventory_qualify(inventory, sequence->schema, sequence->name);
	const char *sql = name == NULL ? NULL :
		arena_format(inventory->arena, "SELECT last_value, is_called FROM %s", name);
	struct libpq_rows rows;

	if (sql == NULL)
		return fault_memory(fault);
	if (libpq_query(inventory->libpq, inventory->arena, sql, NULL, 0, &rows, fault) != 0)
		return fault->status;
	if (rows.count == 1) {
		sequence->known = true;
		sequence->last = integer(libpq_cell(&rows, 0, 0));
		sequence->called = inventory_truth(libpq_cell(&rows, 0, 1));
	}
	return 0;
}

static int set_sequence(struct inventory *inventory, const struct libpq_rows *rows, size_t row,
	struct fault *fault)
{
	const size_t place = inventory_find(inventory, libpq_cell(rows, row, SEQUENCE_OID));
	struct column *column = table_find(&inventory->tables[place],
		libpq_cell(rows, row, SEQUENCE_COLUMN));
	struct sequence *sequence;

	if (column == NULL || column->sequence != NULL)
		return 0;
	sequence = take(inventory, 1, sizeof(*sequence), fault);
	if (sequence == NULL)
		return fault->status;
	*sequence = (struct sequence){ .schema = libpq_cell(rows, row, SEQUENCE_SCHEMA),
		.name = libpq_cell(rows, row, SEQUENCE_NAME),
		.type = libpq_cell(rows, row, SEQUENCE_TYPE),
		.start = integer(libpq_cell(rows, row, SEQUENCE_START)),
		.increment = integer(libpq_cell(rows, row, SEQUENCE_INCREMENT)),
		.least = integer(libpq_cell(rows, row, SEQUENCE_LEAST)),
		.most = integer(libpq_cell(rows, row, SEQUENCE_MOST)),
		.cache = integer(libpq_cell(rows, row, SEQUENCE_CACHE)),
		.cycle = inventory_truth(libpq_cell(rows, row, SEQUENCE_CYCLE)) };
	column->sequence = sequence;
	return inventory_truth(libpq_cell(rows, row, SEQUENCE_MAY)) ?
		read_position(inventory, sequence, fault) : 0;
}

/* --- keys and constraints --------------------------------------------------------------------- */

/* A row for each column of each; confdelsetcols and the like are in later versions only. */
static const char read_constraints[] =
	"SELECT k.conrelid, k.oid, k.contype, k.conname, pg_get_constraintdef(k.oid),"
	" k.convalidated, k.connoinherit, CASE WHEN k.condeferrable THEN"
	" CASE WHEN k.condeferred THEN 'deferred' ELSE 'immediate' END END,"
	" pg_get_expr(k.conbin, k.conrelid), k.confrelid, fn.nspname, fc.relname,"
	" k.confupdtype, k.confdeltype, k.confmatchtype, a.attname, fa.attname,"
	" substring(pg_get_constraintdef(k.oid) FROM ' ON DELETE SET (?:NULL|DEFAULT) (\\(.*\\))')"
	" FROM pg_constraint k"
	" LEFT JOIN LATERAL unnest(k.conkey, k.confkey) WITH ORDINALITY u (n, f, p) ON true"
	" LEFT JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = u.n"
	" LEFT JOIN pg_attribute fa ON fa.attrelid = k.confrelid AND fa.attnum = u.f"
	" LEFT JOIN pg_class fc ON fc.oid = k.confrelid"
	" LEFT JOIN pg_namespace fn ON fn.oid = fc.relnamespace"
	" WHERE k.conrelid = ANY ($1::oid[]) AND k.contype IN ('p', 'u', 'x', 'c', 'f')"
	" AND k.conparentid = 0"
	" ORDER BY k.conrelid, k.contype, k.conname COLLATE \"C\", u.p";

enum { KEY_OID, KEY_ID, KEY_TYPE, KEY_NAME, KEY_SQL, KEY_VALID, KEY_NO_INHERIT, KEY_DEFERRABLE,
	KEY_EXPRESSION, KEY_TO, KEY_TO_SCHEMA, KEY_TO_TABLE, KEY_UPDATE, KEY_DELETE, KEY_MATCH,
	KEY_COLUMN, KEY_TARGET, KEY_SET };

static int set_key(struct inventory *inventory, struct index *key, const struct libpq_rows *rows,
	size_t first, size_t count, struct fault *fault)
{
	*key = (struct index){ .name = libpq_cell(rows, first, KEY_NAME), .quoted = true,
		.unique = *libpq_cell(rows, first, KEY_TYPE) != 'x',
		.sql = libpq_cell(rows, first, KEY_SQL) };
	key->terms = take(inventory, count, sizeof(*key->terms), fault);
	for (size_t i = 0; i < count && key->terms != NULL; i++)
		if (libpq_cell(rows, first + i, KEY_COLUMN) != NULL)
			key->terms[key->term_count++].column =
				libpq_cell(rows, first + i, KEY_COLUMN);
		else
			key->terms[key->term_count++].expression = key->sql;
	return fault->status;
}

static const char *action(struct inventory *inventory, const char *letter, const char *columns,
	struct fault *fault)
{
	const char *words = *letter == 'r' ? "RESTRICT" : *letter == 'c' ? "CASCADE" :
		*letter == 'n' ? "SET NULL" : *letter == 'd' ? "SET DEFAULT" : NULL;

	if (words == NULL || columns == NULL)
		return words;
	words = arena_format(inventory->arena, "%s %s", words, columns);
	if (words == NULL)
		fault_memory(fault);
	return words;
}

/* A table that is not read is named all the same. */
static const char *name_parent(struct inventory *inventory, const struct libpq_rows *rows,
	size_t row, struct fault *fault)
{
	const size_t place = inventory_find(inventory, libpq_cell(rows, row, KEY_TO));
	const char *name;

	if (place < inventory->listed)
		return inventory->tables[place].source;
	name = arena_format(inventory->arena, "%s.%s", libpq_cell(rows, row, KEY_TO_SCHEMA),
		libpq_cell(rows, row, KEY_TO_TABLE));
	if (name == NULL)
		fault_memory(fault);
	return name;
}

static int set_foreign(struct inventory *inventory, struct foreign *foreign,
	const struct libpq_rows *rows, size_t first, size_t count, struct fault *fault)
{
	*foreign = (struct foreign){ .name = libpq_cell(rows, first, KEY_NAME),
		.table = name_parent(inventory, rows, first, fault),
		.on_update = action(inventory, libpq_cell(rows, first, KEY_UPDATE), NULL, fault),
		.on_delete = action(inventory, libpq_cell(rows, first, KEY_DELETE),
			libpq_cell(rows, first, KEY_SET), fault),
		.match = *libpq_cell(rows, first, KEY_MATCH) == 'f' ? "FULL" : NULL,
		.deferrable = libpq_cell(rows, first, KEY_DEFERRABLE),
		.not_valid = !inventory_truth(libpq_cell(rows, first, KEY_VALID)) };
	for (size_t i = 0; i < count && fault->status == 0; i++)
		if (texts_add(inventory->arena, &foreign->columns,
			libpq_cell(rows, first + i, KEY_COLUMN)) != 0 ||
			texts_add(inventory->arena, &foreign->targets,
			libpq_cell(rows, first + i, KEY_TARGET)) != 0)
			fault_memory(fault);
	return fault->status;
}

/* Room for all constraints that begin in these rows, which are those of one table. */
static int make_room(struct inventory *inventory, struct table *table, size_t count,
	struct fault *fault)
{
	table->uniques = take(inventory, count, sizeof(*table->uniques), fault);
	table->foreigns = take(inventory, count, sizeof(*table->foreigns), fault);
	table->checks = take(inventory, count, sizeof(*table->checks), fault);
	table->primary = NULL;
	return fault->status;
}

static int set_constraint(struct inventory *inventory, struct table *table,
	const struct libpq_rows *rows, size_t first, size_t count, struct fault *fault)
{
	switch (*libpq_cell(rows, first, KEY_TYPE)) {
	case 'p':
		table->primary = take(inventory, 1, sizeof(*table->primary), fault);
		return table->primary == NULL ? fault->status :
			set_key(inventory, table->primary, rows, first, count, fault);
	case 'c':
		table->checks[table->check_count++] = (struct check){
			.name = libpq_cell(rows, first, KEY_NAME),
			.expression = libpq_cell(rows, first, KEY_EXPRESSION),
			.not_valid = !inventory_truth(libpq_cell(rows, first, KEY_VALID)),
			.no_inherit = inventory_truth(libpq_cell(rows, first, KEY_NO_INHERIT)) };
		return 0;
	case 'f':
		return set_foreign(inventory, &table->foreigns[table->foreign_count++], rows, first,
			count, fault);
	default:
		return set_key(inventory, &table->uniques[table->unique_count++], rows, first,
			count, fault);
	}
}

static int set_constraints(struct inventory *inventory, const struct libpq_rows *rows, size_t first,
	size_t count, struct fault *fault)
{
	struct table *table = &inventory->tables[inventory_find(inventory,
		libpq_cell(rows, first, KEY_OID))];

	make_room(inventory, table, count, fault);
	for (size_t row = first, size; row < first + count && fault->status == 0; row += size) {
		size = run_of(rows, row, KEY_ID);
		set_constraint(inventory, table, rows, row, size, fault);
	}
	return fault->status;
}

/* --- indexes ---------------------------------------------------------------------------------- */

/* A row for each column; those of keys are made with them. */
static const char read_indexes[] =
	"SELECT i.indrelid, i.indexrelid, c.relname, i.indisunique,"
	" pg_get_indexdef(i.indexrelid), pg_get_expr(i.indpred, i.indrelid), a.attname,"
	" pg_get_indexdef(i.indexrelid, p, false), (i.indoption[p - 1] & 1) <> 0"
	" FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid"
	" CROSS JOIN LATERAL generate_series(1, i.indnkeyatts::integer) p"
	" LEFT JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[p - 1]"
	" WHERE i.indrelid = ANY ($1::oid[]) AND i.indisvalid AND i.indisready"
	" AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = i.indexrelid"
	" AND k.contype IN ('p', 'u', 'x'))"
	" ORDER BY i.indrelid, c.relname COLLATE \"C\", i.indexrelid, p";

enum { INDEX_OID, INDEX_ID, INDEX_NAME, INDEX_UNIQUE, INDEX_SQL, INDEX_WHERE, INDEX_COLUMN,
	INDEX_EXPRESSION, INDEX_DESCENDING };

static int set_index(struct inventory *inventory, struct index *index,
	const struct libpq_rows *rows, size_t first, size_t count, struct fault *fault)
{
	*index = (struct index){ .name = libpq_cell(rows, first, INDEX_NAME), .quoted = true,
		.unique = inventory_truth(libpq_cell(rows, first, INDEX_UNIQUE)),
		.where = libpq_cell(rows, first, INDEX_WHERE),
		.sql = libpq_cell(rows, first, INDEX_SQL) };
	index->terms = take(inventory, count, sizeof(*index->terms), fault);
	if (index->terms == NULL)
		return fault->status;
	for (; index->term_count < count; index->term_count++) {
		struct term *term = &index->terms[index->term_count];
		const size_t row = first + index->term_count;

		term->column = libpq_cell(rows, row, INDEX_COLUMN);
		if (term->column == NULL)
			term->expression = libpq_cell(rows, row, INDEX_EXPRESSION);
		term->descending = inventory_truth(libpq_cell(rows, row, INDEX_DESCENDING));
	}
	return 0;
}

static int set_indexes(struct inventory *inventory, const struct libpq_rows *rows, size_t first,
	size_t count, struct fault *fault)
{
	struct table *table = &inventory->tables[inventory_find(inventory,
		libpq_cell(rows, first, INDEX_OID))];

	table->indexes = take(inventory, count, sizeof(*table->indexes), fault);
	for (size_t row = first, size; row < first + count && fault->status == 0; row += size) {
		size = run_of(rows, row, INDEX_ID);
		set_index(inventory, &table->indexes[table->index_count++], rows, row, size, fault);
	}
	return fault->status;
}

/* --- all of it -------------------------------------------------------------------------------- */

typedef int take_rows(struct inventory *inventory, const struct libpq_rows *rows, size_t first,
	size_t count, struct fault *fault);

/* Gives the rows to a function, table by table. */
static int read_grouped(struct inventory *inventory, const char *sql, take_rows *give,
	struct fault *fault)
{
	struct libpq_rows rows;

	if (inventory_ask(inventory, sql, &rows, fault) != 0)
		return fault->status;
	for (size_t row = 0, size; row < rows.count && fault->status == 0; row += size) {
		size = run_of(&rows, row, 0);
		give(inventory, &rows, row, size, fault);
	}
	return fault->status;
}

static int set_tables(struct inventory *inventory, const struct libpq_rows *rows, size_t first,
	size_t count, struct fault *fault)
{
	for (size_t i = 0; i < count && fault->status == 0; i++)
		set_table(inventory, rows, first + i, fault);
	return fault->status;
}

static int set_sequences(struct inventory *inventory, const struct libpq_rows *rows, size_t first,
	size_t count, struct fault *fault)
{
	for (size_t i = 0; i < count && fault->status == 0; i++)
		set_sequence(inventory, rows, first + i, fault);
	return fault->status;
}

int inventory_read_tables(struct inventory *inventory, struct fault *fault)
{
	if (read_grouped(inventory, read_tables, set_tables, fault) != 0 ||
		read_grouped(inventory, read_columns, set_columns, fault) != 0 ||
		read_grouped(inventory, read_sequences, set_sequences, fault) != 0 ||
		read_grouped(inventory, read_constraints, set_constraints, fault) != 0)
		return fault->status;
	return read_grouped(inventory, read_indexes, set_indexes, fault);
}
