#include <math.h>

#include "base/json.h"
#include "base/utf8.h"
#include "row/convert_family.h"

/* The size of the well-formed character that begins here; 0 when none does. */
static size_t character(const uint8_t *at, size_t left)
{
	const size_t size = at[0] < 0x80 ? 1 : at[0] < 0xe0 ? 2 : at[0] < 0xf0 ? 3 : 4;

	return size <= left && utf8_valid(at, size) ? size : 0;
}

static inline uint32_t unit(const uint8_t *at, bool big_endian)
{
	return big_endian ? (uint32_t)at[0] << 8 | at[1] : (uint32_t)at[1] << 8 | at[0];
}

/* As in bytea's escape format: decode(…, 'escape') gives the bytes back. */
static void escape_byte(struct bytes *out, uint8_t byte)
{
	bytes_format(out, "\\%03o", byte);
}

static void add_code(struct bytes *out, uint32_t code)
{
	uint8_t text[4];

	bytes_add(out, text, (size_t)(utf8_put(text, code) - text));
}

static void mend_utf8(struct bytes *out, const struct value *from, enum ill_policy policy)
{
	for (size_t i = 0, step; i < from->size; i += step + (step == 0)) {
		const uint8_t *at = from->data + i;

		step = character(at, from->size - i);
		if (policy == ILL_LATIN1) {
			step = 1;
			add_code(out, *at);
		} else if (policy == ILL_ESCAPE && *at == '\\') {
			bytes_add_text(out, "\\\\");
		} else if (step > 0) {
			bytes_add(out, at, step);
		} else if (policy == ILL_ESCAPE) {
			escape_byte(out, *at);
		} else {
			add_code(out, 0xfffd);
		}
	}
}

static void escape_unit(struct bytes *out, const uint8_t *at, size_t left, bool big_endian)
{
	if (left < 2)
		escape_byte(out, *at);
	else
		bytes_format(out, "\\u%04X", (unsigned)unit(at, big_endian));
}

/* Four bytes for a pair, two for a unit, and what is no half of a pair is well-formed. */
static void mend_utf16(struct bytes *out, const struct value *from, enum ill_policy policy,
	bool big)
{
	for (size_t i = 0, step; i < from->size; i += step) {
		const uint8_t *at = from->data + i;
		const size_t left = from->size - i;

		step = left < 2 ? 1 : 2;
		if (policy == ILL_ESCAPE && step == 2 && unit(at, big) == '\\')
			bytes_add_text(out, "\\\\");
		else if (step == 2 && utf8_from_utf16(out, at, 2, big))
			continue;
		else if (left >= 4 && utf8_from_utf16(out, at, 4, big))
			step = 4;
		else if (policy == ILL_ESCAPE)
			escape_unit(out, at, left, big);
		else
			add_code(out, 0xfffd);
	}
}

/* Ill-formed text by policy into scratch. */
static bool mend(const struct conversion *conversion, const struct value *from,
	struct bytes *scratch, enum change *change, const char **why)
{
	static const enum change changes[] = {
		[ILL_LATIN1] = CHANGE_LATIN1,
		[ILL_REPLACE] = CHANGE_REPLACED,
		[ILL_ESCAPE] = CHANGE_ESCAPED
	};
	const bool wide = from->kind == VALUE_BAD_UTF16;

	if (conversion->ill == ILL_REFUSE)
		return misfit_kind(from, NULL, why);
	if (wide && conversion->ill == ILL_LATIN1)
		return misfit(why, "ill-formed UTF-16, which is no Latin-1");
	bytes_clear(scratch);
	if (wide)
		mend_utf16(scratch, from, conversion->ill, conversion->big_endian);
	else
		mend_utf8(scratch, from, conversion->ill);
	*change = changes[conversion->ill];
	return true;
}

/* NUL bytes by policy, where the text is all that stands in scratch. */
static void strip_nuls(struct bytes *scratch)
{
	size_t size = 0;

	for (size_t i = 0; i < scratch->size; i++)
		if (scratch->data[i] != '\0')
			scratch->data[size++] = scratch->data[i];
	scratch->size = size;
}

static void add_escaped(struct bytes *out, const uint8_t *data, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		if (data[i] == '\0')
			escape_byte(out, 0);
		else if (data[i] == '\\')
			bytes_add_text(out, "\\\\");
		else
			bytes_add_byte(out, data[i]);
	}
}

/* Text that was mended with escapes has its backslashes doubled already. */
static void escape_nuls(struct bytes *scratch)
{
	struct bytes old = *scratch;

	*scratch = (struct bytes){ 0 };
	for (size_t i = 0; i < old.size; i++) {
		if (old.data[i] == '\0')
			escape_byte(scratch, 0);
		else
			bytes_add_byte(scratch, old.data[i]);
	}
	bytes_close(&old);
}

static bool has_nul(const uint8_t *data, size_t size)
{
	return size > 0 && memchr(data, '\0', size) != NULL;
}

static bool mended_text(const struct conversion *conversion, const struct value *from,
	struct value *to, struct bytes *scratch, enum change *change, const char **why)
{
	if (!mend(conversion, from, scratch, change, why))
		return false;
	if (has_nul(scratch->data, scratch->size)) {
		if (conversion->nul == NUL_REFUSE)
			return misfit(why, "text with NUL bytes");
		if (conversion->nul == NUL_STRIP)
			strip_nuls(scratch);
		else
			escape_nuls(scratch);
	}
	return settle(to, VALUE_TEXT, scratch, why);
}

static bool text_with_nul(const struct conversion *conversion, const struct value *from,
	struct value *to, struct bytes *scratch, enum change *change, const char **why)
{
	if (conversion->nul == NUL_REFUSE)
		return misfit(why, "text with NUL bytes");
	bytes_clear(scratch);
	if (conversion->nul == NUL_ESCAPE) {
		add_escaped(scratch, from->data, from->size);
		*change = CHANGE_NUL_ESCAPED;
	} else {
		bytes_add(scratch, from->data, from->size);
		strip_nuls(scratch);
		*change = CHANGE_NUL_STRIPPED;
	}
	return settle(to, VALUE_TEXT, scratch, why);
}

static bool print_number(const struct value *from, enum value_kind kind, struct value *to,
	struct bytes *scratch, const char **why)
{
	char text[NUMBER_SIZE];

	bytes_clear(scratch);
	bytes_add(scratch, text, number_print(text, from));
	return settle(to, kind, scratch, why);
}

static bool text_of_bytes(const struct value *from, struct value *to, const char **why)
{
	bool nul;

	if (!utf8_valid_nul(from->data, from->size, &nul))
		return misfit(why, "bytes that are no UTF-8");
	if (nul)
		return misfit(why, "bytes with a NUL among them");
	*to = *from;
	to->kind = VALUE_TEXT;
	return true;
}

/* Any value as text that PostgreSQL takes. */
static bool any_text(const struct conversion *conversion, const struct value *from,
	struct value *to, struct bytes *scratch, enum change *change, const char **why)
{
	switch (from->kind) {
	case VALUE_TEXT:
		if (has_nul(from->data, from->size))
			return text_with_nul(conversion, from, to, scratch, change, why);
		*to = *from;
		return true;
	case VALUE_BAD_UTF8:
	case VALUE_BAD_UTF16:
		return mended_text(conversion, from, to, scratch, change, why);
	case VALUE_BYTES:
		*change = CHANGE_BYTES_TO_TEXT;
		return text_of_bytes(from, to, why);
	default:
		*change = CHANGE_NUMBER_TO_TEXT;
		return print_number(from, VALUE_TEXT, to, scratch, why);
	}
}

/* char(n) fills up with blanks, and so does not know how many there were. */
static bool fit_length(const struct type *type, const struct value *text, const char **why)
{
	const size_t most = (size_t)type->length;

	if (text->size > most && utf8_characters(text->data, text->size) > most)
		return misfit(why, "text with too many characters");
	if (type->kind == TYPE_CHAR && text->size > 0 && text->data[text->size - 1] == ' ')
		return misfit(why, "text with a blank at its end, which char does not keep");
	return true;
}

bool convert_to_text(const struct conversion *conversion, const struct value *from,
	struct value *to, struct bytes *scratch, enum change *change, const char **why)
{
	struct value cell;

	if (!any_text(conversion, from, &cell, scratch, change, why))
		return false;
	if (conversion->type.length > 0 && !fit_length(&conversion->type, &cell, why))
		return false;
	*to = cell;
	return true;
}

/* scratch may hold the text itself: only then is there a second one. */
static enum json_form look(const struct value *text, struct bytes *scratch)
{
	struct bytes own = { 0 };
	enum json_form form;

	if (text->data != scratch->data)
		return json_look(text->data, text->size, scratch);
	form = json_look(text->data, text->size, &own);
	scratch->failed |= own.failed;
	bytes_close(&own);
	return form;
}

bool convert_to_json(const struct conversion *conversion, const struct value *from,
	struct value *to, struct bytes *scratch, enum change *change, const char **why)
{
	struct value cell;
	enum json_form form;

	if (from->kind == VALUE_REAL && (!isfinite(from->real) ||
	    (from->real == 0 && signbit(from->real))))
		return misfit(why, "a real that JSON does not have");
	if (!any_text(conversion, from, &cell, scratch, change, why))
		return false;
	form = look(&cell, scratch);
	if (form == JSON_NOT)
		return misfit_kind(from, "text that is no JSON", why);
	if (form == JSON_DOUBLED && conversion->type.kind == TYPE_JSONB)
		return misfit(why, "JSON with a key twice in an object, of which jsonb keeps one");
	*to = cell;
	return true;
}

bool convert_to_bytes(const struct conversion *conversion, const struct value *from,
	struct value *to, struct bytes *scratch, enum change *change, const char **why)
{
	(void)conversion;
	if (from->kind == VALUE_INTEGER || from->kind == VALUE_REAL) {
		*change = CHANGE_NUMBER_TO_BYTES;
		return print_number(from, VALUE_BYTES, to, scratch, why);
	}
	if (from->kind != VALUE_BYTES)
		*change = CHANGE_TEXT_TO_BYTES;
	*to = *from;
	to->kind = VALUE_BYTES;
	return true;
}
