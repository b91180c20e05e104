#include "row/expect.h"

#include "row/describe.h"
#include "row/wildcard.h"

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

bool expect_fits(const struct expect_rule *rule, const struct type *type)
{
	if (rule->kind == EXPECT_MATCHES)
		return type->kind == TYPE_RAW || is_text(type->kind) || is_number(type->kind) ||
			type->kind == TYPE_OTHER;
	if (rule->kind == EXPECT_NEWEST)
		return type->kind == TYPE_RAW || is_text(type->kind) ||
			(is_time(type->kind) && type->kind != TYPE_TIME);
	if (rule->kind != EXPECT_RANGE || type->kind == TYPE_RAW)
		return true;
	for (int i = 0; i < 2; i++) {
		struct bound limit = rule->limits[i];

		if (!(is_number(type->kind) || is_time(type->kind) || is_text(type->kind)) ||
			!bound_fit(&limit, type))
			return false;
	}
	return true;
}

static bool compare_limit(const struct bound *limit, const struct type *type,
	const struct value *cell, int *order)
{
	struct bound fitted = *limit;

	return bound_fit(&fitted, type) && bound_compare(&fitted, cell, order);
}

bool expect_in_range(const struct expect_rule *rule, const struct type *type,
	const struct value *cell)
{
	int least, most;

	return compare_limit(&rule->limits[0], type, cell, &least) && least >= 0 &&
		compare_limit(&rule->limits[1], type, cell, &most) && most <= 0;
}

bool expect_matches(const struct expect_rule *rule, const struct value *cell)
{
	return wildcard_cell(rule->pattern, rule->pattern_size, cell);
}
