#include "row/token.h"

#include <string.h>

static unsigned char fold(char c)
{
	return c >= 'A' && c <= 'Z' ? (unsigned char)(c + ('a' - 'A')) : (unsigned char)c;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_hex(char c)
{
	return is_digit(c) || (fold(c) >= 'a' && fold(c) <= 'f');
}

static bool starts_word(char c)
{
	return (fold(c) >= 'a' && fold(c) <= 'z') || c == '_' || (unsigned char)c >= 0x80;
}

static bool is_word(char c)
{
	return starts_word(c) || is_digit(c) || c == '$';
}

static bool starts(const char *at, const char *end, const char *what)
{
	size_t size = strlen(what);

	return (size_t)(end - at) >= size && memcmp(at, what, size) == 0;
}

/* A vertical tab is a blank for SQLite, but only behind another one. */
static const char *skip_blanks(const char *at, const char *end)
{
	if (at < end && *at != '\v')
		while (at < end && strchr(" \t\n\v\f\r", *at) != NULL && *at != '\0')
			at++;
	return at;
}

static const char *skip_line(const char *at, const char *end)
{
	const char *found = memchr(at, '\n', (size_t)(end - at));

	return found != NULL ? found : end;
}

/* A comment may stay open at the end of the text. */
static const char *skip_comment(const char *at, const char *end)
{
	for (at += 2; at < end; at++)
		if (starts(at, end, "*/"))
			return at + 2;
	return end;
}

static const char *skip(const char *at, const char *end)
{
	const char *start;

	do {
		start = at;
		at = skip_blanks(at, end);
		if (starts(at, end, "--"))
			at = skip_line(at, end);
		else if (starts(at, end, "/*") && end - at > 2)
			at = skip_comment(at, end);
		else if (starts(at, end, "\xef\xbb\xbf"))
			at += 3;
	} while (at != start);
	return at;
}

static const char *skip_word(const char *at, const char *end)
{
	while (at < end && is_word(*at))
		at++;
	return at;
}

static const char *skip_digits(const char *at, const char *end, bool (*is)(char))
{
	while (at < end && (is(*at) || *at == '_'))
		at++;
	return at;
}

/* A quote in the text is written twice, but not in brackets. */
static const char *read_quoted(struct token *token, const char *end)
{
	char quote = *token->text == '[' ? ']' : *token->text;
	const char *at = token->text + 1;

	for (;;) {
		at = memchr(at, quote, (size_t)(end - at));
		if (at == NULL)
			return end;
		at++;
		if (quote == ']' || at == end || *at != quote)
			break;
		at++;
	}
	token->kind = quote == '\'' ? TOKEN_STRING : TOKEN_QUOTED;
	return at;
}

static const char *skip_exponent(const char *at, const char *end)
{
	const char *digit = at + 1;

	if (at == end || fold(*at) != 'e')
		return at;
	if (digit < end && (*digit == '+' || *digit == '-'))
		digit++;
	return digit < end && is_digit(*digit) ? skip_digits(digit, end, is_digit) : at;
}

static const char *read_number(struct token *token, const char *end)
{
	const char *at = token->text;

	if (*at == '0' && end - at > 2 && fold(at[1]) == 'x' && is_hex(at[2])) {
		at = skip_digits(at + 2, end, is_hex);
	} else {
		at = skip_digits(at, end, is_digit);
		if (at < end && *at == '.')
			at = skip_digits(at + 1, end, is_digit);
		at = skip_exponent(at, end);
	}
	if (at == end || !is_word(*at))
		token->kind = TOKEN_NUMBER;
	return skip_word(at, end);
}

static const char *read_blob(struct token *token, const char *end)
{
	const char *at = token->text + 2;

	while (at < end && is_hex(*at))
		at++;
	if (at < end && *at == '\'' && (at - token->text) % 2 == 0)
		token->kind = TOKEN_BLOB;
	at = memchr(at, '\'', (size_t)(end - at));
	return at != NULL ? at + 1 : end;
}

static const char *read_variable(struct token *token, const char *end)
{
	const char *at = token->text + 1;

	if (*token->text == '?')
		while (at < end && is_digit(*at))
			at++;
	else
		at = skip_word(at, end);
	if (*token->text == '?' || at > token->text + 1)
		token->kind = TOKEN_VARIABLE;
	return at;
}

static const char *read_operator(struct token *token, const char *end)
{
	static const char *const longs[] = {
		"->>", "->", "<=", "<>", "<<", ">=", ">>", "==", "!=", "||",
	};
	const char *at = token->text;

	for (size_t i = 0; i < sizeof(longs) / sizeof(longs[0]); i++)
		if (*at == *longs[i] && starts(at, end, longs[i])) {
			token->kind = TOKEN_OPERATOR;
			return at + strlen(longs[i]);
		}
	if (*at != '\0' && strchr("(),.;+-*/%=<>&|~", *at) != NULL)
		token->kind = TOKEN_OPERATOR;
	return at + 1;
}

static bool is_number(const char *at, const char *end)
{
	return is_digit(*at) || (*at == '.' && end - at > 1 && is_digit(at[1]));
}

/* Returns where the token ends; its kind stays ill when nothing is said. */
static const char *scan(struct token *token, const char *end)
{
	char first = *token->text;

	if (fold(first) == 'x' && end - token->text > 1 && token->text[1] == '\'')
		return read_blob(token, end);
	if (starts_word(first)) {
		token->kind = TOKEN_NAME;
		return skip_word(token->text, end);
	}
	if (is_number(token->text, end))
		return read_number(token, end);
	switch (first) {
	case '"':
	case '\'':
	case '`':
	case '[':
		return read_quoted(token, end);
	case '?':
	case ':':
	case '@':
	case '$':
	case '#':
		return read_variable(token, end);
	default:
		return read_operator(token, end);
	}
}

struct cursor cursor_open(const char *text, size_t size)
{
	return (struct cursor){ text, text + size };
}

struct token cursor_next(struct cursor *cursor)
{
	struct token token = { TOKEN_END, skip(cursor->next, cursor->end), 0 };

	cursor->next = token.text;
	if (token.text == cursor->end)
		return token;
	token.kind = TOKEN_ILL;
	cursor->next = scan(&token, cursor->end);
	token.size = (size_t)(cursor->next - token.text);
	return token;
}

bool token_is(const struct token *token, const char *word)
{
	if (token->kind != TOKEN_NAME && token->kind != TOKEN_OPERATOR)
		return false;
	for (size_t i = 0; i < token->size; i++)
		if (fold(token->text[i]) != fold(word[i]))
			return false;
	return word[token->size] == '\0';
}

/* All other keywords are names wherever SQLite's grammar has no use for the keyword. */
bool token_is_reserved(const struct token *token)
{
	static const char *const words[] = {
		"ADD", "ALL", "ALTER", "AND", "AS", "AUTOINCREMENT", "BETWEEN", "CASE", "CHECK",
		"COLLATE", "COMMIT", "CONSTRAINT", "CREATE", "DEFAULT", "DEFERRABLE", "DELETE",
		"DISTINCT", "DROP", "ELSE", "ESCAPE", "EXCEPT", "EXISTS", "FOREIGN", "FROM",
		"GROUP", "HAVING", "IN", "INDEX", "INSERT", "INTERSECT", "INTO", "IS", "ISNULL",
		"JOIN", "LIMIT", "NOT", "NOTHING", "NOTNULL", "NULL", "ON", "OR", "ORDER",
		"PRIMARY", "REFERENCES", "RETURNING", "SELECT", "SET", "TABLE", "THEN", "TO",
		"TRANSACTION", "UNION", "UNIQUE", "UPDATE", "USING", "VALUES", "WHEN", "WHERE",
	};

	if (token->kind != TOKEN_NAME)
		return false;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (token_is(token, words[i]))
			return true;
	return false;
}

bool token_is_name(const struct token *token)
{
	return token->kind == TOKEN_QUOTED || token->kind == TOKEN_STRING ||
		(token->kind == TOKEN_NAME && !token_is_reserved(token));
}

char *token_unquote(struct arena *arena, const struct token *token)
{
	bool quoted = token->kind == TOKEN_QUOTED || token->kind == TOKEN_STRING;
	char *text = quoted ? arena_copy(arena, token->text + 1, token->size - 2) :
		arena_copy(arena, token->text, token->size);
	char *to = text;

	if (text == NULL || !quoted || *token->text == '[')
		return text;
	for (const char *from = text; *from != '\0'; from++) {
		*to++ = *from;
		if (*from == *token->text)
			from++;
	}
	*to = '\0';
	return text;
}

int name_compare(const char *a, const char *b)
{
	while (*a != '\0' && fold(*a) == fold(*b)) {
		a++;
		b++;
	}
	return fold(*a) - fold(*b);
}
