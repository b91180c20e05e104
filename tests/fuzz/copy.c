/*
 * Any type with any cell, in both forms.  What is taken has the shape that COPY asks for, and is
 * the same value when it is read again; what is refused leaves nothing behind.
 *
 * A column is: kind, two bytes of length, precision or fraction, one of scale, the cell's kind, a
 * byte of size, that many bytes (eight of a number); the first byte is the number of columns.
 */
#include <stdlib.h>

#include "base/utf8.h"
#include "wire/copy.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { COLUMNS_MOST = 8 };

struct input {
	const uint8_t *next;
	size_t left;
};

static void check(bool holds)
{
	if (!holds)
		abort();
}

static uint8_t take(struct input *input)
{
	if (input->left == 0)
		return 0;
	input->left--;
	return *input->next++;
}

static struct type take_type(struct input *input)
{
	struct type type = { .kind = (enum type_kind)(take(input) % (TYPE_OTHER + 1)) };
	const int32_t number = take(input) << 8 | take(input);
	const int32_t scale = (int8_t)take(input);

	type.fraction = number % 8 - 1;
	if (type.kind == TYPE_NUMERIC)
		type.precision = number % 1001;
	else if (type.kind == TYPE_VARCHAR || type.kind == TYPE_CHAR)
		type.length = number;
	type.scale = type.precision == 0 ? 0 : scale;
	type.name = "inet";
	return type;
}

static struct value take_value(struct input *input)
{
	struct value value = { .kind = (enum value_kind)(take(input) % (VALUE_BAD_UTF16 + 1)) };
	const size_t size = take(input);
	uint64_t bits = 0;

	value.size = (uint32_t)(size < input->left ? size : input->left);
	for (size_t i = 0; i < 8 && i < value.size; i++)
		bits = bits << 8 | input->next[i];
	if (value.kind == VALUE_BOOL)
		value.truth = bits & 1;
	else if (value.kind == VALUE_INTEGER)
		value.integer = (int64_t)bits;
	else if (value.kind == VALUE_REAL)
		memcpy(&value.real, &bits, sizeof(bits));
	else
		value.data = input->next;
	/* A text is UTF-8: that was checked when it was read. */
	if (value.kind == VALUE_TEXT && !utf8_valid(input->next, value.size))
		value.kind = VALUE_BAD_UTF8;
	input->next += value.size;
	input->left -= value.size;
	return value;
}

/* The digits of a numeric on the wire, a point where it belongs, without the zeros at the ends. */
static void check_numeric(const uint8_t *field, uint32_t size, const struct value *value)
{
	const uint32_t groups = (uint32_t)(field[0] << 8 | field[1]);
	const int32_t weight = (int16_t)(uint16_t)(field[2] << 8 | field[3]);
	const uint8_t *text = value->data, *end = text + value->size, *point;

	check(size == 8 + 2 * groups);
	if (field[4] >= 0xc0) {
		check(groups == 0);
		return;
	}
	check((field[4] == 0x40) == (*text == '-'));
	text += *text == '-';
	point = memchr(text, '.', (size_t)(end - text));
	if (point == NULL)
		point = end;
	for (uint32_t i = 0; i < 4 * groups; i++) {
		const uint32_t group = (uint32_t)(field[8 + i / 4 * 2] << 8 | field[9 + i / 4 * 2]);
		static const uint32_t units[] = { 1000, 100, 10, 1 };
		/* 1 is the digit before the point */
		const int64_t place = 4 * ((int64_t)weight + 1) - (int64_t)i;
		const uint8_t *at = place > 0 ? point - place : point + 1 - place;

		check(group <= 9999);
		check(group / units[i % 4] % 10 ==
			(at >= text && at < end ? (uint32_t)(*at - '0') : 0));
	}
}

static void check_field(const struct type *type, const struct value *value, const uint8_t *field,
	uint32_t size)
{
	switch (type->kind) {
	case TYPE_NUMERIC:
		check_numeric(field, size, value);
		break;
	case TYPE_TEXT:
	case TYPE_VARCHAR:
	case TYPE_CHAR:
	case TYPE_JSON:
	case TYPE_BYTEA:
	case TYPE_UUID:
		check(size == value->size && memcmp(field, value->data, size) == 0);
		break;
	case TYPE_INT8:
		check(size == 8 && (int64_t)get_u64(field) == value->integer);
		break;
	default:
		check(size == 1 || size == 2 || size == 4 || size == 8 || type->kind == TYPE_JSONB);
	}
}

static void check_binary(const struct copy *copy, const struct bytes *bytes,
	const struct value *cells)
{
	size_t at = 2;

	check(bytes->size >= 2 && (uint32_t)(bytes->data[0] << 8 | bytes->data[1]) == copy->count);
	for (uint32_t i = 0; i < copy->count; i++) {
		uint32_t size;

		check(bytes->size - at >= 4);
		size = get_u32(bytes->data + at);
		at += 4;
		check((size == UINT32_MAX) == (cells[i].kind == VALUE_NULL));
		if (size == UINT32_MAX)
			continue;
		check(size <= bytes->size - at);
		check_field(&copy->types[i], &cells[i], bytes->data + at, size);
		at += size;
	}
	check(at == bytes->size);
}

/* Unescaped, the fields of texts are the texts. */
static void check_text(const struct copy *copy, const struct bytes *bytes,
	const struct value *cells)
{
	static const char letters[] = "bfnrtv", meanings[] = "\b\f\n\r\t\v";
	uint32_t column = 0, done = 0;

	check(bytes->size > 0 && bytes->data[bytes->size - 1] == '\n');
	for (size_t i = 0; i + 1 < bytes->size; i++) {
		uint8_t c = bytes->data[i];

		check(c != '\n' && c != '\r' && c != 0);
		if (c == '\t') {
			column++;
			done = 0;
			continue;
		}
		if (c == '\\') {
			const char *letter;

			c = bytes->data[++i];
			letter = strchr(letters, c);
			check(i + 1 < bytes->size && (c == '\\' || c == 'N' || letter != NULL));
			if (c == 'N')
				continue;
			c = letter == NULL ? c : (uint8_t)meanings[letter - letters];
		}
		check(column < copy->count);
		if (cells[column].kind == VALUE_TEXT)
			check(done < cells[column].size && cells[column].data[done++] == c);
	}
	check(column + 1 == copy->count || copy->count == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input input = { .next = data, .left = size };
	struct type types[COLUMNS_MOST];
	struct value cells[COLUMNS_MOST];
	struct copy copy = { .types = types, .count = take(&input) % (COLUMNS_MOST + 1) };
	struct bytes bytes = { 0 };

	for (uint32_t i = 0; i < copy.count; i++) {
		types[i] = take_type(&input);
		cells[i] = take_value(&input);
	}
	for (int form = COPY_TEXT; form <= COPY_BINARY; form++) {
		copy.form = (enum copy_form)form;
		bytes_clear(&bytes);
		if (!copy_row(&copy, &bytes, cells))
			check(bytes.size == 0 && copy.why != NULL && copy.column < copy.count);
		else if (form == COPY_BINARY)
			check_binary(&copy, &bytes, cells);
		else
			check_text(&copy, &bytes, cells);
	}
	bytes_close(&bytes);
	return 0;
}
