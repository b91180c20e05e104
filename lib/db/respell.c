#include "db/respell.h"

#include <string.h>

#include "wire/pack.h"

/* --- the question ----------------------------------------------------------------------------- */

/* In numeric(10,2)[] {1.5} is {1.50}: an element may be made equal by its precision alone. */
static const char *make_sql(struct arena *arena, const char *bare, const char *whole, bool array)
{
	static const char from[] = "FROM pg_catalog.unnest($1::pg_catalog.text[]) WITH ORDINALITY "
		"u (x, n) ORDER BY n";

	if (array && strcmp(bare, whole) != 0)
		return arena_format(arena, "SELECT pg_catalog.concat(CASE WHEN CAST(x AS %s) "
			"OPERATOR(pg_catalog.=) CAST(x AS %s) THEN CAST(x AS %s) ELSE "
			"CAST(x AS %s) END) %s", whole, bare, whole, bare, from);
	return arena_format(arena, "SELECT pg_catalog.concat(CAST(x AS %s)) %s", bare, from);
}

static int add_column(struct respell *respell, const struct harvest_wish *wish, uint32_t place,
	const struct libpq_rows *types, struct fault *fault)
{
	for (size_t i = 0; i < types->count; i++) {
		const char *bare = libpq_cell(types, i, 1), *whole = libpq_cell(types, i, 2);

		/* The type "name" cuts what is too long, on every way into it. */
		if (strcmp(libpq_cell(types, i, 0), wish->columns[place]) != 0 ||
			strcmp(bare, "name") == 0)
			continue;
		respell->columns[respell->count] = (struct respell_column){ .place = place,
			.sql = make_sql(respell->arena, bare, whole,
			*libpq_cell(types, i, 3) == 't'),
			.texts = arena_array(respell->arena, RESPELL_ROWS, sizeof(const char *)) };
		if (respell->columns[respell->count].sql == NULL ||
			respell->columns[respell->count].texts == NULL)
			return fault_memory(fault);
		respell->count++;
	}
	return 0;
}

int respell_begin(struct respell *respell, struct libpq *libpq, const struct harvest_wish *wish,
	const char *table, struct arena *arena, struct fault *fault)
{
	static const char sql[] = "SELECT format('\"%s\"', replace(attname, '\"', '\"\"')),"
		" format_type(atttypid, -1), format_type(atttypid, atttypmod), typcategory = 'A'"
		" FROM pg_attribute JOIN pg_type t ON t.oid = atttypid"
		" WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped";
	struct libpq_rows types;
	uint32_t others = 0;

	*respell = (struct respell){ .libpq = libpq, .arena = arena, .width = wish->count };
	for (uint32_t i = 0; i < wish->count; i++)
		others += wish->types[i].kind == TYPE_OTHER;
	if (others == 0)
		return 0;
	respell->columns = arena_array(arena, others, sizeof(*respell->columns));
	respell->cells = arena_array(arena, wish->count, sizeof(*respell->cells));
	if (respell->columns == NULL || respell->cells == NULL)
		return fault_memory(fault);
	if (libpq_query(libpq, arena, sql, &table, 1, &types, fault) != 0)
		return fault->status;
	for (uint32_t i = 0; i < wish->count && fault->status == 0; i++)
		if (wish->types[i].kind == TYPE_OTHER)
			add_column(respell, wish, i, &types, fault);
	return fault->status;
}

/* --- a batch ---------------------------------------------------------------------------------- */

void respell_clear(struct respell *respell)
{
	bytes_clear(&respell->rows);
	respell->held = respell->given = 0;
}

bool respell_add(struct respell *respell, const struct value *cells, struct fault *fault)
{
	pack_row(&respell->rows, cells, respell->width);
	if (respell->rows.failed)
		fault_memory(fault);
	respell->held++;
	return fault->status == 0 && respell->held < RESPELL_ROWS &&
		respell->rows.size < RESPELL_BYTES;
}

/* What cannot be said in a parameter is not said. */
static bool may_ask(const struct value *cell)
{
	return cell->kind == VALUE_TEXT && memchr(cell->data, 0, cell->size) == NULL;
}

static void add_element(struct bytes *to, const char *text)
{
	bytes_add_byte(to, '"');
	for (size_t part; *text != '\0'; text += part) {
		part = strcspn(text, "\"\\");
		bytes_add(to, text, part);
		if (text[part] == '\0')
			continue;
		bytes_add_byte(to, '\\');
		bytes_add_byte(to, (uint8_t)text[part++]);
	}
	bytes_add_byte(to, '"');
}

/* A value that the server does not take: not the server's trouble, nor the connection's. */
static bool is_refused(const struct respell *respell)
{
	static const char *const classes[] = { "0A", "22", "23", "42", "54" };
	const char *state = libpq_error(respell->libpq)->state;

	for (size_t i = 0; i < sizeof(classes) / sizeof(classes[0]); i++)
		if (strncmp(state, classes[i], 2) == 0)
			return strcmp(state, "42501") != 0;
	return false;
}

static int ask_once(struct respell *respell, struct respell_column *column, size_t first,
	size_t count, struct fault *fault)
{
	struct libpq_rows rows;
	const char *array;

	bytes_clear(&respell->array);
	for (size_t i = 0; i < count; i++) {
		bytes_add_byte(&respell->array, i == 0 ? '{' : ',');
		add_element(&respell->array, column->texts[first + i]);
	}
	bytes_add(&respell->array, "}", 2);
	if (respell->array.failed)
		return fault_memory(fault);
	array = (const char *)respell->array.data;
	if (libpq_query(respell->libpq, &respell->batch, column->sql, &array, 1, &rows,
		fault) != 0)
		return fault->status;
	if (rows.count != count)
		return fault_set(fault, STATUS_BUG, "%zu texts became %zu", count, rows.count);
	for (size_t i = 0; i < count; i++) {
		const char *text = libpq_cell(&rows, i, 0);

		column->other |= !column->other && strcmp(text, column->texts[first + i]) != 0;
		column->texts[first + i] = text;
	}
	return 0;
}

/* All at once; where one of them is refused, the halves. */
static int ask(struct respell *respell, struct respell_column *column, size_t first, size_t count,
	struct fault *fault)
{
	struct fault trouble = { 0 };

	if (count == 0)
		return 0;
	if (libpq_run(respell->libpq, "SAVEPOINT rowpipe_respell", fault) != 0)
		return fault->status;
	if (ask_once(respell, column, first, count, &trouble) == 0)
		return libpq_run(respell->libpq, "RELEASE SAVEPOINT rowpipe_respell", fault);
	if (!is_refused(respell))
		return fault_set(fault, trouble.status, "%s", trouble.text);
	if (libpq_run(respell->libpq, "ROLLBACK TO SAVEPOINT rowpipe_respell;"
		"RELEASE SAVEPOINT rowpipe_respell", fault) != 0 || count == 1)
		return fault->status;
	return ask(respell, column, first, count / 2, fault) != 0 ? fault->status :
		ask(respell, column, first + count / 2, count - count / 2, fault);
}

static void ask_column(struct respell *respell, struct respell_column *column, struct fault *fault)
{
	if (ask(respell, column, 0, column->count, fault) != 0)
		return;
	column->trusted = !respell->doubts && !column->other;
}

int respell_ask(struct respell *respell, struct fault *fault)
{
	struct unpacker cursor = unpack_begin(respell->rows.data, respell->rows.size);

	arena_reset(&respell->batch);
	for (uint32_t i = 0; i < respell->count; i++)
		respell->columns[i].count = respell->columns[i].next = 0;
	for (uint32_t row = 0; row < respell->held; row++) {
		unpack_row(&cursor, respell->cells, respell->width);
		for (uint32_t i = 0; i < respell->count; i++) {
			struct respell_column *column = &respell->columns[i];
			const struct value *cell = &respell->cells[column->place];
			char *text;

			if (column->trusted || !may_ask(cell))
				continue;
			text = arena_copy(&respell->batch, cell->data, cell->size);
			if (text == NULL)
				return fault_memory(fault);
			column->texts[column->count++] = text;
		}
	}
	for (uint32_t i = 0; i < respell->count && fault->status == 0; i++)
		if (respell->columns[i].count > 0)
			ask_column(respell, &respell->columns[i], fault);
	respell->cursor = unpack_begin(respell->rows.data, respell->rows.size);
	return fault->status;
}

const struct value *respell_next(struct respell *respell)
{
	if (respell->given == respell->held)
		return NULL;
	respell->given++;
	unpack_row(&respell->cursor, respell->cells, respell->width);
	for (uint32_t i = 0; i < respell->count; i++) {
		struct respell_column *column = &respell->columns[i];
		struct value *cell = &respell->cells[column->place];

		if (column->next == column->count || !may_ask(cell))
			continue;
		cell->data = (const uint8_t *)column->texts[column->next];
		cell->size = (uint32_t)strlen(column->texts[column->next++]);
	}
	return respell->cells;
}

bool respell_trusts(const struct respell *respell)
{
	for (uint32_t i = 0; i < respell->count; i++)
		if (respell->columns[i].trusted)
			return true;
	return false;
}

bool respell_idle(const struct respell *respell)
{
	for (uint32_t i = 0; i < respell->count; i++)
		if (!respell->columns[i].trusted)
			return false;
	return true;
}

void respell_doubt(struct respell *respell)
{
	respell->doubts = true;
	for (uint32_t i = 0; i < respell->count; i++)
		respell->columns[i].trusted = false;
}

void respell_close(struct respell *respell)
{
	arena_close(&respell->batch);
	bytes_close(&respell->rows);
	bytes_close(&respell->array);
}
