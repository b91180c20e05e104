/* Types that are known by their name alone: arrays, intervals, enums; all others are any text. */
#include "base/date.h"
#include "base/json.h"
#include "row/array.h"
#include "row/convert_family.h"

/* --- arrays ----------------------------------------------------------------------------------- */

/* scratch may hold the text: it is written anew, then. */
static bool from_json(const struct value *text, struct value *to, struct bytes *scratch,
	const char **why)
{
	struct bytes own = { 0 };
	bool holds = array_from_json(&own, text->data, text->size);

	if (holds) {
		bytes_clear(scratch);
		bytes_add(scratch, own.data, own.size);
		scratch->failed |= own.failed;
	}
	bytes_close(&own);
	if (!holds)
		return misfit(why, "JSON that is no array of PostgreSQL's");
	return settle(to, VALUE_TEXT, scratch, why);
}

/* {a,b} and [0:1]={a,b} are PostgreSQL's own spellings; it judges them itself. */
static bool array_of_text(const struct value *text, struct value *to, struct bytes *scratch,
	enum change *change, const char **why)
{
	const struct trimmed t = trim_blanks(text);
	struct bytes own = { 0 };
	enum json_form form;

	if (t.size == 0 || (*t.text != '[' && *t.text != '{'))
		return misfit(why, "text that is no array");
	*to = *text;
	if (*t.text == '{')
		return true;
	form = json_look(text->data, text->size, &own);
	bytes_close(&own);
	if (form == JSON_NOT)
		return memchr(t.text, '=', t.size) != NULL || misfit(why, "text that is no array");
	*change = CHANGE_JSON_TO_ARRAY;
	return from_json(text, to, scratch, why);
}

/* --- intervals -------------------------------------------------------------------------------- */

/* 1 day 01:02:03.5; -1 days +23:59:59: whole days, and what is left of one */
static void add_interval(struct bytes *to, int64_t micros)
{
	int64_t days = micros / DATE_DAY, rest = micros % DATE_DAY;
	char time[DATE_SIZE];

	if (rest < 0) {
		rest += DATE_DAY;
		days--;
	}
	if (days != 0)
		bytes_format(to, "%lld day%s", (long long)days, days == 1 ? "" : "s");
	if (days != 0 && rest != 0)
		bytes_add_text(to, days < 0 ? " +" : " ");
	if (days == 0 || rest != 0) {
		date_format_time(time, rest);
		bytes_add_text(to, time);
	}
}

static int64_t unit_of(enum reading_of_time reading)
{
	return reading == TIME_EPOCH_S ? DATE_SECOND : reading == TIME_EPOCH_MS ? 1000 :
		reading == TIME_EPOCH_US ? 1 : 0;
}

static bool interval_of_number(const struct conversion *conversion, const struct value *from,
	int64_t *micros, const char **why)
{
	const enum reading_of_time reading = conversion->reading;
	const int64_t unit = unit_of(reading);
	int64_t number = from->integer;

	if (unit == 0 && reading != TIME_EPOCH_NS)
		return misfit(why, "a number, and nothing says in which unit it counts");
	if (from->kind == VALUE_REAL && !whole_number(from->real, &number)) {
		return (unit > 1 && date_from_real(from->real, (double)unit, micros)) ||
			misfit(why, "a real that microseconds do not give back");
	}
	if (reading == TIME_EPOCH_NS) {
		*micros = number / 1000;
		return number % 1000 == 0 || misfit(why, "an interval with nanoseconds");
	}
	return !__builtin_mul_overflow(number, unit, micros) ||
		misfit(why, "an interval that is too long");
}

/* A date and time is what it is beyond 1970: SQLAlchemy keeps intervals so. */
static bool is_since_1970(const struct value *text, int64_t *micros)
{
	if (text->size < 16 || date_parse_stamp((const char *)text->data, text->size, micros) !=
		DATE_LOCAL)
		return false;
	*micros += DATE_UNIX * DATE_SECOND;
	return true;
}

static const char *const too_fine = "an interval with more digits of seconds than the type";

static size_t count_digits(const char *text, size_t size)
{
	size_t count = 0;

	while (count < size && text[count] >= '0' && text[count] <= '9')
		count++;
	return count;
}

/* h:mm:ss, with or without a fraction */
static bool is_clock(const char *text, size_t size)
{
	const size_t hours = count_digits(text, size);

	return hours > 0 && size - hours >= 6 && text[hours] == ':' &&
		count_digits(text + hours + 1, 2) == 2 && text[hours + 3] == ':' &&
		count_digits(text + hours + 4, 2) == 2 &&
		(size - hours == 6 || text[hours + 6] == '.');
}

/* .NET's d.hh:mm:ss, which the server takes for something else: 1.5:00:00 for a day and a half. */
static bool add_net(struct bytes *to, const struct value *text)
{
	const bool minus = text->size > 0 && *text->data == '-';
	const char *at = (const char *)text->data + minus, *sign = minus ? "-" : "";
	const size_t size = text->size - minus, days = count_digits(at, size);

	if (days == 0 || days == size || at[days] != '.' ||
		!is_clock(at + days + 1, size - days - 1))
		return false;
	bytes_format(to, "%s%.*s days %s%.*s", sign, (int)days, at, sign,
		(int)(size - days - 1), at + days + 1);
	return true;
}

/* interval(3): so many digits of seconds; six without. */
static size_t fraction_of(const struct type *type)
{
	const char *open = strchr(type->name, '(');

	return open != NULL && open[1] >= '0' && open[1] < '6' ? (size_t)(open[1] - '0') : 6;
}

static bool fit_fraction(const struct conversion *conversion, int64_t *micros, enum change *change,
	const char **why)
{
	int64_t unit = 1, rest;

	for (size_t i = fraction_of(&conversion->type); i < 6; i++)
		unit *= 10;
	rest = (*micros % unit + unit) % unit;
	if (rest == 0)
		return true;
	*change = CHANGE_ROUNDED;
	return (conversion->round && !__builtin_add_overflow(*micros,
		rest * 2 >= unit ? unit - rest : -rest, micros)) || misfit(why, too_fine);
}

/* Digits behind those that the type has, which the server would round. */
static bool is_too_fine(const struct type *type, const struct value *text)
{
	const size_t most = fraction_of(type);
	const char *at = (const char *)text->data, *end = at + text->size;

	while (at < end && (at = memchr(at, '.', (size_t)(end - at))) != NULL) {
		size_t digits;

		at++;
		digits = count_digits(at, (size_t)(end - at));
		for (size_t i = most; i < digits; i++)
			if (at[i] != '0')
				return true;
	}
	return false;
}

static bool interval_of_text(const struct conversion *conversion, const struct value *from,
	struct value *to, struct bytes *scratch, enum change *change, const char **why)
{
	struct bytes net = { 0 };
	struct value cell;

	if (!convert_to_text(conversion, from, &cell, scratch, change, why))
		return false;
	if (is_too_fine(&conversion->type, &cell)) {
		/* The server rounds the seventh; nobody would see what interval(3) takes away. */
		if (!conversion->round || fraction_of(&conversion->type) < 6)
			return misfit(why, too_fine);
		*change = CHANGE_ROUNDED;
	}
	*to = cell;
	if (!add_net(&net, &cell))
		return true;
	if (*change != CHANGE_ROUNDED)
		*change = CHANGE_TEXT_TO_INTERVAL;
	bytes_clear(scratch);
	bytes_add(scratch, net.data, net.size);
	scratch->failed |= net.failed;
	bytes_close(&net);
	return settle(to, VALUE_TEXT, scratch, why);
}

static bool convert_interval(const struct conversion *conversion, const struct value *from,
	struct value *to, struct bytes *scratch, enum change *change, const char **why)
{
	int64_t micros;

	if (from->kind == VALUE_INTEGER || from->kind == VALUE_REAL) {
		if (!interval_of_number(conversion, from, &micros, why))
			return false;
		*change = CHANGE_NUMBER_TO_INTERVAL;
	} else if (from->kind == VALUE_TEXT && is_since_1970(from, &micros)) {
		*change = CHANGE_TEXT_TO_INTERVAL;
	} else {
		return interval_of_text(conversion, from, to, scratch, change, why);
	}
	if (!fit_fraction(conversion, &micros, change, why))
		return false;
	bytes_clear(scratch);
	add_interval(scratch, micros);
	return settle(to, VALUE_TEXT, scratch, why);
}

/* --- types that cut --------------------------------------------------------------------------- */

/* name and "char" keep the first bytes of a text, and say nothing of the others. */
static bool is_cut(const struct type *type, const struct value *text)
{
	return (strcmp(type->name, "name") == 0 && text->size > 63) ||
		(strcmp(type->name, "\"char\"") == 0 && text->size > 1);
}

/* --- labels ----------------------------------------------------------------------------------- */

static bool is_label(const struct texts *labels, const struct value *text)
{
	for (size_t i = 0; i < labels->count; i++)
		if (strlen(labels->items[i]) == text->size &&
			(text->size == 0 || memcmp(labels->items[i], text->data, text->size) == 0))
			return true;
	return labels->count == 0;
}

bool convert_to_named(const struct conversion *conversion, const struct value *from,
	struct value *to, struct bytes *scratch, enum change *change, const char **why)
{
	struct value cell;

	if (type_is_interval(&conversion->type))
		return convert_interval(conversion, from, to, scratch, change, why);
	if (type_is_array(&conversion->type) &&
		(from->kind == VALUE_INTEGER || from->kind == VALUE_REAL))
		return misfit_kind(from, NULL, why);
	if (!convert_to_text(conversion, from, &cell, scratch, change, why))
		return false;
	if (type_is_array(&conversion->type))
		return array_of_text(&cell, to, scratch, change, why);
	if (is_cut(&conversion->type, &cell))
		return misfit(why, "text with more bytes than the type keeps");
	if (!is_label(&conversion->labels, &cell))
		return misfit(why, "none of the type's labels");
	*to = cell;
	return true;
}
