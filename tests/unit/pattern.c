/* Names and patterns of a command line. */
#include "row/pattern.h"

#include "sample.h"

struct match_case {
	const char *pattern;
	const char *name;
	bool matches;
};

static const struct match_case matches[] = {
	{ "a", "a", true }, { "a", "A", true }, { "Ab_1", "aB_1", true }, { "a", "b", false },
	{ "a", "aa", false }, { "aa", "a", false }, { "", "", true }, { "", "a", false },
	{ "a", "", false }, { "*", "", true }, { "*", "abc", true }, { "**", "abc", true },
	{ "a*", "abc", true }, { "*c", "ABC", true }, { "a*c", "abbc", true },
	{ "a*c", "abcd", false },
	{ "a*b*c", "aXbYbZc", true }, { "*ab", "aab", true }, { "*aab", "aaaab", true },
	{ "a*bc*d", "abcXbcd", true }, { "?", "", false }, { "?", "x", true }, { "??", "x", false },
	{ "?", "\xc3\xb6", true }, { "??", "\xc3\xb6", false },
	{ "?b", "\xf0\x9f\x98\x80" "b", true },
	{ "*?", "\xc3\xb6", true }, { "*\xb6", "\xc3\xb6", false }, /* no half a character */
	{ "a?*", "a", false }, { "a?*", "ab", true }, { "*?*?*", "ab", true },
	{ "*?*?*", "a", false },
	{ "\xc3\x96", "\xc3\xb6", false }, { "[a]", "[A]", true }, { "a.c", "abc", false },
	{ "\\*", "\\x", true }, { "a*", "*", false }, { "?", "\xff\xff", false },
	{ "@", "`", false }, { "[", "{", false }, /* neighbours of the letters */
};

static void test_match(void)
{
	for (size_t i = 0; i < COUNT(matches); i++) {
		const struct match_case *match = &matches[i];

		if (!CHECK(pattern_match(match->pattern, match->name) == match->matches))
			printf("# %s %s\n", match->pattern, match->name);
	}
}

/* The definition, without thought for time. */
static bool slow_match(const char *pattern, const char *name)
{
	if (*pattern == '*')
		return slow_match(pattern + 1, name) || (*name && slow_match(pattern, name + 1));
	if (*name == '\0' || *pattern == '\0')
		return *name == *pattern;
	if (*pattern != '?' && (*pattern | 32) != (*name | 32))
		return false;
	return slow_match(pattern + 1, name + 1);
}

static void test_random(void)
{
	for (int i = 0; i < 200000; i++) {
		char pattern[8], name[8];
		size_t sizes[2] = { sample_below(8), sample_below(8) };

		for (size_t j = 0; j < 7; j++) {
			pattern[j] = "aAb*?"[sample_below(5)];
			name[j] = "aAb"[sample_below(3)];
		}
		pattern[sizes[0]] = name[sizes[1]] = '\0';
		if (pattern_match(pattern, name) != slow_match(pattern, name)) {
			CHECK(false);
			printf("# %s %s\n", pattern, name);
			break;
		}
	}
}

/* What takes others for ever takes no time here. */
static void test_long(void)
{
	static char pattern[20001], name[10001];

	for (size_t i = 0; i < 10000; i++) {
		memcpy(pattern + 2 * i, "*a", 2);
		name[i] = 'a';
	}
	CHECK(pattern_match(pattern, name));
	pattern[19999] = 'b';
	CHECK(!pattern_match(pattern, name));
}

static void test_choice(void)
{
	static const char *only[] = { "a*", "b" }, *except[] = { "ab*", "x" };
	static const char *list[] = { "a", "B", "c" };
	struct choice choice = { 0 };
	struct texts names = { list, 3 };

	CHECK(choice_wants(&choice, "anything") && choice_idle(&choice, &names) == NULL);
	choice.except = (struct texts){ except, 2 };
	CHECK(choice_wants(&choice, "a") && !choice_wants(&choice, "abc"));
	CHECK(choice_wants(&choice, "c"));
	CHECK(choice_idle(&choice, &names) == except[0]);
	choice.only = (struct texts){ only, 2 };
	CHECK(choice_wants(&choice, "a") && !choice_wants(&choice, "ABC"));
	CHECK(!choice_wants(&choice, "c"));
	CHECK(choice_wants(&choice, "B"));
	names.count = 1;
	CHECK(choice_idle(&choice, &names) == only[1]);
	names.count = 0;
	CHECK(choice_idle(&choice, &names) == only[0]);
}

struct list_case {
	const char *list;
	const char *taken; /* each name and what ended it, . at the end */
};

static const struct list_case lists[] = {
	{ "", "" }, { "a", "a." }, { "a,b", "a,b." }, { "t=a,b", "t=a,b." }, { "a,", "a," },
	{ ",a", ",a." }, { "=", "=" }, { "\"a,b\"=\"c=\"", "a,b=c=." },
	{ "\"a\"\"b\",c", "a\"b,c." },
	{ "\"\"", "." }, { "\"\",a", ",a." }, { "a\"b", "a\"b." },
	{ "\xc3\xb6,\"\xe2\x82\xac\"", "\xc3\xb6,\xe2\x82\xac." }, { "\"open", "open." },
	{ "\"\"\"\"", "\"." },
};

static void test_names(void)
{
	struct arena arena = { 0 };

	for (size_t i = 0; i < COUNT(lists); i++) {
		const char *list = lists[i].list;
		char taken[100] = "", *name, end[2] = "";

		while (names_next(&list, &arena, &name, end)) {
			strcat(taken, name);
			strcat(taken, *end ? end : ".");
		}
		if (!CHECK(name == NULL && strcmp(taken, lists[i].taken) == 0))
			printf("# %s: %s\n", lists[i].list, taken);
	}
	arena_close(&arena);
}

/* Behind a quoted name only a delimiter is right; what is there is told to the caller. */
static void test_behind_quote(void)
{
	struct arena arena = { 0 };
	const char *list = "\"a\"x,b";
	char *name, end;

	CHECK(names_next(&list, &arena, &name, &end) && strcmp(name, "a") == 0 && end == 'x');
	CHECK(strcmp(list, ",b") == 0);
	arena_close(&arena);
}

int main(void)
{
	static const struct test tests[] = {
		{ "matches", test_match },
		{ "random patterns", test_random },
		{ "many stars", test_long },
		{ "choices", test_choice },
		{ "lists of names", test_names },
		{ "behind a quoted name", test_behind_quote },
	};

	return test_run(tests, COUNT(tests));
}
