#include "row/typed.h"

#include <string.h>

#include "row/compare.h"
#include "row/literal.h"
#include "row/moment.h"
#include "row/random.h"

static enum reading_of_time reading_of(const struct translation *t)
{
	return t->scope != NULL ? t->scope->reading : TIME_PLAIN;
}

static bool is_text(const struct type *type)
{
	return type->kind == TYPE_TEXT ||
		(type->length == 0 && (type->kind == TYPE_VARCHAR || type->kind == TYPE_CHAR));
}

static bool is_integer(const struct type *type)
{
	return type->kind == TYPE_INT2 || type->kind == TYPE_INT4 || type->kind == TYPE_INT8;
}

static bool misfit(struct translation *t, const struct type *wanted, const struct piece *piece)
{
	const char *target = type_target(t->arena, wanted);

	return piece_refuse(t, "yields %s, and the column is %s", piece_noun(piece),
		target != NULL ? target : "of another type");
}

static bool from_constant(struct translation *t, const struct type *wanted, struct piece *piece)
{
	const char *why = NULL, *text;

	text = literal_typed(t->arena, &piece->value, wanted, reading_of(t), &why);
	if (text == NULL)
		return piece_refuse(t, "%s", why != NULL ? why : "out of memory");
	return piece_make(t, piece, PIECE_OTHER, *text == '-' ? LEVEL_SIGN : LEVEL_ATOM, "%s",
		text);
}

/* Numbers that the column takes for times, made times again. */
static bool from_epoch(struct translation *t, const struct type *wanted, struct piece *piece)
{
	static const char *const units[] = {
		[TIME_EPOCH_S] = "",
		[TIME_EPOCH_MS] = " / 1000.0",
		[TIME_EPOCH_US] = " / 1000000.0",
	};
	enum reading_of_time reading = reading_of(t);
	bool zoned = wanted->kind == TYPE_TIMESTAMPTZ;

	if (piece->kind != PIECE_INTEGER || (wanted->kind != TYPE_TIMESTAMP && !zoned) ||
		reading < TIME_EPOCH_S || reading > TIME_EPOCH_US)
		return misfit(t, wanted, piece);
	return piece_make(t, piece, PIECE_OTHER, zoned ? LEVEL_ATOM : LEVEL_SUM,
		zoned ? "to_timestamp(%s%s)" : "to_timestamp(%s%s) AT TIME ZONE 'UTC'",
		piece_at(t, piece, LEVEL_SIGN), units[reading]);
}

static bool from_moment(struct translation *t, const struct type *wanted, struct piece *piece)
{
	struct piece seconds = *piece;

	if (is_text(wanted))
		return moment_to_text(t, piece);
	if (is_integer(wanted))
		return moment_to_integer(t, piece);
	if (reading_of(t) != TIME_EPOCH_S)
		return moment_typed(t, wanted, piece);
	t->why = NULL;
	if (moment_to_integer(t, &seconds)) {
		*piece = seconds;
		return from_epoch(t, wanted, piece);
	}
	t->why = NULL;
	return moment_typed(t, wanted, piece);
}

static bool to_uuid(struct translation *t, const struct type *wanted, struct piece *piece)
{
	if (random_is_version4(piece->shape))
		return piece_make(t, piece, PIECE_OTHER, LEVEL_ATOM, "gen_random_uuid()");
	if (random_is_uuid(piece->shape))
		return piece_make(t, piece, PIECE_OTHER, LEVEL_ATOM, "(%s)::uuid",
			piece_at(t, piece, LEVEL_OR));
	if (piece->kind == PIECE_BYTES && piece->hex != NULL && (int)piece->bound == 16)
		return piece_make(t, piece, PIECE_OTHER, LEVEL_ATOM, "(%s)::uuid", piece->hex);
	return misfit(t, wanted, piece);
}

static bool to_text(struct translation *t, const struct type *wanted, struct piece *piece)
{
	if (!is_text(wanted))
		return piece_refuse(t, "yields a text of a length that is not known");
	if (random_is_version4(piece->shape))
		return piece_make(t, piece, PIECE_TEXT, LEVEL_ATOM, "gen_random_uuid()::text");
	return piece_to_text(t, piece);
}

static bool to_boolean(struct translation *t, const struct type *wanted, struct piece *piece)
{
	return piece->kind == PIECE_TRUTH || misfit(t, wanted, piece);
}

static bool from_any(struct translation *t, const struct type *wanted, struct piece *piece)
{
	bool integer = piece->kind == PIECE_INTEGER || piece->kind == PIECE_TRUTH;

	switch (wanted->kind) {
	case TYPE_BOOL:
		return to_boolean(t, wanted, piece);
	case TYPE_INT2:
	case TYPE_INT4:
	case TYPE_INT8:
	case TYPE_FLOAT8:
	case TYPE_NUMERIC:
		if (piece->kind == PIECE_REAL && wanted->kind == TYPE_FLOAT8)
			return true;
		if (!integer || (wanted->kind == TYPE_NUMERIC && wanted->precision > 0))
			return misfit(t, wanted, piece);
		return piece_to_integer(t, piece);
	case TYPE_TEXT:
	case TYPE_VARCHAR:
		if (!integer && piece->kind != PIECE_TEXT)
			return misfit(t, wanted, piece);
		return to_text(t, wanted, piece);
	case TYPE_BYTEA:
		return piece->kind == PIECE_BYTES || misfit(t, wanted, piece);
	case TYPE_UUID:
		return to_uuid(t, wanted, piece);
	case TYPE_DATE:
		return piece->kind == PIECE_DATE || misfit(t, wanted, piece);
	default:
		return from_epoch(t, wanted, piece);
	}
}

bool typed_value(struct translation *t, const struct type *wanted, struct piece *piece)
{
	if (t->use == USE_GENERATED && piece->rounds)
		return piece_refuse(t, "computes with what is, or may be, a real");
	if (piece->kind == PIECE_CONSTANT)
		return from_constant(t, wanted, piece);
	if (piece->kind == PIECE_MOMENT)
		return from_moment(t, wanted, piece);
	if (t->use == USE_GENERATED && (piece->mixed || (piece->column != NULL &&
		piece->kind == PIECE_OTHER)))
		return piece_refuse(t, "yields what the source may hold as something else");
	return from_any(t, wanted, piece);
}

bool typed_term(struct translation *t, struct piece *piece)
{
	switch (piece->kind) {
	case PIECE_CONSTANT:
		return piece_refuse(t, "indexes a constant");
	case PIECE_MOMENT:
		return piece_refuse(t, "indexes the time");
	case PIECE_MEMBER:
		return t->use == USE_INDEX || piece_refuse(t, "keeps values out of JSON unique");
	case PIECE_JSON:
		return piece->column == NULL || piece->column->type.kind == TYPE_JSONB ||
			piece_refuse(t, "indexes json, which has no order");
	case PIECE_TEXT:
		if (piece->tangled)
			return piece_refuse(t, "indexes a text that has COLLATE within it");
		return compare_fold(t, piece->collation, piece);
	default:
		return true;
	}
}
