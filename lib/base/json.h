/*
 * Is a text JSON that PostgreSQL's jsonb takes?  RFC 8259, and beyond it: valid UTF-8, no \u0000,
 * surrogates in pairs, numbers that numeric takes, nesting of at most JSON_DEPTH_MOST, and at most
 * JSON_SIZE_MOST bytes (a jsonb has a limit of 256 MiB of its own, and can be six times its text).
 */
#ifndef BASE_JSON_H
#define BASE_JSON_H

#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"

enum { JSON_DEPTH_MOST = 1000, JSON_SIZE_MOST = 40 * 1024 * 1024 };

enum json_form {
	JSON_NOT,
	JSON_UNIQUE,  /* no key stands twice in an object */
	JSON_DOUBLED  /* one does: jsonb would drop all but the last */
};

enum json_top {
	JSON_SCALAR,
	JSON_ARRAY,
	JSON_OBJECT
};

/*
 * scratch is working memory that the caller keeps; nothing is in it afterwards.  It holds the
 * places of the keys of open objects, less than four times the text.  Once it has failed, no object
 * is JSON any more.
 */
enum json_form json_look(const uint8_t *data, size_t size, struct bytes *scratch);

/* The four hexadecimal digits behind \u; -1: they are none. */
int32_t json_code(const uint8_t *at, const uint8_t *end);

/* What stands outermost in a text that is JSON. */
enum json_top json_top(const uint8_t *data, size_t size);

/*
 * What a string says that stands, without its quotes, in a text that is JSON.  It is no longer than
 * the string, and there is room for that; its size.
 */
size_t json_unescape(const uint8_t *from, const uint8_t *end, uint8_t *to);

#endif
