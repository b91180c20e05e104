/*
 * Any bytes as a view of known tables, and as a view on that view.  What is translated has its
 * quotes and parentheses in pairs, and neither comments nor semicolons: it cannot reach beyond its
 * place.
 */
#include "row/expression.h"
#include "row/view.h"

#include "check.h"

static const struct expression_column columns[] = {
	{ "id", "id", { .kind = TYPE_INT8 }, true, .declared = "INTEGER" },
	{ "n", "n", { .kind = TYPE_INT4 }, .declared = "INT" },
	{ "r", "r", { .kind = TYPE_FLOAT8 }, .declared = "REAL" },
	{ "d", "d", { .kind = TYPE_NUMERIC }, .declared = "DECIMAL" },
	{ "t", "it's \"t\"", { .kind = TYPE_TEXT }, .declared = "TEXT" },
	{ "c", "c", { .kind = TYPE_TEXT }, .declared = "TEXT", .nocase = true },
	{ "b", "b", { .kind = TYPE_BOOL }, .declared = "BOOLEAN" },
	{ "day", "day", { .kind = TYPE_DATE }, .declared = "DATE" },
	{ "at", "at", { .kind = TYPE_TIMESTAMPTZ }, .declared = "INT", .reading = TIME_EPOCH_S },
	{ "j", "j", { .kind = TYPE_JSONB }, .declared = "TEXT" },
	{ "x", "x", { .kind = TYPE_BYTEA }, .declared = "BLOB" },
};

enum { COLUMNS = sizeof(columns) / sizeof(columns[0]) };

static const char *skip_quoted(const char *at, const char *end)
{
	char mark = *at++;

	for (;; at++) {
		EXPECT(at < end);
		if (*at == mark && (++at == end || *at != mark))
			return at;
	}
}

static void expect_closed(const char *at)
{
	const char *end = at + strlen(at);
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

static void make_table(struct relation *relation, struct relation_column *to, const char *source,
	const char *target)
{
	static const struct profile profile;
	static const size_t keys[] = { 0 };

	for (size_t i = 0; i < COLUMNS; i++) {
		to[i] = (struct relation_column){
			.source = columns[i].source,
			.target = columns[i].target,
			.piece = expression_column_piece(&columns[i]),
		};
		relation_prove(&to[i].piece, &profile);
	}
	*relation = (struct relation){ .source = source, .target = target, .columns = to,
		.count = COLUMNS, .keys = keys, .key_count = 1, .rows = 1000 };
}

static const char *translate(struct arena *arena, const char *sql,
	const struct relations *relations, struct relation *made)
{
	const char *why = NULL, *text;
	struct view view;

	if (!view_parse(arena, sql, &view, &why)) {
		EXPECT(why != NULL && *why != '\0' && strlen(why) < 2000);
		return NULL;
	}
	text = view_translate(arena, &view, relations, made, &why);
	EXPECT(text != NULL || (why != NULL && *why != '\0' && strlen(why) < 2000));
	if (text != NULL)
		expect_closed(text);
	return text;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct relation_column first[COLUMNS], second[COLUMNS];
	struct relation items[3];
	struct relations relations = { items, 2 };
	struct arena arena = { 0 };
	char *sql = malloc(size + 1);

	if (sql == NULL)
		return 0;
	memcpy(sql, data, size);
	sql[size] = '\0';
	make_table(&items[0], first, "a", "\"public\".\"a\"");
	make_table(&items[1], second, "Other", "\"s\".\"it's (\"\"\"");
	if (translate(&arena, sql, &relations, &items[2]) != NULL) {
		EXPECT(items[2].count > 0);
		items[2].source = "v";
		items[2].target = "\"public\".\"v\"";
		relations.count = 3;
		translate(&arena, "CREATE VIEW w AS SELECT DISTINCT * FROM v", &relations,
			&(struct relation){ 0 });
		translate(&arena, "CREATE VIEW w AS SELECT * FROM v ORDER BY 1 LIMIT 1", &relations,
			&(struct relation){ 0 });
	}
	arena_close(&arena);
	free(sql);
	return 0;
}
