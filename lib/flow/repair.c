#include "flow/repair.h"

#include <string.h>

#include "base/hash.h"
#include "wire/pack.h"

static int derive_id(uint8_t id[16], const struct hello *left, const struct hello *right,
	const char *tool, struct fault *fault)
{
	struct bytes seed = { 0 };

	pack_array(&seed, 4);
	pack_bytes(&seed, left->stream, 16);
	pack_bytes(&seed, right->stream, 16);
	pack_text(&seed, tool);
	pack_text(&seed, "repair");
	if (seed.failed)
		fault_memory(fault);
	else
		hash_put(id, hash_128(seed.data, seed.size));
	bytes_close(&seed);
	return fault->status;
}

int repair_open(struct repair *repair, const char *path, const struct hello *left,
	const struct hello *right, const char *tool, struct arena *arena, struct fault *fault)
{
	struct stage stage = { .tool = tool, .version = ROWPIPE_VERSION };
	struct hello hello = *left;
	struct stage *stages = arena_array(arena, left->stage_count + 1, sizeof(*stages));

	*repair = (struct repair){ .arena = arena, .file.fd = -1 };
	if (stages == NULL)
		return fault_memory(fault);
	if (left->stage_count > 0)
		memcpy(stages, left->stages, left->stage_count * sizeof(*stages));
	stages[left->stage_count] = stage;
	hello.stages = stages;
	hello.stage_count = left->stage_count + 1;
	if (derive_id(hello.stream, left, right, tool, fault) != 0 ||
		descriptor_create(&repair->file, path, fault) != 0)
		return fault->status;
	writer_begin(&repair->writer, repair->file.fd, arena);
	repair->writer.name = path;
	return writer_hello(&repair->writer, &hello, fault);
}

static int check(const struct couple *couple, struct fault *fault)
{
	const struct table *left = couple->tables[0];

	if (couple->only_count[0] > 0)
		return fault_set(fault, STATUS_MISFIT, "table \"%s\" cannot be repaired: column "
			"\"%s\" is not on the other side", left->name,
			couple->only[0][0]->name);
	for (uint32_t i = 0; i < couple->all; i++)
		if (couple->columns[i].retyped || couple->columns[i].why != NULL)
			return fault_set(fault, STATUS_MISFIT, "table \"%s\" cannot be repaired: "
				"column \"%s\" has another type on the other side", left->name,
				couple->columns[i].columns[0]->name);
	if (couple->key_count == 0 && left->primary != NULL)
		return fault_set(fault, STATUS_MISFIT, "table \"%s\" cannot be repaired: its "
			"primary key is not on the other side", left->name);
	return 0;
}

/* The key that told the rows apart, which is the primary key most often. */
static struct index *make_key(struct repair *repair, const struct couple *couple)
{
	struct index *key = arena_alloc(repair->arena, sizeof(*key));

	if (key == NULL)
		return NULL;
	if (couple->tables[0]->primary != NULL)
		*key = *couple->tables[0]->primary;
	key->terms = arena_array(repair->arena, couple->key_count, sizeof(*key->terms));
	key->term_count = couple->key_count;
	for (uint32_t i = 0; i < couple->key_count && key->terms != NULL; i++)
		key->terms[i].column = couple->columns[couple->key[i]].columns[0]->source;
	return key->terms == NULL ? NULL : key;
}

int repair_define(struct repair *repair, const struct couple *couple, struct fault *fault)
{
	struct table table = *couple->tables[0];

	if (check(couple, fault) != 0)
		return fault->status;
	table.coverage = "repair";
	table.counted = false;
	table.expected = 0;
	if (couple->key_count > 0) {
		table.primary = make_key(repair, couple);
		if (table.primary == NULL)
			return fault_memory(fault);
	}
	if (table.column_count > repair->room || repair->cells == NULL) {
		repair->room = table.column_count + 1;
		repair->cells = arena_array(repair->arena, repair->room, sizeof(*repair->cells));
		if (repair->cells == NULL)
			return fault_memory(fault);
	}
	return writer_table(&repair->writer, &table, fault);
}

void repair_begin(struct repair *repair, const struct couple *couple)
{
	repair->couple = couple;
}

static int write_row(struct repair *repair, const struct value *cells, struct fault *fault)
{
	const struct couple *couple = repair->couple;
	const struct table *table = couple->tables[0];

	for (uint32_t i = 0; i < couple->count; i++)
		repair->cells[couple->columns[i].places[0]] = cells[i];
	return writer_row(&repair->writer, table->number, repair->cells,
		(uint32_t)table->column_count, fault);
}

static int write_key(struct repair *repair, const struct value *cells, struct fault *fault)
{
	const struct couple *couple = repair->couple;
	uint32_t count = couple->key_count;

	for (uint32_t i = 0; i < count; i++)
		repair->cells[i] = cells[couple->key[i]];
	if (count == 0) {
		for (uint32_t i = 0; i < couple->count; i++)
			repair->cells[couple->columns[i].places[0]] = cells[i];
		count = couple->count;
	}
	return writer_delete(&repair->writer, couple->tables[0]->number, repair->cells, count,
		fault);
}

int repair_finding(struct repair *repair, const struct diff_finding *finding, struct fault *fault)
{
	int status = 0;

	for (uint64_t i = 0; i < finding->times && status == 0; i++)
		status = finding->kind == DIFF_EXTRA ?
			write_key(repair, finding->cells[DIFF_RIGHT], fault) :
			write_row(repair, finding->cells[DIFF_LEFT], fault);
	return status;
}

int repair_table_end(struct repair *repair, const struct diff *diff, struct fault *fault)
{
	const struct total total = { 0 };
	const struct table *table = repair->couple->tables[0];

	if (diff->doubled)
		return fault_set(fault, STATUS_MISFIT, "table \"%s\" cannot be repaired: its key "
			"is not unique; --key chooses another", table->name);
	return writer_table_end(&repair->writer, table->number, &total, fault);
}

int repair_close(struct repair *repair, struct fault *fault)
{
	const struct ending ending = { 0 };

	if (fault->status == 0 && writer_end(&repair->writer, &ending, fault) == 0)
		descriptor_publish(&repair->file, fault);
	if (fault->status != 0)
		descriptor_abandon(&repair->file);
	writer_close(&repair->writer);
	return fault->status;
}
