#include "row/expect.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/date.h"
#include "base/number.h"
#include "row/describe.h"

/* --- numbers ---------------------------------------------------------------------------------- */

/* Numbers of rows and bounds of up to 18 digits are exact in a long double. */
static bool compare(const struct expect_rule *rule, long double value, long double bound,
	long double tolerance)
{
	const long double apart = value < bound ? bound - value : value - bound;

	switch (rule->operator) {
	case EXPECT_EQUAL:
		return apart <= tolerance;
	case EXPECT_OTHER:
		return apart > tolerance;
	case EXPECT_BELOW:
		return value < bound;
	case EXPECT_AT_MOST:
		return value <= bound;
	case EXPECT_ABOVE:
		return value > bound;
	default:
		return value >= bound;
	}
}

bool expect_holds(const struct expect_rule *rule, const struct expect_measured *measured)
{
	long double all = (long double)measured->all, good = (long double)measured->good;

	if (rule->kind == EXPECT_NEWEST)
		return measured->timed && compare(rule, (long double)measured->age, rule->bound, 0);
	if (!rule->percent)
		return compare(rule, good, rule->bound, rule->tolerance);
	if (measured->all == 0)
		all = good = 1;
	/* Without a division: 95% of 3 is no number. */
	return compare(rule, good * 100, rule->bound * all, rule->tolerance * all);
}

static void show_age(struct bytes *to, int64_t micros)
{
	static const struct {
		const char *name;
		double micros;
	} units[] = { { "weeks", 7 * 86400e6 }, { "days", 86400e6 }, { "hours", 3600e6 },
		{ "minutes", 60e6 }, { "seconds", 1e6 } };
	const double size = micros < 0 ? -(double)micros : (double)micros;
	size_t unit = 1;

	while (unit < 4 && size < units[unit].micros)
		unit++;
	bytes_format(to, "%.1f %s", size / units[unit].micros, units[unit].name);
	if (micros < 0)
		bytes_add_text(to, " in the future");
}

/* Rounded down: what is not all is not 100%. */
static void show_share(struct bytes *to, uint64_t good, uint64_t all)
{
	const long double share = all == 0 ? 10000 : (long double)good * 10000 / (long double)all;
	const unsigned long long cut = (unsigned long long)share;

	bytes_format(to, "%llu", cut / 100);
	if (cut % 100 != 0)
		bytes_format(to, cut % 10 != 0 ? ".%02llu" : ".%01llu",
			cut % 10 != 0 ? cut % 100 : cut % 100 / 10);
	bytes_add_byte(to, '%');
}

void expect_show(struct bytes *to, const struct expect_rule *rule,
	const struct expect_measured *measured)
{
	if (rule->kind == EXPECT_NEWEST) {
		if (measured->timed)
			show_age(to, measured->age);
		else
			bytes_add_text(to, "there is no time");
		return;
	}
	if (rule->kind == EXPECT_ROWS) {
		describe_number(to, measured->good);
		return;
	}
	show_share(to, measured->good, measured->all);
	bytes_add_text(to, " (");
	describe_number(to, measured->good);
	bytes_add_text(to, " of ");
	describe_number(to, measured->all);
	bytes_add_byte(to, ')');
}

/* --- range ------------------------------------------------------------------------------------ */

static bool is_number(enum type_kind kind)
{
	return kind >= TYPE_INT2 && kind <= TYPE_NUMERIC;
}

static bool is_time(enum type_kind kind)
{
	return kind >= TYPE_DATE && kind <= TYPE_TIMESTAMPTZ;
}

static bool is_text(enum type_kind kind)
{
	return kind >= TYPE_TEXT && kind <= TYPE_CHAR;
}

/* A limit as the cells of a type of times have it. */
static bool read_time(const struct type *type, const struct expect_limit *limit, int64_t *time)
{
	int32_t days;

	if (type->kind == TYPE_TIME)
		return date_parse_time(limit->text, limit->size, time);
	if (date_parse_day(limit->text, limit->size, &days)) {
		*time = type->kind == TYPE_DATE ? days : days * DATE_DAY;
		return true;
	}
	return type->kind != TYPE_DATE && date_parse_stamp(limit->text, limit->size, time) != 0;
}

bool expect_fits(const struct expect_rule *rule, const struct type *type)
{
	int64_t time;

	if (rule->kind == EXPECT_MATCHES)
		return type->kind == TYPE_RAW || is_text(type->kind) || is_number(type->kind) ||
			type->kind == TYPE_OTHER;
	if (rule->kind == EXPECT_NEWEST)
		return type->kind == TYPE_RAW || is_text(type->kind) ||
			(is_time(type->kind) && type->kind != TYPE_TIME);
	if (rule->kind != EXPECT_RANGE || type->kind == TYPE_RAW)
		return true;
	for (int i = 0; i < 2; i++) {
		const struct expect_limit *limit = &rule->limits[i];

		if (limit->quoted ? !is_text(type->kind) && !(is_time(type->kind) &&
			read_time(type, limit, &time)) : !is_number(type->kind))
			return false;
	}
	return true;
}

/* Numbers as numeric spells them. */
static int compare_magnitudes(const char *a, size_t a_size, const char *b, size_t b_size)
{
	const char *a_point = memchr(a, '.', a_size), *b_point = memchr(b, '.', b_size);
	const size_t a_whole = a_point == NULL ? a_size : (size_t)(a_point - a);
	const size_t b_whole = b_point == NULL ? b_size : (size_t)(b_point - b);
	int order;

	if (a_whole != b_whole)
		return a_whole < b_whole ? -1 : 1;
	order = memcmp(a, b, a_whole);
	for (size_t i = a_whole + 1; order == 0 && (i < a_size || i < b_size); i++)
		order = (i < a_size ? a[i] : '0') - (i < b_size ? b[i] : '0');
	return order;
}

static int compare_decimals(const char *a, size_t a_size, const char *b, size_t b_size)
{
	if ((*a == '-') != (*b == '-'))
		return *a == '-' ? -1 : 1;
	if (*a == '-')
		return compare_magnitudes(b + 1, b_size - 1, a + 1, a_size - 1);
	return compare_magnitudes(a, a_size, b, b_size);
}

static int compare_integer(int64_t integer, const struct expect_limit *limit)
{
	char text[32];
	int size;

	if (limit->whole)
		return (integer > limit->integer) - (integer < limit->integer);
	size = snprintf(text, sizeof(text), "%" PRId64, integer);
	return compare_decimals(text, (size_t)size, limit->text, limit->size);
}

static int compare_text(const struct value *text, const struct expect_limit *limit)
{
	const size_t size = text->size < limit->size ? text->size : limit->size;
	const int order = size == 0 ? 0 : memcmp(text->data, limit->text, size);

	return order != 0 ? order : (text->size > limit->size) - (text->size < limit->size);
}

/* Below, at, above 0; false when the cell is nothing that the limit could be. */
static bool compare_cell(const struct type *type, const struct value *cell,
	const struct expect_limit *limit, int *order)
{
	struct digits digits;
	int64_t time;

	if (is_time(type->kind)) {
		if (cell->kind != VALUE_INTEGER || !read_time(type, limit, &time))
			return false;
		*order = (cell->integer > time) - (cell->integer < time);
		return true;
	}
	if (cell->kind == VALUE_INTEGER && !limit->quoted) {
		*order = compare_integer(cell->integer, limit);
		return true;
	}
	if (cell->kind == VALUE_REAL && !limit->quoted) {
		*order = (cell->real > limit->real) - (cell->real < limit->real);
		return cell->real == cell->real;
	}
	if (cell->kind != VALUE_TEXT || limit->quoted == (type->kind == TYPE_NUMERIC))
		return false;
	if (limit->quoted) {
		*order = compare_text(cell, limit);
		return true;
	}
	*order = 0;
	if (type->kind != TYPE_NUMERIC || number_look((const char *)cell->data, cell->size,
		&digits) == NUMBER_NOT)
		return false;
	*order = compare_decimals((const char *)cell->data, cell->size, limit->text, limit->size);
	return true;
}

bool expect_in_range(const struct expect_rule *rule, const struct type *type,
	const struct value *cell)
{
	int least, most;

	return compare_cell(type, cell, &rule->limits[0], &least) && least >= 0 &&
		compare_cell(type, cell, &rule->limits[1], &most) && most <= 0;
}

/* --- patterns --------------------------------------------------------------------------------- */

/* Where the character after this one begins. */
static const char *next_character(const char *at, const char *end)
{
	at++;
	while (at < end && (*at & 0xc0) == 0x80)
		at++;
	return at;
}

static int compare_characters(const char *a, const char *a_end, const char *b, const char *b_end)
{
	const size_t a_size = (size_t)(next_character(a, a_end) - a);
	const size_t b_size = (size_t)(next_character(b, b_end) - b);
	const int order = memcmp(a, b, a_size < b_size ? a_size : b_size);

	return order != 0 ? order : (a_size > b_size) - (a_size < b_size);
}

/*
 * [a-z_], [^...]: a ] that comes first is itself.  *end is behind the closing one; NULL when there
 * is none, and the [ is itself.
 */
static bool in_set(const char *at, const char *stop, const char *text, const char *text_stop,
	const char **end)
{
	const bool negated = at < stop && *at == '^';
	bool found = false, first = true;

	for (at += negated; at < stop && (first || *at != ']'); first = false) {
		const char *low = at, *high = at;

		at = next_character(at, stop);
		if (at + 1 < stop && *at == '-' && at[1] != ']') {
			high = at + 1;
			at = next_character(high, stop);
		}
		found |= compare_characters(low, stop, text, text_stop) <= 0 &&
			compare_characters(text, text_stop, high, stop) <= 0;
	}
	*end = at < stop ? at + 1 : NULL;
	return found != negated;
}

/* One character of the text against what the pattern has for it; NULL: it does not match. */
static const char *match_one(const char *pattern, const char *stop, const char *text,
	const char *text_stop)
{
	const char *end;

	if (*pattern == '?')
		return pattern + 1;
	if (*pattern == '[') {
		const bool found = in_set(pattern + 1, stop, text, text_stop, &end);

		if (end != NULL)
			return found ? end : NULL;
	}
	return compare_characters(pattern, stop, text, text_stop) == 0 ?
		next_character(pattern, stop) : NULL;
}

/* After a mismatch only the last * can take one character more: no pattern takes long. */
static bool matches(const char *pattern, const char *stop, const char *text, const char *text_stop)
{
	const char *star = NULL, *again = NULL;

	while (text < text_stop) {
		const char *next = NULL;

		if (pattern < stop && *pattern == '*') {
			star = ++pattern;
			again = text;
			continue;
		}
		if (pattern < stop)
			next = match_one(pattern, stop, text, text_stop);
		if (next != NULL) {
			pattern = next;
			text = next_character(text, text_stop);
		} else if (star != NULL) {
			pattern = star;
			text = again = next_character(again, text_stop);
		} else {
			return false;
		}
	}
	while (pattern < stop && *pattern == '*')
		pattern++;
	return pattern == stop;
}

bool expect_matches(const struct expect_rule *rule, const struct value *cell)
{
	const char *stop = rule->pattern + rule->pattern_size, *text;
	char print[32];

	if (cell->kind == VALUE_INTEGER) {
		const int size = snprintf(print, sizeof(print), "%" PRId64, cell->integer);

		return matches(rule->pattern, stop, print, print + size);
	}
	if (cell->kind != VALUE_TEXT)
		return false;
	text = (const char *)cell->data;
	return matches(rule->pattern, stop, text, text + cell->size);
}
