/*
 * Any bytes as an array in JSON, and as cells of types that are known by their name.  What becomes
 * an array is as PostgreSQL reads it: braces that close, as many commas as JSON has outside of
 * strings, and text in UTF-8.  The same comes out with blanks around it.
 */
#include "row/array.h"

#include <stdlib.h>

#include "base/json.h"
#include "base/utf8.h"
#include "row/convert.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds)
{
	if (!holds)
		abort();
}

/* Outside of strings: how deep it is at most and at its end, and how many commas there are. */
static size_t walk(const uint8_t *at, const uint8_t *end, char open, char close, size_t *commas)
{
	size_t depth = 0, most = 0;

	for (*commas = 0; at < end; at++) {
		if (*at == '"')
			for (at++; check(at < end), *at != '"'; at++)
				at += *at == '\\';
		check(*at != (uint8_t)close || depth > 0);
		depth += (*at == (uint8_t)open) - (size_t)(*at == (uint8_t)close);
		most = depth > most ? depth : most;
		*commas += *at == ',';
	}
	check(depth == 0);
	return most;
}

static void check_json(const uint8_t *data, size_t size)
{
	struct bytes array = { 0 }, again = { 0 }, padded = { 0 };
	size_t commas, wanted;
	const bool holds = array_from_json(&array, data, size);

	bytes_add_text(&padded, " \n");
	bytes_add(&padded, data, size);
	bytes_add_text(&padded, "\t");
	check(array_from_json(&again, padded.data, padded.size) == holds);
	check(again.size == array.size);
	if (holds) {
		check(array.size >= 2 && array.data[0] == '{');
		check(memcmp(array.data, again.data, array.size) == 0);
		check(utf8_valid(array.data, array.size));
		check(walk(array.data, array.data + array.size, '{', '}', &commas) ==
			walk(data, data + size, '[', ']', &wanted));
		check(commas == wanted);
	} else {
		check(array.size == 0);
	}
	bytes_close(&array);
	bytes_close(&again);
	bytes_close(&padded);
}

static void check_named(const char *type, enum reading_of_time reading, const struct value *value)
{
	const struct conversion conversion = { .type = { .kind = TYPE_OTHER, .name = type },
		.reading = reading, .round = reading % 2 == 0 };
	struct bytes scratch = { 0 };
	struct value cell;
	enum change change;
	const char *why = NULL;

	if (convert_value(&conversion, value, &cell, &scratch, &change, &why))
		check(cell.kind == VALUE_TEXT && utf8_valid(cell.data, cell.size) &&
			(cell.size == 0 || memchr(cell.data, 0, cell.size) == NULL));
	else
		check(why != NULL);
	bytes_close(&scratch);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bytes scratch = { 0 };
	struct value value = { .kind = VALUE_BYTES, .size = (uint32_t)size, .data = data };

	if (json_look(data, size, &scratch) != JSON_NOT)
		check_json(data, size);
	bytes_close(&scratch);
	if (utf8_valid(data, size))
		value.kind = VALUE_TEXT;
	check_named("text[]", TIME_PLAIN, &value);
	check_named("interval", TIME_EPOCH_US, &value);
	if (size < sizeof(value.integer))
		return 0;
	memcpy(&value.integer, data, sizeof(value.integer));
	for (value.kind = VALUE_INTEGER; value.kind <= VALUE_REAL; value.kind++)
		for (int reading = TIME_PLAIN; reading < TIMES; reading++)
			check_named("interval(3)", (enum reading_of_time)reading, &value);
	return 0;
}
