/* Binary COPY to cells: to the byte, in pieces, and as the inverse of copy.c. */
#include "wire/uncopy.h"

#include "base/number.h"
#include "sample.h"
#include "wire/copy.h"
#include "wire/pack.h"

#define HEAD         "PGCOPY\n\377\r\n\0\0\0\0\0\0\0\0\0"
#define PLAIN(k)     { .kind = k, .fraction = -1 }
#define WIRE(b)      b, sizeof(b) - 1

/* Cells as JSON, so that an example can be read. */
struct example {
	struct type type;
	const char *bytes;
	size_t size;
	const char *json; /* NULL: it is refused */
};

static const char *why;

static bool gives(const struct example *example, size_t piece)
{
	struct uncopy uncopy = { .types = &example->type, .count = 1 };
	struct bytes wire = { 0 }, json = { 0 };
	enum uncopy_result result = UNCOPY_MORE;
	struct value cell = { .kind = VALUE_NULL };
	size_t at = 0;
	bool same;

	bytes_add(&wire, HEAD, 19);
	bytes_add(&wire, example->bytes, example->size);
	while (result == UNCOPY_MORE && at < wire.size) {
		size_t size = wire.size - at < piece ? wire.size - at : piece;

		uncopy_feed(&uncopy, wire.data + at, size);
		at += size;
		result = uncopy_row(&uncopy, &cell);
	}
	why = uncopy.why;
	if (result == UNCOPY_ROW)
		value_json(&json, &cell);
	bytes_add_byte(&json, 0);
	same = example->json == NULL ? result == UNCOPY_ILL && why != NULL :
		result == UNCOPY_ROW && strcmp((const char *)json.data, example->json) == 0;
	if (!same)
		printf("# type %d: %s (%s)\n", (int)example->type.kind, (const char *)json.data,
			why == NULL ? "" : why);
	uncopy_close(&uncopy);
	bytes_close(&wire);
	bytes_close(&json);
	return same;
}

static void check_all(const struct example *examples, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		CHECK(gives(&examples[i], SIZE_MAX));
		CHECK(gives(&examples[i], 1));
		CHECK(gives(&examples[i], 7));
	}
}

static void test_types(void)
{
	static const struct example examples[] = {
		{ PLAIN(TYPE_BOOL), WIRE("\0\1" "\0\0\0\1" "\1"), "true" },
		{ PLAIN(TYPE_BOOL), WIRE("\0\1" "\377\377\377\377"), "null" },
		{ PLAIN(TYPE_INT2), WIRE("\0\1" "\0\0\0\2" "\377\376"), "-2" },
		{ PLAIN(TYPE_INT4), WIRE("\0\1" "\0\0\0\4" "\0\0\1\2"), "258" },
		{ PLAIN(TYPE_INT8), WIRE("\0\1" "\0\0\0\10" "\200\0\0\0\0\0\0\0"),
			"-9223372036854775808" },
		{ PLAIN(TYPE_FLOAT4), WIRE("\0\1" "\0\0\0\4" "\077\300\0\0"), "1.5" },
		{ PLAIN(TYPE_FLOAT8), WIRE("\0\1" "\0\0\0\10" "\200\0\0\0\0\0\0\0"), "-0.0" },
		{ PLAIN(TYPE_TEXT), WIRE("\0\1" "\0\0\0\3" "a\tb"), "\"a\\tb\"" },
		{ PLAIN(TYPE_TEXT), WIRE("\0\1" "\0\0\0\0"), "\"\"" },
		{ PLAIN(TYPE_OTHER), WIRE("\0\1" "\0\0\0\3" "::1"), "\"::1\"" },
		{ PLAIN(TYPE_JSONB), WIRE("\0\1" "\0\0\0\3" "\1{}"), "\"{}\"" },
		{ PLAIN(TYPE_BYTEA), WIRE("\0\1" "\0\0\0\2" "\0\1"), "{\"bytes\":\"0001\"}" },
		{ PLAIN(TYPE_DATE), WIRE("\0\1" "\0\0\0\4" "\377\377\377\377"), "-1" },
		{ PLAIN(TYPE_TIMESTAMP), WIRE("\0\1" "\0\0\0\10" "\0\0\0\0\0\0\0\1"), "1" },
	};

	check_all(examples, COUNT(examples));
}

static void test_numeric(void)
{
	static const struct example examples[] = {
		{ PLAIN(TYPE_NUMERIC), WIRE("\0\1" "\0\0\0\10" "\0\0\0\0\0\0\0\0"), "\"0\"" },
		{ PLAIN(TYPE_NUMERIC), WIRE("\0\1" "\0\0\0\10" "\0\0\0\0\100\0\0\2"), "\"0.00\"" },
		{ PLAIN(TYPE_NUMERIC), WIRE("\0\1" "\0\0\0\14" "\0\2\0\0\0\0\0\2" "\0\1\023\210"),
			"\"1.50\"" },
		{ PLAIN(TYPE_NUMERIC),
			WIRE("\0\1" "\0\0\0\14" "\0\2\377\377\0\0\0\5" "\0\1\007\320"),
			"\"0.00012\"" },
		{ PLAIN(TYPE_NUMERIC), WIRE("\0\1" "\0\0\0\12" "\0\1\377\376\100\0\0\10" "\0\1"),
			"\"-0.00000001\"" },
		{ PLAIN(TYPE_NUMERIC), WIRE("\0\1" "\0\0\0\12" "\0\1\0\2\0\0\0\0" "\0\14"),
			"\"1200000000\"" },
		{ PLAIN(TYPE_NUMERIC), WIRE("\0\1" "\0\0\0\14" "\0\2\0\1\0\0\0\0" "\0\0\0\7"),
			"\"7\"" },
		{ PLAIN(TYPE_NUMERIC), WIRE("\0\1" "\0\0\0\10" "\0\0\0\0\300\0\0\0"), "\"NaN\"" },
		{ PLAIN(TYPE_NUMERIC), WIRE("\0\1" "\0\0\0\10" "\0\0\0\0\320\0\0\0"),
			"\"Infinity\"" },
		{ PLAIN(TYPE_NUMERIC), WIRE("\0\1" "\0\0\0\10" "\0\0\0\0\360\0\0\0"),
			"\"-Infinity\"" },
		{ PLAIN(TYPE_NUMERIC), WIRE("\0\1" "\0\0\0\7" "\0\0\0\0\0\0\0"), NULL },
		{ PLAIN(TYPE_NUMERIC), WIRE("\0\1" "\0\0\0\10" "\0\0\0\0\001\0\0\0"), NULL },
		{ PLAIN(TYPE_NUMERIC), WIRE("\0\1" "\0\0\0\10" "\0\1\0\0\0\0\0\0"), NULL },
		{ PLAIN(TYPE_NUMERIC),
			WIRE("\0\1" "\0\0\0\12" "\0\1\0\0\0\0\0\0" "\047\020"), NULL },
		{ PLAIN(TYPE_NUMERIC),
			WIRE("\0\1" "\0\0\0\14" "\0\2\0\0\0\0\0\1" "\0\1\023\211"), NULL },
		{ PLAIN(TYPE_NUMERIC), WIRE("\0\1" "\0\0\0\10" "\0\0\0\0\0\0\100\0"), NULL },
	};

	check_all(examples, COUNT(examples));
}

static void test_refused(void)
{
	static const struct example examples[] = {
		{ PLAIN(TYPE_BOOL), WIRE("\0\1" "\0\0\0\1" "\2"), NULL },
		{ PLAIN(TYPE_INT2), WIRE("\0\1" "\0\0\0\4" "\0\0\0\0"), NULL },
		{ PLAIN(TYPE_INT8), WIRE("\0\1" "\0\0\0\4" "\0\0\0\0"), NULL },
		{ PLAIN(TYPE_FLOAT8), WIRE("\0\1" "\0\0\0\4" "\0\0\0\0"), NULL },
		{ PLAIN(TYPE_TEXT), WIRE("\0\1" "\0\0\0\1" "\377"), NULL },
		{ PLAIN(TYPE_TEXT), WIRE("\0\1" "\0\0\0\1" "\0"), NULL },
		{ PLAIN(TYPE_JSONB), WIRE("\0\1" "\0\0\0\2" "\2{"), NULL },
		{ PLAIN(TYPE_JSONB), WIRE("\0\1" "\0\0\0\0"), NULL },
		{ PLAIN(TYPE_UUID), WIRE("\0\1" "\0\0\0\1" "1"), NULL },
		{ PLAIN(TYPE_RAW), WIRE("\0\1" "\0\0\0\1" "1"), NULL },
		{ PLAIN(TYPE_TEXT), WIRE("\0\2" "\0\0\0\0" "\0\0\0\0"), NULL },
		{ PLAIN(TYPE_TEXT), WIRE("\0\1" "\377\377\377\376"), NULL },
	};

	check_all(examples, COUNT(examples));
}

static void test_frame(void)
{
	static const struct type type = PLAIN(TYPE_TEXT);
	struct uncopy uncopy = { .types = &type, .count = 1 };
	struct value cell;

	uncopy_feed(&uncopy, HEAD "\377\377", 21);
	CHECK(!uncopy_complete(&uncopy));
	CHECK(uncopy_row(&uncopy, &cell) == UNCOPY_END && uncopy_complete(&uncopy));
	uncopy_feed(&uncopy, "", 1);
	CHECK(uncopy_row(&uncopy, &cell) == UNCOPY_ILL);
	uncopy = (struct uncopy){ .types = &type, .count = 1 };
	uncopy_feed(&uncopy, "PGCOPX", 6);
	CHECK(uncopy_row(&uncopy, &cell) == UNCOPY_ILL);
	uncopy = (struct uncopy){ .types = &type, .count = 1 };
	uncopy_feed(&uncopy, "PGCOPY\n\377\r\n\0\0\1\0\0\0\0\0\0", 19);
	CHECK(uncopy_row(&uncopy, &cell) == UNCOPY_ILL);
	uncopy = (struct uncopy){ .types = &type, .count = 1 };
	uncopy_feed(&uncopy, HEAD "\0\1", 21);
	CHECK(uncopy_row(&uncopy, &cell) == UNCOPY_MORE && !uncopy_complete(&uncopy));
	uncopy_close(&uncopy);
}

/* --- the inverse of copy.c -------------------------------------------------------------------- */

static struct type random_type(void)
{
	static const enum type_kind kinds[] = { TYPE_BOOL, TYPE_INT2, TYPE_INT4, TYPE_INT8,
		TYPE_FLOAT4, TYPE_FLOAT8, TYPE_NUMERIC, TYPE_TEXT, TYPE_VARCHAR, TYPE_CHAR,
		TYPE_JSON, TYPE_JSONB, TYPE_BYTEA, TYPE_UUID, TYPE_DATE, TYPE_TIME, TYPE_TIMESTAMP,
		TYPE_TIMESTAMPTZ };

	return (struct type){ .kind = kinds[sample_below(COUNT(kinds))], .fraction = -1 };
}

/* In canonical form: what comes back is the same text. */
static void random_digits(struct bytes *to)
{
	static const char *const special[] = { "NaN", "Infinity", "-Infinity" };
	const size_t whole = sample_below(12) == 0 ? sample_below(1000) : sample_below(20);
	const size_t fraction = sample_below(12) == 0 ? sample_below(1000) : sample_below(12);
	const size_t start = to->size;
	bool zero = true;

	if (sample_below(20) == 0) {
		bytes_add_text(to, special[sample_below(3)]);
		return;
	}
	if (whole == 0)
		bytes_add_byte(to, '0');
	for (size_t i = 0; i < whole; i++)
		bytes_add_byte(to, (uint8_t)(i == 0 ? '1' + sample_below(9) :
			'0' + sample_below(10)));
	zero = whole == 0;
	if (fraction > 0)
		bytes_add_byte(to, '.');
	for (size_t i = 0; i < fraction; i++) {
		const uint8_t digit = (uint8_t)(sample_below(3) > 0 ? '0' :
			'0' + sample_below(10));

		zero &= digit == '0';
		bytes_add_byte(to, digit);
	}
	if (zero || sample_below(2) == 0)
		return;
	bytes_add_byte(to, 0);
	memmove(to->data + start + 1, to->data + start, to->size - 1 - start);
	to->data[start] = '-';
}

/* Its data is behind what `data` holds, which has room for all. */
static struct value random_cell(const struct type *type, struct bytes *data)
{
	const size_t start = data->size, size = sample_below(40);
	struct value value = { .kind = VALUE_INTEGER, .integer = (int64_t)sample_bits() };

	if (sample_below(8) == 0)
		return (struct value){ .kind = VALUE_NULL };
	switch (type->kind) {
	case TYPE_BOOL:
		return (struct value){ .kind = VALUE_BOOL, .truth = sample_below(2) };
	case TYPE_FLOAT4:
		return (struct value){ .kind = VALUE_REAL,
			.real = (double)(float)value.integer };
	case TYPE_FLOAT8:
		return (struct value){ .kind = VALUE_REAL,
			.real = 1.0 / (double)(value.integer | 1) };
	case TYPE_INT2:
		value.integer = (int16_t)value.integer;
		return value;
	case TYPE_INT4:
		value.integer = (int32_t)value.integer;
		return value;
	case TYPE_INT8:
		return value;
	case TYPE_DATE:
		value.integer = (int64_t)sample_below(100000) - 50000;
		return value;
	case TYPE_TIME:
	case TYPE_TIMESTAMP:
	case TYPE_TIMESTAMPTZ:
		value.integer = (int64_t)sample_below(86400000000);
		return value;
	case TYPE_NUMERIC:
		random_digits(data);
		break;
	case TYPE_UUID:
	case TYPE_BYTEA:
		for (size_t i = 0; i < (type->kind == TYPE_UUID ? 16 : size); i++)
			bytes_add_byte(data, (uint8_t)sample_random());
		break;
	default:
		sample_text(data->data + start, size);
		data->size += size;
	}
	value.kind = type->kind == TYPE_UUID || type->kind == TYPE_BYTEA ? VALUE_BYTES : VALUE_TEXT;
	value.data = data->data + start;
	value.size = (uint32_t)(data->size - start);
	return value;
}

static bool same_cells(const struct value *left, const struct value *right, uint32_t count)
{
	struct bytes a = { 0 }, b = { 0 };
	bool same;

	pack_row(&a, left, count);
	pack_row(&b, right, count);
	same = a.size == b.size && memcmp(a.data, b.data, a.size) == 0;
	bytes_close(&a);
	bytes_close(&b);
	return same;
}

static bool comes_back(void)
{
	enum { COLUMNS = 9, ROOM = COLUMNS * 2100 };
	struct type types[COLUMNS];
	struct value cells[COLUMNS], again[COLUMNS];
	struct copy copy = { .form = COPY_BINARY, .types = types,
		.count = (uint32_t)sample_below(COLUMNS + 1) };
	struct uncopy uncopy = { .types = types, .count = copy.count };
	struct bytes wire = { 0 }, data = { 0 };
	bool good;

	bytes_reserve(&data, ROOM);
	for (uint32_t i = 0; i < copy.count; i++) {
		types[i] = random_type();
		cells[i] = random_cell(&types[i], &data);
	}
	copy_begin(&copy, &wire);
	good = copy_row(&copy, &wire, cells) && copy_row(&copy, &wire, cells);
	copy_end(&copy, &wire);
	uncopy_feed(&uncopy, wire.data, wire.size);
	for (int i = 0; i < 2; i++)
		good = good && uncopy_row(&uncopy, again) == UNCOPY_ROW &&
			same_cells(cells, again, copy.count);
	good = good && uncopy_row(&uncopy, again) == UNCOPY_END;
	uncopy_close(&uncopy);
	bytes_close(&wire);
	bytes_close(&data);
	return good;
}

static void test_inverse(void)
{
	for (int i = 0; i < 20000; i++)
		if (!CHECK(comes_back()))
			return;
}

/* The longest that there is, beside others, so that the buffer grows under their digits. */
static void test_long(void)
{
	static const struct type types[] = { PLAIN(TYPE_NUMERIC), PLAIN(TYPE_NUMERIC),
		PLAIN(TYPE_NUMERIC) };
	struct copy copy = { .form = COPY_BINARY, .types = types, .count = 3 };
	struct uncopy uncopy = { .types = types, .count = 3 };
	struct bytes text = { 0 }, wire = { 0 };
	struct value cells[3], again[3];

	for (size_t i = 0; i < 131072; i++)
		bytes_add_byte(&text, (uint8_t)('1' + i % 9));
	bytes_add_byte(&text, '.');
	for (size_t i = 0; i < 16383; i++)
		bytes_add_byte(&text, (uint8_t)('0' + i % 10));
	cells[0] = (struct value){ .kind = VALUE_TEXT, .size = 4, .data = (const uint8_t *)"1.50" };
	cells[1] = (struct value){ .kind = VALUE_TEXT, .size = (uint32_t)text.size,
		.data = text.data };
	cells[2] = cells[1];
	copy_begin(&copy, &wire);
	CHECK(copy_row(&copy, &wire, cells));
	uncopy_feed(&uncopy, wire.data, wire.size);
	CHECK(uncopy_row(&uncopy, again) == UNCOPY_ROW && same_cells(cells, again, 3));
	uncopy_close(&uncopy);
	bytes_close(&text);
	bytes_close(&wire);
}

int main(void)
{
	static const struct test tests[] = {
		{ "types", test_types }, { "numeric", test_numeric }, { "refused", test_refused },
		{ "frame", test_frame }, { "inverse", test_inverse }, { "long", test_long }
	};

	return test_run(tests, COUNT(tests));
}
