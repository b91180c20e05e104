#include "row/fit.h"

#include "row/convert.h"
#include "row/describe.h"

/* How many of a class fit for certain, and whether others may. */
struct sure {
	uint64_t count;
	bool others;
};

#define EXACT (INT64_C(1) << 53) /* up to here a real holds every integer */

static inline bool is_text(enum type_kind kind)
{
	return kind == TYPE_TEXT || kind == TYPE_VARCHAR || kind == TYPE_CHAR;
}

static inline struct sure all_or(bool sure, uint64_t all, bool others)
{
	return (struct sure){ sure ? all : 0, others };
}

static bool digits_fit(const struct type *type, const struct profile *profile)
{
	if (type->precision == 0)
		return true;
	return type->scale >= 0 && type->precision >= type->scale &&
		profile->whole_digits <= (uint64_t)(type->precision - type->scale) &&
		profile->fraction_digits <= (uint64_t)type->scale;
}

static bool between(const struct profile *profile, int64_t most)
{
	return profile->least_integer >= -most && profile->most_integer <= most;
}

static struct sure integers_to_time(const struct conversion *conversion,
	const struct profile *profile)
{
	const uint64_t *shapes = profile->shapes;

	switch (conversion->reading) {
	case TIME_PLAIN:
		return (struct sure){ 0, false };
	case TIME_COMPACT:
		if (conversion->type.kind == TYPE_DATE)
			return (struct sure){ shapes[SHAPE_INTEGER_COMPACT8], true };
		return (struct sure){
			shapes[SHAPE_INTEGER_COMPACT8] + shapes[SHAPE_INTEGER_COMPACT14], true
		};
	case TIME_EPOCH_NS:
		return (struct sure){ shapes[SHAPE_INTEGER_EPOCH_NS], true };
	default:
		return all_or(conversion->type.kind != TYPE_DATE && conversion->type.fraction < 0,
			profile->integers, true);
	}
}

/* The least and the most have passed already. */
static struct sure sure_integers(const struct conversion *conversion,
	const struct profile *profile)
{
	const uint64_t all = profile->integers;
	const struct type *type = &conversion->type;

	switch (type->kind) {
	case TYPE_BOOL:
		return (struct sure){ profile->shapes[SHAPE_INTEGER_BOOLEAN], false };
	case TYPE_FLOAT4:
		return all_or(between(profile, INT64_C(1) << 24), all, true);
	case TYPE_FLOAT8:
		return all_or(between(profile, EXACT), all, true);
	case TYPE_NUMERIC:
		return all_or(digits_fit(type, profile), all, true);
	case TYPE_VARCHAR:
	case TYPE_CHAR:
		return all_or(type->length == 0 || type->length >= 20, all, true);
	case TYPE_UUID:
	case TYPE_TIME:
		return (struct sure){ 0, false };
	case TYPE_DATE:
	case TYPE_TIMESTAMP:
	case TYPE_TIMESTAMPTZ:
		return integers_to_time(conversion, profile);
	default:
		return (struct sure){ all, type->kind == TYPE_OTHER };
	}
}

static struct sure reals_to_time(const struct conversion *conversion,
	const struct profile *profile)
{
	static const enum shape shapes[TIMES] = {
		[TIME_EPOCH_S] = SHAPE_REAL_EPOCH_S,
		[TIME_EPOCH_MS] = SHAPE_REAL_EPOCH_MS,
		[TIME_COCOA_S] = SHAPE_REAL_COCOA_S,
		[TIME_JULIAN] = SHAPE_REAL_JULIAN
	};
	const enum shape shape = shapes[conversion->reading];

	if (conversion->reading == TIME_PLAIN)
		return (struct sure){ 0, false };
	return all_or(shape != 0 && conversion->type.kind != TYPE_DATE &&
		conversion->type.fraction < 0, profile->shapes[shape], true);
}

static struct sure sure_reals(const struct conversion *conversion, const struct profile *profile)
{
	const uint64_t all = profile->reals, minus = profile->shapes[SHAPE_REAL_MINUS_ZERO];
	const uint64_t infinite = profile->shapes[SHAPE_REAL_INFINITE];
	const struct type *type = &conversion->type;

	switch (type->kind) {
	case TYPE_BOOL:
	case TYPE_UUID:
	case TYPE_TIME:
		return (struct sure){ 0, false };
	case TYPE_INT2:
	case TYPE_INT4:
	case TYPE_INT8:
		return (struct sure){ profile->shapes[SHAPE_REAL_INTEGRAL], false };
	case TYPE_FLOAT4:
		return (struct sure){ 0, true };
	case TYPE_NUMERIC:
		if (type->precision > 0 && (conversion->round || !digits_fit(type, profile)))
			return (struct sure){ 0, true };
		return (struct sure){ all - minus - (type->precision > 0 ? infinite : 0), false };
	case TYPE_JSON:
	case TYPE_JSONB:
		return (struct sure){ all - minus - infinite, false };
	case TYPE_VARCHAR:
	case TYPE_CHAR:
		return all_or(type->length == 0 || type->length >= 26, all, true);
	case TYPE_DATE:
	case TYPE_TIMESTAMP:
	case TYPE_TIMESTAMPTZ:
		return reals_to_time(conversion, profile);
	default:
		return (struct sure){ all, type->kind == TYPE_OTHER };
	}
}

static struct sure texts_to_number(const struct conversion *conversion,
	const struct profile *profile)
{
	const uint64_t *shapes = profile->shapes;
	const uint64_t decimals = shapes[SHAPE_TEXT_INTEGER] + shapes[SHAPE_TEXT_DECIMAL];
	const struct type *type = &conversion->type;
	const bool loose = conversion->loose;

	switch (type->kind) {
	case TYPE_INT2:
		return all_or(profile->whole_digits <= 4, shapes[SHAPE_TEXT_INTEGER],
			loose || profile->whole_digits > 4);
	case TYPE_INT4:
		return all_or(profile->whole_digits <= 9, shapes[SHAPE_TEXT_INTEGER],
			loose || profile->whole_digits > 9);
	case TYPE_INT8:
		return (struct sure){ shapes[SHAPE_TEXT_INTEGER], loose };
	case TYPE_NUMERIC:
		return all_or(digits_fit(type, profile), decimals, true);
	default:
		return all_or(type->kind == TYPE_FLOAT8 &&
			profile->whole_digits + profile->fraction_digits <= 15, decimals, true);
	}
}

static struct sure texts_to_text(const struct conversion *conversion,
	const struct profile *profile)
{
	const struct type *type = &conversion->type;
	const bool nul = conversion->nul != NUL_REFUSE;

	if (type->length == 0)
		return (struct sure){
			profile->texts - (nul ? 0 : profile->shapes[SHAPE_TEXT_NUL]), false
		};
	if (type->kind == TYPE_VARCHAR && !nul && profile->shapes[SHAPE_TEXT_NUL] == 0)
		return all_or(profile->longest_characters <= (uint64_t)type->length,
			profile->texts, false);
	return (struct sure){ 0, true };
}

static struct sure texts_to_time(const struct conversion *conversion,
	const struct profile *profile)
{
	const uint64_t *shapes = profile->shapes;
	const bool compact = conversion->reading == TIME_COMPACT;
	const bool cut = conversion->type.fraction >= 0 || conversion->round;
	uint64_t count = shapes[SHAPE_TEXT_DATE];

	if (conversion->type.kind == TYPE_TIME)
		return all_or(!cut, shapes[SHAPE_TEXT_TIME], cut || conversion->loose);
	count += compact ? shapes[SHAPE_TEXT_COMPACT8] : 0;
	if (conversion->type.kind == TYPE_DATE)
		return (struct sure){ count, conversion->loose };
	count = conversion->needs_offset ? 0 : count + shapes[SHAPE_TEXT_TIMESTAMP];
	count += shapes[SHAPE_TEXT_TIMESTAMP_ZULU] + shapes[SHAPE_TEXT_TIMESTAMP_OFFSET];
	count += compact && !conversion->needs_offset ? shapes[SHAPE_TEXT_COMPACT14] : 0;
	return all_or(!cut, count, cut || conversion->loose || conversion->zone != 0);
}

static struct sure sure_texts(const struct conversion *conversion, const struct profile *profile)
{
	const uint64_t *shapes = profile->shapes;

	switch (conversion->type.kind) {
	case TYPE_RAW:
	case TYPE_BYTEA:
		return (struct sure){ profile->texts, false };
	case TYPE_BOOL:
		return (struct sure){ shapes[SHAPE_TEXT_BOOLEAN], shapes[SHAPE_TEXT_INTEGER] > 0 };
	case TYPE_TEXT:
	case TYPE_VARCHAR:
	case TYPE_CHAR:
		return texts_to_text(conversion, profile);
	case TYPE_OTHER:
		return (struct sure){ 0, true };
	case TYPE_JSON:
		return (struct sure){
			shapes[SHAPE_TEXT_JSON] + shapes[SHAPE_TEXT_JSON_DOUBLED],
			conversion->nul != NUL_REFUSE
		};
	case TYPE_JSONB:
		return (struct sure){ shapes[SHAPE_TEXT_JSON], conversion->nul != NUL_REFUSE };
	case TYPE_UUID:
		return (struct sure){ shapes[SHAPE_TEXT_UUID], conversion->loose };
	case TYPE_DATE:
	case TYPE_TIME:
	case TYPE_TIMESTAMP:
	case TYPE_TIMESTAMPTZ:
		return texts_to_time(conversion, profile);
	default:
		return texts_to_number(conversion, profile);
	}
}

static struct sure sure_blobs(const struct conversion *conversion, const struct profile *profile)
{
	const uint64_t *shapes = profile->shapes;

	switch (conversion->type.kind) {
	case TYPE_RAW:
	case TYPE_BYTEA:
		return (struct sure){ profile->blobs, false };
	case TYPE_TEXT:
		return (struct sure){ shapes[SHAPE_BYTES_TEXT], false };
	case TYPE_VARCHAR:
	case TYPE_CHAR:
	case TYPE_OTHER:
		return (struct sure){ 0, shapes[SHAPE_BYTES_TEXT] > 0 };
	case TYPE_JSON:
		return (struct sure){ shapes[SHAPE_BYTES_JSON], true };
	case TYPE_JSONB:
		return (struct sure){ shapes[SHAPE_BYTES_JSON], false };
	case TYPE_UUID:
		return (struct sure){ shapes[SHAPE_BYTES_UUID], false };
	default:
		return (struct sure){ 0, false };
	}
}

/* What is mended may hold a NUL, or be too long. */
static struct sure sure_ill(const struct conversion *conversion, const struct profile *profile)
{
	const enum type_kind kind = conversion->type.kind;
	const bool text = is_text(kind) || kind == TYPE_OTHER || kind == TYPE_JSON ||
		kind == TYPE_JSONB;

	if (kind == TYPE_BYTEA || kind == TYPE_RAW)
		return (struct sure){ profile->ill, false };
	return (struct sure){ 0, text && conversion->ill != ILL_REFUSE };
}

/* "3 of 30,000 texts do not fit date" */
static void explain(struct fault *fault, uint64_t count, uint64_t all, const char *class,
	const struct conversion *conversion)
{
	struct arena arena = { 0 };
	struct bytes text = { 0 };
	const char *type = type_target(&arena, &conversion->type);

	describe_number(&text, count);
	if (count < all) {
		bytes_add_text(&text, " of ");
		describe_number(&text, all);
	}
	bytes_format(&text, " %s%s %s not fit %s", class, all == 1 ? "" : "s",
		count == 1 ? "does" : "do", type == NULL ? "raw" : type);
	bytes_add_byte(&text, '\0');
	if (!text.failed)
		fault_set(fault, STATUS_MISFIT, "%s", (const char *)text.data);
	else
		fault_memory(fault);
	bytes_close(&text);
	arena_close(&arena);
}

static enum fit fit_class(const struct conversion *conversion, uint64_t all, struct sure sure,
	const char *class, struct fault *fault)
{
	if (sure.count >= all)
		return FIT_YES;
	if (sure.others)
		return FIT_MAYBE;
	explain(fault, all - sure.count, all, class, conversion);
	return FIT_NO;
}

/* The ends of a range are values of the column: if one does not fit, that is certain. */
static bool end_fits(const struct conversion *conversion, const struct value *end,
	struct fault *fault)
{
	struct bytes scratch = { 0 }, text = { 0 };
	struct value cell;
	enum change change;
	const char *why = NULL;
	const bool fits = convert_value(conversion, end, &cell, &scratch, &change, &why);

	if (!fits) {
		value_json(&text, end);
		bytes_add_byte(&text, '\0');
		fault_set(fault, STATUS_MISFIT, "%s is %s", text.failed ? "one" :
			(const char *)text.data, why);
	}
	bytes_close(&text);
	bytes_close(&scratch);
	return fits;
}

static bool ends_fit(const struct conversion *conversion, const struct profile *profile,
	struct fault *fault)
{
	const struct value ends[] = {
		{ .kind = VALUE_INTEGER, .integer = profile->least_integer },
		{ .kind = VALUE_INTEGER, .integer = profile->most_integer },
		{ .kind = VALUE_REAL, .real = profile->least_real },
		{ .kind = VALUE_REAL, .real = profile->most_real },
	};
	bool fit = true;

	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
		if ((ends[i].kind == VALUE_INTEGER ? profile->integers : profile->reals) > 0)
			fit = fit && end_fits(conversion, &ends[i], fault);
	return fit;
}

/* Without what the plan makes NULL, as far as it was counted; true when other words may, too. */
static bool leave_out(const struct texts *words, struct profile *profile)
{
	bool others = false;

	for (size_t i = 0; i < words->count; i++) {
		if (words->items[i][0] == '\0') {
			profile->texts -= profile->shapes[SHAPE_TEXT_EMPTY];
			profile->shapes[SHAPE_TEXT_EMPTY] = 0;
		} else {
			others = true;
		}
	}
	return others;
}

/* No other spelling helps the empty text to be a number or a time. */
static bool takes_empty(enum type_kind kind)
{
	return kind == TYPE_RAW || is_text(kind) || kind == TYPE_BYTEA || kind == TYPE_OTHER;
}

static enum fit fit_classes(const struct conversion *conversion, const struct profile *profile,
	bool others, struct fault *fault)
{
	const struct {
		uint64_t all;
		struct sure sure;
		const char *class;
	} classes[] = {
		{ profile->integers, sure_integers(conversion, profile), "integer" },
		{ profile->reals, sure_reals(conversion, profile), "real" },
		{ profile->texts, sure_texts(conversion, profile), "text" },
		{ profile->blobs, sure_blobs(conversion, profile), "blob" },
		{ profile->ill, sure_ill(conversion, profile), "ill-formed text" },
	};
	enum fit least = FIT_YES;

	for (size_t i = 0; i < sizeof(classes) / sizeof(classes[0]) && least != FIT_NO; i++) {
		struct sure sure = classes[i].sure;
		enum fit fit;

		sure.others |= others;
		fit = fit_class(conversion, classes[i].all, sure, classes[i].class, fault);
		least = fit < least ? fit : least;
	}
	return least;
}

enum fit fit_profile(const struct profile *profile, const struct conversion *conversion,
	struct fault *fault)
{
	struct profile left = *profile;
	const bool others = leave_out(&conversion->nullify, &left);

	if (!ends_fit(conversion, &left, fault))
		return FIT_NO;
	if (left.shapes[SHAPE_TEXT_EMPTY] > 0 && !takes_empty(conversion->type.kind)) {
		explain(fault, left.shapes[SHAPE_TEXT_EMPTY], left.texts, "text", conversion);
		return FIT_NO;
	}
	return fit_classes(conversion, &left, others, fault);
}
