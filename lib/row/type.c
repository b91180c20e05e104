#include "row/type.h"

#include <string.h>

#include "base/bytes.h"

/* How many numbers in parentheses a type takes. */
enum arguments {
	ARGUMENT_NONE,
	ARGUMENT_LENGTH,
	ARGUMENT_SECONDS,
	ARGUMENT_NUMERIC,
	ARGUMENT_FLOAT
};

static const struct spelling {
	const char *name; /* lower case, single blanks */
	enum type_kind kind;
	enum arguments arguments;
} spellings[] = {
	{ "raw", TYPE_RAW, ARGUMENT_NONE },
	{ "bool", TYPE_BOOL, ARGUMENT_NONE },
	{ "boolean", TYPE_BOOL, ARGUMENT_NONE },
	{ "int2", TYPE_INT2, ARGUMENT_NONE },
	{ "smallint", TYPE_INT2, ARGUMENT_NONE },
	{ "int4", TYPE_INT4, ARGUMENT_NONE },
	{ "int", TYPE_INT4, ARGUMENT_NONE },
	{ "integer", TYPE_INT4, ARGUMENT_NONE },
	{ "int8", TYPE_INT8, ARGUMENT_NONE },
	{ "bigint", TYPE_INT8, ARGUMENT_NONE },
	{ "float4", TYPE_FLOAT4, ARGUMENT_NONE },
	{ "real", TYPE_FLOAT4, ARGUMENT_NONE },
	{ "float8", TYPE_FLOAT8, ARGUMENT_NONE },
	{ "double precision", TYPE_FLOAT8, ARGUMENT_NONE },
	{ "float", TYPE_FLOAT8, ARGUMENT_FLOAT },
	{ "numeric", TYPE_NUMERIC, ARGUMENT_NUMERIC },
	{ "decimal", TYPE_NUMERIC, ARGUMENT_NUMERIC },
	{ "dec", TYPE_NUMERIC, ARGUMENT_NUMERIC },
	{ "text", TYPE_TEXT, ARGUMENT_NONE },
	{ "varchar", TYPE_VARCHAR, ARGUMENT_LENGTH },
	{ "character varying", TYPE_VARCHAR, ARGUMENT_LENGTH },
	{ "char varying", TYPE_VARCHAR, ARGUMENT_LENGTH },
	{ "national character varying", TYPE_VARCHAR, ARGUMENT_LENGTH },
	{ "national char varying", TYPE_VARCHAR, ARGUMENT_LENGTH },
	{ "nchar varying", TYPE_VARCHAR, ARGUMENT_LENGTH },
	{ "char", TYPE_CHAR, ARGUMENT_LENGTH },
	{ "character", TYPE_CHAR, ARGUMENT_LENGTH },
	{ "nchar", TYPE_CHAR, ARGUMENT_LENGTH },
	{ "national character", TYPE_CHAR, ARGUMENT_LENGTH },
	{ "national char", TYPE_CHAR, ARGUMENT_LENGTH },
	{ "bpchar", TYPE_CHAR, ARGUMENT_LENGTH },
	{ "json", TYPE_JSON, ARGUMENT_NONE },
	{ "jsonb", TYPE_JSONB, ARGUMENT_NONE },
	{ "bytea", TYPE_BYTEA, ARGUMENT_NONE },
	{ "uuid", TYPE_UUID, ARGUMENT_NONE },
	{ "date", TYPE_DATE, ARGUMENT_NONE },
	{ "time", TYPE_TIME, ARGUMENT_SECONDS },
	{ "time without time zone", TYPE_TIME, ARGUMENT_SECONDS },
	{ "timestamp", TYPE_TIMESTAMP, ARGUMENT_SECONDS },
	{ "timestamp without time zone", TYPE_TIMESTAMP, ARGUMENT_SECONDS },
	{ "timestamptz", TYPE_TIMESTAMPTZ, ARGUMENT_SECONDS },
	{ "timestamp with time zone", TYPE_TIMESTAMPTZ, ARGUMENT_SECONDS },
};

static const struct {
	const char *stream, *target;
} names[] = {
	[TYPE_RAW] = { "raw", NULL },
	[TYPE_BOOL] = { "bool", "boolean" },
	[TYPE_INT2] = { "int2", "smallint" },
	[TYPE_INT4] = { "int4", "integer" },
	[TYPE_INT8] = { "int8", "bigint" },
	[TYPE_FLOAT4] = { "float4", "real" },
	[TYPE_FLOAT8] = { "float8", "double precision" },
	[TYPE_NUMERIC] = { "numeric", "numeric" },
	[TYPE_TEXT] = { "text", "text" },
	[TYPE_VARCHAR] = { "varchar", "varchar" },
	[TYPE_CHAR] = { "char", "char" },
	[TYPE_JSON] = { "json", "json" },
	[TYPE_JSONB] = { "jsonb", "jsonb" },
	[TYPE_BYTEA] = { "bytea", "bytea" },
	[TYPE_UUID] = { "uuid", "uuid" },
	[TYPE_DATE] = { "date", "date" },
	[TYPE_TIME] = { "time", "time" },
	[TYPE_TIMESTAMP] = { "timestamp", "timestamp" },
	[TYPE_TIMESTAMPTZ] = { "timestamptz", "timestamptz" },
};

/* What PostgreSQL takes in more than one word, or under another name, and is OTHER here. */
static const char *const others[][2] = {
	{ "timetz", "time with time zone" },
	{ "time with time zone", "time with time zone" },
	{ "bit varying", "bit varying" },
	{ "varbit", "bit varying" },
};

/* They make an integer and a sequence, and are no types. */
static const char *const serials[] = {
	"serial", "serial2", "serial4", "serial8", "smallserial", "bigserial"
};

/* A type taken apart: its words in lower case, what stands in parentheses, how many []. */
struct parts {
	struct bytes name;      /* words before and behind the parentheses */
	struct bytes arguments; /* with their parentheses */
	struct bytes brackets;
	int32_t numbers[2];
	size_t count; /* of arguments */
	bool numeric; /* all of them are numbers */
	bool exact;   /* a quoted name: not to be compared */
	size_t words;
	bool dotted;
};

static inline bool blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\v';
}

static inline bool digit(char c)
{
	return c >= '0' && c <= '9';
}

static inline char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
}

static inline bool letter(char c)
{
	return (lower(c) >= 'a' && lower(c) <= 'z') || c == '_' || (unsigned char)c >= 0x80;
}

static const char *skip_blanks(const char *at)
{
	while (blank(*at))
		at++;
	return at;
}

/* "a ""quoted"" name" as it stands; NULL when it does not end, or is empty. */
static const char *read_quoted(const char *at, struct bytes *to)
{
	const char *end = at + 1;

	while (*end != '\0' && (*end != '"' || end[1] == '"'))
		end += *end == '"' ? 2 : 1;
	if (*end == '\0' || end == at + 1)
		return NULL;
	bytes_add(to, at, (size_t)(end + 1 - at));
	return end + 1;
}

static const char *read_word(const char *at, struct bytes *to)
{
	for (; letter(*at) || digit(*at) || *at == '$'; at++)
		bytes_add_byte(to, (uint8_t)lower(*at));
	return at;
}

/* Words with one blank between them; a name may be qualified. */
static const char *read_words(const char *at, struct parts *parts)
{
	bool joined = parts->words == 0;

	for (at = skip_blanks(at); at != NULL && (letter(*at) || *at == '"');) {
		if (!joined)
			bytes_add_byte(&parts->name, ' ');
		parts->exact |= *at == '"';
		parts->words++;
		at = *at == '"' ? read_quoted(at, &parts->name) : read_word(at, &parts->name);
		if (at == NULL)
			return NULL;
		at = skip_blanks(at);
		joined = *at == '.';
		if (joined) {
			parts->dotted = true;
			parts->words--;
			bytes_add_byte(&parts->name, '.');
			at = skip_blanks(at + 1);
			if (!letter(*at) && *at != '"')
				return NULL;
		}
	}
	return at;
}

static const char *read_number(const char *at, struct parts *parts)
{
	bool minus = *at == '-';
	int64_t value = 0;

	if (minus)
		bytes_add_byte(&parts->arguments, '-');
	at += minus;
	if (!digit(*at))
		return NULL;
	for (; digit(*at); at++) {
		bytes_add_byte(&parts->arguments, (uint8_t)*at);
		if (value < INT32_MAX)
			value = value * 10 + (*at - '0');
	}
	if (value >= INT32_MAX)
		return NULL;
	if (parts->count < 2)
		parts->numbers[parts->count] = (int32_t)(minus ? -value : value);
	return at;
}

/* Numbers or words, as in numeric(10,2) and geometry(Point,4326). */
static const char *read_arguments(const char *at, struct parts *parts)
{
	parts->numeric = true;
	bytes_add_byte(&parts->arguments, '(');
	for (at = skip_blanks(at + 1);; at = skip_blanks(at + 1)) {
		if (letter(*at)) {
			parts->numeric = false;
			at = read_word(at, &parts->arguments);
		} else {
			at = read_number(at, parts);
		}
		if (at == NULL)
			return NULL;
		parts->count++;
		at = skip_blanks(at);
		if (*at != ',')
			break;
		bytes_add_byte(&parts->arguments, ',');
	}
	bytes_add_byte(&parts->arguments, ')');
	return *at == ')' ? at + 1 : NULL;
}

static const char *read_brackets(const char *at, struct parts *parts)
{
	for (at = skip_blanks(at); *at == '['; at = skip_blanks(at)) {
		at = skip_blanks(at + 1);
		while (digit(*at))
			at++;
		at = skip_blanks(at);
		if (*at++ != ']')
			return NULL;
		bytes_add_text(&parts->brackets, "[]");
	}
	return at;
}

/* Takes it apart; whatever passes is safe to stand in SQL as a type. */
static bool take_apart(const char *text, struct parts *parts)
{
	const char *at = read_words(text, parts);

	if (at == NULL || parts->words == 0)
		return false;
	if (*at == '(') {
		at = read_arguments(at, parts);
		if (at != NULL)
			at = read_words(at, parts);
	}
	if (at != NULL)
		at = read_brackets(at, parts);
	return at != NULL && *at == '\0';
}

static const char *plain_name(const char *name)
{
	return strncmp(name, "pg_catalog.", 11) == 0 ? name + 11 : name;
}

static bool set_numeric(const struct parts *parts, struct type *type)
{
	type->precision = parts->numbers[0];
	type->scale = parts->count == 2 ? parts->numbers[1] : 0;
	return parts->count <= 2 && type->precision >= 1 && type->precision <= 1000 &&
		type->scale >= -1000 && type->scale <= 1000;
}

static bool set_arguments(const struct parts *parts, enum arguments arguments, struct type *type)
{
	const int32_t number = parts->numbers[0];

	if (parts->count == 0)
		return true;
	if (!parts->numeric || arguments == ARGUMENT_NONE)
		return false;
	if (arguments == ARGUMENT_NUMERIC)
		return set_numeric(parts, type);
	if (parts->count != 1 || number < 0)
		return false;
	if (arguments == ARGUMENT_SECONDS) {
		type->fraction = number < 6 ? number : 6; /* as PostgreSQL does */
		return true;
	}
	if (arguments == ARGUMENT_FLOAT) {
		type->kind = number <= 24 ? TYPE_FLOAT4 : TYPE_FLOAT8;
		return number >= 1 && number <= 53;
	}
	type->length = number;
	return number >= 1 && number <= 10485760;
}

static const struct spelling *find_spelling(const char *name)
{
	for (size_t i = 0; i < sizeof(spellings) / sizeof(spellings[0]); i++)
		if (strcmp(spellings[i].name, name) == 0)
			return &spellings[i];
	return NULL;
}

static bool is_serial(const char *name)
{
	for (size_t i = 0; i < sizeof(serials) / sizeof(serials[0]); i++)
		if (strcmp(serials[i], name) == 0)
			return true;
	return false;
}

/* The words of a type that stays a name; NULL when no type has so many. */
static const char *other_words(const struct parts *parts, const char *name)
{
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (strcmp(others[i][0], name) == 0)
			return others[i][1];
	if (parts->words == 1 || strncmp(name, "interval ", 9) == 0)
		return (const char *)parts->name.data;
	return find_spelling(name) != NULL ? name : NULL; /* an array of it */
}

/* time(3) with time zone and timestamp(3) without time zone[] have it in the middle. */
static const char *other_name(struct arena *arena, const struct parts *parts, const char *words)
{
	const char *zone = strstr(words, " with");
	const size_t before = zone == NULL || parts->exact ? strlen(words) : (size_t)(zone - words);
	const int head = (int)before;

	return arena_format(arena, "%.*s%s%s%s", head, words, (const char *)parts->arguments.data,
		words + head, (const char *)parts->brackets.data);
}

static bool none(struct type *type)
{
	type->kind = TYPE_RAW;
	return false;
}

static bool name_type(struct arena *arena, const struct parts *parts, struct type *type)
{
	const char *name = plain_name((const char *)parts->name.data), *words;
	const struct spelling *spelling = parts->exact ? NULL : find_spelling(name);

	*type = (struct type){ .kind = TYPE_OTHER, .fraction = -1 };
	if (!parts->exact && is_serial(name))
		return none(type);
	if (spelling != NULL && parts->brackets.size <= 1) {
		type->kind = spelling->kind;
		if (!set_arguments(parts, spelling->arguments, type))
			return none(type);
		if (type->kind == TYPE_CHAR && type->length == 0 && strcmp(name, "bpchar") != 0)
			type->length = 1;
		return true;
	}
	words = other_words(parts, name);
	if (words == NULL || (spelling != NULL && spelling->kind == TYPE_RAW))
		return none(type);
	type->name = other_name(arena, parts, words);
	return type->name != NULL;
}

bool type_parse(struct arena *arena, const char *text, struct type *type)
{
	struct parts parts = { 0 };
	bool known = take_apart(text, &parts);

	bytes_add_byte(&parts.name, '\0');
	bytes_add_byte(&parts.arguments, '\0');
	bytes_add_byte(&parts.brackets, '\0');
	*type = (struct type){ .kind = TYPE_OTHER };
	if (!parts.name.failed && !parts.arguments.failed && !parts.brackets.failed)
		known = known ? name_type(arena, &parts, type) : none(type);
	else
		known = false;
	bytes_close(&parts.name);
	bytes_close(&parts.arguments);
	bytes_close(&parts.brackets);
	return known;
}

bool type_is_array(const struct type *type)
{
	const size_t size = type->kind == TYPE_OTHER ? strlen(type->name) : 0;

	return size > 2 && strcmp(type->name + size - 2, "[]") == 0;
}

bool type_is_interval(const struct type *type)
{
	return type->kind == TYPE_OTHER && strncmp(type->name, "interval", 8) == 0 &&
		(type->name[8] == '\0' || type->name[8] == ' ' || type->name[8] == '(') &&
		!type_is_array(type);
}

bool type_rounds(const struct type *type)
{
	return (type->kind == TYPE_NUMERIC && type->precision > 0 && type->scale >= 0) ||
		type->kind == TYPE_TIME || type->kind == TYPE_TIMESTAMP ||
		type->kind == TYPE_TIMESTAMPTZ || type_is_interval(type);
}

const char *type_stream(const struct type *type)
{
	return type->kind == TYPE_OTHER ? type->name : names[type->kind].stream;
}

const char *type_target(struct arena *arena, const struct type *type)
{
	const char *name = names[type->kind < TYPE_OTHER ? type->kind : TYPE_RAW].target;

	if (type->kind == TYPE_OTHER)
		return type->name;
	if (type->kind == TYPE_CHAR && type->length == 0)
		return "bpchar";
	if ((type->kind == TYPE_VARCHAR || type->kind == TYPE_CHAR) && type->length > 0)
		return arena_format(arena, "%s(%d)", name, type->length);
	if (type->kind == TYPE_NUMERIC && type->precision > 0)
		return arena_format(arena, "numeric(%d,%d)", type->precision, type->scale);
	if (type->kind >= TYPE_TIME && type->kind <= TYPE_TIMESTAMPTZ && type->fraction >= 0)
		return arena_format(arena, "%s(%d)", name, type->fraction);
	return name;
}
