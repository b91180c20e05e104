#include "row/arithmetic.h"

#include <math.h>
#include <string.h>

#include "row/moment.h"

static const char *const operators[] = {
	[OP_PLUS] = "+", [OP_MINUS] = "-", [OP_TIMES] = "*", [OP_DIVIDE] = "/", [OP_MODULO] = "%",
	[OP_BIT_AND] = "&", [OP_BIT_OR] = "|", [OP_SHIFT_LEFT] = "<<", [OP_SHIFT_RIGHT] = ">>",
	[OP_NEGATE] = "-", [OP_INVERT] = "~",
};

static enum level level_of(enum operation operation)
{
	switch (operation) {
	case OP_PLUS:
	case OP_MINUS:
		return LEVEL_SUM;
	case OP_TIMES:
	case OP_DIVIDE:
	case OP_MODULO:
		return LEVEL_PRODUCT;
	default:
		return LEVEL_OTHER;
	}
}

static bool is_bitwise(enum operation operation)
{
	return operation >= OP_BIT_AND && operation <= OP_SHIFT_RIGHT;
}

/* What an operand of arithmetic is: an integer, or a real. */
static bool to_number(struct translation *t, struct piece *piece)
{
	struct constant zero = constant_integer(0), number;

	if (piece->kind == PIECE_MOMENT)
		return moment_to_integer(t, piece);
	if (piece->kind == PIECE_REAL)
		return true;
	if (piece->kind != PIECE_CONSTANT)
		return piece_to_integer(t, piece);
	if (!constant_binary(t->arena, OP_PLUS, &piece->value, &zero, &number))
		return piece_refuse(t, "computes with %s", piece_noun(piece));
	*piece = piece_constant(number);
	return true;
}

static bool is_real(const struct piece *piece)
{
	return piece->kind == PIECE_REAL ||
		(piece->kind == PIECE_CONSTANT && piece->value.kind == CONSTANT_REAL);
}

static bool is_integer_constant(const struct piece *piece)
{
	return piece->kind == PIECE_CONSTANT && piece->value.kind == CONSTANT_INTEGER;
}

/* Both as SQL; a real constant is numeric to PostgreSQL, unless it is told. */
static const char *operand(struct translation *t, const struct piece *piece, enum level level,
	bool widen)
{
	struct piece cast;
	const char *type = widen ? "bigint" : "float8";

	if (!widen && (piece->kind != PIECE_CONSTANT || piece->value.kind != CONSTANT_REAL ||
		isinf(piece->value.real)))
		return piece_at(t, piece, level);
	if (!piece_make(t, &cast, piece->kind, LEVEL_ATOM, "%s::%s", piece_at(t, piece, LEVEL_ATOM),
		type))
		return NULL;
	return cast.text;
}

static double bound_of(enum operation operation, const struct piece *left,
	const struct piece *right)
{
	switch (operation) {
	case OP_PLUS:
	case OP_MINUS:
		return left->bound + right->bound;
	case OP_TIMES:
		return left->bound * right->bound;
	case OP_MODULO:
		return right->bound < left->bound ? right->bound : left->bound;
	case OP_BIT_AND:
	case OP_BIT_OR:
		return left->bound > right->bound ? 2 * left->bound : 2 * right->bound;
	case OP_SHIFT_LEFT:
		return 1e19;
	default:
		return left->bound;
	}
}

static double most(int width)
{
	return width == 2 ? INT16_MAX : width == 4 ? INT32_MAX : 9223372036854775807.0;
}

/* The divisor, where it may be zero. */
static bool guard(struct translation *t, enum operation operation, struct piece *right)
{
	struct piece of = *right;

	if ((operation != OP_DIVIDE && operation != OP_MODULO) || right->kind == PIECE_CONSTANT)
		return true;
	if (!piece_make(t, right, of.kind, LEVEL_ATOM, "nullif(%s, 0)", piece_at(t, &of, LEVEL_OR)))
		return false;
	right->width = of.width;
	right->bound = of.bound;
	right->rounds = of.rounds;
	return true;
}

static bool write_binary(struct translation *t, enum operation operation, const struct piece *left,
	const struct piece *right, bool widen, struct piece *to)
{
	enum level level = level_of(operation);
	enum level first = level == LEVEL_OTHER ? LEVEL_SUM : level;

	bool real = is_real(left) || is_real(right);

	return piece_make(t, to, real ? PIECE_REAL : PIECE_INTEGER, level, "%s %s %s",
		operand(t, left, first, widen), operators[operation],
		operand(t, right, level + 1, false));
}

/* Beyond a bigint SQLite goes on with reals, and a view that stops there cannot be read. */
static bool stays_integer(struct translation *t, double bound)
{
	return t->use != USE_VIEW || bound < most(8) ||
		piece_refuse(t, "computes what may go beyond a bigint");
}

static bool integers(struct translation *t, enum operation operation, struct piece *left,
	struct piece *right, struct piece *to)
{
	double bound = bound_of(operation, left, right);
	int width = left->width > right->width ? left->width : right->width;
	bool shifts = operation == OP_SHIFT_LEFT || operation == OP_SHIFT_RIGHT;
	bool shrinks = operation == OP_MODULO || (operation == OP_DIVIDE &&
		is_integer_constant(right) && right->value.integer > 0);
	bool widen;

	if (shifts && (!is_integer_constant(right) || right->value.integer < 0 ||
		right->value.integer > 63))
		return piece_refuse(t, "shifts by what is not 0 to 63");
	if (shifts)
		width = left->width;
	if (operation == OP_DIVIDE && !shrinks)
		bound += 1;
	if (!shrinks && !is_bitwise(operation) && !stays_integer(t, bound))
		return false;
	widen = width < 8 && (bound > most(width) || operation == OP_SHIFT_LEFT);
	if (!write_binary(t, operation, left, right, widen, to))
		return false;
	to->width = widen ? 8 : width;
	to->bound = bound;
	return true;
}

bool arithmetic_binary(struct translation *t, enum operation operation, struct piece *left,
	struct piece *right, struct piece *to)
{
	bool divides = operation == OP_DIVIDE || operation == OP_MODULO;
	bool rounds = left->rounds || right->rounds;
	bool not_null = left->not_null && right->not_null;
	struct constant value;

	if (piece_is_null(left) || piece_is_null(right) || (divides && is_integer_constant(right) &&
		right->value.integer == 0))
		return *to = piece_constant((struct constant){ 0 }), true;
	if (left->kind == PIECE_CONSTANT && right->kind == PIECE_CONSTANT) {
		if (!constant_binary(t->arena, operation, &left->value, &right->value, &value))
			return piece_refuse(t, "computes with %s", piece_noun(left));
		return *to = piece_constant(value), true;
	}
	if (!to_number(t, left) || !to_number(t, right))
		return false;
	if ((is_real(left) || is_real(right)) && (is_bitwise(operation) || operation == OP_MODULO))
		return piece_refuse(t, "computes with the bits of a real");
	if (divides && right->kind == PIECE_CONSTANT && right->value.kind == CONSTANT_REAL &&
		right->value.real == 0)
		return *to = piece_constant((struct constant){ 0 }), true;
	if (divides && right->kind != PIECE_CONSTANT)
		not_null = false;
	if (!guard(t, operation, right))
		return false;
	if (is_real(left) || is_real(right)) {
		rounds = true;
		if (!write_binary(t, operation, left, right, false, to))
			return false;
	} else if (!integers(t, operation, left, right, to)) {
		return false;
	}
	to->rounds = rounds;
	to->not_null = not_null;
	return true;
}

bool arithmetic_unary(struct translation *t, enum operation operation, struct piece *of,
	struct piece *to)
{
	struct constant value;
	bool widen, rounds = of->rounds, not_null = of->not_null;

	if (of->kind == PIECE_CONSTANT) {
		if (!constant_unary(operation, &of->value, &value))
			return piece_refuse(t, "computes with %s", piece_noun(of));
		return *to = piece_constant(value), true;
	}
	if (!to_number(t, of))
		return false;
	if (operation == OP_INVERT && is_real(of))
		return piece_refuse(t, "computes with the bits of a real");
	if (!is_real(of) && !stays_integer(t, of->bound))
		return false;
	widen = !is_real(of) && of->width < 8 && of->bound > most(of->width);
	if (!piece_make(t, to, of->kind, operation == OP_INVERT ? LEVEL_OTHER : LEVEL_SIGN, "%s%s",
		operators[operation],
		operand(t, of, LEVEL_ATOM, widen)))
		return false;
	to->width = widen ? 8 : of->width;
	to->bound = of->bound + (operation == OP_INVERT);
	to->rounds = rounds;
	to->not_null = not_null;
	return true;
}

/* The shape of a whole text, as far as all its parts have one. */
static const char *join_shapes(struct translation *t, const struct piece *items, size_t count)
{
	struct bytes made = { 0 };
	const char *text = NULL;

	for (size_t i = 0; i < count && t->why == NULL; i++) {
		if (items[i].kind == PIECE_CONSTANT)
			bytes_add(&made, items[i].value.data, items[i].value.size);
		else if (items[i].shape != NULL)
			bytes_add_text(&made, items[i].shape);
		else
			break;
		if (i + 1 == count && !made.failed)
			text = arena_copy(t->arena, made.data, made.size);
	}
	bytes_close(&made);
	return text;
}

static bool write_concat(struct translation *t, const struct piece *items, size_t count,
	struct piece *to)
{
	struct bytes made = { 0 };

	for (size_t i = 0; i < count; i++)
		bytes_format(&made, "%s%s", i > 0 ? " || " : "", piece_at(t, &items[i], LEVEL_SUM));
	if (made.failed)
		piece_refuse(t, "out of memory");
	*to = (struct piece){ 0 };
	piece_make(t, to, PIECE_TEXT, LEVEL_OTHER, "%.*s", (int)made.size, (char *)made.data);
	bytes_close(&made);
	return t->why == NULL;
}

static bool concat_constants(struct translation *t, const struct piece *items, size_t count,
	struct piece *to)
{
	struct bytes made = { 0 };
	const char *text = NULL;

	for (size_t i = 0; i < count; i++)
		bytes_add(&made, items[i].value.data, items[i].value.size);
	if (!made.failed && made.size <= EXPRESSION_SIZE)
		text = arena_copy(t->arena, made.data, made.size);
	*to = piece_constant(constant_text(text, made.size));
	bytes_close(&made);
	return text != NULL || piece_refuse(t, "gets too long");
}

bool arithmetic_concat(struct translation *t, struct piece *items, size_t count, struct piece *to)
{
	bool constant = true, not_null = true, rounds = false;

	for (size_t i = 0; i < count; i++) {
		if (piece_is_null(&items[i]))
			return *to = piece_constant((struct constant){ 0 }), true;
		if (items[i].kind == PIECE_MOMENT ? !moment_to_text(t, &items[i]) :
			!piece_to_text(t, &items[i]))
			return false;
		constant &= items[i].kind == PIECE_CONSTANT;
		not_null &= items[i].not_null;
		rounds |= items[i].rounds;
	}
	if (constant)
		return concat_constants(t, items, count, to);
	if (!write_concat(t, items, count, to))
		return false;
	to->shape = join_shapes(t, items, count);
	to->not_null = not_null;
	to->rounds = rounds;
	return true;
}

static bool cast_to_integer(struct translation *t, struct piece *of, struct piece *to)
{
	if (of->kind == PIECE_MOMENT && !moment_to_integer(t, of))
		return false;
	if (of->kind == PIECE_REAL && (t->use == USE_DEFAULT || t->use == USE_VIEW)) {
		if (!piece_make(t, to, PIECE_INTEGER, LEVEL_ATOM, "trunc(%s)::bigint",
			piece_at(t, of, LEVEL_OR)))
			return false;
		to->width = 8;
		to->bound = 1e19;
		return true;
	}
	if (!piece_to_integer(t, of))
		return piece_refuse(t, "casts %s to an integer", piece_noun(of));
	*to = *of;
	return true;
}

static bool cast_to_real(struct translation *t, struct piece *of, struct piece *to)
{
	*to = *of;
	if (of->kind == PIECE_REAL)
		return true;
	if (!piece_to_integer(t, of))
		return piece_refuse(t, "casts %s to a real", piece_noun(of));
	if (!piece_make(t, to, PIECE_REAL, LEVEL_ATOM, "%s::float8", piece_at(t, of, LEVEL_ATOM)))
		return false;
	to->not_null = of->not_null;
	to->rounds = of->rounds;
	return true;
}

bool arithmetic_cast(struct translation *t, const char *type, struct piece *of, struct piece *to)
{
	enum affinity affinity = constant_affinity(type);
	bool from_column = of->from_column, collated = of->collated, done = false;
	enum collation collation = of->collation;
	struct constant value;

	if (of->kind == PIECE_CONSTANT) {
		if (!constant_cast(t->arena, affinity, &of->value, &value))
			return piece_refuse(t, "casts %s to %.40s", piece_noun(of), type);
		*to = piece_constant(value);
		done = true;
	} else if (affinity == AFFINITY_INTEGER || affinity == AFFINITY_NUMERIC) {
		done = cast_to_integer(t, of, to);
	} else if (affinity == AFFINITY_REAL) {
		done = cast_to_real(t, of, to);
	} else if (affinity == AFFINITY_TEXT) {
		done = of->kind == PIECE_MOMENT ? moment_to_text(t, of) : piece_to_text(t, of);
		*to = *of;
		to->mixed = false;
	}
	if (!done)
		return piece_refuse(t, "casts %s to %.40s", piece_noun(of), type);
	to->column = NULL;
	to->affinity = affinity;
	to->from_column = from_column;
	to->collation = collation;
	to->collated = collated;
	return true;
}
