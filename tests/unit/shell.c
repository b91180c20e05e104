/* Words as a shell reads them back, and names as PostgreSQL does. */
#include "flow/shell.h"

#include <unistd.h>

#include "base/descriptor.h"
#include "flow/child.h"
#include "row/identifier.h"
#include "sample.h"

struct quote_case {
	const char *word;
	const char *quoted;
};

static const struct quote_case words[] = {
	{ "app.db", "app.db" }, { "", "''" }, { "a b", "'a b'" }, { "it's", "'it'\\''s'" },
	{ "~", "'~'" }, { "a~", "a~" }, { "$(x)", "'$(x)'" }, { "*", "'*'" }, { "-x", "-x" },
	{ "a\nb", "$'a\\x0ab'" }, { "\x1b[2J", "$'\\x1b[2J'" }, { "Zo\xc3\xab", "'Zo\xc3\xab'" },
	{ "\xff'\\", "$'\\xff\\'\\\\'" }, { "\xe2\x80\xae" "a", "$'\\xe2\\x80\\xaea'" },
	{ "#x", "'#x'" }, { "a;b", "'a;b'" }, { "\\", "'\\'" },
};

static bool is(struct bytes *text, const char *expected)
{
	const bool same = !text->failed && text->size == strlen(expected) &&
		memcmp(text->data, expected, text->size) == 0;

	if (!same)
		printf("# %.*s, expected %s\n", (int)text->size, (const char *)text->data,
			expected);
	bytes_clear(text);
	return same;
}

static void test_quote(void)
{
	struct bytes text = { 0 };

	for (size_t i = 0; i < COUNT(words); i++) {
		bytes_add_text(&text, "");
		shell_quote(&text, words[i].word);
		CHECK(is(&text, words[i].quoted));
	}
	bytes_close(&text);
}

/* The shell itself is asked what it reads. */
static void test_round_trip(void)
{
	struct bytes line = { 0 }, said = { 0 }, expected = { 0 };
	struct texts list = { 0 };
	struct arena arena = { 0 };
	struct fault fault = { 0 };

	shell_add(&arena, &list, "printf", &fault);
	shell_add(&arena, &list, "%s|", &fault);
	for (size_t i = 0; i < COUNT(words); i++) {
		shell_add(&arena, &list, words[i].word, &fault);
		bytes_format(&expected, "%s|", words[i].word);
	}
	shell_line(&line, &list);
	bytes_add_byte(&line, '\0');
	bytes_add_byte(&expected, '\0');
	{
		const char *const run[] = { "bash", "-c", (const char *)line.data, NULL };
		struct child child = { .words = run };

		CHECK(child_read(&child, &said, 4096, &fault) == 0 && fault.status == 0);
	}
	CHECK(is(&said, (const char *)expected.data));
	bytes_close(&line);
	bytes_close(&said);
	bytes_close(&expected);
	arena_close(&arena);
}

static void test_identifiers(void)
{
	static const struct quote_case names[] = {
		{ "users", "users" }, { "_a1", "_a1" }, { "Users", "\"Users\"" },
		{ "user", "\"user\"" }, { "users2", "users2" }, { "2users", "\"2users\"" },
		{ "a b", "\"a b\"" }, { "a\"b", "\"a\"\"b\"" }, { "", "\"\"" },
		{ "xmltable", "\"xmltable\"" }, { "all", "\"all\"" }, { "al", "al" },
		{ "all analyse", "\"all analyse\"" }, { "gr\xc3\xb6\xc3\x9f" "e",
		"\"gr\xc3\xb6\xc3\x9f" "e\"" }, { "a$", "\"a$\"" },
	};
	struct bytes text = { 0 };

	for (size_t i = 0; i < COUNT(names); i++) {
		identifier_add(&text, names[i].word);
		CHECK(is(&text, names[i].quoted));
	}
	identifier_add_both(&text, "public", "order");
	CHECK(is(&text, "public.\"order\""));
	bytes_close(&text);
}

/* An exit status, a signal, a program that is not there, and nothing that was open before. */
static void test_child(void)
{
	static const struct {
		const char *script;
		int status;
	} scripts[] = {
		{ "exit 7", 7 }, { "kill -9 $$", 137 }, { "[ ! -e /proc/$$/fd/9 ]", 0 },
		{ "[ -e /proc/$$/fd/2 ]", 0 }, { "read x && exit 1; exit 0", 0 },
		{ "trap '' PIPE; kill -PIPE $$; exit 3", 3 }, { "kill -PIPE $$", 141 },
	};
	const char *const none[] = { "no-such-program-here", NULL };
	struct child child = { .words = none };
	struct fault fault = { 0 };

	CHECK(dup2(STDOUT_FILENO, 9) == 9);
	CHECK(child_run(&child, &fault) == 127);
	for (size_t i = 0; i < COUNT(scripts); i++) {
		const char *const run[] = { "bash", "-c", scripts[i].script, NULL };

		child = (struct child){ .words = run };
		if (!CHECK(child_run(&child, &fault) == scripts[i].status))
			printf("# %s\n", scripts[i].script);
	}
	CHECK(fault.status == 0);
}

/* Whoever is left of a group when its leader ends is killed, and waited for. */
static void test_group(void)
{
	const char *const run[] = { "bash", "-c", "sleep 60 & (trap '' TERM; sleep 60) & exit 5",
		NULL };
	struct child child = { .words = run, .standard = { -1, -1, -1 }, .group = true };
	struct fault fault = { 0 };

	CHECK(child_begin(&child, &fault) == 0);
	CHECK(child_end_group(&child, 100) == 5);
}

int main(void)
{
	static const struct test tests[] = {
		{ "quoting", test_quote },
		{ "what a shell reads back", test_round_trip },
		{ "identifiers", test_identifiers },
		{ "children", test_child },
		{ "groups of children", test_group },
	};

	return test_run(tests, COUNT(tests));
}
