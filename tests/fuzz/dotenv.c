/*
 * Any bytes as a .env file.  Nothing may crash or take long; a value is a text that is not too
 * long; what cannot be understood has a line.
 */
#include "check.h"

#include "db/dotenv.h"

static void check_line(const struct dotenv *dotenv, size_t place)
{
	const struct dotenv_line *line = &dotenv->lines[place];
	struct fault fault = { 0 };
	const char *value = dotenv_own(dotenv, line->name, &fault);

	EXPECT(*line->name != '\0' && line->number > 0 && strchr(line->name, '=') == NULL);
	EXPECT(dotenv_has(dotenv, line->name));
	EXPECT(line->quote == '\0' || strchr("'\"`", line->quote) != NULL);
	EXPECT(value == NULL || (*value != '\0' && strlen(value) <= DOTENV_VALUE_MOST));
	EXPECT(fault.status == 0 || fault.status == STATUS_USAGE);
	EXPECT(fault.status == 0 || strncmp(fault.text, "file, line ", 11) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena arena = { 0 };
	struct dotenv dotenv;
	struct fault fault = { 0 };

	dotenv_read(&arena, "file", data, size, &dotenv, &fault);
	EXPECT((fault.status == STATUS_USAGE) == (memchr(data, 0, size) != NULL));
	for (size_t i = 0; i < dotenv.count && i < 100; i++)
		check_line(&dotenv, i);
	arena_close(&arena);
	return 0;
}
