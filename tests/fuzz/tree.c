/*
 * Any bytes as a document.  A tree is what json.h calls JSON without a key that stands twice;
 * written again and read back it is the same tree, however deep.
 */
#include "base/json.h"
#include "base/print.h"
#include "base/tree.h"

#include "check.h"

static void add_scalar(struct bytes *to, const struct tree *tree)
{
	static const char *const words[] = { "null", "false", "true" };

	if (tree->kind == TREE_TEXT)
		print_json(to, tree->text, strlen(tree->text));
	else
		bytes_add_text(to, tree->kind == TREE_NUMBER ? tree->text : words[tree->kind]);
}

static bool holds(const struct tree *tree)
{
	return tree->kind == TREE_LIST || tree->kind == TREE_OBJECT;
}

static void add_head(struct bytes *to, const struct tree *tree)
{
	if (tree->name != NULL) {
		print_json(to, tree->name, strlen(tree->name));
		bytes_add_byte(to, ':');
	}
	if (holds(tree))
		bytes_add_byte(to, tree->kind == TREE_LIST ? '[' : '{');
	else
		add_scalar(to, tree);
}

/* Without recursion: what is read may be as deep as JSON_DEPTH_MOST. */
static void write_tree(struct bytes *to, const struct tree *tree)
{
	size_t seen = 0;

	add_head(to, tree);
	while (tree != NULL) {
		if (holds(tree) && tree->first != NULL && seen == 0) {
			EXPECT(tree->count > 0 && tree->first->above == tree);
			tree = tree->first;
			add_head(to, tree);
			continue;
		}
		if (holds(tree))
			bytes_add_byte(to, tree->kind == TREE_LIST ? ']' : '}');
		seen = tree->next == NULL;
		if (tree->next != NULL) {
			EXPECT(tree->next->above == tree->above);
			bytes_add_byte(to, ',');
			tree = tree->next;
			add_head(to, tree);
		} else {
			tree = tree->above;
		}
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena arena = { 0 };
	struct bytes scratch = { 0 }, text = { 0 }, again = { 0 };
	struct fault fault = { 0 };
	const bool good = json_look(data, size, &scratch) == JSON_UNIQUE;
	const struct tree *tree = tree_read(&arena, data, size, &fault);

	EXPECT((tree != NULL) == good && (fault.status == 0) == good);
	EXPECT(good || fault.status == STATUS_STREAM);
	if (good) {
		write_tree(&text, tree);
		tree = tree_read(&arena, text.data, text.size, &fault);
		EXPECT(tree != NULL);
		write_tree(&again, tree);
		EXPECT(text.size == again.size && memcmp(text.data, again.data, text.size) == 0);
		tree_place(&again, tree);
	}
	bytes_close(&scratch);
	bytes_close(&text);
	bytes_close(&again);
	arena_close(&arena);
	return 0;
}
