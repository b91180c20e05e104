/* Documents read back: what is in them, what is none, and where a value stands. */
#include "base/tree.h"

#include <stdlib.h>

#include "test.h"

static struct arena arena;

/* In memory of exactly its size, which is gone when the tree is looked at. */
static const struct tree *read(const char *text, struct fault *fault)
{
	const size_t size = strlen(text);
	uint8_t *copy = malloc(size > 0 ? size : 1);
	const struct tree *tree;

	memcpy(copy, text, size);
	tree = tree_read(&arena, copy, size, fault);
	free(copy);
	return tree;
}

static const struct tree *read_good(const char *text)
{
	struct fault fault = { 0 };
	const struct tree *tree = read(text, &fault);

	CHECK(tree != NULL && fault.status == 0);
	return tree;
}

static bool is_text(const struct tree *tree, const char *text)
{
	return tree != NULL && tree->kind == TREE_TEXT && strcmp(tree->text, text) == 0;
}

static void test_document(void)
{
	const struct tree *root = read_good(" {\"a\": [1, {\"b\":\"c\"}, [], {}] ,\"d\":true,"
		"\"e\":false,\"f\":null,\"g\\u00e4\":\"\\ud83d\\ude00\\\"\\\\\\n\","
		"\"h\":-1.5e3}\n");
	const struct tree *list = tree_find(root, "a");
	const struct tree *text = tree_find(root, "g\xc3\xa4");

	CHECK(root->kind == TREE_OBJECT && root->count == 6 && root->above == NULL);
	CHECK(list->kind == TREE_LIST && list->count == 4 && list->above == root);
	CHECK(list->first->kind == TREE_NUMBER && strcmp(list->first->text, "1") == 0);
	CHECK(is_text(tree_find(list->first->next, "b"), "c"));
	CHECK(list->first->next->next->kind == TREE_LIST && list->first->next->next->count == 0);
	CHECK(list->first->next->next->next->kind == TREE_OBJECT);
	CHECK(list->first->next->next->next->next == NULL);
	CHECK(tree_find(root, "d")->kind == TREE_TRUE && tree_find(root, "e")->kind == TREE_FALSE);
	CHECK(tree_find(root, "f")->kind == TREE_NULL);
	CHECK(is_text(text, "\xf0\x9f\x98\x80\"\\\n"));
	CHECK(strcmp(tree_find(root, "h")->text, "-1.5e3") == 0);
	CHECK(tree_find(root, "x") == NULL && tree_find(list, "b") == NULL);
	CHECK(tree_find(text, "a") == NULL);
}

static void test_scalars(void)
{
	CHECK(is_text(read_good("\"\""), ""));
	CHECK(is_text(read_good(" \"\\\\\" "), "\\"));
	CHECK(read_good("null")->kind == TREE_NULL);
	CHECK(strcmp(read_good("12")->text, "12") == 0);
	CHECK(read_good("[]")->count == 0);
	CHECK(read_good("[[[[\"x\"]]],2]")->count == 2);
}

static bool whole(const char *text, uint64_t expected)
{
	uint64_t value = 77;

	return tree_whole(read_good(text), &value) ? value == expected && value != 77 :
		expected == 77 && value == 77;
}

static bool real(const char *text, double expected)
{
	double value = 77;

	return tree_real(read_good(text), &value) == (expected < 77) && value >= expected &&
		value <= expected;
}

static void test_numbers(void)
{
	CHECK(whole("0", 0));
	CHECK(whole("9223372036854775807", INT64_MAX));
	CHECK(whole("9223372036854775808", 77));
	CHECK(whole("-1", 77));
	CHECK(whole("1.0", 77));
	CHECK(whole("1e3", 77));
	CHECK(whole("\"1\"", 77));
	CHECK(whole("true", 77));
	CHECK(real("1.5", 1.5));
	CHECK(real("-2", -2));
	CHECK(real("1e400", 77));
	CHECK(real("\"1\"", 77));
}

static bool refused(const char *text, const char *word)
{
	struct fault fault = { 0 };

	return read(text, &fault) == NULL && fault.status == STATUS_STREAM &&
		strstr(fault.text, word) != NULL;
}

static void test_damaged(void)
{
	CHECK(refused("", "no JSON"));
	CHECK(refused("{", "no JSON"));
	CHECK(refused("{\"a\":1", "no JSON"));
	CHECK(refused("{\"a\":1}}", "no JSON"));
	CHECK(refused("{\"a\":1} {}", "no JSON"));
	CHECK(refused("{\"a\":\"\xff\"}", "no JSON"));
	CHECK(refused("{\"a\":\"\\u0000\"}", "no JSON"));
	CHECK(refused("{\"a\":NaN}", "no JSON"));
	CHECK(refused("{\"a\":1,\"\\u0061\":2}", "twice"));
}

static bool place(const struct tree *tree, const char *expected)
{
	struct bytes text = { 0 };
	bool same;

	tree_place(&text, tree);
	same = text.size == strlen(expected) && memcmp(text.data == NULL ? (const uint8_t *)"" :
		text.data, expected, text.size) == 0;
	bytes_close(&text);
	return same;
}

static void test_place(void)
{
	const struct tree *root = read_good("{\"a\":{\"b\":[1,[2,{\"c\":3}]]}}");
	const struct tree *list = tree_find(tree_find(root, "a"), "b");

	CHECK(place(root, ""));
	CHECK(place(list, "a.b"));
	CHECK(place(list->first, "a.b[0]"));
	CHECK(place(tree_find(list->first->next->first->next, "c"), "a.b[1][1].c"));
	CHECK(place(read_good("[7]")->first, "[0]"));
}

int main(void)
{
	static const struct test tests[] = {
		{ "all that a document holds", test_document },
		{ "a document may be a single value", test_scalars },
		{ "numbers, within what they are asked for", test_numbers },
		{ "what is damaged is refused as a whole", test_damaged },
		{ "where a value stands", test_place },
	};
	const int code = test_run(tests, sizeof(tests) / sizeof(tests[0]));

	arena_close(&arena);
	return code;
}
