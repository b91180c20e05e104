/*
 * Any bytes as a cell of a column beside a column of another type.  The first two bytes choose the
 * types, the third how numbers are read and what the cell is.  Whatever comes out is a cell; made
 * canonical again beside its own type it stays what it is; JSON is JSON, of the same value,
 * whatever blanks stand in it; and nothing is allocated in proportion to more than the bytes.
 */
#include "check.h"

#include "base/json.h"
#include "base/utf8.h"
#include "row/canonical.h"
#include "wire/pack.h"

static const char *const names[] = { "raw", "bool", "int2", "int8", "float4", "float8", "numeric",
	"text", "char(3)", "json", "jsonb", "bytea", "uuid", "date", "time", "timestamp",
	"timestamptz", "inet" };

static struct value make_cell(unsigned kind, const uint8_t *data, size_t size)
{
	struct value cell = { .kind = kind % 8, .size = (uint32_t)size };
	uint64_t bits = 0;

	memcpy(&bits, data, size < 8 ? size : 8);
	if (cell.kind == VALUE_TEXT && !utf8_valid(data, size))
		cell.kind = VALUE_BAD_UTF8;
	if (cell.kind >= VALUE_TEXT)
		cell.data = data;
	else if (cell.kind == VALUE_BOOL)
		cell = (struct value){ .kind = VALUE_BOOL, .truth = bits & 1 };
	else
		memcpy(&cell.integer, &bits, sizeof(bits));
	return cell;
}

static bool same_bytes(const struct value *a, const struct value *b)
{
	struct bytes packed[2] = { { 0 } };
	bool same;

	pack_value(&packed[0], a);
	pack_value(&packed[1], b);
	same = packed[0].size == packed[1].size &&
		memcmp(packed[0].data, packed[1].data, packed[0].size) == 0;
	bytes_close(&packed[0]);
	bytes_close(&packed[1]);
	return same;
}

/* A cell in its form is in its form. */
static void check_again(const struct type *type, const struct value *cell)
{
	struct canonical forms[2];
	struct value to;
	const char *why;

	EXPECT(canonical_pair(type, type, NULL, &forms[0], &forms[1], &why));
	EXPECT(!canonical_cell(&forms[0], cell, &to) || same_bytes(cell, &to));
	canonical_close(&forms[0]);
}

/* JSON with blanks around it, alone and in an array. */
static void check_json(const uint8_t *data, size_t size)
{
	static const struct type jsonb = { .kind = TYPE_JSONB };
	struct canonical forms[2], wide[2];
	struct bytes scratch = { 0 }, text = { 0 };
	struct value one = { .kind = VALUE_TEXT, .size = (uint32_t)size }, other = one, a, b;
	const bool json = json_look(data, size, &scratch) != JSON_NOT;
	const char *why;

	one.data = data;
	bytes_add_text(&text, "\t ");
	bytes_add(&text, data, size);
	bytes_add_text(&text, "\r\n");
	other.data = text.data;
	other.size = (uint32_t)text.size;
	EXPECT(canonical_pair(&jsonb, &jsonb, NULL, &forms[0], &forms[1], &why));
	EXPECT(canonical_pair(&jsonb, &jsonb, NULL, &wide[0], &wide[1], &why));
	if (!canonical_cell(&forms[0], &one, &a))
		a = one;
	if (!canonical_cell(&wide[0], &other, &b))
		b = other;
	if (json) {
		EXPECT(a.kind == VALUE_TEXT && same_bytes(&a, &b));
		EXPECT(json_look(a.data, a.size, &scratch) == JSON_UNIQUE);
	}
	canonical_close(&forms[0]);
	canonical_close(&wide[0]);
	bytes_close(&scratch);
	bytes_close(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena arena = { 0 };
	struct canonical forms[2] = { { 0 } };
	struct canonical_hint hint = { 0 };
	struct type types[2];
	struct value cell, to;
	const char *why = NULL;

	if (size < 3)
		return 0;
	for (int i = 0; i < 2; i++)
		EXPECT(type_parse(&arena, names[data[i] % 18], &types[i]));
	hint.reading = data[2] / 8 % TIMES;
	hint.zoned = data[2] >= 128;
	hint.zone = hint.zoned ? 3600 : 0;
	cell = make_cell(data[2], data + 3, size - 3);
	if (utf8_valid(data + 3, size - 3))
		check_json(data + 3, size - 3);
	if (canonical_pair(&types[0], &types[1], &hint, &forms[0], &forms[1], &why)) {
		allocated_sum = 0;
		if (canonical_cell(&forms[0], &cell, &to)) {
			EXPECT(to.kind <= VALUE_BAD_UTF16 && to.kind != VALUE_NULL);
			EXPECT(to.kind != VALUE_TEXT || utf8_valid(to.data, to.size));
			if (to.kind != VALUE_BAD_UTF8)
				check_again(&types[1], &to);
		}
		/* A number of few bytes may have as many digits as numeric takes. */
		EXPECT(allocated_sum <= 1000000 + 200 * size);
	} else {
		EXPECT(why != NULL && *why != '\0');
	}
	canonical_close(&forms[0]);
	canonical_close(&forms[1]);
	arena_close(&arena);
	return 0;
}
