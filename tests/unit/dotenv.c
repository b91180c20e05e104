/* A .env file, as programs write it, and what is taken from it as an address. */
#include "db/dotenv.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "db/address.h"
#include "test.h"

static struct arena arena;

/* The value of X in a file, or what is said against it. */
static const char *value_of(const char *text)
{
	static struct fault fault;
	struct dotenv dotenv;
	const char *value;

	fault = (struct fault){ 0 };
	CHECK(dotenv_read(&arena, "env", text, strlen(text), &dotenv, &fault) == 0);
	value = dotenv_get(&dotenv, "X", &fault);
	CHECK((fault.status == 0) == (*fault.text == '\0') && strstr(fault.text, "secret") == NULL);
	return fault.status != 0 ? fault.text : value == NULL ? "(none)" : value;
}

static void check_values(const char *const (*cases)[2], size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const char *value = value_of(cases[i][0]);

		if (!CHECK(strcmp(value, cases[i][1]) == 0))
			printf("# %s: %s\n", cases[i][0], value);
	}
}

static void test_values(void)
{
	static const char *const cases[][2] = {
		{ "X=1", "1" }, { "X=1\n", "1" }, { "X=1\r\nY=2\r\n", "1" }, { "", "(none)" },
		{ "\xef\xbb\xbfX=1", "1" }, { "  X \t= a b \t\n", "a b" }, { "export X=1", "1" },
		{ "export\tX=1", "1" }, { "exportX=1", "(none)" }, { "X=", "(none)" },
		{ "X", "(none)" }, { "X=1\nX=2\n", "2" }, { "X=2\nX=\n", "(none)" },
		{ "#X=1\n  # X=2\n", "(none)" }, { "X=1 # one\n", "1" }, { "X=1 #\n", "1" },
		{ "X=#1\n", "(none)" }, { "XX=1\nx=2\n", "(none)" }, { "X.Y-Z=1\nX=2", "2" },
		{ "X='a # b'", "a # b" }, { "X='a\\nb'", "a\\nb" }, { "X=`a'\"b`", "a'\"b" },
		{ "X='${Y}'", "${Y}" }, { "X=\"a # b\" # c", "a # b" },
		{ "X=\"a\\n\\t\\r\\\\\\\"\\$b\\d\"", "a\n\t\r\\\"$b\\d" },
		{ "X=\"a\nb\"\nY=2", "a\nb" }, { "Y=\"\nX=3\n\"\nX=4", "4" },
		{ "Y='\nX=3\n'\n", "(none)" }, { "X=$Y$(id)`id`", "$Y$(id)`id`" },
		{ "X=a\\nb", "a\\nb" }, { "X=\"\"", "(none)" }, { "??\nX=1", "1" },
		{ "X='a'#b", "a" }, { "Y='open\nX=1", "1" }
	};

	check_values(cases, sizeof(cases) / sizeof(cases[0]));
}

static void test_references(void)
{
	static const char *const cases[][2] = {
		{ "A=1\nX=${A}2", "12" }, { "X=${A}2\nA=1", "12" },
		{ "A='$'\nX=\"a${A}b\"", "a$b" },
		{ "A=${B}\nB=${C}\nC=3\nX=${A}${A}", "33" }, { "A=\nX=a${A}b", "ab" },
		{ "A=file\nX=${ROWPIPE_TEST_OUT}", "out" }, { "X=\"\\${A}\"", "${A}" },
		{ "ROWPIPE_TEST_OUT=in\nX=${ROWPIPE_TEST_OUT}", "out" }
	};

	setenv("ROWPIPE_TEST_OUT", "out", 1);
	check_values(cases, sizeof(cases) / sizeof(cases[0]));
}

static void test_troubles(void)
{
	static const char *const cases[][2] = {
		{ "\nX=secret#1", "env, line 2: X: to some programs an unquoted # begins a comment,"
			" to others it is part of the value: quote the value" },
		{ "X='secret", "env, line 1: X: the quote is not closed" },
		{ "X=\"secret\\\"", "env, line 1: X: the quote is not closed" },
		{ "X='a'secret", "env, line 1: X: something stands behind the closing quote" },
		{ "X=${secret}", "env, line 1: X: it refers to a variable that is set nowhere" },
		{ "A=${X}\nX=${A}", "env, line 2: X: its ${...} lead in a circle, or too far" },
		{ "Y=\"\n\n\"\nA='secret\nX=${A}", "env, line 4: A: the quote is not closed" }
	};
	static const char *const forms[] = { "X=${}", "X=${secret:-1}", "X=${secret",
		"X=${a #}" };

	check_values(cases, sizeof(cases) / sizeof(cases[0]));
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++)
		CHECK(strstr(value_of(forms[i]), "${NAME} is all that is understood") != NULL);
}

static void test_most(void)
{
	struct bytes text = { 0 };
	struct fault fault = { 0 };
	struct dotenv dotenv;

	CHECK(dotenv_read(&arena, "env", "X=\0", 3, &dotenv, &fault) == STATUS_USAGE);
	for (int i = 0; i < 40; i++)
		bytes_format(&text, "V%d=%d\n", i, i);
	bytes_add_text(&text, "E=\nB=");
	for (int i = 0; i < 2000; i++)
		bytes_add_text(&text, "${E}");
	bytes_add_text(&text, "\nX=${B}${V39}");
	bytes_add_byte(&text, '\0');
	CHECK(strstr(value_of((char *)text.data), "or too far") != NULL);
	bytes_clear(&text);
	bytes_add_text(&text, "A=");
	for (int i = 0; i < 20000; i++)
		bytes_add_text(&text, "abcd");
	bytes_add_text(&text, "\nX=${A}");
	bytes_add_byte(&text, '\0');
	CHECK(strstr(value_of((char *)text.data), "too long") != NULL);
	bytes_close(&text);
}

static void test_differ(void)
{
	static const char text[] = "ROWPIPE_TEST_OUT=in\nX=1\n?\n";
	struct fault fault = { 0 };
	struct dotenv dotenv;

	setenv("ROWPIPE_TEST_OUT", "out", 1);
	dotenv_read(&arena, "env", text, strlen(text), &dotenv, &fault);
	CHECK(strcmp(dotenv_get(&dotenv, "ROWPIPE_TEST_OUT", &fault), "out") == 0);
	CHECK(strcmp(dotenv_own(&dotenv, "ROWPIPE_TEST_OUT", &fault), "in") == 0);
	CHECK(dotenv_has(&dotenv, "X") && !dotenv_has(&dotenv, "Y") && dotenv.odd == 3);
}

/* --- addresses -------------------------------------------------------------------------------- */

/* The words of an address in a file of this text, then its notes; or what is said against it. */
static const char *address_of(const char *given, const char *text)
{
	static struct fault fault;
	struct address address;
	struct bytes words = { 0 };
	char path[] = "/tmp/rowpipe-dotenv.XXXXXX";
	const int fd = mkstemp(path);
	char *said;

	fault = (struct fault){ 0 };
	CHECK(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
	close(fd);
	address_read(&arena, given, path, &address, &fault);
	unlink(path);
	CHECK(strstr(fault.text, "secret") == NULL);
	if (fault.status != 0)
		return fault.text;
	CHECK(address.given);
	address_words(&address, &words);
	for (size_t i = 0; i < address.note_count; i++)
		bytes_format(&words, " -- %.*s", (int)strcspn(address.notes[i], ","),
			address.notes[i]);
	said = arena_copy(&arena, words.data, words.size);
	bytes_close(&words);
	return said;
}

static void test_addresses(void)
{
	static const char *const cases[][3] = {
		{ NULL, "DATABASE_URL=postgres://h/d\nDB_HOST=x\n", "host='h' dbname='d'" },
		{ "env:U", "DATABASE_URL=postgres://h/d\nU='Host=i;Database=e'\n",
			"host='i' dbname='e'" },
		{ NULL, "U=u\nDATABASE_URL=postgres://${U}:p%40@h/d", "user='u' password='p@' "
			"host='h' dbname='d'" },
		{ NULL, "DATABASE_HOST=h\nDATABASE_NAME=d\nDATABASE_USER=u\n"
			"DATABASE_PASSWORD='a@/%#1'"
			"\nDATABASE_PORT=1\n",
			"host='h' dbname='d' port='1' user='u' password='a@/%#1'" },
		{ NULL, "DB_CONNECTION=pgsql\nDB_HOST=h\nDB_PORT=1\nDB_DATABASE=d\nDB_USERNAME=u\n"
			"DB_PASSWORD=p\nDB_SCHEMA=s",
			"host='h' dbname='d' port='1' user='u' password='p' schema='s'" },
		{ NULL, "POSTGRES_DB=d\nPOSTGRES_USER=u\nPOSTGRES_PASSWORD=p\n",
			"dbname='d' user='u' password='p'" },
		{ "env:ROWPIPE_TEST_URL", "ROWPIPE_TEST_URL=postgres://file\n",
			"host='out' -- ROWPIPE_TEST_URL is taken from the environment" },
		{ "env:ROWPIPE_TEST_URL", "ROWPIPE_TEST_URL=postgres://out\n", "host='out'" },
		{ "env:ROWPIPE_TEST_URL", "A=secret\n", "host='out'" }
	};

	unsetenv("DATABASE_URL");
	setenv("ROWPIPE_TEST_URL", "postgres://out", 1);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *said = address_of(cases[i][0], cases[i][1]);

		if (!CHECK(strcmp(said, cases[i][2]) == 0))
			printf("# %s: %s\n", cases[i][1], said);
	}
	unsetenv("PGHOST"), unsetenv("PGDATABASE"), unsetenv("PGSSLMODE");
	CHECK(strcmp(address_of(NULL, "PGHOST=h\nPGSSLMODE=require\nPGDATABASE=d"),
		"host='h' dbname='d' sslmode='require'") == 0);
	CHECK(strstr(address_of(NULL, "DB_HOST=h\nDB_PASSWORD=secret#1\n"),
		"DB_PASSWORD: to some programs") != NULL);
}

static void test_refusals(void)
{
	static const char *const cases[][3] = {
		{ NULL, "DB_CONNECTION=sqlite\nDB_DATABASE=secret.db\n", "DB_CONNECTION says" },
		{ NULL, "DB_HOST=h\nDB_ENGINE=django.db.backends.mysql\n", "DB_ENGINE says" },
		{ NULL, "DATABASE_URL=file:./secret.db\n", "DATABASE_URL is no address" },
		{ NULL, "DATABASE_URL=\"mysql://u:secret@h/d\"\n", "unknown URL scheme \"mysql\"" },
		{ NULL, "A=secret\n", "names no database" }, { NULL, "", "names no database" },
		{ NULL, "DB_HOST=h\nDB_PORT=secret\n", "port is no number" },
		{ "env:NO_SUCH", "A=secret\n", "does not hold NO_SUCH, and in the env" },
		{ "env:NO_SUCH", "A=secret\nsecret!\n", "(line 2 is no NAME=value)" },
		{ "env:EMPTY", "EMPTY=\n", "does not hold EMPTY" },
		{ "shop", "DATABASE_URL=postgres://h\n", "only -d env:NAME" }
	};
	struct address address;
	struct fault fault = { 0 };

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		if (!CHECK(strstr(address_of(cases[i][0], cases[i][1]), cases[i][2]) != NULL))
			printf("# %s: %s\n", cases[i][1], address_of(cases[i][0], cases[i][1]));
	CHECK(address_read(&arena, NULL, "/not/there", &address, &fault) == STATUS_SOURCE);
}

int main(void)
{
	static const struct test tests[] = {
		{ "values", test_values }, { "references", test_references },
		{ "troubles", test_troubles }, { "most", test_most }, { "differ", test_differ },
		{ "addresses", test_addresses }, { "refusals", test_refusals }
	};
	int code = test_run(tests, sizeof(tests) / sizeof(tests[0]));

	arena_close(&arena);
	return code;
}
