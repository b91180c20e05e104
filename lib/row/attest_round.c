/* Digits that a type does not keep.  Times are cut in their texts, where nothing is lost before. */
#include <string.h>

#include "row/attest.h"
#include "row/attest_form.h"

/* --- times ------------------------------------------------------------------------------------ */

bool attest_round_micros(const struct attest *attest, int64_t *micros)
{
	const int64_t unit = attest->unit;
	int64_t behind = *micros % unit;

	if (behind < 0)
		behind += unit;
	return behind == 0 || !__builtin_add_overflow(*micros,
		behind < unit - behind ? -behind : unit - behind, micros);
}

static bool is_digit(uint8_t byte)
{
	return byte >= '0' && byte <= '9';
}

static struct value trim_blanks(struct value text)
{
	while (text.size > 0 && text.data[text.size - 1] <= ' ')
		text.size--;
	while (text.size > 0 && *text.data <= ' ') {
		text.data++;
		text.size--;
	}
	return text;
}

/* Without blanks around it, and a time of day without the first of 2000. */
static struct value loosen(const struct attest *attest, struct value text)
{
	static const char first[] = "2000-01-01";
	enum { DAY = sizeof(first) };

	text = trim_blanks(text);
	if (attest->kind == TYPE_TIME && text.size > DAY &&
		memcmp(text.data, first, DAY - 1) == 0 &&
		(text.data[DAY - 1] == ' ' || text.data[DAY - 1] == 'T')) {
		text.data += DAY;
		text.size -= DAY;
	}
	return text;
}

/* The text without the digits of seconds that are not kept; the first of them says which way. */
static struct value cut(const struct attest *attest, const struct value *text, uint8_t room[64],
	bool *up)
{
	const uint8_t *point = memchr(text->data, '.', text->size);
	const uint8_t *end = text->data + text->size, *keep, *rest;
	struct value to = { .kind = VALUE_TEXT };
	int64_t unit = 1000000;

	if (point == NULL || text->size > 64)
		return *text;
	for (keep = point + 1; keep < end && is_digit(*keep) && unit > attest->unit; keep++)
		unit /= 10;
	if (keep == end || !is_digit(*keep))
		return *text;
	*up = *keep >= '5';
	for (rest = keep; rest < end && is_digit(*rest); rest++)
		;
	if (keep == point + 1)
		keep = point;
	memcpy(room, text->data, (size_t)(keep - text->data));
	memcpy(room + (keep - text->data), rest, (size_t)(end - rest));
	to.data = room;
	to.size = (uint32_t)((keep - text->data) + (end - rest));
	return to;
}

static bool is_rounded_time(struct attest *attest, const struct value *from, const struct value *to)
{
	struct value spelled = *from, form;
	uint8_t room[64];
	int64_t micros;
	bool up = false;

	if (from->kind == VALUE_TEXT && attest->conversion.loose)
		spelled = loosen(attest, spelled);
	if (from->kind == VALUE_TEXT && attest->rounds)
		spelled = cut(attest, &spelled, room, &up);
	if (to->kind != VALUE_INTEGER || !canonical_cell(attest->source, &spelled, &form) ||
		form.kind != VALUE_INTEGER)
		return false;
	micros = form.integer;
	if (micros == INT64_MIN || micros == INT64_MAX) /* infinity */
		return micros == to->integer;
	if (up && __builtin_add_overflow(micros, attest->unit, &micros))
		return false;
	return (!attest->rounds || attest_round_micros(attest, &micros)) &&
		micros == to->integer;
}

/* --- decimals --------------------------------------------------------------------------------- */

struct decimal {
	const uint8_t *digits;
	size_t whole;    /* digits before the point */
	size_t fraction; /* and behind it */
	bool minus;
};

/* [-]digits[.digits] */
static bool take_apart(const struct value *text, struct decimal *decimal)
{
	const bool minus = text->size > 0 && *text->data == '-';
	size_t at = minus;

	*decimal = (struct decimal){ .digits = text->data + minus, .minus = minus };
	while (at < text->size && is_digit(text->data[at]))
		at++;
	decimal->whole = at - minus;
	if (at < text->size && text->data[at] == '.')
		while (at + 1 < text->size && is_digit(text->data[at + 1])) {
			decimal->fraction++;
			at++;
		}
	return decimal->whole > 0 && at + (decimal->fraction > 0) == text->size;
}

/* The digit that stands for 10 to that power. */
static int digit_of(const struct decimal *decimal, int64_t power)
{
	const int64_t at = (int64_t)decimal->whole - 1 - power + (power < 0);

	if (power >= (int64_t)decimal->whole || -power > (int64_t)decimal->fraction)
		return 0;
	return decimal->digits[at] - '0';
}

/*
 * From the last digit that is kept upwards: the exact one, and one more where the first of the
 * others is a five or above, is what was found.
 */
static bool is_rounded_decimal(const struct attest *attest, const struct decimal *exact,
	const struct decimal *found)
{
	const size_t most = exact->whole > found->whole ? exact->whole : found->whole;
	int carry = digit_of(exact, -(int64_t)attest->scale - 1) >= 5;
	bool zero = true;

	for (int64_t power = -(int64_t)attest->scale; power <= (int64_t)most; power++) {
		const int sum = digit_of(exact, power) + carry;

		if (sum % 10 != digit_of(found, power))
			return false;
		zero &= sum % 10 == 0;
		carry = sum / 10;
	}
	for (size_t i = (size_t)attest->scale; i < found->fraction; i++)
		if (digit_of(found, -(int64_t)i - 1) != 0)
			return false;
	return found->minus == (exact->minus && !zero);
}

static bool is_rounded_numeric(struct attest *attest, const struct value *from,
	const struct value *to)
{
	struct decimal exact, found;
	struct value form;

	if (attest->scale < 0 || to->kind != VALUE_TEXT)
		return false;
	if (!canonical_cell(attest->source, from, &form))
		form = *from;
	if (form.kind != VALUE_TEXT)
		return false;
	if (!take_apart(&form, &exact)) /* NaN */
		return form.size == to->size && memcmp(form.data, to->data, form.size) == 0;
	return take_apart(to, &found) && is_rounded_decimal(attest, &exact, &found);
}

bool attest_rounded(struct attest *attest, const struct value *from, const struct value *to)
{
	switch (attest->kind) {
	case TYPE_DATE:
	case TYPE_TIME:
	case TYPE_TIMESTAMP:
	case TYPE_TIMESTAMPTZ:
		return is_rounded_time(attest, from, to);
	case TYPE_NUMERIC:
		return attest->rounds && is_rounded_numeric(attest, from, to);
	default:
		return false;
	}
}
