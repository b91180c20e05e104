#include "row/assign.h"

#include <string.h>

#include "base/utf8.h"
#include "row/names.h"

struct parser {
	struct arena *arena;
	const char *text;
	const char *next;
	struct assign *assign;
	struct fault *fault;
};

static bool refuse(struct parser *parser, const char *what)
{
	const size_t place = utf8_characters((const uint8_t *)parser->text,
		(size_t)(parser->next - parser->text)) + 1;

	if (what == NULL)
		return fault_memory(parser->fault) == 0;
	fault_set(parser->fault, STATUS_USAGE, "\"%.300s\", character %zu: %s", parser->text, place,
		what);
	return false;
}

static bool is_pattern(const struct aim_name *name)
{
	return name->text != NULL && !name->quoted && strpbrk(name->text, "*?") != NULL;
}

static bool read_place(struct parser *parser)
{
	struct assign *assign = parser->assign;
	struct aim_name names[AIM_NAMES];
	const char *why;
	size_t count;

	if (!aim_read(parser->arena, &parser->next, ":=", names, &count, &why))
		return refuse(parser, why);
	if (count < 2 || *parser->next == '\0')
		return refuse(parser, "it is no TABLE.COLUMN=VALUE");
	assign->column = names[count - 1];
	assign->aim.table = names[count - 2];
	if (count == 3)
		assign->aim.schema = names[0];
	return true;
}

static bool read_type(struct parser *parser)
{
	struct assign *assign = parser->assign;
	const char *start = parser->next + 1, *end = strchr(start, '=');
	char *spelled;

	if (*parser->next != ':')
		return true;
	if (end == NULL)
		return refuse(parser, "behind the type stands no =");
	parser->next = start;
	spelled = arena_copy(parser->arena, start, (size_t)(end - start));
	if (spelled == NULL)
		return refuse(parser, NULL);
	if (!type_parse(parser->arena, spelled, &assign->type) || assign->type.kind == TYPE_RAW)
		return assign->type.kind == TYPE_OTHER ? refuse(parser, NULL) :
			refuse(parser, "it is no type");
	if (is_pattern(&assign->column))
		return refuse(parser, "a type goes with one column, not with a pattern");
	if (strlen(assign->column.text) > NAMES_MOST)
		return refuse(parser, "a column's name has at most 63 bytes");
	assign->typed = true;
	parser->next = end;
	return true;
}

static bool read_word(const struct token *token, enum assign_kind *kind)
{
	static const struct {
		const char *word;
		enum assign_kind kind;
	} words[] = { { "@source", ASSIGN_SOURCE }, { "@run", ASSIGN_RUN } };

	if (token_is(token, "null")) {
		*kind = ASSIGN_NULL;
		return true;
	}
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (token->kind == TOKEN_VARIABLE && token->size == strlen(words[i].word) &&
			memcmp(token->text, words[i].word, token->size) == 0) {
			*kind = words[i].kind;
			return true;
		}
	return false;
}

static bool read_value(struct parser *parser)
{
	struct assign *assign = parser->assign;
	const char *why = NULL, *start = parser->next + 1; /* behind = */
	struct cursor cursor = cursor_open(start, strlen(start));
	struct token token = cursor_next(&cursor);

	parser->next = token.text;
	if (read_word(&token, &assign->kind)) {
		token = cursor_next(&cursor);
	} else {
		assign->kind = ASSIGN_CONSTANT;
		if (!bound_read(parser->arena, &cursor, &token, &assign->constant, &why))
			return refuse(parser, why == NULL ? NULL : token.kind == TOKEN_NAME ?
				"a text stands in single quotes: 'text'" : why);
	}
	parser->next = token.text;
	return token.kind == TOKEN_END || refuse(parser, "this is too much for a value");
}

int assign_parse(struct arena *arena, const char *text, struct assign *assign,
	struct fault *fault)
{
	struct parser parser = { .arena = arena, .text = text, .next = text, .assign = assign,
		.fault = fault };

	*assign = (struct assign){ .text = text };
	if (!utf8_valid((const uint8_t *)text, strlen(text)))
		return fault_set(fault, STATUS_USAGE, "a value is no text in UTF-8");
	if (read_place(&parser) && read_type(&parser))
		read_value(&parser);
	return fault->status;
}

bool assign_is_exact(const struct assign *assign)
{
	return !is_pattern(&assign->aim.schema) && !is_pattern(&assign->aim.table) &&
		!is_pattern(&assign->column);
}

bool assign_own_type(const struct assign *assign, struct type *type)
{
	static const enum type_kind kinds[] = { [BOUND_NUMBER] = TYPE_NUMERIC,
		[BOUND_TEXT] = TYPE_TEXT, [BOUND_BYTES] = TYPE_BYTEA, [BOUND_TRUTH] = TYPE_BOOL };

	*type = (struct type){ .kind = TYPE_TEXT };
	if (assign->kind == ASSIGN_CONSTANT)
		type->kind = assign->constant.kind == BOUND_NUMBER && assign->constant.whole ?
			TYPE_INT8 : kinds[assign->constant.kind];
	return assign->kind != ASSIGN_NULL;
}
