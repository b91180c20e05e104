#include "row/profile.h"

#include <math.h>

#include "base/date.h"
#include "base/json.h"
#include "base/number.h"
#include "base/utf8.h"

const char *const shape_names[SHAPES] = {
	[SHAPE_INTEGER_BOOLEAN] = "integer_boolean",
	[SHAPE_INTEGER_ZERO] = "integer_zero",
	[SHAPE_INTEGER_EPOCH_S] = "integer_epoch_s",
	[SHAPE_INTEGER_EPOCH_MS] = "integer_epoch_ms",
	[SHAPE_INTEGER_EPOCH_US] = "integer_epoch_us",
	[SHAPE_INTEGER_EPOCH_NS] = "integer_epoch_ns",
	[SHAPE_INTEGER_WEBKIT_US] = "integer_webkit_us",
	[SHAPE_INTEGER_COCOA_S] = "integer_cocoa_s",
	[SHAPE_INTEGER_COMPACT8] = "integer_compact8",
	[SHAPE_INTEGER_COMPACT14] = "integer_compact14",
	[SHAPE_REAL_INTEGRAL] = "real_integral",
	[SHAPE_REAL_ZERO] = "real_zero",
	[SHAPE_REAL_EPOCH_S] = "real_epoch_s",
	[SHAPE_REAL_EPOCH_MS] = "real_epoch_ms",
	[SHAPE_REAL_COCOA_S] = "real_cocoa_s",
	[SHAPE_REAL_JULIAN] = "real_julian",
	[SHAPE_REAL_INFINITE] = "real_infinite",
	[SHAPE_REAL_MINUS_ZERO] = "real_minus_zero",
	[SHAPE_TEXT_EMPTY] = "text_empty",
	[SHAPE_TEXT_INTEGER] = "text_integer",
	[SHAPE_TEXT_DECIMAL] = "text_decimal",
	[SHAPE_TEXT_REAL] = "text_real",
	[SHAPE_TEXT_BOOLEAN] = "text_boolean",
	[SHAPE_TEXT_DATE] = "text_date",
	[SHAPE_TEXT_TIME] = "text_time",
	[SHAPE_TEXT_TIMESTAMP] = "text_timestamp",
	[SHAPE_TEXT_TIMESTAMP_ZULU] = "text_timestamp_zulu",
	[SHAPE_TEXT_TIMESTAMP_OFFSET] = "text_timestamp_offset",
	[SHAPE_TEXT_COMPACT8] = "text_compact8",
	[SHAPE_TEXT_COMPACT14] = "text_compact14",
	[SHAPE_TEXT_UUID] = "text_uuid",
	[SHAPE_TEXT_JSON] = "text_json",
	[SHAPE_TEXT_JSON_DOUBLED] = "text_json_doubled",
	[SHAPE_TEXT_NUL] = "text_nul",
	[SHAPE_BYTES_UUID] = "bytes_uuid",
	[SHAPE_BYTES_TEXT] = "bytes_text",
	[SHAPE_BYTES_JSON] = "bytes_json",
};

/* 1990-01-01 and 2101-01-01, in seconds since 1970, 1601 and 2001, and as Julian days. */
#define UNIX_FROM   INT64_C(631152000)
#define UNIX_TO     INT64_C(4133980800)
#define WEBKIT_FROM (UNIX_FROM + DATE_WEBKIT - DATE_UNIX)
#define WEBKIT_TO   (UNIX_TO + DATE_WEBKIT - DATE_UNIX)
#define COCOA_FROM  (UNIX_FROM + DATE_COCOA - DATE_UNIX)
#define COCOA_TO    (UNIX_TO + DATE_COCOA - DATE_UNIX)
#define JULIAN_FROM 2447892.5
#define JULIAN_TO   2488434.5

static inline void count(struct profile *profile, enum shape shape)
{
	profile->shapes[shape]++;
}

static inline void raise_to(uint64_t *most, uint64_t value)
{
	if (value > *most)
		*most = value;
}

static inline bool between(int64_t value, int64_t from, int64_t to)
{
	return value >= from && value < to;
}

static void zero_integer(struct profile *profile)
{
	static const enum shape shapes[] = {
		SHAPE_INTEGER_BOOLEAN, SHAPE_INTEGER_ZERO, SHAPE_INTEGER_EPOCH_S,
		SHAPE_INTEGER_EPOCH_MS, SHAPE_INTEGER_EPOCH_US, SHAPE_INTEGER_EPOCH_NS,
		SHAPE_INTEGER_WEBKIT_US, SHAPE_INTEGER_COCOA_S
	};

	for (size_t i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++)
		count(profile, shapes[i]);
}

/* The ranges do not meet but for seconds: larger units first leave one test to most integers. */
static void large_integer(struct profile *profile, int64_t value)
{
	const int64_t milli = 1000, micro = 1000000, nano = 1000000000;
	int64_t micros;

	if (between(value, UNIX_FROM * nano, UNIX_TO * nano)) {
		if (value % 1000 == 0)
			count(profile, SHAPE_INTEGER_EPOCH_NS);
	} else if (between(value, WEBKIT_FROM * micro, WEBKIT_TO * micro)) {
		count(profile, SHAPE_INTEGER_WEBKIT_US);
	} else if (between(value, UNIX_FROM * micro, UNIX_TO * micro)) {
		count(profile, SHAPE_INTEGER_EPOCH_US);
	} else if (between(value, UNIX_FROM * milli, UNIX_TO * milli)) {
		count(profile, SHAPE_INTEGER_EPOCH_MS);
	} else if (between(value, INT64_C(19000101000000), INT64_C(22000000000000))) {
		if (date_from_compact14(value, &micros))
			count(profile, SHAPE_INTEGER_COMPACT14);
	}
}

static void count_integer(struct profile *profile, int64_t value)
{
	int32_t days;

	if (value >= UNIX_TO) {
		large_integer(profile, value);
	} else if (value > 1 || value < 0) {
		if (value >= COCOA_FROM && value < COCOA_TO)
			count(profile, SHAPE_INTEGER_COCOA_S);
		if (value >= UNIX_FROM)
			count(profile, SHAPE_INTEGER_EPOCH_S);
		else if (between(value, 19000101, 22000000) && date_from_compact8(value, &days))
			count(profile, SHAPE_INTEGER_COMPACT8);
	} else if (value == 1) {
		count(profile, SHAPE_INTEGER_BOOLEAN);
		count(profile, SHAPE_INTEGER_COCOA_S);
	} else {
		zero_integer(profile);
	}
}

static const double powers[] = {
	1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
	1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22
};

static inline uint64_t at_most(uint64_t value, uint64_t most)
{
	return value < most ? value : most;
}

/* The least number that has more digits before the point than were seen. */
static inline double whole_power(const struct profile *profile)
{
	return powers[at_most(profile->whole_digits, 22)];
}

/* Only a new least or most can have more digits than all before. */
static inline void add_integer(struct profile *profile, int64_t value)
{
	const bool first = profile->integers++ == 0;

	if (first || value < profile->least_integer) {
		profile->least_integer = value;
		if (-(double)value >= whole_power(profile))
			raise_to(&profile->whole_digits, number_integer_digits(value));
	}
	if (first || value > profile->most_integer) {
		profile->most_integer = value;
		if ((double)value >= whole_power(profile))
			raise_to(&profile->whole_digits, number_integer_digits(value));
	}
	count_integer(profile, value);
}

/*
 * True when the shortest decimal of a real has no more digits than were seen.  Either the real is
 * so large that even 17 digits end in time; or that decimal has at most 15, and no more behind the
 * point, by the proof that number_format_real uses, too.
 */
static inline bool digits_seen(const struct profile *profile, double magnitude)
{
	const uint64_t fraction = at_most(profile->fraction_digits, 22);
	const uint64_t deep = at_most(profile->fraction_digits, 38);
	double units;

	if (magnitude >= whole_power(profile))
		return false;
	if (deep <= 16 ? magnitude >= powers[16 - deep] : magnitude * powers[deep - 16] > 1.0001)
		return true;
	units = magnitude * powers[fraction];
	return units < 1e15 - 1 && (double)(int64_t)(units + 0.5) / powers[fraction] == magnitude;
}

static void add_digits(struct profile *profile, double real)
{
	struct digits digits = number_real_digits(real);

	raise_to(&profile->whole_digits, digits.whole);
	raise_to(&profile->fraction_digits, digits.fraction);
}

static void zero_real(struct profile *profile, double real)
{
	if (signbit(real)) {
		count(profile, SHAPE_REAL_MINUS_ZERO);
		return;
	}
	count(profile, SHAPE_REAL_INTEGRAL);
	count(profile, SHAPE_REAL_ZERO);
	count(profile, SHAPE_REAL_EPOCH_S);
	count(profile, SHAPE_REAL_EPOCH_MS);
	count(profile, SHAPE_REAL_COCOA_S);
	count(profile, SHAPE_REAL_JULIAN);
}

static inline void real_time(struct profile *profile, double real)
{
	int64_t micros;

	if (real >= COCOA_FROM && real < COCOA_TO && date_from_real(real, 1e6, &micros))
		count(profile, SHAPE_REAL_COCOA_S);
	if (real < JULIAN_FROM)
		return;
	if (real < JULIAN_TO && date_from_julian(real, &micros))
		count(profile, SHAPE_REAL_JULIAN);
	if (real >= UNIX_FROM && real < UNIX_TO && date_from_real(real, 1e6, &micros))
		count(profile, SHAPE_REAL_EPOCH_S);
	if (real >= UNIX_FROM * 1e3 && real < UNIX_TO * 1e3 && date_from_real(real, 1e3, &micros))
		count(profile, SHAPE_REAL_EPOCH_MS);
}

static void count_real(struct profile *profile, double real)
{
	if (real == 0) {
		zero_real(profile, real);
		return;
	}
	if (!isfinite(real)) {
		profile->shapes[SHAPE_REAL_INFINITE] += isinf(real) != 0;
		return;
	}
	if (!digits_seen(profile, fabs(real)))
		add_digits(profile, real);
	if (real >= -0x1p63 && real < 0x1p63 && (double)(int64_t)real == real)
		count(profile, SHAPE_REAL_INTEGRAL);
	real_time(profile, real);
}

static inline void add_real(struct profile *profile, double real)
{
	const bool first = profile->reals++ == 0;

	if (first || real < profile->least_real || isnan(profile->least_real))
		profile->least_real = real;
	if (first || real > profile->most_real || isnan(profile->most_real))
		profile->most_real = real;
	count_real(profile, real);
}

static void count_json(struct profile *profile, const uint8_t *text, size_t size,
	struct bytes *scratch)
{
	enum json_form form = json_look(text, size, scratch);

	if (form != JSON_NOT)
		count(profile, form == JSON_UNIQUE ? SHAPE_TEXT_JSON : SHAPE_TEXT_JSON_DOUBLED);
}

static inline bool blank(uint8_t c)
{
	return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

static bool any_word(const uint8_t *text, size_t size)
{
	static const char words[][8] = {
		"true", "false", "t", "f", "yes", "y", "no", "n", "on", "off"
	};
	char lower[8] = "";

	if (size > 5)
		return false;
	for (size_t i = 0; i < size; i++)
		lower[i] = (char)(text[i] | 0x20);
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (memcmp(words[i], lower, sizeof(lower)) == 0)
			return true;
	return false;
}

static inline uint64_t load(const uint8_t *from)
{
	uint64_t word;

	memcpy(&word, from, sizeof(word));
	return word;
}

/* The high bit of each byte that is a hexadecimal digit; exact where no byte is above 0x7f. */
static inline uint64_t hex_digits(uint64_t word)
{
	const uint64_t ones = UINT64_C(0x0101010101010101), lower = word | ones * 0x20;
	const uint64_t number = (word + ones * (0x80 - '0')) & ~(word + ones * (0x7f - '9'));
	const uint64_t letter = (lower + ones * (0x80 - 'a')) & ~(lower + ones * (0x7f - 'f'));

	return (number | letter) & ~word & ones * 0x80;
}

/* 36 characters, 8-4-4-4-12 digits; the dashes are gaps in the masks, the last words overlap. */
static bool is_uuid(const uint8_t *text)
{
	const uint64_t all = UINT64_C(0x8080808080808080);

	return text[8] == '-' && text[13] == '-' && text[18] == '-' && text[23] == '-' &&
		hex_digits(load(text)) == all &&
		hex_digits(load(text + 8)) == UINT64_C(0x8080008080808000) &&
		hex_digits(load(text + 16)) == UINT64_C(0x0080808080008080) &&
		hex_digits(load(text + 24)) == all && hex_digits(load(text + 28)) == all;
}

/* A number, which JSON has without + and needless zeros; or one with blanks behind it. */
static void count_number(struct profile *profile, const uint8_t *text, size_t size,
	struct bytes *scratch)
{
	static const enum shape shapes[] = {
		[NUMBER_INTEGER] = SHAPE_TEXT_INTEGER,
		[NUMBER_DECIMAL] = SHAPE_TEXT_DECIMAL,
		[NUMBER_OTHER] = SHAPE_TEXT_REAL
	};
	struct digits digits;
	enum number_form form = number_look((const char *)text, size, &digits);

	if (form != NUMBER_NOT) {
		count(profile, shapes[form]);
		raise_to(&profile->whole_digits, digits.whole);
		raise_to(&profile->fraction_digits, digits.fraction);
	}
	if (form == NUMBER_INTEGER || form == NUMBER_DECIMAL)
		count(profile, SHAPE_TEXT_JSON);
	else if (form == NUMBER_OTHER || blank(text[size - 1]))
		count_json(profile, text, size, scratch);
}

static void count_compact(struct profile *profile, const char *text, size_t size)
{
	int32_t days;
	int64_t micros;

	if (date_parse_compact8(text, size, &days))
		count(profile, SHAPE_TEXT_COMPACT8);
	else if (date_parse_compact14(text, size, &micros))
		count(profile, SHAPE_TEXT_COMPACT14);
}

static void count_stamp(struct profile *profile, const char *text, size_t size)
{
	static const enum shape shapes[] = {
		[DATE_LOCAL] = SHAPE_TEXT_TIMESTAMP,
		[DATE_ZULU] = SHAPE_TEXT_TIMESTAMP_ZULU,
		[DATE_OFFSET] = SHAPE_TEXT_TIMESTAMP_OFFSET
	};
	int64_t micros;
	enum date_form form = date_parse_stamp(text, size, &micros);

	if (form != DATE_NOT)
		count(profile, shapes[form]);
}

/* What begins with a digit: separators tell dates and times from numbers. */
static void count_digits(struct profile *profile, const uint8_t *data, size_t size,
	struct bytes *scratch)
{
	const char *text = (const char *)data;
	int32_t days;
	int64_t micros;

	if (size >= 10 && text[4] == '-') {
		if (size > 10)
			count_stamp(profile, text, size);
		else if (date_parse_day(text, size, &days))
			count(profile, SHAPE_TEXT_DATE);
	} else if (size >= 5 && text[2] == ':') {
		if (date_parse_time(text, size, &micros))
			count(profile, SHAPE_TEXT_TIME);
	} else {
		count_number(profile, data, size, scratch);
		count_compact(profile, text, size);
	}
	if (size == 36 && is_uuid(data))
		count(profile, SHAPE_TEXT_UUID);
}

static inline bool json_word(const uint8_t *text, size_t size)
{
	return size >= 4 && (memcmp(text, "true", 4) == 0 || memcmp(text, "null", 4) == 0 ||
		memcmp(text, "fals", 4) == 0);
}

/* What begins with a letter, or with anything else that is not handled elsewhere. */
static void count_words(struct profile *profile, const uint8_t *text, size_t size,
	struct bytes *scratch)
{
	if (any_word(text, size))
		count(profile, SHAPE_TEXT_BOOLEAN);
	if (size == 36 && is_uuid(text))
		count(profile, SHAPE_TEXT_UUID);
	if (json_word(text, size))
		count_json(profile, text, size, scratch);
}

/* The first character decides what a text can be at all. */
static inline void count_text(struct profile *profile, const uint8_t *text, size_t size,
	struct bytes *scratch)
{
	const uint8_t c = text[0];

	if (c >= '0' && c <= '9') {
		count_digits(profile, text, size, scratch);
		return;
	}
	switch (c) {
	case '{': case '[': case '"': case ' ': case '\t': case '\n': case '\r':
		count_json(profile, text, size, scratch);
		break;
	case '-': case '+': case '.':
		count_number(profile, text, size, scratch);
		break;
	default:
		if ((c | 0x20) <= 'f' || size <= 5 || c == 't' || c == 'n')
			count_words(profile, text, size, scratch);
	}
}

static inline void add_text(struct profile *profile, const uint8_t *text, size_t size,
	struct bytes *scratch)
{
	profile->texts++;
	raise_to(&profile->longest_text, size);
	if (size == 0) {
		count(profile, SHAPE_TEXT_EMPTY);
		return;
	}
	if (size > profile->longest_characters)
		raise_to(&profile->longest_characters, utf8_characters(text, size));
	if (memchr(text, '\0', size) != NULL)
		count(profile, SHAPE_TEXT_NUL);
	count_text(profile, text, size, scratch);
}

static void add_bytes(struct profile *profile, const uint8_t *data, size_t size,
	struct bytes *scratch)
{
	bool nul;

	profile->blobs++;
	raise_to(&profile->longest_blob, size);
	if (size == 16)
		count(profile, SHAPE_BYTES_UUID);
	if (!utf8_valid_nul(data, size, &nul) || nul)
		return;
	count(profile, SHAPE_BYTES_TEXT);
	if (json_look(data, size, scratch) == JSON_UNIQUE)
		count(profile, SHAPE_BYTES_JSON);
}

static void add_ill(struct profile *profile, size_t size)
{
	profile->ill++;
	raise_to(&profile->longest_text, size);
}

void profile_add(struct profile *profile, const struct value *value, struct bytes *scratch)
{
	switch (value->kind) {
	case VALUE_NULL:
		profile->nulls++;
		break;
	case VALUE_BOOL:
		add_integer(profile, value->truth);
		break;
	case VALUE_INTEGER:
		add_integer(profile, value->integer);
		break;
	case VALUE_REAL:
		add_real(profile, value->real);
		break;
	case VALUE_TEXT:
		add_text(profile, value->data, value->size, scratch);
		break;
	case VALUE_BYTES:
		add_bytes(profile, value->data, value->size, scratch);
		break;
	case VALUE_BAD_UTF8:
	case VALUE_BAD_UTF16:
		add_ill(profile, value->size);
		break;
	}
}
