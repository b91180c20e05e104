/*
 * UTF-8, strictly: no overlong forms, no surrogates, nothing above U+10FFFF.  NUL is a character
 * like any other.
 */
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"

bool utf8_valid(const uint8_t *data, size_t size);
/* The same, and tells whether a NUL is there. */
bool utf8_valid_nul(const uint8_t *data, size_t size, bool *nul);
/* How many characters a valid text has. */
size_t utf8_characters(const uint8_t *data, size_t size);
/* Writes one character, which is no surrogate and at most U+10FFFF; where it ends. */
uint8_t *utf8_put(uint8_t *to, uint32_t code);
/*
 * Adds the text to out; false, and out as it was, when it is no well-formed UTF-16.  Without memory
 * it is true, and out has failed.
 */
bool utf8_from_utf16(struct bytes *out, const uint8_t *data, size_t size, bool big_endian);

#endif
