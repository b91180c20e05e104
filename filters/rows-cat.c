/*
 * rows-cat: several streams as one.  All definitions are read before the first is written: names
 * can collide in any two of them.
 */
#include "base/descriptor.h"
#include "flow/flow.h"
#include "wire/unite.h"

static bool merge;

static const struct option options[] = {
	{ "merge", 0, OPTION_FLAG, NULL,
		"tables of the same name and definition become one, with the rows of all", &merge,
		true, 0, 0 },
};

static const char *const examples[] = {
	"sqlite3 b.db 'CREATE TABLE b(x)'; sqlite-extract b.db | rows-cat app.rows - >c",
	"sqlite-extract app.db | rows-cat --merge app.rows - | rows-peek",
	NULL
};

static const struct tool tool = {
	.name = "rows-cat",
	.brief = "Makes one row stream of several archives or streams.",
	.operands = "FILE ...",
	.operands_least = 1,
	.operands_most = SIZE_MAX,
	.options = options,
	.option_count = sizeof(options) / sizeof(options[0]),
	.about = "- is standard input. The tables, views and rows of the first come first, then "
		"those of the next. Every input must be complete: END is written only when all "
		"of them were read to theirs, and were right.\n\n"
		"A table of the same name in two inputs is a clash, and nothing is written; so is "
		"a view or trigger. With --merge such tables become one where a table made from "
		"either would be the same: columns, types, keys, indexes, checks. Their profiles "
		"are added up, so rows-retype behind rows-cat finds types that hold the rows of "
		"all; in front of it, each store would get types of its own. Keys may then stand "
		"twice, as every store counts from 1: to tell the rows of the stores apart, "
		"rows-set '*.store:text=@source' behind sqlite-extract. What was extracted twice "
		"from one source is not merged with itself.\n\n"
		"Else one of the two can be left out (rows-select -T, in front), or each be loaded "
		"by itself, into a schema of its own (rows-rename --target-schema).\n\n"
		"Exit status: 65 an input is incomplete or damaged; 66 it cannot be read; 78 names "
		"clash, or definitions differ.",
	.examples = examples,
};

enum { BUCKETS = 4096 };

/* A table that goes out, of one input or several. */
struct joined {
	struct table table;
	const char *from;  /* the first input that has it */
	size_t left;       /* inputs that have not ended it */
	struct total total;
	struct hash128 digest;
	struct joined *same_source, *same_name; /* the next of its bucket */
	struct joined *next;
};

struct view {
	struct object object;
	const char *from;
	struct view *same_name;
	struct view *next;
};

struct input {
	struct reader in;
	const char *name;
	uint32_t origin; /* of its first source */
	bool data;       /* the frame that was read last is none of a definition */
};

struct cat {
	struct flow flow;
	struct input *inputs;
	size_t opened;
	struct hello hello;
	struct joined *tables, **last_table;
	struct view *views, **last_view;
	uint32_t count;
	struct joined *by_source[BUCKETS], *by_name[BUCKETS];
	struct view *views_by_name[BUCKETS];
};

static void *take(struct cat *cat, size_t count, size_t size)
{
	void *items = arena_array(&cat->flow.arena, count, size);

	if (items == NULL)
		fault_memory(&cat->flow.fault);
	return items;
}

static size_t bucket_of(const char *name)
{
	return hash_64(name, strlen(name), 0) % BUCKETS;
}

static bool same_text(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

/* --- inputs ----------------------------------------------------------------------------------- */

/* A reader hashes in place, and the hash wants more alignment than an arena gives. */
static struct input *take_inputs(struct cat *cat, size_t count)
{
	char *room = take(cat, count + 1, sizeof(struct input));
	const size_t over = (uintptr_t)room % _Alignof(struct input);

	if (room != NULL && over > 0)
		room += _Alignof(struct input) - over;
	return (struct input *)(void *)room;
}

static void open_inputs(struct cat *cat)
{
	struct flow *flow = &cat->flow;
	size_t standard = 0;

	cat->inputs = take_inputs(cat, flow->operands.count);
	for (size_t i = 0; i < flow->operands.count && flow->fault.status == 0; i++) {
		struct input *input = &cat->inputs[i];
		int fd = 0;

		input->name = flow->operands.items[i];
		if (strcmp(input->name, "-") != 0) {
			if (descriptor_open(input->name, &fd, &flow->fault) != 0)
				return;
		} else {
			input->name = "the stream";
			process_refuse_terminal(fd, &flow->fault);
			if (standard++ > 0)
				flow_fail(flow, STATUS_USAGE, "standard input can be read only "
					"once: - stands there twice");
		}
		reader_begin(&input->in, fd, input->name, &flow->arena);
		cat->opened++;
	}
}

/* Who aborted upstream speaks for itself; of a file that tells of it the name is said. */
static void blame(struct cat *cat, struct input *input, const struct fault *trouble)
{
	struct flow *flow = &cat->flow;

	if (input->in.aborted) {
		flow->in.aborted = true;
		flow->in.abortion = input->in.abortion;
		flow->in.fd = input->in.fd;
		flow_fail(flow, trouble->status, "%s: %s", input->name, trouble->text);
	} else {
		flow_fail(flow, trouble->status, "%s", trouble->text);
	}
}

static bool read_next(struct cat *cat, struct input *input)
{
	struct fault trouble = { 0 };

	if (cat->flow.fault.status != 0 || reader_ended(&input->in))
		return false;
	if (reader_next(&input->in, &trouble) == 0)
		return true;
	blame(cat, input, &trouble);
	return false;
}

/* --- tables ----------------------------------------------------------------------------------- */

static const char *schema_of(const struct table *table)
{
	return table->schema != NULL ? table->schema : "";
}

static struct joined *find_source(const struct cat *cat, const struct table *table)
{
	struct joined *joined = cat->by_source[bucket_of(table->source)];

	while (joined != NULL && strcmp(joined->table.source, table->source) != 0)
		joined = joined->same_source;
	return joined;
}

static struct joined *find_name(const struct cat *cat, const struct table *table)
{
	struct joined *joined = cat->by_name[bucket_of(table->name)];

	while (joined != NULL && (strcmp(joined->table.name, table->name) != 0 ||
		strcmp(schema_of(&joined->table), schema_of(table)) != 0))
		joined = joined->same_name;
	return joined;
}

static struct joined *add_table(struct cat *cat, const struct input *input,
	const struct table *table)
{
	const size_t source = bucket_of(table->source), name = bucket_of(table->name);
	struct joined *joined = take(cat, 1, sizeof(*joined));

	if (joined == NULL)
		return NULL;
	*joined = (struct joined){ .table = *table, .from = input->name,
		.same_source = cat->by_source[source], .same_name = cat->by_name[name] };
	joined->table.number = ++cat->count;
	cat->by_source[source] = cat->by_name[name] = joined;
	*cat->last_table = joined;
	cat->last_table = &joined->next;
	return joined;
}

static void clash(struct cat *cat, const struct joined *joined, const struct input *input)
{
	flow_fail(&cat->flow, STATUS_MISFIT, "table \"%s\" is in %.200s and in %.200s: make one of "
		"the two (--merge), leave out one (rows-select -T), or load each by itself",
		joined->table.name, joined->from, input->name);
}

static const char *encoding_of(const struct cat *cat, const struct table *table)
{
	const char *encoding = table->origin < cat->hello.source_count ?
		cat->hello.sources[table->origin].encoding : NULL;

	return encoding != NULL ? encoding : "";
}

/* Ill-formed UTF-16 is read by the table's source: one of them must speak for both. */
static void unite_origins(struct cat *cat, struct joined *joined, const struct table *more)
{
	const char *encoding = encoding_of(cat, &joined->table), *other = encoding_of(cat, more);

	if (strncmp(encoding, "UTF-16", 6) != 0)
		joined->table.origin = more->origin;
	else if (strncmp(other, "UTF-16", 6) == 0 && strcmp(encoding, other) != 0)
		flow_fail(&cat->flow, STATUS_MISFIT, "table \"%s\" is %s in %.200s, and %s in "
			"another: such cannot be one", more->name, encoding, joined->from, other);
}

static void join_table(struct cat *cat, struct joined *joined, const struct input *input,
	const struct table *table)
{
	struct flow *flow = &cat->flow;
	const char *what = unite_differ(&flow->arena, &joined->table, table, &flow->fault);

	if (what != NULL)
		flow_fail(flow, STATUS_MISFIT, "table \"%s\" is not the same in %.200s and "
			"%.200s: %.100s is another (rows-diff tells more)", table->name,
			joined->from, input->name, what);
	if (flow->fault.status != 0)
		return;
	unite_origins(cat, joined, table);
	unite_tables(&flow->arena, &joined->table, table, &flow->fault);
}

static void take_table(struct cat *cat, struct input *input)
{
	struct account *account = ledger_find(&input->in.ledger, input->in.frame.table);
	struct table table = *account->definition;
	struct joined *joined = find_source(cat, &table);

	table.origin += input->origin;
	if (joined == NULL)
		joined = find_name(cat, &table);
	if (joined != NULL && (!merge || joined->from == input->name))
		clash(cat, joined, input);
	else if (joined != NULL)
		join_table(cat, joined, input, &table);
	else
		joined = add_table(cat, input, &table);
	if (joined != NULL)
		joined->left++;
	account->own = joined;
}

/* --- views, triggers -------------------------------------------------------------------------- */

static const char *keep(struct cat *cat, const char *text)
{
	const char *copy = text == NULL ? NULL : arena_text(&cat->flow.arena, text);

	if (text != NULL && copy == NULL)
		fault_memory(&cat->flow.fault);
	return copy;
}

/* What an OBJECT frame says dies with the next frame. */
static struct object keep_object(struct cat *cat, const struct object *from)
{
	struct object copy = { .kind = keep(cat, from->kind), .name = keep(cat, from->name),
		.schema = keep(cat, from->schema), .table = keep(cat, from->table),
		.sql = keep(cat, from->sql), .remark = keep(cat, from->remark) };

	copy.columns.items = take(cat, from->columns.count + 1, sizeof(*copy.columns.items));
	while (cat->flow.fault.status == 0 && copy.columns.count < from->columns.count) {
		copy.columns.items[copy.columns.count] =
			keep(cat, from->columns.items[copy.columns.count]);
		copy.columns.count++;
	}
	return copy;
}

/* One of another input with its name; triggers have names of their own in each table. */
static struct view *find_view(const struct cat *cat, const struct object *object,
	const struct input *input)
{
	struct view *view = cat->views_by_name[bucket_of(object->name)];

	while (view != NULL && (view->from == input->name ||
		strcmp(view->object.name, object->name) != 0 ||
		!same_text(view->object.schema, object->schema) ||
		!same_text(view->object.table, object->table)))
		view = view->same_name;
	return view;
}

static void take_object(struct cat *cat, const struct input *input)
{
	const struct object *object = &input->in.object;
	struct view *view = find_view(cat, object, input), **bucket;

	if (view != NULL && merge && strcmp(view->object.kind, object->kind) == 0 &&
		same_text(view->object.sql, object->sql))
		return;
	if (view != NULL) {
		flow_fail(&cat->flow, STATUS_MISFIT, "%s \"%s\" is in %.200s and in %.200s%s: "
			"leave out one (rows-select -T)", object->kind, object->name, view->from,
			input->name, merge ? ", and is not the same" : "");
		return;
	}
	view = take(cat, 1, sizeof(*view));
	if (view == NULL)
		return;
	bucket = &cat->views_by_name[bucket_of(object->name)];
	*view = (struct view){ .object = keep_object(cat, object), .from = input->name,
		.same_name = *bucket };
	*bucket = view;
	*cat->last_view = view;
	cat->last_view = &view->next;
}

/* --- the head --------------------------------------------------------------------------------- */

static void *extend(struct cat *cat, void *items, size_t count, const void *more, size_t more_count,
	size_t size)
{
	char *list = take(cat, count + more_count + 1, size);

	if (list == NULL)
		return items;
	if (count > 0)
		memcpy(list, items, count * size);
	if (more_count > 0)
		memcpy(list + count * size, more, more_count * size);
	return list;
}

static bool same_stage(const struct stage *a, const struct stage *b)
{
	if (strcmp(a->tool, b->tool) != 0 || strcmp(a->version, b->version) != 0 ||
		a->setting_count != b->setting_count)
		return false;
	for (size_t i = 0; i < a->setting_count; i++)
		if (strcmp(a->settings[i].option, b->settings[i].option) != 0 ||
			strcmp(a->settings[i].value, b->settings[i].value) != 0)
			return false;
	return true;
}

/* Stores that came the same way say so once. */
static bool same_way(const struct hello *a, const struct hello *b)
{
	if (a->stage_count != b->stage_count)
		return false;
	for (size_t i = 0; i < a->stage_count; i++)
		if (!same_stage(&a->stages[i], &b->stages[i]))
			return false;
	return true;
}

static void take_hello(struct cat *cat, struct input *input)
{
	const struct hello *from = &input->in.hello;
	struct hello *to = &cat->hello;
	bool told = false;

	input->origin = (uint32_t)to->source_count;
	to->sources = extend(cat, to->sources, to->source_count, from->sources, from->source_count,
		sizeof(*to->sources));
	to->source_count += from->source_count;
	for (struct input *other = cat->inputs; other < input; other++) {
		told |= same_way(&other->in.hello, from);
		if (memcmp(other->in.hello.stream, from->stream, sizeof(from->stream)) == 0)
			flow_fail(&cat->flow, STATUS_MISFIT, "%.200s and %.200s are the same "
				"stream", other->name, input->name);
	}
	if (told)
		return;
	to->stages = extend(cat, to->stages, to->stage_count, from->stages, from->stage_count,
		sizeof(*to->stages));
	to->stage_count += from->stage_count;
}

static void read_head(struct cat *cat, struct input *input)
{
	while (!input->data && read_next(cat, input))
		switch (input->in.frame.kind) {
		case FRAME_HELLO:
			take_hello(cat, input);
			break;
		case FRAME_TABLE:
			take_table(cat, input);
			break;
		case FRAME_OBJECT:
			take_object(cat, input);
			break;
		default:
			input->data = true;
		}
}

static void derive_id(struct cat *cat)
{
	struct bytes ids = { 0 };

	for (size_t i = 0; i < cat->opened; i++)
		bytes_add(&ids, cat->inputs[i].in.hello.stream, 16);
	if (ids.failed)
		fault_memory(&cat->flow.fault);
	hash_put(cat->hello.stream, hash_128(ids.data, ids.size));
	bytes_close(&ids);
}

static void write_head(struct cat *cat)
{
	struct flow *flow = &cat->flow;

	derive_id(cat);
	cat->hello.version = STREAM_VERSION;
	if (flow->fault.status == 0)
		flow_hello(flow, cat->hello);
	for (struct joined *joined = cat->tables; joined != NULL && flow->fault.status == 0;
		joined = joined->next)
		writer_table(&flow->out, &joined->table, &flow->fault);
	for (struct view *view = cat->views; view != NULL && flow->fault.status == 0;
		view = view->next)
		writer_object(&flow->out, &view->object, &flow->fault);
}

/* --- rows ------------------------------------------------------------------------------------- */

static void end_table(struct cat *cat, const struct input *input, struct joined *joined)
{
	const struct total *more = &input->in.total;
	struct total *total = &joined->total;
	struct flow *flow = &cat->flow;

	if (more->extracted > INT64_MAX - total->extracted) {
		flow_fail(flow, STATUS_STREAM, "%.200s: table \"%s\" says that it had more rows "
			"than can be", input->name, joined->table.name);
		return;
	}
	total->extracted += more->extracted;
	total->filtered += more->filtered;
	total->rejected += more->rejected;
	total->part |= more->part;
	hash_sum(&joined->digest, (struct hash128){ get_u64(more->digest),
		get_u64(more->digest + 8) });
	hash_put(total->digest, joined->digest);
	if (--joined->left == 0)
		writer_table_end(&flow->out, joined->table.number, total, &flow->fault);
}

static void take_data(struct cat *cat, struct input *input)
{
	struct frame frame = input->in.frame;
	struct joined *joined;

	if (frame.kind != FRAME_ROWS && frame.kind != FRAME_DELETE && frame.kind != FRAME_TABLE_END)
		return; /* INDEX and END: reader and writer have their own */
	joined = ledger_find(&input->in.ledger, frame.table)->own;
	frame.table = joined->table.number;
	if (frame.kind == FRAME_TABLE_END)
		end_table(cat, input, joined);
	else
		writer_pass(&cat->flow.out, &frame, &cat->flow.fault);
}

static void read_data(struct cat *cat, struct input *input)
{
	if (cat->flow.fault.status == 0 && input->data)
		take_data(cat, input);
	while (read_next(cat, input))
		take_data(cat, input);
}

int main(int argc, char **argv)
{
	static struct cat cat;
	struct flow *flow = &cat.flow;

	cat.last_table = &cat.tables;
	cat.last_view = &cat.views;
	flow_begin_source(flow, &tool, argc, argv);
	if (flow->fault.status == 0)
		open_inputs(&cat);
	for (size_t i = 0; i < cat.opened; i++)
		read_head(&cat, &cat.inputs[i]);
	if (flow->fault.status == 0)
		write_head(&cat);
	for (size_t i = 0; i < cat.opened; i++)
		read_data(&cat, &cat.inputs[i]);
	for (size_t i = 0; i < cat.opened && flow->fault.status == 0; i++)
		unite_endings(&flow->arena, &flow->in.ending, &cat.inputs[i].in.ending,
			&flow->fault);
	for (size_t i = 0; i < cat.opened; i++)
		reader_close(&cat.inputs[i].in);
	return flow_end(flow);
}
