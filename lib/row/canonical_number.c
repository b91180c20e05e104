#include "row/canonical.h"

#include <float.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/number.h"
#include "row/canonical_form.h"

enum { PRINT = 40, CERTAIN = 15, MOST = 17 };

/* Digits as %e has them, the fewest that are the same double. */
struct shortest {
	char digits[MOST + 1];
	int count;
	int exponent; /* of the first digit */
};

static void take_apart(const char *text, struct shortest *shortest)
{
	shortest->count = 0;
	for (; *text != 'e'; text++)
		if (*text >= '0' && *text <= '9')
			shortest->digits[shortest->count++] = *text;
	while (shortest->count > 1 && shortest->digits[shortest->count - 1] == '0')
		shortest->count--;
	shortest->exponent = (int)strtol(text + 1, NULL, 10);
}

/* At a power of two the nearest of 16 digits may be another double, and the next one this. */
static bool next_up(char text[PRINT], double real)
{
	char *last = strchr(text, 'e') - 1;

	if (*last == '9')
		return false;
	++*last;
	return strtod(text, NULL) == real;
}

/* Of a positive, finite double. */
static void find_shortest(double real, struct shortest *shortest)
{
	/* Fifteen digits always survive; only where doubles are sparse, fewer may do. */
	int digits = real < DBL_MIN ? 1 : CERTAIN;
	char text[PRINT];

	for (; digits <= MOST; digits++) {
		snprintf(text, sizeof(text), "%.*e", digits - 1, real);
		if (strtod(text, NULL) == real || (digits == CERTAIN + 1 && next_up(text, real)))
			break;
	}
	take_apart(text, shortest);
}

static void add_zeros(struct bytes *to, int count)
{
	for (; count > 0; count--)
		bytes_add_byte(to, '0');
}

static void add_plain(struct bytes *to, const struct shortest *shortest)
{
	const int whole = shortest->exponent + 1;
	const int before = whole < 0 ? 0 : whole < shortest->count ? whole : shortest->count;

	bytes_add(to, shortest->digits, (size_t)before);
	add_zeros(to, whole <= 0 ? 1 : whole - shortest->count);
	if (before == shortest->count)
		return;
	bytes_add_byte(to, '.');
	add_zeros(to, -whole);
	bytes_add(to, shortest->digits + before, (size_t)(shortest->count - before));
}

static const char *special(double real)
{
	return isnan(real) ? "NaN" : real < 0 ? "-Infinity" : "Infinity";
}

/* As a decimal without an exponent; -0.0 is not zero. */
static void add_decimal(struct bytes *to, double real)
{
	struct shortest shortest = { .digits = "0", .count = 1 };

	if (!isfinite(real)) {
		bytes_add_text(to, special(real));
		return;
	}
	if (real != 0)
		find_shortest(fabs(real), &shortest);
	if (signbit(real))
		bytes_add_byte(to, '-');
	add_plain(to, &shortest);
}

/* A real prints as one: with a point, or from 1e16 on and below 1e-4 with an exponent. */
static void print_real(struct bytes *to, double real)
{
	struct shortest shortest = { .digits = "0", .count = 1 };
	size_t start;

	if (!isfinite(real)) {
		bytes_add_text(to, isnan(real) ? "nan" : real < 0 ? "-inf" : "inf");
		return;
	}
	if (real != 0)
		find_shortest(fabs(real), &shortest);
	if (signbit(real))
		bytes_add_byte(to, '-');
	start = to->size;
	if (shortest.exponent >= -4 && shortest.exponent < 16) {
		add_plain(to, &shortest);
		if (!to->failed && memchr(to->data + start, '.', to->size - start) == NULL)
			bytes_add_text(to, ".0");
		return;
	}
	bytes_add(to, shortest.digits, 1);
	if (shortest.count > 1)
		bytes_add_byte(to, '.');
	bytes_add(to, shortest.digits + 1, (size_t)shortest.count - 1);
	bytes_format(to, "e%+03d", shortest.exponent);
}

void canonical_print(struct bytes *to, const struct value *number)
{
	if (number->kind == VALUE_REAL)
		print_real(to, number->real);
	else
		bytes_format(to, "%" PRId64, number->integer);
}

/* What is no numeric, in a cell that ought to be one, is left alone. */
static void trim_zeros(struct value *numeric)
{
	const uint8_t *data = numeric->data, *point;

	if (numeric->size < 2 || data[numeric->size - 1] != '0')
		return;
	point = memchr(data, '.', numeric->size);
	if (point == NULL || memrchr(data, '.', numeric->size) != point)
		return;
	while (data[numeric->size - 1] == '0')
		numeric->size--;
	if (data[numeric->size - 1] == '.')
		numeric->size--;
}

static struct value trim_blanks(const struct value *text)
{
	struct value left = *text;

	while (left.size > 0 && left.data[left.size - 1] <= ' ')
		left.size--;
	while (left.size > 0 && *left.data <= ' ') {
		left.data++;
		left.size--;
	}
	return left;
}

static bool is_special(const struct value *text)
{
	static const char *const names[] = { "NaN", "Infinity", "-Infinity" };

	for (size_t i = 0; i < 3; i++)
		if (text->size == strlen(names[i]) && memcmp(text->data, names[i], text->size) == 0)
			return true;
	return false;
}

/* Any spelling of a number, in the one that numeric has for it. */
static bool numeric_of_text(struct canonical *canonical, const struct value *from, struct value *to)
{
	const struct value text = trim_blanks(from);
	struct digits digits;

	*to = text;
	if (is_special(&text))
		return true;
	switch (number_look((const char *)text.data, text.size, &digits)) {
	case NUMBER_NOT:
		return false;
	case NUMBER_OTHER:
		number_add_canonical(&canonical->scratch, (const char *)text.data, text.size);
		return canonical_settle(canonical, VALUE_TEXT, to);
	default:
		return true;
	}
}

bool canonical_numeric(struct canonical *canonical, const struct value *from, struct value *to)
{
	*to = *from;
	if (from->kind == VALUE_TEXT) {
		if (canonical->from.kind != TYPE_NUMERIC && !numeric_of_text(canonical, from, to))
			return false;
		trim_zeros(to);
		return true;
	}
	if (from->kind == VALUE_REAL)
		add_decimal(&canonical->scratch, from->real);
	else if (from->kind == VALUE_INTEGER)
		bytes_format(&canonical->scratch, "%" PRId64, from->integer);
	else
		return false;
	return canonical_settle(canonical, VALUE_TEXT, to);
}

static bool integer_of_real(double real, int64_t *integer)
{
	if (!(real >= -0x1p63 && real < 0x1p63) || (real == 0 && signbit(real)))
		return false;
	*integer = (int64_t)real;
	return (double)*integer == real;
}

bool canonical_integer(struct canonical *canonical, const struct value *from, struct value *to)
{
	int64_t integer = from->integer;
	struct value text;
	bool known = from->kind == VALUE_INTEGER;

	if (from->kind == VALUE_REAL) {
		known = integer_of_real(from->real, &integer);
	} else if (from->kind == VALUE_TEXT && numeric_of_text(canonical, from, &text)) {
		trim_zeros(&text);
		known = number_parse_integer((const char *)text.data, text.size, &integer);
	}
	*to = (struct value){ .kind = VALUE_INTEGER, .integer = integer };
	return known;
}

/* A text is the real that its decimal is, not the nearest one. */
static bool real_of_text(struct canonical *canonical, const struct value *from, double *real)
{
	struct bytes *scratch = &canonical->scratch;
	struct value text;
	size_t size;

	if (!numeric_of_text(canonical, from, &text))
		return false;
	trim_zeros(&text);
	bytes_clear(&canonical->work);
	bytes_add(&canonical->work, text.data, text.size);
	bytes_add_byte(&canonical->work, '\0');
	if (canonical->work.failed)
		return false;
	*real = strtod((const char *)canonical->work.data, NULL);
	if (*real == 0 && *trim_blanks(from).data == '-')
		*real = -0.0;
	bytes_clear(scratch);
	add_decimal(scratch, fabs(*real));
	size = (size_t)(text.size - (text.size > 0 && canonical->work.data[0] == '-'));
	return scratch->size == size && memcmp(scratch->data, canonical->work.data +
		(text.size - size), size) == 0;
}

bool canonical_float(struct canonical *canonical, const struct value *from, struct value *to)
{
	double real = from->kind == VALUE_REAL ? from->real : 0;
	int64_t back;
	bool known = from->kind == VALUE_REAL;

	if (from->kind == VALUE_INTEGER) {
		real = (double)from->integer;
		known = real < 0x1p63 && integer_of_real(real, &back) && back == from->integer;
	} else if (from->kind == VALUE_TEXT) {
		known = real_of_text(canonical, from, &real);
	}
	*to = (struct value){ .kind = VALUE_REAL, .real = isnan(real) ? (double)NAN : real };
	return known;
}
