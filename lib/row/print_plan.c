#include "row/print_plan.h"

#include <string.h>

#include "base/print.h"
#include "base/utf8.h"

/* How wide columns of a printed plan grow for the sake of those below. */
enum { SOURCE_WIDTH = 40, TARGET_WIDTH = 72 };

#define ANY "…"

const char plan_skipped[] = "skip";

static bool is_plain(const char *name)
{
	return ((*name >= 'a' && *name <= 'z') || *name == '_') && strcmp(name, "skip") != 0 &&
		name[strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_")] == '\0';
}

static bool is_visible(struct bytes *to, const char *text, size_t size)
{
	struct bytes shown = { 0 };
	bool same;

	print_visible(&shown, text, size);
	same = shown.size == size && (size == 0 || memcmp(shown.data, text, size) == 0);
	to->failed |= shown.failed;
	bytes_close(&shown);
	return same;
}

/* The character that stands here in well-formed text, and its size. */
static uint32_t character(const char *at, size_t *size)
{
	const unsigned char first = (unsigned char)*at;
	uint32_t code = first < 0x80 ? first : first < 0xe0 ? first & 0x1f :
		first < 0xf0 ? first & 0x0f : first & 0x07;

	for (*size = 1; (at[*size] & 0xc0) == 0x80; ++*size)
		code = code << 6 | (at[*size] & 0x3f);
	return code;
}

/* Escapes only where there is something that nobody would see. */
static void add_string(struct bytes *to, const char *text, char quote)
{
	const bool escapes = !is_visible(to, text, strlen(text));
	size_t size;

	if (escapes)
		bytes_add_text(to, "U&");
	bytes_add_byte(to, (uint8_t)quote);
	for (; *text != '\0'; text += size) {
		uint32_t code = character(text, &size);

		if (*text == quote || (escapes && *text == '\\'))
			bytes_add_byte(to, (uint8_t)*text);
		if (escapes && !is_visible(to, text, size))
			bytes_format(to, code > 0xffff ? "\\+%06x" : "\\%04x", code);
		else
			bytes_add(to, text, size);
	}
	bytes_add_byte(to, (uint8_t)quote);
}

void plan_add_name(struct bytes *to, const char *name)
{
	if (is_plain(name))
		bytes_add_text(to, name);
	else
		add_string(to, name, '"');
}

static void add_target_type(struct bytes *to, const struct type *type)
{
	struct arena arena = { 0 };
	const char *text = type_target(&arena, type);

	if (text == NULL)
		to->failed = true;
	else
		bytes_add_text(to, text);
	arena_close(&arena);
}

static void add_zone(struct bytes *to, int32_t zone)
{
	int minutes = (zone < 0 ? -zone : zone) / 60;

	bytes_format(to, " zone %c%02d:%02d", zone < 0 ? '-' : '+', minutes / 60, minutes % 60);
}

void plan_add_words(struct bytes *to, const struct conversion *conversion)
{
	const struct texts *words = &conversion->nullify;

	add_target_type(to, &conversion->type);
	if (conversion->reading != TIME_PLAIN)
		bytes_format(to, " %s", reading_names[conversion->reading]);
	if (conversion->zone != 0 && conversion->type.kind == TYPE_TIMESTAMPTZ)
		add_zone(to, conversion->zone);
	if (conversion->loose)
		bytes_add_text(to, " loose");
	if (conversion->round)
		bytes_add_text(to, " round");
	if (conversion->nul != NUL_REFUSE)
		bytes_format(to, " nul %s", nul_names[conversion->nul]);
	if (conversion->ill != ILL_REFUSE)
		bytes_format(to, " utf8 %s", ill_names[conversion->ill]);
	if (words->count > 0)
		bytes_add_text(to, " nullify");
	for (size_t i = 0; i < words->count; i++) {
		const char *word = words->items[i];

		bytes_add_byte(to, ' ');
		if (*word != '\0' && word[strspn(word, "-0123456789.")] == '\0')
			bytes_add_text(to, word);
		else
			add_string(to, word, '\'');
	}
}

void plan_add_note(struct bytes *note, const struct conversion *conversion, bool decide,
	const char *remark)
{
	plan_add_words(note, conversion);
	if (remark == NULL && !decide)
		return;
	bytes_add_text(note, decide ? " # decide: " : " # ");
	if (remark != NULL)
		print_visible(note, remark, strlen(remark));
}

void plan_add_other(struct bytes *note, const char *words, const char *why)
{
	bytes_format(note, "\n%s # %s", words, why);
}

static void add_source(struct bytes *to, const char *table, const char *column)
{
	plan_add_name(to, table);
	if (column == NULL)
		return;
	bytes_add_byte(to, '.');
	plan_add_name(to, column);
}

/* Where a note's line has its comment, or ends. */
static size_t words_size(const char *line, size_t size)
{
	size_t at = 0;
	char quote = '\0';

	for (; at < size; at++) {
		if (quote != '\0')
			quote = line[at] == quote ? '\0' : quote;
		else if (line[at] == '\'' || line[at] == '"')
			quote = line[at];
		else if (line[at] == '#')
			break;
	}
	while (at > 0 && line[at - 1] == ' ')
		at--;
	return at;
}

const char *plan_note_decides(const char *note)
{
	static const char mark[] = " # decide: ";
	size_t size = note == NULL ? 0 : strcspn(note, "\n");
	size_t words = note == NULL ? 0 : words_size(note, size);

	return note != NULL && strncmp(note + words, mark, strlen(mark)) == 0 ?
		note + words + strlen(mark) : NULL;
}

static void add_target(struct bytes *to, const struct table *table, const struct column *column)
{
	const char *note = column->note == NULL ? "" : column->note;
	size_t size = words_size(note, strcspn(note, "\n"));

	if (table->schema != NULL) {
		plan_add_name(to, table->schema);
		bytes_add_byte(to, '.');
	}
	plan_add_name(to, table->name);
	bytes_add_byte(to, '.');
	plan_add_name(to, column->name);
	if (size > 0)
		bytes_add_byte(to, ' ');
	bytes_add(to, note, size);
}

/* Characters behind `start`; what is well-formed has one a place. */
static size_t width_from(const struct bytes *text, size_t start)
{
	return text->failed ? 0 : utf8_characters(text->data + start, text->size - start);
}

static void pad(struct bytes *to, size_t start, size_t width)
{
	for (size_t at = width_from(to, start); at < width; at++)
		bytes_add_byte(to, ' ');
}

struct layout {
	size_t source;
	size_t target;
};

/* Measures what is there, and makes room for the next. */
static void widen(size_t *width, struct bytes *text, size_t most, struct bytes *to)
{
	size_t size = width_from(text, 0);

	if (size > *width && size <= most)
		*width = size;
	to->failed |= text->failed;
	bytes_clear(text);
}

static struct layout measure(struct bytes *to, const struct table *table)
{
	struct layout layout = { 0 };
	struct bytes text = { 0 };

	for (size_t i = 0; i < table->column_count; i++) {
		add_source(&text, table->source, table->columns[i].source);
		widen(&layout.source, &text, SOURCE_WIDTH, to);
		add_target(&text, table, &table->columns[i]);
		widen(&layout.target, &text, TARGET_WIDTH, to);
	}
	bytes_close(&text);
	return layout;
}

static void print_others(struct bytes *to, const struct table *table, const struct column *column,
	const char *note)
{
	while (*note == '\n') {
		size_t size = strcspn(++note, "\n");

		bytes_add_text(to, "# ");
		add_source(to, table->source, column->source);
		bytes_add_text(to, " -> " ANY " ");
		bytes_add(to, note, size);
		bytes_add_byte(to, '\n');
		note += size;
	}
}

static void print_column(struct bytes *to, const struct table *table, const struct column *column,
	const struct layout *layout)
{
	const char *note = column->note == NULL ? "" : column->note;
	size_t size = strcspn(note, "\n"), words = words_size(note, size), start = to->size;

	add_source(to, table->source, column->source);
	pad(to, start, layout->source);
	bytes_add_text(to, " -> ");
	start = to->size;
	add_target(to, table, column);
	if (words < size) {
		pad(to, start, layout->target);
		bytes_add(to, note + words, size - words);
	}
	bytes_add_byte(to, '\n');
	print_others(to, table, column, note + size);
}

void plan_print(struct bytes *to, const struct table *table)
{
	const struct layout layout = measure(to, table);

	for (size_t i = 0; i < table->remarks.count; i++) {
		const char *remark = table->remarks.items[i];

		bytes_add_text(to, "# ");
		print_visible(to, remark, strlen(remark));
		bytes_add_byte(to, '\n');
	}
	for (size_t i = 0; i < table->column_count; i++)
		print_column(to, table, &table->columns[i], &layout);
}

void plan_print_skip(struct bytes *to, const char *table, const char *column)
{
	add_source(to, table, column);
	bytes_add_text(to, " -> skip\n");
}
