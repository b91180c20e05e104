/*
 * A text of any bytes as UTF-8, UTF-16, date, time, timestamp and number.  Whatever is taken must
 * be the same after it was written and read again.
 */
#include <math.h>
#include <stdlib.h>

#include "base/date.h"
#include "base/number.h"
#include "base/utf8.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds)
{
	if (!holds)
		abort();
}

/* Two valid texts are valid together, and have their characters together. */
static void check_utf8(const uint8_t *data, size_t size)
{
	const bool valid = utf8_valid(data, size);
	bool nul = false;

	check(utf8_valid_nul(data, size, &nul) == valid);
	if (!valid)
		return;
	check(utf8_characters(data, size) <= size);
	for (size_t i = 0; i <= size; i++) {
		const bool begins = i == size || (data[i] & 0xc0) != 0x80;

		check(utf8_valid(data, i) == begins && utf8_valid(data + i, size - i) == begins);
		if (begins)
			check(utf8_characters(data, i) + utf8_characters(data + i, size - i) ==
				utf8_characters(data, size));
	}
}

static void check_utf16(const uint8_t *data, size_t size)
{
	uint8_t *swapped = malloc(size > 0 ? size : 1);
	struct bytes one = { 0 }, other = { 0 };
	bool taken;

	for (size_t i = 0; i < size; i++)
		swapped[i] = i + 1 == size && size % 2 != 0 ? data[i] : data[i ^ 1];
	taken = utf8_from_utf16(&one, data, size, false);
	check(utf8_from_utf16(&other, swapped, size, true) == taken);
	check(one.size == other.size);
	check(one.size == 0 || memcmp(one.data, other.data, one.size) == 0);
	check(taken ? utf8_valid(one.data, one.size) : one.size == 0);
	bytes_close(&one);
	bytes_close(&other);
	free(swapped);
}

static void check_day(const char *text, size_t size)
{
	int32_t days = 0, again = 0;
	char back[DATE_SIZE];

	if (date_parse_day(text, size, &days))
		check(date_format_day(back, days) == size && memcmp(back, text, size) == 0);
	if (date_parse_compact8(text, size, &days)) {
		check(date_format_day(back, days) == 10);
		check(date_parse_day(back, 10, &again) && again == days);
		check(date_from_compact8(strtol(back, NULL, 10) * 10000 + atoi(back + 5) * 100 +
			atoi(back + 8), &again) && again == days);
	}
}

static void check_time(const char *text, size_t size)
{
	char back[DATE_SIZE];
	int64_t micros, again;
	enum date_form form = date_parse_stamp(text, size, &micros);

	if (form != DATE_NOT) {
		size = date_format_stamp(back, micros);
		check(date_parse_stamp(back, size, &again) == DATE_LOCAL && again == micros);
		check(form != DATE_LOCAL || memcmp(back, text, 10) == 0);
		return;
	}
	if (date_parse_compact14(text, size, &micros)) {
		check(date_format_stamp(back, micros) == 19);
		check(memcmp(back + 17, text + 12, 2) == 0);
	}
	if (date_parse_time(text, size, &micros)) {
		check(date_parse_time(back, date_format_time(back, micros), &again));
		check(again == micros && memcmp(back, text, 5) == 0);
	}
}

/* The canonical form has the same digits and is its own canonical form. */
static void check_number(const char *text, size_t size)
{
	struct bytes once = { 0 }, twice = { 0 };
	struct digits digits, again;
	enum number_form form = number_look(text, size, &digits), canonical;
	int64_t value;

	check(number_parse_integer(text, size, &value) == (form == NUMBER_INTEGER));
	check(number_add_canonical(&once, text, size) == (form != NUMBER_NOT));
	if (form == NUMBER_NOT)
		return;
	canonical = number_look((char *)once.data, once.size, &again);
	check(canonical == NUMBER_INTEGER || canonical == NUMBER_DECIMAL);
	check(again.whole == digits.whole && again.fraction == digits.fraction);
	check(number_add_canonical(&twice, (char *)once.data, once.size));
	check(twice.size == once.size && memcmp(twice.data, once.data, once.size) == 0);
	if (form != NUMBER_OTHER)
		check(once.size == size && memcmp(once.data, text, size) == 0);
	bytes_close(&once);
	bytes_close(&twice);
}

/* The first eight bytes as a double. */
static void check_real(const uint8_t *data, size_t size)
{
	char text[NUMBER_REAL_SIZE];
	double real, again;
	int64_t micros;

	if (size < sizeof(real))
		return;
	memcpy(&real, data, sizeof(real));
	check(number_format_real(text, real) < sizeof(text));
	if (date_from_real(real, 1e6, &micros))
		check((double)micros / 1e6 == real);
	date_from_julian(real, &micros);
	if (!isfinite(real))
		return;
	again = strtod(text, NULL);
	check(memcmp(&again, &real, sizeof(real)) == 0 && strpbrk(text, ".e") != NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size > 4096)
		return 0;
	check_utf8(data, size);
	check_utf16(data, size);
	check_day((const char *)data, size);
	check_time((const char *)data, size);
	check_number((const char *)data, size);
	check_real(data, size);
	return 0;
}
