#include "row/constant.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/number.h"

static const char blanks[] = " \t\n\v\f\r";

static bool has(const char *text, const char *word)
{
	return strcasestr(text, word) != NULL;
}

enum affinity constant_affinity(const char *declared)
{
	if (declared == NULL || *declared == '\0')
		return AFFINITY_NONE;
	if (has(declared, "INT"))
		return AFFINITY_INTEGER;
	if (has(declared, "CHAR") || has(declared, "CLOB") || has(declared, "TEXT"))
		return AFFINITY_TEXT;
	if (has(declared, "BLOB"))
		return AFFINITY_NONE;
	if (has(declared, "REAL") || has(declared, "FLOA") || has(declared, "DOUB"))
		return AFFINITY_REAL;
	return AFFINITY_NUMERIC;
}

struct constant constant_integer(int64_t integer)
{
	return (struct constant){ .kind = CONSTANT_INTEGER, .integer = integer };
}

struct constant constant_text(const char *text, size_t size)
{
	return (struct constant){ .kind = CONSTANT_TEXT, .data = text, .size = size };
}

/* No number is left of infinity minus infinity: SQLite says NULL. */
static struct constant constant_real(double real)
{
	if (isnan(real))
		return (struct constant){ 0 };
	return (struct constant){ .kind = CONSTANT_REAL, .real = real };
}

bool constant_whole(double real, int64_t *integer)
{
	if (!(real >= -9223372036854775808.0 && real < 9223372036854775808.0) ||
		trunc(real) != real)
		return false;
	*integer = (int64_t)real;
	return true;
}

/* Decimal digits into an int64, or into a real if they are more. */
static struct constant read_decimal(const char *text)
{
	long long integer;

	errno = 0;
	integer = strtoll(text, NULL, 10);
	if (strpbrk(text, ".eE") == NULL && errno == 0)
		return constant_integer(integer);
	return constant_real(strtod(text, NULL));
}

static bool read_number(struct arena *arena, const struct token *token, struct constant *value)
{
	char *text = arena_copy(arena, token->text, token->size);
	char *to = text;

	if (text == NULL)
		return false;
	for (const char *from = text; *from != '\0'; from++)
		if (*from != '_')
			*to++ = *from;
	*to = '\0';
	if (text[0] != '0' || (text[1] | 0x20) != 'x') {
		*value = read_decimal(text);
		return true;
	}
	for (text += 2; *text == '0'; text++)
		;
	if (strlen(text) > 16)
		return false;
	*value = constant_integer((int64_t)strtoull(text, NULL, 16));
	return true;
}

static unsigned int hex_digit(char c)
{
	return c <= '9' ? (unsigned int)(c - '0') : (unsigned int)((c | 0x20) - 'a' + 10);
}

static bool read_blob(struct arena *arena, const struct token *token, struct constant *value)
{
	const char *digits = token->text + 2;
	size_t size = (token->size - 3) / 2;
	char *data = arena_alloc(arena, size + 1);

	if (data == NULL)
		return false;
	for (size_t i = 0; i < size; i++)
		data[i] = (char)(hex_digit(digits[2 * i]) << 4 | hex_digit(digits[2 * i + 1]));
	*value = (struct constant){ .kind = CONSTANT_BLOB, .data = data, .size = size };
	return true;
}

bool constant_read(struct arena *arena, const struct token *token, struct constant *value)
{
	const char *text;

	*value = (struct constant){ 0 };
	if (token->kind == TOKEN_NUMBER)
		return read_number(arena, token, value);
	if (token->kind == TOKEN_BLOB)
		return read_blob(arena, token, value);
	if (token->kind != TOKEN_STRING)
		return token_is(token, "NULL");
	text = token_unquote(arena, token);
	if (text == NULL)
		return false;
	*value = constant_text(text, strlen(text));
	return true;
}

/* A text that is a number as a whole, but for blanks around it; false leaves the value alone. */
static bool text_to_number(const struct constant *text, struct constant *value)
{
	const char *start = text->data + strspn(text->data, blanks);
	size_t size = strlen(start);
	struct digits digits;
	char copy[64];

	if (strlen(text->data) != text->size)
		return false;
	while (size > 0 && strchr(blanks, start[size - 1]) != NULL)
		size--;
	if (size >= sizeof(copy) || number_look(start, size, &digits) == NUMBER_NOT)
		return false;
	memcpy(copy, start, size);
	copy[size] = '\0';
	*value = read_decimal(copy);
	return true;
}

/* What arithmetic makes of a value; texts only when they are numbers as a whole. */
static bool to_number(const struct constant *of, struct constant *value)
{
	*value = *of;
	if (of->kind == CONSTANT_TEXT)
		return text_to_number(of, value);
	return of->kind != CONSTANT_BLOB;
}

static double to_real(const struct constant *number)
{
	return number->kind == CONSTANT_REAL ? number->real : (double)number->integer;
}

static int64_t real_to_integer(double real)
{
	if (real >= 9223372036854775808.0)
		return INT64_MAX;
	return real < -9223372036854775808.0 ? INT64_MIN : (int64_t)real;
}

static int64_t to_integer(const struct constant *number)
{
	return number->kind == CONSTANT_REAL ? real_to_integer(number->real) : number->integer;
}

/* Of such a text bits and remainders take only what is an integer in front. */
static bool is_real_text(const struct constant *of, const struct constant *number)
{
	return of->kind == CONSTANT_TEXT && number->kind == CONSTANT_REAL;
}

bool constant_unary(enum operation operation, const struct constant *of, struct constant *value)
{
	struct constant number;

	*value = *of;
	if (operation == OP_KEEP || of->kind == CONSTANT_NULL)
		return true;
	if (!to_number(of, &number))
		return false;
	if (operation == OP_INVERT && is_real_text(of, &number))
		return false;
	if (operation == OP_INVERT)
		*value = constant_integer(~to_integer(&number));
	else if (operation == OP_NOT)
		*value = constant_integer(!constant_truth(&number));
	else if (number.kind == CONSTANT_INTEGER && number.integer != INT64_MIN)
		*value = constant_integer(-number.integer);
	else
		*value = constant_real(-to_real(&number));
	return true;
}

static bool integers(enum operation operation, int64_t a, int64_t b, struct constant *value)
{
	int64_t result = 0;
	bool overflow = false;

	switch (operation) {
	case OP_PLUS:
		overflow = __builtin_add_overflow(a, b, &result);
		break;
	case OP_MINUS:
		overflow = __builtin_sub_overflow(a, b, &result);
		break;
	case OP_TIMES:
		overflow = __builtin_mul_overflow(a, b, &result);
		break;
	default:
		overflow = a == INT64_MIN && b == -1;
		if (!overflow && b != 0)
			result = a / b;
		break;
	}
	if (!overflow)
		*value = constant_integer(result);
	return !overflow;
}

static struct constant reals(enum operation operation, double a, double b)
{
	switch (operation) {
	case OP_PLUS:
		return constant_real(a + b);
	case OP_MINUS:
		return constant_real(a - b);
	case OP_TIMES:
		return constant_real(a * b);
	default:
		return constant_real(a / b);
	}
}

static struct constant arithmetic(enum operation operation, const struct constant *left,
	const struct constant *right)
{
	struct constant value = { 0 };

	if (operation == OP_DIVIDE && to_real(right) == 0.0)
		return value;
	if (left->kind == CONSTANT_INTEGER && right->kind == CONSTANT_INTEGER &&
		integers(operation, left->integer, right->integer, &value))
		return value;
	return reals(operation, to_real(left), to_real(right));
}

static struct constant modulo(const struct constant *left, const struct constant *right)
{
	int64_t by = to_integer(right), rest;

	if (by == 0)
		return (struct constant){ 0 };
	rest = by == -1 ? 0 : to_integer(left) % by;
	if (left->kind == CONSTANT_INTEGER && right->kind == CONSTANT_INTEGER)
		return constant_integer(rest);
	return constant_real((double)rest);
}

static int64_t shift(int64_t value, int64_t by)
{
	if (by <= -64 || by >= 64)
		return by < 0 && value < 0 ? -1 : 0;
	if (by >= 0)
		return (int64_t)((uint64_t)value << by);
	return value < 0 ? ~(int64_t)(~(uint64_t)value >> -by) : value >> -by;
}

static bool concat(struct arena *arena, const struct constant *left, const struct constant *right,
	struct constant *value)
{
	struct constant a, b;
	char *text;

	if (!constant_as_text(arena, left, &a) || !constant_as_text(arena, right, &b) ||
		a.size + b.size > EXPRESSION_SIZE)
		return false;
	text = arena_alloc(arena, a.size + b.size + 1);
	if (text == NULL)
		return false;
	memcpy(text, a.data, a.size);
	memcpy(text + a.size, b.data, b.size);
	*value = constant_text(text, a.size + b.size);
	return true;
}

static bool takes_bits(enum operation operation)
{
	return (operation >= OP_BIT_AND && operation <= OP_SHIFT_RIGHT) || operation == OP_MODULO;
}

bool constant_binary(struct arena *arena, enum operation operation, const struct constant *left,
	const struct constant *right, struct constant *value)
{
	struct constant a, b;

	*value = (struct constant){ 0 };
	if (left->kind == CONSTANT_NULL || right->kind == CONSTANT_NULL)
		return true;
	if (operation == OP_CONCAT)
		return concat(arena, left, right, value);
	if (!to_number(left, &a) || !to_number(right, &b))
		return false;
	if (takes_bits(operation) && (is_real_text(left, &a) || is_real_text(right, &b)))
		return false;
	if (operation == OP_BIT_AND)
		*value = constant_integer(to_integer(&a) & to_integer(&b));
	else if (operation == OP_BIT_OR)
		*value = constant_integer(to_integer(&a) | to_integer(&b));
	else if (operation == OP_SHIFT_LEFT)
		*value = constant_integer(shift(to_integer(&a), to_integer(&b)));
	else if (operation == OP_SHIFT_RIGHT)
		*value = constant_integer(shift(to_integer(&a),
			to_integer(&b) == INT64_MIN ? INT64_MAX : -to_integer(&b)));
	else if (operation == OP_MODULO)
		*value = modulo(&a, &b);
	else
		*value = arithmetic(operation, &a, &b);
	return true;
}

/*
 * "%!.15g", where fifteen digits are all there are: behind them versions of SQLite and C libraries
 * part.
 */
static bool real_text(struct arena *arena, double real, struct constant *value)
{
	char text[40], *exponent;
	const char *out;

	snprintf(text, sizeof(text), "%.15g", real);
	if (!isfinite(real) || strtod(text, NULL) != real)
		return false;
	exponent = strchr(text, 'e');
	if (exponent == NULL)
		out = arena_format(arena, "%s%s", text, strchr(text, '.') ? "" : ".0");
	else
		out = arena_format(arena, "%.*s%s%s", (int)(exponent - text), text,
			strchr(text, '.') ? "" : ".0", exponent);
	if (out == NULL)
		return false;
	if (real == 0.0)
		out = "0.0";
	*value = constant_text(out, strlen(out));
	return true;
}

bool constant_as_text(struct arena *arena, const struct constant *of, struct constant *value)
{
	const char *text;

	*value = *of;
	if (of->kind == CONSTANT_REAL)
		return real_text(arena, of->real, value);
	if (of->kind != CONSTANT_INTEGER)
		return of->kind == CONSTANT_TEXT;
	text = arena_format(arena, "%" PRId64, of->integer);
	if (text == NULL)
		return false;
	*value = constant_text(text, strlen(text));
	return true;
}

static void real_to_whole(struct constant *value)
{
	int64_t integer;

	if (value->kind == CONSTANT_REAL && constant_whole(value->real, &integer))
		*value = constant_integer(integer);
}

bool constant_cast(struct arena *arena, enum affinity to, const struct constant *of,
	struct constant *value)
{
	*value = *of;
	if (of->kind == CONSTANT_NULL)
		return true;
	if (to == AFFINITY_TEXT)
		return constant_as_text(arena, of, value);
	if (to == AFFINITY_NONE)
		return of->kind == CONSTANT_BLOB;
	if (!to_number(of, value))
		return false;
	if (to == AFFINITY_INTEGER && of->kind == CONSTANT_TEXT)
		return value->kind == CONSTANT_INTEGER;
	if (to == AFFINITY_INTEGER)
		*value = constant_integer(to_integer(value));
	else if (to == AFFINITY_REAL)
		*value = constant_real(to_real(value));
	else if (of->kind == CONSTANT_TEXT)
		real_to_whole(value);
	return true;
}

bool constant_store(struct arena *arena, enum affinity affinity, struct constant *value)
{
	struct constant number;

	if (value->kind == CONSTANT_NULL || value->kind == CONSTANT_BLOB ||
		affinity == AFFINITY_NONE)
		return true;
	if (affinity == AFFINITY_TEXT)
		return constant_as_text(arena, value, value);
	if (value->kind == CONSTANT_TEXT && text_to_number(value, &number))
		*value = number;
	if (affinity != AFFINITY_REAL)
		real_to_whole(value);
	else if (value->kind == CONSTANT_INTEGER)
		*value = constant_real((double)value->integer);
	return true;
}

int constant_truth(const struct constant *value)
{
	struct constant number;

	if (value->kind == CONSTANT_NULL)
		return -1;
	if (!to_number(value, &number))
		return -2;
	return to_real(&number) != 0.0;
}

static int compare_mixed(int64_t integer, double real)
{
	int64_t whole;

	if (real < -9223372036854775808.0)
		return 1;
	if (real >= 9223372036854775808.0)
		return -1;
	whole = (int64_t)real;
	if (integer != whole)
		return integer < whole ? -1 : 1;
	return real > (double)whole ? -1 : real < (double)whole;
}

static int compare_numbers(const struct constant *left, const struct constant *right)
{
	if (left->kind == CONSTANT_INTEGER && right->kind == CONSTANT_INTEGER)
		return (left->integer > right->integer) - (left->integer < right->integer);
	if (left->kind == CONSTANT_INTEGER)
		return compare_mixed(left->integer, right->real);
	if (right->kind == CONSTANT_INTEGER)
		return -compare_mixed(right->integer, left->real);
	return (left->real > right->real) - (left->real < right->real);
}

int constant_compare(const struct constant *left, const struct constant *right)
{
	enum constant_kind a = left->kind == CONSTANT_INTEGER ? CONSTANT_REAL : left->kind;
	enum constant_kind b = right->kind == CONSTANT_INTEGER ? CONSTANT_REAL : right->kind;
	int order;

	if (a != b)
		return a < b ? -1 : 1;
	if (a == CONSTANT_REAL)
		return compare_numbers(left, right);
	order = memcmp(left->data, right->data,
		left->size < right->size ? left->size : right->size);
	return order != 0 ? order : (left->size > right->size) - (left->size < right->size);
}

char *constant_fold(struct arena *arena, const char *text, size_t size, bool upper)
{
	char *copy = arena_copy(arena, text, size);
	char first = upper ? 'a' : 'A', last = upper ? 'z' : 'Z';

	for (size_t i = 0; copy != NULL && i < size; i++)
		if (copy[i] >= first && copy[i] <= last)
			copy[i] = (char)(copy[i] ^ 0x20);
	return copy;
}
