#include "flow/like.h"

#include "base/descriptor.h"
#include "base/print.h"
#include "row/texts.h"
#include "row/token.h"

/* More findings of one run nobody reads: the file is of another database, mostly. */
enum { TOLD_MOST = 200 };

/* --- reading ---------------------------------------------------------------------------------- */

/* Room for one more; NULL without memory. */
static void *grow(struct flow *flow, void *items, size_t count, size_t *room, size_t size)
{
	void *more;

	if (count < *room)
		return items;
	*room = *room == 0 ? 64 : *room * 2;
	more = arena_array(&flow->arena, *room, size);
	if (more == NULL)
		fault_memory(&flow->fault);
	else if (count > 0)
		memcpy(more, items, count * size);
	return more;
}

static void add_table(struct flow *flow, struct like *like, const struct table *table)
{
	like->tables = grow(flow, like->tables, like->count, &like->room,
		sizeof(const struct table *));
	if (like->tables != NULL)
		like->tables[like->count++] = table;
}

/* What matters of a table, for the hash: not how far its sequences have come. */
static void add_words(struct bytes *words, const struct table *table)
{
	bytes_format(words, "%s.%s\n", table->schema, table->name);
	for (size_t i = 0; i < table->column_count; i++) {
		const struct column *column = &table->columns[i];

		bytes_format(words, "\t%s %s%s%s%s%s\n", column->name, column->target,
			column->not_null ? " not null" : "",
			column->fallback != NULL ? " default" : "",
			column->identity != NULL ? " identity" : "",
			column->generated != NULL ? " generated" : "");
	}
}

/* ('a', 'b''c') */
static void read_labels(struct flow *flow, const char *list, struct like_type *type)
{
	struct cursor cursor = cursor_open(list, strlen(list));
	struct token token;

	while ((token = cursor_next(&cursor)).kind != TOKEN_END) {
		const char *label;

		if (token.kind != TOKEN_STRING)
			continue;
		label = token_unquote(&flow->arena, &token);
		if (label == NULL || texts_add(&flow->arena, &type->labels, label) != 0)
			fault_memory(&flow->fault);
	}
}

/* CREATE TYPE public.mood AS ENUM ('a', 'b''c') */
static void add_type(struct flow *flow, struct like *like, const struct object *object,
	struct bytes *words)
{
	static const char create[] = "CREATE TYPE ", as[] = " AS ENUM (";
	const char *name, *end;
	struct like_type *type;

	if (object->sql == NULL || strncmp(object->sql, create, strlen(create)) != 0)
		return;
	name = object->sql + strlen(create);
	end = strstr(name, as);
	if (end == NULL)
		return;
	like->types = grow(flow, like->types, like->type_count, &like->type_room,
		sizeof(*like->types));
	if (like->types == NULL)
		return;
	type = &like->types[like->type_count++];
	*type = (struct like_type){ .name = arena_copy(&flow->arena, name, (size_t)(end - name)) };
	if (type->name == NULL)
		fault_memory(&flow->fault);
	else
		read_labels(flow, end + strlen(as), type);
	bytes_format(words, "%s\n", object->sql);
}

static void read_frame(struct flow *flow, struct like *like, struct reader *reader,
	struct bytes *words)
{
	const struct hello *hello = &reader->hello;
	const struct table *table;

	switch (reader->frame.kind) {
	case FRAME_HELLO:
		if (hello->source_count != 1 || strcmp(hello->sources[0].kind, "postgresql") != 0)
			flow_fail(flow, STATUS_MISFIT, "%s: holds no tables of PostgreSQL; write "
				"it with: pg-extract -s -d WHERE > FILE", reader->name);
		return;
	case FRAME_TABLE:
		table = reader_table(reader);
		reader_skip(reader);
		if (table->schema == NULL || strcmp(table->coverage, "query") == 0)
			flow_fail(flow, STATUS_MISFIT, "%s: %s is no table of a database, but a "
				"query", reader->name, table->source);
		if (flow->fault.status != 0)
			return;
		add_table(flow, like, table);
		add_words(words, table);
		return;
	case FRAME_OBJECT:
		if (strcmp(reader->object.kind, "type") == 0)
			add_type(flow, like, &reader->object, words);
		return;
	default:
		return;
	}
}

static void read_frames(struct flow *flow, struct like *like, struct reader *reader,
	struct bytes *words)
{
	while (flow->fault.status == 0 && !reader_ended(reader) &&
	       reader_next(reader, &flow->fault) == 0)
		read_frame(flow, like, reader, words);
}

void like_read(struct flow *flow, struct like *like, const char **file)
{
	struct bytes words = { 0 }, hex = { 0 };
	struct reader reader;
	uint8_t hash[16];
	int fd;

	*like = (struct like){ 0 };
	if (*file == NULL || flow->fault.status != 0 ||
		descriptor_open(*file, &fd, &flow->fault) != 0)
		return;
	reader_begin(&reader, fd, *file, &flow->arena);
	read_frames(flow, like, &reader, &words);
	reader_close(&reader);
	descriptor_close(fd, reader.name, &flow->fault);
	hash_put(hash, hash_128(words.data, words.size));
	print_hex(&hex, hash, sizeof(hash));
	*file = hex.failed ? NULL : arena_copy(&flow->arena, hex.data, hex.size);
	if (words.failed || *file == NULL)
		fault_memory(&flow->fault);
	bytes_close(&words);
	bytes_close(&hex);
}

/* --- matching --------------------------------------------------------------------------------- */

void like_match(struct flow *flow, struct like *like, struct plan *plan, const char *schema,
	const struct table *const *sources, size_t count)
{
	like->matching = (struct matching){ .arena = &flow->arena, .targets = like->tables,
		.target_count = like->count, .plan = plan, .schema = schema };
	match_tables(&like->matching, sources, count, &flow->fault);
}

void like_adapt(struct flow *flow, const struct like *like, const struct column *target,
	struct adapt *adapt)
{
	*adapt = (struct adapt){ .not_null = target->not_null };
	if (!type_parse(&flow->arena, target->target, &adapt->type))
		flow_fail(flow, STATUS_STREAM, "the target's column %s is of type %s, which is "
			"none", target->name, target->target);
	for (size_t i = 0; i < like->type_count; i++)
		if (strcmp(like->types[i].name, target->target) == 0)
			adapt->labels = like->types[i].labels;
}

void like_tell(struct flow *flow, const struct like *like)
{
	const struct texts *findings = &like->matching.findings;

	if (findings->count == 0 || flow->fault.status != 0)
		return;
	if (findings->count == 1) {
		flow_fail(flow, STATUS_MISFIT, "%s", findings->items[0]);
		return;
	}
	for (size_t i = 0; i < findings->count && i < TOLD_MOST; i++)
		process_say("%s", findings->items[i]);
	if (findings->count > TOLD_MOST)
		process_say("... and %zu more", findings->count - TOLD_MOST);
	flow_fail(flow, STATUS_MISFIT, "%zu reasons, told above, why the rows cannot go into the "
		"tables that exist; the first: %.700s", findings->count, findings->items[0]);
}
