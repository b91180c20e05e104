/* Intervals and arrays are texts that say what the source says in another way. */
#include <string.h>

#include "base/date.h"
#include "base/json_read.h"
#include "row/attest.h"
#include "row/attest_form.h"
#include "row/canonical_form.h"

/* What is left of a text. */
struct rest {
	const uint8_t *next;
	const uint8_t *end;
};

static struct rest rest_of(const uint8_t *data, size_t size)
{
	return (struct rest){ data, data + size };
}

static bool take(struct rest *rest, const void *text, size_t size)
{
	if ((size_t)(rest->end - rest->next) < size || memcmp(rest->next, text, size) != 0)
		return false;
	rest->next += size;
	return true;
}

static bool take_byte(struct rest *rest, char byte)
{
	return take(rest, &byte, 1);
}

/* As many digits as there are; false without any, and where the number is too long. */
static bool take_number(struct rest *rest, int64_t *number)
{
	const uint8_t *start = rest->next;

	*number = 0;
	while (rest->next < rest->end && *rest->next >= '0' && *rest->next <= '9')
		if (__builtin_mul_overflow(*number, 10, number) ||
			__builtin_add_overflow(*number, *rest->next++ - '0', number))
			return false;
	return rest->next > start;
}

/*
 * The cell's text to take apart: a policy may have changed bytes of it that are not ASCII, and
 * taken or escaped NUL, so it is without them then.
 */
static bool copy_text(struct attest *attest, const struct value *from, bool *mended,
	struct value *to)
{
	struct bytes *work = &attest->source->work;

	bytes_clear(work);
	*mended = from->kind == VALUE_BAD_UTF8 ||
		(from->size > 0 && memchr(from->data, '\0', from->size) != NULL);
	if (!*mended)
		bytes_add(work, from->data, from->size);
	else if (from->kind == VALUE_BAD_UTF8 ? attest->conversion.ill == ILL_REFUSE :
		attest->conversion.nul == NUL_REFUSE)
		return false;
	for (size_t i = 0; *mended && i < from->size; i++)
		if (from->data[i] != '\0' && from->data[i] < 0x80)
			bytes_add_byte(work, from->data[i]);
	*to = (struct value){ .kind = VALUE_TEXT, .size = (uint32_t)work->size };
	to->data = work->data;
	attest->source->scratch.failed |= work->failed;
	return !work->failed && work->size > 0;
}

/* --- intervals -------------------------------------------------------------------------------- */

/* [+-]h:mm:ss[.f], all of what is left */
static bool read_clock(struct rest *rest, int64_t *micros)
{
	const bool minus = take_byte(rest, '-');
	int64_t part[3], unit = DATE_SECOND;

	if (!minus)
		take_byte(rest, '+');
	for (int i = 0; i < 3; i++) {
		const uint8_t *start = rest->next;

		if ((i > 0 && !take_byte(rest, ':')) || !take_number(rest, &part[i]) ||
			(i > 0 && (part[i] > 59 || rest->next - start != 3)))
			return false;
	}
	if (part[0] > INT32_MAX)
		return false;
	*micros = ((part[0] * 60 + part[1]) * 60 + part[2]) * DATE_SECOND;
	if (take_byte(rest, '.'))
		for (; rest->next < rest->end && unit > 1; rest->next++) {
			if (*rest->next < '0' || *rest->next > '9')
				return false;
			unit /= 10;
			*micros += (*rest->next - '0') * unit;
		}
	*micros = minus ? -*micros : *micros;
	return rest->next == rest->end && rest->end[-1] != '.';
}

/* hh:mm:ss[.f]; [-]N day[s], with a clock or without one */
static bool read_interval(const struct value *text, int64_t *micros)
{
	struct rest rest = rest_of(text->data, text->size);
	int64_t days, clock = 0;
	bool minus;

	if (read_clock(&rest, micros))
		return true;
	rest = rest_of(text->data, text->size);
	minus = take_byte(&rest, '-');
	if (!take_number(&rest, &days) || !take(&rest, " day", 4))
		return false;
	take_byte(&rest, 's');
	if (rest.next < rest.end && (!take_byte(&rest, ' ') || !read_clock(&rest, &clock)))
		return false;
	return !__builtin_mul_overflow(minus ? -days : days, DATE_DAY, micros) &&
		!__builtin_add_overflow(*micros, clock, micros);
}

static bool micros_of_number(const struct attest *attest, const struct value *from, int64_t *micros)
{
	static const int64_t units[TIMES] = { [TIME_EPOCH_S] = 1000000, [TIME_EPOCH_MS] = 1000,
		[TIME_EPOCH_US] = 1, [TIME_EPOCH_NS] = 1 };
	const enum reading_of_time reading = attest->conversion.reading;
	const int64_t unit = units[reading];
	int64_t number = from->integer;

	if (from->kind == VALUE_REAL) {
		if (!(from->real > -0x1p63 && from->real < 0x1p63))
			return false;
		number = (int64_t)from->real;
		if ((double)number != from->real)
			return unit > 1 && date_from_real(from->real, (double)unit, micros);
	}
	if (reading == TIME_EPOCH_NS && number % 1000 != 0)
		return false;
	return unit != 0 && !__builtin_mul_overflow(number / (reading == TIME_EPOCH_NS ? 1000 : 1),
		unit, micros);
}

/* A date with a time of day; read as canonical reads them, since 2000. */
static bool micros_of_stamp(const struct value *from, int64_t *micros)
{
	struct canonical stamp = { .to = TYPE_TIMESTAMP };
	struct value form;

	if (from->size < sizeof("YYYY-MM-DD hh:mm") - 1 || !canonical_stamp(&stamp, from, &form))
		return false;
	return !__builtin_add_overflow(form.integer, DATE_UNIX * DATE_SECOND, micros);
}

/* d.hh:mm:ss[.f] becomes d days hh:mm:ss[.f]: a sign is that of both. */
static enum attested attest_net(const struct value *from, const struct value *to)
{
	struct rest rest = rest_of(from->data, from->size), typed = rest_of(to->data, to->size);
	const bool minus = take_byte(&rest, '-');
	const uint8_t *days = rest.next, *clock, *end;
	int64_t number;

	if (!take_number(&rest, &number) || !take_byte(&rest, '.'))
		return ATTEST_UNSAID;
	clock = rest.next;
	for (int i = 0; i < 3; i++)
		if ((i > 0 && !take_byte(&rest, ':')) || !take_number(&rest, &number))
			return ATTEST_UNSAID;
	end = rest.end;
	if (rest.next < end && !take_byte(&rest, '.'))
		return ATTEST_UNSAID;
	return (!minus || take_byte(&typed, '-')) &&
		take(&typed, days, (size_t)(clock - 1 - days)) && take(&typed, " days ", 6) &&
		(!minus || take_byte(&typed, '-')) && take(&typed, clock, (size_t)(end - clock)) &&
		typed.next == typed.end ? ATTEST_YES : ATTEST_NO;
}

enum attested attest_interval(struct attest *attest, const struct value *from,
	const struct value *to)
{
	struct value text;
	int64_t micros, found;
	bool number, known, mended;

	if (to->kind != VALUE_TEXT || from->kind == VALUE_BAD_UTF16)
		return ATTEST_UNSAID;
	number = from->kind == VALUE_INTEGER || from->kind == VALUE_REAL;
	known = number ? micros_of_number(attest, from, &micros) :
		from->kind == VALUE_TEXT && micros_of_stamp(from, &micros);
	if (!number && !known)
		return from->kind >= VALUE_TEXT && copy_text(attest, from, &mended, &text) ?
			attest_net(&text, to) : ATTEST_UNSAID;
	if (known && (!attest->rounds || attest_round_micros(attest, &micros)) &&
		read_interval(to, &found) && found == micros)
		return ATTEST_YES;
	return number ? ATTEST_NO : ATTEST_UNSAID;
}

/* --- arrays ----------------------------------------------------------------------------------- */

enum { DEPTH_MOST = 6 };

/* "a \"b\" \\": what stands in it is left where it is, in place of the escapes. */
static bool same_string(struct bytes *work, const struct json_read_value *item, struct rest *typed,
	bool mended)
{
	const struct value text = { .kind = VALUE_TEXT, .size = (uint32_t)item->size,
		.data = item->data };
	struct value found = { .kind = VALUE_TEXT };

	bytes_clear(work);
	if (!take_byte(typed, '"'))
		return false;
	while (typed->next < typed->end && *typed->next != '"') {
		typed->next += *typed->next == '\\';
		if (typed->next == typed->end)
			return false;
		bytes_add_byte(work, *typed->next++);
	}
	found.size = (uint32_t)work->size;
	found.data = work->data;
	if (!take_byte(typed, '"') || work->failed)
		return false;
	if (mended)
		return attest_keeps_plain(&text, &found);
	return text.size == found.size &&
		(text.size == 0 || memcmp(text.data, found.data, text.size) == 0);
}

static bool same_item(struct bytes *work, const struct json_read_value *item, struct rest *typed,
	bool mended)
{
	switch (item->kind) {
	case JSON_READ_NULL:
		return take(typed, "NULL", 4);
	case JSON_READ_TRUE:
		return take(typed, "true", 4);
	case JSON_READ_FALSE:
		return take(typed, "false", 5);
	case JSON_READ_NUMBER:
		return take(typed, item->data, item->size);
	case JSON_READ_TEXT:
		return same_string(work, item, typed, mended);
	default:
		return false;
	}
}

/* Behind the bracket that opened it. */
static bool same_items(struct json_reader *reader, struct bytes *work, struct rest *typed,
	bool mended)
{
	struct json_read_value item;
	size_t depth = 1;
	bool first = true;

	if (!take_byte(typed, '{'))
		return false;
	while (depth > 0) {
		if (!json_read_item(reader)) {
			if (reader->why != NULL || !take_byte(typed, '}'))
				return false;
			depth--;
			first = false;
			continue;
		}
		if ((!first && !take_byte(typed, ',')) || !json_read_value(reader, &item))
			return false;
		first = item.kind == JSON_READ_ARRAY;
		if (first ? depth++ == DEPTH_MOST || !take_byte(typed, '{') :
			!same_item(work, &item, typed, mended))
			return false;
	}
	return typed->next == typed->end && json_read_end(reader);
}

/* The whole of it is read, in bytes that are spoilt by that. */
static bool is_json(struct json_reader *reader)
{
	struct json_read_value value;
	size_t depth = 0;

	do {
		if (depth > 0 && !json_read_item(reader)) {
			if (reader->why != NULL)
				return false;
			depth--;
			continue;
		}
		if (!json_read_value(reader, &value) || value.kind == JSON_READ_OBJECT)
			return false;
		if (value.kind == JSON_READ_ARRAY)
			depth++;
		else if (depth == 0)
			return false;
	} while (depth > 0);
	return json_read_end(reader);
}

enum attested attest_array(struct attest *attest, const struct value *from,
	const struct value *to)
{
	struct bytes *work = &attest->typed->work;
	struct rest typed = rest_of(to->data, to->size);
	struct json_reader reader;
	struct value text;
	bool mended, same;

	if (to->kind != VALUE_TEXT || from->kind < VALUE_TEXT || from->kind == VALUE_BAD_UTF16 ||
		!copy_text(attest, from, &mended, &text))
		return ATTEST_UNSAID;
	reader = json_read_begin(attest->source->work.data, text.size);
	if (!is_json(&reader) || !copy_text(attest, from, &mended, &text))
		return ATTEST_UNSAID;
	reader = json_read_begin(attest->source->work.data, text.size);
	same = json_read_value(&reader, &(struct json_read_value){ 0 }) &&
		same_items(&reader, work, &typed, mended);
	attest->typed->scratch.failed |= work->failed;
	return same ? ATTEST_YES : ATTEST_NO;
}
