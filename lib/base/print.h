/*
 * Text from outside, made safe to show: to people with control and bidirectional characters visible
 * as \xNN and \u{NNNN}, also in HTML, to programs as JSON that is always UTF-8.
 */
#ifndef BASE_PRINT_H
#define BASE_PRINT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"

void print_visible(struct bytes *to, const void *text, size_t size);
/* The same as text of HTML or XML, or as an attribute in quotes; `lines`: \n and \t stay. */
void print_markup(struct bytes *to, const void *text, size_t size, bool lines);
/* A JSON string with its quotes.  Text that is not UTF-8 comes out with U+FFFD for what is ill. */
void print_json(struct bytes *to, const void *text, size_t size);
/* Lower-case hexadecimal. */
void print_hex(struct bytes *to, const void *data, size_t size);

#endif
