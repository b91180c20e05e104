#include <float.h>
#include <math.h>
#include <stdlib.h>

#include "row/convert_family.h"

static inline bool in_range(enum type_kind kind, int64_t value)
{
	if (kind == TYPE_INT8)
		return true;
	return kind == TYPE_INT4 ? value == (int32_t)value : value == (int16_t)value;
}

/* The canonical form without zeros at the end of the fraction: equal values have equal texts. */
static bool add_plain(struct bytes *out, const char *text, size_t size)
{
	const size_t start = out->size;

	if (!number_add_canonical(out, text, size) || out->failed)
		return false;
	if (memchr(out->data + start, '.', out->size - start) == NULL)
		return true;
	while (out->data[out->size - 1] == '0')
		out->size--;
	out->size -= out->data[out->size - 1] == '.';
	return true;
}

static bool integer_of_text(const struct conversion *conversion, const struct value *from,
	struct bytes *scratch, int64_t *value)
{
	struct trimmed t;

	if (number_parse_integer((const char *)from->data, from->size, value))
		return true;
	if (!conversion->loose)
		return false;
	t = trim_blanks(from);
	bytes_clear(scratch);
	return add_plain(scratch, t.text, t.size) &&
		number_parse_integer((const char *)scratch->data, scratch->size, value);
}

bool convert_to_integer(const struct conversion *conversion, const struct value *from,
	struct value *to, struct bytes *scratch, enum change *change, const char **why)
{
	int64_t value;

	if (from->kind == VALUE_INTEGER) {
		value = from->integer;
	} else if (from->kind == VALUE_REAL) {
		if (!whole_number(from->real, &value))
			return misfit(why, "a real that is no integer");
		*change = CHANGE_REAL_TO_INTEGER;
	} else {
		if (from->kind != VALUE_TEXT ||
		    !integer_of_text(conversion, from, scratch, &value))
			return misfit_kind(from, "text that is no integer", why);
		*change = CHANGE_TEXT_TO_NUMBER;
	}
	if (!in_range(conversion->type.kind, value))
		return misfit(why, conversion->type.kind == TYPE_INT2 ?
			"a number beyond smallint" : "a number beyond integer");
	*to = (struct value){ .kind = VALUE_INTEGER, .integer = value };
	return true;
}

/* The same value as a text and as the shortest decimal of a real. */
static bool same_value(struct bytes *scratch, const char *text, size_t size, double real)
{
	char print[NUMBER_SIZE];
	size_t middle;

	bytes_clear(scratch);
	if (!isfinite(real) || !add_plain(scratch, text, size))
		return false;
	middle = scratch->size;
	return add_plain(scratch, print, real_print(print, real)) &&
		scratch->size == 2 * middle &&
		memcmp(scratch->data, scratch->data + middle, middle) == 0;
}

/* Infinity, -Infinity, NaN: as we print them. */
static bool special_real(const char *text, size_t size, double *real)
{
	static const struct {
		const char *name;
		double real;
	} specials[] = { { "Infinity", INFINITY }, { "-Infinity", -INFINITY }, { "NaN", NAN } };

	for (size_t i = 0; i < sizeof(specials) / sizeof(specials[0]); i++)
		if (strlen(specials[i].name) == size && memcmp(specials[i].name, text, size) == 0) {
			*real = specials[i].real;
			return true;
		}
	return false;
}

/* A number that is spelled canonically, or as the real prints. */
static bool well_spelled(const char *text, size_t size, double real)
{
	struct digits digits;
	char print[NUMBER_SIZE];

	return number_look(text, size, &digits) != NUMBER_OTHER ||
		(real_print(print, real) == size && memcmp(print, text, size) == 0);
}

static bool real_of_text(const struct conversion *conversion, const struct value *from,
	struct bytes *scratch, double *real)
{
	struct trimmed t = { (const char *)from->data, from->size };
	struct digits digits;

	if (conversion->loose)
		t = trim_blanks(from);
	if (special_real(t.text, t.size, real))
		return true;
	if (number_look(t.text, t.size, &digits) == NUMBER_NOT)
		return false;
	bytes_clear(scratch);
	bytes_add(scratch, t.text, t.size);
	bytes_add_byte(scratch, '\0');
	if (scratch->failed)
		return false;
	*real = strtod((const char *)scratch->data, NULL);
	return (conversion->loose || well_spelled(t.text, t.size, *real)) &&
		same_value(scratch, t.text, t.size, *real);
}

static bool real_of_integer(int64_t integer, double *real)
{
	*real = (double)integer;
	return *real < 0x1p63 && (int64_t)*real == integer;
}

static inline bool is_single(double real)
{
	return !isfinite(real) || (fabs(real) <= (double)FLT_MAX && (double)(float)real == real);
}

bool convert_to_float(const struct conversion *conversion, const struct value *from,
	struct value *to, struct bytes *scratch, enum change *change, const char **why)
{
	double real;

	if (from->kind == VALUE_REAL) {
		real = from->real;
	} else if (from->kind == VALUE_INTEGER) {
		if (!real_of_integer(from->integer, &real))
			return misfit(why, "an integer that no real holds");
		*change = CHANGE_INTEGER_TO_REAL;
	} else {
		if (from->kind != VALUE_TEXT || !real_of_text(conversion, from, scratch, &real))
			return misfit_kind(from, "text that no real gives back", why);
		*change = CHANGE_TEXT_TO_NUMBER;
	}
	if (conversion->type.kind == TYPE_FLOAT4 && !is_single(real))
		return misfit(why, "a number that 32 bits do not hold");
	*to = (struct value){ .kind = VALUE_REAL, .real = isnan(real) ? (double)NAN : real };
	return true;
}

/* Where the first and last digits other than zero stand: 10 to that power.  Zero has none. */
struct extent {
	int64_t first, last;
};

static struct extent digits_extent(const uint8_t *text, size_t size)
{
	const uint8_t *point = memchr(text, '.', size);
	const int64_t units = point == NULL ? (int64_t)size : point - text;
	struct extent extent = { 0 };
	bool seen = false;

	for (int64_t i = 0; i < (int64_t)size; i++) {
		if (text[i] < '1' || text[i] > '9')
			continue;
		extent.last = i < units ? units - i - 1 : units - i;
		if (!seen)
			extent.first = extent.last;
		seen = true;
	}
	return seen ? extent : (struct extent){ INT32_MIN, INT32_MAX };
}

static const char *const too_fine = "a number with too many digits behind the point";

/* One more in the last place: false where all digits are nines. */
static bool raise_digits(uint8_t *digits, size_t size)
{
	while (size-- > 0) {
		if (digits[size] == '.')
			continue;
		if (digits[size] != '9') {
			digits[size]++;
			return true;
		}
		digits[size] = '0';
	}
	return false;
}

static bool is_zero(const uint8_t *digits, size_t size)
{
	for (size_t i = 0; i < size; i++)
		if (digits[i] != '0' && digits[i] != '.')
			return false;
	return true;
}

/*
 * To so many digits behind the point, of which there are more; halves away from zero, as the server
 * does.  Written anew: scratch may hold the digits that are read.
 */
static bool round_digits(int32_t scale, const struct value *from, struct value *to,
	struct bytes *scratch, const char **why)
{
	const bool minus = *from->data == '-';
	const uint8_t *digits = from->data + minus;
	const uint8_t *point = memchr(digits, '.', from->size - minus);
	const size_t size = (size_t)(point - digits) + (scale > 0 ? 1 + (size_t)scale : 0);
	const bool up = digits[size + (scale == 0)] >= '5';
	struct bytes own = { 0 };

	bytes_add_text(&own, "-0"); /* room for a sign, and for one digit more */
	bytes_add(&own, digits, size);
	if (!own.failed) {
		const bool more = up && !raise_digits(own.data + 2, size);
		const bool signs = minus && !(is_zero(own.data + 2, size) && !more);

		own.data[1] = more ? '1' : '-';
		bytes_clear(scratch);
		bytes_add(scratch, "-", signs);
		bytes_add(scratch, own.data + (more ? 1 : 2), size + more);
	}
	scratch->failed |= own.failed;
	bytes_close(&own);
	return settle(to, VALUE_TEXT, scratch, why);
}

static bool needs_rounding(const struct conversion *conversion, const struct value *numeric)
{
	const struct extent extent = digits_extent(numeric->data, numeric->size);

	return conversion->round && conversion->type.scale >= 0 &&
		extent.last < -(int64_t)conversion->type.scale;
}

/* Whether numeric(precision, scale) holds it unrounded; zeros behind the scale are cut off. */
static bool fit_precision(const struct type *type, struct value *numeric, const char **why)
{
	const struct extent extent = digits_extent(numeric->data, numeric->size);
	const uint8_t *point = memchr(numeric->data, '.', numeric->size);
	size_t most;

	if (extent.first >= (int64_t)type->precision - type->scale)
		return misfit(why, "a number with too many digits before the point");
	if (extent.last < -(int64_t)type->scale)
		return misfit(why, too_fine);
	if (point == NULL)
		return true;
	most = (size_t)(point - numeric->data);
	if (type->scale > 0)
		most += 1 + (size_t)type->scale;
	if (numeric->size > most)
		numeric->size = (uint32_t)most;
	return true;
}

static bool is_special(const struct value *text)
{
	double real;

	return special_real((const char *)text->data, text->size, &real);
}

/* What a real prints, but without exponent, and as an integer where it is one. */
static void add_decimal(struct bytes *out, const char *text, size_t size)
{
	if (size > 2 && memcmp(text + size - 2, ".0", 2) == 0)
		bytes_add(out, text, size - 2);
	else if (memchr(text, 'e', size) == NULL)
		bytes_add(out, text, size);
	else
		add_plain(out, text, size);
}

static bool numeric_of_real(double real, struct bytes *scratch, struct value *to, const char **why)
{
	char text[NUMBER_SIZE];

	if (real == 0 && signbit(real))
		return misfit(why, "-0.0, which numeric does not have");
	bytes_clear(scratch);
	if (isfinite(real))
		add_decimal(scratch, text, real_print(text, real));
	else
		bytes_add_text(scratch, isnan(real) ? "NaN" : real < 0 ? "-Infinity" : "Infinity");
	return settle(to, VALUE_TEXT, scratch, why);
}

static bool numeric_of_text(const struct conversion *conversion, const struct value *from,
	struct bytes *scratch, struct value *to, const char **why)
{
	static const char *const no_number = "text that is no number, or not as numeric prints it";
	struct trimmed t = trim_blanks(from);
	enum number_form form;
	struct digits digits;

	if (is_special(from)) {
		*to = *from;
		return true;
	}
	form = number_look((const char *)from->data, from->size, &digits);
	if (form == NUMBER_INTEGER || form == NUMBER_DECIMAL) {
		*to = *from;
		return true;
	}
	bytes_clear(scratch);
	if (!conversion->loose || !number_add_canonical(scratch, t.text, t.size))
		return misfit(why, no_number);
	return settle(to, VALUE_TEXT, scratch, why);
}

bool convert_to_numeric(const struct conversion *conversion, const struct value *from,
	struct value *to, struct bytes *scratch, enum change *change, const char **why)
{
	char print[NUMBER_SIZE];
	struct value cell = *from;

	if (from->kind == VALUE_TEXT) {
		if (!numeric_of_text(conversion, from, scratch, &cell, why))
			return false;
		*change = CHANGE_TEXT_TO_NUMBER;
	} else if (from->kind == VALUE_REAL) {
		if (!numeric_of_real(from->real, scratch, &cell, why))
			return false;
		*change = CHANGE_REAL_TO_NUMERIC;
	} else if (from->kind == VALUE_INTEGER) {
		bytes_clear(scratch);
		bytes_add(scratch, print, number_print(print, from));
		if (!settle(&cell, VALUE_TEXT, scratch, why))
			return false;
	} else {
		return misfit_kind(from, "text", why);
	}
	if (conversion->type.precision > 0) {
		const bool special = is_special(&cell);

		if (special && cell.size > 3) /* NaN is one that any numeric takes */
			return misfit(why, "infinity, which no precision holds");
		if (!special && needs_rounding(conversion, &cell)) {
			if (!round_digits(conversion->type.scale, &cell, &cell, scratch, why))
				return false;
			*change = CHANGE_ROUNDED;
		}
		if (!special && !fit_precision(&conversion->type, &cell, why))
			return false;
	}
	*to = cell;
	return true;
}
