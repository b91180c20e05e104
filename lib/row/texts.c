#include "row/texts.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/fault.h"
#include "base/print.h"

int texts_add(struct arena *arena, struct texts *texts, const char *text)
{
	enum { STEP = 16 };

	if (texts->count % STEP == 0) {
		const char **items = arena_array(arena, texts->count + STEP, sizeof(*items));

		if (items == NULL)
			return STATUS_IO;
		if (texts->count > 0)
			memcpy(items, texts->items, texts->count * sizeof(*items));
		texts->items = items;
	}
	texts->items[texts->count] = arena_text(arena, text);
	return texts->items[texts->count] == NULL ? STATUS_IO : (texts->count++, 0);
}

int texts_note(struct arena *arena, struct texts *texts, const char *format, ...)
{
	struct bytes visible = { 0 };
	char text[1024];
	va_list arguments;
	int status;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	print_visible(&visible, text, strlen(text));
	bytes_add_byte(&visible, '\0');
	status = visible.failed ? STATUS_IO :
		texts_add(arena, texts, (const char *)visible.data);
	bytes_close(&visible);
	return status;
}
