/* Command lines: what is taken, what is refused and with which words, and the help. */
#include "flow/options.h"

#include <stdlib.h>

#include "sample.h"

static struct {
	bool flag, quiet;
	const char *text, *maybe;
	struct texts list;
	long long number;
} set;

static const struct option options[] = {
	{ "flag", 'f', OPTION_FLAG, NULL, "a flag", &set.flag, true, 0, 0 },
	{ "quiet", 'q', OPTION_FLAG, NULL, "another one", &set.quiet, false, 0, 0 },
	{ "text", 't', OPTION_TEXT, "TEXT", "a text of many words, so many that they do not "
		"fit into one line of the help", &set.text, true, 0, 0 },
	{ "maybe", '\0', OPTION_MAYBE, "HOW", "with a value or without", &set.maybe, true, 0, 0 },
	{ "list", 'l', OPTION_LIST, "NAME", "may be given again", &set.list, true, 0, 0 },
	{ "a-long-number-of-things", 'n', OPTION_NUMBER, "N", "from -5 to 100", &set.number, true,
		-5, 100 },
};

static const char *const examples[] = { "tool < a.rows > b.rows", NULL };

static const struct tool tool = { "tool", "does this and that", "FILE [MORE]", 1, 2, options,
	COUNT(options), "A paragraph.\n\nAnother one, which is so long that it has to be "
	"wrapped, because no line of the help is longer than the screen is wide.", examples,
	false };

static struct arena arena;
static struct fault fault;
static struct texts operands;

/* A command line, its words parted by blanks; an empty word is written as %. */
static int parse(const char *line)
{
	static char text[300], *words[40];
	int count = 1;

	arena_reset(&arena);
	memset(&set, 0, sizeof(set));
	strcpy(text, line);
	words[0] = text + strlen(text);
	for (char *word = strtok(text, " "); word != NULL; word = strtok(NULL, " "))
		words[count++] = strcmp(word, "%") == 0 ? word + 1 : word;
	words[count] = NULL;
	return options_parse(&tool, &arena, count, words, &operands, &fault);
}

static bool is(const char *text, const char *other)
{
	return text != NULL && strcmp(text, other) == 0;
}

static void test_taken(void)
{
	CHECK(parse("a") == 0 && operands.count == 1 && is(operands.items[0], "a"));
	CHECK(!set.flag && set.text == NULL && set.maybe == NULL && set.list.count == 0);
	CHECK(parse("--flag a -q b") == 0 && set.flag && set.quiet && operands.count == 2);
	CHECK(parse("--text=x=y a") == 0 && is(set.text, "x=y"));
	CHECK(parse("--text x a") == 0 && is(set.text, "x") && operands.count == 1);
	CHECK(parse("--text= a") == 0 && is(set.text, ""));
	CHECK(parse("--text -f a") == 0 && is(set.text, "-f") && !set.flag);
	CHECK(parse("-tx a") == 0 && is(set.text, "x"));
	CHECK(parse("-t x a") == 0 && is(set.text, "x"));
	CHECK(parse("-t % a") == 0 && is(set.text, ""));
	CHECK(parse("-fqtx a") == 0 && set.flag && set.quiet && is(set.text, "x"));
	CHECK(parse("-fqt x a") == 0 && set.quiet && is(set.text, "x"));
	CHECK(parse("-t=x a") == 0 && is(set.text, "=x"));
	CHECK(parse("--maybe a") == 0 && is(set.maybe, "") && operands.count == 1);
	CHECK(parse("--maybe=x a") == 0 && is(set.maybe, "x"));
	CHECK(parse("-t x -t y a") == 0 && is(set.text, "y"));
	CHECK(parse("-- -f") == 0 && !set.flag && is(operands.items[0], "-f"));
	CHECK(parse("a -- --") == 0 && is(operands.items[1], "--"));
	CHECK(parse("- a") == 0 && is(operands.items[0], "-"));
	CHECK(parse("%") == 0 && is(operands.items[0], ""));
	CHECK(parse("-h a") == 0 && parse("--version a") == 0);
}

static void test_lists(void)
{
	CHECK(parse("--list a -lb f -l c --list=d --list e") == 0 && set.list.count == 5);
	for (size_t i = 0; i < 5; i++)
		CHECK(set.list.items[i][0] == (char)('a' + i) && set.list.items[i][1] == '\0');
	CHECK(parse("-l a f") == 0 && set.list.count == 1);
}

static void test_numbers(void)
{
	CHECK(parse("-n 0 a") == 0 && set.number == 0);
	CHECK(parse("-n -5 a") == 0 && set.number == -5);
	CHECK(parse("--a-long-number-of-things=100 a") == 0 && set.number == 100);
}

struct refusal {
	const char *line;
	const char *text;
};

#define NUMBER "--a-long-number-of-things takes a whole number from -5 to 100, not "

static const struct refusal refusals[] = {
	{ "--flg a", "there is no option --flg; did you mean --flag? (tool --help lists them)" },
	{ "--tezt=1 a",
		"there is no option --tezt; did you mean --text? (tool --help lists them)" },
	{ "--hepl a", "there is no option --hepl; did you mean --help? (tool --help lists them)" },
	{ "--wholly-other a", "there is no option --wholly-other (tool --help lists them)" },
	{ "--= a", "there is no option -- (tool --help lists them)" },
	{ "--fla a", "there is no option --fla; did you mean --flag? (tool --help lists them)" },
	{ "-x a", "there is no option -x (tool --help lists them)" },
	{ "-fx a", "there is no option -x (tool --help lists them)" },
	{ "-f=1 a", "there is no option -= (tool --help lists them)" },
	{ "--flag=1 a", "--flag takes no value" },
	{ "--flag= a", "--flag takes no value" },
	{ "a --text", "--text needs a value: TEXT" },
	{ "a -t", "--text needs a value: TEXT" },
	{ "a -l", "--list needs a value: NAME" },
	{ "-n 101 a", NUMBER "\"101\"" }, { "-n -6 a", NUMBER "\"-6\"" },
	{ "-n x a", NUMBER "\"x\"" },
	{ "-n 1x a", NUMBER "\"1x\"" }, { "-n % a", NUMBER "\"\"" },
	{ "-n 1.5 a", NUMBER "\"1.5\"" },
	{ "-n 99999999999999999999 a", NUMBER "\"99999999999999999999\"" },
	{ "", "FILE [MORE] is missing (tool --help)" },
	{ "-f", "FILE [MORE] is missing (tool --help)" },
	{ "a b c d", "\"c\" is one argument too many (tool --help)" },
};

static void test_refused(void)
{
	for (size_t i = 0; i < COUNT(refusals); i++)
		if (!CHECK(parse(refusals[i].line) == STATUS_USAGE) ||
			!CHECK(says(&fault, STATUS_USAGE, refusals[i].text)))
			printf("# %s\n", refusals[i].line);
}

/* Of the options that change the stream, in the order of the table, not of the line. */
static void test_settings(void)
{
	static const char *const wanted[][2] = { { "flag", "" }, { "text", "x" }, { "maybe", "" },
		{ "list", "b" }, { "list", "a" }, { "a-long-number-of-things", "7" } };
	struct setting *settings;
	size_t count = 9;

	CHECK(parse("a -q") == 0 && options_settings(&tool, &arena, &count) != NULL && count == 0);
	CHECK(parse("-n7 -l b --maybe -q -tx -l a -f f") == 0);
	settings = options_settings(&tool, &arena, &count);
	if (!CHECK(settings != NULL && count == COUNT(wanted)))
		return;
	for (size_t i = 0; i < count; i++)
		CHECK(is(settings[i].option, wanted[i][0]) && is(settings[i].value, wanted[i][1]));
}

static void test_help(void)
{
	static const char wanted[] = "Usage: tool [options] FILE [MORE]\n"
		"\ndoes this and that\n\nOptions:\n"
		"  -f, --flag              a flag\n"
		"  -q, --quiet             another one\n"
		"  -t, --text TEXT         a text of many words, so many that they do not fit\n"
		"                          into one line of the help\n"
		"      --maybe[=HOW]       with a value or without\n"
		"  -l, --list NAME         may be given again\n"
		"  -n, --a-long-number-of-things N\n"
		"                          from -5 to 100\n"
		"  -h, --help              show this help\n"
		"  -V, --version           show the version\n"
		"\nA paragraph.\n\nAnother one, which is so long that it has to be wrapped, "
		"because no line of the\nhelp is longer than the screen is wide.\n"
		"\nExamples:\n  tool < a.rows > b.rows\n";
	struct bytes to = { 0 };

	options_help(&to, &tool);
	if (!CHECK(to.size == sizeof(wanted) - 1 && memcmp(to.data, wanted, to.size) == 0))
		printf("%.*s", (int)to.size, (const char *)to.data);
	bytes_close(&to);
}

static void test_program(void)
{
	static const struct tool front = { "front", "", "TABLE COMMAND ...", 2, 99, options,
		COUNT(options), NULL, examples, true };
	static char front_name[] = "front", table[] = "table", sort[] = "sort", letter[] = "-V",
		end[] = "--", wrong[] = "--wrong";
	char *argv[] = { front_name, table, sort, letter, end, wrong, NULL };
	struct texts words;

	fault = (struct fault){ 0 };
	CHECK(options_parse(&front, &arena, 6, argv, &words, &fault) == 0 && words.count == 5);
	CHECK(strcmp(words.items[2], "-V") == 0 && strcmp(words.items[3], "--") == 0);
	argv[1] = wrong;
	CHECK(options_parse(&front, &arena, 6, argv, &words, &fault) == STATUS_USAGE);
}

int main(void)
{
	static const struct test tests[] = {
		{ "what is taken", test_taken },
		{ "lists", test_lists },
		{ "numbers", test_numbers },
		{ "each refusal has its words", test_refused },
		{ "settings", test_settings },
		{ "help", test_help },
		{ "the words of another program", test_program },
	};
	int code = test_run(tests, COUNT(tests));

	arena_close(&arena);
	return code;
}
