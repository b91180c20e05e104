/* Decisions: what was declared and what is held, and what comes of it; foreign keys beside them. */
#include "row/choose.h"

#include <stdlib.h>
#include <string.h>

#include "row/print_plan.h"
#include "test.h"

static struct arena arena;
static struct bytes scratch;

/* A value by its spelling: 'text', x'6162', u'ff' (ill-formed), 1, 1.5, inf. */
static void add(struct profile *profile, const char *item)
{
	static uint8_t data[128];
	struct value value = { .kind = VALUE_TEXT, .data = data };
	const char *quote = strchr(item, '\'');

	if (quote == NULL) {
		value.kind = strpbrk(item, ".eif") != NULL ? VALUE_REAL : VALUE_INTEGER;
		if (value.kind == VALUE_REAL)
			value.real = strtod(item, NULL);
		else
			value.integer = strtoll(item, NULL, 10);
	} else if (quote == item) {
		value.size = (uint32_t)strlen(item) - 2;
		for (uint32_t i = 0; i < value.size; i++)
			data[i] = item[i + 1] == '$' ? '\0' : (uint8_t)item[i + 1];
	} else {
		value.kind = *item == 'x' ? VALUE_BYTES : VALUE_BAD_UTF8;
		for (quote++; *quote != '\''; quote += 2)
			sscanf(quote, "%2hhx", &data[value.size++]);
	}
	profile_add(profile, &value, &scratch);
}

/* Values are separated by semicolons. */
static struct profile *profile_of(const char *values)
{
	struct profile *profile = arena_alloc(&arena, sizeof(*profile));
	char *list = arena_text(&arena, values), *next = NULL;

	for (char *item = strtok_r(list, ";", &next); item != NULL;
	     item = strtok_r(NULL, ";", &next))
		add(profile, item);
	return profile;
}

static const char *words_of(const struct decision *decision)
{
	static struct bytes words;

	bytes_clear(&words);
	bytes_add_text(&words, decision->decide ? "! " : "");
	plan_add_words(&words, &decision->conversion);
	bytes_add_byte(&words, '\0');
	return (const char *)words.data;
}

static const struct choice_case {
	const char *declared;
	const char *values;
	const char *words;  /* "! " before it when it is to be decided */
	const char *better;
	const char *likely;
} cases[] = {
	/* integers */
	{ "INTEGER", "", "bigint", NULL, NULL },
	{ "INTEGER", "1;347", "bigint", NULL, NULL },
	{ "int unsigned", "1;4294967296", "bigint", NULL, NULL },
	{ "TINYINT(1)", "0;1", "smallint", NULL, NULL },
	{ "TINYINT(1)", "", "smallint", NULL, NULL },
	{ "SMALLINT", "-32768", "smallint", NULL, NULL },
	{ "SMALLINT", "32768", "integer", NULL, NULL },
	{ "MEDIUMINT", "2147483648", "bigint", NULL, NULL },
	{ "INT4", "5", "integer", NULL, NULL },
	{ "UNSIGNED BIG INT", "5", "bigint", NULL, NULL },
	{ "INTEGER", "5;1e19", "! numeric", NULL, NULL },
	{ "INTEGER", "5;'99999999999999999999999'", "! numeric", NULL, NULL },
	{ "INTEGER", "5;'abc'", "! text", NULL, NULL },
	{ "INTEGER", "5;''", "! text", "bigint nullify ''", NULL },
	{ "INTEGER", "5;''", "! text", "bigint nullify ''", NULL },
	{ "INTEGER", "5;x'00'", "! bytea", NULL, NULL },
	{ "INTEGER", "5;inf", "! double precision", NULL, NULL },
	{ "INTEGER", "9007199254740993;inf", "! numeric", NULL, NULL },
	{ "INTEGER", "'2020-01-01'", "! text", NULL, "date" },
	/* booleans */
	{ "BOOLEAN", "", "boolean", NULL, NULL },
	{ "bool", "0;1", "boolean", NULL, NULL },
	{ "BOOLEAN", "'true';'F'", "boolean", NULL, NULL },
	{ "BOOLEAN", "0;'true'", "! boolean", NULL, NULL },
	{ "BOOLEAN", "0;2", "! bigint", NULL, NULL },
	{ "BOOLEAN", "1;''", "! text", "boolean nullify ''", NULL },
	/* reals */
	{ "REAL", "1.5;-0.0", "double precision", NULL, NULL },
	{ "DOUBLE PRECISION", "", "double precision", NULL, NULL },
	{ "FLOAT(8)", "1.5;3", "double precision", NULL, NULL },
	{ "FLOAT", "1.5;9007199254740993", "! numeric", NULL, NULL },
	{ "REAL", "1.5;''", "! text", "double precision nullify ''", NULL },
	{ "REAL", "1.5;'12345678901234567890'", "! numeric", NULL, NULL },
	{ "REAL", "1.5;'x'", "! text", NULL, NULL },
	/* numeric */
	{ "NUMERIC", "", "numeric", NULL, NULL },
	{ "DECIMAL(10,2)", "", "numeric(10,2)", NULL, NULL },
	{ "DECIMAL(10,2)", "19.99;3;'1.50'", "! numeric(10,2)", NULL, NULL },
	{ "DECIMAL(10,2)", "19.99;3", "numeric(10,2)", NULL, NULL },
	{ "DECIMAL(10,2)", "19.999", "! numeric", NULL, NULL },
	{ "DECIMAL(4,2)", "100", "! numeric", NULL, NULL },
	{ "DECIMAL(2,4)", "1", "numeric", NULL, NULL },
	{ "DECIMAL(2000)", "1", "numeric", NULL, NULL },
	{ "NUMERIC(5)", "12345", "numeric(5,0)", NULL, NULL },
	{ "NUMERIC", "1;inf", "! double precision", NULL, NULL },
	{ "NUMERIC", "1.5;-0.0", "! double precision", NULL, NULL },
	{ "NUMERIC", "1;'abc'", "! text", NULL, NULL },
	{ "NUMERIC", "1;''", "! text", "numeric nullify ''", NULL },
	{ "MONEY", "5", "numeric", NULL, NULL },
	/* texts */
	{ "TEXT", "'a'", "text", NULL, NULL },
	{ "VARCHAR(2)", "'abc'", "text", NULL, NULL },
	{ "NVARCHAR(160)", "", "text", NULL, NULL },
	{ "BLOB_TEXT", "'a'", "text", NULL, NULL },
	{ "TEXT", "'a$b'", "! bytea", "text nul strip", NULL },
	{ "TEXT", "'a';u'ff'", "! bytea", "text utf8 latin1", NULL },
	{ "TEXT", "'a';x'ff'", "! bytea", NULL, NULL },
	{ "TEXT", "'a';x'61'", "! bytea", "text", NULL },
	{ "TEXT", "'a';1", "! text", NULL, NULL },
	{ "TEXT", "'{}'", "text", NULL, NULL },
	{ "TEXT", "'2020-01-01 00:00:00';''", "text", NULL, "timestamp nullify ''" },
	/* bytes */
	{ "BLOB", "", "bytea", NULL, NULL },
	{ "BLOB", "x'00'", "bytea", NULL, NULL },
	{ "BLOB", "'a'", "text", NULL, NULL },
	{ "BLOB", "'a';x'00'", "! bytea", NULL, NULL },
	{ "BLOB", "1", "bigint", NULL, NULL },
	{ "BLOB", "1;''", "! text", "bigint nullify ''", NULL },
	{ "BLOB", "x'30313233343536373839616263646566'", "bytea", NULL, NULL },
	{ "VARBINARY(8)", "", "bytea", NULL, NULL },
	/* times */
	{ "DATE", "", "date", NULL, NULL },
	{ "TIME", "", "time", NULL, NULL },
	{ "DATETIME", "", "timestamp", NULL, NULL },
	{ "TIMESTAMP WITH TIME ZONE", "", "timestamptz", NULL, NULL },
	{ "DATE", "'2020-01-01'", "date", NULL, NULL },
	{ "DATETIME", "'2020-01-01 10:00:00'", "timestamp", NULL, NULL },
	{ "DATETIME", "'2020-01-01 10:00:00';'2020-01-01'", "! timestamp", NULL, NULL },
	{ "DATETIME", "'2020-01-01 10:00:00Z'", "timestamptz", NULL, NULL },
	{ "DATETIME", "'2020-01-01 10:00:00Z';'2020-01-01 10:00'", "! timestamptz", NULL, NULL },
	{ "DATETIME", "'2020-01-01 10:00:00+02:00'", "timestamptz", NULL, NULL },
	{ "DATETIME", "1598313600000;'2020-01-01 10:00:00'", "timestamptz epoch_ms", NULL, NULL },
	{ "DATETIME", "1598313600;1727078780.5", "timestamptz epoch_s", NULL, NULL },
	{ "DATETIME", "1598313600;0", "timestamptz epoch_s", "timestamptz epoch_s nullify 0",
		NULL },
	{ "DATETIME", "1598313600;1598313600000", "! bigint", NULL, NULL },
	{ "DATETIME", "5;6", "! bigint", NULL, NULL },
	{ "DATETIME", "0", "! bigint", NULL, NULL },
	{ "TIMESTAMP", "700000000", "! bigint", NULL, NULL },
	{ "TIMESTAMP", "13300000000000000", "timestamptz webkit_us", NULL, NULL },
	{ "DATE", "20200101", "date compact", NULL, NULL },
	{ "DATETIME", "20200101120000", "timestamp compact", NULL, NULL },
	{ "DATE", "2458849.5", "! double precision", NULL, "timestamptz julian" },
	{ "DATE", "'2020-01-01';''", "! text", "date nullify ''", NULL },
	{ "DATE", "'2020-01-01';0", "! text", "date nullify 0", NULL },
	{ "DATE", "'2020-02-30'", "! text", NULL, NULL },
	{ "TIME", "'10:00'", "time", NULL, NULL },
	{ "TIME", "'10:00';'2020-01-01'", "! text", NULL, NULL },
	{ "DATETIME", "'2020-01-01 10:00:00';x'00'", "! bytea", NULL, NULL },
	/* json, uuid */
	{ "JSON", "'{\"a\":1}';5", "jsonb", NULL, NULL },
	{ "JSONB", "x'7b7d'", "jsonb", NULL, NULL },
	{ "JSON", "'{\"a\":1,\"a\":2}'", "json", NULL, NULL },
	{ "JSON", "'{}';''", "! text", "jsonb nullify ''", NULL },
	{ "JSON", "'[1';'{}'", "! text", NULL, NULL },
	{ "UUID", "'00112233-4455-6677-8899-aabbccddeeff'", "uuid", NULL, NULL },
	{ "UUID", "x'30313233343536373839616263646566'", "uuid", NULL, NULL },
	{ "GUID", "x'30313233343536373839616263646566'", "! bytea", "uuid", NULL },
	{ "UUID", "'00112233445566778899aabbccddeeff'", "! text", "uuid loose", NULL },
	{ "UUID", "'x'", "! text", NULL, NULL },
	/* none, and words that mean nothing */
	{ NULL, "", "text", NULL, NULL },
	{ NULL, "1", "bigint", NULL, NULL },
	{ "", "1.5", "double precision", NULL, NULL },
	{ "", "1;1.5", "numeric", NULL, NULL },
	{ "", "1;'1'", "! text", NULL, NULL },
	{ "", "x'00'", "bytea", NULL, NULL },
	{ "STRING", "", "text", NULL, NULL },
	{ "String(50)", "", "text", NULL, NULL },
	{ "INET", "", "text", NULL, NULL },
	{ "Memo", "", "text", NULL, NULL },
	{ "LONG", "", "bigint", NULL, NULL },
	{ "Long", "1.5", "double precision", NULL, NULL },
	{ "LONG RAW", "", "numeric", NULL, NULL },
	{ "YEAR", "", "bigint", NULL, NULL },
	{ "serial", "", "bigint", NULL, NULL },
	{ "STRING", "5;'a'", "! text", NULL, NULL },
	{ "POINT", "", "bytea", NULL, NULL },
	{ "INTERVAL", "'1 day'", "text", NULL, NULL },
	{ "FOO", "", "numeric", NULL, NULL },
};

static bool same(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

static void test_choices(void)
{
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct column column = {
			.source = "c", .declared = cases[i].declared,
			.profile = profile_of(cases[i].values)
		};
		const struct table table = { .columns = &column, .column_count = 1 };
		struct decision decision;
		struct fault fault = { 0 };

		CHECK(choose_type(&arena, &table, &column, &decision, &fault) == 0);
		CHECK(choose_check(&column, &decision.conversion, &fault) == 0);
		if (same(words_of(&decision), cases[i].words) &&
		    same(decision.better, cases[i].better) &&
		    same(decision.likely, cases[i].likely))
			continue;
		printf("# %s (%s): %s, better %s, likely %s\n", cases[i].declared, cases[i].values,
			words_of(&decision), decision.better, decision.likely);
		CHECK(false);
	}
}

static struct decision chosen(const char *name, const char *declared, const char *values,
	bool core_data)
{
	struct column columns[] = {
		{ .source = name, .declared = declared, .profile = profile_of(values) },
		{ .source = "Z_PK" }
	};
	const struct table table = { .columns = columns, .column_count = core_data ? 2 : 1 };
	struct decision decision;
	struct fault fault = { 0 };

	CHECK(choose_type(&arena, &table, &columns[0], &decision, &fault) == 0);
	return decision;
}

static void test_likely(void)
{
	CHECK(same(chosen("created_at", "INTEGER", "1598313600;0", false).likely,
		"timestamptz epoch_s nullify 0"));
	CHECK(same(chosen("size", "INTEGER", "1598313600", false).likely, NULL));
	CHECK(same(chosen("size", "INTEGER", "1598313600000", false).likely,
		"timestamptz epoch_ms"));
	CHECK(same(chosen("size", "INTEGER", "20200101", false).likely, NULL));
	CHECK(same(chosen("date", "INTEGER", "20200101", false).likely, "date compact"));
	CHECK(same(chosen("ZDATE", "TIMESTAMP", "700000000.5", true).likely,
		"timestamptz cocoa_s"));
	CHECK(same(words_of(&(struct decision){ chosen("ZDATE", "TIMESTAMP", "1598313600",
		true).conversion, false, NULL, NULL, NULL }), "bigint"));
}

static void test_remarks(void)
{
	CHECK(same(chosen("a", "INTEGER", "1;2;3", false).remark, "INTEGER; 3 integers, 1..3"));
	CHECK(same(chosen("a", NULL, "", false).remark, "no type; no values"));
	CHECK(same(chosen("a", "DATETIME", "1598313600000;'2020-01-01T00:00Z'", false).remark,
		"DATETIME; 1 integer, 2020-08-25..2020-08-25, 1 text; 1 with Z"));
	CHECK(same(chosen("a", "DATE", "'2020-01-01';''", false).remark,
		"DATE; 2 texts; 1 of 2 texts are dates or times; 1 text is empty"));
	CHECK(same(chosen("a", "IN\nT\x1b", "'x'", false).remark, "IN\\nT\\x1b; 1 text"));
}

/* What holds nothing yet is to take its default, too. */
static void test_empty(void)
{
	static const char *const empties[][3] = {
		{ "DATE", "CURRENT_TIMESTAMP", "timestamp" },
		{ "DATE", "(datetime('now'))", "timestamp" },
		{ "TIME", "current_timestamp", "timestamp" },
		{ "DATE", "CURRENT_DATE", "date" },
		{ "DATE", "'CURRENT_TIMESTAMP'", "date" },
		{ "TIMESTAMPTZ", "CURRENT_TIMESTAMP", "timestamptz" },
		{ "TEXT", "CURRENT_TIMESTAMP", "text" },
	};

	for (size_t i = 0; i < sizeof(empties) / sizeof(empties[0]); i++) {
		struct column column = {
			.source = "c", .declared = empties[i][0], .fallback = empties[i][1],
			.profile = profile_of("")
		};
		const struct table table = { .columns = &column, .column_count = 1 };
		struct decision decision;
		struct fault fault = { 0 };

		CHECK(choose_type(&arena, &table, &column, &decision, &fault) == 0);
		CHECK(same(words_of(&decision), empties[i][2]));
	}
}

static void test_none(void)
{
	struct column column = { .source = "c", .declared = "INTEGER" };
	const struct table table = { .columns = &column, .column_count = 1 };
	struct decision decision;
	struct fault fault = { 0 };

	CHECK(choose_type(&arena, &table, &column, &decision, &fault) == STATUS_MISFIT);
}

/* The words of a plan's type, without policies but the words that mean NULL. */
static bool refused(const char *values, const char *words, const char *null, const char *text)
{
	struct column column = { .source = "c", .profile = profile_of(values) };
	struct conversion conversion = { 0 };
	struct fault fault = { 0 };

	CHECK(type_parse(&arena, words, &conversion.type));
	if (null != NULL)
		conversion.nullify = (struct texts){ &null, 1 };
	if (choose_check(&column, &conversion, &fault) == 0)
		return text == NULL;
	if (text != NULL && strcmp(text, fault.text) == 0)
		return fault.status == STATUS_MISFIT;
	printf("# %s\n", fault.text);
	return false;
}

static void test_asked(void)
{
	CHECK(refused("1;70000", "smallint", NULL, "70000 is a number beyond smallint"));
	CHECK(refused("1;'a';'2'", "bigint", NULL, "1 of 2 texts does not fit bigint"));
	CHECK(refused("1;''", "bigint", NULL, "1 text does not fit bigint"));
	CHECK(refused("1;''", "bigint", "", NULL));
	CHECK(refused("'2020-01-01';'x'", "date", NULL, "1 of 2 texts does not fit date"));
	CHECK(refused("'2020-01-01';'x'", "date", "x", NULL));
	CHECK(refused("x'00'", "text", NULL, "1 blob does not fit text"));
	CHECK(refused("'abc'", "varchar(2)", NULL, "1 text does not fit varchar(2)"));
	CHECK(refused("'abc'", "varchar(3)", NULL, NULL));
	CHECK(refused("'abc'", "inet", NULL, NULL));
	CHECK(refused("1;2", "boolean", NULL, "2 is an integer other than 0 and 1"));
	CHECK(refused("1.5", "bigint", NULL, "1.5 is a real that is no integer"));
	CHECK(refused("1;2.5;'a';x'00';u'ff'", "bytea", NULL, NULL));
}

/* --- foreign keys ----------------------------------------------------------------------------- */

/* Tables of two columns, "k" and "f"; f references another table's k. */
struct key_case {
	const char *parent, *parent_values, *child, *child_values;
	const char *identity; /* of the parent */
	const char *parent_words, *child_words;
};

static void check_keys(const struct key_case *key)
{
	struct column parents[] = { {
		.source = "k", .declared = key->parent, .identity = key->identity,
		.profile = profile_of(key->parent_values)
	} };
	struct column children[] = { {
		.source = "F", .declared = key->child, .profile = profile_of(key->child_values)
	} };
	const char *names[] = { "f" };
	struct term term = { .column = "k" };
	struct index primary = { .terms = &term, .term_count = 1 };
	struct foreign foreign = { .columns = { names, 1 }, .table = "PARENT" };
	const struct table parent = {
		.source = "parent", .columns = parents, .column_count = 1, .primary = &primary
	};
	const struct table child = {
		.source = "child", .columns = children, .column_count = 1, .foreigns = &foreign,
		.foreign_count = 1
	};
	const struct table *tables[] = { &child, &parent };
	struct decision of_child, of_parent, *decisions[] = { &of_child, &of_parent };
	struct fault fault = { 0 };

	CHECK(choose_type(&arena, &parent, parents, &of_parent, &fault) == 0);
	CHECK(choose_type(&arena, &child, children, &of_child, &fault) == 0);
	CHECK(choose_foreign(&arena, tables, 2, decisions, NULL, &fault) == 0);
	if (CHECK(same(words_of(&of_parent), key->parent_words)) &&
	    CHECK(same(words_of(&of_child), key->child_words)))
		return;
	printf("# %s\n", words_of(&of_parent));
	printf("# %s %s\n", words_of(&of_child), of_child.remark);
}

static void test_keys(void)
{
	static const struct key_case keys[] = {
		{ "INTEGER", "1;2", "INT", "1", "rowid", "bigint", "bigint" },
		{ "INTEGER", "1;2", "SMALLINT", "1", "rowid", "bigint", "smallint" },
		{ "INTEGER", "1;2", "TEXT", "'1'", "rowid", "bigint", "bigint" },
		{ "INTEGER", "1;2", "TEXT", "", "rowid", "bigint", "bigint" },
		{ "INTEGER", "1;2", "TEXT", "'x'", "rowid", "bigint", "! text" },
		{ "INT", "1;2", "TEXT", "'x'", NULL, "! text", "! text" },
		{ "TEXT", "'a'", "INTEGER", "5", NULL, "text", "text" },
		{ "UUID", "'00112233-4455-6677-8899-aabbccddeeff'", "TEXT", "", NULL, "uuid",
			"uuid" },
		{ "NUMERIC", "1.5", "INTEGER", "1", NULL, "numeric", "numeric" },
		{ "INT", "1", "NUMERIC", "1.5", NULL, "! numeric", "! numeric" },
		{ "UUID", "'00112233-4455-6677-8899-aabbccddeeff'", "INT", "5", NULL, "! text",
			"! text" },
		{ "VARCHAR(5)", "'a'", "TEXT", "'b'", NULL, "text", "text" },
		{ "BLOB", "x'00'", "TEXT", "'b'", NULL, "bytea", "bytea" },
		{ "BLOB", "x'00'", "INT", "5", NULL, "bytea", "! bigint" },
	};

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		check_keys(&keys[i]);
}

/* a -> b -> c -> a, and a column that nothing else can follow. */
static void test_cycle(void)
{
	static const char *const names[] = { "a", "b", "c" };
	const char *column[] = { "k" };
	struct column columns[3];
	struct foreign foreigns[3];
	struct table tables[3];
	const struct table *list[3];
	struct decision each[3], *decisions[3];
	struct fault fault = { 0 };
	const bool fixed[] = { true }, loose[] = { false };
	const bool *const fixes[] = { loose, fixed, loose };

	for (int i = 0; i < 3; i++) {
		columns[i] = (struct column){
			.source = "k", .declared = i == 2 ? "TEXT" : "INT",
			.profile = profile_of(i == 2 ? "'7'" : "5")
		};
		foreigns[i] = (struct foreign){
			.columns = { column, 1 }, .targets = { column, 1 },
			.table = names[(i + 1) % 3]
		};
		tables[i] = (struct table){
			.source = names[i], .columns = &columns[i], .column_count = 1,
			.foreigns = &foreigns[i], .foreign_count = 1
		};
		list[i] = &tables[i];
		decisions[i] = &each[i];
		CHECK(choose_type(&arena, &tables[i], &columns[i], &each[i], &fault) == 0);
	}
	CHECK(choose_foreign(&arena, list, 3, decisions, fixes, &fault) == 0);
	for (int i = 0; i < 3; i++)
		CHECK(each[i].conversion.type.kind == TYPE_INT8);
}

int main(void)
{
	static const struct test tests[] = {
		{ "choices", test_choices },
		{ "what is likely", test_likely },
		{ "remarks", test_remarks },
		{ "empty columns", test_empty },
		{ "no profile", test_none },
		{ "types that are asked for", test_asked },
		{ "foreign keys", test_keys },
		{ "a cycle of keys", test_cycle },
	};
	int code = test_run(tests, sizeof(tests) / sizeof(tests[0]));

	arena_close(&arena);
	bytes_close(&scratch);
	return code;
}
