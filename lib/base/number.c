#include "base/number.h"

#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* A number taken apart; the digits of whole and fraction are one sequence with a point in it. */
struct spelling {
	const char *whole, *fraction;
	size_t whole_size, fraction_size;
	int64_t exponent;
	bool minus, plus, point, exponential;
};

static inline bool digit(char c)
{
	return c >= '0' && c <= '9';
}

static inline const char *skip_digits(const char *at, const char *end)
{
	while (at < end && digit(*at))
		at++;
	return at;
}

/* Behind the e: numeric's own bound is INT_MAX / 2, whatever the digits before it are. */
static bool read_exponent(const char *at, const char *end, int64_t *exponent)
{
	bool minus = at < end && *at == '-';
	int64_t value = 0;

	at += at < end && (*at == '+' || *at == '-');
	if (at == end)
		return false;
	for (; at < end; at++) {
		if (!digit(*at))
			return false;
		value = value * 10 + (*at - '0');
		if (value >= INT_MAX / 2)
			return false;
	}
	*exponent = minus ? -value : value;
	return true;
}

static bool take_apart(const char *at, size_t size, struct spelling *number)
{
	const char *end = at + size;

	*number = (struct spelling){ 0 };
	if (at < end && (*at == '-' || *at == '+')) {
		number->minus = *at == '-';
		number->plus = *at++ == '+';
	}
	number->whole = at;
	at = skip_digits(at, end);
	number->whole_size = (size_t)(at - number->whole);
	number->point = at < end && *at == '.';
	number->fraction = at += number->point;
	if (number->point)
		at = skip_digits(at, end);
	number->fraction_size = (size_t)(at - number->fraction);
	if (number->whole_size + number->fraction_size == 0)
		return false;
	number->exponential = at < end && (*at | 0x20) == 'e';
	if (number->exponential)
		return read_exponent(at + 1, end, &number->exponent);
	return at == end;
}

static size_t zeros(const char *text, size_t size)
{
	size_t i = 0;

	while (i < size && text[i] == '0')
		i++;
	return i;
}

/* How many digits stand before the first that is not zero: all of them when it is zero. */
static size_t leading_zeros(const struct spelling *number)
{
	size_t count = zeros(number->whole, number->whole_size);

	if (count == number->whole_size)
		count += zeros(number->fraction, number->fraction_size);
	return count;
}

static bool is_zero(const struct spelling *number)
{
	return leading_zeros(number) == number->whole_size + number->fraction_size;
}

/* Counts the digits; false when they are more than numeric takes. */
static bool count_digits(const struct spelling *number, struct digits *digits)
{
	int64_t whole = (int64_t)number->whole_size + number->exponent -
		(int64_t)leading_zeros(number);
	int64_t fraction = (int64_t)number->fraction_size - number->exponent;

	if (whole < 0 || is_zero(number))
		whole = 0;
	if (fraction < 0)
		fraction = 0;
	if (whole > NUMBER_WHOLE_MOST || fraction > NUMBER_FRACTION_MOST)
		return false;
	digits->whole = (uint32_t)whole;
	digits->fraction = (uint32_t)fraction;
	return true;
}

static bool canonical(const struct spelling *number)
{
	if (number->plus || number->exponential || number->whole_size == 0)
		return false;
	if (number->point && number->fraction_size == 0)
		return false;
	if (number->whole[0] == '0' && number->whole_size > 1)
		return false;
	return !(number->minus && is_zero(number));
}

/* Up to 18 digits always fit; all texts here are canonical. */
static bool fits_int64(const struct spelling *number)
{
	const char *most = number->minus ? "9223372036854775808" : "9223372036854775807";

	if (number->point || number->whole_size > 19)
		return false;
	return number->whole_size < 19 || memcmp(number->whole, most, 19) <= 0;
}

enum number_form number_look(const char *text, size_t size, struct digits *digits)
{
	struct spelling number;

	if (!take_apart(text, size, &number) || !count_digits(&number, digits))
		return NUMBER_NOT;
	if (!canonical(&number))
		return NUMBER_OTHER;
	return fits_int64(&number) ? NUMBER_INTEGER : NUMBER_DECIMAL;
}

bool number_parse_integer(const char *text, size_t size, int64_t *value)
{
	struct spelling number;
	uint64_t sum = 0;

	if (!take_apart(text, size, &number) || !canonical(&number) || !fits_int64(&number))
		return false;
	for (size_t i = 0; i < number.whole_size; i++)
		sum = sum * 10 + (uint64_t)(number.whole[i] - '0');
	*value = (int64_t)(number.minus ? 0 - sum : sum);
	return true;
}

static void add_zeros(struct bytes *out, size_t count)
{
	if (count == 0 || !bytes_reserve(out, count))
		return;
	memset(out->data + out->size, '0', count);
	out->size += count;
}

/* Digits from and to such places in the sequence; places outside of it are zeros. */
static void add_digits(struct bytes *out, const struct spelling *number, int64_t from, int64_t to)
{
	const int64_t whole = (int64_t)number->whole_size;
	const int64_t all = whole + (int64_t)number->fraction_size;

	while (from < to) {
		int64_t stop = from < 0 ? 0 : from < whole ? whole : from < all ? all : to;

		if (stop > to)
			stop = to;
		if (from < 0 || from >= all)
			add_zeros(out, (size_t)(stop - from));
		else if (from < whole)
			bytes_add(out, number->whole + from, (size_t)(stop - from));
		else
			bytes_add(out, number->fraction + (from - whole), (size_t)(stop - from));
		from = stop;
	}
}

bool number_add_canonical(struct bytes *out, const char *text, size_t size)
{
	struct spelling number;
	struct digits digits;
	int64_t point;

	if (!take_apart(text, size, &number) || !count_digits(&number, &digits))
		return false;
	point = (int64_t)number.whole_size + number.exponent;
	if (number.minus && !is_zero(&number))
		bytes_add_byte(out, '-');
	if (digits.whole == 0)
		bytes_add_byte(out, '0');
	add_digits(out, &number, point - digits.whole, point);
	if (digits.fraction > 0)
		bytes_add_byte(out, '.');
	add_digits(out, &number, point, point + digits.fraction);
	return true;
}

uint32_t number_integer_digits(int64_t value)
{
	uint64_t rest = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
	uint32_t count = 0;

	for (; rest > 0; rest /= 10)
		count++;
	return count;
}

/* A decimal of at most 15 digits and six behind the point. */
struct decimal {
	uint64_t units;
	uint32_t scale;
};

/*
 * The division is exact to the bit because both sides are, and any 15 digits survive a double: so
 * these are the digits that %.15g prints.
 */
static bool short_decimal(double magnitude, struct decimal *decimal)
{
	static const double powers[] = { 1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6 };

	for (uint32_t scale = 0; scale <= 6; scale++) {
		double units = magnitude * powers[scale];

		if (!(units < 1e15 - 1))
			return false;
		decimal->units = (uint64_t)(units + 0.5);
		decimal->scale = scale;
		if ((double)decimal->units / powers[scale] == magnitude)
			return true;
	}
	return false;
}

static size_t put_decimal(char *out, bool minus, struct decimal decimal)
{
	char digits[24];
	size_t size = 0, left = 0;

	if (minus)
		out[size++] = '-';
	for (; decimal.units > 0 || left <= decimal.scale; decimal.units /= 10)
		digits[left++] = (char)('0' + decimal.units % 10);
	while (left > decimal.scale)
		out[size++] = digits[--left];
	out[size++] = '.';
	if (left == 0)
		out[size++] = '0';
	while (left > 0)
		out[size++] = digits[--left];
	out[size] = '\0';
	return size;
}

static size_t print_shortest(char *out, double real)
{
	int size = 0;

	for (int precision = 15; precision <= 17; precision++) {
		size = snprintf(out, NUMBER_REAL_SIZE, "%.*g", precision, real);
		if (precision < 17 && strtod(out, NULL) == real)
			break;
	}
	return (size_t)size;
}

size_t number_format_real(char out[NUMBER_REAL_SIZE], double real)
{
	const double magnitude = fabs(real);
	struct decimal decimal;
	size_t size;

	if (!isfinite(real)) {
		const char *name = isnan(real) ? "NaN" : real < 0 ? "-Infinity" : "Infinity";

		return (size_t)snprintf(out, NUMBER_REAL_SIZE, "%s", name);
	}
	if ((magnitude >= 1e-4 || magnitude == 0) && short_decimal(magnitude, &decimal))
		return put_decimal(out, signbit(real), decimal);
	size = print_shortest(out, real);
	if (out[strcspn(out, ".e")] == '\0') {
		memcpy(out + size, ".0", 3);
		size += 2;
	}
	return size;
}

struct digits number_real_digits(double real)
{
	const double magnitude = fabs(real);
	struct digits digits = { 0 };
	struct decimal decimal;
	char text[NUMBER_REAL_SIZE];

	if (!isfinite(real))
		return digits;
	if (short_decimal(magnitude, &decimal)) {
		digits.whole = number_integer_digits((int64_t)magnitude);
		digits.fraction = decimal.scale;
		return digits;
	}
	number_look(text, print_shortest(text, magnitude), &digits);
	return digits;
}
