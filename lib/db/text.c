#include "db/text.h"

#include <stdio.h>
#include <string.h>

#include "base/print.h"
#include "base/utf8.h"

char *text_quote(struct arena *arena, const char *name)
{
	struct bytes quoted = { 0 };

	bytes_add_byte(&quoted, '"');
	for (; *name != '\0'; name++) {
		if (*name == '"')
			bytes_add_byte(&quoted, '"');
		bytes_add_byte(&quoted, (uint8_t)*name);
	}
	bytes_add_byte(&quoted, '"');
	return bytes_settle(&quoted, arena);
}

/* How many of the bytes make one character; 0 when the first belongs to none. */
static size_t character(const uint8_t *at, size_t left)
{
	for (size_t size = 1; size <= 4 && size <= left; size++)
		if (utf8_valid(at, size))
			return size;
	return 0;
}

char *text_travel(struct arena *arena, const char *text, bool *changed)
{
	const uint8_t *at = (const uint8_t *)text;
	size_t left = strlen(text);
	struct bytes shown = { 0 };

	if (utf8_valid(at, left))
		return arena_copy(arena, text, left);
	*changed = true;
	while (left > 0) {
		size_t size = character(at, left);

		if (size == 0)
			bytes_format(&shown, "\\x%02x", *at);
		else
			bytes_add(&shown, at, size);
		at += size == 0 ? 1 : size;
		left -= size == 0 ? 1 : size;
	}
	return bytes_settle(&shown, arena);
}

static int lower(char c)
{
	return c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c;
}

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* Letters added, left out or changed, from one short word to the other. */
static size_t distance(const char *a, const char *b)
{
	enum { LONGEST = 64 };
	size_t row[LONGEST + 1], size = strlen(b);

	if (size > LONGEST || strlen(a) > LONGEST)
		return LONGEST;
	for (size_t k = 0; k <= size; k++)
		row[k] = k;
	for (size_t i = 1; a[i - 1] != '\0'; i++) {
		size_t corner = row[0];

		row[0] = i;
		for (size_t k = 1; k <= size; k++) {
			size_t change = corner + (lower(a[i - 1]) != lower(b[k - 1]));

			corner = row[k];
			row[k] = least(change, least(row[k], row[k - 1]) + 1);
		}
	}
	return row[size];
}

const char *text_near(const char *word, const struct texts *names)
{
	size_t best = strlen(word) / 3 + 2; /* so many are too many */
	const char *near = NULL;

	for (size_t i = 0; i < names->count; i++) {
		size_t apart = distance(word, names->items[i]);

		if (apart < best && apart < strlen(names->items[i])) {
			best = apart;
			near = names->items[i];
		}
	}
	return near;
}

void text_add_number(struct bytes *list, uint64_t number)
{
	bytes_format(list, "%c%llu", list->size == 0 ? '{' : ',', (unsigned long long)number);
}

const char *text_end_list(struct bytes *list, struct arena *arena, struct fault *fault)
{
	const char *text;

	bytes_add_text(list, list->size == 0 ? "{}" : "}");
	text = bytes_settle(list, arena);
	if (text == NULL)
		fault_memory(fault);
	return text;
}
