/* Texts and what they fall into, written as one letter a token. */
#include "row/token.h"

#include <string.h>

#include "base/arena.h"
#include "test.h"

struct sample {
	const char *text;
	const char *kinds; /* the letters are explained in letter() */
};

static const struct sample samples[] = {
	{ "", "" },
	{ " \t\r\n\f", "" },
	{ " \v", "" },
	{ "\v", "!" },
	{ "a\v", "n!" },
	{ "\xef\xbb\xbf" "a", "n" },
	{ "a b_1 $c d$ _ \xc3\xa4 x", "nnvnnnn" },
	{ "a--b\nc", "nn" },
	{ "a--b", "n" },
	{ "a/*b*/c", "nn" },
	{ "a/*/b*/c", "nn" },
	{ "a/**/c", "nn" },
	{ "a/*b", "n" },
	{ "a/*b*", "n" },
	{ "a/*", "noo" },
	{ "a-b", "non" },
	{ "a->b->>c||d", "nononon" },
	{ "<=<><<<>=>>>===!=||", "oooooooooo" },
	{ "!", "!" },
	{ "|&~%;,.+-*/()", "ooooooooooooo" },
	{ "{}^\\", "!!!!" },
	{ "\"a\"\"b\" `a``b` [a]", "qqq" },
	{ "[a]]", "q!" },
	{ "'a''b' ''", "ss" },
	{ "'a", "!" },
	{ "\"a\"\"", "!" },
	{ "[a", "!" },
	{ "`", "!" },
	{ "0 12 1.5 .5 5. 1e3 1E-3 1.e+3 0xfF 1_000", "1111111111" },
	{ "1a 1e 1e+ 0x 0xg 1.5x", "!!!o!!!" },
	{ "1..5", "11" },
	{ "a.b .", "nono" },
	{ "x'' X'0fA0' x", "bbn" },
	{ "x'0' x'zz'", "!!" },
	{ "x'00", "!" },
	{ "? ?12 :a @a $a #a", "vvvvvv" },
	{ ": @ $ #", "!!!!" },
	{ "(a)(b)", "onoono" },
};

static char letter(enum token_kind kind)
{
	static const char letters[] = {
		[TOKEN_NAME] = 'n', [TOKEN_QUOTED] = 'q', [TOKEN_STRING] = 's',
		[TOKEN_NUMBER] = '1', [TOKEN_BLOB] = 'b', [TOKEN_VARIABLE] = 'v',
		[TOKEN_OPERATOR] = 'o', [TOKEN_ILL] = '!',
	};

	return letters[kind];
}

static void test_kinds(void)
{
	for (size_t i = 0; i < sizeof(samples) / sizeof(samples[0]); i++) {
		const char *text = samples[i].text;
		struct cursor cursor = cursor_open(text, strlen(text));
		char kinds[64] = "";
		struct token token;

		for (size_t n = 0; (token = cursor_next(&cursor)).kind != TOKEN_END && n < 63; n++)
			kinds[n] = letter(token.kind);
		if (!CHECK(strcmp(kinds, samples[i].kinds) == 0))
			printf("# <%s> is %s\n", text, kinds);
		CHECK(token.text == text + strlen(text) && token.size == 0);
	}
}

/* However the text is cut, tokens lie in it, one behind the other. */
static void test_cuts(void)
{
	static const char text[] = "a/*b*/-- c\n 'd''e' \"f\"[g]0x1e+5 1.5e-3 x'00'->>?1 :a||!="
		"\xef\xbb\xbf\0b";

	for (size_t from = 0; from <= sizeof(text); from++)
		for (size_t size = 0; from + size <= sizeof(text); size++) {
			struct cursor cursor = cursor_open(text + from, size);
			const char *past = text + from;
			struct token token;

			while ((token = cursor_next(&cursor)).kind != TOKEN_END) {
				if (!CHECK(token.text >= past && token.size > 0))
					return;
				past = token.text + token.size;
			}
			CHECK(token.text == text + from + size);
		}
}

static struct token only(const char *text)
{
	struct cursor cursor = cursor_open(text, strlen(text));

	return cursor_next(&cursor);
}

static bool unquotes(struct arena *arena, const char *text, const char *expected)
{
	struct token token = only(text);
	const char *name = token_unquote(arena, &token);

	return name != NULL && strcmp(name, expected) == 0;
}

static void test_unquote(void)
{
	struct arena arena = { 0 };

	CHECK(unquotes(&arena, "a", "a"));
	CHECK(unquotes(&arena, "\"a b\"", "a b"));
	CHECK(unquotes(&arena, "\"a\"\"\"\"b\"\"\"", "a\"\"b\""));
	CHECK(unquotes(&arena, "\"\"", ""));
	CHECK(unquotes(&arena, "'it''s \"x\"'", "it's \"x\""));
	CHECK(unquotes(&arena, "`a``b\"\"`", "a`b\"\""));
	CHECK(unquotes(&arena, "[a\"\"b[]", "a\"\"b["));
	CHECK(unquotes(&arena, "12", "12"));
	arena_close(&arena);
}

static bool reserved(const char *text)
{
	struct token token = only(text);

	return token_is_reserved(&token);
}

static bool name(const char *text)
{
	struct token token = only(text);

	return token_is_name(&token);
}

static void test_words(void)
{
	struct token token = only("Select");

	CHECK(token_is(&token, "SELECT"));
	CHECK(!token_is(&token, "SELECTED"));
	CHECK(!token_is(&token, "SELEC"));
	token = only("\"select\"");
	CHECK(!token_is(&token, "select"));
	token = only("->>x");
	CHECK(token_is(&token, "->>") && !token_is(&token, "->"));
	CHECK(reserved("table") && reserved("WHERE") && reserved("Null"));
	CHECK(!reserved("key") && !reserved("\"table\"") && !reserved("left") && !reserved("tabl"));
	CHECK(name("key") && name("[table]") && name("'x'") && name("left") && name("generated"));
	CHECK(!name("table") && !name("1") && !name("x'00'") && !name("?1") && !name("("));
}

static void test_compare(void)
{
	CHECK(name_compare("abc", "ABC") == 0);
	CHECK(name_compare("abc", "ABD") < 0);
	CHECK(name_compare("abc", "AB") > 0);
	CHECK(name_compare("", "") == 0);
	CHECK(name_compare("[", "{") != 0);
	CHECK(name_compare("\xc3\xa4", "\xc3\x84") != 0);
}

int main(void)
{
	static const struct test tests[] = {
		{ "kinds of tokens", test_kinds },
		{ "text cut anywhere", test_cuts },
		{ "unquoting", test_unquote },
		{ "words and names", test_words },
		{ "names compared", test_compare },
	};

	return test_run(tests, sizeof(tests) / sizeof(tests[0]));
}
