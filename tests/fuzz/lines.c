/*
 * Any bytes as a line of a table, raw and typed.  What is taken as a row goes out and comes back as
 * the same row; what is not says why.  JSON that json.h takes is taken apart without complaint.
 */
#include "check.h"

#include "base/json.h"
#include "base/json_read.h"
#include "wire/lines.h"
#include "wire/pack.h"

static struct column columns[] = {
	{ .name = "a", .type = "raw" }, { .name = "b", .type = "int4" },
	{ .name = "c", .type = "text" },
	{ .name = "d", .type = "numeric", .target = "numeric(6,2)" },
	{ .name = "e", .type = "timestamptz" }, { .name = "f", .type = "bool" },
	{ .name = "g", .type = "uuid" }, { .name = "h", .type = "bytea" },
	{ .name = "i", .type = "float4" }, { .name = "j", .type = "jsonb" },
	{ .name = "k", .type = "date" }, { .name = "l\"", .type = "float8" },
};
enum { COLUMNS = sizeof(columns) / sizeof(columns[0]) };

/* In memory of exactly its size, which may be changed. */
static uint8_t *copy_of(const void *data, size_t size)
{
	uint8_t *copy = malloc(size > 0 ? size : 1);

	if (size > 0)
		memcpy(copy, data, size);
	return copy;
}

static void check_row(struct lines *lines, const struct value *cells)
{
	const uint32_t count = (uint32_t)lines->table->column_count;
	struct bytes line = { 0 }, first = { 0 }, second = { 0 };
	struct value back[COLUMNS];
	struct lines other;
	struct arena arena = { 0 };
	struct fault fault = { 0 };

	pack_row(&first, cells, count);
	lines_add(lines, &line, cells);
	EXPECT(line.size > 2 && memchr(line.data, '\n', line.size) == line.data + line.size - 1);
	EXPECT(lines_begin(&other, &arena, lines->table, &fault) == 0);
	EXPECT(lines_read(&other, line.data, line.size - 1, back) == LINES_ROW);
	pack_row(&second, back, count);
	EXPECT(first.size == second.size && memcmp(first.data, second.data, first.size) == 0);
	lines_close(&other);
	arena_close(&arena);
	bytes_close(&line);
	bytes_close(&first);
	bytes_close(&second);
}

static void check_table(size_t count, const uint8_t *data, size_t size)
{
	const struct table table = { .name = "t", .columns = columns, .column_count = count };
	struct arena arena = { 0 };
	struct fault fault = { 0 };
	struct lines lines;
	struct value cells[COLUMNS];
	uint8_t *line = copy_of(data, size);
	enum lines_result result;

	EXPECT(lines_begin(&lines, &arena, &table, &fault) == 0);
	result = lines_read(&lines, line, size, cells);
	EXPECT(result != LINES_MEMORY);
	if (result == LINES_ROW)
		check_row(&lines, cells);
	else
		EXPECT(lines.why != NULL && *lines.why != '\0');
	lines_close(&lines);
	arena_close(&arena);
	free(line);
}

/* Walks all of it; no deeper than this. */
static bool walk(uint8_t *data, size_t size)
{
	enum { DEEP = 64 };
	struct json_reader reader = json_read_begin(data, size);
	struct json_read_value value = { 0 };
	bool object[DEEP], more = true;
	int depth = 0;

	while (reader.why == NULL) {
		if (more && json_read_value(&reader, &value)) {
			EXPECT(value.data >= data && value.size <= size);
			if (value.kind == JSON_READ_OBJECT || value.kind == JSON_READ_ARRAY) {
				if (depth == DEEP)
					return true;
				object[depth++] = value.kind == JSON_READ_OBJECT;
			}
		}
		if (depth == 0)
			break;
		more = object[depth - 1] ? json_read_member(&reader, &value) :
			json_read_item(&reader);
		if (!more && reader.why == NULL)
			depth--;
	}
	return json_read_end(&reader);
}

static void check_json(const uint8_t *data, size_t size)
{
	struct bytes scratch = { 0 };
	const enum json_form form = json_look(data, size, &scratch);
	uint8_t *copy = copy_of(data, size);

	EXPECT(walk(copy, size) || form == JSON_NOT);
	free(copy);
	bytes_close(&scratch);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	check_json(data, size);
	for (size_t count = 1; count <= COLUMNS; count += COLUMNS - 1)
		check_table(count, data, size);
	return 0;
}
