/*
 * One cell of one type into another, without loss or not at all: what does not fit is told, never
 * rounded, cut, or made NULL.
 *
 *	bool         0 1; true false t f yes y no n on off, any case; the texts 0 and 1
 *	int2 4 8     integers and whole reals in range; texts as such an integer prints
 *	float4 8     numbers that are exactly one; texts that its shortest decimal equals
 *	numeric      integers; reals as their shortest decimal; texts in numeric's own form
 *	text ...     text; numbers as they print; bytes that are UTF-8.  No NUL but by policy
 *	json, jsonb  text, numbers and bytes that jsonb's rules take; jsonb: no key twice
 *	bytea        bytes; text, ill-formed or not, as stored; numbers as they print
 *	uuid         text of 36 characters, 16 bytes
 *	date, time   texts as in base/date.h; numbers by their reading, epochs being UTC
 *	timestamp    the same, offsets applied, and dates as midnight; with or without time zone
 *	interval     numbers by their reading, times as what they are beyond 1970, .NET's
 *	             d.hh:mm:ss; all else is the server's to judge
 *	arrays       JSON arrays of scalars and of arrays; {...} is the server's to judge
 *	enums        their labels, where they are known; other types by name: text
 *
 * Digits that the type does not have are refused, or rounded by policy.  Only timestamptz knows
 * `zone`.  Times are of the years 0001 to 9999.
 */
#ifndef ROW_CONVERT_H
#define ROW_CONVERT_H

#include <stdbool.h>

#include "base/bytes.h"
#include "row/conversion.h"
#include "row/value.h"

/*
 * Converts a raw cell.  *to borrows from *from or from scratch, and is good until scratch is next
 * used: pack the cell before the next one, or give every column a scratch of its own.  *from may be
 * *to, but its bytes are not in scratch.
 *
 * False: it does not fit, and *why says what it is ("text that is no date"), in words that live for
 * ever; or there is no memory, and scratch->failed.
 */
bool convert_value(const struct conversion *conversion, const struct value *from, struct value *to,
	struct bytes *scratch, enum change *change, const char **why);

#endif
