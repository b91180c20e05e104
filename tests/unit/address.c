/* Where a server is, in all the ways to say it; and what of a server's complaints may be told. */
#include "db/address.h"

#include <stdlib.h>
#include <string.h>

#include "db/complaint.h"
#include "test.h"

static struct arena arena;

/* What is understood, as libpq's words; "schema=" and what was left out stand behind it. */
static const char *words_of(const char *given)
{
	struct address address;
	struct fault fault = { 0 };
	struct bytes text = { 0 };
	const char *copy;

	if (!CHECK(address_read(&arena, given, NULL, &address, &fault) == 0))
		printf("# %s: %s\n", given, fault.text);
	address_words(&address, &text);
	if (address.keywords.dropped != NULL)
		bytes_format(&text, " -- %s", address.keywords.dropped);
	CHECK((address.note_count > 0) == (address.keywords.dropped != NULL));
	copy = arena_copy(&arena, text.data, text.size);
	bytes_close(&text);
	return copy;
}

static void check_words(const char *const (*cases)[2], size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const char *words = words_of(cases[i][0]);

		if (!CHECK(strcmp(words, cases[i][1]) == 0))
			printf("# %s: %s\n", cases[i][0], words);
	}
}

#define CHECK_WORDS(cases) check_words(cases, sizeof(cases) / sizeof(cases[0]))

/* What is said of it, but never with the word "secret" in it. */
static const char *refusal(const char *given)
{
	static struct fault fault;
	struct address address;

	fault = (struct fault){ 0 };
	if (!CHECK(address_read(&arena, given, NULL, &address, &fault) == STATUS_USAGE))
		printf("# %s\n", given);
	if (!CHECK(strstr(fault.text, "secret") == NULL))
		printf("# %s\n", fault.text);
	return fault.text;
}

static void check_refused(const char *const (*cases)[2], size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (!CHECK(strstr(refusal(cases[i][0]), cases[i][1]) != NULL))
			printf("# %s: %s\n", cases[i][0], refusal(cases[i][0]));
}

#define CHECK_REFUSED(cases) check_refused(cases, sizeof(cases) / sizeof(cases[0]))

static void test_kinds(void)
{
	static const char *const cases[][2] = {
		{ "shop", "dbname='shop'" }, { "My Shop-2.0", "dbname='My Shop-2.0'" },
		{ "host=h", "host='h'" }, { " host = h ", "host='h'" },
		{ "password=a://b@c", "password='a://b@c'" },
		{ "password='it\\'s \\\\ x' user=u\\ v", "password='it\\'s \\\\ x' user='u v'" },
		{ "host='' port=1", "host='' port='1'" },
		{ "password=a;b=c", "password='a;b=c'" },
		{ "password='a;host=c' user=u", "password='a;host=c' user='u'" },
		{ "password='a\\';host=c;'", "password='a\\';host=c;'" },
		{ "host=h schema=s ssl=true", "host='h' sslmode='require' schema='s'" }
	};
	struct address address;
	struct fault fault = { 0 };

	CHECK_WORDS(cases);
	CHECK(address_read(&arena, NULL, NULL, &address, &fault) == 0 && !address.given);
	CHECK(address_read(&arena, "", NULL, &address, &fault) == 0 && !address.given);
}

static void test_urls(void)
{
	static const char *const cases[][2] = {
		{ "postgres://", "" }, { "postgresql:///d", "dbname='d'" },
		{ "PostgreSQL://H/D", "host='H' dbname='D'" },
		{ "postgresql://u:p@h:1/d?sslmode=require",
			"user='u' password='p' host='h' port='1' dbname='d' sslmode='require'" },
		{ "postgres://u:@h/d", "user='u' host='h' dbname='d'" },
		{ "postgres://u@", "user='u'" },
		{ "postgres://:p@h", "password='p' host='h'" },
		{ "postgres://u:p:q@h", "user='u' password='p:q' host='h'" },
		{ "postgres://u%40v:%2F%3f%23%25%20+@h/%64",
			"user='u@v' password='/?#% +' host='h' dbname='d'" },
		{ "postgres://[::1]:5433/d", "host='::1' port='5433' dbname='d'" },
		{ "postgres://[2001:db8::1],h:2", "host='2001:db8::1,h' port=',2'" },
		{ "postgres://a:1,b:2,c/d", "host='a,b,c' port='1,2,' dbname='d'" },
		{ "postgres://,/d", "dbname='d'" },
		{ "postgres://%2Fvar%2Frun:5/d", "host='/var/run' port='5' dbname='d'" },
		{ "postgres:///d?host=/tmp&port=6", "dbname='d' host='/tmp' port='6'" },
		{ "postgres://h?dbname=d", "host='h' dbname='d'" },
		{ "postgres://h/d?user=a@b&&password=c@d", "host='h' dbname='d' user='a@b' "
			"password='c@d'" },
		{ "postgres://h/d?options=-c%20a%3Db", "host='h' dbname='d' options='-c a=b'" },
		{ "postgres://h/d/e", "host='h' dbname='d/e'" },
		{ "postgresql+asyncpg://u@h/d", "user='u' host='h' dbname='d'" },
		{ "postgresql+psycopg2:///d", "dbname='d'" },
		{ "postgres+pg8000://h", "host='h'" }, { "postgis://h/d", "host='h' dbname='d'" },
		{ "PGSQL://h", "host='h'" }
	};

	CHECK_WORDS(cases);
}

static void test_frameworks(void)
{
	static const char *const cases[][2] = {
		{ "postgres://h/d?schema=app&pgbouncer=true&connection_limit=1&sslmode=require",
			"host='h' dbname='d' sslmode='require' schema='app'"
			" -- pgbouncer, connection_limit" },
		{ "postgres://h?pool_timeout=1&socket_timeout=2&statement_cache_size=0",
			"host='h' -- pool_timeout, socket_timeout, statement_cache_size" },
		{ "postgres://h?schema=", "host='h'" },
		{ "postgres://h?ssl=true", "host='h' sslmode='require'" },
		{ "postgres://h?ssl=TRUE", "host='h' sslmode='require'" },
		{ "postgres://h?ssl=no-verify", "host='h' sslmode='require'" },
		{ "postgres://h?ssl=false", "host='h' sslmode='disable'" },
		{ "postgres://h?sslmode=verify-full&ssl=true", "host='h' sslmode='verify-full'" },
		{ "postgres://h?sslmode=no-verify", "host='h' sslmode='require'" },
		{ "postgres://h?sslaccept=strict", "host='h' sslmode='verify-full'" },
		{ "postgres://h?sslaccept=strict&sslmode=prefer",
			"host='h' sslmode='prefer' sslmode='verify-full'" },
		{ "postgres://h?sslaccept=accept_invalid_certs", "host='h'" },
		{ "jdbc:postgresql://h:1/d?user=u&password=p@q&currentSchema=s&ssl=true",
			"host='localhost' host='h' port='1' dbname='d' user='u' password='p@q' "
			"sslmode='verify-full' schema='s'" },
		{ "jdbc:postgresql://h?user=a@b", "host='localhost' host='h' user='a@b'" },
		{ "jdbc:postgresql:d", "host='localhost' dbname='d'" },
		{ "jdbc:postgresql:/", "host='localhost'" },
		{ "JDBC:postgresql:///d?ssl=false&prepareThreshold=0&connectTimeout=3",
			"host='localhost' dbname='d' sslmode='prefer' connect_timeout='3'"
			" -- prepareThreshold" },
		{ "jdbc:postgresql://h?application_name=x", "host='localhost' host='h'"
			" application_name='x'" },
		{ "Host=h;Port=1;Username=u;Password=p;Database=d",
			"host='h' port='1' user='u' password='p' dbname='d'" },
		{ "Server=h; User Id = u ;Password=\"a;\"\"b\";SSL Mode=VerifyFull;Pooling=true;",
			"host='h' user='u' password='a;\"b' sslmode='verify-full' -- pooling" },
		{ "host=h;database=d", "host='h' dbname='d'" },
		{ "Password='a;b';Host=h", "password='a;b' host='h'" },
		{ "Server=h", "host='h'" }, { "User ID=u;Search Path=s", "user='u' schema='s'" }
	};

	CHECK_WORDS(cases);
}

static void test_refused(void)
{
	static const char *const cases[][2] = {
		{ "mysql://u:secret@h/d", "unknown URL scheme \"mysql\"" },
		{ "sqlite:///secret", "\"sqlite\"" }, { "http://h/d", "\"http\"" },
		{ "postgresql+mysql://u:secret@h", "\"postgresql+mysql\"" },
		{ "cockroachdb://h", "\"cockroachdb\"" }, { "file:./secret.db", "" },
		{ "u:secret@h/d", "is no address" }, { "//u:secret@h", "" }, { "h/d", "" },
		{ "=secret", "" }, { "Secret=secret", "" }, { "postgres:secret", "" },
		{ "env:secret=1", "" }, { "env:postgres://u:secret@h/d", "" }, { "env:", "" },
		{ "postgres://u:a@secret@h/d", "%40" }, { "postgres://u:a/secret@h/d", "%2F" },
		{ "postgres://h/secret@d", "%40" }, { "postgres://u:a#secret@h/d", "%23" },
		{ "postgres://u:secret?x@h/d", "%3F" },
		{ "postgres://u:p?x@h/d?options=-c%20a@b", "%3F" },
		{ "postgres://u:a/secret?x@h/d", "%2F" },
		{ "postgres://u:%zzsecret@h/d", "%25" }, { "postgres://u:secret%@h/d", "%25" },
		{ "postgres://u:secret%00@h/d", "%25" }, { "postgres://u:secret%4@h", "%25" },
		{ "postgres://h:secret/d", "port is no number" },
		{ "postgres://u:pa:secret", "port is no number" },
		{ "postgres://[::1/d", "[ ]" }, { "postgres://[::1]secret/d", "[ ]" },
		{ "postgres://a%2Cb/d", "comma" },
		{ "postgres://h/d?secret=1", "parameter 1 " },
		{ "postgres://h/d?schema=a&secret", "parameter 2 " },
		{ "postgres://h?password=a&secret=b", "%26" },
		{ "postgres://h?schema=a,secret", "several schemas" },
		{ "postgres://h?search_path=secret", "schema=NAME" },
		{ "postgres://h?replication=database", "\"replication\"" },
		{ "postgres://h?ssl=secret", "ssl= is true" },
		{ "postgres://h?sslaccept=secret", "sslaccept= is strict" },
		{ "postgres://h?currentschema=x", "parameter 1 " },
		{ "host=h password=ge secret", "word 3 " }, { "host=h secret=1", "parameter 2 " },
		{ "password='secret", "not closed" }, { "port=secret", "port is no number" },
		{ "Host=h;Secret=1", "parameter 2 " },
		{ "Host=h;secret", "part 2 " }, { "Host=h;Password=\"secret", "not closed" },
		{ "Host=h;Password='a'secret;Port=1", "no ; stands behind" }
	};
	struct bytes long_one = { 0 };

	CHECK_REFUSED(cases);
	for (int i = 0; i <= KEYWORDS_MOST; i++)
		bytes_add_text(&long_one, "host=secret ");
	bytes_add_byte(&long_one, '\0');
	CHECK(strstr(refusal((const char *)long_one.data), "says too much") != NULL);
	bytes_close(&long_one);
}

static void test_public(void)
{
	static const char url[] = "jdbc:postgresql://h/d?user=u&password=secret&sslpassword=secret";
	struct address address;
	struct fault fault = { 0 };
	struct bytes text = { 0 };

	CHECK(address_read(&arena, url, NULL, &address, &fault) == 0);
	CHECK(address_is_secret(&address) && address.keywords.foreign);
	address_public_words(&address, &text);
	bytes_add_byte(&text, '\0');
	CHECK(strcmp((char *)text.data, "host='h' dbname='d' user='u'") == 0);
	bytes_close(&text);
	CHECK(address_read(&arena, "postgres://u@h/d", NULL, &address, &fault) == 0);
	CHECK(!address_is_secret(&address) && !address.keywords.foreign);
}

static void test_variable(void)
{
	struct address address;
	struct fault fault = { 0 };

	setenv("ROWPIPE_TEST_URL", "postgres://h/d", 1);
	setenv("ROWPIPE_TEST_EMPTY", "", 1);
	setenv("ROWPIPE_TEST_OTHER", "mysql://u:secret@h/d", 1);
	setenv("ROWPIPE_TEST_AGAIN", "env:ROWPIPE_TEST_URL", 1);
	CHECK(address_read(&arena, "env:ROWPIPE_TEST_URL", NULL, &address, &fault) == 0);
	CHECK(strcmp(address.keywords.whence, "ROWPIPE_TEST_URL") == 0);
	CHECK(strcmp(keywords_find(&address.keywords, "host"), "h") == 0);
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
		{ "53100", STATUS_AGAIN }, { "53200", STATUS_AGAIN }, { "53300", STATUS_AGAIN },
		{ "53400", STATUS_SERVER },
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
	CHECK(strcmp(complaint_attempt("a failed: FATAL:  28P01: one\n"
		"b failed: FATAL:  28000: no entry, no encryption\n", state), "one\n"
		"b failed: FATAL:  28000: no entry, no encryption\n") == 0);
	CHECK(strcmp(state, "28P01") == 0);
	complaint_attempt("b failed: FATAL:  28000: no entry, no encryption\n", state);
	CHECK(strcmp(state, "28000") == 0);
	CHECK(strcmp(complaint_attempt("nothing", state), "nothing") == 0);
	CHECK(strcmp(complaint_attempt("failed: x:  1234", state), "x:  1234") == 0);
	CHECK(strcmp(complaint_attempt("failed: x\ny:  12345: z", state), "x\ny:  12345: z") == 0);
}

static void test_pooler(void)
{
	CHECK(complaint_pooler("08P01", "query_wait_timeout") == STATUS_AGAIN);
	CHECK(complaint_pooler("08P01", "no more connections allowed (max_client_conn)") ==
		STATUS_AGAIN);
	CHECK(complaint_pooler("08P01", "no such database: x") == STATUS_MISFIT);
	CHECK(complaint_pooler("08P01", "invalid message format") == STATUS_OK);
	CHECK(complaint_pooler("XX000", "Max client connections reached") == STATUS_AGAIN);
	CHECK(complaint_pooler("XX000", "Tenant or user not found") == STATUS_RIGHTS);
	CHECK(complaint_pooler("XX000", "query_wait_timeout") == STATUS_OK);
	CHECK(complaint_pooler("57014", "canceling statement due to statement timeout") == 0);
	CHECK(complaint_connect("08P01", "x failed: FATAL: 08P01: server login failed: no") ==
		STATUS_AGAIN);
}

static const char *advice(const char *state, const char *text, const char *host)
{
	const struct complaint_place place = { host, "5432", "o'neil", "-shop" };
	static char copy[200];
	struct bytes to = { 0 };

	complaint_add_advice(&to, state, text, &place);
	snprintf(copy, sizeof(copy), "%.*s", (int)to.size, (const char *)to.data);
	bytes_close(&to);
	return copy;
}

static void test_advice(void)
{
	CHECK(strcmp(advice("3D000", "", "db.example"),
		"; this makes it: createdb -h db.example -p 5432 -U 'o'\\''neil' -- -shop") == 0);
	CHECK(strcmp(advice("3D000", "", ""),
		"; this makes it: createdb -p 5432 -U 'o'\\''neil' -- -shop") == 0);
	CHECK(strstr(advice("28000", "no pg_hba.conf entry for x, no encryption", ""),
		"sslmode=require") != NULL);
	CHECK(strcmp(advice("28P01", "password authentication failed", ""), "") == 0);
}

int main(void)
{
	static const struct test tests[] = {
		{ "kinds", test_kinds }, { "urls", test_urls }, { "frameworks", test_frameworks },
		{ "refused", test_refused }, { "public", test_public },
		{ "variable", test_variable },
		{ "wipe", test_wipe }, { "status", test_status }, { "redact", test_redact },
		{ "row", test_row }, { "grant", test_grant }, { "attempt", test_attempt },
		{ "pooler", test_pooler }, { "advice", test_advice }
	};
	int code = test_run(tests, sizeof(tests) / sizeof(tests[0]));

	arena_close(&arena);
	return code;
}
