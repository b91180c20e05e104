#include "row/declared.h"

#include <string.h>
#include <strings.h>

/* What the first word alone decides, before SQLite's own rules: whole, or as a beginning. */
static const struct known {
	const char *word;
	bool whole;
	enum wish wish;
	enum type_kind natural;
} knowns[] = {
	{ "bool", false, WISH_BOOL, TYPE_BOOL },
	{ "json", false, WISH_JSON, TYPE_JSONB },
	{ "uuid", true, WISH_UUID, TYPE_UUID },
	{ "guid", true, WISH_UUID, TYPE_UUID },
	{ "uniqueidentifier", true, WISH_UUID, TYPE_UUID },
	{ "date", true, WISH_TIME, TYPE_DATE },
	{ "time", true, WISH_TIME, TYPE_TIME },
	{ "timetz", true, WISH_TIME, TYPE_TIME },
	{ "timestamptz", true, WISH_TIME, TYPE_TIMESTAMPTZ },
	{ "datetimeoffset", true, WISH_TIME, TYPE_TIMESTAMPTZ },
	{ "date", false, WISH_TIME, TYPE_TIMESTAMP },
	{ "time", false, WISH_TIME, TYPE_TIMESTAMP },
	{ "smalldatetime", true, WISH_TIME, TYPE_TIMESTAMP },
	{ "numeric", true, WISH_NUMERIC, TYPE_NUMERIC },
	{ "decimal", true, WISH_NUMERIC, TYPE_NUMERIC },
	{ "dec", true, WISH_NUMERIC, TYPE_NUMERIC },
	{ "number", true, WISH_NUMERIC, TYPE_NUMERIC },
	{ "money", true, WISH_NUMERIC, TYPE_NUMERIC },
	{ "smallmoney", true, WISH_NUMERIC, TYPE_NUMERIC },
	{ "currency", true, WISH_NUMERIC, TYPE_NUMERIC },
	/* words that SQLite's rules would take for others */
	{ "interval", true, WISH_NONE, TYPE_TEXT },
	{ "point", false, WISH_NONE, TYPE_BYTEA },
	{ "multipoint", false, WISH_NONE, TYPE_BYTEA },
	{ "geometry", false, WISH_NONE, TYPE_BYTEA },
	{ "linestring", false, WISH_NONE, TYPE_BYTEA },
	{ "polygon", false, WISH_NONE, TYPE_BYTEA },
	{ "multilinestring", false, WISH_NONE, TYPE_BYTEA },
	{ "multipolygon", false, WISH_NONE, TYPE_BYTEA },
	{ "bit", true, WISH_NONE, TYPE_INT8 },
	{ "serial", true, WISH_NONE, TYPE_INT8 },
	{ "bigserial", true, WISH_NONE, TYPE_INT8 },
	{ "counter", true, WISH_NONE, TYPE_INT8 },
	{ "year", true, WISH_NONE, TYPE_INT8 },
	{ "string", false, WISH_NONE, TYPE_TEXT },
	{ "memo", true, WISH_NONE, TYPE_TEXT },
	{ "inet", true, WISH_NONE, TYPE_TEXT },
	{ "cidr", true, WISH_NONE, TYPE_TEXT },
	{ "macaddr", true, WISH_NONE, TYPE_TEXT },
	{ "timespan", true, WISH_NONE, TYPE_TEXT },
	{ "hstore", true, WISH_NONE, TYPE_TEXT },
	{ "enum", true, WISH_NONE, TYPE_TEXT },
	{ "set", true, WISH_NONE, TYPE_TEXT },
	{ "xml", true, WISH_NONE, TYPE_TEXT },
	{ "any", true, WISH_NONE, TYPE_TEXT },
	{ "binary", true, WISH_NONE, TYPE_BYTEA },
	{ "varbinary", true, WISH_NONE, TYPE_BYTEA },
	{ "bytea", true, WISH_NONE, TYPE_BYTEA },
	{ "image", true, WISH_NONE, TYPE_BYTEA },
};

/* SQLite's rules for affinity, in its order: the first that is anywhere in the text. */
static const struct {
	const char *part;
	enum wish wish;
	enum type_kind natural;
} parts[] = {
	{ "int", WISH_INTEGER, TYPE_INT8 },
	{ "char", WISH_TEXT, TYPE_TEXT },
	{ "clob", WISH_TEXT, TYPE_TEXT },
	{ "text", WISH_TEXT, TYPE_TEXT },
	{ "blob", WISH_BLOB, TYPE_BYTEA },
	{ "real", WISH_REAL, TYPE_FLOAT8 },
	{ "floa", WISH_REAL, TYPE_FLOAT8 },
	{ "doub", WISH_REAL, TYPE_FLOAT8 },
};

static const struct {
	const char *word;
	enum type_kind natural;
} integers[] = {
	{ "smallint", TYPE_INT2 },
	{ "int2", TYPE_INT2 },
	{ "tinyint", TYPE_INT2 },
	{ "mediumint", TYPE_INT4 },
	{ "int4", TYPE_INT4 },
};

static inline bool in_word(char c)
{
	return ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') || (c >= '0' && c <= '9') || c == '_';
}

static inline bool blank(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static bool is_word(const char *text, size_t size, const char *word, bool whole)
{
	const size_t length = strlen(word);

	return strncasecmp(text, word, length) == 0 && (whole ? size == length : size >= length);
}

static void read_known(const char *text, size_t size, struct declared *declared)
{
	for (size_t i = 0; i < sizeof(knowns) / sizeof(knowns[0]); i++) {
		if (!is_word(text, size, knowns[i].word, knowns[i].whole))
			continue;
		declared->wish = knowns[i].wish;
		declared->natural = knowns[i].natural;
		return;
	}
}

static void read_affinity(const char *text, struct declared *declared)
{
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		if (strcasestr(text, parts[i].part) == NULL)
			continue;
		declared->wish = parts[i].wish;
		declared->natural = parts[i].natural;
		return;
	}
	declared->natural = strcasecmp(text, "long") == 0 ? TYPE_INT8 : TYPE_NUMERIC;
}

static const char *read_number(const char *at, int32_t *number)
{
	*number = 0;
	while (blank(*at))
		at++;
	if (*at < '0' || *at > '9')
		return NULL;
	for (; *at >= '0' && *at <= '9'; at++)
		if (*number < 100000)
			*number = *number * 10 + (*at - '0');
	while (blank(*at))
		at++;
	return at;
}

/* (p) and (p,s), as all servers take them. */
static void read_precision(const char *text, struct declared *declared)
{
	const char *at = strchr(text, '(');
	int32_t precision, scale = 0;

	if (at == NULL || (at = read_number(at + 1, &precision)) == NULL)
		return;
	if (*at == ',' && (at = read_number(at + 1, &scale)) == NULL)
		return;
	if (*at != ')' || precision < 1 || precision > 1000 || scale > precision)
		return;
	declared->precision = precision;
	declared->scale = scale;
}

static void read_integer(const char *text, size_t size, struct declared *declared)
{
	for (size_t i = 0; i < sizeof(integers) / sizeof(integers[0]); i++)
		if (is_word(text, size, integers[i].word, true))
			declared->natural = integers[i].natural;
}

struct declared declared_read(const char *text)
{
	struct declared declared = { .wish = WISH_NONE, .natural = TYPE_RAW };
	size_t size = 0;

	while (text != NULL && blank(*text))
		text++;
	if (text == NULL || *text == '\0')
		return (struct declared){ .wish = WISH_NONE, .natural = TYPE_TEXT };
	while (in_word(text[size]))
		size++;
	read_known(text, size, &declared);
	if (declared.natural == TYPE_RAW)
		read_affinity(text, &declared);
	if (declared.wish == WISH_INTEGER)
		read_integer(text, size, &declared);
	if (declared.wish == WISH_NUMERIC)
		read_precision(text, &declared);
	if (declared.natural == TYPE_TIMESTAMP && strcasestr(text, "with time zone") != NULL)
		declared.natural = TYPE_TIMESTAMPTZ;
	declared.mixed_endian = declared.wish == WISH_UUID && !is_word(text, size, "uuid", true);
	return declared;
}
