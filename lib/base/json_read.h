/*
 * JSON taken apart where it stands, a value at a time, without allocation: texts lose their escapes
 * in place, so the bytes are not JSON afterwards.
 *
 *	reader = json_read_begin(data, size);
 *	json_read_value(&reader, &value);               {"a": 1, "b": [2, 3]}
 *	while (json_read_member(&reader, &key))         a, b
 *		json_read_value(&reader, &value);       1, an array that was opened:
 *	while (json_read_item(&reader)) ...                     2, 3
 *	json_read_end(&reader)
 *
 * RFC 8259, strictly: UTF-8, surrogates in pairs, nothing behind a last comma.  A text may hold NUL
 * (\u0000).  Numbers are not read: their text is given out.  Keys that stand twice and the depth
 * are the caller's business.
 *
 * Functions return false and set `why`, in words that live for ever, when the bytes are no JSON;
 * the reader is then of no more use.
 */
#ifndef BASE_JSON_READ_H
#define BASE_JSON_READ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum json_read_kind {
	JSON_READ_NULL,
	JSON_READ_TRUE,
	JSON_READ_FALSE,
	JSON_READ_NUMBER, /* data is as it was written */
	JSON_READ_TEXT,   /* data is without quotes and escapes */
	JSON_READ_OBJECT, /* is open: its members follow */
	JSON_READ_ARRAY   /* is open: its items follow */
};

struct json_read_value {
	enum json_read_kind kind;
	uint8_t *data;
	size_t size;
};

struct json_reader {
	uint8_t *next;
	uint8_t *end;
	const char *why; /* NULL: nothing is wrong */
	bool opened;     /* the last thing that was read is [ or { */
};

struct json_reader json_read_begin(uint8_t *data, size_t size);
bool json_read_value(struct json_reader *reader, struct json_read_value *value);
/* In an open object: the key of the next value; false when it closes here, and when it is ill. */
bool json_read_member(struct json_reader *reader, struct json_read_value *key);
/* In an open array: a value follows; false when it closes here, and when it is ill. */
bool json_read_item(struct json_reader *reader);
/* Behind the one value of all stands nothing. */
bool json_read_end(struct json_reader *reader);

#endif
