/*
 * Any bytes as an INDEX.  One that is walked to its end has ascending frames; and if each of its
 * definitions has its frame, building it again makes the same bytes.
 */
#include "check.h"

#include "wire/index.h"

static struct index_builder builder;

static bool refused(const struct fault *fault)
{
	if (fault->status == 0)
		return false;
	EXPECT(fault->status == STATUS_STREAM);
	EXPECT(strncmp(fault->text, "INDEX is not well-formed: ", 26) == 0);
	return true;
}

/* Adds an entry to the builder; its payload is the next definition, if it has one. */
static void rebuild(const struct index_entry *entry, struct index_walk *definitions,
	struct fault *fault)
{
	struct frame frame = { .kind = entry->kind, .table = entry->table, .seq = entry->seq,
		.rows = entry->rows, .offset = entry->offset };
	struct value definition;

	if (entry->kind == FRAME_HELLO || entry->kind == FRAME_TABLE) {
		if (!index_definition(definitions, &definition, fault))
			return;
		frame.payload = (uint8_t *)(uintptr_t)definition.data;
		frame.raw_length = definition.size;
	}
	index_add(&builder, &frame);
}

static unsigned count_definitions(struct index_walk walk, struct fault *fault)
{
	struct value definition;
	unsigned count = 0;

	while (index_definition(&walk, &definition, fault))
		count++;
	return count;
}

/* Walks the entries once more, now that the definitions behind them are known. */
static void check_same(const uint8_t *data, size_t size, struct index_walk definitions)
{
	struct index_walk walk;
	struct index_entry entry;
	struct fault fault = { 0 };
	struct bytes packed = { 0 };
	unsigned count = count_definitions(definitions, &fault);

	if (refused(&fault) || index_begin(&walk, data, size, &fault) != 0)
		return;
	while (index_next(&walk, &entry, &fault))
		rebuild(&entry, &definitions, &fault);
	EXPECT(fault.status == 0);
	index_pack(&packed, &builder);
	if (builder.definition_count == count && builder.frame_count == walk.seq)
		EXPECT(packed.size == size && memcmp(packed.data, data, size) == 0);
	bytes_close(&packed);
	index_close(&builder);
	builder = (struct index_builder){ 0 };
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct index_walk walk;
	struct index_entry entry, last = { 0 };
	struct fault fault = { 0 };

	allocated_sum = 0;
	if (index_begin(&walk, data, size, &fault) == 0)
		while (index_next(&walk, &entry, &fault)) {
			EXPECT(entry.seq == last.seq + 1 && entry.kind <= FRAME_END);
			EXPECT(last.seq == 0 || entry.offset > last.offset);
			last = entry;
		}
	EXPECT(allocated_sum == 0 && last.seq <= size);
	if (!refused(&fault) && index_definitions(&walk, &fault) == 0)
		check_same(data, size, walk);
	refused(&fault);
	return 0;
}
