/* What a column holds, beside the type that it must become: how, and what is told if it cannot. */
#include "row/adapt.h"

#include <stdlib.h>
#include <string.h>

#include "row/print_plan.h"
#include "test.h"

static struct arena arena;
static struct bytes scratch;

/* 'text', x16 (so many zero bytes), null, 1, 1.5 */
static void add(struct profile *profile, const char *item)
{
	static const uint8_t zeros[64];
	struct value value = { .kind = VALUE_NULL };

	if (*item == '\'')
		value = (struct value){ .kind = VALUE_TEXT, .size = (uint32_t)strlen(item) - 2,
			.data = (const uint8_t *)item + 1 };
	else if (*item == 'x')
		value = (struct value){ .kind = VALUE_BYTES, .size = (uint32_t)atoi(item + 1),
			.data = zeros };
	else if (strchr(item, '.') != NULL)
		value = (struct value){ .kind = VALUE_REAL, .real = strtod(item, NULL) };
	else if (*item != 'n')
		value = (struct value){ .kind = VALUE_INTEGER, .integer = atoll(item) };
	profile_add(profile, &value, &scratch);
}

static const struct sample {
	const char *declared;
	const char *values;  /* separated by semicolons; NULL: no profile */
	const char *type;    /* "!" behind it: NOT NULL; "+": a zone is given */
	const char *words;
	const char *trouble; /* NULL: none */
} samples[] = {
	{ "INT", "1;2", "bigint", "bigint", NULL },
	{ "INT", "1;2", "smallint", "smallint", NULL },
	{ "INT", "1;40000", "smallint", "smallint", "40000 is a number beyond smallint; change" },
	{ "INT", "0;1", "boolean", "boolean", NULL },
	{ "INT", "0;2", "boolean", "boolean", "2 is an integer other than 0 and 1; change them" },
	{ "TEXT", "'t';'false'", "boolean", "boolean", NULL },
	{ "TEXT", "'t';''", "boolean", "boolean", "1 of 2 texts does not fit boolean; the plan "
		"line that takes them: t.c -> … boolean nullify ''" },
	{ "REAL", "1.0;2.0", "integer", "integer", NULL },
	{ "REAL", "1.5", "integer", "integer", "1.5 is a real that is no integer; change" },
	{ "TEXT", "'007'", "integer", "integer", "1 text does not fit integer; the plan line that "
		"may take them: t.c -> … integer loose" },
	{ "TEXT", "'007';''", "integer", "integer", "1 of 2 texts does not fit integer; the plan "
		"line that may take them: t.c -> … integer loose nullify ''" },
	{ "TEXT", "'a'", "integer", "integer", "1 text does not fit integer; the plan line" },
	{ "REAL", "0.25", "numeric(3,2)", "numeric(3,2)", NULL },
	{ "REAL", "0.125", "numeric(3,2)", "numeric(3,2)", "0.125 is a number with too many "
		"digits behind the point; the plan line that may take them: t.c -> … "
		"numeric(3,2) round" },
	{ "TEXT", "null;'a'", "text", "text", NULL },
	{ "TEXT", "null;'a'", "text!", "text", "1 value is NULL, and the target's column is NOT "
		"NULL" },
	{ "TEXT", "null;null;'a'", "text!", "text", "2 values are NULL" },
	{ "TEXT", "'abc'", "varchar(3)", "varchar(3)", NULL },
	{ "TEXT", "'abcd'", "varchar(3)", "varchar(3)", "the longest text has 4 characters, and "
		"the target's column has room for 3;" },
	{ "TEXT", "'äöü'", "varchar(3)", "varchar(3)", NULL },
	{ "TEXT", "'abcd'", "char(3)", "char(3)", "the longest text has 4 characters" },
	/* times */
	{ "DATETIME", "1700000000123;1700000000456", "timestamp(3)",
		"timestamp(3) epoch_ms", NULL },
	{ "INTEGER", "1700000000;1700000001", "timestamptz", "timestamptz epoch_s", NULL },
	{ "INTEGER", "20240102", "date", "date compact", NULL },
	{ "INTEGER", "5", "timestamp", "timestamp", "5 is an integer, and nothing says which time "
		"it is; say what the numbers count, as in the plan line: t.c -> … timestamp "
		"epoch_s, or: t.c -> … timestamp epoch_ms" },
	{ "TEXT", "'2024-01-02 03:04:05'", "timestamp", "timestamp", NULL },
	{ "TEXT", "'2024-01-02 03:04:05.1234567'", "timestamp", "timestamp", "1 text does not fit "
		"timestamp; the plan line that may take them: t.c -> … timestamp round" },
	{ "TEXT", "'2024-01-02 03:04:05Z'", "timestamptz", "timestamptz", NULL },
	{ "TEXT", "'2024-01-02 03:04:05'", "timestamptz", "timestamptz", "1 time has no offset, "
		"and the target's column is timestamptz; say in which zone they are: "
		"--timezone UTC" },
	{ "TEXT", "'2024-01-02 03:04:05'", "timestamptz+", "timestamptz", NULL },
	{ "TEXT", "'2024-01-02';'2024-01-03 00:00:00Z'", "timestamptz", "timestamptz",
		"1 time has" },
	{ "TEXT", "'2024-01-02'", "date", "date", NULL },
	{ "TEXT", "'2024-01-02 00:00:00'", "date", "date loose", NULL },
	{ "TEXT", "'2000-01-01 01:02:03'", "time", "time loose", NULL },
	{ "TEXT", "'01:02:03'", "time", "time", NULL },
	/* all else */
	{ "CHAR(32)", "'0123456789abcdef0123456789abcdef'", "uuid", "uuid loose", NULL },
	{ "TEXT", "'01234567-89ab-cdef-0123-456789abcdef'", "uuid", "uuid", NULL },
	{ "BLOB", "x16", "uuid", "uuid", NULL },
	{ "GUID", "x16", "uuid", "uuid", "the order of a GUID's 16 bytes is not known; the plan "
		"line that takes them as they stand: t.c -> … uuid" },
	{ "BLOB", "x15", "uuid", "uuid loose", "1 blob does not fit uuid; change" },
	{ "TEXT", "'{\"a\":1}'", "jsonb", "jsonb", NULL },
	{ "TEXT", "'{'", "jsonb", "jsonb", "1 text does not fit jsonb; change them" },
	{ "BIGINT", "-1;5", "interval", "interval epoch_us", NULL },
	{ "BIGINT", "1", "text[]", "text[]", "1 is an integer; change" },
	{ "TEXT", "'a'", "inet", "inet", NULL },
	{ "BIGINT", NULL, "interval", "interval epoch_us", NULL },
	{ "TEXT", NULL, "uuid!", "uuid loose", NULL },
	{ "TEXT", NULL, "timestamptz", "timestamptz", NULL },
};

static struct profile *profile_of(const char *values)
{
	struct profile *profile = arena_alloc(&arena, sizeof(*profile));
	char *list = arena_text(&arena, values), *next = NULL;

	for (char *item = strtok_r(list, ";", &next); item != NULL;
	     item = strtok_r(NULL, ";", &next))
		add(profile, item);
	return profile;
}

static bool is_told(const struct texts *troubles, const char *trouble)
{
	if (trouble == NULL || troubles->count != 1)
		return trouble == NULL && troubles->count == 0;
	return strncmp(troubles->items[0], trouble, strlen(trouble)) == 0;
}

static void run(const struct sample *sample)
{
	struct column column = { .source = "c", .type = "raw", .declared = sample->declared };
	const struct table table = { .source = "t", .columns = &column, .column_count = 1 };
	const size_t size = strcspn(sample->type, "!+");
	struct adapt adapt = { .not_null = sample->type[size] == '!',
		.zoned = sample->type[size] == '+' };
	struct decision decision;
	struct texts troubles = { 0 };
	struct fault fault = { 0 };
	struct bytes words = { 0 };

	if (sample->values != NULL)
		column.profile = profile_of(sample->values);
	CHECK(type_parse(&arena, arena_copy(&arena, sample->type, size), &adapt.type));
	CHECK(adapt_choose(&arena, &table, &column, &adapt, &decision, &fault) == 0);
	CHECK((decision.remark != NULL) == (column.profile != NULL));
	plan_add_words(&words, &decision.conversion);
	bytes_add_byte(&words, '\0');
	CHECK(adapt_check(&arena, &table, &column, &adapt, &decision.conversion, &troubles,
		&fault) == 0);
	if (!CHECK(strcmp((const char *)words.data, sample->words) == 0) ||
		!CHECK(is_told(&troubles, sample->trouble)))
		printf("# %s %s as %s: %s, %s\n", sample->declared,
			sample->values == NULL ? "" : sample->values, sample->type,
			(const char *)words.data, troubles.count == 0 ? "no trouble" :
			troubles.items[0]);
	bytes_close(&words);
}

static void test_samples(void)
{
	for (size_t i = 0; i < sizeof(samples) / sizeof(samples[0]); i++)
		run(&samples[i]);
}

int main(void)
{
	static const struct test tests[] = { { "samples", test_samples } };
	int code = test_run(tests, sizeof(tests) / sizeof(tests[0]));

	arena_close(&arena);
	bytes_close(&scratch);
	return code;
}
