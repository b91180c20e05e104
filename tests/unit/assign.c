/*
 * Values for columns: what is read and refused; and any value as a cell of any type.
 */
#include "row/assign.h"

#include "row/cell.h"
#include "sample.h"

static struct arena arena;
static struct fault fault;
static struct assign assign;

static bool parses(const char *text)
{
	fault = (struct fault){ 0 };
	return assign_parse(&arena, text, &assign, &fault) == 0;
}

static bool refuses(const char *text, const char *why)
{
	if (!parses(text) && fault.status == STATUS_USAGE && strstr(fault.text, why) != NULL)
		return true;
	printf("# %s: %s\n", text, fault.text);
	return false;
}

static void test_reading(void)
{
	struct type type;

	CHECK(parses("users.tenant=42") && assign_is_exact(&assign) && !assign.typed);
	CHECK(strcmp(assign.aim.table.text, "users") == 0 && assign.aim.schema.text == NULL);
	CHECK(strcmp(assign.column.text, "tenant") == 0 && assign.kind == ASSIGN_CONSTANT);
	CHECK(assign_own_type(&assign, &type) && type.kind == TYPE_INT8);
	CHECK(parses("app.\"a.b\".\"c=\"\"\" : numeric(10,2) = -1.50") && assign.typed);
	CHECK(strcmp(assign.aim.schema.text, "app") == 0 && assign.type.precision == 10);
	CHECK(strcmp(assign.aim.table.text, "a.b") == 0 && strcmp(assign.column.text, "c=\"") == 0);
	CHECK(assign_own_type(&assign, &type) && type.kind == TYPE_NUMERIC);
	CHECK(parses("*.x='it''s'") && !assign_is_exact(&assign) && assign.constant.size == 4);
	CHECK(parses("\"*\".x=x'00'") && assign_is_exact(&assign));
	CHECK(parses("t.pass*=NULL") && assign.kind == ASSIGN_NULL && !assign_is_exact(&assign));
	CHECK(!assign_own_type(&assign, &type));
	CHECK(parses("t.x=@source") && assign.kind == ASSIGN_SOURCE);
	CHECK(parses("t.x:uuid=@run") && assign.kind == ASSIGN_RUN);
	CHECK(parses("t.x=true") && assign_own_type(&assign, &type) && type.kind == TYPE_BOOL);
	CHECK(parses("t.x=''") && assign.constant.size == 0);
}

static void test_refusing(void)
{
	char text[128];

	CHECK(refuses("", "a name is missing") && refuses("t", "it is no TABLE.COLUMN=VALUE"));
	CHECK(refuses("t.x", "character 4") && refuses("t=5", "TABLE.COLUMN=VALUE"));
	CHECK(refuses("a.b.c.d=5", "more names"));
	CHECK(refuses("t.x=", "a constant is missing") && refuses("t.x=5 6", "too much"));
	CHECK(refuses("t.x=abc", "single quotes") && refuses("t.x=\"abc\"", "constant"));
	CHECK(refuses("t.x:int", "no =") && refuses("t.x:=5", "no type"));
	CHECK(refuses("t.x:raw=5", "no type") && refuses("t.x:serial=5", "no type"));
	CHECK(refuses("t.x*:int=5", "not with a pattern"));
	CHECK(refuses("t.x=@now", "constant") && refuses("t.x='\xff'", "UTF-8"));
	CHECK(refuses("t.\"\"=5", "empty") && refuses("t.\"x=5", "stays open"));
	snprintf(text, sizeof(text), "t.%064d:int=5", 0);
	CHECK(refuses(text, "63 bytes"));
}

/* --- cells ------------------------------------------------------------------------------------ */

static struct cell_room room;
static const char *why;

static bool makes(const char *type, const char *value, struct value *cell)
{
	struct type parsed;
	struct given given = { .value = { .kind = VALUE_NULL } };
	char text[256];

	snprintf(text, sizeof(text), "t.x=%s", value);
	CHECK(parses(arena_text(&arena, text)) && type_parse(&arena, type, &parsed));
	if (assign.kind == ASSIGN_CONSTANT)
		given = given_bound(&assign.constant);
	return cell_make(&parsed, &given, cell, &room, &why);
}

static bool is_integer(const char *type, const char *value, int64_t integer)
{
	struct value cell;

	return makes(type, value, &cell) && cell.kind == VALUE_INTEGER && cell.integer == integer;
}

static bool is_text(const char *type, const char *value, const char *text)
{
	struct value cell, wanted = text_value(text);

	return makes(type, value, &cell) && same_value(&cell, &wanted);
}

static bool misfits(const char *type, const char *value, const char *what)
{
	struct value cell;

	if (!makes(type, value, &cell) && why != NULL && strstr(why, what) != NULL)
		return true;
	printf("# %s as %s: %s\n", value, type, why == NULL ? "-" : why);
	return false;
}

static void test_cells(void)
{
	struct value cell;

	CHECK(is_integer("int2", "32767", 32767) && misfits("int2", "32768", "beyond"));
	CHECK(is_integer("int8", "-9223372036854775808", INT64_MIN));
	CHECK(misfits("int8", "9223372036854775808", "more than 64 bits"));
	CHECK(misfits("int8", "1.5", "fraction") && misfits("int8", "'5'", "no number"));
	CHECK(misfits("int8", "true", "no number"));
	CHECK(is_text("numeric", "1.50", "1.50") && is_text("numeric", "'1.50'", "1.50"));
	CHECK(is_text("numeric", "123456789012345678901234567890.1",
		"123456789012345678901234567890.1"));
	CHECK(is_text("numeric(5,2)", "1.5", "1.5") && misfits("numeric(5,2)", "1.555", ""));
	CHECK(is_text("numeric", "1e3", "1000") && misfits("numeric", "x'00'", "no number"));
	CHECK(makes("float8", "0.1", &cell) && cell.kind == VALUE_REAL && cell.real == 0.1);
	CHECK(makes("float8", "3", &cell) && cell.kind == VALUE_REAL && cell.real == 3);
	CHECK(misfits("float8", "9007199254740993", "") && misfits("float4", "0.1", ""));
	CHECK(misfits("float8", "1e400", "too large"));
	CHECK(makes("bool", "true", &cell) && cell.kind == VALUE_BOOL && cell.truth);
	CHECK(misfits("bool", "1", "neither true nor false"));
	CHECK(is_text("text", "'x'", "x") && misfits("text", "5", "no text"));
	CHECK(is_text("varchar(2)", "'xy'", "xy") && misfits("varchar(2)", "'xyz'", ""));
	CHECK(is_text("jsonb", "'{}'", "{}") && misfits("jsonb", "'{'", ""));
	CHECK(makes("bytea", "x'00ff'", &cell) && cell.kind == VALUE_BYTES && cell.size == 2);
	CHECK(misfits("bytea", "'x'", "no bytes"));
	CHECK(makes("uuid", "'01234567-89ab-cdef-0123-456789abcdef'", &cell) && cell.size == 16);
	CHECK(makes("uuid", "x'0123456789abcdef0123456789abcdef'", &cell) && cell.size == 16);
	CHECK(misfits("uuid", "x'00'", "") && misfits("uuid", "5", "no text"));
	CHECK(is_integer("date", "'2000-01-02'", 1) && misfits("date", "5", "no text"));
	CHECK(is_integer("timestamptz", "'2000-01-01 00:00:01Z'", 1000000));
	CHECK(makes("int8", "null", &cell) && cell.kind == VALUE_NULL);
	CHECK(makes("date", "null", &cell) && cell.kind == VALUE_NULL);
}

int main(void)
{
	static const struct test tests[] = {
		{ "what is read", test_reading },
		{ "what is refused", test_refusing },
		{ "values as cells of all types", test_cells },
	};

	return test_run(tests, COUNT(tests));
}
