#include "wire/lines.h"

#include <string.h>

#include "base/date.h"
#include "base/hash.h"
#include "base/json_read.h"
#include "base/print.h"
#include "row/couple.h"

/* --- names ------------------------------------------------------------------------------------ */

/* The slot where the name is, or would be. */
static size_t find_slot(const struct lines *lines, const void *name, size_t size)
{
	size_t slot = hash_64(name, size, 0) & (lines->slot_count - 1);

	while (lines->slots[slot] != 0) {
		const char *own = lines->table->columns[lines->slots[slot] - 1].name;

		if (strlen(own) == size && memcmp(own, name, size) == 0)
			break;
		slot = (slot + 1) & (lines->slot_count - 1);
	}
	return slot;
}

static int add_column(struct lines *lines, struct arena *arena, uint32_t place, struct fault *fault)
{
	const struct column *column = &lines->table->columns[place];
	const size_t slot = find_slot(lines, column->name, strlen(column->name));
	struct bytes *key = &lines->keys[place];

	if (lines->slots[slot] != 0)
		return fault_set(fault, STATUS_MISFIT, "table \"%s\" has two columns \"%s\"",
			lines->table->name, column->name);
	lines->slots[slot] = place + 1;
	print_json(key, column->name, strlen(column->name));
	bytes_add_byte(key, ':');
	if (key->failed)
		return fault_memory(fault);
	return couple_read_type(arena, column, &lines->types[place], fault);
}

int lines_begin(struct lines *lines, struct arena *arena, const struct table *table,
	struct fault *fault)
{
	const size_t count = table->column_count;

	*lines = (struct lines){ .table = table, .slot_count = 4 };
	while (lines->slot_count < count * 2)
		lines->slot_count *= 2;
	lines->slots = arena_array(arena, lines->slot_count, sizeof(*lines->slots));
	lines->types = arena_array(arena, count, sizeof(*lines->types));
	lines->rooms = arena_array(arena, count, sizeof(*lines->rooms));
	lines->keys = arena_array(arena, count, sizeof(*lines->keys));
	lines->seen = arena_array(arena, count, sizeof(*lines->seen));
	if (lines->slots == NULL || lines->types == NULL || lines->rooms == NULL ||
		lines->keys == NULL || lines->seen == NULL) {
		lines->keys = NULL;
		return fault_memory(fault);
	}
	for (uint32_t i = 0; i < count && fault->status == 0; i++)
		add_column(lines, arena, i, fault);
	return fault->status;
}

void lines_add(const struct lines *lines, struct bytes *to, const struct value *cells)
{
	for (size_t i = 0; i < lines->table->column_count; i++) {
		bytes_add_byte(to, i == 0 ? '{' : ',');
		bytes_add(to, lines->keys[i].data, lines->keys[i].size);
		value_json(to, &cells[i]);
	}
	bytes_add_text(to, lines->table->column_count == 0 ? "{}\n" : "}\n");
}

/* --- values ----------------------------------------------------------------------------------- */

static enum lines_result refuse(struct lines *lines, enum lines_result result, const char *why)
{
	lines->why = why;
	return result;
}

static uint8_t nibble(uint8_t c)
{
	return (uint8_t)(c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
}

static bool is_hex(uint8_t c)
{
	return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'f');
}

/* In place: half as many bytes. */
static bool read_hex(const struct json_read_value *text, struct value *value)
{
	if (text->size % 2 != 0 || text->size / 2 > UINT32_MAX)
		return false;
	for (size_t i = 0; i < text->size; i += 2) {
		if (!is_hex(text->data[i]) || !is_hex(text->data[i + 1]))
			return false;
		text->data[i / 2] =
			(uint8_t)(nibble(text->data[i]) << 4 | nibble(text->data[i + 1]));
	}
	value->data = text->data;
	value->size = (uint32_t)(text->size / 2);
	return true;
}

static bool is_text(const struct json_read_value *text, const char *word)
{
	return text->size == strlen(word) && memcmp(text->data, word, text->size) == 0;
}

static bool read_special_real(const struct json_read_value *text, struct value *value)
{
	value->kind = VALUE_REAL;
	value->real = is_text(text, "NaN") ? __builtin_nan("") :
		is_text(text, "-Infinity") ? -__builtin_inf() : __builtin_inf();
	return is_text(text, "NaN") || is_text(text, "Infinity") || is_text(text, "-Infinity");
}

/* {"bytes":"hex"} and its like: one member, which is a text. */
static bool read_special(struct json_reader *reader, struct value *value)
{
	static const struct {
		const char *key;
		enum value_kind kind;
	} kinds[] = { { "bytes", VALUE_BYTES }, { "utf8", VALUE_BAD_UTF8 },
		{ "utf16", VALUE_BAD_UTF16 } };
	struct json_read_value key, text, more;
	bool known = false;

	if (!json_read_member(reader, &key) || !json_read_value(reader, &text) ||
		text.kind != JSON_READ_TEXT || json_read_member(reader, &more) ||
		reader->why != NULL)
		return false;
	if (is_text(&key, "real"))
		return read_special_real(&text, value);
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (is_text(&key, kinds[i].key)) {
			value->kind = kinds[i].kind;
			known = true;
		}
	return known && read_hex(&text, value);
}

static bool read_given(struct lines *lines, struct json_reader *reader, struct given *given)
{
	struct json_read_value value = { 0 };

	*given = (struct given){ .value = { .kind = VALUE_NULL } };
	if (!json_read_value(reader, &value))
		return false;
	switch (value.kind) {
	case JSON_READ_NULL:
		return true;
	case JSON_READ_TRUE:
	case JSON_READ_FALSE:
		given->value.kind = VALUE_BOOL;
		given->value.truth = value.kind == JSON_READ_TRUE;
		return true;
	case JSON_READ_NUMBER:
		*given = given_number((const char *)value.data, value.size);
		return true;
	case JSON_READ_TEXT:
		given->value.kind = VALUE_TEXT;
		given->value.data = value.data;
		given->value.size = (uint32_t)value.size;
		return value.size <= UINT32_MAX;
	case JSON_READ_OBJECT:
		if (read_special(reader, &given->value))
			return true;
		lines->why = "an object that is none of {\"bytes\":\"hex\"}, {\"utf8\":\"hex\"}, "
			"{\"utf16\":\"hex\"}, {\"real\":\"Infinity\"}";
		return false;
	default:
		lines->why = "an array, which no column holds";
		return false;
	}
}

/* A time as cells have it is one already, if the calendar goes so far. */
static bool is_time(const struct type *type, const struct value *value)
{
	if (value->kind != VALUE_INTEGER)
		return false;
	switch (type->kind) {
	case TYPE_DATE:
		return value->integer >= INT32_MIN && value->integer <= INT32_MAX;
	case TYPE_TIME:
		return value->integer >= 0 && value->integer <= DATE_DAY;
	case TYPE_TIMESTAMP:
	case TYPE_TIMESTAMPTZ:
		return true;
	default:
		return false;
	}
}

static enum lines_result read_cell(struct lines *lines, struct json_reader *reader, uint32_t place,
	struct value *cells)
{
	const struct type *type = &lines->types[place];
	struct given given;

	if (!read_given(lines, reader, &given))
		return refuse(lines, LINES_ILL, reader->why != NULL ? reader->why : lines->why);
	if (is_time(type, &given.value)) {
		cells[place] = given.value;
		return LINES_ROW;
	}
	if (cell_make(type, &given, &cells[place], &lines->rooms[place], &lines->why))
		return LINES_ROW;
	return lines->why == NULL ? LINES_MEMORY : LINES_MISFIT;
}

/* --- a line ----------------------------------------------------------------------------------- */

/* Most programs keep the order of the keys: the one that follows is looked at first. */
static bool find_column(const struct lines *lines, const struct json_read_value *key,
	uint32_t guess, uint32_t *place)
{
	const struct table *table = lines->table;
	const char *own = guess < table->column_count ? table->columns[guess].name : NULL;
	size_t slot;

	if (own != NULL && strncmp(own, (const char *)key->data, key->size) == 0 &&
		own[key->size] == '\0') {
		*place = guess;
		return true;
	}
	slot = find_slot(lines, key->data, key->size);
	*place = lines->slots[slot] - 1;
	return lines->slots[slot] != 0;
}

static enum lines_result read_members(struct lines *lines, struct json_reader *reader,
	struct value *cells, uint32_t *count)
{
	struct json_read_value key = { 0 };
	uint32_t place = UINT32_MAX;

	for (*count = 0; json_read_member(reader, &key); ++*count) {
		enum lines_result result;

		lines->name = key.data;
		lines->name_size = key.size;
		if (!find_column(lines, &key, place + 1, &place))
			return refuse(lines, LINES_ILL, "there is no such column");
		if (lines->seen[place] == lines->line)
			return refuse(lines, LINES_ILL, "the column stands there twice");
		lines->seen[place] = lines->line;
		result = read_cell(lines, reader, place, cells);
		if (result != LINES_ROW)
			return result;
	}
	lines->name = NULL;
	return LINES_ROW;
}

static enum lines_result find_missing(struct lines *lines)
{
	for (size_t i = 0; i < lines->table->column_count; i++)
		if (lines->seen[i] != lines->line) {
			lines->name = (const uint8_t *)lines->table->columns[i].name;
			lines->name_size = strlen(lines->table->columns[i].name);
			break;
		}
	return refuse(lines, LINES_ILL, "the column is missing");
}

static void begin_line(struct lines *lines)
{
	lines->why = NULL;
	lines->name = NULL;
	if (++lines->line != 0)
		return;
	lines->line = 1;
	memset(lines->seen, 0, lines->table->column_count * sizeof(*lines->seen));
}

enum lines_result lines_read(struct lines *lines, uint8_t *line, size_t size, struct value *cells)
{
	struct json_reader reader = json_read_begin(line, size);
	struct json_read_value object = { 0 };
	enum lines_result result;
	uint32_t count;

	begin_line(lines);
	if (!json_read_value(&reader, &object))
		return refuse(lines, LINES_ILL, reader.why);
	if (object.kind != JSON_READ_OBJECT)
		return refuse(lines, LINES_ILL, "it is no object");
	result = read_members(lines, &reader, cells, &count);
	if (result != LINES_ROW)
		return result;
	if (!json_read_end(&reader))
		return refuse(lines, LINES_ILL, reader.why);
	return count == lines->table->column_count ? LINES_ROW : find_missing(lines);
}

void lines_close(struct lines *lines)
{
	for (size_t i = 0; lines->keys != NULL && i < lines->table->column_count; i++) {
		cell_close(&lines->rooms[i]);
		bytes_close(&lines->keys[i]);
	}
	lines->keys = NULL;
}
