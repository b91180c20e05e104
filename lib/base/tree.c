#include "base/tree.h"

#include <math.h>
#include <stdlib.h>

#include "base/json.h"
#include "base/number.h"

struct reading {
	struct arena *arena;
	const uint8_t *next;
	const uint8_t *end;
	struct tree *open;  /* the list or object that is being filled */
	struct tree *last;  /* of what it holds so far */
	bool failed;
};

/* json_look has seen all of it: what is looked for from here on is there. */
static uint8_t skip_blanks(struct reading *reading)
{
	while (reading->next < reading->end && strchr(" \n\r\t", *reading->next) != NULL)
		reading->next++;
	return reading->next < reading->end ? *reading->next : '\0';
}

static const char *read_string(struct reading *reading)
{
	const uint8_t *from = ++reading->next;
	char *text;

	for (; *reading->next != '"'; reading->next++)
		reading->next += *reading->next == '\\';
	text = arena_alloc(reading->arena, (size_t)(reading->next - from) + 1);
	if (text == NULL)
		reading->failed = true;
	else
		text[json_unescape(from, reading->next, (uint8_t *)text)] = '\0';
	reading->next++;
	return text;
}

static const char *read_number(struct reading *reading)
{
	const uint8_t *from = reading->next;
	const char *text;

	while (reading->next < reading->end && *reading->next != '\0' &&
		strchr("+-.0123456789Ee", *reading->next) != NULL)
		reading->next++;
	text = arena_copy(reading->arena, from, (size_t)(reading->next - from));
	reading->failed |= text == NULL;
	return text;
}

static void read_scalar(struct reading *reading, struct tree *tree)
{
	switch (*reading->next) {
	case '"':
		tree->kind = TREE_TEXT;
		tree->text = read_string(reading);
		return;
	case 't':
		tree->kind = TREE_TRUE;
		reading->next += strlen("true");
		return;
	case 'f':
		tree->kind = TREE_FALSE;
		reading->next += strlen("false");
		return;
	case 'n':
		tree->kind = TREE_NULL;
		reading->next += strlen("null");
		return;
	default:
		tree->kind = TREE_NUMBER;
		tree->text = read_number(reading);
	}
}

/* A new value where reading is: behind the last one of what is open. */
static struct tree *hang(struct reading *reading)
{
	struct tree *tree = arena_alloc(reading->arena, sizeof(*tree));

	if (tree == NULL) {
		reading->failed = true;
		return NULL;
	}
	tree->above = reading->open;
	if (reading->open != NULL) {
		reading->open->count++;
		if (reading->last == NULL)
			reading->open->first = tree;
		else
			reading->last->next = tree;
	}
	reading->last = tree;
	return tree;
}

/* A value; of a list or an object only that it begins. */
static struct tree *read_value(struct reading *reading)
{
	struct tree *tree = hang(reading);

	if (tree == NULL)
		return NULL;
	if (reading->open != NULL && reading->open->kind == TREE_OBJECT) {
		tree->name = read_string(reading);
		skip_blanks(reading);
		reading->next++;
		skip_blanks(reading);
	}
	if (*reading->next != '{' && *reading->next != '[') {
		read_scalar(reading, tree);
		return tree;
	}
	tree->kind = *reading->next++ == '{' ? TREE_OBJECT : TREE_LIST;
	reading->open = tree;
	reading->last = NULL;
	return tree;
}

/* What is open ends here; what it is in goes on behind it. */
static void close_level(struct reading *reading)
{
	reading->next++;
	reading->last = reading->open;
	reading->open = reading->last->above;
}

static const struct tree *read_all(struct reading *reading)
{
	const struct tree *root;

	skip_blanks(reading);
	root = read_value(reading);
	while (reading->open != NULL && !reading->failed) {
		const uint8_t next = skip_blanks(reading);

		if (next == ']' || next == '}')
			close_level(reading);
		else if (next == ',')
			reading->next++;
		else
			read_value(reading);
	}
	return root;
}

const struct tree *tree_read(struct arena *arena, const uint8_t *data, size_t size,
	struct fault *fault)
{
	struct reading reading = { .arena = arena, .next = data, .end = data + size };
	struct bytes scratch = { 0 };
	const enum json_form form = json_look(data, size, &scratch);
	const bool memory = !scratch.failed;
	const struct tree *root;

	bytes_close(&scratch);
	if (form == JSON_UNIQUE) {
		root = read_all(&reading);
		if (reading.failed)
			fault_memory(fault);
		return reading.failed ? NULL : root;
	}
	if (!memory)
		fault_memory(fault);
	else
		fault_set(fault, STATUS_STREAM, form == JSON_DOUBLED ?
			"it is damaged: a key stands twice in it" :
			"it is no JSON, or not all of it is there");
	return NULL;
}

const struct tree *tree_find(const struct tree *tree, const char *name)
{
	const struct tree *member = tree->kind == TREE_OBJECT ? tree->first : NULL;

	while (member != NULL && strcmp(member->name, name) != 0)
		member = member->next;
	return member;
}

bool tree_whole(const struct tree *tree, uint64_t *value)
{
	int64_t number;

	if (tree->kind != TREE_NUMBER || !number_parse_integer(tree->text, strlen(tree->text),
		&number) || number < 0)
		return false;
	*value = (uint64_t)number;
	return true;
}

bool tree_real(const struct tree *tree, double *value)
{
	const double number = tree->kind == TREE_NUMBER ? strtod(tree->text, NULL) : INFINITY;

	if (isfinite(number))
		*value = number;
	return isfinite(number);
}

static void add_place(struct bytes *to, const struct tree *tree)
{
	size_t place = 0;

	if (tree->name != NULL) {
		bytes_format(to, "%s%s", to->size > 0 ? "." : "", tree->name);
		return;
	}
	for (const struct tree *item = tree->above->first; item != tree; item = item->next)
		place++;
	bytes_format(to, "[%zu]", place);
}

void tree_place(struct bytes *to, const struct tree *tree)
{
	if (tree->above == NULL)
		return;
	tree_place(to, tree->above);
	add_place(to, tree);
}
