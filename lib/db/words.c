#include "db/words.h"

#include <string.h>

enum { KEY_SIZE = 48 };

bool words_are_libpqs(const char *text)
{
	size_t size;

	text += strspn(text, " \t\r\n");
	size = strspn(text, "abcdefghijklmnopqrstuvwxyz_0123456789");
	return size > 0 && text[size + strspn(text + size, " \t\r\n")] == '=';
}

/* "Key = ...": the key is one of .NET's. */
static bool is_net_key(const char *text)
{
	const char *equals = text + strcspn(text, "=;");
	char key[KEY_SIZE];

	text += strspn(text, " ");
	if (*equals != '=' || equals - text >= KEY_SIZE || equals <= text)
		return false;
	memcpy(key, text, (size_t)(equals - text));
	key[equals - text] = '\0';
	return keyword_is_net(key);
}

/* The first ; that is in no quotes; NULL: there is none. */
static const char *find_divider(const char *text)
{
	for (; *text != '\0' && *text != ';'; text++) {
		const char *value = *text == '=' ? text + 1 + strspn(text + 1, " \t\r\n") : text;

		if (*text != '=' || (*value != '\'' && *value != '"'))
			continue;
		for (text = value + 1; *text != '\0' && *text != *value; text++)
			text += *text == '\\' && text[1] != '\0';
		if (*text == '\0')
			break;
	}
	return *text == ';' ? text : NULL;
}

/* host=h;port=1 is no host to anybody. */
bool words_are_net(const char *text)
{
	const char *next = find_divider(text);

	if (!is_net_key(text) || (next == NULL && words_are_libpqs(text)))
		return false;
	return next == NULL || next[1 + strspn(next + 1, " ")] == '\0' || !words_are_libpqs(text) ||
		is_net_key(next + 1);
}

/* --- keywords and values ---------------------------------------------------------------------- */

/* Words and lists are cut where they stand, in a copy; NULL: the quote is not closed. */
static char *cut_quoted(char *text, char quote, bool doubled)
{
	char *to = text;

	for (;; text++) {
		if (*text == quote && !(doubled && text[1] == quote))
			break;
		if (*text == quote || (!doubled && *text == '\\'))
			text++;
		if (*text == '\0')
			return NULL;
		*to++ = *text;
	}
	if (to < text)
		*to = '\0';
	*text = '\0';
	return text + 1;
}

/* libpq's plain value: up to a blank, \ makes the next one plain. */
static char *cut_plain(char *text)
{
	char *to = text;

	for (; *text != '\0' && strchr(" \t\r\n", *text) == NULL; text++) {
		if (*text == '\\' && text[1] != '\0')
			text++;
		*to++ = *text;
	}
	text += *text != '\0';
	*to = '\0';
	return text;
}

int words_read(struct keywords *keywords, char *text, struct fault *fault)
{
	static const char blank[] = " \t\r\n";

	while (fault->status == 0 && *(text += strspn(text, blank)) != '\0') {
		char *key = text, *value;

		text += strcspn(text, " \t\r\n=");
		value = text + strspn(text, blank);
		if (*value != '=' || text == key)
			return fault_set(fault, STATUS_USAGE, "%s: word %zu is no keyword=value; "
				"a value with blanks stands in single quotes", keywords->whence,
				keywords->given + 1);
		*text = '\0';
		value++;
		value += strspn(value, blank);
		text = *value == '\'' ? cut_quoted(++value, '\'', false) : cut_plain(value);
		if (text == NULL)
			return fault_set(fault, STATUS_USAGE, "%s: a quote is not closed",
				keywords->whence);
		keywords_take(keywords, key, value, fault);
	}
	return keywords_end(keywords, fault);
}

static void trim(char *text, char *end)
{
	while (end > text && strchr(" \t\r\n", end[-1]) != NULL)
		end--;
	*end = '\0';
}

int words_read_net(struct keywords *keywords, char *text, struct fault *fault)
{
	keywords->dialect = DIALECT_NET;
	while (fault->status == 0 && *(text += strspn(text, " \t\r\n;")) != '\0') {
		char *key = text, *value = text + strcspn(text, "=;"), *end;

		if (*value != '=')
			return fault_set(fault, STATUS_USAGE, "%s: part %zu is no key=value; a "
				"value with ; stands in quotes", keywords->whence,
				keywords->given + 1);
		trim(key, value++);
		value += strspn(value, " \t\r\n");
		if (*value == '"' || *value == '\'') {
			const char quote = *value++;

			text = cut_quoted(value, quote, true);
			text = text == NULL ? NULL : text + strspn(text, " \t\r\n");
			if (text == NULL || (*text != ';' && *text != '\0'))
				return fault_set(fault, STATUS_USAGE, "%s: a quote is not closed, "
					"or no ; stands behind it", keywords->whence);
		} else {
			end = value + strcspn(value, ";");
			text = end + (*end == ';');
			trim(value, end);
		}
		keywords_take(keywords, key, value, fault);
	}
	return keywords_end(keywords, fault);
}
