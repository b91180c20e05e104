/* JSON by jsonb's rules: a table, limits, and keys that stand twice. */
#include "base/json.h"

#include <stdlib.h>

#include "test.h"

static struct bytes scratch;

static uint64_t state = 88172645463325252;

static uint64_t random_bits(void)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state;
}

/* In memory of exactly its size, so that a sanitizer sees one byte too far. */
static enum json_form look(const char *text, size_t size)
{
	uint8_t *copy = malloc(size > 0 ? size : 1);
	enum json_form form;

	memcpy(copy, text, size);
	form = json_look(copy, size, &scratch);
	free(copy);
	return form;
}

static bool is(enum json_form form, const char *text)
{
	if (look(text, strlen(text)) == form)
		return true;
	printf("# this one: %s\n", text);
	return false;
}

static void test_good(void)
{
	static const char *const good[] = {
		"{}", "[]", "\"\"", "0", "-0", "-0.0e-0", "1", "1.5", "1e5", "1E+5", "1.25e-10",
		"true", "false", "null", " \t\r\n[ \t\r\n] \t\r\n", "[1,2,3]", "[[],[[]],{}]",
		"{\"a\":1}", "{ \"a\" : [ { } , null ] , \"b\" : \"c\" }",
		"\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e4\"", "\"\\ud83d\\ude00\"", "\"\\uDBFF\\uDFFF\"",
		"\"\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80\"", "\"\x7f\"", "\"\\ud7ff\\ue000\\u0001\"",
		"1e131071", "1e-16383", "0e200000", "-9.99e131071", "12345678901234567890.5",
		"{\"a\":{\"a\":{\"a\":1}},\"b\":{\"a\":1}}", "[{\"a\":1},{\"a\":1}]", "{\"\":1}",
		"{\"a\":1,\"A\":2,\"a \":3,\"\\u00c4\":4,\"\\u00e4\":5}", "\"/\"",
		"\"0123456789012345678901234567\\n890\""
	};

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		CHECK(is(JSON_UNIQUE, good[i]));
}

static void test_bad(void)
{
	static const char *const bad[] = {
		"", " ", "{", "}", "[", "]", "{]", "[}", "[1", "[1,", "[1,]", "[,1]", "[1 2]",
		"[1,,2]", "{,}", "{\"a\"}", "{\"a\":}", "{\"a\":1,}", "{a:1}", "{'a':1}", "{1:1}",
		"{\"a\" 1}", "{\"a\":1 \"b\":2}", "{\"a\":1}}", "[]]", "1 2", "\"", "\"a", "\"\\",
		"\"\\\"", "\"\\x\"", "\"\\u\"", "\"\\u12\"", "\"\\u123g\"", "\"\\u0000\"",
		"{\"\\u0000\":1}", "\"\\ud800\"", "\"\\ud800x\"", "\"\\ud800\\n\"",
		"\"\\ud800\\u0041\"", "\"\\udc00\"", "\"\\udc00\\ud800\"", "\"\\ud800\\ud800\"",
		"\"\\ud83d\\ude0\"", "\"\n\"", "\"\t\"", "\"\x1f\"", "01", "-", "-a", "+1", ".5",
		"5.", "1.e5", "1e", "1e+", "-01", "0x1", "NaN", "Infinity", "-Infinity", "tru",
		"truex", "True", "nul", "nulll", "TRUE", "undefined", "/**/1", "1//", "1e131072",
		"1e200000", "1e-16384", "1.5e-16383", "1e99999999999", "[1e200000]", "\"\xff\"",
		"\"\xc3\"", "\"\xed\xa0\x80\"", "\"\xc0\x80\"", "\xc3\xa4", "[\"a\",\xef\xbb\xbf]",
		"\xef\xbb\xbf{}", "{\"\xff\":1}", "[1]\f", "\v1", "\\u0031", "[\"0123456789\x01\"]",
		"{[]:1}"
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		CHECK(is(JSON_NOT, bad[i]));
	CHECK(look("1\0", 2) == JSON_NOT);
	CHECK(look("\0", 1) == JSON_NOT);
	CHECK(look("\"a\0b\"", 5) == JSON_NOT);
	CHECK(look("[1,\0]", 5) == JSON_NOT);
}

static void test_doubled(void)
{
	static const char *const doubled[] = {
		"{\"a\":1,\"a\":2}", "{\"a\":1,\"\\u0061\":2}", "{\"\\u0061\":1,\"a\":2}",
		"{\"\":1,\"\":2}", "[1,{\"x\":{\"y\":1,\"z\":[],\"y\":2}}]",
		"{\"a\":{\"b\":1},\"a\":2}", "{\"\\ud83d\\ude00\":1,\"\xf0\x9f\x98\x80\":2}",
		"{\"\\/\":1,\"/\":2}", "{\"\\u00e4\":1,\"\xc3\xa4\":2}",
		"{\"\\u20ac\\t\":1,\"\xe2\x82\xac\\u0009\":2}",
		"{\"k\":1,\"l\":{\"k\":1},\"m\":3,\"k\":4}",
		"{\"\\n\":1,\"\\u000a\":1,\"\\u000A\":1}"
	};

	for (size_t i = 0; i < sizeof(doubled) / sizeof(doubled[0]); i++)
		CHECK(is(JSON_DOUBLED, doubled[i]));
	CHECK(is(JSON_NOT, "{\"a\":1,\"a\":2"));
	CHECK(is(JSON_NOT, "{\"a\":1,\"a\":2} x"));
}

static enum json_form look_deep(size_t depth, const char *open, const char *close)
{
	struct bytes text = { 0 };
	enum json_form form;

	for (size_t i = 0; i < depth; i++)
		bytes_add_text(&text, open);
	bytes_add_text(&text, "1");
	for (size_t i = 0; i < depth; i++)
		bytes_add_text(&text, close);
	form = look((char *)text.data, text.size);
	bytes_close(&text);
	return form;
}

static void test_depth(void)
{
	CHECK(look_deep(1000, "[", "]") == JSON_UNIQUE);
	CHECK(look_deep(1001, "[", "]") == JSON_NOT);
	CHECK(look_deep(1000, "{\"a\":", "}") == JSON_UNIQUE);
	CHECK(look_deep(1001, "{\"a\":", "}") == JSON_NOT);
	CHECK(look_deep(500, "[{\"a\":2,\"b\":", "}]") == JSON_UNIQUE);
	CHECK(look_deep(501, "[{\"a\":2,\"b\":", "}]") == JSON_NOT);
	CHECK(look_deep(500, "[{\"b\":2,\"\\u0062\":", "}]") == JSON_DOUBLED);
	CHECK(look_deep(1000000, "[", "]") == JSON_NOT);
}

/* Digits written out, without an exponent. */
static void test_long_numbers(void)
{
	struct bytes text = { 0 };

	for (int i = 0; i < 131072; i++)
		bytes_add_byte(&text, '9');
	CHECK(look((char *)text.data, text.size) == JSON_UNIQUE);
	bytes_add_byte(&text, '.');
	for (int i = 0; i < 16383; i++)
		bytes_add_byte(&text, '9');
	CHECK(look((char *)text.data, text.size) == JSON_UNIQUE);
	bytes_add_byte(&text, '0');
	CHECK(look((char *)text.data, text.size) == JSON_NOT);
	text.data[131072] = '9';
	CHECK(look((char *)text.data, text.size) == JSON_NOT);
	bytes_close(&text);
}

/* An object of so many keys, some of them escaped; one of them stands twice if asked for. */
static enum json_form look_keys(size_t count, bool twice)
{
	struct bytes text = { 0 };
	enum json_form form;
	size_t odd = random_bits() % count, same = random_bits() % count;

	for (size_t i = 0; i < count; i++) {
		size_t key = twice && i == odd ? same : i;

		bytes_add_text(&text, i == 0 ? "{" : ",");
		bytes_format(&text, i % 3 == 0 ? "\"k\\u0065y %zu\" : " : "\"key %zu\":", key);
		bytes_format(&text, i % 7 == 0 ? "{\"key %zu\":1}" : "%zu", i);
	}
	bytes_add_text(&text, "}");
	form = look((char *)text.data, text.size);
	bytes_close(&text);
	return twice && odd == same ? JSON_DOUBLED : form;
}

static void test_many_keys(void)
{
	unsigned wrong = 0;

	for (size_t round = 0; round < 2000; round++) {
		size_t count = 2 + random_bits() % (round % 100 == 0 ? 3000 : 60);

		wrong += look_keys(count, false) != JSON_UNIQUE;
		wrong += look_keys(count, true) != JSON_DOUBLED;
	}
	CHECK(wrong == 0);
	CHECK(look_keys(100000, false) == JSON_UNIQUE);
	CHECK(look_keys(100000, true) == JSON_DOUBLED);
}

/* A fault at any place of a good text is found wherever the eight-byte steps lie. */
static void test_places(void)
{
	char text[64];
	unsigned wrong = 0;

	for (size_t size = 3; size < sizeof(text); size++)
		for (size_t at = 1; at < size - 1; at++) {
			memset(text, 'x', size);
			text[0] = text[size - 1] = '"';
			text[at] = '\x1f';
			wrong += look(text, size) != JSON_NOT;
			text[at] = '"';
			wrong += look(text, size) != JSON_NOT;
			text[at] = '\xfe';
			wrong += look(text, size) != JSON_NOT;
			text[at] = ' ';
			wrong += look(text, size) != JSON_UNIQUE;
		}
	CHECK(wrong == 0);
}

static void test_top(void)
{
	CHECK(json_top((const uint8_t *)" {}", 3) == JSON_OBJECT);
	CHECK(json_top((const uint8_t *)"\n\t[]", 4) == JSON_ARRAY);
	CHECK(json_top((const uint8_t *)"\"{\"", 3) == JSON_SCALAR);
	CHECK(json_top((const uint8_t *)"1", 1) == JSON_SCALAR);
}

static void test_too_long(void)
{
	const size_t size = JSON_SIZE_MOST + 1;
	uint8_t *text = malloc(size);

	if (!CHECK(text != NULL))
		return;
	memset(text, ' ', size);
	text[0] = '1';
	CHECK(json_look(text, size - 1, &scratch) == JSON_UNIQUE);
	CHECK(json_look(text, size, &scratch) == JSON_NOT);
	free(text);
}

static void test_no_memory(void)
{
	struct bytes failed = { .failed = true };

	CHECK(json_look((const uint8_t *)"{\"a\":1}", 7, &failed) == JSON_NOT);
	CHECK(failed.failed);
	CHECK(json_look((const uint8_t *)"[1]", 3, &failed) == JSON_UNIQUE);
}

int main(void)
{
	static const struct test tests[] = {
		{"what jsonb takes", test_good},
		{"what it does not take", test_bad},
		{"keys that stand twice", test_doubled},
		{"depth", test_depth},
		{"long numbers", test_long_numbers},
		{"many keys", test_many_keys},
		{"faults at every place", test_places},
		{"what stands outermost", test_top},
		{"too long", test_too_long},
		{"no memory", test_no_memory},
	};
	int code = test_run(tests, sizeof(tests) / sizeof(tests[0]));

	bytes_close(&scratch);
	return code;
}
