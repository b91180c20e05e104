/* Every alias of every type, and what comes out again for the stream and for DDL. */
#include "row/type.h"

#include <string.h>

#include "test.h"

static const struct type_case {
	const char *text;
	const char *stream; /* NULL: no type */
	const char *target;
} cases[] = {
	{ "int2", "int2", "smallint" },
	{ "SMALLINT", "int2", "smallint" },
	{ "int", "int4", "integer" },
	{ "Int4", "int4", "integer" },
	{ "integer", "int4", "integer" },
	{ " int8 ", "int8", "bigint" },
	{ "pg_catalog.int8", "int8", "bigint" },
	{ "bigint", "int8", "bigint" },
	{ "bool", "bool", "boolean" },
	{ "boolean", "bool", "boolean" },
	{ "real", "float4", "real" },
	{ "float4", "float4", "real" },
	{ "float(24)", "float4", "real" },
	{ "float(25)", "float8", "double precision" },
	{ "float(53)", "float8", "double precision" },
	{ "float", "float8", "double precision" },
	{ "float8", "float8", "double precision" },
	{ "double  precision", "float8", "double precision" },
	{ "numeric", "numeric", "numeric" },
	{ "numeric( 10 , 2 )", "numeric", "numeric(10,2)" },
	{ "decimal(5)", "numeric", "numeric(5,0)" },
	{ "dec(5,-2)", "numeric", "numeric(5,-2)" },
	{ "text", "text", "text" },
	{ "varchar", "varchar", "varchar" },
	{ "varchar(20)", "varchar", "varchar(20)" },
	{ "CHARACTER VARYING(20)", "varchar", "varchar(20)" },
	{ "national character varying (3)", "varchar", "varchar(3)" },
	{ "char", "char", "char(1)" },
	{ "character(7)", "char", "char(7)" },
	{ "bpchar", "char", "bpchar" },
	{ "bpchar(7)", "char", "char(7)" },
	{ "json", "json", "json" },
	{ "jsonb", "jsonb", "jsonb" },
	{ "bytea", "bytea", "bytea" },
	{ "uuid", "uuid", "uuid" },
	{ "date", "date", "date" },
	{ "time", "time", "time" },
	{ "time(3)", "time", "time(3)" },
	{ "time without time zone", "time", "time" },
	{ "timestamp", "timestamp", "timestamp" },
	{ "timestamp(0)", "timestamp", "timestamp(0)" },
	{ "timestamp(9)", "timestamp", "timestamp(6)" },
	{ "timestamp(3) without time zone", "timestamp", "timestamp(3)" },
	{ "timestamptz", "timestamptz", "timestamptz" },
	{ "timestamptz(3)", "timestamptz", "timestamptz(3)" },
	{ "timestamp(3) WITH TIME ZONE", "timestamptz", "timestamptz(3)" },
	{ "raw", "raw", NULL },
	/* by name */
	{ "timetz", "time with time zone", "time with time zone" },
	{ "time(3) with time zone", "time(3) with time zone", "time(3) with time zone" },
	{ "timestamp(3) without time zone[]", "timestamp(3) without time zone[]",
		"timestamp(3) without time zone[]" },
	{ "inet", "inet", "inet" },
	{ "interval day to second(3)", "interval day to second(3)", "interval day to second(3)" },
	{ "varbit(5)", "bit varying(5)", "bit varying(5)" },
	{ "integer[]", "integer[]", "integer[]" },
	{ "varchar(3) [ 4 ][]", "varchar(3)[][]", "varchar(3)[][]" },
	{ "timestamp with time zone[]", "timestamp with time zone[]",
		"timestamp with time zone[]" },
	{ "geometry(Point, 4326)", "geometry(point,4326)", "geometry(point,4326)" },
	{ "\"char\"", "\"char\"", "\"char\"" },
	{ "app.\"Mood\"", "app.\"Mood\"", "app.\"Mood\"" },
	{ "\"a\"\"b; drop\"", "\"a\"\"b; drop\"", "\"a\"\"b; drop\"" },
	{ "citext", "citext", "citext" },
	/* none */
	{ "", NULL, NULL },
	{ "serial", NULL, NULL },
	{ "BIGSERIAL", NULL, NULL },
	{ "int; drop table t", NULL, NULL },
	{ "int -- x", NULL, NULL },
	{ "int)", NULL, NULL },
	{ "inet'", NULL, NULL },
	{ "\"open", NULL, NULL },
	{ "\"\"", NULL, NULL },
	{ "a.", NULL, NULL },
	{ "foo bar", NULL, NULL },
	{ "int(4)", NULL, NULL },
	{ "varchar(0)", NULL, NULL },
	{ "varchar(10485761)", NULL, NULL },
	{ "varchar(x)", NULL, NULL },
	{ "numeric(0)", NULL, NULL },
	{ "numeric(1001)", NULL, NULL },
	{ "numeric(1,2,3)", NULL, NULL },
	{ "numeric(99999999999)", NULL, NULL },
	{ "float(54)", NULL, NULL },
	{ "text[", NULL, NULL },
	{ "numeric(", NULL, NULL },
};

static bool same(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

static void test_parse(void)
{
	struct arena arena = { 0 };

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct type type;
		const bool known = type_parse(&arena, cases[i].text, &type);

		if (known != (cases[i].stream != NULL) ||
		    (known && (!same(type_stream(&type), cases[i].stream) ||
		     !same(type_target(&arena, &type), cases[i].target)))) {
			printf("# %s: %s\n", cases[i].text, known ? type_stream(&type) : "none");
			CHECK(false);
		}
	}
	arena_close(&arena);
}

/* What comes out is the same type again. */
static void test_again(void)
{
	struct arena arena = { 0 };

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct type type, again;

		if (cases[i].target == NULL)
			continue;
		CHECK(type_parse(&arena, cases[i].text, &type) &&
			type_parse(&arena, cases[i].target, &again));
		CHECK(type.kind == again.kind && type.length == again.length &&
			type.precision == again.precision && type.scale == again.scale &&
			type.fraction == again.fraction && same(type.name, again.name));
	}
	arena_close(&arena);
}

int main(void)
{
	static const struct test tests[] = { { "parse", test_parse }, { "again", test_again } };

	return test_run(tests, sizeof(tests) / sizeof(tests[0]));
}
