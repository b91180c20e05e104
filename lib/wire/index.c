#include "wire/index.h"

#include "wire/pack.h"

void index_add(struct index_builder *builder, const struct frame *frame)
{
	pack_array(&builder->frames, 5);
	pack_integer(&builder->frames, frame->kind);
	pack_integer(&builder->frames, frame->table);
	pack_integer(&builder->frames, frame->seq);
	pack_integer(&builder->frames, (int64_t)frame->offset);
	pack_integer(&builder->frames, frame->rows);
	builder->frame_count++;
	if (frame->kind != FRAME_HELLO && frame->kind != FRAME_TABLE)
		return;
	pack_bytes(&builder->definitions, frame->payload, frame->raw_length);
	builder->definition_count++;
}

void index_pack(struct bytes *to, const struct index_builder *builder)
{
	pack_map(to, 2);
	pack_text(to, "frames");
	pack_array(to, builder->frame_count);
	bytes_add(to, builder->frames.data, builder->frames.size);
	pack_text(to, "definitions");
	pack_array(to, builder->definition_count);
	bytes_add(to, builder->definitions.data, builder->definitions.size);
	to->failed |= builder->frames.failed || builder->definitions.failed;
}

void index_close(struct index_builder *builder)
{
	bytes_close(&builder->frames);
	bytes_close(&builder->definitions);
}

static int refuse(struct fault *fault, const char *why)
{
	return fault_set(fault, STATUS_STREAM, "INDEX is not well-formed: %s", why);
}

static int want_key(struct index_walk *walk, const char *key, struct fault *fault)
{
	struct value value;

	if (!unpack_value(&walk->cursor, &value))
		return refuse(fault, walk->cursor.why);
	if (value.kind != VALUE_TEXT || value.size != strlen(key) ||
		memcmp(value.data, key, value.size) != 0)
		return refuse(fault, "a key is unknown: written by a newer rowpipe");
	if (!unpack_array(&walk->cursor, &walk->left))
		return refuse(fault, walk->cursor.why);
	return 0;
}

int index_begin(struct index_walk *walk, const void *data, size_t size, struct fault *fault)
{
	uint32_t pairs = 0;

	*walk = (struct index_walk){ .cursor = unpack_begin(data, size) };
	if (!unpack_map(&walk->cursor, &pairs))
		return refuse(fault, walk->cursor.why);
	if (pairs != 2)
		return refuse(fault, "it has not two keys");
	return want_key(walk, "frames", fault);
}

/* The five numbers of an entry, each within its range. */
static int read_entry(struct index_walk *walk, struct index_entry *entry, struct fault *fault)
{
	static const int64_t most[5] = { FRAME_STATE, UINT32_MAX, UINT32_MAX, INT64_MAX,
		UINT32_MAX };
	struct value cells[5];

	if (!unpack_row(&walk->cursor, cells, 5))
		return refuse(fault, walk->cursor.why);
	for (int i = 0; i < 5; i++)
		if (cells[i].kind != VALUE_INTEGER || cells[i].integer < 0 ||
			cells[i].integer > most[i])
			return refuse(fault, "a number is out of its range");
	entry->kind = (enum frame_kind)cells[0].integer;
	entry->table = (uint32_t)cells[1].integer;
	entry->seq = (uint32_t)cells[2].integer;
	entry->offset = (uint64_t)cells[3].integer;
	entry->rows = (uint32_t)cells[4].integer;
	return 0;
}

bool index_next(struct index_walk *walk, struct index_entry *entry, struct fault *fault)
{
	if (walk->left == 0 || read_entry(walk, entry, fault) != 0)
		return false;
	if (entry->seq != walk->seq + 1 || (walk->seq > 0 && entry->offset <= walk->offset)) {
		refuse(fault, "its entries are not in the order of the frames");
		return false;
	}
	walk->left--;
	walk->seq = entry->seq;
	walk->offset = entry->offset;
	return true;
}

int index_definitions(struct index_walk *walk, struct fault *fault)
{
	return want_key(walk, "definitions", fault);
}

bool index_definition(struct index_walk *walk, struct value *definition, struct fault *fault)
{
	if (walk->left == 0) {
		if (!unpack_end(&walk->cursor))
			refuse(fault, walk->cursor.why);
		return false;
	}
	walk->left--;
	if (!unpack_value(&walk->cursor, definition))
		refuse(fault, walk->cursor.why);
	else if (definition->kind != VALUE_BYTES)
		refuse(fault, "a definition is not of bytes");
	else
		return true;
	return false;
}
