/* Where a server is, in all the ways to say it; and what of a server's complaints may be told. */
#include "db/address.h"

#include <stdlib.h>
#include <string.h>

#include "db/complaint.h"
#include "test.h"

static struct arena arena;

static enum address_kind kind_of(const char *given, const char *text)
{
	struct address address;
	struct fault fault = { 0 };

	if (!CHECK(address_read(&arena, given, &address, &fault) == 0))
		printf("# %s: %s\n", given, fault.text);
	else if (text != NULL)
		CHECK(address.text != NULL && strcmp(address.text, text) == 0);
	return address.kind;
}

/* What is said of it, but never with the word "secret" in it. */
static const char *refusal(const char *given)
{
	static struct fault fault;
	struct address address;

	fault = (struct fault){ 0 };
	CHECK(address_read(&arena, given, &address, &fault) == STATUS_USAGE);
	CHECK(strstr(fault.text, "secret") == NULL);
	return fault.text;
}

static void test_kinds(void)
{
	CHECK(kind_of(NULL, NULL) == ADDRESS_NONE && kind_of("", NULL) == ADDRESS_NONE);
	CHECK(kind_of("shop", "shop") == ADDRESS_NAME);
	CHECK(kind_of("My Shop-2.0", "My Shop-2.0") == ADDRESS_NAME);
	CHECK(kind_of("host=h", "host=h") == ADDRESS_WORDS);
	CHECK(kind_of(" host = h", NULL) == ADDRESS_WORDS);
	CHECK(kind_of("password=a://b@c", NULL) == ADDRESS_WORDS);
	CHECK(kind_of("postgres://", NULL) == ADDRESS_URL);
	CHECK(kind_of("postgresql://u:p@h:1/d?sslmode=require", NULL) == ADDRESS_URL);
	CHECK(kind_of("PostgreSQL://H/D", "postgresql://H/D") == ADDRESS_URL);
	CHECK(kind_of("postgres://u:p?x@h/d?options=-c%20a@b", NULL) == ADDRESS_URL);
	CHECK(kind_of("postgres://%2Ftmp/d", NULL) == ADDRESS_URL);
}

static void test_refused(void)
{
	static const char *const refused[][2] = {
		{ "mysql://u:secret@h/d", "unknown URL scheme \"mysql\"" },
		{ "postgresql+asyncpg://u:secret@h", "\"postgresql+asyncpg\"" },
		{ "postgis://u:secret@h/d", "\"postgis\"" }, { "jdbc:postgresql://secret", "" },
		{ "u:secret@h/d", "" }, { "//u:secret@h", "" }, { "h/d", "" },
		{ "=secret", "" }, { "Secret=secret", "" }, { "postgres:secret", "" },
		{ "env:secret=1", "" }, { "env:postgres://u:secret@h/d", "" }, { "env:", "" },
		{ "postgres://u:a@secret@h/d", "%40" }, { "postgres://u:a/secret@h/d", "%2F" },
		{ "postgres://h/secret@d", "%40" }
	};

	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
		CHECK(strstr(refusal(refused[i][0]), refused[i][1]) != NULL);
}

static void test_variable(void)
{
	struct address address;
	struct fault fault = { 0 };

	setenv("ROWPIPE_TEST_URL", "postgres://h/d", 1);
	setenv("ROWPIPE_TEST_EMPTY", "", 1);
	setenv("ROWPIPE_TEST_OTHER", "mysql://u:secret@h/d", 1);
	setenv("ROWPIPE_TEST_AGAIN", "env:ROWPIPE_TEST_URL", 1);
	CHECK(address_read(&arena, "env:ROWPIPE_TEST_URL", &address, &fault) == 0);
	CHECK(address.kind == ADDRESS_URL && strcmp(address.variable, "ROWPIPE_TEST_URL") == 0);
	CHECK(strstr(refusal("env:ROWPIPE_TEST_NONE"), "ROWPIPE_TEST_NONE is not set") != NULL);
	CHECK(strstr(refusal("env:ROWPIPE_TEST_EMPTY"), "is empty") != NULL);
	CHECK(strstr(refusal("env:ROWPIPE_TEST_OTHER"), "ROWPIPE_TEST_OTHER: unknown") != NULL);
	refusal("env:ROWPIPE_TEST_AGAIN");
}

static void test_wipe(void)
{
	static const struct {
		const char *given;
		bool wiped;
	} cases[] = {
		{ "postgres://u:p@h/d", true }, { "host=h password=p", true },
		{ "mysql://u:p@h", true }, { "u:p@h/d", true }, { "env:postgres://u:p@h", true },
		{ "shop", false }, { "env:DATABASE_URL", false }, { "", false }
	};
	char text[64];

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const size_t size = strlen(cases[i].given);

		strcpy(text, cases[i].given);
		address_wipe(text);
		CHECK(strlen(text) == size);
		if (cases[i].wiped)
			CHECK(strspn(text, "*") == size);
		else
			CHECK(strcmp(text, cases[i].given) == 0);
	}
	address_wipe(NULL);
}

/* --- complaints ------------------------------------------------------------------------------- */

static void test_status(void)
{
	static const struct {
		const char *state;
		int status;
	} states[] = {
		{ "08006", STATUS_AGAIN }, { "08P01", STATUS_BUG }, { "22P02", STATUS_MISFIT },
		{ "22P04", STATUS_BUG }, { "23505", STATUS_MISFIT }, { "25006", STATUS_MISFIT },
		{ "25P02", STATUS_BUG }, { "28P01", STATUS_RIGHTS }, { "3D000", STATUS_MISFIT },
		{ "40001", STATUS_AGAIN }, { "40P01", STATUS_AGAIN }, { "42501", STATUS_RIGHTS },
		{ "42601", STATUS_BUG }, { "42P07", STATUS_MISFIT }, { "42710", STATUS_MISFIT },
		{ "53100", STATUS_SERVER }, { "53200", STATUS_SERVER }, { "53300", STATUS_AGAIN },
		{ "54000", STATUS_MISFIT }, { "55P03", STATUS_AGAIN }, { "57014", STATUS_AGAIN },
		{ "57P01", STATUS_AGAIN }, { "57P03", STATUS_AGAIN }, { "XX000", STATUS_SERVER },
		{ "0A000", STATUS_SERVER }, { "", STATUS_SERVER }
	};

	for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++)
		if (!CHECK(complaint_status(states[i].state) == states[i].status))
			printf("# %s\n", states[i].state);
	CHECK(complaint_connect("08P01", "") == STATUS_SERVER);
	CHECK(complaint_connect("", "connection to server on socket \"x\" failed: refused") ==
		STATUS_AGAIN);
	CHECK(complaint_connect("", "invalid sslmode value: \"x\"") == STATUS_USAGE);
	CHECK(complaint_connect("", "connection to server at \"h\" failed: certificate") ==
		STATUS_SERVER);
}

static void test_redact(void)
{
	static const char *const cases[][3] = {
		{ "22P02", "invalid input syntax for type integer: \"secret\"",
			"invalid input syntax for type integer" },
		{ "22P02", "invalid input syntax for type integer: \"se\"cret\"\"",
			"invalid input syntax for type integer" },
		{ "22P02", "invalid input value for enum m: \"secret type \"x\"",
			"invalid input value for enum m" },
		{ "22003", "value \"secret\" is out of range for type integer",
			"value is out of range for type integer" },
		{ "22021", "invalid byte sequence for encoding \"UTF8\": 0x00",
			"invalid byte sequence for encoding \"UTF8\": 0x00" },
		{ "22P04", "missing data for column \"at\"", "missing data for column \"at\"" },
		{ "22000", "column \"a\": \"secret\"", "column \"a\"" },
		{ "22000", "\"secret\"", "" },
		{ "22000", "one \" only", "one \" only" },
		{ "22000", "column \"never closed", "column \"never closed" },
		{ "23505", "constraint \"k\" and \"more\"", "constraint \"k\" and \"more\"" }
	};
	char text[100];

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		strcpy(text, cases[i][1]);
		complaint_redact(cases[i][0], text);
		if (!CHECK(strcmp(text, cases[i][2]) == 0))
			printf("# %s\n", text);
	}
	complaint_redact(NULL, text);
}

static void test_row(void)
{
	char column[8];

	CHECK(complaint_row("COPY t, line 17, column x: \"5\"", "t", column, 8) == 17);
	CHECK(strcmp(column, "x") == 0);
	CHECK(complaint_row("PL/pgSQL function f()\nCOPY t, line 3\nmore", "t", column, 8) == 3);
	CHECK(column[0] == '\0');
	CHECK(complaint_row("COPY t, line 4, column longer than that", "t", column, 8) == 4);
	CHECK(strcmp(column, "longer ") == 0);
	CHECK(complaint_row("COPY u, line 4: \"COPY u\"", "t", column, 8) == 0);
	CHECK(complaint_row(NULL, "t", column, 8) == 0);
	CHECK(complaint_row("COPY a, line 9, line 2", "a, line 9", column, 8) == 2);
}

static bool grants(const char *text, const char *sql, const char *grant)
{
	struct bytes to = { 0 };
	bool same;

	complaint_add_grant(&to, "42501", text, sql, "me\"");
	bytes_add_byte(&to, 0);
	same = strcmp((char *)to.data, grant) == 0;
	if (!same)
		printf("# %s\n", (char *)to.data);
	bytes_close(&to);
	return same;
}

static void test_grant(void)
{
	CHECK(grants("permission denied for schema a b", "CREATE TABLE x",
		"; its owner can help: GRANT USAGE, CREATE ON SCHEMA \"a b\" TO \"me\"\"\""));
	CHECK(grants("permission denied for table t", "COPY t",
		"; its owner can help: GRANT INSERT ON TABLE \"t\" TO \"me\"\"\""));
	CHECK(grants("permission denied for database \"d\"", NULL,
		"; its owner can help: GRANT CONNECT ON DATABASE \"d\" TO \"me\"\"\""));
	CHECK(grants("permission denied for database d", NULL,
		"; its owner can help: GRANT CREATE ON DATABASE \"d\" TO \"me\"\"\""));
	CHECK(grants("must be owner of table t", "ALTER TABLE t", ""));
	CHECK(grants("permission denied for language c", "CREATE FUNCTION", ""));
}

static void test_attempt(void)
{
	char state[6];

	CHECK(strcmp(complaint_attempt("connection to server at \"h\" failed: FATAL:  28P01: no\n"
		"LOCATION:  x\n", state), "no\nLOCATION:  x\n") == 0);
	CHECK(strcmp(state, "28P01") == 0);
	CHECK(strcmp(complaint_attempt("a failed: one\nb failed: two\n", state), "two\n") == 0);
	CHECK(state[0] == '\0');
	CHECK(strcmp(complaint_attempt("nothing", state), "nothing") == 0);
	CHECK(strcmp(complaint_attempt("failed: x:  1234", state), "x:  1234") == 0);
	CHECK(strcmp(complaint_attempt("failed: x\ny:  12345: z", state), "x\ny:  12345: z") == 0);
}

static void test_address_words(void)
{
	struct fault fault = { 0 };

	CHECK(complaint_address("missing \"=\" after \"secret\" in x\n", &fault) == STATUS_USAGE);
	CHECK(strstr(fault.text, "cannot be read: missing (") != NULL);
	fault = (struct fault){ 0 };
	complaint_address("invalid URI query parameter: \"secret\"\n", &fault);
	CHECK(strstr(fault.text, "secret") == NULL);
	CHECK(strstr(fault.text, "query parameter (") != NULL);
	fault = (struct fault){ 0 };
	complaint_address("invalid URI query parameter: \"pgbouncer\"\n", &fault);
	CHECK(strstr(fault.text, "\"pgbouncer\"") != NULL);
}

int main(void)
{
	static const struct test tests[] = {
		{ "kinds", test_kinds }, { "refused", test_refused }, { "variable", test_variable },
		{ "wipe", test_wipe }, { "status", test_status }, { "redact", test_redact },
		{ "row", test_row }, { "grant", test_grant }, { "attempt", test_attempt },
		{ "address words", test_address_words }
	};
	int code = test_run(tests, sizeof(tests) / sizeof(tests[0]));

	arena_close(&arena);
	return code;
}
