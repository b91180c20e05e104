#include "base/print.h"

/* Reads one character; 0 bytes taken when there is none that is well-formed. */
static size_t character(const uint8_t *text, size_t size, uint32_t *code)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t length = text[0] < 0x80 ? 1 : text[0] < 0xc0 ? 0 : text[0] < 0xe0 ? 2 :
		text[0] < 0xf0 ? 3 : text[0] < 0xf8 ? 4 : 0;

	if (length == 0 || length > size)
		return 0;
	*code = length == 1 ? text[0] : text[0] & (0xffu >> (length + 1));
	for (size_t i = 1; i < length; i++) {
		if ((text[i] & 0xc0) != 0x80)
			return 0;
		*code = *code << 6 | (text[i] & 0x3f);
	}
	if (*code < least[length] || *code > 0x10ffff || (*code >= 0xd800 && *code <= 0xdfff))
		return 0;
	return length;
}

/* Characters that move the cursor, hide, or turn the direction of what follows. */
static int invisible(uint32_t code)
{
	return code < 0x20 || (code >= 0x7f && code <= 0x9f) || code == 0xad || code == 0x61c ||
		(code >= 0x200b && code <= 0x200f) || (code >= 0x2028 && code <= 0x202e) ||
		(code >= 0x2060 && code <= 0x206f) || code == 0xfeff ||
		(code >= 0xfff0 && code <= 0xfffb) || (code >= 0xe0000 && code <= 0xe0fff);
}

static void add_hidden(struct bytes *to, uint32_t code)
{
	if (code == '\n' || code == '\t')
		bytes_add_text(to, code == '\n' ? "\\n" : "\\t");
	else if (code < 0x80)
		bytes_format(to, "\\x%02x", code);
	else
		bytes_format(to, "\\u{%x}", code);
}

void print_visible(struct bytes *to, const void *text, size_t size)
{
	const uint8_t *next = text;

	while (size > 0) {
		uint32_t code = 0;
		size_t length = character(next, size, &code);

		if (length == 0)
			bytes_format(to, "\\x%02x", *next);
		else if (!invisible(code))
			bytes_add(to, next, length);
		else
			add_hidden(to, code);
		length += length == 0;
		next += length;
		size -= length;
	}
}

/* What has another meaning in markup; NULL: it has none. */
static const char *entity_of(uint32_t code)
{
	switch (code) {
	case '&':
		return "&amp;";
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '"':
		return "&quot;";
	case '\'':
		return "&#39;";
	default:
		return NULL;
	}
}

void print_markup(struct bytes *to, const void *text, size_t size, bool lines)
{
	const uint8_t *next = text;

	while (size > 0) {
		uint32_t code = 0;
		size_t length = character(next, size, &code);

		if (length == 0)
			bytes_format(to, "\\x%02x", *next);
		else if (entity_of(code) != NULL)
			bytes_add_text(to, entity_of(code));
		else if (lines && (code == '\n' || code == '\t'))
			bytes_add_byte(to, *next);
		else if (invisible(code) || (code & 0xfffe) == 0xfffe) /* XML has no U+FFFE */
			add_hidden(to, code);
		else
			bytes_add(to, next, length);
		length += length == 0;
		next += length;
		size -= length;
	}
}

/* What JSON must escape, and what a terminal or a browser would not show as it is. */
static void add_json(struct bytes *to, const uint8_t *text, size_t length, uint32_t code)
{
	if (code == '"' || code == '\\')
		bytes_add_byte(to, '\\');
	if (!invisible(code))
		bytes_add(to, text, length);
	else if (code == '\n')
		bytes_add_text(to, "\\n");
	else if (code == '\t')
		bytes_add_text(to, "\\t");
	else if (code < 0x10000)
		bytes_format(to, "\\u%04x", code);
	else
		bytes_format(to, "\\u%04x\\u%04x", 0xd7c0 + (code >> 10), 0xdc00 + (code & 0x3ff));
}

void print_json(struct bytes *to, const void *text, size_t size)
{
	const uint8_t *next = text;

	bytes_add_byte(to, '"');
	while (size > 0) {
		uint32_t code = 0;
		size_t length = character(next, size, &code);

		if (length == 0)
			bytes_add_text(to, "\xef\xbf\xbd");
		else
			add_json(to, next, length, code);
		length += length == 0;
		next += length;
		size -= length;
	}
	bytes_add_byte(to, '"');
}

void print_hex(struct bytes *to, const void *data, size_t size)
{
	static const char digits[] = "0123456789abcdef";
	const uint8_t *from = data;

	if (!bytes_reserve(to, size * 2))
		return;
	for (size_t i = 0; i < size; i++) {
		to->data[to->size++] = (uint8_t)digits[from[i] >> 4];
		to->data[to->size++] = (uint8_t)digits[from[i] & 15];
	}
}
