#include "row/expect.h"

#include <stdlib.h>
#include <string.h>

#include "base/number.h"
#include "base/utf8.h"

/* One line. */
struct scan {
	struct arena *arena;
	const char *file;
	unsigned line;
	const char *start;
	const char *next;
	const char *end;
	struct fault *fault;
};

static const struct {
	const char *name;
	uint32_t least, most; /* columns */
} kinds[EXPECT_KINDS] = {
	[EXPECT_ROWS] = { "rows", 1, 1 },
	[EXPECT_NOTNULL] = { "notnull", 1, 1 },
	[EXPECT_IN] = { "in", 2, 2 },
	[EXPECT_UNIQUE] = { "unique", 1, EXPECT_COLUMNS },
	[EXPECT_RANGE] = { "range", 1, 1 },
	[EXPECT_MATCHES] = { "matches", 1, 1 },
	[EXPECT_NEWEST] = { "newest", 1, 1 },
};

static bool refuse(struct scan *scan, const char *what)
{
	const size_t column = utf8_characters((const uint8_t *)scan->start,
		(size_t)(scan->next - scan->start)) + 1;

	fault_set(scan->fault, STATUS_USAGE, "%s:%u:%zu: %s", scan->file, scan->line, column, what);
	return false;
}

static void skip_blanks(struct scan *scan)
{
	while (scan->next < scan->end && (*scan->next == ' ' || *scan->next == '\t' ||
		*scan->next == '\r'))
		scan->next++;
}

static bool at_end(struct scan *scan)
{
	skip_blanks(scan);
	return scan->next == scan->end || *scan->next == '#';
}

static bool accept(struct scan *scan, const char *token)
{
	const size_t size = strlen(token);

	skip_blanks(scan);
	if ((size_t)(scan->end - scan->next) < size || memcmp(scan->next, token, size) != 0)
		return false;
	scan->next += size;
	return true;
}

static bool want(struct scan *scan, const char *token, const char *what)
{
	return accept(scan, token) || refuse(scan, what);
}

/* --- words and numbers ------------------------------------------------------------------------ */

static bool is_word(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
		c == '_' || c == '$' || (c & 0x80) != 0;
}

static const char *copy(struct scan *scan, const char *text, size_t size)
{
	const char *made = arena_copy(scan->arena, text, size);

	if (made == NULL)
		fault_memory(scan->fault);
	return made;
}

/* Between quotes, which stand doubled inside; the size may be asked for. */
static const char *quoted(struct scan *scan, char quote, size_t *size)
{
	const char *open = scan->next++;
	char *text = arena_copy(scan->arena, open, (size_t)(scan->end - open)), *to = text;

	if (text == NULL) {
		fault_memory(scan->fault);
		return NULL;
	}
	for (; scan->next < scan->end; scan->next++) {
		if (*scan->next == quote && (++scan->next == scan->end || *scan->next != quote)) {
			*to = '\0';
			*size = (size_t)(to - text);
			return text;
		}
		*to++ = *scan->next;
	}
	scan->next = open;
	refuse(scan, "the quote that is opened here is not closed");
	return NULL;
}

static const char *name(struct scan *scan)
{
	const char *start, *text;
	size_t size = 0;

	skip_blanks(scan);
	if (scan->next < scan->end && *scan->next == '"') {
		text = quoted(scan, '"', &size);
		if (text != NULL && (size == 0 || strlen(text) != size)) {
			refuse(scan, "a name is empty, or holds a NUL");
			return NULL;
		}
		return text;
	}
	start = scan->next;
	while (scan->next < scan->end && is_word(*scan->next) &&
		memcmp(scan->next, "\xc2\xb1", (size_t)(scan->end - scan->next) < 2 ? 1 : 2) != 0)
		scan->next++;
	if (scan->next > start)
		return copy(scan, start, (size_t)(scan->next - start));
	refuse(scan, "a name is missing: TABLE or TABLE.COLUMN, in double quotes if it is no word");
	return NULL;
}

/* [+-]digits[.digits]; its text is copied. */
static const char *number(struct scan *scan, size_t *size)
{
	const char *start;
	struct digits digits;

	skip_blanks(scan);
	start = scan->next;
	if (scan->next < scan->end && (*scan->next == '-' || *scan->next == '+'))
		scan->next++;
	while (scan->next < scan->end && ((*scan->next >= '0' && *scan->next <= '9') ||
		*scan->next == '.' || *scan->next == '_'))
		scan->next++;
	*size = (size_t)(scan->next - start);
	if (number_look(start, *size, &digits) != NUMBER_NOT && *size < 40)
		return copy(scan, start, *size);
	scan->next = start;
	refuse(scan, "a number is missing");
	return NULL;
}

static bool amount(struct scan *scan, long double *value)
{
	size_t size;
	const char *text = number(scan, &size);

	if (text == NULL)
		return false;
	*value = strtold(text, NULL);
	return true;
}

/* --- what is measured ------------------------------------------------------------------------- */

static bool read_column(struct scan *scan, struct expect_rule *rule)
{
	struct expect_column *column = &rule->columns[rule->column_count];

	column->table = name(scan);
	if (column->table == NULL)
		return false;
	if (rule->kind != EXPECT_ROWS) {
		if (!want(scan, ".", "a column is missing: TABLE.COLUMN"))
			return false;
		column->column = name(scan);
		if (column->column == NULL)
			return false;
	}
	rule->column_count++;
	return true;
}

static bool read_columns(struct scan *scan, struct expect_rule *rule)
{
	if (!read_column(scan, rule))
		return false;
	while (rule->column_count < kinds[rule->kind].most && accept(scan, ","))
		if (!read_column(scan, rule))
			return false;
	if (rule->column_count < kinds[rule->kind].least)
		return refuse(scan, "a comma and a second column are missing");
	if (rule->kind != EXPECT_UNIQUE)
		return true;
	for (uint32_t i = 1; i < rule->column_count; i++)
		if (strcmp(rule->columns[i].table, rule->columns[0].table) != 0)
			return refuse(scan, "the columns of unique() are of two tables");
	return true;
}

static bool read_limit(struct scan *scan, struct bound *limit)
{
	const char *text;
	size_t size;

	if (!want(scan, ",", "a comma and a limit are missing: range(TABLE.COLUMN, FROM, TO)"))
		return false;
	skip_blanks(scan);
	if (scan->next < scan->end && *scan->next == '\'') {
		limit->kind = BOUND_TEXT;
		limit->text = quoted(scan, '\'', &limit->size);
		return limit->text != NULL;
	}
	text = number(scan, &size);
	if (text == NULL)
		return false;
	return bound_number(scan->arena, text, size, limit) || fault_memory(scan->fault) == 0;
}

static bool read_arguments(struct scan *scan, struct expect_rule *rule)
{
	if (!want(scan, "(", "( is missing") || !read_columns(scan, rule))
		return false;
	if (rule->kind == EXPECT_RANGE && (!read_limit(scan, &rule->limits[0]) ||
		!read_limit(scan, &rule->limits[1])))
		return false;
	if (rule->kind == EXPECT_MATCHES) {
		if (!want(scan, ",", "a comma and a pattern are missing"))
			return false;
		skip_blanks(scan);
		if (scan->next == scan->end || *scan->next != '\'')
			return refuse(scan, "a pattern in single quotes is missing");
		rule->pattern = quoted(scan, '\'', &rule->pattern_size);
		if (rule->pattern == NULL)
			return false;
	}
	return want(scan, ")", ") is missing");
}

static bool read_kind(struct scan *scan, struct expect_rule *rule)
{
	const char *start = scan->next;

	while (scan->next < scan->end && is_word(*scan->next))
		scan->next++;
	for (int i = 0; i < EXPECT_KINDS; i++)
		if (strlen(kinds[i].name) == (size_t)(scan->next - start) &&
			memcmp(kinds[i].name, start, (size_t)(scan->next - start)) == 0) {
			rule->kind = (enum expect_kind)i;
			return true;
		}
	scan->next = start;
	return refuse(scan, "no rule begins like this; there are rows, notnull, in, unique, range, "
		"matches and newest");
}

/* --- what it is held against ------------------------------------------------------------------ */

static bool read_operator(struct scan *scan, struct expect_rule *rule)
{
	static const struct {
		const char *text;
		enum expect_operator operator;
	} operators[] = { { "!=", EXPECT_OTHER }, { "<=", EXPECT_AT_MOST },
		{ ">=", EXPECT_AT_LEAST }, { "=", EXPECT_EQUAL }, { "<", EXPECT_BELOW },
		{ ">", EXPECT_ABOVE } };

	for (size_t i = 0; i < sizeof(operators) / sizeof(operators[0]); i++)
		if (accept(scan, operators[i].text)) {
			rule->operator = operators[i].operator;
			return true;
		}
	return refuse(scan, "an operator is missing: = != < <= > >=");
}

static bool read_unit(struct scan *scan, long double *micros)
{
	static const struct {
		const char *name;
		long double micros;
	} units[] = { { "second", 1e6L }, { "minute", 60e6L }, { "hour", 3600e6L },
		{ "day", 86400e6L }, { "week", 7 * 86400e6L } };

	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (accept(scan, units[i].name)) {
			if (scan->next < scan->end && *scan->next == 's')
				scan->next++;
			*micros *= units[i].micros;
			return true;
		}
	return refuse(scan, "a unit is missing: seconds, minutes, hours, days or weeks");
}

static bool read_tolerance(struct scan *scan, struct expect_rule *rule)
{
	if (!accept(scan, "\xc2\xb1") && !accept(scan, "+-"))
		return true;
	if (rule->operator != EXPECT_EQUAL && rule->operator != EXPECT_OTHER)
		return refuse(scan, "\xc2\xb1 goes with = and != alone");
	if (!amount(scan, &rule->tolerance))
		return false;
	if (rule->tolerance < 0)
		return refuse(scan, "\xc2\xb1 takes a number from 0 on");
	if (accept(scan, "%") && !rule->percent)
		rule->tolerance *= rule->bound < 0 ? -rule->bound / 100 : rule->bound / 100;
	return true;
}

static bool read_bound(struct scan *scan, struct expect_rule *rule)
{
	if (at_end(scan) && rule->kind != EXPECT_ROWS && rule->kind != EXPECT_NEWEST) {
		rule->percent = true;
		rule->bound = 100;
		return true;
	}
	if (!read_operator(scan, rule) || !amount(scan, &rule->bound))
		return false;
	if (rule->kind == EXPECT_NEWEST)
		return read_unit(scan, &rule->bound);
	rule->percent = accept(scan, "%");
	if (rule->percent && rule->kind == EXPECT_ROWS)
		return refuse(scan, "rows() is a number, of which there is no share");
	return read_tolerance(scan, rule);
}

static bool read_rule(struct scan *scan, struct expect_rule *rule)
{
	const char *end = scan->end;

	if (!read_kind(scan, rule) || !read_arguments(scan, rule) || !read_bound(scan, rule))
		return false;
	end = scan->next;
	if (!at_end(scan))
		return refuse(scan, "this is too much for a rule");
	while (end > scan->start && (end[-1] == ' ' || end[-1] == '\t' || end[-1] == '\r'))
		end--;
	while (*scan->start == ' ' || *scan->start == '\t')
		scan->start++;
	rule->text = copy(scan, scan->start, (size_t)(end - scan->start));
	rule->line = scan->line;
	return rule->text != NULL;
}

static size_t count_lines(const char *text, size_t size)
{
	size_t count = 1;

	for (size_t i = 0; i < size; i++)
		count += text[i] == '\n';
	return count;
}

int expect_parse(struct arena *arena, const char *file, const void *text, size_t size,
	struct expect_rules *rules, struct fault *fault)
{
	const char *end = (const char *)text + size;
	struct scan scan = { .arena = arena, .file = file, .fault = fault, .next = text };

	*rules = (struct expect_rules){ 0 };
	if (size > 0 && (!utf8_valid(text, size) || memchr(text, '\0', size) != NULL))
		return fault_set(fault, STATUS_USAGE, "%s is no text in UTF-8", file);
	rules->items = arena_array(arena, count_lines(text, size), sizeof(*rules->items));
	if (rules->items == NULL)
		return fault_memory(fault);
	while (size > 0 && scan.next < end && fault->status == 0) {
		scan.start = scan.next;
		scan.line++;
		scan.end = memchr(scan.start, '\n', (size_t)(end - scan.start));
		if (scan.end == NULL)
			scan.end = end;
		if (!at_end(&scan) && read_rule(&scan, &rules->items[rules->count]))
			rules->count++;
		scan.next = scan.end + (scan.end < end);
	}
	return fault->status;
}
