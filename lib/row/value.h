/*
 * One cell of a row.  Text and bytes are borrowed: whoever filled the value says how long they
 * live.
 */
#ifndef ROW_VALUE_H
#define ROW_VALUE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"

enum value_kind {
	VALUE_NULL,
	VALUE_BOOL,
	VALUE_INTEGER,
	VALUE_REAL,
	VALUE_TEXT,      /* valid UTF-8; may hold NUL bytes */
	VALUE_BYTES,
	VALUE_BAD_UTF8,  /* text whose bytes are not UTF-8 */
	VALUE_BAD_UTF16  /* UTF-16 text that is not well-formed, as stored */
};

struct value {
	enum value_kind kind;
	uint32_t size; /* of data */
	union {
		bool truth;
		int64_t integer;
		double real;
		const uint8_t *data;
	};
};

/*
 * As JSON, without loss: integers and reals as numbers with all their digits, infinities as
 * {"real":"Infinity"}, bytes as {"bytes":"hex"}, text that is not well-formed as
 * {"utf8":"hex"} and {"utf16":"hex"}.
 */
void value_json(struct bytes *to, const struct value *value);

#endif
