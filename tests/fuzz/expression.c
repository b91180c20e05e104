/*
 * Any bytes as an expression, for any use and type.  What is translated has its quotes and
 * parentheses in pairs, and neither comments nor semicolons: it cannot reach beyond its place.
 */
#include "row/expression.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define EXPECT(condition) \
	do { \
		if (!(condition)) \
			abort(); \
	} while (0)

static const struct expression_column columns[] = {
	{ "id", "id", { .kind = TYPE_INT8 }, true, .declared = "INTEGER" },
	{ "n", "n", { .kind = TYPE_INT4 }, .declared = "INT" },
	{ "k", "k", { .kind = TYPE_INT2 }, .declared = "INT" },
	{ "r", "r", { .kind = TYPE_FLOAT8 }, .declared = "REAL" },
	{ "d", "d", { .kind = TYPE_NUMERIC }, .declared = "DECIMAL" },
	{ "t", "t", { .kind = TYPE_TEXT }, .declared = "TEXT" },
	{ "c", "it's \"c\"", { .kind = TYPE_TEXT }, .declared = "TEXT", .nocase = true },
	{ "v", "v", { .kind = TYPE_TEXT }, .collation = "RTRIM" },
	{ "b", "b", { .kind = TYPE_BOOL }, .declared = "BOOLEAN" },
	{ "day", "day", { .kind = TYPE_DATE }, .declared = "DATE" },
	{ "at", "at", { .kind = TYPE_TIMESTAMP }, .declared = "DATETIME" },
	{ "j", "j", { .kind = TYPE_JSONB }, .declared = "TEXT" },
	{ "x", "x", { .kind = TYPE_BYTEA }, .declared = "BLOB" },
};

static const char *const types[] = {
	"boolean", "smallint", "integer", "bigint", "real", "double precision", "numeric",
	"numeric(10,2)", "text", "varchar(5)", "char(5)", "json", "jsonb", "bytea", "uuid", "date",
	"time", "timestamp", "timestamptz", "timestamp(0)", "inet",
};

static const char *skip_quoted(const char *at, const char *end)
{
	char mark = *at++;

	for (;; at++) {
		EXPECT(at < end);
		if (*at == mark && (++at == end || *at != mark))
			return at;
	}
}

static void expect_closed(const char *at, const char *end)
{
	size_t depth = 0;

	while (at < end) {
		if (*at == '\'' || *at == '"') {
			at = skip_quoted(at, end);
			continue;
		}
		EXPECT(*at >= ' ' && *at < 0x7f && strchr(";$\\`", *at) == NULL);
		EXPECT(end - at < 2 || (memcmp(at, "--", 2) != 0 && memcmp(at, "/*", 2) != 0));
		depth += *at == '(';
		EXPECT(*at != ')' || depth > 0);
		depth -= *at++ == ')';
	}
	EXPECT(depth == 0);
}

/* The first byte says for what, the second which type, and how numbers are times. */
static void translate(uint8_t how, uint8_t type, const char *sql)
{
	struct expression_scope scope = { columns, sizeof(columns) / sizeof(columns[0]),
		(enum reading_of_time)(type / 32) };
	enum expression_use use = (enum expression_use)(how % (USE_UNIQUE + 1));
	bool typed = use == USE_DEFAULT || use == USE_GENERATED;
	struct arena arena = { 0 };
	struct bytes made = { 0 };
	struct type wanted = { 0 };
	const char *why = NULL;

	bytes_add_text(&made, "before");
	type_parse(&arena, types[type % 32 % (sizeof(types) / sizeof(types[0]))], &wanted);
	if (expression_translate(&arena, sql, use, &scope, typed ? &wanted : NULL, &made, &why)) {
		EXPECT(made.size > 6);
		expect_closed((const char *)made.data + 6, (const char *)made.data + made.size);
	} else {
		EXPECT(made.size == 6 && why != NULL && *why != '\0' && strlen(why) < 2000);
	}
	EXPECT(memcmp(made.data, "before", 6) == 0);
	bytes_close(&made);
	arena_close(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *sql;

	if (size < 2)
		return 0;
	sql = malloc(size - 1);
	if (sql == NULL)
		return 0;
	memcpy(sql, data + 2, size - 2);
	sql[size - 2] = '\0';
	translate(data[0], data[1], sql);
	free(sql);
	return 0;
}
