#include "row/random.h"

#include <string.h>
#include <strings.h>

/* SQL for twice as many digits. */
static const char *write_digits(struct translation *t, size_t size)
{
	struct bytes made = { 0 };
	const char *text = NULL;

	while (size > 0) {
		size_t part = size < 6 ? size : 6;

		if (made.size > 0)
			bytes_add_text(&made, " || ");
		bytes_format(&made, "right(gen_random_uuid()::text, %zu)", 2 * part);
		size -= part;
	}
	if (!made.failed)
		text = arena_copy(t->arena, made.data, made.size);
	bytes_close(&made);
	if (text == NULL)
		piece_refuse(t, "out of memory");
	return text;
}

static const char *make_shape(struct translation *t, size_t size, int letter)
{
	char *shape = arena_alloc(t->arena, size + 1);

	if (shape == NULL)
		piece_refuse(t, "out of memory");
	else
		memset(shape, letter, size);
	return shape;
}

bool random_integer(struct translation *t, struct piece *to)
{
	if (!piece_make(t, to, PIECE_INTEGER, LEVEL_ATOM, "('x' || %s)::bit(64)::bigint",
		write_digits(t, 8)))
		return false;
	to->width = 8;
	to->bound = 1e19;
	to->not_null = true;
	return true;
}

/* No bytes at all are one byte, in SQLite. */
bool random_bytes(struct translation *t, const struct piece *size, struct piece *to)
{
	const char *digits;
	size_t count;

	if (size->kind != PIECE_CONSTANT || size->value.kind != CONSTANT_INTEGER ||
		size->value.integer > RANDOM_MOST)
		return piece_refuse(t, "has randomblob() of more than %d bytes", RANDOM_MOST);
	count = size->value.integer < 1 ? 1 : (size_t)size->value.integer;
	digits = write_digits(t, count);
	if (!piece_make(t, to, PIECE_BYTES, LEVEL_ATOM, "decode(%s, 'hex')", digits))
		return false;
	to->hex = digits;
	to->bound = (double)count;
	to->not_null = true;
	return true;
}

bool random_hex(struct translation *t, const struct piece *of, struct piece *to)
{
	size_t size = 2 * (size_t)of->bound;
	const char *digits = of->hex;

	if (of->kind != PIECE_BYTES)
		return piece_refuse(t, "has hex() of a text");
	if (!piece_make(t, to, PIECE_TEXT, LEVEL_ATOM, "upper(%s)", digits))
		return false;
	to->hex = digits;
	to->bound = (double)size;
	to->shape = make_shape(t, size, SHAPE_LARGE_HEX);
	to->not_null = true;
	return to->shape != NULL;
}

bool random_digits(struct translation *t, const struct piece *of, struct piece *to)
{
	size_t size = (size_t)of->bound;

	if (!piece_make(t, to, PIECE_TEXT, size <= 12 ? LEVEL_ATOM : LEVEL_OTHER, "%s", of->hex))
		return false;
	to->shape = make_shape(t, size, SHAPE_SMALL_HEX);
	to->not_null = true;
	return to->shape != NULL;
}

bool random_cut(struct translation *t, const struct piece *of, int64_t start, int64_t size,
	struct piece *to)
{
	size_t all;

	if (of->shape == NULL)
		return true;
	all = strlen(of->shape);
	if ((size_t)start > all)
		start = (int64_t)all + 1;
	all -= (size_t)start - 1;
	to->shape = arena_copy(t->arena, of->shape + start - 1,
		(size_t)size < all ? (size_t)size : all);
	return to->shape != NULL || piece_refuse(t, "out of memory");
}

static bool is_number(const struct node *node, const char *number)
{
	return node->kind == NODE_LITERAL && node->token.size == strlen(number) &&
		memcmp(node->token.text, number, node->token.size) == 0;
}

static bool is_call(const struct node *node, const char *name, size_t count)
{
	return node->kind == NODE_CALL && node->count == count && strcasecmp(node->name, name) == 0;
}

/* abs(random()) % 4 */
static bool is_chance(const struct node *node)
{
	return node->kind == NODE_BINARY && node->operation == OP_MODULO &&
		is_number(node->items->next, "4") && is_call(node->items, "abs", 1) &&
		is_call(node->items->items, "random", 0);
}

static bool is_place(const struct node *node)
{
	const struct node *left = node->items;

	if (node->kind != NODE_BINARY || node->operation != OP_PLUS)
		return false;
	return (is_chance(left) && is_number(left->next, "1")) ||
		(is_number(left, "1") && is_chance(left->next));
}

bool random_variant(const struct node *node)
{
	const struct node *letters = node->items;

	return node->count == 3 && is_place(letters->next) && is_number(letters->next->next, "1") &&
		letters->kind == NODE_LITERAL && (is_number(letters, "'89ab'") ||
		is_number(letters, "'89AB'") || is_number(letters, "'AB89'") ||
		is_number(letters, "'ab89'"));
}

bool random_letter(struct translation *t, const struct piece *items, struct piece *to)
{
	static const char variant[] = { SHAPE_VARIANT, '\0' };
	const char *letters = piece_at(t, &items[0], LEVEL_OR);

	if (!piece_make(t, to, PIECE_TEXT, LEVEL_ATOM, "substr(%s, (%s)::int, 1)", letters,
		piece_at(t, &items[1], LEVEL_OR)))
		return false;
	if (strchr(letters, 'a') != NULL)
		to->shape = variant;
	to->not_null = true;
	return true;
}

bool random_is_uuid(const char *shape)
{
	static const char digits[] = "0123456789abcdefABCDEF\1\2\3";

	if (shape == NULL || strlen(shape) != 36)
		return false;
	for (size_t i = 0; i < 36; i++) {
		bool dash = i == 8 || i == 13 || i == 18 || i == 23;

		if (dash ? shape[i] != '-' : strchr(digits, shape[i]) == NULL)
			return false;
	}
	return true;
}

bool random_is_version4(const char *shape)
{
	if (!random_is_uuid(shape))
		return false;
	for (size_t i = 0; i < 36; i++) {
		char wanted = i == 14 ? '4' : i == 19 ? SHAPE_VARIANT : SHAPE_SMALL_HEX;

		if (shape[i] != '-' && shape[i] != wanted)
			return false;
	}
	return true;
}
