#include "row/names.h"

#include <stdio.h>
#include <string.h>

#include "base/bytes.h"
#include "base/hash.h"
#include "row/casing.h"
#include "row/orders.h"
#include "row/token.h"
#include "row/view.h"
#include "row/view_order.h"

/* In the order in which they choose: who comes first keeps its name. */
enum kind {
	KIND_TABLE,
	KIND_VIEW,
	KIND_COLUMN,
	KIND_SEQUENCE,
	KIND_KEY,
	KIND_INDEX,
	KIND_CONSTRAINT,
	KIND_VIEW_COLUMN
};

static const char *const kind_names[] = {
	[KIND_TABLE] = "table", [KIND_VIEW] = "view", [KIND_COLUMN] = "column",
	[KIND_SEQUENCE] = "sequence", [KIND_KEY] = "key", [KIND_INDEX] = "index",
	[KIND_CONSTRAINT] = "constraint", [KIND_VIEW_COLUMN] = "column",
};

/* Something that wants a name. */
struct item {
	enum kind kind;
	struct table *table;   /* it belongs to; NULL for a view, whose columns have a number */
	struct object *view;   /* or it is of this view */
	const char **to;       /* where the name goes; NULL: it is only kept free */
	const char *source;
	const char *wanted;    /* by the rule, of any length */
	const char *why;       /* ... which the rule says of it; NULL: nothing */
	const struct plan_line *line; /* that names it; NULL: none */
	const char *given;     /* ... as this */
	const char *label;     /* of a name that nobody chose: key, pkey ... */
	const char *columns;   /* ... between the table's name and the label */
	const char *name;      /* the result, and what is to be said about it */
	const char *remark;
};

/* All names that are taken, each with the space that it is taken in. */
struct taken {
	const char **keys;
	size_t count;
	size_t room; /* a power of two, more than twice count */
};

struct giver {
	const struct naming *naming;
	struct arena *arena;
	struct item *items;
	size_t count;
	size_t room;
	struct taken taken;
	struct bytes key;
	const char *view_schema; /* that all views go to */
	bool planned; /* the plan's names count */
	struct fault *fault;
};

/* --- the rules -------------------------------------------------------------------------------- */

static const char *apply(const struct giver *giver, const char *source, bool quoted)
{
	switch (giver->naming->style) {
	case NAMES_KEEP:
		return source;
	case NAMES_LOWER:
		return casing_fold(giver->arena, source);
	case NAMES_SNAKE:
		return casing_snake(giver->arena, source);
	default:
		return quoted ? source : casing_fold(giver->arena, source);
	}
}

/* ALTER TABLE ... RENAME quotes the new name, whatever the statement had. */
static bool counts_as_quoted(const struct table *table)
{
	if (!table->quoted)
		return false;
	for (size_t i = 0; i < table->column_count; i++)
		if (table->columns[i].quoted)
			return true;
	return table->column_count == 0;
}

/* At most `most` bytes of it, and no half character. */
static char *cut(struct arena *arena, const char *name, size_t most)
{
	size_t size = strlen(name);

	if (size > most)
		for (size = most; size > 0 && (name[size] & 0xc0) == 0x80;)
			size--;
	return arena_copy(arena, name, size);
}

/* TABLE_COLUMNS_LABEL as PostgreSQL makes it: the longer part is cut until all have room. */
static const char *make_name(struct arena *arena, const char *table, const char *columns,
	const char *label, unsigned number)
{
	char end[32] = "";
	size_t a = strlen(table), b = strlen(columns), room;
	const char *first, *second;

	if (number > 0)
		snprintf(end, sizeof(end), "%u", number);
	room = NAMES_MOST - strlen(label) - strlen(end) - (*columns == '\0' ? 1 : 2);
	while (a + b > room)
		*(a > b ? &a : &b) -= 1;
	first = cut(arena, table, a);
	second = cut(arena, columns, b);
	if (first == NULL || second == NULL)
		return NULL;
	return arena_format(arena, "%s%s%s_%s%s", first, *columns == '\0' ? "" : "_", second, label,
		end);
}

/* --- spaces ----------------------------------------------------------------------------------- */

static int fail_memory(struct giver *giver)
{
	return fault_memory(giver->fault);
}

/* What must differ: the space, and the name in it. */
static const char *make_key(struct giver *giver, char space, const struct table *table,
	const char *name)
{
	struct bytes *key = &giver->key;
	const char *schema = table == NULL ? giver->view_schema : table->schema;

	bytes_clear(key);
	if (space == 'r')
		bytes_format(key, "r%s", schema == NULL ? "" : schema);
	else
		bytes_format(key, "%c%u", space, table->number);
	bytes_add_byte(key, 0x01); /* in no name that differs from another only by it */
	bytes_add_text(key, name);
	bytes_add_byte(key, 0);
	return key->failed ? NULL : (const char *)key->data;
}

static size_t find_key(const struct taken *taken, const char *key)
{
	size_t at = (size_t)hash_64(key, strlen(key), 0) & (taken->room - 1);

	while (taken->keys[at] != NULL && strcmp(taken->keys[at], key) != 0)
		at = (at + 1) & (taken->room - 1);
	return at;
}

static bool grow_taken(struct giver *giver)
{
	struct taken old = giver->taken;
	struct taken *taken = &giver->taken;

	if (old.count * 2 < old.room)
		return true;
	taken->room = old.room == 0 ? 256 : old.room * 2;
	taken->keys = arena_array(giver->arena, taken->room, sizeof(*taken->keys));
	if (taken->keys == NULL) {
		*taken = old;
		return false;
	}
	for (size_t i = 0; i < old.room; i++)
		if (old.keys[i] != NULL)
			taken->keys[find_key(taken, old.keys[i])] = old.keys[i];
	return true;
}

static bool is_taken(struct giver *giver, char space, const struct table *table, const char *name)
{
	const char *key = make_key(giver, space, table, name);

	if (key == NULL)
		fail_memory(giver);
	return key != NULL && giver->taken.room > 0 &&
		giver->taken.keys[find_key(&giver->taken, key)] != NULL;
}

static void take(struct giver *giver, char space, const struct table *table, const char *name)
{
	const char *key = make_key(giver, space, table, name);
	char *copy = key == NULL ? NULL : arena_text(giver->arena, key);

	if (copy == NULL || !grow_taken(giver)) {
		fail_memory(giver);
		return;
	}
	giver->taken.keys[find_key(&giver->taken, copy)] = copy;
	giver->taken.count++;
}

/* Relations of a schema, columns of a table, constraints of a table; a key is in two spaces. */
static const char *spaces_of(enum kind kind)
{
	static const char *const spaces[] = {
		[KIND_TABLE] = "r", [KIND_VIEW] = "r", [KIND_COLUMN] = "c", [KIND_SEQUENCE] = "r",
		[KIND_KEY] = "rk", [KIND_INDEX] = "r", [KIND_CONSTRAINT] = "k",
		[KIND_VIEW_COLUMN] = "v",
	};

	return spaces[kind];
}

static bool is_free(struct giver *giver, const struct item *item, const char *name)
{
	for (const char *space = spaces_of(item->kind); *space != '\0'; space++)
		if (is_taken(giver, *space, item->table, name))
			return false;
	return true;
}

/* --- choosing --------------------------------------------------------------------------------- */

static void settle(struct giver *giver, struct item *item, const char *name, const char *why)
{
	item->name = name;
	item->remark = why;
	for (const char *space = spaces_of(item->kind); *space != '\0'; space++)
		take(giver, *space, item->table, name);
}

/* The same for the same source, whatever else is in the stream. */
static const char *add_suffix(struct giver *giver, const struct item *item)
{
	const uint64_t seed = item->table == NULL ? 0 : item->table->origin;
	const uint64_t hash = hash_64(item->source, strlen(item->source), seed);

	for (int digits = 6; digits <= 22; digits++) {
		const char *head = cut(giver->arena, item->wanted, NAMES_MOST - 1 - (size_t)digits);
		const char *name = head == NULL ? NULL : arena_format(giver->arena, "%s_%0*llx",
			head, digits, (unsigned long long)(digits < 16 ?
			hash >> (64 - 4 * digits) : hash));

		if (name == NULL)
			break;
		if (is_free(giver, item, name))
			return name;
	}
	fail_memory(giver);
	return NULL;
}

static void choose_given(struct giver *giver, struct item *item)
{
	if (!is_free(giver, item, item->given)) {
		fault_set(giver->fault, STATUS_MISFIT, "%s: the name %s is taken: %.300s",
			item->line->origin, item->given, item->line->text);
		return;
	}
	settle(giver, item, item->given, NULL);
}

/* Names that nobody wrote are counted on, as PostgreSQL does, and nobody needs to hear of it. */
static void choose_made(struct giver *giver, struct item *item)
{
	unsigned number = 0;
	const char *name;

	do
		name = make_name(giver->arena, item->table->name, item->columns, item->label,
			number++);
	while (name != NULL && giver->fault->status == 0 && !is_free(giver, item, name));
	if (name == NULL)
		fail_memory(giver);
	else
		settle(giver, item, name, NULL);
}

static void choose_wanted(struct giver *giver, struct item *item)
{
	const bool fits = strlen(item->wanted) <= NAMES_MOST;
	const char *name = fits ? item->wanted : cut(giver->arena, item->wanted, NAMES_MOST);
	const char *why = fits ? item->why : "a name has at most 63 bytes";

	if (name != NULL && !is_free(giver, item, name)) {
		name = add_suffix(giver, item);
		why = fits ? "the name is taken" :
			"a name has at most 63 bytes, and what is left of this one is taken";
	}
	if (name == NULL)
		fail_memory(giver);
	else
		settle(giver, item, name, why);
}

static bool is_given(const struct giver *giver, const struct item *item)
{
	return giver->planned && item->given != NULL;
}

/* First who was given a name, then whose name stays as it is, then the others. */
static int rank(const struct giver *giver, const struct item *item)
{
	if (is_given(giver, item))
		return 0;
	if (item->label != NULL)
		return 2;
	return item->why == NULL && strlen(item->wanted) <= NAMES_MOST &&
		strcmp(item->wanted, item->source) == 0 ? 1 : 2;
}

static void choose_kind(struct giver *giver, enum kind kind)
{
	for (int turn = 0; turn <= 2; turn++)
		for (size_t i = 0; i < giver->count && giver->fault->status == 0; i++) {
			struct item *item = &giver->items[i];

			if (item->kind != kind || rank(giver, item) != turn)
				continue;
			if (turn == 0)
				choose_given(giver, item);
			else if (item->label != NULL)
				choose_made(giver, item);
			else
				choose_wanted(giver, item);
		}
}

static void choose_all(struct giver *giver, enum kind from, enum kind to)
{
	for (enum kind kind = from; kind <= to; kind++)
		choose_kind(giver, kind);
}

/*
 * Once without the plan and once with it: a name that the rules give, too, keeps their remark, so
 * that a plan that was printed and is read again changes nothing.
 */
static void choose_names(struct giver *giver)
{
	const struct item *first = giver->items;

	giver->planned = false;
	choose_all(giver, KIND_TABLE, KIND_COLUMN);
	giver->items = arena_array(giver->arena, giver->count + 1, sizeof(*giver->items));
	if (giver->items == NULL) {
		fail_memory(giver);
		return;
	}
	if (giver->count > 0)
		memcpy(giver->items, first, giver->count * sizeof(*first));
	giver->room = giver->count + 1;
	giver->taken = (struct taken){ 0 };
	giver->planned = true;
	choose_all(giver, KIND_TABLE, KIND_COLUMN);
	for (size_t i = 0; i < giver->count && giver->fault->status == 0; i++) {
		struct item *item = &giver->items[i];

		if (item->given != NULL && strcmp(item->name, first[i].name) == 0)
			item->remark = first[i].remark;
	}
}

/* --- who wants a name ------------------------------------------------------------------------- */

static struct item *add_item(struct giver *giver, enum kind kind, struct table *table,
	const char *source, const char **to)
{
	struct item *item;

	if (giver->count == giver->room) {
		size_t room = giver->room == 0 ? 64 : giver->room * 2;
		struct item *items = arena_array(giver->arena, room, sizeof(*items));

		if (items == NULL) {
			fail_memory(giver);
			return NULL;
		}
		if (giver->count > 0)
			memcpy(items, giver->items, giver->count * sizeof(*items));
		giver->items = items;
		giver->room = room;
	}
	item = &giver->items[giver->count++];
	*item = (struct item){ .kind = kind, .table = table, .source = source, .to = to };
	return item;
}

/* Sets the wanted name, but an empty one is none. */
static void want(struct giver *giver, struct item *item, bool quoted, const char *instead)
{
	item->wanted = apply(giver, item->source, quoted);
	if (item->wanted == NULL || instead == NULL) {
		fail_memory(giver);
		item->wanted = "";
	} else if (*item->wanted == '\0') {
		item->wanted = instead;
		item->why = "an empty name is none";
	}
}

static bool is_system_column(const char *name)
{
	static const char *const names[] = { "tableoid", "xmin", "cmin", "xmax", "cmax", "ctid" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(name, names[i]) == 0)
			return true;
	return false;
}

static void want_column(struct giver *giver, struct table *table, size_t place)
{
	struct column *column = &table->columns[place];
	struct item *item = add_item(giver, KIND_COLUMN, table, column->source, &column->name);
	struct plan_orders orders;

	if (item == NULL || plan_column(giver->naming->plan, table->source, column->source, &orders,
		giver->fault) != 0)
		return;
	want(giver, item, column->quoted, arena_format(giver->arena, "column_%zu", place + 1));
	if (is_system_column(item->wanted)) {
		item->wanted = arena_format(giver->arena, "%s_", item->wanted);
		item->why = "every table has a system column of that name";
		if (item->wanted == NULL)
			fail_memory(giver);
	}
	item->line = orders.column;
	item->given = orders.column == NULL ? NULL : orders.column->to_column;
	if (item->given != NULL && is_system_column(item->given))
		fault_set(giver->fault, STATUS_MISFIT, "%s: every table has a system column %s: "
			"%.300s", item->line->origin, item->given, item->line->text);
}

static void set_schema(struct giver *giver, struct table *table, const struct table_orders *orders)
{
	const char *schema = orders_schema(orders, giver->naming->schema);

	if (schema != NULL)
		table->schema = schema;
	if (table->schema != NULL && strncmp(table->schema, "pg_", 3) == 0)
		fault_set(giver->fault, STATUS_MISFIT, "schema \"%s\": PostgreSQL keeps names that "
			"begin with pg_ for itself", table->schema);
}

static void want_table(struct giver *giver, struct table *table)
{
	const char *source = table->source_table != NULL ? table->source_table : table->source;
	struct item *item = add_item(giver, KIND_TABLE, table, source, &table->name);
	const bool quoted = counts_as_quoted(table);
	struct table_orders orders;

	if (item == NULL)
		return;
	want(giver, item, quoted, arena_format(giver->arena, "table_%u", table->number));
	if (giver->naming->style == NAMES_SQL && table->quoted && !quoted && item->why == NULL &&
		strcmp(item->wanted, source) != 0)
		item->why = "none of its columns is quoted, so it does not count as quoted either";
	if (strncmp(item->wanted, "pg_", 3) == 0 && item->why == NULL)
		item->why = "a table of PostgreSQL's own may hide it where no schema is named";
	if (orders_find(giver->naming->plan, table, &orders, giver->fault) != 0)
		return;
	set_schema(giver, table, &orders);
	item->line = orders.name;
	item->given = orders.name == NULL ? NULL : orders.name->to_table;
}

/* CREATE VIEW name ...: whether the name is quoted. */
static bool is_quoted_view(const struct object *view)
{
	struct cursor cursor = cursor_open(view->sql == NULL ? "" : view->sql,
		view->sql == NULL ? 0 : strlen(view->sql));
	struct token token = cursor_next(&cursor);

	while (token.kind == TOKEN_NAME && !token_is(&token, "VIEW"))
		token = cursor_next(&cursor);
	for (token = cursor_next(&cursor); token_is(&token, "IF") || token_is(&token, "NOT") ||
		token_is(&token, "EXISTS");)
		token = cursor_next(&cursor);
	return token.kind == TOKEN_QUOTED || token.kind == TOKEN_STRING;
}

static void want_view(struct giver *giver, struct object *view)
{
	struct item *item = add_item(giver, KIND_VIEW, NULL, view->name, &view->name);

	if (item == NULL)
		return;
	item->view = view;
	view->schema = giver->view_schema;
	want(giver, item, is_quoted_view(view), "view");
}

/* Where all tables are, there the views are, too. */
static const char *find_view_schema(const struct naming *naming, struct table *const *tables,
	size_t count)
{
	const char *schema = count > 0 ? tables[0]->schema : NULL;

	for (size_t i = 1; i < count; i++)
		if (schema == NULL || tables[i]->schema == NULL ||
			strcmp(schema, tables[i]->schema) != 0)
			return naming->schema;
	return naming->schema != NULL ? naming->schema : schema;
}

/* A view's columns that are a table's are called as they are there. */
static void want_view_columns(struct giver *giver, struct object *view,
	const struct relation *relation, uint32_t number)
{
	struct table *space = arena_alloc(giver->arena, sizeof(*space));
	const char **names = arena_array(giver->arena, relation->count + 1, sizeof(*names));

	if (space == NULL || names == NULL) {
		fail_memory(giver);
		return;
	}
	space->number = number;
	view->columns = (struct texts){ names, relation->count };
	for (size_t i = 0; i < relation->count; i++) {
		const struct relation_column *column = &relation->columns[i];
		struct item *item = add_item(giver, KIND_VIEW_COLUMN, space, column->source,
			&names[i]);

		if (item == NULL)
			return;
		item->view = view;
		want(giver, item, column->quoted, arena_format(giver->arena, "column_%zu", i + 1));
		if (column->origin != NULL)
			item->wanted = column->origin->name;
	}
}

/* Views that are not understood have no columns here. */
static void want_views(struct giver *giver, struct table *const *tables, size_t table_count,
	struct object *const *objects, size_t object_count)
{
	const size_t room = table_count + object_count;
	struct relation *items = arena_array(giver->arena, room + 1, sizeof(*items));
	struct relations relations = { items, 0 };
	struct view_entry *entries;
	size_t count;

	if (items == NULL || !view_order(giver->arena, (const struct object *const *)objects,
		object_count, &entries, &count)) {
		fail_memory(giver);
		return;
	}
	for (size_t i = 0; i < table_count && count > 0; i++)
		if (!relation_of_table(giver->arena, tables[i], &items[relations.count++]))
			fail_memory(giver);
	for (size_t i = 0; i < count && giver->fault->status == 0; i++) {
		const char *why;

		if (entries[i].why == NULL && view_columns(giver->arena, &entries[i].view,
			&relations, &items[relations.count], &why))
			want_view_columns(giver, objects[entries[i].place],
				&items[relations.count++], (uint32_t)i);
	}
}

/* "a_b" for the names of keys, at most as long as PostgreSQL makes it. */
static const char *join_terms(struct giver *giver, const struct table *table,
	const struct term *terms, size_t count)
{
	const char *joined = "";

	for (size_t i = 0; i < count && strlen(joined) < NAMES_MOST; i++) {
		const struct column *column = terms[i].column == NULL ? NULL :
			table_find(table, terms[i].column);

		joined = arena_format(giver->arena, "%s%s%s", joined, i > 0 ? "_" : "",
			column != NULL ? column->name : "expr");
		if (joined == NULL) {
			fail_memory(giver);
			return "";
		}
	}
	return joined;
}

static const char *join_columns(struct giver *giver, const struct table *table,
	const struct texts *columns)
{
	struct term *terms = arena_array(giver->arena, columns->count, sizeof(*terms));

	if (terms == NULL) {
		fail_memory(giver);
		return "";
	}
	for (size_t i = 0; i < columns->count; i++)
		terms[i].column = columns->items[i];
	return join_terms(giver, table, terms, columns->count);
}

/* A key or constraint, under its own name or the one that PostgreSQL would make. */
static void want_other(struct giver *giver, enum kind kind, struct table *table, const char **to,
	bool quoted, const char *columns, const char *label)
{
	struct item *item = add_item(giver, kind, table, *to, to);

	if (item == NULL)
		return;
	if (*to != NULL)
		want(giver, item, quoted, "");
	if (*to != NULL && *item->wanted != '\0')
		return;
	item->label = label;
	item->columns = columns;
}

static void want_keys(struct giver *giver, struct table *table)
{
	if (table->primary != NULL)
		want_other(giver, KIND_KEY, table, &table->primary->name,
			table->primary->quoted, "", "pkey");
	for (size_t i = 0; i < table->unique_count; i++) {
		struct index *key = &table->uniques[i];

		want_other(giver, KIND_KEY, table, &key->name, key->quoted,
			join_terms(giver, table, key->terms, key->term_count), "key");
	}
	for (size_t i = 0; i < table->index_count; i++) {
		struct index *index = &table->indexes[i];

		want_other(giver, KIND_INDEX, table, &index->name, index->quoted,
			join_terms(giver, table, index->terms, index->term_count), "idx");
	}
}

/* Whether their names are quoted nobody has kept. */
static void want_constraints(struct giver *giver, struct table *table)
{
	const bool quoted = counts_as_quoted(table);

	for (size_t i = 0; i < table->foreign_count; i++) {
		struct foreign *foreign = &table->foreigns[i];

		want_other(giver, KIND_CONSTRAINT, table, &foreign->name, quoted,
			join_columns(giver, table, &foreign->columns), "fkey");
	}
	for (size_t i = 0; i < table->check_count; i++)
		want_other(giver, KIND_CONSTRAINT, table, &table->checks[i].name, quoted, "",
			"check");
}

/* An identity column's sequence gets its name from PostgreSQL; no key or index should have it. */
static void want_sequences(struct giver *giver, struct table *table)
{
	for (size_t i = 0; i < table->column_count; i++) {
		struct item *item;

		if (table->columns[i].identity == NULL || table->columns[i].sequence != NULL)
			continue;
		item = add_item(giver, KIND_SEQUENCE, table, NULL, NULL);
		if (item == NULL)
			return;
		item->label = "seq";
		item->columns = table->columns[i].name;
	}
}

/* --- the result ------------------------------------------------------------------------------- */

/* Names from `from` on stand where they belong. */
static void apply_names(struct giver *giver, size_t from)
{
	for (size_t i = from; i < giver->count && giver->fault->status == 0; i++)
		if (giver->items[i].to != NULL)
			*giver->items[i].to = giver->items[i].name;
}

static const char *tell(struct giver *giver, const struct item *item)
{
	const char *text = arena_format(giver->arena, "%s \"%s\" is called \"%s\": %s",
		kind_names[item->kind], item->source, item->name, item->remark);

	if (text == NULL)
		fail_memory(giver);
	return text;
}

static void tell_view(struct giver *giver, const struct item *item)
{
	struct object *view = item->view;
	const char *before = view->remark;

	view->remark = tell(giver, item);
	if (before != NULL && view->remark != NULL)
		view->remark = arena_format(giver->arena, "%s; %s", before, view->remark);
	if (view->remark == NULL)
		fail_memory(giver);
}

static bool has_remark(const struct item *item)
{
	return item->remark != NULL && item->table != NULL && item->view == NULL;
}

/* A list that was read has no room for more. */
static void make_room(struct giver *giver, struct table *table, size_t more)
{
	const char **items = arena_array(giver->arena, table->remarks.count + more,
		sizeof(*items));

	if (items == NULL) {
		fail_memory(giver);
		return;
	}
	for (size_t i = 0; i < table->remarks.count; i++)
		items[i] = table->remarks.items[i];
	table->remarks.items = items;
}

/* The remarks of a table; its items are spread over the kinds, tables are not that many. */
static void write_remarks(struct giver *giver, const size_t *counts, struct table *const *tables,
	size_t table_count)
{
	for (size_t i = 0; i < table_count && giver->fault->status == 0; i++)
		if (counts[i] > 0)
			make_room(giver, tables[i], counts[i]);
	for (size_t i = 0; i < giver->count && giver->fault->status == 0; i++) {
		const struct item *item = &giver->items[i];
		struct texts *remarks;

		if (item->remark != NULL && item->view != NULL)
			tell_view(giver, item);
		if (!has_remark(item))
			continue;
		remarks = &item->table->remarks;
		remarks->items[remarks->count++] = tell(giver, item);
	}
}

static size_t find_table(struct table *const *tables, size_t count, const struct table *table)
{
	size_t low = 0;

	/* Numbers ascend. */
	while (low < count) {
		size_t middle = low + (count - low) / 2;

		if (tables[middle]->number < table->number)
			low = middle + 1;
		else
			count = middle;
	}
	return low;
}

static void add_remarks(struct giver *giver, struct table *const *tables, size_t table_count)
{
	size_t *counts = arena_array(giver->arena, table_count, sizeof(*counts));

	if (counts == NULL) {
		fail_memory(giver);
		return;
	}
	for (size_t i = 0; i < giver->count; i++)
		if (has_remark(&giver->items[i]))
			counts[find_table(tables, table_count, giver->items[i].table)]++;
	write_remarks(giver, counts, tables, table_count);
}

static void give_tables(struct giver *giver, struct table *const *tables, size_t table_count,
	struct object *const *objects, size_t object_count)
{
	for (size_t i = 0; i < table_count && giver->fault->status == 0; i++) {
		want_table(giver, tables[i]);
		for (size_t j = 0; j < tables[i]->column_count && giver->fault->status == 0; j++)
			want_column(giver, tables[i], j);
	}
	giver->view_schema = find_view_schema(giver->naming, tables, table_count);
	for (size_t i = 0; i < object_count && giver->fault->status == 0; i++)
		if (strcmp(objects[i]->kind, "view") == 0 && objects[i]->schema == NULL)
			want_view(giver, objects[i]);
	if (giver->fault->status == 0)
		choose_names(giver);
	apply_names(giver, 0);
}

/* Their names are made from those of tables and columns. */
static void give_others(struct giver *giver, struct table *const *tables, size_t table_count,
	struct object *const *objects, size_t object_count)
{
	size_t from = giver->count;

	for (size_t i = 0; i < table_count && giver->fault->status == 0; i++) {
		want_sequences(giver, tables[i]);
		want_keys(giver, tables[i]);
		want_constraints(giver, tables[i]);
	}
	if (giver->fault->status == 0)
		want_views(giver, tables, table_count, objects, object_count);
	if (giver->fault->status == 0)
		choose_all(giver, KIND_SEQUENCE, KIND_VIEW_COLUMN);
	apply_names(giver, from);
}

/* Views of such a source are in its own SQL, and keep their names. */
static bool has_schemas(struct table *const *tables, size_t table_count)
{
	for (size_t i = 0; i < table_count; i++)
		if (tables[i]->source_schema != NULL)
			return true;
	return false;
}

int names_give(const struct naming *naming, struct table *const *tables, size_t table_count,
	struct object *const *objects, size_t object_count, struct fault *fault)
{
	struct giver giver = { .naming = naming, .arena = naming->arena, .fault = fault };

	if (has_schemas(tables, table_count))
		object_count = 0;
	give_tables(&giver, tables, table_count, objects, object_count);
	if (fault->status == 0)
		give_others(&giver, tables, table_count, objects, object_count);
	if (fault->status == 0)
		add_remarks(&giver, tables, table_count);
	bytes_close(&giver.key);
	return fault->status;
}
