#include "row/sorting.h"

#include <string.h>

#include "row/compare.h"

static bool refuse(struct translation *t, const struct piece *piece, const char *doing,
	const char *why)
{
	if (piece->column != NULL)
		return piece_refuse(t, "%s %.60s, %s", doing, piece->column->source, why);
	return piece_refuse(t, "%s %s", doing, piece_noun(piece));
}

/* What no operator of ours is asked about: only some times are what the source holds. */
static bool is_faithful(struct translation *t, const struct piece *piece, const char *doing)
{
	if (piece->faithful)
		return true;
	return refuse(t, piece, doing, piece->kind == PIECE_STAMP ?
		"times that the source may spell in several ways" :
		"whose values the source has in another form, or of several kinds");
}

bool sorting_equal(struct translation *t, const struct piece *piece, const char *doing)
{
	switch (piece->kind) {
	case PIECE_CONSTANT:
	case PIECE_TRUTH:
	case PIECE_INTEGER:
	case PIECE_REAL:
	case PIECE_NUMERIC:
	case PIECE_BYTES:
	case PIECE_DATE:
		return true;
	case PIECE_TEXT:
		if (piece->tangled)
			return piece_refuse(t, "%s a text that has COLLATE within it", doing);
		return piece->collation == COLLATION_BINARY ||
			refuse(t, piece, doing, "which is compared without regard to case or "
			"blanks");
	case PIECE_STAMP:
	case PIECE_OTHER:
		return is_faithful(t, piece, doing);
	default:
		return piece_refuse(t, "%s %s", doing, piece_noun(piece));
	}
}

static bool text_key(struct translation *t, struct piece *piece, const char *doing)
{
	struct piece of;

	if (piece->tangled)
		return piece_refuse(t, "%s a text that has COLLATE within it", doing);
	of = *piece;
	if (!compare_fold(t, of.collation, piece))
		return false;
	if (of.collation == COLLATION_NOCASE)
		return true;
	return piece_make(t, piece, PIECE_TEXT, LEVEL_ATOM, "%s COLLATE \"C\"",
		piece_at(t, piece, LEVEL_ATOM));
}

bool sorting_key(struct translation *t, struct piece *piece, const char *doing)
{
	const bool not_null = piece->not_null;

	switch (piece->kind) {
	case PIECE_TRUTH:
	case PIECE_INTEGER:
	case PIECE_REAL:
	case PIECE_NUMERIC:
	case PIECE_BYTES:
	case PIECE_DATE:
		return true;
	case PIECE_TEXT:
		if (!text_key(t, piece, doing))
			return false;
		piece->not_null = not_null;
		return true;
	case PIECE_STAMP:
	case PIECE_OTHER:
		return is_faithful(t, piece, doing);
	default:
		return piece_refuse(t, "%s %s", doing, piece_noun(piece));
	}
}
