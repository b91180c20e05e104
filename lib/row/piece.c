#include "row/piece.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "row/literal.h"

bool piece_refuse(struct translation *t, const char *format, ...)
{
	char text[256];
	va_list arguments;

	if (t->why != NULL)
		return false;
	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	t->why = arena_text(t->arena, text);
	if (t->why == NULL)
		t->why = "out of memory";
	return false;
}

bool piece_make(struct translation *t, struct piece *piece, enum piece_kind kind,
	enum level level, const char *format, ...)
{
	va_list arguments;
	char *text;
	int size;

	if (t->why != NULL)
		return false;
	va_start(arguments, format);
	size = vsnprintf(NULL, 0, format, arguments);
	va_end(arguments);
	if (size < 0 || size > PIECE_SIZE || t->spent > PIECES_SIZE)
		return piece_refuse(t, "gets too long");
	t->spent += (size_t)size;
	text = arena_alloc(t->arena, (size_t)size + 1);
	if (text == NULL)
		return piece_refuse(t, "out of memory");
	va_start(arguments, format);
	vsnprintf(text, (size_t)size + 1, format, arguments);
	va_end(arguments);
	*piece = (struct piece){ .kind = kind, .level = level, .text = text };
	return true;
}

struct piece piece_constant(struct constant value)
{
	struct piece piece = { .kind = PIECE_CONSTANT, .level = LEVEL_ATOM, .value = value };

	if (value.kind == CONSTANT_INTEGER) {
		piece.bound = fabs((double)value.integer);
		piece.width = piece.bound <= INT32_MAX ? 4 : 8;
	}
	piece.not_null = value.kind != CONSTANT_NULL;
	return piece;
}

bool piece_is_null(const struct piece *piece)
{
	return piece->kind == PIECE_CONSTANT && piece->value.kind == CONSTANT_NULL;
}

static const char *write_constant(struct translation *t, const struct piece *piece)
{
	const char *why = NULL, *text = literal_plain(t->arena, &piece->value, &why);

	if (text == NULL)
		piece_refuse(t, "%s", why != NULL ? why : "out of memory");
	return text;
}

const char *piece_at(struct translation *t, const struct piece *piece, enum level level)
{
	const char *text = piece->text;
	enum level own = piece->level;

	if (piece->kind == PIECE_CONSTANT) {
		text = write_constant(t, piece);
		if (text != NULL && *text == '-')
			own = LEVEL_SIGN;
	}
	if (text == NULL || own >= level)
		return text;
	t->spent += strlen(text);
	text = arena_format(t->arena, "(%s)", text);
	if (text == NULL)
		piece_refuse(t, "out of memory");
	return text;
}

const char *piece_noun(const struct piece *piece)
{
	static const char *const kinds[] = {
		"a constant", "a boolean", "an integer", "a real", "a numeric", "a text", "bytes",
		"a date", "a timestamp", "JSON", "a value out of JSON", "the time",
		"a value of its type",
	};
	static const char *const constants[] = {
		"NULL", "an integer", "a real", "a text", "a blob",
	};

	if (piece->kind == PIECE_CONSTANT)
		return constants[piece->value.kind];
	return kinds[piece->kind];
}

static bool make_truth_constant(struct translation *t, struct piece *piece)
{
	int truth = constant_truth(&piece->value);

	if (truth == -2)
		return piece_refuse(t, "takes %s for a condition", piece_noun(piece));
	if (truth == -1)
		return piece_make(t, piece, PIECE_TRUTH, LEVEL_ATOM, "NULL::boolean");
	return piece_make(t, piece, PIECE_TRUTH, LEVEL_ATOM, truth ? "true" : "false");
}

bool piece_to_truth(struct translation *t, struct piece *piece)
{
	bool rounds = piece->rounds, not_null = piece->not_null;

	switch (piece->kind) {
	case PIECE_TRUTH:
		return true;
	case PIECE_CONSTANT:
		return make_truth_constant(t, piece);
	case PIECE_INTEGER:
	case PIECE_REAL:
	case PIECE_NUMERIC:
		if (!piece_make(t, piece, PIECE_TRUTH, LEVEL_COMPARE, "%s <> 0",
			piece_at(t, piece, LEVEL_OTHER)))
			return false;
		piece->rounds = rounds;
		piece->not_null = not_null;
		return true;
	default:
		return piece_refuse(t, "takes %s for a condition", piece_noun(piece));
	}
}

bool piece_to_integer(struct translation *t, struct piece *piece)
{
	bool rounds = piece->rounds, not_null = piece->not_null;

	if (piece->kind == PIECE_INTEGER ||
		(piece->kind == PIECE_CONSTANT && piece->value.kind == CONSTANT_INTEGER))
		return true;
	if (piece->kind != PIECE_TRUTH)
		return piece_refuse(t, "computes with %s", piece_noun(piece));
	if (!piece_make(t, piece, PIECE_INTEGER, LEVEL_ATOM, "%s::int",
		piece_at(t, piece, LEVEL_ATOM)))
		return false;
	piece->bound = 1;
	piece->width = 4;
	piece->rounds = rounds;
	piece->not_null = not_null;
	return true;
}

bool piece_to_text(struct translation *t, struct piece *piece)
{
	bool rounds = piece->rounds, not_null = piece->not_null;
	struct constant text;

	if (piece->kind == PIECE_TEXT) {
		piece->rounds |= piece->mixed;
		return true;
	}
	if (piece->kind == PIECE_CONSTANT && constant_as_text(t->arena, &piece->value, &text)) {
		*piece = piece_constant(text);
		return true;
	}
	if (piece->kind != PIECE_TRUTH && piece->kind != PIECE_INTEGER)
		return piece_refuse(t, "makes a text of %s", piece_noun(piece));
	if (!piece_to_integer(t, piece) || !piece_make(t, piece, PIECE_TEXT, LEVEL_ATOM,
		"%s::text", piece_at(t, piece, LEVEL_ATOM)))
		return false;
	piece->rounds = rounds;
	piece->not_null = not_null;
	return true;
}

/* The kind that a piece has as one of several. */
static enum piece_kind member_kind(const struct piece *piece)
{
	static const enum piece_kind kinds[] = {
		PIECE_CONSTANT, PIECE_INTEGER, PIECE_REAL, PIECE_TEXT, PIECE_BYTES,
	};

	return piece->kind == PIECE_CONSTANT ? kinds[piece->value.kind] : piece->kind;
}

/* The kind of both, or PIECE_OTHER. */
static enum piece_kind common_kind(enum piece_kind a, enum piece_kind b)
{
	if (a == b || b == PIECE_CONSTANT)
		return a;
	if (a == PIECE_CONSTANT)
		return b;
	if ((a == PIECE_TRUTH && b == PIECE_INTEGER) || (a == PIECE_INTEGER && b == PIECE_TRUTH))
		return PIECE_INTEGER;
	return PIECE_OTHER;
}

/* A number that is zero is the same whether integer or real; any number is one beside a numeric. */
static bool follows(const struct piece *piece, enum piece_kind kind)
{
	if (piece->kind != PIECE_CONSTANT || piece->value.kind == CONSTANT_NULL)
		return piece->kind == PIECE_CONSTANT;
	if (kind == PIECE_NUMERIC)
		return piece->value.kind <= CONSTANT_REAL;
	return kind == PIECE_REAL && piece->value.kind == CONSTANT_INTEGER &&
		piece->value.integer == 0;
}

static enum piece_kind find_kind(const struct piece *pieces, size_t count)
{
	enum piece_kind kind = PIECE_CONSTANT;

	for (size_t i = 0; i < count; i++)
		if (pieces[i].kind == PIECE_REAL || pieces[i].kind == PIECE_NUMERIC)
			kind = pieces[i].kind;
	for (size_t i = 0; i < count; i++)
		if (!follows(&pieces[i], kind))
			kind = common_kind(kind, member_kind(&pieces[i]));
	return kind;
}

static bool unify_one(struct translation *t, struct piece *piece, struct piece *like)
{
	like->rounds |= piece->rounds;
	like->mixed |= piece->mixed;
	like->not_null &= piece->not_null;
	if (piece_is_null(piece))
		return true;
	if (like->kind == PIECE_INTEGER && !piece_to_integer(t, piece))
		return false;
	if (piece->bound > like->bound)
		like->bound = piece->bound;
	if (piece->width > like->width)
		like->width = piece->width;
	like->rounds |= like->kind == PIECE_REAL;
	if (like->kind == PIECE_REAL && piece->kind == PIECE_CONSTANT)
		return piece_make(t, piece, PIECE_REAL, LEVEL_ATOM, "%s::float8",
			piece_at(t, piece, LEVEL_ATOM));
	return true;
}

bool piece_unify(struct translation *t, struct piece *pieces, size_t count, struct piece *like)
{
	*like = (struct piece){ .kind = find_kind(pieces, count), .level = LEVEL_ATOM,
		.not_null = true };
	switch (like->kind) {
	case PIECE_CONSTANT:
		return piece_refuse(t, "chooses among nothing but NULL");
	case PIECE_OTHER:
	case PIECE_STAMP:
	case PIECE_JSON:
	case PIECE_MEMBER:
	case PIECE_MOMENT:
		return piece_refuse(t, "chooses among values of several types");
	default:
		break;
	}
	for (size_t i = 0; i < count; i++)
		if (!unify_one(t, &pieces[i], like))
			return false;
	return true;
}

/* The items that are kept, as "a AND b AND c". */
static bool write_chain(struct translation *t, enum operation operation, const struct piece *items,
	size_t count, struct piece *to)
{
	const char *word = operation == OP_AND ? " AND " : " OR ";
	struct bytes made = { 0 };

	for (size_t i = 0; i < count && t->why == NULL && made.size <= PIECE_SIZE; i++) {
		bytes_add_text(&made, i > 0 ? word : "");
		bytes_format(&made, "%s", piece_at(t, &items[i], LEVEL_NOT));
	}
	if (made.failed)
		piece_refuse(t, "out of memory");
	*to = (struct piece){ 0 };
	piece_make(t, to, PIECE_TRUTH, operation == OP_AND ? LEVEL_AND : LEVEL_OR, "%.*s",
		(int)made.size, (const char *)made.data);
	bytes_close(&made);
	return t->why == NULL;
}

/* Drops what decides nothing; *decided: one item decides all, and is the first then. */
static bool keep_undecided(struct translation *t, bool idle, struct piece *items, size_t *count,
	bool *decided)
{
	size_t kept = 0;

	*decided = false;
	for (size_t i = 0; i < *count; i++) {
		int truth = items[i].kind == PIECE_CONSTANT ? constant_truth(&items[i].value) : -1;

		if (truth == idle)
			continue;
		*decided = truth == !idle;
		if (*decided)
			return true;
		if (!piece_to_truth(t, &items[i]))
			return false;
		items[kept++] = items[i];
	}
	*count = kept;
	return true;
}

bool piece_join(struct translation *t, enum operation operation, struct piece *items, size_t count,
	struct piece *to)
{
	bool idle = operation == OP_AND, decided;

	if (!keep_undecided(t, idle, items, &count, &decided))
		return false;
	if (decided || count == 0) {
		*to = piece_constant(constant_integer(decided ? !idle : idle));
		return true;
	}
	*to = items[0];
	if (count > 1 && !write_chain(t, operation, items, count, to))
		return false;
	to->not_null = true;
	for (size_t i = 0; i < count; i++) {
		to->not_null &= items[i].not_null;
		to->rounds |= items[i].rounds;
	}
	to->column = NULL;
	to->affinity = AFFINITY_NONE;
	return true;
}

bool piece_not(struct translation *t, struct piece *piece)
{
	bool rounds = piece->rounds, not_null = piece->not_null;
	struct constant value;

	if (piece->kind == PIECE_CONSTANT) {
		if (!constant_unary(OP_NOT, &piece->value, &value))
			return piece_refuse(t, "takes %s for a condition", piece_noun(piece));
		*piece = piece_constant(value);
		return true;
	}
	if (!piece_to_truth(t, piece) || !piece_make(t, piece, PIECE_TRUTH, LEVEL_NOT, "NOT %s",
		piece_at(t, piece, LEVEL_ATOM)))
		return false;
	piece->rounds = rounds;
	piece->not_null = not_null;
	return true;
}
