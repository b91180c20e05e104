/*
 * copy [ROWS]: values of every type into a server (libpq's environment says where) by COPY in both
 * forms, and out again as texts: known ones must be what they should be, and ROWS random rows must
 * be the same to the bit from both forms.  It all happens in temporary tables.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/date.h"
#include "db/libpq.h"
#include "flow/process.h"
#include "wire/copy.h"

static const struct tool tool = {
	.name = "copy", .brief = "every type there and back", .operands = "[ROWS]",
	.operands_most = 1
};

static struct arena arena;
static struct libpq *session;
static struct fault fault;
static unsigned wrong;

/* --- one value -------------------------------------------------------------------------------- */

struct known {
	const char *name; /* in the server's DDL */
	struct type type;
	struct value value;
	const char *expected; /* as the server shows it */
};

#define INTEGER(i) { .kind = VALUE_INTEGER, .integer = i }
#define REAL(r)    { .kind = VALUE_REAL, .real = r }
#define TRUTH(b)   { .kind = VALUE_BOOL, .truth = b }
#define TEXT(t)    { .kind = VALUE_TEXT, .size = sizeof(t) - 1, .data = (const uint8_t *)(t) }
#define BYTES(t)   { .kind = VALUE_BYTES, .size = sizeof(t) - 1, .data = (const uint8_t *)(t) }
#define PLAIN(k)   { .kind = k, .fraction = -1 }
#define CLOCK(k, f) { .kind = k, .fraction = f }
#define DECIMAL(p, s) { .kind = TYPE_NUMERIC, .precision = p, .scale = s, .fraction = -1 }
#define LENGTH(k, n) { .kind = k, .length = n, .fraction = -1 }

static const struct known known[] = {
	{ "bool", PLAIN(TYPE_BOOL), TRUTH(true), "true" },
	{ "bool", PLAIN(TYPE_BOOL), TRUTH(false), "false" },
	{ "int2", PLAIN(TYPE_INT2), INTEGER(INT16_MIN), "-32768" },
	{ "int2", PLAIN(TYPE_INT2), INTEGER(INT16_MAX), "32767" },
	{ "int4", PLAIN(TYPE_INT4), INTEGER(INT32_MIN), "-2147483648" },
	{ "int4", PLAIN(TYPE_INT4), INTEGER(INT32_MAX), "2147483647" },
	{ "int8", PLAIN(TYPE_INT8), INTEGER(INT64_MIN), "-9223372036854775808" },
	{ "int8", PLAIN(TYPE_INT8), INTEGER(INT64_MAX), "9223372036854775807" },
	{ "int8", PLAIN(TYPE_INT8), INTEGER(0), "0" },
	{ "float4", PLAIN(TYPE_FLOAT4), REAL(0.1f), "0.1" },
	{ "float4", PLAIN(TYPE_FLOAT4), REAL(0x1p-149), "1e-45" },
	{ "float4", PLAIN(TYPE_FLOAT4), REAL(-0x1.fffffep127), "-3.4028235e+38" },
	{ "float4", PLAIN(TYPE_FLOAT4), REAL((double)NAN), "NaN" },
	{ "float4", PLAIN(TYPE_FLOAT4), REAL((double)-INFINITY), "-Infinity" },
	{ "float8", PLAIN(TYPE_FLOAT8), REAL(0.1), "0.1" },
	{ "float8", PLAIN(TYPE_FLOAT8), REAL(-0.0), "-0" },
	{ "float8", PLAIN(TYPE_FLOAT8), REAL(0x1p-1074), "5e-324" },
	{ "float8", PLAIN(TYPE_FLOAT8), REAL(0x1.fffffffffffffp1023), "1.7976931348623157e+308" },
	{ "float8", PLAIN(TYPE_FLOAT8), REAL(9007199254740993.0), "9.007199254740992e+15" },
	{ "float8", PLAIN(TYPE_FLOAT8), REAL((double)NAN), "NaN" },
	{ "float8", PLAIN(TYPE_FLOAT8), REAL(-(double)NAN), "NaN" },
	{ "float8", PLAIN(TYPE_FLOAT8), REAL((double)INFINITY), "Infinity" },
	{ "numeric", DECIMAL(0, 0), TEXT("0"), "0" },
	{ "numeric", DECIMAL(0, 0), TEXT("0.00"), "0.00" },
	{ "numeric", DECIMAL(0, 0), TEXT("1.50"), "1.50" },
	{ "numeric", DECIMAL(0, 0), TEXT("-0.0001"), "-0.0001" },
	{ "numeric", DECIMAL(0, 0), TEXT("0.00001"), "0.00001" },
	{ "numeric", DECIMAL(0, 0), TEXT("0.000000000000001"), "0.000000000000001" },
	{ "numeric", DECIMAL(0, 0), TEXT("10000"), "10000" },
	{ "numeric", DECIMAL(0, 0), TEXT("9999.9999"), "9999.9999" },
	{ "numeric", DECIMAL(0, 0), TEXT("-12345678901234567890.123456789"),
		"-12345678901234567890.123456789" },
	{ "numeric", DECIMAL(0, 0), TEXT("100000000000000000000000000000000000000"),
		"100000000000000000000000000000000000000" },
	{ "numeric", DECIMAL(0, 0), TEXT("NaN"), "NaN" },
	{ "numeric(10,2)", DECIMAL(10, 2), TEXT("1.5"), "1.50" },
	{ "numeric(10,2)", DECIMAL(10, 2), TEXT("1.5000"), "1.50" },
	{ "numeric(10,2)", DECIMAL(10, 2), TEXT("-99999999.99"), "-99999999.99" },
	{ "numeric(10,2)", DECIMAL(10, 2), TEXT("0"), "0.00" },
	{ "numeric(10,2)", DECIMAL(10, 2), TEXT("NaN"), "NaN" },
	{ "numeric(3,0)", DECIMAL(3, 0), TEXT("999.0"), "999" },
	{ "text", PLAIN(TYPE_TEXT), TEXT(""), "" },
	{ "text", PLAIN(TYPE_TEXT), TEXT("\\N"), "\\N" },
	{ "text", PLAIN(TYPE_TEXT), TEXT("\\."), "\\." },
	{ "text", PLAIN(TYPE_TEXT), TEXT("\b\f\n\r\t\v\\"), "\b\f\n\r\t\v\\" },
	{ "text", PLAIN(TYPE_TEXT), TEXT("a\\tb\r\n\x01\x7f''\"\xc3\xa4\xf0\x9f\x90\x98"),
		"a\\tb\r\n\x01\x7f''\"\xc3\xa4\xf0\x9f\x90\x98" },
	{ "varchar(3)", LENGTH(TYPE_VARCHAR, 3), TEXT("\xc3\xa4\xc3\xa4\xc3\xa4"),
		"\xc3\xa4\xc3\xa4\xc3\xa4" },
	{ "varchar", PLAIN(TYPE_VARCHAR), TEXT("as long as it likes"), "as long as it likes" },
	{ "bpchar(3)", LENGTH(TYPE_CHAR, 3), TEXT("abc"), "abc" },
	{ "bpchar(3)", LENGTH(TYPE_CHAR, 3), TEXT("a"), "a" },
	{ "json", PLAIN(TYPE_JSON), TEXT("{\"a\": 1,  \"a\": \"\\u0000\"}"),
		"{\"a\": 1,  \"a\": \"\\u0000\"}" },
	{ "jsonb", PLAIN(TYPE_JSONB), TEXT("{\"b\": 1.50,\"a\":\"x\\ny\"}"),
		"{\"a\": \"x\\ny\", \"b\": 1.50}" },
	{ "bytea", PLAIN(TYPE_BYTEA), BYTES(""), "\\x" },
	{ "bytea", PLAIN(TYPE_BYTEA), BYTES("\0\\\n\xff"), "\\x005c0aff" },
	{ "uuid", PLAIN(TYPE_UUID),
		BYTES("\x12\x3e\x45\x67\xe8\x9b\x12\xd3\xa4\x56\x42\x66\x14\x17\x40\x00"),
		"123e4567-e89b-12d3-a456-426614174000" },
	{ "date", PLAIN(TYPE_DATE), INTEGER(0), "2000-01-01" },
	{ "date", PLAIN(TYPE_DATE), INTEGER(-730119), "0001-01-01" },
	{ "date", PLAIN(TYPE_DATE), INTEGER(-730120), "0001-12-31 BC" },
	{ "date", PLAIN(TYPE_DATE), INTEGER(-2451545), "4714-11-24 BC" },
	{ "date", PLAIN(TYPE_DATE), INTEGER(2921939), "9999-12-31" },
	{ "date", PLAIN(TYPE_DATE), INTEGER(2921940), "10000-01-01" },
	{ "date", PLAIN(TYPE_DATE), INTEGER(2145031948), "5874897-12-31" },
	{ "date", PLAIN(TYPE_DATE), INTEGER(INT32_MAX), "infinity" },
	{ "date", PLAIN(TYPE_DATE), INTEGER(INT32_MIN), "-infinity" },
	{ "time", PLAIN(TYPE_TIME), INTEGER(0), "00:00:00" },
	{ "time", PLAIN(TYPE_TIME), INTEGER(INT64_C(86399999999)), "23:59:59.999999" },
	{ "time", PLAIN(TYPE_TIME), INTEGER(INT64_C(86400000000)), "24:00:00" },
	{ "time(0)", CLOCK(TYPE_TIME, 0), INTEGER(1000000), "00:00:01" },
	{ "timestamp", PLAIN(TYPE_TIMESTAMP), INTEGER(-1), "1999-12-31 23:59:59.999999" },
	{ "timestamp(3)", CLOCK(TYPE_TIMESTAMP, 3), INTEGER(1000), "2000-01-01 00:00:00.001" },
	{ "timestamp", PLAIN(TYPE_TIMESTAMP), INTEGER(INT64_C(-211813488000000000)),
		"4714-11-24 00:00:00 BC" },
	{ "timestamp", PLAIN(TYPE_TIMESTAMP), INTEGER(INT64_C(9223371331199999999)),
		"294276-12-31 23:59:59.999999" },
	{ "timestamp", PLAIN(TYPE_TIMESTAMP), INTEGER(INT64_MAX), "infinity" },
	{ "timestamptz", PLAIN(TYPE_TIMESTAMPTZ), INTEGER(0), "2000-01-01 00:00:00+00" },
	{ "timestamptz", PLAIN(TYPE_TIMESTAMPTZ), INTEGER(INT64_C(-211813488000000000)),
		"4714-11-24 00:00:00+00 BC" },
	{ "timestamptz", PLAIN(TYPE_TIMESTAMPTZ), INTEGER(INT64_MIN), "-infinity" },
	{ "inet", { .kind = TYPE_OTHER, .name = "inet" }, TEXT("10.0.0.0/8"), "10.0.0.0/8" },
	{ "text[]", { .kind = TYPE_OTHER, .name = "text[]" }, TEXT("{\"a\\\\b\",NULL}"),
		"{\"a\\\\b\",NULL}" }
};

/* From version 14 and 15 on. */
static const struct known newer[] = {
	{ "numeric", DECIMAL(0, 0), TEXT("Infinity"), "Infinity" },
	{ "numeric", DECIMAL(0, 0), TEXT("-Infinity"), "-Infinity" },
	{ "numeric(3,-2)", DECIMAL(3, -2), TEXT("12300"), "12300" },
	{ "numeric(2,4)", DECIMAL(2, 4), TEXT("0.0099"), "0.0099" }
};

static void run(const char *sql)
{
	if (libpq_run(session, sql, &fault) != 0)
		exit(process_end(&fault, false));
}

static const char *ask(const char *sql)
{
	struct libpq_rows rows;

	if (libpq_query(session, &arena, sql, NULL, 0, &rows, &fault) != 0)
		exit(process_end(&fault, false));
	return rows.count == 0 ? NULL : libpq_cell(&rows, 0, 0);
}

static void send_rows(const char *table, struct copy *copy, const struct value *cells, size_t rows)
{
	const char *sql = arena_format(&arena, "COPY %s FROM STDIN%s", table,
		copy->form == COPY_BINARY ? " (FORMAT binary)" : "");
	struct bytes bytes = { 0 };

	libpq_copy_begin(session, sql, table, &fault);
	copy_begin(copy, &bytes);
	for (size_t i = 0; i < rows && fault.status == 0; i++) {
		if (!copy_row(copy, &bytes, cells + i * copy->count))
			fault_set(&fault, STATUS_BUG, "%s, row %zu, column %u: %s", table, i,
				copy->column, copy->why);
		if (bytes.size > 100000) {
			libpq_copy_put(session, bytes.data, bytes.size, &fault);
			bytes_clear(&bytes);
		}
	}
	copy_end(copy, &bytes);
	libpq_copy_put(session, bytes.data, bytes.size, &fault);
	if (libpq_copy_end(session, rows, &fault) != 0)
		exit(process_end(&fault, false));
	bytes_close(&bytes);
}

/* The type that the server made of the name must be the one that the encoder writes. */
static void check_type(const struct known *one)
{
	const char *oid = ask("SELECT atttypid::pg_catalog.int8 FROM pg_catalog.pg_attribute"
		" WHERE attrelid = 'pg_temp.one'::pg_catalog.regclass AND attnum = 1");
	const char *typmod = ask("SELECT atttypmod FROM pg_catalog.pg_attribute"
		" WHERE attrelid = 'pg_temp.one'::pg_catalog.regclass AND attnum = 1");

	if (copy_matches(&one->type, (uint32_t)strtoul(oid, NULL, 10), atoi(typmod)) !=
	    (one->type.kind != TYPE_OTHER)) {
		printf("%s: %s and %s in the server, %u and %d here\n", one->name, oid, typmod,
			copy_oid(&one->type), copy_typmod(&one->type));
		wrong++;
	}
}

static void check_known(const struct known *one, enum copy_form form)
{
	struct copy copy = { .form = form, .types = &one->type, .count = 1 };
	const char *found;

	run(arena_format(&arena, "CREATE TEMP TABLE one (c %s)", one->name));
	check_type(one);
	send_rows("one", &copy, &one->value, 1);
	found = ask("SELECT c::pg_catalog.text FROM pg_temp.one");
	if (found == NULL || strcmp(found, one->expected) != 0) {
		printf("%s, %s: '%s', not '%s'\n", one->name,
			form == COPY_BINARY ? "binary" : "text", found, one->expected);
		wrong++;
	}
	run("DROP TABLE pg_temp.one");
	arena_reset(&arena);
}

static void check_all_known(const struct known *list, size_t count)
{
	for (size_t i = 0; i < count; i++)
		for (int form = COPY_TEXT; form <= COPY_BINARY; form++)
			if (form == COPY_TEXT || list[i].type.kind != TYPE_OTHER)
				check_known(&list[i], (enum copy_form)form);
}

/* --- random rows ------------------------------------------------------------------------------ */

static const struct type types[] = {
	PLAIN(TYPE_BOOL), PLAIN(TYPE_INT2), PLAIN(TYPE_INT4), PLAIN(TYPE_INT8), PLAIN(TYPE_FLOAT4),
	PLAIN(TYPE_FLOAT8), DECIMAL(0, 0), DECIMAL(12, 4), PLAIN(TYPE_TEXT), PLAIN(TYPE_BYTEA),
	PLAIN(TYPE_UUID), PLAIN(TYPE_DATE), PLAIN(TYPE_TIME), PLAIN(TYPE_TIMESTAMP),
	PLAIN(TYPE_TIMESTAMPTZ)
};

static const char columns[] = "(a bool, b int2, c int4, d int8, e float4, f float8, g numeric,"
	" h numeric(12,4), i text, j bytea, k uuid, l date, m time, n timestamp, o timestamptz)";

enum { COLUMNS = sizeof(types) / sizeof(types[0]) };

static uint64_t chance(void)
{
	static uint64_t state = 88172645463325252u;

	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state;
}

/* Small ones as often as large ones. */
static int64_t any_integer(void)
{
	return (int64_t)chance() >> chance() % 64;
}

static int64_t any_between(int64_t least, int64_t most)
{
	return (int64_t)((uint64_t)least + chance() % ((uint64_t)most - (uint64_t)least + 1));
}

static double any_real(bool narrow)
{
	uint64_t bits = chance();
	double real;
	float less;

	memcpy(&real, &bits, sizeof(real));
	memcpy(&less, &bits, sizeof(less));
	return narrow ? (double)less : real;
}

static void any_data(struct value *value, const char *alphabet, size_t most)
{
	const size_t letters = alphabet == NULL ? 0 : strlen(alphabet);
	const size_t size = chance() % (most + 1);
	uint8_t *data = arena_alloc(&arena, size + 1);

	for (size_t i = 0; i < size; i++)
		data[i] = letters == 0 ? (uint8_t)chance() : (uint8_t)alphabet[chance() % letters];
	value->size = (uint32_t)size;
	value->data = data;
}

static void any_decimal(struct value *value, int whole, int fraction)
{
	struct bytes text = { 0 };
	const int before = (int)(chance() % (uint64_t)(whole + 1));
	const int behind = (int)(chance() % (uint64_t)(fraction + 1));
	bool zero = true;

	bytes_add_text(&text, chance() % 2 ? "-" : "");
	for (int i = 0; i < before; i++) {
		const char digit = (char)('0' + (chance() % 3 ? chance() % 10 : 0));

		zero = zero && digit == '0';
		if (!zero)
			bytes_add_byte(&text, (uint8_t)digit);
	}
	bytes_add_text(&text, zero ? "0" : "");
	bytes_add_text(&text, behind > 0 ? "." : "");
	for (int i = 0; i < behind; i++)
		bytes_add_byte(&text, (uint8_t)('0' + (chance() % 3 ? chance() % 10 : 0)));
	value->data = (uint8_t *)arena_copy(&arena, text.data, text.size);
	value->size = (uint32_t)text.size;
	bytes_close(&text);
}

static struct value any_value(const struct type *type)
{
	struct value value = { .kind = VALUE_INTEGER };

	switch (type->kind) {
	case TYPE_BOOL:
		return (struct value){ .kind = VALUE_BOOL, .truth = chance() % 2 };
	case TYPE_INT2:
		value.integer = (int16_t)any_integer();
		break;
	case TYPE_INT4:
		value.integer = (int32_t)any_integer();
		break;
	case TYPE_FLOAT4:
	case TYPE_FLOAT8:
		return (struct value){ .kind = VALUE_REAL,
			.real = any_real(type->kind == TYPE_FLOAT4) };
	case TYPE_NUMERIC:
		value.kind = VALUE_TEXT;
		any_decimal(&value, type->precision == 0 ? 40 : 8, type->precision == 0 ? 40 : 4);
		break;
	case TYPE_TEXT:
		value.kind = VALUE_TEXT;
		any_data(&value, "\b\f\n\r\t\v\\\\N.abcnt0x'\"\x01", 12);
		break;
	case TYPE_BYTEA:
		value.kind = VALUE_BYTES;
		any_data(&value, NULL, 20);
		break;
	case TYPE_UUID:
		value.kind = VALUE_BYTES;
		do
			any_data(&value, NULL, 16);
		while (value.size != 16);
		break;
	case TYPE_DATE:
		value.integer = any_between(-2451545, chance() % 2 ? 3000000 : 2145031948);
		break;
	case TYPE_TIME:
		value.integer = any_between(0, DATE_DAY);
		break;
	case TYPE_TIMESTAMP:
	case TYPE_TIMESTAMPTZ:
		value.integer = chance() % 2 ? any_between(-3000000, 3000000) * DATE_SECOND * 1000
			: any_between(INT64_C(-211813488000000000), INT64_C(9223371331199999999));
		if (value.integer < INT64_C(-211813488000000000))
			value.integer = INT64_MIN;
		break;
	default:
		value.integer = any_integer();
	}
	return value;
}

/* -0.0 and 0.0, 1.5 and 1.50 are equal in the server: so rows are compared as texts. */
static void check_random(size_t rows)
{
	struct value *cells = arena_array(&arena, rows * COLUMNS, sizeof(*cells));
	struct copy copy = { .types = types, .count = COLUMNS };
	const char *different;

	for (size_t i = 0; i < rows * COLUMNS; i++)
		cells[i] = chance() % 20 == 0 ? (struct value){ .kind = VALUE_NULL }
					      : any_value(&types[i % COLUMNS]);
	for (int form = COPY_TEXT; form <= COPY_BINARY; form++) {
		const char *table = form == COPY_TEXT ? "texts" : "binaries";

		run(arena_format(&arena, "CREATE TEMP TABLE %s %s", table, columns));
		copy.form = (enum copy_form)form;
		send_rows(table, &copy, cells, rows);
	}
	different = ask("SELECT pg_catalog.count(*) FROM"
		" ((SELECT r::pg_catalog.text FROM pg_temp.texts AS r"
		" EXCEPT ALL SELECT r::pg_catalog.text FROM pg_temp.binaries AS r) UNION ALL"
		" (SELECT r::pg_catalog.text FROM pg_temp.binaries AS r"
		" EXCEPT ALL SELECT r::pg_catalog.text FROM pg_temp.texts AS r)) AS d");
	if (strcmp(different, "0") != 0) {
		printf("%s random rows are different\n%s\n%s\n", different,
			ask("SELECT r::pg_catalog.text FROM pg_temp.texts AS r LIMIT 1"),
			ask("SELECT r::pg_catalog.text FROM pg_temp.binaries AS r LIMIT 1"));
		wrong++;
	}
}

int main(int argc, char **argv)
{
	struct libpq_options options = { .tool = "copy", .writes = true };
	const struct address address = { .given = false };
	struct arena lasting = { 0 };
	struct texts operands = { 0 };

	process_begin(&tool, &lasting, argc, argv, &operands, &fault);
	if (fault.status == 0)
		session = libpq_open(&lasting, &address, &options, &fault);
	if (session == NULL)
		return process_end(&fault, false);
	run("SET search_path = pg_temp");
	check_all_known(known, sizeof(known) / sizeof(known[0]));
	if (libpq_facts(session)->version >= 150000)
		check_all_known(newer, sizeof(newer) / sizeof(newer[0]));
	check_random(operands.count == 0 ? 1000 : strtoull(operands.items[0], NULL, 10));
	libpq_close(session);
	arena_close(&arena);
	arena_close(&lasting);
	return wrong == 0 ? 0 : 1;
}
