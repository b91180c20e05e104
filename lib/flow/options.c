#include "flow/options.h"

#include <errno.h>
#include <stdlib.h>

enum { WIDTH = 80, INDENT = 26 };

/* Every tool has these two; process.c acts on them. */
static bool ignored;
static const struct option common[] = {
	{ "help", 'h', OPTION_FLAG, NULL, "show this help", &ignored, false, 0, 0 },
	{ "version", 'V', OPTION_FLAG, NULL, "show the version", &ignored, false, 0, 0 },
};

struct parsing {
	const struct tool *tool;
	struct arena *arena;
	char **next;
	struct fault *fault;
};

size_t options_count(const struct tool *tool)
{
	return tool->option_count + sizeof(common) / sizeof(common[0]);
}

const struct option *options_at(const struct tool *tool, size_t place)
{
	return place < tool->option_count ? &tool->options[place] :
		&common[place - tool->option_count];
}

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* Edit distance of short words, for hints. */
static size_t distance(const char *a, const char *b)
{
	size_t row[64], length = strlen(b);

	if (length >= 64)
		return length;
	for (size_t j = 0; j <= length; j++)
		row[j] = j;
	for (; *a != '\0'; a++) {
		size_t corner = row[0]++;

		for (size_t j = 1; j <= length; j++) {
			size_t above = row[j];

			row[j] = least(least(above, row[j - 1]) + 1, corner + (*a != b[j - 1]));
			corner = above;
		}
	}
	return row[length];
}

static int unknown(struct parsing *parsing, const char *name)
{
	const struct tool *tool = parsing->tool;
	const char *nearest = NULL;
	size_t best = 4;

	for (size_t i = 0; i < options_count(tool); i++) {
		size_t apart = distance(name, options_at(tool, i)->name);

		if (apart < best) {
			best = apart;
			nearest = options_at(tool, i)->name;
		}
	}
	if (nearest != NULL)
		return fault_set(parsing->fault, STATUS_USAGE, "there is no option --%s; did you "
			"mean --%s? (%s --help lists them)", name, nearest, tool->name);
	return fault_set(parsing->fault, STATUS_USAGE,
		"there is no option --%s (%s --help lists them)", name, tool->name);
}

static int add_text(struct parsing *parsing, struct texts *texts, const char *text)
{
	const char **items = texts->items;

	/* Powers of two are when it grows. */
	if ((texts->count & (texts->count - 1)) == 0) {
		items = arena_array(parsing->arena, texts->count == 0 ? 1 : texts->count * 2,
			sizeof(*items));
		if (items == NULL)
			return fault_memory(parsing->fault);
		for (size_t i = 0; i < texts->count; i++)
			items[i] = texts->items[i];
		texts->items = items;
	}
	items[texts->count++] = text;
	return 0;
}

static int set_number(struct parsing *parsing, const struct option *option, const char *text)
{
	char *end;
	long long number;

	errno = 0;
	number = strtoll(text, &end, 10);
	if (end == text || *end != '\0' || errno != 0 || number < option->least ||
		number > option->most)
		return fault_set(parsing->fault, STATUS_USAGE,
			"--%s takes a whole number from %lld to %lld, not \"%s\"", option->name,
			option->least, option->most, text);
	*(long long *)option->to = number;
	return 0;
}

static int set_option(struct parsing *parsing, const struct option *option, const char *value)
{
	switch (option->kind) {
	case OPTION_FLAG:
		if (value != NULL)
			return fault_set(parsing->fault, STATUS_USAGE, "--%s takes no value",
				option->name);
		*(bool *)option->to = true;
		return 0;
	case OPTION_MAYBE:
		*(const char **)option->to = value == NULL ? "" : value;
		return 0;
	default:
		break;
	}
	if (value == NULL && *parsing->next != NULL)
		value = *parsing->next++;
	if (value == NULL)
		return fault_set(parsing->fault, STATUS_USAGE, "--%s needs a value: %s",
			option->name, option->argument);
	if (option->kind == OPTION_LIST)
		return add_text(parsing, option->to, value);
	if (option->kind == OPTION_NUMBER)
		return set_number(parsing, option, value);
	*(const char **)option->to = value;
	return 0;
}

static int parse_long(struct parsing *parsing, const char *word)
{
	const char *equals = strchr(word, '=');
	size_t length = equals == NULL ? strlen(word) : (size_t)(equals - word);
	char *name = arena_copy(parsing->arena, word, length);

	if (name == NULL)
		return fault_memory(parsing->fault);
	for (size_t i = 0; i < options_count(parsing->tool); i++) {
		const struct option *option = options_at(parsing->tool, i);

		if (strcmp(option->name, name) == 0)
			return set_option(parsing, option, equals == NULL ? NULL : equals + 1);
	}
	return unknown(parsing, name);
}

static const struct option *find_letter(const struct tool *tool, char letter)
{
	for (size_t i = 0; i < options_count(tool); i++)
		if (options_at(tool, i)->letter == letter)
			return options_at(tool, i);
	return NULL;
}

/* -a, -ab, -nVALUE, -n VALUE */
static int parse_letters(struct parsing *parsing, const char *letters)
{
	int status = 0;

	while (status == 0 && *letters != '\0') {
		const struct option *option = find_letter(parsing->tool, *letters);

		if (option == NULL)
			return fault_set(parsing->fault, STATUS_USAGE,
				"there is no option -%c (%s --help lists them)", *letters,
				parsing->tool->name);
		letters++;
		if (option->kind == OPTION_FLAG || *letters == '\0') {
			status = set_option(parsing, option, NULL);
			continue;
		}
		return set_option(parsing, option, letters);
	}
	return status;
}

static int check_operands(const struct parsing *parsing, const struct texts *operands)
{
	const struct tool *tool = parsing->tool;

	if (operands->count < tool->operands_least)
		return fault_set(parsing->fault, STATUS_USAGE, "%s is missing (%s --help)",
			tool->operands, tool->name);
	if (operands->count > tool->operands_most)
		return fault_set(parsing->fault, STATUS_USAGE, "\"%s\" is one argument too many "
			"(%s --help)", operands->items[tool->operands_most], tool->name);
	return 0;
}

int options_parse(const struct tool *tool, struct arena *arena, int argc, char **argv,
	struct texts *operands, struct fault *fault)
{
	struct parsing parsing = { tool, arena, argv + (argc > 0), fault };
	bool only_operands = false;
	int status = 0;

	*operands = (struct texts){ 0 };
	while (status == 0 && *parsing.next != NULL) {
		const char *word = *parsing.next++;

		if (only_operands || word[0] != '-' || word[1] == '\0') {
			status = add_text(&parsing, operands, word);
			only_operands |= tool->program;
		} else if (strcmp(word, "--") == 0)
			only_operands = true;
		else if (word[1] == '-')
			status = parse_long(&parsing, word + 2);
		else
			status = parse_letters(&parsing, word + 1);
	}
	return status != 0 ? status : check_operands(&parsing, operands);
}

/* Adds text from column `at` on, wrapped at blanks and indented. */
static void wrap(struct bytes *to, const char *text, size_t indent, size_t at)
{
	bool blank = false; /* owed before the next word */

	while (*text != '\0') {
		size_t length = strcspn(text, " \n");

		if (blank && at + 1 + length > WIDTH - 1) {
			bytes_format(to, "\n%*s", (int)indent, "");
			at = indent;
		} else if (blank) {
			bytes_add_byte(to, ' ');
			at++;
		}
		bytes_add(to, text, length);
		at += length;
		text += length;
		blank = *text == ' ';
		if (*text == '\n') {
			bytes_format(to, "\n%*s", text[1] == '\n' ? 0 : (int)indent, "");
			at = indent;
		}
		text += *text != '\0';
	}
	bytes_add_byte(to, '\n');
}

static void help_option(struct bytes *to, const struct option *option)
{
	size_t start = to->size, width;

	if (option->letter != '\0')
		bytes_format(to, "  -%c, --%s", option->letter, option->name);
	else
		bytes_format(to, "      --%s", option->name);
	if (option->kind == OPTION_MAYBE)
		bytes_format(to, "[=%s]", option->argument);
	else if (option->argument != NULL)
		bytes_format(to, " %s", option->argument);
	width = to->size - start;
	if (width + 1 >= INDENT) {
		bytes_format(to, "\n%*s", INDENT, "");
		width = INDENT;
	}
	bytes_format(to, "%*s", (int)(INDENT - width), "");
	wrap(to, option->help, INDENT, INDENT);
}

void options_help(struct bytes *to, const struct tool *tool)
{
	bytes_format(to, "Usage: %s [options]%s%s\n\n", tool->name,
		*tool->operands == '\0' ? "" : " ", tool->operands);
	wrap(to, tool->brief, 0, 0);
	bytes_add_text(to, "\nOptions:\n");
	for (size_t i = 0; i < options_count(tool); i++)
		help_option(to, options_at(tool, i));
	if (tool->about != NULL) {
		bytes_add_byte(to, '\n');
		wrap(to, tool->about, 0, 0);
	}
	bytes_add_text(to, "\nExamples:\n");
	for (const char *const *example = tool->examples; *example != NULL; example++)
		bytes_format(to, "  %s\n", *example);
}

/* How many settings an option stands for; lists have one for each item. */
static size_t given(const struct option *option)
{
	if (!option->changes)
		return 0;
	switch (option->kind) {
	case OPTION_FLAG:
		return *(const bool *)option->to;
	case OPTION_LIST:
		return ((const struct texts *)option->to)->count;
	case OPTION_NUMBER:
		return *(const long long *)option->to != 0;
	default:
		return *(const char *const *)option->to != NULL;
	}
}

static const char *setting_value(const struct option *option, size_t place, struct arena *arena)
{
	switch (option->kind) {
	case OPTION_FLAG:
		return "";
	case OPTION_LIST:
		return ((const struct texts *)option->to)->items[place];
	case OPTION_NUMBER:
		return arena_format(arena, "%lld", *(const long long *)option->to);
	default:
		return *(const char *const *)option->to;
	}
}

struct setting *options_settings(const struct tool *tool, struct arena *arena, size_t *count)
{
	struct setting *settings;

	*count = 0;
	for (size_t i = 0; i < tool->option_count; i++)
		*count += given(&tool->options[i]);
	settings = arena_array(arena, *count + 1, sizeof(*settings));
	if (settings == NULL)
		return NULL;
	*count = 0;
	for (size_t i = 0; i < tool->option_count; i++)
		for (size_t j = 0; j < given(&tool->options[i]); j++) {
			struct setting *setting = &settings[(*count)++];

			setting->option = tool->options[i].name;
			setting->value = setting_value(&tool->options[i], j, arena);
			if (setting->value == NULL)
				return NULL;
		}
	return settings;
}
