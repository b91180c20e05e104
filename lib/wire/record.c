#include "wire/record.h"

#include <string.h>

#include "base/print.h"
#include "row/schema.h"
#include "wire/pack.h"

struct list {
	const char *items;
	size_t count;
};

static const void *at(const void *from, const struct field *field)
{
	return (const char *)from + field->offset;
}

static uint64_t get_count(const void *from, const struct field *field)
{
	uint32_t narrow;
	uint64_t count;

	if (field->kind == FIELD_U32) {
		memcpy(&narrow, at(from, field), sizeof(narrow));
		return narrow;
	}
	memcpy(&count, at(from, field), sizeof(count));
	return count;
}

static const void *get_pointer(const void *from, const struct field *field)
{
	const void *pointer;

	memcpy(&pointer, at(from, field), sizeof(pointer));
	return pointer;
}

/* FIELD_MANY's pointer and count, and FIELD_TEXTS', lie side by side. */
static struct list get_list(const void *from, const struct field *field)
{
	struct list list = { .items = get_pointer(from, field) };

	memcpy(&list.count, (const char *)at(from, field) + sizeof(void *), sizeof(list.count));
	return list;
}

static uint32_t named_count(const uint64_t *counts, const struct field *field)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < field->limit; i++)
		count += counts[i] != 0;
	return count;
}

/* Whether the field is written at all. */
static bool stands(const void *from, const struct field *field)
{
	static const uint8_t zero[16];
	uint64_t bits;

	if (field->flags & FIELD_MUST)
		return true;
	switch (field->kind) {
	case FIELD_FLAG:
		return *(const bool *)at(from, field);
	case FIELD_REAL: /* -0.0 is something */
		memcpy(&bits, at(from, field), sizeof(bits));
		return bits != 0;
	case FIELD_TEXT:
	case FIELD_ONE:
		return get_pointer(from, field) != NULL;
	case FIELD_TEXTS:
	case FIELD_MANY:
		return get_list(from, field).count != 0;
	case FIELD_HASH:
		return memcmp(at(from, field), zero, sizeof(zero)) != 0;
	case FIELD_NAMED:
		return named_count(at(from, field), field) != 0;
	case FIELD_OFFSET:
		return true;
	default:
		return get_count(from, field) != 0;
	}
}

static uint32_t standing(const struct record *record, const void *from)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < record->count; i++)
		count += stands(from, &record->fields[i]);
	return count;
}

static struct value scalar(const void *from, const struct field *field)
{
	struct value value = { .kind = VALUE_INTEGER };

	switch (field->kind) {
	case FIELD_FLAG:
		value.kind = VALUE_BOOL;
		value.truth = *(const bool *)at(from, field);
		break;
	case FIELD_REAL:
		value.kind = VALUE_REAL;
		memcpy(&value.real, at(from, field), sizeof(value.real));
		break;
	case FIELD_HASH:
		value.kind = VALUE_BYTES;
		value.size = 16;
		value.data = at(from, field);
		break;
	case FIELD_TEXT:
		value.kind = VALUE_TEXT;
		value.data = get_pointer(from, field);
		value.size = (uint32_t)strlen((const char *)value.data);
		break;
	default:
		value.integer = (int64_t)get_count(from, field);
	}
	return value;
}

static void pack_named(struct bytes *to, const uint64_t *counts, const struct field *field)
{
	pack_map(to, named_count(counts, field));
	for (uint32_t i = 0; i < field->limit; i++) {
		if (counts[i] == 0)
			continue;
		pack_text(to, field->names[i]);
		pack_integer(to, (int64_t)counts[i]);
	}
}

static void pack_field(struct bytes *to, const struct field *field, const void *from)
{
	struct value value;
	struct list list;

	switch (field->kind) {
	case FIELD_TEXTS:
		list = get_list(from, field);
		pack_array(to, (uint32_t)list.count);
		for (size_t i = 0; i < list.count; i++)
			pack_text(to, ((const char *const *)(const void *)list.items)[i]);
		break;
	case FIELD_ONE:
		record_pack(to, field->record, get_pointer(from, field));
		break;
	case FIELD_MANY:
		list = get_list(from, field);
		pack_array(to, (uint32_t)list.count);
		for (size_t i = 0; i < list.count; i++)
			record_pack(to, field->record, list.items + i * field->record->size);
		break;
	case FIELD_NAMED:
		pack_named(to, at(from, field), field);
		break;
	case FIELD_OFFSET:
		pack_offset(to, get_count(from, field));
		break;
	default:
		value = scalar(from, field);
		pack_value(to, &value);
	}
}

void record_pack(struct bytes *to, const struct record *record, const void *from)
{
	pack_map(to, standing(record, from));
	for (uint32_t i = 0; i < record->count; i++) {
		if (!stands(from, &record->fields[i]))
			continue;
		pack_text(to, record->fields[i].key);
		pack_field(to, &record->fields[i], from);
	}
}

/* JSON. */

static void json_named(struct bytes *to, const uint64_t *counts, const struct field *field)
{
	char comma = '{';

	for (uint32_t i = 0; i < field->limit; i++) {
		if (counts[i] == 0)
			continue;
		bytes_format(to, "%c\"%s\":%llu", comma, field->names[i],
			(unsigned long long)counts[i]);
		comma = ',';
	}
	bytes_add_text(to, comma == '{' ? "{}" : "}");
}

static void json_list(struct bytes *to, const struct field *field, const void *from)
{
	struct list list = get_list(from, field);

	bytes_add_byte(to, '[');
	for (size_t i = 0; i < list.count; i++) {
		const char *text;

		if (i > 0)
			bytes_add_byte(to, ',');
		if (field->kind == FIELD_MANY) {
			record_json(to, field->record, list.items + i * field->record->size);
			continue;
		}
		text = ((const char *const *)(const void *)list.items)[i];
		print_json(to, text, strlen(text));
	}
	bytes_add_byte(to, ']');
}

static void json_field(struct bytes *to, const struct field *field, const void *from)
{
	struct value value;

	switch (field->kind) {
	case FIELD_TEXTS:
	case FIELD_MANY:
		json_list(to, field, from);
		break;
	case FIELD_ONE:
		record_json(to, field->record, get_pointer(from, field));
		break;
	case FIELD_NAMED:
		json_named(to, at(from, field), field);
		break;
	case FIELD_HASH:
		bytes_add_byte(to, '"');
		print_hex(to, at(from, field), 16);
		bytes_add_byte(to, '"');
		break;
	default:
		value = scalar(from, field);
		value_json(to, &value);
	}
}

void record_json(struct bytes *to, const struct record *record, const void *from)
{
	char comma = '{';

	for (uint32_t i = 0; i < record->count; i++) {
		if (!stands(from, &record->fields[i]))
			continue;
		bytes_format(to, "%c\"%s\":", comma, record->fields[i].key);
		json_field(to, &record->fields[i], from);
		comma = ',';
	}
	bytes_add_text(to, comma == '{' ? "{}" : "}");
}

/* Reading. */

struct reading {
	struct arena *arena;
	struct unpacker *cursor;
	struct fault *fault;
	const struct record *record; /* the innermost, for messages */
	size_t *left; /* bytes that its lists may still take */
};

static int ill(struct reading *reading, const char *why)
{
	return fault_set(reading->fault, STATUS_STREAM, "%s is not well-formed: %s",
		reading->record->name, why);
}

/* The cursor's own reason. */
static int broken(struct reading *reading)
{
	return ill(reading, reading->cursor->why);
}

static int want(struct reading *reading, enum value_kind kind, struct value *value)
{
	if (!unpack_value(reading->cursor, value))
		return broken(reading);
	if (value->kind != kind)
		return ill(reading, "a value is of another type than its key has");
	return 0;
}

static int want_text(struct reading *reading, const char **text)
{
	struct value value;
	int status = want(reading, VALUE_TEXT, &value);

	if (status != 0)
		return status;
	if (memchr(value.data, '\0', value.size) != NULL)
		return ill(reading, "a text holds a NUL byte");
	*text = arena_copy(reading->arena, value.data, value.size);
	return *text == NULL ? fault_memory(reading->fault) : 0;
}

static int want_count(struct reading *reading, uint64_t most, uint64_t *count)
{
	struct value value;
	int status = want(reading, VALUE_INTEGER, &value);

	if (status != 0)
		return status;
	if (value.integer < 0 || (uint64_t)value.integer > most)
		return ill(reading, "a number is out of its range");
	*count = (uint64_t)value.integer;
	return 0;
}

static int want_items(struct reading *reading, uint32_t *count)
{
	if (!unpack_array(reading->cursor, count))
		return broken(reading);
	if (*count > RECORD_ITEMS)
		return ill(reading, "a list is longer than any may be");
	return 0;
}

/* Memory for items: an empty one is a byte in the payload and a whole struct here. */
static void *take_items(struct reading *reading, size_t count, size_t size)
{
	void *items;

	if (count > *reading->left / size) {
		ill(reading, "its lists are larger than any may be");
		return NULL;
	}
	*reading->left -= count * size;
	items = arena_array(reading->arena, count, size);
	if (items == NULL)
		fault_memory(reading->fault);
	return items;
}

static int read_texts(struct reading *reading, struct texts *texts)
{
	uint32_t count = 0;
	int status = want_items(reading, &count);

	if (status != 0 || count == 0)
		return status;
	texts->items = take_items(reading, count, sizeof(*texts->items));
	if (texts->items == NULL)
		return reading->fault->status;
	for (texts->count = 0; texts->count < count; texts->count++) {
		status = want_text(reading, &texts->items[texts->count]);
		if (status != 0)
			return status;
	}
	return 0;
}

static int read_record(struct reading *reading, const struct record *record, void *to);

static int read_many(struct reading *reading, const struct field *field, char *to)
{
	uint32_t number = 0;
	int status = want_items(reading, &number);
	size_t count = number;
	char *items;

	if (status != 0 || count == 0)
		return status;
	items = take_items(reading, count, field->record->size);
	if (items == NULL)
		return reading->fault->status;
	memcpy(to, &items, sizeof(items));
	memcpy(to + sizeof(items), &count, sizeof(count));
	for (size_t i = 0; i < count; i++) {
		status = read_record(reading, field->record, items + i * field->record->size);
		if (status != 0)
			return status;
	}
	return 0;
}

static int read_one(struct reading *reading, const struct field *field, char *to)
{
	void *item = take_items(reading, 1, field->record->size);

	if (item == NULL)
		return reading->fault->status;
	memcpy(to, &item, sizeof(item));
	return read_record(reading, field->record, item);
}

/* Keys are in the order of their list, so each is looked for behind the last one. */
static int read_key(struct reading *reading, struct value *key)
{
	int status = want(reading, VALUE_TEXT, key);

	if (status != 0)
		return status;
	return key->size > 64 ? ill(reading, "a key is longer than any may be") : 0;
}

static bool is_key(const struct value *key, const char *name)
{
	return strlen(name) == key->size && memcmp(name, key->data, key->size) == 0;
}

static int unknown(struct reading *reading, const struct value *key)
{
	return fault_set(reading->fault, STATUS_STREAM,
		"%s has a key \"%.*s\" that is unknown or out of order: "
		"written by a newer rowpipe", reading->record->name, (int)key->size,
		(const char *)key->data);
}

static int read_named(struct reading *reading, const struct field *field, uint64_t *counts)
{
	uint32_t pairs = 0, next = 0;

	if (!unpack_map(reading->cursor, &pairs))
		return broken(reading);
	while (pairs-- > 0) {
		struct value key;
		int status = read_key(reading, &key);

		if (status != 0)
			return status;
		while (next < field->limit && !is_key(&key, field->names[next]))
			next++;
		if (next == field->limit)
			return unknown(reading, &key);
		status = want_count(reading, INT64_MAX, &counts[next]);
		if (status == 0 && counts[next++] == 0)
			status = ill(reading, "a value that says nothing is not left out");
		if (status != 0)
			return status;
	}
	return 0;
}

static int read_scalar(struct reading *reading, const struct field *field, char *to)
{
	struct value value;
	uint64_t count = 0;
	uint32_t narrow;
	int status;

	if (field->kind == FIELD_COUNT || field->kind == FIELD_U32) {
		status = want_count(reading, field->kind == FIELD_U32 ? UINT32_MAX : INT64_MAX,
			&count);
		narrow = (uint32_t)count;
		if (field->kind == FIELD_U32)
			memcpy(to, &narrow, sizeof(narrow));
		else
			memcpy(to, &count, sizeof(count));
		return status;
	}
	status = want(reading, field->kind == FIELD_FLAG ? VALUE_BOOL :
		field->kind == FIELD_REAL ? VALUE_REAL :
		field->kind == FIELD_HASH ? VALUE_BYTES : VALUE_INTEGER, &value);
	if (status != 0)
		return status;
	if (field->kind == FIELD_FLAG)
		*to = value.truth;
	else if (field->kind != FIELD_HASH)
		memcpy(to, &value.integer, sizeof(value.integer));
	else if (value.size != 16)
		return ill(reading, "a hash is not of 16 bytes");
	else
		memcpy(to, value.data, 16);
	return 0;
}

static int read_field(struct reading *reading, const struct field *field, char *to)
{
	uint64_t offset = 0;

	switch (field->kind) {
	case FIELD_TEXT:
		return want_text(reading, (const char **)(void *)to);
	case FIELD_TEXTS:
		return read_texts(reading, (struct texts *)(void *)to);
	case FIELD_ONE:
		return read_one(reading, field, to);
	case FIELD_MANY:
		return read_many(reading, field, to);
	case FIELD_NAMED:
		return read_named(reading, field, (uint64_t *)(void *)to);
	case FIELD_OFFSET:
		if (!unpack_offset(reading->cursor, &offset))
			return broken(reading);
		memcpy(to, &offset, sizeof(offset));
		return 0;
	default:
		return read_scalar(reading, field, to);
	}
}

/* The fields from *next up to `end` were left out; may each of them? */
static int pass_over(struct reading *reading, uint32_t *next, uint32_t end)
{
	const struct record *record = reading->record;

	for (; *next < end; ++*next)
		if (record->fields[*next].flags & FIELD_MUST)
			return fault_set(reading->fault, STATUS_STREAM,
				"%s has no key \"%s\" where it must stand", record->name,
				record->fields[*next].key);
	return 0;
}

/* An unknown key is told as one, whatever else is missing. */
static int find_field(struct reading *reading, const struct value *key, uint32_t *next)
{
	const struct record *record = reading->record;
	uint32_t found = *next;

	while (found < record->count && !is_key(key, record->fields[found].key))
		found++;
	return found == record->count ? unknown(reading, key) : pass_over(reading, next, found);
}

static int read_record(struct reading *outer, const struct record *record, void *to)
{
	struct reading reading = *outer;
	uint32_t pairs = 0, next = 0;

	reading.record = record;
	if (!unpack_map(reading.cursor, &pairs))
		return broken(&reading);
	while (pairs-- > 0) {
		const struct field *field;
		struct value key;
		int status = read_key(&reading, &key);

		if (status == 0)
			status = find_field(&reading, &key, &next);
		if (status != 0)
			return status;
		field = &record->fields[next++];
		status = read_field(&reading, field, (char *)to + field->offset);
		if (status == 0 && !stands(to, field))
			status = ill(&reading, "a value that says nothing is not left out");
		if (status != 0)
			return status;
	}
	return pass_over(&reading, &next, record->count);
}

int record_unpack(struct arena *arena, const struct record *record, struct unpacker *cursor,
	void *to, struct fault *fault)
{
	size_t left = RECORD_MEMORY;
	struct reading reading = { arena, cursor, fault, record, &left };

	memset(to, 0, record->size);
	return read_record(&reading, record, to);
}
