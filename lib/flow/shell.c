#include "flow/shell.h"

#include <string.h>

#include "base/print.h"

int shell_add(struct arena *arena, struct texts *words, const char *word, struct fault *fault)
{
	/* Powers of two are when it grows; one more is for the NULL behind them. */
	if ((words->count & (words->count - 1)) == 0) {
		const size_t room = words->count == 0 ? 1 : words->count * 2;
		const char **items = arena_array(arena, room + 1, sizeof(*items));

		if (items == NULL)
			return fault_memory(fault);
		for (size_t i = 0; i < words->count; i++)
			items[i] = words->items[i];
		words->items = items;
	}
	words->items[words->count++] = word;
	return word == NULL ? fault_memory(fault) : 0;
}

int shell_add_all(struct arena *arena, struct texts *words, const struct texts *more,
	struct fault *fault)
{
	int status = 0;

	for (size_t i = 0; i < more->count && status == 0; i++)
		status = shell_add(arena, words, more->items[i], fault);
	return status;
}

static bool is_plain(const char *word)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
		"_@%+=:,./~-";

	return *word != '\0' && *word != '~' && word[strspn(word, plain)] == '\0';
}

static bool is_visible(struct bytes *to, const char *word)
{
	struct bytes shown = { 0 };
	bool same;

	print_visible(&shown, word, strlen(word));
	same = shown.size == strlen(word) && memcmp(shown.data, word, shown.size) == 0;
	to->failed |= shown.failed;
	bytes_close(&shown);
	return same;
}

static void escape(struct bytes *to, const char *word)
{
	bytes_add_text(to, "$'");
	for (; *word != '\0'; word++) {
		if (*word == '\'' || *word == '\\')
			bytes_format(to, "\\%c", *word);
		else if (*word >= ' ' && *word <= '~')
			bytes_add_byte(to, (uint8_t)*word);
		else
			bytes_format(to, "\\x%02x", (unsigned char)*word);
	}
	bytes_add_byte(to, '\'');
}

void shell_quote(struct bytes *to, const char *word)
{
	if (is_plain(word)) {
		bytes_add_text(to, word);
	} else if (*word != '\0' && !is_visible(to, word)) {
		escape(to, word);
	} else {
		bytes_add_byte(to, '\'');
		for (; *word != '\0'; word++) {
			if (*word == '\'')
				bytes_add_text(to, "'\\'");
			bytes_add_byte(to, (uint8_t)*word);
		}
		bytes_add_byte(to, '\'');
	}
}

void shell_line(struct bytes *to, const struct texts *words)
{
	for (size_t i = 0; i < words->count; i++) {
		if (i > 0)
			bytes_add_byte(to, ' ');
		shell_quote(to, words->items[i]);
	}
}
