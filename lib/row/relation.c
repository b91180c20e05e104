#include "row/relation.h"

#include <math.h>
#include <string.h>

#include "row/ddl.h"
#include "row/literal.h"

static bool refuse(const char **why, const char *reason)
{
	*why = reason != NULL ? reason : "out of memory";
	return false;
}

/* --- tables ----------------------------------------------------------------------------------- */

/* Columns that were left out on the way are still in the table's own SQL. */
static bool lacks_columns(struct arena *arena, const struct table *table)
{
	struct table parsed = { 0 };
	struct fault ignored = { 0 };

	return table->sql == NULL || ddl_table(arena, table->sql, &parsed, &ignored) != 0 ||
		parsed.column_count != table->column_count;
}

/* NULLs in a primary key are as good as duplicates. */
static bool set_keys(struct arena *arena, const struct table *table, struct relation *relation)
{
	const size_t count = table->primary == NULL ? 0 : table->primary->term_count;
	size_t *keys = arena_array(arena, count + 1, sizeof(*keys));

	if (keys == NULL)
		return false;
	for (size_t i = 0; i < count; i++) {
		const struct term *term = &table->primary->terms[i];
		const struct column *column = term->column == NULL ? NULL :
			table_find(table, term->column);

		if (column == NULL || column->profile == NULL || column->profile->nulls > 0 ||
			(term->collation != NULL && name_compare(term->collation, "BINARY") != 0))
			return true;
		keys[i] = (size_t)(column - table->columns);
	}
	relation->keys = keys;
	relation->key_count = count;
	return true;
}

bool relation_of_table(struct arena *arena, const struct table *table, struct relation *relation)
{
	*relation = (struct relation){ .source = table->source, .count = table->column_count,
		.rows = table->counted ? (double)table->expected : HUGE_VAL,
		.lacks = lacks_columns(arena, table) };
	relation->columns = arena_array(arena, table->column_count, sizeof(*relation->columns));
	if (relation->columns == NULL || !set_keys(arena, table, relation))
		return false;
	for (size_t i = 0; i < table->column_count; i++) {
		const struct column *column = &table->columns[i];

		relation->columns[i] = (struct relation_column){ .source = column->source,
			.quoted = column->quoted, .target = column->name, .origin = column };
	}
	if (strcmp(table->coverage, "query") == 0) {
		relation->why = arena_format(arena, "reads %.60s, which is made by a query here",
			table->source);
		return relation->why != NULL;
	}
	return true;
}

enum { INTEGERS = 1, REALS = 2, TEXTS = 4, BLOBS = 8 };

/* Values of these storage classes only. */
static bool holds(const struct profile *profile, int classes)
{
	return profile->ill == 0 && (classes & INTEGERS || profile->integers == 0) &&
		(classes & REALS || profile->reals == 0) &&
		(classes & TEXTS || profile->texts == 0) &&
		(classes & BLOBS || profile->blobs == 0);
}

/* Shortest decimals of reals beyond are not what they are beside integers. */
static bool compares_numbers(const struct profile *profile)
{
	enum { DIGITS = 15 };

	return holds(profile, INTEGERS | REALS) && (profile->integers == 0 ||
		profile->reals == 0 || profile->whole_digits <= DIGITS);
}

static bool is_proved(const struct piece *piece, const struct profile *profile)
{
	switch (piece->kind) {
	case PIECE_TRUTH:
	case PIECE_INTEGER:
		return holds(profile, INTEGERS);
	case PIECE_REAL:
		return holds(profile, REALS);
	case PIECE_NUMERIC:
		return compares_numbers(profile);
	case PIECE_TEXT:
	case PIECE_STAMP:
		return holds(profile, TEXTS);
	case PIECE_DATE:
		return holds(profile, TEXTS) && profile->shapes[SHAPE_TEXT_DATE] == profile->texts;
	case PIECE_BYTES:
		return holds(profile, BLOBS);
	default:
		return piece->kind == PIECE_JSON;
	}
}

static double largest(const struct profile *profile)
{
	if (profile->integers == 0)
		return 0;
	return fmax(fabs((double)profile->least_integer), fabs((double)profile->most_integer));
}

/* Where the classes are mixed nothing is known but what is NULL. */
void relation_prove(struct piece *piece, const struct profile *profile)
{
	const enum type_kind type = piece->column->type.kind;
	const bool time = type == TYPE_DATE || type == TYPE_TIMESTAMP || type == TYPE_TIMESTAMPTZ;

	if (piece->kind == PIECE_OTHER && profile != NULL)
		piece->faithful = time && piece->column->reading != TIME_PLAIN &&
			holds(profile, INTEGERS | REALS);
	if (profile == NULL || !is_proved(piece, profile))
		piece->kind = PIECE_OTHER;
	piece->mixed = piece->kind == PIECE_TEXT && piece->affinity >= AFFINITY_NUMERIC;
	if (piece->kind == PIECE_INTEGER && piece->width == 8)
		piece->bound = largest(profile);
}

/* --- FROM ------------------------------------------------------------------------------------- */

static const struct relation *find_relation(struct arena *arena, const struct relations *relations,
	const struct view_source *source, const char **why)
{
	const struct relation *found = NULL;

	if (source->schema != NULL && name_compare(source->schema, "main") != 0) {
		refuse(why, arena_format(arena, "reads %.60s.%.60s, which is in another database",
			source->schema, source->name));
		return NULL;
	}
	for (size_t i = 0; i < relations->count; i++) {
		if (name_compare(relations->items[i].source, source->name) != 0)
			continue;
		if (found != NULL) {
			refuse(why, arena_format(arena, "reads %.60s, which is the name of several "
				"tables or views here", source->name));
			return NULL;
		}
		found = &relations->items[i];
	}
	if (found == NULL)
		refuse(why, arena_format(arena, "reads %.60s, which is not carried over",
			source->name));
	else if (found->why != NULL)
		refuse(why, found->why);
	return found != NULL && found->why == NULL ? found : NULL;
}

/* A name that PostgreSQL keeps whole, and that no other item has. */
static bool give_name(struct arena *arena, struct view_from *from, size_t place)
{
	enum { MOST = 63 };
	struct view_from_item *item = &from->items[place];
	const char *name = item->name;
	bool taken = strlen(name) > MOST;

	for (size_t i = 0; i < place; i++)
		taken |= strcmp(from->items[i].name, name) == 0;
	if (taken)
		name = arena_format(arena, "source_%zu", place + 1);
	item->as = name == NULL ? NULL : literal_name(arena, name);
	return item->as != NULL;
}

static bool open_item(struct arena *arena, const struct relations *relations,
	struct view_from *from, const struct view_source *source, const char **why)
{
	struct view_from_item *item = &from->items[from->count];

	item->source = source;
	item->relation = find_relation(arena, relations, source, why);
	if (item->relation == NULL)
		return false;
	item->name = source->alias != NULL ? source->alias : source->name;
	item->nullable = source->join == JOIN_LEFT;
	for (size_t i = 0; i < from->count; i++)
		if (name_compare(from->items[i].name, item->name) == 0)
			return refuse(why, arena_format(arena, "reads two tables as %.60s",
				item->name));
	if (!give_name(arena, from, from->count++))
		return refuse(why, NULL);
	return true;
}

bool view_open(struct arena *arena, const struct relations *relations,
	const struct view_select *select, struct view_from *from, const char **why)
{
	size_t count = 0;

	for (const struct view_source *source = select->sources; source != NULL;
		source = source->next)
		count++;
	*from = (struct view_from){ .items = arena_array(arena, count + 1, sizeof(*from->items)) };
	if (from->items == NULL)
		return refuse(why, NULL);
	for (const struct view_source *source = select->sources; source != NULL;
		source = source->next)
		if (!open_item(arena, relations, from, source, why))
			return false;
	return true;
}

/* --- names ------------------------------------------------------------------------------------ */

const struct relation_column *view_column_at(const struct view_from *from, struct view_place place)
{
	return &from->items[place.item].relation->columns[place.column];
}

static bool is_using(const struct view_from_item *item, const char *name)
{
	for (const struct view_name *using = item->source->using; using != NULL;
		using = using->next)
		if (name_compare(using->name, name) == 0)
			return true;
	return false;
}

/* A column that USING has joined counts as the one to its left. */
size_t view_find(const struct view_from *from, const char *table, const char *name,
	struct view_place *place)
{
	size_t found = 0;

	for (size_t i = 0; i < from->count; i++) {
		const struct view_from_item *item = &from->items[i];

		if (table != NULL ? name_compare(item->name, table) != 0 :
			found > 0 && is_using(item, name))
			continue;
		for (size_t j = 0; j < item->relation->count; j++)
			if (name_compare(item->relation->columns[j].source, name) == 0 &&
				found++ == 0)
				*place = (struct view_place){ i, j };
	}
	return found;
}

/* --- results ---------------------------------------------------------------------------------- */

static size_t count_columns(const struct view_from *from, const struct view_select *select)
{
	size_t all = 0, count = 0;

	for (size_t i = 0; i < from->count; i++)
		all += from->items[i].relation->count;
	for (const struct view_result *result = select->results; result != NULL;
		result = result->next)
		count += result->star ? all : 1;
	return count;
}

/* *: what USING has joined stands there once, but not in table.*. */
static bool expand_star(struct arena *arena, const struct view_from *from,
	const struct view_result *result, struct view_column *columns, size_t *count,
	const char **why)
{
	bool found = false;

	for (size_t i = 0; i < from->count; i++) {
		const struct view_from_item *item = &from->items[i];

		if (result->table != NULL && name_compare(item->name, result->table) != 0)
			continue;
		found = true;
		if (item->relation->lacks)
			return refuse(why, arena_format(arena, "has *, and not all columns of "
				"%.60s are carried over", item->relation->source));
		for (size_t j = 0; j < item->relation->count; j++)
			if (result->table != NULL ||
				!is_using(item, item->relation->columns[j].source))
				columns[(*count)++] = (struct view_column){ .result = result,
					.placed = true, .place = { i, j } };
	}
	return found || refuse(why, arena_format(arena, "has %.60s.*, which is no table here",
		result->table == NULL ? "" : result->table));
}

bool view_expand(struct arena *arena, const struct view_from *from,
	const struct view_select *select, struct view_column **columns, size_t *count,
	const char **why)
{
	enum { MOST = 1600 }; /* PostgreSQL's */
	const size_t room = count_columns(from, select);

	*count = 0;
	if (room > MOST)
		return refuse(why, "has more than 1600 columns");
	*columns = arena_array(arena, room + 1, sizeof(**columns));
	if (*columns == NULL)
		return refuse(why, NULL);
	for (const struct view_result *result = select->results; result != NULL;
		result = result->next) {
		struct view_column *column = &(*columns)[*count];

		if (result->star) {
			if (!expand_star(arena, from, result, *columns, count, why))
				return false;
			continue;
		}
		column->result = result;
		column->placed = result->node->kind == NODE_NAME && view_find(from,
			result->node->table, result->node->name, &column->place) == 1;
		(*count)++;
	}
	return true;
}

/* COLLATE and likely() leave a column its name. */
static const struct node *skip_marks(const struct node *node)
{
	for (;;) {
		bool marks = node->kind == NODE_COLLATE;

		if (node->kind == NODE_CALL && node->count > 0)
			marks = name_compare(node->name, "likely") == 0 ||
				name_compare(node->name, "unlikely") == 0 ||
				name_compare(node->name, "likelihood") == 0;
		if (!marks)
			return node;
		node = node->items;
	}
}

/* The name before others of the result are looked at. */
static void name_first(const struct view_from *from, struct view_column *column)
{
	const struct view_result *result = column->result;
	const struct relation_column *named = NULL;
	struct view_place place = column->place;

	column->name = result->alias;
	column->quoted = result->quoted;
	if (column->name != NULL)
		return;
	if (column->placed) {
		named = view_column_at(from, place);
	} else {
		const struct node *node = skip_marks(result->node);

		if (node->kind == NODE_NAME && view_find(from, node->table, node->name,
			&place) == 1)
			named = view_column_at(from, place);
	}
	column->name = named != NULL ? named->source : result->text;
	column->quoted = named != NULL && named->quoted;
	column->origin = named != NULL ? named->origin : NULL;
}

static bool is_named(const struct view_column *columns, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (name_compare(columns[i].name, name) == 0)
			return true;
	return false;
}

/* Without a number that is there already: "id:1" becomes "id". */
static size_t stem_size(const char *name)
{
	size_t size = strlen(name), digits = size;

	while (digits > 1 && name[digits - 1] >= '0' && name[digits - 1] <= '9')
		digits--;
	return digits > 1 && name[digits - 1] == ':' ? digits - 1 : size;
}

/* Behind the third SQLite's own numbers are random. */
static bool make_unique(struct arena *arena, struct view_column *columns, size_t place)
{
	struct view_column *column = &columns[place];

	if (name_compare(column->name, "true") == 0 || name_compare(column->name, "false") == 0) {
		column->name = arena_format(arena, "column%zu", place + 1);
		column->origin = NULL;
	}
	for (unsigned number = 1; column->name != NULL && is_named(columns, place, column->name);
		number++) {
		column->name = arena_format(arena, "%.*s:%u", (int)stem_size(column->name),
			column->name, number < 4 ? number : (unsigned)place + number);
		column->origin = NULL;
	}
	return column->name != NULL;
}

bool view_name_columns(struct arena *arena, const struct view *view, const struct view_from *from,
	struct view_column *columns, size_t count, const char **why)
{
	const struct view_name *given = view->columns;

	for (size_t i = 0; i < count; i++) {
		if (view->columns == NULL)
			name_first(from, &columns[i]);
		else if (given == NULL)
			return refuse(why, "names fewer columns than it has");
		else
			columns[i].name = given->name;
		if (given != NULL) {
			columns[i].quoted = given->quoted;
			given = given->next;
		}
		if (!make_unique(arena, columns, i))
			return refuse(why, NULL);
	}
	return given == NULL || refuse(why, "names more columns than it has");
}
