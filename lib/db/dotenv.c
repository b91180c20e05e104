#include "db/dotenv.h"

#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"

/* Values refer to values: so deep, and so often. */
enum { DEPTH_MOST = 8, REFERENCES_MOST = 1000 };

static const char blank[] = " \t\r\v\f";
static const char name_first[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_";
static const char name_later[] =
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_0123456789.-";

/* --- lines ------------------------------------------------------------------------------------ */

struct cursor {
	const char *at;
	unsigned line;
};

static size_t name_size(const char *text)
{
	return strspn(text, name_first) == 0 ? 0 : strspn(text, name_later);
}

static struct dotenv_line *add_line(struct dotenv *dotenv)
{
	if (dotenv->count == dotenv->room) {
		const size_t room = dotenv->room == 0 ? 32 : dotenv->room * 2;
		struct dotenv_line *lines = arena_array(dotenv->arena, room, sizeof(*lines));

		if (lines == NULL)
			return NULL;
		if (dotenv->count > 0)
			memcpy(lines, dotenv->lines, dotenv->count * sizeof(*lines));
		dotenv->lines = lines;
		dotenv->room = room;
	}
	return &dotenv->lines[dotenv->count++];
}

/* Where the quote is closed; NULL: nowhere. */
static const char *find_close(const char *text, char quote)
{
	for (; *text != quote; text++) {
		if (*text == '\0' || (quote == '"' && *text == '\\' && text[1] == '\0'))
			return NULL;
		if (quote == '"' && *text == '\\')
			text++;
	}
	return text;
}

/* True when the value was taken, and the cursor stands behind it. */
static bool take_quoted(struct cursor *cursor, struct dotenv_line *line)
{
	const char *from = cursor->at + 1, *close = find_close(from, *cursor->at);

	if (close == NULL) {
		line->trouble = "the quote is not closed";
		return false;
	}
	line->quote = *cursor->at;
	line->text = from;
	line->size = (size_t)(close - from);
	for (const char *at = from; at < close; at++)
		cursor->line += *at == '\n';
	cursor->at = close + 1 + strspn(close + 1, blank);
	if (*cursor->at != '\0' && *cursor->at != '\n' && *cursor->at != '#')
		line->trouble = "something stands behind the closing quote";
	return true;
}

/* Some programs take any # for a comment, some only one behind a blank. */
static void take_plain(struct cursor *cursor, struct dotenv_line *line)
{
	const char *at = cursor->at, *end = at + strcspn(at, "\n");

	line->text = at;
	for (; at < end && *at != '#'; at++)
		;
	if (at < end && at > line->text && strchr(blank, at[-1]) == NULL)
		line->trouble = "to some programs an unquoted # begins a comment, to others it is "
			"part of the value: quote the value";
	while (at > line->text && strchr(blank, at[-1]) != NULL)
		at--;
	line->size = (size_t)(at - line->text);
}

static void take_value(struct cursor *cursor, struct dotenv_line *line)
{
	cursor->at += strspn(cursor->at, blank);
	if (*cursor->at == '\0' || strchr("'\"`", *cursor->at) == NULL ||
		!take_quoted(cursor, line))
		take_plain(cursor, line);
}

static bool take_line(struct dotenv *dotenv, struct cursor *cursor)
{
	const char *at = cursor->at + strspn(cursor->at, blank);
	struct dotenv_line *line;
	size_t size;

	if (strncmp(at, "export", 6) == 0 && (at[6] == ' ' || at[6] == '\t'))
		at += 6 + strspn(at + 6, blank);
	size = name_size(at);
	cursor->at = at + size + strspn(at + size, blank);
	if (size == 0 || *cursor->at != '=') {
		if (*at != '\0' && *at != '\n' && *at != '#' && dotenv->odd == 0)
			dotenv->odd = cursor->line;
		return true;
	}
	line = add_line(dotenv);
	if (line == NULL)
		return false;
	*line = (struct dotenv_line){ .number = cursor->line };
	line->name = arena_copy(dotenv->arena, at, size);
	cursor->at++;
	take_value(cursor, line);
	return line->name != NULL;
}

int dotenv_read(struct arena *arena, const char *file, const void *text, size_t size,
	struct dotenv *dotenv, struct fault *fault)
{
	struct cursor cursor = { .line = 1 };
	const char *copy = arena_copy(arena, text, size);

	*dotenv = (struct dotenv){ .arena = arena, .file = file };
	if (copy == NULL)
		return fault_memory(fault);
	if (strlen(copy) != size)
		return fault_set(fault, STATUS_USAGE, "%s: has a NUL byte, and so is no text",
			file);
	cursor.at = strncmp(copy, "\xef\xbb\xbf", 3) == 0 ? copy + 3 : copy;
	while (*cursor.at != '\0') {
		if (!take_line(dotenv, &cursor))
			return fault_memory(fault);
		cursor.at += strcspn(cursor.at, "\n");
		cursor.at += *cursor.at == '\n';
		cursor.line++;
	}
	return 0;
}

/* --- values ----------------------------------------------------------------------------------- */

struct reading {
	const struct dotenv *dotenv;
	struct bytes value;
	unsigned references;
	struct fault *fault;
};

static int expand_line(struct reading *reading, const struct dotenv_line *line, unsigned depth);

static const struct dotenv_line *find_line(const struct dotenv *dotenv, const char *name)
{
	for (size_t i = dotenv->count; i > 0; i--)
		if (strcmp(dotenv->lines[i - 1].name, name) == 0)
			return &dotenv->lines[i - 1];
	return NULL;
}

static const char *find_outside(const char *name)
{
	const char *value = getenv(name);

	return value == NULL || *value == '\0' ? NULL : value;
}

static int fail(const struct reading *reading, const struct dotenv_line *line, const char *why)
{
	return fault_set(reading->fault, STATUS_USAGE, "%s, line %u: %s: %s",
		reading->dotenv->file, line->number, line->name, why);
}

/* ${NAME}, which stands at `at`; *used becomes how long that is. */
static int expand_reference(struct reading *reading, const struct dotenv_line *line,
	const char *at, size_t *used, unsigned depth)
{
	const size_t size = name_size(at + 2);
	const char *name = arena_copy(reading->dotenv->arena, at + 2, size), *outside;
	const struct dotenv_line *other;

	if (name == NULL)
		return fault_memory(reading->fault);
	*used = size + 3;
	if (size == 0 || at[2 + size] != '}' || at + *used > line->text + line->size)
		return fail(reading, line, "${NAME} is all that is understood of ${...}: write "
			"the value itself, or \\$ in double quotes");
	if (depth == DEPTH_MOST || ++reading->references > REFERENCES_MOST)
		return fail(reading, line, "its ${...} lead in a circle, or too far");
	outside = find_outside(name);
	if (outside != NULL) {
		bytes_add_text(&reading->value, outside);
		return 0;
	}
	other = find_line(reading->dotenv, name);
	if (other == NULL)
		return fail(reading, line, "it refers to a variable that is set nowhere");
	return expand_line(reading, other, depth + 1);
}

static char unescape(char c)
{
	switch (c) {
	case 'n':
		return '\n';
	case 'r':
		return '\r';
	case 't':
		return '\t';
	case '\\':
	case '"':
	case '$':
		return c;
	default:
		return '\0';
	}
}

static int expand_line(struct reading *reading, const struct dotenv_line *line, unsigned depth)
{
	const bool escapes = line->quote == '"', expands = escapes || line->quote == '\0';
	const char *at = line->text, *end = at + line->size;

	if (line->trouble != NULL)
		return fail(reading, line, line->trouble);
	while (at < end && reading->fault->status == 0) {
		const char plain = escapes && *at == '\\' ? unescape(at[1]) : '\0';
		size_t used = 1;

		if (plain != '\0') {
			bytes_add_byte(&reading->value, (uint8_t)plain);
			used = 2;
		} else if (expands && at[0] == '$' && at[1] == '{') {
			expand_reference(reading, line, at, &used, depth);
		} else {
			bytes_add_byte(&reading->value, (uint8_t)*at);
		}
		at += used;
	}
	if (reading->value.size > DOTENV_VALUE_MOST)
		fail(reading, line, "the value is too long");
	return reading->fault->status;
}

bool dotenv_has(const struct dotenv *dotenv, const char *name)
{
	return find_line(dotenv, name) != NULL;
}

const char *dotenv_own(const struct dotenv *dotenv, const char *name, struct fault *fault)
{
	struct reading reading = { .dotenv = dotenv, .fault = fault };
	const struct dotenv_line *line = find_line(dotenv, name);
	const char *value = NULL;

	if (line != NULL && expand_line(&reading, line, 0) == 0) {
		value = arena_copy(dotenv->arena, reading.value.data, reading.value.size);
		if (value == NULL || reading.value.failed)
			fault_memory(fault);
	}
	bytes_close(&reading.value);
	return fault->status == 0 && value != NULL && *value != '\0' ? value : NULL;
}

const char *dotenv_get(const struct dotenv *dotenv, const char *name, struct fault *fault)
{
	const char *value = find_outside(name);

	return value != NULL ? value : dotenv_own(dotenv, name, fault);
}
