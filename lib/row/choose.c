#include "row/choose.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/date.h"
#include "base/number.h"
#include "base/print.h"
#include "row/convert.h"
#include "row/describe.h"
#include "row/fit.h"
#include "row/print_plan.h"
#include "row/token.h"
#include "row/wish.h"

struct choosing {
	struct arena *arena;
	struct wish_scope scope;
	const struct column *column;
	const struct profile *profile;
	struct decision *decision;
	struct bytes remark;
};

__attribute__((format(printf, 2, 3)))
static void say(struct choosing *choosing, const char *format, ...)
{
	char text[256];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	bytes_add_text(&choosing->remark, text);
}

static void say_count(struct choosing *choosing, const char *before, uint64_t count,
	const char *one, const char *many)
{
	bytes_add_text(&choosing->remark, before);
	describe_number(&choosing->remark, count);
	say(choosing, " %s", count == 1 ? one : many);
}

/* "29,999 of 30,000 texts are dates" */
static void say_share(struct choosing *choosing, uint64_t count, uint64_t all, const char *class,
	const char *what)
{
	bytes_add_text(&choosing->remark, "; ");
	describe_number(&choosing->remark, count);
	bytes_add_text(&choosing->remark, " of ");
	describe_number(&choosing->remark, all);
	say(choosing, " %s are %s", class, what);
}

/* A number as the time that it is, cut to the day. */
static void say_day(struct choosing *choosing, const struct value *number)
{
	const struct conversion *conversion = &choosing->decision->conversion;
	const int64_t unit = conversion->type.kind == TYPE_DATE ? DATE_DAY : 1;
	struct bytes scratch = { 0 };
	struct value cell;
	enum change change;
	const char *why;
	char text[DATE_SIZE] = "?";

	if (convert_value(conversion, number, &cell, &scratch, &change, &why))
		date_format_stamp(text, cell.integer * unit);
	say(choosing, "%.10s", text);
	bytes_close(&scratch);
}

static void say_number(struct choosing *choosing, const struct value *number)
{
	char text[NUMBER_REAL_SIZE];

	if (choosing->decision->conversion.reading != TIME_PLAIN) {
		say_day(choosing, number);
	} else if (number->kind == VALUE_INTEGER) {
		say(choosing, "%lld", (long long)number->integer);
	} else {
		number_format_real(text, number->real);
		say(choosing, "%s", text);
	}
}

static void say_range(struct choosing *choosing, const struct value *least,
	const struct value *most)
{
	bytes_add_text(&choosing->remark, ", ");
	say_number(choosing, least);
	bytes_add_text(&choosing->remark, "..");
	say_number(choosing, most);
}

static void say_numbers(struct choosing *choosing, const char **between)
{
	const struct profile *profile = choosing->profile;

	if (profile->integers > 0) {
		say_count(choosing, *between, profile->integers, "integer", "integers");
		say_range(choosing,
			&(struct value){ .kind = VALUE_INTEGER, .integer = profile->least_integer },
			&(struct value){ .kind = VALUE_INTEGER, .integer = profile->most_integer });
		*between = ", ";
	}
	if (profile->reals > 0) {
		say_count(choosing, *between, profile->reals, "real", "reals");
		say_range(choosing,
			&(struct value){ .kind = VALUE_REAL, .real = profile->least_real },
			&(struct value){ .kind = VALUE_REAL, .real = profile->most_real });
		*between = ", ";
	}
}

/* "INTEGER; 12,345 integers, 1..347, 2 texts" */
static void say_what(struct choosing *choosing)
{
	const struct profile *profile = choosing->profile;
	const char *declared = choosing->column->declared;
	const char *between = "; ";

	if (declared == NULL || *declared == '\0')
		bytes_add_text(&choosing->remark, "no type");
	else
		print_visible(&choosing->remark, declared, strlen(declared));
	say_numbers(choosing, &between);
	if (profile->texts > 0) {
		say_count(choosing, between, profile->texts, "text", "texts");
		between = ", ";
	}
	if (profile->blobs > 0) {
		say_count(choosing, between, profile->blobs, "blob", "blobs");
		between = ", ";
	}
	if (profile->ill > 0) {
		say_count(choosing, between, profile->ill, "ill-formed text", "ill-formed texts");
		between = ", ";
	}
	if (count_values(profile) == 0)
		bytes_add_text(&choosing->remark, "; no values");
}

static void say_widened_time(struct choosing *choosing)
{
	const struct profile *profile = choosing->profile;

	if (profile->texts > 0)
		say_share(choosing, count_stamps(profile) + profile->shapes[SHAPE_TEXT_TIME],
			profile->texts, "texts", "dates or times");
	if (count_numbers(profile) > 0 && wish_unit(&choosing->scope, profile) == TIME_PLAIN)
		bytes_add_text(&choosing->remark, "; no unit makes its numbers times for certain");
}

/* Why it is not what was declared. */
static void say_widened(struct choosing *choosing)
{
	const struct profile *profile = choosing->profile;
	const uint64_t *shapes = profile->shapes;

	if (shapes[SHAPE_TEXT_NUL] > 0)
		say_count(choosing, "; ", shapes[SHAPE_TEXT_NUL], "text holds NUL bytes",
			"texts hold NUL bytes");
	switch (choosing->scope.declared.wish) {
	case WISH_BOOL:
		if (profile->integers > 0)
			say_share(choosing, shapes[SHAPE_INTEGER_BOOLEAN], profile->integers,
				"integers", "0 or 1");
		break;
	case WISH_TIME:
		say_widened_time(choosing);
		break;
	case WISH_JSON:
		say_share(choosing, shapes[SHAPE_TEXT_JSON] + shapes[SHAPE_TEXT_JSON_DOUBLED],
			profile->texts, "texts", "JSON");
		break;
	case WISH_UUID:
		if (choosing->scope.declared.mixed_endian && shapes[SHAPE_BYTES_UUID] > 0)
			bytes_add_text(&choosing->remark,
				"; the order of a GUID's 16 bytes is not known");
		else
			say_share(choosing, shapes[SHAPE_TEXT_UUID] + shapes[SHAPE_BYTES_UUID],
				count_values(profile), "values", "uuids");
		break;
	default:
		break;
	}
	if (shapes[SHAPE_TEXT_EMPTY] > 0)
		say_count(choosing, "; ", shapes[SHAPE_TEXT_EMPTY], "text is empty",
			"texts are empty");
	if (profile->texts > 0 && count_numbers(profile) > 0)
		bytes_add_text(&choosing->remark, "; numbers and texts may become equal");
}

/* The plan's words for a conversion, with a word that means NULL or without. */
static const char *words_of(struct choosing *choosing, const struct conversion *conversion,
	const char *null)
{
	struct conversion with = *conversion;
	struct bytes words = { 0 };
	const char *text = NULL;

	if (null != NULL)
		with.nullify = (struct texts){ &null, 1 };
	plan_add_words(&words, &with);
	if (!words.failed)
		text = arena_copy(choosing->arena, words.data, words.size);
	choosing->remark.failed |= text == NULL;
	bytes_close(&words);
	return text;
}

/* The profile without texts that are empty. */
static struct profile without_empty(const struct profile *profile)
{
	struct profile left = *profile;

	left.texts -= left.shapes[SHAPE_TEXT_EMPTY];
	left.shapes[SHAPE_TEXT_EMPTY] = 0;
	return left;
}

/* Words for bytea that could be text. */
static const char *better_text(struct choosing *choosing)
{
	const struct profile *profile = choosing->profile;
	struct conversion text = wish_plain(TYPE_TEXT);

	if (profile->shapes[SHAPE_BYTES_TEXT] < profile->blobs)
		return NULL;
	text.ill = profile->ill > 0 ? ILL_LATIN1 : ILL_REFUSE;
	text.nul = profile->shapes[SHAPE_TEXT_NUL] > 0 ? NUL_STRIP : NUL_REFUSE;
	return words_of(choosing, &text, NULL);
}

static const char *better_words(struct choosing *choosing)
{
	const struct profile *profile = choosing->profile;
	const enum wish wish = choosing->scope.declared.wish;
	const struct profile left = without_empty(profile);
	struct conversion conversion;

	if (wish == WISH_UUID && count_values(profile) == profile->shapes[SHAPE_BYTES_UUID])
		return "uuid";
	if (wish == WISH_UUID && count_values(profile) == profile->texts &&
	    profile->longest_characters == 32 && profile->longest_text == 32)
		return "uuid loose";
	if (holds_bytes(profile))
		return better_text(choosing);
	if (wish != WISH_TEXT &&
	    left.texts < profile->texts && count_values(&left) > 0 &&
	    wish_fits(&choosing->scope, &left, &conversion))
		return words_of(choosing, &conversion, "");
	if (wish == WISH_TIME && profile->reals == 0 && profile->texts > 0 &&
	    wish_text_time(profile, &conversion) &&
	    profile->shapes[SHAPE_INTEGER_ZERO] == profile->integers)
		return words_of(choosing, &conversion, "0");
	return NULL;
}

/* Nothing holds all values as they were wished for. */
static void widen(struct choosing *choosing)
{
	struct decision *decision = choosing->decision;

	decision->conversion = wish_widest(&choosing->scope, choosing->profile);
	decision->decide = true;
	decision->better = better_words(choosing);
	say_what(choosing);
	say_widened(choosing);
}

static void remark_time(struct choosing *choosing)
{
	const struct profile *profile = choosing->profile;
	const uint64_t *shapes = profile->shapes;
	const uint64_t local = shapes[SHAPE_TEXT_DATE] + shapes[SHAPE_TEXT_TIMESTAMP];
	struct decision *decision = choosing->decision;
	const enum type_kind kind = decision->conversion.type.kind;

	if (shapes[SHAPE_TEXT_TIMESTAMP_ZULU] > 0)
		say(choosing, "; %llu with Z",
			(unsigned long long)shapes[SHAPE_TEXT_TIMESTAMP_ZULU]);
	if (shapes[SHAPE_TEXT_TIMESTAMP_OFFSET] > 0)
		say(choosing, "; %llu with an offset, which becomes UTC",
			(unsigned long long)shapes[SHAPE_TEXT_TIMESTAMP_OFFSET]);
	if (kind == TYPE_TIMESTAMPTZ && local > 0)
		say_count(choosing, "; ", local, "text without offset is taken as UTC",
			"texts without offset are taken as UTC");
	if (kind != TYPE_DATE && shapes[SHAPE_TEXT_DATE] > 0)
		say_count(choosing, "; ", shapes[SHAPE_TEXT_DATE], "date becomes midnight",
			"dates become midnight");
	decision->decide = kind != TYPE_DATE && shapes[SHAPE_TEXT_DATE] > 0;
	decision->decide |= kind == TYPE_TIMESTAMPTZ && local > 0 && count_numbers(profile) == 0;
	if (decision->conversion.reading == TIME_PLAIN || shapes[SHAPE_INTEGER_ZERO] == 0 ||
	    decision->conversion.reading == TIME_COMPACT)
		return;
	say_count(choosing, "; ", shapes[SHAPE_INTEGER_ZERO], "is 0", "are 0");
	decision->better = words_of(choosing, &decision->conversion, "0");
}

/* All values fit what was wished for; what is odd all the same. */
static void accept(struct choosing *choosing)
{
	const struct profile *profile = choosing->profile;
	const struct declared *declared = &choosing->scope.declared;
	struct decision *decision = choosing->decision;
	const enum type_kind kind = decision->conversion.type.kind;

	say_what(choosing);
	if (declared->wish == WISH_TIME)
		remark_time(choosing);
	if (declared->precision > 0 && decision->conversion.type.precision == 0 &&
	    count_values(profile) > 0) {
		decision->decide = true;
		say(choosing, "; up to %llu digits before and %llu behind the point",
			(unsigned long long)profile->whole_digits,
			(unsigned long long)profile->fraction_digits);
	}
	if (kind == TYPE_FLOAT8 && declared->wish == WISH_NUMERIC && count_values(profile) > 0) {
		decision->decide = true;
		bytes_add_text(&choosing->remark, "; infinity or -0.0 among them");
	}
	if (kind == TYPE_BOOL || declared->wish == WISH_NUMERIC) {
		decision->decide |= profile->texts > 0 && count_numbers(profile) > 0;
		if (profile->texts > 0 && count_numbers(profile) > 0)
			bytes_add_text(&choosing->remark, "; numbers and texts may become equal");
	}
	if (kind == TYPE_JSON)
		say_count(choosing, "; ", profile->shapes[SHAPE_TEXT_JSON_DOUBLED],
			"text has a key twice", "texts have a key twice");
	if (kind == TYPE_INT2 || kind == TYPE_INT4 || kind == TYPE_INT8)
		if (declared->wish == WISH_INTEGER && kind != declared->natural)
			bytes_add_text(&choosing->remark, "; wider than declared");
}

/* A name that speaks of times makes an epoch in seconds likely; others need many values. */
static bool named_like_time(const char *name)
{
	static const char *const words[] = {
		"time", "date", "stamp", "creat", "modif", "updat", "expir", "visit", "start",
		"end", "last", "seen", "when", "since", "until", "mtime", "ctime", "utc"
	};
	const size_t size = strlen(name);

	if (size > 2 && (strcmp(name + size - 2, "At") == 0 ||
	    strcasecmp(name + size - 3, "_at") == 0 || strcasecmp(name + size - 3, "_ts") == 0 ||
	    strcasecmp(name + size - 3, "_on") == 0))
		return true;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strcasestr(name, words[i]) != NULL)
			return true;
	return strcasecmp(name, "ts") == 0;
}

static bool is_key(const struct choosing *choosing)
{
	const struct index *primary = choosing->scope.table->primary;
	const struct foreign *foreigns = choosing->scope.table->foreigns;
	const char *name = choosing->column->source;

	for (size_t i = 0; primary != NULL && i < primary->term_count; i++)
		if (primary->terms[i].column != NULL &&
		    strcasecmp(primary->terms[i].column, name) == 0)
			return true;
	for (size_t i = 0; i < choosing->scope.table->foreign_count; i++)
		for (size_t k = 0; k < foreigns[i].columns.count; k++)
			if (strcasecmp(foreigns[i].columns.items[k], name) == 0)
				return true;
	return false;
}

/* Cocoa seconds and Julian days are never certain: other numbers look like them. */
static enum reading_of_time likely_unit(const struct choosing *choosing)
{
	const struct profile *profile = choosing->profile;
	const uint64_t *shapes = profile->shapes;
	const bool named = named_like_time(choosing->column->source);
	const enum reading_of_time unit = wish_unit(&choosing->scope, profile);

	if (unit == TIME_EPOCH_S && !named && count_numbers(profile) < 100)
		return TIME_PLAIN;
	if (unit != TIME_PLAIN)
		return unit;
	if (!named && choosing->scope.declared.wish != WISH_TIME)
		return TIME_PLAIN;
	if (profile->integers == 0 && shapes[SHAPE_REAL_JULIAN] == profile->reals &&
	    shapes[SHAPE_REAL_ZERO] < profile->reals)
		return TIME_JULIAN;
	if (wish_core_data(choosing->scope.table) && count_numbers(profile) > 0 &&
	    shapes[SHAPE_INTEGER_COCOA_S] + shapes[SHAPE_REAL_COCOA_S] == count_numbers(profile))
		return TIME_COCOA_S;
	return TIME_PLAIN;
}

/* Integers that were not declared as times, but look like them. */
static void likely_numbers(struct choosing *choosing)
{
	const struct profile *profile = choosing->profile;
	const uint64_t *shapes = profile->shapes;
	const bool zeros = shapes[SHAPE_INTEGER_ZERO] + shapes[SHAPE_REAL_ZERO] > 0;
	struct conversion conversion = wish_plain(TYPE_TIMESTAMPTZ);

	if (count_numbers(profile) < count_values(profile) || is_key(choosing))
		return;
	conversion.reading = likely_unit(choosing);
	if (conversion.reading == TIME_PLAIN && (!named_like_time(choosing->column->source) ||
	    !wish_compact(profile, &conversion)))
		return;
	choosing->decision->likely = words_of(choosing, &conversion, zeros ? "0" : NULL);
}

static void likely_texts(struct choosing *choosing)
{
	const struct profile left = without_empty(choosing->profile);
	struct conversion conversion;

	if (left.texts == 0 || left.texts < count_values(&left) || is_key(choosing))
		return;
	if (wish_compact(&left, &conversion)) {
		if (!named_like_time(choosing->column->source))
			return;
	} else if (!wish_text_time(&left, &conversion)) {
		return;
	}
	choosing->decision->likely = words_of(choosing, &conversion,
		left.texts < choosing->profile->texts ? "" : NULL);
}

/* DATE DEFAULT CURRENT_TIMESTAMP: the day alone would not do. */
static bool defaults_to_stamp(const struct column *column)
{
	const char *sql = column->fallback == NULL ? "" : column->fallback;
	struct cursor cursor = cursor_open(sql, strlen(sql));
	struct token token;

	while ((token = cursor_next(&cursor)).kind != TOKEN_END)
		if (token_is(&token, "CURRENT_TIMESTAMP") || token_is(&token, "datetime"))
			return true;
	return false;
}

static void choose_empty(struct choosing *choosing)
{
	const struct declared *declared = &choosing->scope.declared;
	struct decision *decision = choosing->decision;

	decision->conversion = wish_plain(declared->natural);
	if (declared->wish == WISH_NUMERIC) {
		decision->conversion.type.precision = declared->precision;
		decision->conversion.type.scale = declared->scale;
	}
	if ((declared->natural == TYPE_DATE || declared->natural == TYPE_TIME) &&
		defaults_to_stamp(choosing->column))
		decision->conversion = wish_plain(TYPE_TIMESTAMP);
	say_what(choosing);
}

static void choose(struct choosing *choosing)
{
	struct decision *decision = choosing->decision;
	const enum wish wish = choosing->scope.declared.wish;

	if (count_values(choosing->profile) == 0) {
		choose_empty(choosing);
		return;
	}
	if (wish_fits(&choosing->scope, choosing->profile, &decision->conversion))
		accept(choosing);
	else
		widen(choosing);
	if (wish == WISH_TIME && decision->conversion.reading == TIME_PLAIN &&
	    count_numbers(choosing->profile) > 0)
		likely_numbers(choosing);
	if (wish == WISH_INTEGER || wish == WISH_REAL || wish == WISH_NUMERIC || wish == WISH_NONE)
		likely_numbers(choosing);
	if (decision->conversion.type.kind == TYPE_TEXT && decision->better == NULL)
		likely_texts(choosing);
}

int choose_type(struct arena *arena, const struct table *table, const struct column *column,
	struct decision *decision, struct fault *fault)
{
	struct choosing choosing = {
		.arena = arena, .scope.table = table, .column = column, .profile = column->profile,
		.decision = decision
	};

	*decision = (struct decision){ 0 };
	if (column->profile == NULL)
		return fault_set(fault, STATUS_MISFIT, "no profile says what the column holds");
	choosing.scope.declared = declared_read(column->declared);
	/* the rowid is an int64, whatever the words are */
	if (column->identity != NULL)
		choosing.scope.declared = (struct declared){
			.wish = WISH_INTEGER, .natural = TYPE_INT8
		};
	choose(&choosing);
	if (!choosing.remark.failed)
		decision->remark = arena_copy(arena, choosing.remark.data, choosing.remark.size);
	bytes_close(&choosing.remark);
	return decision->remark == NULL ? fault_memory(fault) : 0;
}

int choose_check(const struct column *column, const struct conversion *conversion,
	struct fault *fault)
{
	if (column->profile == NULL || fit_profile(column->profile, conversion, fault) != FIT_NO)
		return 0;
	return fault->status;
}
