/*
 * What the tests of lib/wire and lib/flow share: numbers from a fixed seed, values, a definition.
 */
#ifndef ROWPIPE_SAMPLE_H
#define ROWPIPE_SAMPLE_H

#include <math.h>
#include <string.h>

#include "base/bytes.h"
#include "base/fault.h"
#include "row/value.h"
#include "test.h"
#include "wire/payload.h"

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

static uint64_t sample_state = 0x9e3779b97f4a7c15;

/* xorshift64*: the same numbers in every run. */
static inline uint64_t sample_random(void)
{
	sample_state ^= sample_state >> 12;
	sample_state ^= sample_state << 25;
	sample_state ^= sample_state >> 27;
	return sample_state * 0x2545f4914f6cdd1d;
}

static inline uint64_t sample_below(uint64_t limit)
{
	return sample_random() % limit;
}

/* Any size of magnitude: each number of bits is as likely as any other. */
static inline uint64_t sample_bits(void)
{
	return sample_random() >> sample_below(64);
}

/* Well-formed text for data of exactly this size: characters of one to four bytes. */
static inline void sample_text(uint8_t *to, size_t size)
{
	static const char *const letters[] = { "a", "\xc3\xb6", "\xe2\x82\xac",
		"\xf0\x9f\x98\x80" };

	while (size > 0) {
		size_t length = 1 + sample_below(size < 4 ? size : 4);

		memcpy(to, letters[length - 1], length);
		to += length;
		size -= length;
	}
}

/* A value of any kind; its data, at most room bytes, goes to `data`. */
static inline struct value sample_value(uint8_t *data, size_t room)
{
	struct value value = { .kind = (enum value_kind)sample_below(8) };
	uint64_t bits = sample_bits();

	switch (value.kind) {
	case VALUE_NULL:
		break;
	case VALUE_BOOL:
		value.truth = bits & 1;
		break;
	case VALUE_INTEGER:
		value.integer = sample_below(2) ? (int64_t)(bits >> 1) : -(int64_t)(bits >> 1) - 1;
		break;
	case VALUE_REAL:
		bits = sample_random();
		memcpy(&value.real, &bits, sizeof(bits));
		if (isnan(value.real))
			value.real = __builtin_nan("");
		break;
	default:
		value.size = (uint32_t)sample_below(sample_below(8) && room > 40 ? 40 : room);
		value.data = data;
		if (value.kind == VALUE_TEXT)
			sample_text(data, value.size);
		else
			for (uint32_t i = 0; i < value.size; i++)
				data[i] = (uint8_t)sample_random();
	}
	return value;
}

static inline bool same_value(const struct value *a, const struct value *b)
{
	if (a->kind != b->kind)
		return false;
	switch (a->kind) {
	case VALUE_NULL:
		return true;
	case VALUE_BOOL:
		return a->truth == b->truth;
	case VALUE_INTEGER:
		return a->integer == b->integer;
	case VALUE_REAL:
		return memcmp(&a->real, &b->real, sizeof(a->real)) == 0;
	default:
		return a->size == b->size &&
			(a->size == 0 || memcmp(a->data, b->data, a->size) == 0);
	}
}

static inline struct value text_value(const char *text)
{
	struct value value = { .kind = VALUE_TEXT, .size = (uint32_t)strlen(text) };

	value.data = (const uint8_t *)text;
	return value;
}

static inline struct value integer_value(int64_t integer)
{
	return (struct value){ .kind = VALUE_INTEGER, .integer = integer };
}

/* Fills a struct by its table of fields; of those that may be left out, `chance` in 8 are there. */
static inline void sample_record(struct arena *arena, const struct record *record, void *to,
	unsigned chance);
static inline void sample_field(struct arena *arena, const struct field *field, char *at,
	unsigned chance);

static inline const char *sample_word(struct arena *arena)
{
	uint8_t text[24];
	size_t size = sample_below(sample_below(4) ? 4 : sizeof(text));

	sample_text(text, size);
	return arena_copy(arena, text, size);
}

static inline void sample_list(struct arena *arena, const struct field *field, char *at,
	unsigned chance)
{
	size_t count = 1 + sample_below(3), size = field->kind == FIELD_TEXTS ? sizeof(char *) :
		field->record->size;
	char *items = arena_array(arena, count, size);

	for (size_t i = 0; i < count; i++) {
		if (field->kind == FIELD_TEXTS) {
			((const char **)(void *)items)[i] = sample_word(arena);
			continue;
		}
		sample_record(arena, field->record, items + i * size, chance);
		/* An item says something. */
		sample_field(arena, field->record->fields,
			items + i * size + field->record->fields->offset, chance);
	}
	memcpy(at, &items, sizeof(items));
	if (field->kind != FIELD_ONE)
		memcpy(at + sizeof(items), &count, sizeof(count));
}

static inline void sample_field(struct arena *arena, const struct field *field, char *at,
	unsigned chance)
{
	uint64_t bits = (sample_bits() >> 1) + 1;
	uint32_t narrow = (uint32_t)bits | 1;
	const char *text;

	switch (field->kind) {
	case FIELD_FLAG:
		*at = 1;
		break;
	case FIELD_U32:
		memcpy(at, &narrow, sizeof(narrow));
		break;
	case FIELD_TEXT:
		text = sample_word(arena);
		memcpy(at, &text, sizeof(text));
		break;
	case FIELD_TEXTS:
	case FIELD_ONE:
	case FIELD_MANY:
		sample_list(arena, field, at, chance);
		break;
	case FIELD_HASH:
		for (int i = 0; i < 16; i++)
			at[i] = (char)(sample_random() | 1);
		break;
	case FIELD_NAMED:
		for (uint32_t i = 0; i < field->limit; i++)
			if (i == 0 || sample_below(8) < chance)
				memcpy(at + i * sizeof(bits), &bits, sizeof(bits));
		break;
	case FIELD_INTEGER:
		bits = sample_below(2) ? bits : -bits;
		memcpy(at, &bits, sizeof(bits));
		break;
	default: /* FIELD_COUNT, FIELD_REAL (a small one then), FIELD_OFFSET */
		bits &= INT64_MAX;
		bits |= field->kind != FIELD_REAL;
		bits %= field->kind == FIELD_REAL ? 0x7ff0000000000000 : UINT64_MAX;
		bits += bits == 0;
		memcpy(at, &bits, sizeof(bits));
	}
}

static inline void sample_record(struct arena *arena, const struct record *record, void *to,
	unsigned chance)
{
	memset(to, 0, record->size);
	for (uint32_t i = 0; i < record->count; i++) {
		const struct field *field = &record->fields[i];

		if ((field->flags & FIELD_MUST) || sample_below(8) < chance)
			sample_field(arena, field, (char *)to + field->offset, chance);
	}
}

/* Exactly this fault; and forgets it, so that the next one can be set. */
static inline bool says(struct fault *fault, int status, const char *text)
{
	bool same = fault->status == status && strcmp(fault->text, text) == 0;

	if (!same)
		printf("# %d \"%s\", not %d \"%s\"\n", fault->status, fault->text, status, text);
	*fault = (struct fault){ 0 };
	return same;
}

/* The same, where the text only has to be in it. */
static inline bool speaks_of(struct fault *fault, int status, const char *words)
{
	bool found = fault->status == status && strstr(fault->text, words) != NULL;

	if (!found)
		printf("# %d \"%s\", not %d \"%s\"\n", fault->status, fault->text, status, words);
	*fault = (struct fault){ 0 };
	return found;
}

/* HELLO of a stream whose id is 16 times one byte. */
static inline struct hello sample_hello(uint8_t id)
{
	struct hello hello = { .version = STREAM_VERSION };

	memset(hello.stream, id, sizeof(hello.stream));
	return hello;
}

/* A table "t" of up to four raw columns. */
static inline struct table sample_table(uint32_t number, size_t columns)
{
	static struct column list[] = {
		{ .source = "a", .name = "a", .type = "raw" },
		{ .source = "b", .name = "b", .type = "raw" },
		{ .source = "c", .name = "c", .type = "raw" },
		{ .source = "d", .name = "d", .type = "raw" },
	};

	return (struct table){ .number = number, .source = "t", .name = "t", .coverage = "whole",
		.columns = list, .column_count = columns };
}

#endif
