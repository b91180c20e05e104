/*
 * Any bytes as a report.  What is read becomes a page whose elements are closed in their order,
 * without script, with nothing that is loaded, and with nothing invisible; and text alike.
 */
#include "flow/page.h"

#include "base/print.h"

#include "check.h"

enum { DEPTH = 64, NAME = 16 };

/* From behind the < of an element; where the next text begins. */
static const char *take_element(const char *at, char open[DEPTH][NAME], size_t *depth)
{
	const char *end = strchr(at, '>');
	const bool closes = *at == '/';
	const size_t size = strcspn(at + closes, " />");

	EXPECT(end != NULL && size > 0 && size < NAME);
	at += closes;
	if (closes) {
		EXPECT(*depth > 0 && strlen(open[*depth - 1]) == size);
		EXPECT(memcmp(open[--*depth], at, size) == 0);
	} else if (end[-1] != '/' && *at != '!') {
		EXPECT(*depth < DEPTH);
		memcpy(open[*depth], at, size);
		open[(*depth)++][size] = '\0';
		EXPECT(size != 6 || memcmp(at, "script", 6) != 0);
	}
	return end + 1;
}

static void expect_closed(const char *page)
{
	char open[DEPTH][NAME];
	size_t depth = 0;

	for (const char *at = page; (at = strchr(at, '<')) != NULL;)
		at = take_element(at + 1, open, &depth);
	EXPECT(depth == 0);
}

/* Made visible once more it is what it was, but for the ends of its lines and tabs. */
static void expect_visible(const struct bytes *text)
{
	struct bytes again = { 0 };

	for (size_t i = 0; i < text->size;) {
		size_t size = 0;

		while (i + size < text->size && text->data[i + size] != '\n' &&
			text->data[i + size] != '\t')
			size++;
		bytes_clear(&again);
		print_visible(&again, text->data + i, size);
		EXPECT(again.size == size && (size == 0 ||
			memcmp(again.data, text->data + i, size) == 0));
		i += size + 1;
	}
	bytes_close(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena arena = { 0 };
	struct fault fault = { 0 };
	struct bytes text = { 0 };
	struct past_run run;

	if (past_read(&arena, data, size, &run, &fault) == 0) {
		page_print(&text, &run, "/a/b\x1b<");
		expect_visible(&text);
		bytes_add_byte(&text, '\0');
		EXPECT(strlen((const char *)text.data) == text.size - 1);
		expect_closed((const char *)text.data);
		bytes_clear(&text);
		past_print(&text, &run, "/a/b\x1b<");
		expect_visible(&text);
	} else {
		EXPECT(fault.status == STATUS_STREAM && *fault.text != '\0');
	}
	bytes_close(&text);
	arena_close(&arena);
	return 0;
}
