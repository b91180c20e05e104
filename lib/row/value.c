#include "row/value.h"

#include <math.h>

#include "base/number.h"
#include "base/print.h"

static void add_real(struct bytes *to, double real)
{
	char text[NUMBER_REAL_SIZE];

	number_format_real(text, real);
	if (isfinite(real))
		bytes_add_text(to, text);
	else
		bytes_format(to, "{\"real\":\"%s\"}", text);
}

static void add_hex(struct bytes *to, const char *key, const struct value *value)
{
	bytes_format(to, "{\"%s\":\"", key);
	print_hex(to, value->data, value->size);
	bytes_add_text(to, "\"}");
}

void value_json(struct bytes *to, const struct value *value)
{
	switch (value->kind) {
	case VALUE_NULL:
		bytes_add_text(to, "null");
		break;
	case VALUE_BOOL:
		bytes_add_text(to, value->truth ? "true" : "false");
		break;
	case VALUE_INTEGER:
		bytes_format(to, "%lld", (long long)value->integer);
		break;
	case VALUE_REAL:
		add_real(to, value->real);
		break;
	case VALUE_TEXT:
		print_json(to, value->data, value->size);
		break;
	case VALUE_BYTES:
		add_hex(to, "bytes", value);
		break;
	case VALUE_BAD_UTF8:
		add_hex(to, "utf8", value);
		break;
	case VALUE_BAD_UTF16:
		add_hex(to, "utf16", value);
		break;
	}
}
