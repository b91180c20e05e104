/*
 * JSON of any bytes.  What is JSON stays so with blanks around it and inside an array, is UTF-8
 * without NUL, and is none any more without its last byte if that closes something.
 */
#include "base/json.h"

#include <stdbool.h>
#include <stdlib.h>

#include "base/utf8.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds)
{
	if (!holds)
		abort();
}

static void check_wrapped(const uint8_t *data, size_t size, enum json_form form)
{
	static const char *const around[][2] = {
		{ " \t", "\r\n" }, { "[", "]" }, { "[1,", ",{}]" }, { "{\"a\":", ",\"b\":1}" }
	};
	struct bytes text = { 0 }, scratch = { 0 };

	for (size_t i = 0; i < sizeof(around) / sizeof(around[0]); i++) {
		enum json_form wrapped;

		bytes_clear(&text);
		bytes_add_text(&text, around[i][0]);
		bytes_add(&text, data, size);
		bytes_add_text(&text, around[i][1]);
		wrapped = json_look(text.data, text.size, &scratch);
		/* a text that is as deep as may be has no room for one more level */
		check(wrapped == form || (i > 0 && wrapped == JSON_NOT && size >= JSON_DEPTH_MOST));
	}
	bytes_close(&text);
	bytes_close(&scratch);
}

/* {"k": text, "k": text} has a key twice, whatever the text has. */
static void check_doubled(const uint8_t *data, size_t size)
{
	struct bytes text = { 0 }, scratch = { 0 };

	bytes_add_text(&text, "{\"k\":");
	bytes_add(&text, data, size);
	bytes_add_text(&text, ",\"\\u006b\":");
	bytes_add(&text, data, size);
	bytes_add_text(&text, "}");
	check(json_look(text.data, text.size, &scratch) == JSON_DOUBLED || size >= JSON_DEPTH_MOST);
	bytes_close(&text);
	bytes_close(&scratch);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bytes scratch = { 0 };
	enum json_form form = json_look(data, size, &scratch);
	bool nul;

	check(scratch.size == 0 && !scratch.failed);
	if (form == JSON_NOT) {
		bytes_close(&scratch);
		return 0;
	}
	check(utf8_valid_nul(data, size, &nul) && !nul);
	if (data[size - 1] == '}' || data[size - 1] == ']' || data[size - 1] == '"')
		check(json_look(data, size - 1, &scratch) == JSON_NOT);
	check(json_top(data, size) <= JSON_OBJECT);
	check_wrapped(data, size, form);
	check_doubled(data, size);
	bytes_close(&scratch);
	return 0;
}
