#include "row/adapt.h"

#include <string.h>

#include "row/convert.h"
#include "row/describe.h"
#include "row/fit.h"
#include "row/print_plan.h"
#include "row/texts.h"
#include "row/wish.h"

static bool is_stamp(enum type_kind kind)
{
	return kind == TYPE_DATE || kind == TYPE_TIMESTAMP || kind == TYPE_TIMESTAMPTZ;
}

static enum reading_of_time choose_reading(const struct wish_scope *scope,
	const struct profile *profile)
{
	struct conversion compact;
	const enum reading_of_time unit = wish_unit(scope, profile);

	return unit == TIME_PLAIN && wish_compact(profile, &compact) ? TIME_COMPACT : unit;
}

int adapt_choose(struct arena *arena, const struct table *table, const struct column *column,
	const struct adapt *adapt, struct decision *decision, struct fault *fault)
{
	const struct wish_scope scope = { table, declared_read(column->declared) };
	const enum type_kind kind = adapt->type.kind;
	struct conversion *conversion = &decision->conversion;
	struct fault misfit = { 0 };

	*decision = (struct decision){ 0 };
	if (column->profile != NULL && choose_type(arena, table, column, decision, fault) != 0)
		return fault->status;
	*decision = (struct decision){ .remark = decision->remark };
	conversion->type = adapt->type;
	conversion->labels = adapt->labels;
	conversion->zone = adapt->zone;
	conversion->needs_offset = kind == TYPE_TIMESTAMPTZ && !adapt->zoned;
	if (type_is_interval(&adapt->type))
		conversion->reading = TIME_EPOCH_US;
	else if (is_stamp(kind) && column->profile != NULL)
		conversion->reading = choose_reading(&scope, column->profile);
	if (kind == TYPE_UUID || kind == TYPE_DATE || kind == TYPE_TIME)
		conversion->loose = column->profile == NULL ||
			fit_profile(column->profile, conversion, &misfit) != FIT_YES;
	return 0;
}

/* --- what does not fit ------------------------------------------------------------------------ */

struct checking {
	struct arena *arena;
	const struct table *table;
	const struct column *column;
	const struct profile *profile;
	const struct adapt *adapt;
	const struct conversion *conversion;
	struct texts *troubles;
	bool failed;
};

static void add_trouble(struct checking *checking, struct bytes *text)
{
	bytes_add_byte(text, '\0');
	checking->failed |= text->failed || texts_note(checking->arena, checking->troubles, "%s",
		(const char *)text->data) != 0;
	bytes_close(text);
}

static void add_line(struct checking *checking, struct bytes *text,
	const struct conversion *conversion)
{
	const char *line = adapt_line(checking->arena, checking->table, checking->column,
		conversion);

	checking->failed |= line == NULL;
	bytes_add_text(text, line == NULL ? "" : line);
}

static bool nullifies_empty(const struct conversion *conversion)
{
	for (size_t i = 0; i < conversion->nullify.count; i++)
		if (conversion->nullify.items[i][0] == '\0')
			return true;
	return false;
}

static void check_nulls(struct checking *checking)
{
	const struct profile *profile = checking->profile;
	const uint64_t count = profile->nulls + (nullifies_empty(checking->conversion) ?
		profile->shapes[SHAPE_TEXT_EMPTY] : 0);
	struct bytes text = { 0 };

	if (!checking->adapt->not_null || count == 0)
		return;
	describe_number(&text, count);
	bytes_format(&text, " %s NULL, and the target's column is NOT NULL; give them a value in "
		"the source, or drop NOT NULL in the target", count == 1 ? "value is" :
		"values are");
	add_trouble(checking, &text);
}

static void check_zone(struct checking *checking)
{
	const uint64_t *shapes = checking->profile->shapes;
	const uint64_t count = shapes[SHAPE_TEXT_DATE] + shapes[SHAPE_TEXT_TIMESTAMP];
	struct conversion zoned = *checking->conversion;
	struct bytes text = { 0 };

	if (!zoned.needs_offset || count == 0)
		return;
	zoned.zone = 2 * 3600;
	describe_number(&text, count);
	bytes_format(&text, " time%s no offset, and the target's column is timestamptz; say in "
		"which zone they are: --timezone UTC (so do Django with USE_TZ, Rails and Prisma "
		"write them), or the plan line: ", count == 1 ? " has" : "s have");
	add_line(checking, &text, &zoned);
	add_trouble(checking, &text);
}

static bool check_length(struct checking *checking)
{
	const uint64_t longest = checking->profile->longest_characters;
	const struct type *type = &checking->conversion->type;
	struct bytes text = { 0 };

	if ((type->kind != TYPE_VARCHAR && type->kind != TYPE_CHAR) || type->length == 0 ||
		longest <= (uint64_t)type->length)
		return true;
	bytes_add_text(&text, "the longest text has ");
	describe_number(&text, longest);
	bytes_format(&text, " characters, and the target's column has room for %d; shorten what is "
		"longer in the source, or make the target's column longer", type->length);
	add_trouble(checking, &text);
	return false;
}

static bool check_guid(struct checking *checking)
{
	const struct declared declared = declared_read(checking->column->declared);
	struct bytes text = { 0 };

	if (checking->adapt->planned || checking->conversion->type.kind != TYPE_UUID ||
		!declared.mixed_endian ||
		checking->profile->shapes[SHAPE_BYTES_UUID] == 0)
		return true;
	bytes_add_text(&text, "the order of a GUID's 16 bytes is not known; the plan line "
		"that takes them as they stand: ");
	add_line(checking, &text, checking->conversion);
	add_trouble(checking, &text);
	return false;
}

static enum fit fits(const struct checking *checking, const struct conversion *conversion)
{
	struct fault ignored = { 0 };

	return fit_profile(checking->profile, conversion, &ignored);
}

/* Another spelling, or NULL for the empty text, would do. */
static bool add_remedy(struct checking *checking, struct bytes *text)
{
	static const char *empty[] = { "" };
	static const enum reading_of_time readings[] = { TIME_EPOCH_S, TIME_EPOCH_MS };

	for (int i = 1; i < 8; i++) {
		struct conversion other = *checking->conversion;

		if ((i & 2) != 0 && !type_rounds(&other.type))
			continue;
		other.loose = (i & 4) != 0 || (checking->adapt->planned && other.loose);
		other.round |= (i & 2) != 0;
		if ((i & 1) != 0)
			other.nullify = (struct texts){ empty, 1 };
		if (fits(checking, &other) == FIT_NO)
			continue;
		bytes_format(text, "the plan line that %s them: ",
			fits(checking, &other) == FIT_YES ? "takes" : "may take");
		add_line(checking, text, &other);
		return true;
	}
	for (size_t i = 0; i < 2 && is_stamp(checking->conversion->type.kind); i++) {
		struct conversion other = *checking->conversion;

		if (other.reading != TIME_PLAIN || count_numbers(checking->profile) == 0)
			break;
		other.reading = readings[i];
		bytes_add_text(text, i == 0 ? "say what the numbers count, as in the plan "
			"line: " : ", or: ");
		add_line(checking, text, &other);
		if (i == 1)
			return true;
	}
	return false;
}

/* A zone that is missing is told already. */
static void check_fit(struct checking *checking)
{
	struct conversion conversion = *checking->conversion;
	struct fault fault = { 0 };
	struct bytes text = { 0 };

	conversion.needs_offset = false;
	checking->conversion = &conversion;
	if (fit_profile(checking->profile, &conversion, &fault) != FIT_NO)
		return;
	bytes_format(&text, "%s; ", fault.text);
	if (!add_remedy(checking, &text))
		bytes_add_text(&text, "change them in the source, or the column's type in the "
			"target");
	add_trouble(checking, &text);
}

int adapt_check(struct arena *arena, const struct table *table, const struct column *column,
	const struct adapt *adapt, const struct conversion *conversion, struct texts *troubles,
	struct fault *fault)
{
	struct checking checking = { .arena = arena, .table = table, .column = column,
		.profile = column->profile, .adapt = adapt, .conversion = conversion,
		.troubles = troubles };

	if (column->profile == NULL)
		return 0;
	check_nulls(&checking);
	check_zone(&checking);
	if (check_length(&checking) && check_guid(&checking))
		check_fit(&checking);
	return checking.failed ? fault_memory(fault) : 0;
}

const char *adapt_line(struct arena *arena, const struct table *table, const struct column *column,
	const struct conversion *conversion)
{
	struct bytes text = { 0 };

	plan_add_name(&text, table->source);
	bytes_add_byte(&text, '.');
	plan_add_name(&text, column->source);
	bytes_add_text(&text, " -> … ");
	plan_add_words(&text, conversion);
	return bytes_settle(&text, arena);
}
